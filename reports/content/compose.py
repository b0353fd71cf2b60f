"""A ledger as a document: which section says what. Every number comes from the ledger."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from overspec.evidence import Certificate, Evidence, Outcome, listed
from overspec.reports.content.chapters import SURPRISES, Chapter, chapters
from overspec.reports.content.claims import (
    MEANING,
    NAME,
    assumed,
    claim_anchor,
    claim_section,
    figures_of,
    result,
    versions,
)
from overspec.reports.content.coverage import coverage_section
from overspec.reports.content.diff import changes
from overspec.reports.content.document import (
    AGAIN,
    Block,
    Code,
    Document,
    Facts,
    Figure,
    Graph,
    Line,
    Node,
    Paragraph,
    Ref,
    Section,
    Span,
    Table,
    formula,
    prose,
    short_label,
    shortened,
)
from overspec.reports.content.format import at_most, positive, quantity_text
from overspec.reports.content.summary import closing_sentence, not_shown, verb
from overspec.verify.claims.ledger import Ledger, WeightCondition
from overspec.verify.claims.profile import Portrait

CELL = 12  # characters of a narrow cell

MODEL = prose(
    r"The model: $k$ Gaussian components in $\mathbf{R}^d$ with unit covariance, fixed weights "
    r"$\pi_0,\dots,\pi_{k-1}>0$ and tied means $\mu_j=R^j\theta$, where $R$ is orthogonal with "
    r"$R^k=I$. The data follow $N(0,I_d)$, so the true parameter is $\theta^*=0$. On the "
    r"frequency-$m$ block of $R$ the parameter has amplitude $a_m$, and "
    r"$\hat\pi_m=\sum_j\pi_j e^{2\pi i mj/k}$. $A=\sum_j\pi_jR^j$, $L(\theta)$ is the "
    r"Kullback--Leibler divergence from the data to the model, $M$ is the EM operator, "
    r"$g_m=E|\hat w_m|^2$ with the responsibilities $w_j$, and $\sigma=\min_m|\hat\pi_m|^2$."
)


def compose(ledger: Ledger, old: Ledger | None = None) -> Document:
    """The report on a ledger; with an older one, also what changed since."""
    parts = chapters(ledger.certificates)
    sections = [
        _result(parts, ledger),
        *([] if old is None else [_changes(old, ledger)]),
        _reading(),
        *_conditions(ledger.conditions),
        *_mixtures(ledger.mixtures),
        *(section for chapter, own in parts for section in _chapter(chapter, own, ledger)),
        *_other_figures(ledger),
        *coverage_section(ledger),
        *assumed(ledger),
        *_dependencies(ledger),
        _provenance(ledger),
    ]
    return Document(
        "EM on overspecified Gaussian mixtures: what was claimed and what holds",
        shortened(ledger.owner or f"overspec {ledger.certificates[0].provenance.version}", NAME),
        shortened(ledger.made, CELL),
        _abstract(ledger),
        tuple(sections),
    )


#: What was done for a claim whose own check has that evidence.
DONE = {
    Evidence.PROVED: "identities are proved step by step, each step by two methods",
    Evidence.CERTIFIED: "numbers are enclosed, every error bounded",
    Evidence.MEASURED: "numbers are measured with their errors",
    Evidence.SAMPLED: "samples are drawn",
}


def _subject(ledger: Ledger) -> str:
    """What this is about, and what was done for the claims of this ledger."""
    own = {c.own or c.evidence for c in ledger.certificates}
    done = [words for level, words in DONE.items() if level in own]
    if all(c.text.mutants for c in ledger.certificates):
        done.append("every check has to reject false variants of what it accepts")
    about = (
        "What is said of EM for k Gaussian components with tied means, fitted to data from one "
        "Gaussian, is put to the test"
    )
    return f"{about}{': ' if done else ''}{'; '.join(done)}. "


def _abstract(ledger: Ledger) -> tuple[Line, ...]:
    """How the claims came out, and what is found of the few that surprise most."""
    known = {c.claim: c for c in ledger.certificates}
    told: list[Line] = []
    for label in SURPRISES:
        if label in known:
            c = known[label]
            title = f" (“{shortened(c.text.title, NAME)}”) "
            told.append((Ref(claim_anchor(label), label), title, *result(c), "."))
    return ((_subject(ledger), closing_sentence(ledger)), *told)


def _result(parts: list[tuple[Chapter, list[Certificate]]], ledger: Ledger) -> Section:
    rows = []
    for chapter, own in parts:
        leads = [c for c in own if c.claim in chapter.lead] or own[:1]
        for c in leads:
            rows.append(
                (
                    (Ref(chapter.anchor, chapter.title),) if c is leads[0] else (),
                    (Ref(claim_anchor(c.claim), short_label(c.claim)),),
                    (shortened(c.text.title, NAME),),
                    (c.outcome.value,),
                    (shortened(c.worth, NAME),),
                    (_counts(own),) if c is leads[0] else (),
                )
            )
    columns = ("section", "claim", "what it says", "outcome", "evidence", "in all")
    table = Table(columns, tuple(rows), (20, 0, 27, 0, 20, 9))
    return Section("result", ("Results",), 1, (table, _limits(ledger)))


def _counts(own: list[Certificate]) -> str:
    counts = Counter(c.outcome for c in own)
    return ", ".join(f"{count} {verb(outcome, count)}" for outcome, count in counts.items())


def _chapter(chapter: Chapter, own: list[Certificate], ledger: Ledger) -> list[Section]:
    top = Section(chapter.anchor, (chapter.title,), 1, ())
    return [top, *(claim_section(c, ledger) for c in own)]


def _changes(old: Ledger, new: Ledger) -> Section:
    rows: tuple[tuple[Line, ...], ...] = tuple(
        ((Code(c.subject),), (c.what,), (c.before or "–",), (c.after or "–",))
        for c in changes(old, new)
    )
    words = f"Against the ledger of {old.made}." if old.made else "Against the older ledger."
    if not rows:
        return Section("changes", ("What changed",), 1, (Paragraph((f"{words} Nothing did.",)),))
    table = Table(("subject", "what", "before", "now"), rows, (0, 18, 30, 30))
    return Section("changes", ("What changed",), 1, (Paragraph((words,)), table))


def _reading() -> Section:
    levels = (f"{level.value}, {meaning}" for level, meaning in MEANING.items())
    blocks = (
        Paragraph(MODEL),
        Paragraph(
            (
                f"The evidence of a claim is the weakest of all that it rests on: "
                f"{'; '.join(levels)}. "
                "Amended means false as stated, with the true form beside it. The worst margin is "
                "the smallest slack among the checked inequalities, rounded down; exact means that "
                "nothing was rounded. Proved and certified numbers are exact or intervals rounded "
                "outward; measured ones carry their error estimate, in units of the last digit, in "
                "parentheses.",
            )
        ),
    )
    return Section("reading", ("The model, and how to read what follows",), 1, blocks)


def _limits(ledger: Ledger) -> Paragraph:
    return Paragraph(("What this does not show. " + " ".join(not_shown(ledger)),), "limits")


def status(certificate: Certificate) -> str:
    """How far a claim is established: a key of `drawing.STATUS`."""
    strong = (Evidence.PROVED, Evidence.CERTIFIED)
    if certificate.outcome is Outcome.REFUTED:
        return "refuted"
    if certificate.outcome not in (Outcome.HOLDS, Outcome.AMENDED):
        return "stated"
    if certificate.evidence in strong:
        return "under" if certificate.under else "fully"
    return "proved" if certificate.own in strong else "supported"


def _dependencies(ledger: Ledger) -> list[Section]:
    labels = {c.claim for c in ledger.certificates}
    parents = {
        c.claim: [parent for parent in c.text.depends if parent in labels]
        for c in ledger.certificates
    }
    nodes = tuple(
        Node(
            c.claim,
            claim_anchor(c.claim),
            status(c),
            _nearest(c, parents),
        )
        for c in ledger.certificates
    )
    if not any(node.depends for node in nodes):
        return []
    caption = (
        "An arrow leads from a claim to each claim that rests on it; where a longer way says it "
        "too, it is left out."
    )
    graph = Graph(nodes, caption)
    return [Section("graph", ("What rests on what",), 1, (graph,), appendix=True)]


def _nearest(c: Certificate, parents: dict[str, list[str]]) -> tuple[str, ...]:
    """What a claim rests on without what the others of these rest on."""
    farther: set[str] = set()
    queue = [label for parent in parents[c.claim] for label in parents[parent]]
    while queue:
        label = queue.pop()
        if label not in farther:
            farther.add(label)
            queue += parents[label]
    return tuple(label for label in parents[c.claim] if label not in farther)


def _mixtures(portraits: tuple[Portrait, ...]) -> list[Section]:
    if not portraits:
        return []
    top = Section("mixtures", ("The mixtures asked for",), 1, ())
    return [top, *(_portrait(number, p) for number, p in enumerate(portraits, start=1))]


def _portrait(number: int, found: Portrait) -> Section:
    rows = tuple(
        (
            (str(e.frequency),),
            (str(e.multiplicity),),
            (formula(e.exact),),
            (positive(e.value) if e.holds else "0",),
            ("holds" if e.holds else "fails",),
        )
        for e in found.eigenvalues
    )
    table = Table(
        ("m", "times", "eigenvalue |π̂_m|²", "as decimals", "condition"), rows, (0, 0, 40, 0, 0)
    )
    verdict = (
        "EM converges exponentially from every start: no π̂_m is 0."
        if found.invertible
        else "EM is sublinear from a start with energy in every block: some π̂_m is 0."
    )
    facts: list[tuple[str, Line]] = [
        ("weights", (found.weights,)),
        ("k, d", (f"{found.k}, {found.d}",)),
        ("local factor of |θ| per step", (quantity_text(found.rate),)),
    ]
    if found.law is not None:
        facts.append(("t²·KL tends to", (quantity_text(found.law),)))
    if found.radius_bound is not None:
        facts.append(
            (f"γ for c = {found.gap}, at least by B and Ba", (quantity_text(found.radius_bound),))
        )
        if found.radius is not None:
            least = replace(found.radius_bound, high=found.radius_bound.low)
            _, estimate = at_most(least, found.radius)  # a bound above the estimate is a defect
            facts.append((f"γ for c = {found.gap}, simplex, by search", (estimate,)))
    facts.append((AGAIN, (Code(found.provenance.command),)))
    blocks: list[Block] = [Paragraph((verdict,)), table, Facts(tuple(facts))]
    return Section(f"mixture-{number}", (shortened(found.name, NAME),), 2, tuple(blocks))


def _conditions(conditions: tuple[WeightCondition, ...]) -> list[Section]:
    if not conditions:
        return []
    intro = Paragraph(
        prose(
            r"$A$ is invertible if and only if every condition for its $k$ holds. They are derived "
            r"for the regular simplex, where every frequency $1,\dots,\lfloor k/2\rfloor$ occurs."
        )
    )
    blocks: list[Block] = [intro]
    for k in dict.fromkeys(c.k for c in conditions):
        own: list[Span] = []
        for c in conditions:
            own += ["; ", formula(c.tex)] if c.k == k else []
        blocks.append(Paragraph((f"For k = {k}: ", *own[1:], ".")))
    return [Section("conditions", ("The condition on the weights",), 1, tuple(blocks))]


def _other_figures(ledger: Ledger) -> list[Section]:
    shown = {data.id for c in ledger.certificates for data in figures_of(c.claim, ledger)}
    rest = tuple(Figure(data) for data in ledger.figures if data.id not in shown)
    return [Section("figures", ("More figures",), 1, rest)] if rest else []


AS_STATED = (
    "outcomes, margins and values are as the ledger states them; hashes, copies and the evidence "
    "along what rests on what are compared; the command of each claim computes it again"
)


def _provenance(ledger: Ledger) -> Section:
    made = [versions(c.provenance) for c in ledger.certificates]
    facts: list[tuple[str, Line]] = [("made with", (words,)) for words in dict.fromkeys(made)]
    if ledger.ks:
        facts.append(("asked for", (f"k = {listed(ledger.ks)}",)))
    if ledger.made:
        facts.append(("checked on", (ledger.made,)))
    facts.append(("numbers", (AS_STATED,)))
    facts += [(f"figure {data.id}", (Code(data.provenance.command),)) for data in ledger.figures]
    title: Line = ("Provenance",)
    return Section("provenance", title, 1, (Facts(tuple(facts)),), appendix=True)
