"""Data that are not N(0, I): EM's factor and limit, and Lloyd's simplex, by degree of departure.

For any centred law of covariance C, θ = 0 is stationary and ``DM(0) = Σ_j π_j R^{-j} C R^j −
Aᵀ C A``: only the covariance counts. Its largest eigenvalue λ < 1 is EM's factor there, and θ̂ of a
sample has ``n E|θ̂|² → tr(B Aᵀ C A B)``, ``B = (I − DM(0))^{-1}``. Where λ > 1, EM leaves 0; for a
Gaussian of variance s² it goes to the amplitudes with ``s²(1 − g_m(s a)) = 1``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ortho_group

from ...evidence import Evidence
from ...mixture import Mixture
from ..claim import Finding, worst
from ..lattice import cyclic_moments
from ..sample import powers
from ..spectrum import float_weights
from . import lloyd_map
from .interval import Interval
from .laws import HYPERPLANE, D, Law, laws
from .points import Iterate, Model, Points

Array = NDArray[np.float64]

K = 4
#: |π̂_1|² = 17/40 and |π̂_2|² = 1/4: the slowest direction is single, so its factor is well defined
MIXTURE = Mixture.simplex(K, "7/10,3/20,1/20,1/10")
STEPS, STILL = 600, 1e-9
VERTICES: Array = HYPERPLANE * math.sqrt(K / (K - 1))  # of norm 1, towards the four axes


@dataclass(frozen=True)
class Setting:
    """Rows of a sample, and independent samples for each law."""

    n: int
    repetitions: int


QUICK = Setting(4000, 16)
FULL = Setting(20000, 48)


@dataclass(frozen=True)
class Row:
    """What was measured on one law.

    Attributes:
        factors: of EM in each sample, the last ratio of step lengths.
        covariances: ``E xxᵀ`` of each sample.
        square: ``|θ̂|²`` of the limit.
        off: by how much one Lloyd step bends a regular simplex: squared, relative to its size,
            without bias (the product of what two halves of a sample give). Its four axes are those
            of the law where it is permutation-symmetric, else turned at random.
        edges: longest over shortest edge of Lloyd's centres from random starts.
        radius: of those centres.
        n: rows of a sample.
    """

    law: Law
    factors: tuple[float, ...]
    covariances: tuple[Array, ...]
    square: Interval
    off: Interval
    edges: Interval
    radius: Interval
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


def measure(setting: Setting, seed: int) -> Measured:
    """All of it; every law and every sample has its own stream."""
    everything = laws()
    first, second = np.random.SeedSequence(seed).spawn(2)
    rows = tuple(
        _row(law, setting, stream)
        for law, stream in zip(everything, first.spawn(len(everything)), strict=True)
    )
    exchangeable = [law for law in everything if law.family in ("normal", "symmetric")]
    return Measured(
        rows,
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
    columns = (Interval.of(column) for column in zip(*numbers, strict=True))
    return Row(law, tuple(factors), tuple(covariances), *columns, setting.n)


def _em(points: Points, theta: Array) -> tuple[float, float]:
    """The last ratio of step lengths, and |θ|² at the end."""
    model = Model(powers(MIXTURE))
    at = Iterate.start(powers(MIXTURE) @ theta, float_weights(MIXTURE))
    before, factor = math.inf, math.nan
    for _ in range(STEPS):
        after = model.step(points, at)
        moved = float(np.linalg.norm(after.theta - at.theta))
        factor, before, at = moved / before, moved, after
        if moved < STILL:
            break
    return factor, float(at.theta @ at.theta)


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
    return Symmetric(law, *(Interval.of(column, 1e-9) for column in zip(*found, strict=True)))


# --- prediction ---------------------------------------------------------------------------------


def jacobian(c: Array) -> Array:
    """DM(0) for data of second moments c, shape (3, 3)."""
    turns, weights = powers(MIXTURE), float_weights(MIXTURE)
    mean = np.einsum("j,jab->ab", weights, turns)
    turned = np.einsum("j,jba,bc,jcd->ad", weights, turns, c, turns)
    matrix: Array = turned - mean.T @ c @ mean
    return matrix


def at_zero(c: Array) -> float:
    """λ, the largest eigenvalue of DM(0)."""
    return float(np.linalg.eigvalsh(jacobian(c))[-1])


def away_from_zero(variance: float) -> tuple[float, float]:
    """Factor and |θ|² at the limit for N(0, s²I): ``a_m ← s²(1 − g_m(s a)) a_m`` on the lattice."""
    weights, s = float_weights(MIXTURE), math.sqrt(variance)
    a = 0.5  # of frequency 2; frequency 1 dies out, by the factor ``across``
    before, along, across = math.inf, math.nan, math.nan
    for _ in range(2000):
        g = cyclic_moments(weights, (0.0, s * a), 1e-13, jacobian=False, check=False).g
        across, after = variance * (1 - g[1]), variance * (1 - g[2]) * a
        moved = abs(after - a)
        along, before, a = moved / before, moved, after
        if moved < 1e-8:
            break
    return max(along, across), a**2


def factor(law: Law, second: Array) -> float:
    """EM's factor near its limit on a sample with ``E xxᵀ = second``."""
    if at_zero(np.diag(law.covariance)) >= 1:
        return away_from_zero(law.covariance[0])[0]
    return at_zero(second)


def square(law: Law, n: int) -> float:
    """E|θ̂|²: the scatter of the sample, or the place of the limit away from 0."""
    c = np.diag(law.covariance)
    if at_zero(c) >= 1:
        return away_from_zero(law.covariance[0])[1]
    weights, turns = float_weights(MIXTURE), powers(MIXTURE)
    mean = np.einsum("j,jab->ab", weights, turns)
    inverse = np.linalg.inv(np.eye(D) - jacobian(c))
    scatter = inverse @ mean.T @ c @ mean @ inverse
    return float(np.trace(scatter)) / n


def keeps_simplex(law: Law) -> bool:
    """Whether one Lloyd step leaves a simplex regular: permutation-symmetric laws."""
    return law.exchangeable


@dataclass(frozen=True)
class Prediction:
    """EM's factor and limit, and whether Lloyd keeps a simplex."""

    factor: Callable[[Law, Array], float] = factor
    square: Callable[[Law, int], float] = square
    keeps: Callable[[Law], bool] = keeps_simplex


def judge(form: Prediction, measured: Measured) -> Finding:
    """Factors and limits within their intervals; a simplex kept, or bent beyond the noise.

    That a mild departure bends the simplex need not be visible: there the form is not judged.
    """
    slacks = []
    for row in measured.rows:
        law = row.law
        where = f"{law.family} {law.parameter}".strip()
        excess = Interval.of(
            [
                seen - form.factor(law, second)
                for seen, second in zip(row.factors, row.covariances, strict=True)
            ],
            # near 0 the factor is that at 0 up to terms of order |θ̂|²
            4 * row.square.mean if at_zero(np.diag(law.covariance)) < 1 else 0.0,
        )
        slacks.append((f"factor less prediction {excess.mean:.4f} ± {excess.half:.4f}, {where}",
                       excess.slack(0.0)))  # fmt: skip
        slacks.append((f"|θ̂|² = {row.square.mean:.3g} ± {row.square.half:.2g}, {where}",
                       row.square.slack(form.square(law, row.n))))  # fmt: skip
        bent = f"simplex bent by {row.off.mean:.2g} ± {row.off.half:.2g}, {where}"
        if form.keeps(law):
            slacks.append((bent, row.off.slack(0.0)))
        elif law.degree > 1:
            slacks.append((bent, (row.off.mean - row.off.half) / abs(row.off.mean)))
    for found in measured.symmetric:
        if form.keeps(found.law):
            where = f"symmetrised {found.law.family} {found.law.parameter}"
            slacks.append((f"edges {found.kept.mean:.12f}, {where}", found.kept.slack(1.0)))
    return worst(slacks, Evidence.SAMPLED)
