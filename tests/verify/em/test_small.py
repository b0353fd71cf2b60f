"""Small θ: KL and g_m to relative accuracy, against many digits and by hand; known digits only."""

import json
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from overspec import Energies, InputError, Mixture, evaluate, population_em
from overspec.cli import main
from overspec.proofs.machinery.cyclotomic import dft_energy as exact_energy
from overspec.results.text import below_one, supported
from overspec.verify.em.population import trajectory
from overspec.verify.em.sample import sample_em
from overspec.verify.em.simplices import energies_of
from overspec.verify.engines.series import FARTHEST, near_zero
from overspec.verify.engines.spectrum import amplitudes, dft_energy, float_weights

pytestmark = pytest.mark.numeric

CASES = [
    (2, "uniform", "1/32"),
    (2, "7/10,3/10", "1/100"),
    (3, "uniform", "1e-6"),
    (3, "uniform", "1e-10"),
    (3, "1/2,3/10,1/5", "1/40"),
    (3, "0.33333333336,0.33333333333,0.33333333331", "1e-9"),
]


@pytest.mark.parametrize(("k", "weights", "at"), CASES)
def test_the_series_are_what_many_digits_give(k: int, weights: str, at: str) -> None:
    mixture = Mixture.simplex(k, weights)
    point = mixture.point(amplitudes=at)
    found = near_zero(float_weights(mixture), energies_of(mixture), amplitudes(point))
    true = evaluate(mixture, point, digits=60, engine="multiprecision")
    assert abs(float(true.kl - found.kl)) <= found.kl_error <= 2e-14 * found.kl
    for m, (g, error) in enumerate(zip(found.g, found.g_errors, strict=True)):
        assert abs(float(true.g[m] - g)) <= error <= 2e-14 * g


@pytest.mark.slow
@pytest.mark.parametrize(
    ("k", "weights", "at"),
    [(4, "2/5,3/10,1/10,1/5", "1/50,1/50"), (4, "3/10,1/5,3/10,1/5", "1/50,1e-7"),
     (4, "uniform", "1e-5,1e-3")],
)  # fmt: skip
def test_the_series_hold_for_mixed_frequencies(k: int, weights: str, at: str) -> None:
    mixture = Mixture.simplex(k, weights)
    point = mixture.point(amplitudes=at)
    found = near_zero(float_weights(mixture), energies_of(mixture), amplitudes(point))
    true = evaluate(mixture, point, digits=30)
    assert abs(float(true.kl / found.kl - 1)) < 2e-15
    for g, other in zip(found.g, true.g, strict=True):
        assert abs(float(other / g - 1)) < 5e-15


@pytest.mark.parametrize("k", [5, 6])
def test_the_quartic_term_is_the_one_of_theory(k: int) -> None:
    """T6 at uniform weights: ``L = ¼ ‖Σ‖² + O(|θ|⁶)``, Σ = |θ|²/(k − 1) I on a simplex."""
    mixture, r = Mixture.simplex(k), 1e-5
    point = amplitudes(Energies.regular_simplex(k, Fraction(r)))
    found = near_zero(float_weights(mixture), energies_of(mixture), point)
    assert found.kl == pytest.approx(r**4 / (4 * (k - 1)), rel=1e-9)


def test_series_and_lattice_meet() -> None:
    mixture = Mixture.simplex(4, "2/5,3/10,1/10,1/5")  # π̂_2 = 0
    for size in (0.99, 1.01):  # one by each method
        point = Energies.of_amplitudes(
            4, [Fraction(size * FARTHEST * 0.6), Fraction(size * FARTHEST * 0.8)]
        )
        step = trajectory(mixture, point, 0).steps[0]
        assert abs(step.kl - float(evaluate(mixture, point, engine="lattice").kl)) < 3e-15


@pytest.mark.parametrize(
    ("radius", "kl"), [("1e-6", "1.25e-25"), ("1e-8", "1.25e-33"), ("1e-10", "1.25e-41")]
)
def test_the_command_prints_kl_near_zero_right(
    radius: str, kl: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """L = r⁴/8 + O(r⁶) for three equal weights (T6)."""
    command = ["run", "--k", "3", "--weights", "uniform", "--radius", radius, "--steps", "1"]
    assert main([*command, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [step["kl"] for step in data["steps"]] == [kl, kl]


def test_no_digit_is_printed_below_the_error() -> None:
    """k = 10, no series: g by a polynomial, whose digits end where its error begins."""
    mixture = Mixture.simplex(10)
    for radius in ("1e-3", "1e-6"):
        run = trajectory(mixture, mixture.point(radius=radius), 1)
        true = float(radius) ** 4 / 36 if radius == "1e-6" else float(
            evaluate(mixture, mixture.point(radius=radius), digits=40).kl
        )  # fmt: skip
        step = run.steps[0]
        assert abs(step.kl - true) <= step.kl_error + 1e-11 * true
        shown = run.to_dict()["steps"][0]["kl"]
        digits = len(shown.split("e")[0].replace(".", "").strip("0"))
        assert 4 <= digits <= 11
        assert float(shown) == pytest.approx(true, rel=1e-6)
    far = trajectory(Mixture.simplex(10**12), Energies.regular_simplex(10**12, "1e-3"), 0)
    assert far.to_dict()["steps"][0]["kl"].startswith("0e-")  # 2.5e-25, of which nothing is known


def test_what_underflows_is_refused_or_said() -> None:
    mixture = Mixture.simplex(3, "1/2,3/10,1/5")
    with pytest.raises(InputError, match="1e-75"):
        population_em(mixture, mixture.point(radius="1e-200"), 3)
    heavy = Mixture.simplex(2, "999/1000,1/1000")
    run = trajectory(heavy, heavy.point(radius="1e-70"), 40)
    assert run.steps[-1].norm < 1e-100
    assert run.to_dict()["steps"][-1]["kl"] == "0e-300"
    assert run.rate_measured is None


@pytest.mark.parametrize("digits", [15, 30])
@pytest.mark.parametrize("k", [3, 10**6])
def test_evaluate_reaches_any_small_point(k: int, digits: int) -> None:
    mixture = Mixture.simplex(k, "one-heavy:2/3")
    here = evaluate(mixture, mixture.point(radius="1e-200"), digits)
    there = evaluate(mixture, mixture.point(radius=0), digits)
    assert float(here.kl) == float(there.kl) == 0
    assert here.g == there.g


def test_certified_evaluation_says_how_near_it_reaches(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["evaluate", "--k", "3", "--weights", "uniform", "--radius", "1e-100", "--certify"]
    assert main(command) == 2
    assert "lattice" in capsys.readouterr().err
    assert main([*command, "--engine", "lattice"]) == 0


def test_a_nearly_degenerate_rate_is_not_one() -> None:
    a, b, c = (Fraction(n, 10**11) for n in (33333333336, 33333333333, 33333333331))
    square = ((a - b) ** 2 + (b - c) ** 2 + (c - a) ** 2) / 2  # |π̂_1|², exactly
    mixture = Mixture.simplex(3, [a, b, c])
    run = trajectory(mixture, mixture.point(radius=1), 2)
    assert run.gap_predicted == pytest.approx(float(square * (2 - square)), rel=1e-12)
    text = run.to_dict()["rate_predicted"]
    assert text.startswith("0.999999999999999999996")
    assert abs(Fraction(text) - (1 - square) ** 2) < Fraction(1, 10**24)
    null = trajectory(Mixture.simplex(3), mixture.point(radius=1), 2)
    assert (null.gap_predicted, null.to_dict()["rate_predicted"]) == (0.0, "1")


def test_an_estimated_variance_keeps_its_digits_near_one() -> None:
    """v = 1 − |θ|²/d differs from 1 by less than a double shows; KL against mpmath."""
    mixture = Mixture.simplex(2, "7/10,3/10")
    run = trajectory(mixture, mixture.point(radius="1e-4"), 1, covariance="isotropic")
    step, context = run.steps[1], mpmath.mp.clone()
    context.dps = 50
    theta = context.mpf(step.norm)
    v = 1 - theta**2  # d = 1; the exact variance of the step at this θ
    inside = evaluate(
        mixture, mixture.point(radius=str(theta / v)), digits=40, engine="multiprecision"
    ).kl
    phi = theta / v
    true = (context.log(v) + 1 / v - 1) / 2 + (v - 1) * phi**2 / 2 + inside
    assert abs(float(true - step.kl)) <= step.kl_error
    assert step.kl_error < 1e-9 * step.kl


def test_free_means_show_no_digit_below_the_error() -> None:
    mixture = Mixture.simplex(3)
    run = population_em(mixture, mixture.point(radius="1e-4"), 2, tied=False, digits=6)
    assert run.rate_measured is None  # KL is far below its error
    shown = {step["kl"] for step in run.to_dict()["steps"]}
    assert {float(kl) for kl in shown} == {0.0}
    assert max(step.kl_error for step in run.steps) < 10.0 ** -max(len(kl) - 2 for kl in shown)


def test_numbers_as_text() -> None:
    assert supported(1.250242077e-25, 1e-29) == "1.2502e-25"
    assert supported(-0.0012345, 1e-5) == "-0.00123"
    assert supported(5.0, 100.0) == "0"
    assert supported(math.nan, 1.0) == "nan"
    assert (below_one(0.0), below_one(4e-20), below_one(1.0)) == (
        "1",
        "0.99999999999999999996",
        "0",
    )
    assert np.isfinite(float(below_one(1e-30)))


@pytest.mark.parametrize(
    ("weights", "short"),
    [
        ("1-2e-18,1e-18,1e-18", 6e-18),
        ("1-2e-9,1e-9,1e-9", 6e-9),
    ],
)
def test_a_rate_near_zero_has_its_digits(weights: str, short: float) -> None:
    """One weight nearly 1: ``1 − (1 − 3q)² = 6q − 9q²``, which doubles of |π̂_1|² do not have."""
    mixture = Mixture.simplex(3, weights)
    q = short / 6
    wanted = 6 * q - 9 * q * q
    run = population_em(mixture, mixture.point(radius=1), 2)
    assert run.rate_predicted == pytest.approx(wanted**2, rel=1e-12, abs=0)
    assert float(run.to_dict()["rate_predicted"]) == pytest.approx(wanted**2, rel=1e-9, abs=0)
    rows = np.random.default_rng(2).standard_normal((200, 2))
    found = sample_em(rows, mixture, (1.0, 0.0), 3)
    assert found.rate_predicted == pytest.approx(wanted, rel=1e-12, abs=0)
    assert float(found.to_dict()["rate_predicted"]) == pytest.approx(wanted, rel=1e-8, abs=0)


def test_an_amplitude_that_is_all_rounding_is_not_called_zero() -> None:
    mixture = Mixture.simplex(3, "1-2e-18,1e-18,1e-18")
    rows = population_em(mixture, mixture.point(radius=1), 4).to_dict()["steps"]
    # 1 − g_1 is 2^-53 or 0 by the processor's rounding: known to 13 places, or not at all
    assert {text for row in rows[1:] for text in row["amplitudes"]} <= {"0e-13", "nan"}
    assert rows[-1]["amplitudes"] == [rows[-1]["norm"]] == ["nan"]
    kept = Mixture.simplex(4, "2/5,3/10,1/5,1/10")
    rows = population_em(kept, kept.point([1, 0]), 2).to_dict()["steps"]
    assert rows[-1]["amplitudes"][1] == "0"  # what starts at 0 stays there


@pytest.mark.parametrize(
    ("weights", "wanted"),
    [
        ("1/3+1e-40,1/3,1/3-1e-40", 3e-80),
        ("1/2+1e-30,1/2-1e-30", 4e-60),
        ("1/2+1e-150,1/2-1e-150", 4e-300),
        ("1/4+1e-12,1/4,1/4,1/4-1e-12", None),
    ],
)
def test_an_energy_near_zero_has_its_digits(weights: str, wanted: float | None) -> None:
    """``|π̂_m|²`` where the sum cancels: by hand, and by SymPy's exact one."""
    mixture = Mixture.simplex(len(weights.split(",")), weights)
    for m in range(1, mixture.k // 2 + 1):
        found = dft_energy(mixture.weights, m)
        assert found == pytest.approx(
            float(exact_energy(mixture.weights, m).evalf(30)), rel=1e-14, abs=0
        )
        assert found > 0
        if wanted is not None:
            assert found == pytest.approx(wanted, rel=1e-14, abs=0)
    assert dft_energy(Mixture.simplex(4, "2/5,3/10,1/10,1/5").weights, 2) == 0


def test_commands_at_weights_that_are_almost_equal(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["radius", "--k", "2", "--weights"]
    assert main([*command, "1/2+1e-30,1/2-1e-30"]) == 0
    assert "sigma             4e-60" in capsys.readouterr().out
    assert main([*command, "1/2+1e-200,1/2-1e-200"]) == 2
    assert "sigma is below 1e-300" in capsys.readouterr().err
    wanted = ["--k", "3", "--weights", "1-2e-18,1e-18,1e-18", "--error", "0.1"]
    assert main(["samples", *wanted]) == 2
    assert "as far out as |theta| = 200" in capsys.readouterr().err
