"""1705.08530: gradient EM with known weights, three free means on the line, from a box around them.

With s = 2/(π_min + π_max) the step is θ − s∇L(θ). The truth is its fixed point, and on a box around
it ‖θ' − θ*‖ ≤ sup‖I − s∇²L‖·‖θ − θ*‖, the norm at most the largest row sum and, at the truth, at
least the largest diagonal entry, since ∇²L is symmetric. ∇²L is enclosed over the box by the balls
of `ov.Model`.
"""

from __future__ import annotations

from fractions import Fraction

from flint import arb

from overspec.decimals import Number
from overspec.errors import OutOfReach
from overspec.models.model import Model
from overspec.verify.enclosures.ball import Ball, dyadic
from overspec.verify.gallery.entry import At, Entry, Mutant, Parameter, Statement, plain
from overspec.verify.gallery.line import ball, hull, number, precision
from overspec.verify.gallery.search import crossing
from overspec.verify.gallery.verdict import Finding, Kind, Known, Verdict, at_most, shown
from overspec.verify.models import balls
from overspec.verify.models.ball_lattice import Rows, in_balls, lattice

DIGITS = 18
MOST = Fraction(400)  # R up to which the published factor is looked at
OF = "factor of one step of gradient EM from the box around the truth"


def weights(middle: Fraction) -> tuple[Fraction, ...]:
    """Those of −R, 0, R."""
    side = (1 - middle) / 2
    return side, middle, side


def published(radius: Ball, share: Fraction, middle: Fraction, scale: Fraction) -> Ball:
    """``(π_max − π_min + 2γ)/(π_max + π_min)`` with M = 3, d = d_0 = 1; γ is multiplied by scale.

    ``γ = M²(2κ + 4)(2R_max + d_0)² exp(−(R_min/2 − a)² √d_0/8)``, κ = π_max/π_min.
    """
    small, large = min(weights(middle)), max(weights(middle))
    decay = (-(((ball(Fraction(1, 2) - share)) * radius) ** 2) / 8).exp()
    gamma = 9 * ball(2 * large / small + 4) * (4 * radius + 1) ** 2 * decay * ball(scale)
    return (ball(large - small) + 2 * gamma) / ball(large + small)


def hessian(radius: Fraction, reach: Fraction, middle: Fraction) -> Rows:
    """∇²L over all means within ``reach`` of −R, 0, R."""
    model = Model.free(3, 1, weights(middle))
    centres = (-radius, Fraction(0), radius)
    theta = [hull(c - reach, c + reach) for c in centres]
    maps = in_balls(model)
    nodes = lattice(maps, model.truth(centres), theta, DIGITS)
    return balls.enclosed(maps, theta, nodes, jacobian=False).hessian


def factor(radius: Fraction, reach: Fraction, middle: Fraction) -> tuple[Ball, Ball]:
    """The largest diagonal entry and the largest row sum of |I − s∇²L|."""
    small, large = min(weights(middle)), max(weights(middle))
    step = ball(2 / (small + large))
    rows = [
        [abs((1 if a == b else 0) - step * entry) for b, entry in enumerate(row)]
        for a, row in enumerate(hessian(radius, reach, middle))
    ]
    diagonal, sums = rows[0][0], sum(rows[0], arb(0))
    for a in (1, 2):
        diagonal, sums = diagonal.max(rows[a][a]), sums.max(sum(rows[a], arb(0)))
    return diagonal, sums


def check_factor(at: At, scale: Fraction) -> Finding:
    """The factor from the box |μ_i − μ_i*| ≤ λR against the published one, γ times ``scale``."""
    radius, share, middle = at["radius"], at["share"], at["weight"]
    with precision():
        stated = number(published(ball(radius), share, middle, scale))
        least, near = factor(radius, Fraction(0), middle)
        truth = Number.between(dyadic(least.lower()), dyadic(near.upper()))
        limit = number(published(ball(radius), share, middle, Fraction(0)))
        try:
            over = factor(radius, share * radius, middle)[1]
        except (OutOfReach, ZeroDivisionError):  # too wide for an enclosure
            over = arb("nan")
        edge = crossing(
            lambda r: published(ball(r), share, middle, Fraction(1)) - 1,
            Fraction(4), MOST, Fraction(1, 100),
        )  # fmt: skip
    notes = [
        f"at the truth it is {shown(truth)}, for far means "
        f"(pi_max - pi_min)/(pi_max + pi_min) = {shown(limit)}"
    ]
    if isinstance(edge, Number):
        notes.append(f"the published factor is below 1 from R = {shown(edge, 4)} on")
    where = f"R = {plain(radius)}, weight {plain(middle)}, near the truth"
    if at_most(truth, stated, where).kind is Kind.REFUTED:
        return Finding(at_most(truth, stated, where), stated, truth, OF, tuple(notes))
    if not over.is_finite():
        return Finding(Verdict(Kind.INCONCLUSIVE), stated, truth, OF, tuple(notes))
    true = Number.between(truth.lower, max(dyadic(over.upper()), truth.upper))
    return Finding(at_most(true, stated, where), stated, true, OF, tuple(notes))


ENTRY = Entry(
    name="yan_2017",
    arxiv="1705.08530",
    authors="Yan, Yin, Sarkar",
    year=2017,
    title="Convergence of Gradient EM on Multi-component Mixture of Gaussians",
    setting="Model: three free means, known weights, d = 1. Truth: -R, 0, R with the same weights, "
    "the outer ones equal. Gradient EM with step 2/(pi_min + pi_max) on the population.",
    parameters=(
        Parameter("radius", "R of the truth", Fraction(30), Fraction(4), Fraction(36)),
        Parameter("share", "lambda: the start is within lambda R of the truth",
                  Fraction(1, 10), Fraction(0), Fraction(1, 8)),
        Parameter("weight", "of the component at 0",
                  Fraction(1, 2), Fraction(1, 5), Fraction(4, 5)),
    ),
    statements=(
        Statement(
            "local linear rate",
            "From within a of the truth gradient EM with step 2/(pi_min + pi_max) contracts by "
            "(pi_max - pi_min + 2 gamma)/(pi_max + pi_min), "
            "gamma = M^2 (2 kappa + 4)(2 R_max + d_0)^2 exp(-(R_min/2 - a)^2 sqrt(d_0)/8).",
            Known.RESTATED,
            "theorem on population gradient EM; R_min and R_max are distances of the means, "
            "d_0 = min(d, 2M)",
            Fraction(1),
            check_factor,
            (
                Mutant("gamma = 0", Fraction(0), (("radius", Fraction(5)), ("share", Fraction(0)))),
            ),
        ),
    ),
)  # fmt: skip
