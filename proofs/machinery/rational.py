"""The rational models: random instances in exact arithmetic, with derivatives by dual numbers.

R is a sum of cyclic shifts, every frequency with multiplicity 1 or 2, in coordinates turned by
a random rational reflection: another representation than the symbolic model's. The exponentials
are random positive rationals: they are independent of each other, and only
``dE_j = E_j d⟨x,R^jθ⟩`` ties them to the rest.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import sympy
from gmpy2 import mpfr, mpq

from overspec.proofs.machinery import calculus
from overspec.proofs.machinery.calculus import (
    Matrix,
    Scalar,
    Vector,
    dot,
    identity,
)
from overspec.proofs.machinery.cyclotomic import Cyclotomic
from overspec.proofs.machinery.expansion import SPECTRAL
from overspec.proofs.machinery.symbolic import EVERY, SymbolicModel, as_rational

INEXACT = (float, mpfr, sympy.Float)


def exactly(entries: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same entries, none of which may be a float.

    Raises:
        TypeError: one is, as GMP makes of a power whose exponent is 2/1 and no int.

    >>> exactly((mpq(1, 2), mpq(2) ** mpq(1)))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    TypeError: 2.0...: a float where all is exact
    """
    for entry in entries:
        if isinstance(entry, INEXACT):
            raise TypeError(f"{entry}: a float where all is exact")
    return entries


@dataclass(frozen=True)
class Dual:
    """``value + slope·ε`` with ε² = 0."""

    value: mpq
    slope: mpq

    def __add__(self, other: Dual | mpq | int) -> Dual:
        right = _dual(other)
        return Dual(self.value + right.value, self.slope + right.slope)

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.slope)

    def __sub__(self, other: Dual | mpq | int) -> Dual:
        return self + -_dual(other)

    def __rsub__(self, other: Dual | mpq | int) -> Dual:
        return _dual(other) - self

    def __mul__(self, other: Dual | mpq | int) -> Dual:
        right = _dual(other)
        slope = self.value * right.slope + self.slope * right.value
        return Dual(self.value * right.value, slope)

    def __truediv__(self, other: Dual | mpq | int) -> Dual:
        right = _dual(other)
        value = self.value / right.value
        return Dual(value, (self.slope - value * right.slope) / right.value)

    def __rtruediv__(self, other: Dual | mpq | int) -> Dual:
        return _dual(other) / self

    __radd__ = __add__
    __rmul__ = __mul__


_NONE = mpq(0)


def _dual(value: Dual | mpq | int) -> Dual:
    return value if isinstance(value, Dual) else Dual(mpq(value), _NONE)


@dataclass(frozen=True)
class RationalModel:
    """A `calculus.Model` on rationals; `substitution` is set when R is the plain shift."""

    k: int
    rotations: tuple[Matrix, ...]  # R^0 … R^{k−1}
    modes: tuple[Vector, ...]
    x: Vector
    theta: Vector
    phi: Vector
    v: Vector
    s: Scalar
    u: Vector
    pi: Vector
    boltzmann: Vector
    gauss: Scalar
    substitution: Mapping[sympy.Symbol, sympy.Rational] | None = None

    def turn(self, u: Vector, j: int) -> Vector:
        return tuple(dot(row, u) for row in self.rotations[j % self.k])

    def zeta(self, power: int) -> Scalar:
        return Cyclotomic.root(self.k, power)

    def mode(self, m: int) -> Vector:
        return self.modes[m % self.k]

    def log(self, value: Dual) -> Dual:
        return Dual(mpq(0), value.slope / value.value)  # only the slope is ever used

    def exponential(self, value: Any) -> Any:
        """``e^value`` inside a logarithm: only its slope over its value is ever used."""
        return Dual(mpq(1), _dual(value).slope)

    def derivative(self, f: Callable[[Any], Vector], name: str) -> Matrix:
        """By dual numbers, one coordinate direction at a time."""
        columns = []
        for direction, energies, gauss in self._directions(name):
            entries = zip(getattr(self, name), direction, strict=True)
            moved: dict[str, Any] = {name: tuple(Dual(a, b) for a, b in entries)}
            values = f(replace(self, boltzmann=energies, gauss=gauss, **moved))
            columns.append([_dual(value).slope for value in values])
        return tuple(zip(*columns, strict=True))

    @cached_property
    def responsibilities(self) -> Vector:
        """w."""
        return calculus.responsibilities(self)

    @cached_property
    def _known(self) -> dict[str, tuple[Any, ...]]:
        return {}

    def _directions(self, name: str) -> tuple[Any, ...]:
        """Each coordinate direction with the exponentials and the Gaussian as dual numbers."""
        if name not in self._known:
            found = []
            for direction in identity(len(self.x), mpq(1)):
                entries = zip(getattr(self, name), direction, strict=True)
                moved = {name: tuple(Dual(a, b) for a, b in entries)}
                x, theta = moved.get("x", self.x), moved.get("theta", self.theta)
                rates = [_dual(dot(x, self.turn(theta, j))).slope for j in range(self.k)]
                pairs = zip(self.boltzmann, rates, strict=True)
                gauss = Dual(self.gauss, -self.gauss * _dual(dot(x, x)).slope / 2)
                found.append((direction, tuple(Dual(e, e * rate) for e, rate in pairs), gauss))
            self._known[name] = tuple(found)
        return self._known[name]

    def at_zero(self) -> RationalModel:
        zero, one = mpq(0), mpq(1)
        return replace(self, theta=(zero,) * len(self.x), boltzmann=(one,) * self.k)

    def expect(self, f: Callable[[Any], Vector]) -> Vector:
        """``f(0) + ½Δf`` with Δ by central differences, which are exact for degree ≤ 2."""
        centre = f(replace(self, x=(mpq(0),) * len(self.x)))
        total = list(centre)
        for direction in identity(len(self.x), mpq(1)):
            ahead = f(replace(self, x=direction))
            behind = f(replace(self, x=tuple(-a for a in direction)))
            for i, c in enumerate(centre):
                total[i] += (ahead[i] + behind[i] - 2 * c) / 2
        return tuple(total)


@dataclass(frozen=True)
class ShiftModel(RationalModel):
    """R a cyclic shift, of k coordinates or of a divisor of k, without its matrices.

    Modes are those of the shift of all k coordinates: with fewer some frequencies have none.
    """

    def turn(self, u: Vector, j: int) -> Vector:
        cut = len(u) - j % len(u)
        return (*u[cut:], *u[:cut])

    def mode(self, m: int) -> Vector:
        if len(self.x) != self.k:
            raise ValueError("a mode for every frequency needs k coordinates")
        return tuple(Cyclotomic.root(self.k, -m * a) for a in range(self.k))


#: The k of the instances of what is proved for every k: with R of one of the small orders, and
#: with all frequencies, where numbers are in the cyclotomic field.
LARGE, ORDERS = (7, 40), (3, 4, 5)


def _large(rng: random.Random) -> tuple[RationalModel, RationalModel]:
    """At random k: R of small order, in as many dimensions, and R with all frequencies."""
    order = rng.choice(ORDERS)
    k = order * rng.randint(-(-LARGE[0] // order), LARGE[1] // order)
    full = rng.randint(*SPECTRAL)
    return _shifted(k, order, rng), _shifted(full, full, rng)


def _shifted(k: int, d: int, rng: random.Random) -> RationalModel:
    def drawn(size: int, low: int) -> Vector:
        return tuple(mpq(rng.randint(low, 9) or 1) for _ in range(size))

    x, theta, phi, v = (drawn(d, -9) for _ in range(4))
    s, gauss = (mpq(rng.randint(2, 9), rng.randint(2, 9)) for _ in range(2))
    u, pi, energies = drawn(k, -9), drawn(k, 1), drawn(k, 1)
    u = tuple(value if abs(value) > 1 else 10 * value for value in u)  # 1 − u and 1 + u are not 0
    return ShiftModel(k, (), (), x, theta, phi, v, s, u, pi, energies, gauss)


def instances(k: int, copies: int = 2) -> Callable[[random.Random], tuple[RationalModel, ...]]:
    """Three instances: the plain shift, a turned one, and a turned sum of `copies` shifts.

    For every k: R of small order at a random k from 7 to 40, and the shift of 7 to 16 coordinates.
    """
    if k is EVERY:
        return _large
    return lambda rng: (_plain(k, rng), _turned(k, k, rng), _turned(k, copies * k, rng))


def _plain(k: int, rng: random.Random) -> RationalModel:
    model = _model(k, k, identity(k, mpq(1)), rng)
    symbols = SymbolicModel.of(k)
    names = ("x", "theta", "phi", "v", "u", "pi", "boltzmann")
    pairs = [p for n in names for p in zip(getattr(symbols, n), getattr(model, n), strict=True)]
    pairs += [(symbols.s, model.s), (symbols.gauss, model.gauss)]
    values = {a: as_rational(b) for a, b in pairs}
    return replace(model, substitution=values)


def _turned(k: int, d: int, rng: random.Random) -> RationalModel:
    normal = [mpq(rng.choice([-2, -1, 1, 2, 3])) for _ in range(d)]
    norm = dot(tuple(normal), tuple(normal))
    one = identity(d, mpq(1))
    reflection = tuple(
        tuple(one[a][b] - 2 * normal[a] * normal[b] / norm for b in range(d)) for a in range(d)
    )
    return _model(k, d, reflection, rng)


def _model(k: int, d: int, turn: Matrix, rng: random.Random) -> RationalModel:
    def image(a: int, j: int) -> int:
        return a - a % k + (a + j) % k

    def rotation(j: int) -> Matrix:
        # turn · shift^j · turnᵀ; shift^j sends e_a to e_{a+j}
        return tuple(
            tuple(sum(turn[p][image(a, j)] * turn[q][a] for a in range(d)) for q in range(d))
            for p in range(d)
        )

    def vector(size: int = d) -> Vector:
        return tuple(mpq(rng.randint(-9, 9), rng.randint(1, 5)) for _ in range(size))

    def positive(size: int) -> Vector:
        return tuple(mpq(rng.randint(1, 30), rng.randint(1, 9)) for _ in range(size))

    modes = []
    for m in range(k):
        plain = [Cyclotomic.root(k, -m * a) for a in range(k)]
        modes.append(tuple(dot(row[:k], tuple(plain)) for row in turn))
    return RationalModel(
        k=k,
        rotations=tuple(rotation(j) for j in range(k)),
        modes=tuple(modes),
        x=vector(),
        theta=vector(),
        phi=vector(),
        v=vector(),
        s=positive(1)[0],
        u=vector(k),
        pi=positive(k),
        boltzmann=positive(k),
        gauss=positive(1)[0],
    )
