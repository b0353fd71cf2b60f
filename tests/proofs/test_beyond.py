"""T3b and Q2w by brute force, at mixtures and points where the numbers are known otherwise."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import overspec as ov
from overspec.proofs.language.derivation import Method
from overspec.proofs.questions.wrong_covariance import wrong_covariance
from overspec.proofs.rates.dominance.local import local_dominance
from overspec.proofs.rates.radius_bound import radius_lower_bound


@pytest.mark.parametrize("build", [local_dominance, wrong_covariance])
@pytest.mark.parametrize("k", [2, pytest.param(5, marks=pytest.mark.slow)])
def test_the_derivations_stand_and_their_mutants_fall(build, k: int) -> None:  # type: ignore[no-untyped-def]
    derivation = build(k)
    assert derivation.recheck(seed=k) == ()
    for name, mutant in derivation.mutants():
        found = {f.method for f in mutant.recheck()} - {Method.STATEMENT}
        assert found == {Method.SYMBOLIC, Method.WITNESS, Method.READING}, name


@pytest.mark.numeric
@pytest.mark.parametrize("weights", ["9/10,1/10", "4/5,1/10,1/10"])
def test_the_local_inequalities_at_the_radius_of_b(weights: str) -> None:
    """They hold at that radius; near 0 no larger constant does."""
    m = ov.Mixture.simplex(weights.count(",") + 1, weights)
    gap = Fraction(1, 2)
    sigma = SIGMA[weights]
    for radius in (float(radius_lower_bound(m, "jacobian", gap)), 1e-3):
        found = ov.evaluate(m, m.point(radius=Fraction(radius).limit_denominator(10**6)))
        kl = float(found.kl)
        slope = sum((float(found.factors[f]) * a) ** 2 for f, a in amplitudes(m, radius))
        least = float(gap) * sigma
        assert slope >= 2 * least * kl > 0
        assert kl >= least * radius**2 / 2
        if radius == 1e-3:
            assert slope == pytest.approx(2 * sigma * kl, rel=1e-4)
            assert kl == pytest.approx(sigma * radius**2 / 2, rel=1e-4)


#: σ by hand: one heavy weight p, (1 − k(1 − p)/(k − 1))².
SIGMA = {"9/10,1/10": 0.64, "4/5,1/10,1/10": 0.49}


def amplitudes(m: ov.Mixture, radius: float) -> list[tuple[int, float]]:
    """At k = 2 and 3 all of θ is in block 1."""
    assert m.k in (2, 3)
    return [(1, radius)]


def jacobian(weights: np.ndarray, points: np.ndarray) -> np.ndarray:
    """DM(0) by central differences, R the cyclic shift, on equally likely points."""
    k = len(weights)
    turned = np.stack([np.roll(points, -j, axis=1) for j in range(k)])  # R^{-j}x

    def step(theta: np.ndarray) -> np.ndarray:
        w = weights[:, None] * np.exp(turned @ theta)  # ⟨x, R^jθ⟩ = ⟨R^{-j}x, θ⟩
        w /= w.sum(axis=0)
        return np.einsum("jn,jnd->d", w, turned) / len(points)

    e = 1e-5 * np.eye(k)
    return np.stack([(step(a) - step(-a)) / 2e-5 for a in e], axis=1)


@pytest.mark.numeric
def test_the_jacobian_of_data_of_another_covariance() -> None:
    """Two-point laws along the columns of B: covariance BBᵀ, far from Gaussian."""
    rng = np.random.default_rng(3)
    for weights in (np.array([0.5, 0.3, 0.2]), np.array([0.4, 0.3, 0.2, 0.1])):
        k = len(weights)
        plane = np.eye(k) - 1 / k
        b = plane @ rng.normal(size=(k, k))
        columns = np.sqrt(k) * b.T
        found = jacobian(weights, np.concatenate([columns, -columns]))
        shifts = [np.roll(np.eye(k), j, axis=0) for j in range(k)]
        a = sum(p * s for p, s in zip(weights, shifts, strict=True))
        cov = b @ b.T
        expected = sum(p * s.T @ cov @ s for p, s in zip(weights, shifts, strict=True))
        expected = expected - a.T @ cov @ a
        assert found == pytest.approx(expected, abs=1e-8)
        sigma = np.sort(np.linalg.eigvalsh(plane - plane @ a.T @ a @ plane))[-1]
        low, high = np.sort(np.linalg.eigvalsh(cov))[[1, -1]]  # on the hyperplane
        top = np.linalg.eigvalsh(found)[-1]
        assert low * sigma < top < high * sigma
