"""The pairs engine with proof: E log S, g_m and the radial matrix in balls, k = 4.

The sums are those of `engines.pairs.sums`; `pairs.bounds` bounds what they leave out. θ and the
weights may be balls: the result then holds for every point in them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from flint import ctx

from overspec.decimals import Number
from overspec.errors import InputError
from overspec.verify.enclosures.ball import Ball, Inconclusive, enclosure
from overspec.verify.enclosures.lattice_hessian import Hessian
from overspec.verify.enclosures.pairs.bounds import pair_bounds
from overspec.verify.engines.pairs import grid as planned
from overspec.verify.engines.pairs.sums import bits_for, numbers


@dataclass(frozen=True)
class PairsGrid:
    """The sums' parameters, chosen in doubles and used exactly, and bits carried."""

    sums: planned.Grid
    bits: int


@dataclass(frozen=True)
class PairsResult:
    """``log_partition`` encloses E log S, ``factors[m]`` g_m, ``hessian`` the radial matrix."""

    log_partition: Number | Inconclusive
    factors: dict[int, Number | Inconclusive]
    hessian: Hessian
    grid: PairsGrid


def enclose(
    weights: Sequence[Ball],
    amplitudes: Sequence[Ball],
    digits: int,
    grid: PairsGrid | None = None,
) -> PairsResult:
    """Enclosures of E log S, g_1, g_2 and ∂²L/∂a_m∂a_n at every θ and π in the given balls.

    Args:
        weights: π, 4 balls.
        amplitudes: a_1, a_2 as balls, not both exactly 0.
        digits: the radius aimed at is 10^-digits, if the input balls are narrow.
        grid: to override the choice.

    Raises:
        InputError: not 4 components, or more terms than the budget.

    >>> from flint import arb
    >>> pi = [arb(7) / 20, arb(1) / 4, arb(3) / 20, arb(1) / 4]
    >>> found = enclose(pi, [arb(9) / 10, arb(3) / 5], 20)
    >>> round(float(found.log_partition.value), 14), float(found.log_partition.error) < 1e-14
    (0.48778787836836, True)
    """
    if len(weights) != planned.K:
        raise InputError(f"k = {len(weights)}: the pairs engine is for k = 4 components")
    grid = grid or plan(weights, amplitudes, digits)
    with ctx.workprec(grid.bits):
        found = numbers(weights, amplitudes, grid.sums)
        bounds = pair_bounds(grid.sums, weights, amplitudes)
        active = tuple(m for m, a in enumerate(amplitudes, start=1) if not a.is_zero())
        entries = {}
        for index, (m, n) in enumerate(((1, 1), (1, 2), (2, 2))):
            if m in active and n in active:
                entry = (m == n) - found.radial[index]
                entries[m, n] = enclosure(entry, bounds[f"{m}{n}"])
        return PairsResult(
            enclosure(found.log_partition, bounds["log_partition"]),
            {1: enclosure(found.first, bounds["g1"]), 2: enclosure(found.second, bounds["g2"])},
            Hessian(active, entries, grid),
            grid,
        )


def plan(weights: Sequence[Ball], amplitudes: Sequence[Ball], digits: int) -> PairsGrid:
    """A grid whose bounds come to about 10^-digits; nothing rigorous depends on the choice.

    Raises:
        InputError: more terms than the budget.
    """
    first, second = (0.0 if a.is_zero() else float(a.abs_upper()) for a in amplitudes)
    masses = [weights[i] + weights[j] for i, j in planned.PAIRS]
    tilt = abs(float((masses[0].log() - masses[1].log()).mid()))
    sums = planned.plan(first, second, tilt, digits * math.log(10))
    return PairsGrid(sums, bits_for(digits, sums))
