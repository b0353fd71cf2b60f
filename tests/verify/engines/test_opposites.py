"""The engine for opposite components: against three other engines, by derivatives, its errors."""

from __future__ import annotations

import random
import statistics
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from moments_at import EDGES, KINDS, at, largest, random_point, ratios
from sizes import slow_but

from overspec import Energies, InputError, Mixture
from overspec.verify.engines import lattice
from overspec.verify.engines.evaluate import choose, evaluate
from overspec.verify.engines.laplace import digits as laplace_digits
from overspec.verify.engines.lowrank import doubles as low_rank
from overspec.verify.engines.moments import Moments
from overspec.verify.engines.opposites import doubles
from overspec.verify.engines.opposites.operators import form, product
from overspec.verify.engines.opposites.plan import Halves, plan
from overspec.verify.engines.opposites.sums import totals

pytestmark = pytest.mark.numeric

SIX = (
    ("linear", "3/10,1/4,3/20"),  # less in common than independent parts
    ("one-heavy:9/10", "3/10,1/4,3/10"),  # more
    ("2/5,1/5,1/5,1/10,1/20,1/20", "1/4,1/3,1/1000"),  # next to nothing of one frequency
    ("linear", "1/1000,1/5,1/4"),
    ("1/2,1/4,1/8,1/16,1/32,1/32", "2/5,1/1000,1/5"),
    ("linear", "1/5,1/5,1414213562373/10000000000000"),  # nearly independent
)


@pytest.mark.parametrize(("weights", "amplitudes"), slow_but(SIX, {SIX[0], SIX[4]}, several=True))
def test_six_components_meet_the_lattice(weights: str, amplitudes: str) -> None:
    point = at(6, weights, amplitudes)
    ours, other = doubles.moments(*point), lattice.moments(*point, 9)
    assert ours.frequencies == other.frequencies
    for name, difference in largest(ours, other).items():
        assert difference <= ours.errors[name] + other.errors[name], name


@pytest.mark.parametrize(
    "amplitudes",
    [
        "6/5,6/5,1",  # near a simplex, where that engine is quick
        pytest.param("3/2,1,4/5", marks=pytest.mark.slow),
        pytest.param("1,4/5,3/5", marks=pytest.mark.slow),
    ],
)
def test_six_components_meet_the_low_rank_engine(amplitudes: str) -> None:
    point = at(6, "linear", amplitudes)
    ours, other = doubles.moments(*point), low_rank.moments(*point)
    for name, difference in largest(ours, other).items():
        assert difference <= ours.errors[name] + other.errors[name] < 1e-13, name


def test_a_regular_simplex() -> None:
    """More in common than independent parts; the truth is in many digits."""
    point = Mixture.simplex(6, "linear"), Energies.regular_simplex(6, "1")
    ours, truth = doubles.moments(*point), laplace_digits.moments(*point, 20)
    for name, difference in largest(ours, truth).items():
        assert difference <= ours.errors[name], name


def test_errors_are_neither_understated_nor_useless() -> None:
    rng = random.Random(16)
    found = ratios(doubles.moments, [random_point(rng, 4) for _ in range(4)])
    for name in KINDS:
        assert 1 <= statistics.median(found[name]) <= 40, name


@pytest.mark.slow
def test_errors_of_many_points_are_not_understated() -> None:
    rng = random.Random(17)
    ratios(
        doubles.moments,
        [at(4, *edge) for edge in EDGES] + [random_point(rng, 4) for _ in range(40)],
    )


@pytest.mark.parametrize("wanted", [2, 4, 7, 11])
def test_fewer_digits_are_within_their_error(wanted: int) -> None:
    rng = random.Random(wanted)
    for n in range(4):
        mixture, point = random_point(rng, 6, 90)
        if n == 3:  # with the largest of the six so small that Gauss and Hermite's nodes do
            point = Energies.of_amplitudes(6, [Fraction(1, 100), Fraction(1, 2), Fraction(1, 4)])
        found, best = doubles.moments(mixture, point, wanted), doubles.moments(mixture, point)
        for name, difference in largest(found, best).items():
            assert difference <= found.errors[name] + best.errors[name], name
        assert found.error <= 10.0**-wanted


@pytest.mark.parametrize(
    "theta", [pytest.param((0.5, 0.4, 0.2), marks=pytest.mark.slow), (0.3, 0.4, 0.5)]
)
def test_gradient_and_hessian_are_derivatives(theta: tuple[float, ...]) -> None:
    """∂L/∂a_m = a_m − M_m, ∂M_m/∂a_n = DM_mn: nothing of M is in E log S, nor of DM in M."""
    weights, step = np.array([0.3, 0.25, 0.15, 0.1, 0.12, 0.08]), 1e-3

    def found(shift: Any) -> Moments:
        return doubles.opposite_moments(weights, tuple((np.array(theta) + shift).tolist()))

    here, starts = found(np.zeros(3)), (0, 2, 4)
    for n in range(3):
        unit = step * np.eye(3)[n]
        # the five-point rule, of error h⁴ times a fifth derivative over 30
        ahead, back, two, minus = (found(s * unit) for s in (1, -1, 2, -2))

        def slope(of: Any, values: tuple[Moments, ...] = (ahead, back, two, minus)) -> float:
            a, b, c, d = map(of, values)
            return float((8 * (a - b) - (c - d)) / (12 * step))

        assert abs(slope(lambda m: m.log_partition) - here.operator[starts[n]]) < 1e-11
        for m in range(3):
            there = slope(lambda found, m=m: found.operator[starts[m]])
            assert abs(there - here.jacobian[starts[m]][starts[n]]) < 1e-11


@pytest.mark.parametrize("amplitudes", ["1,1/2,1/100000", "1/10000,1/2,1", "1/2,1/100000,1"])
def test_factors_and_map_agree(amplitudes: str) -> None:
    """M_m = (1 − g_m) a_m (S6), which this engine does not use; small ones to fewer units."""
    mixture, point = at(6, "linear", amplitudes)
    found = doubles.moments(mixture, point)
    for m, a in enumerate(amplitudes.split(","), start=1):
        size = float(Fraction(a))
        apart = abs(found.operator[2 * m - 2] - (1 - found.g[m]) * size)
        assert apart <= found.errors["operator"] * max(size, 0.01), m


def test_frequencies_and_shifts_meet() -> None:
    """Where a_3² = a_1²/2 the odd parts are independent: from either side, and on it."""
    weights, near = np.array([0.3, 0.25, 0.15, 0.1, 0.12, 0.08]), float(np.sqrt(0.5))
    below, on, above = (
        doubles.opposite_moments(weights, (1.0, 0.5, near + shift)) for shift in (-1e-9, 0, 1e-9)
    )
    assert Halves.of(6, np.array([1, 0.5, near])).shift == 0
    for one, other in ((below, on), (on, above)):
        for name, difference in largest(one, other).items():
            assert 0 < difference < 2e-9 + one.errors[name], name


def test_a_form_is_the_masses_two_by_two() -> None:
    """At θ = 0, where ``E R_m`` is of constants: 1 − |π̂_m|²."""
    theta = np.array([1e-9, 1e-9, 1e-9])
    weights = np.array([0.3, 0.25, 0.15, 0.1, 0.12, 0.08])
    halves = Halves.of(6, theta)
    found = totals(halves, plan(halves, 40.0), weights, True, True)
    turns = np.exp(2j * np.pi * np.outer(np.arange(1, 4), np.arange(6)) / 6)
    assert np.allclose(found.departures, 1 - np.abs(turns @ weights) ** 2, atol=1e-14)
    assert np.allclose(found.masses, weights, atol=1e-7)
    assert abs(found.mixed - (1 - weights @ weights)) < 1e-14
    square = product(form(halves, 1), form(halves, 1))
    assert all(sum(map(sum, key)) in (2, 3, 4) for key in square)


def test_fewer_numbers_are_the_same_numbers() -> None:
    weights, theta = np.full(6, 1 / 6), (0.9, 0.6, 0.3)
    whole = doubles.opposite_moments(weights, theta)
    factors = doubles.opposite_moments(weights, theta, jacobian=False, operator=False)
    assert whole.g == factors.g
    assert factors.jacobian == ()


@pytest.mark.parametrize(
    ("k", "amplitudes", "digits", "engine"),
    [
        (6, "19/10,1/2,3/10", 15, "opposites"),
        (6, "1,1/2,1/4", 8, "opposites"),
        (6, "6/5,6/5,1", 15, "low-rank"),
        (6, "1,0,1/4", 15, "lattice"),
        (6, "1,1,1/1000000000000000", 15, "lattice"),
        (6, "1,1/2,1/4", 16, "multiprecision"),
        (4, "1,1/2", 15, "pairs"),
    ],
)
def test_which_engine_is_chosen(k: int, amplitudes: str, digits: int, engine: str) -> None:
    assert choose(*at(k, "linear", amplitudes), digits) == engine


def test_uneven_amplitudes_are_not_refused() -> None:
    found = evaluate(*at(6, "linear", "19/10,1/2,3/10"))
    assert found.engine == "opposites"
    assert found.error < 2e-14
    assert len(found.hessian_eigenvalues) == 5


@pytest.mark.parametrize(
    ("k", "amplitudes", "digits", "reason"),
    [
        (5, "1,1", 15, "for k = 4 and 6"),
        (6, "1,0,1", 15, "amplitude 2 is 0"),
        (6, "1,2,1", 16, "doubles carry 15"),
        (6, "1,1,1e-15", 15, "too near 0"),
        (6, "90,9,1", 15, "beyond its budget"),
    ],
)
def test_what_it_cannot_do(k: int, amplitudes: str, digits: int, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        doubles.moments(*at(k, "linear", amplitudes), digits)
