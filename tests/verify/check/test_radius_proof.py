"""The constants of a cover, to a part in a thousand: just enough passes, just less does not."""

import math
from dataclasses import replace
from fractions import Fraction

import pytest
from scipy.special import lambertw

from overspec.verify.check import radius_proof
from overspec.verify.check.format import Rejected
from overspec.verify.check.radius import StatedRadius

SIGMA = (Fraction(16, 25), Fraction(16, 25))
HEAVY = ((Fraction(9, 10), 1), (Fraction(1, 10), 1))
K2, K4 = {2: 4.0, 3: 5.4810}, {2: 48.0, 3: 78.9}  # K_4 for k = 3: 27 + 72 (√3/2)(3/2π + 3/16π)
K4[3] = 27 + 72 * math.sqrt(3) / 2 * (3 / (2 * math.pi) + 3 / (16 * math.pi))
K2[3] = 3 + 9 * math.sqrt(3) / (2 * math.pi)


def stated(k: int, kind: str, box: tuple[tuple[Fraction, ...], ...], value: float) -> StatedRadius:
    single = len(box[0]) == 1
    low, high = box
    corners = [(low[0],), (high[0],)] if single else [
        (r, q) for r in (low[0], high[0]) for q in (low[1], high[1])
    ]  # fmt: skip
    bounds = dict.fromkeys(corners, Fraction(value))
    upper = high[0] + 1
    return StatedRadius(
        k, HEAVY, kind, Fraction(9, 10), single, high[0], upper, SIGMA, low[0], (), (box,),  # type: ignore[arg-type]
        bounds,
    )  # fmt: skip


@pytest.mark.parametrize("k", [2, 3, 7])
@pytest.mark.parametrize("kind", ["factor", "jacobian", "convexity"])
def test_a_box_needs_just_what_the_curvature_may_cost(k: int, kind: str) -> None:
    box = ((Fraction(1, 10),), (Fraction(1, 5),))
    level = math.log(k / 2)
    k2, k4 = K2.get(k, 8 * level + 8), K4.get(k, 64 * (level**2 + 2 * level + 2))
    bend = (1 + math.sqrt(2)) / 4 * k2
    bend = bend if kind == "factor" else max(bend, k4 / 8)
    least = (0.0 if kind == "convexity" else 0.9 * 0.64) + bend * 0.01 / 8
    enough = stated(k, kind, box, least + bend * 0.01 / 8000)
    radius_proof._check_box(enough, box)
    with pytest.raises(Rejected, match="curvature"):
        radius_proof._check_box(stated(k, kind, box, least - bend * 0.01 / 8000), box)


@pytest.mark.parametrize("kind", ["factor", "jacobian"])
def test_a_box_over_two_amplitudes_needs_the_turn_too(kind: str) -> None:
    box = ((Fraction(1, 10), Fraction(0)), (Fraction(1, 5), Fraction(1, 8)))
    level = math.log(2)
    k2, k4 = 8 * level + 8, 64 * (level**2 + 2 * level + 2)
    bend, slope = (1 + math.sqrt(2)) / 4 * k2, math.sqrt(k2) / 2
    if kind != "factor":
        bend, slope = max(bend, k4 / 8), max(slope, math.sqrt(k2 * k4) / 8)
    turn = (math.pi / 2 / 8) ** 2 * (0.04 * bend + 0.2 * slope)
    loss = (0.01 * bend + turn) / 8
    radius_proof._check_box(stated(4, kind, box, 0.576 + loss * 1.001), box)
    with pytest.raises(Rejected, match="curvature"):
        radius_proof._check_box(stated(4, kind, box, 0.576 + loss * 0.999), box)


@pytest.mark.parametrize(
    ("k", "kind"),
    [(2, "factor"), (3, "factor"), (2, "jacobian"), (3, "convexity"), (9, "jacobian"),
     (99, "factor")],
)  # fmt: skip
def test_the_start_goes_just_as_far_as_the_best_bound(k: int, kind: str) -> None:
    """B to k = 3 or so, beyond it Ba: s e^{as} times a loss, solved for s."""
    level, base = math.log(k / 2), 4 - 9 * (0.64 - 1 / 3) ** 2
    if kind == "factor":
        room, rate, loss = max(0.064, 0.8 - math.sqrt(0.576)), 5, math.sqrt(base / 2)
        square = 8 * room / K2.get(k, 8 * level + 8)
    else:
        room, rate, loss = (0.064 if kind == "jacobian" else 0.64), 10, base
        square = (48 if k <= 3 else 32) * room / K4.get(k, 64 * (level**2 + 2 * level + 2))
    square = max(square, float(lambertw(rate * room / loss).real) / rate)
    box = ((Fraction(math.sqrt(square) * 0.999),), (Fraction(1),))
    s = stated(k, kind, box, 1.0)
    radius_proof._check_start(s)
    with pytest.raises(Rejected, match="start"):
        radius_proof._check_start(replace(s, start=Fraction(math.sqrt(square) * 1.001)))


@pytest.mark.parametrize(
    ("k", "kind"), [(2, "factor"), (3, "factor"), (2, "jacobian"), (12, "factor")]
)
def test_the_tail_begins_just_where_its_bound_holds(k: int, kind: str) -> None:
    mean = {2: 1 / math.sqrt(math.pi), 3: 1.5 / math.sqrt(math.pi)}.get(
        k, math.sqrt(2 * math.log(k))
    )
    room = 1 - 0.576
    reach = math.sqrt(k / (k - 1)) * mean / room  # all weights but one are equal
    if kind != "factor":
        pair = math.pi**2 / 3 + math.log(9) ** 2
        reach = max(reach, math.cbrt(pair / (math.sqrt(2 * math.pi) * 2 * room)))
    box = ((Fraction(1, 10),), (Fraction(reach * 1.001),))
    s = stated(k, kind, box, 1.0)
    radius_proof._check_tail(s)
    with pytest.raises(Rejected, match="tail"):
        radius_proof._check_tail(replace(s, lower=Fraction(reach * 0.999)))
