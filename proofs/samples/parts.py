"""M_n − M in three parts: at 0, linear in θ, and the rest, which alone needs a net (T9).

With ``h(x,θ) = Σ_j w_jR^{-j}x`` a row gives ``h(x,0) = Aᵀx``, ``C = Dh(x,0) = Cov_{j∼π}(R^{-j}x)``
and ``N(x,θ) = h(x,θ) − Aᵀx − Cθ``, of the size ½B|x|³|θ|² where |D²h| ≤ B|x|³.
"""

from __future__ import annotations

from overspec.proofs.language.analysis import Extreme, Length, Named, SquareRoot
from overspec.proofs.language.expression import Add, Expr, Num, terms_of
from overspec.proofs.language.lemmas import coefficient, nonnegative
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import L_, M_, PI, THETA, Hat, J, Norm2, X, over
from overspec.proofs.language.statement import (
    Both,
    DoesNotFollow,
    Relation,
    Statement,
    Where,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step
from overspec.proofs.rates.ray.spread import LINEAR, WIDTH, F, Z, bar, mean
from overspec.proofs.samples.deviation import TRUNCATION, root
from overspec.proofs.samples.nets import BERNSTEIN, NET, points_of, size_of
from overspec.proofs.samples.slopes import N_ as END
from overspec.proofs.samples.slopes import WIDTHS, Y_, M
from overspec.proofs.samples.words import (
    BALLS,
    DELTA,
    ELL,
    ETA_N,
    GAP,
    LAMBDA,
    NU,
    OMEGA_N,
    Q_N,
    R_N,
    SPREAD,
    TAU,
    V_N,
    D,
    Exceeds,
    Given,
    InBall,
    Likely,
    N,
    R,
    Tail,
)

TAYLOR = Hypothesis(
    "parts of a row",
    "w(x;0) = π, so h(x,0) = Aᵀx, and √n x̄, x̄ the mean of the rows, has the law N(0, I); if the "
    "slope of D h along any unit vector is at most B|x|³, then |N(x,θ)| ≤ ½B|x|³|θ|² and the slope "
    "of N is at most B|x|³|θ|",
    "Taylor's theorem",
)
ISSERLIS = Hypothesis(
    "fourth moments",
    "E⟨x,a⟩⟨x,b⟩xᵀSx = ⟨a,b⟩ tr S + aᵀ(S + Sᵀ)b; with C = Σ_j π_jD_jᵀxxᵀD_j, D_j = R^j − A, and a "
    "unit vector f with Rf = ω^m f, E|Cf|² − |E Cf|² = |Σ_j π_jδ_j²|² + Σ_l d_l|Σ_j π_jδ_jε_j|², "
    "where δ_j = ω^{mj} − π̂_m, ε_j = ω^{−lj} − π̂_{−l}, d_l the multiplicity of ω^l; E C ⪯ I",
    "Isserlis 1918",
)
MOMENTS = Hypothesis(
    "cut parts",
    "cut rows: 0 ⪯ C and ‖C‖ ≤ c, so that Y = ±(C − E C) has λ_max(Y) ≤ c, and E Y² is at most "
    "that of the whole rows plus P(|x| > τ)(E C)²; |N − E N| ≤ max|N| + E|N|, E|N − E N|² ≤ E|N|²; "
    "E|x|³ ≤ (E|x|² E|x|⁴)^{1/2}, n^{-1} Σ_i |x_i|³ ≤ τ n^{-1} Σ_i |x_i|²",
    "triangle and Cauchy–Schwarz inequalities",
)


def spread_of_a_square(quarter: int = 4) -> tuple[Theorem, Theorem]:
    """Var Y ≤ ρ²/4, ρ the range of Y: in two steps."""
    return (
        step(
            f"Values y = Ȳ in [−m, n]: a line lies above the square. Take the mean, {LINEAR}: "
            "Var Y ≤ mn.",
            M * END + (END - M) * Y_ - Y_**2,
            (Y_ + M) * (END - Y_),
            "expand",
        ),
        step("That is at most ρ²/4, ρ = m + n.", M * END, WIDTH**2 / quarter - (M - END) ** 2 / 4,
             "expand"),
    )  # fmt: skip


def moments(fourth: int = 2, sixth: int = 4) -> tuple[Theorem, Theorem]:
    """E|x|⁴ = d(d + 2) and E|x|⁶ = d(d + 2)(d + 4)."""
    return (
        step(
            "E|x|⁴ has d terms E x_a⁴ = 3 and d(d − 1) terms E x_a²x_b² = 1.",
            3 * D + D * (D - 1),
            D * (D + fourth),
            "expand",
        ),
        step(
            "E|x|⁶ has d terms E x_a⁶ = 15, 3d(d − 1) terms E x_a⁴x_b² = 3, and the others are 1.",
            15 * D + 9 * D * (D - 1) + D * (D - 1) * (D - 2),
            D * (D + 2) * (D + sixth),
            "expand",
        ),
    )


def covariance(product_of_means: int = 1) -> Theorem:
    """A covariance is the mean of a product less the product of the means."""
    return step(
        "A covariance, here of any numbers f and Z; below of characters ω^{mj} and ω^{lj}.",
        mean(bar(F)[J] * bar(Z)[J]),
        mean(F[J] * Z[J]) - product_of_means * (mean(F[J]) * mean(Z[J])),
        "expand",
    )


def shares_of(union: Statement) -> tuple[Expr, Expr]:
    """The two large shares and the three small ones of δ."""
    r = relation(union)
    if not isinstance(r.lhs, Add) or len(r.lhs.terms) != 5 or r.rhs != DELTA:
        raise DoesNotFollow("not five events")
    large, again, *small = r.lhs.terms
    if large != again or len(set(small)) != 1:
        raise DoesNotFollow("other shares")
    return large, small[0]


def second_moment_at_zero(*premises: Theorem) -> Theorem:
    """V, exactly: the largest of E|Cf|² − |E Cf|², f a mode."""

    def infer(covariance_: Statement) -> Statement:
        law = relation(covariance_)
        joint, last = terms_of(law.rhs)
        c, means = coefficient(last)
        if law.lhs != mean(bar(F)[J] * bar(Z)[J]) or joint != mean(F[J] * Z[J]):
            raise DoesNotFollow("no covariance")
        if means != mean(F[J]) * mean(Z[J]):
            raise DoesNotFollow("no product of means")

        def of(m: Expr, l_: Expr) -> Expr:
            return Hat(PI, lowest(m + l_)) + Num(c) * (Hat(PI, m) * Hat(PI, l_))

        size = Norm2(of(M_, M_)) + over(L_, Named("d", (), L_) * Norm2(of(M_, -L_)))
        return equals(V_N, Extreme("max", M_, size))

    return Rule("the variance of the Jacobian at 0", infer, (ISSERLIS,))(*premises)


def at_zero(*premises: Theorem) -> Theorem:
    """η_n: events of δ/9, a long row, and of δ/3, a large eigenvalue of either sign at 0."""

    def infer(exact: Statement, above: Statement, largest: Statement, fourth: Statement,
              union: Statement, *net: Statement) -> Statement:  # fmt: skip
        line, value = relation(above), relation(largest)
        lead, rest = terms_of(value.rhs)
        c, square = coefficient(lead)
        if line.lhs.terms[0] != value.lhs or line.rhs.factors != (Y_ + M, END - Y_):  # type: ignore[attr-defined]
            raise DoesNotFollow("no line above the square")
        if square != WIDTH**2 or not nonnegative(-rest):
            raise DoesNotFollow("no multiple of ρ² less a square")
        large, small = shares_of(union)
        widest = Num(c) * SPREAD**2
        noise = size_of(net, V_N + small / N, widest * TAU**2, LAMBDA)
        moved = widest * SquareRoot(_fourth(fourth) * small / N)
        return Both(
            (
                equals(ETA_N, noise + moved),
                relation(exact),
                equals(LAMBDA, Named("log", (lowest(2 * D / large),))),
                equals(N * Tail(D, TAU**2), small),
            )
        )

    used = (BERNSTEIN, MOMENTS, TRUNCATION, WIDTHS)
    return Rule("concentration of the Jacobian at 0", infer, used)(*premises)


def remainder(*premises: Theorem) -> Theorem:
    """ω_n: events of δ/9, a large mean of |x_i|², and a long vector at a point of one of N nets."""

    def infer(steep: Statement, fourth: Statement, sixth: Statement, union: Statement,
              *net: Statement) -> Statement:  # fmt: skip
        _, small = shares_of(union)
        factor, *powers = relation(steep).rhs.factors  # type: ignore[attr-defined]
        if powers != [SPREAD**6, Length(X) ** 6]:
            raise DoesNotFollow("not the slope of the Jacobian")
        b = root(factor.number) * SPREAD**3
        one, rest = _fourth(fourth).factors  # type: ignore[attr-defined]
        third, most = one * SquareRoot(rest), relation(sixth)
        if most.lhs != 15 * D + 9 * D * (D - 1) + D * (D - 1) * (D - 2):
            raise DoesNotFollow("not the sixth moment of |x|")
        noise = size_of(net, most.rhs, TAU**3 + third, ELL)
        moved = SquareRoot(most.rhs * small / N)
        between = b * (TAU * R_N**2 + third) / NU
        level = D * Named("log", (points_of(net, NU),)) + Named(
            "log", (lowest(BALLS * (D + 1) / small),)
        )
        return Both(
            (
                equals(OMEGA_N, b / 2 * (noise + moved) + between),
                equals(ELL, level),
                equals(Tail(N * D, N * R_N**2), small),
            )
        )

    used = (NET, BERNSTEIN, MOMENTS, TRUNCATION, TAYLOR)
    return Rule("concentration of the rest on nets", infer, used)(*premises)


def three_parts(*premises: Theorem) -> Theorem:
    """|M_n − M| ≤ q_n + η_n|θ| + ω_n r², with probability 1 − δ for all of N balls."""

    def infer(linear: Statement, rest: Statement, union: Statement) -> Statement:
        slopes, curved = (tuple(map(relation, s.parts)) for s in (linear, rest))  # type: ignore[attr-defined]
        if (slopes[0].lhs, curved[0].lhs) != (ETA_N, OMEGA_N):
            raise DoesNotFollow("other parts")
        large, _ = shares_of(union)
        law = Relation(
            InBall("sup", R, GAP - ETA_N * Length(THETA)), "<=", Q_N + OMEGA_N * R**2
        )  # fmt: skip
        meaning = Both((equals(Exceeds(N * Q_N**2), large), *slopes, *curved))
        return Where(Likely(1 - relation(union).rhs, Given(R, None, law)), meaning)

    return Rule("three parts", infer, (TAYLOR,))(*premises)


def _fourth(found: Statement) -> Expr:
    """E|x|⁴."""
    moment = relation(found)
    if moment.lhs != 3 * D + D * (D - 1):
        raise DoesNotFollow("not the fourth moment of |x|")
    return moment.rhs
