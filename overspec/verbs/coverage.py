"""``ov.coverage``: each sentence of the document under test, and what answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from overspec.errors import InputTypeError

if TYPE_CHECKING:
    from overspec.verify.claims.ledger import Ledger
    from overspec.verify.source.coverage import Coverage


def coverage(ledger: Ledger | None = None) -> Coverage:
    """Every sentence of the summary of arXiv 2506.11850 with the claims that answer it.

    Args:
        ledger: of `verify`; outcomes are read from it. Without one only the labels are given.

    Returns:
        The table: sentences that assert nothing are listed too, each with the reason.

    Raises:
        InputTypeError: no ledger.

    >>> coverage()
    <Coverage: 105 sentences, 51 assert something, 51 of these answered by claims>
    """
    from overspec.verify.claims.ledger import Ledger
    from overspec.verify.source.coverage import Coverage

    if ledger is not None and not isinstance(ledger, Ledger):
        raise InputTypeError(f"ledger {ledger!r}: give what overspec.verify or load_ledger returns")
    return Coverage.of(ledger)
