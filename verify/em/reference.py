"""A second, plain EM for cross-checks: textbook formulas, straight loops, Gauss–Hermite quadrature.

Shares no code with the engines or with `engines.evaluate` and `em.sample`. Means are explicit,
``μ_j = R^j θ`` with R as a d×d matrix; densities are Gaussian densities; nothing is cancelled or
factorised beforehand. Slow, and meant to be read.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import roots_hermitenorm

from overspec.errors import InputError
from overspec.mixture import Energies, Mixture

Array = NDArray[np.float64]

FIRST_NODES = 12  # per axis, doubled until the result settles
MAX_NODES = 4_000_000
MAX_LINE = 600  # nodes on one axis
SETTLED = 1e-14


@dataclass(frozen=True)
class ReferenceEvaluation:
    """Population quantities at θ by tensor Gauss–Hermite quadrature.

    Attributes:
        kl: ``E[log φ(x) − log Σ_j π_j φ(x − μ_j)]``.
        log_partition: ``|θ|²/2 − kl``.
        g: ``E|ŵ_m|²``, m = 0 … ⌊k/2⌋.
        map_amplitudes: norms of M(θ) in the first block of each frequency, m = 1 … ⌊k/2⌋.
        error: largest change on the last doubling of the nodes, and rounding (`rounded`); an
            estimate, not a bound.
    """

    kl: float
    log_partition: float
    g: tuple[float, ...]
    map_amplitudes: tuple[float, ...]
    error: float


def rotation(mixture: Mixture) -> Array:
    """The matrix R in block coordinates, shape (d, d).

    >>> rotation(Mixture.simplex(2)).tolist()
    [[-1.0]]
    """
    matrix = np.eye(mixture.d)
    for block in mixture.action.blocks:
        angle = 2 * math.pi * block.frequency / mixture.k
        a = block.start
        if block.size == 2:
            matrix[a, a] = matrix[a + 1, a + 1] = math.cos(angle)
            matrix[a, a + 1], matrix[a + 1, a] = -math.sin(angle), math.sin(angle)
        elif block.frequency != 0:
            matrix[a, a] = -1.0
    return matrix


def parameter(mixture: Mixture, energies: Energies) -> Array:
    """A θ of shape (d,) with these energies: a_m on the first axis of the first block of m.

    Raises:
        InputError: energy in a frequency that the action lacks.
    """
    theta = np.zeros(mixture.d)
    for m, energy in enumerate(energies, start=1):
        amplitude = math.sqrt(float(energy))
        starts = [b.start for b in mixture.action.blocks if b.frequency == m]
        if not starts and amplitude > 0:
            raise InputError(f"amplitude {m} is not 0, but the action has no frequency {m}")
        if starts:
            theta[starts[0]] = amplitude
    return theta


def responsibilities(x: Array, means: list[Array], weights: list[float]) -> list[Array]:
    """E-step: w_j(x_i) from the component densities; a list of k arrays of shape (n,)."""
    logs = []
    for mean, weight in zip(means, weights, strict=True):
        squared = np.sum((x - mean) ** 2, axis=1)
        logs.append(math.log(weight) - squared / 2)
    top = np.max(logs, axis=0)
    densities = [np.exp(log - top) for log in logs]
    total = np.sum(densities, axis=0)
    return [density / total for density in densities]


def em_step(x: Array, mass: Array, turn: Array, theta: Array, weights: list[float]) -> Array:
    """One EM step for tied means on weighted points: Q is largest at ``Σ mass Σ_j w_j R^{-j} x``.

    Args:
        x: points, shape (n, d).
        mass: their masses, summing to 1, shape (n,); ``1/n`` each for a sample.
        turn: R, shape (d, d).
        theta: shape (d,).
        weights: π.
    """
    means, powers = orbit(turn, theta, len(weights))
    result = np.zeros_like(theta)
    for w, power in zip(responsibilities(x, means, weights), powers, strict=True):
        result += power.T @ (x.T @ (mass * w))
    return result


def orbit(turn: Array, theta: Array, k: int) -> tuple[list[Array], list[Array]]:
    """The means R^j θ and the powers R^j, j = 0 … k−1."""
    powers = [np.eye(len(theta))]
    while len(powers) < k:
        powers.append(turn @ powers[-1])
    return [power @ theta for power in powers], powers


def evaluate(mixture: Mixture, energies: Energies) -> ReferenceEvaluation:
    """KL, g_m and M at θ.

    Raises:
        InputError: d too large for a tensor grid (d > 4), or energy where the action has none.

    >>> e = evaluate(Mixture.simplex(3, "1/2,3/10,1/5"), Energies.of_amplitudes(3, "1"))
    >>> round(e.log_partition, 12)
    0.395160944363
    """
    theta, turn = parameter(mixture, energies), rotation(mixture)
    weights = [float(w) for w in mixture.weights]
    modes = range(mixture.k // 2 + 1)

    def numbers(x: Array, mass: Array) -> Array:
        means, _ = orbit(turn, theta, mixture.k)
        density = np.zeros(len(x))
        for mean, weight in zip(means, weights, strict=True):
            density += weight * np.exp(x @ mean - mean @ mean / 2)  # ratio to the density φ(x)
        kl = -np.sum(mass * np.log(density))
        w = responsibilities(x, means, weights)
        g = []
        for m in modes:
            roots = np.exp(2j * math.pi * m * np.arange(mixture.k) / mixture.k)
            transform = sum(w[j] * roots[j] for j in range(mixture.k))
            g.append(float(np.sum(mass * np.abs(transform) ** 2)))
        mapped = em_step(x, mass, turn, theta, weights)
        return np.array([kl, *g, *(_amplitude(mixture, mapped, m) for m in modes[1:])])

    values, change, count = doubled(mixture.d, numbers)
    error = change + rounded(count, mixture.k, theta)
    kl, g, amplitudes = values[0], values[1 : 1 + len(modes)], values[1 + len(modes) :]
    half = float(theta @ theta) / 2
    return ReferenceEvaluation(
        float(kl), half - float(kl), tuple(map(float, g)), tuple(map(float, amplitudes)), error
    )


def rounded(count: int, k: int, theta: Array) -> float:
    """How far rounding may move KL, g or an amplitude of M(θ): ``√(3n) u`` times the terms.

    n independent roundings of mean 0 (Higham and Mary 2019): the partial sums over the points, half
    of them about the whole, and those over k components and d coordinates. Scores have magnitude
    |x||θ| and |θ|²/2, terms of M at most |x|, and E|x| ≤ √d. Nodes and masses count as exact: their
    errors differ between one grid and the next, and are in the change. An estimate, not a bound.

    >>> 1e-14 < rounded(48**2, 3, np.array([1.0, 0.0])) < 1e-13
    True
    """
    d, size = len(theta), float(np.linalg.norm(theta))
    n = count / 2 + 2 * d + k + 20
    return math.sqrt(3 * n) * 2.0**-53 * (1 + math.sqrt(d) * (1 + size) + size**2)


def jacobian(mixture: Mixture, energies: Energies, step: float = 0.03) -> tuple[Array, float]:
    """DM(θ) on all d coordinates by sixth-order central differences of M, and an error estimate.

    The estimate is the change on doubling the nodes plus the change on doubling the step.

    Raises:
        InputError: as `evaluate`.

    >>> matrix, error = jacobian(Mixture.simplex(2, "1/2,1/2"), Energies.of_amplitudes(2, "0"))
    >>> bool(abs(matrix[0, 0] - 1) < 1e-6)  # DM(0) = I − AᵀA and A = 0
    True
    """
    theta, turn = parameter(mixture, energies), rotation(mixture)
    weights = [float(w) for w in mixture.weights]

    def differences(x: Array, mass: Array) -> Array:
        result = []
        for h in (step, 2 * step):
            matrix = np.zeros((mixture.d, mixture.d))
            for axis in range(mixture.d):
                for n, c in ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60)):
                    for side in (1, -1):
                        moved = theta.copy()
                        moved[axis] += side * n * h
                        matrix[:, axis] += side * c * em_step(x, mass, turn, moved, weights) / h
            result.append(matrix)
        return np.array(result)

    (fine, coarse), change, count = doubled(mixture.d, differences)
    rounding = 2 * rounded(count, mixture.k, theta) / step  # Σ|c|/n of the formula is below 2
    return fine, change + rounding + float(np.max(np.abs(fine - coarse)))


def doubled(d: int, numbers: Callable[[Array, Array], Array]) -> tuple[Array, float, int]:
    """The numbers on grids with twice the nodes each time, the last change, and how many points."""
    nodes = FIRST_NODES
    if (2 * nodes) ** d > MAX_NODES:
        raise InputError(f"d = {d}: the plain quadrature is a tensor grid; it reaches d = 4")
    values = numbers(*gauss_hermite(d, nodes))
    while True:
        nodes *= 2
        finer = numbers(*gauss_hermite(d, nodes))
        change = float(np.max(np.abs(finer - values)))
        values = finer
        if change < SETTLED or (2 * nodes) ** d > MAX_NODES or nodes >= MAX_LINE:
            return values, change, nodes**d


def gauss_hermite(d: int, nodes: int) -> tuple[Array, Array]:
    """Points (nodes^d, d) and masses of the tensor rule for N(0, I_d); tiny masses dropped."""
    line, mass = roots_hermitenorm(nodes)
    mass = mass / np.sum(mass)
    points = np.stack(np.meshgrid(*[line] * d, indexing="ij"), axis=-1).reshape(-1, d)
    masses = np.ones(1)
    for _ in range(d):
        masses = np.multiply.outer(masses, mass).ravel()
    keep = masses > 1e-30
    return points[keep], masses[keep]


def _amplitude(mixture: Mixture, vector: Array, m: int) -> float:
    """Norm of the vector in the first block of frequency m; 0 without one."""
    for block in mixture.action.blocks:
        if block.frequency == m:
            return float(np.linalg.norm(vector[block.coordinates]))
    return 0.0
