"""Small promises of the printed page: estimates look like estimates, formulas carry their own m."""

from __future__ import annotations

from dataclasses import replace

from overspec import Evidence
from overspec.evidence import Quantity
from overspec.reports.content.diff import changes
from overspec.reports.content.format import quantity_text
from overspec.reports.content.summary import not_shown
from overspec.reports.content.tables import LARGEST, _column
from overspec.reports.fragment import conditions
from overspec.verify.claims.run import run


def test_an_estimate_does_not_print_as_an_enclosure() -> None:
    assert quantity_text(Quantity("1.0", "1.2", Evidence.MEASURED)) == "1.1(1)"
    assert quantity_text(Quantity("1.0", "1.2", Evidence.CERTIFIED)) == "[1, 1.2]"


def test_integers_beyond_64_bits_become_text() -> None:
    assert _column([LARGEST]) == [LARGEST]
    assert _column([LARGEST + 1]) == [str(LARGEST + 1)]


def test_the_forms_of_a_fragment_belong_to_their_frequency() -> None:
    assert "for $m=1$, " in conditions(4)
    assert "for $m=4$, " not in conditions(4)


def test_a_changed_value_of_a_claim_is_a_change() -> None:
    old = run((2,), ("P4",))
    first, *others = old.certificates
    new = replace(old, certificates=(replace(first, values=(("n", "5"),)), *others))
    assert "n" in {change.what for change in changes(old, new)}


def test_it_is_said_that_nothing_is_certified() -> None:
    found = run((2,), ("P4",))
    assert Evidence.CERTIFIED not in {c.evidence for c in found.certificates}
    assert any("No number is certified" in line for line in not_shown(found))
