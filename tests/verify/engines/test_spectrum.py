"""σ of many weights: frequencies picked in doubles, the value as exact as one frequency's."""

from fractions import Fraction

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overspec import Mixture
from overspec.verify.engines.spectrum import MANY_TERMS, nonzero_frequencies, sigma, spectrum

pytestmark = pytest.mark.numeric


@pytest.mark.parametrize("k", [1000, 1001])
def test_linear_weights_have_a_closed_form(k: int) -> None:
    """|π̂_m| = 1/((k+1) sin(πm/k)): a geometric sum of a geometric sum."""
    mixture = Mixture.simplex(k, "linear")
    assert len(mixture.weights.runs) * len(nonzero_frequencies(mixture)) > MANY_TERMS
    context = mpmath.MPContext()
    context.dps = 50
    exact = 1 / ((k + 1) * context.sinpi(context.mpf(k // 2) / k)) ** 2
    assert sigma(mixture) == pytest.approx(float(exact), rel=1e-13)
    assert abs(sigma(mixture, 40) / exact - 1) < 1e-33


PARTS = st.lists(st.integers(1, 9), min_size=151, max_size=151)


@settings(max_examples=2)
@given(PARTS)
def test_the_least_of_all_is_found(parts: list[int]) -> None:
    least_of_all(parts)


@pytest.mark.slow
@settings(max_examples=20)
@given(PARTS)
def test_the_least_of_all_is_found_in_many(parts: list[int]) -> None:
    least_of_all(parts)


def least_of_all(parts: list[int]) -> None:
    mixture = Mixture.simplex(151, [Fraction(part, sum(parts)) for part in parts])
    one_by_one = spectrum(mixture, 15)
    assert sigma(mixture) == min(one_by_one.values())


@pytest.mark.slow
def test_many_equal_ones() -> None:
    """Frequencies that tie in doubles are all looked at: here all but one are 0."""
    parts = [1, 2] * 75
    mixture = Mixture.simplex(150, [Fraction(part, 225) for part in parts])
    assert len(mixture.weights.runs) * len(nonzero_frequencies(mixture)) > MANY_TERMS
    assert sigma(mixture) < 1e-40
    assert spectrum(mixture)[75] == pytest.approx(1 / 9)


def test_the_least_of_two() -> None:
    assert sigma(Mixture.simplex(4, "1/2,1/4,1/8,1/8")) == 0.0625  # of 5/32 and 1/16


def test_one_heavy_weight_anywhere_costs_nothing() -> None:
    k = 10**12 + 1
    middle = Mixture.simplex(k, f"1/{2 * (k - 1)}x{k // 2},1/2,1/{2 * (k - 1)}x{k // 2}")
    assert sigma(middle) == pytest.approx(0.25)


def test_two_values_with_no_single_one() -> None:
    weights = "1/4,1/4,1/4,1/12,1/12,1/12"  # π̂_2 = 0, π̂_3 = 1/6
    assert sigma(Mixture.simplex(6, weights)) < 1e-20
