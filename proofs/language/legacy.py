"""Derivations whose statement is still typed; each is to move to `derivation`.

A formula is written once and evaluated in two models that share no code: in a symbolic one
(SymPy, the regular representation of the cyclic group, weights as symbols), where a step is an
identity of rational functions; and in random rational ones (`Fraction`, another representation,
dual numbers for derivatives, the cyclotomic field), where both sides must be the same number.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from overspec.proofs.language.derivation import Method, StepFailure, Witness, translates
from overspec.proofs.language.lemmas import CONTINUITY as _CONTINUITY
from overspec.proofs.language.lemmas import EXCHANGE as _EXCHANGE
from overspec.proofs.language.lemmas import ORTHOGONAL
from overspec.proofs.language.lemmas import STEIN as _STEIN
from overspec.proofs.machinery.identity import vanishes

EXCHANGE = str(_EXCHANGE)
STEIN, CONTINUITY = str(_STEIN), str(_CONTINUITY)
__all__ = ["ORTHOGONAL"]
NORMALISED = "the weights sum to 1"


@dataclass(frozen=True)
class Term:
    """One side of an equation: its TeX, its symbolic entries, and how to evaluate it exactly."""

    tex: str
    symbolic: tuple[Any, ...]
    numeric: Callable[[Any], tuple[Any, ...]]

    @classmethod
    def of(cls, model: Any, tex: str, formula: Callable[[Any], Any]) -> Term:
        """A formula that both the symbolic model and the rational ones can evaluate."""
        return cls(tex, flat(formula(model)), lambda witness: flat(formula(witness)))

    def same_as(self, other: Term) -> bool:
        """Whether two terms are the same object: same TeX and same symbolic entries."""
        return self.tex == other.tex and self.symbolic == other.symbolic


@dataclass(frozen=True)
class Equation:
    """An equation of the statement."""

    lhs: Term
    rhs: Term

    @property
    def tex(self) -> str:
        return f"{self.lhs.tex} = {self.rhs.tex}"


@dataclass(frozen=True)
class Step:
    """``lhs = rhs`` by a named rule; the right side of one step may be the left of the next."""

    words: str
    lhs: Term
    rhs: Term
    rule: str

    @property
    def tex(self) -> str:
        """The equation of the step."""
        return f"{self.lhs.tex} = {self.rhs.tex}"


@dataclass(frozen=True)
class Derivation:
    """A statement with its proof.

    Attributes:
        id: label of math.md, such as ``"S1"``.
        title: one line for a reader.
        statement_tex: the statement for people; every equation of `statement` stands in it.
        statement: the exact equations that the steps must arrive at, one for each chain.
        hypotheses: in words, everything used that the steps do not compute.
        steps: chains of equations; a chain goes on while the left side of a step is the right
            side of the one before it.
        depends: labels of the derivations this one uses.
        witnesses: random exact instances for the second method.
        faulty: named builders of nearby false derivations.
        root: k when terms contain `ZETA`, a primitive k-th root of unity.
    """

    id: str
    title: str
    statement_tex: str
    statement: tuple[Equation, ...]
    hypotheses: tuple[str, ...]
    steps: tuple[Step, ...]
    depends: tuple[str, ...]
    witnesses: Callable[[random.Random], Sequence[Witness]]
    faulty: tuple[tuple[str, Callable[[], Derivation]], ...] = ()
    root: int | None = None

    def mutants(self) -> tuple[tuple[str, Derivation], ...]:
        """Nearby false statements, each derived with one wrong formula; `recheck` rejects them."""
        return tuple((name, build()) for name, build in self.faulty)

    def recheck(self, seed: int = 0) -> tuple[StepFailure, ...]:
        """Run both methods on every step, and check that the steps yield the statement.

        Args:
            seed: of the random instances; any seed must do.

        Returns:
            The failures; empty when the derivation stands.

        >>> from overspec.proofs.identities.operator import em_operator
        >>> em_operator(3).recheck(seed=1)
        ()
        """
        failures = [*self._chain()]
        instances = tuple(self.witnesses(random.Random(seed)))
        for number, step in enumerate(self.steps, start=1):
            for method, detail in self._step(step, instances):
                failures.append(StepFailure(self.id, number, method, detail))
        return tuple(failures)

    def _chain(self) -> list[StepFailure]:
        ends: list[Equation] = []
        for before, step in zip((None, *self.steps), self.steps, strict=False):
            if before is not None and before.rhs.same_as(step.lhs):
                ends[-1] = Equation(ends[-1].lhs, step.rhs)
            else:
                ends.append(Equation(step.lhs, step.rhs))
        failures = []
        if len(ends) != len(self.statement):
            detail = f"{len(ends)} chains for {len(self.statement)} equations"
            return [StepFailure(self.id, len(self.steps), Method.CHAIN, detail)]
        for number, (end, stated) in enumerate(zip(ends, self.statement, strict=True), start=1):
            if not (end.lhs.same_as(stated.lhs) and end.rhs.same_as(stated.rhs)):
                detail = f"equation {number} arrives at {end.tex}, stated is {stated.tex}"
                failures.append(StepFailure(self.id, number, Method.CHAIN, detail))
            elif stated.tex not in self.statement_tex:
                detail = f"equation {number} is missing from the statement: {stated.tex}"
                failures.append(StepFailure(self.id, number, Method.CHAIN, detail))
        return failures

    def _step(self, step: Step, instances: Sequence[Witness]) -> list[tuple[Method, str]]:
        found: list[tuple[Method, str]] = []
        left, right = step.lhs.symbolic, step.rhs.symbolic
        if len(left) != len(right) or not left:
            found.append((Method.SYMBOLIC, f"{len(left)} entries against {len(right)}"))
        elif wrong := [
            i
            for i, (a, b) in enumerate(zip(left, right, strict=True))
            if not vanishes(a - b, self.root)
        ]:
            found.append((Method.SYMBOLIC, f"{step.tex}, entry {wrong[0]}"))
        for number, witness in enumerate(instances):
            if step.lhs.numeric(witness) != step.rhs.numeric(witness):
                found.append((Method.WITNESS, f"{step.tex}, instance {number}"))
                break
        for number, witness in enumerate(instances):
            if witness.substitution is None:
                continue
            for side in (step.lhs, step.rhs):
                if not _translates(side, witness, self.root):
                    found.append((Method.TRANSLATION, f"{side.tex}, instance {number}"))
        return found


def conclude(steps: Sequence[Step]) -> tuple[Equation, ...]:
    """One equation for each step: for derivations in which every chain has a single step."""
    return tuple(Equation(step.lhs, step.rhs) for step in steps)


def flat(value: Any) -> tuple[Any, ...]:
    """Nested tuples and matrices as one tuple of entries."""
    if isinstance(value, sympy.MatrixBase):
        return tuple(value)
    if isinstance(value, (tuple, list)):
        return tuple(entry for part in value for entry in flat(part))
    return (value,)


def _translates(side: Term, witness: Witness, root: int | None) -> bool:
    assert witness.substitution is not None
    return translates(side.symbolic, side.numeric(witness), witness.substitution, root)
