"""The tables of the Laplace engine on FLINT numbers; see `engines.laplace.tables`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint

from overspec.exact import Exact
from overspec.verify.engines.laplace.tables import Rule

Ball: Any = flint.arb  # a number with a radius; an alias, as flint is not typed
Vector = list[Any]


def ball(value: Exact) -> Any:
    """The exact number at FLINT's current precision."""
    if isinstance(value, Fraction):
        return Ball(flint.fmpq(value.numerator, value.denominator))
    return Ball(str(value.evalf(math.ceil(flint.ctx.prec / 3) + 10)))


def times(a: Any, b: Any) -> Any:
    return a * b


def total(values: Iterable[Any]) -> Any:
    return sum(values, Ball(0))


@dataclass(frozen=True)
class Tables:
    """For one weight, at every outer node: P_0 and P_a/P_0, and σ, κ of `engines.laplace`."""

    p0: Vector
    ratios: list[Vector]  # a = 1 … degree
    sigma: Vector
    kappa: Vector


class Grid:
    """Inner nodes and kernels at a given shift of all nodes, at FLINT's current precision."""

    def __init__(self, c: Any, rule: Rule, shift: float) -> None:
        self.c, self.rule = c, rule
        self.together = rule.inner == rule.step
        self.start = Ball(rule.left) + Ball(shift) * rule.step
        offset = 0.0 if self.together else shift
        m = range(-rule.reach, rule.reach + 1)
        self.g = [(Ball(n) + offset) * rule.inner / c for n in m]
        # normalised and centred: 1 − P_0 keeps its relative accuracy, and k of them add up
        density = [(-(g * g) / 2).exp() for g in self.g]
        norm = total(density)
        self.kernel = [value / norm for value in density]
        mean = total(map(times, self.g, self.kernel))
        self.slope = [(g - mean) * k for g, k in zip(self.g, self.kernel, strict=True)]

    def tables(self, log_weight: Any, degree: int) -> Tables:
        """The P_a at τ_n + log π for a ≤ degree; σ and κ unless the degree is 0."""
        return (self._together if self.together else self._apart)(log_weight, degree)

    def _together(self, log_weight: Any, degree: int) -> Tables:
        """Inner and outer nodes on one grid: convolutions."""
        rule = self.rule
        first = self.start - rule.reach * Ball(rule.step) + log_weight
        length = rule.nodes + 2 * rule.reach
        functions = _functions([(first + n * Ball(rule.step)).exp() for n in range(length)], degree)
        kernels = [flint.arb_poly(k[::-1]) for k in (self.kernel, self.slope)]

        def convolved(which: int, values: Vector) -> Vector:
            product = kernels[which] * flint.arb_poly(values)
            return [product[2 * rule.reach + n] for n in range(rule.nodes)]

        return _tables(
            [convolved(0, values) for values in functions],
            [convolved(1, values) for values in functions[:2] if degree],
        )

    def _apart(self, log_weight: Any, degree: int) -> Tables:
        """Small c: an inner grid of its own around every outer node."""
        rule = self.rule
        spread = [(self.c * g).exp() for g in self.g]
        sums: list[Vector] = [[] for _ in range(degree + 1)]
        slopes: list[Vector] = [[], []] if degree else []
        kernels = flint.arb_mat([self.kernel, self.slope])
        for n in range(rule.nodes):
            centre = (self.start + n * Ball(rule.step) + log_weight).exp()
            functions = _functions([centre * s for s in spread], degree)
            found = kernels * flint.arb_mat(functions).transpose()
            for a in range(degree + 1):
                sums[a].append(found[0, a])
            for a, values in enumerate(slopes):
                values.append(found[1, a])
        return _tables(sums, slopes)


def _functions(powers: Vector, degree: int) -> list[Vector]:
    """f_0 … f_degree where e^t is given; 0 where exp(−e^t) is below all that is carried."""
    limit = flint.ctx.prec
    values = [(-p).exp() if p < limit else Ball(0) for p in powers]
    result = [values]
    for _ in range(degree):
        result.append([v * p for v, p in zip(result[-1], powers, strict=True)])
    return result


def _tables(sums: list[Vector], slopes: list[Vector]) -> Tables:
    p0 = sums[0]

    def over(values: Vector) -> Vector:
        return [v / p for v, p in zip(values, p0, strict=True)]

    ratios = [over(values) for values in sums[1:]]
    return Tables(p0, ratios, *(map(over, slopes) if slopes else ([], [])))
