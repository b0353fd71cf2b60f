"""EM, gradient EM and Polyak steps, on the population or on data; limits and basins.

EM        (θ, π, v) ← (G⁻¹b, W, v')
gradient  θ ← θ − η∇L
polyak    θ ← θ − (L − L*)/⟨∇L, r⟩ · r,  r = ∇L, or r = θ − M(θ) in the EM metric G;
          between two such steps a number of EM steps, if asked for
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError, InputTypeError
from overspec.evidence import Evidence
from overspec.exact import whole
from overspec.models.model import Model
from overspec.models.truth import Truth
from overspec.results.result import Facts, Part, Result, Table, left_out, some
from overspec.verify.models import moments
from overspec.verify.models.moments import Maps, State
from overspec.verify.models.numbers import check_model, rule_for, source_dict

Array = NDArray[np.float64]

ALGORITHMS = ("em", "gradient", "polyak")
METRICS = ("euclidean", "em")
MAX_STEPS = 1_000_000


@dataclass(frozen=True)
class Algorithm:
    """Which step is taken.

    Attributes:
        name: ``"em"``, ``"gradient"`` or ``"polyak"``.
        step: η of gradient EM.
        least: L* of Polyak steps, the least value of L: 0, which it is where the truth is in the
            model, unless given; on data it has to be given.
        metric: direction of Polyak steps: ``"euclidean"`` (∇L) or ``"em"`` (θ − M(θ)).
        between: EM steps between two Polyak steps.

    Raises:
        InputError: an unknown name or metric, a step ≤ 0.

    >>> Algorithm("gradient", step=0.5).name
    'gradient'
    """

    name: str = "em"
    step: float = 1.0
    least: float | None = None
    metric: str = "euclidean"
    between: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The name, and the options that it has."""
        if self.name == "gradient":
            return {"name": self.name, "step": repr(float(self.step))}
        if self.name == "polyak":
            least = repr(float(self.least or 0))
            return {"name": self.name, "least": least, "metric": self.metric,
                    "between": self.between}  # fmt: skip
        return {"name": self.name}

    def __post_init__(self) -> None:
        if self.name not in ALGORITHMS:
            raise InputError(f"algorithm {self.name!r}; use {', '.join(ALGORITHMS)}")
        if self.metric not in METRICS:
            raise InputError(f"metric {self.metric!r}; use {' or '.join(METRICS)}")
        for name, value in (
            ("step", self.step),
            ("least", 0.0 if self.least is None else self.least),
        ):
            if isinstance(value, bool) or not isinstance(value, (int, float, np.floating)):
                raise InputTypeError(f"{name} {value!r}: use a float")
        if not (math.isfinite(self.step) and self.step > 0):
            raise InputError(f"step {self.step}: use a number > 0")
        if self.least is not None and not math.isfinite(self.least):
            raise InputError(f"least {self.least}: use a finite number")
        if whole(self.between, "between") < 0:
            raise InputError(f"between = {self.between}: use an integer >= 0")


@dataclass(frozen=True, repr=False, eq=False)
class ModelRun(Result):
    """A run on a model.

    Attributes:
        model, source, algorithm: what was run on what.
        theta: the iterates, shape (T + 1, p).
        weights: theirs, shape (T + 1, k).
        variance: theirs, shape (T + 1,).
        kl: L at each, shape (T + 1,): KL, or on data the mean negative log-likelihood.
        converged: whether the last step was at most the tolerance.
        evidence: MEASURED.
    """

    model: Model
    source: Truth | str
    algorithm: Algorithm
    theta: Array
    weights: Array
    variance: Array
    kl: Array
    converged: bool
    evidence: Evidence = Evidence.MEASURED

    @property
    def last(self) -> State:
        """Where it ended."""
        return State(self.theta[-1], self.weights[-1], float(self.variance[-1]))

    @property
    def steps(self) -> int:
        """How many were taken."""
        return len(self.theta) - 1

    def to_dict(self) -> dict[str, Any]:
        """Plain data: doubles with the digits that tell them apart from others."""
        return {
            "what": "run",
            "model": self.model.to_dict(),
            "truth": source_dict(self.source),
            "algorithm": self.algorithm.to_dict(),
            "converged": self.converged,
            "steps": [self._step(t) for t in range(len(self.theta))],
            "evidence": self.evidence.value,
        }

    def _step(self, t: int) -> dict[str, Any]:
        row: dict[str, Any] = {
            "t": t, "kl": repr(float(self.kl[t])), "theta": _texts(self.theta[t])
        }  # fmt: skip
        if self.model.learns_weights:
            row["weights"] = _texts(self.weights[t])
        if self.model.learns_variance:
            row["variance"] = repr(float(self.variance[t]))
        return row

    def records(self) -> list[dict[str, Any]]:
        """One row a step."""
        rows = []
        for t in range(len(self.theta)):
            row = {"t": t, "kl": float(self.kl[t])}
            row |= {f"theta{a}": float(x) for a, x in enumerate(self.theta[t], start=1)}
            if self.model.learns_weights:
                row |= {f"pi{j}": float(x) for j, x in enumerate(self.weights[t], start=1)}
            if self.model.learns_variance:
                row["variance"] = float(self.variance[t])
            rows.append(row)
        return rows

    def headline(self) -> str:
        """How many steps, and where they led."""
        end = ", ".join(f"{a:.6g}" for a in self.theta[-1])
        return f"{self.steps} steps of {self.algorithm.name} to theta = {end}, KL {self.kl[-1]:.6g}"

    def parts(self) -> Iterator[Part]:
        """The iterates (some of many)."""
        rows = self.records()
        shown = some(rows)
        cells = [
            tuple(str(v) if name == "t" else f"{v:.8g}" for name, v in row.items()) for row in shown
        ]
        yield Table(tuple(rows[0]), tuple(cells), right=("t",))
        yield left_out(len(shown), len(rows))
        yield Facts.of(
            [("converged", "yes" if self.converged else "no"), ("evidence", self.evidence.value)]
        )


def _texts(values: Array) -> list[str]:
    return [repr(float(x)) for x in values]


def run_model(
    model: Model,
    source: Truth | object,
    theta: object,
    steps: int = 100,
    *,
    weights: object = None,
    variance: object = 1,
    algorithm: Algorithm | str = "em",
    tolerance: float = 0.0,
) -> ModelRun:
    """A run of EM, gradient EM or Polyak steps, in doubles.

    Args:
        model: the model.
        source: the truth (population), or data: one row an observation.
        theta: the start, p numbers.
        steps: at most so many.
        weights, variance: the start of those that are learned.
        algorithm: a name, or an `Algorithm` with its options.
        tolerance: stop once a step changes no number by more than this.

    Raises:
        InputError: numbers that are no state of the model; gradient and Polyak steps where weights
            or variance are learned, which they are not defined for here.

    >>> run = run_model(Model.pairs(1), Truth([1, -1], "1/2,1/2"), 3, 60)
    >>> round(float(run.theta[-1, 0]), 12), bool((run.kl[1:] <= run.kl[:-1] + 1e-15).all())
    (1.0, True)
    """
    check_model(model)
    chosen = algorithm if isinstance(algorithm, Algorithm) else Algorithm(algorithm)
    if not 0 <= whole(steps, "steps") <= MAX_STEPS:
        raise InputError(f"steps = {steps}: use an integer from 0 to {MAX_STEPS}")
    if isinstance(tolerance, str) or not tolerance >= 0:
        raise InputError(f"tolerance = {tolerance}: use a number >= 0")
    if chosen.name != "em" and (model.learns_weights or model.learns_variance):
        raise InputError(
            f"{chosen.name} steps are for fixed weights and covariance I; use EM, or fix both"
        )
    if chosen.name == "polyak" and chosen.least is None and not isinstance(source, Truth):
        raise InputError(
            "polyak on data: give least, the least mean negative log-likelihood, as of a run of EM"
        )
    maps, at = moments.in_doubles(model), moments.state(model, theta, weights, variance)
    rule = rule_for(maps, at, source)
    states, values, converged = [at], [], False
    for t in range(steps + 1):
        if isinstance(source, Truth):
            rule = rule_for(maps, at, source)
        found = moments.first(maps, at, rule)
        values.append(found.kl)
        if converged or t == steps:
            break
        new = _step(maps, at, found, chosen, t)
        converged = _moved(at, new) <= tolerance
        at = new
        states.append(at)
    return ModelRun(
        model=model,
        source=source if isinstance(source, Truth) else "data",
        algorithm=chosen,
        theta=np.array([s.theta for s in states]),
        weights=np.array([s.weights for s in states]),
        variance=np.array([s.variance for s in states]),
        kl=np.array(values),
        converged=converged,
    )


def _step(maps: Maps, at: State, found: moments.First, chosen: Algorithm, t: int) -> State:
    if chosen.name == "em" or (chosen.name == "polyak" and t % (chosen.between + 1)):
        return moments.step(maps, at, found)
    gradient = found.metric @ at.theta - found.pulled
    if chosen.name == "gradient":
        return State(at.theta - chosen.step * gradient, at.weights)
    direction = gradient
    if chosen.metric == "em":
        direction = at.theta - np.linalg.solve(found.metric, found.pulled)
    slope = float(gradient @ direction)
    if slope <= 0:  # only at a stationary point: ⟨∇L, G⁻¹∇L⟩ > 0 elsewhere
        return at
    return State(at.theta - (found.kl - (chosen.least or 0.0)) / slope * direction, at.weights)


def _moved(at: State, new: State) -> float:
    theta = float(np.abs(new.theta - at.theta).max())
    weights = float(np.abs(new.weights - at.weights).max())
    return max(theta, weights, abs(new.variance - at.variance))


@dataclass(frozen=True, repr=False, eq=False)
class Basins(Result):
    """Where starts led.

    Attributes:
        model, source: what was run on what.
        limits: the different ends, shape (n, p) for θ alone.
        which: for each start the number of its end, −1 where the run had not converged.
        evidence: MEASURED: ends closer than the given distance count as one.
    """

    model: Model
    source: Truth | str
    limits: Array
    which: tuple[int, ...]
    evidence: Evidence = Evidence.MEASURED

    def to_dict(self) -> dict[str, Any]:
        """Plain data: doubles with the digits that tell them apart from others."""
        return {
            "what": "limits",
            "model": self.model.to_dict(),
            "truth": source_dict(self.source),
            "limits": [_texts(end) for end in self.limits],
            "which": list(self.which),
            "evidence": self.evidence.value,
        }

    def headline(self) -> str:
        """How many starts led to how many ends."""
        return f"{len(self.which)} starts, {len(self.limits)} limits, {self.evidence.value}"

    def parts(self) -> Iterator[Part]:
        """One row an end."""
        rows = [
            (", ".join(f"{x:.8g}" for x in end), str(self.which.count(n)))
            for n, end in enumerate(self.limits)
        ]
        yield Table(("theta", "starts"), tuple(rows), right=("starts",))
        yield Facts.of([("not converged", self.which.count(-1)), ("evidence", self.evidence.value)])


def basins(
    model: Model,
    source: Truth | object,
    starts: Sequence[object],
    steps: int = 10_000,
    *,
    tolerance: float = 1e-10,
    apart: float = 1e-3,
    algorithm: Algorithm | str = "em",
) -> Basins:
    """Follow each start until it rests, and group the ends.

    A slow run may rest early: near a limit that is approached like 1/√t, steps of 10⁻¹⁰ are taken
    at a distance of about 10⁻³. Where weights or variance are learned, these start at their
    defaults, and ends are told apart by θ.

    Args:
        starts: any number of θ.
        tolerance: a run rests once a step is at most this.
        apart: ends farther apart than this are different limits.

    Raises:
        InputError: see `run_model`.

    >>> found = basins(Model.pairs(1), Truth([1, -1], "1/2,1/2"), [-2, 0, 0.5])
    >>> [round(float(x), 6) for x in found.limits[:, 0]], found.which
    ([-1.0, 0.0, 1.0], (0, 1, 2))
    """
    if isinstance(starts, str) or not isinstance(starts, (Sequence, np.ndarray)):
        raise InputTypeError(f"starts {starts!r}: give a sequence of theta")
    limits: list[Array] = []
    which = []
    for start in starts:
        run = run_model(model, source, start, steps, tolerance=tolerance, algorithm=algorithm)
        if not run.converged:
            which.append(-1)
            continue
        end = run.last.theta
        near = [i for i, other in enumerate(limits) if np.abs(end - other).max() <= apart]
        if not near:
            limits.append(end)
        which.append(near[0] if near else len(limits) - 1)
    kept = source if isinstance(source, Truth) else "data"
    return Basins(model, kept, np.array(limits).reshape(len(limits), model.p), tuple(which))
