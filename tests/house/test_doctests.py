"""Every docstring example of the installed package runs."""

import doctest
import importlib
import pkgutil

import pytest

import overspec

pytestmark = pytest.mark.quick

# The mapped subpackages are walked by name: an editable install has no common parent folder.
PARTS = ["overspec", "overspec.commands", "overspec.results", "overspec.verbs", "overspec.proofs",
         "overspec.verify", "overspec.verify.experiments", "overspec.reports"]  # fmt: skip
MODULES = sorted(
    {
        found.name
        for part in PARTS
        for found in pkgutil.iter_modules(importlib.import_module(part).__path__, f"{part}.")
        if not found.ispkg
    }
)


def test_the_walk_finds_the_public_nouns() -> None:
    assert overspec.Mixture.__module__ in MODULES


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0
