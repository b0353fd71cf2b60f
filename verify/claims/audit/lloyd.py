"""The audit row on Lloyd's algorithm as initialisation (P8), on certified eigenvalues.

P8 once amended the sentence by saying that the weights of the cells are uniform, hence degenerate.
That is so (each cell of the simplex has mass 1/k, by symmetry), but the summary says nothing of
weights. What it says is that the centroids converge to the simplex; that is judged here, near it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from overspec.action import Action
from overspec.decimals import Number
from overspec.evidence import Evidence
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Form, Scope
from overspec.verify.lloyd.stability import eigenvalues

DIGITS = 10


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


@dataclass(frozen=True)
class LloydForm:
    """What is said of the Jacobian.

    Attributes:
        neutral: how many directions are left alone.
        bound: what the other eigenvalues stay below in modulus.
    """

    neutral: Callable[[int], int]
    bound: float


def _measure(scope: Scope) -> tuple[Modes, ...] | None:
    facts = []
    for k in sorted({2, 3, 4, 5, 6, *scope.ks}):
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


def _judge(form: LloydForm, facts: Sequence[Modes] | None) -> Finding:
    if facts is None:
        return Finding(None, Evidence.CERTIFIED, worst_at="an enclosure is inconclusive")
    slacks = []
    for fact in facts:
        k, (low, high) = fact.action.k, fact.largest
        where = f"k = {k}: {fact.neutral} neutral directions, then {float(high):.6f}"
        if form.neutral(k) != fact.neutral:
            return Finding(False, Evidence.CERTIFIED, worst_at=where)
        bound = Fraction(form.bound)
        if low <= bound <= high:
            return Finding(None, Evidence.CERTIFIED, worst_at=where)
        slacks.append((min(bound - high, bound + fact.least), where))
    slack, where = min(slacks)
    values = tuple(
        (f"next eigenvalue, k = {fact.action.k}", f"{float(fact.largest[1]):.4f}") for fact in facts
    )
    margin = math.nextafter(float(slack), -math.inf)
    return Finding(slack > 0, Evidence.CERTIFIED, margin, where, values)


def _turns(k: int) -> int:
    """dim so(k − 1)."""
    return (k - 1) * (k - 2) // 2


LLOYD = Claim(
    id="P8",
    title="Lloyd's centroids converge to the simplex",
    statement=r"On $N(0,I_{k-1})$ the regular simplex of radius $R_0(k)$ attracts nearby centroids "
    r"up to a rotation: apart from the $(k-1)(k-2)/2$ rotations, which are neutral, every "
    r"eigenvalue of the Lloyd map's Jacobian is below $0.637$ in modulus, $k=2,\dots,6$ "
    r"(the largest is $2/\pi$, at $k=2$).",
    source=f"{SUMMARY}, Mechanism 3",
    said="When clustering N(0,I) data, k-means centroids converge to fixed point R_0v_i dictated "
    "by angular symmetry",
    depends=("K1", "K2"),
    measure=_measure,
    judge=_judge,
    stated=Form("attracted up to a rotation, by 0.637 a step", LloydForm(_turns, 0.637)),
    mutants=(
        Form("by 0.624 a step, 2 % more", LloydForm(_turns, 0.624)),
        Form("to one position, with no neutral direction", LloydForm(lambda k: 0, 0.637)),
        Form("k − 2 neutral directions", LloydForm(lambda k: k - 2, 0.637)),
        Form("one neutral direction too many", LloydForm(lambda k: _turns(k) + 1, 0.637)),
    ),
    hypotheses=(
        "starts near the simplex: that others reach it, and that it is the best for k ≥ 4, is open "
        "here",
    ),
    free_of=("π", "θ"),
)
