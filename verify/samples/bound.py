"""T8 and T9 in numbers: radii, deviations and the bound on the path, each rounded outward.

The formulas of ε_n(r), η_n and ω_n are not typed here: they are the trees that `proofs.samples`
derives, evaluated by `formulas`. Their quantiles are those of `quantiles`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from flint import acb, arb, ctx
from scipy.special import chdtri

from overspec.errors import InputError
from overspec.exact import exact, whole
from overspec.mixture import Mixture
from overspec.proofs.language.expression import Expr, Mul
from overspec.proofs.language.lemmas import coefficient
from overspec.proofs.language.operators import K
from overspec.proofs.language.statement import Both, Relation, Where, opened, relation
from overspec.proofs.samples.finite import finite_samples
from overspec.proofs.samples.sharp import sharp_samples
from overspec.proofs.samples.words import (  # fmt: skip
    BALLS,
    DELTA,
    ELL,
    ETA_N,
    LAMBDA,
    NU,
    OMEGA_N,
    Q_N,
    R_N,
    SPREAD,
    TAU,
    V_N,
    D,
    Exceeds,
    N,
    R,
    Tail,
)
from overspec.verify.enclosures.ball import Ball, dyadic, to_ball
from overspec.verify.samples.formulas import Balls, Doubles, evaluated
from overspec.verify.samples.quantiles import energies, quantile, weighted_quantile

BITS = 128
MOST_ROWS = 10**15
EVENTS = 3  # that T8 excludes, each of the probability δ by this


@dataclass(frozen=True)
class Bound:
    """``|θ_t| ≤ (ρ + slower)^{t−1} radius + error/(1 − ρ − slower)``, t ≥ 1, from any start.

    Each number is an upper bound of what the theorem names, but for events of the probability δ.

    Attributes:
        theorem: ``"T8"`` or ``"T9"``.
        n, delta: what was asked.
        radius: r_n, which no |M_n(θ)| exceeds; or r, where a ball is given.
        error: ε_n(r) of T8, or q_n + ω_n r² of T9.
        slower: 0 in T8, η_n in T9.
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
        error = _at(k, d, n, whole_, longest, given)
    return Bound("T8", n, whole_, given, error, Fraction(0), longest)


@dataclass(frozen=True)
class Parts:
    """T9: ``|M_n(θ) − M(θ)| ≤ linear + slower |θ| + curved r²`` on ``balls`` balls |θ| ≤ r at once.

    Each number is an upper bound of what the theorem names, but for events of the probability δ.

    Attributes:
        n, delta, balls: what was asked.
        linear: q_n, which bounds |Aᵀx̄|.
        slower: η_n, which bounds ‖DM_n(0) − DM(0)‖.
        curved: ω_n.
        tau: no row is longer.
        cells: ν; the meshes are r/ν.
    """

    n: int
    delta: Fraction
    balls: int
    linear: Fraction
    slower: Fraction
    curved: Fraction
    tau: Fraction
    cells: int

    def on(self, radius: Fraction) -> Bound:
        """The bound on one of the balls."""
        error = self.linear + self.curved * radius**2
        return Bound("T9", self.n, self.delta, radius, error, self.slower, self.tau)


def sharp(mixture: Mixture, n: int, delta: object, balls: int = 1, cells: int | None = None
          ) -> Parts:  # fmt: skip
    """q_n, η_n and ω_n of T9, upper bounds; ν is searched for unless given.

    Raises:
        InputError: an argument out of range.
        ArithmeticError: a quantile that could not be proved.

    >>> found = sharp(Mixture.simplex(3, "one-heavy:9/10"), 10**6, "1/20")
    >>> round(float(found.linear), 5), round(float(found.slower), 5), round(float(found.curved), 4)
    (0.00243, 0.00131, 0.014)
    """
    whole_, n = checked_delta(delta), checked_rows(n)
    cells = cells or fewest_cells(mixture, n, whole_, balls)
    with ctx.workprec(BITS):
        shares = {name: share_of(name) * whole_ for name in (Q_N, TAU, R_N)}
        tau = _root(quantile(mixture.d, shares[TAU] / n))
        largest = _root(quantile(n * mixture.d, shares[R_N]) / n)
        linear = _root(weighted_quantile(energies(mixture), shares[Q_N]) / n)
        values = _values(mixture, n, whole_, balls, cells)
        values |= {TAU: tau, R_N: largest}
        values = {name: to_ball(Fraction(value)) for name, value in values.items()}
        at_zero, curved = (dyadic(evaluated(parts()[name], values, Balls).upper())
                           for name in (ETA_N, OMEGA_N))  # fmt: skip
    return Parts(n, whole_, balls, linear, at_zero, curved, tau, cells)


def estimated_parts(mixture: Mixture, n: int, delta: Fraction, balls: int, linear: float) -> Parts:
    """The same in doubles, for a search only; ``linear`` is q_n."""
    cells = fewest_cells(mixture, n, delta, balls)
    values = _doubles(mixture, n, delta, balls, cells)
    at_zero, curved = (evaluated(parts()[name], values, Doubles) for name in (ETA_N, OMEGA_N))
    return Parts(n, delta, balls, Fraction(linear), Fraction(at_zero), Fraction(curved),
                 Fraction(values[TAU]), cells)  # fmt: skip


def fewest_cells(mixture: Mixture, n: int, delta: Fraction, balls: int) -> int:
    """ν with about the least ω_n: a search in doubles, which proves nothing."""
    values = _doubles(mixture, n, delta, balls, 1)

    def size(cells: int) -> float:
        return float(evaluated(parts()[OMEGA_N], {**values, NU: float(cells)}, Doubles))

    cells, here = 16, size(16)
    while (after := size(4 * cells)) < here:
        cells, here = 4 * cells, after
    return cells


def _values(mixture: Mixture, n: int, delta: Fraction, balls: int, cells: int) -> dict[Expr, Any]:
    v, widest = spread(mixture)
    return {N: n, D: mixture.d, DELTA: delta, BALLS: balls, NU: cells, V_N: v, SPREAD: widest}


def _doubles(mixture: Mixture, n: int, delta: Fraction, balls: int, cells: int) -> dict[Expr, Any]:
    found = {name: float(value) for name, value in
             _values(mixture, n, delta, balls, cells).items()}  # fmt: skip
    tail = {name: float(share_of(name) * delta) for name in (TAU, R_N)}
    found[TAU] = math.sqrt(chdtri(mixture.d, tail[TAU] / n))
    found[R_N] = math.sqrt(chdtri(n * mixture.d, tail[R_N]) / n)
    return found


@cache
def spread(mixture: Mixture) -> tuple[Fraction, Fraction]:
    """V and Δ of T9, upper bounds.

    >>> v, widest = spread(Mixture.simplex(3, "1/2,3/10,1/5"))
    >>> round(float(v), 4), round(float(widest), 4)
    (0.9747, 1.7321)
    """
    k, blocks = mixture.k, mixture.action.blocks
    with ctx.workprec(BITS):
        root = [acb(arb(2 * j) / k).exp_pi_i() for j in range(k)]
        pi = [acb(to_ball(weight)) for weight in mixture.weights]
        hats = [sum((p * root[m * j % k] for j, p in enumerate(pi)), acb(0)) for m in range(k)]
        often = [arb(0)] * k  # d_l
        for block in blocks:
            one, other = block.frequency % k, -block.frequency % k
            often[one] = often[one] + arb(block.size) / (1 if one == other else 2)
            if one != other:
                often[other] = often[one]

        def square(m: int, l_: int) -> Ball:
            found = hats[(m + l_) % k] - hats[m] * hats[l_ % k]
            return found.real * found.real + found.imag * found.imag

        v = [
            square(m, m) + sum((often[l_] * square(m, -l_) for l_ in range(k)), arb(0))
            for m in (block.frequency for block in blocks)
        ]
        chords = [
            2 * (arb(block.frequency * j % k) / k).sin_pi()
            for block in blocks for j in range(1, k)
        ]  # fmt: skip
    return max(dyadic(each.upper()) for each in v), max(dyadic(each.upper()) for each in chords)


def _at(k: int, d: int, n: int, delta: Fraction, tau: Fraction,
        radius: Fraction) -> Fraction:  # fmt: skip
    """An upper bound of ε_n."""
    values: dict[Expr, Any] = {K: k, N: n, D: d, DELTA: delta, TAU: tau, R: radius}
    balls: dict[Expr, Any] = {name: to_ball(Fraction(value)) for name, value in values.items()}
    return dyadic(evaluated(formula(), balls, Balls).upper())


def estimated(k: int, d: int, n: int, delta: Fraction) -> Bound:
    """T8 in doubles, at the r_n of these rows: for a search only."""
    share = float(delta) / EVENTS
    r = math.sqrt(chdtri(n * d, share) / n)
    tau = math.sqrt(chdtri(d, share / n))
    values: dict[Expr, Any] = {K: k, N: n, D: d, DELTA: float(delta), TAU: tau, R: r}
    error = float(evaluated(formula(), values, Doubles))
    return Bound("T8", n, delta, Fraction(r), Fraction(error), Fraction(0), Fraction(tau))


@cache
def formula() -> Expr:
    """ε_n(r) as the derivation of T8 has it: a tree in k, n, d, δ, τ, r."""
    inner = opened(finite_samples(2).theorem.premises[2].statement)[1]
    if not isinstance(inner, Where) or not isinstance(inner.meaning, Both):
        raise TypeError("T8 has another form")
    first, *names = map(relation, inner.meaning.parts)
    found: Expr = first.rhs
    for name in names:  # of those after it only
        found = found.put({name.lhs: name.rhs})
    return found


@cache
def parts() -> dict[Expr, Expr]:
    """η_n and ω_n as the derivation of T9 has them: trees in n, d, δ, τ, r_n, V, Δ, ν, N."""
    names = {r.lhs: r.rhs for r in _meaning()}
    levels = {name: names[name] for name in (LAMBDA, ELL)}
    return {name: names[name].put(levels) for name in (ETA_N, OMEGA_N)}


@cache
def share_of(name: Expr) -> Fraction:
    """The share of δ for which q_n, τ or r_n is a quantile, by T9."""
    (share,) = (r.rhs for r in _meaning() if isinstance(r.lhs, (Exceeds, Mul, Tail))
                and r.lhs.has(name) and not r.rhs.has(N))  # fmt: skip
    return coefficient(share)[0]


@cache
def _meaning() -> tuple[Relation, ...]:
    inner = sharp_samples(2).theorem.premises[1].statement
    if not isinstance(inner, Where) or not isinstance(inner.meaning, Both):
        raise TypeError("T9 has another form")
    return tuple(map(relation, inner.meaning.parts))


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
