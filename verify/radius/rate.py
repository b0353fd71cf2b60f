"""Certified bounds of ``μ = inf_θ min_m g_m(θ)``: the global rate and the global PL constant.

T1: ``|θ_{t+1}| ≤ (1 − μ)|θ_t|`` from any start. T3: ``|∇L|² ≥ 2μ²(L − L*)`` everywhere. A ball is
covered as in `radius_certify`, the rest by the tail bounds of `radius_tail`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from overspec.decimals import Number
from overspec.errors import InputError, OutOfReach
from overspec.evidence import Evidence
from overspec.mixture import Mixture
from overspec.verify.enclosures.ball import Inconclusive
from overspec.verify.enclosures.cover import Cover
from overspec.verify.engines.spectrum import sigma
from overspec.verify.radius.bracket import (
    covered_to,
    prove_lower,
    sigma_bounds,
    tail_holds,
)
from overspec.verify.radius.far.everywhere import on_quadrant, prove_everywhere
from overspec.verify.radius.far.tail import tail_radius
from overspec.verify.radius.near.start import explicit_radius, largest_bound
from overspec.verify.radius.slack import along_simplex, anywhere, one_dimensional
from overspec.verify.radius.values import FAR_DIGITS, above, on_sector, on_simplex, reached

GRID = 30  # radii of the first look
DIGITS = 9
LINE = (0.01, 0.5, 1.0, 1.5, 2.0, 3.0, 4.5)  # amplitudes of the first look
HIGHEST = 24.0  # amplitude of frequency 2: the least value may be the limit
FARTHEST = 200.0  # |θ| to which a cover goes
SHORT = (0.5, 1.0, 1.5, 2.0, 3.0)  # amplitudes of the first look at k = 5
FEW_DIGITS = 5  # of the least value at k = 5
MORE_DIGITS = 7  # at most, of the others
DEFAULT_WIDTH = {1: Fraction(1, 1000), 2: Fraction(1, 20)}  # by the amplitudes in play


@dataclass(frozen=True)
class GlobalRate:
    """μ between two ends, both proved.

    Attributes:
        mixture, orbit: all θ, or regular simplices only.
        mu: its lower end is proved by the cover and the tail bound, the upper one by an enclosure
            at one point.
        worst_radius: of that point; amplitudes: its own where all θ were searched, k = 4.
        reach: radius of the ball that was covered.
        cover: how.
        evidence: CERTIFIED.
    """

    mixture: Mixture
    orbit: str
    mu: Number
    worst_radius: Fraction
    reach: Fraction
    cover: Cover
    amplitudes: tuple[Fraction, ...] = ()
    evidence: Evidence = Evidence.CERTIFIED

    @property
    def rate(self) -> Number:
        """``ρ* = 1 − μ``: the factor per step that holds from any start."""
        return Number.between(1 - self.mu.upper, 1 - self.mu.lower)

    @property
    def dominance(self) -> Number:
        """``2μ²``, the global PL constant of T3, between these."""
        return Number.between(2 * self.mu.lower**2, 2 * self.mu.upper**2)


def certified_global_rate(
    mixture: Mixture, orbit: str = "all", width: Fraction | None = None
) -> GlobalRate | Inconclusive:
    """Bounds of ``inf_θ min_m g_m`` over regular simplices, or over all θ for k ≤ 5.

    Args:
        mixture: the simplex action.
        orbit: ``all`` (k ≤ 5; minutes for k = 4; k = 5 where the lattice reaches the tail, see
            `values.reached`) or ``simplex``.
        width: the lower bound is about this much, relatively, below the least value seen: 1/1000,
            or 1/20 where two amplitudes are searched.

    Raises:
        InputError: all θ for k > 5, or weights out of reach (see `simplex_factors.Characters`).

    >>> found = certified_global_rate(Mixture.simplex(3, "1/2,3/10,1/5"))
    >>> round(float(found.mu.lower), 3), found.worst_radius
    (0.07, Fraction(0, 1))
    """
    single = one_dimensional(mixture, orbit)
    if not single and mixture.k > 5:
        raise InputError(f"k = {mixture.k}: all theta are covered to k = 5; use orbit 'simplex'")
    if not mixture.action.is_simplex:
        raise InputError(f"certified rates are for the simplex action, not {mixture.action}")
    width = width or DEFAULT_WIDTH[1 if single else 2]
    if not single:
        return _over_two_amplitudes(mixture, width)
    values = on_simplex(mixture, "factor")
    at = worst_radius(mixture)
    least = values((at,), DIGITS) if at else sigma_bounds(mixture)
    if least.lower <= 0:
        return Inconclusive("no positive lower bound where g is smallest: a null frequency", (at,))
    target = _rounded(least.lower * (1 - width))
    return prove_rate(mixture, orbit, target, least.upper, at)


def prove_rate(
    mixture: Mixture, orbit: str, target: Fraction, upper: Fraction, at: Fraction
) -> GlobalRate | Inconclusive:
    """Prove ``μ ≥ target``; upper is the value enclosed at ``at``."""
    threshold = Number(target)
    if tail_radius(mixture, "factor", float(target)) > FARTHEST:
        raise OutOfReach(
            f"weights {mixture.weights}: the least g_m would have to be proved as far out as "
            f"|theta| = {FARTHEST:g} and beyond; use weights that are farther from 0"
        )
    reach = _rounded(Fraction(tail_radius(mixture, "factor", float(target)) * 1.001))
    if not tail_holds(mixture, "factor", threshold, reach):
        return Inconclusive("the tail bound does not reach the target", (reach,))
    slack = above(on_simplex(mixture, "factor"), threshold, DIGITS)
    start = explicit_radius(
        mixture.k, "factor", sigma_bounds(mixture), threshold, largest_bound(mixture)
    )
    found = prove_lower(mixture, "factor", slack, reach, True, min(start, reach))
    if isinstance(found, Inconclusive):
        return found
    return GlobalRate(mixture, orbit, Number.between(target, upper), at, reach, found)


def _over_two_amplitudes(mixture: Mixture, width: Fraction) -> GlobalRate | Inconclusive:
    four = mixture.k == 4
    at = worst_amplitudes(mixture)
    least = on_quadrant(mixture)(at, DIGITS) if four else _at_amplitudes(mixture, at)
    if least.lower <= 0:
        return Inconclusive("no positive lower bound where g is smallest: a null frequency", at)
    target = _rounded(least.lower * (1 - width))
    norm = _rounded(Fraction(math.hypot(*map(float, at))))
    mu = Number.between(target, least.upper)
    if four:
        found = prove_everywhere(mixture, Number(target))
        if isinstance(found, Inconclusive):
            return found
        return GlobalRate(mixture, "all", mu, norm, min(found.corner), found.cover, at)
    threshold = Number(target)
    far = covered_to(mixture, "factor", threshold, False)
    if not tail_holds(mixture, "factor", threshold, far, False):
        return Inconclusive("the tail bound does not reach the target", (far,))
    values = on_sector(mixture, "factor")
    if unreached := reached(values, far):
        return unreached
    start = explicit_radius(
        mixture.k, "factor", sigma_bounds(mixture), threshold, largest_bound(mixture)
    )
    slack = above(values, threshold, MORE_DIGITS, FAR_DIGITS)
    covered = prove_lower(mixture, "factor", slack, far, False, min(start, far))
    if isinstance(covered, Inconclusive):
        return covered
    return GlobalRate(mixture, "all", mu, norm, far, covered, at)


def _at_amplitudes(mixture: Mixture, at: tuple[Fraction, ...]) -> Number:
    """min_m g_m at k = 5, at or next to the amplitudes."""
    radius = _rounded(Fraction(math.hypot(*map(float, at))))
    turn = _rounded(Fraction(math.atan2(*map(float, reversed(at))) * 2 / math.pi))
    return on_sector(mixture, "factor")((radius, turn), FEW_DIGITS)


def worst_amplitudes(mixture: Mixture) -> tuple[Fraction, ...]:
    """Where min_m g_m is smallest, k = 4 or 5, by a search in doubles.

    It proves nothing, and nothing rigorous depends on the choice.
    At k = 4 amplitude 2 may be large, at k = 5 neither (`tail`).
    """
    slack = anywhere(mixture, "factor", 0.0)
    line, highest = (LINE, HIGHEST) if mixture.k == 4 else (SHORT, SHORT[-1])

    def height(point: NDArray[np.float64]) -> float:
        at = np.abs(point)
        return slack(at, 1e-7) if at[0] <= line[-1] and at[1] <= highest else math.inf

    corners = [np.array([a, b]) for a in (0.0, *line) for b in (0.0, *line, highest) if a or b]
    start = min(corners, key=height)
    found = minimize(height, start, method="Nelder-Mead", options={"xatol": 1e-3, "maxfev": 80})
    near = np.abs(found.x)
    # an amplitude of exactly 0 is an axis less to integrate over
    on_axis = min(
        (np.where(near < 0.01, 0.0, near), near), key=lambda x: height(x) - 1e-6 * (x[0] == 0)
    )
    at = tuple(_rounded(Fraction(float(x))) for x in on_axis)
    sigma = float(sigma_bounds(mixture).lower)
    return (Fraction(0), Fraction(0)) if sigma <= float(found.fun) else at


def worst_radius(mixture: Mixture) -> Fraction:
    """Where min_m g_m is smallest on simplex orbits, by a search in doubles.

    It proves nothing, and nothing rigorous depends on the choice.

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
