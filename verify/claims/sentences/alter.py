"""Every small change of such a sentence, judged; how many are told, and which are not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor
from types import SimpleNamespace
from typing import Any

from overspec.evidence import Outcome
from overspec.proofs.language.alterations import Alteration, alterations
from overspec.proofs.language.expression import (
    Mul,
    Num,
    Pow,
    Tuple,
    Unevaluable,
    expr,
    whole,
)
from overspec.proofs.language.operators import Hat, K
from overspec.proofs.language.statement import Relation, Statement
from overspec.verify.claims.claim import Claim
from overspec.verify.claims.sentences.letters import Energy, Seen


@dataclass
class Count:
    """What a judge says of the alterations of one sentence.

    Attributes:
        rejected: how many it rejects.
        undecided: those that the measurement cannot tell from the truth.
        survivors: those that pass.
    """

    rejected: int = 0
    undecided: list[Alteration] = field(default_factory=list)
    survivors: list[Alteration] = field(default_factory=list)


def sentence(claim: Claim) -> Statement | None:
    """The tree of the form that is true; None where there is none, or it is no tree."""
    payload = (claim.amended or claim.stated).payload
    known = isinstance(payload, Statement) and claim.expected is not Outcome.REFUTED
    return payload if known else None


def altered(statement: Statement) -> Iterator[Alteration]:
    """The alterations that print another sentence and say another thing.

    ``|π̂_{-m}| = |π̂_m|`` for real weights: a frequency with its sign changed is none; nor is a
    bound on k, which is whole, between the same whole numbers, or an exponent of −1 that is odd for
    the same k.
    """
    seen = {statement.text}
    for each in alterations(statement):
        if each.statement.text not in seen and _canonical(each.statement) != _canonical(statement):
            seen.add(each.statement.text)
            yield each


def _canonical(node: Any) -> Any:
    if isinstance(node, Energy):
        head = node.hat.m.factors[0] if isinstance(node.hat.m, Mul) else node.hat.m
        if isinstance(head, Num) and head.number < 0:
            return Energy(Hat(node.hat.c, -node.hat.m))
    if isinstance(node, Pow) and node.base == Num(Fraction(-1)):
        with suppress(Unevaluable):
            odd = [whole(node.exponent, SimpleNamespace(k=k), {}) % 2 for k in (2, 3, 4, 5)]
            return Pow(node.base, Tuple(tuple(map(expr, odd))))
    if isinstance(node, Relation) and node.lhs == K and isinstance(node.rhs, Num):
        q = node.rhs.number
        bounds = {"<=": floor(q), "<": ceil(q) - 1, ">=": ceil(q), ">": floor(q) + 1}
        if node.kind in bounds:
            return Relation(K, node.kind[0] + "=", Num(Fraction(bounds[node.kind])))
    return node.map(_canonical)


def count(claim: Claim, measured: Any) -> Count:
    """What the claim's own judge says of every alteration of its sentence.

    One that passes is not told from the truth where it changes a number in an equation of what was
    measured, and the slack with it, but by less than the stated error.
    """
    found, statement = Count(), sentence(claim)
    if statement is None:
        return found
    true = claim.judge(statement, measured)
    for each in altered(statement):
        finding = claim.judge(each.statement, measured)
        within = _of_a_number(statement, each.statement) and finding.margin != true.margin
        if finding.passed is False:
            found.rejected += 1
        elif finding.passed is None or within:
            found.undecided.append(each)
        else:
            found.survivors.append(each)
    return found


def _of_a_number(one: Any, other: Any) -> bool:
    """Whether two trees differ within one equation of something measured."""
    if isinstance(one, Relation) and any(isinstance(node, Seen) for node in one.walk()):
        return isinstance(other, Relation) and one.kind == other.kind and one.kind in ("=", "to")
    if type(one) is not type(other) or len(one.children()) != len(other.children()):
        return False
    pairs = zip(one.children(), other.children(), strict=True)
    apart = [(a, b) for a, b in pairs if a != b]
    return len(apart) == 1 and _of_a_number(*apart[0])
