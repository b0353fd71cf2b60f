"""Weights that keep a simplex at every radius have a flat spectrum of log π, too (H).

``w_j ∝ e^{c y_j}`` with ``y_j = γ_j + ℓ_j/c``, ℓ = log π: the weights enter by the law of y alone.
So ``E[w_iw_j]`` is a series in ℓ/c whose coefficients are moments of s = softmax(cγ); with T_ab the
moment of ``s_is_j`` and the Hermite polynomial ``γ_aγ_b − δ_ab``, order 2 is
``½c⁻² Σ_ab T_ab ℓ_aℓ_b``. As c → ∞, ``c E[s_is_j f(γ)]`` tends to the integral in t of φ(t)² times
E f with γ_i = γ_j = t and the others below; with n = k − 2 others ``c T_ij → ∫t²φ²Φⁿ``,
``c T_il → −∫tφ³Φ^{n−1}``, ``c T_ll' → ∫φ⁴Φ^{n−2}``, and so

    ``c³(g_m − g_l) → κ (|ℓ̂_m|² − |ℓ̂_l|²)``,  ``κ = ∫ φ²Φ^{n−2}(tΦ + φ)² dt > 0``.
"""

from __future__ import annotations

from overspec.proofs.language.analysis import Log, Named
from overspec.proofs.language.expression import ONE, ZERO, Expr, Mul, Pow, Sym
from overspec.proofs.language.operators import (  # fmt: skip
    I_,
    L_,
    M_,
    PI,
    Abs2,
    Delta,
    Hat,
    J,
    K,
    Root_,
    over,
)
from overspec.proofs.language.ranges import PLANES, Z_K
from overspec.proofs.language.statement import (  # fmt: skip
    DoesNotFollow,
    Every,
    If,
    Statement,
    Where,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step

TILT = Hypothesis(
    "tilt",
    "π enters E[w_iw_j] by the law of y = γ + ℓ/c alone, so that it is a series in ℓ/c, its terms "
    "moments of softmax(cγ) with Hermite polynomials, the remainder after order 2 being O(c^{-4})",
    "Taylor expansion of Gaussian densities",
)
TOP_TWO = Hypothesis(
    "top two",
    "for s = softmax(cγ) and polynomials f, c E[s_is_j f(γ)] tends to the integral over t of "
    "φ(t)² times E of f with γ_i = γ_j = t where the other γ_l ≤ t",
    "dominated convergence: only where γ_i and γ_j are the two largest and O(1/c) apart",
)
ELL, RADIUS = Sym("u", "ell"), Sym("r")
NAMES = ("a", "b", "f_aa", "f_ab", "f_bb", "q", "t", "g", "h")
_A, _B, _TIJ, _TIL, _TLL, _Q, _T, _PHI, _CDF = map(Sym, NAMES)


def flat_logs(gain: Theorem, others: int = 2) -> Theorem:
    """If the g_m agree at every r, then so do the ``|ℓ̂_m|²``.

    Args:
        gain: what g_m is (S6).
        others: how often a pair of one of i, j and another counts; 2 but in false variants.
    """
    i, j = ELL[I_], ELL[J]
    pair = _A + _B * (i + j) + _TLL * (i**2 + j**2) + _TIJ * i * j
    constant = K * _A + 2 * _B * over(L_, ELL[L_]) + 2 * _TLL * over(L_, ELL[L_] ** 2)
    spread = step(
        "Of a symmetric function of ℓ_i and ℓ_j of degree 2, the g_m, m ≠ 0, see ℓ_iℓ_j alone.",
        over(I_, over(J, pair * Root_(M_ * (I_ - J)))),
        _TIJ * Abs2(Hat(ELL, M_)) + K * Delta(M_, ZERO) * constant,
        "sums over i and j separate",
        (M_, PLANES),
    )
    product = _TIJ - others * _TIL + _TLL
    collected = step(
        "Order 2 in ℓ, a = ℓ_i, b = ℓ_j, Σℓ = 0, q = Σℓ²: the moments T_ij, T_il of one of them "
        "with another l, and T_ll' of two others, here f_aa, f_ab, f_bb.",
        _TIJ * _A * _B - _TIL * (_A + _B) ** 2 + _TLL * ((_A + _B) ** 2 - _Q) / 2,
        product * _A * _B + (_TLL / 2 - _TIL) * (_A**2 + _B**2) - _TLL * _Q / 2,
        "Σ_l ℓ_l = −(a + b) over the others",
    )
    square = step(
        "As c → ∞, c times the coefficient of ℓ_iℓ_j is ∫φ²Φ^{k−4} of this, g = φ and h = Φ at t: "
        "it is positive.",
        _T**2 * _CDF**2 + others * _T * _PHI * _CDF + _PHI**2,
        (_T * _CDF + _PHI) ** 2,
        "a square",
    )
    return _flat(gain, spread, collected, square)


def _flat(*premises: Theorem) -> Theorem:
    """c³(g_m − g_1) → κ(|ℓ̂_m|² − |ℓ̂_1|²), κ an integral of a square: 0 if the g_m agree."""

    def infer(gain: Statement, spread: Statement, collected: Statement,
              square: Statement) -> Statement:  # fmt: skip
        seen, terms, positive = relation(spread), relation(collected), relation(square)
        weight, flat = seen.rhs.terms[0].factors  # type: ignore[attr-defined]
        first = terms.rhs.terms[0]  # type: ignore[attr-defined]
        if weight != _TIJ or first.factors[-2:] != (_A, _B):
            raise DoesNotFollow("not the coefficient of ℓ_iℓ_j")
        limit = {_TIJ: _T**2 * _CDF**2, _TIL: -_T * _PHI * _CDF, _TLL: _PHI**2}
        coefficient: Expr = first.factors[0].put(limit)
        if coefficient != positive.lhs or not isinstance(positive.rhs, Pow):
            raise DoesNotFollow("no square")
        g = relation(gain).lhs.put({Sym("theta"): RADIUS})
        if not isinstance(g, Named) or isinstance(flat, Mul):
            raise DoesNotFollow("not the factor g_m")
        agree = Every(M_, PLANES, Every(RADIUS, None, equals(g, g.put({M_: ONE}))))
        same = Every(M_, PLANES, equals(flat, flat.put({M_: ONE})))
        return Where(If(agree, same), Every(J, Z_K, equals(ELL[J], Log(PI[J]))))

    return Rule("the spectrum of log π", infer, (TILT, TOP_TWO))(*premises)
