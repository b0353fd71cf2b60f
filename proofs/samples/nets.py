"""Suprema over a ball by a net: Bernstein's inequality at its points, little change between them.

With s = s_1 + s_2, ``s_2 = ℓb/(3n)`` and ``s_1² = 2ℓV/n + s_2²``, Bernstein's exponent is ℓ:
``½ns² = ℓ(V + bs/3)``. A net of mesh r/ν has at most (1 + 2ν)^d points, so ℓ is ``d log(1 + 2ν)``
and more; T8 has ν = n.
"""

from __future__ import annotations

from fractions import Fraction

from overspec.proofs.language.analysis import Length, Named, SquareRoot
from overspec.proofs.language.expression import Div, Expr, Mul, Num, Pow, expr, product
from overspec.proofs.language.lemmas import coefficient
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import X
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
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step
from overspec.proofs.samples.deviation import TRUNCATION, root, share_of
from overspec.proofs.samples.words import (  # fmt: skip
    B_N,
    ELL,
    GAP,
    LAMBDA,
    S_1,
    S_2,
    TAU,
    V_N,
    D,
    InBall,
    Likely,
    N,
    R,
    Tail,
    zeta,
)

COVERING, SQUARES, RANGE = 2, 2, 3  # (1 + 2r/h)^d, ½ns²/(V + bs/3)

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
    "|h| ≤ |x|, so that |h − E h| ≤ 2τ and E|h|² ≤ d",
    "triangle inequality",
)


def on_net(cells: Expr, cover: int = 2, spread: int = 2, largest: int = 1) -> tuple[Theorem, ...]:
    """The number of points, Bernstein's exponent for s_1 + s_2, s_1² and s_2."""
    half, s = N / SQUARES, S_1 + S_2
    return (
        step(
            "A net of this mesh has at most this number of points to the power d.",
            1 + COVERING * R / (R / cells),
            1 + cover * cells,
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


def deviation_of_map(*premises: Theorem) -> Theorem:
    """Two events of δ/3: a long row, and a long vector at a point of the net.

    (d + 1)(1 + 2n)^d e^{−λ} = δ/3.
    """

    def infer(steep: Statement, union: Statement, *net: Statement) -> Statement:
        share = share_of(union)
        level = D * Named("log", (points_of(net, N),)) + Named("log", (lowest((D + 1) / share),))
        most = size_of(net, D, 2 * TAU, LAMBDA) + _between(steep) + SquareRoot(D * share / N)
        law = Relation(InBall("sup", R, GAP), "<=", zeta(R))
        meaning = (equals(zeta(R), most), equals(LAMBDA, level), equals(N * Tail(D, TAU**2), share))
        return Every(R, None, Where(Likely(1 - 2 * share, law), Both(meaning)))

    used = (NET, BERNSTEIN, CUT, TRUNCATION)
    return Rule("concentration of a vector on a net", infer, used)(*premises)


def points_of(net: tuple[Statement, ...], cells: Expr) -> Expr:
    """The number of points of a net of mesh r/ν, to the power 1/d."""
    points = relation(net[0])
    if points.lhs != 1 + COVERING * R / (R / cells):
        raise DoesNotFollow("not the number of points")
    return points.rhs


def size_of(net: tuple[Statement, ...], v: Expr, b: Expr, level: Expr) -> Expr:
    """s of Bernstein's inequality for ‖E Y²‖ ≤ v, λ_max(Y) ≤ b and the exponent ``level``."""
    kept, half, s = relation(net[1]), N / SQUARES, S_1 + S_2
    if kept.lhs != half * (s**2 - 2 * S_2 * s) or kept.rhs != half * (S_1**2 - S_2**2):
        raise DoesNotFollow("not Bernstein's exponent")
    gap, second = _solved(net[2], half, V_N * ELL), _solved(net[3], N, B_N * ELL / RANGE)
    size = (SquareRoot(gap + second**2) + second).put({V_N: v, B_N: b, ELL: level})
    return expr(size)


def _between(steep: Statement) -> Expr:
    """``2 √c τ² r/n`` where the squared slope is at most ``c |x|⁴``."""
    c, rest = coefficient(relation(steep).rhs)
    if rest != Pow(Length(X), Num(Fraction(4))):
        raise DoesNotFollow("another slope")
    return 2 * root(c) * TAU**2 * (R / N)


def _solved(found: Statement, times: Expr, wanted: Expr) -> Expr:
    """The y of a step ``times · y = wanted``."""
    law = relation(found)
    if law.rhs != wanted or not isinstance(law.lhs, Mul):
        raise DoesNotFollow("not Bernstein's exponent")
    *before, y = law.lhs.factors
    if not isinstance(y, Div) or product(*before) != times:
        raise DoesNotFollow("not Bernstein's exponent")
    return y
