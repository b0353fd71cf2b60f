"""The explicit radius: each lemma by brute force, and the bound under the measured radius."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import sympy
from numpy.typing import NDArray

from overspec.action import Action
from overspec.decimals import Number
from overspec.errors import InputError
from overspec.mixture import Mixture
from overspec.proofs.language.derivation import Derivation, Method
from overspec.proofs.language.every.proof import late_survivors
from overspec.proofs.language.statement import DoesNotFollow, relation
from overspec.proofs.machinery.symbolic import EVERY
from overspec.proofs.rates.radius_bound import (
    free_bound,
    lower_bound,
    lower_bounds,
    radius_bound,
    radius_lower_bound,
    range_moment,
)
from overspec.proofs.rates.ray.spread import chord, fourth, quartic, variance
from overspec.proofs.rates.ray.theorem import ray
from overspec.proofs.rates.turns import turns
from overspec.verify.check.cover import constants as checked
from overspec.verify.radius.bracket import explicit_radius
from overspec.verify.radius.far import tail
from overspec.verify.radius.search import gamma
from overspec.weights import Weights

Array = NDArray[np.float64]


@pytest.mark.slow
@pytest.mark.parametrize("k", range(2, 7))  # 2 … 4: in test_derivation too
def test_the_derivation_stands_and_its_mutants_fall(k: int) -> None:
    derivation = radius_bound(k)
    assert derivation.recheck(seed=k) == ()
    if k <= 4:
        for name, mutant in derivation.mutants():
            found = {f.method for f in mutant.recheck()} - {Method.STATEMENT}
            assert found == {Method.SYMBOLIC, Method.WITNESS, Method.READING}, name


@pytest.mark.parametrize("k", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_the_other_bounds_stand_and_their_mutants_fall(k: int) -> None:
    for derivation in (free_bound(k), turns(k)):
        assert derivation.recheck(seed=k) == ()
        for name, mutant in derivation.mutants():
            found = {f.method for f in mutant.recheck()} - {Method.STATEMENT}
            assert found == {Method.SYMBOLIC, Method.WITNESS, Method.READING}, name


@pytest.mark.slow
@pytest.mark.parametrize("build", [radius_bound, free_bound, turns])
def test_the_bounds_are_proved_for_every_k(build: Callable[[int], Derivation]) -> None:
    general = build(EVERY)
    assert general.every_k
    assert general.recheck(seed=3) == ()
    assert late_survivors(general) == ()
    for name, mutant in general.mutants():
        assert mutant.recheck(), name


def _laws(size: int, count: int) -> Iterator[tuple[Array, Array]]:
    """Weights, many of them nearly 0, and values in [0, 1], among them both ends."""
    rng = np.random.default_rng(5)
    for n in rng.integers(2, size, count):
        values = np.concatenate([[0.0, 1.0], rng.random(n - 2)])
        yield rng.dirichlet([rng.choice([0.1, 0.5, 1.0])] * n), values


def test_the_fourth_cumulant_is_at_most_a_twenty_fourth() -> None:
    """Attained at p(1−p) = 1/12; from below it is −1/8."""
    values = [p @ (y - p @ y) ** 4 - 3 * (p @ (y - p @ y) ** 2) ** 2 for p, y in _laws(5, 6000)]
    assert 1 / 25 < max(values) <= 1 / 24 + 1e-15
    assert min(values) >= -1 / 8 - 1e-15


def test_a_chord_is_of_the_quartic_that_the_cumulant_asks_for() -> None:
    joint = relation(ray()[0].statement).rhs
    assert fourth(joint, *(t.statement for t in quartic())) == Fraction(1, 24)
    for wrong in ({"minus": 2}, {"eighth": -8}):  # −2V², and a line that may cross
        with pytest.raises(DoesNotFollow):
            fourth(joint, *(t.statement for t in quartic(**wrong)))
    with pytest.raises(DoesNotFollow):
        fourth(relation(ray(covariances=1)[0].statement).rhs, *(t.statement for t in quartic()))
    with pytest.raises(DoesNotFollow):
        variance(*(t.statement for t in chord(half=-2)))


def test_the_variance_of_a_square_is_at_most_twice_the_fourth_moment() -> None:
    rng, worst = np.random.default_rng(6), 0.0
    for p, y in _laws(5, 6000):
        t = (y - rng.random()) * rng.choice([1.0, 10.0])
        away = t - p @ t
        worst = max(worst, float((p @ away**4 - (p @ away**2) ** 2) / (p @ t**4)))
    assert 1.8 < worst <= 2


def test_the_distances_from_the_mean() -> None:
    """``Σ_j π_j|R^jθ − Aθ|⁴ ≤ (1−a²)(1+3a²)``, a = |Aθ|; with equality for two components."""
    rng, worst = np.random.default_rng(7), 0.0
    for k in (2, 3, 4, 7):
        for p in rng.dirichlet([0.4] * k, size=400):
            theta = rng.standard_normal(k) - rng.choice([0.0, 1.0])
            orbit = np.stack([np.roll(theta, j) for j in range(k)]) / np.linalg.norm(theta)
            mean = p @ orbit
            square = mean @ mean
            fourth = p @ ((orbit - mean) ** 2).sum(axis=1) ** 2
            worst = max(worst, float(fourth))
            assert fourth <= (1 - square) * (1 + 3 * square) + 1e-12
    assert 1.3 < worst <= 4 / 3 + 1e-12
    beta = free_bound(3).theorem.premises[0].statement
    assert beta.text == "β = (4/3) − 3(max (σ − ⅓, 0))²"
    # (1−a²)(1+3a²) falls from a² = 1/3 on: its largest value for σ ≤ a² ≤ 1
    for sigma in (0.1, 1 / 3, 0.7):
        squares = np.linspace(sigma, 1, 2001)
        largest = ((1 - squares) * (1 + 3 * squares)).max()
        assert largest == pytest.approx(4 / 3 - 3 * max(sigma - 1 / 3, 0) ** 2, abs=1e-6)


def test_the_variance_of_a_square_is_at_most_a_sixteenth() -> None:
    """Over all laws on a grid of [0, 1]; attained at p(1−p) = 1/8, so the constant is sharp."""
    grid = np.linspace(0, 1, 9)
    rng = np.random.default_rng(1)
    worst = 0.0
    for scale in (0.05, 0.3, 1.0):
        for p in rng.dirichlet([scale] * 9, size=20_000):
            y = grid - p @ grid
            worst = max(worst, float(p @ y**4 - (p @ y**2) ** 2))
    heavy = (1 + np.sqrt(1 / 2)) / 2
    y = np.array([0.0, 1.0]) - (1 - heavy)
    attained = np.array([heavy, 1 - heavy])
    assert worst <= 1 / 16
    assert attained @ y**4 - (attained @ y**2) ** 2 == pytest.approx(1 / 16)


def test_joint_cumulants_never_exceed_the_bound() -> None:
    rng = np.random.default_rng(2)
    worst = 0.0
    for k in (2, 3, 5):
        for p in rng.dirichlet([0.3] * k, size=4000):
            y, z = rng.integers(0, 2, k) * 1.0, rng.uniform(0, 1, k)
            for other in (y, z):
                a, b = y - p @ y, other - p @ other
                value = p @ (a * a * b * b) - (p @ (a * a)) * (p @ (b * b)) - 2 * (p @ (a * b)) ** 2
                worst = max(worst, float(value))
    assert 1 / 30 < worst <= 1 / 16  # 1/24 is reached by two-point laws


@pytest.mark.parametrize("k", [2, 3, 4, 6, 9])
@pytest.mark.parametrize("power", [2, 4])
def test_range_moments_bound_the_range(k: int, power: int) -> None:
    """Sampled for each frequency alone and for the regular simplex; equality for k = 2 and 3."""
    rng = np.random.default_rng(k)
    bound = float(range_moment(k, power).evalf())
    for energies in [*np.eye(k // 2), np.ones(k // 2) / (k // 2)]:
        x = rng.standard_normal((100_000, k // 2, 2))
        angles = 2 * np.pi * np.outer(np.arange(k), np.arange(1, k // 2 + 1)) / k
        cosines, sines = np.cos(angles) * np.sqrt(energies), np.sin(angles) * np.sqrt(energies)
        values = x[:, :, 0] @ cosines.T + x[:, :, 1] @ sines.T
        ranges = (values.max(axis=1) - values.min(axis=1)) ** power
        error = ranges.std() / np.sqrt(len(ranges))
        assert ranges.mean() < bound + 4 * error
        if k <= 3:
            assert abs(ranges.mean() - bound) < 4 * error


@pytest.mark.parametrize(
    ("weights", "kind", "gap"),
    [
        *product(("9/10,1/10", "3/4,1/4", "11/20,9/20"), ("jacobian", "factor"), ("9/10",)),
        *product(("1/2,3/10,1/5", "4/5,1/10,1/10"), ("jacobian", "factor"), ("9/10", "49/50")),
        pytest.param("7/10,1/10,1/10,1/10", "factor", "9/10", marks=pytest.mark.slow),
    ],
)
def test_the_bound_lies_below_the_measured_radius(weights: str, kind: str, gap: str) -> None:
    """Run with -s to see how far."""
    mixture = Mixture.simplex(weights.count(",") + 1, weights)
    bound = float(radius_lower_bound(mixture, kind, gap).evalf())
    found = gamma(mixture, kind=kind, gap=gap, digits=4)
    measured = found.upper if bound == np.inf else found.lower
    print(f"{weights} {kind} c = {gap}: {bound:.4f} <= {measured:.4f}, {bound / measured:.2f}")
    assert 0 < bound <= measured


def test_the_bound_in_closed_form() -> None:
    """Free of d and of the action's multiplicities; 0 for null weights; the small-σ form wins."""
    weights = Weights.of("2/5,3/10,1/5,1/10")
    wide = Mixture(4, 7, weights, Action.simplex(4, 7))
    assert radius_lower_bound(wide) == radius_lower_bound(Mixture.simplex(4, weights))
    assert radius_lower_bound(Mixture.simplex(5)) == 0
    level = sympy.log(2)
    expected = sympy.sqrt(sympy.Rational(1, 50) / (2 * (level**2 + 2 * level + 2)))
    share = sympy.Rational(1, 25), "jacobian", sympy.Rational(1, 2)
    found = lower_bounds(4, *share)
    assert sympy.simplify(found["B"] - expected) == 0
    free = sympy.sqrt(sympy.LambertW(sympy.Rational(1, 20)) / 10)
    assert sympy.simplify(found["Ba"] - free) == 0
    assert radius_lower_bound(wide) == lower_bound(4, *share) == found["Ba"]
    assert found["Ba"] > found["B"]
    small = Mixture.simplex(2, "11/20,9/20")
    assert lower_bounds(2, sympy.Rational(1, 100), "factor", sympy.Rational(1, 4))["B"] == (
        sympy.sqrt(10) / 10
    )
    for bad in ({"kind": "convexity"}, {"gap": "1"}, {"gap": "0"}):
        with pytest.raises(InputError):
            radius_lower_bound(small, **bad)
    with pytest.raises(InputError, match="2 and 4"):
        range_moment(4, 3)


@pytest.mark.parametrize(
    ("kind", "gap", "room"),
    [("jacobian", "1/2", None), ("factor", "9/10", False), ("factor", "1/10", True)],
)
def test_the_free_bound_solves_its_equation(kind: str, gap: str, room: bool | None) -> None:
    """``3βr²e^{10r²} = (1−c)σ``, ``√(3β/2) r²e^{5r²} = (1−c)σ`` or ``(1−√c)√σ``: by bisection."""
    for sigma in (Fraction(1, 50), Fraction(1, 3), Fraction(4, 5)):
        c, s = float(Fraction(gap)), float(sigma)
        beta = 4 / 3 - 3 * max(s - 1 / 3, 0) ** 2
        left = (1 - c) * s if room is None else max((1 - c) * s, (1 - c**0.5) * s**0.5)
        constant, rate = (3 * beta, 10) if room is None else ((1.5 * beta) ** 0.5, 5)
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            below = constant * middle**2 * np.exp(rate * middle**2) < left
            low, high = (middle, high) if below else (low, middle)
        found = lower_bounds(9, sympy.Rational(sigma), kind, sympy.Rational(gap))["Ba"]
        assert float(found.evalf()) == pytest.approx(low, rel=1e-12)


def test_the_bound_by_cauchy_and_schwarz() -> None:
    """``cosh r² + τ sinh r² = 1/c`` there; nothing fails where ``c Σ_m |π̂_m|² ≤ 1``."""
    for weights in ("2/5,3/10,1/5,1/10", "7/10,1/10,3/20,1/20", "9/10,1/30x3"):
        mixture = Mixture.simplex(4, weights)
        p = np.abs(np.fft.fft([float(w) for w in mixture.weights])) ** 2
        for gap in (Fraction(1, 4), Fraction(3, 10), Fraction(9, 10)):
            found = radius_lower_bound(mixture, "factor", gap)
            if gap * p.sum() <= 1:
                assert found == sympy.oo
                continue
            square = float(found.evalf()) ** 2
            grown = np.cosh(square) + p[1:].max() * np.sinh(square)
            assert grown == pytest.approx(1 / float(gap), rel=1e-12)
            assert square >= -np.log(float(gap))
    assert radius_lower_bound(Mixture.simplex(9, "linear"), "factor", "3/4") == sympy.oo
    assert radius_lower_bound(Mixture.simplex(9, "linear"), "factor", "9/10") < 1
    assert "Bb" not in lower_bounds(4, sympy.Rational(1, 2), "jacobian", sympy.Rational(1, 2))


@pytest.mark.parametrize("k", [2, 3, 4, 9])
def test_certificates_use_the_constants_of_the_steps(k: int) -> None:
    """Lemma 5: producer and checker have K_p, 48, 32 and 8 apart, each in its own code."""
    for p in (2, 4):
        exact = range_moment(k, p)
        ball, value = tail.range_moment(k, p), float(exact.evalf())
        assert float(ball.mid()) == pytest.approx(value, rel=1e-13)
        assert float(checked.range_moment(k, p)) == pytest.approx(value, rel=1e-13)
    # where σ is large the ranges decide the factors, too, at k = 2
    cases = (("3/5", "5/12", "4/5"), ("24/25", "9/10", "1"))
    for kind, values in product(("jacobian", "factor"), cases):
        sigma, gap, largest = map(sympy.Rational, values)
        bounds = lower_bounds(k, sigma, kind, gap, largest)
        proved = max(float(bound.evalf()) for bound in bounds.values())
        s, c, tau = map(Fraction, values)
        found = float(explicit_radius(k, kind, Number(s), Number(c * s), tau))
        assert proved * (1 - 1e-6) < found <= proved * (1 + 1e-15)


def test_which_bound_is_best() -> None:
    """Referee 4d: p = 0.9, c = 3/4, where B falls with k and the other does not."""
    for k in (6, 100, 10**6):
        p = sympy.Rational(9, 10)
        sigma = (p - (1 - p) / (k - 1)) ** 2
        found = lower_bounds(k, sigma, "jacobian", sympy.Rational(3, 4))
        assert 0.22 < float(found["Ba"].evalf()) < 0.25
        assert found["B"].evalf() < found["Ba"].evalf()
    by_range = lower_bounds(2, sympy.Rational(16, 25), "jacobian", sympy.Rational(1, 2))
    assert by_range["B"] == 2 * sympy.sqrt(2) / 5  # 48, not 32
    assert by_range["B"].evalf() > by_range["Ba"].evalf()
    assert list(lower_bounds(4, sympy.Integer(1), "factor", sympy.Rational(1, 2))) == ["B"]
