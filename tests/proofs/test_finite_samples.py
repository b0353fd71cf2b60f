"""T8: every lemma by brute force, and no constant of a hypothesis can be halved."""

import math

import numpy as np
import pytest

from overspec.proofs.language.derivation import Method
from overspec.proofs.samples import deviation, nets
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


def test_slopes_are_covariances() -> None:
    """Of a mean and of a variance, by differences: at most |y||z| and |p|²|z|, here all 1."""
    rng = np.random.default_rng(2)

    def moments(z: np.ndarray, p: np.ndarray) -> np.ndarray:
        w = np.exp(z - z.max())
        w /= w.sum()
        return np.array([w @ p, w @ p**2 - (w @ p) ** 2])

    worst = np.zeros(2)
    for k in (2, 3, 6):
        for spread in (0.1, 1.0, 2.0):
            for _ in range(300):
                z, p = rng.normal(0, spread, k), rng.choice([-1.0, 1.0, 0.3], k)
                way = 1e-5 * rng.choice([-1.0, 1.0], k)
                worst = np.maximum(worst, abs(moments(z + way, p) - moments(z - way, p)) / 2e-5)
    assert 0.99 < worst[0] < 1 + 1e-6  # attained
    assert 0.75 < worst[1] < 1  # two values reach 4/27^½


def test_half_the_sum_of_squares_bounds_a_variance() -> None:
    """Var_w(p) ≤ ½ Σ p_j², attained at ±1; a quarter is too little."""
    rng = np.random.default_rng(3)
    ratios = []
    for k in (2, 3, 6):
        w, p = rng.dirichlet(np.ones(k), 500), rng.normal(0, 1, (500, k))
        spread = (w * p**2).sum(axis=1) - (w * p).sum(axis=1) ** 2
        ratios.append((spread / (p**2).sum(axis=1)).max())
    assert 0.45 < max(ratios) < 0.5


def test_the_mixed_moment_by_simulation() -> None:
    """E|x|²x_1² = d + 2."""
    x = np.random.default_rng(4).standard_normal((400_000, 3))
    assert ((x**2).sum(axis=1) * x[:, 0] ** 2).mean() == pytest.approx(5, abs=0.1)


def bernstein(v: float, b: float, level: float, n: int) -> float:
    """s with the exponent ½ns²/(V + bs/3) = ℓ, by the constants of the hypothesis."""
    half = b * level * nets.SQUARES / (2 * nets.RANGE * n)
    return half + math.sqrt(half**2 + nets.SQUARES * v * level / n)


def upper_tail(n: int, p: float, least: float) -> float:
    """P(X ≥ least) for a binomial X, with the logarithms of its terms."""
    at = np.arange(math.ceil(least - 1e-9), n + 1)
    logs = np.array([math.lgamma(n + 1) - math.lgamma(a + 1) - math.lgamma(n - a + 1) for a in at])
    return math.fsum(np.exp(logs + at * math.log(p) + (n - at) * math.log1p(-p)))


def test_half_of_bernsteins_constants_is_too_little() -> None:
    """V by signs, where the law is nearly normal; b by rare events, where it is nearly Poisson."""
    n, level = 10_000, math.log(1000)
    for v, holds in ((1.0, True), (0.5, False)):
        s = bernstein(v, 1, level, n)
        assert (upper_tail(n, 0.5, n * (1 + s) / 2) <= math.exp(-level)) == holds
    n, p, level = 3000, 1e-3, 60.0
    for b, holds in ((1.0, True), (0.5, False)):
        s = bernstein(p * (1 - p), b, level, n)
        assert (upper_tail(n, p, n * (p + s)) <= math.exp(-level)) == holds


def test_half_of_the_dimension_is_too_little() -> None:
    """At s near 0 the bound is d, or d + 1 for a vector: d = 1, a mean that is mostly positive."""
    for s, v, d, probability in (
        (1e-2, 9.0, 1, 0.9),  # Y = −9 with probability 0.1, else 1: the mean is 0, the range up 1
        (1.0, 1.0, 2, 1.0),  # a sign as a vector: |Y| = 1
    ):
        bound = d * math.exp(-s * s / nets.SQUARES / (v + s / nets.RANGE))
        assert bound / 2 < probability <= bound


def test_half_of_the_net_is_too_little() -> None:
    """Discs of radius h cover one of radius r only if at least 2π/√27 (r/h)² (Kershner 1939)."""
    ratio = 20
    least = 2 * math.pi / math.sqrt(27) * ratio**2
    assert (1 + nets.COVERING / 2 * ratio) ** 2 < least < (1 + nets.COVERING * ratio) ** 2
