"""The global rate without a cover: its bound by a second method, and what is published."""

import copy
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from made import resealed

from overspec import Energies, InputError, Mixture
from overspec.errors import OutOfReach
from overspec.results.schema import schema
from overspec.verify.certificates.write_radius import of_radius
from overspec.verify.check.verdict import confirm
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.spectrum import float_weights
from overspec.verify.radius.bracket import CertifiedRadius, certified_gamma
from overspec.verify.radius.far.explicit import explicit_rate, spread
from overspec.verify.radius.rate import GlobalRate, certified_global_rate

PAGE = Path(__file__).parents[3] / "docs" / "radius.md"
HEAD = "| k | weights | μ ≥ |"


@pytest.mark.parametrize(
    ("k", "weights", "amplitudes"),
    [
        (2, "9/10,1/10", "1/2"),
        (3, "1/2,3/10,1/5", "1"),
        (4, "linear", "1,1/2"),
        (4, "99/100,1/300x3", "2,3"),
        (4, "2/5,1/10,2/5,1/10", "0,6"),
        (5, "linear", "3/2,1"),
    ],
)
def test_no_factor_is_below_its_bounds(k: int, weights: str, amplitudes: str) -> None:
    """Bb: anywhere, on balls, and against the products of the orbit; by quadrature, in doubles."""
    at = Energies.of_amplitudes(k, amplitudes)
    mixture = Mixture.simplex(k, weights)
    found = evaluate(mixture, at, 6)
    squares = [float(Fraction(a)) ** 2 for a in amplitudes.split(",")]
    square, weighted = sum(squares), float_weights(mixture)
    p = np.abs(np.fft.fft(weighted)) ** 2
    lags = np.fft.ifft(p).real  # Σ_i π_iπ_{i+h}
    turns = 2 * math.pi * np.outer(np.arange(k), np.arange(1, len(squares) + 1)) / k
    products = float(lags @ np.exp(np.cos(turns) @ squares))
    grown = math.cosh(square) + p[1:].max() * math.sinh(square)
    assert products <= grown * (1 + 1e-12) <= math.exp(square) * (1 + 1e-9)
    for m, g in enumerate(map(float, found.g[1:]), start=1):
        assert p[m] / min(products, grown, float(spread(mixture))) <= g + 1e-6


def test_it_is_below_the_rate_and_near_where_that_is_known() -> None:
    mixture = Mixture.simplex(3, "1/2,3/10,1/5")
    known, found = certified_global_rate(mixture), explicit_rate(mixture)
    assert isinstance(known, GlobalRate)
    assert known.mu.upper * 4 / 5 < found.lower < known.mu.lower


@pytest.mark.parametrize(("k", "weights"), [(6, "linear"), (97, "one-heavy:1/2"), (8, "random:1")])
def test_the_share_of_sigma(k: int, weights: str) -> None:
    """``k Σ_j π_j² = Σ_m |π̂_m|²`` (Parseval)."""
    mixture = Mixture.simplex(k, weights)
    p = np.abs(np.fft.fft(float_weights(mixture))) ** 2
    assert float(explicit_rate(mixture).lower) == pytest.approx(p.min() / p.sum(), rel=1e-9)


def test_what_has_no_such_rate() -> None:
    with pytest.raises(InputError, match="null frequency"):
        explicit_rate(Mixture.simplex(5, "uniform"))
    with pytest.raises(InputError, match="simplex action"):
        explicit_rate(Mixture.of(5, "linear", {1: 1}))


def test_an_infinite_radius_without_a_cover() -> None:
    """Six components, all θ: its certificate is proved again, and false where it says more."""
    mixture = Mixture.simplex(6, "linear")  # k Σ_j π_j² = 26/21
    found = certified_gamma(mixture, "factor", "3/4")
    assert isinstance(found, CertifiedRadius)
    assert (found.upper, found.cover.points) == (math.inf, 0)
    assert "without a cover" in found.why()
    for kind, gap in (("factor", "9/10"), ("jacobian", "1/2")):
        with pytest.raises(OutOfReach, match="k = 5"):
            certified_gamma(mixture, kind, gap)
    made = of_radius(found, "")
    Draft202012Validator(schema("certificate")).validate(made)
    assert confirm(made).status == "proved again"
    near = copy.deepcopy(made)  # within every bound near 0: only what holds at every θ decides
    near["parameters"]["start"] = near["parameters"]["lower"] = "1*2^-9"
    assert confirm(resealed(near)).status == "proved again"
    for part, name, value in (
        ("inputs", "gap", "21/26"), ("inputs", "kind", "jacobian"), ("inputs", "kind", "convexity"),
        ("inputs", "weights", [["9/10", 1], ["1/50", 5]]), ("parameters", "start", "1*2^0"),
    ):  # fmt: skip
        forged = copy.deepcopy(near)
        forged[part][name] = value
        assert confirm(resealed(forged)).status == "false", name


def test_boxes_of_six_components_are_refused() -> None:
    found = certified_gamma(Mixture.simplex(6, "linear"), "factor", "3/4")
    assert isinstance(found, CertifiedRadius)
    made = of_radius(found, "")
    zero, one = "0", "1*2^0"
    made["parameters"]["boxes"] = [[[zero, zero], [one, one]]]
    verdict = confirm(resealed(made))
    assert (verdict.status, verdict.reason) == ("false", "all theta are covered up to k = 5")


def test_no_published_radius_of_the_factors_is_below_what_the_bound_allows() -> None:
    """``g_m ≥ |π̂_m|² e^{−r²} ≥ cσ`` for r² ≤ log 1/c; infinite where ``c k Σ_j π_j² ≤ 1``."""
    table = PAGE.read_text(encoding="utf-8").split("| lower | upper | points |")[1]
    rows = [
        [c.strip() for c in row.split("|")[1:-1]] for row in table.split("\n\n")[0].splitlines()
    ]
    factors = [row for row in rows if len(row) == 8 and row[2] == "factor"]
    assert len(factors) >= 8
    surely = 0
    for k, weights, _, gap, _, _, upper, _ in factors:
        least = math.sqrt(-math.log(Fraction(gap)))
        assert upper == "inf" or least < float(upper) < 6 * least
        if k.isdecimal() and Fraction(gap) * float(spread(Mixture.simplex(int(k), weights))) <= 1:
            surely += 1
            assert upper == "inf"
    assert surely >= 4


def test_published_rates_are_found_again() -> None:
    rows = PAGE.read_text(encoding="utf-8").split(HEAD)[1].splitlines()[2:]
    cells = [[c.strip() for c in row.strip("|").split("|")] for row in rows if row.startswith("|")]
    rows_here = cells[: next((n for n, row in enumerate(rows) if not row), len(cells))]
    assert len(rows_here) >= 5
    for k, weights, lower in rows_here:
        found = float(explicit_rate(Mixture.simplex(int(k), weights)).lower)
        assert float(lower) <= found < float(lower) * 1.1
