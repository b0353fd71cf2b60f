"""Points for the engines, and how far apart what two of them find is."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath

from overspec import Energies, Mixture
from overspec.verify.engines.moments import Moments
from overspec.verify.engines.pairs import digits

KINDS = ("log_partition", "g", "operator", "jacobian")
#: Of k = 4: weights and amplitudes that are nearly 0, alike or far apart.
EDGES = (
    ("uniform", "1/1000,1/500"), ("999997/1000000,1/1000000x3", "1,2"), ("uniform", "1,1"),
    ("1/1000000,1/2,499998/1000000,1/1000000", "2,1"), ("1/5,3/10,1/10,2/5", "4,3"),
    ("linear", "1/50,2"), ("linear", "2,1/20"),
)  # fmt: skip


def at(k: int, weights: str, amplitudes: str) -> tuple[Mixture, Energies]:
    return Mixture.simplex(k, weights), Energies.of_amplitudes(k, amplitudes)


def random_point(rng: random.Random, k: int, most: int = 200) -> tuple[Mixture, Energies]:
    parts = [rng.randint(1, 10 ** rng.choice((1, 2, 5))) for _ in range(k)]
    weights = [Fraction(part, sum(parts)) for part in parts]
    amplitudes = [Fraction(rng.randint(20, most), 100) for _ in range(k // 2)]
    return Mixture.simplex(k, weights), Energies.of_amplitudes(k, amplitudes)


def largest(one: Moments, other: Moments) -> dict[str, float]:
    """Largest differences by kind."""

    def numbers(found: Moments) -> dict[str, list[Any]]:
        matrix = [x for row in found.jacobian for x in row]
        return {
            "log_partition": [found.log_partition], "g": list(found.g),
            "operator": list(found.operator), "jacobian": matrix,
        }  # fmt: skip

    a, b = numbers(one), numbers(other)
    with mpmath.workdps(30):
        return {
            n: max(
                float(abs(mpmath.mpmathify(x) - mpmath.mpmathify(y)))
                for x, y in zip(a[n], b[n], strict=True)
            )
            for n in KINDS
        }


def ratios(
    moments: Callable[[Mixture, Energies], Moments], points: list[tuple[Mixture, Energies]]
) -> dict[str, list[float]]:
    """Reported over true errors, k = 4, where the pairs engine has many digits."""
    found: dict[str, list[float]] = {name: [] for name in KINDS}
    for point in points:
        ours = moments(*point)
        for name, true in largest(ours, digits.moments(*point, 20)).items():
            assert true <= ours.errors[name], (point, name)
            found[name].append(ours.errors[name] / max(true, 1e-17))
    return found
