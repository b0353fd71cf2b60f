"""Uniform weights with an estimated variance: how slowly EM then converges (math.md Q2).

Regular simplex, d = k − 1: after one step ``v = 1 − r²/d`` exactly, and r follows one scalar
map. Its r³ term is ``c − 1/d`` with ``c = 1/(k−1)``: it cancels for **every** k, and the next
terms decide: ``t r⁴ → (k−1)²/(2(k−2))`` for k ≥ 3, so r decays like t^{-1/4}; for k = 2 the r⁵
term vanishes as well and ``t r⁶ → 1/4``, so r decays like t^{-1/6}. From a single block, with c
of T2, the term ``c − 1/d`` need not vanish (k = 4, d = 3: 1/6 for m = 1, 2/3 for m = 2), and the
amplitude decays like t^{-1/2}.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import sympy

from overspec.proofs.language.legacy import Derivation, Step, Term, conclude
from overspec.proofs.machinery.expansion import (
    Jet,
    Point,
    moment_rule,
    rational_points,
    symbolic_point,
)
from overspec.proofs.weights.heat import HEAT, IID, heat_numeric, heat_symbolic
from overspec.proofs.weights.pair_moments import pair_moment, value_at
from overspec.weights import check_k

INCREMENT = (
    "if z' = z(1 − pκz + o(z)) for z = r^p > 0 small, then 1/z grows by pκ + o(1) in a step, so "
    "t z → 1/(pκ) (Cesàro means)"
)
TERMS = 4  # orders of c² in which g is known to `uniform_rate`

Faults = tuple[tuple[str, Callable[[], Derivation]], ...]


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
            return Rate(power, -image.c[power + 1])
    raise AssertionError("unreachable: one of r³, r⁵, r⁷ is there for every k")


def _map(inner: Any, factors: list[Any]) -> Any:
    """``ρ(1 − Σ_n G_n ρ^{2n})``."""
    total = inner
    for n, factor in enumerate(factors, start=1):
        total = total - inner ** (2 * n + 1) * factor
    return total


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


def _uniform_isotropic(
    k: int, six: int = 6, slaved: int = 1, sign: int = 1, exponent: int = 0, faulty: Faults = ()
) -> Derivation:
    names = ("c", "kappa")
    point = symbolic_point(k, names)
    term = partial(Term.of, point)
    d, orders = k - 1, (3 if k == 2 else 2)
    power = 6 if k == 2 else 4
    even = "0" if k == 2 else r"\tfrac{k-2}{2(k-1)^2}"
    factors = [Fraction(1, d), Fraction(k - six, 2 * d**2)]
    if k == 2:
        factors.append(Fraction(17, 3))

    def difference(n: int) -> Any:
        uniform = {symbol: sympy.Rational(1, k) for symbol in point.pi[1:]}
        gap = heat_symbolic(k, 0, 0, n) - heat_symbolic(k, 0, 1, n)
        return k * gap.xreplace(uniform) * sympy.Rational(k, d) ** n

    def by_series(m: Point) -> tuple[Fraction, ...]:
        if k == 2:
            return _two_components()
        even_point = Point(k, {"pi": (Fraction(1, k),) * k}, m.root)
        gaps = [
            heat_numeric(even_point, 0, 0, n) - heat_numeric(even_point, 0, 1, n) for n in (1, 2)
        ]
        return tuple(k * gap * Fraction(k, d) ** n for n, gap in enumerate(gaps, start=1))

    def composed(m: Point) -> tuple[Fraction, ...]:
        r = Jet.variable(2 * orders + 1)
        return _map(r / (1 - r * r * slaved / d), factors).c[3::2]  # type: ignore[no-any-return]

    def composed_symbolic() -> tuple[Any, ...]:
        r = sympy.Symbol("r")
        inner = r * sum((slaved * r**2 / sympy.Integer(d)) ** n for n in range(orders + 1))
        exact = [sympy.Rational(f.numerator, f.denominator) for f in factors]
        poly = sympy.Poly(sympy.expand(_map(inner, exact)), r)
        return tuple(poly.coeff_monomial(r ** (2 * n + 1)) for n in range(1, orders + 1))

    found = [Fraction(0), -Fraction(k - 2, 2 * d**2)]
    if k == 2:
        found.append(Fraction(-2, 3))

    def block(m: Point) -> tuple[Fraction, ...]:
        a = Jet.variable(3)
        return (_map(a / (1 - a * a / d), [m.c]).c[3],)

    def block_symbolic() -> tuple[Any, ...]:
        a = sympy.Symbol("a")
        inner = a * (1 + a**2 / sympy.Integer(d))
        return (sympy.Poly(sympy.expand(_map(inner, [point.c])), a).coeff_monomial(a**3),)

    def growth(m: Point) -> tuple[Fraction, ...]:
        z = Jet.variable(2)
        return ((1 / (1 - z * m.kappa) ** power).c[1],)

    def growth_symbolic() -> tuple[Any, ...]:
        z = sympy.Symbol("z")
        return (sympy.diff((1 - z * point.kappa) ** (-power), z).subs(z, 0),)

    constants = term("", lambda m: [_exact(m, f) for f in factors])
    tail = r",\tfrac{17}3" if k == 2 else ""
    steps = (
        Step(
            "Uniform weights on the simplex: g = G_1r² + G_2r⁴ + …, from E w_0² − E w_0w_1.",
            Term(
                r"[r^{2n}]\,k(Ew_0^2-Ew_0w_1)",
                tuple(difference(n) for n in range(1, orders + 1)),
                by_series,
            ),
            Term(
                r"(\tfrac1{k-1},\tfrac{k-6}{2(k-1)^2}" + tail + ")",
                constants.symbolic,
                constants.numeric,
            ),
            "H",
        ),
        Step(
            "One block with constant c (T2) and v = 1 − a²/d: c is replaced by c − 1/d.",
            Term(
                r"[a^3]\,\tfrac av\big(1-c\,\tfrac{a^2}{v^2}\big)",
                block_symbolic(),
                block,
            ),
            term(r"-(c-\tfrac1d)", lambda m: [-m.c + sign * _exact(m, Fraction(1, d))]),
            "expand 1/v",
        ),
        Step(
            "The whole simplex, d = k − 1: v' = 1 − |θ'|²/d holds exactly after a step, and the "
            "cubic term cancels for every k.",
            Term(
                r"[r^3,r^5,\dots]\,\rho\,(1-g(\rho)),\ \rho=r/(1-\tfrac{r^2}d)",
                composed_symbolic(),
                composed,
            ),
            term(
                rf"-(0,{even}" + (r",\tfrac23)" if k == 2 else ")"),
                lambda m: [_exact(m, f) for f in found],
            ),
            "expand",
        ),
        Step(
            f"r' = r(1 − κr^{power}): the increment of r^(−{power}).",
            Term(
                rf"\tfrac{{d}}{{dz}}(1-\kappa z)^{{-{power}}}|_{{z=0}}",
                growth_symbolic(),
                growth,
            ),
            term(
                rf"{power}\kappa",
                lambda m: [power / m.kappa if exponent else power * m.kappa],
            ),
            "chain rule",
        ),
    )
    statement = conclude(steps)
    limit = r"\tfrac14" if k == 2 else r"\tfrac{(k-1)^2}{2(k-2)}"
    return Derivation(
        id="Q2u",
        title="uniform weights with an estimated variance",
        statement_tex=(
            rf"Uniform weights, $k={k}$, $d=k-1$, $v$ estimated, on the regular simplex: "
            rf"$t\,r_t^{{{power}}}\to{limit}$, because "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + "."
        ),
        statement=statement,
        hypotheses=(
            str(IID),
            str(HEAT),
            INCREMENT,
            "the start is a regular simplex, which H keeps",
        ),
        steps=steps,
        depends=("H", "Q2"),
        witnesses=rational_points(k, names),
        faulty=faulty,
    )


def _exact(m: Point, value: Fraction) -> Any:
    """A constant as the point's kind of number."""
    if isinstance(m.kappa, sympy.Basic):
        return sympy.Rational(value.numerator, value.denominator)
    return value


def _two_components() -> tuple[Fraction, ...]:
    """``1 − E x tanh(rx)/r`` by the moment rule: g for k = 2, d = 1, from S1 and not from S6."""
    s = Jet.variable(7)
    total = Jet.of(7)
    for node, weight in moment_rule(8):
        up, down = (s * node).exp(), (s * -node).exp()
        total = total + (up - down) / (up + down) * node * weight
    return tuple(-total.c[n] for n in (3, 5, 7))
