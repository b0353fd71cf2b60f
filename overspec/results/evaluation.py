"""What an evaluation shows, measured or certified: the same names in both, one dialect.

Measured numbers are decimals to their error estimate; certified ones are ``[low, high]``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from overspec.evidence import Evidence
from overspec.mixture import Energies, Mixture
from overspec.results.result import Facts, Part, Result
from overspec.results.text import root_decimal

MAX_EIGENVALUES = 2000  # listed one by one up to this dimension


class EvaluationResult(Result):
    """What `engines.evaluate.Evaluation` and `enclosures.evaluate.CertifiedEvaluation` share."""

    mixture: Mixture
    energies: Energies
    engine: str
    digits: int
    evidence: Evidence

    @abstractmethod
    def listed(self) -> Mapping[int, Any]:
        """`factors`, a field or a property: g_m by frequency m ≥ 1, as far as listed."""

    @abstractmethod
    def number(self, value: Any, kind: str) -> Any:
        """A number as `to_dict` gives it; ``kind`` names its error."""

    @abstractmethod
    def told(self, value: Any, kind: str) -> str:
        """The same for a reader."""

    @abstractmethod
    def measure(self, value: Any, kind: str) -> tuple[float, float]:
        """Value and error as floats."""

    @abstractmethod
    def numbers(self) -> Iterator[tuple[str, Any, str]]:
        """Name, value and kind of log_partition and kl."""

    @abstractmethod
    def after_step(self) -> Sequence[Any]:
        """The amplitudes of M(θ), as far as listed."""

    @abstractmethod
    def spectrum(self) -> Sequence[tuple[Any, int]] | str:
        """Eigenvalues of the Hessian with multiplicities, ascending, or why there are none."""

    @abstractmethod
    def more(self) -> dict[str, Any]:
        """What only this kind of evaluation has in `to_dict`."""

    @abstractmethod
    def worth(self) -> str:
        """The evidence, in words."""

    @property
    def g_all_equal(self) -> bool:
        """Whether symmetry makes g_1, g_2, … equal at this θ: all weights but one are equal.

        Only on a regular simplex. False does not say that they differ.
        """
        k, action = self.mixture.k, self.mixture.action
        if k <= 3:
            return True
        if not (action.is_simplex and self.energies.is_regular_simplex):
            return False
        return self.mixture.weights.alike

    @property
    def amplitudes(self) -> list[str]:
        """The amplitudes of θ in the listed frequencies, as decimals."""
        last = max(self.listed(), default=0)
        return [root_decimal(e, self.digits) for e in islice(self.energies, last)]

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what ``overspec evaluate --json`` prints."""
        mixture, spectrum = self.mixture, self.spectrum()
        numbers = {name: self.number(value, kind) for name, value, kind in self.numbers()}
        data: dict[str, Any] = {
            "k": mixture.k,
            "d": mixture.d,
            "weights": str(mixture.weights),
            "energies": str(self.energies),
            "amplitudes": self.amplitudes,
            **numbers,
            **{f"g{m}": self.number(g, "g") for m, g in self.listed().items()},
            "g_all_equal": self.g_all_equal,
            "modes": max(self.listed(), default=0),
            "map_amplitudes": [self.number(a, "operator") for a in self.after_step()],
        }
        if isinstance(spectrum, str):
            data |= {"hessian_eigenvalues": None, "hessian_reason": spectrum}
        else:
            listed = mixture.d <= MAX_EIGENVALUES
            data["hessian_eigenvalues"] = [
                self.number(v, "jacobian") for v, n in spectrum for _ in range(n if listed else 1)
            ]
            if not listed:
                data["hessian_multiplicities"] = [count for _, count in spectrum]
        return data | {
            "evidence": self.evidence.value,
            "engine": self.engine,
            "digits": self.digits,
            **self.more(),
        }

    def headline(self) -> str:
        """KL and what it is worth."""
        kl = next(told for name, told in self._told() if name == "kl")
        return f"KL {kl}, k = {self.mixture.k}, {self.evidence.value} by {self.engine}"

    def _told(self) -> Iterator[tuple[str, str]]:
        for name, value, kind in self.numbers():
            yield name, self.told(value, kind)

    def parts(self) -> Iterator[Part]:
        """One list of facts."""
        more = ", ..." if max(self.listed(), default=0) < self.mixture.k // 2 else ""
        told, after, spectrum = dict(self._told()), self.after_step(), self.spectrum()
        if isinstance(spectrum, str):
            eigenvalues = spectrum
        else:
            pairs = ((self.told(v, "jacobian"), n) for v, n in spectrum)
            eigenvalues = ", ".join(f"{v} (x {n})" if n > 1 else v for v, n in pairs)
        yield Facts.of(
            [
                ("mixture", self.mixture),
                ("amplitudes of theta", ", ".join(self.amplitudes) + more),
                ("KL(N(0,I) || mixture)", told["kl"]),
                *self._contractions(more),
                ("after one EM step", ", ".join(self.told(a, "operator") for a in after) + more),
                ("Hessian eigenvalues", eigenvalues),
                ("evidence", self.worth()),
                ("engine", f"{self.engine}, {self.digits} digits"),
            ]
        )

    def _contractions(self, more: str) -> list[tuple[str, object]]:
        rows = [(f"contraction g{m}", self.told(g, "g")) for m, g in self.listed().items()]
        if self.g_all_equal and self.mixture.k > 3:
            return [("contraction, every g_m", rows[0][1])]
        return [*rows, *([("contractions g", "...")] if more else [])]

    def records(self) -> list[dict[str, Any]]:
        """One row a number: quantity, value, error (of a certified one: half the width)."""
        spectrum = self.spectrum()
        named = [
            *self.numbers(),
            *((f"g{m}", g, "g") for m, g in self.listed().items()),
            *((f"map_amplitude{m}", a, "operator") for m, a in enumerate(self.after_step(), 1)),
        ]
        rows = [
            dict(zip(("quantity", "value", "error"), (name, *self.measure(v, kind)), strict=True))
            | {"multiplicity": 1}
            for name, v, kind in named
        ]
        for value, count in () if isinstance(spectrum, str) else spectrum:
            v, error = self.measure(value, "jacobian")
            rows.append(
                {"quantity": "hessian_eigenvalue", "value": v, "error": error,
                 "multiplicity": count}
            )  # fmt: skip
        return rows
