"""The files of a finished experiment: its table, its text and its figures."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from overspec.reports.content.document import Figure
from overspec.reports.content.tables import table_bytes
from overspec.reports.printing.drawing import draw, standalone
from overspec.verify.experiments.experiment import ExperimentResult, Table

KINDS = ("png", "pdf", "svg")
WIDTH = 96


def files(result: ExperimentResult) -> Iterator[tuple[str, bytes]]:
    """Names and contents; the same result gives the same bytes."""
    name = result.certificate.claim
    yield f"{name}.txt", text(result).encode()
    yield f"{name}.csv", _csv(result, result.table)
    if result.times is not None:
        yield f"{name}-times.csv", _csv(result, result.times)
    for data in result.figures:
        for kind in KINDS:
            content = draw(Figure(data), kind)
            yield f"{data.id}.{kind}", standalone(content) if kind == "svg" else content


def _csv(result: ExperimentResult, table: Table) -> bytes:
    provenance = result.certificate.provenance
    origin = {
        "experiment": result.certificate.claim,
        "version": provenance.version,
        "seed": str(provenance.seed),
    }
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return table_bytes("csv", rows, table.columns, origin)


def text(result: ExperimentResult) -> str:
    """Prediction, measurement and verdict, for a reader."""
    c = result.certificate
    parts = [
        (c.text.title, ""),
        ("Prediction", f"{c.text.stated} ({c.text.source})."),
        *([("What the summary says", c.text.said)] if c.text.said else []),
        ("What is run", c.domain),
        ("Measurement", result.remarks),
        ("Verdict", f"{c.outcome.value} ({c.worth}). Smallest slack {c.margin}, where "
                    f"{c.worst_at}."),
        *([("What holds instead", c.amendment)] if c.amendment else []),
        ("False predictions, put to the same test",
         "\n".join(f"- {words}" for words in c.text.mutants)),
        ("Result of that", "; ".join(f"{name}: {value}" for name, value in c.values)),
        ("Again", c.provenance.command),
    ]  # fmt: skip
    return "\n\n".join(f"{title}\n{_wrapped(body)}".rstrip() for title, body in parts) + "\n"


def _wrapped(body: str) -> str:
    return "\n".join(
        textwrap.fill(line, WIDTH, subsequent_indent="  ", break_on_hyphens=False)
        for line in body.split("\n")
    )
