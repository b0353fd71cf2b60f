"""The checker's tails at k = 4: against plain sums, to a part in a hundred, and files of γ = ∞."""

from __future__ import annotations

import cmath
import copy
import json
import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from made import resealed
from sizes import slow_but

from overspec import Mixture
from overspec.results.schema import schema
from overspec.verify.alone import check_radius as alone
from overspec.verify.certificates.write import dyadic_text
from overspec.verify.certificates.write_radius import of_radius
from overspec.verify.check.cover.means import ERROR, means
from overspec.verify.check.cover.tails import bends, far, first_above, matrix_above
from overspec.verify.check.format import Rejected, dyadic
from overspec.verify.check.radius import StatedRadius
from overspec.verify.check.radius_proof import _check_tail
from overspec.verify.check.verdict import confirm
from overspec.verify.engines.pairs.doubles import pair_moments
from overspec.verify.radius.bracket import CertifiedRadius, certified_gamma
from overspec.verify.radius.far.hessian import fourth_bends

Certificate = dict[str, Any]
SKEW = [Fraction(n, 10) for n in (4, 3, 2, 1)]


@pytest.mark.parametrize(
    ("p", "q", "a"), [("1/2", "1/4", "2"), ("9/10", "1/100", "1/2"), ("1/5", "1/5", "0")]
)
def test_means_are_those_of_a_plain_sum(p: str, q: str, a: str) -> None:
    found = means(Fraction(p), Fraction(q), Fraction(a))
    u = np.linspace(-9, 9, 20001)
    density = np.exp(-u * u / 2) / np.sqrt(2 * np.pi) * (u[1] - u[0])
    left, right = (
        float(Fraction(w)) * np.exp(s * float(Fraction(a)) * u) for w, s in ((p, 1), (q, -1))
    )
    t, log = (left - right) / (left + right), np.log(left + right)
    plain = (t**2, log, t**2 * log, (t * u) ** 2, t * u, (1 - t**2) * u**2 * log)
    own = (found.square, found.log, found.both, found.moved, found.slope, found.bent)
    for mine, value in zip(own, plain, strict=True):
        assert abs(float(mine) - density @ value) < float(ERROR)
    assert abs(float(found.size) - abs(math.log(Fraction(p) + Fraction(q)))) < 1e-15


def least(a: float, b: float, branch: str) -> float:
    found = pair_moments(np.array([float(w) for w in SKEW]), (a, b), 1e-9)
    if branch == "g1":
        return float(found.g[1])
    return 1 - float(
        np.linalg.eigvalsh(np.array(found.jacobian, dtype=float)[np.ix_([0, 2], [0, 2])])[-1]
    )


@pytest.mark.parametrize(("holds", "branch"), [(first_above, "g1"), (matrix_above, "matrix")])
@pytest.mark.parametrize("a", [Fraction(1, 2), Fraction(3)])
def test_the_bound_for_large_b_lies_below_the_truth_and_near(
    holds: Callable[..., bool], branch: str, a: Fraction
) -> None:
    b, wide = Fraction(30), Fraction(1, 4096)
    truth = Fraction(least(float(a), float(b), branch))
    assert not holds(SKEW, a - wide, a + wide, b, truth)
    assert holds(SKEW, a - wide, a + wide, b, truth - Fraction(1, 10))
    assert not holds(SKEW, a - 1, a + 1, b, truth - Fraction(1, 100))  # what lies between counts


def test_for_endless_b_what_lies_between_counts() -> None:
    a, endless = Fraction(3, 2), Fraction(10**6)
    one, other = means(SKEW[0], SKEW[2], a), means(SKEW[1], SKEW[3], a)
    limits = (one.square + other.square) / 2, (one.moved + other.moved) / 2
    for holds, limit in zip((first_above, matrix_above), limits, strict=True):
        near, level = Fraction(1, 4096), limit - Fraction(1, 100)
        assert holds(SKEW, a - near, a + near, endless, level)
        assert not holds(SKEW, a - 1, a + 1, endless, level)


@pytest.mark.parametrize(("level", "second"), [("1/2", False), ("1/2", True), ("-9", True)])
def test_the_bound_for_large_a_is_that_of_all_pairs(level: str, second: bool) -> None:
    """16 pairs (i, j) across, √2 a apart; near 0 the cube of their distance counts."""
    room = math.sqrt(2 * math.pi) * (1 - float(Fraction(level)))
    a = 16 / math.sqrt(2) / room
    if level == "-9":
        a = (16 * (math.pi**2 / 3 + math.log(4) ** 2) / 2**1.5 / room) ** (1 / 3)
    assert far(SKEW, Fraction(a * 1.001), Fraction(level), second)
    assert not far(SKEW, Fraction(a * 0.999), Fraction(level), second)


def test_the_curvature_is_that_of_the_cover() -> None:
    for mine, theirs in zip(bends()[1:], fourth_bends(), strict=True):
        assert Fraction(98, 100) * theirs < mine <= theirs


@pytest.mark.parametrize(("kind", "edge"), [("factor", 4.988), ("jacobian", 5.26)])
def test_beyond_the_boxes_at_five_components_a_tail_has_to_hold(kind: str, edge: float) -> None:
    """1 − λ is at most 4.911/|θ|, and a little more for the Hessian."""
    weights = tuple((Fraction(n, 15), 1) for n in range(1, 6))
    sigma = min(abs(sum(n * cmath.exp(0.4j * math.pi * m * n) for n in range(1, 6)) / 15) ** 2
                for m in (1, 2))  # fmt: skip
    for factor, holds in ((1.01, True), (0.99, False)):
        s = StatedRadius(
            5, weights, kind, Fraction(1, 2), False, Fraction(edge * factor), math.inf,
            (Fraction(sigma), Fraction(sigma)), Fraction(0), (), (), {},
        )  # fmt: skip
        if holds:
            _check_tail(s)
        else:
            with pytest.raises(Rejected, match="tail"):
                _check_tail(s)


# --- files

CASES = [
    ("1/2,1/4,1/8,1/8", "factor", 4),
    ("linear", "convexity", 4),
    ("linear", "jacobian", 4),
    ("linear", "factor", 5),
]


@cache
def certificate(weights: str, kind: str, k: int) -> Certificate:
    found = certified_gamma(Mixture.simplex(k, weights), kind)
    assert isinstance(found, CertifiedRadius)
    made: Certificate = json.loads(json.dumps(of_radius(found, "")))
    return made


@pytest.mark.parametrize("case", slow_but(CASES, []))
def test_an_infinite_radius_over_all_theta_is_proved_again(case: tuple[str, str, int]) -> None:
    made = certificate(*case)
    Draft202012Validator(schema("certificate")).validate(made)
    verdict = confirm(made)
    assert verdict.status == "proved again", verdict.reason
    assert verdict.statement[0].endswith("for every theta")
    with pytest.raises(alone.Bad) as refused:
        alone.check(json.dumps(made).encode())
    assert refused.value.args[0] == 3


def _half(c: Certificate, side: int) -> None:
    """The boxes below (side 1) or above (side 0) the middle that divided the rectangle first."""
    given = c["parameters"]
    ends = [dyadic(x) for x in given["corner"]]
    boxes = [[tuple(map(dyadic, corner)) for corner in box] for box in given["boxes"]]
    axis = next(n for n in (0, 1) if all(not low[n] < ends[n] / 2 < high[n] for low, high in boxes))
    kept = [
        box
        for box, (low, _) in zip(given["boxes"], boxes, strict=True)
        if (low[axis] < ends[axis] / 2) == bool(side)
    ]
    corners = {at for box in kept for at in _corners(box)}
    given["boxes"] = kept
    given["values"] = [item for item in given["values"] if tuple(item[0]) in corners]
    if side:
        given["corner"][axis] = dyadic_text(ends[axis] / 2)
        given["lower"] = dyadic_text(min(map(dyadic, given["corner"])))


def smaller_rectangle(c: Certificate) -> None:
    """Well covered, but the tails do not hold from there on."""
    _half(c, 1)


def without_its_lower_half(c: Certificate) -> None:
    _half(c, 0)


def no_corner(c: Certificate) -> None:
    del c["parameters"]["corner"]


def a_hole(c: Certificate) -> None:
    c["parameters"]["boxes"].pop()


def _corners(box: list[list[str]]) -> list[tuple[str, str]]:
    (a, b), (c, d) = box
    return [(x, y) for x in (a, c) for y in (b, d)]


def a_larger_gap(c: Certificate) -> None:
    c["inputs"]["gap"] = "99/100"


def values_raised(c: Certificate) -> None:
    for item in c["parameters"]["values"]:
        item[1] = dyadic_text(dyadic(item[1]) + Fraction(1, 2))


@pytest.mark.parametrize(
    "change",
    [smaller_rectangle, no_corner, a_hole, without_its_lower_half, a_larger_gap, values_raised],
    ids=lambda f: f.__name__,
)
def test_forged_infinity_is_false(change: Callable[[Certificate], None]) -> None:
    forged = copy.deepcopy(certificate(*CASES[0]))
    change(forged)
    assert confirm(resealed(forged)).status == "false"
