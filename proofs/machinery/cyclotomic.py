"""Exact arithmetic with roots of unity: which DFT entries of the weights are zero, how large the
others are.

Everything here is a sum ``Σ_e c_e ζ^e`` with ζ a primitive n-th root of unity, kept as a sparse
dictionary, so that weights with few runs cost the same at k = 10 and at k = 10^12. For rational
c the sum is zero iff the cyclotomic polynomial Φ_n divides ``f(x) = Σ c_e x^e``, that is iff
``f(x) Π_{p | n} (1 − x^{n/p}) ≡ 0 mod x^n − 1`` (p prime): the product vanishes at the n-th roots
of unity that are not primitive and at no primitive one. For algebraic c the field of the weights
may meet Q(ζ), and a separation bound decides (`separation.algebraic_zero`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm
from typing import Any

import sympy
from flint import fmpq, fmpq_poly, fmpz_poly
from gmpy2 import mpq

from overspec.action import Action
from overspec.errors import InputError
from overspec.exact import Exact, exact
from overspec.proofs.machinery.separation import algebraic_zero, as_sympy, enclosure
from overspec.weights import MAX_LISTED, Weights

Terms = dict[int, Exact]  # exponent of ζ → coefficient

MAX_TERMS = 4096  # terms of one DFT entry beyond which its energy is left as a quotient
NICE_ORDERS = frozenset({1, 2, 3, 4, 5, 6, 8, 10, 12})  # orders whose cosines are short radicals


@dataclass(frozen=True)
class Cyclotomic:
    """An element ``Σ_e c_e ζ_n^e`` of Q(ζ_n); equality is decided exactly.

    >>> z = Cyclotomic.root(5)
    >>> z + z**2 + z**3 + z**4 == Cyclotomic.of(5, -1)
    True
    """

    n: int
    terms: tuple[tuple[int, mpq], ...]  # in GMP

    @classmethod
    def of(cls, n: int, value: int | Fraction = 0) -> Cyclotomic:
        """A rational number as an element of Q(ζ_n)."""
        return _element(n, [(0, mpq(value))])

    @classmethod
    def root(cls, n: int, power: int = 1) -> Cyclotomic:
        """ζ_n^power."""
        return _element(n, [(power, mpq(1))])

    def __add__(self, other: Cyclotomic | int | Fraction) -> Cyclotomic:
        return _element(self.n, [*self.terms, *self._lift(other).terms])

    def __sub__(self, other: Cyclotomic | int | Fraction) -> Cyclotomic:
        return self + self._lift(other) * -1

    def __mul__(self, other: Cyclotomic | int | Fraction) -> Cyclotomic:
        right = self._lift(other).terms
        return _element(self.n, ((a + b, c * d) for a, c in self.terms for b, d in right))

    def __truediv__(self, other: int | Fraction) -> Cyclotomic:
        inverse: Fraction = 1 / mpq(other)
        return self * inverse

    def __pow__(self, power: int) -> Cyclotomic:
        result = Cyclotomic.of(self.n, 1)
        for _ in range(power):
            result = result * self
        return result

    def __rsub__(self, other: int | Fraction) -> Cyclotomic:
        return self._lift(other) - self

    __radd__ = __add__
    __rmul__ = __mul__

    @property
    def conjugate(self) -> Cyclotomic:
        """The complex conjugate, ζ → ζ^{-1}."""
        return _element(self.n, ((-e, c) for e, c in self.terms))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Cyclotomic, int, Fraction, mpq)):
            return NotImplemented
        return _rational_zero(self.n, dict((self - other).terms))

    __hash__ = None  # type: ignore[assignment]  # equal elements may have different terms

    def _lift(self, other: Cyclotomic | int | Fraction) -> Cyclotomic:
        return other if isinstance(other, Cyclotomic) else Cyclotomic.of(self.n, other)


def _element(n: int, terms: Iterable[tuple[int, mpq]]) -> Cyclotomic:
    return Cyclotomic(n, tuple(_fold(n, terms).items()))


def is_null(weights: Weights, m: int) -> bool:
    """Whether ``π̂_m = Σ_j π_j ω^{mj}`` is zero, ω = e^{2πi/k}: decided exactly (math.md T5).

    Args:
        weights: rational or algebraic weights.
        m: any integer frequency.

    Raises:
        InputError: irrational weights that are not built from rationals by + × and roots.

    >>> is_null(Weights.of("2/5,3/10,1/10,1/5"), 2)
    True
    >>> is_null(Weights.of("2/5,3/10,1/5,1/10"), 2)
    False
    """
    k = weights.k
    if m % k == 0:
        return False
    n = k // gcd(m, k)
    power = m // gcd(m, k)
    terms = _fold(n, ((power * e, c) for e, c in _differences(weights).items()))
    return is_zero_sum(n, terms)


def null_orders(weights: Weights) -> tuple[int, ...]:
    """For rational weights, the orders n > 1 dividing k with ``π̂_m = 0`` iff ``k/gcd(m,k) = n``.

    Galois conjugation makes the DFT entries of one order vanish together, so this answers for
    all frequencies at once, and at any k that can be factorised.

    >>> null_orders(Weights.of("one-heavy:1/2", k=10**12))
    ()
    >>> null_orders(Weights.of("uniform", k=6))
    (2, 3, 6)
    """
    if not weights.is_rational:
        raise InputError("the weights are irrational: their DFT entries vanish one by one")
    differences = _differences(weights)
    return tuple(
        n
        for n in sympy.divisors(weights.k)
        if n > 1 and is_zero_sum(n, _fold(n, differences.items()))
    )


def null_frequencies(weights: Weights, action: Action | None = None) -> tuple[int, ...]:
    """The frequencies m on which A is singular, ``π̂_m = 0``: decided exactly (math.md S3, T5).

    Args:
        weights: exact weights π.
        action: R; its frequencies F(R) without 0 are examined. All of 1…⌊k/2⌋ when None.

    Raises:
        InputError: more than 10^6 null frequencies; they cannot be listed.

    >>> null_frequencies(Weights.of("2/5,3/10,1/10,1/5"))
    (2,)
    >>> null_frequencies(Weights.of("1/4,1/4,1/4,1/4"), Action.of(4, {2: 1}))
    (2,)
    """
    k = weights.k
    bands = ((range(1, k // 2 + 1), 1),) if action is None else action.bands
    if action is not None and action.k != k:
        raise InputError(f"{k} weights, but an action with R^{action.k} = I")
    if not weights.is_rational:
        candidates = {m for band, _ in bands for m in band if m}
        return tuple(m for m in sorted(candidates) if is_null(weights, m))
    found: set[int] = set()
    for n in null_orders(weights):
        step = k // n
        for band, _ in bands:
            first = -(-max(band[0], 1) // step)
            last = band[-1] // step
            if len(found) + last - first > MAX_LISTED:
                raise InputError(f"more than {MAX_LISTED} null frequencies; k = {k} is too large")
            found.update(step * u for u in range(first, last + 1) if gcd(u, n) == 1)
    return tuple(sorted(found))


def spread(weights: Weights) -> sympy.Expr:
    """``k Σ_j π_j² = Σ_m |π̂_m|²``, exact.

    >>> spread(Weights.of("2/5,3/10,1/5,1/10"))
    6/5
    """
    return weights.k * sympy.Add(*(n * as_sympy(w) ** 2 for w, n in weights.runs))


def dft_energy(weights: Weights, m: int) -> sympy.Expr:
    """``|π̂_m|²`` exactly (math.md S4: an eigenvalue of the Hessian at the optimum).

    Returns:
        A SymPy expression: rational or in radicals when ``n = k/gcd(m, k)`` has short ones, else
        a rational combination of ``cos(2πe/n)``. It is 0 exactly when `is_null` says so. Weights
        with more than 4096 entries apart from their most frequent value give a quotient
        of cosine sums.

    >>> dft_energy(Weights.of("2/5,3/10,1/5,1/10"), 1), dft_energy(Weights.of("linear", k=5), 1)
    (2/25, sqrt(5)/90 + 1/18)
    """
    k = weights.k
    if m % k == 0:
        return sympy.Integer(1)
    n = k // gcd(m, k)
    terms = energy_terms(weights, m)
    if terms is None:
        return _energy_quotient(weights, m)
    if is_zero_sum(n, terms):
        return sympy.Integer(0)
    return cosine_sum(n, terms)


def energy_terms(weights: Weights, m: int) -> Terms | None:
    """``|π̂_m|²`` as a sum over ζ_n, n = k/gcd(m, k), reduced modulo Φ_n for rational weights.

    None when it has too many terms to be listed.
    """
    k = weights.k
    n = k // gcd(m, k)
    power = (m // gcd(m, k)) % n
    counts: dict[Exact, int] = {}
    for value, count in _runs(weights):
        counts[value] = counts.get(value, 0) + count
    usual = max(counts, key=lambda value: counts[value])
    if k - counts[usual] > MAX_TERMS:
        return None
    # Σ_j ω^{mj} = 0, so a constant may be subtracted from every weight
    entries = _fold(n, ((power * j, v - usual) for j, v in _apart_from(weights, usual)))
    if len(entries) ** 2 > 8 * MAX_TERMS and n > MAX_TERMS:
        return None
    if not weights.is_rational:
        return _fold(n, ((e, _expanded(c)) for e, c in _autocorrelation(n, entries).items()))
    # integers over one denominator: several times faster than k² sums of fractions
    scale = lcm(*(c.denominator for c in entries.values()))
    whole = _autocorrelation(n, {e: int(c * scale) for e, c in entries.items()})
    square: Terms = {e: Fraction(c, scale**2) for e, c in whole.items()}
    return reduced(n, square) if n <= MAX_TERMS else square


def _autocorrelation(n: int, entries: Mapping[int, Any]) -> dict[int, Any]:
    """The coefficients of ``|Σ_e c_e ζ^e|²``."""
    square: dict[int, Any] = {}
    for a, c in entries.items():
        for b, d in entries.items():
            e = (a - b) % n
            square[e] = square.get(e, 0) + c * d
    return square


def reduced(n: int, terms: Terms) -> Terms:
    """The remainder modulo Φ_n: the unique form with exponents below φ(n). Rational terms only.

    >>> reduced(3, {2: Fraction(1)})
    {0: Fraction(-1, 1), 1: Fraction(-1, 1)}
    """
    coefficients = [fmpq(0)] * n
    for e, c in terms.items():
        assert isinstance(c, Fraction)
        coefficients[e % n] += fmpq(c.numerator, c.denominator)
    remainder = fmpq_poly(coefficients) % fmpq_poly(fmpz_poly.cyclotomic(n))
    values = ((e, Fraction(int(c.p), int(c.q))) for e, c in enumerate(remainder.coeffs()))
    return {e: c for e, c in values if c}


def cosine_sum(n: int, terms: Terms) -> sympy.Expr:
    """A real sum over ζ_n as a SymPy expression in ``cos(2πe/n)``, radicals where short."""
    folded: Terms = {}
    for e, c in terms.items():
        e = min(e % n, -e % n)
        folded[e] = folded.get(e, Fraction(0)) + c
    total = sympy.Add(
        *(as_sympy(c) * sympy.cos(2 * sympy.pi * sympy.Rational(e, n)) for e, c in folded.items())
    )
    if n in NICE_ORDERS:
        return sympy.expand(total)
    return total


def is_zero_sum(n: int, terms: Terms) -> bool:
    """Whether ``Σ_e c_e e^{2πi e/n} = 0``, exactly, for rational or algebraic real c_e.

    >>> is_zero_sum(6, {0: Fraction(1), 2: Fraction(1), 4: Fraction(1)})
    True
    """
    folded = _fold(n, terms.items())
    if all(isinstance(c, Fraction) for c in folded.values()):
        return _rational_zero(n, folded)
    return algebraic_zero(n, folded)


def sum_sign(n: int, terms: Terms) -> int:
    """Sign of a real sum over ζ_n: zero exactly, otherwise by enclosures that are refined."""
    if is_zero_sum(n, terms):
        return 0
    bits = 64
    while True:  # ends: the value is not zero
        ball = enclosure(n, terms, bits)[0]
        if ball > 0:
            return 1
        if ball < 0:
            return -1
        bits *= 2


def _fold(n: int, terms: Iterable[tuple[int, Any]]) -> dict[int, Any]:
    folded: dict[int, Any] = {}
    for e, c in terms:
        e %= n
        folded[e] = folded[e] + c if e in folded else c
    return {e: c for e, c in folded.items() if c != 0}


def _rational_zero(n: int, terms: Mapping[int, Any]) -> bool:
    folded = _fold(n, terms.items())
    for p in sympy.primefactors(n):
        shifted = [(e + n // p, -c) for e, c in folded.items()]
        folded = _fold(n, [*folded.items(), *shifted])
        if not folded:
            break
    return not folded


def _expanded(value: Exact) -> Exact:
    """A polynomial in reduced radicals, multiplied out; a `Fraction` where rational."""
    result = sympy.expand(as_sympy(value))
    return Fraction(int(result.p), int(result.q)) if result.is_Rational else result


@lru_cache(maxsize=64)
def _runs(weights: Weights) -> tuple[tuple[Exact, int], ...]:
    """The runs with irrational values in reduced form, without radicals in denominators."""
    if weights.is_rational:
        return weights.runs
    return tuple((exact(value), count) for value, count in weights.runs)


def _differences(weights: Weights) -> Terms:
    """``(1 − x) Σ_j π_j x^j`` modulo x^k − 1: a term per run, and the same zeros ω^m ≠ 1."""
    terms: list[tuple[int, Exact]] = []
    start = 0
    for value, count in _runs(weights):
        terms += [(start, value), (start + count, -value)]
        start += count
    return _fold(weights.k, terms)


def _apart_from(weights: Weights, usual: Exact) -> Iterator[tuple[int, Exact]]:
    start = 0
    for value, count in _runs(weights):
        if value != usual:
            for j in range(start, start + count):
                yield j, value
        start += count


def _energy_quotient(weights: Weights, m: int) -> sympy.Expr:
    k = weights.k
    differences = list(_differences(weights).items())
    if len(differences) > MAX_TERMS // 16:
        raise InputError(f"|π̂_{m}|² at k = {k} has too many terms to be written exactly")
    square = _fold(k, (((a - b) * m, c * d) for a, c in differences for b, d in differences))
    return cosine_sum(k, square) / (2 - 2 * sympy.cos(2 * sympy.pi * sympy.Rational(m % k, k)))
