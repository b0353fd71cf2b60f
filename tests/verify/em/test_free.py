"""EM with free means: the errors of its iterates are never below the true ones."""

from __future__ import annotations

import random
import statistics
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from flint import arb, ctx
from sizes import slow_but

from overspec import Mixture
from overspec.verify.em.free import (
    FreeStep,
    FreeTrajectory,
    free_start,
    free_step,
    free_trajectory,
)
from overspec.verify.engines import trapezoid
from overspec.verify.engines.spectrum import float_weights
from overspec.verify.engines.trapezoid import expectations, lattice_for
from overspec.verify.experiments.model import ball_em

pytestmark = pytest.mark.numeric
needs_extended = pytest.mark.skipif(
    np.finfo(np.longdouble).eps > 1e-18, reason="long double is no longer than a double here"
)

STARTS = [(2, "7/10,3/10", "1"), (2, "99/100,1/100", "2"), (3, "1/2,3/10,1/5", "1")]
TIMES = (0, 1, 20, 200)


@pytest.fixture(scope="module", params=STARTS, ids=str)
def finest(request: pytest.FixtureRequest) -> FreeTrajectory:
    k, weights, radius = request.param
    return free_trajectory(Mixture.simplex(k, weights), radius, TIMES[-1], 15)


def apart(one: FreeStep, other: FreeStep) -> float:
    return float(np.abs(np.array(one.means) - np.array(other.means)).max())


@pytest.mark.parametrize("digits", slow_but([4, 8, 12], [8]))
def test_errors_hold_against_a_finer_lattice(finest: FreeTrajectory, digits: int) -> None:
    start = finest.steps[0].norm
    run = free_trajectory(finest.mixture, str(round(start)), TIMES[-1], digits)
    for t in TIMES:
        step, true = run.steps[t], finest.steps[t]
        assert apart(step, true) <= step.error + true.error
        assert abs(step.norm - true.norm) <= step.error + true.error
        at = free_kl(finest.mixture, step)
        assert abs(step.kl - at.kl) <= step.kl_error + at.kl_error
        assert step.error < 300 * (t + 1) * 10.0**-digits
        assert step.kl_error < 10.0**-digits


def free_kl(mixture: Mixture, step: FreeStep) -> FreeStep:
    """KL at the same means with 15 digits."""
    found = free_step(np.array(step.means), np.log(float_weights(mixture)), 1e-15)
    return FreeStep(step.t, step.means, step.norm, found.kl, step.error, found.kl_error)


def test_rounding_holds_against_balls() -> None:
    """Two components by 100 Gauss–Hermite nodes in 200 bits: the error of doubles alone."""
    run = free_trajectory(Mixture.simplex(2, "7/10,3/10"), "1/2", 60, 15)
    with ctx.workprec(200):
        rule = ball_em.gauss_hermite(1, 100)
        nodes = [(row[0], mass) for row, mass in zip(rule.x.tolist(), rule.mass, strict=True)]
        weights = (arb(7) / 10, arb(3) / 10)
        means = [arb(mean[0]) for mean in run.steps[0].means]
        for step in run.steps:
            exact = [float(mean) for mean in means]
            seen = [mean[0] for mean in step.means]
            assert max(abs(a - b) for a, b in zip(seen, exact, strict=True)) <= step.error
            mass, first, kl = [arb(0)] * 2, [arb(0)] * 2, arb(0)
            for x, part in nodes:
                terms = [w * (m * x - m * m / 2).exp() for w, m in zip(weights, means, strict=True)]
                total = sum(terms, arb(0))
                kl -= part * total.log()
                for j, term in enumerate(terms):
                    mass[j] += part * term / total
                    first[j] += part * x * term / total
            assert abs(step.kl - float(kl)) <= step.kl_error + 2 * step.error
            means = [m / total for m, total in zip(first, mass, strict=True)]
    assert run.steps[-1].error < 1e-13


@needs_extended
@pytest.mark.parametrize(
    ("k", "digits", "most"),
    [(2, 5, 4), (2, 8, 4), (3, 6, 6), (2, 12, 40), (2, 15, 50), (3, 15, 50)],
)
def test_a_step_is_as_good_as_it_says(k: int, digits: int, most: float) -> None:
    """Against longer numbers and the exact weights: their logarithms are rounded, too.

    With few digits the lattice decides; with many it is rounding, which is below one unit in the
    last place of the means here, and estimated for sums that are added one after the other.
    """
    rng, ratios = random.Random(k + digits), []
    for _ in range(12):
        parts = [rng.randint(1, 9) for _ in range(k)]
        mixture = Mixture.simplex(k, [Fraction(part, sum(parts)) for part in parts])
        means = free_start(mixture, Fraction(rng.randint(1, 30), 10))
        means = means + 0.3 * np.array([[rng.gauss(0, 1) for _ in range(k - 1)] for _ in range(k)])
        found = free_step(means, np.log(float_weights(mixture)), 10.0**-digits)
        after, kl = in_longer_numbers(means, np.array(parts, np.longdouble) / sum(parts))
        off = float(np.abs(found.means - after).max())
        assert off <= found.error + found.rounding
        assert abs(found.kl - kl) <= found.kl_error
        ratios.append((found.error + found.rounding) / max(off, 1e-17))
    assert statistics.median(ratios) < most


@pytest.mark.parametrize("k", [2, 3, 4])
def test_what_both_lattices_leave_out_is_in_the_error(
    k: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixture = Mixture.simplex(k, "linear")
    means, log_weights = free_start(mixture, 1), np.log(float_weights(mixture))
    true = free_step(means, log_weights, 1e-10)
    grid = lattice_for(means, 1e-10)
    monkeypatch.setattr(trapezoid, "affordable_lattice", lambda *_: replace(grid, radius=2.0))
    found = free_step(means, log_weights, 1e-10)
    off = np.abs(found.means - true.means).max()
    assert 1e-6 < off <= found.error < 100 * off
    assert 1e-6 < abs(found.kl - true.kl) <= found.kl_error < 100 * abs(found.kl - true.kl)


def in_longer_numbers(means: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, float]:
    """The next means and KL, to some 18 digits."""
    long = means.astype(np.longdouble)
    offsets, grid = np.log(weights) - (long**2).sum(axis=1) / 2, lattice_for(means, 1e-17)
    pair = [expectations(long, offsets, grid, shift, False) for shift in (0.0, 0.5)]
    moved = [sums.single[:, 0, 1:] / sums.single[:, 0, :1] for sums in pair]
    return (moved[0] + moved[1]) / 2, -(pair[0].log_partition + pair[1].log_partition) / 2


def test_no_rate_is_shown_that_is_all_error() -> None:
    run = free_trajectory(Mixture.simplex(2, "7/10,3/10"), "1/100000", 2, 12)
    assert run.rate_measured is None
    assert free_trajectory(Mixture.simplex(2, "7/10,3/10"), 1, 20).rate_measured is not None
