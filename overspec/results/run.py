"""What a run of EM shows: a table of iterates, and how fast they went."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.evidence import Evidence
from overspec.mixture import Mixture
from overspec.results.result import Facts, Part, Result, Table, left_out, some

COLUMNS = ("norm", "kl", "log_likelihood", "variance")


def looked(method: str, refused: int) -> list[tuple[str, object]]:
    """How a run looked ahead, in words; nothing where it did not."""
    return [] if method == "em" else [("accelerated", f"{method}; {refused} points refused")]


def told_ahead(method: str, refused: int, rate: str | None) -> dict[str, Any]:
    """The predicted rate, which is EM's own; or how a run looked ahead, and why there is none.

    >>> told_ahead("squarem", 2, "0.5")["rate_reason"]
    "the points are those of squarem, not EM's own"
    """
    if method == "em":
        return {"rate_predicted": rate}
    reason = f"the points are those of {method}, not EM's own"
    return {
        "rate_predicted": None, "rate_reason": reason, "accelerate": method, "refused": refused
    }  # fmt: skip


class RunResult(Result):
    """What `em.population.Trajectory`, `FreeTrajectory` and `em.sample.SampleTrajectory` share."""

    mixture: Mixture
    steps: tuple[Any, ...]
    evidence: Evidence

    @property
    def norm(self) -> NDArray[np.float64]:
        """|θ_t|, or that of all free means, shape (T + 1,)."""
        return np.array([step.norm for step in self.steps])

    def about(self) -> list[tuple[str, object]]:
        """What the text says of the data, where there are any."""
        return []

    @abstractmethod
    def run(self) -> dict[str, Any]:
        """steps, rate_measured, rate_predicted as plain data, and what else there is."""

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what ``overspec run --json`` prints."""
        mixture = self.mixture
        return {
            "k": mixture.k,
            "d": mixture.d,
            "weights": str(mixture.weights),
            **self.run(),
            "evidence": self.evidence.value,
        }

    def headline(self) -> str:
        """How many steps, and where they led."""
        steps = self.run()["steps"]
        last = steps[-1]
        end = ", ".join(f"{name} {last[name]}" for name in COLUMNS[:3] if name in last)
        return f"{len(steps) - 1} steps of EM, k = {self.mixture.k}: {end}, {self.evidence.value}"

    def parts(self) -> Iterator[Part]:
        """The iterates (some of many), and the rates."""
        data = self.run()
        steps = data["steps"]
        shown = ["t", *(c for c in COLUMNS if c in steps[0])]
        listed = "amplitudes" in steps[0]
        rows = [
            (*(str(step[c]) for c in shown), *([", ".join(step["amplitudes"])] if listed else []))
            for step in some(steps)
        ]
        yield Table((*shown, *(["amplitudes"] if listed else [])), tuple(rows), right=("t",))
        yield left_out(len(rows), len(steps))
        why = "accelerated" if "accelerate" in data else "sublinear or too short"
        rate, of_what = ("step length", " for N(0, I)") if "n" in data else ("KL", "")
        yield Facts.of(
            [
                *self.about(),
                (
                    f"{rate} factor per step, measured at the end",
                    data["rate_measured"] or f"none ({why})",
                ),
                (
                    f"{rate} factor per step, predicted limit{of_what}",
                    data["rate_predicted"] or f"none: {data['rate_reason']}",
                ),
                *([("t^2 KL at the end", data["t2_kl"])] if "t2_kl" in data else []),
                ("evidence", self.evidence.value),
            ]
        )
