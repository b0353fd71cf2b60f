"""The lower bound on γ_c that is free of k (Ba): the weights themselves bound the posterior."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

from overspec.proofs.identities.circulant import hessian_at_optimum
from overspec.proofs.identities.stein import gain_of, stein_form
from overspec.proofs.language.analysis import Extreme, Named, Power_e, SquareRoot
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import (  # fmt: skip
    ZERO,
    Expr,
    Mul,
    Num,
    Sym,
    Tuple,
    product,
    terms_of,
    total,
)
from overspec.proofs.language.lemmas import EXCHANGE, ORTHOGONAL, UNIT, coefficient, nonnegative
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import (  # fmt: skip
    M_,
    PI,
    THETA,
    Abs2,
    Act,
    Hat,
    Identity,
    Inner,
    J,
    Mode,
    Norm2,
    Turn,
)
from overspec.proofs.language.ranges import PLANES
from overspec.proofs.language.statement import (  # fmt: skip
    DoesNotFollow,
    Every,
    Relation,
    Statement,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step, together
from overspec.proofs.machinery.expansion import rational_points, symbolic_point
from overspec.proofs.rates.ray.spread import F, bar, mean
from overspec.proofs.rates.ray.theorem import (  # fmt: skip
    EVEN,
    GAP,
    HESSIAN,
    NAMES,
    SIGMA,
    at_zero,
    below_covariance,
    on_circle,
    radius_bound,
    ray,
    squared,
)

CONVEX = Hypothesis(
    "convexity",
    "Σ_l π_l e^{⟨x,R^lθ⟩} ≥ e^{⟨x,Aθ⟩}, so w_j ≤ π_j e^{⟨x,δ_j⟩} with δ_j = R^jθ − Aθ; at sθ, "
    "0 ≤ s ≤ 1, with sδ_j",
    "Jensen's inequality",
)
NORMAL = Hypothesis(
    "normal",
    "E e^{⟨x,a⟩}⟨x,b⟩⁴ = e^{|a|²/2} E(⟨a,b⟩ + g)⁴ for g ~ N(0, |b|²), E g² = |b|², E g⁴ = 3|b|⁴ "
    "and E g = E g³ = 0",
    "shift of the normal density, its moments",
)
CAUCHY = Hypothesis(
    "Cauchy–Schwarz",
    "Cov(f, g)² ≤ Var f Var g and Var f ≤ E(f − a)² under w, (E √(XY))² ≤ E X E Y, "
    "⟨a,b⟩² ≤ |a|²|b|² and |δ_j| ≤ 2|θ|",
    "Cauchy–Schwarz inequality",
)
SERIES = Hypothesis("series", "e^t ≥ 1 + t + t²/2 for t ≥ 0", "Taylor's theorem")
LAMBERT = Hypothesis("inverse", "xe^x increases for x ≥ 0", "monotone functions")

BETA, N, Q = Sym("beta"), Sym("n"), Sym("q")
T, MIDDLE, SHIFT, G = Sym("p", "T"), Sym("t"), Sym("m", "c"), Sym("y", "g")
TABLES = ("theta",)
IMAGE = Act(PI, THETA)
SIZE, ENERGY = Norm2(THETA), Norm2(IMAGE)
THIRD = Num(Fraction(1, 3))
VARIANCE = Named("E Var_w(Ȳ²)")  # of Y_j = ⟨x,R^jθ⟩ at sθ, and of Z_j = ⟨x,R^ju⟩ without |θ|⁴


def free_bound(k: int) -> Derivation:
    """Ba: ``∇²L ⪰ σ − 3βr²e^{10r²}``, ``g_m ≥ |π̂_m|² − √(3β/2) r²e^{5r²}``, β ≤ 4/3.

    >>> free_bound(3).recheck()
    ()
    """
    return _free_bound(
        k,
        faulty=(
            ("15t³ in the quartic", partial(_free_bound, k, tilt=15)),
            ("five products of two pairs", partial(_free_bound, k, pairs=5)),
            ("three of the squares", partial(_free_bound, k, cross=3)),
            ("at most 5/4 of |θ|⁴", partial(_free_bound, k, most=Fraction(5, 4))),
            ("the series at 7 |θ|²", partial(_free_bound, k, rate=7)),
        ),
    )


def _free_bound(
    k: int,
    tilt: int = 16,
    pairs: int = 6,
    cross: int = 4,
    most: Fraction = Fraction(4, 3),
    rate: int = 8,
    faulty: Faults = (),
) -> Derivation:
    bound = radius_bound(k)
    joint, third = map(bound.lemma, ray())
    quartic = step(
        "T_j are any values and t is their mean under w. Ȳ² is (T−t)², so its variance is at most "
        "the mean of (T²−2tT)²: at most 2 E_w T⁴, as the mean of T − t is 0.",
        2 * T**4 - (T**2 - 2 * MIDDLE * T) ** 2 - tilt * MIDDLE**3 * (T - MIDDLE),
        (T**2 + 2 * MIDDLE * T - 4 * MIDDLE**2) ** 2,
        "expand",
    )
    fourth = step(
        "T_j = ⟨x,δ_j⟩ or ⟨x,(R^j−A)u⟩, and w_j ≤ π_j e^{s⟨x,δ_j⟩}: c is a shift, g the rest.",
        (SHIFT + G) ** 4,
        SHIFT**4 + 4 * SHIFT**3 * G + pairs * SHIFT**2 * G**2 + 4 * SHIFT * G**3 + G**4,
        "expand",
    )
    spread = step(
        "The fourth powers of the lengths of δ_j.",
        mean(Norm2(Turn(J, THETA) - IMAGE) ** 2),
        (SIZE + ENERGY) ** 2
        - cross * (SIZE + ENERGY) * ENERGY
        + 4 * mean(Inner(Turn(J, THETA), IMAGE) ** 2),
        "|δ_j|² = |θ|² + |Aθ|² − 2⟨R^jθ,Aθ⟩",
    )
    largest = step(
        "So their mean is at most this, n standing for |θ|² and q for |Aθ|².",
        (N + Q) ** 2 - cross * (N + Q) * Q + 4 * N * Q,
        most * N**2 - 3 * (Q - N / 3) ** 2,
        "expand",
    )
    series = step(
        "|δ_j|² ≤ 4|θ|² in the exponent and in 3 + 6|δ_j|² + |δ_j|⁴, which is at most 3e^{8|θ|²}.",
        3 * (1 + rate * N + (rate * N) ** 2 / 2) - (3 + pairs * (4 * N) + (4 * N) ** 2),
        80 * N**2,
        "expand",
    )
    circle = on_circle("·√Var Ȳ² with sd(f)² = 1 − |ŵ|² (S6), and 2t√(1−t²) ≤ 1.")
    optimum = hessian_at_optimum(k)
    beta = _beta(spread, largest, optimum.cited(2))
    tail = _tail(quartic, fourth, series, beta)
    hessian = _hessian(joint, tail, optimum.cited(1), optimum.cited(2))
    factor = _factor(stein_form(k).cited(2), third, circle, tail)
    sizes = dict.fromkeys(TABLES, k)
    return Derivation(
        id="Ba",
        title="a lower bound on the radius that is free of k",
        theorem=together(
            beta,
            hessian,
            factor,
            _radius("gamma_c", hessian, SIGMA),
            _radius("gamma^g_c", factor, SIGMA),
            _radius("gamma^g_c", factor, SquareRoot(SIGMA)),
        ),
        setting=(
            ORTHOGONAL,
            UNIT,
            "σ = min_m |π̂_m|², 0 < c < 1, W(t) is the x ≥ 0 with xe^x = t",
        ),
        model=symbolic_point(k, NAMES, sizes),
        witnesses=rational_points(k, NAMES, sizes),
        faulty=faulty,
        small=_points,
    )


def _points(k: int) -> Any:
    return rational_points(k, NAMES, dict.fromkeys(TABLES, k))


def _beta(*premises: Theorem) -> Theorem:
    """Σπ_j|δ_j|⁴ ≤ most n² − b(q − n/3)² for ⟨R^jθ,Aθ⟩² ≤ nq; q ≥ σn: at most β n²."""

    def infer(first: Statement, second: Statement, modes: Statement) -> Statement:
        if relation(modes).rhs != Abs2(Hat(PI, M_)) * Mode(M_):
            raise DoesNotFollow("not the eigenvalues of AᵀA")
        fourth, value = relation(first), relation(second)
        if fourth.lhs != mean(Norm2(Turn(J, THETA) - IMAGE) ** 2):
            raise DoesNotFollow("not the fourth powers of the lengths")
        squares = mean(Inner(Turn(J, THETA), IMAGE) ** 2)
        if fourth.rhs.put({squares: N * Q, SIZE: N, ENERGY: Q}) != value.lhs:
            raise DoesNotFollow("another mean")
        if coefficient(terms_of(fourth.rhs)[-1])[0] <= 0:
            raise DoesNotFollow("squares that are taken away")
        lead, less = value.rhs.terms  # type: ignore[attr-defined]
        b, square = coefficient(-less)
        if coefficient(lead)[1] != N**2 or b <= 0 or square != (Q - N / 3) ** 2:
            raise DoesNotFollow("no parabola in q")
        beyond = Extreme("max", None, Tuple((SIGMA - THIRD, ZERO)))
        return equals(BETA, Num(coefficient(lead)[0]) - Num(b) * beyond**2)

    return Rule("the mean of a fourth power", infer, (CAUCHY,))(*premises)


def _tail(*premises: Theorem) -> Theorem:
    """Var_w Ȳ² ≤ κ E_w T⁴ and E E_w T⁴ ≤ β m n²e^{an}: E Var_w Ȳ² ≤ κ m β n²e^{an}."""

    def infer(quartic: Statement, fourth: Statement, series: Statement,
              beta: Statement) -> Statement:  # fmt: skip
        line, power, bound = relation(quartic), relation(fourth), relation(series)
        lead, square, tilt = line.lhs.terms  # type: ignore[attr-defined]
        kappa, top = coefficient(lead)
        centred = lowest(tilt / (MIDDLE**3 * (T - MIDDLE)))
        if top != T**4 or not isinstance(centred, Num) or not nonnegative(line.rhs):
            raise DoesNotFollow("no quartic above the square")
        if lowest(-square - ((T - MIDDLE) ** 2 - MIDDLE**2) ** 2) != ZERO:
            raise DoesNotFollow("not the square of T² − 2tT")
        if power.lhs != (SHIFT + G) ** 4:
            raise DoesNotFollow("not a fourth power")
        v = 4 * N  # of |δ_j|²: the shift c is at most v, the variance of g is v
        moments = {G**4: 3 * v**2, G**3: ZERO, G**2: v, G: ZERO, SHIFT: v}
        shifted = lowest(power.rhs.put(moments) / v**2)
        lead, *minus = bound.lhs.terms  # type: ignore[attr-defined]
        m, series_ = coefficient(lead)
        a = coefficient(terms_of(series_)[1])[0]
        if lowest(series_ - (1 + a * N + (a * N) ** 2 / 2)) != ZERO or not nonnegative(bound.rhs):
            raise DoesNotFollow("no beginning of an exponential")
        if lowest(total(*minus) + shifted) != ZERO or relation(beta).lhs != BETA:
            raise DoesNotFollow("another polynomial")
        a += coefficient(lowest(v / (2 * N)))[0]  # e^{v/2}
        return Relation(VARIANCE, "<=", Num(kappa * m) * BETA * SIZE**2 * Power_e(Num(a) * SIZE))

    return Rule("fourth moments under w", infer, (CONVEX, NORMAL, CAUCHY, SERIES))(*premises)


def _parts(tail: Statement) -> tuple[Fraction, Fraction]:
    """C and a in E Var_w Ȳ² ≤ Cβ|θ|⁴e^{a|θ|²}."""
    r = relation(tail)
    number, beta, size, power = r.rhs.factors  # type: ignore[attr-defined]
    if r.lhs != VARIANCE or (beta, size) != (BETA, SIZE**2):
        raise DoesNotFollow("no bound of the variance")
    return number.number, coefficient(power.f)[0]


def _hessian(*premises: Theorem) -> Theorem:
    """∇²L(0) ⪰ σ, −h'' = E κ ≤ E Cov(Ȳ²,Z̄²) ≤ Cβ|θ|²e^{a|θ|²}: ∇²L ⪰ σ − ½Cβ|θ|²e^{a|θ|²}."""

    def infer(first: Statement, tail: Statement,
              optimum: Statement, modes: Statement) -> Statement:  # fmt: skip
        at_zero(optimum, modes)
        below_covariance(first)
        c, a = _parts(tail)
        bound = SIGMA - Num(c / 2) * BETA * SIZE * Power_e(Num(a) * SIZE)
        return Every(THETA, None, Relation(HESSIAN, "succeq", bound * Identity()))

    return Rule("the second derivative along a ray", infer, (EXCHANGE, EVEN, CAUCHY))(*premises)


def _factor(*premises: Theorem) -> Theorem:
    """|(|ŵ|²)''| ≤ 2t√(1−t²) √Var Ȳ², 1 ≥ q t²(1−t²): g_m ≥ |π̂_m|² − √(Cβ/q)|θ|²e^{a|θ|²/2}."""

    def infer(gain: Statement, third: Statement, circle: Statement,
              tail: Statement) -> Statement:  # fmt: skip
        if not relation(third).rhs.has(bar(F)) or relation(gain).lhs != gain_of(M_):
            raise DoesNotFollow("not the derivative of ŵ_m")
        c, a = _parts(tail)
        loss = SquareRoot(Num(c / squared(circle)) * BETA) * SIZE * Power_e(Num(a / 2) * SIZE)
        law = Relation(gain_of(M_), ">=", Abs2(Hat(PI, M_)) - loss)
        return Every(THETA, None, Every(M_, PLANES, law))

    return Rule("the second derivative of a factor", infer, (EXCHANGE, EVEN, CAUCHY))(*premises)


def _radius(name: str, bound: Theorem, least: Expr) -> Theorem:
    """σ − Cr²e^{ar²} ≥ (gap)σ for ar² ≤ W(a(1 − gap)σ/C); of |E ŵ_m|² the same with roots."""

    def infer(s: Statement) -> Statement:
        c, a = loss_of(relation(s))
        share = GAP if least == SIGMA else SquareRoot(GAP)
        inverse = Named("W", (Num(a) * (1 - share) * least / c,))
        return Relation(Sym(name), ">=", SquareRoot(inverse / Num(a)))

    return Rule("solve for the radius", infer, (LAMBERT,))(bound)


def loss_of(bound: Relation) -> tuple[Expr, Fraction]:
    """C and a in a bound … − C|θ|²e^{a|θ|²}."""
    loss = next(t for t in bound.rhs.walk() if isinstance(t, Mul) and SIZE in t.factors)
    power = next(f for f in loss.factors if isinstance(f, Power_e))
    c = product(*(f for f in loss.factors if f not in (SIZE, power)))
    return -c, coefficient(power.f)[0]
