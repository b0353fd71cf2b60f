"""All entries of the gallery, in the order in which they are listed."""

from __future__ import annotations

from overspec.errors import one_of
from overspec.verify.gallery.entry import Entry
from overspec.verify.gallery.papers import daskalakis_2017, dwivedi_2020, xu_2018, xu_2024

#: Newest questions last, as the field asked them.
ENTRIES: tuple[Entry, ...] = (
    daskalakis_2017.ENTRY,
    dwivedi_2020.ENTRY,
    xu_2018.ENTRY,
    xu_2024.ENTRY,
)


def find(name: str) -> Entry:
    """An entry by its arXiv identifier or by its name.

    Raises:
        InputError: there is none; the nearest is named.

    >>> find("1609.00368").name
    'daskalakis_2017'
    """
    known = {entry.arxiv: entry for entry in ENTRIES} | {entry.name: entry for entry in ENTRIES}
    by = [entry.arxiv if name[:1].isdigit() else entry.name for entry in ENTRIES]
    return known[one_of(name.removeprefix("arXiv:"), by, "paper", " in the gallery")]
