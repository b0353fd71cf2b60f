"""A run: every claim checked, evidence and outcome carried over the dependency graph."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from importlib.metadata import version
from typing import Any

from overspec import __version__
from overspec.errors import InputError
from overspec.evidence import Certificate, ClaimText, Evidence, Outcome, ProofStep, Provenance
from overspec.proofs.identities.circulant import invertibility_condition
from overspec.verify.claims.claim import Claim, Scope, check
from overspec.verify.claims.exact import MUTANT_K, Argument
from overspec.verify.claims.found.methods import models, same, shared, shares, ways
from overspec.verify.claims.ledger import Ledger, WeightCondition
from overspec.verify.claims.registry import LABELS, claim

LIBRARIES = ("sympy", "mpmath", "numpy", "scipy", "gmpy2", "python-flint")


def run(
    ks: Iterable[int] = (2, 3, 4),
    claims: Iterable[str] | None = None,
    quick: bool = False,
    on_progress: Callable[[str, int, int], None] = lambda claim, done, total: None,
) -> Ledger:
    """Check the claims, and what they rest on, in dependency order.

    Args:
        ks: numbers of components to check, each between 2 and 6.
        claims: labels; all when None. Those that a chosen claim rests on are run too.
        quick: fewer cases for the measured claims; the exact ones are the same.
        on_progress: called as ``(label, done, total)`` before each claim and at the end.

    Raises:
        InputError: an unknown label, or k outside 2 … 6.
    """
    scope = Scope(tuple(sorted(set(ks))), quick)
    if not scope.ks or scope.ks[0] < 2 or scope.ks[-1] > 6:
        raise InputError(f"k = {','.join(map(str, scope.ks))}: the ledger covers k from 2 to 6")
    order = _order(claims)
    done: dict[str, Certificate] = {}
    for position, label in enumerate(order):
        on_progress(label, position, len(order))
        asked = claim(label)
        own = replace(check(asked, scope, _provenance(label, scope)), text=claim_text(asked))
        done[label] = inherit(own, [done[parent] for parent in asked.depends])
    on_progress("", len(order), len(order))
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


def _order(claims: Iterable[str] | None) -> list[str]:
    """The chosen claims and all their ancestors, ancestors first."""
    wanted = list(LABELS) if claims is None else list(claims)
    for label in wanted:
        if label not in LABELS:
            raise InputError(f"no claim {label!r}; the claims are {', '.join(LABELS)}")
    needed: dict[str, tuple[str, ...]] = {}
    while wanted:
        label = wanted.pop()
        if label not in needed:
            needed[label] = claim(label).depends
            wanted += needed[label]
    ranked = {label: needed[label] for label in LABELS if label in needed}
    return list(TopologicalSorter(ranked).static_order())


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
    whole = scope.ks == tuple(range(scope.ks[0], scope.ks[-1] + 1)) and len(scope.ks) > 1
    ks = f"{scope.ks[0]}:{scope.ks[-1]}" if whole else ",".join(map(str, scope.ks))
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
    derivation = payload.at(MUTANT_K) if isinstance(payload, Argument) else None
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
        proof=tuple(
            ProofStep(step.words, step.lhs.tex, step.rhs.tex, step.rule, both)
            for step, both in zip(steps, common, strict=True)
        ),
        proof_k=MUTANT_K if steps else 0,
        methods=ways(measure, claim.judge, *forms) if derivation is None else models(derivation),
        shares=shared(measure, claim.judge, *forms) if derivation is None else same(derivation),
    )
