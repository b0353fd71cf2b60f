"""What a claim is, and how its outcome is computed from a measurement.

A claim measures once and judges many times: the form the source states, the amended form
where there is one, and the mutants (nearby false forms). The outcome follows from which forms
pass; nobody writes it in. A judge that lets a mutant pass cannot tell true from false, so the
claim is then inconclusive, whatever else passed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from overspec.decimals import rounded_down
from overspec.evidence import (
    Assumption,
    Certificate,
    ErrorBudget,
    Evidence,
    Outcome,
    Provenance,
)
from overspec.mixture import Mixture
from overspec.proofs.language.derivation import Derivation
from overspec.proofs.language.statement import Statement
from overspec.proofs.machinery.prose import in_dollars
from overspec.verify.claims.found.scope import of_derivation, of_measurement

SUMMARY = "summary of arXiv 2506.11850"  # the document under test


@dataclass(frozen=True)
class Scope:
    """How far to check: the values of k, and whether to take fewer cases (`quick`).

    `mixtures`: the mixtures that a measured claim looks at; the table of `cases` when empty.
    """

    ks: tuple[int, ...] = (2, 3, 4)
    quick: bool = False
    mixtures: tuple[Mixture, ...] = ()

    def __str__(self) -> str:
        return "; ".join(map(str, self.mixtures)) or "k = " + ", ".join(map(str, self.ks))


@dataclass(frozen=True)
class Form:
    """One formal version of a statement: words for people, payload for the judge."""

    words: str
    payload: Any

    @property
    def tex(self) -> str:
        """The words with their formulas in dollars: of a statement, its own."""
        return self.payload.tex if isinstance(self.payload, Statement) else in_dollars(self.words)


@dataclass(frozen=True)
class Finding:
    """What a judge says of one form.

    Attributes:
        passed: True, False, or None when the measurement cannot decide.
        margin: worst slack of the checked inequalities; None where all was exact.
        worst_at: where the slack is attained, or where the form fails.
        evidence: evidence of this finding alone, before its dependencies count.
        values: named numbers worth showing.
        budget: of the number with that margin, where it is certified (`enclosures.budget`).
    """

    passed: bool | None
    evidence: Evidence
    margin: float | None = None
    worst_at: str = ""
    values: tuple[tuple[str, str], ...] = ()
    budget: ErrorBudget | None = None


@dataclass(frozen=True)
class Claim:
    """A statement with its check.

    Attributes:
        id: label, such as ``"S6"`` (math.md) or ``"P3"`` (a row of the audit of the summary).
        title: one line for a reader.
        statement: TeX of the formal statement (of the true form, for audit rows).
        source: where it is stated.
        said: the words of the document under test; empty when there are none.
        depends: labels of the claims it rests on, as far as they are declared; the registry adds
            those that its tools rest on (`found.uses`).
        hypotheses: what is assumed, in words.
        expected: the outcome that we expect; the exit code of `overspec verify` compares.
        measure: what is computed, once, independent of any form.
        judge: decides one form on the measurement.
        stated: the form the source gives.
        amended: the form that holds instead, if the stated one fails.
        mutants: nearby false forms that `judge` must reject.
        free_of: those of d, π and θ that the statement does not mention, so that it is about any.
        theta: the points that are looked at, in words, where the measurement keeps none of them.
    """

    id: str
    title: str
    statement: str
    source: str
    depends: tuple[str, ...]
    measure: Callable[[Scope], Any]
    judge: Callable[[Any, Any], Finding]
    stated: Form
    mutants: tuple[Form, ...]
    amended: Form | None = None
    hypotheses: tuple[str, ...] = ()
    said: str = ""
    expected: Outcome = Outcome.HOLDS
    free_of: tuple[str, ...] = ()
    theta: str = ""


def examine(claim: Claim, scope: Scope, provenance: Provenance) -> Certificate:
    """Measure, judge every form, and compute the outcome.

    HOLDS when the stated form passes; AMENDED when it fails and the amended form passes;
    REFUTED when it fails and there is no form that passes instead; INCONCLUSIVE when a judge
    cannot decide or does not reject a mutant. The evidence is the finding's own; `ledger.run`
    lowers it to the weakest of the claim's ancestors.
    """
    start = time.perf_counter()
    measured = claim.measure(scope)
    stated = claim.judge(claim.stated.payload, measured)
    decisive, outcome, amendment = stated, _outcome(stated), ""
    if stated.passed is False and claim.amended is not None:
        amended = claim.judge(claim.amended.payload, measured)
        if amended.passed:
            decisive, outcome, amendment = amended, Outcome.AMENDED, claim.amended.words
        elif amended.passed is None:
            decisive, outcome = amended, Outcome.INCONCLUSIVE
    judged = [(m.words, claim.judge(m.payload, measured).passed) for m in claim.mutants]
    survivors = [words for words, passed in judged if passed is not False]
    if survivors:
        outcome = Outcome.INCONCLUSIVE
    rejected = len(claim.mutants) - len(survivors)
    at = getattr(claim.stated.payload, "at", None)
    proofs: tuple[Derivation, ...] = tuple(map(at, scope.ks)) if at else ()
    everywhere = _for_every_k(claim) if stated.passed else None
    values = (*decisive.values, ("mutants rejected", f"{rejected} of {len(claim.mutants)}"))
    if survivors:
        values += (("mutants not rejected", "; ".join(survivors)),)
    return Certificate(
        claim=claim.id,
        outcome=outcome,
        evidence=decisive.evidence,
        own=decisive.evidence,
        domain="every k" if everywhere else str(scope),
        margin="exact" if decisive.margin is None else _margin(decisive.margin),
        worst_at=decisive.worst_at,
        provenance=provenance,
        hypotheses=claim.hypotheses,
        amendment=amendment,
        counterexample=stated.worst_at if stated.passed is False else "",
        values=values,
        under=assumptions(proofs),
        scope=of_derivation(everywhere or proofs[0], scope.ks)
        if proofs
        else of_measurement(measured, scope.ks, claim.free_of, claim.theta),
        seconds=round(time.perf_counter() - start, 2),
        budget=decisive.budget,
    )


def _for_every_k(claim: Claim) -> Derivation | None:
    """The derivation for every k at once, where the claim has one that stands."""
    general = getattr(claim.stated.payload, "general", None)
    found: Derivation | None = general() if general else None
    return found


def assumptions(proofs: Iterable[Derivation]) -> tuple[Assumption, ...]:
    """The named hypotheses of derivations, each once."""
    used = (Assumption(h.name, h.words, h.source, h.tex) for proof in proofs for h in proof.lemmas)
    return tuple(dict.fromkeys(used))


def _margin(slack: float) -> str:
    """Three digits, never more than the slack: what is printed still holds.

    >>> _margin(0.03999), _margin(-0.5001), _margin(1.0)
    ('0.0399', '-0.501', '1')
    """
    return f"{float(rounded_down(slack, 3)):.3g}"


def _outcome(finding: Finding) -> Outcome:
    if finding.passed is None:
        return Outcome.INCONCLUSIVE
    return Outcome.HOLDS if finding.passed else Outcome.REFUTED


def first_failure(cases: list[tuple[str, bool]], evidence: Evidence) -> Finding:
    """A finding for exact cases: passes when each holds, else names the first that does not.

    Cases that are exact instances of a statement prove it for these and for no others; what is
    printed says so (`evidence.worth`).
    """
    for where, holds in cases:
        if not holds:
            return Finding(False, evidence, worst_at=where)
    return Finding(True, evidence, values=(("cases", str(len(cases))),))


def worst(
    cases: list[tuple[str, float]],
    evidence: Evidence = Evidence.MEASURED,
    values: tuple[tuple[str, str], ...] = (),
) -> Finding:
    """A finding for measured slacks: passes when the smallest is positive, and says where it is."""
    where, slack = min(cases, key=lambda case: case[1])
    return Finding(slack > 0, evidence, margin=slack, worst_at=where, values=values)
