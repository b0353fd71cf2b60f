"""The low-rank engine to 17 digits: the same sums on the numbers of `engines.extended`."""

from __future__ import annotations

import numpy as np

from overspec.errors import OutOfReach
from overspec.exact import sign
from overspec.mixture import Energies, Mixture
from overspec.verify.engines.extended import (
    DIGITS,
    LONG,
    check_extended,
    circle,
    extended,
    to_long,
    to_real,
)
from overspec.verify.engines.lowrank.doubles import (
    check_low_rank_point,
    goal,
    handed_over,
    numbers,
)
from overspec.verify.engines.lowrank.plan import Split, plan
from overspec.verify.engines.lowrank.rounding import errors
from overspec.verify.engines.lowrank.sums import totals
from overspec.verify.engines.moments import Moments

K = 5


def reaches(mixture: Mixture, energies: Energies) -> bool:
    """Whether this engine is the one for 16 and 17 digits: k = 5, where others have too many nodes.

    >>> reaches(Mixture.simplex(5), Energies.of_amplitudes(5, "1,0"))
    False
    """
    return mixture.k == K and extended() and all(sign(e) != 0 for e in energies)


def moments(
    mixture: Mixture, energies: Energies, digits: int = DIGITS, operator: bool = True
) -> Moments:
    """The engine for 16 and 17 digits, as mpmath numbers.

    Args:
        mixture, energies: θ with every amplitude positive.
        digits: absolute accuracy aimed at; the last may be short of what rounding leaves.
        operator: whether M is wanted; without it M is all 0.

    Raises:
        OutOfReach: more than 17 digits; a processor without such numbers.
        InputError: as in doubles.

    >>> point = Energies.of_amplitudes(5, "7/10,1/2")
    >>> found = moments(Mixture.simplex(5, "2/5,1/4,3/20,3/25,2/25"), point)
    >>> print(str(found.log_partition)[:18])
    0.3111220159606627
    """
    check_low_rank_point(mixture, energies, digits)
    if digits > DIGITS:
        raise OutOfReach(
            f"digits = {digits}: the low-rank engine has {DIGITS} at most", digits=DIGITS
        )
    check_extended()
    weights = np.array([to_long(w) for w in mixture.weights])
    theta = np.sqrt(np.array([to_long(e) for e in energies if sign(e) != 0]))
    split, turns = Split.of(mixture.k, theta), circle(mixture.k)
    nodes = plan(split, goal(split, theta, 10.0**-digits), LONG)
    found = totals(split, nodes, weights, turns, True, operator)
    values = numbers(split, theta, turns, found)
    estimates = errors(weights, theta, split, nodes, found, values)
    return handed_over(mixture.k, values, estimates, lambda value: to_real(value, digits))
