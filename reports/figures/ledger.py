"""The data behind the figures of a report: computed here, stored in the ledger, drawn elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from overspec import __version__
from overspec.decimals import decimal, enclosed
from overspec.evidence import Evidence, Provenance
from overspec.figure import FigureData as FigureData
from overspec.figure import Panel as Panel
from overspec.figure import Series as Series
from overspec.mixture import Energies, Mixture
from overspec.proofs.machinery.cyclotomic import null_frequencies
from overspec.proofs.rates.null_law import null_law
from overspec.proofs.rates.radius_bound import radius_lower_bound
from overspec.verify.claims.cases import WEIGHTS
from overspec.verify.em.population import trajectory
from overspec.verify.engines.spectrum import amplitudes, float_weights
from overspec.verify.radius.scaling import limit_radius
from overspec.verify.radius.search import gamma


def figure_data(
    quick: bool = False,
    command: str = "overspec verify --out DIR",
    on_progress: Callable[[str, int, int], None] = lambda name, done, total: None,
) -> tuple[FigureData, ...]:
    """All figures of the report; ``quick`` takes fewer and shorter curves."""
    provenance = Provenance(command + (" --quick" if quick else ""), __version__)
    makers = (radius_figure, spectrum_figure, divergence_figure, phase_figure)
    made = []
    for number, make in enumerate(makers):
        on_progress(f"figure {number + 1}", number, len(makers))
        made.append(make(quick, provenance))
    return tuple(made)


# --- γ against k --------------------------------------------------------------------------------

HEAVY, GAP = Fraction(9, 10), Fraction(9, 10)  # p and c: γ is finite at every k
COMPONENTS = (2, 3, 4, 5, 6, 8, 10, 20, 50, 10**2, 10**3, 10**4, 10**6, 10**8)


def radius_figure(quick: bool, provenance: Provenance) -> FigureData:
    """γ^g_c of one-heavy weights on the simplex orbit for each k, its limit, its lower bound."""
    found = []
    for k in (2, 3, 4) if quick else COMPONENTS:
        mixture = Mixture.simplex(k, f"one-heavy:{HEAVY}")
        bound = radius_lower_bound(mixture, kind="factor", gap=GAP)
        fall = gamma(mixture, "factor", GAP, "simplex", digits=5)
        found.append((k, (fall.lower + fall.upper) / 2, enclosed(bound).low))
    ks = tuple(str(k) for k, _, _ in found)
    limit = decimal(limit_radius(float(HEAVY), float(GAP), "factor"))
    series = (
        Series.of("γ, by search", "points", ks, [g for _, g, _ in found]),
        Series("limit k → ∞", "limit", (ks[0], ks[-1]), (limit, limit)),
        Series("lower bound", "bound", ks, tuple(b for *_, b in found), Evidence.PROVED),
    )
    return FigureData.of(
        "radius",
        "The radius of fast contraction against k",
        f"Weights one-heavy:{HEAVY}, regular simplex orbit: the largest r with g ≥ cσ for all "
        f"|θ| ≤ r, c = {GAP}. The points are estimates by search along the orbit; the limit is the "
        "first root of E s(log(p/(1−p)) + rG − r²/2)² = cp² with s the logistic function and G "
        "standard normal, found numerically; the lower bound is proved for all orbits.",
        ("number of components k", "radius |θ| (standard deviations)"),
        series,
        provenance,
        log="x",
    )


# --- the spectrum of A --------------------------------------------------------------------------

CIRCLE = 120  # points on the unit circle


def spectrum_figure(quick: bool, provenance: Provenance) -> FigureData:
    """The eigenvalues π̂_m of A on the simplex action, for regular and for degenerate weights."""
    panels = []
    ks = (3, 4) if quick else (3, 4, 5, 6)
    for k in ks:
        regular, degenerate = _two(k)
        angles = (2 * math.pi * n / CIRCLE for n in range(CIRCLE + 1))
        around = [(math.cos(a), math.sin(a)) for a in angles]
        circle = Series.through("", "guide", around, Evidence.PROVED)
        points = [
            _eigenvalues(k, weights, label, style)
            for weights, label, style in (
                (regular, "regular weights", "points"),
                (degenerate, "degenerate weights", "mark"),
            )
        ]
        panels.append(Panel(f"k = {k}", (circle, *points)))
    words = "; ".join(f"k = {k}: {', '.join(_two(k))}" for k in ks)
    return FigureData.of(
        "spectrum",
        "The spectrum of A on the unit disc",
        "The eigenvalues π̂_m, m = 1 … k−1, of A on the simplex action. EM is exponentially fast "
        f"exactly when none is 0. Weights, regular then degenerate: {words}.",
        ("real part", "imaginary part"),
        panels,
        provenance,
        equal=True,
    )


def _two(k: int) -> tuple[str, str]:
    """The first regular and the first degenerate weights of the table."""
    null = {w: bool(null_frequencies(Mixture.simplex(k, w).weights)) for w in WEIGHTS[k]}
    return next(w for w in null if not null[w]), next(w for w in null if null[w])


def _eigenvalues(k: int, weights: str, label: str, style: str) -> Series:
    mixture = Mixture.simplex(k, weights)
    null = set(null_frequencies(mixture.weights, mixture.action))
    transform = np.fft.fft(float_weights(mixture)).conj()
    values = [0.0 if min(m, k - m) in null else transform[m] for m in range(1, k)]
    values = [complex(value) for value in values]
    x = tuple(decimal(value.real) for value in values)
    return Series.of(label, style, x, [value.imag for value in values])


# --- KL along EM --------------------------------------------------------------------------------


def divergence_figure(quick: bool, provenance: Provenance) -> FigureData:
    """KL against the step, k = 4, from the regular simplex of norm 1; and the predicted laws."""
    steps = 60 if quick else 400
    times = sorted({round(10 ** (n / 12)) for n in range(60)})
    series: list[Series] = []
    for weights, label in (
        ("2/5,3/10,1/5,1/10", "regular: 0.4, 0.3, 0.2, 0.1"),
        ("2/5,3/10,1/10,1/5", "degenerate: 0.4, 0.3, 0.1, 0.2"),
        ("uniform", "uniform"),
    ):
        mixture = Mixture.simplex(4, weights)
        run = trajectory(mixture, Energies.regular_simplex(4, 1), steps, digits=12)
        shown = [row for row in run.steps if row.t in times and row.kl > 0]
        series.append(Series.of(label, "line", [row.t for row in shown], [row.kl for row in shown]))
        null = null_law(mixture)
        if null is not None:
            law = float(null.divergence_limit)
            late = [t for t in times if 10 <= t <= steps]
            series.append(Series.of("", "guide", late, [law / t**2 for t in late], Evidence.PROVED))
    return FigureData.of(
        "divergence",
        "KL along EM",
        "k = 4, start on the regular simplex of norm 1. The same four weights in another order "
        "make the difference between an exponential and a power law. Dotted: the predicted law "
        "KL = C/t² of the null blocks.",
        ("EM step t", "KL divergence (nats)"),
        series,
        provenance,
        log="xy",
    )


# --- the amplitudes -----------------------------------------------------------------------------

STARTS = 7  # directions in the quarter plane
#: Weights whose two blocks shrink at different speeds.
UNEQUAL = {4: "2/5,3/10,1/5,1/10", 5: "2/5,3/10,1/10,1/10,1/10"}


def phase_figure(quick: bool, provenance: Provenance) -> FigureData:
    """EM on the two amplitudes (a_1, a_2) for k = 4 and 5, from the quarter circle of radius 2."""
    panels = []
    ks = (4,) if quick else (4, 5)
    for k in ks:
        mixture = Mixture.simplex(k, UNEQUAL[k])
        series = []
        for n in range(STARTS):
            share = Fraction(n, STARTS - 1)
            start = Energies(k, ((4 * (1 - share), 1), (4 * share, 1)))
            run = trajectory(mixture, start, 25, digits=6, tolerance=0.02)
            points = [(row.amplitudes[0], row.amplitudes[1]) for row in run.steps]
            series.append(Series.through("" if n else "EM steps", "path", points))
        a, b = amplitudes(Energies.regular_simplex(k, 2))
        ray = [(0, 0), (a, b)]
        series.append(Series.through("regular simplex", "guide", ray, Evidence.PROVED))
        panels.append(Panel(f"k = {k}", tuple(series)))
    return FigureData.of(
        "phase",
        "Phase portrait of the amplitudes",
        "EM acts on the amplitudes of θ alone. Each dot is a step, from |θ| = 2; the dotted line "
        "holds the regular simplices, which these weights do not keep: "
        f"{'; '.join(f'{UNEQUAL[k]} for k = {k}' for k in ks)}.",
        ("amplitude a_1 (standard deviations)", "amplitude a_2"),
        panels,
        provenance,
        equal=True,
    )
