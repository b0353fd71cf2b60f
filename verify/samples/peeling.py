"""T10 in numbers: T8 on a first ball, T9 on one ball after the other, each where a bound ends.

The radii depend on n and δ only, not on the rows; ρ is that of the ball, or of the shell between
the end of its bound and its radius.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx

from overspec.mixture import Mixture
from overspec.verify.enclosures.ball import dyadic, to_ball
from overspec.verify.radius.bracket import sigma_bounds
from overspec.verify.radius.far.tail import range_moment
from overspec.verify.radius.near.start import largest_bound
from overspec.verify.samples.bound import BITS, Bound, Parts
from overspec.verify.samples.shells import Shells

EARLY = Fraction(1, 16)  # of δ, for T8 (T10)
MOST = 16  # balls of T9
#: A bound ends at this share of the radius of the next ball, which is at most this share of the
#: last one's. Nearer to 1 there are more balls, and more steps, for a smaller error.
NEXT = Fraction(49, 50)
WORTH = Fraction(99, 100)  # a ball whose bound ends here, as a share of the last end, is the last
SETTLED = Fraction(9, 10)  # of the error is the end of the last bound


@dataclass(frozen=True)
class Stage:
    """One ball: from |θ| ≤ bound.radius on, EM has this bound.

    Attributes:
        bound: T8 or T9 with its share of δ.
        rate: ρ with |M(θ)| ≤ ρ max(|θ|, low) on the ball.
        start: the least t of which the bound speaks: 1 where any θ_0 is allowed, else 0.
        low: 0, or where a shell begins on which the rate was found.
    """

    bound: Bound
    rate: Fraction
    start: int = 0
    low: Fraction = Fraction(0)

    @property
    def settled(self) -> bool:
        """Whether the bound ends between ``low`` and the radius."""
        return self.low <= self.bound.limit(self.rate) <= self.bound.radius

    @property
    def limit(self) -> Fraction | float:
        """Where its bound ends; infinite where EM may leave the ball that was given."""
        found = self.bound.limit(self.rate)
        return math.inf if self.start == 0 and found > self.bound.radius else found

    def steps(self, target: Fraction) -> int:
        """The first t with the bound at most the target: by logarithms."""
        room = float(target - Fraction(self.limit))
        factor = self.rate + self.bound.slower
        if factor <= 0 or float(self.bound.radius) <= room:
            return self.start
        return self.start + shrinking(float(self.bound.radius), room, factor)


def shrinking(start: float, end: float, factor: Fraction) -> int:
    """The first t with ``factor^t start ≤ end``, for a factor between 0 and 1, by logarithms."""
    slope = -math.log1p(-float(1 - factor))  # 1 − factor is exact: no digit is lost near 1
    return math.ceil(math.log(start / end) / slope * (1 + 1e-12) + 1e-9)


@dataclass(frozen=True)
class LocalRate:
    """``ρ(r) ≤ 1 − max(σ − l, (√σ − l)², σ/(cosh r² + τ sinh r²))``: claims B and Bb, |θ| ≤ r.

    Here ``l = r² K_2/8``.

    >>> found = LocalRate.of(Mixture.simplex(2, "9/10,1/10"))
    >>> round(float(found(Fraction(0))), 6), round(float(found(Fraction(1, 10))), 6)
    (0.36, 0.364102)
    """

    sigma: Fraction
    root: Fraction
    loss: Fraction
    largest: Fraction

    @classmethod
    def of(cls, mixture: Mixture) -> LocalRate:
        """With lower bounds of σ and √σ, upper ones of K_2/8 and τ."""
        sigma = max(Fraction(0), sigma_bounds(mixture).lower)
        with ctx.workprec(BITS):
            root = max(arb(0), arb(to_ball(sigma)).sqrt().lower())
            loss = dyadic((range_moment(mixture.k, 2) / 8).upper())
            return cls(sigma, dyadic(root), loss, largest_bound(mixture))

    def __call__(self, radius: Fraction) -> Fraction:
        loss = radius**2 * self.loss
        with ctx.workprec(BITS):
            square, largest = to_ball(radius**2), to_ball(self.largest)
            grown = square.cosh() + largest * square.sinh()
            against = self.sigma / dyadic(grown.upper())
        return 1 - max(self.sigma - loss, max(Fraction(0), self.root - loss) ** 2, against)


@dataclass(frozen=True)
class Numbers:
    """The numbers of T8, on r_n, and of T9 for one n: ``early(δ)`` and ``parts(δ, N)``."""

    early: Callable[[Fraction], Bound]
    parts: Callable[[Fraction, int], Parts]


@dataclass(frozen=True)
class Contracting:
    """ρ for all θ; on small balls; on shells (k ≤ 4)."""

    rate: Fraction
    local: LocalRate
    shells: Shells | None = None

    def stage(self, bound: Bound, start: int = 0) -> Stage:
        """The rate at which the bound ends earliest."""
        r, found = bound.radius, []
        for rate in (self.rate, self.local(r)):
            found.append(Stage(bound, min(self.rate, rate), start))
        if self.shells is not None:
            low = self.shells.end(r, bound.slower, bound.error)
            least = self.shells.least(low, r) if low > 0 else Fraction(0)
            shell = Stage(bound, 1 - least, start, low)
            if shell.settled:
                found.append(shell)
        return min(found, key=lambda stage: stage.limit)


def stages(numbers: Numbers, way: Contracting, delta: Fraction) -> tuple[Stage, ...]:
    """T10: the ball of T8 with its share of δ, and those of T9 with the rest."""
    first = way.stage(numbers.early(EARLY * delta), 1)
    if first.limit > NEXT * first.bound.radius:  # it leads into no smaller ball
        return (first,)
    parts = numbers.parts((1 - EARLY) * delta, MOST)
    return (first, *_inward(parts, way, _outward(first.limit), first.limit))


def alone(numbers: Numbers, way: Contracting, delta: Fraction) -> tuple[Stage, ...]:
    """T8 alone, which has all of δ."""
    return (way.stage(numbers.early(delta), 1),)


def _inward(parts: Parts, way: Contracting, radius: Fraction,
            end: Fraction | float) -> Iterator[Stage]:  # fmt: skip
    """The balls of T9 from this one on, each smaller, until a bound ends hardly below the last."""
    for _ in range(MOST):
        stage = way.stage(parts.on(radius))
        if stage.limit >= end:
            return
        yield stage
        after = _outward(stage.limit)
        if stage.limit > WORTH * end or after >= radius:
            return
        radius, end = after, stage.limit


def _outward(limit: Fraction | float) -> Fraction:
    """A radius that a bound with this limit comes to, with few digits."""
    return Fraction(float(limit / NEXT) * (1 + 1e-12))


def iterations(found: tuple[Stage, ...], error: Fraction) -> int:
    """The first t from which the error is guaranteed: from ball to ball."""
    targets = [*(stage.bound.radius for stage in found[1:]), error]
    return sum(stage.steps(target) for stage, target in zip(found, targets, strict=True))
