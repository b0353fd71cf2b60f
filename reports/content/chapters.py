"""Which claims stand together, in the order in which a paper would have them."""

from __future__ import annotations

from dataclasses import dataclass

from overspec.evidence import Certificate


@dataclass(frozen=True)
class Chapter:
    """A section of the paper.

    Attributes:
        anchor: of its heading.
        title: of the section.
        labels: its claims, in order.
        lead: the claims that stand for it in the table of results.
    """

    anchor: str
    title: str
    labels: tuple[str, ...]
    lead: tuple[str, ...]


def _labels(words: str) -> tuple[str, ...]:
    return tuple(words.split())


CHAPTERS = (
    Chapter("operator", "The EM operator", _labels("S1 S2 S3 S4 S5 S6 S7 S8 T7 R D"), ("S6", "T7")),
    Chapter("rates", "When EM is exponential, and when it is not",
            _labels("T1 T1a Bb T3 T3a T3b T2 T2a T4 T4c T6 X1 X2 X10"), ("T1", "T2")),
    Chapter("weights", "Which weights", _labels("T5 H"), ("T5",)),
    Chapter("radius", "How far from the optimum", _labels("B Ba G X3 X4"), ("B", "G")),
    Chapter("lloyd", "Lloyd’s algorithm as a start", _labels("K1 K2 X6"), ("K1",)),
    Chapter("questions", "Free means, learned weights, estimated covariances",
            _labels("Q1o Q1f Q1w Q1d Q2 Q2u Q2w X7"), ("Q1f", "Q2")),
    Chapter("maps", "Any maps in place of the powers of one R", _labels("I1 I2 I3 I4 I5 I6 I7"),
            ("I3", "I7")),
    Chapter("data", "Samples, other data, and the engines",
            _labels("T8 T9 T10 X5 X8 X9 X11 E1"), ("T8", "X5")),
    Chapter("summary", "What a summary of the paper says, and what holds",
            _labels("P1 P2 P3 P4 P5 P6 P7 P8 P9 P10"), ("P1", "P7")),
)  # fmt: skip
OTHERS = "More claims"
#: What is told first: of each what was found is printed, whatever that is.
SURPRISES = ("T2", "G", "P7", "P2", "P1")


def chapters(certificates: tuple[Certificate, ...]) -> list[tuple[Chapter, list[Certificate]]]:
    """The chapters that have a claim in the ledger, with these; the last for all others.

    >>> chapters(())
    []
    """
    known = {c.claim: c for c in certificates}
    found = []
    for chapter in CHAPTERS:
        own = [known.pop(label) for label in chapter.labels if label in known]
        if own:
            found.append((chapter, own))
    if known:
        labels = tuple(known)
        found.append((Chapter("others", OTHERS, labels, labels[:1]), list(known.values())))
    return found
