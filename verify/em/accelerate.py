"""EM that looks ahead: SQUAREM and Anderson's extrapolation, with a monotone safeguard.

Both see EM only as a map θ ↦ M(θ) with an objective, KL or minus the log-likelihood. The unit of
cost is one evaluation of the map, which gives the objective at the same θ. A point that was looked
ahead to is kept only where the objective is no worse than at the point before; else EM's own step
is taken. So the objective of the points that are kept never rises, as with EM itself.

Where a frequency is null, EM's residual ``M(θ) − θ`` has a root of order 3 at 0 (math.md T2): EM is
sublinear, ``|θ| ~ t^{-1/2}``. In one dimension SQUAREM is Steffensen's method, which divides the
distance to a root of order p by ``p/(p − 1)`` a cycle of three evaluations, and Anderson's with one
residual is the secant method, whose factor ρ an evaluation solves ``ρ^p + ρ^{p−1} = 1``: both are
linear, with 2/3 and 0.7549 at p = 3.

Anderson's method is that of Walker and Ni (type II): undamped least squares of the residual on its
last differences. It is not DAAREM, which damps the least squares (a ridge that shrinks their
solution to a share which grows from 1 % with each step that is kept), restarts after every so many
steps, and lets the objective rise by 0.01. Here nothing is damped, what was remembered is dropped
when a step is refused and at no other time, and the objective may not rise at all.

Sources: Varadhan and Roland, Scand. J. Statist. 35 (2008) 335, scheme S3; Anderson, J. ACM 12
(1965) 547; Walker and Ni, SIAM J. Numer. Anal. 49 (2011) 1715; for DAAREM, Henderson and Varadhan,
J. Comput. Graph. Statist. 28 (2019) 834.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError
from overspec.exact import whole
from overspec.mixture import Mixture
from overspec.verify.em.data import LARGEST, checked_data
from overspec.verify.em.population import at_point
from overspec.verify.em.sample_step import Sums, e_step
from overspec.verify.em.sample_update import State, powers
from overspec.verify.em.simplices import energies_of
from overspec.verify.engines.spectrum import float_weights

Array = NDArray[np.float64]

METHODS = ("em", "squarem", "anderson")
AHEAD = METHODS[1:]
MAX_EVALUATIONS = 2_000_000
GONE = 1e-12


@dataclass(frozen=True)
class Seen:
    """EM at one θ: the residual ``M(θ) − θ``, to its own accuracy, and the objective there."""

    residual: Array
    objective: float


Map = Callable[[Array], Seen]


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
        method: ``"em"``, ``"squarem"`` or ``"anderson"``.
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
    memory: int = 1,
    tolerance: float = 0.0,
) -> Accelerated:
    """EM from θ_0, alone or looking ahead, until the map was evaluated so often or the target met.

    Args:
        em: the map, `population_map` or `sample_map`.
        start: θ_0.
        method: ``"em"``; ``"squarem"``, ``θ − 2αr + α²v`` with ``α = −|r|/|v|``, r and v the first
            and second differences of EM's steps, and one EM step after it; ``"anderson"``, the
            combination of the last residuals that is least, restarted when refused.
        evaluations: at most this many; a cycle of SQUAREM that has begun is finished.
        target: stop once the objective is at or below it.
        memory: residuals that Anderson's method combines beside the last.
        tolerance: stop once EM's own step from the point that is kept is no longer; 0 never.

    Raises:
        InputError: another method, or numbers out of range.

    >>> em = population_map(Mixture.simplex(3))
    >>> runs = {method: accelerated(em, [1.0], method, 2500, 1e-8) for method in METHODS}
    >>> runs["em"].first(1e-8)  # 2500 are not enough
    >>> runs["squarem"].first(1e-8) < 40 and runs["anderson"].first(1e-8) < 30
    True
    """
    if method not in METHODS:
        raise InputError(f"method {method!r}; choose {', '.join(METHODS)}")
    if not 1 <= whole(evaluations, "evaluations") <= MAX_EVALUATIONS:
        raise InputError(f"evaluations = {evaluations}; use 1 to {MAX_EVALUATIONS}")
    if whole(memory, "memory") < 1:
        raise InputError(f"memory = {memory}; use 1 or more")
    theta = np.atleast_1d(np.asarray(start, dtype=np.float64))
    walk = _Walk(em, evaluations, target, tolerance)
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
    else:
        _anderson(walk, theta, here, memory)
    return Accelerated(method, tuple(walk.kept), walk.refused)


class _Walk:
    """The map, counted, and what was kept."""

    def __init__(self, em: Map, evaluations: int, target: float, tolerance: float) -> None:
        self.em, self.left, self.target, self.tolerance = em, evaluations, target, tolerance
        self.made, self.refused = 0, 0
        self.kept: list[Kept] = []

    def look(self, theta: Array) -> Seen:
        self.made += 1
        return self.em(theta)

    def keep(self, theta: Array, here: Seen) -> None:
        step = float(np.linalg.norm(here.residual))
        self.kept.append(Kept(self.made, tuple(theta.tolist()), here.objective, step))

    @property
    def goes_on(self) -> bool:
        last = self.kept[-1]
        if len(self.kept) > 1 and (
            last.theta == self.kept[-2].theta or (self.tolerance and last.step <= self.tolerance)
        ):
            return False
        return self.made < self.left and last.objective > self.target


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
        ahead, looked = theta + here.residual, False
        if moves:
            table = np.array(changes).T
            scale = np.linalg.norm(table, axis=0)
            gamma = np.linalg.lstsq(table / scale, here.residual, rcond=1e-12)[0] / scale
            ahead = ahead - (np.array(moves) + np.array(changes)).T @ gamma
            looked = True
        found = walk.look(ahead)
        if looked and not found.objective <= here.objective:
            walk.refused += 1
            moves, changes = [], []
            ahead = theta + here.residual
            found = walk.look(ahead)
        move, change = ahead - theta, found.residual - here.residual
        theta, here = ahead, found
        walk.keep(theta, here)
        if np.linalg.norm(change) > 0:
            moves, changes = [*moves, move][-memory:], [*changes, change][-memory:]


def population_map(mixture: Mixture, accuracy: float = 1e-14) -> Map:
    """EM on N(0, I) with tied means, on the amplitudes: residual ``−g_m a_m`` and KL, k ≤ 6.

    Amplitudes may have either sign: g and KL depend on their squares (math.md S8). One below
    `GONE` of the largest moves no number, and makes the others dearer: it counts as 0 for them.
    """
    weights, energy = float_weights(mixture), energies_of(mixture)

    def em(theta: Array) -> Seen:
        sizes = np.abs(theta)
        sizes[sizes < GONE * sizes.max()] = 0.0
        found = at_point(weights, energy, tuple(sizes.tolist()), accuracy)
        return Seen(-np.array(found.g[1:]) * theta, found.kl)

    return em


def sample_map(data: object, mixture: Mixture, sample_weight: object = None) -> Map:
    """EM on data with tied means and Σ = I, on θ of shape (d,), and minus the log-likelihood."""
    table = checked_data(data, mixture.d, sample_weight)
    turns, log_weights = powers(mixture), np.log(float_weights(mixture))
    sigma = np.eye(mixture.d)

    def em(theta: Array) -> Seen:
        means = turns @ theta - table.centre
        sums = e_step(table, means, sigma, log_weights)
        first = sums.first + sums.mass[:, None] * table.centre
        moved = np.einsum("jba,jb->a", turns, first)
        return Seen(moved - theta, -sums.log_likelihood)

    return em


def looked_ahead(
    state: State,
    look: Callable[[int, State], tuple[Any, Sums]],
    move: Callable[[State, Sums], State],
    method: str,
    steps: int,
    tolerance: float,
    tie: tuple[Array, Array] | None,
) -> tuple[list[Any], int, float]:
    """`accelerated` EM on data, on θ or on all means where they are free: what `sample_em` runs.

    A point beyond doubles, or at which a component dies out, counts as infinitely unlikely.

    Args:
        state: the start; its covariance stays.
        look: ``look(t, state)`` makes the E-step and returns a row to keep, and the sums.
        move: ``move(state, sums)`` makes the M-step.
        method, steps, tolerance: as for `sample_em`.
        tie: R^j and the shift with ``μ_j = R^j θ − shift``; None where the means are free.

    Returns:
        The rows of the points that were kept, how many were refused, and EM's step at the last.

    Raises:
        InputError: a component that dies out in EM's own steps.
    """
    shape, rows, failed = state.means.shape, list[Any](), list[InputError]()

    def means_of(at: Array) -> Array:
        return at.reshape(shape) if tie is None else tie[0] @ at - tie[1]

    def vector_of(means: Array) -> Array:
        return means.ravel() if tie is None else means[0] + tie[1]

    def em(at: Array) -> Seen:
        nowhere = Seen(np.zeros_like(at), math.inf)
        if not np.abs(at).max() < LARGEST:
            rows.append(None)
            return nowhere
        here = State(means_of(at), state.covariance)
        row, sums = look(len(rows), here)
        rows.append(row)
        try:
            after = move(here, sums)
        except InputError as error:
            failed.append(error)
            return nowhere
        return Seen(vector_of(after.means) - at, -sums.log_likelihood)

    scale = 1.0 if tie is not None else math.sqrt(len(state.means))
    start = vector_of(state.means)
    run = accelerated(em, start, method, steps + 1, tolerance=tolerance * scale)
    if run.kept[-1].objective == math.inf and failed:
        raise failed[-1]
    found = [rows[at.evaluations - 1] for at in run.kept]
    return [row for row in found if row is not None], run.refused, run.kept[-1].step / scale
