"""Proves a certificate of comparisons again.

What is stated: for every comparison, that its two sides lie in the intervals of the file, and what
follows from these for ``left <= right`` or ``left >= right``: *holds* or *refuted*; of a bound that
holds and whose smaller side is positive *sharp* where the larger is at most 1001/1000 of it,
*loose* where it is more.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from overspec.verify.check.decide import Partly, settle, shown
from overspec.verify.check.format import (
    Rejected,
    Statement,
    integer,
    read_parameters,
    read_statements,
)
from overspec.verify.check.moments.enclose import enclose
from overspec.verify.check.moments.tree import Node, Reader, words
from overspec.verify.check.subject import Subject
from overspec.verify.check.value import Enclosure, Purse

SHARP = Fraction(1001, 1000)
MOST = 50  # comparisons of a file
LONGEST = 1000  # characters of a formula that is printed


def check_comparison(certificate: dict[str, Any], purse: Purse, says: list[str]) -> None:
    """Both sides of every comparison, and the verdicts.

    Raises:
        Rejected: something stated is false.
        Partly: there are statements of the paper that the file has no formula for.
    """
    sides, relations, programs = _inputs(certificate["inputs"])
    if certificate["engine"] != "moments":
        raise Rejected("comparisons are of the engine moments")
    given = read_parameters(certificate["parameters"], "moments")
    statements = read_statements(certificate, "moments")
    names = [f"{side} {n}" for n in range(1, len(relations) + 1) for side in ("left", "right")]
    if [s.quantity for s in statements] != names or any(s.multiplicity for s in statements):
        raise Rejected("the statements must be left 1, right 1, left 2, ... without multiplicity")
    nodes: Mapping[Subject, Node] = dict(zip(names, sides, strict=True))

    def own(digits: int) -> dict[Subject, Enclosure]:
        return {name: enclose(node, digits, purse) for name, node in nodes.items()}

    settle(statements, own)
    pairs = list(zip(statements[::2], statements[1::2], strict=True))
    kinds = [_kind(*pair, relation) for pair, relation in zip(pairs, relations, strict=True)]
    if given["verdicts"] != kinds:
        raise Rejected(f"the verdicts that follow from the numbers are {', '.join(kinds)}")
    for (left, right), relation, kind in zip(pairs, relations, kinds, strict=True):
        says += _in_words(left, nodes[left.quantity], "")
        says += _in_words(right, nodes[right.quantity], f"{relation} ")
        verb = "" if kind == "holds" else "is "
        says.append(f"this {verb}{kind}{_factor(left, right, relation, kind)}")
    if programs:
        raise Partly(
            f"{len(kinds)} comparisons of formulas are proved again ({', '.join(kinds)}); "
            f"{programs} more statements of the paper rest on programs, and the file has no "
            "formula for them"
        )


def _inputs(inputs: object) -> tuple[list[Node], list[str], int]:
    """The sides, left and right in turn, the relations, and how many statements are not there."""
    if not isinstance(inputs, dict) or set(inputs) != {"comparisons", "programs"}:
        raise Rejected("inputs of comparisons are comparisons and programs")
    items = inputs["comparisons"]
    if not isinstance(items, list) or not 1 <= len(items) <= MOST:
        raise Rejected(f"comparisons are a list of 1 to {MOST}")
    sides, relations, reader = [], [], Reader()
    for item in items:
        if not isinstance(item, dict) or set(item) != {"left", "relation", "right"}:
            raise Rejected("a comparison has left, relation and right")
        if item["relation"] not in ("<=", ">="):
            raise Rejected("a relation is <= or >=")
        sides += [reader.read(item["left"]), reader.read(item["right"])]
        relations.append(item["relation"])
    return sides, relations, integer(inputs["programs"], 0, 1000)


def _ordered(left: Statement, right: Statement, relation: str) -> tuple[Statement, Statement]:
    """What is said to be the smaller, and the larger."""
    return (left, right) if relation == "<=" else (right, left)


def _kind(left: Statement, right: Statement, relation: str) -> str:
    """What follows from the two intervals."""
    small, large = _ordered(left, right, relation)
    if small.lower > large.upper:
        return "refuted"
    if small.upper > large.lower:
        raise Rejected(f"{left.quantity} and {right.quantity} overlap: nothing follows")
    if small.lower <= 0:
        return "holds"
    if large.upper <= SHARP * small.lower:
        return "sharp"
    return "loose" if large.lower > SHARP * small.upper else "holds"


def _factor(left: Statement, right: Statement, relation: str, kind: str) -> str:
    if kind != "loose":
        return ""
    small, large = _ordered(left, right, relation)
    return f" by a factor in {shown(large.lower / small.upper, large.upper / small.lower)}"


def _in_words(s: Statement, node: Node, relation: str) -> list[str]:
    text = words(node)
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}... ({len(text)} characters)"
    value = "" if isinstance(node, Fraction) else f", in {shown(s.lower, s.upper)}"
    return [f"{relation}{text}{value}"]
