"""The factor |M(θ) − θ*|/|θ − θ*| over a region, its sup and inf certified by a cover.

θ* is a fixed point by theorem: the parameter of the truth, or 0 where the truth is N(0, I) and
every shift is 0. On a box X that does not touch θ* the factor is bounded by enclosures of M and of
the distance; M is bounded on X by its values there and by its mean value form. Near θ*

    M(θ) − θ* = ∫₀¹ DM(θ* + s(θ − θ*)) ds (θ − θ*),

so the factor lies between the least and the largest singular value that a matrix in the enclosure
of DM over the hull of X and θ* may have: the enclosure is convex, so the integral lies in it.
Boxes are halved, the one that may be worst first, until the bounds are as near as asked.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, ctx

from overspec.decimals import Number, rounded_down, rounded_up
from overspec.errors import InputError, OutOfReach
from overspec.evidence import Evidence
from overspec.exact import Exact, sign, text_of, whole
from overspec.models.matrices import vector
from overspec.models.model import Model
from overspec.models.truth import Truth
from overspec.results.result import Part, Result
from overspec.verify.enclosures.ball import Ball, dyadic, to_ball
from overspec.verify.models import balls
from overspec.verify.models.ball_lattice import Balls, Maps, Rows, check, dot, in_balls, lattice
from overspec.verify.models.certified import interval
from overspec.verify.models.fixed_points import BITS, Box, ball_of, box_dict, box_of, rational


@dataclass(frozen=True, repr=False)
class Contraction(Result):
    """Bounds of the factor over a region.

    Attributes:
        model, truth: what was asked about.
        sup: an interval that contains the supremum of the factor.
        inf: one that contains the infimum.
        center: θ*.
        box: the region; θ* itself is left out.
        boxes: how many the cover has.
        conclusive: whether both intervals are as short as was asked for.
        evidence: CERTIFIED.
    """

    model: Model
    truth: Truth
    sup: Number
    inf: Number
    center: tuple[Exact, ...]
    box: Box
    boxes: int
    conclusive: bool
    evidence: Evidence = Evidence.CERTIFIED

    def to_dict(self) -> dict[str, Any]:
        """Plain data: enclosures as ``[low, high]``, rounded outward; the rest exactly."""
        return {
            "what": "contraction",
            "model": self.model.to_dict(),
            "truth": self.truth.to_dict(),
            "center": [text_of(a) for a in self.center],
            "box": box_dict(self.box),
            "sup": interval(self.sup),
            "inf": interval(self.inf),
            "boxes": self.boxes,
            "conclusive": self.conclusive,
            "evidence": self.evidence.value,
        }

    def headline(self) -> str:
        """Both bounds."""
        ends = (self.sup, self.inf)
        sup, inf = (f"[{rounded_down(n.lower)}, {rounded_up(n.upper)}]" for n in ends)
        return f"sup in {sup}, inf in {inf}, {self.boxes} boxes, {self.evidence.value}"

    def parts(self) -> Iterator[Part]:
        """The bounds, and whether they are as near as was asked for."""
        yield self.headline()
        if not self.conclusive:
            yield "The budget is spent: the intervals are longer than was asked for."


def contraction(
    model: Model,
    truth: Truth,
    center: object,
    low: object,
    high: object,
    *,
    tolerance: object = "1/100",
    budget: int = 2000,
) -> Contraction:
    """Certify sup and inf of ``|M(θ) − θ*|/|θ − θ*|`` over the box between two corners.

    Args:
        model: p ≤ 2, fixed weights, covariance I.
        truth: of the same d; d = 1 takes seconds, d = 2 minutes.
        center: θ*, exact; the truth must be p_θ*, or N(0, I) with θ* = 0 and no shifts.
        low, high: opposite corners, exact rational numbers.
        tolerance: how long the two intervals may be.
        budget: boxes at most for each; then the intervals are what they are.

    Raises:
        InputError: a center that is no fixed point by theorem, corners that are no box.
        OutOfReach: see `ball_lattice.check`; no enclosure on any part of the box.

    >>> found = contraction(Model.pairs(1), Truth([1, -1], "1/2,1/2"), 1, "1/2", 2)
    >>> found.conclusive, bool(found.sup.upper < Fraction(7, 10))
    (True, True)
    """
    check(model, truth)
    box = box_of(model, low, high, 2)  # as `singular`
    at = vector(center, "center", model.p)
    close = rational(tolerance, "tolerance")
    if close <= 0 or whole(budget, "budget") < 1:
        raise InputError("tolerance and budget: use numbers > 0")
    _check_center(model, truth, at)
    digits = 5 + max(0, math.ceil(-math.log10(close)))  # 10^−3 of the tolerance
    with ctx.workprec(BITS):
        maps, star = in_balls(model), [to_ball(a) for a in at]

        def bounds(part: Box) -> tuple[Fraction | None, Fraction | None]:
            return _bounds(maps, truth, star, part, digits)

        def value(part: Box) -> tuple[Fraction, Fraction] | None:
            return _value(maps, truth, star, part, digits)

        sup = _extreme(box, lambda b: bounds(b)[1], value, close, budget)
        inf = _extreme(box, lambda b: _negated(bounds(b)[0]), _mirrored(value), close, budget)
    if sup is None or inf is None:
        raise OutOfReach("no enclosure on parts of the box within the budget: use a smaller box")
    top = Number.between(sup[0], sup[1])
    bottom = Number.between(-inf[1], -inf[0])
    short = max(sup[1] - sup[0], inf[1] - inf[0]) <= close
    return Contraction(model, truth, top, bottom, at, box, sup[2] + inf[2], short)


def _check_center(model: Model, truth: Truth, at: tuple[Exact, ...]) -> None:
    zero = all(sign(a) == 0 for a in at)
    plain = all(sign(a) == 0 for c in model.shifts for a in c)
    if zero and plain and truth.is_standard:
        return
    own = model.truth(at)
    same = sorted(map(repr, zip(own.means, own.weights, strict=True))) == sorted(
        map(repr, zip(truth.means, truth.weights, strict=True))
    )
    if not same or own.covariance != truth.covariance:
        raise InputError(
            "center is not known to be a fixed point: give the parameter of the truth, or 0 where "
            "the truth is N(0, I)"
        )


def _negated(value: Fraction | None) -> Fraction | None:
    return None if value is None else -value


def _mirrored(value: Callable[[Box], Any]) -> Callable[[Box], tuple[Fraction, Fraction] | None]:
    def mirrored(part: Box) -> tuple[Fraction, Fraction] | None:
        found = value(part)
        return None if found is None else (-found[1], -found[0])

    return mirrored


def _extreme(
    box: Box,
    upper: Callable[[Box], Fraction | None],
    value: Callable[[Box], tuple[Fraction, Fraction] | None],
    close: Fraction,
    budget: int,
) -> tuple[Fraction, Fraction, int] | None:
    """Bounds of a supremum: a value that is taken, and the largest upper bound of the cover."""
    best: Fraction | None = None
    heap: list[tuple[Fraction, int, Box]] = []
    count = 0

    def push(part: Box) -> None:
        nonlocal best, count
        count += 1
        taken = value(part)
        if taken is not None and (best is None or taken[0] > best):
            best = taken[0]
        bound = upper(part)
        most = UNKNOWN if bound is None else bound
        heapq.heappush(heap, (-most, count, part))

    push(box)
    while count < budget:
        most = -heap[0][0]
        if best is not None and most - best <= close:
            break
        _, _, part = heapq.heappop(heap)
        axis = max(range(len(part)), key=lambda a: part[a][1] - part[a][0])
        low, high = part[axis]
        middle = (low + high) / 2
        for side in ((low, middle), (middle, high)):
            push((*part[:axis], side, *part[axis + 1 :]))
    most = -heap[0][0]
    if best is None or most == UNKNOWN:
        return None
    return best, max(most, best), count


UNKNOWN = Fraction(10**9)


def _bounds(
    maps: Maps, truth: Truth, star: Balls, part: Box, digits: int
) -> tuple[Fraction | None, Fraction | None]:
    """A lower and an upper bound of the factor on a box; None where there is none."""
    theta = [ball_of(a, b) for a, b in part]
    hull = [t.union(s) for t, s in zip(theta, star, strict=True)]
    lows: list[Fraction] = [Fraction(0)]
    highs: list[Fraction] = []
    try:
        nodes = lattice(maps, truth, hull, digits)
        near = balls.enclosed(maps, hull, nodes).jacobian
        least, largest = singular(near)
        lows.append(_floor(least))
        highs.append(_ceiling(largest))
    except (OutOfReach, ZeroDivisionError, ValueError):
        pass
    away = _length([t - s for t, s in zip(theta, star, strict=True)])
    if away > 0:
        try:
            nodes = lattice(maps, truth, theta, digits)
            over = balls.enclosed(maps, theta, nodes)
            middle = [to_ball((a + b) / 2) for a, b in part]
            here = balls.enclosed(maps, middle, nodes, jacobian=False).after
            step = [t - m for t, m in zip(theta, middle, strict=True)]
            image = []
            for own, centre, row in zip(over.after, here, over.jacobian, strict=True):
                form = centre + dot(row, step)
                image.append(form.intersection(own) if form.overlaps(own) else form)
            ratio = _length([m - s for m, s in zip(image, star, strict=True)]) / away
            lows.append(_floor(ratio))
            highs.append(_ceiling(ratio))
        except (OutOfReach, ZeroDivisionError, ValueError):
            pass
    return (max(lows) if highs else None), (min(highs) if highs else None)


def _value(
    maps: Maps, truth: Truth, star: Balls, part: Box, digits: int
) -> tuple[Fraction, Fraction] | None:
    """The factor at one point of a box that is not θ*, between two numbers."""
    point = [to_ball(a + (b - a) * Fraction(7, 16)) for a, b in part]
    away = _length([t - s for t, s in zip(point, star, strict=True)])
    if not away > 0:
        return None
    try:
        nodes = lattice(maps, truth, point, digits)
        after = balls.enclosed(maps, point, nodes, jacobian=False).after
        ratio = _length([m - s for m, s in zip(after, star, strict=True)]) / away
        return _floor(ratio), _ceiling(ratio)
    except (OutOfReach, ZeroDivisionError, ValueError):
        return None


def _length(u: Balls) -> Ball:
    """|u|, exact for one entry."""
    if len(u) == 1:
        return abs(u[0])
    square = dot(u, u)
    low, high = arb(square.lower()), arb(square.upper())
    return (low if low > 0 else arb(0)).sqrt().union(high.sqrt())


def singular(matrix: Rows) -> tuple[Ball, Ball]:
    """The singular values of a ball matrix 1×1 or 2×2, the smaller first.

    >>> low, high = singular([[arb(3), arb(0)], [arb(0), arb(-4)]])
    >>> bool(low.contains(3)), bool(high.contains(4))
    (True, True)
    """
    if len(matrix) == 1:
        size = abs(matrix[0][0])
        return size, size
    (a, b), (c, d) = matrix
    # |(a+d, b−c)| ± |(a−d, b+c)| is twice the two singular values
    outer, inner = _length([a + d, b - c]), _length([a - d, b + c])
    return abs(outer - inner) / 2, (outer + inner) / 2


def _floor(ball: Ball) -> Fraction:
    if not ball.is_finite():
        raise ValueError("no bound")
    return dyadic(arb(ball.lower()))


def _ceiling(ball: Ball) -> Fraction:
    if not ball.is_finite():
        raise ValueError("no bound")
    return dyadic(arb(ball.upper()))
