"""Every entry: its wording, its mutants, and values by a second method without shared code."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sizes import slow_but

from overspec.commands.theorems.gallery import PARAMETERS
from overspec.verify.gallery.audit import survivors
from overspec.verify.gallery.entry import Entry, Mutant
from overspec.verify.gallery.registry import ENTRIES, find
from overspec.verify.gallery.verdict import Known

#: At cheaper parameters, where the defaults take long.
CHEAP = {"xu_2024": {"steps": "20", "radius": "6"}}
#: Those whose mutants are tried in a second or two.
QUICK = {"dwivedi_2020_scale", "mallik_2026", "weinberger_2022", "wu_2021", "xu_2024"}


@pytest.mark.quick
def test_entries_are_told_apart() -> None:
    assert len({e.arxiv for e in ENTRIES}) == len({e.name for e in ENTRIES}) == len(ENTRIES)
    for entry in ENTRIES:
        assert re.fullmatch(r"\d{4}\.\d{4,5}", entry.arxiv)
        assert re.fullmatch(r"[a-z]+_\d{4}(_[a-z]+)?", entry.name)
        assert f"_{entry.year}" in entry.name
        labels = [s.label for s in entry.statements]
        assert len(set(labels)) == len(labels) > 0


@pytest.mark.quick
def test_only_what_was_read_stands_in_quotation_marks() -> None:
    for entry in ENTRIES:
        for statement in entry.statements:
            assert statement.source
            assert statement.known is not Known.OWN
            if statement.known is Known.QUOTED:
                assert statement.words.count('"') == 2
                assert statement.source.startswith("as on ")


@pytest.mark.quick
def test_the_command_has_the_parameters_of_all_entries() -> None:
    names = {p.name.replace("_", "-") for entry in ENTRIES for p in entry.parameters}
    assert set(PARAMETERS) == names
    for entry in ENTRIES:
        for parameter in entry.parameters:
            assert parameter.read(parameter.default) == parameter.default
            assert parameter.read(str(parameter.low)) == parameter.low


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_statement_has_a_mutant(entry: Entry) -> None:
    for statement in entry.statements:
        assert statement.mutants
        assert all(m.published != statement.published for m in statement.mutants)


@pytest.mark.quick
def test_a_mutant_that_passes_is_told() -> None:
    entry = find("xu_2016")
    first = entry.statements[0]
    weak = replace(first, mutants=(Mutant("the same", 3),))
    false = replace(first, published=5, mutants=())
    wrong = survivors(replace(entry, statements=(weak, false)))
    assert len(wrong) == 2
    assert "'the same' is accepted" in wrong[0]
    assert "as it stands is not accepted" in wrong[1]


@pytest.mark.parametrize(
    "entry", slow_but(ENTRIES, lambda entry: entry.name in QUICK), ids=lambda entry: entry.name
)
def test_no_mutant_survives(entry: Entry) -> None:
    """And each check accepts its statement, or the amended one: it does not reject everything."""
    assert survivors(entry, CHEAP.get(entry.name)) == ()


@pytest.mark.slow
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_ends_of_the_ranges_give_a_verdict(entry: Entry) -> None:
    for parameter in entry.parameters:
        if parameter.name == "steps":  # ten thousand steps of gradient EM
            continue
        for end in (parameter.low, parameter.high):
            at = entry.read(CHEAP.get(entry.name, {}) | {parameter.name: end})
            for statement in entry.statements:
                if statement.label != "unbalanced constant":  # it has no parameter
                    found = statement.check(at, statement.published)
                    assert found.verdict.words(statement.known)
