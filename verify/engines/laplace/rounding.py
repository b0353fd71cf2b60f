"""Rounding errors of the Laplace engine in doubles, by the model of `engines.rounding`.

An outer sum ``Σ_n h T_n`` has two kinds of errors. Those that differ from node to node, of the
inner sums, the exponentials and the logarithms, average out: their deviation is
``√(Σ_n (h T_n ε_n)²)``. Those common to all nodes do not: the rounded c, the constant of the kernel
and the weights; they weigh ``Σ_n h |T_n|``. ``T`` is taken with the magnitudes of its terms, before
they cancel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overspec.verify.engines.laplace import hessian
from overspec.verify.engines.laplace.tables import FEW_COLUMNS, Rule, Tables
from overspec.verify.engines.rounding import SIGNIFICAND, elementary, pairwise_deviation, summed

Array = NDArray[np.float64]

HALF = 1 / math.sqrt(math.pi)  # √2 E g⁻
SPREAD = 2 * math.sqrt(math.pi)  # a sum over a Gaussian of deviation s steps has 2√π s equal terms


@dataclass(frozen=True)
class Deviation:
    """Of one sum, in units of u/√3: what differs between nodes, and what they share."""

    scattered: float
    common: float

    @property
    def averaged(self) -> float:
        """Of the mean of two such sums at different nodes."""
        return math.hypot(self.scattered / math.sqrt(2), self.common)


@dataclass(frozen=True)
class Nodes:
    """What the outer nodes carry, apart from the single term that E log S is compared with.

    Attributes:
        table: relative deviation of a value of the tables, for each distinct weight.
        ratio: relative deviation of a quotient of two of them: both share the kernel.
        product: relative deviation of ``W = Π_j P_0``, the last exponential left out.
    """

    table: Array
    ratio: Array
    product: Array

    @classmethod
    def of(cls, rule: Rule, tables: Tables, counts: Array) -> Nodes:
        """``counts`` says how many components have each weight: they share their errors."""
        exp, log = elementary("exp"), elementary("log1p")
        p0 = np.exp(tables.log_p0)
        direct = p0 >= 0.5  # log P_0 from 1 − P_0
        log_p0 = np.maximum(tables.log_p0, -800.0)  # W is 0 there whatever the rest
        with np.errstate(invalid="ignore", divide="ignore"):
            slope = np.where(direct, -tables.rest / p0, 1.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            # where the bulk of E(1 − f_0) or E f_0 lies on the g-axis
            tilt = np.nan_to_num(tables.sigma / np.where(direct, slope, 1.0), posinf=0, neginf=0)
        tilt = np.clip(tilt, -rule.farthest, rule.farthest)
        # e^{−g²/2}: a quotient counted twice, a square, the exponential
        kernel = exp**2 + 5 * ((1 + tilt**2) / 2) ** 2
        # f_a, from e^t π: it moves by |a − e^t|, about 1 where it matters, times the error of that
        if rule.together:
            values = exp**2 + exp**2 + 1
        else:
            values = (exp**2 + 2 * exp**2 + 2 * (1 + rule.c**2)) / (SPREAD * rule.c / rule.inner)
        own = values + _inner_sum(rule, len(counts), tilt) ** 2
        table = np.sqrt(own + kernel)
        each = counts**2 * ((slope * table) ** 2 + (log * log_p0) ** 2)
        return cls(table, np.sqrt(2 * own + kernel), np.sqrt(each.sum(axis=1)))


def _inner_sum(rule: Rule, columns: int, tilt: Array) -> Array:
    """Deviation of ``Σ_m K_m f_{n+m}`` for a sum of 1; ``tilt`` is where on the g-axis its bulk is.

    Where it runs from the ends of the kernel to its middle, the partial sums are those of a
    Gaussian tail, ``2∫ Φ(−x)² dx < 1/4`` when each side is added up on its own and 4 times that in
    turns; from a bulk off the middle they stay at the whole up to there.
    """
    if columns > FEW_COLUMNS and rule.together:
        return summed(2 * rule.reach + 1) + 0 * tilt
    even = 0.25 if rule.together else 1.0
    return np.sqrt(1 + (even + np.abs(tilt)) * rule.c / rule.inner)


C = math.sqrt(1.25)  # relative deviation of c: c² and its root, each rounded


def norm(x: Array) -> float:
    """``√(Σ x²)``."""
    return math.sqrt(float(x @ x))


def log_partition(
    rule: Rule,
    tables: tuple[Tables, Tables],
    nodes: tuple[Nodes, Nodes],
    counts: Array,
    terms: Array,
    bend: float,
) -> Deviation:
    """Of E log S = Σ h (P_0 − W), summed exactly.

    Args:
        rule: steps and ranges.
        tables, nodes: of all weights, and of the one term that is compared.
        counts: components of each weight.
        terms: ``P_0 − W`` at the nodes.
        bend: ∂ E log S/∂ log c, ``Σ (1 − g_m) a_m²``.
    """
    (several, single), (ours, other) = tables, nodes
    w, p0 = np.exp(several.log_p0 @ counts), np.exp(single.log_p0[:, 0])
    exp, expm1 = elementary("exp"), elementary("expm1")
    small = single.rest[:, 0] < 0.5
    first = np.where(
        small, single.rest[:, 0] * other.table[:, 0], p0 * np.hypot(other.product, exp)
    )
    last = np.where(small, expm1 * (1 - w), exp * w)
    apart = np.sqrt(first**2 + last**2 + (w * ours.product) ** 2 + terms**2)
    value = rule.step * float(terms.sum())
    return Deviation(
        math.hypot(SIGNIFICAND * rule.step * norm(apart), value),
        math.hypot(SIGNIFICAND * C * bend, value),
    )


@dataclass(frozen=True)
class Weighted:
    """What the sums with weights ``weight = h·W`` share: g_m, M and DM."""

    rule: Rule
    tables: Tables
    counts: Array
    weight: Array
    nodes: Nodes

    def deviation(self, size: Array, inner: Array, bend: float, value: float) -> Deviation:
        """Of ``Σ hW T``.

        Args:
            size: |T|.
            inner: deviation of T itself.
            bend: of the sum by log c.
            value: of the sum.
        """
        outside = np.sqrt(self.nodes.product**2 + elementary("exp") ** 2 + 2)  # h·W, times T
        apart = SIGNIFICAND * norm(self.weight * np.hypot(size * outside, inner))
        return Deviation(
            math.hypot(apart, pairwise_deviation(self.weight * size), value),
            math.hypot(SIGNIFICAND * C * bend, value),
        )

    def g(self, means: Array, spans: Array, bend: float, value: float) -> Deviation:
        """Of ``|Σ_j ω^{mj} ρ_j|² + Σ_j (ρ_{2j} − ρ_j²)``, m ≥ 1.

        Args:
            means: the largest ``|Σ_j ω^{mj} ρ_j|`` over m, per node.
            spans: the largest ``|Σ_j ω^{mj}|`` over m, for the components of each weight.
            bend, value: see `deviation`.
        """
        rho, v, counts = self.tables.first, self.tables.variance, self.counts
        by_rho = 2 * rho * (spans * means[:, None] + counts * rho)
        inner = self._inner(by_rho, counts * (v + rho**2))
        return self.deviation(means**2 + v @ counts, inner, bend, value)

    def operator(
        self,
        single: tuple[Tables, Nodes],
        means: Array,
        slopes: Array,
        spans: Array,
        bend: float,
        value: float,
    ) -> Deviation:
        """Of M's amplitudes before the factor √(2/k) of a block.

        Args:
            single: the one term that is subtracted.
            means, slopes: the largest ``|Σ_j ω^{mj} ρ_j|`` and the same of σ over m ≥ 1, per node.
            spans, bend, value: see `g`.
        """
        rho, counts = self.tables.first, self.counts
        sigma, kappa = _signed(self.tables)
        inner = self._inner(
            spans * slopes[:, None] * rho, spans * means[:, None] * sigma,
            counts * kappa, counts * rho * sigma,
        )  # fmt: skip
        size = means * slopes + np.abs(self.tables.kappa - rho * self.tables.sigma) @ counts
        main = self.deviation(size, inner, bend, value)
        table, nodes = single
        once = self.rule.step * np.exp(table.log_p0[:, 0])
        alone = math.hypot(
            SIGNIFICAND * norm(once * (_signed(table)[1] * nodes.ratio)[:, 0]),
            pairwise_deviation(once * table.kappa[:, 0]),
        )
        return Deviation(math.hypot(main.scattered, alone), main.common)

    def _inner(self, *slopes: Array) -> Array:
        """Deviation at a node from its derivatives by the logarithm of each quotient of tables."""
        squares = [((self.nodes.ratio * slope) ** 2).sum(axis=1) for slope in slopes]
        return np.asarray(np.sqrt(np.sum(squares, axis=0)))

    def jacobian(self, factor: float, g: Deviation, bend: float, value: float) -> Deviation:
        """Of ``1 − g_m + c² uᵀXu``, by the X of θ itself.

        Args:
            factor: ``c² k/(k−1)``.
            g: of the g_m.
            bend, value: see `deviation`.
        """
        size, *slopes = hessian.along(self.tables, self.counts)
        inner = factor * self._inner(*(self.counts * slope for slope in slopes))
        main = self.deviation(factor * np.abs(size), inner, bend, value)
        return Deviation(math.hypot(main.scattered, g.scattered), math.hypot(main.common, g.common))


def _signed(tables: Tables) -> tuple[Array, Array]:
    """What carries the errors of ``Σ K g f`` in place of σ and κ.

    The sums over g > 0 and g < 0 err independently. The smaller is at most ``E g⁻ E f`` for f
    rising in t, E g⁻ = 1/√(2π); the other is larger by |Σ K g f|.
    """
    with np.errstate(divide="ignore"):
        p0 = np.exp(tables.log_p0)
    return (
        np.abs(tables.sigma) + HALF * np.minimum(tables.rest / p0, 1.0),
        np.abs(tables.kappa) + HALF * tables.first,
    )
