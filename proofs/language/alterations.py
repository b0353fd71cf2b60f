"""Every small change of a sentence: numbers, exponents, signs, relations, quantifiers, conditions.

What is printed is what is checked if the check notices each of these. `alterations` makes them
from the tree of a statement, without knowing what it says; `noticed` asks a derivation about one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any

from overspec.proofs.language.analysis import Extreme
from overspec.proofs.language.derivation import Derivation, Method
from overspec.proofs.language.expression import ONE, Add, Div, Mul, Node, Num, Pow
from overspec.proofs.language.operators import Abs2, Hat
from overspec.proofs.language.ranges import F_R, PLANES, Z_K, Range
from overspec.proofs.language.statement import (
    Both,
    Either,
    Every,
    If,
    Iff,
    Relation,
    Some,
    Statement,
    Where,
)

FIVE = Fraction(5, 100)
OTHER_SIGNS = {
    "=": ("!=", "<=", ">="),
    "!=": ("=",),
    "<": ("<=", ">"),
    "<=": ("<", ">="),
    ">": (">=", "<"),
    ">=": (">", "<="),
    "preceq": ("succeq",),
    "succeq": ("preceq",),
    "to": ("<=",),
}
EXTREMES = {"inf": "sup", "sup": "inf", "min": "max", "max": "min"}
Change = tuple[str, Any]  # what was done, and the new node


@dataclass(frozen=True)
class Alteration:
    """A sentence that differs from the printed one at one place."""

    words: str
    statement: Statement


def alterations(statement: Statement) -> Iterator[Alteration]:
    """All sentences that one small change makes, each once.

    >>> from overspec.proofs.language.expression import Sym
    >>> from overspec.proofs.language.statement import equals
    >>> [a.statement.text for a in alterations(equals(Sym("x"), 2))][:3]
    ['x ≠ 2', 'x ≤ 2', 'x ≥ 2']
    """
    yield from _altered(statement, _here)


def stronger(statement: Statement) -> Iterator[Alteration]:
    """The sentences that say more at one place: = or < for ≤, every for some, iff for if.

    >>> from overspec.proofs.language.expression import Sym, expr
    >>> from overspec.proofs.language.statement import Relation
    >>> [a.statement.text for a in stronger(Relation(Sym("x"), "<=", expr(2)))]
    ['x < 2', 'x = 2']
    """
    yield from _altered(statement, _more)


def _altered(
    statement: Statement, here: Callable[[Node], Iterator[Change]]
) -> Iterator[Alteration]:
    seen = {statement}
    for words, changed in _everywhere(statement, here):
        if changed not in seen:
            seen.add(changed)
            yield Alteration(words, changed)


def _more(node: Node) -> Iterator[Change]:
    """What says more than a node, where it stands for itself and not in a condition."""
    match node:
        case Relation(kind="<=" | ">="):
            for kind in (node.kind[0], "="):
                yield f"{kind} for {node.kind}", replace(node, kind=kind)
        case Some():
            yield "for all, for some", Every(node.index, node.over, node.body)
        case If():
            yield "if and only if for if", Iff(node.condition, node.then)


def _everywhere(node: Node, here: Callable[[Node], Iterator[Change]]) -> Iterator[tuple[str, Any]]:
    """The node with one change in it, or below it."""
    yield from here(node)
    for name, part in ((f.name, getattr(node, f.name)) for f in fields(node)):  # type: ignore[arg-type]
        if isinstance(part, Node):
            for words, new in _everywhere(part, here):
                yield words, _rebuilt(node, name, new)
        elif isinstance(part, tuple) and any(isinstance(p, Node) for p in part):
            for i, child in enumerate(part):
                if isinstance(child, Node):
                    for words, new in _everywhere(child, here):
                        yield words, _rebuilt(node, name, (*part[:i], new, *part[i + 1 :]))


def _rebuilt(node: Node, name: str, new: Any) -> Any:
    changed = replace(node, **{name: new})  # type: ignore[type-var]
    return changed.map(lambda child: child) if isinstance(node, (Add, Mul)) else changed


def _here(node: Node) -> Iterator[Change]:
    for kind, change in _CHANGES:
        if isinstance(node, kind):
            yield from change(node)
    yield from getattr(node, "changes", tuple)()  # of a kind of its own


def _numbers(node: Num) -> Iterator[Change]:
    q = node.number
    for new in (q + 1, q - 1, q * (1 + FIVE), q * (1 - FIVE), -q):
        yield f"{q} for {new}", Num(new)


def _terms(node: Add) -> Iterator[Change]:
    for i, term in enumerate(node.terms):
        rest = node.terms[:i] + node.terms[i + 1 :]
        flipped = (*node.terms[:i], -term, *node.terms[i + 1 :])
        yield "a sign", Add(flipped).map(lambda child: child)
        yield "a term dropped", Add(rest).map(lambda child: child)


def _powers(node: Pow) -> Iterator[Change]:
    yield "an exponent dropped", node.base
    yield "an exponent raised", Pow(node.base, node.exponent + 1)


def _products(node: Mul) -> Iterator[Change]:
    yield "a product halved", Num(Fraction(1, 2)) * node
    yield "a product negated", -node


def _quotients(node: Div) -> Iterator[Change]:
    yield "a quotient turned over", Div(node.bottom, node.top)


def _hats(node: Hat) -> Iterator[Change]:
    yield "m for m + 1", replace(node, m=node.m + 1)
    yield "m for 2m", replace(node, m=2 * node.m)


def _moduli(node: Abs2) -> Iterator[Change]:
    yield "a modulus unsquared", node.hat


def _relations(node: Relation) -> Iterator[Change]:
    for kind in OTHER_SIGNS[node.kind]:
        yield f"{node.kind} for {kind}", replace(node, kind=kind)


def _quantifiers(node: Every) -> Iterator[Change]:
    other = Every if isinstance(node, Some) else Some
    yield "for all, for some", other(node.index, node.over, node.body)
    for over in (Z_K, F_R, PLANES):
        if node.over is not None and over != node.over:
            yield "an index range", replace(node, over=over)


def _ranges(node: Range) -> Iterator[Change]:
    if not node.name:
        yield "a range longer", replace(node, stop=node.stop + 1)
        yield "a range shorter", replace(node, stop=node.stop - ONE)


def _conditions(node: If) -> Iterator[Change]:
    yield "a condition dropped", node.then
    yield "if for if and only if", Iff(node.condition, node.then)


def _equivalences(node: Iff) -> Iterator[Change]:
    yield "if and only if for if", If(node.one, node.other)
    yield "one side", node.one


def _disjunctions(node: Either) -> Iterator[Change]:
    for i in range(len(node.parts)):
        yield "an alternative dropped", Either(node.parts[:i] + node.parts[i + 1 :])
    yield "and for or", Both(node.parts)


def _conjunctions(node: Both) -> Iterator[Change]:
    for i in range(len(node.parts)):
        yield "a clause dropped", replace(node, parts=node.parts[:i] + node.parts[i + 1 :])


def _meanings(node: Where) -> Iterator[Change]:
    yield "a meaning dropped", node.body


def _extremes(node: Extreme) -> Iterator[Change]:
    if node.kind in EXTREMES:
        yield f"{node.kind} for {EXTREMES[node.kind]}", replace(node, kind=EXTREMES[node.kind])


_CHANGES: tuple[tuple[type[Any], Callable[[Any], Iterator[Change]]], ...] = (
    (Num, _numbers),
    (Add, _terms),
    (Pow, _powers),
    (Mul, _products),
    (Div, _quotients),
    (Hat, _hats),
    (Abs2, _moduli),
    (Relation, _relations),
    (Every, _quantifiers),
    (Range, _ranges),
    (If, _conditions),
    (Iff, _equivalences),
    (Both, _conjunctions),
    (Either, _disjunctions),
    (Where, _meanings),
    (Extreme, _extremes),
)


def noticed(derivation: Derivation, altered: Statement, seed: int = 0) -> frozenset[Method]:
    """By which checks a derivation rejects another sentence than its own; empty if it does not.

    The rules are applied anew to the steps, and what they yield is compared with the sentence; the
    parts of it that have an exact value are evaluated. The steps, which an altered sentence shares
    with the true one, are not checked again.
    """
    wrong = replace(derivation, printed=altered)
    found = {method for method, _ in wrong.follows()}
    instances = tuple(derivation.witnesses(random.Random(seed)))
    # a sentence that makes no sense at an instance is left to the rules
    with suppress(ArithmeticError, LookupError, TypeError, ValueError):
        found |= {method for method, _ in wrong.evaluated(instances)}
    return frozenset(found)
