"""Conjecture G for k = 3 where two weights differ much, or θ is large: pairs of components alone.

With ``z_j = c g_j``, ``c² = 3r²/2`` (math.md section 5), L'' is ``1 − (3/2) E Σ_{i<j} w_i w_j δ²``
for ``δ = g_i − g_j ~ N(0, 2)``. As ``w_i w_j ≤ f(cδ + t_ij)``, ``t_ij = log(π_i/π_j)``, ``f(y) = ¼
sech²(y/2)``, and ``b(c, t) = E δ² f(cδ + t)`` is even in t,

    ``L'' ≥ 1 − (3/2)(b(c, α) + b(c, β) + b(c, α − β))``,  ``π ∝ (e^α, e^β, 1)``, 0 ≤ β ≤ α:

the sum of the three has to be below 2/3. As ``f'' ≥ −1/8``, E δ² = 2 and E δ⁴ = 12, ``b_tt ≥ −1/4``
and ``b_cc ≥ −3/2``: on a grid of steps h, η in c and in the logarithms the sum is at most its
largest value plus ``(9/2 h² + ½η² + ½η²)/8``, one b at most ``(3/2 h² + ¼η²)/8`` more than there.

* **c ≥ 2**: ``b ≤ sup δ²φ(δ) ∫ f(cδ) dδ = 4e^{−1}/(√(4π)c)``, below 2/9.
* **3/2 ≤ c ≤ 2**: b below 2/9 on a grid of t to 12, and for larger t by ``f(y) ≤ e^{−y}``: ``b ≤
  e^{c²−t}(2 + 4c²)``.
* **c ≤ 3/2 and α ≥ 7/2**: the sum on a grid to α = 12; beyond, α and the larger of β, α − β are at
  least 12 and 6.

Where α ≤ 7/2 `convexity_weights` covers c ≤ 3/2, that is, ``r² ≤ 3/2``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from flint import acb, arb, ctx
from numpy.typing import NDArray

from overspec.evidence import Evidence
from overspec.verify.enclosures.ball import Ball, Inconclusive, dyadic

BITS = 64
REACH = 10  # of the integral, in standard deviations
LEAST_RATIO = Fraction(7, 2)  # α from which pairs decide for all θ
LEAST_C = Fraction(3, 2)  # c from which they decide for all weights
FARTHEST_C, FARTHEST = 2, 12  # of the grids of c and of the logarithms
STEPS_C, STEPS = 20, 10  # of them, by unit
UNIT = 2**40  # the values on the grid are multiples of 1/UNIT, rounded up

Array = NDArray[np.int64]


@dataclass(frozen=True)
class Pairs:
    """L'' > 0 for ``max π ≥ e^{7/2} min π``, and for all weights where r² ≥ 3/2.

    Attributes:
        by_ratio: how far the largest sum of three is below 2/3, for c ≤ 3/2 and α ≥ 7/2.
        by_radius: how far the largest b is below 2/9, for c ≥ 3/2.
    """

    by_ratio: Fraction
    by_radius: Fraction
    evidence: Evidence = Evidence.CERTIFIED


def certified_pairs(least_ratio: Fraction = LEAST_RATIO) -> Pairs | Inconclusive:
    """Prove it on the grids: some ten seconds.

    Args:
        least_ratio: the least α, a multiple of 1/10.
    """
    table = np.array(
        [
            [_rounded_up(Fraction(i, STEPS_C), Fraction(n, STEPS))
             for n in range(FARTHEST * STEPS + 1)]
            for i in range(FARTHEST_C * STEPS_C + 1)
        ],
        dtype=np.int64,
    )  # fmt: skip
    by_ratio = Fraction(2, 3) - _largest_sum(table, least_ratio)
    by_radius = Fraction(2, 9) - _largest_single(table)
    if by_ratio <= 0:
        return Inconclusive("pairs do not decide for these ratios of the weights", (least_ratio,))
    if by_radius <= 0:
        return Inconclusive("pairs do not decide from this c on", (LEAST_C,))
    return Pairs(by_ratio, by_radius)


def pair_mean(c: Fraction, t: Fraction) -> Ball:
    """``b(c, t)``, enclosed.

    >>> round(float(pair_mean(Fraction(0), Fraction(0))), 9)
    0.5
    """
    with ctx.workprec(BITS):
        slope = arb(2).sqrt() * arb(c.numerator) / c.denominator
        shift = arb(t.numerator) / t.denominator

        def integrand(z: acb, _analytic: bool) -> acb:
            half = (slope * z + shift) / 2
            return z * z / 2 * (-z * z / 2).exp() / half.cosh() ** 2

        inside = acb.integral(integrand, -REACH, REACH, abs_tol=arb(2) ** -36).real
        end = arb(REACH)  # beyond, f ≤ ¼, and ½E z² is φ(end) end + P(z > end)
        norm = (2 * arb.pi()).sqrt()
        return inside / norm + arb(0, ((-end * end / 2).exp() / norm * (end + 1)).upper())


def _rounded_up(c: Fraction, t: Fraction) -> int:
    return _units(pair_mean(c, t))


def _units(value: Ball) -> int:
    """Its upper end in units, rounded up."""
    return math.ceil(dyadic(value.upper()) * UNIT)


def _grid_loss(axes: int) -> Fraction:
    """What b (axes = 1) or the sum of three in α and β (axes = 2) may exceed the grid by."""
    each = Fraction(3, 2) if axes == 1 else Fraction(9, 2)
    along = Fraction(1, 4) if axes == 1 else Fraction(1, 2) * 2
    return (each / STEPS_C**2 + along / STEPS**2) / 8


def _beyond(c: Fraction, t: int) -> Fraction:
    """An upper bound of ``e^{c²−t}(2 + 4c²)``."""
    with ctx.workprec(BITS):
        square = arb((c * c).numerator) / (c * c).denominator
        found = (square - t).exp() * (2 + 4 * square)
        return Fraction(_units(found), UNIT)


def _largest_sum(table: Array, least: Fraction) -> Fraction:
    """Of the three b, for 0 ≤ c ≤ 3/2 and α ≥ least."""
    last = int(LEAST_C * STEPS_C)
    rows = table[: last + 1]
    first, end = int(least * STEPS), FARTHEST * STEPS
    largest = 0
    for a in range(first, end + 1):
        b = np.arange(min(a + 1, end) + 1)  # one step beyond β = α: a cell of the diagonal
        sums = rows[:, [a]] + rows[:, b] + rows[:, np.abs(a - b)]
        largest = max(largest, int(sums.max()))
    to_end = Fraction(largest, UNIT) + _grid_loss(2)
    beyond = max(
        Fraction(int(rows[i : i + 2].max()), UNIT)
        + _grid_loss(1)
        + _beyond(Fraction(i + 1, STEPS_C), FARTHEST)
        + _beyond(Fraction(i + 1, STEPS_C), FARTHEST // 2)
        for i in range(last)
    )
    return max(to_end, beyond)


def _largest_single(table: Array) -> Fraction:
    """Of b for c ≥ 3/2."""
    on_grid = Fraction(int(table[int(LEAST_C * STEPS_C) :].max()), UNIT) + _grid_loss(1)
    with ctx.workprec(BITS):
        far = 4 * arb(-1).exp() / ((4 * arb.pi()).sqrt() * FARTHEST_C)
        from_two = Fraction(_units(far), UNIT)
    return max(on_grid, _beyond(Fraction(FARTHEST_C), FARTHEST), from_two)
