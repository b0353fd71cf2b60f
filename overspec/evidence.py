"""What a result is worth: levels of evidence and their words, outcomes, the certificate."""

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
class Assumption:
    """A named hypothesis: what a proof uses and checks nowhere, and where it is proved.

    ``tex`` is its words and source once more, formulas in dollars; empty in older ledgers.
    """

    name: str
    words: str
    source: str = ""
    tex: str = ""

    def __str__(self) -> str:
        """Name, words and source, in one line."""
        words = f"{self.name}: {self.words}" if self.name else self.words
        return f"{words} ({self.source})" if self.source else words


ANY = "any"


@dataclass(frozen=True)
class Extent:
    """Over which k, d, weights and θ a check really ran; ``"any"`` where the statement is free.

    Attributes:
        k: the numbers of components.
        d: dimensions, in words; empty where nothing is known, as for θ.
        weights: the vectors themselves, or in words.
        theta: in words.

    >>> print(Extent((2, 3, 4, 5), "k − 1", ("uniform", "4/5,1/5"), "any"))
    k: 2 … 5; d: k − 1; weights: 2 vectors; θ: any
    """

    k: tuple[int, ...] | str = ()
    d: str = ""
    weights: tuple[str, ...] | str = ()
    theta: str = ""

    @property
    def words(self) -> tuple[tuple[str, str], ...]:
        """Each part that is known, by its letter, in a few words."""
        told = (("k", listed(self.k)), ("d", self.d), ("weights", counted(self.weights)),
                ("θ", self.theta))  # fmt: skip
        return tuple((letter, words) for letter, words in told if words)

    def __str__(self) -> str:
        """All that is known, in one line."""
        return "; ".join(f"{letter}: {words}" for letter, words in self.words)

    @property
    def cases(self) -> str:
        """What was tried of k and of weights, where these are finitely many; else nothing.

        >>> Extent((2, 3), "any", "any", "any").cases, Extent("any", "any", "any").cases
        ('k = 2, 3', '')
        """
        ks = "" if isinstance(self.k, str) or not self.k else f"k = {listed(self.k)}"
        vectors = counted(self.weights, "weight ") if _finite(self.weights) else ""
        return ", ".join(part for part in (vectors, ks) if part)


def _finite(weights: tuple[str, ...] | str) -> bool:
    """Whether it is a number of vectors; older ledgers have it in words."""
    return not isinstance(weights, str) or weights[:1].isdigit()


def listed(ks: tuple[int, ...] | str) -> str:
    """Numbers for a reader.

    >>> listed((2, 3, 4, 5)), listed((3, 5)), listed("any")
    ('2 … 5', '3, 5', 'any')
    """
    if isinstance(ks, str):
        return ks
    if len(ks) > 3 and ks[-1] - ks[0] == len(ks) - 1:  # they ascend
        return f"{ks[0]} … {ks[-1]}"
    return ", ".join(map(str, ks))


def counted(vectors: tuple[str, ...] | str, kind: str = "") -> str:
    """How many weight vectors there are, or the words.

    >>> counted(("uniform",)), counted(("4/5,1/5", "1/2,1/2"), "weight "), counted("any")
    ('1 vector', '2 weight vectors', 'any')
    """
    if isinstance(vectors, str):
        return vectors
    return f"{len(vectors)} {kind}vector{'' if len(vectors) == 1 else 's'}" if vectors else ""


def worth(evidence: Evidence, extent: Extent, under: int = 0, through: tuple[str, ...] = ()) -> str:
    """The words for what a result is worth; every table, page and figure has them from here.

    Args:
        evidence: the level.
        extent: where it was checked: a proof for some k or weights only says for which.
        under: how many named hypotheses it rests on.
        through: the claims that lower the evidence to this level; empty where it is its own.

    >>> some, all_k = Extent((2, 3), "any", "any", "any"), Extent("any", "any", "any", "any")
    >>> worth(Evidence.PROVED, all_k), worth(Evidence.PROVED, all_k, 2)
    ('proved', 'proved under 2 hypotheses')
    >>> worth(Evidence.PROVED, some, 1)
    'proved for k = 2, 3 under 1 hypothesis'
    >>> worth(Evidence.MEASURED, Extent((2,), "k − 1", ("4/5,1/5", "uniform"), ""))
    'measured on 2 weight vectors, k = 2'
    >>> worth(Evidence.CERTIFIED, some), worth(Evidence.MEASURED, some, through=("E1", "T1"))
    ('certified for k = 2, 3', 'measured through E1, T1')
    """
    words = evidence.value
    if through:
        return f"{words} through {', '.join(through)}"
    strong = evidence in (Evidence.PROVED, Evidence.CERTIFIED)
    if extent.cases and evidence is not Evidence.CITED:
        words += f" {'for' if strong else 'on'} {extent.cases}"
    if under and strong:
        words += f" under {under} hypothes{'is' if under == 1 else 'es'}"
    return words


def worth_of_number(evidence: Evidence) -> str:
    """The same for a number or a curve alone, which names no claim.

    What a theorem gives is worth what the ledger says of that theorem, hypotheses included.

    >>> worth_of_number(Evidence.PROVED), worth_of_number(Evidence.MEASURED)
    ('by theorem', 'measured')
    """
    return "by theorem" if evidence is Evidence.PROVED else worth(evidence, Extent())


@dataclass(frozen=True)
class ProofStep:
    """A step of a derivation for a reader: ``lhs = rhs`` in TeX, why, and by which rule.

    Words and rule have their formulas in dollars. ``shares`` names the code that the two methods
    which check it have in common.
    """

    words: str
    lhs: str
    rhs: str
    rule: str
    shares: tuple[str, ...] = ()


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
        stated_tex, amended_tex, mutants_tex: the forms once more, formulas in dollars; empty in
            older ledgers.
        proof: the derivation, as written for `proof_k` components, 0 where it is for every k;
            empty when there is none.
        methods: how it is checked, in two ways where there are two.
        shares: the code that both ways use.
    """

    title: str = ""
    statement: str = ""
    source: str = ""
    said: str = ""
    stated: str = ""
    expected: Outcome = Outcome.HOLDS
    depends: tuple[str, ...] = ()
    mutants: tuple[str, ...] = ()
    stated_tex: str = ""
    amended_tex: str = ""
    mutants_tex: tuple[str, ...] = ()
    proof: tuple[ProofStep, ...] = ()
    proof_k: int = 0
    methods: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()


@dataclass(frozen=True)
class Certificate:
    """The result of checking one claim.

    Attributes:
        claim: the claim's label, such as ``"S6"``.
        outcome: what the check found.
        evidence: the weakest evidence of everything the result depends on.
        hypotheses: what its own check assumes, in words, formulas in dollars.
        under: the named hypotheses of its proof and of the proofs of all that it rests on.
        domain: the set on which it was checked, in words.
        margin: worst slack of the checked inequalities as a decimal string (positive when
            they hold), or ``"exact"`` where nothing was rounded.
        worst_at: where that margin is attained.
        amendment: the true form, where the outcome is AMENDED.
        counterexample: where the outcome is REFUTED or AMENDED.
        values: named numbers that went into the outcome, as decimal strings or exact text.
        own: the evidence of its own check, before its ancestors' counts; None where not computed.
        through: the claims it rests on that lower its evidence.
        scope: over which k, d, weights and θ the check ran.
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
    under: tuple[Assumption, ...] = ()
    through: tuple[str, ...] = ()
    scope: Extent = Extent()
    seconds: float = 0.0
    text: ClaimText = ClaimText()
    budget: ErrorBudget | None = None

    @property
    def worth(self) -> str:
        """Its evidence in words (`worth`): with its scope, and how many hypotheses it is under."""
        return worth(self.evidence, self.scope, len(self.under), self.through)

    @property
    def own_worth(self) -> str:
        """The same of its own check alone."""
        own = self.evidence if self.own is None else self.own
        return worth(own, self.scope, len(self.under))
