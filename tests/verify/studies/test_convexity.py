"""Conjecture G: proofs for k = 2, 3, the exact counterexamples at composite k, and mutants."""

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from flint import arb

from overspec import Energies, InputError, Mixture
from overspec.decimals import Number
from overspec.verify.enclosures.ball import Inconclusive
from overspec.verify.enclosures.cover import cover
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.radius.bracket import losses
from overspec.verify.radius.far.everywhere import Everywhere
from overspec.verify.radius.values import above, on_simplex
from overspec.verify.studies import convexity_weights
from overspec.verify.studies.convexity import (
    Convexity,
    certified_convexity,
    certified_cube,
    flat_directions,
    near_zero,
)
from overspec.verify.studies.convexity_pairs import Pairs, certified_pairs, pair_mean
from overspec.verify.studies.convexity_weights import (
    Region,
    State,
    certified_region,
    certified_square,
    fourth_at_zero,
)
from overspec.verify.studies.counterexample import search


@pytest.mark.parametrize(
    "weights", ["uniform", "1/2,3/10,1/5", "98/100,1/100,1/100", "34/100,1/3,49/150", "2/5,2/5,1/5"]
)
def test_three_components_are_strictly_convex(weights: str) -> None:
    mixture = Mixture.simplex(3, weights)
    found = certified_convexity(mixture)
    assert isinstance(found, Convexity)
    assert found.cover.margin > 0
    for n in range(1, 30):
        value = evaluate(mixture, Energies.regular_simplex(3, Fraction(n, 6)), 10)
        assert min(map(float, value.hessian_eigenvalues)) > 0


def test_two_uniform_components_too() -> None:
    assert isinstance(certified_convexity(Mixture.simplex(2, "uniform")), Convexity)


@pytest.mark.slow
def test_a_threshold_above_the_smallest_eigenvalue_is_rejected() -> None:
    """The mutant: L'' > its least value plus 1e-3."""
    mixture = Mixture.simplex(3, "1/2,3/10,1/5")
    values = on_simplex(mixture, "second")
    radii = [Fraction(n, 20) for n in range(5, 40)]
    least = min(values((r,), 8).upper for r in radii)
    raised = Number(least + Fraction(1, 1000))
    ends = ((radii[0],), (radii[-1],))
    slack = above(values, raised, 8)
    assert isinstance(cover(*ends, slack, losses(3, "convexity"), 500), Inconclusive)


def test_the_expansion_at_zero_fails_where_it_must() -> None:
    assert near_zero(Mixture.simplex(3, "uniform"), Fraction(1, 4))
    assert not near_zero(Mixture.simplex(3, "uniform"), Fraction(1, 3))


@pytest.mark.parametrize("weights", [(1 / 3, 1 / 3, 1 / 3), (0.5, 0.3, 0.2), (0.9, 0.06, 0.04)])
def test_the_fourth_derivative_at_zero(weights: tuple[float, ...]) -> None:
    """Against E κ₄ summed over directions and radii of x: E |x|⁴ = 8, mean over the angle."""
    angles = np.linspace(0, 2 * math.pi, 360, endpoint=False)
    y = np.cos(angles[:, None] - 2 * math.pi * np.arange(3) / 3)
    pi = np.array(weights)
    y = y - (y @ pi)[:, None]
    kappa = (y**4) @ pi - 3 * ((y**2) @ pi) ** 2
    assert float(fourth_at_zero([arb(w) for w in weights])) == pytest.approx(-8 * kappa.mean())


def test_flat_directions_refute_g_at_composite_k() -> None:
    """k = 4, π = (a,b,a,b), θ in frequency 2: ∇²L has the eigenvalue 0 at every such θ."""
    mixture = Mixture.simplex(4, "1/6,1/3,1/6,1/3")
    assert flat_directions(mixture) == ((2, 1),)
    for amplitude in ("1/2", "2"):
        value = evaluate(mixture, Energies.of_amplitudes(4, f"0,{amplitude}"), 12)
        assert float(value.g[1]) == pytest.approx(0, abs=1e-11)
    near = evaluate(Mixture.simplex(4, "1/6,1/3,1/5,3/10"), Energies.of_amplitudes(4, "0,1"), 12)
    assert float(near.g[1]) > 1e-4  # the mutant weights are not flat
    assert flat_directions(Mixture.simplex(5, "uniform")) == ()
    assert flat_directions(Mixture.simplex(6, "uniform")) == ((2, 1), (2, 2), (3, 1), (3, 3))


def test_a_square_of_weights_is_covered_and_a_wide_one_is_not() -> None:
    near_uniform = Fraction(1, 20)
    assert certified_square(near_uniform, near_uniform, Fraction(1, 50)) is not None
    assert certified_square(near_uniform, near_uniform, Fraction(1, 2)) is None


def test_a_seeded_search_repeats() -> None:
    one, two = (search(3, starts=2, seed=5, evaluations=40) for _ in range(2))
    assert one == two
    assert one.value > 0


def test_four_components_are_refused() -> None:
    with pytest.raises(InputError, match="k = 4"):
        certified_convexity(Mixture.simplex(4, "linear"))


def test_at_prime_k_uniform_weights_are_flatter_than_the_square_but_not_flat() -> None:
    """k = 5, θ in frequency 2: λ falls like |θ|⁴, with the coefficients of docs/radius.md."""
    uniform = Mixture.simplex(5, "uniform")
    assert flat_directions(uniform) == ()
    for radius, coefficient in ((Fraction(1, 10), 0.123), (Fraction(1, 5), 0.116)):
        point = Energies.of_amplitudes(5, (radius / 10**4, radius))
        least = min(map(float, evaluate(uniform, point, 13).hessian_eigenvalues))
        assert round(least / float(radius) ** 4, 3) == coefficient


def test_a_pair_mean_is_that_of_a_plain_sum() -> None:
    z = np.linspace(-12, 12, 40001)
    density = np.exp(-z * z / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    for c, t in ((0, 0), (1, 1), (Fraction(3, 2), 4), (2, 12)):
        plain = density @ (z * z / 2 / np.cosh((float(c) * np.sqrt(2) * z + float(t)) / 2) ** 2)
        found = pair_mean(Fraction(c), Fraction(t))
        assert float(found.mid()) == pytest.approx(plain, abs=1e-9)
        assert float(found.rad()) < 1e-9


def test_pairs_bound_the_second_derivative() -> None:
    """``L'' ≥ 1 − (3/2) Σ b``, c² = 3r²/2, at weights of every kind."""
    for weights in ("uniform", "1/2,3/10,1/5", "98/100,1/100,1/100"):
        mixture = Mixture.simplex(3, weights)
        logs = [math.log(float(w)) for w in mixture.weights]
        for r in (Fraction(1, 2), Fraction(5, 4), Fraction(3)):
            c = Fraction(math.sqrt(1.5) * float(r))
            means = [
                float(pair_mean(c, Fraction(logs[i] - logs[j])).mid())
                for i, j in ((0, 1), (1, 2), (2, 0))
            ]
            value = evaluate(mixture, Energies.regular_simplex(3, r), 8)
            second = sum(map(float, value.hessian_eigenvalues)) - float(value.g[1])
            assert 1 - 1.5 * sum(means) <= second + 1e-9


@pytest.mark.slow
def test_pairs_decide_from_a_ratio_on_and_not_much_before() -> None:
    found = certified_pairs()
    assert isinstance(found, Pairs)
    assert 0 < found.by_ratio < Fraction(1, 50)
    assert 0 < found.by_radius < Fraction(1, 50)
    assert isinstance(certified_pairs(Fraction(33, 10)), Inconclusive)


def test_the_grid_of_pairs_is_fine_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loss that is smaller than the second derivatives allow is not the stated one."""
    from overspec.verify.studies import convexity_pairs as pairs

    h, eta = Fraction(1, pairs.STEPS_C), Fraction(1, pairs.STEPS)
    assert pairs._grid_loss(2) == (Fraction(9, 2) * h**2 + eta**2) / 8
    assert pairs._grid_loss(1) == (Fraction(3, 2) * h**2 + eta**2 / 4) / 8
    # the largest fall of the slope of b in c and in t, by differences
    step = Fraction(1, 50)
    for c, t in ((Fraction(1, 5), Fraction(0)), (Fraction(1), Fraction(1)), (Fraction(1, 5), 3)):

        def second(dc: Fraction, dt: Fraction, c: Fraction = c, t: Fraction = Fraction(t)) -> float:
            ends = float(pair_mean(c + dc, t + dt).mid()) + float(pair_mean(c - dc, t - dt).mid())
            return (ends - 2 * float(pair_mean(c, t).mid())) / float(step) ** 2

        assert second(step, Fraction(0)) > -1.5
        assert second(Fraction(0), step) > -0.25


def test_a_cover_of_weights_goes_on_from_its_state(tmp_path: Path) -> None:
    whole = State.of(Fraction(1, 8))
    squares = sum(4 * half**2 for *_, half in whole.pending)
    assert squares == Fraction(36, 64) * Fraction(1, 8) ** 2
    state = whole
    for _ in range(3):
        found = state.step()
        assert isinstance(found, State)
        state = found
    path = tmp_path / "state.json"
    path.write_text(state.text)
    again = State.read(path)
    assert again == state
    assert 0 < again.share < 1
    with pytest.raises(InputError, match="1/8"):
        certified_region(Fraction(1, 4), None, again)
    path.write_text("{}")
    with pytest.raises(InputError, match="no state"):
        State.read(path)


def test_the_command_proves_a_region_and_writes_its_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "state.json"
    first = (Fraction(1), Fraction(1, 2), Fraction(1, 80))
    path.write_text(State(Fraction(2), (first,), 5, 20).text)
    asked = ["", "--log-ratio", "2", "--state", str(path)]
    monkeypatch.setattr("sys.argv", asked)
    assert convexity_weights.main() == 0
    out = capsys.readouterr()
    assert str(Region(Fraction(2), 6, State.read(path).points)) in out.out
    assert State.read(path).pending == ()
    monkeypatch.setattr("sys.argv", [*asked[:2], "3", *asked[3:]])
    with pytest.raises(SystemExit) as stopped:
        convexity_weights.main()
    assert stopped.value.code == 2
    assert "log-ratio 2" in capsys.readouterr().err


@pytest.mark.slow
def test_a_cube_of_weights_is_no_larger_than_sigma_allows() -> None:
    """At θ = 0 the least eigenvalue is σ = 1/25; at the least, half K_2/4 has to be below."""
    mixture = Mixture.simplex(4, "linear")
    refused = certified_cube(mixture, Fraction(1, 50))
    assert isinstance(refused, Inconclusive)
    assert refused.at == (0, 0)
    with pytest.raises(InputError, match="half"):
        certified_cube(mixture, Fraction(-1, 50))


@pytest.mark.slow
def test_a_cube_of_weights_around_linear_ones() -> None:
    mixture, half = Mixture.simplex(4, "linear"), Fraction(1, 100)
    found = certified_cube(mixture, half)
    assert isinstance(found, Everywhere)
    rng = np.random.default_rng(9)
    for _ in range(20):
        raw = [float(w) * math.exp(float(half) * rng.uniform(-1, 1)) for w in mixture.weights]
        weights = [Fraction(x / sum(raw)) for x in raw]
        near = Mixture.simplex(4, [w / sum(weights) for w in weights])
        energies = Energies(4, tuple((Fraction(e), 1) for e in rng.uniform(0.01, 4, 2)))
        assert min(map(float, evaluate(near, energies, 6).hessian_eigenvalues)) > 0
