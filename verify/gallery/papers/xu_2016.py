"""1608.07630: the balanced pair ±θ on the line, fitted to itself (Model 1), and two free means.

Model 1: M(θ) = E x tanh(θx). Its fixed points are the stationary points of the likelihood (I2 with
G = 1).

Model 2, means a ≠ b and the truth ±θ*: EM preserves a < b, since w_2/w_1 increases in x. After one
step a ≤ 0 ≤ b, as W_1 a + W_2 b = E x = 0. Beyond −L (`two_means`) a step increases a, and for a ≥
−L it gives at least −E|x|/W_1 with W_1 ≥ P(x ≤ −L/2)/2; likewise b: the iterates stay bounded, KL
falls (I5), and if the stationary points are isolated they tend to one of them. At (0, 0) one step
takes (a, a) to 0, and b − a grows by 1 + θ*² > 1: its local stable manifold is the line a = b,
which no start with a < b meets. So if the only other one is the truth, EM tends to the truth.
"""

from __future__ import annotations

from fractions import Fraction

from flint import arb

from overspec.decimals import Number
from overspec.models.truth import Truth
from overspec.verify.enclosures.ball import Inconclusive
from overspec.verify.gallery import formula
from overspec.verify.gallery.entry import At, Entry, Mutant, Parameter, Statement, plain
from overspec.verify.gallery.formula import Comparison
from overspec.verify.gallery.line import ball, em, em_slope, number, precision
from overspec.verify.gallery.search import listed, roots, up
from overspec.verify.gallery.two_means import stationary
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
    law_ = ((1, theta),)
    largest = formula.moment(theta, 0, law_, 2, sech=2)
    if start < theta:
        largest = (theta - formula.em(start, 0, law_)) / (theta - start)
    compared = Comparison(largest, "<=", formula.number(claimed))
    of = "largest factor of one step from the start on"
    return Finding(verdict, published, true, of, notes, compared)


UNEQUAL, ANY = "a != b", "any a and b"


def check_model_two(at: At, claimed: tuple[int, str]) -> Finding:
    """The stationary points of two free means, and from which starts EM tends to the truth."""
    theta, (count, starts) = at["theta"], claimed
    of = "stationary points with a <= b of two free means, d = 1"
    points = stationary(Truth([-theta, theta], "uniform"), theta)
    if isinstance(points, Inconclusive):
        return Finding(Verdict(Kind.INCONCLUSIVE), Number(Fraction(count)), None, of)
    true, published = Number(Fraction(len(points))), Number(Fraction(count))
    kinds = {point.kind: point.means for point in points}
    listed_ = "; ".join(f"({listed(p.means[:1])}, {listed(p.means[1:])})" for p in points)
    known = set(kinds) == {"saddle", "minimum"} and len(points) == 2
    if len(points) != count:
        verdict = Verdict(Kind.REFUTED, counterexample=f"theta* = {plain(theta)}: {listed_}")
    elif known and starts == ANY and all(0 in mean for mean in kinds["saddle"]):
        verdict = Verdict(Kind.REFUTED, counterexample="a = b: one step leads to (0, 0)")
    elif known and -theta in kinds["minimum"][0] and theta in kinds["minimum"][1]:
        verdict = Verdict(Kind.HOLDS)
    else:
        verdict = Verdict(Kind.INCONCLUSIVE)
    notes = (f"they are {listed_}, the first a saddle: there are no others in the whole plane",)
    return Finding(verdict, published, true, of, notes if known else ())


ENTRY = Entry(
    name="xu_2016",
    arxiv="1608.07630",
    authors="Xu, Hsu, Maleki",
    year=2016,
    title="Global Analysis of Expectation Maximization for Mixtures of Two Gaussians",
    setting="Model and truth: half N(theta, 1), half N(-theta, 1) (their Model 1); two free "
    "means of equal weights (Model 2). EM on the population.",
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
        Statement(
            "two free means",
            "Of Model 2, two free means with equal weights: EM tends to the truth from every start "
            "with <b_0, theta*> != 0, b_0 half the difference of the means.",
            Known.RESTATED,
            "theorem on Model 2; shown for a truth of mean 0",
            (2, UNEQUAL),
            check_model_two,
            (
                Mutant("from every start", (2, ANY)),
                Mutant("one stationary point", (1, UNEQUAL)),
                Mutant("three", (3, UNEQUAL)),
            ),
        ),
    ),
)  # fmt: skip
