"""scikit-learn, which only some experiments need."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from overspec.errors import InputError


def scikit_learn(module: str) -> Any:
    """``sklearn.<module>``, imported late: it takes a second.

    Raises:
        InputError: it is not installed.
    """
    try:
        return import_module(f"sklearn.{module}")
    except ImportError:
        raise InputError(
            'this experiment compares with scikit-learn: pip install "overspec[data]"'
        ) from None
