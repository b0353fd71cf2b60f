"""From which heavy weight p_c on γ^g_c is finite on simplex orbits, and how p_c falls with k.

γ is finite when the least factor over all radii is below cσ. Two events keep the factor up
(docs/scaling.md): with ``T(λ, r) = e^{−(λ+r²/2)²/(2r²)}/(r√(2π)) B(2−s, s)``, ``s = 1/2 + λ/r²``,

    g(r) ~ T(−logit p, r) + k T(log k, r),                          p fixed or a power of k,

and where its minimum over r is c p²,

    p_c ~ C k^{−a} (log k)^{−b},  a = (7 − 4√2)/17 = 0.0790…,  b = 1/(2(2 − E'(a))) = 0.3256…,
    E(a) = a²/(2(1−a)) + a/2 + (1−a)/8.
"""

from __future__ import annotations

import math
from fractions import Fraction

from scipy.optimize import brentq, minimize_scalar
from scipy.special import betaln

from overspec.errors import InputError
from overspec.mixture import Mixture
from overspec.verify.engines.spectrum import sigma
from overspec.verify.radius.scaling import STEP, least_factor

POWER = (7 - 4 * math.sqrt(2)) / 17
LOG_POWER = 0.5 / (2 - 3 / 8 - POWER * (2 - POWER) / (2 * (1 - POWER) ** 2))
HIGHEST = 0.6  # the search for p_c is below
SMALLEST_K = 1000


def two_events(k: int, p: float, radius: float) -> float:
    """``T(−logit p, r) + k T(log k, r)``; infinite where the second event is not one, r² ≤ ⅔ log k.

    >>> round(two_events(10**30, 0.5, 8.18), 7)  # 7 % above the factor itself
    2.41e-05
    """
    light = _event(math.log(k), radius)
    if light is None:
        return math.inf
    heavy = _event(-math.log(p / (1 - p)), radius)
    return (0.0 if heavy is None else math.exp(heavy)) + math.exp(math.log(k) + light)


def _event(rarity: float, radius: float) -> float | None:
    """log T, or None where its integral has no peak."""
    s = 0.5 + rarity / radius**2
    if not 0 < s < 2:
        return None
    peak = -((rarity + radius**2 / 2) ** 2) / (2 * radius**2)
    return peak - math.log(radius * math.sqrt(2 * math.pi)) + float(betaln(2 - s, s))


def predicted_edge(k: int, gap: float) -> float:
    """p_c by the two events; asymptotic, no error bound.

    >>> round(predicted_edge(10**30, 0.5), 5)
    0.0017
    """
    middle = math.sqrt(math.log(k))

    def slack(logarithm: float) -> float:
        p = math.exp(logarithm)
        least = minimize_scalar(
            lambda r: math.log(two_events(k, p, r)),
            bounds=(0.83 * middle, 1.4 * middle),
            method="bounded",
        )
        return float(least.fun) - 2 * logarithm - math.log(gap)

    return math.exp(brentq(slack, -math.log(k) / 4, math.log(HIGHEST), xtol=1e-9))


def finite_from(k: int, gap: float) -> float:
    """p_c of the mixtures themselves, by search, measured.

    The search assumes that the least factor is above cσ for p well below the predicted edge, and
    below it from p_c to 3/5, as it is for large k.

    Raises:
        InputError: k below 1000, or a gap for which p_c is not below 3/5.

    >>> round(finite_from(10**4, 0.5), 3)
    0.376
    """

    def slack(logarithm: float) -> float:
        share = Fraction(round(math.exp(logarithm) / STEP)) * Fraction(STEP)
        mixture = Mixture.simplex(k, f"one-heavy:{share}")
        return least_factor(mixture).value / float(sigma(mixture)) - gap

    if k < SMALLEST_K or slack(math.log(HIGHEST)) >= 0:
        raise InputError(
            f"k = {k}, gap = {gap}: the edge is searched for k >= {SMALLEST_K}, below p = 3/5"
        )
    lowest = math.log(predicted_edge(k, gap)) - 0.5
    while slack(lowest) <= 0:
        lowest -= 0.5
    return math.exp(brentq(slack, lowest, math.log(HIGHEST), xtol=1e-5))
