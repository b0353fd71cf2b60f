"""Conjecture H: the expansions, the patterns, and what EM does with them at finite radius."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import sympy

from overspec.errors import InputError
from overspec.mixture import Energies, Mixture, weight_symbols
from overspec.proofs.language.derivation import Method
from overspec.proofs.weights.classified import few_components
from overspec.proofs.weights.difference_sets import (
    constant_pairs,
    difference_sets,
    keeping_partitions,
)
from overspec.proofs.weights.four_components import four_components
from overspec.proofs.weights.monomials import alike_but_one, components, solved_by
from overspec.proofs.weights.pair_moments import (
    Keeping,
    correlations,
    keeps_simplex,
    pair_moment,
    simplex_gain,
)
from overspec.proofs.weights.simplex_keeping import simplex_keeping
from overspec.verify.engines.evaluate import evaluate
from overspec.weights import Weights

RESIDUES = [Fraction(w, 14) for w in (5, 2, 2, 1, 2, 1, 1)]  # {0}, squares and the rest, mod 7


@pytest.mark.slow
@pytest.mark.parametrize("k", range(2, 8))  # 2 … 4: in test_derivation too
def test_the_derivation_stands_and_its_mutants_fall(k: int) -> None:
    derivation = simplex_keeping(k)
    assert derivation.recheck(seed=k) == ()
    if k in (3, 4):
        for name, mutant in derivation.mutants():
            found = {f.method for f in mutant.recheck()} - {Method.STATEMENT}
            assert found == {Method.SYMBOLIC, Method.WITNESS, Method.READING}, name


@pytest.mark.slow
def test_four_components() -> None:
    derivation = four_components()
    assert derivation.recheck(seed=3) == ()
    for name, mutant in derivation.mutants():
        found = {f.method for f in mutant.recheck()} - {Method.STATEMENT}
        assert found == {Method.SYMBOLIC, Method.WITNESS, Method.READING}, name


@pytest.mark.slow
@pytest.mark.parametrize("k", [5, 6, 7])
def test_all_weights_that_keep_a_simplex_of_five_to_seven(k: int) -> None:
    derivation = few_components(k)
    assert derivation.recheck(seed=k) == ()
    for name, mutant in derivation.mutants():
        found = {f.method for f in mutant.recheck()} - {Method.STATEMENT}
        assert found == {Method.SYMBOLIC, Method.WITNESS, Method.READING}, name
    assert ("2j" in derivation.statement.text) is (k == 7)
    shapes = {tuple(sorted(map(len, p))) for p in keeping_partitions(k)}
    assert shapes == {(k,), (1, k - 1)} | ({(1, 3, 3), (3, 4)} if k == 7 else set())


def test_other_components_are_not_classified() -> None:
    with pytest.raises(InputError, match="5, 6 and 7"):
        few_components(8)


def test_monomial_equations() -> None:
    assert components([(1, -2)]) == 1
    assert components([(2, 0), (0, 3)]) == 6
    assert solved_by([(2, -3, 1), (3, -1, -2)], (1, 1, 1), 7)
    assert not solved_by([(2, -3, 1), (3, -1, -2)], (5, 3, -1), 7)
    assert not solved_by([(2, -6, 2), (3, -1, -2)], (1, 1, 1), 7)
    assert not solved_by([(4, -6, 2), (3, -1, -2)], (1, 1, 1), 7)  # 14 components, 7 shifts
    assert alike_but_one([Fraction(1, 5), Fraction(2, 5)], 5)
    assert alike_but_one([Fraction(1, 2), Fraction(1, 2)], 5)
    assert not alike_but_one([Fraction(1, 5), Fraction(1, 5)], 5)


def test_weights_flat_at_orders_zero_and_two_alone_do_not_keep_the_simplex() -> None:
    """k = 5 on the curve x = z³, y = z, at z = e^{2πi t} off the tenth roots of unity."""
    t, rho = 0.137, 0.06
    z = [3 * t, t, -t, -3 * t]
    waves = [[np.cos(2 * np.pi * (a - f * i / 5)) for f, a in enumerate(z, 1)] for i in range(5)]
    pi = [(1 + rho * sum(wave)) / 5 for wave in waves]
    weights = [Fraction(round(p * 10**12), 10**12) for p in pi]
    weights[0] += 1 - sum(weights)
    gaps = [abs(float(a - b)) for a, b in (correlations(weights, n) for n in range(3))]
    assert min(weights) > 0
    assert max(gaps[:2]) < 1e-12
    # g_1 − g_2 = √5 (C_2 − C_1), and the size of order 4 is 6/25 ρ⁴ |z⁵ − z⁻⁵|²
    size = 6 / 25 * rho**4 * abs(2 * np.sin(10 * np.pi * t)) ** 2
    assert gaps[2] * np.sqrt(5) == pytest.approx(size, rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("k", [4, 5])
def test_far_out_the_factors_see_the_logarithms_of_the_weights(k: int) -> None:
    """``c³(g_1 − g_2) → κ(|ℓ̂_1|² − |ℓ̂_2|²)``, against the engine at r = 64."""
    weights = Weights.of("linear", k)
    logs = np.log([float(w) for w in weights])
    spectrum = np.abs(np.fft.fft(logs)) ** 2
    n = k - 2
    t, step = np.linspace(-9, 9, 20001, retstep=True)
    phi = np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi)
    cdf = np.cumsum(phi) * step
    kappa = np.sum(phi**2 * cdf ** (n - 2) * (t * cdf + phi) ** 2) * step
    r = 64
    g = evaluate(Mixture.simplex(k, weights), Energies.regular_simplex(k, r), digits=12).g
    c = r * np.sqrt(k / (k - 1))
    found = c**3 * float(g[1] - g[2])
    assert found == pytest.approx(kappa * (spectrum[1] - spectrum[2]), rel=5e-3)


@pytest.mark.parametrize("k", [4, 5])
def test_the_expansion_of_g_is_what_the_engine_sees(k: int) -> None:
    """g_m = |π̂_m|² + r²G_m + O(r⁴): the remainder falls by 16 when r is halved."""
    weights = Weights.of("linear", k)
    numbers = dict(zip(weight_symbols(k), [sympy.Rational(str(w)) for w in weights], strict=True))
    gains = [float(simplex_gain(k, m).subs(numbers)) for m in range(1, k // 2 + 1)]
    mixture = Mixture.simplex(k, weights)
    dft = np.abs(np.fft.fft([float(w) for w in weights])) ** 2
    left = []
    for r in (Fraction(1, 5), Fraction(1, 10)):
        g = evaluate(mixture, Energies.regular_simplex(k, r), digits=12).g
        rows = zip(g[1:], dft[1:], gains, strict=False)
        left.append([float(a) - b - float(r) ** 2 * c for a, b, c in rows])
    for coarse, fine in zip(*left, strict=True):
        assert 12 < coarse / fine < 20


def test_order_four_at_finite_radius() -> None:
    """The power-sum polynomials against quadrature of the iid form, for E w_0w_1 at k = 3."""
    weights = [Fraction(1, 2), Fraction(3, 10), Fraction(1, 5)]
    nodes, mass = np.polynomial.hermite_e.hermegauss(40)
    mass = mass / mass.sum()
    grid = np.meshgrid(nodes, nodes, nodes, indexing="ij")
    measure = np.einsum("a,b,c->abc", mass, mass, mass)
    sums = [sum(w**p for w in weights) for p in range(2, 9)]

    def series(c: float, orders: int) -> float:
        total = 0.0
        for n in range(orders):
            polynomial = pair_moment(n).as_expr()
            names = ["a", "b", *(f"p{p}" for p in range(2, 9))]
            point = dict(zip(names, [*weights[:2], *sums], strict=True))
            total += float(polynomial.subs(point)) * c ** (2 * n)
        return total

    def quadrature(c: float) -> float:
        e = [float(w) * np.exp(c * g) for w, g in zip(weights, grid, strict=True)]
        return float((measure * e[0] * e[1] / sum(e) ** 2).sum())

    errors = [abs(series(0.1, orders) - quadrature(0.1)) for orders in (1, 2, 3, 4)]
    assert all(b < a / 10 for a, b in pairwise(errors))
    assert errors[-1] < 1e-8


def test_verdicts() -> None:
    assert keeps_simplex(Weights.of("one-heavy:1/2", 6)).keeping is Keeping.KEEPS
    assert keeps_simplex(Weights.of("uniform", 9)).keeping is Keeping.KEEPS
    assert keeps_simplex(Weights.of(RESIDUES)).keeping is Keeping.KEEPS  # three values: H is false
    linear = keeps_simplex(Weights.of("linear", 4))
    assert (linear.keeping, linear.order) == (Keeping.FAILS, 0)
    # |π̂_1| = |π̂_2| and order r² agree, order r⁴ does not: t = 5/20, α = 3/20, β = 4/20
    flat = Weights.of([Fraction(n, 80) for n in (31, 23, 19, 7)])
    assert [len(set(correlations(list(flat), n))) for n in range(3)] == [1, 1, 2]  # type: ignore[arg-type]
    assert (keeps_simplex(flat).keeping, keeps_simplex(flat).order) == (Keeping.FAILS, 4)
    assert keeps_simplex(flat, orders=2).keeping is Keeping.OPEN
    with pytest.raises(InputError, match="rational"):
        keeps_simplex(Weights.of("sqrt(2)/2,1-sqrt(2)/2"))


def test_difference_sets_of_the_literature() -> None:
    assert len([d for d in difference_sets(7) if len(d) == 3]) == 14  # two multiplier orbits
    assert len([d for d in difference_sets(13) if len(d) == 4]) == 52  # four planes, 13 shifts
    assert {len(d) for d in difference_sets(13)} == {1, 4, 9, 12, 13}
    assert {len(d) for d in difference_sets(12)} == {1, 11, 12}
    assert {len(d) for d in difference_sets(11)} == {1, 5, 6, 10, 11}
    assert {len(d) for d in difference_sets(15)} == {1, 7, 8, 14, 15}
    for k in (7, 11):
        sizes = {tuple(sorted(map(len, p))) for p in keeping_partitions(k)}
        assert (1, (k - 1) // 2, (k - 1) // 2) in sizes
        assert all(constant_pairs(k, pattern) for pattern in keeping_partitions(k))


@pytest.mark.parametrize("k", [3, 4, 5, 7])
def test_patterns_by_brute_force(k: int) -> None:
    """keeping_partitions against all set partitions of Z_k."""

    def partitions(items: list[int]) -> list[list[list[int]]]:
        if not items:
            return [[]]
        first, rest = items[0], items[1:]
        out = []
        for p in partitions(rest):
            out += [[[first, *p[i]], *p[:i], *p[i + 1 :]] for i in range(len(p))]
            out.append([[first], *p])
        return out

    everything = {
        frozenset(map(tuple, map(sorted, p)))
        for p in partitions(list(range(k)))
        if constant_pairs(k, p)
    }
    assert everything == {frozenset(p) for p in keeping_partitions(k)}


@pytest.mark.parametrize(
    ("weights", "kept"),
    [
        (RESIDUES, True),  # three values, {0} ∪ squares ∪ rest
        ([Fraction(w, 10) for w in (1, 2, 2, 1, 2, 1, 1)], True),  # (7, 3, 1)
        ([Fraction(w, 11) for w in (2, 1, 1, 2, 1, 2, 2)], True),  # its complement
        ([Fraction(w, 10) for w in (1, 1, 2, 2, 1, 2, 1)], True),  # shifted
        ([Fraction(w, 10) for w in (2, 2, 2, 1, 1, 1, 1)], False),
        ([Fraction(w, 14) for w in (5, 2, 2, 2, 1, 1, 1)], False),
    ],
)
def test_at_a_radius_of_order_one(weights: list[Fraction], kept: bool) -> None:
    """EM itself on the orbit at r = 2, by sampling x: the g_m agree, or they clearly do not."""
    k, radius, size = 7, 2.0, 200_000
    x = np.random.default_rng(7).standard_normal((size, 3, 2))
    angles = 2 * np.pi * np.outer(np.arange(k), [1, 2, 3]) / k
    logits = radius / np.sqrt(3) * (x[:, :, 0] @ np.cos(angles).T + x[:, :, 1] @ np.sin(angles).T)
    w = np.array([float(p) for p in weights]) * np.exp(logits)
    w /= w.sum(axis=1, keepdims=True)
    g = np.abs(np.fft.fft(w, axis=1)[:, 1:4]) ** 2
    scores = []
    for a, b in ((0, 1), (0, 2), (1, 2)):
        gap = g[:, a] - g[:, b]
        scores.append(abs(gap.mean()) / (gap.std() / np.sqrt(size)))
    assert max(scores) < 4 if kept else max(scores) > 8
    assert (keeps_simplex(Weights.of(weights)).keeping is Keeping.KEEPS) == kept
