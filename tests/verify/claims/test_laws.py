"""X1 to X11: the laws of the experiments, and that near ones are told from them."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from sizes import slow_but

from overspec import Mixture, Outcome
from overspec.errors import InputError
from overspec.proofs.language.expression import Tuple
from overspec.proofs.language.render import letter
from overspec.proofs.language.statement import Relation, equals
from overspec.verify.claims.claim import Scope
from overspec.verify.claims.laws.number import Measured, judge, mean
from overspec.verify.claims.registry import DIRECT
from overspec.verify.claims.run import _matching
from overspec.verify.claims.sentences.letters import Seen
from overspec.verify.engines.richardson import extrapolated
from overspec.verify.experiments.registry import NAMES, experiment

LAWS = tuple(label for label in DIRECT if label.startswith("X"))


@cache
def measured(label: str) -> Any:
    return DIRECT[label].measure(Scope((2, 3, 4), quick=True))


def test_every_experiment_has_its_law_in_the_ledger() -> None:
    titles = {label: DIRECT[label].title.split(":")[0] for label in LAWS}
    assert sorted(titles.values()) == sorted(f"experiment {name}" for name in NAMES)
    for label, title in titles.items():
        name = title.removeprefix("experiment ")
        assert DIRECT[label].said == experiment(name).said or not DIRECT[label].said


def _times(share: Fraction, tree: Any) -> Any:
    """The sentence with all that it says of measured numbers multiplied."""
    if isinstance(tree, Relation) and any(isinstance(node, Seen) for node in tree.lhs.walk()):
        parts = tree.rhs.parts if isinstance(tree.rhs, Tuple) else None
        rhs = Tuple(tuple(share * each for each in parts)) if parts else share * tree.rhs
        return replace(tree, rhs=rhs)
    return tree.map(lambda child: _times(share, child))


@pytest.mark.numeric
@pytest.mark.parametrize(
    "label", slow_but(["X1", "X2", "X4", "X7", "X8", "X9", "X10", "X11"], ["X1", "X7", "X10"])
)
def test_a_law_two_percent_off_is_told_from_the_true_one(label: str) -> None:
    law = DIRECT[label]
    true = law.stated.payload
    assert law.judge(true, measured(label)).passed
    for share in (0.98, 1.02):
        found = law.judge(_times(Fraction(str(share)), true), measured(label))
        assert found.passed is False, share


def test_a_pattern_names_claims() -> None:
    assert set(_matching("X*")) == set(LAWS)
    with pytest.raises(InputError, match=r"no claim 'Y\*'"):
        _matching("Y*")


def test_a_number_is_judged_by_its_own_error() -> None:
    number = Measured("n", "a number", Mixture.simplex(2), 1.0, 0.1)
    said, more = (equals(Seen("n", letter("n")), Fraction(n, 100)) for n in (105, 111))
    assert judge(said, [number]).passed
    assert judge(more, [number]).passed is False
    assert math.isclose(judge(said, [number]).margin or 0, 0.5)


def test_errors_cover_what_they_are_stated_for() -> None:
    value, error = extrapolated([1 + 4.0**-n + 16.0**-n + 64.0**-n for n in range(1, 4)], [0.0] * 3)
    assert 0 < abs(value - 1) < error
    value, error = mean([0.9, 1.1, 1.0, 1.2, 0.8], 0.0)
    assert value == pytest.approx(1.0)
    assert error > 0.2


def test_a_threshold_is_refuted_and_the_amendment_says_what_holds() -> None:
    assert DIRECT["X3"].expected is Outcome.AMENDED
