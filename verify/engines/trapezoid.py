"""Gaussian expectations of softmax responsibilities by the trapezoidal rule (math.md section 5).

The integrand is analytic in a tube around R^D, so the rule converges exponentially. Every
exponential is a product over two groups of axes, "outer" and "inner": the partition function S on
all nodes is one matrix product, a node then costs one division and one logarithm, and every
expectation is a matrix product with the tables again. Means are general here; `engines.lattice`
puts the orbit of θ in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainccinv

from overspec.errors import InputError
from overspec.verify.engines.rounding import (
    SIGNIFICAND,
    effective,
    elementary,
    in_order,
    pairwise,
    pairwise_deviation,
)
from overspec.verify.engines.twins import stretches

Array = NDArray[Any]  # doubles, or the numbers of `engines.extended`

MAX_NODES = 3e8
CHUNK = 2**16  # nodes held at a time; a few megabytes
SAFE_EXPONENT = 200.0  # beyond it the factors of an exponential could overflow on their own


@dataclass(frozen=True)
class Sums:
    """Expectations over x ~ N(0, I_D) of the responsibilities w_j and of log S.

    Attributes:
        log_partition: ``E log Σ_j e^{c_j + ⟨x, μ_j⟩}``.
        single: ``E w_j y yᵀ`` with ``y = (1, x)``, shape (k, D+1, D+1).
        pair: ``E w_i w_j y yᵀ``, shape (k, k, D+1, D+1); entries linear in x are left out (0).
        rounding: what `engines.rounding` needs; rounded means and offsets are not in it.
    """

    log_partition: Any
    single: Array
    pair: Array
    rounding: Rounding


@dataclass(frozen=True)
class Rounding:
    """Relative deviations, averaged over the nodes: of adding up, of Gaussian weights, of e^z.

    The logarithms are added up by halvings, all else is left to BLAS.
    """

    logs: float
    added: float
    weights: float
    terms: float


@dataclass(frozen=True)
class Lattice:
    """Steps along the axes and the radius of the ball that is kept.

    Attributes:
        twin: whether it stands for two, the other shifted by half a step on every axis, whose mean
            is taken; see `engines.twins`.
    """

    steps: tuple[float, ...]
    radius: float
    twin: bool = False

    @property
    def nodes(self) -> float:
        """About how many lattice points the ball holds."""
        dimension = len(self.steps)
        ball = math.pi ** (dimension / 2) / math.gamma(dimension / 2 + 1)
        return float((1 + self.twin) * ball * self.radius**dimension / math.prod(self.steps))


def lattice_for(means: Array, tolerance: float, twin: bool = False) -> Lattice:
    """The coarsest lattice whose a-priori error terms are below the tolerance (math.md section 6).

    The radius T comes from ``E[(1+|x|²) 1{|x|>T}]``. The step of an axis comes from the aliasing
    term ``exp(−2πy/h + y²/2) / cos²(ψ/2)`` along it, ``ψ = y·max|μ_i − μ_j| < π`` the phase spread,
    at the best y.

    Args:
        means: the exponents' slopes μ_j, shape (k, D).
        tolerance: absolute.
        twin: whether it may be for the mean of two, if these have fewer nodes together; from two
            dimensions on.
    """
    dimension = means.shape[1]
    scale, tail = 1 + float(np.abs(means).max(initial=0.0)), tail_for(means, tolerance)
    radius = math.sqrt(2 * float(gammainccinv(dimension / 2 + 1, tail)))
    each = tolerance / (8 * dimension * scale)
    steps = [_step(float(np.ptp(means[:, axis])), each) for axis in range(dimension)]
    if twin:
        stretch = stretches(means, steps, each / (dimension - 1))
        twin = float(np.prod(stretch)) > 2  # two of these have fewer nodes than one
    if twin:
        steps = [_exact(float(by * step)) for by, step in zip(stretch, steps, strict=True)]
    return Lattice(tuple(steps), radius, twin)


def tail_for(means: Array, tolerance: float) -> float:
    """``E |x|²/D 1{|x|>T}`` beyond the radius T of `lattice_for`; more than the mass out there."""
    scale = 1 + float(np.abs(means).max(initial=0.0))
    return float(tolerance / (20 * scale * (means.shape[1] + 2)))


def _step(spread: float, tolerance: float) -> float:
    """Largest h with 4(1+y²)·exp(−2πy/h + y²/2)/cos²(spread·y/2) ≤ tolerance for some y."""
    reach = 1.5 * math.sqrt(-2 * math.log(tolerance)) + 1
    y = np.linspace(0, min(reach, math.pi / spread if spread else reach), 200)[1:-1]
    cost = y**2 / 2 - 2 * np.log(np.cos(spread * y / 2)) + np.log(4 * (1 + y**2) / tolerance)
    return _exact(float(np.max(2 * np.pi * y / cost)))


def _exact(step: float) -> float:
    """Rounded down so that nodes are exact, if it is not tiny."""
    return math.floor(step * 4096) / 4096 if step > 1 / 256 else step


def expectations(
    means: Array, log_weights: Array, lattice: Lattice, shift: float = 0.0, jacobian: bool = True
) -> Sums:
    """One trapezoidal sum of everything.

    Args:
        means: slopes μ_j, shape (k, D), D ≥ 1; any, not only orbits.
        log_weights: offsets c_j, shape (k,): ``log π_j``, less ``|μ_j|²/2`` when norms differ.
        lattice: the steps and the radius.
        shift: all nodes are shifted by this fraction of the step.
        jacobian: whether entries quadratic in x are wanted.
    """
    k, dimension = means.shape
    order = np.argsort(lattice.steps, kind="stable")  # most nodes outside: products have many rows
    means, lattice = means[:, order], replace(lattice, steps=tuple(lattice.steps[a] for a in order))
    split = dimension - max(1, dimension // 2)
    real = means.dtype
    outer_points, outer_weights = _nodes(lattice, range(split), shift, real)
    inner_points, inner_weights = _nodes(lattice, range(split, dimension), shift, real)
    degree = 2 if jacobian else 1
    outer = _Side(means[:, :split], log_weights, outer_points, outer_weights, range(split), degree)
    inner = _Side(
        means[:, split:],
        np.zeros(k, real),
        inner_points,
        inner_weights,
        range(split, dimension),
        degree,
    )
    reach = 1.5 * lattice.radius * float(np.sqrt((means**2).sum(axis=1).max()))
    safe = reach - float(log_weights.min()) < SAFE_EXPONENT
    evaluate = _factorised if safe else _shifted
    if safe:
        outer.tabulate()
        inner.tabulate()
        inner.tabulate_features()
    single = np.zeros((outer.count, k, inner.count), real)
    pair = np.zeros((outer.count, k * (k + 1) // 2, inner.count), real)
    logs: list[Array] = []
    for rows, width in _chunks(outer, inner, lattice.radius):
        found, first, second = evaluate(outer, inner, rows, width)
        logs.append(found * outer.weights[rows])
        single += outer.contract(first, rows)
        pair += outer.contract(second, rows)
    back = np.r_[0, 1 + np.argsort(order)]
    return Sums(
        total(np.concatenate(logs)),
        _assemble(single, outer, inner, dimension, degree)[:, back][:, :, back],
        _symmetric(_assemble(pair, outer, inner, dimension, degree)[:, back][:, :, back], k),
        _rounding(outer, inner),
    )


def total(values: Array) -> Any:
    """The sum; of doubles without a rounding."""
    return math.fsum(values.tolist()) if values.dtype == np.float64 else pairwise(values)


def _rounding(outer: _Side, inner: _Side) -> Rounding:
    """Sums run from the farthest node to the nearest, inner ones for each outer node.

    What belongs to a node averages out over both groups of axes, a table's entry over its own.
    """
    weights = terms = 0.0
    for side in (outer, inner):
        count, axes = effective(side.weights), side.means.shape[1]
        if not axes:  # log π alone: an error of the weights
            continue
        # e^{−x²/2} on each axis, E x⁴ = 3; products of axes and with a monomial
        weights += axes * (elementary("exp") ** 2 + 2 * 3 / 4 + 1) / count
        # z = ⟨x, μ⟩ by products and sums; log π is added on the outer side
        slope = float((side.means**2).sum(axis=1).max())
        roundings = axes + 1 if side is outer else axes
        terms += (elementary("exp") ** 2 + roundings * slope) / count
    # S of k products, its logarithm or inverse
    nodes = effective(outer.weights) * effective(inner.weights)
    terms += (2 * outer.means.shape[0] + elementary("log") ** 2) / nodes
    added = math.hypot(
        in_order(outer.weights), in_order(inner.weights) / math.sqrt(effective(outer.weights))
    )
    logs = pairwise_deviation(inner.weights) / math.sqrt(effective(outer.weights))
    return Rounding(logs, added, SIGNIFICAND * math.sqrt(weights), SIGNIFICAND * math.sqrt(terms))


def _chunks(outer: _Side, inner: _Side, radius: float) -> list[tuple[slice, int]]:
    """Rows of outer nodes, and how many inner nodes (the nearest) they need in the ball."""
    chunks, stop = [], len(outer.weights)
    while stop:
        room = radius**2 - outer.squares[stop - 1]  # nodes come sorted by radius, farthest first
        width = int(np.searchsorted(inner.squares[::-1], max(room, 0.0), side="right"))
        start = max(0, stop - max(1, CHUNK // max(width, 1)))
        if width:
            chunks.append((slice(start, stop), width))
        stop = start
    return chunks[::-1]


def _nodes(lattice: Lattice, axes: range, shift: float, real: Any) -> tuple[Array, Array]:
    """Lattice points of some axes within the radius, farthest first, with Gaussian weights.

    In that order small terms are summed before large ones, whatever BLAS does. The weights add up
    to 1; of twins those of both on the mean, as the sum of either is off by harmonics that cancel
    there, and would not as divisors.
    """
    points, weights = np.zeros((1, 0), real), np.ones(1, real)
    for axis in axes:
        step = lattice.steps[axis]
        reach = math.ceil(lattice.radius / step) + 1
        whole = np.arange(-reach, reach + 1).astype(real)
        line = (whole + shift) * step
        density = np.exp(-(line**2) / 2)
        among = [density]
        if lattice.twin:
            among.append(np.exp(-(((whole + shift + 0.5) * step) ** 2) / 2))
        density /= sum(map(total, among)) / len(among)
        points = np.hstack(
            [np.repeat(points, len(line), axis=0), np.tile(line, len(points))[:, None]]
        )
        weights = (weights[:, None] * density).ravel()
        keep = (points**2).sum(axis=1) <= (lattice.radius + step) ** 2
        points, weights = points[keep], weights[keep]
    order = np.argsort(-(points**2).sum(axis=1), kind="stable")
    return points[order], weights[order]


class _Side:
    """Tables over one group of axes: exponents, exponentials, monomials of low degree."""

    def __init__(
        self,
        means: Array,
        log_weights: Array,
        points: Array,
        weights: Array,
        axes: range,
        degree: int,
    ) -> None:
        self.means = means
        self.exponents = points @ means.T + log_weights
        self.squares = (points**2).sum(axis=1)
        self.weights = weights
        self.monomials = [
            m for n in range(degree + 1) for m in combinations_with_replacement(axes, n)
        ]
        self.count = len(self.monomials)
        values = [
            np.prod([points[:, a - axes.start] for a in m], axis=0) if m else np.ones(len(points))
            for m in self.monomials
        ]
        self.features = np.stack(values, axis=1) * weights[:, None]
        k = means.shape[0]
        self.pairs = np.triu_indices(k)

    def tabulate(self) -> None:
        """Exponentials and their products, where none can overflow."""
        i, j = self.pairs
        with np.errstate(under="ignore"):
            self.exponentials = np.exp(self.exponents)
            self.products = self.exponentials[:, i] * self.exponentials[:, j]

    def tabulate_features(self) -> None:
        """The above times every monomial: right factors of the row sums."""
        self.single_table = _table(self.exponentials, self.features)
        self.pair_table = _table(self.products, self.features)

    def contract(self, sums: Array, rows: slice) -> Array:
        """Σ over the nodes of this side: (nodes, s, f) → (monomials, s, f)."""
        flat = self.features[rows].T @ sums.reshape(len(sums), -1)
        return flat.reshape(self.count, *sums.shape[1:])


def _table(exponentials: Array, features: Array) -> Array:
    return (exponentials[:, :, None] * features[:, None, :]).reshape(len(features), -1)


def _factorised(outer: _Side, inner: _Side, rows: slice, width: int) -> tuple[Array, Array, Array]:
    """Row sums over the inner nodes: log S; w_j and w_i w_j times the inner monomials."""
    left, products = outer.exponentials[rows], outer.products[rows]
    partition = left @ inner.exponentials[-width:].T
    logs = pairwise((np.log(partition) * inner.weights[-width:]).T)
    inverse = np.divide(1.0, partition, out=partition)
    first = (inverse @ inner.single_table[-width:]).reshape(*left.shape, inner.count)
    inverse *= inverse
    second = (inverse @ inner.pair_table[-width:]).reshape(*products.shape, inner.count)
    return logs, first * left[:, :, None], second * products[:, :, None]


def _shifted(outer: _Side, inner: _Side, rows: slice, width: int) -> tuple[Array, Array, Array]:
    """The same where exponentials would overflow: the largest exponent of a node is taken out."""
    features = inner.features[-width:]
    z = outer.exponents[rows][:, None, :] + inner.exponents[None, -width:, :]
    top = z.max(axis=2)
    with np.errstate(under="ignore"):
        w = np.exp(z - top[:, :, None])
        partition = w.sum(axis=2)
        w /= partition[:, :, None]
        logs = pairwise(((np.log(partition) + top) * inner.weights[-width:]).T)
        first = np.einsum("oij,if->ojf", w, features)
        i, j = outer.pairs
        second = np.einsum("oip,if->opf", w[:, :, i] * w[:, :, j], features)
    return logs, first, second


def _assemble(sums: Array, outer: _Side, inner: _Side, dimension: int, degree: int) -> Array:
    """(outer monomial, s, inner monomial) → (s, D+1, D+1), the moments of (1, x)."""
    result = np.zeros((sums.shape[1], dimension + 1, dimension + 1), sums.dtype)
    for o, left in enumerate(outer.monomials):
        for i, right in enumerate(inner.monomials):
            axes = [axis + 1 for axis in (*left, *right)]
            if len(axes) <= degree:
                a, b = ([0] * (2 - len(axes)) + axes)[:2]
                result[:, a, b] = result[:, b, a] = sums[o, :, i]
    return result


def _symmetric(pairs: Array, k: int) -> Array:
    full = np.zeros((k, k, *pairs.shape[1:]), pairs.dtype)
    i, j = np.triu_indices(k)
    full[i, j] = full[j, i] = pairs
    return full


def affordable_lattice(means: Array, tolerance: float, twin: bool = False) -> Lattice:
    """`lattice_for`, within the node budget.

    Raises:
        InputError: too many nodes; the message names a number of digits that would do.
    """
    lattice = lattice_for(means, tolerance, twin)
    if lattice.nodes <= MAX_NODES:
        return lattice
    digits = math.floor(-math.log10(tolerance) + 0.5)
    workable = [
        n for n in range(1, digits) if lattice_for(means, 10.0**-n, twin).nodes <= MAX_NODES
    ]
    radius = float(np.sqrt((means**2).sum(axis=1).max()))
    remedy = f"ask for {workable[-1]} digits or fewer" if workable else "use a smaller |θ|"
    raise InputError(
        f"|θ| = {radius:.3g} in {means.shape[1]} dimensions at {digits} digits would take "
        f"{lattice.nodes:.1e} lattice nodes (budget {MAX_NODES:.0e}); {remedy}"
    )
