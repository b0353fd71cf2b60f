"""``ov.check``: a certificate file, checked again by independent code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from overspec.results.result import Facts, Part, Result


@dataclass(frozen=True, repr=False)
class CheckResult(Result):
    """What the checker says of a certificate.

    Attributes:
        path: the file.
        status: ``valid``, ``invalid``, ``unreadable`` or ``inconclusive``.
        reason: why.
    """

    path: Path
    status: str
    reason: str

    @property
    def valid(self) -> bool:
        """Whether the certificate holds."""
        return self.status == "valid"

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what ``overspec check --json`` prints."""
        return {"valid": self.valid, "reason": self.reason}

    def headline(self) -> str:
        """Status and reason."""
        return f"{self.path}: {self.status}: {self.reason}"

    def parts(self) -> Iterator[Part]:
        """One list of facts."""
        yield Facts.of([("certificate", self.path), (self.status, self.reason)])


def check(path: str | Path) -> CheckResult:
    """Check a certificate by code that shares nothing with what wrote it (`verify.check`).

    Never raises for what the file holds: that is what `CheckResult.status` says.

    >>> check("/dev/null").status
    'unreadable'
    """
    from overspec.verify.check.verdict import confirm_file

    verdict = confirm_file(path)
    return CheckResult(Path(path), verdict.status, verdict.reason)
