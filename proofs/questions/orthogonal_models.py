"""The two models of Q1o: the free module on the words of the family, and random 3×3 families."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from operator import mul
from typing import Any

import sympy
from gmpy2 import mpq

from overspec.mixture import weight_symbols
from overspec.proofs.language.reading.densities import whole_point
from overspec.proofs.machinery.calculus import Matrix, Vector, identity, plus, times
from overspec.proofs.machinery.rational import LARGE, Dual
from overspec.proofs.machinery.symbolic import EVERY, as_rational

DIMENSION = 3


@dataclass(frozen=True)
class Instance:
    """A random exact instance; vectors in R^3."""

    k: int
    maps: tuple[Matrix, ...]
    x: Vector
    theta: Vector
    pi: Vector
    boltzmann: Vector
    r: mpq
    h: mpq
    substitution: None = None

    def apply(self, j: int, u: Vector) -> Vector:
        """``T_j u``."""
        return tuple(inner(row, u) for row in self.maps[j])

    def back(self, j: int, u: Vector) -> Vector:
        """``T_jᵀ u``."""
        return tuple(inner(column, u) for column in zip(*self.maps[j], strict=True))

    @cached_property
    def w(self) -> Vector:
        """The responsibilities."""
        return shares(self.pi, self.boltzmann)

    def gradients(self) -> list[Vector]:
        """``∇_x w_j`` by dual numbers; dE_j = E_j ⟨dx, T_jθ⟩."""
        means = [self.apply(j, self.theta) for j in range(self.k)]
        columns = []
        for direction in identity(DIMENSION, mpq(1)):
            energies = tuple(
                Dual(e, e * inner(mean, direction))
                for e, mean in zip(self.boltzmann, means, strict=True)
            )
            columns.append([entry.slope for entry in shares(self.pi, energies)])
        return list(zip(*columns, strict=True))

    @property
    def pulled(self) -> Matrix:
        """The T_jᵀx."""
        return tuple(self.back(j, self.x) for j in range(self.k))

    def image(self) -> Vector:
        """``A_w θ``."""
        return plus(*(times(self.w[j], self.apply(j, self.theta)) for j in range(self.k)))


def inner(u: Any, v: Any) -> Any:
    """``⟨u, v⟩``."""
    return sum(map(mul, u, v))


def shares(pi: Vector, energies: Vector) -> Vector:
    terms = [p * e for p, e in zip(pi, energies, strict=True)]
    total = sum(terms[1:], terms[0])
    return tuple(term / total for term in terms)


def families(k: int) -> Callable[[random.Random], tuple[Instance, ...]]:
    def reflect(rng: random.Random) -> Matrix:
        normal = [mpq(rng.choice([-3, -2, -1, 1, 2])) for _ in range(DIMENSION)]
        norm = sum(a * a for a in normal)
        return tuple(
            tuple(int(a == b) - 2 * normal[a] * normal[b] / norm for b in range(DIMENSION))
            for a in range(DIMENSION)
        )

    def orthogonal(rng: random.Random) -> Matrix:
        result = reflect(rng)
        for _ in range(rng.randint(0, 2)):
            other = reflect(rng)
            result = tuple(
                tuple(inner(row, column) for column in zip(*other, strict=True)) for row in result
            )
        return result

    def vector(rng: random.Random) -> Vector:
        return tuple(mpq(rng.choice([-5, -3, -2, 1, 4, 7]), rng.randint(1, 5)) for _ in "xyz")

    def positive(rng: random.Random, size: int) -> Vector:
        top = 1 if k is EVERY else 9  # whole numbers where there are many
        return tuple(mpq(rng.randint(1, 30), rng.randint(1, top)) for _ in range(size))

    def draw(rng: random.Random) -> Instance:
        size = rng.randint(*LARGE) if k is EVERY else k
        return Instance(
            k=size,
            maps=tuple(orthogonal(rng) for _ in range(size)),
            x=vector(rng),
            theta=vector(rng),
            pi=positive(rng, size),
            boltzmann=positive(rng, size),
            r=positive(rng, 1)[0],
            h=positive(rng, 1)[0],
        )

    return lambda rng: tuple(draw(rng) for _ in range(1 if k is EVERY else 3))


@dataclass(frozen=True)
class FromDensities(Instance):
    """An instance with true exponentials (4 for e): w by Bayes' rule, its slopes through it."""

    @cached_property
    def w(self) -> Vector:
        found: Vector = self.posterior_at(self.x)
        return found

    @property
    def posterior(self) -> Vector:
        """The probabilities of the components N(T_jθ, I) at x."""
        return self.w

    def posterior_at(self, x: Any) -> Any:
        """The same at a place whose coordinates may be dual numbers."""
        joint = [p * _density(x, self.apply(j, self.theta)) for j, p in enumerate(self.pi)]
        marginal = joint[0]
        for term in joint[1:]:
            marginal = marginal + term
        return tuple(term / marginal for term in joint)

    def gradients(self) -> list[Vector]:
        """``∇_x w_j``, by differentiating the densities."""
        found = []
        for a in range(DIMENSION):
            moved = tuple(Dual(c, mpq(int(a == b))) for b, c in enumerate(self.x))
            found.append([entry.slope for entry in self.posterior_at(moved)])
        return list(zip(*found, strict=True))

    def embed(self, entries: tuple[Any, ...]) -> tuple[Any, ...]:
        """A number as it is here; coordinates in the free module as the vector in R^3."""
        table = {sympy.Symbol("n"): inner(self.theta, self.theta), Words(self.k).r: self.r}
        table |= {Words(self.k).h: self.h}
        means = [self.apply(j, self.theta) for j in range(self.k)]
        for i, j in combinations(range(self.k), 2):
            table[sympy.Symbol(f"g_{i}_{j}")] = inner(means[i], means[j])
        symbols = Words(self.k)
        table |= dict(zip(symbols.pi, self.pi, strict=True))
        table |= dict(zip(symbols.boltzmann, self.boltzmann, strict=True))
        exact = {s: as_rational(value) for s, value in table.items()}
        values = [sympy.sympify(entry).xreplace(exact) for entry in entries]
        numbers = [mpq(int(value.p), int(value.q)) for value in values]
        if len(numbers) == 1:
            return tuple(numbers)
        words = [self.back(j, self.x) for j in range(self.k)]
        words += [self.theta]
        words += [self.back(j, means[i]) for j in range(self.k) for i in range(self.k) if i != j]
        terms = list(zip(numbers, words, strict=True))
        return tuple(sum(c * word[a] for c, word in terms) for a in range(DIMENSION))


def _density(x: Any, mean: Vector) -> Any:
    """``4^{−|x − mean|²/2}``."""
    square: Any = mpq(0)
    for a, b in zip(x, mean, strict=True):
        square = square + (a - b) * (a - b)
    if isinstance(square, Dual):
        value = mpq(2) ** -int(square.value)
        return Dual(value, -value * square.slope / 2)
    return mpq(2) ** -int(square)


def from_densities(k: int) -> Callable[[random.Random], FromDensities]:
    """A family of signed permutations, which keep integer points."""

    def draw(rng: random.Random) -> FromDensities:
        def signed() -> Matrix:
            order = rng.sample(range(DIMENSION), DIMENSION)
            signs = [rng.choice((-1, 1)) for _ in order]
            return tuple(
                tuple(mpq(s * (a == b)) for b in range(DIMENSION))
                for s, a in zip(signs, order, strict=True)
            )

        (first, *_) = families(k)(rng)
        x, theta = whole_point(DIMENSION, rng), whole_point(DIMENSION, rng)
        found = FromDensities(
            k=k, maps=tuple(signed() for _ in range(k)), x=x, theta=theta, pi=first.pi,
            boltzmann=first.boltzmann, r=first.r, h=first.h,
        )  # fmt: skip
        origin = (mpq(0),) * DIMENSION
        scale = _density(x, origin) * _density(theta, origin)
        energies = (_density(x, found.apply(j, theta)) / scale for j in range(k))
        return replace(found, boltzmann=tuple(energies))

    return draw


@dataclass(frozen=True)
class Words:
    """The free module on θ, T_jᵀx and T_jᵀT_iθ (i ≠ j) over the functions of π and E_j."""

    k: int

    @property
    def h(self) -> sympy.Symbol:
        return sympy.Symbol("h", positive=True)

    @property
    def r(self) -> sympy.Symbol:
        return sympy.Symbol("r", positive=True)

    @property
    def pi(self) -> Vector:
        return weight_symbols(self.k)

    @property
    def boltzmann(self) -> Vector:
        return tuple(sympy.Symbol(f"E_{j}", positive=True) for j in range(self.k))

    @property
    def w(self) -> Vector:
        return shares(self.pi, self.boltzmann)

    def slope(self, j: int, i: int) -> Any:
        """The coefficient of T_iθ in ∇_x w_j."""
        return sympy.diff(self.w[j], self.boltzmann[i]) * self.boltzmann[i]

    def gram(self, i: int, j: int) -> Any:
        """⟨T_iθ, T_jθ⟩."""
        return sympy.Symbol("n" if i == j else f"g_{min(i, j)}_{max(i, j)}")

    def vector(self, x_part: Any, pair: Callable[[int, int], Any]) -> Vector:
        """Coordinates; T_jᵀT_jθ = θ."""
        ks = range(self.k)
        words = (pair(j, i) for j in ks for i in ks if i != j)
        return (*x_part, sum(pair(j, j) for j in ks), *words)
