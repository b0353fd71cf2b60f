"""1908.10935: the balanced pair ±θ, worst case: the truth is N(0, 1).

e^{−y²} ≤ sech²y ≤ 1 − y² + 2y⁴/3 give (1 + 2θ²)^{−1/2} ≤ M(θ)/θ ≤ 1 − θ² + 2θ⁴, hence 1/θ² grows by
at most 2 in a step and by at least 2 − 4θ²: θ_t² ≥ 1/(2t + 1/θ_0²), and 2tθ_t² → 1.
"""

from __future__ import annotations

from fractions import Fraction

from flint import arb

from overspec.decimals import Number
from overspec.verify.enclosures.ball import Ball
from overspec.verify.gallery.entry import At, Entry, Mutant, Parameter, Statement, plain
from overspec.verify.gallery.line import STANDARD, ball, em, number, precision
from overspec.verify.gallery.verdict import CLOSE, Finding, Kind, Known, Verdict, shown


def iterate(value: Ball, steps: int) -> Ball:
    """So many steps. E x tanh(θx) increases under the sum sign, so balls hardly widen."""
    for _ in range(steps):
        value = em(value, arb(0), STANDARD)
    return value


def check_steps(at: At, claimed: Fraction) -> Finding:
    """Population EM reaches error n^{−1/4} after about n^p steps: the exponent p."""
    steps = int(at["steps"])
    with precision(53):
        first = iterate(ball(at["start"]), steps)
        second = iterate(first, steps)
        # n = θ^{−4}: doubling the steps multiplies n by (θ_T/θ_2T)⁴
        true = number(arb(2).log() / (4 * (first / second).log()))
        pace = number(2 * steps * second * second)
        floor = 1 / ball(4 * steps + 1 / at["start"] ** 2)
        below = second * second >= floor * (1 - arb(2) ** -40)
    where = f"start {plain(at['start'])}, between {steps} and {2 * steps} steps"
    if true.lower > claimed + CLOSE:
        verdict = Verdict(
            Kind.REFUTED, counterexample=f"{where} the exponent is {shown(true)}, not {claimed}"
        )
    elif true.upper < claimed - CLOSE:
        verdict = Verdict(Kind.HOLDS)
    else:
        verdict = Verdict(Kind.SHARP if below else Kind.INCONCLUSIVE)
    notes = (
        f"t theta_t^2 = {shown(pace)} at t = {2 * steps}; it tends to 1/2 (proved), so error "
        "n^(-1/4) takes sqrt(n)/2 steps",
    )
    return Finding(verdict, Number(claimed), true, "exponent p of the n^p steps to n^(-1/4)", notes)


ENTRY = Entry(
    name="wu_2021",
    arxiv="1908.10935",
    authors="Wu, Zhou",
    year=2021,
    title="Randomly initialized EM algorithm for two-component Gaussian mixture achieves near "
    "optimality in O(sqrt(n)) iterations",
    setting="Model: half N(theta, 1), half N(-theta, 1). Truth: the worst case, N(0, 1). EM on the "
    "population until the statistical error n^(-1/4).",
    parameters=(
        Parameter("start", "where EM starts", Fraction(1), Fraction(1, 10), Fraction(4)),
        Parameter("steps", "T: the exponent is seen between T and 2T steps",
                  Fraction(500), Fraction(10), Fraction(5000), whole=True),
    ),
    statements=(
        Statement(
            "number of iterations",
            '"the randomly initialized EM algorithm converges to an estimate in at most '
            'O(sqrt(n)) iterations with high probability"',
            Known.QUOTED,
            "as on researchtrend.ai/papers/1908.10935; checked for d = 1, theta* = 0",
            Fraction(1, 2),
            check_steps,
            (Mutant("O(n^(2/5))", Fraction(2, 5)),),
        ),
    ),
)  # fmt: skip
