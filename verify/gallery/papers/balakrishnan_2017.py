"""1408.2156: the balanced pair ±θ, fitted to itself, near the truth and in any dimension d ≥ 2.

With r = |θ|, m = ⟨θ, θ*⟩/r and n² = η² − m², all of M(θ) lies in the plane of θ and θ*: along θ it
is A = E y tanh(ry), and across n·B with B = E tanh(ry), y ~ N(m, 1). So

    |M(θ) − θ*|²/|θ − θ*|² = q s² + (1 − q) b²,   s = (A − m)/(r − m),   b = 1 − B,   q = (r −
    m)²/|θ − θ*|².

A is concave in r and equals m at r = m, so s lies between its slopes at r and at m. B grows with r
and m.
"""

from __future__ import annotations

import heapq
from fractions import Fraction
from itertools import count

from flint import arb

from overspec.decimals import Number
from overspec.verify.enclosures.ball import Ball, Inconclusive, dyadic
from overspec.verify.gallery.entry import At, Entry, Mutant, Parameter, Statement, plain
from overspec.verify.gallery.line import ball, em, em_slope, hull, number, precision, tanh_moment
from overspec.verify.gallery.verdict import Finding, Kind, Known, Verdict, at_most, shown

ZERO = arb(0)
BUDGET = 4000  # cells
PIECES = 4  # of a secant
SHARE = Fraction(1, 150)  # tolerance of c in κ = e^{−cη²}

#: A cell of (r, m): two intervals.
Cell = tuple[Fraction, Fraction, Fraction, Fraction]


def distance(eta: Fraction, r: Ball, m: Ball) -> Ball:
    """``|θ − θ*|² = r² − 2rm + η²``, written as (r − m)² + (η − m)(η + m)."""
    e = ball(eta)
    return (r - m) * (r - m) + (e - m) * (e + m)  # ** is nan for balls around 0


def at_point(eta: Fraction, r: Fraction, m: Fraction) -> Ball:
    """The factor squared at one point, r ≠ m."""
    x, y = ball(r), ball(m)
    law = ((arb(1), y),)
    along = (em(x, ZERO, law) - y) ** 2
    across = (ball(eta) ** 2 - y * y) * (1 - tanh_moment(x, ZERO, law, tanh=1)) ** 2
    return (along + across) / distance(eta, x, y)


def above(eta: Fraction, cell: Cell) -> Fraction | None:
    """An upper bound of the factor squared on a cell; None where the cell is outside the ball."""
    r0, r1, m0, m1 = cell
    r, m = hull(r0, r1), hull(m0, m1)
    far = ball(eta / 4) ** 2
    if distance(eta, r, m) > far:
        return None
    law = ((arb(1), m),)
    b = (1 - tanh_moment(ball(r0), ZERO, ((arb(1), ball(m0)),), tanh=1)).upper()
    # a secant slope is a mean of slopes, and these fall in r: each piece has its first one
    low = min(r0, m0)
    pieces = [low + (max(m0, low) - low) * Fraction(i, PIECES) for i in range(PIECES)]
    s = sum((em_slope(ball(x), ZERO, law).upper() for x in pieces), ZERO).upper() / PIECES
    whole = distance(eta, r, m)
    q = (r - m) * (r - m) / whole if whole > 0 else hull(Fraction(0), Fraction(1))
    ends = (max(q.lower(), ZERO), min(q.upper(), arb(1)))
    return max(dyadic((x * s * s + (1 - x) * b * b).upper()) for x in ends)


def greatest(eta: Fraction) -> Number | Inconclusive:
    """κ²: the supremum over the ball of radius η/4 around θ*, by branch and bound in (r, m)."""
    # the ball touches m ≥ η√(15/16); r from 3η/4 to 5η/4
    first: Cell = (eta * 3 / 4, eta * 5 / 4, eta * 968 / 1000, eta)
    tolerance = eta**2 * SHARE * Fraction(1 if eta < 1 else float_square(eta))
    best, order = Fraction(0), count()
    queue: list[tuple[Fraction, int, Cell]] = []

    def push(cell: Cell) -> None:
        nonlocal best
        bound = above(eta, cell)
        if bound is None:
            return
        r, m = (cell[0] + cell[1]) / 2, (cell[2] + cell[3]) / 2
        if r != m and distance(eta, ball(r), ball(m)) < ball(eta / 4) ** 2:
            best = max(best, dyadic(at_point(eta, r, m).lower()))
        heapq.heappush(queue, (-bound, next(order), cell))

    push(first)
    for _ in range(BUDGET):
        bound, _, (r0, r1, m0, m1) = heapq.heappop(queue)
        if -bound - best <= tolerance:
            return Number.between(best, max(-bound, best))
        # halve the side that is longer; m counts for less, its range is narrow
        if (r1 - r0) >= (m1 - m0) * 4:
            r = (r0 + r1) / 2
            parts: tuple[Cell, Cell] = ((r0, r, m0, m1), (r, r1, m0, m1))
        else:
            m = (m0 + m1) / 2
            parts = ((r0, r1, m0, m), (r0, r1, m, m1))
        for part in parts:
            push(part)
    return Inconclusive(f"the budget of {BUDGET} cells is spent")


def float_square(eta: Fraction) -> Fraction:
    """About e^{−η²}, the size of κ²: a tolerance needs no proof."""
    from math import exp

    return Fraction(exp(-(float(eta) ** 2))).limit_denominator(10**9)


def check_ball(at: At, constant: Fraction) -> Finding:
    """``κ ≤ e^{−cη²}`` on the ball of radius |θ*|/4 around θ*."""
    eta = at["theta"]
    of = "sup of |M(theta) - theta*|/|theta - theta*| over the ball of radius |theta*|/4, d >= 2"
    with precision(53):
        square = greatest(eta)
        published = number((-ball(constant * eta**2)).exp())
        if isinstance(square, Inconclusive):
            return Finding(Verdict(Kind.INCONCLUSIVE), published, None, of, (square.reason,))
        ends = [ball(end).sqrt() for end in (square.lower, square.upper)]
        true = Number.between(dyadic(ends[0].lower()), dyadic(ends[1].upper()))
        powers = [-end.log() / ball(eta) ** 2 for end in reversed(ends)]
        best = Number.between(dyadic(powers[0].lower()), dyadic(powers[1].upper()))
    verdict = at_most(true, published, f"|theta*| = {plain(eta)}")
    notes = (f"at |theta*| = {plain(eta)} it is exp(-c |theta*|^2) with c = {shown(best, 4)}",)
    return Finding(verdict, published, true, of, notes)


ENTRY = Entry(
    name="balakrishnan_2017",
    arxiv="1408.2156",
    authors="Balakrishnan, Wainwright, Yu",
    year=2017,
    title="Statistical guarantees for the EM algorithm: From population to sample-based analysis",
    setting="Model and truth: half N(theta, I), half N(-theta, I), d >= 2. EM on the population.",
    parameters=(
        Parameter("theta", "|theta*|, the signal-to-noise ratio",
                  Fraction(1), Fraction(1, 10), Fraction(4)),
    ),
    statements=(
        Statement(
            "contraction near the truth",
            "On the ball of radius |theta*|/4 around theta* EM contracts by exp(-c |theta*|^2), "
            "c > 0 universal and not given, once |theta*| is large enough; read with c = 9/32, "
            "which follows from the factor of 1609.00368 at every |theta*|.",
            Known.RESTATED,
            "corollary on the two-component mixture",
            Fraction(9, 32),
            check_ball,
            (Mutant("c = 1", Fraction(1)),),
        ),
    ),
)  # fmt: skip
