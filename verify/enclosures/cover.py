"""Proof that a function is positive on a box: adaptive subdivision with exact arithmetic.

On a box with sides h_a a function f in C² with ``f_aa ≤ U_a`` lies above ``(smallest value at the
corners) − Σ_a h_a² U_a/8`` (multilinear interpolation, one axis at a time: the interpolant in one
variable is a mean of corner values). Where that is not positive the box is halved along the axis
that costs most.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod

from overspec.verify.enclosures.ball import Inconclusive

Point = tuple[Fraction, ...]

#: A lower bound of f at a point.
Value = Callable[[Point], Fraction]
#: Upper bounds of h_a² U_a/8 on the box between two corners, axis by axis.
Losses = Callable[[Point, Point], tuple[Fraction, ...]]
#: Told how much of the box is covered, from 0 to 1.
OnShare = Callable[[Fraction], None]


@dataclass(frozen=True)
class Cover:
    """f > 0 on the box: the boxes that tile it and the lower bounds at their corners."""

    boxes: tuple[tuple[Point, Point], ...]
    values: Mapping[Point, Fraction]

    @property
    def cells(self) -> int:
        """How many boxes."""
        return len(self.boxes)

    @property
    def points(self) -> int:
        """How many values."""
        return len(self.values)

    @property
    def worst(self) -> Point:
        """Where the bound is smallest."""
        return min(self.values, key=lambda point: self.values[point])

    @property
    def margin(self) -> Fraction:
        """The bound there; 0 of no boxes."""
        return min(self.values.values(), default=Fraction(0))


def untold(_share: Fraction) -> None:
    """Nobody is told."""


def cover(
    low: Point,
    high: Point,
    value: Value,
    losses: Losses,
    budget: int,
    on_share: OnShare = untold,
) -> Cover | Inconclusive:
    """Cover the box between two corners.

    Args:
        low, high: opposite corners, low ≤ high in every coordinate.
        value, losses: see above; values are asked once for each point.
        budget: points at most.
        on_share: told how much is covered, after each box.

    >>> square = lambda p: 2 - p[0] ** 2
    >>> found = cover((Fraction(0),), (Fraction(1),), square, lambda a, b: (Fraction(0),), 9)
    >>> found.cells, found.margin
    (1, Fraction(1, 1))
    >>> cover((Fraction(0),), (Fraction(2),), square, lambda a, b: (Fraction(0),), 9).at
    (Fraction(2, 1),)
    """
    known: dict[Point, Fraction] = {}
    pending: list[tuple[Point, Point]] = [(low, high)]
    boxes: list[tuple[Point, Point]] = []
    covered, whole = Fraction(0), _volume(low, high)
    while pending:
        bottom, top = pending.pop()
        corners = list(product(*(dict.fromkeys(pair) for pair in zip(bottom, top, strict=True))))
        for corner in corners:
            if corner not in known:
                if len(known) >= budget:
                    return Inconclusive(f"the budget of {budget} points is spent", corner)
                known[corner] = value(corner)
            if known[corner] <= 0:
                return Inconclusive("the bound at this point is not positive", corner)
        loss = losses(bottom, top)
        if min(known[corner] for corner in corners) > sum(loss):
            boxes.append((bottom, top))
            covered += _volume(bottom, top)
            on_share(covered / whole)
            continue
        axis = max(range(len(low)), key=lambda a: loss[a])
        middle = (bottom[axis] + top[axis]) / 2
        # the half nearer to low is taken first
        pending.append((_with(bottom, axis, middle), top))
        pending.append((bottom, _with(top, axis, middle)))
    return Cover(tuple(boxes), known)


def _volume(low: Point, high: Point) -> Fraction:
    """Of a box; sides of length 0 do not count."""
    return prod((b - a for a, b in zip(low, high, strict=True) if b > a), start=Fraction(1))


def _with(point: Point, axis: int, value: Fraction) -> Point:
    return (*point[:axis], value, *point[axis + 1 :])
