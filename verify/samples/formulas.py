"""The value of a derived formula at numbers, in doubles or in balls."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from overspec.proofs.language.analysis import Named, SquareRoot
from overspec.proofs.language.expression import Add, Div, Expr, Mul, Num, Pow, Sym
from overspec.verify.enclosures.ball import Ball, to_ball


class Doubles:
    """Roots and logarithms in doubles."""

    number: Callable[[Fraction], Any] = float
    sqrt = staticmethod(math.sqrt)
    log = staticmethod(math.log)
    min = staticmethod(min)


class Balls:
    """The same in balls."""

    number: Callable[[Fraction], Any] = staticmethod(to_ball)

    @staticmethod
    def sqrt(ball: Ball) -> Ball:
        """The root of a ball of positive numbers."""
        return ball.sqrt()

    @staticmethod
    def log(ball: Ball) -> Ball:
        """Its logarithm."""
        return ball.log()

    @staticmethod
    def min(ball: Ball, other: Ball) -> Ball:
        """The smaller of two."""
        return ball.min(other)


def evaluated(e: Expr, values: Mapping[Expr, Any], kind: type[Any]) -> Any:
    """A formula of rational operations, roots and logarithms at numbers of one kind.

    Raises:
        TypeError: another kind of node.
    """
    match e:
        case Sym() if e in values:  # only names have values: no tree is hashed
            return values[e]
        case Num(q):
            return kind.number(q)
        case Add(terms):
            return sum((evaluated(t, values, kind) for t in terms[1:]),
                       evaluated(terms[0], values, kind))  # fmt: skip
        case Mul(factors):
            out = evaluated(factors[0], values, kind)
            for factor in factors[1:]:
                out = out * evaluated(factor, values, kind)
            return out
        case Div(top, bottom):
            return evaluated(top, values, kind) / evaluated(bottom, values, kind)
        case Pow(base, Num(q)) if q in (2, 3, 4):
            value = evaluated(base, values, kind)
            square = value * value
            return square if q == 2 else square * (value if q == 3 else square)
        case SquareRoot(f):
            return kind.sqrt(evaluated(f, values, kind))
        case Named("log", (f,)):
            return kind.log(evaluated(f, values, kind))
        case Named("min", (f, g)):
            return kind.min(evaluated(f, values, kind), evaluated(g, values, kind))
    raise TypeError(f"no number for {type(e).__name__}")
