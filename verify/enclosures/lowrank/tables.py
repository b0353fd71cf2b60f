"""P_0, P_1 and P_2 in balls at any argument, by Taylor polynomials on cells.

``G_0(u + x) = exp(−e^u e^x) = Σ_m f_m(u) x^m``, and ``G_1 = −G_0'``, ``G_2 = G_1 − G_1'``, so that
the coefficients of all three come from the f_m. The inner rule applied to the f_m gives polynomials
of P_a around every multiple of its step.
"""

from __future__ import annotations

from dataclasses import dataclass

from flint import arb, arb_poly, arb_series, ctx

from overspec.verify.enclosures.ball import Ball, to_ball
from overspec.verify.enclosures.lowrank.plan import Grid

FAR = 16  # times the bits: |f_m(u)| ≤ exp(−e^u cos 1/e) is below 2^{−4 bits} from e^u ≥ that on


@dataclass(frozen=True)
class Tables:
    """Polynomials around lδ, l = low, low + 1, …

    Attributes:
        low: l of the first.
        rows: of each P_a, the coefficients of x^m as lists over l, M − a of them.
    """

    low: int
    rows: tuple[tuple[list[Ball], ...], ...]

    @classmethod
    def of(cls, c: Ball, grid: Grid, low: int, high: int) -> Tables:
        """For low ≤ l ≤ high, of P_0 … P_degree."""
        step, n = to_ball(grid.step), grid.inner
        h = step / c
        norm = h / (2 * arb.pi()).sqrt()
        half = [norm * (-((h * j) ** 2) / 2).exp() for j in range(n + 1)]
        gauss = arb_poly(half[:0:-1] + half)
        columns = _taylor(grid, low - n, high + n)
        found = []
        for m in range(grid.terms):
            product = arb_poly([column[m] for column in columns]) * gauss
            found.append([product[2 * n + i] for i in range(high - low + 1)])
        rows = [found]
        for a in range(1, len(grid.angles)):
            before = rows[-1]
            slopes = [[(m + 1) * x for x in before[m + 1]] for m in range(len(before) - 1)]
            rows.append(
                [
                    [(y if a == 2 else 0) - x for x, y in zip(line, own, strict=True)]
                    for line, own in zip(slopes, before, strict=False)
                ]
            )
        return cls(low, tuple(map(tuple, rows)))

    def part(self, first: int, nodes: int, stride: int) -> list[list[Ball]]:
        """Coefficients at ``first, first + stride, …``, all P_a side by side: (M, 3·nodes)."""
        start = first - self.low
        if start < 0 or start + (nodes - 1) * stride >= len(self.rows[0][0]):
            raise IndexError(f"cells {first} … {first + (nodes - 1) * stride}")
        cut = slice(start, start + (nodes - 1) * stride + 1, stride)
        zero = [arb(0)] * nodes
        return [
            [x for row in self.rows for x in (row[m][cut] if m < len(row) else zero)]
            for m in range(len(self.rows[0]))
        ]


def _taylor(grid: Grid, low: int, high: int) -> list[list[Ball]]:
    """f_0 … f_{M−1} at lδ, low ≤ l ≤ high."""
    count, step = grid.terms, to_ball(grid.step)
    scale, inverse = [arb(0)], arb(1)
    for m in range(1, count):
        inverse = inverse / m
        scale.append(inverse)
    nothing = [arb(0, arb(2) ** (-4 * grid.bits))] * count
    found = []
    cap = ctx.cap
    ctx.cap = count
    try:
        for index in range(low, high + 1):
            value = (index * step).exp()
            if value >= FAR * grid.bits:
                found.append(nothing)
                continue
            powers = arb_series([-value * x for x in scale]).exp()
            start = (-value).exp()
            found.append([start * powers[m] for m in range(count)])
    finally:
        ctx.cap = cap
    return found
