"""Within which radius no box is needed: the explicit bounds B, Ba and, of the factors, Bb."""

from __future__ import annotations

from fractions import Fraction

from overspec.verify.check.cover.constants import context_of, range_moment, real
from overspec.verify.check.radius import StatedRadius


def within_explicit_bound(s: StatedRadius, largest: Fraction) -> bool:
    """Whether λ is above its level for all |θ| ≤ start, by one of the three.

    Args:
        s: what is stated.
        largest: the largest |π̂_m|², m ≠ 0, or more.
    """
    context = context_of()
    sigma, level = real(s.sigma[0]), real(s.level(s.sigma[1], 1))
    square, base = real(s.start) ** 2, 4 - 9 * max(sigma - context.mpf(1) / 3, 0) ** 2
    below = 1 - context.mpf(10) ** -50
    if s.kind != "factor":
        lost = square * range_moment(s.k, 4) / (48 if s.k <= 3 else 32)
        free = square * context.exp(10 * square) * base
        return bool(0 < min(lost, free) <= (sigma - level) * below)
    room = max(sigma - level, context.sqrt(sigma) - context.sqrt(level))
    lost = square * range_moment(s.k, 2) / 8
    free = square * context.exp(5 * square) * context.sqrt(base / 2)
    tau, grown = real(largest), context.exp(square)
    against = level * ((1 + tau) * grown + (1 - tau) / grown)
    return bool(0 < min(lost, free) <= room * below or against <= 2 * sigma * below)
