"""The formulas of math.md section 1, written once for any model that can evaluate them.

A model supplies vectors, the action ``u ↦ R^j u``, the exponentials ``E_j = e^{⟨x,R^jθ⟩}``
and derivatives. `SymbolicModel` and `RationalModel` are the two implementations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

Scalar = Any
Vector = tuple[Any, ...]
Matrix = tuple[Vector, ...]
Self = TypeVar("Self", bound="Model")


class Model(Protocol):
    """Where a formula of the mixture can be evaluated."""

    @property
    def k(self) -> int: ...
    @property
    def x(self) -> Vector: ...
    @property
    def theta(self) -> Vector: ...
    @property
    def phi(self) -> Vector:
        """A second parameter, θ'."""
        ...

    @property
    def v(self) -> Vector:
        """Any vector."""
        ...

    @property
    def s(self) -> Scalar:
        """A positive scalar."""
        ...

    @property
    def u(self) -> Vector:
        """Any k coefficients, of a polynomial in R."""
        ...

    @property
    def pi(self) -> Vector:
        """Positive weights; that they sum to 1 is used explicitly where it is needed."""
        ...

    @property
    def boltzmann(self) -> Vector:
        """``E_j = exp⟨x, R^j θ⟩``."""
        ...

    @property
    def gauss(self) -> Scalar:
        """``exp(−|x|²/2)``."""
        ...

    def turn(self, u: Vector, j: int) -> Vector:
        """``R^j u``."""
        ...

    def zeta(self, power: int) -> Scalar:
        """``ω^power``, ω a primitive k-th root of unity."""
        ...

    def mode(self, m: int) -> Vector:
        """An eigenvector f_m of R: ``R f_m = ω^m f_m``."""
        ...

    def log(self, value: Scalar) -> Scalar:
        """The logarithm, inside a derivative only."""
        ...

    def derivative(self, f: Callable[[Any], Vector], name: str) -> Matrix:
        """Jacobian of f with respect to ``x``, ``theta`` or ``phi``: rows follow f."""
        ...

    def at_zero(self: Self) -> Self:
        """The model at θ = 0."""
        ...

    def expect(self, f: Callable[[Any], Vector]) -> Vector:
        """``E f`` over x ~ N(0, I), for f a polynomial in x of degree ≤ 2."""
        ...


def dot(u: Vector, v: Vector) -> Scalar:
    """``⟨u, v⟩``."""
    return sum(a * b for a, b in zip(u, v, strict=True))


def plus(*vectors: Vector) -> Vector:
    """The sum of vectors."""
    return tuple(sum(entries) for entries in zip(*vectors, strict=True))


def times(c: Scalar, u: Vector) -> Vector:
    """``c u``."""
    return tuple(c * a for a in u)


def minus(u: Vector, v: Vector) -> Vector:
    """``u − v``."""
    return tuple(a - b for a, b in zip(u, v, strict=True))


def outer(u: Vector, v: Vector) -> Matrix:
    """``u vᵀ``."""
    return tuple(tuple(a * b for b in v) for a in u)


def entrywise(combine: Callable[..., Vector], *matrices: Matrix) -> Matrix:
    """A vector operation applied to matrices row by row."""
    return tuple(combine(*rows) for rows in zip(*matrices, strict=True))


def identity(size: int, c: Scalar = 1) -> Matrix:
    """``c I``."""
    return tuple(tuple(c if a == b else c * 0 for b in range(size)) for a in range(size))


def partition(m: Model) -> Scalar:
    """``S = Σ_j π_j E_j``."""
    return dot(m.pi, m.boltzmann)


def responsibilities(m: Model) -> Vector:
    """``w_j = π_j E_j / S``."""
    total = partition(m)
    return tuple(p * e / total for p, e in zip(m.pi, m.boltzmann, strict=True))


def circulant(m: Model, c: Vector, u: Vector) -> Vector:
    """``Σ_j c_j R^j u``: A u for c = π, A_w u for c = w."""
    return plus(*(times(c[j], m.turn(u, j)) for j in range(m.k)))


def transposed(m: Model, c: Vector, u: Vector) -> Vector:
    """``Σ_j c_j R^{-j} u``: Aᵀ u for c = π; the EM integrand for c = w, u = x."""
    return plus(*(times(c[j], m.turn(u, -j)) for j in range(m.k)))


def fourier(m: Model, c: Vector, frequency: int) -> Scalar:
    """``ĉ_m = Σ_j c_j ω^{mj}``."""
    return sum(c[j] * m.zeta(frequency * j) for j in range(m.k))
