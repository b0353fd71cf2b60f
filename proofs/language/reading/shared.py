"""Which functions both methods run, found by tracing them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

from overspec.proofs.language.reading.reader import entries
from overspec.proofs.language.theorem import Step

#: What is run on the way and says nothing about a formula: how nodes are compared and made.
MADE = frozenset({"__init__", "__hash__", "__eq__", "__post_init__", "__getattr__"})


#: The two methods, for a reader.
FIRST = (
    "a symbolic identity: SymPy, R the shift of k coordinates, weights and exponentials as symbols"
)
SECOND = (
    "read again by code of its own at an exact instance: w from densities by Bayes' rule, R and "
    "A as matrices, dual numbers for derivatives; integrals over facets in ball arithmetic (K2)"
)


def in_words(names: tuple[str, ...]) -> str:
    """What the two methods share on a step, for a reader.

    >>> in_words(()), in_words(("weights.roots.Rank.value",))
    ('the two methods share no function', 'both methods run weights.roots.Rank.value')
    """
    if not names:
        return "the two methods share no function"
    return f"both methods run {', '.join(names)}"


def functions_run(work: Callable[[], Any]) -> frozenset[CodeType]:
    """The functions of the proofs that a computation runs."""
    found: set[CodeType] = set()

    def notice(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            found.add(frame.f_code)

    with _traced(notice):
        work()
    return frozenset(code for code in found if _name(code))


@contextmanager
def _traced(notice: Any) -> Iterator[None]:
    # a trace function that returns None is told of calls alone: several times faster than a profile
    before = sys.gettrace()
    sys.settrace(notice)
    try:
        yield
    finally:
        sys.settrace(before)


def _name(code: CodeType) -> str:
    """Such as ``rates.cosets.CosetWeight.value``; "" for code that says nothing of a formula."""
    path = code.co_filename.replace("\\", "/").rpartition("/proofs/")
    if not path[1] or code.co_name in MADE or path[2] == "language/reading/shared.py":
        return ""
    module = path[2].removesuffix(".py").replace("/", ".")
    return f"{module}.{code.co_qualname}"


def named(codes: frozenset[CodeType]) -> tuple[str, ...]:
    """Their names for a reader."""
    return tuple(sorted(map(_name, codes)))


def shared(step: Step, model: Any, read_at: Any) -> tuple[str, ...]:
    """The functions that both methods run on a step: the symbolic one, and the second reading.

    >>> from overspec.proofs.identities.operator import em_operator
    >>> found = em_operator(2)
    >>> shared(found.steps[0], found.model, found.read_at(0))
    ()
    """
    sides = (step.lhs, step.rhs)
    first = functions_run(lambda: [side.entries(model) for side in sides])
    second = functions_run(
        lambda: [entries(side.expression, side.around, read_at) for side in sides]
    )
    return named(first & second)
