"""A document as LaTeX. Text is escaped; only checked formulas reach TeX as they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from operator import itemgetter

import jinja2

from overspec.reports.content.document import (
    AGAIN,
    Code,
    Document,
    Graph,
    Line,
    Ref,
    Section,
    Span,
    Step,
    anchor,
    shortened,
)
from overspec.reports.content.mathematics import Formula, breakable, is_wide
from overspec.reports.printing import drawing
from overspec.reports.printing.tex import MINUS, Tex, escape

NARROW = 11  # the same for a cell of a table
LONG = 18  # characters of a word beyond which it may be broken
UNCUT = 12  # of a part between commas, beyond which it may be broken anywhere


Rows = tuple[tuple[str, Line], ...]
Notes = list[tuple[str, Line]]


def render(document: Document, drawings: Mapping[str, str]) -> str:
    """The document as LaTeX source; the same document gives the same bytes.

    Args:
        document: what to print.
        drawings: the file of each drawing by its id; those without one are left out.
    """
    template = environment().get_template("report.tex")
    notes, particulars = noted(document)
    return (
        template.render(document=document, drawings=drawings, notes=notes, particulars=particulars)
        + "\n"
    )


REPEATED = 3  # times that a long value occurs, from which it is said once


def noted(document: Document) -> tuple[Notes, list[tuple[Section, Rows]]]:
    """The small print of each claim; a long value that several have is a note, said once."""
    own = [
        (section, _general(section, _brief(block.rows))) for section, block in document.particulars
    ]
    again = Counter(v for _, block in own for name, v in block if name == AGAIN)
    usual = [(AGAIN, value) for value, count in again.most_common(1) if count >= REPEATED]
    own = [(section, tuple(row for row in block if row not in usual)) for section, block in own]
    counts = Counter(value for _, block in own for _, value in block)
    often = [v for v, count in counts.items() if count >= REPEATED and len(str(v)) > LONG]
    signs = {value: f"[{number}]" for number, value in enumerate(often, start=1)}
    rows = [
        (section, _joined([(name, (signs[v],) if v in signs else v) for name, v in block]))
        for section, block in own
    ]
    said = [(f"{AGAIN}, where nothing else is said:", value) for _, value in usual]
    short = "; ".join(f"{brief}: {name}" for name, brief in SHORT.items())
    words = f"{short}; a margin that is not given is exact; the page has methods and more"
    signed = ((sign, value) for value, sign in signs.items())
    return [("in short:", (words,)), *said, *signed], rows


#: What is on the page alone, with the proofs and the graph beside it, or follows from the evidence.
ON_PAGE = ("stated in", "method", "in common", "rests on", "error budget", "worst at",
           "steps proved for every k")  # fmt: skip
#: Names in the small print of a paper, which says above it what they are short for.
SHORT = {"steps re-checked": "steps", "mutants rejected": "mutants", "hypothesis": "given"}


def _brief(rows: Rows) -> Rows:
    """What a paper has room for; a margin that is exact is not said."""
    return tuple(
        (SHORT.get(name, name), value)
        for name, value in rows
        if name not in ON_PAGE and (name, value) != ("worst margin", ("exact",))
    )


def _general(section: Section, rows: Rows) -> Rows:
    """The command of a claim with LABEL in the place of its own, so that it can be a note."""
    label = section.head.label if section.head else ""

    def put(span: Span) -> Span:
        if not isinstance(span, Code):
            return span
        return Code(span.text.replace(f"--claims {label} ", "--claims LABEL "))

    return tuple((name, tuple(map(put, value))) for name, value in rows)


def _joined(rows: Sequence[tuple[str, Line]]) -> Rows:
    """Neighbours of one name as one row."""
    return tuple(
        (
            name,
            tuple(
                span for n, (_, value) in enumerate(same) for span in (("; ",) if n else ()) + value
            ),
        )
        for name, same in ((name, list(group)) for name, group in groupby(rows, key=itemgetter(0)))
    )


@cache  # or every document parses the templates again
def environment() -> jinja2.Environment:
    """Templates with TeX delimiters, in which every value is escaped unless it is `Tex`."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("overspec.reports"),
        undefined=jinja2.StrictUndefined,
        block_start_string=r"\BLOCK{",
        block_end_string="}",
        variable_start_string=r"\VAR{",
        variable_end_string="}",
        comment_start_string=r"\#{",
        comment_end_string="}",
        trim_blocks=True,
        autoescape=False,
        finalize=escape,
    )
    made.filters.update(
        line=line, label=label, columns=columns, cells=cells,
        inline_equation=inline_equation, linked=linked, tex=Tex,
    )  # fmt: skip
    return made


def line(spans: Line) -> Tex:
    r"""Text, formulas, code and links in a row.

    >>> print(line(("50% of ", Formula("x"), " by ", Code("a --k 2"), Ref("claim-S1", "S1"))))
    50\% of $x$ by \texttt{a -{}-k 2}\hyperref[claim-S1]{S1}
    """
    return Tex("".join(map(_span, spans)))


def inline(tex: str) -> Tex:
    r"""TeX prose of our own, with wide formulas made such that lines may end within them.

    >>> print(inline("so $x$"))
    so $x$
    """
    spans = re.split(r"(\$[^$]*\$)", tex)
    return Tex("".join(breakable(span) if is_wide(span) else span for span in spans))


def _span(span: Span, room: int = LONG) -> str:
    if isinstance(span, Formula):
        return f"${breakable(span.tex) if is_wide(span.tex) else span.tex}$"
    if isinstance(span, Code):
        return rf"\texttt{{{_broken(span.text, room)}}}"
    if isinstance(span, Ref):
        return rf"\hyperref[{label(span.anchor)}]{{{_text(span.text, room)}}}"
    return _text(span, room)


def _text(text: str, room: int) -> str:
    return _broken(MINUS.sub("−", text), room)


def _broken(text: str, room: int) -> str:
    """Escaped, with places to break in words that are too long for a line."""
    parts = re.split(r"(\s+)", shortened(text))
    return "".join(_word(part, room) for part in parts)


def _word(word: str, room: int) -> str:
    spelt = "[U+" in (whole := escape(word))  # letters that the fonts lack are spelt out
    if len(word) <= room and not spelt:
        return whole
    if spelt:
        pieces = list(word)
    else:  # after a comma or its like; within what has none, anywhere
        parts = re.findall(r"[^,;:=]*[,;:=]|[^,;:=]+", word)
        pieces = [p for part in parts for p in (_cut(part) if len(part) > UNCUT else [part])]
    return r"\allowbreak{}".join(escape(piece) for piece in pieces)


def _cut(text: str) -> list[str]:
    return re.findall(r".{1,6}", text, flags=re.S)


def inline_equation(step: Step) -> Tex:
    r"""The equation of a step within its paragraph; a line may end at a relation."""
    if isinstance(step.lhs, str) or isinstance(step.rhs, str):
        return line((step.lhs, " = ", step.rhs))
    return Tex(f"${breakable(f'{step.lhs.tex} = {step.rhs.tex}')}$")


def cells(row: tuple[Line | str, ...]) -> Tex:
    """A row of a table; its cells may be plain text."""
    lines = [(cell,) if isinstance(cell, str) else cell for cell in row]
    tall = any(isinstance(s, Formula) and r"\frac" in s.tex for cell in lines for s in cell)
    room = r"$\vphantom{\Big|}$" if tall else ""  # or the fractions of two rows touch
    return Tex(room + " & ".join("".join(_span(span, NARROW) for span in cell) for cell in lines))


def label(name: str) -> Tex:
    """An anchor as a label."""
    return Tex(anchor(name))


def linked(graph: Graph, file: str) -> Tex:
    """The drawing of a graph, with a link to its claim over each node; unit is the line's width.

    TeX drops the links inside of a PDF that it includes.
    """
    unit, height = drawing.WIDTH, drawing.graph_height(graph, drawing.WIDTH)
    boxes = graph.plan(unit).boxes
    lines = [rf"\put(0,0){{\includegraphics[width=\unitlength]{{{file}}}}}"]
    for node in graph.nodes:
        box = boxes[node.id]
        x, y = (box.x - box.width / 2) / unit, (height - box.y - box.height / 2) / unit
        target = rf"\makebox({box.width / unit:.4f},{box.height / unit:.4f}){{}}"
        lines.append(rf"\put({x:.4f},{y:.4f}){{\hyperref[{label(node.anchor)}]{{{target}}}}}")
    top = rf"\setlength{{\unitlength}}{{\linewidth}}\begin{{picture}}(1,{height / unit:.4f})"
    return Tex("%\n".join((top, *lines, r"\end{picture}")))


def columns(widths: tuple[int, ...]) -> Tex:
    """The column specification of a table: 0 for a narrow column, else percent of the line."""
    return Tex("".join(f"L{{0.{width:02d}\\linewidth}}" if width else "l" for width in widths))
