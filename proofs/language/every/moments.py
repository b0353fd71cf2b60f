"""Cumulants of ⟨x, R^jθ⟩, mean and covariance of the R^jθ, as index sums: what T6 speaks of."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import Any

from overspec.proofs.language.every import forms, sums
from overspec.proofs.language.every.calculus import applied, inner, outer, trace, turned
from overspec.proofs.language.every.evaluate import index, over_all
from overspec.proofs.language.every.gauss import expected
from overspec.proofs.language.every.sums import ONE, Sums
from overspec.proofs.language.expression import Expr, Unevaluable

THETA, X = sums.vector("theta"), sums.vector("x")


def order(n: Expr, env: Any) -> int:
    """A whole number in the place of an index."""
    found = forms.whole(index(n, env))
    if found is None or found < 1:
        raise Unevaluable("an order that is no number")
    return found


def _raw(n: int, sign: int = 1) -> Sums:
    """``M_n = Σ_j π_j y_j^n`` as a letter, M_0 = 1; of ±y."""
    return sums.number(f"M_{n}") * sign**n if n else ONE


def central(n: int) -> Sums:
    """The mean for n = 1, else ``μ_n = Σ_i C(n, i) M_i (−M_1)^{n−i}``.

    >>> central(2) == sums.number("M_2") - sums.number("M_1") * sums.number("M_1")
    True
    """
    if n == 1:
        return _raw(1)
    out = sums.ZERO
    for i in range(n + 1):
        out = out + _raw(i) * (-_raw(1)) ** (n - i) * comb(n, i)
    return out


def cumulant(n: int, sign: int = 1, moment: Any = None) -> Sums:
    """``κ_n = M_n − Σ_{0<i<n} C(n − 1, i − 1) κ_i M_{n−i}``, the coefficients of a logarithm."""
    of = moment or (lambda i: _raw(i, sign))
    known: dict[int, Sums] = {}
    for p in range(1, n + 1):
        known[p] = of(p)
        for i in range(1, p):
            known[p] = known[p] - known[i] * of(p - i) * comb(p - 1, i - 1)
    return known[n]


def expected_(n: int) -> Sums:
    """``E κ_n``, κ_n a cumulant of ⟨x, R^jθ⟩ under π."""

    def moment(i: int) -> Sums:
        return over_all(lambda j: sums.entry("pi", j) * inner(X, turned(THETA, j)) ** i)

    return expected(cumulant(n, moment=moment))


def mean() -> Sums:
    """``T₁ = Σ_j π_j R^jθ``."""
    return over_all(lambda j: sums.entry("pi", j) * turned(THETA, j))


def covariance() -> Sums:
    """``Σ = Σ_j π_j R^jθ(R^jθ)ᵀ − T₁T₁ᵀ``, the weights of sum 1."""

    def term(j: forms.Form) -> Sums:
        point = turned(THETA, j)
        return sums.entry("pi", j) * outer(point, point)

    return over_all(term) - outer(mean(), mean())


def square() -> Sums:
    """``|θ|²``."""
    return inner(THETA, THETA)


def mean2() -> Sums:
    """``|T₁|²``."""
    return inner(mean(), mean())


def frobenius() -> Sums:
    """``‖Σ‖²``."""
    return inner(covariance(), covariance())


def trace_() -> Sums:
    """``tr Σ``."""
    return trace(covariance())


def traceless() -> Sums:
    """``Σ − (tr Σ/d) I``."""
    return covariance() - sums.turn(()) * (trace_() * sums.number("d", -1))


def form() -> Sums:
    """``T₁ᵀΣT₁``."""
    return inner(mean(), applied(covariance(), mean()))


def lengths() -> Sums:
    """``Σ_j π_j |R^jθ − T₁|⁴``."""

    def term(j: forms.Form) -> Sums:
        away = turned(THETA, j) - mean()
        return sums.entry("pi", j) * inner(away, away) ** 2

    return expected(over_all(term))


def sixth() -> Sums:
    """``E |x|⁶``."""
    return expected(inner(X, X) ** 3) * Fraction(1)
