"""λ > threshold for all θ, k = 4: the cover of a rectangle and the tails around it.

Here those of the factors; `far_hessian` has those of the other eigenvalues of ∇²L.

With amplitudes a, b of the frequencies 1, 2 and x = (u, v, s) the exponents are ``bs ± au`` for the
coset {0, 2} and ``−bs ± av`` for {1, 3}.

**a ≥ a₀, any b.** ``w_i w_j ≤ ¼ sech²(D_ij/2)``, D_ij normal of standard deviation |μ_i − μ_j|, so
``E w_i w_j ≤ 1/(√(2π) |μ_i − μ_j|)`` as ``∫ ¼ sech²(y/2) dy = 1``, whatever the weights. The
distances are 2a within a coset and ``√(2a²+4b²)`` across:

    ``1 − g_1 ≤ (4/a + 8/√(2a²+4b²))/√(2π)``,  ``1 − g_2 ≤ 16/(√(2π) √(2a²+4b²))``.

**b ≥ b₀, a ≤ a₀.** g_2 as above. Let ``A = π_0 e^{au} + π_2 e^{−au}``, t its logarithmic derivative
in au, h = E t², and B(v), t', h' the same for {1, 3}. With P the weight of the first coset, ``Y =
log(P/(1−P)) = 2bs + ℓ``, ``ℓ = log A − log B``,

    ``g_1 = ½(h + h') − E P(1−P)(t² + t'²) + ½ E (t² − t'²) tanh(Y/2)``.

The mean over s of P(1−P) is at most ``1/(2b√(2π))``, that of tanh(Y/2) is ``ℓ/(b√(2π))`` up to
``(π²|ℓ| + |ℓ|³)/(24 b³√(2π))`` (the Gaussian density is its peak times 1 − x²/2b² … 1, and ``∫ y²
sech² = π²/6``). So ``g_1 ≥ ½(h+h') + (C − h − h')/(2b√(2π)) − D/b³``, C = E (t² − t'²) ℓ, D = (π²
E|ℓ| + E|ℓ|³)/(48√(2π)). In 1/b this is concave: it suffices to look at b₀ and ∞. In a the terms are
Lipschitz: ``|2t(1−t²)| ≤ 4/(3√3)``, ``|log A| ≤ |log(π_0+π_2)| + a|u|``.

**Between points**: the range of the exponents' slopes is at most ``2a max(|u|,|v|) + 2b|s|``, whose
mean square is a quadratic form in (a, b) with the largest eigenvalue `range_square`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import acb, arb, ctx

from overspec.decimals import Number
from overspec.errors import InputError
from overspec.mixture import Mixture
from overspec.verify.enclosures.ball import Ball, Inconclusive, dyadic, to_ball
from overspec.verify.enclosures.cover import Cover, OnShare, Point, cover, untold
from overspec.verify.enclosures.factors import Characters, least_energy
from overspec.verify.enclosures.pairs import enclose as pairs
from overspec.verify.radius.far.hessian import (
    fourth_bends,
    hessian_far,
    hessian_high,
    on_intervals,
)
from overspec.verify.radius.values import ENERGY_DIGITS, Values, above, eigenvalues, enclosed_bounds

BITS = 64
REACH = 9  # of the one-dimensional integrals
HEIGHTS = (3, 4, 5, 6, 8, 10, 13, 17, 22, 30)  # b₀ that are tried
FINEST = Fraction(1, 2**12)  # intervals of a
BUDGET = 6000
DIGITS = 7
FEW = 2  # tried first: far out the lattice is large and the slack too


@dataclass(frozen=True)
class Everywhere:
    """λ > threshold at every θ: a ≤ a₀, b ≤ b₀ by a cover, beyond by the tails."""

    corner: Point
    cover: Cover


def prove_everywhere(
    mixture: Mixture, threshold: Number, on_share: OnShare = untold, kind: str = "factor"
) -> Everywhere | Inconclusive:
    """Prove ``min_m g_m > threshold`` for all θ, k = 4, or λ_min(∇²L) > threshold (other kinds).

    Raises:
        InputError: another k or another action.
    """
    if mixture.k != 4 or not mixture.action.is_simplex:
        raise InputError("all theta with their tails: k = 4 with the simplex action")
    level = threshold.upper
    if not 0 <= level < 1:
        return Inconclusive("a factor is never above 1")
    a, second = Fraction(1), kind != "factor"
    while not far(a, level) or (second and not hessian_far(mixture, a, level)):
        a *= Fraction(21, 20)
    a = Fraction(-(-a.numerator * 64 // a.denominator), 64)

    def beyond(b: Fraction) -> bool:
        return high(mixture, a, b, level) and not (
            second and not hessian_high(mixture, a, b, level)
        )

    b = next((Fraction(n) for n in HEIGHTS if beyond(Fraction(n))), None)
    if b is None:
        return Inconclusive("the bound for large amplitudes of frequency 2 is below")
    with ctx.workprec(BITS):
        bend = dyadic(((1 + arb(2).sqrt()) * range_square() / 4).upper())
    bends = [max(bend, other) if second else bend for other in fourth_bends()]

    def losses(low: Point, top: Point) -> tuple[Fraction, ...]:
        return tuple((y - x) ** 2 * u / 8 for x, y, u in zip(low, top, bends, strict=True))

    slack = above(on_quadrant(mixture, kind), threshold, DIGITS, FEW)
    zero = Fraction(0)
    found = cover((zero, zero), (a, b), slack, losses, BUDGET, on_share)
    return found if isinstance(found, Inconclusive) else Everywhere((a, b), found)


def on_quadrant(mixture: Mixture, kind: str = "factor") -> Values:
    """min_m g_m at the amplitudes (a, b), or the least eigenvalue of ∇²L too."""
    zero = least_energy(Characters.of(mixture), ENERGY_DIGITS)

    def values(point: Point, digits: int) -> Number:
        if not any(point):
            return zero
        with ctx.workprec(int(digits * 3.33) + 60):
            weights = [to_ball(weight) for weight in mixture.weights]
            found = pairs.enclose(weights, [to_ball(x) for x in point], digits)
        spectrum = eigenvalues(found.hessian) if kind != "factor" else []
        return enclosed_bounds([*found.factors.values(), *spectrum])

    return values


def range_square() -> Ball:
    """``4a²(1 + 2/π) + (16√2/π) ab + 4b²`` at most, for a² + b² = 1: about 9.09.

    >>> 9.09 < float(range_square()) < 9.1
    True
    """
    top, cross = 4 + 8 / arb.pi(), 8 * arb(2).sqrt() / arb.pi()
    return (top + 4) / 2 + (((top - 4) / 2) ** 2 + cross**2).sqrt()


def far(a: Fraction, level: Fraction) -> bool:
    """Whether g_1, g_2 > level for all amplitudes of frequency 1 from a on."""
    with ctx.workprec(BITS):
        unit = to_ball(a) * (2 * arb.pi()).sqrt()
        root = arb(2).sqrt()
        least = 1 - ((4 + 8 / root) / unit).max(16 / root / unit)
        return bool(least > to_ball(level))


def high(mixture: Mixture, a: Fraction, b: Fraction, level: Fraction) -> bool:
    """Whether g_1, g_2 > level for all amplitudes of frequency 2 from b on, of frequency 1 to a."""
    with ctx.workprec(BITS):
        if not 1 - 8 / (to_ball(b) * (2 * arb.pi()).sqrt()) > to_ball(level):
            return False
        bound = to_ball(level)
        return on_intervals(a, FINEST, lambda low, top: _strip(mixture, low, top, b, bound))


def _strip(mixture: Mixture, low: Fraction, top: Fraction, b: Fraction, level: Ball) -> bool:
    """The bound of g_1 for low ≤ a ≤ top: at the middle, less what it can lose on the way."""
    pi = [to_ball(weight) for weight in mixture.weights]
    cosets = [(pi[0], pi[2]), (pi[1], pi[3])]
    middle, far_end, half = to_ball((low + top) / 2), to_ball(top), to_ball((top - low) / 2)
    (h, log_a, both_a), (g, log_b, both_b) = (coset_means(*pair, middle) for pair in cosets)
    unit = 2 * to_ball(b) * (2 * arb.pi()).sqrt()
    turn = 4 / (3 * arb(3).sqrt())  # of |2t(1−t²)|
    mean = (2 / arb.pi()).sqrt()  # of |u|
    limit = (h + g) / 2 - turn * mean * half
    across = both_a + both_b - h * log_b - g * log_a
    slope = arb(0)
    for p, q in cosets:
        size = abs((p + q).log())
        slope += turn * (mean * size + far_end) + mean  # E t² log A
        slope += turn * mean * (size + mean * far_end) + mean  # h' E log A
    rest = _cubic(cosets, far_end) / to_ball(b) ** 3
    at_b = limit + (across - slope * half - (h + g) - 2 * turn * mean * half) / unit - rest
    return bool(limit > level) and bool(at_b > level)


def coset_means(p: Ball, q: Ball, a: Ball) -> tuple[Ball, Ball, Ball]:
    """``E t², E log A, E t² log A`` for ``A = p e^{au} + q e^{−au}``, in balls.

    >>> h, _, _ = coset_means(arb(1) / 2, arb(1) / 2, arb(1))
    >>> round(float(h), 6)
    0.394294
    """
    norm = (2 * arb.pi()).sqrt()

    def mean(of: int) -> Ball:
        def integrand(z: acb, analytic: bool) -> acb:
            up = (a * z).exp()
            total, difference = p * up + q / up, p * up - q / up
            value = (-z * z / 2).exp() / norm
            if of != 1:
                value *= (difference / total) ** 2
            return value * total.log(analytic=analytic) if of else value

        inside = acb.integral(integrand, -REACH, REACH, abs_tol=arb(2) ** -30).real
        end = arb(REACH)
        density = (-end * end / 2).exp() / norm
        size = abs((p + q).log()) if of else arb(1)
        outside = 2 * density * (size / end + (a if of else 0))
        return inside + arb(0, outside.upper())

    return mean(0), mean(1), mean(2)


def _cubic(cosets: list[tuple[Ball, Ball]], a: Ball) -> Ball:
    """D, by two bounds of |ℓ|: offset + a(|u|+|v|), and another offset + a||u|−|v||.

    Norms: ``E(|u|+|v|)³ = 10√(2/π)``; for d = |u|−|v|, E d² = 2 − 4/π, E d⁴ = 12 − 32/π, E|d|³ ≤
    √(E d² E d⁴).
    """
    (p, q), (r, s) = cosets
    first, second = p + q, r + s
    near = abs((first / second).log())
    offset = abs((p.min(q) / second).log()).max(abs((first / r.min(s)).log()))
    mean = (2 / arb.pi()).sqrt()
    two, four = 2 - 4 / arb.pi(), 12 - 32 / arb.pi()
    third = arb(1) / 3
    linear = (near + 2 * a * mean).min(offset + a * two.sqrt())
    cube = near + a * (10 * mean) ** third
    cube = cube.min(offset + a * (two * four).sqrt() ** third)
    pi = arb.pi()
    return (pi * pi * linear + cube**3) / (48 * (2 * pi).sqrt())
