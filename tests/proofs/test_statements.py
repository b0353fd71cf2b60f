"""What is printed is what is checked: altered sentences, and the 21 false theorems of a referee."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from sizes import slow_but

from overspec.proofs.catalogue import DERIVATIONS
from overspec.proofs.language.alterations import alterations, noticed
from overspec.proofs.language.analysis import Integral, Length, Named
from overspec.proofs.language.derivation import Method
from overspec.proofs.language.expression import ONE, ZERO, Mul, Node, Num, Pow, Sym
from overspec.proofs.language.operators import M_, PI, Abs2, Hat
from overspec.proofs.language.ranges import Range
from overspec.proofs.language.statement import (
    Both,
    Every,
    If,
    Iff,
    Relation,
    Some,
    Statement,
    equals,
)
from overspec.proofs.language.theorem import Theorem
from overspec.proofs.weights.averages import Alternating
from overspec.proofs.weights.simplex_keeping import Differences

LABELS = sorted(DERIVATIONS)


@pytest.mark.parametrize("sample", slow_but([6, 12], quick=[6]))
@pytest.mark.parametrize("label", LABELS)
def test_altered_sentences_are_rejected(label: str, sample: int) -> None:
    """A sample of the run of ``tests/mutation/statements.py``."""
    derivation = DERIVATIONS[label](3)
    altered = list(alterations(derivation.statement))
    assert len(altered) >= 8
    for one in altered[:: max(1, len(altered) // sample)]:
        assert noticed(derivation, one.statement), one.statement.text


@pytest.mark.slow
def test_there_are_enough_alterations() -> None:
    assert sum(len(list(alterations(DERIVATIONS[label](3).statement))) for label in LABELS) > 400


@pytest.mark.parametrize("label", slow_but(["S3", "S4", "T4", "T7"], quick=["T7"]))
def test_a_false_value_is_seen_without_the_rules(label: str) -> None:
    """Some alterations are false at an exact instance, whatever the rules say."""
    derivation = DERIVATIONS[label](3)
    found = [noticed(derivation, a.statement) for a in alterations(derivation.statement)]
    assert sum(Method.STATEMENT in methods for methods in found) >= 3


def _number(old: Any, new: Any) -> Callable[[Statement], Statement]:
    return lambda s: s.put({Num(Fraction(old)): Num(Fraction(new))})


def _node(kind: type[Node], change: Callable[[Any], Any]) -> Callable[[Node], Any]:
    """Every node of a kind changed."""

    def walk(node: Any) -> Any:
        return change(node) if isinstance(node, kind) else node.map(walk)

    return walk


def _some(statement: Any) -> Any:
    return _node(Every, lambda q: Some(q.index, q.over, q.body))(statement)


def _only(number: int, change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """One clause of the theorem changed."""

    def apply(s: Any) -> Any:
        return Both((*s.parts[:number], change(s.parts[number]), *s.parts[number + 1 :]))

    return apply


def _unconditional(s: Any) -> Any:
    return _node(If, lambda node: node.then)(s)


C, ELL = Sym("c"), Sym("ell")
FALSE: dict[str, tuple[str, int, Callable[[Any], Any]]] = {
    "B with a radius 5 % too large": ("B", 4, _number(32, Fraction(352, 10))),
    "B with another K_4": (
        "B",
        4,
        _only(3, lambda s: equals(s.lhs, 64 * (ELL**2 + ELL + 1))),
    ),
    "T1a for some m": ("T1a", 4, _only(0, _some)),
    "T2a with ta² → 1/c": ("T2a", 4, lambda s: s.put({1 / (2 * C): 1 / C})),
    "T2a with |π̂_2m| unsquared": (
        "T2a",
        4,
        lambda s: s.put({Abs2(Hat(PI, 2 * M_)): Hat(PI, 2 * M_)}),
    ),
    "T3 with 4μ": ("T3", 3, _only(0, _number(2, 4))),
    "S5 descends without ½": ("S5", 3, _only(4, _number(Fraction(-1, 2), -1))),
    "S7 without s": (
        "S7",
        3,
        _node(Integral, lambda i: Integral(i.of, Mul(i.f.factors[1:]).map(lambda c: c))),
    ),
    "T6 with a remainder 50 times too small": (
        "T6",
        3,
        _number(Fraction(5, 36), Fraction(5, 1800)),
    ),
    "Q1f with rank/8": ("Q1f", 3, _number(Fraction(1, 16), Fraction(1, 8))),
    "Q1o without its condition": ("Q1o", 3, _node(Iff, lambda node: node.one)),
    "Q2u with its limit doubled": (
        "Q2u",
        2,
        _number(Fraction(1, 4), Fraction(1, 2)),
    ),
    "H for an interval": (
        "H",
        4,
        _node(Differences, lambda n: n if n.s == ONE else Differences(n.s + 1)),
    ),
    "K1 with a wrong m_k": ("K1", 4, _only(4, _number(3, 4))),
    "K1 with a wrong R_0": (
        "K1",
        4,
        _only(0, _node(Named, lambda n: n * 2 if n.name == "m" else n)),
    ),
    "T5 at k = 4 as if prime": (
        "T5",
        4,
        _only(4, lambda _: DERIVATIONS["T5"](3).statement.parts[4]),  # type: ignore[attr-defined]
    ),
    "T5 for every k as if prime": ("T5", 3, _only(2, _unconditional)),
    "T5 with E_p in the place of 1 − E_p": (
        "T5",
        3,
        _only(1, _node(Alternating, lambda n: Alternating(n.c, complement=False))),
    ),
    "H with log π unsquared": (
        "H",
        3,
        _only(3, _node(Abs2, lambda n: n.hat)),
    ),
    "S8 for every U": ("S8", 3, _only(0, _unconditional)),
    "T4 at every frequency": ("T4", 3, _node(Range, lambda r: Range("", ZERO, r.stop))),
    "T7 for every θ": ("T7", 3, _only(0, _unconditional)),
    "T6 with |θ|⁵": (
        "T6",
        3,
        _node(Pow, lambda p: p.base**5 if p.base == Length(Sym("theta")) else p),
    ),
    "T3 with ≤": ("T3", 3, _only(0, _node(Relation, lambda r: Relation(r.lhs, "<=", r.rhs)))),
}


@pytest.mark.parametrize("name", FALSE)
def test_false_theorems_do_not_pass(name: str) -> None:
    label, k, change = FALSE[name]
    derivation = DERIVATIONS[label](k)
    altered = change(derivation.statement)
    assert altered != derivation.statement
    assert altered.tex != derivation.statement.tex
    assert noticed(derivation, altered), altered.text


def test_there_are_twenty_four() -> None:
    assert len(FALSE) == 24


def test_constants_come_out_of_the_steps() -> None:
    """The mutants of B and T2a print constants of their own."""
    tail = dict(DERIVATIONS["B"](4).mutants())["the tail without its last term"]
    assert "K_2 = 8ℓ;" in tail.statement.text
    slow = dict(DERIVATIONS["T2a"](4).mutants())["1/a² grows by c a step"]
    assert "t²KL_t → 1/(4c)" in slow.statement.text
    assert "t²KL_t → 1/(16c)" in DERIVATIONS["T2a"](4).statement.text


def test_a_replaced_step_does_not_yield_the_statement() -> None:
    """The rules are applied to the steps as they stand now, not to the statements kept beside."""
    derivation = DERIVATIONS["S4"](3)
    limit = derivation.theorem.premises[0].premises[0].premises[1]
    assert limit.step is not None
    other = replace(limit.step, equation=_number(-1, -2)(limit.step.equation))

    def planted(theorem: Theorem) -> Theorem:
        premises = tuple(map(planted, theorem.premises))
        step = other if theorem.step is limit.step else theorem.step
        return replace(theorem, premises=premises, step=step)

    wrong = replace(derivation, theorem=planted(derivation.theorem))
    assert wrong.statement == derivation.statement
    assert Method.CHAIN in {method for method, _ in wrong.follows()}
