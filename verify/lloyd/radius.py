"""Population Lloyd on N(0, I_{k−1}): the regular simplex as a fixed point, certified (math.md K1).

The centroid of a Voronoi cell of the regular simplex with vertices v_j has the norm ``R₀(k) =
E max_j ⟨x, v_j⟩ = √(k/(k−1)) E max(g_1 … g_k)``, g_j independent N(0,1), and

    E max = ∫ F(x) dx,   F(x) = k x φ(x) Φ(x)^{k−1},

is a trapezoidal sum. Stability is in `lloyd.stability`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx

from overspec.decimals import Number
from overspec.errors import InputError
from overspec.verify.enclosures.ball import Ball, Inconclusive, enclosure, lifted, power, to_ball
from overspec.verify.enclosures.bounds import geometric_pair
from overspec.weights import check_k

MAX_K = 10**15

#: m_k = E max of k normals in closed form, as text (k ≤ 5; none is known beyond).
CLOSED_FORMS = {
    2: "sqrt(2/pi)",
    3: "sqrt(3/2) * 3/(2 sqrt(pi))",
    4: "sqrt(4/3) * 3/sqrt(pi) * (1/2 + arcsin(1/3)/pi)",
    5: "sqrt(5/4) * 5/sqrt(pi) * (1/4 + 3 arcsin(1/3)/(2 pi))",
}


def closed_form(k: int) -> Ball:
    """R₀(k) from `CLOSED_FORMS`, k ≤ 5.

    >>> closed_form(3)  # doctest: +ELLIPSIS
    [1.0364824484...
    """
    pi, third = arb.pi(), (arb(1) / 3).asin()
    maximum = {
        2: 1 / pi.sqrt(),
        3: 3 / (2 * pi.sqrt()),
        4: 3 / pi.sqrt() * (arb(1) / 2 + third / pi),
        5: 5 / pi.sqrt() * (arb(1) / 4 + 3 * third / (2 * pi)),
    }[k]
    return (arb(k) / (k - 1)).sqrt() * maximum


@dataclass(frozen=True)
class Line:
    """Nodes nh with |n| ≤ count, contour height y and the point X of `maximum_aliasing`."""

    step: Fraction
    count: int
    height: Fraction
    knee: Fraction
    bits: int


def maximum_aliasing(k: int, line: Line) -> Ball:
    """The trapezoidal error of ∫F on the whole line.

    On ``z = x ± iy``: |φ(z)| = φ(x) e^{y²/2}, and with ``e(y) = ∫₀^y e^{s²/2} ds ≤ y e^{y²/2}``,
    ``|Φ(z)| ≤ Φ(x) + φ(x) e(y)``. The Mills ratio (1−Φ)/φ decreases, so where it is at least e(y)
    at X > 0, ``φ e(y) ≤ 1 − Φ`` for x ≤ X; beyond, φ(x) ≤ φ(X). Hence ``|Φ(z)|^{k−1} ≤ exp((k−1)
    φ(X) e(y))`` and ``|err| ≤ 2/(e^{2πy/h} − 1) · k e^{y²/2} (√(2/π) + y) · exp((k−1) φ(X) e(y))``.

    Hypotheses: y, h, X > 0 and ``1 − Φ(X) ≥ φ(X) e(y)``; not finite otherwise.
    """
    h, y, knee = to_ball(line.step), to_ball(line.height), to_ball(line.knee)
    lift = y * (y * y / 2).exp()
    phi = _density(knee)
    if not (y > 0 and h > 0 and knee > 0 and _upper_tail(knee) >= phi * lift):
        return arb.nan()
    swell = ((k - 1) * phi * lift + y * y / 2).exp()
    return geometric_pair(2 * arb.pi() * y / h) * k * swell * ((2 / arb.pi()).sqrt() + y)


def maximum_truncation(k: int, line: Line) -> Ball:
    """The nodes with |n| > count: ``|F| ≤ k|x|φ(x)``, and ``(t+h)φ(t+h) ≤ tφ(t) e^{−h(t − 1/t)}``.

    Hypotheses: the first node left out, t = (count+1)h, exceeds 1.
    """
    h = to_ball(line.step)
    t = (line.count + 1) * h
    if not t > 1:
        return arb.nan()
    return 2 * k * h * t * _density(t) / -(-h * (t - 1 / t)).expm1()


def plan(k: int, digits: int) -> Line:
    """A line whose bounds come to about 10^-digits; nothing rigorous depends on the choice."""
    goal = digits * math.log(10) + math.log(4 * k)
    knee = math.sqrt(2 * math.log(k)) + 1.5
    mills = math.sqrt(math.pi / 2) * math.erfc(knee / math.sqrt(2)) * math.exp(knee**2 / 2)
    height = math.floor(0.97 * mills * 2**16) / 2**16
    while height * math.exp(height**2 / 2) > mills:
        height *= 0.97
    height_exact = Fraction(math.floor(height * 2**16), 2**16)
    lift = (k - 1) * math.exp(-(knee**2) / 2) / math.sqrt(2 * math.pi) * height * 1.1
    step = Fraction(
        math.floor(2 * math.pi * float(height_exact) / (goal + lift + 1) * 2**16), 2**16
    )
    reach = math.sqrt(2 * goal + 4 * math.log(2 * goal))
    bits = math.ceil((digits + math.log10(k)) * math.log2(10)) + 30
    # the knee is rounded down, where the Mills ratio is larger
    return Line(
        step, math.ceil(reach / step), height_exact, Fraction(math.floor(knee * 64), 64), bits
    )


def r0(k: int, digits: int = 15, line: Line | None = None) -> Number | Inconclusive:
    """R₀(k), enclosed: ball sum, aliasing, truncation, rounding.

    Args:
        k: 2 ≤ k ≤ 10^15.
        digits: the radius aimed at is 10^-digits.
        line: to override the choice of `plan`.

    Raises:
        InputError: k or digits out of range.

    >>> found = r0(3)
    >>> round(float(found.value), 12), float(found.error) < 1e-15
    (1.036482448414, True)
    """
    _check(k, digits)
    line = line or plan(k, digits)
    with ctx.workprec(line.bits):
        total = arb(0)
        for x, weight, base in _nodes(line):
            total += x * weight * power(base, k - 1)
        return _finish(k, k * total, line)


def r0_sweep(last: int, digits: int = 15) -> Iterator[tuple[int, Number | Inconclusive]]:
    """R₀(k) for every k = 2 … last: one line of nodes, one multiplication per node and k.

    >>> dict(r0_sweep(4, 10))[4].overlaps(r0(4, 20))
    True
    """
    _check(last, digits)
    line = plan(last, digits)
    with ctx.workprec(line.bits + 20):
        nodes = list(_nodes(line))
        terms = [x * weight for x, weight, _ in nodes]
        bases = [base for _, _, base in nodes]
    for k in range(2, last + 1):
        with ctx.workprec(line.bits + 20):
            terms = [t * b for t, b in zip(terms, bases, strict=True)]
            result = _finish(k, k * sum(terms, arb(0)), line)
        yield k, result


def _finish(k: int, maximum: Ball, line: Line) -> Number | Inconclusive:
    scale = (arb(k) / (k - 1)).sqrt()
    bounds = [
        ("aliasing", scale * maximum_aliasing(k, line)),
        ("truncation", scale * maximum_truncation(k, line)),
    ]
    return lifted(enclosure(scale * maximum, bounds), line.bits, k)


def _nodes(line: Line) -> Iterator[tuple[Ball, Ball, Ball]]:
    """x, hφ(x), Φ(x)."""
    h = to_ball(line.step)
    for n in range(-line.count, line.count + 1):
        x = n * h
        yield x, h * _density(x), _upper_tail(-x)


def _density(x: Ball) -> Ball:
    return (-x * x / 2).exp() / (2 * arb.pi()).sqrt()


def _upper_tail(x: Ball) -> Ball:
    return (x / arb(2).sqrt()).erfc() / 2


def _check(k: int, digits: int) -> None:
    check_k(k)
    if k > MAX_K:
        raise InputError(f"k = {k} is beyond reach; use k <= {MAX_K:.0e}")
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= 1000:
        raise InputError(f"digits = {digits!r} is beyond reach; use 1 to 1000")
