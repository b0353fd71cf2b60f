"""Population EM that looks ahead: its points are on EM's own map, and KL never rises."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

import jsonschema
import numpy as np
import pytest
from sizes import slow_but

import overspec as ov
from overspec import InputError, Mixture
from overspec.cli import main
from overspec.results.schema import schema
from overspec.verify.em.ahead.methods import AHEAD

pytestmark = pytest.mark.numeric

CASES: list[tuple[Mixture, Any, dict[str, Any]]] = [
    (Mixture.simplex(3), "1", {}),
    (Mixture.simplex(4, "2/5,3/10,1/10,1/5"), "1", {}),
    (Mixture.simplex(3, "1/2,3/10,1/5"), "2", {"covariance": "isotropic"}),
    (Mixture.simplex(2), "1", {"covariance": "isotropic"}),
    (Mixture.simplex(2, d=5), "3", {"covariance": "isotropic"}),
    (Mixture.simplex(9), "1", {}),
    (Mixture.simplex(10**6, "one-heavy:1/2"), "2", {}),
    (Mixture.simplex(2, "7/10,3/10"), "1", {"tied": False}),
]


@pytest.mark.parametrize("method", slow_but(AHEAD, AHEAD[:1]))
@pytest.mark.parametrize(("mixture", "radius", "options"), CASES)
def test_kl_never_rises_and_is_that_of_the_point(
    method: str, mixture: Mixture, radius: str, options: dict[str, Any]
) -> None:
    start = mixture.point(radius=radius)
    plain = ov.population_em(mixture, start, 12, **options)
    run = ov.population_em(mixture, start, 12, accelerate=method, **options)
    assert all(b <= a for a, b in pairwise(run.kl))
    assert run.kl[-1] <= plain.kl[-1]
    assert run.steps[0].kl == pytest.approx(plain.steps[0].kl, rel=1e-12)
    assert run.steps[-1].t <= 14
    assert run.method == method
    shown = run.to_dict()
    jsonschema.Draft202012Validator(schema("run")).validate(shown)
    assert shown["rate_measured"] is None
    assert shown["rate_predicted"] is None
    assert method in shown["rate_reason"]
    assert shown["accelerate"] == method
    assert "t2_kl" not in shown
    assert f"{method}; {run.refused} points refused" in str(run)


@pytest.mark.parametrize("method", AHEAD)
@pytest.mark.parametrize("covariance", ["fixed", "isotropic"])
def test_every_point_has_the_kl_that_plain_evaluation_gives(method: str, covariance: str) -> None:
    """By `ov.evaluate` in many digits at φ = θ/v, and the divergence of the variances by hand."""
    mixture = Mixture.simplex(3)
    run = ov.population_em(
        mixture, mixture.point(radius=1), 14, covariance=covariance, accelerate=method
    )
    for step in run.steps[::3]:
        v = step.variance
        at = ov.evaluate(mixture, mixture.point([Fraction(step.amplitudes[0] / v)]), digits=20)
        log, half = math.log(v), (step.norm / v) ** 2 / 2
        wanted = float(at.kl) + mixture.d / 2 * (log + 1 / v - 1) + (v - 1) * half
        assert step.kl == pytest.approx(wanted, abs=1e-13, rel=1e-9)


def test_a_variance_ends_at_one_and_saves_steps() -> None:
    mixture = Mixture.simplex(2)
    start = mixture.point(radius=1)
    slow = ov.population_em(mixture, start, 400, covariance="isotropic")
    for method in AHEAD:
        fast = ov.population_em(mixture, start, 80, covariance="isotropic", accelerate=method)
        assert fast.kl[-1] < slow.kl[-1]
        assert fast.steps[-1].variance == pytest.approx(1, abs=1e-2)
        assert fast.steps[1].variance < 0.9
        for step in fast.steps[1:]:
            assert step.variance == pytest.approx(1 - step.norm**2 / mixture.d, rel=1e-12)


def test_free_means_save_steps() -> None:
    mixture = Mixture.simplex(3, "1/2,3/10,1/5")
    start = mixture.point(radius=1)
    slow = ov.population_em(mixture, start, 60, tied=False)
    fast = ov.population_em(mixture, start, 30, tied=False, accelerate="anderson")
    assert fast.kl[-1] < slow.kl[-1]
    again = ov.population_em(mixture, start, 30, tied=False, accelerate="em")
    assert again.method == "em"
    np.testing.assert_array_equal(again.kl, slow.kl[:31])


def test_it_ends_at_the_tolerance() -> None:
    mixture = Mixture.simplex(3)
    start = mixture.point(radius=1)
    run = ov.population_em(mixture, start, 200, tolerance=1e-2, accelerate="squarem")
    assert run.norm[-1] <= 1e-2 < run.norm[-2]
    assert ov.population_em(mixture, start, 9, tolerance=2.0, accelerate="squarem").steps[1:] == ()


def test_bad_arguments_are_refused() -> None:
    mixture = Mixture.simplex(3)
    start = mixture.point(radius=1)
    for tied in (True, False):
        with pytest.raises(InputError, match="accelerate 'newton'; choose em, squarem"):
            ov.population_em(mixture, start, 9, tied=tied, accelerate="newton")
    other = Mixture.simplex(9, "linear")
    with pytest.raises(InputError, match="beyond k = 6"):
        ov.population_em(other, other.point(radius=1), 9, accelerate="anderson")


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["run", "--k", "2", "--weights", "uniform", "--radius", "1", "--steps", "25"]
    assert main([*command, "--accelerate", "daarem", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(schema("run")).validate(shown)
    mixture = Mixture.simplex(2)
    run = ov.population_em(mixture, mixture.point(radius=1), 25, accelerate="daarem")
    assert [row["t"] for row in shown["steps"]] == [step.t for step in run.steps]
    assert main([*command, "--accelerate", "anderson", "--free"]) == 0
    out = capsys.readouterr().out
    assert "none (accelerated)" in out
    assert "the points are those of anderson, not EM's own" in out
