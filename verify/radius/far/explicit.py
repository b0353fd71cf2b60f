"""The global rate without a cover: ``μ = inf_θ min_m g_m`` from below, at every k (claim Bb).

R keeps N(0, I), so g_m is the mean over l of ``E|N_l/S_l|²``, ``N_l = Σ_j π_j ω^{mj} E_{j+l}`` and
``S_l = Σ_j π_j E_{j+l}``. By Cauchy and Schwarz ``|Σ_l N_l|² ≤ Σ_l |N_l/S_l|² Σ_l S_l²``; the sum
on the left is π̂_m ΣE_l, and ``Σ_l S_l² ≤ Σ_j π_j² (ΣE_l)²`` as no E_l is negative. So for every θ

    ``g_m(θ) ≥ |π̂_m|²/(k Σ_j π_j²)``,

and EM contracts by ``1 − σ/(k Σ_j π_j²) < 1`` or less, from any start.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx

from overspec.decimals import Number
from overspec.errors import InputError
from overspec.evidence import Evidence
from overspec.mixture import Mixture
from overspec.verify.enclosures.ball import Ball, dyadic, to_ball
from overspec.verify.enclosures.factors import Characters, least_energy

BITS = 196
DIGITS = 40  # of σ


@dataclass(frozen=True)
class ExplicitRate:
    """``μ ≥ lower``.

    Attributes:
        mixture: the simplex action.
        lower: > 0.
        evidence: CERTIFIED: the formula is above, evaluated in balls.
    """

    mixture: Mixture
    lower: Fraction
    evidence: Evidence = Evidence.CERTIFIED


def explicit_rate(mixture: Mixture) -> ExplicitRate:
    """A positive lower bound of μ over all θ.

    Raises:
        InputError: another action, a null frequency, or weights out of reach (see `Characters`).

    >>> round(float(explicit_rate(Mixture.simplex(7, "linear")).lower), 6)
    0.013151
    """
    if not mixture.action.is_simplex:
        raise InputError(f"certified rates are for the simplex action, not {mixture.action}")
    sigma = least_energy(Characters.of(mixture), DIGITS)
    if sigma.lower <= 0:
        raise InputError("a null frequency: there is no rate from any start")
    with ctx.workprec(BITS):
        return ExplicitRate(mixture, dyadic((to_ball(sigma.lower) / spread(mixture)).lower()))


def kept_everywhere(mixture: Mixture, sigma: Number, threshold: Number) -> bool:
    """Whether every g_m is at least the threshold at every θ, by the bound above.

    >>> sigma = Number(Fraction(1, 25))
    >>> [kept_everywhere(Mixture.simplex(4, "linear"), sigma, Number(Fraction(n, 100)))
    ...  for n in (3, 4)]
    [True, False]
    """
    with ctx.workprec(BITS):
        return bool(to_ball(threshold.upper) * spread(mixture) <= to_ball(sigma.lower))


def spread(mixture: Mixture) -> Ball:
    """``k Σ_j π_j²``, at least 1, and 1 for equal weights only.

    >>> float(spread(Mixture.simplex(4, "uniform")))
    1.0
    """
    squares = (n * to_ball(w) ** 2 for w, n in mixture.weights.runs)
    return mixture.k * sum(squares, arb(0))
