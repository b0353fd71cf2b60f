"""Proved enclosures through the Laplace transform: regular-simplex orbits, any k.

The integrals of `tables` on a grid of the checker's own. An error e_a of the P_a moves a
polynomial f with coefficients of either sign by at most ``f⁺(P + e) − f⁺(P)``, f⁺ the same with all
signs positive; e_a is the aliasing, the truncation and the rounding of P_a together. The outer sums
leave out what `bounds` says. What MPFR rounds afterwards is at most f⁺ times 2^OPERATIONS units of
roundoff: far fewer operations lead to any result, and the terms that cancel come to a few f⁺.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import gmpy2

from overspec.verify.check import bounds
from overspec.verify.check.laplace.tables import SPARE, Line, Moments, work_of
from overspec.verify.check.subject import Subject
from overspec.verify.check.value import (
    Enclosure,
    Orbit,
    Purse,
    TooCostly,
    fraction,
    is_diagonal,
    number,
)

OPERATIONS = 30  # log2 of how many roundings lead to one result
ANGLE = Fraction(11, 8)  # of the outer contour


def enclose(
    point: Orbit, wanted: Sequence[int], digits: int, purse: Purse, second: bool,
    least: bool = False,
) -> dict[Subject, Enclosure]:  # fmt: skip
    """E log S, the g_m wanted and, if asked, `hessian.parts` but for eigenvalues of matrices.

    Args:
        digits: widths of about 10^-digits.
        least: of the g_m wanted only the least, by the name "g".

    Raises:
        TooCostly: more work than the purse holds.
    """
    if not point.regular:
        raise TooCostly("the Laplace transform needs a regular simplex")
    variance = float(bounds.variance_of(point))
    if not 1e-12 < variance < 1e7:
        raise TooCostly(f"|theta|^2 near {variance:.3g} is beyond the grids of the checker")
    aim = Fraction(1, 2 * 10**digits)
    goal = digits * math.log(10) - 6
    for _ in range(12):
        given, precision = _grid(point, variance, goal, second)
        work = work_of(point, given, precision, len(wanted), second)
        purse.spend(work, "its Laplace integrals")
        found, widest = _enclose(point, wanted, given, precision, second, least)
        if widest <= aim * 2:
            return found
        goal += max(1.0, math.log(float(widest / aim)) + 0.7)
    raise TooCostly("no grid reaches the digits wanted")


def _grid(point: Orbit, variance: float, goal: float, second: bool) -> tuple[dict[str, Any], int]:
    """A grid, by estimates in doubles; nothing rests on the choice."""
    size, k = math.sqrt(variance), point.k
    squares = float(bounds.squares_of(point))
    orders = 3 if second else 2
    weight = math.log(2 + variance) + (math.log(40 + 40 * variance) if second else 0)
    loss = -(4 if second else 2) * math.log(math.cos(float(ANGLE)))
    outer = 2 * math.pi * float(ANGLE) / (goal + loss + weight + 1)
    deep = goal + 2 * math.log(k) + weight + 6

    def inner(y: float) -> float:
        fall = deep + y * y / (2 * variance) - (orders - 1) * math.log(math.cos(y))
        return 2 * math.pi * y / fall

    angle = max((n / 64 for n in range(1, 96)), key=inner)
    if size < 0.2:
        angle = max((n / 4096 for n in range(1, 6144)), key=inner)
    step = _down(min(outer, inner(angle)))
    h = float(step)
    swell = math.log1p(squares * math.expm1(min(variance, 700.0))) + max(0.0, variance - 700)
    left = (goal + variance * (2 if second else 1) + swell + weight + 3) / 2
    first = math.floor(-left / h) - 1
    degree = 4 if second else 2
    reach = []
    for p in (2 ** (n / 4) for n in range(40)):
        top = goal + weight + 3 + p * p * variance * squares / 2
        top += (p + degree) * (math.log(p + degree) - 1) - math.log(p * h)
        reach.append((top / p, p))
    end, power = min(reach)
    # past the point where even the largest weight has P_0 below the goal nothing is gained
    last = max(1, math.ceil(end / h))
    count = math.ceil((math.sqrt(2 * deep) + 1) * size / h)
    given = {
        "step": step, "first": first, "last": last, "inner": count,
        "angles inner": [Fraction(round(angle * 4096), 4096)] * orders,
        "angle outer": ANGLE, "power": Fraction(round(power * 1024), 1024),
    }  # fmt: skip
    bits = math.ceil((deep + math.log(2 * count + last - first)) / math.log(2)) + 12
    return given, bits + SPARE + max(0, math.ceil(math.log2(1 + variance)))


def _down(value: float) -> Fraction:
    grain = 4096
    while value * grain < 64 and grain < 2**60:
        grain *= 2
    return Fraction(math.floor(value * grain), grain)


def _enclose(
    point: Orbit, wanted: Sequence[int], given: dict[str, Any], precision: int, second: bool,
    least: bool = False,
) -> tuple[dict[Subject, Enclosure], Fraction]:  # fmt: skip
    broken, on_log, on_factor = bounds.laplace_outer(
        point, {**given, "angles inner": given["angles inner"][:2]}
    )
    outside: dict[Subject, dict[str, Fraction]] = {}
    if second and not broken:
        broken, outside = bounds.laplace_outer_second(
            point, given, lambda variance: bounds.polynomial_sizes(point, variance)
        )
    if broken:
        raise TooCostly(f"no grid: {broken}")
    aliasing, truncation = bounds.inner_errors(given, bounds.variance_of(point))
    with gmpy2.context(gmpy2.get_context(), precision=precision, emin=-(10**9), emax=10**9):
        norm = sum((number(e) * n for e, n in point.energies), gmpy2.mpfr(0))
        c = gmpy2.sqrt(norm * point.k / (point.k - 1))
        step = number(given["step"])
        line = Line(step, given["first"], given["last"], given["inner"])
        moments = Moments(point, c, line, wanted, len(aliasing) - 1)
        errors = [
            number(bounds.rational(a + t) * (1 + bounds.TOLERANCE)) + moments.rounding
            for a, t in zip(aliasing, truncation, strict=True)
        ]
        errors[0] = errors[0] * (1 + gmpy2.exp2(-20))  # the unit that keeps P_0 from 0
        raised = moments.raised(errors)
        relative = gmpy2.exp2(OPERATIONS - precision)
        known = gmpy2.mpfr(0)
        s0 = gmpy2.exp(c * c / 2)
        for node in range(given["first"], given["last"] + 1):
            known += gmpy2.exp(-s0 * gmpy2.exp(node * step))
        low, high = moments.factors(moments.tables), moments.factors(raised)
        # the coefficients 1 - cos of the pairs are at most 2
        grown = 2 * (high["pairs"] - low["pairs"])
        found: dict[Subject, Enclosure] = {}
        widest = Fraction(0)

        def add(
            name: Subject, value: Any, felt: Any, size: Any, lines: dict[str, Fraction]
        ) -> None:
            nonlocal widest
            error = fraction(felt + size * relative)
            error += sum(lines.values(), Fraction(0)) * (1 + bounds.TOLERANCE)
            centre = fraction(value)
            found[name] = (centre - error, centre + error)
            widest = max(widest, error)

        whole = "log_partition"
        nodes = line.last - line.first + 1
        value = c * c / 2 + step * known - low[whole]
        add(whole, value, high[whole] - low[whole], c * c + step * nodes + high[whole], on_log)
        if least:
            departures = {"g": moments.farthest(moments.tables)}
        else:
            names = (f"g{m}" for m in wanted)
            departures = dict(zip(names, moments.departures(moments.tables), strict=True))
        for name, value in departures.items():
            add(name, 1 - value, grown, 1 + 2 * high["whole"], on_factor)
        if second:
            plain, most = moments.largest(moments.tables), moments.largest(raised)
            for part, value in moments.second(moments.tables).items():
                centre = (1 if is_diagonal(part) else 0) - value
                add(part, centre, most[part] - plain[part], 1 + 4 * most[part], outside[part])
        return found, widest
