"""A document as pure data: what the LaTeX and the HTML renderer both print."""

from __future__ import annotations

import re
from dataclasses import dataclass

from overspec.figure import FigureData
from overspec.reports.content.graph import Plan, plan
from overspec.reports.content.mathematics import Formula, is_safe


@dataclass(frozen=True)
class Code:
    """Something to type: printed in a typewriter font."""

    text: str


@dataclass(frozen=True)
class Ref:
    """A link to a section by its anchor."""

    anchor: str
    text: str


Span = str | Formula | Code | Ref
Line = tuple[Span, ...]

SENTENCES = 15  # percent of the page from which a column holds sentences


@dataclass(frozen=True)
class Paragraph:
    """A line of text and formulas."""

    line: Line
    kind: str = "paragraph"


@dataclass(frozen=True)
class Facts:
    """Named lines: the name to the left."""

    rows: tuple[tuple[str, Line], ...]
    kind: str = "facts"


@dataclass(frozen=True)
class Table:
    """A table; ``widths`` are shares of the page for columns that wrap, 0 for those that do not."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]
    widths: tuple[int, ...]
    kind: str = "table"

    @property
    def wraps(self) -> tuple[bool, ...]:
        """Which columns hold sentences."""
        return tuple(width >= SENTENCES for width in self.widths)


AGAIN = "run again"  #: the name of the fact that is a command


@dataclass(frozen=True)
class Details:
    """What a reader looks up: folded on a page, small print at the end of a paper.

    ``more`` is on the page alone.
    """

    rows: tuple[tuple[str, Line], ...]
    more: tuple[tuple[str, Line], ...] = ()
    kind: str = "details"


@dataclass(frozen=True)
class Step:
    """A step of a proof: why, and the equation; on a page also what its two methods share."""

    words: Line
    rule: Line
    lhs: Formula | str
    rhs: Formula | str
    shared: Line = ()


@dataclass(frozen=True)
class Proof:
    """The steps of a derivation."""

    heading: str
    steps: tuple[Step, ...]
    kind: str = "proof"


@dataclass(frozen=True)
class Node:
    """A claim in the dependency graph."""

    id: str
    anchor: str
    status: str
    depends: tuple[str, ...]

    @property
    def label(self) -> str:
        """What stands in its box."""
        return short_label(self.id)


@dataclass(frozen=True)
class Graph:
    """The dependency graph of the claims."""

    nodes: tuple[Node, ...]
    caption: str
    id: str = "dependencies"
    kind: str = "graph"

    def plan(self, width: float) -> Plan:
        """Where its boxes and lines are on paper of that width, in inches."""
        depends = {node.id: node.depends for node in self.nodes}
        return plan(depends, {node.id: node.label for node in self.nodes}, width)


@dataclass(frozen=True)
class Figure:
    """A figure with its data."""

    data: FigureData
    kind: str = "figure"

    @property
    def id(self) -> str:
        """What names its file and its anchor."""
        return self.data.id


Block = Paragraph | Facts | Table | Details | Proof | Graph | Figure


@dataclass(frozen=True)
class Head:
    """What stands at the head of a claim: *Theorem* **S6** (its title; what it is worth).

    Attributes:
        word: what kind of statement it is.
        label: its short label.
        title: in words.
        note: its outcome where that is not that it holds, and its evidence.
        outcome, evidence: by which a reader may choose.
    """

    word: str
    label: str
    title: str
    note: str
    outcome: str
    evidence: str


@dataclass(frozen=True)
class Section:
    """A heading with what stands below it; ``level`` 1 or 2; of a claim, its head.

    An appendix follows all that is not one.
    """

    anchor: str
    title: Line
    level: int
    blocks: tuple[Block, ...]
    head: Head | None = None
    appendix: bool = False


@dataclass(frozen=True)
class Document:
    """Title, author, day, a summary in paragraphs, and sections."""

    title: str
    author: str
    date: str
    abstract: tuple[Line, ...]
    sections: tuple[Section, ...]

    @property
    def main(self) -> tuple[Section, ...]:
        """The sections before the appendix."""
        return tuple(section for section in self.sections if not section.appendix)

    @property
    def appendix(self) -> tuple[Section, ...]:
        """The sections of the appendix."""
        return tuple(section for section in self.sections if section.appendix)

    @property
    def particulars(self) -> tuple[tuple[Section, Details], ...]:
        """All that is small print, with the sections to which it belongs."""
        return tuple((section, block) for section in self.sections for block in section.blocks
                     if isinstance(block, Details))  # fmt: skip

    @property
    def drawings(self) -> tuple[Graph | Figure, ...]:
        """Everything that has to be drawn."""
        blocks = [block for section in self.sections for block in section.blocks]
        return tuple(block for block in blocks if isinstance(block, (Graph, Figure)))


SHORT = 14  # characters of a label in a graph or a table


def short_label(claim: str) -> str:
    """What follows the last colon of a claim's label.

    >>> short_label("T1"), short_label("experiment:one")
    ('T1', 'one')
    """
    return shortened(claim.rpartition(":")[2] or claim, SHORT)


def anchor(name: str) -> str:
    """An anchor as an id of a page and a label of LaTeX: letters, digits and hyphens only.

    >>> anchor("claim-experiment:one")
    'claim-experimentone'
    """
    return re.sub(r"[^A-Za-z0-9-]", "", name)


def prose(tex: str) -> Line:
    """TeX prose with ``$…$`` and ``\\[…\\]`` as text and formulas; a bare formula as one.

    A formula that is not plain mathematics (`mathematics.is_safe`) becomes text.

    >>> prose("If $x>0$ then Gauss--Hermite")
    ('If ', Formula(tex='x>0'), ' then Gauss–Hermite')
    >>> prose(r"x = \\input{secrets}")
    ('x = \\\\input{secrets}',)
    """
    if "$" not in tex and r"\[" not in tex:
        return (formula(tex),) if re.search(r"[\\_^=]", tex) else (_words(tex),)
    spans: list[Span] = []
    for part in re.split(r"(\$[^$]*\$|\\\[.*?\\\])", tex):
        if part.startswith("$") and part.endswith("$") and len(part) > 1:
            spans.append(formula(part[1:-1]))
        elif part.startswith(r"\[") and part.endswith(r"\]"):
            spans.append(formula(part[2:-2].strip()))
        elif part:
            spans.append(_words(part))
    return tuple(spans)


def formula(tex: str) -> Formula | str:
    """The formula if it is plain mathematics, else its source as text."""
    return Formula(tex) if is_safe(tex) else tex


def _words(tex: str) -> str:
    for source, character in (("---", "—"), ("--", "–"), ("``", "“"), ("''", "”"), ("~", " ")):
        tex = tex.replace(source, character)
    return re.sub(r"\\emph\{([^{}]*)\}", r"\1", tex)


#: Names of modules and functions in words: with a dot or an underline between letters.
NAMES = re.compile(r"\b([A-Za-z]\w*(?:\.\w+)+|[A-Za-z]+_\w+)\b")


def with_code(words: str) -> Line:
    """Words with the names of modules and functions as code.

    >>> with_code("measured by em.sample_em, twice")
    ('measured by ', Code(text='em.sample_em'), ', twice')
    """
    parts = NAMES.split(words)
    return tuple(Code(part) if i % 2 else part for i, part in enumerate(parts) if part)


LONGEST = 1200  # characters of one text; ours are shorter
COUNTED = 100  # a cut text of at least so many says how long it was


def shortened(text: str, length: int = LONGEST) -> str:
    """A text cut where it is too long to print, saying so.

    >>> shortened("short"), shortened("x" * 10_000, 4)
    ('short', 'xxxx…')
    >>> shortened("x" * 10_000, 100)[-19:]
    ' (10000 characters)'
    """
    if len(text) <= length:
        return text
    return f"{text[:length]}…" + (f" ({len(text)} characters)" if length >= COUNTED else "")
