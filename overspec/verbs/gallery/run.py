"""What ``ov.gallery`` does: run one entry or all, list them, keep and print what was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from overspec.errors import InputTypeError
from overspec.verify.gallery.audit import Audit, Gallery, OnProgress, unrun
from overspec.verify.gallery.audit import audit as run
from overspec.verify.gallery.entry import Entry
from overspec.verify.gallery.registry import ENTRIES, find


def audit(entry: Entry | str, on_progress: OnProgress | None = None, **at: object) -> Audit:
    """Check every statement of an entry.

    Args:
        entry: one of your own, or an arXiv identifier or name of the gallery.
        on_progress: told how many statements are done, how many there are, and what comes next.
        at: parameters of the entry, exactly.

    Raises:
        InputError: an unknown entry or parameter, or a value out of range.

    >>> audit("1810.00828", rho="1/2").findings[0].true.upper < 0.751
    True
    """
    return run(find(entry) if isinstance(entry, str) else entry, at, on_progress)


def listing() -> Gallery:
    """All entries, with what they claim; nothing is run.

    >>> listing().audits[0].findings
    ()
    """
    return Gallery(tuple(map(unrun, ENTRIES)))


def everything(on_progress: OnProgress | None = None) -> Gallery:
    """All entries at their defaults: some 25 seconds of one core.

    Args:
        on_progress: told how many statements are done, how many there are, and what comes next.
    """
    total = sum(len(entry.statements) for entry in ENTRIES)
    audits: list[Audit] = []

    def told(done: int, _of: int, words: str) -> None:
        if on_progress is not None:
            on_progress(sum(len(a.findings) for a in audits) + done, total, words)

    for entry in ENTRIES:
        audits.append(run(entry, {}, told))
    return Gallery(tuple(audits))


def save(found: Audit | Gallery, path: str | Path) -> Path:
    """Write the enclosures and verdicts as JSON, whole or not at all.

    It is a record of what was computed, with both ends of every number. ``overspec check`` does not
    read it: whoever doubts it runs the entry again.

    Raises:
        InputError: a place that cannot be written.
    """
    import json

    from overspec import __version__
    from overspec.files import write_atomically

    whole = _gallery(found)
    data = {"overspec": __version__} | whole.to_dict()
    return write_atomically(Path(path), json.dumps(data, indent=2, allow_nan=False) + "\n")


def tex(found: Audit | Gallery | Sequence[Audit]) -> str:
    """Rows of a LaTeX table with five columns, one a statement."""
    from overspec.reports.gallery import tex_rows

    return tex_rows(_gallery(found))


def _gallery(found: object) -> Gallery:
    """One run, several, or a gallery, as a gallery."""
    several = (found,) if isinstance(found, Audit) else found
    if isinstance(several, Gallery):
        return several
    if not isinstance(several, Sequence) or not all(isinstance(a, Audit) for a in several):
        raise InputTypeError(f"{found!r}: give what audit or everything gave")
    return Gallery(tuple(several))


def paper(name: str) -> Callable[..., Audit]:
    """The function of one paper, by its name.

    >>> paper("xu_2018").__doc__.splitlines()[0][:25]
    'Xu, Hsu, Maleki (2018), B'
    """
    entry = find(name)

    def audited(**at: object) -> Audit:
        return audit(entry, None, **at)

    audited.__name__ = audited.__qualname__ = name
    source = f"{entry.authors} ({entry.year}), {entry.title}, arXiv {entry.arxiv}."
    takes = (f"    {p.name}: {p.words}; {p.default} when left out." for p in entry.parameters)
    audited.__doc__ = "\n".join((source, "", entry.setting, "", "Args:", *takes))
    return audited
