"""How an outcome follows from a measurement, on toy claims whose truth is obvious."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from overspec import Evidence, InputError, Outcome, Provenance
from overspec.evidence import Assumption, ErrorBudget, Extent
from overspec.verify.claims import ledger, run
from overspec.verify.claims.claim import Claim, Finding, Form, Scope, examine, first_failure, worst

WHERE = Provenance("test", "0")


def _judge(claimed: int | None, measured: int) -> Finding:
    if claimed is None:
        return Finding(None, Evidence.MEASURED)
    return Finding(claimed == measured, Evidence.MEASURED, margin=0.5, worst_at=f"n = {measured}")


def _toy(stated: int | None, amended: int | None = None, mutants: tuple[int, ...] = (5,)) -> Claim:
    return Claim(
        id="X",
        title="two and two",
        statement="$2+2=4$",
        source="arithmetic",
        depends=(),
        measure=lambda scope: 4,
        judge=_judge,
        stated=Form(f"the sum is {stated}", stated),
        amended=None if amended is None else Form(f"the sum is {amended}", amended),
        mutants=tuple(Form(f"the sum is {m}", m) for m in mutants),
    )


def test_the_outcome_is_computed_from_which_forms_pass() -> None:
    assert examine(_toy(4), Scope(), WHERE).outcome is Outcome.HOLDS
    assert examine(_toy(3), Scope(), WHERE).outcome is Outcome.REFUTED
    assert examine(_toy(3, amended=6), Scope(), WHERE).outcome is Outcome.REFUTED
    assert examine(_toy(None), Scope(), WHERE).outcome is Outcome.INCONCLUSIVE
    amended = examine(_toy(3, amended=4), Scope(), WHERE)
    assert amended.outcome is Outcome.AMENDED
    assert amended.amendment == "the sum is 4"
    assert amended.counterexample == "n = 4"


def test_a_check_that_lets_a_mutant_pass_is_inconclusive_whatever_else_passed() -> None:
    blind = replace(_toy(4), judge=lambda claimed, measured: Finding(True, Evidence.PROVED))
    certificate = examine(blind, Scope(), WHERE)
    assert certificate.outcome is Outcome.INCONCLUSIVE
    assert dict(certificate.values)["mutants not rejected"] == "the sum is 5"


def test_findings_name_where_they_fail_and_where_they_are_tightest() -> None:
    cases = [("a", True), ("b", False), ("c", False)]
    assert first_failure(cases, Evidence.PROVED).worst_at == "b"
    assert first_failure([("a", True)], Evidence.PROVED).passed
    tight = worst([("loose", 0.9), ("tight", 0.1)])
    assert (tight.passed, tight.margin, tight.worst_at) == (True, 0.1, "tight")
    assert worst([("fine", 1.0), ("off", -2.0)]).passed is False


@pytest.fixture
def two_claims(monkeypatch: pytest.MonkeyPatch) -> dict[str, Claim]:
    claims = {"X": _toy(4), "Y": replace(_toy(4), id="Y", depends=("X",))}
    monkeypatch.setattr(run, "claim", claims.__getitem__)
    monkeypatch.setattr(run, "LABELS", ("X", "Y"))
    return claims


def test_a_claim_has_the_weakest_evidence_of_its_ancestors(two_claims: dict[str, Claim]) -> None:
    exact = replace(_toy(4), id="Y", depends=("X",), judge=lambda claimed, measured: Finding(
        claimed == measured, Evidence.PROVED))  # fmt: skip
    two_claims["Y"] = exact
    assert [c.evidence for c in run.run(claims=("Y",)).certificates] == [Evidence.MEASURED] * 2


def test_what_rests_on_a_refuted_claim_is_not_settled(two_claims: dict[str, Claim]) -> None:
    two_claims["X"] = _toy(3)
    result = run.run(claims=("Y",))
    assert [c.outcome for c in result.certificates] == [Outcome.REFUTED, Outcome.INCONCLUSIVE]
    assert result.exit_code == 1


def test_exit_codes_tell_failed_from_inconclusive(two_claims: dict[str, Claim]) -> None:
    assert run.run().exit_code == 0
    two_claims["X"] = _toy(None)
    assert run.run().exit_code == 3


def test_progress_counts_every_claim_and_ancestors_come_first(
    two_claims: dict[str, Claim],
) -> None:
    seen: list[tuple[str, int, int]] = []
    run.run(claims=("Y",), on_progress=lambda *step: seen.append(step))
    assert seen == [("X", 0, 2), ("Y", 1, 2), ("", 2, 2)]


@pytest.mark.parametrize(
    ("ks", "claims", "words"),
    [
        ((1, 2), None, "from 2 to 6"),
        ((7,), None, "from 2 to 6"),
        ((2,), ("S99",), "no claim 'S99'"),
    ],
)
def test_bad_requests_say_what_is_wrong(
    ks: tuple[int, ...], claims: tuple[str, ...] | None, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        run.run(ks, claims)


def test_a_damaged_ledger_is_refused() -> None:
    whole = run.run((2,), ("P4",)).to_json()
    assert ledger.Ledger.from_json(whole).to_json() == whole
    for damage in ({"schema": "other"}, {"claims": [{"id": "S6"}]}, {"ks": "x"}):
        with pytest.raises(InputError, match="ledger"):
            ledger.Ledger.from_json({**whole, **damage})
    with pytest.raises(InputError, match="ledger"):
        ledger.Ledger.from_json([])


def test_an_inequality_without_slack_is_not_shown() -> None:
    assert worst([("here", 0.0), ("there", 1.0)]).passed is False
    assert worst([("here", 0.1), ("there", 1.0)]).passed is True


def test_the_hash_covers_every_field_but_the_run_time() -> None:
    found = examine(_toy(4), Scope(), WHERE)
    other = {
        "claim": "Y", "outcome": Outcome.REFUTED, "evidence": Evidence.CITED, "domain": "none",
        "margin": "2", "worst_at": "n = 3", "provenance": Provenance("test", "1"),
        "hypotheses": ("none",), "amendment": "no", "counterexample": "n = 1",
        "values": (("n", "5"),), "own": Evidence.CITED, "scope": Extent((9,)),
        "under": (Assumption("none", "nothing"),), "through": ("Z",),
        "text": replace(found.text, title="another"),
        "budget": ErrorBudget("n", (), "1"),
    }  # fmt: skip
    assert set(other) == {field.name for field in fields(found)} - {"seconds"}
    for name, value in other.items():
        changed = replace(found, **{name: value})  # type: ignore[arg-type]
        assert ledger.digest(changed) != ledger.digest(found), name
    assert ledger.digest(replace(found, seconds=9.0)) == ledger.digest(found)
