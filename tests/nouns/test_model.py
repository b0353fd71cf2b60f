"""Models with any maps and their truths: what they take, refuse and are exactly."""

from __future__ import annotations

import pickle
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

import overspec as ov
from overspec.models import matrices
from overspec.models.model import orbit_point

pytestmark = pytest.mark.quick

TWO = "1,0; 0,1"


@pytest.mark.parametrize(
    "one",
    [
        "1,0; 0,1",
        [[1, 0], [0, 1]],
        ["1,0", (0, Fraction(1))],
        np.eye(2, dtype=np.int64),
        sympy.eye(2),
    ],
)
def test_what_is_exact_is_taken_as_a_map(one: object) -> None:
    assert ov.Model([one, one], "1/3,2/3") == ov.Model([TWO, TWO], ["1/3", "2/3"])


def test_models_are_values() -> None:
    model = ov.Model.pairs(2, "3/4,1/4")
    assert pickle.loads(pickle.dumps(model)) == model
    assert hash(model) == hash(ov.Model.pairs(2, "3/4,1/4"))
    assert replace(model, weights="learned").learns_weights
    assert replace(replace(model, weights="learned"), covariance="isotropic-learned").learns_weights
    truth = ov.Truth.normal("2,1;1,2")
    assert pickle.loads(pickle.dumps(truth)) == truth != ov.Truth.standard(2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[[1, 1]], [[2, 2]]], "1/2,1/2"), "the 2 maps share a kernel: their rank together is 1"),
        (([[["sqrt(2)", 2]], [[1, "sqrt(2)"]]], "1/2,1/2"), "share a kernel"),
        (([1, 0], "1/2,1/2", "full"), "covariance 'full'"),
        (([1], "1"), "1 maps: a mixture needs at least two"),
        (([1, [[1, 2]]], "1/2,1/2"), r"T_2 is 1×2 and T_1 is 1×1"),
        (([[[1], [0], [0], [0]]] * 2, "1/2,1/2"), r"d = 4: models and truths have data in 1 … 3"),
        (([1, 0.5], "1/2,1/2"), "is not exact"),
        (([1, -1], "1/2,1/3"), "the weights sum to 5/6, not to 1"),
        (([1, -1], "1/2,1/4,1/4"), "3 weights for k = 2"),
        (([1, -1], "1/2,1/2", "identity", [0]), "1 shifts for 2 maps"),
        (([1, -1], "1/2,1/2", "identity", [0, "1,2"]), "shift 2 has 2 entries, not 1"),
        (("1,-1", "1/2,1/2"), "give a sequence of matrices"),
        (([[[1, 0], [0]], 1], "1/2,1/2"), "row 2 of T_1 has 1 entries, not 2"),
        (([[], 1], "1/2,1/2"), "T_1 is empty"),
        ((["x", 1], "1/2,1/2"), "is not an exact number"),
        (([None, 1], "1/2,1/2"), "give text, a number or a sequence"),
    ],
)
def test_wrong_models_are_refused(arguments: Any, message: str) -> None:
    with pytest.raises(ov.InputError, match=message):
        ov.Model(*arguments)


def test_that_a_kernel_is_shared_is_decided_exactly() -> None:
    tiny = Fraction(1, 10**40)
    assert ov.Model([[[1, 1]], [[2, 2 + tiny]]], "1/2,1/2").p == 2
    assert ov.Model([[["sqrt(2)", 2]], [[1, "sqrt(2)+1/1000000000000"]]], "1/2,1/2").p == 2


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ov.Truth([1, -1], "1/2,1/3"), "the weights sum to 5/6, not to 1"),
        (lambda: ov.Truth([1, -1], "3/2,-1/2"), "is not positive"),
        (lambda: ov.Truth([1, -1]), "no weights for 2 means"),
        (lambda: ov.Truth([1], "1/2"), "the weight of a single mean is 1/2"),
        (lambda: ov.Truth([]), "no means"),
        (lambda: ov.Truth("1,2"), "give a sequence of vectors"),
        (lambda: ov.Truth(["1,2", 3], "1/2,1/2"), "mean 2 has 1 entries and mean 1 has 2"),
        (lambda: ov.Truth([(1, 2, 3, 4)]), "d = 4: models and truths"),
        (lambda: ov.Truth.standard(4), "d = 4: models and truths"),
        (lambda: ov.Truth.normal("1,2;2,1"), "not positive definite: its leading 2×2 minor is -3"),
        (lambda: ov.Truth.normal("1,1;1,1"), "its leading 2×2 minor is 0"),
        (lambda: ov.Truth.normal("1,2;1,3"), "not symmetric: 1 in row 2, column 1 and 2 across"),
        (lambda: ov.Truth.normal("1,2"), "has 1 rows and 2 columns"),
        (lambda: ov.Model.pairs(4), "d = 4: models and truths"),
        (lambda: ov.Model.free(1, 1), "k = 1 free means"),
        (lambda: ov.Model.orbit(ov.Mixture.simplex(5)), "d = 4: models reach d = 3"),
        (
            lambda: ov.Model.orbit(ov.Mixture.of(7, "uniform", {1: 1})),
            "not written by square roots",
        ),
        (lambda: ov.Model.pairs(1).truth("1,2"), "theta has 2 entries, not 1"),
        (lambda: ov.Model.pairs(1, "learned").truth(1), "the weights are learned"),
    ],
)
def test_wrong_truths_and_constructions_are_refused(make: Any, message: str) -> None:
    with pytest.raises(ov.InputError, match=message):
        make()


@pytest.mark.parametrize("k", [2, 3, 4, 5, 6, 8, 10, 12])
def test_an_orbit_turns_by_exact_rotations(k: int) -> None:
    """R^k = I, decided exactly on R^1 R^{k−1}."""
    mixture = ov.Mixture.simplex(2) if k == 2 else ov.Mixture.of(k, "uniform", {1: 1})
    model = ov.Model.orbit(mixture)
    columns = zip(*model.maps[k - 1], strict=True)
    product = [matrices.apply(model.maps[1], tuple(column)) for column in columns]
    assert tuple(zip(*product, strict=True)) == matrices.identity(model.d)


def test_a_truth_in_the_model_has_its_means() -> None:
    mixture = ov.Mixture.simplex(3, "1/2,1/3,1/6")
    truth = ov.Model.orbit(mixture).truth("1,0")
    assert [str(a) for nu in truth.means for a in nu] == [
        "1", "0", "-1/2", "sqrt(3)/2", "-1/2", "-sqrt(3)/2",
    ]  # fmt: skip
    shifted = ov.Model([1, -1], "1/4,3/4", shifts=["1/2", 0]).truth(2)
    assert shifted.means == ((Fraction(5, 2),), (Fraction(-2),))
    assert str(shifted) == "1/4 N(5/2, I) + 3/4 N(-2, I), d = 1"


def test_null_directions_are_the_null_frequencies_of_an_orbit() -> None:
    """p − rank A counts the dimensions of the frequencies that the weights lack (T5)."""
    fast, slow = ("2/5,3/10,1/5,1/10", "2/5,3/10,1/10,1/5")
    assert ov.Model.orbit(ov.Mixture.simplex(4, fast)).null_directions() == 0
    assert ov.Model.orbit(ov.Mixture.simplex(4, slow)).null_directions() == 1
    assert ov.Model.free(3, 2).null_directions() == 4
    assert ov.Model.pairs(3, "learned").null_directions(ov.Weights.of("1/2,1/2")) == 3


def test_a_point_with_energy_that_no_block_has_is_refused() -> None:
    mixture = ov.Mixture.of(4, "uniform", {1: 1})
    assert orbit_point(mixture, mixture.point(amplitudes="1/2,0")) == (Fraction(1, 2), Fraction(0))
    with pytest.raises(ov.InputError, match="frequency 2, which the action lacks"):
        orbit_point(mixture, mixture.point(amplitudes="1,1"))
