"""Population EM on regular simplices at any k: against the lattice, its theory, and its limits."""

import math
from fractions import Fraction
from statistics import median

import pytest
from sizes import slow_but

from overspec import Energies, InputError, Mixture
from overspec.verify.em.population import trajectory
from overspec.verify.em.simplices import simplex_run
from overspec.verify.engines.laplace import digits as many_digits

pytestmark = pytest.mark.numeric


@pytest.mark.parametrize(
    ("k", "weights"),
    [(7, "one-heavy:9/10"), (3001, "1/6000x1500,1/2,1/6000x1500"), (10**12, "one-heavy:1/2")],
)
def test_any_number_of_components_is_followed_and_the_rate_is_the_one_of_theory(
    k: int, weights: str
) -> None:
    run = trajectory(Mixture.simplex(k, weights), Energies.regular_simplex(k, 1), 30)
    values = run.mixture.weights.counts
    sigma = float(max(values) - min(values)) ** 2  # |π̂_m|² at every m
    assert run.rate_predicted == pytest.approx((1 - sigma) ** 2, rel=1e-12)
    assert run.rate_measured == pytest.approx((1 - sigma) ** 2, rel=1e-4)
    assert [step.t for step in run.steps] == list(range(31))
    assert run.steps[0].norm == 1
    assert all(b.kl < a.kl for a, b in zip(run.steps, run.steps[1:], strict=False))
    assert bool(run.steps[0].amplitudes) == (k <= 24)
    if k <= 24:
        assert math.hypot(*run.steps[5].amplitudes) == pytest.approx(run.steps[5].norm)


def test_uniform_weights_crawl_at_any_k() -> None:
    run = trajectory(Mixture.simplex(50, "uniform"), Energies.regular_simplex(50, "1/10"), 40)
    assert run.rate_measured is None
    assert run.rate_predicted == 1
    assert run.t2_kl is not None
    assert run.t2_kl > 0


def test_the_error_of_kl_holds_against_the_lattice() -> None:
    heavy, start = Mixture.simplex(4, "1/10,7/10,1/10,1/10"), Energies.regular_simplex(4, 2)
    slow = trajectory(heavy, start, 10, digits=12).steps
    for row, other in zip(simplex_run(heavy, start, 10), slow, strict=True):
        assert abs(row.kl - other.kl) <= row.kl_error + other.kl_error
        assert row.amplitudes == pytest.approx(other.amplitudes, rel=1e-9)


STARTS = [(10, "one-heavy:1/2", 1), (10, "uniform", 1), (10**6, "one-heavy:9/10", 2),
          (4, "one-heavy:9/10", Fraction(1, 10))]  # fmt: skip


@pytest.mark.parametrize(("k", "weights", "radius"), slow_but(STARTS, [], True))
def test_the_error_of_kl_is_that_of_forty_digits(k: int, weights: str, radius: object) -> None:
    """Before KL is small, at the change to the polynomial, and far below: down to 10⁻²⁴."""
    mixture = Mixture.simplex(k, weights)
    rows = [row for row in simplex_run(mixture, Energies.regular_simplex(k, radius), 40)[::4]
            if row.kl > 1e-24]  # fmt: skip
    ratios = []
    for row in rows:
        point = Energies.regular_simplex(k, Fraction(row.norm))
        true = many_digits.moments(mixture, point, 40, modes=1, hessian=False).log_partition
        half = true.context.mpf(point.norm_squared.numerator) / (2 * point.norm_squared.denominator)
        ratios.append(abs(float(half - true - row.kl)) / row.kl_error)
    assert len(ratios) > 2
    assert max(ratios) <= 1
    assert median(ratios) > 0.02  # and useful


def test_a_run_ends_at_the_tolerance() -> None:
    heavy = Mixture.simplex(100, "one-heavy:9/10")
    run = trajectory(heavy, Energies.regular_simplex(100, 1), 10**6, tolerance=1e-6)
    assert run.steps[-1].norm <= 1e-6 < run.steps[-2].norm


@pytest.mark.parametrize(
    ("weights", "energies", "covariance", "words"),
    [
        ("linear", Energies.regular_simplex(7, 1), "fixed", "all weights but one are equal"),
        ("one-heavy:9/10", Energies(7, ((Fraction(1), 1), (Fraction(0), 2))), "fixed", "simplices"),
        ("one-heavy:9/10", Energies.regular_simplex(7, 1), "isotropic", "k = 6"),
        ("one-heavy:9/10", Energies.regular_simplex(8, 1), "fixed", "k = 8"),
    ],
)
def test_what_is_not_followed_is_refused(
    weights: str, energies: Energies, covariance: str, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        trajectory(Mixture.simplex(7, weights), energies, 3, covariance=covariance)


@pytest.mark.parametrize("digits", [4, 6, 10])
@pytest.mark.parametrize(
    ("weights", "steps"), [("9/10,1/10", 100), ("1/2,3/10,1/5", 60), ("2/5,3/10,1/10,1/5", 40)]
)
def test_the_path_is_known_as_well_as_it_says(weights: str, steps: int, digits: int) -> None:
    """With few digits asked for, no iterate is farther from that of 14 digits than its error."""
    mixture = Mixture.simplex(weights.count(",") + 1, weights)
    start = Energies.regular_simplex(mixture.k, 1)
    rough, fine = (trajectory(mixture, start, steps, digits=n) for n in (digits, 14))
    for a, b in zip(rough.steps, fine.steps, strict=True):
        assert abs(a.norm - b.norm) <= a.norm * (a.path_error + b.path_error)
    printed = rough.run()["steps"][-1]["norm"]
    place = len(printed.partition(".")[2])
    assert 10.0**-place >= rough.steps[-1].norm * rough.steps[-1].path_error / 2
