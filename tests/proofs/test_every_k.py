"""What is proved for every k: index sums in normal form, and what is false from k = 7 on."""

from __future__ import annotations

import inspect
import os
import random
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from functools import partial

import pytest

from overspec.proofs import catalogue
from overspec.proofs.catalogue import DERIVATIONS, for_every_k
from overspec.proofs.language.analysis import Log, Mean, Slope
from overspec.proofs.language.derivation import Derivation, Method
from overspec.proofs.language.every import atoms, forms, maps, sums
from overspec.proofs.language.every.calculus import derivative, inner, outer, turned
from overspec.proofs.language.every.evaluate import read
from overspec.proofs.language.every.gauss import expected
from overspec.proofs.language.every.numbers import entries
from overspec.proofs.language.every.proof import (
    LATE,
    agrees,
    failures,
    late,
    late_survivors,
    unproved,
    untrue,
)
from overspec.proofs.language.expression import ONE, Expr, Sym, Unevaluable
from overspec.proofs.language.operators import (  # fmt: skip
    ENERGY,
    I_,
    M_,
    PHI,
    PI,
    THETA,
    Coefficient,
    Cosine,
    Delta,
    Hat,
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
from overspec.proofs.language.ranges import F_R, PLANES, Z_K, Sum, below
from overspec.proofs.language.theorem import Theorem, step
from overspec.proofs.machinery.expansion import symbolic_point
from overspec.proofs.machinery.rational import LARGE, instances
from overspec.proofs.machinery.symbolic import EVERY, Particular, SymbolicModel
from overspec.proofs.rates.ray.spread import Y, bar, mean
from overspec.proofs.rates.ray.theorem import ray
from overspec.proofs.tied.instances import families
from overspec.proofs.tied.operators import (  # fmt: skip
    DENSITY,
    POSTERIOR,
    Along,
    Back,
    Centre,
    Dot,
    Flux,
    Image,
    Origin,
    Spread,
    Square,
    own,
)
from overspec.proofs.tied.operators import Slope as Slope_
from overspec.proofs.weights.averages import UNITS, Alternating
from overspec.verify.claims.exact import LATE_WORDS, Argument, Late, exact_claim, judge

ANY_K = ("S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "T1a", "T2a", "T3", "T3a", "T3b", "T4",
         "T5", "T6", "T7", "T8", "T9", "R", "H", "D", "B", "Ba", "Bb", "Q1o", "Q1f", "Q1w",
         "Q1d", "Q2", "Q2u", "Q2w", "I1", "I2", "I3", "I4", "I5", "I6", "I7")  # fmt: skip
FEW = ("S2", "S3", "T1a", "T3a", "T3b", "T4", "T5", "R", "Q1d", "I1", "I2", "I5", "I7")
#: A prime k, a k with divisors, and k = 2 where some of the formulas are degenerate.
KS = (2, 5, 6)


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
    assert all(unproved(each, found.model) == "" for each in found.steps)
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


@pytest.mark.slow
@pytest.mark.parametrize("k", KS)
@pytest.mark.parametrize("label", ["T1a", "T2a", "T5", "T6", "H", "Q1o", "Q1f", "Q1d", "Q2u"])
def test_the_derivation_at_one_k_has_every_step_of_that_for_every_k(label: str, k: int) -> None:
    assert DERIVATIONS[label](k).recheck(seed=k) == ()
    assert agrees(general(label), DERIVATIONS[label](k))


@pytest.mark.parametrize("label", ["S2", "S3", "T4"])
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
    assert for_every_k("K1") is None  # it has a symbolic k of another kind
    assert for_every_k("T3a") is not None  # because T1a, which it cites, is for every k
    assert failures(DERIVATIONS["T3a"](EVERY)) == ()


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


SCORE = Back(J, X - Image(J, THETA))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "tree",
    [
        Slope_(Log(over(J, PI[J] * ENERGY[J])), THETA),
        Slope_(W[J] * POSTERIOR[J] * Dot(Image(J, PHI), Centre(J)), X),
        Slope_(over(J, W[J] * Square(X - Image(J, PHI)) * Square(Image(J, PHI))), PHI),
        Along(over(J, W[J] * Dot(SCORE, V) * SCORE), THETA, V),
        Along(W[J] * Square(Image(J, THETA)) * DENSITY, THETA, V),
        Spread(over(J, POSTERIOR[J] * W[J] * (Centre(J) - Image(J, THETA)))),
        Flux(),
        Origin(over(J, W[J] * Dot(SCORE, V) * Back(J, Centre(J)))),
        Mean(over(J, U[J] * Dot(X, Image(J, V)) * Back(J, X - Centre(J)) + PI[J] * Back(J, X))),
        Mean(Dot(X, Centre(J)) * X + Dot(X, Image(J, V)) * X - 3 * Centre(J)),
        over(J, over(I_, W[I_] * Dot(Back(J, Image(I_, V)), Back(I_, Centre(J))))),
    ],
)
def test_a_normal_form_of_any_maps_has_the_value_of_its_tree(tree: Expr, seed: int) -> None:
    rng = random.Random(seed)
    m = rng.choice(families(rng.choice((2, 3, 4)))(rng))
    value = tree.value(m, {"j": m.k - 1})
    found = entries(read(tree, {"j": forms.variable("j")}), m, {"j": m.k - 1})
    assert found == (value if isinstance(value, tuple) else (value,))


@pytest.mark.parametrize(
    "label",
    [pytest.param(x, marks=() if x in FEW else pytest.mark.slow) for x in ANY_K if x[0] == "I"],
)
def test_false_variants_are_false_at_some_family_with_many_maps(label: str) -> None:
    """By the second way alone, which does not run where the first one has found an error."""
    rng = random.Random(1)
    for name, mutant in general(label).mutants():
        large = mutant.witnesses(rng)
        assert any(list(untrue(each, tuple(large), rng)) for each in mutant.steps), name


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


def test_one_of_each_coset() -> None:
    """``Σ_c χ_c [j − c ∈ H] = 1``, and the indicators are their own squares."""
    j, c = forms.variable("j"), forms.variable("c")
    inside = sums.in_subgroup(forms.minus(j, c))
    chosen = sums.entry(atoms.REPRESENTATIVES, c)
    assert (chosen * inside).summed("c") == sums.ONE
    assert inside * inside == inside
    assert chosen * chosen == chosen
    assert inside == sums.in_subgroup(forms.minus(c, j))
    assert inside.summed("c") != sums.ONE
    assert (sums.entry("pi", c) * inside).summed("c") != sums.ONE
    assert sums.in_subgroup(()) == sums.ONE


def test_the_character_of_a_subgroup() -> None:
    """``Σ_j [j + r ∈ H] ω^{mj} = |H| [m is trivial on H] ω^{−mr}``."""
    m, j, r = map(forms.variable, "mjr")
    inside = sums.in_subgroup(forms.plus(j, r))
    found = (inside * sums.root(forms.times(m, j))).summed("j")
    back = sums.root(forms.negative(forms.times(m, r)))
    assert found == sums.number("|H|") * sums.trivial_on_subgroup(m) * back
    assert inside.summed("j") == sums.number("|H|")


@pytest.mark.parametrize("k", [4, 5, 6, 9, 12])
def test_weights_fail_at_primitive_frequencies_if_and_only_if_their_averages_say_so(k: int) -> None:
    """T5 against the transform in the cyclotomic field: weights that fail, and nearby ones."""
    rng = random.Random(k)
    m = instances(k)(rng)[0]
    primes = [p for p in (2, 3, 5) if k % p == 0]
    kept = [Fraction(1)] * k  # a sum of weights, each kept by the shift by some k/p
    for p in primes:
        part = [Fraction(rng.randint(1, 9)) for _ in range(k // p)]
        kept = [c + part[j % (k // p)] for j, c in enumerate(kept)]
    for pi, fails in ((tuple(kept), True), ((kept[0] + 1, *kept[1:]), False)):
        at = replace(m, pi=pi)
        condition = all(c == 0 for c in Alternating(PI).value(at, {}))
        entries_ = [Hat(PI, M_).value(at, {"m": f}) for f in UNITS.values(at, {})]
        assert condition is fails
        assert all((entry == 0) is fails for entry in entries_)


@pytest.mark.parametrize("k", [2, 3, 6, 7])
def test_half_of_the_frequencies(k: int) -> None:
    """Folded to all of them where the terms are even, else by an indicator."""
    rng = random.Random(k)
    m = instances(k)(rng)[0]
    even = over(M_, 2 / (1 + Delta(M_, -M_)), PLANES)
    assert read(even, {}) == sums.number("k") - sums.ONE
    for tree in (even, over(M_, U[M_] * PI[M_], PLANES), over(M_, Cosine(3 * M_) * K, F_R)):
        assert entries(read(tree, {}), m, {}) == (tree.value(m, {}),)


def test_a_quotient_by_one_plus_a_delta() -> None:
    delta = sums.delta(forms.variable("m"))
    both = sums.ONE + delta
    assert both * both.inverse() == sums.ONE
    with pytest.raises(Unevaluable):  # 0 where m is
        (sums.ONE - delta).inverse()


@pytest.mark.parametrize(("n", "value"), [(1, 3), (2, 15)])
def test_moments_by_matchings(n: int, value: int) -> None:
    """``E|x|^{2n} = d(d + 2)…``, and ``E⟨x, u⟩^{2n} = (2n − 1)!! |u|^{2n}``; here n + 1 factors."""
    x, u = sums.vector("x"), sums.vector("theta")
    d, square = sums.number("d"), inner(u, u)
    odd = inner(x, u) ** (2 * n + 1)
    assert expected(odd).is_zero
    assert expected(inner(x, u) ** (2 * n + 2)) == value * square ** (n + 1)
    chi = sums.ONE
    for i in range(n):
        chi = chi * (d + sums.rational(2 * i))
    assert expected(inner(x, x) ** n) == chi
    with pytest.raises(Unevaluable, match="no polynomial"):
        expected(inner(x, u) * sums.number("S"))


def test_inner_products_of_matrices() -> None:
    """``|R^p − R^q|² = 2d − 2 tr R^{q−p}`` and ``⟨R, uvᵀ⟩ = ⟨u, Rv⟩``."""
    p, q = forms.variable("p"), forms.variable("q")
    gap = sums.turn(p) - sums.turn(q)
    turned = sums.atom(atoms.TRACE, forms.minus(q, p))
    assert inner(gap, gap) == 2 * sums.number("d") - 2 * turned
    u, v = sums.vector("theta"), sums.vector("v")
    both = outer(u, v)
    assert inner(sums.turn(p), both) == sums.atom(atoms.DOT, "theta", "v", p)
    assert inner(both, sums.turn(p)) == inner(sums.turn(p), both)
    assert inner(both, both) == inner(u, u) * inner(v, v)


def word(family: str, *path: forms.Form, letter: str = "theta") -> sums.Sums:
    return sums.atom(atoms.WORD, 0, family, path, letter, (), rank=1)


def test_words_of_a_family() -> None:
    p, q = forms.variable("p"), forms.variable("q")
    whole = partial(word, atoms.ORTHOGONAL)
    theta = sums.vector("theta")
    assert whole(p, p) == theta
    assert inner(whole(p), whole(q)) == inner(whole(q), whole(p))
    assert inner(whole(q), whole(q)) == inner(theta, theta) == inner(whole(p, q), whole(p, q))
    for change in (lambda: turned(whole(p, q), p), lambda: inner(whole(p, q), turned(theta, p))):
        with pytest.raises(Unevaluable, match="family"):  # R knows no T_j
            change()


def test_of_any_maps_nothing_is_known() -> None:
    """They neither keep lengths nor commute, and T_j takes one space to another."""
    p, q = forms.variable("p"), forms.variable("q")
    free = partial(word, atoms.ANY_MAPS)
    theta, x = sums.vector("theta"), sums.vector("x")
    assert free(p, p) != theta
    assert free(p, q) != free(q, p)
    assert inner(free(p, q), theta) == inner(free(p), free(q)) == inner(theta, free(q, p))
    assert inner(free(p), x) == inner(theta, maps.back(x, p))
    for change in (
        lambda: maps.image(x, p),
        lambda: maps.back(theta, p),
        lambda: inner(free(p), theta),
        lambda: inner(free(p), word(atoms.ORTHOGONAL, q)),
        lambda: maps.spread(maps.back(x, p)),
        lambda: derivative(free(p), "theta"),  # that of powers of R
        lambda: expected(inner(x, free(p)) * sums.number("D")),
    ):
        with pytest.raises(Unevaluable):
            change()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (step("", own(THETA), THETA, ""), "T_jᵀT_j = I"),
        (step("", over(J, over(I_, W[J] * W[I_] * Back(J, Image(I_, THETA)))), own(THETA), ""),
         "T_i = T_j"),
        (step("", Slope_(over(J, PI[J] * ENERGY[J]), X),
              over(J, PI[J] * ENERGY[J] * (Image(J, THETA) - X)), ""), "densities over N(0, I)"),
        (step("", Mean(Dot(X, Image(J, V)) * Back(J, X)), V, "", (J, Z_K)), "E xxᵀ = I, T_jᵀT_j"),
    ],
)  # fmt: skip
def test_what_holds_of_some_maps_only_is_not_proved_of_any(wrong: Theorem, why: str) -> None:
    assert wrong.step is not None
    assert unproved(wrong.step), why
    rng = random.Random(0)
    assert list(untrue(wrong.step, families(EVERY)(rng), rng)), why


#: Prints the normal forms of some derivations, in the order of the labels.
FORMS = """
import sys
from overspec.proofs.catalogue import DERIVATIONS
from overspec.proofs.language.every.proof import normal_forms
from overspec.proofs.language.expression import Unevaluable
from overspec.proofs.machinery.symbolic import EVERY

found = {}
for label in sys.argv[1:]:
    for number, step in enumerate(DERIVATIONS[label](EVERY).steps):
        try:
            sides = [side for pair in normal_forms(step) for side in pair]
        except Unevaluable:
            continue
        found[label, number] = [(len(b), f, str(c)) for side in sides for (b, f), c in side.terms]
print(*sorted(found.items()), sep="\\n")
"""


@pytest.mark.slow
def test_normal_forms_depend_neither_on_hashes_nor_on_what_was_read_before() -> None:
    labels = ["S5", "T6", "H", "T8", "I3", "I4"]

    def printed(seed: int, *labels: str) -> str:
        run = subprocess.run(
            [sys.executable, "-c", FORMS, *labels],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        )
        return run.stdout

    first = printed(1, *labels)
    assert len(first.splitlines()) > 20
    assert printed(2, *labels) == first
    assert printed(3, *reversed(labels)) == first


def test_a_sum_over_pairs_is_half_of_one_over_all() -> None:
    def below_j(body: Expr) -> Expr:
        return over(J, Sum(I_, body, below(J)))

    square = (U[I_] - U[J]) ** 2
    true = step(
        "", below_j(PI[I_] * PI[J] * square), over(I_, over(J, PI[I_] * PI[J] * square)) / 2, ""
    )
    missed = step("", below_j(PI[I_] * PI[J]), over(I_, over(J, PI[I_] * PI[J])) / 2, "")
    assert true.step is not None
    assert missed.step is not None
    assert unproved(true.step) == ""
    assert unproved(missed.step)  # half of the diagonal is too much
    with pytest.raises(Unevaluable, match="not symmetric"):
        read(below_j(PI[I_] * U[J]), {})
    with pytest.raises(Unevaluable, match="part of Z/k"):
        read(over(J, Sum(I_, PI[I_], below(M_))), {"m": ()})


def test_no_two_free_indices_take_the_place_of_each_other_in_turn() -> None:
    m, j = forms.variable("m"), forms.variable("j")
    at = sums.delta(forms.minus(m, j))
    assert at * sums.entry("pi", m) == at * sums.entry("pi", j)
    assert at * sums.root(m) == at * sums.root(j)
    assert sums.delta(forms.constant(1)).is_zero  # k ≥ 2
    assert not sums.delta(forms.constant(2)).is_zero  # k may be 2


def test_where_no_index_runs_k_is_a_letter() -> None:
    model = SymbolicModel.of(EVERY)
    true = step("", (K + 1) / (K - 1) - 1, 2 / (K - 1), "").step
    late_ = step("", (K + 1) / (K - 1) - 1, (1 + LATE) * 2 / (K - 1), "").step
    beyond = step("", U[K] / (1 + K), U[K] / (1 + K), "").step
    assert true is not None
    assert late_ is not None
    assert beyond is not None
    assert unproved(true, model) == ""
    assert "every k" in unproved(late_, model)
    assert "quotient" in unproved(true)  # without a model there are no letters
    assert unproved(beyond, model)  # u_k is no letter


def test_unit_weights_are_used_only_where_the_model_has_them() -> None:
    unit = step("", over(J, PI[J]), ONE, "").step
    assert unit is not None
    assert unproved(unit, symbolic_point(EVERY)) == ""
    assert unproved(unit, SymbolicModel.of(EVERY))


def test_a_quotient_by_what_may_vanish_is_not_read() -> None:
    with pytest.raises(Unevaluable, match="may be 0"):
        read(1 / PI[J], {"J": (), "j": ()})
    with pytest.raises(Unevaluable, match="by a sum"):
        read(1 / (1 + K), {})


def test_the_claim_has_any_k_and_the_error_among_its_mutants() -> None:
    claim = exact_claim("S2")
    assert claim.mutants[-1].words == LATE_WORDS
    assert judge(Late("S2"), (2,)).passed is False
    assert judge(Late("K1"), (2,)).passed is True  # nothing is rejected where nothing is proved
    assert Argument("S2").general() is general("S2")
    assert LATE_WORDS not in [form.words for form in exact_claim("K1").mutants]


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
    assert unproved(moment, symbolic_point(EVERY)) == ""
    assert unproved(moment)
    wrong = step("", mean(y**2), mean(Y[J] ** 2) + mean(Y[J]) ** 2, "").step
    assert unproved(wrong, symbolic_point(EVERY))


def test_what_only_code_computes_is_read_by_code_of_its_own() -> None:
    joint, third = ray()
    for theorem, wrong in zip((joint, third), ray(1, centred=False), strict=True):
        assert unproved(theorem.step, symbolic_point(EVERY)) == ""
        assert unproved(wrong.step, symbolic_point(EVERY))
    bare = replace(joint.step.lhs.expression, indexed=None)
    assert "computed" in unproved(step("", bare, bare, "").step, symbolic_point(EVERY))


@pytest.mark.parametrize("stands", [True, False])
def test_a_theorem_is_no_wider_than_those_it_cites(
    stands: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    whole = inspect.unwrap(for_every_k)
    monkeypatch.setattr(catalogue, "for_every_k", lambda label: asked.append(label) or stands)
    assert (whole("S2") is not None) is stands
    assert asked[0] in general("S2").depends
