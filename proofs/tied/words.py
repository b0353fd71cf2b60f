"""The symbolic model: the free module on words such as T_jᵀT_iθ, for every T_j, d and p.

A vector is its coefficients on the words; a number is a SymPy expression in π_j, E_j, α_i, F_i and
the products ⟨u, T…v⟩ of letters, one symbol for each up to transposition. Nothing is assumed of
the T_j, so an identity here holds for all of them, whatever their sizes. Only

    dE_j = E_j d(⟨x, T_jθ⟩ − ½|T_jθ|²),  dF_i = F_i d(⟨x, ν_i⟩ − ½|x|²)

ties the exponentials to the rest: E_j is the density of N(T_jθ, I) at x over that of N(0, I), F_i
that of N(ν_i, I), up to a constant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy

from overspec.mixture import weight_symbols
from overspec.proofs.language.expression import Unevaluable

#: A map: j for T_j, −1 − j for T_jᵀ.
Path = tuple[int, ...]
#: Maps from the left to the right, and the letter they are applied to.
Word = tuple[Path, str]
Vector = tuple[Any, ...]

PARAMETERS = ("theta", "phi", "v")  # letters of R^p


def transposed(path: Path) -> Path:
    """The transpose of a product of maps.

    >>> transposed((-1, 2)) == (-3, 0)  # (T_0ᵀT_2)ᵀ = T_2ᵀT_0
    True
    """
    return tuple(-1 - j for j in reversed(path))


@dataclass(frozen=True)
class Words:
    """The model for k components and as many components of the truth.

    >>> m = Words(2)
    >>> m.inner(m.image(m.theta, 0), m.x) == m.inner(m.theta, m.back(m.x, 0))
    True
    """

    k: int

    def basis(self, parameter: bool) -> dict[Word, int]:
        """Each word of R^p, or of R^d, and its place; R^p has more."""
        return _basis(self.k)[parameter]

    def basis_of(self, size: int) -> dict[Word, int]:
        """The basis with so many words."""
        return self.basis(size == len(self.basis(True)))

    def letter(self, name: str) -> Vector:
        """A letter as a vector."""
        return self.vector({((), name): sympy.Integer(1)}, name in PARAMETERS)

    def vector(self, coefficients: dict[Word, Any], parameter: bool) -> Vector:
        """The vector of R^p, or of R^d, with these coefficients.

        Raises:
            Unevaluable: a word longer than those of the basis.
        """
        basis = self.basis(parameter)
        out: list[Any] = [sympy.Integer(0)] * len(basis)
        for word, c in coefficients.items():
            if word not in basis:
                raise Unevaluable("a longer word")
            out[basis[word]] += c
        return tuple(out)

    @property
    def x(self) -> Vector:
        return self.letter("x")

    @property
    def theta(self) -> Vector:
        return self.letter("theta")

    @property
    def phi(self) -> Vector:
        return self.letter("phi")

    @property
    def v(self) -> Vector:
        return self.letter("v")

    @property
    def s(self) -> Any:
        return sympy.Symbol("s", positive=True)

    @property
    def u(self) -> Vector:
        return tuple(sympy.Symbol(f"u_{j}", real=True) for j in range(self.k))

    @property
    def pi(self) -> Vector:
        return weight_symbols(self.k)

    @property
    def boltzmann(self) -> Vector:
        return tuple(sympy.Symbol(f"E_{j}", positive=True) for j in range(self.k))

    @property
    def alpha(self) -> Vector:
        return tuple(sympy.Symbol(f"alpha_{i}", positive=True) for i in range(self.k))

    @property
    def truths(self) -> Vector:
        return tuple(sympy.Symbol(f"F_{i}", positive=True) for i in range(self.k))

    def nu(self, i: int) -> Vector:
        """ν_i."""
        return self.letter(f"nu_{i % self.k}")

    def log(self, value: Any) -> Any:
        return sympy.log(value)

    def terms(self, u: Vector) -> Iterator[tuple[Word, Any]]:
        """The words of a vector with their coefficients."""
        basis = self.basis_of(len(u))
        return ((word, u[place]) for word, place in basis.items() if u[place] != 0)

    def image(self, u: Vector, j: int) -> Vector:
        """``T_j u``."""
        j = j % self.k
        return self.vector({((j, *path), name): c for (path, name), c in self.terms(u)}, False)

    def back(self, u: Vector, j: int) -> Vector:
        """``T_jᵀ u``."""
        j = -1 - j % self.k
        return self.vector({((j, *path), name): c for (path, name), c in self.terms(u)}, True)

    def inner(self, u: Vector, v: Vector) -> Any:
        """``⟨u, v⟩``."""
        right = list(self.terms(v))
        return sympy.Add(*(c * d * product(a, b) for a, c in self.terms(u) for b, d in right))

    def slope(self, f: Callable[[Any], Any], name: str) -> Vector:
        """The gradient of a number in x, θ or θ'."""
        return self.gradient(f(self), name)

    def gradient(self, number: Any, name: str) -> Vector:
        """The gradient of an expression."""
        value = sympy.sympify(number)
        total: dict[Word, Any] = {}
        for symbol in sorted(value.free_symbols, key=str):
            gradient = self._gradient(symbol, name)
            factor = sympy.diff(value, symbol) if gradient else 0
            for word, c in gradient.items():
                total[word] = total.get(word, sympy.Integer(0)) + factor * c
        return self.vector(total, name in PARAMETERS)

    def _gradient(self, symbol: Any, name: str) -> dict[Word, Any]:
        """The gradient of a symbol, by its words."""
        head, *rest = str(symbol).split("|")
        if rest:
            left, path, right = head, _read(rest[0]), rest[1]
            out: dict[Word, Any] = {}
            for word, own in (((path, right), left), ((transposed(path), left), right)):
                if own == name:
                    out[word] = out.get(word, sympy.Integer(0)) + 1
            return out
        kind, _, index = head.partition("_")
        if kind == "E":
            j = int(index)
            if name == "x":
                return {((j,), "theta"): symbol}
            if name == "theta":
                return {((-1 - j,), "x"): symbol, ((-1 - j, j), "theta"): -symbol}
        if kind == "F" and name == "x":
            return {((), f"nu_{index}"): symbol, ((), "x"): -symbol}
        return {}

    def along(self, f: Callable[[Any], Any], name: str, v: Vector) -> Any:
        """The derivative of a number or a vector in x, θ or θ' along v."""
        value = f(self)
        if not isinstance(value, tuple):
            return self.inner(self.gradient(value, name), v)
        out = [self.inner(self.gradient(c, name), v) if c != 0 else c for c in value]
        for (path, own), c in self.terms(value):
            if own == name:
                moved = v
                for j in reversed(path):
                    moved = self.image(moved, j) if j >= 0 else self.back(moved, -1 - j)
                out = [a + c * b for a, b in zip(out, moved, strict=True)]
        return tuple(out)

    def trace(self, f: Callable[[Any], Vector]) -> Any:
        """The divergence in x of a vector whose words are free of x."""
        total = sympy.Integer(0)
        for (path, own), c in self.terms(f(self)):
            if own == "x":
                raise Unevaluable("a divergence of x itself")
            total += self.inner(self.gradient(c, "x"), self.vector({(path, own): 1}, False))
        return total

    def expect(self, f: Callable[[Any], Vector]) -> Vector:
        """``E f`` over x ~ N(0, I), for vectors of degree 1 or 2: ``E ⟨x, a⟩T_jᵀx = T_jᵀa``."""
        value = f(self)
        out: Vector = (sympy.Integer(0),) * len(value)
        for (path, own), c in self.terms(value):
            expanded = sympy.Poly(c, *products(c)) if products(c) else None
            monomials = expanded.terms() if expanded else [((), c)]
            for powers, factor in monomials:
                degree = sum(powers) + (own == "x")
                if degree == 1:
                    continue
                if degree != 2 or own != "x":
                    raise Unevaluable("an expectation of another degree")
                symbol = products(c)[powers.index(1)]
                moved = self.gradient(symbol, "x")
                for j in reversed(path):
                    moved = self.image(moved, j) if j >= 0 else self.back(moved, -1 - j)
                out = tuple(a + factor * b for a, b in zip(out, moved, strict=True))
        return out

    def at_zero(self, f: Callable[[Any], Any]) -> Any:
        """The value at θ = 0, where every E_j is 1."""

        def number(c: Any) -> Any:
            c = sympy.sympify(c)
            zero = {s: 0 for s in c.free_symbols if "theta" in str(s).split("|")}
            return c.xreplace(zero).xreplace({e: sympy.Integer(1) for e in self.boltzmann})

        value = f(self)
        if not isinstance(value, tuple):
            return number(value)
        kept = {word: number(c) for word, c in self.terms(value) if word[1] != "theta"}
        return self.vector(kept, len(value) == len(self.basis(True)))


def products(c: Any) -> list[Any]:
    """The symbols ⟨x, …⟩ of a number."""
    found = sympy.sympify(c).free_symbols
    return sorted((s for s in found if "x" in str(s).split("|")), key=str)


@cache
def product(a: Word, b: Word) -> Any:
    """The symbol of ⟨a, b⟩, the same for its transpose."""
    path = (*transposed(a[0]), *b[0])
    ends = min((a[1], path, b[1]), (b[1], transposed(path), a[1]))
    return sympy.Symbol(f"{ends[0]}|{' '.join(map(str, ends[1]))}|{ends[2]}", real=True)


def _read(text: str) -> Path:
    return tuple(map(int, text.split()))


@cache
def _basis(k: int) -> tuple[dict[Word, int], dict[Word, int]]:
    """Of R^d and of R^p."""
    places = ("x", *(f"nu_{i}" for i in range(k)))
    ks = range(k)
    data: list[Word] = [((), name) for name in places]
    data += [((j,), name) for j in ks for name in PARAMETERS]
    words: list[Word] = [((), name) for name in PARAMETERS]
    words += [((-1 - j,), name) for j in ks for name in places]
    words += [((-1 - j, i), name) for j in ks for i in ks for name in PARAMETERS]
    first, second = ({word: n for n, word in enumerate(each)} for each in (data, words))
    return first, second
