"""EM on data as a map that can be looked ahead of: means, and the logarithm of a covariance.

An estimated covariance is taken by its logarithm, ``Σ = e^S``: every S is one, so that what is
looked ahead to always is. Means are then counted in units of the data's root mean square, so that
the same data in other units take the same path.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError
from overspec.mixture import Mixture
from overspec.verify.em.ahead.methods import Map, Seen, accelerated
from overspec.verify.em.data import LARGEST, checked_data
from overspec.verify.em.sample_step import Sums, e_step
from overspec.verify.em.sample_update import State, powers
from overspec.verify.engines.spectrum import float_weights

Array = NDArray[np.float64]

STEEPEST = 600.0  # of |log Σ|: e^S and its inverse are doubles


def sample_map(data: object, mixture: Mixture, sample_weight: object = None) -> Map:
    """EM on data with tied means and Σ = I, on θ of shape (d,), and minus the log-likelihood."""
    table = checked_data(data, mixture.d, sample_weight)
    turns, log_weights = powers(mixture), np.log(float_weights(mixture))
    sigma = np.eye(mixture.d)

    def em(theta: Array) -> Seen:
        means = turns @ theta - table.centre
        sums = e_step(table, means, sigma, log_weights)
        first = sums.first + sums.mass[:, None] * table.centre
        moved = np.einsum("jba,jb->a", turns, first)
        return Seen(moved - theta, -sums.log_likelihood)

    return em


@dataclass(frozen=True)
class Coordinates:
    """What EM updates, as one vector.

    Attributes:
        shape: of the means, (k, d).
        tie: R^j and the shift with ``μ_j = R^j θ − shift``; None where the means are free.
        covariance: ``"fixed"``, ``"isotropic"`` (log v) or ``"full"`` (the entries of log Σ on and
            above the diagonal, those above times √2: lengths are Frobenius norms).
        unit: of the means.
        fixed: the covariance where it is fixed.
    """

    shape: tuple[int, int]
    tie: tuple[Array, Array] | None
    covariance: str
    unit: float
    fixed: Array

    @property
    def size(self) -> int:
        """How many coordinates of the vector are those of means."""
        return self.shape[1] if self.tie is not None else math.prod(self.shape)

    def vector(self, state: State) -> Array:
        """The coordinates of a state."""
        means = state.means.ravel() if self.tie is None else state.means[0] + self.tie[1]
        if self.covariance == "fixed":
            return means
        d = self.shape[1]
        if self.covariance == "isotropic":
            spread = np.array([math.log(np.trace(state.covariance) / d)])
        else:
            values, axes = np.linalg.eigh(state.covariance)
            spread = ((axes * np.log(values)) @ axes.T)[np.triu_indices(d)] * _scales(d)
        return np.concatenate([means / self.unit, spread])

    def state(self, at: Array) -> State | None:
        """The state with these coordinates; None where it is beyond doubles."""
        size = self.size
        means = at[:size] * self.unit
        if not np.abs(means).max() < LARGEST:
            return None
        moved = means.reshape(self.shape) if self.tie is None else self.tie[0] @ means - self.tie[1]
        spread = at[size:]
        if self.covariance == "fixed":
            return State(moved, self.fixed)
        if not np.linalg.norm(spread) < STEEPEST:
            return None
        d = self.shape[1]
        if self.covariance == "isotropic":
            return State(moved, math.exp(spread[0]) * np.eye(d))
        upper = np.zeros((d, d))
        upper[np.triu_indices(d)] = spread / _scales(d)
        values, axes = np.linalg.eigh(upper + np.triu(upper, 1).T)
        covariance = (axes * np.exp(values)) @ axes.T
        return State(moved, (covariance + covariance.T) / 2)

    def moved(self, residual: Array) -> float:
        """By how much the means move, root mean square over them."""
        length = float(np.linalg.norm(residual[: self.size])) * self.unit
        return length if self.tie is not None else length / math.sqrt(self.shape[0])


def _scales(d: int) -> Array:
    rows, columns = np.triu_indices(d)
    return np.where(rows == columns, 1.0, math.sqrt(2))


def looked_ahead(
    state: State,
    coordinates: Coordinates,
    look: Callable[[int, State], tuple[Any, Sums]],
    move: Callable[[State, Sums], State],
    method: str,
    steps: int,
    tolerance: float,
) -> tuple[list[Any], int, float, State]:
    """`accelerated` EM on data, on `Coordinates`: what `sample_em` runs.

    A point beyond doubles, at which a component dies out or the covariance collapses counts as
    infinitely unlikely.

    Args:
        state: the start.
        coordinates: in which residuals are combined.
        look: ``look(t, state)`` makes the E-step and returns a row to keep, and the sums.
        move: ``move(state, sums)`` makes the M-step.
        method, steps, tolerance: as for `sample_em`.

    Returns:
        The rows of the points that were kept, how many were refused, by how much EM would move the
        means at the last, and the last state.

    Raises:
        InputError: a component that dies out, or a covariance that collapses, in EM's own steps.
    """
    rows, failed = list[tuple[Any, State, float] | None](), list[InputError]()
    first: list[State] = [state]  # the start as it was given, not by way of its logarithm

    def em(at: Array) -> Seen:
        nowhere = Seen(np.zeros_like(at), math.inf)
        here = first.pop() if first else coordinates.state(at)
        rows.append(None)
        if here is None:
            return nowhere
        try:
            row, sums = look(len(rows) - 1, here)
            residual = coordinates.vector(move(here, sums)) - at
        except InputError as error:
            failed.append(error)
            return nowhere
        rows[-1] = row, here, coordinates.moved(residual)
        return Seen(residual, -sums.log_likelihood)

    def enough(at: Array, here: Seen) -> bool:
        return bool(tolerance) and coordinates.moved(here.residual) <= tolerance

    run = accelerated(em, coordinates.vector(state), method, steps + 1, enough=enough)
    if run.kept[-1].objective == math.inf and failed:
        raise failed[-1]
    found = [row for at in run.kept if (row := rows[at.evaluations - 1]) is not None]
    _, end, last = found[-1]
    return [row for row, _, _ in found], run.refused, last, end
