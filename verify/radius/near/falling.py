"""One crossing and no other: where λ falls strictly, a narrow bracket takes two values.

Along a radius every branch of λ has f'' ≤ U (`radius.far.tail`), so that ``λ(r) − U r²/2`` is
concave: it is the least of concave functions. Its slope to the right of a is at most that of its
chord from some b < a, and so

    λ'(r) ≤ (λ(a) − λ(b))/(a − b) + U (r − (a + b)/2),    r ≥ a,

on either side of a kink too. Where that is negative at the upper end of a bracket, λ falls strictly
on [a, upper]: it meets the threshold there once (interval Newton's existence and uniqueness, with
the slope enclosed from above), and a cover need only reach a, where the slack is still wide. So the
width of the bracket costs digits of two values and no points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from overspec.decimals import Number
from overspec.verify.radius.values import Values

STEP = 64  # the slope is estimated at a radius less by this part of itself
DIGITS = 10  # of the values there
TRIES = 6
SHORT = 2**16  # the places are multiples of a width over this, so that they are short numbers


@dataclass(frozen=True)
class Falling:
    """λ falls strictly from ``start`` to the upper end of a bracket.

    Attributes:
        before, start: b and a.
        slope: a bound of λ' up to the upper end, negative.
    """

    before: Fraction
    start: Fraction
    slope: Fraction


def falling(
    values: Values, threshold: Number, crossing: Fraction, upper: Fraction, bend: Fraction
) -> Falling | None:
    """A neighbourhood of a crossing on which λ falls; None where none is found.

    Args:
        values: enclosures of λ.
        threshold: what is crossed.
        crossing: about where.
        upper: as far as λ is to fall, beyond the crossing.
        bend: U.
    """
    below = crossing * (1 - Fraction(1, STEP))
    rise = values((below,), DIGITS).value - threshold.value
    width = rise / (crossing - below) / (4 * bend)
    for _ in range(TRIES):
        if width <= 0:
            return None
        width = min(width, crossing / 4)
        unit = Fraction(1, 2 ** max(0, math.ceil(math.log2(SHORT / width))))
        start = math.floor((crossing - width) / unit) * unit
        before = math.floor((crossing - 2 * width) / unit) * unit
        slope = steepest(values, before, start, upper, bend)
        if slope < 0 and start < crossing:
            return Falling(before, start, slope)
        width /= 3
    return None


def steepest(
    values: Values, before: Fraction, start: Fraction, upper: Fraction, bend: Fraction
) -> Fraction:
    """The bound of λ' on [start, upper] from values at ``before`` and ``start``."""
    chord = values((start,), DIGITS).upper - values((before,), DIGITS).lower
    return chord / (start - before) + bend * (upper - (start + before) / 2)
