"""Nodes and masses for the truth or for data, and what they miss.

The truth is a mixture of laws ``ν + Lg``, g ~ N(0, I). Each has its own lattice hZ^d in g, cut off
at |g| = T. With S = Σ_j π_j N(·; μ_j, vI) a shift of g by iy along axis a turns the terms of S by
phases in an interval of length ``ψ = y max_ij |⟨Le_a, μ_i − μ_j⟩|/v``; below π S has no zero and
``|w_j(x+iyLe_a)| ≤ w_j(x)/cos(ψ/2)``. (For log of the truth's density the means ν and v = 1 take
the place of μ and v.) Every integrand here is then at most ``C e(g)^n/cos²(ψ/2)`` there, with

    e(g) = A + λ|g|,  A = 1 + R + |ν| + yλ,  λ = |L| by the entries,  R ≥ |μ_j|, |c_j|, |ν_i|,

n ≤ 4, and shifting the contour of the Fourier integral bounds the trapezoidal error along one axis
by ``2/(e^{2πy/h} − 1) e^{y²/2} C K_n/cos²(ψ/2)``. ``K_n = 1.01 (A + λ(d(d+2))^{1/4})^n`` bounds the
mean of e^n when the other axes carry N(0, 1) or its lattice: for h ≤ 1 the lattice has mass,
second and fourth moment at most 1.001 times 1, 1 and 3 (Poisson), and Minkowski's inequality in
L⁴ does the rest. Beyond T: ``(A+λr)^n ≤ (A+λT)^n (r/T)^4``, ``(r/T)^4 ≤ e^{2(r²/T²−1)}``, which
with ``s = 1 − d/T² ≥ 4/T²`` is below ``e^{s(r²−T²)/2}``: a product of lattice sums of variance
T²/d, so

    tail ≤ C (A+λT)^n e^{−(T²−d)/2} (1.001 T/√d)^d,  T² ≥ d + 4.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError, InputTypeError, OutOfReach
from overspec.models.truth import MAX_DIMENSION, Truth
from overspec.verify.engines.rounding import U, gamma

Array = NDArray[np.float64]

EPSILON = 2.0**-60  # what aliasing and truncation may cost of an integrand's bound
MAX_NODES = 2_000_000
LARGEST_STEP = 1.0
SUMMED = 48  # additions in a row: two halvings and the sums over components


@dataclass(frozen=True)
class Piece:
    """One normal law ν + Lg of the truth: its envelope, and what its lattice misses of it."""

    mass: float
    offset: float  # A
    scale: float  # λ
    aliasing: float  # over the axes, without C K_n
    radius: float  # T

    def missed(self, degree: int, d: int) -> float:
        """Bound of what the lattice misses of an integrand of bound ``e^degree/cos²(ψ/2)``."""
        mean: float = 1.01 * (self.offset + self.scale * (d * (d + 2)) ** 0.25) ** degree
        tail = math.exp(-(self.radius**2 - d) / 2) * (1.001 * self.radius / math.sqrt(d)) ** d
        far: float = (self.offset + self.scale * self.radius) ** degree * tail
        return self.mass * (self.aliasing * mean + far)


@dataclass(frozen=True, eq=False)
class Rule:
    """Nodes x_n with masses q_n: ``E f ≈ Σ_n q_n f(x_n)``.

    Attributes:
        points: shape (N, d).
        masses: shape (N,).
        squares: |g_n|², what a mass's exponential was taken of, shape (N,); 0 for data.
        pieces: what the lattices miss; none for data.
        log_density: log of the truth's density at the nodes; 0 for data.
        log_det: of the root L of the truth's covariance.
    """

    points: Array
    masses: Array
    squares: Array
    pieces: tuple[Piece, ...]
    log_density: Array
    log_det: float = 0.0

    @property
    def d(self) -> int:
        """The dimension."""
        return int(self.points.shape[1])

    def error(self, coefficient: float, degree: int, size: float, exponents: float) -> float:
        """A bound for ``|Σ_n q_n f(x_n) − E f|``, rounding included, for ``|f| ≤ C e^degree``.

        Rounding, first order in u = 2⁻⁵³ and worst case: a mass errs by ``(|g|²+8)u``; an exponent
        by ``a(|x|+R)u`` with the a given here, a responsibility by twice that and 16u more; sums by
        ``γ_48`` (they are halvings). Elementary functions are taken to err by one unit in the last
        place.

        Args:
            coefficient: C.
            degree: n, at most 4.
            size: R, at least 1.
            exponents: a.
        """
        missed = math.fsum(piece.missed(degree, self.d) for piece in self.pieces)
        reach = np.sqrt((self.points**2).sum(axis=1)) + size
        relative = U * (self.squares + 24 + 2 * exponents * reach) + gamma(SUMMED)
        rounding = float((self.masses * (1 + reach) ** degree * relative).sum())
        return 1.01 * coefficient * (missed + rounding)


def of_data(data: object) -> Rule:
    """Equal masses on the rows of a table, shape (n, d), or (n,) where d = 1.

    Raises:
        InputError: not finite numbers, none at all, or more than three columns.
    """
    try:
        points = np.array(data, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputTypeError("data: give an array of numbers, one row an observation") from None
    if points.ndim == 1:
        points = points[:, None]
    if points.ndim != 2 or not points.size:
        raise InputError(f"data of shape {points.shape}; give n rows of at most {MAX_DIMENSION}")
    if points.shape[1] > MAX_DIMENSION:
        raise InputError(f"data of {points.shape[1]} columns; models have at most {MAX_DIMENSION}")
    if not np.isfinite(points).all():
        raise InputError("data: not all numbers are finite; drop or fill the missing ones")
    n = len(points)
    return Rule(points, np.full(n, 1 / n), np.zeros(n), (), np.zeros(n))


def of_truth(truth: Truth, means: Array, variance: float, size: float) -> Rule:
    """Lattices for the truth, fine enough for the responsibilities of these means.

    Args:
        truth: the law of the data.
        means: μ_j, shape (k, d).
        variance: v.
        size: R of the envelope.

    Raises:
        OutOfReach: more than two million nodes: means too far apart, or v too small.
    """
    nu = np.array([[float(a) for a in row] for row in truth.means])
    alpha = [float(a) for a in truth.weights]
    root = np.linalg.cholesky(np.array([[float(a) for a in row] for row in truth.covariance]))
    scale = float(np.linalg.norm(root))
    size = max(size, float(np.sqrt((nu**2).sum(axis=1).max())))
    several = nu if len(nu) > 1 else np.zeros((1, truth.d))
    steps, aliasing = [], 0.0
    highest = 0.0
    for column in root.T:
        phase = max(_spread(means @ column) / variance, _spread(several @ column))
        h, y, missed = _step(phase)
        steps.append(h)
        aliasing += missed
        highest = max(highest, y)
    radius = _radius(truth.d)
    count = len(nu) * math.prod(2 * math.ceil(radius / h) + 1 for h in steps)
    if count > MAX_NODES:
        raise OutOfReach(
            f"{count:.1e} nodes for d = {truth.d} (at most {MAX_NODES:.0e}): the means lie too far "
            "apart for the variance; bring them nearer or use fewer dimensions"
        )
    g, density = _lattice(steps, radius)
    points = np.concatenate([row + g @ root.T for row in nu])
    masses = np.concatenate([a * density for a in alpha])
    squares = np.tile((g**2).sum(axis=1), len(nu))
    offset = 1 + size + highest * scale
    pieces = tuple(
        Piece(a, offset + float(np.linalg.norm(row)), scale, aliasing, radius)
        for a, row in zip(alpha, nu, strict=True)
    )
    log_det = math.log(float(np.prod(np.diag(root))))
    return Rule(points, masses, squares, pieces, _log_density(points, nu, alpha, root), log_det)


def _spread(values: Array) -> float:
    return float(np.ptp(values)) * (1 + 4 * U)


def _step(phase: float) -> tuple[float, float, float]:
    """The largest h that keeps the aliasing below `EPSILON`, its y, and the aliasing there."""
    y = np.linspace(0, min(14.0, math.pi / phase if phase else 14.0), 400)[1:-1]
    cost = y**2 / 2 - 2 * np.log(np.cos(phase * y / 2))
    choices = 2 * np.pi * y / (cost + math.log(2.1 / EPSILON))
    best = int(np.argmax(choices))
    h = min(LARGEST_STEP, float(choices[best]))
    if h > 1 / 512:
        h = math.floor(h * 1024) / 1024  # nodes without rounding
    height = float(y[best])
    decay = math.exp(-2 * math.pi * height / h + float(cost[best]))
    return h, height, 2.001 * decay


def _radius(d: int) -> float:
    radius = math.sqrt(d + 4)
    while math.exp(-(radius**2 - d) / 2) * (1.001 * radius / math.sqrt(d)) ** d > EPSILON:
        radius += 1 / 8
    return radius


def _lattice(steps: Sequence[float], radius: float) -> tuple[Array, Array]:
    """Nodes with |g| ≤ T and their masses ``Π h φ(g)``."""
    d = len(steps)
    lines = [h * np.arange(-math.ceil(radius / h), math.ceil(radius / h) + 1) for h in steps]
    grid = np.stack([axis.ravel() for axis in np.meshgrid(*lines, indexing="ij")], axis=1)
    squares = (grid**2).sum(axis=1)
    grid, squares = grid[squares <= radius**2], squares[squares <= radius**2]
    return grid, math.prod(steps) * (2 * math.pi) ** (-d / 2) * np.exp(-squares / 2)


def _log_density(points: Array, nu: Array, alpha: Sequence[float], root: Array) -> Array:
    """``log Σ_i α_i N(x; ν_i, LLᵀ)``."""
    d = points.shape[1]
    constant = -d / 2 * math.log(2 * math.pi) - math.log(float(np.prod(np.diag(root))))
    terms = []
    for a, row in zip(alpha, nu, strict=True):
        white = np.linalg.solve(root, (points - row).T)
        terms.append(math.log(a) - (white**2).sum(axis=0) / 2)
    found: Array = np.logaddexp.reduce(np.stack(terms), axis=0) + constant
    return found
