"""The exact claims: identities of math.md section 2 and what follows from them without numbers.

Each rests on a derivation of `overspec.proofs`, rebuilt and re-checked for each k of the scope, and
where it can be for every k at once (`catalogue.for_every_k`).
The mutants are the derivation's own: the same argument with one wrong formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from overspec.evidence import Evidence
from overspec.proofs.catalogue import DERIVATIONS, for_every_k
from overspec.proofs.language.derivation import Derivation
from overspec.proofs.language.every.proof import late_survivors
from overspec.verify.claims.claim import Claim, Finding, Form, Scope

MUTANT_K = 3  # at k = 2 some mutants coincide with the truth (R = R^{-1}, say)


@dataclass(frozen=True)
class Argument:
    """A derivation of the catalogue, as it is or with one named fault."""

    label: str
    fault: str | None = None

    def at(self, k: int) -> Derivation | None:
        """The derivation for k components; None where the fault changes nothing at this k."""
        if self.fault is None:
            return _derivation(self.label, k)
        return _mutant(self.label, self.fault, k)

    def general(self) -> Derivation | None:
        """The derivation for every k at once, where it stands."""
        return for_every_k(self.label) if self.fault is None else None


@dataclass(frozen=True)
class Late:
    """A derivation for every k whose steps have, one after the other, an error from k = 7 on."""

    label: str


LATE_WORDS = "a factor 1 + k(k − 1)…(k − 6) in a step: right for k ≤ 6 only"


def judge(argument: Argument | Late, ks: tuple[int, ...]) -> Finding:
    """Passes when every step survives both of its checks for every k of the scope.

    Of a `Late` one: when the checks for every k let any such step pass.
    """
    if isinstance(argument, Late):
        general = for_every_k(argument.label)
        kept = late_survivors(general) if general is not None else ("no proof for every k",)
        return Finding(bool(kept), Evidence.PROVED, worst_at="k ≥ 7")
    if argument.fault is not None:
        return _judge_fault(argument, argument.fault, ks)
    steps = 0
    for number, k in enumerate(ks):
        derivation = _derivation(argument.label, k)
        if number and derivation.every_k:  # the same at each k
            continue
        failures = derivation.recheck()
        if failures:
            return Finding(False, Evidence.PROVED, worst_at=f"k = {k}: {failures[0]}")
        steps += len(derivation.steps)
    values = [("steps re-checked", str(steps))]
    everywhere = argument.general()
    if everywhere is not None:
        values.append(("steps proved for every k", str(len(everywhere.steps))))
    return Finding(True, Evidence.PROVED, values=tuple(values))


def _judge_fault(argument: Argument, fault: str, ks: tuple[int, ...]) -> Finding:
    """A false variant passes when no check rejects it for any k; the first that does is enough.

    What it has of the true argument is looked at after what it has not.
    """
    faulty = [k for k in ks if fault in dict(_derivation(argument.label, k).faulty)]
    for k in faulty or [MUTANT_K]:
        derivation = argument.at(k)
        if derivation is None:
            continue
        stood = frozenset(step.equation for step in _derivation(argument.label, k).steps)
        failure = derivation.first_failure(stood)
        if failure is not None:
            return Finding(False, Evidence.PROVED, worst_at=f"k = {k}: {failure}")
    return Finding(True, Evidence.PROVED)


@cache
def _derivation(label: str, k: int) -> Derivation:
    return DERIVATIONS[label](k)


@cache
def _mutant(label: str, fault: str, k: int) -> Derivation | None:
    build = dict(_derivation(label, k).faulty).get(fault)
    return None if build is None else build()


def _measure(scope: Scope) -> tuple[int, ...]:
    return scope.ks


#: Where math.md states what a label stands for; S, T and K are labels of its own.
SECTIONS = {"B": "section 4", "H": "section 10, conjecture H", "Q": "section 9"}


def exact_claim(label: str) -> Claim:
    """The claim whose stated form is the derivation of the same label.

    What it depends on is found in the proof: the derivations whose theorems it cites.
    """
    model = for_every_k(label) or _derivation(label, MUTANT_K)
    return Claim(
        id=label,
        title=model.title,
        statement=model.said_tex,
        source=f"math.md {SECTIONS.get(label[0], label)}",
        depends=model.depends,
        measure=_measure,
        judge=judge,
        stated=Form(model.title, Argument(label)),
        mutants=(
            *(Form(name, Argument(label, name)) for name, _ in _derivation(label, MUTANT_K).faulty),
            *((Form(LATE_WORDS, Late(label)),) if model.indexed else ()),
        ),
        hypotheses=model.setting_tex,
    )
