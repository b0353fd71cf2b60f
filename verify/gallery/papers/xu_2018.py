"""1810.11344: the pair ±θ fitted to itself, with the weight fixed (EM1) or learned (EM2).

Truth: w N(θ*, 1) + (1 − w) N(−θ*, 1), ρ = 2w − 1. EM1 is M(θ) = E x tanh(θx + artanh ρ), which
increases. EM1 started below a negative fixed point stays below it. EM2 also sets ρ to E tanh(θx +
artanh ρ).
"""

from __future__ import annotations

from fractions import Fraction

from flint import arb

from overspec.decimals import Number, rounded_down, rounded_up
from overspec.verify.enclosures.ball import Ball, Inconclusive, dyadic
from overspec.verify.gallery.entry import At, Entry, Mutant, Parameter, Statement, plain
from overspec.verify.gallery.line import (
    Truth,
    ball,
    em,
    em_slope,
    number,
    pair,
    precision,
    tanh_moment,
)
from overspec.verify.gallery.search import Least, least
from overspec.verify.gallery.verdict import Finding, Kind, Known, Verdict, shown

#: Where δ is looked for, in units of ρ; it is near 2ρ.
RANGE = (Fraction(17, 10), Fraction(12, 5))
WIDTH = Fraction(1, 5000)  # of the bracket of δ, in units of ρ
STEPS = 40  # of EM2 before the limit is enclosed


def trapped(theta: Fraction, rho: Fraction) -> bool | None:
    """Whether EM1 has a negative fixed point; None where that is not decided.

    M(θ) − θ is positive at 0 (ρ²θ*) and for θ < −√(1 + θ*²), as |M| ≤ E|x|. It has a zero between
    exactly if it is negative somewhere; where it is positive everywhere there is none.
    """
    shift, law = ball(rho).atanh(), pair(ball(theta), ball(rho))
    end = -Fraction(int((1 + float(theta) ** 2) ** 0.5 * 16) + 2, 16)
    found = least(
        lambda t: em(t, shift, law) - t, lambda t: em_slope(t, shift, law) - 1, end, Fraction(0)
    )
    return found.value.upper < 0 if isinstance(found, Least) else None


def delta(rho: Fraction) -> Number | Inconclusive:
    """A bracket: at its lower end EM1 has no negative fixed point, at its upper end it has one."""
    low, high = (share * rho for share in RANGE)
    if trapped(low, rho) is not False or trapped(high, rho) is not True:
        return Inconclusive("the range of theta does not hold the threshold")
    while high - low > WIDTH * rho:
        middle = Fraction(round((low + high) * 2**23), 2**24)
        found = trapped(middle, rho)
        if found is None:
            break
        low, high = (low, middle) if found else (middle, high)
    return Number.between(low, high)


def check_fixed(at: At, claimed: tuple[Fraction, Fraction]) -> Finding:
    """EM1 fails beyond some δ(w): is there one, and is it in the interval that is claimed?"""
    rho = 2 * at["weight"] - 1
    with precision(53):
        found = delta(rho)
    of = f"delta, where EM with the weight fixed begins to fail, at w = {plain(at['weight'])}"
    if isinstance(found, Inconclusive):
        return Finding(Verdict(Kind.INCONCLUSIVE), None, None, of, (found.reason,))
    low, high = claimed
    if found.upper < low or found.lower > high:
        verdict = Verdict(Kind.REFUTED, counterexample=f"delta is {shown(found)}")
    else:
        verdict = Verdict(Kind.HOLDS)
    notes = (
        f"at theta* = {rounded_up(found.upper, 6)} a negative fixed point keeps all that starts "
        f"below it; at {rounded_down(found.lower, 6)} there is none",
        f"delta/(2w - 1) = {shown(Number.between(found.lower / rho, found.upper / rho), 4)}",
    )
    return Finding(verdict, None, found, of, notes)


def learned(theta: Ball, rho: Ball, law: Truth) -> tuple[Ball, Ball]:
    """One step of EM2."""
    shift = rho.atanh()
    return em(theta, shift, law), tanh_moment(theta, shift, law, tanh=1)


def limit_at_zero(truth: Fraction, start: Fraction, rho: Fraction) -> Number | None:
    """The limit of ρ, if EM2 provably tends to (0, ρ∞) with ρ∞ > 0; balanced truth.

    With t = tanh(θx), x symmetric and a = ρ, the mean over ±x gives θ' = E (1 − a²)xt/(1 − a²t²)
    and a' = a E(1 − t²)/(1 − a²t²). From t² ≤ θ²x² follow

        θ'/θ ≤ q(a, θ) = (1 − a²)E x² + a²θ²E x⁴,   a ≥ a' ≥ a(1 − θ²E x²).

    Once q < 1 on all of [a∞, a], θ falls geometrically, and a loses at most the factor
    1 − E x²·θ²/(1 − q²) in all.
    """
    mean, a, theta = ball(truth), ball(rho), ball(start)
    law = pair(mean, arb(0))
    for _ in range(STEPS):
        theta, a = learned(theta, a, law)
    second = 1 + mean * mean
    fourth = mean**4 + 6 * mean * mean + 3
    kept = a * ball(Fraction(99, 100))  # a guess of a bound of a∞, confirmed below
    square = theta * theta
    q = (1 - kept * kept) * second + square * fourth
    if not (kept > 0 and q < 1 and q > 0):
        return None
    lost = second * square / (1 - q * q)
    if not lost < ball(Fraction(1, 100)):
        return None
    return Number.between(dyadic((a * (1 - lost)).lower()), dyadic(a.upper()))


def check_learned(at: At, weight: Fraction | None) -> Finding:
    """EM2 on a balanced truth, from a small mean and an initial weight; any weight if None."""
    theta, start = at["theta"], at["start"]
    first = at["start_weight"] if weight is None else weight
    of = "limit of the weight of EM2; the truth has 1/2"
    if first == Fraction(1, 2):
        # the weight stays 1/2; M is concave on θ ≥ 0 with M(0) = 0 and M'(0) = 1 + θ*² > 1
        return Finding(Verdict(Kind.HOLDS), None, Number(first), of)
    with precision():
        rho = limit_at_zero(theta, start, abs(2 * first - 1))
    if rho is None:
        pull = (1 + theta**2) * 4 * first * (1 - first)
        word = "not below 1" if pull >= 1 else "below 1, but EM leaves that region"
        note = f"at this start (1 + theta*^2) 4w(1 - w) = {float(pull):.4g}: {word}"
        return Finding(Verdict(Kind.INCONCLUSIVE), None, None, of, (note,))
    limit = Number.between((1 + rho.lower) / 2, (1 + rho.upper) / 2)
    if first < Fraction(1, 2):
        limit = Number.between(1 - limit.upper, 1 - limit.lower)
    where = (
        f"w* = 1/2, theta* = {plain(theta)}, start ({plain(start)}, {plain(first)}): "
        f"the limit is (0, {shown(limit)})"
    )
    if weight is not None:
        return Finding(Verdict(Kind.REFUTED, counterexample=where), None, limit, of)
    verdict = Verdict(
        Kind.CONDITION,
        condition="on the initial weight; at w* = 1/2 every (0, w) with "
        "(1 + theta*^2) 4w(1 - w) < 1 attracts",
        counterexample=where,
    )
    with precision():
        law = pair(ball(theta), arb(0))
        point = ball(start), ball(Fraction(3, 5))
        for _ in range(2 * STEPS):
            point = learned(*point, law)
        near = number(point[0])
    notes = (f"from weight 0.8 theta is {shown(near)} after {2 * STEPS} steps",)
    return Finding(verdict, None, limit, of, notes)


ENTRY = Entry(
    name="xu_2018",
    arxiv="1810.11344",
    authors="Xu, Hsu, Maleki",
    year=2018,
    title="Benefits of over-parameterization with EM",
    setting="Truth: w N(theta*, 1) + (1 - w) N(-theta*, 1). Model: the same, with the weight fixed "
    "at w (EM1) or learned (EM2). EM on the population.",
    parameters=(
        Parameter("weight", "w of the truth, for EM1",
                  Fraction(7, 10), Fraction(51, 100), Fraction(99, 100)),
        Parameter("theta", "theta* of the truth, for EM2 (there w = 1/2)",
                  Fraction(1), Fraction(1, 10), Fraction(3)),
        Parameter("start", "initial mean of EM2",
                  Fraction(1, 10), Fraction(1, 1000), Fraction(1)),
        Parameter("start_weight", "initial weight of EM2",
                  Fraction(19, 20), Fraction(1, 100), Fraction(99, 100)),
    ),
    statements=(
        Statement(
            "weight fixed",
            "For w* other than 1/2 there is a delta such that, for theta* > delta, EM with the "
            "weight fixed fails from initial means that are negative enough.",
            Known.RESTATED,
            "theorem on EM with known weights",
            (Fraction(0), Fraction(10**6)),
            check_fixed,
            (
                Mutant("delta(0.7) >= 0.9", (Fraction(9, 10), Fraction(10**6)),
                       (("weight", Fraction(7, 10)),)),
                Mutant("delta(0.7) <= 0.7", (Fraction(0), Fraction(7, 10)),
                       (("weight", Fraction(7, 10)),)),
            ),
        ),
        Statement(
            "weight learned",
            '"introducing the (statistically redundant) weight parameters enables EM to find the '
            'global maximizer of the log-likelihood starting from almost any initial mean '
            'parameters"',
            Known.QUOTED,
            "as on deepai.org/publication/benefits-of-over-parameterization-with-em",
            None,
            check_learned,
            (Mutant("initial weight 0.95", Fraction(19, 20)),),
            amended=("w* = 1/2, initial weight 1/2", Fraction(1, 2)),
        ),
    ),
)  # fmt: skip
