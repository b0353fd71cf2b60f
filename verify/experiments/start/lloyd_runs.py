"""Lloyd's algorithm from random starts: which shape, how stable, how it turns, and what it leaves.

The population's map is `lloyd_map.population_step`; data are N(0, I_d) rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ortho_group

from overspec.action import Action
from overspec.decimals import Number
from overspec.verify.enclosures.ball import Inconclusive
from overspec.verify.experiments.experiment import Progress
from overspec.verify.experiments.extra import scikit_learn
from overspec.verify.experiments.interval import Interval, exponent
from overspec.verify.experiments.start import lloyd_map
from overspec.verify.lloyd.radius import r0

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """How much is computed."""

    starts: int  # random starts of the population's map for each (k, d)
    repetitions: int  # independent samples
    lines: int  # lines a direction in the population's map, a power of 2
    sizes: tuple[int, ...]  # sample sizes n
    steps: int = 60  # of the population's map
    wait: int = 4  # steps until a sample's shape has settled, and again as many to see it turn


QUICK = Setting(6, 40, 1024, (2000, 8000, 32000))
FULL = Setting(12, 80, 4096, (2000, 8000, 32000, 128000), steps=200)
PAIRS = ((3, 2), (4, 3), (5, 4), (3, 3), (4, 2))  # (k, d); the last does not fit a simplex
STABILITY = (3, 4, 5)
DATA = (3, 4)  # k of the runs on data
LIMIT = 5000  # Lloyd steps on data


@dataclass(frozen=True)
class Estimate:
    """One number: what it is, for which k, d, and its interval.

    ``key`` names its prediction: ``radius``, ``explained``, ``edges``, ``vertex``, ``turning``,
    ``proportions``, ``k-means++``.
    """

    key: str
    words: str
    k: int
    d: int
    value: Interval


@dataclass(frozen=True)
class Measured:
    """Numbers with predictions, facts without one, and curves for the figure.

    ``actions`` says for which k and d a simplex was looked for.
    """

    numbers: tuple[Estimate, ...]
    facts: tuple[tuple[str, int, int, Interval], ...]
    curves: tuple[tuple[int, tuple[int, ...], tuple[float, ...], tuple[float, ...]], ...]
    actions: tuple[Action, ...]


def measure(setting: Setting, seed: int, on_progress: Progress) -> Measured:
    """All of it, from independent streams of one seed.

    Raises:
        InputError: scikit-learn is not installed.
    """
    scikit_learn("cluster")
    streams = np.random.SeedSequence(seed).spawn(4)
    on_progress("random starts", 0, 4)
    numbers = _random_starts(setting, streams[0])
    on_progress("stability", 1, 4)
    numbers += _stability(setting, streams[1])
    on_progress("samples", 2, 4)
    sampled, facts, curves = _on_data(setting, streams[2])
    on_progress("k-means++", 3, 4)
    numbers += [*sampled, *_plus_plus(setting, streams[3])]
    actions = tuple(Action.simplex(k, d) for k, d in PAIRS if d >= k - 1)
    return Measured(tuple(numbers), facts, curves, actions)


# --- the population -----------------------------------------------------------------------------


def _random_starts(setting: Setting, stream: np.random.SeedSequence) -> list[Estimate]:
    found = []
    for (k, d), child in zip(PAIRS, stream.spawn(len(PAIRS)), strict=True):
        rows = []
        for one in child.spawn(setting.starts):
            rng = np.random.default_rng(one)
            groups = lloyd_map.lines(d, setting.lines, int(rng.integers(2**31)))
            centres = rng.standard_normal((k, d))
            for _ in range(setting.steps):
                centres = lloyd_map.population_step(centres, groups)
            mass, _ = lloyd_map.cells(centres, groups)
            explained = float(mass @ (centres**2).sum(axis=1))
            rows.append((lloyd_map.size(centres), explained, lloyd_map.edge_ratio(centres)))
        radius, explained_by, edges = zip(*rows, strict=True)
        # each start has its own lines, so the spread contains the error of the quadrature
        if d >= k - 1:
            found.append(Estimate("radius", "radius, population", k, d, Interval.of(radius, 1e-4)))
        found.append(
            Estimate("explained", "E|x|² explained", k, d, Interval.of(explained_by, 1e-3))
        )
        found.append(
            Estimate("edges", "longest/shortest edge, population", k, d, Interval.of(edges, 0.03))
        )
    return found


def _stability(setting: Setting, stream: np.random.SeedSequence) -> list[Estimate]:
    """The mean of the k − 1 largest eigenvalues across the rotations: those of ``vertex+``."""
    found = []
    for k, child in zip(STABILITY, stream.spawn(len(STABILITY)), strict=True):
        d, values = k - 1, []
        for one in child.spawn(setting.starts + 2):
            seed = int(np.random.default_rng(one).integers(2**31))
            groups = lloyd_map.lines(d, 4 * setting.lines, seed)
            centres = lloyd_map.simplex(k, d) * radius(k)
            across = _across_rotations(centres)
            matrix = across @ lloyd_map.jacobian(centres, groups) @ across
            spectrum = np.sort(np.linalg.eigvals(matrix).real)
            values.append(float(spectrum[-(k - 1) :].mean()))
        found.append(Estimate("vertex", "largest eigenvalue but rotations", k, d,
                            Interval.of(values, 1e-3)))  # fmt: skip
    return found


def _across_rotations(centres: Array) -> Array:
    """The orthogonal projector off the directions C ↦ C Ωᵀ, Ω antisymmetric, shape (kd, kd)."""
    d = centres.shape[1]
    turns = []
    for a in range(d):
        for b in range(a):
            omega = np.zeros((d, d))
            omega[a, b], omega[b, a] = 1.0, -1.0
            turns.append((centres @ omega.T).ravel())
    basis = np.linalg.qr(np.stack(turns, axis=1))[0]
    projector: Array = np.eye(centres.size) - basis @ basis.T
    return projector


# --- data ---------------------------------------------------------------------------------------

Fact = tuple[str, int, int, Interval]
Curve = tuple[int, tuple[int, ...], tuple[float, ...], tuple[float, ...]]


def _on_data(
    setting: Setting, stream: np.random.SeedSequence
) -> tuple[list[Estimate], tuple[Fact, ...], tuple[Curve, ...]]:
    numbers, facts, curves = [], [], []
    for k, child in zip(DATA, stream.spawn(len(DATA)), strict=True):
        table = np.array(
            [
                [_one_sample(k, n, setting.wait, one) for n in setting.sizes]
                for one in child.spawn(setting.repetitions)
            ]
        )  # (repetition, n, quantity)
        for column, key, words in (
            (0, "turning", "exponent in n of the squared turn per step"),
            (1, "proportions", "exponent in n of Σ|π̂_m|² of the cell proportions"),
        ):
            numbers.append(
                Estimate(key, words, k, k - 1, exponent(setting.sizes, table[:, :, column]))
            )
        last = f"n = {setting.sizes[-1]}"
        numbers.append(Estimate("radius", f"radius, random starts, {last}", k, k - 1,
                              Interval.of(table[:, -1, 4], _pull(setting.sizes[-1]))))  # fmt: skip
        facts += [
            (f"Lloyd steps until no label changes, {last}", k, k - 1, Interval.of(table[:, -1, 2])),
            (f"longest/shortest edge, {last}", k, k - 1, Interval.of(table[:, -1, 3])),
            (f"n Σ|π̂_m|² of the cell proportions, {last}", k, k - 1,
             Interval.of(table[:, -1, 1] * setting.sizes[-1])),
        ]  # fmt: skip
        curves.append(
            (
                k,
                setting.sizes,
                tuple(np.sqrt(table[:, :, 0].mean(axis=0)).tolist()),
                tuple(table[:, :, 1].mean(axis=0).tolist()),
            )
        )
    return numbers, tuple(facts), tuple(curves)


def _one_sample(
    k: int, n: int, wait: int, stream: np.random.SeedSequence
) -> tuple[float, float, float, float, float]:
    """Squared turn per step of a settled simplex; of a run from a random start, the energy of
    the proportions ``Σ_{m≠0} |π̂_m|² = k Σ_j (p_j − 1/k)²``, the steps, the edges and the radius."""
    rng = np.random.default_rng(
        np.random.SeedSequence(stream.entropy, spawn_key=(*stream.spawn_key, n))
    )
    d = k - 1
    x = rng.standard_normal((n, d))
    centres = lloyd_map.simplex(k, d) * radius(k)
    if d > 1:
        centres = centres @ np.asarray(ortho_group.rvs(d, random_state=rng))
    for _ in range(wait):
        centres, _ = lloyd_map.sample_step(centres, x)
    settled = centres
    for _ in range(wait):
        centres, _ = lloyd_map.sample_step(centres, x)
    turn = (lloyd_map.turn_between(settled, centres) / wait) ** 2
    ended = lloyd_map.run(x[rng.choice(n, k, replace=False)], x, LIMIT)
    proportions = np.bincount(ended.labels, minlength=k) / n
    energy = k * float(((proportions - 1 / k) ** 2).sum())
    edges, size = lloyd_map.edge_ratio(ended.centres), lloyd_map.size(ended.centres)
    return turn, energy, float(ended.steps), edges, size


def _pull(n: int) -> float:
    """n^{-1/2}: Lloyd on a sample turns to where the sample suits it, which makes it larger."""
    return 1 / math.sqrt(n)


def _plus_plus(setting: Setting, stream: np.random.SeedSequence) -> list[Estimate]:
    cluster = scikit_learn("cluster")
    found, n = [], setting.sizes[-1]
    for k, child in zip(DATA, stream.spawn(len(DATA)), strict=True):
        radii, explained = [], []
        for one in child.spawn(setting.starts + 2):
            rng = np.random.default_rng(one)
            x = rng.standard_normal((n, k - 1))
            means = cluster.KMeans(
                k, init="k-means++", n_init=1, max_iter=LIMIT, random_state=int(rng.integers(2**31))
            ).fit(x)
            radii.append(lloyd_map.size(means.cluster_centers_))
            explained.append(float((x**2).sum(axis=1).mean()) - means.inertia_ / n)
        found.append(Estimate("radius", f"radius, k-means++, n = {n}", k, k - 1,
                            Interval.of(radii, _pull(n))))  # fmt: skip
        found.append(Estimate("explained", f"|x|² explained, k-means++, n = {n}", k, k - 1,
                            Interval.of(explained, 3 * _pull(n))))  # fmt: skip
    return found


@cache
def radius(k: int) -> float:
    """R₀(k), enclosed by `lloyd.radius` (math.md K1)."""
    return centre(r0(k, 12))


def centre(found: Number | Inconclusive) -> float:
    """The centre of an enclosure as a double."""
    if isinstance(found, Inconclusive):
        raise ArithmeticError(found.reason)
    return float(found.value)
