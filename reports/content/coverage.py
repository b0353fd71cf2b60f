"""The document under test, sentence by sentence: each in full, with how its claims came out."""

from __future__ import annotations

from itertools import groupby

from overspec.evidence import Outcome
from overspec.reports.content.claims import claim_anchor
from overspec.reports.content.document import Code, Facts, Line, Paragraph, Ref, Section, Span
from overspec.reports.content.summary import verb
from overspec.verify.claims.ledger import Ledger
from overspec.verify.source.coverage import NOT_RUN, Answer, Coverage, Sentence

INTRO = (
    "Every sentence of the summary that asserts something, in full, with the claims that answer "
    "it; each holds where no other outcome is said. Its questions, and the experiments that it "
    "proposes: "
)
COMMAND = Code("overspec coverage")
ELSEWHERE = ". Left out are sentences of which this ledger has no claim."


def coverage_section(ledger: Ledger) -> list[Section]:
    """An appendix: sentences of which the ledger has a claim, under their headings."""
    labels = {c.claim for c in ledger.certificates}
    found = Coverage.of(ledger)
    asserting = [s for s in found.sentences if s.asserts]
    answered = [s for s in asserting if labels.intersection(s.claims)]
    if not answered:
        return []
    rows = tuple(
        (under or "Front matter", tuple(span for s in own for span in _answered(s, found)))
        for under, own in groupby(answered, key=lambda s: s.under)
    )
    end = "." if len(answered) == len(asserting) else ELSEWHERE
    title: Line = ("The summary, sentence by sentence",)
    blocks = (Paragraph((INTRO, COMMAND, end)), Facts(rows))
    return [Section("coverage", title, 1, blocks, appendix=True)]


def _answered(sentence: Sentence, found: Coverage) -> Line:
    """“Sentence” (T1, T3a; P2 amended: in words)."""
    spans: list[Span] = [f"“{sentence.text.replace('**', '')}” ("]
    answers = found.answers(sentence)
    for number, outcome in enumerate(dict.fromkeys(a.outcome for a in answers)):
        same = [a for a in answers if a.outcome == outcome]
        spans += ["; "] if number else []
        for place, answer in enumerate(same):
            spans += [", "] if place else []
            spans.append(_link(answer))
        if outcome != Outcome.HOLDS.value:
            spans.append(f" {verb(Outcome(outcome), len(same)) if outcome else NOT_RUN}")
    return (*spans, f": {sentence.reason}) " if sentence.reason else ") ")


def _link(answer: Answer) -> Span:
    return Ref(claim_anchor(answer.label), answer.label) if answer.outcome else answer.label
