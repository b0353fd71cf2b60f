"""The experiment on data that are not N(0, I): the laws, the predictions, the verdict."""

import numpy as np
import pytest

from overspec.verify.em.sample_update import powers
from overspec.verify.engines.spectrum import float_weights, sigma
from overspec.verify.experiments.data.departures import (
    MIXTURE,
    VERTICES,
    Measured,
    Setting,
    measure,
)
from overspec.verify.experiments.data.laws import D, Law, laws
from overspec.verify.experiments.data.robustness import (
    EXPERIMENT,
    Prediction,
    at_zero,
    away_from_zero,
    jacobian,
    judge,
)
from overspec.verify.experiments.experiment import silent
from overspec.verify.experiments.model.local_laws import population
from overspec.verify.experiments.points import Iterate, Model, Points
from overspec.verify.experiments.start import lloyd_map

TINY = Setting(n=2000, repetitions=10)


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measure(TINY, 1, silent)


@pytest.fixture(scope="module")
def few() -> Measured:
    """Too few for a verdict."""
    return measure(Setting(n=300, repetitions=3), 1, silent)


@pytest.mark.slow
def test_the_prediction_holds_and_every_mutant_is_rejected(measured: Measured) -> None:
    found = judge(Prediction(), measured)
    assert found.passed, found.worst_at
    for mutant in EXPERIMENT.mutants:
        assert not EXPERIMENT.judge(mutant.payload, measured).passed, mutant.words


@pytest.mark.slow
def test_the_same_seed_gives_the_same_table() -> None:
    tiny = Setting(n=300, repetitions=3)
    first, again, other = (EXPERIMENT.table(measure(tiny, seed, silent)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_what_is_shown(few: Measured) -> None:
    families = {row[0] for row in EXPERIMENT.table(few).rows}
    assert {"heavy-tailed", "skewed", "multimodal", "wrong variance", "anisotropic"} <= families
    assert "does not make it attract" in EXPERIMENT.remarks(few)


@pytest.mark.parametrize("law", laws(), ids=lambda law: f"{law.family} {law.parameter}".strip())
def test_laws_have_the_moments_that_they_claim(law: Law) -> None:
    x = law.draw(np.random.default_rng(4), 200_000)
    loose = 0.15 if law.parameter in ("t, ν = 3", "t, ν = 5") else 0.05
    assert x.mean(axis=0) == pytest.approx(np.zeros(D), abs=0.03)
    assert x.T @ x / len(x) == pytest.approx(np.diag(law.covariance), abs=loose)


@pytest.mark.parametrize("law", laws(), ids=lambda law: f"{law.family} {law.parameter}".strip())
def test_permutation_symmetric_laws_share_their_third_moments(law: Law) -> None:
    if law.parameter in ("t, ν = 3", "t, ν = 5"):
        pytest.skip("its third moments do not settle in a sample")
    x = law.draw(np.random.default_rng(7), 200_000) @ VERTICES.T
    assert bool(np.ptp((x**3).mean(axis=0)) < 0.25) or not law.exchangeable


def test_the_jacobian_is_that_of_em_on_the_data() -> None:
    x = np.random.default_rng(3).gamma(2.0, size=(500, D))
    x -= x.mean(axis=0)
    points, model, turns = Points.equal(x), Model(powers(MIXTURE)), powers(MIXTURE)
    weights, h = float_weights(MIXTURE), 1e-4
    columns = []
    for axis in np.eye(D):
        ends = [model.step(points, Iterate.start(turns @ (s * axis), weights)) for s in (h, -h)]
        columns.append((ends[0].theta - ends[1].theta) / (2 * h))
    assert np.stack(columns, axis=1) == pytest.approx(jacobian(points.second), abs=1e-5)
    assert at_zero(np.eye(D)) == pytest.approx(1 - float(sigma(MIXTURE)), abs=1e-12)


def test_the_limit_of_a_wrong_variance_is_that_of_em_on_quadrature_nodes() -> None:
    variance = 1.5
    rule = population(D, 24)
    points, model = Points.of(rule.x * variance**0.5, rule.mass), Model(powers(MIXTURE))
    at = Iterate.start(powers(MIXTURE) @ np.array([0.3, 0.2, 0.4]), float_weights(MIXTURE))
    before, ratio = 1.0, 0.0
    for _ in range(150):
        after = model.step(points, at)
        moved = float(np.linalg.norm(after.theta - at.theta))
        ratio, before, at = moved / before, moved, after
    factor, square = away_from_zero(variance)
    assert float(at.theta @ at.theta) == pytest.approx(square, abs=1e-4)
    assert ratio == pytest.approx(factor, abs=1e-3)


def test_a_symmetric_sample_keeps_the_simplex_exactly(few: Measured) -> None:
    for found in few.symmetric:
        assert found.kept.mean == pytest.approx(1, abs=1e-12)
    assert lloyd_map.edge_ratio(VERTICES) == pytest.approx(1, abs=1e-12)
