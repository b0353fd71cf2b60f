"""The audit row on how fast KL decays (P9).

P9 once amended "the PL rate is the rate". The summary does not say that the inequality is sharp: it
says that KL decays exponentially, in O(log 1/ε) iterations, and that is what is judged: with the
factor (1 − σ)² a step, ε is reached in about log(1/ε)/(2|log(1 − σ)|) of them; the inequality alone
gives the factor 1 − σ. Margins are relative slacks: 1 is far from failing, 0 is the edge.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from overspec.mixture import Mixture
from overspec.proofs.language.statement import Relation, Statement
from overspec.verify.claims.cases import (
    AMPLITUDES,
    after_step,
    corner,
    frequencies,
    is_regular,
    mixtures,
    scaled,
    separating,
    small,
)
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Scope
from overspec.verify.claims.sentences import judge as sentences
from overspec.verify.claims.sentences.estimate import Estimate
from overspec.verify.claims.sentences.judge import form
from overspec.verify.claims.sentences.letters import LEAST, Instance, Seen, quotient
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.richardson import Limit
from overspec.verify.engines.spectrum import dft_energy, sigma


@dataclass(frozen=True)
class Decay:
    """KL near 0 along the slowest block: the p of KL ← (1 − σ)^p KL, as θ → 0."""

    mixture: Mixture
    power: Limit


def _measure_decay(scope: Scope) -> tuple[Decay, ...]:
    looked_at = (*mixtures(tuple(sorted({*small(scope.ks), 4, 5, 6}))), *separating())
    return tuple(decay(mixture) for mixture in looked_at if is_regular(mixture))


def decay(mixture: Mixture) -> Decay:
    """KL of two steps at |θ| = 1/8 … 1/64 in the slowest block of F(R), extrapolated to 0."""
    charged = frequencies(mixture)
    slowest = min(charged, key=lambda m: float(dft_energy(mixture.weights, m)))
    rate = math.log(1 - float(sigma(mixture)))
    values, errors = [], []
    for a in AMPLITUDES:
        before = evaluate(mixture, scaled(corner(mixture.k, slowest), a))
        after = evaluate(mixture, after_step(before))
        parts = [(float(value.kl), float(value.error)) for value in (before, after)]
        values.append(math.log(parts[1][0] / parts[0][0]) / rate)
        errors.append(sum(error / kl for kl, error in parts) / -rate)
    return Decay(mixture, Limit.of(values, errors))


def shrinkage(fact: Decay) -> Estimate:
    """The factor of KL in a step, from the exponent: ``(1 − σ)^p``."""
    rate = math.log(1 - float(sigma(fact.mixture)))
    value = math.exp(rate * fact.power.value)
    return Estimate(value, -rate * value * fact.power.error)


def _judge_decay(sentence: Statement, facts: Sequence[Decay]) -> Finding:
    instances = [
        Instance(
            f"{fact.mixture}: KL shrinks by 1 − σ to the power {fact.power.value:.6f}",
            {"factor": shrinkage(fact)},
            fact.mixture,
        )
        for fact in facts
    ]
    largest = max(fact.power.error for fact in facts)
    return sentences.judge(sentence, instances, values=(
        ("mixtures", str(len(facts))), ("largest error of the exponent", f"{largest:.1e}"),
    ))  # fmt: skip


FACTOR = Seen("factor", quotient("KL_{t+1}", "KL_t"))


def decays(power: int | Fraction) -> Statement:
    """KL shrinks by (1 − σ)^power per step, asymptotically."""
    return Relation(FACTOR, "to", (1 - LEAST) ** power if power != 1 else 1 - LEAST)


DECAY = Claim(
    id="P9",
    title="KL decays exponentially, in O(log 1/ε) iterations",
    statement=f"Along EM from the slowest block, for regular weights: {decays(2).tex}.",
    source=f"{SUMMARY}, Executive Summary",
    said="By leveraging the Polyak-Łojasiewicz inequality, the authors prove that KL divergence "
    "decays exponentially fast (O(log(1/ε)) iterations) under specific structural conditions.",
    depends=("S4", "T1"),
    theta=f"the slowest block, |θ| ≤ {AMPLITUDES[0]}",
    measure=_measure_decay,
    judge=_judge_decay,
    stated=form(decays(2)),
    mutants=tuple(form(decays(Fraction(p, 100))) for p in (196, 199, 201, 204, 100)),
)
