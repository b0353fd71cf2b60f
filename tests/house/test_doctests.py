"""Every docstring example of the installed package runs."""

import doctest
import importlib
import pkgutil

import pytest

import overspec

pytestmark = pytest.mark.quick

MODULES = sorted(
    found.name
    for found in pkgutil.walk_packages(overspec.__path__, "overspec.")
    if not found.ispkg and found.name != "overspec.__main__"
)


def test_the_walk_finds_the_public_nouns() -> None:
    assert overspec.Mixture.__module__ in MODULES
    assert "overspec.verify.engines.laplace.doubles" in MODULES


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0
