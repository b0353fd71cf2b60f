"""The global rate without a cover: its two bounds by a second method, and what is published."""

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from flint import arb

from overspec import Energies, InputError, Mixture
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.radius.far.explicit import explicit_rate, share
from overspec.verify.radius.far.tail import prime_tail
from overspec.verify.radius.rate import GlobalRate, certified_global_rate

PAGE = Path(__file__).parents[3] / "docs" / "radius.md"
HEAD = "| k | weights | μ ≥ |"
X = np.linspace(-14, 14, 56_001)
DENSITY = np.exp(-X * X / 2) / math.sqrt(2 * math.pi) * (X[1] - X[0])


@pytest.mark.parametrize(("k", "r", "t"), [(2, 0.7, 0.0), (4, 1.3, 0.5), (7, 2.0, 3.0)])
def test_the_share_is_that_of_cauchy_and_schwarz(k: int, r: float, t: float) -> None:
    """One axis along a mean, or the sum of two, and k − 2 others: by sums over the line."""
    damped = DENSITY * np.exp(-t * X * X / 2)
    first = float(damped @ np.exp(r * X)) * float(damped.sum()) ** (k - 2)
    twice = damped * np.exp(-t * X * X / 2)
    second = float(twice @ np.exp(2 * r * X)) * float(twice.sum()) ** (k - 2)
    assert float(share(k, arb(r), arb(t))) == pytest.approx(first**2 / second, rel=1e-9)


@pytest.mark.parametrize(
    ("k", "weights", "amplitudes"),
    [
        (2, "9/10,1/10", "1/2"),
        (3, "1/2,3/10,1/5", "1"),
        (4, "linear", "1,1/2"),
        (4, "99/100,1/300x3", "2,3"),
        (5, "linear", "3/2,1"),
    ],
)
def test_no_factor_is_below_its_share(k: int, weights: str, amplitudes: str) -> None:
    at = Energies.of_amplitudes(k, amplitudes)
    mixture = Mixture.simplex(k, weights)
    found = evaluate(mixture, at, 6)
    r = math.hypot(*(float(Fraction(a)) for a in amplitudes.split(",")))
    p = np.abs(np.fft.fft([float(w) for w in mixture.weights])) ** 2
    for m, g in enumerate(map(float, found.g[1:]), start=1):
        largest = max(float(share(k, arb(r), arb(n) / 8)) for n in range(64))
        assert p[m] * largest <= g


def test_it_is_below_the_rate_and_near_where_that_is_known() -> None:
    mixture = Mixture.simplex(3, "1/2,3/10,1/5")
    known, found = certified_global_rate(mixture), explicit_rate(mixture)
    assert isinstance(known, GlobalRate)
    assert known.mu.upper / 3 < found.lower < known.mu.upper


@pytest.mark.parametrize("k", [3, 5, 11, 97])
def test_within_the_reach_and_beyond_it_the_bound_holds(k: int) -> None:
    """And no other reach has a larger one."""
    mixture = Mixture.simplex(k, "one-heavy:1/2")
    found = explicit_rate(mixture)
    sigma = (0.5 - 0.5 / (k - 1)) ** 2

    def bound(r: float, t: float) -> float:
        width = (1 + 2 * t) / (1 + t) ** 2
        near = sigma * width ** ((k - 1) / 2) * math.exp(-r * r / (1 + t) / (1 + 2 * t))
        return min(near, 1 - float(prime_tail(mixture, "factor", arb(r))))

    r, t, lower = float(found.reach), float(found.damping), float(found.lower)
    assert 0 < lower <= bound(r, t) * (1 + 1e-9)
    assert lower > 0.8 * max(
        bound(r * (1 + n / 100), t * (1 + m / 50))
        for n in range(-9, 40, 3)
        for m in range(-8, 9, 4)
    )


def test_what_has_no_such_rate() -> None:
    with pytest.raises(InputError, match="prime"):
        explicit_rate(Mixture.simplex(4, "linear"))
    with pytest.raises(InputError, match="null frequency"):
        explicit_rate(Mixture.simplex(5, "uniform"))


def test_no_published_radius_of_the_factors_is_below_what_the_share_allows() -> None:
    """``g_m ≥ |π̂_m|² e^{−r²} ≥ cσ`` for r² ≤ log 1/c."""
    table = PAGE.read_text(encoding="utf-8").split("| lower | upper | points |")[1]
    rows = [
        [c.strip() for c in row.split("|")[1:-1]] for row in table.split("\n\n")[0].splitlines()
    ]
    factors = [row for row in rows if len(row) == 8 and row[2] == "factor"]
    assert len(factors) >= 8
    for row in factors:
        least = math.sqrt(-math.log(Fraction(row[3])))
        assert row[6] == "inf" or least < float(row[5]) < 6 * least


def test_published_rates_are_found_again() -> None:
    rows = PAGE.read_text(encoding="utf-8").split(HEAD)[1].splitlines()[2:]
    cells = [[c.strip() for c in row.strip("|").split("|")] for row in rows if row.startswith("|")]
    rows_here = cells[: next((n for n, row in enumerate(rows) if not row), len(cells))]
    assert len(rows_here) >= 5
    for k, weights, lower in rows_here:
        found = float(explicit_rate(Mixture.simplex(int(k), weights)).lower)
        assert float(lower) <= found < float(lower) * 1.1
