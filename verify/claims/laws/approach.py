"""X1 to X4: the slope of log KL, the crossover, starts of any size, γ_c as a contour.

The experiments ``convergence``, ``weights``, ``radius`` and ``map`` in the population.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache

from scipy.optimize import brentq

from overspec.evidence import Outcome
from overspec.mixture import Energies, Mixture
from overspec.proofs.rates.radius_bound import radius_lower_bound
from overspec.verify.claims.claim import SUMMARY, Claim, Form, Scope
from overspec.verify.claims.laws.number import Law, Number, extrapolated, judge
from overspec.verify.em.population import trajectory
from overspec.verify.enclosures.ball import Inconclusive
from overspec.verify.engines.laplace import doubles as laplace
from overspec.verify.engines.spectrum import dft_energies, sigma
from overspec.verify.lloyd.radius import r0
from overspec.verify.radius.rate import certified_global_rate
from overspec.verify.radius.search import gamma

# --- X1: convergence ------------------------------------------------------------------------------

SLOPES = ((4, "one-heavy:9/10"), (4, "7/10,3/20,1/20,1/10"), (3, "1/2,3/10,1/5"))
STILL = 1e-5  # |θ| at the end of a run


def _slopes(scope: Scope) -> tuple[Number, ...]:
    found = []
    for k, weights in SLOPES:
        mixture, start = Mixture.simplex(k, weights), Energies.regular_simplex(k, 1)
        steps = trajectory(mixture, start, 1000, tolerance=STILL).steps
        logs = [math.log(step.kl) for step in steps]
        local = [b - a for a, b in itertools.pairwise(logs)]
        fifth = -(-len(local) // 5)
        move = abs(local[-1] - local[-1 - fifth])  # it at least halves in a fifth of the run
        words = "slope of log KL per step"
        found.append(Number("slope", words, mixture, local[-1], move + 1e-9, start))
    return tuple(found)


def _slope(n: Number) -> float:
    return 2 * math.log1p(-float(sigma(n.mixture)))


def _fastest(n: Number) -> float:
    return 2 * math.log1p(-max(float(e) for e in dft_energies(n.mixture.weights)[1:]))


CONVERGENCE = Claim(
    id="X1",
    title="experiment convergence: the slope of log KL along EM",
    statement=r"From a regular simplex with $\hat\pi_m\ne0$ for all $m$, "
    r"$\log\mathrm{KL}_{t+1}-\log\mathrm{KL}_t\to2\log(1-\sigma)$.",
    source=f"math.md T1; {SUMMARY}, Experiment 1",
    said="plot log(KL) vs iterations to verify linear trend",
    depends=(),
    measure=_slopes,
    judge=judge,
    stated=Form("the slope tends to 2 log(1 − σ)", _slope),
    mutants=(
        Form("2 % steeper", lambda n: 1.02 * _slope(n)),
        Form("the weaker log(1 − σ) of the PL inequality", lambda n: _slope(n) / 2),
        Form("the fastest block decides", _fastest),
    ),
    hypotheses=("in the population only: samples are in the experiment",),
)

# --- X2: weights ----------------------------------------------------------------------------------

GOLDEN = (1 + math.sqrt(5)) / 2
DISTANCES = (Fraction(1, 16), Fraction(1, 32), Fraction(1, 64))


def _crossovers(scope: Scope) -> tuple[Number, ...]:
    """s times the time at which log KL falls twice as fast as in the end, for s → 0 at k = 2."""
    start, times = Energies.regular_simplex(2, 1), []
    half = Fraction(1, 2)
    mixtures = tuple(Mixture.simplex(2, [half + each, half - each]) for each in DISTANCES)
    for mixture, distance in zip(mixtures, DISTANCES, strict=True):
        s = 4 * float(distance) ** 2
        steps = trajectory(mixture, start, math.ceil(0.7 / s)).steps
        logs = [math.log(step.kl) for step in steps]
        local = [a - b for a, b in itertools.pairwise(logs)]
        twice = -4 * math.log1p(-s)
        after = max(t for t, slope in enumerate(local) if slope > twice)
        bend = local[after] - local[after + 1]
        times.append(s * (after + 0.5 + (local[after] - twice) / bend))
    value, error = extrapolated(times, 4.0, 1e-6)
    words = "s times the time of the crossover"
    return (Number("crossover", words, mixtures[-1], value, error, start, mixtures),)


CROSSOVER = Claim(
    id="X2",
    title="experiment weights: from the power law to the exponential",
    statement=r"With $|\hat\pi_{k/2}|^2=s\to0$, $\log\mathrm{KL}$ falls twice as fast as in the "
    r"end at $t\sim\log\varphi/s$, $\varphi=(1+\sqrt5)/2$.",
    source=f"math.md T1, T2; {SUMMARY}, Experiment 2",
    said="Compare convergence speed using valid weights (DFT ≠ 0) vs. uniform weights",
    depends=(),
    measure=_crossovers,
    judge=judge,
    stated=Form("the crossover is at log φ/s", lambda n: math.log(GOLDEN)),
    mutants=(
        Form("2 % later", lambda n: 1.02 * math.log(GOLDEN)),
        Form("at 1/s", lambda n: 1.0),
        Form("at log 2/(2s), where ce = s", lambda n: math.log(2) / 2),
    ),
    hypotheses=("at k = 2; the laws on both sides of it are T1 and T2",),
)

# --- X3: radius -----------------------------------------------------------------------------------

STARTS = ((4, "one-heavy:9/10"), (3, "1/2,3/10,1/5"))
RADII = tuple(Fraction(n, 100) for n in (1, 10, 50, 100, 150, 200, 300, 400, 500))
OUTSIDE = 3  # |θ_0| of the run, several times γ
FAR = (Fraction(8), Fraction(16), Fraction(32))
DIGITS = 10


def _g(mixture: Mixture, radius: Fraction) -> float:
    at = Energies.regular_simplex(mixture.k, radius)
    return float(laplace.moments(mixture, at, DIGITS, modes=1, hessian=False).g[1])


def _starts(scope: Scope) -> tuple[Number, ...]:
    """Per mixture: the end of a run from afar, |θ_1| as |θ_0| → ∞, and the worst of all factors."""
    found = []
    for k, weights in STARTS:
        mixture, start = Mixture.simplex(k, weights), Energies.regular_simplex(k, OUTSIDE)
        norms = [step.norm for step in trajectory(mixture, start, 1000, tolerance=1e-5).steps]
        last = norms[-1] / norms[-2]
        found.append(Number("last", "the last factor from afar", mixture, last, 1e-6, start))
        value, error = extrapolated([float(r) * (1 - _g(mixture, r)) for r in FAR], 4.0, 1e-7)
        far = Energies.regular_simplex(k, FAR[-1])
        found.append(Number("landing", "|θ_1| from |θ_0| = ∞", mixture, value, error, far))
        factors = [*(b / a for a, b in itertools.pairwise(norms)),
                   *(1 - _g(mixture, r) for r in RADII)]  # fmt: skip
        tried = tuple(Energies.regular_simplex(k, r) for r in (*RADII, *FAR))
        found.append(
            Number("largest", "the largest factor", mixture, max(factors), 1e-6, start, tried)
        )
    return tuple(found)


@cache
def _rate(mixture: Mixture) -> float:
    """ρ* on regular simplices, certified."""
    found = certified_global_rate(mixture, "simplex")
    if isinstance(found, Inconclusive):
        raise ArithmeticError(found.reason)
    return float(found.rate.upper)


@cache
def _r0(k: int) -> float:
    found = r0(k, 12)
    if isinstance(found, Inconclusive):
        raise ArithmeticError(found.reason)
    return float(found.value)


def _law_of_starts(
    last: Callable[[Mixture], float] = lambda m: 1 - float(sigma(m)),
    landing: Callable[[int], float] = _r0,
    largest: Callable[[Mixture], float] = _rate,
) -> Law:
    """No factor exceeds ρ*: one that is smaller is as predicted, one that is larger is not."""

    def law(n: Number) -> float:
        if n.key == "largest":
            return min(n.value, largest(n.mixture))
        return last(n.mixture) if n.key == "last" else landing(n.mixture.k)

    return law


STARTING = Claim(
    id="X3",
    title="experiment radius: starts of any size, and no threshold",
    statement=r"On regular simplices EM arrives from every $|\theta_0|$, with factors "
    r"$\le\rho^*<1$ on the way and $1-\sigma$ at the end; $|\theta_1|\to R_0(k)$ as "
    r"$|\theta_0|\to\infty$.",
    source=f"math.md T1, K1, section 4; {SUMMARY}, Experiment 3",
    said="empirically find threshold γ where convergence switches from exponential to "
    "unstable/slow",
    depends=(),
    measure=_starts,
    judge=judge,
    stated=Form("unstable or slow from far away: factors of 1",
                _law_of_starts(last=lambda m: 1.0)),
    amended=Form("no threshold: every factor is at most ρ* < 1, the last is 1 − σ from afar too, "
                 "and from infinity a step leads to R₀", _law_of_starts()),
    mutants=(
        Form("the last factor is 1 − 1.02σ",
             _law_of_starts(last=lambda m: 1 - 1.02 * float(sigma(m)))),
        Form("1 − σ bounds every factor", _law_of_starts(largest=lambda m: 1 - float(sigma(m)))),
        Form("from afar EM lands at 1.02 R₀", _law_of_starts(landing=lambda k: 1.02 * _r0(k))),
        Form("at E max of k normals, without √(k/(k−1))",
             _law_of_starts(landing=lambda k: math.sqrt((k - 1) / k) * _r0(k))),
    ),
    hypotheses=("in the population only: samples are in the experiment",),
    expected=Outcome.AMENDED,
)  # fmt: skip

# --- X4: map --------------------------------------------------------------------------------------

HEAVY = ("4/5", "9/10", "19/20")
GAP = Fraction(9, 10)


def _contours(scope: Scope) -> tuple[Number, ...]:
    """Where ``1 − g`` first is 1 − cσ on the simplex: a root of the factor of one step."""
    found = []
    for p in HEAVY:
        mixture = Mixture.simplex(4, f"one-heavy:{p}")
        level = float(GAP) * float(sigma(mixture))
        grid = [Fraction(n, 8) for n in range(1, 25)]
        below = next((r for r in grid if _g(mixture, r) < level), None)
        if below is None:
            raise ArithmeticError(f"no crossing up to {grid[-1]} for {mixture}")
        low, high = float(below - Fraction(1, 8)), float(below)
        root = brentq(lambda r, m=mixture, c=level: _g(m, Fraction(r)) - c, low, high, xtol=1e-7)
        at = Energies.regular_simplex(4, below)
        found.append(Number("contour", "|θ_0| where 1 − g = 1 − cσ", mixture, root, 1e-5, at))
    return tuple(found)


def _gamma(n: Number) -> float:
    found = gamma(n.mixture, "factor", GAP, "simplex")
    return (found.lower + found.upper) / 2


CONTOUR = Claim(
    id="X4",
    title="experiment map: the factor first rises to 1 − cσ at γ_c",
    statement=r"For one-heavy weights and regular simplices the factor $1-g(|\theta_0|)$ of an EM "
    r"step first is $1-c\sigma$ at $|\theta_0|=\gamma^g_c$.",
    source=f"math.md S6, section 4; {SUMMARY}, Next check 1",
    said="map boundary between exponential and sublinear convergence",
    depends=(),
    measure=_contours,
    judge=judge,
    stated=Form("at γ_c", _gamma),
    mutants=(
        Form("2 % farther out", lambda n: 1.02 * _gamma(n)),
        Form("at the explicit lower bound",
             lambda n: float(radius_lower_bound(n.mixture, kind="factor", gap=GAP))),
        Form("nowhere", lambda n: 100.0),
    ),
    hypotheses=("three weights and one c; the picture is the experiment's",),
)  # fmt: skip

CLAIMS = (CONVERGENCE, CROSSOVER, STARTING, CONTOUR)
