"""``|π̂_m|²``, by runs of equal weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import gmpy2

from overspec.verify.check.laplace.turns import sums
from overspec.verify.check.value import Enclosure, Purse, TooCostly, counted, fraction, number

MOST_HELD = 3 * 10**6  # a gigabyte


def energies(
    k: int,
    weights: tuple[tuple[Fraction | str, int], ...],
    frequencies: Sequence[int],
    digits: int,
    purse: Purse,
) -> list[Enclosure]:
    """``|π̂_m|²`` for each m, by the runs of equal weights as geometric sums.

    Raises:
        TooCostly: more work than the purse holds, or more numbers than are held in memory.
    """
    held = len(frequencies) * len(counted(weights))
    if held > MOST_HELD:
        raise TooCostly(
            f"{held:.1e} sums of roots of unity are to be held, {MOST_HELD:.0e} at most"
        )
    purse.spend(len(frequencies) * len(weights) * 1000, "the spectrum of the weights")
    bits = math.ceil(digits * math.log2(10)) + 60 + 3 * k.bit_length()
    with gmpy2.context(gmpy2.get_context(), precision=bits):
        values = [number(w) for w in counted(weights)]
        found = []
        for turned in zip(*sums(k, weights, frequencies), strict=True):
            total = sum((w * b for w, b in zip(values, turned, strict=True)), gmpy2.mpc(0))
            value = fraction(total.real**2 + total.imag**2)
            # fewer than 2^20 roundings of numbers below k² (the sines in the denominators)
            error = Fraction(k * k * 2**24, 2**bits)
            found.append((max(Fraction(0), value - error), value + error))
    return found
