"""A run: every claim checked, evidence and outcome carried over the dependency graph."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from importlib.metadata import version

from overspec import __version__
from overspec.errors import InputError
from overspec.evidence import Certificate, ClaimText, Evidence, Outcome, ProofStep, Provenance
from overspec.proofs.identities.circulant import invertibility_condition
from overspec.verify.claims.claim import Claim, Scope, check
from overspec.verify.claims.exact import MUTANT_K, Argument
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
    """Evidence is the weakest of all ancestors'; what rests on a failed claim is not settled."""
    evidence = Evidence.weakest([own.evidence, *(parent.evidence for parent in parents)])
    failed = [p.claim for p in parents if p.outcome not in (Outcome.HOLDS, Outcome.AMENDED)]
    if failed:
        note = (("rests on", f"{', '.join(failed)}, not established"),)
        return replace(
            own, evidence=evidence, outcome=Outcome.INCONCLUSIVE, values=own.values + note
        )
    return replace(own, evidence=evidence)


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


def claim_text(claim: Claim) -> ClaimText:
    """The words of a claim, and its derivation where it has one, for the ledger."""
    payload = claim.stated.payload
    derivation = payload.at(MUTANT_K) if isinstance(payload, Argument) else None
    steps = derivation.steps if derivation is not None else ()
    return ClaimText(
        title=claim.title,
        statement=claim.statement,
        source=claim.source,
        said=claim.said,
        stated=claim.stated.words,
        expected=claim.expected,
        depends=claim.depends,
        mutants=tuple(form.words for form in claim.mutants),
        proof=tuple(ProofStep(s.words, s.lhs.tex, s.rhs.tex, s.rule) for s in steps),
        proof_k=MUTANT_K if steps else 0,
    )
