"""What a result is worth: levels of evidence, outcomes, provenance and the certificate."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Evidence(Enum):
    """How far a result may be trusted, strongest first (design.md, Evidence).

    >>> Evidence.weakest([Evidence.PROVED, Evidence.MEASURED])
    <Evidence.MEASURED: 'measured'>
    """

    PROVED = "proved"  # exact symbolic steps, each re-checked by a second method
    CERTIFIED = "certified"  # an enclosure with every error term bounded and named
    MEASURED = "measured"  # high-precision numbers that agree, no bound
    SAMPLED = "sampled"  # statistics with n, seed and interval
    CITED = "assumed"  # taken from a source, not checked

    @property
    def rank(self) -> int:
        """0 for the strongest."""
        return list(Evidence).index(self)

    @staticmethod
    def weakest(levels: list[Evidence]) -> Evidence:
        """The weakest of the given levels: what a claim that rests on all of them has."""
        return max(levels, key=lambda level: level.rank)


class Outcome(Enum):
    """What a check found. Computed, never written in."""

    HOLDS = "holds"
    AMENDED = "amended"  # false as stated; the true form is attached
    REFUTED = "refuted"  # an exact counterexample is attached
    OPEN = "open"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Provenance:
    """Where a result came from: enough to run it again."""

    command: str
    version: str
    libraries: tuple[tuple[str, str], ...] = ()
    seed: int | None = None


@dataclass(frozen=True)
class Certificate:
    """The result of checking one claim.

    Attributes:
        claim: the claim's label, such as ``"S6"``.
        outcome: what the check found.
        evidence: the weakest evidence of everything the result depends on.
        hypotheses: what was assumed, in words.
        domain: the set on which it was checked, in words.
        margin: worst slack of the checked inequalities as a decimal string (positive when
            they hold), or ``"exact"`` where nothing was rounded.
        worst_at: where that margin is attained.
        amendment: the true form, where the outcome is AMENDED.
        counterexample: where the outcome is REFUTED or AMENDED.
        values: named numbers that went into the outcome, as decimal strings or exact text.
        seconds: how long the check took.
        provenance: how to run it again.
    """

    claim: str
    outcome: Outcome
    evidence: Evidence
    domain: str
    margin: str
    worst_at: str
    provenance: Provenance
    hypotheses: tuple[str, ...] = ()
    amendment: str = ""
    counterexample: str = ""
    values: tuple[tuple[str, str], ...] = field(default=())
    seconds: float = 0.0
