"""How θ is split, and where the sums of the low-rank engine are taken.

Notation: the docstring of `engines.lowrank`. Nothing here depends on the weights.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.action import block_size
from overspec.errors import InputError
from overspec.verify.engines.laplace.tables import left_end

#: Doubles, or the longer numbers of the processor where more digits are wanted.
Reals = NDArray[Any]

MAX_WORK = 2e9  # see `Plan.work`; some forty seconds in doubles
MAX_POINTS = 4e6  # of the remainder
SHELLS = 6  # of remainder nodes, each with its own outer nodes
FINE = 5  # the finest outer steps in a cell of the tables
NEARLY = 1e-9
NEAREST_C = 1e-20  # c² and what depends on it are doubles
HERMITE = 128  # nodes of a Gauss–Hermite rule at most


@dataclass(frozen=True)
class Block:
    """A frequency m of the remainder.

    Attributes:
        frequency: m.
        size: real dimensions, 2 or 1.
        amplitude: b_m, ``b_m² = a_m² − ε_m c²``.
        share: ``q = b_m²/a_m²`` < 1, of its energy.
    """

    frequency: int
    size: int
    amplitude: Any
    share: float


@dataclass(frozen=True)
class Split:
    """``z_j = c g_j + ⟨l_j, h⟩`` up to a common shift.

    Attributes:
        k: components.
        c: scale of the independent parts.
        blocks: the remainder.
        dropped: the largest share of a block that is left out as no more than rounding.
    """

    k: int
    c: Any
    blocks: tuple[Block, ...]
    dropped: float = 0.0

    @classmethod
    def of(cls, k: int, amplitudes: Reals) -> Split:
        """From a_1 … a_⌊k/2⌋ > 0.

        A remainder below the rounding of a_m is none.
        """
        part = np.array([block_size(k, m) for m in range(1, k // 2 + 1)]) / amplitudes.dtype.type(k)
        c = np.sqrt((amplitudes**2 / part).min())
        left = amplitudes**2 - part * c**2
        shares = left / amplitudes**2
        tiny = 4 * float(np.finfo(amplitudes.dtype).eps)
        blocks = tuple(
            Block(m, block_size(k, m), np.sqrt(left[m - 1]), float(shares[m - 1]))
            for m in range(1, k // 2 + 1)
            if shares[m - 1] > tiny
        )
        dropped = max((abs(float(share)) for share in shares if share <= tiny), default=0.0)
        return cls(k, c, blocks, dropped)

    @property
    def rank(self) -> int:
        """r, the dimension of h."""
        return sum(block.size for block in self.blocks)

    def directions(self, turns: Reals) -> Reals:
        """l_j, shape (k, r), from cos and sin of 2πn/k, shape (2, k)."""
        columns = [
            block.amplitude * turns[axis][np.arange(self.k) * block.frequency % self.k]
            for block in self.blocks
            for axis in range(block.size)
        ]
        return np.stack(columns, axis=1) if columns else np.zeros((self.k, 0), turns.dtype)


@dataclass(frozen=True)
class Shell:
    """Remainder nodes that share their outer nodes ``τ = (left + n + i/parts)·width``.

    The cells n come one after the other for each place i in them.
    """

    points: Reals  # (H, r)
    weights: Reals  # (H,)
    left: int
    cells: int
    parts: int

    @property
    def nodes(self) -> int:
        """Outer nodes."""
        return self.cells * self.parts


@dataclass(frozen=True)
class Plan:
    """All nodes.

    Attributes:
        shells: of the remainder.
        k: components.
        width: of a cell of the tables.
        low, high: cells between which the tables are needed, in widths.
        degree: of the polynomial on a cell.
        inner, reach: step and range of the inner sums, in t = cg.
        goal: minus the logarithm of what each truncation leaves out.
    """

    shells: tuple[Shell, ...]
    k: int
    width: float
    low: int
    high: int
    degree: int
    inner: float
    reach: int
    goal: float

    @property
    def points(self) -> int:
        """Nodes of the remainder."""
        return sum(len(shell.weights) for shell in self.shells)

    @property
    def work(self) -> float:
        """Values of the tables, times what each takes part in: 4, and the lags two by two."""
        nodes = sum(len(shell.weights) * shell.nodes for shell in self.shells)
        half = self.k // 2
        return float(nodes * self.k * (4 + half * (half + 1) / 2))


def plan(split: Split, goal: float, real: Any = np.float64) -> Plan:
    """The coarsest nodes that leave out about ``e^{−goal}`` of each kind.

    Raises:
        InputError: more values of the tables than the budget.
    """
    c, k = float(split.c), split.k
    if c < NEAREST_C:
        raise InputError(
            f"the least amplitude, {c:.0e}, is too near 0 for the low-rank engine; leave the "
            "engine to be chosen"
        )
    lines = [
        _line(k, block, axis, goal, real) for block in split.blocks for axis in range(block.size)
    ]
    if math.prod(len(x) for x, _ in lines) > MAX_POINTS:
        raise _too_many(k, math.prod(len(x) for x, _ in lines), goal)
    points, weights = np.zeros((1, 0), real), np.ones(1, real)
    for x, w in lines:
        points = np.hstack([np.repeat(points, len(x), axis=0), np.tile(x, len(points))[:, None]])
        weights = (weights[:, None] * w).ravel()
        keep = weights * len(weights) > math.exp(-goal - 2)
        points, weights = points[keep], weights[keep]
    targets = goal + np.log((weights * len(weights)).astype(np.float64))
    top = float(targets.max())
    width = _dyadic(_outer_step(top) * FINE)
    low = math.floor(min(left_end(c, top), -goal - c * c / 2) / width)
    high = math.ceil(_right_end(c, top) / width) + 1
    shells, stop = [], top
    for n in range(SHELLS - 1, -1, -1):
        start = top * n / SHELLS if n else -math.inf
        inside = (targets <= stop) & (targets > start)
        if inside.any():
            shells.append(_shell(k, points[inside], weights[inside], c, stop, width))
        stop = start
    inner, reach = _inner_nodes(c, top, math.log(k))
    degree = _degree(width, goal + math.log1p(c))
    found = Plan(tuple(shells[::-1]), k, width, low, high, degree, inner, reach, goal)
    if found.work > MAX_WORK:
        raise _too_many(k, found.points, goal)
    return found


def _shell(k: int, points: Reals, weights: Reals, c: float, target: float, width: float) -> Shell:
    parts = math.ceil(width / _outer_step(target, c, k) * (1 - NEARLY))
    left = math.floor(left_end(c, target) / width)
    right = math.ceil(_right_end(c, target) / width)
    return Shell(points, weights, left, right - left, parts)


def _degree(width: float, goal: float) -> int:
    """The least even degree that leaves out less than e^{−goal}, times 1 + c for κ, in a product.

    The lognormal law is a generalised gamma convolution (Thorin, Scand. Actuarial J. 1977), so that
    ``−log P_0(τ) = ∫ log(1 + e^τ/t) U(dt)`` with U ≥ 0. On |Im τ| ≤ y < π, where |1 + e^τ/t| ≥
    cos(y/2)(1 + |e^τ|/t), P_0 has no zero, and −log P_0, ρ_1 and ρ_1' are at most cos^{−2}(y/2)
    times what they are on the real line; so are σ = −cρ_1 and κ = c(ρ_1' − ρ_1²) in terms of ρ_1 +
    ρ_1². There they grow at most like e^{2τ}, and times P_0 are at most 4/e². With the ellipse of
    half axes y and ``√(y² + (width/2)²)`` around a cell, Chebyshev interpolation errs by
    ``4Mρ^{−n}/(ρ − 1)`` (Trefethen, Approximation Theory and Approximation Practice, 8.2).
    """
    half = width / 2
    y = np.linspace(0, math.pi, 200)[1:-1]
    across = np.hypot(y / half, 1)
    rho = y / half + across
    most = 2 * half * (1 + across) - 2 * np.log(np.cos(y / 2)) + math.log(16) - 2
    degree = float(np.min((goal + most - np.log(rho - 1)) / np.log(rho)))
    return 2 * math.ceil(degree / 2)  # even: a node in the middle


def _too_many(k: int, points: float, goal: float) -> InputError:
    return InputError(
        f"k = {k}: the low-rank engine would take {points:.0e} points of the remainder at "
        f"{goal / math.log(10) - 1:.0f} digits here, beyond its budget; ask for fewer digits, or "
        "leave the engine to be chosen"
    )


def _outer_step(target: float, c: float = 0.0, k: int = 1) -> float:
    """Aliasing ``e^{−2πy/step}(cos y)^{−4}`` at the best y < π/2; see `laplace.tables.Rule`.

    And with ``y + t`` for y, at ``e^{kt²/(2c²)}(1 + t/c)``: where τ moves by it and every g_j by
    −it/c, as in the mean of the g_j, which smooths in τ.
    """
    y = np.linspace(0, math.pi / 2, 400)[1:-1, None]
    t = np.linspace(0, c * math.sqrt(2 * target / k), 60) if c else np.zeros(1)
    more = k * (t / c) ** 2 / 2 + np.log1p(t / c) if c else 0.0
    return float(np.max(2 * math.pi * (y + t) / (target + more - 4 * np.log(np.cos(y)))))


def _right_end(c: float, target: float) -> float:
    return c * math.sqrt(2 * target) + math.log(max(target, 2.0))


def _inner_nodes(c: float, target: float, log_k: float) -> tuple[float, int]:
    """Aliasing ``e^{−2πy/h + y²/(2c²)}(cos y)^{−4}`` at the best y, and k Gaussian tails."""
    y = np.linspace(0, min(math.pi / 2, 4 * c * math.sqrt(2 * target)), 400)[1:-1]
    cost = target + (y / c) ** 2 / 2 - 4 * np.log(np.cos(y))
    inner = float(np.max(2 * math.pi * y / cost))
    return inner, math.ceil(c * math.sqrt(2 * (target + log_k)) / inner) + 1


def _line(k: int, block: Block, axis: int, goal: float, real: Any) -> tuple[Reals, Reals]:
    """Nodes and weights on one axis of h: the fewer of two rules.

    The conditional expectation F(h) is that of a function f, |f| ≤ 1, of √q h + √(1−q) g. So its
    coefficients in Hermite's orthonormal he_n are below q^{n/2}, and the Gauss–Hermite rule of n
    nodes errs by less than ``1.09(1 + √2) q^n/(1 − √q)``: |he_n(x)| ≤ 1.09 e^{x²/4} (Cramér), whose
    mean under any of these rules is at most √2. And F(h + iy), y = y_1 + y_2, is a mean over g
    shifted by y_1, at ``e^{y_1²q/(2(1−q))}``, of values with phases that spread by y_2 s, s that of
    the l_j, at ``cos(y_2 s/2)^{−4}``: the aliasing of the trapezoidal rule.
    """
    q = block.share
    nearly_all = 1 - q < NEARLY  # then g smooths nothing
    count = HERMITE
    if not nearly_all:
        count = math.ceil((goal + 1 - math.log1p(-math.sqrt(q))) / -math.log(q))
    turns = 2 * math.pi * np.arange(k) * block.frequency / k
    spread = float(block.amplitude) * float(np.ptp((np.cos, np.sin)[axis](turns)))
    one = np.linspace(0, 0 if nearly_all else 2 * math.sqrt(2 * goal), 129)[:, None]
    two = np.linspace(0, math.pi / spread, 65)[None, :-1]
    two = two[two < 2 * math.sqrt(2 * goal)]
    cost = goal + (one + two) ** 2 / 2 + one**2 * (q / max(1 - q, NEARLY)) / 2
    cost = cost - 4 * np.log(np.cos(spread * two / 2)) + np.log1p((one + two) ** 2)
    step = _dyadic(float(np.max(2 * math.pi * (one + two) / cost)))
    reach = math.ceil(math.sqrt(2 * (goal + math.log(2 * goal))) / step)
    if count < min(2 * reach + 1, HERMITE):
        return gauss_hermite(count, real)
    x = np.arange(-reach, reach + 1).astype(real) * step
    w = np.exp(-x * x / 2)
    return x, w / np.sum(np.sort(w))


def gauss_hermite(count: int, real: Any = np.float64) -> tuple[Reals, Reals]:
    """Nodes and weights for N(0, 1): weights ``1/Σ_{m<n} he_m²``, nodes by Newton's method.

    >>> x, w = gauss_hermite(3)
    >>> [round(float(v), 12) for v in x * x], round(float(w @ x**4), 12)
    ([3.0, 0.0, 3.0], 3.0)
    """
    roots = np.sqrt(np.arange(1, count + 1).astype(real))
    off = roots[: count - 1].astype(np.float64)
    x = np.linalg.eigvalsh(np.diag(off, 1) + np.diag(off, -1)).astype(real)
    for _ in range(3):
        before, here, total = np.zeros_like(x), np.ones_like(x), np.zeros_like(x)
        for m in range(count):  # √(m+1) he_{m+1} = x he_m − √m he_{m−1}
            total = total + here * here
            last = roots[m - 1] * before if m else 0 * before
            before, here = here, (x * here - last) / roots[m]
        x = x - here / (roots[count - 1] * before)  # he_n' = √n he_{n−1}
    return x, 1 / total / np.sum(1 / total)


def _dyadic(value: float) -> float:
    """With 10 bits, rounded down: multiples are exact."""
    fraction, exponent = math.frexp(value)
    return math.ldexp(math.floor(fraction * 1024), exponent - 10)
