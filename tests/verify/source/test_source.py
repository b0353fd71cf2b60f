"""Every sentence of the document under test is listed, and what answers it exists."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.resources import files

import pytest

import overspec as ov
from overspec.cli import main
from overspec.evidence import Outcome
from overspec.reports.content.compose import compose
from overspec.reports.content.document import Facts
from overspec.verify.claims.ledger import Ledger
from overspec.verify.claims.registry import DIRECT, LABELS
from overspec.verify.experiments.registry import NAMES
from overspec.verify.source.coverage import NOT_RUN, Coverage, Sentence, table
from overspec.verify.source.sentences import Said, sentences

DOCUMENT = files("overspec.verify.source") / "paper-summary.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")


def missing(document: str, listed: tuple[Sentence, ...]) -> list[str]:
    """What the document says and the table does not, or the reverse, or in another order."""
    said, known = [one.text for one in sentences(document)], [s.text for s in listed]
    odd = [text for text in said if text not in known] + [t for t in known if t not in said]
    return odd or [a for a, b in zip(said, known, strict=True) if a != b]


def unknown(listed: tuple[Sentence, ...]) -> list[str]:
    """Labels and names that are of no claim and of no experiment."""
    return [
        *(label for s in listed for label in s.claims if label not in LABELS),
        *(name for s in listed for name in s.experiments if name not in NAMES),
    ]


def unanswered(listed: tuple[Sentence, ...]) -> list[str]:
    """What asserts and has no claim, or does not and has no reason."""
    return [s.text for s in listed if not (s.claims if s.asserts else s.reason)]


def test_every_sentence_is_listed_in_full_and_in_order() -> None:
    assert missing(TEXT, table()) == []
    assert [one.under for one in sentences(TEXT) if one.text.startswith("#")] == [
        s.under for s in table() if s.text.startswith("#")
    ]


def test_every_letter_of_the_document_is_in_a_sentence() -> None:
    """But what frames the sentences: bullets, numbers and white space."""
    _, front, body = TEXT.split("---\n", 2)
    said = [one.text for one in sentences(TEXT)]
    start = said.index(next(text for text in said if text.startswith("#")))
    place, between = 0, ""
    for text in said[start:]:
        found = body.index(text, place)
        between += body[place:found] + " "
        place = found + len(text)
    assert set((between + body[place:]).split()) == {"-", "1.", "2.", "3."}
    words = set(" ".join(said[:start]).split())
    rest = [word for word in front.replace("\\\n", " ").split() if word not in words]
    assert all(word.endswith(":") or "\\" in word or '"' in word for word in rest), rest


def test_what_answers_exists() -> None:
    assert unknown(table()) == []
    assert unanswered(table()) == []


def test_a_sentence_more_or_less_or_a_claim_that_is_none_fails() -> None:
    first, *rest = table()
    assert missing(f"{TEXT}\nEM never fails.\n", table()) == ["EM never fails."]
    assert missing(TEXT.replace("unit step size", "step size 2"), table())
    assert missing(TEXT, tuple(rest)) == [first.text]
    assert missing(TEXT, (*rest, first))
    assert unknown((replace(first, claims=("T99",), experiments=("none",)),)) == ["T99", "none"]
    assert unanswered((replace(first, asserts=True), replace(first, reason="")))


def test_a_claim_that_quotes_a_sentence_answers_it() -> None:
    for claim in DIRECT.values():
        if claim.said:
            (said,) = [s for s in table() if claim.said in s.text]
            assert claim.id in said.claims


def test_a_sentence_is_quoted_whole() -> None:
    """But for a label before a colon, of three words at most: no half of a sentence."""
    for claim in DIRECT.values():
        if claim.said:
            (said,) = [s for s in table() if claim.said in s.text]
            before, _, after = said.text.partition(claim.said)
            assert after in ("", ".")
            assert re.fullmatch(r"|(\w+\.? ){0,2}\w+: ", before.replace("*", "")), before


def test_a_document_is_split_where_sentences_end() -> None:
    front = '---\nver: x\nabout: "A is\\\n  \\ B. C\\u2014D."\n---\n'
    assert sentences(front + "# H\n\n1. Speed vs. Cost: it is. (So?)\n") == (
        Said("x", "ver"),
        Said("A is B.", "about"),
        Said("C—D.", "about"),
        Said("# H", "H"),
        Said("Speed vs. Cost: it is.", "H"),
        Said("(So?)", "H"),
    )


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return ov.verify(claims="P4,S2", k=2)


def refuted(ledger: Ledger) -> Ledger:
    rows = (replace(c, outcome=Outcome.REFUTED) for c in ledger.certificates)
    return replace(ledger, certificates=tuple(rows))


def test_outcomes_are_those_of_the_ledger(ledger: Ledger) -> None:
    for found, outcomes in ((ledger, {"P4": "amended", "S2": "holds"}),
                            (refuted(ledger), {"P4": "refuted", "S2": "refuted"})):  # fmt: skip
        shown = ov.coverage(found)
        told = {a.label: a.outcome for s in shown.sentences for a in shown.answers(s)}
        assert {label: told[label] for label in outcomes} == outcomes
        assert told["S4"] == ""
        assert f"S4 {NOT_RUN}" in str(shown)
    assert NOT_RUN not in str(ov.coverage())


def test_the_report_prints_what_its_ledger_answers(ledger: Ledger) -> None:
    for found, word in ((ledger, "amended"), (refuted(ledger), "refuted")):
        (section,) = [s for s in compose(found).appendix if s.anchor == "coverage"]
        (facts,) = [block for block in section.blocks if isinstance(block, Facts)]
        printed = "".join(str(span) for _, line in facts.rows for span in line)
        full = [s.text for s in table() if s.asserts and set(s.claims) & {"P4", "S2"}]
        assert full
        assert all(text.replace("**", "") in printed for text in full)
        assert word in printed
    assert not any(s.anchor == "coverage" for s in compose(ov.verify("R", 2)).sections)


def test_coverage_takes_a_ledger_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ov.InputError, match="load_ledger"):
        ov.coverage("out/ledger.json")  # type: ignore[arg-type]
    assert main(["coverage", "--ledger", "/nowhere/ledger.json"]) == 2
    assert capsys.readouterr().out == ""
    assert Coverage(table()).shown != table()
