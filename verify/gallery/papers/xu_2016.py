"""1608.07630: the balanced pair ±θ on the line, fitted to itself (their Model 1).

M(θ) = E x tanh(θx). Its fixed points are the stationary points of the likelihood (I2 with G = 1).
"""

from __future__ import annotations

from fractions import Fraction

from flint import arb

from overspec.decimals import Number
from overspec.verify.enclosures.ball import Inconclusive
from overspec.verify.gallery.entry import At, Entry, Mutant, Parameter, Statement, plain
from overspec.verify.gallery.line import ball, em, em_slope, number, precision
from overspec.verify.gallery.search import listed, roots, up
from overspec.verify.gallery.verdict import Finding, Kind, Known, Verdict, at_most, shown

ZERO = arb(0)


def check_count(at: At, claimed: int) -> Finding:
    """All stationary points on the line: |M| ≤ E|x| ≤ √(1 + θ*²) leaves a bounded interval."""
    with precision(53):
        theta = ball(at["theta"])
        law = ((arb(1), theta),)
        end = up((1 + theta * theta).sqrt()) + 1
        found = roots(
            lambda t: em(t, ZERO, law) - t, lambda t: em_slope(t, ZERO, law) - 1, -end, end
        )
    of = "stationary points of the likelihood, d = 1"
    if isinstance(found, Inconclusive):
        return Finding(Verdict(Kind.INCONCLUSIVE), Number(Fraction(claimed)), None, of)
    points = listed(found)
    if len(found) == claimed:
        verdict = Verdict(Kind.HOLDS)
    else:
        verdict = Verdict(
            Kind.REFUTED,
            counterexample=f"theta* = {plain(at['theta'])} has {len(found)}: {points}",
        )
    true, published = Number(Fraction(len(found))), Number(Fraction(claimed))
    notes = (f"they are {points}; there are no others on the whole line",)
    return Finding(verdict, published, true, of, notes)


def check_linear(at: At, claimed: Fraction) -> Finding:
    """The factor of the whole trajectory from a start > 0: the supremum of |M(θ) − θ*|/|θ − θ*|.

    M is concave on θ ≥ 0 and increases, so the iterates approach θ* from one side and the secant
    slope falls in θ: from below its largest value is the first, from above the limit M'(θ*).
    """
    theta, start = at["theta"], at["start"]
    with precision():
        x, law = ball(theta), ((arb(1), ball(theta)),)
        near = em_slope(x, ZERO, law)
        if start < theta:
            true = number((x - em(ball(start), ZERO, law)) / ball(theta - start))
        else:
            true = number(near)
        local = number(near)
    where = f"theta* = {plain(theta)}, start {plain(start)}"
    verdict = at_most(true, Number(claimed), where)
    if verdict.accepts:
        verdict = Verdict(Kind.HOLDS if true.upper < 1 else Kind.INCONCLUSIVE)
    notes = (f"in the limit the factor is E x^2 sech^2(theta* x) = {shown(local)}",)
    published = None if claimed == 1 else Number(claimed)
    return Finding(verdict, published, true, "largest factor of one step from the start on", notes)


ENTRY = Entry(
    name="xu_2016",
    arxiv="1608.07630",
    authors="Xu, Hsu, Maleki",
    year=2016,
    title="Global Analysis of Expectation Maximization for Mixtures of Two Gaussians",
    setting="Model and truth: half N(theta, 1), half N(-theta, 1) (their Model 1). EM on the "
    "population.",
    parameters=(
        Parameter("theta", "theta* of the truth", Fraction(1), Fraction(1, 10), Fraction(4)),
        Parameter("start", "where EM starts", Fraction(1, 10), Fraction(1, 1000), Fraction(10)),
    ),
    statements=(
        Statement(
            "three stationary points",
            "For d = 1 the likelihood of Model 1 has exactly three stationary points.",
            Known.RESTATED,
            "remark on Model 1 in one dimension",
            3,
            check_count,
            (Mutant("one", 1), Mutant("five", 5)),
        ),
        Statement(
            "linear convergence",
            "From any start with <theta_0, theta*> > 0 EM tends to theta* linearly, with a factor "
            "below 1 that depends on theta* and theta_0.",
            Known.RESTATED,
            "theorem on Model 1",
            Fraction(1),
            check_linear,
            (Mutant("a factor of at most 1/4", Fraction(1, 4)),),
        ),
    ),
)  # fmt: skip
