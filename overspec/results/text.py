"""Numbers as text: never more digits than the error supports; enclosures rounded outward."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any

SMALL = 1e-3  # of which significant digits are shown, not decimals


def decimal_text(value: Any, error: Any, digits: int = 15) -> str:
    """A decimal string whose last place is not below the error estimate.

    One digit more than asked is kept when the error allows it, so that sums and differences
    of printed values are still good to ``digits``.

    Args:
        value: an int, float, `Fraction`, `Decimal`, mpmath or gmpy2 number.
        error: absolute error estimate, positive; infinite or nan prints as ``"nan"``.
        digits: significant digits asked for (decimal places when |value| < 1).

    >>> decimal_text(0.10483905563656124, 2e-16)
    '0.104839055636561'
    >>> decimal_text(2.0, 5e-4), decimal_text(1.234e-20, 1e-9), decimal_text(1.5, float("inf"))
    ('2.000', '0.000000000', 'nan')
    """
    number = as_decimal(value, digits + 10)
    spread = Context(prec=3).plus(as_decimal(error, 20))  # the double 1e-9 means 10^-9
    if not number.is_finite():
        return "nan" if number.is_nan() else ("inf" if number > 0 else "-inf")
    if not spread.is_finite():
        return "nan"
    whole = max(number.adjusted() + 1, 0) if number else 0
    places = digits + 1 - whole
    if spread > 0:
        # 10^-places is the smallest power of ten that is not below the error
        places = min(places, -(spread.next_minus().adjusted() + 1))
    places = max(places, 0)
    context = Context(prec=places + whole + 5, rounding=ROUND_HALF_EVEN)
    rounded = number.quantize(Decimal(1).scaleb(-places), context=context)
    return f"{abs(rounded) if rounded == 0 else rounded:f}"


def exact_decimal(value: Any, digits: int = 15) -> str:
    """An exact number (`overspec.exact.Exact`) rounded to ``digits`` significant digits.

    >>> exact_decimal(Fraction(1, 3), 5), exact_decimal(Fraction(15, 16)), exact_decimal(0)
    ('0.33333', '0.9375', '0')
    """
    number = as_decimal(value, digits + 2)
    if not number.is_finite():
        return decimal_text(number, 0)
    number = number.normalize(Context(prec=digits))
    return f"{number:f}" if -7 <= number.adjusted() <= digits + 3 else f"{number:e}"


def supported(value: float, error: float, digits: int = 15) -> str:
    """A double to at most ``digits`` significant digits, with none below its error.

    Like `exact_decimal`; a value that is all error shows where its digits would begin.

    >>> supported(1.25e-25, 3e-34), supported(1.234567e-3, 1e-6), supported(2e-30, 1e-20)
    ('1.25e-25', '0.001235', '0e-20')
    """
    number, spread = as_decimal(value, digits + 10), as_decimal(error, 20)
    if not number.is_finite() or not spread.is_finite():
        return decimal_text(value, error, digits)
    if spread > 0:
        place = Context(prec=3).plus(spread).next_minus().adjusted() + 1
        context = Context(prec=max(number.adjusted() - place, 0) + 5, rounding=ROUND_HALF_EVEN)
        number = number.quantize(Decimal(1).scaleb(place), context=context)
        if not number:
            return f"0e{place}" if place < 0 else "0"
    return exact_decimal(number, digits)


def below_one(gap: float, digits: int = 15) -> str:
    """``1 − gap`` to ``digits`` decimals, or to as many as show four digits of a small gap.

    >>> below_one(0.07), below_one(4e-20), below_one(0.0), below_one(0.25 + 1e-17)
    ('0.93', '0.99999999999999999996', '1', '0.75')
    """
    less = as_decimal(gap, digits + 10)
    places = max(digits, 3 - less.adjusted()) if less else digits
    context = Context(prec=places + 5)
    rest = context.subtract(1, less).quantize(Decimal(1).scaleb(-places), context=context)
    return f"{rest.normalize(context):f}"


def near_one(rate: float, gap: float, digits: int = 15) -> str:
    """A rate in [0, 1], known to its own relative accuracy, and as ``1 − gap`` to that of the gap.

    >>> near_one(0.93, 0.07), near_one(1.0, 4e-20), near_one(3.6e-35, 1.0)
    ('0.93', '0.99999999999999999996', '3.6e-35')
    """
    return below_one(gap, digits) if rate > SMALL else exact_decimal(rate, digits)


def root_decimal(square: Any, digits: int = 15) -> str:
    """The square root of an exact number ≥ 0, rounded to ``digits`` significant digits.

    >>> root_decimal(Fraction(1, 4)), root_decimal(2, 5)
    ('0.5', '1.4142')
    """
    return exact_decimal(Context(prec=digits + 2).sqrt(as_decimal(square, digits + 5)), digits)


def as_decimal(value: Any, digits: int) -> Decimal:
    """The value as a `Decimal`: exactly, or a quotient to ``digits`` significant digits."""
    if isinstance(value, (int, float, Decimal)):
        return Decimal(value)
    if isinstance(value, Fraction):
        context = Context(prec=digits, rounding=ROUND_HALF_EVEN)
        return context.divide(Decimal(value.numerator), Decimal(value.denominator))
    if hasattr(value, "evalf"):
        return Decimal(str(value.evalf(digits)))
    if hasattr(value, "_mpf_"):
        sign, mantissa, exponent, _ = value._mpf_
        if mantissa == 0 and exponent != 0:  # mpmath's infinities and nan
            return Decimal(float(value))
        ratio = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
        return as_decimal(-ratio if sign else ratio, digits)
    if hasattr(value, "as_integer_ratio"):  # numpy and gmpy2 numbers
        numerator, denominator = value.as_integer_ratio()
        return as_decimal(Fraction(int(numerator), int(denominator)), digits)
    return Decimal(str(value))
