"""Figures of the gallery: what a paper states, beside what is true, against one parameter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial

from flint import arb

from overspec import __version__
from overspec.errors import InputError
from overspec.evidence import Evidence, Provenance
from overspec.figure import FigureData, Series
from overspec.reports.content.gallery import HEADINGS, Entries, ordered
from overspec.verify.enclosures.ball import Ball
from overspec.verify.gallery.entry import Entry
from overspec.verify.gallery.line import STANDARD, ball, precision, tanh_moment
from overspec.verify.gallery.papers.daskalakis_2017 import Steps, from_infinity
from overspec.verify.gallery.papers.dwivedi_2020 import phi_one, upper_bound
from overspec.verify.gallery.verdict import Kind

POINTS = 28
BITS = 120  # errors of 10^-11 are differences


def curve(
    label: str, style: str, f: Callable[[Ball], Ball], low: Fraction, high: Fraction
) -> Series:
    """A function at points of an interval: midpoints of balls far narrower than a line."""
    xs = [low + (high - low) * Fraction(i, POINTS) for i in range(POINTS + 1)]
    return Series.of(
        label, style, map(float, xs), [float(f(ball(x)).mid()) for x in xs], Evidence.CERTIFIED
    )


def ten_steps(made: Provenance) -> FigureData:
    """1609.00368: the relative error after 1, 3 and 10 steps from infinity, against μ."""
    low, high = Fraction(1, 10), Fraction(3, 2)
    claim = Steps()

    def error(steps: int, mu: Ball) -> Ball:
        return from_infinity(mu, steps) / mu - 1

    def bound(mu: Ball) -> Ball:
        return error(1, mu) * (-9 * mu * mu / 2).exp()

    with precision(BITS):
        lines = [
            curve(f"{n} step{'s' * (n > 1)}", "line", partial(error, n), low, high)
            for n in (1, 3, claim.steps)
        ]
        lines.append(curve("10 steps, by the published factor", "bound", bound, low, high))
        lines.append(curve("1%", "limit", lambda mu: ball(claim.error), low, high))
    return FigureData.of(
        "gallery-1609-00368",
        "Ten steps of EM from infinity",
        "Relative error of population EM on the balanced pair of means ±μ with unit variance.",
        ("μ (standard deviations)", "relative error"),
        lines,
        made,
        log="y",
    )


def balanced(made: Provenance) -> FigureData:
    """1810.00828: the factor of the balanced pair between its published and its sharper bounds."""
    low, high = Fraction(1, 20), Fraction(4)
    with precision(BITS):
        p = phi_one()
        lines = [
            curve("true", "line", lambda t: tanh_moment(t, arb(0), STANDARD, sech=2), low, high),
            curve("published, from below", "bound", lambda t: 1 / (1 + 2 * t * t), low, high),
            curve("published, from above", "bound", lambda t: upper_bound(p, t), low, high),
            curve("sharper, from below", "guide", lambda t: 1 / (1 + 2 * t * t).sqrt(), low, high),
        ]
    return FigureData.of(
        "gallery-1810-00828",
        "The factor of the balanced pair",
        "What one step of population EM leaves of θ, fitted to N(0, 1).",
        ("θ (standard deviations)", "M(θ)/θ"),
        lines,
        made,
    )


def overview(entries: Entries) -> FigureData:
    """Statements with two numbers above 0, published and true: the quotient, as in the tables."""
    rows = ordered(entries)
    points: dict[Kind, list[tuple[int, float]]] = {}
    for place, (_, statement) in enumerate(rows, start=1):
        finding = statement["finding"]
        if finding["published"] is None or finding["true"] is None:
            continue
        published, true = (_middle(finding[name]) for name in ("published", "true"))
        if published > 0 and true > 0:
            points.setdefault(Kind(finding["kind"]), []).append((place, published / true))
    dots = [
        Series.through(HEADINGS[kind], "points", found, Evidence.CERTIFIED)
        for kind, found in points.items()
    ]
    one = Series.of("", "limit", (1, len(rows)), (1, 1), Evidence.CERTIFIED)
    return FigureData.of(
        "gallery",
        "The gallery at a glance",
        "The published number over the true one, for each statement that has both above 0, in the "
        "order of the tables: at 1 a statement is sharp. A bound from below is loose where it is "
        "below 1.",
        ("row of the tables", "published/true"),
        [*dots, one],
        Provenance("overspec gallery --all --plot FILE", __version__),
        log="y",
    )


def _middle(ends: Sequence[str]) -> float:
    low, high = map(Fraction, ends)
    return float((low + high) / 2)


#: The figures that there are, by identifier.
FIGURES: dict[str, Callable[[Provenance], FigureData]] = {
    "1609.00368": ten_steps,
    "1810.00828": balanced,
}


def gallery_figure(entry: Entry) -> FigureData:
    """The figure of a paper.

    Raises:
        InputError: it has none.
    """
    if entry.arxiv not in FIGURES:
        raise InputError(f"{entry.arxiv} has no figure; there are figures of {', '.join(FIGURES)}")
    made = Provenance(f"overspec gallery {entry.arxiv} --plot FILE", __version__)
    return FIGURES[entry.arxiv](made)
