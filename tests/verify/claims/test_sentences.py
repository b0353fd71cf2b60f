"""What a measured claim prints is what its judge decides: altered at one place, it is rejected."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from overspec.mixture import Mixture
from overspec.proofs.language.expression import ONE, ZERO, Sym, Unevaluable, expr
from overspec.proofs.language.operators import M_
from overspec.proofs.language.ranges import PLANES
from overspec.proofs.language.render import letter
from overspec.proofs.language.statement import Every, If, Relation, Some, Statement, equals
from overspec.verify.claims.claim import Scope
from overspec.verify.claims.registry import DIRECT
from overspec.verify.claims.sentences.alter import altered, count, sentence
from overspec.verify.claims.sentences.estimate import Estimate, Growth
from overspec.verify.claims.sentences.judge import judge, slack
from overspec.verify.claims.sentences.letters import Instance, Ratio, Seen

SCOPE = Scope((2, 3, 4), quick=True)
X = Seen("x", letter("x"))


def _case(value: Any) -> Instance:
    return Instance("a case", {"x": value})


@pytest.mark.numeric
@pytest.mark.parametrize("label", ["T4c", "P1", "P9", "P10"])
def test_every_alteration_of_a_sentence_is_rejected(label: str) -> None:
    found = count(DIRECT[label], DIRECT[label].measure(SCOPE))
    assert found.rejected > 5
    assert [each.statement.text for each in (*found.survivors, *found.undecided)] == []


def test_every_sentence_is_printed_from_what_is_judged() -> None:
    for each in DIRECT.values():
        tree = sentence(each)
        if tree is None:
            continue
        assert tree.tex in each.statement, each.id
        for form in filter(None, (each.stated, each.amended, *each.mutants)):
            assert isinstance(form.payload, Statement), each.id
            assert form.words == form.payload.text, each.id


@pytest.mark.parametrize(
    ("kind", "right", "passed"),
    [("=", "2", True), ("=", "3", False), ("<", "2", False), ("<", "2.05", True),
     ("<", "3", False), (">", "2", False),
     ("!=", "2", False), ("!=", "3", True), ("<=", "2", False), ("<=", "3", False)],
)  # fmt: skip
def test_a_relation_is_decided_up_to_the_error_and_may_not_say_less(
    kind: str, right: str, passed: bool
) -> None:
    sentence = Relation(X, kind, expr(Fraction(right)))
    assert judge(sentence, [_case(Estimate(2.001, 0.01))]).passed is passed


def test_less_or_equal_is_for_what_is_both() -> None:
    seen = [_case(Estimate(2.0, 0.01)), _case(Estimate(1.0, 0.01))]
    assert judge(Relation(X, "<=", ONE * 2), seen).passed is True
    assert judge(Relation(X, "<", ONE * 2), seen).passed is False


def test_a_bound_that_cannot_tell_decides_nothing() -> None:
    wide = [_case(Estimate(2.0, 0.9, bounded=True))]
    assert judge(Relation(X, "<", ONE * 2), wide).passed is None
    assert judge(Relation(X, "<", ONE * 3), wide).passed is True


def test_what_is_measured_must_be_said() -> None:
    seen = [Instance("a case", {"x": Estimate(2.0, 0.1), "y": Estimate(1.0, 0.1)})]
    found = judge(equals(X, 2), seen)
    assert (found.passed, found.worst_at) == (False, "y was measured and nothing is said of it")


def test_a_condition_that_is_an_equivalence_says_less() -> None:
    k = Sym("k")
    cases = [Instance("", {"x": Estimate(float(n), 0.1)}, known={"k": n}) for n in (2, 3)]
    found = judge(If(equals(k, 2), equals(X, 2)), cases)
    assert found.passed is False
    assert "if and only if" in found.worst_at


def test_an_exponent_is_one_of_a_law() -> None:
    law = _case(Growth(Estimate(2.0, 1e-6), Estimate(0.5, 1e-6)))
    for power, value in ((2, True), (3, False), (1, False)):
        said = Relation(Ratio(X, Sym("a"), ONE * power), "to", ONE / 2)
        assert ((slack(said, law) or 0) > 0) is value


def test_what_was_not_measured_is_not_told() -> None:
    assert slack(equals(Seen("z", letter("z")), 2), _case(Estimate(2.0, 0.1))) is None
    with pytest.raises(Unevaluable):
        Instance("no mixture").of()


def test_some_where_all_are() -> None:
    mixture = Mixture.simplex(4, "2/5,3/10,1/5,1/10")
    seen = Instance("", {"x": {1: Estimate(2.0, 0.1), 2: Estimate(2.0, 0.1)}}, mixture)
    at = Seen("x", letter("x"), M_)
    assert judge(Every(M_, PLANES, equals(at, 2)), [seen]).passed is True
    assert judge(Some(M_, PLANES, equals(at, 2)), [seen]).passed is False
    assert judge(Some(M_, PLANES, Relation(at, "<", ZERO)), [seen]).passed is False


def test_alterations_print_another_sentence() -> None:
    tree = sentence(DIRECT["T2"])
    assert tree is not None
    texts = [each.statement.text for each in altered(tree)]
    assert len(texts) == len(set(texts)) > 100
    assert tree.text not in texts
