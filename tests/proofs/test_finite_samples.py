"""T8: every lemma by brute force, and no constant of a hypothesis can be halved."""

import math

import numpy as np
import pytest

from overspec.proofs.language.derivation import Method
from overspec.proofs.samples import deviation
from overspec.proofs.samples.finite import finite_samples
from overspec.proofs.samples.sharp import sharp_samples


@pytest.mark.parametrize("k", [2, pytest.param(5, marks=pytest.mark.slow)])
def test_the_derivation_stands_and_its_mutants_fall(k: int) -> None:
    derivation = finite_samples(k)
    assert derivation.recheck(seed=k) == ()
    for name, mutant in derivation.mutants():
        found = {f.method for f in mutant.recheck()} - {Method.STATEMENT}
        assert found == {Method.SYMBOLIC, Method.WITNESS, Method.READING}, name


def test_slopes_of_a_mean() -> None:
    """|∇_z h|² ≤ ½ max y² and |∇_y h| ≤ 1, by differences; both are attained."""
    rng = np.random.default_rng(1)

    def h(z: np.ndarray, y: np.ndarray) -> float:
        w = np.exp(z - z.max())
        return float(w @ y / w.sum())

    worst = {"z": 0.0, "y": 0.0}
    for k in (2, 3, 6):
        for spread in (0.1, 1.0, 5.0):
            for _ in range(100):
                z, y = rng.normal(0, spread, k), rng.choice([-1.0, 1.0, 0.3], k)
                e = 1e-5 * np.eye(k)
                in_z = [(h(z + a, y) - h(z - a, y)) / 2e-5 for a in e]
                in_y = [(h(z, y + a) - h(z, y - a)) / 2e-5 for a in e]
                worst["z"] = max(worst["z"], float(np.square(in_z).sum()))
                worst["y"] = max(worst["y"], float(np.square(in_y).sum()))
    assert 0.45 < worst["z"] < 0.5 + 1e-6
    assert 0.9 < worst["y"] < 1 + 1e-6


def test_half_of_the_symmetrisation_is_too_little() -> None:
    """One row, the class {f, −f}, f = 1 with probability p: E|f − p| = 2p(1 − p), E|f| = p."""
    p = 0.01
    deviates, symmetrised = 2 * p * (1 - p), p
    assert deviates <= deviation.SYMMETRISED * symmetrised
    assert deviates > deviation.SYMMETRISED / 2 * symmetrised


def test_half_of_the_contraction_is_too_little() -> None:
    """h the identity, values ±1: both sides are E max(s, −s) = 1."""
    assert math.sqrt(deviation.CONTRACTED) >= 1 > math.sqrt(deviation.CONTRACTED) / 2


def test_half_of_the_spread_is_too_little() -> None:
    """Signs, mean of n: one row changes it by at most 2/n; the exact binomial tail."""
    n, delta = 10_000, 1e-3
    spread = math.sqrt(2 / deviation.EXPONENT * 2 * math.log(1 / delta) / n)
    at = np.arange(n + 1)
    logs = (
        math.lgamma(n + 1)
        - np.array([math.lgamma(a + 1) + math.lgamma(n - a + 1) for a in at])
        - n * math.log(2)
    )
    tail = {s: math.fsum(np.exp(logs[(2 * at / n - 1) >= s])) for s in (spread, spread / 2)}
    assert tail[spread] <= delta < tail[spread / 2]


@pytest.mark.parametrize("k", [2, pytest.param(5, marks=pytest.mark.slow)])
def test_the_sharp_derivation_stands_and_its_mutants_fall(k: int) -> None:
    derivation = sharp_samples(k)
    assert derivation.recheck(seed=k) == ()
    for name, mutant in derivation.mutants():
        found = {f.method for f in mutant.recheck(seed=1)} - {Method.STATEMENT}
        assert found >= {Method.SYMBOLIC, Method.WITNESS}, name


def test_slopes_of_a_variance() -> None:
    """|∇_z Var|² ≤ ½ max p⁴ and |∇_p Var|² ≤ 2 max p², by differences; the latter attained."""
    rng = np.random.default_rng(2)

    def v(z: np.ndarray, p: np.ndarray) -> float:
        w = np.exp(z - z.max())
        w /= w.sum()
        return float(w @ p**2 - (w @ p) ** 2)

    worst = {"z": 0.0, "p": 0.0}
    for k in (2, 3, 6):
        for spread in (0.1, 1.0, 2.0):
            for _ in range(150):
                z, p = rng.normal(0, spread, k), rng.choice([-1.0, 1.0, 0.3], k)
                e = 1e-5 * np.eye(k)
                in_z = [(v(z + a, p) - v(z - a, p)) / 2e-5 for a in e]
                in_p = [(v(z, p + a) - v(z, p - a)) / 2e-5 for a in e]
                worst["z"] = max(worst["z"], float(np.square(in_z).sum()))
                worst["p"] = max(worst["p"], float(np.square(in_p).sum()))
    assert 8 / 27 - 0.01 < worst["z"] < 0.5  # two values reach 8/27
    assert 1.8 < worst["p"] < 2 + 1e-6
