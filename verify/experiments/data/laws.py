"""Laws of data that depart from N(0, I) by degrees, three kinds of which keep the covariance I."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Array]

D = 3  # dimension of all laws; k = 4 centres
DEGREES = ("mild", "medium", "strong")


@dataclass(frozen=True)
class Law:
    """A centred law on R³.

    Attributes:
        family, parameter: which, in words.
        degree: 0 for N(0, I), then 1, 2, 3 for `DEGREES`.
        covariance: of the law, diagonal, shape (3,).
        exchangeable: whether permutations of the four axes of the simplex leave it unchanged.
        draw: n rows.
    """

    family: str
    parameter: str
    degree: int
    covariance: tuple[float, float, float]
    exchangeable: bool
    draw: Draw

    @property
    def gaussian(self) -> bool:
        """Whether it is normal, of whatever covariance."""
        return self.degree == 0 or self.family in ("wrong variance", "anisotropic")


WHITE = (1.0, 1.0, 1.0)
#: An orthonormal basis of the hyperplane Σ = 0 of R⁴, as columns.
HYPERPLANE: Array = np.linalg.qr((np.eye(4) - 0.25)[:, :D])[0]


def laws() -> tuple[Law, ...]:
    """N(0, I), and six families at three degrees each.

    >>> len(laws()), sorted({law.family for law in laws() if law.covariance != WHITE})
    (19, ['anisotropic', 'wrong variance'])
    """
    found = [Law("normal", "", 0, WHITE, True, lambda rng, n: rng.standard_normal((n, D)))]
    table: tuple[tuple[str, str, tuple[float, ...], Callable[[float], Draw]], ...] = (
        ("heavy-tailed", "t, ν = {:g}", (10, 5, 3), _student),
        ("skewed", "gamma axes, α = {:g}", (10, 2, 0.5), lambda a: _projected(a, np.eye(D))),
        ("multimodal", "two modes at ±{:g}", (0.5, 0.8, 0.95), _two_modes),
        ("symmetric", "four gamma axes, α = {:g}", (10, 2, 0.5),
         lambda a: _projected(a, HYPERPLANE)),
        ("wrong variance", "s² = {:g}", (0.5, 1.2, 1.5), lambda s: _scaled((s, s, s))),
        ("anisotropic", "variances 1 ± {:g}", (0.2, 0.5, 0.8),
         lambda a: _scaled((1 + a, 1.0, 1 - a))),
    )  # fmt: skip
    for family, words, parameters, make in table:
        for degree, p in enumerate(parameters, start=1):
            covariance = WHITE
            if family == "wrong variance":
                covariance = (p, p, p)
            if family == "anisotropic":
                covariance = (1 + p, 1.0, 1 - p)
            symmetric = family in ("heavy-tailed", "symmetric", "wrong variance")
            found.append(Law(family, words.format(p), degree, covariance, symmetric, make(p)))
    return tuple(found)


def _student(nu: float) -> Draw:
    def draw(rng: np.random.Generator, n: int) -> Array:
        scale = np.sqrt((nu - 2) / rng.chisquare(nu, n))
        return np.asarray(rng.standard_normal((n, D)) * scale[:, None])

    return draw


def _projected(shape: float, basis: Array) -> Draw:
    """Independent standardised gamma variables, one for each row of the basis."""

    def draw(rng: np.random.Generator, n: int) -> Array:
        axes = (rng.gamma(shape, size=(n, len(basis))) - shape) / math.sqrt(shape)
        return np.asarray(axes @ basis)

    return draw


def _two_modes(place: float) -> Draw:
    def draw(rng: np.random.Generator, n: int) -> Array:
        x = rng.standard_normal((n, D))
        x[:, 0] = place * rng.choice([-1.0, 1.0], n) + math.sqrt(1 - place**2) * x[:, 0]
        return x

    return draw


def _scaled(variances: tuple[float, ...]) -> Draw:
    return lambda rng, n: np.asarray(rng.standard_normal((n, D)) * np.sqrt(variances))
