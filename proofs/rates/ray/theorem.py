"""The lower bound on γ_c, derived (B): its constants come out of the steps."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

import sympy

from overspec.proofs.identities.circulant import hessian_at_optimum
from overspec.proofs.identities.stein import gain_of, stein_form
from overspec.proofs.identities.symmetry import symmetry
from overspec.proofs.language.analysis import (
    Computed,
    Derived,
    Gradient,
    Log,
    Named,
    Power_e,
    Slope,
    SquareRoot,
)
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ONE, ZERO, Expr, Mul, Num, Pow, Sym
from overspec.proofs.language.lemmas import EXCHANGE, ORTHOGONAL, UNIT
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import (
    M_,
    PHI,
    PI,
    THETA,
    Abs2,
    Coefficient,
    Form,
    Hat,
    Identity,
    J,
    K,
    Mode,
    Norm2,
    V,
    W,
    over,
)
from overspec.proofs.language.ranges import PLANES
from overspec.proofs.language.statement import (
    DoesNotFollow,
    Every,
    If,
    Relation,
    Statement,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step, together
from overspec.proofs.machinery.expansion import rational_points, symbolic_point
from overspec.proofs.rates.ray.cumulants import (
    cumulant_indexed,
    cumulant_numeric,
    cumulant_symbolic,
    slope_indexed,
    slope_numeric,
    slope_symbolic,
)
from overspec.proofs.rates.ray.spread import F, Y, Z, bar, chord, fourth, mean, quartic, variance

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
RADIAL = Hypothesis(
    "radial",
    "for k ≤ 3 there is one frequency m > 0 in F(R), so that L is ½|θ_0|² plus an even function "
    "f of |θ_m| (S8), and the eigenvalues of ∇²L are 1, f''(r) and f'(r)/r = ∫₀¹ f''(sr)ds",
    "chain rule",
)
TAIL = Hypothesis(
    "tail",
    "P(ξ > t) ≤ ½e^{−t²/2} for ξ ~ N(0, 1), t ≥ 0, and the union bound over k values: with "
    "T² = 2 log(k/2), E a^p ≤ T^p + P_p(T) where −P_p e^{−t²/2} is an antiderivative of "
    "p t^{p−1} e^{−t²/2}",
    "½e^{−t²/2} − P(ξ > t) is 0 at t = 0 and at ∞ and rises before it falls; layer-cake formula",
)


def radius_bound(k: int) -> Derivation:
    """B: ``D²L(θ) ⪰ σ − |θ|²K_4/32``, 48 along θ, and ``g_m(θ) ≥ |π̂_m|² − |θ|²K_2/8``.

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
            ("the chord of κ₄ with D²/7", partial(_radius_bound, k, bent=7)),
            ("a = 5ρ²/48 − mn/5 for κ₄", partial(_radius_bound, k, share=5)),
        ),
    )


T, RHO, ELL, GAP, SIGMA = Sym("t"), Sym("rho"), Sym("ell"), Sym("c"), Sym("sigma")
NAMES, TABLES = ("m", "n", "y", "t", "p", "q"), ("Y", "Z", "f")
HESSIAN = Gradient(Gradient(Named("L", (THETA,)), THETA), THETA, vector=True)


def ray(covariances: int = 2, centred: bool = True) -> tuple[Theorem, Theorem]:
    """The second derivatives along a ray: of ``D²L[u,u]``, and of a mean under w."""
    s, y_, z_ = Sym("s"), bar(Y)[J], bar(Z)[J]
    spread = mean(y_ * z_)
    joint = step(
        "−h''(s) is the expectation of this joint cumulant under w, here with any weights; "
        "so it is at most E Ȳ²Z̄² − V_YV_Z = Cov(Ȳ²,Z̄²).",
        Computed(
            Derived(Log(over(J, PI[J] * Power_e(s * Y[J] + T * Z[J]))), (s, ONE + 1, T, ONE + 1)),
            cumulant_symbolic,
            cumulant_numeric,
            cumulant_indexed,
        ),
        mean(y_**2 * z_**2) - mean(y_**2) * mean(z_**2) - covariances * spread**2,
        "the fourth joint cumulant",
    )
    third = step(
        "The second derivative of a mean Σ_jw_jf_j along the ray, f_j = ω^{mj} or its real "
        "part: Cov(f, Ȳ²).",
        Computed(
            Derived(over(J, W[J] * F[J]), (s, ONE + 1)),
            slope_symbolic,
            slope_numeric,
            slope_indexed,
        ),
        mean(bar(F)[J] * (y_ if centred else Y[J]) ** 2),
        "the third joint cumulant",
    )
    return joint, third


def on_circle(words: str) -> Theorem:
    """``2t√(1−t²) ≤ 1``, in the words of a bound."""
    return step(
        f"For |ŵ|² the second derivative is at least −2|ŵ|·sd(f){words}",
        1 - 4 * T**2 * (1 - T**2),
        (1 - 2 * T**2) ** 2,
        "a square",
    )


def squared(circle: Statement) -> Fraction:
    """q with 1 ≥ q t²(1−t²)."""
    r = relation(circle)
    q = -r.lhs.terms[1].factors[0].number  # type: ignore[attr-defined]
    if r.lhs != 1 - q * T**2 * (1 - T**2) or r.rhs.exponent != Num(Fraction(2)):  # type: ignore[attr-defined]
        raise DoesNotFollow("no square")
    return Fraction(q)


def _radius_bound(
    k: int,
    covariances: int = 2,
    eighth: int = 8,
    half: int = 2,
    tail: int = 2,
    centred: bool = True,
    bent: int = 8,
    share: int = 4,
    faulty: Faults = (),
) -> Derivation:
    sizes = dict.fromkeys(TABLES, k)
    joint, third = ray(covariances, centred)
    above, largest = chord(eighth, half)
    over_chord, highest = quartic(covariances + 1, share, bent)
    circle = on_circle("·ρ²/4 with sd(f)² = 1 − |ŵ|² (S6), and 2t√(1−t²) ≤ 1: at least −ρ²/4.")
    a, b = Sym("p", "a"), Sym("q", "b")
    squares = step(
        "The range is at most a + b with a, b the positive parts of the maximum and of minus "
        "the minimum: ρ² ≤ 2(a²+b²), ρ⁴ ≤ 8(a⁴+b⁴).",
        2 * (a**2 + b**2) - (a + b) ** 2,
        (a - b) ** 2,
        "expand",
    )
    fourths = step(
        "The same of the fourth power.",
        8 * (a**4 + b**4) - (a + b) ** 4,
        (a - b) ** 2 * (7 * a**2 + 10 * a * b + 7 * b**2),
        "expand",
    )
    tails = [
        step(words, T * polynomial - Slope(polynomial, T), slope, "product rule")
        for words, polynomial, slope in (
            ("The tail from T = √(2ℓ), where (k/2)e^{−T²/2} = 1: the antiderivative −2e^{−t²/2} of "
             "2te^{−t²/2}; here e^{t²/2} times the derivative.", Num(Fraction(tail)), 2 * T),
            ("The same of −(4t²+8)e^{−t²/2} and 4t³e^{−t²/2}.", 4 * T**2 + 4 * tail, 4 * T**3),
        )
    ]  # fmt: skip
    second, fourth_moment = _moment(squares, tails[0]), _moment(fourths, tails[1])
    optimum = hessian_at_optimum(k)
    start = (optimum.cited(1), optimum.cited(2))
    hessian = _hessian(joint, above, largest, *start)
    radial = _radial(joint, over_chord, highest, *start)
    factor = _factor(stein_form(k).cited(2), third, above, largest, circle)
    return Derivation(
        id="B",
        title="explicit lower bound on the radius",
        theorem=together(
            hessian,
            factor,
            second,
            fourth_moment,
            _radius("gamma_c", hessian),
            _radius("gamma^g_c", factor),
            _modulus_radius(factor),
            radial,
            _radial_radius(radial, symmetry(k).cited(0), symmetry(k).cited(1)),
        ),
        setting=(ORTHOGONAL, UNIT, "σ = min_m |π̂_m|², ℓ = log(k/2), 0 < c < 1"),
        model=symbolic_point(k, NAMES, sizes),
        witnesses=rational_points(k, NAMES, sizes),
        faulty=faulty,
        small=points,
    )


def points(k: int) -> Any:
    """Random instances at one k."""
    return rational_points(k, NAMES, dict.fromkeys(TABLES, k))


def _moment(sums: Theorem, tails: Theorem) -> Theorem:
    """E ρ^p ≤ c(E a^p + E b^p) ≤ 2c(T^p + P_p(T)) at T² = 2ℓ: K_p, with c and P_p as found."""

    def infer(first: Statement, second: Statement) -> Statement:
        both, moment = relation(first), relation(second)
        lead, minus = both.lhs.terms  # type: ignore[attr-defined]
        c, p = lead.factors[0], minus.factors[1].exponent
        a, b = Sym("p", "a"), Sym("q", "b")
        if lead != c * (a**p + b**p) or minus != -((a + b) ** p) or not _square(both.rhs):
            raise DoesNotFollow("no bound of a power of a sum")
        if lowest(moment.rhs - p * T ** lowest(p - 1)) != ZERO:
            raise DoesNotFollow("not the derivative of t^p")
        polynomial = next(n.f for n in moment.lhs.walk() if isinstance(n, Slope))
        if moment.lhs != T * polynomial - Slope(polynomial, T):
            raise DoesNotFollow("not the derivative of an antiderivative")
        at = {T**2: 2 * ELL, T**4: (2 * ELL) ** 2}
        value = (T**p).put(at) + polynomial.put(at)
        return equals(_constant(p), lowest(2 * c * value))

    return Rule("moments of a maximum", infer, (TAIL,))(sums, tails)


def _constant(p: Expr) -> Expr:
    return Named("K", (), p)


def _square(e: Expr) -> bool:
    """A square, or a square times a sum with positive coefficients (of positive a, b)."""
    a, b = Sym("p", "a"), Sym("q", "b")
    factors = e.factors if isinstance(e, Mul) else (e,)
    if factors[0] != (a - b) ** 2:
        return False
    rest = factors[1].terms if len(factors) > 1 else ()  # type: ignore[attr-defined]
    return all(isinstance(t, (Mul, Pow)) and t.factors[0].number > 0 for t in rest)  # type: ignore[union-attr]


def _hessian(*premises: Theorem) -> Theorem:
    """∇²L(0) ⪰ σ, −h'' = E κ ≤ E Cov(Ȳ²,Z̄²) ≤ C E ρ_Y²ρ_Z² ≤ C K_4|θ|²: ∇²L ⪰ σ − ½C K_4|θ|²."""

    def infer(first: Statement, second: Statement, third: Statement,
              optimum: Statement, modes: Statement) -> Statement:  # fmt: skip
        at_zero(optimum, modes)
        below_covariance(first)
        c = variance(second, third) / 2
        bound = (SIGMA - c * _constant(Num(Fraction(4))) * Norm2(THETA)) * Identity()
        return Every(THETA, None, Relation(HESSIAN, "succeq", bound))

    return Rule("the second derivative along a ray", infer, (EXCHANGE, EVEN, CAUCHY))(*premises)


def at_zero(optimum: Statement, modes: Statement) -> None:
    """The eigenvalues of ∇²L(0) are |π̂_m|², or it does not follow."""
    if relation(modes).lhs != relation(optimum).rhs.image.put({V: Mode(M_)}):  # type: ignore[attr-defined]
        raise DoesNotFollow("not the eigenvalues at 0")


def below_covariance(joint: Statement) -> None:
    """κ(Y,Y,Z,Z) is Cov(Ȳ²,Z̄²) less something positive, or it does not follow."""
    cumulant, y, z = relation(joint).rhs, bar(Y)[J], bar(Z)[J]
    rest = cumulant.terms[2]  # type: ignore[attr-defined]
    covariance = mean(y**2 * z**2) - mean(y**2) * mean(z**2)
    if cumulant != covariance + rest or rest.has(Num(Fraction(1))) or _positive(rest):
        raise DoesNotFollow("the cumulant may exceed the covariance")


def _radial(*premises: Theorem) -> Theorem:
    """u = θ/|θ|: −h'' = E κ₄ ≤ C E ρ⁴ ≤ C K_4|θ|², so θᵀ∇²Lθ ≥ (σ − ½C K_4|θ|²)|θ|²."""

    def infer(first: Statement, line: Statement, value: Statement,
              optimum: Statement, modes: Statement) -> Statement:  # fmt: skip
        at_zero(optimum, modes)
        c = fourth(relation(first).rhs, line, value) / 2
        least = SIGMA - c * _constant(Num(Fraction(4))) * Norm2(THETA)
        law = Relation(Form(HESSIAN, THETA), ">=", least * Norm2(THETA))
        return Every(THETA, None, law)

    return Rule("the second derivative along θ", infer, (EXCHANGE, EVEN))(*premises)


def _radial_radius(*premises: Theorem) -> Theorem:
    """f''(r) ≥ σ − cKr² for k ≤ 3, and f'(r)/r is a mean of it: both ≥ (gap)σ for small r."""

    def infer(radial: Statement, invariant: Statement, reached: Statement) -> Statement:
        if not invariant.has(Named("L", (THETA,))) or not reached.has(Coefficient(PHI, M_)):
            raise DoesNotFollow("not that L depends on the energies only")
        c, constant = coefficient_of(relation(radial))
        least = SquareRoot(Num(1 / c) * (1 - GAP) * SIGMA / constant)
        return If(Relation(K, "<=", Num(Fraction(3))), Relation(Sym("gamma_c"), ">=", least))

    return Rule("solve for the radius", infer, (RADIAL,))(*premises)


def _positive(term: Expr) -> bool:
    return not (
        isinstance(term, Mul) and isinstance(term.factors[0], Num) and term.factors[0].number < 0
    )


def _factor(*premises: Theorem) -> Theorem:
    """|(|ŵ|²)''| ≤ 2t√(1−t²) √C ρ², t = |ŵ|, 1 ≥ q t²(1−t²): g_m ≥ |π̂_m|² − √(C/q) K_2|θ|²."""

    def infer(gain: Statement, third: Statement, above: Statement, largest: Statement,
              circle: Statement) -> Statement:  # fmt: skip
        q = squared(circle)
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
