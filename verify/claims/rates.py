"""The measured claims, T1 among them: linear convergence exactly where no DFT entry vanishes.

Margins are relative slacks: 1 is far from failing, 0 is the edge. The local factor is extrapolated
to θ = 0 (`engines.richardson`), and a form must meet it within the error stated there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from overspec.evidence import Evidence
from overspec.mixture import Mixture
from overspec.proofs.machinery.cyclotomic import null_frequencies
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
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Form, Scope, worst
from overspec.verify.claims.measured.engines import ENGINES
from overspec.verify.claims.measured.null import SUBLINEAR, UNIFORM_RATE
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.richardson import Limit
from overspec.verify.engines.spectrum import sigma, to_float
from overspec.weights import Weights


@dataclass(frozen=True)
class Rate:
    """What was seen of one mixture: the smallest gap anywhere, and the factor near 0."""

    mixture: Mixture
    least_g: float  # over F(R)
    error: float  # of it
    at: str
    local: Limit  # the largest factor of |θ| over the blocks as θ → 0


@dataclass(frozen=True)
class RateForm:
    """When convergence is said to be linear, and with which local factor of |θ| per step."""

    linear: Callable[[Mixture], bool]
    local: Callable[[Mixture], float]


def _measure_rates(scope: Scope) -> tuple[Rate, ...]:
    facts = []
    for mixture in scope.mixtures or every(scope.ks):
        charged = frequencies(mixture)
        seen = [
            (min(float(value.g[m]) for m in charged), float(value.error), f"{mixture}, {point}")
            for point, value in survey(mixture, scope.quick)
        ]
        local = max((_local(mixture, m) for m in charged), key=lambda limit: limit.value)
        facts.append(Rate(mixture, *min(seen), local))
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


def _judge_rates(form: RateForm, facts: Sequence[Rate]) -> Finding:
    cases = []
    for fact in facts:
        where = f"{fact.mixture}: local factor {fact.local.value:.7f}"
        cases.append((where, fact.local.slack(form.local(fact.mixture))))
        where = f"least g = {fact.least_g:.4g} at {fact.at}"
        if form.linear(fact.mixture):
            if is_regular(fact.mixture) and fact.least_g <= fact.error:
                return Finding(None, Evidence.MEASURED, worst_at=f"{where}: error {fact.error:.1e}")
            cases.append((where, fact.least_g - fact.error))
        else:
            cases.append((where, 1 - fact.least_g / fact.error))
    lowest = min((f.least_g for f in facts if is_regular(f.mixture)), default=math.nan)
    return worst(cases, values=(("mixtures", str(len(facts))),
                                ("least g over regular mixtures", f"{lowest:.4g}")))  # fmt: skip


def _sigma(mixture: Mixture) -> float:
    return float(sigma(mixture))


def _regular_at(chosen: Callable[[Mixture], tuple[int, ...]]) -> Callable[[Mixture], bool]:
    """Linear iff no π̂_m is 0 at the chosen frequencies."""
    return lambda x: not set(null_frequencies(x.weights)).intersection(chosen(x))


def _sorted_is_regular(mixture: Mixture) -> bool:
    ordered = Weights.of(sorted(mixture.weights, key=to_float))
    return not null_frequencies(ordered, mixture.action)


def _said(
    words: str,
    linear: Callable[[Mixture], bool] = is_regular,
    local: Callable[[float], float] = lambda s: 1 - s,
) -> Form:
    """A form of T1: the true one, except for what is given."""
    return Form(words, RateForm(linear, lambda mixture: local(_sigma(mixture))))


#: Local factors within 2 % of 1 − σ, σ = min|π̂_m|²: what no check of T1 may let pass.
NEAR_FACTORS: tuple[tuple[str, Callable[[float], float]], ...] = (
    ("local factor 1 − 1.02 min|π̂_m|²", lambda s: 1 - 1.02 * s),
    ("local factor 1 − 0.98 min|π̂_m|²", lambda s: 1 - 0.98 * s),
    ("local factor 1 − min|π̂_m|^2.02", lambda s: 1 - s**1.01),
    ("local factor 1 − min|π̂_m|^1.98", lambda s: 1 - s**0.99),
    ("local factor (1 − min|π̂_m|²)^1.02", lambda s: (1 - s) ** 1.02),
)

LINEAR = Claim(
    id="T1",
    title="linear convergence from anywhere, exactly when no DFT entry vanishes",
    statement=r"If $\hat\pi_m\ne 0$ for all $m\in F(R)$ then $\inf_\theta\min_m g_m>0$, so "
    r"$|\theta_{t+1}|\le\rho^*|\theta_t|$ with $\rho^*<1$ from any start; the local factor is "
    r"$1-\min_m|\hat\pi_m|^2$.",
    source=f"math.md T1; {SUMMARY}, Key Results",
    said="EM achieves exponential convergence in KL divergence (O(log(1/ε)) iterations) for "
    "overspecified mixtures with simplex-structured means",
    depends=("S3", "S4", "S6", "E1"),
    theta=f"rays, |θ| ≤ {SURVEY_RADII[-1]}",
    measure=_measure_rates,
    judge=_judge_rates,
    stated=_said("linear iff regular, local factor 1 − min|π̂_m|²"),
    mutants=(
        *(_said(words, local=local) for words, local in NEAR_FACTORS),
        _said("linear for all weights", lambda m: True),
        _said("linear iff the weights are not uniform", lambda m: len(m.weights.counts) > 1),
        _said("linear iff the sorted weights are regular", _sorted_is_regular),
        _said("linear iff π̂_m ≠ 0 for m = 1 and ⌊k/2⌋", _regular_at(lambda x: (1, x.k // 2))),
        _said("linear iff π̂_m ≠ 0 for all m from 1 to ⌊k/2⌋, in F(R) or not",
              _regular_at(lambda x: tuple(range(1, x.k // 2 + 1)))),
    ),
    hypotheses=(
        "the infimum over θ is measured on rays and radii up to the edge of the survey; the limit "
        "θ → ∞ is not covered here",
    ),
)  # fmt: skip

CLAIMS = (ENGINES, LINEAR, SUBLINEAR, UNIFORM_RATE)
