"""What a result is worth: levels of evidence, outcomes, provenance and the certificate."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Evidence(Enum):
    """How far a result may be trusted, strongest first.

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
class Quantity:
    """A number as an interval of decimal strings, with the evidence for it.

    PROVED and CERTIFIED: the number lies in ``[low, high]``, rounded outward. MEASURED and SAMPLED:
    estimate less and plus its error estimate, no bound. ``high`` may be ``"inf"``.
    """

    low: str
    high: str
    evidence: Evidence


@dataclass(frozen=True)
class BudgetLine:
    """One source of error of a certified number.

    Attributes:
        term: its name.
        bound: a decimal string, rounded up.
        derivation: how it is bounded, in words.
        assumes: under which hypotheses.
    """

    term: str
    bound: str
    derivation: str
    assumes: str


@dataclass(frozen=True)
class ErrorBudget:
    """Every source of error of one certified number, and the sum of the lines, rounded up.

    The number lies within ``total`` of the computed value.
    """

    of: str
    lines: tuple[BudgetLine, ...]
    total: str


@dataclass(frozen=True)
class ProofStep:
    """A step of a derivation for a reader: ``lhs = rhs`` in TeX, why, and by which rule."""

    words: str
    lhs: str
    rhs: str
    rule: str


@dataclass(frozen=True)
class ClaimText:
    """What a claim says, for a reader: the ledger carries it, so that a report needs nothing else.

    Attributes:
        title: one line.
        statement: TeX of the formal statement.
        source: where it is stated.
        said: the words of the document under test; empty when there are none.
        stated: the form that the source gives, as it is checked.
        expected: the outcome that was expected.
        depends: labels of the claims it rests on.
        mutants: the false forms that the check must reject.
        proof: the derivation, as written for `proof_k` components; empty when there is none.
    """

    title: str = ""
    statement: str = ""
    source: str = ""
    said: str = ""
    stated: str = ""
    expected: Outcome = Outcome.HOLDS
    depends: tuple[str, ...] = ()
    mutants: tuple[str, ...] = ()
    proof: tuple[ProofStep, ...] = ()
    proof_k: int = 0


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
        own: the evidence of its own check, before its ancestors' counts; None where not computed.
        ranges: over which k, d and π the check ran: pairs of a letter and words.
        seconds: how long the check took.
        provenance: how to run it again.
        text: what the claim says, for a reader.
        budget: of the number with the worst margin, where the check is an enclosure.
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
    own: Evidence | None = None
    ranges: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0
    text: ClaimText = ClaimText()
    budget: ErrorBudget | None = None
