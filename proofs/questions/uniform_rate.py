"""Uniform weights with an estimated variance: how slowly EM then converges (math.md Q2).

Regular simplex, d = k − 1: after one step ``v = 1 − r²/d`` exactly, and r follows one scalar
map. Its r³ term is ``c − 1/d`` with ``c = 1/(k−1)``: it cancels for **every** k, and the next
terms decide: ``t r⁴ → (k−1)²/(2(k−2))`` for k ≥ 3, so r decays like t^{-1/4}; for k = 2 the r⁵
term vanishes as well and ``t r⁶ → 1/4``, so r decays like t^{-1/6}. From a single block, with c
of T2, the term ``c − 1/d`` need not vanish (k = 4, d = 3: 1/6 for m = 1, 2/3 for m = 2), and the
amplitude decays like t^{-1/2}.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, ClassVar

import sympy

from overspec.mixture import weight_symbols
from overspec.proofs.language.analysis import Computed, Derived, Named, Order
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import (
    ONE,
    SUM,
    ZERO,
    Div,
    Env,
    Expr,
    Num,
    Pow,
    Sym,
    Tuple,
)
from overspec.proofs.language.lemmas import UNIT
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import PI, J, K
from overspec.proofs.language.ranges import Z_K
from overspec.proofs.language.reading.reader import read
from overspec.proofs.language.render import Box, Fence, Row, Script, letter, sign
from overspec.proofs.language.statement import (  # fmt: skip
    Both,
    DoesNotFollow,
    Every,
    If,
    Relation,
    Statement,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step, together
from overspec.proofs.machinery.expansion import (
    Jet,
    Point,
    moment_rule,
    rational_points,
    symbolic_point,
)
from overspec.proofs.machinery.symbolic import SYMBOL
from overspec.proofs.questions.covariance import joint_covariance
from overspec.proofs.weights.heat import HEAT, IID, heat_numeric, heat_symbolic, uniform_heat
from overspec.proofs.weights.pair_moments import pair_moment, value_at
from overspec.proofs.weights.simplex_keeping import simplex_keeping
from overspec.weights import check_k

INCREMENT = Hypothesis(
    "increments",
    "if z' = z(1 − pκz + o(z)) for z = r^p > 0 small, then 1/z grows by pκ + o(1) in a step, so "
    "t z → 1/(pκ)",
    "Cesàro means",
)
CONVERGES = Hypothesis(
    "convergence",
    "EM with an estimated variance converges to the optimum from this simplex, r_t → 0: the law "
    "says how fast, not that it does",
    "assumed here; seen in the experiment tying",
)
TERMS = 4  # orders of c² in which g is known to `uniform_rate`


@dataclass(frozen=True)
class Rate:
    """``r' = r(1 − κ r^p + …)``: r decays like t^{-1/p}, with ``t r^p → 1/(pκ)``."""

    power: int
    kappa: Fraction

    @property
    def limit(self) -> Fraction:
        """``lim t r^p``."""
        return 1 / (self.power * self.kappa)


def uniform_factor(k: int, order: int) -> Fraction:
    """The coefficient of ``r^{2·order}`` in g on the regular simplex, uniform weights.

    >>> [uniform_factor(2, n) for n in (1, 2, 3)]
    [Fraction(1, 1), Fraction(-2, 1), Fraction(17, 3)]
    """
    check_k(k)
    values = []
    for equal in (True, False):
        polynomial = pair_moment(order, equal)
        size = len(polynomial.ring.gens)
        point = [Fraction(1, k)] * 2 + [Fraction(1, k ** (p - 1)) for p in range(2, size)]
        values.append(value_at(polynomial, point))
    return k * (values[0] - values[1]) * Fraction(k, k - 1) ** order


def uniform_rate(k: int, estimated: bool = True) -> Rate:
    """The law of r for uniform weights on the regular simplex, d = k − 1.

    Args:
        k: number of components.
        estimated: whether v is estimated too; if not, ``r' = r(1 − g(r))``.

    >>> uniform_rate(3), uniform_rate(2).limit, uniform_rate(4, estimated=False)
    (Rate(power=4, kappa=Fraction(1, 8)), Fraction(1, 4), Rate(power=2, kappa=Fraction(1, 3)))
    """
    r = Jet.variable(2 * TERMS)
    inner = r / (1 - r * r / (k - 1)) if estimated else r
    image = _map(inner, [uniform_factor(k, n) for n in range(1, TERMS)])
    for power in range(2, 2 * TERMS - 1, 2):
        if image.c[power + 1]:
            kappa = -image.c[power + 1]
            return Rate(power, Fraction(int(kappa.numerator), int(kappa.denominator)))
    raise AssertionError("unreachable: one of r³, r⁵, r⁷ is there for every k")


def _map(inner: Any, factors: list[Any]) -> Any:
    """``ρ(1 − Σ_n G_n ρ^{2n})``."""
    total = inner
    for n, factor in enumerate(factors, start=1):
        total = total - inner ** (2 * n + 1) * factor
    return total


def _nested(inner: Jet, factors: Any) -> Jet:
    """The same by Horner's rule, from the last factor."""
    square, total = inner * inner, Jet.of(len(inner.c) - 1)
    for factor in reversed(factors):
        total = (total + factor) * square
    return inner - inner * total


def uniform_isotropic(k: int) -> Derivation:
    """Q2u: uniform weights and an estimated v: the exponent one or two orders further.

    >>> uniform_isotropic(3).recheck()
    ()
    """
    return _uniform_isotropic(
        k,
        faulty=(
            ("k − 5 for k − 6", partial(_uniform_isotropic, k, six=5)),
            ("v = 1 − 2r²/d", partial(_uniform_isotropic, k, slaved=2)),
            ("c + 1/d", partial(_uniform_isotropic, k, sign=-1)),
            ("p/κ for pκ", partial(_uniform_isotropic, k, exponent=1)),
        ),
    )


@dataclass(frozen=True)
class Gain(Expr):
    """``[r^{2n}] k(E w_0² − E w_0w_1)`` for uniform weights, n = 1, 2; n = 1, 2, 3 for two."""

    two: bool = False
    level: ClassVar[int] = SUM

    def value(self, m: Point, env: Env) -> Any:
        """By the heat semigroup: in all weights, or as index sums where k is a symbol."""
        if not isinstance(m.kappa, sympy.Basic):
            return self.again(m, env)
        k, orders = (2, (1, 2, 3)) if self.two else (m.k, (1, 2))
        if k is SYMBOL:
            gaps = [uniform_heat(0, 0, n) - uniform_heat(0, 1, n) for n in orders]
        else:
            even = {symbol: sympy.Rational(1, k) for symbol in weight_symbols(k)}
            pairs = ((heat_symbolic(k, 0, i, n) for i in (0, 1)) for n in orders)
            gaps = [(a - b).xreplace(even) for a, b in pairs]
        scale = sympy.sympify(k) / (k - 1)
        return tuple(k * g * scale**n for n, g in zip(orders, gaps, strict=True))

    def again(self, m: Point, env: Env) -> Any:
        """From one-dimensional Taylor series; for two components from S1, not S6."""
        k = m.k
        if self.two:
            return _two_components()
        even = Point(k, {"pi": (Fraction(1, k),) * k}, m.root)
        gaps = (heat_numeric(even, 0, 0, n) - heat_numeric(even, 0, 1, n) for n in (1, 2))
        return tuple(k * g * Fraction(k, k - 1) ** n for n, g in enumerate(gaps, start=1))

    def box(self) -> Box:
        power = Script(letter("r"), None, Row((letter("2"), letter("n"))))
        first, second = (Script(letter("w"), letter(i)) for i in "01")
        square = Script(first, None, letter("2"))
        gap = Row((letter("E"), square, sign("-", " − "), letter("E"), first, second))
        return Row((Fence(sign("["), power, sign("]")), sign(r"\,", " "), letter("k"),
                    Fence(sign("("), gap, sign(")"))))  # fmt: skip


@dataclass(frozen=True)
class Composed(Expr):
    """``[r³, r⁵, …] ρ(1 − Σ G_n ρ^{2n})`` with ``ρ = r/(1 − slaved r²/(k−1))``."""

    gains: Tuple
    slaved: int
    two: bool = False  # k = 2, whatever the model has
    level: ClassVar[int] = SUM

    def value(self, m: Point, env: Env) -> Any:
        factors = self.gains.value(m, env)
        orders, d = len(factors), 1 if self.two else m.k - 1
        if not isinstance(m.kappa, sympy.Basic):
            return self.again(m, env)
        r = sympy.Symbol("r")
        inner = r * sum((self.slaved * r**2 / sympy.sympify(d)) ** n for n in range(orders + 1))
        exact = list(map(sympy.sympify, factors))
        poly = sympy.Poly(sympy.expand(_map(inner, exact)), r)
        return tuple(poly.coeff_monomial(r ** (2 * n + 1)) for n in range(1, orders + 1))

    def again(self, m: Point, env: Env) -> Any:
        factors = read(self.gains, m, env)
        r, d = Jet.variable(2 * len(factors) + 1), 1 if self.two else m.k - 1
        return _nested(r / (1 - r * r * Fraction(self.slaved, d)), factors).c[3::2]

    def box(self) -> Box:
        r, rho = Sym("r"), Sym("rho")
        slaved = r / (1 - self.slaved * r**2 / (1 if self.two else K - 1))
        what = rho * (1 - Named("g", (rho,)))
        powers = Row((letter("r"), sign(","), letter("r"), sign(","), sign(r"\dots", "…")))
        where = Row((sign(r"\,", " "), sign(","), sign(r"\,", " "), equals(rho, slaved).box()))
        return Row((Fence(sign("["), powers, sign("]")), sign(r"\,", " "), what.box(), where))


@dataclass(frozen=True)
class Block(Expr):
    """``[a³] (a/v)(1 − c a²/v²)`` at v = 1 − a²/d."""

    level: ClassVar[int] = SUM

    def value(self, m: Point, env: Env) -> Any:
        d = m.k - 1
        if not isinstance(m.c, sympy.Basic):
            return self.again(m, env)
        a = sympy.Symbol("a")
        inner = a * (1 + a**2 / sympy.sympify(d))
        return sympy.Poly(sympy.expand(_map(inner, [m.c])), a).coeff_monomial(a**3)

    def again(self, m: Point, env: Env) -> Any:
        a = Jet.variable(3)
        return _nested(a / (1 - a * a * Fraction(1, m.k - 1)), [m.c]).c[3]

    def box(self) -> Box:
        a, v, c = Sym("a"), Sym("v"), Sym("c")
        power = Fence(sign("["), Script(letter("a"), None, letter("3")), sign("]"))
        return Row((power, sign(r"\,", " "), (a / v * (1 - c * a**2 / v**2)).box()))


def _uniform_isotropic(
    k: int, six: int = 6, slaved: int = 1, sign: int = 1, exponent: int = 0, faulty: Faults = ()
) -> Derivation:
    names = ("c", "kappa")
    d, c = K - 1, Sym("c")
    gains = Tuple((1 / d, (K - six) / (2 * d**2)))
    pair = Tuple((ONE, Num(Fraction(-2)), Num(Fraction(17, 3))))
    words = "Uniform weights on the simplex: g = G_1r² + G_2r⁴ + …, from E w_0² − E w_0w_1."
    factor = step(words, Gain(), gains, "H")
    two = step("For k = 2 up to r⁶.", Gain(two=True), pair, "H; S1 with k = 2")
    block = step(
        "One block with constant c (T2) and v = 1 − a²/d: c is replaced by c − 1/d.",
        Block(),
        -c + sign / d,
        "expand 1/v",
    )
    composed = step(
        "The whole simplex, d = k − 1: v' = 1 − |θ'|²/d holds exactly after a step, and the "
        "cubic term cancels for every k.",
        Composed(gains, slaved),
        Tuple((ZERO, -((K - 2) / (2 * d**2)))),
        "expand",
    )
    further = step(
        "The next coefficient vanishes for k = 2 alone; there r⁷ decides.",
        Composed(pair, slaved, two=True),
        Tuple((ZERO, ZERO, -Num(Fraction(2, 3)))),
        "expand",
    )
    growths = [_growth(power, exponent) for power in (4, 6)]
    cited = joint_covariance(k).cited(2), simplex_keeping(k).cited(2)
    laws = _law(*cited, factor, composed, growths[0]), _law(*cited, two, further, growths[1])
    return Derivation(
        id="Q2u",
        title="uniform weights with an estimated variance",
        theorem=together(*laws, _one_block(block)),
        setting=("d = k − 1, v estimated, on regular simplices of norm r", UNIT),
        model=symbolic_point(k, names),
        witnesses=rational_points(k, names),
        small=partial(rational_points, names=names),
        faulty=faulty,
    )


def _growth_symbolic(m: Point, power: int) -> Any:
    z = sympy.Symbol("z")
    return (sympy.diff((1 - z * m.kappa) ** (-power), z).subs(z, 0),)


def _growth_numeric(m: Point, power: int) -> Any:
    z = Jet.variable(2)
    return ((1 / (1 - z * m.kappa) ** power).c[1],)


_Z, _KAPPA = Sym("z"), Sym("kappa")
GROWTH = {
    power: Computed(
        Derived((1 - _Z * _KAPPA) ** (-power), (_Z, ONE)),
        partial(_growth_symbolic, power=power),
        partial(_growth_numeric, power=power),
    )
    for power in (4, 6)
}


def _growth(power: int, exponent: int) -> Theorem:
    return step(
        "r' = r(1 − κr^p): the increment of r^(−p), z for κr^p.",
        GROWTH[power],
        Div(Num(Fraction(power)), _KAPPA) if exponent else power * _KAPPA,
        "chain rule at z = 0",
    )


def _law(*premises: Theorem) -> Theorem:
    """r' = r(1 − κr^p + …), κ and p by the first coefficient that is not 0: t r^p → 1/(pκ).

    Where that is a function of k it is said for every k at which it is not 0.
    """

    def infer(variance: Statement, gain: Statement, factor: Statement, composed: Statement,
              growth: Statement) -> Statement:  # fmt: skip
        coefficients, grows = relation(composed), relation(growth)
        lhs = coefficients.lhs
        if not isinstance(lhs, Composed) or lhs.gains != relation(factor).rhs:
            raise DoesNotFollow("another map")
        if relation(factor).lhs != Gain(lhs.two):
            raise DoesNotFollow("the factors of another k")
        if not relation(variance).rhs.has(Sym("d")):
            raise DoesNotFollow("v is not estimated")
        entries = coefficients.rhs.parts  # type: ignore[attr-defined]
        n, first = next((n, e) for n, e in enumerate(entries, start=1) if e != ZERO)
        p = Num(Fraction(2 * n))
        power = next(e.exponent for e in grows.lhs.walk() if isinstance(e, Pow))
        if power != -p:
            raise DoesNotFollow("the increment of another power")
        limit = lowest(1 / grows.rhs.put({Sym("kappa"): lowest(-first)}))
        t, r = Sym("t"), Named("r", (), Sym("t"))
        uniform = Every(J, Z_K, equals(PI[J], 1 / K))
        given = [equals(K, 2)] if lhs.two else [Relation(K, "!=", zero) for zero in _zeros(first)]
        return If(Both((uniform, *given)), Relation(t * r**p, "to", limit))

    return Rule("increments", infer, (IID, HEAT, CONVERGES, INCREMENT))(*premises)


def _zeros(e: Expr) -> list[Expr]:
    """The whole numbers k ≥ 2 at which a rational function of k is 0."""
    top, _ = sympy.fraction(sympy.together(e.value(Point(SYMBOL, {}, _no_root), {})))
    found = sorted(sympy.roots(top, SYMBOL))
    if sum(sympy.roots(top, SYMBOL).values()) != sympy.degree(top, SYMBOL):
        raise DoesNotFollow("roots that are not found")
    return [Num(Fraction(int(z))) for z in found if z.is_Integer and z >= 2]


def _no_root(power: int) -> Any:
    raise ValueError("no root of unity occurs here")


def _one_block(block: Theorem) -> Theorem:
    """From a single block: a' = a(1 − (c − 1/d)a² + …)."""

    def infer(s: Statement) -> Statement:
        r = relation(s)
        if not isinstance(r.lhs, Block):
            raise DoesNotFollow("another map")
        a = Sym("a")
        return equals(Named("a'"), a * (1 + r.rhs * a**2 + Order(a**4)))

    return Rule("one block", infer)(block)


def _two_components() -> tuple[Fraction, ...]:
    """``1 − E x tanh(rx)/r`` by the moment rule: g for k = 2, d = 1, from S1 and not from S6."""
    s = Jet.variable(7)
    total = Jet.of(7)
    for node, weight in moment_rule(8):
        up, down = (s * node).exp(), (s * -node).exp()
        total = total + (up - down) / (up + down) * node * weight
    return tuple(-total.c[n] for n in (3, 5, 7))
