"""Sums of roots of unity over the components of each distinct weight, at every frequency asked.

``B_a(m) = Σ ω^{mi}`` over the components i of weight a, ω = e^{2πi/k}. What the factors need of
them is ``|Σ_a q_a B_a|²``: at every node of a line (`squares`), or, where the distinct weights are
few and the frequencies may be half a million, once in an integral over the line (`apart`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import combinations_with_replacement
from typing import Any

import gmpy2
import numpy as np

from overspec.verify.check.value import Mpfr, Orbit, TooCostly, counted, turn

FEW = 4  # distinct weights, whose pairs are looked at
CHUNK = 2**14  # frequencies in one long integer

Runs = tuple[tuple[Fraction | str, int], ...]


def whole(values: Iterable[Mpfr], bits: int) -> list[Any]:
    """v·2^bits, to a whole number less than 1 away."""
    scale = gmpy2.exp2(bits)
    return [gmpy2.mpz(v * scale) for v in values]


def sums(k: int, weights: Runs, wanted: Sequence[int]) -> list[list[Any]]:
    """B_a(m) for each distinct weight a and m wanted, at the current precision.

    A run is a geometric sum: ``(1 − ω^{mn}) ω^{ms} / (1 − ω^m)`` for n components from s on. Every
    root is the product of two out of about 2√k, for there may be millions.
    """
    stride = 1 << (k.bit_length() + 1) // 2
    coarse = lru_cache(None)(lambda i: gmpy2.mpc(*turn(i * stride, k)))
    fine = lru_cache(None)(lambda i: gmpy2.mpc(*turn(i, k)))

    def root(n: int) -> Any:
        high, low = divmod(n % k, stride)
        return coarse(high) * fine(low)

    def block(start: int, length: int, m: int) -> Any:
        if length == 1:
            return root(m * start)
        if m % k == 0:
            return gmpy2.mpc(length)
        return (1 - root(m * length)) * root(m * start) / (1 - root(m))

    found = {w: [gmpy2.mpc(0)] * len(wanted) for w, _ in weights}
    start = 0
    for weight, length in weights:
        blocks = (block(start, length, m) for m in wanted)
        found[weight] = [a + b for a, b in zip(found[weight], blocks, strict=True)]
        start += length
    return list(found.values())


def squares(point: Orbit, ratios: list[Any], wanted: Sequence[int], span: Mpfr) -> Iterator[Any]:
    """``|Σ_a q_a B_a|²`` at every node of a line of this span, for each m wanted.

    In whole units u, all nodes in one long integer, so that a product is of all of them. The q_a
    and B_a are off by u at most: the sums by ``u (k + Σ q)``, as |B_a| is at most the number of its
    components, and the integral of their squares by ``u (2k ∫Π P_0 + (2k + 4) ∫Π P_0 (Σ q)²)``.
    With this u it is less than a rounding of the larger integral, and of 1.
    """
    nodes, k = len(ratios[0]), point.k
    most = (2 * k + 4) * (1 + gmpy2.ceil(span))
    bits = gmpy2.get_context().precision + gmpy2.mpz(most).bit_length()
    quotients = [whole(q, bits) for q in ratios]
    largest = (k + 1) * max(map(max, quotients)) << bits  # a sum, roundings included
    slot = largest.bit_length() + 1
    packed = [gmpy2.pack(q, slot) for q in quotients]
    middle = gmpy2.mpz(1) << (slot - 1)  # lifts the sums above 0
    lift = gmpy2.pack([middle] * nodes, slot)
    unit = gmpy2.exp2(-4 * bits)

    def summed(sides: Iterable[Mpfr]) -> list[Any]:
        product = sum((b * q for b, q in zip(whole(sides, bits), packed, strict=True)), lift)
        return [value - middle for value in gmpy2.unpack(product, slot)]

    for turned in zip(*sums(k, point.weights, wanted), strict=True):
        sides = zip(summed(b.real for b in turned), summed(b.imag for b in turned), strict=True)
        yield np.array([(x * x + y * y) * unit for x, y in sides], object)


@dataclass(frozen=True)
class Apart:
    """``D_ab(m) = Σ_{i∈a, j∈b} (1 − cos 2πm(i − j)/k) = n_a n_b − Re B_a B̄_b``, once for a ≤ b.

    In whole units 2^-bits, each less than two units off, in long integers of `CHUNK` frequencies.
    """

    bits: int
    slot: int
    chunks: tuple[tuple[Any, ...], ...]


@lru_cache(maxsize=2)
def _apart(k: int, weights: Runs, wanted: tuple[int, ...], bits: int) -> Apart:
    counts = list(counted(weights).values())
    slot, chunks = 2 * bits + 64, []
    pairs = list(combinations_with_replacement(range(len(counts)), 2))
    # fewer than 10k roundings of numbers below k² (the sines in the denominators), times n_a n_b
    with gmpy2.context(gmpy2.get_context(), precision=bits + 4 * k.bit_length() + 10):
        for first in range(0, len(wanted), CHUNK):
            turned = sums(k, weights, wanted[first : first + CHUNK])
            found = []
            for i, j in pairs:
                most = gmpy2.mpfr(counts[i] * counts[j])
                ends = zip(turned[i], turned[j], strict=True)
                apart = (most - b.real * c.real - b.imag * c.imag for b, c in ends)
                found.append(gmpy2.pack([max(x, 0) for x in whole(apart, bits)], slot))
            chunks.append(tuple(found))
    return Apart(bits, slot, tuple(chunks))


def apart(point: Orbit, ratios: list[Any], density: Any, wanted: Sequence[int]) -> list[Mpfr]:
    """``Σ_ab D_ab(m) ∫ q_a q_b`` with the measure ``density``, for each m wanted.

    Nothing in it is negative. Both factors are in whole units: the D_ab, less than two units off,
    move the sum by less than 2^(1 − bits) of ``Σ_ab n_a n_b ∫ q_a q_b``, the integrals by less than
    ``2k² 2^-bits``; with these bits both are less than a rounding, of that sum and of 1.

    Raises:
        TooCostly: integrals of 2^60 or more.
    """
    chunks, unit = _in_units(point, ratios, density, wanted)
    found: list[Mpfr] = []
    for first, chunk in zip(range(0, len(wanted), CHUNK), chunks, strict=True):
        size = min(CHUNK, len(wanted) - first)
        found += [value * unit for value in chunk + [gmpy2.mpz(0)] * (size - len(chunk))]
    return found


def farthest_apart(point: Orbit, ratios: list[Any], density: Any, wanted: Sequence[int]) -> Mpfr:
    """The largest of `apart`."""
    found, unit = _in_units(point, ratios, density, wanted)
    return max(map(max, found)) * unit


def _in_units(
    point: Orbit, ratios: list[Any], density: Any, wanted: Sequence[int]
) -> tuple[Iterator[list[Any]], Mpfr]:
    """`apart` in whole units of the second."""
    k, precision = point.k, gmpy2.get_context().precision
    bits = -(-(precision + 2 * k.bit_length() + 2) // 64) * 64  # the same for many points
    held = _apart(k, point.weights, tuple(wanted), bits)
    counts, scales, most = list(counted(point.weights).values()), [], gmpy2.mpfr(0)
    for i, j in combinations_with_replacement(range(len(ratios)), 2):
        twice = 1 if i == j else 2
        scales.append(twice * (density * ratios[i] * ratios[j]).sum())
        most += scales[-1] * counts[i] * counts[j]
    if most >= 2**60:
        raise TooCostly("integrals too large to be held in whole numbers")
    factors = whole(scales, bits)
    products = (sum(f * d for f, d in zip(factors, c, strict=True)) for c in held.chunks)
    return (gmpy2.unpack(p, held.slot) for p in products), gmpy2.exp2(-2 * bits)
