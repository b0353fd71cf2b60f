"""T8 in numbers: r_n, τ, ε_n(r) and the bound on the path, each rounded outward.

The formula of ε_n(r) is not typed here: it is the tree that `proofs.samples.finite` derives. Its
quantiles of χ² come from SciPy, a little enlarged, and each is then proved by python-flint, which
has an incomplete gamma function in balls.
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
from overspec.proofs.language.analysis import Named, SquareRoot
from overspec.proofs.language.expression import Add, Div, Expr, Mul, Num, Pow
from overspec.proofs.language.operators import K
from overspec.proofs.language.statement import Both, Where, opened, relation
from overspec.proofs.samples.finite import finite_samples
from overspec.proofs.samples.words import DELTA, TAU, D, N, R
from overspec.verify.enclosures.ball import Ball, dyadic, to_ball

BITS = 128
WIDER = 1e-9  # relative: far above the error of SciPy's quantiles, far below what matters
MOST_ROWS = 10**15


@dataclass(frozen=True)
class Deviation:
    """Of n rows of N(0, I_d), with k components, but for events of probability δ/3 each.

    Attributes:
        k, d, n, delta: what was asked.
        radius: r_n, proved to be an upper bound of every |M_n(θ)|, or a given r.
        tau: no row is longer.
        epsilon: ``ε_n(r) ≥ sup_{|θ| ≤ r} |M_n(θ) − M(θ)|``.
    """

    k: int
    d: int
    n: int
    delta: Fraction
    radius: Fraction
    tau: Fraction
    epsilon: Fraction

    def limit(self, rate: Fraction) -> Fraction:
        """``ε_n(r)/(1 − ρ)``, where the bound on the path ends; ρ < 1."""
        return self.epsilon / (1 - rate)

    def path(self, rate: Fraction, t: int) -> float:
        """The bound of T8 on |θ_t| from any start, t ≥ 1: ``ρ^{t−1} r_n + ε_n/(1−ρ)``."""
        return float(rate) ** (t - 1) * float(self.radius) + float(self.limit(rate))


def deviation(k: int, d: int, n: int, delta: object, radius: object = None) -> Deviation:
    """r_n, τ and ε_n of T8, upper bounds.

    Args:
        k, d, n: components, dimension, rows.
        delta: δ, exact, in (0, 1).
        radius: r, exact; r_n when left out.

    Raises:
        InputError: an argument out of range.
        ArithmeticError: a quantile that could not be proved.

    >>> found = deviation(3, 2, 10**6, "1/20")
    >>> round(float(found.radius), 4), round(float(found.epsilon), 4)
    (1.4152, 0.0446)
    """
    share = checked_delta(delta) / 3
    n = checked_rows(n)
    with ctx.workprec(BITS):
        longest = _root(quantile(d, share / n))
        given = _root(quantile(n * d, share) / n) if radius is None else _rational(radius)
        values: dict[Expr, Any] = {K: k, N: n, D: d, DELTA: 3 * share, TAU: longest, R: given}
        balls: dict[Expr, Any] = {name: to_ball(Fraction(value)) for name, value in values.items()}
        found = evaluated(formula(), balls, Balls)
        return Deviation(k, d, n, 3 * share, given, longest, dyadic(found.upper()))


def estimated(k: int, d: int, n: int, delta: Fraction, radius: float | None = None) -> float:
    """ε_n(r) in doubles, at the r_n of these rows unless given: for a search, not for a result."""
    share = float(delta) / 3
    r = math.sqrt(chdtri(n * d, share) / n) if radius is None else radius
    values: dict[Expr, Any] = {
        K: k,
        N: n,
        D: d,
        DELTA: float(delta),
        TAU: math.sqrt(chdtri(d, share / n)),
        R: r,
    }
    return float(evaluated(formula(), values, Doubles))


def quantile(freedom: int, tail: Fraction) -> Fraction:
    """q with ``P(χ²_freedom > q) ≤ tail``, proved in ball arithmetic, and hardly more than needed.

    Raises:
        ArithmeticError: SciPy's quantile could not be proved.

    >>> with ctx.workprec(BITS):
    ...     round(float(quantile(2, Fraction(1, 20))), 6)  # 2 log 20
    5.991465
    """
    found = float(chdtri(freedom, float(tail)))
    if not math.isfinite(found):
        raise ArithmeticError(f"no quantile of chi-square with {freedom} degrees of freedom")
    enlarged = Fraction(found) * (1 + Fraction(WIDER))
    ball = to_ball(enlarged / 2).gamma_upper(to_ball(Fraction(freedom, 2)), regularized=1)
    if not bool(ball <= to_ball(tail)):
        raise ArithmeticError(
            f"the quantile of chi-square with {freedom} degrees of freedom at {float(tail)} is not "
            "proved"
        )
    return enlarged


@cache
def formula() -> Expr:
    """ε_n(r) as the derivation of T8 has it: a tree in k, n, d, δ, τ, r."""
    inner = opened(finite_samples(2).theorem.premises[2].statement)[1]
    if not isinstance(inner, Where) or not isinstance(inner.meaning, Both):
        raise TypeError("T8 has another form")
    return relation(inner.meaning.parts[0]).rhs


class Doubles:
    """Roots and logarithms in doubles."""

    number: Callable[[Fraction], Any] = float
    sqrt = staticmethod(math.sqrt)
    log = staticmethod(math.log)


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


def evaluated(e: Expr, values: Mapping[Expr, Any], kind: type[Any]) -> Any:
    """A formula of rational operations, roots and logarithms at numbers of one kind.

    Raises:
        TypeError: another kind of node.
    """
    if e in values:
        return values[e]
    match e:
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
        case Pow(base, Num(q)) if q == 2:
            return evaluated(base, values, kind) * evaluated(base, values, kind)
        case SquareRoot(f):
            return kind.sqrt(evaluated(f, values, kind))
        case Named("log", (f,)):
            return kind.log(evaluated(f, values, kind))
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
