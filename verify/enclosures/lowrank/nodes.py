"""The nodes h of the low-rank enclosure, and the cells of the tables that they reach."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flint import arb

from overspec.verify.enclosures.ball import Ball, to_ball
from overspec.verify.enclosures.lowrank.plan import Grid, Split, SplitAxis
from overspec.verify.enclosures.lowrank.tables import Tables


@dataclass(frozen=True)
class Point:
    """A node h: its weight, log s(h), and for each j the cell and the place in it."""

    weight: Ball
    shift: Ball
    cells: tuple[int, ...]
    places: tuple[Ball, ...]


def points(weights: Sequence[Ball], split: Split, grid: Grid) -> Iterator[list[Point]]:
    """The nodes h of every shell."""
    step, logs = to_ball(grid.step), [w.log() for w in weights]
    lines = [
        _line(axis, to_ball(chosen.step), math.floor(grid.radius / chosen.step))
        for axis, chosen in zip(split.axes, grid.axes, strict=True)
    ]
    left, unit, start = sorted(grid.points()), grid.square_unit, 0
    for shell in grid.shells:
        found = []
        last = math.inf if shell is grid.shells[-1] else shell.square / unit
        while start < len(left) and left[start][0] <= last:
            weight, tilted = arb(1), logs
            for line, n in zip(lines, left[start][1], strict=True):
                bell, moves = line[n]
                weight *= bell
                tilted = [z + move for z, move in zip(tilted, moves, strict=True)]
            start += 1
            shift = sum((z.exp() for z in tilted), arb(0)).log()
            offsets = [z - shift for z in tilted]
            cells = tuple(round(float(o.mid()) / float(grid.step)) for o in offsets)
            places = tuple(o - n * step for o, n in zip(offsets, cells, strict=True))
            found.append(Point(weight, shift, cells, places))
        yield found


def _line(axis: SplitAxis, step: Ball, reach: int) -> dict[int, tuple[Ball, list[Ball]]]:
    """Of the nodes of an axis the weights, and by what they move every z_j."""
    norm = step / (2 * arb.pi()).sqrt()
    return {
        n: (
            norm * (-((n * step) ** 2) / 2).exp(),
            [n * step * axis.amplitude * turn for turn in axis.wave],
        )
        for n in range(-reach, reach + 1)
    }


def reached(c: Ball, grid: Grid, shells: Sequence[Sequence[Point]]) -> Tables:
    """The tables, over all cells that the nodes reach."""
    low = high = 0
    for shell, at in zip(grid.shells, shells, strict=True):
        for point in at:
            low = min(low, shell.first + min(point.cells))
            high = max(high, shell.last + max(point.cells))
    return Tables.of(c, grid, low, high)
