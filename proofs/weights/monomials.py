"""Monomial equations between roots of unity, and what is left of them: used for k = 5, 6, 7."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from math import gcd

import sympy


def components(rows: Sequence[Sequence[int]]) -> int:
    """How many connected components ``{a ∈ (R/Z)^n: rows · a = 0}`` has: the gcd of the maximal
    minors, for rows of full rank.

    >>> components([(1, -3)]), components([(2, -3, 1), (3, -1, -2)])
    (1, 7)
    """
    matrix = sympy.Matrix(rows)
    size = len(rows)
    minors = (matrix[:, list(c)].det() for c in combinations(range(matrix.cols), size))
    return gcd(*map(int, minors))


def solved_by(rows: Sequence[Sequence[int]], curve: Sequence[int], k: int) -> bool:
    """Whether a curve and its shifts of the index, z_m → ω^{mj}z_m, are all solutions."""
    along = all(sum(a * v for a, v in zip(row, curve, strict=True)) == 0 for row in rows)
    frequencies = (1, 2, 4)[: len(curve)]
    kept = all(sum(a * f for a, f in zip(row, frequencies, strict=True)) % k == 0 for row in rows)
    if not along or gcd(*curve) != 1:
        return False
    return components(rows) == (_apart(curve, k) if kept else 1)


def _apart(curve: Sequence[int], k: int) -> int:
    """How many of the k shifts are on other components: j(1, 2, 4)/k not on the curve + Z^n."""
    frequencies = (1, 2, 4)[: len(curve)]
    places = range(k)
    on = [j for j in places if any(
        all((t * v - j * f) % k == 0 for v, f in zip(curve, frequencies, strict=True))
        for t in places)]  # fmt: skip
    return k // len(on)


def alike_but_one(z: Sequence[Fraction], k: int) -> bool:
    """Whether ``π̂_m = ±ρω^{mj}`` for one sign and j: then all weights but π_{−j} are equal.

    Args:
        z: the arguments of z_1, z_2, … as fractions of a turn.
    """
    return any(
        all((a - s - Fraction(f * j, k)).denominator == 1 for f, a in enumerate(z, start=1))
        for s in (Fraction(0), Fraction(1, 2))
        for j in range(k)
    )


def arguments(k: int, curve: Sequence[int], t: Fraction) -> list[Fraction]:
    """The arguments of z_1, … on a curve at ``z = e^{2πi t}``, m ≤ k/2."""
    known = dict(zip((1, 2, 4), curve, strict=False))
    return [t * known[f] if f in known else -t * known[k - f] for f in range(1, k // 2 + 1)]


def whole_turns(a: Fraction) -> bool:
    """Whether an angle, as a fraction of a turn, is that of 1."""
    return a.denominator == 1
