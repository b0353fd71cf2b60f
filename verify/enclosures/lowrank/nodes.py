"""The nodes h of the low-rank enclosure, and the cells of the tables that they reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flint import arb

from overspec.verify.enclosures.ball import Ball, to_ball
from overspec.verify.enclosures.lowrank.plan import Grid, Split
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
    steps = [to_ball(axis.step) for axis in grid.axes]
    norm = arb(1)
    for h in steps:
        norm = norm * h / (2 * arb.pi()).sqrt()
    left = sorted(grid.points())
    start = 0
    for shell in grid.shells:
        found = []
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
            found.append(Point(norm * (-to_ball(square) / 2).exp(), shift, cells, places))
        yield found


def reached(c: Ball, grid: Grid, shells: Sequence[Sequence[Point]]) -> Tables:
    """The tables, over all cells that the nodes reach."""
    low = high = 0
    for shell, at in zip(grid.shells, shells, strict=True):
        for point in at:
            low = min(low, shell.first + min(point.cells))
            high = max(high, shell.last + max(point.cells))
    return Tables.of(c, grid, low, high)
