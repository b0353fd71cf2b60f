"""The lattice engines: the reference value, their agreement, errors that are not understated."""

import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from sizes import slow_but

from overspec import Energies, InputError, Mixture
from overspec.verify.engines import lattice, lattice_digits, trapezoid
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.lowrank import doubles
from overspec.verify.engines.moments import Moments

pytestmark = pytest.mark.numeric

# math.md section 5; not computed by this project
REFERENCE = "0.39516094436343875531758576434283420666294862840443572420261"
KNOWN = Mixture.simplex(3, "1/2,3/10,1/5"), Energies.of_amplitudes(3, "1")

TINY = Mixture.simplex(3, "1e-900,1/2,1/2-1e-900")


def numbers(moments: Moments) -> list[Any]:
    return [
        moments.log_partition,
        *moments.g,
        *moments.operator,
        *(entry for row in moments.jacobian for entry in row),
    ]


def largest_difference(a: Moments, b: Moments) -> float:
    return max(abs(float(x - y)) for x, y in zip(numbers(a), numbers(b), strict=True))


def random_case(rng: random.Random, ks: tuple[int, ...], reach: int) -> tuple[Mixture, Energies]:
    k = rng.choice(ks)
    parts = [Fraction(rng.randint(1, 10 ** rng.choice((1, 2, 5)))) for _ in range(k)]
    amplitudes = [Fraction(rng.randint(0, 100 * reach), 100) for _ in range(k // 2)]
    mixture = Mixture.simplex(k, [part / sum(parts) for part in parts])
    return mixture, Energies.of_amplitudes(k, amplitudes)


def test_lattice_meets_the_reference_value() -> None:
    assert abs(lattice.moments(*KNOWN).log_partition - float(REFERENCE)) < 2e-16


@pytest.mark.parametrize("digits", slow_but([16, 30, 50], quick=[16, 30]))
def test_multiprecision_meets_the_reference_value(digits: int) -> None:
    moments = lattice_digits.moments(*KNOWN, digits)
    sign, mantissa, exponent, _ = moments.log_partition._mpf_
    ours = (-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** exponent
    assert abs(ours - Fraction(REFERENCE)) < Fraction(1, 10**digits)


@pytest.mark.parametrize("digits", slow_but([1, 3, 6, 10, 15], quick=[15]))
def test_lattice_error_is_not_understated(digits: int) -> None:
    rng = random.Random(digits)
    for _ in range(15 if digits < 15 else 6):  # test_errors has more of them
        mixture, energies = random_case(rng, (2, 3), 3)
        truth = lattice_digits.moments(mixture, energies, 18)
        found = lattice.moments(mixture, energies, digits)
        assert largest_difference(found, truth) <= found.error, (mixture, energies)
        assert digits == 15 or found.error <= 10.0**-digits


@pytest.mark.parametrize("digits", slow_but([4, 8, 12], quick=[4]))
def test_multiprecision_error_is_not_understated(digits: int) -> None:
    rng = random.Random(digits)
    for _ in range(10):
        mixture, energies = random_case(rng, (2, 3), 3)
        truth = lattice_digits.moments(mixture, energies, digits + 10)
        found = lattice_digits.moments(mixture, energies, digits)
        assert largest_difference(found, truth) <= found.error, (mixture, energies)
        assert found.error <= 10.0**-digits


@pytest.mark.parametrize(
    ("k", "amplitudes"),
    [pytest.param(4, "1,1/2", marks=pytest.mark.slow), (4, "3/5,0"), (4, "0,7/5")],
)
def test_engines_agree_at_k_4(k: int, amplitudes: str) -> None:
    point = Mixture.simplex(k, "2/5,3/10,1/5,1/10"), Energies.of_amplitudes(k, amplitudes)
    truth = lattice_digits.moments(*point, 8)
    for digits in (6, 15):
        found = lattice.moments(*point, digits)
        assert largest_difference(found, truth) <= found.error + truth.error


def test_without_the_check_one_lattice_keeps_its_tolerance() -> None:
    rng = random.Random(3)
    for _ in range(20):
        mixture, energies = random_case(rng, (2, 3, 4), 2)
        weights = np.array([float(w) for w in mixture.weights])
        amplitudes = tuple(float(e) ** 0.5 for e in energies)
        truth = lattice.cyclic_moments(weights, amplitudes, 1e-13)
        found = lattice.cyclic_moments(weights, amplitudes, 1e-6, check=False)
        assert largest_difference(found, truth) <= found.error <= 1.1e-6


@pytest.mark.parametrize("tolerance", slow_but([1e-4, 1e-7, 1e-10], quick=[1e-10]))
def test_twins_keep_their_tolerance(tolerance: float) -> None:
    """In four dimensions the mean of two coarse lattices, against the low-rank engine."""
    rng = np.random.default_rng(5)
    for power in (1, 1, 4, 6):
        weights, amplitudes = rng.uniform(size=5) ** power + 1e-6, tuple(rng.uniform(0.1, 1, 2))
        weights /= weights.sum()
        found = lattice.cyclic_moments(weights, amplitudes, tolerance)
        truth = doubles.low_rank_moments(weights, amplitudes)
        assert largest_difference(found, truth) <= found.error <= 1.1 * tolerance
        assert max(found.errors.values()) == found.error


def test_axes_may_come_in_any_order() -> None:
    """The finest steps are summed outside; what comes out is in the order of the axes given."""
    means = np.array([[0.3, -0.5, 0.7], [-0.2, 0.9, 0.1], [0.4, 0.2, -0.6]])
    logs, turn = np.log([0.5, 0.3, 0.2]), [1, 2, 0]
    given = trapezoid.expectations(means, logs, trapezoid.Lattice((0.5, 0.3, 0.4), 8.0))
    other = trapezoid.expectations(means[:, turn], logs, trapezoid.Lattice((0.3, 0.4, 0.5), 8.0))
    back = [0, 1 + turn.index(0), 1 + turn.index(1), 1 + turn.index(2)]
    for ours, theirs in ((given.single, other.single), (given.pair, other.pair)):
        assert np.abs(ours - theirs[..., back, :][..., back]).max() < 1e-14
    assert np.abs(given.single[:, 0, 1:]).max() > 1e-3


def test_overflow_safe_path_equals_the_factorised_one(monkeypatch: pytest.MonkeyPatch) -> None:
    point = Mixture.simplex(4, "2/5,3/10,1/5,1/10"), Energies.of_amplitudes(4, "1,1/2")
    fast = lattice.moments(*point, 10)
    monkeypatch.setattr(trapezoid, "SAFE_EXPONENT", -1.0)
    assert largest_difference(lattice.moments(*point, 10), fast) < 1e-14


@pytest.mark.parametrize(("k", "amplitude"), slow_but([(2, "100"), (3, "40")], [(3, "40")], True))
def test_far_points_do_not_overflow(k: int, amplitude: str) -> None:
    """Far out the responsibilities are indicators of cells, and M tends to R₀ = E max⟨x, v_j⟩."""
    mixture = Mixture.simplex(k, "uniform")
    far = evaluate(mixture, Energies.of_amplitudes(k, amplitude), digits=8)
    expected = {2: (2 / np.pi) ** 0.5, 3: 1.5 * (3 / (2 * np.pi)) ** 0.5}[k]
    assert far.map_amplitudes[0] == pytest.approx(expected, rel=1e-2)
    assert 1 - far.map_amplitudes[0] / float(amplitude) == pytest.approx(far.g[1], abs=1e-7)


def test_at_the_optimum_the_weights_are_the_responsibilities() -> None:
    mixture = Mixture.simplex(4, "1/2,1/4,1/8,1/8")
    origin = Energies.of_amplitudes(4, "0,0")
    for digits in (15, 25):
        value = evaluate(mixture, origin, digits)
        assert value.kl == 0
        assert [float(x) for x in value.g] == pytest.approx([1, 0.15625, 0.0625], abs=1e-15)
        assert [float(x) for x in value.hessian_eigenvalues] == pytest.approx(
            [0.0625, 0.15625, 0.15625], abs=1e-15
        )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: evaluate(*KNOWN, digits=0), "digits = 0"),
        (lambda: evaluate(*KNOWN, digits=10**9), "beyond reach"),
        (lambda: evaluate(*KNOWN, digits=True), "not an integer"),
        (lambda: evaluate(*KNOWN, engine="sinc"), "engine 'sinc'"),
        (lambda: evaluate(*KNOWN, digits=20, engine="lattice"), "multiprecision"),
        (lambda: evaluate(*KNOWN, digits=200, engine="multiprecision"), "nodes"),
        (lambda: evaluate(Mixture.simplex(4), KNOWN[1]), "k = 3"),
        (
            lambda: evaluate(
                Mixture.simplex(7), Energies.of_amplitudes(7, "1,1,1"), engine="lattice"
            ),
            "reach k = 6",
        ),
        (
            lambda: evaluate(Mixture.simplex(5), Energies.of_amplitudes(5, "9,8"), 15, "lattice"),
            "ask for|smaller",
        ),
        (lambda: evaluate(KNOWN[0], Energies.of_amplitudes(3, "1e400")), "smaller point"),
        (lambda: evaluate(TINY, KNOWN[1], engine="lattice"), "below 1e-300"),
        (
            lambda: evaluate(Mixture.of(4, "uniform", {2: 1}), Energies.of_amplitudes(4, "1,1")),
            "no frequency 1",
        ),
    ],
)
def test_refusals_say_what_would_do(call: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()


def test_more_digits_carry_weights_that_doubles_cannot() -> None:
    """A component of weight 10^-900 is as good as none, and so is one of 10^-30."""
    found = evaluate(TINY, KNOWN[1], digits=18)
    nearly = evaluate(Mixture.simplex(3, "1e-30,1/2,1/2-1e-30"), KNOWN[1], digits=18)
    assert abs(found.kl - nearly.kl) < 1e-17
    assert found.kl > 0
