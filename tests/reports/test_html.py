"""The page is self-contained, shows text as text, and only numbers of the ledger."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jinja2
import msgspec
import pytest
from hostile import HOSTILE, attacked
from report_ledgers import experiments_only, few, with_experiments
from sizes import slow_but

from overspec import Mixture, Outcome, cli
from overspec.evidence import Assumption, BudgetLine, ErrorBudget, Evidence, Extent, Quantity
from overspec.reports.content.claims import HASHED
from overspec.reports.content.compose import MODEL, compose, status
from overspec.reports.content.diff import changes
from overspec.reports.content.document import LONGEST, Figure, Graph
from overspec.reports.content.format import printed, quantity_text
from overspec.reports.content.mathematics import Formula, mathml
from overspec.reports.content.summary import closing_sentence, not_shown
from overspec.reports.printing import html, latex, pdf
from overspec.reports.printing.tex import escape
from overspec.verify.claims.ledger import Ledger, digest
from overspec.verify.claims.profile import Portrait, portrait

NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?")


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    mine = portrait("mine", Mixture.simplex(4, "2/5,3/10,1/5,1/10"), "overspec derive")
    return replace(few(), mixtures=(mine,))


class Page(HTMLParser):
    """Tags, attributes, and the text of each element outside formulas and drawings."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.formulas: list[str] = []
        self.inside: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag in ("math", "svg", "style", "script"):
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.words.append(data)
        elif self.inside[-1] == "math":
            self.formulas.append(data)


def render(ledger: Ledger) -> str:
    return html.render(compose(ledger), {})


def strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [s for key, part in value.items() for s in (key, *strings(part))]
    if isinstance(value, list):
        return [s for part in value for s in strings(part)]
    return [str(value)]


def quantities(found: Portrait) -> list[str]:
    texts = [quantity_text(e.value) for e in found.eigenvalues]
    others = (found.rate, found.law, found.radius_bound, found.radius)
    return texts + [quantity_text(q) for q in others if q is not None]


def budget_texts(ledger: Ledger) -> list[str]:
    budgets = [c.budget for c in ledger.certificates if c.budget is not None]
    return [text for b in budgets for text in printed([line.bound for line in b.lines], b.total)]


def formulas(ledger: Ledger) -> str:
    """All TeX of the ledger, and of the paragraph on the model."""
    texts = [c.text.statement for c in ledger.certificates]
    proof = [s for c in ledger.certificates for s in c.text.proof]
    texts += [tex for s in proof for tex in (s.words, s.rule, s.lhs, s.rhs)]
    told = [c.text for c in ledger.certificates]
    texts += [tex for t in told for tex in (t.stated_tex, t.amended_tex, *t.mutants_tex)]
    texts += [
        tex for c in ledger.certificates for tex in (*c.hypotheses, *(h.tex for h in c.under))
    ]
    texts += [c.tex for c in ledger.conditions]
    texts += [e.exact for found in ledger.mixtures for e in found.eigenvalues]
    return " ".join((*texts, *(span.tex for span in MODEL if isinstance(span, Formula))))


def known_texts(ledger: Ledger) -> list[str]:
    return [
        *strings(ledger.to_json()),
        *(digest(c)[:HASHED] for c in ledger.certificates),
        *(text for found in ledger.mixtures for text in quantities(found)),
        *budget_texts(ledger),
        *(str(span) for span in MODEL if not isinstance(span, Formula)),
        closing_sentence(ledger),
        *not_shown(ledger),
    ]


def found_in(*texts: str) -> set[str]:
    return set(NUMBER.findall(" ".join(texts)))


@pytest.fixture(
    params=slow_but(
        ["a few claims, checked", "all claims and experiments"], ["a few claims, checked"]
    )
)
def printed_ledger(request: pytest.FixtureRequest, ledger: Ledger) -> Ledger:
    return ledger if request.param.startswith("a few") else with_experiments()


def test_every_number_on_the_page_comes_from_the_ledger(printed_ledger: Ledger) -> None:
    page = Page(render(printed_ledger))
    shown = found_in(*page.words)
    assert len(shown) > 40
    assert shown - found_in(*known_texts(printed_ledger)) == set()
    tex = re.sub(r"frac(\d)(\d)", r"frac{\1}{\2}", formulas(printed_ledger))
    assert len(found_in(*page.formulas)) >= 4
    assert found_in(*page.formulas) - found_in(tex) == set()


def test_mathematics_is_set_and_not_spelt(printed_ledger: Ledger) -> None:
    """Outside of formulas and code no script, no command and no double hyphen is seen."""
    page = Page(re.sub(r"<code>.*?</code>", "", render(printed_ledger), flags=re.DOTALL))
    assert re.findall(r"\S*(?:[_^\\]|--)\S*", " ".join(page.words)) == []


def test_every_number_of_the_latex_comes_from_the_ledger(printed_ledger: Ledger) -> None:
    source = latex.render(compose(printed_ledger), {"dependencies": "x"})
    body = source[source.index(r"\begin{document}") :].replace(r"\allowbreak{}", "")
    layout = (
        r"\\(needspace|begin\{longtable\}|begin\{minipage\}|label|hyperref).*"
        r"|(?s:\\begin\{picture\}.*?\\end\{picture\})"
    )
    lines = re.sub(layout, lambda m: re.sub(r"^.*?\]\{|.*", "", m[0]), body)
    known = found_in(*map(escape, known_texts(printed_ledger)), formulas(printed_ledger))
    shown = found_in(lines)
    assert len(shown) > 40
    assert shown - known == set()


@pytest.mark.parametrize("renderer", slow_but([html, latex], quick=[html]))
def test_a_changed_value_changes_the_page(ledger: Ledger, renderer: object) -> None:
    def page(other: Ledger) -> str:
        return str(renderer.render(compose(other), {}))  # type: ignore[attr-defined]

    first, *rest = ledger.certificates[:3]
    ledger = replace(ledger, certificates=(first, *rest))
    before = page(ledger)
    for change in (
        {"margin": "0.12345"},
        {"outcome": Outcome.REFUTED},
        {"evidence": Evidence.SAMPLED},
        {"seconds": 98.76},
        {"worst_at": "quite elsewhere"},
        {"values": (("a new number", "31.4159"),)},
        {"scope": Extent((77,))},
        {"under": (Assumption("a name", "a new named hypothesis"),)},
        {"text": replace(first.text, methods=("another method",))},
        {"text": replace(first.text, shares=("another tool",), methods=("a",))},
        {"hypotheses": ("a new hypothesis",)},
        {"counterexample": "a new counterexample"},
        {"budget": budget("0.0321", "0.0321")},
        {"provenance": replace(first.provenance, version="9.8.7")},
        {"provenance": replace(first.provenance, seed=31337)},
        {"text": replace(first.text, source="another place")},
    ):
        changed = replace(first, **change)  # type: ignore[arg-type]
        after = page(replace(ledger, certificates=(changed, *rest)))
        # times and worst cases are on the page alone; the hash in the paper tells of the latter
        assert (after == before) is (renderer is latex and "seconds" in change)
        words = [v for name, v in change.items() if isinstance(v, str) and name != "worst_at"]
        assert all(word in after for word in words)
        assert ("quite elsewhere" in after) is (renderer is html and "worst_at" in change)
    eigenvalue = replace(
        ledger.mixtures[0].eigenvalues[0], value=Quantity("0.5432", "0.5432", Evidence.PROVED)
    )
    mixture = replace(ledger.mixtures[0], eigenvalues=(eigenvalue,))
    assert "0.5432" in page(replace(ledger, mixtures=(mixture,)))
    condition = replace(ledger.conditions[0], tex=r"\pi_{0} - 7\pi_{1} \ne 0")
    for other in (
        replace(ledger, conditions=(condition,)),
        replace(ledger, made="2001-02-03"),
        replace(ledger, ks=(2, 3, 9)),
        replace(ledger, quick=not ledger.quick),
    ):
        assert page(other) != before


def budget(bound: str, total: str) -> ErrorBudget:
    return ErrorBudget("difference", (BudgetLine("aliasing", bound, "Poisson", "0 < h"),), total)


@pytest.mark.parametrize("renderer", [html, latex])
def test_an_error_budget_is_printed_rounded_up(ledger: Ledger, renderer: Any) -> None:
    first, *rest = ledger.certificates
    own = replace(first, budget=budget("1.23401E-15", "1.23402E-15"))
    page = renderer.render(compose(replace(ledger, certificates=(own, *rest))), {})
    assert page.count("1.24e-15") == 2
    for word in ("difference", "aliasing", "Poisson", "their sum"):
        assert word in page


def test_an_error_budget_that_does_not_add_up_is_not_printed(ledger: Ledger) -> None:
    own = replace(ledger.certificates[0], budget=budget("0.0002", "0.0001"))
    with pytest.raises(ArithmeticError, match="adds up to more"):
        compose(replace(ledger, certificates=(own,)))


def test_a_bound_above_its_estimate_is_not_printed(ledger: Ledger) -> None:
    wrong = replace(
        ledger.mixtures[0], radius_bound=Quantity("7.5", "inf", Evidence.PROVED),
        radius=Quantity("7.4", "7.4", Evidence.MEASURED),
    )  # fmt: skip
    with pytest.raises(ArithmeticError, match="does not show"):
        compose(replace(ledger, mixtures=(wrong,)))


def test_numbers_that_do_not_fit_are_bad_input(
    ledger: Ledger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = json.loads(json.dumps(ledger.to_json()))
    for low in ("7.5", "seven"):
        plain["mixtures"][0]["radius_bound"]["low"] = low
        (tmp_path / "ledger.json").write_text(json.dumps(plain))
        arguments = ["report", "--ledger", str(tmp_path / "ledger.json"), "--out", str(tmp_path)]
        assert cli.main(arguments) == 2
        assert "numbers cannot be printed" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["ledger.json"]


def test_an_eigenvalue_said_to_be_positive_is_checked_on_its_digits(ledger: Ledger) -> None:
    zero = replace(
        ledger.mixtures[0].eigenvalues[0], value=Quantity("0", "0.1", Evidence.CERTIFIED)
    )
    with pytest.raises(ArithmeticError, match="> 0"):
        compose(replace(ledger, mixtures=(replace(ledger.mixtures[0], eigenvalues=(zero,)),)))


def test_the_page_asks_for_nothing_from_outside(ledger: Ledger) -> None:
    page = Page(render(ledger))
    assert not {"link", "img", "iframe", "object", "base"} & set(page.tags)
    (script,) = re.findall(r"<script>(.*?)</script>", render(ledger), re.DOTALL)  # ours, inline
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{hashed}'" in render(ledger)
    assert not re.search(r"fetch|import|XMLHttp|eval|innerHTML|https?:", script)
    targets = [value or "" for name, value in page.attributes if name in ("href", "src", "action")]
    assert targets
    assert all(target.startswith("#") for target in targets)
    assert not [value for _, value in page.attributes if value and re.match(r"https?:|//", value)]
    assert "url(" not in render(ledger)
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {target[1:] for target in targets} <= set(ids)


@pytest.mark.parametrize("attack", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text(ledger: Ledger, attack: str) -> None:
    source = render(attacked(ledger, attack))
    page, plain = Page(source), Page(render(ledger))
    assert set(page.tags) <= set(plain.tags) | {"bdi", "code"}
    assert "\u202e" not in source
    assert attack[:3] in "".join(page.words)
    assert len(source) < 120 * min(len(attack), LONGEST) + 400_000


def test_formulas_are_mathematics_and_not_their_source() -> None:
    """Every formula reaches the page as MathML: no tag or command is left as text."""
    page = Page(render(with_experiments()))
    assert page.tags.count("math") > 300
    assert ("displaystyle", "true") in page.attributes
    assert not re.findall(r"</?m|displaystyle|\\[A-Za-z]", "".join((*page.words, *page.formulas)))


@pytest.mark.parametrize(
    ("tex", "made"),
    [
        (r"\mathbf{x}", '<mi mathvariant="normal" style="font-weight:bold">x</mi>'),
        (r"\mathbb{E}", '<mi mathvariant="normal" style="font-weight:bold">E</mi>'),
        (r"\mathcal{N}", '<mi style="font-weight:bold">N</mi>'),
        (r"\mathsf{T}", '<mi mathvariant="normal" style="font-family:sans-serif">T</mi>'),
        (r"\log x", '<mi mathvariant="normal">log</mi><mi>x</mi>'),
        (r"\theta'", "<mrow><mi>&#x003B8;</mi><mi>&#x02032;</mi></mrow>"),
        ("x; y", "<mi>x</mi><mo>;</mo><mi>y</mi>"),
        (r"\left(a_{0} + \left(b\right)\right)", '<mo stretchy="false">&#x00028;</mo><mi>b</mi>'),
        (
            r"\left(\frac{1}{2}\right)",
            '<mo stretchy="true" fence="true" form="prefix">&#x00028;</mo>',
        ),
    ],
)
def test_letters_of_formulas_are_in_every_font(tex: str, made: str) -> None:
    """No letter is taken from the alphabets beyond U+FFFF, which only few fonts have."""
    found = str(mathml(Formula(tex)))
    assert made in found
    assert max(unescape(found)) <= "\uffff"
    assert found.count('stretchy="true"') == 2 * ("frac" in tex)


def test_no_line_begins_with_the_stop_after_a_formula() -> None:
    formula = html.shown(Formula("x"))
    inner = formula.removeprefix('<span class="formula">').removesuffix("</span>")
    assert html.line((Formula("x"), ", y")) == f'<span class="formula">{inner},</span> y'
    assert html.line(("y (", Formula("x"), "); z")) == (
        f'y <span class="formula">({inner});</span> z'
    )
    assert html.line((Formula("x"), ".")) == f'<span class="formula">{inner}.</span>'
    assert html.line(("see ", Formula("x"), " (y)")) == f"see {formula} (y)"


def test_a_ledger_of_experiments_alone() -> None:
    ledger = Ledger.from_json(json.loads(json.dumps(experiments_only().to_json())))
    document = compose(ledger)
    sections = {section.anchor: section for section in document.sections}
    assert not any(isinstance(drawn, Graph) for drawn in document.drawings)
    for claim, figure in (("convergence", "convergence"), ("robustness", "robustness-skew")):
        blocks = sections[f"claim-experiment:{claim}"].blocks
        assert [block.id for block in blocks if isinstance(block, Figure)] == [figure]
    page = render(ledger)
    assert "3 claims were checked: 3 hold." in page
    assert "Nothing is shown beyond the cases that each claim names." in page
    assert '<a href="#claim-experimentconvergence">convergence</a>' in page
    assert ">–<" not in page
    latex.render(document, {})


def test_the_graph_knows_what_is_fully_proved(ledger: Ledger) -> None:
    certificates = {c.claim: c for c in ledger.certificates}
    assert status(certificates["S6"]) == "under"
    assert status(replace(certificates["S6"], under=())) == "fully"
    assert status(certificates["E1"]) == "supported"
    leaning = replace(certificates["S6"], evidence=Evidence.MEASURED)
    assert status(leaning) == "proved"
    assert status(replace(leaning, outcome=Outcome.OPEN)) == "stated"
    assert status(replace(leaning, outcome=Outcome.REFUTED)) == "refuted"
    graph = next(d for d in compose(ledger).drawings if isinstance(d, Graph))
    assert {node.id for node in graph.nodes} == set(certificates)
    drawn = {node.id: node.depends for node in graph.nodes}
    for label, certificate in certificates.items():
        assert set(drawn[label]) <= set(certificate.text.depends)
        assert _above(label, drawn) == _above(
            label, {c.claim: c.text.depends for c in certificates.values()}
        )
    assert drawn["T1"] == ("S3", "S4", "E1")  # E1 says that it rests on S2, S6 and S8


def _above(label: str, depends: dict[str, tuple[str, ...]]) -> set[str]:
    return set(depends[label]).union(*(_above(parent, depends) for parent in depends[label]))


def test_a_changed_certificate_is_refused(ledger: Ledger) -> None:
    data = json.loads(json.dumps(ledger.to_json()))
    data["claims"][0]["margin"] = "99"
    with pytest.raises(Exception, match="was changed after it was made"):
        Ledger.from_json(data)


def test_changes_of_figures_mixtures_and_conditions() -> None:
    ledger = with_experiments()
    assert changes(ledger, ledger) == ()
    radius = ledger.figures[0]
    series = radius.panels[0].series[0]
    moved = replace(series, y=("0.123", *series.y[1:]))
    panel = replace(radius.panels[0], series=(moved, *radius.panels[0].series[1:]))
    mine = ledger.mixtures[0]
    new = replace(
        ledger,
        figures=(replace(radius, panels=(panel,)), *ledger.figures[2:]),
        mixtures=(replace(mine, rate=replace(mine.rate, low="0.5")),),
        conditions=(replace(ledger.conditions[0], tex="x"), *ledger.conditions[1:]),
    )
    found = {(c.subject, c.what): (c.before, c.after) for c in changes(ledger, new)}
    assert found == {
        ("figure radius", "panels 1 series 1 y 1"): (series.y[0], "0.123"),
        ("figure spectrum", ""): ("there", ""),
        ("mixture mine", "rate low"): (mine.rate.low, "0.5"),
        ("condition k = 2, m = 1", "tex"): (ledger.conditions[0].tex, "x"),
    }
    assert {(c.after, c.before) for c in changes(new, ledger)} == set(found.values())


@pytest.fixture
def no_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PDF takes seconds, and these tests look at the page."""
    monkeypatch.setattr(pdf, "_engine", lambda: None)


@pytest.mark.usefixtures("no_pdf")
def test_changes_between_ledgers(
    ledger: Ledger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert changes(ledger, ledger) == ()
    first, *rest = ledger.certificates
    others = [c for c in rest[1:] if first.claim not in c.text.depends]  # they would be open too
    new = replace(ledger, certificates=(replace(first, outcome=Outcome.OPEN), *others))
    found = {(c.subject, c.what, c.before, c.after) for c in changes(ledger, new)}
    assert (first.claim, "outcome", first.outcome.value, "open") in found
    assert (rest[0].claim, "claim", rest[0].text.title, "") in found
    for name, value in (("old.json", ledger), ("new.json", new)):
        (tmp_path / name).write_text(json.dumps(value.to_json()))
    words = ["report", "--ledger", "new.json", "--diff", "old.json", "--out", "out"]
    words = [str(tmp_path / w) if "." in w or w == "out" else w for w in words]
    assert cli.main(words) == 0
    assert f"{first.claim} outcome: {first.outcome.value} -> open" in capsys.readouterr().out
    page = (tmp_path / "out" / "overspec-report.html").read_text()
    assert "What changed" in page


@pytest.mark.usefixtures("no_pdf")
def test_mixtures_and_claims_of_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["report", "--claims", "P4", "--quick", "--k", "2", "--out", str(tmp_path), "--json"]
    words += ["--mixture", f"{HOSTILE[0]}=1/2,1/2", "--mixture", "one-heavy:1/2@3"]
    assert cli.main(words) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert [Path(f).name for f in files][:2] == ["ledger.json", "overspec-report.tex"]
    kept = Ledger.from_json(json.loads((tmp_path / "ledger.json").read_text()))
    assert [found.name for found in kept.mixtures] == [HOSTILE[0].strip(), "1/2,1/4,1/4"]
    assert [c.claim for c in kept.certificates] == ["P4"]
    assert msgspec.to_builtins(kept.mixtures[0])["invertible"] is False


@pytest.mark.parametrize(
    "words",
    [
        ["--mixture", "1/2,1/3"],
        ["--mixture", "uniform@x"],
        ["--mixture", "uniform"],
        ["--mixture", "uniform@40"],
        ["--claims", "Z9"],
        ["--fragment", "conditions"],
        ["--fragment", "lemmas", "--k", "4"],
        ["--fragment", "conditions", "--k", "1"],
        ["--diff", "absent.json"],
    ],
)
def test_bad_requests(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["report", *words, "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.startswith("error: ")
    assert not (tmp_path / "out" / "overspec-report.tex").exists()


def test_a_template_escapes_what_nobody_marked_and_knows_every_name() -> None:
    made = html.environment()
    assert made.from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"
    with pytest.raises(jinja2.UndefinedError):
        made.from_string("{{ nothing }}").render()
