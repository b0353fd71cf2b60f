"""A search for a counterexample to conjecture G: a θ ≠ 0 and weights where ∇²L is not ≻ 0.

The search minimises ``λ_min(∇²L(θ)) / min(1, |θ|²)`` over weights and amplitudes, in doubles on the
lattice: at degenerate weights λ_min falls like |θ|² towards θ = 0 (math.md T6), and the quotient
does not. A negative value would be a counterexample to be certified; a positive one proves nothing.

Run ``python -m overspec.verify.studies.counterexample 4 --starts 20 --seed 1``.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from overspec.evidence import Evidence
from overspec.verify.engines.lattice import cyclic_moments

Array = NDArray[np.float64]

FARTHEST = {2: 6.0, 3: 6.0, 4: 4.0, 5: 3.0, 6: 2.0}  # beyond, a lattice takes too long
NEAREST = 0.05
STEEPEST = 6.0  # |log π_i/π_j| at most about twice this
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Lowest:
    """The smallest quotient that a search saw, where, and after how many evaluations."""

    k: int
    seed: int
    starts: int
    value: float
    weights: tuple[float, ...]
    amplitudes: tuple[float, ...]
    evaluations: int
    evidence: Evidence = Evidence.MEASURED


def search(k: int, starts: int, seed: int, evaluations: int = 200) -> Lowest:
    """Nelder–Mead from random weights and amplitudes, k = 2 … 6.

    Args:
        k: components.
        starts: how many.
        seed: of the random starts.
        evaluations: at most, for each start.

    >>> search(2, starts=1, seed=1, evaluations=30).value > 0
    True
    """
    random = np.random.default_rng(seed)
    best = Lowest(k, seed, starts, np.inf, (), (), 0)
    count = 0

    def quotient(point: Array) -> float:
        nonlocal best, count
        count += 1
        weights, amplitudes = _parts(k, point)
        found = cyclic_moments(weights, amplitudes, TOLERANCE, check=False)
        # a block without energy has the eigenvalue g_m, as has the tangent of a 2-D block
        lowest = min(1 - float(np.linalg.eigvalsh(np.array(found.jacobian))[-1]), *found.g[1:])
        value = lowest / min(1.0, float(np.dot(amplitudes, amplitudes)))
        if value < best.value:
            best = Lowest(k, seed, starts, value, tuple(weights.tolist()), amplitudes, 0)
        return float(value)

    for _ in range(starts):
        scale = random.uniform(0, 3)
        start = np.concatenate(
            [random.normal(0, scale, k - 1), random.normal(0, 1, k // 2) * random.uniform(0.1, 2)]
        )
        minimize(quotient, start, method="Nelder-Mead", options={"maxfev": evaluations})
    return Lowest(k, seed, starts, best.value, best.weights, best.amplitudes, count)


def _parts(k: int, point: Array) -> tuple[Array, tuple[float, ...]]:
    logs = np.append(np.clip(point[: k - 1], -STEEPEST, STEEPEST), 0.0)
    weights = np.exp(logs - logs.max())
    amplitudes = np.abs(point[k - 1 :])
    norm = float(np.linalg.norm(amplitudes))
    wanted = min(max(norm, NEAREST), FARTHEST[k])
    amplitudes = amplitudes * (wanted / norm) if norm > 0 else amplitudes + wanted
    return weights / weights.sum(), tuple(np.maximum(amplitudes, 1e-3 * wanted).tolist())


def main() -> None:
    """Search, and print what was lowest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("k", type=int)
    parser.add_argument("--starts", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--evaluations", type=int, default=200)
    wanted = parser.parse_args()
    print(search(wanted.k, wanted.starts, wanted.seed, wanted.evaluations))


if __name__ == "__main__":
    main()
