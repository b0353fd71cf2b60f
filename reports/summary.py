"""What a ledger shows, in one paragraph."""

from __future__ import annotations

from collections import Counter

from ..evidence import Certificate, Evidence, Outcome
from ..verify.claims import CLAIMS
from ..verify.ledger import Ledger


def closing_sentence(ledger: Ledger) -> str:
    """How many claims came out how, the weakest evidence among them, and what failed."""
    rows = ledger.certificates
    counts = Counter(c.outcome for c in rows)
    parts = [f"{counts[o]} {_verb(o, counts[o])}" for o in Outcome if counts[o]]
    ks = ", ".join(map(str, ledger.ks))
    weakest = Evidence.weakest([c.evidence for c in rows])
    holders = [c.claim for c in rows if c.evidence is weakest]
    failed = [_failure(c) for c in rows if c.outcome is not CLAIMS[c.claim].expected]
    claims = "claim was" if len(rows) == 1 else "claims were"
    return (
        f"{len(rows)} {claims} checked for k = {ks}: {', '.join(parts)}. "
        f'The weakest evidence is "{weakest.value}" ({len(holders)} of {len(rows)}). '
        + (f"Not as expected: {'; '.join(failed)}." if failed else "All came out as expected.")
    )


def _verb(outcome: Outcome, count: int) -> str:
    return "hold" if outcome is Outcome.HOLDS and count != 1 else outcome.value


def _failure(certificate: Certificate) -> str:
    where = certificate.counterexample or certificate.worst_at
    expected = CLAIMS[certificate.claim].expected.value
    found = f"{certificate.claim} is {certificate.outcome.value}, expected {expected}"
    return f"{found} ({where})" if where else found
