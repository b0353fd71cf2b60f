"""The audit row on what an exponential rate requires (P7): not a simplex, but tied means.

P7 once amended the key result "EM achieves exponential convergence" by saying that free means do
not. The summary's update is θ ← M(θ), with tied means, so that this was no correction of it. What
it does say is that the rate *requires* simplex geometry, and that is judged here: the means of a
tied orbit need not form a simplex, and free means from a simplex have no exponential rate. (What of
the data distribution is required is P10's.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from overspec.evidence import Outcome
from overspec.mixture import Mixture
from overspec.verify.claims.audit.decay import Decay, decay
from overspec.verify.claims.cases import is_regular, mixtures, separating, small
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Form, Scope, worst
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


@dataclass(frozen=True)
class TyingForm:
    """What is said of both.

    Attributes:
        tied: the p of KL ← (1 − σ)^p KL on tied orbits that are no simplices; 0 is sublinear.
        free: the p of KL ~ t^(−p) with free means; None where nothing is said of them.
        constant: t² KL over (k − 1)/16, in the limit.
    """

    tied: float
    free: float | None = 2.0
    constant: float = 1.0


TIMES = (12, 24, 48, 96, 192)
FREE_DIGITS = 14  # of KL, absolute


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
    off = x**3 * 10.0**-FREE_DIGITS / 2  # of x, where KL is off by its digits
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


def _judge(form: TyingForm, facts: Tying) -> Finding:
    cases = [
        (
            f"{fact.mixture}, tied, no simplex: KL shrinks by (1 − σ)^{fact.power.value:.6f}",
            fact.power.slack(form.tied),
        )
        for fact in facts.tied
    ]
    for run in facts.free if form.free is not None else ():
        predicted, where = form.constant * (run.mixture.k - 1) / 16, f"{run.mixture}, free means: "
        power, constant = run.power, run.constant
        cases.append((f"{where}KL ~ t^(−{power.value:.4f})", power.slack(form.free or 0.0)))
        cases.append((f"{where}t² KL → {constant.value:.6f}", constant.slack(predicted)))
    largest = max((fact.power.error for fact in facts.free), default=0.0)
    return worst(cases, values=(("tied orbits", str(len(facts.tied))),
                                ("runs with free means", str(len(facts.free))),
                                ("largest error of their exponent", f"{largest:.1e}")))  # fmt: skip


TYING = Claim(
    id="P7",
    title="an exponential rate requires simplex geometry",
    statement=r"With tied means every orbit has the rate: along the slowest block, no simplex for "
    r"$k\ge4$, KL shrinks by $(1-\sigma)^2$ a step. With free means from a regular simplex "
    r"$t^2\,\mathrm{KL}_t\to(k-1)/16$ for regular $\pi$ too. The tying, not the simplex, buys "
    r"the exponential rate.",
    source=f"{SUMMARY}, Design tradeoffs",
    said="Exponential rate requires specific data distribution and simplex geometry",
    depends=("E1", "Q1o", "Q1f"),
    theta="the slowest block, |θ| ≤ 1/8; free means from a regular simplex of norm 1",
    measure=_measure,
    judge=_judge,
    stated=Form("tied orbits that are no regular simplices are sublinear", TyingForm(0.0, None)),
    amended=Form(
        "tied means have the rate (1 − σ)² on the other orbits tried too; free means from a "
        "simplex give t² KL → (k − 1)/16 for the weights tried",
        TyingForm(2.0),
    ),
    mutants=(
        Form("(1 − σ)^1.98 on tied orbits", TyingForm(1.98)),
        Form("(1 − σ)^2.02 on tied orbits", TyingForm(2.02)),
        Form("t^−1.98 for free means", TyingForm(2.0, 1.98)),
        Form("t^−2.02 for free means", TyingForm(2.0, 2.02)),
        Form("t² KL → 0.98 (k − 1)/16 for free means", TyingForm(2.0, constant=0.98)),
        Form("t² KL → 1.02 (k − 1)/16 for free means", TyingForm(2.0, constant=1.02)),
    ),
    expected=Outcome.AMENDED,
)
