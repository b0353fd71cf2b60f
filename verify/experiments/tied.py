"""Tied means between their three forms: a start, amplitudes, and the divergence that they have."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from overspec.mixture import Energies, Mixture
from overspec.verify.engines.lattice import cyclic_moments
from overspec.verify.engines.moments import first_axes
from overspec.verify.engines.spectrum import amplitudes as to_amplitudes
from overspec.verify.engines.spectrum import dft_energies, float_weights

Array = NDArray[np.float64]


def simplex_start(mixture: Mixture, radius: object) -> Array:
    """θ of shape (k − 1,) in block coordinates whose orbit is a regular simplex of that radius.

    >>> [round(x, 6) for x in simplex_start(Mixture.simplex(4), "3").tolist()]
    [2.44949, 0.0, 1.732051]
    """
    k = mixture.k
    theta = np.zeros(k - 1)
    axes = first_axes(k, tuple(range(1, k // 2 + 1)))
    theta[list(axes)] = to_amplitudes(Energies.regular_simplex(k, radius))
    return theta


def amplitudes_of(mixture: Mixture, theta: Array) -> tuple[float, ...]:
    """a_1 … a_⌊k/2⌋ of θ on the simplex action, d = k − 1.

    >>> amplitudes_of(Mixture.simplex(4), np.array([3.0, 4.0, -1.0]))
    (5.0, 1.0)
    """
    squares = np.zeros(mixture.k // 2)
    for block in mixture.action.blocks:
        part = theta[block.start : block.start + block.size]
        squares[block.frequency - 1] += float(part @ part)
    return tuple(np.sqrt(squares).tolist())


def divergence(mixture: Mixture, theta: Array) -> float:
    """``L(θ) = KL(N(0,I) ‖ p_θ)`` in nats, to about 1e-14 absolute, k ≤ 6 (math.md S2)."""
    at = amplitudes_of(mixture, theta)
    moments = cyclic_moments(float_weights(mixture), at, 1e-14, jacobian=False, check=False)
    return math.fsum(a * a for a in at) / 2 - float(moments.log_partition)


def inverse_energy(mixture: Mixture) -> float:
    """``Σ_m |π̂_m|^{-2}`` over the d = k − 1 real directions of the simplex action.

    >>> round(inverse_energy(Mixture.simplex(4, "linear")), 9)
    50.0
    """
    energies = dft_energies(mixture.weights)
    return math.fsum(block.size / float(energies[block.frequency])
                     for block in mixture.action.blocks)  # fmt: skip
