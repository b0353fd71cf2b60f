"""Peeling: T8 or T9 on one ball after the other, each ball being where the last bound ends.

Both theorems hold from any θ_0 with |θ_0| ≤ r, also one that depends on the rows: so from the step
at which a bound is at most r they hold again on |θ| ≤ r, with the rate of that ball, which tends to
1 − σ, and with its smaller ε_n(r) or η_n(r). The radii depend on n and δ only, not on the rows, and
what each ball excludes has its share of δ as probability: all of it holds with 1 − δ (union bound).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx

from overspec.mixture import Mixture
from overspec.verify.enclosures.ball import dyadic, to_ball
from overspec.verify.radius.bracket import sigma_bounds
from overspec.verify.radius.far.tail import range_moment
from overspec.verify.radius.near.start import largest_bound
from overspec.verify.samples.bound import BITS, THEOREMS, Bound

EARLY = Fraction(1, 16)  # of δ, for each ball but the last, which has the rest
MOST = 8  # balls
#: A bound ends at this share of the radius of the next ball, which is at most this share of the
#: last one's. Nearer to 1 there are more balls, and more steps, for a smaller error.
NEXT = Fraction(31, 32)
SETTLED = Fraction(9, 10)  # of the error is the end of the last bound

#: The numbers of a theorem with a share of δ on a ball; None for all θ.
BoundAt = Callable[[str, Fraction, Fraction | None], Bound]


@dataclass(frozen=True)
class Stage:
    """One ball: from |θ| ≤ bound.radius on, EM has this bound.

    Attributes:
        bound: T8 or T9 with its share of δ.
        rate: ρ with |M(θ)| ≤ ρ|θ| on the ball.
        start: the least t of which the bound speaks: 1 where any θ_0 is allowed, else 0.
    """

    bound: Bound
    rate: Fraction
    start: int = 0

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


def stages(bound_at: BoundAt, local: LocalRate, rate: Fraction, radius: Fraction | None,
           delta: Fraction) -> tuple[Stage, ...]:  # fmt: skip
    """The balls, the last one with the least limit; ρ and where it holds as in `Contraction`."""
    found: list[Stage] = []
    while True:
        early = _best(bound_at, local, rate, radius, EARLY * delta)
        onward = _outward(early.limit) if early.limit < math.inf else None
        here = early.bound.radius
        if onward is None or onward > NEXT * here or len(found) == MOST - 1:
            left = delta * (1 - len(found) * EARLY)
            return (*found, _best(bound_at, local, rate, radius, left))
        found.append(early)
        radius = onward


def alone(bound_at: BoundAt, local: LocalRate, rate: Fraction, radius: Fraction | None,
          delta: Fraction) -> tuple[Stage, ...]:  # fmt: skip
    """One ball, which has all of δ."""
    return (_best(bound_at, local, rate, radius, delta),)


def _best(bound_at: BoundAt, local: LocalRate, rate: Fraction, radius: Fraction | None,
          delta: Fraction) -> Stage:  # fmt: skip
    """The theorem with the smaller limit."""
    here = rate if radius is None else min(rate, local(radius))
    found = [
        Stage(bound_at(label, delta, radius), here, 1 if radius is None else 0)
        for label in THEOREMS
    ]
    return min(found, key=lambda stage: stage.limit)


def _outward(limit: Fraction | float) -> Fraction:
    """A radius that a bound with this limit comes to, with few digits."""
    return Fraction(float(limit / NEXT) * (1 + 1e-12))


def iterations(found: tuple[Stage, ...], error: Fraction) -> int:
    """The first t from which the error is guaranteed: from ball to ball."""
    targets = [*(stage.bound.radius for stage in found[1:]), error]
    return sum(stage.steps(target) for stage, target in zip(found, targets, strict=True))
