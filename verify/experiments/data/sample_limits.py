"""The limits of sample EM on many independent samples of each size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from overspec.mixture import Mixture
from overspec.verify.em.sample import sample_em
from overspec.verify.experiments.data.sample_bound import Coverage, coverage
from overspec.verify.experiments.experiment import Progress
from overspec.verify.experiments.tied import divergence, simplex_start

Array = NDArray[np.float64]

REGULAR = ((2, "7/10,3/10"), (4, "7/10,3/20,1/20,1/10"), (4, "3/5,1/5,1/10,1/10"))
BALANCED = Mixture.simplex(2, "uniform")


@dataclass(frozen=True)
class Setting:
    """Sample sizes with the number of samples of each, and the same for balanced weights.

    ``bound``: rows, calibration samples and fresh samples for the bound.
    """

    regular: tuple[tuple[int, str], ...]
    sizes: tuple[tuple[int, int], ...]
    balanced: tuple[tuple[int, int], ...]
    bound: tuple[int, int, int]


QUICK = Setting(
    REGULAR[:2],
    ((100, 200), (1000, 200), (10_000, 200)),
    ((100, 200), (1000, 200), (10_000, 200), (100_000, 200)),
    (1000, 100, 300),
)
FULL = Setting(
    REGULAR,
    ((100, 300), (1000, 300), (10_000, 300), (10**5, 100), (10**6, 20), (10**7, 3)),
    ((100, 400), (1000, 400), (10_000, 400), (10**5, 400), (10**6, 60), (10**7, 8)),
    (10_000, 300, 600),
)


@dataclass(frozen=True)
class Row:
    """``|θ̂|²`` and ``KL(θ̂)`` of independent samples with n rows."""

    mixture: Mixture
    n: int
    squares: tuple[float, ...]
    divergences: tuple[float, ...]

    @property
    def balanced(self) -> bool:
        """Whether the weights are the degenerate ones."""
        return self.mixture == BALANCED


@dataclass(frozen=True)
class Measured:
    """All samples, and the runs for the bound."""

    rows: tuple[Row, ...]
    bound: Coverage


def measured(setting: Setting, seed: int, progress: Progress) -> Measured:
    """Every sample has a stream of its own; samples of all sizes are independent."""
    streams = iter(np.random.SeedSequence(seed).spawn(100))
    total = len(setting.regular) * len(setting.sizes) + len(setting.balanced) + 1
    rows: list[Row] = []
    for k, weights in setting.regular:
        mixture = Mixture.simplex(k, weights)
        for n, count in setting.sizes:
            progress(f"k = {k}, n = {n}", len(rows), total)
            limits = [_limit(mixture, n, stream) for stream in next(streams).spawn(count)]
            rows.append(_row(mixture, n, limits))
    for n, count in setting.balanced:
        progress(f"balanced, n = {n}", len(rows), total)
        limits = [balanced_limit(n, stream) for stream in next(streams).spawn(count)]
        rows.append(_row(BALANCED, n, limits))
    progress("bound", len(rows), total)
    return Measured(tuple(rows), coverage(*setting.bound, next(streams)))


def _limit(mixture: Mixture, n: int, stream: np.random.SeedSequence) -> Array:
    """Where EM comes to, from a regular simplex of norm 1."""
    rows = np.random.default_rng(stream).standard_normal((n, mixture.d))
    run = sample_em(rows, mixture, simplex_start(mixture, 1), 2000, tolerance=1e-7)
    return np.array(run.steps[-1].theta)


def balanced_limit(n: int, stream: np.random.SeedSequence) -> Array:
    """The limit of EM for k = 2, π = (½, ½), where it would take √n steps and more.

    There ``M_n(θ) = mean x tanh(θx)``, and M_n(θ)/θ falls in θ > 0 from mean x²: one positive root
    of M_n(θ) = θ where mean x² > 1, to which EM increases or decreases; else EM tends to 0.
    """
    x = np.random.default_rng(stream).standard_normal(n)
    excess = float(x @ x) / n - 1
    if excess <= 0:
        return np.zeros(1)

    def moved(theta: float) -> float:
        return float(x @ np.tanh(theta * x)) / n - theta

    low = math.sqrt(excess) / 2  # θ̂² is about the excess
    while moved(low) <= 0:
        low /= 2
    return np.array([brentq(moved, low, math.sqrt(1 + excess), xtol=1e-10)])


def _row(mixture: Mixture, n: int, limits: Sequence[Array]) -> Row:
    squares = tuple(float(theta @ theta) for theta in limits)
    return Row(mixture, n, squares, tuple(divergence(mixture, theta) for theta in limits))
