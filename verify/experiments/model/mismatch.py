"""How fast EM approaches a single Gaussian, from the first moment that the model cannot match.

Write the mixture's density as φ times a Hermite series, ``c_n`` the coefficient tensors. The data
are N(0, I), so ``KL = ½ Σ_n |c_n|²/n!`` to leading order, and near the optimum EM follows the
gradient: with means of size r, the covariance equilibrated and |c_n| = |γ_n| r^n for the first n
that does not vanish, ``r' = r(1 − κ r^p)`` with

    p = 2(n − 1),   κ = |γ_n|²/(n − 1)!,   KL = κ r^{p+2}/(p + 2).

n = 1 is the linear rate (κ = |Aθ|²/|θ|², math.md S4), n = 2 the null blocks (κ = c, T2). An
estimated covariance removes what it can of c_2, an entire one all of it; then the third cumulant of
the means decides, and where that vanishes the fourth. An argument, not a proof: the experiments
measure it, and `proofs.questions.uniform_rate` proves the cases on the regular simplex.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import cos, factorial, pi

from overspec.proofs.questions.uniform_rate import Rate

Gram = tuple[tuple[Fraction, ...], ...]


@dataclass(frozen=True)
class Configuration:
    """Means of size 1, up to orthogonal maps: ``g_ij = ⟨μ_i, μ_j⟩`` and the weights.

    The size is ``(Σ_j π_j |μ_j|²)^{1/2}``.
    """

    weights: tuple[Fraction, ...]
    gram: Gram

    @classmethod
    def simplex(cls, weights: Sequence[Fraction]) -> Configuration:
        """A regular simplex."""
        k = len(weights)
        off = Fraction(-1, k - 1)
        return cls(tuple(weights), _gram(k, lambda i, j: Fraction(1) if i == j else off))

    @classmethod
    def block(cls, weights: Sequence[Fraction], m: int) -> Configuration:
        """The orbit of one vector in a block of frequency m; for k with rational cosines."""
        k = len(weights)
        return cls(tuple(weights), _gram(k, lambda i, j: _cosine(m * (i - j), k)))

    @classmethod
    def whitened(cls, weights: Sequence[Fraction]) -> Configuration:
        """k means in R^{k−1} with ``Σπ_jμ_j = 0`` and covariance ``I/(k−1)``: for free means."""
        d = len(weights) - 1
        return cls(
            tuple(weights),
            _gram(len(weights), lambda i, j: ((1 / weights[i] if i == j else 0) - Fraction(1)) / d),
        )

    def mismatch(self, n: int, d: int, covariance: str) -> Fraction:
        """``|γ_n|²`` for n = 1 … 4, the covariance of the model fixed, isotropic or full."""
        w, g = self.weights, self.gram
        span = range(len(w))

        def pairs(power: int) -> Fraction:
            return sum((w[i] * w[j] * g[i][j] ** power for i in span for j in span), Fraction(0))

        if n == 2 and covariance != "fixed":
            trace = sum((w[i] * g[i][i] for i in span), Fraction(0))
            return Fraction(0) if covariance == "full" else pairs(2) - trace**2 / d
        if n < 4:
            return pairs(n)
        # E μ⊗4 less the fourth moment of a Gaussian with the covariance S of the means
        spread = [sum((w[j] * g[i][j] ** 2 for j in span), Fraction(0)) for i in span]  # μᵀSμ
        cross = sum((w[i] * spread[i] ** 2 for i in span), Fraction(0))
        square = [[sum((w[a] * g[i][a] * g[a][j] for a in span), Fraction(0)) for j in span]
                  for i in span]  # fmt: skip
        fourth = sum((w[i] * w[j] * square[i][j] ** 2 for i in span for j in span), Fraction(0))
        return pairs(4) - 6 * cross + 3 * pairs(2) ** 2 + 6 * fourth

    def law(self, d: int, covariance: str) -> Rate | None:
        """The law of the size; None when the first four moments agree.

        >>> third = Fraction(1, 3)
        >>> Configuration.simplex([third] * 3).law(2, "isotropic")
        Rate(power=4, kappa=Fraction(1, 8))
        >>> Configuration.simplex([third] * 3).law(3, "isotropic")
        Rate(power=2, kappa=Fraction(1, 6))
        """
        for n in range(1, 5):
            size = self.mismatch(n, d, covariance)
            if size:
                return Rate(2 * (n - 1), size / factorial(n - 1))
        return None


def _gram(k: int, entry: Callable[[int, int], Fraction]) -> Gram:
    return tuple(tuple(Fraction(entry(i, j)) for j in range(k)) for i in range(k))


def _cosine(n: int, k: int) -> Fraction:
    """cos(2πn/k) where it is rational."""
    twice = round(2 * cos(2 * pi * n / k))
    if abs(2 * cos(2 * pi * n / k) - twice) > 1e-9:
        raise ValueError(f"cos(2π·{n}/{k}) is not rational")
    return Fraction(twice, 2)
