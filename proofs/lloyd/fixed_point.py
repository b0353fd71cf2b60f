"""Lloyd's map at the regular simplex (math.md K1): the fixed point, its radius in closed form.

The data N(0, I_{k−1}) are a projection of k iid normals g, the simplex points towards the e_j.
Every integral needed is ``∫ y^a φ^b Φ^c dy``, and by parts one of ``∫ φ^b Φ^c``, an orthant
probability of c normals with correlation 1/(1+b): elementary for c ≤ 3, so everything is in closed
form for k ≤ 5. The fixed point and its radius are derived for every k, k a symbol. `stability` has
what happens near it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial

import sympy

from overspec.errors import InputError
from overspec.proofs.language.analysis import Named, SquareRoot
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.explicit import explicit
from overspec.proofs.language.expression import (
    ONE,
    ZERO,
    Div,
    Mul,
    Num,
    Sym,
    product,
)
from overspec.proofs.language.operators import Delta, K
from overspec.proofs.language.ranges import Range
from overspec.proofs.language.statement import (
    Both,
    DoesNotFollow,
    Iff,
    Relation,
    Statement,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step, together
from overspec.proofs.lloyd.any_k import AnyK, rationals, symbols
from overspec.proofs.lloyd.nodes import (  # fmt: skip
    BIG,
    FIRST,
    PHI,
    RHO,
    SHIFT,
    YY,
    Averaged,
    DensitySlope,
    Flow,
    Line,
    P,
    Q,
    Total,
)
from overspec.weights import check_k

SYMMETRIC = Hypothesis(
    "symmetric law",
    "the law of g is invariant under permutations of the coordinates, continuous, centred",
    "iid coordinates",
)
SCALING = Hypothesis(
    "scaling",
    "the cells of r v_0, …, r v_{k−1} are the same for every r > 0, and the centroid of cell 0 is "
    "E max_j⟨x,v_j⟩ times v_0 when it lies on the axis of v_0, |v_0| = 1",
    "definition of Lloyd's map",
)
DECAY = Hypothesis("decay", "boundary terms φ^bΦ^c vanish at ±∞", "the normal density")
ORTHANT = Hypothesis(
    "orthant",
    "∫φ^bΦ^c is (2π)^{(1−b)/2}b^{−1/2} times the probability that c normals lie below Y/√b, Y "
    "normal; all above 0 and all below are equally likely; the orthants of two independent "
    "normals have mass ¼, and dP/dρ = φ_2(0,0;ρ) = 1/(2π√(1−ρ²)) when ∂_ρφ_2 = ∂_p∂_qφ_2",
    "Plackett (1954)",
)


def orthant(c: int, rho: sympy.Expr, slope: int = 1, pairs: int = 1) -> sympy.Expr:
    """``P(ξ_1 > 0, …, ξ_c > 0)`` for c ≤ 3 standard normals with common correlation ρ.

    Args:
        c: how many.
        rho: their correlation.
        slope: s in ``∂_ρφ_2 = s^{-1} ∂_p∂_qφ_2``; 1, as K1 derives.
        pairs: the coefficient of the pairs in the inclusion–exclusion of three; 1, as K1 derives.

    >>> orthant(2, sympy.Rational(1, 2)), orthant(3, sympy.Integer(0))
    (1/3, 1/8)
    """
    pair = sympy.Rational(1, 4) + sympy.asin(rho) / (2 * sympy.pi * slope)
    if c not in range(4):
        raise InputError(f"{c} normals: elementary for at most 3")
    values = (
        sympy.Integer(1),
        sympy.Rational(1, 2),
        pair,
        (3 * pairs * pair - sympy.Rational(1, 2)) / 2,
    )
    return sympy.expand(values[c])


def power_integral(a: int, b: int, c: int) -> sympy.Expr:
    """``∫ y^a φ(y)^b Φ(y)^c dy`` over the line, exact; b ≥ 1, and c ≤ 3.

    >>> power_integral(0, 2, 0), power_integral(1, 1, 1), power_integral(2, 1, 0)
    (1/(2*sqrt(pi)), 1/(2*sqrt(pi)), 1)
    """
    if a:
        # y φ^b = −(φ^b)'/b
        total = sympy.Integer(0)
        if a > 1:
            total += (a - 1) * power_integral(a - 2, b, c)
        if c:
            total += c * power_integral(a - 1, b + 1, c - 1)
        return sympy.expand(total / b)
    scale = (2 * sympy.pi) ** sympy.Rational(1 - b, 2) / sympy.sqrt(b)
    return sympy.expand(scale * orthant(c, sympy.Rational(1, 1 + b)))


def expected_maximum(k: int) -> sympy.Expr:
    """``m_k = E max(g_1, …, g_k)`` of iid standard normals, in closed form for 2 ≤ k ≤ 5.

    >>> expected_maximum(3)
    3/(2*sqrt(pi))
    """
    check_closed(k)
    return sympy.expand(k * (k - 1) * power_integral(0, 2, k - 2))


def lloyd_radius(k: int) -> sympy.Expr:
    """``R_0(k) = √(k/(k−1)) m_k``: the one radius at which the simplex is fixed (math.md K1).

    >>> lloyd_radius(2)
    sqrt(2)/sqrt(pi)
    """
    return sympy.sqrt(sympy.Rational(k, k - 1)) * expected_maximum(k)


def check_closed(k: int) -> None:
    """Raise `InputError` unless 2 ≤ k ≤ 5."""
    check_k(k)
    if k > 5:
        raise InputError(f"k = {k}: closed forms are known for k <= 5 only")


@cache
def lloyd_fixed_point(k: int) -> Derivation:
    """K1: the simplex is fixed at one radius, and how m_k becomes an orthant probability.

    The same theorem whatever k is given; that only chooses the instances of the second method.

    >>> lloyd_fixed_point(3).recheck()
    ()
    """
    return _lloyd_fixed_point(
        k,
        faulty=(
            ("k in place of k − 1", partial(_lloyd_fixed_point, k, lost=0)),
            ("another radius from k = 7 on", partial(_lloyd_fixed_point, k, late=1)),
            ("correlation 1/b", partial(_lloyd_fixed_point, k, one=0)),
            ("pairs twice", partial(_lloyd_fixed_point, k, pairs=2)),
            ("Plackett with ½", partial(_lloyd_fixed_point, k, half=2)),
        ),
    )


A_, B = Sym("a"), Sym("b")
UNITS = (Sym("u_1"), Sym("u_2"), Sym("u_3"))


#: 0 for k = 2, …, 6.
LATE = (K - 2) * (K - 3) * (K - 4) * (K - 5) * (K - 6)


def _lloyd_fixed_point(
    k: int, lost: int = 1, one: int = 1, pairs: int = 1, half: int = 1, late: int = 0,
    faulty: Faults = (),
) -> Derivation:  # fmt: skip
    names = ("y", "phi", "Phi", "b", "rho", "p", "q", "u_1", "u_2", "u_3", "v_0", "s")
    zero = Delta(A_, ZERO)
    axis = step(
        "The centroid of cell 0 is fixed by the permutations that fix 0, so it is on the axis "
        "of the simplex: averaging any vector v (here less its mean) over them.",
        Averaged(A_) - Total() / K,
        Div(K + late * LATE, K - lost) * (FIRST - Total() / K) * (zero - 1 / K),
        "the average of the other coordinates",
        (A_, Range("", ZERO, ONE)),
    )
    by_parts = step(
        "R_0 = √(k/(k−1)) m_k, m_k = k∫yφΦ^{k−1}, and by parts:",
        Flow(PHI * BIG ** (K - 1)),
        (K - lost) * PHI**2 * BIG ** (K - 2) - YY * PHI * BIG ** (K - 1),
        "φ' = −yφ, Φ' = φ",
    )
    correlation = step(
        "φ^b is a multiple of the density of Y/√b: ∫φ^bΦ^c is (2π)^{(1−b)/2}b^{−1/2} times the "
        "probability that c normals Z_l lie below Y/√b, of this correlation (b = 2: 1/3).",
        (1 / B) / (1 + 1 / B),
        1 / (one + B),
        "covariance over variance of Y/√b − Z_l",
    )
    rho = RHO + SHIFT  # off the pole at 1
    s = 1 - rho**2
    dx, dy = (rho * Q - P) / s, (rho * P - Q) / s
    plackett = step(
        "Two normals: Plackett's identity (∂_ρφ_2)/φ_2 = (∂_p∂_qφ_2)/φ_2, at ρ + 10 for ρ; so "
        "dP/dρ = φ_2(0,0) = 1/(2π√(1−ρ²)), and P = 1/4 + arcsin(ρ)/(2π).",
        DensitySlope(),
        (dx * dy + rho / s) / half,
        "differentiate the density",
    )
    a, b, c = UNITS
    orthants = step(
        "Three normals: all above 0 and all below are equally likely: 2P_3 = 1 − 3/2 + 3P_2.",
        a * b * c + (1 - a) * (1 - b) * (1 - c),
        1 - a - b - c + pairs * a * b + pairs * a * c + pairs * b * c,
        "expand, u_i the indicator of ξ_i > 0",
    )
    maximum = _maximum(by_parts)
    radius = _radius(axis)
    parts = [radius, maximum]
    parts += [_closed(n, maximum, correlation, plackett, orthants) for n in range(2, 6)]
    at = 7 + k % 2  # beyond k = 6, where a factor that vanishes up to there shows
    return AnyK(
        id="K1",
        title="Lloyd keeps the regular simplex at one radius",
        theorem=together(*parts),
        setting=(
            "k ≥ 2; Δ is the regular simplex of radius 1, the data are a projection of k iid g",
        ),
        model=symbols(names),
        witnesses=rationals(at, names),
        faulty=faulty,
    )


M_K, R_0 = Named("m", (), K), Named("R_0")


def _radius(axis: Theorem) -> Theorem:
    """The averaged centroid is c(v_0 − v̄)(e_0 − 1/k): |e_0 − 1/k|² = (k−1)/k gives R_0 = √… m_k."""

    def infer(s: Statement) -> Statement:
        r = relation(s)
        scale = next(f for f in r.rhs.factors if isinstance(f, Div))  # type: ignore[attr-defined]
        fixed = Relation(Named("r"), "=", R_0)
        simplex = Named("r") * Named("Delta")
        keeps = equals(Named("Lloyd", (simplex,)), simplex)
        return Both((Iff(keeps, fixed), equals(R_0, SquareRoot(scale) * M_K)))

    return Rule("a symmetric centroid", infer, (SYMMETRIC, SCALING))(axis)


def _maximum(by_parts: Theorem) -> Theorem:
    """(φΦ^c)' = aφ²Φ^{c−1} − yφΦ^c and no boundary terms: k∫yφΦ^c = k a∫φ²Φ^{c−1}."""

    def infer(s: Statement) -> Statement:
        r = relation(s)
        if not isinstance(r.lhs, Flow):
            raise DoesNotFollow("no derivative")
        first, last = r.rhs.terms  # type: ignore[attr-defined]
        if last != -(YY * r.lhs.f):
            raise DoesNotFollow("not the integrand of the mean of a maximum")
        *factor, phi, big = first.factors
        return equals(M_K, product(K, *factor) * Line(phi * big))

    return Rule("integration by parts", infer, (DECAY,))(by_parts)


def _closed(k: int, *premises: Theorem) -> Theorem:
    """∫φ²Φ^{k−2} as an orthant probability of k − 2 normals with the correlation found, k ≤ 5."""

    def infer(
        maximum: Statement, correlation: Statement, plackett: Statement, orthants: Statement
    ) -> Statement:
        integral = relation(maximum).rhs
        rho = relation(correlation).rhs.put({B: ONE + 1}).value(_AtK(k), {})
        flow = relation(plackett).rhs
        head = (
            flow.factors[0] if isinstance(flow, Mul) and isinstance(flow.factors[0], Num) else ONE
        )
        pair = next(t for t in relation(orthants).rhs.terms if t.has(UNITS[0]) and t.has(UNITS[1]))  # type: ignore[attr-defined]
        pairs = pair.factors[0] if isinstance(pair.factors[0], Num) else ONE
        factor = product(*integral.factors[:-1]).value(_AtK(k), {})  # type: ignore[attr-defined]
        probability = orthant(k - 2, sympy.Rational(rho.numerator, rho.denominator),
                              int(1 / head.number), int(pairs.number))  # fmt: skip
        value = sympy.Rational(factor) * probability / (2 * sympy.sqrt(sympy.pi))
        return equals(M_K.put({K: Num(Fraction(k))}), explicit(sympy.expand(value)))

    return Rule("orthant probabilities", infer, (ORTHANT,))(*premises)


@dataclass(frozen=True)
class _AtK:
    """A model that knows k alone."""

    k: int
