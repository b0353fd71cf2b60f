"""What changed between two ledgers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from msgspec import to_builtins

from overspec.evidence import Certificate
from overspec.verify.claims.ledger import Ledger


@dataclass(frozen=True)
class Change:
    """One difference: of a claim or of the whole ledger, which part, before and after."""

    subject: str
    what: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.subject} {self.what}: {self.before or '-'} -> {self.after or '-'}"


def changes(old: Ledger, new: Ledger) -> tuple[Change, ...]:
    """Every difference that a reader should see; run times and days are not among them.

    >>> from overspec.verify.claims.run import run
    >>> ledger = run((2,), ("P4",))
    >>> changes(ledger, ledger), [str(c) for c in changes(ledger, run((2, 3), ("P4",)))][0]
    ((), 'ledger k: 2 -> 2, 3')
    """
    found = [
        Change("ledger", what, before, after)
        for what, before, after in (
            ("k", _listed(old), _listed(new)),
            ("quick", str(old.quick), str(new.quick)),
            *_versions(old, new),
        )
        if before != after
    ]
    before, after = ({c.claim: c for c in ledger.certificates} for ledger in (old, new))
    for label in dict.fromkeys((*before, *after)):
        if label not in after:
            found.append(Change(label, "claim", before[label].text.title, ""))
        elif label not in before:
            found.append(Change(label, "claim", "", after[label].text.title))
        else:
            pairs = zip(_parts(before[label]), _parts(after[label]), strict=True)
            found += [Change(label, what, a, b) for (what, a), (_, b) in pairs if a != b]
            found += _values(before[label], after[label])
    return (*found, *_rest(old, new))


def _rest(old: Ledger, new: Ledger) -> Iterator[Change]:
    """Conditions, mixtures and figures: where they first differ, or that one of them is new."""
    a, b = _named(old), _named(new)
    for name in dict.fromkeys((*a, *b)):
        if name not in b:
            yield Change(name, "", "there", "")
        elif name not in a:
            yield Change(name, "", "", "there")
        elif (difference := _first(a[name], b[name])) is not None:
            yield Change(name, *difference)


def _named(ledger: Ledger) -> dict[str, Any]:
    return {
        **{f"condition k = {c.k}, m = {c.frequency}": to_builtins(c) for c in ledger.conditions},
        **{f"mixture {found.name}": to_builtins(found) for found in ledger.mixtures},
        **{f"figure {data.id}": to_builtins(data) for data in ledger.figures},
    }


def _first(a: Any, b: Any, place: str = "") -> tuple[str, str, str] | None:
    """The place and the values of the first difference of two pieces of plain data."""
    if isinstance(a, dict) and isinstance(b, dict):
        pairs = [(key, a.get(key, ""), b.get(key, "")) for key in dict.fromkeys((*a, *b))]
    elif isinstance(a, tuple) and isinstance(b, tuple):
        pairs = [(str(n), *pair) for n, pair in enumerate(zip_longest(a, b, fillvalue=""), 1)]
    else:
        return None if a == b else (place, str(a), str(b))
    found = (_first(x, y, f"{place} {key}".strip()) for key, x, y in pairs)
    return next((one for one in found if one is not None), None)


def _listed(ledger: Ledger) -> str:
    return ", ".join(map(str, ledger.ks))


def _versions(old: Ledger, new: Ledger) -> list[tuple[str, str, str]]:
    a, b = (dict(_libraries(ledger)) for ledger in (old, new))
    return [(name, a.get(name, ""), b.get(name, "")) for name in dict.fromkeys((*a, *b))]


def _libraries(ledger: Ledger) -> list[tuple[str, str]]:
    if not ledger.certificates:
        return []
    source = ledger.certificates[0].provenance
    return [("overspec", source.version), *source.libraries]


def _parts(c: Certificate) -> list[tuple[str, str]]:
    return [
        ("title", c.text.title),
        ("statement", c.text.statement),
        ("outcome", c.outcome.value),
        ("evidence", c.worth),
        ("worst margin", c.margin),
        ("worst at", c.worst_at),
        ("amendment", c.amendment),
        ("counterexample", c.counterexample),
        ("scope", str(c.scope)),
        ("rests on", ", ".join(c.text.depends)),
        ("hypotheses", "; ".join(c.hypotheses)),
        ("named hypotheses", "; ".join(map(str, c.under))),
        ("methods", "; ".join(c.text.methods)),
        ("mutants", "; ".join(c.text.mutants)),
        ("error budget", "" if c.budget is None else f"{c.budget.of}: {c.budget.total}"),
        ("proof", "; ".join(f"{step.lhs} = {step.rhs}" for step in c.text.proof)),
    ]


def _values(old: Certificate, new: Certificate) -> list[Change]:
    a, b = dict(old.values), dict(new.values)
    return [
        Change(new.claim, name, a.get(name, ""), b.get(name, ""))
        for name in dict.fromkeys((*a, *b))
        if a.get(name, "") != b.get(name, "")
    ]
