"""The mixtures and points on which measured claims are checked: exact, few, chosen to differ."""

from __future__ import annotations

import math
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

#: k = 5, weights in Q(√5) that are null at m = 1 alone: for rational ones 5 would be prime.
NULL_AT_1 = "1/10+sqrt(5)/10,1/10,1/10+(5-sqrt(5))/20,1/10+(5-sqrt(5))/20,1/10"
#: The same weights in the order j → 2j, null at m = 2 alone: there 2m = 4 is the frequency 1.
NULL_AT_2 = "1/10+sqrt(5)/10,1/10+(5-sqrt(5))/20,1/10,1/10,1/10+(5-sqrt(5))/20"
#: k = 6, null at m = 2 alone, neither the first frequency nor the last.
NULL_INSIDE = "1/18,2/18,3/18,5/18,4/18,3/18"


@cache
def separating() -> tuple[Mixture, ...]:
    """Mixtures that tell the claims from false ones that no simplex action with k ≤ 4 refutes.

    Null planes at k = 5 and 6, where ``2m`` is not ``m + 1``; actions with d < k − 1, whose F(R)
    leaves out the null frequency, or all others; one with d > k − 1.
    """
    return (
        Mixture.simplex(5, NULL_AT_1),
        Mixture.simplex(5, NULL_AT_2),
        Mixture.simplex(6, NULL_INSIDE),
        Mixture.of(4, "2/5,3/10,1/10,1/5", {1: 1}),  # null at m = 2, which is not in F(R)
        Mixture.of(5, NULL_AT_1, {2: 1}),
        Mixture.of(6, NULL_INSIDE, {2: 1}),
        Mixture.of(6, NULL_INSIDE, {1: 1, 3: 1}),
        Mixture.simplex(3, "1/2,3/10,1/5", d=4),
    )


def mixtures(ks: tuple[int, ...]) -> tuple[Mixture, ...]:
    """The simplex mixtures of the table for the given k."""
    return tuple(Mixture.simplex(k, weights) for k in ks for weights in WEIGHTS[k])


def every(ks: tuple[int, ...]) -> tuple[Mixture, ...]:
    """Those of the table, with k = 4 among them, below which the order of the weights decides
    nothing, and the separating ones.
    """
    return (*mixtures(tuple(sorted({*small(ks), 4}))), *separating())


def small(ks: tuple[int, ...]) -> tuple[int, ...]:
    """The k ≤ 4 among those given, or 4: grids at larger k cost minutes and show nothing new."""
    return tuple(k for k in ks if k <= 4) or (4,)


@cache
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


def frequencies(mixture: Mixture) -> tuple[int, ...]:
    """F(R) without 0, ascending."""
    return tuple(sorted(m for m in mixture.action.frequencies if m))


def corner(k: int, m: int) -> Energies:
    """The direction of norm 1 with all its energy in frequency m."""
    return Energies(k, tuple((Fraction(int(n == m)), 1) for n in range(1, k // 2 + 1)))


@cache
def directions(mixture: Mixture, count: int) -> tuple[Energies, ...]:
    """The `rays` of a simplex action with k ≤ 4; else what costs little: the corners of F(R),
    the regular simplex, and of two frequencies, one of them a line, the middle between them.
    """
    k, found = mixture.k, frequencies(mixture)
    if mixture.action.is_simplex and k <= 4:
        return rays(k, count)
    corners = [corner(k, m) for m in found]
    if mixture.action.is_simplex:
        return (Energies.regular_simplex(k, 1), *corners)
    if len(found) == 2 and 2 * found[1] == k:
        parts = (Fraction(int(m in found), 2) for m in range(1, k // 2 + 1))
        corners.append(Energies(k, tuple((part, 1) for part in parts)))
    return tuple(corners)


def scaled(energies: Energies, radius: Fraction) -> Energies:
    """The same direction at another norm (the given one has norm 1)."""
    return Energies(energies.k, tuple((e * radius**2, n) for e, n in energies.runs))


#: Amplitudes from which limits as θ → 0 are extrapolated: each halves the one before.
AMPLITUDES = tuple(Fraction(1, n) for n in (8, 16, 32, 64))

SURVEY_DIGITS = 6
SURVEY_RADII = tuple(Fraction(n, 4) for n in (0, 1, 2, 3, 4, 6, 8, 12, 16))


@cache
def survey(mixture: Mixture, quick: bool) -> tuple[tuple[Energies, Evaluation], ...]:
    """The mixture looked at on rays × radii, to six digits, at θ = 0 to all; claims share it."""
    chosen = directions(mixture, 2 if quick else 3)
    radii = SURVEY_RADII[::2] if quick else SURVEY_RADII
    points = dict.fromkeys(scaled(ray, radius) for radius in radii for ray in chosen)
    digits = (SURVEY_DIGITS if point.norm_squared else 15 for point in points)
    return tuple(
        (point, evaluate(mixture, point, digits=n)) for point, n in zip(points, digits, strict=True)
    )


def mapped(value: Evaluation) -> float:
    """|M(θ)|."""
    return math.sqrt(math.fsum(float(a) ** 2 for a in value.map_amplitudes))


def after_step(value: Evaluation) -> Energies:
    """The point that one EM step leads to: the exact rationals nearest to the mapped amplitudes."""
    image = (Fraction(float(a)) for a in value.map_amplitudes)
    return Energies(value.mixture.k, tuple((a * a, 1) for a in image))


def _blend(a: Fraction, b: object, share: Fraction) -> Fraction:
    if not isinstance(b, Fraction):
        raise TypeError("a rational radius has rational energies")
    return (1 - share) * a + share * b
