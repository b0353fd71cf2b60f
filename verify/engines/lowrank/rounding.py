"""Rounding errors of the low-rank engine, by the model of `engines.rounding`.

A cell of the tables is shared by many nodes. Its errors weigh for all of them, and average out
over the cells in which the integrals over τ have their bulk. Sums over τ err for each h on their
own, and average out over h.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from overspec.verify.engines.lowrank.plan import Plan, Reals, Split
from overspec.verify.engines.lowrank.sums import Totals
from overspec.verify.engines.rounding import (
    AMPLITUDE,
    SIGNIFICAND,
    U,
    effective,
    eigenvalues,
    elementary,
    estimate,
    in_order,
    joined,
    pairwise_deviation,
    summed,
)

NAMES = ("log_partition", "g", "operator", "jacobian")
POLYNOMIAL = math.sqrt(2)  # of the middle of a cell and of what is added to it
UNIT = 2 * U  # eps of a double; an arithmetic with another errs in proportion


@dataclass(frozen=True)
class Deviations:
    """Relative, of what the sums are made of.

    Attributes:
        table: of a function of one component, or of one pair.
        added: of the sums over all nodes.
        arguments: absolute, of the logarithm of S at a node.
    """

    table: float
    added: float
    arguments: float


def errors(
    weights: Reals, theta: Reals, split: Split, plan: Plan, found: Totals, values: dict[str, Reals]
) -> dict[str, float]:
    """Error estimates of what `doubles.numbers` made of the totals, by name."""
    unit, c = float(np.finfo(weights.dtype).eps) / UNIT, float(split.c)
    pi, size = weights.astype(np.float64), float(np.linalg.norm(theta.astype(np.float64)))
    each = (
        left_out(plan.shells[0].points.shape[1]) * math.exp(-plan.goal)
        + found.missed
        + split.dropped
    )
    deviations = Deviations(_table(c, plan), _added(plan), _arguments(pi, size, plan))
    pulled = float(np.abs(found.pulled).max(initial=0.0))
    # Σ_a E C_a = 1 − Σ_j E w_j²
    mixed = min(1.0, float(found.lags.sum()))
    return estimates(pi, theta, c, deviations, values, found.masses, mixed, pulled, each, unit)


def estimates(
    pi: Reals,
    theta: Reals,
    c: float,
    deviations: Deviations,
    values: dict[str, Reals],
    masses: Reals,
    mixed: float,
    pulled: float,
    each: float,
    unit: float = 1.0,
) -> dict[str, float]:
    """Of the numbers by name, from the deviations of what they are made of.

    Args:
        pi, theta, c: of the engine.
        deviations: in units of u/√3.
        values: by name; empty where not wanted.
        masses: E w_j.
        mixed: ``1 − Σ_j E w_j²``.
        pulled: the largest of the sums of which M is made.
        each: what truncations leave out, times `scales`.
        unit: of the arithmetic, in that of doubles.
    """
    a = theta.astype(np.float64)
    g, moved = values["g"][1:].astype(np.float64), values["operator"].astype(np.float64)
    table, added, arguments = deviations.table, deviations.added, deviations.arguments
    derivative = float(np.abs(values["jacobian"]).max(initial=1.0))
    size, mean = float(np.linalg.norm(a)), abs(float(values["log_partition"]))
    # an error δ_j of the logarithm of each moment of w_j moves E w_iw_j by it for i and j, and W by
    # Σ_j ρ_j δ_j, which is of the order of one of them
    root = math.sqrt(float(g.max()))
    moments = math.sqrt(3) * joined(table, arguments)
    lag = 2 * mixed * joined(moments, added)
    # M has E w_j g_i besides, of the size of √(Σ_j E w_j²) ≤ 1, and E w_j ⟨l_j, h⟩
    once = joined(moments, added) * max(1.0, pulled)
    bends = 2 * size**2 * mixed * joined(math.sqrt(2) * moments, added)
    scattered = (
        # twice, where neither P_0 nor 1 − P_0 is small, for about 1 + c in τ
        joined(math.sqrt(2) * (1 + c) * table, arguments * mixed, added * max(1.0, mean), mean),
        lag,
        once,
        joined(lag, bends, derivative * eigenvalues(len(theta))),
    )
    early = min(1.0, 2 * size**2)
    moved_most = float(np.abs(moved).max(initial=0.0))
    by_theta = (float(a @ moved) if moved.size else size, early, size * derivative, early)
    logs = np.sqrt(1 + (elementary("log") * np.log(pi)) ** 2)
    share = float(np.linalg.norm(masses.astype(np.float64) * logs))
    by_weights = (share, 2 * root * mixed * share, min(1.0, size) * mixed * share, share)
    own = (mean, float(g.max()), moved_most, derivative)
    return {
        name: unit
        * estimate(joined(apart, SIGNIFICAND * AMPLITUDE * by_a, SIGNIFICAND * by_pi, value))
        + each * scale
        for name, apart, by_a, by_pi, value, scale in zip(
            NAMES, scattered, by_theta, by_weights, own, scales(theta).values(), strict=True
        )
    }


def left_out(rank: int) -> int:
    """How many things are left out: τ beyond both ends, h, aliasing of g, τ and each axis of h."""
    return 5 + rank


def scales(theta: Reals) -> dict[str, float]:
    """By what a truncation is multiplied in each kind of number."""
    size = max(1.0, float(np.linalg.norm(theta.astype(np.float64))))
    return dict(zip(NAMES, (size, 1.0, size, size**2), strict=True))


def _table(c: float, plan: Plan) -> float:
    """Relative deviation of a value of the tables, averaged; the kernel's sum has no average."""
    g = np.arange(-plan.reach, plan.reach + 1) * (plan.inner / c)
    kernel = np.exp(-(g**2) / 2)
    kernel = np.sort(kernel / kernel.sum())
    share = 1 / effective(kernel)
    # at a node: e^y e^{cg}, its expm1, the kernel's exponential and square
    node = 3 * elementary("exp") ** 2 + elementary("expm1") ** 2 + 2 + 3 / 4
    own = joined(math.sqrt(share * node), in_order(kernel), POLYNOMIAL)
    # τ spreads by about 1, from e^τ exp(−e^τ), and by c; over a cell the means of its values count,
    # of which the nodes see no more than there are of them
    each = min((plan.degree + 1) / 2, max(shell.parts for shell in plan.shells))
    cells = (1 + c) / plan.width * each
    return SIGNIFICAND * joined(own / math.sqrt(cells), 1.0)


def _arguments(pi: Reals, size: float, plan: Plan) -> float:
    """Deviation of log p_j(h): of log π_j, ⟨l_j, h⟩, the sum's logarithm."""
    logs = elementary("log") * float(pi @ np.abs(np.log(pi)))
    rank = plan.shells[0].points.shape[1]
    return SIGNIFICAND * joined(logs, 2 * size * math.sqrt(min(1, rank)), 1.0)


def _added(plan: Plan) -> float:
    """Of the sums over τ, which average out, and over h; and of the weights of h."""
    w = np.concatenate([shell.weights for shell in plan.shells]).astype(np.float64)
    nodes = max(shell.nodes for shell in plan.shells)
    count, rank = effective(w), plan.shells[0].points.shape[1]
    own = rank * (elementary("exp") ** 2 + 3 / 4 + 2)
    return SIGNIFICAND * joined(
        math.sqrt((summed(nodes) ** 2 + own) / count), pairwise_deviation(w)
    )
