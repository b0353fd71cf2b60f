"""E[w_iw_j] on a regular simplex by the heat semigroup, order by order, both ways."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import factorial
from typing import Any, ClassVar

import sympy
from gmpy2 import mpq
from sympy.polys.rings import ring

from overspec.mixture import weight_symbols
from overspec.proofs.language.analysis import Table
from overspec.proofs.language.every import atoms, forms, sums
from overspec.proofs.language.every.calculus import entries_moved
from overspec.proofs.language.every.evaluate import index as form
from overspec.proofs.language.every.evaluate import over_all
from overspec.proofs.language.expression import PRODUCT, Env, Expr, Num, whole
from overspec.proofs.language.operators import PI
from overspec.proofs.language.reading.reader import index
from overspec.proofs.language.render import Box, Fence, Row, Script, letter, number, sign
from overspec.proofs.language.theorem import Hypothesis
from overspec.proofs.machinery.expansion import Jet, Point
from overspec.proofs.machinery.symbolic import SYMBOL

IID = Hypothesis(
    "iid",
    "regular simplex: the Gram matrix of the means is c²I − const, and softmax ignores a common "
    "shift, so w_j ∝ π_j exp(c γ_j) with iid standard normal γ_j, c² = r² k/(k−1)",
    "the Gram matrix determines the law",
)

HEAT = Hypothesis(
    "heat",
    "heat semigroup: E F(cγ) = Σ_n c^{2n} (½Δ)^n F(0)/n!, F bounded and analytic near 0",
    "Taylor expansion of the heat semigroup",
)


def heat_symbolic(k: int, i: int, j: int, order: int) -> Any:
    """``(½Δ)^n(w_i w_j)(0)/n!`` by the derivations ``w_a ↦ w_a(δ_al − w_l)``."""
    base, *w = ring([f"pi_{a}" for a in range(k)], sympy.QQ)
    value = w[i] * w[j]

    def derive(f: Any, n: int) -> Any:
        return sum((f.diff(w[a]) * w[a] * (int(a == n) - w[n]) for a in range(k)), base.zero)

    def half_laplacian(f: Any) -> Any:
        return sum((derive(derive(f, a), a) for a in range(k)), base.zero) / 2

    for _ in range(order):
        value = half_laplacian(value)
    expression = (value / factorial(order)).as_expr()
    free = weight_symbols(k)
    named = {sympy.Symbol(f"pi_{a}"): free[a] for a in range(1, k)}
    return expression.xreplace({**named, sympy.Symbol("pi_0"): 1 - sympy.Add(*free[1:])})


def heat_numeric(m: Point, i: int, j: int, order: int) -> mpq:
    """The same from one-dimensional Taylor series along e_l and e_l ± e_n; order 1 or 2."""

    def along(direction: dict[int, int]) -> mpq:
        s = Jet.variable(2 * order)
        energies = [Jet.of(2 * order, p) for p in m.pi]
        for a, size in direction.items():
            energies[a] = m.pi[a] * (s * size).exp()
        total = sum(energies[1:], energies[0])
        value: mpq = (energies[i] * energies[j] / (total * total)).c[2 * order]
        return value

    axes = [along({a: 1}) for a in range(m.k)]
    if order == 1:
        return sum(axes, mpq(0))
    result = 3 * sum(axes, mpq(0))
    for a, b in combinations(range(m.k), 2):
        both = along({a: 1, b: 1}) + along({a: 1, b: -1})
        result += (both - 2 * axes[a] - 2 * axes[b]) / 2
    return result


def heat_sums(i: Any, j: Any, order: int) -> Any:
    """The same as an index sum, for every k: ``∂_l π_a = π_a(δ_al − π_l)``, and ``½ Σ_l ∂_l∂_l``.

    >>> from overspec.proofs.language.every.forms import variable
    >>> len(heat_sums(variable("i"), variable("j"), 1).with_unit_weights().terms)
    4
    """

    def derived(f: Any, n: Any) -> Any:
        def slope(a: Any) -> Any:
            share = sums.delta(forms.minus(a, n)) - sums.entry("pi", n)
            return sums.entry("pi", a) * share

        return entries_moved(f, "pi", slope)

    value = sums.entry("pi", i) * sums.entry("pi", j)
    for _ in range(order):
        inner = value
        value = over_all(lambda n, f=inner: derived(derived(f, n), n)) * Fraction(1, 2)
    return value * Fraction(1, factorial(order))


def uniform_heat(i: int, j: int, order: int) -> Any:
    """The same for uniform weights, a rational function of `SYMBOL`.

    >>> uniform_heat(0, 1, 1)
    -1/k**3
    """
    value = heat_sums(forms.constant(i), forms.constant(j), order).with_unit_weights()
    total = sympy.Integer(0)
    for (bound, factors), c in value.terms:
        power = len(bound)  # each sum is of k equal terms
        for each, n in factors:
            if each[0] != atoms.TABLE:
                raise ValueError("a term that is no product of weights")
            power -= n
        total += sympy.Rational(c.numerator, c.denominator) * SYMBOL**power
    return total


@dataclass(frozen=True)
class Heat(Expr):
    """``(½Δ)^n (w_iw_j)(0)/n!``."""

    order: int
    i: Expr
    j: Expr
    level: ClassVar[int] = PRODUCT

    def for_every_k(self, read: Any, env: Any) -> Any:
        """The index sum, i and j any indices."""
        return heat_sums(form(self.i, env), form(self.j, env), self.order)

    def value(self, m: Any, env: Env) -> Any:
        i, j = whole(self.i, m, env), whole(self.j, m, env)
        if isinstance(m.pi[-1], sympy.Basic):
            return heat_symbolic(m.k, i, j, self.order)
        return self.again(m, env)

    def again(self, m: Any, env: Env) -> Any:
        return heat_numeric(m, index(self.i, m, env), index(self.j, m, env), self.order)

    def box(self) -> Box:
        share = Num(Fraction(1, 2**self.order * factorial(self.order))).box()
        power = number(self.order) if self.order > 1 else None
        laplacian = Script(letter("Delta"), None, power) if power else letter("Delta")
        pair = Row((Script(letter("w"), self.i.box()), Script(letter("w"), self.j.box())))
        at = Fence(sign("("), number(0), sign(")"))
        return Row((share, laplacian, Fence(sign("("), pair, sign(")")), at))


@dataclass(frozen=True)
class PowerSum(Expr):
    """``p_n = Σ_j π_j^n``."""

    n: int

    def for_every_k(self, read: Any, env: Any) -> Any:
        """The index sum."""
        return over_all(lambda j: sums.entry("pi", j) ** self.n)

    def value(self, m: Any, env: Env) -> Any:
        return sum(w**self.n for w in m.pi)

    def again(self, m: Any, env: Env) -> Any:
        return sum(mpq(w.numerator**self.n, w.denominator**self.n) for w in m.pi)

    def box(self) -> Box:
        return Script(letter("p"), number(self.n))


P2, P3 = PowerSum(2), PowerSum(3)

SQUARES = Table(
    PI,
    lambda m, pi: tuple(w * w for w in pi),
    letter("rho"),
    lambda m, pi: tuple(mpq(w.numerator**2, w.denominator**2) for w in pi),
    lambda entry, p: entry(p) ** 2,
)


def first_order(i: Expr, j: Expr, same: Expr, cubic: int = 2) -> Expr:
    """Order c² of E[w_iw_j]."""
    return PI[i] * PI[j] * (same + 3 * P2 - cubic * PI[i] - cubic * PI[j])


def second_order(i: Expr, j: Expr, mixed: int = 6) -> Expr:
    """Order c⁴ of E[w_iw_j], i ≠ j."""
    a, b = PI[i], PI[j]
    rest = 15 * P2**2 + 3 * P2 / 2 - 12 * P3
    return a * b * (9 * a**2 + 9 * b**2 + mixed * a * b - (12 * P2 + 1) * (a + b) + rest)
