"""The sums of the pairs engine on FLINT's balls (formulas: the docstring of `engines.pairs`).

Balls carry the rounding, and the width of θ and of the weights where they are balls; what a finite
sum leaves out is not in them: `pairs.digits` estimates it, `enclosures.pairs` bounds it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

from flint import acb, acb_mat, arb

from overspec.verify.engines.pairs.grid import PAIRS, Grid, Numbers

Ball: TypeAlias = Any  # an `arb`
Vector = list[Any]

SPARE = 24  # bits for sums of some thousand terms


def bits_for(digits: int, grid: Grid) -> int:
    """The precision at which rounding is below 10^-digits; powers lose bits like their count."""
    return math.ceil(digits * math.log2(10)) + grid.terms.bit_length() + SPARE


def numbers(weights: Sequence[Ball], amplitudes: Sequence[Ball], grid: Grid) -> Numbers:
    """E log S, g, M and DM as balls of the finite sums, at FLINT's current precision.

    Args:
        weights: π, 4 balls.
        amplitudes: a_1, a_2, not both exactly 0.
        grid: steps and ranges; with step 0, a_1 must be exactly 0.
    """
    first, second = amplitudes
    u, v = (_Pair(weights[i], weights[j], first, grid) for i, j in PAIRS)
    left, right = u.transforms(grid), v.transforms(grid)
    kernel = _Kernel(second, grid)
    one = [a * b.conjugate() for a, b in zip(left[0], right[0], strict=True)]

    def across(f: int) -> tuple[Vector, Vector]:
        """``Im`` of the difference and ``Re`` of the sum: f in either pair."""
        there = [a * b.conjugate() for a, b in zip(left[f], right[0], strict=True)]
        here = [a * b.conjugate() for a, b in zip(left[0], right[f], strict=True)]
        pairs = list(zip(there, here, strict=True))
        return [(a - b).imag for a, b in pairs], [(a + b).real for a, b in pairs]

    real = [value.real for value in one]
    sech, fourth = kernel.sum(real, 1), kernel.sum(real, 3)
    share, _ = across(1)
    odd, even = across(2)
    spread, _ = across(3)
    _, moved = across(4)
    inside = [
        m - 2 * (a * b.conjugate()).real for m, a, b in zip(moved, left[1], right[1], strict=True)
    ]
    mean = [a + b for a, b in zip(u.means, v.means, strict=True)]
    return Numbers(
        arb(2).log() + (u.mean_log + v.mean_log) / 2 + kernel.log_cosh(real),
        (mean[2] + kernel.sum(odd)) / 2 - kernel.sum(even, 1) / 4,
        1 - sech,
        ((mean[1] + kernel.sum(share)) / 2, second * sech),
        (
            (mean[3] + kernel.sum(spread)) / 2 + kernel.sum(inside, 1) / 4,
            -second * kernel.sum(share, 2) / 2,
            sech - second * second * fourth,
        ),
    )


class _Pair:
    """One pair's nodes: the five functions times their Gaussian weights, and A."""

    def __init__(self, one: Ball, other: Ball, amplitude: Ball, grid: Grid) -> None:
        h = arb(grid.step)
        norm = h / (2 * arb.pi()).sqrt() if grid.step else arb(1)
        rows: list[Vector] = []
        self.logs: Vector = []
        self.mean_log = arb(0)
        for n in range(-grid.reach, grid.reach + 1):
            x = n * h
            grown = (amplitude * x).exp()
            left, right = one * grown, other / grown
            total = left + right
            share, square, log = (left - right) / total, x * x, total.log()
            inside = 4 * left * right / (total * total)
            w = norm * (-square / 2).exp()
            split = w * share * share
            rows.append([w, w * share * x, split, w * inside * square, split * square])
            self.logs.append(log)
            self.mean_log += w * log
        self.functions = list(map(list, zip(*rows, strict=True)))
        self.means = [sum(line, arb(0)) for line in self.functions]

    def transforms(self, grid: Grid) -> list[Vector]:
        """``E f e^{iξ_nA/2}``, n < terms, for each f.

        With z = e^{iηA/2} and n = aB + b the power is z^{½+aB} z^b: B powers of z on one side of a
        product of matrices, the f times every B-th on the other.
        """
        count = len(self.functions)
        small = math.isqrt(count * grid.terms) + 1
        turns = [log * arb(grid.spacing) / 2 for log in self.logs]
        ratio = [_unit(turn) for turn in turns]
        right = [[acb(1)] * len(turns)]
        while len(right) < small:
            right.append([p * r for p, r in zip(right[-1], ratio, strict=True)])
        stride = [p * r for p, r in zip(right[-1], ratio, strict=True)]
        power = [_unit(turn / 2) for turn in turns]
        left: list[Vector] = []
        for _ in range(-(-grid.terms // small)):
            left += [[f * p for f, p in zip(line, power, strict=True)] for line in self.functions]
            power = [p * r for p, r in zip(power, stride, strict=True)]
        found = (acb_mat(left) * acb_mat(right).transpose()).tolist()
        lines = [[value for part in found[f::count] for value in part] for f in range(count)]
        return [line[: grid.terms] for line in lines]


def _unit(angle: Ball) -> Any:
    """e^{i·angle}."""
    return acb(angle.cos(), angle.sin())


class _Kernel:
    """``η/sinh(πξ_n/2)``, plain and with the Gaussian of t."""

    def __init__(self, second: Ball, grid: Grid) -> None:
        spacing, half = arb(grid.spacing), arb.pi() / 2
        self.xi = [(arb(n) + 0.5) * spacing for n in range(grid.alone)]
        self.plain = [spacing / (half * xi).sinh() for xi in self.xi]
        near = list(zip(self.plain, self.xi, strict=True))[: grid.terms]
        self.damped = [k * (-(xi * second) * (xi * second) / 2).exp() for k, xi in near]

    def sum(self, values: Vector, power: int = 0) -> Ball:
        """``Σ η ξ^power e^{−ξ²a_2²/2} values/sinh(πξ/2)``."""
        total = arb(0)
        for k, xi, value in zip(self.damped, self.xi, values, strict=False):
            total += k * xi**power * value
        return total

    def log_cosh(self, values: Vector) -> Ball:
        """E log cosh z from ``Re Φ_1Ψ_1*``."""
        total = arb(0)
        for k, xi in zip(self.plain, self.xi, strict=True):
            total += k / xi
        for k, xi, value in zip(self.damped, self.xi, values, strict=False):
            total -= k / xi * value
        return total
