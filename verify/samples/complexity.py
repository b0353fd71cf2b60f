"""How many samples an error needs by T8 to T10, and what error a number of samples guarantees.

A tenth of the error that is asked for is left to what still decays: n is the least with which the
bound on the path ends at nine tenths of it, and t the first step at which the whole bound is below.
T8 alone, T9 alone, or T8 and then T9 (T10): what needs fewer samples is taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from overspec.evidence import Evidence
from overspec.mixture import Mixture
from overspec.verify.enclosures.ball import Inconclusive
from overspec.verify.radius.bracket import sigma_bounds
from overspec.verify.radius.far.everywhere import on_quadrant
from overspec.verify.radius.far.explicit import explicit_rate
from overspec.verify.radius.rate import DIGITS, certified_global_rate, worst_amplitudes
from overspec.verify.samples.bound import (
    MOST_ROWS,
    Bound,
    deviation,
    estimated,
    estimated_parts,
    sharp,
)
from overspec.verify.samples.peeling import (
    SETTLED,
    Contracting,
    LocalRate,
    Numbers,
    Stage,
    alone,
    iterations,
    shrinking,
    stages,
)
from overspec.verify.samples.shells import Shells

NEAR = 10**4  # n is found up to n/NEAR


@dataclass(frozen=True)
class Contraction:
    """``|M(θ)| ≤ ρ|θ|`` for all θ.

    Attributes:
        rate: an upper bound of ρ; where it was searched for, what was found.
        evidence: CERTIFIED, or MEASURED where μ was searched for.
        source: where ρ is from, in words.
    """

    rate: Fraction
    evidence: Evidence
    source: str


def contraction(mixture: Mixture, certify: bool = False) -> Contraction | Inconclusive:
    """ρ for all θ: at k ≤ 4 as it is (k = 4: searched for, unless certify), else by claim Bb.

    Raises:
        InputError: an action that is not that of the simplex.

    >>> found = contraction(Mixture.simplex(3, "1/2,3/10,1/5"))
    >>> round(float(found.rate), 3), found.evidence.value
    (0.93, 'certified')
    >>> round(float(contraction(Mixture.simplex(6, "one-heavy:1/2")).rate), 3)
    0.911
    """
    if mixture.k == 4 and not certify:
        least = on_quadrant(mixture)(worst_amplitudes(mixture), DIGITS)
        return Contraction(1 - least.lower, Evidence.MEASURED,
                           "1 - min g_m, the least value that a search over all theta found"
                           )  # fmt: skip
    if mixture.k <= 4:
        found = certified_global_rate(mixture)
        if isinstance(found, Inconclusive):
            return found
        return Contraction(found.rate.upper, found.evidence, "1 - inf g_m over all theta")
    if sigma_bounds(mixture).lower <= 0:
        return Inconclusive("no positive lower bound of sigma: the weights are nearly degenerate")
    rate = 1 - explicit_rate(mixture).lower
    return Contraction(rate, Evidence.CERTIFIED, "Bb: 1 - sigma/(k sum_j pi_j^2) over all theta")


@dataclass(frozen=True)
class Guarantee:
    """With n rows |θ_t| ≤ error for all t ≥ iterations, with probability at least 1 − δ.

    Attributes:
        n, iterations, error: as above.
        balls: on which the theorems say so, one after the other.
    """

    n: int
    iterations: int
    error: Fraction
    balls: tuple[Stage, ...]

    @property
    def bound(self) -> Bound:
        """On the last ball."""
        return self.balls[-1].bound


def needed(mixture: Mixture, rate: Contraction, error: Fraction,
           delta: Fraction) -> Guarantee | Inconclusive:  # fmt: skip
    """The least n, up to rounding, for which T8 to T10 guarantee the error, and the iterations.

    >>> m = Mixture.simplex(2, "9/10,1/10")
    >>> found = needed(m, contraction(m), Fraction(1, 10), Fraction(1, 20))
    >>> found.bound.theorem, found.n < 3200
    ('T9', True)
    """
    limit, way = SETTLED * error, _way(mixture, rate)
    small, linear = limit * (1 - Fraction(1, 10**6)), _linear(mixture)

    def enough(n: int) -> bool:
        numbers = _estimated(mixture, n, linear)
        return any(each(numbers, way, delta)[-1].limit <= small for each in (stages, alone))

    n = first(enough, _least(mixture, linear(delta) / float(limit)))
    if n is None:
        return Inconclusive(f"T8 and T9 would need more than {MOST_ROWS:.0e} samples")
    found = _balls(proved(mixture, n), way, delta)
    if found[-1].limit > limit:
        return Inconclusive("the bound in doubles was not confirmed in balls")
    return Guarantee(n, iterations(found, error), error, found)


def _least(mixture: Mixture, ratio: float) -> int:
    """About the n with q_n = σ times the error: where a search begins."""
    return max(1, min(MOST_ROWS, int((ratio / max(1e-9, float(sigma_bounds(mixture).lower))) ** 2)))


def _way(mixture: Mixture, rate: Contraction) -> Contracting:
    shells = Shells.searched if rate.evidence is Evidence.MEASURED else Shells.of
    return Contracting(rate.rate, LocalRate.of(mixture), shells(mixture))


def _balls(numbers: Numbers, way: Contracting, delta: Fraction) -> tuple[Stage, ...]:
    """T8 alone, or T9 after it: which end at the smaller error."""
    found = [each(numbers, way, delta) for each in (alone, stages)]
    return min(found, key=lambda balls: balls[-1].limit)


def proved(mixture: Mixture, n: int) -> Numbers:
    """The numbers of the theorems, in balls."""
    return Numbers(
        lambda delta: deviation(mixture.k, mixture.d, n, delta),
        lambda delta, balls: sharp(mixture, n, delta, balls),
    )


def _estimated(mixture: Mixture, n: int, linear: Callable[[Fraction], float]) -> Numbers:
    """The same in doubles; ``linear`` is q_1, by δ."""
    k, d = mixture.k, mixture.d
    return Numbers(
        lambda delta: estimated(k, d, n, delta),
        lambda delta, balls: estimated_parts(
            mixture, n, delta, balls, linear(delta) / math.sqrt(n)
        ),
    )


def _linear(mixture: Mixture) -> Callable[[Fraction], float]:
    return cache(lambda delta: float(sharp(mixture, 1, delta, cells=1).linear))


def guaranteed(mixture: Mixture, rate: Contraction, n: int,
               delta: Fraction) -> Guarantee | Inconclusive:  # fmt: skip
    """The error that T8 to T10 guarantee with n rows; from any start never above r_n.

    >>> m = Mixture.simplex(2, "9/10,1/10")
    >>> asked = needed(m, contraction(m), Fraction(1, 10), Fraction(1, 20))
    >>> round(float(guaranteed(m, contraction(m), asked.n, Fraction(1, 20)).error), 4)
    0.1
    """
    found = _balls(proved(mixture, n), _way(mixture, rate), delta)
    limit, radius = found[-1].limit, found[0].bound.radius
    error = Fraction(limit) / SETTLED if limit < math.inf else radius
    if error >= radius:
        return Guarantee(n, found[0].start, radius, found[:1])
    return Guarantee(n, iterations(found, error), error, found)


def population(mixture: Mixture, rate: Contraction, error: Fraction) -> int:
    """The first t with |θ_t| ≤ error in the population, so that KL_t ≤ ½ error² (math.md T3a).

    From any start |θ_1| ≤ E|x| ≤ √d, and then |θ_{t+1}| ≤ ρ^t √d.

    >>> m = Mixture.simplex(2, "9/10,1/10")
    >>> rate = contraction(m)
    >>> t = population(m, rate, Fraction(1, 100))
    >>> float(rate.rate) ** (t - 1) <= 0.01 < float(rate.rate) ** (t - 2)
    True
    """
    start = math.sqrt(mixture.d)
    if rate.rate <= 0 or start <= float(error):
        return 1
    return 1 + shrinking(start, float(error), rate.rate)


def first(enough: Callable[[int], bool], guess: int = 1) -> int | None:
    """The least n with enough(n), for a condition that goes on to hold once it does.

    Up to one part in `NEAR`; the search begins at the guess.

    >>> first(lambda n: n >= 1000), first(lambda n: n >= 10, guess=40), first(lambda n: False)
    (1000, 10, None)
    """
    low, high = 0, min(guess, MOST_ROWS)  # low: not enough
    while not enough(high):
        low, high = high, 2 * high
        if high > MOST_ROWS:
            return None
    while high - low > max(1, high // NEAR):
        middle = (low + high) // 2 if 2 * low >= high else math.isqrt(max(1, low) * high)
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
