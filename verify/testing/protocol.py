"""Someone else's EM against the identities: which it breaks, and on what smallest example.

An operator is a callable ``fn(theta, weights, data) -> theta`` that makes one EM step on data of
shape (n, d), with the means ``R^j theta``; R is `reference.rotation`. Every check is an identity of
the sample operator ``M_n(θ) = (1/n) Σ_i Σ_j w_j(x_i) R^{-j} x_i`` that holds for any data
(math.md sections 2 and 8), so no integral and no sampling error comes in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError
from overspec.mixture import Mixture
from overspec.verify.em.reference import rotation
from overspec.verify.engines.spectrum import float_weights

Array = NDArray[np.float64]
Operator = Callable[[Array, Array, Array], Array]

TOLERANCE = 1e-8
EXAMPLES = ((2, "uniform"), (2, "4/5,1/5"), (3, "uniform"), (3, "1/2,3/10,1/5"),
            (4, "2/5,3/10,1/5,1/10"))  # fmt: skip
DIFFERENCE = 1e-5  # step of central differences: error about 1e-10


@dataclass(frozen=True)
class Breach:
    """An identity that an operator breaks.

    Attributes:
        identity: its label, with words.
        example: the smallest example that shows it: k, weights, θ and data.
        got, wanted: both sides there.
    """

    identity: str
    example: str
    got: tuple[float, ...]
    wanted: tuple[float, ...]

    def __str__(self) -> str:
        return f"{self.identity}: {self.got}, not {self.wanted}, for {self.example}"


@dataclass(frozen=True)
class _Case:
    mixture: Mixture
    theta: Array
    data: Array

    def __str__(self) -> str:
        points = "; ".join(",".join(f"{v:g}" for v in x) for x in self.data)
        theta = ",".join(f"{v:g}" for v in self.theta)
        return f"k = {self.mixture.k}, weights {self.mixture.weights}, θ = {theta}, data {points}"


def _cases() -> Iterator[_Case]:
    """From small to large: one point before several, θ small before large."""
    for k, weights in EXAMPLES:
        mixture = Mixture.simplex(k, weights)
        d = mixture.d
        first = np.zeros((1, d))
        first[0, 0] = 1.0
        several = np.array([[((3 * i + 5 * c) % 7 - 3) / 2 for c in range(d)] for i in range(4)])
        for data in (first, several):
            for size in (0.0, 1.0):
                yield _Case(mixture, size * np.arange(1, d + 1) / 2, data)


def check_em_operator(fn: Operator) -> tuple[Breach, ...]:
    """The identities that a tied EM step breaks, each on the smallest example tried.

    - **S1**: the step is ``(1/n) Σ_i Σ_j w_j(x_i) R^{-j} x_i``, with Gaussian posteriors w_j.
    - **S2**: the step is ``θ − ∇L_n(θ)``, where L_n is the mean negative log-likelihood.
    - **S4**: at θ = 0 it is ``Aᵀ x̄``.
    - **mass**: weights multiplied by a common factor change nothing.
    - **S8**: it commutes with R: ``M(Rθ; data R) = R M(θ; data)``.

    Args:
        fn: ``fn(theta, weights, data)`` with shapes (d,), (k,), (n, d); returns shape (d,).

    Returns:
        The breaches, empty when all identities hold to 1e-8.

    Raises:
        InputError: `fn` returns something else than d finite numbers.

    >>> check_em_operator(tied_step)
    ()
    >>> [b.identity[:2] for b in check_em_operator(lambda t, w, x: tied_step(t, w, x) / 2)]
    ['S1', 'S2', 'S4']
    """
    found: dict[str, Breach] = {}
    for case in _cases():
        weights = float_weights(case.mixture)
        for identity, got, wanted in _identities(fn, case, weights):
            broken = bool(np.abs(got - wanted).max() > TOLERANCE)
            if broken and identity not in found:
                sides = (tuple(np.round(side, 10).tolist()) for side in (got, wanted))
                found[identity] = Breach(identity, str(case), *sides)
    return tuple(found[name] for name in IDENTITIES if name in found)


IDENTITIES = (
    "S1 the step is the posterior mean of R^-j x",
    "S2 the step is a gradient step of length 1",
    "S4 the step from 0 is A^T times the mean of the data",
    "mass: a common factor of the weights cancels",
    "S8 the step commutes with R",
)


def _identities(fn: Operator, case: _Case, weights: Array) -> Iterator[tuple[str, Array, Array]]:
    theta, data = case.theta, case.data
    step = _called(fn, theta, weights, data)
    turn = rotation(case.mixture)
    yield IDENTITIES[0], step, tied_step(theta, weights, data)
    yield IDENTITIES[1], step, theta - _gradient(theta, weights, data, turn)
    if not theta.any():
        mean = sum(
            weight * np.linalg.matrix_power(turn.T, j) @ data.mean(axis=0)
            for j, weight in enumerate(weights)
        )
        yield IDENTITIES[2], step, np.asarray(mean)
    yield IDENTITIES[3], _called(fn, theta, 2 * weights, data), step
    yield IDENTITIES[4], _called(fn, turn @ theta, weights, data @ turn.T), turn @ step


def _called(fn: Operator, theta: Array, weights: Array, data: Array) -> Array:
    value = np.asarray(fn(theta.copy(), weights.copy(), data.copy()), dtype=float)
    if value.shape != theta.shape or not np.isfinite(value).all():
        raise InputError(
            f"the EM operator returned {value!r} for θ of shape {theta.shape}; it must return "
            f"{theta.size} finite numbers"
        )
    return value


def tied_step(theta: Array, weights: Array, data: Array) -> Array:
    """One EM step with tied means, by straight sums; the model that `check_em_operator` takes.

    >>> tied_step(np.array([0.0]), np.array([0.8, 0.2]), np.array([[1.0]])).round(12).tolist()
    [0.6]
    """
    mixture = Mixture.simplex(len(weights), d=theta.size)
    turns = [np.linalg.matrix_power(rotation(mixture), j) for j in range(len(weights))]
    total = np.zeros_like(theta)
    for x in data:
        masses = [w * np.exp(x @ (t @ theta)) for w, t in zip(weights, turns, strict=True)]
        total += sum(m * (t.T @ x) for m, t in zip(masses, turns, strict=True)) / sum(masses)
    return np.asarray(total / len(data))


def _gradient(theta: Array, weights: Array, data: Array, turn: Array) -> Array:
    """Central differences of the mean negative log-likelihood: no formula of the step is shared."""

    def loss(at: Array) -> float:
        means = [np.linalg.matrix_power(turn, j) @ at for j in range(len(weights))]
        squares = np.array([((data - mean) ** 2).sum(axis=1) for mean in means])
        return float(-np.log(weights @ np.exp(-squares / 2)).mean())

    steps = DIFFERENCE * np.eye(theta.size)
    return np.array([(loss(theta + h) - loss(theta - h)) / (2 * DIFFERENCE) for h in steps])


def of_free_means(update: Callable[[Array, Array, Array], tuple[Array, Array]]) -> Operator:
    """A tied operator from free-means EM: ``update(means, weights, data) -> (masses, means)``.

    The M-step of the tied model is the mass-weighted mean of ``R^{-j} μ'_j``.
    """

    def step(theta: Array, weights: Array, data: Array) -> Array:
        turn = rotation(Mixture.simplex(len(weights), d=theta.size))
        turns = [np.linalg.matrix_power(turn, j) for j in range(len(weights))]
        masses, means = update(np.array([t @ theta for t in turns]), weights, data)
        parts = (p * (t.T @ m) for p, t, m in zip(masses, turns, means, strict=True))
        return np.asarray(sum(parts))

    return step


def of_scikit_learn() -> Operator:
    """One step of scikit-learn's `GaussianMixture`, tied by averaging: an operator to check.

    Raises:
        ModuleNotFoundError: scikit-learn is not installed.
    """
    from sklearn.mixture import GaussianMixture

    def update(means: Array, weights: Array, data: Array) -> tuple[Array, Array]:
        model = GaussianMixture(len(weights), covariance_type="spherical")
        model.weights_, model.means_ = weights / weights.sum(), means
        model.covariances_ = np.ones(len(weights))
        model.precisions_cholesky_ = np.ones(len(weights))
        posterior = model.predict_proba(data)
        masses = posterior.sum(axis=0)
        return masses / len(data), (posterior.T @ data) / masses[:, None]

    return of_free_means(update)
