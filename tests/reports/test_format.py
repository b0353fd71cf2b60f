"""Printed numbers carry only the digits that their error supports."""

from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overspec.results.text import decimal_text, exact_decimal, root_decimal

pytestmark = pytest.mark.quick

numbers = st.fractions(min_value=-1000, max_value=1000)
exponents = st.integers(1, 60)


@given(value=numbers, exponent=exponents, mantissa=st.integers(1, 9))
def test_rounding_adds_at_most_ten_times_the_error(
    value: Fraction, exponent: int, mantissa: int
) -> None:
    error = Fraction(mantissa, 10**exponent)
    printed = Fraction(decimal_text(value, error, digits=70))
    assert abs(printed - value) <= 5 * error


@given(value=numbers, exponent=exponents)
def test_no_place_below_the_error(value: Fraction, exponent: int) -> None:
    text = decimal_text(value, Fraction(3, 10**exponent), digits=70)
    assert len(text.partition(".")[2]) == exponent - 1


@given(value=numbers, digits=st.integers(1, 50))
def test_digits_asked_for_are_there(value: Fraction, digits: int) -> None:
    printed = Fraction(decimal_text(value, Fraction(1, 10**80), digits))
    assert abs(printed - value) <= max(abs(value), 1) * Fraction(1, 10**digits)


@pytest.mark.parametrize(
    "number",
    [0.25, np.float64(0.25), Fraction(1, 4), Decimal("0.25"), mpmath.mpf("0.25")],
    ids=lambda number: type(number).__name__,
)
def test_every_kind_of_number_prints_alike(number: object) -> None:
    assert decimal_text(number, 1e-6) == "0.250000"
    assert exact_decimal(number) == "0.25"
    assert exact_decimal(-number) == "-0.25"  # type: ignore[operator]


@pytest.mark.parametrize("kind", [float, mpmath.mpf])
@pytest.mark.parametrize("name", ["inf", "-inf", "nan"])
def test_not_finite(kind: type, name: str) -> None:
    assert decimal_text(kind(name), 1e-3) == name
    assert exact_decimal(kind(name)) == name


def test_no_number_when_the_error_is_unknown() -> None:
    assert decimal_text(1.5, float("inf")) == "nan"
    assert decimal_text(1.5, float("nan")) == "nan"


def test_negative_zero_is_zero() -> None:
    assert decimal_text(-1e-9, 5e-4) == "0.000"


def test_high_precision_keeps_every_digit() -> None:
    context = mpmath.MPContext()
    context.dps = 60
    third = context.mpf(1) / 3
    assert decimal_text(third, Fraction(1, 10**55), 50) == "0." + "3" * 51
    assert exact_decimal(third, 50) == "0." + "3" * 50


@given(square=st.fractions(min_value=0, max_value=10**6))
def test_roots(square: Fraction) -> None:
    printed = Fraction(root_decimal(square, 20))
    assert abs(printed**2 - square) <= square * Fraction(11, 10**20)
