"""The checker's own reading of a formula, and its words.

A formula is a rational number as text, ``["pi"]``, ``[op, a, b]`` for ``+ - * /``, ``["^", a, n]``,
``[f, a]`` for a function, or ``["E", p, m, n, s, b, law]``: the mean of ``x^p sech(y)^m
tanh(y)^n``, y = sx + b, where the law is a list of ``[weight, mean]`` and the weights are rational.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from overspec.verify.check.format import Rejected, integer
from overspec.verify.check.value import TooCostly

RATIONAL = re.compile(r"-?[0-9]{1,3000}(/[0-9]{1,3000})?")
ARITHMETIC = ("+", "-", "*", "/")
FUNCTIONS = ("exp", "log", "sqrt", "atanh", "erf")
MOST_NODES = 2000  # of all formulas of a file
MOST_DEPTH = 100
MOST_PARTS = 10  # of a law
MOST_DEGREE, MOST_POWER = 4, 8


@dataclass(frozen=True)
class Apply:
    """An operation or a function, with its arguments."""

    op: str
    args: tuple[Node, ...]


@dataclass(frozen=True)
class Power:
    """A power with an integer exponent ≥ 0."""

    base: Node
    exponent: int


@dataclass(frozen=True)
class Moment:
    """``E x^degree sech^sech tanh^tanh`` of slope·x + shift; weights are rational, sum 1."""

    degree: int
    sech: int
    tanh: int
    slope: Node
    shift: Node
    law: tuple[tuple[Fraction, Node], ...]


Node: TypeAlias = Fraction | Apply | Power | Moment


class Reader:
    """Reads the formulas of one file, which together may be so large."""

    def __init__(self) -> None:
        self.left = MOST_NODES

    def read(self, given: Any, depth: int = 0) -> Node:
        """A formula.

        Raises:
            Rejected: it is none, or the weights of a law are no weights.
            TooCostly: it is too large.
        """
        self.left -= 1
        if self.left < 0 or depth > MOST_DEPTH:
            raise TooCostly(f"formulas of more than {MOST_NODES} parts or {MOST_DEPTH} levels")
        if isinstance(given, str):
            return _rational(given)
        if not isinstance(given, list) or not given or not isinstance(given[0], str):
            raise Rejected("a formula is a rational number as text, or [operation, ...]")
        op, *args = given
        if op == "E" and len(args) == 6:
            return self._moment(args, depth)
        if op == "^" and len(args) == 2:
            return Power(self.read(args[0], depth + 1), integer(args[1], 0, MOST_POWER))
        if op == "pi" and not args:
            return Apply("pi", ())
        if (op in ARITHMETIC and len(args) == 2) or (op in FUNCTIONS and len(args) == 1):
            return Apply(op, tuple(self.read(a, depth + 1) for a in args))
        raise Rejected(f"unknown operation {ascii(op)[:20]} of {len(args)} arguments")

    def _moment(self, args: list[Any], depth: int) -> Moment:
        degree = integer(args[0], 0, MOST_DEGREE)
        sech, tanh = (integer(a, 0, MOST_POWER) for a in args[1:3])
        slope, shift = (self.read(a, depth + 1) for a in args[3:5])
        parts = args[5]
        if not isinstance(parts, list) or not 1 <= len(parts) <= MOST_PARTS:
            raise Rejected(f"a law is a list of 1 to {MOST_PARTS} pairs [weight, mean]")
        law = []
        for part in parts:
            if not isinstance(part, list) or len(part) != 2:
                raise Rejected("a part of a law is [weight, mean]")
            law.append((exactly(self.read(part[0], depth + 1)), self.read(part[1], depth + 1)))
        if any(weight <= 0 for weight, _ in law) or sum(weight for weight, _ in law) != 1:
            raise Rejected(
                "the hypothesis does not hold: the weights of every law are positive and sum to 1"
            )
        return Moment(degree, sech, tanh, slope, shift, tuple(law))


def _rational(text: str) -> Fraction:
    if not RATIONAL.fullmatch(text):
        raise Rejected(f"not a rational number: {ascii(text)[:40]}")
    try:
        return Fraction(text)
    except ZeroDivisionError:
        raise Rejected(f"{text[:40]} divides by zero") from None


def exactly(node: Node) -> Fraction:
    """The value of a formula of rational numbers and arithmetic.

    Raises:
        TooCostly: it has a function or a moment.
        Rejected: it divides by zero.

    >>> exactly(Apply("/", (Apply("+", (Fraction(1), Fraction(1, 2))), Fraction(2))))
    Fraction(3, 4)
    """
    if isinstance(node, Fraction):
        return node
    if isinstance(node, Power):
        return exactly(node.base) ** node.exponent
    if not isinstance(node, Apply) or node.op not in ARITHMETIC:
        raise TooCostly("a weight that is not rational")
    a, b = map(exactly, node.args)
    if node.op == "/":
        if b == 0:
            raise Rejected("a weight divides by zero")
        return a / b
    return a + b if node.op == "+" else a - b if node.op == "-" else a * b


def words(node: Node) -> str:
    """The formula in words, as it was read.

    >>> words(Moment(2, 2, 0, Fraction(1), Fraction(0), ((Fraction(1), Fraction(1)),)))
    'E[x^2 sech(1 x + 0)^2; x ~ N(1, 1)]'
    >>> words(Apply("-", (Fraction(1), Power(Fraction(-1, 2), 2))))
    '(1 - (-1/2)^2)'
    """
    if isinstance(node, Fraction):
        return str(node) if node >= 0 and node.denominator == 1 else f"({node})"
    if isinstance(node, Power):
        return f"{words(node.base)}^{node.exponent}"
    if isinstance(node, Apply):
        if node.op == "pi":
            return "pi"
        if node.op in FUNCTIONS:
            return f"{node.op}({words(node.args[0])})"
        return f"({f' {node.op} '.join(map(words, node.args))})"
    argument = f"{words(node.slope)} x + {words(node.shift)}"
    factors = []
    for name, exponent in (
        ("x", node.degree), (f"sech({argument})", node.sech), (f"tanh({argument})", node.tanh)
    ):  # fmt: skip
        if exponent:
            factors.append(name if exponent == 1 else f"{name}^{exponent}")
    law = " + ".join(
        (f"{weight} " if weight != 1 else "") + f"N({words(mean)}, 1)" for weight, mean in node.law
    )
    return f"E[{' '.join(factors) or '1'}; x ~ {law}]"
