"""1609.00368: the balanced pair ±θ in one dimension, fitted to itself.

M(λ) = E x tanh(λx) over N(μ, 1), which gives the same as the mixture, since x tanh(λx) is even. Two
facts carry everything. M grows with λ and with μ (|x| under N(μ, 1) grows with μ in distribution).
On λ ≥ 0 it is concave, M″ = −2E x³ sech² tanh ≤ 0, so the secant slope (M(λ) − μ)/(λ − μ) falls in
λ, and for λ ≥ μ its supremum is M′(μ), the limit λ → μ.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from overspec.decimals import Number, rounded_down, rounded_up
from overspec.verify.enclosures.ball import Ball, Inconclusive
from overspec.verify.gallery import formula
from overspec.verify.gallery.entry import At, Entry, Mutant, Parameter, Statement, plain
from overspec.verify.gallery.formula import Comparison
from overspec.verify.gallery.line import ball, em, em_slope, number, precision, tanh_moment
from overspec.verify.gallery.search import crossing, down, up
from overspec.verify.gallery.verdict import Finding, Kind, Known, Verdict, at_most, shown

ZERO = arb(0)
CLOSE = Fraction(2, 10**6)  # the iteration towards the threshold ends when it moves less
SEARCH = 36  # bits for the threshold, which is shown in five digits
SMALLEST = Fraction(1, 10**6)  # step of the march over λ


@dataclass(frozen=True)
class Steps:
    """After so many steps from infinity the relative error is below ``error`` if μ ≥ start."""

    steps: int = 10
    error: Fraction = Fraction(1, 100)
    start: Fraction = Fraction(0)


def from_infinity(mu: Ball, steps: int) -> Ball:
    """λ after so many steps, the first of them from infinity: E|x|."""
    value = mu * (mu / arb(2).sqrt()).erf() + (2 / arb.pi()).sqrt() * (-mu * mu / 2).exp()
    for _ in range(steps - 1):
        value = em(value, ZERO, ((arb(1), mu),))
    return value


def threshold(claim: Steps) -> Number:
    """The μ above which the claim holds and below which it fails, with proof.

    λ_n grows with μ. So if λ_n(b) ≤ (1 + e)a, the error is below e on [a, b]; from b the iteration
    a = λ_n(b)/(1 + e) goes down and stops at the threshold. From below, likewise, it fails on
    (0, b] for b = λ_n(a)/(1 + e). Beyond the start of the first the error of E|x| is below
    2φ(μ)/μ ≤ e already, and later steps only decrease it.
    """
    grow = ball(1 + claim.error)
    upper = Fraction(1)
    while not 2 * (-(ball(upper) ** 2) / 2).exp() / (2 * arb.pi()).sqrt() < ball(
        upper * claim.error
    ):
        upper += Fraction(1, 4)
    lower = Fraction(0)
    while True:
        moved = up(from_infinity(ball(upper), claim.steps) / grow)
        done, upper = upper - moved < CLOSE, min(upper, moved)
        if done:
            break
    while True:
        moved = down(from_infinity(ball(lower), claim.steps) / grow)
        done, lower = moved - lower < CLOSE, max(lower, moved)
        if done:
            return Number.between(lower, upper)


def certified_by_factor(claim: Steps) -> Number | Inconclusive:
    """From which μ the published factor e^{−μ²/2} alone gives the claim, after E|x|."""

    def left(mu: Fraction) -> Ball:
        x = ball(mu)
        return (from_infinity(x, 1) / x - 1) * (-x * x * (claim.steps - 1) / 2).exp() - ball(
            claim.error
        )

    return crossing(left, Fraction(1, 10), Fraction(4), Fraction(1, 10**6))


def check_steps(at: At, claim: Steps) -> Finding:
    """Ten steps from infinity."""
    mu = at["theta"]
    with precision():
        error = number(from_infinity(ball(mu), claim.steps) / ball(mu) - 1)
        needed = certified_by_factor(claim)
    with precision(SEARCH):
        edge = threshold(claim)
    notes = [f"at theta = {plain(mu)} the relative error is {shown(error)}"]
    if isinstance(needed, Number):
        notes.append(f"the paper's factor exp(-mu^2/2) alone gives it from mu = {shown(needed, 4)}")
    if claim.start >= edge.upper:
        verdict = Verdict(Kind.HOLDS)
    elif claim.start > 0:
        verdict = Verdict(
            Kind.REFUTED, counterexample=f"mu = {plain(claim.start)} is below {shown(edge)}"
        )
    else:
        verdict = Verdict(
            Kind.CONDITION,
            condition=f"mu/sigma >= {rounded_up(edge.upper, 5)}",
            counterexample=f"every mu/sigma in (0, {rounded_down(edge.lower, 5)}]",
        )
    of = "relative error after the steps"
    compared = Comparison(relative_error(mu, claim.steps), "<=", formula.number(claim.error))
    return Finding(verdict, Number(claim.error), error, of, tuple(notes), compared)


def relative_error(mu: Fraction, steps: int) -> formula.Formula:
    """λ/μ − 1 after so many steps from infinity, as a formula: E|x| and its iterates."""
    value = mu * formula.erf(mu / formula.sqrt(2))
    value += formula.sqrt(2 / formula.PI) * formula.exp(-(mu**2) / 2)
    for _ in range(1, steps):
        value = formula.em(value, 0, ((1, mu),))
    return value / mu - 1


def check_factor(at: At, exponent: Fraction) -> Finding:
    """``|M(λ) − μ| ≤ e^{−c min(λ, μ)²}|λ − μ|`` for all λ > 0, in one dimension; c is published."""
    with precision():
        mu = at["theta"]
        x = ball(mu)
        slope = em_slope(x, ZERO, ((arb(1), x),))
        true, published = number(slope), number((-ball(exponent) * x * x).exp())
        verdict = at_most(true, published, f"theta = {plain(mu)}, lambda -> theta")
        steps = march(mu, exponent) if verdict.accepts else 0
        best = number(-slope.log() / (x * x))
    if isinstance(steps, Inconclusive):
        verdict = Verdict(Kind.INCONCLUSIVE)
    elif steps < 0:
        verdict = Verdict(Kind.REFUTED, counterexample="a lambda below theta")
    notes = (
        f"from lambda >= theta the factor is E x^2 sech^2(theta x) = {shown(true)}, sharp",
        f"there exp(-c theta^2) with c = {shown(best)} in place of {plain(exponent)}",
        f"for 0 < lambda < theta the published factor holds, proved on {steps} intervals",
    )
    return Finding(
        verdict, published, true, "sup of |M(l) - theta|/|l - theta| over l >= theta",
        notes if verdict.accepts else (), Comparison(along(mu), "<=", decay(mu, exponent)),
    )  # fmt: skip


def along(mu: Fraction) -> formula.Formula:
    """E x² sech²(μx)."""
    return formula.moment(mu, 0, ((1, mu),), 2, sech=2)


def decay(mu: Fraction, exponent: Fraction) -> formula.Formula:
    """e^{−cμ²}."""
    return formula.exp(-exponent * formula.number(mu) ** 2)


def march(mu: Fraction, exponent: Fraction) -> int | Inconclusive:
    """Prove the bound for all λ in (0, μ): the number of intervals; negative if it fails somewhere.

    The secant slope s falls in λ, and so does e^{−cλ²}: on [a, b] it suffices that s(a) ≤ e^{−cb²}.
    On the first interval M(λ) ≥ mλ with m = M(b)/b, so s(λ) ≤ 1 − λ(m − 1)/μ ≤ 1 − cλ² where cb ≤
    (m − 1)/μ.
    """
    x, c, law = ball(mu), ball(exponent), ((arb(1), ball(mu)),)

    def secant(at: Fraction) -> Ball:
        return (x - em(ball(at), ZERO, law)) / ball(mu - at)

    low = mu / 2
    while not c * ball(low) < (em(ball(low), ZERO, law) / ball(low) - 1) / x:
        low /= 2
        if low < SMALLEST:
            return Inconclusive("no first interval was found", (low,))
    steps = 1
    while low < mu:
        steep = secant(low)
        if steep > (-c * ball(low) ** 2).exp():
            return -steps
        size = mu - low
        while not steep <= (-c * ball(low + size) ** 2).exp():
            size /= 2
            if size < SMALLEST:
                return Inconclusive("the bound is too close", (low,))
        low, steps = low + size, steps + 1
    return steps


def check_tangential(at: At, exponent: Fraction) -> Finding:
    """The factor near the truth in two dimensions and more: the larger of two eigenvalues."""
    with precision():
        x = ball(at["theta"])
        law = ((arb(1), x),)
        across = tanh_moment(x, ZERO, law, sech=2)
        radial = em_slope(x, ZERO, law)
        true = number(across.max(radial))
        published = number((-ball(exponent) * x * x).exp())
    verdict = at_most(true, published, f"theta = {plain(at['theta'])}, near the truth")
    mu = at["theta"]
    larger = formula.moment(mu, 0, ((1, mu),), sech=2) if across > radial else along(mu)
    return Finding(
        verdict, published, true, "spectral radius of DM at the truth, d >= 2",
        (f"along theta {shown(number(radial))}, across it E sech^2 = {shown(number(across))}",),
        Comparison(larger, "<=", decay(at["theta"], exponent)),
    )  # fmt: skip


ENTRY = Entry(
    name="daskalakis_2017",
    arxiv="1609.00368",
    authors="Daskalakis, Tzamos, Zampetakis",
    year=2017,
    title="Ten Steps of EM Suffice for Mixtures of Two Gaussians",
    setting="Model and truth: half N(theta, 1), half N(-theta, 1). EM on the population.",
    parameters=(
        Parameter("theta", "mean of the truth over its standard deviation",
                  Fraction(1), Fraction(1, 20), Fraction(4)),
    ),
    statements=(
        Statement(
            "ten steps from infinity",
            '"in one dimension, ten steps of the EM algorithm initialized at infinity result in '
            'less than 1% error estimation of the means"',
            Known.QUOTED,
            "as on ar5iv.labs.arxiv.org/html/1609.00368",
            Steps(),
            check_steps,
            (
                Mutant("for every mu >= 0.487", Steps(start=Fraction(487, 1000))),
                Mutant("nine steps, for every mu >= 0.49", Steps(9, start=Fraction(49, 100))),
            ),
            amended=("for every mu >= 0.488", Steps(start=Fraction(488, 1000))),
        ),
        Statement(
            "factor, d = 1",
            "For lambda > 0 one step takes the error |lambda - theta| down by the factor "
            "exp(-min(lambda, theta)^2/2) at least.",
            Known.RESTATED,
            "theorem on population EM, d = 1",
            Fraction(1, 2),
            check_factor,
            (Mutant("exp(-2 min^2)", Fraction(2)),),
        ),
        Statement(
            "factor near the truth, d >= 2",
            "For <lambda, theta> > 0 one step takes the error down by the factor "
            "exp(-min(<l,l>, <theta,l>)^2/(2<l,l>)); near the truth exp(-|theta|^2/2).",
            Known.RESTATED,
            "theorem on population EM, at lambda near theta",
            Fraction(1, 2),
            check_tangential,
            (Mutant("exp(-|theta|^2)", Fraction(1)),),
        ),
    ),
)  # fmt: skip
