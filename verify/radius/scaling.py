"""The factor of one-heavy weights on simplex orbits as k grows: limit, minimum, asymptotics.

Weights ``(p, (1−p)/(k−1), …)``; all g_m are one function g. The arguments are in docs/scaling.md:

    g(r) → E σ(logit p + rG − r²/2)²                                        (k → ∞, r fixed),
    inf g ~ 4 (A/3)^{3/4} √(π/8) k^{−1/8} (log k)^{−1/2},  r*² = log k + 2 log(A/3) + o(1),

G standard normal, σ the logistic function, ``A = √(p/(1−p))``.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit

from overspec.errors import InputError
from overspec.mixture import Energies, Mixture
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.spectrum import sigma, to_float
from overspec.verify.radius.rate import worst_radius
from overspec.verify.radius.slack import along_simplex

STEP = 2.0**-30  # radii are rounded to it: the engines take exact ones
STRIDE = 0.05  # of the scan for a root
DOUBLE = 14  # digits after the point that the engine in doubles is good for
LARGE = 10**6  # from here on the predicted place of the minimum is good to WINDOW
WINDOW = 0.15


@dataclass(frozen=True)
class Minimum:
    """The least factor over the radii of simplex orbits and where it is, measured."""

    value: float
    radius: float


def limit_factor(p: float, radius: float, kind: str) -> float:
    """The limit k → ∞ of the smallest g_m, or of the smallest eigenvalue of ∇²L = I − DM.

    Args:
        p: the heavy weight, strictly between 0 and 1.
        radius: r = |θ|.
        kind: ``"factor"``: ``g = E σ(Y)²``, ``Y = logit p + rG − r²/2``; else the Hessian's: as
            L'(r) = r g(r), ``g + r g' = E σ² + 2r² E σ²(1 − σ)(1 − 3σ)`` by parts.

    Returns:
        By quadrature, in doubles, without an error bound.

    >>> round(limit_factor(0.5, 0.0, "factor"), 12)
    0.25
    """
    shift = math.log(p / (1 - p)) - radius * radius / 2

    def integrand(g: float) -> float:
        s = float(expit(shift + radius * g))
        bend = 0.0 if kind == "factor" else 2 * radius**2 * (1 - s) * (1 - 3 * s)
        return s * s * (1 + bend) * math.exp(-g * g / 2)

    # the mass of σ(Y)² is around g = 0 or, for large r, where Y = 0
    places = sorted({-9.0 - radius, 0.0, radius / 2, 9.0 + radius})
    total = sum(quad(integrand, a, b, epsabs=1e-15, epsrel=1e-11, limit=400)[0]
                for a, b in itertools.pairwise(places))  # fmt: skip
    return float(total) / math.sqrt(2 * math.pi)


def limit_radius(p: float, gap: float, kind: str) -> float:
    """The limit of γ as k → ∞: where `limit_factor` first falls to ``c p²`` (convexity: to 0).

    >>> round(limit_radius(0.9, 0.75, "factor"), 6)
    1.226862
    >>> round(limit_radius(0.5, 0.5, "convexity"), 3)
    1.636
    """
    if not (0 < p < 1 and 0 < gap < 1):
        raise InputError(f"p = {p}, gap = {gap}: both must lie strictly between 0 and 1")
    threshold = 0.0 if kind == "convexity" else gap * p * p

    def slack(radius: float) -> float:
        return limit_factor(p, radius, kind) - threshold

    before = 0.0
    while slack(before + STRIDE) > 0:
        before += STRIDE
    root: float = brentq(slack, before, before + STRIDE, xtol=1e-11)
    return root


def factor(mixture: Mixture, radius: float, digits: int = 12) -> float:
    """g_1 on the simplex orbit, by the Laplace engine; digits after the point, absolute."""
    orbit = Energies.regular_simplex(mixture.k, Fraction(round(radius / STEP)) * Fraction(STEP))
    return float(evaluate(mixture, orbit, digits=digits, modes=1).g[1])


def least_factor(mixture: Mixture, digits: int = 6) -> Minimum:
    """``inf_r min_m g_m`` over regular-simplex orbits, by search.

    A scan in doubles finds the place. Where fewer than the wanted significant digits of the
    value are left in a double (one-heavy weights at k beyond about 10^30), the search is repeated
    around the predicted place in as many digits as it takes.

    Raises:
        InputError: weights whose smallest factor is out of reach (`radius_slack.along_simplex`).

    >>> found = least_factor(Mixture.simplex(10**6, "one-heavy:1/2"))
    >>> round(found.value, 6), round(found.radius, 1)
    (0.044494, 3.4)
    """
    if not mixture.action.is_simplex:
        raise InputError(f"the least factor is for the simplex action, not {mixture.action}")
    k, p = mixture.k, max(to_float(value) for value, _ in mixture.weights.runs)
    needed = digits + 1 - math.floor(math.log10(predicted_least(k, p)))
    if k < LARGE or needed <= DOUBLE or not mixture.weights.alike:
        at = float(worst_radius(mixture))
        if at == 0:
            return Minimum(float(sigma(mixture)), 0.0)
        return Minimum(along_simplex(mixture, "factor", 0.0)(np.array([at]), 1e-14), at)
    middle = predicted_radius(k, p)
    found = minimize_scalar(
        lambda r: factor(mixture, r, needed),
        bounds=(middle - WINDOW, middle + WINDOW),
        method="bounded",
        options={"xatol": 1e-4},
    )
    return Minimum(float(found.fun), float(found.x))


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
