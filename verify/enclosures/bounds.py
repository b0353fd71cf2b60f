"""The error bounds of the rigorous engines, each a formula in balls with its hypotheses.

Notation: x ~ N(0, I_D) with density φ; lattice of steps h_a; means μ_j = R^j θ; S(x) = Σ_j π_j
e^{⟨x, μ_j⟩}, w_j its responsibilities. A function f stands for log S, or for 1 − |ŵ_m|² as the
analytic function ``Σ_{i≠j} w_i w_j (1 − cos(2πm(i−j)/k))``. Every bound is free of π. All
arguments are balls or exact numbers; the upper end of the result is the bound.

**In the tube.** Let y be parallel to axis a and ``ψ = |y| (max_j μ_ja − min_j μ_ja) < π``. The
terms of S(x+iy) are those of S(x) turned by phases in an interval of length ψ, so ``|S(x+iy)| ≥
S(x) cos(ψ/2)``: S has no zero, log S is analytic, ``|w_j(x+iy)| ≤ w_j(x)/cos(ψ/2)``, and the
argument of S lies between the least and the greatest phase. Hence (math.md section 6) ``|log
S(x+iy)| ≤ max_j|⟨x,μ_j⟩| − log cos(ψ/2) + max_j|⟨y,μ_j⟩|`` and, as the coefficients 1 − cos are ≥
0, ``|f_m(x+iy)| ≤ (1 − |ŵ_m(x)|²)/cos²(ψ/2) ≤ 1/cos²(ψ/2)``.
"""

from __future__ import annotations

from collections.abc import Sequence

from flint import arb

from overspec.verify.enclosures.ball import Ball, power


def geometric_pair(exponent: Ball) -> Ball:
    """``2 Σ_{n≥1} e^{−n·exponent} = 2/(e^exponent − 1)``, for exponent > 0."""
    return 2 / arb(exponent).expm1()


def lattice_mass(h: Ball, variance: Ball) -> Ball:
    """``Σ_n h (2π)^{−1/2} e^{−(nh)²/(2v)}`` is at most ``√v (1 + 2/(e^{2π²v/h²} − 1))``.

    Poisson: the sum is ``√v Σ_m e^{−2π²m²v/h²}``, and m² ≥ |m|. With v = 1 the total mass of the
    discrete Gaussian, which exceeds 1.
    """
    v = arb(variance)
    return v.sqrt() * (1 + geometric_pair(2 * arb.pi() ** 2 * v / arb(h) ** 2))


def lattice_aliasing(
    steps: Sequence[Ball],
    heights: Sequence[Ball],
    spreads: Sequence[Ball],
    reaches: Sequence[Ball],
    size: Ball,
) -> tuple[Ball, Ball]:
    """``|Σ over the whole lattice − E f|`` for f = log S and for f_m.

    One axis at a time: replace the sum over axis a by the integral while the axes before it are
    integrated already and those after it still summed. In one variable Poisson summation and a
    shift of the contour by ±i y_a give ``Σ_{n≠0} |F̂(2πn/h)| ≤ 2/(e^{2πy/h} − 1) · e^{y²/2} ∫ φ
    |f(t ± iy)| dt``. The other axes carry positive measures of mass Π_b ϑ_b (b after a) whose
    second moment per axis is at most that mass: for h ≤ 2π the lattice sum of t²φ(t) is
    ``Σ_m (1 − ξ_m²) e^{−ξ_m²/2} ≤ 1``. With ``max_j|⟨x,μ_j⟩| ≤ |θ||x|`` and Cauchy-Schwarz the
    factor for log S is ``(|θ|√D − log cos(ψ/2) + y·max_j|μ_ja|) Π ϑ_b``, for f_m it is
    ``Π ϑ_b / cos²(ψ/2)``.

    Hypotheses: 0 < h_a ≤ 2π; 0 < y_a; ``spreads[a]`` ≥ max_j μ_ja − min_j μ_ja with
    ``y_a·spreads[a] < π``; ``reaches[a]`` ≥ max_j |μ_ja|; size ≥ |θ|.

    Returns:
        the bound for log S, the bound for every f_m; not finite where a hypothesis fails.
    """
    dimension = len(steps)
    masses = [lattice_mass(h, arb(1)) for h in steps]
    log_total, factor_total = arb(0), arb(0)
    for a in range(dimension):
        h, y = arb(steps[a]), arb(heights[a])
        half = y * spreads[a] / 2
        if not (half < arb.pi() / 2 and h <= 2 * arb.pi() and y > 0 and h > 0):
            return arb.nan(), arb.nan()
        cosine = half.cos()
        rest = arb(1)
        for mass in masses[a + 1 :]:
            rest *= mass
        common = geometric_pair(2 * arb.pi() * y / h) * (y * y / 2).exp() * rest
        log_total += common * (size * arb(dimension).sqrt() - cosine.log() + y * reaches[a])
        factor_total += common / cosine**2
    return log_total, factor_total


def lattice_truncation(steps: Sequence[Ball], radius: Ball, size: Ball) -> tuple[Ball, Ball]:
    """The lattice sum (not merely the integral) over nodes with |x| > T, for log S and for f_m.

    ``1{|x|>T} ≤ e^{s(|x|²−T²)/2}`` with ``s = 1 − D/T²`` turns the tail into a product of full
    lattice sums with variance ``1/(1−s) = T²/D``: at most ``e^{−(T²−D)/2} Π_a ϑ(h_a, T²/D)``. For
    |log S| ≤ |θ||x| the same holds times |θ|T, as r e^{−sr²/2} decreases for r ≥ T once sT² ≥ 1.
    ``|f_m| ≤ 1``.

    Hypotheses: T² ≥ D + 1; size ≥ |θ|; all nodes with |x| ≤ T are in the sum.
    """
    dimension = len(steps)
    square = arb(radius) ** 2
    if not square >= dimension + 1:
        return arb.nan(), arb.nan()
    tail = (-(square - dimension) / 2).exp()
    for h in steps:
        tail *= lattice_mass(h, square / dimension)
    return tail * arb(radius) * size, tail


def laplace_inner_aliasing(a: int, step: Ball, c: Ball, angle: Ball) -> Ball:
    """The trapezoidal error of ``P_a(τ) = E G_a(τ + cg)``, ``G_a(u) = e^{au} exp(−e^u)``.

    The step is δ in the variable cg. A shift of g by ±i·angle/c keeps ``|G_a| ≤ e^{au} exp(−e^u
    cos(angle))``, at most 1 for a = 0 and ``(a/(e cos(angle)))^a`` for a ≥ 1: ``|err| ≤
    2/(e^{2π·angle/δ} − 1) · e^{angle²/(2c²)} · sup|G_a|``. With angle = π/2 and a = 0 this is
    math.md's ``2 e^{π²/(8c²)}/(e^{π²/δ} − 1)``.

    Hypotheses: δ > 0, c > 0; 0 < angle < π/2.
    """
    y = arb(angle)
    if not (y > 0 and y < arb.pi() / 2):
        return arb.nan()
    top = power(a / (arb(1).exp() * y.cos()), a)
    return geometric_pair(2 * arb.pi() * y / step) * (y * y / (2 * c * c)).exp() * top


def laplace_inner_truncation(a: int, step: Ball, c: Ball, count: int) -> Ball:
    """The part of that sum with |n| > count.

    ``sup G_a ≤ (a/e)^a``, 1 for a = 0, and the Gaussian weights fall at least geometrically: with
    ``t = (count+1) δ/c`` the rest is at most ``2 (δ/c) φ(t) / (1 − e^{−tδ/c})`` times that.
    """
    h = arb(step) / c
    t = (count + 1) * h
    top = power(a / arb(1).exp(), a)
    phi = (-t * t / 2).exp() / (2 * arb.pi()).sqrt()
    return 2 * h * phi / -(-t * h).expm1() * top


def laplace_outer_aliasing(step: Ball, c: Ball, angle: Ball) -> tuple[Ball, Ball]:
    """The trapezoidal error of the integral over τ, for log S and for every f_m.

    On τ = t + i·angle, with ``ζ = e^τ``: for f_m the integrand is ``Σ_{i≠j} (1−cos) E[p_i p_j ζ²
    e^{−Sζ}]``, p_i = π_i e^{z_i}; its modulus integrates to at most ``E f_m / cos² ≤ 1/cos²``. For
    log S, ``|e^{−s₀ζ} − e^{−Sζ}| ≤ |∫_{s₀}^{S} |ζ| e^{−s|ζ|cos} ds|`` integrates to ``E|log(S/s₀)|
    / cos``. By Jensen ``log S ≥ ℓ = Σ π_j z_j`` with E ℓ = 0 and E|ℓ| ≤ c, and ``E log S ≤ log s₀ =
    c²/2``, so ``E|log(S/s₀)| ≤ c²/2 + E(log S − ℓ) + E|ℓ| ≤ c² + c``.

    Hypotheses: 0 < angle < π/2; s₀ = e^{c²/2}.
    """
    y = arb(angle)
    if not (y > 0 and y < arb.pi() / 2):
        return arb.nan(), arb.nan()
    pair = geometric_pair(2 * arb.pi() * y / step)
    return pair * (c * c + c) / y.cos(), pair / y.cos() ** 2


def laplace_left_tail(step: Ball, c: Ball, squares: Ball, first: Ball) -> tuple[Ball, Ball]:
    """The sum over nodes τ < first (a node), for log S and for every f_m.

    ``e^{−x} − 1 + x ∈ [0, x²/2]`` for x ≥ 0 and E S = s₀, so ``|e^{−s₀e^τ} − E e^{−Se^τ}| ≤
    max(s₀², E S²) e^{2τ}/2 = E S² e^{2τ}/2`` with ``E S² = s₀² + Σπ_j² (e^{2c²} − e^{c²})``. For
    f_m the integrand lies between 0 and ``Σ_{i≠j} (1−cos) π_i π_j s₀² e^{2τ} ≤ s₀² e^{2τ}``. The
    nodes make a geometric series.

    Hypotheses: squares ≥ Σ_j π_j²; z_j independent N(0, c²).
    """
    s0_squared = (c * c).exp()
    series = step * (2 * (first - step)).exp() / -(-2 * arb(step)).expm1()
    second = s0_squared + squares * ((2 * c * c).exp() - s0_squared)
    return second / 2 * series, s0_squared * series


def laplace_right_tail(
    step: Ball, c: Ball, squares: Ball, last: Ball, exponent: Ball
) -> tuple[Ball, Ball]:
    """The sum over nodes τ > last (a node), for log S and for every f_m.

    Jensen: ``e^{−s₀e^τ} ≤ E e^{−Se^τ}`` and ``S ≥ e^ℓ``, ``ℓ = Σ π_j z_j ~ N(0, c²Σπ_j²)``. With
    ``v^q e^{−v} ≤ (q/e)^q``: ``E e^{−Se^τ} ≤ (p/e)^p e^{−pτ + p²c²Σπ_j²/2}`` for every p > 0, and
    ``E (Se^τ)² e^{−Se^τ}``, which bounds the integrand of f_m, is at most the same with
    ``((p+2)/e)^{p+2}``. The nodes make a geometric series of ratio e^{−pδ}.

    Hypotheses: exponent p > 0; squares ≥ Σ_j π_j².
    """
    p = arb(exponent)
    if not p > 0:
        return arb.nan(), arb.nan()
    series = step / -(-p * step).expm1()
    common = series * (-p * (last + step) + p * p * c * c * squares / 2).exp()
    return common * (p * (p.log() - 1)).exp(), common * ((p + 2) * ((p + 2).log() - 1)).exp()
