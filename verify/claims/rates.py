"""The measured claims, T1 among them: linear convergence exactly where no DFT entry vanishes.

Margins are relative slacks: 1 is far from failing, 0 is the edge. The local factor is extrapolated
to θ = 0 (`engines.richardson`), and a sentence must meet it within the error stated there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from overspec.mixture import Mixture
from overspec.proofs.language.analysis import Length, Named
from overspec.proofs.language.expression import ONE, ZERO, Expr
from overspec.proofs.language.operators import PI, THETA, J, K
from overspec.proofs.language.ranges import PLANES, Z_K, Half, Range
from overspec.proofs.language.render import Script, letter
from overspec.proofs.language.statement import Both, Iff, Relation, Some, Statement
from overspec.verify.claims.cases import (
    SURVEY_RADII,
    corner,
    every,
    frequencies,
    is_regular,
    mapped,
    scaled,
    survey,
)
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Form, Scope
from overspec.verify.claims.measured.engines import ENGINES
from overspec.verify.claims.measured.null import SUBLINEAR, UNIFORM_RATE
from overspec.verify.claims.sentences import judge as sentences
from overspec.verify.claims.sentences.estimate import Estimate, Growth, estimate
from overspec.verify.claims.sentences.judge import form
from overspec.verify.claims.sentences.letters import (
    LEAST,
    SORTED,
    Instance,
    Ratio,
    Seen,
    Survey,
    energy,
)
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.richardson import Limit


@dataclass(frozen=True)
class Rate:
    """What was seen of one mixture: the smallest gap anywhere, and the factor near 0."""

    mixture: Mixture
    least_g: float  # over F(R) and all points
    error: float  # of it
    at: str
    largest_g: float
    local: Limit  # the largest factor of |θ| over the blocks as θ → 0


def _measure_rates(scope: Scope) -> tuple[Rate, ...]:
    facts = []
    for mixture in scope.mixtures or every(scope.ks):
        charged = frequencies(mixture)
        seen = [
            (min(float(value.g[m]) for m in charged), float(value.error), f"{mixture}, {point}")
            for point, value in survey(mixture, scope.quick)
        ]
        local = max((_local(mixture, m) for m in charged), key=lambda limit: limit.value)
        largest = max(
            float(value.g[m]) for _, value in survey(mixture, scope.quick) for m in charged
        )
        facts.append(Rate(mixture, *min(seen), largest, local))
    return tuple(facts)


def _local(mixture: Mixture, m: int) -> Limit:
    """The factor of |θ| in one step as θ → 0 in block m.

    From shorter θ, and more of them, than the constants of T2: 2 % of a small σ is little, and
    |M|/|θ| has no more than 1/a times the rounding of M.
    """
    values, errors = [], []
    for a in (Fraction(1, 2**n) for n in range(6, 12)):
        value = evaluate(mixture, scaled(corner(mixture.k, m), a))
        values.append(mapped(value) / float(a))
        errors.append(float(value.error) / float(a))
    return Limit.of(values, errors)


def _instance(fact: Rate) -> Instance:
    """Where π is regular and g is seen no farther from 0 than its error, nothing is seen of it."""
    told = fact.least_g > fact.error or not is_regular(fact.mixture)
    where = f"{fact.mixture}: local factor {fact.local.value:.7f}, g down to {fact.least_g:.4g}"
    return Instance(
        f"{where} at {fact.at}",
        {
            "g": {
                "inf": Estimate(fact.least_g, fact.error),
                "sup": Estimate(fact.largest_g, fact.error),
            }
            if told
            else None,
            # a finite limit of |M|/|θ| other than 0 is the exponent 1, exactly
            "M": Growth(estimate(1), Estimate(fact.local.value, fact.local.error)),
        },
        fact.mixture,
    )


def _judge_rates(sentence: Statement, facts: Sequence[Rate]) -> Finding:
    lowest = min((f.least_g for f in facts if is_regular(f.mixture)), default=math.nan)
    values = (("mixtures", str(len(facts))), ("least g over regular mixtures", f"{lowest:.4g}"))
    return sentences.judge(sentence, list(map(_instance, facts)), values=values)


LETTER_G = Seen("g", Script(letter("g"), letter("m")))
EVERYWHERE = Relation(Survey("inf", THETA, LETTER_G), ">", ZERO)
STEP = Seen("M", Length(Named("M", (THETA,))).box())
FACTOR = Ratio(STEP, Length(THETA), ONE)
REGULAR = Relation(LEAST, ">", ZERO)


def rate(linear: Statement, factor: Expr) -> Statement:
    """What is said of g everywhere, and of the factor near 0."""
    return Both((linear, Relation(FACTOR, "to", factor)))


def linear_iff(condition: Statement, factor: Expr = 1 - LEAST) -> Form:
    """T1 with another condition, or another factor near 0."""
    return form(rate(Iff(condition, EVERYWHERE), factor))


#: Local factors within 2 % of 1 − σ, σ = min|π̂_m|²: what no check of T1 may let pass.
NEAR_FACTORS: tuple[Expr, ...] = (
    1 - Fraction(102, 100) * LEAST,
    1 - Fraction(98, 100) * LEAST,
    1 - LEAST ** Fraction(101, 100),
    1 - LEAST ** Fraction(99, 100),
    (1 - LEAST) ** Fraction(102, 100),
)
HALFWAY = Range("", ONE, Half())

LINEAR = Claim(
    id="T1",
    title="linear convergence from anywhere, exactly when no DFT entry vanishes",
    statement=f"{linear_iff(REGULAR).payload.tex}, the latter as $\\theta\\to0$ in the slowest "
    "block.",
    source=f"math.md T1; {SUMMARY}, Key Results",
    said="EM achieves exponential convergence in KL divergence (O(log(1/ε)) iterations) for "
    "overspecified mixtures with simplex-structured means",
    depends=("S3", "S4", "S6", "E1"),
    theta=f"rays, |θ| ≤ {SURVEY_RADII[-1]}",
    measure=_measure_rates,
    judge=_judge_rates,
    stated=linear_iff(REGULAR),
    mutants=(
        *(linear_iff(REGULAR, factor) for factor in NEAR_FACTORS),
        form(rate(EVERYWHERE, 1 - LEAST)),
        linear_iff(Some(J, Z_K, Relation(PI[J], "!=", 1 / K))),
        linear_iff(Relation(LEAST.put({PI: SORTED}), ">", ZERO)),
        linear_iff(Both((Relation(energy(1), "!=", ZERO), Relation(energy(Half()), "!=", ZERO)))),
        linear_iff(Relation(LEAST.put({PLANES: HALFWAY}), ">", ZERO)),
    ),
    hypotheses=(
        "the infimum over θ is measured on rays and radii up to the edge of the survey; the limit "
        "θ → ∞ is not covered here",
    ),
)

CLAIMS = (ENGINES, LINEAR, SUBLINEAR, UNIFORM_RATE)
