"""Experiment ``convergence``: log KL against the step, population and data, d = 3, k = 4.

The population's slope is read off a run until |θ| = 1e-6, by three local slopes far apart; that of
a sample off the log-likelihood that is still missing, ``ℓ(θ̂) − ℓ(θ_t)``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overspec.decimals import decimal
from overspec.evidence import Evidence, Provenance
from overspec.figure import FigureData, Series
from overspec.mixture import Energies, Mixture
from overspec.verify.claims.claim import SUMMARY, Finding, Form
from overspec.verify.em.population import trajectory
from overspec.verify.em.sample import SampleTrajectory, sample_em
from overspec.verify.engines.spectrum import dft_energies, sigma
from overspec.verify.experiments.experiment import Experiment, Progress, Settings, Table
from overspec.verify.experiments.interval import Interval, decided
from overspec.verify.experiments.limits import settled
from overspec.verify.experiments.tied import divergence, inverse_energy, simplex_start

K = 4
SLOWEST = "7/10,3/20,1/20,1/10"  # its slowest direction is single: a sample has one factor there
WEIGHTS = ("linear", "one-heavy:1/2", "one-heavy:9/10", SLOWEST, "1/2,1/4,1/8,1/8", "random:3")
STILL = 1e-6  # |θ| at the end of a run of the population
ACCURACY = 1e-14  # of g_m on the lattice, so that KL = ∫ s Σ g_m a_m² ds is good to ACCURACY/σ
TELLS = 0.02  # the relative error of a slope that tells it from another
WINDOW = (1e-10, 1e-8)  # missing log-likelihood where a sample's slope is read


@dataclass(frozen=True)
class Setting:
    """Which weights, rows and numbers of samples for slopes, rows of the samples in the figure."""

    weights: tuple[str, ...]
    n: int
    repetitions: int
    shown: tuple[int, ...]


QUICK = Setting(WEIGHTS[:4], 10_000, 12, (100, 10_000))
FULL = Setting(WEIGHTS, 100_000, 24, (100, 10_000, 1_000_000))


@dataclass(frozen=True)
class Slope:
    """The slope of log KL per step, with the mixture and the steps it took to read it."""

    source: str
    mixture: Mixture
    value: Interval
    steps: int


@dataclass(frozen=True)
class Curve:
    """KL of every iterate; of sample EM with n rows, or of the population (n = 0)."""

    mixture: Mixture
    n: int
    kl: tuple[float, ...]


@dataclass(frozen=True)
class Measured:
    """All slopes, and the curves of the figure."""

    slopes: tuple[Slope, ...]
    curves: tuple[Curve, ...]


def measure(settings: Settings, progress: Progress) -> Measured:
    """At one of two sizes."""
    return measured(QUICK if settings.quick else FULL, settings.seed, progress)


def measured(setting: Setting, seed: int, progress: Progress) -> Measured:
    """The slopes of the population for each weights, and of samples for `SLOWEST`."""
    total = len(setting.weights) + setting.repetitions + len(setting.shown)
    slopes: list[Slope] = []
    curves: list[Curve] = []
    for weights in setting.weights:
        progress("population", len(slopes), total)
        slope, curve = _population(Mixture.simplex(K, weights))
        slopes.append(slope)
        curves.append(curve)
    mixture, done = Mixture.simplex(K, SLOWEST), len(slopes)
    streams = np.random.SeedSequence(seed).spawn(setting.repetitions + len(setting.shown))
    found, steps = [], 0
    for number, stream in enumerate(streams[: setting.repetitions]):
        progress("samples", done + number, total)
        run = _sample(mixture, setting.n, stream)
        found.append(_slope_of(run))
        steps = max(steps, len(run.steps) - 1)
    # what is left of the dependence on θ̂: of the order of |θ̂|², as for the population
    least = 4 * inverse_energy(mixture) / setting.n
    value = Interval.of(found, least)
    slopes.append(Slope(f"samples, n = {setting.n}", mixture, value, steps))
    shown = zip(setting.shown, streams[setting.repetitions :], strict=True)
    for number, (n, stream) in enumerate(shown):
        progress("figure", done + setting.repetitions + number, total)
        run = _sample(mixture, n, stream)
        kl = tuple(divergence(mixture, np.array(step.theta)) for step in run.steps[:40])
        curves.append(Curve(mixture, n, kl))
    return Measured(tuple(slopes), tuple(curves))


def _population(mixture: Mixture) -> tuple[Slope, Curve]:
    run = trajectory(mixture, Energies.regular_simplex(K, 1), 5000, tolerance=STILL)
    kl = tuple(step.kl for step in run.steps)
    value = last_slope(kl, 2 * ACCURACY / float(sigma(mixture)))
    return Slope("population", mixture, value, len(kl) - 1), Curve(mixture, 0, kl)


def last_slope(kl: Sequence[float], rounding: float) -> Interval:
    """The limit of the slope of log KL per step, from three local slopes a fifth of the run apart.

    They approach the limit like |θ|², that is like KL, and like the other blocks' share in it. Both
    must at least halve in a fifth of the run, which is looked at; else the error is infinite.

    Args:
        rounding: of a local slope, the difference of two logarithms.

    >>> found = last_slope([0.5**t * (1 + 0.5**t) for t in range(40)], 1e-15)
    >>> abs(found.mean + math.log(2)) < found.half < 1e-8
    True
    >>> last_slope([1 / t**2 for t in range(1, 400)], 1e-15).half
    inf
    """
    local = np.diff(np.log(kl))
    last, fifth = len(local) - 1, -(-len(local) // 5)
    value = settled([float(local[last - n * fifth]) for n in (2, 1, 0)], rounding)
    falls = kl[-1] <= kl[-1 - fifth] / 2
    return value if falls else Interval(value.mean, math.inf, 1)


def _sample(mixture: Mixture, n: int, stream: np.random.SeedSequence) -> SampleTrajectory:
    rows = np.random.default_rng(stream).standard_normal((n, mixture.d))
    return sample_em(rows, mixture, simplex_start(mixture, 1), 400, tolerance=1e-9)


def missing_likelihood(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """``ℓ(θ̂) − ℓ(θ_t)`` along a run of tied EM, covariance fixed, without a cancelling difference.

    There a step is the gradient, ``θ_{t+1} − θ_t = Δ_t = ∇ℓ(θ_t)``, and ℓ gains
    ``∫₀¹⟨∇ℓ(θ_t + sΔ_t), Δ_t⟩ds = ⟨Δ_t + Δ_{t+1}, Δ_t⟩/2`` on it, up to a share of order |Δ_t|
    (trapezoidal rule): below 1e-4 in `WINDOW`, and nearly the same at both of its ends. Of ℓ
    itself, a mean of n logarithms, the window's lower end would be lost among the last places.

    >>> path = np.array([[0.5**t] for t in range(60)])  # ℓ = −θ²/4
    >>> round(float(missing_likelihood(path)[3]) / (0.5**6 / 4), 9)
    1.0
    """
    steps = np.diff(path, axis=0)
    gains = ((steps[:-1] + steps[1:]) * steps[:-1]).sum(axis=1) / 2
    missing: NDArray[np.float64] = np.cumsum(gains[::-1])[::-1]
    return missing


def _slope_of(run: SampleTrajectory) -> float:
    """Mean slope of the log of the missing log-likelihood while it is in `WINDOW`."""
    missing = missing_likelihood(np.array([step.theta for step in run.steps]))
    inside = np.flatnonzero((missing > WINDOW[0]) & (missing < WINDOW[1]))
    if len(inside) < 2:
        return math.nan
    first, last = int(inside[0]), int(inside[-1])
    return float(np.log(missing[last] / missing[first])) / (last - first)


# --- prediction ---------------------------------------------------------------------------------


def asymptotic(mixture: Mixture) -> float:
    """``2 log(1 − σ)`` (math.md T1)."""
    return 2 * math.log1p(-float(sigma(mixture)))


def guaranteed(mixture: Mixture) -> float:
    """``log(1 − σ)``: what the Polyak–Łojasiewicz inequality alone gives near the optimum."""
    return asymptotic(mixture) / 2


def by_fastest(mixture: Mixture) -> float:
    """The slope of the block that shrinks fastest."""
    energies = dft_energies(mixture.weights)
    return 2 * math.log1p(-max(float(e) for e in energies[1:]))


Prediction = Callable[[Mixture], float]


def judge(form: Prediction, measured: Measured) -> Finding:
    """Every slope within its interval."""
    return decided(
        [
            s.value.case(
                f"slope {s.value} of {s.source}, {s.mixture}", form(s.mixture),
                math.inf if s.value.count > 1 else TELLS * abs(s.value.mean),
            )
            for s in measured.slopes
        ],
        Evidence.SAMPLED,
    )  # fmt: skip


# --- for a reader -------------------------------------------------------------------------------


def table(measured: Measured) -> Table:
    """Every slope beside both predictions."""
    return Table(
        ("source", "weights", "slope of log KL", "2 log(1 − σ)", "PL slope log(1 − σ)", "steps"),
        tuple(
            (s.source, str(s.mixture.weights), str(s.value), decimal(asymptotic(s.mixture)),
             decimal(guaranteed(s.mixture)), str(s.steps))
            for s in measured.slopes
        ),
    )  # fmt: skip


def figures(measured: Measured, provenance: Provenance) -> tuple[FigureData, ...]:
    """KL against the step for one mixture: population, both slopes, samples and their plateaus."""
    (population,) = (c for c in measured.curves if not c.n and str(c.mixture.weights) == SLOWEST)
    mixture = population.mixture
    steps = [t for t, kl in enumerate(population.kl) if kl > 1e-9]
    sampled = [c for c in measured.curves if c.n]
    series = [_series("population", "line", steps, population.kl, Evidence.MEASURED)]
    series += [
        _series(f"sample EM, n = {c.n}", "line", range(len(c.kl)), c.kl, Evidence.SAMPLED)
        for c in sampled
    ]
    last = steps[-1]
    for words, rate in (("slope 2 log(1 − σ)", asymptotic), ("slope log(1 − σ)", guaranteed)):
        first = last // 2 if rate is asymptotic else 0
        start = population.kl[first] * (3 if rate is asymptotic else 1)
        values = {t: start * math.exp(rate(mixture) * (t - first)) for t in (first, last)}
        x, y = tuple(map(str, values)), tuple(map(decimal, values.values()))
        series.append(Series(words, "limit" if rate is asymptotic else "guide", x, y))
    return (
        FigureData.of(
            "convergence",
            "KL along EM, in the population and on data",
            f"{mixture}, start on the regular simplex of norm 1. The population's KL falls by "
            "(1 − σ)² a step, twice as steeply as the Polyak–Łojasiewicz inequality promises "
            "(the dashed line has that slope, and is drawn above the curve). One sample of each "
            "size follows until it is as near as its own optimum, about d/(2n).",
            ("EM step t", "KL divergence (nats)"),
            series,
            provenance,
            log="y",
        ),
    )


def _series(
    label: str, style: str, steps: range | list[int], kl: tuple[float, ...], evidence: Evidence
) -> Series:
    x = tuple(str(t) for t in steps)
    return Series.of(label, style, x, [kl[t] for t in steps], evidence)


def remarks(measured: Measured) -> str:
    """The slopes in words, and where samples stop."""
    lines = [
        f"{s.source}, weights {s.mixture.weights}: slope {s.value}; 2 log(1 − σ) = "
        f"{asymptotic(s.mixture):.6f}; the weaker PL slope is {guaranteed(s.mixture):.6f}."
        for s in measured.slopes
    ]
    lines += [
        f"One sample of n = {c.n}: KL stops falling at {c.kl[-1]:.2g}; "
        f"d/(2n) = {c.mixture.d / (2 * c.n):.2g} is its mean at the optimum."
        for c in measured.curves
        if c.n
    ]
    return "\n".join(lines)


EXPERIMENT = Experiment(
    name="convergence",
    title="The slope of log KL along EM, d = 3, k = 4",
    statement=r"From a regular simplex with $\hat\pi_m\ne0$ for all $m$, "
    r"$\log\mathrm{KL}_{t+1}-\log\mathrm{KL}_t\to2\log(1-\sigma)$, $\sigma=\min_m|\hat\pi_m|^2$; "
    r"on a sample the same holds of the log-likelihood that is still missing, up to "
    r"$O(n^{-1/2})$.",
    source=f"math.md T1; {SUMMARY}, Experiment 1",
    domain=f"k = 4, d = 3, simplex start of norm 1; population, and data N(0, I) with {SLOWEST}",
    stated=Form("the slope of log KL per step tends to 2 log(1 − σ)", asymptotic),
    mutants=(
        Form("the slope is the weaker log(1 − σ) of the PL inequality", guaranteed),
        Form("the fastest block decides: 2 log(1 − max |π̂_m|²)", by_fastest),
        Form(
            "|π̂_m| instead of its square",
            lambda mixture: 2 * math.log1p(-math.sqrt(float(sigma(mixture)))),
        ),
        Form("no exponential rate: slope 0", lambda mixture: 0.0),
    ),
    measure=measure,
    judge=judge,
    table=table,
    figures=figures,
    remarks=remarks,
    said="Generate synthetic N(0,I) data in d=3 with k=4; fit EM with simplex initialization and "
    "plot log(KL) vs iterations to verify linear trend",
)
