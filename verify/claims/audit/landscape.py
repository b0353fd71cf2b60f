"""The audit row on the landscape (P5): what is multi-modal, and what is convex near the origin.

P5 once amended "a multi-modal landscape is made convex" for tied means with degenerate weights. The
summary's contrast is with general configurations of means, so that these are judged here: k free
means anywhere, with fixed weights. Margins are slacks: 0 is the edge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import hypot

import numpy as np

from overspec.evidence import Outcome
from overspec.mixture import Mixture
from overspec.verify.claims.cases import (
    AMPLITUDES,
    corner,
    frequencies,
    is_regular,
    mixtures,
    scaled,
    separating,
    small,
)
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Form, Scope, worst
from overspec.verify.em.reference import gauss_hermite
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.richardson import Limit
from overspec.verify.engines.rounding import gamma
from overspec.verify.engines.spectrum import sigma, to_float
from overspec.weights import Weights


@dataclass(frozen=True)
class Configuration:
    """k means μ_j in the plane, free, with fixed weights: ``⟨∇L, μ⟩`` in two ways.

    L is the KL divergence from N(0, I_2) to ``Σ π_j N(μ_j, I_2)``. At a stationary point the slope
    is 0.

    Attributes:
        slope: ``Σ_j ⟨μ_j, E[w_j (μ_j − x)]⟩``, from the gradient.
        square: ``E|Σ_j w_j μ_j|²``, which integration by parts makes of it: positive unless all
            means are 0.
        error: of their difference.
    """

    weights: Weights
    means: tuple[tuple[float, float], ...]
    slope: float
    square: float
    error: float


@dataclass(frozen=True)
class Curvature:
    """``min_m lim 2L/a_m²`` over the blocks of F(R): the least curvature of L at the origin."""

    mixture: Mixture
    least: Limit


@dataclass(frozen=True)
class Landscape:
    """Free means in general position, and tied ones near the origin."""

    free: tuple[Configuration, ...]
    tied: tuple[Curvature, ...]


WEIGHTS = ("uniform", "one-heavy:3/5", "linear")
_nodes = cache(gauss_hermite)
NODES = (48, 64)  # per axis: the error is their difference
SPREADS = (0.25, 0.5)  # of a lattice of means


def _measure(scope: Scope) -> Landscape:
    free = [
        configuration(Weights.of(weights, k), spread)
        for k in sorted({2, 3, 4, 5, 6, *scope.ks})
        for weights in WEIGHTS
        for spread in SPREADS[: 1 if scope.quick else 2]
    ]
    looked_at = (*mixtures(tuple(sorted({*small(scope.ks), 3, 5, 6}))), *separating())
    return Landscape(tuple(free), tuple(map(_curvature, looked_at)))


def configuration(weights: Weights, spread: float) -> Configuration:
    """Means on a lattice, in no symmetric position, some of them near to one another."""
    means = tuple(
        (spread * ((7 * j + 3) % 11 - 5), spread * ((5 * j + 4) % 13 - 6)) for j in range(weights.k)
    )
    coarse, fine = (_slopes(weights, means, nodes) for nodes in NODES)
    far = max(hypot(*mean) for mean in means)
    # the worst case of sums over nodes and components; |terms| ≤ |μ|² + |μ||x|, and E|x| < 2
    rounding = gamma(NODES[-1] ** 2 + weights.k + 20) * far * (far + 2)
    error = max(abs(a - b) for a, b in zip(coarse, fine, strict=True)) + rounding
    return Configuration(weights, means, *fine, error)


def _slopes(
    weights: Weights, means: tuple[tuple[float, float], ...], nodes: int
) -> tuple[float, float]:
    points, mass = _nodes(2, nodes)
    centres = np.array(means)
    logs = np.log([to_float(weight) for weight in weights]) - (centres**2).sum(axis=1) / 2
    scores = points @ centres.T + logs
    w = np.exp(scores - scores.max(axis=1, keepdims=True))
    w /= w.sum(axis=1, keepdims=True)
    mixed = w @ centres
    toward = (w * (centres**2).sum(axis=1)).sum(axis=1) - (mixed * points).sum(axis=1)
    return float(mass @ toward), float(mass @ (mixed**2).sum(axis=1))


def _curvature(mixture: Mixture) -> Curvature:
    limits = []
    for m in frequencies(mixture):
        values, errors = [], []
        for a in AMPLITUDES:
            value = evaluate(mixture, scaled(corner(mixture.k, m), a))
            values.append(2 * float(value.kl) / float(a) ** 2)
            errors.append(2 * float(value.error) / float(a) ** 2)
        limits.append(Limit.of(values, errors))
    return Curvature(mixture, min(limits, key=lambda limit: limit.value))


@dataclass(frozen=True)
class LandscapeForm:
    """Which weights are said to leave other stationary points than 0, if the means are free; and
    the least curvature at the origin, if they are tied.
    """

    multimodal: Callable[[Weights], bool]
    curvature: Callable[[Mixture], float]


def _judge(form: LandscapeForm, facts: Landscape) -> Finding:
    cases = []
    for fact in facts.free:
        where = (
            f"k = {fact.weights.k}, weights {fact.weights}, free means: ⟨∇L, μ⟩ = {fact.slope:.4g}"
        )
        cases.append((f"{where} and E|Σ w_j μ_j|²", 1 - abs(fact.slope - fact.square) / fact.error))
        positive = fact.square - fact.error
        cases.append((where, -positive if form.multimodal(fact.weights) else min(positive, 1.0)))
    for tied in facts.tied:
        where = f"{tied.mixture}: curvature {tied.least.value:.6f} at the origin"
        cases.append((where, tied.least.slack(form.curvature(tied.mixture))))
    return worst(cases, values=(("configurations", str(len(facts.free))),
                                ("mixtures", str(len(facts.tied)))))  # fmt: skip


def _sigma(mixture: Mixture) -> float:
    return float(sigma(mixture)) if is_regular(mixture) else 0.0


LANDSCAPE = Claim(
    id="P5",
    title="a multi-modal landscape becomes strongly convex near the origin",
    statement=r"With fixed weights and $k$ free means $\langle\nabla L,\mu\rangle="
    r"E|\sum_jw_j\mu_j|^2>0$ unless all means are $0$: no configuration is multi-modal. With tied "
    r"means $L$ is strongly convex near $0$, with modulus $\min_m|\hat\pi_m|^2$, where no "
    r"$\hat\pi_m$ vanishes.",
    source=f"{SUMMARY}, Mechanism 1",
    said="Simplex configuration transforms the likelihood landscape from multi-modal to strongly "
    "convex near origin",
    depends=("S4", "T7", "E1"),
    theta=f"free means in the plane; tied ones in one block, |θ| ≤ {AMPLITUDES[0]}",
    measure=_measure,
    judge=_judge,
    stated=Form(
        "general configurations are multi-modal; tied ones strongly convex near 0",
        LandscapeForm(lambda w: True, _sigma),
    ),
    amended=Form(
        "general configurations have no stationary point but 0 either, where tried; tied ones are "
        "strongly convex near 0, with modulus min|π̂_m|², exactly for regular weights",
        LandscapeForm(lambda w: False, _sigma),
    ),
    mutants=(
        Form("multi-modal for k ≥ 5", LandscapeForm(lambda w: w.k >= 5, _sigma)),
        Form("multi-modal for uniform weights and k ≥ 3",
             LandscapeForm(lambda w: w.k >= 3 and len(w.counts) == 1, _sigma)),
        Form("modulus 1.02 min|π̂_m|²",
             LandscapeForm(lambda w: False, lambda x: 1.02 * _sigma(x))),
        Form("modulus 0.98 min|π̂_m|²",
             LandscapeForm(lambda w: False, lambda x: 0.98 * _sigma(x))),
        Form("modulus min|π̂_m|^2.02", LandscapeForm(lambda w: False, lambda x: _sigma(x) ** 1.01)),
        Form("strongly convex for all weights but uniform ones",
             LandscapeForm(lambda w: False, lambda x: max(_sigma(x), 0.001)
                           if len(x.weights.counts) > 1 else 0.0)),
    ),
    expected=Outcome.AMENDED,
)  # fmt: skip
