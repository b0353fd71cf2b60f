"""The ledger: every claim checked, with evidence and outcome carried over the dependency graph.

It holds all that a report prints, the words of the claims included, so that a ledger can be read
without the version that made it.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from importlib.metadata import version
from typing import Any

from .. import __version__
from ..errors import InputError
from ..evidence import Certificate, ClaimText, Evidence, Outcome, ProofStep, Provenance
from ..proofs.circulant import invertibility_condition
from .claim import Claim, Scope, check
from .claims import CLAIMS
from .claims_exact import MUTANT_K, Argument
from .figure_data import FigureData
from .plain import from_plain, to_plain
from .portrait import Portrait

SCHEMA = "overspec-ledger-3"
OLDER = ("overspec-ledger-2",)  # read too: its certificates had no error budget
LIBRARIES = ("sympy", "mpmath", "numpy", "scipy", "gmpy2", "python-flint")


@dataclass(frozen=True)
class WeightCondition:
    """A condition for A to be invertible at one frequency of the simplex action (math.md S3)."""

    k: int
    frequency: int
    tex: str


@dataclass(frozen=True)
class Ledger:
    """The certificates of a run, in the order of the claims.

    Attributes:
        certificates: one for each claim.
        ks, quick: how far the run went.
        conditions: the conditions on the weights for each k.
        mixtures: what was found for mixtures that a user named.
        figures: the data behind the figures; empty unless they were asked for.
        made: the day of the run, or ``""``.

    >>> ledger = run((2,), ("P4",))
    >>> [(c.claim, c.outcome.value, c.evidence.value) for c in ledger.certificates]
    [('P4', 'amended', 'proved')]
    >>> Ledger.from_json(ledger.to_json()) == ledger
    True
    """

    certificates: tuple[Certificate, ...]
    ks: tuple[int, ...]
    quick: bool
    conditions: tuple[WeightCondition, ...] = ()
    mixtures: tuple[Portrait, ...] = ()
    figures: tuple[FigureData, ...] = ()
    made: str = ""

    @property
    def exit_code(self) -> int:
        """0 when every claim met its expectation, 1 when one failed it, 3 when inconclusive."""
        unmet = [c for c in self.certificates if c.outcome is not c.text.expected]
        if any(c.outcome is not Outcome.INCONCLUSIVE for c in unmet):
            return 1
        return 3 if unmet else 0

    def only(self, claims: Iterable[str]) -> Ledger:
        """The ledger of the given claims and of what they rest on.

        Raises:
            InputError: a label that is not in the ledger.
        """
        rows = {c.claim: c for c in self.certificates}
        wanted, kept = list(claims), set()
        while wanted:
            label = wanted.pop()
            if label not in rows:
                raise InputError(f"no claim {label!r} in the ledger; it has {', '.join(rows)}")
            if label not in kept:
                kept.add(label)
                wanted += [parent for parent in rows[label].text.depends if parent in rows]
        return replace(self, certificates=tuple(rows[label] for label in rows if label in kept))

    def to_json(self) -> dict[str, Any]:
        """Plain data: what `--json` prints and ``ledger.json`` holds."""
        return {
            "schema": SCHEMA,
            "made": self.made,
            "ks": list(self.ks),
            "quick": self.quick,
            "claims": [_row(certificate) for certificate in self.certificates],
            "conditions": to_plain(self.conditions),
            "mixtures": to_plain(self.mixtures),
            "figures": to_plain(self.figures),
        }

    @classmethod
    def from_json(cls, data: object) -> Ledger:
        """Read what `to_json` wrote.

        Raises:
            InputError: not a ledger, damaged, or with a certificate that its hash does not fit.
        """
        schema = data.get("schema") if isinstance(data, dict) else None
        if not isinstance(data, dict) or schema not in (SCHEMA, *OLDER):
            known = ", ".join((SCHEMA, *OLDER))
            found = f"; this one has {schema!r}" if isinstance(schema, str) else ""
            raise InputError(f"not a ledger of this version: its schema must be {known}{found}")
        try:
            return cls(
                tuple(_certificate(row, schema != SCHEMA) for row in data["claims"]),
                from_plain(Keys, data).ks,
                from_plain(Keys, data).quick,
                from_plain(Extras, data).conditions,
                from_plain(Extras, data).mixtures,
                from_plain(Extras, data).figures,
                from_plain(Keys, data).made,
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(
                f"the ledger is damaged: {error!r}; run overspec verify again"
            ) from None


@dataclass(frozen=True)
class Keys:
    """The scalar part of a ledger's JSON."""

    ks: tuple[int, ...]
    quick: bool
    made: str


@dataclass(frozen=True)
class Extras:
    """What a ledger's JSON holds besides the claims."""

    conditions: tuple[WeightCondition, ...]
    mixtures: tuple[Portrait, ...]
    figures: tuple[FigureData, ...]


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
        own = check(CLAIMS[label], scope, _provenance(label, scope))
        own = replace(own, text=claim_text(CLAIMS[label]))
        done[label] = inherit(own, [done[parent] for parent in CLAIMS[label].depends])
    on_progress("", len(order), len(order))
    return Ledger(
        tuple(done[label] for label in CLAIMS if label in done),
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
    wanted = list(CLAIMS) if claims is None else list(claims)
    for label in wanted:
        if label not in CLAIMS:
            raise InputError(f"no claim {label!r}; the claims are {', '.join(CLAIMS)}")
    needed: dict[str, tuple[str, ...]] = {}
    while wanted:
        label = wanted.pop()
        if label not in needed:
            needed[label] = CLAIMS[label].depends
            wanted += needed[label]
    ranked = {label: needed[label] for label in CLAIMS if label in needed}
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


def digest(certificate: Certificate) -> str:
    """SHA-256 of all that a certificate says, its run time aside.

    >>> ledger = run((2,), ("P4",))
    >>> len(digest(ledger.certificates[0]))
    64
    """
    content = to_plain(replace(certificate, seconds=0.0))
    if certificate.budget is None:
        del content["budget"]  # certificates from before there were budgets keep their hash
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _row(certificate: Certificate) -> dict[str, Any]:
    row: dict[str, Any] = to_plain(certificate)
    row = {
        "id": row.pop("claim"),
        "title": certificate.text.title,
        "outcome": row.pop("outcome"),
        "expected": certificate.text.expected.value,
        **row,
    }
    row["seconds"] = f"{certificate.seconds:.2f}"
    row["values"] = dict(certificate.values)
    row["command"] = certificate.provenance.command
    row["provenance"]["libraries"] = dict(certificate.provenance.libraries)
    row["sha256"] = digest(certificate)
    return row


def _certificate(row: dict[str, Any], older: bool) -> Certificate:
    source = row["provenance"]
    plain = {
        **({"budget": None} if older else {}),
        **row,
        "claim": row["id"],
        "seconds": float(row["seconds"]),
        "values": [list(pair) for pair in row["values"].items()],
        "provenance": {**source, "libraries": [list(p) for p in source["libraries"].items()]},
    }
    certificate = from_plain(Certificate, plain)
    if digest(certificate) != row["sha256"]:
        raise ValueError(f"the certificate of {certificate.claim} was changed after it was made")
    return certificate
