"""The engine in doubles: all expectations at θ from trapezoidal sums (math.md section 5).

The error is an estimate: half the difference of two lattices shifted against each other, plus
what the construction allows for the Gaussian tail, and a floor for rounding.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..action import block_size
from ..errors import InputError
from ..mixture import Energies, Mixture
from .moments import Moments, check_point, first_axes
from .spectrum import amplitudes as to_amplitudes
from .spectrum import float_weights
from .trapezoid import affordable_lattice, expectations

Array = NDArray[np.float64]

FLOOR = 2.5 * float(np.finfo(float).eps)  # rounding, relative to the largest number: 1 or |θ|²/2


def rotations(k: int, frequencies: tuple[int, ...]) -> Array:
    """R^j in the coordinates of the given blocks, for all j: shape (k, D, D).

    >>> rotations(2, (1,)).ravel().tolist()
    [1.0, -1.0]
    """
    dimension = sum(block_size(k, m) for m in frequencies)
    result = np.zeros((k, dimension, dimension))
    for m, a in zip(frequencies, first_axes(k, frequencies), strict=True):
        for j in range(k):
            angle = 2 * math.pi * (m * j % k) / k
            if block_size(k, m) == 1:
                result[j, a, a] = round(math.cos(angle))
            else:
                c, s = math.cos(angle), math.sin(angle)
                result[j, a : a + 2, a : a + 2] = [[c, -s], [s, c]]
    return result


def cyclic_moments(
    weights: Array,
    amplitudes: tuple[float, ...],
    tolerance: float = 1e-15,
    jacobian: bool = True,
    check: bool = True,
) -> Moments:
    """All expectations at θ for the cyclic action, from doubles.

    Args:
        weights: π, shape (k,).
        amplitudes: a_1 … a_⌊k/2⌋; blocks with amplitude 0 drop out.
        tolerance: absolute, 1e-15 at the least.
        jacobian: whether DM is wanted.
        check: whether a second, shifted lattice estimates the error; otherwise the error is the
            tolerance the lattice was built for.

    Returns:
        `Moments` in doubles. Without any amplitude the responsibilities are the weights, and all
        is exact up to rounding.

    Raises:
        InputError: more nodes than the budget.

    >>> moments = cyclic_moments(np.array([0.5, 0.3, 0.2]), (1.0,))
    >>> round(moments.log_partition, 14)
    0.39516094436344
    """
    k = len(weights)
    frequencies = tuple(m for m, a in enumerate(amplitudes, start=1) if a != 0)
    transform = np.exp(2j * np.pi * (np.outer(np.arange(k // 2 + 1), np.arange(k)) % k) / k)
    if not frequencies:
        g = np.abs(transform @ weights) ** 2
        return Moments((), 0.0, tuple(g.tolist()), (), (), FLOOR)
    turns = rotations(k, frequencies)
    theta = np.zeros(turns.shape[1])
    theta[list(first_axes(k, frequencies))] = [amplitudes[m - 1] for m in frequencies]
    means = turns @ theta
    lattice = affordable_lattice(means, tolerance)

    def numbers(shift: float) -> tuple[float, Array, Array, Array]:
        sums = expectations(means, np.log(weights), lattice, shift, jacobian)
        g = np.einsum("mi,ij,mj->m", transform, sums.pair[:, :, 0, 0], transform.conj()).real
        operator = np.einsum("jba,jb->a", turns, sums.single[:, 0, 1:])
        scatter = np.einsum("jca,jcd,jdb->ab", turns, sums.single[:, 1:, 1:], turns)
        scatter -= np.einsum(
            "ica,ijcd,jdb->ab", turns, sums.pair[:, :, 1:, 1:], turns, optimize=True
        )
        return sums.log_partition, g, operator, (scatter + scatter.T) / 2

    log_partition, g, operator, derivative = numbers(0.0)
    error = tolerance
    if check:
        log2, g2, operator2, derivative2 = numbers(0.5)
        differences = [abs(log_partition - log2), *np.abs(g - g2), *np.abs(operator - operator2)]
        if jacobian:
            differences += np.abs(derivative - derivative2).ravel().tolist()
        log_partition = (log_partition + log2) / 2
        g, operator, derivative = (
            (g + g2) / 2,
            (operator + operator2) / 2,
            (derivative + derivative2) / 2,
        )
        error = float(max(differences)) / 2 + tolerance / 20
    return Moments(
        frequencies,
        log_partition,
        tuple(g.tolist()),
        tuple(operator.tolist()),
        tuple(map(tuple, derivative.tolist())) if jacobian else (),
        float(error) + FLOOR * max(1.0, float(theta @ theta) / 2),
    )


def moments(mixture: Mixture, energies: Energies, digits: int = 15) -> Moments:
    """The engine in double precision, for k ≤ 6 and at most 15 digits.

    Raises:
        InputError: see `moments.check_point`; more digits than a double has; too many nodes.

    >>> point = Energies.of_amplitudes(3, "1")
    >>> round(moments(Mixture.simplex(3, "1/2,3/10,1/5"), point).log_partition, 14)
    0.39516094436344
    """
    check_point(mixture, energies, digits)
    if digits > 15:
        raise InputError(f"digits = {digits}: doubles carry 15; use the multiprecision engine")
    return cyclic_moments(float_weights(mixture), to_amplitudes(energies), 10.0**-digits)
