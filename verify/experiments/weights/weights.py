"""Experiment ``weights``: exponential or t^{-2}, by the DFT of the weights, and what lies between.

Nearly degenerate weights, ``|π̂_2|² = s`` small, first follow the power law of s = 0 and then their
own exponential. In the last block ``e' = −2e(s + ce)`` for the energy e, to leading order, so that
``KL = se/2 + ce²/4`` falls twice as steeply as in the end when ce/s = (√5 − 1)/2, at the time
``t = log φ / s`` with φ the golden ratio, whatever c and the start: the crossover.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from overspec.decimals import decimal
from overspec.evidence import Evidence, Provenance
from overspec.figure import FigureData, Series
from overspec.mixture import Energies, Mixture
from overspec.proofs.machinery.cyclotomic import null_frequencies
from overspec.proofs.rates.null_law import null_law
from overspec.verify.claims.claim import SUMMARY, Finding, Form
from overspec.verify.em.population import trajectory
from overspec.verify.experiments.experiment import Experiment, Progress, Settings, Table
from overspec.verify.experiments.interval import Interval, decided
from overspec.verify.experiments.limits import settled
from overspec.verify.experiments.weights.convergence import ACCURACY, asymptotic, last_slope

Array = NDArray[np.float64]

K = 4
REGULAR = "2/5,3/10,1/5,1/10"
DEGENERATE = "2/5,3/10,1/10,1/5"  # the same numbers in another order
BOTH = "3/10,1/5,3/10,1/5"  # frequency 1 is null, a block of two dimensions
GONE = 1e-10  # amplitude of a block that no longer matters to KL
DIRECT = 1e-9  # above it `trajectory` may take KL from E log S, to ACCURACY absolute
#: The relative error that tells one law from another; the crossovers that it could be confused with
#: are a quarter away.
TELLS = {"slope": 0.02, "constant": 0.02, "exponent": 0.02, "crossover": 0.1}


def near(distance: Fraction) -> str:
    """Weights with ``π̂_2 = 2·distance``: `DEGENERATE` for 0.

    >>> near(Fraction(1, 50))
    '2/5,3/10,3/25,9/50'
    """
    weights = (Fraction(2, 5), Fraction(3, 10), Fraction(1, 10) + distance,
               Fraction(1, 5) - distance)  # fmt: skip
    return ",".join(map(str, weights))


@dataclass(frozen=True)
class Setting:
    """Steps for power laws and for exponentials; distances of nearly degenerate weights."""

    power: int
    exponential: int
    distances: tuple[Fraction, ...]
    degenerate: tuple[str, ...]


QUICK = Setting(
    800, 400, (Fraction(2, 25), Fraction(1, 25), Fraction(1, 50)), ("uniform", DEGENERATE)
)
FULL = Setting(
    6400,
    400,
    (Fraction(1, 25), Fraction(1, 50), Fraction(1, 100)),
    ("uniform", DEGENERATE, BOTH),
)


@dataclass(frozen=True)
class Estimate:
    """One number; ``key`` names its prediction: ``slope``, ``constant``, ``exponent``,
    ``crossover``."""

    key: str
    words: str
    mixture: Mixture
    value: Interval


@dataclass(frozen=True)
class Curve:
    """KL and |θ| at t = 0, 1, …"""

    label: str
    mixture: Mixture
    kl: tuple[float, ...]
    norms: tuple[float, ...]

    def error(self, t: int) -> float:
        """Of KL_t, relative: ACCURACY from E log S, in the energy form that share of |θ|²/2."""
        return ACCURACY * (1.0 if self.kl[t] >= DIRECT else self.norms[t] ** 2 / 2) / self.kl[t]


@dataclass(frozen=True)
class Measured:
    """The numbers, the curves, and the crossovers ``(t, KL)``."""

    numbers: tuple[Estimate, ...]
    curves: tuple[Curve, ...]
    crossovers: tuple[tuple[float, float], ...]


def measure(settings: Settings, progress: Progress) -> Measured:
    """At one of two sizes; nothing is random."""
    return measured(QUICK if settings.quick else FULL, progress)


def measured(setting: Setting, progress: Progress) -> Measured:
    """Regular, degenerate and nearly degenerate weights, all from a regular simplex of norm 1."""
    total = 1 + len(setting.degenerate) + len(setting.distances)
    numbers: list[Estimate] = []
    progress("regular weights", 0, total)
    curves = [_run("regular", REGULAR, setting.exponential)]
    numbers.append(_slope(curves[0]))
    for done, weights in enumerate(setting.degenerate, start=1):
        progress("degenerate weights", done, total)
        label = "uniform" if weights == "uniform" else "degenerate order"
        curves.append(_run(label, weights, setting.power))
        numbers += _power_law(curves[-1])
    times, errors, crossovers = [], [], []
    for done, distance in enumerate(setting.distances, start=1 + len(setting.degenerate)):
        progress("nearly degenerate weights", done, total)
        s = 4 * float(distance) ** 2
        curves.append(_run("nearly degenerate", near(distance), math.ceil(5 / s)))
        numbers.append(_slope(curves[-1]))
        t, product, error = _crossover(curves[-1])
        times.append(product)
        errors.append(error)
        crossovers.append((t, curves[-1].kl[round(t)]))
    # s·t tends to its limit like s log s, and s falls by four: by more than two each time
    value = settled(times, errors[-1])
    numbers.append(Estimate("crossover", "crossover time times s", curves[-1].mixture, value))
    return Measured(tuple(numbers), tuple(curves), tuple(crossovers))


def _run(label: str, weights: str, steps: int, chunk: int = 100) -> Curve:
    """KL along EM; a block that is gone leaves the lattice, which then is cheap."""
    mixture = Mixture.simplex(K, weights)
    at = Energies.regular_simplex(K, 1)
    kl: list[float] = []
    norms: list[float] = []
    while len(kl) <= steps:
        rows = trajectory(mixture, at, min(chunk, steps - len(kl) + 1)).steps
        kl += [row.kl for row in rows[:-1]]
        norms += [row.norm for row in rows[:-1]]
        kept = [Fraction(a) if a > GONE else Fraction(0) for a in rows[-1].amplitudes]
        at = Energies.of_amplitudes(K, kept)
    return Curve(label, mixture, tuple(kl), tuple(norms))


def _slope(curve: Curve) -> Estimate:
    """The slope of log KL at the end, with the worst rounding of the last two fifths."""
    fifth = -(-(len(curve.kl) - 1) // 5)
    worst = max(curve.error(len(curve.kl) - 1 - n * fifth) for n in range(3))
    return Estimate("slope", "slope of log KL", curve.mixture, last_slope(curve.kl, 2 * worst))


def _power_law(curve: Curve) -> list[Estimate]:
    """``lim t² KL`` and the exponent, from t/2 to t: over one step, rounding would decide.

    Both differ from their limits by O(1/t), the exponent by O(log t / t). ``2v(t) − v(t/2)`` has
    O(log t / t²) left of the one, which falls by more than two from t/2 to t, and O(1/t) of the
    other, which falls by two up to logarithms, by 3/2 at least. Of the relative error ρ of KL both
    take up less than 10: ``v`` is a quotient over t/2 with 3ρ/2 of rounding at the most, its
    extrapolation has three times that, and the constant is its square.
    """
    kl = np.array(curve.kl)
    t = len(kl) - 1

    def growth(end: int) -> float:
        """KL^{-1/2} grows by lim (t² KL)^{-1/2} a step."""
        half = end // 2
        return float(kl[end] ** -0.5 - kl[half] ** -0.5) / (end - half)

    def exponent(end: int) -> float:
        half = end // 2
        return float(np.log(kl[end] / kl[half])) / math.log(end / half)

    ends = (t // 4, t // 2, t)
    rounding = 10 * max(curve.error(end // part) for end in ends for part in (1, 2, 4))
    found = []
    for key, words, value, ratio in (
        ("constant", "limit of t² KL", growth, 2.0),
        ("exponent", "exponent of KL in t", exponent, 1.5),
    ):
        best = [2 * value(end) - value(end // 2) for end in ends]
        if key == "constant":
            best = [b**-2 for b in best]
        seen = settled(best, rounding * abs(best[-1]), ratio)
        found.append(Estimate(key, words, curve.mixture, seen))
    return found


def _crossover(curve: Curve) -> tuple[float, float, float]:
    """When log KL falls twice as fast as at the end; s times that, s from the end; and its error.

    Per step the slope changes by some s² there, and t by so much of its error, 2ρ for KL's ρ.
    """
    local = -np.diff(np.log(curve.kl))
    end = float(local[-1])
    after = len(local) - 1 - int(np.argmax(local[::-1] > 2 * end))  # the last that is steeper
    bend = float(local[after] - local[after + 1])
    t = after + 0.5 + float(local[after] - 2 * end) / bend  # a difference belongs to mid-step
    s = -math.expm1(-end / 2)
    rounding = 2 * curve.error(after + 1) / bend + 2 * t * curve.error(len(local)) / end
    return t, t * s, s * rounding


# --- prediction ---------------------------------------------------------------------------------

GOLDEN = (1 + math.sqrt(5)) / 2


def constant(mixture: Mixture) -> float:
    """``lim t² KL = 1/(16λ)``, exact in `proofs.rates.null_law` (math.md T2)."""
    law = null_law(mixture)
    if law is None:
        raise ValueError(f"no null block: {mixture}")
    return float(law.divergence_limit)


@dataclass(frozen=True)
class Prediction:
    """What each key of `Estimate` should be."""

    slope: Callable[[Mixture], float] = asymptotic
    constant: Callable[[Mixture], float] = constant
    exponent: float = -2.0
    crossover: float = math.log(GOLDEN)

    def of(self, number: Estimate) -> float:
        """The predicted value."""
        if number.key in ("slope", "constant"):
            predict = self.slope if number.key == "slope" else self.constant
            return predict(number.mixture)
        return self.exponent if number.key == "exponent" else self.crossover


def judge(form: Prediction, measured: Measured) -> Finding:
    """Every number within its error, which must be small enough to tell."""
    return decided(
        [
            n.value.case(
                f"{n.words} = {n.value}, {n.mixture}", form.of(n), TELLS[n.key] * abs(n.value.mean)
            )
            for n in measured.numbers
        ],
        Evidence.MEASURED,
    )


# --- for a reader -------------------------------------------------------------------------------


def table(measured: Measured) -> Table:
    """Every number beside its prediction."""
    form = Prediction()
    return Table(
        ("weights", "null frequencies", "quantity", "measured", "predicted"),
        tuple(
            (str(n.mixture.weights), ", ".join(map(str, _null(n.mixture))) or "none", n.words,
             str(n.value), decimal(form.of(n)))
            for n in measured.numbers
        ),
    )  # fmt: skip


def _null(mixture: Mixture) -> tuple[int, ...]:
    return tuple(null_frequencies(mixture.weights, mixture.action))


def figures(measured: Measured, provenance: Provenance) -> tuple[FigureData, ...]:
    """KL against the step, both logarithmic."""
    series: list[Series] = []
    named: set[str] = set()
    last = max(len(c.kl) for c in measured.curves) - 1
    nearest = measured.curves[-1]
    for curve in measured.curves:
        if curve.label == "nearly degenerate" and curve is not nearest:
            continue
        label = "" if curve.label in named else curve.label
        named.add(curve.label)
        end = len(curve.kl) - 1
        grid = sorted({round(t) for t in np.geomspace(1, end, 80)})
        kept = [t for t in grid if curve.kl[t] > 1e-12]
        series.append(Series.of(label, "line", kept, [curve.kl[t] for t in kept]))
        if _null(curve.mixture):
            law = constant(curve.mixture)
            late = [t for t in grid if t >= 10] + [last]
            series.append(Series.of("", "guide", late, [law / t**2 for t in late]))
    t, kl = measured.crossovers[-1]
    series.append(Series.of("crossover", "mark", (t,), (kl,)))
    return (
        FigureData.of(
            "weights",
            "KL along EM for regular, degenerate and nearly degenerate weights",
            f"k = 4, start on the regular simplex of norm 1. Regular: {REGULAR}; degenerate order: "
            f"{DEGENERATE}; nearly degenerate: {nearest.mixture.weights}. Dotted: the predicted "
            "power laws C/t². The cross marks where log KL falls twice as fast as in the end.",
            ("EM step t", "KL divergence (nats)"),
            series,
            provenance,
            log="xy",
        ),
    )


def remarks(measured: Measured) -> str:
    """Each number in words, and the crossovers in steps."""
    form = Prediction()
    lines = [
        f"Weights {n.mixture.weights}: {n.words} {n.value}, predicted {form.of(n):.6g}."
        for n in measured.numbers
    ]
    near_curves = [c for c in measured.curves if c.label == "nearly degenerate"]
    for curve, (t, _) in zip(near_curves, measured.crossovers, strict=True):
        s = -math.expm1(asymptotic(curve.mixture) / 2)
        lines.append(
            f"Weights {curve.mixture.weights}, s = {s:.3g}: a power law until about step {t:.0f} "
            f"= {t * s:.3f}/s, then exponential; {1 / s:.0f} steps for a "
            "factor e of θ."
        )
    return "\n".join(lines)


EXPERIMENT = Experiment(
    name="weights",
    title="Which weights make EM exponential, which give t^-2, and the crossover",
    statement=r"If $\hat\pi_m\ne0$ for all $m$, $\log\mathrm{KL}$ has the slope "
    r"$2\log(1-\sigma)$; otherwise $t^2\,\mathrm{KL}_t\to1/(16\lambda)$. With "
    r"$|\hat\pi_{k/2}|^2=s\to0$ the one law passes into the other at $t\sim\log\varphi/s$, "
    r"$\varphi=(1+\sqrt5)/2$.",
    source=f"math.md T1, T2, T4, T5; {SUMMARY}, Experiment 2",
    domain="k = 4, d = 3, simplex start of norm 1, population; regular, uniform, degenerate by "
    "order, nearly degenerate weights",
    stated=Form(
        "slope 2 log(1 − σ) for regular weights, t² KL → 1/(16λ) for degenerate ones, crossover "
        "at log φ / s",
        Prediction(),
    ),
    mutants=(
        Form("the weaker PL slope log(1 − σ)",
             Prediction(slope=lambda mixture: asymptotic(mixture) / 2)),
        Form("t² KL → (k − 1)/16 whatever the degenerate weights",
             Prediction(constant=lambda mixture: (mixture.k - 1) / 16)),
        Form("the null blocks of uniform weights do not slow each other: 1/16 for all",
             Prediction(constant=lambda mixture: 1 / 16)),
        Form("KL ~ 1/t, the order of |θ|²", Prediction(exponent=-1.0)),
        Form("crossover at 1/s", Prediction(crossover=1.0)),
        Form("crossover at log 2 / (2s), where ce = s",
             Prediction(crossover=math.log(2) / 2)),
    ),
    measure=measure,
    judge=judge,
    table=table,
    figures=figures,
    remarks=remarks,
    said="Compare convergence speed using valid weights (DFT ≠ 0) vs. uniform weights to confirm "
    "break condition regarding matrix A's invertibility",
)  # fmt: skip
