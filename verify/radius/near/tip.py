"""One point of first failure and no other, over two amplitudes: the tip of where λ is above.

In polar coordinates ``a = r (cos ψ, sin ψ)``, ψ = πq/2. Near the point at which λ first meets its
threshold t a cover would have to be as fine as the bracket is narrow. Instead, with f = g_m − t, or
``f = det(H − tI)`` for H = ∂²L in the amplitudes, and bounds S, U, T of its first three derivatives
along lines of unit speed (both signs, mixed directions too: they are symmetric forms), on the
neighbourhood ``N: r_0 ≤ r ≤ upper, |ψ − ψ_0| ≤ δ``

    ``|∂_ψ³f| ≤ T_ψ = r³T + 3r²U + rS``, ``|∂_r ∂_ψ² f| ≤ r²T + 3rU + S``, ``|∂_ψ ∂_r f| ≤ rU + S``.

**Along circles f is convex.** The second difference Δ at lower with step δ is a mean of ∂_ψ² f with
triangular weights: ``∂_ψ² f ≥ κ = Δ − δT_ψ`` there, and a little less up to upper. With the slope
G at ψ_0, a central difference of step η to η²T_ψ/6, ``f(lower, ψ) ≥ f(lower, ψ_0) − G²/2κ``: above
0 on the whole arc by four values. On an axis G = 0, as f is even.

**Along rays f falls**: ``∂_r f ≤ (f(lower, ψ_0) − f(r_0, ψ_0))/(lower − r_0) + U (upper − (r_0 +
lower)/2) + δ (upper U + S) < 0``. So f > 0 for all of N with r ≤ lower; a cover is needed outside N
only, where the slack is at least about κδ²/2. The width costs digits of a few values, no points.

The other branches of λ are above t on N by their values at its corners. If one branch fails, or ψ_0
is on an axis, λ = t at one point alone of |a| = γ: there f is ≥ 0 and strictly convex.

**The determinant.** H − tI has a positive trace at (lower, ψ_0), so it is positive definite on N ∩
{r ≤ lower}, where its determinant stays positive. With ``‖H^{(n)}‖ ≤ M_n`` and N no wider than
1/M_1, ``‖H − tI‖ ≤ 1`` on N, and by the product rule ``S = 2M_1, U = 2M_2 + 2M_1², T = 2M_3 +
6M_1M_2``.

**Third derivatives.** ``ŵ''' = Cov(f, p(Ȳ))``, p(y) = y³ − 3vy, v = Var Y. On [−m, n], m + n = ρ,
v ≤ mn, the values of p span ρ³ at most, so its standard deviation is at most ρ³/2, and with c² =
1 − |ŵ|² ``|(|ŵ|²)'''| ≤ ρ³ (|ŵ|c + ¾c²) ≤ ρ³``. Likewise ``κ(Z,Z,Y,Y,Y) = Cov(Z̄², p(Ȳ)) − 6
Cov(Z,Y) Cov(Z,Ȳ²)`` is at most ``(1/8 + 6/32) ρ_Z²ρ_Y³``: M_3 = (5/16)K_5. ``K_3² ≤
K_2K_4, K_5² ≤ K_4K_6``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import TypeAlias

from flint import arb, ctx

from overspec.decimals import Number
from overspec.verify.enclosures.cover import Losses, Point
from overspec.verify.radius.far.tail import (
    BITS,
    factor_curvature,
    factor_slope,
    fourth_derivative,
    losses,
    range_moment,
    third_derivative,
    up,
)
from overspec.verify.radius.values import MATRIX, Parts

FEW = 10  # digits of the values that say how the branches lie and bend
SQUARE = 8  # beyond those of δ², for the second difference
PROBE = Fraction(1, 2**9)  # step in q of the first look at how λ bends
TRIES = 12

#: Enclosures of every branch at (r, q), to so many digits.
Branches: TypeAlias = Callable[[Point, int], Parts]


@dataclass(frozen=True)
class Tip:
    """Where λ first fails, and the neighbourhood on which that is known without a cover.

    Attributes:
        turn: q_0.
        half: δ in q.
        start: r_0.
        step: η in q; 0 on an axis, where no slope has to be bounded.
        branches: those that fail: m for g_m, 0 for the determinant.
    """

    turn: Fraction
    half: Fraction
    start: Fraction
    step: Fraction
    branches: tuple[int, ...]

    @property
    def sides(self) -> tuple[Fraction, Fraction]:
        """Between which q, within [0, 1]."""
        return max(Fraction(0), self.turn - self.half), min(Fraction(1), self.turn + self.half)


@dataclass(frozen=True)
class Smooth:
    """S, U, T of a branch."""

    slope: Fraction
    bend: Fraction
    twist: Fraction

    def around(self, r: Fraction) -> Fraction:
        """T_ψ."""
        return r**3 * self.twist + 3 * r * r * self.bend + r * self.slope

    def outward(self, r: Fraction) -> Fraction:
        """Of ∂_r ∂_ψ² f."""
        return r * r * self.twist + 3 * r * self.bend + self.slope

    def across(self, r: Fraction) -> Fraction:
        """Of ∂_ψ ∂_r f."""
        return r * self.bend + self.slope


def smooth(k: int, branch: int) -> Smooth:
    """S, U, T of g_m − t, or of the determinant (branch 0).

    >>> [round(float(x), 2) for x in (smooth(4, 1).slope, smooth(4, 1).bend, smooth(4, 1).twist)]
    [1.84, 8.18, 57.9]
    """
    with ctx.workprec(BITS):
        second, fourth = range_moment(k, 2), range_moment(k, 4)
        if branch != MATRIX:
            twist = (second * fourth).sqrt()
            return Smooth(up(factor_slope(k)), up(factor_curvature(k)), up(twist))
        one, two = third_derivative(k), fourth_derivative(k)
        three = arb(5) / 16 * (fourth * range_moment(k, 6)).sqrt()
        return Smooth(up(2 * one), up(2 * two + 2 * one * one), up(2 * three + 6 * one * two))


def angle(turn: Fraction) -> tuple[Fraction, Fraction]:
    """πq/2 from below and from above, for q ≥ 0."""
    with ctx.workprec(BITS):
        half = arb.pi() / 2
        return turn * -up(-half), turn * up(half)


@dataclass(frozen=True)
class Bracket:
    """What is to be proved of λ, and by what: it meets ``level`` from ``lower`` to ``upper``."""

    k: int
    kind: str
    parts: Branches
    level: Number
    lower: Fraction
    upper: Fraction
    digits: int

    def value(self, branch: int, r: Fraction, q: Fraction, digits: int) -> Number:
        """f at (r, q); beyond the axes it is even."""
        q = abs(q) if q <= 1 else 2 - q
        return self.parts((r, q), digits).above(branch, self.level)

    def names(self) -> tuple[int, ...]:
        """All branches."""
        return (1, 2) if self.kind == "factor" else (1, 2, MATRIX)


def proved(b: Bracket, tip: Tip) -> bool:
    """Whether all of the above holds of this neighbourhood."""
    if not (0 < tip.start < b.lower and tip.half > 0 and 0 <= tip.turn <= 1):
        return False
    return all(_fails(b, tip, branch) for branch in tip.branches) and all(
        _apart(b, tip, branch) > 0 for branch in b.names() if branch not in tip.branches
    )


def _fails(b: Bracket, tip: Tip, branch: int) -> bool:
    """This branch is above the level on N up to lower, falls, and is convex along circles."""
    bound = smooth(b.k, branch)
    delta, wide = angle(tip.half)
    here = b.value(branch, b.lower, tip.turn, b.digits)
    if branch == MATRIX:
        widest = b.upper - tip.start + 2 * wide * b.upper
        with ctx.workprec(BITS):
            narrow = widest * up(third_derivative(b.k)) <= 1
        first, _, second = b.parts((b.lower, tip.turn), b.digits).matrix
        if not (narrow and first.lower + second.lower > 2 * b.level.upper):
            return False
    near = 2 * math.ceil(-math.log10(delta)) + SQUARE
    rise = -2 * here.upper
    for side in (1, -1):
        rise += b.value(branch, b.lower, tip.turn + side * tip.half, near).lower
    kappa = max(rise, Fraction(0)) / (wide * wide) - wide * bound.around(b.lower)
    kappa -= (b.upper - b.lower) * bound.outward(b.upper)
    if kappa <= 0:
        return False
    floor = here.lower
    if tip.turn not in (0, 1):
        step, above = angle(tip.step)
        ahead, back = (
            b.value(branch, b.lower, tip.turn + side * tip.step, b.digits) for side in (1, -1)
        )
        slope = max(ahead.upper - back.lower, back.upper - ahead.lower) / (2 * step)
        slope += above * above * bound.around(b.lower) / 6
        floor -= slope * slope / (2 * kappa)
    chord = here.upper - b.value(branch, tip.start, tip.turn, FEW).lower
    steepest = chord / (b.lower - tip.start)
    steepest += bound.bend * (b.upper - (tip.start + b.lower) / 2)
    steepest += wide * bound.across(b.upper)
    return floor > 0 and steepest < 0


def _apart(b: Bracket, tip: Tip, branch: int) -> Fraction:
    """By how much another branch is above the level on N at least."""
    low, high = tip.sides
    corners = product((tip.start, b.upper), (low, high))
    least = min(b.parts(at, FEW).least(branch).lower for at in corners)
    return least - b.level.upper - _loss(b, tip, branch)


def _loss(b: Bracket, tip: Tip, branch: int) -> Fraction:
    low, high = tip.sides
    of: Losses = losses(b.k, b.kind if branch == MATRIX else "factor")
    return sum(of((tip.start, low), (b.upper, high)), Fraction(0))


def find_tip(b: Bracket, turn: Fraction) -> Tip | None:
    """A neighbourhood of the point that a search has found at (lower … upper, turn), if any.

    It is `proved`; nothing rigorous depends on the choice.
    """
    here = b.parts((b.lower, turn), FEW)
    order = sorted(b.names(), key=lambda name: here.least(name).value)
    failing = order[:1]
    for _ in order:
        tip = _narrowed(b, _first(b, turn, failing))
        if tip is None or proved(b, tip):
            return tip
        close = [n for n in order if n not in failing and _apart(b, tip, n) <= 0]
        if not close or turn not in (0, 1):  # two that fail off the axes may do so at two points
            return None
        failing += close[:1]
    return None


def _first(b: Bracket, turn: Fraction, failing: Iterable[int]) -> Tip | None:
    """From how the branches bend and fall there; nothing rigorous depends on the choice."""
    halves, widths, steps = [], [], []
    for branch in failing:
        bound, (_, probe) = smooth(b.k, branch), angle(PROBE)
        there = [b.value(branch, b.lower, turn + n * PROBE, FEW).value for n in (-1, 0, 1)]
        before = b.value(branch, b.lower * (1 - PROBE), turn, FEW).value
        bend = (there[0] - 2 * there[1] + there[2]) / probe**2
        fall = (before - there[1]) / (b.lower * PROBE)
        if bend <= 0 or fall <= 0:
            return None
        halves.append(min(bend / (2 * bound.around(b.lower)), fall / (4 * bound.across(b.lower))))
        widths.append(fall / (3 * bound.bend))
        rest = fall * (b.upper - b.lower) / 3
        steps.append(math.sqrt(math.sqrt(bend * rest) / bound.around(b.lower)))
    half = _short(min(halves) * Fraction(7, 11), Fraction(1, 8))
    step = Fraction(0) if turn in (0, 1) else min(half, _short(Fraction(min(steps)) * 7 / 11, half))
    start = b.lower - _short(min(widths), b.lower / 8)
    return Tip(turn, half, start, step, tuple(failing))


def _narrowed(b: Bracket, tip: Tip | None) -> Tip | None:
    """Halved until it holds for the failing branches, if ever.

    Whether it holds, `proved` asks again: nothing rigorous depends on the choice.
    """
    for _ in range(TRIES):
        if tip is None:
            return None
        if all(_fails(b, tip, branch) for branch in tip.branches):
            return tip
        wide = b.lower - tip.start
        tip = replace(tip, half=tip.half / 2, start=b.lower - wide / 2, step=tip.step / 2)
    return None


def _short(value: Fraction, most: Fraction) -> Fraction:
    """A power of two, not above either; nothing rigorous depends on the choice."""
    return Fraction(2) ** math.floor(math.log2(min(value, most)))
