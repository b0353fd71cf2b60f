"""Bounds for large |θ| and for what lies between points, in balls: what a cover of θ needs.

**Tail of the factors** on a regular-simplex orbit of norm r, ``m_k = E max`` of k standard
normals. By S6 and S1 ``Σ_m (1 − g_m) e_m = ⟨M(θ),θ⟩ = E Σ_j w_j⟨x,R^jθ⟩ ≤ E max_j⟨x,R^jθ⟩ =
r√(k/(k−1)) m_k``. If all g_m are equal this is ``1 − g ≤ √(k/(k−1)) m_k / r``. In general, as
each real dimension has energy r²/(k−1) and ``Σ_{m≠0} (1 − |ŵ_m|²) = k(1 − Σ w_j²)``, it says ``1 −
E Σ w_j² ≤ √((k−1)/k) m_k/r``; and ``1 − g_m = E Σ_{i≠j} (1 − cos) w_i w_j ≤ 2 (1 − E Σ w_j²)``.

**Tail of the radial eigenvalue** of DM, ``λ = E Var_w(Z)`` with ``Z_j = ⟨x,R^jθ⟩/r``: ``Var_w Z =
Σ_{i<j} w_i w_j (Z_i−Z_j)²``, ``w_i w_j ≤ ¼ sech²(½(r(Z_i−Z_j) + b_ij))``, ``b_ij =
log(π_i/π_j)``. ``Z_i − Z_j`` is normal, of variance ``s² = 2k/(k−1)`` and density at most
``1/(s√(2π))``, and
``∫ ¼ sech²(v/2) (v − b)² dv = π²/3 + b²``: ``λ ≤ Σ_{i<j} (π²/3 + b_ij²)/(√(2π) s r³)``.

**Tail of all eigenvalues** of DM, |u| = 1: ``⟨u, DM u⟩ = E Σ_{i<j} w_i w_j ⟨x,(R^i−R^j)u⟩²``.
Split ``(R^i−R^j)u`` along μ_i − μ_j, of length δ = sr, and across, where x is independent of the
exponents' difference: at most ``|(R^i−R^j)u|² max(1/δ, (π²/3+b_ij²)/δ³)/√(2π)`` as ``∫ ¼
sech²(v/2) dv = 1``. ``Σ_{i<j} |(R^i−R^j)u|² = k²``, as ``Σ_j R^j u = 0``.

**Tail over all θ, k an odd prime.** No pair of means stays together: at i − j = h their distance is
``δ² = 4 Σ_l e_l sin²(πlh/k) ≥ 4 sin²(π/k)|θ|²``. (Frequency 0 plays no part: |θ| is without it.)
Every pair is c ± t with one middle c and 1 ≤ t ≤ (k−1)/2. Its exponents are ``A_t ± D_t/2``, A_0
that of c, and all D are independent of all A, as ⟨μ_i,μ_j⟩ is even in i − j. Let ``B_0 = π_c
e^{A_0}``, ``B_t = √(π_{c+t}π_{c−t}) e^{A_t}``, ``σ_t = (B_0 + 2 Σ_{s≠t} B_s)/B_t``. As cosh ≥ 1 for
the other pairs, ``w_{c+t}w_{c−t} ≤ (2cosh(y/2) + σ_t)^{−2}``, y = D_t + b; given the A, y has
density at most 1/(δ_t√(2π)), and

    ``F(σ) = ∫ dy (2cosh(y/2) + σ)^{−2} ≤ 2/(2+σ)``:

with a = σ/2 and ``K(a) = ∫_0^{π/2} dφ/(1 + a sin φ)`` it is ``−K' = (1−aK)/(1−a²)``, at most
1/(1+a) as K falls and is 1 at a = 1. So ``E w_{c+t}w_{c−t} ≤ E v_t/(δ_t√(2π))`` with the shares
``v_t = 2B_t/(B_0 + 2 Σ_s B_s)``; ``Σ_t v_t = 1 − v_0 ≤ 1 − w_c``, since 2B_s is at most what the
pair adds to S, and over all c that is k − 1, whatever the weights. Since ``sin² ≤ cos²(π/2k)`` in
``1 − g_m = 4 Σ_c Σ_t sin²(2πmt/k) E w_{c+t}w_{c−t}``,

    ``1 − g_m ≤ 2(k−1) cos²(π/2k) / (√(2π) sin(π/k) |θ|)``:  4.91/|θ| at k = 5.

For u along the amplitudes ``⟨x,(R^{c+t}−R^{c−t})u⟩`` is independent of the A too, and its square
brings ``|(R^{2t}−I)u|²`` times the larger of F/δ and Q/δ³ at most, ``Q = π²/3+T²``, T the largest
|b_ij|: ``Q/δ³ + v max(1/δ − Q/δ³, 0)``. The first is convex in the energies of θ, so largest where
θ has one frequency, the first, say; the other at the least δ, or at √(3Q). All other eigenvalues of
∇²L are g_m (S8).

**Between points**, by the range ``ρ_u = max_j − min_j ⟨x,R^ju⟩`` and ``K_p ≥ sup_{|u|=1} E ρ_u^p``
(`proofs.rates.radius_bound`). Along a line of unit speed, with f_j = ω^{mj}, t = |ŵ_m| and ``Y_j``
the slope of the j-th exponent, ``|ŵ_m'|² = |Cov(f,Y)|² ≤ (1−t²) ρ²/4`` and ``|ŵ_m''| =
|Cov(f,Ȳ²)| ≤ √(1−t²) ρ²/4``, so ``(|ŵ_m|²)'' ≤ ¼ρ² (2(1−t²) + 2t√(1−t²)) ≤ ¼ρ²(1 + √2)``
and ``|(|ŵ_m|²)'| ≤ 2t√(1−t²) ρ/2 ≤ ρ/2``. The fourth cumulant of a variable of range ρ lies between
``−ρ⁴/8`` and ``ρ⁴/16`` (μ₄ − 3μ₂² ≥ −2μ₂², μ₂ ≤ ρ²/4; Var Ȳ² ≤ ρ⁴/16), which bounds the fourth
derivative of L. For mixed directions ``−κ(Y,Y,Z,Z) = V_Y V_Z + 2C² − E Ȳ²Z̄² ≤ 2 V_Y V_Z ≤
ρ_Y²ρ_Z²/8`` by ``C² ≤ E Ȳ²Z̄²`` and ``C² ≤ V_Y V_Z``: the second derivative of every ``⟨u,∇²L u⟩``
along a line is at most ``K_4/8`` too, so λ_min lies above its interpolation by as little; the first
is at most ``E ρ_u²ρ_v/8 ≤ √(K_2 K_4)/8``.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import reduce
from itertools import combinations

from flint import arb, ctx, fmpq
from sympy import isprime

from overspec.errors import InputError
from overspec.mixture import Mixture
from overspec.verify.enclosures.ball import Ball, dyadic, to_ball
from overspec.verify.enclosures.cover import Losses

BITS = 96
MOST_PRIME = 1000
MOST_COMPONENTS = 8  # up to which the tail of all eigenvalues, k²/r, is at a useful radius


def range_moment(k: int, power: int) -> Ball:
    """``K_p`` as a ball, p = 2 or 4: exact for k = 2, 3, else from the tail of a maximum.

    The closed forms are those of `proofs.rates.radius_bound.range_moment`, evaluated without SymPy.
    p = 6 in the same way, k ≥ 4: ``ρ⁶ ≤ 2⁵(max⁶ + min⁶)``, and ``P(max > s) ≤ (k/2)e^{−s²/2}``.

    >>> round(float(range_moment(3, 2)), 4), round(float(range_moment(2, 4)), 4)
    (5.481, 48.0)
    """
    pi, root = arb.pi(), arb(3).sqrt()
    if k == 2:
        return arb(4 if power == 2 else 48)
    if k == 3 and power == 2:
        return 3 + 9 * root / (2 * pi)
    if k == 3:
        return 27 + 72 * (root / 2 * 3 / (2 * pi) + root / 2 * 3 / (16 * pi))
    level = (arb(k) / 2).log()
    if power == 6:
        return 512 * (level**3 + 3 * level**2 + 6 * level + 6)
    return 8 * level + 8 if power == 2 else 64 * (level * level + 2 * level + 2)


def factor_curvature(k: int) -> Ball:
    """``g_m'' ≤ (1+√2) K_2/4`` along every line of unit speed."""
    return (1 + arb(2).sqrt()) * range_moment(k, 2) / 4


def factor_slope(k: int) -> Ball:
    """``|g_m'| ≤ √K_2/2``."""
    return range_moment(k, 2).sqrt() / 2


def fourth_derivative(k: int) -> Ball:
    """``|D⁴L(θ)[u,u,u,u]| ≤ K_4/8`` for |u| = 1."""
    return range_moment(k, 4) / 8


def third_derivative(k: int) -> Ball:
    """``|D³L(θ)[u,u,v]| ≤ √(K_2 K_4)/8`` for |u| = |v| = 1."""
    return (range_moment(k, 2) * range_moment(k, 4)).sqrt() / 8


def maximum(k: int) -> Ball:
    """An upper bound of m_k: ``1/√π``, ``3/(2√π)``, else ``√(2 log k)``."""
    if k <= 3:
        return arb(k) / 2 / arb.pi().sqrt() if k == 3 else 1 / arb.pi().sqrt()
    return (2 * arb(k).log()).sqrt()


def factor_tail(mixture: Mixture) -> Ball:
    """C with ``g_m ≥ 1 − C/r`` for all m on the regular-simplex orbit of norm r."""
    k = mixture.k
    if k <= 3 or mixture.weights.alike:
        return (arb(k) / (k - 1)).sqrt() * maximum(k)
    return 2 * (arb(k - 1) / k).sqrt() * maximum(k)


def radial_tail(mixture: Mixture) -> Ball:
    """T with ``λ ≤ T/r³``, λ the eigenvalue of DM along θ.

    Raises:
        InputError: more weights than pairs can be listed.
    """
    k = mixture.k
    if k > 200:
        raise InputError(f"k = {k}: the radial tail sums over pairs of weights, to k = 200")
    logs = [to_ball(weight).log() for weight in mixture.weights]
    pairs = list(combinations(logs, 2))
    total = len(pairs) * arb.pi() ** 2 / 3 + sum(((a - b) * (a - b) for a, b in pairs), arb(0))
    return total / ((2 * arb.pi()).sqrt() * (arb(2 * k) / (k - 1)).sqrt())


def matrix_tail(mixture: Mixture, radius: Ball) -> Ball:
    """A bound of λ_max(DM) on all regular-simplex orbits of norm ≥ radius, any k."""
    k = mixture.k
    gap = (arb(2 * k) / (k - 1)).sqrt() * radius
    widest = arb.pi() ** 2 / 3 + _widest(mixture)
    return k * k / (2 * arb.pi()).sqrt() * (1 / gap).max(widest / gap**3)


def _widest(mixture: Mixture) -> Ball:
    """T², T the largest ``|log(π_i/π_j)|``."""
    logs = [to_ball(weight).log() for weight in dict.fromkeys(w for w, _ in mixture.weights.runs)]
    squares = ((a - b) * (a - b) for a, b in combinations(logs, 2))
    return reduce(arb.max, squares, arb(0))


def prime_tail(mixture: Mixture, kind: str, radius: Ball) -> Ball:
    """A bound of ``max_m 1 − g_m``, or of ``1 − λ_min(∇²L)``, over all |θ| ≥ radius, for k prime.

    Raises:
        InputError: k is not an odd prime, or beyond 1000.

    >>> mixture = Mixture.simplex(5, "linear")
    >>> 0.49 < float(prime_tail(mixture, "factor", arb(10))) < 0.492
    True
    """
    k, q = mixture.k, arb(0)
    if k > MOST_PRIME or k == 2 or not isprime(k):
        raise InputError(f"k = {k}: all theta have such a tail bound for odd prime k, to 1000")
    if kind != "factor":
        q = arb.pi() ** 2 / 3 + _widest(mixture)
    turns = range(1, k // 2 + 1)
    squares = [arb.sin_pi_fmpq(fmpq(h, k)) ** 2 for h in range(k)]
    cubes = [(4 * radius * radius * squares[2 * t]) ** fmpq(3, 2) for t in turns]
    sums = [
        sum((squares[2 * m * t % k] / cube for t, cube in zip(turns, cubes, strict=True)), arb(0))
        for m in turns
    ]
    along = sums[0]
    for each in sums[1:]:
        along = along.max(each)
    least = (2 * radius * squares[1].sqrt()).max((3 * q).sqrt())
    shared = squares[k // 2] * (1 / least - q / least**3)
    return 4 / (2 * arb.pi()).sqrt() * (k * q * along + (k - 1) * shared)


def tail_radius(mixture: Mixture, kind: str, threshold: float, single: bool = True) -> float:
    """Where the tail bounds take over: beyond, λ > threshold. 0 where none is at hand.

    A choice in doubles; `bracket.tail_holds` checks the inequalities in balls.

    Args:
        mixture, kind, threshold: what is asked.
        single: regular simplices and k ≤ 3, or else all θ, k prime.
    """
    if not single:
        if mixture.k > MOST_PRIME or not isprime(mixture.k):
            return 0.0
        reach = 1.0
        while float(prime_tail(mixture, kind, arb(reach)).mid()) > 1 - threshold:
            reach *= 1.01
        return reach
    reach = float(factor_tail(mixture).mid()) / (1 - threshold)
    if kind == "factor":
        return reach
    if mixture.k > MOST_COMPONENTS:
        return 0.0
    if mixture.k <= 3:
        return max(reach, math.cbrt(float(radial_tail(mixture).mid()) / (1 - threshold)))
    while float(matrix_tail(mixture, arb(reach)).mid()) > 1 - threshold:
        reach *= 1.01
    return reach


def bend_of(k: int, kind: str) -> Fraction:
    """U: no branch of λ has a second derivative above it along a radius."""
    with ctx.workprec(BITS):
        bend = up(factor_curvature(k))
        return bend if kind == "factor" else max(bend, up(fourth_derivative(k)))


def losses(k: int, kind: str) -> Losses:
    """h² U/8 along the radius; along the circle f_ψψ = r² f_tt − r f_r with lines tt."""
    bend = bend_of(k, kind)
    with ctx.workprec(BITS):
        slope = up(factor_slope(k))
        if kind != "factor":
            slope = max(slope, up(third_derivative(k)))
        quarter = up(arb.pi() * arb.pi() / 4)

    def of(low: tuple[Fraction, ...], high: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
        sides = [b - a for a, b in zip(low, high, strict=True)]
        radial = sides[0] ** 2 * bend / 8
        if len(sides) == 1:
            return (radial,)
        around = quarter * (high[0] ** 2 * bend + high[0] * slope)
        return (radial, sides[1] ** 2 * around / 8)

    return of


def up(value: Ball) -> Fraction:
    """An upper bound, exactly."""
    return dyadic(value.upper())
