"""The checker's own error bounds: what each line of a budget must come to at least.

Written apart from the producer, in mpmath at 40 digits from the parameters the certificate states.
`missing` names the first hypothesis that the parameters break.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

import gmpy2
import mpmath

from overspec.verify.check.laplace.tables import Line, Moments, effects, work_of
from overspec.verify.check.subject import Entry, Singled, Subject
from overspec.verify.check.value import (
    Orbit,
    Purse,
    TooCostly,
    fraction,
    is_diagonal,
    number,
    parts,
)

Real = Any
TOLERANCE = Fraction(1, 10**6)  # of a budget line, relative: its rounding and ours
MOST_BITS = 60_000  # of an exponent
GUARD = 24  # bits that rounding may cost: its line is 2^(24 − bits), more for k > 7


@lru_cache(maxsize=1)
def _forty() -> Any:
    context = mpmath.MPContext()
    context.dps = 40
    return context


def real(value: Fraction) -> Real:
    """An mpmath number at 40 digits."""
    context = _forty()
    return context.mpf(value.numerator) / value.denominator


def rational(value: Real) -> Fraction:
    """The exact value of an mpmath number.

    Raises:
        TooCostly: it is not finite, or near e^-10^19 as the bounds of parameters that nobody needs.
    """
    sign, mantissa, exponent, _ = value._mpf_
    if not mantissa and exponent:
        raise TooCostly("the stated parameters lead to a bound that is not finite")
    if abs(exponent) > MOST_BITS:
        raise TooCostly("the stated parameters lead to a bound beyond the range of the checker")
    magnitude = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return -magnitude if sign else magnitude


def pair(context: Any, exponent: Real) -> Real:
    """2 (q + q² + …), q = e^{−exponent}."""
    q = context.exp(-exponent)
    return 2 * q / (1 - q)


def sizes(point: Orbit) -> tuple[list[list[Fraction]], Fraction]:
    """The coordinates of the k means, one list for each active axis, and |θ|, to 40 digits."""
    with gmpy2.context(gmpy2.get_context(), precision=140):
        axes: list[list[Fraction]] = []
        total = gmpy2.mpfr(0)
        energies = [number(e) for e, n in point.energies for _ in range(n)]
        for m, energy in enumerate(energies, start=1):
            total += energy
            if energy == 0:
                continue
            angles = [2 * gmpy2.const_pi() * (m * j % point.k) / point.k for j in range(point.k)]
            root = gmpy2.sqrt(energy)
            axes.append([fraction(root * gmpy2.cos(t)) for t in angles])
            if 2 * m != point.k:
                axes.append([fraction(root * gmpy2.sin(t)) for t in angles])
        return axes, fraction(gmpy2.sqrt(total))


def lattice(
    point: Orbit, given: Mapping[str, Any]
) -> tuple[str, dict[str, Fraction], dict[str, Fraction]]:
    """A broken hypothesis or "", the bounds for log S and for the g_m."""
    return lattice_of(*sizes(point), given)


def lattice_of(
    axes: Sequence[Sequence[Fraction]], size: Fraction, given: Mapping[str, Any]
) -> tuple[str, dict[str, Fraction], dict[str, Fraction]]:
    """The same from the coordinates of the means, one list for each axis, and |θ|."""
    steps, heights, radius = given["steps"], given["heights"], given["radius"]
    if not len(axes) == len(steps) == len(heights):
        return "a step and a height for every axis", {}, {}
    if any(not 0 < h <= Fraction("6.28") for h in steps):
        return "0 < step <= 2 pi on every axis", {}, {}
    context = real(Fraction(1)).context
    dimension = len(axes)
    if radius**2 < dimension + 1:
        return "radius^2 >= dimension + 1", {}, {}
    aliasing_log, aliasing_factor = context.mpf(0), context.mpf(0)
    theta = real(size)
    for a, axis in enumerate(axes):
        h, y = real(steps[a]), real(heights[a])
        phase = y * real(max(axis) - min(axis))
        if heights[a] <= 0 or phase >= context.pi:
            return "0 < height and height * spread < pi on every axis", {}, {}
        common = pair(context, 2 * context.pi * y / h) * context.exp(y * y / 2)
        for later in steps[a + 1 :]:
            common *= 1 + pair(context, 2 * (context.pi / real(later)) ** 2)
        secant = 1 / context.cos(phase / 2)
        furthest = real(max(map(abs, axis)))
        aliasing_log += common * (
            theta * context.sqrt(dimension) + context.log(secant) + y * furthest
        )
        aliasing_factor += common * secant**2
    square = real(radius) ** 2
    tail = context.exp((dimension - square) / 2) * (square / dimension) ** (
        context.mpf(dimension) / 2
    )
    for h in steps:
        tail *= 1 + pair(context, 2 * (context.pi / real(h)) ** 2 * square / dimension)
    return (
        "",
        {"aliasing": rational(aliasing_log), "truncation": rational(tail * theta * real(radius))},
        {"aliasing": rational(aliasing_factor), "truncation": rational(tail)},
    )


def lattice_second(
    axes: Sequence[Sequence[Fraction]], given: Mapping[str, Any]
) -> tuple[str, dict[str, Fraction]]:
    """A broken hypothesis or "", and the bounds for every entry of the Hessian."""
    steps, heights, radius = given["steps"], given["heights"], given["radius"]
    context = real(Fraction(1)).context
    dimension = len(axes)
    if not dimension == len(steps) == len(heights):
        return "a step and a height for every axis", {}
    if radius**2 < dimension + 2:
        return "radius^2 >= dimension + 2", {}
    aliasing = context.mpf(0)
    for a, axis in enumerate(axes):
        h, y = real(steps[a]), real(heights[a])
        phase = y * real(max(axis) - min(axis))
        if not (0 < steps[a] <= Fraction("6.28") and heights[a] > 0 and phase < context.pi):
            return "0 < step <= 2 pi, 0 < height, height * spread < pi on every axis", {}
        common = pair(context, 2 * context.pi * y / h) * context.exp(y * y / 2) * (2 + y * y)
        for later in steps[a + 1 :]:
            common *= 1 + pair(context, 2 * (context.pi / real(later)) ** 2)
        aliasing += common / context.cos(phase / 2) ** 2
    square = real(radius) ** 2
    tail = square * context.exp((dimension - square) / 2)
    tail *= (square / dimension) ** (context.mpf(dimension) / 2)
    for h in steps:
        tail *= 1 + pair(context, 2 * (context.pi / real(h)) ** 2 * square / dimension)
    return "", {"aliasing": rational(aliasing), "truncation": rational(tail)}


def laplace(
    point: Orbit, given: Mapping[str, Any], wanted: Sequence[int], purse: Purse
) -> tuple[str, dict[str, Fraction], dict[int, dict[str, Fraction]]]:
    """A broken hypothesis or "", the bounds for log S and for each g_m."""
    broken, log_bounds, factor_bounds = laplace_outer(point, given)
    if broken:
        return broken, {}, {}
    felt = _effects(point, given, variance_of(point), wanted, False, purse)
    log_bounds |= felt["log_partition"]
    return "", log_bounds, {m: factor_bounds | felt[f"g{m}"] for m in wanted}


def variance_of(point: Orbit) -> Real:
    """``c² = |θ|² k/(k−1)``."""
    return real(_norm(point)[1]) * point.k / (point.k - 1)


def laplace_outer(
    point: Orbit, given: Mapping[str, Any]
) -> tuple[str, dict[str, Fraction], dict[str, Fraction]]:
    """A broken hypothesis or "", and what the sums over τ leave out, of log S and of every g_m."""
    if not point.regular:
        return "the orbit of theta is a regular simplex", {}, {}
    broken = _broken_laplace(given, 2)
    if broken:
        return broken, {}, {}
    variance = variance_of(point)
    context = variance.context
    step, power = real(given["step"]), real(given["power"])
    outer = real(given["angle outer"])
    c = context.sqrt(variance)
    squares = real(squares_of(point))
    alias = pair(context, 2 * context.pi * outer / step)
    first, last = given["first"] * step, given["last"] * step
    fall = step * context.exp(2 * (first - step)) / (1 - context.exp(-2 * step))
    s0_squared = context.exp(variance)
    second_moment = s0_squared + squares * (context.exp(2 * variance) - s0_squared)
    decay = (
        step
        * context.exp(-power * (last + step) + (power * c) ** 2 * squares / 2)
        / (1 - context.exp(-power * step))
    )
    log_bounds = {
        "outer aliasing": rational(alias * (variance + c) / context.cos(outer)),
        "left tail": rational(fall * second_moment / 2),
        "right tail": rational(decay * (power / context.e) ** power),
    }
    factor_bounds = {
        "outer aliasing": rational(alias / context.cos(outer) ** 2),
        "left tail": rational(fall * s0_squared),
        "right tail": rational(decay * ((power + 2) / context.e) ** (power + 2)),
    }
    return "", log_bounds, factor_bounds


def laplace_hessian(
    point: Orbit,
    given: Mapping[str, Any],
    sizes: Callable[[Any], dict[Subject, tuple[Any, Any, Any]]],
    purse: Purse,
) -> tuple[str, dict[Subject, dict[str, Fraction]]]:
    """A broken hypothesis or "", the lines of every entry or eigenvalue of the Hessian.

    ``sizes(c²)`` bounds the terms of degree 2, 3, 4 of each.
    """
    broken, outside = laplace_outer_second(point, given, sizes)
    if broken:
        return broken, {}
    felt = _effects(point, given, variance_of(point), [], True, purse)
    return "", {name: felt[name] | lines for name, lines in outside.items()}


def laplace_outer_second(
    point: Orbit,
    given: Mapping[str, Any],
    sizes: Callable[[Any], dict[Subject, tuple[Any, Any, Any]]],
) -> tuple[str, dict[Subject, dict[str, Fraction]]]:
    """The same without what the errors of the P_a do."""
    if not point.regular:
        return "the orbit of theta is a regular simplex", {}
    broken = _broken_laplace(given, 3)
    if broken:
        return broken, {}
    variance = variance_of(point)
    context = variance.context
    step, power, outer = (real(given[name]) for name in ("step", "power", "angle outer"))
    squares = real(squares_of(point))
    first, last = given["first"] * step, given["last"] * step
    decay = step * context.exp(-power * (last + step) + power**2 * variance * squares / 2)
    decay /= 1 - context.exp(-power * step)
    alias = pair(context, 2 * context.pi * outer / step)
    found = {}
    for name, terms in sizes(variance).items():
        aliasing = left = right = context.mpf(0)
        for n, t in zip((2, 3, 4), terms, strict=True):
            gamma = math.factorial(n - 1)
            aliasing += t / context.cos(outer) ** n
            fall = step * context.exp(n * (first - step)) / (1 - context.exp(-n * step))
            left += t / gamma * context.exp(n * variance / 2 + (n - 2) * variance) * fall
            right += t / gamma * ((power + n) / context.e) ** (power + n)
        own = {"outer aliasing": alias * aliasing, "left tail": left, "right tail": decay * right}
        found[name] = {line: rational(bound) for line, bound in own.items()}
    return "", found


def _broken_laplace(given: Mapping[str, Any], orders: int) -> str:
    context = real(Fraction(1)).context
    angles = [given["angle outer"], *given["angles inner"]]
    if given["step"] <= 0:
        return "0 < step"
    if given["power"] <= 0:
        return "0 < power"
    if len(angles) != orders + 1 or any(not 0 < real(y) < context.pi / 2 for y in angles):
        return "0 < angle < pi/2 for every contour"
    return ""


def squares_of(point: Orbit) -> Fraction:
    with gmpy2.context(gmpy2.get_context(), precision=140):
        return fraction(sum(number(w) ** 2 * n for w, n in point.weights))


def inner_errors(given: Mapping[str, Any], variance: Real) -> tuple[list[Real], list[Real]]:
    """The aliasing and the truncation of P_0, P_1, … on the stated grid."""
    context, step = variance.context, real(given["step"])
    h = step / context.sqrt(variance)
    t = (given["inner"] + 1) * h
    beyond = 2 * h * context.npdf(t) / (1 - context.exp(-t * h))
    aliasing, truncation = [], []
    for a, angle in enumerate(map(real, given["angles inner"])):
        ceiling = (a / (context.e * context.cos(angle))) ** a if a else context.mpf(1)
        swell = context.exp(angle**2 / (2 * variance)) * ceiling
        aliasing.append(pair(context, 2 * context.pi * angle / step) * swell)
        truncation.append(beyond * ((a / context.e) ** a if a else 1))
    return aliasing, truncation


def _effects(
    point: Orbit,
    given: Mapping[str, Any],
    variance: Real,
    wanted: Sequence[int],
    second: bool,
    purse: Purse,
) -> dict[Subject, dict[str, Fraction]]:
    """How the errors of the P_a are felt, on the stated grid."""
    aliasing, truncation = inner_errors(given, variance)
    purse.spend(work_of(point, given, given["bits"], len(wanted), second), "the stated grid")
    with gmpy2.context(
        gmpy2.get_context(), precision=given["bits"] + 80, emin=-(10**9), emax=10**9
    ):
        norm = sum((number(e) * n for e, n in point.energies), gmpy2.mpfr(0))
        c = gmpy2.sqrt(norm * point.k / (point.k - 1))
        line = Line(number(given["step"]), given["first"], given["last"], given["inner"])
        moments = Moments(point, c, line, wanted)
        errors = {
            name: [number(rational(e)) for e in bounds]
            for name, bounds in (("inner aliasing", aliasing), ("inner truncation", truncation))
        }
        return effects(moments, errors, second)


def _norm(point: Orbit) -> tuple[list[Fraction], Fraction]:
    with gmpy2.context(gmpy2.get_context(), precision=140):
        values = [fraction(number(e)) for e, _ in point.energies]
    return values, sum(
        (v * n for v, (_, n) in zip(values, point.energies, strict=True)), Fraction(0)
    )


def line(k: int, given: Mapping[str, Any]) -> tuple[str, dict[str, Fraction], Fraction]:
    """For Lloyd: a broken hypothesis or "", the bounds for r0, the tail of one face integral."""
    context = real(Fraction(1)).context
    h, y, knee = real(given["step"]), real(given["height"]), real(given["knee"])
    swell = y * context.exp(y * y / 2)
    above = context.erfc(knee / context.sqrt(2)) / 2
    density = context.npdf(knee)
    t = (given["count"] + 1) * h
    if min(h, y, knee) <= 0 or above < density * swell or t <= 1 or given["cut"] < 1:
        return "a positive step, height and knee with Mills ratio above the height", {}, Fraction(0)
    scale = context.sqrt(context.mpf(k) / (k - 1))
    aliasing = pair(context, 2 * context.pi * y / h) * k * context.exp(y * y / 2)
    aliasing *= (context.sqrt(2 / context.pi) + y) * context.exp((k - 1) * density * swell)
    rest = 2 * k * h * t * context.npdf(t) / (1 - context.exp(-h * (t - 1 / t)))
    cut = given["cut"]
    face = 200 * k * k * context.mpf(cut) * context.exp(-(context.mpf(cut) ** 2))
    return (
        "",
        {"aliasing": rational(scale * aliasing), "truncation": rational(scale * rest)},
        rational(face),
    )


def polynomial_sizes(point: Orbit, variance: Any) -> dict[Subject, tuple[Any, Any, Any]]:
    """For each entry or eigenvalue, bounds of the terms of degree 2, 3, 4."""
    k = point.k
    found: dict[Subject, tuple[Any, Any, Any]] = {}
    for part in parts(point):
        if part is Singled.RADIAL:
            f = variance * k / (k - 1)
            found[part] = (1 + 2 * f, 8 * f, 6 * f)
        elif part is Singled.EVEN:
            found[part] = (1 + 2 * variance, 16 * variance, 24 * variance)
        elif isinstance(part, Entry):
            context = variance.context
            s = context.mpf(1)
            for mode in part:
                s *= context.sqrt(context.mpf(1 if 2 * mode == k else 2) / k)
            s *= variance
            found[part] = (is_diagonal(part) + 8 * s, 32 * s, 6 * s)
    return found
