"""The low-rank engine in doubles: any k, every amplitude positive.

The error is an estimate: what the nodes were planned to leave out, what the polynomials of the
tables leave out, and `lowrank.rounding`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from overspec.action import block_size
from overspec.errors import InputError
from overspec.mixture import Energies, Mixture
from overspec.verify.engines import lattice
from overspec.verify.engines.extended import circle
from overspec.verify.engines.lowrank.plan import Reals, Split, plan
from overspec.verify.engines.lowrank.rounding import NAMES, errors, left_out, scales
from overspec.verify.engines.lowrank.sums import Totals, totals
from overspec.verify.engines.moments import MAX_K as LATTICE_K
from overspec.verify.engines.moments import (
    Moments,
    Real,
    check_amplitudes,
    check_doubles,
    check_orbit_point,
    first_axes,
)
from overspec.verify.engines.spectrum import amplitudes as to_amplitudes
from overspec.verify.engines.spectrum import float_weights
from overspec.verify.engines.trapezoid import lattice_for

LEFT_OUT = 0.4  # of the tolerance: what the nodes may leave out in all
MAX_K = 100  # components: the cost of DM grows like k³
TABLES = 1e6  # what the tables cost, in units of `Plan.work`
LATTICE = 1.8  # what a node of the lattice costs, in those units


def moments(mixture: Mixture, energies: Energies, digits: int = 15) -> Moments:
    """The engine in double precision, for every amplitude positive and at most 15 digits.

    Raises:
        InputError: k > 100, an amplitude that is 0, more digits than a double has, too many nodes.

    >>> point = Energies.of_amplitudes(5, "7/10,1/2")
    >>> round(moments(Mixture.simplex(5, "2/5,1/4,3/20,3/25,2/25"), point).log_partition, 13)
    0.3111220159607
    """
    check_low_rank_point(mixture, energies, digits)
    check_doubles(digits)
    return low_rank_moments(float_weights(mixture), to_amplitudes(energies), 10.0**-digits)


def check_low_rank_point(mixture: Mixture, energies: Energies, digits: int) -> None:
    """Raise `InputError` for what the engine cannot evaluate."""
    check_orbit_point(mixture, energies, digits)
    if mixture.k > MAX_K:
        raise InputError(f"k = {mixture.k}: the low-rank engine reaches k = {MAX_K}")
    check_amplitudes(energies, "the low-rank engine")


def cheaper(amplitudes: tuple[float, ...], k: int, tolerance: float = 1e-15) -> bool:
    """Whether this engine reaches the point, and sooner than `engines.lattice` does.

    >>> cheaper((1.4, 1.3), 5), cheaper((1.4, 0.0), 5), cheaper((1.0, 0.9, 0.8, 0.7, 0.6), 11)
    (True, False, False)
    """
    found = work(amplitudes, k, tolerance)
    if math.isinf(found):
        return False
    if k > LATTICE_K:
        return True
    frequencies = tuple(range(1, k // 2 + 1))
    theta = np.zeros(k - 1)
    theta[list(first_axes(k, frequencies))] = amplitudes
    means = lattice.rotations(k, frequencies) @ theta
    built = means.shape[1] >= lattice.TWIN
    nodes = lattice_for(means, tolerance, built).nodes * (1 if built else 2)
    return bool(found < LATTICE * nodes)


def work(amplitudes: tuple[float, ...], k: int, tolerance: float = 1e-15) -> float:
    """What it costs in units of `Plan.work`, some ten nanoseconds; infinite where it refuses."""
    if k > MAX_K or min(amplitudes) <= 0:
        return math.inf
    try:
        split = Split.of(k, np.array(amplitudes))
        return plan(split, goal(split, np.array(amplitudes), tolerance)).work + TABLES
    except InputError:
        return math.inf


def goal(split: Split, theta: Reals, tolerance: float) -> float:
    """Minus the logarithm of what each truncation may leave out."""
    scale = max(scales(theta).values()) * left_out(split.rank)
    return math.log(scale / (LEFT_OUT * tolerance))


def low_rank_moments(
    weights: Reals,
    amplitudes: tuple[float, ...],
    tolerance: float = 1e-15,
    jacobian: bool = True,
    operator: bool = True,
) -> Moments:
    """All expectations at θ from doubles.

    Args:
        weights: π, shape (k,).
        amplitudes: a_1 … a_⌊k/2⌋ > 0.
        tolerance: absolute; a part of it is what the nodes may leave out.
        jacobian: whether DM is wanted.
        operator: whether M is; without it M is all 0.

    Raises:
        InputError: too many nodes.

    >>> found = low_rank_moments(np.array([0.5, 0.3, 0.2]), (1.0,))
    >>> round(found.log_partition, 13)  # one frequency at k = 3: a regular simplex
    0.3951609443634
    """
    theta = np.array(amplitudes)
    split = Split.of(len(weights), theta)
    nodes = plan(split, goal(split, theta, tolerance))
    turns = circle(len(weights), np.float64)
    found = totals(split, nodes, weights, turns, jacobian, operator)
    values = numbers(split, theta, turns, found)
    estimates = errors(weights, theta, split, nodes, found, values)
    return handed_over(len(weights), values, estimates, float)


def numbers(split: Split, theta: Reals, turns: Reals, found: Totals) -> dict[str, Reals]:
    """E log S, g, the amplitudes of M and DM on the first axes; empty where not wanted."""
    k, half = split.k, split.k // 2
    modes, lags = np.arange(half + 1), np.arange(1, half + 1)
    cosines = turns[0][np.outer(modes, lags) % k]
    g = 1 - (1 - cosines) @ found.lags  # Σ_j w_j = 1: all lags together, that of 0 too, are 1
    moved, jacobian = np.zeros(0), np.zeros((0, 0))
    if found.pulled.size:
        shares = np.array([block_size(k, m) for m in range(1, half + 1)]) / theta.dtype.type(k)
        along = found.pulled[0] + cosines[1:] @ found.pulled[1:]
        moved = split.c * shares * along / theta
        for block, value in zip(split.blocks, found.turned, strict=True):
            m = block.frequency - 1
            moved[m] += block.amplitude * value / theta[m]
    if found.bends.size:
        u = (cosines[1:] - 1) * theta[:, None]
        jacobian = np.diag(1 - g[1:]) + u @ found.bends @ u.T
    return dict(zip(NAMES, (np.array(found.log_partition), g, moved, jacobian), strict=True))


def handed_over(
    k: int, values: dict[str, Reals], estimates: dict[str, float], number: Callable[[Any], Real]
) -> Moments:
    """`Moments`; the second axis of a block has 1 − g_m and stands alone (math.md S6, S8).

    Args:
        k: components.
        values: of `numbers`.
        estimates: their errors.
        number: from an entry of the arrays.
    """
    frequencies = tuple(range(1, k // 2 + 1))
    starts = first_axes(k, frequencies)
    g = tuple(map(number, values["g"]))
    zero = 0 * g[0]
    operator = [zero] * (k - 1)
    for m, start in enumerate(starts):
        operator[start] = number(values["operator"][m]) if values["operator"].size else zero
    rows = [[zero] * (k - 1) for _ in range(k - 1)] if values["jacobian"].size else []
    for m, start in enumerate(starts if rows else ()):
        for n, other in enumerate(starts):
            rows[start][other] = number((values["jacobian"][m, n] + values["jacobian"][n, m]) / 2)
        if block_size(k, m + 1) == 2:
            rows[start + 1][start + 1] = 1 - g[m + 1]
    return Moments(
        frequencies, number(values["log_partition"]), g, tuple(operator), tuple(map(tuple, rows)),
        max(estimates.values()), errors=estimates,
    )  # fmt: skip
