"""Sums over the nodes of the low-rank enclosure, and the numbers that are made of them.

Given τ and h the ratios to ``W = Π P_0`` have means ``ρ = P_1/P_0`` and variances ``ν = P_2/P_0 −
ρ²``. With ``v_m(a) = 1 − cos(2πma/k)``, ``V^m_j = Σ_l v_m(l−j) ρ_l`` and ``Q_m = Σ_j ρ_j V^m_j``
the Stein form of `enclosures.laplace_hessian` becomes

    1 − g_m = E Q_m,    ∂²L/∂a_m∂a_n = δ_mn g_m − a_m a_n E {Σ_j (4ρ_j − 4ν_j) V^m_j V^n_j − Q_m Q_n
              + Σ_jl v_m v_n(l−j) (4ρ_jν_l − 2ρ_jρ_l − 2ν_jν_l)},

which is put together from sums of products of the ρ and ν, free of m but for the Q.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

from flint import arb, arb_mat, fmpq

from overspec.verify.enclosures.ball import Ball
from overspec.verify.enclosures.lattice import departure
from overspec.verify.enclosures.lowrank.nodes import Point
from overspec.verify.enclosures.lowrank.plan import Shell
from overspec.verify.enclosures.lowrank.tables import Tables

PAIRS, CUBES, MIXED, VARIANCES, FORMS = range(5)


@dataclass(frozen=True)
class Sums:
    """``Σ W`` times products over nodes; without the Hessian the first alone.

    Attributes:
        parts: of ρ_i ρ_j, a row over i ≤ j; (ρ_l − ν_l) ρ_i ρ_j, (k, pairs); ρ_i ν_j, (k, k);
            ν_i ν_j, (k, k); Q_m Q_n.
    """

    parts: tuple[arb_mat, ...]

    @classmethod
    def over(cls, k: int, rho: list[list[Ball]], nu: list[list[Ball]], density: list[Ball]) -> Sums:
        """Over some nodes: rows of ρ, rows of ν or none, and W."""
        keys = _keys(k)
        products = arb_mat([[row[i] * row[j] for i, j in keys] for row in rho])
        pairs = arb_mat(1, len(density), density) * products
        if not nu:
            return cls((pairs,))
        weighted = _times(density, rho).transpose()
        turned, single = _times(density, nu).transpose(), arb_mat(nu)
        forms = products * arb_mat(
            [[(1 if i == j else 2) * profile(k, m, i - j) for m in modes(k)] for i, j in keys]
        )
        heavy = _times(density, forms.tolist()).transpose()
        cubes = (weighted - turned) * products
        return cls((pairs, cubes, weighted * single, turned * single, heavy * forms))

    def __add__(self, other: Sums) -> Sums:
        return Sums(tuple(a + b for a, b in zip(self.parts, other.parts, strict=True)))

    def departure(self, k: int, m: int) -> Ball:
        """1 − g_m."""
        return departure(k, dict(zip(_keys(k), self.parts[PAIRS].entries(), strict=True)), m)

    def entry(self, k: int, m: int, n: int, scale: Ball) -> Ball:
        """``∂²L/∂a_m∂a_n`` for ``scale = a_m a_n``."""
        pairs, cubes, mixed, variances, forms = self.parts
        total = -forms[m - 1, n - 1]
        for column, (i, j) in enumerate(_keys(k)):
            for near in range(k):
                turn = profile(k, m, i - near) * profile(k, n, j - near)
                if i != j:
                    turn += profile(k, m, j - near) * profile(k, n, i - near)
                total += 4 * turn * cubes[near, column]
            # each pair i < j twice; v(0) = 0
            total -= 4 * profile(k, m, i - j) * profile(k, n, i - j) * pairs[0, column]
        for i in range(k):
            for j in range(k):
                turn = profile(k, m, i - j) * profile(k, n, i - j)
                total += turn * (4 * mixed[i, j] - 2 * variances[i, j])
        return (1 - self.departure(k, m) if m == n else 0) - scale * total


def _times(density: Sequence[Ball], rows: Sequence[Sequence[Ball]]) -> arb_mat:
    return arb_mat([[w * x for x in row] for w, row in zip(density, rows, strict=True)])


def _keys(k: int) -> list[tuple[int, int]]:
    """The pairs i ≤ j."""
    return list(combinations_with_replacement(range(k), 2))


def modes(k: int) -> range:
    """The frequencies m ≠ 0."""
    return range(1, k // 2 + 1)


def profile(k: int, m: int, lag: int) -> Ball:
    """v_m(a)."""
    return 1 - arb.cos_pi_fmpq(fmpq(2 * (m * lag % k), k)) if lag % k else arb(0)


@dataclass(frozen=True)
class Summed:
    """Over some nodes.

    Attributes:
        density: ``Σ W`` with the weights.
        sums: the others.
        dropped: a bound of all P_a that were taken for 0.
    """

    density: Ball
    sums: Sums
    dropped: float = 0.0


def summed(
    tables: Tables, shell: Shell, points: Sequence[Point], step: Ball, hessian: bool
) -> Summed:
    """Over nodes h and all their τ, in balls.

    Args:
        tables: of P_0 and P_1, for the Hessian of P_2 too.
        shell: the nodes τ.
        points: the nodes h.
        step: of τ.
        hessian: whether the sums of the Hessian are wanted.
    """
    means: list[list[Ball]] = []
    variances: list[list[Ball]] = []
    density: list[Ball] = []
    for point, rows in zip(points, _values(shell, points, tables), strict=True):
        for n in range(shell.nodes):
            zeros = [row[n] for row in rows]
            inverse = [1 / zero for zero in zeros]
            product = point.weight * step
            for zero in zeros:
                product = product * zero
            rho = [row[shell.nodes + n] * r for row, r in zip(rows, inverse, strict=True)]
            means.append(rho)
            density.append(product)
            if hessian:
                rest = [row[2 * shell.nodes + n] * r for row, r in zip(rows, inverse, strict=True)]
                variances.append([s - r * r for s, r in zip(rest, rho, strict=True)])
    return Summed(sum(density, arb(0)), Sums.over(len(points[0].cells), means, variances, density))


def _values(shell: Shell, points: Sequence[Point], tables: Tables) -> list[list[list[Ball]]]:
    """Of every point, for each j, P_0 at all τ, then P_1, then P_2: rows of one cell together."""
    where: dict[int, list[tuple[int, int]]] = {}
    for index, point in enumerate(points):
        for j, cell in enumerate(point.cells):
            where.setdefault(cell, []).append((index, j))
    found: list[list[list[Ball]]] = [[[]] * len(point.cells) for point in points]
    for cell, rows in where.items():
        part = tables.part(shell.first + cell, shell.nodes, shell.stride)
        powers = []
        for index, j in rows:
            x = points[index].places[j]
            line = [arb(1)]
            for _ in range(len(part) - 1):
                line.append(line[-1] * x)
            powers.append(line)
        for (index, j), row in zip(rows, (arb_mat(powers) * arb_mat(part)).tolist(), strict=True):
            found[index][j] = row
    return found
