"""EM that looks ahead: SQUAREM, Anderson's extrapolation and DAAREM, with a monotone safeguard.

All see EM only as a map θ ↦ M(θ) with an objective, KL or minus the log-likelihood. The unit of
cost is one evaluation of the map, which gives the objective at the same θ. A point that was looked
ahead to is kept only where the objective is no worse than at the point before; else EM's own step
is taken. So the objective of the points that are kept never rises, as with EM itself.

Where a frequency is null, EM's residual ``M(θ) − θ`` has a root of order 3 at 0 (math.md T2): EM is
sublinear, ``|θ| ~ t^{-1/2}``. In one dimension SQUAREM is Steffensen's method, which divides the
distance to a root of order p by ``p/(p − 1)`` a cycle of three evaluations, and Anderson's with one
residual is the secant method, whose factor ρ an evaluation solves ``ρ^p + ρ^{p−1} = 1``: both are
linear, with 2/3 and 0.7549 at p = 3.

Anderson's method is that of Walker and Ni (type II): undamped least squares of the residual on its
last differences, which are dropped when a step is refused. DAAREM damps the least squares: a ridge
shrinks the square of their solution's norm to the share δ of what it was without, where
``δ = 1/(1 + 1.2^{25 − s})`` and s counts the steps looked ahead to that were kept. It starts with
EM's own steps but for 1 %, and ends undamped. Its differences pile up to ``min(10, ⌈p/2⌉)``
for p parameters and then start again from the last; a refused step drops none. Its authors let the
objective fall short by 0.01; here, as with the others, by nothing.

Sources: Varadhan and Roland, Scand. J. Statist. 35 (2008) 335, scheme S3; Anderson, J. ACM 12
(1965) 547; Walker and Ni, SIAM J. Numer. Anal. 49 (2011) 1715; Henderson and Varadhan,
J. Comput. Graph. Statist. 28 (2019) 834, and their R package daarem.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from overspec.errors import InputError
from overspec.exact import whole

Array = NDArray[np.float64]

METHODS = ("em", "squarem", "anderson", "daarem")
AHEAD = METHODS[1:]
MAX_EVALUATIONS = 2_000_000
FLAT = 1e-12  # a singular value of the residuals' differences over the largest that counts as 0
GROWTH, HALFWAY, MOST = 1.2, 25, 10  # DAAREM's α, κ and the most differences


@dataclass(frozen=True)
class Seen:
    """EM at one θ: the residual ``M(θ) − θ``, to its own accuracy, and the objective there."""

    residual: Array
    objective: float


Map = Callable[[Array], Seen]
Enough = Callable[[Array, Seen], bool]


@dataclass(frozen=True)
class Kept:
    """A point that was kept, how many evaluations there had been by then, and EM's step there."""

    evaluations: int
    theta: tuple[float, ...]
    objective: float
    step: float

    @property
    def norm(self) -> float:
        """|θ|."""
        return math.hypot(*self.theta)


@dataclass(frozen=True)
class Accelerated:
    """A run: the points that were kept, the start first, and how often looking ahead was refused.

    Attributes:
        method: ``"em"``, ``"squarem"``, ``"anderson"`` or ``"daarem"``.
        kept: the points between which the method goes on; EM's steps in between are not listed.
        refused: points that the safeguard did not keep.
    """

    method: str
    kept: tuple[Kept, ...]
    refused: int

    def first(self, objective: float) -> int | None:
        """Evaluations up to the first point kept whose objective is at or below this; or None."""
        return next((at.evaluations for at in self.kept if at.objective <= objective), None)


def accelerated(
    em: Map,
    start: object,
    method: str,
    evaluations: int,
    target: float = -math.inf,
    memory: int | None = None,
    enough: Enough | None = None,
) -> Accelerated:
    """EM from θ_0, alone or looking ahead, until the map was evaluated so often or the target met.

    Args:
        em: the map: `on_population.population_map` or `on_data.sample_map`, say.
        start: θ_0.
        method: ``"em"``; ``"squarem"``, ``θ − 2αr + α²v`` with ``α = −|r|/|v|``, r and v the first
            and second differences of EM's steps, and one EM step after it; ``"anderson"``, the
            combination of the last residuals that is least, restarted when refused; ``"daarem"``,
            that combination damped, and restarted in turn.
        evaluations: at most this many; a cycle of SQUAREM that has begun is finished.
        target: stop once the objective is at or below it.
        memory: differences of residuals that are combined, at most; None for 1 with Anderson's
            method and DAAREM's own number.
        enough: stop once this is true of a point that is kept after the start.

    Raises:
        InputError: another method, or numbers out of range.

    >>> em = lambda theta: Seen(-(theta**3), float(theta[0] ** 4))  # a root of order three
    >>> runs = {method: accelerated(em, [0.5], method, 2500, 1e-8) for method in METHODS}
    >>> runs["em"].first(1e-8)  # 2500 are not enough
    >>> runs["squarem"].first(1e-8) < 40 and runs["anderson"].first(1e-8) < 30
    True
    >>> runs["daarem"].first(1e-8) < 60
    True
    """
    if method not in METHODS:
        raise InputError(f"method {method!r}; choose {', '.join(METHODS)}")
    if not 1 <= whole(evaluations, "evaluations") <= MAX_EVALUATIONS:
        raise InputError(f"evaluations = {evaluations}; use 1 to {MAX_EVALUATIONS}")
    if memory is not None and whole(memory, "memory") < 1:
        raise InputError(f"memory = {memory}; use 1 or more")
    theta = np.atleast_1d(np.asarray(start, dtype=np.float64))
    walk = _Walk(em, evaluations, target, enough)
    here = walk.look(theta)
    walk.keep(theta, here)
    if method == "em":
        while walk.goes_on:
            theta = theta + here.residual
            here = walk.look(theta)
            walk.keep(theta, here)
    elif method == "squarem":
        while walk.goes_on:
            theta, here = _squarem(walk, theta, here)
    elif method == "anderson":
        _anderson(walk, theta, here, memory or 1)
    else:
        _daarem(walk, theta, here, memory or min(MOST, math.ceil(theta.size / 2)))
    return Accelerated(method, tuple(walk.kept), walk.refused)


class _Walk:
    """The map, counted, and what was kept."""

    def __init__(self, em: Map, evaluations: int, target: float, enough: Enough | None) -> None:
        self.em, self.left, self.target, self.enough = em, evaluations, target, enough
        self.made, self.refused, self.done = 0, 0, False
        self.kept: list[Kept] = []

    def look(self, theta: Array) -> Seen:
        self.made += 1
        return self.em(theta)

    def keep(self, theta: Array, here: Seen) -> None:
        step = float(np.linalg.norm(here.residual))
        still = bool(self.kept) and self.kept[-1].theta == tuple(theta.tolist())
        if self.kept and self.enough is not None:
            still = still or self.enough(theta, here)
        self.kept.append(Kept(self.made, tuple(theta.tolist()), here.objective, step))
        self.done = still or not here.objective > self.target

    @property
    def goes_on(self) -> bool:
        return self.made < self.left and not self.done


def _squarem(walk: _Walk, theta: Array, here: Seen) -> tuple[Array, Seen]:
    """One cycle: two EM steps, the point looked ahead to, and if it is kept EM's step from it."""
    once = theta + here.residual
    then = walk.look(once)
    change = then.residual - here.residual
    bend = float(np.linalg.norm(change))
    twice = once + then.residual
    if bend > 0:
        alpha = min(-1.0, -float(np.linalg.norm(here.residual)) / bend)
        ahead = theta - 2 * alpha * here.residual + alpha**2 * change
        found = walk.look(ahead)
        if found.objective <= then.objective:
            twice = ahead + found.residual
        else:
            walk.refused += 1
    after = walk.look(twice)
    walk.keep(twice, after)
    return twice, after


def _anderson(walk: _Walk, theta: Array, here: Seen, memory: int) -> None:
    """``θ + r − Σ γ_i (Δθ_i + Δr_i)``, γ by least squares of r on the last differences Δr."""
    moves: list[Array] = []
    changes: list[Array] = []
    while walk.goes_on:
        gamma = _least_squares(np.array(changes).T, here.residual) if moves else None
        ahead, found, kept = _combined(walk, theta, here, moves, changes, gamma)
        if not kept:
            moves, changes = [], []
        move, change = ahead - theta, found.residual - here.residual
        theta, here = ahead, found
        walk.keep(theta, here)
        if np.linalg.norm(change) > 0:
            moves, changes = [*moves, move][-memory:], [*changes, change][-memory:]


def _daarem(walk: _Walk, theta: Array, here: Seen, memory: int) -> None:
    """The same, γ by `damped`; the differences start again from the last once there are many."""
    moves: list[Array] = []
    changes: list[Array] = []
    looked = 0
    while walk.goes_on:
        share = 1 / (1 + GROWTH ** (HALFWAY - looked))
        gamma = damped(np.array(changes).T, here.residual, share) if moves else None
        ahead, found, kept = _combined(walk, theta, here, moves, changes, gamma)
        looked += gamma is not None and kept
        move, change = ahead - theta, found.residual - here.residual
        theta, here = ahead, found
        walk.keep(theta, here)
        if len(moves) == memory:
            moves, changes = [], []
        if np.linalg.norm(change) > 0:
            moves, changes = [*moves, move], [*changes, change]


def _combined(
    walk: _Walk,
    theta: Array,
    here: Seen,
    moves: list[Array],
    changes: list[Array],
    gamma: Array | None,
) -> tuple[Array, Seen, bool]:
    """The point that γ gives, or EM's own step where it is worse; and whether it was not."""
    ahead = theta + here.residual
    if gamma is None:
        return ahead, walk.look(ahead), True
    far = ahead - (np.array(moves) + np.array(changes)).T @ gamma
    found = walk.look(far)
    if found.objective <= here.objective:
        return far, found, True
    walk.refused += 1
    return ahead, walk.look(ahead), False


def _least_squares(table: Array, residual: Array) -> Array:
    scale = np.linalg.norm(table, axis=0)
    gamma: Array = np.linalg.lstsq(table / scale, residual, rcond=FLAT)[0] / scale
    return gamma


def damped(table: Array, residual: Array, share: float) -> Array:
    """Least squares with the ridge λ at which ``|γ(λ)|² = share · |γ(0)|²``.

    With singular values d_i and ``u = Uᵀ r``, ``|γ(λ)|² = Σ (d_i u_i/(d_i² + λ))²`` falls in λ, and
    λ is between ``d² (share^{-1/2} − 1)`` for the least d and for the largest.

    Args:
        table: differences of residuals as columns, shape (p, m).
        residual: shape (p,).
        share: in (0, 1].

    >>> gamma = damped(np.diag([1.0, 2.0]), np.array([3.0, 4.0]), 0.25)
    >>> round(float(gamma @ gamma) / (3**2 + 2**2), 12)
    0.25
    """
    left, values, right = np.linalg.svd(table, full_matrices=False)
    there = values > FLAT * values[0]
    d, along = values[there], left[:, there].T @ residual
    size = float(((along / d) ** 2).sum())
    factor = 1 / math.sqrt(share) - 1
    low, high = (d[-1] ** 2 * factor, d[0] ** 2 * factor)

    def excess(ridge: float) -> float:
        return float(((d * along / (d**2 + ridge)) ** 2).sum()) / size - share

    ridge = low
    if size > 0 and excess(low) > 0 > excess(high):
        ridge = brentq(excess, low, high, xtol=low * 1e-12, rtol=1e-12)
    gamma: Array = right[there].T @ (d * along / (d**2 + ridge))
    return gamma
