"""Experiment ``samples``: how far the limit of sample EM is from the truth, by n and weights."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from overspec.decimals import decimal
from overspec.evidence import Evidence, Provenance
from overspec.figure import FigureData, Panel, Series
from overspec.mixture import Mixture
from overspec.verify.claims.claim import Finding, Form
from overspec.verify.engines.spectrum import sigma
from overspec.verify.experiments.data.sample_bound import QUANTILE, STEPS, Coverage, certified_rate
from overspec.verify.experiments.data.sample_limits import (
    BALANCED,
    FULL,
    QUICK,
    Measured,
    Row,
    measured,
)
from overspec.verify.experiments.experiment import Experiment, Progress, Settings, Table
from overspec.verify.experiments.interval import (
    CONFIDENCE,
    SURE,
    Case,
    Interval,
    decided,
    exponent,
)
from overspec.verify.experiments.tied import inverse_energy

Array = NDArray[np.float64]

LARGE = 10_000  # asymptotic laws are tested from here on
ENOUGH = 20  # samples for a test of a whole distribution


def measure(settings: Settings, progress: Progress) -> Measured:
    """At one of two sizes."""
    return measured(QUICK if settings.quick else FULL, settings.seed, progress)


# --- prediction ---------------------------------------------------------------------------------


def bound(t: Array, start: float, rho: float, epsilon: float) -> Array:
    """``ρ^t|θ_0| + ε/(1−ρ)``."""
    limit: Array = rho**t * start + epsilon / (1 - rho)
    return limit


@dataclass(frozen=True)
class Prediction:
    """Laws of the limit θ̂ of sample EM (math.md section 8).

    Attributes:
        square: lim n E|θ̂|² for regular weights.
        freedom: 2n KL(θ̂) is chi-squared with so many degrees of freedom, by k.
        power: of n in E|θ̂|² for regular weights, and ``balanced_power`` for balanced ones.
        balanced: lim √(n/2) E θ̂² for balanced k = 2: E max(Z, 0).
        bound: of |θ_t| by (t, |θ_0|, ρ, ε).
    """

    square: Callable[[Mixture], float] = inverse_energy
    freedom: Callable[[int], int] = lambda k: k - 1
    power: float = -1.0
    balanced_power: float = -0.5
    balanced: float = 1 / math.sqrt(2 * math.pi)
    bound: Callable[[Array, float, float, float], Array] = bound


def judge(form: Prediction, measured: Measured) -> Finding:
    """Means and exponents within their intervals, the law of KL by Kolmogorov–Smirnov, and the
    coverage's interval (Clopper–Pearson) above the quantile, or undecided where it contains it."""
    cases = []
    for row in measured.rows:
        where = f"n = {row.n}, {row.mixture}"
        if row.n < LARGE:
            continue
        if row.balanced:
            seen = scaled_balanced(row)
            cases.append(seen.case(f"√(n/2) E θ̂² = {seen}, {where}", form.balanced))
            continue
        square, kl, freedom = scaled_square(row), scaled_kl(row), form.freedom(row.mixture.k)
        cases.append(square.case(f"n E|θ̂|² = {square}, {where}", form.square(row.mixture)))
        cases.append(kl.case(f"2n E KL = {kl}, {where}", freedom))
        if len(row.divergences) >= ENOUGH:
            values = 2 * row.n * np.array(row.divergences)
            p = float(stats.kstest(values, stats.chi2(freedom).cdf).pvalue)
            passed = True if p > 1 - CONFIDENCE else False if p < 1 - SURE else None
            words = f"2n KL is χ²_{freedom}: p = {p:.3g}, {where}"
            cases.append(Case(words, p - (1 - CONFIDENCE), passed))
    for mixture, slope in exponents(measured).items():
        predicted = form.balanced_power if mixture == BALANCED else form.power
        cases.append(slope.case(f"E|θ̂|² ~ n^{slope}, {mixture}", predicted))
    low, high, share = covered(form.bound, measured.bound)
    said = f"bound kept by {share:.1%} of {len(measured.bound.norms)} samples"
    cases.append(Case.within(f"{said}, {measured.bound.mixture}", low, high, QUANTILE))
    return decided(cases, Evidence.SAMPLED)


def _relative(row: Row) -> float:
    """The order of the next term of the asymptotic laws, relative to the first."""
    if row.balanced:
        return 2 / math.sqrt(row.n)
    return inverse_energy(row.mixture) / (row.n * float(sigma(row.mixture)))


def scaled_square(row: Row) -> Interval:
    """n E|θ̂|²."""
    values = row.n * np.array(row.squares)
    return Interval.of(values.tolist(), float(values.mean()) * _relative(row))


def scaled_kl(row: Row) -> Interval:
    """2n E KL(θ̂)."""
    values = 2 * row.n * np.array(row.divergences)
    return Interval.of(values.tolist(), float(values.mean()) * _relative(row))


def scaled_balanced(row: Row) -> Interval:
    """√(n/2) E θ̂²."""
    values = math.sqrt(row.n / 2) * np.array(row.squares)
    return Interval.of(values.tolist(), float(values.mean()) * _relative(row))


def exponents(measured: Measured) -> dict[Mixture, Interval]:
    """The power of n in E|θ̂|², from n = 1000 on, over as many samples as the largest n has."""
    found = {}
    for mixture in dict.fromkeys(row.mixture for row in measured.rows):
        rows = [r for r in measured.rows if r.mixture == mixture and r.n >= LARGE // 10]
        rows = [r for r in rows if len(r.squares) >= ENOUGH]
        count = min(len(r.squares) for r in rows)
        table = np.array([r.squares[:count] for r in rows]).T
        found[mixture] = exponent([r.n for r in rows], table)
    return found


def covered(
    rule: Callable[[Array, float, float, float], Array], runs: Coverage
) -> tuple[float, float, float]:
    """The interval of the share of runs that obey at every step, and the share."""
    norms = np.array(runs.norms)
    limit = rule(np.arange(STEPS + 1.0), float(norms[0, 0]), certified_rate(), runs.epsilon)
    kept, count = int((norms <= limit + 1e-12).all(axis=1).sum()), len(norms)
    interval = stats.binomtest(kept, count).proportion_ci(CONFIDENCE, method="exact")
    return float(interval.low), float(interval.high), kept / count


# --- for a reader -------------------------------------------------------------------------------


def table(measured: Measured) -> Table:
    """Scaled means beside their limits."""
    rows = []
    for row in measured.rows:
        form, k = Prediction(), row.mixture.k
        if row.balanced:
            seen, kl, limit, freedom = scaled_balanced(row), "", decimal(form.balanced), ""
            words = "√(n/2) E θ̂²"
        else:
            seen, kl = scaled_square(row), str(scaled_kl(row))
            limit, freedom, words = decimal(form.square(row.mixture)), str(k - 1), "n E|θ̂|²"
        rows.append((str(k), str(row.mixture.weights), str(row.n), str(len(row.squares)), words,
                     str(seen), limit, kl, freedom))  # fmt: skip
    return Table(
        ("k", "weights", "n", "samples", "quantity", "measured", "limit", "2n E KL", "k − 1"),
        tuple(rows),
    )


def figures(measured: Measured, provenance: Provenance) -> tuple[FigureData, ...]:
    """Errors against n; and runs under the bound."""
    squares: list[Series] = []
    divergences: list[Series] = []
    for mixture in dict.fromkeys(row.mixture for row in measured.rows):
        rows = [row for row in measured.rows if row.mixture == mixture]
        x = tuple(str(row.n) for row in rows)
        label = f"k = {mixture.k}: " + ", ".join(f"{float(w):g}" for w in mixture.weights)
        for series, values in (
            (squares, [float(np.mean(row.squares)) for row in rows]),
            (divergences, [float(np.mean(row.divergences)) for row in rows]),
        ):
            y = tuple(map(decimal, values))
            series.append(Series(label, "points", x, y, Evidence.SAMPLED))
        if mixture == BALANCED:
            limits = [Prediction().balanced * math.sqrt(2 / row.n) for row in rows]
        else:
            limits = [inverse_energy(mixture) / row.n for row in rows]
            half = [mixture.d / (2 * row.n) for row in rows]
            divergences.append(Series.of("", "guide", x, half, Evidence.PROVED))
        squares.append(Series.of("", "guide", x, limits, Evidence.PROVED))
    errors = FigureData.of(
        "samples",
        "The error of the limit of sample EM against the sample size",
        "Means over independent samples of N(0, I); KL in nats. Dotted: "
        "Σ|π̂_m|^{-2}/n, for balanced weights the slower n^{-1/2} of math.md section 8; "
        "on the right (k − 1)/(2n), which does not depend on regular weights.",
        ("sample size n", "mean over samples"),
        (Panel("squared error |θ̂|²", tuple(squares)), Panel("KL of the limit", tuple(divergences))),
        provenance,
        log="xy",
    )
    return errors, _bound_figure(measured.bound, provenance)


def _bound_figure(runs: Coverage, provenance: Provenance) -> FigureData:
    t = np.arange(STEPS + 1.0)
    norms, x = np.array(runs.norms), tuple(str(i) for i in range(STEPS + 1))
    limit = bound(t, float(norms[0, 0]), certified_rate(), runs.epsilon)
    series = [
        Series.of("bound ρ^t|θ_0| + ε/(1−ρ)", "limit", x, limit.tolist()),
        *(
            Series.of(f"|θ_t|, {words} of the samples", "line", x, found, Evidence.SAMPLED)
            for words, found in (
                ("median", np.median(norms, axis=0)),
                ("largest", norms.max(axis=0)),
            )
        ),
        Series.of("ε", "guide", (x[0], x[-1]), (runs.epsilon,) * 2, Evidence.SAMPLED),
    ]
    return FigureData.of(
        "samples-bound",
        "Sample EM under its bound",
        f"{runs.mixture}; {len(runs.norms)} samples of n = {runs.n}. ρ = {certified_rate():.4f} "
        f"is certified for all θ; ε = {runs.epsilon:.4f} (dotted) is the {QUANTILE:.0%} quantile "
        f"of sup |M_n − M| over {runs.calibrated} other samples.",
        ("EM step t", "|θ_t| (standard deviations)"),
        series,
        provenance,
        log="y",
    )


def remarks(measured: Measured) -> str:
    """The laws in words."""
    lines = []
    for row in measured.rows:
        if row.n < LARGE:
            continue
        where = f"k = {row.mixture.k}, weights {row.mixture.weights}, n = {row.n}"
        if row.balanced:
            at_zero = sum(s == 0 for s in row.squares) / len(row.squares)
            lines.append(
                f"{where}: √(n/2) E θ̂² = {scaled_balanced(row)}, limit "
                f"{Prediction().balanced:.4f}; θ̂ = 0 in {at_zero:.0%} of the samples."
            )
        else:
            lines.append(
                f"{where}: n E|θ̂|² = {scaled_square(row)}, limit "
                f"{inverse_energy(row.mixture):.4f}; 2n E KL = {scaled_kl(row)}, limit "
                f"{row.mixture.d}."
            )
    for mixture, slope in exponents(measured).items():
        lines.append(f"k = {mixture.k}, weights {mixture.weights}: E|θ̂|² ~ n^p, p = {slope}.")
    runs = measured.bound
    low, high, share = covered(bound, runs)
    plain = covered(lambda t, start, rho, epsilon: rho**t * start + epsilon, runs)[2]
    lines.append(
        f"|θ_t| ≤ ρ^t|θ_0| + ε/(1−ρ) with the certified ρ = {certified_rate():.6f} and the "
        f"{QUANTILE:.0%} quantile ε = {runs.epsilon:.4f} at n = {runs.n}: kept at all steps by "
        f"{share:.1%} of {len(runs.norms)} samples ({CONFIDENCE:.2%} interval "
        f"{low:.3f} to {high:.3f}); without the factor 1/(1−ρ) by {plain:.1%}."
    )
    return "\n".join(lines)


GOOD = Prediction()
EXPERIMENT = Experiment(
    name="samples",
    title="The error of sample EM against n, its law, and the bound on its path",
    statement=r"$n\,E|\hat\theta|^2\to\sum_m|\hat\pi_m|^{-2}$ and $2n\,\mathrm{KL}(\hat\theta)\to"
    r"\chi^2_{k-1}$ for regular weights; $\hat\theta^2\sqrt{n/2}\to\max(Z,0)$ for balanced ones, "
    r"$k=2$; and $|\theta_t|\le\rho^t|\theta_0|+\varepsilon/(1-\rho)$.",
    source="math.md section 8",
    domain="data N(0, I); k = 2, 4 regular, k = 2 balanced; the bound for k = 3, one-heavy:7/10",
    stated=Form("n E|θ̂|² → Σ|π̂_m|^{-2}, 2n KL → χ²_{k−1}, n^{-1/4} for balanced weights, and the "
                "bound with ε/(1−ρ)", GOOD),
    mutants=(
        Form("n E|θ̂|² → k − 1, whatever the weights",
             replace(GOOD, square=lambda mixture: mixture.d)),
        Form("2n KL → χ²_k", replace(GOOD, freedom=lambda k: k)),
        Form("the error of regular weights falls like n^{-1/4} too", replace(GOOD, power=-0.5)),
        Form("the error of balanced weights falls like n^{-1/2} too",
             replace(GOOD, balanced_power=-1.0)),
        Form("√(n/2) E θ̂² → E|Z|", replace(GOOD, balanced=math.sqrt(2 / math.pi))),
        Form("|θ_t| ≤ ρ^t|θ_0| + ε, without 1/(1−ρ)",
             replace(GOOD, bound=lambda t, start, rho, epsilon: rho**t * start + epsilon)),
        Form("|θ_t| ≤ ρ^t|θ_0|, as for the population",
             replace(GOOD, bound=lambda t, start, rho, epsilon: rho**t * start)),
    ),
    measure=measure,
    judge=judge,
    table=table,
    figures=figures,
    remarks=remarks,
)  # fmt: skip
