"""2103.15653: the pair ±θ with known unequal weights, fitted to itself.

M(θ) = E x tanh(θx + artanh ρ) increases. The truth θ* is the mean of the heavier component, ρ > 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from overspec.decimals import Number
from overspec.verify.enclosures.ball import Ball, Inconclusive
from overspec.verify.gallery import formula
from overspec.verify.gallery.entry import At, Entry, Mutant, Parameter, Statement, plain
from overspec.verify.gallery.formula import Comparison
from overspec.verify.gallery.line import Truth, ball, em, em_slope, number, pair, precision
from overspec.verify.gallery.search import listed, roots, up
from overspec.verify.gallery.verdict import Finding, Kind, Known, Verdict, shown


def setting(at: At) -> tuple[Ball, Truth]:
    """The shift artanh ρ and the truth."""
    rho = ball(at["rho"])
    return rho.atanh(), pair(ball(at["theta"]), rho)


def check_global(at: At, everywhere: bool) -> Finding:
    """Population EM on the line: the fixed points on θ ≥ 0, or on the whole line."""
    with precision(53):
        shift, law = setting(at)
        end = up((1 + ball(at["theta"]) ** 2).sqrt()) + 1
        low = -end if everywhere else Fraction(0)
        found = roots(lambda t: em(t, shift, law) - t, lambda t: em_slope(t, shift, law) - 1,
                      low, end)  # fmt: skip
        slope = number(em_slope(ball(at["theta"]), shift, law))
    of = "fixed points of EM where the start may lie, d = 1"
    if isinstance(found, Inconclusive):
        return Finding(Verdict(Kind.INCONCLUSIVE), Number(Fraction(1)), None, of, (found.reason,))
    points = listed(found)
    verdict = Verdict(Kind.HOLDS)
    if len(found) > 1:
        verdict = Verdict(Kind.REFUTED, counterexample=f"the fixed points are {points}")
    notes = (f"near theta* the factor is {shown(slope)}",)
    return Finding(verdict, Number(Fraction(1)), Number(Fraction(len(found))), of, notes)


@dataclass(frozen=True)
class Count:
    """``O((|θ*|ρ)^{−power})`` iterations, times log n or not."""

    power: int = 1
    log: bool = False


def check_count(at: At, claimed: Count) -> Finding:
    """Is error n^{−1/2} reached within a number of steps that does not depend on n?

    For a fixed number T of steps the iterate of sample EM tends, as n grows, to that of population
    EM. Its error there is a positive number, so no T that is free of n brings the error below a
    bound that tends to 0.
    """
    theta, rho = at["theta"], at["rho"]
    steps = -(-at["steps"] // (theta * rho) ** claimed.power)
    with precision(120):
        shift, truth = setting(at)
        end = arb(0)
        for _ in range(int(steps)):
            end = em(end, shift, truth)
        error = number(ball(theta) - end)
        slope = em_slope(ball(theta), shift, truth)
        rate, local = number(-slope.log()), number(slope)
    of = f"error of population EM from 0 after {steps} steps"
    pace = (
        f"near theta* each step takes the factor {shown(local)}, so n^(-1/2) asks for "
        f"log n/{float(2 * rate.value):.4g} steps"
    )
    if claimed.log:
        alone = check_global(at, False).verdict.accepts and local.upper < 1
        verdict = Verdict(Kind.HOLDS if alone else Kind.INCONCLUSIVE)
    elif error.lower > 0:
        verdict = Verdict(
            Kind.REFUTED,
            counterexample=f"theta* = {plain(theta)}, rho = {plain(rho)}: population EM is "
            f"{float(error.lower):.3g} away after {steps} steps, so as n grows more are needed",
        )
    else:
        verdict = Verdict(Kind.INCONCLUSIVE)
    read = "only the abstract was read: the theorem may well have the factor log n"
    value = formula.number(0)
    law = (((1 + rho) / 2, theta), ((1 - rho) / 2, -theta))
    for _ in range(int(steps)):
        value = formula.em(value, formula.atanh(rho), law)
    compared = Comparison(theta - value, "<=", formula.number(0))  # it is not reached
    return Finding(verdict, None, error, of, (pace, read), compared if not claimed.log else None)


ENTRY = Entry(
    name="weinberger_2022",
    arxiv="2103.15653",
    authors="Weinberger, Bresler",
    year=2022,
    title="The EM Algorithm is Adaptively-Optimal for Unbalanced Symmetric Gaussian Mixtures",
    setting="Model and truth: N(theta, 1) and N(-theta, 1) with known weights (1 +- rho)/2, "
    "rho = |1 - 2 delta*|. EM on the population, from 0.",
    parameters=(
        Parameter("theta", "theta* of the truth", Fraction(1), Fraction(1, 10), Fraction(2)),
        Parameter("rho", "difference of the weights",
                  Fraction(1, 2), Fraction(1, 20), Fraction(19, 20)),
        Parameter("steps", "C, for C/(theta* rho) steps", Fraction(2), Fraction(1), Fraction(20)),
    ),
    statements=(
        Statement(
            "global convergence",
            '"the population version of the EM algorithm globally converges if the initial '
            'estimate has non-negative inner product with the mean of the larger weight component"',
            Known.QUOTED,
            "as on jmlr.org/papers/v23/21-0186.html; checked for d = 1",
            False,
            check_global,
            (Mutant("from every initial estimate, at theta* = 3/2", True,
                    (("theta", Fraction(3, 2)),)),),
        ),
        Statement(
            "number of iterations",
            '"the EM algorithm adaptively achieves the minimax error rate", of order n^(-1/2) for '
            "fixed theta* and delta*, in no more than O(1/(|theta*|(1 - 2 delta*))) iterations.",
            Known.QUOTED,
            "as on jmlr.org/papers/v23/21-0186.html; formulas not in quotation marks",
            Count(),
            check_count,
            (Mutant("O(1/(|theta*|(1 - 2 delta*))^2)", Count(2)),),
            amended=("O(log n) for fixed theta* and delta*", Count(log=True)),
        ),
    ),
)  # fmt: skip
