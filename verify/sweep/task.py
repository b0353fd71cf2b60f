"""One task of a sweep, in the process of a worker: here the engines are loaded."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import sympy

from overspec.decimals import enclosed, rounded_down, rounded_up
from overspec.errors import InputError
from overspec.exact import exact
from overspec.proofs.identities.circulant import largest_energy
from overspec.proofs.machinery.cyclotomic import spread
from overspec.proofs.machinery.separation import as_sympy
from overspec.proofs.rates.radius_bound import lower_bound
from overspec.results.text import as_decimal
from overspec.verify.enclosures.ball import Inconclusive
from overspec.verify.radius.bracket import certified_gamma, width_of
from overspec.verify.radius.near.start import largest_bound
from overspec.verify.radius.rate import certified_global_rate
from overspec.verify.radius.scaling import least_factor
from overspec.verify.radius.search import gamma
from overspec.verify.sweep.spec import LEAST, Task

BLANK = dict.fromkeys(("lower", "upper", "at", "sigma", "bound", "ratio", "evidence", "reason"), "")
DIGITS = 12  # of certified ends of the least factor, and of σ
BOUND_DIGITS = 6
RATIO_DIGITS = 4
SIGMA_ERROR = Fraction(1, 10**12)  # relative, of a measured σ; its estimate is 1e-15


def compute(task: Task) -> dict[str, str]:
    """One answer as text; a task without an answer says why.

    Returns:
        ``lower, upper``: a bracket of γ, or of the least factor; ``at``: the radius of the least
        factor; ``sigma``; ``bound``: the proved lower bound of γ for all θ
        (`proofs.rates.radius_bound`); ``ratio``: of it to ``upper``; ``evidence``;
        ``reason``: why there is no answer.

    >>> compute(Task(2, 1, "uniform", "factor", "1/2", "all", 4, False))["evidence"]
    'none'
    >>> found = compute(Task(2, 1, "9/10,1/10", "factor", "9/10", "all", 4, False))
    >>> float(found["bound"]) < float(found["lower"]) < float(found["upper"])
    True
    """
    try:
        return BLANK | (_least(task) if task.kind == LEAST else _radius(task))
    except InputError as error:
        return BLANK | {"evidence": "none", "reason": " ".join(str(error).split())}


def _radius(task: Task) -> dict[str, str]:
    gap = task.gap or "1/2"
    if not task.certify:
        found = gamma(task.mixture, task.kind, gap, task.orbit, task.digits)
        lower, upper = (_decimals(end, task.digits + 1) for end in found.ends)
        return {
            "lower": lower,
            "upper": upper,
            "sigma": f"{found.sigma:.12g}",
            **_bound(task, Fraction(found.sigma) * (1 - SIGMA_ERROR), upper),
            "evidence": found.evidence.value,
        }
    width = width_of(task.mixture, task.orbit, task.digits)
    proved = certified_gamma(task.mixture, task.kind, gap, task.orbit, width)
    if isinstance(proved, Inconclusive):
        return {"evidence": "inconclusive", "reason": proved.reason}
    shown = proved.found()
    return {
        "lower": shown["covered"],
        "upper": shown["upper"],
        "sigma": rounded_down(proved.sigma.lower, DIGITS),
        **_bound(task, proved.sigma.lower, shown["upper"]),
        "evidence": proved.evidence.value,
    }


def _decimals(value: Fraction | float, places: int) -> str:
    if value == math.inf:
        return "inf"
    return f"{as_decimal(value, places + 10):.{places}f}"


def _least(task: Task) -> dict[str, str]:
    if not task.certify:
        found = least_factor(task.mixture, task.digits)
        half = found.value * 10.0**-task.digits
        return {
            "lower": f"{found.value - half:.{task.digits + 2}g}",
            "upper": f"{found.value + half:.{task.digits + 2}g}",
            "at": f"{found.radius:.6g}",
            "evidence": "measured",
        }
    proved = certified_global_rate(task.mixture, task.orbit, Fraction(1, 10**task.digits))
    if isinstance(proved, Inconclusive):
        return {"evidence": "inconclusive", "reason": proved.reason}
    return {
        "lower": rounded_down(proved.mu.lower, DIGITS),
        "upper": rounded_up(proved.mu.upper, DIGITS),
        "at": f"{float(proved.worst_radius):.6g}",
        "evidence": proved.evidence.value,
    }


def _bound(task: Task, sigma: Fraction, upper: str) -> dict[str, str]:
    """The proved lower bound from a lower bound of σ, and its ratio to γ, both rounded down.

    None for convexity, and no ratio where γ is infinite.
    """
    if task.kind == "convexity":
        return {}
    least = sympy.Rational(sigma.numerator, sigma.denominator)
    found = lower_bound(
        task.k,
        least,
        task.kind,
        as_sympy(exact(task.gap)),
        _largest(task),
        spread(task.mixture.weights),
    )
    if found == sympy.oo:
        return {"bound": "inf"}
    bound = rounded_down(Decimal(enclosed(found).low), BOUND_DIGITS)
    if upper == "inf":
        return {"bound": bound}
    return {"bound": bound, "ratio": rounded_down(Fraction(bound) / Fraction(upper), RATIO_DIGITS)}


def _largest(task: Task) -> sympy.Expr:
    """The largest |π̂_m|² with m ≠ 0, or more; 1 where there are too many to look at."""
    try:
        if task.mixture.action.is_simplex:
            return as_sympy(largest_bound(task.mixture))
        return largest_energy(task.mixture)
    except InputError:
        return sympy.Integer(1)
