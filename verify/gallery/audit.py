"""Run an entry: what was published, what is true and the verdict, as a result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from overspec.decimals import Number, ends_in_text, rounded_down, rounded_up
from overspec.errors import InputTypeError
from overspec.results.result import Facts, Part, Result, Table
from overspec.verify.gallery.entry import Entry, Parameter, Statement, plain
from overspec.verify.gallery.verdict import Finding, Known, shown

#: Told before each statement: how many are done, how many there are, and which comes next.
OnProgress = Callable[[int, int, str], None]

DIGITS = 12  # of an enclosure that is shown; the JSON has all
COLUMNS = ("arXiv", "what is claimed", "published", "true", "verdict")


@dataclass(frozen=True, repr=False)
class Audit(Result):
    """One entry with its findings.

    Attributes:
        entry: the paper and its statements.
        at: the parameters, exactly.
        findings: one a statement, in order; none where nothing was run.
    """

    entry: Entry
    at: Mapping[str, Fraction]
    findings: tuple[Finding, ...]

    @property
    def rows(self) -> tuple[tuple[Statement, Finding], ...]:
        """Each statement with its finding; none where nothing was run."""
        if not self.findings:
            return ()
        return tuple(zip(self.entry.statements, self.findings, strict=True))

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what ``overspec gallery PAPER --json`` prints."""
        return {"entries": [self.plain()]}

    def plain(self) -> dict[str, Any]:
        """One item of the above."""
        entry = self.entry
        findings = self.findings or (None,) * len(entry.statements)
        return {
            "arxiv": entry.arxiv,
            "name": entry.name,
            "authors": entry.authors,
            "year": entry.year,
            "title": entry.title,
            "setting": entry.setting,
            "parameters": {name: plain(value) for name, value in self.at.items()},
            "statements": [
                {
                    "label": statement.label,
                    "words": statement.words,
                    "known": statement.known.value,
                    "source": statement.source,
                    "finding": None if finding is None else _plain(finding, statement.known),
                }
                for statement, finding in zip(entry.statements, findings, strict=True)
            ],
        }

    def headline(self) -> str:
        """The paper and its verdicts."""
        words = "; ".join(f.verdict.words(s.known) for s, f in self.rows)
        return f"{self.entry.arxiv}: {words or 'not run'}"

    def parts(self) -> Iterator[Part]:
        """The paper, then each statement with what was found."""
        entry = self.entry
        place = f"arXiv {entry.arxiv}" if entry.arxiv[:1].isdigit() else entry.arxiv
        yield f"{entry.authors} ({entry.year}), {entry.title}, {place}"
        yield entry.setting
        if entry.parameters:
            yield Facts.of([(p.name, _parameter(p, self.at[p.name])) for p in entry.parameters])
        for statement, finding in self.rows:
            facts = [
                ("claim", f"{statement.label}: {statement.words}"),
                ("known", f"{statement.known.value} ({statement.source})"),
                ("verdict", finding.verdict.words(statement.known)),
            ]
            if finding.verdict.counterexample and finding.verdict.condition:
                facts.append(("fails for", finding.verdict.counterexample))
            facts.append(("of", finding.of))
            facts += [("published", shown(finding.published))] if finding.published else []
            facts += [("true", interval(finding.true))] if finding.true else []
            facts += [("also", note) for note in finding.notes]
            yield ""
            yield Facts.of(facts)

    def records(self) -> list[dict[str, Any]]:
        """One row a statement; ends of enclosures as floats."""
        if not self.findings:
            return [{"arxiv": self.entry.arxiv, "label": s.label} for s in self.entry.statements]
        return [
            {
                "arxiv": self.entry.arxiv,
                "name": self.entry.name,
                "label": statement.label,
                "known": statement.known.value,
                "kind": finding.verdict.kind.value,
                "verdict": finding.verdict.words(statement.known),
                "published": _middle(finding.published),
                "lower": None if finding.true is None else float(finding.true.lower),
                "upper": None if finding.true is None else float(finding.true.upper),
            }
            for statement, finding in self.rows
        ]


@dataclass(frozen=True, repr=False)
class Gallery(Result):
    """Several entries, run or not."""

    audits: tuple[Audit, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what ``overspec gallery --json`` prints."""
        return {"entries": [audit.plain() for audit in self.audits]}

    def headline(self) -> str:
        """How many."""
        statements = sum(len(audit.entry.statements) for audit in self.audits)
        return f"{len(self.audits)} papers, {statements} statements"

    def parts(self) -> Iterator[Part]:
        """One table: a row a statement."""
        if not all(audit.findings for audit in self.audits):
            rows = (
                (a.entry.arxiv, f"{a.entry.authors} ({a.entry.year})", s.label, _short(s.known))
                for a in self.audits
                for s in a.entry.statements
            )
            yield Table(("arXiv", "paper", "what is claimed", "wording"), tuple(rows))
            return
        yield Table(COLUMNS, tuple(row for audit in self.audits for row in table_rows(audit)))

    def records(self) -> list[dict[str, Any]]:
        """The rows of all."""
        return [row for audit in self.audits for row in audit.records()]


def table_rows(audit: Audit) -> list[tuple[str, str, str, str, str]]:
    """The cells of `COLUMNS`, a row a statement."""
    return [
        (
            audit.entry.arxiv,
            statement.label,
            "" if finding.published is None else shown(finding.published),
            "" if finding.true is None else shown(finding.true),
            finding.verdict.words(statement.known),
        )
        for statement, finding in audit.rows
    ]


def _parameter(parameter: Parameter, value: Fraction) -> str:
    """The value, what it is, and its range."""
    ends = f"{plain(parameter.low)} to {plain(parameter.high)}"
    return f"{plain(value)}  ({parameter.words}; {ends})"


def _short(known: Known) -> str:
    return {Known.QUOTED: "quoted", Known.RESTATED: "from memory", Known.OWN: "own"}[known]


def _plain(finding: Finding, known: Known) -> dict[str, Any]:
    verdict = finding.verdict
    return {
        "of": finding.of,
        "published": _ends(finding.published),
        "true": _ends(finding.true),
        "kind": verdict.kind.value,
        "verdict": verdict.words(known),
        "factor": _ends(verdict.factor),
        "condition": verdict.condition or None,
        "counterexample": verdict.counterexample or None,
        "notes": list(finding.notes),
    }


def _ends(found: Number | None) -> list[str] | None:
    return None if found is None else ends_in_text(found)


def _middle(found: Number | None) -> float | None:
    return None if found is None else float(found.value)


def interval(found: Number) -> str:
    """Both ends in twelve digits, rounded outward."""
    if not found.error:
        return shown(found)
    return f"[{rounded_down(found.lower, DIGITS)}, {rounded_up(found.upper, DIGITS)}]"


def audit(
    entry: Entry, given: Mapping[str, object], on_progress: OnProgress | None = None
) -> Audit:
    """Check every statement of an entry.

    Raises:
        InputError: a parameter that the entry does not have, or a value out of its range.
    """
    at = of_type(entry).read(given)
    findings = []
    for done, statement in enumerate(entry.statements):
        if on_progress is not None:
            on_progress(done, len(entry.statements), f"{entry.arxiv} {statement.label}")
        found = statement.check(at, statement.published)
        if not isinstance(found, Finding):
            raise InputTypeError(
                f"the check of {statement.label!r} gave {found!r}; let it return a Finding"
            )
        findings.append(found)
    return Audit(entry, at, tuple(findings))


def of_type(entry: object) -> Entry:
    """The entry, unless it is none.

    Raises:
        InputTypeError: something else.
    """
    if not isinstance(entry, Entry):
        raise InputTypeError(f"{entry!r}: give an Entry, or the identifier or name of a paper")
    return entry


def unrun(entry: Entry) -> Audit:
    """An entry with its defaults, nothing checked."""
    return Audit(entry, entry.read({}), ())


def survivors(entry: Entry, given: Mapping[str, object] | None = None) -> tuple[str, ...]:
    """The mutants that the entry's own checks accept, and what they must accept and do not.

    None is as it should be: each check rejects every mutant of its statement, and accepts the
    statement or, where that does not hold as it stands, its amended form.
    """
    at = of_type(entry).read(given or {})
    wrong: list[str] = []
    for statement in entry.statements:
        wrong += _wrong(statement, at)
    return tuple(wrong)


def _wrong(statement: Statement, at: Mapping[str, Fraction]) -> Sequence[str]:
    wrong = []
    for mutant in statement.mutants:
        if statement.check({**at, **dict(mutant.at)}, mutant.published).verdict.accepts:
            wrong.append(f"{statement.label}: the mutant {mutant.words!r} is accepted")
    words, published = statement.amended or ("as it stands", statement.published)
    if not statement.check(at, published).verdict.accepts:
        wrong.append(f"{statement.label}: {words} is not accepted")
    return wrong
