"""The sections on the claims: each on its own, and what was said beside what holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from overspec.evidence import (
    Assumption,
    Certificate,
    ErrorBudget,
    Evidence,
    Outcome,
    ProofStep,
    Provenance,
)
from overspec.figure import FigureData
from overspec.reports.content.document import (
    Beside,
    Block,
    Code,
    Facts,
    Figure,
    Line,
    Paragraph,
    Proof,
    Ref,
    Section,
    Step,
    Table,
    formula,
    prose,
    short_label,
    shortened,
)
from overspec.reports.content.format import printed
from overspec.verify.claims.ledger import Ledger, digest

MEANING = {
    Evidence.PROVED: "exact symbolic steps, each re-checked by a second method; only for the k and "
    "weights that are named, and only under the hypotheses that are counted",
    Evidence.CERTIFIED: "an enclosure with every error term bounded and named",
    Evidence.MEASURED: "high-precision numbers that agree; no bound",
    Evidence.SAMPLED: "statistics with sample size, seed and interval",
    Evidence.CITED: "taken from a source, not checked",
}
UNBOUNDED = (Evidence.MEASURED, Evidence.SAMPLED)
#: Claims and the figures that belong to them; the others follow the conditions.
ILLUSTRATES = {"T1": "spectrum", "T2": "divergence", "S6": "phase", "P2": "radius"}
LABEL = 60  # characters of what stands to the left of a fact
NAME = 160  # of a name that a user gives


def claim_anchor(label: str) -> str:
    """The anchor of a claim's section."""
    return f"claim-{label}"


def label_width(ledger: Ledger, words: int) -> tuple[int, int]:
    """The first two columns of a table: labels, at the cost of the words beside them if long."""
    long = any(len(short_label(c.claim)) > CODE for c in ledger.certificates)
    return (LONG, words - LONG + CODE) if long else (0, words)


CODE, LONG = 4, 9  # characters of a label such as Q1w; percent of a line for a longer one


def audit(ledger: Ledger) -> list[Section]:
    """A table of what was said beside what holds, where anything was."""
    rows: tuple[tuple[Line, ...], ...] = tuple(
        (
            (Ref(claim_anchor(c.claim), short_label(c.claim)),),
            _said(c),
            _holds(c),
            (c.outcome.value,),
        )
        for c in ledger.certificates
        if _is_audited(c)
    )
    if not rows:
        return []
    title: Line = ("What the summary of the paper says, and what holds",)
    table = Table(
        ("claim", "what is said", "what holds", "outcome"), rows, (*label_width(ledger, 40), 38, 0)
    )
    return [Section("audit", title, 1, (table,))]


def _is_audited(c: Certificate) -> bool:
    return bool(c.text.said or c.amendment)


def _said(c: Certificate) -> Line:
    if c.text.said:
        return (f"“{c.text.said}”",)
    return sentence(c.text.stated, c.text.stated_tex)


def _holds(c: Certificate) -> Line:
    if c.amendment:
        return sentence(c.amendment, c.text.amended_tex)
    if c.outcome is Outcome.HOLDS:
        return ("It holds: ", *sentence(c.text.stated, c.text.stated_tex), ".")
    return ("It does not hold." if c.outcome is Outcome.REFUTED else "Not settled.",)


def sentence(words: str, tex: str = "") -> Line:
    """Words with their formulas: of ``tex``, or of the words where they have dollars; else as is.

    >>> sentence("KL_t falls", "$KL_t$ falls"), sentence("a_b stays")
    ((Formula(tex='KL_t'), ' falls'), ('a_b stays',))
    """
    if "$" in (tex or words):
        return prose(tex or words)
    return (words,) if words else ()


def assumed(ledger: Ledger) -> list[Section]:
    """Every named hypothesis in full, once."""
    found = dict.fromkeys(h for c in ledger.certificates for h in c.under)
    if not found:
        return []
    said: Line = (
        "Used in proofs and checked by no machine here. A claim stands under its own and those of "
        "all that it rests on.",
    )
    rows = tuple((shortened(h.name, LABEL), _without_name(h)) for h in found)
    title: Line = ("The named hypotheses",)
    return [Section(HYPOTHESES, title, 1, (Paragraph(said), Facts(rows)))]


HYPOTHESES = "hypotheses"  # the anchor of that section


def _without_name(hypothesis: Assumption) -> Line:
    return sentence(str(replace(hypothesis, name="")), hypothesis.tex)


def claim_sections(ledger: Ledger) -> list[Section]:
    """A section for each claim."""
    sections = [Section("claims", ("The claims",), 1, ())]
    rows = {c.claim: c for c in ledger.certificates}
    for c in ledger.certificates:
        blocks: list[Block] = [Paragraph(prose(c.text.statement), "statement")]
        if _is_audited(c):
            headings = (shortened(f"said: {c.text.source}", NAME), "what holds")
            blocks.append(Beside(headings, (_said(c), _holds(c))))
        if c.text.proof:
            blocks.append(_proof(c))
        blocks.append(Facts(_facts(c, rows)))
        if c.budget is not None:
            blocks += _budget(c.budget)
        blocks += [Figure(data) for data in figures_of(c.claim, ledger)]
        title: Line = (shortened(f"{c.claim}: {c.text.title}", NAME),)
        sections.append(Section(claim_anchor(c.claim), title, 2, tuple(blocks)))
    return sections


def figures_of(label: str, ledger: Ledger) -> list[FigureData]:
    """The figures that show a claim: those that are named for it, alone or with more words."""
    name = ILLUSTRATES.get(label, short_label(label))
    return [data for data in ledger.figures if data.id == name or data.id.startswith(f"{name}-")]


def _budget(budget: ErrorBudget) -> list[Block]:
    bounds = [line.bound for line in budget.lines]
    rows: tuple[tuple[Line, ...], ...] = tuple(
        ((line.term,), (bound,), (line.derivation,), (line.assumes,))
        for line, bound in zip(budget.lines, printed(bounds, budget.total), strict=False)
    )
    total: tuple[Line, ...] = (("all",), (printed(bounds, budget.total)[-1],), ("their sum",), ())
    columns = ("error", "at most", "how it is bounded", "provided that")
    heading: Line = (f"Error budget of the {shortened(budget.of, NAME)}:",)
    return [Paragraph(heading), Table(columns, (*rows, total), (0, 0, 42, 32))]


def _proof(c: Certificate) -> Proof:
    steps = [
        Step(_said_of(s), sentence(s.rule), formula(s.lhs), formula(s.rhs)) for s in c.text.proof
    ]
    heading = f"Derivation, as written for k = {c.text.proof_k}"
    return Proof(heading, tuple(steps))


def _said_of(step: ProofStep) -> Line:
    """Why, and what its two methods share."""
    also = (f" Both methods use {', '.join(step.shares)}.",) if step.shares else ()
    return (*sentence(step.words), *also)


def _facts(c: Certificate, ledger: Mapping[str, Certificate]) -> tuple[tuple[str, Line], ...]:
    facts: list[tuple[str, Line]] = [("stated in", (c.text.source,))]
    if c.counterexample:
        facts.append(("against it", (c.counterexample,)))
    facts.append(("outcome", (f"{c.outcome.value}, {c.worth}",)))
    if c.own is not None and c.own is not c.evidence:
        facts.append(("its own check", (f"{c.own_worth}, apart from what it rests on",)))
    facts.append(("scope", (str(c.scope) or c.domain,)))
    if c.own in UNBOUNDED:
        facts.append(("error budget", (f"none: {c.own.value} means {MEANING[c.own]}",)))
    margin = f"{c.margin}, worst at {c.worst_at}" if c.worst_at else c.margin
    facts.append(("worst margin", (margin,)))
    if c.text.depends:
        refs: list[Ref | str] = []
        for label in c.text.depends:
            known = label in ledger
            refs += [", ", Ref(claim_anchor(label), label) if known else label]
        facts.append(("rests on", tuple(refs[1:])))
    facts += [("hypothesis", sentence(words)) for words in c.hypotheses]
    facts += _named(c, ledger)
    facts += [("method", (words,)) for words in c.text.methods]
    if c.text.methods:
        facts.append(("both methods use", (_shared(c),)))
    facts += [(shortened(name, LABEL), (value,)) for name, value in c.values]
    texts = c.text.mutants_tex or ("",) * len(c.text.mutants)
    facts += [
        ("must reject", sentence(words, tex))
        for words, tex in zip(c.text.mutants, texts, strict=False)
    ]
    facts.append(("run again", (Code(c.provenance.command),)))
    facts.append(("run time", (f"{c.seconds:.2f} s",)))
    facts.append(("versions", (versions(c.provenance),)))
    if c.provenance.seed is not None:
        facts.append(("seed", (str(c.provenance.seed),)))
    facts.append(("certificate", (Code(f"sha256 {digest(c)}"),)))
    return tuple(facts)


def _named(c: Certificate, ledger: Mapping[str, Certificate]) -> list[tuple[str, Line]]:
    """The named hypotheses of a claim's own proof in full, and those that it inherits by name."""
    above = {h for label in c.text.depends if label in ledger for h in ledger[label].under}
    facts: list[tuple[str, Line]] = [
        ("named hypothesis", (f"{h.name}: " if h.name else "", *_without_name(h)))
        for h in c.under
        if h not in above
    ]
    names = ", ".join(h.name or "unnamed" for h in c.under if h in above)
    if names:
        link = Ref(HYPOTHESES, "in full")
        facts.append(("through what it rests on", (f"{names} (", link, ")")))
    return facts


def _shared(c: Certificate) -> str:
    """The code that two methods have in common, of each step where there are steps."""
    each = dict.fromkeys((*c.text.shares, *(name for step in c.text.proof for name in step.shares)))
    return "; ".join(each) or "no tool in common"


def versions(source: Provenance) -> str:
    """What a result was made with."""
    return ", ".join(f"{name} {version}" for name, version in
                     (("overspec", source.version), *source.libraries))  # fmt: skip
