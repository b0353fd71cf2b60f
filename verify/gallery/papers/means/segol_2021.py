"""2101.00575: three free means with equal weights, truth (−R, 0, R), one step from a box around it.

A start at distance λR from the truth in every mean refutes a factor by one point. A factor is
proved by ‖M(θ) − θ*‖ ≤ sup‖DM‖·‖θ − θ*‖ in the maximum norm, with

    ∂M_i/∂μ_j = E w_i(δ_ij − w_j)(x − μ_j)(x − M_i)/E w_i   enclosed over the box.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, product

from flint import arb

from overspec.decimals import Number, rounded_down
from overspec.verify.enclosures.ball import Ball, dyadic
from overspec.verify.gallery.entry import At, Entry, Mutant, Parameter, Statement, plain
from overspec.verify.gallery.line import (
    Growth,
    Truth,
    ball,
    expectation,
    hull,
    number,
    over,
    precision,
)
from overspec.verify.gallery.search import crossing, up
from overspec.verify.gallery.softmax import Means, uniform
from overspec.verify.gallery.verdict import Finding, Kind, Known, Verdict, shown

FACTOR = Fraction(1, 2)
PIECES = 1  # of the box along each axis
MOST = Fraction(16)  # R up to which the separation that is needed is looked for
OF = "factor of one step from the worst corner of the box"
#: Corners of the box; reflection gives the others.
CORNERS = ((1, 1, 1), (1, 1, -1), (1, -1, 1), (1, -1, -1))


def truth_of(radius: Fraction) -> Means:
    """(−R, 0, R)."""
    return uniform([ball(-radius), arb(0), ball(radius)])


def law_of(model: Means) -> Truth:
    """Weights and means."""
    return tuple(zip(model.weights, model.means, strict=True))


def corner(radius: Fraction, share: Fraction, signs: tuple[int, ...] = (1, 1, 1)) -> Ball:
    """The factor of one step from a corner of the box; by default the truth moved as a whole."""
    truth, shift = truth_of(radius), ball(share * radius)
    start = tuple(m + s * shift for m, s in zip(truth.means, signs, strict=True))
    moved = Means(truth.weights, start).em(law_of(truth))
    errors = [abs(m - t) for m, t in zip(moved, truth.means, strict=True)]
    largest = errors[0]
    for other in errors[1:]:
        largest = largest.max(other)
    return largest / shift


def slope(model: Means, i: int, j: int, centre: Ball, law: Truth) -> Ball:
    """``E w_i(δ_ij − w_j)(x − μ_j)(x − centre)`` over a box of means."""
    reach = 1 + (model.largest() + centre.abs_upper()) / model.strip()
    growth = Growth(model.strip(), 6 * reach * reach, 2)
    same, mean_j = i == j, model.means[j]

    def f(x: Ball) -> Ball:
        other = (1 - model.share(j, x)) if same else -model.share(j, x)
        return model.share(i, x) * other * (x - mean_j) * (x - centre)

    return over(law, lambda mean: expectation(f, growth, mean))


def derivative(radius: Fraction, share: Fraction) -> Ball:
    """An upper bound of ‖DM‖ in the maximum norm over the box."""
    truth = truth_of(radius)
    law, reach = law_of(truth), share * radius
    steps = [-reach + 2 * reach * Fraction(i, PIECES) for i in range(PIECES + 1)]
    largest = arb(0)
    for sides in product(pairwise(steps), repeat=3):
        moved = zip(truth.means, sides, strict=True)
        model = Means(truth.weights, tuple(m + hull(*side) for m, side in moved))
        for i in range(3):
            weight = model.mass(i, law)
            centre = model.step(i, arb(0), law)
            row = sum((abs(slope(model, i, j, centre, law)) for j in range(3)), arb(0)) / weight
            largest = largest.max(row.upper())
    return largest


@dataclass(frozen=True)
class Claim:
    """The factor ½ from λR, if R ≥ C √(log K)/(1 − 2λ); C not given, or at one R and λ.

    Attributes:
        least: C, or None.
        at: R and λ, or None.
    """

    least: Fraction | None = None
    at: tuple[Fraction, Fraction] | None = None


def check_factor(at: At, claim: Claim) -> Finding:
    """Is the factor at most ½ from λR? For a claimed C at the least R that it allows."""
    radius, share = claim.at or (at["radius"], at["share"])
    with precision(53):
        if claim.least is not None:
            radius = up(ball(claim.least) * arb(3).log().sqrt() / ball(1 - 2 * share))
        seen = {signs: number(corner(radius, share, signs)) for signs in CORNERS}
        worst = max(seen, key=lambda signs: seen[signs].lower)
        true = seen[worst]
        if true.lower > FACTOR:
            return _refuted(radius, share, true, worst, claim == Claim())
        bound = derivative(radius, share)
    notes = (f"over the whole box the norm of DM is at most {float(bound):.3g}",)
    if not bound.is_finite():
        notes = ("over the whole box no bound of DM was found",)
    if not bound <= ball(FACTOR):
        return Finding(Verdict(Kind.INCONCLUSIVE), Number(FACTOR), true, OF, notes)
    whole = Number.between(true.lower, max(dyadic(bound.upper()), true.upper))
    return Finding(Verdict(Kind.HOLDS), Number(FACTOR), whole, OF, notes)


def _refuted(
    radius: Fraction, share: Fraction, true: Number, signs: tuple[int, ...], free: bool
) -> Finding:
    """One point has a larger factor; while C is free, how large it must be."""
    at = ", ".join(f"{'+' if s > 0 else '-'}lambda R" for s in signs)
    wrong = (
        f"lambda = {plain(share)}, R = {float(radius):.4g}: from the truth moved by ({at}) the "
        f"factor is {shown(true)}"
    )
    verdict = Verdict(Kind.REFUTED, counterexample=wrong)
    if free:

        def over_half(r: Fraction) -> Ball:
            return corner(r, share) - ball(FACTOR)

        edge = crossing(over_half, radius, MOST, Fraction(1, 500))
        verdict = Verdict(Kind.INCONCLUSIVE)
        if isinstance(edge, Number):
            least = number(ball(edge.lower * (1 - 2 * share)) / arb(3).log().sqrt())
            verdict = Verdict(
                Kind.CONDITION,
                condition=f"C > {rounded_down(least.lower, 4)} at the least: for lambda = "
                f"{plain(share)} R > {rounded_down(edge.lower, 4)}",
                counterexample=wrong,
            )
    return Finding(verdict, Number(FACTOR), true, OF)


ENTRY = Entry(
    name="segol_2021",
    arxiv="2101.00575",
    authors="Segol, Nadler",
    year=2021,
    title="Improved Convergence Guarantees for Learning Gaussian Mixture Models by EM and "
    "Gradient EM",
    setting="Model: three free means, equal weights, d = 1. Truth: means -R, 0, R. EM on the "
    "population from within lambda R of every mean, in the maximum norm.",
    parameters=(
        Parameter("radius", "R, the separation of the truth",
                  Fraction(5), Fraction(3), Fraction(14)),
        Parameter("share", "lambda, below 1/2", Fraction(2, 5), Fraction(1, 20), Fraction(9, 20)),
    ),
    statements=(
        Statement(
            "half the distance",
            "From within lambda R, lambda < 1/2, each step takes the error down by 1/2, if "
            "R >= C sqrt(log K)/(1 - 2 lambda), C universal and not given.",
            Known.RESTATED,
            "theorem on population EM",
            Claim(),
            check_factor,
            (
                Mutant("with C = 1", Claim(least=Fraction(1))),
                Mutant("at R = 5, lambda = 2/5", Claim(at=(Fraction(5), Fraction(2, 5)))),
            ),
            amended=("at R = 10, lambda = 1/10", Claim(at=(Fraction(10), Fraction(1, 10)))),
        ),
    ),
)  # fmt: skip
