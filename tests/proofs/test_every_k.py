"""What is proved for every k: index sums in normal form, and what is false from k = 7 on."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from overspec.proofs.catalogue import DERIVATIONS, for_every_k
from overspec.proofs.language.analysis import Computed, Slope
from overspec.proofs.language.derivation import Derivation, Method
from overspec.proofs.language.every import forms, sums
from overspec.proofs.language.every.evaluate import read
from overspec.proofs.language.every.proof import (
    LATE,
    agrees,
    entries,
    failures,
    late,
    late_survivors,
    unproved,
    untrue,
)
from overspec.proofs.language.expression import Expr, Sym, Unevaluable
from overspec.proofs.language.operators import (  # fmt: skip
    I_,
    M_,
    PI,
    THETA,
    Coefficient,
    Inner,
    J,
    K,
    Norm2,
    Root_,
    Turn,
    U,
    V,
    W,
    X,
    over,
)
from overspec.proofs.language.theorem import step
from overspec.proofs.machinery.rational import LARGE, instances
from overspec.proofs.machinery.symbolic import EVERY, Particular
from overspec.proofs.rates.ray.spread import Y, bar, mean
from overspec.proofs.rates.ray.theorem import ray
from overspec.verify.claims.exact import LATE_WORDS, Argument, Late, exact_claim, judge

ANY_K = (
    *("S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "T3", "T3b", "T4", "T7"),
    *("D", "B", "Ba", "Q1w", "Q2"),
)
FEW = ("S2", "S3", "T4")


def general(label: str) -> Derivation:
    found = for_every_k(label)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "label", [pytest.param(x, marks=() if x in FEW else pytest.mark.slow) for x in ANY_K]
)
def test_a_derivation_stands_for_every_k(label: str) -> None:
    found = general(label)
    assert found.every_k
    assert all(unproved(each) == "" for each in found.steps)
    assert failures(found, seed=1) == ()
    assert all(agrees(found, DERIVATIONS[label](k)) for k in (2, 3, 6))
    assert not DERIVATIONS[label](3).every_k


@pytest.mark.parametrize(
    "label", [pytest.param(x, marks=() if x in FEW else pytest.mark.slow) for x in ANY_K]
)
def test_false_variants_are_not_proved_for_every_k(label: str) -> None:
    for name, mutant in general(label).mutants():
        assert failures(mutant), name
    assert late_survivors(general(label), seed=2) == ()


@pytest.mark.parametrize("label", FEW)
def test_an_error_from_seven_on_is_one_that_no_smaller_k_shows(label: str) -> None:
    rng = random.Random(0)
    small = [tuple(instances(k)(rng)[:1]) for k in (2, 3, 6)]
    large = tuple(instances(EVERY)(rng))
    assert all(LARGE[0] <= m.k <= LARGE[1] for m in large)
    for _, wrong in late(general(label)):
        assert all(list(untrue(wrong, m, rng)) == [] for m in small)
        assert unproved(wrong)
        assert {method for method, _ in untrue(wrong, large, rng)} == {Method.WITNESS}


def test_a_multiplicity_that_is_right_for_odd_k_only_is_not_proved() -> None:
    from overspec.proofs.language.ranges import Half

    parseval = over(M_, Coefficient(V, M_))
    right = step("", parseval, K * Norm2(V), "").step
    odd = step("", parseval, (2 * Half() + 1) * Norm2(V), "").step
    assert right is not None
    assert odd is not None
    assert unproved(right) == ""
    assert "Half" in unproved(odd)
    drawn = random.Random(1)
    assert not list(untrue(odd, instances(7)(drawn)[:1], drawn))
    assert list(untrue(odd, instances(8)(drawn)[:1], drawn))


def test_the_reduction_is_computed_and_not_listed() -> None:
    assert for_every_k("T1a") is None  # sums over cosets, which depend on the divisors of k
    assert for_every_k("T3a") is None  # its own steps are proved for every k, T1a's are not
    assert failures(DERIVATIONS["T3a"](EVERY)) == ()
    assert for_every_k("R") is None


def test_nobody_learns_which_number_every_k_is() -> None:
    for ask in (
        range,
        lambda k: k > 2,
        lambda k: k + 1,
        lambda k: 2 * k,
        int,
        lambda k: 5 % k,
        bool,
    ):
        with pytest.raises(Particular):
            ask(EVERY)  # type: ignore[operator]


def test_a_derivation_that_says_other_things_at_some_k_is_noticed() -> None:
    found = DERIVATIONS["S2"](3)
    assert agrees(general("S2"), found)
    assert not agrees(general("S2"), DERIVATIONS["S1"](3))
    assert not agrees(general("S2"), replace(found, printed=DERIVATIONS["S1"](3).statement))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "tree",
    [
        over(J, W[J] * Inner(X, Turn(J, V))),
        over(I_, over(J, U[I_] * PI[J] * Root_(3 * (I_ - J)) * Inner(Turn(I_, X), Turn(J, THETA)))),
        over(M_, over(J, PI[J] * Root_(M_ * J)) * Coefficient(THETA, M_)),
        over(J, Root_(2 * J)),
        over(J, Turn(J + 1, X)) / K,
        LATE * over(J, PI[J]),
    ],
)
def test_a_normal_form_has_the_value_of_its_tree(tree: Expr, seed: int) -> None:
    rng = random.Random(seed)
    m = instances(rng.choice((2, 3, 4)))(rng)[0]
    value = tree.value(m, {})
    assert entries(read(tree, {}), m, {}) == (value if isinstance(value, tuple) else (value,))


def test_orthogonality_of_characters() -> None:
    m, j = forms.variable("m"), forms.variable("j")
    character = sums.root(forms.times(m, j))
    assert character.summed("j") == sums.number("k") * sums.delta(m)
    double = (character * sums.root(forms.negative(forms.times(j, forms.variable("l"))))).summed(
        "j"
    )
    assert double == sums.number("k") * sums.delta(forms.minus(forms.variable("l"), m))
    assert sums.root(forms.times(forms.variable("k"), m)) == sums.ONE
    square = sums.root(forms.times(j, j)).summed("j")  # a Gauss sum has no closed form here
    assert square != sums.ZERO
    assert not (square - sums.number("k")).is_zero


def test_a_quotient_by_what_may_vanish_is_not_read() -> None:
    with pytest.raises(Unevaluable, match="may be 0"):
        read(1 / PI[J], {"J": (), "j": ()})
    with pytest.raises(Unevaluable, match="by a sum"):
        read(1 / (1 + K), {})


def test_the_claim_has_any_k_and_the_error_among_its_mutants() -> None:
    claim = exact_claim("S2")
    assert claim.mutants[-1].words == LATE_WORDS
    assert judge(Late("S2"), (2,)).passed is False
    assert judge(Late("R"), (2,)).passed is True  # nothing is rejected where nothing is proved
    assert Argument("S2").general() is general("S2")
    assert LATE_WORDS not in [form.words for form in exact_claim("R").mutants]


def test_letters_may_be_any_number_and_are_not_divided_by() -> None:
    m, n = Sym("m"), Sym("n")
    assert unproved(step("", (m + n) ** 2 - 4 * m * n, (m - n) ** 2, "").step) == ""
    assert unproved(step("", (m + n) ** 2 - 3 * m * n, (m - n) ** 2, "").step)
    assert "may be 0" in unproved(step("", m / n, m / n, "").step)
    assert unproved(step("", Slope(m**3 * n, m), 3 * m**2 * n, "").step) == ""
    assert unproved(step("", Slope(m**3 * n, m), 2 * m**2 * n, "").step)
    assert "derivative in k" in unproved(step("", Slope(m**3, K), 0 * m, "").step)


def test_weights_of_sum_one_are_a_condition() -> None:
    """The variance is E Y² − (E Y)² only where the weights sum to 1."""
    y = bar(Y)[J]
    moment = step("", mean(y**2), mean(Y[J] ** 2) - mean(Y[J]) ** 2, "").step
    assert unproved(moment, unit=True) == ""
    assert unproved(moment)
    wrong = step("", mean(y**2), mean(Y[J] ** 2) + mean(Y[J]) ** 2, "").step
    assert unproved(wrong, unit=True)


def test_what_only_code_computes_is_read_by_code_of_its_own() -> None:
    joint, third = ray()
    for theorem, wrong in zip((joint, third), ray(1, centred=False), strict=True):
        assert unproved(theorem.step, unit=True) == ""
        assert unproved(wrong.step, unit=True)
    bare = replace(joint.step.lhs.expression, indexed=Computed.indexed)
    assert "computed" in unproved(step("", bare, bare, "").step, unit=True)
