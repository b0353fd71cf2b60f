"""``ov.lloyd``: the regular simplex as a fixed point of Lloyd's algorithm on N(0, I)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from overspec.decimals import decimal_interval
from overspec.evidence import Evidence
from overspec.exact import flag, whole
from overspec.results.result import Facts, Part, Result
from overspec.results.text import decimal_text

if TYPE_CHECKING:
    from overspec.decimals import Number
    from overspec.verify.enclosures.ball import Inconclusive
    from overspec.verify.lloyd.stability import Mode


@dataclass(frozen=True, repr=False)
class LloydResult(Result):
    """R₀ and the spectrum of a Lloyd step around it.

    Attributes:
        k: centres.
        digits: what was asked for.
        r0: the radius at which every vertex is the centroid of its own Voronoi cell, enclosed.
        closed_form: as text, for k ≤ 5; else None.
        modes: the eigenvalues with multiplicities; empty beyond k = 40.
        evidence: CERTIFIED, and MEASURED where only decimals of the centres are to be shown.
    """

    k: int
    digits: int
    r0: Number | Inconclusive
    closed_form: str | None
    modes: tuple[Mode, ...]
    evidence: Evidence

    @property
    def conclusive(self) -> bool:
        """Whether every number is enclosed."""
        return all(hasattr(value, "budget") for value in (self.r0, *(m.value for m in self.modes)))

    def number(self, value: Any) -> Any:
        """``[low, high]`` where certified, else a decimal."""
        certified = self.evidence is Evidence.CERTIFIED
        if not hasattr(value, "budget"):
            return None if certified else "nan"
        if certified:
            return decimal_interval(value.lower, value.upper)
        return decimal_text(value.value, value.error, self.digits)

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what ``overspec lloyd --json`` prints."""
        return {
            "k": self.k,
            "r0": self.number(self.r0),
            "closed_form": self.closed_form,
            "eigenvalues": [
                {"mode": m.name, "multiplicity": m.multiplicity, "value": self.number(m.value)}
                for m in self.modes
            ]
            or None,
            "evidence": self.evidence.value,
            "digits": self.digits,
        }

    def headline(self) -> str:
        """R₀."""
        return f"R0({self.k}) = {self.number(self.r0)}, {self.evidence.value}"

    def parts(self) -> Iterator[Part]:
        """One list of facts."""
        from overspec.verify.enclosures.evaluate import shown
        from overspec.verify.lloyd.stability import MAX_K

        show = shown if self.evidence is Evidence.CERTIFIED else self.number
        yield Facts.of(
            [
                ("r0", show(self.r0)),
                ("closed form", self.closed_form or "none known"),
                *((f"eigenvalue {m.name} (x{m.multiplicity})", show(m.value)) for m in self.modes),
                *([] if self.modes else [("eigenvalues", f"certified up to k = {MAX_K}")]),
                ("evidence", self.evidence.value),
            ]
        )

    def records(self) -> list[dict[str, Any]]:
        """One row a number: quantity, value, error (half the width), multiplicity."""
        rows = [("r0", self.r0, 1), *((m.name, m.value, m.multiplicity) for m in self.modes)]
        return [
            {
                "quantity": name,
                "value": float(getattr(value, "centre", "nan")),
                "error": float(getattr(value, "radius", "inf")),
                "multiplicity": count,
            }
            for name, value, count in rows
        ]


def lloyd(k: int, digits: int = 15, *, certify: bool = False) -> LloydResult:
    """R₀(k) and the eigenvalues of the Lloyd map's Jacobian there (math.md K1, K2).

    Args:
        k: centres in dimension k − 1; eigenvalues to k = 40.
        digits: decimal digits.
        certify: whether to show the enclosures; the numbers are enclosed in any case.

    Raises:
        InputError: k or digits out of range.

    >>> lloyd(3)
    <LloydResult: R0(3) = 1.036482448414006, measured>
    >>> [m.name for m in lloyd(3).modes]
    ['scaling', 'vertex+', 'vertex-', 'rotation']
    """
    from overspec.verify.lloyd import stability
    from overspec.verify.lloyd.radius import CLOSED_FORMS, r0

    k, digits = whole(k, "k", "use k >= 2"), whole(digits, "digits")
    certify = flag(certify, "certify")
    return LloydResult(
        k,
        digits,
        r0(k, digits + 1),
        CLOSED_FORMS.get(k),
        stability.eigenvalues(k, digits + 1) if k <= stability.MAX_K else (),
        Evidence.CERTIFIED if certify else Evidence.MEASURED,
    )
