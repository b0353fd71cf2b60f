"""``ov.check``: a certificate file, proved again by independent code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from overspec.errors import InputError
from overspec.exact import whole
from overspec.results.result import Facts, Part, Result

BUDGET = 20  # of a check, in 10^9 operations


@dataclass(frozen=True, repr=False)
class CheckResult(Result):
    """What the checker says of a certificate.

    Attributes:
        path: the file.
        status: ``proved again``, ``consistent``, ``false``, ``not decided`` or ``unreadable``.
        reason: why.
        statement: what is proved, or consistent, in words, as derived from the file's inputs; of a
            file that is not decided what it is proved of.
        epsilon: to how much it is consistent, where it is not proved.
    """

    path: Path
    status: str
    reason: str
    statement: tuple[str, ...] = ()
    epsilon: float | None = None

    @property
    def valid(self) -> bool:
        """Whether the certificate was proved again."""
        return self.status == "proved again"

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what ``overspec check --json`` prints."""
        return {
            "valid": self.valid,
            "status": self.status,
            "reason": self.reason,
            "statement": list(self.statement),
            "epsilon": self.epsilon,
        }

    def headline(self) -> str:
        """Status and reason."""
        return f"{self.path}: {self.status}: {self.reason}"

    def parts(self) -> Iterator[Part]:
        """The status, and the statement line by line."""
        facts: list[tuple[str, object]] = [("certificate", self.path), (self.status, self.reason)]
        facts += [("statement" if n == 0 else "", line) for n, line in enumerate(self.statement)]
        yield Facts.of(facts)


def check(path: str | Path, budget: int = BUDGET) -> CheckResult:
    """Prove a certificate again, by code that shares nothing with what wrote it (`verify.check`).

    Never raises for what the file holds: that is what `CheckResult.status` says.

    Args:
        path: the file.
        budget: how much work may be done, in 10^9 operations; 20 are some minutes.

    Raises:
        InputError: a budget that is not a positive integer.

    >>> check("/dev/null").status
    'unreadable'
    """
    from overspec.verify.check.verdict import confirm_file

    if whole(budget, "budget") < 1:
        raise InputError(f"budget = {budget}: use at least 1, for 10^9 operations")
    verdict = confirm_file(path, budget * 10**9)
    epsilon = None if verdict.epsilon is None else float(verdict.epsilon)
    return CheckResult(Path(path), verdict.status, verdict.reason, verdict.statement, epsilon)
