"""Two coarse lattices, half a step apart, whose mean is accurate.

On each axis the rule is the integral and harmonics, ``I + E + O``, even and odd ones; half a step
of shift turns O to −O. In the mean of both products of rules only terms with an E or with two O are
left. E is at most what the rule of half the step leaves out, and ``O_a O_b f`` at most ``16(1+|y|²)
exp(−2π(y_a/h_a + y_b/h_b) + |y|²/2)/cos²(ψ/2)``, ψ < π the phase spread at (±y_a, ±y_b). In four
dimensions the steps may be some 1.3 times as long: a third of the nodes of two lattices.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def stretches(means: Array, steps: Sequence[float], tolerance: float) -> Array:
    """By what each step may be longer for the mean of two lattices, in [1, 2].

    Args:
        means: slopes μ_j, shape (k, D).
        steps: of one lattice, axis by axis.
        tolerance: for each two axes.

    >>> bool((stretches(np.array([[0.1, 0.0], [0.0, 0.1]]), [0.7, 0.7], 1e-15) > 1.3).all())
    True
    """
    i, j = np.triu_indices(len(means), 1)
    apart = np.abs(means[i] - means[j])  # of every two means along every axis
    reach = 1.5 * math.sqrt(-2 * math.log(tolerance)) + 1
    top = np.minimum(reach, math.pi / apart.max(axis=0).clip(1e-9))
    found = np.ones(len(steps))
    pairs = []
    for a, b in combinations(range(len(steps)), 2):
        u, v = np.meshgrid(*(np.linspace(0, top[x], 60)[1:] for x in (a, b)))
        spread = (u[..., None] * apart[:, a] + v[..., None] * apart[:, b]).max(axis=-1)
        u, v, spread = u[spread < math.pi], v[spread < math.pi], spread[spread < math.pi]
        square = u * u + v * v
        cost = square / 2 - 2 * np.log(np.cos(spread / 2)) + np.log(16 * (1 + square) / tolerance)
        pairs.append((a, b, 2 * math.pi * u / steps[a], 2 * math.pi * v / steps[b], cost))
    found *= max(1.0, min([2.0, *(float(((u + v) / cost).max()) for _, _, u, v, cost in pairs)]))
    for axis in range(len(steps)):  # all alike; then each by what the others leave
        most = 2.0
        for a, b, u, v, cost in pairs:
            if axis in (a, b):
                own, other, by = (u, v, found[b]) if axis == a else (v, u, found[a])
                most = min(most, float((own / (cost - other / by).clip(1e-9)).max()))
        found[axis] = max(found[axis], most)
    return found
