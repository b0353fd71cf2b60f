"""What ``overspec gallery --all --out FILE`` found, as sections of the page.

Only the HTML page has them: the PDF is about one document under test, and short.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from overspec.decimals import Number
from overspec.errors import InputError
from overspec.figure import FigureData
from overspec.files import MOST_JSON, parse_json, read_bytes
from overspec.reports.content.document import Figure, Line, Paragraph, Section, Table
from overspec.verify.gallery.verdict import Kind, shown

#: What was found first, when a table is sorted by it.
ORDER = (
    Kind.REFUTED,
    Kind.CONDITION,
    Kind.LOOSE,
    Kind.SHARP,
    Kind.HOLDS,
    Kind.INCONCLUSIVE,
)
HEADINGS = {
    Kind.REFUTED: "Refuted",
    Kind.CONDITION: "True under a condition that is not stated",
    Kind.LOOSE: "True, and not the best",
    Kind.SHARP: "Sharp",
    Kind.HOLDS: "True",
    Kind.INCONCLUSIVE: "Inconclusive",
}
COLUMNS = ("paper", "what is claimed", "published", "true", "verdict")
WIDTHS = (15, 35, 10, 10, 30)
TEXTS = ("label", "words", "known"), ("authors", "arxiv")

#: Papers of the file, as `overspec.verify.gallery.audit.Gallery.to_dict` has them.
Entries = Sequence[Mapping[str, Any]]


def read_entries(path: str | Path) -> Entries:
    """The papers of a file that ``overspec gallery --out`` wrote, all statements run.

    Raises:
        InputError: it cannot be read, or is no such file.
    """
    wrong = InputError(f"{path} is no gallery; ov.gallery.save writes one")
    content = parse_json(read_bytes(path, MOST_JSON), str(path))
    entries = content.get("entries") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not entries:
        raise wrong
    for entry in entries:
        if not _has(entry, TEXTS[1]) or not isinstance(entry.get("statements"), list):
            raise wrong
        for statement in entry["statements"]:
            if not _has(statement, TEXTS[0]):
                raise wrong
            finding = statement.get("finding")
            if finding is None:
                raise InputError(f"{path}: nothing was run; ov.gallery.everything runs all")
            kinds = {kind.value for kind in Kind}
            if not _has(finding, ("verdict", "kind")) or finding["kind"] not in kinds:
                raise wrong
            try:
                _ends(finding.get("published")), _ends(finding.get("true"))
            except (ValueError, TypeError, ZeroDivisionError):
                raise wrong from None
    return entries


def _has(value: object, names: Sequence[str]) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(name), str) for name in names)


def _ends(ends: Any) -> str:
    """An enclosure in few digits; empty where there is none."""
    if ends is None:
        return ""
    if not (isinstance(ends, list) and all(isinstance(end, str) for end in ends)):
        raise TypeError("an enclosure is two decimals as text")
    low, high = ends
    return shown(Number.between(Fraction(low), Fraction(high)))


def ordered(entries: Entries) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Papers with a statement each, sorted by what was found: the rows of the tables."""
    pairs = [(entry, statement) for entry in entries for statement in entry["statements"]]
    places = {kind.value: place for place, kind in enumerate(ORDER)}
    return sorted(pairs, key=lambda pair: places[pair[1]["finding"]["kind"]])


def sections(entries: Entries, figures: Sequence[FigureData]) -> tuple[Section, ...]:
    """A heading with the figures, then a table for each kind of verdict, by what was found."""
    pairs = ordered(entries)
    about = (
        f"What {len(entries)} papers on EM state, beside what is true, sorted by what was found. "
        "Every verdict is computed from enclosures; what is restated from memory at most holds as "
        "restated."
    )
    first = Section("gallery", ("Published theorems, audited",), 1,
                    (Paragraph((about,)), *map(Figure, figures)))  # fmt: skip
    tables = [
        Section(f"gallery-{kind.value}", (HEADINGS[kind],), 2,
                (Table(COLUMNS, tuple(_row(*pair) for pair in some), WIDTHS),))
        for kind in ORDER
        if (some := [pair for pair in pairs if pair[1]["finding"]["kind"] == kind.value])
    ]  # fmt: skip
    return (first, *tables)


def _row(entry: Mapping[str, Any], statement: Mapping[str, Any]) -> tuple[Line, ...]:
    finding = statement["finding"]
    paper = f"{entry['authors']}, arXiv {entry['arxiv']}"
    words = f"{statement['label']}: {statement['words']} ({statement['known']})"
    ends = _ends(finding.get("published")), _ends(finding.get("true"))
    return tuple((text,) if text else () for text in (paper, words, *ends, finding["verdict"]))
