"""The experiments on convergence, weights, radius, map and samples, in tiny settings."""

import math
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest
from sizes import slow_but

from overspec.evidence import Evidence, Provenance
from overspec.mixture import Energies, Mixture
from overspec.verify.em.reference import evaluate as plain
from overspec.verify.em.reference import parameter
from overspec.verify.em.sample import sample_em
from overspec.verify.em.sample_update import powers
from overspec.verify.experiments.data import sample_bound, sample_limits, samples
from overspec.verify.experiments.experiment import Experiment, silent
from overspec.verify.experiments.interval import Interval
from overspec.verify.experiments.start import radius, radius_runs
from overspec.verify.experiments.tied import (
    amplitudes_of,
    divergence,
    inverse_energy,
    simplex_start,
)
from overspec.verify.experiments.weights import acceleration, convergence, map, weights
from overspec.verify.radius.search import gamma

pytestmark = pytest.mark.numeric

NOWHERE = Provenance("", "")


def tiny(name: str, seed: int = 0) -> Any:
    """The smallest run that its test still decides."""
    if name == "convergence":
        setting = convergence.Setting(("one-heavy:9/10", convergence.SLOWEST), 2000, 6, (100,))
        return convergence.measured(setting, seed, silent)
    if name == "weights":
        distances = (Fraction(1, 10), Fraction(1, 20), Fraction(1, 40))
        setting_w = weights.Setting(640, 300, distances, ("uniform", weights.DEGENERATE))
        return weights.measured(setting_w, silent)
    if name == "radius":
        return radius_runs.measured(radius_runs.Setting(5, 500), seed, silent)
    if name == "acceleration":
        goals = (1e-4, 1e-6, 1e-8)
        setting_a = acceleration.Setting(((2, "uniform"),), ((4, weights.DEGENERATE),), goals)
        return acceleration.measured(setting_a, silent)
    if name == "map":
        return map.measured(map.Setting(2, 3, 12, 1000), seed, silent)
    sizes = wide = ((1000, 100), (100_000, 100))
    setting_s = sample_limits.Setting(sample_limits.REGULAR[:1], sizes, wide, (300, 40, 250))
    return sample_limits.measured(setting_s, seed, silent)


EXPERIMENTS: dict[str, Experiment] = {
    module.EXPERIMENT.name: module.EXPERIMENT
    for module in (convergence, weights, radius, map, samples, acceleration)
}


@cache
def once(name: str) -> Any:
    """Each experiment once; far starts are expensive, so far is nearer here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(radius_runs, "FAR", 30.0)
        patch.setattr(map, "CHECKED", ("3/5", "19/20"))
        return tiny(name)


NAMES = slow_but(EXPERIMENTS, quick=["convergence"])


@pytest.mark.parametrize("name", NAMES)
def test_the_prediction_passes_and_every_mutant_fails(name: str) -> None:
    experiment, found = EXPERIMENTS[name], once(name)
    stated = experiment.judge(experiment.stated.payload, found)
    assert stated.passed, stated.worst_at
    assert stated.evidence in (Evidence.SAMPLED, Evidence.MEASURED)
    for mutant in experiment.mutants:
        assert experiment.judge(mutant.payload, found).passed is False, mutant.words


@pytest.mark.parametrize("name", NAMES)
def test_table_text_and_figures(name: str) -> None:
    experiment, found = EXPERIMENTS[name], once(name)
    assert experiment.table(found).rows
    assert experiment.remarks(found)
    shown = experiment.figures(found, NOWHERE)
    assert shown[0].id == name
    assert all(figure.id.startswith(name) for figure in shown)
    assert all(series.x for figure in shown for panel in figure.panels for series in panel.series)


@pytest.mark.slow
def test_the_seed_decides_everything() -> None:
    assert tiny("convergence") == once("convergence")
    assert tiny("convergence", 1) != once("convergence")
    one, same, other = (
        sample_bound.coverage(100, 2, 2, np.random.SeedSequence(seed)) for seed in (1, 1, 2)
    )
    assert one == same
    assert one != other


# --- what the measurements rest on --------------------------------------------------------------


def test_divergence_is_that_of_the_plain_engine() -> None:
    mixture = Mixture.simplex(4, "linear")
    theta = simplex_start(mixture, "1/2")
    found = plain(mixture, Energies.regular_simplex(4, "1/2"))
    assert divergence(mixture, theta) == pytest.approx(float(found.kl), abs=1e-9)
    assert sorted(amplitudes_of(mixture, theta)) == pytest.approx(
        sorted(amplitudes_of(mixture, parameter(mixture, Energies.regular_simplex(4, "1/2"))))
    )


def test_the_start_is_a_regular_simplex() -> None:
    mixture = Mixture.simplex(5, "linear")
    means = powers(mixture) @ simplex_start(mixture, "2")
    edges = [np.linalg.norm(a - b) for i, a in enumerate(means) for b in means[:i]]
    assert edges == pytest.approx([2 * math.sqrt(5 / 2)] * 10)


@pytest.mark.parametrize("n", [200, 2000])
def test_the_balanced_limit_is_where_em_goes(n: int) -> None:
    stream = np.random.SeedSequence(3)
    limit = sample_limits.balanced_limit(n, stream)
    rows = np.random.default_rng(stream).standard_normal((n, 1))
    run = sample_em(rows, sample_limits.BALANCED, [1.0], 20_000, tolerance=1e-12)
    # where mean x² <= 1 the limit is 0, and EM gets there like t^{-1/2} only
    close = 1e-6 if limit[0] else 0.05
    assert abs(run.steps[-1].norm - float(limit[0])) < close


def test_the_supremum_grows_with_the_noise() -> None:
    rng = np.random.default_rng(5)
    few, many = (sample_bound.supremum(rng.standard_normal((n, 2))) for n in (100, 10_000))
    assert 3 * many < few


def test_near_weights_are_as_far_from_degenerate_as_said() -> None:
    assert weights.near(Fraction(0)) == weights.DEGENERATE
    mixture = Mixture.simplex(4, weights.near(Fraction(1, 50)))
    energy = 1 - math.exp(convergence.asymptotic(mixture) / 2)
    assert energy == pytest.approx(4 / 50**2)


@pytest.mark.slow
def test_no_run_that_stays_away_passes() -> None:
    found = once("radius")
    first = found.sweeps[0]
    lost = replace(first.population[-1], arrived=False, steps=radius_runs.STEPS)
    broken = replace(first, population=(*first.population[:-1], lost))
    judged = radius.judge(radius.Prediction(), replace(found, sweeps=(broken,)))
    assert judged.passed is False


def test_a_wrong_measurement_fails() -> None:
    found = once("convergence")
    wrong = replace(found.slopes[0], value=Interval(-1.0, 0.01, 1))
    assert not convergence.judge(convergence.asymptotic, replace(found, slopes=(wrong,))).passed


def test_inverse_energy_counts_real_directions() -> None:
    assert inverse_energy(Mixture.simplex(2, "7/10,3/10")) == pytest.approx(6.25)
    assert inverse_energy(Mixture.simplex(3, "1/2,3/10,1/5")) == pytest.approx(2 / 0.07)


def test_a_crossing_is_where_gamma_is() -> None:
    """By EM steps there, by the search over g here."""
    mixture = Mixture.simplex(3, "one-heavy:9/10")
    seen = radius_runs.crossing(mixture, Fraction(9, 10), points=12)
    found = gamma(mixture, "factor", "9/10", "simplex", 8)
    assert seen is not None
    assert abs(seen.mean - (found.lower + found.upper) / 2) <= seen.half < 1e-5
    assert radius_runs.first_error(mixture, 1.0) < 1e-13
    with pytest.MonkeyPatch.context() as patch:  # the same radius by the other engine
        near, error = radius_runs.first_factor(mixture, 3), radius_runs.first_error(mixture, 3)
        patch.setattr(radius_runs, "LATTICE", 2.0)
        far, other = radius_runs.first_factor(mixture, 3), radius_runs.first_error(mixture, 3)
    assert abs(near - far) <= error + other < 1e-9
