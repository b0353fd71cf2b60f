"""A measured number with its error, and a law that a quantity follows, in arithmetic."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Real = Any  # a double; a rational where all is exact


@dataclass(frozen=True)
class Estimate:
    """A number known up to an error: what is made of it is known up to what the error makes.

    Attributes:
        value: the number.
        error: how far it may be off.
        bounded: the error is a bound (an enclosure), no estimate: numbers that it cannot tell
            apart are then neither equal nor different.

    >>> Estimate(2.0, 0.1) * 3 - 1
    Estimate(value=5.0, error=0.30000000000000004, bounded=False)
    """

    value: Real
    error: Real
    bounded: bool = False

    @classmethod
    def between(cls, lower: Fraction, upper: Fraction) -> Estimate:
        """A number that is certain to lie between two rationals; its arithmetic is exact."""
        return cls((lower + upper) / 2, (upper - lower) / 2, True)

    def __add__(self, other: Any) -> Estimate:
        o = estimate(other)
        return Estimate(self.value + o.value, self.error + o.error, self.bounded or o.bounded)

    def __mul__(self, other: Any) -> Estimate:
        o = estimate(other)
        error = abs(self.value) * o.error + self.error * (abs(o.value) + o.error)
        return Estimate(self.value * o.value, error, self.bounded or o.bounded)

    def __neg__(self) -> Estimate:
        return Estimate(-self.value, self.error, self.bounded)

    def __sub__(self, other: Any) -> Estimate:
        return self + -estimate(other)

    def __rsub__(self, other: Any) -> Estimate:
        return estimate(other) - self

    def __rtruediv__(self, other: Any) -> Estimate:
        size = abs(self.value)
        if size <= self.error:
            return Estimate(math.copysign(math.inf, self.value), math.inf, self.bounded)
        error = self.error / (size * (size - self.error))
        return estimate(other) * Estimate(1 / self.value, error, self.bounded)

    def __truediv__(self, other: Any) -> Estimate:
        return self * (1 / estimate(other))

    def __pow__(self, exponent: Any) -> Estimate:
        n = float(exponent)
        value = self.value**n
        ends = [max(self.value + s * self.error, 0.0) if self.value >= 0 else
                self.value + s * self.error for s in (-1, 1)]  # fmt: skip
        if n < 0 and min(map(abs, ends)) == 0:
            return Estimate(value, math.inf, self.bounded)
        return Estimate(value, max(abs(end**n - value) for end in ends), self.bounded)

    __radd__, __rmul__ = __add__, __mul__


def estimate(value: Any) -> Estimate:
    """A number with its error; an exact one has none."""
    if isinstance(value, Estimate):
        return value
    return Estimate(value if isinstance(value, (int, Fraction)) else float(value), 0)


@dataclass(frozen=True)
class Growth:
    """``f(x) ~ C x^p``, in the limit in which f is looked at: p and C, measured.

    >>> law = Growth(Estimate(2.0, 0.01), Estimate(0.5, 0.001))
    >>> law.over(Fraction(2)).value, law.over(Fraction(21, 10)).value
    (0.5, inf)
    """

    power: Estimate
    constant: Estimate

    def __pow__(self, exponent: Any) -> Growth:
        return Growth(self.power * exponent, self.constant**exponent)

    def over(self, exponent: Fraction, to_zero: bool = True) -> Estimate:
        """``lim f(x)/x^e`` as x → 0, or as x → ∞: C where e is p, within its error."""
        apart = self.power - exponent
        if not math.isfinite(apart.error):
            return Estimate(0.0, math.inf)
        if abs(apart.value) <= apart.error:
            return self.constant
        falls = (apart.value > 0) is to_zero
        return Estimate(0.0 if falls else math.inf, 0.0)


for kind in (Estimate, Growth):
    numbers.Number.register(kind)  # `Pow` raises them to powers as it does numbers
