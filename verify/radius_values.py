"""Certified values that decide γ: enclosures of every g_m, and of L'' along a radius for k ≤ 3.

For k = 2, 3 the function L is radial, L'(r) = r g(r) (math.md S7, S8), and the eigenvalues of ∇²L
are g and L''. With ``|D⁴L| ≤ K_4/8`` (`radius_tail`) a central difference of L' is an enclosure:

    |L''(r) − (L'(r+δ) − L'(r−δ))/(2δ)| ≤ δ² K_4/48.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx, fmpq

from ..errors import InputError
from ..mixture import Energies, Mixture
from . import enclosure_lattice
from .ball import Ball, Enclosure, dyadic, to_ball
from .certify import certify
from .cover import Point
from .radius_slack import alike
from .radius_tail import factor_curvature, fourth_derivative

MOST_FREQUENCIES = 1000
FIRST_DIGITS = 5  # tried first; refined where the sign is in doubt
SMALL = Fraction(1, 4)  # radius up to which an expansion at 0 stands in for an engine out of budget


@dataclass(frozen=True)
class Bounds:
    """``lower ≤ value ≤ upper``."""

    lower: Fraction
    upper: Fraction


#: The smallest deciding eigenvalue at a point, to so many digits.
Values = Callable[[Point, int], Bounds]


def frequencies(mixture: Mixture) -> list[int]:
    """The m whose g_m must be looked at on simplex orbits: one, where all are equal.

    Raises:
        InputError: too many.
    """
    if alike(mixture):
        return [1]
    if mixture.k // 2 > MOST_FREQUENCIES:
        raise InputError(
            f"k = {mixture.k}: beyond k = {2 * MOST_FREQUENCIES + 1} certified radii need all "
            "weights but one equal (one-heavy)"
        )
    return list(range(1, mixture.k // 2 + 1))


def on_simplex(mixture: Mixture, kind: str, engine: str = "laplace") -> Values:
    """Values at ``(r,)``: min_m g_m on the regular-simplex orbit of norm r, for k ≤ 3 with L''.

    Args:
        mixture: the simplex action.
        kind: ``"factor"``: the g_m alone; ``"second"``: L'' alone, at r > 0; else both.
        engine: ``laplace``, or ``lattice`` (k ≤ 6) to confirm it.

    Raises:
        InputError: another kind with k > 3, where the Hessian is not enclosed.
    """
    if kind != "factor" and mixture.k > 3:
        raise InputError(f"k = {mixture.k}: the Hessian is enclosed for k = 2 and 3")
    wanted = frequencies(mixture)

    def factors(radius: Fraction, digits: int) -> list[Bounds]:
        orbit = Energies.regular_simplex(mixture.k, radius)
        try:
            found = certify(mixture, orbit, digits, engine if radius else "auto", wanted)
        except InputError:  # more terms than the budget
            if radius > SMALL:
                raise
            return [_near_zero(mixture.k, b, radius) for b in factors(Fraction(0), digits)]
        return [_bounds(found.quantities[f"g{m}"]) for m in wanted]

    def values(point: Point, digits: int) -> Bounds:
        found = factors(point[0], digits)
        if kind == "second":
            found = []
        if kind != "factor" and point[0] != 0:
            found.append(_second(mixture.k, lambda r, n: factors(r, n)[0], point[0], digits))
        return Bounds(min(b.lower for b in found), min(b.upper for b in found))

    return values


def _near_zero(k: int, at_zero: Bounds, radius: Fraction) -> Bounds:
    """``|g_m − |π̂_m|²| ≤ r² U/2``, U the bound on the curvature; g_m is even in r."""
    with ctx.workprec(64):
        change = radius**2 * dyadic((factor_curvature(k) / 2).upper())
    return Bounds(at_zero.lower - change, at_zero.upper + change)


def _second(
    k: int, factor: Callable[[Fraction, int], Bounds], radius: Fraction, digits: int
) -> Bounds:
    """L''(r) by the central difference of L'(r) = r g(r), which is odd in r."""
    with ctx.workprec(64):
        bound = dyadic((fourth_derivative(k) / 6).upper())
    power = math.ceil((digits * math.log2(10) + math.log2(float(bound)) + 2) / 2)
    delta = Fraction(1, 2**power)
    inner = digits + math.ceil(power * math.log10(2)) + 1
    ahead, behind = radius + delta, radius - delta
    up, down = factor(ahead, inner), factor(abs(behind), inner)
    low, high = sorted((behind * down.lower, behind * down.upper))
    slack = bound * delta * delta
    return Bounds(
        (ahead * up.lower - high) / (2 * delta) - slack,
        (ahead * up.upper - low) / (2 * delta) + slack,
    )


def on_sector(mixture: Mixture) -> Values:
    """min_m g_m at ``(r, q)``, ``a = r (cos(πq/2), sin(πq/2))``, for k = 4, 5: two amplitudes."""
    if mixture.k not in (4, 5) or not mixture.action.is_simplex:
        raise InputError("two amplitudes: k = 4 or 5 with the simplex action")

    def values(point: Point, digits: int) -> Bounds:
        radius, turn = point
        if radius == 0:
            found = certify(mixture, Energies.regular_simplex(mixture.k, 0), digits)
            bounds = [_bounds(found.quantities[f"g{m}"]) for m in (1, 2)]
        else:
            with ctx.workprec(math.ceil(digits * 3.33) + 60):
                half = fmpq(turn.numerator, 2 * turn.denominator)
                amplitudes = [_exact(radius) * f(half) for f in (arb.cos_pi_fmpq, arb.sin_pi_fmpq)]
                weights = [to_ball(weight) for weight in mixture.weights]
                enclosed = enclosure_lattice.enclose(weights, amplitudes, [1, 2], digits)
            bounds = [_bounds(found) for found in enclosed.factors.values()]
        return Bounds(min(b.lower for b in bounds), min(b.upper for b in bounds))

    return values


def above(values: Values, threshold: Bounds, digits: int) -> Callable[[Point], Fraction]:
    """A lower bound of value − threshold, with more digits where few do not tell."""

    def slack(point: Point) -> Fraction:
        last = Fraction(-1)
        for wanted in sorted({min(FIRST_DIGITS, digits), digits}):
            found = values(point, wanted)
            last = found.lower - threshold.upper
            if last > 20 * (found.upper - found.lower):
                break
        return last

    return slack


def _bounds(found: object) -> Bounds:
    if isinstance(found, Enclosure):
        return Bounds(found.lower, found.upper)
    return Bounds(Fraction(0), Fraction(1))  # 0 ≤ g ≤ 1 always (math.md S6)


def _exact(value: Fraction) -> Ball:
    return arb(fmpq(value.numerator, value.denominator))
