"""The one-dimensional functions of the low-rank engine, on cells, as polynomials.

``log P_0``, ρ_1, ``ρ_2 − ρ_1²``, σ and κ of `engines.laplace` at any argument. Of the nodes τ + s
every so many lie at the same place of cells that follow each other: all of these are one product
of the Chebyshev polynomials there with the cells' coefficients.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from overspec.verify.engines.lowrank.plan import Plan, Reals, Shell

LOG_P0, FIRST, VARIANCE, SIGMA, KAPPA = range(5)
ROWS = 2**17  # values e^t held at a time


@dataclass(frozen=True)
class Tables:
    """Coefficients of Chebyshev polynomials.

    Attributes:
        width, low: cell i is ``[(low + i)·width, (low + i + 1)·width]``; to the left all is 0.
        coefficients: (degree + 1, functions, cells).
        missed: about what the polynomials leave out, times P_0: the coefficient after the last, as
            those fall up to the middle one.
    """

    width: float
    low: int
    coefficients: Reals
    missed: float

    @classmethod
    def of(cls, c: Any, plan: Plan, functions: int) -> Tables:
        """The first of the functions."""
        real = type(c)
        count = plan.degree + 1
        odd = 2 * np.arange(count) + 1
        quarter = np.arange(4 * count).astype(real) * (2 * np.arctan(real(1)) / count)
        cosines = np.cos(quarter)  # of πn/(2·count): the angles are reduced exactly
        matrix = 2 * cosines[np.arange(count)[:, None] * odd % (4 * count)] / count
        matrix[0] /= 2
        cells = np.arange(plan.low, plan.high)
        y = (cells[:, None] + (cosines[odd] + 1) / 2) * real(plan.width)
        values = np.concatenate(list(_values(y.ravel(), c, plan, functions)), axis=1)
        values = values.reshape(functions, len(cells), count)
        middle = values[:, :, count // 2]  # the rounded matrix acts on what varies in a cell alone
        found = np.tensordot(matrix, values - middle[:, :, None], (1, 2))
        found[0] += middle
        tiny = np.finfo(real).tiny
        mass = np.exp(np.minimum(values[LOG_P0].max(axis=1), 0))
        half = np.abs(found[(count + 1) // 2])  # the coefficients fall like powers
        missed = float((half**2 / np.abs(found[:2]).max(axis=0).clip(tiny) * mass).max())
        return cls(plan.width, plan.low, np.ascontiguousarray(found), missed)

    def along(self, offsets: Reals, shell: Shell) -> Reals:
        """All functions at τ_n + offset, shape (functions, len(offsets), shell.nodes).

        Raises:
            IndexError: offsets > 0, beyond the tables.
        """
        degree, functions, cells = self.coefficients.shape
        places = np.arange(shell.parts).astype(offsets.dtype) * self.width / shell.parts
        moved = (offsets[:, None] + places).ravel()
        whole = np.floor(moved / self.width)
        order = np.argsort(whole, kind="stable")
        place, whole = 2 * (moved - whole * self.width)[order] / self.width - 1, whole[order]
        polynomials = _chebyshev(place, degree)
        result = np.empty((functions, len(moved), shell.cells), offsets.dtype)
        edges = [0, *(np.flatnonzero(np.diff(whole)) + 1), len(whole)]
        for low, high in pairwise(edges):
            start = int(whole[low]) + shell.left - self.low
            if start + shell.cells > cells:
                raise IndexError(f"cell {start + shell.cells} of {cells}")
            skipped = min(shell.cells, max(0, -start))
            result[:, order[low:high], :skipped] = 0
            if skipped < shell.cells:
                part = self.coefficients[:, :, start + skipped : start + shell.cells]
                found = polynomials[:, low:high].T @ part.reshape(degree, -1)
                found = found.reshape(high - low, functions, -1).swapaxes(0, 1)
                result[:, order[low:high], skipped:] = found
        return result.reshape(functions, len(offsets), shell.nodes)


def _chebyshev(x: Reals, count: int) -> Reals:
    """T_0 … T_{count−1} at x, shape (count, len(x))."""
    result = np.empty((count, len(x)), x.dtype)
    result[0] = 1
    result[1] = x
    for n in range(2, count):
        result[n] = 2 * x * result[n - 1] - result[n - 2]
    return result


def _values(y: Reals, c: Any, plan: Plan, functions: int) -> Iterator[Reals]:
    """The functions at any arguments, some at a time: (functions, arguments)."""
    m = np.arange(-plan.reach, plan.reach + 1)
    m = m[np.argsort(-np.abs(m), kind="stable")]  # small terms first
    g = m * (plan.inner / c)
    kernel = np.exp(-g * g / 2)
    kernel /= kernel.sum()
    kernels = np.stack([kernel, kernel * g], axis=1)
    spread = np.exp(c * g)
    size = max(1, ROWS // len(g))
    for low in range(0, len(y), size):
        power = np.exp(y[low : low + size])[:, None] * spread
        rest, f = -np.expm1(-power), np.exp(-power)
        sums = [rest @ kernels, f @ kernels]
        for _ in range(1, min(functions, 3)):
            f = f * power
            sums.append(f @ kernels)
        yield _quotients(sums, functions)


def _quotients(sums: list[Reals], functions: int) -> Reals:
    """log P_0 and the quotients, from the sums with both kernels."""
    rest, zero = sums[:2]
    p0 = np.where(zero[:, 0] > 0, zero[:, 0], np.finfo(zero.dtype).tiny)
    near = p0 > 0.5
    result = [np.where(near, np.log1p(-np.where(near, rest[:, 0], 0)), np.log(p0))]
    if functions > FIRST:
        result.append(sums[2][:, 0] / p0)
    if functions > VARIANCE:
        result.append(sums[3][:, 0] / p0 - result[FIRST] ** 2)
    if functions > SIGMA:
        # E g f_0 = −E g (1 − f_0), of which the smaller keeps its digits
        result.append(np.where(near, -rest[:, 1], zero[:, 1]) / p0)
        result.append(sums[2][:, 1] / p0)
    return np.stack(result)
