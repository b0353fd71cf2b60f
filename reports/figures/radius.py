"""What decides a radius, along the ray of the worst point: the smallest eigenvalue against |θ|."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from overspec.decimals import decimal
from overspec.errors import InputError
from overspec.evidence import Evidence, Provenance
from overspec.figure import FigureData, Series
from overspec.mixture import Mixture
from overspec.verify.radius.search import simplex_amplitudes
from overspec.verify.radius.slack import along_simplex, anywhere, one_dimensional

POINTS = 48
ACCURACY = 1e-4
BEYOND = 1.6  # how far past γ the curve goes
FARTHEST = 3.0  # the end where no failure was seen; a lattice in five dimensions reaches less
NAMES = {
    "factor": ("smallest factor g_m", "cσ"),
    "jacobian": ("smallest eigenvalue of I − DM", "cσ"),
    "convexity": ("smallest eigenvalue of the Hessian", "0"),
}


def radius_curve(
    mixture: Mixture,
    kind: str,
    threshold: float,
    orbit: str,
    gamma: float,
    worst: Sequence[float],
    evidence: Evidence,
    provenance: Provenance,
) -> FigureData:
    """The curve, its threshold, and γ where they meet.

    Args:
        mixture, kind, orbit: as for `radius.gamma`.
        threshold: cσ, or 0 for convexity.
        gamma: the radius found; ``inf`` where there is none.
        worst: the amplitudes of the first failure, whose direction is taken; empty for the
            regular simplex (or, for other actions, equal amplitudes).
        evidence: of gamma.
        provenance: of gamma.
    """
    if one_dimensional(mixture, orbit):
        height, direction = along_simplex(mixture, kind, 0.0), np.ones(1)
    else:
        height, direction = anywhere(mixture, kind, 0.0), _direction(mixture, worst)
    end = BEYOND * gamma if math.isfinite(gamma) else FARTHEST
    found = []
    for radius in np.linspace(0, end, POINTS)[1:]:
        try:
            found.append((radius, height(radius * direction, ACCURACY)))
        except InputError:  # a lattice that is too large: the curve ends here
            break
    what, level = NAMES[kind]
    radii, heights = zip(*((decimal(r), decimal(h)) for r, h in found), strict=True)
    series = [
        Series(what, "line", radii, heights),
        Series.of(f"threshold {level}", "limit", ("0", end), (threshold,) * 2),
    ]
    if math.isfinite(gamma):
        series.append(Series.of("γ", "mark", (gamma,), (threshold,), evidence))
    where = "regular simplices"
    if len(direction) > 1:
        where = "the ray of amplitudes " + ", ".join(decimal(a, 4) for a in direction)
    return FigureData.of(
        "radius-curve",
        f"What decides the radius: {mixture}",
        f"Along {where}; the curve to {ACCURACY:g}. γ is where it first falls to the threshold.",
        ("radius |θ| (standard deviations)", what),
        series,
        provenance,
    )


def _direction(mixture: Mixture, worst: Sequence[float]) -> NDArray[np.float64]:
    if worst:
        ray = np.array(worst)
    elif mixture.action.is_simplex:
        ray = np.array(simplex_amplitudes(mixture.k, 1.0))
    else:
        ray = np.zeros(mixture.k // 2)
        ray[[m - 1 for m in mixture.action.frequencies if m != 0]] = 1.0
    unit: NDArray[np.float64] = ray / np.linalg.norm(ray)
    return unit
