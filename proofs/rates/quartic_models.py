"""The two models of T6: symbols c_r = ⟨θ, R^rθ⟩ with Wick, and rational vectors with cubature.

They share no code: symbolically everything is a polynomial in the weights and in the
autocorrelation; the rational instances have vectors, matrices, power series in s, and
expectations over x by a cubature rule that is exact for the degrees that occur.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import combinations, product
from math import factorial
from typing import Any

import sympy
from gmpy2 import mpq

from overspec.mixture import weight_symbols
from overspec.proofs.machinery.calculus import Matrix, Vector, circulant, dot, minus, times
from overspec.proofs.machinery.rational import RationalModel, instances
from overspec.proofs.machinery.symbolic import EVERY, as_rational

RAW = sympy.symbols("M_1:7", real=True)  # raw moments Σ_j π_j y_j^n, y_j = ⟨x, R^jθ⟩


def normalised(pi: Vector) -> Vector:
    """Weights that sum to 1: the first one is replaced by what the others leave."""
    return (1 - sum(pi[1:]), *pi[1:])


@dataclass(frozen=True)
class Sample:
    """A rational instance with the symbols of this module, where it can give them values."""

    model: RationalModel
    substitution: Mapping[sympy.Symbol, sympy.Rational] | None

    @cached_property
    def p(self) -> Vector:
        return normalised(self.model.pi)

    @cached_property
    def points(self) -> Matrix:
        """The R^jθ."""
        return tuple(self.model.turn(self.model.theta, j) for j in range(self.k))

    def along(self, x: Vector) -> Vector:
        """``⟨x, R^jθ⟩`` for all j."""
        places = [a for a, value in enumerate(x) if value]
        return tuple(sum((x[a] * p[a] for a in places), mpq(0)) for p in self.points)

    @cached_property
    def raw(self) -> Vector:
        y = self.along(self.model.x)
        return tuple(sum(p * a**n for p, a in zip(self.p, y, strict=True)) for n in range(1, 7))

    @cached_property
    def mean(self) -> Vector:
        """``T₁ = Aθ``."""
        return circulant(self.model, self.p, self.model.theta)

    @cached_property
    def covariance(self) -> Matrix:
        """Σ, entry by entry."""
        m, t = self.model, self.mean
        away = [minus(m.turn(m.theta, j), t) for j in range(m.k)]
        size = range(len(t))
        return tuple(
            tuple(sum(p * v[a] * v[b] for p, v in zip(self.p, away, strict=True)) for b in size)
            for a in size
        )

    def expect(self, n: int) -> mpq:
        """E κ_n(⟨x, R^jθ⟩), n ≤ 4: κ_n is a polynomial of degree n in x."""
        values = partial(cumulant, n, self.p)
        return cubature(lambda x: values(self.along(x)), len(self.model.x))

    @cached_property
    def k(self) -> int:
        return self.model.k

    @cached_property
    def d(self) -> int:
        return len(self.model.x)

    @cached_property
    def series(self) -> Vector:
        """n! times the coefficients 1 … 6 of log Σ_j π_j e^{s y_j}."""
        return tuple(cumulant(n, self.p, self.along(self.model.x)) for n in range(1, 7))

    @cached_property
    def flipped(self) -> Vector:
        """The same for −y."""
        y = times(-1, self.along(self.model.x))
        return tuple(cumulant(n, self.p, y) for n in range(1, 7))

    @cached_property
    def moments(self) -> Vector:
        """The mean, and the central moments 2 … 6 of y."""
        y = self.along(self.model.x)
        mean = dot(self.p, y)
        pairs = list(zip(self.p, y, strict=True))
        return (mean, *(sum(p * (a - mean) ** n for p, a in pairs) for n in range(2, 7)))

    @cached_property
    def second(self) -> mpq:
        return self.expect(2)

    @cached_property
    def fourth(self) -> mpq:
        return self.expect(4)

    @cached_property
    def square(self) -> mpq:
        return mpq(dot(self.model.theta, self.model.theta))

    @cached_property
    def mean2(self) -> mpq:
        return mpq(dot(self.mean, self.mean))

    @cached_property
    def trace(self) -> mpq:
        return sum((self.covariance[a][a] for a in range(self.d)), mpq(0))

    @cached_property
    def frobenius(self) -> mpq:
        return sum((a * a for row in self.covariance for a in row), mpq(0))

    @cached_property
    def form(self) -> mpq:
        """``T₁ᵀΣT₁``."""
        return mpq(dot(self.mean, tuple(dot(row, self.mean) for row in self.covariance)))

    @cached_property
    def lengths(self) -> mpq:
        """``Σ_j π_j |R^jθ − T₁|⁴``."""
        m = self.model
        away = [minus(m.turn(m.theta, j), self.mean) for j in range(m.k)]
        return sum((p * dot(v, v) ** 2 for p, v in zip(self.p, away, strict=True)), mpq(0))

    @cached_property
    def any(self) -> Matrix:
        return self.covariance

    @cached_property
    def any_trace(self) -> mpq:
        return self.trace

    @cached_property
    def sixth(self) -> mpq:
        return sixth_moment(self.d)


def cubature(f: Callable[[Vector], mpq], d: int) -> mpq:
    """``E f(x)``, x ~ N(0, I_d), exact for polynomials of degree ≤ 4 (and odd ones of degree 5).

    The law with mass 1/2 at 0, 1/6 at ±1, 1/12 at ±2 has the moments of N(0, 1) up to order 5;
    a monomial of degree 4 with even exponents has at most two variables, so pairs suffice.
    """
    law = {0: mpq(1, 2), 1: mpq(1, 6), 2: mpq(1, 12)}
    rule = [(mpq(s), law[abs(s)]) for s in range(-2, 3)]

    def at(values: Mapping[int, mpq]) -> mpq:
        return f(tuple(values.get(i, mpq(0)) for i in range(d)))

    total = mpq((d - 1) * (d - 2), 2) * at({})
    for i in range(d):
        total -= (d - 2) * sum(w * at({i: s}) for s, w in rule)
    for i, j in combinations(range(d), 2):
        total += sum(w * v * at({i: s, j: t}) for (s, w), (t, v) in product(rule, rule))
    return total


def cumulant(n: int, p: Vector, y: Vector) -> mpq:
    """``n! [sⁿ] log Σ_j p_j e^{s y_j}`` by the recurrence of power series."""
    moments = (sum((w * a**i for w, a in zip(p, y, strict=True)), mpq(0)) for i in range(n + 1))
    f = [m / factorial(i) for i, m in enumerate(moments)]
    log = [mpq(0)] * (n + 1)
    for i in range(1, n + 1):
        lower = sum((j * log[j] * f[i - j] for j in range(1, i)), start=mpq(0))
        log[i] = (f[i] - lower / i) / f[0]
    return mpq(log[n] * factorial(n))


def samples(k: int) -> Callable[[random.Random], Sequence[Sample]]:
    copies = 1 if k is EVERY or k > 3 else 2

    def draw(rng: random.Random) -> Sequence[Sample]:
        models = instances(k, copies)(rng)
        return tuple(Sample(m, _values(k, m)) for m in models)

    return draw


class InCoordinates(Sample):
    """A sample that also has what index sums are made of: raw moments, vectors, R, the weights."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("M_"):
            return self.raw[int(name[2:]) - 1]
        return self.p if name == "pi" else getattr(self.model, name)


def in_coordinates(k: int) -> Callable[[random.Random], Sequence[InCoordinates]]:
    """The instances at which index sums are evaluated."""
    return lambda rng: (InCoordinates(instances(k)(rng)[0], None),)


def _values(k: int, m: RationalModel) -> Mapping[sympy.Symbol, sympy.Rational] | None:
    if m.substitution is None:
        return None
    sample = Sample(m, None)
    gram = [dot(m.theta, m.turn(m.theta, r)) for r in range(k // 2 + 1)]
    pairs = [*zip(RAW, sample.raw, strict=True), *zip(_autocorrelation(k), gram, strict=True)]
    for row, values in zip(matrix_symbols(k), sample.covariance, strict=True):
        pairs += zip(row, values, strict=True)
    drawn: dict[Any, Any] = {a: as_rational(b) for a, b in pairs}
    return {**m.substitution, **drawn}


def _autocorrelation(k: int) -> tuple[sympy.Symbol, ...]:
    return tuple(sympy.Symbol(f"c_{r}", real=True) for r in range(k // 2 + 1))


def matrix_symbols(d: int) -> Matrix:
    return tuple(
        tuple(sympy.Symbol(f"S_{min(a, b)}_{max(a, b)}", real=True) for b in range(d))
        for a in range(d)
    )


class Gram:
    """``p``, ``⟨R^iθ, R^jθ⟩ = c_{i−j}`` and what T₁ and Σ are in these terms."""

    normalised = True

    def __init__(self, k: int) -> None:
        self.k = self.d = k
        if k is EVERY:  # the formulas are then index sums (`every.moments`)
            return
        c = _autocorrelation(k)
        self.any = matrix_symbols(k)
        self.p = p = normalised(weight_symbols(k))
        self.square = c[0]  # |θ|²
        ks = range(k)
        self.along = [sum(p[j] * c[min((i - j) % k, (j - i) % k)] for j in ks) for i in ks]
        self.mean2 = sum(p[i] * self.along[i] for i in ks)  # |T₁|²
        self.turned = sum(p[i] * self.along[i] ** 2 for i in ks)  # T₁ᵀ(Σ + T₁T₁ᵀ)T₁
        self.pairs = sum(  # ‖Σ + T₁T₁ᵀ‖²
            p[i] * p[j] * c[min((i - j) % k, (j - i) % k)] ** 2 for i in ks for j in ks
        )

    @cached_property
    def trace(self) -> Any:
        return self.square - self.mean2

    @cached_property
    def any_trace(self) -> Any:
        return sum(self.any[a][a] for a in range(self.d))

    @cached_property
    def frobenius(self) -> Any:
        return self.pairs - 2 * self.turned + self.mean2**2

    @cached_property
    def form(self) -> Any:
        """``T₁ᵀΣT₁``."""
        return self.turned - self.mean2**2

    @cached_property
    def second(self) -> Any:
        """E κ_2, the trace."""
        return self.trace

    @cached_property
    def lengths(self) -> Any:
        """``Σ_j π_j |R^jθ − T₁|⁴``."""
        gaps = zip(self.p, self.along, strict=True)
        return sum(p * (self.square - 2 * along + self.mean2) ** 2 for p, along in gaps)

    @cached_property
    def sixth(self) -> Any:
        """E|x|⁶ = 8 (d/2)(d/2 + 1)(d/2 + 2)."""
        return 8 * sympy.rf(sympy.Rational(self.d, 2), 3)

    @cached_property
    def series(self) -> Vector:
        """The derivatives of log F at 0 where F^{(n)}(0) = M_n and F(0) = 1."""
        s = sympy.Symbol("s_")
        f = sympy.Function("F")(s)
        values = {f.diff(s, n): moment for n, moment in enumerate(RAW, start=1)}
        found, current = [], sympy.log(f)
        for _ in range(6):
            current = sympy.expand(current.diff(s))
            found.append(current.xreplace(values).xreplace({f: sympy.Integer(1)}))
        return tuple(found)

    @cached_property
    def flipped(self) -> Vector:
        """The same for −y, whose raw moments of odd order change sign."""
        signs = {m: (-1) ** n * m for n, m in enumerate(RAW, start=1)}
        return tuple(c.xreplace(signs) for c in self.series)

    @cached_property
    def moments(self) -> Vector:
        """The mean, and the central moments 2 … 6, in terms of raw ones."""
        raw, mean = (sympy.Integer(1), *RAW), RAW[0]

        def central(n: int) -> Any:
            terms = (sympy.binomial(n, i) * raw[i] * (-mean) ** (n - i) for i in range(n + 1))
            return sum(terms)

        return (mean, *(central(n) for n in range(2, 7)))

    @cached_property
    def fourth(self) -> Any:
        """E κ_4 by Wick's formula, κ_4 = M_4 − 4M_3M_1 − 3M_2² + 12M_2M_1² − 6M_1⁴."""
        square, mean = self.square, self.mean2
        return (
            3 * square**2
            - 12 * square * mean
            - 3 * (square**2 + 2 * self.pairs)
            + 12 * (square * mean + 2 * self.turned)
            - 18 * mean**2
        )


def sixth_moment(d: int) -> mpq:
    """E|x|⁶ by summing the moments of all products x_a² x_b² x_c²."""
    moment = {1: 1, 2: 3, 3: 15}  # E x^{2n}
    total = 0
    for triple in product(range(d), repeat=3):
        value = 1
        for a in set(triple):
            value *= moment[triple.count(a)]
        total += value
    return mpq(total)
