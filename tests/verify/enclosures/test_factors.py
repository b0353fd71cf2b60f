"""The least g_m over all frequencies: against the engines that list the g_m one by one."""

from fractions import Fraction

import numpy as np
import pytest
from flint import arb, arb_mat
from sizes import slow_but

from overspec import Energies, InputError, Mixture
from overspec.decimals import Number
from overspec.errors import OutOfReach
from overspec.proofs.machinery.cyclotomic import null_frequencies
from overspec.verify.enclosures.evaluate import certified_evaluation
from overspec.verify.enclosures.factors import Characters, _affordable, least_energy, least_factor
from overspec.verify.engines.laplace.doubles import moments
from overspec.verify.engines.spectrum import dft_energies

CASES = [
    (2, "9/10,1/10"),
    (3, "1/2,3/10,1/5"),
    (5, "linear"),
    (6, "1/4,1/16x3,1/2,1/16"),
    (7, "random:2"),
    (24, "geometric:1/2"),
    (25, "1/10x4,1/35x21"),
]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("radius", slow_but(["1/20", "2/5", "1", "7/2"], quick=["1/20", "1"]))
def test_it_agrees_with_every_frequency_by_itself(case: tuple[int, str], radius: str) -> None:
    k, weights = case
    mixture, r = Mixture.simplex(k, weights), Fraction(radius)
    found = least_factor(Characters.of(mixture), r * r, 9)
    assert found.upper - found.lower < Fraction(1, 10**9)
    other = certified_evaluation(
        mixture, Energies.regular_simplex(k, r), 9, "laplace", range(1, k // 2 + 1)
    )
    each = list(other.factors.values())
    assert all(isinstance(q, Number) for q in each)
    low, high = (min(getattr(q, end) for q in each) for end in ("lower", "upper"))
    assert found.lower <= high
    assert low <= found.upper
    doubles = min(moments(mixture, Energies.regular_simplex(k, r), 12).g[1:])
    assert abs(float(doubles) - float(found.lower)) < 2e-9


def test_tiny_radii_approach_the_spectrum_and_cost_little() -> None:
    """At c = 0.001 the Gaussian is far narrower than the outer step."""
    mixture = Mixture.simplex(30, "random:3")
    signs = Characters.of(mixture)
    near, at = least_factor(signs, Fraction(1, 10**6), 14), least_energy(signs, 30)
    assert 0 < near.lower - at.upper < Fraction(1, 10**5)
    assert near.upper - near.lower < Fraction(1, 10**14)


@pytest.mark.parametrize(
    "case",
    slow_but([*CASES, (1000, "random:4"), (4001, "1/2,1/8x2,1/15992x3998")], lambda c: c[0] < 1000),
)
def test_least_energy_is_the_spectrums(case: tuple[int, str]) -> None:
    mixture = Mixture.simplex(*case)
    found = least_energy(Characters.of(mixture), 30)
    if mixture.k < 1000:
        least = min(dft_energies(mixture.weights)[1:])
    else:  # exact ones take half a minute
        least = min(np.abs(np.fft.fft([float(w) for w in mixture.weights])[1:]) ** 2)
    assert float(found.lower) == pytest.approx(float(least), rel=1e-9, abs=1e-16)


def test_doubles_pick_the_right_frequencies() -> None:
    """3 values, 2000 frequencies: pruned in doubles, then enclosed; a table without m* is seen."""
    signs = Characters.of(Mixture.simplex(4001, "1/2,1/8x2,1/15992x3998"))
    row = [arb(1) / 2, arb(1) / 8, arb(1) / 15992]
    form = arb_mat(3, 1, row) * arb_mat(1, 3, row)
    low, high = signs.least(form, arb(1))
    squares = np.abs((signs.real + 1j * signs.imag) @ np.array([float(w) for w in row])) ** 2
    assert float(low) == pytest.approx(squares.min(), rel=1e-12)
    assert float(high) == pytest.approx(squares.min(), rel=1e-12)
    approximate, error = signs._approximate(form)
    assert np.abs(approximate - squares).max() < error.max() < 1e-14
    rest = np.arange(len(squares)) != squares.argmin()
    pruned = Characters(
        signs.k, signs.values, signs.counts, signs.runs, signs.frequencies[rest],
        signs.real[rest], signs.imag[rest], signs.size[rest], signs.unit,
    )  # fmt: skip
    assert pruned.least(form, arb(1))[0] > high


@pytest.mark.slow
def test_two_values_at_a_million_components() -> None:
    """A run of 2: frequency k/2 is null and found so; a run of 3 leaves no null frequency."""
    k = 10**6
    two = Mixture.simplex(k, f"1/4x2,1/{2 * (k - 2)}x{k - 2}")
    assert null_frequencies(two.weights, two.action) == (k // 2,)
    assert least_energy(Characters.of(two), 30).lower == 0
    assert least_factor(Characters.of(two), Fraction(1), 9).lower > Fraction(7, 100)


def test_what_is_out_of_reach_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="one-heavy"):
        Characters.of(Mixture.simplex(10**6 + 1, f"1/2,1/8x2,1/{4 * (10**6 - 2)}x{10**6 - 2}"))


def test_memory_and_time_are_asked_for_before_the_work() -> None:
    """10^4 distinct weights asked FLINT for 4.8 GB, and it ended the process."""
    with pytest.raises(OutOfReach, match=r"10000 distinct weights .* reach 1000"):
        Characters.of(Mixture.simplex(10**4, "linear"))
    with pytest.raises(OutOfReach, match=r"100000 runs of equal weights .* reach 4000"):
        _affordable(50_000, 2, 100_000)
    with pytest.raises(OutOfReach, match=r"300 distinct weights .* reach 20 "):
        _affordable(500_000, 300, 300)
    _affordable(500_000, 20, 400)
    _affordable(1, 2, 2)


@pytest.mark.parametrize("power", [9, 30])
def test_one_frequency_costs_nothing_at_any_k(power: int) -> None:
    """σ = ((kp − 1)/(k − 1))² for one heavy weight p."""
    k = 10**power
    found = least_energy(Characters.of(Mixture.simplex(k, "one-heavy:1/2")), 40)
    exact = (Fraction(k, 2) - 1) ** 2 / Fraction(k - 1) ** 2
    assert found.lower <= exact <= found.upper
    assert found.upper - found.lower < Fraction(1, 10**40)
