"""The ledger: what a run found of every claim, and its JSON (`run` makes one).

It holds all that a report prints, the words of the claims included, so that a ledger can be read
without the version that made it. Reading one loads no engines and no proofs.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from msgspec import convert, to_builtins
from msgspec.json import encode

from overspec.errors import InputError, one_of
from overspec.evidence import Certificate, Evidence, Outcome, listed
from overspec.figure import FigureData
from overspec.results.result import Part, Result, Table
from overspec.verify.claims.found.older import modern, older_digest, sha256
from overspec.verify.claims.profile import Portrait

SCHEMA = "overspec-ledger-4"
#: Read too: certificates that had ranges in the place of a scope, and before, no error budget.
OLDER = ("overspec-ledger-3", "overspec-ledger-2")


ESTABLISHED = (Outcome.HOLDS, Outcome.AMENDED)


@dataclass(frozen=True)
class WeightCondition:
    """A condition for A to be invertible at one frequency of the simplex action (math.md S3)."""

    k: int
    frequency: int
    tex: str


@dataclass(frozen=True, repr=False)
class Ledger(Result):
    """The certificates of a run, in the order of the claims.

    Attributes:
        certificates: one for each claim.
        ks, quick: how far the run went.
        conditions: the conditions on the weights for each k.
        mixtures: what was found for mixtures that a user named.
        figures: the data behind the figures; empty unless they were asked for.
        made: the day of the run, or ``""``.
        owner: whose ledger it is, the author of its report; ``""`` if nobody says.

    >>> from overspec.verify.claims.run import run
    >>> ledger = run((2,), ("P4",))
    >>> [(c.claim, c.outcome.value, c.worth) for c in ledger.certificates]
    [('P4', 'amended', 'proved for k = 2 … 12')]
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
    owner: str = ""

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
        wanted = [one_of(label, list(rows), "claim", " in the ledger") for label in claims]
        kept = set()
        while wanted:
            label = wanted.pop()
            if label not in kept:
                kept.add(label)
                wanted += [parent for parent in rows[label].text.depends if parent in rows]
        return replace(self, certificates=tuple(rows[label] for label in rows if label in kept))

    def headline(self) -> str:
        """How many claims, and what came out."""
        outcomes = Counter(c.outcome.value for c in self.certificates)
        count = len(self.certificates)
        found = ", ".join(f"{n} {outcome}" for outcome, n in outcomes.items())
        ks = run_for(self.certificates)
        where = f", {ks}" if ks else ""
        return f"{count} claim{'' if count == 1 else 's'}{where}: {found}"

    def parts(self) -> Iterator[Part]:
        """A row for each claim, and how those that are amended read."""
        yield Table(
            ("claim", "what it says", "outcome", "expected", "evidence", "margin", "seconds"),
            tuple(
                (
                    c.claim,
                    c.text.title,
                    c.outcome.value,
                    c.text.expected.value,
                    c.worth,
                    c.margin,
                    f"{c.seconds:.1f}",
                )
                for c in self.certificates
            ),
            right=("margin", "seconds"),
        )
        amended = [c for c in self.certificates if c.amendment]
        if amended:
            yield ""
        yield from (f"{c.claim} amended: {c.amendment}" for c in amended)

    def records(self) -> list[dict[str, Any]]:
        """One row a claim."""
        return [
            {"claim": c.claim, "title": c.text.title, "outcome": c.outcome.value,
             "expected": c.text.expected.value, "evidence": c.evidence.value, "worth": c.worth,
             "margin": c.margin, "seconds": c.seconds}
            for c in self.certificates
        ]  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what ``overspec verify --json`` prints and ``ledger.json`` holds."""
        plain: dict[str, Any] = json.loads(json.dumps(self.to_json()))
        return plain

    def to_json(self) -> dict[str, Any]:
        """The same; `from_json` reads it."""
        return {
            "schema": SCHEMA,
            "made": self.made,
            "owner": self.owner,
            "ks": list(self.ks),
            "quick": self.quick,
            "claims": [_row(certificate) for certificate in self.certificates],
            "conditions": _lists(self.conditions),
            "mixtures": _lists(self.mixtures),
            "figures": _lists(self.figures),
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
            claims = data["claims"]
            rows = [_plain(row if schema == SCHEMA else modern(row)) for row in claims]
            given = {"owner": ""} | data  # ledgers of 0.1 have none
            parts = {f.name: given[f.name] for f in fields(cls) if f.name != "certificates"}
            ledger = convert({"certificates": rows, **parts}, cls)
            for certificate, row in zip(ledger.certificates, claims, strict=True):
                made = digest(certificate) if schema == SCHEMA else older_digest(row)
                if made != row["sha256"]:
                    name = certificate.claim
                    raise ValueError(f"the certificate of {name} was changed after it was made")
                if schema == SCHEMA and _row(certificate) != row:
                    raise ValueError(f"{certificate.claim} is stated twice, in two ways")
            _agree(ledger.certificates)
            return ledger
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(
                f"the ledger is damaged: {error!r}; run overspec verify again"
            ) from None


def _agree(certificates: Sequence[Certificate]) -> None:
    """What certificates say of each other, derived again: a hash can be made anew, this cannot.

    Each claim once; evidence no stronger than that of its own check and of all that it rests on;
    nothing established that rests on what is not.

    Raises:
        ValueError: they contradict each other.
    """
    known = {c.claim: c for c in certificates}
    if len(known) < len(certificates):
        raise ValueError("a claim occurs twice")
    for c in certificates:
        parents = [known[label] for label in c.text.depends if label in known]
        if any(p.outcome not in ESTABLISHED for p in parents) and c.outcome in ESTABLISHED:
            raise ValueError(f"{c.claim} is established, but rests on what is not")
        weakest = Evidence.weakest([c.own or c.evidence, *(p.evidence for p in parents)])
        if Evidence.weakest([c.evidence, weakest]) is not c.evidence:
            raise ValueError(f"{c.claim} claims more evidence than what it rests on")
        if not math.isfinite(c.seconds) or c.seconds < 0:
            raise ValueError(f"{c.claim} took {c.seconds} s")


def digest(certificate: Certificate) -> str:
    """SHA-256 of all that a certificate says, its run time aside.

    >>> from overspec.verify.claims.run import run
    >>> ledger = run((2,), ("P4",))
    >>> len(digest(ledger.certificates[0]))
    64
    """
    return sha256(to_builtins(replace(certificate, seconds=0.0)))


def run_for(certificates: Sequence[Certificate]) -> str:
    """For which k: those of all the claims, or of most; no k that a claim of these did not run.

    >>> from overspec.verify.claims.run import run
    >>> run_for(run((2, 3), ("P4",)).certificates), run_for(run((2, 3), ("P4", "S2")).certificates)
    ('for k = 2 … 12', '1 of 3 for k = 2 … 12')
    """
    found = Counter(c.scope.k for c in certificates if not isinstance(c.scope.k, str))
    if not found:
        return ""
    (most, count), *_ = found.most_common(1)
    share = "" if count == len(certificates) else f"{count} of {len(certificates)} "
    return f"{share}for k = {listed(most)}" if most else ""


def _lists(value: object) -> Any:
    """Plain data as a JSON reader gives it back: lists, no tuples."""
    return json.loads(encode(value))


def _row(certificate: Certificate) -> dict[str, Any]:
    row: dict[str, Any] = _lists(certificate)
    row = {
        "id": row.pop("claim"),
        "title": certificate.text.title,
        "outcome": row.pop("outcome"),
        "expected": certificate.text.expected.value,
        "evidence": row.pop("evidence"),
        "worth": certificate.worth,
        **row,
    }
    row["seconds"] = f"{certificate.seconds:.2f}"
    row["values"] = dict(certificate.values)
    row["command"] = certificate.provenance.command
    row["provenance"]["libraries"] = dict(certificate.provenance.libraries)
    row["sha256"] = digest(certificate)
    return row


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """The inverse of `_row`; KeyError for a field that is missing: none is filled in."""
    source = row["provenance"]
    plain = {
        **row,
        "claim": row["id"],
        "seconds": float(row["seconds"]),
        "values": [list(pair) for pair in row["values"].items()],
        "provenance": {**source, "libraries": [list(p) for p in source["libraries"].items()]},
    }
    return {field.name: plain[field.name] for field in fields(Certificate)}
