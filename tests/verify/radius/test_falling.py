"""One crossing and no other: the slope's bound, brackets of many digits, and forged ones."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from made import resealed

from overspec import Mixture
from overspec.decimals import Number
from overspec.verify.alone import check_radius as alone
from overspec.verify.certificates.write import dyadic_text
from overspec.verify.certificates.write_radius import of_radius
from overspec.verify.check.format import dyadic
from overspec.verify.check.verdict import confirm
from overspec.verify.enclosures.cover import Point
from overspec.verify.radius.bracket import CertifiedRadius, certified_gamma
from overspec.verify.radius.far.tail import bend_of
from overspec.verify.radius.near.falling import falling, steepest

PAIR = Mixture.simplex(2, "9/10,1/10")
UNIT = Fraction(1, 10**20)
Certificate = dict[str, Any]


def kinked(point: Point, digits: int) -> Number:
    """The least of two smooth functions, f'' ≤ 1, enclosed."""
    r, off = point[0], Fraction(1, 10**digits)
    value = min(1 - r + r * r / 2 - r / 8, Fraction(9, 10) - r * r / 2)
    return Number.between(value - off, value + off)


def test_the_bound_holds_on_either_side_of_a_kink() -> None:
    before, start, bend = Fraction(1, 10), Fraction(1, 5), Fraction(1)
    step = Fraction(1, 1000)
    slopes = []
    for n in range(600):
        r = start + n * step
        there = (kinked((r + step,), 12).value - kinked((r,), 12).value) / step
        assert there <= steepest(kinked, before, start, r + step, bend)
        slopes.append(there)
    assert max(slopes) > slopes[0]  # it is not concave


def test_where_the_least_rises_nothing_falls() -> None:
    def rising(point: Point, digits: int) -> Number:
        return Number(point[0] ** 2)

    threshold, bend = Number(Fraction(1, 4)), Fraction(2)
    assert falling(rising, threshold, Fraction(1, 2), Fraction(51, 100), bend) is None

    def flat(point: Point, digits: int) -> Number:
        return Number(Fraction(1, 4) - (point[0] - Fraction(1, 2)) ** 3)

    assert falling(flat, threshold, Fraction(1, 2), Fraction(51, 100), bend) is None


@cache
def found() -> CertifiedRadius:
    result = certified_gamma(PAIR, "factor", "9/10", width=UNIT)
    assert isinstance(result, CertifiedRadius)
    return result


@cache
def certificate() -> Certificate:
    made: Certificate = json.loads(json.dumps(of_radius(found(), "a command")))
    return made


def test_the_width_costs_no_points() -> None:
    result = found()
    assert result.falling is not None
    assert isinstance(result.upper, Fraction)
    assert result.upper - result.lower <= UNIT * result.upper
    assert result.falling.slope < 0
    assert result.falling.before < result.falling.start < result.lower
    assert max(point[0] for point in result.cover.values) == result.falling.start
    assert result.cover.points < 20
    rough = certified_gamma(PAIR, "factor", "9/10", width=Fraction(1, 10**6))
    assert isinstance(rough, CertifiedRadius)
    assert rough.lower < result.lower < result.upper < rough.upper
    assert rough.falling is None
    assert result.to_dict()["falls_from"].startswith("0.6")


def test_both_checkers_prove_it_again() -> None:
    verdict = confirm(certificate())
    assert verdict.status == "proved again", verdict.reason
    assert any("one r alone" in line for line in verdict.statement)
    lines = alone.check(json.dumps(certificate()).encode())
    assert any("once from" in line for line in lines)


def moved(c: Certificate, by: Fraction) -> None:
    """The bracket as a whole."""
    given = c["parameters"]
    for name in ("lower", "upper"):
        given[name] = dyadic_text(dyadic(given[name]) + by)
    given["worst"] = [given["upper"]]


def a_unit_up(c: Certificate) -> None:
    moved(c, Fraction(round(UNIT * 2**200), 2**200))


def a_unit_down(c: Certificate) -> None:
    moved(c, -Fraction(round(UNIT * 2**200), 2**200))


def swapped(c: Certificate) -> None:
    c["parameters"]["falling"].reverse()


def beyond_the_lower_end(c: Certificate) -> None:
    c["parameters"]["falling"][1] = c["parameters"]["upper"]


def boxes_without_their_end(c: Certificate) -> None:
    given = c["parameters"]
    middle = (dyadic(given["falling"][1]) + dyadic(given["lower"])) / 2
    given["falling"][1] = dyadic_text(middle)


def without_it(c: Certificate) -> None:
    """Then the boxes have to reach the lower end."""
    del c["parameters"]["falling"]


def where_it_need_not_fall(c: Certificate) -> None:
    """The first box alone: from there the curvature may outweigh the slope."""
    given = c["parameters"]
    box = min(given["boxes"], key=lambda box: dyadic(box[0][0]))
    low, high = (dyadic(end[0]) for end in box)
    given["boxes"] = [box]
    given["values"] = [item for item in given["values"] if [item[0][0]] in box]
    given["falling"] = [dyadic_text((low + high) / 2), dyadic_text(high)]


@pytest.mark.parametrize(
    "change",
    [a_unit_up, a_unit_down, swapped, beyond_the_lower_end, boxes_without_their_end, without_it,
     where_it_need_not_fall],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_forged_brackets_are_false(change: Callable[[Certificate], None]) -> None:
    forged = copy.deepcopy(certificate())
    change(forged)
    forged = resealed(forged)
    assert confirm(forged).status == "false"
    with pytest.raises(alone.Bad) as refused:
        alone.check(json.dumps(forged).encode())
    assert refused.value.args[0] in (1, 3)


@pytest.mark.parametrize("k", [2, 3, 4, 9])
def test_the_curvature_is_that_of_the_cover(k: int) -> None:
    from overspec.verify.check.radius_proof import curvatures

    for kind in ("factor", "jacobian"):
        ours, theirs = bend_of(k, kind), curvatures(k, kind)[0]
        assert abs(ours - theirs) < Fraction(1, 10**20) * ours
