"""How steep the Jacobian of the sample operator is, and the operator itself (T8, T9).

``M_n(θ)`` is a mean of h = Σ_j w_jR^{-j}x and ``DM_n(θ)`` of ``C = Cov_{j∼w}(R^{-j}x)``. Along unit
vectors the slopes are covariances: ``Cov_w(y,z)``, at most |x|² in size, and ``Cov_w(p̄²,z)``,
``y_j = ⟨x,R^jv⟩``, ``p_j = ⟨x,R^ju⟩``, ``z_j = ⟨x,R^je⟩``: a symmetric trilinear form at (u, u, e),
at most its largest value at (u, u, u), the third moment of p̄, whose range is at most Δ|x|.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy

from overspec.proofs.language.analysis import Gradient, Length, Named
from overspec.proofs.language.every.sums import Sums
from overspec.proofs.language.expression import ONE, Expr, Num, Pow, Sym, product, terms_of, total
from overspec.proofs.language.lemmas import coefficient, nonnegative
from overspec.proofs.language.operators import THETA, J, Norm2, X
from overspec.proofs.language.statement import DoesNotFollow, Relation, Statement, relation
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step
from overspec.proofs.machinery.calculus import dot
from overspec.proofs.machinery.expansion import Jet, Point
from overspec.proofs.rates.ray.cumulants import moment
from overspec.proofs.rates.ray.spread import LINEAR, WIDTH, F, Z, bar, mean
from overspec.proofs.samples.deviation import SHORT
from overspec.proofs.samples.words import SPREAD

M, N_, Y_ = Sym("m"), Sym("n"), Sym("y")  # of an interval [−m, n], and in it
POSITIVE = 128 * M + 464 * N_

CAUCHY = Hypothesis(
    "covariance",
    "a squared covariance is at most the product of the variances",
    "Cauchy–Schwarz inequality",
)
WIDTHS = Hypothesis(
    "widths",
    "|⟨x, R^ju⟩ − ⟨x, R^iu⟩| ≤ Δ|x| for |u| = 1, Δ the largest of all ‖R^j − I‖, at most 2",
    "Cauchy–Schwarz inequality",
)
BANACH = Hypothesis(
    "symmetric forms",
    "a symmetric trilinear form T has |T(u, u, e)| ≤ max_{|v| = 1} |T(v, v, v)| for unit vectors",
    "Banach 1938",
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


def skew(double: int = 2, most: Fraction = Fraction(128, 1323)) -> tuple[Theorem, Theorem]:
    """The third moment of values of mean 0 in an interval of length ρ is at most 128ρ³/1323.

    The best constant is 1/(6√3), which is smaller by less than 1 %.
    """
    constant = N_**3 / 16 + M * N_**2 / double
    above = step(
        "Values y = Ȳ in [−m, n]: a line lies above the cube, as both terms on the right are "
        f"nonnegative. Take the mean, {LINEAR}: E Ȳ³ is at most the constant.",
        constant + (15 * N_**2 / 16 - M * N_ / 2) * Y_ - Y_**3,
        (N_ - Y_) * (Y_ + N_ / 4) ** 2 + N_ / 2 * ((Y_ + M) * (N_ - Y_)),
        "expand",
    )
    largest = step(
        "So E Ȳ³ is at most 128ρ³/1323, ρ = m + n, and at least minus that (−Y for Y).",
        constant,
        Num(most) * WIDTH**3 - Num(Fraction(1, 1323)) * (M - 5 * N_ / 16) ** 2 * POSITIVE,
        "expand",
    )
    return above, largest


def slope_of_jacobian(*premises: Theorem) -> Theorem:
    """|∇v|² ≤ (128/1323)²ρ⁶ with ρ ≤ Δ|x|."""

    def infer(in_z: Statement, cubic: Statement, above: Statement,
              largest: Statement) -> Statement:  # fmt: skip
        f, slope, cube = bar(F)[J], relation(in_z).rhs, relation(cubic)
        if slope != mean(f**2 * Z[J]) - mean(f**2) * mean(Z[J]):
            raise DoesNotFollow("not a covariance with the squares")
        times, third = coefficient(cube.rhs)
        if cube.lhs != slope.put({Z: F}) or third != mean(f**3):
            raise DoesNotFollow("not the third moment")
        line, value = relation(above), relation(largest)
        if not line.lhs.terms[-1] == -(Y_**3) or total(*line.lhs.terms[:2]) != value.lhs:  # type: ignore[attr-defined]
            raise DoesNotFollow("another constant")
        first, second = line.rhs.terms  # type: ignore[attr-defined]
        if first.factors[0] != N_ - Y_ or second.factors[-2:] != (Y_ + M, N_ - Y_):
            raise DoesNotFollow("another line")
        lead, rest = terms_of(value.rhs)
        c, power = coefficient(lead)
        squares, positive = product(*(-rest).factors[:-1]), (-rest).factors[-1]  # type: ignore[attr-defined]
        if power != WIDTH**3 or positive != POSITIVE or not nonnegative(squares):
            raise DoesNotFollow("no multiple of ρ³ less a square")
        return _steep("v", (times * c) ** 2, 6, SPREAD**6)

    return Rule("the slope of the Jacobian", infer, (WIDTHS, BANACH))(*premises)


def _mean_square(second: Statement) -> None:
    """Whether the variance is said to be at most the mean square, so at most |x|²."""
    gap = relation(second)
    if gap.lhs != mean(F[J] ** 2) - mean(bar(F)[J] ** 2) or gap.rhs != mean(F[J]) ** 2:
        raise DoesNotFollow("no bound of the variance")


def _steep(name: str, constant: Fraction, power: int, spread: Expr = ONE) -> Relation:
    size: Expr = Pow(Length(X), Num(Fraction(power)))
    bound = Num(constant) * size if spread == ONE else Num(constant) * spread * size
    return Relation(Norm2(Gradient(Named(name, (THETA,)), THETA)), "<=", bound)
