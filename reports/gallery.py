"""The table of the gallery, as LaTeX for a paper and as a page.

The report of a ledger has its tables on the page, if asked for (`content.gallery`), and not in the
PDF: that report is about one document under test, the gallery is about many.
"""

from __future__ import annotations

from html import escape as plain_html
from itertools import groupby

from overspec import __version__
from overspec.reports.content.gallery import HEADINGS, ORDER
from overspec.reports.printing.tex import escape
from overspec.verify.gallery.audit import COLUMNS, Audit, Gallery, table_rows
from overspec.verify.gallery.verdict import Kind

WIDTHS = ("13mm", "35mm", "20mm", "20mm", "50mm")


def tex_rows(found: Gallery) -> str:
    r"""One row a statement, five cells each; every character escaped.

    >>> tex_rows(Gallery(()))
    ''
    """
    rows = (row for audit in found.audits for row in table_rows(audit))
    return "\n".join(" & ".join(map(escape, row)) + r" \\" for row in rows)


def tex_table(found: Gallery) -> str:
    """A ``longtable`` that a paper can ``\\input``; it needs the packages longtable and array."""
    columns = "".join(rf">{{\raggedright\arraybackslash}}p{{{width}}}" for width in WIDTHS)
    lines = (
        f"% overspec {__version__}: overspec gallery --all --tex FILE",
        "% needs longtable and array",
        r"\begingroup\footnotesize",
        rf"\begin{{longtable}}{{{columns}}}",
        " & ".join(rf"\textbf{{{escape(name)}}}" for name in COLUMNS) + r" \\ \hline",
        r"\endhead",
        tex_rows(found),
        r"\end{longtable}",
        r"\endgroup",
        "",
    )
    return "\n".join(lines)


def by_kind(found: Gallery) -> list[tuple[Kind, list[tuple[Audit, int]]]]:
    """The statements sorted by what was found: audits and the numbers of their statements."""
    pairs = [(audit, n) for audit in found.audits for n in range(len(audit.findings))]

    def rank(pair: tuple[Audit, int]) -> int:
        return ORDER.index(pair[0].findings[pair[1]].verdict.kind)

    return [(ORDER[k], list(some)) for k, some in groupby(sorted(pairs, key=rank), rank)]


STYLE = """body { margin: 0 auto; padding: 1.5rem 1rem; max-width: 64rem;
  font: 1rem/1.5 system-ui, sans-serif; color-scheme: light dark; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .7rem .35rem 0;
  border-bottom: 1px solid #8886; }"""


def html_page(found: Gallery) -> str:
    """One page: tables sorted by what was found, with every wording and how it is known."""
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<title>A gallery of audited theorems</title>",
        f"<style>\n{STYLE}\n</style>\n</head>\n<body>\n<main>",
        "<h1>A gallery of audited theorems</h1>",
        f"<p>Made by overspec {__version__}. Every number is an enclosure, rounded outward or to "
        "digits that it proves; every verdict is computed from enclosures.</p>",
    ]
    for kind, pairs in by_kind(found):
        head = "".join(f'<th scope="col">{plain_html(name)}</th>' for name in COLUMNS)
        parts += [f"<h2>{HEADINGS[kind]}</h2>", '<div class="scroll" tabindex="0">',
                  f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>"]  # fmt: skip
        for audit, number in pairs:
            entry, statement = audit.entry, audit.entry.statements[number]
            arxiv, label, *rest = table_rows(audit)[number]
            cells = [
                f'<a href="https://arxiv.org/abs/{plain_html(arxiv)}">{plain_html(arxiv)}</a><br>'
                f"{plain_html(entry.authors)}, {entry.year}",
                f"{plain_html(label)}<br><small>{plain_html(statement.words)} "
                f"({plain_html(statement.known.value)})</small>",
                *map(plain_html, rest),
            ]
            parts.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
        parts.append("</tbody>\n</table>\n</div>")
    return "\n".join([*parts, "</main>\n</body>\n</html>", ""])
