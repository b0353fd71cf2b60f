"""The audit row on how fast KL decays (P9).

P9 once amended "the PL rate is the rate". The summary does not say that the inequality is sharp: it
says that KL decays exponentially, in O(log 1/ε) iterations, and that is what is judged. Margins are
relative slacks: 1 is far from failing, 0 is the edge.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from overspec.mixture import Mixture
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
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Form, Scope, worst
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


def _judge_decay(power: float, facts: Sequence[Decay]) -> Finding:
    """The form says that KL shrinks by (1 − σ)^power per step, asymptotically."""
    cases = [
        (f"{fact.mixture}: KL shrinks by (1 − σ)^{fact.power.value:.6f}", fact.power.slack(power))
        for fact in facts
    ]
    largest = max(fact.power.error for fact in facts)
    return worst(cases, values=(("mixtures", str(len(facts))),
                                ("largest error of the exponent", f"{largest:.1e}")))  # fmt: skip


DECAY = Claim(
    id="P9",
    title="KL decays exponentially, in O(log 1/ε) iterations",
    statement=r"With $\hat\pi_m\ne0$ on $F(R)$ the KL divergence shrinks asymptotically by "
    r"$(1-\sigma)^2$ per step, $\sigma=\min_m|\hat\pi_m|^2$: $\varepsilon$ is reached in about "
    r"$\log(1/\varepsilon)/(2|\log(1-\sigma)|)$ iterations. The PL inequality alone gives the "
    r"factor $1-\sigma$.",
    source=f"{SUMMARY}, Executive Summary",
    said="By leveraging the Polyak-Łojasiewicz inequality, the authors prove that KL divergence "
    "decays exponentially fast (O(log(1/ε)) iterations) under specific structural conditions.",
    depends=("S4", "T1"),
    theta=f"the slowest block, |θ| ≤ {AMPLITUDES[0]}",
    measure=_measure_decay,
    judge=_judge_decay,
    stated=Form("exponentially, KL by (1 − σ)² per step", 2.0),
    mutants=(
        Form("(1 − σ)^1.96", 1.96),
        Form("(1 − σ)^1.99", 1.99),
        Form("(1 − σ)^2.01", 2.01),
        Form("(1 − σ)^2.04", 2.04),
        Form("1 − σ, what the PL inequality alone gives", 1.0),
    ),
)
