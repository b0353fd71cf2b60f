"""``|π̂_m|²``, by runs of equal weights."""

from __future__ import annotations

import math
from fractions import Fraction

import gmpy2

from overspec.verify.check.value import Enclosure, Orbit, Purse, fraction, groups


def energies(
    k: int,
    weights: tuple[tuple[Fraction | str, int], ...],
    frequencies: list[int],
    digits: int,
    purse: Purse,
) -> list[Enclosure]:
    """``|π̂_m|²`` for each m, by the runs of equal weights as geometric sums."""
    purse.spend(len(frequencies) * len(weights) * 1000, "the spectrum of the weights")
    bits = math.ceil(digits * math.log2(10)) + 60 + 3 * k.bit_length()
    point = Orbit(k, weights, (), True)
    with gmpy2.context(gmpy2.get_context(), precision=bits):
        parts = groups(point, frequencies)
        found = []
        for index in range(len(frequencies)):
            real = sum((w * sums[index][0] for w, _, sums in parts), gmpy2.mpfr(0))
            imag = sum((w * sums[index][1] for w, _, sums in parts), gmpy2.mpfr(0))
            value = fraction(real**2 + imag**2)
            # fewer than 2^20 roundings of numbers below k² (the sines in the denominators)
            error = Fraction(k * k * 2**24, 2**bits)
            found.append((max(Fraction(0), value - error), value + error))
    return found
