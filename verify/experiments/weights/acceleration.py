"""Experiment ``acceleration``: what looking ahead saves of the sublinear time of null weights.

On a null block EM's residual has a root of order 3 at the optimum (math.md T2), and what looks
ahead along the one direction that is left is a method for multiple roots: see `em.ahead`.
EM needs ``t = √(C/ε)`` evaluations for KL = ε, ``C = lim t² KL``; SQUAREM divides |θ| by 3/2 in
three, Anderson's method with one residual multiplies it by the root of ρ³ + ρ² = 1 in each, so that
both need a number in proportion to log(1/ε). Beside a block that is not null the direction is not
one: there what is saved is counted, not predicted, and the safeguard is needed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from overspec.decimals import decimal
from overspec.evidence import Evidence, Provenance
from overspec.figure import FigureData, Series
from overspec.mixture import Energies, Mixture
from overspec.verify.claims.claim import Finding, Form
from overspec.verify.claims.laws.ahead import LATE, ROUNDING
from overspec.verify.em.ahead.methods import METHODS, Accelerated, accelerated
from overspec.verify.em.ahead.on_population import population_map
from overspec.verify.engines.spectrum import amplitudes
from overspec.verify.experiments.experiment import Experiment, Progress, Settings, Table
from overspec.verify.experiments.interval import Case, Interval, decided
from overspec.verify.experiments.limits import settled
from overspec.verify.experiments.weights.weights import BOTH, DEGENERATE, REGULAR, constant

TELLS = {"em": 0.02, "squarem": 0.02, "anderson": 0.02}
GOAL = 1e-8  # of KL, to which evaluations are counted
MUCH = 10.0  # what is saved at least, where a block is null
FAR = 1e-20  # of KL, to which the quick methods go


@dataclass(frozen=True)
class Setting:
    """The weights, by (k, weights), and the KLs at which EM's own time is read."""

    pure: tuple[tuple[int, str], ...]
    mixed: tuple[tuple[int, str], ...]
    goals: tuple[float, ...]


QUICK = Setting(((2, "uniform"), (3, "uniform")), ((4, DEGENERATE),), (1e-4, 1e-6, 1e-8))
FULL = Setting(
    ((2, "uniform"), (3, "uniform"), (4, "uniform")),
    ((4, DEGENERATE), (4, BOTH)),
    (1e-5, 1e-7, 1e-9),
)


@dataclass(frozen=True)
class Estimate:
    """One number; ``key`` names its prediction: a method."""

    key: str
    words: str
    mixture: Mixture
    value: Interval


@dataclass(frozen=True)
class Count:
    """Evaluations to KL ≤ `GOAL` from a simplex of norm 1, by method, and points refused."""

    mixture: Mixture
    null: bool
    evaluations: tuple[int, ...]
    refused: tuple[int, ...]

    @property
    def saved(self) -> float:
        """EM's evaluations over those of the slower of the other methods."""
        return self.evaluations[0] / max(self.evaluations[1:])


@dataclass(frozen=True)
class Measured:
    """The numbers, the counts, and the runs of the first weights for the figure."""

    numbers: tuple[Estimate, ...]
    counts: tuple[Count, ...]
    runs: tuple[Accelerated, ...]


def measure(settings: Settings, progress: Progress) -> Measured:
    """At one of two sizes; nothing is random."""
    return measured(QUICK if settings.quick else FULL, progress)


def measured(setting: Setting, progress: Progress) -> Measured:
    """Null blocks alone, null blocks beside others, and none."""
    named = [(True, at) for at in setting.pure] + [(False, at) for at in setting.mixed]
    numbers: list[Estimate] = []
    counts: list[Count] = []
    shown: tuple[Accelerated, ...] = ()
    for done, (pure, (k, weights)) in enumerate(named):
        progress(weights, done, len(named) + 1)
        mixture = Mixture.simplex(k, weights)
        runs = {method: _run(mixture, method, setting.goals[-1]) for method in METHODS}
        counts.append(_count(mixture, runs, null=True))
        shown = shown or tuple(runs.values())
        if pure:
            numbers += _factors(mixture, runs["em"], setting.goals)
    progress("regular weights", len(named), len(named) + 1)
    regular = Mixture.simplex(4, REGULAR)
    runs = {method: _run(regular, method, GOAL) for method in METHODS}
    counts.append(_count(regular, runs, null=False))
    return Measured(tuple(numbers), tuple(counts), shown)


def _run(mixture: Mixture, method: str, target: float) -> Accelerated:
    start = np.array(amplitudes(Energies.regular_simplex(mixture.k, 1)))
    most = math.ceil(2 * mixture.k / math.sqrt(target)) if method == "em" else 2000
    return accelerated(population_map(mixture), start, method, most, target)


def _count(mixture: Mixture, runs: dict[str, Accelerated], null: bool) -> Count:
    made = tuple(run.first(GOAL) or run.kept[-1].evaluations for run in runs.values())
    return Count(mixture, null, made, tuple(run.refused for run in runs.values()))


def _factors(mixture: Mixture, run: Accelerated, goals: tuple[float, ...]) -> list[Estimate]:
    """EM's time over √(C/ε); SQUAREM's factor a cycle; Anderson's an evaluation where one counts.

    EM's time is off by O(log t) steps: its quotient by O(log t / t), which falls by more than two
    between goals a hundredfold apart. The factors are off by O(|θ|²), which falls by 9/4 a cycle of
    SQUAREM and by (1/ρ²)² = 3.1 in two evaluations of Anderson's method.
    """
    law = constant(mixture)
    times = [(run.first(goal) or 0) * math.sqrt(goal / law) for goal in goals]
    step = math.sqrt(goals[-1] / law)  # times are whole numbers
    found = [Estimate("em", "EM's evaluations over √(C/ε)", mixture, settled(times, step))]
    for method, words, stride in (
        ("squarem", "SQUAREM's factor of |θ| in three evaluations", 1),
        ("anderson", "Anderson's factor of |θ| in one evaluation", 2),
    ):
        if method == "anderson" and mixture.k > 3:
            continue  # more than one amplitude: rounding leaves the ray, which is not stable
        norms = [at.norm for at in _run(mixture, method, FAR).kept]
        ratios = [b / a for a, b in pairwise(norms) if b > LATE]
        value = settled([ratios[-1 - 2 * stride], ratios[-1 - stride], ratios[-1]], ROUNDING)
        found.append(Estimate(method, words, mixture, value))
    return found


# --- prediction ---------------------------------------------------------------------------------


def secant(order: int) -> float:
    """The factor of the secant method at a root of this order: ``ρ^p + ρ^{p−1} = 1``.

    >>> round(secant(3), 10), round(secant(2), 10)  # 1/the plastic number, 1/the golden ratio
    (0.7548776662, 0.6180339887)
    """
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if middle**order + middle ** (order - 1) < 1 else (low, middle)
    return high


@dataclass(frozen=True)
class Prediction:
    """What each key should be, and how much is saved at least where a block is null."""

    em: float = 1.0
    squarem: float = 2 / 3
    anderson: float = secant(3)
    saved: float = MUCH

    def of(self, key: str) -> float:
        """The predicted value."""
        return float(getattr(self, key))


def judge(form: Prediction, measured: Measured) -> Finding:
    """Every factor within its error, and every count as few as said."""
    cases = [
        n.value.case(
            f"{n.words} = {n.value}, {n.mixture}", form.of(n.key), TELLS[n.key] * n.value.mean
        )
        for n in measured.numbers
    ]
    for count in measured.counts:
        if count.null:
            words = f"EM's evaluations over the others' = {count.saved:.3g}, {count.mixture}"
            cases.append(Case.of(words, count.saved >= form.saved))
    return decided(cases, Evidence.MEASURED)


# --- for a reader -------------------------------------------------------------------------------


def table(measured: Measured) -> Table:
    """Every number beside its prediction, then the counts."""
    form = Prediction()
    rows = [
        (str(n.mixture.weights), n.words, str(n.value), decimal(form.of(n.key)))
        for n in measured.numbers
    ]
    for count in measured.counts:
        for method, made, refused in zip(METHODS, count.evaluations, count.refused, strict=True):
            told = f"{made}" + (f" ({refused} refused)" if refused else "")
            rows.append((str(count.mixture.weights), f"{method}: to KL {GOAL:g}", told, ""))
    return Table(("weights", "quantity", "measured", "predicted"), tuple(rows))


def figures(measured: Measured, provenance: Provenance) -> tuple[FigureData, ...]:
    """KL against evaluations of the EM map, both logarithmic."""
    series = []
    for run in measured.runs:
        last = run.kept[-1].evaluations
        grid = {round(t) for t in np.geomspace(1, last, 60)}
        kept = [at for at in run.kept if run.method != "em" or at.evaluations in grid]
        series.append(
            Series.of(run.method, "line", [at.evaluations for at in kept],
                      [at.objective for at in kept])
        )  # fmt: skip
    return (
        FigureData.of(
            "acceleration",
            "KL against evaluations of the EM map, balanced weights",
            "Two components of equal weight, from |θ| = 1: EM alone falls like 1/t², what looks "
            "ahead falls exponentially. Each counts every evaluation of the map.",
            ("evaluations of the EM map", "KL divergence (nats)"),
            series,
            provenance,
            log="xy",
        ),
    )


def remarks(measured: Measured) -> str:
    """The counts, in words."""
    lines = []
    for count in measured.counts:
        em, *others = count.evaluations
        told = ", ".join(f"{name} {made}" for name, made in zip(METHODS[1:], others, strict=True))
        refused = sum(count.refused)
        kind = "a null block" if count.null else "no null block"
        lines.append(
            f"Weights {count.mixture.weights}, {kind}: to KL {GOAL:g} EM takes {em} evaluations, "
            f"{told}" + (f"; {refused} points refused." if refused else ".")
        )
    return "\n".join(lines)


EXPERIMENT = Experiment(
    name="acceleration",
    title="What SQUAREM and Anderson's method save of the sublinear time",
    statement=r"Where all blocks are null, EM takes $t\sim\sqrt{C/\varepsilon}$ evaluations to "
    r"$\mathrm{KL}=\varepsilon$, $C=\lim t^2\,\mathrm{KL}_t$. SQUAREM multiplies $|\theta|$ by "
    r"$2/3$ in three evaluations, Anderson's method with one residual by $\rho$ in one, "
    r"$\rho^3+\rho^2=1$. With any null block these and DAAREM save a factor of ten at "
    r"$\varepsilon=10^{-8}$.",
    source="math.md T2; verify/em/ahead/methods.py",
    domain="k = 2, 3, 4, simplex start of norm 1, population; uniform, degenerate and regular "
    f"weights; factors at |θ| = {LATE:g}",
    stated=Form("√(C/ε) for EM, 2/3 a cycle for SQUAREM, ρ an evaluation for Anderson, saving 10",
                Prediction()),
    mutants=(
        Form("roots of order two: 1/2 for SQUAREM", Prediction(squarem=1 / 2)),
        Form("roots of order four: 3/4 for SQUAREM", Prediction(squarem=3 / 4)),
        Form("2/3 an evaluation", Prediction(squarem=(2 / 3) ** 3)),
        Form("roots of order two: 1/the golden ratio for Anderson", Prediction(anderson=secant(2))),
        Form("Anderson as SQUAREM", Prediction(anderson=2 / 3)),
        Form("half of EM's time", Prediction(em=1 / 2)),
        Form("EM's time with C for KL as for |θ|²", Prediction(em=math.sqrt(2))),
        Form("saving a thousand", Prediction(saved=1000.0)),
    ),
    measure=measure,
    judge=judge,
    table=table,
    figures=figures,
    remarks=remarks,
)  # fmt: skip
