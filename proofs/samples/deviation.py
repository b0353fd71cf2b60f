"""How far the sample operator is from that of the population: the lemmas and their sources.

``M_n(θ) = n^{-1} Σ_i Σ_j w_j(x_i;θ) R^{-j}x_i``. Along a unit vector v it is a mean of
``h(z, y) = Σ_j w_j(z) y_j`` with ``z_j = ⟨x,R^jθ⟩``, ``y_j = ⟨x,R^jv⟩`` and ``w_j ∝ π_j e^{z_j}``,
of slopes ≤ |x|/√2 in z and ≤ 1 in y: which is what vector contraction asks for.
"""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from typing import Any

from overspec.proofs.language.analysis import Gradient, Named, SquareRoot
from overspec.proofs.language.expression import ONE, ZERO, Add, Div, Expr, Mul, Num, Sym, terms_of
from overspec.proofs.language.lemmas import coefficient, linear
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import I_, PI, J, K, Norm2, X, over
from overspec.proofs.language.ranges import Sum, below
from overspec.proofs.language.statement import (
    Both,
    DoesNotFollow,
    Every,
    Relation,
    Statement,
    Where,
    equals,
    opened,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem
from overspec.proofs.rates.ray.spread import F, Z, bar, mean
from overspec.proofs.samples.words import (
    DELTA,
    GAP,
    TAU,
    D,
    Expected,
    InBall,
    Likely,
    N,
    R,
    Tail,
    alpha,
    epsilon,
    zeta,
)

SYMMETRISED, CONTRACTED, EXPONENT = 2, 2, 2  # E sup ≤ 2 E sup, √2 E sup, exp(−2s²/…)

SHORT = Hypothesis(
    "lengths",
    "|⟨x, R^jv⟩| ≤ |x| for |v| = 1 and orthogonal R; so |y_j| ≤ |x|, a convex condition on y",
    "Cauchy–Schwarz inequality",
)
SYMMETRISATION = Hypothesis(
    "symmetrisation",
    f"E sup_f (n^{{-1}} Σ_i f(x_i) − E f) ≤ {SYMMETRISED} E sup_f n^{{-1}} Σ_i s_i f(x_i) for "
    "independent rows x_i of one law, the s_i independent signs of mean 0",
    "Ledoux and Talagrand 1991, Lemma 6.3",
)
CONTRACTION = Hypothesis(
    "vector contraction",
    f"E sup_f Σ_i s_i h_i(f(x_i)) ≤ √{CONTRACTED} E sup_f Σ_i Σ_l s_il f_l(x_i) for h_i with "
    "|h_i(a) − h_i(b)| ≤ |a − b| for all values a, b of f(x_i); the s_i and s_il independent signs",
    "Maurer 2016, arXiv 1605.00251",
)
SIGNS = Hypothesis(
    "signs",
    "E|Σ_l s_l a_l| ≤ (Σ_l |a_l|²)^{1/2} for vectors a_l and independent signs s_l, here the k n "
    "vectors R^{-j}x_i times a factor; E√Y ≤ (E Y)^{1/2}",
    "Jensen's inequality",
)
DIFFERENCES = Hypothesis(
    "bounded differences",
    f"P(F − E F ≥ s) ≤ e^{{−{EXPONENT}s²/(n c²)}} where one row of n independent ones changes F by "
    "at most c; for rows of length ≤ τ and the supremum c = 2τ/n",
    "McDiarmid 1989",
)
TRUNCATION = Hypothesis(
    "truncation",
    "with rows longer than τ replaced by 0, M_n stays with probability at least 1 − n P(|x| > τ), "
    "moments of |x| do not grow, and the mean of a function f of a row moves by "
    "(E|f|² P(|x| > τ))^{1/2} at most; for M that is (E|x|² P(|x| > τ))^{1/2}",
    "union bound, Cauchy–Schwarz inequality",
)

z, y, H = Sym("z"), Sym("y"), Named("h", (Sym("z"), Sym("y")))
BELOW = below(J)


def pairs(body: Expr) -> Sum:
    """The sum over i < j."""
    return over(J, Sum(I_, body, BELOW))


def slopes(*premises: Theorem) -> Theorem:
    """∇_z h = (w_j(y_j − ȳ)), whose square is at most ½ Var y ≤ ½ E y² ≤ ½|x|²; ∇_y h = w."""

    def infer(slope: Statement, twice: Statement, second: Statement, unit: Statement) -> Statement:
        f = bar(F)[J]
        variance = mean(f**2)
        if relation(slope).rhs != mean(f * Z[J]) or not pairwise(relation(twice).rhs):
            raise DoesNotFollow("not the slope, or no sum of squares")
        c, rest = linear(relation(twice).lhs, over(J, PI[J] ** 2 * f**2))
        gap, square = relation(second), relation(unit)
        if rest != variance or c >= 0:
            raise DoesNotFollow("not the square of the slope")
        if gap.lhs != mean(F[J] ** 2) - variance or gap.rhs != mean(F[J]) ** 2:
            raise DoesNotFollow("no bound of the variance")
        b, one = linear(square.lhs, over(J, PI[J] ** 2))
        if b >= 0 or not pairwise(square.rhs):
            raise DoesNotFollow("no bound of the square of w")
        return Both(
            (
                Relation(Norm2(Gradient(H, z)), "<=", Norm2(X) / Num(-c)),
                Relation(Norm2(Gradient(H, y)), "<=", lowest(one / Num(-b))),
            )
        )

    return Rule("the slopes of a mean", infer, (SHORT,))(*premises)


def pairwise(e: Expr) -> bool:
    """Whether an expression is a positive multiple of Σ_{i<j} π_iπ_j, or of that with squares."""
    factors = e.factors if isinstance(e, Mul) else (e,)
    sums = [f for f in factors if isinstance(f, Sum)]
    numbers = [f for f in factors if isinstance(f, Num) and f.number > 0]
    if len(sums) != 1 or len(numbers) + 1 != len(factors):
        return False
    inner = sums[0].body
    if not isinstance(inner, Sum) or inner.over != BELOW:
        return False
    square = (bar(F)[J] + bar(F)[I_]) ** 2
    return inner.body in (PI[I_] * PI[J], PI[I_] * PI[J] * square)


def expected(*premises: Theorem) -> Theorem:
    """E sup ≤ 2·√2·n⁻¹ E sup over both kinds of coordinates, each stretched so that h has slope 1.

    Coordinates √a·L z and √b·y, L² and K² the squares of the slopes, and 1/a + 1/b = 1: then
    E sup ≤ 2√2/n (√a r(kn E L²|x|²)^{1/2} + √b(kn E K²|x|²)^{1/2}).
    """

    def infer(slope: Statement, stretch: Statement, fourth: Statement) -> Statement:
        in_z, in_y = (relation(p) for p in slope.parts)  # type: ignore[attr-defined]
        stretched, moment = relation(stretch), relation(fourth)
        c, rest = linear(in_z.rhs, Norm2(X))
        if rest != ZERO or in_y.rhs != ONE or stretched.rhs != ONE:
            raise DoesNotFollow("no slopes")
        factors = [stretch_of(term) for term in terms_of(stretched.lhs)]
        if len(factors) != 2 or moment.lhs != 3 * D + D * (D - 1):
            raise DoesNotFollow("not two coordinates, or not the fourth moment of |x|")
        one, other = factors
        if one != other:
            raise DoesNotFollow("unequal stretches")
        sizes = R * SquareRoot(Num(c) * moment.rhs) + SquareRoot(D)
        factor = root(SYMMETRISED**2 * CONTRACTED * one)
        bound = factor * SquareRoot(K / N) * sizes
        return Relation(Expected(InBall("sup", R, GAP)), "<=", bound)

    used = (SYMMETRISATION, CONTRACTION, SIGNS)
    return Rule("contraction of a supremum", infer, used)(*premises)


def stretch_of(term: Expr) -> Fraction:
    """a in p²/(a p²)."""
    if not isinstance(term, Div):
        raise DoesNotFollow("no square of a stretched slope")
    number, square = coefficient(term.bottom)
    if square != term.top:
        raise DoesNotFollow("another slope")
    return number


def root(square: Fraction) -> Expr:
    """The root of a rational number, as a number where it is one."""
    found = Fraction(isqrt(square.numerator), isqrt(square.denominator))
    return Num(found) if found**2 == square else SquareRoot(Num(square))


def deviation(*premises: Theorem) -> Theorem:
    """sup ≤ E sup + s + E|x|1{|x| > τ}, e^{−2s²/(nc²)} = n P(|x| > τ) = δ/3: two events of δ/3."""

    def infer(average: Statement, tail: Statement, union: Statement) -> Statement:
        bound, solved = relation(average), relation(tail)
        share = share_of(union)
        level = Named("log", (lowest(ONE / share),))
        square = _spread(solved)
        most = bound.rhs + SquareRoot(square.put({solved.rhs: level})) + SquareRoot(D * share / N)
        law = Relation(InBall("sup", R, GAP), "<=", alpha(R))
        meaning = Both((equals(alpha(R), most), equals(N * Tail(D, TAU**2), share)))
        return Every(R, None, Where(Likely(1 - 2 * share, law), meaning))

    used = (TRUNCATION, DIFFERENCES)
    return Rule("concentration of a supremum", infer, used)(*premises)


def smaller(*premises: Theorem) -> Theorem:
    """Two bounds of one supremum, numbers both: the smaller one, with the same probability."""

    def infer(one: Statement, other: Statement) -> Statement:
        (first, *names), (second, *others) = (_meaning(each) for each in (one, other))
        if (first.lhs, second.lhs) != (alpha(R), zeta(R)) or names[-1] != others[-1]:
            raise DoesNotFollow("not the two bounds")
        sure, again = (opened(each)[1].body for each in (one, other))  # type: ignore[attr-defined]
        law, same = relation(sure.body), relation(again.body)
        if (sure.level, law.lhs) != (again.level, same.lhs):
            raise DoesNotFollow("bounds of two things")
        if (law.rhs, same.rhs) != (first.lhs, second.lhs):
            raise DoesNotFollow("other bounds")
        least = equals(epsilon(R), Named("min", (first.lhs, second.lhs)))
        meaning = Both((least, first, second, *others))
        return Every(
            R, None, Where(Likely(sure.level, Relation(law.lhs, "<=", epsilon(R))), meaning)
        )

    return Rule("the smaller of two bounds", infer)(*premises)


def _meaning(close: Statement) -> tuple[Relation, ...]:
    """What the names of a bound stand for."""
    inner = opened(close)[1]
    if not isinstance(inner, Where) or not isinstance(inner.meaning, Both):
        raise DoesNotFollow("no bound of a supremum")
    return tuple(map(relation, inner.meaning.parts))


def share_of(union: Statement, events: int = 3) -> Expr:
    """δ/3 where three of these are δ."""
    r = relation(union)
    if not isinstance(r.lhs, Add) or len(set(r.lhs.terms)) != 1 or r.rhs != DELTA:
        raise DoesNotFollow("not δ in equal shares")
    if len(r.lhs.terms) != events:
        raise DoesNotFollow(f"{events} events are excluded")
    return r.lhs.terms[0]


def _spread(solved: Any) -> Expr:
    """s² from 2s²/(n c²) = ℓ, as it is with c = 2τ/n."""
    exponent, square = solved.lhs.top.factors
    change = 2 * TAU / N
    if exponent != Num(Fraction(EXPONENT)) or solved.lhs.bottom.factors[0] != N:
        raise DoesNotFollow("not McDiarmid's exponent")
    if lowest(exponent * square - solved.rhs * N * change**2) != ZERO:
        raise DoesNotFollow("not for rows of length τ")
    found: Expr = square
    return found
