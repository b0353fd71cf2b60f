"""The pairs engine in any number of digits: midpoints of the sums on FLINT's balls.

The error is an estimate: what the grid was planned to leave out. `enclosures.pairs` proves it.
"""

from __future__ import annotations

import math
from typing import Any

from flint import ctx

from overspec.mixture import Energies, Mixture
from overspec.verify.engines import lattice_digits
from overspec.verify.engines.laplace.digits import to_mpmath
from overspec.verify.engines.laplace.digits_tables import ball
from overspec.verify.engines.moments import Moments
from overspec.verify.engines.pairs.grid import (
    PAIRS,
    Numbers,
    check_pairs_point,
    handed_over,
    plan,
)
from overspec.verify.engines.pairs.sums import bits_for, numbers
from overspec.verify.engines.spectrum import amplitudes as to_amplitudes
from overspec.verify.engines.spectrum import real_context

SPARE = 2  # digits computed beyond those asked for


def moments(mixture: Mixture, energies: Energies, digits: int = 50) -> Moments:
    """The engine for up to 200 digits.

    Args:
        mixture: k = 4.
        energies: θ.
        digits: absolute accuracy 10^-digits.

    Raises:
        InputError: k ≠ 4, or more terms than the budget.

    >>> point = Energies.of_amplitudes(4, "9/10,3/5")
    >>> print(moments(Mixture.simplex(4, "7/20,1/4,3/20,1/4"), point, 25).log_partition)
    0.487787878368358519836543627
    """
    check_pairs_point(mixture, energies, digits)
    amplitudes = to_amplitudes(energies)
    active = tuple(m for m, a in enumerate(amplitudes, start=1) if a > 0)
    if not active:
        return lattice_digits.moments(mixture, energies, digits)  # no integral there
    target = (digits + SPARE) * math.log(10)
    with ctx.workprec(math.ceil(4 * digits) + 100):
        weights = [ball(w) for w in mixture.weights]
        roots = [ball(e).sqrt() for e in energies]
        masses = [weights[i] + weights[j] for i, j in PAIRS]
        tilt = abs(float((masses[0].log() - masses[1].log()).mid()))
    grid = plan(amplitudes[0], amplitudes[1], tilt, target)
    context = real_context(digits + SPARE)
    with ctx.workprec(bits_for(digits + SPARE, grid)):
        found = numbers(weights, roots, grid)

        def number(value: Any) -> Any:
            return to_mpmath(context, value)

        middle = Numbers(
            number(found.log_partition),
            number(found.first),
            number(found.second),
            (number(found.moved[0]), number(found.moved[1])),
            (number(found.radial[0]), number(found.radial[1]), number(found.radial[2])),
        )
    return handed_over(middle, active, context.mpf(10) ** -digits, {})
