"""The ledger: every claim checked, with evidence and outcome carried over the dependency graph."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from graphlib import TopologicalSorter
from importlib.metadata import version
from typing import Any

from .. import __version__
from ..errors import InputError
from ..evidence import Certificate, Evidence, Outcome, Provenance
from .claim import Claim, Scope, check
from .claims import CLAIMS

SCHEMA = "overspec-ledger-1"
LIBRARIES = ("sympy", "mpmath", "numpy", "scipy", "gmpy2", "python-flint")


@dataclass(frozen=True)
class Ledger:
    """The certificates of a run, in the order of the claims.

    >>> ledger = run((2,), ("P4",))
    >>> [(c.claim, c.outcome.value, c.evidence.value) for c in ledger.certificates]
    [('P4', 'amended', 'proved')]
    >>> Ledger.from_json(ledger.to_json()) == ledger
    True
    """

    certificates: tuple[Certificate, ...]
    ks: tuple[int, ...]
    quick: bool

    @property
    def exit_code(self) -> int:
        """0 when every claim met its expectation, 1 when one failed it, 3 when inconclusive."""
        unmet = [c for c in self.certificates if c.outcome is not CLAIMS[c.claim].expected]
        if any(c.outcome is not Outcome.INCONCLUSIVE for c in unmet):
            return 1
        return 3 if unmet else 0

    def to_json(self) -> dict[str, Any]:
        """Plain data: what `--json` prints and ``ledger.json`` holds."""
        return {
            "schema": SCHEMA,
            "ks": list(self.ks),
            "quick": self.quick,
            "claims": [_row(certificate) for certificate in self.certificates],
        }

    @classmethod
    def from_json(cls, data: object) -> Ledger:
        """Read what `to_json` wrote.

        Raises:
            InputError: data that is not a ledger of this version's claims.
        """
        if not isinstance(data, dict) or data.get("schema") != SCHEMA:
            raise InputError(f"not a ledger: the file must hold an object with schema {SCHEMA!r}")
        try:
            rows = tuple(_certificate(row) for row in data["claims"])
            return cls(rows, tuple(int(k) for k in data["ks"]), bool(data["quick"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(
                f"the ledger is damaged: {error!r}; run overspec verify again"
            ) from None


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
        done[label] = _inherit(own, [done[parent] for parent in CLAIMS[label].depends])
    on_progress("", len(order), len(order))
    return Ledger(tuple(done[label] for label in CLAIMS if label in done), scope.ks, quick)


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


def _inherit(own: Certificate, parents: list[Certificate]) -> Certificate:
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


def _row(certificate: Certificate) -> dict[str, Any]:
    claim: Claim = CLAIMS[certificate.claim]
    row = asdict(certificate)
    row["id"] = row.pop("claim")
    row["outcome"] = certificate.outcome.value
    row["evidence"] = certificate.evidence.value
    row["seconds"] = f"{certificate.seconds:.2f}"
    row["values"] = dict(certificate.values)
    row["hypotheses"] = list(certificate.hypotheses)
    row["command"] = certificate.provenance.command
    row["expected"] = claim.expected.value
    row["title"] = claim.title
    row["provenance"]["libraries"] = dict(certificate.provenance.libraries)
    return row


def _certificate(row: dict[str, Any]) -> Certificate:
    if row["id"] not in CLAIMS:
        raise ValueError(f"unknown claim {row['id']!r}")
    source = row["provenance"]
    texts = ("domain", "margin", "worst_at", "amendment", "counterexample")
    return Certificate(
        claim=row["id"],
        outcome=Outcome(row["outcome"]),
        evidence=Evidence(row["evidence"]),
        hypotheses=tuple(map(str, row["hypotheses"])),
        values=tuple((str(name), str(value)) for name, value in row["values"].items()),
        seconds=float(row["seconds"]),
        provenance=Provenance(
            command=str(source["command"]),
            version=str(source["version"]),
            libraries=tuple((str(n), str(v)) for n, v in source["libraries"].items()),
            seed=source["seed"],
        ),
        **{name: str(row[name]) for name in texts},
    )
