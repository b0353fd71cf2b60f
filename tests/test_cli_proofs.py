"""``overspec derive --explain`` and ``--tex``: steps, TeX that compiles, errors."""

import json
from pathlib import Path

import pytest
from pylatexenc.latexwalker import LatexWalker

from overspec import cli
from overspec.proofs.catalogue import DERIVATIONS
from overspec.reports.pdf import compile_pdf


def out(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.main(["derive", *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("label", DERIVATIONS)
def test_explain_shows_every_step_of_every_derivation(
    label: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = out(capsys, "--explain", label)
    derivation = DERIVATIONS[label](3)
    for step in derivation.steps:
        assert step.equation.text in text
        assert step.words in text
    assert derivation.statement.text in text
    assert f"{len(derivation.steps)} steps" in text
    assert text.count(": rejected") == len(derivation.mutants())


def test_explain_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    data = json.loads(out(capsys, "--k", "4", "--explain", "S6", "--json"))
    assert (data["id"], data["k"], data["failures"]) == ("S6", 4, [])
    assert len(data["steps"]) == 4
    assert all(mutant["rejected"] for mutant in data["mutants"])


def test_a_failed_check_is_exit_code_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, wrong = DERIVATIONS["S2"](3).mutants()[0]
    monkeypatch.setitem(DERIVATIONS, "S2", lambda k: wrong)
    assert cli.main(["derive", "--explain", "S2"]) == 1
    text = capsys.readouterr().out
    assert "NOT proved" in text
    assert "Re-checked" not in text


CASES = [
    ("--k", "4"),
    ("--k", "5", "--weights", "uniform"),
    ("--weights", "1/4,1/6,1/12,1/4,1/6,1/12"),
    ("--weights", "1/2,(sqrt(5)-1)/4,(3-sqrt(5))/4"),
    ("--k", "13", "--weights", "linear"),
    *(("--k", "4", "--explain", label) for label in DERIVATIONS),
]


def test_the_tex_parses_and_compiles(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pages = [out(capsys, *case, "--tex") for case in CASES]
    for page in pages:
        assert page.isascii()
        LatexWalker(page, tolerant_parsing=False).get_latex_nodes()
    source = tmp_path / "paper.tex"
    body = "\n\n".join(pages)
    source.write_text(
        "\\documentclass{article}\n\\usepackage{amsmath}\n\\begin{document}\n"
        f"{body}\n\\end{{document}}\n",
        encoding="utf-8",
    )
    pdf = compile_pdf(source)
    assert pdf.path is not None, pdf.reason


def test_tex_shows_the_law_and_the_faces(capsys: pytest.CaptureFixture[str]) -> None:
    page = out(capsys, "--weights", "1/4,1/6,1/12,1/4,1/6,1/12", "--tex")
    assert r"t^2\,\mathrm{KL}_t\to\frac{9}{56}" in page
    assert "$2, 6$ & $1, 3$ & 2 & 3" in page
    assert "7$ is prime" in out(capsys, "--k", "7", "--tex")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--explain", "S99"], "no such derivation"),
        (["--explain", "S6", "--k", "13"], "to k = 12"),
        (["--explain", "S6", "--k", "1"], "k = 1"),
        (["--explain", "S6", "--weights", "1/2,1/2"], "leave out --weights"),
        (["--k", "4", "--tex", "--json"], "not both"),
    ],
)
def test_bad_requests(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["derive", *arguments]) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.out == ""
