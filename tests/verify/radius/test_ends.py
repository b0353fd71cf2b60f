"""Of every enclosure the end that counts: with enclosures far wider than any engine's."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from flint import arb, ctx
from scipy.special import lambertw

from overspec import Mixture
from overspec.decimals import Number
from overspec.exact import exact
from overspec.verify.enclosures.ball import Inconclusive
from overspec.verify.enclosures.cover import Cover, Point
from overspec.verify.radius import rate
from overspec.verify.radius import values as room
from overspec.verify.radius.bracket import CertifiedRadius, tail_holds, threshold_of, violates
from overspec.verify.radius.far import everywhere
from overspec.verify.radius.far.tail import factor_tail, matrix_tail, radial_tail, up
from overspec.verify.radius.near.falling import steepest
from overspec.verify.radius.near.start import explicit_radius
from overspec.verify.radius.near.tip import angle
from overspec.verify.radius.rate import GlobalRate, certified_global_rate
from overspec.verify.radius.values import MATRIX, Parts, above

F = Fraction
WIDE = Number.between(F(1, 3), F(1, 2))
TINY = F(1, 10**9)


def of(low: Fraction | int, high: Fraction | int) -> Number:
    return Number.between(F(low), F(high))


def ends(found: Number) -> tuple[Fraction, Fraction]:
    return found.lower, found.upper


def test_a_threshold_holds_every_share_of_sigma() -> None:
    low, high = ends(threshold_of(WIDE, F(9, 10), "factor"))
    assert F(3, 10) - TINY < low <= F(3, 10)
    assert F(9, 20) <= high < F(9, 20) + TINY
    low, high = ends(threshold_of(Number(F(1)), exact("sqrt(2)/2"), "jacobian"))
    assert low**2 < F(1, 2) < high**2
    assert high - low < TINY
    assert threshold_of(WIDE, F(9, 10), "convexity") == Number(F(0))


@pytest.mark.parametrize(("high", "expected"), [(F(1, 3) - TINY, True), (F(1, 3), False)])
def test_a_violation_is_below_the_whole_threshold(high: Fraction, expected: bool) -> None:
    assert violates(lambda *_: of(0, high), WIDE, (F(1),), 5) == expected


def test_slack_is_between_the_nearest_ends_and_takes_more_digits_where_few_do_not_tell() -> None:
    asked = []

    def values(_: Point, digits: int) -> Number:
        asked.append(digits)
        return of(1 - F(1, digits), 1 + F(1, digits))

    assert above(values, WIDE, 40)((F(1),)) == 1 - F(1, 40) - F(1, 2)
    assert asked == [5, 10, 20, 40]
    asked.clear()
    assert above(values, of(-100, -99), 40, between=(7,))((F(1),)) == 100 - F(1, 5)
    assert asked == [5]


def test_a_branch_less_its_level() -> None:
    parts = Parts({1: of(2, 3)}, (of(2, 3), of(-2, 1), of(4, 5)), (of(1, 4), of(2, 3)))
    assert ends(parts.above(1, of(F(1, 4), F(1, 2)))) == (F(3, 2), F(11, 4))
    # first less level in [1, 3], second in [3, 5]; the square of what is between −2 and 1 in [0, 4]
    assert ends(parts.above(MATRIX, of(0, 1))) == (3 - 4, 15 - 0)
    apart = replace(parts, matrix=(of(2, 3), of(1, 2), of(4, 5)))
    assert ends(apart.above(MATRIX, of(0, 1))) == (3 - 4, 15 - 1)
    below = replace(parts, matrix=(of(-1, 1), of(1, 2), of(4, 5)))
    assert ends(below.above(MATRIX, of(0, 1))) == (-10 - 4, 5 - 1)
    assert ends(parts.least(MATRIX)) == (1, 3)


def test_the_least_of_some_and_what_is_unknown() -> None:
    assert ends(room.enclosed_bounds([of(1, 4), of(2, 3)])) == (1, 3)
    low, high = ends(room.enclosed_bounds([of(1, 4), "no enclosure"]))
    assert low < -1000
    assert high == 1


@pytest.mark.parametrize("radius", [F(1), F(1, 10**6)])
def test_a_second_derivative_by_a_difference(radius: Fraction) -> None:
    """``((r+δ) g(r+δ) − (r−δ) g(r−δ))/2δ ± δ² K_4/48``, g between two ends; beyond 0 it is even."""
    asked = []

    def factor(at: Fraction, digits: int) -> Number:
        asked.append(at)
        return of(2, 3) if len(asked) % 2 else of(5, 7)

    found = room._second(3, factor, radius, 2)
    delta = asked[0] - radius
    ahead, behind = radius + delta, radius - delta
    assert asked[1] == abs(behind)
    with ctx.workprec(64):
        slack = (F(float(room.fourth_derivative(3))) / 6) * delta**2
    down = sorted((5 * behind, 7 * behind))
    assert found.lower == pytest.approx((2 * ahead - down[1]) / (2 * delta) - slack, rel=1e-12)
    assert found.upper == pytest.approx((3 * ahead - down[0]) / (2 * delta) + slack, rel=1e-12)
    assert slack < F(1, 100)


def test_few_digits_of_the_factors_that_are_apart_are_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are not the least only where even their lower ends are above."""
    mixture = Mixture.simplex(3, "1/2,3/10,1/5")
    monkeypatch.setattr(room, "_second", lambda *_: of(1, 2))
    for low, expected in ((2 + TINY, (1, 2)), (2 - TINY, (1, 2)), (F(3, 2), (1, F(7, 4)))):
        asked: list[int] = []

        def factor(_: Any, __: Any, digits: int, low: Any = low, asked: Any = asked) -> Number:
            asked.append(digits)
            return of(low, low + (F(1, 4) if digits > 5 else 9))

        monkeypatch.setattr(room, "least_factor", factor)
        found = room.on_simplex(mixture, "jacobian")((F(1),), 12)
        assert ends(found) == expected
        assert asked == ([5] if low > 2 else [5, 12])


def test_a_rate_is_what_is_left() -> None:
    found = GlobalRate(
        Mixture.simplex(3, "1/2,3/10,1/5"), "all", WIDE, F(1), F(9), Cover((), {})
    )  # fmt: skip
    assert ends(found.rate) == (F(1, 2), F(2, 3))
    assert ends(found.dominance) == (F(2, 9), F(1, 2))


@pytest.mark.parametrize("k", [3, 4])
def test_mu_is_between_what_is_proved_and_the_upper_end_of_a_value(
    k: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Along a radius, and over two amplitudes: a thousandth, a twentieth below the lower end."""
    cover = Cover((), {})
    monkeypatch.setattr(rate, "worst_radius", lambda _: F(1))
    monkeypatch.setattr(rate, "worst_amplitudes", lambda _: (F(3), F(4)))
    monkeypatch.setattr(
        rate, "prove_everywhere",
        lambda mixture, target: SimpleNamespace(corner=(F(9), F(8)), cover=cover),
    )  # fmt: skip

    def proved(mixture: Mixture, orbit: str, low: Fraction, high: Fraction, at: Fraction) -> Any:
        return GlobalRate(mixture, orbit, of(low, high), at, at, cover)

    monkeypatch.setattr(rate, "prove_rate", proved)
    for least in (WIDE, of(-TINY, F(1, 2))):
        for name in ("on_simplex", "on_quadrant"):
            monkeypatch.setattr(rate, name, lambda *_, least=least: lambda *_: least)
        found = certified_global_rate(Mixture.simplex(k, "linear"))
        if least is WIDE:
            assert isinstance(found, GlobalRate)
            assert found.mu.upper == F(1, 2)
            assert abs(found.mu.lower - F(1, 3) * (1 - F(1, 1000 if k == 3 else 20))) < TINY
            assert found.worst_radius == (1 if k == 3 else 5)
        else:
            assert isinstance(found, Inconclusive)


def test_a_bracket_is_shown_rounded_outward() -> None:
    cover = Cover((((F(1),), (F(2),)),), {(F(1),): F(2, 3), (F(2),): F(1, 3)})
    third, two = F(1, 3), F(2, 3)
    found = CertifiedRadius(
        Mixture.simplex(3, "1/2,3/10,1/5"), "factor", F(1, 2), "all", third, two, (two,),
        Number.between(third, two), Number(third), F(1, 9), cover,
    )  # fmt: skip
    shown = found.found()
    assert shown["lower"] == shown["covered"] == "0.333333333333"
    assert shown["upper"] == "0.666666666667"
    assert shown["sigma"] == ["0.333333333333", "0.666666666667"]
    assert shown["margin"] == "0.333"
    assert found.verdict() == "[0.333333333333, 0.666666666667]"
    assert found.shown == 12
    narrow = replace(found, upper=third + F(1, 10**20))
    assert narrow.shown == 24
    endless = replace(found, upper=math.inf, worst_point=None)
    assert endless.found()["lower"] == endless.found()["upper"] == "inf"
    assert "every theta" in endless.verdict()
    assert "the tail by a bound" in endless.why()
    assert "a violation enclosed" in found.why()


@pytest.mark.parametrize("kind", ["factor", "jacobian"])
@pytest.mark.parametrize("k", [3, 40])
def test_the_start_of_a_cover_is_that_of_the_worst_ends(k: int, kind: str) -> None:
    sigma, threshold = of(F(3, 4), F(4, 5)), of(F(3, 10), F(7, 20))
    worst = explicit_radius(k, kind, Number(F(3, 4)), Number(F(7, 20)))
    assert explicit_radius(k, kind, sigma, threshold) == worst > 0
    for better in ((F(4, 5), F(7, 20)), (F(3, 4), F(3, 10))):
        assert explicit_radius(k, kind, *map(Number, better)) > worst


def test_the_start_of_a_cover_for_four_components() -> None:
    """``3β s e^{10 s} = σ``, s = r²: ahead of σ = s K_4/32, and behind what 48 would give."""
    sigma = 0.64
    loss = 4 - 9 * (sigma - 1 / 3) ** 2
    square = float(lambertw(10 * sigma / loss).real) / 10
    log = math.log(2)
    fourth = 64 * (log**2 + 2 * log + 2)
    assert 32 * sigma / fourth < square < 48 * sigma / fourth
    found = explicit_radius(4, "convexity", Number(F(16, 25)), Number(F(0)))
    assert float(found) == pytest.approx(math.sqrt(square), rel=1e-12)


def test_the_steepest_that_lambda_may_be() -> None:
    at = {(F(1),): of(5, 6), (F(2),): of(1, 3)}
    found = steepest(lambda point, _: at[point], F(1), F(2), F(4), F(10))
    assert found == (3 - 5) / F(1) + 10 * (4 - F(3, 2))


@pytest.mark.parametrize("turn", [F(1, 3), F(1)])
def test_an_angle_is_between_its_ends(turn: Fraction) -> None:
    low, high = angle(turn)
    assert low < high < low * (1 + F(1, 10**20))
    assert float(low) == pytest.approx(math.pi / 2 * float(turn), rel=1e-14)
    with ctx.workprec(300):
        truth = arb.pi() / 2 * arb(turn.numerator) / turn.denominator
        assert low < up(truth) < high + F(1, 10**60)


@pytest.mark.parametrize(
    ("weights", "kind", "r"),
    [
        ("1/2,3/10,1/5", "factor", 60), ("1/2,3/10,1/5", "jacobian", 60),
        ("98/100,1/100x2", "jacobian", 3), ("linear", "jacobian", 60),
    ],
)  # fmt: skip
def test_a_tail_is_above_the_whole_threshold(weights: str, kind: str, r: int) -> None:
    k = 5 if weights == "linear" else 3
    mixture = Mixture.simplex(k, weights)
    with ctx.workprec(96):
        lost = factor_tail(mixture) / r
        if kind == "jacobian":
            more = radial_tail(mixture) / r**3 if k == 3 else matrix_tail(mixture, arb(r))
            assert (more > lost) == (k == 5 or r == 3)
            lost = lost.max(more)
        most = 1 - up(lost)
    assert tail_holds(mixture, kind, of(0, most - TINY), F(r))
    assert not tail_holds(mixture, kind, of(0, most + TINY), F(r))


@pytest.mark.parametrize("kind", ["factor", "jacobian"])
def test_all_theta_are_above_the_whole_threshold(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every bound and every value is asked for more than the upper end."""
    levels: list[Fraction] = []

    def holds(*given: Any) -> bool:
        levels.append(given[-1])
        return True

    for name in ("far", "high", "hessian_far", "hessian_high"):
        monkeypatch.setattr(everywhere, name, holds)
    one = Number(F(1))
    monkeypatch.setattr(everywhere, "on_quadrant", lambda *_: lambda *_: one)
    seen: list[Fraction] = []

    def cover(low: Any, high: Any, slack: Any, *_: Any) -> Cover:
        seen.append(slack((F(1), F(1))))
        return Cover(((low, high),), {low: F(1)})

    monkeypatch.setattr(everywhere, "cover", cover)
    found = everywhere.prove_everywhere(Mixture.simplex(4, "linear"), WIDE, kind=kind)
    assert isinstance(found, everywhere.Everywhere)
    assert set(levels) == {F(1, 2)}
    assert len(levels) == (4 if kind == "jacobian" else 2)
    assert seen == [F(1, 2)]
    assert found.corner[0] == 1
    for out in (of(F(1, 2), 1), of(-2, -1)):
        none = everywhere.prove_everywhere(Mixture.simplex(4, "linear"), out, kind=kind)
        assert isinstance(none, Inconclusive)
