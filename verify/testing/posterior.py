"""What an EM step should give, by plain formulas: the wanted side of `identities`.

Two ways that share no code: posteriors by triangular factors and sums over rows, and derivatives of
the log-likelihood by a complex step, which is exact to rounding (Squire and Trapp 1998).
Covariances are taken as shape (k, d, d); `expanded` makes them from the other shapes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.mixture import Mixture
from overspec.verify.em.reference import rotation

Array = NDArray[np.float64]

STEP = 1e-30  # imaginary, so that nothing cancels
#: Shapes of covariances as scikit-learn names them: by component, or "tied" for all.
KINDS = ("spherical", "diag", "tied", "full")


def turn_of(k: int, d: int) -> Array:
    """The matrix R of the simplex action in d dimensions.

    Raises:
        InputError: d < k − 1.
    """
    return rotation(Mixture.simplex(k, d=d))


def orbit(theta: Array, k: int) -> Array:
    """The tied means R^j θ, shape (k, d).

    >>> orbit(np.array([2.0]), 2).tolist()
    [[2.0], [-2.0]]
    """
    turn = turn_of(k, theta.size)
    return np.array([np.linalg.matrix_power(turn, j) @ theta for j in range(k)])


def expanded(kind: str, value: Any, k: int, d: int) -> Array:
    """Covariances of a kind as matrices, shape (k, d, d).

    >>> expanded("spherical", np.array([1.0, 4.0]), 2, 1).tolist()
    [[[1.0]], [[4.0]]]
    """
    given = np.asarray(value, dtype=float)
    if kind == "spherical":
        return np.asarray(given[:, None, None] * np.eye(d))
    if kind == "diag":
        return given[:, :, None] * np.eye(d)
    return np.broadcast_to(given, (k, d, d)).copy()


def reduced(kind: str, matrices: Array, masses: Array) -> Array:
    """The estimate of a kind from the scatter of each component, shape (k, d, d).

    >>> reduced("spherical", np.array([[[1.0, 5.0], [5.0, 3.0]]]), np.ones(1)).tolist()
    [2.0]
    """
    if kind == "spherical":
        return np.asarray(np.einsum("jaa->j", matrices) / matrices.shape[1])
    if kind == "diag":
        return np.array(np.einsum("jaa->ja", matrices))
    if kind == "tied":
        return np.asarray(np.einsum("j,jab->ab", masses, matrices) / masses.sum())
    return matrices


def posterior(means: Array, weights: Array, data: Array, covariances: Array) -> Array:
    """``w_j(x_i)`` of N(μ_j, Σ_j), shape (n, k); exact far out too, where densities are 0.

    >>> posterior(np.array([[1.0], [-1.0]]), np.ones(2), np.array([[50.0]]), np.ones((2, 1, 1)))
    array([[1.00000000e+00, 3.72007598e-44]])
    """
    scores = []
    for mean, weight, covariance in zip(means, weights, covariances, strict=True):
        root = np.linalg.cholesky(covariance)
        white = np.linalg.solve(root, (data - mean).T)
        scores.append(math.log(weight) - (white**2).sum(axis=0) / 2 - np.log(np.diag(root)).sum())
    shares = np.exp(np.array(scores) - np.max(scores, axis=0))
    return np.asarray((shares / shares.sum(axis=0)).T)


def m_step(shares: Array, data: Array) -> tuple[Array, Array, Array]:
    """Masses (k,), means (k, d) and scatters (k, d, d) about them, from posteriors (n, k)."""
    masses = shares.mean(axis=0)
    inner = shares / shares.sum(axis=0)
    means = inner.T @ data
    apart = data[:, None, :] - means
    return masses, means, np.einsum("ij,ija,ijb->jab", inner, apart, apart)


def tied_step(theta: Array, weights: Array, data: Array, covariance: Array | float = 1.0) -> Array:
    """One EM step with tied means at a given Σ, a matrix or a number for v I.

    It solves ``Σ_j m_j R^{-j} Σ^{-1} R^j θ = Σ_j R^{-j} Σ^{-1} s_j`` with the sums m, s of w, w x;
    at Σ = v I it is ``(1/n) Σ_i Σ_j w_j(x_i) R^{-j} x_i``.

    >>> tied_step(np.array([0.0]), np.array([0.8, 0.2]), np.array([[1.0]])).round(12).tolist()
    [0.6]
    """
    k, d = len(weights), theta.size
    spread = covariance * np.eye(d) if np.ndim(covariance) == 0 else np.asarray(covariance)
    shares = posterior(orbit(theta, k), weights, data, np.broadcast_to(spread, (k, d, d)))
    turn, precision = turn_of(k, d), np.linalg.inv(spread)
    matrix, right = np.zeros((d, d)), np.zeros(d)
    for j in range(k):
        back = np.linalg.matrix_power(turn, j).T @ precision
        matrix += shares[:, j].mean() * back @ np.linalg.matrix_power(turn, j)
        right += back @ (shares[:, j] @ data) / len(data)
    return np.asarray(np.linalg.solve(matrix, right))


def log_likelihood(means: Any, weights: Any, data: Array, covariances: Array) -> Any:
    """Mean of ``log Σ_j π_j N(x; μ_j, Σ_j)`` over the rows; means and weights may be complex.

    >>> float(log_likelihood(np.zeros((1, 1)), np.ones(1), np.zeros((3, 1)), np.ones((1, 1, 1))))
    -0.9189385332046727
    """
    apart = data[:, None, :] - means
    squares = np.einsum("ija,jab,ijb->ij", apart, np.linalg.inv(covariances), apart)
    sizes = data.shape[1] * math.log(2 * math.pi) + np.linalg.slogdet(covariances)[1]
    logs = np.log(weights) - (squares + sizes) / 2
    top = logs.real.max(axis=1)
    return np.mean(top + np.log(np.exp(logs - top[:, None]).sum(axis=1)))


def derivative(function: Callable[[Any], Any], at: Array) -> Array:
    """Partial derivatives of a real-analytic function, of the shape of `at`.

    >>> derivative(lambda v: v[0] ** 3 + v[1], np.array([2.0, 1.0])).tolist()
    [12.0, 1.0]
    """
    found = np.zeros(at.shape)
    for place in np.ndindex(at.shape):
        moved = at.astype(complex)
        moved[place] += 1j * STEP
        found[place] = function(moved).imag / STEP
    return found


def gradient_step(
    theta: Array, weights: Array, data: Array, covariance: Array | float = 1.0
) -> Array:
    """``θ − H^{-1} ∇L_n(θ)``, L_n the mean negative log-likelihood: shares no formula of the step.

    ``H = Σ_j m_j R^{-j} Σ^{-1} R^j`` with the masses from derivatives, too; at Σ = I it is I.

    >>> gradient_step(np.array([0.0]), np.array([0.8, 0.2]), np.array([[1.0]])).round(12).tolist()
    [0.6]
    """
    k, d = len(weights), theta.size
    turn = turn_of(k, d)
    powers = np.array([np.linalg.matrix_power(turn, j) for j in range(k)])
    spread = covariance * np.eye(d) if np.ndim(covariance) == 0 else np.asarray(covariance)
    each = np.broadcast_to(spread, (k, d, d))
    slope = derivative(lambda at: log_likelihood(powers @ at, weights, data, each), theta)
    masses = mass_gradient(powers @ theta, weights, data, each)
    inner = np.einsum("j,jba,bc,jcd->ad", masses, powers, np.linalg.inv(spread), powers)
    return np.asarray(theta + np.linalg.solve(inner, slope))


def mass_gradient(means: Array, weights: Array, data: Array, covariances: Array) -> Array:
    """``π_j ∂ℓ/∂π_j``, which is the mean posterior of j; shape (k,)."""
    slope = derivative(lambda at: log_likelihood(means, at, data, covariances), weights)
    return np.asarray(weights * slope)


def mean_gradient(means: Array, weights: Array, data: Array, covariances: Array) -> Array:
    """``Σ_j ∂ℓ/∂μ_j``, which is mass times move of the mean; shape (k, d)."""
    slope = derivative(lambda at: log_likelihood(at, weights, data, covariances), means)
    return np.asarray(np.einsum("jab,jb->ja", covariances, slope))
