"""The sections on the claims: each on its own, and what was said beside what holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    AGAIN,
    Block,
    Code,
    Details,
    Facts,
    Figure,
    Head,
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
    with_code,
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
HASHED = 8  # digits of a hash that a reader compares with the ledger's
NAME = 160  # of a name that a user gives


def claim_anchor(label: str) -> str:
    """The anchor of a claim's section."""
    return f"claim-{label}"


def result(c: Certificate) -> Line:
    """What a claim came to, after its title: true, false, or false with what is true instead.

    >>> from overspec.verify.claims.run import run
    >>> result(run((2,), ("P4",)).certificates[0])[0]
    'is false as it is worded; what holds: '
    """
    if c.amendment:
        return (
            "is false as it is worded; what holds: ",
            *sentence(c.amendment, c.text.amended_tex),
        )
    if c.outcome is Outcome.REFUTED:
        return (f"is refuted: {c.counterexample or c.worst_at}",)
    told = f": {c.values[0][0]} {c.values[0][1]}" if c.values and not c.text.proof else ""
    return (f"{c.outcome.value if c.outcome is Outcome.HOLDS else f'is {c.outcome.value}'}{told}",)


def _said(c: Certificate) -> list[Block]:
    """The words under test, and the form that they were given, where it is not what holds."""
    blocks: list[Block] = []
    if c.text.said:
        blocks.append(Paragraph((f"The summary says: “{c.text.said}”",)))
    if c.amendment:
        stated = sentence(c.text.stated, c.text.stated_tex)
        instead: Line = (". Instead: ", *sentence(c.amendment, c.text.amended_tex))
        known = c.text.amended_tex and c.text.amended_tex in c.text.statement  # said already
        blocks.append(Paragraph(("As stated: ", *stated, *(() if known else instead), ".")))
    if c.counterexample:
        blocks.append(Paragraph((f"Against it: {c.counterexample}.",)))
    return blocks


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
    return [Section(HYPOTHESES, title, 1, (Paragraph(said), Facts(rows)), appendix=True)]


HYPOTHESES = "hypotheses"  # the anchor of that section


def _without_name(hypothesis: Assumption) -> Line:
    return sentence(str(replace(hypothesis, name="")), hypothesis.tex)


def claim_section(c: Certificate, ledger: Ledger) -> Section:
    """What a claim says, why, under which hypotheses; the particulars beside it."""
    rows = {each.claim: each for each in ledger.certificates}
    blocks: list[Block] = [Paragraph(prose(c.text.statement), "statement"), *_said(c)]
    if c.text.proof:
        blocks.append(_proof(c))
    used = [h.name for h in c.under if h.name and h not in _above(c, rows)]
    if used:
        names: Line = (f"Under: {', '.join(used)} (", Ref(HYPOTHESES, "in full"), ").")
        blocks.append(Paragraph(names, "under"))
    time = ("run time", (f"{c.seconds:.2f} s",))
    blocks.append(Details(_facts(c, rows), (time, *_inherited(c, rows), *_rejected(c))))
    if c.budget is not None:
        blocks += _budget(c.budget)
    blocks += [Figure(data) for data in figures_of(c.claim, ledger)]
    title: Line = (shortened(f"{c.claim}: {c.text.title}", NAME),)
    return Section(claim_anchor(c.claim), title, 2, tuple(blocks), _head(c))


def _head(c: Certificate) -> Head:
    note = c.worth if c.outcome is Outcome.HOLDS else f"{c.outcome.value}, {c.worth}"
    return Head(
        _word(c), shortened(short_label(c.claim), NAME), shortened(c.text.title, NAME),
        shortened(note, NAME), c.outcome.value, c.evidence.value,
    )  # fmt: skip


def _word(c: Certificate) -> str:
    if c.text.said:
        return "Sentence"
    if c.outcome in (Outcome.REFUTED, Outcome.OPEN):
        return "Conjecture"
    words = {
        Evidence.PROVED: "Theorem",
        Evidence.CERTIFIED: "Computation",
        Evidence.SAMPLED: "Experiment",
        Evidence.CITED: "Assumption",
    }
    return words.get(c.own or c.evidence, "Measurement")


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
        Step(sentence(s.words), sentence(s.rule), formula(s.lhs), formula(s.rhs), _common(s))
        for s in c.text.proof
    ]
    k = c.text.proof_k
    heading = f"Proof, as written for k = {k}" if k else "Proof, for every k"
    return Proof(heading, tuple(steps))


def _common(step: ProofStep) -> Line:
    """What the two methods of a step share."""
    return with_code(f" Both methods use {', '.join(step.shares)}.") if step.shares else ()


def _facts(c: Certificate, ledger: Mapping[str, Certificate]) -> tuple[tuple[str, Line], ...]:
    facts: list[tuple[str, Line]] = [("stated in", (c.text.source,))]
    if c.own is not None and c.own is not c.evidence:
        facts.append(("its own check", (f"{c.own_worth}, apart from what it rests on",)))
    facts.append(("scope", (str(c.scope) or c.domain,)))
    if c.own in UNBOUNDED:
        facts.append(("error budget", (f"none: {c.own.value} means {MEANING[c.own]}",)))
    facts.append(("worst margin", (c.margin,)))
    if c.worst_at:
        facts.append(("worst at", (c.worst_at,)))
    if c.text.depends:
        refs: list[Ref | str] = []
        for label in c.text.depends:
            known = label in ledger
            refs += [", ", Ref(claim_anchor(label), label) if known else label]
        facts.append(("rests on", tuple(refs[1:])))
    facts += [("hypothesis", sentence(words)) for words in c.hypotheses]
    facts += _unnamed(c, ledger)
    facts += [("method", with_code(words)) for words in c.text.methods]
    if c.text.methods and (common := _shared(c)):
        facts.append(("in common", with_code(common)))
    facts += [(shortened(name, LABEL), (value,)) for name, value in c.values]
    facts.append((AGAIN, (Code(c.provenance.command),)))
    if c.provenance.seed is not None:
        facts.append(("seed", (str(c.provenance.seed),)))
    facts.append(("sha256", (Code(digest(c)[:HASHED]),)))
    return tuple(facts)


def _rejected(c: Certificate) -> tuple[tuple[str, Line], ...]:
    texts = c.text.mutants_tex or ("",) * len(c.text.mutants)
    return tuple(
        ("must reject", sentence(words, tex))
        for words, tex in zip(c.text.mutants, texts, strict=False)
    )


def _unnamed(c: Certificate, ledger: Mapping[str, Certificate]) -> list[tuple[str, Line]]:
    """The hypotheses of a claim's own proof that have no name."""
    above = _above(c, ledger)
    own = [h for h in c.under if h not in above and not h.name]
    return [("hypothesis", _without_name(h)) for h in own]


def _inherited(c: Certificate, ledger: Mapping[str, Certificate]) -> tuple[tuple[str, Line], ...]:
    """By name the hypotheses of what it rests on."""
    above = _above(c, ledger)
    names = ", ".join(h.name or "unnamed" for h in c.under if h in above)
    if not names:
        return ()
    return (("through what it rests on", (f"{names} (", Ref(HYPOTHESES, "in full"), ")")),)


def _above(c: Certificate, ledger: Mapping[str, Certificate]) -> set[Assumption]:
    return {h for label in c.text.depends if label in ledger for h in ledger[label].under}


def _shared(c: Certificate) -> str:
    """The code that two methods have in common, of each step where there are steps."""
    return "; ".join(_modules((*c.text.shares, *(n for step in c.text.proof for n in step.shares))))


def _modules(names: Iterable[str]) -> list[str]:
    """Where the code is: room and module; the ledger has each function by name."""
    found = (name if " " in name else ".".join(name.split(".")[:2]) for name in names)
    return list(dict.fromkeys(found))


def versions(source: Provenance) -> str:
    """What a result was made with."""
    return ", ".join(f"{name} {version}" for name, version in
                     (("overspec", source.version), *source.libraries))  # fmt: skip
