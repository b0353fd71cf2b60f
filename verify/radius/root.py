"""The secant method on λ(r) = threshold, in many digits, and what it needs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from overspec.errors import OutOfReach
from overspec.exact import Exact
from overspec.mixture import Energies, Mixture
from overspec.verify.engines.moments import Moments, Real
from overspec.verify.engines.spectrum import real_context, sigma, to_mpf

FIRST_DIGITS = 24  # of the evaluations at the search's estimate
SPARE = 8  # digits evaluated beyond those asked for
APART = Fraction(1, 10**9)  # of the first two radii, relatively
STEPS = 12  # of the secant method; it needs about four

#: An engine with DM, to so many digits.
Engine: TypeAlias = Callable[[Mixture, Energies, int], Moments]
#: λ at a radius, to so many digits.
Level: TypeAlias = Callable[[Fraction, int], Real]


@dataclass(frozen=True)
class Crossing:
    """A root r of λ(r) = threshold.

    Attributes:
        radius: good to about 10^-digits.
        engines: the one that found it, and the one that confirmed it.
        apart: by how much the second places it elsewhere.
        turn: over two amplitudes t = tan ψ/2, a = r (1 − t², 2t)/(1 + t²); else None.
    """

    radius: Fraction
    engines: tuple[str, str]
    apart: float
    turn: Fraction | None = None


def least(found: Moments, kind: str, digits: int) -> Real:
    """The least g_m, or of these and the eigenvalues of ∇²L, in many digits."""
    values = list(found.g[1:])
    if kind != "factor":
        values += [1 - value for value, _ in found.spectrum]
        if found.jacobian:
            context = real_context(digits + 10)
            matrix = context.matrix([list(row) for row in found.jacobian])
            values.append(1 - context.eigsy(matrix, eigvals_only=True)[len(matrix) - 1])
    return min(values)


def threshold(mixture: Mixture, kind: str, share: Exact) -> Callable[[int], Real]:
    """cσ to so many digits, or 0 for convexity."""

    def limit(digits: int) -> Real:
        context = real_context(digits + 10)
        if kind == "convexity":
            return context.mpf(0)
        return to_mpf(share, context) * context.mpf(sigma(mixture, max(digits + 5, 16)))

    return limit


def residual(
    level: Level, limit: Callable[[int], Real], root: Fraction, slope: float, digits: int
) -> float:
    """How far from the root another engine places it."""
    precise = digits + SPARE + _lost(slope)
    return abs(float((level(root, precise) - limit(precise)) / slope))


def secant(
    level: Level,
    limit: Callable[[int], Real],
    start: Fraction,
    digits: int,
    spare: int = SPARE,
) -> tuple[Fraction, float]:
    """The root of level = limit near start, good to so many digits, and the slope there.

    Args:
        level, limit: the function and its value at the root, to so many digits.
        start: an estimate.
        digits: of the root.
        spare: digits of the function beyond those.

    Raises:
        OutOfReach: no convergence.
    """
    full = digits + spare
    work = min(FIRST_DIGITS, full)
    before, here = start, start * (1 + APART)
    old, new = (level(r, work) - limit(work) for r in (before, here))
    for _ in range(STEPS):
        context = real_context(full + 20)
        slope = context.mpf(new - old) / to_mpf(here - before, context)
        step = new / slope
        full = digits + spare + _lost(float(slope))
        before, old = here, new
        here = rounded(here - exactly(step), full)
        near = -math.log10(abs(float(step)) or 10.0**-full)
        if work == full and near > digits + spare // 4:
            return here, float(slope)
        work = min(full, max(work, math.ceil(2 * near) + 4))
        new = level(here, work) - limit(work)
        if new == 0 or here == before:
            return here, float(slope)
    raise OutOfReach(f"no convergence to {digits} digits near r = {float(here):.10f}", digits=10)


def _lost(slope: float) -> int:
    """Digits that a flat crossing costs."""
    return max(0, math.ceil(-math.log10(abs(slope))))


def exactly(value: Any) -> Fraction:
    sign, mantissa, exponent, _ = value._mpf_
    return Fraction((-1) ** sign * int(mantissa)) * Fraction(2) ** int(exponent)


def rounded(value: Fraction, digits: int) -> Fraction:
    """To a multiple of 2^-bits, for radii of a bounded size."""
    bits = math.ceil(digits * math.log2(10)) + 8
    return Fraction(round(value * 2**bits), 2**bits)
