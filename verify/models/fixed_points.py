"""All fixed points of EM in a box, by Krawczyk's operator, with proof that there are no others.

The fixed points of M are the zeros of ∇L (I2: ∇L = G(θ − M), G positive definite). On a box X with
centre m and ``Y ≈ (∇²L(m))⁻¹``

    K(X) = m − Y∇L(m) + (I − Y∇²L(X))(X − m)

contains every zero in X; a box without a point of ``K(X) ∩ X`` has none, and one with ``K(X)``
in its interior has exactly one (Krawczyk 1969; Neumaier, Interval Methods, Theorem 5.1.8). What is
neither is halved. Boxes are inflated before the test, so that a zero on a face is no trouble, and
∇L on a box is also bounded by its mean value form.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx

from overspec.decimals import Number, rounded_down, rounded_up
from overspec.errors import InputError, OutOfReach
from overspec.evidence import Evidence
from overspec.exact import as_fraction, whole
from overspec.models.matrices import vector
from overspec.models.model import Model
from overspec.models.truth import Truth
from overspec.results.result import Part, Result, Table, some
from overspec.verify.enclosures.ball import Ball, dyadic, to_ball
from overspec.verify.models import balls
from overspec.verify.models.ball_lattice import Balls, Maps, Rows, check, dot, in_balls, lattice
from overspec.verify.models.certified import interval, number

Box = tuple[tuple[Fraction, Fraction], ...]

DIGITS = 12  # of what the lattice misses, at most, for boxes
BITS = 64
MAX_P = 3
INFLATE = Fraction(1, 8)


@dataclass(frozen=True)
class FixedPoint:
    """A fixed point of EM, enclosed, with the box in which it is the only one.

    Attributes:
        theta: p intervals.
        alone_in: the box.
        stable: ``"minimum"`` where ∇²L is positive definite there (then EM converges to it from
            near by), ``"saddle"`` or ``"maximum"`` of L where it has a negative eigenvalue (EM
            leaves it), decided by enclosures.
    """

    theta: tuple[Number, ...]
    alone_in: Box
    stable: str

    def to_dict(self) -> dict[str, Any]:
        """Plain data: enclosures rounded outward, the box exactly."""
        return {
            "theta": [interval(n) for n in self.theta],
            "alone_in": box_dict(self.alone_in),
            "stable": self.stable,
        }


@dataclass(frozen=True, repr=False)
class FixedPoints(Result):
    """What `fixed_points` found in a box.

    Attributes:
        model, truth: what was asked about.
        points: the fixed points, each proved to exist.
        undecided: small boxes in which nothing could be proved: a degenerate fixed point, such as 0
            for balanced weights and the truth N(0, I), or one on the border of the box.
        box: where was looked.
        complete: whether the box has no other fixed points: nothing is undecided.
        boxes: how many were looked at.
        evidence: CERTIFIED.
    """

    model: Model
    truth: Truth
    points: tuple[FixedPoint, ...]
    undecided: tuple[Box, ...]
    box: Box
    boxes: int
    evidence: Evidence = Evidence.CERTIFIED

    @property
    def complete(self) -> bool:
        """Whether these are all the fixed points in the box."""
        return not self.undecided

    def to_dict(self) -> dict[str, Any]:
        """Plain data: enclosures as ``[low, high]``, rounded outward; boxes exactly."""
        return {
            "what": "fixed points",
            "model": self.model.to_dict(),
            "truth": self.truth.to_dict(),
            "box": box_dict(self.box),
            "points": [point.to_dict() for point in self.points],
            "undecided": [box_dict(box) for box in self.undecided],
            "complete": self.complete,
            "boxes": self.boxes,
            "evidence": self.evidence.value,
        }

    def records(self) -> list[dict[str, Any]]:
        """One row a point."""
        return [
            {f"theta{a}": float(n.value) for a, n in enumerate(point.theta, start=1)}
            | {"stable": point.stable}
            for point in self.points
        ]

    def headline(self) -> str:
        """How many, and whether that is all."""
        words = "no others in the box" if self.complete else f"{len(self.undecided)} undecided"
        return f"{len(self.points)} fixed points, {words}, {self.evidence.value}"

    def parts(self) -> Iterator[Part]:
        """One row a point, and what is undecided."""
        yield self.headline()
        rows = ((", ".join(map(shown, p.theta)), p.stable) for p in self.points)
        yield Table(("theta", "of KL"), tuple(rows))
        if self.undecided:
            boxes = (", ".join(f"[{a}, {b}]" for a, b in _rounded(b_)) for b_ in self.undecided)
            yield Table(("undecided boxes",), tuple((text,) for text in some(list(boxes))))


def fixed_points(
    model: Model,
    truth: Truth,
    low: object,
    high: object,
    *,
    budget: int = 4000,
    smallest: object = "1/1000",
) -> FixedPoints:
    """Every fixed point of population EM in the box between two corners, proved.

    Args:
        model: p ≤ 3, fixed weights, covariance I.
        truth: of the same d; d = 1 takes seconds, d = 2 or p = 3 minutes.
        low, high: opposite corners, p exact rational numbers each, low < high.
        budget: boxes at most; those left over are undecided.
        smallest: boxes whose sides are all shorter are not halved again.

    Raises:
        InputError: p > 3, corners that are no box.
        OutOfReach: see `ball_lattice.check`; a box too wide for any enclosure.

    >>> found = fixed_points(Model.pairs(1, "3/4,1/4"), Truth.standard(1), -2, 3)
    >>> [0 in point.theta[0] for point in found.points], found.complete
    ([True], True)
    """
    check(model, truth)
    box = box_of(model, low, high)
    least = rational(smallest, "smallest")
    if least <= 0 or whole(budget, "budget") < 1:
        raise InputError("smallest and budget: use numbers > 0")
    found: list[FixedPoint] = []
    undecided: list[Box] = []
    pending, looked = [box], 0
    with ctx.workprec(BITS):
        maps = in_balls(model)
        while pending:
            at = pending.pop()
            if any(_inside(at, point.alone_in) for point in found):
                continue  # its only fixed point is listed
            looked += 1
            if looked > budget:
                undecided.append(at)
                continue
            outcome = _look(maps, truth, at)
            if isinstance(outcome, FixedPoint):
                new = all(
                    not _meet(outcome.alone_in, other.alone_in) or not _same(outcome, other)
                    for other in found
                )
                if new:
                    found.append(outcome)
            elif outcome is None:
                continue
            elif max(b - a for a, b in at) <= least:  # what a larger box left is looked at first
                undecided.append(outcome)
            else:
                pending += _halves(outcome)
    inside = [point for point in found if _touches(point, box)]
    ordered = sorted(inside, key=lambda point: [n.value for n in point.theta])
    return FixedPoints(model, truth, tuple(ordered), tuple(undecided), box, looked)


def rational(value: object, name: str) -> Fraction:
    """One rational number.

    Raises:
        InputError: another number, or none.
    """
    (read,) = vector(value, name, 1)
    if not isinstance(read, Fraction):
        raise InputError(f"{name} = {value}: use a rational number, such as 1/1000")
    return read


def box_of(model: Model, low: object, high: object, most: int = MAX_P) -> Box:
    """The box between two corners.

    Raises:
        InputError: p > most, irrational numbers, or corners that are no box.
    """
    if model.p > most:
        raise OutOfReach(f"p = {model.p}: boxes of theta are searched for p <= {most}")
    ends = []
    for name, corner in (("low", low), ("high", high)):
        read = vector(corner, name, model.p)
        if not all(isinstance(a, Fraction) for a in read):
            raise InputError(f"{name}: corners of a box are rational")
        ends.append([as_fraction(a) for a in read])
    box = tuple(zip(*ends, strict=True))
    if any(a >= b for a, b in box):
        raise InputError("low must be below high in every entry of theta")
    return box


def box_dict(box: Box) -> list[list[str]]:
    """The sides of a box, exactly."""
    return [[str(a), str(b)] for a, b in box]


def shown(found: Number) -> str:
    """Both ends in twelve digits, rounded outward."""
    return f"[{rounded_down(found.lower, 12)}, {rounded_up(found.upper, 12)}]"


def _rounded(box: Box) -> Iterator[tuple[str, str]]:
    return ((rounded_down(a, 6), rounded_up(b, 6)) for a, b in box)


def ball_of(low: Fraction, high: Fraction) -> Ball:
    """A ball that contains an interval."""
    return to_ball(low).union(to_ball(high))


def _look(maps: Maps, truth: Truth, at: Box) -> FixedPoint | Box | None:
    """The one fixed point near a box, nothing where there is none, or what is left to look at."""
    wide = tuple((a - (b - a) * INFLATE, b + (b - a) * INFLATE) for a, b in at)
    theta = [ball_of(a, b) for a, b in wide]
    middle = [(a + b) / 2 for a, b in wide]
    point = [to_ball(m) for m in middle]
    try:
        nodes = lattice(maps, truth, theta, _digits(wide))
        whole_ = balls.enclosed(maps, theta, nodes, jacobian=False)
        here = balls.enclosed(maps, point, nodes, jacobian=False)
    except (OutOfReach, ZeroDivisionError):
        return at  # too wide for an enclosure
    away = [t - m for t, m in zip(theta, point, strict=True)]
    for g, centre, row in zip(whole_.gradient, here.gradient, whole_.hessian, strict=True):
        slope = centre + dot(row, away)
        if not g.contains(0) or not slope.contains(0):
            return None
    try:
        y = arb_mat([[arb(c.mid()) for c in row] for row in here.hessian]).inv()
    except ZeroDivisionError:
        return at
    p = len(theta)
    rows = [[arb(y[a, b].mid()) for b in range(p)] for a in range(p)]
    image = []
    for a in range(p):
        factors = [
            (1 if a == b else 0) - dot(rows[a], [whole_.hessian[c][b] for c in range(p)])
            for b in range(p)
        ]
        image.append(point[a] - dot(rows[a], here.gradient) + dot(factors, away))
    if not all(each.is_finite() for each in image):
        return at
    if all(t.contains_interior(k) for t, k in zip(theta, image, strict=True)):
        return _refined(maps, truth, image, wide)
    rest: list[tuple[Fraction, Fraction]] = []
    for (left, right), each in zip(at, image, strict=True):
        low, high = dyadic(arb(each.lower())), dyadic(arb(each.upper()))
        if low > right or high < left:
            return None
        rest.append((max(left, low), min(right, high)))
    if all(b > a for a, b in rest):
        return tuple(rest)
    return at


def _digits(box: Box) -> int:
    """What the lattice may miss on a box: little beside the width of what is enclosed there."""
    width = float(max(b - a for a, b in box))
    return max(4, min(DIGITS, 5 - math.floor(2 * math.log10(width))))


def _refined(maps: Maps, truth: Truth, image: Balls, wide: Box) -> FixedPoint:
    """A few more steps of the operator, from the image that contains the only zero."""
    theta = image
    p = len(theta)
    for _ in range(6):
        point = [arb(t.mid()) for t in theta]
        nodes = lattice(maps, truth, theta, DIGITS + 4)
        over = balls.enclosed(maps, theta, nodes, jacobian=False)
        here = balls.enclosed(maps, point, nodes, jacobian=False)
        try:
            move = arb_mat(over.hessian).solve(arb_mat([[g] for g in here.gradient]))
        except ZeroDivisionError:
            break
        new = [point[a] - move[a, 0] for a in range(p)]
        if not all(n.overlaps(t) for n, t in zip(new, theta, strict=True)):
            break  # not possible but for rounding: keep what is proved
        cut = [n.intersection(t) for n, t in zip(new, theta, strict=True)]
        if all(c.rad() > arb("0.9") * t.rad() for c, t in zip(cut, theta, strict=True)):
            theta = cut
            break
        theta = cut
    nodes = lattice(maps, truth, theta, DIGITS)
    hessian = balls.enclosed(maps, theta, nodes, jacobian=False).hessian
    return FixedPoint(tuple(map(number, theta)), wide, kind_of(hessian))


def kind_of(hessian: Rows) -> str:
    """Minimum, saddle or maximum, from a symmetric ball matrix; undecided where none is proved.

    Definite by Sylvester's criterion; a saddle by two directions in which the form has both signs,
    the approximate eigenvectors at both ends of the spectrum.
    """
    p = len(hessian)
    minors = [arb_mat([row[:n] for row in hessian[:n]]).det() for n in range(1, p + 1)]
    if all(minor > 0 for minor in minors):
        return "minimum"
    if all((-1) ** n * minor > 0 for n, minor in enumerate(minors, start=1)):
        return "maximum"
    middle = np.array([[float(entry.mid()) for entry in row] for row in hessian])
    ends = np.linalg.eigh(middle)[1][:, [0, -1]].T
    low, high = (
        sum((float(u) * float(v) * h for u, row in zip(side, hessian, strict=True)
             for v, h in zip(side, row, strict=True)), arb(0))
        for side in ends
    )  # fmt: skip
    return "saddle" if low < 0 < high else "undecided"


def _halves(box: Box) -> list[Box]:
    axis = max(range(len(box)), key=lambda a: box[a][1] - box[a][0])
    low, high = box[axis]
    middle = (low + high) / 2
    return [(*box[:axis], side, *box[axis + 1 :]) for side in ((low, middle), (middle, high))]


def _inside(one: Box, other: Box) -> bool:
    return all(c <= a and b <= d for (a, b), (c, d) in zip(one, other, strict=True))


def _meet(one: Box, other: Box) -> bool:
    return all(a <= d and c <= b for (a, b), (c, d) in zip(one, other, strict=True))


def _same(one: FixedPoint, other: FixedPoint) -> bool:
    """Whether the first lies where the second is the only one: then they are the same."""
    return all(
        low <= n.lower and n.upper <= high
        for n, (low, high) in zip(one.theta, other.alone_in, strict=True)
    )


def _touches(point: FixedPoint, box: Box) -> bool:
    return all(
        n.lower <= high and low <= n.upper for n, (low, high) in zip(point.theta, box, strict=True)
    )
