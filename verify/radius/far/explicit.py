"""The global rate without a cover: ``μ = inf_θ min_m g_m`` from below, at every odd prime k.

**Any k, any θ.** With ``N = Σ_j π_j ω^{mj} e^{z_j}``, ``ŵ_m = N/S`` and ``ρ = e^{−t|x|²/2}``, t ≥
0, Cauchy and Schwarz have ``|E Nρ|² ≤ E|N/S|² · E S²ρ²``. All means are as long as θ, so in the D ≤
k − 1 dimensions that they span ``E Nρ = π̂_m (1+t)^{−D/2} e^{|θ|²/(2+2t)}``, and ``|μ_i+μ_j| ≤
2|θ|`` gives ``E S²ρ² ≤ (1+2t)^{−D/2} e^{2|θ|²/(1+2t)}``:

    ``g_m(θ) ≥ |π̂_m|² q(|θ|)``,  ``q(r) = ((1+2t)/(1+t)²)^{(k−1)/2} e^{−r²/((1+t)(1+2t))}``.

At t = 0 it is e^{−r²}; the best t grows like r, and q falls like a power of r alone.

**All θ, k an odd prime.** Beyond R the tail (`tail.prime_tail`), within R this, as q falls in r:
``μ ≥ min(σ q(R), 1 − C/R) > 0``. So EM contracts by a factor below 1 that is written down, from any
start.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx
from scipy.optimize import minimize_scalar

from overspec.errors import InputError
from overspec.evidence import Evidence
from overspec.mixture import Mixture
from overspec.verify.enclosures.ball import Ball, dyadic, to_ball
from overspec.verify.enclosures.factors import Characters, least_energy
from overspec.verify.radius.far.tail import prime_tail

BITS = 96
DIGITS = 40  # of σ
SHARES = [2.0 ** (-n / 4) for n in range(120)]  # of C that are tried for R − C


@dataclass(frozen=True)
class ExplicitRate:
    """``μ ≥ lower``.

    Attributes:
        mixture: the simplex action, k an odd prime.
        lower: > 0.
        reach, damping: R and t.
        evidence: CERTIFIED: the formulas are above, evaluated in balls.
    """

    mixture: Mixture
    lower: Fraction
    reach: Fraction
    damping: Fraction
    evidence: Evidence = Evidence.CERTIFIED


def explicit_rate(mixture: Mixture) -> ExplicitRate:
    """A positive lower bound of μ over all θ, for the best R and t.

    Raises:
        InputError: another action, a null frequency, or k is no odd prime; see `tail.prime_tail`.

    >>> found = explicit_rate(Mixture.simplex(7, "linear"))
    >>> round(float(found.lower), 6), round(float(found.reach), 2)
    (9.2e-05, 10.49)
    """
    if not mixture.action.is_simplex:
        raise InputError(f"certified rates are for the simplex action, not {mixture.action}")
    tail = float(prime_tail(mixture, "factor", arb(1)).mid())
    sigma = least_energy(Characters.of(mixture), DIGITS)
    if sigma.lower <= 0:
        raise InputError("a null frequency: there is no rate from any start")

    def least(beyond: float) -> float:
        r = tail * (1 + beyond)
        near = math.log(float(sigma.lower)) + _logarithm(mixture.k, r, _damping(mixture.k, r))
        return min(near, math.log(1 - 1 / (1 + beyond)))

    edge = tail * (1 + max(SHARES, key=least))
    reach, damping = Fraction(edge), Fraction(_damping(mixture.k, edge))
    with ctx.workprec(BITS):
        near = to_ball(sigma.lower) * share(mixture.k, to_ball(reach), to_ball(damping))
        far = 1 - prime_tail(mixture, "factor", to_ball(reach))
        return ExplicitRate(mixture, dyadic(near.min(far).lower()), reach, damping)


def share(k: int, r: Ball, t: Ball) -> Ball:
    """q(r).

    >>> float(share(5, arb(1), arb(0))) == float(arb(-1).exp())
    True
    """
    width = (1 + 2 * t) / ((1 + t) * (1 + t))
    return width.sqrt() ** (k - 1) * (-r * r / ((1 + t) * (1 + 2 * t))).exp()


def _logarithm(k: int, r: float, t: float) -> float:
    width = math.log1p(2 * t) - 2 * math.log1p(t)
    return (k - 1) / 2 * width - r * r / ((1 + t) * (1 + 2 * t))


def _damping(k: int, r: float) -> float:
    """The best t, in doubles: nothing rigorous depends on it."""
    most = 2 + 2 * r  # there the first term falls faster than the second rises
    found = minimize_scalar(
        lambda t: -_logarithm(k, r, float(t)), bounds=(0, most), method="bounded"
    )
    return float(found.x)
