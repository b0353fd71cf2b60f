"""EM on many samples of N(0, I) at once: what the bounds of T8 are compared with."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.mixture import Mixture
from overspec.verify.em.sample_update import powers
from overspec.verify.engines.spectrum import float_weights

Array = NDArray[np.float64]
AT_ONCE = 2_000_000  # responsibilities that are held at a time


def norms(mixture: Mixture, n: int, starts: Array, steps: int, seed: Any) -> Array:
    """|θ_t| for t = 0 … steps of tied EM, one fresh sample of n rows for each start.

    Args:
        mixture: k components in d dimensions, in the block coordinates of its action.
        n: rows of each sample.
        starts: θ_0, shape (paths, d).
        steps: EM steps.
        seed: of the samples.

    Returns:
        Shape (paths, steps + 1).

    >>> found = norms(Mixture.simplex(3, "4/5,1/10,1/10"), 500, np.ones((7, 2)), 20, seed=1)
    >>> found.shape, bool((found[:, -1] < 0.5).all())
    ((7, 21), True)
    """
    turns, log_weights = powers(mixture), np.log(float_weights(mixture))
    rng = np.random.default_rng(seed)
    batch = max(1, AT_ONCE // (n * mixture.k))
    found = [
        _norms(rng.standard_normal((len(part), n, mixture.d)), part, steps, turns, log_weights)
        for part in (starts[i : i + batch] for i in range(0, len(starts), batch))
    ]
    return np.concatenate(found)


def _norms(rows: Array, theta: Array, steps: int, turns: Array, log_weights: Array) -> Array:
    found = [np.linalg.norm(theta, axis=1)]
    for _ in range(steps):
        means = np.einsum("jab,pb->pja", turns, theta)
        w = rows @ means.transpose(0, 2, 1) + log_weights
        w -= w.max(axis=2, keepdims=True)
        np.exp(w, out=w)
        w /= w.sum(axis=2, keepdims=True)
        sums = w.transpose(0, 2, 1) @ rows
        theta = np.einsum("jba,pjb->pa", turns, sums) / rows.shape[1]
        found.append(np.linalg.norm(theta, axis=1))
    return np.stack(found, axis=1)
