"""Lloyd's map on N(0, I_d) and on data; the population's along parallel lines.

On a line ``y + t u``, |u| = 1, the nearest centre is the upper envelope of k straight lines in t,
so each cell is one interval of t and its mass and first moment are exact. What is left is an
average over the lines of a function that is continuous in y and in the centres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import ortho_group, qmc

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Lines:
    """Lines ``y_i + t u``: u of shape (d,), y of shape (n, d) with y_i normal and across u."""

    u: Array
    y: Array


def lines(d: int, count: int, seed: int) -> tuple[Lines, ...]:
    """About ``count`` lines along each of d random orthonormal directions.

    The points y are scrambled Sobol points made normal; with y comes −y, so that averages of odd
    functions of x vanish by symmetry. ``count`` must be a power of 2.

    >>> [group.y.shape for group in lines(2, 8, 1)]
    [(8, 2), (8, 2)]
    """
    rng = np.random.default_rng(seed)
    if d == 1:
        return (Lines(np.ones(1), np.zeros((1, 1))),)
    axes = np.asarray(ortho_group.rvs(d, random_state=rng), dtype=np.float64)
    groups = []
    for i in range(d):
        nodes = qmc.Sobol(d - 1, rng=rng).random(count // 2)
        normal = ndtri(np.clip(nodes, 1e-12, 1 - 1e-12))
        y = normal @ np.delete(axes, i, axis=0)
        groups.append(Lines(axes[i], np.concatenate([y, -y])))
    return tuple(groups)


def cells(centres: Array, groups: tuple[Lines, ...]) -> tuple[Array, Array]:
    """Mass (k,) and first moment (k, d) of the Voronoi cells under N(0, I_d).

    >>> mass, first = cells(np.array([[1.0], [-1.0]]), lines(1, 2, 0))
    >>> mass.tolist(), bool(abs(first[0, 0] - 1 / math.sqrt(2 * math.pi)) < 1e-15)
    ([0.5, 0.5], True)
    """
    mass, first = np.zeros(len(centres)), np.zeros_like(centres)
    fall = (centres**2).sum(axis=1) / 2
    for group in groups:
        slope = centres @ group.u
        height = group.y @ centres.T - fall
        steeper = slope[:, None] - slope[None]
        with np.errstate(divide="ignore", invalid="ignore"):
            meet = (height[:, None, :] - height[:, :, None]) / steeper
        # where i is the steeper it is above j from t = meet on, else up to there
        low = np.where(steeper > 0, meet, -np.inf).max(axis=2)
        high = np.maximum(np.where(steeper < 0, meet, np.inf).min(axis=2), low)
        inside = ndtr(high) - ndtr(low)
        along = (_density(low) - _density(high)).mean(axis=0)
        mass += inside.mean(axis=0)
        first += inside.T @ group.y / len(group.y) + along[:, None] * group.u
    return mass / len(groups), first / len(groups)


def _density(t: Array) -> Array:
    return np.asarray(np.exp(-(t**2) / 2) / math.sqrt(2 * math.pi), dtype=np.float64)


def population_step(centres: Array, groups: tuple[Lines, ...]) -> Array:
    """Centres to the centroids of their cells; an empty cell keeps its centre."""
    mass, first = cells(centres, groups)
    kept = mass > 1e-12
    moved = centres.copy()
    moved[kept] = first[kept] / mass[kept, None]
    return moved


def sample_step(centres: Array, x: Array) -> tuple[Array, NDArray[np.intp]]:
    """The same on data: new centres, and the label of each row."""
    score = centres @ x.T
    score -= (centres**2).sum(axis=1)[:, None] / 2
    labels = score.argmax(axis=0)
    inside = (labels == np.arange(len(centres))[:, None]).astype(np.float64)
    count = inside.sum(axis=1)
    moved = centres.copy()
    moved[count > 0] = (inside @ x)[count > 0] / count[count > 0, None]
    return moved, labels


@dataclass(frozen=True)
class Run:
    """Where Lloyd's algorithm on data ended: centres, labels, and after how many steps."""

    centres: Array
    labels: NDArray[np.intp]
    steps: int


def run(centres: Array, x: Array, limit: int) -> Run:
    """Lloyd's algorithm on data until no label changes, or for ``limit`` steps."""
    moved, labels = sample_step(centres, x)
    for steps in range(1, limit):
        centres = moved
        moved, now = sample_step(centres, x)
        if np.array_equal(now, labels):
            return Run(centres, labels, steps)
        labels = now
    return Run(centres, labels, limit)


def jacobian(centres: Array, groups: tuple[Lines, ...], step: float = 1e-3) -> Array:
    """Of the population's map at the centres by central differences, shape (kd, kd)."""
    size = centres.size
    columns = []
    for i in range(size):
        shift = step * (np.arange(size) == i).reshape(centres.shape)
        ahead, behind = (population_step(centres + sign * shift, groups) for sign in (1, -1))
        columns.append((ahead - behind).ravel() / (2 * step))
    return np.stack(columns, axis=1)


def simplex(k: int, d: int) -> Array:
    """A regular simplex of norm 1 in the first k − 1 coordinates, shape (k, d).

    >>> np.round(simplex(3, 2) @ simplex(3, 2).T, 12).tolist()[0]
    [1.0, -0.5, -0.5]
    """
    centred = np.eye(k) - 1 / k
    basis = np.linalg.qr(centred[:, : k - 1])[0]
    vertices = np.zeros((k, d))
    vertices[:, : k - 1] = centred @ basis * math.sqrt(k / (k - 1))
    return vertices


def edge_ratio(centres: Array) -> float:
    """Longest over shortest edge: 1 for a regular simplex."""
    k = len(centres)
    gaps = centres[:, None] - centres[None]
    edges = np.linalg.norm(gaps, axis=2)[np.triu_indices(k, 1)]
    return float(edges.max() / edges.min()) if edges.min() > 0 else math.inf


def size(centres: Array) -> float:
    """Root mean square distance of the centres from their mean: the radius, for a simplex."""
    centred = centres - centres.mean(axis=0)
    return math.sqrt(float((centred**2).sum()) / len(centres))


def turn_between(before: Array, after: Array) -> float:
    """Angle in radians by which the centres turned, less what changed their shape.

    ``|Q − I|_F/√2`` for the rotation Q that brings the old centres nearest to the new ones.
    """
    left, _, right = np.linalg.svd(after.T @ before)
    turned = left @ right
    return float(np.linalg.norm(turned - np.eye(len(turned)))) / math.sqrt(2)
