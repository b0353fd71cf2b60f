"""Experiment ``map``: weights × radius → the factor of an EM step, as a picture, with γ_c contours.

One-heavy weights on regular simplices: there all g_m are equal, and one factor says all.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise

import numpy as np

from overspec.decimals import decimal
from overspec.evidence import Evidence, Provenance
from overspec.figure import FigureData, Series
from overspec.mixture import Energies, Mixture
from overspec.proofs.rates.radius_bound import radius_lower_bound
from overspec.verify.claims.claim import SUMMARY, Finding, Form
from overspec.verify.em.sample import sample_em
from overspec.verify.engines.laplace import doubles as laplace
from overspec.verify.engines.spectrum import sigma
from overspec.verify.experiments.experiment import Experiment, Progress, Settings, Table
from overspec.verify.experiments.interval import Case, Interval, decided
from overspec.verify.experiments.start.radius import crosses
from overspec.verify.experiments.start.radius_runs import crossing
from overspec.verify.experiments.tied import simplex_start
from overspec.verify.radius.search import gamma

K = 4
REACH = 4.0  # the picture's largest radius
GAPS = (Fraction(19, 20), Fraction(9, 10), Fraction(4, 5))  # c, from the inner contour outward
LEVELS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
DIGITS = 9
ERROR = 10.0**-DIGITS  # of a factor


@dataclass(frozen=True)
class Setting:
    """Columns and rows of the picture; samples and their rows at each checked place."""

    columns: int
    rows: int
    repetitions: int
    n: int


QUICK = Setting(18, 20, 12, 4000)
FULL = Setting(36, 40, 40, 20_000)
CHECKED = ("2/5", "3/5", "4/5", "19/20")  # heavy weights p of the samples and contours
RADII = ("1/2", "1", "2", "4")


@dataclass(frozen=True)
class Cell:
    """``|θ_1|/|θ_0|`` at one p and |θ_0|, in the population."""

    p: Fraction
    radius: float
    factor: float


@dataclass(frozen=True)
class Place:
    """``⟨θ_1, θ_0⟩/|θ_0|²`` of one EM step on samples."""

    mixture: Mixture
    radius: Fraction
    factor: Interval


@dataclass(frozen=True)
class Contour:
    """Where the first factor is 1 − cσ, by EM steps; None where it is nowhere."""

    mixture: Mixture
    gap: Fraction
    radius: Interval | None


@dataclass(frozen=True)
class Measured:
    """The picture, and the places and contours that are tested."""

    cells: tuple[Cell, ...]
    places: tuple[Place, ...]
    contours: tuple[Contour, ...]


def heavy(p: Fraction) -> Mixture:
    """The mixture of one column."""
    return Mixture.simplex(K, f"one-heavy:{p}")


def measure(settings: Settings, progress: Progress) -> Measured:
    """At one of two sizes."""
    return measured(QUICK if settings.quick else FULL, settings.seed, progress)


def measured(setting: Setting, seed: int, progress: Progress) -> Measured:
    """The picture from the Laplace engine, places from samples, contours from lattice steps."""
    total = setting.columns + 2 * len(CHECKED)
    cells = []
    width = Fraction(7, 10 * setting.columns)
    for column in range(setting.columns):
        progress("picture", column, total)
        p = Fraction(28, 100) + width * (column + Fraction(1, 2))
        for row in range(setting.rows):
            radius = REACH * (row + 0.5) / setting.rows
            cells.append(Cell(p, radius, factor(heavy(p), Fraction(radius))))
    places, contours = [], []
    streams = np.random.SeedSequence(seed).spawn(len(CHECKED))
    for number, (text, stream) in enumerate(zip(CHECKED, streams, strict=True)):
        progress("samples", setting.columns + number, total)
        mixture = heavy(Fraction(text))
        for start, child in zip(RADII, stream.spawn(len(RADII)), strict=True):
            found = [_step(mixture, start, setting.n, s) for s in child.spawn(setting.repetitions)]
            places.append(Place(mixture, Fraction(start), Interval.of(found)))
    for number, text in enumerate(CHECKED):
        progress("contours", setting.columns + len(CHECKED) + number, total)
        mixture = heavy(Fraction(text))
        contours += [Contour(mixture, gap, crossing(mixture, gap, 24)) for gap in GAPS]
    return Measured(tuple(cells), tuple(places), tuple(contours))


def _step(mixture: Mixture, radius: str, n: int, stream: np.random.SeedSequence) -> float:
    start = simplex_start(mixture, radius)
    rows = np.random.default_rng(stream).standard_normal((n, mixture.d))
    after = np.array(sample_em(rows, mixture, start, 1).steps[-1].theta)
    return float(after @ start / (start @ start))


# --- prediction ---------------------------------------------------------------------------------


def factor(mixture: Mixture, radius: Fraction) -> float:
    """``1 − g`` on the regular simplex (math.md S6), by the Laplace engine."""
    start = Energies.regular_simplex(K, radius)
    return 1 - float(laplace.moments(mixture, start, DIGITS, modes=1, hessian=False).g[1])


@cache
def contour(mixture: Mixture, gap: Fraction) -> float:
    """γ^g_c on regular simplices, by search over the least eigenvalue (`radius.search`)."""
    found = gamma(mixture, "factor", gap, "simplex")
    return (found.lower + found.upper) / 2


@dataclass(frozen=True)
class Prediction:
    """The factor at a place, and γ_c."""

    factor: Callable[[Mixture, Fraction], float] = factor
    contour: Callable[[Mixture, Fraction], float] = contour


def judge(form: Prediction, measured: Measured) -> Finding:
    """Factors on samples within their intervals, contours within their error, and none of 1."""
    cases = [
        Case.within(
            f"factor {cell.factor:.6f} at p = {float(cell.p):.3f}, |θ_0| = {cell.radius:.3g}",
            1 - cell.factor - ERROR, 1 - cell.factor + ERROR, 0.0,
        )
        for cell in measured.cells
    ]  # fmt: skip
    for place in measured.places:
        said = f"factor {place.factor} on samples at |θ_0| = {place.radius}, {place.mixture}"
        cases.append(place.factor.case(said, form.factor(place.mixture, place.radius)))
    for line in measured.contours:
        said = f"1 − cσ, c = {line.gap}, {line.mixture}"
        cases.append(crosses(line.radius, form.contour(line.mixture, line.gap), said))
    return decided(cases, Evidence.SAMPLED)


# --- for a reader -------------------------------------------------------------------------------


def table(measured: Measured) -> Table:
    """What is tested, then the picture."""
    rows = [
        ("samples", str(p.mixture.weights[0]), str(p.radius), "", str(p.factor),
         decimal(factor(p.mixture, p.radius)))
        for p in measured.places
    ]  # fmt: skip
    for line in measured.contours:
        predicted = contour(line.mixture, line.gap)
        rows.append(("contour", str(line.mixture.weights[0]),
                     "none" if line.radius is None else str(line.radius), str(line.gap),
                     decimal(1 - float(line.gap) * float(sigma(line.mixture))),
                     decimal(predicted) if math.isfinite(predicted) else "none"))  # fmt: skip
    rows += [
        ("picture", str(cell.p), decimal(cell.radius), "", f"{cell.factor:.6f} ± 0.000001", "")
        for cell in measured.cells
    ]
    return Table(("row", "heavy weight p", "|θ_0|", "c", "factor", "predicted"), tuple(rows))


def figures(measured: Measured, provenance: Provenance) -> tuple[FigureData, ...]:
    """The picture in shades of grey, with the contours over it."""
    series = []
    for low, high in pairwise(LEVELS):
        inside = [(float(c.p), c.radius) for c in measured.cells if low <= c.factor < high]
        if inside:
            series.append(Series.through(f"factor {low:.1f} – {high:.1f}", "cells", inside))
    columns = sorted({cell.p for cell in measured.cells})
    for gap in GAPS:
        found = [(float(p), contour(heavy(p), gap)) for p in columns]
        drawn = [(p, r) for p, r in found if r < REACH]
        if len(drawn) > 1:
            series.append(Series.through(f"γ, c = {gap}", "line", drawn))
    bounds = [
        (float(p), float(radius_lower_bound(heavy(p), kind="factor", gap=GAPS[0]))) for p in columns
    ]
    bounds = [(p, r) for p, r in bounds if r < REACH]  # it may be infinite
    if len(bounds) > 1:
        words = f"proved lower bound, c = {GAPS[0]}"
        series.append(Series.through(words, "bound", bounds, Evidence.PROVED))
    return (
        FigureData.of(
            "map",
            "The factor of an EM step over weights and distance",
            "k = 4, weights (p, (1−p)/3, …), regular simplex of radius |θ_0|: |θ_1|/|θ_0| in "
            "shades, darker is slower. Along a line the factor has risen to 1 − cσ: below it the "
            "promise for that c holds. Where no line is drawn the promise holds at any distance. "
            "Nowhere is the factor 1.",
            ("heavy weight p", "|θ_0| (standard deviations)"),
            series,
            provenance,
        ),
    )


def remarks(measured: Measured) -> str:
    """The range of the factor, and the contours."""
    slow = max(measured.cells, key=lambda c: c.factor)
    lines = [
        f"{len(measured.cells)} places: the factor is at most {slow.factor:.6f}, at p = "
        f"{float(slow.p):.3f}, |θ_0| = {slow.radius:.3g}."
    ]
    for line in measured.contours:
        predicted = contour(line.mixture, line.gap)
        said = "nowhere" if line.radius is None else f"at {line.radius}"
        lines.append(
            f"p = {line.mixture.weights[0]}, c = {line.gap}: factor 1 − cσ {said}; γ = "
            f"{f'{predicted:.6f}' if math.isfinite(predicted) else 'infinite'}."
        )
    return "\n".join(lines)


EXPERIMENT = Experiment(
    name="map",
    title="The factor of an EM step over weights × radius, with γ_c contours",
    statement=r"On regular simplices $|\theta_1|/|\theta_0|=1-g(|\theta_0|)<1$ for all one-heavy "
    r"weights, and it first rises to $1-c\sigma$ at $\gamma_c$.",
    source=f"math.md S6, T1, section 4; {SUMMARY}, Next check 1",
    domain="k = 4, d = 3, one-heavy weights, p from 0.28 to 0.98, |θ_0| up to 4; population, and "
    "samples at 16 places",
    stated=Form("the factor is 1 − g and below 1 everywhere; it rises to 1 − cσ at γ_c",
                Prediction()),
    mutants=(
        Form("the factor 1 − σ at every distance",
             Prediction(factor=lambda mixture, radius: 1 - float(sigma(mixture)))),
        Form("the factor does not depend on the weights",
             Prediction(factor=lambda mixture, radius: factor(heavy(Fraction(4, 5)), radius))),
        Form("the explicit lower bound is γ",
             Prediction(contour=lambda mixture, gap: float(
                 radius_lower_bound(mixture, kind="factor", gap=gap)))),
        Form("γ is infinite for all weights", Prediction(contour=lambda mixture, gap: math.inf)),
    ),
    measure=measure,
    judge=judge,
    table=table,
    figures=figures,
    remarks=remarks,
    said="Systematically vary initialization radius and weight distributions to map boundary "
    "between exponential and sublinear convergence rates",
)  # fmt: skip
