"""The frame of the experiments and their command: outcomes, files, resuming, errors."""

import hashlib
import json
import os
import pickle
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from toy import TOY, figures, measure

import overspec as ov
from overspec import cli
from overspec.evidence import Evidence, Outcome
from overspec.reports.experiment import files, text
from overspec.verify.claims.claim import Finding, Form
from overspec.verify.claims.ledger import Ledger
from overspec.verify.experiments import registry
from overspec.verify.experiments.experiment import (
    Experiment,
    ExperimentResult,
    Progress,
    Settings,
    Table,
    run,
)

QUICK = Settings(quick=True)


def test_the_outcome_is_computed() -> None:
    assert run(TOY, QUICK).certificate.outcome is Outcome.HOLDS
    assert run(TOY, Settings()).certificate.outcome is Outcome.REFUTED
    amended = replace(TOY, amended=Form("the count is two", 2))
    assert run(amended, Settings()).certificate.outcome is Outcome.AMENDED


def test_a_judge_that_lets_a_false_prediction_pass_decides_nothing() -> None:
    blind = replace(TOY, judge=lambda payload, measured: Finding(True, Evidence.SAMPLED))
    assert run(blind, QUICK).certificate.outcome is Outcome.INCONCLUSIVE


def test_provenance_says_seed_and_command() -> None:
    origin = run(TOY, Settings(quick=True, seed=7)).certificate.provenance
    assert (origin.seed, origin.command) == (7, "overspec experiment toy --quick --seed 7")


def test_a_result_is_kept_as_plain_data() -> None:
    result = run(TOY, QUICK)
    assert (
        msgspec.convert(json.loads(json.dumps(msgspec.to_builtins(result))), ExperimentResult)
        == result
    )


def test_tables_are_rectangular() -> None:
    with pytest.raises(ValueError, match="1 cells for 2 columns"):
        Table(("a", "b"), (("1",),))
    with pytest.raises(ValueError, match="two columns of one name"):
        Table(("a", "a"), ())


def test_the_text_has_prediction_measurement_and_verdict() -> None:
    words = text(run(TOY, QUICK))
    for part in ("the count is one", "Counted 1.", "holds (sampled)", "the count is three",
                 "mutants rejected: 1 of 1", "overspec experiment toy --quick"):  # fmt: skip
        assert part in words


def test_times_are_a_file_of_their_own() -> None:
    timed = replace(TOY, times=lambda measured: Table(("seconds",), (("0.1",),)))
    names = {name for name, _ in files(run(timed, QUICK))}
    assert names == {"toy.txt", "toy.csv", "toy-times.csv", "toy.png", "toy.pdf", "toy.svg"}


@pytest.mark.parametrize("name", registry.NAMES)
def test_the_registry_holds_sound_experiments(name: str) -> None:
    experiment = registry.experiment(name)
    assert experiment.name == name
    assert experiment.mutants
    words = [form.words for form in (experiment.stated, *experiment.mutants)]
    assert len(set(words)) == len(words)


# --- the command --------------------------------------------------------------------------------


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two toys stand for the registry; the list says which were measured."""
    measured: list[str] = []

    def find(name: str) -> Experiment:
        def noted(settings: Settings, progress: Progress) -> int:
            measured.append(name)
            return measure(settings, progress)

        return replace(
            TOY, name=name, measure=noted,
            figures=lambda m, p: (replace(figures(m, p)[0], id=name),),
        )  # fmt: skip

    monkeypatch.setattr(registry, "NAMES", ("one", "two"))
    monkeypatch.setattr(registry, "experiment", find)
    return measured


def contents(folder: Path) -> dict[str, str]:
    """Hashes of the files of the experiments; the ledger has a day and seconds of its own."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.is_file() and path.name != "ledger.json"
    }


def test_all_writes_files_and_a_ledger_that_a_report_reads(
    toys: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["experiment", "--all", "--quick", "--out", str(tmp_path), "--json"]) == 0
    streams = capsys.readouterr()
    shown = json.loads(streams.out)
    assert [row["name"] for row in shown["experiments"]] == ["one", "two"]
    assert "2/2 two: counting" in streams.err
    ledger = Ledger.from_json(json.loads((tmp_path / "ledger.json").read_text()))
    assert [c.claim for c in ledger.certificates] == ["one", "two"]
    assert {f.id for f in ledger.figures} == {"one", "two"}
    assert set(contents(tmp_path)) == {
        f"{name}.{kind}" for name in ("one", "two") for kind in ("txt", "csv", "png", "pdf", "svg")
    }


def test_the_verb_measures_and_writes_nothing(toys: list[str], tmp_path: Path) -> None:
    found = ov.experiment("one", quick=True)
    assert repr(found).startswith("<Tested: one, ")
    assert found.certificate.outcome.value in str(found)
    command = ["experiment", "one", "--quick", "--out", str(tmp_path), "--json"]
    with redirect_stdout(StringIO()) as printed:
        assert cli.main(command) == 0
    (row,) = json.loads(printed.getvalue())["experiments"]
    assert row == {**found.to_dict(), "seconds": row["seconds"]}
    assert found.records()[0].keys() == set(found.found.table.columns)
    assert pickle.loads(pickle.dumps(found)) == found
    with pytest.raises(ov.InputError, match="seed = -1"):
        ov.experiment("one", seed=-1)
    assert toys == ["one", "one"]


@pytest.mark.slow
def test_what_is_finished_is_not_run_again(toys: list[str], tmp_path: Path) -> None:
    command = ["experiment", "--quick", "--out", str(tmp_path)]
    assert cli.main([*command, "one"]) == 0
    before = contents(tmp_path)
    assert cli.main([*command, "--all"]) == 0
    assert toys == ["one", "two"]
    assert before.items() <= contents(tmp_path).items()
    assert cli.main([*command, "--all", "--seed", "1"]) == 0
    assert toys == ["one", "two", "one", "two"]


def test_the_ledger_of_a_folder_holds_all_its_experiments(toys: list[str], tmp_path: Path) -> None:
    for name in ("two", "one"):
        assert cli.main(["experiment", name, "--quick", "--out", str(tmp_path)]) == 0
    ledger = Ledger.from_json(json.loads((tmp_path / "ledger.json").read_text()))
    assert [c.claim for c in ledger.certificates] == ["one", "two"]


def test_a_damaged_result_is_computed_again(
    toys: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["experiment", "one", "--quick", "--out", str(tmp_path)]
    assert cli.main(command) == 0
    (kept,) = (tmp_path / "results").rglob("*.json")
    kept.write_text(kept.read_text().replace("Counted 1", "Counted 9"))
    assert cli.main(command) == 0
    assert toys == ["one", "one"]
    assert "checksum" in capsys.readouterr().err
    assert "Counted 1" in (tmp_path / "one.txt").read_text()


def test_a_refuted_prediction_exits_1(toys: list[str], tmp_path: Path) -> None:
    assert cli.main(["experiment", "one", "--out", str(tmp_path)]) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "give --all"),
        (["--all", "one"], "not both"),
        (["three"], "three"),
        (["map", "--seed", "-1"], "-1"),
        (["map", "--out", "/dev/null/here"], "choose another place"),
    ],
)
def test_bad_usage(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert cli.main(["experiment", *arguments]) == 2
    streams = capsys.readouterr()
    assert words in streams.err
    assert "Traceback" not in streams.err
    assert list(tmp_path.iterdir()) == []


def test_no_figures_without_matplotlib(
    toys: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr("overspec.reports.printing.drawing.available", lambda: False)
    assert cli.main(["experiment", "one", "--out", str(tmp_path)]) == 2
    assert "overspec[figures]" in capsys.readouterr().err
    assert toys == []


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["experiment", "--list", "--json"]) == 0
    shown: Any = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in shown["experiments"]] == list(registry.NAMES)


@pytest.mark.slow
def test_the_list_into_a_closed_pipe() -> None:
    code = "import sys; from overspec.cli import main; sys.exit(main(['experiment', '--list']))"
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_missing_scikit_learn_stops_all_before_any_work(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.cluster", None)
    assert cli.main(["experiment", "--all", "--quick", "--out", str(tmp_path / "exp")]) == 2
    assert "overspec[data]" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
