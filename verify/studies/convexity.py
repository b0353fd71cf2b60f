"""Conjecture G (math.md section 4): is ``∇²L(θ) ≻ 0`` for every θ ≠ 0?

**k = 2**: yes for all weights. The only eigenvalue off idle dimensions is ``1 − E x² sech²(rx +
b)``, and sech² < 1 almost everywhere.

**k = 3**: L is radial with eigenvalues g > 0 (math.md T7) and L''. `certified_convexity` proves
L'' > 0 for given weights, degenerate ones included, in three pieces (`radius_weights` does so for
all weights within a ratio). Near 0, as L is even,

    ``L''(r) ≥ σ + ½ r² L⁗(0) − r⁴ (31/64) E ρ⁶/24``

with ρ the range of the exponents' slopes: ``κ₆ = μ₆ − 15μ₄μ₂ − 10μ₃² + 30μ₂³ ≤ μ₆ + 15μ₂³ ≤
(1/4 + 15/64)ρ⁶`` by μ₄ ≥ μ₂², μ₂ ≤ ρ²/4, μ₆ ≤ ρ⁴μ₂. Between, a cover; beyond, the tail bound.
At uniform weights σ = 0 and ½L⁗(0) = 3/2: the quartic of T6 carries the proof.

**k = 4**: for given weights `radius.bracket` covers all θ; `certified_cube` all weights near them.

**Composite k**: no, for some weights with a null frequency. If θ has the stabiliser nZ/k, n < k,
and every coset of it has ``Σ_{j∈c+nZ} π_j ω^{mj} = 0``, then ŵ_m(x;θ) = 0 for every x, and g_m = 0
is an eigenvalue of ∇²L(θ), as block m carries no energy. Example: k = 4, π = (a,b,a,b), θ in
frequency 2, m = 1. `flat_directions` lists these (n, m), decided exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd

from flint import arb, ctx

from overspec.decimals import Number
from overspec.errors import InputError
from overspec.evidence import Evidence
from overspec.exact import Exact, sign
from overspec.mixture import Mixture
from overspec.proofs.rates.coset_limit import coset_limit
from overspec.verify.enclosures.ball import Ball, Inconclusive, dyadic, to_ball
from overspec.verify.enclosures.cover import Cover, cover
from overspec.verify.radius.bracket import BITS, BUDGET, sigma_bounds, tail_holds
from overspec.verify.radius.far.everywhere import Everywhere, prove_everywhere, range_square
from overspec.verify.radius.far.tail import losses, tail_radius
from overspec.verify.radius.values import above, on_simplex

ZERO = Number(Fraction(0))
START = Fraction(1, 2)  # of the piece near 0; halved until its bound is positive
SMALLEST = Fraction(1, 1000)
DIGITS = 8


@dataclass(frozen=True)
class Convexity:
    """∇²L(θ) ≻ 0 for every θ ≠ 0, k ≤ 3.

    Attributes:
        mixture: the mixture.
        near: up to this |θ| by the expansion at 0.
        far: from this |θ| by the tail bound.
        cover: between.
        evidence: CERTIFIED.
    """

    mixture: Mixture
    near: Fraction
    far: Fraction
    cover: Cover
    evidence: Evidence = Evidence.CERTIFIED


def certified_convexity(mixture: Mixture) -> Convexity | Inconclusive:
    """Prove ``∇²L(θ) ≻ 0`` for every θ ≠ 0, for k = 2, 3 and any weights, uniform ones included.

    Raises:
        InputError: k > 3.

    >>> found = certified_convexity(Mixture.simplex(3, "uniform"))
    >>> found.near, found.cover.margin > 0
    (Fraction(1, 4), True)
    """
    if mixture.k > 3 or not mixture.action.is_simplex:
        raise InputError(f"k = {mixture.k}: convexity is certified for k = 2, 3, simplex action")
    near = START
    while not near_zero(mixture, near):
        near /= 2
        if near < SMALLEST:
            return Inconclusive("the expansion at 0 is not positive", (near,))
    far = Fraction(round(tail_radius(mixture, "convexity", 0.0) * 1.01 * 2**20), 2**20)
    if not tail_holds(mixture, "convexity", ZERO, far):
        return Inconclusive("the tail bound is not positive", (far,))
    slack = above(on_simplex(mixture, "convexity"), ZERO, DIGITS)
    found = cover((near,), (max(near, far),), slack, losses(mixture.k, "convexity"), BUDGET)
    return found if isinstance(found, Inconclusive) else Convexity(mixture, near, far, found)


def certified_cube(mixture: Mixture, half: Fraction) -> Everywhere | Inconclusive:
    """Prove ``∇²L(θ) ≻ 0`` for all θ, k = 4, and all weights whose logarithms are so near.

    As in `convexity_weights`, no eigenvalue moves by more than ``η K_2/8``, η = 2·half, while the
    logarithms of the weights (up to a common constant) move by at most half: so that the least
    eigenvalue above this, at the centre, proves it for the cube. Seconds to a minute.

    Args:
        mixture: the centre, simplex action.
        half: of the cube's width.

    Raises:
        InputError: another k or another action; half is negative.
    """
    if half < 0:
        raise InputError(f"half = {half}: half of the width of a cube is not negative")
    with ctx.workprec(BITS):
        needed = dyadic((to_ball(half) * range_square() / 4).upper())
    return prove_everywhere(mixture, Number(needed), kind="convexity")


def near_zero(mixture: Mixture, radius: Fraction) -> bool:
    """Whether the expansion at 0 proves L'' > 0 for 0 < r ≤ radius.

    ``σ/r² + q − p r²`` with σ, p ≥ 0 falls in r: positive at the end, it is positive before.
    """
    with ctx.workprec(BITS):
        least = max(sigma_bounds(mixture).lower, Fraction(0))
        square = to_ball(radius * radius)
        quartic = to_ball(_fourth_at_zero(mixture)) / 2
        sixth = arb(31) / 64 * sixth_range_moment(mixture.k) / 24
        return bool(to_ball(least) / square + quartic - sixth * square > 0)


def _fourth_at_zero(mixture: Mixture) -> Exact:
    """``L⁗(0) = −E κ₄`` under π along a unit θ: Wick's formula with the centred Gram matrix."""
    weights, k = list(mixture.weights), mixture.k
    off = Fraction(-1, k - 1)  # ⟨R^iθ, R^jθ⟩ for k = 2, 3
    gram = [[Fraction(1) if i == j else off for j in range(k)] for i in range(k)]
    row = [sum((weights[j] * gram[i][j] for j in range(k)), Fraction(0)) for i in range(k)]
    mean = sum((weights[i] * row[i] for i in range(k)), Fraction(0))
    c = [[gram[i][j] - row[i] - row[j] + mean for j in range(k)] for i in range(k)]
    total: Exact = Fraction(0)
    for i in range(k):
        total = total - 3 * weights[i] * c[i][i] ** 2
        for j in range(k):
            square = c[i][i] * c[j][j] + 2 * c[i][j] ** 2
            total = total + 3 * weights[i] * weights[j] * square
    return total


def sixth_range_moment(k: int) -> Ball:
    """``E ρ⁶`` along a unit θ: 2⁶·15, and ``27·48·E cos⁶φ``, φ uniform in ±π/6."""
    if k == 2:
        return arb(960)
    root = arb(3).sqrt() / 2
    cosine = (10 + 15 * root * 3 / arb.pi() + 6 * root * 3 / (2 * arb.pi())) / 32
    return 27 * 48 * cosine


def flat_directions(mixture: Mixture) -> tuple[tuple[int, int], ...]:
    """All (n, m), n a proper divisor of k, m not a multiple of k/n: g_m = 0 at every θ with
    stabiliser nZ/k, so that ∇²L is singular along such θ. Exact; k ≤ 60.

    >>> flat_directions(Mixture.simplex(4, "1/6,1/3,1/6,1/3"))
    ((2, 1),)
    >>> flat_directions(Mixture.simplex(4, "2/5,3/10,1/10,1/5"))
    ()
    """
    k = mixture.k
    if k > 60:
        raise InputError(f"k = {k}: flat directions are listed up to k = 60")
    found = []
    for n in range(2, k):
        if k % n:
            continue
        for m in range(1, k // 2 + 1):
            # block m carries no energy at such θ unless k/n divides m
            if gcd(m, k) % (k // n) and sign(_exact(coset_limit(mixture.weights, n, m))) == 0:
                found.append((n, m))
    return tuple(found)


def _exact(value: object) -> Exact:
    rational = getattr(value, "is_Rational", False)
    return Fraction(int(value.p), int(value.q)) if rational else value  # type: ignore[attr-defined]
