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
