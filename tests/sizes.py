"""Which cases of a parametrised test are quick."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest


def slow_but(
    cases: Iterable[Any], quick: Iterable[Any] | Callable[[Any], bool], several: bool = False
) -> list[Any]:
    """The cases, marked slow except for the quick ones; with several arguments each is a tuple."""
    fast = quick if callable(quick) else list(quick).__contains__
    slow = pytest.mark.slow
    return [c if fast(c) else pytest.param(*(c if several else (c,)), marks=slow) for c in cases]
