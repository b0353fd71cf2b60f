"""Conjecture G of math.md section 4, that L is strictly convex at every k: refuted by enclosures.

A convex function lies below its chords. Along a ray of regular simplices, three certified values
``L(a), L(b), L(c)`` with b the midpoint of a and c settle the chord either way: it lies above the
middle value, or below, or the enclosures overlap and nothing is decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from overspec.decimals import Number, rounded_down, rounded_up
from overspec.evidence import ErrorBudget, Evidence, Outcome
from overspec.mixture import Energies, Mixture
from overspec.proofs.language.analysis import Named
from overspec.proofs.language.expression import Expr, Sym, expr
from overspec.proofs.language.operators import K
from overspec.proofs.language.statement import Iff, Relation, Statement, equals
from overspec.verify.claims.claim import Claim, Finding, Form, Scope
from overspec.verify.claims.sentences import judge as sentences
from overspec.verify.claims.sentences.estimate import Estimate
from overspec.verify.claims.sentences.judge import form
from overspec.verify.claims.sentences.letters import Instance, Seen
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
    values: tuple[tuple[Fraction, Fraction], ...]  # enclosures of L at the left, middle and right
    budget: ErrorBudget

    @property
    def lower(self) -> Fraction:
        """Below the height of the chord above L."""
        left, centre, right = self.values
        return (left[0] + right[0]) / 2 - centre[1]

    @property
    def upper(self) -> Fraction:
        """Above it."""
        left, centre, right = self.values
        return (left[1] + right[1]) / 2 - centre[0]

    def __str__(self) -> str:
        low, high, place = self.lower, self.upper, "above"
        if high < 0:
            low, high, place = -high, -low, "below"
        return (
            f"{self.mixture}, chord over |θ| = {self.middle} ± {HALF}: {place} L by "
            f"{rounded_down(low)} to {rounded_up(high)}"
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
        tuple((each.lower, each.upper) for each in (left, centre, right)),
        error_budget("height of that chord above L", parts),
    )


def _kl(mixture: Mixture, radius: Fraction) -> Number:
    point = Energies.regular_simplex(mixture.k, radius)
    found = certified_evaluation(mixture, point, DIGITS, frequencies=(1,)).kl
    if not isinstance(found, Number):
        raise ArithmeticError(f"no enclosure of L at {mixture}, {point}: {found}")
    return found


def _judge(sentence: Statement, chords: Sequence[Chord]) -> Finding:
    """The margin is the certified size of the gap, and its budget that of the least one."""
    instances = [
        Instance(
            str(chord),
            dict(zip(("left", "middle", "right"), (Estimate.between(*v) for v in chord.values),
                     strict=True)),
            chord.mixture,
            {"b": chord.middle},
        )
        for chord in chords
    ]  # fmt: skip
    found = sentences.judge(sentence, instances, Evidence.CERTIFIED,
                            (("chords", str(len(chords))),))  # fmt: skip
    at = {str(chord): chord.budget for chord in chords}
    return replace(found, budget=at.get(found.worst_at))


B = Sym("b")


def _at(name: str, radius: Expr) -> Seen:
    return Seen(name, Named("L", (radius,)).box())


LEFT, MIDDLE, RIGHT = _at("left", B - HALF), _at("middle", B), _at("right", B + HALF)
#: L lies below its chord over b ± 1/2.
CONVEX = Relation(MIDDLE, "<", LEFT / 2 + RIGHT / 2)
#: What the enclosures show: convex at the chords near 0, not at the far ones.
TRUE = Iff(CONVEX, Relation(B, "<", expr(EDGE)))


def convex_iff(condition: Statement) -> Form:
    """L lies below its chord exactly there."""
    return form(Iff(CONVEX, condition))


CONVEXITY = Claim(
    id="G",
    title="conjecture: L is strictly convex for every k and every weights",
    statement=r"Conjecture: $\nabla^2L(\theta)\succ0$ for every $\theta\ne0$: $\gamma_0=\infty$. "
    rf"Along a ray of regular simplices, $L(b)$ that of norm $b$: {CONVEX.tex}.",
    source="math.md section 4, conjecture G",
    depends=(),
    theta=f"regular simplices, |θ| ≤ {max(Fraction(middle) for _, _, middle in TRIPLES) + HALF}",
    measure=_measure,
    judge=_judge,
    stated=form(CONVEX),
    mutants=(
        convex_iff(Relation(B, "<=", expr(EDGE * Fraction(103, 100)))),
        convex_iff(Relation(B, "<=", expr(EDGE * Fraction(97, 100)))),
        convex_iff(equals(K, 2)),
        convex_iff(Relation(B, ">", expr(EDGE))),
    ),
    hypotheses=("on a regular-simplex orbit L is a function of |θ| alone (S8)",),
    expected=Outcome.REFUTED,
)

CLAIMS = (CONVEXITY,)
