"""The Laplace engine with proof: regular-simplex orbits at any k (every θ when k ≤ 3).

On such an orbit the exponents ⟨x, R^j θ⟩ are, up to a common shift that the softmax ignores, ``z_j
= c g_j`` with independent g_j ~ N(0,1) and ``c² = |θ|² k/(k−1)``. With ``P_a(τ) = E e^{a(τ+cg)}
exp(−e^{τ+cg})`` and ``s₀ = e^{c²/2}`` (math.md section 5)

    E log S = c²/2 + ∫ (e^{−s₀e^τ} − Π_j P_0(τ + log π_j)) dτ,
    1 − g_m = ∫ Σ_{i≠j} (1 − cos(2πm(i−j)/k)) P_1(τ + log π_i) P_1(τ + log π_j) Π_{l≠i,j} P_0(…) dτ.

Equal weights are one group, so the cost does not depend on k. Both integrals are trapezoidal sums
on one logarithmic grid of step δ; each P_a on it is a convolution, that is, a product of
polynomials.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from flint import acb, arb, arb_poly, ctx, fmpq

from overspec.decimals import Number
from overspec.errors import InputError
from overspec.verify.enclosures.ball import Ball, Inconclusive, enclosure, power, to_ball
from overspec.verify.enclosures.bounds import (
    laplace_inner_aliasing,
    laplace_inner_truncation,
    laplace_left_tail,
    laplace_outer_aliasing,
    laplace_right_tail,
)

MAX_TERMS = 1_000_000  # grid points times groups: some 800 bytes each
GRAIN = 4096
NEAREST_C = 1e-6  # the grid's step is of the order of c; far above it the budget is spent
POWERS = 1.1 ** np.arange(-20.0, 100.0)  # that are tried in the bound of the right tail
EXTRA = 40  # bits that the small differences of `inner_lines` are worth


@dataclass(frozen=True)
class Group:
    """Components of one weight: their number n and ``B_m = Σ_i ω^{mi}`` over them, for each m."""

    weight: Ball
    count: int
    characters: dict[int, acb]


@dataclass(frozen=True)
class LogGrid:
    """Nodes τ = lδ, first ≤ l ≤ last; the inner sums keep |n| ≤ inner."""

    step: Fraction
    first: int
    last: int
    inner: int
    angle_inner: tuple[Fraction, ...]  # contour angles for P_0, P_1, …
    angle_outer: Fraction
    power: Fraction  # p of the bound of the right tail
    bits: int


@dataclass(frozen=True)
class LaplaceResult:
    """``log_partition`` encloses E log S; ``factors[m]`` encloses g_m = E|ŵ_m|²."""

    log_partition: Number | Inconclusive
    factors: dict[int, Number | Inconclusive]
    grid: LogGrid


def characters(k: int, runs: Sequence[tuple[int, int]], m: int) -> acb:
    """``Σ ω^{mi}`` over the indices in runs (start, length): a closed geometric sum for each run.

    Hypothesis: k does not divide m; not finite otherwise.

    >>> bool(abs(characters(5, [(0, 5)], 1)).upper() < 1e-10)
    True
    """
    total = acb(0)
    for start, length in runs:
        ratio = _sin_pi(m * length, k) / _sin_pi(m, k)
        middle = m * (2 * start + length - 1)
        total += acb(ratio * _cos_pi(middle, k), ratio * _sin_pi(middle, k))
    return total


def _sin_pi(numerator: int, denominator: int) -> Ball:
    return arb.sin_pi_fmpq(fmpq(numerator % (2 * denominator), denominator))


def _cos_pi(numerator: int, denominator: int) -> Ball:
    return arb.cos_pi_fmpq(fmpq(numerator % (2 * denominator), denominator))


def deviation(k: int, norm_squared: Ball) -> float:
    """``c = |θ| √(k/(k−1))``, about; nothing rigorous depends on the choice."""
    return math.sqrt(float(norm_squared.mid()) * k / (k - 1))


def plan(groups: Sequence[Group], c: float, digits: int, degree: int = 1) -> LogGrid:
    """A grid whose bounds come to about 10^-digits; nothing rigorous depends on the choice.

    Args:
        groups: the weights.
        c: standard deviation of the exponents.
        digits: aim.
        degree: P_0 … P_degree are wanted, in products of degree up to twice that.

    Raises:
        InputError: more terms than the budget.
    """
    k = sum(group.count for group in groups)
    if c < NEAREST_C:
        raise InputError(
            f"c = |theta| sqrt(k/(k - 1)) = {c:.1e}: the Laplace enclosure does not reach below "
            f"{NEAREST_C:.0e}; use the lattice engine (k <= 6), or theta = 0"
        )
    squares = sum(group.count * float(group.weight.mid()) ** 2 for group in groups)
    goal = digits * math.log(10) + math.log(8)
    inner_goal = goal + 2 * math.log(k) + 6  # errors of P_a are felt up to k² times

    def widest(angle: float, wanted: float) -> float:
        return 2 * math.pi * angle / wanted

    angles = [math.pi / 2 * n / 200 for n in range(100, 200)]

    def outer_cost(y: float) -> float:
        return goal + math.log(2 * (c * c + c + 1)) - 2 * degree * math.log(math.cos(y))

    outer = max(angles, key=lambda y: widest(y, outer_cost(y)))
    step_outer = widest(outer, outer_cost(outer))

    def inner_cost(y: float, a: int) -> float:
        top = a * (math.log(a) - 1 - math.log(math.cos(y))) if a else 0.0
        return inner_goal + math.log(2) + y * y / (2 * c * c) + top

    orders = range(degree + 1)
    inner = [max((widest(y, inner_cost(y, a)), y) for y in angles)[1] for a in orders]
    step = min(step_outer, *(widest(inner[a], inner_cost(inner[a], a)) for a in orders))
    grain = GRAIN
    while step * grain < 64 and grain < 2**40:
        grain *= 2
    delta = Fraction(math.floor(step * grain), grain)
    h = float(delta)
    left = min(-(goal + math.log(squares) + 2 * c * c) / 2, -(goal + c * c) / 2)
    spread = c * c * squares

    # of the powers p the one whose bound of the right tail is small enough first, on a grid of τ
    top = POWERS + 2 * degree
    flat = top * (np.log(top) - 1) + POWERS**2 * spread / 2 - np.log(POWERS * h)
    right = math.ceil(4 * max(0.0, float(np.min((goal + flat) / POWERS)))) / 4
    best = float(POWERS[np.argmin(flat - POWERS * right)])
    grid = LogGrid(
        delta,
        math.floor(left / h),
        math.ceil(right / h),
        math.ceil(c * math.sqrt(2 * inner_goal) / h),
        tuple(map(_angle, inner)),
        _angle(outer),
        Fraction(math.ceil(best * 64), 64),
        math.ceil((digits + 2 * math.log10(k)) * math.log2(10)) + 40,
    )
    terms = (grid.last - grid.first + 2 * grid.inner) * len(groups)
    if terms > MAX_TERMS:
        raise InputError(
            f"{digits} certified digits with {len(groups)} distinct weights at c = {c:.3g} would "
            f"take {terms:.1e} terms (budget {MAX_TERMS:.0e}); ask for fewer digits"
        )
    return grid


def _angle(value: float) -> Fraction:
    return Fraction(math.floor(value * GRAIN), GRAIN)


def enclose(
    groups: Sequence[Group],
    norm_squared: Ball,
    frequencies: Sequence[int],
    digits: int,
    grid: LogGrid | None = None,
) -> LaplaceResult:
    """Enclosures of E log S and of g_m on the regular-simplex orbit, at every π and |θ|² given.

    Args:
        groups: the weights by value; their counts sum to k.
        norm_squared: |θ|² > 0.
        frequencies: the m for which g_m is wanted.
        digits: the radius aimed at is 10^-digits, if the input balls are narrow.
        grid: to override the choice of `plan`.

    Raises:
        InputError: more terms than the budget.

    >>> n = 10**12
    >>> heavy = Group(arb(1) / 2, 1, {1: acb(1)})
    >>> light = Group(arb(1) / (2 * (n - 1)), n - 1, {1: acb(-1)})
    >>> found = enclose([heavy, light], arb(1), [1], 12)
    >>> round(float(found.factors[1].value), 12), float(found.factors[1].error) < 1e-12
    (0.198986433592, True)
    """
    k = sum(group.count for group in groups)
    grid = grid or plan(groups, deviation(k, norm_squared), digits)
    with ctx.workprec(grid.bits):
        c = (norm_squared * k / (k - 1)).sqrt()
        step = to_ball(grid.step)
        errors = [
            [
                laplace_inner_aliasing(a, step, c, to_ball(grid.angle_inner[a])),
                laplace_inner_truncation(a, step, c, grid.inner),
            ]
            for a in (0, 1)
        ]
        tables = [moment_tables(group, c, grid) for group in groups]
        found = _integrals(groups, tables, grid, frequencies)
        with ctx.workprec(grid.bits + EXTRA):
            worse = [
                _integrals(groups, shifted, grid, frequencies) for shifted in raised(tables, errors)
            ]
            lines = [
                inner_lines([w[0] for w in worse]),
                *(inner_lines([w[1][m] for w in worse]) for m in frequencies),
            ]
        squares = sum((group.weight**2 * group.count for group in groups), arb(0))
        outside = [
            laplace_outer_aliasing(step, c, to_ball(grid.angle_outer)),
            laplace_left_tail(step, c, squares, grid.first * step),
            laplace_right_tail(step, c, squares, grid.last * step, to_ball(grid.power)),
        ]
        names = ["outer aliasing", "left tail", "right tail"]
        on_log, on_factors = (
            list(zip(names, bounds, strict=True)) for bounds in zip(*outside, strict=True)
        )
        return LaplaceResult(
            enclosure(_log_partition(found[0], c, grid), lines[0] + on_log),
            {
                m: enclosure(1 - found[1][m], line + on_factors)
                for m, line in zip(frequencies, lines[1:], strict=True)
            },
            grid,
        )


def raised(
    tables: Sequence[list[list[Ball]]], errors: Sequence[Sequence[Ball]]
) -> list[list[list[list[Ball]]]]:
    """Upper ends of the P_a; then raised by the bound of each of their errors, one after another.

    The integrands are polynomials in the P_a with coefficients ≥ 0, or differences of such. An
    error ±e of the P_a moves each of those by at most f(P + e) − f(P), which grows with P: its
    value at the upper ends is the bound.

    Args:
        tables: of each group, P_0, P_1, … at the nodes.
        errors: of each P_a, the bounds of "inner aliasing" and of "inner truncation".
    """
    stages = []
    for known in range(3):
        extra = [sum((e.upper() for e in line[:known]), arb(0)) for line in errors]
        stages.append(
            [
                [[v.upper() + more for v in row] for row, more in zip(table, extra, strict=True)]
                for table in tables
            ]
        )
    return stages


def inner_lines(stages: Sequence[Ball]) -> list[tuple[str, Ball]]:
    """What each error of the P_a does, from the values at the stages of `raised`."""
    steps = [b - a for a, b in pairwise(stages)]
    return list(zip(["inner aliasing", "inner truncation"], steps, strict=True))


def _log_partition(product: Ball, c: Ball, grid: LogGrid) -> Ball:
    """E log S from ``∫ Π P_0``, as far as the grid goes."""
    step, s0 = to_ball(grid.step), (c * c / 2).exp()
    nodes = range(grid.first, grid.last + 1)
    known = sum(((-s0 * (n * step).exp()).exp() for n in nodes), arb(0))
    return c * c / 2 + step * known - product


def moment_tables(group: Group, c: Ball, grid: LogGrid, degree: int = 1) -> list[list[Ball]]:
    """P_0 … P_degree at τ + log π for every node τ: G_a convolved with the Gaussian weights."""
    step, n = to_ball(grid.step), grid.inner
    h = step / c
    norm = h / (2 * arb.pi()).sqrt()
    half = [norm * (-((h * j) ** 2) / 2).exp() for j in range(n + 1)]
    gauss = arb_poly(half[:0:-1] + half)
    length = grid.last - grid.first + 1 + 2 * n
    ratio, value = step.exp(), group.weight * ((grid.first - n) * step).exp()
    rows: list[list[Ball]] = [[] for _ in range(degree + 1)]
    # far right all lie in [0, 2^-spare]; exact exponents there would slow the products down
    spare = 2 * grid.bits
    nothing, far = arb(0, arb(2) ** -spare), spare + 20 * degree
    for _ in range(length):
        beyond = value >= far
        term = nothing if beyond else (-value).exp()
        for row in rows:
            row.append(term)
            term = nothing if beyond else value * term
        value = value * ratio
    result = []
    for values in rows:
        product = arb_poly(values) * gauss  # symmetric weights: convolution is correlation
        result.append([product[2 * n + i] for i in range(grid.last - grid.first + 1)])
    return result


def _integrals(
    groups: Sequence[Group],
    tables: Sequence[list[list[Ball]]],
    grid: LogGrid,
    frequencies: Sequence[int],
) -> tuple[Ball, dict[int, Ball]]:
    """The outer sums for ``∫ Π P_0`` and for the 1 − g_m."""
    step = to_ball(grid.step)
    whole, departures = arb(0), {m: arb(0) for m in frequencies}
    for position in range(grid.last - grid.first + 1):
        zeros = [pair[0][position] for pair in tables]
        ones = [pair[1][position] for pair in tables]
        product = arb(1)
        for group, zero in zip(groups, zeros, strict=True):
            product *= power(zero, group.count)
        whole += product
        for m in frequencies:
            departures[m] += _pairs(groups, zeros, ones, product, m)
    return step * whole, {m: step * d for m, d in departures.items()}


def _pairs(
    groups: Sequence[Group], zeros: list[Ball], ones: list[Ball], product: Ball, m: int
) -> Ball:
    """``Σ_{i≠j} (1 − cos) P_1 P_1 Π P_0``; with q = P_1/P_0 it is Π P_0 ((Σ n q)² − |Σ B_m q|²)."""
    if all(zero > 0 for zero in zeros):
        ratios = [one / zero for one, zero in zip(ones, zeros, strict=True)]
        total = sum((g.count * q for g, q in zip(groups, ratios, strict=True)), arb(0))
        turned = sum((g.characters[m] * q for g, q in zip(groups, ratios, strict=True)), acb(0))
        real, imaginary = turned.real, turned.imag
        return product * (total * total - real * real - imaginary * imaginary)
    result = arb(0)
    for u, left in enumerate(groups):
        for v, right in enumerate(groups):
            if u == v and left.count == 1:
                continue  # a component is not paired with itself
            b = left.characters[m] * right.characters[m].conjugate()
            rest = ones[u] * ones[v]
            for w, group in enumerate(groups):
                rest *= power(zeros[w], group.count - (w == u) - (w == v))
            result += (left.count * right.count - b.real) * rest
    return result
