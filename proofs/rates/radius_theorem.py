"""The lower bound on γ_c, derived (B): its constants come out of the steps."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

import sympy

from overspec.proofs.identities.circulant import hessian_at_optimum
from overspec.proofs.identities.stein import gain_of, stein_form
from overspec.proofs.language.analysis import (
    Computed,
    Derived,
    Gradient,
    Log,
    Named,
    Power_e,
    Slope,
    SquareRoot,
    Table,
)
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ONE, ZERO, Expr, Mul, Num, Pow, Sym, Tuple, total
from overspec.proofs.language.lemmas import EXCHANGE, ORTHOGONAL, UNIT
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import (
    M_,
    PI,
    THETA,
    Abs2,
    Hat,
    Identity,
    J,
    Mode,
    Norm2,
    V,
    W,
    over,
)
from overspec.proofs.language.ranges import PLANES
from overspec.proofs.language.render import Accent
from overspec.proofs.language.statement import (
    DoesNotFollow,
    Every,
    Relation,
    Statement,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step, together
from overspec.proofs.machinery.calculus import dot
from overspec.proofs.machinery.expansion import Point, rational_points, symbolic_point
from overspec.proofs.rates.cumulants import (
    cumulant_numeric,
    cumulant_symbolic,
    slope_numeric,
    slope_symbolic,
)

EVEN = Hypothesis(
    "even",
    "x ↦ −x preserves N(0, I) and w(−x;θ) = w(x;−θ), so h is even and h(1) = h(0) + "
    "∫₀¹(1−s)h''(s)ds ≥ h(0) − ½ sup(−h'')",
    "Taylor's theorem",
)
CAUCHY = Hypothesis(
    "Cauchy–Schwarz",
    "Cov(f, g)² ≤ Var f Var g under w, and (E ρ_θ²ρ_u²)² ≤ E ρ_θ⁴ E ρ_u⁴ under N(0, I)",
    "Cauchy–Schwarz inequality",
)
TAIL = Hypothesis(
    "tail",
    "P(ξ > t) ≤ ½e^{−t²/2} for ξ ~ N(0, 1), t ≥ 0, and the union bound over k values: with "
    "T² = 2 log(k/2), E a^p ≤ T^p + P_p(T) where −P_p e^{−t²/2} is an antiderivative of "
    "p t^{p−1} e^{−t²/2}",
    "½e^{−t²/2} − P(ξ > t) is 0 at t = 0 and at ∞ and rises before it falls; layer-cake formula",
)


def radius_bound(k: int) -> Derivation:
    """B: ``D²L(θ) ⪰ σ − |θ|²K_4/32`` and ``g_m(θ) ≥ |π̂_m|² − |θ|²K_2/8``.

    >>> radius_bound(3).recheck()
    ()
    """
    return _radius_bound(
        k,
        faulty=(
            ("one product of covariances dropped", partial(_radius_bound, k, covariances=1)),
            ("ρ²/4 in place of ρ²/8", partial(_radius_bound, k, eighth=4)),
            ("the quadratic with D² for ½D²", partial(_radius_bound, k, half=1)),
            ("the tail without its last term", partial(_radius_bound, k, tail=0)),
            ("κ(f,Y,Y) as E f̄Y²", partial(_radius_bound, k, centred=False)),
        ),
    )


Y, Z, F = Sym("Y"), Sym("Z"), Sym("f")
T, RHO, ELL, GAP, SIGMA = Sym("t"), Sym("rho"), Sym("ell"), Sym("c"), Sym("sigma")


def _away(m: Point, values: Any) -> Any:
    mean = dot(m.pi, values)
    return tuple(value - mean for value in values)


def _gaps(m: Point, values: Any) -> Any:
    """The same as mean gaps to the others, Σ_l π_l(v_j − v_l): the weights sum to 1."""
    pairs = list(zip(m.pi, values, strict=True))
    return tuple(sum(p * (value - other) for p, other in pairs) for value in values)


def bar(table: Sym) -> Expr:
    """The table less its mean under the weights."""
    return Table(table, _away, Accent(table.box(), "bar"), _gaps)


def mean(body: Expr) -> Expr:
    """The mean under the weights of something with index j."""
    return over(J, PI[J] * body)


def chord(eighth: int = 8, half: int = 2) -> tuple[Theorem, Theorem]:
    """The variance of Ȳ² is at most ρ⁴/16, ρ the range of Y: in two steps."""
    m, n, y = Sym("m"), Sym("n"), Sym("y")
    width, gap = m + n, n - m
    square = width**2 / eighth
    constant = width**4 / 64 + 3 * m * n * gap**2 / 4
    line = (3 * gap**3 / 4 + m * n * gap) * y
    above = step(
        "Values y = Ȳ in [−m, n], ρ = m + n, D = n − m: a line lies above a quartic. Take "
        "the mean, where the linear part vanishes: E(Ȳ² − ρ²/8)² is at most the constant.",
        constant + line - (y**2 - square) ** 2,
        (y + m) * (n - y) * ((y + gap / 2) ** 2 + gap**2 / half),
        "expand; ρ² = D² + 4mn",
    )
    largest = step(
        "So the variance of Ȳ² is at most ρ⁴/16, and Cov(Ȳ²,Z̄²) at most ρ_Y²ρ_Z²/16.",
        constant,
        width**4 / 16 - 3 * (m * n - square) ** 2,
        "ρ² = D² + 4mn",
    )
    return above, largest


def _radius_bound(
    k: int,
    covariances: int = 2,
    eighth: int = 8,
    half: int = 2,
    tail: int = 2,
    centred: bool = True,
    faulty: Faults = (),
) -> Derivation:
    names = ("m", "n", "y", "t", "p", "q")
    sizes = {"Y": k, "Z": k, "f": k}
    s, y_, z_ = Sym("s"), bar(Y)[J], bar(Z)[J]
    spread = mean(y_ * z_)
    joint = step(
        "−h''(s) is the expectation of this joint cumulant under w, here with any weights; "
        "so it is at most E Ȳ²Z̄² − V_YV_Z = Cov(Ȳ²,Z̄²).",
        Computed(
            Derived(Log(over(J, PI[J] * Power_e(s * Y[J] + T * Z[J]))), (s, ONE + 1, T, ONE + 1)),
            cumulant_symbolic,
            cumulant_numeric,
        ),
        mean(y_**2 * z_**2) - mean(y_**2) * mean(z_**2) - covariances * spread**2,
        "the fourth joint cumulant",
    )
    third = step(
        "The second derivative of a mean Σ_jw_jf_j along the ray, f_j = ω^{mj} or its real "
        "part: Cov(f, Ȳ²).",
        Computed(Derived(over(J, W[J] * F[J]), (s, ONE + 1)), slope_symbolic, slope_numeric),
        mean(bar(F)[J] * (y_ if centred else Y[J]) ** 2),
        "the third joint cumulant",
    )
    above, largest = chord(eighth, half)
    circle = step(
        "For |ŵ|² the second derivative is at least −2|ŵ|·sd(f)·ρ²/4 with sd(f)² = 1 − |ŵ|² "
        "(S6), and 2t√(1−t²) ≤ 1: at least −ρ²/4.",
        1 - 4 * T**2 * (1 - T**2),
        (1 - 2 * T**2) ** 2,
        "a square",
    )
    a, b = Sym("p", "a"), Sym("q", "b")
    sums = step(
        "The range is at most a + b with a, b the positive parts of the maximum and of minus "
        "the minimum: ρ² ≤ 2(a²+b²), ρ⁴ ≤ 8(a⁴+b⁴).",
        Tuple((2 * (a**2 + b**2) - (a + b) ** 2, 8 * (a**4 + b**4) - (a + b) ** 4)),
        Tuple(((a - b) ** 2, (a - b) ** 2 * (7 * a**2 + 10 * a * b + 7 * b**2))),
        "expand",
    )
    last = (Num(Fraction(tail)), 4 * T**2 + 4 * tail)
    tails = step(
        "The tail from T = √(2ℓ), where (k/2)e^{−T²/2} = 1: the antiderivatives −2e^{−t²/2} and "
        "−(4t²+8)e^{−t²/2} of 2te^{−t²/2} and 4t³e^{−t²/2}; here e^{t²/2} times the derivative.",
        Tuple(tuple(T * polynomial - Slope(polynomial, T) for polynomial in last)),
        Tuple((2 * T, 4 * T**3)),
        "product rule",
    )
    second, fourth = _moment(0, sums, tails), _moment(1, sums, tails)
    optimum = hessian_at_optimum(k)
    hessian = _hessian(joint, above, largest, optimum.cited(1), optimum.cited(2))
    factor = _factor(stein_form(k).cited(2), third, above, largest, circle)
    return Derivation(
        id="B",
        title="explicit lower bound on the radius",
        theorem=together(
            hessian,
            factor,
            second,
            fourth,
            _radius("gamma_c", hessian),
            _radius("gamma^g_c", factor),
            _modulus_radius(factor),
        ),
        setting=(ORTHOGONAL, UNIT, "σ = min_m |π̂_m|², ℓ = log(k/2), 0 < c < 1"),
        model=symbolic_point(k, names, sizes),
        witnesses=rational_points(k, names, sizes),
        faulty=faulty,
    )


def _moment(which: int, sums: Theorem, tails: Theorem) -> Theorem:
    """E ρ^p ≤ c(E a^p + E b^p) ≤ 2c(T^p + P_p(T)) at T² = 2ℓ: K_p, with c and P_p as found."""

    def infer(first: Statement, second: Statement) -> Statement:
        both, moment = relation(first), relation(second)
        gaps, slopes = _parts(both.lhs)[which], _parts(moment.lhs)[which]
        power = _parts(moment.rhs)[which]
        lead, minus = gaps.terms  # type: ignore[attr-defined]
        c, p = lead.factors[0], minus.factors[1].exponent
        a, b = Sym("p", "a"), Sym("q", "b")
        if (
            lead != c * (a**p + b**p)
            or minus != -((a + b) ** p)
            or not _square(_parts(both.rhs)[which])
        ):
            raise DoesNotFollow("no bound of a power of a sum")
        if lowest(power - p * T ** lowest(p - 1)) != ZERO:
            raise DoesNotFollow("not the derivative of t^p")
        polynomial = next(n.f for n in slopes.walk() if isinstance(n, Slope))
        if slopes != T * polynomial - Slope(polynomial, T):
            raise DoesNotFollow("not the derivative of an antiderivative")
        at = {T**2: 2 * ELL, T**4: (2 * ELL) ** 2}
        value = (T**p).put(at) + polynomial.put(at)
        return equals(_constant(p), lowest(2 * c * value))

    return Rule("moments of a maximum", infer, (TAIL,))(sums, tails)


def _constant(p: Expr) -> Expr:
    return Named("K", (), p)


def _parts(e: Expr) -> tuple[Expr, ...]:
    if not isinstance(e, Tuple):
        raise DoesNotFollow("no pair")
    return e.parts


def _square(e: Expr) -> bool:
    """A square, or a square times a sum with positive coefficients (of positive a, b)."""
    a, b = Sym("p", "a"), Sym("q", "b")
    factors = e.factors if isinstance(e, Mul) else (e,)
    if factors[0] != (a - b) ** 2:
        return False
    rest = factors[1].terms if len(factors) > 1 else ()  # type: ignore[attr-defined]
    return all(isinstance(t, (Mul, Pow)) and t.factors[0].number > 0 for t in rest)  # type: ignore[union-attr]


def variance(above: Statement, largest: Statement) -> Fraction:
    """C with Var Ȳ² ≤ Cρ⁴: the mean of a line above the quartic, at its largest."""
    line, value = relation(above), relation(largest)
    m, n, y = Sym("m"), Sym("n"), Sym("y")
    constant = [t for t in line.lhs.terms if not t.has(y)]  # type: ignore[attr-defined]
    lead, rest = value.rhs.terms  # type: ignore[attr-defined]
    if total(*constant) != value.lhs or line.rhs.factors[:2] != (y + m, n - y):  # type: ignore[attr-defined]
        raise DoesNotFollow("another line")
    if lead.factors[1:] != ((m + n) ** 4,) or rest.factors[0].number >= 0:
        raise DoesNotFollow("no multiple of ρ⁴ less a square")
    return Fraction(lead.factors[0].number)


def _hessian(*premises: Theorem) -> Theorem:
    """∇²L(0) ⪰ σ, −h'' = E κ ≤ E Cov(Ȳ²,Z̄²) ≤ C E ρ_Y²ρ_Z² ≤ C K_4|θ|²: ∇²L ⪰ σ − ½C K_4|θ|²."""

    def infer(first: Statement, second: Statement, third: Statement,
              optimum: Statement, modes: Statement) -> Statement:  # fmt: skip
        if relation(modes).lhs != relation(optimum).rhs.image.put({V: Mode(M_)}):  # type: ignore[attr-defined]
            raise DoesNotFollow("not the eigenvalues at 0")
        cumulant = relation(first).rhs
        y, z = bar(Y)[J], bar(Z)[J]
        covariance = mean(y**2 * z**2) - mean(y**2) * mean(z**2)
        rest = cumulant.terms[2]  # type: ignore[attr-defined]
        if cumulant != covariance + rest or rest.has(Num(Fraction(1))) or _positive(rest):
            raise DoesNotFollow("the cumulant may exceed the covariance")
        c = variance(second, third) / 2
        hessian = Gradient(Gradient(Named("L", (THETA,)), THETA), THETA, vector=True)
        bound = (SIGMA - c * _constant(Num(Fraction(4))) * Norm2(THETA)) * Identity()
        return Every(THETA, None, Relation(hessian, "succeq", bound))

    return Rule("the second derivative along a ray", infer, (EXCHANGE, EVEN, CAUCHY))(*premises)


def _positive(term: Expr) -> bool:
    return not (
        isinstance(term, Mul) and isinstance(term.factors[0], Num) and term.factors[0].number < 0
    )


def _factor(*premises: Theorem) -> Theorem:
    """|(|ŵ|²)''| ≤ 2t√(1−t²) √C ρ², t = |ŵ|, 1 ≥ q t²(1−t²): g_m ≥ |π̂_m|² − √(C/q) K_2|θ|²."""

    def infer(gain: Statement, third: Statement, above: Statement, largest: Statement,
              circle: Statement) -> Statement:  # fmt: skip
        square = relation(circle)
        q = -square.lhs.terms[1].factors[0].number  # type: ignore[attr-defined]
        if square.lhs != 1 - q * T**2 * (1 - T**2) or square.rhs.exponent != Num(Fraction(2)):  # type: ignore[attr-defined]
            raise DoesNotFollow("no square")
        slope = relation(third)
        if not slope.rhs.has(bar(F)) or relation(gain).lhs != gain_of(M_):
            raise DoesNotFollow("not the derivative of ŵ_m")
        c = _root(variance(above, largest)) * 2 / _root(q) / 2
        bound = Abs2(Hat(PI, M_)) - c * _constant(Num(Fraction(2))) * Norm2(THETA)
        return Every(THETA, None, Every(M_, PLANES, Relation(gain_of(M_), ">=", bound)))

    return Rule("the second derivative of a factor", infer, (EXCHANGE, EVEN, CAUCHY))(*premises)


def _root(value: Fraction) -> Fraction:
    root = Fraction(int(sympy.sqrt(value.numerator)), int(sympy.sqrt(value.denominator)))
    if root**2 != value:
        raise DoesNotFollow(f"{value} is no square")
    return root


def coefficient_of(bound: Relation) -> tuple[Fraction, Expr]:
    """c and K in a bound … − cK|θ|²."""
    terms = [n for n in bound.rhs.walk() if isinstance(n, Mul) and Norm2(THETA) in n.factors]
    number, constant, _ = terms[-1].factors
    return -number.number, constant  # type: ignore[attr-defined]


def _radius(name: str, bound: Theorem) -> Theorem:
    """σ − cKr² ≥ (gap)σ for r² ≤ (1 − gap)σ/(cK)."""

    def infer(s: Statement) -> Statement:
        c, constant = coefficient_of(relation(s))
        least = SquareRoot(Num(1 / c) * (1 - GAP) * SIGMA / constant)
        return Relation(Sym(name), ">=", least)

    return Rule("solve for the radius", infer)(bound)


def _modulus_radius(factor: Theorem) -> Theorem:
    """The same bound of the real part of ŵ_m/π̂_m: (√σ − cKr²)² ≥ (gap)σ."""

    def infer(s: Statement) -> Statement:
        c, constant = coefficient_of(relation(s))
        room = (1 - SquareRoot(GAP)) * SquareRoot(SIGMA)
        return Relation(Sym("gamma^g_c"), ">=", SquareRoot(Num(1 / c) * room / constant))

    return Rule("solve for the radius, with |E ŵ_m|² ≤ g_m", infer, (EVEN, CAUCHY))(factor)
