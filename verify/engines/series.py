"""Small θ, k ≤ 6: g_m and KL by power series, whose relative accuracy does not fall as θ → 0.

With θ = sφ, |φ| = 1 and z_j = ⟨x, R^jφ⟩ the responsibilities are quotients of power series in s,
``w_j = π_j e^{s z_j} / Σ_i π_i e^{s z_i}``, whose coefficients are polynomials in x. That of
s^2n in ``g_m = E|ŵ_m|²`` is the mean of a polynomial of degree 2n: a Gauss–Hermite rule of n + 1
nodes an axis gives it without error of quadrature. That of s⁰ is |π̂_m|², 0 exactly at null
frequencies. ``L(θ) = ∫₀¹ r Σ_m g_m(rθ) a_m² dr`` (math.md S7) then has the coefficients
``Σ_m a_m² g_{m,n}/(2n + 2)``.

The series do not converge: log S has zeros at complex s, the nearest at i π/(2|x|), so that terms
shrink like ``(2n − 1)‼ (2s/π)^2n`` until n is about 1/s². Up to `FARTHEST` the last one is below
1e-18, and g_m/s² is at least 1/d or so: the sum is as good as doubles are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import roots_hermitenorm

from overspec.verify.engines.lattice import rotations
from overspec.verify.engines.moments import first_axes
from overspec.verify.engines.rounding import estimate

Array = NDArray[np.float64]

FARTHEST = 1 / 32  # |θ| up to which `near_zero` is used
SMALLEST = 1e-75  # below it KL, of the order of |θ|⁴, is no longer a normal double
ORDER = 7  # terms of the series in s² after the first
ROUNDINGS = 40  # deviations of a coefficient: two products of ORDER terms, and sums of k of them


@dataclass(frozen=True)
class NearZero:
    """g_0 … g_⌊k/2⌋ and KL at a small θ, with error estimates (rounding, the last term)."""

    g: tuple[float, ...]
    g_errors: tuple[float, ...]
    kl: float
    kl_error: float


def near_zero(weights: Array, energies: Array, amplitudes: tuple[float, ...]) -> NearZero:
    """g_m and KL at θ, 0 < |θ| ≤ `FARTHEST`, by their series.

    Args:
        weights: π, shape (k,), k ≤ 6.
        energies: |π̂_m|² for m = 0 … ⌊k/2⌋, exactly 0 where that is decided.
        amplitudes: a_1 … a_⌊k/2⌋ of θ.

    Returns:
        Numbers whose relative error is a few dozen roundings, by the model of `engines.rounding`.

    >>> near = near_zero(np.ones(3) / 3, np.array([1.0, 0.0]), (1e-6,))
    >>> f"{near.kl:.11e} {near.g[1]:.11e}"  # r⁴/8 and r²/2, less O(r⁶) and O(r⁴)
    '1.25000000000e-25 5.00000000000e-13'
    """
    s = math.hypot(*amplitudes)
    squares = _squares(weights, tuple(a / s for a in amplitudes))
    squares[:, 0] = energies
    powers = s ** (2.0 * np.arange(ORDER + 1))
    terms = squares * powers  # (frequencies, orders)
    rounding = estimate(ROUNDINGS)
    errors = rounding * np.abs(terms).sum(axis=1) + np.abs(terms[:, -1])
    parts = np.array(amplitudes)[:, None] ** 2 * terms[1:] / (2 * np.arange(ORDER + 1) + 2)
    kl_error = rounding * np.abs(parts).sum() + np.abs(parts[:, -1]).sum()
    return NearZero(
        tuple(math.fsum(row) for row in terms.tolist()),
        tuple(errors.tolist()),
        math.fsum(parts.ravel().tolist()),
        float(kl_error),
    )


def _squares(weights: Array, unit: tuple[float, ...]) -> Array:
    """The coefficients of s^0, s^2, …, s^(2 ORDER) in E|ŵ_m|² at θ = sφ, |φ| = 1.

    Args:
        weights: π.
        unit: the amplitudes of φ.

    Returns:
        Shape (frequencies, ORDER + 1).
    """
    k = len(weights)
    active = tuple(m for m, a in enumerate(unit, start=1) if a != 0)
    turns = rotations(k, active)
    d = turns.shape[1]
    phi = np.zeros(d)
    phi[list(first_axes(k, active))] = [unit[m - 1] for m in active]
    points, masses = _rule(d)
    z = (turns @ phi) @ points.T  # (k, nodes)
    last = 2 * ORDER
    e = np.empty((last + 1, k, len(masses)))  # the coefficients of π_j e^{s z_j}
    e[0] = weights[:, None]
    for n in range(1, last + 1):
        e[n] = e[n - 1] * z / n
    total = e.sum(axis=1)  # those of S; the first is Σ π_j = 1
    w = np.empty_like(e)
    w[0] = e[0]
    for n in range(1, last + 1):
        w[n] = e[n] - np.einsum("ix,ijx->jx", total[1 : n + 1], w[n - 1 :: -1])
    transform = np.exp(2j * np.pi * (np.outer(np.arange(k // 2 + 1), np.arange(k)) % k) / k)
    hat = np.einsum("mj,njx->nmx", transform, w)  # of ŵ_m
    rows = []
    for n in range(0, last + 1, 2):
        product = np.einsum("imx,imx->mx", hat[: n + 1], hat[n::-1].conj()).real
        rows.append(product @ masses)
    return np.array(rows).T


@cache
def _rule(d: int) -> tuple[Array, Array]:
    """A tensor rule for N(0, I_d), exact to degree 2 ORDER + 1: points (nodes, d) and masses."""
    line, mass = roots_hermitenorm(ORDER + 1)
    points = np.stack(np.meshgrid(*[line] * d, indexing="ij"), axis=-1).reshape(-1, d)
    masses = np.ones(1)
    for _ in range(d):
        masses = np.multiply.outer(masses, mass / mass.sum()).ravel()
    return points, masses
