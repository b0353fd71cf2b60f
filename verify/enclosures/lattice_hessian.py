"""The Hessian of L with proof: an enclosure of every entry, and of the eigenvalues.

By S8 L is a function of the amplitudes a_m alone, so at θ on the first axes of its blocks

    ∇²L = (∂²L/∂a_m ∂a_n over the m, n with energy) ⊕ g_m on the second axis of each such block
          ⊕ g_m on every block without energy ⊕ 1 on frequency 0,

as ``∂L/∂a_m = g_m a_m`` (S6). Only the first part, the *radial* matrix, needs more than the g_m. By
S5 its entries are ``δ_mn − E Cov_w(Y^m, Y^n)``, ``Y^m_j = ⟨x, R^j e_m⟩``. Here they come from the
lattice, any θ; `enclosures.laplace_hessian` has regular-simplex orbits by another formula, and
`enclosures.pairs` k = 4, `enclosures.lowrank` any θ without a zero amplitude.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, combinations, combinations_with_replacement
from typing import TYPE_CHECKING, Any, TypeAlias

import mpmath
import numpy as np
from flint import arb, arb_mat, ctx

from overspec.action import block_size
from overspec.decimals import Number
from overspec.errors import InputError
from overspec.verify.enclosures.ball import Ball, Inconclusive, enclosure, to_ball
from overspec.verify.enclosures.bounds_hessian import covariance_aliasing, covariance_truncation
from overspec.verify.enclosures.laplace import LogGrid
from overspec.verify.enclosures.lattice import (
    Grid,
    chunks,
    departure,
    lattice_bounds,
    orbit,
    plan,
    sides,
    spreads_of,
)

if TYPE_CHECKING:
    from overspec.verify.enclosures.lowrank.plan import Grid as LowRankGrid
    from overspec.verify.enclosures.pairs.enclose import PairsGrid

COARSE = Fraction(1, 2**30)  # an error of an entry, beside which that of doubles is nothing
SPARE = 2  # digits that |x|² and the sums over entries cost

#: Of w_i w_j, i < j: by the monomial, () or the axes (a, b), a ≤ b.
Moments: TypeAlias = dict[tuple[int, int], dict[tuple[int, ...], Ball]]


@dataclass(frozen=True)
class Hessian:
    """The radial matrix ``∂²L/∂a_m ∂a_n``, entry by entry.

    Attributes:
        frequencies: the m with a_m ≠ 0, ascending: rows and columns.
        entries: (m, n), m ≤ n, to its `Number`, each with the same lines in its budget.
        grid: of the engine.
    """

    frequencies: tuple[int, ...]
    entries: dict[tuple[int, int], Number | Inconclusive]
    grid: Grid | LogGrid | PairsGrid | LowRankGrid

    def eigenvalues(self) -> tuple[Number, ...] | Inconclusive:
        """Its eigenvalues, ascending; see `eigenvalues`."""
        rows: list[list[Number]] = []
        for m in self.frequencies:
            row = [self.entries[min(m, n), max(m, n)] for n in self.frequencies]
            for found in row:
                if isinstance(found, Inconclusive):
                    return found
            rows.append([found for found in row if isinstance(found, Number)])
        return eigenvalues(rows)


def lattice_hessian(
    weights: Sequence[Ball], amplitudes: Sequence[Ball], digits: int, grid: Grid | None = None
) -> Hessian:
    """The radial matrix at every θ and π in the given balls, from ``E w_i w_j x xᵀ``.

    Args:
        weights: π, k ≤ 6 balls.
        amplitudes: a_1 … a_⌊k/2⌋ as balls, not all exactly 0.
        digits: the radii aimed at are 10^-digits, if the input balls are narrow.
        grid: to override the choice of `enclosure_lattice.plan`.

    Raises:
        InputError: k > 6, or more nodes than the budget.

    >>> found = lattice_hessian([arb(1) / 2, arb(3) / 10, arb(1) / 5], [arb(1)], 12)
    >>> [(round(float(e.value), 10), float(e.error) < 1e-12) for e in found.eigenvalues()]
    [(0.6202062353, True)]
    """
    k = len(weights)
    if k > 6:
        raise InputError(f"k = {k}: the rigorous lattice reaches k = 6")
    return lattice_parts(weights, amplitudes, grid or plan(orbit(k, amplitudes), digits + SPARE))[1]


def lattice_parts(
    weights: Sequence[Ball],
    amplitudes: Sequence[Ball],
    grid: Grid,
    moments: Moments | None = None,
) -> tuple[dict[int, Number | Inconclusive], Hessian]:
    """All g_m, and the radial matrix: `lattice_hessian`, from one sum.

    Args:
        weights, amplitudes, grid: see `lattice_hessian`.
        moments: the sums of ``φ w_i w_j x_a x_b``, where they are known.
    """
    k = len(weights)
    active = tuple(m for m, a in enumerate(amplitudes, start=1) if not a.is_zero())
    with ctx.workprec(grid.bits):
        means = orbit(k, amplitudes)
        units = [
            orbit(k, [arb(1) if n == m else arb(0) for n in range(1, k // 2 + 1)]) for m in active
        ]
        moments = moments or _second_moments(weights, means, grid)
        steps = [to_ball(h) for h in grid.steps]
        bounds = [
            (
                "aliasing",
                covariance_aliasing(steps, [to_ball(y) for y in grid.heights], spreads_of(means)),
            ),
            ("truncation", covariance_truncation(steps, to_ball(grid.radius))),
        ]
        starts = [sum(block_size(k, n) for n in active[:index]) for index in range(len(active))]
        entries = {}
        for (p, m), (q, n) in combinations_with_replacement(enumerate(active), 2):
            total = arb(0)
            for (i, j), second in moments.items():
                for a in range(len(units[p][0])):
                    for b in range(len(units[q][0])):
                        turn = (units[p][i][a] - units[p][j][a]) * (units[q][i][b] - units[q][j][b])
                        total += turn * second[tuple(sorted((starts[p] + a, starts[q] + b)))]
            entries[m, n] = enclosure((m == n) - total, bounds)
        masses = {pair: second[()] for pair, second in moments.items()}
        on_factors = lattice_bounds(means, amplitudes, grid)[1]
        modes = range(1, k // 2 + 1)
        factors = {m: enclosure(1 - departure(k, masses, m), on_factors) for m in modes}
        return factors, Hessian(active, entries, grid)


def _second_moments(weights: Sequence[Ball], means: list[list[Ball]], grid: Grid) -> Moments:
    """Lattice sums of ``φ w_i w_j x_a x_b``."""
    outer, inner = sides(means, grid)
    pairs = list(combinations(range(len(means)), 2))
    split, dimension = len(outer.points[0]), len(means[0])
    outside, inside = _monomials(range(split)), _monomials(range(split, dimension))
    right = arb_mat([list(e) for e in zip(*inner.exponentials, strict=True)])
    rows = []
    for point, w, e in zip(inner.points, inner.weights, inner.exponentials, strict=True):
        features = [w * f for f in _features(point, split, inside)]
        rows.append([e[i] * e[j] * f for i, j in pairs for f in features])
    table = arb_mat(rows)
    around = [
        [w * f for f in _features(point, 0, outside)]
        for point, w in zip(outer.points, outer.weights, strict=True)
    ]
    totals = [arb_mat(len(outside), len(inside)) for _ in pairs]
    for nodes, width in chunks(outer.squares, inner.squares, grid.radius):
        whole = width == len(inner.squares)
        left = [[w * e for w, e in zip(weights, outer.exponentials[r], strict=True)] for r in nodes]
        near = right if whole else arb_mat([row[:width] for row in right.tolist()])
        partition = (arb_mat(left) * near).entries()
        square = arb_mat(len(nodes), width, [1 / (s * s) for s in partition])
        along = (square * (table if whole else arb_mat(rows[:width]))).tolist()
        for index, (i, j) in enumerate(pairs):
            part = slice(index * len(inside), (index + 1) * len(inside))
            scaled = [
                [line[i] * line[j] * value for value in row[part]]
                for line, row in zip(left, along, strict=True)
            ]
            totals[index] += arb_mat([around[r] for r in nodes]).transpose() * arb_mat(scaled)
    result: Moments = {}
    for pair, total in zip(pairs, totals, strict=True):
        result[pair] = {
            m + n: total[a, b]
            for a, m in enumerate(outside)
            for b, n in enumerate(inside)
            if len(m + n) in (0, 2)
        }
    return result


def _monomials(axes: range) -> list[tuple[int, ...]]:
    return [m for degree in range(3) for m in combinations_with_replacement(axes, degree)]


def _features(point: Sequence[Ball], first: int, monomials: list[tuple[int, ...]]) -> list[Ball]:
    values = []
    for monomial in monomials:
        value = arb(1)
        for axis in monomial:
            value = value * point[axis - first]
        values.append(value)
    return values


def eigenvalues(rows: Sequence[Sequence[Number]]) -> tuple[Number, ...]:
    """Eigenvalues of a symmetric matrix of enclosures, ascending, by Weyl's inequality.

    Let d_i, Q be an approximate decomposition of the matrix C of centres, in balls ``ε ≥ ‖QᵀQ −
    I‖_F`` and ``ρ ≥ ‖CQ − QD‖_F``. The orthogonal polar factor Q̃ of Q has ``‖Q − Q̃‖ ≤ ε``, so
    ``‖Q̃ᵀCQ̃ − D‖ ≤ ρ + (‖C‖_F + ‖D‖_F) ε``. The errors of the entries, line by line of their
    budgets, make symmetric matrices that move no eigenvalue by more than their Frobenius norms.

    >>> half = Number(Fraction(1, 2), (("rounding", Fraction(1, 1024)),))
    >>> zero = Number(Fraction(0), (("rounding", Fraction(0)),))
    >>> [round(float(e.error), 5) for e in eigenvalues([[half, zero], [zero, half]])]
    [0.00138, 0.00138]
    """
    size = len(rows)
    finest = min((e.error for row in rows for e in row if e.error), default=Fraction(1, 2**200))
    bits = 60 + max(0, (1 / finest).__ceil__().bit_length())
    exact = [[e.value for e in row] for row in rows]
    with ctx.workprec(bits):
        if max(e.error for row in rows for e in row) > COARSE * max(map(abs, chain(*exact))):
            diagonal, q = _in_doubles(exact)
        else:
            diagonal, q = _in_digits(exact, bits)
        d = arb_mat(
            size, size, [diagonal[i] if i == j else 0 for i in range(size) for j in range(size)]
        )
        c = arb_mat([[to_ball(x) for x in row] for row in exact])
        one = arb_mat(size, size, [int(i == j) for i in range(size) for j in range(size)])
        skew = _norm((q.transpose() * q - one).entries())
        rest = _norm((c * q - q * d).entries()) + (_norm(c.entries()) + _norm(d.entries())) * skew
        if not skew < 1:
            raise ArithmeticError("the approximate eigenvectors are not nearly orthogonal")
        names = [name for name, _ in rows[0][0].budget if name != "rounding"]
        lines = {
            name: _norm([to_ball(dict(e.budget)[name]) for row in rows for e in row])
            for name in [*names, "rounding"]
        }
        found = []
        for value in diagonal:
            total = value + arb(0, (lines["rounding"] + rest).upper())
            bound = enclosure(total, [(name, lines[name]) for name in names])
            assert isinstance(bound, Number)
            found.append(bound)
        return tuple(found)


def _in_doubles(exact: Sequence[Sequence[Fraction]]) -> tuple[list[Ball], arb_mat]:
    """About D and Q."""
    values, vectors = np.linalg.eigh(np.array(exact, float))
    return [arb(v) for v in values.tolist()], arb_mat(vectors.tolist())


def _in_digits(exact: Sequence[Sequence[Fraction]], bits: int) -> tuple[list[Ball], arb_mat]:
    """About D and Q, to so many bits."""
    context = mpmath.MPContext()
    context.prec = bits
    values, vectors = context.eigsy(
        context.matrix([[context.mpf(x.numerator) / x.denominator for x in row] for row in exact])
    )
    order = sorted(range(len(exact)), key=lambda i: values[i])
    q = arb_mat([[_exact(vectors[i, j]) for j in order] for i in range(len(exact))])
    return [_exact(values[i]) for i in order], q


def _norm(entries: Sequence[Ball]) -> Ball:
    """An upper bound of the Frobenius norm."""
    return sum((x.abs_upper() * x.abs_upper() for x in map(arb, entries)), arb(0)).sqrt().upper()


def _exact(value: Any) -> Ball:
    """The very number that an mpf is: its mantissa and exponent."""
    sign, mantissa, exponent, _ = value._mpf_
    return arb(-int(mantissa) if sign else int(mantissa)) * arb(2) ** int(exponent)
