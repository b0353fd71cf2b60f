"""Random exact maps with dual numbers, and with true densities in the second reading."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import sympy
from gmpy2 import mpq

from overspec.proofs.machinery.calculus import Matrix, Vector, dot, plus, times
from overspec.proofs.machinery.rational import LARGE, Dual
from overspec.proofs.machinery.symbolic import EVERY, as_rational
from overspec.proofs.tied.words import Words

SIZES = ((2, 3), (3, 2))  # d and p of the instances


@dataclass(frozen=True)
class Instance:
    """Rational maps, vectors and exponentials; only the derivatives of E_j and F_i tie them."""

    k: int
    maps: tuple[Matrix, ...]
    centres: tuple[Vector, ...]
    x: Vector
    theta: Vector
    phi: Vector
    v: Vector
    s: mpq
    u: Vector
    pi: Vector
    alpha: Vector
    boltzmann: Vector
    truths: Vector
    substitution: None = None

    def image(self, u: Vector, j: int) -> Vector:
        """``T_j u``."""
        return tuple(dot(row, u) for row in self.maps[j % self.k])

    def back(self, u: Vector, j: int) -> Vector:
        """``T_jᵀ u``."""
        return tuple(dot(column, u) for column in zip(*self.maps[j % self.k], strict=True))

    @cached_property
    def responsibilities(self) -> Vector:
        """w, kept: it is asked for k times."""
        total = dot(self.pi, self.boltzmann)
        return tuple(p * e / total for p, e in zip(self.pi, self.boltzmann, strict=True))

    def nu(self, i: int) -> Vector:
        """ν_i."""
        return self.centres[i % self.k]

    def inner(self, u: Vector, v: Vector) -> Any:
        """``⟨u, v⟩``."""
        return dot(u, v)

    def log(self, value: Any) -> Any:
        """The logarithm, inside a derivative only."""
        return Dual(mpq(0), value.slope / value.value)

    def along(self, f: Callable[[Any], Any], name: str, v: Vector) -> Any:
        """The derivative along v, by dual numbers."""
        return _slope(f(self._moved(name, v)))

    def slope(self, f: Callable[[Any], Any], name: str) -> Vector:
        """The gradient of a number."""
        return tuple(self.along(f, name, unit) for unit in _units(len(getattr(self, name))))

    def trace(self, f: Callable[[Any], Vector]) -> Any:
        """The divergence in x of a vector."""
        units = _units(len(self.x))
        return sum(self.along(f, "x", unit)[a] for a, unit in enumerate(units))

    def expect(self, f: Callable[[Any], Vector]) -> Vector:
        """``E f`` over x ~ N(0, I), for f of degree at most 2: second differences at 0."""
        units, size = _units(len(self.x)), len(self.x)
        here = f(replace(self, x=(mpq(0),) * size))
        total = here
        for unit in units:
            ends = [f(replace(self, x=times(sign, unit))) for sign in (1, -1)]
            total = plus(total, *(times(mpq(1, 2), end) for end in ends), times(-1, here))
        return total

    def at_zero(self, f: Callable[[Any], Any]) -> Any:
        """The value at θ = 0."""
        zero = (mpq(0),) * len(self.theta)
        return f(replace(self, theta=zero, boltzmann=(mpq(1),) * self.k))

    def _moved(self, name: str, v: Vector) -> Instance:
        point = tuple(Dual(c, b) for c, b in zip(getattr(self, name), v, strict=True))
        changed: dict[str, Any] = {name: point}
        means = [self.image(self.theta, j) for j in range(self.k)]
        rates = [mpq(0)] * self.k
        if name == "x":
            rates = [dot(v, mean) for mean in means]
            slopes = [dot(v, nu) - dot(v, self.x) for nu in self.centres]
            changed["truths"] = tuple(
                Dual(f, f * rate) for f, rate in zip(self.truths, slopes, strict=True)
            )
        if name == "theta":
            moved = [self.image(v, j) for j in range(self.k)]
            rates = [dot(self.x, b) - dot(a, b) for a, b in zip(means, moved, strict=True)]
        changed["boltzmann"] = tuple(
            Dual(e, e * rate) for e, rate in zip(self.boltzmann, rates, strict=True)
        )
        return replace(self, **changed)


def _units(size: int) -> list[Vector]:
    return [tuple(mpq(int(a == b)) for b in range(size)) for a in range(size)]


def _slope(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_slope, value))
    return value.slope if isinstance(value, Dual) else mpq(0)


def families(k: int) -> Callable[[random.Random], tuple[Instance, ...]]:
    """Two instances, with more parameters than dimensions and with fewer.

    For every k one, of one of these sizes, with random k from 7 to 40.
    """
    if k is EVERY:
        return lambda rng: (rng.choice(families(rng.randint(*LARGE))(rng)),)

    def number(rng: random.Random) -> mpq:
        return mpq(rng.randint(-9, 9) or 4, rng.randint(1, 5))

    def vector(rng: random.Random, size: int) -> Vector:
        return tuple(number(rng) for _ in range(size))

    def positive(rng: random.Random) -> Vector:
        return tuple(mpq(rng.randint(1, 30), rng.randint(1, 9)) for _ in range(k))

    def draw(rng: random.Random, d: int, p: int) -> Instance:
        maps = tuple(tuple(vector(rng, p) for _ in range(d)) for _ in range(k))
        return Instance(
            k=k,
            maps=maps,
            centres=tuple(vector(rng, d) for _ in range(k)),
            x=vector(rng, d),
            theta=vector(rng, p),
            phi=vector(rng, p),
            v=vector(rng, p),
            s=positive(rng)[0],
            u=positive(rng),
            pi=positive(rng),
            alpha=positive(rng),
            boltzmann=positive(rng),
            truths=positive(rng),
        )

    return lambda rng: tuple(draw(rng, d, p) for d, p in SIZES)


@dataclass(frozen=True)
class Densities:
    """Whole maps and points with true exponentials, 4 in the place of e.

    Of the exponential only e^{a+b} = e^a e^b and de^y = e^y dy are used. Responsibilities come from
    Bayes' rule for the densities of the components, nothing from the models of the other methods.
    """

    k: int
    maps: tuple[Matrix, ...]
    centres: tuple[Vector, ...]
    x: Any
    theta: Any
    phi: Any
    v: Any
    s: mpq
    u: Vector
    pi: Vector
    alpha: Vector
    substitution: None = None

    def density(self, mean: Any) -> Any:
        """The density of N(mean, I) at x, without (2π)^{−d/2}."""
        square: Any = mpq(0)
        for a, b in zip(self.x, mean, strict=True):
            square = square + (a - b) * (a - b)
        if isinstance(square, Dual):
            value = mpq(2) ** -int(square.value)
            return Dual(value, -value * square.slope / 2)
        return mpq(2) ** -int(square)

    @property
    def components(self) -> list[Any]:
        """The densities of N(T_jθ, I)."""
        found = []
        for rows in self.maps:
            mean = []
            for row in rows:
                entry: Any = mpq(0)
                for a, b in zip(row, self.theta, strict=True):
                    entry = entry + a * b
                mean.append(entry)
            found.append(self.density(mean))
        return found

    @property
    def boltzmann(self) -> Any:
        """E_j: the density of component j over that of N(0, I)."""
        origin = self.density((mpq(0),) * len(self.x))
        return tuple(each / origin for each in self.components)

    @property
    def truths(self) -> Any:
        """F_i."""
        return tuple(self.density(nu) for nu in self.centres)

    @property
    def posterior(self) -> Any:
        """The probabilities of the components at x."""
        return _bayes(self.pi, self.components)

    @property
    def truth_posterior(self) -> Any:
        """The probabilities of the components of the truth at x."""
        return _bayes(self.alpha, self.truths)

    def embed(self, entries: tuple[Any, ...]) -> tuple[Any, ...]:
        """Numbers as they are here; coefficients on the words as the vector that they make."""
        words = Words(self.k)
        sizes = [len(words.basis(parameter)) for parameter in (True, False)]
        size = next((n for n in sizes if len(entries) % n == 0), 0)
        if not size:
            return tuple(self._number(entry) for entry in entries)
        found: list[Any] = []
        for start in range(0, len(entries), size):
            total = (mpq(0),) * len(self.x)
            for (path, name), place in words.basis_of(size).items():
                c = entries[start + place]
                if c != 0:
                    total = plus(total, times(self._number(c), self._word(path, name)))
            found += total
        return tuple(found)

    def _word(self, path: tuple[int, ...], name: str) -> Vector:
        kind, _, index = name.partition("_")
        u: Vector = self.centres[int(index)] if kind == "nu" else getattr(self, name)
        for j in reversed(path):
            rows = self.maps[j] if j >= 0 else tuple(zip(*self.maps[-1 - j], strict=True))
            u = tuple(dot(row, u) for row in rows)
        return u

    def _number(self, entry: Any) -> mpq:
        entry = sympy.sympify(entry)
        words = Words(self.k)
        table = {words.s: self.s}
        for names, values in (
            (words.u, self.u),
            (words.pi, self.pi),
            (words.alpha, self.alpha),
            (words.boltzmann, self.boltzmann),
            (words.truths, self.truths),
        ):
            table |= dict(zip(names, values, strict=True))
        for symbol in entry.free_symbols - set(table):
            left, path, right = str(symbol).split("|")
            maps = tuple(map(int, path.split()))
            table[symbol] = dot(self._word((), left), self._word(maps, right))
        exact = {s: as_rational(v) for s, v in table.items()}
        value = entry.xreplace(exact)
        return mpq(int(value.p), int(value.q))


def _bayes(weights: Vector, densities: Any) -> tuple[Any, ...]:
    joint = [w * each for w, each in zip(weights, densities, strict=True)]
    marginal = joint[0]
    for term in joint[1:]:
        marginal = marginal + term
    return tuple(term / marginal for term in joint)


def from_densities(k: int, size: int = 2) -> Callable[[random.Random], Densities]:
    """An instance with small whole numbers, d = p = size, so that every exponent is one."""

    def whole(rng: random.Random) -> Vector:
        return tuple(mpq(rng.randint(-2, 2)) for _ in range(size))

    def point(rng: random.Random, *others: Vector) -> Vector:
        """A point that is not 0, and not as long as another."""
        found = whole(rng)
        apart = all(dot(found, found) != dot(u, u) for u in others)
        return found if any(found) and apart else point(rng, *others)

    def positive(rng: random.Random) -> Vector:
        return tuple(mpq(rng.randint(1, 30), rng.randint(1, 9)) for _ in range(k))

    def draw(rng: random.Random) -> Densities:
        theta = point(rng)
        return Densities(
            k=k,
            maps=tuple(tuple(point(rng) for _ in range(size)) for _ in range(k)),
            centres=tuple(point(rng) for _ in range(k)),
            x=point(rng),
            theta=theta,
            phi=point(rng, theta),
            v=point(rng),
            s=positive(rng)[0],
            u=positive(rng),
            pi=positive(rng),
            alpha=positive(rng),
        )

    return draw
