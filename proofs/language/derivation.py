"""What a derivation is: a theorem, made by rules from steps that two methods re-check.

Each step is checked by two methods that share no code. The symbolic one evaluates its tree in SymPy
(the regular representation of the cyclic group, weights as symbols), where a step is an identity of
rational functions. The second reads the same tree by code of its own (`reading`) at an exact
instance with true densities, where both sides must be the same number, and each of them the value
of the symbolic one there. The tree is also evaluated at random rational instances in other
representations (dual numbers, the cyclotomic field), by the code of the symbolic method; what the
letters stand for is checked by `definitions`.
The printed statement is compared with what the rules yield from the steps, and every part of it
that has an exact value is evaluated at random instances.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from itertools import chain
from typing import Any, Protocol

import sympy

from overspec.proofs.language.expression import ZERO, Unevaluable
from overspec.proofs.language.reading.compare import disagreements, translates
from overspec.proofs.language.reading.densities import instance
from overspec.proofs.language.reading.shared import shared
from overspec.proofs.language.statement import Both, DoesNotFollow, Statement, opened
from overspec.proofs.language.theorem import Hypothesis, Side, Step, Theorem
from overspec.proofs.machinery.identity import vanishes
from overspec.proofs.machinery.prose import in_dollars
from overspec.proofs.machinery.rational import instances as drawn
from overspec.proofs.machinery.symbolic import EVERY, SymbolicModel


class Witness(Protocol):
    """A random exact instance; `substitution` says which symbols it stands for, if it does."""

    @property
    def substitution(self) -> Mapping[sympy.Symbol, sympy.Rational] | None:
        """Values of the symbols of the symbolic model; None for another representation."""


class Method(Enum):
    """Which check failed."""

    SYMBOLIC = "the symbolic identity does not hold"
    WITNESS = "the two sides differ at a random exact instance"
    READING = "a side, read again from the densities, has another value"
    TRANSLATION = "the symbolic and the exact evaluation of one side differ"
    CHAIN = "the steps do not lead to the statement"
    STATEMENT = "the statement is false at a random exact instance"
    DEFINITION = "a definition is not what it stands for"


@dataclass(frozen=True)
class StepFailure:
    """A check that a derivation did not pass."""

    derivation: str
    step: int
    method: Method
    detail: str

    def __str__(self) -> str:
        return f"{self.derivation}, step {self.step}: {self.method.value} ({self.detail})"


Faults = tuple[tuple[str, Callable[[], "Derivation"]], ...]


@dataclass(frozen=True)
class Derivation:
    """A statement with its proof.

    Attributes:
        id: label of math.md, such as ``"S1"``.
        title: one line for a reader.
        theorem: how the statement follows from the steps.
        setting: in words, what the letters stand for.
        model: where the steps are identities of rational functions.
        witnesses: random exact instances for the second method.
        faulty: named builders of nearby false derivations.
        root: k when terms contain `ZETA`, a primitive k-th root of unity.
        printed: the statement that is printed; what the theorem says unless given.
        reading: the instance at which the formulas are read a second time; one with true
            densities in the place of the first witness unless given.
        small: of a derivation for every k, what draws the instances at a given k; `instances` of
            `machinery.rational` unless given.
    """

    id: str
    title: str
    theorem: Theorem
    setting: tuple[str, ...]
    model: Any
    witnesses: Callable[[random.Random], Sequence[Any]]
    faulty: Faults = ()
    root: int | None = None
    printed: Statement | None = None
    reading: Callable[[random.Random], Any] | None = None
    small: Callable[[int], Callable[[random.Random], Sequence[Any]]] = drawn

    def small_instance(self, k: int, rng: random.Random) -> Any:
        """Of a derivation for every k, an instance with k components."""
        return self.small(k)(rng)[0]

    @property
    def statement(self) -> Statement:
        """What is claimed, as a tree."""
        return self.theorem.statement if self.printed is None else self.printed

    @property
    def indexed(self) -> bool:
        """Whether its formulas are index sums, built with a k that nobody can ask for its value."""
        return getattr(self.model, "k", None) is EVERY

    @property
    def every_k(self) -> bool:
        """Whether it was built for every k at once, so that it cannot depend on which k it is."""
        return self.indexed

    @property
    def said_tex(self) -> str:
        """The statement alone, formulas in dollars."""
        said = self.statement.tex
        return f"{said[:1].upper()}{said[1:]}."

    @property
    def statement_tex(self) -> str:
        """The statement and the equations it follows from, formulas in dollars."""
        reasons = ", ".join(map(_dollars, self.equations))
        return f"{self.said_tex[:-1]}, because {reasons}."

    @property
    def equations(self) -> tuple[str, ...]:
        """TeX of the steps; steps that go on from one another in one line."""
        lines: list[list[Side]] = []
        for step in self.steps:
            if lines and lines[-1][-1] == step.lhs:
                lines[-1].append(step.rhs)
            else:
                lines.append([step.lhs, step.rhs])
        return tuple(" = ".join(side.tex for side in line) for line in lines)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps, in the order in which the proof uses them."""
        return self.theorem.steps

    @property
    def lemmas(self) -> tuple[Hypothesis, ...]:
        """What is used and checked nowhere: the statement is proved under these."""
        return self.theorem.hypotheses

    @property
    def hypotheses(self) -> tuple[str, ...]:
        """In words: the setting, and everything used that the steps do not compute."""
        return (*self.setting, *map(str, self.lemmas))

    @property
    def hypotheses_tex(self) -> tuple[str, ...]:
        """The same, formulas in dollars."""
        return (*self.setting_tex, *(lemma.tex for lemma in self.lemmas))

    @property
    def setting_tex(self) -> tuple[str, ...]:
        """The setting alone, formulas in dollars."""
        return tuple(map(in_dollars, self.setting))

    @property
    def depends(self) -> tuple[str, ...]:
        """Labels of the derivations whose theorems this one cites, as found in the proof."""
        return self.theorem.origins

    def cited(self, number: int) -> Theorem:
        """One statement of the theorem, for use in another derivation, which then depends on this.

        Its hypotheses are those that this one statement needs.
        """
        said = self.statement
        if not isinstance(said, Both) or len(said.parts) != len(self.theorem.premises):
            raise DoesNotFollow(f"{self.id} is not a conjunction of its premises")
        needed = self.theorem.premises[number].hypotheses
        return Theorem(
            said.parts[number],
            origin=self.id,
            inherited=needed,
            letters=self.theorem.vocabulary,
        )

    def lemma(self, step: Theorem) -> Theorem:
        """One of the steps, for use in another derivation, which then depends on this.

        Raises:
            DoesNotFollow: no step of this derivation.
        """
        if step.step not in self.steps:
            raise DoesNotFollow(f"{self.id} has no such step")
        return Theorem(step.statement, origin=self.id, letters=self.theorem.vocabulary)

    def mutants(self) -> tuple[tuple[str, Derivation], ...]:
        """Nearby false statements, each derived with one wrong formula; `recheck` rejects them."""
        return tuple((name, build()) for name, build in self.faulty)

    def recheck(self, seed: int = 0) -> tuple[StepFailure, ...]:
        """Run both methods on every step, the rules on the theorem, and the statement on instances.

        What was built for every k is checked as index sums, and at large k (`every.proof`).

        Args:
            seed: of the random instances; any seed must do.

        Returns:
            The failures; empty when the derivation stands.

        >>> from overspec.proofs.identities.operator import em_operator
        >>> em_operator(3).recheck(seed=1)
        ()
        """
        from overspec.proofs.language.every.proof import failures as for_every_k

        return for_every_k(self, seed) if self.indexed else tuple(self._failures(seed))

    def first_failure(self, stood: Container[Statement] = ()) -> StepFailure | None:
        """One failure of `recheck`, which is not run further than to it; None where there is none.

        Args:
            stood: equations of steps that stood in another derivation: looked at last.
        """
        if self.indexed:
            return next(iter(self.recheck()), None)
        return next(self._failures(0, stood), None)

    def _failures(self, seed: int, stood: Container[Statement] = ()) -> Iterator[StepFailure]:
        from overspec.proofs.language.definitions import wrong_definitions

        instances = tuple(self.witnesses(random.Random(seed)))
        for method, detail in chain(self.follows(), self.evaluated(instances)):
            yield StepFailure(self.id, len(self.steps), method, detail)
        read_at = self.read_at(seed)
        steps = list(enumerate(self.steps, start=1))
        for number, step in sorted(steps, key=lambda pair: pair[1].equation in stood):
            for method, detail in self._step(step, instances, read_at):
                yield StepFailure(self.id, number, method, detail)
        for detail in wrong_definitions(self.theorem.vocabulary, self.model.k, seed):
            yield StepFailure(self.id, 0, Method.DEFINITION, detail)

    def follows(self) -> Iterator[tuple[Method, str]]:
        """Whether the rules yield the printed statement, applied to the steps anew."""
        try:
            found = self.theorem.replayed()
        except DoesNotFollow as error:
            yield Method.CHAIN, str(error)
            return
        if found != self.statement:
            yield Method.CHAIN, f"it follows: {found.text}; stated is: {self.statement.text}"

    def evaluated(self, instances: Sequence[Any]) -> Iterator[tuple[Method, str]]:
        """The parts of the statement that have an exact value."""
        steps = {step.equation for step in self.steps}  # which are evaluated as steps
        for part in parts(self.statement):
            if part in steps:
                continue
            for number, witness in enumerate(instances):
                try:
                    true = part.holds(normalised(witness), {})
                except (Unevaluable, AttributeError):  # or a node asks for what this model has not
                    break
                if not true:
                    yield Method.STATEMENT, f"{part.text}, instance {number}"
                    break

    @property
    def shares(self) -> tuple[tuple[str, ...], ...]:
        """For each step, the functions that both methods run: found by running them."""
        from overspec.proofs.language.every.proof import shared as for_every_k

        if self.indexed:
            return for_every_k(self)
        at = self.read_at(0)
        return tuple(shared(step, self.model, at) for step in self.steps)

    def read_at(self, seed: int) -> Any:
        """The instance of the second reading."""
        return instance(self.witnesses, self.reading, random.Random(seed))

    def _step(
        self, step: Step, instances: Sequence[Any], read_at: Any
    ) -> Iterator[tuple[Method, str]]:
        left, right = both(step, self.model)
        if len(left) != len(right) or not left:
            yield Method.SYMBOLIC, f"{len(left)} entries against {len(right)}"
        elif wrong := [
            i
            for i, (a, b) in enumerate(zip(left, right, strict=True))
            if not vanishes(a - b, self.root)
        ]:
            yield Method.SYMBOLIC, f"{step.tex}, entry {wrong[0]}"
        pairs = [both(step, witness) for witness in instances]
        for number, (a, b) in enumerate(pairs):
            if a != b:
                yield Method.WITNESS, f"{step.tex}, instance {number}"
                break
        for number, (witness, pair) in enumerate(zip(instances, pairs, strict=True)):
            if witness.substitution is None:
                continue
            for side, symbols, values in zip(
                (step.lhs, step.rhs), (left, right), pair, strict=True
            ):
                if not translates(symbols, values, witness.substitution, self.root):
                    yield Method.TRANSLATION, f"{side.tex}, instance {number}"
        for detail in disagreements(step, (left, right), read_at, self.root):
            yield Method.READING, detail


def _dollars(tex: str) -> str:
    return f"${tex}$"


def both(step: Step, m: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The entries of both sides in a model; a side that is 0 has as many zeros as needed."""
    of = symbolic_entries if isinstance(m, SymbolicModel) else Side.entries
    left = of(step.lhs, m)
    if step.rhs.expression == ZERO:
        return left, (Fraction(0),) * len(left)
    return left, of(step.rhs, m)


@lru_cache(maxsize=512)
def symbolic_entries(side: Side, m: SymbolicModel) -> tuple[Any, ...]:
    """The entries in symbols: a derivation and its mutants have most sides in common."""
    return side.entries(m)


def parts(statement: Statement) -> Iterator[Statement]:
    """The statements of a conjunction, each with the quantifiers around it."""
    around, inner = opened(statement)
    if not isinstance(inner, Both):
        yield statement
        return
    for part_ in inner.parts:
        for quantifier in reversed(around):
            part_ = type(quantifier)(quantifier.index, quantifier.over, part_)
        yield from parts(part_)


def normalised(witness: Any) -> Any:
    """The instance with weights of sum 1, where its weights are free of that."""
    pi = getattr(witness, "pi", None)
    if pi is None or sum(pi) == 1 or not hasattr(witness, "boltzmann"):
        return witness
    return replace(witness, pi=tuple(p / sum(pi) for p in pi))
