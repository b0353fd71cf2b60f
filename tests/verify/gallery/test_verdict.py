"""Verdicts follow from enclosures, and memory is worth less than a page."""

from __future__ import annotations

from fractions import Fraction

import pytest

from overspec.decimals import Number
from overspec.verify.gallery.verdict import Kind, Known, Verdict, at_least, at_most, ratio, shown

pytestmark = pytest.mark.quick


def between(low: str, high: str) -> Number:
    return Number.between(Fraction(low), Fraction(high))


@pytest.mark.parametrize(
    ("true", "published", "kind"),
    [
        (("0.5", "0.6"), ("0.7", "0.7"), Kind.LOOSE),
        (("0.5", "0.6"), ("0.55", "0.55"), Kind.INCONCLUSIVE),
        (("0.5", "0.6"), ("0.4", "0.4"), Kind.REFUTED),
        (("0.5", "0.5"), ("0.5", "0.5"), Kind.SHARP),
        (("0.5", "0.5"), ("0.5004", "0.5004"), Kind.SHARP),
        (("0.5", "0.5004"), ("0.5006", "0.5006"), Kind.HOLDS),
        (("-0.5", "-0.4"), ("0.1", "0.1"), Kind.HOLDS),
    ],
)
def test_an_upper_bound_and_its_mirror(
    true: tuple[str, str], published: tuple[str, str], kind: Kind
) -> None:
    assert at_most(between(*true), between(*published), "here").kind is kind
    if kind is not Kind.HOLDS or true[0][0] != "-":  # a factor needs positive numbers
        low, high = (between(*ends) for ends in (published, true))
        mirrored = [Number.between(1 / x.upper, 1 / x.lower) for x in (high, low)]
        assert at_least(mirrored[0], mirrored[1], "here").kind is kind


def test_what_is_from_memory_holds_as_restated_at_most() -> None:
    best = [Verdict(Kind.SHARP), Verdict(Kind.HOLDS),
            Verdict(Kind.LOOSE, Number(Fraction(2)))]  # fmt: skip
    for verdict in best:
        assert verdict.words(Known.RESTATED).startswith("holds as restated")
    refuted = Verdict(Kind.REFUTED, counterexample="here")
    assert refuted.words(Known.RESTATED) == "refuted as restated: here"
    assert refuted.words(Known.QUOTED) == "refuted as worded: here"
    condition = Verdict(Kind.CONDITION, condition="x > 1")
    assert condition.words(Known.RESTATED).startswith("holds as restated under an unstated")
    assert not condition.accepts


def test_a_loose_factor_is_enclosed() -> None:
    found = ratio(between("1", "1.1"), between("0.5", "0.6"))
    assert (found.lower, found.upper) == (Fraction(5, 3), Fraction(11, 5))


def test_numbers_show_no_digit_beyond_their_error() -> None:
    assert shown(between("0.123456", "0.1234561")) == "0.12346"
    low, high = shown(between("0.12", "0.13")).strip("[]").split(", ")
    assert Fraction(low) <= Fraction("0.12") < Fraction("0.13") <= Fraction(high)
