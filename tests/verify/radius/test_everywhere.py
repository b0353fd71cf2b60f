"""All θ for four components: each bound of the tails against measured factors, and mutants."""

import math
from fractions import Fraction

import numpy as np
import pytest
from flint import arb, ctx

from overspec import InputError, Mixture
from overspec.decimals import Number
from overspec.verify.enclosures.ball import Inconclusive, to_ball
from overspec.verify.engines import lattice
from overspec.verify.radius import everywhere
from overspec.verify.radius.everywhere import (
    coset_means,
    far,
    high,
    prove_everywhere,
    range_square,
)
from overspec.verify.radius.rate import GlobalRate, certified_global_rate

WEIGHTS = {
    "linear": [0.4, 0.3, 0.2, 0.1],
    "one-heavy:9/10": [0.9, 1 / 30, 1 / 30, 1 / 30],
    "1/2,1/20,2/5,1/20": [0.5, 0.05, 0.4, 0.05],
}


def factors(weights: str, a: float, b: float) -> list[float]:
    found = lattice.cyclic_moments(np.array(WEIGHTS[weights]), (a, b), 1e-6, check=False)
    return [float(g) for g in found.g[1:]]


def level(value: Fraction) -> Number:
    return Number(value)


def test_coset_means_are_those_of_a_plain_sum() -> None:
    u = np.linspace(-9, 9, 20001)
    density = np.exp(-u * u / 2) / np.sqrt(2 * np.pi) * (u[1] - u[0])
    for p, q, a in ((0.5, 0.25, 2.0), (0.9, 0.01, 0.5), (0.1, 0.1, 0.0)):
        up, down = p * np.exp(a * u), q * np.exp(-a * u)
        t, log = (up - down) / (up + down), np.log(up + down)
        with ctx.workprec(64):
            found = coset_means(arb(p), arb(q), arb(a))
        for ball, value in zip(found, (t**2, log, t**2 * log), strict=True):
            assert abs(float(ball.mid()) - density @ value) < 1e-6
            assert float(ball.rad()) < 1e-5


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("at", [(2.5, 0.0), (3.0, 1.0), (4.0, 3.0), (6.0, 0.5)])
def test_the_tail_of_frequency_one_lies_below(weights: str, at: tuple[float, float]) -> None:
    a, b = at
    least = min(factors(weights, a, b + 1e-9))
    assert not far(Fraction(a), Fraction(least))


def test_the_tail_of_frequency_one_is_of_use() -> None:
    assert far(Fraction(5), Fraction(9, 100))
    assert not far(Fraction(2), Fraction(0))


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("a", ["1/4", "1", "5/2"])
def test_the_tail_of_frequency_two_lies_below_and_is_near(weights: str, a: str) -> None:
    """At b = 7 the bound of g_1 is less than what is measured, by a few hundredths at most."""
    mixture, at = Mixture.simplex(4, weights), Fraction(a)
    g1 = factors(weights, float(at), 7.0)[0]
    limit = factors(weights, float(at), 15.0)[0]
    least = min(g1, limit)
    with ctx.workprec(64):
        strip = everywhere._strip
        assert not strip(mixture, at, at, Fraction(7), to_ball(Fraction(least)))
        assert strip(mixture, at, at, Fraction(7), to_ball(Fraction(least) - Fraction(8, 100)))


def test_a_strip_is_not_better_than_its_parts() -> None:
    mixture = Mixture.simplex(4, "linear")
    with ctx.workprec(64):
        wide = everywhere._strip(mixture, Fraction(0), Fraction(4), Fraction(7), arb(1) / 20)
        middle = everywhere._strip(mixture, Fraction(2), Fraction(2), Fraction(7), arb(1) / 20)
    assert (wide, middle) == (False, True)


def test_the_limit_b_to_infinity_bounds_what_can_be_proved() -> None:
    """One heavy weight: g_1 → ½(h + h'), at a = 0 ½(13/14)²; no b₀ proves more."""
    mixture, limit = Mixture.simplex(4, "one-heavy:9/10"), Fraction(1, 2) * Fraction(13, 14) ** 2
    assert high(mixture, Fraction(1, 16), Fraction(12), limit - Fraction(1, 50))
    assert not high(mixture, Fraction(1, 16), Fraction(12), limit + Fraction(1, 1000))


def test_range_square_bounds_the_mean_square_range() -> None:
    x = np.random.default_rng(5).standard_normal((400_000, 3))
    largest = 0.0
    for angle in np.linspace(0, math.pi / 2, 13):
        a, b = math.cos(angle), math.sin(angle)
        u, v, s = x.T
        rows = np.array([b * s + a * u, b * s - a * u, -b * s + a * v, -b * s - a * v])
        largest = max(largest, float((np.ptp(rows, axis=0) ** 2).mean()))
    assert 6 < largest < float(range_square())


@pytest.mark.slow
def test_the_rate_over_all_theta_and_its_mutant() -> None:
    found = certified_global_rate(Mixture.simplex(4, "linear"))
    assert isinstance(found, GlobalRate)
    assert 0 < found.mu.lower < found.mu.upper < found.mu.lower * Fraction(11, 10)
    for a in (0.2, 0.7, 1.5, 3.0):
        for b in (0.2, 0.9, 2.0, 5.0):
            assert min(factors("linear", a, b)) > float(found.mu.lower)
    raised = prove_everywhere(found.mixture, level(found.mu.upper * Fraction(1001, 1000)))
    assert isinstance(raised, Inconclusive)


def test_other_mixtures_are_refused() -> None:
    with pytest.raises(InputError, match="k = 4"):
        prove_everywhere(Mixture.simplex(5, "linear"), level(Fraction(1, 100)))
    assert isinstance(
        prove_everywhere(Mixture.simplex(4, "linear"), level(Fraction(1))), Inconclusive
    )
