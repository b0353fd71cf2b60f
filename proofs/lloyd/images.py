"""The image of a motion under Lloyd's Jacobian for symbolic k, and inner products of motions (K2).

The facet moments are those of `jacobian`; the sums over facets and coordinates go by class of index
(`any_k.by_class`). Where k is an integer they are the loops of `jacobian`, and in the second
reading the integrals of `facets`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, ClassVar

import sympy
from sympy.polys.fields import field

from overspec.proofs.language.expression import PREFIX, Env, Expr
from overspec.proofs.language.render import Box, Fence, Row, Script, joined, letter, number, sign
from overspec.proofs.lloyd import facets
from overspec.proofs.lloyd.any_k import MARKED, by_class
from overspec.proofs.lloyd.jacobian import facet_tables, image_of_rows
from overspec.proofs.lloyd.motions import MOTIONS
from overspec.proofs.machinery.expansion import Point
from overspec.proofs.machinery.symbolic import SYMBOL

Array = Callable[[int, int], Any]
CYCLE = {(0, 1): 1, (1, 2): -1, (2, 3): 1, (0, 3): -1}


def entries_of(name: str, m: Any) -> Array:
    """δ_ia of a motion, by which of i and a are 0, 1, 2, 3 or each other."""
    off = -1 / m.k
    on = off + 1

    def axis(i: int, a: int) -> Any:
        return on if a == i else off

    @cache
    def size(i: int) -> Any:
        return m.p * axis(0, i) + m.q * axis(1, i)

    found: dict[str, Array] = {
        "C": lambda i, a: m.y * axis(i, a),
        "Omega": lambda i, a: axis(0, i) * axis(1, a) - axis(1, i) * axis(0, a),
        "S": lambda i, a: m.y * CYCLE.get((min(i, a), max(i, a)), 0),
        "tau": lambda i, a: size(a),
        "sigma": lambda i, a: size(i) * axis(i, a),
    }
    return found[name]


def image_by_class(m: Any, delta: Array) -> tuple[Any, ...]:
    """``(Jδ)_0`` at the coordinates 0, 1, 2, 3 and at any other, for symbolic k."""
    k, size = m.k, m.m
    w, y, h, yy, yh, hh, mixed = facet_tables(k, size, m.N, m.F)

    def component(a: int) -> Any:
        named = tuple(range(max(MARKED, a + 1)))

        def facet(j: int) -> Any:
            if j == 0:
                return k * 0
            names = named if j in named else (*named, j)
            offset = size * k * (delta(j, j) - delta(0, 0)) / (k - 1)

            def first(b: int) -> Any:
                return y if b in (0, j) else h

            def second(b: int) -> Any:
                on = (a in (0, j)) + (b in (0, j))
                return (yy if on == 2 else yh) if on else (hh if a == b else mixed)

            def turned(b: int) -> Any:
                return delta(0, b) - delta(j, b)

            mass = by_class(lambda b: turned(b) * first(b), names, k) + offset * w
            moment = by_class(lambda b: turned(b) * second(b), names, k) + offset * first(a)
            return moment - (size * k * mass / (k - 1) if a == 0 else 0)

        return by_class(facet, named, k)

    total = [component(a) for a in range(MARKED + 1)]
    mean = (sum(total[:MARKED]) + (k - MARKED) * total[MARKED]) / k
    return tuple((k - 1) * (value - mean) / size for value in total)


LETTERS = ("m", "N", "F", "y", "p", "q")


@cache
def _symbolic_image(name: str, *letters: sympy.Symbol) -> tuple[Any, ...]:
    """The image of a motion, in lowest terms: once for the derivation and all its mutants."""
    _, size, *values = field([str(SYMBOL), *map(str, letters)], sympy.QQ)
    m = Point(size, dict(zip(LETTERS, values, strict=True)), lambda power: None)
    found = image_by_class(m, entries_of(name, m))
    names = {sympy.Symbol(str(x)): x for x in (SYMBOL, *letters)}
    return tuple(entry.as_expr().xreplace(names) for entry in found)


@dataclass(frozen=True)
class Moved(Expr):
    """δ_0 of a motion, or of its image under J: coordinates 0, 1, 2, 3 and one other."""

    name: str
    moved: bool = False
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        if m.k != SYMBOL:
            rows = MOTIONS[self.name](m)
            found = image_of_rows(m.k, m.m, m.N, m.F, rows) if self.moved else rows[0]
            return tuple(found[: MARKED + 1])
        delta = entries_of(self.name, m)
        if self.moved:
            return _symbolic_image(self.name, *(getattr(m, name) for name in LETTERS))
        return tuple(delta(0, a) for a in range(MARKED + 1))

    def again(self, m: Any, env: Env) -> Any:
        """From the integrals over the facets, in balls."""
        delta = facets.motion(self.name, m)
        found = facets.image(m, delta) if self.moved else delta[0]
        return tuple(found[: MARKED + 1])

    def box(self) -> Box:
        motion = letter(self.name)
        inner = Row((letter("J"), motion)) if self.moved else motion
        return Script(Row((sign("("), inner, sign(")"))), number(0))


@dataclass(frozen=True)
class Product(Expr):
    """``⟨δ, δ'⟩ = Σ_i ⟨δ_i, δ'_i⟩`` of two motions."""

    one: str
    other: str

    def value(self, m: Any, env: Env) -> Any:
        if m.k != SYMBOL:
            pair = zip(MOTIONS[self.one](m), MOTIONS[self.other](m), strict=True)
            return sum(a * b for rows in pair for a, b in zip(*rows, strict=True))
        one, other = (entries_of(name, m) for name in (self.one, self.other))
        named = tuple(range(MARKED))

        def row(i: int) -> Any:
            names = named if i in named else (*named, i)
            return by_class(lambda a: one(i, a) * other(i, a), names, m.k)

        return by_class(row, named, m.k)

    def again(self, m: Any, env: Env) -> Any:
        one, other = (facets.motion(name, m) for name in (self.one, self.other))
        total = Fraction(0)
        for i in range(m.k):
            for a in range(m.k):
                total = one[i][a] * other[i][a] + total
        return total

    def box(self) -> Box:
        body = joined((letter(self.one), letter(self.other)), sign(",", ", "))
        return Fence(sign(r"\langle", "⟨"), body, sign(r"\rangle", "⟩"))
