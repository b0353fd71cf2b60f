"""A document as one self-contained HTML page: MathML, inline SVG, no request to anywhere."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import jinja2
from markupsafe import Markup, escape

from overspec.reports.content.document import (
    Code,
    Document,
    Line,
    Ref,
    Span,
    Step,
    anchor,
    shortened,
)
from overspec.reports.content.mathematics import STYLE, Formula, mathml, pieces
from overspec.reports.printing.tex import MINUS, SYMBOL, decomposed


def render(document: Document, drawings: Mapping[str, str]) -> str:
    """The page; the same document gives the same bytes.

    Args:
        document: what to print.
        drawings: the SVG element of each drawing by its id; those without one are left out.
    """
    template = environment().get_template("report.html")
    marked = {name: Markup(svg) for name, svg in drawings.items()}
    script = files("overspec.reports").joinpath("templates", "choose.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    heads = [section.head for section in document.sections if section.head]
    choices = {
        "outcome": dict.fromkeys(head.outcome for head in heads),
        "evidence": dict.fromkeys(head.evidence for head in heads),
    }
    return template.render(
        document=document, drawings=marked, formulas=Markup(STYLE), choices=choices,
        script=Markup(script), script_hash=f"sha256-{digest}",
    ) + "\n"  # fmt: skip


@cache  # or every document parses the templates again
def environment() -> jinja2.Environment:
    """Templates in which every value is escaped unless it is `Markup`."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("overspec.reports"),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(line=line, equation=equation, anchor=anchor, cells=cells)
    return made


def line(spans: Line) -> Markup:
    """Text, formulas, code and links in a row.

    >>> print(line(("1 < 2, a_m, ", Code("x"), Ref("claim-S1", "S1"))))
    1 &lt; 2, <i>a</i><sub>m</sub>, <code>x</code><a href="#claim-S1">S1</a>
    """
    return Markup(GLUED.sub(r"\2\1\3\5\4", str(Markup("").join(map(_span, spans)))))


#: A formula with the bracket before it and the stop after it: browsers would break between them.
GLUED = re.compile(r'(\(?)(<span class="formula">)(<math.*?</math>)(</span>)([,.;:)]*)', re.DOTALL)


def _span(span: Span) -> Markup:
    if isinstance(span, Formula):
        return shown(span)
    if isinstance(span, Code):
        return Markup("<code>{}</code>").format(_visible(span.text))
    if isinstance(span, Ref):
        return Markup('<a href="#{}">{}</a>').format(anchor(span.anchor), _visible(span.text))
    return _text(MINUS.sub("−", span))


def _text(text: str) -> Markup:
    """Escaped; letters with a script as such; text that runs to the left kept to itself."""
    plain = decomposed(_visible(text))
    parts: list[Markup] = []
    end = 0
    for match in SYMBOL.finditer(plain):
        letter, accent, place, script = match.groups()
        parts.append(escape(plain[end : match.start()]))
        base = Markup("<i>{}</i>").format(letter + (accent or ""))
        tag = {"_": "sub", "^": "sup"}.get(place or "", "")
        parts.append(base + (Markup(f"<{tag}>{{}}</{tag}>").format(_script(script)) if tag else ""))
        end = match.end()
    parts.append(escape(plain[end:]))
    whole = Markup("").join(parts)
    if any(unicodedata.bidirectional(c) in ("R", "AL") for c in plain):
        return Markup("<bdi>{}</bdi>").format(whole)
    return whole


def _script(script: str | None) -> str:
    return (script or "").strip("{}").replace("-", "−")


def _visible(text: str) -> str:
    """Without control characters, those that turn the direction of writing included."""
    hidden = ("Cc", "Cf", "Cs")
    return "".join(" " if unicodedata.category(c) in hidden else c for c in shortened(text))


def equation(step: Step) -> Markup:
    """The equation of a step."""
    if isinstance(step.lhs, str) or isinstance(step.rhs, str):
        return line((step.lhs, " = ", step.rhs))
    return shown(Formula(f"{step.lhs.tex} = {step.rhs.tex}"), display=True)


PHONE = 26  # characters of a formula (roughly) that a line of a phone holds


def shown(formula: Formula, display: bool = False) -> Markup:
    """A formula in pieces between which a line may break: browsers do not break MathML.

    >>> print(shown(Formula("x")))
    <span class="formula"><math><mrow><mi>x</mi></mrow></math></span>
    """
    made = []
    for number, tex in enumerate(pieces(formula.tex, PHONE)):
        piece = mathml(Formula(("{} " if number else "") + tex))  # {}: = then stands between
        if display:
            piece = Markup(str(piece).replace("<math>", '<math displaystyle="true">', 1))
        made.append(Markup('<span class="formula">{}</span>').format(piece))
    return Markup(" ").join(made)


def cells(row: tuple[Line | str, ...]) -> list[Markup]:
    """The cells of a row of a table; they may be plain text."""
    return [line((cell,) if isinstance(cell, str) else cell) for cell in row]
