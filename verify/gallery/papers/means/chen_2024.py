"""2009.13040: what local minima look like, two free means fitted to (−s, 0, s), equal weights.

Two estimates can combine in the two ways that the paper names as (−s/2, s) and its mirror image:
one estimate fits two components, one fits one. A minimum is taken for such a combination where it
is nearer to it than half the way, s/6, to (−2s/3, 2s/3), which has half of the middle component in
each estimate. That one is a minimum, too, until s is large: with midpoint m and t = E x tanh(tx)

    ∂²L/∂m² = 1 − t² E sech²(tx)   at (−t, t), where the mixed derivative vanishes by symmetry.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from flint import arb

from overspec.decimals import Number, rounded_down
from overspec.models.truth import Truth
from overspec.verify.enclosures.ball import Ball, Inconclusive
from overspec.verify.gallery.entry import At, Entry, Mutant, Parameter, Statement, plain
from overspec.verify.gallery.line import ball, em, em_slope, hull, precision, tanh_moment
from overspec.verify.gallery.papers.means.segol_2021 import derivative, law_of, truth_of
from overspec.verify.gallery.search import crossing
from overspec.verify.gallery.softmax import Means
from overspec.verify.gallery.two_means import Point, stationary
from overspec.verify.gallery.verdict import Finding, Kind, Known, Verdict, shown

STRUCTURE, SINGLE, CONVERSE = "combinations", "one component each", "and every combination"
APART = Fraction(1, 2)  # half the distance of the two estimates that share a component
NEAR = Fraction(1, 8)  # in every mean: from there EM is proved to contract
MOST_STEPS = 200
OF = "largest distance of a local minimum from the nearest combination"


def halved(s: Fraction) -> Ball:
    """t > 0 of the stationary point (−t, t): the zero of E x tanh(tx) − t, concave in t."""
    law = law_of(truth_of(s))

    def drift(t: Fraction) -> Ball:
        return em(ball(t), arb(0), law) - ball(t)

    found = crossing(drift, s / 3, s + 1, Fraction(1, 10**9))
    assert isinstance(found, Number), "E x² > 1, and E|x| ≤ s + 1"
    return hull(found.lower, found.upper)


def splits(s: Fraction) -> Ball:
    """∂²L/∂m² at (−t, t): while it is positive, the split of the middle component is a minimum."""
    t = halved(s)
    return 1 - t * t * tanh_moment(t, arb(0), law_of(truth_of(s)), sech=2)


def least_separation() -> Fraction | None:
    """An s at which (−t, t) is a minimum, next to where it ends to be one; None if not proved."""
    with precision(53):
        edge = crossing(splits, Fraction(5), Fraction(6), Fraction(1, 10**4))
        if not isinstance(edge, Number):
            return None
        law = law_of(truth_of(edge.lower))
        proved = splits(edge.lower) > 0 and em_slope(halved(edge.lower), arb(0), law) < 1
    return edge.lower if proved else None


def away(point: Point, ideal: tuple[Fraction, Fraction]) -> Number:
    """The distance from a configuration, the larger of both means."""
    ends = [(abs(mean.value - to), mean.error) for mean, to in zip(point.means, ideal, strict=True)]
    return Number.between(max(d - e for d, e in ends), max(d + e for d, e in ends))


def nearest(point: Point, wanted: str, s: Fraction) -> Number:
    """The distance from the nearest configuration of the kind that is claimed."""
    ideals = [(-s / 2, s), (-s, s / 2)]
    if wanted == SINGLE:
        ideals = [(-s, Fraction(0)), (-s, s), (Fraction(0), s)]
    return min((away(point, ideal) for ideal in ideals), key=lambda n: n.upper)


@lru_cache(maxsize=4)
def reaches(s: Fraction) -> int | None:
    """Steps of EM with three estimates from (−s − ½, −s + ½, s/2) to within ⅛ of the truth.

    None where that, or that EM contracts from there to the truth, is not proved.
    """
    with precision():
        truth = truth_of(s)
        model = Means(truth.weights, (ball(-s - APART), ball(-s + APART), ball(s / 2)))
        for step in range(1, MOST_STEPS):
            model = Means(truth.weights, model.em(law_of(truth)))
            gaps = [abs(m - t) for m, t in zip(model.means, truth.means, strict=True)]
            if all(gap < ball(NEAR) for gap in gaps):
                return step if derivative(s, NEAR / s) < 1 else None
        return None


def check_structure(at: At, wanted: str) -> Finding:
    """Every minimum against the combinations; with `CONVERSE`, one combination against EM."""
    s = at["radius"]
    points = stationary(Truth([-s, 0, s], "uniform"), s)
    if isinstance(points, Inconclusive):
        return Finding(Verdict(Kind.INCONCLUSIVE), None, None, OF, (points.reason,))
    minima = [point for point in points if point.kind == "minimum"]
    far = max((nearest(point, wanted, s) for point in minima), key=lambda n: n.lower)
    steps = reaches(s)
    shape = "; ".join(f"({shown(p.means[0])}, {shown(p.means[1])})" for p in minima)
    notes = [
        f"{len(points)} stationary points with mu_1 <= mu_2 in the whole plane, {len(minima)} of "
        f"them minima: {shape}",
    ]
    if steps is not None:
        notes.append(
            "not every combination is near a minimum: with three estimates, two at -s -+ 1/2 and "
            f"one at s/2, EM is within 1/8 of the truth after {steps} steps and tends to it"
        )
    verdict = _verdict(s, wanted, far, steps, shape)
    return Finding(verdict, None, far, OF, tuple(notes))


def _verdict(s: Fraction, wanted: str, far: Number, steps: int | None, shape: str) -> Verdict:
    if wanted == CONVERSE and steps is not None:
        where = f"s = {plain(s)}: EM leaves (-s - 1/2, -s + 1/2, s/2) for the truth"
        return Verdict(Kind.REFUTED, counterexample=where)
    if far.upper < s / 6:
        return Verdict(Kind.HOLDS)
    if far.lower <= s / 6:
        return Verdict(Kind.INCONCLUSIVE)
    where = f"s = {plain(s)}: the minima are {shape}"
    if wanted == SINGLE:
        return Verdict(Kind.REFUTED, counterexample=where)
    least = least_separation()
    if least is None:
        return Verdict(Kind.INCONCLUSIVE)
    words = f"s > {rounded_down(least, 4)} at the least; there both estimates may share a component"
    return Verdict(Kind.CONDITION, condition=words, counterexample=where)


ENTRY = Entry(
    name="chen_2024",
    arxiv="2009.13040",
    authors="Chen, Song, Xi, Zhang",
    year=2024,
    title="Local Minima Structures in Gaussian Mixture Models",
    setting="Model: two free means, equal weights, d = 1. Truth: three components -s, 0, s, equal "
    "weights. The KL of the population.",
    parameters=(
        Parameter("radius", "s of the truth", Fraction(6), Fraction(2), Fraction(8)),
    ),
    statements=(
        Statement(
            "structure of local minima",
            '"each local minimum can be represented as a non-overlapping combination of two types '
            "of sub-configurations: fitting a single mean estimate to multiple Gaussian components "
            'or fitting multiple estimates to a single true component"',
            Known.QUOTED,
            "as on researchtrend.ai/papers/2009.13040; for a separation that the abstract does not "
            "give",
            STRUCTURE,
            check_structure,
            (
                Mutant("each estimate fits one true component", SINGLE),
                Mutant("and every combination is near a local minimum", CONVERSE),
            ),
        ),
    ),
)  # fmt: skip
