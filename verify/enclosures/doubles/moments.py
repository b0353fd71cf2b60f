"""The sums of `enclosures.lattice_hessian` in doubles: balls around them that are proved.

``T_ij[q] = Σ_x h φ(x) w_i w_j q(x)`` over the nodes, q = 1 or ``x_a x_b``. IEEE 754 rounds sums,
products and quotients to a relative error of at most ``u = 2^-53``, and so do fused operations. All
that is summed for q = 1 is positive: a term with n roundings is off by at most ``γ = nu/(1 − nu)``
of itself, and so is the sum, in whatever order it is added up; products of matrices are such sums.
As the axes come in two groups, a term goes through two sums, over the inner nodes and over the
outer ones, so that n is about the number of both, not of all nodes. For ``q = x_a x_b`` the same
holds of the sum of the absolute values, which is at most ``(T_ij[x_a²] + T_ij[x_b²])/2``.

The exponentials of single axes are balls; how far the doubles are from them is measured in balls.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement
from typing import Any

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from overspec.verify.enclosures.ball import Ball, to_ball
from overspec.verify.enclosures.lattice import Grid
from overspec.verify.enclosures.lattice_hessian import Moments

BITS = 100  # of the exponentials
UNIT = 53
CHUNK = 2**17  # nodes at a time
MAX_NODES = 4e7  # some seconds
RANGE = 600.0  # logarithms of all numbers are at most this in size: none underflows
BEYOND = 1 + 1e-9  # over T², so that its roundings lose no node
LEAST = 1e-9  # γ beyond which the balls are of no use

Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Side:
    """Some axes: for each node |x|², hφ, the e^{⟨x,μ_j⟩} and the coordinates, nearest first."""

    squares: Array
    weights: Array
    powers: Array
    places: Array


def moments(
    weights: Sequence[Ball], means: list[list[Ball]], grid: Grid, seconds: bool
) -> Moments | None:
    """The sums over at least all nodes with |x| ≤ T; None where doubles are not enough.

    Args:
        weights, means, grid: see `lattice.enclose`.
        seconds: whether those of ``x_a x_b`` are wanted.

    >>> from overspec.verify.enclosures.lattice import orbit, plan
    >>> pi = [arb(1) / 2, arb(3) / 10, arb(1) / 5]
    >>> mu = orbit(3, [arb(1)])
    >>> found = moments(pi, mu, plan(mu, 8), False)[0, 1][()]
    >>> round(float(found), 8), float(found.rad()) < 1e-13
    (0.09747348, True)
    """
    dimension, k = len(means[0]), len(means)
    split = dimension // 2
    with ctx.workprec(BITS):
        if not _in_range(weights, means, grid):
            return None
        off = [0.0]
        pi = np.array([_double(w, off) for w in weights])
        outer, inner = (
            _side([_line(means, grid, axis, off) for axis in axes], k, grid)
            for axes in (range(split), range(split, dimension))
        )
        if not off[0] < LEAST:
            return None
        entry = math.ceil(off[0] * 2.0**UNIT + 1e-6)
        relative = _gamma(entry, dimension - split, k, len(outer.squares), len(inner.squares))
        if not relative < LEAST:
            return None
        pairs = list(combinations(range(k), 2))
        outside, inside = (_monomials(r, seconds) for r in (range(split), range(split, dimension)))
        totals = _sums(pi, outer, inner, outside, inside, float(grid.radius) ** 2 * BEYOND)
        found: Moments = {}
        for pair, total in zip(pairs, totals, strict=True):
            sums = {
                m + n: float(total[a, b])
                for a, m in enumerate(outside)
                for b, n in enumerate(inside)
                if len(m + n) in (0, 2)
            }
            found[pair] = {
                q: arb(value, relative * (sums[q[:1] * 2] + sums[q[1:] * 2]) / 2 * BEYOND)
                for q, value in sums.items()
            }
        return found


def _gamma(entry: int, axes: int, k: int, outer: int, inner: int) -> Ball:
    """γ: the roundings of one term; entries are off by so many units.

    With a axes in a group and e = entry + 1, for the product: a weight or an exponential carries
    ae, with π_j (a+1)e; S then (2a+1)e + k, its inverse square twice that and 2. The table of the
    inner nodes has 3ae + 2 and 2e for a monomial, their sum one for each. Outside there are twice
    (a+1)e, ae and 2e, four products and two sums, within a chunk and of chunks.
    """
    e = entry + 1
    n = (10 * axes + 10) * e + 2 * k + 8 + inner + 2 * outer
    lost = arb(n) / arb(2) ** UNIT
    return lost / (1 - lost)


def _in_range(weights: Sequence[Ball], means: list[list[Ball]], grid: Grid) -> bool:
    """Whether no number can overflow or underflow.

    Either group has exponents of at most T|μ_j|, together at most √2 T|μ_j|; no product holds more
    than 8 T|μ_j|, T² of Gaussians, and constants.
    """
    size = max(sum(float(x.abs_upper()) ** 2 for x in row) for row in means) ** 0.5
    radius = float(grid.radius)
    least = min(float(w.abs_lower()) for w in weights)
    if not (least > 0 and math.isfinite(size) and grid.nodes < MAX_NODES):
        return False
    if any(math.floor(grid.radius / h) * h.numerator >= 2**UNIT for h in grid.steps):
        return False  # coordinates would be rounded
    steps = sum(abs(math.log(float(h))) for h in grid.steps)
    return bool(8 * radius * size + radius * radius - 4 * math.log(least) + steps + 40 < RANGE)


def _double(value: Ball, off: list[float]) -> float:
    """The nearest double, or one near it; ``off[0]`` grows to their relative distance."""
    found = float(value.mid())
    off[0] = max(off[0], float((value / found - 1).abs_upper()))
    return found


def _line(
    means: list[list[Ball]], grid: Grid, axis: int, off: list[float]
) -> tuple[Array, Array, Array]:
    """Nodes of one axis: x, its weight, the e^{xμ_j}."""
    h = grid.steps[axis]
    step, reach = to_ball(h), math.floor(grid.radius / h)
    norm = step / (2 * arb.pi()).sqrt()
    bell = [_double(norm * (-((n * step) ** 2) / 2).exp(), off) for n in range(reach + 1)]
    ratios = [(step * row[axis]).exp() for row in means]
    ahead = [[arb(1)] * len(means)]
    for _ in range(reach):
        ahead.append([p * r for p, r in zip(ahead[-1], ratios, strict=True)])
    behind = [[1 / p for p in row] for row in ahead[:0:-1]]
    powers = [[_double(p, off) for p in row] for row in behind + ahead]
    x = np.array([float(n * h) for n in range(-reach, reach + 1)])  # exact, see `_in_range`
    return x, np.array(bell[:0:-1] + bell), np.array(powers)


def _side(lines: list[tuple[Array, Array, Array]], k: int, grid: Grid) -> _Side:
    squares, weights = np.zeros(1), np.ones(1)
    powers, places = np.ones((1, k)), np.zeros((1, 0))
    limit = float(grid.radius) ** 2 * BEYOND
    for x, bell, grown in lines:
        squares = (squares[:, None] + x * x).ravel()
        weights = (weights[:, None] * bell).ravel()
        powers = (powers[:, None, :] * grown).reshape(-1, k)
        old = np.repeat(places, len(x), axis=0)
        places = np.concatenate([old, np.tile(x, len(places))[:, None]], axis=1)
        order = np.argsort(squares, kind="stable")
        order = order[: np.searchsorted(squares[order], limit, side="right")]
        squares, weights, powers, places = (v[order] for v in (squares, weights, powers, places))
    return _Side(squares, weights, powers, places)


def _monomials(axes: range, seconds: bool) -> list[tuple[int, ...]]:
    degrees = range(3 if seconds else 1)
    return [m for degree in degrees for m in combinations_with_replacement(axes, degree)]


def _features(places: Array, first: int, monomials: list[tuple[int, ...]]) -> Array:
    columns = [np.prod(places[:, [a - first for a in m]], axis=1) for m in monomials]
    return np.stack(columns, axis=1)


def _sums(
    pi: Array, outer: _Side, inner: _Side, outside: list[Any], inside: list[Any], limit: float
) -> Array:
    """Over outer and inner monomials, for every pair of components."""
    left, right = (list(side) for side in zip(*combinations(range(len(pi)), 2), strict=True))
    near = _features(inner.places, len(outer.places[0]), inside)
    table = inner.weights[:, None] * inner.powers[:, left] * inner.powers[:, right]
    table = (table[:, :, None] * near[:, None, :]).reshape(len(near), -1)
    around = _features(outer.places, 0, outside) * outer.weights[:, None]
    heavy = pi * outer.powers
    both = heavy[:, left] * heavy[:, right]
    totals = np.zeros((len(left), len(outside), len(inside)))
    start, transposed = 0, np.ascontiguousarray(inner.powers.T)
    while start < len(heavy):
        width = int(np.searchsorted(inner.squares, limit - outer.squares[start], side="right"))
        rows = slice(start, start + max(1, CHUNK // max(width, 1)))
        start = rows.stop
        if not width:
            continue
        square = heavy[rows] @ transposed[:, :width]
        square *= square
        np.divide(1.0, square, out=square)
        along = (square @ table[:width]).reshape(len(square), len(left), len(inside))
        along *= both[rows, :, None]
        totals += np.einsum("ra,rpb->pab", around[rows], along)
    return totals
