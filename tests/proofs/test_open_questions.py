"""Other configurations, free means, estimated covariance, learned weights: both ways."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from overspec.mixture import Energies, Mixture
from overspec.proofs.language.derivation import Method
from overspec.proofs.machinery.expansion import Jet, moment_rule
from overspec.proofs.questions.covariance import joint_covariance
from overspec.proofs.questions.free_means import free_means
from overspec.proofs.questions.learned_weights import learned_weights, weight_drift
from overspec.proofs.questions.orthogonal import orthogonal_family
from overspec.proofs.questions.uniform_rate import uniform_factor, uniform_isotropic, uniform_rate
from overspec.verify.engines.evaluate import evaluate

Array = NDArray[np.float64]
BUILDERS = [
    orthogonal_family,
    free_means,
    learned_weights,
    weight_drift,
    joint_covariance,
    uniform_isotropic,
]
NODES, MASS = np.polynomial.hermite_e.hermegauss(60)
MASS = MASS / MASS.sum()


@pytest.mark.slow
@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("k", range(2, 8))  # 2 … 4: in test_derivation too
def test_derivations_stand_and_mutants_fall(build, k: int) -> None:  # type: ignore[no-untyped-def]
    derivation = build(k)
    assert derivation.recheck(seed=k) == ()
    if k <= 4:
        for name, mutant in derivation.mutants():
            found = {f.method for f in mutant.recheck()} - {Method.STATEMENT}
            assert found == {Method.SYMBOLIC, Method.WITNESS, Method.READING}, name


def test_jets_and_moment_rules() -> None:
    s = Jet.variable(6)
    assert (s.exp().log() - s).c == Jet.of(6).c
    assert ((1 + s) / (1 - s) * (1 - s)).c == (1 + s).c
    for power, moment in ((0, 1), (2, 1), (4, 3), (6, 15), (8, 105), (3, 0)):
        assert sum(w * x**power for x, w in moment_rule(8)) == moment


@pytest.mark.parametrize("k", [2, 3, 4])
def test_the_factor_for_uniform_weights_is_what_the_engine_sees(k: int) -> None:
    r = Fraction(1, 10)
    g = evaluate(Mixture.simplex(k), Energies.regular_simplex(k, r), digits=14).g[1]
    series = sum(uniform_factor(k, n) * r ** (2 * n) for n in range(1, 5))
    assert float(g) == pytest.approx(float(series), rel=1e-6)


def grid(d: int) -> tuple[Array, Array]:
    axes = np.meshgrid(*[NODES] * d, indexing="ij")
    points = np.stack([a.ravel() for a in axes], axis=1)
    weights = np.ones(len(points))
    for index in np.meshgrid(*[np.arange(len(NODES))] * d, indexing="ij"):
        weights = weights * MASS[index.ravel()]
    keep = weights > 1e-25
    return points[keep], weights[keep]


def test_two_components_with_a_variance_decay_like_the_sixth_root() -> None:
    """k = 2, d = 1: t r⁶ → 1/4, not the fourth root; by iterating E x tanh(θx/v)."""
    theta, v = 0.5, 1.0
    seen = {}
    for t in range(1, 20_001):
        theta = float((MASS * NODES * np.tanh(NODES * theta / v)).sum())
        v = 1 - theta**2
        seen[t] = theta
    slope = np.log(seen[20_000] / seen[10_000]) / np.log(2)
    assert uniform_rate(2).power == 6
    assert slope == pytest.approx(-1 / 6, abs=0.007)
    small = 0.08
    theta, v = small, 1 - small**2
    for _ in range(200):
        theta = float((MASS * NODES * np.tanh(NODES * theta / v)).sum())
        v = 1 - theta**2
    growth = (theta**-6 - small**-6) / 200
    assert growth == pytest.approx(float(1 / uniform_rate(2).limit), rel=0.04)


def simplex(k: int) -> Array:
    """Rows R^jv, |v| = 1."""
    angles = 2 * np.pi * np.outer(np.arange(k), np.arange(1, (k - 1) // 2 + 1)) / k
    columns = [np.sqrt(2 / (k - 1)) * f(angles) for f in (np.cos, np.sin)]
    if k % 2 == 0:
        columns.append((-1.0) ** np.arange(k)[:, None] / np.sqrt(k - 1))
    return np.concatenate(columns, axis=1)


@pytest.mark.parametrize(("k", "start"), [(3, 0.3), (4, 0.3)])
def test_the_simplex_with_a_variance_decays_like_the_fourth_root(k: int, start: float) -> None:
    """One step at small r from r⁵ alone: the cubic term is gone for k = 4, d = 3 as well."""
    x, mass = grid(k - 1)
    vertices = simplex(k)
    drops = []
    for r in (start, start / 2):
        v = 1 - r**2 / (k - 1)
        w = np.exp(r / v * x @ vertices.T)
        w /= w.sum(axis=1, keepdims=True)
        moved = float((mass * np.einsum("nj,jd,nd->n", w, vertices, x)).sum()) / k
        # Σ_jE w_j⟨R^jv, x⟩ is ⟨v, M⟩ once for all j together
        drops.append((r - moved * k) / r)
    kappa = float(uniform_rate(k).kappa)
    assert drops[1] / (start / 2) ** 4 == pytest.approx(kappa, rel=0.15)
    assert 13 < drops[0] / drops[1] < 18


def test_one_block_with_a_variance_keeps_its_cubic_term() -> None:
    """k = 4, d = 3, only m = 1 or only m = 2: c − 1/d = 1/6 and 2/3."""
    for amplitudes, expected in (("1/20,0", 1 / 6), ("0,1/20", 2 / 3)):
        a = 0.05
        scale = 1 / (1 - a**2 / 3)
        text = ",".join(f"{Fraction(p) / Fraction(1199, 1200)}" for p in amplitudes.split(","))
        e = evaluate(Mixture.simplex(4), Energies.of_amplitudes(4, text), digits=14)
        m = 1 if amplitudes.startswith("1") else 2
        drop = (a - a * scale * (1 - float(e.g[m]))) / a**3
        assert drop == pytest.approx(expected, rel=0.02)


def test_learned_weights_keep_a_smaller_rate() -> None:
    """k = 2: δ_∞ = δ_0 exp(−r_0²/(2δ_0²)), and the factor tends to 1 − δ_∞²."""

    def run(r: float, delta: float, steps: int) -> tuple[list[float], float]:
        path = []
        for _ in range(steps):
            odds = (1 + delta) / (1 - delta) * np.exp(2 * r * NODES)
            gap = (odds - 1) / (odds + 1)
            delta, r = float(MASS @ gap), float(MASS @ (NODES * gap))
            path.append(r)
        return path, delta

    for r, delta in ((0.05, 0.1), (0.1, 0.2), (0.2, 0.2), (0.3, 0.2)):
        path, left = run(r, delta, 6000)
        assert left == pytest.approx(delta * np.exp(-(r**2) / (2 * delta**2)), rel=0.02)
        steps = int(8 / left**2)  # r is small and far from underflow
        assert path[steps] / path[steps - 1] == pytest.approx(1 - left**2, abs=1e-4 * left)


@pytest.mark.parametrize("rank", [1, 2])
def test_free_means_follow_the_rank(rank: int) -> None:
    """t²·KL → rank/16 for any weights: increments of 1/s, k = 3, d = 2."""
    x, mass = grid(2)
    pi = np.array([0.5, 0.3, 0.2])
    mu = np.array([[0.3, 0.1], [-0.3, 0.2], [0.1, -0.4]]) * ([1, 0] if rank == 1 else [1, 1])
    mu = mu - pi @ mu
    inverse = []
    for _ in range(60):
        logits = x @ mu.T - (mu**2).sum(axis=1) / 2
        w = pi * np.exp(logits)
        w /= w.sum(axis=1, keepdims=True)
        weight = mass[:, None] * w
        mu = (weight.T @ x) / weight.sum(axis=0)[:, None]
        centred = mu - pi @ mu
        values = np.linalg.eigvalsh((pi[:, None] * centred).T @ centred)
        inverse.append(1 / values[-rank:])
    growth = (inverse[-1] - inverse[-21]) / 20
    assert growth == pytest.approx(2.0, rel=0.12)


def test_a_family_that_is_not_cyclic_converges_linearly() -> None:
    """Three unrelated orthogonal 2×2 matrices: |M|² ≤ (1−q)|θ|² and q as bounded at infinity."""

    def turn(angle: float, flip: float) -> Array:
        c, s = np.cos(angle), np.sin(angle)
        return np.array([[c, -s * flip], [s, c * flip]])

    maps = [turn(0.3, 1), turn(2.0, -1), turn(4.4, 1)]
    pi = np.array([0.5, 0.2, 0.3])
    x, mass = grid(2)
    for size in (0.1, 1.0, 5.0):
        theta = size * np.array([0.6, 0.8])
        means = np.array([t @ theta for t in maps])
        logits = x @ means.T
        w = pi * np.exp(logits - logits.max(axis=1, keepdims=True))
        w /= w.sum(axis=1, keepdims=True)
        image = np.einsum("n,nj,jba,nb->a", mass, w, np.array(maps), x)
        q = float(mass @ ((w @ means) ** 2).sum(axis=1)) / size**2
        tolerance = 1e-6 if size < 5 else 0.02  # the integrand is rough for a large θ
        assert theta @ image / size**2 == pytest.approx(1 - q, abs=tolerance)
        assert image @ image <= (1 - q) * size**2 + tolerance
        assert 1 - q <= 6 / (np.sqrt(2 * np.pi) * size)
