"""How many samples an error needs by T8 or T9, and what error a number of samples guarantees.

A tenth of the error that is asked for is left to what still decays: n is the least with which the
bound on the path ends at nine tenths of it, and t the first step at which the whole bound is below.
Of the two theorems the one that needs fewer samples is taken: each holds alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from overspec.decimals import Number
from overspec.evidence import Evidence
from overspec.mixture import Mixture
from overspec.verify.enclosures.ball import Inconclusive
from overspec.verify.radius.bracket import sigma_bounds
from overspec.verify.radius.far.everywhere import on_quadrant
from overspec.verify.radius.near.start import explicit_radius
from overspec.verify.radius.rate import DIGITS, certified_global_rate, worst_amplitudes
from overspec.verify.samples.bound import MOST_ROWS, Bound, deviation, estimated, sharp

SETTLED = Fraction(9, 10)  # of the error, for the limit of the bound
GAP = Fraction(1, 2)  # of σ, that is kept within the explicit radius
FINER = 10**6  # radii are rounded down to multiples of 1/FINER


@dataclass(frozen=True)
class Contraction:
    """``|M(θ)| ≤ ρ|θ|`` for all θ, or for |θ| ≤ radius.

    Attributes:
        rate: an upper bound of ρ; where it was searched for, what was found.
        radius: of the ball; None for all θ.
        evidence: CERTIFIED, or MEASURED where μ was searched for.
        source: where ρ is from, in words.
    """

    rate: Fraction
    radius: Fraction | None
    evidence: Evidence
    source: str


def contraction(mixture: Mixture, certify: bool = False) -> Contraction | Inconclusive:
    """ρ for all θ at k ≤ 4 (k = 4: searched for, unless certify), else within the explicit radius.

    Raises:
        InputError: an action that is not that of the simplex.

    >>> found = contraction(Mixture.simplex(3, "1/2,3/10,1/5"))
    >>> round(float(found.rate), 3), found.evidence.value
    (0.93, 'certified')
    >>> float(contraction(Mixture.simplex(6, "one-heavy:1/2")).radius)
    0.236275
    """
    if mixture.k == 4 and not certify:
        least = on_quadrant(mixture)(worst_amplitudes(mixture), DIGITS)
        return Contraction(1 - least.lower, None, Evidence.MEASURED,
                           "1 - min g_m, the least value that a search over all theta found"
                           )  # fmt: skip
    if mixture.k <= 4:
        found = certified_global_rate(mixture)
        if isinstance(found, Inconclusive):
            return found
        return Contraction(found.rate.upper, None, found.evidence, "1 - inf g_m over all theta")
    sigma = sigma_bounds(mixture)
    if sigma.lower <= 0:
        return Inconclusive("no positive lower bound of sigma: the weights are nearly degenerate")
    kept = GAP * sigma.lower
    radius = explicit_radius(mixture.k, "factor", sigma, Number(kept))
    radius = Fraction(math.floor(radius * FINER), FINER)
    if radius == 0:
        return Inconclusive("the explicit radius is below 1e-6: the weights are nearly degenerate")
    return Contraction(1 - kept, radius, Evidence.CERTIFIED, "B: g_m >= sigma/2 within the radius")


@dataclass(frozen=True)
class Guarantee:
    """With n rows |θ_t| ≤ error for all t ≥ iterations, with probability at least 1 − δ.

    Attributes:
        n, iterations, error: as above.
        bound: of the theorem that says so.
    """

    n: int
    iterations: int
    error: Fraction
    bound: Bound


def needed(mixture: Mixture, rate: Contraction, error: Fraction,
           delta: Fraction) -> Guarantee | Inconclusive:  # fmt: skip
    """The least n, up to rounding, for which T8 or T9 guarantees the error, and the iterations.

    >>> m = Mixture.simplex(2, "9/10,1/10")
    >>> found = needed(m, contraction(m), Fraction(1, 10), Fraction(1, 20))
    >>> found.bound.theorem, found.n < 30000
    ('T9', True)
    """
    limit = SETTLED * error
    if rate.radius is not None:
        limit = min(limit, rate.radius)
    found = [_confirmed(mixture, rate, error, limit, delta, theorem) for theorem in THEOREMS]
    proved = [one for one in found if isinstance(one, Guarantee)]
    if not proved:
        return found[0]
    return min(proved, key=lambda one: one.n)


THEOREMS = ("T8", "T9")


def _confirmed(mixture: Mixture, rate: Contraction, error: Fraction, limit: Fraction,
               delta: Fraction, theorem: str) -> Guarantee | Inconclusive:  # fmt: skip
    """n by one theorem: found in doubles, confirmed in balls."""
    start = None if rate.radius is None else float(rate.radius)
    gap, small = float(1 - rate.rate), float(limit) * (1 - 1e-6)
    linear = float(sharp(mixture, 1, delta).error) if theorem == "T9" else 0.0

    def enough(n: int) -> bool:
        by = estimated(theorem, mixture.k, mixture.d, n, delta, start)
        if theorem == "T8":
            return by <= small * gap
        return by < gap and linear / math.sqrt(n) <= small * (gap - by)

    n = first(enough)
    if n is None:
        return Inconclusive(f"{theorem} would need more than {MOST_ROWS:.0e} samples")
    found = bound(mixture, rate, n, delta, theorem)
    if found.limit(rate.rate) > limit:
        return Inconclusive("the bound in doubles was not confirmed in balls")
    return Guarantee(n, steps(found, rate, error), error, found)


def bound(mixture: Mixture, rate: Contraction, n: int, delta: Fraction, theorem: str) -> Bound:
    """The numbers of one theorem."""
    if theorem == "T9":
        return sharp(mixture, n, delta, rate.radius)
    return deviation(mixture.k, mixture.d, n, delta, rate.radius)


def guaranteed(mixture: Mixture, rate: Contraction, n: int,
               delta: Fraction) -> Guarantee | Inconclusive:  # fmt: skip
    """The error that T8 or T9 guarantees with n rows; from any start never above r_n.

    >>> m = Mixture.simplex(2, "9/10,1/10")
    >>> asked = needed(m, contraction(m), Fraction(1, 10), Fraction(1, 20))
    >>> round(float(guaranteed(m, contraction(m), asked.n, Fraction(1, 20)).error), 4)
    0.1
    """
    bounds = [bound(mixture, rate, n, delta, theorem) for theorem in THEOREMS]
    found = min(bounds, key=lambda one: one.limit(rate.rate))
    limit = found.limit(rate.rate)
    if rate.radius is not None and limit > rate.radius:
        return Inconclusive(
            f"n = {n} is too few for T8 and T9 within |theta| <= {float(rate.radius):.3g}: EM may "
            "leave it"
        )
    error = Fraction(limit) / SETTLED if limit < math.inf else found.radius
    if error >= found.radius:
        return Guarantee(n, 1 if rate.radius is None else 0, found.radius, found)
    return Guarantee(n, steps(found, rate, error), error, found)


def steps(found: Bound, rate: Contraction, error: Fraction) -> int:
    """The first t with the bound at most the error: by logarithms."""
    room = float(error - Fraction(found.limit(rate.rate)))
    start = 1 if rate.radius is None else 0
    factor = float(rate.rate + found.slower)
    if factor <= 0 or float(found.radius) <= room:
        return start
    return start + math.ceil(math.log(room / float(found.radius)) / math.log(factor) + 1e-9)


def population(mixture: Mixture, rate: Contraction, error: Fraction) -> int:
    """The first t with |θ_t| ≤ error in the population, so that KL_t ≤ ½ error² (math.md T3a).

    From any start |θ_1| ≤ E|x| ≤ √d, and then |θ_{t+1}| ≤ ρ^t √d; within a radius, from there.

    >>> m = Mixture.simplex(2, "9/10,1/10")
    >>> rate = contraction(m)
    >>> t = population(m, rate, Fraction(1, 100))
    >>> float(rate.rate) ** (t - 1) <= 0.01 < float(rate.rate) ** (t - 2)
    True
    """
    start, early = math.sqrt(mixture.d), 1
    if rate.radius is not None:
        start, early = float(rate.radius), 0
    if rate.rate <= 0 or start <= float(error):
        return early
    slope = -math.log1p(-float(1 - rate.rate))  # 1 − ρ is exact: no digit is lost near ρ = 1
    return early + math.ceil(math.log(start / float(error)) / slope * (1 + 1e-12) + 1e-9)


def first(enough: Callable[[int], bool]) -> int | None:
    """The least n with enough(n), for a condition that goes on to hold once it does.

    >>> first(lambda n: n >= 1000), first(lambda n: False)
    (1000, None)
    """
    high = 1
    while not enough(high):
        high *= 2
        if high > MOST_ROWS:
            return None
    low = high // 2  # not enough, or 0
    while high - low > max(1, high // 10**6):
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
