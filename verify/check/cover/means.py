"""Gaussian means of one variable that the tails at k = 4 need, by trapezoidal sums, with bounds.

``A(u) = p e^{au} + q e^{−au}``, t its logarithmic derivative in au. On the contour u ± iy, φ = ay <
π/2: ``|t|² and |1 − t²| ≤ 1/cos²φ``, ``|log A| ≤ |log(p+q)| + a|u| + φ − log cos φ``, and Poisson
summation leaves ``2 e^{y²/2}/(e^{2πy/h} − 1)`` times the mean of that. The nodes left out are less
than an integral and one node more. Rounding is far below what `ERROR` allows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import gmpy2
import numpy as np

from overspec.verify.check.value import TooCostly, fraction

ERROR = Fraction(1, 10**12)  # of every mean, at most
BITS = 100
GOAL = 34.0  # −log of what the sums may leave out
REACH = 10  # of the nodes

Mpfr = Any

_exp, _log = np.frompyfunc(gmpy2.exp, 1, 1), np.frompyfunc(gmpy2.log, 1, 1)


@dataclass(frozen=True)
class Means:
    """Each to `ERROR`; ``size`` is |log(p+q)|, rounded up.

    Attributes:
        square: E t².
        log: E log A.
        both: E t² log A.
        moved: E t²u².
        slope: E tu.
        bent: E (1 − t²)u² log A.
    """

    square: Fraction
    log: Fraction
    both: Fraction
    moved: Fraction
    slope: Fraction
    bent: Fraction
    size: Fraction


@lru_cache(maxsize=4096)
def means(p: Fraction, q: Fraction, a: Fraction) -> Means:
    """For p, q that are known to far more than `ERROR`.

    Raises:
        TooCostly: a is so large that the sums would be long.

    >>> found = means(Fraction(1, 2), Fraction(1, 2), Fraction(1))
    >>> [round(float(x), 4) for x in (found.square, found.moved, found.slope, found.log)]
    [0.3943, 0.7579, 0.6057, 0.3746]
    """
    if a > 100:
        raise TooCostly("an amplitude of a tail is too large")
    height = min(math.pi / (2 * float(a) + 1e-9) * 0.9, 3.0)
    step = Fraction(math.floor(2 * math.pi * height / (GOAL + height**2 / 2 + 6) * 2**20), 2**20)
    count = math.ceil(REACH / step)
    with gmpy2.context(gmpy2.get_context(), precision=BITS):
        h = gmpy2.mpfr(gmpy2.mpq(step.numerator, step.denominator))
        a_, p_, q_ = (gmpy2.mpfr(gmpy2.mpq(v.numerator, v.denominator)) for v in (a, p, q))
        u = np.array([h * n for n in range(-count, count + 1)], object)
        bell = _exp(-u * u / 2) * (h / gmpy2.sqrt(2 * gmpy2.const_pi()))
        left, right = p_ * _exp(a_ * u), q_ * _exp(-a_ * u)
        whole = left + right
        t, inside, log = (left - right) / whole, 4 * left * right / whole**2, _log(whole)
        square, log_, both, moved, slope, bent = (
            fraction((bell * f).sum())
            for f in (t * t, log, t * t * log, t * t * u * u, t * u, inside * u * u * log)
        )
        size = fraction(abs(gmpy2.log(p_ + q_))) * (1 + Fraction(1, 10**20)) + Fraction(1, 10**20)
    if _left_out(float(a), float(size), float(step), height, count) > float(ERROR) / 2:
        raise TooCostly("the means of a tail are not sharp enough")
    return Means(square, log_, both, moved, slope, bent, size)


def _left_out(a: float, size: float, h: float, y: float, count: int) -> float:
    """The largest of the bounds, in doubles: `ERROR` has a factor of two to spare."""
    phase, mean = a * y, math.sqrt(2 / math.pi)
    if not phase < math.pi / 2:
        return math.inf
    flat = size + phase - math.log(math.cos(phase))
    # E (flat + a|u|)(u² + y²)/cos², at least one in size: above all six
    largest = (flat + 1) * (1 + y * y) + a * (2 * mean + mean * y * y)
    alias = 2 * math.exp(y * y / 2) / math.expm1(2 * math.pi * y / h)
    alias *= largest / math.cos(phase) ** 2
    edge = (count + 1) * h
    density = math.exp(-edge * edge / 2) / math.sqrt(2 * math.pi)
    # ∫ (1 + size + au) u² φ ≤ φ(X) ((1 + size)(X + 1) + a (X² + 2)), and a node
    beyond = (1 + size) * (edge + 1 + h * edge**2) + a * (edge**2 + 2 + h * edge**3)
    return alias + 2 * density * beyond
