"""A run: every claim checked, evidence and outcome carried over the dependency graph."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import replace
from datetime import UTC, datetime
from fnmatch import filter as filter_names
from graphlib import TopologicalSorter
from importlib.metadata import version
from typing import Any

from overspec import __version__
from overspec.errors import InputError, one_of
from overspec.evidence import Certificate, ClaimText, Evidence, Outcome, ProofStep, Provenance
from overspec.proofs.identities.circulant import invertibility_condition
from overspec.verify.claims.claim import Claim, Scope, examine
from overspec.verify.claims.exact import MUTANT_K, Argument
from overspec.verify.claims.found.methods import models, same, shared, shares, ways
from overspec.verify.claims.ledger import Ledger, WeightCondition
from overspec.verify.claims.pool import local_pool
from overspec.verify.claims.registry import LABELS, claim

FEW = 12  # claims that are not worth the start of processes
LIBRARIES = ("sympy", "mpmath", "numpy", "scipy", "gmpy2", "python-flint")


def run(
    ks: Iterable[int] = (2, 3, 4),
    claims: Iterable[str] | None = None,
    quick: bool = False,
    on_progress: Callable[[str, int, int], None] = lambda claim, done, total: None,
    jobs: int = 1,
) -> Ledger:
    """Check the claims, and what they rest on; evidence is carried in dependency order.

    Args:
        ks: numbers of components to check, each between 2 and 6.
        claims: labels; all when None. Those that a chosen claim rests on are run too.
        quick: fewer cases for the measured claims; the exact ones are the same.
        on_progress: called as ``(label, done, total)`` before each claim and at the end; where
            there are several processes, when each is done.
        jobs: processes of this machine. The outcomes are the same.

    Raises:
        InputError: an unknown label, or k outside 2 … 6.
    """
    scope = Scope(tuple(sorted(set(ks))), quick)
    if not scope.ks or scope.ks[0] < 2 or scope.ks[-1] > 6:
        raise InputError(f"k = {','.join(map(str, scope.ks))}: the ledger covers k from 2 to 6")
    chosen = LABELS if claims is None else _with_ancestors(claims)
    checked = (
        _by_processes(chosen, scope, on_progress, jobs)
        if jobs > 1 and len(chosen) > FEW
        else _in_turn(chosen, scope, on_progress)
    )
    found = {certificate.claim: certificate for certificate in checked}
    done: dict[str, Certificate] = {}
    rests = {label: found[label].text.depends for label in chosen}
    for label in TopologicalSorter(rests).static_order():
        done[label] = inherit(found[label], [done[parent] for parent in rests[label]])
    on_progress("", len(chosen), len(chosen))
    return Ledger(
        tuple(done[label] for label in LABELS if label in done),
        scope.ks,
        quick,
        tuple(
            WeightCondition(k, c.frequency, c.tex)
            for k in scope.ks
            for c in invertibility_condition(k)
        ),
        made=today(),
    )


def own(scope: Scope, label: str) -> Certificate:
    """A claim's own check, before what it rests on counts."""
    asked = claim(label)
    return replace(examine(asked, scope, _provenance(label, scope)), text=claim_text(asked))


Report = Callable[[str, int, int], None]


def _in_turn(labels: Sequence[str], scope: Scope, report: Report) -> Iterator[Certificate]:
    for done, label in enumerate(labels):
        report(label, done, len(labels))
        yield own(scope, label)


def _by_processes(
    labels: Sequence[str], scope: Scope, report: Report, jobs: int
) -> Iterator[Certificate]:
    """The same from several processes, as they come."""
    pool = local_pool(jobs)
    try:
        waiting = [pool.submit(own, scope, label) for label in labels]
        for done, future in enumerate(as_completed(waiting)):
            certificate = future.result()
            report(certificate.claim, done, len(labels))
            yield certificate
    finally:
        pool.shutdown(cancel_futures=True)


def _matching(label: str) -> Sequence[str]:
    """The labels that a pattern with * stands for, or this one."""
    return ("*" in label and filter_names(LABELS, label)) or [one_of(label, LABELS, "claim")]


def _with_ancestors(claims: Iterable[str]) -> tuple[str, ...]:
    """The chosen claims and all their ancestors, ancestors first; this takes building them."""
    wanted = [each for label in claims for each in _matching(label)]
    needed: dict[str, tuple[str, ...]] = {}
    while wanted:
        label = wanted.pop()
        if label not in needed:
            needed[label] = claim(label).depends
            wanted += needed[label]
    ranked = {label: needed[label] for label in LABELS if label in needed}
    return tuple(TopologicalSorter(ranked).static_order())


def inherit(own: Certificate, parents: list[Certificate]) -> Certificate:
    """A claim after all it rests on: the weakest evidence, and everybody's named hypotheses.

    What rests on a failed claim is not settled: its evidence is then no more than assumed.
    """
    under = dict.fromkeys(h for each in (own, *parents) for h in each.under)
    failed = [p.claim for p in parents if p.outcome not in (Outcome.HOLDS, Outcome.AMENDED)]
    if failed:
        note = (("rests on", f"{', '.join(failed)}, not established"),)
        return replace(
            own,
            evidence=Evidence.CITED,
            outcome=Outcome.INCONCLUSIVE,
            values=own.values + note,
            under=tuple(under),
            through=tuple(failed),
        )
    evidence = Evidence.weakest([own.evidence, *(parent.evidence for parent in parents)])
    lower = evidence is not own.evidence
    through = tuple(p.claim for p in parents if lower and p.evidence is evidence)
    return replace(own, evidence=evidence, under=tuple(under), through=through)


def _provenance(label: str, scope: Scope) -> Provenance:
    first, last = scope.ks[0], scope.ks[-1]
    whole = scope.ks == tuple(range(first, last + 1)) and first < last
    ks = f"{first}:{last}" if whole else ",".join(map(str, scope.ks))
    return Provenance(
        command=f"overspec verify --claims {label} --k {ks}" + (" --quick" if scope.quick else ""),
        version=__version__,
        libraries=(
            ("python", platform.python_version()),
            *((name, version(name)) for name in LIBRARIES),
        ),
    )


def today() -> str:
    """The day in UTC; that of SOURCE_DATE_EPOCH where it is set."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else datetime.now(UTC)
    return moment.date().isoformat()


def claim_text(claim: Claim, measure: Callable[..., Any] | None = None) -> ClaimText:
    """The words of a claim, its derivation where it has one, and how it is checked.

    Args:
        claim: the claim.
        measure: what measured it, where that is not its own function.
    """
    measure = measure or claim.measure
    payload = claim.stated.payload
    derivation = None
    if isinstance(payload, Argument):
        derivation = payload.general() or payload.at(MUTANT_K)
    steps = derivation.steps if derivation is not None else ()
    common = shares(derivation) if derivation is not None else ()
    forms = [form.payload for form in (claim.stated, claim.amended) if form is not None]
    return ClaimText(
        title=claim.title,
        statement=claim.statement,
        source=claim.source,
        said=claim.said,
        stated=claim.stated.words,
        expected=claim.expected,
        depends=claim.depends,
        mutants=tuple(form.words for form in claim.mutants),
        stated_tex=claim.stated.tex,
        amended_tex="" if claim.amended is None else claim.amended.tex,
        mutants_tex=tuple(form.tex for form in claim.mutants),
        proof=tuple(
            ProofStep(step.words_tex, step.lhs.tex, step.rhs.tex, step.rule_tex, both)
            for step, both in zip(steps, common, strict=True)
        ),
        proof_k=MUTANT_K if derivation is not None and not derivation.every_k else 0,
        methods=ways(measure, claim.judge, *forms) if derivation is None else models(derivation),
        shares=shared(measure, claim.judge, *forms) if derivation is None else same(derivation),
    )
