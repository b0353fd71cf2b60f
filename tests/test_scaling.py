"""The large-k formulas against the Laplace engine, which knows nothing of them."""

from fractions import Fraction

import pytest

from overspec import Mixture, gamma
from overspec.errors import InputError
from overspec.verify.scaling import (
    factor,
    least_factor,
    limit_factor,
    limit_radius,
    predicted_least,
    predicted_radius,
)

HALF = Fraction(1, 2)


def heavy(k: int, p: Fraction) -> Mixture:
    return Mixture.simplex(k, f"one-heavy:{p}")


@pytest.mark.parametrize("p", [Fraction(3, 10), HALF, Fraction(9, 10)])
@pytest.mark.parametrize("radius", [0.5, 1.0, 2.0])
def test_the_limit_is_approached_like_1_over_k(p: Fraction, radius: float) -> None:
    limit = limit_factor(float(p), radius)
    near, far = (k * (factor(heavy(k, p), radius) - limit) for k in (10**6, 10**7))
    assert near == pytest.approx(far, rel=0.02)
    assert abs(near) > 0.01  # so that a limit off by 1e-6 is seen


def test_the_radius_tends_to_its_limit() -> None:
    limit = limit_radius(0.9, 0.75)
    for k in (10**4, 10**6):
        found = gamma(Mixture.simplex(k, "one-heavy:9/10"), "factor", "3/4", "simplex", digits=9)
        assert k * ((found.lower + found.upper) / 2 - limit) == pytest.approx(0.97, abs=0.02)


def test_the_least_factor_has_the_exponent_and_the_constant() -> None:
    ratios = []
    for power, digits in ((4, 6), (9, 6), (30, 6)):
        found = least_factor(heavy(10**power, HALF), digits)
        assert found.radius == pytest.approx(predicted_radius(10**power, 0.5), rel=0.01)
        ratios.append(found.value / predicted_least(10**power, 0.5))
    assert ratios == sorted(ratios)
    assert 0.95 < ratios[-1] < 1  # k^(-1/7) or k^(-1/9) would be off by a factor of 3 at least


@pytest.mark.parametrize("power", [100])
def test_it_holds_at_k_10_to_the_100(power: int) -> None:
    k = 10**power
    ratio = factor(heavy(k, HALF), predicted_radius(k, 0.5), 20) / predicted_least(k, 0.5)
    assert 0.98 < ratio < 0.995


def test_a_share_out_of_range() -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        limit_radius(1.0, 0.5)
