"""2407.00490: gradient EM on free means, fitted to a single N(0, I).

Three equal weights on the line and the means (−a, 0, a): gradient EM keeps this form and a' = F(a)
= a − η ∂L/∂μ₃. Since ∇²L ⪯ G = diag(W_j) (I4), F' ≥ 1 − ηW₃ > 0 for η ≤ 1: F increases, so an
interval is carried on by its ends.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from flint import arb

from overspec.decimals import Number
from overspec.verify.enclosures.ball import Ball, dyadic
from overspec.verify.gallery.entry import At, Entry, Mutant, Parameter, Statement, plain
from overspec.verify.gallery.line import ball, hull, number, precision
from overspec.verify.gallery.search import down, up
from overspec.verify.gallery.softmax import uniform
from overspec.verify.gallery.verdict import Finding, Kind, Known, Verdict, of_order, ratio, shown

PIECES = 16  # of the unit interval over which the speed is bounded


def kl(a: Fraction) -> Ball:
    """KL(N(0, 1) ‖ model) at (−a, 0, a)."""
    return -uniform([ball(-a), arb(0), ball(a)]).mean_log()


def speed(a: Ball) -> Ball:
    """∂L/∂μ₃ = E w₃(a − x) at (−a, 0, a)."""
    return uniform([-a, arb(0), a]).gradient_of(2)


def descend(low: Fraction, high: Fraction, step: Fraction, count: int) -> tuple[Fraction, Fraction]:
    """An interval that holds a after so many steps from anywhere in [low, high]."""
    eta = ball(step)
    for _ in range(count):
        low = down(ball(low) - eta * speed(ball(low)))
        high = up(ball(high) - eta * speed(ball(high)))
    return low, high


def divergence(low: Fraction, high: Fraction) -> Number:
    """KL over an interval of a ≥ 0: it grows with a, by I6."""
    return Number.between(dyadic(kl(low).lower()), dyadic(kl(high).upper()))


def check_rate(at: At, exponent: Fraction) -> Finding:
    """KL = O(t^{−p}): the exponent seen between T and 2T steps, at least p."""
    steps = int(at["steps"])
    with precision(64):
        first = descend(at["start"], at["start"], at["eta"], steps)
        second = descend(*first, at["eta"], steps)
        early, late = divergence(*first), divergence(*second)
        quotient = ratio(early, late)
        low, high = (ball(end).log() / arb(2).log() for end in (quotient.lower, quotient.upper))
        true = Number.between(dyadic(low.lower()), dyadic(high.upper()))
    scaled = Number.between(late.lower * (2 * steps) ** 2, late.upper * (2 * steps) ** 2)
    limit = 9 / (16 * at["eta"] ** 2)
    notes = (
        f"t^2 KL at t = {2 * steps}: {shown(scaled)}; its limit on this family is "
        f"9/(16 eta^2) = {plain(limit)}, by expansion",
    )
    verdict = of_order(true, exponent, f"steps {steps} to {2 * steps}")
    of = f"exponent of KL between {steps} and {2 * steps} steps"
    return Finding(verdict, Number(exponent), true, of, notes)


def check_trap(at: At, constant: Fraction) -> Finding:
    """Steps from (−A, 0, A) until the outer means are 1 nearer: at least e^{cA²}?"""
    outer = at["radius"]
    cells = [outer - 1 + Fraction(i, PIECES) for i in range(PIECES + 1)]
    with precision(64):
        speeds = [speed(hull(a, b)) for a, b in pairwise(cells)]
        here = speed(ball(outer))
        fastest = max((s.upper() for s in speeds), key=float)
        slowest = min((s.lower() for s in speeds), key=float)
        eta = ball(at["eta"])
        low, bound = 1 / (eta * fastest), (ball(constant) * ball(outer) ** 2).exp()
        exponent = number(-8 * here.log() / ball(outer) ** 2)
        claimed = number(bound)
        fewest = dyadic(low.lower())
        most = dyadic((1 / (eta * slowest) + 1).upper()) if slowest > 0 else None
    of = f"steps until the outer means of (-A, 0, A) are 1 nearer, A = {plain(outer)}"
    notes = (f"at A the outer gradient is exp(-c A^2/8) with c = {shown(exponent, 4)}",)
    if most is None:
        return Finding(Verdict(Kind.INCONCLUSIVE), claimed, None, of, notes)
    true = Number.between(fewest, most)
    if true.upper < claimed.lower:
        verdict = Verdict(
            Kind.REFUTED, counterexample=f"A = {plain(outer)}: {shown(true, 3)} steps"
        )
    else:
        verdict = Verdict(Kind.HOLDS if true.lower > claimed.upper else Kind.INCONCLUSIVE)
    return Finding(verdict, claimed, true, of, notes)


ENTRY = Entry(
    name="xu_2024",
    arxiv="2407.00490",
    authors="Xu, Fazel, Du",
    year=2024,
    title="Toward Global Convergence of Gradient EM for Over-Parameterized Gaussian Mixture Models",
    setting="Model: three free means, equal weights, d = 1. Truth: N(0, 1). Gradient EM with step "
    "eta on the population, from (-a, 0, a).",
    parameters=(
        Parameter("eta", "step of gradient EM", Fraction(1), Fraction(1, 20), Fraction(1)),
        Parameter("start", "a, of the start (-a, 0, a)", Fraction(1), Fraction(1, 5), Fraction(3)),
        Parameter("steps", "T: the exponent is seen between T and 2T steps",
                  Fraction(200), Fraction(10), Fraction(5000), whole=True),
        Parameter("radius", "A, of the trap (-A, 0, A)", Fraction(8), Fraction(4), Fraction(12)),
    ),
    statements=(
        Statement(
            "rate of KL",
            "KL falls as O(1/sqrt(t)). The abstract has \"gradient EM converges globally with a "
            'sublinear rate O(1/sqrt(t))"; that this is the rate of KL is from memory.',
            Known.RESTATED,
            "main theorem",
            Fraction(1, 2),
            check_rate,
            (Mutant("KL = O(t^(-5/2))", Fraction(5, 2)),),
        ),
        Statement(
            "trap",
            '"the existence of bad local regions that can trap gradient EM for an exponential '
            'number of steps"; read as: at least exp(A^2/16) steps from (-A, 0, A) to 1 nearer.',
            Known.QUOTED,
            "as on emergentmind.com/articles/2407.00490",
            Fraction(1, 16),
            check_trap,
            (Mutant("at least exp(A^2/4) steps", Fraction(1, 4)),),
        ),
    ),
)  # fmt: skip
