"""Which cases of a test are quick, and derivations that are built once a process."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import pytest

from overspec.proofs.catalogue import DERIVATIONS
from overspec.proofs.derivation import Derivation


def slow_but(cases: Iterable[Any], quick: Iterable[Any] | Callable[[Any], bool]) -> list[Any]:
    """The cases of a parametrised test, marked slow except for the quick ones.

    >>> [getattr(case, "values", case) for case in slow_but([2, 3, 4], quick=[3])]
    [(2,), 3, (4,)]
    """
    fast = quick if callable(quick) else list(quick).__contains__
    return [c if fast(c) else pytest.param(c, marks=pytest.mark.slow) for c in cases]


@cache
def derivation(label: str, k: int) -> Derivation:
    return DERIVATIONS[label](k)


@cache
def mutants(label: str, k: int) -> tuple[tuple[str, Derivation], ...]:
    return derivation(label, k).mutants()
