"""The rounding model itself: its constants against NumPy's own claims, and exact sums."""

from __future__ import annotations

import csv
import math
from fractions import Fraction
from pathlib import Path

import mpmath
import numpy as np
import pytest
from sizes import slow_but

from overspec.verify.engines import lattice, rounding
from overspec.verify.engines.laplace import rounding as laplace_rounding
from overspec.verify.engines.rounding import (
    U,
    estimate,
    in_order,
    pairwise,
    pairwise_deviation,
    summed,
)

TRIALS = 400
SETS = Path(np.__file__).parent / "_core" / "tests" / "data"
RANGES = {"exp": (-40, 5), "log": (1e-6, 50), "expm1": (-40, 1), "log1p": (-0.75, 1),
          "sin": (-7, 7), "cos": (-7, 7)}  # fmt: skip


def exact(terms: np.ndarray) -> Fraction:
    return sum(map(Fraction, terms.tolist()), Fraction(0))


def deviation_seen(found: list[float], terms: list[np.ndarray]) -> float:
    """Root mean square of the errors in units of u/√3."""
    errors = [float(Fraction(a) - exact(b)) for a, b in zip(found, terms, strict=True)]
    return math.sqrt(sum(e * e for e in errors) / len(errors)) / (U / math.sqrt(3))


def one_by_one(terms: np.ndarray) -> float:
    return float(np.cumsum(terms)[-1])


def test_u_is_the_largest_relative_error_of_a_rounding() -> None:
    value = 1 + Fraction(1, 2**53) * Fraction(999, 1000)
    error = abs(Fraction(float(value)) - value) / value
    assert Fraction(99, 100) * Fraction(U) < error <= Fraction(U)


@pytest.mark.parametrize("name", sorted(rounding.ULPS))
def test_the_ulps_are_what_numpy_holds_itself_to(name: str) -> None:
    path = SETS / f"umath-validation-set-{name}.csv"
    if not path.exists():
        pytest.skip("this NumPy is installed without its tests")
    lines = [line for line in path.read_text().splitlines() if line and line[0] not in "#$"]
    stated = [int(row["ulperrortol"]) for row in csv.DictReader(lines) if "64" in row["dtype"]]
    assert rounding.ULPS[name] == max(stated)


@pytest.mark.parametrize("name", sorted(RANGES))
def test_the_ulps_hold_here(name: str) -> None:
    """Whatever NumPy dispatches to on this processor."""
    context = mpmath.MPContext()
    context.prec = 120
    arguments = np.random.default_rng(1).uniform(*RANGES[name], 3000)
    found = getattr(np, name)(arguments)
    for x, y in zip(arguments.tolist(), found.tolist(), strict=True):
        true = getattr(context, name)(context.mpf(x))
        assert abs(y - true) <= rounding.ULPS[name] * math.ulp(y) * 1.0001, (name, x)


def test_a_sum_that_rises_and_falls_reaches_its_deviation() -> None:
    """Half of the partial sums just above 1, where roundings are the largest."""
    rng, half = np.random.default_rng(2), 60
    terms = [1e-9 * rng.random(2 * half) for _ in range(TRIALS)]
    for one in terms:
        one[half] = 1.0
    seen = deviation_seen([one_by_one(one) for one in terms], terms)
    assert 0.8 * summed(2 * half) < seen < 1.1 * summed(2 * half)
    ordered = math.sqrt(sum(in_order(one) ** 2 for one in terms) / TRIALS)
    assert 0.8 * ordered < seen < 1.1 * ordered


def test_what_is_too_small_to_move_a_sum_adds_no_more_than_itself() -> None:
    assert in_order(np.array([1.0, *[U / 1000] * 500])) < 0.1
    assert in_order(np.array([*[1e-9] * 500, 1.0])) == pytest.approx(1.0)


@pytest.mark.parametrize("size", slow_but([1, 2, 64, 63, 1024, 1000], quick=[1, 2, 64, 63]))
def test_halvings_reach_their_deviation(size: int) -> None:
    """At powers of 2 all partial sums lie just above one, where roundings are the largest.

    Two numbers of one binade add up to within half a unit exactly or not at all: variance u²/2.
    """
    rng = np.random.default_rng(3)
    terms = [1 + 1e-3 * rng.random(size) for _ in range(TRIALS)]
    seen = deviation_seen([float(pairwise(one)) for one in terms], terms)
    allowed = pairwise_deviation(terms[0])
    assert seen < math.sqrt(3 / 2) * allowed
    assert size in (1, 2, 63, 1000) or seen > 0.75 * allowed


@pytest.mark.parametrize("kind", ["rising", "signs", "one"])
def test_halvings_of_uneven_terms_stay_below(kind: str) -> None:
    rng = np.random.default_rng(4)
    shape = np.exp(-(np.linspace(-6, 6, 300) ** 2)) if kind != "one" else np.eye(1, 300, 77)[0]
    signs = np.where(rng.random(300) < 0.5, -1, 1) if kind == "signs" else 1
    terms = [signs * shape * (1 + rng.random(300)) for _ in range(TRIALS)]
    seen = deviation_seen([float(pairwise(one)) for one in terms], terms)
    assert seen < pairwise_deviation(terms[0])


def test_a_dot_product_in_any_order_keeps_the_worst_case() -> None:
    rng = np.random.default_rng(5)
    for n in (2, 17, 300, 5000):
        x, y = rng.standard_normal((2, n))
        true = sum((Fraction(a) * Fraction(b) for a, b in zip(x.tolist(), y.tolist(), strict=True)),
                   Fraction(0))  # fmt: skip
        assert abs(float(Fraction(float(x @ y)) - true)) <= rounding.gamma(n) * float(
            abs(x) @ abs(y)
        )


def test_the_worst_case_is_reached() -> None:
    """1 and then n summands just below half a unit: every rounding loses nearly u."""
    n = 1000
    terms = np.array([1.0, *[U * (1 - 1e-6)] * n])
    error = abs(Fraction(one_by_one(terms)) - exact(terms))
    assert 0.99 * rounding.gamma(n) < error <= rounding.gamma(n)


def test_an_estimate_is_missed_as_seldom_as_the_model_says() -> None:
    """3 standard deviations of a sum of uniform errors: 0.27% beyond, and not one in a million."""
    rng = np.random.default_rng(6)
    sizes = rng.random(50)
    errors = U * rng.uniform(-1, 1, (20_000, 50)) @ sizes
    allowed = estimate(math.sqrt(float(sizes @ sizes)))
    missed = float((np.abs(errors) > allowed).mean())
    assert 5e-4 < missed < 5e-3
    assert missed < 2 * math.exp(-(rounding.LAMBDA**2) / 2)


def test_significands_lessen_the_mean_error() -> None:
    """Rounding to single precision, of numbers spread evenly on a logarithmic scale."""
    x = np.exp2(np.random.default_rng(7).uniform(0, 20, 100_000))
    relative = (x.astype(np.float32).astype(float) - x) / x
    seen = float(np.sqrt((relative**2).mean())) / (2.0**-24 / math.sqrt(3))
    assert seen == pytest.approx(rounding.SIGNIFICAND, rel=0.01)


def test_an_elementary_function_has_its_rounding_and_as_much_before() -> None:
    assert rounding.elementary("exp") == pytest.approx(math.sqrt(2))


def test_effective_numbers_of_a_gaussian() -> None:
    """A Gaussian of s steps averages like 2√π s equal terms, the constant of the Laplace engine."""
    x = np.arange(-200, 201) / 12
    assert rounding.effective(np.exp(-x * x / 2)) == pytest.approx(12 * laplace_rounding.SPREAD)


def test_the_half_of_a_signed_sum() -> None:
    x = np.arange(0, 40_000) / 1000
    half = float((x * np.exp(-x * x / 2)).sum() / 1000 / math.sqrt(2 * math.pi))
    assert math.sqrt(2) * half == pytest.approx(laplace_rounding.HALF, rel=1e-6)
    assert laplace_rounding.HALF == lattice.HALF


@pytest.mark.parametrize(
    ("constant", "function"),
    [
        (laplace_rounding.C, lambda square, _: math.sqrt(square)),
        (lattice.AMPLITUDE, lambda square, angle: math.sqrt(square) * math.cos(angle)),
    ],
)
def test_roots_of_rounded_squares(constant: float, function: object) -> None:
    """c and an amplitude on its axis, from an energy that was rounded before."""
    context = mpmath.MPContext()
    context.prec = 120
    rng, errors = np.random.default_rng(8), []
    for square, angle in zip(rng.uniform(1, 100, 2000), rng.uniform(0, 1, 2000), strict=True):
        exact_square = context.mpf(float(square)) * 3 / 7
        true = context.sqrt(exact_square)
        if constant == lattice.AMPLITUDE:
            true *= context.cos(context.mpf(float(angle)))
        errors.append(float((function(float(exact_square), float(angle)) - true) / true))  # type: ignore[operator]
    seen = math.sqrt(sum(e * e for e in errors) / len(errors)) / (U / math.sqrt(3))
    assert 0.5 * constant < seen < constant
