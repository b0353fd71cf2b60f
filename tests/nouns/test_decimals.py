"""Outward rounding: no decimal lies inside the interval it stands for, none is wider than asked."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overspec.decimals import (
    Number,
    decimal_above,
    decimal_below,
    decimal_interval,
    enclosed,
    places_for,
    rounded_down,
    rounded_up,
)
from overspec.evidence import Evidence

pytestmark = pytest.mark.quick
numbers = st.fractions(max_denominator=10**30) | st.builds(
    lambda m, e: Fraction(m) * Fraction(2) ** e, st.integers(-(2**80), 2**80), st.integers(-200, 90)
)


@given(numbers, st.integers(1, 25))
def test_directed_rounding_is_outward_and_by_less_than_one_unit(
    value: Fraction, digits: int
) -> None:
    low, high = decimal_below(value, digits), decimal_above(value, digits)
    assert Fraction(low) <= value <= Fraction(high)
    for found in (low, high):
        assert len(found.as_tuple().digits) <= digits
        assert abs(Fraction(found) - value) * 10 ** (digits - 1) <= abs(value)
    assert decimal_above(-value, digits) == -low
    # a decimal given as such is rounded as the number it is
    written = Decimal(f"{float(value):.17e}")
    assert decimal_below(written, digits) == decimal_below(Fraction(written), digits)
    assert decimal_above(written, digits) == decimal_above(Fraction(written), digits)


@given(st.integers(-(10**12), 10**12), st.integers(-9, 9))
def test_what_has_few_digits_is_not_moved(mantissa: int, exponent: int) -> None:
    value = Fraction(mantissa) * Fraction(10) ** exponent
    assert Fraction(decimal_below(value, 13)) == value == Fraction(decimal_above(value, 13))


@given(numbers, numbers.map(abs).filter(bool))
def test_a_decimal_interval_contains_the_interval_and_little_more(
    centre: Fraction, radius: Fraction
) -> None:
    low, high = map(Fraction, decimal_interval(centre - radius, centre + radius))
    assert low <= centre - radius < centre + radius <= high
    cost = Fraction(1, 10 ** places_for(radius))
    assert cost <= max(radius / 50, Fraction(1, 100))
    assert (centre - radius) - low < cost
    assert high - (centre + radius) < cost


def test_a_point_has_two_places() -> None:
    assert decimal_interval(Fraction(-1, 4), Fraction(-1, 4)) == ["-0.25", "-0.25"]
    assert decimal_interval(Fraction(1, 3), Fraction(1, 3)) == ["0.33", "0.34"]


@given(numbers, numbers)
def test_a_number_between_two_ends_has_these_ends_and_prints_around_them(
    one: Fraction, other: Fraction
) -> None:
    lower, upper = min(one, other), max(one, other)
    found = Number.between(lower, upper, Evidence.PROVED)
    assert (found.lower, found.upper) == (lower, upper)
    assert found.value in found
    assert lower - Fraction(1, 10**40) not in found
    assert upper + Fraction(1, 10**40) not in found
    shown = found.printed()
    assert Fraction(shown.low) <= lower <= upper <= Fraction(shown.high)
    assert Fraction(shown.high) - Fraction(shown.low) <= upper - lower + max(
        abs(lower), abs(upper)
    ) / Fraction(10**18)
    assert shown.evidence is Evidence.PROVED


def test_no_number_is_between_swapped_ends() -> None:
    with pytest.raises(ValueError, match="between 2 and 1"):
        Number.between(Fraction(2), Fraction(1))


@given(numbers)
def test_an_exact_number_is_enclosed_to_twenty_digits(value: Fraction) -> None:
    found = enclosed(value)
    low, high = Fraction(found.low), Fraction(found.high)
    assert low <= value <= high
    assert (high - low) * 10**19 <= abs(value)


def test_infinity_is_written_as_such() -> None:
    assert (rounded_down(-math.inf, 3), rounded_up(math.inf, 3)) == ("-inf", "inf")
    assert rounded_up(0.1, 3) == "0.101"  # the double is above 1/10


@given(st.fractions(min_value=0, max_value=60), st.integers(0, 80))
def test_places_are_the_fewest_that_cost_little(size: Fraction, tens: int) -> None:
    radius = size / 10**tens
    places = places_for(radius)
    assert places >= 2
    assert not radius or 10**places * radius >= 50
    assert places == 2 or 10 ** (places - 1) * radius < 50


def test_places_of_a_tiny_radius_are_not_counted_one_by_one() -> None:
    assert places_for(Fraction(1, 2**200_000)) == 60_208  # 10^60207 < 50 * 2^200000 < 10^60208
