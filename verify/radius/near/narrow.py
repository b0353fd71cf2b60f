"""Narrow brackets over two amplitudes: a cover outside the `tip`, values of many digits at it."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache

from flint import arb, ctx, fmpq

from overspec.decimals import Number
from overspec.errors import InputError, OutOfReach
from overspec.exact import Exact
from overspec.mixture import Mixture
from overspec.verify.enclosures.ball import Inconclusive, dyadic
from overspec.verify.enclosures.cover import Cover, Losses, OnShare, Point, Value, cover
from overspec.verify.engines.pairs.grid import K as PAIRS_K
from overspec.verify.radius.near.tip import Bracket, Tip, find_tip
from overspec.verify.radius.options import FIVE_DIGITS
from overspec.verify.radius.sector import over_two_amplitudes
from overspec.verify.radius.values import sector_parts

SPARE = 2  # digits of the crossing beyond those of the bracket


def crossing(
    mixture: Mixture, kind: str, share: Exact, seen: tuple[float, ...], digits: int
) -> tuple[Fraction, Fraction] | None:
    """The radius and the turn q of the crossing near amplitudes that a search has found, if any."""
    wanted = min(digits + SPARE, 10**3 if mixture.k == PAIRS_K else FIVE_DIGITS)
    try:
        found = over_two_amplitudes(mixture, kind, share, (seen[0], seen[1]), wanted)
    except OutOfReach:
        return None
    if found.turn is None or 0 in seen[:2]:
        return found.radius, Fraction(int(seen[0] == 0))
    bits = math.ceil((digits / 2 + 4) * math.log2(10)) + 8  # half of the digits: R is least there
    with ctx.workprec(bits + 40):
        tangent = arb(fmpq(found.turn.numerator, found.turn.denominator))
        middle = dyadic((4 * tangent.atan() / arb.pi()).mid())
    return found.radius, Fraction(round(middle * 2**bits), 2**bits)


def find_narrow(
    mixture: Mixture,
    kind: str,
    threshold: Number,
    ends: tuple[Fraction, Fraction],
    turn: Fraction,
    digits: int,
) -> Tip | Inconclusive:
    """The tip of a bracket at a direction; ``digits`` are those of the values."""
    parts = cache(sector_parts(mixture, kind))
    asked = Bracket(mixture.k, kind, parts, threshold, *ends, digits)
    reason = "no neighbourhood of the first failure is proved to have but one"
    try:
        return find_tip(asked, turn) or Inconclusive(reason, (ends[0], turn))
    except InputError as error:
        return Inconclusive(f"{reason}: {error}", (ends[0], turn))


def cover_around(
    tip: Tip,
    start: Fraction,
    far_end: tuple[Fraction, Fraction],
    value: Value,
    losses: Losses,
    budget: int,
    on_share: OnShare,
) -> Cover | Inconclusive:
    """λ above its level for start ≤ r ≤ lower, 0 ≤ q ≤ last, but for r ≥ r_0 within δ of the tip.

    Args:
        tip, start: r_0 and δ; where the cover begins.
        far_end: lower and last.
        value, losses, budget, on_share: see `enclosures.cover.cover`.
    """
    zero, (lower, last) = Fraction(0), far_end
    low, high = tip.sides
    known: dict[Point, Fraction] = {}

    def once(point: Point) -> Fraction:
        if point not in known:
            known[point] = value(point)
        return known[point]

    rectangles = [((start, zero), (tip.start, last))]
    rectangles += [((tip.start, zero), (lower, low))] * (low > 0)
    rectangles += [((tip.start, high), (lower, last))] * (high < last)
    boxes: tuple[tuple[Point, Point], ...] = ()
    values: dict[Point, Fraction] = {}
    for number, (bottom, top) in enumerate(rectangles):
        found = cover(bottom, top, once, losses, budget, _part(on_share, number, len(rectangles)))
        if isinstance(found, Inconclusive):
            return found
        boxes, values = boxes + found.boxes, {**values, **found.values}
    return Cover(boxes, values)


def _part(on_share: OnShare, number: int, count: int) -> Callable[[Fraction], None]:
    return lambda share: on_share((number + share) / count)
