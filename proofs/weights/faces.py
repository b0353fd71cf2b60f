"""Which weights fail: the faces on which DFT entries vanish (math.md T5).

For rational weights the entries of one order n = k/gcd(m, k) vanish together, so a degenerate
face is named by a set S of orders: the weights π ≥ 0, Σπ = 1, with π̂_m = 0 for every m of an
order in S. It is a polytope cut out of the simplex by a linear space of dimension k − Σ φ(n).
For real weights one frequency can fail alone: the face of order n is then of codimension 2 (1
for n = 2), and its vertices are the digons and the triangles of n-th roots around 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import gcd, lcm

import sympy
from flint import fmpq, fmpq_mat, fmpz_poly

from overspec.errors import InputError

MAX_K = 12  # supports are searched one by one, 2^k of them

Vertex = tuple[Fraction, ...]


@dataclass(frozen=True)
class Face:
    """The rational weights that fail at the orders S.

    Attributes:
        k: number of components.
        orders: S; π̂_m = 0 for every m with k/gcd(m, k) in S.
        frequencies: these m in 1…⌊k/2⌋.
        dimension: of the polytope, k − 1 − Σ_{n ∈ S} φ(n).
        vertices: weights that are extreme points; minimal vanishing sums of roots of unity.
        polygons: whether every vertex is one regular polygon of equal weights.
    """

    k: int
    orders: tuple[int, ...]
    frequencies: tuple[int, ...]
    dimension: int
    vertices: tuple[Vertex, ...]

    @property
    def polygons(self) -> bool:
        return all(_is_polygon(vertex) for vertex in self.vertices)

    @property
    def generic(self) -> Vertex:
        """Positive rational weights on the face: the barycentre, moved off the smaller faces."""
        shares = [2**i for i in range(len(self.vertices))]
        total = sum(shares)
        mixed = [
            sum((Fraction(s, total) * v[j] for s, v in zip(shares, self.vertices, strict=True)),
                start=Fraction(0))
            for j in range(self.k)
        ]  # fmt: skip
        return tuple(mixed)


def degenerate_faces(k: int) -> tuple[Face, ...]:
    """Every face of rational weights that fail, one for each nonempty set of orders n > 1 | k.

    The vertices are found by searching all supports: a support carries a vertex iff the columns
    of the conditions on it have a kernel of dimension 1, spanned by a positive vector.

    Raises:
        InputError: k > 12.

    >>> [(face.orders, face.dimension, len(face.vertices)) for face in degenerate_faces(4)]
    [((2,), 2, 4), ((4,), 1, 2), ((2, 4), 0, 1)]
    """
    if not 2 <= k <= MAX_K:
        raise InputError(f"k = {k}: faces are enumerated for k from 2 to {MAX_K}")
    orders = [n for n in range(2, k + 1) if k % n == 0]
    sets = [s for count in range(1, len(orders) + 1) for s in combinations(orders, count)]
    return tuple(_face(k, s) for s in sets)


def _face(k: int, orders: tuple[int, ...]) -> Face:
    frequencies = tuple(m for m in range(1, k // 2 + 1) if k // gcd(m, k) in orders)
    rows = [row for n in orders for row in condition_rows(k, n)]
    dimension = k - 1 - fmpq_mat([[fmpq(c) for c in row] for row in rows]).rank()
    return Face(k, orders, frequencies, dimension, tuple(_vertices(k, rows)))


def condition_rows(k: int, n: int) -> list[tuple[int, ...]]:
    """Integer linear forms in π_0 … π_{k−1}, φ(n) of them: all 0 iff Φ_n divides Σ π_j x^j."""
    cyclotomic = fmpz_poly.cyclotomic(n)
    columns = []
    for j in range(k):
        remainder = fmpz_poly([0] * (j % n) + [1]) % cyclotomic
        coefficients = [int(c) for c in remainder.coeffs()]
        columns.append(coefficients + [0] * (cyclotomic.degree() - len(coefficients)))
    return list(zip(*columns, strict=True))


def _vertices(k: int, rows: Sequence[tuple[int, ...]]) -> Iterator[Vertex]:
    found: list[frozenset[int]] = []
    for size in range(1, k + 1):
        for support in combinations(range(k), size):
            chosen = frozenset(support)
            if any(smaller <= chosen for smaller in found):
                continue
            kernel = _kernel([[row[j] for j in support] for row in rows], size)
            if kernel is None or not (min(kernel) > 0 or max(kernel) < 0):
                continue
            found.append(chosen)
            total = sum(kernel)
            weights = dict(zip(support, kernel, strict=True))
            yield tuple(weights.get(j, Fraction(0)) / total for j in range(k))


def _kernel(rows: Sequence[Sequence[int]], size: int) -> list[Fraction] | None:
    """The kernel where it has dimension 1, else None."""
    matrix = fmpq_mat([[fmpq(c) for c in row] for row in rows])
    reduced, rank = matrix.rref()
    if rank != size - 1:
        return None
    pivots = [next(j for j in range(size) if reduced[i, j] != 0) for i in range(rank)]
    (free,) = set(range(size)) - set(pivots)
    values = [Fraction(0)] * size
    values[free] = Fraction(1)
    for i, j in enumerate(pivots):
        entry = reduced[i, free]
        values[j] = -Fraction(int(entry.p), int(entry.q))
    return values


def _is_polygon(vertex: Vertex) -> bool:
    k = len(vertex)
    support = [j for j, value in enumerate(vertex) if value]
    step = k // len(support)
    return (
        k % len(support) == 0
        and len({vertex[j] for j in support}) == 1
        and support == list(range(support[0], k, step))
    )


def real_vertices(n: int) -> tuple[tuple[int, ...], ...]:
    """Supports of the vertices of {real π ≥ 0: Σ_r π_r ζ_n^r = 0}, r < n (one frequency alone).

    By Carathéodory they have at most three points: antipodal pairs, and triangles with the
    centre inside (barycentric weights in Q(cos 2π/n), irrational unless n ∈ {3, 4, 6}).

    >>> real_vertices(5)
    ((0, 1, 3), (0, 2, 3), (0, 2, 4), (1, 2, 4), (1, 3, 4))
    """
    if n < 2:
        raise InputError(f"n = {n}: the order of a frequency m ≠ 0 is at least 2")
    pairs = [(a, a + n // 2) for a in range(n // 2)] if n % 2 == 0 else []
    triangles = [
        (a, b, c)
        for a, b, c in combinations(range(n), 3)
        if max(b - a, c - b, n - c + a) * 2 < n  # every arc is shorter than half the circle
    ]
    return (*pairs, *triangles)


def failing_orders(k: int, weights: Sequence[Fraction]) -> tuple[int, ...]:
    """The orders n > 1 at which rational weights fail, by the conditions of this module."""
    scale = lcm(*(w.denominator for w in weights))
    values = [int(w * scale) for w in weights]
    return tuple(
        int(n)
        for n in sympy.divisors(k)
        if n > 1
        and all(
            sum(c * v for c, v in zip(row, values, strict=True)) == 0
            for row in condition_rows(k, int(n))
        )
    )
