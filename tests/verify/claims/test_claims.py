"""Every claim meets its expectation, and every mutant of every claim is rejected."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from report_ledgers import untraced
from sizes import slow_but

from overspec import Evidence, Outcome
from overspec.evidence import ANY
from overspec.verify.claims import run as running
from overspec.verify.claims.claim import Claim, Finding, Scope
from overspec.verify.claims.ledger import Ledger
from overspec.verify.claims.registry import EXACT, LABELS, claim, claims

pytestmark = pytest.mark.numeric

# One of each kind; `make verify` runs all, and exits with 1 where an outcome is not as expected.
FEW = ("S3", "S6", "T1", "T5", "T8", "B", "D", "G", "I2", "K1", "Q1w", "E1", "P4", "P6", "X8")
EACH = slow_but(LABELS, FEW)


@cache
def kept(label: str) -> Claim:
    """The claim, except that it measures once and judges each form once."""
    real = claim(label)
    judged: dict[tuple[int, int], Finding] = {}

    def judge(payload: Any, measured: Any) -> Finding:
        pair = (id(payload), id(measured))  # both are kept: by the claim and by its measure
        if pair not in judged:
            judged[pair] = real.judge(payload, measured)
        return judged[pair]

    return replace(real, measure=cache(real.measure), judge=judge)


@pytest.fixture(scope="module", params=slow_but([(2, 3), (2, 3, 4)], quick=[(2, 3)]),
                ids=["k to 3", "k to 4"])  # fmt: skip
def scope(request: pytest.FixtureRequest) -> Scope:
    return Scope(request.param, quick=True)


@pytest.fixture(scope="module")
def quick_ledger(scope: Scope, request: pytest.FixtureRequest) -> Ledger:
    """Of the claims that the tests of this run ask for."""
    asked = {item.callspec.params.get("label") for item in request.session.items
             if isinstance(item, pytest.Function) and item.path == Path(__file__)
             and hasattr(item, "callspec")}  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "claim", kept)
        untraced(patch)
        labels = tuple(label for label in LABELS if label in asked) or FEW
        return running.run(scope.ks, labels, quick=True)


@pytest.mark.parametrize("label", EACH)
def test_outcomes_meet_the_expectation(label: str, quick_ledger: Ledger) -> None:
    certificate = next(c for c in quick_ledger.certificates if c.claim == label)
    assert certificate.outcome is claim(label).expected, certificate
    if certificate.outcome is Outcome.AMENDED:
        assert certificate.amendment
        assert certificate.counterexample


@pytest.mark.parametrize("label", EACH)
def test_every_claim_says_over_which_k_d_weights_and_theta(
    label: str, quick_ledger: Ledger
) -> None:
    certificate = next(c for c in quick_ledger.certificates if c.claim == label)
    scope = certificate.scope
    assert scope.k
    assert scope.k != ANY or label in EXACT
    assert scope.d
    assert scope.weights
    assert scope.theta
    plain = scope.k == ANY and label in EXACT and not certificate.under
    assert (certificate.worth == certificate.evidence.value) == plain


@pytest.mark.slow
def test_what_is_certified_names_every_error(quick_ledger: Ledger) -> None:
    certified = [c for c in quick_ledger.certificates if Evidence.CERTIFIED in (c.evidence, c.own)]
    assert {c.claim for c in certified} == {"G", "P8"}
    assert all(c.budget is not None and len(c.budget.lines) > 1 for c in certified)


@pytest.mark.parametrize("label", EACH)
def test_every_mutant_is_rejected(label: str, scope: Scope) -> None:
    asked = kept(label)
    assert asked.mutants
    for mutant in asked.mutants:
        finding = asked.judge(mutant.payload, asked.measure(scope))
        assert finding.passed is False, mutant.words
        assert finding.worst_at, mutant.words


def test_ancestors_exist_and_claims_come_in_the_order_of_their_labels() -> None:
    found = claims()
    assert tuple(found) == LABELS
    for label, each in found.items():
        assert each.id == label
        assert set(each.depends) <= set(LABELS) - {label}, label


def test_the_ledger_survives_a_round_trip(quick_ledger: Ledger) -> None:
    assert Ledger.from_json(quick_ledger.to_json()) == quick_ledger


def test_the_audit_covers_every_row_of_the_summary() -> None:
    rows = [claim(label) for label in LABELS if label.startswith("P")]
    assert len(rows) == 10
    assert all(row.said for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize("k", [2, 3])
def test_one_k_alone_tells_true_from_false(k: int) -> None:
    """Where mutants agree with the claim at that k, the measurement takes in another k."""
    labels = ("P4", "P5", "T1", "T4c")
    assert running.run((k,), labels, quick=True).exit_code == 0
