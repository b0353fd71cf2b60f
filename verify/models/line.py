"""Where EM goes from every start on a line, p = 1, with proof.

If a box has exactly the fixed points x_1 < … < x_n (`fixed_points`) and M increases on it, the
sequence θ, M(θ), … from a start between two neighbours stays between them, is monotone and
converges to a fixed point: to the one on the side to which M moves, which the sign of ∇L tells
(I2: θ − M = ∇L/G), the same all over the gap. That M increases is proved by a cover on which the
enclosures of DM are positive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import ctx

from overspec.decimals import Number
from overspec.errors import InputError, OutOfReach
from overspec.evidence import Evidence
from overspec.models.model import Model
from overspec.models.truth import Truth
from overspec.results.result import Facts, Part, Result, Table
from overspec.verify.enclosures.ball import Inconclusive, to_ball
from overspec.verify.models import balls
from overspec.verify.models.ball_lattice import Maps, check, in_balls, lattice
from overspec.verify.models.certified import interval
from overspec.verify.models.fixed_points import (
    BITS,
    DIGITS,
    FixedPoint,
    ball_of,
    box_of,
    fixed_points,
    shown,
)


@dataclass(frozen=True)
class Gap:
    """An open interval of starts, and where they all go.

    Attributes:
        low, high: its ends: fixed points, or ends of the box.
        limit: the fixed point that EM converges to; None where it leaves the box, to the left or
            to the right, and nothing is known beyond.
    """

    low: Number
    high: Number
    limit: FixedPoint | None


@dataclass(frozen=True, repr=False)
class LineBasins(Result):
    """All starts in an interval but the fixed points themselves.

    Attributes:
        model, truth: what was asked about.
        points: the fixed points, all there are.
        gaps: between them, from the left to the right.
        evidence: CERTIFIED.
    """

    model: Model
    truth: Truth
    points: tuple[FixedPoint, ...]
    gaps: tuple[Gap, ...]
    evidence: Evidence = Evidence.CERTIFIED

    def to_dict(self) -> dict[str, Any]:
        """Plain data: a limit is the number of its point, from 0; null where it is not known."""
        return {
            "what": "basins",
            "model": self.model.to_dict(),
            "truth": self.truth.to_dict(),
            "points": [point.to_dict() for point in self.points],
            "gaps": [
                {"low": interval(g.low), "high": interval(g.high), "limit": self._limit(g)}
                for g in self.gaps
            ],
            "evidence": self.evidence.value,
        }

    def _limit(self, gap: Gap) -> int | None:
        return None if gap.limit is None else self.points.index(gap.limit)

    def headline(self) -> str:
        """How many."""
        return f"{len(self.points)} fixed points, {len(self.gaps)} gaps, {self.evidence.value}"

    def parts(self) -> Iterator[Part]:
        """One row a gap."""
        rows = (
            (shown(g.low), shown(g.high), "leaves" if g.limit is None else shown(g.limit.theta[0]))
            for g in self.gaps
        )
        yield Table(("from", "to", "EM converges to"), tuple(rows))
        yield Facts.of([("evidence", self.evidence.value)])


def line_basins(
    model: Model, truth: Truth, low: object, high: object, *, budget: int = 4000
) -> LineBasins | Inconclusive:
    """Where population EM converges from every start between two numbers, proved.

    Args:
        model: p = 1, fixed weights, covariance I.
        truth: of the same d.
        low, high: exact rational numbers.
        budget: boxes at most, for the fixed points and for the slope of M each.

    Returns:
        The basins, or why they are not proved: a degenerate fixed point, or an M that may decrease.

    Raises:
        InputError: p > 1, or ends that are no interval.

    >>> found = line_basins(Model.pairs(1), Truth([1, -1], "1/2,1/2"), -2, 2)
    >>> [float(gap.limit.theta[0].value) for gap in found.gaps]
    [-1.0, -1.0, 1.0, 1.0]
    """
    check(model, truth)
    if model.p != 1:
        raise InputError(f"p = {model.p}: basins on a line are for p = 1; use basins for others")
    ((left, right),) = box_of(model, low, high)
    found = fixed_points(model, truth, left, right, budget=budget)
    if not found.complete:
        ((start, stop),) = found.undecided[0]
        return Inconclusive(f"a fixed point is undecided in [{start}, {stop}]", (start,))
    with ctx.workprec(BITS):
        maps = in_balls(model)
        where = _decreasing(maps, truth, left, right, budget)
        if where is not None:
            return Inconclusive("M is not proved to increase here", (where,))
        walls = [Number(left), *(point.theta[0] for point in found.points), Number(right)]
        gaps = []
        for n, (start_, stop_) in enumerate(pairwise(walls)):
            if start_.upper >= stop_.lower:
                return Inconclusive("a fixed point lies at the end of the box", (stop_.value,))
            middle = (start_.upper + stop_.lower) / 2
            theta = [to_ball(middle)]
            nodes = lattice(maps, truth, theta, DIGITS + 4)
            (slope,) = balls.enclosed(maps, theta, nodes, jacobian=False).gradient
            if slope.contains(0):
                return Inconclusive("the direction of M is not proved here", (middle,))
            side = n - 1 if slope > 0 else n  # M < θ where ∇L > 0
            limit = found.points[side] if 0 <= side < len(found.points) else None
            gaps.append(Gap(start_, stop_, limit))
    return LineBasins(model, truth, found.points, tuple(gaps))


def _decreasing(
    maps: Maps, truth: Truth, left: Fraction, right: Fraction, budget: int
) -> Fraction | None:
    """A place where DM > 0 is not proved; None where it is everywhere."""
    pending = [(left, right)]
    for _ in range(budget):
        if not pending:
            return None
        low, high = pending.pop()
        theta = [ball_of(low, high)]
        try:
            nodes = lattice(maps, truth, theta, 8)
            ((slope,),) = balls.enclosed(maps, theta, nodes).jacobian
        except (OutOfReach, ZeroDivisionError):
            slope = None
        if slope is not None and slope > 0:
            continue
        if slope is not None and slope < 0:
            return low
        middle = (low + high) / 2
        pending += [(low, middle), (middle, high)]
    return pending[-1][0] if pending else None
