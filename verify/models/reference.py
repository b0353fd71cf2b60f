"""The same numbers from their definitions, by adaptive quadrature in many digits: no code shared.

One dimension. KL is ``∫ p log(p/p_θ)`` with both densities written out; the EM map maximises
``Q(φ) = ∫ p Σ_j w_j log N(x; T_jφ + c_j, 1)`` by its normal equations, assembled from moments that
are integrated one by one; the gradient is a difference quotient of KL. mpmath integrates by the
tanh-sinh rule. For fixed weights and covariance I.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath

from overspec.errors import OutOfReach
from overspec.models.model import Model
from overspec.models.truth import Truth


@dataclass(frozen=True)
class Reference:
    """Numbers at one θ, mpmath.

    Attributes:
        kl: KL(P ‖ p_θ).
        after: M(θ).
        gradient: of KL, by central differences; empty where it was not asked for.
    """

    kl: Any
    after: tuple[Any, ...]
    gradient: tuple[Any, ...]


def reference(
    model: Model,
    truth: Truth,
    theta: Sequence[object],
    digits: int = 25,
    gradient: bool = True,
) -> Reference:
    """KL, M and the gradient at θ by integrating the definitions.

    Args:
        model: fixed weights, covariance I, d = 1.
        truth: with d = 1.
        theta: p numbers or texts that mpmath reads.
        digits: of the working precision; what comes out has about 5 fewer, the gradient half.
        gradient: whether it is wanted; it takes 2p more integrals.

    Raises:
        OutOfReach: more dimensions, or learned weights or variance.

    >>> found = reference(Model.pairs(1), Truth.standard(1), ["0.5"], 20)
    >>> mpmath.nstr(found.kl, 12), mpmath.nstr(found.after[0], 12)
    ('0.0120879972125', '0.413241928284')
    """
    if (model.d, truth.d) != (1, 1) or model.learns_weights or model.learns_variance:
        raise OutOfReach("the reference integrates d = 1 with fixed weights and covariance I")
    context = mpmath.MPContext()
    context.dps = digits
    integrals, at = _Integrals(context, model, truth), [context.mpf(str(a)) for a in theta]
    slopes = tuple(integrals.slopes(at)) if gradient else ()
    return Reference(integrals.kl(at), tuple(integrals.map(at)), slopes)


class _Integrals:
    def __init__(self, context: Any, model: Model, truth: Truth) -> None:
        self.c = context
        number = self._number
        self.maps = [[number(a) for a in t[0]] for t in model.maps]
        self.shifts = [number(c[0]) for c in model.shifts]
        self.pi = [number(w) for w in model.weights or ()]
        self.nu = [number(row[0]) for row in truth.means]
        self.alpha = [number(a) for a in truth.weights]
        self.variance = number(truth.covariance[0][0])
        reach = context.sqrt(2 * self.variance * context.dps * context.log(10)) + 1
        self.cuts = [min(self.nu) - reach, *sorted(set(self.nu)), max(self.nu) + reach]

    def _number(self, value: Any) -> Any:
        """An exact number in many digits."""
        if hasattr(value, "evalf"):
            return self.c.mpf(str(value.evalf(self.c.dps + 5)))
        return self.c.mpf(value.numerator) / value.denominator

    def truth(self, x: Any) -> Any:
        """The density of the truth."""
        root = self.c.sqrt(self.variance)
        terms = (a * self.c.npdf(x, nu, root) for a, nu in zip(self.alpha, self.nu, strict=True))
        return self.c.fsum(terms)

    def joint(self, theta: Sequence[Any], x: Any) -> list[Any]:
        """``π_j N(x; T_jθ + c_j, 1)``."""
        rows = zip(self.pi, self.maps, self.shifts, strict=True)
        return [w * self.c.npdf(x, self.c.fdot(t, theta) + c, 1) for w, t, c in rows]

    def integral(self, f: Callable[[Any], Any]) -> Any:
        """Over the interval around the truth's means beyond which nothing is seen."""
        return self.c.quad(f, self.cuts)

    def kl(self, theta: Sequence[Any]) -> Any:
        def f(x: Any) -> Any:
            p = self.truth(x)
            return p * self.c.log(p / self.c.fsum(self.joint(theta, x)))

        return self.integral(f)

    def moment(self, theta: Sequence[Any], j: int, power: int) -> Any:
        """``E w_j x^power``."""

        def f(x: Any) -> Any:
            joint = self.joint(theta, x)
            return self.truth(x) * joint[j] / self.c.fsum(joint) * x**power

        return self.integral(f)

    def map(self, theta: Sequence[Any]) -> list[Any]:
        """The θ' with ``Σ_j E w_j T_jᵀ(x − T_jθ' − c_j) = 0``."""
        p = len(theta)
        matrix, right = self.c.matrix(p, p), self.c.matrix(p, 1)
        for j, (t, c) in enumerate(zip(self.maps, self.shifts, strict=True)):
            share = self.moment(theta, j, 0)
            pull = self.moment(theta, j, 1) - share * c
            for a in range(p):
                right[a] += t[a] * pull
                for b in range(p):
                    matrix[a, b] += share * t[a] * t[b]
        return list(self.c.lu_solve(matrix, right))

    def slopes(self, theta: list[Any]) -> list[Any]:
        """Central differences of KL."""
        h = self.c.mpf(10) ** -(self.c.dps // 3)
        slopes = []
        for a in range(len(theta)):
            ends = [
                self.kl([t + sign * h * (a == b) for b, t in enumerate(theta)]) for sign in (1, -1)
            ]
            slopes.append((ends[0] - ends[1]) / (2 * h))
        return slopes
