"""A SymPy expression as a tree: what computer algebra found, printed like everything else."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import sympy

from overspec.proofs.language.expression import (
    PREFIX,
    Div,
    Env,
    Expr,
    Item,
    Num,
    Pow,
    Sym,
    Unevaluable,
    bracketed,
    product,
    total,
)
from overspec.proofs.language.render import Box, Glyph, Root, Row, letter


@dataclass(frozen=True)
class Radical(Expr):
    """An exact number that is no rational: a root, a cosine, an arc sine, π, or a logarithm."""

    number: sympy.Expr
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        raise Unevaluable(str(self.number))

    def box(self) -> Box:
        e = self.number
        if e == sympy.pi:
            return letter("pi")
        if isinstance(e, sympy.Pow):
            return Root(explicit(e.base).box())
        name = {"cos": "cos", "sin": "sin", "asin": "arcsin", "log": "log"}[e.func.__name__]
        inner = explicit(e.args[0]).box()
        spaced = "" if name.startswith("arc") else " "
        head = Glyph(rf"\{name}", f"{name}{spaced}")
        return Row((head, bracketed(inner)))

    def held(self, level: int) -> Box:
        return self.box()


def explicit(e: Any) -> Expr:
    """The tree of a SymPy expression in the symbols π_0, π_1, … and exact numbers.

    >>> from overspec.mixture import weight_symbols
    >>> a, b = weight_symbols(2)
    >>> from overspec.proofs.language.render import text
    >>> text(explicit((a - b) ** 2 / 2 + sympy.sqrt(5) / 4).box())
    '½(π_0 − π_1)² + ¼√5'
    """
    e = sympy.sympify(e)
    if e.is_Rational:
        return Num(Fraction(int(e.p), int(e.q)))
    if e.is_Symbol:
        base, _, index = e.name.partition("_")
        return Item(Sym(base), Num(Fraction(int(index)))) if index.isdigit() else Sym(e.name)
    if e.is_Add:
        return total(*map(explicit, e.as_ordered_terms()))
    if e.is_Pow and e.exp == sympy.Rational(1, 2):
        return Radical(e)
    if e.is_Mul or e.is_Pow:
        top, bottom = sympy.fraction(e)
        if bottom != 1 and not bottom.is_Rational:
            return Div(explicit(top), explicit(bottom))
    if e.is_Mul:
        return product(*map(explicit, e.as_ordered_factors()))
    if e.is_Pow and e.exp.is_Integer:
        return Pow(explicit(e.base), Num(Fraction(int(e.exp))))
    if e.is_Pow and e.exp.is_Rational:  # a^{3/2} = a·√a
        whole = int(e.exp - sympy.Rational(1, 2))
        return product(explicit(e.base**whole), Radical(sympy.sqrt(e.base)))
    return Radical(e)
