"""The audit row on Lloyd's algorithm as initialisation (P8), on certified eigenvalues.

P8 once amended the sentence by saying that the weights of the cells are uniform, hence degenerate.
That is so (each cell of the simplex has mass 1/k, by symmetry), but the summary says nothing of
weights. What it says is that the centroids converge to the simplex; that is judged here, near it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from overspec.action import Action
from overspec.decimals import Number
from overspec.evidence import Evidence
from overspec.proofs.language.expression import expr
from overspec.proofs.language.operators import K
from overspec.proofs.language.render import Fence, Script, letter, sign
from overspec.proofs.language.statement import Both, Relation, Statement, equals
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Form, Scope
from overspec.verify.claims.sentences import judge as sentences
from overspec.verify.claims.sentences.estimate import Estimate
from overspec.verify.claims.sentences.judge import form
from overspec.verify.claims.sentences.letters import Instance, Seen
from overspec.verify.enclosures.budget import error_budget
from overspec.verify.lloyd.stability import eigenvalues

DIGITS = 10
KS = range(2, 7)  # whatever the scope: the statement names them


@dataclass(frozen=True)
class Modes:
    """The Lloyd map at the simplex, d = k − 1: what its Jacobian does.

    Attributes:
        action: for k and d.
        neutral: dimension of the rotations, which it leaves alone.
        others: enclosures of all other eigenvalues.
    """

    action: Action
    neutral: int
    others: tuple[Number, ...]

    @property
    def least(self) -> Fraction:
        """Below every other eigenvalue."""
        return min(value.lower for value in self.others)

    @property
    def largest(self) -> tuple[Fraction, Fraction]:
        """An interval for the largest of the others."""
        return max(v.lower for v in self.others), max(v.upper for v in self.others)

    @property
    def modulus(self) -> tuple[Fraction, Fraction]:
        """An interval for the largest modulus of the others."""
        low, high = self.largest
        return max(low, -max(v.upper for v in self.others)), max(high, -self.least)


def _measure(scope: Scope) -> tuple[Modes, ...] | None:
    facts = []
    for k in sorted({*KS, *scope.ks}):
        modes = eigenvalues(k, DIGITS)
        neutral = sum(mode.multiplicity for mode in modes if mode.name == "rotation")
        others = tuple(
            mode.value
            for mode in modes
            if mode.name != "rotation" and isinstance(mode.value, Number)
        )
        if len(others) != sum(mode.name != "rotation" for mode in modes):
            return None
        if sum(mode.multiplicity for mode in modes) != k * (k - 1):
            raise ArithmeticError(f"k = {k}: the modes do not fill the space of the centroids")
        facts.append(Modes(Action.simplex(k), neutral, others))
    return tuple(facts)


def _judge(sentence: Statement, facts: Sequence[Modes] | None) -> Finding:
    if facts is None:
        return Finding(None, Evidence.CERTIFIED, worst_at="an enclosure is inconclusive")
    instances = [
        Instance(
            f"k = {fact.action.k}: {fact.neutral} neutral directions, then "
            f"{float(fact.largest[1]):.6f}",
            {"neutral": fact.neutral, "largest": Estimate.between(*fact.modulus)},
            known={"k": fact.action.k},
        )
        for fact in facts
    ]
    values = tuple(
        (f"next eigenvalue, k = {fact.action.k}", f"{float(fact.largest[1]):.4f}") for fact in facts
    )
    found = sentences.judge(sentence, instances, Evidence.CERTIFIED, values)
    at = {case.where: fact for case, fact in zip(instances, facts, strict=True)}
    fact = at.get(found.worst_at, facts[-1])
    tightest = max(fact.others, key=lambda value: value.upper)
    of = f"largest other eigenvalue at k = {fact.action.k}"
    return replace(found, budget=error_budget(of, [(Fraction(1), tightest)], BOUNDED))


#: How the errors of an eigenvalue are bounded (`lloyd.stability`), and under what.
BOUNDED = {
    "truncation": (
        "integrals over the common value s cut at ±T: each tail, at most √2 T e^{−T²}, is in the "
        "ball already, and 200 k² T e^{−T²} is added to it",
        "the facet moments are Gaussian integrals over faces (K2)",
    ),
    "rounding": (
        "radius of the ball: rigorous integration between the cuts, and the arithmetic after it",
        "ball arithmetic encloses (FLINT)",
    ),
}


NEUTRAL = Seen("neutral", letter("n"))
LARGEST = Seen("largest", Script(Fence(sign("|"), letter("lambda"), sign("|")), letter("max")))
ROTATIONS = (K - 1) * (K - 2) / 2  # dim so(k − 1)


def attracts(neutral: Any, bound: Fraction) -> Form:
    """How many directions are left alone, and what the other eigenvalues stay below."""
    return form(Both((equals(NEUTRAL, neutral), Relation(LARGEST, "<", expr(bound)))))


LLOYD = Claim(
    id="P8",
    title="Lloyd's centroids converge to the simplex",
    statement=rf"On $N(0,I_{{k-1}})$, $k={KS[0]},\dots,{KS[-1]}$, at the regular simplex of radius "
    r"$R_0(k)$ the "
    r"Lloyd map's Jacobian leaves $n$ directions alone, the rotations, and has no other eigenvalue "
    r"above $|\lambda|_{\mathrm{max}}$ in modulus: "
    f"{attracts(ROTATIONS, Fraction(637, 1000)).payload.tex}.",
    source=f"{SUMMARY}, Mechanism 3",
    said="When clustering N(0,I) data, k-means centroids converge to fixed point R_0v_i dictated "
    "by angular symmetry",
    depends=("K1", "K2"),
    measure=_measure,
    judge=_judge,
    stated=attracts(ROTATIONS, Fraction(637, 1000)),
    mutants=(
        attracts(ROTATIONS, Fraction(624, 1000)),
        attracts(0, Fraction(637, 1000)),
        attracts(K - 2, Fraction(637, 1000)),
        attracts(ROTATIONS + 1, Fraction(637, 1000)),
    ),
    hypotheses=(
        "starts near the simplex: that others reach it, and that it is the best for k ≥ 4, is open "
        "here",
    ),
    free_of=("π", "θ"),
)
