"""The audit row on what an exponential rate requires (P7): not a simplex, but tied means.

P7 once amended the key result "EM achieves exponential convergence" by saying that free means do
not. The summary's update is θ ← M(θ), with tied means, so that this was no correction of it. What
it does say is that the rate *requires* simplex geometry, and that is judged here: the means of a
tied orbit need not form a simplex, and free means from a simplex have no exponential rate. (What of
the data distribution is required is P10's.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from overspec.evidence import Outcome
from overspec.mixture import Mixture
from overspec.proofs.language.expression import ONE, Sym, expr
from overspec.proofs.language.operators import K
from overspec.proofs.language.render import letter
from overspec.proofs.language.statement import Both, If, Iff, Relation, Statement
from overspec.verify.claims.audit.decay import FACTOR, Decay, decay, decays, shrinkage
from overspec.verify.claims.cases import is_regular, mixtures, separating, small
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Scope
from overspec.verify.claims.sentences import judge as sentences
from overspec.verify.claims.sentences.estimate import Estimate, Growth, estimate
from overspec.verify.claims.sentences.judge import form
from overspec.verify.claims.sentences.letters import Given, Instance, Ratio, Seen
from overspec.verify.em.free import free_trajectory
from overspec.verify.engines.richardson import Limit
from overspec.verify.engines.spectrum import sigma


@dataclass(frozen=True)
class Tail:
    """Population EM with free means from the simplex of radius 1: what KL tends to be like.

    Attributes:
        power: the p of KL ~ t^(−p).
        constant: the limit of t² KL.
    """

    mixture: Mixture
    power: Limit
    constant: Limit


@dataclass(frozen=True)
class Tying:
    """Tied orbits that are no regular simplices, and free means that start from one."""

    tied: tuple[Decay, ...]
    free: tuple[Tail, ...]


TIMES = (12, 24, 48, 96, 192)
FREE_DIGITS = 14  # that the lattices are built for


def _measure(scope: Scope) -> Tying:
    chosen = [m for m in mixtures(small(scope.ks)) if is_regular(m) and float(sigma(m)) > 0.02]
    others = (*mixtures((4, 5, 6)), *separating())
    return Tying(
        # θ in one block is a regular simplex for k ≤ 3 only
        tuple(decay(mixture) for mixture in others if mixture.k > 3 and is_regular(mixture)),
        tuple(map(tail, chosen)),
    )


def tail(mixture: Mixture) -> Tail:
    """The exponent and the constant of KL_t, extrapolated from t up to 192.

    ``x = KL^(−1/2)`` grows by ``D_t = x_{t+1} − x_t`` a step. Where KL ~ C t^(−p), x ~ t^(p/2) and
    ``D ~ x^s`` with ``s = 1 − 2/p``; and D² → 1/C where p = 2. Near the optimum D is a series in
    1/x, hence in 1/t up to logarithms of second order, so that s and D from t, 2t, 4t, … have
    limits by Richardson, with an error read off the table. In t itself KL would have log t/t.
    """
    run = free_trajectory(mixture, Fraction(1), TIMES[-1] + 1, digits=FREE_DIGITS)
    x = run.kl**-0.5
    off = x**3 * np.array([step.kl_error for step in run.steps]) / 2  # of x
    growth = [float(x[t + 1] - x[t]) for t in TIMES]
    doubt = [float(off[t + 1] + off[t]) for t in TIMES]
    powers, errors = [], []
    for i in range(len(TIMES) - 1):
        length = math.log(float(x[TIMES[i + 1]] / x[TIMES[i]]))
        slope = math.log(growth[i + 1] / growth[i]) / length
        powers.append(2 / (1 - slope))
        error = (doubt[i] / growth[i] + doubt[i + 1] / growth[i + 1]) / length
        errors.append(2 * error / (1 - slope) ** 2)
    constants = [1 / d**2 for d in growth]
    doubts = [2 * error / d**3 for error, d in zip(doubt, growth, strict=True)]
    return Tail(mixture, Limit.of(powers, errors, 2.0), Limit.of(constants, doubts, 2.0))


def _instances(facts: Tying) -> list[Instance]:
    """Where KL shrinks by a factor, t^s KL_t → 0; where it is a power of t, the factor is 1."""
    tied = [
        Instance(
            f"{fact.mixture}, tied, no simplex: KL shrinks by 1 − σ to the power "
            f"{fact.power.value:.6f}",
            {"factor": shrinkage(fact), "KL_t": Growth(estimate(-math.inf), estimate(0))},
            fact.mixture,
            {"tied": True},
        )
        for fact in facts.tied
    ]
    free = [
        Instance(
            f"{run.mixture}, free means: KL falls by t to the power −{run.power.value:.4f}, "
            f"t² KL → {run.constant.value:.6f}",
            {
                "factor": estimate(1),
                "KL_t": Growth(
                    -Estimate(run.power.value, run.power.error),
                    Estimate(run.constant.value, run.constant.error),
                ),
            },
            run.mixture,
            {"tied": False},
        )
        for run in facts.free
    ]
    return [*tied, *free]


def _judge(sentence: Statement, facts: Tying) -> Finding:
    largest = max((fact.power.error for fact in facts.free), default=0.0)
    return sentences.judge(sentence, _instances(facts), values=(
        ("tied orbits", str(len(facts.tied))),
        ("runs with free means", str(len(facts.free))),
        ("largest error of their exponent", f"{largest:.1e}"),
    ))  # fmt: skip


KL_T, T = Seen("KL_t", letter("KL_t")), Sym("t")
TIED = Given(
    ("the means are tied and form no simplex",),
    ("the means are free and start from a simplex",),
    lambda m: m.tied,
)
FREE = replace(TIED, denied=True)


def tying(
    tied: int | Fraction = 2, free: int | Fraction = 2, share: int | Fraction = 1
) -> Statement:
    """KL ← (1 − σ)^tied KL on tied orbits; t^free KL → share·(k − 1)/16 with free means."""
    return Both((
        Iff(TIED, decays(tied)),
        Iff(FREE, Relation(Ratio(KL_T, T, expr(free), True), "to",
                           Fraction(share) / 16 * (K - 1))),
    ))  # fmt: skip


TYING = Claim(
    id="P7",
    title="an exponential rate requires simplex geometry",
    statement=f"For regular weights: {tying().tex}.",
    source=f"{SUMMARY}, Design tradeoffs",
    said="Exponential rate requires specific data distribution and simplex geometry",
    depends=("E1", "Q1o", "Q1f"),
    theta="the slowest block, |θ| ≤ 1/8; free means from a regular simplex of norm 1",
    measure=_measure,
    judge=_judge,
    stated=form(If(TIED, Relation(FACTOR, "to", ONE))),
    amended=form(tying()),
    mutants=(
        form(tying(tied=Fraction(198, 100))),
        form(tying(tied=Fraction(202, 100))),
        form(tying(free=Fraction(198, 100))),
        form(tying(free=Fraction(202, 100))),
        form(tying(share=Fraction(98, 100))),
        form(tying(share=Fraction(102, 100))),
    ),
    expected=Outcome.AMENDED,
)
