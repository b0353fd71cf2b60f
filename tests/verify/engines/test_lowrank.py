"""The low-rank engine: against four other engines, by derivatives, and its errors."""

from __future__ import annotations

import math
import random
import statistics
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from moments_at import EDGES, KINDS, at, largest, random_point, ratios
from sizes import slow_but

from overspec import Energies, InputError, Mixture
from overspec.verify.engines import lattice, sobol
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.extended import circle, extended
from overspec.verify.engines.laplace import digits as laplace_digits
from overspec.verify.engines.lowrank import digits, doubles, tables
from overspec.verify.engines.lowrank.plan import Split, gauss_hermite, plan
from overspec.verify.engines.moments import Moments
from overspec.verify.engines.pairs import digits as pairs_digits

pytestmark = pytest.mark.numeric

needs_extended = pytest.mark.skipif(
    not extended(), reason="no numbers of 64 bits on this processor"
)
FIVE = (
    ("2/5,1/4,3/20,3/25,2/25", "7/10,1/2"),
    ("uniform", "1/2,1"),
    ("one-heavy:999999/1000000", "3/4,1"),
    ("1/1000000,1/2,1/10,399998/1000000,1/1000000", "1,3/5"),
    ("linear", "1/1000,1/500"),
    ("linear", "1/20,3/2"),
    ("linear", "1/2,1/1000000000000"),
    ("2/5,1/4,3/20,3/25,2/25", "1,1000001/1000000"),
)


@pytest.mark.parametrize(
    ("weights", "amplitudes"), slow_but(FIVE, {FIVE[0], FIVE[2], FIVE[4], FIVE[6]}, several=True)
)
def test_five_components_meet_the_lattice(weights: str, amplitudes: str) -> None:
    point = at(5, weights, amplitudes)
    ours, other = doubles.moments(*point), lattice.moments(*point)
    assert ours.frequencies == other.frequencies
    for name, difference in largest(ours, other).items():
        assert difference <= ours.errors[name] + other.errors[name], name


@pytest.mark.slow
def test_six_components_meet_the_lattice() -> None:
    """A remainder of three dimensions, and of four: the frequency of one dimension is the least."""
    for amplitudes, rank in (("3/10,1/5,1/4", 3), ("3/10,1/4,3/20", 4)):
        point = at(6, "linear", amplitudes)
        theta = tuple(float(Fraction(a)) for a in amplitudes.split(","))
        assert Split.of(6, np.array(theta)).rank == rank
        ours, other = doubles.moments(*point, 9), lattice.moments(*point, 12)
        for name, difference in largest(ours, other).items():
            assert difference <= ours.errors[name] + other.errors[name], name


@pytest.mark.parametrize("wanted", [2, 5, 9, 12])
def test_fewer_digits_are_within_their_error(wanted: int) -> None:
    rng = random.Random(wanted)
    for _ in range(5):
        point = random_point(rng, 4)
        found = doubles.moments(*point, wanted)
        assert max(largest(found, pairs_digits.moments(*point, 20)).values()) <= found.error
        assert found.error <= 10.0**-wanted


def test_errors_are_neither_understated_nor_useless() -> None:
    rng = random.Random(16)
    found = ratios(doubles.moments, [random_point(rng, 4) for _ in range(12)])
    for name in KINDS:
        assert 1 <= statistics.median(found[name]) <= 40, name


@pytest.mark.slow
def test_errors_of_many_points_are_not_understated() -> None:
    rng = random.Random(17)
    ratios(
        doubles.moments,
        [at(4, *edge) for edge in EDGES] + [random_point(rng, 4) for _ in range(40)],
    )


@pytest.mark.parametrize(
    ("k", "radius"),
    [(3, "1"), (5, "1/10"), (6, "2"), (9, "3"), pytest.param(12, "5", marks=pytest.mark.slow)],
)
def test_regular_simplices_have_no_remainder(k: int, radius: str) -> None:
    point = Mixture.simplex(k, "linear"), Energies.regular_simplex(k, radius)
    ours, truth = doubles.moments(*point), laplace_digits.moments(*point, 20)
    for name, difference in largest(ours, truth).items():
        assert difference <= ours.errors[name], name


@pytest.mark.parametrize(
    ("k", "amplitudes"),
    [(7, "1,1,11/10"), pytest.param(9, "3/2,1,1,1", marks=pytest.mark.slow)],
)
def test_beyond_six_components_sampling_confirms(k: int, amplitudes: str) -> None:
    mixture, point = at(k, "linear", amplitudes)
    ours, other = doubles.moments(mixture, point, 9), sobol.moments(mixture, point, seed=1)
    assert ours.error < 1e-9
    for name, difference in largest(ours, other).items():
        assert difference <= 2 * other.errors[name], name


def test_gradient_and_hessian_are_derivatives() -> None:
    """∂L/∂a_m = a_m − M_m, ∂M_m/∂a_n = DM_mn: nothing of M is in E log S, nor of DM in M."""
    weights, theta, step = np.array([0.3, 0.25, 0.2, 0.15, 0.1]), np.array([0.8, 1.1]), 1e-3

    def found(shift: Any) -> Moments:
        return doubles.low_rank_moments(weights, tuple((theta + shift).tolist()))

    here = found(np.zeros(2))
    first = [here.operator[0], here.operator[2]]
    for n in range(2):
        unit = step * np.eye(2)[n]
        # the five-point rule, of error h⁴ times a fifth derivative over 30
        ahead, back, two, minus = (found(s * unit) for s in (1, -1, 2, -2))

        def slope(of: Any, values: tuple[Moments, ...] = (ahead, back, two, minus)) -> float:
            a, b, c, d = map(of, values)
            return float((8 * (a - b) - (c - d)) / (12 * step))

        assert abs(slope(lambda m: m.log_partition) - first[n]) < 1e-11
        for m in range(2):
            there = slope(lambda found, m=m: found.operator[2 * m])
            assert abs(there - here.jacobian[2 * m][2 * n]) < 1e-11


def test_factors_and_map_agree() -> None:
    """M_m = (1 − g_m) a_m (S6), which this engine does not use."""
    rng = random.Random(5)
    for k in (5, 6, 7):
        mixture, point = random_point(rng, k, 60)
        found = doubles.moments(mixture, point, 8)
        starts, energies = (0, 2, 4)[: k // 2], list(point)
        for m, start in enumerate(starts, start=1):
            a = math.sqrt(float(energies[m - 1]))
            assert abs(found.operator[start] - (1 - found.g[m]) * a) <= 2 * found.error


def test_masses_sum_to_one() -> None:
    """All lags, with that of 0: the weights of h, the integrals over τ and the tables together."""
    theta, weights = np.array([0.9, 0.6]), np.array([0.3, 0.25, 0.2, 0.15, 0.1])
    split, turns = Split.of(5, theta), circle(5, np.float64)
    from overspec.verify.engines.lowrank.sums import totals

    found = totals(split, plan(split, 37.5), weights, turns, True, True)
    assert abs(found.masses.sum() - 1) < 1e-7  # to first order at the left end only
    assert 0 < found.missed < 1e-16


@pytest.mark.parametrize("amplitude", [0.05, 0.2, 5.0])
def test_polynomials_keep_to_their_bound(amplitude: float) -> None:
    """Times P_0, less than e^{−goal}(1 + c); half the degree would not do, unless c is large."""
    split, goal = Split.of(3, np.array([amplitude])), 24.0
    nodes = plan(split, goal)
    y = np.random.default_rng(1).uniform(nodes.low, nodes.high, 300) * nodes.width
    true = np.concatenate(list(tables._values(y, split.c, nodes, 5)), axis=1)

    def missed(degree: int) -> tuple[float, float]:
        found = tables.Tables.of(split.c, replace(nodes, degree=degree), 5)
        whole = np.floor(y / nodes.width)
        at = tables._chebyshev(2 * (y / nodes.width - whole) - 1, degree + 1)
        cells = found.coefficients[:, :, whole.astype(int) - nodes.low]
        apart = np.abs(np.einsum("dn,dfn->fn", at, cells) - true)
        return float((apart * np.exp(np.minimum(true[0], 0))).max()), found.missed

    bound = math.exp(-goal) * (1 + float(split.c))
    assert max(missed(nodes.degree)) < bound
    assert amplitude > 1 or bound < min(missed(nodes.degree // 2))


def test_fewer_numbers_are_the_same_numbers() -> None:
    weights, theta = np.array([0.3, 0.25, 0.2, 0.15, 0.1]), (0.9, 0.6)
    whole = doubles.low_rank_moments(weights, theta)
    factors = doubles.low_rank_moments(weights, theta, jacobian=False, operator=False)
    assert max(abs(a - b) for a, b in zip(whole.g, factors.g, strict=True)) < 1e-15
    assert factors.jacobian == ()


@needs_extended
@pytest.mark.parametrize(
    "point",
    [
        ("2/5,3/10,1/5,1/10", "1,4/5"),
        pytest.param(("1/7,2/7,3/7,1/7", "1/2,1"), marks=pytest.mark.slow),
    ],
)
def test_seventeen_digits(point: tuple[str, str]) -> None:
    """Two engines on longer numbers, and the pairs engine in MPFR."""
    at_four = at(4, *point)
    truth = pairs_digits.moments(*at_four, 25)
    for ours in (digits.moments(*at_four), lattice.extended_moments(*at_four)):
        for name, difference in largest(ours, truth).items():
            assert difference <= ours.errors[name] < 3e-17, name


@needs_extended
def test_steps_are_as_long_as_the_numbers() -> None:
    """A third of a cell is no double."""
    point = at(4, "1/7,2/7,3/7,1/7", "1/2,1")
    assert 3 in {shell.parts for shell in plan(Split.of(4, np.array([0.5, 1])), 42.0).shells}
    ours, truth = digits.moments(*point), pairs_digits.moments(*point, 20)
    for name, difference in largest(ours, truth).items():
        assert difference <= ours.errors[name], name


@needs_extended
@pytest.mark.slow
def test_five_components_to_seventeen_digits() -> None:
    point = at(5, "2/5,1/4,3/20,3/25,2/25", "1/2,2/5")
    ours, other = digits.moments(*point), lattice.extended_moments(*point, check=False)
    for name, difference in largest(ours, other).items():
        assert difference <= ours.errors[name] + other.errors[name] < 3e-17, name


def test_a_processor_without_longer_numbers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overspec.verify.engines.extended.LONG", np.float64)
    with pytest.raises(InputError, match="ask for 15"):
        digits.moments(*at(5, "linear", "1,4/5"))


def test_gauss_hermite_is_exact_to_its_degree() -> None:
    x, w = gauss_hermite(12)
    assert abs(float(w.sum()) - 1) < 1e-15
    for degree in range(2, 24, 2):
        moment = math.prod(range(1, degree, 2))
        assert abs(float(w @ x**degree) / moment - 1) < 1e-13
    assert abs(float(w @ x**24) / math.prod(range(1, 24, 2)) - 1) > 1e-4


@pytest.mark.parametrize(
    ("k", "amplitudes", "engine"),
    [
        (5, "1,1", "laplace"),
        (5, "1,4/5", "low-rank"),
        (5, "1,0", "lattice"),
        (6, "1,0,1", "lattice"),
        (7, "1,1,11/10", "low-rank"),
        (7, "1,1/100,2", "sampling"),
        (101, ",".join(["1"] * 49 + ["2"]), "sampling"),
    ],
)
def test_which_engine_is_chosen(k: int, amplitudes: str, engine: str) -> None:
    from overspec.verify.engines.evaluate import choose

    assert choose(*at(k, "linear", amplitudes), 15) == engine


def test_it_is_named_in_results() -> None:
    found = evaluate(*at(5, "linear", "1,4/5"), 12)
    forced = evaluate(*at(5, "linear", "1,4/5"), 8, engine="lattice")
    assert (found.engine, forced.engine) == ("low-rank", "lattice")
    assert abs(found.kl - forced.kl) <= forced.error + found.error
    assert found.hessian_spectrum is not None
    assert len(found.hessian_eigenvalues) == 4


def test_who_gives_a_seed_gets_samples() -> None:
    point = at(7, "linear", "1,1,11/10")
    assert evaluate(*point, 4).engine == "low-rank"
    assert evaluate(*point, 4, seed=1, samples=128).engine == "sampling"


@pytest.mark.parametrize(
    ("k", "amplitudes", "digits", "reason"),
    [
        (5, "1,0", 15, "amplitude 2 is 0"),
        (5, "1,2", 16, "doubles carry 15"),
        (5, "1,1e-25", 15, "too near 0"),
        (9, "1/10,2,1,3", 15, "beyond its budget"),
        (101, ",".join(["1"] * 50), 15, "reaches k = 100"),
    ],
)
def test_what_it_cannot_do(k: int, amplitudes: str, digits: int, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        doubles.moments(*at(k, "linear", amplitudes), digits)
