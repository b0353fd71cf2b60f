"""What a fit is worth beside its number of parameters: BIC, ICL, and those of several k."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from overspec.evidence import Evidence
from overspec.results.result import Facts, Part, Result, Table
from overspec.results.text import exact_decimal


@dataclass(frozen=True)
class Criteria:
    """What a fit is worth beside its number of parameters; less is better.

    Attributes:
        parameters: p, those that were fitted; the weights are given.
        weight: W, of all rows.
        log_likelihood: mean log density ℓ, nats.
        entropy: ``Σ_i v_i Σ_j −w_ij log w_ij``: how little the rows are told apart, nats.
    """

    parameters: int
    weight: float
    log_likelihood: float
    entropy: float

    @property
    def bic(self) -> float:
        """``p log W − 2 W ℓ`` (Schwarz, Ann. Statist. 6 (1978) 461)."""
        return self.parameters * math.log(self.weight) - 2 * self.weight * self.log_likelihood

    @property
    def icl(self) -> float:
        """BIC and twice the entropy (Biernacki, Celeux, Govaert, IEEE PAMI 22 (2000) 719)."""
        return self.bic + 2 * self.entropy

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "parameters": self.parameters,
            "bic": exact_decimal(self.bic, 10),
            "icl": exact_decimal(self.icl, 10),
            "entropy": exact_decimal(self.entropy, 10),
        }


@dataclass(frozen=True, repr=False)
class Comparison(Result):
    """What fits of several k are worth: ``overspec compare``.

    Attributes:
        ks: numbers of components.
        criteria: of the fit of each.
        weights: the family of the weights.
        data: what was read, and how, as plain data.
        read: the same in a line.
    """

    ks: tuple[int, ...]
    criteria: tuple[Criteria, ...]
    weights: str
    data: dict[str, Any]
    read: str = ""

    def least(self, name: str) -> int:
        """The k with the least ``"bic"`` or ``"icl"``; the smaller k where two are equal."""
        values = {k: getattr(c, name) for k, c in zip(self.ks, self.criteria, strict=True)}
        return min(values, key=lambda k: (values[k], k))

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what ``overspec compare --json`` prints."""
        fits = [
            {"k": k, "log_likelihood": exact_decimal(c.log_likelihood, 10), **c.to_dict()}
            for k, c in zip(self.ks, self.criteria, strict=True)
        ]
        best = {name: self.least(name) for name in ("bic", "icl")}
        weight = exact_decimal(self.criteria[0].weight, 10)
        return {
            "weights": self.weights,
            "n": self.data["rows"],
            "data": self.data,
            "weight": weight,
            "fits": fits,
            "least": best,
            "evidence": Evidence.SAMPLED.value,
        }

    def headline(self) -> str:
        """The k with the least BIC and ICL."""
        return f"least BIC at k = {self.least('bic')}, least ICL at k = {self.least('icl')}"

    def parts(self) -> Iterator[Part]:
        """A row for each k, and which is least."""
        columns = ("k", "log_likelihood", "parameters", "bic", "icl", "entropy")
        rows = tuple(tuple(str(fit[c]) for c in columns) for fit in self.to_dict()["fits"])
        yield Table(columns, rows, right=("k", "parameters"))
        yield ""
        read = [("data", self.read)] if self.read else []
        yield Facts.of(
            [
                *read,
                ("weights", self.weights),
                ("least BIC at k", self.least("bic")),
                ("least ICL at k", self.least("icl")),
                ("evidence", Evidence.SAMPLED.value),
            ]
        )

    def records(self) -> list[dict[str, Any]]:
        """One row a k."""
        names = ("parameters", "log_likelihood", "bic", "icl", "entropy")
        return [
            {"k": k, **{name: getattr(c, name) for name in names}}
            for k, c in zip(self.ks, self.criteria, strict=True)
        ]
