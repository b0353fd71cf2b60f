"""All θ for four components: each bound of the tails against measured factors, and mutants."""

import math
from fractions import Fraction

import numpy as np
import pytest
from flint import arb, ctx

from overspec import InputError, Mixture
from overspec.decimals import Number
from overspec.verify.enclosures.ball import Inconclusive, to_ball
from overspec.verify.enclosures.pairs.enclose import enclose
from overspec.verify.engines import lattice
from overspec.verify.radius.bracket import certified_gamma
from overspec.verify.radius.far import everywhere, hessian
from overspec.verify.radius.far.everywhere import (
    coset_means,
    far,
    high,
    prove_everywhere,
    range_square,
)
from overspec.verify.radius.far.hessian import (
    coset_moments,
    fourth_bends,
    hessian_far,
    hessian_high,
)
from overspec.verify.radius.far.tail import prime_tail
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


# --- the other eigenvalues of the Hessian, k = 4 ------------------------------------------------


def radial(weights: str, a: float, b: float) -> float:
    """The smaller eigenvalue along the amplitudes."""
    with ctx.workprec(64):
        pi = [arb(p) / sum(WEIGHTS[weights]) for p in WEIGHTS[weights]]
    spectrum = enclose(pi, [arb(a), arb(b)], 4).hessian.eigenvalues()
    assert not isinstance(spectrum, Inconclusive)
    return float(spectrum[0].lower)


def test_coset_moments_are_those_of_a_plain_sum() -> None:
    u = np.linspace(-9, 9, 20001)
    density = np.exp(-u * u / 2) / np.sqrt(2 * np.pi) * (u[1] - u[0])
    for p, q, a in ((0.5, 0.25, 2.0), (0.9, 0.01, 0.5), (0.1, 0.1, 0.0)):
        up, down = p * np.exp(a * u), q * np.exp(-a * u)
        t, log = (up - down) / (up + down), np.log(up + down)
        with ctx.workprec(64):
            found = coset_moments(arb(p), arb(q), arb(a))
        wanted = (t**2 * u**2, t * u, log, log * (1 - t**2) * u**2)
        for ball, value in zip(found, wanted, strict=True):
            assert abs(float(ball.mid()) - density @ value) < 1e-5
            assert float(ball.rad()) < 1e-4


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("at", [(4.0, 0.5), (5.0, 3.0)])
def test_the_tail_of_the_hessian_lies_below(weights: str, at: tuple[float, float]) -> None:
    a, b = at
    least = radial(weights, a, b)
    assert not hessian_far(Mixture.simplex(4, weights), Fraction(a), Fraction(least))


def test_the_tail_of_the_hessian_is_of_use() -> None:
    mixture = Mixture.simplex(4, "linear")
    assert hessian_far(mixture, Fraction(5), Fraction(9, 100))
    assert not hessian_far(mixture, Fraction(4), Fraction(0))


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("at", [("1/4", 4), ("1", 5), ("5/2", 8)])
def test_the_matrix_for_large_b_lies_below_and_is_near(weights: str, at: tuple[str, int]) -> None:
    """And within a strip it is below what is measured at its ends."""
    mixture, a, b = Mixture.simplex(4, weights), Fraction(at[0]), at[1]
    least = min(radial(weights, float(a), b), radial(weights, float(a), 40.0))
    with ctx.workprec(64):
        pi = [to_ball(p) for p in mixture.weights]
        cosets = [(pi[0], pi[2]), (pi[1], pi[3])]

        def proved(level: float, half: Fraction = Fraction(0)) -> bool:
            known = [coset_moments(p, q, to_ball(a)) for p, q in cosets]
            top, width = to_ball(a + half), to_ball(half)
            return hessian.above(cosets, known, top, width, arb(b), Fraction(level))

        assert not proved(least)
        assert proved(least - 0.06)
        half = Fraction(1, 8)
        ends = min(radial(weights, float(a + e * half), 40.0) for e in (-1, 1))
        assert not proved(ends, half)


def test_a_strip_of_the_matrix_is_not_better_than_its_parts() -> None:
    mixture = Mixture.simplex(4, "linear")
    assert hessian_high(mixture, Fraction(1, 2), Fraction(6), Fraction(1, 20))
    # at a = 0 the limit is ½(E t²u² + E t'²v²) = ½(1/9 + 1/4)
    limit = Fraction(13, 72)
    assert not hessian_high(mixture, Fraction(1, 16), Fraction(12), limit + Fraction(1, 1000))


def test_the_bends_bound_the_fourth_moments_of_ranges() -> None:
    x = np.random.default_rng(8).standard_normal((400_000, 3))
    u, v, s = x.T
    moments = {}
    for angle in np.linspace(0, math.pi / 2, 13):
        a, b = math.cos(angle), math.sin(angle)
        rows = np.array([b * s + a * u, b * s - a * u, -b * s + a * v, -b * s - a * v])
        moments[angle] = float((np.ptp(rows, axis=0) ** 4).mean())
    largest, plane, line = max(moments.values()), moments[0.0], moments[math.pi / 2]
    first, second = map(float, fourth_bends())
    assert math.sqrt(largest * plane) / 8 < first < 1.4 * math.sqrt(largest * plane) / 8
    assert math.sqrt(largest * line) / 8 < second < 1.4 * math.sqrt(largest * line) / 8


@pytest.mark.slow
def test_all_kinds_but_the_factors_need_the_tails_of_the_matrix(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(everywhere, "hessian_high", lambda *_: False)
    found = prove_everywhere(Mixture.simplex(4, "linear"), level(Fraction(0)), kind="convexity")
    assert isinstance(found, Inconclusive)
    assert "frequency 2" in found.reason


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["convexity", "jacobian"])
def test_radii_of_the_hessian_are_infinite_for_all_theta(kind: str) -> None:
    mixture = Mixture.simplex(4, "linear")
    found = certified_gamma(mixture, kind)
    assert not isinstance(found, Inconclusive)
    assert found.upper == math.inf
    level = 0.0 if kind == "convexity" else 0.02
    for a in (0.1, 0.7, 2.0, 4.0):
        for b in (0.1, 0.9, 3.0, 12.0):
            assert radial("linear", a, b) > level
    raised = prove_everywhere(mixture, level_of(radial("linear", 0.1, 0.1)), kind=kind)
    assert isinstance(raised, Inconclusive)


def level_of(value: float) -> Number:
    return level(Fraction(value) + Fraction(1, 1000))


# --- prime k ----------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [5, 7])
def test_the_tail_at_prime_k_lies_above_what_is_sampled(k: int) -> None:
    rng = np.random.default_rng(k)
    mixture = Mixture.simplex(k, "linear")
    p = np.array([float(w) for w in mixture.weights])
    angle = 2 * np.pi * np.outer(np.arange(k), np.arange(1, k // 2 + 1)) / k
    largest = 0.0
    for energies in [*np.eye(k // 2), *rng.dirichlet([0.5] * (k // 2), size=2)]:
        a, x = 4 * np.sqrt(energies), rng.standard_normal((40_000, k // 2, 2))
        z = (x[:, :, 0] * a) @ np.cos(angle).T + (x[:, :, 1] * a) @ np.sin(angle).T
        w = p * np.exp(z)
        w /= w.sum(axis=1, keepdims=True)
        factors = (abs(np.fft.fft(w, axis=1)) ** 2).mean(axis=0)
        largest = max(largest, 1 - factors[1 : k // 2 + 1].min())
    bounds = [float(prime_tail(mixture, kind, arb(4))) for kind in ("factor", "jacobian")]
    assert largest < bounds[0] <= bounds[1]
    assert bounds[0] < k * k / (math.sqrt(2 * math.pi) * 8 * math.sin(math.pi / k))


def test_the_tail_at_prime_k_is_below_a_sum_over_all_pairs() -> None:
    """Of components at a distance δ, E w_iw_j ≤ 1/(√(2π)δ): for every θ of one frequency.

    Those around one component share, so that the largest counts, and the sum is not reached.
    """
    for k in (5, 7, 11):
        h = np.arange(1, k)
        sums = [
            sum(np.sin(np.pi * h * m / k) ** 2 / (2 * abs(np.sin(np.pi * h * n / k))))
            for m in range(1, k // 2 + 1)
            for n in range(1, k // 2 + 1)
        ]
        found = float(prime_tail(Mixture.simplex(k, "linear"), "factor", arb(1)))
        assert found < 0.87 * 2 * k / math.sqrt(2 * math.pi) * max(sums)
        largest = math.cos(math.pi / (2 * k)) ** 2 / (2 * math.sin(math.pi / k))
        expected = 4 * (k - 1) / math.sqrt(2 * math.pi) * largest
        assert found == pytest.approx(expected, rel=1e-12)


def test_composite_k_has_no_such_tail() -> None:
    with pytest.raises(InputError, match="prime"):
        prime_tail(Mixture.simplex(6, "linear"), "factor", arb(10))
