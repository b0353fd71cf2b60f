"""The two models of Q1o: the free module on the words of the family, and random 3×3 families."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from ..mixture import weight_symbols
from .calculus import Matrix, Vector, dot, identity, plus, times
from .rational import Dual

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
    r: Fraction
    h: Fraction
    substitution: None = None

    def apply(self, j: int, u: Vector) -> Vector:
        """``T_j u``."""
        return tuple(dot(row, u) for row in self.maps[j])

    def back(self, j: int, u: Vector) -> Vector:
        """``T_jᵀ u``."""
        return tuple(dot(column, u) for column in zip(*self.maps[j], strict=True))

    @property
    def w(self) -> Vector:
        """The responsibilities."""
        return shares(self.pi, self.boltzmann)

    def gradients(self) -> list[Vector]:
        """``∇_x w_j`` by dual numbers; dE_j = E_j ⟨dx, T_jθ⟩."""
        means = [self.apply(j, self.theta) for j in range(self.k)]
        columns = []
        for direction in identity(DIMENSION, Fraction(1)):
            energies = tuple(
                Dual(e, e * dot(mean, direction))
                for e, mean in zip(self.boltzmann, means, strict=True)
            )
            columns.append([entry.slope for entry in shares(self.pi, energies)])
        return list(zip(*columns, strict=True))

    def image(self) -> Vector:
        """``A_w θ``."""
        return plus(*(times(self.w[j], self.apply(j, self.theta)) for j in range(self.k)))


def shares(pi: Vector, energies: Vector) -> Vector:
    terms = [p * e for p, e in zip(pi, energies, strict=True)]
    total = sum(terms[1:], terms[0])
    return tuple(term / total for term in terms)


def families(k: int) -> Callable[[random.Random], tuple[Instance, ...]]:
    def reflect(rng: random.Random) -> Matrix:
        normal = [Fraction(rng.choice([-3, -2, -1, 1, 2])) for _ in range(DIMENSION)]
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
                tuple(dot(row, column) for column in zip(*other, strict=True)) for row in result
            )
        return result

    def vector(rng: random.Random) -> Vector:
        return tuple(Fraction(rng.choice([-5, -3, -2, 1, 4, 7]), rng.randint(1, 5)) for _ in "xyz")

    def positive(rng: random.Random, size: int) -> Vector:
        return tuple(Fraction(rng.randint(1, 30), rng.randint(1, 9)) for _ in range(size))

    def draw(rng: random.Random) -> Instance:
        return Instance(
            k=k,
            maps=tuple(orthogonal(rng) for _ in range(k)),
            x=vector(rng),
            theta=vector(rng),
            pi=positive(rng, k),
            boltzmann=positive(rng, k),
            r=positive(rng, 1)[0],
            h=positive(rng, 1)[0],
        )

    return lambda rng: tuple(draw(rng) for _ in range(3))


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
