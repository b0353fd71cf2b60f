"""Points for the engines, and how far apart what two of them find is."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import mpmath

from overspec import Energies, Mixture
from overspec.verify.engines.moments import Moments

KINDS = ("log_partition", "g", "operator", "jacobian")


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
