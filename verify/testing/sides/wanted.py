"""What a body is given besides the case: what should come out, by plain formulas (`posterior`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from overspec.verify.testing import posterior as plain
from overspec.verify.testing.cases import Case
from overspec.verify.testing.posterior import Array

Given = dict[str, Any]


def nothing(case: Case) -> Given:
    return {}


def _tied(case: Case) -> tuple[Array, Array, Array, Array]:
    """θ, weights, data and Σ, one matrix."""
    _, weights, data, spread = case.exact()
    return case.start.astype(float), weights, data, spread[0]


def step(case: Case) -> Given:
    return {"wanted": plain.tied_step(*_tied(case))}


def gradient(case: Case) -> Given:
    return {"wanted": plain.gradient_step(*_tied(case))}


def from_zero(case: Case) -> Given:
    _, weights, data, _ = case.exact()
    turn = plain.turn_of(case.k, case.d)
    mean = data.mean(axis=0)
    parts = (w * np.linalg.matrix_power(turn.T, j) @ mean for j, w in enumerate(weights))
    return {"wanted": np.asarray(sum(parts))}


def turn(case: Case) -> Given:
    return {"turn": plain.turn_of(case.k, case.d).astype(case.start.dtype)}


def variance(case: Case) -> Given:
    at, weights, data, spread = case.exact()
    moved = plain.orbit(plain.tied_step(*_tied(case)), case.k)
    squares = ((data[:, None] - moved) ** 2).sum(axis=2)
    shares = plain.posterior(at, weights, data, spread)
    return {"wanted": np.asarray((shares * squares).sum() / data.size)}


def variance_gradient(case: Case) -> Given:
    moved, data = plain.gradient_step(*_tied(case)), case.data.astype(float)
    return {"wanted": np.asarray(((data**2).sum() / len(data) - moved @ moved) / case.d)}


def covariance(case: Case) -> Given:
    at, weights, data, spread = case.exact()
    apart = data[:, None] - plain.orbit(plain.tied_step(*_tied(case)), case.k)
    shares = plain.posterior(at, weights, data, spread)
    return {"wanted": np.einsum("ij,ija,ijb->ab", shares, apart, apart) / len(data)}


def covariance_gradient(case: Case) -> Given:
    at, weights, data, spread = case.exact()
    mass = plain.mass_gradient(at, weights, data, spread)
    sums = mass[:, None] * at + plain.mean_gradient(at, weights, data, spread)
    moved = plain.orbit(plain.gradient_step(*_tied(case)), case.k)
    cross = moved.T @ sums
    return {"wanted": data.T @ data / len(data) - cross - cross.T + (moved.T * mass) @ moved}


def jointly(case: Case, turns: int = 100) -> Array:
    """θ of the θ and Σ that are the most likely at once, for what the posteriors are here."""
    at, weights, data, spread = case.exact()
    shares = plain.posterior(at, weights, data, spread)
    turn, covariance = plain.turn_of(case.k, case.d), spread[0]
    powers = np.array([np.linalg.matrix_power(turn, j) for j in range(case.k)])
    for _ in range(turns):
        back = np.einsum("jba,bc->jac", powers, np.linalg.inv(covariance))
        inner = np.einsum("j,jac,jcd->ad", shares.mean(axis=0), back, powers)
        theta = np.linalg.solve(inner, np.einsum("jac,jc->a", back, shares.T @ data) / len(data))
        apart = data[:, None] - powers @ theta
        covariance = np.einsum("ij,ija,ijb->ab", shares, apart, apart) / len(data)
    return np.asarray(theta)


def masses(case: Case) -> Given:
    means, weights, data, spread = case.exact()
    return {"wanted": plain.posterior(means, weights, data, spread).mean(axis=0)}


def mass_gradient(case: Case) -> Given:
    return {"wanted": plain.mass_gradient(*case.exact())}


def means(case: Case) -> Given:
    at, weights, data, spread = case.exact()
    return {"wanted": plain.m_step(plain.posterior(at, weights, data, spread), data)[1]}


def mean_gradient(case: Case) -> Given:
    means, weights, data, spread = case.exact()
    mass = plain.mass_gradient(means, weights, data, spread)
    return {"wanted": means + plain.mean_gradient(means, weights, data, spread) / mass[:, None]}


def covariances(case: Case) -> Given:
    at, weights, data, spread = case.exact()
    mass, _, scatter = plain.m_step(plain.posterior(at, weights, data, spread), data)
    return {"wanted": plain.reduced(case.kind, scatter, mass)}


def log_likelihood(case: Case) -> Given:
    return {"wanted": plain.log_likelihood(*case.exact())}
