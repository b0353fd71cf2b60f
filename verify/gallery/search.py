"""Crossings, roots and least values on an interval, with proof: bisection and the mean value form.

A function of one variable is asked for at balls, wide or not: what it returns contains its values
at every number in the ball.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import count

from overspec.decimals import Number
from overspec.verify.enclosures.ball import Ball, Inconclusive, dyadic
from overspec.verify.gallery.line import ball, hull

#: A function on balls.
OnBalls = Callable[[Ball], Ball]

NOTHING = Fraction(-(10**9))  # a lower bound where the slope is not enclosed: the cell is cut
GRID = 48  # points of a bisection are multiples of 2^-GRID


def crossing(
    f: Callable[[Fraction], Ball], low: Fraction, high: Fraction, width: Fraction
) -> Number | Inconclusive:
    """Where f changes its sign between low and high: an interval at whose ends the signs differ.

    Args:
        f: signs at the ends must differ, with proof.
        width: of the interval, at most.

    >>> found = crossing(lambda x: ball(x * x - 2), Fraction(1), Fraction(2), Fraction(1, 1000))
    >>> found.lower**2 < 2 < found.upper**2
    True
    """
    first, last = _sign(f(low)), _sign(f(high))
    if first * last != -1:
        return Inconclusive("the signs at the ends do not differ", (low, high))
    while high - low > width:
        middle = (low + high) / 2
        sign = _sign(f(middle))
        if not sign:
            break
        low, high = (middle, high) if sign == first else (low, middle)
    return Number.between(low, high)


def _sign(value: Ball) -> int:
    """1, −1, or 0 where the ball does not tell."""
    return 1 if value > 0 else -1 if value < 0 else 0


@dataclass(frozen=True)
class Least:
    """The least value of a function on an interval.

    Attributes:
        value: enclosed.
        at: where the upper end was seen.
        cells: into how many the interval was cut.
    """

    value: Number
    at: Fraction
    cells: int


def least(
    f: OnBalls,
    slope: OnBalls,
    low: Fraction,
    high: Fraction,
    tolerance: Fraction | None = None,
    budget: int = 4000,
) -> Least | Inconclusive:
    """min f over [low, high] by branch and bound: f(c) + f'(cell)·(cell − c) on each cell.

    Args:
        f, slope: the function and its derivative.
        tolerance: width of the enclosure, at most; None: it ends when the sign is known.
        budget: cells, at most.

    >>> found = least(lambda x: x * x - x, lambda x: 2 * x - 1, Fraction(0), Fraction(2),
    ...               Fraction(1, 100))
    >>> Fraction(-1, 4) in found.value
    True
    """
    order = count()
    best, at = dyadic(f(ball(low)).upper()), low

    def cell(a: Fraction, b: Fraction) -> tuple[Fraction, int, Fraction, Fraction]:
        nonlocal best, at
        middle = (a + b) / 2
        value = f(ball(middle))
        if dyadic(value.upper()) < best:
            best, at = dyadic(value.upper()), middle
        reach = slope(hull(a, b)).abs_upper() * ball((b - a) / 2)
        floor = (value - reach).lower()
        return dyadic(floor) if floor.is_finite() else NOTHING, next(order), a, b

    queue = [cell(low, high)]
    cells = 1
    while True:
        bound, _, a, b = queue[0]
        if best < 0 or bound > 0 if tolerance is None else best - bound <= tolerance:
            return Least(Number.between(min(bound, best), best), at, cells)
        if cells >= budget:
            return Inconclusive(f"the budget of {budget} cells is spent", (a, b))
        heapq.heappop(queue)
        middle = (a + b) / 2
        for part in ((a, middle), (middle, b)):
            heapq.heappush(queue, cell(*part))
        cells += 1


def roots(
    f: OnBalls, slope: OnBalls, low: Fraction, high: Fraction, budget: int = 4000
) -> tuple[Number, ...] | Inconclusive:
    """All zeros of f in [low, high], each enclosed, each the only one in its interval.

    A cell without a zero of f in its enclosure is dropped; one on which the slope has one sign has
    at most one zero, and has it exactly if the signs at its ends differ.

    >>> found = roots(
    ...     lambda x: x * x * x - x, lambda x: 3 * x * x - 1, Fraction(-2), Fraction(9, 4)
    ... )
    >>> [round(float(x.value), 6) for x in found]
    [-1.0, 0.0, 1.0]
    """
    pending, found, cells = [(low, high)], [], 0
    while pending:
        a, b = pending.pop()
        cells += 1
        if cells > budget:
            return Inconclusive(f"the budget of {budget} cells is spent", (a, b))
        wide = hull(a, b)
        steep = slope(wide)
        value = f(ball((a + b) / 2)) + steep * (wide - ball((a + b) / 2))
        if value > 0 or value < 0:
            continue
        if steep > 0 or steep < 0:
            first, last = _sign(f(ball(a))), _sign(f(ball(b)))
            if first * last == 1:
                continue
            if first * last == -1:
                inside = crossing(lambda x: f(ball(x)), a, b, Fraction(1, 10**12))
                if isinstance(inside, Number):
                    found.append(inside)
                continue
        # off the middle, so that a zero at a round number is not an end of a cell
        cut = a + (b - a) * Fraction(13, 27)
        pending += [(cut, b), (a, cut)]
    return tuple(found)


def listed(found: tuple[Number, ...]) -> str:
    """Roots for a reader, in four digits; one whose interval holds 0 is shown as 0."""
    return ", ".join("0" if 0 in x else f"{float(x.value):.4g}" for x in found)


def down(value: Ball) -> Fraction:
    """A multiple of 2^-GRID at most the ball."""
    return Fraction(dyadic(value.lower()) * 2**GRID // 1, 2**GRID)


def up(value: Ball) -> Fraction:
    """A multiple of 2^-GRID at least the ball."""
    return -down(-value)
