"""EM on regular simplices from starts of any size, in the population and on one sample."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from overspec.mixture import Energies, Mixture
from overspec.verify.em.population import trajectory
from overspec.verify.em.sample import sample_em
from overspec.verify.engines.contraction import contraction_error
from overspec.verify.engines.laplace import doubles as laplace
from overspec.verify.engines.moments import Moments
from overspec.verify.engines.rounding import estimate
from overspec.verify.engines.spectrum import amplitudes as to_amplitudes
from overspec.verify.engines.spectrum import sigma
from overspec.verify.experiments.experiment import Progress
from overspec.verify.experiments.interval import Interval
from overspec.verify.experiments.tied import simplex_start

Array = NDArray[np.float64]

GAP = Fraction(9, 10)
MIXTURES = ((4, "one-heavy:9/10"), (3, "1/2,3/10,1/5"))
NEAR, FAR = 0.01, 100.0
APART = 1e-3  # of the two radii that a slope is taken from
LATTICE = 3.0  # farther out the first step is taken by the Laplace engine
STILL = 1e-6  # |θ| that counts as arrived
SAME = 1e-6  # distance between limits on one sample that counts as none
STEPS, SAMPLE_STEPS = 5000, 3000  # at most
ROOT = 2e-6  # γ is searched to six digits, and the root to 1e-10


@dataclass(frozen=True)
class Setting:
    """Radii of the sweep, and rows of the sample."""

    radii: int
    n: int


QUICK = Setting(17, 4000)
FULL = Setting(61, 100_000)


@dataclass(frozen=True)
class Run:
    """EM from one start: the first, the largest and the last factor per step, and the steps.

    They are of |θ_t|, on a sample of the distance to its limit; arrived says whether |θ| came to
    1e-6, or on a sample whether the limit is that of the other starts. The error is that of the
    first and of the largest factor, whichever is larger; 0 on a sample, where nothing is compared
    with them.
    """

    radius: float
    first: float
    largest: float
    last: float
    steps: int
    arrived: bool
    error: float = 0.0


@dataclass(frozen=True)
class Sweep:
    """One mixture.

    Attributes:
        population: runs by increasing radius.
        sample: runs on one sample, by increasing radius.
        crossing: the least |θ_0| whose first factor is 1 − cσ, by EM steps on the lattice; None
            where there is none.
        landing: |θ_1| from |θ_0| = 100.
        n: rows of the sample.
    """

    mixture: Mixture
    population: tuple[Run, ...]
    sample: tuple[Run, ...]
    crossing: Interval | None
    landing: Interval
    n: int


@dataclass(frozen=True)
class Measured:
    """All mixtures."""

    sweeps: tuple[Sweep, ...]


def measured(setting: Setting, seed: int, progress: Progress) -> Measured:
    """The sweep of each mixture."""
    sweeps = []
    streams = np.random.SeedSequence(seed).spawn(len(MIXTURES))
    for done, ((k, weights), stream) in enumerate(zip(MIXTURES, streams, strict=True)):
        mixture = Mixture.simplex(k, weights)
        progress(f"k = {k}, {weights}", done, len(MIXTURES))
        radii = np.geomspace(NEAR, FAR, setting.radii)
        runs = tuple(_population(mixture, Fraction(float(r))) for r in radii)
        far, half_as_far = FAR * runs[-1].first, FAR / 2 * first_factor(mixture, FAR / 2)
        rows = np.random.default_rng(stream).standard_normal((setting.n, mixture.d))
        sweeps.append(
            Sweep(
                mixture,
                runs,
                _on_sample(mixture, rows, radii[:: (len(radii) - 1) // 4]),
                crossing(mixture, GAP),
                # |θ_1| is even in 1/|θ_0|: what is left is a third of this move
                Interval(far, abs(far - half_as_far) + FAR * first_error(mixture, FAR), 1),
                setting.n,
            )
        )
    return Measured(tuple(sweeps))


def first_factor(mixture: Mixture, radius: float) -> float:
    """``|θ_1|/|θ_0|`` from a regular simplex: an EM step on the lattice, Laplace's when far out."""
    start = Energies.regular_simplex(mixture.k, Fraction(radius))
    if radius <= LATTICE:
        steps = trajectory(mixture, start, 1).steps
        return steps[1].norm / steps[0].norm
    return 1 - float(_far_out(mixture, radius).g[1])


def first_error(mixture: Mixture, radius: float) -> float:
    """The error of `first_factor`: of the step on the lattice, or of g_1 and of 1 − g_1."""
    if radius <= LATTICE:
        start = Energies.regular_simplex(mixture.k, Fraction(radius))
        return contraction_error(mixture, to_amplitudes(start))
    found = _far_out(mixture, radius)
    return float(found.errors["g"]) + estimate(1 - float(found.g[1]))


def _far_out(mixture: Mixture, radius: float) -> Moments:
    start = Energies.regular_simplex(mixture.k, Fraction(radius))
    return laplace.moments(mixture, start, 9, modes=1, hessian=False)


def _population(mixture: Mixture, radius: Fraction) -> Run:
    first, error = first_factor(mixture, float(radius)), first_error(mixture, float(radius))
    after = Energies.regular_simplex(mixture.k, Fraction(first * float(radius)))
    rows = trajectory(mixture, after, STEPS, tolerance=STILL).steps
    norms = np.array([float(radius), *(row.norm for row in rows)])
    factors = norms[1:] / norms[:-1]
    if largest := int(factors.argmax()):
        error = max(error, contraction_error(mixture, rows[largest - 1].amplitudes))
    arrived = bool(norms[-1] <= STILL)
    return Run(float(radius), first, float(factors[largest]), float(factors[-1]),
               len(factors), arrived, error)  # fmt: skip


def _on_sample(mixture: Mixture, rows: Array, radii: Array) -> tuple[Run, ...]:
    runs: list[Run] = []
    limit = np.zeros(0)
    for radius in radii:
        start = simplex_start(mixture, Fraction(float(radius)))
        run = sample_em(rows, mixture, start, SAMPLE_STEPS, tolerance=1e-10)
        path = np.array([step.theta for step in run.steps])
        limit = limit if runs else path[-1]
        far = np.linalg.norm(path - path[-1], axis=1)
        far = far[far > SAME]
        factors = far[1:] / far[:-1]
        arrived = bool(np.linalg.norm(path[-1] - limit) < SAME)
        runs.append(Run(float(radius), float(factors[0]), float(factors.max()),
                        float(factors[-1]), len(path) - 1, arrived))  # fmt: skip
    return tuple(runs)


def crossing(mixture: Mixture, gap: Fraction, points: int = 60) -> Interval | None:
    """The least |θ_0| up to 3 from which the first EM step has the factor 1 − cσ.

    Its error is that of the factor over the factor's slope, and `ROOT`.
    """
    level = 1 - float(gap) * float(sigma(mixture))
    grid = np.linspace(0.05, LATTICE, points)
    before = float(grid[0])
    for radius in grid[1:]:
        if first_factor(mixture, float(radius)) >= level:
            found = float(brentq(lambda r: first_factor(mixture, r) - level, before, float(radius),
                                 xtol=1e-10))  # fmt: skip
            near, far = (first_factor(mixture, found + side * APART) for side in (-1, 1))
            slope, error = abs(far - near) / (2 * APART), first_error(mixture, found)
            return Interval(found, ROOT + (error / slope if slope else math.inf), 1)
        before = float(radius)
    return None
