"""Bounds for the rigorous engines' second derivatives of L; notation of `enclosures.bounds`.

By S5 a second derivative is ``δ_mn − E f_mn``, ``f_mn = Cov_w(Y^m, Y^n) = Σ_{i<j} w_i w_j (Y^m_i −
Y^m_j)(Y^n_i − Y^n_j)``, with ``Y^m_j = ⟨x, R^j e_m⟩`` the slope of the j-th exponent along the unit
vector e_m in block m. On a regular-simplex orbit it is, by the Stein form of
`enclosures.laplace_hessian`, the expectation of polynomials in the w_j of degree 2, 3, 4.
"""

from __future__ import annotations

from collections.abc import Sequence

from flint import arb

from overspec.verify.enclosures.ball import Ball, power
from overspec.verify.enclosures.bounds import geometric_pair, lattice_mass

#: t_2, t_3, t_4 of `polynomial_outer_aliasing`.
Sizes = tuple[Ball, Ball, Ball]


def covariance_aliasing(
    steps: Sequence[Ball], heights: Sequence[Ball], spreads: Sequence[Ball]
) -> Ball:
    """``|Σ over the whole lattice − E f_mn|``.

    As in `bounds.lattice_aliasing`, one axis at a time. At x + iy, y along one axis, ``|w_i w_j| ≤
    w_i w_j/cos²(ψ/2)`` and ``|Y_i − Y_j|² = (Y_i − Y_j)(x)² + (Y_i − Y_j)(y)²``. By Cauchy-Schwarz
    over the pairs ``|f_mn| ≤ √(V_m V_n)/cos²``, with ``V_m = Var_w Y^m(x) + Var_w Y^m(y) ≤ |x_m|² +
    y²``, x_m the part of x in block m, since ``|Y^m_j(x)| ≤ |x_m|``. A block has at most two axes,
    of second moment at most the mass of the measure there: the factor is ``(2 + y²) Π_b ϑ_b /
    cos²(ψ/2)``.

    Hypotheses: 0 < h_a ≤ 2π; 0 < y_a, ``y_a · spreads[a] < π``, ``spreads[a] ≥ max_ij |μ_ia −
    μ_ja|``; not finite otherwise.
    """
    masses = [lattice_mass(h, arb(1)) for h in steps]
    total = arb(0)
    for a, (step, height) in enumerate(zip(steps, heights, strict=True)):
        h, y = arb(step), arb(height)
        half = y * spreads[a] / 2
        if not (half < arb.pi() / 2 and h <= 2 * arb.pi() and y > 0 and h > 0):
            return arb.nan()
        rest = arb(1)
        for mass in masses[a + 1 :]:
            rest *= mass
        pair = geometric_pair(2 * arb.pi() * y / h) * (y * y / 2).exp()
        total += pair * rest * (2 + y * y) / half.cos() ** 2
    return total


def covariance_truncation(steps: Sequence[Ball], radius: Ball) -> Ball:
    """The lattice sum of |f_mn| over nodes with |x| > T.

    ``|f_mn| ≤ |x_m||x_n| ≤ |x|²``; with s of `bounds.lattice_truncation` the function ``r²
    e^{−sr²/2}`` decreases for r ≥ T once ``sT² = T² − D ≥ 2``.

    Hypotheses: T² ≥ D + 2; all nodes with |x| ≤ T are in the sum.
    """
    dimension = len(steps)
    square = arb(radius) ** 2
    if not square >= dimension + 2:
        return arb.nan()
    tail = square * (-(square - dimension) / 2).exp()
    for h in steps:
        tail *= lattice_mass(h, square / dimension)
    return tail


def polynomial_outer_aliasing(step: Ball, angle: Ball, sizes: Sizes) -> Ball:
    """The trapezoidal error of ``Σ_n ∫ e^{nτ} E[T_n(p) e^{−Se^τ}]/Γ(n) dτ = Σ_n E T_n(w)``.

    T_n is a polynomial of degree n in ``p_j = π_j e^{z_j}``, ``|T_n(p)| ≤ t_n S^n`` even with the
    absolute values of its coefficients. On τ + i·angle the modulus of each term integrates to at
    most ``E |T_n|(w)/cos^n(angle) ≤ t_n/cos^n(angle)``.

    Hypotheses: 0 < angle < π/2; not finite otherwise.
    """
    y = arb(angle)
    if not (y > 0 and y < arb.pi() / 2):
        return arb.nan()
    total = sum((t / power(y.cos(), n) for n, t in enumerate(sizes, 2)), arb(0))
    return geometric_pair(2 * arb.pi() * y / step) * total


def polynomial_left_tail(step: Ball, c: Ball, first: Ball, sizes: Sizes) -> Ball:
    """The nodes τ < first (a node) of that sum.

    No monomial of T_n has a component above power 2 or more than n − 2 squares, so its expectation
    is at most ``Π π · s₀^n e^{(n−2)c²}``; the nodes make geometric series.

    Hypotheses: as said of T_n, and Σ |coefficient| Π π ≤ t_n.
    """
    s0, total = (c * c / 2).exp(), arb(0)
    for n, t in enumerate(sizes, 2):
        series = step * (n * (first - step)).exp() / -(-n * arb(step)).expm1()
        total += t / _gamma(n) * power(s0, n) * ((n - 2) * c * c).exp() * series
    return total


def polynomial_right_tail(
    step: Ball, c: Ball, squares: Ball, last: Ball, exponent: Ball, sizes: Sizes
) -> Ball:
    """The nodes τ > last (a node) of that sum.

    As in `bounds.laplace_right_tail`: ``E (Se^τ)^n e^{−Se^τ} ≤ ((p+n)/e)^{p+n} e^{−pτ +
    p²c²Σπ_j²/2}``.

    Hypotheses: exponent p > 0; squares ≥ Σ_j π_j²; not finite otherwise.
    """
    p = arb(exponent)
    if not p > 0:
        return arb.nan()
    series = step / -(-p * step).expm1()
    common = series * (-p * (last + step) + p * p * c * c * squares / 2).exp()
    total = arb(0)
    for n, t in enumerate(sizes, 2):
        total += t / _gamma(n) * ((p + n) * ((p + n).log() - 1)).exp()
    return common * total


def _gamma(n: int) -> int:
    return 1 if n == 2 else 2 if n == 3 else 6
