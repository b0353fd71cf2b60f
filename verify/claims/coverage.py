"""Over which k, d and π a check ran, read off what it measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from overspec.action import Action
from overspec.weights import Weights

ANY = "any"

Ranges = tuple[tuple[str, str], ...]


def coverage(
    measured: Any, ks: tuple[int, ...], symbolic: bool, free_of: frozenset[str] = frozenset()
) -> Ranges:
    """The ranges of k, d and π, in words; without the letters of which nothing is known.

    Args:
        measured: what the claim measured; every mixture, action and weight vector in it counts.
        ks: the k of the scope, where the measurement names none.
        symbolic: a derivation in symbols for π; the regular representation carries it to every
            orthogonal R with R^k = I, and so to every d (`overspec.proofs.machinery.symbolic`).
        free_of: letters that the statement does not mention.

    >>> from overspec.mixture import Mixture
    >>> facts = (Mixture.simplex(2, "9/10,1/10"), Mixture.simplex(3, "uniform"))
    >>> coverage(facts, (2, 3, 4), symbolic=False)
    (('k', '2, 3'), ('d', 'k − 1'), ('π', '2 vectors'))
    >>> coverage(Action.simplex(3), (2, 3), symbolic=False, free_of=frozenset("π"))
    (('k', '3'), ('d', 'k − 1'), ('π', 'any'))
    >>> coverage("no mixture", (2, 3), symbolic=False)
    (('k', '2, 3'),)
    >>> coverage((2, 3), (2, 3), symbolic=True)
    (('k', '2, 3'), ('d', 'any'), ('π', 'any'))
    """
    if symbolic:
        return ("k", _listed(ks)), ("d", ANY), ("π", ANY)
    seen = list(dict.fromkeys(_found(measured)))
    actions = [item for item in seen if isinstance(item, Action)]
    vectors = [item for item in seen if isinstance(item, Weights)]
    found = tuple(sorted({item.k for item in seen})) or ks
    words = {"k": _listed(found), "d": _dimension(actions), "π": _weights(vectors)}
    known = {letter: ANY if letter in free_of else words[letter] for letter in words}
    return tuple((letter, said) for letter, said in known.items() if said)


def _found(value: Any) -> Iterator[Action | Weights]:
    if isinstance(value, (Action, Weights)):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _found(key)
            yield from _found(part)
    elif isinstance(value, (tuple, list, set, frozenset)):
        for part in value:
            yield from _found(part)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _found(getattr(value, field.name))


def _listed(ks: tuple[int, ...]) -> str:
    if len(ks) > 3 and ks == tuple(range(ks[0], ks[-1] + 1)):
        return f"{ks[0]} … {ks[-1]}"
    return ", ".join(map(str, ks))


def _dimension(actions: list[Action]) -> str:
    if not actions:
        return ""
    if all(action.d == action.k - 1 for action in actions):
        return "k − 1"
    return ", ".join(map(str, sorted({action.d for action in actions})))


def _weights(vectors: list[Weights]) -> str:
    if not vectors:
        return ""
    if all(len({value for value, _ in weights.runs}) == 1 for weights in vectors):
        return "uniform"
    return f"{len(vectors)} vectors"
