"""Sums over the nodes of the low-rank enclosure, and the numbers that are made of them.

Given τ and h the ratios to ``W = Π P_0`` have means ``ρ = P_1/P_0`` and variances ``ν = P_2/P_0 −
ρ²``. With ``v_m(a) = 1 − cos(2πma/k)``, ``V^m_j = Σ_l v_m(l−j) ρ_l`` and ``Q_m = Σ_j ρ_j V^m_j`` the
Stein form of `enclosures.laplace_hessian` becomes

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


@dataclass(frozen=True)
class Sums:
    """``Σ W`` times something over nodes; what the Hessian alone needs may be missing.

    Attributes:
        pairs: ρ_i ρ_j, a row over i ≤ j.
        cubes: (ρ_l − ν_l) ρ_i ρ_j, (k, pairs).
        mixed: ρ_i ν_j, (k, k).
        variances: ν_i ν_j, (k, k).
        forms: Q_m Q_n, (⌊k/2⌋, ⌊k/2⌋).
    """

    pairs: arb_mat
    cubes: arb_mat | None = None
    mixed: arb_mat | None = None
    variances: arb_mat | None = None
    forms: arb_mat | None = None

    @classmethod
    def over(
        cls, k: int, rho: list[list[Ball]], nu: list[list[Ball]], density: list[Ball]
    ) -> Sums:
        """Over some nodes: rows of ρ, rows of ν or none, and W."""
        keys = list(combinations_with_replacement(range(k), 2))
        products = arb_mat([[row[i] * row[j] for i, j in keys] for row in rho])
        pairs = arb_mat(1, len(density), density) * products
        if not nu:
            return cls(pairs)
        rows = list(zip(rho, nu, density, strict=True))
        weighted = arb_mat([[w * x for x in row] for row, _, w in rows]).transpose()
        scaled = arb_mat([[w * x for x in row] for _, row, w in rows])
        single, turned = arb_mat(nu), scaled.transpose()
        forms = products * arb_mat(
            [[(1 if i == j else 2) * profile(k, m, i - j) for m in modes(k)] for i, j in keys]
        )
        heavy = [[w * q for q in row] for row, w in zip(forms.tolist(), density, strict=True)]
        return cls(
            pairs,
            (weighted - turned) * products,
            weighted * single,
            turned * single,
            arb_mat(heavy).transpose() * forms,
        )

    def __add__(self, other: Sums) -> Sums:
        if self.cubes is None:
            return Sums(self.pairs + other.pairs)
        return Sums(
            self.pairs + other.pairs,
            self.cubes + other.cubes,
            self.mixed + other.mixed,
            self.variances + other.variances,
            self.forms + other.forms,
        )

    def departure(self, k: int, m: int) -> Ball:
        """1 − g_m."""
        keys = combinations_with_replacement(range(k), 2)
        return sum(
            (2 * profile(k, m, i - j) * x for (i, j), x in zip(keys, self.pairs.entries(), strict=True)),
            arb(0),
        )

    def entry(self, k: int, m: int, n: int, scale: Ball) -> Ball:
        """``∂²L/∂a_m∂a_n`` for ``scale = a_m a_n``."""
        assert self.cubes is not None
        keys = list(combinations_with_replacement(range(k), 2))
        total = -self.forms[m - 1, n - 1]
        for l in range(k):
            for column, (i, j) in enumerate(keys):
                turn = profile(k, m, i - l) * profile(k, n, j - l)
                if i != j:
                    turn += profile(k, m, j - l) * profile(k, n, i - l)
                total += 4 * turn * self.cubes[l, column]
        for column, (i, j) in enumerate(keys):
            turn = profile(k, m, i - j) * profile(k, n, i - j)
            total -= 4 * turn * self.pairs[0, column]
        for i in range(k):
            for j in range(k):
                turn = profile(k, m, i - j) * profile(k, n, i - j)
                total += turn * (4 * self.mixed[i, j] - 2 * self.variances[i, j])
        found = -scale * total
        return found + (1 - self.departure(k, m) if m == n else 0)


def modes(k: int) -> range:
    """The frequencies m ≠ 0."""
    return range(1, k // 2 + 1)


def profile(k: int, m: int, lag: int) -> Ball:
    """v_m(a)."""
    return 1 - arb.cos_pi_fmpq(fmpq(2 * (m * lag % k), k)) if lag % k else arb(0)


def totalled(parts: Sequence[Sums]) -> Sums:
    """All of them, one half added to the other."""
    while len(parts) > 1:
        half = len(parts) // 2
        parts = [a + b for a, b in zip(parts[:half], parts[half : 2 * half], strict=True)] + list(
            parts[2 * half :]
        )
    return parts[0]
