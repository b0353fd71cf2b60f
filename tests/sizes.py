"""Which cases of a parametrised test are quick."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest


def slow_but(cases: Iterable[Any], quick: Iterable[Any] | Callable[[Any], bool]) -> list[Any]:
    """The cases, marked slow except for the quick ones."""
    fast = quick if callable(quick) else list(quick).__contains__
    return [c if fast(c) else pytest.param(c, marks=pytest.mark.slow) for c in cases]
