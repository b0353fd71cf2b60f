"""The Jacobian of Lloyd's map once more: facet moments as integrals, enclosed in balls (K2).

`jacobian` writes all moments on the facets through m_k, N and F by parts. Here each of them is an
integral of its own, and the image of a motion comes from the boundary of a cell as it moves:
cell 0 is ``g_0 − g_j ≥ −(⟨x, δ_0 − δ_j⟩ − ⟨c_0,δ_0⟩ + ⟨c_j,δ_j⟩)/s`` to first order, x = g − ḡ.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from overspec.proofs.machinery.ball import Ball, line_integral
from overspec.proofs.machinery.expansion import Point, rational_points, symbolic_point

Rows = list[list[Any]]


@dataclass(frozen=True)
class FacetPoint(Point):
    """A point at which m, N and F are the integrals that they stand for."""

    def embed(self, entries: tuple[Any, ...]) -> tuple[Any, ...]:
        """Symbolic entries at the point, in balls."""
        names = symbolic_point(self.k, NAMES, _sizes(self.k)).values
        table: dict[Any, Any] = {}
        for name, symbol in names.items():
            pairs = zip(symbol, self.values[name], strict=True) if isinstance(
                symbol, tuple) else [(symbol, self.values[name])]  # fmt: skip
            table |= {s: v for s, v in pairs if isinstance(s, sympy.Symbol)}
        return tuple(at_symbols(sympy.sympify(entry), table) for entry in entries)


NAMES = ("y", "phi", "Phi", "m", "N", "F")


def _sizes(k: int) -> dict[str, int]:
    return {"a": k, "b": k, "t": k}


def at_symbols(e: Any, table: Any) -> Any:
    """A polynomial in symbols, or a quotient of such, at values of them, in balls."""
    if e.is_Rational:
        return Ball.of(Fraction(int(e.p), int(e.q)))
    if e.is_Add or e.is_Mul:
        first, *rest = (at_symbols(part, table) for part in e.args)
        for value in rest:
            first = first + value if e.is_Add else first * value
        return first
    return Ball.of(at_symbols(e.base, table)) ** int(e.exp) if e.is_Pow else table[e]


def facet_points(k: int) -> Callable[[random.Random], FacetPoint]:
    """A random rational motion, with m_k, N and F enclosed; what does not exist at k is 1/3."""

    def draw(rng: random.Random) -> FacetPoint:
        (point,) = rational_points(k, NAMES, _sizes(k), count=1)(rng)
        free = Ball.of(Fraction(1, 3))
        known = {
            "m": line_integral((1, 1, k - 1)) * k,
            "N": line_integral((0, 3, k - 3)) if k > 2 else free,
            "F": line_integral((0, 4, k - 4)) if k > 3 else free,
        }
        return FacetPoint(k, {**point.values, **known}, point.root)

    return draw


def _spread(u: Any) -> list[Any]:
    """u less its mean."""
    mean = sum(u) / len(u)
    return [a - mean for a in u]


def _unit(k: int, i: int) -> list[Fraction]:
    return _spread([Fraction(a == i) for a in range(k)])


def _plane(u: list[Any], v: list[Any], sign: int) -> Rows:
    """``v uᵀ + sign·u vᵀ``, row i the image of e_i."""
    return [[u[i] * v[c] + sign * v[i] * u[c] for c in range(len(u))] for i in range(len(u))]


def motion(name: str, m: Any) -> Rows:
    """δ_0, …, δ_{k−1} of a motion of each kind, as linear maps of the e_i − 1/k."""
    k = m.k
    if name == "Omega":
        return _plane(_spread(m.a), _spread(m.b), -1)
    if name == "S":
        e = [[Fraction(a == i) * m.y for a in range(k)] for i in range(4)]
        one = [[Fraction(a == i) for a in range(k)] for i in range(4)]
        u = [a - b for a, b in zip(e[0], e[2], strict=True)]
        return _plane(u, [a - b for a, b in zip(one[1], one[3], strict=True)], 1)
    t = _spread(m.t)
    if name == "tau":
        return [list(t) for _ in range(k)]
    size = [m.y] * k if name == "C" else t
    return [[size[i] * c for c in _unit(k, i)] for i in range(k)]


def image(m: Any, delta: Rows) -> tuple[Any, ...]:
    """``(Jδ)_0 = k (dB − c_0 dp)``: how moment and mass of cell 0 change when the centres move."""
    k = m.k
    s = m.m * k / (k - 1)
    mass, moment = Ball.of(0), [Ball.of(0)] * k
    centre = [[s * c for c in _unit(k, i)] for i in range(k)]
    for j in range(1, k):
        first, second = _moments(k, j)
        gap = [(a - b) / s for a, b in zip(delta[0], delta[j], strict=True)]
        away = (_dot(centre[j], delta[j]) - _dot(centre[0], delta[0])) / s
        total = line_integral((0, 2, k - 2))
        mass = mass + _dot(gap, first) + away * total
        moment = [moment[a] + _dot(gap, second[a]) + away * first[a] for a in range(k)]
    return tuple(k * (moment[a] - centre[0][a] * mass) for a in range(k))


def _dot(u: Any, v: Any) -> Any:
    return sum((b * a for a, b in zip(u, v, strict=True)), Ball.of(0))


def _moments(k: int, j: int) -> tuple[list[Any], Rows]:
    """First and second moments of x = g − ḡ on the facet g_0 = g_j = y ≥ g_l."""
    both = {0, j}
    own, out = line_integral((1, 2, k - 2)), -line_integral((0, 3, k - 3)) if k > 2 else None
    raw = [own if a in both else out for a in range(k)]

    def product(a: int, b: int) -> Any:
        if a in both and b in both:
            return line_integral((2, 2, k - 2))
        if a in both or b in both:
            return -line_integral((1, 3, k - 3))
        if a == b:  # ∫_{−∞}^y g²φ = Φ − yφ
            return line_integral((0, 2, k - 2)) - line_integral((1, 3, k - 3))
        return line_integral((0, 4, k - 4))

    table = [[product(a, b) for b in range(k)] for a in range(k)]
    rows = [_spread(row) for row in table]
    return _spread(raw), [_spread(column) for column in zip(*rows, strict=True)]
