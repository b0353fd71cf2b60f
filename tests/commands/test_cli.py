"""The command line's contract: names, JSON keys, exit codes, what is printed where."""

import html
import json
import os
import re
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import pytest

import overspec
from overspec import cli
from overspec.commands import COMMANDS
from overspec.commands.shared import output
from overspec.ranges import integer_range

# E log S at k = 3, weights 1/2, 3/10, 1/5, amplitude 1 (math.md section 5)
REFERENCE = Fraction("0.39516094436343875531758576434283420666294862840443572420261")
MIXTURE = ["--k", "3", "--weights", "1/2,3/10,1/5"]
NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?|inf")


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    assert cli.main([*arguments, "--json"]) == code
    out = capsys.readouterr().out
    return json.loads(out)  # fails on anything beside the one object


@pytest.mark.parametrize(
    ("shell", "words", "number", "expected"),
    [("bash", "overspec ra", "1", "plain,radius"),
     ("zsh", "overspec lloyd --cer", "2", "--certify"),
     ("fish", "overspec sw", "sw", "plain,sweep"),
     ("bash", "overspec gal", "1", "plain,gallery"),
     ("zsh", "overspec gallery --th", "2", "--theta")],
)  # fmt: skip
def test_a_shell_is_told_what_could_come_next(
    shell: str, words: str, number: str, expected: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    for name, value in (("_OVERSPEC_COMPLETE", f"{shell}_complete"), ("COMP_WORDS", words),
                        ("COMP_CWORD", number)):  # fmt: skip
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        cli.main([])
    assert ended.value.code == 0
    assert expected in capsys.readouterr().out


def test_labels_are_taken_in_any_case(capsys: pytest.CaptureFixture[str]) -> None:
    data = run_json(capsys, "verify", "--claims", "r,p4", "--k", "2")
    assert [row["id"] for row in data["claims"]] == ["R", "P4"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [(["verify", "--claims", "tt1"], "no claim 'tt1'; did you mean T1?"),
     (["experiment", "LLOYDD"], "no experiment 'LLOYDD'; did you mean lloyd?"),
     (["gallery", "1609.0036"], "no paper '1609.0036' in the gallery; did you mean 1609.00368?"),
     (["gallery", "xu_2108"], "no paper 'xu_2108' in the gallery; did you mean xu_2018?")],
)  # fmt: skip
def test_the_nearest_name_is_said(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    assert expected in capsys.readouterr().err


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    out = capsys.readouterr().out
    for command in COMMANDS:
        assert f"\n  {command.name} " in out


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_each_command_explains_itself(command: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([command.name, "--help"]) == 0
    out = capsys.readouterr().out
    assert "Examples:" in out
    assert f"overspec {command.name}" in out
    assert "--json" in out
    options = [option for option in command.params if isinstance(option, click.Option)]
    assert all(option.help for option in options if option.name not in {"kind"})


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"overspec, version {overspec.__version__}\n"


def test_start_up_loads_nothing_heavy(tmp_path: Path) -> None:
    heavy = "{'sympy', 'numpy', 'scipy', 'mpmath', 'flint', 'jinja2', 'rich'}"
    code = (
        "import sys\nfrom overspec.cli import main\n"
        f"code = main(['--help'])\nsys.exit(code or sorted({heavy} & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


# --- evaluate


@pytest.mark.parametrize(("extra", "digits"), [([], 15), (["--digits", "50"], 50)])
def test_evaluate_agrees_with_the_reference_value(
    extra: list[str], digits: int, capsys: pytest.CaptureFixture[str]
) -> None:
    data = run_json(capsys, "evaluate", *MIXTURE, "--amplitudes", "1", *extra)
    log_partition = Fraction(1, 2) - Fraction(data["kl"])
    assert abs(log_partition - REFERENCE) < Fraction(1, 10**digits)
    assert abs(Fraction(data["log_partition"]) - REFERENCE) < Fraction(1, 10**digits)
    assert data["digits"] == digits


def test_evaluate_keys(capsys: pytest.CaptureFixture[str]) -> None:
    data = run_json(capsys, "evaluate", "--k", "4", "--weights", "linear", "--radius", "3/2")
    assert set(data) >= {
        "kl", "g1", "g2", "hessian_eigenvalues", "map_amplitudes", "evidence", "engine", "digits",
    }  # fmt: skip
    assert len(data["hessian_eigenvalues"]) == 3
    assert len(data["map_amplitudes"]) == 2
    assert data["evidence"] == "measured"
    for key in ("kl", "g1", "g2", *data["hessian_eigenvalues"], *data["map_amplitudes"]):
        assert NUMBER.fullmatch(data.get(key, key))
    for m, amplitude in enumerate(data["amplitudes"], start=1):  # S6
        moved = (1 - Fraction(data[f"g{m}"])) * Fraction(amplitude)
        assert abs(moved - Fraction(data["map_amplitudes"][m - 1])) < Fraction(1, 10**12)


def test_evaluate_in_more_dimensions(capsys: pytest.CaptureFixture[str]) -> None:
    small = run_json(capsys, "evaluate", *MIXTURE, "--amplitudes", "1")
    large = run_json(capsys, "evaluate", *MIXTURE, "--amplitudes", "1", "--d", "5")
    assert small["kl"] == large["kl"]
    assert len(large["hessian_eigenvalues"]) == 5


def test_k_may_come_from_the_weights(capsys: pytest.CaptureFixture[str]) -> None:
    data = run_json(capsys, "evaluate", "--weights", "1/2,3/10,1/5", "--amplitudes", "1")
    assert data["k"] == 3


def test_evaluate_prints_what_json_says(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["evaluate", *MIXTURE, "--amplitudes", "1"]
    data = run_json(capsys, *arguments)
    assert cli.main(arguments) == 0
    out = capsys.readouterr().out
    for key in ("kl", "g1", "evidence", "engine"):
        assert data[key] in out


# --- derive

DERIVE_KEYS = {
    "k", "d", "weights", "condition", "eigenvalues", "invertible", "null_frequencies", "local_rate",
    "global_rate",
}  # fmt: skip


def test_derive_symbolic(capsys: pytest.CaptureFixture[str]) -> None:
    data = run_json(capsys, "derive", "--k", "4")
    assert set(data) >= DERIVE_KEYS
    assert data["weights"] is None
    assert len(data["conditions"]) == 2


@pytest.mark.parametrize(
    ("weights", "nulls"),
    [
        ("2/5,3/10,1/10,1/5", [2]),
        ("2/5,3/10,1/5,1/10", []),
        ("2/5+1e-40,3/10-1e-40,1/10,1/5", []),
        ("uniform", [1, 2]),
        ("3/10,1/5,3/10,1/5", [1]),
    ],
)
def test_derive_decides_exactly(
    weights: str, nulls: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    data = run_json(capsys, "derive", "--k", "4", "--weights", weights)
    assert set(data) >= DERIVE_KEYS
    assert data["null_frequencies"] == nulls
    assert data["invertible"] is (not nulls)
    assert (data["local_rate_exact"] == "1") == bool(nulls)
    assert (data["global_rate_exact"] == "1") == bool(nulls)


@pytest.mark.parametrize("weights", ["0.4,0.3,0.2,0.1", "1/2,3/10,1/5", "3/4,1/4", "5/6,1/6"])
def test_the_global_rate_is_rounded_up(weights: str, capsys: pytest.CaptureFixture[str]) -> None:
    data = run_json(capsys, "derive", "--weights", weights)
    exact, printed = Fraction(data["global_rate_exact"]), Fraction(data["global_rate"])
    assert exact <= printed < exact + Fraction(1, 10**14)


def test_derive_eigenvalues(capsys: pytest.CaptureFixture[str]) -> None:
    data = run_json(capsys, "derive", "--weights", "1/2,3/10,1/5", "--d", "3")
    (plane, line) = data["eigenvalues"]
    assert (plane["frequency"], plane["multiplicity"], plane["value"]) == (1, 2, "0.07")
    assert (line["frequency"], line["multiplicity"], line["value"]) == (0, 1, "1")
    assert data["local_rate"] == "0.93"
    assert data["global_rate_exact"] == "107/114"  # 1 − 0.07/(3·0.38)


@pytest.mark.parametrize("k", ["5", "13"])
def test_derive_prints(k: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["derive", "--k", k, "--weights", "linear"]) == 0
    assert "local rate" in capsys.readouterr().out


# --- radius, run


def test_radius_keys(capsys: pytest.CaptureFixture[str]) -> None:
    mixture = ["--k", "3", "--weights", "one-heavy:9/10"]
    arguments = ["radius", *mixture, "--kind", "factor", "--gap", "0.9", "--digits", "4"]
    data = run_json(capsys, *arguments)
    assert set(data) >= {"lower", "upper", "evidence", "worst_point", "sigma"}
    assert data["evidence"] == "measured"
    threshold = Fraction(9, 10) * Fraction(data["sigma"])
    inside = run_json(capsys, "evaluate", *mixture, "--radius", data["lower"])
    outside = run_json(capsys, "evaluate", *mixture, "--radius", data["upper"])
    assert Fraction(inside["g1"]) > threshold > Fraction(outside["g1"])
    assert cli.main(arguments) == 0
    assert f"between {data['lower']} and {data['upper']}" in capsys.readouterr().out


def test_a_certified_radius_says_how_far_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["overspec.commands.radius"], "EVERY", 0.0)
    arguments = ["radius", "--k", "2", "--weights", "9/10,1/10", "--gap", "0.9", "--certify"]
    assert cli.main([*arguments, "--json"]) == 0
    streams = capsys.readouterr()
    assert json.loads(streams.out)["evidence"] == "certified"
    lines = streams.err.splitlines()
    assert lines[-1] == "covered 100%"
    assert len(lines) > 2
    assert all(re.fullmatch(r"covered \d+%", line) for line in lines)


def test_radius_without_end(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["radius", "--weights", "7/10,3/10", "--kind", "convexity", "--digits", "3"]
    assert run_json(capsys, *arguments)["upper"] == "inf"
    assert cli.main(arguments) == 0
    assert "no failure seen" in capsys.readouterr().out


def test_run_population(capsys: pytest.CaptureFixture[str]) -> None:
    data = run_json(capsys, "run", *MIXTURE, "--radius", "1", "--steps", "5")
    assert set(data) >= {"steps", "rate_measured", "rate_predicted"}
    assert [step["t"] for step in data["steps"]] == list(range(6))
    point = run_json(capsys, "evaluate", *MIXTURE, "--radius", "1")
    assert abs(Fraction(data["steps"][0]["kl"]) - Fraction(point["kl"])) < Fraction(1, 10**9)
    assert data["rate_predicted"] == "0.8649"


@pytest.mark.parametrize(
    "extra", [["--covariance", "isotropic"], ["--free"]], ids=["isotropic", "free"]
)
def test_run_variants(extra: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["run", *MIXTURE, "--radius", "1", "--steps", "3", *extra]
    data = run_json(capsys, *arguments)
    kl = [Fraction(step["kl"]) for step in data["steps"]]
    assert kl == sorted(kl, reverse=True)
    assert cli.main(arguments) == 0
    assert "predicted" in capsys.readouterr().out


def test_long_runs_print_few_rows(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "--weights", "7/10,3/10", "--radius", "1", "--steps", "60"]) == 0
    out = capsys.readouterr().out
    assert len(out.splitlines()) < 40
    assert "\n60 " in out
    assert "\n25 of 61 rows shown; the JSON output has all.\n" in out
    assert cli.main(["run", "--weights", "7/10,3/10", "--radius", "1", "--steps", "24"]) == 0
    assert "rows shown" not in capsys.readouterr().out


@pytest.mark.parametrize("patience", [0.0, 60.0])
def test_what_is_silent_shows_that_it_works(
    patience: float, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "PATIENCE", patience)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")  # rich is told that this is a terminal
    with output.waiting("at work"):
        while patience == 0 and "at work" not in capsys.readouterr().err:
            time.sleep(0.01)
    assert "at work" not in capsys.readouterr().err.split("\x1b[2K")[-1]  # and is gone
    assert cli.main(["radius", *MIXTURE, "--kind", "factor", "--orbit", "simplex", "--json"]) == 0
    json.loads(capsys.readouterr().out)


def test_nothing_moves_where_nobody_sees_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "PATIENCE", 0.0)
    assert cli.main(["lloyd", "--k", "3", "--json"]) == 0
    assert capsys.readouterr().err == ""


# --- verify, report


def test_verify_writes_the_ledger_it_prints(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = ("verify", "--k", "2:3", "--claims", "P4", "--out", str(tmp_path / "new"))
    data = run_json(capsys, *arguments)
    (row,) = data["claims"]
    assert set(row) >= {"id", "outcome", "evidence", "margin", "seconds", "command"}
    assert json.loads((tmp_path / "new" / "ledger.json").read_text()) == data
    assert os.listdir(tmp_path / "new") == ["ledger.json"]
    assert data["owner"] == ""


@pytest.mark.slow
def test_the_owner_of_a_ledger_is_the_author_of_its_report(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out, ada, second = str(tmp_path), "Ada <Lovelace> & Co_1", "Emmy Noether"
    owned = run_json(
        capsys, "verify", "--k", "2", "--claims", "P4", "--owner", f" {ada} ", "--out", out
    )
    assert owned["owner"] == ada
    ledger = tmp_path / "ledger.json"
    for given, author in (((), ada), (("--owner", second), second)):
        run_json(capsys, "report", "--ledger", str(ledger), *given, "--out", out)
        assert (
            f'<p class="byline">{html.escape(author)}'
            in (tmp_path / "overspec-report.html").read_text()
        )
    assert json.loads(ledger.read_text())["owner"] == ada
    kept = dict(owned)
    del kept["owner"]  # as ledgers of 0.1 are
    ledger.write_text(json.dumps(kept))
    run_json(capsys, "report", "--ledger", str(ledger), "--out", out)
    assert '<p class="byline">overspec ' in (tmp_path / "overspec-report.html").read_text()


@pytest.mark.parametrize("owner", ["two\nlines", "x" * 201, "\x1b[2J"])
def test_an_owner_is_one_name(owner: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", "--k", "2", "--claims", "P4", "--owner", owner]) == 2
    err = capsys.readouterr().err
    assert "a name on one line, of at most 200 printable letters" in err
    assert "\x1b" not in err


def test_verify_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", "--k", "2", "--claims", "P4"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("claim")
    assert "P4" in out
    assert "1 claim was checked for k = 2" in out
    assert re.search(r"^P4 .* amended +amended +proved", out, re.M)  # outcome, expected, evidence
    assert "\x1b" not in out
    assert err == "[1/1] P4\n"


@pytest.mark.parametrize(
    ("outcome", "code"),
    [(overspec.Outcome.REFUTED, 1), (overspec.Outcome.INCONCLUSIVE, 3)],
)
def test_exit_code_of_a_claim_that_fails(
    outcome: overspec.Outcome,
    code: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dataclasses import replace

    from overspec.verify.claims import run

    def failing(*arguments: Any) -> overspec.Certificate:
        return replace(real(*arguments), outcome=outcome)

    real = run.examine
    monkeypatch.setattr(run, "examine", failing)
    assert cli.main(["verify", "--k", "2", "--claims", "P4"]) == code
    assert f"P4 is {outcome.value}, expected amended" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "ks"), [("3", (3,)), ("2:5", (2, 3, 4, 5)), ("4,2", (2, 4)), ("2:3,3:4", (2, 3, 4))]
)
def test_ranges_of_k(text: str, ks: tuple[int, ...]) -> None:
    assert integer_range(text, "--k") == ks


# --- what goes wrong inside


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> type[BaseException]:
    from overspec.verify.engines import evaluate

    class Surprise(Exception):
        pass

    def fail(*arguments: Any, **options: Any) -> None:
        raise Surprise("deep inside")

    monkeypatch.setattr(evaluate, "evaluate", fail)
    return Surprise


POINT = ["evaluate", *MIXTURE, "--amplitudes", "1"]


def test_internal_error(broken: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*POINT, "--json"]) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert "internal error: Surprise: deep inside" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("way", ["option", "environment"])
def test_debug_shows_the_traceback(
    way: str,
    broken: object,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if way == "environment":
        monkeypatch.setenv("OVERSPEC_DEBUG", "1")
    assert cli.main(["--debug", *POINT] if way == "option" else POINT) == 4
    assert "Traceback" in capsys.readouterr().err


def test_interrupt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from overspec.verify.engines import evaluate

    def interrupt(*arguments: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluate, "evaluate", interrupt)
    assert cli.main(POINT) == 130
    assert capsys.readouterr().out == ""


def test_broken_pipe(tmp_path: Path) -> None:
    code = (
        "import os, sys\nos.close(0)\nfrom overspec.cli import main\n"
        "sys.exit(main(['derive', '--k', '4', '--weights', 'linear']))"
    )
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.slow
def test_a_terminal_without_greek(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "overspec", "verify", "--k", "2", "--claims", "P4"],
        cwd=tmp_path,  # not the sources: there "overspec" is a folder without its parts
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
