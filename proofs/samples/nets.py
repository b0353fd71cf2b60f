"""Suprema over a ball by a net: Bernstein's inequality at its points, little change between them.

With s = s_1 + s_2, ``s_2 = ℓb/(3n)`` and ``s_1² = 2ℓV/n + s_2²``, Bernstein's exponent is ℓ:
``½ns² = ℓ(V + bs/3)``. A net of mesh r/n has at most (1 + 2n)^d points, so ℓ is ``d log(1 + 2n)``
and more.
"""

from __future__ import annotations

from fractions import Fraction

from overspec.proofs.language.analysis import Length, Named, SquareRoot
from overspec.proofs.language.expression import ONE, Div, Expr, Mul, Num, Pow, product
from overspec.proofs.language.lemmas import coefficient, nonnegative
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import I_, PI, J, K, X, over
from overspec.proofs.language.ranges import Z_K
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
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step
from overspec.proofs.rates.ray.spread import F, mean
from overspec.proofs.samples.deviation import TRUNCATION, pairs, root, share_of
from overspec.proofs.samples.words import (  # fmt: skip
    B_N,
    ELL,
    GAP,
    LAMBDA,
    S_1,
    S_2,
    SLOPES,
    TAU,
    V_N,
    D,
    InBall,
    Likely,
    N,
    OperatorNorm,
    R,
    Tail,
    eta,
    zeta,
)

COVERING, SQUARES, RANGE = 2, 2, 3  # (1 + 2r/h)^d, ½ns²/(V + bs/3)
MESH = R / N

NET = Hypothesis(
    "net",
    f"in R^d (1 + {COVERING}r/h)^d points have every θ with |θ| ≤ r within h of one; from there to "
    "θ a mean over rows with |x| ≤ τ, and its expectation, change by h times the steepest slope at "
    "most",
    "Vershynin 2018, 4.2.13",
)
BERNSTEIN = Hypothesis(
    "matrix Bernstein",
    f"P(λ_max(n^{{-1}} Σ_i Y_i) ≥ s) ≤ d exp(−(ns²/{SQUARES})/(V + bs/{RANGE})) for independent "
    "symmetric matrices Y_i of order d, of one law and mean 0, λ_max(Y_i) ≤ b, ‖E Y_i²‖ ≤ V; for "
    "vectors, |Y_i| ≤ b, E|Y_i|² ≤ V, with d + 1 for d",
    "Tropp 2012, arXiv 1004.4389, 1.4 and 1.6",
)
CUT = Hypothesis(
    "cut rows",
    "|h| ≤ |x|, so that |h − E h| ≤ 2τ and E|h|² ≤ d; 0 ⪯ C = Cov_{j∼w}(R^{-j}x), ‖C‖ ≤ |x|², so "
    "that Y = ±(C − E C) has λ_max(Y) ≤ τ² and, for some unit vector u, ‖E Y²‖ ≤ E|x|²Var_w(p), "
    "Var_w(p) ≤ |x|², E|x|²p_j² = E|x|²x_1²",
    "triangle inequality, C² ⪯ ‖C‖C",
)


def on_net(cover: int = 2, spread: int = 2, largest: int = 1) -> tuple[Theorem, ...]:
    """The number of points, Bernstein's exponent for s_1 + s_2, s_1² and s_2."""
    half, s = N / SQUARES, S_1 + S_2
    return (
        step(
            "A net of mesh r/n has at most this number of points to the power d.",
            1 + COVERING * R / MESH,
            1 + cover * N,
            "cancel",
        ),
        step(
            "Bernstein's exponent is ℓ for s = s_1 + s_2 where ns_2 = ℓb/3 and this is ℓV: it is "
            "ns²/2 − ℓbs/3.",
            half * (s**2 - 2 * S_2 * s),
            half * (S_1**2 - S_2**2),
            "expand",
        ),
        step("So this is s_1² − s_2².", half * (spread * V_N * ELL / N), V_N * ELL, "cancel"),
        step(
            "And this is s_2.",
            N * (B_N * ELL / (largest * RANGE * N)),
            B_N * ELL / RANGE,
            "cancel",
        ),
    )


def second_moment(half: int = 2, mixed: int = 2) -> tuple[Theorem, ...]:
    """Var_w(p) ≤ ½ Σ_j p_j², and E|x|²x_1² = d + 2."""
    return (
        step(
            "Var_w(p) is at most this sum; here any numbers for p.",
            over(J, 2 * PI[J] * (1 - PI[J]) * F[J] ** 2) - (mean(F[J] ** 2) - mean(F[J]) ** 2),
            pairs(PI[I_] * PI[J] * (F[J] + F[I_]) ** 2),
            "expand",
        ),
        step(
            "Each of its factors is at most a half.",
            ONE / half - 2 * PI[J] * (1 - PI[J]),
            2 * (PI[J] - ONE / 2) ** 2,
            "expand",
            (J, Z_K),
        ),
        step("E|x|²x_1² has one term 3, the others are 1.", 3 + (D - 1), D + mixed, "expand"),
    )


def deviation_of_slopes(*premises: Theorem) -> Theorem:
    """Three events of δ/5: a long row, and a large eigenvalue of either sign at a point of the net.

    d(1 + 2n)^d e^{−ℓ} = δ/5.
    """

    def infer(steep: Statement, fourth: Statement, union: Statement, *rest: Statement) -> Statement:
        moment, share = relation(fourth), share_of(union, 5)
        if moment.lhs != 3 * D + D * (D - 1):
            raise DoesNotFollow("not the fourth moment of |x|")
        points, s = _largest(rest[3:], V_N, TAU**2, ELL)
        level = D * Named("log", (points,)) + Named("log", (lowest(D / share),))
        most = s + _between(steep, 3) + SquareRoot(moment.rhs * share / N)
        law = Relation(InBall("sup", R, OperatorNorm(SLOPES)), "<=", eta(R))
        least = Named("min", (moment.rhs, _half_of_the_sum(*rest[:3])))
        meaning = (
            equals(eta(R), most),
            equals(V_N, least),
            equals(ELL, level),
            equals(N * Tail(D, TAU**2), share),
        )
        return Every(R, None, Where(Likely(1 - 3 * share, law), Both(meaning)))

    used = (NET, BERNSTEIN, CUT, TRUNCATION)
    return Rule("concentration on a net", infer, used)(*premises)


def deviation_of_map(*premises: Theorem) -> Theorem:
    """Two events of δ/3: a long row, and a long vector at a point of the net.

    (d + 1)(1 + 2n)^d e^{−λ} = δ/3.
    """

    def infer(steep: Statement, union: Statement, *net: Statement) -> Statement:
        share = share_of(union)
        points, s = _largest(net, D, 2 * TAU, LAMBDA)
        level = D * Named("log", (points,)) + Named("log", (lowest((D + 1) / share),))
        most = s + _between(steep, 2) + SquareRoot(D * share / N)
        law = Relation(InBall("sup", R, GAP), "<=", zeta(R))
        meaning = (equals(zeta(R), most), equals(LAMBDA, level), equals(N * Tail(D, TAU**2), share))
        return Every(R, None, Where(Likely(1 - 2 * share, law), Both(meaning)))

    used = (NET, BERNSTEIN, CUT, TRUNCATION)
    return Rule("concentration of a vector on a net", infer, used)(*premises)


def _largest(net: tuple[Statement, ...], v: Expr, b: Expr, level: Expr) -> tuple[Expr, Expr]:
    """The number of points to the power 1/d, and s."""
    points, kept = relation(net[0]), relation(net[1])
    half, s = N / SQUARES, S_1 + S_2
    if points.lhs != 1 + COVERING * R / MESH:
        raise DoesNotFollow("not the number of points")
    if kept.lhs != half * (s**2 - 2 * S_2 * s) or kept.rhs != half * (S_1**2 - S_2**2):
        raise DoesNotFollow("not Bernstein's exponent")
    gap, second = _solved(net[2], half, V_N * ELL), _solved(net[3], N, B_N * ELL / RANGE)
    size = SquareRoot(gap + second**2) + second
    return points.rhs, size.put({V_N: v, B_N: b, ELL: level})


def _half_of_the_sum(doubled: Statement, quarter: Statement, mixed: Statement) -> Expr:
    """c k E|x|²x_1² with Var_w(p) ≤ c Σ_j p_j²."""
    law, part, moment = relation(doubled), relation(opened(quarter)[1]), relation(mixed)
    twice = 2 * PI[J] * (1 - PI[J])
    if law.lhs != over(J, twice * F[J] ** 2) - (mean(F[J] ** 2) - mean(F[J]) ** 2):
        raise DoesNotFollow("no bound of a variance")
    if law.rhs != pairs(PI[I_] * PI[J] * (F[J] + F[I_]) ** 2) or not nonnegative(part.rhs):
        raise DoesNotFollow("no sum of squares")
    if moment.lhs != 3 + (D - 1):
        raise DoesNotFollow("not the moment of |x|²x_1²")
    c = part.lhs + twice
    return lowest(c) * K * moment.rhs


def _between(steep: Statement, power: int) -> Expr:
    """``2 √c τ^power r/n`` where the squared slope is at most ``c |x|^{2 power}``."""
    c, rest = coefficient(relation(steep).rhs)
    if rest != Pow(Length(X), Num(Fraction(2 * power))):
        raise DoesNotFollow("another slope")
    return 2 * root(c) * TAU**power * MESH


def _solved(found: Statement, times: Expr, wanted: Expr) -> Expr:
    """The y of a step ``times · y = wanted``."""
    law = relation(found)
    if law.rhs != wanted or not isinstance(law.lhs, Mul):
        raise DoesNotFollow("not Bernstein's exponent")
    *before, y = law.lhs.factors
    if not isinstance(y, Div) or product(*before) != times:
        raise DoesNotFollow("not Bernstein's exponent")
    return y
