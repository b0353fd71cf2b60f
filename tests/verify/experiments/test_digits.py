"""The experiment on handwritten digits."""

import sys

import numpy as np
import pytest

from overspec.errors import InputError
from overspec.mixture import Mixture
from overspec.verify.experiments.data import digit_fits
from overspec.verify.experiments.data.digit_fits import (
    FREE,
    STARTS,
    TIED,
    Measured,
    Setting,
    halves,
    measure,
)
from overspec.verify.experiments.data.digits import EXPERIMENT, Prediction, judge
from overspec.verify.experiments.experiment import silent
from overspec.verify.experiments.start import lloyd_map

pytestmark = pytest.mark.numeric

TINY = Setting(dimensions=(3,), splits=1)


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measure(TINY, 1, silent)


@pytest.fixture(scope="module")
def few() -> Measured:
    """Two classes: too few for a verdict."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digit_fits, "CLASSES", 2)
        return measure(TINY, 1, silent)


@pytest.mark.slow
def test_the_prediction_holds_and_every_mutant_is_rejected(measured: Measured) -> None:
    found = judge(Prediction(), measured)
    assert found.passed, found.worst_at
    for mutant in EXPERIMENT.mutants:
        assert not EXPERIMENT.judge(mutant.payload, measured).passed, mutant.words


def test_seconds_are_kept_apart(few: Measured) -> None:
    table = EXPERIMENT.table(few)
    assert not any("second" in column for column in table.columns)
    assert EXPERIMENT.times is not None
    assert EXPERIMENT.times(few).columns[-1] == "seconds a fit"


@pytest.mark.slow
def test_the_same_seed_gives_the_same_table(
    measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digit_fits, "CLASSES", 2)
    first, again, other = (EXPERIMENT.table(measure(TINY, seed, silent)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_every_start_and_method_is_there(few: Measured) -> None:
    assert {row.start for row in few.of(TIED)} == set(STARTS)
    assert {row.start for row in few.of(FREE)} == set(STARTS)
    assert few.mixtures == (Mixture.simplex(4, digit_fits.HEAVY),)
    assert "one Gaussian" in EXPERIMENT.remarks(few)


def test_halves_are_white_and_share_nothing() -> None:
    rng = np.random.default_rng(0)
    x = rng.gamma(1.0, size=(101, 8)) @ rng.standard_normal((8, 8))
    inner, outer = halves(x, 3, rng)
    assert (inner.shape, outer.shape) == ((50, 3), (51, 3))
    assert inner.mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-12)
    assert inner.T @ inner / 50 == pytest.approx(np.eye(3), abs=1e-12)
    assert not {tuple(row) for row in inner.round(9)} & {tuple(row) for row in outer.round(9)}


def test_the_tied_start_is_turned_to_the_means() -> None:
    rng = np.random.default_rng(1)
    vertices = lloyd_map.simplex(4, 3)
    turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    means = 1.3 * vertices @ turn.T
    found = digit_fits.turned(means, vertices)
    assert means @ found == pytest.approx(1.3 * vertices, abs=1e-12)


def test_without_scikit_learn_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(InputError, match=r"overspec\[data\]"):
        measure(TINY, 0, silent)
