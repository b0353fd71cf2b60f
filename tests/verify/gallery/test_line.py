"""Expectations on the line against SciPy's quadrature, which shares no code with them."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from flint import arb
from scipy.integrate import quad

from overspec.errors import OutOfReach
from overspec.verify.enclosures.ball import Ball, Inconclusive
from overspec.verify.gallery import line
from overspec.verify.gallery.line import (
    STANDARD,
    Growth,
    ball,
    em,
    em_slope,
    expectation,
    hull,
    number,
    pair,
    precision,
    tanh_moment,
)
from overspec.verify.gallery.search import crossing, down, least, roots, up
from overspec.verify.gallery.softmax import Means, excess, uniform

pytestmark = pytest.mark.quick


def mean(f: Callable[[float], float], nu: float = 0.0) -> float:
    """E f(X), X ~ N(ν, 1), by adaptive quadrature in doubles."""
    value, _ = quad(
        lambda z: f(nu + z) * math.exp(-z * z / 2), -12, 12, epsabs=1e-13, epsrel=1e-13, limit=400
    )
    return float(value) / math.sqrt(2 * math.pi)


def sech(y: float) -> float:
    return 1 / math.cosh(y)


def holds(enclosed: Ball, value: float, error: float = 1e-11) -> bool:
    return abs(float(enclosed.mid()) - value) < error and float(enclosed.rad()) < 1e-13


@pytest.mark.parametrize("theta", ["1/10", "1", "4"])
@pytest.mark.parametrize("shift", ["0", "1/2", "-3"])
@pytest.mark.parametrize("nu", ["0", "2"])
@pytest.mark.parametrize(("degree", "s", "t"), [(0, 2, 0), (1, 0, 1), (2, 2, 0), (1, 2, 1)])
def test_moments_agree_with_quadrature(
    theta: str, shift: str, nu: str, degree: int, s: int, t: int
) -> None:
    a, b, m = map(float, map(Fraction, (theta, shift, nu)))
    with precision(64):
        law = ((arb(1), ball(Fraction(nu))),)
        found = tanh_moment(
            ball(Fraction(theta)), ball(Fraction(shift)), law, degree, sech=s, tanh=t
        )
    seen = mean(lambda x: x**degree * sech(a * x + b) ** s * math.tanh(a * x + b) ** t, m)
    assert holds(found, seen)


def test_more_bits_lie_within_fewer() -> None:
    """Were aliasing or the tail bounded too little, the two would not overlap."""
    for bits in (24, 32, 40, 64):
        for theta in ("1/20", "1", "6"):
            with precision(bits):
                few = em(ball(Fraction(theta)), arb(1), STANDARD)
            with precision(160):
                many = em(ball(Fraction(theta)), arb(1), STANDARD)
            assert few.contains(many), (bits, theta)


@pytest.mark.parametrize("theta", ["1/20", "1/3", "1", "2"])
@pytest.mark.parametrize("step", ["1/2", "1", "5/4"])
def test_the_aliasing_of_coarse_steps_is_bounded(
    theta: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps so coarse that aliasing is seen: the bound must cover it."""
    with precision(160):
        exact = em(ball(Fraction(theta)), arb(1), STANDARD)
    monkeypatch.setattr(line, "_step", lambda strip, bits: Fraction(step))
    with precision(160):
        coarse = em(ball(Fraction(theta)), arb(1), STANDARD)
    assert not (coarse.mid() - exact.mid()).abs_upper() < 1e-40
    assert coarse.contains(exact)


def test_a_wide_parameter_gives_the_range() -> None:
    with precision(53):
        wide = em_slope(hull(Fraction(1), Fraction(11, 10)), arb(0), STANDARD)
        assert float(wide.rad()) < 0.1
        for n in range(11):
            assert wide.contains(em_slope(ball(1 + Fraction(n, 100)), arb(0), STANDARD))


def test_a_slope_around_zero_gives_the_range() -> None:
    with precision(53):
        wide = em_slope(hull(Fraction(-1, 10), Fraction(1, 10)), arb(0), STANDARD)
        assert wide.contains(1)
        assert wide.contains(em_slope(ball(Fraction(1, 10)), arb(0), STANDARD))


def test_a_box_of_means_gives_the_range() -> None:
    with precision(40):
        box = uniform([hull(Fraction(-1, 4), Fraction(1, 4)), hull(Fraction(1), Fraction(3, 2))])
        for first in (Fraction(-1, 4), Fraction(0), Fraction(1, 4)):
            for second in (Fraction(1), Fraction(3, 2)):
                inside = uniform([ball(first), ball(second)])
                assert box.mass(0).contains(inside.mass(0))
                assert box.em()[1].contains(inside.em()[1])
                assert box.mean_log().contains(inside.mean_log())
        assert float(box.mean_log().rad()) < 1
        assert float(box.mass(0).rad()) < 0.2


def test_a_strip_too_narrow_is_refused() -> None:
    with precision(64), pytest.raises(OutOfReach, match="too many nodes"):
        expectation(lambda x: x, Growth(arb("1e-6"), arb(1), 1), arb(0))


def test_the_truth_is_a_fixed_point() -> None:
    """Of EM at the fitted weights, for the mixture of two."""
    for theta, rho in (("1", "0"), ("1/2", "3/5"), ("2", "-1/3")):
        with precision(80):
            mean_, r = ball(Fraction(theta)), ball(Fraction(rho))
            assert em(mean_, r.atanh(), pair(mean_, r)).overlaps(mean_)


# --- free means


@pytest.mark.parametrize("nu", [0.0, 1.5])
def test_free_means_agree_with_quadrature(nu: float) -> None:
    weights, means = (0.5, 0.25, 0.25), (-1.0, 0.5, 2.0)

    def parts(x: float) -> np.ndarray:
        return np.array(
            [w * math.exp(m * x - m * m / 2) for w, m in zip(weights, means, strict=True)]
        )

    model = Means(tuple(map(arb, weights)), tuple(map(arb, means)))
    with precision(64):
        law = ((arb(1), arb(nu)),)
        assert holds(model.mean_log(law), mean(lambda x: math.log(parts(x).sum()), nu))
        for j in range(3):
            share = mean(lambda x, j=j: parts(x)[j] / parts(x).sum(), nu)
            first = mean(lambda x, j=j: x * parts(x)[j] / parts(x).sum(), nu)
            assert holds(model.mass(j, law), share)
            assert holds(model.em(law)[j], first / share)
            assert holds(model.gradient(law)[j], means[j] * share - first)


def test_the_excess_vanishes_at_the_truth_and_only_there() -> None:
    with precision(64):
        truth = uniform([arb(-3), arb(3), arb(12)])
        assert abs(float(excess(truth, truth).mid())) < 1e-15
        assert excess(uniform([arb(0), arb(11), arb(13)]), truth) > 0


# --- search


def test_the_least_value_is_enclosed() -> None:
    with precision(53):
        found = least(
            lambda t: em(t, arb(0), ((arb(1), arb(1)),)) - t,
            lambda t: em_slope(t, arb(0), ((arb(1), arb(1)),)) - 1,
            Fraction(0),
            Fraction(2),
            Fraction(1, 1000),
        )
    assert not isinstance(found, Inconclusive)
    seen = min(mean(lambda x, t=t: x * math.tanh(t * x), 1.0) - t for t in np.linspace(0, 2, 81))
    assert float(found.value.lower) <= seen
    assert seen - 1e-3 < float(found.value.upper) < seen + 1e-3


def test_a_slope_that_is_not_enclosed_on_wide_cells() -> None:
    with precision(53):
        found = least(
            lambda t: t * t,
            lambda t: arb("nan") if t.rad() > 0.1 else 2 * t,
            Fraction(-1),
            Fraction(1),
            Fraction(1, 100),
        )
    assert not isinstance(found, Inconclusive)
    assert 0 in found.value


def test_a_budget_that_is_spent_is_said() -> None:
    with precision(53):
        found = least(lambda t: t * t, lambda t: 2 * t, Fraction(-1), Fraction(2),
                      Fraction(1, 10**9), budget=10)  # fmt: skip
        assert isinstance(found, Inconclusive)
        assert isinstance(roots(lambda t: t * t, lambda t: 2 * t, Fraction(-1), Fraction(1), 20),
                          Inconclusive)  # fmt: skip
        assert isinstance(
            crossing(lambda x: ball(x * x + 1), Fraction(-1), Fraction(1), Fraction(1, 4)),
            Inconclusive,
        )


def test_rounding_goes_outward() -> None:
    with precision(80):
        third = ball(Fraction(1, 3))
        assert down(third) < Fraction(1, 3) < up(third)
        assert up(third) - down(third) <= Fraction(1, 2**47)
        assert Fraction(1, 3) in number(third)
