"""How far the Jacobian of the sample operator is from that of the population (T9).

Along a unit vector u it is a mean of ``v(z, p) = Var_w(p)`` with ``z_j = ⟨x,R^jθ⟩``,
``p_j = ⟨x,R^ju⟩``, of slopes ≤ |x|²/√2 in z and ≤ √2|x| in p.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy

from overspec.proofs.language.analysis import Gradient, Length, Named, SquareRoot
from overspec.proofs.language.every.sums import Sums
from overspec.proofs.language.expression import ONE, ZERO, Expr, Num, Pow, Sym, terms_of
from overspec.proofs.language.lemmas import coefficient, linear
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import PI, J, K, Norm2, X, over
from overspec.proofs.language.statement import (
    Both,
    DoesNotFollow,
    Every,
    Relation,
    Statement,
    Where,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem
from overspec.proofs.machinery.calculus import dot
from overspec.proofs.machinery.expansion import Jet, Point
from overspec.proofs.rates.ray.cumulants import moment
from overspec.proofs.rates.ray.spread import F, Z, bar, mean, variance
from overspec.proofs.samples.deviation import (
    CONTRACTED,
    CONTRACTION,
    DIFFERENCES,
    EXPONENT,
    SHORT,
    SIGNS,
    SYMMETRISATION,
    SYMMETRISED,
    pairwise,
    root,
    share_of,
    stretch_of,
)
from overspec.proofs.samples.words import (
    SLOPES,
    TAU,
    D,
    Expected,
    InBall,
    Likely,
    N,
    OperatorNorm,
    R,
    Tail,
    eta,
)

CUT = Hypothesis(
    "truncation of the Jacobian",
    "uᵀCov_{j∼w}(R^{-j}x)u is between 0 and |x|²: with every row longer than τ replaced by 0, DM_n "
    "stays as it is with probability at least 1 − n P(|x| > τ), the moments of |x| do not grow, DM "
    "moves by E|x|²1{|x| > τ} at most, at most (E|x|⁴ P(|x| > τ))^{1/2}, and one row changes each "
    "of the two suprema by at most c = τ²/n",
    "union bound, Cauchy–Schwarz inequality",
)
FIXED = Hypothesis(
    "two signs",
    "the norm of a symmetric matrix is the larger one of its largest eigenvalue and of that of its "
    "negative, each a supremum over unit vectors u",
    "Rayleigh quotient",
)

z, p, H = Sym("z"), Sym("p"), Named("v", (Sym("z"), Sym("p")))
QUARTIC = Pow(Length(X), Num(Fraction(4)))


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


def slopes_of_variance(*premises: Theorem) -> Theorem:
    """∇_z v = (w_j(c_j − c̄)), c = p̄²; at most ½ Var c ≤ ½ρ⁴/16, ρ ≤ 2|x|; ∇_p v = (2w_jp̄_j)."""

    def infer(in_z: Statement, in_p: Statement, twice: Statement, second: Statement,
              above: Statement, largest: Statement) -> Statement:  # fmt: skip
        f = bar(F)[J]
        spread = mean(f**2)
        if relation(in_z).rhs != mean(f**2 * Z[J]) - spread * mean(Z[J]):
            raise DoesNotFollow("not a covariance with the squares")
        factor, linear_part = coefficient(relation(in_p).rhs)
        if linear_part != mean(f * Z[J]):
            raise DoesNotFollow("not the slope of a variance")
        c, rest = linear(relation(twice).lhs, over(J, PI[J] ** 2 * f**2))
        if rest != spread or c >= 0 or not pairwise(relation(twice).rhs):
            raise DoesNotFollow("not the square of a slope")
        gap = relation(second)
        if gap.lhs != mean(F[J] ** 2) - spread or gap.rhs != mean(F[J]) ** 2:
            raise DoesNotFollow("no bound of the variance")
        fourth = variance(above, largest) * 2**4 / -c
        steep = Relation(Norm2(Gradient(H, z)), "<=", Num(fourth) * QUARTIC)
        return Both((steep, Relation(Norm2(Gradient(H, p)), "<=", Num(factor**2 / -c) * Norm2(X))))

    return Rule("the slopes of a variance", infer, (SHORT,))(*premises)


def expected_slopes(*premises: Theorem) -> Theorem:
    """As for M_n: 2√2/n (√a r(kn E L²|x|²)^{1/2} + √a(kn E K²|x|²)^{1/2}), L and K the slopes."""

    def infer(slope: Statement, stretch: Statement, fourth: Statement,
              sixth: Statement) -> Statement:  # fmt: skip
        in_z, in_p = (relation(part) for part in slope.parts)  # type: ignore[attr-defined]
        a, quartic = coefficient(in_z.rhs)
        b, square = coefficient(in_p.rhs)
        if quartic != QUARTIC or square != Norm2(X):
            raise DoesNotFollow("no slopes")
        pairs = 3 * D + D * (D - 1)
        if relation(fourth).lhs != pairs or relation(sixth).lhs != SIXTH:
            raise DoesNotFollow("not the moments of |x|")
        stretched = relation(stretch)
        one, other = (stretch_of(term) for term in terms_of(stretched.lhs))
        if stretched.rhs != ONE or one != other:
            raise DoesNotFollow("unequal stretches")
        sizes = R * SquareRoot(Num(a) * relation(sixth).rhs) + SquareRoot(
            Num(b) * relation(fourth).rhs
        )
        bound = root(SYMMETRISED**2 * CONTRACTED * one) * SquareRoot(K / N) * sizes
        return Both(
            tuple(
                Relation(Expected(InBall("sup", R, Named("lambda_max", (matrix,)))), "<=", bound)
                for matrix in (SLOPES, -SLOPES)
            )
        )

    used = (SYMMETRISATION, CONTRACTION, SIGNS)
    return Rule("contraction of a supremum", infer, used)(*premises)


SIXTH = 15 * D + 9 * D * (D - 1) + D * (D - 1) * (D - 2)


def deviation_of_slopes(*premises: Theorem) -> Theorem:
    """Three events of δ/5: a long row, and each of the two suprema."""

    def infer(average: Statement, tail: Statement, union: Statement,
              fourth: Statement) -> Statement:  # fmt: skip
        bounds = {relation(part).rhs for part in average.parts}  # type: ignore[attr-defined]
        solved, share = relation(tail), share_of(union, 5)
        if len(bounds) != 1:
            raise DoesNotFollow("two bounds")
        level = Named("log", (lowest(ONE / share),))
        square = _square(solved)
        most = bounds.pop() + SquareRoot(square.put({solved.rhs: level}))
        most = most + SquareRoot(relation(fourth).rhs * share / N)
        law = Relation(InBall("sup", R, OperatorNorm(SLOPES)), "<=", eta(R))
        meaning = Both((equals(eta(R), most), equals(N * Tail(D, TAU**2), share)))
        return Every(R, None, Where(Likely(1 - 3 * share, law), meaning))

    return Rule("concentration of two suprema", infer, (CUT, FIXED, DIFFERENCES))(*premises)


def _square(solved: Any) -> Expr:
    """s² from 2s²/(n c²) = ℓ, as it is with c = τ²/n."""
    exponent, square = solved.lhs.top.factors
    if exponent != Num(Fraction(EXPONENT)) or solved.lhs.bottom.factors[0] != N:
        raise DoesNotFollow("not McDiarmid's exponent")
    if lowest(exponent * square - solved.rhs * N * (TAU**2 / N) ** 2) != ZERO:
        raise DoesNotFollow("not for rows of length τ")
    found: Expr = square
    return found
