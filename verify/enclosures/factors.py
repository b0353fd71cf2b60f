"""The least g_m over all frequencies on a regular-simplex orbit, with proof: many weights, any k.

With ``q_v = P_1/P_0`` for the weights of value v and ``B_v(m) = Σ ω^{mj}`` over the components that
have it, the integral of `enclosure_laplace` is

    ``g_m = 1 − ∫ Π P_0 (Σ_v n_v q_v)² dτ + Σ_{u,v} β_{uv} Re B_u B̄_v``,  ``β = ∫ Π P_0 q qᵀ dτ``:

the frequency enters through one positive semidefinite form of V × V, V the number of distinct
weights. So all frequencies cost one matrix product, and for two distinct weights the least g_m is
at the least |B(m)|, whatever θ. Where there are too many frequencies to enclose one by one, doubles
with a bound of their rounding pick those that may be the least.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx, fmpq
from numpy.typing import NDArray

from overspec.decimals import Number
from overspec.errors import InputError, OutOfReach
from overspec.exact import Exact
from overspec.mixture import Mixture
from overspec.verify.enclosures.ball import Ball, dyadic, power, to_ball
from overspec.verify.enclosures.bounds import (
    laplace_inner_aliasing,
    laplace_inner_truncation,
    laplace_left_tail,
    laplace_outer_aliasing,
    laplace_right_tail,
)
from overspec.verify.enclosures.laplace import Group, LogGrid, characters, moment_tables, plan

Array = NDArray[np.float64]

MAX_K = 10**6  # where frequencies have to be looked at one by one
MAX_SUMS = 10**7  # frequencies × distinct weights: some 56 bytes each
MAX_WAVES = 2 * 10**8  # frequencies × runs of weights: about a second for 10^7
MAX_VALUES = 1000  # distinct weights: their pairs are a matrix, made anew at every node
ONE_BY_ONE = 100  # candidates that are enclosed in balls
NARROW = 0.5  # standard deviation c below which the P_a have a step of their own
TINY = 1e-290  # more than all that underflow can lose


@dataclass(frozen=True, eq=False)
class Characters:
    """The weights by value and, for the frequencies m that count, their sums B_v(m) in doubles.

    Attributes:
        k: components.
        values, counts: V distinct weights and how many components have each.
        runs: for each value, the (start, length) of its runs.
        frequencies: the m, as many as rows below.
        real, imag: B_v(m), shape (frequencies, V).
        size: ``Σ_runs |Σ_{j in the run} ω^{mj}|``, of the same shape: |error of B| ≤ unit · size.
        unit: see size.
    """

    k: int
    values: tuple[Exact, ...]
    counts: tuple[int, ...]
    runs: tuple[tuple[tuple[int, int], ...], ...]
    frequencies: Array
    real: Array
    imag: Array
    size: Array
    unit: float

    @classmethod
    def of(cls, mixture: Mixture) -> Characters:
        """All frequencies 1 … ⌊k/2⌋, or one where all g_m are equal.

        Raises:
            InputError: k > 10^6 and g_m that differ, or too many distinct weights or runs.

        >>> Characters.of(Mixture.simplex(4, "1/2,1/6,1/6,1/6")).frequencies.tolist()
        [1.0]
        """
        k = mixture.k
        single = mixture.weights.alike
        if k > MAX_K and not single:
            raise InputError(
                f"k = {k}: beyond k = {MAX_K} certified radii need all weights but one equal "
                "(one-heavy)"
            )
        where: dict[Exact, list[tuple[int, int]]] = {}
        start = 0
        for value, count in mixture.weights.runs:
            where.setdefault(value, []).append((start, count))
            start += count
        runs = tuple(tuple(r) for r in where.values())
        counts = tuple(sum(n for _, n in r) for r in runs)
        last = 1 if single else k // 2
        _affordable(last, len(runs), sum(map(len, runs)))
        m = np.arange(1, last + 1)
        real, imag, size = _sums(k, runs, last)
        unit = (max(map(len, runs)) + 12) * 2.0**-53
        return cls(k, tuple(where), counts, runs, m.astype(float), real, imag, size, unit)

    def least(self, form: arb_mat, scale: Ball) -> tuple[Ball, Ball]:
        """Bounds of ``min_m scale · Σ β_uv Re B_u B̄_v``, β positive semidefinite, in the balls.

        Both are balls of radius 0; scale ≥ 0.
        """
        approximate, error = self._approximate(form)
        low, high = approximate - error, approximate + error
        near = np.flatnonzero(low <= high.min())
        if len(near) > ONE_BY_ONE:
            bottom = arb(float(max(low.min(), 0.0)))
            return (scale * bottom).lower(), (scale * arb(float(high.min()))).upper()
        enclosed = [scale * self._enclose(form, int(self.frequencies[i])) for i in near]
        return _least([e.lower() for e in enclosed]), _least([e.upper() for e in enclosed])

    def largest(self, form: arb_mat) -> float:
        """An upper bound of ``max_m Σ β_uv Re B_u B̄_v``."""
        approximate, error = self._approximate(form)
        return float((approximate + error).max() * (1 + 2.0**-50))

    def _approximate(self, form: arb_mat) -> tuple[Array, Array]:
        """The form at every m in doubles, and a bound on the error.

        The doubles β, B carry relative errors 2^-53 and ``unit`` (of size); the sum of V² products
        (V² + 3) 2^-53. Twice the sum of them covers the products of errors.
        """
        v = len(self.counts)
        entries = form.entries()
        beta = np.array([float(e.mid()) for e in entries]).reshape(v, v)
        off = np.array([float(e.rad()) for e in entries]).reshape(v, v) * (1 + 2.0**-40)
        value = ((self.real @ beta) * self.real).sum(axis=1)
        value += ((self.imag @ beta) * self.imag).sum(axis=1)
        share = 4 * self.unit + 4 * (v * v + 8) * 2.0**-53
        error = ((self.size @ (share * np.abs(beta) + 2 * off)) * self.size).sum(axis=1)
        return value, error * (1 + 1e-9 * v) + TINY * self.size.sum(axis=1) ** 2

    def _enclose(self, form: arb_mat, m: int) -> Ball:
        sums = [characters(self.k, r, m) for r in self.runs]
        total = arb(0)
        for part in ([s.real for s in sums], [s.imag for s in sums]):
            row = arb_mat(1, len(part), part)
            total += (row * form * row.transpose())[0, 0]
        return total


def _affordable(frequencies: int, distinct: int, runs: int) -> None:
    """Memory and time are asked for before the work."""
    for count, most, what in (
        (distinct, min(MAX_VALUES, MAX_SUMS // frequencies), "distinct weights"),
        (runs, MAX_WAVES // frequencies, "runs of equal weights"),
    ):
        if count > most:
            raise OutOfReach(
                f"{count} {what} at {frequencies} frequencies: certified radii reach {most} here"
            )


@lru_cache(maxsize=2)
def _sums(
    k: int, runs: tuple[tuple[tuple[int, int], ...], ...], last: int
) -> tuple[Array, Array, Array]:
    """Closed geometric sums from a table of sin(πj/2k), correctly rounded up to one unit."""

    def exactly(j: int) -> float:
        return float(arb.sin_pi_fmpq(fmpq(j % (4 * k), 2 * k)).mid())

    # one frequency needs no table: there k may be 10^12, its multiples beyond 64 bits
    with ctx.workprec(80):
        quarter = [exactly(j) for j in range(k + 1)] if last > 1 else []
    wave = np.array([*quarter, *quarter[-2::-1]])  # sin(πj/2k), 0 ≤ j ≤ 2k

    def sine(j: NDArray[Any]) -> Array:
        """sin(πj/2k)."""
        if last == 1:
            with ctx.workprec(80):
                return np.array([exactly(int(value)) for value in j])
        turn = j % (4 * k)
        rows: Array = np.where(turn <= 2 * k, wave[turn % (2 * k)], -wave[turn % (2 * k)])
        return rows

    m = np.arange(1, last + 1, dtype=np.int64 if last > 1 else object)
    shape = (last, len(runs))
    real, imag, size = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for v, pieces in enumerate(runs):
        for start, length in pieces:
            ratio = sine(2 * (m * length % (2 * k))) / sine(2 * m)
            middle = m * ((2 * start + length - 1) % (2 * k)) % (2 * k)
            real[:, v] += ratio * sine(2 * middle + k)
            imag[:, v] += ratio * sine(2 * middle)
            size[:, v] += np.abs(ratio)
    return real, imag, size


def least_energy(signs: Characters, digits: int) -> Number:
    """``min_m |π̂_m|²``, the form with ``β_uv = π_u π_v``.

    >>> found = least_energy(Characters.of(Mixture.simplex(3, "1/2,3/10,1/5")), 20)
    >>> round(float(found.lower), 12), found.upper - found.lower < Fraction(1, 10**20)
    (0.07, True)
    """
    with ctx.workprec(_bits(signs, digits)):
        row = arb_mat(1, len(signs.values), [to_ball(value) for value in signs.values])
        low, high = signs.least(row.transpose() * row, arb(1))
        return Number.between(max(dyadic(low), Fraction(0)), dyadic(high))


def largest_energy(signs: Characters, digits: int) -> Fraction:
    """An upper bound of ``max_m |π̂_m|²``, m ≠ 0: in doubles, with the error of all of them.

    >>> round(float(largest_energy(Characters.of(Mixture.simplex(4, "linear")), 20)), 9)
    0.08
    """
    with ctx.workprec(_bits(signs, digits)):
        row = arb_mat(1, len(signs.values), [to_ball(value) for value in signs.values])
        return Fraction(signs.largest(row.transpose() * row))


def least_factor(signs: Characters, norm_squared: Exact, digits: int) -> Number:
    """``min_m g_m`` on the regular-simplex orbit of |θ|² > 0, to about 10^-digits.

    The bound of every error of `enclosures.bounds` is inside: of the P_a in their balls, of the
    integral outside them.

    Raises:
        InputError: more terms than `enclosures.laplace.plan` allows.

    >>> signs = Characters.of(Mixture.simplex(5, "linear"))
    >>> found = least_factor(signs, Fraction(1), 8)
    >>> round(float(found.lower), 7), found.upper - found.lower < Fraction(1, 10**8)
    (0.2233131, True)
    """
    k = signs.k
    with ctx.workprec(_bits(signs, digits)):
        norm = to_ball(norm_squared)
        groups = [
            Group(to_ball(value), count, {})
            for value, count in zip(signs.values, signs.counts, strict=True)
        ]
        c = (norm * k / (k - 1)).sqrt()
        middle = math.sqrt(float(norm.mid()) * k / (k - 1))
        grid = plan(groups, max(middle, NARROW), digits + 1)
    with ctx.workprec(grid.bits):
        step = to_ball(grid.step)
        inner = _inner(grid, middle, k, digits + 1)
        exact = [_tables(group, c, grid, inner) for group in groups]
        columns = []
        for a in (0, 1):
            fine, angle = to_ball(inner.step), to_ball(inner.angles[a])
            error = laplace_inner_aliasing(a, fine, c, angle)
            error += laplace_inner_truncation(a, fine, c, inner.count)
            columns.append([[p + arb(0, error.upper()) for p in pair[a]] for pair in exact])
        whole, form = _integrals(groups, columns)
        squares = sum((g.weight**2 * g.count for g in groups), arb(0))
        outside = (
            laplace_outer_aliasing(step, c, to_ball(grid.angle_outer))[1]
            + laplace_left_tail(step, c, squares, grid.first * step)[1]
            + laplace_right_tail(step, c, squares, grid.last * step, to_ball(grid.power))[1]
        ).upper()
        if not (whole.is_finite() and outside.is_finite()):
            return Number.between(Fraction(0), Fraction(1))  # 0 ≤ g ≤ 1 always (math.md S6)
        low, high = signs.least(form, step)
        base = 1 - step * whole
        return Number.between(
            max(dyadic((base + low - outside).lower()), Fraction(0)),
            min(dyadic((base + high + outside).upper()), Fraction(1)),
        )


@dataclass(frozen=True)
class _Inner:
    """The sums for P_a: step, |n| ≤ count, contour angles for P_0 and P_1."""

    step: Fraction
    count: int
    angles: tuple[Fraction, ...]


def _inner(grid: LogGrid, c: float, k: int, digits: int) -> _Inner:
    """The outer grid's own for c ≥ NARROW; else finer, as the Gaussian of width c asks."""
    if c >= NARROW:
        return _Inner(grid.step, grid.inner, grid.angle_inner)
    goal = digits * math.log(10) + 2 * math.log(k) + 9
    angle = min(1.5, c * math.sqrt(2 * goal))
    wanted = 2 * math.pi * angle / (goal + (angle / c) ** 2 / 2 + 3)
    step = grid.step / 2 ** max(0, math.ceil(math.log2(float(grid.step) / wanted)))
    height = Fraction(math.floor(angle * 2**60), 2**60)
    return _Inner(step, math.ceil(c * math.sqrt(2 * goal) / float(step)), (height, height))


def _tables(group: Group, c: Ball, grid: LogGrid, inner: _Inner) -> list[list[Ball]]:
    """P_0 and P_1 at the nodes: one convolution, or where the Gaussian is narrow node by node."""
    if inner.step == grid.step and inner.count == grid.inner:
        return moment_tables(group, c, grid)
    fine = to_ball(inner.step)
    h = fine / c
    norm = h / (2 * arb.pi()).sqrt()
    offsets = range(-inner.count, inner.count + 1)
    bell = arb_mat(len(offsets), 1, [norm * (-((h * n) ** 2) / 2).exp() for n in offsets])
    shifts = [(fine * n).exp() for n in offsets]
    value, ratio = group.weight * (grid.first * to_ball(grid.step)).exp(), to_ball(grid.step).exp()
    zeros, ones = [], []
    for _ in range(grid.last - grid.first + 1):
        powers = [value * shift for shift in shifts]
        decay = [(-p).exp() for p in powers]
        zeros.append(decay)
        ones.append([p * e for p, e in zip(powers, decay, strict=True)])
        value = value * ratio
    return [(arb_mat(rows) * bell).entries() for rows in (zeros, ones)]


def _integrals(
    groups: Sequence[Group], columns: Sequence[Sequence[Sequence[Ball]]]
) -> tuple[Ball, arb_mat]:
    """The sums over τ of ``Π P_0 (Σ n q)²`` and of ``Π P_0 q qᵀ``.

    Where some P_0 may be 0 the integrand of 1 − g_m, a polynomial in the P_a with coefficients ≥ 0,
    lies between 0 and its value at their upper ends, at most ``2 Π P_0 (Σ n q)²`` there.
    """
    whole, rows, weighted = arb(0), [], []
    for zeros, ones in zip(*(zip(*column, strict=True) for column in columns), strict=True):
        positive = all(zero > 0 for zero in zeros)
        if not positive:
            zeros, ones = tuple(z.upper() for z in zeros), tuple(o.upper() for o in ones)
        product, total, line = arb(1), arb(0), []
        for group, zero, one in zip(groups, zeros, ones, strict=True):
            product *= power(zero, group.count)
            line.append(one / zero)
            total += group.count * line[-1]
        value = product * total * total
        if positive:
            whole += value
            rows.append(line)
            weighted.append([product * q for q in line])
        else:
            whole += arb(1, 1) * value
    return whole, arb_mat(weighted).transpose() * arb_mat(rows)


def _bits(signs: Characters, digits: int) -> int:
    return int(digits * 3.33) + 7 * signs.k.bit_length() + 100


def _least(values: Sequence[Ball]) -> Ball:
    return min(values, key=dyadic)
