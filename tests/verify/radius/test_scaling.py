"""The large-k formulas against the Laplace engine, which knows nothing of them."""

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from sizes import slow_but
from sympy import Rational

from overspec import Mixture, gamma
from overspec.errors import InputError
from overspec.proofs.rates.radius_bound import lower_bounds
from overspec.verify.radius.scaling import (
    factor,
    least_factor,
    limit_factor,
    limit_radius,
    predicted_least,
    predicted_radius,
)
from overspec.verify.studies.edge import LOG_POWER, POWER, finite_from, predicted_edge, two_events
from overspec.verify.studies.laws import laws

HALF = Fraction(1, 2)
PAGE = Path(__file__).parents[3] / "docs" / "scaling.md"


def heavy(k: int, p: Fraction) -> Mixture:
    return Mixture.simplex(k, f"one-heavy:{p}")


@pytest.mark.parametrize("p", [Fraction(3, 10), HALF, Fraction(9, 10)])
@pytest.mark.parametrize("radius", [0.5, 1.0, 2.0])
def test_the_limit_is_approached_like_1_over_k(p: Fraction, radius: float) -> None:
    limit = limit_factor(float(p), radius, "factor")
    near, far = (k * (factor(heavy(k, p), radius) - limit) for k in (10**6, 10**7))
    assert near == pytest.approx(far, rel=0.02)
    assert abs(near) > 0.01  # so that a limit off by 1e-6 is seen


def test_the_radius_tends_to_its_limit() -> None:
    limit = limit_radius(0.9, 0.75, "factor")
    for k in (10**4, 10**6):
        found = gamma(Mixture.simplex(k, "one-heavy:9/10"), "factor", "3/4", "simplex", digits=9)
        assert k * ((found.lower + found.upper) / 2 - limit) == pytest.approx(0.97, abs=0.02)


@pytest.mark.slow
def test_the_least_factor_has_the_exponent_and_the_constant() -> None:
    ratios = []
    for power in (4, 9, 30):
        found = least_factor(heavy(10**power, HALF), 5)
        assert found.radius == pytest.approx(predicted_radius(10**power, 0.5), rel=0.01)
        ratios.append(found.value / predicted_least(10**power, 0.5))
    assert ratios == sorted(ratios)
    assert 0.95 < ratios[-1] < 1  # k^(-1/7) or k^(-1/9) would be off by a factor of 3 at least


@pytest.mark.slow
@pytest.mark.parametrize("power", [100])
def test_it_holds_at_k_10_to_the_100(power: int) -> None:
    k = 10**power
    ratio = factor(heavy(k, HALF), predicted_radius(k, 0.5), 20) / predicted_least(k, 0.5)
    assert 0.98 < ratio < 0.995


def test_a_share_out_of_range() -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        limit_radius(1.0, 0.5, "factor")


@pytest.mark.parametrize("kind", slow_but(["factor", "jacobian", "convexity"], ["jacobian"]))
def test_every_kind_tends_to_its_limit_like_1_over_k(kind: str) -> None:
    limit = limit_radius(0.75, 0.75, kind)
    apart = []
    for k in (10**5, 10**6):
        found = gamma(heavy(k, Fraction(3, 4)), kind, "3/4", "simplex", digits=10)
        apart.append((found.lower + found.upper) / 2 - limit)
    assert apart[0] / apart[1] == pytest.approx(10, rel=0.01)


def by_gauss_hermite(p: float, c: float) -> float:
    """First root of ``E s(logit p + rG − r²/2)² = c p²``: 120 nodes and a scan in steps of 0.01."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    weights = weights / weights.sum()

    def slack(r: float) -> float:
        exponent = math.log(p / (1 - p)) + r * nodes - r * r / 2
        return float((weights / (1 + np.exp(-exponent)) ** 2).sum()) - c * p * p

    first = next(n for n in range(1, 1000) if slack(0.01 * n) <= 0)
    return float(brentq(slack, 0.01 * (first - 1), 0.01 * first, xtol=1e-12))


def test_the_limit_by_two_quadratures() -> None:
    """Adaptive quadrature there, Gauss–Hermite here."""
    assert by_gauss_hermite(0.9, 0.9) == pytest.approx(0.758232, abs=5e-7)
    for p, c in ((0.5, 0.5), (0.75, 0.75), (0.9, 0.9)):
        assert limit_radius(p, c, "factor") == pytest.approx(by_gauss_hermite(p, c), abs=1e-9)


def test_near_c_1_the_radius_is_a_square_root() -> None:
    """g ≈ p² − r² p² (1 − p)(3p − 1), and three times that for the Hessian."""
    for p in (0.5, 0.75, 0.9):
        slope = math.sqrt(1e-6 / ((1 - p) * (3 * p - 1)))
        assert limit_radius(p, 1 - 1e-6, "factor") == pytest.approx(slope, rel=1e-4)
        assert limit_radius(p, 1 - 1e-6, "jacobian") == pytest.approx(slope / 3**0.5, rel=1e-4)


def test_two_events_make_the_factor_around_its_minimum() -> None:
    for p, ratio in ((HALF, 1.07), (Fraction(1, 100), 1.07)):
        radius = predicted_radius(10**30, float(p))
        seen = factor(heavy(10**30, p), radius, 14)
        assert two_events(10**30, float(p), radius) / seen == pytest.approx(ratio, abs=0.02)


@pytest.mark.slow
def test_the_edge_of_finite_radii() -> None:
    ratios = [finite_from(k, 0.9) / predicted_edge(k, 0.9) for k in (10**5, 10**8)]
    assert 0.6 < ratios[0] < ratios[1] < 0.85
    a, b = ((math.log(predicted_edge(10**n, 0.9)), n * math.log(10)) for n in (200, 300))
    slope = (b[0] - a[0] + LOG_POWER * math.log(b[1] / a[1])) / (b[1] - a[1])
    assert slope == pytest.approx(-POWER, abs=1e-5)
    with pytest.raises(InputError, match="k >= 1000"):
        finite_from(100, 0.5)


@pytest.mark.slow
def test_the_edge_is_one() -> None:
    """γ is finite just above p_c, and infinite just below."""
    edge = finite_from(10**4, 0.5)
    for factor_of, finite in ((0.98, False), (1.02, True)):
        mixture = heavy(10**4, Fraction(round(edge * factor_of * 10**6), 10**6))
        assert math.isfinite(gamma(mixture, "factor", "1/2", "simplex", digits=3).upper) == finite


def table(kind: str, weights: str, **columns: Any) -> list[dict[str, Any]]:
    fixed = {"kind": kind, "weights": weights, "orbit": "simplex", "gap": "3/4", "k": 10, "at": "1"}
    names = list(columns)
    return [
        fixed | dict(zip(names, values, strict=True))
        for values in zip(*columns.values(), strict=True)
    ]


def test_laws_are_found_and_others_rejected() -> None:
    ks = [10**n for n in range(2, 12)]
    limit = limit_radius(0.75, 0.75, "factor")

    def judged(power: float) -> bool:
        ends = [f"{limit + k**power:.17g}" for k in ks]
        (law,) = laws(table("factor", "one-heavy:3/4", k=ks, lower=ends, upper=ends))
        return law.agrees

    assert judged(-1.0)
    assert not judged(-0.9)
    assert not judged(-1.1)


@pytest.mark.parametrize(("power", "agrees"), [(0.5, True), (0.45, False), (0.55, False)])
def test_the_law_of_the_gap(power: float, agrees: bool) -> None:
    gaps = ["0.5", "0.8", "0.9", "0.99", "0.999", "0.9999", "0.99999", "0.999999"]
    ends = [f"{(1 - float(gap)) ** power:.17g}" for gap in gaps]
    (law,) = laws(table("jacobian", "one-heavy:3/4", gap=gaps, lower=ends, upper=ends))
    assert law.agrees == agrees


@pytest.mark.parametrize(("power", "agrees"), [(8, True), (7, False), (9, False)])
def test_the_law_of_the_least_factor(power: int, agrees: bool) -> None:
    ks = [10**n for n in (4, 6, 9, 12, 16, 25, 40, 60)]
    ends = [f"{predicted_least(k, 0.5) * k ** (1 / 8 - 1 / power):.17g}" for k in ks]
    (law,) = laws(table("least", "one-heavy:1/2", k=ks, lower=ends, upper=ends))
    assert law.agrees == agrees
    assert str(law).endswith("agrees" if agrees else "DIFFERS")


def test_the_smallest_rows_give_no_law() -> None:
    assert (
        laws(table("factor", "one-heavy:3/4", k=[2, 3], lower=["1", "1"], upper=["inf", "2"])) == []
    )


def test_polygons_tend_to_the_circle_like_1_over_k_through_the_weights_alone() -> None:
    def radius(k: int, p: Fraction) -> float:
        return gamma(Mixture.of(k, f"one-heavy:{p}", {1: 1}), "factor", "9/10", digits=8).lower

    p = Fraction(9, 10)
    near, far = (radius(k, (p * (k - 1) + 1) / k) for k in (8, 12))
    assert near == pytest.approx(far, abs=1e-7)
    apart = [k * (far - radius(k, p)) for k in (16, 32)]
    assert apart[0] == pytest.approx(apart[1], rel=0.01)
    assert apart[0] > 0.1


def test_the_proved_bounds_of_the_table() -> None:
    """p = 9/10, c = 3/4: each column by its label, rounded down."""
    rows = PAGE.read_text(encoding="utf-8").split("| γ jacobian | B | Ba |")[1].splitlines()[2:6]
    for k, row in zip((6, 100, 10**4, 10**6), rows, strict=True):
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        sigma = (Rational(9, 10) - Rational(1, 10 * (k - 1))) ** 2
        for kind, shown in (("factor", cells[1:5]), ("jacobian", cells[5:8])):
            bounds = lower_bounds(k, sigma, kind, Rational(3, 4), sigma).values()
            assert all(float(each) < float(shown[0]) for each in bounds)
            assert all(
                abs(float(each) - float(text)) <= 1e-6
                for each, text in zip(bounds, shown[1:], strict=True)
            )
