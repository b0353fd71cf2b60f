"""The engine for opposite components in doubles: k = 4 and 6, every amplitude positive.

The error is an estimate: what the nodes were planned to leave out, and `opposites.rounding`.
"""

from __future__ import annotations

import math

import numpy as np

from overspec.errors import InputError
from overspec.mixture import Energies, Mixture
from overspec.verify.engines.lowrank import doubles as low_rank
from overspec.verify.engines.lowrank.doubles import handed_over
from overspec.verify.engines.lowrank.rounding import NAMES, scales
from overspec.verify.engines.moments import (
    Moments,
    check_amplitudes,
    check_doubles,
    check_orbit_point,
)
from overspec.verify.engines.opposites.plan import DEGREE, KS, Doubles, Halves, Plan, plan
from overspec.verify.engines.opposites.rounding import LEFT_OUT, errors
from overspec.verify.engines.opposites.sums import Totals, totals
from overspec.verify.engines.spectrum import amplitudes as to_amplitudes
from overspec.verify.engines.spectrum import float_weights

SHARE = 0.4  # of the tolerance: what the nodes may leave out in all


def moments(mixture: Mixture, energies: Energies, digits: int = 15) -> Moments:
    """The engine at k = 4 and 6, for every amplitude positive and at most 15 digits.

    Raises:
        InputError: another k, an amplitude that is 0, more digits than a double has, too many
            nodes.

    >>> point = Energies.of_amplitudes(6, "19/10,1/2,3/10")
    >>> round(moments(Mixture.simplex(6, "linear"), point).log_partition, 12)
    1.27896590228
    """
    check_orbit_point(mixture, energies, digits)
    if mixture.k not in KS:
        raise InputError(f"k = {mixture.k}: the engine for opposite components is for k = 4 and 6")
    check_amplitudes(energies, "the engine for opposite components")
    check_doubles(digits)
    return opposite_moments(float_weights(mixture), to_amplitudes(energies), 10.0**-digits)


def sooner(k: int, amplitudes: tuple[float, ...], tolerance: float = 1e-15) -> bool:
    """Whether this engine reaches the point, k = 6, and sooner than `engines.lowrank` does.

    >>> sooner(6, (1.0, 0.5, 0.1)), sooner(6, (1.2, 1.2, 1.0)), sooner(6, (1.0, 0.0, 0.1))
    (True, False, False)
    """
    if k != KS[-1] or min(amplitudes) <= 0:
        return False
    try:
        _, nodes = _planned(np.full(k, 1 / k), np.array(amplitudes), tolerance)
    except InputError:
        return False
    exponentials = k // 2 * len(nodes.tau) * len(nodes.o) * len(nodes.g)  # ten nanoseconds each
    return exponentials <= low_rank.work(amplitudes, k, tolerance)


def opposite_moments(
    weights: Doubles,
    amplitudes: tuple[float, ...],
    tolerance: float = 1e-15,
    jacobian: bool = True,
    operator: bool = True,
) -> Moments:
    """All expectations at θ from doubles.

    Args:
        weights: π, shape (k,), k = 4 or 6.
        amplitudes: a_1 … a_⌊k/2⌋ > 0.
        tolerance: absolute; a part of it is what the nodes may leave out.
        jacobian: whether DM is wanted.
        operator: whether M is; without it M is all 0.

    Raises:
        InputError: too many nodes.

    >>> found = opposite_moments(np.array([0.4, 0.3, 0.2, 0.1]), (1.0, 0.8))
    >>> round(found.log_partition, 13)
    0.6308816090961
    """
    theta = np.array(amplitudes)
    halves, nodes = _planned(weights, theta, tolerance)
    found = totals(halves, nodes, weights, jacobian, operator)
    values = numbers(theta, found, jacobian, operator)
    return handed_over(len(weights), values, errors(weights, halves, nodes, found, values), float)


def numbers(theta: Doubles, found: Totals, jacobian: bool, operator: bool) -> dict[str, Doubles]:
    """E log S, g, the amplitudes of M and DM on the first axes; empty where not wanted."""
    g = np.concatenate([[1.0], 1 - found.departures])
    moved = found.moved / theta if operator else np.zeros(0)
    matrix = np.diag(found.departures) - np.outer(theta, theta) * found.bends
    square = matrix if jacobian else np.zeros((0, 0))
    return dict(zip(NAMES, (np.array(found.log_partition), g, moved, square), strict=True))


def _planned(weights: Doubles, theta: Doubles, tolerance: float) -> tuple[Halves, Plan]:
    halves = Halves.of(len(weights), theta)
    # in absolute values a form of degree n has at most 2^n (a_m a_n)^{n/2 − 1} of products
    most = 2**DEGREE * max(scales(theta).values())
    goal = math.log(LEFT_OUT * most / (SHARE * tolerance))
    return halves, plan(halves, goal, float(weights.max()))
