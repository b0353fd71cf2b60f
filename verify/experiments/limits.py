"""Limits of sequences with a known expansion, and what their errors are (Richardson)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from overspec.verify.engines.richardson import extrapolated
from overspec.verify.experiments.interval import Interval


def limit(values: Sequence[float], errors: Sequence[float], ratio: float = 4.0) -> Interval:
    """``lim_{h→0} F(h)`` from F(h), F(h/2), F(h/4), …, as `engines.richardson.extrapolated`.

    >>> found = limit([math.sin(h) / h for h in (1, 1 / 2, 1 / 4, 1 / 8)], [1e-16] * 4)
    >>> abs(found.mean - 1) < found.half < 1e-4
    True
    """
    return Interval(*extrapolated(values, errors, ratio), 1)


def settled(values: Sequence[float], rounding: float, ratio: float = 2.0) -> Interval:
    """The limit of a sequence that comes nearer by ``ratio`` at least from entry to entry.

    Then what is left of it after the last entry is below the last move over ratio − 1; the last
    entry is given with that and the rounding. Whether the moves fall so is seen of the last two:
    where they do not, the error is infinite, as in `limit`.

    Args:
        values: three or more.
        rounding: of an entry, absolute.

    >>> settled([1.5, 1.25, 1.125], 1e-12).half
    0.125000000001
    >>> settled([1.0, 2.0, 3.0], 1e-12).half, settled([1.0, 1.0, 1.0], 1e-12).half
    (inf, 1e-12)
    """
    if len(values) < 3:
        raise ValueError("settled needs three values or more")
    before, last = abs(values[-2] - values[-3]), abs(values[-1] - values[-2])
    if not last <= max(before / ratio, 2 * rounding):
        return Interval(values[-1], math.inf, 1)
    return Interval(values[-1], last / (ratio - 1) + rounding, 1)
