"""The kernel run: settings are what they say, what fails is counted, what is known is kept.

The run itself: `make kernels`.
"""

from __future__ import annotations

import doctest
import json
from pathlib import Path
from typing import Any

import pytest
from kernels import run as kernel_run
from kernels.run import KERNELS, Setting, kernels, main, not_taken, probe, settings
from sizes import slow_but

NO_AVX = {"can": ["SSE3", "SSE42"], "dispatch": ["SSE42"], "blas": ["Nehalem"]}


def test_the_docstrings() -> None:
    assert doctest.testmod(kernel_run).failed == 0


def test_what_the_processor_lacks_is_not_run() -> None:
    reasons = {setting.name: why for setting, why in settings(NO_AVX, [1])}
    assert reasons["Nehalem"] == ""
    assert reasons["Haswell"] == "the processor has no AVX2"
    assert reasons["SkylakeX"] == "the processor has no AVX512_SKX"
    assert reasons["numpy-AVX2"] == "nothing to switch off"
    assert len(list(settings(NO_AVX, [1, 2]))) == 2 * len(reasons)


NAMES = ["Prescott", "Haswell", "numpy-baseline", "numpy-AVX2"]


@pytest.mark.parametrize("name", slow_but(NAMES, quick=["Prescott", "numpy-AVX2"]))
def test_the_libraries_do_what_the_setting_says(name: str) -> None:
    plain = probe(Setting("unset", 1))
    ((setting, why),) = [row for row in settings(plain, [1]) if row[0].name == name]
    if why:
        pytest.skip(why)
    used = probe(setting)
    if setting.name in KERNELS:
        assert bool(not_taken(setting, used)) is (setting.name not in kernels(used))
    else:
        assert kernels(used) == kernels(plain)
    level = {"numpy-baseline": set(), "numpy-AVX2": set(plain["dispatch"])}
    off = [name for name in used["dispatch"] if name.startswith("AVX512") or name == "X86_V4"]
    assert not off or setting.name not in level
    assert set(used["dispatch"]) <= level.get(setting.name, set(plain["dispatch"]))


def test_a_kernel_that_no_library_has_shows() -> None:
    unknown = Setting("Imagined", 1, (("OPENBLAS_CORETYPE", "Imagined"),))
    assert not_taken(unknown, probe(unknown)).startswith("not taken: ")


def test_a_process_that_dies_is_a_failure() -> None:
    setting = Setting("unset", 1)
    code, out, _ = kernel_run.run(["-c", "import os; os.abort()"], setting, ".")
    assert (code, out) == (-6, "")
    assert kernel_run.result(code, [], 0, "aborted")["failed"] == ["exit -6: aborted"]
    assert kernel_run.result(0, [], 0, "")["failed"]  # nothing ran
    assert kernel_run.result(1, ["a"], 2, "")["failed"] == ["a"]
    assert kernel_run.result(0, [], 2, "") == {"passed": 2, "failed": []}


TOY = """
import os, pytest
pytestmark = pytest.mark.numeric
def test_good(): assert os.environ["OPENBLAS_NUM_THREADS"] == "2"
def test_bad(): assert os.environ.get("OPENBLAS_CORETYPE") == "Nehalem"
@pytest.mark.slow
def test_slow(): assert False
@pytest.mark.skip
def test_skipped(): assert False
"""


@pytest.mark.parametrize("kernel", slow_but(["Nehalem", "Haswell"], quick=["Haswell"]))
def test_the_marked_tests_are_counted_under_the_setting(
    kernel: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_toy.py").write_text(TOY)
    (tmp_path / "tests" / "test_other.py").write_text("def test_other(): assert False")
    monkeypatch.setattr(kernel_run, "ROOT", tmp_path)
    found = kernel_run.tests(Setting(kernel, 2, (("OPENBLAS_CORETYPE", kernel),)))
    bad = [] if kernel == "Nehalem" else ["tests.test_toy::test_bad"]
    assert found == {"passed": 2 - len(bad), "failed": bad}


def test_a_claim_that_comes_out_otherwise_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"id": "T1", "outcome": "holds", "expected": "holds"},
            {"id": "T2", "outcome": "inconclusive", "expected": "holds"}]  # fmt: skip
    said = json.dumps({"claims": rows})
    monkeypatch.setattr(kernel_run, "run", lambda *_: (3, said, ""))
    failed = ["T2 is inconclusive, expected holds"]
    assert kernel_run.ledger(Setting("unset", 1)) == {"passed": 1, "failed": failed}


def test_the_table_counts_keeps_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[Setting] = []

    def part(setting: Setting) -> dict[str, Any]:
        ran.append(setting)
        return {"passed": 3, "failed": ["T2 is refuted"] if setting.threads == 2 else []}

    monkeypatch.setattr(kernel_run, "PARTS", {"tests": part})
    results = tmp_path / "deep" / "kernels.json"
    options = ["--only", "unset", "--results", str(results)]
    assert main([*options, "--threads", "1"]) == 0
    assert capsys.readouterr().out.endswith("3 passed, 0 failed\n")
    assert main([*options, "--resume"]) == 1
    out = capsys.readouterr().out
    assert "3 passed, 1 FAILED" in out
    assert "unset, 2 threads, tests: T2 is refuted\n6 passed, 1 failed\n" in out
    assert [setting.threads for setting in ran] == [1, 2]
    kept = json.loads(results.read_text())
    results.write_text(json.dumps(kept | {"sources": "others"}))
    assert main([*options, "--threads", "1", "--resume"]) == 0
    assert len(ran) == 3


@pytest.mark.parametrize(
    "options", [["--only", "Pentium"], ["--parts", "all"], ["--threads", "0"], ["--jobs", "0"]]
)
def test_bad_options(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(options)
    assert stopped.value.code == 2
    assert options[0] in capsys.readouterr().err


def test_no_setting_that_can_run_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_run, "settings", lambda *_: [(Setting("Zen", 1), "none here")])
    assert main(["--results", str(tmp_path / "kernels.json")]) == 1
