"""The engine in doubles: all expectations at θ from trapezoidal sums (math.md section 5).

The error is an estimate: half the difference of two lattices shifted against each other, plus
what the construction allows for the Gaussian tail, and a floor for rounding. In four dimensions
and more it is one lattice, or two so coarse that only their mean is accurate: there the error is
the tolerance that they were built for, and rounding.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.action import block_size
from overspec.errors import InputError
from overspec.mixture import Energies, Mixture
from overspec.verify.engines.extended import DIGITS, check_extended, circle, to_long, to_real
from overspec.verify.engines.moments import Moments, check_point, first_axes
from overspec.verify.engines.rounding import (
    SIGNIFICAND,
    U,
    eigenvalues,
    elementary,
    estimate,
    joined,
)
from overspec.verify.engines.spectrum import amplitudes as to_amplitudes
from overspec.verify.engines.spectrum import float_weights
from overspec.verify.engines.trapezoid import Sums, affordable_lattice, expectations, tail_for

Array = NDArray[Any]

NAMES = ("log_partition", "g", "operator", "jacobian")
TWIN = 4  # dimensions from which one lattice, or the mean of two coarser ones, has to do
HALF = 1 / math.sqrt(math.pi)  # √2 E x⁺
AMPLITUDE = math.sqrt(9 / 4)  # of a component of R^jθ: an energy, its root, a cosine


def rotations(k: int, frequencies: tuple[int, ...], real: Any = np.float64) -> Array:
    """R^j in the coordinates of the given blocks, for all j: shape (k, D, D).

    >>> rotations(2, (1,)).ravel().tolist()
    [1.0, -1.0]
    """
    dimension = sum(block_size(k, m) for m in frequencies)
    result, turns = np.zeros((k, dimension, dimension), real), circle(k, real)
    for m, a in zip(frequencies, first_axes(k, frequencies), strict=True):
        for j in range(k):
            c, s = turns[:, m * j % k]
            if block_size(k, m) == 1:
                result[j, a, a] = round(c)
            else:
                result[j, a : a + 2, a : a + 2] = [[c, -s], [s, c]]
    return result


def cyclic_moments(
    weights: Array,
    amplitudes: Sequence[Any],
    tolerance: float = 1e-15,
    jacobian: bool = True,
    check: bool = True,
) -> Moments:
    """All expectations at θ for the cyclic action, from doubles or the numbers of `extended`.

    Args:
        weights: π, shape (k,); its type is that of all numbers.
        amplitudes: a_1 … a_⌊k/2⌋; blocks with amplitude 0 drop out.
        tolerance: absolute, some units of rounding at the least.
        jacobian: whether DM is wanted.
        check: whether a second, shifted lattice estimates the error; otherwise, and from four
            dimensions on, the error is the tolerance the lattice was built for.

    Returns:
        `Moments` in these numbers. Without any amplitude the responsibilities are the weights, and
        all is exact up to rounding.

    Raises:
        InputError: more nodes than the budget.

    >>> moments = cyclic_moments(np.array([0.5, 0.3, 0.2]), (1.0,))
    >>> round(moments.log_partition, 14)
    0.39516094436344
    """
    k, real = len(weights), weights.dtype.type
    frequencies = tuple(m for m, a in enumerate(amplitudes, start=1) if a != 0)
    cosines, sines = circle(k, real)[:, np.outer(np.arange(k // 2 + 1), np.arange(k)) % k]
    transform = cosines + 1j * sines
    if not frequencies:
        g = np.abs(transform @ weights) ** 2
        return Moments(
            (), 0.0, tuple(g.tolist()), (), (), estimate(len(weights) / math.sqrt(3) + 2)
        )
    turns = rotations(k, frequencies, real)
    theta = np.zeros(turns.shape[1], real)
    theta[list(first_axes(k, frequencies))] = [amplitudes[m - 1] for m in frequencies]
    means = turns @ theta
    built = len(theta) >= TWIN  # for the tolerance, which needs no second lattice to be checked
    lattice = affordable_lattice(means.astype(np.float64), tolerance, built)

    def numbers(shift: float) -> tuple[dict[str, Array], Sums]:
        sums = expectations(means, np.log(weights), lattice, shift, jacobian)
        g = np.einsum("mi,ij,mj->m", transform, sums.pair[:, :, 0, 0], transform.conj()).real
        g[0] = 1.0  # Σ_j w_j = 1
        operator = np.einsum("jba,jb->a", turns, sums.single[:, 0, 1:])
        scatter = np.einsum("jca,jcd,jdb->ab", turns, sums.single[:, 1:, 1:], turns)
        scatter -= np.einsum(
            "ica,ijcd,jdb->ab", turns, sums.pair[:, :, 1:, 1:], turns, optimize=True
        )
        values = (np.array(sums.log_partition), g, operator, (scatter + scatter.T) / 2)
        return dict(zip(NAMES, values, strict=True)), sums

    found, sums = numbers(0.0)
    errors = dict.fromkeys(NAMES, tolerance)
    grids = 1
    if lattice.twin or (check and not built):
        grids = 2
        again, _ = numbers(0.5)
        if not built:
            errors = {name: float(np.abs(found[name] - again[name]).max()) / 2 for name in NAMES}
        found = {name: (found[name] + again[name]) / 2 for name in NAMES}
    unit = float(np.finfo(real).eps) / (2 * U)
    rounded = {n: unit * e for n, e in _rounding(weights, theta, found, sums, grids).items()}
    if check and not built:
        tail, dimension = tail_for(means.astype(np.float64), tolerance), len(theta)
        # beyond the radius |log S| is at most about |x||θ|, g_m 1, M |x|, DM |x|² in both its sums
        beyond = (dimension * max(1.0, float(np.linalg.norm(theta))), 1, dimension, 2 * dimension)
        errors = {
            name: max(errors[name], rounded[name]) + tail * size
            for name, size in zip(NAMES, beyond, strict=True)
        }
    else:
        errors = {name: errors[name] + rounded[name] for name in NAMES}
    derivative = found["jacobian"] if jacobian else np.empty((0, 0), real)
    return Moments(
        frequencies,
        found["log_partition"].item(),
        tuple(found["g"].tolist()),
        tuple(found["operator"].tolist()),
        tuple(map(tuple, derivative.tolist())),
        max(errors.values()),
        errors=errors,
    )


def _rounding(
    weights: Array, theta: Array, found: dict[str, Array], sums: Sums, grids: int
) -> dict[str, float]:
    """Rounding errors by the model of `engines.rounding`: what is summed, θ, the weights."""
    mean, size = float(found["log_partition"]), float(np.linalg.norm(theta))
    g, moved = found["g"], found["operator"]
    derivative = float(np.abs(found["jacobian"]).max(initial=1.0))
    parts, masses, pair = sums.rounding, sums.single[:, 0, 0], sums.pair[:, :, 0, 0]
    one, two = float(np.linalg.norm(masses)), float(np.linalg.norm(pair))
    # Errors δ_j of e^{z_j} move ŵ_m by Σ_j w_j|δ_j − Σ_i w_iδ_i| ≤ 2 max|δ_j| Σ_j w_j(1 − w_j), g_m
    # by 2|ŵ_m| times it, and M by |x| times it
    mixed, root = min(1.0, 2 * (1 - float(np.trace(pair)))), math.sqrt(g[1:].max())
    # Root mean squares: Var log S ≤ |θ|² (Poincaré), E|ŵ_m|⁴ ≤ g_m, E x² = 1, E x⁴ = 3. Sums of the
    # w_j and w_i w_j are added up independently; those of x w_j in two halves, of E x⁺ each
    scattered = (
        joined(math.hypot(mean, size) * parts.logs, size * parts.weights, parts.terms),
        joined(two * parts.added, root * parts.weights, 2 * root * mixed * parts.terms),
        joined(one * HALF * parts.added, root * parts.weights, mixed * parts.terms),
        joined(
            math.sqrt(2) * parts.added,
            math.sqrt(6) * math.hypot(parts.weights, parts.terms),
            derivative * eigenvalues(len(theta)),
        ),
    )
    # θ by its amplitudes and rotations, each the root or the cosine of a rounded number
    early = min(1.0, 2 * size**2)
    by_theta = (float(theta @ moved), early, float(np.abs(derivative * theta).max()), early)
    # log π_j, rounded as a whole: a relative error of π_j; E log S moves by E w_j times it
    each = 1 + (elementary("log") * np.log(weights)) ** 2
    if len(theta) == 1:  # there they have an exponential of their own
        each += elementary("exp") ** 2
    share = float(np.linalg.norm(masses * np.sqrt(each)))
    by_weights = (share, 2 * root * mixed * share, size * mixed * share, share)
    values = (mean, float(g[1:].max()), float(np.abs(moved).max()), derivative)
    return {
        name: estimate(
            math.hypot(
                math.hypot(apart, value) / math.sqrt(grids),
                joined(SIGNIFICAND * AMPLITUDE * theta_, SIGNIFICAND * weights_, value),
            )
        )
        for name, apart, theta_, weights_, value in zip(
            NAMES, scattered, by_theta, by_weights, values, strict=True
        )
    }


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


def extended_moments(
    mixture: Mixture, energies: Energies, digits: int = DIGITS, check: bool = True
) -> Moments:
    """The same sums on the numbers of `engines.extended`, to 17 digits, as mpmath numbers.

    Raises:
        OutOfReach: a processor without such numbers.
        InputError: see `moments.check_point`; too many nodes.

    >>> point = Energies.of_amplitudes(3, "1")
    >>> found = extended_moments(Mixture.simplex(3, "1/2,3/10,1/5"), point)
    >>> print(str(found.log_partition)[:19])
    0.39516094436343875
    """
    check_point(mixture, energies, digits)
    check_extended()
    weights = np.array([to_long(w) for w in mixture.weights])
    amplitudes = np.sqrt(np.array([to_long(e) for e in energies]))
    found = cyclic_moments(weights, amplitudes, 10.0**-digits, check=check)

    def real(value: Any) -> Any:
        return to_real(value, digits)

    return replace(
        found,
        log_partition=real(found.log_partition),
        g=tuple(map(real, found.g)),
        operator=tuple(map(real, found.operator)),
        jacobian=tuple(tuple(map(real, row)) for row in found.jacobian),
    )
