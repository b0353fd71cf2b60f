"""Reads a certificate of a radius by the checker's own grammar. `radius_proof` proves it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from operator import le
from typing import Any

import gmpy2

from overspec.verify.check.format import Rejected, dyadic, integer, read_weights, runs
from overspec.verify.check.value import Orbit, fraction, number

Point = tuple[Fraction, ...]
Box = tuple[Point, Point]

HYPOTHESES = [
    "the data are N(0, I) and the components N(R^j theta, I), R the simplex action",
    "the weights are positive and sum to 1",
    "between corners lambda is above their least by the bound on second derivatives",
]
KINDS = ("factor", "jacobian", "convexity")
BRANCHES = ("matrix", "g1", "g2")
MORE = {"falling", "tip", "corner", "mirrored"}
KEYS = {"lower", "upper", "sigma", "start", "worst", "boxes", "values"}
MOST = 5000  # boxes


@dataclass(frozen=True)
class StatedTip:
    """Where it is said to fail first: see `cover.tip`."""

    turn: Fraction
    half: Fraction
    start: Fraction
    step: Fraction
    branches: tuple[str, ...]

    @property
    def sides(self) -> tuple[Fraction, Fraction]:
        """Between which q."""
        return max(Fraction(0), self.turn - self.half), min(Fraction(1), self.turn + self.half)


@dataclass(frozen=True)
class StatedRadius:
    """What the file says: see `certificates.write_radius`."""

    k: int
    weights: tuple[tuple[Fraction | str, int], ...]
    kind: str
    gap: Fraction | str
    single: bool
    lower: Fraction
    upper: Fraction | float
    sigma: tuple[Fraction, Fraction]
    start: Fraction
    worst: Point
    boxes: tuple[Box, ...]
    values: dict[Point, Fraction]
    falling: tuple[Fraction, Fraction] | None = None
    tip: StatedTip | None = None
    corner: Point | None = None
    mirrored: bool = False

    @property
    def last(self) -> Fraction:
        """The largest q: ½ where the two frequencies may be exchanged."""
        return Fraction(1, 2 if self.mirrored else 1)

    @property
    def reach(self) -> Fraction:
        """Where the boxes end: at the lower end, or where λ begins to fall."""
        return self.falling[1] if self.falling else self.lower

    @property
    def alike(self) -> bool:
        """Whether all weights but at most one are equal."""
        counts: dict[Fraction | str, int] = {}
        for weight, count in self.weights:
            counts[weight] = counts.get(weight, 0) + count
        return len(counts) == 1 or (len(counts) == 2 and 1 in counts.values())

    @property
    def frequencies(self) -> range:
        """Those whose g_m are looked at: one stands for all where all weights but one are equal."""
        return range(1, 2 if self.alike else self.k // 2 + 1)

    def orbit(self, r: Fraction) -> Orbit:
        """The regular-simplex orbit of norm r."""
        each, k = r * r / (self.k - 1), self.k
        energies = [(2 * each, (k - 1) // 2)] if k > 2 else []
        last = [(each, 1)] if k % 2 == 0 else []
        return Orbit(k, self.weights, tuple(energies + last), True)

    def level(self, sigma: Fraction, side: int) -> Fraction:
        """cσ, or 0; not below (side 1) or not above (side −1) the exact value."""
        if self.kind == "convexity":
            return Fraction(0)
        with gmpy2.context(gmpy2.get_context(), precision=400):
            return fraction(number(self.gap)) * sigma * (1 + side * Fraction(1, 2**380))


def read(certificate: dict[str, Any]) -> StatedRadius:
    """The file's parts, by the checker's own grammar."""
    inputs, given = certificate["inputs"], certificate["parameters"]
    if not isinstance(inputs, dict) or set(inputs) != {"k", "weights", "kind", "gap", "orbit"}:
        raise Rejected("inputs must be k, weights, kind, gap and orbit")
    if certificate["engine"] != "cover" or certificate["statements"] != []:
        raise Rejected("a radius has the engine 'cover' and no statements")
    if certificate["hypotheses"] != HYPOTHESES:
        raise Rejected("the hypotheses are not those that a cover needs")
    if not isinstance(given, dict) or not KEYS <= set(given) <= KEYS | MORE:
        raise Rejected(f"parameters of a cover are {sorted(KEYS)}, and {sorted(MORE)} perhaps")
    k = integer(inputs["k"], 2, 10**15)
    weights = read_weights(inputs["weights"], k)
    if inputs["kind"] not in KINDS or inputs["orbit"] not in ("all", "simplex"):
        raise Rejected("unknown kind or orbit")
    single = inputs["orbit"] == "simplex" or k <= 3
    if not single and k > 5 and (given["upper"] != "inf" or given["boxes"] != []):
        raise Rejected("all theta are covered up to k = 5")
    gap = _share(inputs["gap"])
    boxes, values, upper = given["boxes"], given["values"], given["upper"]
    if upper == "inf" and given["worst"] != []:
        raise Rejected("no point is exhibited where the radius is infinite")
    if (
        not isinstance(boxes, list)
        or not isinstance(values, list)
        or len(boxes) > MOST
        or (len(values) > 4 * MOST)
    ):
        raise Rejected(f"boxes and values are lists, of {MOST} at most")
    axes = 1 if single else 2
    stated = StatedRadius(
        k, weights, inputs["kind"], gap, single,
        dyadic(given["lower"]),
        math.inf if upper == "inf" else dyadic(upper),
        _pair(given["sigma"]), dyadic(given["start"]),
        _point(given["worst"], axes) if upper != "inf" else (),
        tuple(_box(item, axes) for item in boxes),
        _once([_valued(item, axes) for item in values]),
        _falling(given, single) if "falling" in given else None,
        _tip(given, single, inputs["kind"]) if "tip" in given else None,
        _corner(given, single, k) if "corner" in given else None,
        "mirrored" in given,
    )  # fmt: skip
    # j → 2j exchanges the frequencies 1 and 2 of k = 5, and π_1 … π_4 with each other
    if stated.mirrored and not (
        given["mirrored"] is True and k == 5 and not single and stated.alike
    ):
        raise Rejected("mirrored is true, at k = 5 over all theta, where all but one weight agree")
    return stated


def _falling(given: dict[str, Any], single: bool) -> tuple[Fraction, Fraction]:
    before, start = _point(given["falling"], 2)
    if not single or given["upper"] == "inf":
        raise Rejected("lambda falls to an upper end, along a radius")
    if not 0 <= before < start < dyadic(given["lower"]):
        raise Rejected("lambda falls from a place below the lower end, by a chord from before it")
    return before, start


def _tip(given: dict[str, Any], single: bool, kind: str) -> StatedTip:
    item, names = given["tip"], BRANCHES[kind == "factor" :]
    if not isinstance(item, dict) or set(item) != {"turn", "half", "from", "step", "branches"}:
        raise Rejected("a tip has turn, half, from, step and branches")
    turn, half, start, step = (dyadic(item[name]) for name in ("turn", "half", "from", "step"))
    branches = item["branches"]
    if single or given["upper"] == "inf":
        raise Rejected("a tip is that of a bracket over two amplitudes")
    if not isinstance(branches, list) or not branches or not all(b in names for b in branches):
        raise Rejected(f"the branches that fail are a list from {', '.join(names)}")
    if len(set(branches)) > 1 and 0 < turn < 1:
        raise Rejected("two branches fail at one point on an axis only")
    if not (0 <= turn <= 1 and 0 < half <= Fraction(1, 4) and 0 <= step <= half):
        raise Rejected("0 <= turn <= 1, 0 < half <= 1/4, 0 <= step <= half")
    if not dyadic(given["start"]) < start < dyadic(given["lower"]):
        raise Rejected("the neighbourhood of a tip begins between the start and the lower end")
    if given["worst"] != [given["upper"], item["turn"]]:
        raise Rejected("the exhibited point is in the direction of the tip")
    return StatedTip(turn, half, start, step, tuple(branches))


def _corner(given: dict[str, Any], single: bool, k: int) -> Point:
    corner = _point(given["corner"], 2)
    if single or k != 4 or given["upper"] != "inf":
        raise Rejected("a corner is where all theta are covered, k = 4")
    if dyadic(given["start"]) != 0 or dyadic(given["lower"]) != min(corner):
        raise Rejected("from 0 on to a corner, whose lesser side is the lower end")
    return corner


def _once(items: list[tuple[Point, Fraction]]) -> dict[Point, Fraction]:
    if len(dict(items)) < len(items):
        raise Rejected("a point has two values")
    return dict(items)


def _share(text: object) -> Fraction | str:
    ((value, _),) = runs([[text, 1]])
    if not 0 < number(value) < 1:
        raise Rejected("the gap must lie strictly between 0 and 1")
    return value


def _pair(item: object) -> tuple[Fraction, Fraction]:
    low, high = _point(item, 2)
    if not low <= high:
        raise Rejected("the ends of sigma are in the wrong order")
    return low, high


def _point(item: object, axes: int) -> Point:
    if not isinstance(item, list) or len(item) != axes:
        raise Rejected(f"{axes} exact coordinates are needed")
    return tuple(dyadic(text) for text in item)


def _box(item: object, axes: int) -> Box:
    if not isinstance(item, list) or len(item) != 2:
        raise Rejected("a box is a pair of corners")
    low, high = _point(item[0], axes), _point(item[1], axes)
    if not all(a < b for a, b in zip(low, high, strict=True)) or min(low) < 0:
        raise Rejected("a box goes from a corner up to another one")
    return low, high


def _valued(item: object, axes: int) -> tuple[Point, Fraction]:
    if not isinstance(item, list) or len(item) != 2:
        raise Rejected("a value is [point, lower bound]")
    return _point(item[0], axes), dyadic(item[1])


def regions(s: StatedRadius) -> list[Box]:
    """What is to be covered: all of it, or all but the neighbourhood of a tip."""
    zero, one = Fraction(0), s.last
    if s.start == s.lower:  # nothing: `corner` has start 0, `falling` and `tip` begin between them
        return []
    if s.corner:
        return [((zero, zero), s.corner)]
    if s.single:
        return [((s.start,), (s.reach,))]
    if s.tip is None:
        return [((s.start, zero), (s.reach, one))]
    low, high = s.tip.sides
    beside = [((s.tip.start, zero), (s.lower, low))] * (low > 0)
    beside += [((s.tip.start, high), (s.lower, one))] * (high < one)
    return [((s.start, zero), (s.tip.start, one)), *beside]


def shared(s: StatedRadius) -> list[tuple[Box, set[Box]]]:
    """The regions with the boxes in each.

    Raises:
        Rejected: a box that is in none.
    """
    found: list[tuple[Box, set[Box]]] = [(region, set()) for region in regions(s)]
    for low, high in s.boxes:
        for (bottom, top), inside in found:
            if all(map(le, bottom, low)) and all(map(le, high, top)):
                inside.add((low, high))
                break
        else:
            raise Rejected("a box is outside what is to be covered")
    return found


def place_in_words(point: Point) -> str:
    """The coordinates, six digits each."""
    return "(" + ", ".join(f"{float(x):.6g}" for x in point) + ")"


def tiled(box: Box, cells: set[Box]) -> bool:
    """Whether cells that came from halving tile the box.

    >>> zero, half, one = Fraction(0), Fraction(1, 2), Fraction(1)
    >>> parts = {((zero,), (half,)), ((half,), (one,))}
    >>> tiled(((zero,), (one,)), parts), tiled(((zero,), (one,)), set(list(parts)[:1]))
    (True, False)
    """
    pending = [(box, cells)]
    while pending:
        (low, high), inside = pending.pop()
        if (low, high) in inside:
            continue
        for axis in range(len(low)):
            middle = (low[axis] + high[axis]) / 2
            left = {c for c in inside if c[1][axis] <= middle}
            right = {c for c in inside if c[0][axis] >= middle}
            if left and right and len(left) + len(right) == len(inside):
                pending.append(((low, _at(high, axis, middle)), left))
                pending.append(((_at(low, axis, middle), high), right))
                break
        else:
            return False
    return True


def _at(point: Point, axis: int, x: Fraction) -> Point:
    return (*point[:axis], x, *point[axis + 1 :])
