"""The table of planted faults is sound, and the runner tells caught from survived.

The whole table is run by hand: `python tests/mutation/run.py --jobs 2`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mutation import lines
from mutation.run import ROOT, Fault, main, program, read_faults

TABLE = read_faults()
QUICK = ["ranges: the end is left out", "evidence: the strongest counts"]  # a second or two each
HARMLESS = """
[[fault]]
name = "control"
file = "overspec/ranges.py"
old = "MAX_LENGTH = 1000"
new = "MAX_LENGTH = 1001"
tests = ["tests/house/test_doctests.py::test_examples_in_docstrings[overspec.ranges]"]
why = "that doctest does not look at the limit"
"""


def test_there_are_at_least_a_hundred_in_every_part() -> None:
    assert len(TABLE) >= 100
    assert {fault.file.split("/")[0] for fault in TABLE} == {
        "overspec", "proofs", "verify", "reports"}  # fmt: skip


@pytest.mark.parametrize("file", sorted({fault.file for fault in TABLE}))
def test_each_can_be_planted(file: str) -> None:
    source = (ROOT / file).read_text(encoding="utf-8")
    for fault in TABLE:
        if fault.file == file:
            fault.mutated(source)
            assert fault.why


def test_each_named_test_exists() -> None:
    lists = {fault.tests for fault in TABLE}
    for test in {test for tests in lists if not tests[0].startswith("-") for test in tests}:
        file, _, node = test.partition("::")
        source = (ROOT / file).read_text(encoding="utf-8")
        assert not node or f"def {node.partition('[')[0]}(" in source, test


@pytest.mark.parametrize(
    ("old", "new"), [("nowhere", "x"), ("1", "2"), ("MAX_LENGTH = 1000", "MAX_LENGTH = 1_000")]
)
def test_what_cannot_be_planted_is_refused(old: str, new: str) -> None:
    fault = Fault("bad", "overspec/ranges.py", old, new, ("tests/nouns/test_nouns.py",), "no fault")
    with pytest.raises(ValueError, match="bad"):
        fault.mutated((ROOT / fault.file).read_text(encoding="utf-8"))


@pytest.mark.slow
def test_a_few_faults_are_caught_and_a_control_survives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "results.json"
    only = [word for name in QUICK for word in ("--only", name)]
    assert main([*only, "--results", str(results)]) == 0
    assert capsys.readouterr().out == "2 of 2 faults caught\n"
    assert {row["verdict"] for row in json.loads(results.read_text()).values()} == {"caught"}

    assert main([*only, "--results", str(results), "--resume"]) == 0
    assert capsys.readouterr().err == ""  # nothing is run again

    (tmp_path / "control.toml").write_text(HARMLESS)
    assert main(["--faults", str(tmp_path), "--results", str(results)]) == 1
    said = capsys.readouterr().out
    assert said.startswith("0 of 1 faults caught\nsurvived: control")


def test_no_such_fault() -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--only", "nothing of this name"])
    assert stopped.value.code == 2


def test_faults_of_lines_are_named_once_and_can_be_planted() -> None:
    files = sorted({path for room in lines.ROOMS for path in lines._modules(room)})
    found = [line for path in files for line in lines.lines_of(path)]
    names = [line.name for line in found]
    assert len(names) == len(set(names)) > 300
    rows = lines.read_explained()
    assert {row["name"] for row in rows} <= set(names), "a line that is explained has changed"
    assert all(row["why"] for row in rows)
    line = next(one for one in found if one.file.endswith("cover.py") and one.kind == "0.97")
    source = (ROOT / line.file).read_text(encoding="utf-8")
    assert program(source[: line.start] + line.new + source[line.end :]) != program(source)
