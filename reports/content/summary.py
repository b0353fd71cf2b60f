"""What a ledger shows, in one paragraph."""

from __future__ import annotations

from collections import Counter

from overspec.evidence import Certificate, Evidence, Outcome
from overspec.verify.claims.ledger import Ledger, run_for


def closing_sentence(ledger: Ledger) -> str:
    """How many claims came out how, the weakest evidence among them, and what failed."""
    rows = ledger.certificates
    counts = Counter(c.outcome for c in rows)
    parts = [f"{counts[o]} {verb(o, counts[o])}" for o in Outcome if counts[o]]
    ks = run_for(rows)
    where = f"{' ' if ks.startswith('for') else ', '}{ks}" if ks else ""
    weakest = max(map(_weakness, rows))
    holders = [c for c in rows if _weakness(c) == weakest]
    failed = [_failure(c) for c in rows if c.outcome is not c.text.expected]
    claims = "claim was" if len(rows) == 1 else "claims were"
    return (
        f"{len(rows)} {claims} checked{where}: {', '.join(parts)}. "
        f"The weakest evidence is “{_in_words(holders)}” ({len(holders)} of {len(rows)}). "
        + (f"Not as expected: {'; '.join(failed)}." if failed else "All came out as expected.")
    )


def _weakness(row: Certificate) -> tuple[int, bool, bool]:
    """The level, and of a proof whether it is for some k or weights only, or under hypotheses."""
    strong = row.evidence in (Evidence.PROVED, Evidence.CERTIFIED)
    limited = strong and bool(row.scope.cases)
    return row.evidence.rank, limited, strong and bool(row.under)


def _in_words(rows: list[Certificate]) -> str:
    """What rows that are equally weak are worth, in the words of the table."""
    _, limited, assumed = _weakness(rows[0])
    cases = {row.scope.cases for row in rows}
    words = rows[0].evidence.value
    if limited:
        words += f" for {cases.pop()}" if len(cases) == 1 else " for some cases only"
    return words + (" under hypotheses" if assumed else "")


def verb(outcome: Outcome, count: int) -> str:
    """What so many claims do, or are.

    >>> verb(Outcome.HOLDS, 1), verb(Outcome.HOLDS, 2), verb(Outcome.AMENDED, 2)
    ('holds', 'hold', 'amended')
    """
    return "hold" if outcome is Outcome.HOLDS and count != 1 else outcome.value


def _failure(certificate: Certificate) -> str:
    where = certificate.counterexample or certificate.worst_at
    expected = certificate.text.expected.value
    found = f"{certificate.claim} is {certificate.outcome.value}, expected {expected}"
    return f"{found} ({where})" if where else found


def not_shown(ledger: Ledger) -> tuple[str, ...]:
    """What the ledger does not show, one sentence for each reason it has.

    >>> from overspec.verify.claims.run import run
    >>> not_shown(run((2,), ("P4",)))[0]
    'Nothing is shown for other k than those that the evidence of a claim names.'
    """
    rows = ledger.certificates
    said = [
        "Nothing is shown for other k than those that the evidence of a claim names."
        if ledger.ks
        else "Nothing is shown beyond the cases that each claim names."
    ]
    for level, words in LIMITS.items():
        if held := [c.claim for c in rows if c.evidence is level]:
            said.append(f"{words}: {', '.join(held)}.")
    if unsettled := [c.claim for c in rows if c.outcome in (Outcome.OPEN, Outcome.INCONCLUSIVE)]:
        said.append(f"Not settled at all: {', '.join(unsettled)}.")
    if not any(c.evidence is Evidence.CERTIFIED for c in rows):
        said.append("No number is certified: no enclosure with all error terms is among them.")
    if assumed := dict.fromkeys(h for c in rows for h in c.under):
        said.append(
            f"Proofs stand under the named hypotheses listed with them, {len(assumed)} in all, "
            "which no machine here checks."
        )
    if any(c.text.said for c in rows):
        said.append(
            "The words of the source are those of a public summary; its body was not available, so "
            "its own constants, proofs and experiments are not judged."
        )
    if ledger.quick:
        said.append("The run was a quick one, with fewer cases for the measured claims.")
    return tuple(said)


LIMITS = {
    Evidence.MEASURED: "Agreement of numbers at the points tried and no proof beyond them",
    Evidence.SAMPLED: "Statistics, which another sample may contradict",
    Evidence.CITED: "Taken from a source and not checked",
}
