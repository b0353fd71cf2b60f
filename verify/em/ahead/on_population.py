"""Population EM as a map that can be looked ahead of: amplitudes, a variance, free means.

The objective is KL. A variance is no coordinate: after one step of EM it is ``v = 1 − |θ|²/d``
(math.md Q2), and points that are looked ahead to have that one, too. EM's own
steps never lead out of ``|θ| ≤ √d``, the root mean square of the data, nor beyond where they start;
points at over twice the larger of the two count as infinitely far from the optimum.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError
from overspec.mixture import Energies, Mixture
from overspec.verify.em.ahead.methods import AHEAD, METHODS, Accelerated, Map, Seen, accelerated
from overspec.verify.em.free import FreeTrajectory, free_row, free_start, free_step, free_trajectory
from overspec.verify.em.population import (
    Trajectory,
    at_point,
    check_run,
    check_start,
    summary,
    trajectory,
    with_variance,
)
from overspec.verify.em.simplices import Step, energies_of, keeps_simplices, on_ray, shape_of
from overspec.verify.engines.moments import MAX_K, check_orbit_point, check_point
from overspec.verify.engines.rounding import estimate
from overspec.verify.engines.spectrum import amplitudes as to_amplitudes
from overspec.verify.engines.spectrum import float_weights, to_float

Array = NDArray[np.float64]

GONE = 1e-12
FARTHER = 2.0


def population_map(mixture: Mixture, accuracy: float = 1e-14) -> Map:
    """EM on N(0, I) with tied means, on the amplitudes: residual ``−g_m a_m`` and KL, k ≤ 6.

    Amplitudes may have either sign: g and KL depend on their squares (math.md S8). One below
    `GONE` of the largest moves no number, and makes the others dearer: it counts as 0 for them.
    """
    weights, energy = float_weights(mixture), energies_of(mixture)

    def em(theta: Array) -> Seen:
        found = at_point(weights, energy, _sizes(theta), accuracy)
        return Seen(-np.array(found.g[1:]) * theta, found.kl)

    return em


def _sizes(amplitudes: Array) -> tuple[float, ...]:
    sizes = np.abs(amplitudes)
    sizes[sizes < GONE * sizes.max()] = 0.0
    return tuple(sizes.tolist())


def ahead_trajectory(
    mixture: Mixture,
    energies: Energies,
    steps: int,
    method: str,
    digits: int = 14,
    tolerance: float = 0.0,
    covariance: str = "fixed",
) -> Trajectory:
    """`population.trajectory` that looks ahead: the points that were kept.

    Args:
        steps: evaluations of the map beyond the start, at most; SQUAREM finishes a cycle.
        method: as for `accelerated`; ``"em"`` is `trajectory` itself.
        mixture, energies, digits, tolerance, covariance: as for `trajectory`.

    Raises:
        InputError: see `trajectory`; another method.

    >>> m = Mixture.simplex(3)
    >>> run = ahead_trajectory(m, m.point(radius=1), 40, "anderson")
    >>> run.kl[-1] < 1e-8 and run.steps[-1].t <= 40
    True
    """
    _check_method(method)
    if method == "em":
        return trajectory(mixture, energies, steps, digits, tolerance, covariance)
    check_run(steps, digits, tolerance)
    check_start(energies)
    if covariance not in ("fixed", "isotropic"):
        raise InputError(f"covariance {covariance!r}; population EM knows fixed and isotropic")
    if mixture.k > MAX_K and covariance == "fixed":
        check_orbit_point(mixture, energies, digits)
        if not (keeps_simplices(mixture) and energies.is_regular_simplex):
            return trajectory(mixture, energies, steps, digits, tolerance)  # says why not
        start = np.array([math.sqrt(to_float(energies.norm_squared))])
        look = _along_simplices(mixture)
    else:
        check_point(mixture, energies, digits)
        start = np.array(to_amplitudes(energies))
        look = _by_amplitudes(mixture, 10.0**-digits, covariance == "isotropic")

    def near(theta: Array, here: Seen) -> bool:
        return float(np.linalg.norm(theta)) <= tolerance

    rows, run = _run(look, start, method, steps, mixture.d, near if tolerance else None)
    return summary(mixture, energies, tuple(rows), covariance, method, run.refused)


Look = Callable[[int, Array], tuple[Any, Seen | None]]


def _run(
    look: Look,
    start: Array,
    method: str,
    steps: int,
    square: float,
    enough: Callable[[Array, Seen], bool] | None,
) -> tuple[list[Any], Accelerated]:
    """The rows of the points that were kept; at what has none there is no KL."""
    rows: list[Any] = []
    most = FARTHER * max(math.sqrt(square), float(np.linalg.norm(start)))

    def em(theta: Array) -> Seen:
        row, seen = None, None
        if np.linalg.norm(theta) <= most:  # false of nan
            row, seen = look(len(rows), theta)
        rows.append(row)
        return seen or Seen(np.zeros_like(theta), math.inf)

    still = enough is not None and enough(start, Seen(start, 0.0))
    run = accelerated(em, start, method, 1 if still else steps + 1, enough=enough)
    return [rows[at.evaluations - 1] for at in run.kept], run


def _by_amplitudes(mixture: Mixture, accuracy: float, isotropic: bool) -> Look:
    weights, energy, d = float_weights(mixture), energies_of(mixture), mixture.d

    def look(t: int, theta: Array) -> tuple[Any, Seen | None]:
        sizes = _sizes(theta)
        lost = math.fsum(a * a for a in sizes) / d if isotropic and t else 0.0  # v = 1 at the start
        if not lost < 1:
            return None, None
        found = with_variance(weights, energy, sizes, lost, d, accuracy)
        row = Step(
            t, sizes, math.hypot(*sizes), found.kl, 1 - lost, found.kl_error, estimate(1)
        )  # fmt: skip
        moved = (1 - np.array(found.g[1:])) * theta / (1 - lost)
        residual = moved - theta if isotropic else -np.array(found.g[1:]) * theta
        return row, Seen(residual, found.kl)

    return look


def _along_simplices(mixture: Mixture) -> Look:
    ray, shape = on_ray(mixture), shape_of(mixture.k)

    def look(t: int, at: Array) -> tuple[Step, Seen | None]:
        r = abs(float(at[0]))
        found = ray(r)
        row = Step(t, tuple(r * a for a in shape), r, found.kl,
                   kl_error=found.kl_error, path_error=estimate(1))  # fmt: skip
        return row, Seen(-found.g * at, found.kl)

    return look


def free_ahead(
    mixture: Mixture, radius: object, steps: int, method: str, digits: int = 12
) -> FreeTrajectory:
    """`free.free_trajectory` that looks ahead, on all means at once.

    Args:
        mixture, radius, digits: as for `free_trajectory`.
        steps, method: as for `ahead_trajectory`.

    Raises:
        InputError: see `free_trajectory`; another method.

    >>> run = free_ahead(Mixture.simplex(2), "1", 30, "anderson")
    >>> run.steps[-1].kl < 1e-8
    True
    """
    _check_method(method)
    if method == "em":
        return free_trajectory(mixture, radius, steps, digits)
    check_run(steps, digits, 0.0)
    start, log_weights = free_start(mixture, radius), np.log(float_weights(mixture))
    k, d = start.shape

    def look(t: int, at: Array) -> tuple[Any, Seen | None]:
        means = at.reshape(k, d)
        found = free_step(means, log_weights, 10.0**-digits)
        row = free_row(t, means, found, estimate(1) * float(np.abs(means).max()))
        return row, Seen((found.means - means).ravel(), found.kl)

    rows, run = _run(look, start.ravel(), method, steps, k * d, None)
    last = rows[-1]
    return FreeTrajectory(
        mixture, tuple(rows), None, last.t**2 * last.kl, method=method, refused=run.refused
    )


def _check_method(method: object) -> None:
    if method not in METHODS:
        raise InputError(f"accelerate {method!r}; choose em, {', '.join(AHEAD)}")
