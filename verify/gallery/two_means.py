"""All stationary points of the likelihood of two free means on the line, equal weights.

The truth is a mixture of N(ν_i, 1) that is symmetric about 0, with |ν_i| ≤ s. At a stationary point
W_1 a + W_2 b = E x = 0, so a ≤ 0 ≤ b after exchanging. **It lies in |a|, |b| ≤ L = max(s + 1, 3).**
For suppose a < −L (b > L: reflect). The midpoint is at least a/2 ≥ a + 3/2, left of it w_1 is at
least 1/2, so with p the density of the truth

    E w_1 (x − a) ≥ ½∫_0^{3/2} y p(a + y) dy − ∫_0^∞ y p(a − y) dy.

For each component let u = ν − a > 1: the first integral is φ(u)∫ y e^{uy − y²/2}, which grows with
u, the second φ(u)∫ y e^{−uy − y²/2}, which falls; at u = 1 they are 1.747 and 0.345. So the right
side is positive, and a is not stationary.

What is left is searched by `models.fixed_points` in the coordinates (midpoint, gap), in which the
responsibilities depend on less: four times fewer boxes than in (a, b).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from overspec.decimals import Number
from overspec.models.model import Model
from overspec.models.truth import Truth
from overspec.verify.enclosures.ball import Inconclusive
from overspec.verify.models.fixed_points import FixedPoint, fixed_points

#: μ_1 = m − δ/2, μ_2 = m + δ/2.
COORDINATES = Model([[[1, "-1/2"]], [[1, "1/2"]]], "uniform")
STRIPS = 8  # of the gap
MARGIN = Fraction(1, 16)  # beyond m = 0 and δ = 0, so that no point lies on the border
SMALLEST = "1/1000000"


@dataclass(frozen=True)
class Point:
    """A stationary point.

    Attributes:
        means: a ≤ b, each in an interval.
        kind: ``"minimum"`` of KL, ``"saddle"`` or ``"maximum"``.
    """

    means: tuple[Number, Number]
    kind: str


@lru_cache(maxsize=4)
def stationary(truth: Truth, reach: Fraction) -> tuple[Point, ...] | Inconclusive:
    """Every stationary point with a ≤ b in the whole plane, each proved; nearest means first.

    Args:
        truth: on the line, symmetric about 0.
        reach: s, at least every |ν_i|.

    >>> [point.kind for point in stationary(Truth([-1, 1], "uniform"), Fraction(1))]
    ['saddle', 'minimum']
    """
    far = max(reach + 1, Fraction(3))
    found: list[FixedPoint] = []
    for n in range(STRIPS):
        low, high = 2 * far * n / STRIPS, 2 * far * (n + 1) / STRIPS
        side = min(high / 2, far - low / 2)  # a ≤ 0 ≤ b, a ≥ −L and b ≤ L
        start = low if n else -MARGIN
        some = fixed_points(
            COORDINATES, truth, (-side - MARGIN, start), (MARGIN, high), smallest=SMALLEST
        )
        if not some.complete:
            return Inconclusive("a stationary point is undecided", some.undecided[0][0])
        found += [point for point in some.points if not any(_same(point, p) for p in found)]
    points: list[Point] = []
    for point in found:
        middle, gap = point.theta
        if middle.lower > 0 or gap.upper < 0:
            continue  # its image with m < 0 and δ > 0 is found, too
        made = _mirrored(point)
        if not made:
            return Inconclusive("a point and its mirror image are not told apart", (middle.value,))
        points += made
    return tuple(sorted(points, key=lambda p: p.means[1].value - p.means[0].value))


def _same(one: FixedPoint, other: FixedPoint) -> bool:
    """Whether the first lies where the second is the only one."""
    return all(
        low <= n.lower and n.upper <= high
        for n, (low, high) in zip(one.theta, other.alone_in, strict=True)
    )


def _mirrored(point: FixedPoint) -> list[Point]:
    """The point and its mirror image; one where they are the same, and then m = 0."""
    middle, gap = point.theta
    low, high = point.alone_in[0]
    if low <= -middle.upper and -middle.lower <= high:
        half = Number.between(gap.lower / 2, gap.upper / 2)
        return [Point((_negated(half), half), point.stable)]
    if middle.upper >= 0:
        return []
    left = Number.between(middle.lower - gap.upper / 2, middle.upper - gap.lower / 2)
    right = Number.between(middle.lower + gap.lower / 2, middle.upper + gap.upper / 2)
    return [
        Point((left, right), point.stable),
        Point((_negated(right), _negated(left)), point.stable),
    ]


def _negated(found: Number) -> Number:
    return Number.between(-found.upper, -found.lower)
