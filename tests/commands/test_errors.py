"""Bad input: one line on standard error, exit code 2, nothing on standard output, no traceback."""

from pathlib import Path

import pytest

from overspec.cli import main

pytestmark = pytest.mark.quick

WEIGHTS = ["--k", "3", "--weights", "1/2,3/10,1/5"]
POINT = [*WEIGHTS, "--amplitudes", "1"]

BAD = [
    # the mixture, for each command that takes one
    *(
        ([command, *arguments, *point], part)
        for command, point in [
            ("evaluate", ["--radius", "1"]),
            ("run", ["--radius", "1"]),
            ("radius", []),
            ("samples", ["--n", "100"]),
            ("derive", []),
        ]
        for arguments, part in [
            (["--k", "1", "--weights", "uniform"], "k = 1"),
            (["--k", "-3", "--weights", "uniform"], "k = -3"),
            (["--k", "3", "--weights", "1/2,1/2"], "2 weights for k = 3"),
            (["--k", "3", "--weights", "1/2,1/4,1/8"], "sum to 7/8"),
            (["--k", "2", "--weights", "3/2,-1/2"], "not positive"),
            (["--k", "2", "--weights", "1,0"], "not positive"),
            (["--k", "2", "--weights", "a,b"], "not an exact number"),
            (["--k", "2", "--weights", "nan,1"], "not an exact number"),
            (["--k", "2", "--weights", "__import__('os'),1"], "not an exact number"),
            (["--k", "2", "--weights", "1/0,1"], "division by zero"),
            (["--k", "3", "--weights", "one-heavy"], "needs a parameter"),
            (["--k", "3", "--weights", "one-heavy:2"], "strictly in (0, 1)"),
            (["--k", "3", "--weights", ""], "empty"),
            (["--weights", "uniform"], "--k is missing"),
            (["--k", "4", "--d", "2", "--weights", "linear"], "needs d >= k"),
        ]
    ),
    (["derive"], "--k is missing"),
    (["derive", "--k", "100000", "--weights", "uniform"], "or 2000"),
    (["derive", "--k", "201", "--weights", "linear"], "up to k = 200"),
    (["evaluate", "--k", "3", "--radius", "1"], "--weights is missing"),
    # the point
    (["evaluate", *WEIGHTS], "or by --radius"),
    (["evaluate", *POINT, "--radius", "1"], "both"),
    (["evaluate", *WEIGHTS, "--radius", "-1"], "negative"),
    (["evaluate", *WEIGHTS, "--radius", "inf"], "not an exact number"),
    (["evaluate", *WEIGHTS, "--amplitudes", "1,2"], "2 amplitudes for k = 3"),
    (["evaluate", *WEIGHTS, "--amplitudes", ""], "empty"),
    (["evaluate", *POINT, "--digits", "0"], "digits"),
    (["evaluate", *POINT, "--digits", "100000"], "digits"),
    (["evaluate", "--k", "9", "--weights", "linear", "--radius", "1", "--engine", "lattice"], "k"),
    (["evaluate", *POINT, "--engine", "sinc"], "engine 'sinc'"),
    (["evaluate", *POINT, "--modes", "2"], "modes = 2"),
    (["evaluate", *POINT, "--seed", "1"], "only sampling"),
    (["evaluate", *POINT, "--engine", "sampling", "--seed", "-1"], "seed = -1"),
    # radius
    (["radius", *WEIGHTS, "--gap", "0"], "gap"),
    (["radius", *WEIGHTS, "--gap", "3/2"], "gap"),
    (["radius", *WEIGHTS, "--gap", "x"], "gap"),
    (["radius", *WEIGHTS, "--digits", "0"], "digits"),
    (["radius", "--k", "3", "--weights", "uniform"], "frequency"),
    # samples
    (["samples", *WEIGHTS], "neither"),
    (["samples", *WEIGHTS, "--error", "0.1", "--n", "100"], "both"),
    (["samples", *WEIGHTS, "--kl", "0.1", "--n", "100"], "both"),
    (["samples", *WEIGHTS, "--kl", "-1"], "kl = -1"),
    (["samples", *WEIGHTS, "--error", "0"], "error = 0"),
    (["samples", *WEIGHTS, "--error", "-1"], "error = -1"),
    (["samples", *WEIGHTS, "--error", "1e-20"], "between 1e-12 and 1e6"),
    (["samples", *WEIGHTS, "--error", "x"], "not an exact number"),
    (["samples", *WEIGHTS, "--error", "0.1", "--delta", "0"], "delta = 0"),
    (["samples", *WEIGHTS, "--error", "0.1", "--delta", "1"], "delta = 1"),
    (["samples", *WEIGHTS, "--error", "0.1", "--delta", "1e-200"], "1e-100"),
    (["samples", *WEIGHTS, "--n", "0"], "n = 0"),
    (["samples", *WEIGHTS, "--n", "10000000000000000"], "10^15"),
    (["samples", *WEIGHTS, "--n", "100", "--seed", "-1"], "--seed -1"),
    (["samples", "--k", "60", "--weights", "linear", "--n", "100"], "k <= 50"),
    (["samples", "--k", "3", "--n", "100"], "--weights is missing"),
    # run
    (["run", *POINT, "--steps", "-1"], "--steps"),
    (["run", *POINT, "--steps", "10000000000"], "--steps"),
    (["run", *POINT, "--data", "absent.npy"], "absent.npy"),
    (["run", *POINT, "--data", "/"], "/"),
    (["run", *POINT, "--covariance", "full"], "full"),
    # verify
    (["verify", "--k", "x"], "--k"),
    (["verify", "--k", "4:2"], "--k"),
    (["verify", "--k", "2:1000000000000"], "--k"),
    (["verify", "--k", "1"], "k = 1"),
    (["verify", "--k", "7"], "k = 7"),
    (["verify", "--claims", "Z9"], "Z9"),
    (["verify", "--claims", "P4", "--jobs", "0"], "jobs = 0"),
    # gallery
    (["gallery", "1609.00368", "--theta", "nan"], "theta 'nan' is not an exact number"),
    (["gallery", "1609.00368", "--theta", "9"], "use 0.05 <= theta <= 4"),
    (["gallery", "1609.00368", "--theta", "sqrt(2)"], "give a rational number"),
    (["gallery", "1609.00368", "--rho", "1/2"], "has no parameter rho; its parameters: theta"),
    (["gallery", "2407.00490", "--steps", "21/2"], "give an integer"),
    (["gallery", "--theta", "1"], "--theta is for one paper"),
    (["gallery", "1609.00368", "--all"], "not both"),
    (["gallery", "--out", "x.json"], "nothing was run"),
    (["gallery", "xu_2018", "--plot"], "1810.11344 has no figure; there are figures of 1609.00368"),
    (["gallery", "1609.00368", "--plot", "x.gif"], "the name must end with .png, .pdf, .svg"),
    # report
    (["report", "--ledger", "absent.json"], "absent.json"),
    (["report", "--ledger", "/"], "/"),
]


@pytest.mark.parametrize("json", [[], ["--json"]], ids=["text", "json"])
@pytest.mark.parametrize(("arguments", "part"), BAD, ids=lambda value: None)
def test_bad_input(
    arguments: list[str],
    part: str,
    json: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*arguments, *json]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert part in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["evaluate", "--nonsense"],
        ["evaluate", "--k", "three"],
        ["radius", *WEIGHTS, "--kind", "nonsense"],
        ["run", *POINT, "--covariance", "diagonal"],
        ["verify", "extra"],
    ],
)
def test_bad_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Error: " in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        '{"schema": "other"}',
        '{"schema": "overspec-ledger-4", "ks": [2], "quick": false, "claims": []}',
        '{"schema": "overspec-ledger-4", "ks": [2], "quick": false, "claims": [{"id": "Z9"}]}',
        '{"schema": "overspec-ledger-4", "ks": "x", "quick": false, "claims": 3}',
        b"\xff\xfe",
    ],
    ids=range(9),
)
def test_damaged_ledger(
    content: str | bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = tmp_path / "ledger.json"
    ledger.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert main(["report", "--ledger", str(ledger), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.startswith("error: ")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("a.csv", b"", ""),
        ("a.csv", b"1,2\n3\n", ""),
        ("a.csv", b"1,x\n2,y\n3,z\n", ""),
        ("a.csv", b"1,nan\n2,3\n", ""),
        ("a.csv", b"1,2,3\n4,5,6\n7,8,10\n", "2"),
        ("a.npy", b"not numpy", ""),
        ("a.txt", b"1,2\n", ""),
    ],
)
def test_bad_data(
    name: str, content: bytes, part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / name
    data.write_bytes(content)
    assert main(["run", *POINT, "--data", str(data)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert part in err


def test_pickled_data_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import numpy as np

    np.save(tmp_path / "a.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    assert main(["run", *POINT, "--data", str(tmp_path / "a.npy")]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_unwritable_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    arguments = ["verify", "--k", "2", "--claims", "P4", "--out", str(tmp_path / "file" / "out")]
    assert main(arguments) == 2
    assert "cannot write" in capsys.readouterr().err
