"""Population EM with free means and fixed weights: what the tie prevents (math.md Q1)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError
from overspec.evidence import Evidence
from overspec.exact import exact, sign
from overspec.mixture import Energies, Mixture
from overspec.results.run import RunResult
from overspec.results.text import decimal_text
from overspec.verify.em.population import check_run
from overspec.verify.engines import lattice, trapezoid
from overspec.verify.engines.moments import first_axes
from overspec.verify.engines.spectrum import amplitudes as to_amplitudes
from overspec.verify.engines.spectrum import float_weights

Array = NDArray[np.float64]

FREE_ACCURACY = 1e-12  # of what is shown of a run


@dataclass(frozen=True)
class FreeStep:
    """One iterate of EM with free means: t, the means (k tuples of d numbers), norm, KL.

    The norm is that of the stacked means, ``(Σ_j |μ_j|²/k)^{1/2}``.
    """

    t: int
    means: tuple[tuple[float, ...], ...]
    norm: float
    kl: float


@dataclass(frozen=True, repr=False)
class FreeTrajectory(RunResult):
    """A run of population EM with free means.

    Attributes:
        steps: the iterates, t = 0 first.
        rate_measured: KL_T / KL_{T−1}; tends to 1, since the convergence is sublinear (math.md Q1);
            None where KL is within a hundred errors of 0.
        t2_kl: T²·KL_T.
        accuracy: absolute, of KL and the means: what was asked for, and no more is shown.
        evidence: always MEASURED.
    """

    mixture: Mixture
    steps: tuple[FreeStep, ...]
    rate_measured: float | None
    t2_kl: float
    accuracy: float = FREE_ACCURACY
    evidence: Evidence = Evidence.MEASURED

    @property
    def means(self) -> Array:
        """The means of every iterate, shape (T + 1, k, k − 1)."""
        return np.array([step.means for step in self.steps])

    @property
    def kl(self) -> Array:
        """KL_t in nats, shape (T + 1,)."""
        return np.array([step.kl for step in self.steps])

    def run(self) -> dict[str, Any]:
        """The run as plain data."""
        last, rate, accuracy = self.steps[-1], self.rate_measured, self.accuracy

        def text(value: float, error: float = accuracy) -> str:
            return decimal_text(value, error, 11)

        return {
            "steps": [
                {
                    "t": step.t,
                    "means": [[text(x) for x in mean] for mean in step.means],
                    "norm": text(step.norm),
                    "kl": text(step.kl),
                }
                for step in self.steps
            ],
            "rate_measured": None if rate is None else text(rate, 2 * accuracy / last.kl),
            "rate_predicted": "1",  # free means: the Jacobian at the optimum has eigenvalue 1
            "t2_kl": text(self.t2_kl, accuracy * max(last.t, 1) ** 2),
        }

    def records(self) -> list[dict[str, Any]]:
        """One row a step."""
        return [{"t": s.t, "norm": s.norm, "kl": s.kl} for s in self.steps]


def free_trajectory(
    mixture: Mixture, radius: object, steps: int, digits: int = 12
) -> FreeTrajectory:
    """Population EM with k free means and fixed weights, from a regular simplex (math.md Q1).

    ``μ_j' = E[w_j x] / E[w_j]``; the tie ``μ_j = R^j θ`` is not kept, whatever the start.

    Args:
        mixture: k ≤ 4 with the simplex action; coordinates beyond k − 1 stay 0 and are left out.
        radius: norm of the initial means, exact.
        steps: EM steps.
        digits: accuracy of every expectation, at most 15; KL is good to 10^-digits absolute.

    Raises:
        InputError: k > 4, another action, a radius that is not positive, steps out of range.

    >>> run = free_trajectory(Mixture.simplex(2, "7/10,3/10"), "1", 200)
    >>> 0.05 < run.t2_kl < 0.0625  # tends to (k − 1)/16
    True
    """
    check_run(steps, digits, 0.0)
    k = mixture.k
    if k > 4 or not mixture.action.is_simplex:
        raise InputError("free means: population EM needs the simplex action and k <= 4")
    size = exact(radius, "radius")
    if sign(size) <= 0:
        raise InputError(f"radius {size}: the initial simplex needs a radius > 0")
    frequencies = tuple(range(1, k // 2 + 1))
    theta = np.zeros(k - 1)
    theta[list(first_axes(k, frequencies))] = to_amplitudes(Energies.regular_simplex(k, size))
    means = lattice.rotations(k, frequencies) @ theta
    log_weights = np.log(float_weights(mixture))
    rows = []
    for t in range(steps + 1):
        grid = trapezoid.affordable_lattice(means, 10.0**-digits)
        offsets = log_weights - (means**2).sum(axis=1) / 2
        sums = trapezoid.expectations(means, offsets, grid, jacobian=False)
        norm = math.sqrt(float((means**2).sum()) / k)
        listed = tuple(map(tuple, means.tolist()))
        rows.append(FreeStep(t, listed, norm, -sums.log_partition))
        means = sums.single[:, 0, 1:] / sums.single[:, 0, 0][:, None]
    last, accuracy = rows[-1], max(FREE_ACCURACY, 10.0**-digits)
    known = steps and min(last.kl, rows[-2].kl) > 100 * accuracy
    rate = last.kl / rows[-2].kl if known else None
    return FreeTrajectory(mixture, tuple(rows), rate, last.t**2 * last.kl, accuracy)
