"""Enclosures, fixed points and contraction factors of models: against other methods, and wrong."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from flint import arb, ctx

import overspec as ov
from overspec.verify.enclosures.ball import Inconclusive
from overspec.verify.models import ball_lattice, balls, contraction, fixed_points
from overspec.verify.models.reference import reference
from overspec.weights import Weights

TWO = ov.Truth([1, -1], "1/2,1/2")
BOTH = ov.Model.pairs(1, "learned", "isotropic-learned")
PAIRS = ov.Model.pairs(1)


def holds(interval: Any, value: Any) -> bool:
    """Whether an interval contains a number known to about 10⁻²²."""
    slack = Fraction(1, 10**21)
    number = Fraction(mpmath.nstr(value, 40))
    return bool(interval.lower - slack <= number <= interval.upper + slack)


@pytest.mark.parametrize(
    ("model", "truth", "theta"),
    [
        (PAIRS, TWO, ["1/2"]),
        (ov.Model.pairs(1, "9/10,1/10"), ov.Truth.normal("3/2"), ["5/4"]),
        pytest.param(
            ov.Model(["1,1", "2,-1", "0,1"], "1/2,1/3,1/6", shifts=["1/3", 0, -1]),
            ov.Truth(["-1/2", "3/4"], "2/3,1/3"),
            ["1/4", "-1/2"],
            marks=pytest.mark.slow,
        ),
    ],
    ids=["pairs", "variance", "maps"],
)
def test_enclosures_contain_what_mpmath_integrates(
    model: ov.Model, truth: ov.Truth, theta: list[str]
) -> None:
    found = ov.certify_model(model, truth, theta, 18)
    point = [mpmath.mpf(Fraction(a).numerator) / Fraction(a).denominator for a in theta]
    true = reference(model, truth, point, 26, gradient=False)
    assert holds(found.kl, true.kl)
    assert all(holds(a, b) for a, b in zip(found.after, true.after, strict=True))
    numbers = (found.kl, *found.after, *found.gradient, *found.hessian[0], *found.jacobian[0])
    assert max(n.error for n in numbers) < Fraction(1, 10**16)


def test_enclosures_contain_the_doubles_in_the_plane() -> None:
    model = ov.Model(["1,0;0,1", "-1,1/2;0,-1"], "2/5,3/5", shifts=["0,0", "1/2,0"])
    truth = ov.Truth.normal("1,1/4;1/4,1")
    sure = ov.certify_model(model, truth, ["1/2", "1/3"], 6)
    near = ov.evaluate_model(model, truth, ["1/2", "1/3"])
    slack = 1e-11
    for intervals, values in (
        ((sure.kl,), [near.kl]),
        (sure.after, near.after.theta),
        (sure.gradient, near.gradient),
        (sum(sure.hessian, ()), near.hessian.ravel()),
        (sum(sure.jacobian, ()), near.jacobian.ravel()),
    ):
        for interval, value in zip(intervals, values, strict=True):
            assert float(interval.lower) - slack <= value <= float(interval.upper) + slack
            assert interval.error < 1e-5


@pytest.mark.parametrize(
    ("model", "truth", "theta", "weights"),
    [
        (BOTH, ov.Truth([2, -1], "1/3,2/3"), ["1/2"], "3/5,2/5"),
        pytest.param(
            ov.Model.free(2, 2, "learned", "isotropic-learned"),
            ov.Truth.normal("1,1/4;1/4,1"), ["1/2", "1/3", "-1", "0"], "3/5,2/5",
            marks=pytest.mark.slow,
        ),
    ],
)  # fmt: skip
def test_what_is_learned_is_enclosed(
    model: ov.Model, truth: ov.Truth, theta: list[str], weights: str
) -> None:
    """Against doubles: KL, the state after a step, and all derivatives of the EM map."""
    sure = ov.certify_model(model, truth, theta, 6, weights=weights, variance="3/4")
    near = ov.evaluate_model(model, truth, theta, weights.split(","), "3/4")
    assert sure.spread is not None
    for intervals, values in (
        ((sure.kl, sure.spread), [near.kl, near.after.variance]),
        (sure.after + sure.shares, [*near.after.theta, *near.after.weights]),
        (sure.gradient, near.gradient),
        (sum(sure.hessian, ()), near.hessian.ravel()),
        (sum(sure.jacobian, ()), near.jacobian.ravel()),
    ):
        for interval, value in zip(intervals, values, strict=True):
            assert float(interval.lower) - 1e-11 <= value <= float(interval.upper) + 1e-11
            assert interval.error < 1e-4


def test_the_derivative_of_what_is_learned_is_that_of_differences() -> None:
    """Of the enclosures themselves, by 10⁻⁹ to both sides, in θ, π and v."""
    truth, h = ov.Truth([2, -1], "1/3,2/3"), Fraction(1, 10**9)

    def state(way: tuple[int, int, int]) -> list[Fraction]:
        a, b, c = (h * n for n in way)
        pi = (Fraction(3, 5) + b, Fraction(2, 5) - b)
        found = ov.certify_model(
            BOTH, truth, Fraction(1, 2) + a, 25, weights=pi, variance=Fraction(3, 4) + c
        )
        assert found.spread is not None
        return [n.value for n in (*found.after, *found.shares, found.spread)]

    here = ov.certify_model(BOTH, truth, "1/2", 25, weights="3/5,2/5", variance="3/4")
    for way in ((1, 0, 0), (0, 1, 0), (0, 0, 1)):
        slopes = [
            (up - down) / (2 * h)
            for up, down in zip(state(way), state(tuple(-n for n in way)), strict=True)
        ]
        moved = (way[0], way[1], -way[1], way[2])
        for row, slope in zip(here.jacobian, slopes, strict=True):
            value = sum(m * n.value for m, n in zip(moved, row, strict=True))
            assert float(slope) == pytest.approx(float(value), abs=1e-14)


def test_the_bounds_of_what_is_missed_are_bounds() -> None:
    """A lattice so coarse that its error shows: the enclosure must still hold."""
    from flint import arb, ctx

    true = reference(PAIRS, TWO, ["2"], 18, gradient=False)
    with ctx.workprec(100):
        maps = ball_lattice.in_balls(PAIRS)
        theta = balls.at_point(["2"], 1)
        for digits in (1, 2, 3):
            nodes = ball_lattice.lattice(maps, TWO, theta, digits)
            found = balls.enclosed(maps, theta, nodes)
            kl = balls.divergence(maps, theta, nodes)
            assert kl.overlaps(arb(str(true.kl)))
            assert found.after[0].overlaps(arb(str(true.after[0])))
            for ball in (found.after[0], found.pulled[0]):  # G = 1, so M = b
                error = abs(float(ball.mid()) - float(true.after[0]))
                assert error < float(ball.rad())


def test_what_is_missed_of_what_is_learned_is_bounded() -> None:
    """The same of Σ w_j|x − c_j|² and of every entry of DM in (θ, π, v)."""
    from flint import arb, ctx

    pi = Weights.of("3/5,2/5")
    with ctx.workprec(100):
        maps, theta = ball_lattice.in_balls(BOTH.at(pi, Fraction(1))), balls.at_point(["2"], 1)
        learned = balls.Learned(True, arb(1))

        def entries(digits: int) -> list[Any]:
            nodes = ball_lattice.lattice(maps, TWO, theta, digits)
            found = balls.enclosed(maps, theta, nodes, learned=learned)
            return [found.squares, *(e for row in found.jacobian for e in row)]

        fine = entries(20)
        assert len(fine) == 1 + 4 * 4
        for digits in (1, 2, 3):
            for coarse, exact in zip(entries(digits), fine, strict=True):
                assert coarse.contains(exact)


def test_the_bound_of_aliasing_alone_is_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coarse steps with all the nodes that matter: what is left of the error is aliasing."""
    from flint import ctx

    monkeypatch.setattr(ball_lattice, "_radius", lambda d, digits: 12.0)
    true = float(ov.evaluate_model(PAIRS, TWO, 2).after.theta[0])
    with ctx.workprec(100):
        maps, theta = ball_lattice.in_balls(PAIRS), balls.at_point(["2"], 1)
        for digits in (1, 2, 3):
            nodes = ball_lattice.lattice(maps, TWO, theta, digits)
            ball = balls.enclosed(maps, theta, nodes).pulled[0]
            assert 1e-12 < abs(float(ball.mid()) - true) < float(ball.rad())


def test_far_means_over_a_box() -> None:
    """Responsibilities of a wide box stay within 0 and 1, and contain those of its points."""
    model = ov.Model.free(3, 1, "1/4,1/2,1/4")
    truth = model.truth("-20,0,20")
    with ctx.workprec(64):
        maps = ball_lattice.in_balls(model)
        theta = [arb(c, 2) for c in (-20, 0, 20)]
        nodes = ball_lattice.lattice(maps, truth, theta, 8)
        over = balls.enclosed(maps, theta, nodes, jacobian=False)
        for moved in ([-22, 2, 20], [-18, -2, 22], [-20, 0, 18]):
            here = balls.enclosed(maps, list(map(arb, moved)), nodes, jacobian=False)
            for wide, narrow in zip(over.shares, here.shares, strict=True):
                assert wide.overlaps(narrow)
                assert 0 < narrow < 1
            for a in range(3):
                assert over.hessian[a][a].contains(here.hessian[a][a].mid())
    assert all(share.rad() < arb("1e-3") for share in over.shares)


def test_a_box_has_the_responsibilities_of_all_its_points() -> None:
    model = ov.Model.free(2, 1, "1/4,3/4")
    with ctx.workprec(64):
        maps = ball_lattice.in_balls(model)
        theta = [arb(c, 0.5) for c in (-1, 1)]
        nodes = ball_lattice.lattice(maps, model.truth("-1,1"), theta, 8)
        over = balls.enclosed(maps, theta, nodes, jacobian=False)
        for moved in ([-1.5, 0.5], [-0.5, 1.5], [-1.5, 1.5]):
            here = balls.enclosed(maps, list(map(arb, moved)), nodes, jacobian=False)
            for wide, narrow in zip(over.shares, here.shares, strict=True):
                assert wide.contains(narrow.mid())


def test_exactly_three_stationary_points() -> None:
    """Entry 3: the balanced pair in one dimension."""
    found = ov.fixed_points(PAIRS, TWO, -3, 3)
    assert found.complete
    assert [p.stable for p in found.points] == ["minimum", "maximum", "minimum"]
    for point, value in zip(found.points, (-1, 0, 1), strict=True):
        assert value in point.theta[0]
        assert point.theta[0].error < 1e-12


def test_a_wrong_weight_has_a_spurious_fixed_point() -> None:
    """Entry 6: known unbalanced weights and a far truth: a stable wrong fixed point; 0 is none."""
    model = ov.Model.pairs(1, "7/10,3/10")
    far = ov.fixed_points(model, model.truth(1), -2, 2)
    near = ov.fixed_points(model, model.truth("1/2"), -2, 2)
    assert far.complete
    assert near.complete
    assert [p.stable for p in far.points] == ["minimum", "maximum", "minimum"]
    assert [p.stable for p in near.points] == ["minimum"]
    assert Fraction(1, 2) in near.points[0].theta[0]
    start = float(far.points[0].theta[0].value)
    run = ov.run_model(model, model.truth(1), start, 50)
    assert abs(run.theta[-1, 0] - start) < 1e-10  # EM stays there


@pytest.mark.slow
def test_two_free_means_have_three_fixed_points_near_the_truth() -> None:
    """p = 2: the truth, its swap, and the saddle where both means are the average."""
    model = ov.Model.free(2, 1)
    found = ov.fixed_points(model, ov.Truth([2, -2], "1/2,1/2"), [-3, -3], [3, 3])
    assert found.complete
    assert sorted(p.stable for p in found.points) == ["minimum", "minimum", "saddle"]


@pytest.mark.slow
def test_three_free_means_of_which_two_are_one_are_at_a_saddle() -> None:
    """p = 3: θ_1 = θ_2 is kept by EM, and the one such fixed point here repels."""
    truth = ov.Truth([-2, 0, 2], "1/3,1/3,1/3")
    model = ov.Model.free(3, 1, "1/2,1/4,1/4")
    found = ov.fixed_points(model, truth, ["-3/2", "-3/2", "1"], ["1/2", "1/2", "3"])
    assert found.complete
    ((first, second, third),) = [point.theta for point in found.points]
    assert [point.stable for point in found.points] == ["saddle"]
    assert abs(float(first.value - second.value)) < 1e-9
    run = ov.run_model(model, truth, [first.value, first.value, third.value], 5)
    assert abs(run.theta[-1] - run.theta[0]).max() < 1e-9


def test_a_degenerate_fixed_point_is_left_undecided() -> None:
    """Balanced weights and N(0, 1): ∇²L(0) = 0, so no interval proves that 0 is one point."""
    found = ov.fixed_points(PAIRS, ov.Truth.standard(1), -1, 2, smallest="1/10")
    assert not found.complete
    assert not found.points
    assert all(low > -1 and high < 1 for ((low, high),) in found.undecided)


def test_basins_on_a_line_are_those_of_runs() -> None:
    """Entry 6 with a far truth: the wrong limit attracts an interval."""
    model = ov.Model.pairs(1, "7/10,3/10")
    found = ov.line_basins(model, model.truth(1), -2, 2)
    assert not isinstance(found, Inconclusive)
    assert len(found.gaps) == 4
    for gap in found.gaps:
        assert gap.limit is not None
        for share in (0.05, 0.5, 0.95):
            start = float(gap.low.value) * (1 - share) + float(gap.high.value) * share
            run = ov.run_model(model, model.truth(1), start, 400, tolerance=1e-9)
            assert abs(run.theta[-1, 0] - float(gap.limit.theta[0].value)) < 1e-6


def test_where_basins_are_not_proved_it_says_why() -> None:
    degenerate = ov.line_basins(PAIRS, ov.Truth.standard(1), -1, 1)
    assert isinstance(degenerate, Inconclusive)
    assert "undecided" in degenerate.reason
    outside = ov.line_basins(PAIRS, TWO, "1/4", "3/4")
    assert not isinstance(outside, Inconclusive)
    assert [gap.limit for gap in outside.gaps] == [None]  # EM leaves to the right, towards 1
    falling = ov.Model([1, "5/9"], "1/2,1/2", shifts=[0, 2])
    truth = ov.Truth([-3, 0], "1/2,1/2")
    assert ov.evaluate_model(falling, truth, 4).jacobian[0, 0] < -0.5
    reason = ov.line_basins(falling, truth, 3, 5)
    assert isinstance(reason, Inconclusive)
    assert "increase" in reason.reason


def test_a_cover_bounds_the_factor_from_both_sides() -> None:
    found = ov.contraction(PAIRS, TWO, 1, "1/2", 2, tolerance="1/10")
    assert found.conclusive
    grid = np.linspace(0.5, 2, 41)
    factors = [
        abs(float(ov.evaluate_model(PAIRS, TWO, a).after.theta[0]) - 1) / abs(a - 1) for a in grid
    ]
    assert float(found.inf.lower) <= min(factors)
    assert max(factors) <= float(found.sup.upper)
    assert max(factors) > float(found.sup.lower) - 0.1
    assert min(factors) < float(found.inf.upper) + 0.1


def test_the_factor_at_the_fixed_point_is_the_slope() -> None:
    """A box around θ*: the factor's limit there is DM(θ*) = E x² sech²(μx) (entry 2)."""
    with mpmath.workdps(20):
        slope = mpmath.quad(
            lambda x: x**2 * mpmath.sech(x) ** 2 * mpmath.npdf(x, 1), [-12, -4, 0, 1, 4, 14]
        )
    found = ov.contraction(PAIRS, TWO, 1, "99/100", "101/100", tolerance="1/20")
    assert float(found.inf.lower) < slope < float(found.sup.upper)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ov.certify_model(PAIRS, ov.Truth.standard(2), 1), "a truth with d = 2"),
        (lambda: ov.certify_model(PAIRS, TWO, 0.5), "is not exact"),
        (lambda: ov.certify_model(PAIRS, TWO, "1,2"), "theta has 2 entries, not 1"),
        (lambda: ov.certify_model(PAIRS, TWO, 1, 0), "digits = 0"),
        (
            lambda: ov.fixed_points(ov.Model.pairs(1, "learned"), TWO, 0, 1),
            "proofs over a region are for fixed weights",
        ),
        (lambda: ov.certify_model(PAIRS, TWO, 1, weights="1/2,1/2"), "this model has fixed"),
        (lambda: ov.certify_model(PAIRS, TWO, 1, variance="1/2"), "this model has covariance I"),
        (lambda: ov.certify_model(BOTH, TWO, 1, variance="-1"), "use a rational number > 0"),
        (lambda: ov.certify_model(BOTH, TWO, 1, weights="1/2,1/3"), "sum to 5/6"),
        (lambda: ov.certify_model("x", TWO, 1), "give a Model and a Truth"),
        (
            lambda: ov.certify_model(ov.Model.pairs(3), ov.Truth.standard(3), "5,5,5", 40),
            "more than 400000 nodes",
        ),
        (lambda: ov.fixed_points(PAIRS, TWO, 3, -3), "low must be below high"),
        (lambda: ov.fixed_points(PAIRS, TWO, "sqrt(2)", 3), "corners of a box are rational"),
        (lambda: ov.fixed_points(PAIRS, TWO, 0, 1, budget=0), "use numbers > 0"),
        (
            lambda: ov.fixed_points(ov.Model.free(4, 1), TWO, [0] * 4, [1] * 4),
            "p = 4: boxes of theta are searched for p <= 3",
        ),
        (
            lambda: ov.contraction(ov.Model.free(3, 1), TWO, [0] * 3, [0] * 3, [1] * 3),
            "p = 3: boxes of theta are searched for p <= 2",
        ),
        (lambda: ov.line_basins(ov.Model.free(2, 1), TWO, 0, 1), "p = 2: basins on a line"),
        (lambda: ov.contraction(PAIRS, TWO, 2, 1, 3), "center is not known to be a fixed point"),
        (lambda: ov.contraction(PAIRS, TWO, 1, 1, 3, tolerance=0), "use numbers > 0"),
    ],
)
@pytest.mark.quick
def test_what_is_wrong_is_said(call: Any, message: str) -> None:
    with pytest.raises(ov.InputError, match=message):
        call()


def test_a_budget_that_is_spent_is_told() -> None:
    few = ov.fixed_points(PAIRS, TWO, "1/2", 3, budget=2)
    assert not few.complete
    loose = ov.contraction(PAIRS, TWO, 1, "1/2", 2, tolerance="1/1000", budget=4)
    assert not loose.conclusive
    assert loose.sup.lower < loose.sup.upper
    assert "certified" in str(loose)


@pytest.mark.quick
def test_singular_values_of_a_matrix() -> None:
    from flint import arb

    for seed in range(5):
        a = np.random.default_rng(seed).normal(size=(2, 2))
        low, high = contraction.singular([[arb(float(x)) for x in row] for row in a])
        values = np.linalg.svd(a, compute_uv=False)
        assert abs(float(high.mid()) - values[0]) < 1e-12
        assert abs(float(low.mid()) - values[1]) < 1e-12


@pytest.mark.quick
@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ([[1]], "minimum"),
        ([[-1]], "maximum"),
        ([[0]], "undecided"),
        ([[1, 0], [0, -1]], "saddle"),
        ([[2, 1], [1, 2]], "minimum"),
        ([[-2, 1], [1, -2]], "maximum"),
        ([[1, 1], [1, 1]], "undecided"),
        ([[2, 1, 0], [1, 2, 1], [0, 1, 2]], "minimum"),
        ([[-2, 1, 0], [1, -2, 1], [0, 1, -2]], "maximum"),
        ([[2, 1, 0], [1, 2, 2], [0, 2, 2]], "saddle"),  # det < 0, the first two minors positive
        ([[-1, 0, 0], [0, -1, 0], [0, 0, 2]], "saddle"),  # det > 0
        ([[1, 0, 0], [0, 0, 0], [0, 0, -1]], "saddle"),
        ([[1, 0, 0], [0, 1, 1], [0, 1, 1]], "undecided"),
    ],
)
def test_kinds_of_stationary_points(rows: list[list[int]], kind: str) -> None:
    from flint import arb

    assert fixed_points.kind_of([[arb(x) for x in row] for row in rows]) == kind
