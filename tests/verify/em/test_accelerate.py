"""SQUAREM and Anderson's method: against mpmath by hand, monotone, and at the limits of theory."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
import pytest

from overspec import InputError, Mixture
from overspec.verify.em.accelerate import METHODS, Seen, accelerated, population_map, sample_map
from overspec.verify.em.sample import sample_em
from overspec.verify.experiments.weights.acceleration import secant

pytestmark = pytest.mark.numeric

PLANE = Mixture.simplex(3, "1/2,3/10,1/5")


def cubic(theta: np.ndarray[Any, Any]) -> Seen:
    """EM's normal form at a null frequency: ``a ← a − a³``, ``KL = a⁴/4``."""
    return Seen(-(theta**3), float((theta**4).sum()) / 4)


@pytest.mark.parametrize("order", [2, 3, 4])
def test_the_factors_at_a_root_of_given_order(order: int) -> None:
    """(p − 1)/p for Steffensen, ρ^p + ρ^(p−1) = 1 for the secant, at the residual −a^p."""

    def em(theta: np.ndarray[Any, Any]) -> Seen:
        return Seen(-(theta**order), float(theta[0] ** (order + 1)))

    for method, factor in (("squarem", (order - 1) / order), ("anderson", secant(order))):
        norms = [at.norm for at in accelerated(em, [0.1], method, 60).kept]
        late = [b / a for a, b in pairwise(norms) if 1e-7 < b < 1e-3]
        assert late[-1] == pytest.approx(factor, abs=2e-6)


def test_a_cycle_of_squarem_is_the_published_one() -> None:
    """Scheme S3 of Varadhan and Roland, in 50 digits."""
    m = mpmath.MPContext()
    m.dps = 50
    a = m.mpf(0.1)
    once = a - a**3
    twice = once - once**3
    r, v = once - a, (twice - once) - (once - a)
    alpha = -abs(r) / abs(v)
    ahead = a - 2 * alpha * r + alpha**2 * v
    expected = ahead - ahead**3
    run = accelerated(cubic, [0.1], "squarem", 4)
    assert run.kept[1].theta[0] == pytest.approx(float(expected), rel=1e-12)
    assert run.kept[1].evaluations == 4  # the start, once, ahead, and the point itself


def test_two_steps_of_anderson_are_the_secants() -> None:
    m = mpmath.MPContext()
    m.dps = 50
    a = m.mpf(0.1)
    b = a - a**3
    c = b + b**3 * (b - a) / (a**3 - b**3)  # −r(b) (b − a) / (r(b) − r(a))
    run = accelerated(cubic, [0.1], "anderson", 3)
    assert run.kept[2].theta[0] == pytest.approx(float(c), rel=1e-12)


@pytest.mark.parametrize(
    ("weights", "start"),
    [("uniform", (1.0, 0.2)), ("2/5,3/10,1/10,1/5", (0.9, 0.6)), ("2/5,3/10,1/5,1/10", (2.0, 1.0))],
)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("memory", [1, 3])
def test_what_is_kept_never_rises(
    weights: str, start: tuple[float, float], method: str, memory: int
) -> None:
    em = population_map(Mixture.simplex(4, weights))
    run = accelerated(em, start, method, 60, 1e-14, memory)
    values = [at.objective for at in run.kept]
    assert all(b <= a for a, b in pairwise(values))
    assert run.kept[-1].evaluations <= 60 + 3
    assert values[-1] < 0.1 * values[0]


def test_the_safeguard_is_needed() -> None:
    """Beside a block that is not null SQUAREM looks too far; what it finds is refused."""
    em = population_map(Mixture.simplex(4, "2/5,3/10,1/10,1/5"))
    assert accelerated(em, [0.8, 0.6], "squarem", 100).refused > 2


def test_em_alone_is_em() -> None:
    rows = np.random.default_rng(3).standard_normal((300, 2)) + np.array([0.3, 0.0])
    run = accelerated(sample_map(rows, PLANE), [1.0, 0.5], "em", 9)
    plain = sample_em(rows, PLANE, (1.0, 0.5), 8)
    for at, step in zip(run.kept, plain.steps, strict=True):
        np.testing.assert_allclose(at.theta, step.theta, atol=1e-13)
        assert -at.objective == pytest.approx(step.log_likelihood, abs=1e-14)


@pytest.mark.parametrize("method", ["squarem", "anderson"])
def test_on_data_it_ends_where_em_ends_and_sooner(method: str) -> None:
    """Balanced weights: EM needs about √n steps for each digit, the others a few."""
    rows = np.random.default_rng(5).standard_normal((4000, 1))
    mixture = Mixture.simplex(2)
    counts = np.random.default_rng(6).integers(0, 3, 4000)
    em = sample_map(rows, mixture, counts)
    slow = accelerated(em, [1.0], "em", 4000)
    limit = slow.kept[-1].objective
    fast = accelerated(em, [1.0], method, 60)
    assert fast.kept[-1].objective <= limit + 1e-13
    assert abs(fast.kept[-1].theta[0]) == pytest.approx(abs(slow.kept[-1].theta[0]), abs=2e-4)
    needed = fast.first(limit + 1e-12)
    assert needed is not None
    assert needed * 5 < (slow.first(limit + 1e-12) or math.inf)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "newton"}, "method"),
        ({"evaluations": 0}, "evaluations = 0"),
        ({"memory": 0}, "memory = 0"),
    ],
)
def test_bad_arguments_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        accelerated(cubic, [1.0], **({"method": "em", "evaluations": 5} | options))
