"""Taylor expansions in exact arithmetic: what a witness uses where the symbolic side has SymPy.

`Jet` is a truncated power series with rational coefficients. `moment_rule` gives Gaussian
expectations of polynomials from their values at integer points. Neither knows SymPy's calculus.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import sympy
from gmpy2 import mpq

from overspec.mixture import weight_symbols
from overspec.proofs.machinery.calculus import Vector
from overspec.proofs.machinery.cyclotomic import Cyclotomic
from overspec.proofs.machinery.identity import ZETA
from overspec.proofs.machinery.symbolic import EVERY, as_rational

SPECTRAL = (7, 16)  # the k of the instances of what is proved for every k and has frequencies


@dataclass(frozen=True)
class Jet:
    """``Σ_n c_n s^n`` up to a fixed order; operands must have the same order.

    >>> (1 / (Jet.variable(3) * -1 + 1)).c
    (mpq(1,1), mpq(1,1), mpq(1,1), mpq(1,1))
    """

    c: tuple[mpq, ...]

    @classmethod
    def variable(cls, order: int, value: mpq | int = 0) -> Jet:
        """``value + s``."""
        return cls((mpq(value), mpq(1), *(mpq(0),) * (order - 1)))

    @classmethod
    def of(cls, order: int, value: mpq | int = 0) -> Jet:
        """A constant."""
        return cls((mpq(value), *(mpq(0),) * order))

    def __add__(self, other: Jet | mpq | int) -> Jet:
        right = self._lift(other)
        return Jet(tuple(a + b for a, b in zip(self.c, right.c, strict=True)))

    def __sub__(self, other: Jet | mpq | int) -> Jet:
        return self + self._lift(other) * -1

    def __rsub__(self, other: mpq | int) -> Jet:
        return self * -1 + other

    def __mul__(self, other: Jet | mpq | int) -> Jet:
        if not isinstance(other, Jet):
            return Jet(tuple(a * other for a in self.c))
        a, b = self.c, other.c
        return Jet(
            tuple(sum((a[i] * b[m - i] for i in range(m + 1)), mpq(0)) for m in range(len(a)))
        )

    def __truediv__(self, other: Jet | mpq | int) -> Jet:
        right = self._lift(other).c
        quotient: list[mpq] = []
        for m, value in enumerate(self.c):
            known = sum((quotient[i] * right[m - i] for i in range(m)), mpq(0))
            quotient.append((value - known) / right[0])
        return Jet(tuple(quotient))

    def __rtruediv__(self, other: mpq | int) -> Jet:
        return self._lift(other) / self

    def __pow__(self, power: int) -> Jet:
        result = self._lift(1)
        for _ in range(power):
            result = result * self
        return result

    __radd__ = __add__
    __rmul__ = __mul__

    def exp(self) -> Jet:
        """The exponential; the constant term must be 0, so that it stays rational."""
        assert self.c[0] == 0
        total = term = self._lift(1)
        for m in range(1, len(self.c)):
            term = term * self / m
            total = total + term
        return total

    def log(self) -> Jet:
        """The logarithm; the constant term must be 1, so that it stays rational."""
        assert self.c[0] == 1
        rest, power, total = self - 1, self._lift(1), self._lift(0)
        for m in range(1, len(self.c)):
            power = power * rest
            total = total + power * mpq((-1) ** (m + 1), m)
        return total

    def _lift(self, other: Jet | mpq | int) -> Jet:
        return other if isinstance(other, Jet) else Jet.of(len(self.c) - 1, other)


@cache
def moment_rule(degree: int) -> tuple[tuple[int, mpq], ...]:
    """Integer nodes and weights exact for ``E f(x)``, x ~ N(0, 1), f of the degree or less.

    >>> sum(weight * node**4 for node, weight in moment_rule(4))
    mpq(3,1)
    """
    half = -(-degree // 2)
    nodes = range(-half, half + 1)
    rows = [[mpq(node**p) for node in nodes] for p in range(len(nodes))]
    for p, row in enumerate(rows):
        odd_product = mpq(0 if p % 2 else 1)
        for factor in range(1, p, 2):
            odd_product *= 0 if p % 2 else factor
        row.append(odd_product)
    size = len(rows)
    for i in range(size):  # Gauss–Jordan
        pivot = next(r for r in range(i, size) if rows[r][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for r in range(size):
            if r != i and rows[r][i]:
                rows[r] = [a - rows[r][i] * b for a, b in zip(rows[r], rows[i], strict=True)]
    return tuple((node, rows[i][-1]) for i, node in enumerate(nodes))


@dataclass(frozen=True)
class Point:
    """Values of named exact quantities: symbols on one side, random rationals on the other.

    `values` holds scalars and tuples under the names that a formula asks for; `substitution`
    says which symbols a rational point stands for.
    """

    k: int
    values: Mapping[str, Any]
    root: Callable[[int], Any]
    substitution: Mapping[sympy.Symbol, sympy.Rational] | None = None
    normalised: ClassVar[bool] = True  # the weights sum to 1

    def __getattr__(self, name: str) -> Any:
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None

    def zeta(self, power: int) -> Any:
        """``ω^power``, ω a primitive k-th root of unity."""
        return self.root(power % self.k)

    def turn(self, u: Vector, j: int) -> Vector:
        """``R^j u``, R the shift of k coordinates."""
        return tuple(u[(a - j) % self.k] for a in range(self.k))

    def turned(self, u: Vector, j: int) -> Vector:
        """The same by slices, for the second reading."""
        cut = len(u) - j % len(u)
        return (*u[cut:], *u[:cut])


def symbolic_point(
    k: int, names: Sequence[str] = (), sizes: Mapping[str, int] | None = None
) -> Point:
    """π with ``π_0 = 1 − Σ_{j>0} π_j``, and a symbol for every name, a tuple where sized.

    For every k there are no weights: the trees are read as index sums (`language.every`).
    """
    values: dict[str, Any] = {}
    if k is not EVERY:
        free = weight_symbols(k)[1:]
        values["pi"] = (1 - sympy.Add(*free), *free)
    values |= {name: sympy.Symbol(name, positive=True) for name in names}
    for name, size in () if k is EVERY else (sizes or {}).items():
        values[name] = tuple(sympy.Symbol(f"{name}_{i}") for i in range(size))
    return Point(k, values, lambda power: ZETA**power)


def _letter(rng: random.Random) -> mpq:
    """A positive fraction other than 1, at which 1 − ρ and powers would be seen by nothing."""
    while (value := mpq(rng.randint(1, 9), rng.randint(1, 7))) == 1:
        pass
    return value


def _table(size: int, rng: random.Random) -> Vector:
    """Fractions that all differ: where two agree, what is false of differences may be true."""
    found: list[mpq] = []
    while len(found) < size:
        value = mpq(rng.randint(-9, 9), rng.randint(1, 5))
        if value not in found:
            found.append(value)
    return tuple(found)


def rational_points(
    k: int, names: Sequence[str] = (), sizes: Mapping[str, int] | None = None, count: int = 2
) -> Callable[[random.Random], tuple[Point, ...]]:
    """Random rational points with positive weights that sum to 1.

    For every k: one, with a random k from 7 to 16, and tables of that size.
    """
    if k is EVERY:

        def some(rng: random.Random) -> tuple[Point, ...]:
            size = rng.randint(*SPECTRAL)
            return rational_points(size, names, dict.fromkeys(sizes or {}, size), 1)(rng)

        return some
    symbols = symbolic_point(k, names, sizes)

    def draw(rng: random.Random) -> Point:
        raw = [mpq(rng.randint(1, 30)) for _ in range(k)]
        pi: Vector = tuple(value / sum(raw) for value in raw)
        values: dict[str, Any] = {"pi": pi}
        pairs = list(zip(symbols.pi[1:], pi[1:], strict=True))
        for name in names:
            values[name] = _letter(rng)
            pairs.append((symbols.values[name], values[name]))
        for name, size in (sizes or {}).items():
            values[name] = _table(size, rng)
            pairs += zip(symbols.values[name], values[name], strict=True)
        substitution: dict[Any, Any] = {a: as_rational(b) for a, b in pairs}
        return Point(k, values, lambda power: Cyclotomic.root(k, power), substitution)

    return lambda rng: tuple(draw(rng) for _ in range(count))
