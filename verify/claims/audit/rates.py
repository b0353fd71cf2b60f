"""Audit rows on the rate: starts outside γ (P2); with P7 of `tying` and P9 of `decay`.

Margins are relative slacks: 1 is far from failing, 0 is the edge.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from overspec.evidence import Outcome
from overspec.mixture import Energies, Mixture
from overspec.verify.claims.audit.decay import DECAY
from overspec.verify.claims.audit.tying import TYING
from overspec.verify.claims.cases import after_step, small
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Form, Scope, worst
from overspec.verify.em.population import keeps_simplices, simplex_run
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.spectrum import sigma
from overspec.verify.radius.search import gamma


def _sigma(mixture: Mixture) -> float:
    return float(sigma(mixture))


@dataclass(frozen=True)
class Start:
    """A population EM run from a regular simplex at some multiple of the measured γ."""

    mixture: Mixture
    multiple: float  # |θ_0| / γ
    largest_factor: float  # worst |θ_{t+1}| / |θ_t| of the run
    reached: float  # |θ_t| / γ at the end


GAP = Fraction(9, 10)
STEPS = 400
INSIDE = 0.5  # a run ends at half of γ, or at half of its start where that is inside already
MULTIPLES = (Fraction(1, 2), Fraction(2), Fraction(4), Fraction(8))
#: Weights with a finite γ, several per k: a heavy one, for where all are light g grows with |θ|.
STARTS = {
    2: ("9/10,1/10", "19/20,1/20"),
    3: ("one-heavy:9/10", "9/10,3/40,1/40"),
    4: ("one-heavy:9/10", "4/5,1/10,1/20,1/20"),
    1000: ("one-heavy:1/2",),
    10**6: ("one-heavy:1/2",),  # a step may contract by 4.5 % only
}


def _measure_starts(scope: Scope) -> tuple[Start, ...]:
    facts = []
    for k in (*small(scope.ks), *(k for k in STARTS if k > 4)):
        for weights in STARTS[k]:
            mixture = Mixture.simplex(k, weights)
            found = gamma(mixture, kind="factor", gap=GAP, orbit="simplex", digits=4)
            if not math.isfinite(float(found.upper)):
                raise ArithmeticError(f"{mixture}: no finite γ, so that no start is outside")
            facts += [_start(mixture, float(found.lower), float(n)) for n in MULTIPLES]
    return tuple(facts)


def _start(mixture: Mixture, radius: float, multiple: float) -> Start:
    point = Energies.regular_simplex(mixture.k, Fraction(round(radius * multiple * 100), 100))
    target = INSIDE * min(multiple, 1.0) * radius
    norms = _norms(mixture, point, target)
    factors = [after / before for before, after in pairwise(norms)]
    return Start(mixture, multiple, max(factors), norms[-1] / radius)


def _norms(mixture: Mixture, point: Energies, target: float) -> list[float]:
    """|θ_t| until it is below the target."""
    if keeps_simplices(mixture):
        return [step.norm for step in simplex_run(mixture, point, STEPS, target)]
    norms = [math.sqrt(float(point.norm_squared))]
    while len(norms) <= STEPS and norms[-1] > target:
        point = after_step(evaluate(mixture, point, digits=6))
        norms.append(math.sqrt(float(point.norm_squared)))
    return norms


@dataclass(frozen=True)
class StartForm:
    """Which starts are said to converge, and under which factor per step."""

    converges: Callable[[float], bool]
    factor: Callable[[Mixture], float]


def _judge_starts(form: StartForm, facts: Sequence[Start]) -> Finding:
    cases = []
    for fact in facts:
        where = (
            f"{fact.mixture}, |θ_0| = {fact.multiple:g} γ: norm down to {fact.reached:.2f} γ, "
            f"largest factor {fact.largest_factor:.4f}"
        )
        slack = 1 - fact.reached
        cases.append((where, slack if form.converges(fact.multiple) else -slack))
        cases.append((where, form.factor(fact.mixture) - fact.largest_factor))
    return worst(cases, values=(("starts", str(len(facts))),))


def _everywhere(words: str, factor: Callable[[float], float]) -> Form:
    """Converges from every start, with a bound on the factor per step in terms of σ."""
    return Form(words, StartForm(lambda s: True, lambda mixture: factor(_sigma(mixture))))


OUTSIDE = Claim(
    id="P2",
    title="starting outside γ loses convergence",
    statement=r"EM converges to $\theta^*=0$ from every start tried, inside $\gamma$ and up to "
    r"$8\gamma$; beyond $\gamma$ only the guaranteed factor per step is larger than $1-c\sigma$, "
    r"and it stays below $1$.",
    source=f"{SUMMARY}, Failure signatures",
    said="Divergence/Instability: Initialization radius exceeds γ, leaving strongly convex basin",
    depends=("T1",),
    theta="regular simplices, |θ_0| = γ/2, 2γ, 4γ, 8γ",
    measure=_measure_starts,
    judge=_judge_starts,
    stated=Form("converges only from |θ_0| ≤ γ", StartForm(lambda s: s <= 1, lambda m: 1.0)),
    amended=_everywhere(
        "converges from every start tried, inside and outside γ; each step contracts",
        lambda s: 1.0,
    ),
    mutants=(
        _everywhere("each step contracts by 5 % at least", lambda s: 0.95),
        _everywhere("each step contracts at least twofold", lambda s: 0.5),
        _everywhere("each step contracts by 1.02 σ at least", lambda s: 1 - 1.02 * s),
        _everywhere("and never slower than the local factor 1 − σ", lambda s: 1 - s + 1e-6),
        Form("converges only from |θ_0| ≤ 2γ", StartForm(lambda s: s <= 2, lambda m: 1.0)),
    ),
    expected=Outcome.AMENDED,
)


CLAIMS = (
    OUTSIDE,
    TYING,
    DECAY,
)
