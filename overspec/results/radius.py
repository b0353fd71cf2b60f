"""What a radius shows, searched for or certified: the same names in both.

The estimate's ends are decimals; certified ones are rounded outward, ``sigma`` is ``[low, high]``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from overspec.exact import Exact
from overspec.mixture import Mixture
from overspec.results.result import Facts, Part, Result
from overspec.results.text import exact_decimal

MEANING = {
    "jacobian": "largest eigenvalue of the EM Jacobian <= 1 - c sigma",
    "factor": "every contraction factor g_m >= c sigma",
    "convexity": "the KL divergence is strictly convex",
}


class RadiusResult(Result):
    """What `radius.search.RadiusEstimate` and `radius.bracket.CertifiedRadius` share."""

    mixture: Mixture
    kind: str
    gap: Exact
    orbit: str

    @abstractmethod
    def found(self) -> dict[str, Any]:
        """lower, upper, evidence, worst_point, sigma as plain data, and what else there is."""

    @abstractmethod
    def verdict(self) -> str:
        """γ in words."""

    @abstractmethod
    def why(self) -> str:
        """What the evidence rests on."""

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what ``overspec radius --json`` prints."""
        mixture = self.mixture
        return {
            "k": mixture.k,
            "d": mixture.d,
            "weights": str(mixture.weights),
            "kind": self.kind,
            "gap": exact_decimal(self.gap),
            "orbit": self.orbit,
            **self.found(),
        }

    def headline(self) -> str:
        """γ, of what, and what that is worth."""
        return f"gamma {self.verdict()}, kind {self.kind}, {self.found()['evidence']}"

    def parts(self) -> Iterator[Part]:
        """One list of facts."""
        found = self.found()
        sigma, evidence = found["sigma"], found["evidence"]
        if found["worst_point"]:
            worst = "amplitudes " + ", ".join(found["worst_point"])
        elif found["upper"] == "inf":
            worst = "none seen" if evidence == "measured" else "none"
        else:
            worst = "the regular simplex of that radius"
        yield Facts.of(
            [
                ("mixture", self.mixture),
                (
                    "question",
                    f"{MEANING[self.kind]} for all |theta| <= gamma"
                    + ("" if self.orbit == "all" else ", regular simplices only"),
                ),
                ("gamma", self.verdict()),
                ("first failure at", worst),
                ("sigma", sigma if isinstance(sigma, str) else f"[{sigma[0]}, {sigma[1]}]"),
                ("c", exact_decimal(self.gap)),
                ("evidence", f"{evidence}: {self.why()}"),
            ]
        )

    def records(self) -> list[dict[str, Any]]:
        """One row; ends as floats."""
        found = self.to_dict()
        sigma = found["sigma"]
        ends = {n: None if found[n] is None else float(found[n]) for n in ("lower", "upper")}
        low, high = (sigma, sigma) if isinstance(sigma, str) or sigma is None else sigma
        return [
            {n: found[n] for n in ("k", "d", "weights", "kind", "gap", "orbit")}
            | ends
            | {n: None if v is None else float(v) for n, v in
               (("sigma_lower", low), ("sigma_upper", high))}
            | {"evidence": found["evidence"]}
        ]  # fmt: skip


@dataclass(frozen=True, repr=False)
class UnprovedRadius(RadiusResult):
    """No bracket could be proved, and why: an answer, not an exception."""

    mixture: Mixture
    kind: str
    gap: Exact
    orbit: str
    reason: str

    def found(self) -> dict[str, Any]:
        """Nothing, and why."""
        nothing: dict[str, Any] = dict.fromkeys(("lower", "upper", "worst_point", "sigma"))
        return nothing | {"evidence": "inconclusive", "reason": self.reason}

    def verdict(self) -> str:
        """Why there is none."""
        return f"inconclusive: {self.reason}"

    def why(self) -> str:
        """The same."""
        return self.reason

    def parts(self) -> Iterator[Part]:
        """The mixture and the reason."""
        yield Facts.of([("mixture", self.mixture), ("gamma", self.verdict())])
