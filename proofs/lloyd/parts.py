"""The invariant parts of R^k ⊗ V on which Lloyd's Jacobian is a number: their dimensions (K2).

From above, as solutions of linear equations; from below, as the span of what the permutations of
the components make of one motion. Where both agree, the one motion stands for the whole part.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import prod
from typing import Any

import sympy
from flint import fmpq, fmpq_mat

from overspec.proofs.language.analysis import Named
from overspec.proofs.language.expression import ONE, Env, Expr, Num, Tuple
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import K
from overspec.proofs.language.reading.reader import read
from overspec.proofs.language.render import Box, joined, sign
from overspec.proofs.language.statement import Both, Prose, Relation
from overspec.proofs.language.theorem import Theorem, step
from overspec.proofs.lloyd.facets import facet_points, motion
from overspec.proofs.machinery.ball import Ball

Equation = dict[tuple[int, int], int]  # coefficients of the coordinates (component, axis)


def eigenvalue(name: str) -> Expr:
    """The eigenvalue on a part, by name."""
    return Named("lambda", (), Named(name))


def multiplicity(name: str) -> Expr:
    """Its multiplicity, by name."""
    return Named("mult", (eigenvalue(name),))


@dataclass(frozen=True)
class Listed(Both):
    """A spectrum: each eigenvalue with its multiplicity, relations with one right side as one."""

    def prose(self) -> Prose:
        rows = [part for part in self.parts if isinstance(part, Relation)]
        counts = {row.lhs: row.rhs for row in rows if _name(row.lhs) == "mult"}
        values = {row.lhs for row in rows}
        out: list[str | Box] = []
        for sides in _alike([row for row in rows if multiplicity_of(row.lhs) not in values]):
            lhs = joined([row.lhs.box() for row in sides], sign(",", ", "))
            around = [", "] if out else []
            out += [*around, Relation(Shown(lhs), sides[0].kind, sides[0].rhs).box()]
            count = counts.get(Named("mult", (sides[0].lhs,)))
            if count is not None:
                out += [" (mult ", count.box(), ")"]
        return tuple(out)


@dataclass(frozen=True)
class Shown(Expr):
    """What is laid out already."""

    shown: Box

    def box(self) -> Box:
        return self.shown


def _name(e: Expr) -> str:
    return e.name if isinstance(e, Named) else ""


def multiplicity_of(e: Expr) -> Expr | None:
    """The eigenvalue of which an expression is the multiplicity."""
    return e.arguments[0] if isinstance(e, Named) and e.name == "mult" else None


def _alike(rows: list[Relation]) -> list[list[Relation]]:
    """Runs of relations of one kind with one right side; an equation of an eigenvalue alone."""
    runs: list[list[Relation]] = []
    for row in rows:
        last = runs[-1][-1] if runs else None
        same = last is not None and (last.kind, last.rhs) == (row.kind, row.rhs)
        if same and _name(row.lhs) != "lambda":
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs


def parts_of(k: int) -> tuple[str, ...]:
    """Scaling, rotations, shapes, translations and sizes; for k = 2 a size is a translation."""
    return tuple(
        name
        for name, least in (("C", 2), ("Omega", 3), ("S", 4), ("tau", 2), ("sigma", 3))
        if k >= least
    )


FORMULAS: dict[str, Expr] = {
    "C": ONE,
    "Omega": (K - 1) * (K - 2) / 2,
    "S": K * (K - 3) / 2,
    "tau": K - 1,
    "sigma": K - 1,
}


#: The rows below the first of the Young diagram of each part.
BELOW: dict[str, tuple[int, ...]] = {
    "C": (), "Omega": (1, 1), "S": (2,), "tau": (1,), "sigma": (1,)
}  # fmt: skip


def hook_length(k: Any, below: tuple[int, ...]) -> Any:
    """The dimension ``k!/Π hooks`` of the irreducible part with these rows below a long first one.

    A polynomial in k: of the hooks of the first row only those above another row differ from
    k!'s own factors.

    >>> k = sympy.Symbol("k")
    >>> sympy.factor(hook_length(k, (2,))), hook_length(7, (1, 1))
    (k*(k - 3)/2, 15)
    """
    size, wide = sum(below), max(below, default=0)
    tall = [sum(row > c for row in below) for c in range(wide)]
    top = prod((k - i for i in range(size + wide)), start=sympy.Integer(1))
    first = prod((k - size - c + tall[c] for c in range(wide)), start=sympy.Integer(1))
    rest = prod(row - c + tall[c] - r - 1 for r, row in enumerate(below) for c in range(row))
    return top / first / rest


@dataclass(frozen=True)
class Dimension(Expr):
    """The dimension of a part, or of the sum of several."""

    names: tuple[str, ...]

    def value(self, m: Any, env: Env) -> Any:
        if isinstance(m.k, sympy.Symbol):
            return sympy.Add(*(hook_length(m.k, BELOW[name]) for name in self.names))
        bases = [vector for name in self.names for vector in _solutions(m.k, name)]
        return _matrix(bases).rank()

    def again(self, m: Any, env: Env) -> Any:
        """The span of all permuted motions, vector by vector."""
        motions = [motion(name, m) for name in self.names]
        spans = [spanned(tuple(_rational(c) for row in r for c in row), m.k) for r in motions]
        return fmpq_mat([list(vector) for span in spans for vector in span]).rank()

    def box(self) -> Box:
        first, *rest = (multiplicity(name) for name in self.names)
        return sum(rest, start=first).box()


def dimensions(k: int, extra: Any = 0, of: str = "tau") -> Theorem:
    """The dimensions of the parts, and that they fill the space of all motions."""
    names = parts_of(k)
    sizes = tuple(FORMULAS[name] + (extra if name == of else 0) for name in names)
    return step(
        "The parts are irreducible: the equations of each have no more solutions than the permuted "
        "copies of one motion span. Together they are all motions of the centroids.",
        Tuple((*(Dimension((name,)) for name in names), Dimension(names))),
        Tuple((*sizes, K * (K - 1))),
        "linear algebra over Q",
    )


def _equations(k: int, name: str) -> Iterator[Equation]:
    ks = range(k)
    for i in ks:
        yield {(i, c): 1 for c in ks}
    for i in ks:
        for c in ks:
            if name == "Omega":
                yield {(i, c): 1, (c, i): 1} if i != c else {(i, i): 1}
            elif name == "S":
                yield {(i, c): 1, (c, i): -1} if i != c else {(i, i): 1}
            elif name == "tau" and i:
                yield {(i, c): 1, (0, c): -1}
            elif name in ("C", "sigma") and c != i != (c + 1) % k:
                yield {(i, c): 1, (i, (c + 1) % k): -1}
    if name in ("C", "sigma") and k > 2:  # the two others of row i are joined around i too
        for i in ks:
            yield {(i, (i - 1) % k): 1, (i, (i + 1) % k): -1}
    if name == "sigma":
        yield {(i, i): 1 for i in ks}
    if name == "C":
        yield from ({(i, i): 1, (0, 0): -1} for i in ks if i)


@cache
def _solutions(k: int, name: str) -> list[list[fmpq]]:
    rows = [[e.get((i, c), 0) for i in range(k) for c in range(k)] for e in _equations(k, name)]
    reduced, rank = _matrix(rows).rref()
    pivots = [next(c for c in range(k * k) if reduced[r, c] != 0) for r in range(rank)]
    found = []
    for free in sorted(set(range(k * k)) - set(pivots)):
        vector = [fmpq(int(c == free)) for c in range(k * k)]
        for r, c in enumerate(pivots):
            vector[c] = -reduced[r, free]
        found.append(vector)
    return found


def _matrix(rows: Any) -> fmpq_mat:
    return fmpq_mat([[fmpq(c) for c in row] for row in rows])


@cache
def spanned(first: tuple[fmpq, ...], k: int) -> tuple[tuple[fmpq, ...], ...]:
    """A basis of what the permutations of the components make of one motion, row after row."""
    found: dict[int, list[fmpq]] = {}
    todo = [list(first)]
    while todo:
        vector = todo.pop()
        if _added(found, vector):
            todo += [_swapped(vector, k, i) for i in range(k - 1)]
    return tuple(map(tuple, found.values()))


def _swapped(vector: list[fmpq], k: int, i: int) -> list[fmpq]:
    """Components i and i + 1 exchanged, in both indices."""
    order = list(range(k))
    order[i], order[i + 1] = order[i + 1], order[i]
    return [vector[a * k + b] for a in order for b in order]


def _rational(c: Any) -> fmpq:
    q = Fraction(c)
    return fmpq(int(q.numerator), int(q.denominator))


def _added(found: dict[int, list[fmpq]], vector: list[fmpq]) -> bool:
    """Whether the vector enlarges the span, which is kept in echelon form."""
    rest = list(vector)
    for pivot in sorted(found):
        if rest[pivot]:
            ratio = rest[pivot] / found[pivot][pivot]
            rest = [a - ratio * b for a, b in zip(rest, found[pivot], strict=True)]
    lead = next((c for c, value in enumerate(rest) if value), None)
    if lead is None:
        return False
    found[lead] = rest
    return True


def at_k(k: int, value: Expr) -> Expr:
    """An expression in k, m_k, N and F for this k, in lowest terms."""
    return lowest(value.put({K: Num(Fraction(k))}))


def _at_simplex(k: int, value: Expr) -> Any:
    """The value with m_k, N and F enclosed."""
    return Ball.of(read(value, facet_points(k)(random.Random(0)), {}))


def against_one(k: int, value: Expr) -> str:
    """How the modulus of an eigenvalue compares with 1: exactly, or decided by an enclosure."""
    if at_k(k, value) == ONE:
        return "="
    return "<" if abs(_at_simplex(k, value)) < 1 else ">"


def roots_against_one(k: int, trace: Expr, determinant: Expr) -> str:
    """Both roots of x² − trace x + determinant are in the unit disc iff |det| < 1, |tr| < 1 + det.

    (The Schur–Cohn criterion.)
    """
    t, d = _at_simplex(k, trace), _at_simplex(k, determinant)
    return "<" if abs(d) < 1 and abs(t) < d + 1 else ">"
