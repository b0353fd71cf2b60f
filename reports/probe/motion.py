"""Motion in the probe: KL along EM beside its predicted slope, and the amplitudes."""

from __future__ import annotations

import math
from functools import lru_cache

from overspec import __version__
from overspec.decimals import decimal, enclosed, estimated
from overspec.evidence import Evidence, Provenance, Quantity
from overspec.exact import sign
from overspec.figure import FigureData, Panel, Series
from overspec.mixture import Energies, Mixture
from overspec.reports.probe.choice import Choice
from overspec.reports.probe.parts import Fact, Part, charged_nulls, law_of, nulls_of, sigma_fact
from overspec.verify.em.population import (
    Pair,
    amplitude_path,
    trajectory,
)
from overspec.verify.em.simplices import keeps_simplices, simplex_run
from overspec.verify.engines.moments import MAX_K
from overspec.verify.engines.spectrum import amplitudes, dft_energies

RUN_DIGITS = 11  # fewer cost more: KL would be integrated along the ray (S7) for longer
RUN_DIGITS_WIDE = 8  # for k = 5 and 6, whose lattices have more dimensions
SHORTEST = 1e-13  # |θ| at which a run ends


def motion_part(choice: Choice) -> Part:
    """KL along EM from the start, beside the slope that theory predicts."""
    mixture, start, steps = choice.mixture, choice.start, choice.steps
    digits = RUN_DIGITS if mixture.k <= 4 else RUN_DIGITS_WIDE
    if choice.on_simplex and keeps_simplices(mixture):
        # cheaper than the lattice for few components too
        rows = simplex_run(mixture, start, steps, SHORTEST)
    elif mixture.k <= MAX_K:
        rows = trajectory(mixture, start, steps, digits, SHORTEST).steps
    else:
        return Part(
            (f"EM leaves the regular simplices at these weights, and beyond k = {MAX_K} no engine "
             "follows it: choose one-heavy or uniform weights, or a smaller k.",)
        )  # fmt: skip
    rows = tuple(row for row in rows if row.kl > row.kl_error)
    if len(rows) < 2:
        return Part(("The start is so near to 0 that there is nothing to follow.",))
    nulls = nulls_of(mixture)
    null = charged_nulls(choice, nulls) > 0
    first = 1 if null else 0  # a logarithmic axis of steps has no 0
    shown = [row for row in rows if row.t >= first]
    x, y = tuple(str(row.t) for row in shown), tuple(decimal(row.kl) for row in shown)
    series = [Series("KL along EM", "line", x, y)]
    last = rows[-1]
    doubt = last.kl_error / last.kl
    facts = []
    if null:
        law = law_of(choice, nulls)
        if law is not None:
            limit = float(law.divergence_limit)
            late = [row.t for row in shown if 3 * row.t >= last.t]
            law_of_t = [(t, limit / t**2) for t in late]
            series.append(Series.through("predicted: C/t²", "guide", law_of_t, Evidence.PROVED))
            facts.append(Fact("C, the limit of t² KL", enclosed(law.divergence_limit), "exact law"))
        value = last.t**2 * last.kl
        facts.append(Fact("t² KL at the end", _relative(value, doubt), "along this run"))
    else:
        sigma = _slowest(choice)
        rate = (1 - sigma) ** 2
        middle = rows[len(rows) // 2]
        guide = [(row.t, middle.kl * rate ** (row.t - middle.t)) for row in rows if rate > 0]
        guide = [(t, value) for t, value in guide if value > 0]
        series.append(Series.through("predicted slope", "guide", guide))
        measured = last.kl / rows[-2].kl
        facts.append(
            Fact(
                "KL per step, at the end",
                _relative(measured, 2 * doubt),
                "along this run",
            )
        )
        facts.append(
            Fact("KL per step, predicted", _relative(rate, 1e-14), "(1 − σ)² of its blocks")
        )
    figure = FigureData(
        "divergence",
        "KL along EM",
        f"KL(N(0, I) ‖ p_θ) along EM from |θ_0| = {decimal(rows[0].norm, 4)}. Dotted: "
        + ("the law of the null blocks." if null else "the predicted slope, through the middle."),
        "EM step t",
        "KL divergence (nats)",
        "log" if null else "linear",
        "log",
        False,
        (Panel("", tuple(series)),),
        Provenance(choice.command(), __version__),
    )
    words = f"After {last.t} steps |θ| = {last.norm:.3g} and KL = {last.kl:.3g}."
    return Part((words,), tuple(facts), figure, evidence=Evidence.MEASURED)


def _relative(value: float, doubt: float) -> Quantity:
    return estimated(value * (1 - doubt), value * (1 + doubt))


def _slowest(choice: Choice) -> float:
    """``min |π̂_m|²`` over the blocks that the start has energy in."""
    if choice.on_simplex or choice.mixture.k > MAX_K:
        return float(sigma_fact(choice.mixture, nulls_of(choice.mixture)).value.low)
    energies = dft_energies(choice.mixture.weights)
    return min(float(energies[m]) for m, e in enumerate(choice.start, start=1) if sign(e))


# --- the amplitudes -----------------------------------------------------------------------------

RAYS, PATH = 6, 7  # of the runs in the background


def phase_part(choice: Choice) -> Part:
    """EM on the two amplitudes for k = 4 and 5: runs from a quarter circle, and from the start."""
    mixture, k = choice.mixture, choice.mixture.k
    if k not in (4, 5):
        return Part(("The portrait needs two amplitudes: choose k = 4 or 5.",))
    start = amplitudes(choice.start)
    circle = max(2.0, math.hypot(*start))
    series = [
        Series.through("" if n else "EM from the circle", "path", points)
        for n, points in enumerate(_background(mixture, circle))
    ]
    own = amplitude_path(mixture, (start[0], start[1]), choice.steps)
    series.append(Series.through("EM from θ_0", "line", own))
    series.append(Series.through("θ_0", "points", own[:1]))
    ray = amplitudes(Energies.regular_simplex(k, 1))
    ends = [(0.0, 0.0), (circle * ray[0], circle * ray[1])]
    series.append(Series.through("regular simplices", "guide", ends))
    figure = FigureData.of(
        "phase",
        "Phase portrait of the amplitudes",
        "EM moves the amplitudes of θ and never their phases. Each dot is a step; the dotted line "
        f"holds the regular simplices. k = {k}.",
        ("amplitude a_1 (standard deviations)", "amplitude a_2"),
        series,
        Provenance(choice.command(), __version__),
        equal=True,
    )
    end = own[-1]
    words = (
        f"From θ_0 = ({start[0]:.4g}, {start[1]:.4g}), EM is at ({end[0]:.3g}, {end[1]:.3g}) after "
        f"{len(own) - 1} steps; a block shrinks by 1 − g_m and its phase never moves."
    )
    return Part((words,), (), figure, evidence=Evidence.MEASURED)


@lru_cache(maxsize=64)
def _background(mixture: Mixture, circle: float) -> tuple[list[Pair], ...]:
    """Runs from a quarter circle: kept while a start within it is dragged."""
    found = []
    for n in range(RAYS):
        turn = math.pi / 2 * n / (RAYS - 1)
        first = (circle * math.cos(turn) if n < RAYS - 1 else 0.0, circle * math.sin(turn))
        found.append(amplitude_path(mixture, first, PATH))
    return tuple(found)
