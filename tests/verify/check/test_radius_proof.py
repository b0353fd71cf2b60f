"""The constants of a cover, to a part in a thousand: just enough passes, just less does not."""

import cmath
import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from types import SimpleNamespace
from typing import Any

import pytest
from scipy.special import lambertw

from overspec import Mixture
from overspec.verify.check import radius, radius_proof
from overspec.verify.check.decide import Consistent, mixture_in_words
from overspec.verify.check.format import Rejected
from overspec.verify.check.radius import StatedRadius, StatedTip, regions, shared, tiled
from overspec.verify.check.subject import Entry, Singled
from overspec.verify.check.value import Enclosure, Purse, TooCostly

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
    [(2, "factor"), (3, "factor"), (2, "jacobian"), (3, "convexity"), (4, "convexity"),
     (9, "jacobian"), (99, "factor")],
)  # fmt: skip
def test_the_start_goes_just_as_far_as_the_best_bound(k: int, kind: str) -> None:
    """The best of B, of Ba: s e^{as} times a loss, solved for s, and of Bb for the factors."""
    level, base = math.log(k / 2), 4 - 9 * (0.64 - 1 / 3) ** 2
    if kind == "factor":
        room, rate, loss = max(0.064, 0.8 - math.sqrt(0.576)), 5, math.sqrt(base / 2)
        square = 8 * room / K2.get(k, 8 * level + 8)
    else:
        room, rate, loss = (0.064 if kind == "jacobian" else 0.64), 10, base
        square = (48 if k <= 3 else 32) * room / K4.get(k, 64 * (level**2 + 2 * level + 2))
    square = max(square, float(lambertw(rate * room / loss).real) / rate)
    tau = 0.7
    if kind == "factor":  # cosh s + τ sinh s = 1/c
        root = math.sqrt(1 - 0.81 * (1 - tau * tau))
        square = max(square, math.log((1 + root) / (0.9 * (1 + tau))))
    box = ((Fraction(math.sqrt(square) * 0.999),), (Fraction(1),))
    s = stated(k, kind, box, 1.0)
    radius_proof._check_start(s, Fraction(tau))
    beyond = replace(s, start=Fraction(math.sqrt(square) * 1.001))
    with pytest.raises(Rejected, match="start"):
        radius_proof._check_start(beyond, Fraction(tau))


def test_the_start_rests_on_the_largest_energy() -> None:
    """At k = 4 exactly; at k = 5 by the checker's own sums."""
    four = tuple((Fraction(n, 10), 1) for n in (4, 3, 2, 1))
    at_four = replace(stated(4, "factor", PLACED, 1.0), weights=four)
    assert radius_proof._largest(radius_proof._spectrum(at_four, PURSE)) == Fraction(2, 25)
    five = tuple((Fraction(n, 15), 1) for n in (5, 4, 3, 2, 1))
    at_five = replace(at_four, k=5, weights=five)
    found = radius_proof._largest(radius_proof._spectrum(at_five, PURSE))
    largest = 25 / (4 * math.sin(math.pi / 5) ** 2) / 225
    assert float(found) == pytest.approx(largest, abs=1e-15)


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


# --- enclosures that are given: the end that counts decides

PURSE = Purse(10**9)
OWN = (Fraction(639, 1000), Fraction(641, 1000))  # an enclosure of σ
UNIT = Fraction(1, 10**6)
PLACES = (Fraction(1, 10), Fraction(1, 5))
PLACED = ((Fraction(1, 10),), (Fraction(1, 5),))


def given(at: dict[Fraction, Enclosure], monkeypatch: pytest.MonkeyPatch) -> StatedRadius:
    """A radius whose values at (r,) are these; σ is stated as wide as it is enclosed."""
    monkeypatch.setattr(radius_proof, "enclosed", lambda s, point, *_: at[point[0]])
    low, high = sorted(at)[0], sorted(at)[-1]
    box = ((low,), (high if high > low else high + 1,))
    made = stated(3, "factor", box, 1.0)
    return replace(made, sigma=OWN, worst=(high,), lower=high, upper=high + Fraction(1, 100))


def answer(call: Callable[[], None]) -> str:
    try:
        call()
    except (Rejected, TooCostly) as error:
        return type(error).__name__
    return "proved"


@pytest.mark.parametrize(
    ("value", "expected"), [(-UNIT, "proved"), (UNIT, "TooCostly"), (1 + UNIT, "Rejected")]
)
def test_a_value_is_at_most_the_lower_end(
    value: Fraction, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    s = given({Fraction(1): (Fraction(0), Fraction(1))}, monkeypatch)
    found = answer(lambda: radius_proof._prove_value(s, (Fraction(1),), value, OWN, PURSE))
    assert found == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-UNIT, -UNIT, "proved"), (-UNIT, UNIT, "TooCostly"), (UNIT, UNIT, "TooCostly"),
        (Fraction(18, 10**4) - UNIT, Fraction(1), "TooCostly"),
        (Fraction(18, 10**4) + UNIT, Fraction(1), "Rejected"),
    ],
)  # fmt: skip
def test_what_fails_is_below_every_level_that_sigma_admits(
    low: Fraction, high: Fraction, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative to 9/10 of the lower end of σ; the levels are 18/10^4 wide."""
    level = OWN[0] * 9 / 10
    s = given({Fraction(1): (level + low, level + high)}, monkeypatch)
    assert answer(lambda: radius_proof._prove_violation(s, OWN, PURSE)) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (UNIT, Fraction(1), "proved"), (-UNIT, Fraction(1), "TooCostly"),
        (Fraction(-1), -Fraction(18, 10**4) + UNIT, "TooCostly"),
        (Fraction(-1), -Fraction(18, 10**4) - UNIT, "Rejected"),
    ],
)  # fmt: skip
def test_the_lower_end_is_above_every_level_that_sigma_admits(
    low: Fraction, high: Fraction, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative to 9/10 of the upper end of σ, where λ falls steeply."""
    level, (before, start) = OWN[1] * 9 / 10, PLACES
    at = {before: (Fraction(10),) * 2, start: (Fraction(2),) * 2}
    s = given({**at, Fraction(1): (level + low, level + high)}, monkeypatch)
    assert answer(lambda: radius_proof._prove_falling(s, PLACES, OWN, PURSE)) == expected


@pytest.mark.parametrize(
    ("most", "last", "first", "expected"),
    [
        (-UNIT, 1, 1, "proved"), (UNIT, 1, 1, "TooCostly"),
        (UNIT, 1, 0, "TooCostly"), (1 - UNIT, 1, 0, "TooCostly"), (1 + UNIT, 1, 0, "Rejected"),
        (UNIT, 0, 1, "TooCostly"), (1 - UNIT, 0, 1, "TooCostly"), (1 + UNIT, 0, 1, "Rejected"),
    ],
)  # fmt: skip
def test_lambda_falls_by_the_chord_less_what_the_curvature_may_add(
    most: Fraction, last: int, first: int, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``λ(a) − λ(b) + B (upper − (a+b)/2)(a − b)`` is ``most`` at most; both values' widths."""
    before, start = PLACES
    bend = (1 + math.sqrt(2)) / 4 * K2[3]
    high = most - Fraction(bend * (1.01 - float(before + start) / 2) * float(start - before))
    at = {
        before: (Fraction(0), Fraction(first)), start: (high - last, high),
        Fraction(1): (Fraction(1), Fraction(1)),
    }  # fmt: skip
    s = given(at, monkeypatch)
    assert answer(lambda: radius_proof._prove_falling(s, PLACES, OWN, PURSE)) == expected


def checked_sigma(s: StatedRadius) -> Any:
    return radius_proof._check_sigma(s, radius_proof._spectrum(s, PURSE))


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ((0, 1), "proved"), ((-1, 1), "TooCostly"), ((0, 2), "TooCostly"), ((-1, 0), "TooCostly"),
        ((1, 2), "TooCostly"), ((-2, -1), "Rejected"), ((2, 3), "Rejected"),
    ],
)  # fmt: skip
def test_sigma_lies_within_what_is_stated(
    own: tuple[int, int], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In units of the stated width, the least of two |π̂_m|²; the other one is far above."""
    low, width = Fraction(639, 1000), Fraction(1, 10**7)
    ends = low + own[0] * width, low + own[1] * width
    monkeypatch.setattr(radius_proof, "_exactly", lambda _: [])
    for place in (0, 1):
        every = [(low + 1, low + 1)]
        every.insert(place, ends)
        monkeypatch.setattr(radius_proof, "energies", lambda *_, every=every: every)
        s = replace(stated(5, "factor", PLACED, 1.0), sigma=(low, low + width))
        assert answer(lambda s=s: checked_sigma(s)) == expected  # type: ignore[misc]


def test_sigma_is_positive_and_known_to_a_millionth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(radius_proof, "_exactly", lambda _: [SIGMA])
    low, high = SIGMA
    for width, expected in ((Fraction(9, 10), "proved"), (Fraction(11, 10), "Rejected")):
        for side in (0, 1):
            off = high * width / 10**6
            sigma = (low - off * (1 - side), high + off * side)
            s = replace(stated(5, "factor", PLACED, 1.0), sigma=sigma)
            assert answer(lambda s=s: checked_sigma(s)) == expected  # type: ignore[misc]
    monkeypatch.setattr(radius_proof, "_exactly", lambda _: [(Fraction(0), Fraction(0))])
    zero = replace(stated(5, "factor", PLACED, 1.0), sigma=(Fraction(0), Fraction(0)))
    one = Fraction(1)
    for width, expected in (
        (one / 10**6, "proved"),
        (one / (10**6 - 1), "Rejected"),
        (one / 10**5, "Rejected"),
    ):
        monkeypatch.setattr(radius_proof, "_exactly", lambda _: [(one, one)])
        s = replace(zero, sigma=(one, 1 + width))
        assert answer(lambda s=s: checked_sigma(s)) == expected  # type: ignore[misc]
    monkeypatch.setattr(radius_proof, "_exactly", lambda _: [(one * 0, one * 0)])
    assert answer(lambda: checked_sigma(zero)) == "Rejected"


@pytest.mark.parametrize(("power", "least"), [(7, 60), (70, 74), (300, 304)])
def test_sigma_is_computed_to_more_digits_than_it_is_stated(
    power: int, least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def energies(k: int, weights: Any, frequencies: Any, digits: int, purse: Purse) -> Any:
        asked.append(digits)
        return [SIGMA]

    monkeypatch.setattr(radius_proof, "_exactly", lambda _: [])
    monkeypatch.setattr(radius_proof, "energies", energies)
    sigma = (SIGMA[0], SIGMA[0] + Fraction(1, 10**power))
    checked_sigma(replace(stated(5, "factor", PLACED, 1.0), sigma=sigma))
    assert least <= asked[0] < least + 10


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ("2/5,3/10,1/5,1/10", [(0.4 - 0.2) ** 2 + (0.3 - 0.1) ** 2, (0.4 - 0.3 + 0.2 - 0.1) ** 2]),
        ("3/5,1/10x4", [0.25]),
        ("1/10x2,3/5,1/10x2", [0.25]),
        ("1/5x5", []),
        ("1/4x2,1/6x3", []),
    ],
)
def test_energies_that_are_rational(weights: str, expected: list[float]) -> None:
    """At k = 4, and where all weights but one are equal; by sums of ω^j where not."""
    mixture = Mixture.simplex(weights.count(",") + 1 if "x" not in weights else 5, weights)
    s = replace(
        stated(mixture.k, "factor", PLACED, 1.0),
        weights=tuple(mixture.weights.runs),  # type: ignore[arg-type]
    )
    found = radius_proof._exactly(s)
    assert [float(low) for low, _ in found] == pytest.approx(expected)
    assert all(low == high for low, high in found)
    pi = [float(w) for w in mixture.weights]  # type: ignore[arg-type]
    for digits in (5, 30):
        every = radius_proof.energies(mixture.k, s.weights, [1, 2], digits, PURSE)
        assert len(every) == 2
        assert all(
            low < exact < high for (exact, _), (low, high) in zip(found, every, strict=False)
        )
        for m, (low, high) in enumerate(every, start=1):
            turned = sum(w * cmath.exp(2j * math.pi * m * j / mixture.k) for j, w in enumerate(pi))
            assert float(low) - 1e-15 <= abs(turned) ** 2 <= float(high) + 1e-15
            assert high - low < Fraction(1, 10**digits)


WIDE = (Fraction(63, 100), Fraction(65, 100))


def test_a_box_is_above_every_level_that_sigma_admits() -> None:
    box = PLACED
    least = 0.9 * 0.65 + (1 + math.sqrt(2)) / 4 * K2[3] * 0.01 / 8
    for share, expected in ((1.001, "proved"), (0.999, "Rejected")):
        s = replace(stated(3, "factor", box, least * share), sigma=WIDE)
        assert answer(lambda s=s: radius_proof._check_box(s, box)) == expected  # type: ignore[misc]


@pytest.mark.parametrize("kind", ["factor", "jacobian"])
def test_the_start_holds_for_every_sigma(kind: str) -> None:
    """Room from the lower end of σ to 9/10 of the upper one."""
    k, level = 3, 0.9 * 0.65
    if kind == "factor":
        square = 8 * max(0.63 - level, math.sqrt(0.63) - math.sqrt(level)) / K2[k]
        rate, loss = 5, math.sqrt((4 - 9 * (0.63 - 1 / 3) ** 2) / 2)
        room = math.sqrt(0.63) - math.sqrt(level)
    else:
        square, room = 48 * (0.63 - level) / K4[k], 0.63 - level
        rate, loss = 10, 4 - 9 * (0.63 - 1 / 3) ** 2
    square = max(square, float(lambertw(rate * max(room, 0.63 - level) / loss).real) / rate)
    if kind == "factor":
        square = max(square, math.log(0.63 / level))  # τ = 1
    s = replace(stated(k, kind, PLACED, 1.0), sigma=WIDE, lower=Fraction(1))
    for share, expected in ((0.999, "proved"), (1.001, "Rejected")):
        at = replace(s, start=Fraction(math.sqrt(square) * share))
        assert answer(lambda at=at: radius_proof._check_start(at)) == expected  # type: ignore[misc]
    assert answer(lambda: radius_proof._check_start(replace(s, start=Fraction(2)))) == "Rejected"


@pytest.mark.parametrize("kind", ["factor", "jacobian"])
@pytest.mark.parametrize("k", [2, 3, 5])
@pytest.mark.parametrize("least", [Fraction(1, 20), Fraction(1, 10**12)])
def test_a_tail_holds_for_every_sigma_and_all_pairs(k: int, kind: str, least: Fraction) -> None:
    """Weights that all differ, to 9/10 of the upper end of σ; pairs count by their logarithms."""
    rest = (1 - least) * 2 / (k * (k - 1))
    weights = (least, *(rest * n for n in range(1, k)))
    room, root, s = 1 - 0.9 * 0.65, math.sqrt(2 * math.pi), math.sqrt(2 * k / (k - 1))
    mean = {2: 1 / math.sqrt(math.pi), 3: 1.5 / math.sqrt(math.pi)}.get(
        k, math.sqrt(2 * math.log(k))
    )
    shared = math.sqrt(k / (k - 1)) if k <= 3 else 2 * math.sqrt((k - 1) / k)
    reach = shared * mean / room
    if kind != "factor":
        gaps = [math.log(a / b) ** 2 for a, b in combinations(weights, 2)]
        if k <= 3:
            pairs = k * (k - 1) / 2 * math.pi**2 / 3 + sum(gaps)
            reach = max(reach, math.cbrt(pairs / (root * s * room)))
        else:
            far, near = k * k / (root * s * room), math.pi**2 / 3 + max(gaps)
            reach = max(reach, far, math.cbrt(k * k * near / (root * s**3 * room)))
    made = replace(stated(k, kind, PLACED, 1.0), weights=tuple((w, 1) for w in weights), sigma=WIDE)
    for share, expected in ((1.001, "proved"), (0.999, "Rejected")):
        at = replace(made, lower=Fraction(reach * share))
        assert answer(lambda at=at: radius_proof._check_tail(at)) == expected  # type: ignore[misc]
        if k == 5:  # there all theta have a tail of their own, see test_tails
            continue
        everywhere = replace(at, single=False)
        assert answer(lambda at=everywhere: radius_proof._check_tail(at)) == "Rejected"  # type: ignore[misc]


@pytest.mark.parametrize("k", [4, 5])
def test_a_regular_simplex_has_half_as_much_in_the_middle(k: int) -> None:
    s = stated(k, "factor", PLACED, 1.0)
    each = Fraction(9, k - 1)
    assert s.orbit(Fraction(3)).energies == (
        ((2 * each, 1), (each, 1)) if k == 4 else ((2 * each, 2),)
    )


def test_the_level_is_rounded_to_the_side_that_is_asked_for() -> None:
    for gap, kind in ((Fraction(1, 3), "factor"), ("sqrt(2)/2", "jacobian")):
        s = replace(stated(3, kind, PLACED, 1.0), gap=gap)
        low, high = s.level(Fraction(2), -1), s.level(Fraction(2), 1)
        square = Fraction(4, 9) if gap == Fraction(1, 3) else Fraction(2)
        assert low**2 < square < high**2
        assert high - low < Fraction(1, 2**370)
    assert replace(s, kind="convexity").level(Fraction(2), 1) == 0


def test_what_is_to_be_covered_around_a_tip() -> None:
    """All but a neighbourhood of it, which an axis may cut off."""
    zero, half, one = Fraction(0), Fraction(1, 2), Fraction(1)
    start, lower, wide = Fraction(1, 4), Fraction(3, 4), Fraction(1, 8)
    s = replace(stated(4, "factor", PLACED, 1.0), single=False, start=start, lower=lower)
    below = ((start, zero), (half, one))
    sides = {
        zero: [((half, wide), (lower, one))],
        half: [((half, zero), (lower, half - wide)), ((half, half + wide), (lower, one))],
        one: [((half, zero), (lower, one - wide))],
    }
    for turn, beside in sides.items():
        tip = StatedTip(turn, wide, half, zero, ("g1",))
        assert regions(replace(s, tip=tip)) == [below, *beside]
    assert regions(s) == [((start, zero), (lower, one))]
    assert regions(replace(s, single=True, falling=(start, half))) == [((start,), (half,))]
    corner = (Fraction(2), Fraction(3))
    assert regions(replace(s, corner=corner)) == [((zero, zero), corner)]
    box = ((half, zero), (lower, one))
    with pytest.raises(Rejected, match="outside"):
        shared(replace(s, tip=StatedTip(half, wide, half, zero, ("g1",)), boxes=(box,)))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([(0, 0, 2, 2)], True),
        ([(0, 0, 1, 2), (1, 0, 2, 2)], True),
        ([(0, 0, 2, 1), (0, 1, 1, 2), (1, 1, 2, 2)], True),
        ([(0, 0, 1, 2)], False),
        ([(0, 0, 2, 1), (1, 1, 2, 2)], False),
        ([(0, 0, 1, 2), (0, 0, 2, 2)], True),
        ([(0, 0, 1, 2), (1, 0, 2, 1), (0, 1, 2, 2)], False),
        ([], False),
    ],
)
def test_cells_tile_a_square(cells: list[tuple[int, int, int, int]], expected: bool) -> None:
    """A cell that is all of it needs no other ones; those that overlap without it prove nothing."""
    boxes = {((Fraction(a), Fraction(b)), (Fraction(c), Fraction(d))) for a, b, c, d in cells}
    whole = ((Fraction(0), Fraction(0)), (Fraction(2), Fraction(2)))
    assert tiled(whole, boxes) == expected


def test_a_box_is_as_low_as_its_lowest_corner() -> None:
    box = ((Fraction(1, 10), Fraction(0)), (Fraction(1, 5), Fraction(1, 8)))
    s = stated(4, "factor", box, 2.0)
    radius_proof._check_box(s, box)
    for corner in s.values:
        lower = replace(s, values={**s.values, corner: Fraction(9, 10) * SIGMA[0]})
        with pytest.raises(Rejected, match="curvature"):
            radius_proof._check_box(lower, box)


def test_a_start_is_not_beyond_the_lower_end() -> None:
    s = replace(stated(3, "factor", PLACED, 1.0), start=Fraction(1, 100))
    radius_proof._check_start(s)
    with pytest.raises(Rejected, match="start"):
        radius_proof._check_start(replace(s, lower=Fraction(1, 101)))
    radius_proof._check_start(replace(s, start=Fraction(0), lower=Fraction(0)))


def test_ends_of_sigma_in_the_wrong_order_are_refused() -> None:
    low, high = "1*2^-1", "1*2^0"
    assert radius._pair([low, high]) == (Fraction(1, 2), Fraction(1))
    assert radius._pair([low, low]) == (Fraction(1, 2),) * 2
    with pytest.raises(Rejected, match="order"):
        radius._pair([high, low])


def test_a_value_is_read_as_it_is_written() -> None:
    assert radius._valued([["1*2^0", "1*2^-2"], "3*2^-2"], 2) == (
        (1, Fraction(1, 4)),
        Fraction(3, 4),
    )


def test_the_frequencies_that_are_looked_at() -> None:
    """One stands for all where all weights but one are equal."""
    half, quarter = Fraction(1, 2), Fraction(1, 4)
    for weights, k, expected in (
        (((half, 1), (quarter, 2)), 3, [1]),
        (((quarter, 1), (half, 1), (quarter, 1)), 3, [1]),
        (((Fraction(1, 6), 3), (Fraction(1, 8), 4)), 7, [1, 2, 3]),
        (((Fraction(1, 6), 3), (half, 1), (Fraction(0), 2)), 6, [1, 2, 3]),
    ):
        s = replace(stated(k, "factor", PLACED, 1.0), weights=weights)  # type: ignore[arg-type]
        assert list(s.frequencies) == expected


# --- what is asked, and what is said

TIP = StatedTip(Fraction(1, 2), Fraction(1, 16), Fraction(3, 20), Fraction(1, 32), ("g1",))
FINITE = replace(stated(3, "factor", PLACED, 1.0), sigma=WIDE, worst=(Fraction(6, 5),))


def asked(s: StatedRadius, monkeypatch: pytest.MonkeyPatch, costly: str = "") -> list[Any]:
    """The parts of a proof in order, with the points and levels of those in doubles."""
    seen: list[Any] = []

    def part(name: str) -> Callable[..., Any]:
        def called(*_: Any) -> Any:
            seen.append(name)
            if name == costly:
                raise TooCostly(name)
            return OWN

        return called

    for name in ("_check_sigma", "_check_start", "_check_box", "prove_tails", "_check_tail",
                 "prove_tip", "_prove_value", "_prove_falling", "_prove_violation"):  # fmt: skip
        monkeypatch.setattr(radius_proof, name, part(name))
    for name in ("compare_value", "compare_violation"):
        monkeypatch.setattr(
            radius_proof, name, lambda _, *rest: seen.append(rest[:-1]) or Fraction(len(seen))
        )
    monkeypatch.setattr(radius_proof, "read", lambda _: s)
    monkeypatch.setattr(radius_proof, "shared", lambda _: [])
    says: list[str] = []
    try:
        radius_proof.check_radius({}, Purse(10**9), says)
    except Consistent as found:
        seen.append(found.epsilon)
    assert says == list(radius_proof._sentences(s))
    return seen


def test_all_parts_of_a_proof_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    first, values = ["_check_sigma", "_check_start", "_check_box"], ["_prove_value"] * 2
    assert asked(FINITE, monkeypatch) == [*first, *values, "_prove_violation"]
    endless = replace(FINITE, upper=math.inf, worst=())
    assert asked(endless, monkeypatch) == [*first, "_check_tail", *values]
    corner = replace(endless, corner=(Fraction(1), Fraction(2)))
    assert asked(corner, monkeypatch) == [*first, "prove_tails", *values]
    fallen = replace(FINITE, falling=PLACES)
    assert asked(fallen, monkeypatch) == [*first, *values, "_prove_falling", "_prove_violation"]
    tipped = replace(FINITE, tip=TIP)
    assert asked(tipped, monkeypatch) == [*first, "prove_tip", *values, "_prove_violation"]


def test_what_is_too_costly_is_compared_in_doubles(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the points that were to be proved, with the level that counts; ε is the largest."""
    level, first = FINITE.level(WIDE[1], 1), ["_check_sigma", "_check_start", "_check_box"]
    found = asked(replace(FINITE, tip=TIP), monkeypatch, "prove_tip")
    assert found == [
        *first, "prove_tip", ((FINITE.lower, TIP.turn), level), *["_prove_value"] * 2,
        "_prove_violation", 5,
    ]  # fmt: skip
    found = asked(replace(FINITE, falling=PLACES), monkeypatch, "_prove_falling")
    assert found[-4:] == ["_prove_falling", ((FINITE.lower,), level), "_prove_violation", 7]
    found = asked(FINITE, monkeypatch, "_prove_value")
    assert [each for each in found if isinstance(each, tuple)] == list(FINITE.values.items())
    assert found[-1] == 7
    assert asked(FINITE, monkeypatch, "_prove_violation")[-2:] == [(), 7]


@pytest.mark.parametrize(
    "change",
    [
        {"worst": (Fraction(11, 10),)}, {"upper": Fraction(1, 5), "worst": (Fraction(1, 5),)},
        {"upper": Fraction(1, 10), "worst": (Fraction(1, 10),)},
        {"values": {(Fraction(1, 10),): Fraction(1)}},
        {"values": {**FINITE.values, (Fraction(3, 10),): Fraction(1)}},
    ],
)  # fmt: skip
def test_ends_and_values_belong_together(
    change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Rejected, match=r"upper end is not|not at the corners"):
        asked(replace(FINITE, **change), monkeypatch)


def test_what_is_said_of_a_radius() -> None:
    lines = list(radius_proof._sentences(FINITE))
    assert lines[0] == "0.20 <= gamma <= 1.20"
    assert lines[1].endswith("is at least 9/10 sigma for every theta with |theta| <= r")
    assert lines[2].endswith("in [0.630000000000000000, 0.650000000000000000]")
    assert lines[-1] == mixture_in_words(3, FINITE.weights)
    lines = list(radius_proof._sentences(replace(FINITE, k=5, kind="convexity")))
    assert "is at least 0 for every theta on a regular-simplex orbit with" in lines[1]
    assert not any("sigma" in line for line in lines)
    lines = list(radius_proof._sentences(replace(FINITE, k=5, single=False, tip=TIP)))
    assert "for every theta with" in lines[1]
    assert "arg a/90 degrees - 0.500000000000| is at most 0.062500000000" in lines[2]
    lines = list(radius_proof._sentences(replace(FINITE, falling=PLACES)))
    assert "between r = 0.200000000000 and the upper end" in lines[2]
    lines = list(radius_proof._sentences(replace(FINITE, upper=math.inf)))
    assert lines[0].endswith("is above 9/10 sigma for every theta")


def test_the_least_of_all_that_a_point_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """Factors that are looked at and, but for the kind factor, eigenvalues: both ends."""
    one, three = Fraction(1), Fraction(3)
    g = {"log_partition": (-9, -9), "g": (2, 5)}
    singled = {Singled.RADIAL: (1, 6), Singled.EVEN: (3, 4)}
    entries = {Entry(1, 1): (three, three), Entry(1, 2): (0 * one,) * 2, Entry(2, 2): (one, one)}
    tiny = Fraction(1, 10**30)

    def least(s: StatedRadius, point: tuple[Fraction, ...]) -> tuple[Any, Any]:
        low, high = radius_proof.enclosed(s, point, 9, OWN, PURSE)
        return round(low + tiny, 20), round(high - tiny, 20)

    for kind, more, expected in (
        ("factor", {}, (2, 5)), ("jacobian", singled, (1, 4)), ("jacobian", entries, (1, 1)),
    ):  # fmt: skip
        monkeypatch.setattr(radius_proof.laplace, "enclose", lambda *_, more=more, least: g | more)
        assert least(stated(5, kind, PLACED, 1.0), (one,)) == expected
    factors = [(Fraction(2), Fraction(5)), (Fraction(3, 2), Fraction(7))]
    for kind, more, expected in (("factor", {}, (1.5, 5)), ("jacobian", entries, (1, 1))):
        sums = SimpleNamespace(factors=factors, entries=more)
        monkeypatch.setattr(radius_proof.lattice, "enclose", lambda *_, sums=sums, **__: sums)
        monkeypatch.setattr(radius_proof, "at_amplitudes", lambda *_, sums=sums: sums)
        assert least(stated(3, kind, PLACED, 1.0), (one,)) == expected
        two = replace(stated(4, kind, PLACED, 1.0), single=False)
        assert least(two, (one, one / 2)) == expected
        assert least(replace(two, corner=(one, one)), (0 * one, one)) == expected
        assert radius_proof.enclosed(two, (0 * one, one), 9, OWN, PURSE) == OWN
