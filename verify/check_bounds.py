"""The checker's own error bounds: what each line of a budget must come to at least.

Written apart from the producer, in mpmath at 40 digits from the parameters the certificate states.
`missing` names the first hypothesis that the parameters break.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import gmpy2
import mpmath
import numpy as np

from .check_value import Point, groups, number

Real = Any
SLACK = Fraction(999_999, 1_000_000)  # our own rounding
PERTURBED = Fraction(4, 5)  # sensitivities are taken to first order, in doubles


def real(value: Fraction) -> Real:
    """An mpmath number at 40 digits."""
    context = mpmath.MPContext()
    context.dps = 40
    return context.mpf(value.numerator) / value.denominator


def rational(value: Real) -> Fraction:
    """The exact value of an mpmath number."""
    sign, mantissa, exponent, _ = value._mpf_
    magnitude = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return -magnitude if sign else magnitude


def pair(context: Any, exponent: Real) -> Real:
    """2 (q + q² + …), q = e^{−exponent}."""
    q = context.exp(-exponent)
    return 2 * q / (1 - q)


def sizes(point: Point) -> tuple[list[list[Fraction]], Fraction]:
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
            axes.append([_exact(root * gmpy2.cos(t)) for t in angles])
            if 2 * m != point.k:
                axes.append([_exact(root * gmpy2.sin(t)) for t in angles])
        return axes, _exact(gmpy2.sqrt(total))


def _exact(value: Any) -> Fraction:
    numerator, denominator = value.as_integer_ratio()
    return Fraction(int(numerator), int(denominator))


def lattice(
    point: Point, given: Mapping[str, Any]
) -> tuple[str, dict[str, Fraction], dict[str, Fraction]]:
    """A broken hypothesis or "", the bounds for log S and for the g_m."""
    axes, size = sizes(point)
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


def laplace(
    point: Point, given: Mapping[str, Any], wanted: Sequence[int]
) -> tuple[str, dict[str, Fraction], dict[int, dict[str, Fraction]]]:
    """A broken hypothesis or "", the bounds for log S and for each g_m."""
    _, size = _norm(point)
    context = real(Fraction(1)).context
    step, power = real(given["step"]), real(given["power"])
    outer, inner = real(given["angle outer"]), [real(a) for a in given["angles inner"]]
    if not point.regular:
        return "the orbit of theta is a regular simplex", {}, {}
    if step <= 0:
        return "0 < step", {}, {}
    if power <= 0:
        return "0 < power", {}, {}
    if len(inner) != 2 or any(not 0 < y < context.pi / 2 for y in (outer, *inner)):
        return "0 < angle < pi/2 for every contour", {}, {}
    variance = real(size) * point.k / (point.k - 1)  # c²
    c = context.sqrt(variance)
    with gmpy2.context(gmpy2.get_context(), precision=140):
        parts = groups(point, wanted)
        squares = real(_exact(sum(w * w * n for w, n, _ in parts)))
        weights = [_exact(w) for w, _, _ in parts]
        counts = [n for _, n, _ in parts]
        turns = [[complex(float(a), float(b)) for a, b in sums] for _, _, sums in parts]
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
    tops = [context.mpf(1), 1 / context.e]
    ceilings = [context.mpf(1), 1 / (context.e * context.cos(inner[1]))]
    h = step / c
    t = (given["inner"] + 1) * h
    beyond = 2 * h * context.npdf(t) / (1 - context.exp(-t * h))
    errors = {
        "inner aliasing": [
            pair(context, 2 * context.pi * y / step)
            * context.exp(y * y / (2 * variance))
            * ceilings[a]
            for a, y in enumerate(inner)
        ],
        "inner truncation": [beyond * top for top in tops],
    }
    effects = _Sensitivity(weights, counts, turns, float(c), given)
    by_frequency = {m: dict(factor_bounds) for m in wanted}
    for name, (e0, e1) in errors.items():
        scale = max(e0, e1)
        unit = (float(e0 / scale), float(e1 / scale))
        on_log, on_factors = effects.of(*unit)
        share = rational(scale) * PERTURBED
        log_bounds[name] = share * Fraction(on_log)
        for m, effect in zip(wanted, on_factors, strict=True):
            by_frequency[m][name] = share * Fraction(effect)
    return "", log_bounds, by_frequency


def _norm(point: Point) -> tuple[list[Fraction], Fraction]:
    with gmpy2.context(gmpy2.get_context(), precision=140):
        values = [_exact(number(e)) for e, _ in point.energies]
    return values, sum(
        (v * n for v, (_, n) in zip(values, point.energies, strict=True)), Fraction(0)
    )


class _Sensitivity:
    """How errors of P_0 and P_1 are felt in the two integrals: first order, in doubles."""

    def __init__(
        self,
        weights: Sequence[Fraction],
        counts: Sequence[int],
        turns: Sequence[Sequence[complex]],
        c: float,
        given: Mapping[str, Any],
    ) -> None:
        step, inner = float(given["step"]), given["inner"]
        first, last = given["first"], given["last"]
        bell = np.exp(-((step * np.arange(-inner, inner + 1) / c) ** 2) / 2)
        bell /= bell.sum()
        tau = step * np.arange(first - inner, last + inner + 1)
        self.step, self.counts, self.turns = step, np.array(counts, float), np.array(turns)
        zeros, ones, logs = [], [], []
        with np.errstate(under="ignore", over="ignore"):
            for weight, count in zip(weights, counts, strict=True):
                u = tau + math.log(weight.numerator) - math.log(weight.denominator)
                power = np.exp(np.minimum(u, 700.0))
                short = np.convolve(-np.expm1(-power), bell, "valid")  # 1 − P_0
                zeros.append(1 - short)
                ones.append(np.convolve(power * np.exp(-power), bell, "valid"))
                logs.append(count * np.log1p(-np.minimum(short, 1 - 1e-12)))
        self.zeros, self.ones = np.array(zeros), np.array(ones)
        self.product = np.exp(np.sum(logs, axis=0))
        self.kept = (self.zeros > 1e-9).all(axis=0)

    def of(self, e0: float, e1: float) -> tuple[float, list[float]]:
        """The effects on ∫ Π P_0 and, for each frequency, on the integral of 1 − g_m."""
        zeros, ones = self.zeros[:, self.kept], self.ones[:, self.kept]
        product, n = self.product[self.kept], self.counts[:, None]
        drift = (n * e0 / zeros).sum(axis=0)
        ratios = ones / zeros
        moved = e1 / zeros + ratios * e0 / zeros
        total = (n * ratios).sum(axis=0)
        effects = []
        for index in range(self.turns.shape[1]):
            turn = self.turns[:, index][:, None]
            real, imag = (turn.real * ratios).sum(axis=0), (turn.imag * ratios).sum(axis=0)
            change = 2 * total * (n * moved).sum(axis=0)
            change += 2 * abs(real) * (abs(turn.real) * moved).sum(axis=0)
            change += 2 * abs(imag) * (abs(turn.imag) * moved).sum(axis=0)
            form = abs(total**2 - real**2 - imag**2)
            effects.append(float(self.step * (product * (change + form * drift)).sum()))
        return float(self.step * (product * drift).sum()), effects


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
    face = context.mpf(cut) * context.exp(-(context.mpf(cut) ** 2))
    return (
        "",
        {"aliasing": rational(scale * aliasing), "truncation": rational(scale * rest)},
        rational(face),
    )
