"""One point of first failure and no other, over two amplitudes.

With ``a = r (cos ψ, sin ψ)``, ψ = πq/2, every branch f that is said to fail (g_m − t, or the
determinant of H − t, H the matrix ∂²L/∂a_m∂a_n) is a smooth even function of (a_1, a_2). From
bounds S, U, T of its first three derivatives along lines: on the neighbourhood start ≤ r ≤ upper,
|ψ − ψ_0| ≤ δ

1. f is convex along circles: its second difference at r = lower, step δ, over δ², less δ (r³T +
   3r²U + rS), less (upper − lower) (r²T + 3rU + S) at r = upper, is κ > 0;
2. f falls outward: its chord from start to lower at ψ_0, plus U (upper − (start + lower)/2) + δ
   (upper U + S), is negative;
3. f(lower, ψ_0) > G²/2κ, G its slope along the circle: a central difference of the step η, off by
   η² (r³T + 3r²U + rS)/6 at most, and 0 on an axis.

So f > 0 there up to lower, and 0 at one ψ alone on |a| = γ. The other branches are above the level
by their values at the corners and the curvature. For g_m: ``S = √K_2/2, U = (1+√2)K_2/4, T² = K_2
K_4``. For the determinant: m_1 = √(K_2K_4)/8, m_2 = K_4/8, m_3 = (5/16)√(K_4K_6) bound the
derivatives of H, whose entries less t are at most 1 in size where the neighbourhood is no wider
than 1/m_1: S = 2m_1, U = 2m_2 + 2m_1², T = 2m_3 + 6m_1m_2; and the trace of H − t is positive at
one place, so that both its eigenvalues are where the determinant is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from overspec.verify.check.cover.constants import context_of, curvatures, range_moment, up
from overspec.verify.check.decide import spectrum
from overspec.verify.check.format import Rejected
from overspec.verify.check.lattice import Sums
from overspec.verify.check.pairs.sums import at_amplitudes
from overspec.verify.check.radius import StatedRadius, StatedTip
from overspec.verify.check.subject import Entry
from overspec.verify.check.value import Enclosure, Purse, Sector, TooCostly

FEW = (6, 9, 12)
BEYOND = (3, 7, 12)  # digits beyond those of a width

#: Between what a margin lies, from values of so many digits.
Margin = Callable[[int], Enclosure]


@dataclass(frozen=True)
class Values:
    """Enclosures of the branches at (r, q), each computed once."""

    s: StatedRadius
    purse: Purse
    known: dict[tuple[Fraction, Fraction, int], Sums]

    def sums(self, r: Fraction, q: Fraction, digits: int) -> Sums:
        """Beyond an axis at its mirror image."""
        q = abs(q) if q <= 1 else 2 - q
        at = (r, q, digits)
        if at not in self.known:
            place = Sector(self.s.k, self.s.weights, r, q)
            second = self.s.kind != "factor"
            self.known[at] = at_amplitudes(place, digits, self.purse, second)
        return self.known[at]

    def matrix(self, r: Fraction, q: Fraction, digits: int) -> list[Enclosure]:
        """The entries 11, 12, 22; on an axis by ∂L/∂a_m = a_m g_m."""
        found = self.sums(r, q, digits)
        entries, zero = found.entries, (Fraction(0), Fraction(0))
        first = entries.get(Entry(1, 1), found.factors[0])
        second = entries.get(Entry(2, 2), found.factors[1])
        return [first, entries.get(Entry(1, 2), zero), second]

    def branch(self, name: str, r: Fraction, q: Fraction, digits: int) -> Enclosure:
        """f, for every level between those of the stated ends of σ."""
        low, high = self.s.level(self.s.sigma[0], -1), self.s.level(self.s.sigma[1], 1)
        if name != "matrix":
            ends = self.sums(r, q, digits).factors[int(name[1:]) - 1]
            return ends[0] - high, ends[1] - low
        a, b, c = self.matrix(r, q, digits)
        whole = [x * y for x in (a[0] - high, a[1] - low) for y in (c[0] - high, c[1] - low)]
        size = max(abs(b[0]), abs(b[1]))
        least = Fraction(0) if b[0] <= 0 <= b[1] else min(abs(b[0]), abs(b[1]))
        return min(whole) - size**2, max(whole) - least**2

    def least(self, name: str, r: Fraction, q: Fraction, digits: int) -> Fraction:
        """Not above g_m, or the least eigenvalue of the matrix."""
        if name != "matrix":
            return self.sums(r, q, digits).factors[int(name[1:]) - 1][0]
        a, b, c = self.matrix(r, q, digits)
        return spectrum({Entry(1, 1): a, Entry(1, 2): b, Entry(2, 2): c})[0][0]


def derivatives(k: int, branch: str) -> tuple[Fraction, Fraction, Fraction]:
    """S, U, T.

    >>> [round(float(x), 2) for x in derivatives(4, "g1")]
    [1.84, 8.18, 57.9]
    """
    context = context_of()
    second, fourth = range_moment(k, 2), range_moment(k, 4)
    if branch != "matrix":
        return (*curvatures(k, "factor")[1::-1], up(context.sqrt(second * fourth)))
    one, two = context.sqrt(second * fourth) / 8, fourth / 8
    three = context.mpf(5) / 16 * context.sqrt(fourth * range_moment(k, 6))
    return up(2 * one), up(2 * (two + one**2)), up(2 * three + 6 * one * two)


def prove_tip(s: StatedRadius, tip: StatedTip, purse: Purse) -> None:
    """Prove all of the above.

    Raises:
        Rejected: something does not hold.
        TooCostly: something could not be decided.
    """
    assert isinstance(s.upper, Fraction)
    values = Values(s, purse, {})
    for name in ("g1", "g2") if s.kind == "factor" else ("g1", "g2", "matrix"):
        if name in tip.branches:
            _prove_failing(s, tip, name, values)
        else:
            _prove_apart(s, tip, name, values)


def _prove_failing(s: StatedRadius, tip: StatedTip, name: str, values: Values) -> None:
    upper = s.upper
    assert isinstance(upper, Fraction)
    (slope, bend, twist), quarter = derivatives(s.k, name), up(context_of().pi / 2)
    delta, r = quarter * tip.half, s.lower
    third = r**3 * twist + 3 * r * r * bend + r * slope
    if name == "matrix":
        if (upper - tip.start + 2 * delta * upper) * derivatives(s.k, name)[0] > 2:
            raise Rejected("the neighbourhood is too wide for the derivatives of the determinant")
        high = s.level(s.sigma[1], 1)
        first, _, second = values.matrix(r, tip.turn, FEW[0])
        if first[1] + second[1] <= 2 * high:
            raise Rejected("at the lower end the matrix less the level has no positive trace")
        if first[0] + second[0] <= 2 * high:
            raise TooCostly("the trace of the matrix less the level is too near 0")

    def convex(digits: int) -> Enclosure:
        """κδ², which falls as δ grows: an upper bound of δ serves."""
        ends = [values.branch(name, r, tip.turn + n * tip.half, digits) for n in (-1, 0, 1)]
        lost = delta * third
        lost += (upper - r) * (upper * upper * twist + 3 * upper * bend + slope)
        low, high = (ends[0][i] + ends[2][i] - 2 * ends[1][1 - i] for i in (0, 1))
        return low - delta * delta * lost, high - delta * delta * lost

    def falls(digits: int) -> Enclosure:
        inner, outer = (values.branch(name, at, tip.turn, digits) for at in (tip.start, r))
        gained = bend * (upper - (tip.start + r) / 2) + delta * (upper * bend + slope)
        low, high = ((inner[i] - outer[1 - i]) / (r - tip.start) - gained for i in (0, 1))
        return low, high

    _decide(falls, FEW, f"{name} need not fall outward near the first failure")
    near = 2 * _digits(delta)
    rise = _decide(convex, [near + n for n in BEYOND], f"{name} need not be convex along circles")
    kappa = rise / (delta * delta)
    on_axis = tip.turn in (0, 1)
    step = quarter * tip.step

    def floor(digits: int) -> Enclosure:
        here = values.branch(name, r, tip.turn, digits)
        if on_axis:
            return here
        if step == 0:
            raise Rejected("a slope along the circle needs a step")
        back, ahead = (values.branch(name, r, tip.turn + n * tip.step, digits) for n in (-1, 1))
        size = max(ahead[1] - back[0], back[1] - ahead[0], Fraction(0))
        size = size * (1 + Fraction(1, 10**40)) / (2 * step) + step * step * third / 6
        return here[0] - size**2 / (2 * kappa), here[1]

    wanted = _digits((upper - r) / upper)
    _decide(floor, [wanted + n for n in BEYOND], f"at the lower end {name} need not be above")


def _prove_apart(s: StatedRadius, tip: StatedTip, name: str, values: Values) -> None:
    upper = s.upper
    assert isinstance(upper, Fraction)
    bend, slope, quarter = curvatures(s.k, s.kind if name == "matrix" else "factor")
    low, high = tip.sides
    loss = (upper - tip.start) ** 2 * bend / 8
    loss += (high - low) ** 2 * quarter * (upper * upper * bend + upper * slope) / 8
    corners = list(product((tip.start, upper), (low, high)))
    for digits in FEW:
        least = min(values.least(name, *corner, digits) for corner in corners)
        if least - s.level(s.sigma[1], 1) > loss:
            return
    raise Rejected(f"near the first failure {name} need not be above the level")


def _digits(width: Fraction) -> int:
    return math.ceil(-math.log10(width))


def _decide(margin: Margin, ladder: Sequence[int], what: str) -> Fraction:
    """A positive lower bound of the margin."""
    for digits in ladder:
        low, high = margin(digits)
        if low > 0:
            return low
        if high <= 0:
            raise Rejected(what)
    raise TooCostly(f"{what}: too near a call")
