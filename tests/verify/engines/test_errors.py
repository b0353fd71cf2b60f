"""Reported errors of the engines in doubles: never below the true one, and not far above it.

Truth comes from the many-digit Laplace engine, which shares no arithmetic with them. Points are
random ones and adversarial ones: k = 2 and 10^6, nearly degenerate weights, θ near 0 where M and KL
cancel, large c where DM does.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import mpmath
import numpy as np
import pytest
from sizes import slow_but

from overspec import Energies, Mixture
from overspec.verify.engines import lattice
from overspec.verify.engines.laplace import digits
from overspec.verify.engines.laplace import doubles as laplace
from overspec.verify.engines.moments import Moments

Point = tuple[int, str, str]

ADVERSARIAL: tuple[Point, ...] = (
    (2, "one-heavy:1/3", "1/1000"),
    (2, "one-heavy:999999/1000000", "9/4"),
    (2, "one-heavy:1/3", "9"),
    (3, "uniform", "1/20"),
    (7, "one-heavy:1/3", "7"),
    (12, "linear", "1/9"),
    (13, "one-heavy:1/1000000", "3"),
    (10**6, "one-heavy:1/3", "1/1000"),
    (10**6, "one-heavy:1/3", "2"),
    (10**6, "one-heavy:999999/1000000", "1"),
    (10**6, "uniform", "7"),
    (10**12, "one-heavy:1/2", "2"),
)
ON_LATTICES: tuple[Point, ...] = (
    (2, "one-heavy:1/3", "1/1000"),
    (2, "uniform", "1/3"),
    (2, "one-heavy:999999/1000000", "2"),
    (2, "linear", "9"),
    (3, "one-heavy:999999/1000000", "1/3"),
    (3, "linear", "1/20"),
    (3, "uniform", "1"),
    (3, "one-heavy:1/10", "4"),
    (4, "one-heavy:1/5", "1/2"),
    (4, "linear", "1/2"),
    (4, "one-heavy:1/1000", "1"),
    (4, "uniform", "3/2"),
)
KINDS = ("log_partition", "g", "operator", "jacobian")


def random_points() -> tuple[Point, ...]:
    rng = random.Random(13)
    points = []
    for k in (2, 3, 4, 5, 6, 8, 9, 11, 2, 2, 3, 3, 4, 5, 6, 7):
        parts = [rng.randint(1, 10 ** rng.choice((1, 2, 5))) for _ in range(k)]
        weights = ",".join(str(Fraction(part, sum(parts))) for part in parts)
        points.append((k, weights, str(Fraction(rng.randint(1, 400), 100))))
    return tuple(points)


def on_lattices() -> tuple[Point, ...]:
    return ON_LATTICES + tuple(point for point in random_points() if point[0] <= 3)


def at(point: Point) -> tuple[Mixture, Energies]:
    k, weights, radius = point
    return Mixture.simplex(k, weights), Energies.regular_simplex(k, radius)


def numbers(moments: Moments, eigenvalues: Callable[[Any], list[Any]]) -> dict[str, list[Any]]:
    """What the engine computed; DM by its rows and its eigenvalues, or by these alone."""
    matrix = [entry for row in moments.jacobian for entry in row]
    return {
        "log_partition": [moments.log_partition],
        "g": list(moments.g),
        "operator": list(moments.operator),
        "jacobian": matrix
        + (eigenvalues(moments.jacobian) if matrix else [v for v, _ in moments.spectrum]),
    }


def in_doubles(matrix: Any) -> list[float]:
    found: list[float] = np.linalg.eigvalsh(np.array(matrix)).tolist()
    return found


def in_many_digits(matrix: Any) -> list[Any]:
    context = mpmath.MPContext()
    context.dps = 30
    return sorted(context.eigsy(context.matrix([list(row) for row in matrix]), eigvals_only=True))


@cache
def truth(point: Point) -> dict[str, list[Any]]:
    moments = digits.moments(*at(point), 20, modes=min(point[0] // 2, 6))
    return numbers(moments, in_many_digits)


def errors(point: Point, found: Moments) -> dict[str, tuple[float, float]]:
    """(true error, reported error) of each kind of number that both engines give."""
    ours, true = numbers(found, in_doubles), truth(point)
    return {
        name: (
            max(abs(float(t - x)) for x, t in zip(ours[name], true[name], strict=True)),
            found.errors[name],
        )
        for name in KINDS
        if ours[name] and len(ours[name]) == len(true[name])
    }


def by_laplace(point: Point) -> dict[str, tuple[float, float]]:
    return errors(point, laplace.moments(*at(point), modes=min(point[0] // 2, 6)))


def by_lattice(point: Point) -> dict[str, tuple[float, float]]:
    return errors(point, lattice.moments(*at(point)))


EVERY = ADVERSARIAL + random_points()
QUICK = EVERY[:18:3]


@pytest.mark.parametrize("point", slow_but(EVERY, QUICK), ids=str)
def test_laplace_never_understates(point: Point) -> None:
    for name, (true, reported) in by_laplace(point).items():
        assert true <= reported, name


@pytest.mark.parametrize("point", slow_but(on_lattices(), on_lattices()[::3]), ids=str)
def test_lattices_never_understate(point: Point) -> None:
    for name, (true, reported) in by_lattice(point).items():
        assert true <= reported, name


@pytest.mark.parametrize(
    ("name", "points"),
    [
        *(pytest.param(name, QUICK, id=f"{name}-some") for name in KINDS if name != "operator"),
        *(pytest.param(name, EVERY, id=f"{name}-all", marks=pytest.mark.slow) for name in KINDS),
    ],
)
def test_laplace_stays_useful(name: str, points: tuple[Point, ...]) -> None:
    """Ten times the true error at most in the median, for each kind of number."""
    found = [by_laplace(point) for point in points]
    ratios = [pair[name][1] / max(pair[name][0], 1e-30) for pair in found if name in pair]
    assert 1 <= statistics.median(ratios) <= 10


def test_the_largest_difference_of_two_lattices_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """One entry of DM is off on one of them."""
    expectations = lattice.expectations

    def off(*arguments: Any) -> Any:
        sums = expectations(*arguments)
        single = sums.single.copy()
        single[0, 1, 1] += 1e-3 * arguments[3]  # the shift
        return replace(sums, single=single)

    monkeypatch.setattr(lattice, "expectations", off)
    found = lattice.moments(Mixture.simplex(3, "1/2,3/10,1/5"), Energies.regular_simplex(3, 1))
    assert 1e-5 < found.errors["jacobian"] < 1e-3
    assert found.errors["g"] < 1e-12


def test_lattices_stay_useful() -> None:
    """All kinds of numbers together: M is better than the model can know, by symmetry."""
    pairs = [pair for point in on_lattices() for pair in by_lattice(point).values()]
    assert 1 <= statistics.median(reported / max(true, 1e-30) for true, reported in pairs) <= 10
