"""Results on models: what they show, their plain data and its schema, and ``overspec model``."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable

import jsonschema
import pandas
import pytest

import overspec as ov
from overspec import cli
from overspec.results.result import Result
from overspec.results.schema import schema

VALIDATOR = jsonschema.Draft202012Validator(schema("model"))
SKEW = ov.Model.pairs(1, "7/10,3/10")
EVEN, TWO = ov.Model.pairs(1), ov.Truth([1, -1], "1/2,1/2")
TURNED = ov.Model([["1", "0"], [0, 1]], "sqrt(2)/2,1-sqrt(2)/2", shifts=["0,1", "1,0"])
PAIRS = ["model", "--pairs", "1"]

#: The result, and the command that prints it.
CASES: dict[str, tuple[Callable[[], Result], list[str] | None]] = {
    "evaluation": (
        lambda: ov.evaluate_model(SKEW, ov.Truth.standard(1), "1/2"),
        [*PAIRS, "--weights", "7/10,3/10", "--theta", "1/2"],
    ),
    "evaluation on data": (lambda: ov.evaluate_model(SKEW, [[0.5], [-1.0], [2.0]], 0.3), None),
    "learned": (
        lambda: ov.evaluate_model(
            ov.Model.pairs(1, "learned", "isotropic-learned"), TWO, "1/2", "1/4,3/4", "2"
        ),
        [*PAIRS, "--weights", "learned", "--covariance", "isotropic-learned", "--truth", "1",
         "--truth", "-1", "--truth-weights", "1/2,1/2", "--theta", "1/2",
         "--start-weights", "1/4,3/4", "--start-variance", "2"],
    ),
    "enclosures": (
        lambda: ov.certify_model(TURNED, ov.Truth.normal("2,1; 1,2"), "1/2", 5),
        ["model", "--map", "1;0", "--map", "0;1", "--weights", "sqrt(2)/2,1-sqrt(2)/2",
         "--shift", "0,1", "--shift", "1,0", "--truth-covariance", "2,1; 1,2", "--theta", "1/2",
         "--certify", "--digits", "5"],
    ),
    "enclosures of what is learned": (
        lambda: ov.certify_model(
            ov.Model.pairs(1, "learned", "isotropic-learned"), TWO, "1/2", 5,
            weights="1/4,3/4", variance="2",
        ),
        [*PAIRS, "--weights", "learned", "--covariance", "isotropic-learned", "--truth", "1",
         "--truth", "-1", "--truth-weights", "1/2,1/2", "--theta", "1/2", "--certify",
         "--digits", "5", "--start-weights", "1/4,3/4", "--start-variance", "2"],
    ),
    "run": (
        lambda: ov.run_model(ov.Model.free(3, 1), ov.Truth.standard(1), "1,2,-1", 3),
        ["model", "--means", "3", "--theta", "1,2,-1", "--steps", "3"],
    ),
    "gradient": (
        lambda: ov.run_model(
            EVEN, TWO, 2, 2, algorithm=ov.Algorithm("gradient", step=0.5)
        ),
        [*PAIRS, "--truth-theta", "1", "--theta", "2", "--steps", "2", "--algorithm", "gradient",
         "--eta", "0.5"],
    ),
    "polyak": (
        lambda: ov.run_model(EVEN, TWO, 2, 2, algorithm=ov.Algorithm("polyak", between=1)), None
    ),
    "limits": (lambda: ov.basins(EVEN, TWO, [-2, 1], tolerance=1e-8), None),
    "fixed points": (
        lambda: ov.fixed_points(EVEN, TWO, "1/2", 2),
        [*PAIRS, "--truth-theta", "1", "--box", "1/2:2"],
    ),
    "contraction": (
        lambda: ov.contraction(EVEN, TWO, 1, "9/8", "5/4"),
        [*PAIRS, "--truth-theta", "1", "--box", "9/8:5/4", "--factor", "1"],
    ),
    "basins": (
        lambda: ov.line_basins(EVEN, TWO, "1/2", 2),
        [*PAIRS, "--truth-theta", "1", "--box", "1/2:2", "--basins"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_result_is_data_that_fits_and_the_command_prints_it(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    make, command = CASES[name]
    result = make()
    plain = result.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    VALIDATOR.validate(plain)
    assert not VALIDATOR.is_valid({**plain, "surprise": 1})
    assert not VALIDATOR.is_valid({**plain, "evidence": "guessed"})
    assert pickle.loads(pickle.dumps(result)).to_dict() == plain
    assert "\n" not in repr(result)
    assert len(repr(result)) < 220
    assert len(str(result).splitlines()) > (0 if name == "contraction" else 1)
    assert result._repr_html_().count("<table>") == result._repr_html_().count("</table>")
    assert isinstance(result.to_frame(), pandas.DataFrame)
    if command is not None:
        assert cli.main([*command, "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == plain
        assert cli.main(command) == 0
        assert capsys.readouterr().out


@pytest.mark.quick
@pytest.mark.parametrize("model", [SKEW, TURNED, ov.Model.free(2, 3), ov.Model.pairs(2, "learned")])
def test_model_and_truth_are_read_back(model: ov.Model) -> None:
    plain = model.to_dict()
    again = ov.Model(plain["maps"], plain["weights"], plain["covariance"], plain["shifts"])
    assert again == model
    for truth in (TWO, ov.Truth(["1,sqrt(2)"]), ov.Truth.standard(3)):
        told = truth.to_dict()
        assert ov.Truth(told["means"], told["weights"]) == truth
    sigma = ov.Truth.normal("2,1; 1,2")
    assert ov.Truth.normal(sigma.to_dict()["covariance"]) == sigma


@pytest.mark.quick
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--theta", "1"], "give one of --pairs D, --means K and --map"),
        (["--pairs", "1", "--means", "2", "--theta", "1"], "give one of --pairs"),
        (["--pairs", "4", "--theta", "1"], "d = 4: models and truths have data in 1"),
        (["--map", "1,1", "--map", "2,2", "--theta", "1,1"], "share a kernel"),
        (["--map", "1", "--map", "1,2", "--theta", "1"], "all maps have one size"),
        (["--map", "1", "--map", "", "--theta", "1"], "T_2"),
        (["--pairs", "1"], "--theta is missing: give its 1 entries"),
        (["--pairs", "1", "--theta", "1", "--truth", "1", "--truth", "-1",
          "--truth-weights", "1/2,1/3"],
         "sum to 5/6"),
        (["--pairs", "1", "--theta", "1", "--truth-weights", "1/2,1/2"], "--truth-weights"),
        (["--pairs", "1", "--theta", "1", "--truth", "1", "--truth-theta", "1"], "at most one"),
        (["--pairs", "1", "--theta", "1", "--factor", "1"], "give --box LOW:HIGH"),
        (["--pairs", "1", "--box", "1"], "two corners, LOW:HIGH"),
        (["--pairs", "1", "--box", "2:1"], "low must be below high"),
        (["--pairs", "1", "--box", "1:2", "--certify"], "leave --certify and --steps out"),
        (["--pairs", "1", "--box", "1:2", "--factor", "1", "--basins"], "not both"),
        (["--pairs", "1", "--box", "1:2", "--factor", "3"], "center is not known"),
        (["--pairs", "1", "--theta", "1", "--certify", "--steps", "2"], "for one theta"),
        (["--pairs", "1", "--theta", "1", "--steps", "-1"], "steps = -1"),
        (["--pairs", "1", "--theta", "1", "--steps", "1", "--eta", "nan",
          "--algorithm", "gradient"], "step nan"),
        (["--pairs", "1", "--theta", "nan"], "theta"),
        (["--pairs", "1", "--weights", "learned", "--box", "0:1"], "fix both"),
        (["--pairs", "1", "--theta", "1", "--certify", "--start-weights", "1/2,1/2"],
         "fixed weights"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["model", *words]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert message in " ".join(err.split())


def test_a_degenerate_point_is_no_proof(capsys: pytest.CaptureFixture[str]) -> None:
    """0 for balanced weights and N(0, I), looked for to 1/1000."""
    assert cli.main(["model", "--pairs", "1", "--box", "-1/8:1/8"]) == 3
    assert "undecided" in capsys.readouterr().out


@pytest.mark.quick
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ov.evaluate_model(EVEN, TWO, 1e300), "numbers up to 1e\\+100"),
        (lambda: ov.Algorithm("gradient", step="1/2"), "step '1/2': use a float"),  # type: ignore[arg-type]
        (lambda: ov.Algorithm("polyak", least=float("nan")), "least nan"),
        (lambda: ov.run_model(EVEN, TWO, 1, 3, tolerance="1"), "tolerance"),  # type: ignore[arg-type]
        (lambda: ov.basins(EVEN, TWO, 3), "starts 3"),  # type: ignore[arg-type]
        (lambda: ov.fixed_points(EVEN, TWO, -1, 1, smallest="sqrt(2)"), "use a rational number"),
        (lambda: ov.contraction(EVEN, TWO, 1, 2, 3, tolerance="sqrt(2)"), "use a rational number"),
        (lambda: ov.Model.orbit("simplex"), "give a Mixture"),  # type: ignore[arg-type]
    ],
)
def test_odd_input_is_told(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ov.InputError, match=message):
        call()
