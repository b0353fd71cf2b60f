"""The experiment on ties: EM on weighted points, and the law that it is compared with."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx
from sizes import slow_but

from overspec.mixture import Energies, Mixture
from overspec.proofs.questions.uniform_rate import uniform_rate
from overspec.proofs.rates.null_law import null_law
from overspec.verify.em.free import free_trajectory
from overspec.verify.em.population import trajectory
from overspec.verify.em.sample import sample_em
from overspec.verify.em.sample_update import powers
from overspec.verify.engines.spectrum import float_weights
from overspec.verify.experiments.experiment import silent
from overspec.verify.experiments.model import ball_em, local_laws
from overspec.verify.experiments.model.local_laws import (
    Case,
    Measured,
    cases,
    local_law,
    measure,
    population,
)
from overspec.verify.experiments.model.mismatch import Configuration
from overspec.verify.experiments.model.tying import (
    EXPERIMENT,
    Prediction,
    divergence,
    drift,
    judge,
    law,
)
from overspec.verify.experiments.points import Iterate, Model, Points, log_likelihood, one_gaussian

pytestmark = pytest.mark.numeric

REGULAR = Mixture.simplex(3, "1/2,3/10,1/5")
CASES = cases()


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measure(True, silent)


@pytest.mark.slow
def test_the_prediction_holds_and_every_mutant_is_rejected(measured: Measured) -> None:
    found = judge(Prediction(law, drift), measured)
    assert found.passed, found.worst_at
    for mutant in EXPERIMENT.mutants:
        assert EXPERIMENT.judge(mutant.payload, measured).passed is False, mutant.words


@pytest.mark.slow
def test_every_constant_counts(measured: Measured) -> None:
    for changed in (
        lambda case: None if case.covariance == "full" else law(case),
        lambda case: None if case.learned else law(case),
    ):
        assert not judge(Prediction(changed, drift), measured).passed
    for key in ("end", "factor", "drift"):
        wrong = Prediction(law, lambda k, w, key=key: drift(k, w) * (1.01 if k == key else 1))
        assert not judge(wrong, measured).passed, key


@pytest.mark.slow
def test_what_is_shown(measured: Measured) -> None:
    table = EXPERIMENT.table(measured)
    said = {row[:5]: row[-1] for row in table.rows}
    cancelled = ("tied, isotropic covariance", "3", "2", "1/3,1/3,1/3", "simplex")
    assert said[cancelled] == "r ~ t^(-1/4), t r^4 -> 2"
    free = ("free", "3", "2", "1/2,3/10,1/5", "white simplex")
    assert said[free].endswith("t^2 KL -> 1/8")  # (k − 1)/16
    assert "r ~ t^(-1/6): tied, isotropic covariance, k = 2" in EXPERIMENT.remarks(measured)


@pytest.mark.parametrize("k", [2, 3, 4, 5, 7])
def test_the_law_agrees_with_what_is_proved_of_uniform_weights(k: int) -> None:
    uniform = Configuration.simplex([Fraction(1, k)] * k)
    assert uniform.law(k - 1, "isotropic") == uniform_rate(k)
    assert uniform.law(k - 1, "full") == uniform_rate(k)
    assert uniform.law(k - 1, "fixed").limit == Fraction(k - 1, 2)


@pytest.mark.parametrize(("weights", "m"), [("2/5,3/10,1/10,1/5", 2), ("3/10,1/5,3/10,1/5", 1)])
def test_the_law_agrees_with_the_null_law(weights: str, m: int) -> None:
    mixture = Mixture.simplex(4, weights)
    rate = Case("", mixture, m).configuration.law(3, "fixed")
    assert rate.power == 2
    assert rate.limit == Fraction(str(null_law(mixture).energy_limit))


def test_a_single_gaussian_is_matched_to_all_orders() -> None:
    nothing = Configuration((Fraction(1, 2),) * 2, ((Fraction(0),) * 2,) * 2)
    assert nothing.law(1, "full") is None


def test_a_wrong_law_of_one_model_is_seen() -> None:
    found = local_law(Case("", Mixture.simplex(2), covariance="isotropic"))
    assert found.power.mean == pytest.approx(6, abs=found.power.half)
    assert found.kappa.mean == pytest.approx(2 / 3, abs=found.kappa.half)
    assert found.power.half < 1e-4
    assert found.kappa.half < 1e-7
    assert found.lam.mean == pytest.approx(1 / 12, abs=found.lam.half)
    assert found.lam.half < 1e-9


@pytest.mark.parametrize(
    "case", slow_but(CASES, CASES[::3]), ids=lambda case: f"{case.name}, {case.mixture.weights}"
)
def test_errors_of_the_laws_are_not_below_the_true_ones(case: Case) -> None:
    """Against what `mismatch` says, from radii twice as large."""
    rate = law(case)
    assert rate is not None
    truth = (rate.power, float(rate.kappa), float(divergence(rate)))
    found = local_law(case, radii=tuple(2 * r for r in local_laws.RADII))
    for number, true in zip((found.power, found.kappa, found.lam), truth, strict=True):
        assert abs(number.mean - true) <= number.half <= 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("part", ["power", "kappa", "lam"])
@pytest.mark.parametrize("factor", [0.98, 1.02, 1.001])
def test_laws_near_the_truth_are_refuted(measured: Measured, part: str, factor: float) -> None:
    """1/12 against 1/12·1.02, for every model."""
    for found in measured.local:
        number = getattr(found, part)
        true = round(number.mean) if part == "power" else number.mean
        wrong = true + (factor - 1) if part == "power" else true * factor
        assert number.case("", true).passed is True
        assert number.case("", wrong).passed is False


def test_with_the_digits_of_a_double_nothing_is_said() -> None:
    """The difference of nearly equal numbers has no digits then: inconclusive, never refuted."""
    case = Case("", Mixture.simplex(2), covariance="isotropic")
    found = Measured((local_law(case, bits=53),), (), ())
    finding = judge(Prediction(law, drift), found)
    assert finding.passed is None


@pytest.mark.parametrize("case", [CASES[i] for i in (0, 2, 6, 9, 11, 21, 28)], ids=str)
def test_a_step_in_balls_is_that_in_doubles(case: Case) -> None:
    d = case.mixture.d
    points, model = population(d, 8), local_laws._model(case)
    at = Iterate.start(case.means() / 2, np.array(case.weights, dtype=float))
    balls = local_laws._ball_start(case, case.means() / 2)
    for _ in range(3):
        at = model.step(points, at)
        balls = local_laws._ball_model(case).step(ball_em.gauss_hermite(d, 8), balls)
    assert at.means == pytest.approx(_doubles(balls.means), abs=1e-13)
    assert at.covariance == pytest.approx(_doubles(balls.covariance), abs=1e-13)
    assert at.weights == pytest.approx(np.array([float(w) for w in balls.weights]), abs=1e-13)
    kl = float(ball_em.e_step(ball_em.gauss_hermite(d, 8), balls).divergence)
    assert one_gaussian(points) - log_likelihood(points, at) == pytest.approx(kl, abs=1e-13)


def _doubles(matrix: Any) -> np.ndarray:
    return np.array([[float(value) for value in row] for row in matrix.tolist()])


def test_nodes_have_the_moments_of_the_normal() -> None:
    rule = ball_em.gauss_hermite(1, 8)
    line = [row[0] for row in rule.x.tolist()]
    with ctx.workprec(ball_em.BITS):
        for n in range(16):
            moment = sum((m * x**n for m, x in zip(rule.mass, line, strict=True)), arb(0))
            assert moment.contains(math.prod(range(1, n, 2)) if n % 2 == 0 else 0)
            assert moment.rad() < 1e-60


@pytest.mark.parametrize("covariance", ["fixed", "isotropic", "full"])
@pytest.mark.parametrize("tied", [True, False])
def test_equal_points_are_sample_em(tied: bool, covariance: str) -> None:
    x = np.random.default_rng(2).standard_normal((300, 2))
    run = sample_em(x, REGULAR, (1.0, 0.5), 5, tied=tied, covariance=covariance)
    turns = powers(REGULAR)
    at = Iterate.start(turns @ np.array([1.0, 0.5]), float_weights(REGULAR))
    points, model = Points.equal(x), Model(turns if tied else None, covariance)
    for _ in range(5):
        at = model.step(points, at)
    assert at.means == pytest.approx(np.array(run.steps[-1].means), rel=1e-10, abs=1e-12)
    assert at.covariance == pytest.approx(np.array(run.covariance), rel=1e-10, abs=1e-12)
    assert log_likelihood(points, at) == pytest.approx(run.steps[-1].log_likelihood, rel=1e-12)


@pytest.mark.parametrize("covariance", ["fixed", "isotropic"])
def test_the_population_on_nodes_is_that_of_the_lattice(covariance: str) -> None:
    run = trajectory(REGULAR, Energies.regular_simplex(3, 1), 10, covariance=covariance)
    points, model = population(2, 40), Model(powers(REGULAR), covariance)
    at = Iterate.start(powers(REGULAR) @ np.array([1.0, 0.0]), float_weights(REGULAR))
    for _ in range(10):
        at = model.step(points, at)
    assert np.linalg.norm(at.theta) == pytest.approx(run.steps[-1].norm, abs=1e-9)
    assert at.covariance[0, 0] == pytest.approx(run.steps[-1].variance, abs=1e-9)


def test_free_means_on_nodes_are_those_of_the_lattice() -> None:
    run = free_trajectory(REGULAR, 1, 10)
    points, model = population(2, 40), Model(None)
    at = Iterate.start(np.array(run.steps[0].means), float_weights(REGULAR))
    for _ in range(10):
        at = model.step(points, at)
    assert at.means == pytest.approx(np.array(run.steps[-1].means), abs=1e-9)


def test_learned_weights_keep_their_sum_and_the_likelihood_rises() -> None:
    points, model = population(1, 40), Model(powers(Mixture.simplex(2)), "isotropic", True)
    at = Iterate.start(np.array([[1.0], [-1.0]]), np.array([0.7, 0.3]))
    before = -math.inf
    for _ in range(30):
        after = log_likelihood(points, at)
        assert after >= before
        before, at = after, model.step(points, at)
        assert at.weights.sum() == pytest.approx(1, abs=1e-14)
