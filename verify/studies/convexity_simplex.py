"""Conjecture G on regular simplices, for all weights near a one-heavy one: a cover of the ratio.

While the logarithms of the weights change by a vector of range η (a common constant is none), no
eigenvalue of ∇²L moves by more than ``η K_2/8`` (`convexity_weights`). So a least eigenvalue above
that on the whole simplex orbit of ``π ∝ (e^ℓ, 1, …, 1)`` proves ``∇²L(θ) ≻ 0`` there for all these
weights: among them the one-heavy ones with a ratio from e^{ℓ−η} to e^{ℓ+η}. Such intervals, one
after the other, cover the ratios between two ends.

    python -m overspec.verify.studies.convexity_simplex K [--first Q] [--last Q]

proves it for k = K and logarithms of the ratio from the first to the last, in minutes.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from flint import ctx

from overspec.decimals import Number
from overspec.errors import InputError
from overspec.evidence import Evidence
from overspec.mixture import Mixture
from overspec.verify.enclosures.ball import Inconclusive, dyadic, to_ball
from overspec.verify.enclosures.cover import cover
from overspec.verify.radius.bracket import BITS, BUDGET, covered_to, sigma_bounds, tail_holds
from overspec.verify.radius.far.tail import losses, range_moment
from overspec.verify.radius.near.start import explicit_radius
from overspec.verify.radius.slack import along_simplex
from overspec.verify.radius.values import above, on_simplex

KIND = "convexity"
SHARE = Fraction(3, 5)  # of the least eigenvalue seen, that is left to the weights
FINEST = Fraction(1, 10**4)  # η that is given up
CENTRE = 2**24
DIGITS = 4
RADII = np.concatenate([np.linspace(0.05, 3, 24), np.linspace(3.5, 8, 6)])


@dataclass(frozen=True)
class Ratios:
    """∇²L ≻ 0 on all simplex orbits for one-heavy weights with log(π_0/π_1) from first to last.

    Attributes:
        k, first, last: as above.
        narrowest: for all weights, too, whose logarithms differ from those of one of the centres
            by a vector of at most this range.
        intervals, points: of the cover.
        evidence: CERTIFIED.
    """

    k: int
    first: Fraction
    last: Fraction
    narrowest: Fraction
    intervals: int
    points: int
    evidence: Evidence = Evidence.CERTIFIED


def certified_ratios(k: int, first: Fraction, last: Fraction) -> Ratios | Inconclusive:
    """One interval after the other.

    Raises:
        InputError: k < 4, for k = 3 all weights are proved; or no ends with 0 < first < last.

    >>> found = certified_ratios(4, Fraction(3), Fraction(31, 10))
    >>> found.intervals, found.evidence.value
    (1, 'certified')
    """
    if k < 4 or not 0 < first < last:
        raise InputError(f"k = {k}, from {first} to {last}: k >= 4 and 0 < first < last are needed")
    reached, eta, narrowest, intervals, points = first, Fraction(0), last, 0, 0
    while reached < last:
        eta = min(_room(k, float(reached)), 2 * eta or last)
        while (found := certified_interval(k, reached + eta * Fraction(9, 10), eta)) is None:
            eta /= 2
            if eta < FINEST:
                return Inconclusive("no proof around this logarithm of the ratio", (reached,))
        (low, high), more = found
        if low > reached:
            return Inconclusive("the intervals leave a gap", (reached,))
        reached, narrowest = high, min(narrowest, eta)
        intervals, points = intervals + 1, points + more
    return Ratios(k, first, last, narrowest, intervals, points)


def certified_interval(
    k: int, middle: Fraction, eta: Fraction
) -> tuple[tuple[Fraction, Fraction], int] | None:
    """Logarithms of the ratio that are proved, around the middle, and the points of the cover.

    None where the least eigenvalue at the centre is not proved to be above ``η K_2/8``.
    """
    heavy = Fraction(round(CENTRE / (1 + (k - 1) * math.exp(-middle))), CENTRE)
    light = (1 - heavy) / (k - 1)
    mixture = Mixture.simplex(k, [heavy] + [light] * (k - 1))
    with ctx.workprec(BITS):
        ratio = (to_ball(heavy) / to_ball(light)).log()
        ends = dyadic((ratio - to_ball(eta)).upper()), dyadic((ratio + to_ball(eta)).lower())
        needed = Number(dyadic((to_ball(eta) * range_moment(k, 2) / 8).upper()))
    far = covered_to(mixture, KIND, needed, True)
    if not tail_holds(mixture, KIND, needed, far):
        return None
    start = explicit_radius(k, KIND, sigma_bounds(mixture), needed)
    slack = above(on_simplex(mixture, KIND), needed, DIGITS)
    found = cover((start,), (max(start, far),), slack, losses(k, KIND), BUDGET)
    return None if isinstance(found, Inconclusive) else (ends, found.points)


def _room(k: int, log_ratio: float) -> Fraction:
    """An η to begin with, in doubles: nothing rigorous depends on it."""
    light = 1 / (k - 1 + math.exp(log_ratio))
    heavy = Fraction(1 - (k - 1) * light).limit_denominator(CENTRE)
    mixture = Mixture.simplex(k, f"one-heavy:{heavy}")
    slack = along_simplex(mixture, KIND, 0.0)
    least = min(float((heavy - (1 - heavy) / (k - 1)) ** 2),
                *(slack(np.array([r]), 1e-6) for r in RADII))  # fmt: skip
    return SHARE * Fraction(least) * 8 / Fraction(float(range_moment(k, 2)))


def main() -> int:
    """Prove it and print what was proved."""
    parser = argparse.ArgumentParser(description="Conjecture G on simplices, one-heavy weights.")
    parser.add_argument("k", type=int)
    parser.add_argument("--first", type=Fraction, default=Fraction(1), help="log of the ratio")
    parser.add_argument("--last", type=Fraction, default=Fraction(6), help="log of the ratio")
    wanted = parser.parse_args()
    try:
        found = certified_ratios(wanted.k, wanted.first, wanted.last)
    except InputError as error:
        parser.error(str(error))
    print(found)
    return 3 if isinstance(found, Inconclusive) else 0


if __name__ == "__main__":
    sys.exit(main())
