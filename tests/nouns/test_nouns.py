"""The shared nouns: exact numbers, weights, actions, points; and what they refuse."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from overspec import Action, Energies, Evidence, InputError, Mixture, Weights
from overspec.errors import OutOfReach
from overspec.exact import as_fraction, exact, is_zero, sign, text_of
from overspec.mixture import vector_symbols, weight_symbols
from overspec.orbit import SimplexOrbit

pytestmark = pytest.mark.quick

# --- exact numbers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1/2", Fraction(1, 2)),
        ("0.3", Fraction(3, 10)),
        (" .5 ", Fraction(1, 2)),
        ("1e-40", Fraction(1, 10**40)),
        ("1/10 + 1e-40", Fraction(1, 10) + Fraction(1, 10**40)),
        ("-(1/2)**3", Fraction(-1, 8)),
        ("sqrt(2)*sqrt(2)", Fraction(2)),
        ("sqrt(9/4)", Fraction(3, 2)),
    ],
)
def test_text_becomes_the_exact_rational(text: str, value: Fraction) -> None:
    assert exact(text) == value
    assert isinstance(exact(text), Fraction)


def test_algebraic_text_becomes_a_sympy_number() -> None:
    assert exact("(sqrt(5) - 1)/4") == (sympy.sqrt(5) - 1) / 4
    assert exact("1/sqrt(2)") == sympy.sqrt(2) / 2


@given(st.fractions(max_denominator=10**30))
def test_text_of_is_read_back_unchanged(value: Fraction) -> None:
    assert exact(text_of(value)) == value


@pytest.mark.parametrize(
    "text",
    ["", "x", "1/0", "2**0.5", "2**10**10", "__import__('os')", "1e999999999", "1e-99999", "[1]",
     "True", "sqrt(-1)", "sqrt(1,2)", "1 if 1 else 2", "1j", "0x10", "9" * 3000, "(" * 500 + "1",
     "nan", "inf", "0**-1", "(sqrt(2)-sqrt(2))**-1", "'1'", "1;2", "\x00"],
)  # fmt: skip
def test_text_outside_the_grammar_is_refused_with_the_name(text: str) -> None:
    with pytest.raises(InputError, match="weight 3"):
        exact(text, "weight 3")


@pytest.mark.parametrize(
    "value", [0.3, float("nan"), True, None, b"1", sympy.Float("0.3"), sympy.pi, sympy.I]
)
def test_inexact_objects_are_refused(value: object) -> None:
    with pytest.raises(InputError, match="weight 3"):
        exact(value, "weight 3")


def test_an_irrational_number_is_no_fraction() -> None:
    assert as_fraction(exact("3/10")) == Fraction(3, 10)
    with pytest.raises(TypeError, match="is irrational"):
        as_fraction(exact("sqrt(2)/2"))


def test_zero_and_sign_are_decided_exactly() -> None:
    assert is_zero(sympy.sqrt(2) + sympy.sqrt(3) - sympy.sqrt(5 + 2 * sympy.sqrt(6)))
    near = sympy.sqrt(2) - sympy.Rational(14142135623730950488016887242096980785, 10**37)
    assert sign(near) == 1  # 6e-38: zero to any double
    assert sign(-near) == -1
    assert sign(near - near) == 0


# --- weights --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "k", "values"),
    [
        ("uniform", 3, ["1/3"] * 3),
        ("one-heavy:1/2", 3, ["1/2", "1/4", "1/4"]),
        ("one-heavy:1/3", 3, ["1/3"] * 3),
        ("geometric:1/2", 3, ["4/7", "2/7", "1/7"]),
        ("linear", 3, ["1/2", "1/3", "1/6"]),
        ("1/2,0.3,0.2", None, ["1/2", "3/10", "1/5"]),
    ],
)
def test_families_and_lists(text: str, k: int | None, values: list[str]) -> None:
    assert list(Weights.of(text, k)) == [exact(v) for v in values]


def test_equal_weights_are_equal_however_they_were_given() -> None:
    assert Weights.of("one-heavy:1/3", 3) == Weights.of("uniform", 3) == Weights.of("1/3,1/3,1/3")
    assert hash(Weights.of("uniform", 3)) == hash(Weights.of([Fraction(1, 3)] * 3))


def test_a_weight_may_be_algebraic() -> None:
    golden = Weights.of(["(sqrt(5)-1)/2", "(3-sqrt(5))/2"])
    assert golden.k == 2
    assert not golden.is_rational


def test_runs_index_like_lists() -> None:
    huge = Weights.of("one-heavy:1/2", 10**12)
    assert huge[0] == Fraction(1, 2)
    assert huge[-1] == huge[1] == Fraction(1, 2 * (10**12 - 1))
    with pytest.raises(InputError, match="too many"):
        list(huge)
    with pytest.raises(IndexError):
        huge[10**12]


@pytest.mark.parametrize(
    ("weights", "k", "words"),
    [
        ("1", None, "at least two"),
        ("1/2,1/2", 3, "exactly 3"),
        ("1/2,1/3", None, "sum to 5/6"),
        ("3/2,-1/2", None, "not positive"),
        ("1,0", None, "not positive"),
        ("1/2,,1/2", None, "empty"),
        ("uniform", None, "needs k"),
        ("uniform:2", 3, "no parameter"),
        ("linear:2", 3, "no parameter"),
        ("one-heavy", 3, "needs a parameter"),
        ("random", 3, "seed must be"),
        ("random:x", 3, "seed must be"),
        ("one-heavy:1", 3, r"strictly in \(0, 1\)"),
        ("one-heavy:x", 3, "not an exact number"),
        ("geometric:0", 3, "must be > 0"),
        ("geometric:1/2", 10**4, "up to k = 2000"),
        ("linear", 10**7, "listed"),
        ("sqrt(2)/2,1/2", None, "not to 1"),
        ([0.5, 0.5], None, "not exact"),
        (0.5, None, "comma list"),
        ("uniform", 1, "at least two components"),
        ("uniform", True, "not an integer"),
    ],
)
def test_bad_weights_say_what_is_wrong(weights: object, k: int | None, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Weights.of(weights, k)


def test_weights_that_miss_one_by_a_hair_are_refused() -> None:
    with pytest.raises(InputError, match="sum to"):
        Weights.of("1/2,1/2+1e-100")


# --- actions and mixtures -------------------------------------------------------------------------


@given(st.integers(2, 40), st.integers(0, 5))
def test_the_simplex_action_fills_its_dimension(k: int, extra: int) -> None:
    action = Action.simplex(k, k - 1 + extra)
    assert action.d == k - 1 + extra == sum(block.size for block in action.blocks)
    assert action.is_simplex
    assert action.multiplicity(0) == extra
    assert Action.of(k, {m: action.multiplicity(m) for m in action.frequencies}).d == action.d


def test_a_repeated_frequency_is_not_the_simplex() -> None:
    assert Action.of(5, {1: 1, 2: 1}).is_simplex
    assert not Action.of(5, {1: 2, 2: 1}).is_simplex
    assert not Action.of(5, {1: 1}).is_simplex


def test_blocks_lie_side_by_side() -> None:
    blocks = Action.of(6, {3: 1, 1: 2, 0: 1}).blocks
    assert [(b.frequency, b.start, b.size) for b in blocks] == [
        (1, 0, 2), (1, 2, 2), (3, 4, 1), (0, 5, 1),
    ]  # fmt: skip
    assert not Action.of(6, {1: 2, 3: 1}).is_simplex


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Action.simplex(4, 2), "d >= k − 1 = 3"),
        (lambda: Action.simplex(1), "at least two"),
        (lambda: Action.of(4, {3: 1}), "run from 0 to 2"),
        (lambda: Action.of(4, {-1: 1}), "run from 0 to 2"),
        (lambda: Action.of(4, {1: 0}), "positive integer"),
        (lambda: Action.of(4, {1: 1.5}), "use integers"),  # type: ignore[dict-item]
        (lambda: Action.of(4, {}), "at least one frequency"),
        (lambda: Mixture(3, 2, Weights.of("uniform", 4), Action.simplex(3)), "4 weights for k = 3"),
        (lambda: Mixture(3, 3, Weights.of("uniform", 3), Action.simplex(3)), "dimension 2"),
        (lambda: Energies.of_amplitudes(4, "1"), "1 amplitudes for k = 4"),
        (lambda: Energies.of_amplitudes(4, "1,x"), "amplitude 2"),
        (lambda: Energies.regular_simplex(4, "-1"), "negative"),
        (lambda: Energies(3, ((Fraction(-1), 1),)), "negative"),
    ],
)
def test_bad_shapes_say_what_is_wrong(call, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=words):
        call()


@given(st.integers(2, 30), st.fractions(min_value=0, max_value=100, max_denominator=1000))
def test_a_regular_simplex_has_its_radius_and_is_one(k: int, radius: Fraction) -> None:
    point = Energies.regular_simplex(k, radius)
    assert point.norm_squared == radius**2
    assert point.is_regular_simplex


def test_an_unbalanced_orbit_is_not_a_regular_simplex() -> None:
    assert not Energies.of_amplitudes(4, "1,1").is_regular_simplex
    assert Energies.of_amplitudes(4, "sqrt(2),1").is_regular_simplex


def test_symbols_are_the_same_objects_each_time() -> None:
    assert weight_symbols(3) == weight_symbols(3)
    assert vector_symbols("x", 2) == vector_symbols("x", 2)


def test_evidence_is_ordered_from_proved_to_assumed() -> None:
    ranks = [level.rank for level in Evidence]
    assert ranks == sorted(ranks)
    assert Evidence.weakest([Evidence.SAMPLED, Evidence.PROVED]) is Evidence.SAMPLED


@pytest.mark.parametrize(
    ("text", "alike"),
    [
        ("uniform", True),
        ("1/4,1/2,1/4", True),  # the one may stand anywhere
        ("1/6000x1500,1/2,1/6000x1500", True),
        ("3/8,1/8,1/2", False),
        ("1/3x2,1/6x2", False),
        ("1/6,1/3,1/6,1/3", False),
    ],
)
def test_all_weights_but_one_are_equal_by_value_wherever_the_one_stands(
    text: str, alike: bool
) -> None:
    weights = Weights.of(text, k=3 if text == "uniform" else None)
    k = weights.k
    assert weights.alike is alike
    orbit = SimplexOrbit.at(Mixture.simplex(k, weights), Energies.regular_simplex(k, 1))
    assert orbit.alike is alike
    assert sum(weights.counts.values()) == weights.k
    assert set(weights.counts) == {value for value, _ in weights.runs}


def test_exponents_end_at_a_thousand() -> None:
    assert exact("1e-1000") == Fraction(1, 10**1000)
    for text in ("1e1001", "1e-1001"):  # whose digits alone would not be too many
        with pytest.raises(OutOfReach, match="exponents beyond"):
            exact(text)
