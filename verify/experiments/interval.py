"""Student's interval over independent repetitions: how a sampled number carries its error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

CONFIDENCE = 0.9999  # many numbers are tested at once
FINEST = 6  # decimals printed


@dataclass(frozen=True)
class Interval:
    """A mean and the half-width of its interval.

    Attributes:
        mean, half: the interval is mean ± half.
        count: of how many repetitions.
    """

    mean: float
    half: float
    count: int

    @classmethod
    def of(
        cls,
        values: Sequence[float] | NDArray[np.float64],
        least: float = 0.0,
        confidence: float = CONFIDENCE,
    ) -> Interval:
        """Never narrower than ±least, for errors that all repetitions share.

        >>> Interval.of([1.0, 2.0, 3.0]).mean
        2.0
        """
        column = np.asarray(values, dtype=np.float64)
        n = len(column)
        spread = float(column.std(ddof=1)) / math.sqrt(n) if n > 1 else math.inf
        quantile = float(t.ppf((1 + confidence) / 2, max(n - 1, 1)))
        return cls(float(column.mean()), max(quantile * spread, least), n)

    def __str__(self) -> str:
        """To two digits of the half-width, and to 1e-6 at most.

        >>> str(Interval(1.23456, 0.0123, 9)), str(Interval(123.4, 50.0, 9))
        ('1.235 ± 0.012', '123 ± 50')
        """
        return plus_minus(self.mean, self.half)

    def slack(self, predicted: float) -> float:
        """1 at the centre, 0 at the ends, negative outside; −∞ where nothing was measured.

        >>> Interval(1.0, 0.5, 9).slack(1.25)
        0.5
        """
        slack = 1 - abs(predicted - self.mean) / self.half
        return slack if math.isfinite(slack) else -math.inf


def plus_minus(value: float, half: float) -> str:
    """``value ± half`` to two digits of the half-width, and to 1e-6 at most.

    >>> plus_minus(0.25, 0.0), plus_minus(-1e-9, 1e-12)
    ('0.250000 ± 0.000001', '0.000000 ± 0.000001')
    """
    if not math.isfinite(half):
        return f"{value:.3g} ± {half}"
    half = max(half, 10.0**-FINEST)
    digits = min(max(1 - math.floor(math.log10(half)), 0), FINEST)
    return f"{value + 0.0:z.{digits}f} ± {half:.{digits}f}"


def exponent(sizes: Sequence[int], table: NDArray[np.float64]) -> Interval:
    """The slope of log mean against log n, with the jackknife's interval.

    Args:
        sizes: n, at least two.
        table: shape (repetitions, len(sizes)), positive in the mean.

    >>> round(exponent((10, 1000), np.array([[1.0, 0.1], [1.0, 0.1], [1.0, 0.1]])).mean, 12)
    -0.5
    """
    logs = np.log(sizes)
    n = len(table)

    def slope(rows: NDArray[np.float64]) -> float:
        return float(np.polyfit(logs, np.log(rows.mean(axis=0)), 1)[0])

    whole = slope(table)
    # Tukey's pseudo-values, whose mean and spread are those of the estimate
    parts = [n * whole - (n - 1) * slope(np.delete(table, i, axis=0)) for i in range(n)]
    return Interval.of(parts)
