"""The low-rank enclosure: E log S, the g_m and the radial matrix in balls.

The sums are those of `engines.lowrank`, on another rule over h and other tables; `lowrank.bounds`
bounds what they leave out. θ and the weights may be balls: the result then holds for every point in
them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import combinations_with_replacement

from flint import arb, ctx

from overspec.decimals import Number
from overspec.errors import InputError
from overspec.verify.enclosures.ball import Ball, Inconclusive, enclosure, to_ball
from overspec.verify.enclosures.bounds_hessian import Sizes
from overspec.verify.enclosures.lattice_hessian import Hessian
from overspec.verify.enclosures.lowrank import longer
from overspec.verify.enclosures.lowrank.bounds import Seen, low_rank_bounds
from overspec.verify.enclosures.lowrank.nodes import Point, points, reached
from overspec.verify.enclosures.lowrank.plan import (
    MAX_NODES,
    Grid,
    Shell,
    Split,
    in_long,
    nodes,
    plan,
)
from overspec.verify.enclosures.lowrank.sums import Summed, Sums, modes, summed

MAX_K = 12
BATCH = 2**15  # nodes h and τ at a time
SHARE = 0.5  # of the digits asked for: what roundings may cost before balls are taken


@dataclass(frozen=True)
class LowRankResult:
    """``log_partition`` encloses E log S, ``factors[m]`` g_m, ``hessian`` the radial matrix."""

    log_partition: Number | Inconclusive
    factors: dict[int, Number | Inconclusive]
    hessian: Hessian | None
    grid: Grid

    @property
    def rounding(self) -> Fraction:
        """The largest line of that name."""
        entries = self.hessian.entries.values() if self.hessian else ()
        every = (self.log_partition, *self.factors.values(), *entries)
        lines = (dict(x.budget)["rounding"] for x in every if isinstance(x, Number))
        return max(lines, default=Fraction(0))


def enclose(
    weights: Sequence[Ball],
    amplitudes: Sequence[Ball],
    frequencies: Sequence[int],
    digits: int,
    grid: Grid | None = None,
    hessian: bool = False,
) -> LowRankResult:
    """Enclosures of E log S, of g_m and of ∂²L/∂a_m∂a_n at every θ and π in the given balls.

    Args:
        weights: π, k ≤ 12 balls.
        amplitudes: a_1 … a_⌊k/2⌋ as balls, all positive.
        frequencies: the m for which g_m is wanted.
        digits: the radii aimed at are 10^-digits, if the input balls are narrow.
        grid: to override the choice of `plan`.
        hessian: whether the radial matrix is wanted.

    Raises:
        InputError: k > 12; see `Split.of`; more nodes than the budget.

    >>> pi = [arb(2) / 5, arb(1) / 4, arb(3) / 20, arb(3) / 25, arb(2) / 25]
    >>> found = enclose(pi, [arb(7) / 10, arb(1) / 2], [1], 6)
    >>> round(float(found.log_partition.value), 6), float(found.log_partition.error) < 1e-6
    (0.311122, True)
    """
    k = len(weights)
    if k > MAX_K:
        raise InputError(f"k = {k}: the low-rank enclosure reaches k = {MAX_K}")
    if grid is None:
        grid = plan(Split.of(k, amplitudes), digits, 2 if hessian else 1)
    with ctx.workprec(grid.bits):
        split = Split.of(k, amplitudes)
        shells = list(points(weights, split, grid))
        places = [x for found in shells for point in found for x in point.places]
        place = arb(0)
        for x in places:
            place = place.max(x.abs_upper())
        tables = reached(split.c, grid, shells)
        if in_long(digits):
            long = longer.LongTables.of(tables, places)
            totals = _totals(split, grid, shells, partial(longer.summed, long, hessian=hessian))
            if totals is not None:
                found = _handed_over(split, amplitudes, frequencies, grid, totals, place, hessian)
                if found.rounding <= SHARE * 10.0**-digits or nodes(grid) > MAX_NODES:
                    return found
                if any(float(x.rad()) > 10.0**-digits for x in (*weights, *amplitudes)):
                    return found  # more bits do not make the input narrower
        totals = _totals(split, grid, shells, partial(summed, tables, hessian=hessian))
        assert totals is not None
        return _handed_over(split, amplitudes, frequencies, grid, totals, place, hessian)


@dataclass(frozen=True)
class _Totals:
    """E log S and `Sums` over all nodes, the mass of each shell, and a bound of what was 0."""

    logs: Ball
    sums: Sums
    masses: list[Ball]
    dropped: float


def _totals(
    split: Split,
    grid: Grid,
    shells: Sequence[Sequence[Point]],
    over: Callable[[Shell, Sequence[Point], Ball], Summed | None],
) -> _Totals | None:
    """All sums, by the one or the other arithmetic; None if that gives up."""
    logs, parts, dropped, half = arb(0), [], 0.0, split.c * split.c / 2
    for shell, at in zip(grid.shells, shells, strict=True):
        step, known = to_ball(grid.step) * shell.stride, arb(0)
        for n in range(shell.nodes):
            tau = to_ball(grid.step) * (shell.first + n * shell.stride)
            known += (-half.exp() * tau.exp()).exp()
        for point in at:
            logs += point.weight * (point.shift + half + step * known)
        size = max(1, BATCH // shell.nodes)
        for low in range(0, len(at), size):
            found = over(shell, at[low : low + size], step)
            if found is None:
                return None
            logs -= found.density
            parts.append(found.sums)
            dropped = max(dropped, found.dropped)
    masses = [sum((point.weight for point in at), arb(0)) for at in shells]
    return _Totals(logs, sum(parts[1:], parts[0]), masses, dropped)


def _handed_over(
    split: Split,
    amplitudes: Sequence[Ball],
    frequencies: Sequence[int],
    grid: Grid,
    totals: _Totals,
    place: Ball,
    hessian: bool,
) -> LowRankResult:
    """The numbers with their bounds."""
    k = split.k
    keys = list(combinations_with_replacement(modes(k), 2)) if hessian else []
    scales = [amplitudes[m - 1] * amplitudes[n - 1] for m, n in keys]
    sizes: list[Sizes] = [(arb(1), arb(0), arb(0))]
    sizes += [((m == n) + 8 * s, 32 * s, 6 * s) for (m, n), s in zip(keys, scales, strict=True)]
    seen = Seen(totals.masses, place, arb(totals.dropped))
    on_logs, lines = low_rank_bounds(grid, split, seen, sizes)
    entries = {
        (m, n): enclosure(totals.sums.entry(k, m, n, scale), line)
        for (m, n), scale, line in zip(keys, scales, lines[1:], strict=True)
    }
    return LowRankResult(
        enclosure(totals.logs, on_logs),
        {m: enclosure(1 - totals.sums.departure(k, m), lines[0]) for m in frequencies},
        Hessian(tuple(modes(k)), entries, grid) if hessian else None,
        grid,
    )
