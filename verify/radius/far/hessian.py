"""All eigenvalues of ∇²L for large θ, k = 4: what `everywhere` needs beyond the factors.

The names are those of `everywhere`. With a, b > 0 the eigenvalues of ∇²L are g_1, from the tangent
of the plane (S8), and those of the 2×2 matrix along the amplitudes, I less F, ``F(c) = E Var_w(Z)``
for ``Z_j = ⟨x,R^jc⟩``, ``c = (c_u, c_s)`` of length 1.

**a ≥ a₀, any b.** As in `tail`, ``F ≤ Σ_{i<j} |(R^i−R^j)c|² N(δ_ij)/√(2π)`` with ``N(δ) = max(1/δ,
(π²/3 + T²)/δ³)``, T the largest |log(π_i/π_j)|. Within the cosets δ = 2a and ``Σ |(R^i−R^j)c|² =
8c_u²``, across δ ≥ √2 a and ``8c_u² + 16c_s²``: F is at most ``max(8N(2a) + 8N(√2a),
16N(√2a))/√(2π)``.

**b ≥ b₀, a ≤ a₀.** ``F = E[P V + (1−P) V'] + E P(1−P)(2c_s s + κ)²`` with the variances within
the cosets, ``V = c_u²(1−t²)u²``, ``V' = c_u²(1−t'²)v²``, and ``κ = c_u(tu − t'v)``. As in
`everywhere`, ``E_s tanh(Y/2)`` is ``ℓ/(b√(2π))`` up to ``(π²|ℓ|+|ℓ|³)/(24b³√(2π))``; and with the
density of s at most 1/√(2π), ``E_s P(1−P)(2c_s s + κ)² ≤ (c_s²(π²/3+ℓ²)/b² − 2c_sκℓ/b + κ²)/
(2b√(2π))`` (``∫ ¼ sech²(y/2) y² dy = π²/3``). So F is at most the form of the matrix

    ``B_uu = ½(α+α') + C/(2b√(2π)) + D/b³``,  α = E(1−t²)u²,  C = E ℓ(V−V') + E(tu−t'v)²,
    ``B_us = √(E(tu−t'v)² E ℓ²)/(2b²√(2π))``,  ``B_ss = (π²/3 + E ℓ²)/(2b³√(2π))``,

``D = E(π²|ℓ|+|ℓ|³)(u²+v²)/(48√(2π))``, and ``E(tu−t'v)² ≤ 2 + 4/π``. In 1/b B_uu is convex and the
others rise: it suffices to look at b₀ and, for B_uu, at ∞. In a all terms of C are Lipschitz: the
derivative of t is ``(1−t²)u``.

**Between points**: ``D⁴L[u,u,v,v]`` is at most ``√(K(u)K(v))/8`` with ``K(u) = E ρ_u⁴`` (`tail`),
and the range ρ_u of ``⟨x,R^ju⟩`` at most ``2c_p max(|u|,|v|) + 2|c_s||s|``, c_p the length of the
part of the direction in the plane.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import combinations

from flint import acb, arb, ctx

from overspec.mixture import Mixture
from overspec.verify.enclosures.ball import Ball, dyadic, to_ball

BITS = 64
REACH = 9  # of the one-dimensional integrals
TOLERANCE = 20  # bits of theirs
FINEST = Fraction(1, 2**10)  # intervals of a
ARCS = 400  # on which the largest K(u) is bounded


def hessian_far(mixture: Mixture, a: Fraction, level: Fraction) -> bool:
    """Whether λ_min(∇²L) > level for all amplitudes of frequency 1 from a on."""
    with ctx.workprec(BITS):
        logs = [to_ball(weight).log() for weight in mixture.weights]
        widest = max((abs(p - q).upper() for p, q in combinations(logs, 2)), default=arb(0))
        within, across = 2 * to_ball(a), arb(2).sqrt() * to_ball(a)
        near, wide = _pair(within, widest), _pair(across, widest)
        bound = (8 * near + 8 * wide).max(16 * wide) / (2 * arb.pi()).sqrt()
        return bool(1 - bound > to_ball(level))


def _pair(distance: Ball, widest: Ball) -> Ball:
    """N(δ)."""
    return (1 / distance).max((arb.pi() ** 2 / 3 + widest * widest) / distance**3)


def hessian_high(mixture: Mixture, a: Fraction, b: Fraction, level: Fraction) -> bool:
    """Whether the 2×2 matrix is above the level from b on, for amplitudes of frequency 1 to a."""
    with ctx.workprec(BITS):
        pi = [to_ball(weight) for weight in mixture.weights]
        cosets = [(pi[0], pi[2]), (pi[1], pi[3])]

        def holds(low: Fraction, top: Fraction) -> bool:
            known = [coset_moments(p, q, to_ball((low + top) / 2)) for p, q in cosets]
            return above(cosets, known, to_ball(top), to_ball((top - low) / 2), to_ball(b), level)

        return on_intervals(a, FINEST, holds)


def on_intervals(
    end: Fraction, finest: Fraction, holds: Callable[[Fraction, Fraction], bool]
) -> bool:
    """Whether it holds on intervals that make up [0, end], halved until it does or this narrow."""
    pending = [(Fraction(0), end)]
    while pending:
        low, top = pending.pop()
        if holds(low, top):
            continue
        if top - low < finest:
            return False
        middle = (low + top) / 2
        pending += [(middle, top), (low, middle)]
    return True


Moments = tuple[Ball, Ball, Ball, Ball]
Cosets = list[tuple[Ball, Ball]]


def above(
    cosets: Cosets, known: list[Moments], top: Ball, half: Ball, b: Ball, level: Fraction
) -> bool:
    """Whether I − B is above the level for all amplitudes within half of where the moments are."""
    (m, first, log, bent), (n, other, log_, bent_) = known
    mean = (2 / arb.pi()).sqrt()  # of |u|
    turn = 4 / (3 * arb(3).sqrt())  # of |2t(1−t²)|
    cubic = 2 * mean * turn * half  # of E t²u²
    unit = 2 * b * (2 * arb.pi()).sqrt()
    crossed = m + n - 2 * first * other
    c = bent + bent_ - log * (1 - n) - log_ * (1 - m) + crossed
    slope = 2 * cubic + 2 * half * (abs(first) + abs(other) + half)  # of E(tu−t'v)²
    for (p, q), (x, y) in zip(cosets, ((log, n), (log_, m)), strict=True):
        size = abs((p + q).log())
        slope += half * (turn / 2 * 2 * mean + turn * (size * 2 * mean + 3 * top))  # E ℓ(1−t²)u²
        slope += mean * half * (1 - y + cubic) + abs(x) * cubic  # log times α
    limit = 1 - (m + n) / 2 + cubic
    size, width = _offset(cosets), _square(cosets, top)
    rest = _cubic(size, top) / b**3
    uu = limit.max(limit + (c + slope) / unit + rest)
    us = ((2 + 4 / arb.pi()) * width).sqrt() / (b * unit)
    ss = (arb.pi() ** 2 / 3 + width) / (b * b * unit)
    largest = (uu + ss) / 2 + (((uu - ss) / 2) ** 2 + us**2).sqrt()
    return bool(1 - largest > to_ball(level))


def coset_moments(p: Ball, q: Ball, a: Ball) -> Moments:
    """``E t²u², E tu, E log A, E log A (1−t²)u²`` for ``A = p e^{au} + q e^{−au}``, in balls.

    >>> with ctx.workprec(BITS):
    ...     moments = coset_moments(arb(1) / 2, arb(1) / 2, arb(1))
    >>> [round(float(x), 4) for x in moments]
    [0.7579, 0.6057, 0.3746, 0.124]
    """
    norm = (2 * arb.pi()).sqrt()

    def mean(of: int) -> Ball:
        def integrand(z: acb, analytic: bool) -> acb:
            up = (a * z).exp()
            total = p * up + q / up
            t = (p * up - q / up) / total
            value = (-z * z / 2).exp() / norm
            if of < 2:
                return value * t * z * (t * z if of == 0 else 1)
            value *= total.log(analytic=analytic)
            return value if of == 2 else value * (1 - t * t) * z * z

        tolerance = arb(2) ** -TOLERANCE
        inside = acb.integral(integrand, -REACH, REACH, abs_tol=tolerance, rel_tol=tolerance).real
        return inside + arb(0, _outside(of, abs((p + q).log()), a).upper())

    return mean(0), mean(1), mean(2), mean(3)


def _outside(of: int, size: Ball, a: Ball) -> Ball:
    """What lies beyond REACH: ``|log A| ≤ size + a|u|``, ``|t| ≤ 1``, Gaussian moments by parts."""
    end = arb(REACH)
    density = 2 * (-end * end / 2).exp() / (2 * arb.pi()).sqrt()
    zero = density / end  # of 1, at most
    one, two, three = density, density * end + zero, density * (end * end + 2)
    return [two, one, size * zero + a * one, size * two + a * three][of]


def _offset(cosets: Cosets) -> Ball:
    """The offset n in ``|ℓ| ≤ n + a(|u|+|v|)``."""
    (p, q), (r, s) = cosets
    return abs(((p + q) / (r + s)).log())


def _square(cosets: Cosets, a: Ball) -> Ball:
    """A bound of E ℓ²: ``(n + a √(E(|u|+|v|)²))²``."""
    return (_offset(cosets) + a * (2 + 4 / arb.pi()).sqrt()) ** 2


def _cubic(n: Ball, a: Ball) -> Ball:
    """D by ``|ℓ| ≤ n + aw``, w = |u|+|v|: ``E wⁱ(u²+v²)`` = 2, 6c, 8+8c², 50c, c = √(2/π)."""
    c = (2 / arb.pi()).sqrt()
    one, two, three = 6 * c, 8 + 8 * c * c, 50 * c
    linear = 2 * n + a * one
    cube = 2 * n**3 + 3 * n * n * a * one + 3 * n * a * a * two + a**3 * three
    return (arb.pi() ** 2 * linear + cube) / (48 * (2 * arb.pi()).sqrt())


@cache
def fourth_bends() -> tuple[Fraction, Fraction]:
    """Upper bounds of the second derivatives of every ``⟨u,∇²L u⟩`` along the two amplitudes.

    >>> [round(float(bend), 1) for bend in fourth_bends()]
    [14.1, 10.4]
    """
    with ctx.workprec(BITS):
        pi, mean = arb.pi(), (2 / arb.pi()).sqrt()
        # E Mⁱ|s|^{4−i}, M = max(|u|,|v|), which is |(u,v)| times the cosine of an angle within ±π/4
        plane = [3 * arb(1), 2 / pi.sqrt() * 2 * mean, 1 + 2 / pi, 5 / pi.sqrt() * mean, 3 + 8 / pi]
        largest = arb(0)
        for n in range(ARCS):
            arc = pi * (arb(2 * n + 1) + arb(0, 1)) / (4 * ARCS)
            c, d = arc.cos(), arc.sin()
            terms = zip((1, 4, 6, 4, 1), plane, strict=True)
            largest = largest.max(sum((k * e * c**i * d ** (4 - i)
                                       for i, (k, e) in enumerate(terms)), arb(0)))  # fmt: skip
        ends = [(arb(plane_) * largest).sqrt() * 16 / 8 for plane_ in (plane[4], plane[0])]
        return dyadic(ends[0].upper()), dyadic(ends[1].upper())
