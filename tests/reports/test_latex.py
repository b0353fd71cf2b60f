"""The report parses strictly, compiles where an engine is found, escapes what a ledger holds."""

import cmath
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import jinja2
import pypdf
import pytest
from hostile import HOSTILE, attacked
from pylatexenc.latexwalker import LatexWalker
from report_ledgers import with_experiments
from sizes import slow_but
from tex_files import needs_tex_files

from overspec import Outcome, cli
from overspec.proofs.catalogue import DERIVATIONS
from overspec.proofs.identities.conditions import invertibility_condition
from overspec.reports import fragment
from overspec.reports.content.claims import claim_anchor
from overspec.reports.content.compose import compose
from overspec.reports.content.document import Graph, Paragraph, prose
from overspec.reports.content.mathematics import Formula, is_safe, mathml
from overspec.reports.content.summary import closing_sentence
from overspec.reports.printing import drawing, latex, pdf
from overspec.reports.printing.tex import MATH, SPECIAL, TEXT, escape
from overspec.reports.report import write_report
from overspec.verify.claims.ledger import Ledger
from overspec.verify.claims.registry import LABELS, claim
from overspec.verify.claims.run import run


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return run((2, 3), ("P4", "S2"))


def render(ledger: Ledger) -> str:
    return latex.render(compose(ledger), {})


def parse(source: str) -> Any:
    return LatexWalker(source, tolerant_parsing=False).get_latex_nodes()


def test_the_report_parses_and_holds_every_claim(ledger: Ledger) -> None:
    source = render(ledger)
    parse(source)
    assert source.isascii()
    for c in ledger.certificates:
        assert f"\\claimed{{claim-{c.claim}}}" in source
        assert c.provenance.command.replace("--", "-{}-").split()[-1] in source
        for span in prose(c.text.statement):
            assert not isinstance(span, Formula) or span.tex in source or len(span.tex) > 60


@pytest.mark.parametrize("label", slow_but(LABELS, LABELS[::8]))
def test_every_statement_is_prose_and_plain_mathematics(label: str) -> None:
    statement = claim(label).statement
    parse(statement)
    for span in prose(statement):
        if isinstance(span, Formula):
            assert not re.search(r"\\|<code>", mathml(span))
        else:
            assert not re.search(r"[\\$^_{}]", str(span))


@pytest.mark.parametrize("label", DERIVATIONS)
def test_every_step_is_plain_mathematics(label: str) -> None:
    for step in DERIVATIONS[label](3).steps:
        for tex in (step.lhs.tex, step.rhs.tex):
            assert is_safe(tex)
            assert not re.search(r"\\|<code>", mathml(Formula(tex)))


@pytest.mark.parametrize("k", [2, 5, 7, 12])
def test_every_condition_is_plain_mathematics(k: int) -> None:
    assert all(is_safe(condition.tex) for condition in invertibility_condition(k))


@pytest.mark.parametrize(
    "tex",
    [r"\input{x}", r"\def\a{b}", "a$b", "a % b", r"\write18{ls}", "^^41", r"\csname x\endcsname",
     "{", "}{", r"\left( x", "x_", "", "\\", "#1", "a&b", "π", r"\catcode"],
)  # fmt: skip
def test_other_tex_is_not_a_formula(tex: str) -> None:
    assert not is_safe(tex)


def test_the_same_ledger_gives_the_same_bytes(ledger: Ledger) -> None:
    assert render(ledger) == render(Ledger.from_json(json.loads(json.dumps(ledger.to_json()))))


@pytest.mark.parametrize("attack", HOSTILE, ids=range(len(HOSTILE)))
def test_text_of_a_ledger_cannot_become_a_command(ledger: Ledger, attack: str) -> None:
    source = render(attacked(ledger, attack))
    parse(source)
    assert source.isascii()
    assert not re.search(r"\\(input|VAR)\b", source)


def test_a_name_that_the_template_lacks_is_an_error() -> None:
    template = latex.environment().from_string(r"\VAR{nothing}")
    with pytest.raises(jinja2.UndefinedError):
        template.render()


@pytest.mark.parametrize("name", ["report.tex", "report.html"])
def test_the_templates_type_no_number(name: str) -> None:
    source = Path(latex.__file__).parents[1].joinpath("templates", name).read_text()
    body = source[source.index(r"\BLOCK{macro" if name.endswith("tex") else "<body>") :]
    layout = (
        r"\d*\\baselineskip|0\.\d+\\linewidth|h\{\{.*?\}\}|\[\d\]|level (==|\+) \d|> \d|</?h\d"
        r"|== \d|index0|tabindex=.0.|\\claimed.*|pt\b"
    )
    body = re.sub(layout, "", body)
    assert re.findall(r"\d", body) == []


def test_the_closing_sentence_names_what_failed(ledger: Ledger) -> None:
    broken = replace(ledger.certificates[0], outcome=Outcome.INCONCLUSIVE, worst_at="here")
    sentence = closing_sentence(replace(ledger, certificates=(broken, *ledger.certificates[1:])))
    assert f"{broken.claim} is inconclusive, expected " in sentence
    assert "All came out as expected" not in sentence
    assert "All came out as expected" in closing_sentence(ledger)


@pytest.mark.slow
def test_every_claim_of_the_registry_and_others_parse() -> None:
    source = render(with_experiments())
    parse(source)
    for c in with_experiments().certificates:
        assert f"\\claimed{{{latex.label(claim_anchor(c.claim))}}}" in source


@pytest.mark.skipif(shutil.which("chktex") is None, reason="chktex is not installed")
@pytest.mark.parametrize("attack", [None, HOSTILE[0]])
def test_chktex_finds_no_error(ledger: Ledger, tmp_path: Path, attack: str | None) -> None:
    printed = with_experiments() if attack is None else attacked(ledger, attack)
    names = {drawn.id: f"figures/{drawn.id}.pdf" for drawn in compose(printed).drawings}
    (tmp_path / "report.tex").write_text(latex.render(compose(printed), names))
    done = subprocess.run(
        ["chktex", "-q", "-f", "%k %n %l %m\n", "report.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not [line for line in done.stdout.splitlines() if line.startswith("Error")]


# --- PDF

HEADING = r"(\d+|[A-D])\. [A-Z][a-z]"
#: Of TeX or ASCII in what is read: but for the difference of sets, and options of a command.
SOURCE = r"_|\^\{|--(?![a-z])|\\(?! ?\{0\}| ?D\b)"

with_each_engine = pytest.mark.usefixtures("tex_engine")


@pytest.mark.slow
@with_each_engine
def test_the_report_compiles(ledger: Ledger, tmp_path: Path) -> None:
    report = write_report(ledger, tmp_path)
    assert not [reason for reason in report.skipped if reason.startswith("PDF")]
    names = {file.name for file in report.files}
    assert {"overspec-report.tex", "overspec-report.pdf", "overspec-report.html"} <= names
    assert (tmp_path / "overspec-report.pdf").read_bytes().startswith(b"%PDF-")
    assert {p for p in tmp_path.rglob("*") if p.is_file()} == set(report.files)


@with_each_engine
@pytest.mark.parametrize("attack", slow_but(HOSTILE, quick=HOSTILE[:1]), ids=range(len(HOSTILE)))
def test_hostile_text_compiles_without_overfull_lines(
    ledger: Ledger, tmp_path: Path, attack: str
) -> None:
    source = tmp_path / "report.tex"
    source.write_text(render(attacked(ledger, attack)))
    result = pdf.compile_pdf(source)
    assert result.path is not None, result.reason
    assert result.overfull <= 2


@pytest.fixture(scope="module")
def pictures() -> dict[str, bytes]:
    pytest.importorskip("matplotlib")
    drawn = compose(with_experiments()).drawings
    return {f"figures/{one.id}.pdf": drawing.draw(one, "pdf") for one in drawn}


def whole(pictures: dict[str, bytes], folder: Path) -> pdf.Pdf:
    names = {Path(name).stem: name for name in pictures}
    source = folder / "report.tex"
    source.write_text(latex.render(compose(with_experiments()), names))
    return pdf.compile_pdf(source, pictures)


@with_each_engine
def test_a_whole_report_compiles_without_overfull_lines(
    pictures: dict[str, bytes], tmp_path: Path
) -> None:
    """Every claim, every figure, with the engine that pip installs and with TeX Live."""
    result = whole(pictures, tmp_path)
    assert result.path is not None, result.reason
    assert result.overfull <= 2
    assert 8 <= result.pages <= 17  # 16 without a mixture, three claims and a figure of others


@pytest.mark.slow
@with_each_engine
def test_a_whole_report_shows_no_source(pictures: dict[str, bytes], tmp_path: Path) -> None:
    """Read as it is printed: no TeX in the text, no page of a row, no heading at a foot."""
    result = whole(pictures, tmp_path)
    assert result.path is not None, result.reason
    pages = [page.extract_text() for page in pypdf.PdfReader(result.path).pages]
    assert all(len(page.splitlines()) > 10 for page in pages)
    assert not headings_at_a_foot(pages)
    text = "\n".join(pages)
    assert len(re.findall(HEADING, text, re.MULTILINE)) > 10
    assert not re.findall(SOURCE, text)


def headings_at_a_foot(pages: list[str]) -> list[str]:
    last = [page.splitlines()[-2] for page in pages]  # above the number of the page
    return [line for line in last if re.match(HEADING, line)]


@with_each_engine
def test_no_heading_ends_a_page(ledger: Ledger, tmp_path: Path) -> None:
    """Theorems of many lengths after headings: some heading would fall on the last lines."""
    document = compose(ledger)
    heading, theorem = (
        next(one for one in document.sections if one.anchor == name)
        for name in ("operator", "claim-S1")
    )
    sections = []
    for number in range(60):
        words = Paragraph((f"{number} " + "words " * (83 * number % 210 + 20),), "statement")
        sections += [
            replace(heading, anchor=f"part{number}"),
            replace(theorem, anchor=f"claim{number}", blocks=(words,)),
        ]
    source = tmp_path / "report.tex"
    source.write_text(latex.render(replace(document, abstract=(), sections=tuple(sections)), {}))
    result = pdf.compile_pdf(source)
    assert result.path is not None, result.reason
    pages = [page.extract_text() for page in pypdf.PdfReader(result.path).pages]
    assert len(re.findall(HEADING, "\n".join(pages), re.MULTILINE)) == 60
    assert not headings_at_a_foot(pages)


@with_each_engine
def test_the_graph_is_linked_in_the_pdf(pictures: dict[str, bytes], tmp_path: Path) -> None:
    """Over each node a link to the section of its claim, where hyperref is found."""
    document = compose(with_experiments())
    graph = next(one for one in document.drawings if isinstance(one, Graph))
    section = next(one for one in document.sections if graph in one.blocks)
    plain = r"\pdfcompresslevel=0 \pdfobjcompresslevel=0 "  # so that a test can read the file
    source = tmp_path / "report.tex"
    claims = [one for one in document.sections if one.anchor.startswith("claim-")]
    short = replace(
        document, abstract=(), sections=(section, *(replace(c, blocks=()) for c in claims))
    )
    names = {Path(name).stem: name for name in pictures}
    source.write_text(plain + latex.render(short, names))
    result = pdf.compile_pdf(source, pictures)
    assert result.path is not None, result.reason
    data = result.path.read_bytes()
    links = re.findall(rb"/Rect \[([-\d. ]+)\]\s*/A << /S /GoTo /D \(section\*\.(\d+)\)", data)
    assert len(links) == len(graph.nodes) == len(claims)
    order = {claim.anchor: number for number, claim in enumerate(claims, start=1)}
    assert [int(n) for _, n in links] == [order[node.anchor] for node in graph.nodes]
    boxes = graph.plan(drawing.WIDTH).boxes
    corners = [[float(x) for x in rect.split()] for rect, _ in links]
    lefts = [boxes[node.id].x - boxes[node.id].width / 2 for node in graph.nodes]
    tops = [-boxes[node.id].y for node in graph.nodes]
    for places, edges in ((lefts, [c[0] for c in corners]), (tops, [c[1] for c in corners])):
        unit = (max(edges) - min(edges)) / (max(places) - min(places))
        assert unit == pytest.approx(72 * 178 * 0.48 / 25.4 / drawing.WIDTH, rel=0.01)  # of 178 mm
        for place, edge in zip(places, edges, strict=True):
            assert edge - min(edges) == pytest.approx((place - min(places)) * unit, abs=1)


def test_without_an_engine_the_report_says_so(
    ledger: Ledger,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(pdf, "_engine", lambda: None)
    monkeypatch.setattr("overspec.reports.printing.drawing.available", lambda: False)
    (tmp_path / "ledger.json").write_text(json.dumps(ledger.to_json()))
    (tmp_path / "overspec-report.pdf").write_text("of an older ledger")
    arguments = ["report", "--ledger", str(tmp_path / "ledger.json"), "--out", str(tmp_path)]
    assert cli.main(arguments) == 0
    said = capsys.readouterr().out
    assert "PDF skipped: no LaTeX engine found" in said
    assert "figures skipped: no matplotlib" in said
    names = ["ledger.json", "overspec-report.html", "overspec-report.tex"]
    assert sorted(p.name for p in tmp_path.iterdir()) == names
    assert cli.main([*arguments, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert sorted(Path(name).name for name in data["files"]) == names[1:]


@with_each_engine
def test_an_engine_that_fails_is_a_reason(tmp_path: Path) -> None:
    source = tmp_path / "report.tex"
    source.write_text(r"\documentclass{article}\begin{document}\undefined\end{document}")
    result = pdf.compile_pdf(source)
    assert result.path is None
    assert "Undefined control sequence" in result.reason
    assert [p.name for p in tmp_path.iterdir()] == ["report.tex"]


@with_each_engine
def test_an_overfull_line_is_measured(tmp_path: Path) -> None:
    source = tmp_path / "report.tex"
    source.write_text(
        r"\documentclass{article}\begin{document}\hbox to 10pt{\hskip30pt}\end{document}"
    )
    result = pdf.compile_pdf(source)
    assert result.path is not None, result.reason
    assert result.overfull == pytest.approx(20)


@pytest.mark.parametrize("encoding", slow_but(["OT1", "T1"], ["T1"]))
@pytest.mark.parametrize("fonts", ["", r"\usepackage{lmodern}"], ids=["CM", "LM"])
def test_every_sign_is_in_the_fonts(
    encoding: str, fonts: str, tex_engine: str, tmp_path: Path
) -> None:
    """Text that we escape and formulas, in a line, in scripts and in footnotes; none is missing."""
    if not fonts and tex_engine != str(pdf._bundled()) and not has_file("sfbx0700.pfb"):
        pytest.skip("this TeX Live lacks cm-super, Computer Modern in T1 and TS1")
    signs = [sign for table in (MATH, TEXT, SPECIAL) for sign in table if sign != '"']
    texts = [escape(sign) for sign in (*signs, "ŵ π̄_m R^{-j} e^{c|x|} |π̂_m|² w_jf_j")]
    formulas = [
        *(rf"\{size}{mark} x" for size in ("big", "Big", "bigg", "Bigg")
          for mark in ("(", "]", r"\langle", "|", r"\lfloor", r"\|")),
        r"\sum_{j}\prod_{j}\int\oint\widehat{abc}\widetilde{abc}\sqrt{\frac{1}{\frac{2}{3}}}",
        r"\mathbf{P}\mathcal{F}\mathrm{KL}\mathsf{T}\mathit{x}\hat\pi\bar Y\tilde w\vec x\dot x",
        r"\left(\frac{\frac{1}{2}}{\frac{3}{4}}\right)\left\{\binom{n}{k}\right\}\overline{f_m}",
        r"x\pmod k \iff y \implies z \longrightarrow w \cong v \ne u \notin \emptyset",
    ]  # fmt: skip
    body = "\n\n".join(
        [rf"{size} a{text}b \texttt{{{text}}} \textbf{{{text}}}" for text in texts
         for size in (r"\normalsize", r"\scriptsize")]
        + [rf"{size} ${formula}$ $x_{{{formula}}}^{{y_{{{formula}}}}}$ \[ {formula} \]"
           for formula in formulas for size in (r"\normalsize", r"\footnotesize", r"\Large")]
    )  # fmt: skip
    source = tmp_path / "signs.tex"
    source.write_text(
        rf"\documentclass{{article}}\usepackage[{encoding}]{{fontenc}}\usepackage{{amsmath}}{fonts}"
        rf"\begin{{document}}\tracinglostchars=3 {body}\end{{document}}"
    )
    result = pdf.compile_pdf(source)
    assert result.path is not None, result.reason


def test_an_engine_that_cannot_start_is_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: str(tmp_path / name))
    (tmp_path / "report.tex").write_text("")
    assert "cannot start" in pdf.compile_pdf(tmp_path / "report.tex").reason


# --- fragments for a paper of someone else's


SIZES = (3, 4, 5, 8)
FRAGMENTS = [f"overspec-{kind}-{k}.tex" for kind in fragment.KINDS for k in SIZES]


@pytest.fixture(scope="module")
def fragments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with fragments and the bibliography, made by the command."""
    folder = tmp_path_factory.mktemp("paper")
    for kind in fragment.KINDS:
        for k in map(str, SIZES):
            arguments = ["report", "--fragment", kind, "--k", k, "--out", str(folder)]
            assert cli.main(arguments) == 0
    return folder


PAPERS = {
    "plain": r"\documentclass{article}\usepackage{amsmath}",
    "Latin Modern": r"\documentclass{article}\usepackage[T1]{fontenc}"
    r"\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}\usepackage{amsmath}",
    "with theorems of its own": r"\documentclass{article}\usepackage[T1]{fontenc}"
    r"\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}\usepackage{amsmath}"
    r"\newtheorem{lemma}{Lemma}[section]\newtheorem{theorem}[lemma]{Theorem}",
    "amsart": r"\documentclass{amsart}\newtheorem{theorem}{Theorem}[section]",
    "llncs": r"\documentclass{llncs}\usepackage{amsmath}",
    "amsthm": r"\documentclass[11pt]{report}\usepackage{amsmath,amssymb,amsthm}"
    r"\theoremstyle{definition}\newtheorem{theorem}{Theorem}",
}


FILES = {"amsart": "amsart.cls", "amsthm": "amsthm.sty", "llncs": "llncs.cls"}


@pytest.mark.parametrize("preamble", PAPERS.values(), ids=PAPERS)
def test_a_foreign_paper_takes_the_fragments(
    fragments: Path, tmp_path: Path, preamble: str, tex_engine: str
) -> None:
    if wanted := re.findall(r"amsart|amsthm|llncs", preamble):
        needs_tex_files(tex_engine, *(FILES[name] for name in wanted))
    paper = tmp_path / "paper.tex"
    body = "".join(rf"\input{{{name.removesuffix('.tex')}}}" for name in FRAGMENTS)
    paper.write_text(
        preamble + r"\begin{document}\section{One}By \cite{overspec,overspec-paper}, "
        r"Theorem~\ref{thm:overspec-conditions-4}, \eqref{eq:overspec-4-2}."
        rf"{body}\bibliographystyle{{plain}}\bibliography{{overspec}}\end{{document}}"
    )
    names = [*FRAGMENTS, "overspec.bib"]
    result = pdf.compile_pdf(paper, {name: (fragments / name).read_bytes() for name in names})
    assert result.path is not None, result.reason
    assert result.overfull <= 2
    for name in FRAGMENTS:
        parse((fragments / name).read_text())
    if not all(map(shutil.which, ("latexmk", "bibtex", "pdftotext"))):
        return
    words = subprocess.run(
        ["pdftotext", result.path, "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "??" not in words
    assert "[?]" not in words
    assert "2506.11850" in words


def has_file(name: str) -> bool:
    if shutil.which("kpsewhich") is None:
        return False
    return subprocess.run(["kpsewhich", name], capture_output=True, check=False).returncode == 0


def test_the_bibliography_is_balanced(fragments: Path) -> None:
    bib = (fragments / "overspec.bib").read_text()
    assert bib.count("{") == bib.count("}") > 4


@pytest.mark.parametrize("k", range(2, 9))
def test_a_fragment_states_the_eigenvalues(k: int) -> None:
    """The left sides, evaluated, are |pi_hat_m|^2, or pi_hat_m for m = k/2."""
    weights = [(j * j + 1) / sum(i * i + 1 for i in range(k)) for j in range(k)]
    source = fragment.conditions(k)
    for condition in invertibility_condition(k):
        assert rf"\label{{eq:overspec-{k}-{condition.frequency}}}" in source
        symbols = {s: weights[int(s.name[3:])] for s in condition.polynomial.free_symbols}
        left = complex(condition.polynomial.subs(symbols))
        entry = sum(w * cmath.exp(2j * cmath.pi * condition.frequency * j / k)
                    for j, w in enumerate(weights))  # fmt: skip
        half = 2 * condition.frequency == k
        assert abs(left - (entry if half else abs(entry) ** 2)) < 1e-12


def test_a_long_list_is_broken_after_its_commas() -> None:
    """And a number in it never, unless it is long itself."""
    broken = latex.line(("7/10,1/10,1/10,1/20,1/30 and 1/123456789012345678901,1/2",))
    assert broken == (
        r"7/10,\allowbreak{}1/10,\allowbreak{}1/10,\allowbreak{}1/20,\allowbreak{}1/30 and "
        r"1/1234\allowbreak{}567890\allowbreak{}123456\allowbreak{}78901,\allowbreak{}1/2"
    )
