"""Data that are not N(0, I): EM's factor and limit, and Lloyd's simplex, by degree of departure.

For any centred law of covariance C, θ = 0 is stationary and ``DM(0) = Σ_j π_j R^{-j} C R^j −
Aᵀ C A``: only the covariance counts. Its largest eigenvalue λ < 1 is EM's factor there, and θ̂ of a
sample has ``n E|θ̂|² → tr(B Aᵀ C A B)``, ``B = (I − DM(0))^{-1}``. Where λ > 1, EM leaves 0; for a
Gaussian of variance s² it goes to the amplitudes with ``s²(1 − g_m(s a)) = 1``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ortho_group

from overspec.mixture import Mixture
from overspec.verify.em.sample_update import powers
from overspec.verify.engines.spectrum import float_weights
from overspec.verify.experiments.data.laws import HYPERPLANE, D, Law, laws
from overspec.verify.experiments.experiment import Progress
from overspec.verify.experiments.interval import Interval
from overspec.verify.experiments.points import Iterate, Model, Points
from overspec.verify.experiments.start import lloyd_map

Array = NDArray[np.float64]

K = 4
#: |π̂_1|² = 17/40 and |π̂_2|² = 1/4: for covariance I the slowest direction is single
MIXTURE = Mixture.simplex(K, "7/10,3/20,1/20,1/10")
STEPS, STILL = 600, 1e-9
APART = 1e-4  # of central differences: their error is of order its square, rounding 1e-12
#: Of an edge ratio after one step: a centroid is a mean of up to 120 000 rows of size 1 to 10, each
#: turned to 1e-15, so that its sum is off by 120 000 · 10 units in the last place at the worst.
ROUNDING = 1e-9
VERTICES: Array = HYPERPLANE * math.sqrt(K / (K - 1))  # of norm 1, towards the four axes


@dataclass(frozen=True)
class Setting:
    """Rows of a sample, and independent samples for each law."""

    n: int
    repetitions: int


QUICK = Setting(4000, 20)
FULL = Setting(20000, 48)


@dataclass(frozen=True)
class Row:
    """What was measured on one law.

    Attributes:
        factors: of EM in each sample, the spectral radius of its map's Jacobian at the limit,
            by central differences of EM's own step. (The last ratio of step lengths would not
            do: two nearly equal eigenvalues need more steps than there are digits.)
        covariances: ``E xxᵀ`` of each sample.
        square: ``|θ̂|²`` of the limit.
        off: by how much one Lloyd step bends a regular simplex: squared, relative to its size,
            without bias (the product of what two halves of a sample give). Its four axes are those
            of the law where it is permutation-symmetric, else turned at random.
        edges: longest over shortest edge of Lloyd's centres from random starts, in each sample:
            with heavy tails one centre may go to an outlier.
        radius: of those centres, in each sample.
        n: rows of a sample.
    """

    law: Law
    factors: tuple[float, ...]
    covariances: tuple[Array, ...]
    square: Interval
    off: Interval
    edges: tuple[float, ...]
    radius: tuple[float, ...]
    n: int


@dataclass(frozen=True)
class Symmetric:
    """Lloyd on exactly permutation-symmetric samples: edge ratios.

    Attributes:
        kept: after one step from the simplex.
        shaken: at the end, from a simplex shaken by 5%.
        found: at the end, from random starts.
    """

    law: Law
    kept: Interval
    shaken: Interval
    found: Interval


@dataclass(frozen=True)
class Measured:
    """All laws, and the permutation-symmetric ones again."""

    rows: tuple[Row, ...]
    symmetric: tuple[Symmetric, ...]
    mixture: Mixture = MIXTURE


def measure(setting: Setting, seed: int, on_progress: Progress) -> Measured:
    """All of it; every law and every sample has its own stream."""
    everything = laws()
    first, second = np.random.SeedSequence(seed).spawn(2)
    rows = []
    for number, stream in enumerate(first.spawn(len(everything))):
        law = everything[number]
        on_progress(f"{law.family} {law.parameter}".strip(), number, len(everything) + 1)
        rows.append(_row(law, setting, stream))
    on_progress("symmetric samples", len(everything), len(everything) + 1)
    exchangeable = [law for law in everything if law.family in ("normal", "symmetric")]
    return Measured(
        tuple(rows),
        tuple(
            _symmetric(law, setting, stream)
            for law, stream in zip(exchangeable, second.spawn(len(exchangeable)), strict=True)
        ),
    )


def _row(law: Law, setting: Setting, stream: np.random.SeedSequence) -> Row:
    factors, covariances, numbers = [], [], []
    for one in stream.spawn(setting.repetitions):
        rng = np.random.default_rng(one)
        x = law.draw(rng, setting.n)
        ended = lloyd_map.run(x[rng.choice(len(x), K, replace=False)], x, STEPS)
        radius = lloyd_map.size(ended.centres)
        theta = rng.standard_normal(D)
        points = Points.equal(x)
        factor, square = _em(points, theta * radius / np.linalg.norm(theta))
        factors.append(factor)
        covariances.append(points.second)
        turn = np.eye(D)
        if not law.exchangeable:
            turn = np.asarray(ortho_group.rvs(D, random_state=rng))
        off = _bent(VERTICES @ turn, x[::2], x[1::2])
        numbers.append((square, off, lloyd_map.edge_ratio(ended.centres), radius))
    squares, bent, edges, sizes = zip(*numbers, strict=True)
    return Row(
        law, tuple(factors), tuple(covariances), Interval.of(squares), Interval.of(bent), edges,
        sizes, setting.n,
    )  # fmt: skip


def _em(points: Points, theta: Array) -> tuple[float, float]:
    """EM's factor at its limit, and |θ|² there."""
    turns, weights = powers(MIXTURE), float_weights(MIXTURE)
    model = Model(turns)

    def step(at: Array) -> Array:
        return model.step(points, Iterate.start(turns @ at, weights)).theta

    for _ in range(STEPS):
        before, theta = theta, step(theta)
        if np.linalg.norm(theta - before) < STILL:
            break
    columns = [(step(theta + h) - step(theta - h)) / (2 * APART) for h in APART * np.eye(D)]
    factor = np.abs(np.linalg.eigvals(np.stack(columns, axis=1))).max()
    return float(factor), float(theta @ theta)


def _bent(vertices: Array, *halves: Array) -> float:
    """⟨δ, δ'⟩ over the squared size, δ what centroids have besides a multiple of the vertices."""
    size = float((vertices**2).sum())
    scales, rests = [], []
    for x in halves:
        centroids, _ = lloyd_map.sample_step(vertices, x)
        scale = float((centroids * vertices).sum()) / size
        scales.append(scale)
        rests.append(centroids - scale * vertices)
    return float((rests[0] * rests[1]).sum()) / (scales[0] * scales[1] * size)


def _symmetric(law: Law, setting: Setting, stream: np.random.SeedSequence) -> Symmetric:
    """A sample with all 24 permutations of the four axes applied to it is exactly symmetric."""
    turns = [HYPERPLANE[list(order)].T @ HYPERPLANE for order in permutations(range(K))]
    found = []
    for one in stream.spawn(max(setting.repetitions // 2, 3)):
        rng = np.random.default_rng(one)
        x = law.draw(rng, setting.n // 4)
        x = np.concatenate([x @ turn for turn in turns])
        start, _ = lloyd_map.sample_step(VERTICES, x)
        shaken = start + 0.05 * lloyd_map.size(start) * rng.standard_normal(start.shape)
        chosen = x[rng.choice(len(x), K, replace=False)]
        ends = (lloyd_map.run(first, x, STEPS).centres for first in (shaken, chosen))
        found.append((lloyd_map.edge_ratio(start), *map(lloyd_map.edge_ratio, ends)))
    return Symmetric(law, *(Interval.of(column, ROUNDING) for column in zip(*found, strict=True)))
