"""`overspec evaluate`: which engine, and what it prints where not everything can be listed."""

import json
from fractions import Fraction
from typing import Any

import pytest

from overspec import cli

HUGE = ["evaluate", "--k", "1000000000000", "--weights", "one-heavy:1/2", "--radius", "2"]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert cli.main([*arguments, "--json"]) == 0
    data: dict[str, Any] = json.loads(capsys.readouterr().out)
    return data


def test_a_huge_simplex(capsys: pytest.CaptureFixture[str]) -> None:
    short, long = run(capsys, *HUGE), run(capsys, *HUGE, "--digits", "25", "--modes", "2")
    assert (short["engine"], short["modes"], long["modes"]) == ("laplace", 8, 2)
    assert (short["g_all_equal"], len(short["map_amplitudes"])) == (True, 8)
    assert sum(short["hessian_multiplicities"]) == 10**12 - 1
    assert abs(Fraction(short["g1"]) - Fraction(long["g1"])) < Fraction(1, 10**13)
    assert abs(Fraction(short["kl"]) - Fraction(long["kl"])) < Fraction(1, 10**13)
    for a, b in zip(short["hessian_eigenvalues"], long["hessian_eigenvalues"], strict=True):
        assert abs(Fraction(a) - Fraction(b)) < Fraction(1, 10**12)
    assert cli.main(HUGE) == 0
    out = capsys.readouterr().out
    assert "every g_m" in out
    assert "(x 499999999999)" in out
    assert len(out) < 2000


@pytest.mark.parametrize(
    ("arguments", "engine", "evidence"),
    [
        (["--k", "3", "--weights", "linear", "--amplitudes", "1"], "laplace", "measured"),
        (["--k", "4", "--weights", "linear", "--amplitudes", "1,1"], "pairs", "measured"),
        (["--k", "4", "--weights", "linear", "--amplitudes", "0,1", "--digits", "20"],
         "pairs", "measured"),
        (["--k", "5", "--weights", "linear", "--amplitudes", "0,1"], "lattice", "measured"),
        (["--k", "6", "--weights", "linear", "--amplitudes", "0,0,1", "--digits", "20"],
         "multiprecision", "measured"),
        (["--k", "5", "--weights", "linear", "--amplitudes", "1,4/5"], "low-rank", "measured"),
        (["--k", "6", "--weights", "linear", "--amplitudes", "1,1/2,1/4"], "opposites", "measured"),
        (["--k", "7", "--weights", "linear", "--amplitudes", "1,1,0"], "sampling", "sampled"),
    ],
)  # fmt: skip
def test_the_engine_is_chosen_and_shown(
    arguments: list[str], engine: str, evidence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = run(capsys, "evaluate", *arguments)
    assert (data["engine"], data["evidence"]) == (engine, evidence)
    assert ("seed" in data) == (engine == "sampling")


@pytest.mark.parametrize(
    "others",
    [
        ("lattice", "sampling"),
        ("pairs",),
        pytest.param(("multiprecision",), marks=pytest.mark.slow),
    ],
    ids=" ".join,
)
def test_engines_can_be_forced_and_agree(
    others: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    point = ["evaluate", "--k", "4", "--weights", "linear", "--radius", "1"]
    found = {name: run(capsys, *point, "--engine", name) for name in ("laplace", *others)}
    for name, data in found.items():
        assert data["engine"] == name
        error = 2 * Fraction(data["errors"]["kl"]) + Fraction(
            1, 10**14
        )  # its last digit is rounded
        assert abs(Fraction(data["kl"]) - Fraction(found["laplace"]["kl"])) <= error


def test_a_hessian_that_is_left_out_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    point = ["evaluate", "--k", "201", "--weights", "linear", "--radius", "1"]
    data = run(capsys, *point)
    assert data["hessian_eigenvalues"] is None
    assert len(data["map_amplitudes"]) == data["modes"] == 100
    assert cli.main(point) == 0
    assert "left out" in capsys.readouterr().out
