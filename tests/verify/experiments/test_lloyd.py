"""The experiment on Lloyd's algorithm, and the maps it rests on."""

import math
import sys

import numpy as np
import pytest

from overspec.errors import InputError
from overspec.verify.experiments.experiment import silent
from overspec.verify.experiments.interval import Interval, exponent, plus_minus
from overspec.verify.experiments.start import lloyd_map
from overspec.verify.experiments.start.lloyd import EXPERIMENT, Prediction, judge, stability
from overspec.verify.experiments.start.lloyd_runs import Measured, Setting, measure, radius

TINY = Setting(starts=4, repetitions=32, lines=256, sizes=(1000, 8000), steps=40)


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measure(TINY, 3, silent)


@pytest.mark.slow
def test_the_prediction_holds_and_every_mutant_is_rejected(measured: Measured) -> None:
    assert judge(Prediction(), measured).passed, judge(Prediction(), measured).worst_at
    for mutant in EXPERIMENT.mutants:
        assert not EXPERIMENT.judge(mutant.payload, measured).passed, mutant.words


FEW = Setting(starts=2, repetitions=2, lines=64, sizes=(500, 1000), steps=3)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_table() -> None:
    first, again, other = (EXPERIMENT.table(measure(FEW, seed, silent)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.slow
@pytest.mark.quick
def test_what_is_shown() -> None:
    """Of a run that is too small for a verdict."""
    few = measure(FEW, 3, silent)
    table = EXPERIMENT.table(few)
    predicted = {row[0]: row[4] for row in table.rows}
    assert predicted["radius, population"]
    assert "steps or more to shrink" in EXPERIMENT.remarks(few)
    assert judge(Prediction(radius=lambda k: 2 * radius(k)), few).passed is False


@pytest.mark.parametrize(("k", "d"), [(2, 1), (3, 2), (4, 3), (5, 3)])
def test_cells_against_a_sample(k: int, d: int) -> None:
    rng = np.random.default_rng(5)
    centres = rng.standard_normal((k, d))
    mass, first = lloyd_map.cells(centres, lloyd_map.lines(d, 2048, 1))
    x = rng.standard_normal((200_000, d))
    nearest = ((x[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    for j in range(k):
        inside = nearest == j
        assert mass[j] == pytest.approx(inside.mean(), abs=0.006)
        assert first[j] == pytest.approx((x * inside[:, None]).mean(axis=0), abs=0.01)
    assert mass.sum() == pytest.approx(1, abs=1e-12)
    assert first.sum(axis=0) == pytest.approx(np.zeros(d), abs=1e-12)


@pytest.mark.parametrize("k", [2, 3, 4])
def test_the_simplex_is_fixed_at_r0_only(k: int) -> None:
    groups = lloyd_map.lines(k - 1, 4096, 2)
    vertices = lloyd_map.simplex(k, k - 1)
    for size in (0.5, radius(k), 3.0):
        moved = lloyd_map.population_step(size * vertices, groups)
        assert lloyd_map.size(moved) == pytest.approx(radius(k), abs=1e-3)
        assert lloyd_map.edge_ratio(moved) == pytest.approx(1, abs=5e-3)


def test_the_jacobian_has_the_certified_spectrum() -> None:
    vertices = lloyd_map.simplex(3, 2) * radius(3)
    found = np.sort(
        np.linalg.eigvals(lloyd_map.jacobian(vertices, lloyd_map.lines(2, 8192, 1))).real
    )
    plus, minus = stability(3), stability(3, "vertex-")
    assert found == pytest.approx([0, minus, minus, plus, plus, 1], abs=2e-3)


def test_a_turn_is_measured_apart_from_a_change_of_shape() -> None:
    c, s = math.cos(0.1), math.sin(0.1)
    vertices = lloyd_map.simplex(3, 2)
    turned = 1.2 * vertices @ np.array([[c, s], [-s, c]])
    assert lloyd_map.turn_between(vertices, turned) == pytest.approx(2 * math.sin(0.05), rel=1e-12)
    assert lloyd_map.turn_between(vertices, 0.7 * vertices) == pytest.approx(0, abs=1e-12)


def test_an_empty_cell_keeps_its_centre() -> None:
    x = np.array([[0.0], [1.0]])
    moved, labels = lloyd_map.sample_step(np.array([[0.0], [9.0]]), x)
    assert moved.tolist() == [[0.5], [9.0]]
    assert labels.tolist() == [0, 0]


def test_without_scikit_learn_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.cluster", None)
    with pytest.raises(InputError, match=r"overspec\[data\]"):
        measure(TINY, 0, silent)


def test_intervals_cover_and_exponents_are_found() -> None:
    rng = np.random.default_rng(0)
    hits = [abs(Interval.of(rng.standard_normal(5)).mean) for _ in range(10)]
    assert max(hits) < 3
    misses = sum(
        Interval.of(rng.standard_normal(6), confidence=0.9).slack(0.0) < 0 for _ in range(1000)
    )
    assert 60 < misses < 140
    sizes = (10, 100, 1000)
    table = np.array(sizes) ** -1.5 * rng.chisquare(3, size=(50, 3))
    assert exponent(sizes, table).slack(-1.5) > 0
    assert Interval.of([math.nan, 1.0]).slack(1.0) == -math.inf
    assert plus_minus(1234.5, 67.0) == "1234 ± 67"
