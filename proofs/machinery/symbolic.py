"""The symbolic model: SymPy symbols, R the cyclic shift of k coordinates.

Why this representation is enough. The statements of the catalogue are linear in the vectors
R^j u (u = x, θ, …) or in the products R^i u uᵀ R^j, with coefficients that are functions of π
and of the E_j. In the regular representation the R^j u are linearly independent for generic u,
and so are the k² matrices of polynomials R^i u uᵀ R^j; hence an identity there is one between
coefficients, and holds for every orthogonal R with R^k = I, in every dimension. The rational
models put that to the test in other representations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy

from overspec.mixture import vector_symbols, weight_symbols
from overspec.proofs.machinery.calculus import Matrix, Scalar, Vector, dot
from overspec.proofs.machinery.identity import ZETA


class Particular(TypeError):
    """A formula or a rule asked which number k is, where it stands for every one."""


class EveryK:
    """The k of a derivation for every k: whoever asks which number it is gets `Particular`.

    What is built with it cannot depend on k, so that it says the same for each.

    >>> repr(EVERY), EVERY != 2
    ('k', True)
    """

    def __repr__(self) -> str:
        return "k"

    def _refuse(self, *_: object) -> Any:
        raise Particular("k is any number here")

    __index__ = __int__ = __bool__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __neg__ = _refuse
    __mod__ = __rmod__ = __floordiv__ = __rfloordiv__ = __truediv__ = __rtruediv__ = _refuse
    __pow__ = __rpow__ = _refuse


EVERY: Any = EveryK()  # stands where builders take an int
SYMBOL = sympy.Symbol("k", positive=True)  # where a formula without sums over Z/k has a value
LETTERS = 4  # how many u_0, u_1, … a formula may have as letters when k is a symbol


def as_rational(q: Fraction | Any) -> sympy.Rational:
    """A rational number of `fractions` or of GMP as one of SymPy.

    >>> as_rational(Fraction(3, 6))
    1/2
    """
    return sympy.Rational(int(q.numerator), int(q.denominator))


@dataclass(frozen=True)
class SymbolicModel:
    """A `calculus.Model` on SymPy expressions.

    >>> SymbolicModel.of(3).turn((1, 2, 3), 1)
    (3, 1, 2)
    """

    k: int
    x: Vector
    theta: Vector
    phi: Vector
    v: Vector
    s: Scalar
    u: Vector
    pi: Vector
    boltzmann: Vector
    gauss: Scalar

    @classmethod
    def of(cls, k: int) -> SymbolicModel:
        """The model with k components; its exponentials are independent positive symbols.

        For every k there are no coordinates: the trees are read as index sums (`language.every`).
        """
        if k is EVERY:
            letters = vector_symbols("u", LETTERS)
            return cls(k, *((),) * 4, sympy.Symbol("s", positive=True), letters, (), (), None)
        names = ("x", "theta", "phi", "v")
        x, theta, phi, v = (vector_symbols(name, k) for name in names)
        exponentials = tuple(sympy.Symbol(f"E_{j}", positive=True) for j in range(k))
        s, gauss = sympy.Symbol("s", positive=True), sympy.Symbol("G", positive=True)
        u = vector_symbols("u", k)
        return cls(k, x, theta, phi, v, s, u, weight_symbols(k), exponentials, gauss)

    def turn(self, u: Vector, j: int) -> Vector:
        return tuple(u[(a - j) % self.k] for a in range(self.k))

    def zeta(self, power: int) -> Scalar:
        return ZETA ** (power % self.k)

    def mode(self, m: int) -> Vector:
        return tuple(self.zeta(-m * a) for a in range(self.k))

    def log(self, value: Scalar) -> Scalar:
        return sympy.log(value)

    def exponential(self, value: Scalar) -> Scalar:
        """``e^value``."""
        return sympy.exp(value)

    def derivative(self, f: Callable[[Any], Vector], name: str) -> Matrix:
        """By `sympy.diff` on true exponentials, which then become symbols again."""
        energies = [sympy.exp(dot(self.x, self.turn(self.theta, j))) for j in range(self.k)]
        gauss = sympy.exp(-dot(self.x, self.x) / 2)
        values = f(replace(self, boltzmann=tuple(energies), gauss=gauss))
        symbols = dict(zip((*energies, gauss), (*self.boltzmann, self.gauss), strict=True))
        return tuple(
            tuple(sympy.diff(value, symbol).xreplace(symbols) for symbol in getattr(self, name))
            for value in values
        )

    def at_zero(self) -> SymbolicModel:
        zero, one = sympy.Integer(0), sympy.Integer(1)
        return replace(self, theta=(zero,) * self.k, boltzmann=(one,) * self.k)

    def expect(self, f: Callable[[Any], Vector]) -> Vector:
        """By the moments of N(0, I), monomial by monomial."""
        return tuple(self._moment(sympy.expand(value)) for value in f(self))

    def _moment(self, value: Any) -> Any:
        total = sympy.Integer(0)
        for powers, c in sympy.Poly(value, *self.x).terms():
            if all(p % 2 == 0 for p in powers):
                total += c * sympy.prod([sympy.factorial2(p - 1) for p in powers if p])
        return total
