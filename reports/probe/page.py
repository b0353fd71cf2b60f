"""The parts of the probe as HTML: sentences, a table of numbers with their evidence, a figure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from overspec.evidence import Evidence, worth_of_number
from overspec.figure import FigureData
from overspec.reports.content.format import quantity_text
from overspec.reports.content.mathematics import STYLE as FORMULAS
from overspec.reports.content.mathematics import Formula
from overspec.reports.printing.html import shown
from overspec.reports.probe.parts import Fact, Part, Requirement
from overspec.reports.probe.svg import svg

#: The parts of the page: name → heading.
HEADINGS = {
    "verdict": "What the picture means",
    "profile": "Contraction against the radius",
    "divergence": "KL along EM",
    "phase": "Amplitudes",
    "spectrum": "Spectrum of A",
    "components": "γ against k",
    "start": "At the start",
}

SOON = 0.08  # seconds of computing after which the page shows what is ready
PORTRAIT = 520  # pixels, at most, of the portrait in which the start is dragged

LAYOUT = """
.probe{font-family:system-ui,sans-serif;line-height:1.45;overflow-wrap:break-word}
.probe h2{font-size:1.05rem;margin:.2rem 0 .4rem}
.probe p{margin:.35rem 0}
.probe table{border-collapse:collapse;width:100%;font-size:.86rem;margin:.4rem 0}
.probe th,.probe td{text-align:left;padding:.15rem .6rem .15rem 0;vertical-align:top;
  border-bottom:1px solid rgba(128,128,128,.25)}
.probe figure{margin:.2rem 0}
.probe figcaption{font-size:.8rem;opacity:.85}
.probe .evidence{font-size:.78rem;border:1px solid currentColor;border-radius:.6em;padding:0 .45em;
  white-space:nowrap;opacity:.9}
.probe-grid{display:grid;gap:1rem 1.6rem;
  grid-template-columns:repeat(auto-fit,minmax(min(100%,380px),1fr))}
.probe-grid>*{min-width:0}
.probe .problem{border-left:4px solid #d55e00;padding:.3rem .8rem}
.probe pre{font-size:.8rem;overflow-x:auto;margin:.3rem 0;white-space:pre-wrap}
.probe progress{width:100%;max-width:26rem}
@media(max-width:26rem){
  .probe tr{display:flex;flex-wrap:wrap;gap:0 .8rem;padding:.2rem 0;
    border-bottom:1px solid rgba(128,128,128,.25)}
  .probe tr:first-child{display:none}
  .probe th,.probe td{border:0;padding:0}.probe th{flex-basis:100%}
}
"""
STYLE = FORMULAS + LAYOUT


def part_html(name: str, part: Part, digits: int = 6) -> str:
    """One part as an HTML section; everything in it is escaped.

    >>> print(part_html("start", Part(("a < b",)))[-46:])
    <h2>At the start</h2><p>a &lt; b</p></section>
    """
    heading = HEADINGS[name]
    body = [Markup("<h2>{}</h2>").format(heading)]
    for number, words in enumerate(part.words):
        tag = evidence_tag(part.evidence) if part.evidence and number == 0 else ""
        body.append(
            Markup("<p>{} {}</p>").format(words, tag) if tag else Markup("<p>{}</p>").format(words)
        )
    body += [_requirement(one) for one in part.requirements]
    if part.figure is not None:
        body.append(figure_html(part.figure))
    if part.facts:
        body.append(facts_html(part.facts, digits))
    return str(
        Markup('<section class="probe" id="part-{}" aria-label="{}">{}</section>').format(
            name, heading, Markup("").join(body)
        )
    )


def title_html() -> str:
    """The head of the page, with the style of everything below."""
    return str(
        Markup("<style>{}</style>").format(Markup(STYLE))
        + Markup(
            '<header class="probe"><h1 style="font-size:1.4rem;margin:0">See γ move</h1><p>'
            "EM fits k Gaussians with means R^jθ and fixed weights to data from one, N(0, I). The "
            "Fourier transform of the weights decides how fast, and from how far.</p></header>"
        )
    )


def problem_html(sentence: str) -> str:
    """What is wrong with a field, in a sentence; an empty element where nothing is."""
    body = Markup('<p class="problem">{}</p>').format(sentence) if sentence else ""
    return str(Markup('<div class="probe" role="status">{}</div>').format(body))


def grid_html(made: dict[str, Part], digits: int, waiting: str = "", elsewhere: str = "") -> str:
    """All parts that are there but one, and a progress sign for the one that is being computed."""
    cells = [Markup(part_html(n, part, digits)) for n, part in made.items() if n != elsewhere]
    if waiting:
        cells.append(
            Markup('<section class="probe"><h2>{0}</h2><p>computing … <progress aria-label="{0}">'
                   "</progress></p></section>").format(HEADINGS[waiting])
        )  # fmt: skip
    return str(Markup('<div class="probe-grid">{}</div>').format(Markup("").join(cells)))


def portrait_html(widget: Any) -> str:
    """The portrait in which the start is dragged."""
    section = '<section class="probe" id="part-phase" aria-label="{}"><h2>{}</h2>{}</section>'
    heading = f"{HEADINGS['phase']}: drag θ_0"
    box = Markup('<div style="max-width:{}px">{}</div>').format(PORTRAIT, Markup(f"{widget}"))
    return str(Markup(section).format(heading, heading, box))


def labelled(name: str, control: Any) -> str:
    """A control in a group with its name: marimo's sliders have none that a screen reader finds."""
    group = Markup('<div role="group" aria-label="{}">{}</div>')
    return str(group.format(name, Markup(f"{control}")))


def commands_html(commands: tuple[str, ...]) -> str:
    """The commands that reproduce the view."""
    lines = Markup("").join(Markup("<pre>{}</pre>").format(line) for line in commands)
    return str(
        Markup('<section class="probe" aria-label="Commands"><h2>The same on a terminal</h2>{}'
               "</section>").format(lines)
    )  # fmt: skip


def running_html(words: list[str], seconds: float, said: str) -> str:
    """A job under way, and how far it has come where it says so.

    >>> "value=40 max=100" in running_html(["overspec", "radius"], 7.0, "covered 40%")
    True
    """
    percent = re.search(r"(\d+)%", said)
    share = f"value={percent[1]} max=100" if percent else ""
    return str(
        Markup(
            '<div class="probe" role="status"><p>{} — running, {} s. {}</p><progress '
            'aria-label="running" {}></progress></div>'
        ).format(shlex.join(words), f"{seconds:.0f}", said, share)
    )


def result_html(words: list[str], result: dict[str, Any], ended: str) -> str:
    """What a radius job found: a bracket with its evidence, or the sentence why there is none."""
    head = Markup("<p><code>{}</code></p>").format(shlex.join(words))
    if result.get("lower") is None:
        body = Markup('<p class="problem">{}</p>').format(
            f"No bracket: {result.get('reason', ended)}"
        )
    else:
        lower, upper = result["lower"], result["upper"]
        found = f"γ in [{lower}, {upper}]"
        if upper == "inf":
            found = "γ = ∞: the inequality holds for every θ asked about"
            if lower != "inf":
                found = f"no failure seen up to |θ| = {lower}"
        body = Markup('<p><strong id="job-gamma">{}</strong> {}</p>').format(
            found, evidence_tag(Evidence(result["evidence"]))
        )
    return str(Markup('<div class="probe" role="status">{}{}</div>').format(head, body))


def file_svg(figure: FigureData) -> str:
    """The figure as a file of its own: black on white."""
    return (
        svg(figure)
        .replace('fill="currentColor"', 'fill="#000000" color="#000000"', 1)
        .replace('style="width:100%;height:auto"', 'style="background:#ffffff"', 1)
    )


def evidence_tag(evidence: Evidence) -> Markup:
    """The word for how far a number may be trusted."""
    return Markup('<span class="evidence">{}</span>').format(worth_of_number(evidence))


def facts_html(facts: Iterable[Fact], digits: int) -> Markup:
    """Numbers with their evidence, never with more digits than their error supports."""
    rows = [
        Markup('<tr title="{}"><th scope="row">{}</th><td>{}</td><td>{}</td></tr>').format(
            fact.how,
            fact.name,
            quantity_text(fact.value, digits),
            evidence_tag(fact.value.evidence),
        )
        for fact in facts
    ]
    names = ("number", "value", "evidence")
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(name) for name in names)
    return Markup("<table><tr>{}</tr>{}</table>").format(head, Markup("").join(rows))


def figure_html(figure: FigureData) -> Markup:
    """The drawing with its caption and the evidence of every curve."""
    return Markup("<figure>{}<figcaption>{} {}</figcaption></figure>").format(
        Markup(svg(figure)), figure.caption, curves_evidence(figure)
    )


def curves_evidence(figure: FigureData) -> str:
    """What the curves are worth, in one sentence."""
    found: dict[Evidence, list[str]] = {}
    for panel in figure.panels:
        for series in panel.series:
            if series.label and series.label not in found.get(series.evidence, []):
                found.setdefault(series.evidence, []).append(series.label)
    ordered = sorted(found, key=lambda evidence: evidence.rank)
    return " ".join(f"{worth_of_number(e).capitalize()}: {'; '.join(found[e])}." for e in ordered)


def _requirement(one: Requirement) -> Markup:
    verdict = "holds" if one.holds else "fails"
    formula = shown(Formula(one.tex))
    return Markup("<p>m = {}: {} — <strong>{}</strong></p>").format(one.frequency, formula, verdict)


def data_json(query: dict[str, str], commands: tuple[str, ...], parts: dict[str, Part]) -> str:
    """All numbers and curves of a view, for other programs: numbers as decimal strings."""

    def figure(data: FigureData) -> dict[str, Any]:
        return {
            "title": data.title,
            "caption": data.caption,
            "x": data.x_label,
            "y": data.y_label,
            "series": [
                {"label": s.label, "evidence": s.evidence.value, "x": list(s.x), "y": list(s.y)}
                for panel in data.panels
                for s in panel.series
            ],
        }

    content = {
        "choice": query,
        "commands": list(commands),
        "parts": {
            name: {
                "words": list(part.words),
                "facts": [
                    {
                        "name": f.name,
                        "low": f.value.low,
                        "high": f.value.high,
                        "evidence": f.value.evidence.value,
                        "how": f.how,
                    }
                    for f in part.facts
                ],
                "figure": None if part.figure is None else figure(part.figure),
            }
            for name, part in parts.items()
        },
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
