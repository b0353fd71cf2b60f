"""``ov.report``: a ledger as a document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overspec.errors import InputError, InputTypeError
from overspec.results.result import Part, Result
from overspec.verbs.verify import load_ledger

if TYPE_CHECKING:
    from overspec.reports.content.diff import Change
    from overspec.verify.claims.ledger import Ledger


@dataclass(frozen=True, repr=False)
class ReportResult(Result):
    """The files written, what was left out and why, and what changed since an older ledger."""

    files: tuple[Path, ...]
    skipped: tuple[str, ...] = ()
    changes: tuple[Change, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what ``overspec report --json`` prints."""
        data: dict[str, Any] = {"files": list(map(str, self.files)), "skipped": list(self.skipped)}
        if self.changes is not None:
            keys = ("subject", "what", "before", "after")
            data["changes"] = [{key: getattr(c, key) for key in keys} for c in self.changes]
        return data

    def headline(self) -> str:
        """How many files, and where."""
        where = f" in {self.files[0].parent}" if self.files else ""
        return f"{len(self.files)} files{where}, {len(self.skipped)} left out"

    def parts(self) -> Iterator[Part]:
        """What changed, each file, and what was left out."""
        if self.changes is not None:
            yield from map(str, self.changes or ("nothing changed",))
        yield from (f"wrote {file}" for file in self.files)
        yield from self.skipped

    def records(self) -> list[dict[str, Any]]:
        """One row a file."""
        return [{"file": str(file)} for file in self.files]


def report(
    ledger: Ledger | str | Path,
    out: str | Path = "out",
    before: Ledger | str | Path | None = None,
    gallery: str | Path | None = None,
) -> ReportResult:
    """Write a ledger as LaTeX and as a self-contained HTML page, and as PDF if an engine is found.

    Args:
        ledger: of `verify`, or the file of one.
        out: the folder to write to.
        before: an older ledger: the report then says what changed.
        gallery: a file of ``overspec gallery --all --out``: the page then has its tables and a
            figure; the PDF has no room for them.

    Raises:
        InputTypeError: no ledger.
        InputError: a ledger or gallery that cannot be read or printed, or a folder that cannot be
            written.
    """
    from overspec.reports.content.diff import changes
    from overspec.reports.content.gallery import read_entries
    from overspec.reports.report import write_report
    from overspec.verify.claims.ledger import Ledger

    now = load_ledger(ledger) if isinstance(ledger, (str, Path)) else ledger
    old = load_ledger(before) if isinstance(before, (str, Path)) else before
    for given in (now, old):
        if given is not None and not isinstance(given, Ledger):
            raise InputTypeError(f"ledger {given!r}: give what overspec.verify returns, or a file")
    try:
        audited = None if gallery is None else read_entries(gallery)
        made = write_report(now, Path(out), old, audited)
    except ArithmeticError as error:
        raise InputError(f"the ledger's numbers cannot be printed: {error}") from None
    return ReportResult(made.files, made.skipped, None if old is None else changes(old, now))
