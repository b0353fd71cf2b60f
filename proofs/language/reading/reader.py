"""The second reading of arithmetic, indices and sums; both sides of a step."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import singledispatch
from typing import Any

from overspec.proofs.language.expression import (
    Add,
    Div,
    Env,
    Item,
    Mul,
    Num,
    Pow,
    Sym,
    Tuple,
    Unevaluable,
)
from overspec.proofs.language.ranges import Family, Half, Range, Sum


@singledispatch
def read(node: Any, m: Any, env: Env) -> Any:
    """The value of a node at an exact instance; nodes of other rooms bring theirs as `again`."""
    return node.again(m, env)


def indices(over: Any, m: Any, env: Env) -> list[int]:
    """What an index runs over; ranges of other rooms bring theirs as `again`."""
    found: list[int]
    if type(over) is not Range:
        found = over.again(m, env)
        return found
    return list(range(index(over.start, m, env), index(over.stop, m, env) + 1))


def index(node: Any, m: Any, env: Env) -> int:
    """An index, which must come out as an integer."""
    found = read(node, m, env)
    if isinstance(found, int):
        return found
    value = Fraction(found)
    if value.denominator != 1:
        raise Unevaluable("an index that is no integer")
    return int(value)


def entries(expression: Any, around: tuple[Any, ...], m: Any) -> tuple[Any, ...]:
    """All numbers of a side of a step, for all values of the indices around it."""
    found: list[Any] = []
    bound = [q for q in around if q.over is not None]
    stack: list[tuple[dict[str, int], list[Any]]] = [({}, bound)]
    while stack:
        env, rest = stack.pop()
        if rest:
            name = rest[0].index.name
            stack += [({**env, name: i}, rest[1:]) for i in reversed(indices(rest[0].over, m, env))]
        else:
            found += numbers(read(expression, m, env))
    return tuple(found)


def numbers(value: Any) -> Iterator[Any]:
    """The numbers of a nested tuple, in order."""
    if isinstance(value, tuple):
        for part in value:
            yield from numbers(part)
    else:
        yield value


def summed(values: Any) -> Any:
    """A sum of numbers, or of vectors coordinate by coordinate; a bare 0 is a zero of any shape."""
    total: Any = 0
    for value in values:
        if isinstance(total, tuple) and isinstance(value, tuple):
            if len(total) != len(value):
                raise ValueError("vectors of different lengths")
            total = tuple(summed(pair) for pair in zip(total, value, strict=True))
        elif isinstance(value, tuple):
            total = value
        elif not isinstance(total, tuple):
            total = total + value
    return total


def scaled(c: Any, value: Any) -> Any:
    """A number times a number or a vector."""
    if isinstance(value, tuple):
        return tuple(scaled(c, part) for part in value)
    return c * value


@read.register
def _(node: Num, m: Any, env: Env) -> Any:
    return node.number


@read.register
def _(node: Sym, m: Any, env: Env) -> Any:
    if node.name in env:
        return env[node.name]
    try:
        return getattr(m, node.name)
    except AttributeError:
        raise Unevaluable(node.name) from None


@read.register
def _(node: Item, m: Any, env: Env) -> Any:
    table = read(node.base, m, env)
    return table[index(node.index, m, env) % len(table)]


@read.register
def _(node: Tuple, m: Any, env: Env) -> Any:
    return tuple(read(part, m, env) for part in node.parts)


@read.register
def _(node: Add, m: Any, env: Env) -> Any:
    return summed([read(term, m, env) for term in node.terms])


@read.register
def _(node: Mul, m: Any, env: Env) -> Any:
    scalar: Any = Fraction(1)
    vector: Any = None
    for value in (read(factor, m, env) for factor in node.factors):
        if not isinstance(value, tuple):
            scalar = value * scalar
        elif vector is None:
            vector = value
        else:
            raise ValueError("a product of two vectors")
    return scalar if vector is None else scaled(scalar, vector)


@read.register
def _(node: Pow, m: Any, env: Env) -> Any:
    base, n = read(node.base, m, env), index(node.exponent, m, env)
    result: Any = Fraction(1)
    for _ in range(abs(n)):
        result = base * result
    return result if n >= 0 else 1 / result


@read.register
def _(node: Div, m: Any, env: Env) -> Any:
    top, bottom = read(node.top, m, env), read(node.bottom, m, env)
    return scaled(Fraction(1) / bottom, top)


@read.register
def _(node: Sum, m: Any, env: Env) -> Any:
    name = node.index.name
    return summed(read(node.body, m, {**env, name: i}) for i in indices(node.over, m, env))


@read.register
def _(node: Family, m: Any, env: Env) -> Any:
    name = node.index.name
    return tuple(read(node.body, m, {**env, name: i}) for i in indices(node.over, m, env))


@read.register
def _(node: Half, m: Any, env: Env) -> Any:
    return (m.k - m.k % 2) // 2
