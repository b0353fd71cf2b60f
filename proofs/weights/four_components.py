"""k = 4: which weights keep a regular simplex, decided by orders 0, 2 and 4 (H4)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import sympy

from overspec.proofs.language.analysis import Abbreviation, Named
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ONE, ZERO, Add, Expr, Num, Sym, bracketed, total
from overspec.proofs.language.expression import product as product_
from overspec.proofs.language.lemmas import UNIT
from overspec.proofs.language.operators import PI
from overspec.proofs.language.render import Row, Script, letter, number, sign
from overspec.proofs.language.statement import (  # fmt: skip
    Both,
    DoesNotFollow,
    Every,
    Iff,
    Statement,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Rule, Theorem, step, together
from overspec.proofs.machinery.expansion import rational_points, symbolic_point
from overspec.proofs.weights.heat import HEAT, IID, P2, P3, first_order, second_order
from overspec.proofs.weights.log_weights import RADIUS
from overspec.proofs.weights.simplex_keeping import simplex_keeping

GAP = Row((letter("C_1"), sign("-", " − "), letter("C_2")))


def four_components() -> Derivation:
    """k = 4: a simplex is kept to order r⁴ iff all weights but one are equal.

    Coordinates ``π = ((1+t)/2 ± α, (1−t)/2 ± β)/2`` at indices 0, 2 and 1, 3. Order 0 asks for
    ``t² = α² + β²``, order r² for nothing more, order r⁴ then for ``αβ = 0``: with β = 0 and
    t = ±α three weights are equal.

    >>> four_components().recheck()
    ()
    """
    return _four_components(
        faulty=(
            ("order r⁴ without αβ", partial(_four_components, product=0)),
            ("the sign of α² + β²", partial(_four_components, sign=-1)),
        )
    )


def _four_components(product: int = 3, sign: int = 1, faulty: Faults = ()) -> Derivation:
    names = ("t", "alpha", "beta")
    point = symbolic_point(4, names)
    t, alpha, beta = (Sym(name) for name in names)
    up, down = (1 + t) / 2, (1 - t) / 2
    weights = ((up + alpha) / 2, (down + beta) / 2, (up - alpha) / 2, (down - beta) / 2)
    p2, p3 = (total(*(w**n for w in weights)) for n in (2, 3))
    at = {P2: p2, P3: p3} | {PI[Num(Fraction(j))]: w for j, w in enumerate(weights)}

    def gap(pair: Callable[[Expr, Expr], Expr]) -> Expr:
        index = [Num(Fraction(j)) for j in range(4)]
        near = (pair(index[i], index[(i + 1) % 4]) for i in range(4))
        far = (pair(index[i], index[(i + 2) % 4]) for i in range(4))
        found: Expr = (total(*near) - total(*far)).put(at)
        return found

    defect = sign * (alpha**2 + beta**2) - t**2
    gaps = [
        Abbreviation(gap(pair), Script(bracketed(GAP), None, bracketed(number(n))))
        for n, pair in enumerate(
            (lambda i, j: PI[i] * PI[j], lambda i, j: first_order(i, j, ZERO), second_order)
        )
    ]
    last = gaps[2]
    quotient = _polynomial(_quotient(last.value(point, {})), (t, alpha, beta))
    order0 = step("Order 0 of C_1 − C_2, C_s = Σ_i E[w_iw_{i+s}].", gaps[0], defect / 2, "expand")
    order2 = step(
        "Order c² is the same condition: the difference vanishes with order 0.",
        gaps[1],
        (3 * p2 - 2) * defect / 2,
        "expand",
    )
    order4 = step(
        "Order c⁴, modulo order 0; q is a polynomial.",
        last,
        defect * quotient - product * alpha**2 * beta**2 / 2,
        "division with remainder",
    )
    return Derivation(
        id="H4",
        title="k = 4: only weights all equal but one keep the simplex",
        theorem=together(_three_equal(order0, order2, order4, simplex_keeping(4).cited(1)), order0),
        setting=(UNIT, "k = 4, π = ((1+t)/2 ± α, (1−t)/2 ± β)/2 at indices 0, 2 and 1, 3"),
        model=point,
        witnesses=rational_points(4, names),
        faulty=faulty,
    )


def _three_equal(*premises: Theorem) -> Theorem:
    """C_1 − C_2 vanishes at orders 0, 2, 4 iff δ = 0 and αβ = 0: then t = ±α or t = ±β."""

    def infer(order0: Statement, order2: Statement, order4: Statement, _: Statement) -> Statement:
        defect = relation(order0).rhs.factors[1]  # type: ignore[attr-defined]
        alpha, beta = Sym("alpha"), Sym("beta")
        if defect not in relation(order2).rhs.walk():
            raise DoesNotFollow("order c² asks for more")
        last = relation(order4).rhs
        terms = last.terms if isinstance(last, Add) else (last,)
        rest = total(*(term for term in terms if not term.has(defect)))
        if rest != ZERO and rest.factors[1:] != (alpha**2, beta**2):  # type: ignore[attr-defined]
            raise DoesNotFollow("the remainder is no multiple of α²β²")
        kept = Every(
            RADIUS, None, equals(Named("g", (RADIUS,), ONE), Named("g", (RADIUS,), ONE + 1))
        )
        conditions = Both((equals(defect, ZERO), equals(rest, ZERO)))
        return Iff(kept, conditions)

    return Rule("order by order", infer, (IID, HEAT))(*premises)


def _polynomial(terms: list[tuple[tuple[int, ...], Any]], letters: tuple[Expr, ...]) -> Expr:
    parts = []
    for powers, c in terms:
        factors = [x if n == 1 else x**n for x, n in zip(letters, powers, strict=True) if n]
        parts.append(product_(Num(Fraction(int(c.p), int(c.q))), *factors))
    return total(*parts)


def _quotient(gap: Any) -> list[tuple[tuple[int, ...], Any]]:
    t, alpha, beta = (sympy.Symbol(name, positive=True) for name in ("t", "alpha", "beta"))
    (quotient,), _ = sympy.reduced(sympy.expand(gap), [alpha**2 + beta**2 - t**2], t, alpha, beta)
    return list(sympy.Poly(quotient, t, alpha, beta).terms())
