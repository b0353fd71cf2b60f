"""Formulas that a file can hold: rational numbers, a few functions, and moments on the line.

A moment is ``E x^p sech(sx + b)^m tanh(sx + b)^n`` over a mixture of N(ν, 1), where s, b and the ν
are formulas without x again. What is compared by two formulas can be written into a certificate,
and proved again by a checker that knows nothing of the check that found it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from flint import arb

from overspec.errors import InputError, InputTypeError
from overspec.exact import exact
from overspec.verify.enclosures.ball import Ball, power
from overspec.verify.gallery.line import ball, tanh_moment

#: What can stand for a formula: itself, or an exact rational number.
Term: TypeAlias = "Formula | Fraction | int | str"
#: Weights and means of a mixture of unit Gaussians on the line.
Law: TypeAlias = "Sequence[tuple[Term, Term]]"

#: The law N(0, 1).
STANDARD: Law = ((1, 0),)
MOST_DEGREE, MOST_POWER = 4, 8
RELATIONS = ("<=", ">=")


@dataclass(frozen=True, eq=False)
class Formula:
    """An operation and what it is applied to; made by `number`, `moment` and arithmetic.

    >>> half = number("1/2")
    >>> (1 - half**2).tree()
    ['-', '1', ['^', '1/2', 2]]
    """

    op: str
    args: tuple[Any, ...]

    def tree(self) -> Any:
        """Lists, texts and integers, as a file has them."""
        if self.op == "number":
            return str(self.args[0])
        if self.op == "E":
            *powers, slope, shift, law = self.args
            pairs = [[weight.tree(), mean.tree()] for weight, mean in law]
            return ["E", *powers, slope.tree(), shift.tree(), pairs]
        return [self.op, *(a.tree() if isinstance(a, Formula) else a for a in self.args)]

    def enclose(self) -> Ball:
        """A ball that contains the number, at the current precision.

        >>> from overspec.verify.gallery.line import precision
        >>> with precision(64):
        ...     found = moment(1, 0, sech=2).enclose()
        >>> round(float(found.mid()), 9), float(found.rad()) < 1e-15
        (0.60570551, True)
        """
        if self.op == "number":
            return ball(self.args[0])
        if self.op == "E":
            degree, sech, tanh, slope, shift, law = self.args
            truth = [(weight.enclose(), mean.enclose()) for weight, mean in law]
            return tanh_moment(
                slope.enclose(), shift.enclose(), truth, degree, sech=sech, tanh=tanh
            )
        if self.op == "pi":
            return arb.pi()
        if self.op == "^":
            return power(self.args[0].enclose(), self.args[1])
        parts = [a.enclose() for a in self.args]
        if self.op in FUNCTIONS:
            found: Ball = getattr(parts[0], self.op)()
            return found
        a, b = parts
        of_both: Ball = ARITHMETIC[self.op](a, b)
        return of_both

    def __add__(self, other: Term) -> Formula:
        return Formula("+", (self, number(other)))

    def __radd__(self, other: Term) -> Formula:
        return number(other) + self

    def __sub__(self, other: Term) -> Formula:
        return Formula("-", (self, number(other)))

    def __rsub__(self, other: Term) -> Formula:
        return number(other) - self

    def __mul__(self, other: Term) -> Formula:
        return Formula("*", (self, number(other)))

    def __rmul__(self, other: Term) -> Formula:
        return number(other) * self

    def __truediv__(self, other: Term) -> Formula:
        return Formula("/", (self, number(other)))

    def __rtruediv__(self, other: Term) -> Formula:
        return number(other) / self

    def __neg__(self) -> Formula:
        return 0 - self

    def __pow__(self, exponent: int) -> Formula:
        if (
            isinstance(exponent, bool)
            or not isinstance(exponent, int)
            or not 0 <= exponent <= MOST_POWER
        ):
            raise InputError(f"power {exponent}: use an integer from 0 to {MOST_POWER}")
        return Formula("^", (self, exponent))


#: π.
PI = Formula("pi", ())
ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
}  # fmt: skip
FUNCTIONS = ("exp", "log", "sqrt", "atanh", "erf")


def number(value: Term) -> Formula:
    """A rational number as a formula; a formula as it is.

    Raises:
        InputTypeError: neither; a float, which is not exact.
    """
    if isinstance(value, Formula):
        return value
    read = exact(value, "number")
    if not isinstance(read, Fraction):
        raise InputTypeError(f"{value!r} is not rational; use sqrt(…) of this module for roots")
    return Formula("number", (read,))


def exactly(formula: Formula) -> Fraction:
    """The value of rational numbers and arithmetic.

    Raises:
        InputError: a function or a moment, or a division by 0.
    """
    if formula.op == "number":
        value: Fraction = formula.args[0]
        return value
    if formula.op == "^":
        return exactly(formula.args[0]) ** int(formula.args[1])
    if formula.op not in ARITHMETIC:
        raise InputError(f"a weight with {formula.op}: use rational weights")
    a, b = map(exactly, formula.args)
    if formula.op == "/" and not b:
        raise InputError("a weight divides by 0")
    return Fraction(ARITHMETIC[formula.op](a, b))


def exp(value: Term) -> Formula:
    """e to this power."""
    return Formula("exp", (number(value),))


def log(value: Term) -> Formula:
    """The natural logarithm."""
    return Formula("log", (number(value),))


def sqrt(value: Term) -> Formula:
    """The square root."""
    return Formula("sqrt", (number(value),))


def atanh(value: Term) -> Formula:
    """The shift of a pair with weights (1 ± value)/2."""
    return Formula("atanh", (number(value),))


def erf(value: Term) -> Formula:
    """The error function."""
    return Formula("erf", (number(value),))


def moment(
    slope: Term, shift: Term, law: Law = STANDARD, degree: int = 0, *, sech: int = 0, tanh: int = 0
) -> Formula:
    """``E x^degree sech(slope·x + shift)^sech tanh(slope·x + shift)^tanh`` over a mixture.

    Raises:
        InputError: exponents that are out of range; a law without parts, or whose weights are not
            rational, positive and of sum 1.

    >>> moment(1, 0, (("1/2", 1), ("1/3", 0)))
    Traceback (most recent call last):
    ...
    overspec.errors.InputError: the weights of a law sum to 5/6, not to 1
    """
    for name, value, most in (
        ("degree", degree, MOST_DEGREE), ("sech", sech, MOST_POWER), ("tanh", tanh, MOST_POWER)
    ):  # fmt: skip
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise InputError(f"{name} = {value!r}: use an integer from 0 to {most}")
    if isinstance(law, str) or not all(isinstance(p, (tuple, list)) and len(p) == 2 for p in law):
        raise InputTypeError(f"{law!r}: give a law as pairs (weight, mean)")
    pairs = tuple((number(weight), number(mean)) for weight, mean in law)
    weights = [exactly(weight) for weight, _ in pairs]
    if any(weight <= 0 for weight in weights):
        raise InputError("a weight of a law is not positive")
    if sum(weights) != 1:
        raise InputError(f"the weights of a law sum to {sum(weights)}, not to 1")
    return Formula("E", (degree, sech, tanh, number(slope), number(shift), pairs))


def em(theta: Term, shift: Term, law: Law) -> Formula:
    """One step of EM for the pair ±θ on the line."""
    return moment(theta, shift, law, 1, tanh=1)


@dataclass(frozen=True, eq=False)
class Comparison:
    """That one formula is at most, or at least, another; true or not.

    Attributes:
        left: the number that is bounded.
        relation: ``"<="`` or ``">="``.
        right: what is published.
    """

    left: Formula
    relation: str
    right: Formula
