"""Whether a rational function is identically zero: sparse polynomials over a common denominator.

`sympy.together` and `sympy.cancel` take greatest common divisors on the way, which costs minutes
on the Jacobian at k = 6; a zero numerator needs none.
"""

from __future__ import annotations

from math import prod
from typing import Any

import sympy
from sympy.polys.rings import PolyRing

#: Stands for a primitive k-th root of unity in symbolic terms.
ZETA = sympy.Symbol("zeta")

Fraction = tuple[Any, dict[Any, int]]  # numerator, denominator as polynomial → power


def vanishes(expression: Any, root: int | None = None) -> bool:
    """Whether a rational function with rational coefficients is identically zero.

    Args:
        expression: rational in its symbols; whatever is not rational (a radical, a logarithm)
            counts as one more independent symbol, so True is always right.
        root: read `ZETA` as a primitive root of unity of this order.

    >>> x, y = sympy.symbols("x y")
    >>> vanishes(1 / x + 1 / y - (x + y) / (x * y)), vanishes(1 / x - 1 / y)
    (True, False)
    >>> vanishes(1 + ZETA + ZETA**2, root=3)
    True
    """
    expression = sympy.sympify(expression)
    if expression.is_Number:
        return bool(expression == 0)
    generators = sorted(_generators(expression) | {ZETA}, key=str)
    ring = PolyRing(generators, sympy.QQ, sympy.lex)
    known: dict[Any, Fraction] = {s: (g, {}) for s, g in zip(generators, ring.gens, strict=True)}
    numerator, _ = _fraction(expression, ring, known)
    if root is not None and numerator:
        numerator = numerator.rem(ring.from_expr(sympy.cyclotomic_poly(root, ZETA)))
    return not numerator


def _is_rational_node(e: Any) -> bool:
    return bool(e.is_Add or e.is_Mul or (e.is_Pow and e.exp.is_Integer))


def _generators(e: Any) -> set[Any]:
    if e.is_Rational:
        return set()
    if not _is_rational_node(e):
        return {e}
    return {g for part in e.args for g in _generators(part)}


def _fraction(e: Any, ring: PolyRing, known: dict[Any, Fraction]) -> Fraction:
    """Numerator and denominator; `known` has those of the generators, and of each part once."""
    if e not in known:
        known[e] = _computed(e, ring, known)
    return known[e]


def _computed(e: Any, ring: PolyRing, known: dict[Any, Fraction]) -> Fraction:
    if e.is_Rational:
        return ring.domain_new(e) * ring.one, {}
    if e.is_Pow:
        numerator, denominator = _fraction(e.base, ring, known)
        n = int(e.exp)
        if n >= 0:
            return numerator**n, {d: p * n for d, p in denominator.items()}
        if not numerator:
            raise ZeroDivisionError(f"{e.base} is identically zero")
        return prod((d ** (-n * p) for d, p in denominator.items()), start=ring.one), {
            numerator: -n
        }
    parts = [_fraction(part, ring, known) for part in e.args]
    if e.is_Mul:
        product, denominators = ring.one, dict[Any, int]()
        for numerator, denominator in parts:
            product *= numerator
            for d, p in denominator.items():
                denominators[d] = denominators.get(d, 0) + p
        return product, denominators
    # terms over one denominator are added before anything is multiplied
    common: dict[Any, int] = {}
    groups: dict[frozenset[tuple[Any, int]], Any] = {}
    for numerator, denominator in parts:
        key = frozenset(denominator.items())
        groups[key] = groups.get(key, ring.zero) + numerator
        for d, p in denominator.items():
            common[d] = max(common.get(d, 0), p)
    total = ring.zero
    for key, numerator in groups.items():
        own = dict(key)
        total += prod((d ** (p - own.get(d, 0)) for d, p in common.items()), start=numerator)
    return total, common
