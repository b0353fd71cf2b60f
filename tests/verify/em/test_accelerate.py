"""SQUAREM and Anderson's method: against mpmath by hand, monotone, and at the limits of theory."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import mpmath
import numpy as np
import pytest

from overspec import InputError, Mixture
from overspec.cli import main
from overspec.results.schema import schema
from overspec.verify.em.accelerate import METHODS, Seen, accelerated, population_map, sample_map
from overspec.verify.em.choice import best_of, compare_k
from overspec.verify.em.estimator import TiedEM
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


CLOUD = np.random.default_rng(8).standard_normal((400, 2)) + np.array([0.4, -0.2])
HOLES = CLOUD.copy()
HOLES[::4, 0] = np.nan
HOLES[1::7, 1] = np.nan
HOLES = HOLES[~np.isnan(HOLES).all(axis=1)]
COUNTS = np.random.default_rng(10).integers(0, 3, 400)
CASES = [
    (CLOUD, {}),
    (CLOUD, {"sample_weight": COUNTS}),
    (CLOUD, {"covariance0": np.diag([2.0, 0.5])}),
    (CLOUD + 1e6, {"tied": False}),
    (CLOUD, {"tied": False, "frozen": (1,)}),
    (HOLES, {"missing": True}),
    (HOLES, {"missing": True, "tied": False, "sample_weight": COUNTS[: len(HOLES)]}),
]


@pytest.mark.parametrize("method", ["squarem", "anderson"])
@pytest.mark.parametrize(("data", "options"), CASES)
def test_sample_em_that_looks_ahead_is_monotone_and_ends_where_em_stands_still(
    method: str, data: Any, options: dict[str, Any]
) -> None:
    """Whatever is fitted: the last point is a fixed point of EM itself, and no less likely."""
    start: Any = (1.0, 0.5)
    if not options.get("tied", True):
        start = np.array([[1.0, 0.5], [-1.0, 0.2], [0.3, -1.0]]) + np.round(np.nanmean(data, 0))
    plain = sample_em(data, PLANE, start, 60, tolerance=1e-9, **options)
    run = sample_em(data, PLANE, start, 60, tolerance=1e-9, accelerate=method, **options)
    values = run.log_likelihood
    slack = 1e-14 * max(1.0, float(np.abs(values).max()))
    assert (np.diff(values) >= -slack).all()
    assert values[-1] >= plain.log_likelihood[-1] - 1e-12 - slack
    assert run.steps[-1].t <= 62
    assert [step.t for step in run.steps] == sorted({step.t for step in run.steps})
    assert run.steps[0] == plain.steps[0]
    if run.last_move <= 1e-9:
        end: Any = run.means[-1] if options.get("tied") is False else run.steps[-1].theta
        again = sample_em(data, PLANE, end, 1, **options)
        assert again.last_move == pytest.approx(run.last_move, abs=1e-9)
        assert again.last_move <= 2e-9
    else:
        assert plain.last_move > 1e-9  # EM alone is not there either
    for j in options.get("frozen", ()):
        np.testing.assert_array_equal(run.means[-1][j], start[j])
    assert run.rate_measured is None
    assert method in str(run.rate_reason)


def test_a_frozen_frequency_stays_while_the_other_looks_ahead() -> None:
    rows = np.random.default_rng(4).standard_normal((300, 3))
    mixture = Mixture.simplex(4, "2/5,3/10,1/5,1/10")
    run = sample_em(rows, mixture, (1.0, 0.5, 0.7), 30, frozen=(2,), accelerate="squarem")
    assert {step.theta[2] for step in run.steps} == {0.7}
    assert run.steps[-1].norm < run.steps[0].norm


def test_a_component_that_dies_ahead_is_refused_and_one_that_dies_at_once_is_said() -> None:
    with pytest.raises(InputError, match="no data left"):
        sample_em(CLOUD, PLANE, [[0, 0], [1, 1], [1e3, 1e3]], 9, tied=False, accelerate="anderson")


def test_several_starts_and_k_and_the_estimator_look_ahead() -> None:
    run = best_of(CLOUD, PLANE, (1.0, 0.5), 30, restarts=2, accelerate="anderson")
    assert (run.method, len(run.ends)) == ("anderson", 3)
    assert run.log_likelihood[-1] == max(run.ends)
    told: list[tuple[str, int, int]] = []
    slow = compare_k(CLOUD, [1, 2, 3], restarts=2, tolerance=1e-9, steps=2000)
    fast = compare_k(
        CLOUD, [1, 2, 3], restarts=2, tolerance=1e-9, accelerate="squarem",
        on_progress=lambda *now: told.append(now),
    )  # fmt: skip
    for one, two in zip(slow, fast, strict=True):
        assert one.criteria.bic == pytest.approx(two.criteria.bic, abs=1e-6)
    assert {what for what, _, _ in told} == {f"k = {k}, start {s}" for k in (2, 3) for s in (1, 2)}
    assert all(0 <= done <= total + 4 for _, done, total in told)
    model = TiedEM(2, accelerate="anderson", random_state=0, tol=1e-8, max_iter=60).fit(CLOUD)
    assert model.converged_
    assert model.n_iter_ < TiedEM(2, random_state=0, tol=1e-8, max_iter=2000).fit(CLOUD).n_iter_


@pytest.mark.parametrize("covariance", ["isotropic", "full"])
def test_what_cannot_look_ahead_is_refused(covariance: str) -> None:
    with pytest.raises(InputError, match="a covariance that is looked ahead to"):
        sample_em(CLOUD, PLANE, (1.0, 0.5), 3, covariance=covariance, accelerate="squarem")
    with pytest.raises(InputError, match="accelerate 'newton'; choose em, squarem, anderson"):
        sample_em(CLOUD, PLANE, (1.0, 0.5), 3, accelerate="newton")


def test_the_command_looks_ahead(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "x.npy", CLOUD)
    command = ["run", "--weights", "1/2,3/10,1/5", "--radius", "1", "--steps", "20"]
    data = ["--data", str(tmp_path / "x.npy")]
    assert main([*command, *data, "--accelerate", "squarem", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(schema("run")).validate(shown)
    assert shown["accelerate"] == "squarem"
    start = Mixture.point(PLANE, radius=1)
    run = sample_em(CLOUD, PLANE, start, 20, accelerate="squarem")
    assert [row["t"] for row in shown["steps"]] == [step.t for step in run.steps]
    assert shown["refused"] == run.refused
    assert shown["rate_measured"] is None
    assert main([*command, *data, "--accelerate", "anderson"]) == 0
    out = capsys.readouterr().out
    assert "accelerated" in out
    assert "none (accelerated)" in out
    assert main([*command, "--accelerate", "anderson"]) == 2
    assert "--accelerate is for --data" in capsys.readouterr().err
    assert main([*command, *data, "--accelerate", "anderson", "--covariance", "full"]) == 2
    assert "use covariance 'fixed'" in capsys.readouterr().err


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("method", ["squarem", "anderson"])
def test_it_ends_once_ems_own_step_is_short_enough(method: str, tied: bool) -> None:
    start: Any = (1.0, 0.5) if tied else [[1.0, 0.5], [-1.0, 0.2], [0.3, -1.0]]
    for tolerance in 10.0 ** -np.arange(2, 7):
        run = sample_em(CLOUD, PLANE, start, 300, tied, tolerance=tolerance, accelerate=method)
        again = sample_em(CLOUD, PLANE, run.means[-1] if not tied else run.theta[-1], 1, tied)
        assert run.steps[-1].t < 300
        assert again.last_move <= tolerance * (1 + 1e-6)
