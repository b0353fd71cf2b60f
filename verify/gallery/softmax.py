"""Free means on the line: KL, EM and its gradient for Σ π_j N(μ_j, 1), with proof.

With x + iy in place of x the phases of the terms ``π_j e^{μ_j x − μ_j²/2}`` lie within ``y(max μ −
min μ)``. While that is at most 2π/3 their sum S is at least half the sum of their moduli: S has no
zero there, ``|w_j(x + iy)| ≤ 2w_j(x)`` and ``|log S(x + iy)| ≤ |log S(x)| + log 2 + y max|μ_j|``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flint import arb

from overspec.verify.enclosures.ball import Ball
from overspec.verify.gallery.line import NARROW, STANDARD, WIDEST, Growth, Truth, expectation, over


@dataclass(frozen=True)
class Means:
    """The model Σ_j weights_j N(means_j, 1) on the line; weights and means are balls."""

    weights: tuple[Ball, ...]
    means: tuple[Ball, ...]

    def strip(self) -> Ball:
        """Half-width of the strip that is used."""
        spread = max(m.upper() for m in self.means) - min(m.lower() for m in self.means)
        widest = arb(WIDEST)
        if not spread > 0:
            return widest
        free = 2 * arb.pi() / 3 / spread
        return widest if free > widest else free.lower()

    def share(self, j: int, x: Ball) -> Ball:
        """The responsibility w_j(x) as 1/(1 + Σ others); for wide balls by both ends of Σ."""
        me, mine = self.means[j], self.weights[j]
        others = [
            (w / mine, (m - me) * (x - (m + me) / 2))
            for i, (w, m) in enumerate(zip(self.weights, self.means, strict=True))
            if i != j
        ]
        if all(exponent.rad() < NARROW for _, exponent in others):
            return 1 / sum((w * exponent.exp() for w, exponent in others), arb(1))
        most = 1 / sum((w * exponent.lower().exp() for w, exponent in others), arb(1))
        least = 1 / sum((w * exponent.upper().exp() for w, exponent in others), arb(1))
        return least.union(most)

    def log_sum(self, x: Ball) -> Ball:
        """``log Σ_j π_j e^{μ_j x − μ_j²/2}``, as ``x²/2 + log Σ_j π_j e^{−(x − μ_j)²/2}``.

        For wide balls by both ends of the sum.
        """
        away = [x - m for m in self.means]
        if all(y.rad() < NARROW for y in away):
            return x * x / 2 + self._log([-y * y / 2 for y in away])
        low, high = ([y.abs_upper() for y in away], [y.abs_lower() for y in away])
        ends = (self._log([-y * y / 2 for y in some]) for some in (low, high))
        return x * x / 2 + next(ends).union(next(ends))

    def _log(self, exponents: list[Ball]) -> Ball:
        top = max(exponents, key=lambda e: float(e.mid())).mid()
        terms = zip(self.weights, exponents, strict=True)
        return top + sum((w * (e - top).exp() for w, e in terms), arb(0)).log()

    def mass(self, j: int, truth: Truth = STANDARD) -> Ball:
        """``E w_j(x)`` over the truth."""
        growth = Growth(self.strip(), arb(2), 0)
        return over(truth, lambda mean: expectation(lambda x: self.share(j, x), growth, mean))

    def first(self, j: int, centre: Ball, truth: Truth = STANDARD) -> Ball:
        """``E w_j(x)(x − centre)`` over the truth."""
        growth = Growth(self.strip(), 2 * (1 + centre.abs_upper() / self.strip()), 1)
        return over(
            truth, lambda mean: expectation(lambda x: self.share(j, x) * (x - centre), growth, mean)
        )

    def step(self, j: int, centre: Ball, truth: Truth = STANDARD) -> Ball:
        """One step of EM for mean j, less a centre: small balls where it is near the result."""
        return self.first(j, centre, truth) / self.mass(j, truth)

    def em(self, truth: Truth = STANDARD) -> tuple[Ball, ...]:
        """One step of EM: ``E w_j x / E w_j``."""
        return tuple(self.step(j, arb(0), truth) for j in range(len(self.means)))

    def gradient_of(self, j: int, truth: Truth = STANDARD) -> Ball:
        """``∂L/∂μ_j = E w_j (μ_j − x)``."""
        return -self.first(j, self.means[j], truth)

    def gradient(self, truth: Truth = STANDARD) -> tuple[Ball, ...]:
        """All of them."""
        return tuple(self.gradient_of(j, truth) for j in range(len(self.means)))

    def largest(self) -> Ball:
        """An upper bound of |μ_j|."""
        return max(m.abs_upper() for m in self.means)

    def mean_log(self, truth: Truth = STANDARD) -> Ball:
        """``E log Σ_j π_j e^{μ_j x − μ_j²/2}`` over the truth."""
        strip, largest = self.strip(), self.largest()
        flat = largest * largest / 2 + arb(2).log() + largest * strip
        growth = Growth(strip, largest + flat / strip, 1)
        return over(truth, lambda mean: expectation(self.log_sum, growth, mean))


def uniform(means: Sequence[Ball]) -> Means:
    """Equal weights."""
    return Means(tuple(arb(1) / len(means) for _ in means), tuple(means))


def excess(model: Means, truth: Means) -> Ball:
    """KL(truth ‖ model), in nats.

    >>> from overspec.verify.gallery.line import precision
    >>> with precision(64):
    ...     shifted = excess(uniform([arb(1)]), uniform([arb(0)]))
    >>> shifted.contains(arb("0.5")), float(shifted.rad()) < 1e-14
    (True, True)
    """
    law = tuple(zip(truth.weights, truth.means, strict=True))
    return truth.mean_log(law) - model.mean_log(law)
