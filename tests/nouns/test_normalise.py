"""Lists of weights that do not sum to 1: the way out is named, exact, and shown."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from overspec import InputError, Mixture
from overspec.cli import main
from overspec.weights import Weights

pytestmark = pytest.mark.quick

FITTED = "0.33333333333333337,0.33333333333333331,0.33333333333333331"  # as scikit-learn prints


def test_the_message_names_the_way_out() -> None:
    with pytest.raises(InputError, match="normalise:"):
        Weights.of(FITTED)


def test_the_quotients_are_exact(capsys: pytest.CaptureFixture[str]) -> None:
    values = [Fraction(text) for text in FITTED.split(",")]
    expected = [value / sum(values) for value in values]
    assert list(Weights.of(f"normalise:{FITTED}")) == expected
    assert list(Weights.normalised(FITTED.split(","))) == expected
    assert list(Mixture.simplex(3, f"normalise:{FITTED}").weights) == expected
    assert main(["derive", "--weights", FITTED, "--normalise", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)["weights"]
    assert [Fraction(text) for text in shown.split(",")] == expected
    assert str(Weights.of("normalise:sqrt(2),sqrt(2)x3")) == "1/4,1/4,1/4,1/4"
    assert str(Weights.normalised(np.array([1, 3]))) == "1/4,3/4"  # type: ignore[arg-type]


@pytest.mark.parametrize("more", [["--radius", "1"], ["--amplitudes", "1"]])
@pytest.mark.parametrize("command", [["evaluate"], ["run", "--steps", "1"]])
def test_every_command_with_weights_takes_it(
    command: list[str], more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = []
    for weights in (["--weights", "5,3,2", "--normalise"], ["--weights", "1/2,3/10,1/5"]):
        assert main([*command, *weights, *more, "--json"]) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ("0.5;0.3;0.2", "with semicolons: separate them by commas"),
        ("0,5;0,3;0,2", "with semicolons: separate them by commas"),
        ("0.5 0.3 0.2", "with spaces: separate them by commas"),
        ("0.5\t0.3,1", "with tabs"),
        ("[0.5,0.3,0.2]", "with brackets"),
        ("normalise:0,0", "sum to 0"),
        ("normalise:2,-1", "not positive"),
        ("normalise:", "empty text"),
        ("normalise:uniform", "not an exact number"),
    ],
)
def test_what_is_no_comma_list_is_told_so(weights: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Weights.of(weights)


def test_a_family_has_its_sum(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "--k", "3", "--weights", "uniform", "--normalise"]) == 2
    assert "give a list" in capsys.readouterr().err
    assert main(["derive", "--weights", "1/2,1/4x2"]) == 0
    assert "k, d     3, 2" in capsys.readouterr().out
