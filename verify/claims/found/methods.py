"""How a claim is checked, in two ways, and the code that both use."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from overspec.proofs.language.derivation import Derivation
from overspec.proofs.language.theorem import Step
from overspec.verify.claims.found.uses import tools


def models(derivation: Derivation) -> tuple[str, ...]:
    """Where the steps of a derivation are evaluated: symbols, and random exact instances.

    >>> from overspec.proofs.catalogue import DERIVATIONS
    >>> models(DERIVATIONS["S6"](2))[0]
    'each step is an identity of symbols in SymbolicModel (proofs.machinery.symbolic)'
    """
    instances = derivation.witnesses(random.Random(0))
    kinds = dict.fromkeys(_kind(each) for each in instances)
    return (
        f"each step is an identity of symbols in {_kind(derivation.model)}",
        f"each step holds at random exact instances of {', '.join(kinds)}",
    )


def _kind(model: Any) -> str:
    kind = type(model)
    return f"{kind.__name__} ({kind.__module__.removeprefix('overspec.')})"


def shares_of(step: Step) -> tuple[str, ...]:
    """The code that the two methods of a step have in common, as the step says."""
    return tuple(getattr(step, "shares", ()))


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
