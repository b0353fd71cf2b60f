"""Numbers known up to a proved radius, in the formulas that are written for exact ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from flint import acb, arb, ctx, fmpq
from gmpy2 import mpq

BITS = 160
NARROW = 2**-80  # a wider ball does not tell two numbers apart
REACH = 20  # beyond it (1 + y²)φ(y) has an integral below 2^−260


@contextmanager
def _precise() -> Iterator[None]:
    before = ctx.prec
    ctx.prec = BITS
    try:
        yield
    finally:
        ctx.prec = before


@dataclass(frozen=True)
class Ball:
    """An enclosure; two balls are equal when they overlap and both are narrow.

    >>> third = Ball.of(Fraction(1, 3))
    >>> third * 3 == 1, third + third == Fraction(2, 3), third == Fraction(33, 100)
    (True, True, False)
    """

    value: arb

    @classmethod
    def of(cls, number: Any) -> Ball:
        """A rational number as a ball."""
        if isinstance(number, Ball):
            return number
        q = Fraction(number)
        with _precise():
            return cls(arb(fmpq(int(q.numerator), int(q.denominator))))

    def _with(self, other: Any, combine: Callable[[arb, arb], arb]) -> Ball:
        right = Ball.of(other).value
        if ctx.prec == BITS:
            return Ball(combine(self.value, right))
        with _precise():
            return Ball(combine(self.value, right))

    def __add__(self, other: Any) -> Ball:
        return self._with(other, lambda a, b: a + b)

    def __sub__(self, other: Any) -> Ball:
        return self._with(other, lambda a, b: a - b)

    def __rsub__(self, other: Any) -> Ball:
        return self._with(other, lambda a, b: b - a)

    def __mul__(self, other: Any) -> Ball:
        return self._with(other, lambda a, b: a * b)

    def __truediv__(self, other: Any) -> Ball:
        return self._with(other, lambda a, b: a / b)

    def __rtruediv__(self, other: Any) -> Ball:
        return self._with(other, lambda a, b: b / a)

    def __neg__(self) -> Ball:
        return self * -1

    def __pow__(self, power: int) -> Ball:
        with _precise():
            return Ball(self.value**power)

    __radd__ = __add__
    __rmul__ = __mul__
    __hash__ = None  # type: ignore[assignment]  # being equal is no equivalence here

    def __abs__(self) -> Ball:
        return Ball(abs(self.value))

    def __lt__(self, other: Any) -> bool:
        """Certainly less; balls that overlap have no order."""
        right = Ball.of(other).value
        if self.value.overlaps(right):
            raise ArithmeticError(f"{self.value} and {right} overlap")
        return bool(self.value < right)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Ball, int, Fraction, mpq)):
            return NotImplemented
        right = Ball.of(other)
        if any(not ball.value.rad() < NARROW for ball in (self, right)):
            raise ArithmeticError(f"{self.value} and {right.value}: too wide to compare")
        return bool(self.value.overlaps(right.value))


@cache
def line_integral(powers: tuple[int, int, int]) -> Ball:
    """``∫ y^a φ(y)^b Φ(y)^c dy`` over the line, b ≥ 1, a ≤ 2, c ≥ 0, by `acb.integral`.

    The integrand is entire; the two tails, each at most ∫_{20}^∞ (1 + y²)φ, are added.

    >>> line_integral((0, 1, 1)) == Fraction(1, 2), line_integral((2, 1, 0)) == 1
    (True, True)
    """
    a, b, c = powers

    def integrand(y: acb, _: bool) -> acb:
        phi = (-y * y / 2).exp() / (2 * acb.pi()).sqrt()
        below = (-y / acb(2).sqrt()).erfc() / 2
        return y**a * phi**b * below**c

    with _precise():
        inside = acb.integral(integrand, -REACH, REACH).real
        return Ball(inside + arb(0, 2**-250))
