"""Up to here no cover is needed: the best of the bounds B, Ba and Bb."""

from __future__ import annotations

import math
from fractions import Fraction

from flint import arb, ctx

from overspec.decimals import Number
from overspec.mixture import Mixture
from overspec.verify.enclosures.ball import Ball, dyadic, to_ball
from overspec.verify.enclosures.factors import Characters, largest_energy
from overspec.verify.radius.far.tail import range_moment

BITS = 196
ONE = Fraction(1)
ENERGY_DIGITS = 40
FINEST = 2**60  # radii are multiples of 1/2^60


def explicit_radius(
    k: int, kind: str, sigma: Number, threshold: Number, largest: Fraction = ONE
) -> Fraction:
    """Up to here λ ≥ threshold without any computation, by `proofs.rates.radius_bound`.

    B: ``∇²L ⪰ σ − r² K_4/32``, ``g_m ≥ |π̂_m|² − r² K_2/8`` and ``√g_m ≥ |π̂_m| − r² K_2/8``; along
    θ, and so for k ≤ 3, 48 in place of 32. Ba, free of k: ``3βr²e^{10r²}`` in place of ``r²
    K_4/32``, ``√(3β/2) r²e^{5r²}`` of ``r² K_2/8``, ``β = 4/3 − 3 max(σ − 1/3, 0)²``. Bb, of the
    factors: ``g_m ((1+τ)e^{r²} + (1−τ)e^{−r²}) ≥ 2|π̂_m|²``. 0 where the threshold is not below σ.

    Args:
        k, kind, sigma, threshold: of the cover.
        largest: τ, the largest |π̂_m|² with m ≠ 0, or an upper bound of it.

    >>> sigma = Number(Fraction(4, 5))
    >>> [round(float(explicit_radius(k, "jacobian", sigma, Number(Fraction(3, 5)))), 3)
    ...  for k in (3, 10**6)]
    [0.398, 0.237]
    >>> round(float(explicit_radius(10**6, "factor", sigma, Number(Fraction(3, 5)))), 3)
    0.536
    """
    with ctx.workprec(BITS):
        least, limit = to_ball(sigma.lower), to_ball(threshold.upper)
        excess = (least - arb(1) / 3).max(arb(0))
        beta = arb(4) / 3 - 3 * excess * excess
        against = arb(0)
        if kind == "factor":
            room = (least - limit).max(least.sqrt() - limit.sqrt())
            square, rate, loss = 8 * room / range_moment(k, 2), 5, (3 * beta / 2).sqrt()
            against = _against(limit / least, to_ball(min(ONE, largest)))
        else:
            room = least - limit
            share = 48 if k <= 3 else 32
            square, rate, loss = share * room / range_moment(k, 4), 10, 3 * beta
        if not room > 0:
            return Fraction(0)
        return max(map(_down, (square, (rate * room / loss).lambertw() / rate, against)))


def largest_bound(mixture: Mixture) -> Fraction:
    """An upper bound of the largest |π̂_m|² with m ≠ 0."""
    return largest_energy(Characters.of(mixture), ENERGY_DIGITS)


def _against(share: Ball, largest: Ball) -> Ball:
    """The r² > 0 with ``(1+τ)e^{r²} + (1−τ)e^{−r²} = 2/c``."""
    root = (1 - share * share * (1 - largest * largest)).sqrt()
    return ((1 + root) / (share * (1 + largest))).log()


def _down(square: Ball) -> Fraction:
    """The root of a positive ball from below; 0 of what is not finite."""
    if not square > 0:
        return Fraction(0)
    return Fraction(math.floor(dyadic(square.lower().sqrt().lower()) * FINEST), FINEST)
