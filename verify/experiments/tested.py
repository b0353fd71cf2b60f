"""``ov.experiment``: a prediction put to the test, as a result that shows itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from overspec.errors import InputError, InputTypeError
from overspec.exact import flag, whole
from overspec.results.result import Facts, Part, Result, Table

if TYPE_CHECKING:
    from overspec.evidence import Certificate
    from overspec.figure import FigureData
    from overspec.verify.experiments.experiment import ExperimentResult


@dataclass(frozen=True, repr=False)
class Tested(Result):
    """A finished experiment.

    Attributes:
        name: what the command line calls it.
        found: as it is kept in a folder: certificate, table, figures, remarks, times.
    """

    name: str
    found: ExperimentResult

    @property
    def certificate(self) -> Certificate:
        """The claim that it decides."""
        return self.found.certificate

    @property
    def figures(self) -> tuple[FigureData, ...]:
        """What there is to draw."""
        return self.found.figures

    def to_dict(self) -> dict[str, Any]:
        """Plain data: an entry of what ``overspec experiment --json`` prints."""
        c, table = self.certificate, self.found.table
        return {
            "name": self.name,
            "outcome": c.outcome.value,
            "expected": c.text.expected.value,
            "evidence": c.evidence.value,
            "margin": c.margin,
            "worst_at": c.worst_at,
            "seconds": c.seconds,
            "command": c.provenance.command,
            "table": [list(row) for row in (table.columns, *table.rows)],
        }

    def headline(self) -> str:
        """Its title, and what came out."""
        c = self.certificate
        return f"{self.name}, {c.text.title}: {c.outcome.value}, {c.worth}"

    def parts(self) -> Iterator[Part]:
        """The table, what was seen, and the verdict."""
        c = self.certificate
        yield Table(self.found.table.columns, self.found.table.rows)
        yield self.found.remarks
        told = (c.outcome.value, c.text.expected.value, c.worth, c.margin, c.worst_at)
        names = ("outcome", "expected", "evidence", "margin", "worst at")
        yield Facts.of(zip(names, told, strict=True))

    def records(self) -> list[dict[str, Any]]:
        """The rows of the table, as text."""
        table = self.found.table
        return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def experiment(
    name: str,
    quick: bool = False,
    seed: int = 0,
    on_progress: Callable[[str, int, int], None] | None = None,
) -> Tested:
    """Measure what the theory predicts, and judge by the same test what is false near it.

    Args:
        name: of ``overspec experiment --list``.
        quick: fewer and smaller cases.
        seed: of all random numbers, at least 0; the same seed gives the same table.
        on_progress: called with the part in work, parts done and parts in all.

    Returns:
        The outcome with its table and figures; nothing is written.

    Raises:
        InputError: no such experiment, or one that needs scikit-learn where it is missing.

    >>> experiment("tying", quick=True)  # doctest: +SKIP
    <Tested: tying, …: holds, measured on …>
    >>> experiment("tyng")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    overspec.errors.InputError: no experiment 'tyng'; did you mean tying? The experiments are ...
    """
    from overspec.verify.experiments import registry
    from overspec.verify.experiments.experiment import Settings, run, silent
    from overspec.verify.experiments.extra import scikit_learn

    if not isinstance(name, str):
        raise InputTypeError(f"experiment {name!r}: give a name, such as tying")
    found = registry.experiment(name)
    if found.peer:
        scikit_learn("cluster")
    settings = Settings(flag(quick, "quick"), whole(seed, "seed"))
    if settings.seed < 0:
        raise InputError(f"seed = {seed}: at least 0")
    return Tested(found.name, run(found, settings, on_progress or silent))
