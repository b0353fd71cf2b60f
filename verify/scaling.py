"""The factor of one-heavy weights on simplex orbits as k grows: limit, minimum, asymptotics.

Weights ``(p, (1−p)/(k−1), …)``; all g_m are one function g. The arguments are in docs/scaling.md:

    g(r) → E σ(logit p + rG − r²/2)²                                        (k → ∞, r fixed),
    inf g ~ 4 (A/3)^{3/4} √(π/8) k^{−1/8} (log k)^{−1/2},  r*² = log k + 2 log(A/3) + o(1),

G standard normal, σ the logistic function, ``A = √(p/(1−p))``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit

from ..errors import InputError
from ..mixture import Energies, Mixture
from .em import evaluate

STEP = 2.0**-30  # radii are rounded to it: the engines take exact ones


@dataclass(frozen=True)
class Minimum:
    """A local minimum of g over the radius, measured."""

    value: float
    radius: float


def limit_factor(p: float, radius: float) -> float:
    """``E σ(logit p + rG − r²/2)²``, by quadrature, in doubles, without an error bound.

    >>> round(limit_factor(0.5, 0.0), 12)
    0.25
    """
    shift = math.log(p / (1 - p)) - radius * radius / 2

    def integrand(g: float) -> float:
        return float(expit(shift + radius * g)) ** 2 * math.exp(-g * g / 2)

    width = 9.0 + radius
    middle = radius / 2
    total = quad(integrand, -width, middle, epsabs=0, epsrel=1e-11, limit=400)[0]
    total += quad(integrand, middle, width, epsabs=0, epsrel=1e-11, limit=400)[0]
    return float(total) / math.sqrt(2 * math.pi)


def limit_radius(p: float, gap: float) -> float:
    """The limit of γ^g_c as k → ∞: where `limit_factor` falls to ``c p²``; measured.

    >>> round(limit_radius(0.9, 0.75), 6)
    1.226862
    """
    if not (0 < p < 1 and 0 < gap < 1):
        raise InputError(f"p = {p}, gap = {gap}: both must lie strictly between 0 and 1")
    root: float = brentq(lambda r: limit_factor(p, r) - gap * p * p, 0.0, 60.0, xtol=1e-11)
    return root


def factor(k: int, p: Fraction, radius: float, digits: int = 12) -> float:
    """g of the mixture itself, by the Laplace engine; digits after the point, absolute."""
    mixture = Mixture.simplex(k, f"one-heavy:{p}")
    point = Energies.regular_simplex(k, Fraction(round(radius / STEP)) * Fraction(STEP))
    return float(evaluate(mixture, point, digits=digits, modes=1).g[1])


def least_factor(k: int, p: Fraction, digits: int = 12) -> Minimum:
    """The least factor over radii around the predicted place; local, measured.

    >>> found = least_factor(10**6, Fraction(1, 2))
    >>> round(found.value, 4), round(found.radius, 1)
    (0.0445, 3.4)
    """
    middle = predicted_radius(k, float(p))
    result = minimize_scalar(
        lambda r: factor(k, p, r, digits),
        bounds=(0.5 * middle, 1.6 * middle),
        method="bounded",
        options={"xatol": 1e-4},
    )
    return Minimum(float(result.fun), float(result.x))


def predicted_radius(k: int, p: float) -> float:
    """``√(log k + 2 log(A/3))``, or ``√log k`` where that is not real."""
    square = math.log(k) + math.log(p / (1 - p)) - 2 * math.log(3)
    return math.sqrt(square if square > 1 else math.log(k))


def predicted_least(k: int, p: float) -> float:
    """``4 (A/3)^{3/4} √(π/8) k^{−1/8} (log k)^{−1/2}``, asymptotic, no error bound.

    >>> round(predicted_least(10**9, 0.5), 4)
    0.0181
    """
    share = math.sqrt(p / (1 - p)) / 3
    power = math.exp(-math.log(k) / 8) / math.sqrt(math.log(k))
    return 4 * math.pow(share, 0.75) * math.sqrt(math.pi / 8) * power
