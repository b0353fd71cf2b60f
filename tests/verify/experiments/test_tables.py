"""The experiment on the tables that scikit-learn ships."""

import math
from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.mixture import GaussianMixture

from overspec.mixture import Mixture
from overspec.verify.em.sample import sample_em
from overspec.verify.experiments.data import tables
from overspec.verify.experiments.data.digit_fits import STARTS, halves
from overspec.verify.experiments.data.tables import (
    BY_BIC,
    EXPERIMENT,
    FAMILIES,
    HEAVY,
    ONE,
    Measured,
    Prediction,
    gaussian,
    judge,
)
from overspec.verify.experiments.experiment import silent

pytestmark = pytest.mark.numeric


@pytest.fixture(scope="module")
def few() -> Measured:
    """Iris alone, three halves, fewer kinds of covariances."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "TABLES", {"iris": True})
        patch.setattr(tables, "KINDS", ("full",))
        patch.setattr(tables, "MOST", 3)
        patch.setattr(tables, "STEPS", 200)
        return tables.measured(3, 0, silent)


def test_every_way_is_there_and_the_prediction_is_decided_by_the_numbers(few: Measured) -> None:
    tied = few.of("iris", tied=True)
    assert {(r.weights, r.start) for r in tied} == {
        BY_BIC, *((family, start) for family in FAMILIES for start in STARTS)
    }  # fmt: skip
    (peer,) = few.of("iris", tied=False)
    assert peer.gain.mean > 0.3
    assert judge(Prediction(one=False), few).passed is False
    assert judge(Prediction(found=False), few).passed is False
    assert "GaussianMixture, by BIC 2 full" in EXPERIMENT.remarks(few)
    assert len(EXPERIMENT.table(few).rows) == len(few.rows)


def test_what_bic_chooses_has_the_least_bic_of_the_same_half(few: Measured) -> None:
    rows = {(r.weights, r.start): r for r in few.of("iris", tied=True)}
    chosen = rows.pop(BY_BIC)
    assert chosen.bic.mean <= min(r.bic.mean for r in rows.values()) + 1e-12
    assert "uniform" in chosen.chosen


def test_a_verdict_follows_the_gains(few: Measured) -> None:
    """The same halves with GaussianMixture's gains put for tied EM's, and the other way round."""
    (peer,) = few.of("iris", tied=False)

    def given(by: float) -> Measured:
        rows = tuple(
            replace(r, gains=tuple(g + by + 0.01 * i for i, g in enumerate(peer.gains)))
            if (r.weights, r.start) == BY_BIC
            else r
            for r in few.rows
        )
        return replace(few, rows=rows)

    for form, by, passed in (
        (Prediction(), -0.5, True), (Prediction(), 0.5, False),
        (Prediction(less=False), 0.5, True), (Prediction(less=False), -0.5, False),
    ):  # fmt: skip
        assert judge(form, given(by)).passed is passed


def test_gains_and_bic_are_scikit_learns_own() -> None:
    """One component is the Gaussian of reference, gain 0 and BIC 0; and tied EM ends there."""
    x = load_iris().data
    inner, outer = halves(x, 3, np.random.default_rng(0))
    one = GaussianMixture(1, covariance_type="full", reg_covar=0).fit(inner)
    assert one.score(outer) == pytest.approx(gaussian(outer), abs=1e-9)
    assert one.bic(inner) / len(inner) == pytest.approx(
        tables._bic(gaussian(inner), ONE, len(inner)), abs=1e-9
    )
    heavy = sample_em(inner, Mixture.simplex(4, HEAVY), (0.5, 0.0, 0.3), 300, covariance="full")
    assert heavy.log_likelihood[-1] == pytest.approx(gaussian(inner), abs=1e-6)
    assert math.isclose(heavy.norm[-1], 0, abs_tol=1e-3)


@pytest.mark.slow
def test_the_prediction_holds_and_every_mutant_is_rejected() -> None:
    measured = tables.measured(6, 0, silent)
    found = judge(Prediction(), measured)
    assert found.passed, found.worst_at
    for mutant in EXPERIMENT.mutants:
        assert not EXPERIMENT.judge(mutant.payload, measured).passed, mutant.words
