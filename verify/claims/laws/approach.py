"""X1 to X4: the slope of log KL, the crossover, starts of any size, γ_c as a contour.

The experiments ``convergence``, ``weights``, ``radius`` and ``map`` in the population.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

from scipy.optimize import brentq

from overspec.evidence import Outcome
from overspec.mixture import Energies, Mixture
from overspec.proofs.language.analysis import Log
from overspec.proofs.language.expression import ONE, Expr, Sym, expr
from overspec.proofs.language.operators import K
from overspec.proofs.language.render import Box, Row, letter, sign
from overspec.proofs.language.render import Quotient as Over
from overspec.proofs.language.statement import Both, Every, Relation, equals
from overspec.proofs.rates.radius_bound import radius_lower_bound
from overspec.verify.claims.claim import SUMMARY, Claim, Form, Scope
from overspec.verify.claims.laws.number import Measured, judge
from overspec.verify.claims.sentences.judge import form
from overspec.verify.claims.sentences.letters import (
    LEAST,
    Quantity,
    Root,
    Seen,
    energy,
    norm,
    quotient,
)
from overspec.verify.em.population import trajectory
from overspec.verify.enclosures.ball import Inconclusive
from overspec.verify.engines.laplace import doubles as laplace
from overspec.verify.engines.richardson import extrapolated
from overspec.verify.engines.spectrum import sigma
from overspec.verify.lloyd.radius import r0
from overspec.verify.radius.rate import certified_global_rate
from overspec.verify.radius.search import gamma

# --- X1: convergence ------------------------------------------------------------------------------

SLOPES = ((4, "one-heavy:9/10"), (4, "7/10,3/20,1/20,1/10"), (3, "1/2,3/10,1/5"),
          (2, "4/5,1/5"))  # fmt: skip
STILL = 1e-5  # |θ| at the end of a run


def _slopes(scope: Scope) -> tuple[Measured, ...]:
    found = []
    for k, weights in SLOPES:
        mixture, start = Mixture.simplex(k, weights), Energies.regular_simplex(k, 1)
        steps = trajectory(mixture, start, 1000, tolerance=STILL).steps
        logs = [math.log(step.kl) for step in steps]
        local = [b - a for a, b in itertools.pairwise(logs)]
        fifth = -(-len(local) // 5)
        move = abs(local[-1] - local[-1 - fifth])  # it at least halves in a fifth of the run
        words = "slope of log KL per step"
        found.append(Measured("slope", words, mixture, local[-1], move + 1e-9, start))
    return tuple(found)


SLOPE = Seen("slope", Row((sign(r"\log", "log "), quotient("KL_{t+1}", "KL_t"))))


def slope(factor: Expr, times: Any = 2) -> Form:
    """log KL falls by a multiple of the logarithm of a factor a step, in the end."""
    return form(Relation(SLOPE, "to", times * Log(factor)))


CONVERGENCE = Claim(
    id="X1",
    title="experiment convergence: the slope of log KL along EM",
    statement=f"From a regular simplex, for regular weights: {slope(1 - LEAST).payload.tex}.",
    source=f"math.md T1; {SUMMARY}, Experiment 1",
    said="Generate synthetic N(0,I) data in d=3 with k=4; fit EM with simplex initialization and "
    "plot log(KL) vs iterations to verify linear trend",
    depends=(),
    measure=_slopes,
    judge=judge,
    stated=slope(1 - LEAST),
    mutants=(
        slope(1 - LEAST, Fraction(204, 100)),
        slope(1 - LEAST, 1),
        slope(1 - replace(LEAST, kind="max")),
    ),
    hypotheses=("in the population only: samples are in the experiment",),
)

# --- X2: weights ----------------------------------------------------------------------------------

GOLDEN = (1 + Root(expr(5), expr(Fraction(1, 2)))) / 2
CROSSING = Seen("crossover", Row((letter("s"), sign(r"\,", " "), letter("t"))))


def crosses(at: Expr) -> Form:
    """s times the time of the crossover."""
    return form(Relation(CROSSING, "to", at))


DISTANCES = (Fraction(1, 16), Fraction(1, 32), Fraction(1, 64))


def _crossovers(scope: Scope) -> tuple[Measured, ...]:
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
    value, error = extrapolated(times, [1e-6] * len(times))
    words = "s times the time of the crossover"
    return (Measured("crossover", words, mixtures[-1], value, error, start, mixtures),)


CROSSOVER = Claim(
    id="X2",
    title="experiment weights: from the power law to the exponential",
    statement=r"With $|\hat\pi_{k/2}|^2=s\to0$, and $t$ the time at which $\log\mathrm{KL}$ falls "
    f"twice as fast as in the end: {crosses(Log(GOLDEN)).payload.tex}.",
    source=f"math.md T1, T2; {SUMMARY}, Experiment 2",
    said="Compare convergence speed using valid weights (DFT ≠ 0) vs. uniform weights to confirm "
    "break condition regarding matrix A's invertibility",
    depends=(),
    measure=_crossovers,
    judge=judge,
    stated=crosses(Log(GOLDEN)),
    mutants=(
        crosses(Fraction(102, 100) * Log(GOLDEN)),
        crosses(ONE),
        crosses(Log(expr(2)) / 2),  # where ce = s
    ),
    hypotheses=("at k = 2; the laws on both sides of it are T1 and T2",),
)

# --- X3: radius -----------------------------------------------------------------------------------

STARTS = ((4, "one-heavy:9/10"), (3, "1/2,3/10,1/5"), (2, "4/5,1/5"))
RADII = tuple(Fraction(n, 100) for n in (1, 10, 50, 100, 150, 200, 300, 400, 500))
OUTSIDE = 3  # |θ_0| of the run, several times γ
FAR = (Fraction(8), Fraction(16), Fraction(32))
DIGITS = 10


def _g(mixture: Mixture, radius: Fraction) -> float:
    at = Energies.regular_simplex(mixture.k, radius)
    return float(laplace.moments(mixture, at, DIGITS, modes=1, hessian=False).g[1])


def _starts(scope: Scope) -> tuple[Measured, ...]:
    """Per mixture: the end of a run from afar, |θ_1| as |θ_0| → ∞, and the worst of all factors."""
    found = []
    for k, weights in STARTS:
        mixture, start = Mixture.simplex(k, weights), Energies.regular_simplex(k, OUTSIDE)
        norms = [step.norm for step in trajectory(mixture, start, 1000, tolerance=1e-5).steps]
        last = norms[-1] / norms[-2]
        found.append(Measured("last", "the last factor from afar", mixture, last, 1e-6, start))
        landings = [float(r) * (1 - _g(mixture, r)) for r in FAR]
        value, error = extrapolated(landings, [1e-7] * len(FAR))
        far = Energies.regular_simplex(k, FAR[-1])
        found.append(Measured("landing", "|θ_1| from |θ_0| = ∞", mixture, value, error, far))
        factors = [*(b / a for a, b in itertools.pairwise(norms)),
                   *(1 - _g(mixture, r) for r in RADII)]  # fmt: skip
        tried = tuple(Energies.regular_simplex(k, r) for r in (*RADII, *FAR))
        found.append(
            Measured("largest", "the largest factor", mixture, max(factors), 1e-6, start, tried)
        )
    return tuple(found)


def _quotient_of_norms(top: str, bottom: str) -> Box:
    return Over(norm(top), norm(bottom))


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


LAST = Seen("last", _quotient_of_norms("t+1", "t"))
LANDING = Seen("landing", norm("1"))
WORST = Seen("largest", _quotient_of_norms("t+1", "t"))
RHO = Quantity(letter("rho*"), lambda m, env: _rate(m.mixture))
R0 = Quantity(Row((letter("R_0"), sign("("), letter("k"), sign(")"))), lambda m, env: _r0(m.k))


ONE_OF_ALL = 1 - energy(1)  # these weights have all |π̂_m| equal


def law_of_starts(last: Expr = ONE_OF_ALL, landing: Expr = R0, largest: Expr = RHO) -> Form:
    """The factor in the end, where a step from afar leads, and what no factor reaches."""
    return form(Both((
        Relation(LAST, "to", last),
        Relation(LANDING, "to", landing),
        Every(Sym("t"), None, Relation(WORST, "<", largest)),
    )))  # fmt: skip


STARTING = Claim(
    id="X3",
    title="experiment radius: starts of any size, and no threshold",
    statement=r"On regular simplices that EM keeps, the first in the end of a run from afar, the "
    rf"second as $|\theta_0|\to\infty$: {law_of_starts().payload.tex}.",
    source=f"math.md T1, K1, section 4; {SUMMARY}, Experiment 3",
    said="Vary initial radius ||θ_0|| to empirically find threshold γ where convergence switches "
    "from exponential to unstable/slow",
    depends=(),
    measure=_starts,
    judge=judge,
    stated=law_of_starts(last=ONE),
    amended=law_of_starts(),
    mutants=(
        law_of_starts(last=1 - Fraction(102, 100) * energy(1)),
        law_of_starts(largest=1 - energy(1)),
        law_of_starts(landing=Fraction(102, 100) * R0),
        law_of_starts(landing=Root((K - 1) / K, expr(Fraction(1, 2))) * R0),  # E max of k normals
    ),
    hypotheses=("in the population only: samples are in the experiment",),
    expected=Outcome.AMENDED,
)

# --- X4: map --------------------------------------------------------------------------------------

HEAVY = ("4/5", "9/10", "19/20")
GAP = Fraction(9, 10)


def _contours(scope: Scope) -> tuple[Measured, ...]:
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
        found.append(Measured("contour", "|θ_0| where 1 − g = 1 − cσ", mixture, root, 1e-5, at))
    return tuple(found)


def _gamma(m: Any, env: Any) -> float:
    found = gamma(m.mixture, "factor", GAP, "simplex")
    return (found.lower + found.upper) / 2


def _bound(m: Any, env: Any) -> float:
    return float(radius_lower_bound(m.mixture, kind="factor", gap=GAP))


RADIUS = Seen("contour", letter("r"))
GAMMA = Quantity(letter("gamma^g_c"), _gamma)
BOUND = Quantity(letter("gamma^low_c"), _bound)  # the explicit lower bound


def crossing(at: Any) -> Form:
    """Where the factor first is 1 − cσ."""
    return form(equals(RADIUS, at))


CONTOUR = Claim(
    id="X4",
    title="experiment map: the factor first rises to 1 − cσ at γ_c",
    statement=r"For one-heavy weights and regular simplices, with $r$ the least $|\theta_0|$ at "
    r"which the factor $1-g(|\theta_0|)$ of an EM step is $1-c\sigma$: "
    f"{crossing(GAMMA).payload.tex}.",
    source=f"math.md S6, section 4; {SUMMARY}, Next check 1",
    said="Systematically vary initialization radius and weight distributions to map boundary "
    "between exponential and sublinear convergence rates",
    depends=(),
    measure=_contours,
    judge=judge,
    stated=crossing(GAMMA),
    mutants=(crossing(Fraction(102, 100) * GAMMA), crossing(BOUND), crossing(100)),
    hypotheses=("three weights and one c; the picture is the experiment's",),
)

CLAIMS = (CONVERGENCE, CROSSOVER, STARTING, CONTOUR)
