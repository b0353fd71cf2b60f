"""The report on a ledger as files: ``.tex`` always, ``.pdf`` where an engine is found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..verify.ledger import Ledger
from .files import write_atomically
from .latex import render
from .pdf import compile_pdf

NAME = "overspec-report"


@dataclass(frozen=True)
class Report:
    """The files written, and what was left out and why."""

    files: tuple[Path, ...]
    skipped: tuple[str, ...] = ()


def write_report(ledger: Ledger, folder: Path) -> Report:
    """Write ``overspec-report.tex`` and, if it can be compiled, ``overspec-report.pdf``.

    Raises:
        InputError: the folder cannot be written.
    """
    source = write_atomically(folder / f"{NAME}.tex", render(ledger))
    pdf = compile_pdf(source)
    if pdf.path is None:
        source.with_suffix(".pdf").unlink(missing_ok=True)  # an older one would not match
        return Report((source,), (f"PDF skipped: {pdf.reason}",))
    return Report((source, pdf.path))
