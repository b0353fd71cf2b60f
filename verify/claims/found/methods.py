"""How a claim is checked, in two ways, and the code that both use."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from overspec.proofs.language.derivation import Derivation
from overspec.verify.claims.found.uses import tools


def models(derivation: Derivation) -> tuple[str, ...]:
    """Where the steps of a derivation are evaluated: symbols, and exact instances.

    A derivation that has ``read_at`` reads each step a second time, by code of its own.

    >>> from overspec.proofs.catalogue import DERIVATIONS
    >>> models(DERIVATIONS["S6"](2))[0]
    'each step is an identity of symbols in SymbolicModel (proofs.machinery.symbolic)'
    """
    if derivation.indexed:
        return _every(derivation)
    kinds = dict.fromkeys(_kind(each) for each in derivation.witnesses(random.Random(0)))
    instances = f"random exact instances of {', '.join(kinds)}"
    again = getattr(derivation, "read_at", None)
    second = (
        f"each step is read again from the densities, by other code, at {_kind(again(0))}, "
        f"and holds at {instances}"
        if again
        else f"each step holds at {instances}"
    )
    return f"each step is an identity of symbols in {_kind(derivation.model)}", second


def _every(derivation: Derivation) -> tuple[str, ...]:
    """The two ways of a derivation for every k."""
    ks = dict.fromkeys(str(m.k) for m in derivation.witnesses(random.Random(0)))
    return (
        "for every k at once: each step is an identity of index sums over Z/k in normal form "
        "(proofs.language.every), which the derivations at k = 2 … 6 agree with",
        f"each step holds at random exact instances, here at k = {', '.join(ks)}, and for each k "
        "of the run by two methods: symbols in SymbolicModel, and a reading from the densities",
    )


def _kind(model: Any) -> str:
    kind = type(model)
    return f"{kind.__name__} ({kind.__module__.removeprefix('overspec.')})"


def same(derivation: Derivation) -> tuple[str, ...]:
    """What both methods use of every step: its tree, and unless it is read again, its code."""
    read = hasattr(derivation, "read_at")
    return ("the steps as trees" if read else "the steps as trees, and the code of their nodes",)


def shares(derivation: Derivation) -> tuple[tuple[str, ...], ...]:
    """For each step the code that its two methods have in common, as the derivation says."""
    nothing = tuple(getattr(step, "shares", ()) for step in derivation.steps)
    return tuple(getattr(derivation, "shares", nothing))


def ways(measure: Callable[..., Any], *forms: Any) -> tuple[str, ...]:
    """How a claim without a derivation is checked: what measures, and what predicts.

    >>> from overspec.verify.claims.cases import is_regular
    >>> ways(lambda scope: 0, is_regular)[1]
    'predicted by proofs.machinery.cyclotomic.null_frequencies'
    """
    predicted = dict.fromkeys(tool for form in forms for tool in tools(form))
    return (
        f"measured by {_in_words(tools(measure))}",
        f"predicted by {_in_words(tuple(predicted))}",
    )


def shared(measure: Callable[..., Any], *forms: Any) -> tuple[str, ...]:
    """The tools that both the measurement and a prediction call."""
    predicted = {tool for form in forms for tool in tools(form)}
    return tuple(_short(tool) for tool in tools(measure) if tool in predicted)


def _short(tool: str) -> str:
    return tool.removeprefix("overspec.").removeprefix("verify.")


def _in_words(found: tuple[str, ...]) -> str:
    return ", ".join(map(_short, found)) or "its own arithmetic"
