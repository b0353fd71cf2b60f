"""All entries of the gallery."""

from __future__ import annotations

from overspec.errors import one_of
from overspec.verify.gallery.entry import Entry
from overspec.verify.gallery.papers import (
    balakrishnan_2017,
    daskalakis_2017,
    dwivedi_2020,
    dwivedi_2020_scale,
    weinberger_2022,
    wu_2021,
    xu_2016,
    xu_2018,
)
from overspec.verify.gallery.papers.means import (
    chen_2024,
    jin_2016,
    mallik_2026,
    segol_2021,
    wang_2026,
    xu_2024,
    yan_2017,
)

#: By identifier, so by when they appeared.
ENTRIES: tuple[Entry, ...] = tuple(
    sorted(
        (
            balakrishnan_2017.ENTRY,
            chen_2024.ENTRY,
            daskalakis_2017.ENTRY,
            dwivedi_2020.ENTRY,
            dwivedi_2020_scale.ENTRY,
            jin_2016.ENTRY,
            mallik_2026.ENTRY,
            segol_2021.ENTRY,
            wang_2026.ENTRY,
            weinberger_2022.ENTRY,
            wu_2021.ENTRY,
            xu_2016.ENTRY,
            xu_2018.ENTRY,
            xu_2024.ENTRY,
            yan_2017.ENTRY,
        ),
        key=lambda entry: entry.arxiv,
    )
)


def find(name: str) -> Entry:
    """An entry by its arXiv identifier or by its name.

    Raises:
        InputError: there is none; the nearest is named.

    >>> find("1609.00368").name
    'daskalakis_2017'
    """
    name = name.strip().removeprefix("arXiv:")
    known = {entry.arxiv: entry for entry in ENTRIES} | {entry.name: entry for entry in ENTRIES}
    by = [entry.arxiv if name[:1].isdigit() else entry.name for entry in ENTRIES]
    return known[one_of(name, by, "paper", " in the gallery")]
