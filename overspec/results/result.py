"""What every result offers: one line, a table, HTML, plain data, a data frame."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import pandas

LONGEST = 300  # characters of a mixture of many weights
MOST_ROWS = 25  # of a long run that are shown


@dataclass(frozen=True)
class Facts:
    """Named values, one a line."""

    rows: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, rows: Iterable[tuple[str, object]]) -> Facts:
        """The values as text; a mixture of many weights is not written out."""
        texts = ((name, str(value)) for name, value in rows)
        return cls(tuple((n, shortened(t) if n == "mixture" else t) for n, t in texts))


@dataclass(frozen=True)
class Table:
    """Columns with headings; ``right`` names those to align right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[str, ...] = ()


#: What a result consists of for a reader: sentences, named values, tables.
Part: TypeAlias = "str | Facts | Table"


class Result(ABC):
    """A result: ``repr`` is one line, ``str`` the whole for a terminal, and notebooks get HTML.

    `to_dict` is what ``--json`` prints: numbers as decimal text with no digit beyond their error,
    certified ones as ``[low, high]``, rounded outward. The numbers themselves are attributes.
    """

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Plain data: exactly what ``--json`` prints (schemas: `overspec.results.schema`)."""

    @abstractmethod
    def headline(self) -> str:
        """The result in a few words."""

    @abstractmethod
    def parts(self) -> Iterator[Part]:
        """What a reader is shown, in order."""

    def records(self) -> list[dict[str, Any]]:
        """The rows of `to_frame`, numbers as floats: by default one, of all single values."""
        plain = self.to_dict()
        return [{n: v for n, v in plain.items() if v is None or not isinstance(v, (list, dict))}]

    def to_frame(self) -> pandas.DataFrame:
        """The result as a pandas data frame; pandas is imported here and nowhere else.

        Raises:
            ImportError: pandas is not installed.
        """
        import pandas

        return pandas.DataFrame.from_records(self.records())

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {shortened(self.headline(), 120)}>"

    def __str__(self) -> str:
        return "\n".join(as_text(part) for part in self.parts())

    def _repr_html_(self) -> str:
        return "".join(as_html(part) for part in self.parts())


def shortened(text: str, longest: int = LONGEST) -> str:
    """At most so much of it, and how much there is.

    >>> shortened("k = 2"), shortened("1/100," * 100, 12)
    ('k = 2', '1/100,1/100,… (600 characters in all)')
    """
    if len(text) <= longest:
        return text
    return f"{text[:longest]}… ({len(text)} characters in all)"


def some(rows: Sequence[Any]) -> list[Any]:
    """At most `MOST_ROWS` rows, evenly spread, first and last included.

    >>> len(some(range(1000))), some(range(1000))[-1]
    (25, 999)
    """
    if len(rows) <= MOST_ROWS:
        return list(rows)
    return [rows[round(i * (len(rows) - 1) / (MOST_ROWS - 1))] for i in range(MOST_ROWS)]


def left_out(shown: int, of: int) -> str:
    """That a table shows only some of its rows, and where the rest are; empty if it shows all.

    >>> left_out(25, 31), left_out(3, 3)
    ('25 of 31 rows shown; the JSON output has all.', '')
    """
    return f"{shown} of {of} rows shown; the JSON output has all." if shown < of else ""


def as_text(part: Part) -> str:
    """A part in plain, aligned lines.

    >>> print(as_text(Facts.of([("k", 3), ("weights", "linear")])))
    k        3
    weights  linear
    >>> print(as_text(Table(("t", "KL"), (("0", "0.5"), ("10", "0.25")), right=("t",))))
     t  KL
     0  0.5
    10  0.25
    """
    if isinstance(part, str):
        return part
    rows = part.rows if isinstance(part, Facts) else (part.columns, *part.rows)
    right = (
        [name in part.right for name in part.columns] if isinstance(part, Table) else [False, False]
    )
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    lines = (
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        )
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def as_html(part: Part) -> str:
    """A part in HTML; nothing in it is taken for markup.

    >>> as_html(Facts.of([("a < b", "yes")]))
    '<table><tr><th>a &lt; b</th><td>yes</td></tr></table>'
    """
    if isinstance(part, str):
        return f"<p>{escape(part)}</p>" if part else ""
    if isinstance(part, Facts):
        body = "".join(
            f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in part.rows
        )
        return f"<table>{body}</table>"
    head = "".join(f"<th>{escape(name)}</th>" for name in part.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in part.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
