"""Certified bounds of ``μ = inf_θ min_m g_m(θ)``: the global rate and the global PL constant.

T1: ``|θ_{t+1}| ≤ (1 − μ)|θ_t|`` from any start. T3: ``|∇L|² ≥ 2μ²(L − L*)`` everywhere. A ball is
covered as in `radius_certify`, the rest by the tail bounds of `radius_tail`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.optimize import minimize_scalar

from ..errors import InputError
from ..evidence import Evidence
from ..mixture import Mixture
from .cover import Cover, Uncovered
from .radius_certify import explicit_radius, prove_lower, sigma_bounds, tail_holds
from .radius_slack import along_simplex, one_dimensional
from .radius_tail import tail_radius
from .radius_values import above, on_simplex
from .simplex_factors import Bounds
from .spectrum import sigma

GRID = 60  # radii of the first look
DIGITS = 9


@dataclass(frozen=True)
class GlobalRate:
    """``lower ≤ μ ≤ upper``, both proved.

    Attributes:
        mixture, orbit: all θ, or regular simplices only.
        lower: the cover and the tail bound prove it.
        upper: an enclosure at one point.
        worst_radius: of that point.
        reach: radius of the ball that was covered.
        cover: how.
        evidence: CERTIFIED.
    """

    mixture: Mixture
    orbit: str
    lower: Fraction
    upper: Fraction
    worst_radius: Fraction
    reach: Fraction
    cover: Cover
    evidence: Evidence = Evidence.CERTIFIED

    @property
    def rate(self) -> Bounds:
        """``ρ* = 1 − μ``: the factor per step that holds from any start."""
        return Bounds(1 - self.upper, 1 - self.lower)

    @property
    def dominance(self) -> Bounds:
        """``2μ²``, the global PL constant of T3, between these."""
        return Bounds(2 * self.lower**2, 2 * self.upper**2)


def certified_global_rate(
    mixture: Mixture, orbit: str = "all", width: Fraction = Fraction(1, 1000)
) -> GlobalRate | Uncovered:
    """Bounds of ``inf_θ min_m g_m`` over regular simplices, or over all θ for k ≤ 3.

    Args:
        mixture: the simplex action.
        orbit: ``all`` (k ≤ 3) or ``simplex``.
        width: the lower bound is about this much, relatively, below the least value seen.

    Raises:
        InputError: all θ for k > 3, or weights out of reach (see `radius_values.frequencies`).

    >>> found = certified_global_rate(Mixture.simplex(3, "1/2,3/10,1/5"))
    >>> round(float(found.lower), 3), found.worst_radius
    (0.07, Fraction(0, 1))
    """
    if not one_dimensional(mixture, orbit):
        raise InputError(f"k = {mixture.k}: all theta are reached for k <= 3; use orbit 'simplex'")
    if not mixture.action.is_simplex:
        raise InputError(f"certified rates are for the simplex action, not {mixture.action}")
    values = on_simplex(mixture, "factor")
    at = worst_radius(mixture)
    least = values((at,), DIGITS) if at else sigma_bounds(mixture)
    if least.lower <= 0:
        return Uncovered("no positive lower bound where g is smallest: a null frequency", (at,))
    target = _rounded(least.lower * (1 - width))
    return prove_rate(mixture, orbit, target, least.upper, at)


def prove_rate(
    mixture: Mixture, orbit: str, target: Fraction, upper: Fraction, at: Fraction
) -> GlobalRate | Uncovered:
    """Prove ``μ ≥ target``; upper is the value enclosed at ``at``."""
    threshold = Bounds(target, target)
    reach = _rounded(Fraction(tail_radius(mixture, "factor", float(target)) * 1.001))
    if not tail_holds(mixture, "factor", threshold, reach):
        return Uncovered("the tail bound does not reach the target", (reach,))
    slack = above(on_simplex(mixture, "factor"), threshold, DIGITS)
    start = explicit_radius(mixture.k, "factor", sigma_bounds(mixture), threshold)
    found = prove_lower(mixture, "factor", slack, reach, True, min(start, reach))
    if isinstance(found, Uncovered):
        return found
    return GlobalRate(mixture, orbit, target, upper, at, reach, found)


def worst_radius(mixture: Mixture) -> Fraction:
    """Where min_m g_m is smallest on simplex orbits, by a search in doubles that proves nothing.

    >>> round(float(worst_radius(Mixture.simplex(10**6, "one-heavy:1/2"))), 2)
    3.43
    """
    slack = along_simplex(mixture, "factor", 0.0)

    def height(radius: float) -> float:
        return slack(np.array([radius]), 1e-10)

    end = tail_radius(mixture, "factor", 0.5)
    radii = np.linspace(0, end, GRID)[1:]
    heights = [height(float(r)) for r in radii]
    start = int(np.argmin(heights))
    low, high = (float(radii[max(start - 1, 0)]), float(radii[min(start + 1, len(radii) - 1)]))
    if start == 0:
        low = 0.0
    found = minimize_scalar(height, bounds=(low, high), method="bounded", options={"xatol": 1e-5})
    at_zero = float(sigma(mixture))
    return Fraction(0) if at_zero <= float(found.fun) else _rounded(Fraction(float(found.x)))


def _rounded(value: Fraction) -> Fraction:
    return Fraction(round(value * 2**40), 2**40)
