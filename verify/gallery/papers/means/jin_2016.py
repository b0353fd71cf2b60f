"""1609.00978: bad local maxima of the likelihood of three free means, truth (−R, R, γR).

The set D: μ₁ within 1/10 of 0, and μ₂, μ₃ within 1 of γR. If M maps D into itself, then EM started
in D stays there, its KL converges to at least min_D KL, and by Brouwer D holds a fixed point. M(D)
⊂ D is proved cell by cell; exchanging μ₂ and μ₃ covers the third mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise, product

from flint import arb

from overspec.decimals import Number
from overspec.verify.enclosures.ball import Ball, dyadic
from overspec.verify.gallery.entry import At, Entry, Mutant, Parameter, Statement, plain
from overspec.verify.gallery.line import Truth, ball, hull, number, precision
from overspec.verify.gallery.softmax import Means, excess, uniform
from overspec.verify.gallery.verdict import Finding, Kind, Known, Verdict, shown

CENTRE = Fraction(1, 10)  # half-width of D for the mean near 0
PAIR = Fraction(1)  # and for the two near γR
BITS = 30  # for cells, which are wide
PIECES = 6  # of the interval of each of these two


def cells(far: Fraction) -> Iterator[Means]:
    """D in cells."""
    ends = [far - PAIR + 2 * PAIR * Fraction(i, PIECES) for i in range(PIECES + 1)]
    sides = [hull(a, b) for a, b in pairwise(ends)]
    for second, third in product(sides, sides):
        yield uniform([hull(-CENTRE, CENTRE), second, third])


def kept(far: Fraction, law: Truth) -> bool:
    """Whether M(D) ⊂ D, with proof."""
    for model in cells(far):
        near = abs(model.step(0, arb(0), law)) < ball(CENTRE)
        if not near or not abs(model.step(1, ball(far), law)) < ball(PAIR):
            return False
    return True


def check_trap(at: At, claimed: Fraction | None) -> Finding:
    """EM stays in D, at an excess that grows like R²/3; is it at most ``claimed·R²``?"""
    near, far = at["radius"], at["gamma"] * at["radius"]
    with precision(BITS):
        truth = uniform([ball(-near), ball(near), ball(far)])
        law = tuple(zip(truth.weights, truth.means, strict=True))
        stays = kept(far, law)
        least: Ball = min((excess(m, truth).lower() for m in cells(far)), key=float)
    with precision(53):
        middle = number(excess(uniform([arb(0), ball(far), ball(far)]), truth))
        limit = number(ball(near) ** 2 / 3 - arb(2).log() / 3)
    true = Number.between(min(dyadic(least), middle.upper), middle.upper)
    of = "least excess of KL over the best, in a set that EM does not leave"
    where = f"R = {plain(near)}, gamma = {plain(at['gamma'])}"
    published = None if claimed is None else Number(claimed * near**2)
    if not stays or true.lower <= 0:
        verdict = Verdict(Kind.INCONCLUSIVE)
    elif published is not None and true.lower > published.upper:
        verdict = Verdict(
            Kind.REFUTED,
            counterexample=f"{where}: the excess is at least {shown(Number(true.lower), 3)}",
        )
    else:
        verdict = Verdict(Kind.HOLDS if published is None else Kind.INCONCLUSIVE)
    notes = (
        f"at (0, gamma R, gamma R) it is {shown(middle)}; R^2/3 - (ln 2)/3 = {shown(limit)}",
        f"proved on {PIECES**2} cells: EM maps |mu_1| <= 1/10, |mu_2, mu_3 - gamma R| <= 1 into "
        "itself",
    )
    return Finding(
        verdict, published, true, of, notes if stays else ("EM was not proved to stay there",)
    )


ENTRY = Entry(
    name="jin_2016",
    arxiv="1609.00978",
    authors="Jin, Zhang, Balakrishnan, Wainwright, Jordan",
    year=2016,
    title="Local Maxima in the Likelihood of Gaussian Mixture Models: Structural Results and "
    "Algorithmic Consequences",
    setting="Model: three free means, equal weights, d = 1. Truth: means -R, R, gamma R. EM on the "
    "population.",
    parameters=(
        Parameter("radius", "R of the truth", Fraction(3), Fraction(2), Fraction(6)),
        Parameter("gamma", "the third mean over R", Fraction(4), Fraction(3), Fraction(8)),
    ),
    statements=(
        Statement(
            "bad local maxima",
            '"the log-likelihood value of these bad local maxima can be arbitrarily worse than '
            'that of any global optimum"',
            Known.QUOTED,
            "as on tomesphere.com/paper/1609.00978; shown: EM does not leave a set as bad as that",
            None,
            check_trap,
            (Mutant("worse by R^2/4 at most", Fraction(1, 4)),),
        ),
    ),
)  # fmt: skip
