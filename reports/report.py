"""The report on a ledger as files: ``.tex`` and ``.html``, ``.pdf`` where an engine is found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from overspec.files import write_atomically
from overspec.reports.content.compose import compose
from overspec.reports.printing import drawing, html, latex
from overspec.reports.printing.pdf import compile_pdf
from overspec.verify.claims.ledger import Ledger

if TYPE_CHECKING:
    from overspec.reports.content.gallery import Entries

NAME = "overspec-report"
FIGURES = f"{NAME}-figures"
FIGURE = "1609.00368"  # of the gallery: ten steps from infinity, published and true


@dataclass(frozen=True)
class Report:
    """The files written, and what was left out and why."""

    files: tuple[Path, ...]
    skipped: tuple[str, ...] = ()


def write_report(
    ledger: Ledger, folder: Path, old: Ledger | None = None, gallery: Entries | None = None
) -> Report:
    """Write ``overspec-report.tex`` with its figures, ``.html``, and ``.pdf`` if it compiles.

    Args:
        ledger: what to report.
        folder: where to; it is created.
        old: an older ledger, for a section on what changed.
        gallery: papers of a file of ``overspec gallery --all``, for the page alone.

    Raises:
        InputError: the folder cannot be written.
    """
    document = compose(ledger, old)
    whole = document
    if gallery is not None:  # which brings the engines: a ledger is read without them
        from overspec.reports.content.gallery import sections
        from overspec.reports.figures.gallery import gallery_figure, overview
        from overspec.verify.gallery.registry import find

        audited = sections(gallery, [overview(gallery), gallery_figure(find(FIGURE))])
        whole = replace(document, sections=(*document.main, *audited, *document.appendix))
    skipped, pictures, elements = [], {}, {}
    if drawing.available():
        for drawn in document.drawings:
            pictures[drawn.id] = drawing.draw(drawn, "pdf")
        for drawn in whole.drawings:
            elements[drawn.id] = drawing.draw(drawn, "svg").decode()
            elements[f"{drawn.id}-narrow"] = drawing.draw(drawn, "svg", drawing.NARROW).decode()
        if not ledger.figures:
            skipped.append(
                "figures skipped: this ledger holds no data for them; "
                "overspec verify --out DIR makes one that does"
            )
    else:
        skipped.append("figures skipped: no matplotlib; pip install 'overspec[figures]'")
    names = {name: f"{FIGURES}/{name}.pdf" for name in pictures}
    files = [write_atomically(folder / names[name], pictures[name]) for name in pictures]
    page = write_atomically(folder / f"{NAME}.html", html.render(whole, elements))
    source = write_atomically(folder / f"{NAME}.tex", latex.render(document, names))
    pdf = compile_pdf(source, {names[name]: pictures[name] for name in pictures})
    if pdf.path is None:
        source.with_suffix(".pdf").unlink(missing_ok=True)  # an older one would not match
        return Report((source, page, *files), (*skipped, f"PDF skipped: {pdf.reason}"))
    return Report((source, pdf.path, page, *files), tuple(skipped))
