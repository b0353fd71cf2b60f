"""The limit of a sequence with a known expansion, and how far it may be off (Richardson)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

EPSILON = 2.0**-52


@dataclass(frozen=True)
class Limit:
    """An extrapolated number with its error estimate.

    >>> found = Limit.of([math.sin(h) / h for h in (1, 1 / 2, 1 / 4, 1 / 8)], [1e-16] * 4)
    >>> abs(found.value - 1) < found.error < 1e-3
    True
    """

    value: float
    error: float

    @classmethod
    def of(cls, values: Sequence[float], errors: Sequence[float], ratio: float = 4.0) -> Limit:
        """As `extrapolated`."""
        return cls(*extrapolated(values, errors, ratio))


def extrapolated(
    values: Sequence[float], errors: Sequence[float], ratio: float = 4.0
) -> tuple[float, float]:
    """``lim_{h→0} F(h)`` from F(h), F(h/2), F(h/4), …, where ``F(h) = Σ_j c_j h^{pj}``.

    ``T_{i,j} = (q^j T_{i,j−1} − T_{i−1,j−1})/(q^j − 1)``, q = ratio = 2^p, removes one term a
    column. Of the last entry T_n = T_{n,n} the error has two parts, which are added:

    * truncation. ``T_{j−1} − F(0)`` is ``±c_j Π_{i<j} h_i^p`` to leading order, and so is the move
      ``d_j = |T_j − T_{j−1}|``. For a series that converges at h, ``|c_j| h^{pj} ≤ C``, so that
      ``d_j ≤ C q^{−j(j−1)/2}``. All moves seen give C, one that is small by accident does not
      matter, and what is left after the n-th is ``C q^{−n(n+1)/2}`` for the next term; with all
      later ones ``Π_{1≤i≤n} (1 − q^{−i})^{−1} / (1 − 1/q)`` times as much at the most, if the
      series converges up to 2h. Stated is that or the last move, whichever is larger. That the
      moves fall is looked at: where the last is more than 1/q of the one before (and both are more
      than rounding), nothing is known of the error, and it is infinite: whoever compares with it
      gets no verdict.
    * rounding. The errors of the values, with the sizes of their coefficients in T_n, and half a
      unit in the last place for each operation.

    Args:
        values: at least three, at h, h/2, h/4, …
        errors: of each value, absolute.
        ratio: q, 2 for an expansion in h, 4 for one in h².

    Returns:
        The limit and the error estimate.

    >>> found, error = extrapolated(
    ...     [math.sin(h) / h for h in (1, 1 / 2, 1 / 4, 1 / 8)], [1e-16] * 4
    ... )
    >>> abs(found - 1) < error < 1e-4
    True
    >>> extrapolated([1.0, 2.0, 1.0, 2.0], [0.0] * 4)[1]
    inf
    """
    if len(values) < 3 or len(values) != len(errors):
        raise ValueError("a limit needs three values or more, each with its error")
    row, slack = list(values[:1]), list(errors[:1])
    diagonal = [values[0]]
    for value, error in zip(values[1:], errors[1:], strict=True):
        across, slacks, power = [value], [error], 1.0
        for left, size in zip(row, slack, strict=True):
            power *= ratio
            across.append((power * across[-1] - left) / (power - 1))
            grown = (power * slacks[-1] + size) / (power - 1)
            slacks.append(grown + 2 * EPSILON * (abs(across[-1]) + abs(left)))
        row, slack = across, slacks
        diagonal.append(row[-1])
    moves = [abs(after - before) for before, after in pairwise(diagonal)]
    terms = max(move * ratio ** (j * (j - 1) / 2) for j, move in enumerate(moves, start=1))
    n = len(moves)
    later = math.prod(1 / (1 - ratio**-i) for i in (1, *range(1, n + 1)))
    left = later * terms * ratio ** (-n * (n + 1) / 2)
    last, rounding = moves[-1], slack[-1]
    regular = last <= max(moves[-2] / ratio, 2 * rounding)
    return diagonal[-1], max(last, left) + rounding if regular else math.inf
