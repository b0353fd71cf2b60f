"""How steep the Jacobian of the sample operator is, and the operator itself (T8, T9).

``M_n(θ)`` is a mean of h = Σ_j w_jR^{-j}x and ``DM_n(θ)`` of ``C = Cov_{j∼w}(R^{-j}x)``. Along unit
vectors the slopes are covariances: ``Cov_w(y,z)``, at most |x|² in size, and ``Cov_w(p̄²,z)``, at
most |x|³, where ``y_j = ⟨x,R^jv⟩``, ``p_j = ⟨x,R^ju⟩`` and ``z_j = ⟨x,R^je⟩``.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy

from overspec.proofs.language.analysis import Gradient, Length, Named
from overspec.proofs.language.every.sums import Sums
from overspec.proofs.language.expression import Expr, Num, Pow
from overspec.proofs.language.operators import THETA, J, Norm2, X
from overspec.proofs.language.statement import DoesNotFollow, Relation, Statement, relation
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem
from overspec.proofs.machinery.calculus import dot
from overspec.proofs.machinery.expansion import Jet, Point
from overspec.proofs.rates.ray.cumulants import moment
from overspec.proofs.rates.ray.spread import F, Z, bar, mean, variance
from overspec.proofs.samples.deviation import SHORT

CAUCHY = Hypothesis(
    "covariance",
    "a squared covariance is at most the product of the variances",
    "Cauchy–Schwarz inequality",
)


def spread_symbolic(m: Point) -> tuple[Any, ...]:
    """``d/dt Var_w(f)`` at t = 0 for w_j ∝ π_j e^{tZ_j}, by SymPy."""
    t = sympy.Symbol("t")
    energies = tuple(w * sympy.exp(t * y) for w, y in zip(m.pi, m.Z, strict=True))
    total = sympy.Add(*energies)
    second, first = (dot(energies, tuple(f**n for f in m.f)) for n in (2, 1))
    found = 0
    for top, sign, power in ((second, 1, 1), (first, -1, 2)):
        at = [e.subs(t, 0) for e in (top, sympy.diff(top, t), sympy.diff(total, t))]
        quotient = at[1] - at[0] * at[2]  # (top/total)', total being 1 at t = 0
        found = found + sign * power * at[0] ** (power - 1) * quotient
    return (found,)


def spread_numeric(m: Point) -> tuple[Any, ...]:
    """The same by truncated power series."""
    t = Jet.variable(1)
    energies: list[Jet] = [w * (t * y).exp() for w, y in zip(m.pi, m.Z, strict=True)]
    total = sum(energies[1:], energies[0])
    means = []
    for power in (1, 2):
        tops = [e * f**power for e, f in zip(energies, m.f, strict=True)]
        means.append(sum(tops[1:], tops[0]) / total)
    return ((means[1] - means[0] * means[0]).c[1],)


def spread_indexed() -> Sums:
    """The same by the quotient rule, for weights of sum 1."""
    squares = moment(f=2, Z=1) - moment(f=2) * moment(Z=1)
    return squares - 2 * moment(f=1) * (moment(f=1, Z=1) - moment(f=1) * moment(Z=1))


def slope_of_map(*premises: Theorem) -> Theorem:
    """|∇h|² ≤ Var_w(y) Var_w(z) ≤ |x|⁴."""

    def infer(slope: Statement, second: Statement) -> Statement:
        if relation(slope).rhs != mean(bar(F)[J] * Z[J]):
            raise DoesNotFollow("not a covariance")
        _mean_square(second)
        return _steep("h", Fraction(1), 4)

    return Rule("the slope of the operator", infer, (SHORT, CAUCHY))(*premises)


def slope_of_jacobian(*premises: Theorem) -> Theorem:
    """|∇v|² ≤ Var_w(p̄²) Var_w(z) ≤ ρ⁴/16 |x|² with ρ ≤ 2|x|."""

    def infer(in_z: Statement, second: Statement, above: Statement,
              largest: Statement) -> Statement:  # fmt: skip
        f = bar(F)[J]
        if relation(in_z).rhs != mean(f**2 * Z[J]) - mean(f**2) * mean(Z[J]):
            raise DoesNotFollow("not a covariance with the squares")
        _mean_square(second)
        return _steep("v", variance(above, largest) * 2**4, 6)

    return Rule("the slope of the Jacobian", infer, (SHORT, CAUCHY))(*premises)


def _mean_square(second: Statement) -> None:
    """Whether the variance is said to be at most the mean square, so at most |x|²."""
    gap = relation(second)
    if gap.lhs != mean(F[J] ** 2) - mean(bar(F)[J] ** 2) or gap.rhs != mean(F[J]) ** 2:
        raise DoesNotFollow("no bound of the variance")


def _steep(name: str, constant: Fraction, power: int) -> Relation:
    size: Expr = Pow(Length(X), Num(Fraction(power)))
    return Relation(Norm2(Gradient(Named(name, (THETA,)), THETA)), "<=", Num(constant) * size)
