"""SQUAREM, Anderson's method and DAAREM: against mpmath by hand, monotone, in the limit."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
import pytest
from sizes import slow_but

from overspec import InputError, Mixture
from overspec.verify.em.ahead.methods import METHODS, Seen, accelerated, damped
from overspec.verify.em.ahead.on_data import sample_map
from overspec.verify.em.ahead.on_population import population_map
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
@pytest.mark.parametrize("memory", slow_but([1, 3], [3]))
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


@pytest.mark.parametrize("method", ["squarem", "anderson", "daarem"])
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


def plain_daarem(a: float, evaluations: int) -> list[float]:
    """DAAREM on `cubic` in 50 digits, as published: one parameter, so one difference at a time.

    With one difference the ridge that shrinks γ² to the share δ is γ·√δ, with no equation to solve.
    """
    m = mpmath.MPContext()
    m.dps = 50
    kept = [m.mpf(a), m.mpf(a) - m.mpf(a) ** 3]
    made, s = 2, 0
    while made < evaluations:
        x, y = kept[-2:]
        r, change = -(y**3), x**3 - y**3
        gamma = r / change * m.sqrt(1 / (1 + m.power(1.2, 25 - s)))
        new = y + r - gamma * (y - x + change)
        made += 1
        if abs(new) <= abs(y):
            s += 1
        else:
            new = y + r
            made += 1
        kept.append(new)
    return [float(x) for x in kept]


def test_daarem_is_the_published_one() -> None:
    run = accelerated(cubic, [0.3], "daarem", 40)
    wanted = plain_daarem(0.3, 40)
    np.testing.assert_allclose([at.theta[0] for at in run.kept], wanted, rtol=1e-9)
    assert run.kept[-1].norm < 0.02 * accelerated(cubic, [0.3], "em", 40).kept[-1].norm


def test_daarem_starts_with_ems_own_steps_but_for_one_per_cent() -> None:
    run, plain = (accelerated(cubic, [0.3], method, 4) for method in ("daarem", "em"))
    ahead = plain.kept[2].theta[0] - run.kept[2].theta[0]
    secant_step = plain.kept[2].theta[0] - accelerated(cubic, [0.3], "anderson", 3).kept[2].theta[0]
    assert ahead / secant_step == pytest.approx(1 / math.sqrt(1 + 1.2**25), rel=1e-9)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
def test_the_ridge_is_found_by_another_way(share: float) -> None:
    """γ(λ) = (TᵀT + λ)⁻¹Tᵀr at the λ that a bisection of |γ(λ)|² finds, in 30 digits."""
    table = np.random.default_rng(2).standard_normal((6, 3)) * [1.0, 1e-3, 1e2]
    residual = np.random.default_rng(3).standard_normal(6)
    m = mpmath.MPContext()
    m.dps = 30
    t, r = m.matrix(table.tolist()), m.matrix(residual.tolist())

    def solved(ridge: object) -> object:
        return m.lu_solve(t.T * t + ridge * m.eye(3), t.T * r)

    goal = share * m.norm(solved(0)) ** 2
    low, high = m.mpf(0), m.mpf(1e6)
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if m.norm(solved(middle)) ** 2 > goal else (low, middle)
    wanted = np.array([float(x) for x in solved(low)])
    np.testing.assert_allclose(damped(table, residual, share), wanted, rtol=1e-7)


def test_daarem_starts_again_once_there_are_many() -> None:
    """Four parameters, so at most two differences: in every second step there is one."""
    matrix = np.diag([0.9, 0.99, 0.5, 0.999])
    seen: list[int] = []

    def em(theta: np.ndarray[Any, Any]) -> Seen:
        return Seen(matrix @ theta - theta, float(theta @ theta))

    original = np.linalg.svd

    def counted(table: Any, **options: Any) -> Any:
        seen.append(table.shape[1])
        return original(table, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("overspec.verify.em.ahead.methods.np.linalg.svd", counted)
        accelerated(em, [1.0, 1.0, 1.0, 1.0], "daarem", 9)
    assert seen == [1, 2, 1, 2, 1, 2, 1]
