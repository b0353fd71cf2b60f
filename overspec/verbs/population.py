"""``ov.population_em``: EM on the population N(0, I), step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from overspec.errors import InputError, InputTypeError
from overspec.exact import flag, text_of, whole
from overspec.mixture import Energies, Mixture

if TYPE_CHECKING:
    from overspec.verify.em.free import FreeTrajectory
    from overspec.verify.em.population import Trajectory


@overload
def population_em(
    mixture: Mixture,
    start: Energies,
    steps: int = 20,
    *,
    tied: Literal[True] = True,
    covariance: str = "fixed",
    digits: int = 14,
    tolerance: float = 0.0,
    accelerate: str = "em",
) -> Trajectory: ...
@overload
def population_em(
    mixture: Mixture,
    start: Energies,
    steps: int = 20,
    *,
    tied: Literal[False],
    covariance: str = "fixed",
    digits: int = 12,
    accelerate: str = "em",
) -> FreeTrajectory: ...
def population_em(
    mixture: Mixture,
    start: Energies,
    steps: int = 20,
    *,
    tied: bool = True,
    covariance: str = "fixed",
    digits: int | None = None,
    tolerance: float = 0.0,
    accelerate: str = "em",
) -> Trajectory | FreeTrajectory:
    """Population EM from θ: ``a_m ← (1 − g_m) a_m`` on the amplitudes (math.md S6), or free means.

    Args:
        mixture: k ≤ 6 components; k ≤ 4 for free means.
        start: the first θ; free means start from a regular simplex only.
        steps: EM steps to take.
        tied: whether the means stay the orbit of one θ (math.md Q1).
        covariance: ``"fixed"``, or ``"isotropic"`` (math.md Q2; tied means only).
        digits: accuracy of every expectation, at most 15.
        tolerance: stop once |θ| is at or below it (tied means only).
        accelerate: ``"em"``, or ``"squarem"``, ``"anderson"`` or ``"daarem"``: look ahead, and keep
            what is no farther in KL. Steps are then evaluations of EM's map, and rows the points
            that were kept.

    Raises:
        InputError: what population EM does not reach, or options out of range.

    >>> m = Mixture.simplex(3, "1/2,3/10,1/5")
    >>> run = population_em(m, m.point(radius=1), 60)
    >>> run.kl.shape, run.amplitudes.shape, round(run.rate_measured, 4)
    ((61,), (61, 1), 0.8649)
    """
    from overspec.verify.em.ahead.on_population import ahead_trajectory, free_ahead

    if not isinstance(mixture, Mixture) or not isinstance(start, Energies):
        raise InputTypeError("give a Mixture and a start, such as mixture.point(radius=1)")
    steps, tied = whole(steps, "steps"), flag(tied, "tied")
    if covariance == "full":
        raise InputError("covariance 'full' needs data; on the population use fixed or isotropic")
    if tied:
        accuracy = 14 if digits is None else whole(digits, "digits")
        return ahead_trajectory(mixture, start, steps, accelerate, accuracy, tolerance, covariance)
    if covariance != "fixed" or tolerance:
        raise InputError("free means on the population: covariance fixed, and no tolerance")
    if not start.is_regular_simplex:
        raise InputError("free means on the population start from a regular simplex: give a radius")
    accuracy = 12 if digits is None else whole(digits, "digits")
    return free_ahead(mixture, _root(start), steps, accelerate, accuracy)


def _root(start: Energies) -> str:
    """The radius |θ|, exactly."""
    return f"sqrt({text_of(start.norm_squared)})"
