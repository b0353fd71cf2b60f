"""How a measured number carries its error, and what a prediction may be told from it.

A prediction *holds* of a number where it is within the stated error and that error is small enough
to tell; it is *refuted* where it is off by more than every error that is derived, and more than a
margin for those that are not; between the two nothing is said. `decided` makes one finding of many.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from overspec.evidence import Evidence
from overspec.verify.claims.claim import Finding

CONFIDENCE = 0.9999  # many numbers are tested at once
SURE = 1 - 1e-6  # and to refute one of a thousand of them by chance is an odd of 1 to 1000
DOUBT = 4.0  # an allowance says an order of magnitude: what is off by more than this is off
FINEST = 6  # decimals printed


@dataclass(frozen=True)
class Case:
    """A prediction of one number: in words, its slack, and what can be told of it.

    Attributes:
        slack: 1 where it is met, 0 at the edge of the stated error.
        passed: True, False, or None where the error decides nothing.
    """

    words: str
    slack: float
    passed: bool | None

    @classmethod
    def of(cls, words: str, holds: bool, decides: bool = True) -> Case:
        """Of what was counted, where nothing is rounded; undecided unless ``decides``.

        >>> Case.of("arrives", False).passed, Case.of("arrives", False, decides=False).passed
        (False, None)
        """
        return cls(words, 1.0 if holds else -1.0, holds if decides else None)

    @classmethod
    def within(cls, words: str, low: float, high: float, least: float) -> Case:
        """That a number known to be between low and high is ``least`` or more.

        >>> [Case.within("", low, high, 1.0).passed for low, high in ((1, 3), (0, 3), (0, 0.9))]
        [True, None, False]
        """
        passed = True if low >= least else False if high < least else None
        return cls(words, low - least if passed is not False else high - least, passed)


def decided(cases: Sequence[Case], evidence: Evidence) -> Finding:
    """False where one case is, else undecided where one is, with the worst of those.

    >>> found = decided([Case("a", 0.5, True), Case("b", -0.2, None)], Evidence.MEASURED)
    >>> found.passed, found.worst_at
    (None, 'b')
    """
    for passed in (False, None, True):
        among = [case for case in cases if case.passed is passed]
        if among:
            least = min(among, key=lambda case: case.slack)
            return Finding(passed, evidence, margin=least.slack, worst_at=least.words)
    raise ValueError("nothing was measured")


@dataclass(frozen=True)
class Interval:
    """A number and how far it may be off.

    Attributes:
        mean, half: the interval is mean ± half, or nothing is known of the error, which is inf.
        count: of how many repetitions.
        sure: half-width of the interval outside which a prediction is refuted, at least half;
            half itself where it is not given.
    """

    mean: float
    half: float
    count: int
    sure: float | None = None

    @classmethod
    def of(
        cls,
        values: Sequence[float] | NDArray[np.float64],
        least: float = 0.0,
        confidence: float = CONFIDENCE,
    ) -> Interval:
        """Student's interval over independent repetitions.

        Never narrower than ±least, an allowance for errors that all repetitions share, known to
        the order of magnitude. To refute, the interval is that of the confidence `SURE` and the
        allowance `DOUBT` times as large.

        >>> found = Interval.of([1.0, 2.0, 3.0], 0.5)
        >>> found.mean, found.half < found.sure
        (2.0, True)
        """
        column = np.asarray(values, dtype=np.float64)
        n = len(column)
        spread = float(column.std(ddof=1)) / math.sqrt(n) if n > 1 else math.inf
        half, sure = (
            float(t.ppf((1 + level) / 2, max(n - 1, 1))) * spread
            for level in (confidence, max(confidence, SURE))
        )
        return cls(float(column.mean()), max(half, least), n, sure + DOUBT * least)

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
        return slack if math.isfinite(self.half) and math.isfinite(slack) else -math.inf

    def case(self, words: str, predicted: float, tells: float = math.inf) -> Case:
        """What is told of a predicted value.

        Args:
            tells: the largest half-width that still tells the predicted value from others.

        >>> number = Interval(1.0, 0.1, 9, sure=0.3)
        >>> [number.case("", value).passed for value in (1.05, 1.2, 1.4)]
        [True, None, False]
        >>> number.case("", 1.05, tells=0.01).passed, Interval(1.0, math.inf, 1).case("", 1).passed
        (None, None)
        """
        slack = self.slack(predicted)
        off = abs(predicted - self.mean)
        sure = self.half if self.sure is None else max(self.sure, self.half)
        passed = None
        if slack >= 0 and self.half <= tells:
            passed = True
        elif off > sure:
            passed = False
        return Case(words, slack, passed)


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
