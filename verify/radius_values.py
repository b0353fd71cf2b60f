"""Certified values that decide γ: enclosures of every g_m, and of L'' along a radius for k ≤ 3.

For k = 2, 3 the function L is radial, L'(r) = r g(r) (math.md S7, S8), and the eigenvalues of ∇²L
are g and L''. With ``|D⁴L| ≤ K_4/8`` (`radius_tail`) a central difference of L' is an enclosure:

    |L''(r) − (L'(r+δ) − L'(r−δ))/(2δ)| ≤ δ² K_4/48.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

from flint import arb, ctx, fmpq

from ..errors import InputError
from ..mixture import Energies, Mixture
from . import enclosure_lattice
from .ball import Ball, Enclosure, dyadic, to_ball
from .certify import certify
from .cover import Point
from .radius_tail import fourth_derivative
from .simplex_factors import Bounds, Characters, least_energy, least_factor

ENERGY_DIGITS = 40  # of |π̂_m|², which costs nothing
FIRST_DIGITS = 5  # tried first; refined where the sign is in doubt


#: The smallest deciding eigenvalue at a point, to so many digits.
Values = Callable[[Point, int], Bounds]


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
    signs = Characters.of(mixture)

    def factor(radius: Fraction, digits: int) -> Bounds:
        if radius == 0:
            return least_energy(signs, max(digits, ENERGY_DIGITS))
        if engine != "laplace":
            return _by_lattice(mixture, radius, digits)
        return least_factor(signs, radius * radius, digits)

    def values(point: Point, digits: int) -> Bounds:
        found = [] if kind == "second" else [factor(point[0], digits)]
        if kind != "factor" and point[0] != 0:
            found.append(_second(mixture.k, factor, point[0], digits))
        return _least(found)

    return values


def _by_lattice(mixture: Mixture, radius: Fraction, digits: int) -> Bounds:
    orbit = Energies.regular_simplex(mixture.k, radius)
    found = certify(mixture, orbit, digits, "lattice").quantities
    return _least([_bounds(g) for name, g in found.items() if name.startswith("g")])


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


def _least(found: Sequence[Bounds]) -> Bounds:
    return Bounds(min(b.lower for b in found), min(b.upper for b in found))


def _bounds(found: object) -> Bounds:
    if isinstance(found, Enclosure):
        return Bounds(found.lower, found.upper)
    return Bounds(Fraction(0), Fraction(1))  # 0 ≤ g ≤ 1 always (math.md S6)


def _exact(value: Fraction) -> Ball:
    return arb(fmpq(value.numerator, value.denominator))
