"""T8 to T10: every lemma by brute force, and no constant of a hypothesis can be halved."""

import math

import numpy as np
import pytest

from overspec.proofs.language.derivation import Method
from overspec.proofs.samples import deviation, nets
from overspec.proofs.samples.finite import finite_samples
from overspec.proofs.samples.peeled import peeling
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


@pytest.mark.parametrize("k", [2, pytest.param(5, marks=pytest.mark.slow)])
def test_peeling_stands_and_its_mutants_fall(k: int) -> None:
    derivation = peeling(k)
    assert derivation.recheck(seed=k) == ()
    for name, mutant in derivation.mutants():
        found = {f.method for f in mutant.recheck(seed=1)} - {Method.STATEMENT}
        assert found >= {Method.SYMBOLIC, Method.WITNESS}, name
    assert derivation.theorem.origins[:2] == ("T8", "T9")


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


def test_the_third_moment_in_an_interval() -> None:
    """At most 128ρ³/1323, and half of that is exceeded: two values reach ρ³/(6√3)."""
    rng = np.random.default_rng(3)
    w, y = rng.dirichlet([0.3] * 4, 20_000), rng.uniform(-1, 1, (20_000, 4))
    y -= (w * y).sum(axis=1, keepdims=True)
    ratios = abs((w * y**3).sum(axis=1)) / np.ptp(y, axis=1) ** 3
    assert 0.09 < ratios.max() < 1 / (6 * math.sqrt(3)) < 128 / 1323 < 1.01 / (6 * math.sqrt(3))


def test_a_symmetric_form_is_largest_on_the_diagonal() -> None:
    """The hypothesis of Banach, for third cumulants of vectors under weights; and ρ ≤ Δ|x|."""
    rng = np.random.default_rng(5)
    for k in (3, 4, 7):
        w, vectors = rng.dirichlet(np.ones(k)), rng.standard_normal((k, 2))
        vectors -= w @ vectors
        angles = np.linspace(0, 2 * np.pi, 721)
        p = vectors @ np.array([np.cos(angles), np.sin(angles)])
        diagonal = abs(w @ p**3).max()
        assert abs((w[:, None] * p**2).T @ p).max() <= diagonal * (1 + 1e-9)
        assert abs((w[:, None] * p**2).T @ p).max() > diagonal / 2  # half would be too little


def test_half_of_the_taylor_term_is_too_little() -> None:
    """k = 2: N(x, θ) = x tanh(θx + β) less its two first terms, against ½·max|D²h| θ²."""
    x, beta = 1.0, math.atanh(1 / math.sqrt(3))  # where the second derivative of tanh is largest
    steep = 4 / (3 * math.sqrt(3)) * x**3
    slope = x**2 * (1 - math.tanh(beta) ** 2)
    for theta in (1e-3, 0.1, 0.5):
        for sign in (1, -1):
            at = sign * theta
            rest = abs(x * (math.tanh(at * x + beta) - math.tanh(beta)) - slope * at)
            assert rest <= steep / 2 * theta**2 * (1 + 1e-9)
            if theta == 1e-3:
                assert rest > steep / 4 * theta**2


def test_moments_of_a_row_by_simulation() -> None:
    """E|x|⁶ = d(d + 2)(d + 4), E|x|³ ≤ d√(d + 2) and not half of it."""
    size = np.linalg.norm(np.random.default_rng(4).standard_normal((400_000, 3)), axis=1)
    assert (size**6).mean() == pytest.approx(105, rel=0.02)
    assert 3 * math.sqrt(5) / 2 < (size**3).mean() < 3 * math.sqrt(5)


def test_half_of_the_fourth_moments_is_too_little() -> None:
    """The hypothesis of Isserlis: E⟨x,a⟩⟨x,b⟩xᵀSx, by simulation."""
    rng = np.random.default_rng(6)
    a, b, s = rng.standard_normal(3), rng.standard_normal(3), rng.standard_normal((3, 3))
    x = rng.standard_normal((1_000_000, 3))
    seen = ((x @ a) * (x @ b) * np.einsum("na,ab,nb->n", x, s, x)).mean()
    assert seen == pytest.approx(a @ b * np.trace(s) + a @ (s + s.T) @ b, rel=0.05)


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
