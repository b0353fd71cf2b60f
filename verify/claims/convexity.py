"""Conjecture G of math.md section 4, that L is strictly convex at every k: refuted by enclosures.

A convex function lies below its chords. Along a ray of regular simplices, three certified values
``L(a), L(b), L(c)`` with b the midpoint of a and c settle the chord either way: it lies above the
middle value, or below, or the enclosures overlap and nothing is decided.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from overspec.decimals import Number, rounded_down, rounded_up
from overspec.evidence import ErrorBudget, Evidence, Outcome
from overspec.mixture import Energies, Mixture
from overspec.verify.claims.claim import Claim, Finding, Form, Scope
from overspec.verify.enclosures.budget import error_budget
from overspec.verify.enclosures.evaluate import certified_evaluation

DIGITS = 12
HALF = Fraction(1, 2)
EDGE = Fraction(9, 4)  # chords of the heavy mixture lie above L below it, and under L beyond
#: Mixtures and middles: near the optimum; where one heavy weight among many loses its hold, on both
#: sides within 3 %; and where the chord is deepest.
TRIPLES = (
    (2, "4/5,1/5", "1"),
    (1000, "one-heavy:99/100", "1/2"),
    (1000, "one-heavy:99/100", "11/5"),
    (1000, "one-heavy:99/100", "23/10"),
    (1000, "one-heavy:99/100", "11/4"),
)


@dataclass(frozen=True)
class Chord:
    """``(L(b − 1/2) + L(b + 1/2))/2 − L(b)`` along the simplex ray: between two rationals."""

    mixture: Mixture
    middle: Fraction
    lower: Fraction
    upper: Fraction
    budget: ErrorBudget

    def __str__(self) -> str:
        return (
            f"{self.mixture}, chord over |θ| = {self.middle} ± {HALF}: above L by "
            f"{rounded_down(self.lower)} to {rounded_up(self.upper)}"
        )


def _measure(scope: Scope) -> tuple[Chord, ...]:
    return tuple(
        _chord(Mixture.simplex(k, weights), Fraction(middle)) for k, weights, middle in TRIPLES
    )


def _chord(mixture: Mixture, middle: Fraction) -> Chord:
    left, centre, right = (_kl(mixture, middle + step) for step in (-HALF, Fraction(0), HALF))
    parts = [(HALF, left), (HALF, right), (Fraction(-1), centre)]
    return Chord(
        mixture,
        middle,
        (left.lower + right.lower) / 2 - centre.upper,
        (left.upper + right.upper) / 2 - centre.lower,
        error_budget("height of that chord above L", parts),
    )


def _kl(mixture: Mixture, radius: Fraction) -> Number:
    point = Energies.regular_simplex(mixture.k, radius)
    found = certified_evaluation(mixture, point, DIGITS, frequencies=(1,)).kl
    if not isinstance(found, Number):
        raise ArithmeticError(f"no enclosure of L at {mixture}, {point}: {found}")
    return found


def _judge(convex: Callable[[Chord], bool], chords: Sequence[Chord]) -> Finding:
    """The form says at which chords L is convex; the margin is the certified size of the gap."""
    slacks = []
    for chord in chords:
        slack = chord.lower if convex(chord) else -chord.upper
        if chord.lower <= 0 <= chord.upper:
            return Finding(None, Evidence.CERTIFIED, worst_at=f"{chord}: undecided")
        slacks.append((slack, chord))
    slack, chord = min(slacks, key=lambda pair: pair[0])
    values = (("chords", str(len(chords))),)
    margin = math.nextafter(float(slack), -math.inf)  # a double that is not above it
    return Finding(slack > 0, Evidence.CERTIFIED, margin, str(chord), values, chord.budget)


def true_form(chord: Chord) -> bool:
    """What the enclosures show: convex at the chords near 0, not at the far ones."""
    return chord.middle <= EDGE


CONVEXITY = Claim(
    id="G",
    title="conjecture: L is strictly convex for every k and every weights",
    statement=r"Conjecture: $\nabla^2L(\theta)\succ0$ for every $\theta\ne0$: $\gamma_0=\infty$.",
    source="math.md section 4, conjecture G",
    depends=(),
    theta=f"regular simplices, |θ| ≤ {max(Fraction(middle) for _, _, middle in TRIPLES) + HALF}",
    measure=_measure,
    judge=_judge,
    stated=Form("L lies below its chords along every ray of regular simplices", lambda chord: True),
    mutants=(
        Form("convex up to |θ| = 2.3, 2 % further than it is",
             lambda chord: chord.middle <= EDGE * Fraction(103, 100)),
        Form("convex up to |θ| = 2.2, 2 % less far than it is",
             lambda chord: chord.middle <= EDGE * Fraction(97, 100)),
        Form("convex for k = 2 only", lambda chord: chord.mixture.k == 2),
        Form("convex far from 0 only", lambda chord: not true_form(chord)),
    ),
    hypotheses=("on a regular-simplex orbit L is a function of |θ| alone (S8)",),
    expected=Outcome.REFUTED,
)  # fmt: skip

CLAIMS = (CONVEXITY,)
