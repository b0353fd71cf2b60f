"""The low-rank enclosure: E log S, the g_m and the radial matrix in balls.

The sums are those of `engines.lowrank`, on another rule over h and other tables; `lowrank.bounds`
bounds what they leave out. θ and the weights may be balls: the result then holds for every point in
them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

from flint import arb, arb_mat, ctx

from overspec.decimals import Number
from overspec.errors import InputError
from overspec.verify.enclosures.ball import Ball, Inconclusive, enclosure, to_ball
from overspec.verify.enclosures.bounds_hessian import Sizes
from overspec.verify.enclosures.lattice_hessian import Hessian
from overspec.verify.enclosures.lowrank.bounds import Seen, low_rank_bounds
from overspec.verify.enclosures.lowrank.plan import Grid, Shell, Split, plan
from overspec.verify.enclosures.lowrank.sums import Sums, modes
from overspec.verify.enclosures.lowrank.tables import Tables

MAX_K = 12
BATCH = 400  # nodes h at a time


@dataclass(frozen=True)
class LowRankResult:
    """``log_partition`` encloses E log S, ``factors[m]`` g_m, ``hessian`` the radial matrix."""

    log_partition: Number | Inconclusive
    factors: dict[int, Number | Inconclusive]
    hessian: Hessian | None
    grid: Grid


@dataclass(frozen=True)
class _Point:
    """A node h: its weight, log s(h), and for each j the cell and the place in it."""

    weight: Ball
    shift: Ball
    cells: tuple[int, ...]
    places: tuple[Ball, ...]


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
        shells = list(_points(weights, split, grid))
        place = arb(0)
        for point in (point for points in shells for point in points):
            for x in point.places:
                place = place.max(x.abs_upper())
        tables = _tables(split.c, grid, shells)
        logs, parts = arb(0), []
        for shell, points in zip(grid.shells, shells, strict=True):
            for low in range(0, len(points), BATCH):
                log, more = _batch(split, grid, shell, points[low : low + BATCH], tables, hessian)
                logs += log
                parts.append(more)
        masses = [sum((p.weight for p in points), arb(0)) for points in shells]
        keys = list(combinations_with_replacement(modes(k), 2)) if hessian else []
        scales = [amplitudes[m - 1] * amplitudes[n - 1] for m, n in keys]
        sizes: list[Sizes] = [(arb(1), arb(0), arb(0))]
        sizes += [((m == n) + 8 * s, 32 * s, 6 * s) for (m, n), s in zip(keys, scales, strict=True)]
        on_logs, lines = low_rank_bounds(grid, split, Seen(masses, place), sizes)
        sums = sum(parts[1:], parts[0])
        entries = {
            (m, n): enclosure(sums.entry(k, m, n, scale), line)
            for (m, n), scale, line in zip(keys, scales, lines[1:], strict=True)
        }
        return LowRankResult(
            enclosure(logs, on_logs),
            {m: enclosure(1 - sums.departure(k, m), lines[0]) for m in frequencies},
            Hessian(tuple(modes(k)), entries, grid) if hessian else None,
            grid,
        )


def _points(weights: Sequence[Ball], split: Split, grid: Grid) -> Iterator[list[_Point]]:
    """The nodes h of every shell."""
    step, logs = to_ball(grid.step), [w.log() for w in weights]
    steps = [to_ball(axis.step) for axis in grid.axes]
    norm = arb(1)
    for h in steps:
        norm = norm * h / (2 * arb.pi()).sqrt()
    left = sorted(grid.points())
    start = 0
    for shell in grid.shells:
        points = []
        while start < len(left) and (left[start][0] <= shell.square or shell is grid.shells[-1]):
            square, at = left[start]
            start += 1
            tilted = list(logs)
            for axis, h, n in zip(split.axes, steps, at, strict=True):
                along = n * h * axis.amplitude
                tilted = [z + along * turn for z, turn in zip(tilted, axis.wave, strict=True)]
            shift = sum((z.exp() for z in tilted), arb(0)).log()
            offsets = [z - shift for z in tilted]
            cells = tuple(round(float(o.mid()) / float(grid.step)) for o in offsets)
            places = tuple(o - n * step for o, n in zip(offsets, cells, strict=True))
            points.append(_Point(norm * (-to_ball(square) / 2).exp(), shift, cells, places))
        yield points


def _tables(c: Ball, grid: Grid, shells: Sequence[Sequence[_Point]]) -> Tables:
    """Over all cells that the nodes reach."""
    low = high = 0
    for shell, points in zip(grid.shells, shells, strict=True):
        for point in points:
            low = min(low, shell.first + min(point.cells))
            high = max(high, shell.last + max(point.cells))
    return Tables.of(c, grid, low, high)


def _batch(
    split: Split,
    grid: Grid,
    shell: Shell,
    points: Sequence[_Point],
    tables: Tables,
    hessian: bool,
) -> tuple[Ball, Sums]:
    """Over some nodes h and all their τ: what is added to E log S, and `Sums`."""
    k, c = split.k, split.c
    values = _values(shell, points, tables)
    step, nodes = to_ball(grid.step) * shell.stride, shell.nodes
    known, s0 = arb(0), (c * c / 2).exp()
    for n in range(nodes):
        known += (-s0 * (to_ball(grid.step) * (shell.first + n * shell.stride)).exp()).exp()
    logs = arb(0)
    means: list[list[Ball]] = []
    variances: list[list[Ball]] = []
    density: list[Ball] = []
    for point, rows in zip(points, values, strict=True):
        logs += point.weight * (point.shift + c * c / 2 + step * known)
        weight, before = point.weight * step, len(density)
        for n in range(nodes):
            zeros = [row[n] for row in rows]
            inverse = [1 / zero for zero in zeros]
            product = weight
            for zero in zeros:
                product = product * zero
            rho = [row[nodes + n] * r for row, r in zip(rows, inverse, strict=True)]
            means.append(rho)
            density.append(product)
            if hessian:
                second = [row[2 * nodes + n] * r for row, r in zip(rows, inverse, strict=True)]
                variances.append([s - r * r for s, r in zip(second, rho, strict=True)])
        logs -= sum(density[before:], arb(0))
    return logs, Sums.over(k, means, variances, density)


def _values(shell: Shell, points: Sequence[_Point], tables: Tables) -> list[list[list[Ball]]]:
    """Of every point, for each j, P_0 at all τ, then P_1, then P_2: rows of one cell together."""
    where: dict[int, list[tuple[int, int]]] = {}
    for index, point in enumerate(points):
        for j, cell in enumerate(point.cells):
            where.setdefault(cell, []).append((index, j))
    found: list[list[list[Ball]]] = [[[]] * len(point.cells) for point in points]
    for cell, rows in where.items():
        part = tables.part(shell.first + cell, shell.nodes, shell.stride)
        powers = []
        for index, j in rows:
            x = points[index].places[j]
            line = [arb(1)]
            for _ in range(len(part) - 1):
                line.append(line[-1] * x)
            powers.append(line)
        for (index, j), row in zip(rows, (arb_mat(powers) * arb_mat(part)).tolist(), strict=True):
            found[index][j] = row
    return found
