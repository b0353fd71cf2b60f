"""All θ beyond a radius, k an odd prime: λ above its level.

Every pair of components is c ± t, 1 ≤ t ≤ (k−1)/2, with one c. Given the mean exponents of all such
pairs around c, the difference D of the two of one pair is still normal, of standard deviation δ ≥ 2
sin(π/k)|θ|, and with the other components in the denominator ``E w_{c+t}w_{c−t} ≤ E v_t/(√(2π)δ)``,
v_t ≥ 0 of a sum over t of at most 1 − w_c: ``∫ dy/(2cosh(y/2) + σ)² ≤ 2/(2+σ)``. So

    ``1 − g_m = 4 Σ_c Σ_t sin²(2πmt/k) E w_{c+t}w_{c−t}``
    ``        ≤ 4(k−1) cos²(π/2k)/(√(2π) · 2 sin(π/k)|θ|)``,

as Σ_c (1 − w_c) = k − 1. Along the amplitudes the squares ``⟨x,(R^{c+t}−R^{c−t})u⟩²`` come in:
their part along D brings Q/δ³ in place of 1/δ, ``Q = π²/3 + T²``, T the largest |log(π_i/π_j)|: in
all at most ``Q/δ³ + v_t max(1/δ − Q/δ³, 0)`` times their mean. `radius_proof` has the other tails.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from overspec.verify.check.cover.constants import context_of, real


def lost(k: int, r: Fraction, weights: Sequence[Any], second: bool) -> Any:
    """What λ may be below 1 for |θ| ≥ r > 0; the weights are mpmath's, every value once.

    >>> round(float(lost(5, Fraction(10), [], False)), 4)
    0.4911
    """
    context = context_of()

    def sine(n: int) -> Any:
        return context.sin(context.pi * n / k)

    q, turns = context.mpf(0), range(1, (k + 1) // 2)
    if second:
        logs = [context.log(w) for w in weights]
        q = context.pi**2 / 3 + (max(logs) - min(logs)) ** 2
    diameter = 2 * real(r)
    # the pairs at t when θ has the frequency 1, u the frequency m
    cubic = max(
        sum(sine(2 * m * t) ** 2 / (diameter * sine(2 * t)) ** 3 for t in turns) for m in turns
    )
    delta = max(diameter * sine(1), context.sqrt(3 * q))
    largest = (1 + context.cos(context.pi / k)) / 2  # of sin²
    plain = largest * (delta**2 - q) / delta**3
    return 4 * (k * q * cubic + (k - 1) * plain) / context.sqrt(2 * context.pi)
