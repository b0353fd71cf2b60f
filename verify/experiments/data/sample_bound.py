"""How sample EM approaches its limit, against ``|θ_t| ≤ ρ^t|θ_0| + ε/(1−ρ)`` (math.md section 8).

``ε_n = sup |M_n(θ) − M(θ)|`` over |θ| ≤ |θ_0| differs from sample to sample; ε is its 90 % quantile
over calibration samples, and the coverage is the share of other samples whose whole run obeys.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from overspec.mixture import Mixture
from overspec.verify.em.data import checked_data
from overspec.verify.em.sample import sample_em
from overspec.verify.em.sample_step import e_step
from overspec.verify.em.sample_update import powers
from overspec.verify.enclosures.ball import Inconclusive
from overspec.verify.engines.lattice import cyclic_moments
from overspec.verify.engines.spectrum import float_weights
from overspec.verify.experiments.tied import simplex_start
from overspec.verify.radius.rate import certified_global_rate

Array = NDArray[np.float64]

#: Three components: L is radial, so that every θ is a regular simplex and ρ is certified for all.
MIXTURE = Mixture.simplex(3, "one-heavy:7/10")
START = "1"
STEPS = 40
QUANTILE = 0.9
RADII, ANGLES = 8, 12  # of the grid on which the supremum over θ is looked for


@dataclass(frozen=True)
class Coverage:
    """Runs of sample EM on MIXTURE.

    Attributes:
        n: rows of each sample.
        epsilon: the quantile of ε_n; ``calibrated`` samples gave it.
        norms: |θ_t| for t = 0 … STEPS, one tuple for each fresh sample.
    """

    mixture: Mixture
    n: int
    epsilon: float
    calibrated: int
    norms: tuple[tuple[float, ...], ...]


@cache
def certified_rate() -> float:
    """ρ with ``|M(θ)| ≤ ρ|θ|`` for all θ, certified (math.md T1)."""
    found = certified_global_rate(MIXTURE, "all")
    if isinstance(found, Inconclusive):
        raise ArithmeticError(found.reason)
    return float(found.rate.upper)


def coverage(n: int, calibrated: int, fresh: int, stream: np.random.SeedSequence) -> Coverage:
    """Calibrate ε and run EM on fresh samples."""
    first, second = stream.spawn(2)
    suprema = [supremum(_rows(n, child)) for child in first.spawn(calibrated)]
    theta = simplex_start(MIXTURE, START)
    norms = []
    for child in second.spawn(fresh):
        run = sample_em(_rows(n, child), MIXTURE, theta, STEPS)
        norms.append(tuple(step.norm for step in run.steps))
    epsilon = float(np.quantile(suprema, QUANTILE))
    return Coverage(MIXTURE, n, epsilon, calibrated, tuple(norms))


def _rows(n: int, stream: np.random.SeedSequence) -> Array:
    return np.random.default_rng(stream).standard_normal((n, MIXTURE.d))


def supremum(rows: Array) -> float:
    """``max |M_n(θ) − M(θ)|`` over a polar grid of |θ| ≤ |θ_0|: at most ε_n."""
    table = checked_data(rows, MIXTURE.d)
    turns, weights = powers(MIXTURE), float_weights(MIXTURE)
    largest = 0.0
    for factor, radius in _population():
        for angle in 2 * math.pi * np.arange(ANGLES if radius else 1) / ANGLES:
            theta = radius * np.array([math.cos(angle), math.sin(angle)])
            sums = e_step(table, turns @ theta, np.eye(MIXTURE.d), np.log(weights))
            after = np.einsum("jba,jb->a", turns, sums.first)
            largest = max(largest, float(np.linalg.norm(after - factor * theta)))
    return largest


@cache
def _population() -> tuple[tuple[float, float], ...]:
    """``(1 − g(r), r)`` on the grid of radii."""
    weights, end = float_weights(MIXTURE), float(START)
    found = []
    for radius in np.linspace(0, end, RADII + 1):
        g = cyclic_moments(weights, (float(radius),), 1e-12, jacobian=False, check=False).g
        found.append((1 - float(g[1]), float(radius)))
    return tuple(found)
