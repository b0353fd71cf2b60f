"""Conjecture G for k = 3 and all weights within a ratio of each other: a cover of weights too.

L is radial and unchanged by permuting the weights (every permutation of three components is an
orthogonal map of the plane), so ``π ∝ (e^α, e^β, 1)`` with ``0 ≤ β ≤ α ≤ log ratio``. In a square
of half-width η/2 around a centre the logarithms of the weights change by a vector f of range at
most η. Along the segment between, ``d/dt E Var_w Z = E Cov_w(f, Z̄²)``, at most ``(η/2) K_2/4`` by
``sd_w f ≤ η/2``, ``sd_w Z̄² ≤ ρ²/4``. So ``L'' > η K_2/8`` at the centre proves L'' > 0 in the whole
square. The expansion at 0 and the tail bound are evaluated with the weights as balls.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx

from overspec.decimals import Number
from overspec.evidence import Evidence
from overspec.mixture import Mixture
from overspec.verify.enclosures.ball import Ball, Inconclusive, dyadic, to_ball
from overspec.verify.enclosures.cover import cover
from overspec.verify.radius.bracket import BITS, BUDGET
from overspec.verify.radius.tail import losses, range_moment
from overspec.verify.radius.values import above, on_simplex
from overspec.verify.studies.convexity import sixth_range_moment

FIRST = 8  # squares along a side before any is divided
FINEST = Fraction(1, 2000)  # half-width of a square that is given up
CENTRE = 2**24
DIGITS = 6


@dataclass(frozen=True)
class Region:
    """``∇²L(θ) ≻ 0`` for all θ ≠ 0 and all k = 3 weights with ``max π ≤ ratio · min π``."""

    log_ratio: Fraction
    squares: int
    points: int
    evidence: Evidence = Evidence.CERTIFIED


def certified_region(log_ratio: Fraction) -> Region | Inconclusive:
    """Cover all weights of three components with ``log(max π/min π) ≤ log_ratio``.

    Minutes for large ratios; `certified_square` is one step.
    """
    side = log_ratio / FIRST
    pending = [
        ((a + Fraction(1, 2)) * side, (b + Fraction(1, 2)) * side, side / 2)
        for a in range(FIRST)
        for b in range(a + 1)
    ]
    squares = points = 0
    while pending:
        alpha, beta, half = pending.pop()
        found = certified_square(alpha, beta, half)
        if found is not None:
            squares, points = squares + 1, points + found
            continue
        if half < FINEST:
            return Inconclusive("no proof around these log-ratios of the weights", (alpha, beta))
        quarter = half / 2
        pending += [
            (alpha + a * quarter, beta + b * quarter, quarter)
            for a in (-1, 1)
            for b in (-1, 1)
            if beta + b * quarter <= alpha + a * quarter + 2 * quarter
        ]
    return Region(log_ratio, squares, points)


def certified_square(alpha: Fraction, beta: Fraction, half: Fraction) -> int | None:
    """The points of the cover that proves it for ``|log(π_0/π_2) − α|, |log(π_1/π_2) − β| ≤ half``.

    None where it does not.

    >>> certified_square(Fraction(1), Fraction(1, 2), Fraction(1, 40)) is not None
    True
    """
    centre = [math.exp(alpha), math.exp(beta), 1.0]
    parts = [Fraction(max(1, round(c / sum(centre) * CENTRE)), CENTRE) for c in centre]
    total = sum(parts)
    weights = [p / total for p in parts]
    with ctx.workprec(BITS):
        logs = [to_ball(w).log() for w in weights]
        # the square, seen from the centre that is used
        moves = [
            to_ball(alpha) - (logs[0] - logs[2]) + arb(0, to_ball(half)),
            to_ball(beta) - (logs[1] - logs[2]) + arb(0, to_ball(half)),
            arb(0),
        ]
        eta = max(_up(a - b) for a in moves for b in moves)
        powers = [(log + move).exp() for log, move in zip(logs, moves, strict=True)]
        pi = [p / sum(powers, arb(0)) for p in powers]
        near = _near(pi)
        far = _far([log + move for log, move in zip(logs, moves, strict=True)])
        needed = _up(to_ball(eta) * range_moment(3, 2) / 8)
    if near is None:
        return None
    mixture = Mixture.simplex(3, weights)
    slack = above(on_simplex(mixture, "second"), Number(needed), DIGITS)
    found = cover((near,), (max(near, far),), slack, losses(3, "convexity"), BUDGET)
    return None if isinstance(found, Inconclusive) else found.points


def _near(pi: list[Ball]) -> Fraction | None:
    """A radius up to which the expansion of `radius_convexity` at 0 is positive for these balls."""
    squares = sum((p * p for p in pi), arb(0))
    products = pi[0] * pi[1] + pi[1] * pi[2] + pi[2] * pi[0]
    sigma = squares - products  # |π̂_1|²
    quartic = fourth_at_zero(pi) / 2
    sixth = arb(31) / 64 * sixth_range_moment(3) / 24
    for n in range(2, 13):
        square = Fraction(1, n) ** 2
        least = arb(max(sigma.lower(), arb(0)))
        if least / to_ball(square) + quartic - sixth * to_ball(square) > 0:
            return Fraction(1, n)
    return None


def fourth_at_zero(pi: list[Ball]) -> Ball:
    """``L⁗(0) = −E κ₄`` under π along a unit θ, k = 3, by Wick with the centred Gram matrix."""
    half = arb(1) / 2
    gram = [[arb(1) if i == j else -half for j in range(3)] for i in range(3)]
    row = [sum((pi[j] * gram[i][j] for j in range(3)), arb(0)) for i in range(3)]
    mean = sum((pi[i] * row[i] for i in range(3)), arb(0))
    c = [[gram[i][j] - row[i] - row[j] + mean for j in range(3)] for i in range(3)]
    total = arb(0)
    for i in range(3):
        total -= 3 * pi[i] * c[i][i] * c[i][i]
        for j in range(3):
            total += 3 * pi[i] * pi[j] * (c[i][i] * c[j][j] + 2 * c[i][j] * c[i][j])
    return total


def _far(logs: list[Ball]) -> Fraction:
    """A radius with ``Σ_{i<j} (π²/3 + b_ij²)/(√(2π) √3 r³) < 1`` (`radius_tail`)."""
    gaps = [logs[0] - logs[1], logs[1] - logs[2], logs[2] - logs[0]]
    total = arb.pi() ** 2 + sum((abs(b) * abs(b) for b in gaps), arb(0))
    bound = total / ((2 * arb.pi()).sqrt() * arb(3).sqrt())
    far = Fraction(math.ceil(math.cbrt(float(bound.upper())) * 1.001 * 2**12), 2**12)
    assert bound < to_ball(far) * to_ball(far) * to_ball(far)
    return far


def _up(value: Ball) -> Fraction:
    return dyadic(value.upper())
