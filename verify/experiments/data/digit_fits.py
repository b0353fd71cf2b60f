"""Real data: the handwritten digits that scikit-learn ships, one class at a time.

Of each class, half the images are whitened by their own principal components to d dimensions, and
mixtures with k = d + 1 components are fitted to them; the other half is held out. The reference is
one Gaussian, N(0, I). On data with mean 0 and covariance exactly I the tied model has ``DM(0) = I −
AᵀA`` whatever their law, so θ = 0, one Gaussian, attracts with the factor 1 − σ.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overspec.mixture import Energies, Mixture
from overspec.verify.em.reference import parameter
from overspec.verify.em.sample_update import powers
from overspec.verify.engines.spectrum import float_weights
from overspec.verify.experiments.experiment import Progress
from overspec.verify.experiments.extra import scikit_learn
from overspec.verify.experiments.interval import Interval
from overspec.verify.experiments.points import Iterate, Model, Points, log_likelihood, one_gaussian
from overspec.verify.experiments.start import lloyd_map

Array = NDArray[np.float64]

HEAVY = "one-heavy:7/10"  # keeps a simplex and has σ = (p − (1 − p)/(k − 1))²
STILL, STEPS = 1e-6, 2000  # EM stops when the means move by less, or after so many steps
CLASSES = 10
COLLAPSED = 1e-3  # size of means that are on their way to 0
CONFIDENCE = 0.95  # of the intervals over the classes


@dataclass(frozen=True)
class Setting:
    """Dimensions, and how many random halves of each class."""

    dimensions: tuple[int, ...]
    splits: int


QUICK = Setting((3, 9), 2)
FULL = Setting((3, 4, 5, 6, 7, 8, 9), 10)

TIED, FREE, LEARNED = "tied simplex EM", "free EM", "free EM, weights learned"
SPHERICAL, COMMON = "GaussianMixture, spherical", "GaussianMixture, tied covariance"
SIMPLEX, LLOYD, PLUS, RANDOM = "simplex", "Lloyd", "k-means++", "random"
STARTS = (SIMPLEX, LLOYD, PLUS, RANDOM)


@dataclass(frozen=True)
class Row:
    """A method from one kind of start in d dimensions.

    Intervals are over the ten classes, for each the mean over its splits: splits of the same images
    are not independent.

    Attributes:
        gain: held-out log-likelihood a point less that of N(0, I), in nats.
        fitted: the same on the data that were fitted.
        log_steps: logarithm of the number of EM steps, one number a class.
        size: root mean square of the fitted means.
        collapsed: share of the fits that end at one Gaussian, all means at 0.
        factor: of EM at the end of those, the last ratio of step lengths; None without any.
        seconds: a fit; not part of the results, since it is not the same twice.
    """

    method: str
    start: str
    d: int
    gain: Interval
    fitted: Interval
    log_steps: tuple[float, ...]
    size: Interval
    collapsed: float
    factor: Interval | None
    seconds: float

    @property
    def steps(self) -> float:
        """Geometric mean."""
        return math.exp(float(np.mean(self.log_steps)))


@dataclass(frozen=True)
class Measured:
    """All methods, starts and dimensions."""

    rows: tuple[Row, ...]
    mixtures: tuple[Mixture, ...]

    def of(self, method: str) -> tuple[Row, ...]:
        """The rows of one method."""
        return tuple(row for row in self.rows if row.method == method)


@dataclass(frozen=True)
class _Fit:
    gain: float
    fitted: float
    steps: float
    size: float
    factor: float
    seconds: float


def measure(setting: Setting, seed: int, on_progress: Progress) -> Measured:
    """All of it; every split has its own stream.

    Raises:
        InputError: scikit-learn is not installed.
    """
    images, labels = scikit_learn("datasets").load_digits(return_X_y=True)
    parts = CLASSES * len(setting.dimensions)
    rows: list[Row] = []
    mixtures: list[Mixture] = []
    for d in setting.dimensions:
        mixtures.append(Mixture.simplex(d + 1, HEAVY))
        found: dict[tuple[str, str], list[list[_Fit]]] = {}
        for digit in range(CLASSES):
            on_progress(f"d = {d}, digit {digit}", CLASSES * len(mixtures) - CLASSES + digit, parts)
            for split in range(setting.splits):
                rng = np.random.default_rng([seed, d, split, digit])
                inner, outer = halves(images[labels == digit], d, rng)
                for name, fit in _fits(inner, outer, rng):
                    found.setdefault(name, [[] for _ in range(CLASSES)])[digit].append(fit)
        rows += [_row(*name, d, fits) for name, fits in found.items()]
    return Measured(tuple(rows), tuple(mixtures))


def halves(x: Array, d: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Two halves of a class in the principal coordinates of the first, which then has E xxᵀ = I."""
    order = rng.permutation(len(x))
    inner, outer = x[order[: len(x) // 2]], x[order[len(x) // 2 :]]
    mean = inner.mean(axis=0)
    _, scales, axes = np.linalg.svd(inner - mean, full_matrices=False)
    # an axis has no sign of its own, and every LAPACK another: a simplex would start elsewhere
    axes = axes[:d] * np.sign(axes[np.arange(d), np.abs(axes[:d]).argmax(axis=1)])[:, None]
    whiten = axes.T / scales[:d] * math.sqrt(len(inner))
    return (inner - mean) @ whiten, (outer - mean) @ whiten


def _row(method: str, start: str, d: int, fits: list[list[_Fit]]) -> Row:
    def each(pick: Callable[[_Fit], float]) -> list[float]:
        return [float(np.mean([pick(fit) for fit in one])) for one in fits]

    def over(pick: Callable[[_Fit], float]) -> Interval:
        return Interval.of(each(pick), confidence=CONFIDENCE)

    everything = [fit for one in fits for fit in one]
    ended = [fit.factor for fit in everything if fit.size < COLLAPSED]
    return Row(
        method,
        start,
        d,
        over(lambda fit: fit.gain),
        over(lambda fit: fit.fitted),
        tuple(each(lambda fit: math.log(fit.steps))),
        over(lambda fit: fit.size),
        len(ended) / len(everything),
        Interval.of(ended) if len(ended) > 1 else None,
        float(np.mean([fit.seconds for fit in everything])),
    )


def _fits(
    inner: Array, outer: Array, rng: np.random.Generator
) -> Iterator[tuple[tuple[str, str], _Fit]]:
    """Every method from every start on one split of one class."""
    d = inner.shape[1]
    mixture = Mixture.simplex(d + 1, HEAVY)
    weights, turns = float_weights(mixture), powers(mixture)
    vertices = turns @ parameter(mixture, Energies.regular_simplex(d + 1, 1))
    known, held = Points.equal(inner), Points.equal(outer)
    for start, means in starts(inner, vertices, rng).items():
        turn = turned(means, vertices)
        yield (
            (TIED, start),
            _em(Model(turns), Points.equal(inner @ turn), Points.equal(outer @ turn),
                vertices * lloyd_map.size(means), weights),
        )  # fmt: skip
        yield (FREE, start), _em(Model(None), known, held, means, weights)
        learned = Model(None, learned=True)
        yield (LEARNED, start), _em(learned, known, held, means, np.full(d + 1, 1 / (d + 1)))
        yield (SPHERICAL, start), _peer("spherical", known, held, means)
        if start == PLUS:
            yield (COMMON, start), _peer("tied", known, held, means)


def starts(x: Array, vertices: Array, rng: np.random.Generator) -> dict[str, Array]:
    """Means by name: a simplex of Lloyd's size, Lloyd's centres, k-means++ seeds, random rows."""
    k = len(vertices)
    ended = lloyd_map.run(x[rng.choice(len(x), k, replace=False)], x, STEPS).centres
    seeds, _ = scikit_learn("cluster").kmeans_plusplus(x, k, random_state=int(rng.integers(2**31)))
    return {
        SIMPLEX: vertices * lloyd_map.size(ended),
        LLOYD: ended,
        PLUS: np.asarray(seeds),
        RANDOM: x[rng.choice(len(x), k, replace=False)],
    }


def turned(means: Array, vertices: Array) -> Array:
    """The orthogonal map after which the means are nearest to the simplex (Procrustes)."""
    left, _, right = np.linalg.svd(means.T @ vertices)
    turn: Array = left @ right
    return turn


def _em(model: Model, known: Points, held: Points, means: Array, weights: Array) -> _Fit:
    began = time.perf_counter()
    at = Iterate.start(means, weights)
    moved, factor, steps = math.inf, math.nan, 0
    while steps < STEPS and moved >= STILL:
        after = model.step(known, at)
        before, moved = moved, float(np.linalg.norm(after.means - at.means))
        factor, at, steps = moved / before, after, steps + 1
    return _fit(
        lambda points: log_likelihood(points, at), known, held, steps, at.means, factor, began
    )


def _peer(kind: str, known: Points, held: Points, means: Array) -> _Fit:
    """scikit-learn's mixture from the same means, to about the same accuracy."""
    began = time.perf_counter()
    peer = scikit_learn("mixture").GaussianMixture(
        len(means), covariance_type=kind, means_init=means, max_iter=STEPS, tol=1e-6,
        random_state=0,
    )  # fmt: skip
    peer.fit(known.x)
    return _fit(
        lambda points: float(peer.score(points.x)),
        known, held, peer.n_iter_, peer.means_, math.nan, began,
    )  # fmt: skip


def _fit(
    score: Callable[[Points], float],
    known: Points,
    held: Points,
    steps: int,
    means: Array,
    factor: float,
    began: float,
) -> _Fit:
    seconds = time.perf_counter() - began
    gain, fitted = (score(points) - one_gaussian(points) for points in (held, known))
    size = math.sqrt(float((means**2).sum()) / len(means))
    return _Fit(gain, fitted, float(steps), size, factor, seconds)
