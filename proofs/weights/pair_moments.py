"""``E[w_i w_j]`` on a regular simplex, order by order in r, and what it says of given weights.

The decision of conjecture H for given weights; `simplex_keeping` has the derivations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import cache
from math import factorial
from typing import Any

import sympy
from sympy.polys.rings import PolyElement, ring

from overspec.errors import InputError
from overspec.exact import as_fraction
from overspec.mixture import weight_symbols
from overspec.proofs.weights.difference_sets import constant_pairs
from overspec.weights import Weights


class Keeping(Enum):
    """Whether EM keeps every regular simplex with the given weights."""

    KEEPS = "keeps it at every radius"
    FAILS = "does not keep it"
    OPEN = "kept to the order examined"


@dataclass(frozen=True)
class Verdict:
    """The outcome of `keeps_simplex`.

    Attributes:
        keeping: the outcome.
        order: FAILS: the power of r at which the g_m first differ; OPEN: the last one examined.
        values: at that power of c, C_s for s = 1 … ⌊k/2⌋; empty when the pattern proves it.
        pattern: the sets of indices of equal weight.
    """

    keeping: Keeping
    order: int
    values: tuple[Fraction, ...]
    pattern: tuple[tuple[int, ...], ...]


def keeps_simplex(weights: Weights, orders: int = 4) -> Verdict:
    """Whether a regular simplex stays one under EM, decided exactly (see `simplex_keeping`).

    Args:
        weights: rational weights.
        orders: how many even powers of r to examine when the pattern does not prove it.

    Raises:
        InputError: irrational weights, or fewer than one order.

    >>> keeps_simplex(Weights.of("5/14,1/7,1/7,1/14,1/7,1/14,1/14")).keeping
    <Keeping.KEEPS: 'keeps it at every radius'>
    >>> verdict = keeps_simplex(Weights.of("2/5,3/10,1/5,1/10"))
    >>> verdict.order, verdict.values
    (0, (Fraction(6, 25), Fraction(11, 50)))
    """
    if not weights.is_rational or orders < 1:
        raise InputError(f"weights {weights}, orders {orders}: give rational weights, orders >= 1")
    values = tuple(map(as_fraction, weights))
    pattern = tuple(
        tuple(j for j, w in enumerate(values) if w == value) for value in dict.fromkeys(values)
    )
    if constant_pairs(len(values), pattern):
        return Verdict(Keeping.KEEPS, 0, (), pattern)
    found: tuple[Fraction, ...] = ()
    for n in range(orders):
        found = correlations(values, n)
        if len(set(found)) > 1:
            return Verdict(Keeping.FAILS, 2 * n, found, pattern)
    return Verdict(Keeping.OPEN, 2 * orders - 2, found, pattern)


def correlations(weights: Sequence[Fraction], order: int) -> tuple[Fraction, ...]:
    """The coefficient of ``c^{2·order}`` in ``C_s = Σ_i E[w_i w_{i+s}]``, s = 1 … ⌊k/2⌋.

    >>> correlations([Fraction(1, 4)] * 4, 1)
    (Fraction(-1, 16), Fraction(-1, 16))
    """
    k = len(weights)
    polynomial = pair_moment(order)
    size = len(polynomial.ring.gens)
    sums = [sum((w**p for w in weights), Fraction(0)) for p in range(2, size)]
    table: dict[tuple[Fraction, Fraction], Fraction] = {}
    for a in set(weights):
        for b in set(weights):
            table[a, b] = value_at(polynomial, [a, b, *sums])
    return tuple(
        sum((table[weights[i], weights[(i + s) % k]] for i in range(k)), Fraction(0))
        for s in range(1, k // 2 + 1)
    )


def value_at(polynomial: PolyElement, point: Sequence[Fraction]) -> Fraction:
    """The polynomial at a rational point, exactly.

    >>> value_at(pair_moment(0), [Fraction(1, 2)] * 3)
    Fraction(1, 4)
    """
    total = Fraction(0)
    for powers, c in polynomial.terms():
        term = Fraction(int(c.numerator), int(c.denominator))
        for base, power in zip(point, powers, strict=True):
            term *= base**power
        total += term
    return total


@cache
def pair_moment(order: int, equal: bool = False) -> PolyElement:
    """The coefficient of ``c^{2·order}`` in ``E[w_i w_j]`` (i ≠ j; ``E[w_i²]`` when equal), any k.

    Returns:
        A polynomial in ``a = π_i``, ``b = π_j`` and the power sums ``p_n = Σ_l π_l^n``.

    By ``(½Δ)^n/n!`` at 0, with the carré du champ ``Γ(F, G) = Σ_l ∂_lF ∂_lG``: polynomials in
    these letters are mapped to polynomials in them, whatever k is.

    >>> print(pair_moment(1), "and", pair_moment(1, equal=True))
    -2*a**2*b - 2*a*b**2 + 3*a*b*p2 and -4*a**3 + 3*a**2*p2 + a**2
    """
    top = 2 * order + 2
    base, *letters = ring(["a", "b", *(f"p{p}" for p in range(2, top + 1))], sympy.QQ)
    power_sum = [base.zero, base.one, *letters[2:]]

    def gamma(i: int, j: int) -> Any:
        if i > j:
            i, j = j, i
        if j < 2:
            return letters[i] * letters[j] * (int(i == j) - letters[i] - letters[j] + power_sum[2])
        p = power_sum
        if i < 2:
            w = letters[i]
            return j * w * (w**j - w * p[j] - p[j + 1] + p[2] * p[j])
        return i * j * (p[i + j] - p[i] * p[j + 1] - p[j] * p[i + 1] + p[2] * p[i] * p[j])

    def laplacian(i: int) -> Any:
        p = power_sum
        if i < 2:
            return 2 * letters[i] * (p[2] - letters[i])
        return i * ((i - 1) * p[i] - 2 * i * p[i + 1] + (i + 1) * p[2] * p[i])

    value = letters[0] * letters[0 if equal else 1]
    for _ in range(order):
        used = [i for i, letter in enumerate(letters) if value.diff(letter)]
        image = base.zero
        for i in used:
            slope = value.diff(letters[i])
            image += slope * laplacian(i)
            for j in used:
                bend = slope.diff(letters[j])
                if bend:
                    image += bend * gamma(i, j)
        value = image / 2
    return value / factorial(order)


def simplex_gain(k: int, m: int) -> sympy.Expr:
    """``G_m`` in ``g_m = |π̂_m|² + r² G_m + O(r⁴)`` on the regular simplex, weights summing to 1.

    ``G_m = k/(k−1) (p₂ + 3 p₂ |π̂_m|² − 4 Re(π̂_m conj(ρ̂_m)))`` with ``ρ_j = π_j²``,
    ``p₂ = Σ_j π_j²``; expressed in π_0 … π_{k−1} and cosines.

    >>> simplex_gain(2, 1).subs(dict(zip(weight_symbols(2), (sympy.S.Half, sympy.S.Half))))
    1
    """
    pi = weight_symbols(k)
    energy, cross = (
        sympy.Add(
            *(
                pi[i] * pi[j] ** power * sympy.cos(2 * sympy.pi * sympy.Rational(m * (i - j), k))
                for i in range(k)
                for j in range(k)
            )
        )
        for power in (1, 2)
    )
    square = sympy.Add(*(p**2 for p in pi))
    return sympy.Rational(k, k - 1) * (square + 3 * square * energy - 4 * cross)
