"""KL, the EM map, its Jacobian, gradient and Hessian in doubles, with derived bounds.

By I2 and I4 of math.md's wider class, for θ alone: ``∇L = G(θ − M)/v`` and
``∇²L = G/v − E Cov_w(u_j)``, ``u_j = T_jᵀ(x − T_jθ − c_j)/v``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError, InputTypeError
from overspec.evidence import Evidence
from overspec.models.model import Model
from overspec.models.truth import Truth
from overspec.results.result import Facts, Part, Result
from overspec.results.text import decimal_text
from overspec.verify.engines.rounding import U
from overspec.verify.models import moments
from overspec.verify.models.moments import Maps, State
from overspec.verify.models.rule import Rule, of_data, of_truth

Array = NDArray[np.float64]


@dataclass(frozen=True, repr=False, eq=False)
class ModelEvaluation(Result):
    """What `evaluate_model` found at one state.

    Attributes:
        model: the model.
        source: the truth, or ``"data"``.
        at: the state: theta, weights, variance.
        kl: ``KL(P ‖ p_θ)`` in nats; on data ``−(1/n) Σ log p_θ(x_i)``.
        after: the state after one EM step.
        metric: ``G = Σ_j W_jT_jᵀT_j``, shape (p, p).
        gradient: of L in θ, shape (p,).
        hessian: of L in θ, shape (p, p).
        jacobian: of the EM map in (θ, π, v), those that are learned; shape (q, q), all k weights
            as coordinates.
        errors: a bound of the absolute error of each: ``kl``, ``theta``, ``weights``, ``variance``,
            ``gradient``, ``hessian``, ``jacobian``; entries in the largest norm.
        nodes: how many.
        evidence: MEASURED; the bounds take NumPy's elementary functions to be good to one unit in
            the last place and are of first order in the unit roundoff, so they are no certificate.
    """

    model: Model
    source: Truth | str
    at: State
    kl: float
    after: State
    metric: Array
    gradient: Array
    hessian: Array
    jacobian: Array
    errors: Mapping[str, float]
    nodes: int
    evidence: Evidence = Evidence.MEASURED

    @property
    def hessian_eigenvalues(self) -> Array:
        """Of ∇²L, ascending."""
        found: Array = np.linalg.eigvalsh(self.hessian).astype(np.float64)
        return found

    @property
    def jacobian_eigenvalues(self) -> Array:
        """Of DM, by size, the largest first; complex away from fixed points where it has to be."""
        found = np.linalg.eigvals(self.jacobian)
        ordered: Array = np.real_if_close(found[np.argsort(-np.abs(found))])
        return ordered

    def to_dict(self) -> dict[str, Any]:
        """Plain data: numbers as text, none with a digit beyond its error bound."""
        errors = self.errors
        return {
            "what": "evaluation",
            "model": self.model.to_dict(),
            "truth": source_dict(self.source),
            "theta": [repr(a) for a in self.at.theta.tolist()],
            "kl": decimal_text(self.kl, errors["kl"]),
            "map": [decimal_text(a, errors["theta"]) for a in self.after.theta.tolist()],
            "weights": [decimal_text(a, errors["weights"]) for a in self.after.weights.tolist()],
            "variance": decimal_text(self.after.variance, errors["variance"]),
            "gradient": [decimal_text(a, errors["gradient"]) for a in self.gradient.tolist()],
            "hessian": [
                [decimal_text(a, errors["hessian"]) for a in row] for row in self.hessian.tolist()
            ],
            "jacobian": [
                [decimal_text(a, errors["jacobian"]) for a in row] for row in self.jacobian.tolist()
            ],
            "errors": {name: f"{error:.0e}" for name, error in errors.items()},
            "evidence": self.evidence.value,
        }

    def headline(self) -> str:
        """KL, and for which model."""
        return f"KL {decimal_text(self.kl, self.errors['kl'])}, {self.model}, {self.evidence.value}"

    def parts(self) -> Iterator[Part]:
        """All numbers, one a line."""
        data = {**self.to_dict(), "model": str(self.model), "truth": str(self.source)}
        del data["what"]
        lists = ("theta", "map", "weights", "gradient")
        for name in lists:
            data[name] = ", ".join(data[name])
        for name in ("hessian", "jacobian"):
            data[name] = "; ".join(", ".join(row) for row in data[name])
        data["errors"] = ", ".join(f"{name} {error}" for name, error in data["errors"].items())
        yield Facts.of(data.items())


def evaluate_model(
    model: Model,
    source: Truth | object,
    theta: object,
    weights: object = None,
    variance: object = 1,
) -> ModelEvaluation:
    """KL, one EM step, gradient, Hessian and the Jacobian of EM at one state, in doubles.

    Args:
        model: the model, d ≤ 3.
        source: the truth, or data: a table of numbers, one row an observation.
        theta: p numbers: floats, or exact ones.
        weights: the current weights where they are learned; uniform unless given.
        variance: the current v where it is learned.

    Raises:
        InputError: a truth of another dimension, numbers that are no state of the model.
        OutOfReach: more than two million nodes.

    >>> found = evaluate_model(Model.pairs(1), Truth.standard(1), "1/2")
    >>> round(found.kl, 12), round(float(found.after.theta[0]), 12), found.errors["theta"] < 1e-12
    (0.012087997213, 0.413241928284, True)
    """
    check_model(model)
    maps, at = moments.in_doubles(model), moments.state(model, theta, weights, variance)
    rule = rule_for(maps, at, source)
    found = moments.first(maps, at, rule)
    after = moments.step(maps, at, found)
    jacobian, spread = moments.second(maps, at, after, found.metric, rule)
    v = at.variance
    return ModelEvaluation(
        model=model,
        source=source if isinstance(source, Truth) else "data",
        at=at,
        kl=found.kl,
        after=after,
        metric=found.metric,
        gradient=(found.metric @ at.theta - found.pulled) / v,
        hessian=found.metric / v - spread,
        jacobian=jacobian,
        errors=_errors(maps, at, after, found, jacobian, rule),
        nodes=len(rule.points),
    )


def source_dict(source: Truth | str) -> dict[str, Any] | str:
    """The truth as plain data, or ``"data"``."""
    return source.to_dict() if isinstance(source, Truth) else source


def check_model(model: object) -> None:
    """Raise InputTypeError for what is no `Model`."""
    if not isinstance(model, Model):
        raise InputTypeError(f"{model!r}: give a Model, such as Model.pairs(1)")


def rule_for(maps: Maps, at: State, source: object) -> Rule:
    """The nodes for a truth or data at this state.

    Raises:
        InputError: another dimension than the model's.
    """
    rule = (
        of_truth(source, maps.means(at.theta), at.variance, _size(maps, at))
        if isinstance(source, Truth) and source.d == maps.model.d
        else None
    )
    if isinstance(source, Truth) and rule is None:
        raise InputError(f"a truth with d = {source.d} for a model with d = {maps.model.d}")
    rule = of_data(source) if rule is None else rule
    if rule.d != maps.model.d:
        raise InputError(f"data of {rule.d} columns for a model with d = {maps.model.d}")
    return rule


def _size(maps: Maps, at: State) -> float:
    """R: no mean and no shift is longer."""
    both = np.concatenate([maps.means(at.theta), maps.shifts])
    return float(np.sqrt((both**2).sum(axis=1).max())) * (1 + 8 * U)


def _errors(
    maps: Maps, at: State, after: State, found: moments.First, jacobian: Array, rule: Rule
) -> dict[str, float]:
    """Each integrand's coefficient C and degree, then first-order propagation through G⁻¹."""
    model, v, tau = maps.model, at.variance, maps.largest
    # the entries of T_jθ + c_j are sums that may cancel: their roundings weigh as the summands
    summands = [tau * float(np.linalg.norm(s.theta)) for s in (at, after)]
    size = max(1.0, *summands) + float(np.abs(maps.shifts).sum(axis=1).max())
    exponents = (model.d + model.p + 6) * size / v

    def bound(coefficient: float, degree: int) -> float:
        return rule.error(coefficient, degree, size, exponents)

    scale = min((piece.scale for piece in rule.pieces), default=1.0)
    inverse = float(np.linalg.norm(np.linalg.inv(found.metric), 2))
    theta = float(np.linalg.norm(at.theta))
    moved = float(np.linalg.norm(after.theta))
    metric, pulled = bound(tau**2, 0), bound(tau, 1)
    # a solve of p unknowns by LAPACK: p³ u of the entries, times the condition number
    solve = 8 * model.p**3 * U * float(np.linalg.norm(found.metric, 2)) * moved
    map_error = inverse * (pulled + metric * moved + solve)
    both = model.d * (2 + abs(math.log(v))) + 2 * (1 + 1 / v) + 1 + abs(rule.log_det)
    log = bound(both + 1 / scale**2, 2)
    squares = bound(1, 2)
    learned = model.learns_weights, model.learns_variance
    score = tau / v + learned[0] / float(at.weights.min()) + learned[1] / (v * v)
    answer = inverse * tau + 1 + 1 / model.d
    degree = 4 if learned[1] else 2
    drift = map_error * tau * (inverse * tau + 1) * score + inverse * metric * answer * score
    reach = float((rule.masses * (1 + size + np.abs(rule.points).sum(axis=1)) ** degree).sum())
    return {
        "kl": log,
        "theta": map_error,
        "weights": bound(1, 0) if learned[0] else U,
        "variance": (squares + pulled * moved + map_error * float(np.linalg.norm(found.pulled)))
        / model.d
        if learned[1]
        else U,
        "gradient": (metric * theta + pulled + 4 * model.p * U * theta * tau**2) / v,
        "hessian": metric / v + bound(2 * tau**2 / v**2, 2),
        "jacobian": bound(2 * answer * score, degree)
        + drift * reach
        + 8 * model.p**3 * U * float(np.abs(jacobian).max(initial=0.0)) * inverse * tau**2,
    }
