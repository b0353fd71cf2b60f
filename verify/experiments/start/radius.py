"""Experiment ``radius``: the factor per step against |θ_0|, from 0.01 to 100: no threshold.

The mixtures keep a regular simplex, so that all factors g_m are equal and one number says all.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from overspec.decimals import decimal
from overspec.evidence import Evidence, Provenance
from overspec.figure import FigureData, Panel, Series
from overspec.mixture import Mixture
from overspec.proofs.rates.radius_bound import radius_lower_bound
from overspec.verify.claims.claim import SUMMARY, Finding, Form
from overspec.verify.enclosures.ball import Inconclusive
from overspec.verify.engines.spectrum import sigma
from overspec.verify.experiments.experiment import Experiment, Progress, Settings, Table
from overspec.verify.experiments.interval import Case, Interval, decided, plus_minus
from overspec.verify.experiments.start.radius_runs import (
    FAR,
    FULL,
    GAP,
    LATTICE,
    NEAR,
    QUICK,
    SAMPLE_STEPS,
    STILL,
    Measured,
    Run,
    measured,
)
from overspec.verify.lloyd.radius import r0
from overspec.verify.radius.rate import certified_global_rate
from overspec.verify.radius.search import gamma

LAST = 1e-9  # of the last factor: it is 1 − σ up to O(|θ|²) = 1e-12/(1 − σ)², and rounding


def measure(settings: Settings, progress: Progress) -> Measured:
    """At one of two sizes."""
    return measured(QUICK if settings.quick else FULL, settings.seed, progress)


# --- prediction ---------------------------------------------------------------------------------


def local(mixture: Mixture) -> float:
    """1 − σ."""
    return 1 - float(sigma(mixture))


@cache
def from_anywhere(mixture: Mixture) -> float:
    """An upper bound of ρ* = 1 − inf g on regular simplices, certified (`radius.rate`)."""
    found = certified_global_rate(mixture, "simplex")
    if isinstance(found, Inconclusive):
        raise ArithmeticError(found.reason)
    return float(found.rate.upper)


@cache
def radius_of(mixture: Mixture, kind: str = "factor") -> float:
    """γ_c by search over the smallest eigenvalue (`radius.search`)."""
    found = gamma(mixture, kind, GAP, "simplex")
    return (found.lower + found.upper) / 2


def lloyd_radius(k: int) -> float:
    """R₀(k): from infinity EM is a step of Lloyd's algorithm."""
    found = r0(k, 12)
    if isinstance(found, Inconclusive):
        raise ArithmeticError(found.reason)
    return float(found.value)


@dataclass(frozen=True)
class Prediction:
    """What a run does, by its start.

    Attributes:
        arrives: whether EM comes to the optimum, given |θ_0| and γ.
        last: the factor at the end.
        largest: no factor is above this.
        crossing: |θ_0| at which the first factor is 1 − cσ.
        landing: |θ_1| from far away.
    """

    arrives: Callable[[float, float], bool] = lambda start, reach: True
    last: Callable[[Mixture], float] = local
    largest: Callable[[Mixture], float] = from_anywhere
    crossing: Callable[[Mixture], float] = radius_of
    landing: Callable[[int], float] = lloyd_radius


def judge(form: Prediction, measured: Measured) -> Finding:
    """Each run arrives or not as predicted, and every number is within its error.

    That a run has not arrived decides only where ``ρ*^t|θ_0|`` says that it must have.
    """
    cases = []
    for sweep in measured.sweeps:
        mixture = sweep.mixture
        reach, bound, last = radius_of(mixture), form.largest(mixture), form.last(mixture)
        for run in sweep.population:
            where = f"from |θ_0| = {run.radius:.3g}, {mixture}"
            above = run.largest - bound - run.error
            cases += [
                Case(f"largest factor {run.largest:.6f} {where}", -above / (1 - bound), above < 0),
                Interval(run.last, LAST, 1).case(f"last factor {run.last:.6f} {where}", last),
            ]
        late = from_anywhere(mixture)
        for run in sweep.population:
            due = run.radius * late**run.steps <= STILL
            cases.append(_arrives(form, run, reach, due, mixture))
        for run in sweep.sample:
            cases.append(_arrives(form, run, reach, run.steps < SAMPLE_STEPS, mixture))
        cases.append(crosses(sweep.crossing, form.crossing(mixture), f"1 − cσ, {mixture}"))
        landing = f"|θ_1| = {sweep.landing} from |θ_0| = {FAR:g}, {mixture}"
        cases.append(sweep.landing.case(landing, form.landing(mixture.k)))
    return decided(cases, Evidence.SAMPLED)


def _arrives(form: Prediction, run: Run, reach: float, due: bool, mixture: Mixture) -> Case:
    said = "arrives" if run.arrived else "does not arrive"
    agrees = run.arrived == form.arrives(run.radius, reach)
    words = f"{said} from |θ_0| = {run.radius:.3g}, {mixture}"
    return Case.of(words, agrees, decides=run.arrived or due)


def crosses(seen: Interval | None, predicted: float, where: str) -> Case:
    """A crossing at the predicted radius, or none where none is predicted.

    It was looked for up to `LATTICE`: none there says nothing of one predicted beyond.
    """
    words = f"crossing at {seen} of {where}"
    if seen is not None and math.isfinite(predicted):
        return seen.case(words, predicted)
    beyond = seen is None and LATTICE < predicted < math.inf
    return Case.of(words, seen is None and predicted == math.inf, decides=not beyond)


# --- for a reader -------------------------------------------------------------------------------


def table(measured: Measured) -> Table:
    """Every run."""
    rows = []
    for sweep in measured.sweeps:
        for source, runs in (("population", sweep.population), (f"n = {sweep.n}", sweep.sample)):
            for run in runs:
                factors = (plus_minus(f, 1e-6) for f in (run.first, run.largest, run.last))
                rows.append((str(sweep.mixture.k), str(sweep.mixture.weights), source,
                             decimal(run.radius), *factors, str(run.steps),
                             "yes" if run.arrived else "no"))  # fmt: skip
    return Table(
        ("k", "weights", "data", "|θ_0|", "first factor", "largest factor", "last factor", "steps",
         "arrived"),
        tuple(rows),
    )  # fmt: skip


def figures(measured: Measured, provenance: Provenance) -> tuple[FigureData, ...]:
    """The first factor against |θ_0|, with the local factor, ρ* and both γ."""
    panels = []
    for sweep in measured.sweeps:
        mixture = sweep.mixture
        x = tuple(decimal(run.radius) for run in sweep.population)
        ends = (x[0], x[-1])
        level = decimal(1 - float(GAP) * float(sigma(mixture)))
        rate, sample = from_anywhere(mixture), [(run.radius, run.first) for run in sweep.sample]
        series = [
            Series.of("first factor |θ_1|/|θ_0|", "line", x, [r.first for r in sweep.population]),
            Series.through("on a sample, to its limit", "points", sample, Evidence.SAMPLED),
            Series.of("ρ*: no factor is larger", "limit", ends, (rate, rate), Evidence.CERTIFIED),
            Series.of("1 − σ", "guide", ends, (local(mixture),) * 2, Evidence.PROVED),
        ]
        if sweep.crossing is not None:
            series.append(Series.of("γ for c = 9/10", "mark", (sweep.crossing.mean,), (level,)))
        panels.append(Panel(f"k = {mixture.k}, {_short(mixture)}", tuple(series)))
    return (
        FigureData.of(
            "radius",
            "The factor of an EM step against the distance of the start",
            "From a regular simplex of radius |θ_0|. The factor is below 1 at any distance and "
            "EM arrives from everywhere; beyond γ (the cross) only the promise 1 − cσ is lost. "
            "From far away one step leads to R₀, Lloyd's radius, so that the factor falls like "
            "R₀/|θ_0|. On the right the optimum's own factor is the largest.",
            ("|θ_0| (standard deviations)", "|θ_1|/|θ_0|"),
            panels,
            provenance,
            log="x",
        ),
    )


def _short(mixture: Mixture) -> str:
    return ", ".join(f"{float(w):.3g}" for w in mixture.weights)


def remarks(measured: Measured) -> str:
    """Steps from near and far, and the radii."""
    lines = []
    for sweep in measured.sweeps:
        mixture, runs = sweep.mixture, sweep.population
        arrived = sum(run.arrived for run in (*runs, *sweep.sample))
        slow = max(runs, key=lambda run: run.largest)
        both = [radius_of(mixture, kind) for kind in ("factor", "jacobian")]
        bounds = [
            radius_lower_bound(mixture, kind=kind, gap=GAP) for kind in ("factor", "jacobian")
        ]
        lines.append(
            f"k = {mixture.k}, weights {mixture.weights}: {arrived} of "
            f"{len(runs) + len(sweep.sample)} runs arrive, in {runs[0].steps} steps from "
            f"{NEAR:g} and {runs[-1].steps} from {FAR:g}; the largest factor is "
            f"{slow.largest:.6f} (proved: at most {from_anywhere(mixture):.6f}; 1 − σ = "
            f"{local(mixture):.6f}). γ for c = {GAP}: factor {_radius(both[0])}, Jacobian "
            f"{_radius(both[1])}; proved lower bounds: {_radius(float(bounds[0]))} and "
            f"{_radius(float(bounds[1]))}. From {FAR:g} the first step leads to |θ_1| = "
            f"{sweep.landing}; R₀ = {lloyd_radius(mixture.k):.6f}."
        )
    return "\n".join(lines)


def _radius(value: float) -> str:
    return f"{value:.6f}" if math.isfinite(value) else "infinite"


EXPERIMENT = Experiment(
    name="radius",
    title="The factor per step from starts of any size: there is no threshold",
    statement=r"On regular simplices EM arrives from every $|\theta_0|$, with factors "
    r"$\le\rho^*<1$ on the way and $1-\sigma$ at the end; the first factor crosses $1-c\sigma$ at "
    r"$\gamma_c$, where there is one, and $|\theta_1|\to R_0(k)$ as $|\theta_0|\to\infty$.",
    source=f"math.md T1, K1, section 4; {SUMMARY}, Experiment 3",
    domain="weights one-heavy:9/10 for k = 4, and 1/2,3/10,1/5; |θ_0| from 0.01 to 100; "
    "population, and one sample each",
    stated=Form("EM arrives from everywhere, no factor exceeds ρ*, the last is 1 − σ; the first is "
                "1 − cσ at γ_c; from far away a step leads to R₀", Prediction()),
    mutants=(
        Form("a threshold: EM arrives from |θ_0| ≤ γ only",
             Prediction(arrives=lambda start, reach: start <= reach)),
        Form("1 − σ bounds every factor", Prediction(largest=local)),
        Form("the last factor is (1 − σ)²", Prediction(last=lambda mixture: local(mixture) ** 2)),
        Form("the Jacobian's γ is where the factor is lost",
             Prediction(crossing=lambda mixture: radius_of(mixture, "jacobian"))),
        Form("the explicit lower bound is γ itself",
             Prediction(crossing=lambda mixture: float(
                 radius_lower_bound(mixture, kind="factor", gap=GAP)))),
        Form("from far away EM lands at E max of k normals, without √(k/(k−1))",
             Prediction(landing=lambda k: lloyd_radius(k) * math.sqrt((k - 1) / k))),
    ),
    measure=measure,
    judge=judge,
    table=table,
    figures=figures,
    remarks=remarks,
    said="Vary initial radius ||θ_0|| to empirically find threshold γ where convergence switches "
    "from exponential to unstable/slow",
)  # fmt: skip
