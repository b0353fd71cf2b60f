"""Conditions, invertibility, the local rate and R, each against another exact computation."""

import random
from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from overspec import Action, InputError, Mixture, Weights
from overspec.mixture import weight_symbols
from overspec.proofs.identities.circulant import (
    Condition,
    global_rate,
    invertibility_condition,
    invertible,
    local_rate,
)
from overspec.proofs.identities.rotation import rotation_matrix, shift_on_hyperplane
from overspec.proofs.machinery.cyclotomic import dft_energy, is_null
from overspec.verify.radius.far.explicit import explicit_rate


def _values(weights: Weights) -> dict[sympy.Symbol, sympy.Rational]:
    return dict(zip(weight_symbols(weights.k), map(sympy.Rational, weights), strict=True))


def test_the_conditions_for_four_components() -> None:
    a, b, c, d = weight_symbols(4)
    plane, line = invertibility_condition(4)
    assert sympy.expand(plane.polynomial - (a - c) ** 2 - (b - d) ** 2) == 0
    assert sympy.expand(line.polynomial - (a - b + c - d)) == 0
    assert plane.rational == (a - c, b - d)
    assert line.tex == r"\pi_{0} - \pi_{1} + \pi_{2} - \pi_{3} \ne 0"


@pytest.mark.parametrize("k", range(2, 13))
def test_one_condition_for_each_frequency(k: int) -> None:
    conditions = invertibility_condition(k)
    assert [c.frequency for c in conditions] == list(range(1, k // 2 + 1))
    assert all(len(c.rational) == sympy.totient(c.order) for c in conditions)
    uniform = _values(Weights.of("uniform", k))
    for condition in conditions:
        assert all(form.subs(uniform) == 0 for form in condition.rational)
    # every condition is about all weights but for a common constant
    for condition in conditions:
        for form in condition.rational:
            assert sum(sympy.Poly(form, *weight_symbols(k)).coeffs()) == 0


def _energy(condition: Condition, weights: Weights) -> sympy.Expr:
    value = condition.polynomial.subs(_values(weights))
    return value**2 if condition.order == 2 else value


@pytest.mark.parametrize("k", range(2, 13))
def test_the_polynomial_is_the_energy(k: int) -> None:
    weights = Weights.of("geometric:2/3", k)
    for condition in invertibility_condition(k):
        difference = _energy(condition, weights) - dft_energy(weights, condition.frequency)
        assert abs(difference.evalf(40)) < sympy.Rational(1, 10**30)


@settings(max_examples=30)
@given(st.integers(2, 12), st.data())
def test_the_linear_forms_decide_for_rational_weights(k: int, data: st.DataObject) -> None:
    period = data.draw(st.sampled_from([d for d in range(1, k + 1) if k % d == 0]))
    parts = data.draw(st.lists(st.integers(1, 3), min_size=period, max_size=period))
    total = sum(parts) * (k // period)
    weights = Weights.of([Fraction(p, total) for p in parts * (k // period)])
    values = _values(weights)
    null = []
    for condition in invertibility_condition(k):
        zero = all(form.subs(values) == 0 for form in condition.rational)
        assert zero == is_null(weights, condition.frequency)
        null.append(zero)
    assert invertible(Mixture.simplex(k, weights)) == (not any(null))


def test_conditions_of_an_action() -> None:
    action = Action.of(6, {3: 1, 2: 2, 0: 1})
    assert [c.frequency for c in invertibility_condition(6, action)] == [2, 3]
    with pytest.raises(InputError, match="action"):
        invertibility_condition(5, action)
    with pytest.raises(InputError, match="k = 1"):
        invertibility_condition(1)


@pytest.mark.parametrize("k", [2, 3, 4, 5, 6, 8, 9, 12])
@pytest.mark.parametrize("family", ["linear", "geometric:1/3", "one-heavy:1/2", "uniform"])
def test_the_local_rate_is_the_largest_factor(k: int, family: str) -> None:
    mixture = Mixture.simplex(k, family)
    factors = [1 - dft_energy(mixture.weights, m) for m in range(1, k // 2 + 1)]
    rate = local_rate(mixture)
    assert rate in factors
    assert all((rate - f).evalf(30) > -sympy.Rational(1, 10**25) for f in factors)
    assert (rate == 1) == (not invertible(mixture))
    anywhere = global_rate(mixture)
    assert (anywhere == 1) == (rate == 1)
    assert float(anywhere) == pytest.approx(1 - float(explicit(mixture)), rel=1e-14)


def explicit(mixture: Mixture) -> Fraction:
    """σ/(k Σ π_j²), by enclosures."""
    return explicit_rate(mixture).lower if invertible(mixture) else Fraction(0)


def test_two_values_need_not_be_one_heavy() -> None:
    """High weights at {0, 1, 3} of Z/6: the energies at m = 2, 3 are 3 and 1 times (1/6)²."""
    weights = "1/4,1/4,1/12,1/4,1/12,1/12"
    assert local_rate(Mixture.of(6, weights, {2: 1, 3: 1})) == sympy.Rational(35, 36)


def test_the_local_rate_with_irrational_weights() -> None:
    weights = "1/4+sqrt(2)/10,1/4+sqrt(2)/20,1/4-sqrt(2)/20,1/4-sqrt(2)/10"
    mixture = Mixture.simplex(4, weights)
    # π̂_2 = (¼ + s) − (¼ + s/2) + (¼ − s/2) − (¼ − s) = s = √2/10; |π̂_1|² is larger
    assert local_rate(mixture) == 1 - sympy.Rational(2, 100)
    # k Σ π_j² = 4 (1/4 + 1/25 + 1/100)
    assert global_rate(mixture) == 1 - sympy.Rational(1, 60)


def test_the_action_decides_which_frequencies_count() -> None:
    weights = "2/5,3/10,1/10,1/5"
    assert local_rate(Mixture.simplex(4, weights)) == 1
    plane = Mixture.of(4, weights, {1: 3, 0: 2})
    assert invertible(plane)
    assert local_rate(plane) == 1 - sympy.Rational(1, 10)
    assert local_rate(Mixture.of(4, weights, {0: 2})) == 0
    assert global_rate(Mixture.of(4, weights, {0: 2})) == 0


def test_at_a_million_million_components() -> None:
    k = 10**12
    assert not invertible(Mixture.simplex(k, "uniform"))
    heavy = Mixture.simplex(k, "one-heavy:1/2")
    assert invertible(heavy)
    entry = Fraction(1, 2) - Fraction(1, 2) / (k - 1)
    assert local_rate(heavy) == 1 - sympy.Rational(*(entry**2).as_integer_ratio())
    two = Fraction(1, k)
    steps = Weights(((two * 3 / 2, k // 2), (two / 2, k // 2)))
    assert not invertible(Mixture(k, k - 1, steps, Action.simplex(k)))


@pytest.mark.parametrize("k", range(2, 8))
def test_rotation_matrix_is_the_action(k: int) -> None:
    action = Action.simplex(k, k + 1)
    r = rotation_matrix(action)
    d = action.d
    assert r.shape == (d, d)
    assert sympy.simplify(r.T * r - sympy.eye(d)).is_zero_matrix
    power = rotation_matrix(action, 2)
    assert all(abs(e.evalf(30)) < sympy.Rational(1, 10**25) for e in r * r - power)
    assert rotation_matrix(action, k) == sympy.eye(d)
    # the cyclic shift has the same traces of all powers, so the same frequencies
    for j in range(1, k):
        trace = rotation_matrix(action, j).trace() + 1 - 2  # 2 of the d dimensions are added
        assert abs(trace.evalf(30)) < sympy.Rational(1, 10**25)


@pytest.mark.parametrize("k", [2, 7, 8, 25])
def test_the_shift_on_the_hyperplane_at_large_k(k: int) -> None:
    """By elimination in a random basis, as R has it for every k from a companion matrix."""
    frame = shift_on_hyperplane(k).witnesses(random.Random(k))[0]
    assert frame.determinant == (-1) ** (k - 1)
    assert frame.asymmetry == (0 if k == 2 else 2 * k)
    assert (frame.matrix == frame.transposed) is (k == 2)
