"""The checker's values in doubles: those of the engines, and what is said by them."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from overspec import Energies, Mixture
from overspec.verify.check import radius_values
from overspec.verify.check.format import Rejected
from overspec.verify.check.radius import StatedRadius
from overspec.verify.check.radius_values import by_laplace, by_lattice, listed, modes
from overspec.verify.check.value import Purse, TooCostly
from overspec.verify.engines.evaluate import evaluate

pytestmark = pytest.mark.numeric

SIGMA = (Fraction(639, 1000), Fraction(641, 1000))
SKEW = "3/10,3/10,1/5,1/10,1/10"


def stated(k: int, weights: str, kind: str, single: bool = True) -> StatedRadius:
    runs = Mixture.simplex(k, weights).weights.runs
    point = (Fraction(1),) if single else (Fraction(1), Fraction(1, 3))
    return StatedRadius(
        k, runs, kind, Fraction(9, 10), single, Fraction(1), Fraction(2), SIGMA, Fraction(0),  # type: ignore[arg-type]
        point, (), {},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("k", "weights", "single"),
    [
        (2, "7/10,3/10", True), (3, "1/2,3/10,1/5", True), (4, "linear", True),
        (4, "linear", False), pytest.param(5, SKEW, False, marks=pytest.mark.slow),
        (7, "one-heavy:1/2", True),
        (6, "1/4x2,1/8x4", True), (8, "linear", True),
    ],
)  # fmt: skip
def test_values_in_doubles_are_those_of_the_engines(k: int, weights: str, single: bool) -> None:
    mixture = Mixture.simplex(k, weights)
    energies = Energies.regular_simplex(k, 1)
    if not single:
        energies = Energies(k, ((Fraction(3, 4), 1), (Fraction(1, 4), 1)))
    known = evaluate(mixture, energies, 9)
    least = {"factor": min(map(float, known.g[1:]))}
    if k < 5:
        least["jacobian"] = min(map(float, known.hessian_eigenvalues))
    for kind, expected in least.items():
        s = stated(k, weights, kind, single)
        found, error = radius_values.estimated(s, s.worst, Purse(10**10))
        assert abs(found - expected) < error + 1e-8
        assert error < 1e-6


def test_a_corner_is_two_amplitudes() -> None:
    corner = replace(stated(4, "linear", "factor"), corner=(Fraction(1), Fraction(2)))
    found, _ = radius_values.estimated(corner, (Fraction(1), Fraction(1, 2)), Purse(10**10))
    energies = Energies(4, ((Fraction(1), 1), (Fraction(1, 4), 1)))
    known = evaluate(Mixture.simplex(4, "linear"), energies, 9)
    assert found == pytest.approx(min(map(float, known.g[1:])), abs=1e-8)


def test_shifted_nodes_and_another_step_show_the_error() -> None:
    """Of coarse sums both differ from the truth, and from each other as much."""
    runs = [(0.5, 1), (0.3, 1), (0.2, 1)]
    values = [by_lattice(3, runs, "factor", [8.0], shift) for shift in (0.0, 0.5)]
    assert abs(values[0] - values[1]) < 1e-6
    steps = [by_laplace(7, [(0.4, 1), (0.1, 6)], True, 2.0, step) for step in (0.25, 0.3, 3.0)]
    assert abs(steps[0] - steps[1]) < 1e-11 < abs(steps[0] - steps[2])
    assert listed([(0.5, 1), (0.25, 2)]).tolist() == [0.5, 0.25, 0.25]
    assert [list(modes(k)) for k in (2, 5, 6)] == [[1], [1, 2], [1, 2, 3]]


def test_the_nodes_are_a_lattice_in_a_ball() -> None:
    nodes, mass = radius_values._lattice([1.0], 3, 0.5)
    step, about = radius_values._spacing([1.0], 2)
    line = sorted({round(x / step, 6) for x in nodes[:, 0]})
    assert all(math.isclose(b - a, 1) for a, b in pairwise(line))
    assert line[0] == -line[-1]
    assert min(map(abs, line)) == 0.5
    assert np.hypot(*nodes.T).max() <= radius_values.REACH
    assert len(nodes) == pytest.approx(about, rel=0.02)
    assert mass.sum() == pytest.approx(1)
    assert mass @ (nodes**2).sum(axis=1) == pytest.approx(2)


@pytest.mark.parametrize(
    ("own", "error", "expected"),
    [
        (0.9, 0.01, None), (0.795, 0.01, None), (0.78, 0.01, Rejected),
        (0.8, 0.044, None), (0.8, 0.0448, TooCostly), (0.8, 0.046, TooCostly),
    ],
)  # fmt: skip
def test_a_value_fits_where_it_is_not_above(
    own: float, error: float, expected: type[Exception] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stated 4/5; the level is 9/10 of the upper end of σ, 0.2231 below."""
    monkeypatch.setattr(radius_values, "estimated", lambda *_: (own, error))
    s = stated(3, "1/2,3/10,1/5", "factor")
    if expected is None:
        found = radius_values.compare_value(s, s.worst, Fraction(4, 5), Purse(1))
        assert found == Fraction(error)
        return
    with pytest.raises(expected):
        radius_values.compare_value(s, s.worst, Fraction(4, 5), Purse(1))


@pytest.mark.parametrize(
    ("own", "expected"),
    [(0.564, None), (0.566, TooCostly), (0.584, TooCostly), (0.586, Rejected)],
)
def test_a_failure_fits_where_it_is_below(
    own: float, expected: type[Exception] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The level is 9/10 of the lower end of σ, 0.5751; the error 0.01."""
    monkeypatch.setattr(radius_values, "estimated", lambda *_: (own, 0.01))
    s = stated(3, "1/2,3/10,1/5", "factor")
    if expected is None:
        assert radius_values.compare_violation(s, Purse(1)) == Fraction(0.01)
        return
    with pytest.raises(expected):
        radius_values.compare_violation(s, Purse(1))
