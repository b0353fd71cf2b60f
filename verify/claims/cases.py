"""The mixtures and points on which measured claims are checked: exact, few, chosen to differ."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from overspec.mixture import Energies, Mixture
from overspec.proofs.machinery.cyclotomic import null_frequencies
from overspec.verify.engines.evaluate import Evaluation, evaluate

#: Weights per k: generic, one-heavy, and every way to be degenerate that k allows.
WEIGHTS: dict[int, tuple[str, ...]] = {
    2: ("4/5,1/5", "3/10,7/10", "uniform"),
    3: ("1/2,3/10,1/5", "one-heavy:4/5", "uniform"),
    4: ("1/2,1/4,3/20,1/10", "one-heavy:3/5", "2/5,3/10,1/5,1/10", "2/5,3/10,1/10,1/5",
        "3/10,1/5,3/10,1/5", "uniform"),
    5: ("1/2,1/5,1/10,1/10,1/10", "one-heavy:3/5", "uniform"),
    6: ("2/5,1/5,1/10,1/10,1/10,1/10", "one-heavy:3/5", "uniform"),
}  # fmt: skip


def mixtures(ks: tuple[int, ...]) -> tuple[Mixture, ...]:
    """The simplex mixtures of the table for the given k."""
    return tuple(Mixture.simplex(k, weights) for k in ks for weights in WEIGHTS[k])


def small(ks: tuple[int, ...]) -> tuple[int, ...]:
    """The k ≤ 4 among those given, or 4: grids at larger k cost minutes and show nothing new."""
    return tuple(k for k in ks if k <= 4) or (4,)


def is_regular(mixture: Mixture) -> bool:
    """Whether no frequency of the action is null, decided exactly (math.md S3)."""
    return not null_frequencies(mixture.weights, mixture.action)


def rays(k: int, count: int) -> tuple[Energies, ...]:
    """Directions of unit norm: each frequency alone, the regular simplex, and mixed ones.

    The mixed directions are exact rational points (squares of a stereographic parametrisation
    are not needed: energies only have to be non-negative and sum to 1).
    """
    n = k // 2
    simplex = tuple(Energies.regular_simplex(k, 1))
    corners = [tuple(Fraction(int(i == m)) for i in range(n)) for m in range(n)]
    mixed = [
        tuple(_blend(corners[m][i], simplex[i], Fraction(s, count)) for i in range(n))
        for m in range(n)
        for s in range(1, count)
    ]
    points = [simplex, *corners, *mixed] if n > 1 else [simplex]
    return tuple(Energies(k, tuple((e, 1) for e in point)) for point in points)


def scaled(energies: Energies, radius: Fraction) -> Energies:
    """The same direction at another norm (the given one has norm 1)."""
    return Energies(energies.k, tuple((e * radius**2, n) for e, n in energies.runs))


SURVEY_DIGITS = 6
SURVEY_RADII = tuple(Fraction(n, 4) for n in (0, 1, 2, 3, 4, 6, 8, 12, 16))


@cache
def survey(mixture: Mixture, quick: bool) -> tuple[tuple[Energies, Evaluation], ...]:
    """The mixture looked at on rays × radii, to six digits; several claims share it."""
    directions = rays(mixture.k, 2 if quick else 3)
    radii = SURVEY_RADII[::2] if quick else SURVEY_RADII
    points = dict.fromkeys(scaled(ray, radius) for radius in radii for ray in directions)
    return tuple((point, evaluate(mixture, point, digits=SURVEY_DIGITS)) for point in points)


def after_step(value: Evaluation) -> Energies:
    """The point that one EM step leads to: the exact rationals nearest to the mapped amplitudes."""
    mapped = (Fraction(float(a)) for a in value.map_amplitudes)
    return Energies(value.mixture.k, tuple((a * a, 1) for a in mapped))


def _blend(a: Fraction, b: object, share: Fraction) -> Fraction:
    if not isinstance(b, Fraction):
        raise TypeError("a rational radius has rational energies")
    return (1 - share) * a + share * b
