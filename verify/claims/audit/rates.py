"""Audit rows on the rate: starts outside γ, free means, PL against the true rate (P2, P7, P9).

Margins are relative slacks: 1 is far from failing, 0 is the edge.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from overspec.evidence import Outcome
from overspec.mixture import Energies, Mixture
from overspec.verify.claims.cases import after_step, is_regular, mixtures, small
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Form, Scope, worst
from overspec.verify.em.free import free_trajectory
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.spectrum import dft_energies, sigma
from overspec.verify.radius.search import gamma


def _sigma(mixture: Mixture) -> float:
    return float(sigma(mixture))


# --- P2: starts outside γ -------------------------------------------------------------------------


@dataclass(frozen=True)
class Start:
    """A population EM run from a regular simplex at some multiple of the measured γ."""

    mixture: Mixture
    multiple: float  # |θ_0| / γ
    largest_factor: float  # worst |θ_{t+1}| / |θ_t| of the run
    reached: float  # |θ_t| / |θ_0| at the end


GAP = Fraction(9, 10)
STEPS = 60


def _measure_starts(scope: Scope) -> tuple[Start, ...]:
    facts = []
    for k in small(scope.ks):
        mixture = Mixture.simplex(k, "one-heavy:9/10")
        radius = gamma(mixture, kind="factor", gap=GAP, orbit="simplex", digits=4).lower
        for multiple in (0.5, 2.0, 4.0):
            start = Fraction(round(float(radius) * multiple * 100), 100)
            facts.append(_run(mixture, start, multiple))
    return tuple(facts)


def _run(mixture: Mixture, start: Fraction, multiple: float) -> Start:
    point, factors, first = Energies.regular_simplex(mixture.k, start), [], float(start)
    norm = first
    for _ in range(STEPS):
        point = after_step(evaluate(mixture, point, digits=6))
        size = math.sqrt(float(point.norm_squared))
        factors.append(size / norm)
        norm = size
        if norm < 1e-3 * first:
            break
    return Start(mixture, multiple, max(factors), norm / first)


@dataclass(frozen=True)
class StartForm:
    """Which starts are said to converge, and under which factor per step."""

    converges: Callable[[float], bool]
    factor: Callable[[Mixture], float]


def _judge_starts(form: StartForm, facts: Sequence[Start]) -> Finding:
    cases = []
    for fact in facts:
        where = (
            f"{fact.mixture}, |θ_0| = {fact.multiple:g} γ: norm down to {fact.reached:.1e} of it, "
            f"largest factor {fact.largest_factor:.4f}"
        )
        slack = (0.01 - fact.reached) / 0.01
        cases.append((where, slack if form.converges(fact.multiple) else -slack))
        cases.append((where, form.factor(fact.mixture) - fact.largest_factor))
    return worst(cases, values=(("starts", str(len(facts))),))


OUTSIDE = Claim(
    id="P2",
    title="starting outside γ loses convergence",
    statement=r"EM converges to $\theta^*=0$ from every start; beyond $\gamma$ only the guaranteed "
    r"factor per step is larger than $1-c\sigma$, and it stays below $1$.",
    source=f"{SUMMARY}, Failure signatures",
    said="Divergence/Instability: Initialization radius exceeds γ, leaving strongly convex basin",
    theta="regular simplices, |θ_0| = γ/2, 2γ, 4γ",
    depends=("T1",),
    measure=_measure_starts,
    judge=_judge_starts,
    stated=Form("converges only from |θ_0| ≤ γ", StartForm(lambda s: s <= 1, lambda m: 1.0)),
    amended=Form(
        "converges from every start tried, inside and outside γ; each step contracts",
        StartForm(lambda s: True, lambda m: 1.0),
    ),
    mutants=(
        Form("and never slower than the local factor 1 − σ",
             StartForm(lambda s: True, lambda m: 1 - _sigma(m) + 1e-6)),
        Form("converges only from outside γ", StartForm(lambda s: s > 1, lambda m: 1.0)),
    ),
    expected=Outcome.AMENDED,
)  # fmt: skip

# --- P7: free means -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tail:
    """KL of population EM with free means at steps T and 2T, from the simplex of radius 1."""

    mixture: Mixture
    at_half: float
    at_end: float

    @property
    def exponent(self) -> float:
        """The p of KL ~ t^(−p) between the two."""
        return math.log2(self.at_half / self.at_end)


FREE_STEPS = 400
EXPONENT_TOLERANCE = 0.1  # the approach to t^(−2) is like 1/t, up to logarithms


def _measure_free(scope: Scope) -> tuple[Tail, ...]:
    facts = []
    for mixture in (m for m in mixtures(small(scope.ks)) if is_regular(m) and _sigma(m) > 0.02):
        run = free_trajectory(mixture, Fraction(1), FREE_STEPS)
        facts.append(Tail(mixture, run.steps[FREE_STEPS // 2].kl, run.steps[FREE_STEPS].kl))
    return tuple(facts)


def _judge_free(form: Callable[[Tail], float], facts: Sequence[Tail]) -> Finding:
    """The form predicts log2 of KL_T / KL_2T."""
    cases = [
        (
            f"{fact.mixture}: KL ~ t^(-{fact.exponent:.3f}) from t = {FREE_STEPS // 2}",
            1 - abs(fact.exponent - form(fact)) / EXPONENT_TOLERANCE,
        )
        for fact in facts
    ]
    return worst(cases, values=(("mixtures", str(len(facts))),))


def _exponential(fact: Tail) -> float:
    return -2 * math.log2(1 - _sigma(fact.mixture)) * FREE_STEPS / 2


FREE = Claim(
    id="P7",
    title="EM converges exponentially, without saying that the means are tied",
    statement=r"With free means EM has $\mathrm{KL}_t\sim t^{-2}$ for every $\pi$; the tying, "
    r"not the simplex, buys the exponential rate.",
    source=f"{SUMMARY}, Key Results",
    said="EM achieves exponential convergence in KL divergence (O(log(1/ε)) iterations) for "
    "overspecified mixtures with simplex-structured means",
    theta="free means from a regular simplex of norm 1",
    depends=("E1", "Q1f"),
    measure=_measure_free,
    judge=_judge_free,
    stated=Form("exponential at (1 − σ)² for free means too", _exponential),
    amended=Form("exponential for tied means only; free means give t⁻² for all weights tried",
                 lambda fact: 2.0),
    mutants=(Form("t⁻¹", lambda fact: 1.0), Form("t⁻³", lambda fact: 3.0)),
    expected=Outcome.AMENDED,
)  # fmt: skip

# --- P9: the PL rate and the true rate ------------------------------------------------------------


@dataclass(frozen=True)
class Decay:
    """KL before and after one EM step near 0 along the slowest block."""

    mixture: Mixture
    factor: float


CLOSE = Fraction(1, 20)  # the factor is approached like |θ|²
POWER_TOLERANCE = 0.05


def _measure_decay(scope: Scope) -> tuple[Decay, ...]:
    """Richardson in |θ|² of KL(M(θ))/KL(θ) at |θ| = 1/20 and 1/40 along the slowest block."""
    return tuple(
        Decay(mixture, (4 * _decay(mixture, CLOSE / 2) - _decay(mixture, CLOSE)) / 3)
        for mixture in mixtures(small(scope.ks))
        if is_regular(mixture)
    )


def _decay(mixture: Mixture, radius: Fraction) -> float:
    spectrum = dft_energies(mixture.weights)[1:]
    slowest = spectrum.index(min(spectrum))
    runs = tuple((radius**2 * int(m == slowest), 1) for m in range(len(spectrum)))
    before = evaluate(mixture, Energies(mixture.k, runs))
    after = evaluate(mixture, after_step(before))
    return float(after.kl) / float(before.kl)


def _judge_decay(power: float, facts: Sequence[Decay]) -> Finding:
    """The form says KL shrinks by (1 − σ)^power per step."""
    cases = []
    for fact in facts:
        seen = math.log(fact.factor) / math.log(1 - _sigma(fact.mixture))
        where = f"{fact.mixture}: factor {fact.factor:.6f} = (1 − σ)^{seen:.4f}"
        cases.append((where, 1 - abs(seen - power) / POWER_TOLERANCE))
    return worst(cases, values=(("mixtures", str(len(facts))),))


PL_RATE = Claim(
    id="P9",
    title="the Polyak–Łojasiewicz rate is the rate",
    statement=r"The KL divergence shrinks asymptotically by $(1-\sigma)^2$ per step, "
    r"$\sigma=\min_m|\hat\pi_m|^2$; the PL inequality alone gives only $1-\sigma$.",
    source=f"{SUMMARY}, Executive Summary",
    said="By leveraging the Polyak-Łojasiewicz inequality, the authors prove that KL divergence "
    "decays exponentially fast",
    theta=f"the slowest block, |θ| ≤ {CLOSE}",
    depends=("S4", "T1"),
    measure=_measure_decay,
    judge=_judge_decay,
    stated=Form("KL shrinks by 1 − σ per step", 1.0),
    amended=Form("KL shrinks by (1 − σ)² per step, twice the PL exponent", 2.0),
    mutants=(Form("(1 − σ)^(3/2)", 1.5), Form("(1 − σ)^4", 4.0)),
    expected=Outcome.AMENDED,
)


CLAIMS = (
    OUTSIDE,
    FREE,
    PL_RATE,
)
