"""Audit rows on the geometry: the orbit, the matrix R, the landscape (P3, P4, P5).

Margins are relative slacks: 1 is far from failing, 0 is the edge.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

import sympy

from overspec.action import Action, block_size
from overspec.evidence import Outcome
from overspec.exact import is_zero
from overspec.mixture import Energies, Mixture
from overspec.proofs.identities.rotation import rotation_matrix
from overspec.proofs.machinery.cyclotomic import dft_energy
from overspec.verify.claims.cases import (
    SURVEY_RADII,
    after_step,
    is_regular,
    mixtures,
    small,
    survey,
)
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Form, Scope, first_failure, worst
from overspec.verify.engines.evaluate import evaluate

# --- P3: does the orbit stay a regular simplex? -------------------------------------------------


@dataclass(frozen=True)
class Drift:
    """Relative spread of the energies per dimension after ten steps from a regular simplex."""

    mixture: Mixture
    spread: float
    equal_spectrum: bool  # all |π̂_m| equal for m ≠ 0


KEPT, LOST = 1e-9, 1e-3  # spreads in between decide nothing


def _measure_drift(scope: Scope) -> tuple[Drift, ...]:
    facts = []
    for mixture in mixtures(tuple(sorted({*small(scope.ks), 4}))):
        point = Energies.regular_simplex(mixture.k, 1)
        for _ in range(10):
            point = after_step(evaluate(mixture, point))
        per_line = [float(e) / block_size(mixture.k, m) for m, e in enumerate(point, start=1)]
        exact = [dft_energy(mixture.weights, m) for m in range(1, mixture.k // 2 + 1)]
        equal = all(is_zero(energy - exact[0]) for energy in exact)
        facts.append(Drift(mixture, max(per_line) / min(per_line) - 1, equal))
    return tuple(facts)


def _judge_drift(form: Callable[[Drift], bool], facts: Sequence[Drift]) -> Finding:
    cases = []
    for fact in facts:
        where = f"{fact.mixture}: energies per dimension spread by {fact.spread:.2e} in 10 steps"
        slack = 1 - fact.spread / KEPT if form(fact) else fact.spread / LOST - 1
        cases.append((where, min(slack, 1.0)))
    return worst(cases, values=(("mixtures", str(len(facts))),))


GEOMETRY = Claim(
    id="P3",
    title="iterates keep the simplex geometry",
    statement=r"For $k\ge4$ a regular simplex can stay one only if all $|\hat\pi_m|$, $m\ne0$, are "
    r"equal: near $0$ block $m$ shrinks by $1-|\hat\pi_m|^2$.",
    source=f"{SUMMARY}, Critical path",
    said="Iterative Update (maintains simplex geometry while shrinking radius)",
    depends=("S4", "S6", "E1"),
    measure=_measure_drift,
    judge=_judge_drift,
    stated=Form("kept for all weights", lambda fact: True),
    amended=Form(
        "kept on the weights tried exactly when all |π̂_m| are equal; necessary in general",
        lambda fact: fact.equal_spectrum,
    ),
    mutants=(
        Form("kept for all regular weights", lambda fact: is_regular(fact.mixture)),
        Form("kept for degenerate weights only", lambda fact: not is_regular(fact.mixture)),
        Form("kept for k ≤ 3 only", lambda fact: fact.mixture.k <= 3),
    ),
    expected=Outcome.AMENDED,
)

# --- P4: the matrix that encodes the simplex ----------------------------------------------------


@dataclass(frozen=True)
class Rotation:
    """What R on the hyperplane Σ = 0 is: symmetric or not, and its determinant."""

    action: Action
    symmetric: bool
    determinant: int


def _measure_rotation(scope: Scope) -> tuple[Rotation, ...]:
    """From the block form of R, confirmed on the cyclic shift of k coordinates (integers)."""
    facts = []
    for k in sorted({2, *scope.ks}):  # only at k = 2 is R symmetric
        action = Action.simplex(k)
        block = rotation_matrix(action)
        fact = Rotation(
            action,
            symmetric=bool(sympy.simplify(block - block.T).is_zero_matrix),
            determinant=int(sympy.simplify(sympy.det(block))),
        )
        # The shift j → j+1 is symmetric iff 1 ≡ −1 (mod k); a k-cycle has sign (−1)^(k−1),
        # and it fixes the all-ones vector, so the hyperplane carries the whole determinant.
        if fact != Rotation(action, (2 % k) == 0, _cycle_sign(k)):
            raise ArithmeticError(f"two computations of R disagree at k = {k}: {fact}")
        facts.append(fact)
    return tuple(facts)


def _cycle_sign(k: int) -> int:
    shift = [(j + 1) % k for j in range(k)]
    return prod(-1 if shift[i] > shift[j] else 1 for j in range(k) for i in range(j))


def _judge_rotation(form: Callable[[int], tuple[bool, int]], facts: Sequence[Rotation]) -> Finding:
    return first_failure(
        [
            (
                f"k = {fact.action.k}: R is {'' if fact.symmetric else 'not '}symmetric, "
                f"det R = {fact.determinant}",
                form(fact.action.k) == (fact.symmetric, fact.determinant),
            )
            for fact in facts
        ]
    )


ROTATION = Claim(
    id="P4",
    title="the simplex is encoded by a symmetric rotation matrix",
    statement=r"On the hyperplane $R=R^{T}$ iff $k=2$, and $\det R=(-1)^{k-1}$: "
    r"$R$ is a rotation iff $k$ is odd.",
    source=f"{SUMMARY}, Mechanism 1",
    said="Symmetric rotation matrix encoding simplex geometry",
    depends=(),
    measure=_measure_rotation,
    judge=_judge_rotation,
    stated=Form("symmetric, with determinant 1, for every k", lambda k: (True, 1)),
    amended=Form(
        "symmetric only for k = 2, a rotation only for odd k",
        lambda k: (k == 2, (-1) ** (k - 1)),
    ),
    mutants=(
        Form("never symmetric", lambda k: (False, (-1) ** (k - 1))),
        Form("det R = (−1)^k", lambda k: (k == 2, (-1) ** k)),
    ),
    expected=Outcome.AMENDED,
    free_of=("π",),
)

# --- P5: the landscape ------------------------------------------------------------------------


@dataclass(frozen=True)
class Slope:
    """⟨∇L, θ⟩/|θ|² = Σ g_m e_m / Σ e_m at a point of the survey; 0 at a stationary point."""

    mixture: Mixture
    radius: float
    slope: float


def _measure_slopes(scope: Scope) -> tuple[Slope, ...]:
    facts = []
    for mixture in mixtures(tuple(sorted({3, *small(scope.ks)}))):  # k = 2 has few kinds of weights
        for point, value in survey(mixture, scope.quick):
            norm = float(point.norm_squared)
            if norm > 0:
                parts = (float(g) * float(e) for g, e in zip(value.g[1:], point, strict=True))
                facts.append(Slope(mixture, math.sqrt(norm), math.fsum(parts) / norm))
    return tuple(facts)


def _judge_landscape(other: Callable[[Mixture], bool], facts: Sequence[Slope]) -> Finding:
    """The form says which mixtures have a stationary point besides 0 (slope 0 somewhere)."""
    cases = []
    for f in facts:
        where = f"{f.mixture}, |θ| = {f.radius:.3g}: slope {f.slope:.4g}"
        if not other(f.mixture):
            cases.append((where, f.slope))
    for mixture in {f.mixture: None for f in facts if other(f.mixture)}:
        least = min(f.slope for f in facts if f.mixture == mixture)
        cases.append((f"{mixture}: slope {least:.4g} > 0 at every point of the survey", -least))
    return worst(cases, values=(("points", str(len(facts))),))


LANDSCAPE = Claim(
    id="P5",
    title="a multi-modal landscape is made convex",
    statement=r"With tied means $\theta^*=0$ is the only stationary point of $L$ for every $\pi$, "
    r"uniform weights included: nothing multi-modal is there to be removed.",
    source=f"{SUMMARY}, Mechanism 1",
    said="Simplex configuration transforms the likelihood landscape from multi-modal to strongly "
    "convex near origin",
    depends=("S7", "T7", "E1"),
    measure=_measure_slopes,
    judge=_judge_landscape,
    stated=Form("multi-modal unless the weights are regular", lambda m: not is_regular(m)),
    amended=Form("one stationary point for all weights", lambda m: False),
    mutants=(
        Form("multi-modal when the weights are regular", is_regular),
        Form("multi-modal for uniform weights and k ≥ 3",
             lambda m: m.k >= 3 and len(m.weights.counts) == 1),
        Form("multi-modal for one-heavy weights",
             lambda m: m.weights.alike and len(m.weights.counts) == 2),
    ),
    hypotheses=(f"the survey stops at |θ| = {SURVEY_RADII[-1]}; T7 covers the rest exactly",),
    expected=Outcome.AMENDED,
)  # fmt: skip


CLAIMS = (
    GEOMETRY,
    ROTATION,
    LANDSCAPE,
)
