"""The nodes of both pairs and the frequencies of the pairs engine in doubles, tabulated."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overspec.verify.engines.pairs.grid import Grid

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

#: What is transformed in each pair, with p the difference of its shares: columns of `Pair`.
ONE, SHARE, SQUARE, SPREAD, MOVED, BALANCE = range(6)  # 1, px, p², (1 − p²)x², p²x², p


@dataclass(frozen=True)
class Pair:
    """One pair's nodes and transforms.

    Attributes:
        centre: log of the pair's mass.
        density: Gaussian weights of the nodes, of sum 1, shape (n,).
        logs: A at the nodes, shape (n,).
        functions: the six f at the nodes, shape (n, 6).
        means: E f, shape (6,).
        changes: ``E f (e^{iξA/2} − 1)``, shape (terms, 6): small for small ξ, to the last digit.
    """

    centre: float
    density: Array
    logs: Array
    functions: Array
    means: Array
    changes: Complex

    @classmethod
    def at(cls, one: float, other: float, amplitude: float, grid: Grid, xi: Array) -> Pair:
        """Of the weights of the pair, in the order of j."""
        x = np.arange(-grid.reach, grid.reach + 1) * grid.step
        density = np.exp(-(x**2) / 2)
        density /= math.fsum(density.tolist())
        u, left, right = amplitude * x, math.log(one), math.log(other)
        exponent = 2 * u + (left - right)
        small = np.exp(-np.abs(exponent))
        logs = np.where(exponent > 0, left + u, right - u) + np.log1p(small)
        share = np.sign(exponent) * (1 - small) / (1 + small)
        squares = x**2
        functions = np.stack(
            [
                np.ones_like(x),
                share * x,
                share**2,
                4 * small / (1 + small) ** 2 * squares,
                share**2 * squares,
                share,
            ],
            axis=1,
        )
        table = functions * density[:, None]
        quarter = np.outer(xi / 4, logs)
        sine = np.sin(quarter)
        changes = (-2 * sine**2) @ table + 1j * ((2 * sine * np.cos(quarter)) @ table)
        means = np.array([math.fsum(column) for column in table.T.tolist()])
        return cls(math.log(one + other), density, logs, functions, means, changes)

    @property
    def mean_log(self) -> float:
        """E A, from the log of the pair's mass on."""
        return self.centre + math.fsum((self.density * (self.logs - self.centre)).tolist())

    @property
    def transforms(self) -> Complex:
        """``E f e^{iξA/2}``, shape (terms, 6)."""
        return self.means + self.changes


@dataclass(frozen=True)
class Kernel:
    """``η/sinh(πξ/2)`` at all frequencies, and with the Gaussian of t at the first ones."""

    xi: Array
    damped: Array
    plain: Array
    second: float

    @classmethod
    def of(cls, grid: Grid, second: float) -> Kernel:
        """For the amplitude a_2."""
        xi = (np.arange(grid.alone, dtype=np.float64) + 0.5) * grid.spacing
        plain: Array = np.exp(xi * (-math.pi / 2)) / np.expm1(xi * -math.pi)
        plain *= -2 * grid.spacing
        near = xi[: grid.terms]
        gaussian = np.exp(-((near * second) ** 2) / 2)
        return cls(near, plain[: grid.terms] * gaussian, plain / xi, second)

    def moment(self, values: Array, power: int = 0) -> float:
        """``Σ η ξ^power e^{−ξ²a_2²/2} values/sinh(πξ/2)``."""
        return float((self.damped * self.xi**power * values).sum())

    def log_cosh(self, u: Complex, v: Complex) -> float:
        """E log cosh z from the changes of the transforms of 1."""
        lost, gained = -u, -v.conj()
        square = (self.xi * self.second) ** 2 / 2
        apart = (lost + gained - lost * gained).real
        near = self.plain[: len(self.xi)] * (-np.expm1(-square) + np.exp(-square) * apart)
        return float(near.sum() + self.plain[len(self.xi) :].sum())
