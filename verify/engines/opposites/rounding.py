"""Rounding errors of this engine, by the model of `engines.rounding`."""

from __future__ import annotations

import math

import numpy as np

from overspec.verify.engines.lowrank.rounding import Deviations, estimates
from overspec.verify.engines.opposites.plan import DEGREE, Doubles, Halves, Plan
from overspec.verify.engines.opposites.sums import Totals
from overspec.verify.engines.rounding import (
    SIGNIFICAND,
    effective,
    elementary,
    in_order,
    joined,
    summed,
)

LEFT_OUT = 9  # things: both ends of τ, o, g and rows beyond their ends, and aliasing of each


def errors(
    weights: Doubles, halves: Halves, plan: Plan, found: Totals, values: dict[str, Doubles]
) -> dict[str, float]:
    """Error estimates of what `doubles.numbers` made of the totals, by name."""
    size = float(np.linalg.norm(halves.theta))
    logs = elementary("log") * float(weights @ np.abs(np.log(weights)))
    arguments = SIGNIFICAND * joined(logs, 2 * size, elementary("exp"))
    each = LEFT_OUT * math.exp(-plan.goal) * 2**DEGREE
    pulled = float(np.abs(found.moved).max(initial=0.0))
    deviations = Deviations(_table(halves, plan), _added(plan, found.cancelled), arguments)
    return estimates(
        weights, halves.theta, halves.c, deviations, values, found.masses, found.mixed, pulled, each
    )


def _table(halves: Halves, plan: Plan) -> float:
    """Relative deviation of a function of a pair, averaged over τ; the kernels' sums do not."""
    kernel = np.sort(plan.bell)
    node = 3 * elementary("exp") ** 2 + elementary("expm1") ** 2 + 2 + 3 / 4
    own = joined(math.sqrt(node / effective(kernel)), in_order(kernel))
    # τ spreads by about 1, from e^τ exp(−e^τ), and by what e and o spread
    nodes = (1 + math.sqrt(halves.spread + halves.c**2)) / plan.step
    return SIGNIFICAND * joined(own / math.sqrt(nodes), 1.0)


def _added(plan: Plan, cancelled: float) -> float:
    """Of the sums over o of each pair, over rows and over τ, which average out."""
    weights, kernel = plan.rows.weights, np.abs(plan.rows.kernel)
    along = joined(summed(len(plan.o)), summed(len(weights)), math.sqrt(3))
    count = effective(weights * kernel.sum(axis=0) ** 3)
    return SIGNIFICAND * joined(cancelled * along / math.sqrt(count), summed(len(plan.tau)), 1.0)
