"""KL, M, DM, gradient and Hessian of models against the old engines, mpmath and differences."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import overspec as ov
from overspec.models.model import orbit_point
from overspec.verify.models import moments
from overspec.verify.models.numbers import rule_for
from overspec.verify.models.reference import reference

pytestmark = pytest.mark.numeric


def random_model(rng: random.Random, d: int, p: int, k: int, **options: Any) -> ov.Model:
    def entry() -> Fraction:
        return Fraction(rng.randint(-6, 6), rng.randint(3, 6))

    while True:
        maps = [[[entry() for _ in range(p)] for _ in range(d)] for _ in range(k)]
        shifts = [[entry() for _ in range(d)] for _ in range(k)]
        weights = options.pop("weights", f"random:{rng.randint(1, 99)}")
        try:
            return ov.Model(maps, weights, shifts=shifts, **options)
        except ov.InputError:  # a shared kernel
            continue


@pytest.mark.parametrize(
    ("mixture", "amplitudes"),
    [
        (ov.Mixture.simplex(2, "3/4,1/4"), "1/2"),
        (ov.Mixture.simplex(3, "1/2,3/10,1/5"), "1"),
        (ov.Mixture.of(5, "linear", {1: 1}), "3/2,0"),
        pytest.param(ov.Mixture.simplex(4, "2/5,3/10,1/5,1/10"), "1,1/2", marks=pytest.mark.slow),
    ],
)
def test_old_mixtures_give_the_same_digits(mixture: ov.Mixture, amplitudes: str) -> None:
    point = mixture.point(amplitudes=amplitudes)
    old = ov.evaluate(mixture, point)
    model = ov.Model.orbit(mixture)
    theta = orbit_point(mixture, point)
    new = ov.evaluate_model(model, ov.Truth.standard(mixture.d), theta)
    assert abs(new.kl - old.kl) < 4e-15 + float(old.error)
    places = {b.frequency: b.start for b in mixture.action.blocks if b.frequency}
    for m, start in places.items():
        assert abs(new.after.theta[start] - old.map_amplitudes[m - 1]) < 4e-15 + float(old.error)
    got, want = new.hessian_eigenvalues, np.array(old.hessian_eigenvalues)
    assert np.abs(got - want).max() < 4e-15 + float(old.error)
    assert np.abs(new.jacobian - np.eye(model.p) + new.hessian).max() < 4e-15  # G = I: M = θ − ∇L


@pytest.mark.parametrize(
    ("p", "k", "seed"), [(1, 2, 1), (2, 3, 2), pytest.param(3, 4, 3, marks=pytest.mark.slow)]
)
def test_definitions_integrated_in_many_digits_agree(p: int, k: int, seed: int) -> None:
    rng = random.Random(seed)
    model = random_model(rng, 1, p, k)
    truth = ov.Truth(["-1/2", "3/4"], "2/3,1/3")
    theta = [Fraction(rng.randint(-4, 4), 4) for _ in range(p)]
    found = ov.evaluate_model(model, truth, theta)
    true = reference(model, truth, [float(a) for a in theta], 22)
    assert abs(found.kl - float(true.kl)) < 1e-14 < 100 * found.errors["kl"]
    for ours, theirs in zip(found.after.theta, true.after, strict=True):
        assert abs(ours - float(theirs)) < min(found.errors["theta"], 1e-12)
    for ours, theirs in zip(found.gradient, true.gradient, strict=True):
        assert abs(ours - float(theirs)) < 1e-12  # difference quotients


def test_two_dimensions_agree_with_another_rule() -> None:
    """Gauss–Hermite with 80² nodes on the definitions, densities written out."""
    model = random_model(random.Random(5), 2, 1, 2)
    sigma = np.array([[2, 0.5], [0.5, 1]])
    found = ov.evaluate_model(model, ov.Truth.normal("2,1/2;1/2,1"), "1/2")
    line, mass = np.polynomial.hermite_e.hermegauss(80)
    values, vectors = np.linalg.eigh(sigma)
    g = np.array([(a, b) for a in line for b in line]) * np.sqrt(values)
    x, q = g @ vectors.T, np.outer(mass, mass).ravel() / mass.sum() ** 2
    maps = np.array([[[float(a) for a in row] for row in t] for t in model.maps])
    shifts = np.array([[float(a) for a in c] for c in model.shifts])
    means = maps @ np.array([0.5]) + shifts
    pi = np.array([float(w) for w in model.weights or ()])
    joint = pi * np.exp(-((x[:, None, :] - means) ** 2).sum(axis=2) / 2) / (2 * np.pi)
    p = np.exp(-np.einsum("na,ab,nb->n", x, np.linalg.inv(sigma), x) / 2) / (
        2 * np.pi * np.sqrt(np.linalg.det(sigma))
    )
    assert abs(q @ np.log(p / joint.sum(axis=1)) - found.kl) < 1e-12
    w = joint / joint.sum(axis=1)[:, None]
    top = np.einsum("n,nj,njd,jda->a", q, w, x[:, None, :] - shifts, maps)
    bottom = np.einsum("n,nj,jda,jdb->ab", q, w, maps, maps)
    assert np.abs(np.linalg.solve(bottom, top) - found.after.theta).max() < 1e-12


TRUTHS = [
    ov.Truth(["1,0", "-1/2,1", "0,-1"], "1/2,1/4,1/4"),
    ov.Truth.normal("3/2,1/2;1/2,1"),
]


@pytest.mark.parametrize("truth", TRUTHS, ids=str)
@pytest.mark.parametrize(
    ("weights", "covariance"),
    [
        ("1/2,1/3,1/6", "identity"),
        ("learned", "identity"),
        ("1/2,1/3,1/6", "isotropic-learned"),
        ("learned", "isotropic-learned"),
    ],
)
def test_derivatives_are_those_of_differences(
    truth: ov.Truth, weights: str, covariance: str
) -> None:
    """I2, I4: ∇L, ∇²L and the Jacobian of the whole EM map, by central differences."""
    model = random_model(random.Random(7), 2, 2, 3, weights=weights, covariance=covariance)
    maps = moments.in_doubles(model)
    pi = [0.5, 0.3, 0.2] if weights == "learned" else None
    v = 1.25 if covariance != "identity" else 1
    found = ov.evaluate_model(model, truth, [0.4, -0.3], pi, v)
    at, h = found.at, 1e-5

    def ends(state: moments.State) -> tuple[float, Any]:
        first = moments.first(maps, state, rule_for(maps, state, truth))
        new = moments.step(maps, state, first)
        row = [*new.theta]
        row += [*first.shares] if weights == "learned" else []
        row += [new.variance] if covariance != "identity" else []
        return first.kl, np.array(row)

    moves = [("theta", a) for a in range(model.p)]
    moves += [("weights", j) for j in range(model.k)] if weights == "learned" else []
    moves += [("variance", 0)] if covariance != "identity" else []
    columns = []
    for name, index in moves:
        both = []
        for s in (h, -h):
            theta, share, variance = at.theta.copy(), at.weights.copy(), at.variance
            if name == "theta":
                theta[index] += s
            elif name == "weights":
                share[index] += s
            else:
                variance += s
            both.append(ends(moments.State(theta, share, variance)))
        columns.append((both[0][1] - both[1][1]) / (2 * h))
        if name == "theta":
            slope = (both[0][0] - both[1][0]) / (2 * h)
            assert abs(slope - found.gradient[index]) < 1e-9
    assert np.abs(np.array(columns).T - found.jacobian).max() < 1e-8
    for a in range(model.p):
        both = []
        for s in (h, -h):
            theta = at.theta.copy()
            theta[a] += s
            state = moments.State(theta, at.weights, at.variance)
            first = moments.first(maps, state, rule_for(maps, state, truth))
            both.append((first.metric @ theta - first.pulled) / at.variance)
        assert np.abs((both[0] - both[1]) / (2 * h) - found.hessian[a]).max() < 1e-8


def test_the_error_bounds_are_bounds_and_are_small() -> None:
    """Against 30 digits: E tanh forms of the balanced pair in d = 1 (entry 2)."""
    import mpmath

    with mpmath.workdps(30):
        for lam, mu in (("0.3", "1"), ("2", "0.5"), ("5", "4")):
            a, b = mpmath.mpf(lam), mpmath.mpf(mu)
            want = mpmath.quad(
                lambda x, a=a, b=b: x * mpmath.tanh(a * x) * mpmath.npdf(x, b),
                [b - 14, b - 4, 0, b, b + 4, b + 14],
            )
            found = ov.evaluate_model(ov.Model.pairs(1), ov.Truth([mu, f"-{mu}"], "1/2,1/2"), lam)
            assert abs(found.after.theta[0] - want) < found.errors["theta"] < 1e-11


def test_a_learned_variance_of_the_standard_normal_follows_the_old_run() -> None:
    """Q2: from the old trajectory with an isotropic covariance."""
    mixture = ov.Mixture.simplex(3, "1/2,3/10,1/5")
    old = ov.population_em(mixture, mixture.point(amplitudes="1"), 5, covariance="isotropic")
    model = ov.Model.orbit(mixture, covariance="isotropic-learned")
    new = ov.run_model(model, ov.Truth.standard(2), "1,0", 5)
    assert np.abs(new.theta[:, 0] - old.amplitudes[:, 0]).max() < 1e-13
    assert np.abs(new.variance - old.variance).max() < 1e-13
    assert np.abs(new.kl - old.kl).max() < 1e-13


def test_on_data_it_is_the_plain_em() -> None:
    """A sample: against textbook formulas in straight loops."""
    rng = np.random.default_rng(3)
    data = rng.normal(size=(60, 1))
    mixture = ov.Mixture.simplex(2, "3/4,1/4")
    new = ov.run_model(ov.Model.orbit(mixture), data, 1, 8)
    plain = np.array([1.0, *(x for x in _plain_pairs(data[:, 0].tolist(), 0.75, 1.0, 8))])
    assert np.abs(new.theta[:, 0] - plain).max() < 1e-13


def _plain_pairs(data: list[float], weight: float, theta: float, steps: int) -> list[float]:
    import math

    found = []
    for _ in range(steps):
        total = 0.0
        for x in data:
            up, down = weight * math.exp(theta * x), (1 - weight) * math.exp(-theta * x)
            total += x * (up - down) / (up + down)
        theta = total / len(data)
        found.append(theta)
    return found


def test_gradient_and_polyak_steps_are_what_they_say() -> None:
    model, truth = ov.Model.free(3, 1), ov.Truth.standard(1)
    start = [0.5, -0.25, 0.1]
    at = ov.evaluate_model(model, truth, start)
    half = ov.run_model(model, truth, start, 1, algorithm=ov.Algorithm("gradient", step=0.5))
    assert np.abs(half.theta[1] - (at.at.theta - 0.5 * at.gradient)).max() < 1e-15
    polyak = ov.run_model(model, truth, start, 1, algorithm="polyak")
    size = at.kl / float(at.gradient @ at.gradient)
    assert np.abs(polyak.theta[1] - (at.at.theta - size * at.gradient)).max() < 1e-13
    chosen = ov.Algorithm("polyak", metric="em", between=1)
    metric = ov.run_model(model, truth, start, 2, algorithm=chosen)
    away = at.at.theta - at.after.theta
    want = at.at.theta - at.kl / float(at.gradient @ away) * away
    assert np.abs(metric.theta[1] - want).max() < 1e-13
    again = ov.evaluate_model(model, truth, metric.theta[1].tolist())
    assert np.abs(metric.theta[2] - again.after.theta).max() < 1e-15  # the EM step between


def test_polyak_steps_on_data_come_to_the_least_value() -> None:
    """The least value is that of a long run of EM; without it the steps would go astray."""
    x = np.random.default_rng(0).standard_normal((300, 1))
    model = ov.Model.pairs(1, "7/10,3/10")
    least = float(ov.run_model(model, x, 1, 2000, tolerance=1e-14).kl[-1])
    run = ov.run_model(model, x, 1, 30, algorithm=ov.Algorithm("polyak", least=least))
    assert 0 <= run.kl[-1] - least < 1e-6 < run.kl[0] - least
    with pytest.raises(ov.InputError, match="polyak on data: give least"):
        ov.run_model(model, x, 1, 3, algorithm="polyak")


def test_entry_14_one_em_step_between_polyak_steps_in_the_em_metric() -> None:
    """A Polyak step on a null direction multiplies KL by (3/4)⁴."""
    model = ov.Model.free(3, 1, "1/2,3/10,1/5")
    chosen = ov.Algorithm("polyak", metric="em", between=1)
    run = ov.run_model(model, ov.Truth.standard(1), [0.6, -0.5, 0.2], 14, algorithm=chosen)
    pairs = run.kl[2::2] / run.kl[:-2:2]
    assert abs(pairs[-1] - 81 / 256) < 0.02


def test_learned_weights_of_entry_6() -> None:
    """θ* = 1, w* = ½: from (0.1, 0.95) EM stays at θ = 0 with an unbalanced weight."""
    model = ov.Model.pairs(1, "learned")
    truth = ov.Truth([1, -1], "1/2,1/2")
    stuck = ov.run_model(model, truth, 0.1, 4000, weights=[0.95, 0.05], tolerance=1e-12)
    assert abs(stuck.theta[-1, 0]) < 1e-6
    assert abs(stuck.weights[-1, 0] - 0.948) < 1e-3
    free = ov.run_model(model, truth, 0.1, 4000, weights=[0.8, 0.2], tolerance=1e-12)
    assert abs(abs(free.theta[-1, 0]) - 1) < 1e-6


@pytest.mark.quick
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m, t: ov.evaluate_model(m, ov.Truth.standard(2), 1), "a truth with d = 2"),
        (lambda m, t: ov.evaluate_model(m, t, "1,2"), "theta has 2 entries, not 1"),
        (lambda m, t: ov.evaluate_model(m, t, float("nan")), "use finite numbers"),
        (lambda m, t: ov.evaluate_model(m, t, 1, [0.5, 0.5]), "this model has fixed weights"),
        (lambda m, t: ov.evaluate_model(m, t, 1, None, 2), "this model has covariance I"),
        (lambda m, t: ov.evaluate_model("no", t, 1), "give a Model"),
        (lambda m, t: ov.evaluate_model(m, "no", 1), "give an array of numbers"),
        (lambda m, t: ov.evaluate_model(m, [[1, 2]], 1), "data of 2 columns"),
        (lambda m, t: ov.evaluate_model(m, [float("inf")], 1), "not all numbers are finite"),
        (lambda m, t: ov.evaluate_model(m, np.ones((2, 4)), 1), "at most 3"),
        (lambda m, t: ov.run_model(m, t, 1, -1), "steps = -1"),
        (lambda m, t: ov.run_model(m, t, 1, 1, tolerance=-1), "tolerance = -1"),
        (lambda m, t: ov.run_model(m, t, 1, 1, algorithm="newton"), "algorithm 'newton'"),
        (lambda m, t: ov.Algorithm("gradient", step=0), "step 0"),
        (lambda m, t: ov.Algorithm("polyak", metric="x"), "metric 'x'"),
        (lambda m, t: ov.Algorithm("polyak", between=-1), "between = -1"),
        (
            lambda m, t: ov.run_model(ov.Model.pairs(1, "learned"), t, 1, 1, algorithm="gradient"),
            "for fixed weights",
        ),
        (
            lambda m, t: ov.evaluate_model(ov.Model.pairs(1, "learned"), t, 1, [0.5, 0.4]),
            "use positive ones with sum 1",
        ),
        (
            lambda m, t: ov.evaluate_model(ov.Model.pairs(3), ov.Truth.standard(3), [50, 0, 0]),
            "nodes",
        ),
    ],
)
def test_what_is_wrong_is_said(call: Any, message: str) -> None:
    with pytest.raises(ov.InputError, match=message):
        call(ov.Model.pairs(1), ov.Truth.standard(1))


def test_results_show_themselves() -> None:
    found = ov.evaluate_model(ov.Model.pairs(1, "3/4,1/4"), ov.Truth.standard(1), "1/2")
    assert repr(found).startswith("<ModelEvaluation: KL 0.0348748")
    data = found.to_dict()
    assert data["evidence"] == "measured"
    assert float(data["map"][0]) == pytest.approx(float(found.after.theta[0]), abs=1e-11)
    run = ov.run_model(ov.Model.pairs(1), ov.Truth.standard(1), 1, 3)
    assert run.to_dict()["steps"][3]["theta"] == [repr(float(run.theta[3, 0]))]
    assert run.records()[3]["theta1"] == run.theta[3, 0]
    assert "3 steps of em" in repr(run)
    assert "theta1" in str(run)


@pytest.mark.parametrize("seed", range(4))
def test_a_step_descends_by_half_its_square(seed: int) -> None:
    """I5, with learned weights too: the divergence of the weights is gained besides."""
    rng = random.Random(seed)
    for weights in ("1/2,1/3,1/6", "learned"):
        model = random_model(rng, 1, 2, 3, weights=weights)
        pi = [0.6, 0.3, 0.1] if weights == "learned" else None
        truth = ov.Truth(["-2", "1"], "1/3,2/3")
        here = ov.evaluate_model(model, truth, [0.7, -0.4], pi)
        new = here.after
        there = ov.evaluate_model(
            model, truth, new.theta.tolist(), new.weights.tolist() if pi else None
        )
        move = new.theta - here.at.theta
        gain = float(move @ here.metric @ move) / 2
        if pi is not None:
            gain += float(new.weights @ np.log(new.weights / here.at.weights))
        assert there.kl <= here.kl - gain + 1e-14


def test_at_zero_the_jacobian_has_the_rank_of_the_mean_map() -> None:
    """I7: DM(0) = I − G⁻¹AᵀA; eigenvalue 1 with multiplicity p − rank A."""
    model = ov.Model(["1,2,0; 0,1,1", "-1,0,1; 1,1,0", "0,1,1; 2,0,1"], "1/2,1/3,1/6")
    found = ov.evaluate_model(model, ov.Truth.standard(2), [0, 0, 0])
    a = np.array([[float(x) for x in row] for row in model.mean_map()])
    want = np.eye(3) - np.linalg.solve(found.metric, a.T @ a)
    assert np.abs(found.jacobian - want).max() < 1e-13
    values = found.jacobian_eigenvalues
    assert (np.abs(values - 1) < 1e-10).sum() == model.null_directions() == 1
    assert np.abs(found.hessian - a.T @ a).max() < 1e-13


def test_the_energy_form_of_the_gradient() -> None:
    """I6: ⟨∇L, θ⟩ = E|A_wθ|² for N(0, I), by Gauss–Hermite."""
    model = ov.Model(["1,2", "-1,1", "0,1"], "1/2,1/3,1/6")
    theta = np.array([0.6, -0.3])
    found = ov.evaluate_model(model, ov.Truth.standard(1), theta.tolist())
    x, q = np.polynomial.hermite_e.hermegauss(120)
    means = np.array([[1, 2], [-1, 1], [0, 1]]) @ theta
    joint = np.array([1 / 2, 1 / 3, 1 / 6]) * np.exp(np.outer(x, means) - means**2 / 2)
    fitted = (joint / joint.sum(axis=1)[:, None]) @ means
    assert abs(found.gradient @ theta - (q / q.sum()) @ fitted**2) < 1e-13
