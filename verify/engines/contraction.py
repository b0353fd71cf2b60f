"""How well the factor of an EM step, ``|θ'|/|θ|``, is known in doubles."""

from __future__ import annotations

import math

from overspec.mixture import Mixture
from overspec.verify.engines import lattice
from overspec.verify.engines.rounding import estimate, joined
from overspec.verify.engines.spectrum import float_weights

NORM = math.sqrt(2)  # deviation of math.hypot of several numbers, to one unit in the last place
SINGLE = math.sqrt(3)


def contraction_error(
    mixture: Mixture, amplitudes: tuple[float, ...], variance: float = 1.0, digits: int = 14
) -> float:
    """Error of ``|θ'|/|θ|`` for a step of EM on one lattice, with θ and the variance v exact.

    ``a_m' = (1 − g_m(θ/v)) a_m/v`` (math.md S6, Q2). An error of the g_m moves the ratio by at most
    1/v times the largest. Where `lattice.cyclic_moments` takes two lattices, shifted against each
    other, it reports ``max(|A|, r/√2)``, with the aliasing ±A of each and r the rounding of one; of
    one lattice alone the error is ``√(A² + r²)``, at most √3 times as much. What is left is
    rounded operations on the ratio itself: 1 − g_m, the product, two norms, their quotient, and
    with a variance that is estimated θ/v and v.

    Args:
        mixture: k ≤ 6 components.
        amplitudes: a_1 … a_⌊k/2⌋ of θ, not all 0.
        variance: v, estimated unless 1.
        digits: those that the lattice of the step was built for.

    Returns:
        An estimate by the model of `engines.rounding`; the error of the ratio, absolute.

    >>> contraction_error(Mixture.simplex(2, "9/10,1/10"), (1.0,), digits=15) < 2e-15
    True
    """
    scaled = tuple(a / variance for a in amplitudes)
    found = lattice.cyclic_moments(float_weights(mixture), scaled, 10.0**-digits, jacobian=False)
    moved = math.hypot(*((1 - g) * a for g, a in zip(found.g[1:], scaled, strict=True)))
    norm = NORM if sum(a != 0 for a in amplitudes) > 1 else 0.0
    operations = joined(1, 1, 1, norm, norm, 0 if variance == 1 else math.sqrt(2))
    rounded = estimate(operations) * moved / math.hypot(*amplitudes)
    return joined(SINGLE * found.errors["g"] / variance, rounded)
