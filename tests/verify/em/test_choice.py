"""BIC and ICL: parameters, entropy and likelihood by hand, and the k that made the data."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from scipy.stats import multivariate_normal

from overspec import InputError, Mixture
from overspec.cli import main
from overspec.commands.fit import options as shared
from overspec.results.schema import schema
from overspec.verify.em.choice import compare_k, criteria
from overspec.verify.em.sample import sample_em

pytestmark = pytest.mark.numeric

GENERATOR = np.random.default_rng(11)
ROWS = GENERATOR.standard_normal((80, 3))
COUNTS = GENERATOR.integers(0, 4, 80)
MIXTURE = Mixture.simplex(3, "1/2,3/10,1/5", 3)
WEIGHTS = np.array([0.5, 0.3, 0.2])


@pytest.mark.parametrize(
    ("tied", "covariance", "frozen", "parameters"),
    [
        (True, "fixed", (), 3),
        (True, "isotropic", (), 4),
        (True, "full", (), 9),
        (False, "fixed", (), 9),
        (False, "full", (), 15),
        (True, "fixed", (1,), 1),
        (False, "isotropic", (0,), 7),
    ],
)
def test_the_criteria_are_what_the_definitions_give(
    tied: bool, covariance: str, frozen: Any, parameters: int
) -> None:
    run = sample_em(ROWS, MIXTURE, (1.0, 0.5, 0.2), 5, tied, covariance, frozen=frozen)
    found = criteria(ROWS, run, frozen=frozen)
    density = np.array([
        weight * multivariate_normal(mean, np.array(run.covariance)).pdf(ROWS)
        for weight, mean in zip(WEIGHTS, run.steps[-1].means, strict=True)
    ])  # fmt: skip
    w = density / density.sum(axis=0)
    entropy = -(w * np.log(w)).sum()
    likelihood = np.log(density.sum(axis=0)).sum()
    assert found.parameters == parameters
    assert found.entropy == pytest.approx(entropy, rel=1e-11)
    assert found.bic == pytest.approx(parameters * math.log(80) - 2 * likelihood, rel=1e-12)
    assert found.icl == pytest.approx(found.bic + 2 * entropy, rel=1e-12)


def test_weights_of_rows_and_hidden_values_count_in_them() -> None:
    run = sample_em(ROWS, MIXTURE, (1.0, 0.5, 0.2), 3, sample_weight=COUNTS)
    repeated = np.repeat(ROWS, COUNTS, axis=0)
    one = criteria(ROWS, run, COUNTS)
    two = criteria(repeated, sample_em(repeated, MIXTURE, (1.0, 0.5, 0.2), 3))
    assert (one.parameters, one.weight) == (two.parameters, two.weight)
    assert one.bic == pytest.approx(two.bic, rel=1e-12)
    assert one.entropy == pytest.approx(two.entropy, rel=1e-11)
    holes = ROWS.copy()
    holes[::3, 1] = np.nan
    run = sample_em(holes, MIXTURE, (1.0, 0.5, 0.2), 3, missing=True)
    seen = ~np.isnan(holes)
    logs = np.array([
        np.log(weight) - np.where(seen, (holes - mean) ** 2, 0).sum(axis=1) / 2
        for weight, mean in zip(WEIGHTS, run.steps[-1].means, strict=True)
    ])  # fmt: skip
    w = np.exp(logs - np.logaddexp.reduce(logs))
    found = criteria(holes, run, missing=True)
    assert found.entropy == pytest.approx(-(w * np.log(w)).sum(), rel=1e-11)


@pytest.mark.parametrize("covariance", ["fixed", "isotropic", "full"])
def test_one_gaussian_is_in_closed_form(covariance: str) -> None:
    rows = ROWS * [1.0, 2.0, 0.5] + [0.0, 1.0, 50.0]
    (found,) = compare_k(rows, [1], covariance=covariance, sample_weight=COUNTS)
    repeated = np.repeat(rows, COUNTS, axis=0)
    sigma = np.cov(repeated.T, bias=True)
    if covariance == "isotropic":
        sigma = np.eye(3) * np.trace(sigma) / 3
    if covariance == "fixed":
        sigma = np.eye(3)
    model = multivariate_normal(repeated.mean(axis=0), sigma)
    assert found.criteria.log_likelihood == pytest.approx(model.logpdf(repeated).mean(), rel=1e-11)
    assert found.criteria.parameters == {"fixed": 3, "isotropic": 4, "full": 9}[covariance]
    assert found.criteria.bic == found.criteria.icl


def test_the_number_of_clouds_is_found_and_one_gaussian_is_one() -> None:
    clouds = np.concatenate([ROWS[i::4, :2] + 6 * np.array(c) for i, c in
                             enumerate([(0, 0), (1, 0), (0, 1), (1, 1)])])  # fmt: skip
    found = compare_k(clouds, [1, 2, 3], tied=False, restarts=6, seed=1)
    assert min(found, key=lambda each: each.criteria.bic).k == 3  # d = 2 reaches k = 3
    again = compare_k(clouds, [1, 2, 3], tied=False, restarts=6, seed=1)
    assert [each.criteria for each in found] == [each.criteria for each in again]
    alone = compare_k(ROWS, [1, 2, 3], tied=False, restarts=2)
    for name in ("bic", "icl"):
        assert [getattr(each.criteria, name) for each in alone] == sorted(
            getattr(each.criteria, name) for each in alone
        )
    tied = compare_k(ROWS, [1, 2, 3], restarts=2)
    assert tied[-1].criteria.icl > tied[0].criteria.icl  # the rows are not told apart
    assert {each.criteria.parameters for each in tied} == {3}
    with pytest.raises(InputError, match="k >= 1"):
        compare_k(ROWS, [])
    with pytest.raises(InputError, match="ks = 2; give several"):
        compare_k(ROWS, 2)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="seed = -1"):
        compare_k(ROWS, [2], seed=-1)


def test_the_command_shows_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "x.npy", ROWS)
    command = ["run", "--weights", "1/2,3/10,1/5", "--d", "3", "--radius", "1", "--steps", "4"]
    assert main([*command, "--data", str(tmp_path / "x.npy"), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)["criteria"]
    run = sample_em(ROWS, MIXTURE, Mixture.point(MIXTURE, radius=1), 4)
    found = criteria(ROWS, run)
    assert shown["parameters"] == 3
    assert float(shown["bic"]) == pytest.approx(found.bic, rel=1e-9)
    assert float(shown["icl"]) == pytest.approx(found.icl, rel=1e-9)
    assert main([*command, "--data", str(tmp_path / "x.npy")]) == 0
    assert "BIC, ICL (less is better)" in capsys.readouterr().out


def test_compare_shows_what_compare_k_finds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "x.npy", ROWS)
    command = ["compare", "--data", str(tmp_path / "x.npy"), "--k", "1:3", "--starts", "2"]
    found = compare_k(ROWS, [1, 2, 3], restarts=2)
    assert main([*command, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(schema("compare")).validate(shown)
    assert [fit["k"] for fit in shown["fits"]] == [1, 2, 3]
    for fit, each in zip(shown["fits"], found, strict=True):
        assert fit["parameters"] == each.criteria.parameters
        assert float(fit["bic"]) == pytest.approx(each.criteria.bic, rel=1e-9)
        assert float(fit["icl"]) == pytest.approx(each.criteria.icl, rel=1e-9)
    for name in ("bic", "icl"):
        best = min(found, key=lambda each: getattr(each.criteria, name))
        assert shown["least"][name] == best.k
    assert main(command) == 0
    out = capsys.readouterr().out
    assert "80 rows of 3 column(s)" in out
    assert f"least BIC at k  {shown['least']['bic']}" in out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--k", "1:9"], "--k 1:9: x.npy: 80 rows of 3 column(s); they go with k from 1 to 4"),
        (["--k", "0:2"], "go with k from 1 to 4"),
        (["--k", "two"], "--k 'two': write 3"),
        ([], "--k is missing"),
        (["--k", "2", "--starts", "0"], "--starts 0: give at least 1"),
        (["--k", "2", "--steps", "-1"], "steps = -1"),
        (["--k", "2", "--tolerance", "-1"], "tolerance = -1"),
        (["--k", "2", "--seed", "-1"], "seed"),
        (["--k", "2", "--weights", "1/2,1/4,1/4"], "3 weights"),
    ],
)
def test_compare_refuses_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    options: list[str], words: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", ROWS)
    assert main(["compare", "--data", "x.npy", *options]) == 2
    assert words in capsys.readouterr().err
    assert main(["compare", "--k", "2"]) == 2
    assert "--data is missing" in capsys.readouterr().err


def test_long_work_says_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shared, "EVERY", 0.0)
    with shared.patient_progress() as report:
        report("start 1", 3, 20)
    assert capsys.readouterr().err == "start 1: 3 of at most 20 steps\n"
    monkeypatch.setattr(shared, "EVERY", 3600.0)
    with shared.patient_progress() as report:
        report("start 1", 3, 20)
    assert capsys.readouterr().err == ""
