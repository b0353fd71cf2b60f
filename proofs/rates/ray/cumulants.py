"""Cumulants of two variables under weights: by SymPy, by jets, as index sums (B, Ba)."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import product
from math import factorial
from typing import Any

import sympy
from sympy.polys.rings import ring

from overspec.proofs.language.every.evaluate import over_all
from overspec.proofs.language.every.sums import ONE, ZERO, Sums, entry
from overspec.proofs.machinery.calculus import dot
from overspec.proofs.machinery.expansion import Jet, Point


def _log_partition(m: Point, values: list[Fraction]) -> Fraction:
    s = Jet.variable(4)
    energies: list[Jet] = [p * (s * y).exp() for p, y in zip(m.pi, values, strict=True)]
    series = sum(energies[1:], energies[0])
    cumulant: Fraction = series.log().c[4] * 24
    return cumulant


def cumulant_numeric(m: Point) -> tuple[Fraction, ...]:
    """κ(Y,Y,Z,Z) from fourth cumulants of Y, Z, Y ± Z by polarisation."""
    pairs = list(zip(m.Y, m.Z, strict=True))
    mixed = sum((_log_partition(m, [y + e * z for y, z in pairs]) for e in (1, -1)), Fraction(0))
    alone = _log_partition(m, list(m.Y)) + _log_partition(m, list(m.Z))
    return ((mixed - 2 * alone) / 12,)


def cumulant_symbolic(m: Point) -> tuple[Any, ...]:
    """The fourth joint cumulant in the moments of Y and Z, of which m has the values."""
    series, symbols = _in_moments()
    values = {
        symbol: sum(p * y**a * z**b for p, y, z in zip(m.pi, m.Y, m.Z, strict=True))
        for (a, b), symbol in symbols.items()
    }
    return (series.xreplace(values),)


@cache
def _in_moments() -> tuple[Any, dict[tuple[int, int], Any]]:
    """The coefficient of s²t²/4 in log(1 + Σ μ_ab s^a t^b/(a! b!)), and the symbols of the μ_ab."""
    orders = [(a, b) for a in range(3) for b in range(3) if a + b]
    symbols = {(a, b): sympy.Symbol(f"mu_{a}{b}") for a, b in orders}
    _, s, t, *mus = ring(["s", "t", *map(str, symbols.values())], sympy.QQ)
    u = sum(
        mu * s**a * t**b / (factorial(a) * factorial(b))
        for (a, b), mu in zip(orders, mus, strict=True)
    )
    # Σπ = 1, so log(1 + u) = u − u²/2 + …: four powers of u carry the coefficient of s²t²
    logarithm = sum(u**n * sympy.QQ((-1) ** (n + 1), n) for n in range(1, 5))
    kept = {(0, 0, *rest): 4 * c for (a, b, *rest), c in logarithm.terms() if (a, b) == (2, 2)}
    return logarithm.ring.from_dict(kept).as_expr(), symbols


def slope_symbolic(m: Point) -> tuple[Any, ...]:
    """``d²/ds² Σ_j w_j f_j`` at s = 0 for w_j ∝ π_j e^{sY_j}."""
    s = sympy.Symbol("s")
    energies = [p * sympy.exp(s * y) for p, y in zip(m.pi, m.Y, strict=True)]
    top, bottom = dot(tuple(energies), m.f), sympy.Add(*energies)
    t0, t1, t2, b1, b2 = (
        sympy.diff(expr, s, n).subs(s, 0)
        for expr, n in ((top, 0), (top, 1), (top, 2), (bottom, 1), (bottom, 2))
    )
    # (t/b)'' with b(0) = 1
    return (t2 - 2 * t1 * b1 - t0 * b2 + 2 * t0 * b1**2,)


def slope_numeric(m: Point) -> tuple[Fraction, ...]:
    s = Jet.variable(2)
    energies: list[Jet] = [p * (s * y).exp() for p, y in zip(m.pi, m.Y, strict=True)]
    weighted = [e * f for e, f in zip(energies, m.f, strict=True)]
    ratio = sum(weighted[1:], weighted[0]) / sum(energies[1:], energies[0])
    return (2 * ratio.c[2],)


def moment(**powers: int) -> Sums:
    """``Σ_j π_j Π_T T_j^p`` for tables T with powers p."""

    def body(j: Any) -> Sums:
        value = entry("pi", j)
        for table, power in powers.items():
            value = value * entry(table, j) ** power
        return value

    return over_all(body)


@cache
def cumulant_indexed() -> Sums:
    """The coefficient of s²t² in ``log Σ_j π_j e^{sY_j+tZ_j}`` times 4, for weights of sum 1."""
    orders = [(a, b) for a, b in product(range(3), repeat=2) if a + b]
    found = ZERO
    for n in range(1, 5):
        for parts in product(orders, repeat=n):
            if (sum(a for a, _ in parts), sum(b for _, b in parts)) != (2, 2):
                continue
            term = ONE * Fraction(4 * (-1) ** (n + 1), n)
            for a, b in parts:
                term = term * moment(Y=a, Z=b) * Fraction(1, factorial(a) * factorial(b))
            found = found + term
    return found


@cache
def slope_indexed() -> Sums:
    """``d²/ds² Σ_j w_j f_j`` at s = 0 by the quotient rule, for weights of sum 1."""
    first, second = moment(Y=1), moment(Y=2)
    start, rate, bend = moment(f=1), moment(f=1, Y=1), moment(f=1, Y=2)
    return bend - 2 * rate * first - start * second + 2 * start * first**2
