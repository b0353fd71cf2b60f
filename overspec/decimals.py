"""Numbers for the ledger: decimal strings that enclose an exact number, or an estimate's range."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from typing import Any

from overspec.evidence import Evidence, Quantity

DIGITS = 20  # significant digits kept; a report rounds further, outward


def enclosed(value: Any, evidence: Evidence = Evidence.PROVED) -> Quantity:
    """An exact number (a `Fraction` or a SymPy number) between two decimals, rounded outward.

    >>> enclosed(Fraction(1, 3)).low, enclosed(Fraction(1, 3)).high
    ('0.33333333333333333333', '0.33333333333333333334')
    >>> enclosed(Fraction(1, 4)).low
    '0.25'
    """
    if getattr(value, "is_Rational", False):
        value = Fraction(int(value.p), int(value.q))
    if isinstance(value, Fraction):
        return Quantity(_rational(value, ROUND_FLOOR), _rational(value, ROUND_CEILING), evidence)
    ratio = Fraction(str(value.evalf(DIGITS + 20)))
    slack = abs(ratio) / 10 ** (DIGITS + 15)  # evalf is good to its last digits; five are given up
    low, high = ratio - slack, ratio + slack
    return Quantity(_rational(low, ROUND_FLOOR), _rational(high, ROUND_CEILING), evidence)


def estimated(low: float, high: float, evidence: Evidence = Evidence.MEASURED) -> Quantity:
    """The range of an estimate: value less and plus its error estimate.

    >>> estimated(0.5, float("inf"))
    Quantity(low='0.5', high='inf', evidence=<Evidence.MEASURED: 'measured'>)
    """
    return Quantity(decimal(low, 15), decimal(high, 15), evidence)


def decimal(value: float, digits: int = 8) -> str:
    """A double rounded to significant digits, for curves and other data without a claim.

    >>> decimal(0.1234567891), decimal(1e-30), decimal(float("inf"))
    ('0.12345679', '1e-30', 'inf')
    """
    return f"{value:.{digits}g}"


def rounded_up(value: Fraction, digits: int = 6) -> str:
    """An upper bound in few digits.

    >>> rounded_up(Fraction(1, 3), 3), rounded_up(Fraction(0))
    ('0.334', '0')
    """
    return _rational(value, ROUND_CEILING, digits)


def rounded_down(value: Fraction, digits: int = 6) -> str:
    """A lower bound in few digits.

    >>> rounded_down(Fraction(1, 3), 3), rounded_down(Fraction(-1, 3), 3)
    ('0.333', '-0.334')
    """
    return _rational(value, ROUND_FLOOR, digits)


def _rational(value: Fraction, rounding: str, digits: int = DIGITS) -> str:
    context = Context(prec=digits, rounding=rounding)
    return str(context.divide(Decimal(value.numerator), Decimal(value.denominator)))
