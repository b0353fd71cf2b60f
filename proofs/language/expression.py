"""Formulas as trees: one tree is evaluated in every model and printed in every alphabet.

A node is immutable and compares by structure. `value` computes it in a model (a `calculus.Model`
or any object with the named attributes), symbolic or rational; `box` lays it out. Nobody types the
TeX of a formula beside the code that computes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from numbers import Number
from typing import Any, ClassVar

import sympy
from gmpy2 import mpq

from overspec.proofs.language.render import (
    Box,
    Fence,
    Quotient,
    Row,
    Script,
    joined,
    letter,
    number,
    sign,
)

SUM, PRODUCT, PREFIX, POWER, ATOM = range(1, 6)  # how tightly a node binds
RATIONAL = (int, Fraction, mpq)

Env = Mapping[str, int]  # values of the index variables


class Unevaluable(Exception):
    """A tree with no exact value in a model: an infimum, a limit, an expectation of w."""


class Meaningless(Unevaluable):
    """A tree that says nothing in a model: an index that is no integer, a block that is not."""


class Node:
    """A part of a statement or of an expression; the parts of a node are its dataclass fields."""

    def children(self) -> tuple[Node, ...]:
        """The nodes directly below."""
        return tuple(node for _, part in _parts(self) for node in _nodes(part))

    def walk(self) -> Iterator[Node]:
        """The node and all below it."""
        yield self
        for child in self.children():
            yield from child.walk()

    def map(self, change: Callable[[Any], Any]) -> Any:
        """The node with every child changed."""
        new = {name: _mapped(part, change) for name, part in _parts(self)}
        changed = {name: part for name, part in new.items() if part is not getattr(self, name)}
        return replace(self, **changed) if changed else self  # type: ignore[type-var]

    def put(self, table: Mapping[Any, Any]) -> Any:
        """Every occurrence of a key replaced by its value."""
        return table[self] if self in table else self.map(lambda child: child.put(table))

    def has(self, *parts: Node) -> bool:
        """Whether one of the given nodes occurs."""
        return any(node in parts for node in self.walk())


def _parts(node: Any) -> list[tuple[str, Any]]:
    return [(f.name, getattr(node, f.name)) for f in fields(node)]


def _nodes(part: Any) -> tuple[Node, ...]:
    if isinstance(part, Node):
        return (part,)
    return tuple(p for p in part if isinstance(p, Node)) if isinstance(part, tuple) else ()


def _mapped(part: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(part, Node):
        return change(part)
    if isinstance(part, tuple) and any(isinstance(p, Node) for p in part):
        new = tuple(change(p) if isinstance(p, Node) else p for p in part)
        return part if all(a is b for a, b in zip(part, new, strict=True)) else new
    return part


class Expr(Node):
    """An expression: a number, a vector, a matrix, or a table of them."""

    level: ClassVar[int] = ATOM

    def value(self, m: Any, env: Env) -> Any:
        """The value in the model m, exact; nested tuples for vectors and matrices."""
        raise Unevaluable(type(self).__name__)

    def again(self, m: Any, env: Env) -> Any:
        """The value once more, by code that `value` does not run (`reading`)."""
        raise Unevaluable(type(self).__name__)

    def box(self) -> Box:
        """The layout."""
        raise NotImplementedError

    def held(self, level: int) -> Box:
        """The layout, in brackets where it binds less tightly than the place asks."""
        return self.box() if self.level >= level else bracketed(self.box())

    def __add__(self, other: Any) -> Expr:
        return total(self, other)

    def __radd__(self, other: Any) -> Expr:
        return total(other, self)

    def __sub__(self, other: Any) -> Expr:
        return total(self, -expr(other))

    def __rsub__(self, other: Any) -> Expr:
        return total(other, -self)

    def __neg__(self) -> Expr:
        return product(-1, self)

    def __mul__(self, other: Any) -> Expr:
        return product(self, other)

    def __rmul__(self, other: Any) -> Expr:
        return product(other, self)

    def __truediv__(self, other: Any) -> Expr:
        bottom = expr(other)
        if isinstance(bottom, Num):
            return product(Num(1 / bottom.number), self)
        return Div(self, bottom)

    def __rtruediv__(self, other: Any) -> Expr:
        return Div(expr(other), self)

    def __pow__(self, other: Any) -> Expr:
        return Pow(self, expr(other))

    def __getitem__(self, index: Any) -> Expr:
        return Item(self, expr(index))


def whole(index: Expr, m: Any, env: Env) -> int:
    """The value of an expression in index variables."""
    value = index.value(m, env)
    if not isinstance(value, int) and value != int(value):
        raise Meaningless("an index that is no integer")
    return int(value)


def bracketed(box: Box) -> Box:
    """In round brackets."""
    return Fence(sign("("), box, sign(")"))


def expr(value: Any) -> Expr:
    """A number as a node; a node as it is."""
    return value if isinstance(value, Expr) else Num(Fraction(value))


@dataclass(frozen=True)
class Num(Expr):
    """A rational number."""

    number: Fraction

    def value(self, m: Any, env: Env) -> Any:
        return self.number

    def box(self) -> Box:
        top, bottom = self.number.numerator, self.number.denominator
        if bottom == 1:
            return number(top)
        share = Quotient(number(abs(top)), number(bottom), small=True)
        return share if top > 0 else Row((sign("-", "−"), share))

    def held(self, level: int) -> Box:
        return bracketed(self.box()) if self.number < 0 and level > SUM else self.box()


@dataclass(frozen=True)
class Sym(Expr):
    """A name: an index variable where the environment has it, else an attribute of the model."""

    name: str
    shown: str = ""

    def value(self, m: Any, env: Env) -> Any:
        if self.name in env:
            return env[self.name]
        try:
            return getattr(m, self.name)
        except AttributeError:
            raise Unevaluable(self.name) from None

    def box(self) -> Box:
        return letter(self.shown or self.name)


@dataclass(frozen=True)
class Item(Expr):
    """``base_index``, indices of components and frequencies modulo k."""

    base: Expr
    index: Expr

    def value(self, m: Any, env: Env) -> Any:
        table = self.base.value(m, env)
        return table[whole(self.index, m, env) % len(table)]

    def box(self) -> Box:
        return Script(self.base.held(ATOM), self.index.box())


@dataclass(frozen=True)
class Tuple(Expr):
    """Several expressions side by side."""

    parts: tuple[Expr, ...]

    def value(self, m: Any, env: Env) -> Any:
        return tuple(part.value(m, env) for part in self.parts)

    def box(self) -> Box:
        return bracketed(joined([part.box() for part in self.parts], sign(",", ", ")))


@dataclass(frozen=True)
class Add(Expr):
    """A sum of terms."""

    terms: tuple[Expr, ...]
    level: ClassVar[int] = SUM

    def map(self, change: Callable[[Any], Any]) -> Any:
        return total(*map(change, self.terms))

    def value(self, m: Any, env: Env) -> Any:
        return added([term.value(m, env) for term in self.terms])

    def box(self) -> Box:
        out: list[Box] = []
        for term in self.terms:
            minus, rest = _sign_of(term)
            if out or minus:
                out.append(sign("-", "−" if not out else " − ") if minus else sign("+", " + "))
            out.append(rest.held(PRODUCT))
        return Row(tuple(out))


@dataclass(frozen=True)
class Mul(Expr):
    """A product; at most one factor is a vector or a matrix."""

    factors: tuple[Expr, ...]
    level: ClassVar[int] = PRODUCT

    def map(self, change: Callable[[Any], Any]) -> Any:
        return product(*map(change, self.factors))

    def value(self, m: Any, env: Env) -> Any:
        out = self.factors[0].value(m, env)
        for factor in self.factors[1:]:
            out = multiplied(out, factor.value(m, env))
        return out

    def box(self) -> Box:
        minus, rest = _sign_of(self)
        if minus:
            return Row((sign("-", "−"), rest.held(PRODUCT)))
        out: list[Box] = []
        for i, factor in enumerate(self.factors):
            last = i == len(self.factors) - 1
            if out and isinstance(factor, Num):
                out.append(sign(r"\cdot", "·"))
            out.append(factor.held(PREFIX if last or factor.level > PREFIX else POWER))
        return Row(tuple(out))


@dataclass(frozen=True)
class Pow(Expr):
    """A power with an integer exponent, or one that is an index expression."""

    base: Expr
    exponent: Expr
    level: ClassVar[int] = POWER

    def value(self, m: Any, env: Env) -> Any:
        n = self.exponent.value(m, env)  # as an int: to GMP the exponent 2/1 asks for a root
        base = self.base.value(m, env)
        if isinstance(base, (Number, sympy.Basic)):
            power: Any = int(n) if isinstance(n, RATIONAL) and n == int(n) else n
            return base**power
        if n != int(n) or n < 0:
            raise Unevaluable("a power")
        out = base
        for _ in range(int(n) - 1):
            out = out * base
        return out if n else out * 0 + 1

    def box(self) -> Box:
        return Script(self.base.held(ATOM), None, self.exponent.box())


@dataclass(frozen=True)
class Div(Expr):
    """A quotient."""

    top: Expr
    bottom: Expr
    level: ClassVar[int] = POWER

    def value(self, m: Any, env: Env) -> Any:
        bottom = self.bottom.value(m, env)
        return multiplied(self.top.value(m, env), 1 / _ratio(bottom))

    def box(self) -> Box:
        return Quotient(self.top.box(), self.bottom.box())


def total(*terms: Any) -> Expr:
    """A sum, flat, without zeros."""
    flat: list[Expr] = []
    for term in map(expr, terms):
        flat += terms_of(term)
    flat = [term for term in flat if term != ZERO]
    return ZERO if not flat else flat[0] if len(flat) == 1 else Add(tuple(flat))


def terms_of(e: Expr) -> tuple[Expr, ...]:
    """The terms of a sum; anything else is the only one."""
    return e.terms if isinstance(e, Add) else (e,)


def product(*factors: Any) -> Expr:
    """A product, flat, its rational coefficient in front."""
    flat: list[Expr] = []
    for factor in map(expr, factors):
        flat += factor.factors if isinstance(factor, Mul) else (factor,)
    coefficient = Fraction(1)
    for factor in flat:
        coefficient *= factor.number if isinstance(factor, Num) else 1
    rest = [factor for factor in flat if not isinstance(factor, Num)]
    if coefficient == 0 or not rest:
        return Num(coefficient)
    if coefficient == -1 and isinstance(rest[0], Add) and len(rest) == 1:
        return Add(tuple(product(-1, term) for term in rest[0].terms))
    head = [] if coefficient == 1 else [Num(coefficient)]
    flat = [*head, *rest]
    return flat[0] if len(flat) == 1 else Mul(tuple(flat))


ZERO, ONE = Num(Fraction(0)), Num(Fraction(1))


def flat(value: Any) -> tuple[Any, ...]:
    """Nested tuples as one tuple of entries."""
    if isinstance(value, (tuple, list)):
        return tuple(entry for part in value for entry in flat(part))
    return (value,)


def added(values: list[Any]) -> Any:
    """The sum of numbers, or of vectors entry by entry; a lone 0 stands for any zero."""
    values = [v for v in values if not (isinstance(v, RATIONAL) and v == 0)] or values[:1]
    if not isinstance(values[0], tuple):
        out = values[0]
        for v in values[1:]:
            out = out + v
        return out
    return tuple(added(list(entries)) for entries in zip(*values, strict=True))


def multiplied(a: Any, b: Any) -> Any:
    """A product in which at most one side is a vector or a matrix."""
    if isinstance(a, tuple):
        return tuple(multiplied(entry, b) for entry in a)
    if isinstance(b, tuple):
        return tuple(multiplied(a, entry) for entry in b)
    return a * b


def _ratio(value: Any) -> Any:
    return Fraction(value) if isinstance(value, int) else value


def _sign_of(term: Expr) -> tuple[bool, Expr]:
    if isinstance(term, Num) and term.number < 0:
        return True, Num(-term.number)
    if isinstance(term, Mul) and isinstance(term.factors[0], Num) and term.factors[0].number < 0:
        return True, product(-1, term)
    return False, term
