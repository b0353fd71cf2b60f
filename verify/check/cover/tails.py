"""Beyond a rectangle of amplitudes, k = 4: λ above its level for a ≥ a_0, and for b ≥ b_0.

Amplitudes a, b of the frequencies 1, 2. The pairs {0, 2}, {1, 3} of components are 2a apart within
and √(2a² + 4b²) across; ``E w_iw_j ≤ 1/(√(2π) δ)`` at a distance δ, and ``E w_iw_j ⟨x,(R^i−R^j)c⟩²
≤ |(R^i−R^j)c|² N(δ)/√(2π)``, ``N(δ) = max(1/δ, (π²/3 + T²)/δ³)``, T the largest |log(π_i/π_j)|.

**a ≥ a_0.** Sums over the pairs. **b ≥ b_0, a ≤ a_0.** The mean over the third coordinate first:
with t, t' of `means` for the two pairs, u, v their variables, ℓ = log A − log B, c = 1/(2b√(2π)),

    g_1 ≥ ½E(t²+t'²) + c (E(t²−t'²)ℓ − E(t²+t'²)) − E(π²|ℓ|+|ℓ|³)/(48√(2π)b³),

concave in 1/b; and I − H is at most the matrix with the entries, convex in 1/b,

    ½(α+α') + c (E ℓ(V−V') + E(tu−t'v)²) + E(π²|ℓ|+|ℓ|³)(u²+v²)/(48√(2π)b³),
    √(E(tu−t'v)² E ℓ²) c/b,   (π²/3 + Eℓ²) c/b²,     V = (1−t²)u², α = E V.

At the middle of an interval of a, and between by Lipschitz bounds; intervals are halved.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import gmpy2

from overspec.verify.check.cover.constants import context_of, real, up
from overspec.verify.check.cover.means import ERROR, Means, means
from overspec.verify.check.format import Rejected
from overspec.verify.check.radius import StatedRadius
from overspec.verify.check.value import Purse, fraction, number

FINEST = Fraction(1, 2**12)  # intervals of a
WORK = 10**5  # operations of one interval
SPARE = 10.0**-40  # of constants that have 60 digits
PARTS = 4000  # of the quarter circle on which a mean is largest

Holds = Callable[[Fraction, Fraction], bool]


@lru_cache(maxsize=1)
def bends() -> tuple[Fraction, Fraction, Fraction]:
    """Bounds of second derivatives: of g_m in every direction, of ⟨u,∇²L u⟩ along a and along b.

    The range of the slopes is at most ``2c M + 2d|s|``, M = max(|u|,|v|), in the direction (c, d).

    >>> [round(float(x), 1) for x in bends()]
    [5.5, 14.1, 10.4]
    """
    context = context_of()
    root, mean = context.sqrt(context.pi), context.sqrt(2 / context.pi)
    top, mixed = 4 + 8 / context.pi, 16 * context.sqrt(2) / context.pi
    square = (top + 4 + context.sqrt((top - 4) ** 2 + mixed**2)) / 2
    # E M^i |s|^{4−i}, times binomial coefficients
    terms = [3, 16 / root * mean, 6 + 12 / context.pi, 20 / root * mean, 3 + 8 / context.pi]
    largest = context.mpf(0)
    for n in range(PARTS + 1):
        angle = context.pi * n / (2 * PARTS)
        c, d = context.cos(angle), context.sin(angle)
        largest = max(largest, sum(x * c**i * d ** (4 - i) for i, x in enumerate(terms)))
    # a trigonometric polynomial of degree 4: |P''| ≤ 16 max|P| (Bernstein)
    largest *= 1 + (context.pi / PARTS) ** 2
    along = [2 * context.sqrt(x * largest) for x in (terms[4], terms[0])]
    return up((1 + context.sqrt(2)) / 4 * square), up(along[0]), up(along[1])


def box_loss(second: bool, sides: tuple[Fraction, ...]) -> Fraction:
    """What a box may lie below its lowest corner."""
    plain, first, other = bends()
    each = (max(plain, first), max(plain, other)) if second else (plain, plain)
    return sum((side**2 * bend / 8 for side, bend in zip(sides, each, strict=True)), Fraction(0))


def prove_tails(s: StatedRadius, purse: Purse) -> None:
    """Prove λ > level outside the stated rectangle.

    Raises:
        Rejected: a bound does not reach the level.
        TooCostly: too many intervals.
    """
    assert s.corner is not None
    a, b = s.corner
    level, second = s.level(s.sigma[1], 1), s.kind != "factor"
    with gmpy2.context(gmpy2.get_context(), precision=250):
        pi = [fraction(number(w)) for w, n in s.weights for _ in range(n)]
    if not (min(a, b) > 0 and far(pi, a, level, second)):
        raise Rejected("no tail bound holds for large amplitudes of frequency 1")
    context = context_of()
    if not 1 - 8 / (real(b) * context.sqrt(2 * context.pi)) > real(level) + SPARE:
        raise Rejected("no tail bound holds for large amplitudes of frequency 2")
    checks: list[Holds] = [lambda low, top: first_above(pi, low, top, b, level)]
    if second:
        checks.append(lambda low, top: matrix_above(pi, low, top, b, level))
    for holds in checks:
        pending = [(Fraction(0), a)]
        while pending:
            low, top = pending.pop()
            purse.spend(WORK, "the tail for large amplitudes of frequency 2")
            if holds(low, top):
                continue
            if top - low < FINEST:
                raise Rejected("no tail bound holds for large amplitudes of frequency 2")
            middle = (low + top) / 2
            pending += [(middle, top), (low, middle)]


def far(pi: list[Fraction], a: Fraction, level: Fraction, second: bool) -> bool:
    """For all amplitudes of frequency 1 from a on."""
    context = context_of()
    root = context.sqrt(2 * context.pi)
    within, across = 2 * real(a), context.sqrt(2) * real(a)
    lost = max(8 / within + 8 / across, 16 / across) / root
    if second:
        logs = [context.log(real(w)) for w in pi]
        cubic = context.pi**2 / 3 + (max(logs) - min(logs)) ** 2
        near, wide = (max(1 / d, cubic / d**3) for d in (within, across))
        lost = max(lost, (8 * near + 8 * wide) / root, 16 * wide / root)
    return bool(1 - lost > real(level) + SPARE)


def _pairs(
    pi: list[Fraction], low: Fraction, top: Fraction
) -> tuple[Means, Means, Any, Any, Any, Any]:
    """The means at the middle; the half width, √(2/π), 4/(3√3), and what errors may come to."""
    context, middle = context_of(), (low + top) / 2
    one, other = means(pi[0], pi[2], middle), means(pi[1], pi[3], middle)
    error = real(ERROR * 100) * (1 + real(one.size + other.size + top)) ** 2
    mean = context.sqrt(2 / context.pi)
    return one, other, real((top - low) / 2), mean, 4 / (3 * context.sqrt(3)), error


def first_above(
    pi: list[Fraction], low: Fraction, top: Fraction, b: Fraction, level: Fraction
) -> bool:
    """Whether g_1 > level for low ≤ a ≤ top and all amplitudes of frequency 2 from b on."""
    context = context_of()
    one, other, half, mean, turn, error = _pairs(pi, low, top)
    end, unit = real(top), 2 * real(b) * context.sqrt(2 * context.pi)
    limit = real(one.square + other.square) / 2 - turn * mean * half
    across = real(one.both + other.both - one.square * other.log - other.square * one.log)
    slope = context.mpf(0)
    for size in (real(one.size), real(other.size)):
        slope += turn * (mean * size + end) + mean  # of E t² log A
        slope += turn * mean * (size + mean * end) + mean  # of E t'² E log A
    gained = across - slope * half - real(one.square + other.square) - 2 * turn * mean * half
    # |ℓ| ≤ offset + a(|u|+|v|), and ≤ another offset + a||u|−|v||
    p, q, r, s = (real(w) for w in (pi[0], pi[2], pi[1], pi[3]))
    near = abs(context.log((p + q) / (r + s)))
    offset = max(abs(context.log(min(p, q) / (r + s))), abs(context.log((p + q) / min(r, s))))
    two, four = 2 - 4 / context.pi, 12 - 32 / context.pi
    linear = min(near + 2 * end * mean, offset + end * context.sqrt(two))
    cube = min(
        near + end * context.cbrt(10 * mean), offset + end * context.cbrt(context.sqrt(two * four))
    )
    rest = (context.pi**2 * linear + cube**3) / (48 * context.sqrt(2 * context.pi) * real(b) ** 3)
    return bool(min(limit, limit + gained / unit - rest) - error > real(level))


def matrix_above(
    pi: list[Fraction], low: Fraction, top: Fraction, b: Fraction, level: Fraction
) -> bool:
    """The same for both eigenvalues of H."""
    context = context_of()
    one, other, half, mean, turn, error = _pairs(pi, low, top)
    end, far_, root = real(top), real(b), context.sqrt(2 * context.pi)
    unit = 2 * far_ * root
    cubic = 2 * mean * turn * half  # of E t²u²
    first, second = real(one.slope), real(other.slope)
    moved = real(one.moved + other.moved)
    c = real(one.bent + other.bent - one.log * (1 - other.moved) - other.log * (1 - one.moved))
    c += moved - 2 * first * second
    slope = 2 * cubic + 2 * half * (abs(first) + abs(second) + half)  # of E(tu−t'v)²
    for mine, its in ((one, other), (other, one)):
        size = real(mine.size)
        slope += half * (turn * mean + turn * (2 * mean * size + 3 * end))  # of E ℓ(1−t²)u²
        slope += mean * half * (1 - real(its.moved) + cubic) + abs(real(mine.log)) * cubic
    limit = 1 - moved / 2 + cubic
    p, q, r, s = (real(w) for w in (pi[0], pi[2], pi[1], pi[3]))
    n = abs(context.log((p + q) / (r + s)))
    spread = 2 + 4 / context.pi  # E(|u|+|v|)², and above E(tu−t'v)²
    width = (n + end * context.sqrt(spread)) ** 2  # above Eℓ²
    # E wⁱ(u²+v²), w = |u|+|v|: 2, 6√(2/π), 8 + 16/π, 50√(2/π)
    w1, w2, w3 = 6 * mean, 8 + 16 / context.pi, 50 * mean
    cube = 2 * n**3 + 3 * n * n * end * w1 + 3 * n * end**2 * w2 + end**3 * w3
    rest = (context.pi**2 * (2 * n + end * w1) + cube) / (48 * root * far_**3)
    uu = max(limit, limit + (c + slope) / unit + rest) + error
    us = context.sqrt(spread * width) / (far_ * unit)
    ss = (context.pi**2 / 3 + width) / (far_**2 * unit)
    largest = (uu + ss) / 2 + context.sqrt(((uu - ss) / 2) ** 2 + us**2)
    return bool(1 - largest - error > real(level))
