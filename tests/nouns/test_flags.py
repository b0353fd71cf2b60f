"""True and False, and nothing else: no text counts as True without a word."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import overspec as ov
from overspec.exact import flag

pytestmark = pytest.mark.quick

M = ov.Mixture.simplex(3, "1/2,3/10,1/5")


@pytest.mark.parametrize(
    ("verb", "arguments", "name"),
    [
        ("population_em", (M, M.point(radius=1), 2), "tied"),
        ("evaluate", (M, M.point(radius=1)), "certify"),
        ("radius", (M,), "certify"),
        ("lloyd", (3,), "certify"),
        ("verify", ("P4", 2), "quick"),
        ("verify", ("P4", 2), "figures"),
        ("explain", ("S6", 2), "variants"),
        ("sample_em", ([[0.0, 1.0], [1.0, 0.5]], M, (1.0, 0.0), 1), "tied"),
        ("sample_em", ([[0.0, 1.0], [1.0, 0.5]], M, (1.0, 0.0), 1), "missing"),
    ],
)
@pytest.mark.parametrize("value", ["no", "free", 0, None])
def test_only_true_and_false_are_switches(
    verb: str, arguments: tuple[Any, ...], name: str, value: Any
) -> None:
    with pytest.raises(ov.InputTypeError, match=rf"{name} = .*use True or False"):
        getattr(ov, verb)(*arguments, **{name: value})


def test_numpys_are_switches_too() -> None:
    assert flag(np.True_, "tied") is True
    assert flag(np.False_, "tied") is False
