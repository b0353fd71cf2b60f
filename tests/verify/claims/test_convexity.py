"""The check behind claim G tells a convex chord from one that is not, and says when it cannot."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from overspec import Evidence
from overspec.verify.claims.claim import Scope
from overspec.verify.claims.convexity import CONVEXITY, TRUE


def test_the_true_form_passes_and_the_conjecture_does_not() -> None:
    chords = CONVEXITY.measure(Scope())
    found = CONVEXITY.judge(TRUE, chords)
    assert found.passed
    assert found.evidence is Evidence.CERTIFIED
    stated = CONVEXITY.judge(CONVEXITY.stated.payload, chords)
    assert stated.passed is False
    assert "1000" in stated.worst_at


def test_overlapping_enclosures_decide_nothing() -> None:
    chords = CONVEXITY.measure(Scope())
    wide = replace(chords[-1], values=((Fraction(0), Fraction(10)),) * 3)
    assert CONVEXITY.judge(TRUE, (*chords[:-1], wide)).passed is None
