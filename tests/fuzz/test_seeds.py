"""The targets of the fuzzing read what they start from, so that a finding is one of a change."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location("fuzz_run", Path(__file__).with_name("run.py"))
assert SPEC is not None
assert SPEC.loader is not None
fuzz = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(fuzz)


@pytest.mark.parametrize("name", fuzz.SEEDS)
def test_seeds_are_read(name: str) -> None:
    read = fuzz.readers()[name]
    assert all(read(seed) is not None for seed in fuzz.SEEDS[name])


def test_a_harmed_input_is_refused() -> None:
    assert all(read(b"\xff\x00[{\x1b") is None for name, read in fuzz.readers().items()
               if name not in ("data", "second-checker", "query"))  # fmt: skip
