"""The K_p and what they bound: derivatives along lines, to 60 digits, to the safe side."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath

SAFE = Fraction(1, 10**50)


def context_of() -> Any:
    """Of 60 digits."""
    context = mpmath.MPContext()
    context.dps = 60
    return context


def real(value: Fraction) -> Any:
    """In that context."""
    return context_of().mpf(value.numerator) / value.denominator


def up(value: Any) -> Fraction:
    """An upper bound of a positive number that mpmath has to 55 digits."""
    _sign, mantissa, exponent, _ = value._mpf_
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent) * (1 + SAFE)


def range_moment(k: int, power: int) -> Any:
    """K_p, p = 2, 4 (6, too, for k > 3): at k = 3 by the mean of cos^p over a sixth of a circle.

    Else ``2^p E max(0, max_j y_j)^p`` with the tail (k/2) e^{−s²/2}.
    """
    context = context_of()
    if k == 2:
        return context.mpf(4 if power == 2 else 48)
    if k == 3:
        third = context.pi / 3
        first, second = context.sin(third) / third, context.sin(2 * third) / (2 * third)
        mean = (1 + first) / 2 if power == 2 else (3 + 4 * first + second) / 8
        return 3 ** (power // 2) * (2 if power == 2 else 8) * mean
    level = context.log(context.mpf(k) / 2)
    if power == 6:
        return 512 * ((level + 1) ** 3 + 3 * (level + 1) + 2)
    return 8 * level + 8 if power == 2 else 64 * ((level + 1) ** 2 + 1)


def curvatures(k: int, kind: str) -> tuple[Fraction, Fraction, Fraction]:
    """Bounds of the second and the first derivative along a line of unit speed; π²/4."""
    context, k2, k4 = context_of(), range_moment(k, 2), range_moment(k, 4)
    bend, slope = (1 + context.sqrt(2)) / 4 * k2, context.sqrt(k2) / 2
    if kind != "factor":
        bend, slope = max(bend, k4 / 8), max(slope, context.sqrt(k2 * k4) / 8)
    return up(bend), up(slope), up(context.pi**2 / 4)
