"""Sums, ends and bounds typed again, where each term counts: few nodes, wide balls, zeros."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from flint import acb, arb, arb_mat, ctx

from overspec import Energies, Mixture
from overspec.verify.enclosures import (
    factors,
    laplace,
    laplace_hessian,
    lattice,
    lattice_hessian,
)
from overspec.verify.enclosures.ball import Ball, dyadic, to_ball
from overspec.verify.enclosures.bounds_hessian import polynomial_left_tail
from overspec.verify.enclosures.evaluate import certified_evaluation
from overspec.verify.enclosures.factors import Characters, least_energy, least_factor
from overspec.verify.enclosures.pairs import bounds as pair_bounds
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.pairs.grid import Grid

#: Nodes τ = −1, −1/2, 0, 1/2, 1, and two inner ones on each side: no term is small.
SMALL = laplace.LogGrid(
    Fraction(1, 2), -2, 2, 2, (Fraction(1), Fraction(1)), Fraction(1), Fraction(1), 100
)


def near(one: Ball, other: Ball) -> bool:
    return bool(abs(one - other) < 1e-25)


def moment(a: int, middle: Ball, c: Ball, step: Fraction, count: int) -> Ball:
    """``Σ_|n|≤count h φ(nh) G_a(τ + nδ)``, h = δ/c, where e^τ is given."""
    total, delta = arb(0), to_ball(step)
    for n in range(-count, count + 1):
        g, u = n * delta / c, middle * (n * delta).exp()
        total += delta / c * (-g * g / 2).exp() / (2 * arb.pi()).sqrt() * u**a * (-u).exp()
    return total


def test_every_node_of_the_lattice_is_in_the_sum() -> None:
    grid = lattice.Grid((Fraction(1), Fraction(1, 2)), Fraction(1), (Fraction(1),) * 2, 60)
    side = lattice.Side([[arb(0), arb(0)]] * 2, grid, range(2))
    assert side.squares == sorted(side.squares)
    assert {tuple(map(float, point)) for point in side.points} == {
        (0, -1), (0, -0.5), (0, 0), (0, 0.5), (0, 1), (-1, 0), (1, 0),
    }  # fmt: skip


@pytest.mark.parametrize("inner", [None, Fraction(1, 4)])
def test_the_moments_at_every_node(inner: Fraction | None) -> None:
    with ctx.workprec(100):
        c, group = arb(3) / 4, laplace.Group(arb(2) / 5, 1, {})
        if inner is None:
            tables, step, count = laplace.moment_tables(group, c, SMALL, 2), SMALL.step, 2
        else:
            angles = (Fraction(1), Fraction(1))
            step, count = inner, 3
            tables = factors._tables(group, c, SMALL, factors._Inner(step, count, angles))
        for a, table in enumerate(tables):
            assert len(table) == 5
            for index, found in enumerate(table, start=-2):
                at = group.weight * (to_ball(SMALL.step) * index).exp()
                assert near(found, moment(a, at, c, step, count))


def test_the_first_part_of_the_log_partition_at_every_node() -> None:
    with ctx.workprec(100):
        c = arb(3) / 4
        known = c * c / 2 - arb(1)
        for index in range(-2, 3):
            known += (-((c * c / 2 + arb(index) / 2).exp())).exp() / 2
        assert near(laplace._log_partition(arb(1), c, SMALL), known)


def test_tables_are_raised_by_upper_ends() -> None:
    """P in 1 ± 1/2, its errors up to 3/16 and 5/16."""
    errors = [[arb(1, 1) * 3 / 32, arb(1, 1) * 5 / 32]]
    stages = [stage[0][0][0] for stage in laplace.raised([[[arb(1, 0.5)]]], errors)]
    for found, exact in zip(stages, (24, 27, 32), strict=True):
        assert exact <= 16 * found.lower() <= 16 * found.upper() < exact + 1e-6


def test_pairs_where_a_moment_of_degree_0_is_0() -> None:
    """P_0 of one component is 0: only its own pairs are left, 2·Σ(1 − cos) a b z."""
    groups = [
        laplace.Group(arb(1) / 2, 1, {1: laplace.characters(3, [(0, 1)], 1)}),
        laplace.Group(arb(1) / 4, 2, {1: laplace.characters(3, [(1, 2)], 1)}),
    ]
    zeros, ones = [arb(0), arb(1) / 3], [arb(1) / 5, arb(1) / 7]
    found = laplace._pairs(groups, zeros, ones, arb(0), 1)
    assert abs(found - 2 * (2 * arb(3) / 2) / (3 * 5 * 7)) < 1e-12
    ratios = laplace._pairs(groups, [arb(1), arb(1)], ones, arb(1), 1)
    direct = laplace._pairs(groups, [arb(1), arb(1, 1)], ones, arb(1), 1)
    assert direct.contains(ratios)


def test_pairs_within_one_weight_where_a_moment_of_degree_0_is_0() -> None:
    """P_0 of the two components of one weight is 0: their own pair is left, a² (1 − cos), twice."""
    pair = laplace.Group(arb(1) / 3, 2, {1: laplace.characters(3, [(0, 2)], 1)})
    third = laplace.Group(arb(1) / 3, 1, {1: laplace.characters(3, [(2, 1)], 1)})
    found = laplace._pairs([pair, third], [arb(0), arb(1)], [arb(1) / 5, arb(1) / 7], arb(0), 1)
    assert abs(found - 2 * arb(3) / 2 / 25) < 1e-12


def test_what_a_node_left_out_may_be_worth_to_the_hessian() -> None:
    """P_0 = 0 ± 1/2, P_1 = 1, P_2 = 2 and 1, 1, 1: R = 3, U = 5 at the upper ends."""
    groups = [laplace.Group(arb(1) / 2, 1, {}), laplace.Group(arb(1) / 2, 1, {})]
    tables = [[[arb(0, 0.5)], [arb(1)], [arb(2)]], [[arb(1)]] * 3]
    for size in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 2, 3), (arb(3, 1) / 2, 0, 0)):
        (found,) = laplace_hessian._summed(
            groups, tables, arb(1), lambda *_: [arb(0)], lambda _, size=size: [size]
        )
        root = arb(3) + 2 * arb(5).sqrt()
        worth = sum(arb(t).upper() * 2 * root**n for n, t in enumerate(size, 2))
        assert worth * (1 - 1e-8) < found.rad() < worth * (1 + 1e-8)


#: P_0, P_1, P_2 of five components, those of one weight alike, at two nodes.
FIVE = [[(3, 1, 2), (2, 5, 4), (2, 5, 4), (7, 3, 3), (7, 3, 3)],
        [(1, 1, 1), (4, 1, 3), (4, 1, 3), (2, 2, 5), (2, 2, 5)]]  # fmt: skip
WEIGHTS = [laplace.Group(arb(1) / 5, n, {}) for n in (1, 2, 2)]


def nodes_of(five: list[list[Any]]) -> laplace_hessian.Nodes:
    """From the first of each weight."""
    tables = [[[arb(at[j][a]) for at in five] for a in range(3)] for j in (0, 1, 3)]
    return laplace_hessian._nodes(WEIGHTS, tables)[0]


def expected(at: list[tuple[int, ...]], chosen: tuple[int, ...]) -> Fraction:
    """``E Π Y_j`` over the chosen times ``Π P_0``, the Y independent."""
    return math.prod((Fraction(p[chosen.count(j)]) for j, p in enumerate(at)), start=Fraction(1))


def test_the_sums_that_bound_what_errors_do_to_the_hessian() -> None:
    """As they are defined: over all choices of components, with no two neighbours equal."""
    pairs = [(j, m) for j in range(5) for m in range(5) if j != m]
    chosen = [pairs, [(j, m, n) for j, m in pairs for n in range(5) if n != j],
              [(*one, *other) for one in pairs for other in pairs]]  # fmt: skip
    with ctx.workprec(200):
        found = laplace_hessian._products([1, 2, 2], nodes_of(FIVE))
        for total, every in zip(found, chosen, strict=True):
            assert near(total, to_ball(sum(expected(at, c) for at in FIVE for c in every)))


def test_errors_move_no_entry_of_the_hessian_by_more_than_the_bound() -> None:
    """Moments moved up or down by up to a half, against all of them moved up."""
    rng, c, keys = random.Random(1), arb(3) / 2, [(1, 1), (1, 2), (2, 2)]

    def entries(five: list[list[Any]]) -> list[Ball]:
        return laplace_hessian._matrix(5, [0, 1, 1, 2, 2], nodes_of(five), c)

    def most(five: list[list[Any]]) -> list[Ball]:
        scales = [c * c * arb(2) / 5] * 3
        return laplace_hessian._largest(keys, scales, [1, 2, 2], nodes_of(five))

    worst = []
    for _ in range(100):
        size = rng.choice([(0.5, 0.0, 0.0), (0.0, 0.5, 0.0), (0.0, 0.0, 0.5), (0.5, 0.5, 0.5)])
        raised = [[tuple(p + e for p, e in zip(of, size, strict=True)) for of in at] for at in FIVE]
        moved = [
            [tuple(p + rng.choice([-1, 1]) * e for p, e in zip(of, size, strict=True)) for of in at]
            for at in FIVE
        ]
        steps = [after - before for before, after in zip(most(FIVE), most(raised), strict=True)]
        for step, before, after in zip(steps, entries(FIVE), entries(moved), strict=True):
            assert abs(after - before) < step
            worst.append(float(abs(after - before) / step))
    assert max(worst) > 0.2


def test_every_node_of_the_hessian_is_in_the_sum_or_left_out() -> None:
    groups = [laplace.Group(arb(1) / 2, 1, {}), laplace.Group(arb(1) / 4, 2, {})]
    rows = [[arb(1), arb(0, 1), arb(2)], [arb(3)] * 3, [arb(5)] * 3]
    (means, variances, density), others = laplace_hessian._nodes(groups, [rows, rows])
    assert means == [[3, 3], [1.5, 1.5]]
    assert variances == [[-4, -4], [0.25, 0.25]]
    assert density == [1, 8]
    assert len(others) == 1


def test_the_sums_over_frequencies_have_every_term() -> None:
    grid = Grid(0.5, 2, 3, 1.0, 1.0, 5, 1.0)
    second, phase = arb(3) / 4, arb(1) / 3
    lines = pair_bounds._lines(grid, second, phase)
    for r, (plain, grown) in enumerate(zip(lines.mass, lines.grown, strict=True), start=-1):
        terms = []
        for xi in (arb(1) / 4, arb(3) / 4):
            square = (xi * second) ** 2
            fall = (-square / 2).exp() * (1 + square) / (arb.pi() * xi / 2).sinh()
            terms.append((xi, fall * xi**r / 2))
        assert abs(plain - sum(t for _, t in terms)) < 1e-12
        assert abs(grown - sum(t * (xi * phase / 2).exp() for xi, t in terms)) < 1e-12


@pytest.mark.parametrize("entries", [[1, 1], [1, 1, 1], [2, 3]])
def test_a_norm_is_rounded_up(entries: list[int]) -> None:
    for bits in (30, 53, 90):
        with ctx.workprec(bits):
            found = dyadic(lattice_hessian._norm([arb(n) for n in entries]))
        assert 0 < found**2 - sum(n * n for n in entries) < Fraction(100, 2**bits)


@pytest.mark.parametrize(
    ("weights", "point"),
    [
        ("linear", Energies.of_amplitudes(4, "1,0")),
        ("one-heavy:1/2", Energies.regular_simplex(4, 1)),
    ],
)
def test_all_eigenvalues_are_listed(weights: str, point: Energies) -> None:
    """Of the radial matrix, of the other axes, and 1 along what is left of R^5."""
    mixture = Mixture.simplex(4, weights, 5)
    found = certified_evaluation(mixture, point, 4, hessian=True).spectrum()
    measured = evaluate(mixture, point).hessian_spectrum
    assert measured is not None
    one, other = ([v for v, n in runs for _ in range(n)] for runs in (found, measured))
    assert [float(v.value) for v in one] == pytest.approx(other, abs=1e-3)


# --- the least factor


SIGNS = Characters.of(Mixture.simplex(5, "linear"))


def wide(monkeypatch: pytest.MonkeyPatch, value: Fraction, share: float) -> None:
    """Make one exact number a ball of such a relative radius."""
    monkeypatch.setattr(
        factors, "to_ball", lambda x: to_ball(x) * (arb(1, share) if x == value else 1)
    )


def test_the_least_factor_of_a_ball_of_radii(monkeypatch: pytest.MonkeyPatch) -> None:
    square, share = Fraction(10007, 10000), Fraction(1, 10**5)
    ends = [least_factor(SIGNS, square * (1 + s), 12) for s in (-share, share)]
    wide(monkeypatch, square, float(share))
    found = least_factor(SIGNS, square, 12)
    assert found.lower <= min(e.lower for e in ends) < max(e.upper for e in ends) <= found.upper


def test_the_least_energy_of_a_ball_of_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    true = least_energy(SIGNS, 20)
    wide(monkeypatch, Fraction(1, 3), 1e-6)
    found = least_energy(SIGNS, 20)
    assert true.value - found.lower > Fraction(1, 10**9)
    assert found.upper - true.value > Fraction(1, 10**9)


@pytest.mark.parametrize("scale", [Fraction(1), Fraction(1, 3)])
def test_too_many_candidates_are_bounded_together(
    monkeypatch: pytest.MonkeyPatch, scale: Fraction
) -> None:
    with ctx.workprec(100):
        row = arb_mat(1, 5, [to_ball(value) for value in SIGNS.values])
        form = row.transpose() * row
        low, high = SIGNS.least(form, to_ball(scale))
        monkeypatch.setattr(factors, "ONE_BY_ONE", 0)
        below, above = SIGNS.least(form, to_ball(scale))
        assert below < low < high < above
        assert above - below < 1e-11 * high
        below, above = SIGNS.least(form, to_ball(scale) * arb(1, 1e-6))
        assert 0.999998 * low < below < 0.9999995 * low
        assert 1.0000005 * high < above < 1.000002 * high


def test_the_least_factor_knows_what_its_inner_sums_leave_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signs, plain = Characters.of(Mixture.simplex(10**6, "one-heavy:1/2")), factors._inner
    sharp = least_factor(signs, Fraction(1), 15)
    monkeypatch.setattr(factors, "_inner", lambda *at: replace(plain(*at), count=60))
    rough = least_factor(signs, Fraction(1), 15)
    assert rough.lower <= sharp.lower < sharp.upper <= rough.upper < 1


def test_integrands_where_a_moment_of_degree_0_may_be_0() -> None:
    """Then they lie between 0 and twice the value at the upper ends."""
    groups = [laplace.Group(arb(1) / 2, 1, {1: acb(1)}), laplace.Group(arb(1) / 2, 1, {1: acb(1)})]
    zeros, ones = [[arb(1), arb(0, 0.5)], [arb(1), arb(1)]], [[arb(1), arb(0, 1)], [arb(1), arb(1)]]
    whole, form = factors._integrals(groups, [zeros, ones])
    # Π P_0 (Σ q)²: 4 at the first node; ½ (2 + 1)² at the second, at the upper ends
    assert form.entries() == [1, 1, 1, 1]
    assert abs(whole.lower() - 4) < 1e-6
    assert abs(whole.upper() - (4 + 2 * 4.5)) < 1e-6


def test_the_left_tail_of_the_hessian_where_no_term_is_small() -> None:
    """``Σ_n t_n/Γ(n) s₀^n e^{(n−2)c²} Σ_{τ < first} δ e^{nτ}``, the nodes one by one."""
    step, c, first, sizes = 0.5, 0.75, 1.0, (2.0, 3.0, 5.0)
    expected = 0.0
    for n, size in enumerate(sizes, start=2):
        nodes = sum(step * math.exp(n * (first - j * step)) for j in range(1, 100))
        share = math.exp(n * c * c / 2 + (n - 2) * c * c) / math.factorial(n - 1)
        expected += size * share * nodes
    with ctx.workprec(80):
        found = polynomial_left_tail(arb(step), arb(c), arb(first), [arb(t) for t in sizes])
    assert float(found) == pytest.approx(expected, rel=1e-12)
