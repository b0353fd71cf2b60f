"""Audit rows on the rate: starts outside γ (P2); with P7 of `tying` and P9 of `decay`.

Margins are relative slacks: 1 is far from failing, 0 is the edge.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from overspec.evidence import Outcome
from overspec.mixture import Energies, Mixture
from overspec.proofs.language.expression import ONE, Sym, expr
from overspec.proofs.language.render import letter
from overspec.proofs.language.statement import Both, Every, Iff, Relation, Statement
from overspec.verify.claims.audit.decay import DECAY
from overspec.verify.claims.audit.tying import TYING
from overspec.verify.claims.cases import after_step, small
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Form, Scope
from overspec.verify.claims.sentences import judge as sentences
from overspec.verify.claims.sentences.estimate import Estimate
from overspec.verify.claims.sentences.judge import form
from overspec.verify.claims.sentences.letters import LEAST, Instance, Quantity, Seen, norm
from overspec.verify.em.simplices import keeps_simplices, simplex_run
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.radius.search import gamma


@dataclass(frozen=True)
class Start:
    """A population EM run from a regular simplex at some multiple of the measured γ."""

    mixture: Mixture
    multiple: float  # |θ_0| / γ
    largest_factor: float  # worst |θ_{t+1}| / |θ_t| of the run
    reached: float  # |θ_t| / γ at the end


GAP = Fraction(9, 10)
STEPS = 400
ERROR = 1e-6  # of a norm of a run, relative
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


def _judge_starts(sentence: Statement, facts: Sequence[Start]) -> Finding:
    instances = [
        Instance(
            f"{fact.mixture}, |θ_0| = {fact.multiple:g} γ: norm down to {fact.reached:.2f} γ, "
            f"largest factor {fact.largest_factor:.4f}",
            {
                "end": Estimate(fact.reached, ERROR),
                "radius": 1.0,  # in multiples of γ
                "after": Estimate(fact.largest_factor, ERROR),
                "before": 1.0,  # in multiples of |θ_t|, at the worst t
            },
            fact.mixture,
            {"start": fact.multiple},
        )
        for fact in facts
    ]
    return sentences.judge(sentence, instances, values=(("starts", str(len(facts))),))


END, RADIUS = Seen("end", norm("T")), Seen("radius", letter("gamma"))
AFTER, BEFORE = Seen("after", norm("t+1")), Seen("before", norm("t"))
START = Quantity(norm("0"), lambda m, env: m.start)
T = Sym("t")
WITHIN = Relation(START, "<=", RADIUS)


def starts(factor: Any = ONE, *, where: Statement | None = None) -> Form:
    """From every start EM comes below γ, or from some alone; and no step exceeds a factor."""
    comes: Statement = Relation(END, "<", RADIUS)
    step = Every(T, None, Relation(AFTER, "<", expr(factor) * BEFORE))
    return form(Both((comes if where is None else Iff(where, comes), step)))


OUTSIDE = Claim(
    id="P2",
    title="starting outside γ loses convergence",
    statement=r"From every start tried, inside $\gamma$ and outside, there is a $T$ such that "
    f"{starts().payload.tex}.",
    source=f"{SUMMARY}, Failure signatures",
    said="Divergence/Instability: Initialization radius exceeds γ, leaving strongly convex basin",
    depends=("T1",),
    theta="regular simplices, |θ_0| = γ/2, 2γ, 4γ, 8γ",
    measure=_measure_starts,
    judge=_judge_starts,
    stated=starts(where=WITHIN),
    amended=starts(),
    mutants=(
        starts(Fraction(95, 100)),
        starts(Fraction(1, 2)),
        starts(1 - Fraction(102, 100) * LEAST),
        starts(1 - LEAST + Fraction(1, 10**6)),
        starts(where=Relation(START, "<=", 2 * RADIUS)),
    ),
    expected=Outcome.AMENDED,
)


CLAIMS = (
    OUTSIDE,
    TYING,
    DECAY,
)
