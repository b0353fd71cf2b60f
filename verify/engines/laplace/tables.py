"""The one-dimensional functions of the Laplace engine and the grids they are summed on.

``P_a(τ) = E[(e^{τ+cg})^a exp(−e^{τ+cg})]``, g standard normal, by the trapezoidal rule in
t = τ + cg, at the nodes τ_n + log π_j of the outer integrals of `engines.laplace`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import toeplitz

Array = NDArray[np.float64]

DEGREE = 2  # of the P_a
BLOCK = 256  # outer nodes convolved at a time
FEW_COLUMNS = 16
CHUNK = 2**21  # doubles held at a time


@dataclass(frozen=True)
class Rule:
    """Steps and ranges of the two trapezoidal sums, for an error of about e^{−target}.

    Attributes:
        c: scale of the inner Gaussian.
        step, left, nodes: the outer nodes are τ_n = left + n·step.
        inner: inner step in t = τ + cg; equal to ``step`` unless c is small.
        reach: inner nodes run from −reach to reach.
    """

    c: float
    step: float
    left: float
    nodes: int
    inner: float
    reach: int

    @property
    def together(self) -> bool:
        """Whether outer and inner nodes are the same."""
        return self.inner == self.step

    @property
    def farthest(self) -> float:
        """The last inner node in units of g."""
        return self.reach * self.inner / self.c

    @classmethod
    def of(cls, c: float, log_k: float, target: float) -> Rule:
        """From the bounds that the module's docstring and `left_end` give.

        Outer aliasing is ``e^{−2πy/h} (cos y)^{−4}`` for degree 4, inner aliasing
        ``e^{−2πy/h + y²/(2c²)} (cos y)^{−4}``, each at the best y < π/2; the inner sum is cut where
        k Gaussian tails together are below e^{−target}. On the right
        ``log S ≥ Σ_j π_j z_j``, a normal of standard deviation ≤ c, so W is negligible
        beyond ``c√(2·target) + log target``.
        """
        y = np.linspace(0, math.pi / 2, 400)[1:-1]
        outer = float(np.max(2 * math.pi * y / (target - 4 * np.log(np.cos(y)))))
        # towards c → 0 the best y is c√(2·target), far below the grid above
        y = y * min(1.0, 4 * c * math.sqrt(2 * target))
        cost = target + y**2 / (2 * c * c) - 4 * np.log(np.cos(y))
        inner = float(np.max(2 * math.pi * y / cost))
        if inner > 0.5 * outer:
            inner = outer = min(inner, outer)
        outer = _dyadic(outer)
        inner = outer if inner >= outer else inner
        left = math.floor(left_end(c, target) / outer) * outer
        right = c * math.sqrt(2 * target) + math.log(target)
        reach = math.ceil(c * math.sqrt(2 * (target + log_k)) / inner) + 1
        return cls(c, outer, left, math.ceil((right - left) / outer) + 1, inner, reach)


def _dyadic(step: float) -> float:
    """The step with 10 bits, rounded down: its multiples are exact, and so is e^τ to a rounding."""
    fraction, exponent = math.frexp(step)
    return math.ldexp(math.floor(fraction * 1024), exponent - 10)


def left_end(c: float, target: float) -> float:
    """Where the outer integrals may start: the rest is below about e^{−target}.

    With x = S e^τ the rest is at most ``E min(x², x)`` up to constants, hence ``E x^p`` for every
    p in [1, 2]; ``E S^p ≤ e^{p²c²/2}`` because x^p is convex and S a mean of e^{z_j}. So
    ``pτ + p²c²/2 = −target`` at the best p, free of k and π.
    """
    if c * c <= target / 2:
        return -target / 2 - c * c
    if c * c <= 2 * target:
        return -c * math.sqrt(2 * target)
    return -target - c * c / 2


@dataclass(frozen=True)
class Tables:
    """At every outer node (rows) and for every distinct weight (columns).

    ``log_p0 = log P_0``, ``rest = 1 − P_0``, ``first = ρ_1``, ``variance = ρ_2 − ρ_1²``;
    ``sigma`` and ``kappa`` as in the module's docstring.
    """

    log_p0: Array
    rest: Array
    first: Array
    variance: Array
    sigma: Array
    kappa: Array

    @classmethod
    def joined(cls, parts: list[Tables]) -> Tables:
        """Side by side."""
        return cls(*(np.hstack([getattr(p, f.name) for p in parts]) for f in fields(cls)))


def tabulate(rule: Rule, shift: float, weights: Array) -> Tables:
    """The P_a at τ_n + log π for all nodes, moved by a fraction of the step.

    Args:
        rule: steps and ranges.
        shift: fraction of the step by which all nodes, outer and inner, are moved.
        weights: the distinct π_j, shape (n,). They multiply e^τ: a rounded log π would cost digits.
    """
    m = np.arange(-rule.reach, rule.reach + 1)
    if not rule.together:
        m = m[np.argsort(-np.abs(m))]  # small terms of the inner sums first
    g = (m if rule.together else m + shift).astype(np.float64) * rule.inner / rule.c
    kernel = np.exp(-g * g / 2)
    kernel /= math.fsum(kernel.tolist())  # h/(c√(2π)), but without an error common to all tables
    kernels = np.stack([kernel, kernel * g])
    start = rule.left + shift * rule.step
    size = max(1, CHUNK // (DEGREE * (rule.nodes + 2 * rule.reach)))
    if rule.together:
        t = start + np.arange(-rule.reach, rule.nodes + rule.reach) * rule.step
        base = np.exp(np.minimum(t, 700.0))[:, None]
        convolve = _convolver(kernels, rule.nodes, len(weights))
    else:
        tau = start + np.arange(rule.nodes) * rule.step
        base = (np.exp(tau)[:, None] * np.exp(rule.c * g))[:, None, :]
        size = max(1, CHUNK // (DEGREE * base.size))
        convolve = partial(_product, kernels)
        weights = weights[:, None]
    parts = []
    for low in range(0, len(weights), size):
        functions = _functions(base * weights[low : low + size])
        parts.append(_divide([convolve(f) for f in functions]))
    return parts[0] if len(parts) == 1 else Tables.joined(parts)


def _functions(power: Array) -> Iterator[Array]:
    """1 − f_0, f_0, f_1, f_2 where e^t is given, with f_a(t) = e^{at} exp(−e^t)."""
    yield -np.expm1(-power)
    value = np.exp(-power)
    yield value
    for _ in range(DEGREE):
        value = value * power
        yield value


def _product(kernels: Array, values: Array) -> Array:
    """``Σ_m K_m f_nm`` for both kernels: (nodes, columns, 2·reach + 1) → (2, nodes, columns)."""
    return np.moveaxis(values @ kernels.T, 2, 0)


def _convolver(kernels: Array, nodes: int, columns: int) -> Callable[[Array], Array]:
    """``Σ_m K_m f(t_{n+m})`` for both kernels: (nodes + 2·reach, columns) → (2, nodes, columns).

    Column by column when they are few, from both ends of the kernel to its middle so that small
    terms come first; else block by block with a Toeplitz matrix.
    """
    if columns <= FEW_COLUMNS:
        return lambda values: _inwards(np.ascontiguousarray(values.T), kernels)
    length, block = kernels.shape[1], min(BLOCK, nodes)
    room = np.zeros(block - 1)
    matrix = np.vstack(
        [toeplitz(np.r_[kernel[0], room], np.r_[kernel, room]) for kernel in kernels]
    )

    def convolve(values: Array) -> Array:
        result = np.empty((2, nodes, values.shape[1]))
        for first in [*range(0, nodes - block, block), nodes - block]:
            found = matrix @ values[first : first + block + length - 1]
            result[:, first : first + block] = found.reshape(2, block, -1)
        return result

    return convolve


def _inwards(rows: Array, kernels: Array) -> Array:
    """``Σ_m K_m f_{n+m}``, each half of the sum from the far end of the kernel to its middle."""
    middle = kernels.shape[1] // 2
    left, right = kernels[:, :middle], kernels[:, :middle:-1]
    nodes = rows.shape[1] - kernels.shape[1] + 1
    ahead, back = rows[:, : nodes + middle - 1], rows[:, :middle:-1].copy()
    result = np.empty((len(kernels), nodes, len(rows)))
    for i, kernel in enumerate(kernels):
        for j, f in enumerate(rows):
            result[i, :, j] = np.correlate(ahead[j], left[i], "valid")
            result[i, :, j] += np.correlate(back[j], right[i], "valid")[::-1]
            result[i, :, j] += kernel[middle] * f[middle : middle + nodes]
    return result


def _divide(sums: list[Array]) -> Tables:
    rest, p0, p1, p2 = sums
    with np.errstate(divide="ignore"):
        log_p0 = np.where(p0[0] < 0.5, np.log(p0[0]), np.log1p(-np.minimum(rest[0], 0.75)))
    first = p1[0] / p0[0]
    return Tables(
        log_p0,
        rest[0],
        first,
        p2[0] / p0[0] - first**2,
        # E g f_0 = −E g (1 − f_0), of which the smaller keeps its digits
        np.where(p0[0] < 0.5, p0[1], -rest[1]) / p0[0],
        p1[1] / p0[0],
    )
