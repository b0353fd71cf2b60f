"""DM on a regular-simplex orbit, from moments of the responsibilities of degree ≤ 4.

Let the shift act on k coordinates, so that ``z_j = c x_j`` and ``(R^{-j}x)_a = x_{a+j}``. In
``DM_{ab} = E Σ_j w_j x_{a+j} x_{b+j} − E Σ_{ij} w_i w_j x_{a+i} x_{b+j}`` (S5) integrate by parts
twice, ``E F x_p x_q = δ_pq E F + E ∂_p∂_q F`` with ``∂_q w_j = c w_j (δ_jq − w_q)``. With

    C_a = Σ_j w_j w_{j+a},    B_ab = Σ_j w_j w_{j+a} w_{j+b}

all terms are B's and C's. On vectors u that are odd under a → −a everything but
``δ_ab − E C_{a−b}`` cancels, which is 1 − g_m in frequency m: those are the second axes of the
blocks. On even vectors, the first axes,

    DM = I − E C_{a−b} + c² X,    X = E (8 B_ab − 2 δ_ab C_a − 6 C_a C_b).

X annihilates constants because Σ_b w_b = 1, so ``uᵀXu`` needs only the lags a, b ≠ 0 and u_a − u_0.
Under the integral over τ (see `engines.laplace`) the w_j become independent with means ρ_{1j} and
variances ``v_j = ρ_{2j} − ρ_{1j}²``. With ``E_aj = ρ_{j+a} + ρ_{j−a}``, summed over the signs of a
and b, for a, b = 1 … ⌊k/2⌋,

    X → Σ_j (4ρ_j − 4v_j) E_aj E_bj − C_a C_b
        + δ_ab {4 Σ_j ρ_j (v_{j+a} + v_{j−a}) − 4 Σ_j ρ_j ρ_{j+a} − 4 Σ_j v_j v_{j+a}}

with C_a → Σ_j ρ_j E_aj. Every lag a = k/2 counts once, not twice.

Where all weights but one are equal, the permutations that fix that component leave three
eigenvalues: 1 − g, ⌊(k−1)/2⌋ times; the one of even u with u_0 = 0, ⌊k/2⌋ − 1 times; and that of θ
itself, for which

    Σ_{a,b≠0} X_ab = E {8 Σ_j w_j (1 − w_j)² − 2 Σ_j w_j (1 − w_j) − 6 (Σ_j w_j (1 − w_j))²}.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from overspec.orbit import SimplexOrbit
from overspec.verify.engines.laplace.tables import Tables
from overspec.verify.engines.rounding import pairwise
from overspec.verify.engines.spectrum import to_float

Array = NDArray[np.float64]

MAX_K = 200  # components up to which DM is a matrix
CHUNK = 2**19  # doubles held at a time


def possible(orbit: SimplexOrbit) -> bool:
    """Whether DM is offered: as a matrix, or as eigenvalues with multiplicities."""
    return _as_matrix(orbit) or orbit.alike


def _as_matrix(orbit: SimplexOrbit) -> bool:
    return orbit.k <= MAX_K and orbit.modes == orbit.k // 2


def numbers(orbit: SimplexOrbit, tables: Tables, weight: Array, g: Array) -> Array:
    """The part of DM that one outer sum gives.

    Args:
        orbit: the orbit.
        tables: at the outer nodes.
        weight: ``h·W`` at the outer nodes.
        g: g_0 … g_modes from the same nodes.

    Returns:
        DM on the first axes, row by row; or its two eigenvalues there, for even u with u_0 = 0
        and for θ.
    """
    if _as_matrix(orbit):
        return _matrix(orbit, tables, weight, g).ravel()
    return _eigenvalues(orbit, tables, weight, float(g[1]))


def pulls(orbit: SimplexOrbit, values: Array) -> Array:
    """``(DM θ)_m / a_m``, m = 1 … modes: the derivative of M_m with respect to log c over a_m."""
    if _as_matrix(orbit):
        size = orbit.modes
        shape = np.ones(size)  # θ, up to a factor
        if 2 * size == orbit.k:
            shape[-1] = math.sqrt(0.5)
        return np.asarray(values.reshape(size, size) @ shape / shape)
    return values[1:]


def unpack(
    orbit: SimplexOrbit, g: Array, values: Array
) -> tuple[tuple[tuple[float, ...], ...], tuple[tuple[float, int], ...]]:
    """DM in the coordinates of `Moments`, or its eigenvalues with multiplicities; one is empty."""
    k = orbit.k
    if _as_matrix(orbit):
        size = k // 2
        first = [2 * m for m in range(size)]
        matrix = np.zeros((k - 1, k - 1))
        matrix[np.ix_(first, first)] = values.reshape(size, size)
        for m in range(1, (k + 1) // 2):
            matrix[2 * m - 1, 2 * m - 1] = 1 - g[m]
        return tuple(map(tuple, ((matrix + matrix.T) / 2).tolist())), ()
    runs = ((1 - float(g[1]), (k - 1) // 2), (float(values[0]), k // 2 - 1), (float(values[1]), 1))
    return (), tuple((value, count) for value, count in runs if count)


def _matrix(orbit: SimplexOrbit, tables: Tables, weight: Array, g: Array) -> Array:
    k, half = orbit.k, orbit.k // 2
    spread = np.repeat([group for group, _ in orbit.runs], [count for _, count in orbit.runs])
    mean, variance = tables.first[:, spread], tables.variance[:, spread]
    j, a = np.arange(k), np.arange(1, half + 1)[:, None]
    ahead, behind = (j + a) % k, (j - a) % k
    once = np.ones(half)
    if k % 2 == 0:
        once[-1] = 0.5
    x = np.zeros((half, half))
    size = max(1, CHUNK // (half * k))
    for low in range(0, len(weight), size):
        rho, v = mean[low : low + size], variance[low : low + size]
        w = weight[low : low + size, None]
        e = (rho[:, ahead] + rho[:, behind]) * once[:, None]  # (nodes, lags, components)
        c = np.einsum("naj,nj->na", e, rho)
        scaled = e * (4 * w * (rho - v))[:, None, :]
        node = scaled @ e.transpose(0, 2, 1) - (w * c)[:, :, None] * c[:, None, :]
        x += pairwise(node)
        single = np.einsum("naj,nj->na", v[:, ahead] + v[:, behind] - rho[:, ahead], w * rho)
        single -= np.einsum("naj,nj->na", v[:, ahead], w * v)
        x[np.diag_indices(half)] += 4 * once * pairwise(single)
    u = np.cos(2 * math.pi * (a * np.arange(1, half + 1) % k) / k) - 1
    u *= math.sqrt(2 / k) * np.sqrt(once)
    return np.asarray(np.diag(1 - g[1:]) + to_float(orbit.c_squared) * (u.T @ x @ u))


def along(tables: Tables, counts: Array) -> tuple[Array, Array, Array]:
    """``Σ_{a,b≠0} X_ab`` at every node, which belongs to θ itself.

    Returns:
        The values; and the derivatives with respect to the logarithms of ρ_{1j} and ρ_{2j} of one
        component of each weight, for the rounding.
    """
    rho, v = tables.first, tables.variance
    s, r = _others(rho, counts), _others(v, counts)
    product = ((rho * s) @ counts)[:, None]
    value = (4 * rho * (s**2 + r) - 4 * v * s**2 - 2 * v * r) @ counts
    value -= 2 * product[:, 0] + product[:, 0] ** 2
    by_rho = 4 * (s**2 + r) + _others(8 * (rho - v) * s, counts) - 4 * (1 + product) * s
    by_v = 4 * (s - s**2 - r)
    return value, rho * (by_rho - 2 * rho * by_v), (v + rho**2) * by_v


def _others(values: Array, counts: Array) -> Array:
    """The sum over all components but one, for one of each weight in turn: (nodes, weights).

    Added up from both sides: the difference from the sum of all would cost digits, and a matrix
    of weights by weights the memory.
    """
    all_of, others = values * counts, values * (counts - 1)
    others[:, 1:] += np.cumsum(all_of[:, :-1], axis=1)
    others[:, :-1] += np.cumsum(all_of[:, :0:-1], axis=1)[:, ::-1]
    return others


def _eigenvalues(orbit: SimplexOrbit, tables: Tables, weight: Array, g: float) -> Array:
    k, c_squared = float(orbit.k), to_float(orbit.c_squared)
    one = orbit.counts.index(1) if 1 in orbit.counts else 0  # the component singled out
    other = -1 if one == 0 else 0
    heavy, light = tables.first[:, one], tables.first[:, other]
    v_heavy, v_light = tables.variance[:, one], tables.variance[:, other]
    gap = (heavy - light) ** 2
    # the coefficient of δ_ab + δ_{a,−b} in X
    triple = v_light * (heavy + (k - 2) * light) + light * (gap + v_heavy)
    pair = 2 * heavy * light + (k - 2) * light**2
    quadruple = 2 * v_heavy * v_light + (k - 2) * v_light**2 + 2 * v_light * gap
    even = pairwise(weight * (4 * triple - 2 * pair - 2 * quadruple))
    counts = np.array([float(count) for count in orbit.counts])
    theta = pairwise(weight * along(tables, counts)[0])
    return np.array([1 - g + c_squared * even, 1 - g + c_squared * k / (k - 1) * float(theta)])
