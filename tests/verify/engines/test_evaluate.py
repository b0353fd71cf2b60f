"""evaluate, trajectories, the plain reference, sample EM and its input."""

import math
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sizes import slow_but

from overspec import Energies, InputError, Mixture, Weights
from overspec.verify.em import reference
from overspec.verify.em.free import free_trajectory
from overspec.verify.em.population import trajectory
from overspec.verify.em.readers import load_data
from overspec.verify.em.sample import sample_em
from overspec.verify.engines import spectrum
from overspec.verify.engines.evaluate import evaluate

pytestmark = pytest.mark.numeric

MIXTURES = [
    (2, "3/10,7/10", "6/5"),
    (3, "1/2,3/10,1/5", "1"),
    (3, "uniform", "3/2"),
    (4, "2/5,3/10,1/10,1/5", "1,1/2"),
    (4, "1/2,1/4,3/20,1/10", "0,1"),
]


@pytest.mark.parametrize(("k", "weights", "amplitudes"), MIXTURES)
def test_evaluate_agrees_with_the_plain_em(k: int, weights: str, amplitudes: str) -> None:
    point = Mixture.simplex(k, weights), Energies.of_amplitudes(k, amplitudes)
    ours, plain = evaluate(*point), reference.evaluate(*point)
    error = ours.error + plain.error + 1e-14
    assert plain.error < 1e-6
    assert ours.kl == pytest.approx(plain.kl, abs=error)
    assert ours.g == pytest.approx(plain.g, abs=error)
    assert ours.map_amplitudes == pytest.approx(plain.map_amplitudes, abs=error)


@pytest.mark.parametrize(("k", "weights", "amplitudes"), slow_but(MIXTURES[:4], MIXTURES[:3], True))
def test_hessian_agrees_with_differences_of_the_plain_em(
    k: int, weights: str, amplitudes: str
) -> None:
    point = Mixture.simplex(k, weights), Energies.of_amplitudes(k, amplitudes)
    matrix, error = reference.jacobian(*point)
    assert error < 1e-4
    assert np.abs(matrix - matrix.T).max() <= 2 * error
    eigenvalues = np.linalg.eigvalsh(np.eye(k - 1) - (matrix + matrix.T) / 2)
    assert evaluate(*point).hessian_eigenvalues == pytest.approx(eigenvalues.tolist(), abs=error)


def test_idle_copies_and_frequency_0_complete_the_spectrum() -> None:
    """A second copy of a block contributes g_m twice, frequency 0 contributes 1."""
    mixture = Mixture.of(3, "1/2,3/10,1/5", {1: 2, 0: 1})
    value = evaluate(mixture, Energies.of_amplitudes(3, "1"))
    plain = evaluate(Mixture.simplex(3, "1/2,3/10,1/5"), Energies.of_amplitudes(3, "1"))
    expected = sorted([*plain.hessian_eigenvalues, value.g[1], value.g[1], 1.0])
    assert (len(plain.hessian_eigenvalues), len(expected)) == (2, mixture.d)
    assert value.hessian_eigenvalues == pytest.approx(expected, abs=1e-14)


def test_energies_are_exact_sums_over_long_runs() -> None:
    weights = Weights.of("1/2,1/10,1/10,1/10,1/10,1/20,1/20")
    for m in range(4):
        direct = sum(float(w) * np.exp(2j * np.pi * m * j / 7) for j, w in enumerate(weights))
        assert spectrum.dft_energy(weights, m) == pytest.approx(abs(direct) ** 2, abs=1e-15)
    heavy = Weights.of("one-heavy:1/3", k=10**12)
    gap = Fraction(1, 3) - Fraction(2, 3) / (10**12 - 1)
    assert spectrum.dft_energy(heavy, 123456789) == pytest.approx(float(gap**2), rel=1e-14)


def test_regular_weights_contract_at_the_predicted_rate() -> None:
    run = trajectory(Mixture.simplex(4, "1/2,1/4,3/20,1/10"), Energies.of_amplitudes(4, "1,1"), 150)
    assert run.rate_measured == pytest.approx(run.rate_predicted, abs=1e-6)
    assert run.rate_predicted == pytest.approx((1 - 0.09) ** 2)
    falls = [b.kl / a.kl for a, b in pairwise(run.steps)]
    assert max(falls) < 1


def test_only_blocks_with_energy_count() -> None:
    mixture = Mixture.simplex(4, "3/10,1/5,3/10,1/5")  # frequency 1 is null, 2 is not
    alone = trajectory(mixture, Energies.of_amplitudes(4, "0,1"), 40)
    assert alone.rate_predicted == pytest.approx((1 - 0.04) ** 2)  # π̂_2 = 1/5
    assert alone.rate_measured == pytest.approx(alone.rate_predicted, abs=5e-3)
    assert alone.t2_kl is None
    charged = trajectory(mixture, Energies.of_amplitudes(4, "1,1"), 5)
    assert (charged.rate_predicted, charged.rate_measured) == (1.0, None)


@pytest.mark.parametrize(
    ("k", "weights", "amplitudes", "t_energy"),
    slow_but(
        [
            (2, "uniform", "1", 1 / 2),
            (3, "uniform", "1", 1.0),
            (4, "2/5,3/10,1/10,1/5", "0,1", 1 / 2),
            (4, "3/10,1/5,3/10,1/5", "1,0", 1 / 1.04),
        ],
        quick=lambda case: case[1] == "uniform",
        several=True,
    ),
)
def test_null_blocks_decay_like_one_over_t(
    k: int, weights: str, amplitudes: str, t_energy: float
) -> None:
    """T2: t·a² → 1/(2c), t²·KL → 1/(16c); the corrections are of order log t / t."""
    run = trajectory(Mixture.simplex(k, weights), Energies.of_amplitudes(k, amplitudes), 800)
    assert (run.rate_predicted, run.rate_measured) == (1.0, None)
    assert run.t_energy == pytest.approx(t_energy, rel=0.02)
    assert run.t2_kl == pytest.approx(t_energy / 8, rel=0.03)


def test_estimated_variance_keeps_the_rate() -> None:
    mixture, start = Mixture.simplex(3, "1/2,3/10,1/5"), Energies.of_amplitudes(3, "1")
    run = trajectory(mixture, start, 120, covariance="isotropic")
    assert run.rate_measured == pytest.approx(run.rate_predicted, abs=1e-4)
    assert run.steps[-1].variance == pytest.approx(1, abs=1e-6)


def test_isotropic_step_is_what_the_textbook_gives() -> None:
    """One joint M-step of θ and v, by Gauss–Hermite; densities N(R^jθ, vI) at unit scale."""
    mixture, start = Mixture.simplex(3, "1/2,3/10,1/5"), Energies.of_amplitudes(3, "1")
    run = trajectory(mixture, start, 2, covariance="isotropic")
    theta, v = reference.parameter(mixture, start), 1.0
    turn, weights = reference.rotation(mixture), [float(w) for w in mixture.weights]
    x, mass = reference.gauss_hermite(2, 80)
    for step in run.steps[1:]:
        scaled_means, powers = reference.orbit(turn, theta / np.sqrt(v), 3)
        w = reference.responsibilities(x / np.sqrt(v), scaled_means, weights)
        theta = sum(p.T @ (x.T @ (mass * r)) for r, p in zip(w, powers, strict=True))
        spread = [np.sum((x - p @ theta) ** 2, axis=1) for p in powers]
        v = float(sum(np.sum(mass * r * s) for r, s in zip(w, spread, strict=True))) / 2
        assert step.norm == pytest.approx(float(np.linalg.norm(theta)), abs=1e-12)
        assert step.variance == pytest.approx(v, abs=1e-12)
        means, _ = reference.orbit(turn, theta, 3)
        density = sum(
            p * np.exp(-np.sum((x - m) ** 2, axis=1) / (2 * v)) / v
            for p, m in zip(weights, means, strict=True)
        )
        kl = -float(np.sum(mass * (np.log(density) + np.sum(x**2, axis=1) / 2)))
        assert step.kl == pytest.approx(kl, abs=1e-12)


@pytest.mark.slow
def test_free_means_forget_the_weights() -> None:
    run = free_trajectory(Mixture.simplex(3, "1/2,3/10,1/5"), 1, 400)
    assert run.t2_kl == pytest.approx(2 / 16, rel=0.05)
    assert all(a.kl > b.kl for a, b in pairwise(run.steps))


def test_free_step_is_the_centroid_of_the_responsibilities() -> None:
    mixture = Mixture.simplex(4, "2/5,3/10,1/5,1/10")
    run = free_trajectory(mixture, 1, 1)
    x, mass = reference.gauss_hermite(3, 40)
    means = [np.array(m) for m in run.steps[0].means]
    w = reference.responsibilities(x, means, [float(p) for p in mixture.weights])
    for r, moved in zip(w, run.steps[1].means, strict=True):
        assert (x.T @ (mass * r) / (mass @ r)).tolist() == pytest.approx(moved, abs=1e-8)


def test_tied_sample_step_is_the_plain_one() -> None:
    mixture = Mixture.simplex(4, "2/5,3/10,1/5,1/10")
    x = np.random.default_rng(0).standard_normal((500, 3)) * 1.3
    start = np.array([1.0, 0.5, -0.3])
    run = sample_em(x, mixture, start, 1)
    weights = [float(w) for w in mixture.weights]
    plain = reference.em_step(x, np.full(500, 1 / 500), reference.rotation(mixture), start, weights)
    assert run.steps[1].theta == pytest.approx(plain.tolist(), abs=1e-13)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("covariance", ["fixed", "isotropic", "full"])
def test_the_likelihood_of_the_sample_never_falls(tied: bool, covariance: str) -> None:
    rng = np.random.default_rng(2)
    x = rng.standard_normal((400, 2)) @ np.array([[1.5, 0.4], [0.0, 0.7]]) + 0.2
    run = sample_em(x, Mixture.simplex(3, "1/2,3/10,1/5"), (1.0, 0.4), 30, tied, covariance)
    values = [step.log_likelihood for step in run.steps]
    assert all(b >= a - 1e-13 for a, b in pairwise(values))
    assert values[-1] > values[0]
    matrix = np.array(run.covariance)
    assert covariance != "fixed" or (matrix == np.eye(2)).all()
    assert covariance != "isotropic" or matrix[0, 0] == matrix[1, 1] != 1
    assert covariance != "full" or abs(matrix[0, 1]) > 0.01


def test_the_sample_likelihood_is_that_of_the_density() -> None:
    mixture = Mixture.simplex(2, "3/10,7/10")
    x = np.array([[0.3], [-1.2], [2.0]])
    run = sample_em(x, mixture, [0.7], 0)
    density = [
        0.3 * math.exp(-((a - 0.7) ** 2) / 2) + 0.7 * math.exp(-((a + 0.7) ** 2) / 2)
        for a in x[:, 0]
    ]
    expected = sum(math.log(p / math.sqrt(2 * math.pi)) for p in density) / 3
    assert run.steps[0].log_likelihood == pytest.approx(expected, abs=1e-14)


PAIR = Mixture.simplex(3, "1/2,3/10,1/5")
GOOD = np.random.default_rng(0).standard_normal((20, 2))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (GOOD[:, :1], r"needs \(n, 2\)"),
        (GOOD[0], r"needs \(n, 2\)"),
        (GOOD[:1], "at least 2"),
        (np.where(GOOD > 1, np.nan, GOOD), "not finite"),
        (np.where(GOOD > 1, np.inf, GOOD), "not finite"),
        (GOOD.astype(complex), "not real numbers"),
        (np.array([["a", "b"], ["c", "d"]]), "not real numbers"),
        (np.array([[1, 2], [1, 3]]), "column 1 is constant"),
        (GOOD * 1e200, "rescale"),
        ([[1.0, 2.0], [3.0]], "differ in length"),
        (np.array([[object()] * 2] * 3), "not a number"),
    ],
)
def test_bad_data_are_refused(data: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        sample_em(data, PAIR, (1.0, 0.0), 3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: sample_em(GOOD, PAIR, (1.0,), 3), "theta0 of shape"),
        (lambda: sample_em(GOOD, PAIR, (1.0, math.nan), 3), "not finite"),
        (lambda: sample_em(GOOD, PAIR, ("a", "b"), 3), "not numbers"),
        (lambda: sample_em(GOOD, PAIR, (1.0, 0.0), -1), "steps"),
        (lambda: sample_em(GOOD, PAIR, (1.0, 0.0), 3, covariance="diagonal"), "covariance"),
        (lambda: trajectory(PAIR, Energies.of_amplitudes(3, "1"), -1), "steps"),
        (lambda: trajectory(PAIR, Energies.of_amplitudes(3, "1"), 3, digits=40), "doubles"),
        (lambda: trajectory(PAIR, Energies.of_amplitudes(3, "1"), 3, tolerance=-1), "tolerance"),
        (lambda: trajectory(PAIR, Energies.of_amplitudes(3, "1"), 3, covariance="full"), "fixed"),
        (lambda: free_trajectory(PAIR, 0, 3), "radius > 0"),
        (lambda: free_trajectory(Mixture.simplex(5), 1, 3), "k <= 4"),
    ],
)
def test_bad_arguments_are_refused(call: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()


def test_tables_are_read_from_npy_and_csv(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", GOOD)
    rows = [",".join(map(repr, row)) for row in GOOD.tolist()]
    (tmp_path / "x.csv").write_text("\ufefffirst,second\n" + "\n".join(rows) + "\n\n")
    (tmp_path / "bare.csv").write_text("\n".join(rows))
    for name in ("x.npy", "x.csv", "bare.csv"):
        assert (load_data(tmp_path / name) == GOOD).all()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.csv", b"1,2\n3\n", "line 2: 1 values, not 2"),
        ("x.csv", b"a,b\n1,2\n3,four\n", "line 3: 'four' is not a number"),
        ("x.csv", b"", "no rows"),
        ("x.csv", b"\xff\xfe\x00\x01", "not readable|no rows|not a number"),
        ("x.npy", b"not numpy", "not a plain .npy"),
        ("x.xlsx", b"1,2", "give a .csv, .tsv"),
    ],
)
def test_bad_files_are_refused(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=words):
        load_data(tmp_path / name)


def test_pickles_are_never_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match=r"not a plain \.npy"):
        load_data(tmp_path / "x.npy")
    with pytest.raises(InputError, match="does not exist"):
        load_data(tmp_path / "y.npy")


@pytest.mark.parametrize(("k", "weights", "radius"), [
    (2, "uniform", "1"), (3, "1/2,3/10,1/5", "3"), (2, "3/10,7/10", "1/50"), (3, "linear", "1/9"),
])  # fmt: skip
@pytest.mark.parametrize("digits", slow_but([8, 14], quick=[14]))
def test_the_error_of_kl_is_not_understated(k: int, weights: str, radius: str, digits: int) -> None:
    """Each iterate again by the many-digit Laplace engine, its amplitude taken as exact."""
    mixture = Mixture.simplex(k, weights)
    for step in trajectory(mixture, Energies.regular_simplex(k, radius), 3, digits).steps:
        point = Energies.of_amplitudes(k, [Fraction(a) for a in step.amplitudes])
        true = evaluate(mixture, point, 25, engine="laplace").kl
        assert abs(float(true - step.kl)) <= step.kl_error
        assert step.kl_error < 1.1 * 10.0**-digits + 1e-13
