"""How EM on the population contracts on a shell s ≤ |θ| ≤ r, which T8 and T9 ask for.

For k ≤ 3 L is radial, so ``M(θ) = (1 − g(|θ|))θ``, and ``(1 − g(s))s`` does not decrease (S5): a
bound ``g ≥ 1 − ρ`` on s ≤ |θ| ≤ r gives ``|M(θ)| ≤ ρ max(|θ|, s)`` for |θ| ≤ r. Between radii at
which g is enclosed it lies above the chord less h²U/8, h their distance and U ≥ g''. At k = 4,
where ρ was searched for, a search takes the place of that, and |M| is taken not to decrease.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

import numpy as np
from flint import ctx

from overspec.mixture import Mixture
from overspec.verify.enclosures.ball import dyadic
from overspec.verify.radius.far.tail import factor_curvature
from overspec.verify.radius.slack import anywhere
from overspec.verify.radius.values import on_simplex
from overspec.verify.samples.bound import BITS

DIGITS = 2  # which are four and more
IN_OCTAVE = 8
#: Radii at which g is enclosed, where it is asked for.
RADII = tuple(Fraction(2) ** octave * (IN_OCTAVE + i) / IN_OCTAVE
              for octave in range(-9, 2) for i in range(IN_OCTAVE))  # fmt: skip
PLACES = tuple(map(float, RADII))
EIGHTHS = tuple((b - a) ** 2 / 8 for a, b in pairwise(RADII))
RAYS = tuple(np.array([math.cos(a), math.sin(a)]) for a in np.linspace(0, math.pi / 2, 7))
ACCURACY = 1e-4


@dataclass(frozen=True)
class Shells:
    """Lower bounds of g on shells; ``value`` encloses g at a radius from below, ``bend`` is U."""

    value: Callable[[Fraction], Fraction]
    bend: Fraction
    known: dict[int, Fraction] = field(default_factory=dict)
    lines: dict[int, tuple[float, float, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, mixture: Mixture) -> Shells | None:
        """For k ≤ 3; None beyond.

        >>> found = Shells.of(Mixture.simplex(3, "1/2,3/10,1/5"))
        >>> round(float(found.least(Fraction(1, 2), Fraction(1))), 3)  # g(1/2) = 0.154
        0.153
        """
        if mixture.k > 3:
            return None
        values = on_simplex(mixture, "factor")
        with ctx.workprec(BITS):
            bend = dyadic(factor_curvature(mixture.k).upper())
        return cls(lambda radius: values((radius,), DIGITS).lower, bend)

    @classmethod
    def searched(cls, mixture: Mixture) -> Shells:
        """At k = 4: the least g_m on some rays, in doubles, which proves nothing."""
        slack = anywhere(mixture, "factor", 0.0)

        def value(radius: Fraction) -> Fraction:
            return Fraction(min(slack(float(radius) * ray, ACCURACY) for ray in RAYS))

        return cls(value, Fraction(0))

    def least(self, low: Fraction, high: Fraction) -> Fraction:
        """A lower bound of g on low ≤ |θ| ≤ high; 0 for radii that are not looked at."""
        if low < RADII[0] or high > RADII[-1]:
            return Fraction(0)
        first, last = (max(bisect_left(RADII, x) - 1, 0) for x in (low, high))
        inside = [min(self._at(i), self._at(i + 1)) - self._loss(i) for i in range(first + 1, last)]
        ends = [self._chord(first, low), self._chord(first, min(high, RADII[first + 1])),
                self._chord(last, max(low, RADII[last])), self._chord(last, high)]  # fmt: skip
        return min(inside + ends)

    def _chord(self, i: int, at: Fraction) -> Fraction:
        share = (at - RADII[i]) / (RADII[i + 1] - RADII[i])
        return self._at(i) * (1 - share) + self._at(i + 1) * share - self._loss(i)

    def end(self, high: Fraction, slower: Fraction, error: Fraction) -> Fraction:
        """About the largest s with ``(g − slower) s ≤ error``, g that of s ≤ |θ| ≤ high; or 0."""
        above, away, wanted, top = math.inf, float(slower), float(error), float(high)
        if high > RADII[-1]:
            return Fraction(0)
        for i in range(bisect_left(PLACES, top) - 1, -1, -1):
            a, low, rise = self._line(i)
            above = min(above, low + rise * (top - a))
            if (min(above, low) - away) * a <= wanted:
                return Fraction(self._solved(a, top, low, rise, above, away, wanted))
            top, above = a, min(above, low)
        return Fraction(0)

    @staticmethod
    def _solved(a: float, top: float, low: float, rise: float, above: float, away: float,
                wanted: float) -> float:  # fmt: skip
        bottom = a
        for _ in range(40):
            x = (bottom + top) / 2
            holds = (min(above, low + rise * (x - a)) - away) * x <= wanted
            bottom, top = (x, top) if holds else (bottom, x)
        return bottom

    def _line(self, i: int) -> tuple[float, float, float]:
        """The chord less the loss in doubles: where it begins, its value there, its slope."""
        if i not in self.lines:
            a, width, loss = PLACES[i], PLACES[i + 1] - PLACES[i], float(self._loss(i))
            rise = float(self._at(i + 1) - self._at(i)) / width
            self.lines[i] = a, float(self._at(i)) - loss, rise
        return self.lines[i]

    def _at(self, i: int) -> Fraction:
        if i not in self.known:
            self.known[i] = self.value(RADII[i])
        return self.known[i]

    def _loss(self, i: int) -> Fraction:
        return EIGHTHS[i] * self.bend
