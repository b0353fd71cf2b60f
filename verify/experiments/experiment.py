"""What an experiment is: a claim whose measurement is a run, with a table and figures to show.

An experiment predicts, measures once and judges many times, as `claims.claim` does: the prediction
that is stated, the amended one where there is one, and mutants, which the same test must reject.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from overspec import __version__
from overspec.evidence import Certificate, Outcome, Provenance
from overspec.figure import FigureData
from overspec.verify.claims.claim import Claim, Finding, Form, Scope, examine
from overspec.verify.claims.run import LIBRARIES, claim_text

Progress = Callable[[str, int, int], None]  # (part in work, parts done, parts in all)


def silent(part: str, done: int, total: int) -> None:
    """Reports no progress."""


@dataclass(frozen=True)
class Settings:
    """How much is computed, and the seed of all that is random."""

    quick: bool = False
    seed: int = 0


@dataclass(frozen=True)
class Table:
    """Cells as text; a measured number says its uncertainty.

    Raises:
        ValueError: a row of another length, or two columns of one name.

    >>> Table(("k", "radius"), (("3", "1.036 ± 0.002"),)).columns
    ('k', 'radius')
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if len(set(self.columns)) != len(self.columns):
            raise ValueError(f"two columns of one name among {self.columns}")
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"{len(row)} cells for {len(self.columns)} columns: {row}")


@dataclass(frozen=True)
class Experiment:
    """A prediction with its test, and how to show what was measured.

    Attributes:
        name: what the command line calls it, and the label of its claim in the ledger.
        title: one line.
        statement: TeX of the prediction.
        source: where the prediction is derived or stated.
        domain: what is run, in words.
        stated, mutants, amended: predictions; ``words`` for the text, ``payload`` for the judge.
        measure: runs it; every random number comes from ``settings.seed``. Mixtures in the result
            tell the ledger which k, d and π were covered.
        judge: tests the payload of one prediction on the measurement, by intervals.
        table: the numbers for a reader, the same for the same settings.
        figures: the first has the experiment's name as its id, and the others start with it.
        remarks: what was measured and seen, in sentences; a line each.
        times: numbers of this machine and run, such as seconds, kept apart from the rest.
        said: the words of the document under test; empty when there are none.
        expected: the outcome we expect.
        peer: whether it compares with scikit-learn.
    """

    name: str
    title: str
    statement: str
    source: str
    domain: str
    stated: Form
    mutants: tuple[Form, ...]
    measure: Callable[[Settings, Progress], Any]
    judge: Callable[[Any, Any], Finding]
    table: Callable[[Any], Table]
    figures: Callable[[Any, Provenance], tuple[FigureData, ...]]
    remarks: Callable[[Any], str]
    times: Callable[[Any], Table] | None = None
    amended: Form | None = None
    said: str = ""
    expected: Outcome = Outcome.HOLDS
    peer: bool = False

    def claim(self, measured: Any) -> Claim:
        """The claim that this measurement decides."""
        return Claim(
            id=self.name,
            title=self.title,
            statement=self.statement,
            source=self.source,
            depends=(),
            measure=lambda scope: measured,
            judge=self.judge,
            stated=self.stated,
            mutants=self.mutants,
            amended=self.amended,
            said=self.said,
            expected=self.expected,
        )


@dataclass(frozen=True)
class ExperimentResult:
    """A finished experiment as it is kept: all that its files and the ledger need."""

    certificate: Certificate
    table: Table
    figures: tuple[FigureData, ...]
    remarks: str
    times: Table | None


def run(
    experiment: Experiment, settings: Settings, progress: Progress = silent
) -> ExperimentResult:
    """Measure, and judge every prediction (`claim.examine`)."""
    start = time.perf_counter()
    origin = provenance(experiment.name, settings)
    measured = experiment.measure(settings, progress)
    claim = experiment.claim(measured)
    certificate = examine(claim, Scope((), settings.quick), origin)
    certificate = replace(
        certificate,
        text=claim_text(claim, experiment.measure),
        domain=experiment.domain,
        seconds=round(time.perf_counter() - start, 2),
    )
    return ExperimentResult(
        certificate,
        experiment.table(measured),
        experiment.figures(measured, origin),
        experiment.remarks(measured),
        experiment.times(measured) if experiment.times else None,
    )


def provenance(name: str, settings: Settings) -> Provenance:
    """The command that gives the same table again, the libraries and the seed."""
    quick = " --quick" if settings.quick else ""
    return Provenance(
        f"overspec experiment {name}{quick} --seed {settings.seed}",
        __version__,
        (("python", platform.python_version()), *libraries()),
        settings.seed,
    )


def libraries() -> tuple[tuple[str, str], ...]:
    """Names and versions of the installed ones that results may depend on."""
    found = []
    for name in (*LIBRARIES, "scikit-learn"):
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return tuple(found)
