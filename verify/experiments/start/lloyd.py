"""Experiment ``lloyd``: random starts, stability, turning, and the weights that are left."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from overspec.decimals import decimal
from overspec.evidence import Evidence, Provenance
from overspec.figure import FigureData, Panel, Series
from overspec.mixture import Mixture
from overspec.verify.claims.claim import SUMMARY, Finding, Form
from overspec.verify.engines.spectrum import sigma
from overspec.verify.experiments.experiment import Experiment, Progress, Settings, Table
from overspec.verify.experiments.interval import decided
from overspec.verify.experiments.start import lloyd_runs
from overspec.verify.experiments.start.lloyd_runs import Estimate, Measured, centre, radius
from overspec.verify.lloyd.stability import eigenvalues


@cache
def stability(k: int, mode: str = "vertex+") -> float:
    """An eigenvalue of Lloyd's map at the simplex (math.md K2)."""
    return next(centre(m.value) for m in eigenvalues(k, 10) if m.name == mode)


@dataclass(frozen=True)
class Prediction:
    """Numbers by k and d (math.md K1–K4)."""

    radius: Callable[[int], float] = radius
    explained: Callable[[int, int], float] = lambda k, d: (
        radius(k) ** 2 if d >= k - 1 else 4 / math.pi
    )
    edges: Callable[[int, int], float] = lambda k, d: 1.0 if d >= k - 1 else math.sqrt(2)
    vertex: Callable[[int], float] = stability
    turning: float = -1.0  # the pull of a sample on a turned simplex is of order n^{-1/2}
    proportions: float = -1.0  # the proportions are 1/k + O(n^{-1/2})

    def of(self, number: Estimate) -> float:
        """The predicted value."""
        by_size = {"explained": self.explained, "edges": self.edges}
        by_k = {"radius": self.radius, "vertex": self.vertex}
        if number.key in by_size:
            return by_size[number.key](number.k, number.d)
        if number.key in by_k:
            return by_k[number.key](number.k)
        return {"turning": self.turning, "proportions": self.proportions}[number.key]


def judge(form: Prediction, measured: Measured) -> Finding:
    """Every number within its interval."""
    return decided(
        [
            n.value.case(
                f"{n.words} = {n.value.mean:.4g} ± {n.value.half:.2g}, k = {n.k}, d = {n.d}",
                form.of(n),
            )
            for n in measured.numbers
        ],
        Evidence.SAMPLED,
    )


# --- for a reader -------------------------------------------------------------------------------


def table(measured: Measured) -> Table:
    """Every number with its interval and, where there is one, its prediction."""
    form = Prediction()
    return Table(
        ("quantity", "k", "d", "measured", "predicted"),
        (
            *(
                (n.words, str(n.k), str(n.d), str(n.value), decimal(form.of(n), 8))
                for n in measured.numbers
            ),
            *((words, str(k), str(d), str(value), "") for words, k, d, value in measured.facts),
        ),
    )


def figures(measured: Measured, provenance: Provenance) -> tuple[FigureData, ...]:
    """How a sample turns the simplex, and how little its cell proportions differ from 1/k."""
    panels = []
    for k, sizes, turns, energies in measured.curves:
        x = tuple(map(str, sizes))
        series = [
            Series.of("turn per Lloyd step, rms radians", "points", x, turns, Evidence.SAMPLED),
            Series.of("energy of the cell proportions", "mark", x, energies, Evidence.SAMPLED),
        ]  # fmt: skip
        for values, power in ((turns, -0.5), (energies, -1.0)):
            guide = [values[0] * (n / sizes[0]) ** power for n in sizes]
            series.append(Series.of("", "guide", x, guide, Evidence.SAMPLED))
        panels.append(Panel(f"k = {k}, d = {k - 1}", tuple(series)))
    return (
        FigureData.of(
            "lloyd",
            "What a sample does to Lloyd's simplex",
            "Means over independent samples of N(0, I). A simplex of radius R₀ turns by an angle "
            "of order n^{-1/2} a step (dotted), since only the sample prefers a direction; the "
            "cell proportions of a run from a random start differ from 1/k by as little.",
            ("sample size n", "angle; energy (no unit)"),
            panels,
            provenance,
            log="xy",
        ),
    )


def remarks(measured: Measured) -> str:
    """What became of the shape, and of the weights."""
    bent = max(n.value.mean for n in measured.numbers if n.key == "edges" and n.d >= n.k - 1)
    said = [
        f"Every random start of the population's map came to a regular simplex where it fits "
        f"(largest mean edge ratio {bent:.4f}); for k = 4, d = 2 to a square."
    ]
    for words, k, _, value in measured.facts:
        if words.startswith("n Σ"):
            n = measured.curves[0][1][-1]
            at_most = value.mean / n / (k - 1)
            heavy = float(sigma(Mixture.simplex(k, "one-heavy:7/10")))
            said.append(
                f"k = {k}, n = {n}: with the cell proportions as weights σ is {at_most:.1e} at "
                f"most (the mean of |π̂_m|²), so EM needs {1 / at_most:.0f} steps or more to "
                f"shrink θ by e; with one weight of 7/10 it needs {1 / heavy:.1f}. As n grows "
                "the proportions tend to the degenerate uniform weights (T4)."
            )
        elif words.startswith("Lloyd steps"):
            said.append(f"{words}, k = {k}: {value}.")
    return "\n".join(said)


def measure(settings: Settings, on_progress: Progress) -> Measured:
    """At one of two sizes."""
    setting = lloyd_runs.QUICK if settings.quick else lloyd_runs.FULL
    return lloyd_runs.measure(setting, settings.seed, on_progress)


EXPERIMENT = Experiment(
    name="lloyd",
    title="Lloyd from random starts: simplex, stability, turning, cell proportions",
    statement=r"From random starts Lloyd's map on $N(0,I_d)$, $d\ge k-1$, comes to a regular "
    r"simplex of radius $R_0(k)$, stable but for rotations with the eigenvalue of mode vertex+; a "
    r"sample turns it by $O(n^{-1/2})$ a step and leaves proportions with "
    r"$\sum|\hat\pi_m|^2=O(1/n)$.",
    source=f"math.md K1–K4; {SUMMARY}, Mechanism 3",
    domain="population Lloyd for (k, d) = (3, 2), (4, 3), (5, 4), (3, 3), (4, 2); data N(0, I), "
    "k = 3, 4, d = k − 1; scikit-learn's KMeans with k-means++ on the same",
    stated=Form("radius R₀(k), E|x|² explained R₀², edge ratio 1 (a square for k = 4, d = 2), "
                "eigenvalue of vertex+, squared turn per step ~ 1/n, energy of the proportions "
                "~ 1/n", Prediction()),
    mutants=(
        Form("radius E max of k normals, without √(k/(k−1))",
             Prediction(radius=lambda k: radius(k) * math.sqrt((k - 1) / k))),
        Form("three planar sectors beat the simplex at k = 4 (that is the propeller problem)",
             Prediction(explained=lambda k, d: radius(3) ** 2 if k == 4 else radius(k) ** 2)),
        Form("a regular simplex also where it does not fit",
             Prediction(edges=lambda k, d: 1.0)),
        Form("the largest eigenvalue but rotations is that of vertex-",
             Prediction(vertex=lambda k: stability(k, "vertex-"))),
        Form("the turn per step does not depend on n", Prediction(turning=0.0)),
        Form("cell proportions are weights that stay away from uniform as n grows",
             Prediction(proportions=0.0)),
    ),
    measure=measure,
    judge=judge,
    table=table,
    figures=figures,
    remarks=remarks,
    peer=True,
)  # fmt: skip
