"""The global rate: proved bounds against the factors that the engines find, and mutants."""

from fractions import Fraction
from functools import cache

import pytest
from sizes import slow_but

from overspec import Energies, InputError, Mixture
from overspec.decimals import Number
from overspec.verify.enclosures.ball import Inconclusive
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.spectrum import sigma as sigma_of
from overspec.verify.radius import rate as rate_module
from overspec.verify.radius.rate import GlobalRate, certified_global_rate, prove_rate

CASES = [
    (2, "9/10,1/10", "all"),
    (3, "1/2,3/10,1/5", "all"),
    (3, "one-heavy:9/10", "all"),
    (4, "linear", "simplex"),
    (100, "one-heavy:1/2", "simplex"),
]
QUICK_CASES = slow_but(CASES, quick=[CASES[0], CASES[2]])  # others: test_docs_radius


@cache
def rate(k: int, weights: str, orbit: str) -> GlobalRate:
    found = certified_global_rate(Mixture.simplex(k, weights), orbit)
    assert isinstance(found, GlobalRate)
    return found


@pytest.mark.parametrize("case", QUICK_CASES)
def test_bounds_are_narrow_and_no_factor_is_below(case: tuple[int, str, str]) -> None:
    found = rate(*case)
    assert 0 < found.mu.lower <= found.mu.upper <= found.mu.lower * Fraction(1002, 1000)
    for n in range(1, 25):
        value = evaluate(found.mixture, Energies.regular_simplex(case[0], Fraction(n, 4)), 8)
        assert min(map(float, value.g[1:])) >= float(found.mu.lower)


@pytest.mark.parametrize("case", QUICK_CASES)
def test_a_larger_bound_is_rejected(case: tuple[int, str, str]) -> None:
    found = rate(*case)
    raised = found.mu.upper * Fraction(1001, 1000)
    mutant = prove_rate(found.mixture, found.orbit, raised, found.mu.upper, found.worst_radius)
    assert isinstance(mutant, Inconclusive)


def test_the_rate_bounds_a_step_from_far_away() -> None:
    """|M(θ)| ≤ ρ*|θ| (T1), and the worst radius almost attains it."""
    found = rate(3, "one-heavy:9/10", "all")
    worst = Energies.regular_simplex(3, found.worst_radius)
    step = float(evaluate(found.mixture, worst, 10).g[1])
    assert float(found.rate.lower) - 1e-9 <= 1 - step <= float(found.rate.upper)
    assert found.dominance.lower == 2 * found.mu.lower**2


def test_a_null_frequency_has_no_global_rate() -> None:
    assert isinstance(certified_global_rate(Mixture.simplex(3, "uniform")), Inconclusive)


def test_all_theta_beyond_five_components_are_refused() -> None:
    with pytest.raises(InputError, match="simplex"):
        certified_global_rate(Mixture.simplex(6, "linear"))


def test_at_five_components_the_engines_do_not_reach_every_tail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the least g_m is near 1 the tail begins far out, and all θ would have to be covered."""
    monkeypatch.setattr(rate_module, "worst_amplitudes", lambda _: (Fraction(0), Fraction(0)))
    found = certified_global_rate(Mixture.simplex(5, "one-heavy:999/1000"))
    assert isinstance(found, Inconclusive)
    assert "engines do not reach" in found.reason
    (radius,) = found.at
    assert radius == pytest.approx(4.911 / (1 - 0.95 * (1 - 5 / 4 / 1000) ** 2), rel=0.012)


@pytest.mark.slow
@pytest.mark.parametrize("weights", ["linear", "one-heavy:1/2"])
def test_the_rate_of_five_over_all_theta(weights: str) -> None:
    """Some five seconds of processor time each; that it is not larger, where it is attained."""
    mixture = Mixture.simplex(5, weights)
    found = certified_global_rate(mixture)
    assert isinstance(found, GlobalRate)
    assert 0 < found.mu.lower <= found.mu.upper <= found.mu.lower * Fraction(1053, 1000)
    assert 4.91 < float(found.reach) * (1 - float(found.mu.lower)) < 4.98
    for at in ("1/2,1/2", "1,0", "0,2", "3,1", "1,4"):
        value = evaluate(mixture, Energies.of_amplitudes(5, at), 6)
        assert min(map(float, value.g[1:])) >= float(found.mu.lower)
    here = found.amplitudes
    truth = float(sigma_of(mixture))
    if any(here):
        point = Energies.of_amplitudes(5, [str(a) for a in here])
        truth = min(map(float, evaluate(mixture, point, 8).g[1:]))
    assert float(found.mu.lower) <= truth <= float(found.mu.upper) + 1e-4


def test_with_an_engine_that_reaches_it_the_rate_of_five_is_a_finite_cover(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stand-in for the engine: what is proved is the tail, the cover and their meeting."""
    mixture = Mixture.simplex(5, "one-heavy:1/2")
    asked: list[float] = []

    def values(point: tuple[Fraction, ...], digits: int) -> Number:
        asked.append(float(point[0]))
        r = float(point[0])
        g = Fraction(9, 64) + Fraction(r * r / (4 + r * r)) / 2
        return Number.between(g, g + Fraction(1, 10**digits))

    monkeypatch.setattr(rate_module, "on_sector", lambda *_: values)
    monkeypatch.setattr(rate_module, "worst_amplitudes", lambda _: (Fraction(0), Fraction(0)))
    found = certified_global_rate(mixture)
    assert isinstance(found, GlobalRate)
    far = float(found.reach)
    assert max(asked) == far
    assert 4.91 / far < 1 - float(found.mu.lower) < 4.98 / far
    low = [point for point in found.cover.values if point[0] == found.reach]
    # the frequencies may be exchanged: half of the directions are all
    assert {point[1] for point in low} >= {Fraction(0), Fraction(1, 2)}
