"""EM on weighted points: nodes of a quadrature for the population, or rows of data.

One step for every model of the experiments: means tied or free, weights kept or learned, covariance
fixed, isotropic or full. The M-step is that of `em.sample`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overspec.verify.em.sample_step import Sums
from overspec.verify.em.sample_update import State, free_update, m_step, tied_update

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Points:
    """Points x_i of shape (n, d) with masses that sum to 1.

    >>> Points.equal(np.array([[1.0], [-1.0]])).second.tolist()
    [[1.0]]
    """

    x: Array
    mass: Array
    second: Array  # E xxᵀ

    @classmethod
    def of(cls, x: Array, mass: Array) -> Points:
        """Points with given masses."""
        return cls(x, mass, (x.T * mass) @ x)

    @classmethod
    def equal(cls, x: Array) -> Points:
        """The rows of a table, all of the same mass."""
        return cls.of(x, np.full(len(x), 1 / len(x)))


@dataclass(frozen=True)
class Iterate:
    """The parameters of a mixture with a common covariance.

    Attributes:
        means: shape (k, d).
        covariance: shape (d, d).
        weights: π, shape (k,).
    """

    means: Array
    covariance: Array
    weights: Array

    @property
    def theta(self) -> Array:
        """The first mean: θ, where the means are tied."""
        first: Array = self.means[0]
        return first

    @classmethod
    def start(cls, means: Array, weights: Array) -> Iterate:
        """Identity covariance."""
        return cls(means, np.eye(means.shape[1]), weights)


@dataclass(frozen=True)
class Model:
    """Which parameters EM estimates.

    Attributes:
        turns: ``R^j``, shape (k, d, d), for tied means; None for free ones.
        covariance: ``fixed``, ``isotropic`` or ``full``, common to the components.
        learned: whether the weights are estimated too, ``π'_j = E w_j``.
    """

    turns: Array | None
    covariance: str = "fixed"
    learned: bool = False

    def step(self, points: Points, at: Iterate) -> Iterate:
        """One EM step.

        >>> model = Model(turns=np.array([[[1.0]], [[-1.0]]]))
        >>> data = Points.equal(np.array([[1.0], [-1.0]]))
        >>> at = Iterate.start(np.array([[1.0], [-1.0]]), np.array([0.5, 0.5]))
        >>> round(float(model.step(data, at).theta[0]), 6)  # tanh(1)
        0.761594
        """
        sums = _e_step(points, at)
        update = free_update if self.turns is None else tied_update(self.turns)
        state = m_step(sums, points.second, State(at.means, at.covariance), update, self.covariance)
        weights = sums.mass if self.learned else at.weights
        return Iterate(state.means, state.covariance, weights)


def log_likelihood(points: Points, at: Iterate) -> float:
    """Mean log density of the points, in nats."""
    return _e_step(points, at).log_likelihood


def one_gaussian(points: Points) -> float:
    """Mean log density of the points under N(0, I), in nats."""
    d: int = points.x.shape[1]
    trace: float = np.trace(points.second).item()
    return -(d * math.log(2 * math.pi) + trace) / 2


def _e_step(points: Points, at: Iterate) -> Sums:
    precision = np.linalg.inv(at.covariance)
    slopes = at.means @ precision
    with np.errstate(divide="ignore"):  # a learned weight may become 0
        offsets = np.log(at.weights) - (slopes * at.means).sum(axis=1) / 2
    z = slopes @ points.x.T + offsets[:, None]
    top = z.max(axis=0)
    w = np.exp(z - top)
    total = w.sum(axis=0)
    logs = float(points.mass @ (top + np.log(total)))
    w *= points.mass / total
    d = points.x.shape[1]
    constant = (d * math.log(2 * math.pi) + float(np.linalg.slogdet(at.covariance)[1])) / 2
    quadratic = float((precision * points.second).sum()) / 2
    return Sums(w.sum(axis=1), w @ points.x, logs - constant - quadratic)
