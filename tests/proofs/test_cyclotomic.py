"""Zero or not, exactly: against SymPy's minimal polynomials, and far from any float tolerance."""

from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import slow_but

from overspec import Action, InputError, Weights
from overspec.exact import exact
from overspec.proofs.machinery.cyclotomic import (
    Cyclotomic,
    dft_energy,
    is_null,
    is_zero_sum,
    null_frequencies,
    null_orders,
    reduced,
    sum_sign,
)
from overspec.proofs.machinery.separation import _size, algebraic_zero

TINY = Fraction(1, 10**40)


def test_the_weights_of_the_issue() -> None:
    degenerate = [Fraction(2, 5), Fraction(3, 10), Fraction(1, 10), Fraction(1, 5)]
    assert null_frequencies(Weights.of(degenerate)) == (2,)
    assert null_frequencies(Weights.of("2/5,3/10,1/5,1/10")) == ()


def test_a_weight_moved_by_1e_minus_40_is_regular() -> None:
    moved = [Fraction(2, 5) + TINY, Fraction(3, 10) - TINY, Fraction(1, 10), Fraction(1, 5)]
    assert null_frequencies(Weights.of(moved)) == ()
    assert dft_energy(Weights.of(moved), 2) == sympy.Rational(4, 10**80)


@pytest.mark.parametrize("k", [2, 3, 6, 12, 30, 64, 210])
def test_uniform_weights_are_null_everywhere(k: int) -> None:
    assert null_frequencies(Weights.of("uniform", k)) == tuple(range(1, k // 2 + 1))


@pytest.mark.parametrize("k", [10**12, 10**30, 2 * 3 * 5 * 7 * 11 * 13 * 17])
def test_few_runs_at_any_k(k: int) -> None:
    assert null_orders(Weights.of("one-heavy:1/3", k)) == ()
    third = Fraction(1, 3) - Fraction(2, 3) / (k - 1)
    assert dft_energy(Weights.of("one-heavy:1/3", k), 5) == sympy.Rational(
        (third**2).numerator, (third**2).denominator
    )


def test_only_the_frequencies_of_the_action_count() -> None:
    weights = Weights.of("2/5,3/10,1/10,1/5")
    assert null_frequencies(weights, Action.of(4, {1: 2, 0: 1})) == ()
    assert null_frequencies(weights, Action.simplex(4, 7)) == (2,)
    with pytest.raises(InputError, match="action"):
        null_frequencies(weights, Action.simplex(5))


def test_algebraic_weights_vanish_one_frequency_at_a_time() -> None:
    """Over Q(√5) the two frequencies of k = 5 are not conjugate: one is null, the other not."""
    cosines = [sympy.cos(4 * sympy.pi * j / 5) for j in range(5)]
    weights = Weights.of([sympy.Rational(1, 5) + c / 10 for c in cosines])
    assert null_frequencies(weights) == (1,)
    assert dft_energy(weights, 2) == sympy.Rational(1, 16)
    moved = [sympy.Rational(1, 5) + c / 10 for c in cosines]
    moved[0], moved[1] = moved[0] + sympy.Rational(1, 10**40), moved[1] - sympy.Rational(1, 10**40)
    assert null_frequencies(Weights.of(moved)) == ()


@pytest.mark.parametrize("root", slow_but(["sqrt(2)", "sqrt(5)"], quick=["sqrt(5)"]))
def test_algebraic_weights_at_sixty_four(root: str) -> None:
    """Alternating weights see frequency 32 alone; √2 lies in Q(ζ_64), √5 does not."""
    low, high = f"1/64-{root}/1280", f"1/64+{root}/1280"
    weights = Weights.of(",".join([high, low] * 32))
    assert null_frequencies(weights) == tuple(range(1, 32))
    moved = Weights.of(",".join([f"{high}+1e-40", f"{low}-1e-40", *[high, low] * 31]))
    assert null_frequencies(moved) == ()


fractions = st.fractions(min_value=Fraction(1, 9), max_value=1, max_denominator=9)


@settings(max_examples=25)
@given(st.integers(2, 10), st.data())
def test_null_agrees_with_minimal_polynomials(k: int, data: st.DataObject) -> None:
    # a few values, repeated periodically, so that zeros do occur
    period = data.draw(st.sampled_from([d for d in range(1, k + 1) if k % d == 0]))
    values = data.draw(st.lists(fractions, min_size=period, max_size=period)) * (k // period)
    total = sum(values)
    weights = Weights.of([v / total for v in values])
    m = data.draw(st.integers(1, k // 2))
    x = sympy.Symbol("x")
    f = sympy.Poly(sum(sympy.Rational(w) * x**j for j, w in enumerate(weights)), x)
    n = k // sympy.gcd(m, k)
    assert is_null(weights, m) == f.rem(sympy.Poly(sympy.cyclotomic_poly(n, x), x)).is_zero
    assert (dft_energy(weights, m) == 0) == is_null(weights, m)


@settings(max_examples=25)
@given(st.integers(1, 12), st.lists(st.integers(-5, 5), min_size=1, max_size=24))
def test_reduction_modulo_the_cyclotomic_polynomial_keeps_the_number(
    n: int, coefficients: list[int]
) -> None:
    terms = {e: Fraction(c) for e, c in enumerate(coefficients)}
    if n > 1:
        folded = {e: Fraction(0) for e in range(n)}
        for e, c in terms.items():
            folded[e % n] += c
        short = reduced(n, dict(terms))
        difference = dict(folded)
        for e, c in short.items():
            difference[e] -= c
        assert is_zero_sum(n, dict(difference))
        assert max(short, default=0) < sympy.totient(n)


@pytest.mark.parametrize("k", [3, 4, 5, 6, 7, 8, 9, 12])
def test_energies_agree_with_the_definition_numerically(k: int) -> None:
    weights = Weights.of("geometric:3/4", k)
    for m in range(1, k // 2 + 1):
        root = sympy.exp(2 * sympy.pi * sympy.I * m / k)
        direct = abs(sum(sympy.Rational(w) * root**j for j, w in enumerate(weights))) ** 2
        assert abs((dft_energy(weights, m) - direct).evalf(30)) < sympy.Rational(1, 10**25)


def test_signs_are_exact_and_refined() -> None:
    golden = {1: Fraction(1), 4: Fraction(1)}  # 2 cos 72° = (√5 − 1)/2
    near = Fraction(618033988749894848204586834365638117720309179805762862135, 10**57)
    assert sum_sign(5, {**golden, 0: -near}) == 1
    assert sum_sign(5, {**golden, 0: -near - Fraction(1, 10**56)}) == -1
    assert sum_sign(5, {**golden, 2: Fraction(1), 3: Fraction(1), 0: Fraction(1)}) == 0


def test_cyclotomic_elements_compare_as_numbers() -> None:
    z = Cyclotomic.root(12)
    assert z**12 == 1
    assert z**6 == -1
    assert z**4 - z**2 + 1 == 0
    assert z != z.conjugate
    assert (z * z.conjugate) == 1


PARTS = st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2)), min_size=3, max_size=3)


@settings(max_examples=6)
@given(PARTS)
def test_algebraic_zeros_agree_with_minimal_polynomials(parts: list[tuple[int, int]]) -> None:
    zeros_agree(parts)


@pytest.mark.slow
@settings(max_examples=20)
@given(PARTS)
def test_many_algebraic_zeros_agree(parts: list[tuple[int, int]]) -> None:
    zeros_agree(parts)


def zeros_agree(parts: list[tuple[int, int]]) -> None:
    """k = 4 over Q(√2, √(2+√2)): π̂_1 = (π0 − π2) + i(π1 − π3), π̂_2 the alternating sum."""
    a, b = sympy.sqrt(2) / 100, sympy.sqrt(2 + sympy.sqrt(2)) / 100
    values = [sympy.Rational(1, 4) + p * a + q * b for p, q in parts]
    weights = Weights.of([*values, 1 - sum(values)])
    w = list(map(sympy.sympify, weights))
    x = sympy.Symbol("x")

    def zero(value: sympy.Expr) -> bool:
        return bool(sympy.minimal_polynomial(value, x) == x)

    assert is_null(weights, 1) == (zero(w[0] - w[2]) and zero(w[1] - w[3]))
    assert is_null(weights, 2) == zero(w[0] - w[1] + w[2] - w[3])


@pytest.mark.parametrize(
    "text", ["sqrt(2)/3", "1/(1+sqrt(2))", "sqrt(2+sqrt(2))/5-1/7", "1/sqrt(6)", "sqrt(3/8)+1/2"]
)
def test_the_separation_bound_is_one(text: str) -> None:
    """N·value is an algebraic integer, and no conjugate of the value exceeds B."""
    value = sympy.sympify(exact(text))
    scale, bound = _size(value)
    x = sympy.Symbol("x")
    poly = sympy.Poly(sympy.minimal_polynomial(scale * value, x), x)
    assert poly.LC() == 1
    assert all(abs(root) < bound * scale + sympy.Rational(1, 10**9) for root in poly.nroots(20))


def test_only_frequencies_of_a_null_order_are_null() -> None:
    weights = Weights.of("3/10,1/5,3/10,1/5")  # π̂_1 = 0, π̂_2 = 1/5
    assert null_frequencies(weights) == (1,)
    assert [m for m in range(-4, 8) if is_null(weights, m)] == [-3, -1, 1, 3, 5, 7]


def test_a_number_far_below_its_terms_is_not_zero() -> None:
    """|1 − √2|^110 = 7e-43 from two terms of 7e41: the bound needs the degree of Q(√2, ζ)."""
    terms = sympy.expand((1 - sympy.sqrt(2)) ** 110)
    for n in (1, 3):
        assert not algebraic_zero(n, {0: terms})
    assert algebraic_zero(3, {0: terms, 1: terms, 2: terms})


def test_irrational_weights_in_number() -> None:
    weights = Weights.of("geometric:sqrt(2)/2", 12)
    assert null_frequencies(weights) == ()
    assert dft_energy(weights, 6) == sympy.expand((3 - 2 * sympy.sqrt(2)) ** 2)
