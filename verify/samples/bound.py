"""T8 and T9 in numbers: radii, deviations and the bound on the path, each rounded outward.

The formulas of ε_n(r) and η_n(r) are not typed here: they are the trees that `proofs.samples`
derives. Their quantiles are those of `quantiles`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from flint import arb, ctx
from scipy.special import chdtri

from overspec.errors import InputError
from overspec.exact import exact, whole
from overspec.mixture import Mixture
from overspec.proofs.language.analysis import Named, SquareRoot
from overspec.proofs.language.expression import Add, Div, Expr, Mul, Num, Pow, Sym
from overspec.proofs.language.operators import K
from overspec.proofs.language.statement import Both, Where, opened, relation
from overspec.proofs.samples.finite import finite_samples
from overspec.proofs.samples.sharp import sharp_samples
from overspec.proofs.samples.words import DELTA, TAU, D, N, R
from overspec.verify.enclosures.ball import Ball, dyadic, to_ball
from overspec.verify.samples.quantiles import energies, quantile, weighted_quantile

BITS = 128
MOST_ROWS = 10**15
EVENTS = {"T8": 3, "T9": 5}  # that are excluded, each of the probability δ by this
THEOREMS = tuple(EVENTS)


@dataclass(frozen=True)
class Bound:
    """``|θ_t| ≤ (ρ + slower)^{t−1} radius + error/(1 − ρ − slower)``, t ≥ 1, from any start.

    Each number is an upper bound of what the theorem names, but for events of the probability δ.

    Attributes:
        theorem: ``"T8"`` or ``"T9"``.
        n, delta: what was asked.
        radius: r_n, which no |M_n(θ)| exceeds; or r, where a ball is given (T8).
        error: ε_n(r) of T8, or q_n of T9, which bounds |Aᵀx̄|.
        slower: 0 in T8, η_n(r_n) in T9, which bounds ‖DM_n − DM‖.
        tau: no row is longer.
    """

    theorem: str
    n: int
    delta: Fraction
    radius: Fraction
    error: Fraction
    slower: Fraction
    tau: Fraction

    def limit(self, rate: Fraction) -> Fraction | float:
        """Where the bound on the path ends; infinite where the factor is not below 1."""
        gap = 1 - rate - self.slower
        return self.error / gap if gap > 0 else math.inf

    def path(self, rate: Fraction, t: int) -> float:
        """The bound on |θ_t|, t ≥ 1."""
        factor = float(rate + self.slower)
        return factor ** (t - 1) * float(self.radius) + float(self.limit(rate))


def deviation(k: int, d: int, n: int, delta: object, radius: object = None) -> Bound:
    """r_n, τ and ε_n of T8, upper bounds.

    Args:
        k, d, n: components, dimension, rows.
        delta: δ, exact, in (0, 1).
        radius: r, exact; r_n when left out.

    Raises:
        InputError: an argument out of range.
        ArithmeticError: a quantile that could not be proved.

    >>> found = deviation(3, 2, 10**6, "1/20")
    >>> round(float(found.radius), 4), round(float(found.error), 4)
    (1.4157, 0.0121)
    """
    whole_, n = checked_delta(delta), checked_rows(n)
    share = whole_ / 3
    with ctx.workprec(BITS):
        longest = _root(quantile(d, share / n))
        given = _root(quantile(n * d, share) / n) if radius is None else _rational(radius)
        error = _at("T8", k, d, n, whole_, longest, given)
    return Bound("T8", n, whole_, given, error, Fraction(0), longest)


def sharp(mixture: Mixture, n: int, delta: object, radius: Fraction | None = None) -> Bound:
    """r_n, τ, q_n and η_n of T9, upper bounds; with a radius that of a ball, for r_n.

    Raises:
        InputError: an argument out of range.
        ArithmeticError: a quantile that could not be proved.

    >>> found = sharp(Mixture.simplex(3, "one-heavy:9/10"), 10**6, "1/20")
    >>> round(float(found.error), 5), round(float(found.slower), 4)
    (0.00258, 0.0216)
    """
    whole_, n, d = checked_delta(delta), checked_rows(n), mixture.d
    share = whole_ / 5
    with ctx.workprec(BITS):
        longest = _root(quantile(d, share / n))
        ball = _root(quantile(n * d, share) / n) if radius is None else radius
        linear = _root(weighted_quantile(energies(mixture), share) / n)
        slower = _at("T9", mixture.k, d, n, whole_, longest, ball)
    return Bound("T9", n, whole_, ball, linear, slower, longest)


def _at(label: str, k: int, d: int, n: int, delta: Fraction, tau: Fraction,
        radius: Fraction) -> Fraction:  # fmt: skip
    """An upper bound of ε_n or η_n."""
    values: dict[Expr, Any] = {K: k, N: n, D: d, DELTA: delta, TAU: tau, R: radius}
    balls: dict[Expr, Any] = {name: to_ball(Fraction(value)) for name, value in values.items()}
    return dyadic(evaluated(formula(label), balls, Balls).upper())


def estimated(label: str, k: int, d: int, n: int, delta: Fraction,
              radius: float | None = None) -> float:  # fmt: skip
    """ε_n(r) or η_n(r) in doubles, at the r_n of these rows unless given: for a search only."""
    share = float(delta) / EVENTS[label]
    r = math.sqrt(chdtri(n * d, share) / n) if radius is None else radius
    tau = math.sqrt(chdtri(d, share / n))
    values: dict[Expr, Any] = {K: k, N: n, D: d, DELTA: float(delta), TAU: tau, R: r}
    return float(evaluated(formula(label), values, Doubles))


@cache
def formula(label: str) -> Expr:
    """ε_n(r) as the derivation of T8 has it, or η_n(r) of T9: a tree in k, n, d, δ, τ, r."""
    theorem, at = {"T8": (finite_samples, 2), "T9": (sharp_samples, 1)}[label]
    inner = opened(theorem(2).theorem.premises[at].statement)[1]
    if not isinstance(inner, Where) or not isinstance(inner.meaning, Both):
        raise TypeError(f"{label} has another form")
    first, *names = map(relation, inner.meaning.parts)
    found: Expr = first.rhs
    for name in names:  # of those after it only
        found = found.put({name.lhs: name.rhs})
    return found


class Doubles:
    """Roots and logarithms in doubles."""

    number: Callable[[Fraction], Any] = float
    sqrt = staticmethod(math.sqrt)
    log = staticmethod(math.log)
    min = staticmethod(min)


class Balls:
    """The same in balls."""

    number: Callable[[Fraction], Any] = staticmethod(to_ball)

    @staticmethod
    def sqrt(ball: Ball) -> Ball:
        """The root of a ball of positive numbers."""
        return ball.sqrt()

    @staticmethod
    def log(ball: Ball) -> Ball:
        """Its logarithm."""
        return ball.log()

    @staticmethod
    def min(ball: Ball, other: Ball) -> Ball:
        """The smaller of two."""
        return ball.min(other)


def evaluated(e: Expr, values: Mapping[Expr, Any], kind: type[Any]) -> Any:
    """A formula of rational operations, roots and logarithms at numbers of one kind.

    Raises:
        TypeError: another kind of node.
    """
    match e:
        case Sym() if e in values:  # only names have values: no tree is hashed
            return values[e]
        case Num(q):
            return kind.number(q)
        case Add(terms):
            return sum((evaluated(t, values, kind) for t in terms[1:]),
                       evaluated(terms[0], values, kind))  # fmt: skip
        case Mul(factors):
            out = evaluated(factors[0], values, kind)
            for factor in factors[1:]:
                out = out * evaluated(factor, values, kind)
            return out
        case Div(top, bottom):
            return evaluated(top, values, kind) / evaluated(bottom, values, kind)
        case Pow(base, Num(q)) if q in (2, 3, 4):
            value = evaluated(base, values, kind)
            square = value * value
            return square if q == 2 else square * (value if q == 3 else square)
        case SquareRoot(f):
            return kind.sqrt(evaluated(f, values, kind))
        case Named("log", (f,)):
            return kind.log(evaluated(f, values, kind))
        case Named("min", (f, g)):
            return kind.min(evaluated(f, values, kind), evaluated(g, values, kind))
    raise TypeError(f"no number for {type(e).__name__}")


def checked_delta(delta: object) -> Fraction:
    """δ, a rational in (0, 1).

    Raises:
        InputError: anything else.
    """
    value = exact(delta, "delta")
    if not isinstance(value, Fraction) or not 0 < value < 1:
        raise InputError(f"delta = {value}: give a rational probability strictly in (0, 1)")
    if value < Fraction(1, 10**100):
        raise InputError(f"delta = {float(value):.3g}: use at least 1e-100")
    return value


def checked_rows(n: object) -> int:
    """A number of rows.

    Raises:
        InputError: not an integer from 1 to 10^15.
    """
    rows = whole(n, "n", "use n >= 1")
    if not 1 <= rows <= MOST_ROWS:
        raise InputError(f"n = {rows}: use 1 to 10^15 rows")
    return rows


def _root(value: Fraction) -> Fraction:
    return dyadic(arb(to_ball(value)).sqrt().upper())


def _rational(radius: object) -> Fraction:
    value = exact(radius, "radius")
    if not isinstance(value, Fraction) or value < 0:
        raise InputError(f"radius = {value}: give a rational >= 0")
    return value
