"""The sums of the low-rank engine: over τ at each h, and then over h."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from overspec.verify.engines.lowrank.plan import Plan, Reals, Shell, Split
from overspec.verify.engines.lowrank.tables import (
    FIRST,
    KAPPA,
    LOG_P0,
    SIGMA,
    VARIANCE,
    Tables,
)
from overspec.verify.engines.rounding import pairwise

VALUES = 2**18  # of the tables, held at a time


@dataclass(frozen=True)
class Totals:
    """Expectations.

    Attributes:
        log_partition: E log S.
        masses: E w_j.
        lags: ``E C_a``, a = 1 … ⌊k/2⌋, of the lags a and −a together.
        bends: the X of `laplace.hessian`, (⌊k/2⌋, ⌊k/2⌋); empty if not wanted.
        pulled: ``E Σ_j w_j g_{j+a}``, a = 0 … ⌊k/2⌋, a and −a together; empty if not wanted.
        turned: ``E Σ_j w_j ⟨l_j, h⟩/b_m`` over block m of h, for each block; the same.
        missed: what the polynomials of the tables leave out, see `Tables`.
    """

    log_partition: Any
    masses: Reals
    lags: Reals
    bends: Reals
    pulled: Reals
    turned: Reals
    missed: float


def totals(
    split: Split, plan: Plan, weights: Reals, turns: Reals, jacobian: bool, operator: bool
) -> Totals:
    """All of them.

    Args:
        split, plan: of θ.
        weights: π, shape (k,).
        turns: cos and sin of 2πn/k, shape (2, k).
        jacobian, operator: whether DM and M are wanted.
    """
    functions = 5 if operator else 3 if jacobian else 2
    tables = Tables.of(split.c, plan, functions)
    directions, logs = split.directions(turns), np.log(weights)
    masses, rows = [], []
    for shell in plan.shells:
        single = tables.along(np.zeros(1, logs.dtype), shell)[:, 0]
        size = max(1, VALUES // (split.k * functions * shell.nodes))
        for low in range(0, len(shell.weights), size):
            h = shell.points[low : low + size]
            given = _Given.at(tables, shell, single, h, h @ directions.T + logs)
            found = [given.log_partition()[:, None], given.sums(given.rho), given.lags()]
            found += [given.bends()] if jacobian else []
            found += [given.pulled(), given.turned(split, h, directions)] if operator else []
            rows.append(np.concatenate(found, axis=1))
            masses.append(shell.weights[low : low + size])
    mean = pairwise(np.concatenate(masses)[:, None] * np.concatenate(rows))
    half = split.k // 2
    sizes = (1, split.k, half, half**2 if jacobian else 0, half + 1 if operator else 0)
    first, w, lags, bends, pulled, turned = np.split(mean, np.cumsum(sizes))
    square = bends.reshape(half, half) if jacobian else bends
    return Totals(first[0], w, lags, square, pulled, turned, tables.missed)


@dataclass(frozen=True)
class _Given:
    """Expectations given h, at some h each: integrals over τ for weights p(h).

    Attributes:
        step: of τ.
        values: of the tables at τ_n + log p_j, (functions, k, H, N).
        single: of the tables at τ_n, (functions, N).
        w: ``Π_j P_0``, (H, N).
        log_w: its logarithm.
        shift: ``log Σ_j π_j e^{⟨l_j, h⟩}``, (H,).
        tilted: p, (H, k).
        sides: ``ρ_{j+a} + ρ_{j−a}`` for a = 1 … ⌊k/2⌋, once where a = k/2: (k, H, N) each.
        lag: C_a, (H, N) each.
    """

    step: Any
    values: Reals
    single: Reals
    w: Reals
    log_w: Reals
    shift: Reals
    tilted: Reals
    sides: list[Reals]
    lag: list[Reals]

    @classmethod
    def at(cls, tables: Tables, shell: Shell, single: Reals, h: Reals, tilted: Reals) -> _Given:
        """Args: the tables, the outer nodes, the tables there, h, ``log π_j + ⟨l_j, h⟩``."""
        k, top = tilted.shape[1], tilted.max(axis=1)
        shift = top + np.log(np.exp(tilted - top[:, None]).sum(axis=1))
        offsets = np.minimum(tilted - shift[:, None], 0)
        values = tables.along(offsets.T.ravel(), shell).reshape(-1, k, len(h), shell.nodes)
        log_w, rho = values[LOG_P0].sum(axis=0), values[FIRST]
        around, sides = np.concatenate([rho, rho]), []
        for a in range(1, k // 2 + 1):
            side = around[a : a + k]
            sides.append(side if 2 * a == k else side + around[k - a : 2 * k - a])
        lag = [(side * rho).sum(axis=0) for side in sides]
        return cls(
            h.dtype.type(tables.width) / shell.parts, values, single, np.exp(log_w), log_w,
            shift, np.exp(offsets), sides, lag,
        )  # fmt: skip

    @property
    def rho(self) -> Reals:
        found: Reals = self.values[FIRST]
        return found

    def sum(self, a: Reals, b: Reals) -> Reals:
        """``∫ a b dτ`` for (H, N), or summed over j for (k, H, N)."""
        inner = "hn,hn->h" if a.ndim == 2 else "jhn,jhn->h"
        found: Reals = self.step * np.einsum(inner, a, b)
        return found

    def sums(self, values: Reals) -> Reals:
        """``∫ W values_j dτ``, (H, k)."""
        found: Reals = self.step * np.einsum("hn,jhn->hj", self.w, values)
        return found

    def log_partition(self) -> Reals:
        """``E log Σ_j p_j e^{cg_j}`` and the shift."""
        difference = np.expm1(self.single[LOG_P0]) - np.expm1(self.log_w)
        found: Reals = self.shift + self.step * difference.sum(axis=1)
        return found

    def lags(self) -> Reals:
        return np.stack([self.sum(self.w, c) for c in self.lag], axis=1)

    def bends(self) -> Reals:
        """X, row by row; formula and symmetry as in `laplace.hessian`."""
        k, half = len(self.rho), len(self.sides)
        v = self.values[VARIANCE]
        around = np.concatenate([v, v])
        weighted = self.w * v
        scaled = 4 * (self.w * self.rho - weighted)
        rows: list[list[Any]] = [[None] * half for _ in range(half)]
        for a, side in enumerate(self.sides):
            first, second = scaled * side, self.w * self.lag[a]
            for b in range(a, half):
                rows[a][b] = rows[b][a] = self.sum(first, self.sides[b]) - self.sum(
                    second, self.lag[b]
                )
            once = 0.5 if 2 * (a + 1) == k else 1.0
            pair = once * self.sum(weighted, around[a + 1 : a + 1 + k])
            alone = self.sum(weighted, side) - pair
            rows[a][a] = rows[a][a] + 4 * alone - 2 * self.sum(self.w, self.lag[a])
        return np.stack([entry for row in rows for entry in row], axis=1)

    def pulled(self) -> Reals:
        """``E Σ_j w_j g_{j+a}``; at a = 0 less the same for one term, which is 0."""
        sigma, kappa = self.values[SIGMA], self.values[KAPPA]
        once = np.exp(self.single[LOG_P0]) * self.single[KAPPA]
        own = self.step * (self.w * kappa.sum(axis=0) - once).sum(axis=1)
        return np.stack([own, *(self.sum(self.w * side, sigma) for side in self.sides)], axis=1)

    def turned(self, split: Split, h: Reals, directions: Reals) -> Reals:
        """``Σ_j E w_j ⟨l_j, h⟩/b_m``; E w_j − p_j vanishes to second order at the left end."""
        once = self.step * (np.exp(self.single[LOG_P0]) * self.single[FIRST]).sum()
        mean = self.sums(self.rho) + (1 - once) * self.tilted
        result, column = np.empty((len(h), len(split.blocks)), h.dtype), 0
        for n, block in enumerate(split.blocks):
            axes = slice(column, column + block.size)
            along = h[:, axes] @ directions[:, axes].T / block.amplitude
            result[:, n] = (mean * along).sum(axis=1)
            column += block.size
        return result
