"""Results: what they show, that they are what --json prints, and that the schemas hold."""

from __future__ import annotations

import json
import pickle
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas
import pytest

import overspec as ov
from overspec import cli
from overspec.results.result import Result
from overspec.results.schema import NAMES, schema

M3 = ov.Mixture.simplex(3, "1/2,3/10,1/5")
M4 = ov.Mixture.simplex(4, "0.4,0.3,0.2,0.1")
HEAVY = ov.Mixture.simplex(2, "9/10,1/10")
THREE = ["--weights", "1/2,3/10,1/5"]
FOUR = ["--weights", "0.4,0.3,0.2,0.1"]
PAIR = ["--weights", "9/10,1/10"]
DATA = np.random.default_rng(1).standard_normal((200, 2))

#: Name of the schema, the result, and the command that prints it (where one does, unaided).
CASES: dict[str, tuple[str, Any, list[str] | None]] = {
    "evaluate": (
        "evaluate",
        lambda: ov.evaluate(M4, M4.point(amplitudes="1,1/2")),
        ["evaluate", *FOUR, "--amplitudes", "1,1/2"],
    ),
    "many digits": (
        "evaluate",
        lambda: ov.evaluate(M3, M3.point(radius=2), 30),
        ["evaluate", *THREE, "--radius", "2", "--digits", "30"],
    ),
    "certified": (
        "evaluate",
        lambda: ov.evaluate(M4, M4.point(amplitudes="1,1/2"), 8, certify=True),
        ["evaluate", *FOUR, "--amplitudes", "1,1/2", "--digits", "8", "--certify"],
    ),
    "sampled": (
        "evaluate",
        lambda: ov.evaluate(
            ov.Mixture.simplex(9, "linear"),
            ov.Mixture.simplex(9).point(amplitudes="2,1,0,0"),
            engine="sampling",
            seed=1,
        ),
        ["evaluate", "--k", "9", "--weights", "linear", "--amplitudes", "2,1,0,0",
         "--engine", "sampling", "--seed", "1"],
    ),
    "huge": (
        "evaluate",
        lambda: ov.evaluate(
            ov.Mixture.simplex(10**12, "one-heavy:1/2"), ov.Energies.regular_simplex(10**12, 2)
        ),
        ["evaluate", "--k", "1000000000000", "--weights", "one-heavy:1/2", "--radius", "2"],
    ),
    "no Hessian": (
        "evaluate",
        lambda: ov.evaluate(
            ov.Mixture.simplex(201, "linear"), ov.Energies.regular_simplex(201, 1)
        ),
        ["evaluate", "--k", "201", "--weights", "linear", "--radius", "1"],
    ),
    "radius": (
        "radius",
        lambda: ov.radius(HEAVY, kind="factor", gap="0.9"),
        ["radius", *PAIR, "--kind", "factor", "--gap", "0.9"],
    ),
    "radius inf": (
        "radius",
        lambda: ov.radius(HEAVY, kind="factor"),
        ["radius", *PAIR, "--kind", "factor"],
    ),
    "certified radius": (
        "radius",
        lambda: ov.radius(HEAVY, kind="factor", gap="0.9", digits=3, certify=True),
        ["radius", *PAIR, "--kind", "factor", "--gap", "0.9", "--digits", "3", "--certify"],
    ),
    "derive": ("derive", lambda: ov.derive(M4), ["derive", *FOUR]),
    "derive symbols": ("derive", lambda: ov.derive(k=5), ["derive", "--k", "5"]),
    "explain": ("explain", lambda: ov.explain("S6", 2), ["derive", "--explain", "S6", "--k", "2"]),
    "lloyd": ("lloyd", lambda: ov.lloyd(4), ["lloyd", "--k", "4"]),
    "certified lloyd": (
        "lloyd",
        lambda: ov.lloyd(50, certify=True),
        ["lloyd", "--k", "50", "--certify"],
    ),
    "population": (
        "run",
        lambda: ov.population_em(M3, M3.point(radius=1), 5),
        ["run", *THREE, "--radius", "1", "--steps", "5"],
    ),
    "isotropic": (
        "run",
        lambda: ov.population_em(M3, M3.point(radius=1), 5, covariance="isotropic"),
        ["run", *THREE, "--radius", "1", "--steps", "5", "--covariance", "isotropic"],
    ),
    "free": (
        "run",
        lambda: ov.population_em(M3, M3.point(radius=1), 3, tied=False),
        ["run", *THREE, "--radius", "1", "--steps", "3", "--free"],
    ),
    "sample": ("run", lambda: ov.sample_em(DATA, M3, M3.point(radius=1), 4), None),
    "sample free": (
        "run",
        lambda: ov.sample_em(DATA, M3, [1.0, 0.0], 4, tied=False, covariance="full"),
        None,
    ),
    "samples": (
        "samples",
        lambda: ov.samples(HEAVY, "1/10"),
        ["samples", "--k", "2", "--weights", "9/10,1/10", "--error", "1/10"],
    ),
    "samples for a divergence": (
        "samples",
        lambda: ov.samples(HEAVY, kl="1/100"),
        ["samples", "--k", "2", "--weights", "9/10,1/10", "--kl", "1/100"],
    ),
    "samples given": (
        "samples",
        lambda: ov.samples(HEAVY, n=5000, seed=1),
        ["samples", *PAIR, "--n", "5000", "--seed", "1"],
    ),
    "coverage": ("coverage", ov.coverage, ["coverage"]),
    "coverage of a ledger": (
        "coverage",
        lambda: ov.coverage(ov.verify(claims="P4", k=2)),
        None,
    ),
    "gallery": ("gallery", ov.gallery.listing, ["gallery"]),
    "paper": (
        "gallery",
        lambda: ov.gallery.xu_2024(steps=10, radius=6),
        ["gallery", "2407.00490", "--steps", "10", "--radius", "6"],
    ),
    "check": ("check", lambda: ov.check("/dev/null"), None),
    "verify": ("verify", lambda: ov.verify(claims="P4", k=2), None),
}  # fmt: skip


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[str, Result, list[str] | None]:
    name, make, command = CASES[request.param]
    return name, make(), command


def test_a_result_shows_itself(case: tuple[str, Result, list[str] | None]) -> None:
    _, result, _ = case
    assert "\n" not in repr(result)
    assert len(repr(result)) < 220
    assert repr(result).startswith(f"<{type(result).__name__}: ")
    assert len(str(result).splitlines()) > 1
    page = result._repr_html_()
    assert page.startswith(("<table>", "<p>"))
    assert page.count("<table>") == page.count("</table>")


def test_it_fits_the_schema(case: tuple[str, Result, list[str] | None]) -> None:
    name, result, _ = case
    plain = result.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    jsonschema.Draft202012Validator(schema(name)).validate(plain)


def test_json_is_to_dict(
    case: tuple[str, Result, list[str] | None], capsys: pytest.CaptureFixture[str]
) -> None:
    _, result, command = case
    if command is None:
        return
    assert cli.main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == result.to_dict()


def test_it_survives_pickling(case: tuple[str, Result, list[str] | None]) -> None:
    name, result, _ = case
    if name == "explain":  # derivations hold functions
        return
    again = pickle.loads(pickle.dumps(result))
    assert again == result
    assert again.to_dict() == result.to_dict()


def test_a_frame_has_numbers(case: tuple[str, Result, list[str] | None]) -> None:
    name, result, _ = case
    frame = result.to_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert len(frame) == len(result.records()) >= 1
    if name == "evaluate":
        row = frame.set_index("quantity").loc["kl"]
        assert row["value"] > 0
        assert row["error"] < 1e-2
    if name == "run":
        assert list(frame["t"]) == list(range(len(frame)))
        assert frame["norm"].dtype == float


def test_the_schemas_are_schemas_and_refuse() -> None:
    for name in NAMES:
        jsonschema.Draft202012Validator.check_schema(schema(name))
    validator = jsonschema.Draft202012Validator(schema("evaluate"))
    good = ov.evaluate(M3, M3.point(radius=1)).to_dict()
    assert validator.is_valid(good)
    for bad in (
        {**good, "kl": 0.1},
        {**good, "kl": "0.1?"},
        {**good, "surprise": 1},
        {**good, "evidence": "certified"},
        {n: v for n, v in good.items() if n != "errors"},
    ):
        assert not validator.is_valid(bad)
    with pytest.raises(ov.InputError, match="no schema"):
        schema("nonsense")


@pytest.mark.slow
def test_files_and_lists_that_commands_print_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def printed(*arguments: str) -> Any:
        assert cli.main([*arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    spec = tmp_path / "spec.toml"
    spec.write_text(
        '[[grid]]\nk = [2]\nweights = ["one-heavy:9/10"]\ngap = ["0.9"]\nkind = ["factor"]\n'
    )
    certificate = str(tmp_path / "kl.json")
    found = {
        "experiment": printed("experiment", "--list"),
        "report": printed("report", "--fragment", "conditions", "--k", "3", "--out", str(tmp_path)),
        "sweep": printed("sweep", str(spec), "--out", str(tmp_path / "radii"), "--jobs", "1"),
        "evaluate": printed("evaluate", *PAIR, "--radius", "1", "--out", certificate),
        "check": printed("check", certificate),
    }
    for name, data in found.items():
        jsonschema.Draft202012Validator(schema(name)).validate(data)
    assert found["check"]["valid"]
    assert found["evaluate"]["certificate"] == certificate


def test_measured_and_certified_speak_one_dialect() -> None:
    point = M4.point(amplitudes="1,1/2")
    measured, certified = ov.evaluate(M4, point), ov.evaluate(M4, point, 10, certify=True)
    own = {"error", "errors"}, {"conclusive"}
    assert set(measured.to_dict()) - own[0] == set(certified.to_dict()) - own[1]
    for name, value, error in measured.to_frame()[["quantity", "value", "error"]].values:
        assert name in set(certified.to_frame()["quantity"])
        assert error < 1e-10 or value == 0
    low, high = map(Fraction, certified.to_dict()["kl"])
    assert low <= Fraction(measured.kl) + Fraction(1, 10**13)
    assert Fraction(measured.kl) - Fraction(1, 10**13) <= high
    assert certified.kl.lower <= certified.kl.upper  # type: ignore[union-attr]
    assert len(certified.map_amplitudes) == len(measured.map_amplitudes) == 2
    assert certified.hessian_spectrum is not None
    assert len(certified.hessian_spectrum) == 3


def test_modes_of_a_certified_evaluation() -> None:
    found = ov.evaluate(M4, M4.point(radius=1), 8, modes=1, certify=True)
    assert (found.to_dict()["modes"], list(found.factors)) == (1, [1])
    with pytest.raises(ov.InputError, match="only sampling"):
        ov.evaluate(M4, M4.point(radius=1), certify=True, seed=1)  # type: ignore[call-overload]


def test_a_certified_radius_is_shown_outward() -> None:
    found = ov.radius(HEAVY, "factor", "0.9", digits=3, certify=True)
    assert isinstance(found.mixture, ov.Mixture)
    shown = found.to_dict()
    low, high = Fraction(shown["lower"]), Fraction(shown["upper"])
    assert low < found.lower < found.upper < high  # type: ignore[union-attr,operator]
    assert high - low < found.lower / 1000 + Fraction(1, 10**11)  # type: ignore[union-attr]
    sigma = [Fraction(end) for end in shown["sigma"]]
    assert sigma[0] <= Fraction(64, 100) <= sigma[1]


def test_runs_are_arrays() -> None:
    run = ov.population_em(M4, M4.point(amplitudes="1,1/2"), 6, covariance="isotropic")
    assert run.amplitudes.shape == (7, 2)
    assert run.kl.shape == run.norm.shape == run.variance.shape == (7,)
    assert run.amplitudes[0].tolist() == [1.0, 0.5]
    np.testing.assert_allclose(np.linalg.norm(run.amplitudes, axis=1), run.norm)
    free = ov.population_em(M3, M3.point(radius=1), 2, tied=False)
    assert free.means.shape == (3, 3, 2)
    sample = ov.sample_em(DATA, M3, M3.point(amplitudes="1"), 3)
    assert (sample.theta.shape, sample.means.shape) == ((4, 2), (4, 3, 2))
    assert sample.theta[0].tolist() == [1.0, 0.0]
    assert (np.diff(sample.log_likelihood) > -1e-12).all()


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ((M3, M3.point(radius=1)), {"covariance": "full"}, "needs data"),
        ((M3, M3.point(radius=1)), {"tied": False, "covariance": "isotropic"}, "covariance fixed"),
        ((M4, M4.point(amplitudes="1,1")), {"tied": False}, "regular simplex"),
        ((M3, M3.point(radius=1), -1), {}, "steps = -1"),
    ],
)
def test_population_em_refuses(arguments: Any, options: Any, words: str) -> None:
    with pytest.raises(ov.InputError, match=words):
        ov.population_em(*arguments, **options)


def test_conditions_in_latex() -> None:
    found = ov.derive(k=4)
    assert found._repr_latex_().startswith(r"$$\begin{aligned}&")
    for condition in found.conditions:
        assert condition.tex in found._repr_latex_()
    assert (found.invertible, ov.derive(M4).invertible) == (None, True)
    assert ov.derive(ov.Mixture.simplex(4, "2/5,3/10,1/10,1/5")).null_frequencies == (2,)
    for bad in ({}, {"mixture": M4, "k": 4}, {"mixture": M4, "d": 5}):
        with pytest.raises(ov.InputError):
            ov.derive(**bad)


def test_html_is_escaped() -> None:
    from overspec.verbs.check import CheckResult

    shown = CheckResult(Path("<b>.json"), "invalid", "1 < 2")._repr_html_()
    assert "<b>" not in shown
    assert "&lt;b&gt;.json" in shown
    assert "1 &lt; 2" in shown


@pytest.mark.parametrize("what", ["evaluate", "radius", "lloyd"])
def test_a_certified_result_can_be_saved_and_checked(what: str, tmp_path: Path) -> None:
    result = {
        "evaluate": lambda: ov.evaluate(HEAVY, HEAVY.point(radius=1), 8, certify=True),
        "radius": lambda: ov.radius(HEAVY, "factor", "0.9", digits=2, certify=True),
        "lloyd": lambda: ov.lloyd(3, 10, certify=True),
    }[what]()
    assert ov.check(ov.save_certificate(result, tmp_path / "c.json")).valid
    with pytest.raises(TypeError, match="certify=True"):
        ov.save_certificate(ov.lloyd(3), tmp_path / "other.json")


@pytest.mark.slow
def test_a_sweep_is_a_table(tmp_path: Path) -> None:
    text = '[[grid]]\nk = [2]\nweights = ["one-heavy:9/10"]\ngap = ["0.9"]\nkind = ["factor"]\n'
    found = ov.sweep(text, jobs=1)
    (row,) = found.rows
    assert found.to_frame()["lower"][0] == float(row["lower"]) > 0.6
    assert (found.unanswered, found.files) == (0, ())
    assert found.to_dict() == {"tasks": 1, "unanswered": 0, "files": []}


def test_a_ledger_is_kept_and_reported(tmp_path: Path) -> None:
    ledger = ov.verify(claims="P4", k=2)
    path = ov.save_ledger(ledger, tmp_path / "ledger.json")
    assert ov.load_ledger(path) == ledger
    made = ov.report(path, tmp_path / "out", before=ledger)
    assert made.changes == ()
    assert all(file.is_file() for file in made.files)
    jsonschema.Draft202012Validator(schema("report")).validate(made.to_dict())
    assert "nothing changed" in str(made)
