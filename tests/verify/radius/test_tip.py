"""The tip: what a few values prove of λ near its first failure, over two amplitudes."""

from __future__ import annotations

import copy
import json
import math
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx
from jsonschema import Draft202012Validator
from made import resealed

from overspec import Mixture
from overspec.decimals import Number
from overspec.results.schema import schema
from overspec.verify.certificates.write import dyadic_text
from overspec.verify.certificates.write_radius import of_radius
from overspec.verify.check.format import dyadic
from overspec.verify.check.verdict import confirm
from overspec.verify.enclosures.ball import dyadic as dyadic_of
from overspec.verify.enclosures.ball import to_ball
from overspec.verify.enclosures.cover import Point
from overspec.verify.enclosures.pairs import enclose as pairs
from overspec.verify.radius.bracket import (
    CertifiedRadius,
    certified_gamma,
    explicit_radius,
)
from overspec.verify.radius.near.narrow import cover_around
from overspec.verify.radius.near.start import largest_bound
from overspec.verify.radius.near.tip import MATRIX, Bracket, Tip, find_tip, proved, smooth
from overspec.verify.radius.values import Parts

LEVEL = Number(Fraction(2, 5))
WIDTH = Fraction(1, 10**12)


def bowl(skew: float = 0.0, other: float = 0.1) -> Any:
    """g_1 = 3/5 − r²/2 (1 − ¼ sin²(ψ − skew)), least at ψ = skew; g_2 is above the level."""

    def parts(point: Point, digits: int) -> Parts:
        with ctx.workprec(int(digits * 3.33) + 60):
            r, q = (to_ball(x) for x in point)
            angle = arb.pi() * q / 2 - arb(skew)
            value = dyadic_of((arb(3) / 5 - r * r / 2 * (1 - angle.sin() ** 2 / 4)).mid())
        off = Fraction(1, 10**digits)
        first = Number.between(value - off, value + off)
        return Parts({1: first, 2: Number(LEVEL.value + Fraction(other))})

    return parts


def asked(parts: Any, off: Fraction = Fraction(0), k: int = 4) -> Bracket:
    """Around r = √(2/5), where g_1 first is 2/5."""
    root = Fraction(math.isqrt(4 * 10**39), 10**20)
    return Bracket(k, "factor", parts, LEVEL, root - WIDTH + off, root + WIDTH + off, 16)


def test_the_tip_of_a_bowl_is_found_and_proved() -> None:
    on_axis, inside = asked(bowl()), asked(bowl(0.5))
    tip = find_tip(on_axis, Fraction(0))
    assert tip is not None
    assert tip.branches == (1,)
    assert tip.step == 0
    assert proved(on_axis, tip)
    turn = Fraction(round(2 / math.pi * 0.5 * 2**40), 2**40)
    found = find_tip(inside, turn)
    assert found is not None
    assert 0 < found.step <= found.half


@cache
def tip_of_bowl() -> Tip:
    found = find_tip(asked(bowl()), Fraction(0))
    assert found is not None
    return found


ASIDE = Fraction(round(2**40 / math.pi), 2**40) + Fraction(1, 2**13)  # of bowl(1/2)
NOT_PROVED = {
    "a unit up": (asked(bowl(), 2 * WIDTH), {}),
    "too wide along the circle": (asked(bowl()), {"half": Fraction(1, 128)}),
    "too long": (asked(bowl()), {"start": Fraction(1, 3)}),
    "from beyond the lower end": (asked(bowl()), {"start": asked(bowl()).lower + WIDTH}),
    "another branch too near": (asked(bowl(other=1e-4)), {}),
    "the other branch": (asked(bowl()), {"branches": (2,)}),
    "a saddle": (asked(bowl(math.pi / 2)), {}),
    "beside the direction": (asked(bowl(0.5)), {"turn": ASIDE, "step": Fraction(1, 2**14)}),
}


@pytest.mark.parametrize("name", NOT_PROVED)
def test_what_does_not_hold_is_not_proved(name: str) -> None:
    bracket, change = NOT_PROVED[name]
    assert not proved(bracket, replace(tip_of_bowl(), **change))  # type: ignore[arg-type]


def test_a_bowl_upside_down_has_no_tip() -> None:
    assert find_tip(asked(bowl(math.pi / 2)), Fraction(0)) is None


# --- the bounds of derivatives


def along(line: tuple[float, float, float], branch: int, level: float) -> list[float]:
    """Differences of g_m − t or the determinant, at five points of a line of unit speed."""
    a, b, angle = line
    weights = [arb(n) / 10 for n in (4, 3, 2, 1)]
    found = []
    with ctx.workprec(200):
        for n in range(-2, 3):
            at = [
                arb(a) + arb(n) / 1000 * arb(angle).cos(),
                arb(b) + arb(n) / 1000 * arb(angle).sin(),
            ]
            value = pairs.enclose(weights, at, 20)
            if branch != MATRIX:
                g = value.factors[branch]
                assert isinstance(g, Number)
                found.append(g.value)
                continue
            x, y, z = (value.hessian.entries[at_].value for at_ in ((1, 1), (1, 2), (2, 2)))  # type: ignore[union-attr]
            t = Fraction(level)
            found.append((x - t) * (z - t) - y * y)
    p, q, r, s, t = found
    first, second = (s - q) * 500, (s - 2 * r + q) * 10**6
    return [float(abs(x)) for x in (first, second, (t - 2 * s + 2 * q - p) * 5 * 10**8)]


@pytest.mark.parametrize("branch", [1, 2, MATRIX])
def test_derivatives_lie_below_their_bounds(branch: int) -> None:
    bound = smooth(4, branch)
    limits = [float(x) for x in (bound.slope, bound.bend, bound.twist)]
    largest = [0.0, 0.0, 0.0]
    for line in ((0.2, 0.3, 0.4), (0.8, 0.3, 1.5)):
        largest = [max(x, y) for x, y in zip(largest, along(line, branch, 0.1), strict=True)]
    assert all(x < y for x, y in zip(largest, limits, strict=True))
    assert largest[2] > limits[2] / 3000  # the bound is of third derivatives, not of fifths


# --- the whole of it


@pytest.mark.parametrize("turn", [Fraction(0), Fraction(1, 2), Fraction(1)])
def test_the_cover_leaves_the_tip_out(turn: Fraction) -> None:
    """Nothing is beside it where an axis cuts the neighbourhood off."""
    tip = replace(tip_of_bowl(), turn=turn, half=Fraction(1, 16), start=Fraction(1, 2))
    start, lower = Fraction(1, 4), Fraction(5, 8)
    value, loss = (lambda _: Fraction(1)), (lambda *_: (Fraction(0),) * 2)
    found = cover_around(tip, start, (lower, Fraction(1)), value, loss, 99, lambda _: None)
    boxes = {(low, high) for low, high in found.boxes}  # type: ignore[union-attr]
    low, high, half = turn - Fraction(1, 16), turn + Fraction(1, 16), Fraction(1, 2)
    expected = {((start, 0), (half, 1))}
    if turn > 0:
        expected.add(((half, 0), (lower, low)))
    if turn < 1:
        expected.add(((half, high), (lower, 1)))
    assert boxes == expected


def test_the_cover_beside_a_tip_ends_where_directions_are_mirrored() -> None:
    half, lower = Fraction(1, 2), Fraction(5, 8)
    tip = replace(tip_of_bowl(), turn=half, half=Fraction(1, 16), start=half)
    value, loss = (lambda _: Fraction(1)), (lambda *_: (Fraction(0),) * 2)
    start, low = Fraction(1, 4), Fraction(7, 16)
    mirrored = cover_around(tip, start, (lower, half), value, loss, 99, lambda _: None)
    boxes = {(low, high) for low, high in mirrored.boxes}  # type: ignore[union-attr]
    assert boxes == {((start, 0), (half, half)), ((half, 0), (lower, low))}


@cache
def narrow() -> CertifiedRadius:
    found = certified_gamma(
        Mixture.simplex(4, "one-heavy:9/10"), "factor", "9/10", width=Fraction(1, 10**20)
    )
    assert isinstance(found, CertifiedRadius)
    return found


def changed(name: str) -> dict[str, Any]:
    forged = copy.deepcopy(json.loads(json.dumps(of_radius(narrow(), ""))))
    given = forged["parameters"]
    if name in ("up", "down"):
        unit = Fraction(round(2**100 / 10**20), 2**100) * (1 if name == "up" else -1)
        for end in ("lower", "upper"):
            given[end] = dyadic_text(dyadic(given[end]) + unit)
        given["worst"][0] = given["upper"]
        for at, _ in [*given["values"], *((corner, 0) for box in given["boxes"] for corner in box)]:
            if dyadic(at[0]) == narrow().lower:
                at[0] = given["lower"]
    elif name == "no tip":
        del given["tip"]
    elif name == "wider":
        given["tip"]["half"] = dyadic_text(2 * dyadic(given["tip"]["half"]))
    return resealed(forged)


@pytest.mark.slow
def test_twenty_digits_over_two_amplitudes_are_proved_again() -> None:
    found = narrow()
    assert isinstance(found.falling, Tip)
    assert isinstance(found.upper, Fraction)
    assert found.upper - found.lower < Fraction(1, 10**20)
    assert found.lower < Fraction("0.578314452371991723390525946017") < found.upper
    assert "one point alone" in found.why()
    assert found.cover.points < 700
    Draft202012Validator(schema("certificate")).validate(of_radius(found, ""))
    verdict = confirm(of_radius(found, ""))
    assert verdict.status == "proved again", verdict.reason
    assert any("one point" in line for line in verdict.statement)
    assert all(
        confirm(changed(name)).status == "false" for name in ("up", "down", "no tip", "wider")
    )


# --- where covers begin


@pytest.mark.parametrize("kind", ["jacobian", "factor"])
@pytest.mark.parametrize("k", [2, 3, 4, 6, 100])
def test_covers_begin_at_the_best_bound(k: int, kind: str) -> None:
    from overspec.proofs.rates.radius_bound import lower_bound, lower_bounds

    sigma, gap, largest = Fraction(4, 5), Fraction(3, 4), Fraction(9, 10)
    start = explicit_radius(k, kind, Number(sigma), Number(gap * sigma), largest)
    best = float(lower_bound(k, sigma, kind, gap, largest))
    assert abs(float(start) - best) < 1e-12
    bounds = lower_bounds(k, sigma, kind, gap, largest)
    assert best == max(map(float, bounds.values()))
    assert ("Bb" in bounds) == (kind == "factor")
    assert explicit_radius(k, kind, Number(sigma), Number(sigma)) == 0


@pytest.mark.parametrize("weights", ["linear", "one-heavy:1/2", "1/10,3/10,1/10,1/10,2/5"])
def test_the_largest_energy(weights: str) -> None:
    mixture = Mixture.simplex(5, weights)
    p = np.abs(np.fft.fft([float(w) for w in mixture.weights])[1:]) ** 2
    assert p.max() - 1e-15 < float(largest_bound(mixture)) < p.max() + 1e-12
