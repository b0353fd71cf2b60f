"""Intervals in MPFR: every operation is rounded down for the lower end and up for the upper."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import gmpy2

from overspec.verify.check.value import Enclosure, TooCostly, fraction

Mpfr = Any  # gmpy2.mpfr
MOST = 10**5  # exponents: beyond, numbers are not finite, or 0 rounded up


class Span(NamedTuple):
    """All real numbers from low to high."""

    low: Mpfr
    high: Mpfr


class Rounded:
    """Arithmetic on spans with so many bits.

    >>> at = Rounded(60)
    >>> low, high = at.ends(at.root(at.of(Fraction(2))))
    >>> low**2 < 2 < high**2, high - low < Fraction(1, 2**55)
    (True, True)
    """

    def __init__(self, bits: int) -> None:
        both = (gmpy2.RoundDown, gmpy2.RoundUp)
        self.down, self.up = (
            gmpy2.context(precision=bits, round=r, emin=-MOST, emax=MOST) for r in both
        )

    def of(self, value: Fraction) -> Span:
        """A rational number."""
        p, q = gmpy2.mpz(value.numerator), gmpy2.mpz(value.denominator)
        return Span(self.down.div(p, q), self.up.div(p, q))

    def ends(self, a: Span) -> Enclosure:
        """Both ends, exactly.

        Raises:
            TooCostly: not finite.
        """
        if not (gmpy2.is_finite(a.low) and gmpy2.is_finite(a.high)):
            raise TooCostly("an enclosure is not finite")
        return fraction(a.low), fraction(a.high)

    def pi(self) -> Span:
        """π."""
        return Span(self.down.const_pi(), self.up.const_pi())

    def add(self, a: Span, b: Span) -> Span:
        """The sum."""
        return Span(self.down.add(a.low, b.low), self.up.add(a.high, b.high))

    def sub(self, a: Span, b: Span) -> Span:
        """The difference."""
        return Span(self.down.sub(a.low, b.high), self.up.sub(a.high, b.low))

    def mul(self, a: Span, b: Span) -> Span:
        """The product."""
        pairs = [(x, y) for x in a for y in b]
        return Span(
            min(self.down.mul(x, y) for x, y in pairs), max(self.up.mul(x, y) for x, y in pairs)
        )

    def div(self, a: Span, b: Span) -> Span:
        """The quotient.

        Raises:
            TooCostly: the divisor may be 0.
        """
        if b.low <= 0 <= b.high:
            raise TooCostly("an enclosure that holds 0 divides")
        pairs = [(x, y) for x in a for y in b]
        return Span(
            min(self.down.div(x, y) for x, y in pairs), max(self.up.div(x, y) for x, y in pairs)
        )

    def power(self, a: Span, n: int) -> Span:
        """An integer power: of an even one over 0 the lower end is 0."""
        if n == 0:
            return self.of(Fraction(1))
        if n % 2 == 0:
            a = self.size(a)
        return Span(self._raised(self.down, a.low, n), self._raised(self.up, a.high, n))

    def _raised(self, context: Any, x: Mpfr, n: int) -> Mpfr:
        return context.pow(x, n)  # MPFR rounds an integer power correctly

    def size(self, a: Span) -> Span:
        """The absolute value."""
        if a.low >= 0:
            return a
        low, high = self.down.minus(a.high), self.up.minus(a.low)
        return Span(low, high) if a.high <= 0 else Span(gmpy2.mpfr(0), max(a.high, high))

    def exp(self, a: Span) -> Span:
        """The exponential."""
        return Span(self.down.exp(a.low), self.up.exp(a.high))

    def log(self, a: Span) -> Span:
        """The natural logarithm.

        Raises:
            TooCostly: of what may not be positive.
        """
        if not a.low > 0:
            raise TooCostly("the logarithm of what may not be positive")
        return Span(self.down.log(a.low), self.up.log(a.high))

    def root(self, a: Span) -> Span:
        """The square root.

        Raises:
            TooCostly: of what may be negative.
        """
        if not a.low >= 0:
            raise TooCostly("the root of what may be negative")
        return Span(self.down.sqrt(a.low), self.up.sqrt(a.high))

    def atanh(self, a: Span) -> Span:
        """The inverse of tanh.

        Raises:
            TooCostly: of what may not be between −1 and 1.
        """
        if not (a.low > -1 and a.high < 1):
            raise TooCostly("artanh of what may not be between -1 and 1")
        return Span(self.down.atanh(a.low), self.up.atanh(a.high))

    def erf(self, a: Span) -> Span:
        """The error function."""
        return Span(self.down.erf(a.low), self.up.erf(a.high))

    def tanh(self, a: Span) -> Span:
        """The hyperbolic tangent."""
        return Span(self.down.tanh(a.low), self.up.tanh(a.high))

    def sech(self, a: Span) -> Span:
        """1/cosh, which falls as |a| grows."""
        size = self.size(a)
        return Span(self.down.sech(size.high), self.up.sech(size.low))
