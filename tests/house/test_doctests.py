"""Every docstring example of the installed package runs."""

import doctest
import importlib
import pkgutil

import pytest
from sizes import slow_but

import overspec

pytestmark = pytest.mark.quick

MODULES = sorted(
    found.name
    for found in pkgutil.walk_packages(overspec.__path__, "overspec.")
    if not found.ispkg and found.name != "overspec.__main__"
)

# over a second each
LONG = {
    f"overspec.{name}"
    for name in (
        "proofs.language.every.proof",
        "proofs.lloyd.jacobian",
        "proofs.lloyd.stability",
        "proofs.rates.ray.theorem",
        "proofs.weights.classified",
        "proofs.weights.four_components",
        "verbs.explain",
        "verbs.gallery.run",
        "verify.claims.ledger",
        "verify.claims.of_mixture",
        "verify.claims.registry",
        "verify.gallery.two_means",
        "verify.models.contraction",
        "verify.samples.complexity",
        "verify.studies.edge",
    )
}


def test_the_walk_finds_the_public_nouns() -> None:
    assert overspec.Mixture.__module__ in MODULES
    assert "overspec.verify.engines.laplace.doubles" in MODULES
    assert set(MODULES) >= LONG


@pytest.mark.parametrize("name", slow_but(MODULES, lambda name: name not in LONG))
def test_examples_in_docstrings(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0
