"""Every claim meets its expectation, and every mutant of every claim is rejected."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from overspec import Outcome
from overspec.verify.claim import Scope
from overspec.verify.claims import CLAIMS
from overspec.verify.ledger import Ledger, run

pytestmark = pytest.mark.numeric

SCOPE = Scope(ks=(2, 3, 4), quick=True)


@cache
def measured(label: str) -> Any:
    return CLAIMS[label].measure(SCOPE)


@cache
def quick_ledger() -> Ledger:
    return run(SCOPE.ks, quick=True)


@pytest.mark.parametrize("label", CLAIMS)
def test_outcomes_meet_the_expectation(label: str) -> None:
    certificate = next(c for c in quick_ledger().certificates if c.claim == label)
    assert certificate.outcome is CLAIMS[label].expected, certificate
    if certificate.outcome is Outcome.AMENDED:
        assert certificate.amendment
        assert certificate.counterexample


@pytest.mark.parametrize(
    ("label", "position"),
    [(label, i) for label, claim in CLAIMS.items() for i in range(len(claim.mutants))],
)
def test_every_mutant_is_rejected(label: str, position: int) -> None:
    claim = CLAIMS[label]
    finding = claim.judge(claim.mutants[position].payload, measured(label))
    assert finding.passed is False, claim.mutants[position].words
    assert finding.worst_at


def test_every_claim_has_a_mutant_and_its_ancestors_exist() -> None:
    for claim in CLAIMS.values():
        assert claim.mutants, claim.id
        assert set(claim.depends) <= set(CLAIMS), claim.id


def test_the_ledger_survives_a_round_trip() -> None:
    ledger = quick_ledger()
    assert Ledger.from_json(ledger.to_json()) == ledger


def test_the_audit_covers_every_row_of_the_summary() -> None:
    rows = [claim for claim in CLAIMS.values() if claim.id.startswith("P")]
    assert len(rows) == 10
    assert all(claim.said for claim in rows)


@pytest.mark.parametrize("k", [2, 3])
def test_one_k_alone_tells_true_from_false(k: int) -> None:
    """Where mutants agree with the claim at that k, the measurement takes in another k."""
    labels = ("P4", "P5", "T1", "T4c")
    assert run((k,), labels, quick=True).exit_code == 0
