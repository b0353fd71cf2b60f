"""``ov.verify``: every claim checked; the ledger of what came out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from overspec.errors import InputError, InputTypeError
from overspec.exact import flag, whole
from overspec.ranges import integer_range

if TYPE_CHECKING:
    from overspec.verify.claims.ledger import Ledger

#: Told ``(what, done, total)``.
Progress: TypeAlias = Callable[[str, int, int], None]


LONGEST_NAME = 200  # letters of an owner


def _silent() -> AbstractContextManager[Progress]:
    return nullcontext(lambda what, done, total: None)


def verify(
    claims: str | Iterable[str] | None = None,
    k: str | int | Iterable[int] = (2, 3, 4),
    *,
    quick: bool = False,
    figures: bool = False,
    jobs: int = 1,
    owner: str = "",
    progress: Callable[[], AbstractContextManager[Progress]] = _silent,
) -> Ledger:
    """Check claims, and what they rest on, by computation.

    Args:
        claims: labels, as ``"S6,T1"`` or a list; all when left out.
        k: numbers of components between 2 and 6: one, several, or text such as ``"2:5"``.
        quick: fewer cases for the measured claims.
        jobs: processes of this machine; in a script they need its ``if __name__ == "__main__"``.
        owner: whose ledger it is: the author of its report.
        figures: also compute the data of the report's figures; only where all claims are checked.
        progress: gives a context for each part of the work, which is told of progress.

    Returns:
        The ledger: a certificate for each claim.

    Raises:
        InputError: an unknown label, k outside 2 … 6, jobs below 1, or an owner of several lines.

    >>> verify(claims="P4", k=2)
    <Ledger: 1 claim, for k = 2 … 12: 1 amended>
    """
    labels = labels_of(claims) if isinstance(claims, str) else claims
    labels = None if labels is None else tuple(labels)
    if isinstance(k, str):
        ks = integer_range(k, "k")
    elif isinstance(k, Iterable):
        ks = tuple(whole(one, "k") for one in k)
    else:
        ks = (whole(k, "k"),)
    quick, figures = flag(quick, "quick"), flag(figures, "figures")
    if whole(jobs, "jobs") < 1:
        raise InputError(f"jobs = {jobs}: a number >= 1")
    whose = named(owner)
    from overspec.verify.claims.run import run

    with progress() as report:
        ledger = replace(run(ks, labels, quick, report, jobs), owner=whose)
    if not figures or labels is not None:
        return ledger
    from overspec.reports.figures.ledger import figure_data

    with progress() as report:
        return replace(ledger, figures=figure_data(quick, on_progress=report))


def named(owner: str) -> str:
    """A name on one line of at most `LONGEST_NAME` letters.

    Raises:
        InputError: another.

    >>> named(" Ada Lovelace ")
    'Ada Lovelace'
    """
    if not isinstance(owner, str):
        raise InputTypeError(f"owner = {owner!r}: a name as text")
    name = owner.strip()
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise InputError(
            f"owner {name[:20]!r}…: a name on one line, of at most {LONGEST_NAME} printable letters"
        )
    return name


def labels_of(claims: str) -> tuple[str, ...]:
    """The labels in a comma list.

    >>> labels_of("S6, T1")
    ('S6', 'T1')
    """
    return tuple(part.strip() for part in claims.split(","))


def save_ledger(ledger: Ledger, path: str | Path) -> Path:
    """Write a ledger as JSON, whole or not at all; ``path`` is the file."""
    from overspec.files import write_atomically

    return write_atomically(Path(path), json.dumps(ledger.to_dict(), indent=2) + "\n")


def load_ledger(path: str | Path) -> Ledger:
    """Read a ledger that `save_ledger` wrote.

    Raises:
        InputError: it cannot be read, is no ledger, is damaged or empty.
        OutOfReach: it has more bytes, items or levels than `overspec.files` reads.
    """
    from overspec.files import MOST_JSON, parse_json, read_bytes
    from overspec.verify.claims.ledger import Ledger

    ledger = Ledger.from_json(parse_json(read_bytes(path, MOST_JSON), str(path)))
    if not ledger.certificates:
        raise InputError(f"{path} holds no claims; run overspec verify again")
    return ledger
