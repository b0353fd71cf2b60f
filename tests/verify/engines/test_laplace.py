"""The Laplace engines against the lattices, against each other, and against symmetry."""

import math
import random
import tracemalloc
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from sizes import slow_but

from overspec import Energies, InputError, Mixture
from overspec.orbit import SimplexOrbit
from overspec.verify.engines import lattice, lattice_digits
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.laplace import digits as laplace_digits
from overspec.verify.engines.laplace import doubles as laplace
from overspec.verify.engines.laplace import hessian
from overspec.verify.engines.moments import Moments

pytestmark = pytest.mark.numeric

REFERENCE = "0.39516094436343875531758576434283420666294862840443572420261"  # math.md section 5
KNOWN = Mixture.simplex(3, "1/2,3/10,1/5"), Energies.of_amplitudes(3, "1")


def parts(moments: Moments) -> dict[str, list[Any]]:
    return {
        "log_partition": [moments.log_partition],
        "g": list(moments.g),
        "operator": list(moments.operator),
        "jacobian": [entry for row in moments.jacobian for entry in row]
        + [value for value, _ in moments.spectrum],
    }


def excess(found: Moments, truth: Moments) -> float:
    """The largest deviation over the error that goes with it (and the reference's own)."""
    ours, theirs = parts(found), parts(truth)
    return max(
        abs(float(x - y)) / float(found.errors.get(name, found.error) + truth.error)
        for name in ours
        for x, y in zip(ours[name], theirs[name], strict=True)
    )


def random_weights(rng: random.Random, k: int) -> list[Fraction]:
    raw = [Fraction(rng.randint(1, 10 ** rng.choice((1, 2, 5)))) for _ in range(k)]
    return [part / sum(raw) for part in raw]


def random_case(rng: random.Random, ks: tuple[int, ...], reach: float) -> tuple[Mixture, Energies]:
    k = rng.choice(ks)
    radius = Fraction(rng.randint(1, int(100 * reach)), 100)
    return Mixture.simplex(k, random_weights(rng, k)), Energies.regular_simplex(k, radius)


@pytest.mark.slow
def test_doubles_agree_with_the_lattice_everywhere() -> None:
    rng = random.Random(1)
    for _ in range(60):
        mixture, energies = random_case(rng, (2, 3, 4), 2.5)
        found = laplace.moments(mixture, energies)
        assert excess(found, lattice.moments(mixture, energies, 14)) <= 1, (mixture, energies)
        assert found.error < 1e-13


def test_doubles_agree_with_the_lattice_at_k_5() -> None:
    rng = random.Random(2)
    for _ in range(4):
        mixture, energies = random_case(rng, (5,), 1.2)
        assert (
            excess(laplace.moments(mixture, energies), lattice.moments(mixture, energies, 9)) <= 1
        )


@pytest.mark.parametrize("digits", [16, 30, 50])
def test_many_digits_meet_the_reference_value(digits: int) -> None:
    moments = laplace_digits.moments(*KNOWN, digits, hessian=False)
    sign, mantissa, exponent, _ = moments.log_partition._mpf_
    ours = (-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** exponent
    assert abs(ours - Fraction(REFERENCE)) < Fraction(1, 10**digits)
    assert moments.error < 10.0**-digits


@pytest.mark.slow
def test_many_digits_agree_with_the_lattice_in_many_digits() -> None:
    rng = random.Random(3)
    for _ in range(6):
        mixture, energies = random_case(rng, (2, 3), 2)
        found = laplace_digits.moments(mixture, energies, 25)
        assert excess(found, lattice_digits.moments(mixture, energies, 22)) <= 1


@pytest.mark.parametrize("k", slow_but([2, 3, 7, 12, 13, 10**6, 10**12], quick=[2, 13]))
@pytest.mark.parametrize("radius", ["1/1000", "1/20", "1/3", "2", "7"])
def test_doubles_are_as_good_as_they_say(k: int, radius: str) -> None:
    """One-heavy weights, against 18 digits from other code; small θ takes another inner grid."""
    mixture, energies = Mixture.simplex(k, "one-heavy:1/3"), Energies.regular_simplex(k, radius)
    found = laplace.moments(mixture, energies, modes=min(k // 2, 6))
    truth = laplace_digits.moments(mixture, energies, 18, modes=min(k // 2, 6))
    if k == 13:  # one gives the matrix, the other its eigenvalues
        values = np.linalg.eigvalsh(np.array(found.jacobian))
        expected = sorted(float(v) for v, count in truth.spectrum for _ in range(count))
        assert values == pytest.approx(expected, abs=2 * found.errors["jacobian"])
        found, truth = (
            Moments(m.frequencies, m.log_partition, m.g, m.operator, (), m.error)
            for m in (found, truth)
        )
    assert excess(found, truth) <= 1


@pytest.mark.parametrize("digits", slow_but([2, 5, 9, 13], quick=[5, 13]))
def test_errors_are_not_understated_at_few_digits(digits: int) -> None:
    rng = random.Random(digits)
    for _ in range(40):
        mixture, energies = random_case(rng, (2, 3, 4, 6, 9), 4)
        truth, found = (
            laplace.moments(mixture, energies),
            laplace.moments(mixture, energies, digits),
        )
        assert excess(found, truth) <= 1, (mixture, energies)
        assert found.error <= 10.0**-digits


@pytest.mark.slow
def test_s6_by_two_integrals() -> None:
    """M by S1 shares no integral with g_m; a_m = c·√(2/k), or c/√k at k/2."""
    rng = random.Random(5)
    for _ in range(20):
        mixture, energies = random_case(rng, (6, 7, 40, 101), 3)
        value = evaluate(mixture, energies, engine="laplace")
        for m, energy in enumerate(energies, start=1):
            expected = (1 - value.g[m]) * math.sqrt(energy)
            assert value.map_amplitudes[m - 1] == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize(("k", "weights"), [(9, "linear"), (14, "geometric:4/5"), (31, "linear")])
def test_the_hessian_is_the_derivative_of_the_map(k: int, weights: str) -> None:
    """Along θ: DM θ/|θ| by differences of M on simplex orbits of other norms."""
    mixture, h = Mixture.simplex(k, weights), Fraction(1, 100)

    def amplitudes(radius: Fraction) -> np.ndarray:
        found = laplace.moments(mixture, Energies.regular_simplex(k, radius), hessian=False)
        return np.array(found.operator)

    at = Fraction(3, 2)
    slope = sum(
        c * (amplitudes(at + n * h) - amplitudes(at - n * h)) / float(h)
        for n, c in ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))
    )
    energies = Energies.regular_simplex(k, at)
    jacobian = np.array(laplace.moments(mixture, energies).jacobian)
    theta = np.zeros(k - 1)
    theta[::2] = [math.sqrt(e) for e in energies]
    assert jacobian @ theta / float(at) == pytest.approx(slope, abs=1e-11)


@pytest.mark.parametrize("k", slow_but([4, 5, 12, 61, 200], quick=[4, 5, 12]))
@pytest.mark.parametrize("weights", ["one-heavy:1/2", "one-heavy:1/1000", "uniform"])
def test_three_eigenvalues_are_those_of_the_matrix(
    k: int, weights: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixture, energies = Mixture.simplex(k, weights), Energies.regular_simplex(k, "5/2")
    matrix = np.array(laplace.moments(mixture, energies).jacobian)
    monkeypatch.setattr(hessian, "MAX_K", 3)
    found = laplace.moments(mixture, energies)
    assert sum(count for _, count in found.spectrum) == k - 1
    spread = sorted(value for value, count in found.spectrum for _ in range(count))
    assert np.linalg.eigvalsh(matrix) == pytest.approx(spread, abs=1e-13)


def test_fourier_transform_and_closed_run_sums_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    mixture = Mixture.simplex(60, ["1/40"] * 20 + ["1/100"] * 30 + ["1/50"] * 10)
    energies = Energies.regular_simplex(60, 2)
    short = laplace.moments(mixture, energies, hessian=False)
    monkeypatch.setattr(laplace, "RUN_TERMS", 0)
    long = laplace.moments(mixture, energies, hessian=False)
    assert excess(short, long) <= 1
    assert np.ptp(short.g[1:]) > 1e-3


def test_where_the_heavy_weight_stands_does_not_matter() -> None:
    rest = [Fraction(1, 18)] * 9
    energies = Energies.regular_simplex(10, 2)
    first = laplace.moments(Mixture.simplex(10, [Fraction(1, 2), *rest]), energies)
    later = laplace.moments(Mixture.simplex(10, [*rest[:4], Fraction(1, 2), *rest[4:]]), energies)
    assert excess(first, later) <= 1


def test_huge_k_tends_to_its_limit() -> None:
    """One-heavy, k → ∞ at fixed r: g → E σ(logit p + rG − r²/2)² (math.md section 4)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    limit = float((weights / np.sqrt(2 * np.pi)) @ (1 / (1 + np.exp(-(2 * nodes - 2))) ** 2))
    gaps = []
    for exponent in (4, 8, 12, 100):
        k = 10**exponent
        point = Mixture.simplex(k, "one-heavy:1/2"), Energies.regular_simplex(k, 2)
        gaps.append(abs(laplace.moments(*point).g[1] - limit))
    assert gaps[0] > gaps[1] > gaps[2] > gaps[3]
    assert gaps[3] < 1e-12


@pytest.mark.slow
def test_general_weights_at_large_k_without_a_hessian() -> None:
    value = evaluate(Mixture.simplex(3000, "linear"), Energies.regular_simplex(3000, 1))
    assert (value.modes, len(value.map_amplitudes), value.hessian_spectrum) == (8, 8, None)
    assert not value.g_all_equal
    every = evaluate(value.mixture, value.energies, modes=1500)
    assert every.g[:9] == pytest.approx(value.g, abs=1e-14)
    with pytest.raises(InputError, match="leaves the Hessian out"):
        _ = value.hessian_eigenvalues


def test_at_the_optimum_at_any_k() -> None:
    for digits in (15, 30):
        value = evaluate(
            Mixture.simplex(10**12, "one-heavy:1/2"), Energies.regular_simplex(10**12, 0), digits
        )
        assert value.kl == 0
        assert float(value.g[1]) == pytest.approx(0.25, abs=1e-12)
        assert value.hessian_spectrum is not None
        assert sum(count for _, count in value.hessian_spectrum) == 10**12 - 1


def test_extra_dimensions_and_multiplicities() -> None:
    flat = evaluate(Mixture.simplex(3, "1/2,3/10,1/5"), Energies.of_amplitudes(3, "1"))
    twice = evaluate(Mixture.of(3, "1/2,3/10,1/5", {1: 2, 0: 1}), Energies.of_amplitudes(3, "1"))
    g = flat.g[1]
    expected = sorted([*flat.hessian_eigenvalues, g, g, 1.0])
    assert twice.hessian_eigenvalues == pytest.approx(expected, abs=1e-14)


def test_kl_is_not_convex_at_large_k() -> None:
    """Against conjecture G of math.md: one-heavy, k = 1000; by the Hessian, by KL itself."""
    mixture = Mixture.simplex(1000, "one-heavy:99/100")

    def kl(radius: Fraction) -> Any:
        return evaluate(mixture, Energies.regular_simplex(1000, radius), 25, modes=1).kl

    at, h = Fraction(11, 4), Fraction(1, 200)
    value = evaluate(mixture, Energies.regular_simplex(1000, at))
    assert value.hessian_spectrum is not None
    bend = float(kl(at + h) + kl(at - h) - 2 * kl(at)) / float(h) ** 2
    assert value.hessian_spectrum[0] == (pytest.approx(bend, abs=1e-4), 1)
    assert bend < -0.1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: laplace.moments(Mixture.simplex(4), Energies.of_amplitudes(4, "1,1")),
            "regular simplex",
        ),
        (lambda: laplace.moments(*KNOWN, 16), "doubles carry 15"),
        (lambda: laplace.moments(*KNOWN, modes=2), "modes = 2"),
        (
            lambda: laplace.moments(KNOWN[0], Energies.of_amplitudes(3, "2000")),
            "too far",
        ),
        (
            lambda: laplace_digits.moments(
                Mixture.simplex(2000, "linear"), Energies.regular_simplex(2000, 5), 100
            ),
            "fewer digits",
        ),
        (
            lambda: laplace.moments(
                Mixture.simplex(10**301, "uniform"), Energies.regular_simplex(10**301, 1)
            ),
            "1e300",
        ),
    ],
)
def test_refusals(call: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()


def test_one_singled_out() -> None:
    def orbit(weights: str) -> SimplexOrbit:
        return SimplexOrbit.at(Mixture.simplex(4, weights), Energies.regular_simplex(4, 1))

    assert orbit("1/4,1/4,1/4,1/4").alike
    assert orbit("1/5,1/5,2/5,1/5").alike
    assert not orbit("1/10,1/10,2/5,2/5").alike


def test_memory_for_distinct_weights_is_asked_for_before_the_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At k = 10^5, all weights distinct, it ran out of 4 GB."""
    point = Energies.regular_simplex(30, 1)
    laplace.moments(Mixture.simplex(30, "linear"), point)
    monkeypatch.setattr(laplace, "MAX_VALUES", 5000)
    with pytest.raises(InputError, match=r"30 distinct weights at .* at most 2. here"):
        laplace.moments(Mixture.simplex(30, "linear"), point)
    laplace.moments(Mixture.simplex(30, "one-heavy:1/2"), point)


def test_memory_grows_with_the_distinct_weights_and_not_their_square() -> None:
    """At k = 10^4 it was 1.9 GB."""
    k, digits = 2000, 3
    mixture, point = Mixture.simplex(k, "linear"), Energies.regular_simplex(k, 1)
    laplace.moments(Mixture.simplex(20, "linear"), Energies.regular_simplex(20, 1), digits)
    rule = laplace.Rule.of(1.0, math.log(k), digits * math.log(10) + 6)
    tracemalloc.start()
    try:
        laplace.moments(mixture, point, digits, modes=2)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= laplace.BYTES * rule.nodes * k


def test_sums_over_the_others() -> None:
    """Without one component of each weight: exact in whole numbers, and nothing cancels."""
    found = hessian._others(np.array([[1.0, 2, 4], [1e20, 1, 2]]), np.array([1.0, 3, 1]))
    assert found.tolist() == [[10.0, 9.0, 7.0], [5.0, 1e20 + 4, 1e20 + 3]]
    assert hessian._others(np.array([[5.0]]), np.array([4.0])).tolist() == [[15.0]]
