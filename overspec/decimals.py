"""A number with its error, and numbers as decimals that still hold: rounded outward."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from typing import Any, TypeAlias

from overspec.evidence import Evidence, Quantity

DIGITS = 20  # significant digits kept; a report rounds further, outward

#: Lines of an error budget: names and upper bounds.
Budget: TypeAlias = tuple[tuple[str, Fraction], ...]


@dataclass(frozen=True)
class Number:
    """``value ± Σ budget`` contains the number: every source of error is bounded and named.

    Attributes:
        value: exact; a dyadic rational where balls gave it.
        budget: upper bounds, one for each source of error; none where nothing is rounded.
        evidence: what the enclosure is worth.

    >>> x = Number(Fraction(1, 2), (("aliasing", Fraction(1, 8)), ("rounding", Fraction(1, 8))))
    >>> x.lower, x.upper, Fraction(3, 5) in x
    (Fraction(1, 4), Fraction(3, 4), True)
    """

    value: Fraction
    budget: Budget = ()
    evidence: Evidence = Evidence.CERTIFIED

    @classmethod
    def between(
        cls, lower: Fraction, upper: Fraction, evidence: Evidence = Evidence.CERTIFIED
    ) -> Number:
        """``lower ≤ number ≤ upper``, the source of the error not told.

        Raises:
            ValueError: lower > upper.

        >>> x = Number.between(Fraction(1, 3), Fraction(1, 2))
        >>> x.lower, x.upper, x.value, x.error
        (Fraction(1, 3), Fraction(1, 2), Fraction(5, 12), Fraction(1, 12))
        """
        if lower > upper:
            raise ValueError(f"no number is between {lower} and {upper}: the ends are swapped")
        return cls((lower + upper) / 2, (("width", (upper - lower) / 2),), evidence)

    @property
    def error(self) -> Fraction:
        """The sum of the budget, exactly."""
        return sum((bound for _, bound in self.budget), Fraction(0))

    @property
    def lower(self) -> Fraction:
        """The left end."""
        return self.value - self.error

    @property
    def upper(self) -> Fraction:
        """The right end."""
        return self.value + self.error

    def __contains__(self, value: object) -> bool:
        return isinstance(value, (Fraction, int)) and self.lower <= value <= self.upper

    def overlaps(self, other: Number) -> bool:
        """Whether the two have a point in common: they must, when both hold."""
        return self.lower <= other.upper and other.lower <= self.upper

    def printed(self) -> Quantity:
        """Both ends in decimals, rounded outward to 20 digits: what a ledger keeps.

        >>> Number.between(Fraction(1, 4), Fraction(1, 3)).printed().high
        '0.33333333333333333334'
        """
        low, high = rounded_down(self.lower, DIGITS), rounded_up(self.upper, DIGITS)
        return Quantity(low, high, self.evidence)


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
        return Number(value, (), evidence).printed()
    ratio = Fraction(str(value.evalf(DIGITS + 20)))
    slack = abs(ratio) / 10 ** (DIGITS + 15)  # evalf is good to its last digits; five are given up
    return Number(ratio, (("digits", slack),), evidence).printed()


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


def rounded_down(value: Fraction | Decimal | float, digits: int = 6) -> str:
    """A lower bound in few digits.

    >>> rounded_down(Fraction(1, 3), 3), rounded_down(Fraction(-1, 3), 3)
    ('0.333', '-0.334')
    """
    return _text(decimal_below(value, digits))


def rounded_up(value: Fraction | Decimal | float, digits: int = 6) -> str:
    """An upper bound in few digits.

    >>> rounded_up(Fraction(1, 3), 3), rounded_up(Fraction(0)), rounded_up(float("inf"))
    ('0.334', '0', 'inf')
    """
    return _text(decimal_above(value, digits))


def decimal_below(value: Fraction | Decimal | float, digits: int) -> Decimal:
    """The largest decimal of so many significant digits that is not above the value."""
    return _rounded(value, digits, ROUND_FLOOR)


def decimal_above(value: Fraction | Decimal | float, digits: int) -> Decimal:
    """The smallest decimal of so many significant digits that is not below the value."""
    return _rounded(value, digits, ROUND_CEILING)


def decimal_interval(lower: Fraction, upper: Fraction) -> list[str]:
    """[lo, hi] rounded outward, two digits into the radius.

    >>> decimal_interval(Fraction(1, 3) - Fraction(1, 1024), Fraction(1, 3) + Fraction(1, 1024))
    ['0.33235', '0.33431']
    """
    places = places_for((upper - lower) / 2)
    low, high = lower * 10**places, upper * 10**places
    return [
        fixed(low.numerator // low.denominator, places),
        fixed(-(-high.numerator // high.denominator), places),
    ]


def ends_in_text(found: Number) -> list[str]:
    """``[lo, hi]``: `decimal_interval`, or an exact number to twenty digits, rounded outward.

    >>> ends_in_text(Number(Fraction(1, 8))), ends_in_text(Number(Fraction(1, 3)))
    (['0.125', '0.125'], ['0.33333333333333333333', '0.33333333333333333334'])
    """
    if found.error:
        return decimal_interval(found.lower, found.upper)
    return [rounded_down(found.value, 20), rounded_up(found.value, 20)]


def places_for(radius: Fraction) -> int:
    """Decimal places at which the outward rounding costs little of the radius; 2 for radius 0."""
    if not radius:
        return 2
    least = -(-50 * radius.denominator // radius.numerator)  # 10^places is at least this
    places = max(2, (least.bit_length() - 1) * 3010299 // 10**7)  # log 2 from below: a start
    while 10**places < least:
        places += 1
    return places


def fixed(scaled: int, places: int) -> str:
    """The integer times 10^-places as a plain decimal, places ≥ 1.

    >>> fixed(-5, 3), fixed(1234, 2)
    ('-0.005', '12.34')
    """
    digits = str(abs(scaled)).rjust(places + 1, "0")
    return ("-" if scaled < 0 else "") + digits[:-places] + "." + digits[-places:]


def _text(value: Decimal) -> str:
    return str(value) if value.is_finite() else str(float(value))


def _rounded(value: Fraction | Decimal | float, digits: int, rounding: str) -> Decimal:
    context = Context(prec=digits, rounding=rounding)
    if isinstance(value, float):
        value = Decimal(value)  # exactly
    if isinstance(value, Decimal):
        return context.plus(value)
    return context.divide(Decimal(value.numerator), Decimal(value.denominator))
