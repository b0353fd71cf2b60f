"""Population EM with free means and fixed weights: what the tie prevents (math.md Q1)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError
from overspec.evidence import Evidence
from overspec.exact import exact, sign
from overspec.mixture import Energies, Mixture
from overspec.results.run import RunResult, looked, told_ahead
from overspec.results.text import decimal_text
from overspec.verify.em.population import check_run
from overspec.verify.engines import lattice, trapezoid
from overspec.verify.engines.moments import first_axes
from overspec.verify.engines.rounding import elementary, estimate, joined
from overspec.verify.engines.spectrum import amplitudes as to_amplitudes
from overspec.verify.engines.spectrum import float_weights

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FreeStep:
    """One iterate of EM with free means: t, the means (k tuples of d numbers), norm, KL.

    The norm is that of the stacked means, ``(Σ_j |μ_j|²/k)^{1/2}``. ``error`` is that of each
    coordinate of the means, and of the norm, after the steps so far; ``kl_error`` that of KL at
    these means. Both are estimates: see `free_trajectory`.
    """

    t: int
    means: tuple[tuple[float, ...], ...]
    norm: float
    kl: float
    error: float = math.nan
    kl_error: float = math.nan


@dataclass(frozen=True, repr=False)
class FreeTrajectory(RunResult):
    """A run of population EM with free means.

    Attributes:
        steps: the iterates, t = 0 first.
        rate_measured: KL_T / KL_{T−1}; tends to 1, since the convergence is sublinear (math.md Q1);
            None where KL is within a hundred errors of 0.
        t2_kl: T²·KL_T.
        method, refused: as for `population.Trajectory`.
        evidence: always MEASURED.
    """

    mixture: Mixture
    steps: tuple[FreeStep, ...]
    rate_measured: float | None
    t2_kl: float
    evidence: Evidence = Evidence.MEASURED
    method: str = "em"
    refused: int = 0

    @property
    def means(self) -> Array:
        """The means of every iterate, shape (T + 1, k, k − 1)."""
        return np.array([step.means for step in self.steps])

    @property
    def kl(self) -> Array:
        """KL_t in nats, shape (T + 1,)."""
        return np.array([step.kl for step in self.steps])

    def about(self) -> list[tuple[str, object]]:
        """How it looked ahead, where it did."""
        return looked(self.method, self.refused)

    def run(self) -> dict[str, Any]:
        """The run as plain data, with the digits that the errors leave, at most 11."""
        last, rate = self.steps[-1], self.rate_measured

        def text(value: float, error: float) -> str:
            return decimal_text(value, error, 11)

        relative = sum(step.kl_error / step.kl for step in self.steps[-2:]) if rate else 0.0
        return {
            "steps": [
                {
                    "t": step.t,
                    "means": [[text(x, step.error) for x in mean] for mean in step.means],
                    "norm": text(step.norm, step.error),
                    "kl": text(step.kl, step.kl_error),
                }
                for step in self.steps
            ],
            "rate_measured": None if rate is None else text(rate, rate * relative),
            # free means: the Jacobian at the optimum has eigenvalue 1
            **told_ahead(self.method, self.refused, "1"),
            **({"t2_kl": text(self.t2_kl, last.kl_error * max(last.t, 1) ** 2)}
               if self.method == "em" else {}),
        }  # fmt: skip

    def records(self) -> list[dict[str, Any]]:
        """One row a step."""
        return [{"t": s.t, "norm": s.norm, "kl": s.kl} for s in self.steps]


def free_trajectory(
    mixture: Mixture, radius: object, steps: int, digits: int = 12
) -> FreeTrajectory:
    """Population EM with k free means and fixed weights, from a regular simplex (math.md Q1).

    ``μ_j' = E[w_j x] / E[w_j]``; the tie ``μ_j = R^j θ`` is not kept, whatever the start.

    Every step is a sum over a lattice; its error is by how much the same lattice, shifted by half
    a step, differs, with what lies beyond the radius and the rounding of `engines.rounding`. The
    steps' errors of the first kind add up, those of rounding as independent ones: near the optimum
    no direction of EM's derivative stretches them (its largest eigenvalue is 1).

    Args:
        mixture: k ≤ 4 with the simplex action; coordinates beyond k − 1 stay 0 and are left out.
        radius: norm of the initial means, exact.
        steps: EM steps.
        digits: the lattices are built for expectations good to 10^-digits, at most 15.

    Raises:
        InputError: k > 4, another action, a radius that is not positive, steps out of range.

    >>> run = free_trajectory(Mixture.simplex(2, "7/10,3/10"), "1", 200)
    >>> 0.05 < run.t2_kl < 0.0625  # tends to (k − 1)/16
    True
    """
    check_run(steps, digits, 0.0)
    means, log_weights = free_start(mixture, radius), np.log(float_weights(mixture))
    rows = []
    added, rounded = 0.0, estimate(1) * float(np.abs(means).max())
    for t in range(steps + 1):
        step = free_step(means, log_weights, 10.0**-digits)
        rows.append(free_row(t, means, step, added + rounded))
        means, added, rounded = step.means, added + step.error, math.hypot(rounded, step.rounding)
    last = rows[-1]
    known = all(row.kl > 100 * row.kl_error for row in rows[-2:])
    rate = last.kl / rows[-2].kl if steps and known else None
    return FreeTrajectory(mixture, tuple(rows), rate, last.t**2 * last.kl)


def free_start(mixture: Mixture, radius: object) -> Array:
    """The means of a regular simplex of this norm, shape (k, k − 1).

    Raises:
        InputError: k > 4, another action, a radius that is not positive.
    """
    k = mixture.k
    if k > 4 or not mixture.action.is_simplex:
        raise InputError("free means: population EM needs the simplex action and k <= 4")
    size = exact(radius, "radius")
    if sign(size) <= 0:
        raise InputError(f"radius {size}: the initial simplex needs a radius > 0")
    frequencies = tuple(range(1, k // 2 + 1))
    theta = np.zeros(k - 1)
    theta[list(first_axes(k, frequencies))] = to_amplitudes(Energies.regular_simplex(k, size))
    means: Array = lattice.rotations(k, frequencies) @ theta
    return means


def free_row(t: int, means: Array, step: AtMeans, error: float) -> FreeStep:
    """The iterate t at these means."""
    norm = math.sqrt(float((means**2).sum()) / len(means))
    return FreeStep(t, tuple(map(tuple, means.tolist())), norm, step.kl, error, step.kl_error)


@dataclass(frozen=True)
class AtMeans:
    """KL at some means, and the next ones: error and rounding are those of the step alone."""

    kl: float
    kl_error: float
    means: Array
    error: float
    rounding: float


def free_step(means: Array, log_weights: Array, tolerance: float) -> AtMeans:
    """KL and EM's step at these means, by a lattice and another, shifted by half a step.

    The harmonics of odd order, which the second turns round, are nearly all that a lattice errs by:
    the two differ by about twice the error. (Their mean would be far better than any error that
    can be told from them.)

    The nodes left out beyond the radius are bounded with all w_j at most 1 and
    ``|log S| ≤ |μ||x| + |μ|²/2`` there.

    Rounding: a sum of nodes ω with deviations δ, relative to 1/√(effective nodes), has
    ``δ (E' w_j² x_i²)^{1/2}``, E' over the nodes with ω² in place of ω; that density is at most
    2^{D/2} e^{−|x|²/2} times the Gaussian's, and x² e^{−x²/2} < 1, so that with w_j ≤ 1 it is at
    most ``δ min(1, 2^{D/4} √(E w_j))``; the same holds without x_i.
    Adding up errs by its deviation times the sums of magnitudes, ``E w_j`` and
    ``E w_j |x_i| ≤ min(√(2/π), √(E w_j))``.
    """
    grid = trapezoid.affordable_lattice(means, tolerance)
    # leaves out e^{−7} of it: what it errs by is then what the two differ by, or rounding
    grid = replace(grid, radius=math.sqrt(grid.radius**2 + 14))
    squares = (means**2).sum(axis=1)
    pair = [trapezoid.expectations(means, log_weights - squares / 2, grid, shift, False)
            for shift in (0.0, 0.5)]  # fmt: skip
    masses = [sums.single[:, 0, 0][:, None] for sums in pair]
    moved = [sums.single[:, 0, 1:] / mass for sums, mass in zip(pair, masses, strict=True)]
    logs = [sums.log_partition for sums in pair]
    after, parts, dimension = moved[0], pair[0].rounding, means.shape[1]
    out, coordinate, norm = left_out(grid)
    size = float(np.sqrt(squares.max()))
    root = np.sqrt(masses[0])
    added = np.minimum(math.sqrt(2 / math.pi), root) / masses[0] + np.abs(after)
    averaged = joined(1, parts.weights, parts.terms)
    share = np.minimum(1, 2 ** (dimension / 4) * root) * (1 + np.abs(after)) / masses[0]
    # c_j = log π_j − |μ_j|²/2 is rounded once for all nodes
    offsets = float(np.abs(log_weights - squares / 2).max())
    given = joined(1, elementary("log") * float(np.abs(log_weights).max()), size**2, offsets)
    # Var log S ≤ max|μ_j|² (Poincaré)
    rough = estimate(joined(size * parts.logs, size * parts.weights, parts.terms, given))
    return AtMeans(
        -logs[0],
        abs(logs[0] - logs[1]) + size * norm + size**2 / 2 * out + rough,
        after,
        float(np.abs(moved[0] - moved[1]).max())
        + float(((coordinate + np.abs(after) * out) / masses[0]).max()),
        estimate(joined(parts.added * float(added.max()), averaged * float(share.max())))
        + estimate(given) / float(root.min()),
    )


def left_out(grid: trapezoid.Lattice) -> tuple[float, float, float]:
    """The sums of h φ(x), h φ(x) |x_i| (the largest) and h φ(x) |x| over nodes beyond the radius.

    >>> grid = trapezoid.Lattice((1 / 16, 1 / 16), 4.0)
    >>> 0.98 < left_out(grid)[0] / math.exp(-8) < 1.02  # P(|x| > T) = e^{−T²/2}
    True
    """
    far = math.sqrt(grid.radius**2 + 40)  # what lies beyond is e^{−20} of it
    axes = [h * np.arange(-math.ceil(far / h), math.ceil(far / h) + 1) for h in grid.steps]
    nodes = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))
    norms = np.sqrt((nodes**2).sum(axis=1))
    nodes, norms = nodes[norms > grid.radius], norms[norms > grid.radius]
    mass = math.prod(grid.steps) * np.exp(-(norms**2) / 2) / math.tau ** (len(axes) / 2)
    return float(mass.sum()), float((mass @ np.abs(nodes)).max()), float(mass @ norms)
