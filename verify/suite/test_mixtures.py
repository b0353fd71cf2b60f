"""Every claim that can be asked of each mixture, as the --overspec options choose them."""

from __future__ import annotations

import pytest

from overspec.mixture import Mixture
from overspec.verify.testing.plugin import ClaimCheck, suite_parameters


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each claim and mixture."""
    metafunc.parametrize(("mixture", "claim"), suite_parameters(metafunc.config))


def test_claim(mixture: Mixture, claim: ClaimCheck) -> None:
    """The outcome is what the exact theory predicts."""
    claim(mixture)
