"""Where formulas about Lloyd's simplex are evaluated for every k at once: k is a symbol.

An array that depends only on which of its indices are equal, and on a few that are singled out
(0, 1, 2, 3), is summed for symbolic k by classes: every index that has a name already once, and a
new one k − (number of names) times. So an identity of rational functions in k holds for every k at
which all names exist; where k is smaller the factors k − 4, k − 5, … leave out what does not. The
instances of the other methods have an integer k and arrays written out in full.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from overspec.proofs.language.derivation import Derivation
from overspec.proofs.lloyd.facets import at_symbols
from overspec.proofs.machinery.ball import Ball, line_integral
from overspec.proofs.machinery.expansion import Point
from overspec.proofs.machinery.symbolic import SYMBOL

MARKED = 4  # indices that are singled out: 0, 1, 2, 3


@dataclass(frozen=True)
class AnyK(Derivation):
    """A derivation whose steps are identities in a symbolic k."""

    @property
    def every_k(self) -> bool:
        """Whether k is a symbol of the model, in which every step has been evaluated."""
        return bool(self.model.k == SYMBOL)


@dataclass(frozen=True)
class Instance(Point):
    """An integer k at which m, N and F are the integrals that they stand for, in balls."""

    def embed(self, entries: tuple[Any, ...]) -> tuple[Any, ...]:
        """Symbolic entries at the point, in balls."""
        table = {sympy.Symbol(n, positive=True): v for n, v in self.values.items()}
        at = {SYMBOL: sympy.Integer(self.k)}
        return tuple(at_symbols(sympy.sympify(entry).xreplace(at), table) for entry in entries)


def by_class(f: Callable[[int], Any], named: Sequence[int], k: Any) -> Any:
    """``Σ_a f(a)`` over k indices, f depending only on which of the named ones a is.

    >>> by_class(lambda a: 10 if a == 0 else 1, (0, 1), 5), by_class(lambda a: 1, (0,), SYMBOL)
    (14, k)
    """
    new = max(named, default=-1) + 1
    return sum((f(a) for a in named), start=(k - len(named)) * f(new))


def symbols(names: Sequence[str]) -> Point:
    """Every name a symbol, and k."""
    return Point(SYMBOL, {name: sympy.Symbol(name, positive=True) for name in names}, _no_root)


def rationals(
    k: int, names: Sequence[str], motions: bool = False
) -> Callable[[random.Random], tuple[Point, ...]]:
    """Two random rational points, at an integer k and at the next; with motions written out."""

    def draw(rng: random.Random, size: int) -> Point:
        values = {name: Fraction(rng.randint(1, 9), rng.randint(1, 7)) for name in names}
        at: dict[Any, Any] = {SYMBOL: sympy.Integer(size)}
        for name, value in values.items():
            symbol = sympy.Symbol(name, positive=True)
            at[symbol] = sympy.Rational(value.numerator, value.denominator)
        more = _arrays(size, values) if motions else {}
        return Point(size, {**values, **more}, _no_root, at)

    return lambda rng: (draw(rng, k), draw(rng, k + 1))


def facet_instance(k: int, names: Sequence[str]) -> Callable[[random.Random], Instance]:
    """A random rational motion, m_k, N and F enclosed, at an integer k ≥ 4."""

    def draw(rng: random.Random) -> Instance:
        (point, _) = rationals(k, names, motions=True)(rng)
        known = {
            "m": line_integral((1, 1, k - 1)) * k,
            "N": line_integral((0, 3, k - 3)),
            "F": line_integral((0, 4, k - 4)),
        }
        return Instance(k, {**point.values, **known}, _no_root)

    return draw


def _arrays(k: int, values: dict[str, Any]) -> dict[str, Any]:
    """The vectors that span the motions, written out: e_0, e_1, and p e_0 + q e_1."""
    unit = [tuple(Fraction(a == i) for a in range(k)) for i in range(2)]
    mixed = tuple(values["p"] * a + values["q"] * b for a, b in zip(*unit, strict=True))
    return {"a": unit[0], "b": unit[1], "t": mixed}


def enclosed_maximum(k: int) -> Ball:
    """``m_k`` in a ball.

    >>> enclosed_maximum(10) < Fraction(154, 100)
    True
    """
    return line_integral((1, 1, k - 1)) * k


def _no_root(power: int) -> Any:
    raise ValueError("no root of unity occurs here")
