"""Quantiles of χ² and of sums of multiples of it: found by SciPy, proved in balls.

With β ≤ a_i the law of ``Σ_i a_i Z_i²`` is a mixture of the laws of ``β χ²_{d+2j}`` (Ruben 1962):

    ``P(Σ a_i Z_i² > q) = Σ_j c_j P(χ²_{d+2j} > q/β)``,  ``c_0 = Π_i (β/a_i)^{1/2}``,
    ``c_j = (1/2j) Σ_{r=1}^{j} g_r c_{j−r}``,  ``g_r = Σ_i (1 − β/a_i)^r``,

all c_j ≥ 0, of sum 1: what is left out after J terms is at most 1 − Σ_{j<J} c_j.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from flint import arb
from scipy.special import chdtrc, chdtri

from overspec.exact import Exact
from overspec.mixture import Mixture
from overspec.verify.enclosures.ball import Ball, dyadic, to_ball

WIDER = 1e-9  # relative: far above the error of SciPy's quantiles, far below what matters
TERMS = 400


def quantile(freedom: int, tail: Fraction) -> Fraction:
    """q with ``P(χ²_freedom > q) ≤ tail``, proved in ball arithmetic, and hardly more than needed.

    Raises:
        ArithmeticError: SciPy's quantile could not be proved.

    >>> from flint import ctx
    >>> with ctx.workprec(128):
    ...     round(float(quantile(2, Fraction(1, 20))), 6)  # 2 log 20
    5.991465
    """
    found = float(chdtri(freedom, float(tail)))
    if not math.isfinite(found):
        raise ArithmeticError(f"no quantile of chi-square with {freedom} degrees of freedom")
    enlarged = Fraction(found) * (1 + Fraction(WIDER))
    ball = to_ball(enlarged / 2).gamma_upper(to_ball(Fraction(freedom, 2)), regularized=1)
    if not bool(ball <= to_ball(tail)):
        raise ArithmeticError(
            f"the quantile of chi-square with {freedom} degrees of freedom at {float(tail)} is not "
            "proved"
        )
    return enlarged


def weighted_quantile(weights: Sequence[Ball], tail: Fraction) -> Fraction:
    """q with ``P(Σ_i a_i Z_i² > q) ≤ tail``, proved: by the mixture, or by the largest a_i alone.

    >>> from flint import ctx
    >>> with ctx.workprec(128):
    ...     round(float(weighted_quantile([arb(1), arb(1)], Fraction(1, 20))), 5)  # 2 log 20
    5.99146
    """
    d = len(weights)
    largest = max(dyadic(a.upper()) for a in weights)
    simple = largest * quantile(d, tail)
    least = min(dyadic(a.lower()) for a in weights)
    if least <= 0 or least == largest:
        return simple
    shares = coefficients(weights, to_ball(least))
    freedoms = d + 2 * np.arange(TERMS)
    c = np.array([float(s.mid()) for s in shares])

    def exceeded(q: float) -> float:
        return float(c @ chdtrc(freedoms, q / float(least))) + max(0.0, 1 - math.fsum(c))

    low, high = 0.0, float(simple)
    if exceeded(high) > float(tail):
        return simple
    while high - low > 1e-10 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if exceeded(middle) > float(tail) else (low, middle)
    found = Fraction(high) * (1 + Fraction(WIDER))
    proved = bool(mixture_tail(shares, d, to_ball(found / least)) <= to_ball(tail))
    return min(found, simple) if proved else simple


def coefficients(weights: Sequence[Ball], least: Ball) -> list[Ball]:
    """c_0 … of the mixture."""
    ratios = [1 - least / a for a in weights]
    first = arb(1)
    for a in weights:
        first = first * (least / a).sqrt()
    powers = [arb(1) for _ in ratios]
    sums: list[Ball] = []
    found = [first]
    for j in range(1, TERMS):
        powers = [p * ratio for p, ratio in zip(powers, ratios, strict=True)]
        sums.append(sum(powers[1:], powers[0]))
        terms = [g * c for g, c in zip(sums, reversed(found), strict=True)]
        found.append(sum(terms[1:], terms[0]) / (2 * j))
    return found


def mixture_tail(shares: Sequence[Ball], d: int, at: Ball) -> Ball:
    """``Σ_j c_j P(χ²_{d+2j} > at)`` and what is left out."""
    kept, total = arb(0), arb(0)
    for j, share in enumerate(shares):
        freedom = to_ball(Fraction(d + 2 * j, 2))
        total = total + share * (at / 2).gamma_upper(freedom, regularized=1)
        kept = kept + share
    return total + (1 - kept).max(arb(0))


def energies(mixture: Mixture) -> list[Ball]:
    """|π̂_m|² for each of the d directions, the eigenvalues of AAᵀ, in balls.

    >>> [round(float(e.mid()), 3) for e in energies(Mixture.simplex(3, "1/2,3/10,1/5", d=3))]
    [0.07, 0.07, 1.0]
    """
    weights: list[Exact] = list(mixture.weights)
    balls, found = [to_ball(w) for w in weights], []
    for block in mixture.action.blocks:
        turns = [arb(2 * block.frequency * j) / mixture.k for j in range(mixture.k)]
        parts = [
            sum((b * t for b, t in zip(balls[1:], sides[1:], strict=True)), balls[0] * sides[0])
            for sides in ([t.cos_pi() for t in turns], [t.sin_pi() for t in turns])
        ]
        found += [parts[0] * parts[0] + parts[1] * parts[1]] * block.size
    return found
