"""What the data come from: a finite Gaussian mixture with covariances I, or N(0, Σ)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from overspec.errors import InputError, InputTypeError
from overspec.exact import Exact, exact, sign, text_of, whole
from overspec.models.matrices import (
    Matrix,
    Vector,
    check_covariance,
    identity,
    matrix,
    scaled,
    text,
    vector,
)
from overspec.weights import Weights

MAX_DIMENSION = 3  # of the data


@dataclass(frozen=True, init=False)
class Truth:
    """The law of the data: ``Σ_i α_i N(ν_i, I)``; N(0, Σ) by `Truth.normal`.

    Args:
        means: the vectors ν_i, one or more, of one size d ≤ 3; numbers where d = 1.
        weights: anything that `Weights.of` reads; for a single mean nothing, or 1.

    Raises:
        InputError: weights that do not sum to 1 or are not positive (decided exactly), means of
            unequal sizes, or d > 3.

    >>> Truth([1, -1], "1/2,1/2").d, str(Truth.standard(2))
    (1, 'N(0, I), d = 2')
    >>> Truth([1, -1], "1/2,1/3")
    Traceback (most recent call last):
    ...
    overspec.errors.InputError: the weights sum to 5/6, not to 1; 'normalise:' before a list \
divides it by its sum, exactly
    """

    means: tuple[Vector, ...]
    weights: tuple[Exact, ...]
    covariance: Matrix

    def __init__(self, means: Sequence[object], weights: object = None) -> None:
        if isinstance(means, (str, bytes)) or not isinstance(means, Sequence):
            raise InputTypeError(f"means {means!r}: give a sequence of vectors, [nu_1, nu_2, …]")
        if not means:
            raise InputError("no means; give at least one")
        read = tuple(vector(nu, f"mean {i}") for i, nu in enumerate(means, start=1))
        d = check_dimension(len(read[0]))
        for i, nu in enumerate(read, start=1):
            if len(nu) != d:
                raise InputError(f"mean {i} has {len(nu)} entries and mean 1 has {d}; use one size")
        self._set(read, _weights(weights, len(read)), identity(d))

    def _set(self, means: tuple[Vector, ...], weights: Vector, covariance: Matrix) -> None:
        object.__setattr__(self, "means", means)
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "covariance", covariance)

    @classmethod
    def standard(cls, d: int) -> Truth:
        """N(0, I) in d dimensions: one component, so that every fit has too many."""
        d = check_dimension(whole(d, "d"))
        return cls([(Fraction(0),) * d])

    @classmethod
    def normal(cls, covariance: object) -> Truth:
        """N(0, Σ) with an exact, positive definite Σ.

        Raises:
            InputError: not symmetric, not positive definite, or larger than 3×3.

        >>> Truth.normal("2,1; 1,2").is_standard
        False
        """
        read = matrix(covariance, "Sigma")
        check_dimension(len(read))
        check_covariance(read, "Sigma")
        made = cls([(Fraction(0),) * len(read)])
        made._set(made.means, made.weights, read)
        return made

    def over_root(self, variance: Fraction) -> Truth:
        """The law of x/√v.

        >>> Truth([2], "1").over_root(Fraction(4)).means
        ((Fraction(1, 1),),)
        """
        made = Truth.standard(self.d)
        means = scaled(self.means, exact(f"1/sqrt({variance})"))
        made._set(means, self.weights, scaled(self.covariance, 1 / variance))
        return made

    @property
    def d(self) -> int:
        """The dimension of the data."""
        return len(self.means[0])

    @property
    def is_standard(self) -> bool:
        """Whether it is N(0, I)."""
        zero = all(sign(a) == 0 for nu in self.means for a in nu)
        return zero and self.covariance == identity(self.d)

    def to_dict(self) -> dict[str, Any]:
        """Plain, exact data: d, and texts that `Truth` or `Truth.normal` reads back.

        >>> Truth([1, -1], "1/2,1/2").to_dict()["means"]
        ['1', '-1']
        """
        return {
            "d": self.d,
            "means": [",".join(map(text_of, nu)) for nu in self.means],
            "weights": ",".join(map(text_of, self.weights)),
            "covariance": text(self.covariance),
        }

    def __str__(self) -> str:
        if self.is_standard:
            return f"N(0, I), d = {self.d}"
        if self.covariance != identity(self.d):
            return f"N(0, Sigma), d = {self.d}"
        parts = (
            f"{text_of(a)} N({_shown(nu)}, I)"
            for a, nu in zip(self.weights, self.means, strict=True)
        )
        return f"{' + '.join(parts)}, d = {self.d}"


def _shown(nu: Vector) -> str:
    entries = ", ".join(map(text_of, nu))
    return entries if len(nu) == 1 else f"({entries})"


def _weights(weights: object, count: int) -> Vector:
    if count > 1:
        if weights is None:
            raise InputError(f"no weights for {count} means; give them, or 'uniform'")
        return tuple(Weights.of(weights, count))
    if weights is None or weights == "uniform":
        return (Fraction(1),)
    (only,) = vector(weights, "weights", 1)
    if sign(exact(only) - 1) != 0:
        raise InputError(f"the weight of a single mean is {text_of(only)}, not 1; leave it out")
    return (Fraction(1),)


def check_dimension(d: int) -> int:
    """d, unless there are less than one or more than `MAX_DIMENSION` dimensions.

    Raises:
        InputError: such a d.

    >>> check_dimension(4)
    Traceback (most recent call last):
    ...
    overspec.errors.InputError: d = 4: models and truths have data in 1 … 3 dimensions
    """
    if not 1 <= d <= MAX_DIMENSION:
        raise InputError(f"d = {d}: models and truths have data in 1 … {MAX_DIMENSION} dimensions")
    return d
