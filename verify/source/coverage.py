"""Each sentence of the document under test, what answers it, and how that came out.

The document is `paper-summary.md`, the table `coverage.toml`: every sentence in full, with the
claims, the experiments or the reason that answer it. Outcomes are those of a ledger.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from overspec.evidence import Certificate
from overspec.results.result import Part, Result, Table
from overspec.verify.claims.ledger import Ledger

NOT_RUN = "not in the ledger"


@dataclass(frozen=True)
class Sentence:
    """A sentence of the document, and what answers it.

    Attributes:
        text: in full, as it stands there.
        under: the heading above it; empty in the front matter.
        claims, experiments: labels and names of what answers it.
        asserts: whether it asserts something.
        reason: in words; where a sentence asserts nothing, why.
    """

    text: str
    under: str
    claims: tuple[str, ...]
    experiments: tuple[str, ...]
    asserts: bool
    reason: str


@dataclass(frozen=True)
class Answer:
    """A claim or an experiment beside a sentence: outcome and worth, empty if it was not run."""

    label: str
    outcome: str = ""
    worth: str = ""


@cache
def table() -> tuple[Sentence, ...]:
    """All sentences, in the order of the document.

    >>> [s.claims for s in table() if s.text.startswith("**Claim:** EM acts")]
    [('S2',)]
    """
    text = files("overspec.verify.source").joinpath("coverage.toml").read_text(encoding="utf-8")
    found, under = [], ""
    for row in tomllib.loads(text)["sentence"]:
        if row["text"].startswith("#"):
            under = row["text"].lstrip("# ")
        found.append(
            Sentence(
                row["text"],
                under,
                tuple(row.get("claims", ())),
                tuple(row.get("experiments", ())),
                row.get("asserts", True),
                row.get("reason", ""),
            )
        )
    return tuple(found)


@dataclass(frozen=True, repr=False)
class Coverage(Result):
    """The table with the outcomes of a ledger.

    Attributes:
        sentences: all of the document.
        certificates: of the ledger; None without one.

    >>> Coverage(table())
    <Coverage: 105 sentences, 51 assert something, 51 of these answered by claims>
    """

    sentences: tuple[Sentence, ...]
    certificates: tuple[Certificate, ...] | None = None

    @classmethod
    def of(cls, ledger: Ledger | None) -> Coverage:
        """The table beside a ledger, or by itself."""
        return cls(table(), None if ledger is None else ledger.certificates)

    def answers(self, sentence: Sentence) -> tuple[Answer, ...]:
        """What answers a sentence: its claims, and experiments that the ledger has."""
        known = {c.claim: c for c in self.certificates or ()}
        run = [name for name in sentence.experiments if name in known]
        return tuple(
            Answer(label, known[label].outcome.value, known[label].worth)
            if label in known
            else Answer(label)
            for label in (*sentence.claims, *run)
        )

    @property
    def shown(self) -> tuple[Sentence, ...]:
        """Those that assert something or that something answers."""
        return tuple(s for s in self.sentences if s.asserts or s.claims)

    def headline(self) -> str:
        """How many sentences, and how many of them are answered."""
        asserting = [s for s in self.sentences if s.asserts]
        answered = sum(bool(s.claims) for s in asserting)
        return (
            f"{len(self.sentences)} sentences, {len(asserting)} assert something, "
            f"{answered} of these answered by claims"
        )

    def parts(self) -> Iterator[Part]:
        """A row a sentence; those that assert nothing and that nothing answers are counted."""
        yield Table(
            ("sentence", "answered by", "in words"),
            tuple((s.text, self._told(s), s.reason) for s in self.shown),
        )
        yield ""
        yield f"{self.headline()}. Headings and the like are in --json, each with the reason."

    def _told(self, sentence: Sentence) -> str:
        told = "; ".join(self.said(answer) for answer in self.answers(sentence))
        return ". ".join(filter(None, (told, ", ".join(self._more(sentence)))))

    def said(self, answer: Answer) -> str:
        """A label with its outcome.

        >>> Coverage(()).said(Answer("S2")), Coverage((), ()).said(Answer("S2"))
        ('S2', 'S2 not in the ledger')
        """
        if self.certificates is None:
            return answer.label
        return f"{answer.label} {answer.outcome or NOT_RUN}"

    def _more(self, sentence: Sentence) -> list[str]:
        known = {c.claim for c in self.certificates or ()}
        return [f"experiment {name}" for name in sentence.experiments if name not in known]

    def records(self) -> list[dict[str, Any]]:
        """One row a sentence."""
        return [
            {"sentence": s.text, "under": s.under, "asserts": s.asserts,
             "answers": "; ".join(map(self.said, self.answers(s))), "reason": s.reason}
            for s in self.sentences
        ]  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what ``overspec coverage --json`` prints."""
        return {
            "ledger": self.certificates is not None,
            "sentences": [
                {
                    "text": s.text,
                    "under": s.under,
                    "asserts": s.asserts,
                    "answers": [
                        {"claim": a.label, "outcome": a.outcome or None, "worth": a.worth or None}
                        for a in self.answers(s)
                    ],
                    "experiments": list(s.experiments),
                    "reason": s.reason or None,
                }
                for s in self.sentences
            ],
        }
