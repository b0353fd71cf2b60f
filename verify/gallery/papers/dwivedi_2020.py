"""1810.00828: the pair ±θ with fixed weights (1 ± ρ)/2, fitted to a single N(0, I).

Along θ everything is one-dimensional: |M(θ)|/|θ| = E sech²(θx + β) = 1 − E tanh²(θx + β) with ρ =
tanh β and x ~ N(0, 1). Write t = tanh²(θx) and u = ρ². The mean of tanh² over ±x, divided by u, is

    h = (t(1 − u)²/u + (1 − t)²)/(1 − tu)²,

and h ≥ 1 is t(1 − u)[(1 − u)/u − 2 + t(1 + u)] ≥ 0. So for u ≤ 1/3 the factor is at most 1 − ρ² at
every θ, its value at 0; for u > 1/3 it is larger near 0, where E tanh² = u + (1 − u)(1 − 3u)θ² +
O(θ⁴).

Balanced: e^{−y²} ≤ sech²y ≤ 1/(1 + y²) and ∫sech² = 2 give the sharper bounds below.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from flint import arb

from overspec.decimals import Number
from overspec.verify.enclosures.ball import Ball, Inconclusive, dyadic
from overspec.verify.enclosures.cover import Cover, Point, cover
from overspec.verify.gallery import formula
from overspec.verify.gallery.entry import At, Entry, Mutant, Parameter, Statement, plain
from overspec.verify.gallery.formula import Comparison
from overspec.verify.gallery.line import STANDARD, ball, hull, number, precision, tanh_moment
from overspec.verify.gallery.search import Least, down, least
from overspec.verify.gallery.verdict import (
    Finding,
    Kind,
    Known,
    Verdict,
    at_least,
    at_most,
    shown,
)

TOLERANCE = Fraction(1, 10**6)
FAR_SHIFT = Fraction(3)  # of β: beyond, E tanh² alone is above the constant
BUDGET = 20_000
#: ρ and θ near the worst, for the upper end of the best constant.
WORST = (Fraction(19, 20), Fraction(33, 20))
MARGIN = Fraction(1, 2000)  # between the constant that is proved and the one at `WORST`


def squared(theta: Ball, shift: Ball) -> Ball:
    """``E tanh²(θx + β)``."""
    return 1 - tanh_moment(theta, shift, STANDARD, sech=2)


def rising(theta: Ball, shift: Ball) -> Ball:
    """Its derivative in θ, ``2E x tanh sech²``."""
    return 2 * tanh_moment(theta, shift, STANDARD, 1, sech=2, tanh=1)


def far(below: Ball) -> Fraction:
    """A θ beyond which E tanh² is above a number: E sech² ≤ √(2/π)/θ, as ∫sech² = 2."""
    return -down(-((2 / arb.pi()).sqrt() / (1 - below)))


def smallest(rho: Fraction) -> Least | Inconclusive:
    """inf over θ of E tanh²(θx + β): at 0 it is ρ²."""
    shift, square = ball(rho).atanh(), ball(rho) ** 2
    return least(
        lambda theta: squared(theta, shift),
        lambda theta: rising(theta, shift),
        Fraction(0),
        far(square),
        TOLERANCE,
    )


def check_unbalanced(at: At, constant: Fraction) -> Finding:
    """``|M(θ)| ≤ (1 − cρ²)|θ|`` for all θ, at one ρ."""
    rho = at["rho"]
    with precision(53):
        found = smallest(rho)
    published = Number(1 - constant * rho**2)
    of = "sup of |M(theta)|/|theta| over theta"
    if isinstance(found, Inconclusive):
        return Finding(Verdict(Kind.INCONCLUSIVE), published, None, of)
    true = Number.between(1 - found.value.upper, 1 - found.value.lower)
    best = Number.between(found.value.lower / rho**2, found.value.upper / rho**2)
    verdict = at_most(true, published, f"rho = {plain(rho)}, theta = {float(found.at):.3g}")
    local = "at every theta" if 3 * rho**2 <= 1 else "near theta = 0 only, since rho > 1/sqrt(3)"
    notes = (
        f"at rho = {plain(rho)} the factor is 1 - c rho^2 with c = {shown(best)}",
        f"the factor 1 - rho^2 of theta = 0 is the largest {local} (proved)",
    )
    return Finding(verdict, published, true, of, notes)


def proved_everywhere(constant: Fraction) -> Cover | Inconclusive:
    """``E tanh²(θx + β) ≥ c tanh²β`` for all θ and β.

    For tanh²β ≤ 1/3 the docstring of the module has it with c = 1. For β ≥ B and all θ, and for θ ≥
    Θ and all β, E tanh² ≥ c: E sech²(θx + β) falls in β ≥ 0, as both laws are symmetric and
    unimodal. The rest is a box. There, with s = sech², (tanh²)″ = 6s² − 4s.
    """
    c = ball(constant)
    wide = far(c)
    edge = least(
        lambda theta: squared(theta, ball(FAR_SHIFT)) - c,
        lambda theta: rising(theta, ball(FAR_SHIFT)),
        Fraction(0),
        wide,
    )
    if isinstance(edge, Inconclusive) or edge.value.lower <= 0:
        return Inconclusive("beta does not reach far enough")

    def value(point: Point) -> Fraction:
        shift, theta = map(ball, point)
        return dyadic((squared(theta, shift) - c * shift.tanh() ** 2).lower())

    def losses(low: Point, high: Point) -> tuple[Fraction, ...]:
        shift, theta = (hull(a, b) for a, b in zip(low, high, strict=True))
        bends = [
            6 * tanh_moment(theta, shift, STANDARD, degree, sech=4)
            - 4 * tanh_moment(theta, shift, STANDARD, degree, sech=2)
            for degree in (0, 2)
        ]
        s = shift.sech() ** 2
        bends[0] -= c * (6 * s * s - 4 * s)
        sides = (b - a for a, b in zip(low, high, strict=True))
        return tuple(
            max(Fraction(0), h * h / 8 * dyadic(bend.upper()))
            for h, bend in zip(sides, bends, strict=True)
        )

    start = down((1 / arb(3).sqrt()).atanh())
    return cover((start, Fraction(0)), (FAR_SHIFT, wide), value, losses, BUDGET)


def check_constant(_at: At, constant: Fraction) -> Finding:
    """The constant in 1 − cρ², for all ρ and θ: the best one is bracketed."""
    rho, theta = WORST
    with precision(53):
        upper = number(squared(ball(theta), ball(rho).atanh()) / ball(rho) ** 2)
        proved = Fraction(int((upper.lower - MARGIN) * 10**5), 10**5)
        found = proved_everywhere(proved)
    of = "best c in |M(theta)| <= (1 - c rho^2)|theta| for all rho, theta"
    if isinstance(found, Inconclusive):
        return Finding(Verdict(Kind.INCONCLUSIVE), Number(constant), None, of, (found.reason,))
    true = Number.between(proved, upper.upper)
    where = f"rho = {plain(rho)}, theta = {plain(theta)}"
    notes = (f"upper end at {where}; lower end proved on {found.cells} boxes",)
    return Finding(at_least(true, Number(constant), where), Number(constant), true, of, notes)


def check_lower(at: At, constant: Fraction) -> Finding:
    """``|M(θ)|/|θ| ≥ 1/(1 + cθ²)``, balanced.

    sech²y ≥ e^{−y²} gives (1 + 2θ²)^{−1/2}, which is above 1/(1 + cθ²) for all θ if c ≥ 1. For c <
    1 the bound fails near 0.
    """
    theta = at["theta"]
    with precision():
        if constant < 1:
            theta = (1 - constant) / 4
        x = ball(theta)
        true = number(tanh_moment(x, arb(0), STANDARD, sech=2))
        sharper = number(1 / (1 + 2 * x * x).sqrt())
    published = Number(1 / (1 + constant * theta**2))
    verdict = at_least(true, published, f"theta = {plain(theta)}")
    if verdict.accepts and constant < 1:
        verdict = Verdict(Kind.INCONCLUSIVE)
    notes = (f"for every theta (1 + 2 theta^2)^(-1/2) is larger: here {shown(sharper)}",)
    compared = Comparison(factor_at(theta), ">=", formula.number(1 / (1 + constant * theta**2)))
    of = f"|M(theta)|/|theta| at {plain(theta)}"
    return Finding(verdict, published, true, of, notes, compared)


def factor_at(theta: Fraction) -> formula.Formula:
    """E sech²(θx)."""
    return formula.moment(theta, 0, sech=2)


def phi_one() -> Ball:
    """Φ(1) = 0.8413…, the p of the paper."""
    return (1 + (1 / arb(2).sqrt()).erf()) / 2


def upper_bound(p: Ball, theta: Ball) -> Ball:
    """``1 − p + p/(1 + θ²/2)``."""
    return 1 - p + p / (1 + theta * theta / 2)


def cauchy(theta: Ball) -> Ball:
    """``E 1/(1 + θ²x²)``, by its closed form."""
    scaled = 1 / (theta * arb(2).sqrt())
    return (arb.pi() / 2).sqrt() / theta * (scaled * scaled).exp() * scaled.erfc()


def flat(theta: Ball) -> Ball:
    """``√(2/π)/θ``."""
    return (2 / arb.pi()).sqrt() / theta


def stall(f: Callable[[Ball], Ball], share: Ball, low: Fraction) -> Fraction | None:
    """Where the proof of f ≤ bound for all θ ≥ low ends; None if it goes through.

    Both fall. On [a, b] it suffices that f(a) is at most the bound at b; once f is below 1 − p, it
    is below the bound from there on.
    """
    while True:
        here = f(ball(low))
        if here < 1 - share:
            return None
        # the θ at which the bound has come down to this
        reach = down((2 * (share / (here.upper() - 1 + share) - 1)).sqrt())
        if not reach > low:
            return low
        low = reach


def check_upper(at: At, p: Fraction | None) -> Finding:
    """``|M(θ)|/|θ| ≤ 1 − p + p/(1 + θ²/2)`` for all θ, balanced; p = Φ(1) if None.

    The bound is at least 1 − pθ²/2. Near 0 that is above E sech² ≤ 1 − θ² + 2θ⁴ where
    2θ² ≤ 1 − p/2, and above E 1/(1 + θ²x²) ≤ 1 − θ² + 3θ⁴ where 3θ² ≤ 1 − p/2; then comes `stall`.
    """
    theta = at["theta"]

    def factor(slope: Ball) -> Ball:
        return tanh_moment(slope, arb(0), STANDARD, sech=2)

    with precision(53):
        share = phi_one() if p is None else ball(p)
        x, room = ball(theta), 1 - share / 2
        true, published = number(factor(x)), number(upper_bound(share, x))
        verdict = at_most(true, published, f"theta = {plain(theta)}")
        ends = stall(factor, share, down((room / 2).sqrt())) if verdict.accepts else None
        if ends is not None:  # they meet: do they cross?
            beyond = ends + Fraction(1, 8)
            crossed = factor(ball(beyond)) > upper_bound(share, ball(beyond))
            where = f"theta = {float(beyond):.4g}" if crossed else ""
            verdict = Verdict(Kind.REFUTED if crossed else Kind.INCONCLUSIVE, counterexample=where)
        sharper = stall(lambda t: cauchy(t).min(flat(t)), share, down((room / 3).sqrt())) is None
        other, last = number(cauchy(x)), number(flat(x))
    proved = ", below the published bound at every theta (proved)" if sharper else ""
    notes = (
        f"the smaller of E 1/(1 + theta^2 x^2) = {shown(other)} and sqrt(2/pi)/theta = "
        f"{shown(last)} is a bound, too{proved}",
    )
    weight = (1 + formula.erf(1 / formula.sqrt(2))) / 2 if p is None else formula.number(p)
    bound = 1 - weight + weight / (1 + theta**2 / 2)
    compared = Comparison(factor_at(theta), "<=", bound)
    of = f"|M(theta)|/|theta| at {plain(theta)}"
    return Finding(verdict, published, true, of, notes, compared)


ENTRY = Entry(
    name="dwivedi_2020",
    arxiv="1810.00828",
    authors="Dwivedi, Ho, Khamaru, Wainwright, Jordan, Yu",
    year=2020,
    title="Singularity, Misspecification, and the Convergence Rate of EM",
    setting="Model: N(theta, I) and N(-theta, I) with fixed weights (1 +- rho)/2. Truth: N(0, I). "
    "EM on the population.",
    parameters=(
        Parameter("rho", "difference of the weights",
                  Fraction(4, 5), Fraction(1, 100), Fraction(19, 20)),
        Parameter("theta", "|theta|, for the balanced bounds",
                  Fraction(1), Fraction(1, 20), Fraction(20)),
    ),
    statements=(
        Statement(
            "unbalanced factor",
            "|M(theta)| <= (1 - rho^2/2)|theta| for every theta.",
            Known.RESTATED,
            "contraction of the population operator, unbalanced weights",
            Fraction(1, 2),
            check_unbalanced,
            (Mutant("1 - 0.98 rho^2, at rho = 0.8", Fraction(98, 100)),),
        ),
        Statement(
            "unbalanced constant",
            "The constant 1/2 in 1 - rho^2/2, for all rho and theta.",
            Known.RESTATED,
            "contraction of the population operator, unbalanced weights",
            Fraction(1, 2),
            check_constant,
            (Mutant("0.817 in place of 1/2", Fraction(817, 1000)),),
        ),
        Statement(
            "balanced, from below",
            "|M(theta)| >= |theta|/(1 + 2|theta|^2) for every theta.",
            Known.RESTATED,
            "bounds of the population operator, equal weights",
            Fraction(2),
            check_lower,
            (Mutant("1/(1 + theta^2/2)", Fraction(1, 2)),),
        ),
        Statement(
            "balanced, from above",
            "|M(theta)| <= (1 - p + p/(1 + |theta|^2/2))|theta| for every theta, p = Phi(1).",
            Known.RESTATED,
            "bounds of the population operator, equal weights",
            None,
            check_upper,
            (Mutant("p = 0.95", Fraction(95, 100)),),
        ),
    ),
)  # fmt: skip
