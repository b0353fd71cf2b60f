"""Checks a certificate of a radius, with constants and quadratures of its own.

Valid when the boxes tile all θ from the stated start to the lower end, the start is within the
explicit bound, every stated value is no larger than the checker's own, every box stays above the
threshold by the curvature bound of the checker, and at the upper end the inequality fails; for
``inf`` when a tail bound holds from the lower end on. Values come in doubles from shifted
lattices (k ≤ 5) or from a Laplace integral with characters by a fast Fourier transform.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from overspec.verify.check.format import Rejected, dyadic, integer, read_weights, runs
from overspec.verify.check.radius_values import by_laplace, by_lattice, listed, modes
from overspec.verify.check.value import TooCostly, number

Point = tuple[Fraction, ...]
Box = tuple[Point, Point]

HYPOTHESES = [
    "the data are N(0, I) and the components N(R^j theta, I), R the simplex action",
    "the weights are positive and sum to 1",
    "between corners lambda is above their least by the bound on second derivatives",
]
KINDS = ("factor", "jacobian", "convexity")
KEYS = {"lower", "upper", "sigma", "start", "worst", "boxes", "values"}
ROUNDING = 1e-11  # far above that of the sums
MOST = 5000  # boxes


@dataclass(frozen=True)
class StatedRadius:
    """What the file says: see `certificates.write_radius`."""

    k: int
    weights: tuple[tuple[float, int], ...]
    kind: str
    gap: float
    single: bool
    lower: Fraction
    upper: Fraction | float
    sigma: tuple[Fraction, Fraction]
    start: Fraction
    worst: Point
    boxes: tuple[Box, ...]
    values: dict[Point, Fraction]

    @property
    def alike(self) -> bool:
        """Whether all weights but at most one are equal."""
        counts: dict[float, int] = {}
        for weight, count in self.weights:
            counts[weight] = counts.get(weight, 0) + count
        return len(counts) == 1 or (len(counts) == 2 and 1 in counts.values())

    @property
    def threshold(self) -> float:
        """cσ at the upper end of σ, or 0."""
        return 0.0 if self.kind == "convexity" else self.gap * float(self.sigma[1])


def check_radius(certificate: dict[str, Any]) -> int:
    """How many values were confirmed.

    Raises:
        Rejected: what is wrong.
        TooCostly: what this checker cannot decide.
    """
    s = read(certificate)
    _check_sigma(s)
    _check_start(s)
    if not tiled((tuple(_low(s)), tuple(_high(s))), set(s.boxes)):
        raise Rejected("the boxes do not tile everything between the start and the lower end")
    for box in s.boxes:
        _check_box(s, box)
    for point, stated in s.values.items():
        own, error = value(s, point)
        if own + error < float(stated):
            raise Rejected(
                f"at {_shown(point)} an independent quadrature gives {own:.12g}, less than stated"
            )
        if error > 0.2 * (float(stated) - s.threshold):
            raise TooCostly(f"at {_shown(point)} its own quadrature is not sharp enough")
    if s.upper == math.inf:
        _check_tail(s)
    else:
        own, error = value(s, s.worst)
        level = 0.0 if s.kind == "convexity" else s.gap * float(s.sigma[0])
        if own - error >= level:
            raise Rejected(f"at the upper end an independent quadrature gives {own:.12g}")
        if own + error >= level:
            raise TooCostly("its own quadrature does not tell the upper end from the threshold")
    return len(s.values) + (s.upper != math.inf)


def read(certificate: dict[str, Any]) -> StatedRadius:
    """The file's parts, by the checker's own grammar."""
    inputs, given = certificate["inputs"], certificate["parameters"]
    if not isinstance(inputs, dict) or set(inputs) != {"k", "weights", "kind", "gap", "orbit"}:
        raise Rejected("inputs must be k, weights, kind, gap and orbit")
    if certificate["engine"] != "cover" or certificate["statements"] != []:
        raise Rejected("a radius has the engine 'cover' and no statements")
    if certificate["hypotheses"] != HYPOTHESES:
        raise Rejected("the hypotheses are not those that a cover needs")
    if not isinstance(given, dict) or set(given) != KEYS:
        raise Rejected(f"parameters of a cover are {sorted(KEYS)}")
    k = integer(inputs["k"], 2, 10**15)
    weights = tuple((float(number(w)), n) for w, n in read_weights(inputs["weights"], k))
    if inputs["kind"] not in KINDS or inputs["orbit"] not in ("all", "simplex"):
        raise Rejected("unknown kind or orbit")
    single = inputs["orbit"] == "simplex" or k <= 3
    if not single and k > 5:
        raise Rejected("all theta are covered up to k = 5")
    gap = _share(inputs["gap"])
    boxes, values = given["boxes"], given["values"]
    if not isinstance(boxes, list) or not isinstance(values, list) or len(boxes) > MOST:
        raise Rejected(f"boxes and values are lists, of {MOST} at most")
    axes = 1 if single else 2
    return StatedRadius(
        k, weights, inputs["kind"], gap, single,
        dyadic(given["lower"]),
        math.inf if given["upper"] == "inf" else dyadic(given["upper"]),
        _pair(given["sigma"]), dyadic(given["start"]),
        _point(given["worst"], axes) if given["upper"] != "inf" else (),
        tuple(_box(item, axes) for item in boxes),
        dict(_valued(item, axes) for item in values),
    )  # fmt: skip


def _share(text: object) -> float:
    ((value, _),) = runs([[text, 1]])
    if not 0 < number(value) < 1:
        raise Rejected("the gap must lie strictly between 0 and 1")
    return float(number(value))


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
    return _point(item[0], axes), _point(item[1], axes)


def _valued(item: object, axes: int) -> tuple[Point, Fraction]:
    if not isinstance(item, list) or len(item) != 2:
        raise Rejected("a value is [point, lower bound]")
    return _point(item[0], axes), dyadic(item[1])


def _low(s: StatedRadius) -> list[Fraction]:
    return [s.start] + [Fraction(0)] * (not s.single)


def _high(s: StatedRadius) -> list[Fraction]:
    return [s.lower] + [Fraction(1)] * (not s.single)


def _shown(point: Point) -> str:
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


# --- the constants, again


def range_moment(k: int, power: int) -> float:
    """K_p, p = 2 or 4: for k = 3 by a quadrature over the angle, else in closed form."""
    if k == 2:
        return 4.0 if power == 2 else 48.0
    if k == 3:
        x, w = np.polynomial.legendre.leggauss(40)
        mean = float(np.sum(w * np.cos(x * np.pi / 6) ** power)) / 2
        return float(3 ** (power // 2) * (2 if power == 2 else 8) * mean)
    level = math.log(k / 2)
    return 8 * level + 8 if power == 2 else 64 * ((level + 1) ** 2 + 1)


def _check_box(s: StatedRadius, box: Box) -> None:
    low, high = box
    corners = set(product(*zip(low, high, strict=True)))
    if any(corner not in s.values for corner in corners):
        raise Rejected("a corner of a box has no value")
    k2, k4 = range_moment(s.k, 2), range_moment(s.k, 4)
    bend, slope = (1 + math.sqrt(2)) / 4 * k2, math.sqrt(k2) / 2
    if s.kind != "factor":
        bend, slope = max(bend, k4 / 8), max(slope, math.sqrt(k2 * k4) / 8)
    sides = [float(b - a) for a, b in zip(low, high, strict=True)]
    loss = sides[0] ** 2 * bend / 8
    if not s.single:
        r = float(high[0])
        loss += (sides[1] * math.pi / 2) ** 2 * (r * r * bend + r * slope) / 8
    least = float(min(s.values[corner] for corner in corners)) - s.threshold
    if least < loss * (1 - 1e-9):
        raise Rejected(
            f"in the box from {_shown(low)} the values are above the threshold by {least:.3g}, "
            f"but the curvature may cost {loss:.3g}"
        )


def _check_start(s: StatedRadius) -> None:
    sigma, level = float(s.sigma[0]), s.threshold
    if s.start == 0:
        return
    if s.kind == "factor":
        room = max(sigma - level, math.sqrt(sigma) - math.sqrt(level))
        square = 8 * room / range_moment(s.k, 2)
    else:
        square = 32 * (sigma - level) / range_moment(s.k, 4)
    if not 0 < float(s.start) ** 2 <= square * (1 + 1e-9) or s.start > s.lower:
        raise Rejected("the start is beyond the explicit bound")


def _check_tail(s: StatedRadius) -> None:
    k, r = s.k, float(s.lower)
    mean = {2: 1 / math.sqrt(math.pi), 3: 1.5 / math.sqrt(math.pi)}.get(k)
    mean = mean or math.sqrt(2 * math.log(k))
    lost = math.sqrt(k / (k - 1)) * mean / r if k <= 3 or s.alike else 2 * mean / r * math.sqrt(
        1 - 1 / k
    )  # fmt: skip
    if s.kind != "factor":
        logs = [math.log(w) for w, _ in s.weights]
        gap = r * math.sqrt(2 * k / (k - 1))
        root = math.sqrt(2 * math.pi)
        if k <= 3:
            squares = sum((a - b) ** 2 for i, a in enumerate(logs) for b in logs[:i])
            all_pairs = k * (k - 1) / 2 * math.pi**2 / 3 + squares
            lost = max(lost, all_pairs / (root * gap * r * r))
        else:
            widest = (max(logs) - min(logs)) ** 2
            lost = max(lost, k * k / root * max(1 / gap, (math.pi**2 / 3 + widest) / gap**3))
    if not s.single or not 1 - lost > s.threshold:
        raise Rejected("no tail bound holds from the lower end on")


# --- values, in doubles


def _check_sigma(s: StatedRadius) -> None:
    if s.alike:
        heavy = min(s.weights, key=lambda run: run[1])[0]
        light = (1 - heavy) / (s.k - 1)
        own = (heavy - light) ** 2
    elif s.k > 2 * 10**6:
        raise TooCostly("more weights than this checker lists")
    else:
        own = float((np.abs(np.fft.rfft(listed(s.weights))[1:]) ** 2).min())
    if own < 1e-12:
        raise TooCostly("sigma is too small for this checker's doubles")
    low, high = map(float, s.sigma)
    if not low - ROUNDING * math.sqrt(own) <= own <= high + ROUNDING * math.sqrt(own):
        raise Rejected(f"sigma is {own:.12g}")
    if high - low > 1e-6 * high:
        raise Rejected("the enclosure of sigma is too wide")


def value(s: StatedRadius, point: Point) -> tuple[float, float]:
    """λ at the point and an estimate of its error."""
    r = float(point[0])
    if s.single and s.k > 5:
        if s.kind != "factor":
            raise TooCostly(f"k = {s.k}: this checker has the Hessian up to k = 5")
        found = [by_laplace(s.k, s.weights, s.alike, r, step) for step in (0.25, 0.3)]
    else:
        if s.single:
            sizes = [r * math.sqrt((2 if 2 * m < s.k else 1) / (s.k - 1)) for m in modes(s.k)]
        else:
            turn = float(point[1]) * math.pi / 2
            sizes = [r * math.cos(turn), r * math.sin(turn)]
        found = [by_lattice(s.k, s.weights, s.kind, sizes, shift) for shift in (0.0, 0.5)]
    return found[0], abs(found[0] - found[1]) + ROUNDING
