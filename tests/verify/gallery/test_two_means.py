"""Two free means, and the papers on free means that rest on `ov.Model`: values by other methods."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, softmax

from overspec.decimals import Number
from overspec.models.truth import Truth
from overspec.verify.gallery.line import precision
from overspec.verify.gallery.papers import xu_2016
from overspec.verify.gallery.papers.means import chen_2024, yan_2017
from overspec.verify.gallery.two_means import Point, stationary
from overspec.verify.gallery.verdict import Kind

pytestmark = pytest.mark.numeric

Array = NDArray[np.float64]
Z = np.linspace(-10, 10, 1201)
PHI = np.exp(-Z * Z / 2) / math.sqrt(2 * math.pi) * (Z[1] - Z[0])


def sums(means: Array, weights: Array, nu: Array, alpha: Array) -> tuple[Array, Array]:
    """E w_j and E w_j x, from the definitions."""
    x = (nu[:, None] + Z).ravel()
    q = (alpha[:, None] * PHI).ravel()
    w = softmax(np.outer(x, means) - means**2 / 2 + np.log(weights), axis=1)
    return q @ w, (q * x) @ w


def em(means: Array, nu: Array) -> Array:
    uniform = np.full(len(means), 1 / len(means))
    mass, first = sums(means, uniform, nu, np.full(len(nu), 1 / len(nu)))
    return first / mass


def followed(start: list[float], nu: list[float], steps: int = 400) -> Array:
    means = np.array(start)
    for _ in range(steps):
        means = em(means, np.array(nu))
    return means


def near(found: Number, value: float, slack: float = 1e-8) -> bool:
    return float(found.lower) - slack <= value <= float(found.upper) + slack


@pytest.mark.quick
@pytest.mark.parametrize("u", ["1", "1.5", "4"])
def test_the_integrals_that_bound_the_plane(u: str) -> None:
    """½∫_0^{3/2} y e^{uy − y²/2} against ∫_0^∞ y e^{−uy − y²/2}, for u ≥ 1."""
    s = mpmath.mpf(u)
    inside = mpmath.quad(lambda y: y * mpmath.exp(s * y - y * y / 2), [0, 1.5])
    outside = mpmath.quad(lambda y: y * mpmath.exp(-s * y - y * y / 2), [0, mpmath.inf])
    assert inside / 2 > outside
    if u == "1":
        assert (mpmath.nstr(inside, 4), mpmath.nstr(outside, 3)) == ("1.747", "0.344")


@pytest.mark.slow
@pytest.mark.quick
def test_stationary_points_are_where_em_rests() -> None:
    points = stationary(Truth([-2, 0, 2], "uniform"), Fraction(2))
    assert isinstance(points, tuple)
    assert [point.kind for point in points] == ["saddle", "minimum"]
    for mean, value in zip(points[1].means, followed([-1, 0.5], [-2, 0, 2]), strict=True):
        assert near(mean, float(value))
    assert all(0 in mean for mean in points[0].means)


@pytest.mark.quick
def test_model_two_tends_to_the_truth() -> None:
    found = xu_2016.check_model_two(xu_2016.ENTRY.read({}), (2, xu_2016.UNEQUAL))
    assert found.verdict.kind is Kind.HOLDS
    for start in ([-9.0, 0.1], [3.0, 3.1], [0.2, 8.0]):
        assert followed(start, [-1, 1]) == pytest.approx([-1, 1], abs=1e-6)
    assert followed([2.0, 2.0], [-1, 1]) == pytest.approx([0, 0], abs=1e-9)


@pytest.mark.slow
@pytest.mark.quick
def test_up_to_which_separation_the_middle_is_shared() -> None:
    def curvature(s: float) -> float:
        """1 − E w_1w_2 (b − a)², at the point between the means where EM rests."""
        a, b = followed([-s, s], [-s, 0, s], 60)
        x = (np.array([-s, 0, s])[:, None] + Z).ravel()
        share = expit((b - a) * (x - (a + b) / 2))
        return 1 - float(np.tile(PHI, 3) @ (share * (1 - share))) / 3 * (b - a) ** 2

    assert chen_2024.least_separation() == pytest.approx(brentq(curvature, 5, 6), abs=2e-4)


@pytest.mark.slow
def test_minima_of_two_means_for_three() -> None:
    """Two at a separation of 6, one at 4, which is no combination; three estimates leave."""
    six = chen_2024.check_structure({"radius": Fraction(6)}, chen_2024.STRUCTURE)
    assert six.verdict.kind is Kind.HOLDS
    left, right = followed([-3, 6], [-6, 0, 6])
    assert six.true is not None
    assert near(six.true, max(abs(left + 3), abs(right - 6)))
    four = chen_2024.check_structure({"radius": Fraction(4)}, chen_2024.STRUCTURE)
    assert four.verdict.kind is Kind.CONDITION
    assert "s > 5.402 at the least" in four.verdict.condition
    steps = chen_2024.reaches(Fraction(6))
    assert steps is not None
    ended = followed([-6.5, -5.5, 3], [-6, 0, 6], steps)
    assert max(abs(ended - np.array([-6, 0, 6]))) < 1 / 8


@pytest.mark.quick
def test_the_nearest_combination() -> None:
    half, one = Number(Fraction(-1, 2)), Number(Fraction(1))
    point = Point((half, one), "minimum")
    for wanted, distance in ((chen_2024.STRUCTURE, 0), (chen_2024.SINGLE, Fraction(1, 2))):
        found = chen_2024.nearest(point, wanted, Fraction(1))
        assert found.lower == found.upper == distance


@pytest.mark.quick
def test_the_factor_of_gradient_em() -> None:
    """I − s∇²L from differences of the gradient, at the truth and at corners of the box."""
    radius, weights = 5.0, np.array([0.25, 0.5, 0.25])
    nu = np.array([-radius, 0, radius])

    def gradient(means: Array) -> Array:
        mass, first = sums(means, weights, nu, weights)
        return mass * means - first

    def size(means: Array) -> float:
        rows = [(gradient(means + h) - gradient(means - h)) / 2e-5 for h in np.eye(3) * 1e-5]
        hessian = np.array(rows)
        return float(np.linalg.norm(np.eye(3) - 2 / 0.75 * (hessian + hessian.T) / 2, 2))

    with precision():
        least, most = yan_2017.factor(Fraction(5), Fraction(0), Fraction(1, 2))
        box = yan_2017.factor(Fraction(5), Fraction(1, 4), Fraction(1, 2))[1]
        stated = yan_2017.published(yan_2017.ball(30), Fraction(1, 10), Fraction(1, 2), Fraction(1))
    assert float(least) - 1e-6 < size(nu) < float(most) + 1e-6
    for signs in product((-0.25, 0.25), repeat=3):
        assert size(nu + np.array(signs)) < float(box)
    # from the formula of the statement: M = 3, kappa = 2, R_min = 30, R_max = 60, a = 3
    gamma = 9 * 8 * 121**2 * math.exp(-18)
    assert float(stated) == pytest.approx((0.25 + 2 * gamma) / 0.75)
