"""2605.30936: Polyak steps on over-specified free means, truth N(0, 1).

On (−a, 0, a) with equal weights L = a⁴/9 + O(a⁶) and dL/da = 2g with g = ∂L/∂μ₃, so a Polyak step
takes a to a − L/(2g) = ¾a + O(a³), and KL to 81/256 of it.
"""

from __future__ import annotations

from fractions import Fraction

from flint import arb

from overspec.decimals import Number
from overspec.verify.enclosures.ball import Ball
from overspec.verify.gallery.entry import At, Entry, Mutant, Parameter, Statement, plain
from overspec.verify.gallery.line import ball, number, precision
from overspec.verify.gallery.softmax import Means, uniform
from overspec.verify.gallery.verdict import Finding, Kind, Known, Verdict, at_most, shown

#: Weights, and a start, for which the second statement is tried, and how many pairs of steps.
WEIGHTS = (
    (Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)),
    (Fraction(2, 5), Fraction(7, 20), Fraction(1, 4)),
    (Fraction(1, 2), Fraction(3, 10), Fraction(1, 5)),
    (Fraction(7, 10), Fraction(1, 5), Fraction(1, 10)),
)
START = (Fraction(1, 2), Fraction(-3, 10), Fraction(1, 5))
PAIRS = 10


def three(a: Ball) -> Means:
    """(−a, 0, a), equal weights."""
    return uniform([-a, arb(0), a])


def check_step(at: At, claimed: Fraction) -> Finding:
    """One Polyak step on the slow manifold: KL after it over KL before."""
    with precision(100):
        a = ball(at["start"])
        model = three(a)
        before = -model.mean_log()
        moved = a - before / (2 * model.gradient_of(2))
        true = number(-three(moved).mean_log() / before)
        far = number(moved / a)
    verdict = at_most(true, Number(claimed), f"(-a, 0, a), a = {plain(at['start'])}")
    if verdict.accepts:
        verdict = Verdict(Kind.HOLDS)
    notes = (
        f"a goes to {shown(far)} a; as a tends to 0 to 3/4 a, and KL to 81/256 = 0.31641 of it",
    )
    published = None if claimed == 1 else Number(claimed)
    return Finding(verdict, published, true, "KL after a Polyak step over KL before", notes)


def in_em_metric(weights: tuple[Fraction, ...], start: tuple[Fraction, ...], pairs: int) -> Number:
    """KL over KL one pair before, after so many pairs of a Polyak step and a step of EM.

    The Polyak step goes along μ − M(μ), by L/⟨∇L, μ − M⟩.
    """
    model = Means(tuple(map(ball, weights)), tuple(map(ball, start)))
    before = last = -model.mean_log()
    for _ in range(pairs):
        before = last
        moved = model.em()
        way = [m - t for m, t in zip(model.means, moved, strict=True)]
        gradient = model.gradient()
        size = before / sum((g * w for g, w in zip(gradient, way, strict=True)), arb(0))
        jumped = Means(
            model.weights, tuple(m - size * w for m, w in zip(model.means, way, strict=True))
        )
        model = Means(model.weights, jumped.em())
        last = -model.mean_log()
    return number(last / before)


def check_weights(_at: At, claimed: Fraction) -> Finding:
    """Unequal weights, a Polyak step in the metric of EM and one step of EM in turn."""
    with precision(160):
        seen = [in_em_metric(weights, START, PAIRS) for weights in WEIGHTS]
    true = Number.between(min(x.lower for x in seen), max(x.upper for x in seen))
    worst = WEIGHTS[max(range(len(seen)), key=lambda n: seen[n].upper)]
    verdict = at_most(true, Number(claimed), f"weights {_list(worst)}, pair {PAIRS}")
    if verdict.accepts:
        verdict = Verdict(Kind.HOLDS)
    notes = (
        *(
            f"weights {_list(weights)}: the factor of pair {PAIRS} is {shown(ratio)}"
            for weights, ratio in zip(WEIGHTS, seen, strict=True)
        ),
        f"one trajectory each, from {_list(START)}: proved numbers, not a theorem",
    )
    published = None if claimed == 1 else Number(claimed)
    return Finding(verdict, published, true, f"KL after pair {PAIRS} over KL before it", notes)


def _list(numbers: tuple[Fraction, ...]) -> str:
    return ", ".join(map(plain, numbers))


ENTRY = Entry(
    name="wang_2026",
    arxiv="2605.30936",
    authors="Wang, Fazel, Charisopoulos",
    year=2026,
    title="Local linear convergence of gradient methods for overparameterized Gaussian mixtures",
    setting="Model: three free means, d = 1. Truth: N(0, 1). Polyak steps on the population.",
    parameters=(
        Parameter("start", "a, of the point (-a, 0, a)",
                  Fraction(1, 10), Fraction(1, 100), Fraction(1)),
    ),
    statements=(
        Statement(
            "Polyak step",
            '"a manifold of slow growth on which the well-known Polyak stepsize reduces the loss '
            'geometrically"',
            Known.QUOTED,
            "as on arxiv.org/abs/2605.30936",
            Fraction(1),
            check_step,
            (Mutant("by a factor of at most 3/10", Fraction(3, 10)),),
        ),
        Statement(
            "unequal weights",
            "Under assumptions on the weights short steps and Polyak steps converge locally "
            "linearly. Asked here: with Polyak steps along mu - M(mu) and one EM step between, "
            "does KL still fall by a constant factor, at four weight vectors?",
            Known.RESTATED,
            "abstract; the question is ours",
            Fraction(1),
            check_weights,
            (Mutant("by a factor of at most 3/10", Fraction(3, 10)),),
        ),
    ),
)  # fmt: skip
