"""The audit row on the landscape (P5): what is multi-modal, and what is convex near the origin.

P5 once amended "a multi-modal landscape is made convex" for tied means with degenerate weights. The
summary's contrast is with general configurations of means, so that these are judged here: k free
means anywhere, with fixed weights. Margins are slacks: 0 is the edge.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from math import hypot

import numpy as np

from overspec.evidence import Outcome
from overspec.mixture import Mixture
from overspec.proofs.language.expression import ZERO, Sym, expr
from overspec.proofs.language.operators import PI, J, K
from overspec.proofs.language.ranges import Z_K
from overspec.proofs.language.render import Fence, Glyph, Row, Script, letter, number, sign
from overspec.proofs.language.statement import (
    Both,
    Every,
    Iff,
    Relation,
    Some,
    Statement,
    equals,
)
from overspec.verify.claims.cases import (
    AMPLITUDES,
    corner,
    frequencies,
    mixtures,
    scaled,
    separating,
    small,
)
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Form, Scope
from overspec.verify.claims.sentences import judge as sentences
from overspec.verify.claims.sentences.estimate import Estimate, Growth, estimate
from overspec.verify.claims.sentences.judge import form
from overspec.verify.claims.sentences.letters import LEAST, Given, Instance, Ratio, Seen
from overspec.verify.em.reference import gauss_hermite
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.richardson import Limit
from overspec.verify.engines.rounding import gamma
from overspec.verify.engines.spectrum import to_float
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


def _instances(facts: Landscape) -> list[Instance]:
    free = [
        Instance(
            f"k = {fact.weights.k}, weights {fact.weights}, free means: ⟨∇L, μ⟩ = {fact.slope:.4g}",
            {
                "slope": Estimate(fact.slope, 0.0),
                "square": Estimate(fact.square, fact.error),
                "stationary": fact.square <= fact.error,
            },
            known={"k": fact.weights.k, "pi": tuple(fact.weights)},
        )
        for fact in facts.free
    ]
    tied = [
        Instance(
            f"{fact.mixture}: curvature {fact.least.value:.6f} at the origin",
            # a finite limit of L/a² other than 0 is the exponent 2, exactly
            {"L": Growth(estimate(2), Estimate(fact.least.value / 2, fact.least.error / 2))},
            fact.mixture,
        )
        for fact in facts.tied
    ]
    return [*free, *tied]


def _judge(sentence: Statement, facts: Landscape) -> Finding:
    values = (("configurations", str(len(facts.free))), ("mixtures", str(len(facts.tied))))
    return sentences.judge(sentence, _instances(facts), values=values)


_MU = letter("mu")
_GRADIENT = Row((Glyph(r"\nabla", "∇", "mo"), letter("L")))
SLOPE = Seen("slope", Fence(sign(r"\langle", "⟨"), Row((_GRADIENT, sign(",", ", "), _MU)),
                            sign(r"\rangle", "⟩")))  # fmt: skip
_MIXED = Row((Script(sign(r"\sum", "Σ"), letter("j")), letter("w_j"), letter("mu_j")))
_SQUARE = Script(Fence(sign("|"), _MIXED, sign("|")), None, number(2))
SQUARE = Seen("square", Row((letter("E"), _SQUARE)))
STATIONARY = Given(
    (_MU, " is a stationary point"),
    (_MU, " is no stationary point"),
    lambda m: m.seen["stationary"],
    "stationary",
)
NOWHERE = replace(STATIONARY, denied=True)
CURVATURE = Ratio(Seen("L", letter("L")), Sym("a"), expr(2))
CONVEX = Relation(CURVATURE, "to", LEAST / 2)
UNIFORM = Every(J, Z_K, equals(PI[J], 1 / K))
NOT_UNIFORM = Some(J, Z_K, Relation(PI[J], "!=", 1 / K))


def landscape(stationary: Statement = NOWHERE, curvature: Statement = CONVEX) -> Form:
    """Which free means are stationary; and what L is like at the origin, if they are tied."""
    return form(Both((equals(SLOPE, SQUARE), stationary, curvature)))


LANDSCAPE = Claim(
    id="P5",
    title="a multi-modal landscape becomes strongly convex near the origin",
    statement=r"With fixed weights, free means $\mu$ not all $0$, and tied ones of norm $a\to0$ in "
    f"the flattest block: {landscape().payload.tex}.",
    source=f"{SUMMARY}, Mechanism 1",
    said="Simplex configuration transforms the likelihood landscape from multi-modal to strongly "
    "convex near origin",
    depends=("S4", "T7", "E1"),
    theta=f"free means in the plane; tied ones in one block, |θ| ≤ {AMPLITUDES[0]}",
    measure=_measure,
    judge=_judge,
    stated=landscape(STATIONARY),
    amended=landscape(),
    mutants=(
        landscape(Iff(STATIONARY, Relation(K, ">=", expr(5)))),
        landscape(Iff(STATIONARY, Both((Relation(K, ">=", expr(3)), UNIFORM)))),
        landscape(curvature=Relation(CURVATURE, "to", Fraction(102, 200) * LEAST)),
        landscape(curvature=Relation(CURVATURE, "to", Fraction(98, 200) * LEAST)),
        landscape(curvature=Relation(CURVATURE, "to", LEAST ** Fraction(101, 100) / 2)),
        landscape(curvature=Iff(NOT_UNIFORM, Relation(CURVATURE, ">", ZERO))),
    ),
    expected=Outcome.AMENDED,
)
