"""The M-step of sample EM: means tied or free, a covariance that is fixed or estimated.

Means, sums and second moments are all counted from the centre of the table, so that data far from
0 lose no digits. Entries that are not observed stand for their conditional mean and variance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError
from overspec.mixture import Energies, Mixture
from overspec.results.text import root_decimal
from overspec.verify.em.sample_step import Sums

Array = NDArray[np.float64]

FLAT = 1e-13  # least over largest eigenvalue of Σ at which it is singular, up to rounding


@dataclass(frozen=True)
class State:
    """What EM updates: the means, from the centre of the data, and their common covariance."""

    means: Array  # (k, d)
    covariance: Array  # (d, d)


Update = Callable[[Sums, State], Array]


@dataclass(frozen=True)
class Shift:
    """The centre c of the data for tied means: ``μ_j − c = R^j θ' − moved``, ``θ' = θ − kept``.

    ``kept`` is the part of c that R keeps, which leaves all means alike; ``moved`` is the rest.
    """

    kept: Array  # (d,)
    moved: Array  # (d,)

    @classmethod
    def of(cls, mixture: Mixture, centre: Array) -> Shift:
        """R keeps the coordinates of frequency 0."""
        kept = np.zeros_like(centre)
        for block in mixture.action.blocks:
            if block.frequency == 0:
                kept[block.start] = centre[block.start]
        return cls(kept, centre - kept)


def completed(sums: Sums, means: Array) -> Array:
    """``Σ w_j x`` with each hidden coordinate at its conditional mean, that of the component."""
    return sums.first if sums.hidden is None else sums.first + sums.hidden * means


def tied_update(turns: Array, shift: Shift | None = None, frozen: Collection[int] = ()) -> Update:
    """θ solves ``Σ_j m_j R^{-j} Σ^{-1} R^j θ = Σ_j R^{-j} Σ^{-1} s_j``; m, s the sums of w, wx.

    Args:
        turns: R^j, shape (k, d, d).
        shift: the centre of the data.
        frozen: coordinates of θ that stay; the others then maximise Q given them.
    """
    d = turns.shape[1]
    moved = np.zeros(d) if shift is None else shift.moved
    fixed = np.zeros(d, dtype=bool)
    fixed[list(frozen)] = True

    def update(sums: Sums, state: State) -> Array:
        precision = np.linalg.inv(state.covariance)
        pulled = np.einsum("jba,bc->jac", turns, precision)
        matrix = np.einsum("j,jac,jcd->ad", sums.mass, pulled, turns)
        first = completed(sums, state.means) + sums.mass[:, None] * moved
        right = np.einsum("jac,jc->a", pulled, first)
        if fixed.any():
            theta = state.means[0] + moved
            right = right[~fixed] - matrix[np.ix_(~fixed, fixed)] @ theta[fixed]
            theta[~fixed] = np.linalg.solve(matrix[np.ix_(~fixed, ~fixed)], right)
        else:
            theta = np.linalg.solve(matrix, right)
        means: Array = turns @ theta - moved
        return means

    return update


def free_update(sums: Sums, state: State, frozen: Collection[int] = ()) -> Array:
    """``μ_j = s_j/m_j``; m, s the sums of w, wx. Frozen components keep their means.

    Raises:
        InputError: a component that no data are left for.
    """
    free = np.ones(len(sums.mass), dtype=bool)
    free[list(frozen)] = False
    mass = np.where(free, sums.mass, 1.0)
    dead = int(np.argmin(mass))
    if mass[dead] < 1e-300:
        raise InputError(f"component {dead} has no data left; start nearer or use tied means")
    means: Array = completed(sums, state.means) / mass[:, None]
    means[~free] = state.means[~free]
    return means


def m_step(sums: Sums, second: Array, state: State, update: Update, covariance: str) -> State:
    """The means by `tied_update` or `free_update`, then the covariance at those means.

    ``second`` is ``E xxᵀ`` over the data; ``covariance`` is ``"fixed"``, ``"isotropic"`` or
    ``"full"``. Where entries are hidden it must be a multiple of the identity: their conditional
    second moments about the new means, ``v + (μ_j − μ_j')²``, are added to the trace.

    Raises:
        InputError: a covariance that is singular up to rounding.
    """
    means = update(sums, state)
    if covariance == "fixed":
        return State(means, state.covariance)
    first = completed(sums, state.means)
    cross = means.T @ first
    scatter = second - cross - cross.T + (means.T * sums.mass) @ means
    if sums.hidden is not None:
        unseen = sums.hidden * (state.means**2 + np.diag(state.covariance))
        scatter = scatter + np.diag(unseen.sum(axis=0))
    if covariance == "isotropic":
        d = len(scatter)
        scatter = np.eye(d) * (np.trace(scatter) / d)
    scatter = (scatter + scatter.T) / 2
    spread = np.linalg.eigvalsh(scatter)
    if not spread[0] > FLAT * max(float(spread[-1]), float(np.trace(second)) / len(scatter)):
        raise InputError(
            "the estimated covariance collapsed to a singular matrix: columns that depend on each "
            "other, or too few different rows; use fewer columns, more data, fewer components, or "
            "covariance 'isotropic' or 'fixed'"
        )
    return State(means, scatter)


def placed(mixture: Mixture, energies: Energies) -> Array:
    """A θ with these energies: each on the first axis of the first block of its frequency.

    >>> placed(Mixture.simplex(4), Energies.of_amplitudes(4, "1,1/2")).tolist()
    [1.0, 0.0, 0.5]
    """
    if energies.k != mixture.k:
        raise InputError(f"energies for k = {energies.k}, but the mixture has k = {mixture.k}")
    theta = np.zeros(mixture.d)
    amplitudes = [float(root_decimal(energy, 17)) for energy in energies]
    seen: set[int] = set()
    for block in mixture.action.blocks:
        if block.frequency and block.frequency not in seen:
            theta[block.start] = amplitudes[block.frequency - 1]
            seen.add(block.frequency)
    return theta


def powers(mixture: Mixture) -> Array:
    """R^j in block coordinates for all j, shape (k, d, d)."""
    k = mixture.k
    turns = np.zeros((k, mixture.d, mixture.d))
    for block in mixture.action.blocks:
        a = block.start
        for j in range(k):
            angle = 2 * math.pi * (block.frequency * j % k) / k
            c, s = math.cos(angle), math.sin(angle)
            if block.size == 1:
                turns[j, a, a] = c
            else:
                turns[j, a : a + 2, a : a + 2] = [[c, -s], [s, c]]
    return turns
