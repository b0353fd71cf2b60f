"""EM with free means: the errors of its iterates are never below the true ones."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb, ctx

from overspec import Mixture
from overspec.verify.em.free import FreeStep, FreeTrajectory, free_trajectory
from overspec.verify.experiments.model import ball_em

pytestmark = pytest.mark.numeric

STARTS = [(2, "7/10,3/10", "1"), (2, "99/100,1/100", "2"), (3, "1/2,3/10,1/5", "1")]
TIMES = (0, 1, 20, 200)


@pytest.fixture(scope="module", params=STARTS, ids=str)
def finest(request: pytest.FixtureRequest) -> FreeTrajectory:
    k, weights, radius = request.param
    return free_trajectory(Mixture.simplex(k, weights), radius, TIMES[-1], 15)


def apart(one: FreeStep, other: FreeStep) -> float:
    return float(np.abs(np.array(one.means) - np.array(other.means)).max())


@pytest.mark.parametrize("digits", [4, 8, 12])
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
    from overspec.verify.em.free import free_step
    from overspec.verify.engines.spectrum import float_weights

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


def test_no_rate_is_shown_that_is_all_error() -> None:
    run = free_trajectory(Mixture.simplex(2, "7/10,3/10"), "1/100000", 2, 12)
    assert run.rate_measured is None
    assert free_trajectory(Mixture.simplex(2, "7/10,3/10"), 1, 20).rate_measured is not None
