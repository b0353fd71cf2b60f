"""Comparisons of formulas: the checker's moments, what it refuses, and the way from the gallery."""

import copy
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import mpmath
import pytest
from made import certificate, resealed

import overspec as ov
from overspec import cli
from overspec.results.schema import schema
from overspec.verify.check.format import Rejected
from overspec.verify.check.moments.enclose import enclose
from overspec.verify.check.moments.rounded import Rounded
from overspec.verify.check.moments.tree import Reader, words
from overspec.verify.check.value import Purse
from overspec.verify.check.verdict import confirm

Certificate = dict[str, Any]
MIXED = [["2/3", "1/2"], ["1/3", "-2"]]


@pytest.mark.parametrize(
    "tree",
    [
        ["E", 2, 2, 1, "3", "1/4", MIXED],
        ["E", 4, 0, 3, "1/3", "-1", MIXED],
        ["E", 0, 8, 0, "9", "0", [["1", "0"]]],
        ["E", 3, 0, 0, "0", "0", MIXED],
        ["E", 1, 0, 1, ["E", 1, 0, 1, "1/2", ["atanh", "1/2"], MIXED], "0", MIXED],
    ],
)
def test_moments_against_another_quadrature(tree: list[Any]) -> None:
    with mpmath.workdps(25):
        value = by_mpmath(tree)
        for digits in (4, 12, 17):
            low, high = enclose(Reader().read(tree), digits, Purse(10**9))
            assert high - low < Fraction(1, 10**digits)
            assert mpmath.mpf(low.numerator) / low.denominator <= value
            assert value <= mpmath.mpf(high.numerator) / high.denominator


def by_mpmath(tree: Any) -> Any:
    if isinstance(tree, str):
        return mpmath.mpf(Fraction(tree).numerator) / Fraction(tree).denominator
    if tree[0] == "atanh":
        return mpmath.atanh(by_mpmath(tree[1]))
    _, p, m, n, slope, shift, law = tree
    s, b = by_mpmath(slope), by_mpmath(shift)

    def f(x: Any) -> Any:
        y = s * x + b
        density = sum(by_mpmath(w) * mpmath.npdf(x, by_mpmath(mean), 1) for w, mean in law)
        return x**p * mpmath.sech(y) ** m * mpmath.tanh(y) ** n * density

    return mpmath.quad(f, [-14, -5, -2, 0, 2, 5, 12])


@pytest.mark.parametrize(
    ("operation", "function"),
    [("exp", "exp"), ("log", "log"), ("root", "sqrt"), ("atanh", "atanh"), ("erf", "erf"),
     ("tanh", "tanh"), ("sech", "sech")],
)  # fmt: skip
def test_every_end_is_rounded_outward(operation: str, function: str) -> None:
    at = Rounded(24)
    with mpmath.workdps(40):
        for n in range(1, 20):
            span = at.of(Fraction(n, 21))
            low, high = at.ends(getattr(at, operation)(span))
            a, b = (mpmath.mpf(end.numerator) / end.denominator for end in at.ends(span))
            values = sorted(getattr(mpmath, function)(x) for x in (a, b))
            assert mpmath.mpf(low.numerator) / low.denominator < values[0]
            assert values[1] < mpmath.mpf(high.numerator) / high.denominator


def change(*path: Any, value: Any) -> Callable[[Certificate], None]:
    def changed(c: Certificate) -> None:
        place: Any = c
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return changed


LEFT = ("inputs", "comparisons", 0, "left")


@pytest.mark.parametrize(
    ("forge", "status"),
    [
        (change("parameters", "verdicts", 0, value="sharp"), "false"),
        (change("parameters", "verdicts", 1, value="holds"), "false"),
        (change("inputs", "comparisons", 1, "relation", value="<="), "false"),
        (change(*LEFT, value=["E", 0, 2, 0, "4/5", "0", [["1/2", "0"], ["1/3", "0"]]]), "false"),
        (change(*LEFT, value=["E", 5, 0, 0, "1", "0", [["1", "0"]]]), "false"),
        (change(*LEFT, value=["open", "1"]), "false"),
        (change(*LEFT, value=["+", "1"]), "false"),
        (change(*LEFT, value="sqrt(2)"), "false"),
        (change(*LEFT, value="1/0"), "false"),
        (change(*LEFT, value=7), "false"),
        (change(*LEFT, value=["/", "1", "0"]), "not decided"),
        (change(*LEFT, value=["sqrt", "-1"]), "not decided"),
        (change(*LEFT, value=["log", "0"]), "not decided"),
        (change(*LEFT, value=["atanh", "1"]), "not decided"),
        (change(*LEFT, value=["exp", ["exp", "99"]]), "not decided"),
        (change(*LEFT, value=["E", 0, 2, 0, "9" * 40, "0", [["1", "0"]]]), "not decided"),
        (change(*LEFT, value=["E", 0, 2, 0, "1", "0", [[["exp", "0"], "0"]]]), "not decided"),
        (change("inputs", "programs", value=-1), "false"),
        (change("inputs", "comparisons", value=[]), "false"),
        (change("engine", value="lattice"), "false"),
    ],
)
def test_a_forged_comparison_is_not_proved(
    forge: Callable[[Certificate], None], status: str
) -> None:
    forged = copy.deepcopy(certificate("comparison"))
    forge(forged)
    assert confirm(resealed(forged)).status == status


def test_a_law_has_mass_one() -> None:
    for law in ([["1/2", "0"], ["1/3", "0"]], [["3/2", "0"], ["-1/2", "0"]], [["0", "0"]]):
        with pytest.raises(Rejected, match="positive and sum to 1"):
            Reader().read(["E", 0, 2, 0, "1", "0", law])


def test_a_formula_too_deep_is_not_decided() -> None:
    deep: Any = "1/3"
    for _ in range(150):
        deep = ["exp", ["-", "0", deep]]
    forged = copy.deepcopy(certificate("comparison"))
    forged["inputs"]["comparisons"][0]["left"] = deep
    assert confirm(resealed(forged)).status == "not decided"


def test_what_is_proved_is_said_from_the_formula() -> None:
    verdict = confirm(certificate("comparison"))
    assert verdict.status == "proved again"
    assert "E[sech(1 x + 0)^2; x ~ N(0, 1)], in [0.6057055096021588" in verdict.statement[6]
    assert verdict.statement[7:9] == ("<= (303/500)", "this is sharp")
    assert "this is refuted" in verdict.statement
    assert words(Reader().read(["^", ["pi"], 3])) == "pi^3"


@pytest.mark.parametrize(
    ("paper", "options", "code", "left_out"),
    [
        pytest.param("1609.00368", ["--theta", "2/5"], 0, "proved", marks=pytest.mark.slow),
        ("weinberger_2022", [], 3, "1 more statements of the paper rest on programs"),
    ],
)
def test_from_the_gallery_to_the_checker(
    paper: str,
    options: list[str],
    code: int,
    left_out: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Ten steps at 0.4 fail, proved twice; a paper of which only a part has formulas."""
    file = tmp_path / f"{paper}.json"
    assert cli.main(["gallery", paper, *options, "--certificate", str(file)]) == 0
    made = json.loads(file.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema("certificate")).validate(made)
    capsys.readouterr()
    assert cli.main(["check", str(file)]) == code
    found = " ".join(capsys.readouterr().out.split())
    assert "this is refuted" in found
    assert left_out in found


def test_nothing_to_state_is_said(tmp_path: Path) -> None:
    file = tmp_path / "none.json"
    with pytest.raises(ov.InputError, match="no statement compares two formulas"):
        ov.save_certificate(ov.gallery.mallik_2026(), file)
    assert not file.exists()
    with pytest.raises(ov.InputError, match="relation '<'"):
        ov.gallery.compare(ov.gallery.formula.number(1), "<", 2, "", "")
    with pytest.raises(ov.InputError, match="degree = 5"):
        ov.gallery.formula.moment(1, 0, degree=5)
    with pytest.raises(ov.InputError):
        ov.gallery.formula.number(0.5)
    with pytest.raises(ov.InputError, match="power 9"):
        ov.gallery.formula.number(2) ** 9
