"""`check_em_operator` accepts correct EMs and names what each common mistake breaks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from overspec import InputError, Mixture
from overspec.verify.em.reference import rotation
from overspec.verify.testing.protocol import check_em_operator, of_scikit_learn, tied_step

Array = NDArray[np.float64]


def step(
    theta: Array,
    weights: Array,
    data: Array,
    back: int = -1,
    posterior: Callable[[Array], Array] = lambda w: w / w.sum(axis=1, keepdims=True),
) -> Array:
    turn = rotation(Mixture.simplex(len(weights), d=theta.size))
    power = np.linalg.matrix_power
    means = np.array([power(turn, j) @ theta for j in range(len(weights))])
    share = posterior(weights * np.exp(data @ means.T))
    moved = [share[:, j] @ data @ power(turn, back * j).T for j in range(len(weights))]
    return np.asarray(sum(moved) / len(data))


def hard(masses: Array) -> Array:
    return np.eye(masses.shape[1])[masses.argmax(axis=1)]


BROKEN: dict[str, tuple[Callable[[Array, Array, Array], Array], set[str]]] = {
    "weights forgotten": (lambda t, w, x: step(t, np.ones_like(w), x), {"S1", "S2", "S4"}),
    "R instead of its inverse": (lambda t, w, x: step(t, w, x, back=1), {"S1", "S2", "S4"}),
    "unnormalised responsibilities": (
        lambda t, w, x: step(t, w, x, posterior=lambda m: m), {"S1", "S2", "mass:"}),
    "step 1/2": (lambda t, w, x: (t + tied_step(t, w, x)) / 2, {"S1", "S2", "S4"}),
    "hard assignment": (lambda t, w, x: step(t, w, x, posterior=hard), {"S1", "S2", "S4"}),
    "label shift": (lambda t, w, x: step(t, np.roll(w, 1), x), {"S1", "S2", "S4"}),
}  # fmt: skip


@pytest.mark.parametrize("fn", [tied_step, step, of_scikit_learn()])
def test_correct_operators_pass(fn: Callable[[Array, Array, Array], Array]) -> None:
    assert check_em_operator(fn) == ()


@pytest.mark.parametrize("mistake", BROKEN)
def test_each_common_mistake_is_named_with_a_small_example(mistake: str) -> None:
    fn, labels = BROKEN[mistake]
    found = {breach.identity.split()[0]: breach for breach in check_em_operator(fn)}
    assert labels <= set(found)
    smallest = "k = 3" if mistake == "R instead of its inverse" else "k = 2"  # R = R^-1 at k = 2
    assert found["S1"].example.startswith(smallest)


def test_what_is_no_operator_is_refused() -> None:
    with pytest.raises(InputError, match="finite numbers"):
        check_em_operator(lambda theta, weights, data: np.zeros(7))
