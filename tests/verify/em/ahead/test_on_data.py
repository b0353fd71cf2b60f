"""Sample EM that looks ahead: monotone, and it ends where EM itself stands still."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from scipy.linalg import logm
from sizes import slow_but

from overspec import InputError, Mixture
from overspec.cli import main
from overspec.results.schema import schema
from overspec.verify.em.ahead.on_data import Coordinates
from overspec.verify.em.choice import best_of, compare_k
from overspec.verify.em.estimator import TiedEM
from overspec.verify.em.sample import sample_em
from overspec.verify.em.sample_update import State, powers

pytestmark = pytest.mark.numeric

PLANE = Mixture.simplex(3, "1/2,3/10,1/5")

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


@pytest.mark.parametrize("method", ["squarem", "anderson", "daarem"])
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


def test_another_method_is_refused() -> None:
    with pytest.raises(InputError, match="accelerate 'newton'; choose em, squarem, anderson"):
        sample_em(CLOUD, PLANE, (1.0, 0.5), 3, accelerate="newton")


ESTIMATED = [
    (CLOUD, {"covariance": "isotropic"}),
    (CLOUD, {"covariance": "full", "sample_weight": COUNTS}),
    (CLOUD * [3.0, 0.2], {"covariance": "full", "tied": False}),
    (CLOUD + 1e4, {"covariance": "full", "tied": False, "frozen": (1,)}),
    (HOLES, {"covariance": "isotropic", "missing": True}),
    (HOLES, {"covariance": "isotropic", "missing": True, "tied": False}),
]


@pytest.mark.parametrize("method", slow_but(["squarem", "anderson", "daarem"], ["squarem"]))
@pytest.mark.parametrize(("data", "options"), ESTIMATED)
def test_an_estimated_covariance_looks_ahead_too(
    method: str, data: Any, options: dict[str, Any]
) -> None:
    """Monotone; it ends where a step of EM from its own end moves nothing, and no less likely."""
    start: Any = (1.0, 0.5)
    if not options.get("tied", True):
        start = np.array([[1.0, 0.5], [-1.0, 0.2], [0.3, -1.0]]) + np.round(np.nanmean(data, 0))
    plain = sample_em(data, PLANE, start, 800, tolerance=1e-8, **options)
    run = sample_em(data, PLANE, start, 800, tolerance=1e-8, accelerate=method, **options)
    values = run.log_likelihood
    assert (np.diff(values) >= -1e-13 * max(1.0, float(np.abs(values).max()))).all()
    assert values[-1] >= plain.log_likelihood[-1] - 1e-9
    assert run.steps[0] == plain.steps[0]
    assert np.linalg.eigvalsh(np.array(run.covariance))[0] > 0
    assert run.steps[-1].variance == pytest.approx(np.trace(np.array(run.covariance)) / 2, rel=1e-9)
    end: Any = run.means[-1] if options.get("tied") is False else run.steps[-1].theta
    again = sample_em(data, PLANE, end, 1, covariance0=run.covariance, **options)
    assert again.log_likelihood[0] == pytest.approx(values[-1], rel=1e-12)
    assert again.last_move == pytest.approx(run.last_move, rel=1e-3, abs=1e-11)
    for j in options.get("frozen", ()):
        np.testing.assert_allclose(run.means[-1][j], start[j], rtol=1e-15)


@pytest.mark.parametrize("method", ["squarem", "anderson", "daarem"])
def test_a_covariance_that_is_looked_ahead_to_saves_steps(method: str) -> None:
    """Equal weights: EM with a variance is sublinear; less than a third of its steps are needed."""
    rows = np.random.default_rng(5).standard_normal((4000, 1))
    mixture = Mixture.simplex(2)
    slow = sample_em(rows, mixture, (1.0,), 600, covariance="isotropic")
    fast = sample_em(rows, mixture, (1.0,), 200, covariance="isotropic", accelerate=method)
    assert fast.log_likelihood[-1] >= slow.log_likelihood[-1]


@pytest.mark.parametrize("covariance", ["isotropic", "full"])
@pytest.mark.parametrize("tied", [True, False])
def test_the_path_does_not_depend_on_units(covariance: str, tied: bool) -> None:
    near, far = (
        sample_em(
            CLOUD * scale, PLANE, np.array([1.0, 0.5]) * scale, 12, tied, covariance,
            covariance0=scale**2 * np.eye(2), accelerate="anderson",
        )
        for scale in (1.0, 2.0**20)
    )  # fmt: skip
    np.testing.assert_allclose(far.theta / 2.0**20, near.theta, rtol=1e-6, atol=1e-9)
    assert far.refused == near.refused


@pytest.mark.parametrize(
    ("covariance", "matrix"),
    [("isotropic", np.diag([2.0, 2.0])), ("full", np.array([[2.0, 0.7], [0.7, 0.5]]))],
)
@pytest.mark.parametrize("tied", [True, False])
def test_coordinates_and_back(covariance: str, matrix: Any, tied: bool) -> None:
    turns, shift = powers(PLANE), np.array([0.3, -0.1])
    theta = np.array([0.5, 0.25])
    means = turns @ theta - shift if tied else np.arange(6.0).reshape(3, 2)
    tie = (turns, shift) if tied else None
    coordinates = Coordinates((3, 2), tie, covariance, 7.0, np.eye(2))
    at = coordinates.vector(State(means, matrix))
    assert len(at) == coordinates.size + {"isotropic": 1, "full": 3}[covariance]
    back = coordinates.state(at)
    assert back is not None
    np.testing.assert_allclose(back.means, means, atol=1e-14)
    np.testing.assert_allclose(back.covariance, matrix, atol=1e-14)
    log = logm(matrix)
    size = np.linalg.norm(log) if covariance == "full" else abs(log[0, 0])
    assert np.linalg.norm(at[coordinates.size :]) == pytest.approx(size, rel=1e-12)
    assert coordinates.state(np.append(at[:-1], 1e3)) is None
    assert coordinates.state(np.append(1e200, at[1:])) is None


@pytest.mark.parametrize("tied", [True, False])
def test_a_covariance_that_collapses_is_said(tied: bool) -> None:
    line = np.outer(np.arange(20.0), [1.0, 2.0])
    with pytest.raises(InputError, match="collapsed to a singular matrix"):
        sample_em(line, PLANE, (1.0, 0.5), 9, tied, "full", accelerate="squarem")


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
    assert main([*command, *data, "--accelerate", "daarem", "--covariance", "full", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(schema("run")).validate(shown)
    run = sample_em(CLOUD, PLANE, start, 20, covariance="full", accelerate="daarem")
    assert [[float(x) for x in row] for row in shown["covariance"]] == [
        [pytest.approx(x, rel=1e-9) for x in row] for row in run.covariance
    ]


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("method", ["squarem", "anderson", "daarem"])
def test_it_ends_once_ems_own_step_is_short_enough(method: str, tied: bool) -> None:
    start: Any = (1.0, 0.5) if tied else [[1.0, 0.5], [-1.0, 0.2], [0.3, -1.0]]
    for tolerance in 10.0 ** -np.arange(2, 7):
        run = sample_em(CLOUD, PLANE, start, 300, tied, tolerance=tolerance, accelerate=method)
        again = sample_em(CLOUD, PLANE, run.means[-1] if not tied else run.theta[-1], 1, tied)
        assert run.steps[-1].t < 300
        assert again.last_move <= tolerance * (1 + 1e-6)
