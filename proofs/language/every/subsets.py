"""Sums over parts of Z/k, such as half of the frequencies or one of each coset, and over pairs.

A part that no closed formula is known for is its indicator, a table of 0 and 1 of which nothing
else is used; what is proved with it holds for every part.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from overspec.proofs.language.every import forms, sums
from overspec.proofs.language.every.atoms import HALF
from overspec.proofs.language.every.sums import Sums, delta, entry
from overspec.proofs.language.expression import Num, Unevaluable
from overspec.proofs.language.ranges import F_R, PLANES, Z_K


def over_range(over: Any, value: Sums, free: str) -> Sums:
    """``Σ f(j)`` over a range, f with the free index in the place of j.

    Raises:
        Unevaluable: another part of Z/k.
    """
    if over == PLANES:
        return _half(value, free)
    if over == F_R:
        return value.put(free, ()) + _half(value, free)
    indicator, first = getattr(over, "indicator", ""), over.start
    if not isinstance(first, Num) or first.number not in (0, 1):
        raise Unevaluable("a sum over a part of Z/k")
    if indicator:
        out = (value * entry(indicator, forms.variable(free))).summed(free)
    elif over == Z_K or (not over.name and over.stop == Z_K.stop):
        out = value.summed(free)
    else:
        raise Unevaluable("a sum over a part of Z/k")
    for j in range(int(first.number)):  # all but those before the first; there are at least so many
        out = out - value.put(free, forms.constant(j))
    return out


def over_pairs(value: Sums, one: str, other: str) -> Sums:
    """``Σ_{i<j} f(i, j)`` of an f that is symmetric: half of what is left without the diagonal.

    Raises:
        Unevaluable: f is not known to be symmetric.
    """
    i, j, between = forms.variable(one), forms.variable(other), "#between"
    swapped = value.put(one, forms.variable(between)).put(other, i).put(between, j)
    if not (value - swapped).is_zero:
        raise Unevaluable("a sum over pairs of what is not symmetric")
    diagonal = value.put(other, i).summed(one)
    return (value.summed(other).summed(one) - diagonal) * Fraction(1, 2)


def _half(value: Sums, free: str) -> Sums:
    """``Σ_{m=1}^{⌊k/2⌋} f(m)``.

    If f(−m) = f(m), then the other m ≠ 0 repeat these, but for one with 2m ≡ 0, which is its own
    opposite: the sum is ``½ Σ_{m≠0} (1 + δ_{2m}) f(m)``, for k even and odd. Else ``Σ_m χ_m f(m)``,
    χ the indicator.
    """
    m = forms.variable(free)
    if not (value - value.put(free, forms.negative(m))).is_zero:
        return (value * entry(HALF, m)).summed(free)
    doubled = value * (sums.ONE + delta(forms.plus(m, m))) * Fraction(1, 2)
    return doubled.summed(free) - doubled.put(free, ())
