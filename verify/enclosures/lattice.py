"""The lattice engine with proof: E log S and E|ŵ_m|² in balls, for k ≤ 6 and any θ.

A ball-arithmetic sum alone is not a certificate; the bounds of `enclosures.bounds` for what the sum
leaves out are added, each under its name. θ and the weights may be balls: the result then holds
for every point in them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from flint import arb, arb_mat, ctx, fmpq

from overspec.action import block_size
from overspec.decimals import Number
from overspec.errors import InputError
from overspec.verify.enclosures.ball import Ball, Inconclusive, enclosure, to_ball
from overspec.verify.enclosures.bounds import lattice_aliasing, lattice_truncation

MAX_NODES = 2_000_000  # some ten seconds
CHUNK = 8192  # nodes held at a time
GRAIN = 4096  # steps, heights and the radius are multiples of 1/4096, so nodes are exact
FINEST = 2**40  # unless a step has to be smaller


@dataclass(frozen=True)
class Grid:
    """Steps, truncation radius and contour heights: dyadic, chosen in doubles, used exactly."""

    steps: tuple[Fraction, ...]
    radius: Fraction
    heights: tuple[Fraction, ...]
    bits: int

    @property
    def nodes(self) -> float:
        """About how many nodes the ball holds."""
        d = len(self.steps)
        ball = math.pi ** (d / 2) / math.gamma(d / 2 + 1) * float(self.radius) ** d
        return float(ball / math.prod(map(float, self.steps)))


@dataclass(frozen=True)
class LatticeResult:
    """``log_partition`` encloses E log S; ``factors[m]`` encloses g_m = E|ŵ_m|²."""

    log_partition: Number | Inconclusive
    factors: dict[int, Number | Inconclusive]
    grid: Grid


def orbit(k: int, amplitudes: Sequence[Ball]) -> list[list[Ball]]:
    """The means μ_j = R^j θ in the active coordinates: k rows of D balls.

    Args:
        amplitudes: a_1 … a_⌊k/2⌋; exact zeros drop out.
    """
    active = [(m, a) for m, a in enumerate(amplitudes, start=1) if not a.is_zero()]
    rows: list[list[Ball]] = []
    for j in range(k):
        row = []
        for m, a in active:
            turn = fmpq(2 * (m * j % k), k)
            row.append(a * arb.cos_pi_fmpq(turn))
            if block_size(k, m) == 2:
                row.append(a * arb.sin_pi_fmpq(turn))
        rows.append(row)
    return rows


def plan(means: Sequence[Sequence[Ball]], digits: int, most: float = MAX_NODES) -> Grid:
    """A grid whose bounds come to about 10^-digits; nothing rigorous depends on the choice.

    Raises:
        InputError: more nodes than the budget.
    """
    dimension = len(means[0])
    columns = [[float(row[a].mid()) for row in means] for a in range(dimension)]
    size = math.sqrt(sum(column[0] ** 2 for column in columns))
    log_goal = digits * math.log(10) + math.log(4)
    square = 2.0 * log_goal + dimension
    for _ in range(30):
        grown = math.log(1 + size * math.sqrt(square)) + dimension / 2 * math.log(
            square / dimension
        )
        square = 2 * (log_goal + grown) + dimension
    steps, heights = [], []
    for column in columns:
        spread, reach = max(column) - min(column), max(map(abs, column))
        top = min(math.pi / spread if spread else math.inf, 1.5 * math.sqrt(2 * log_goal))

        def step(y: float, spread: float = spread, reach: float = reach) -> float:
            cosine = math.cos(spread * y / 2)
            loss = max(size * math.sqrt(dimension) - math.log(cosine) + y * reach, cosine**-2)
            return 2 * math.pi * y / (log_goal + math.log(2 * dimension * loss) + y * y / 2)

        best = max((top * n / 200 for n in range(1, 200)), key=step)
        steps.append(grained(min(step(best), 6.0)))
        heights.append(grained(best))
    radius = Fraction(math.ceil(math.sqrt(square) * GRAIN), GRAIN)
    spare = 30 + math.log2(1 + size * math.sqrt(square)) * 2
    grid = Grid(tuple(steps), radius, tuple(heights), math.ceil(digits * math.log2(10) + spare))
    if grid.nodes > most:
        raise InputError(
            f"{digits} certified digits at |θ| = {size:.3g} in {dimension} dimensions would take "
            f"about {grid.nodes:.1e} nodes (budget {most:.0e}); ask for fewer digits"
        )
    return grid


def grained(value: float) -> Fraction:
    """A multiple of 1/4096, or of a finer grain, from below."""
    grain = GRAIN
    while value * grain < 64 and grain < FINEST:
        grain *= 2
    return Fraction(math.floor(value * grain), grain)


def enclose(
    weights: Sequence[Ball],
    amplitudes: Sequence[Ball],
    frequencies: Sequence[int],
    digits: int,
    grid: Grid | None = None,
) -> LatticeResult:
    """Enclosures of E log S and of g_m at every θ and π in the given balls.

    Args:
        weights: π, k balls.
        amplitudes: a_1 … a_⌊k/2⌋ as balls, not all exactly 0.
        frequencies: the m for which g_m is wanted; none makes the sum cheaper.
        digits: the radius aimed at is 10^-digits, if the input balls are narrow.
        grid: to override the choice of `plan`.

    Raises:
        InputError: k > 6, or more nodes than the budget.

    >>> pi = [arb(1) / 2, arb(3) / 10, arb(1) / 5]
    >>> found = enclose(pi, [arb(1)], [1], 15)
    >>> round(float(found.log_partition.value), 14), float(found.log_partition.error) < 1e-15
    (0.39516094436344, True)
    """
    k = len(weights)
    if k > 6:
        raise InputError(f"k = {k}: the rigorous lattice reaches k = 6")
    grid = grid or plan(orbit(k, amplitudes), digits)
    with ctx.workprec(grid.bits):
        means = orbit(k, amplitudes)
        logs, pairs = _sums(weights, means, grid, bool(frequencies))
        log_bounds, factor_bounds = lattice_bounds(means, amplitudes, grid)
        factors = {m: enclosure(1 - departure(k, pairs, m), factor_bounds) for m in frequencies}
        return LatticeResult(enclosure(logs, log_bounds), factors, grid)


def factors(
    weights: Sequence[Ball],
    amplitudes: Sequence[Ball],
    grid: Grid,
    pairs: dict[tuple[int, int], Ball] | None = None,
) -> dict[int, Number | Inconclusive]:
    """All g_m as `enclose` has them, without the logarithms of E log S.

    Args:
        weights, amplitudes, grid: see `enclose`.
        pairs: the sums of ``φ w_i w_j``, i < j, where they are known.
    """
    k = len(weights)
    with ctx.workprec(grid.bits):
        means = orbit(k, amplitudes)
        pairs = pairs or _sums(weights, means, grid, True, False)[1]
        bounds = lattice_bounds(means, amplitudes, grid)[1]
        modes = range(1, k // 2 + 1)
        return {m: enclosure(1 - departure(k, pairs, m), bounds) for m in modes}


def departure(k: int, pairs: dict[tuple[int, int], Ball], m: int) -> Ball:
    """``1 − |ŵ_m|² = 2 Σ_{i<j} w_i w_j (1 − cos(2πm(i−j)/k))``; pairs i = j add nothing."""
    total = arb(0)
    for (i, j), value in pairs.items():
        total += 2 * value * (1 - arb.cos_pi_fmpq(fmpq(2 * (m * (j - i) % k), k)))
    return total


def spreads_of(means: list[list[Ball]]) -> list[Ball]:
    """``max_ij |μ_ia − μ_ja|`` along every axis a."""
    return [
        _largest([abs(a - b) for a, b in combinations(column, 2)])
        for column in zip(*means, strict=True)
    ]


def lattice_bounds(
    means: list[list[Ball]], amplitudes: Sequence[Ball], grid: Grid
) -> tuple[list[tuple[str, Ball]], list[tuple[str, Ball]]]:
    """The named bounds for log S and for the g_m."""
    steps = [to_ball(h) for h in grid.steps]
    spreads = spreads_of(means)
    reaches = [_largest([abs(value) for value in column]) for column in zip(*means, strict=True)]
    size = sum((a * a for a in amplitudes), arb(0)).sqrt()
    aliasing = lattice_aliasing(steps, [to_ball(y) for y in grid.heights], spreads, reaches, size)
    truncation = lattice_truncation(steps, to_ball(grid.radius), size)
    logs, factors = (
        [("aliasing", a), ("truncation", t)] for a, t in zip(aliasing, truncation, strict=True)
    )
    return logs, factors


def _largest(values: Sequence[Ball]) -> Ball:
    top = values[0]
    for value in values[1:]:
        top = top.max(value)
    return top


class Side:
    """One group of axes: nodes nearest first, Gaussian weights, exponentials e^{⟨x,μ_j⟩}."""

    def __init__(self, means: list[list[Ball]], grid: Grid, axes: range) -> None:
        self.squares = [Fraction(0)]
        self.points: list[tuple[Ball, ...]] = [()]
        self.weights = [arb(1)]
        self.exponentials = [[arb(1)] * len(means)]
        for axis in axes:
            h = grid.steps[axis]
            reach = math.floor(grid.radius / h)
            norm = to_ball(h) / (2 * arb.pi()).sqrt()
            line = []
            for n in range(-reach, reach + 1):
                x = to_ball(n * h)
                line.append(
                    (
                        (n * h) ** 2,
                        x,
                        norm * (-x * x / 2).exp(),
                        [(x * row[axis]).exp() for row in means],
                    )
                )
            limit = grid.radius**2
            grown = [
                (
                    square + r,
                    (*point, x),
                    weight * w,
                    [e * f for e, f in zip(es, fs, strict=True)],
                )
                for square, point, weight, es in zip(
                    self.squares, self.points, self.weights, self.exponentials, strict=True
                )
                for r, x, w, fs in line
                if square + r <= limit
            ]
            grown.sort(key=lambda node: node[0])
            self.squares = [node[0] for node in grown]
            self.points = [node[1] for node in grown]
            self.weights = [node[2] for node in grown]
            self.exponentials = [node[3] for node in grown]


def sides(means: list[list[Ball]], grid: Grid) -> tuple[Side, Side]:
    """The axes in two groups, so that S on all nodes is one product of matrices."""
    dimension = len(means[0])
    split = dimension - max(1, (dimension + 1) // 2)
    return Side(means, grid, range(split)), Side(means, grid, range(split, dimension))


def _sums(
    weights: Sequence[Ball],
    means: list[list[Ball]],
    grid: Grid,
    wanted: bool,
    logarithms: bool = True,
) -> tuple[Ball, dict[tuple[int, int], Ball]]:
    """Lattice sums of φ log S and φ w_i w_j (i < j) over at least all nodes with |x| ≤ T.

    S on all nodes of a chunk is one product of matrices with inner dimension k; a node then costs
    a logarithm and a division.
    """
    k = len(means)
    outer, inner = sides(means, grid)
    pairs = list(combinations(range(k), 2)) if wanted else []
    transposed = arb_mat(
        k, len(inner.squares), [e[j] for j in range(k) for e in inner.exponentials]
    )
    density = arb_mat(len(inner.weights), 1, inner.weights)
    table = _pair_table(inner.exponentials, inner.weights, pairs)
    logs = arb(0)
    totals = {pair: arb(0) for pair in pairs}
    for rows, width in chunks(outer.squares, inner.squares, grid.radius):
        left = [[w * e for w, e in zip(weights, outer.exponentials[r], strict=True)] for r in rows]
        whole = width == len(inner.squares)
        right = transposed if whole else _columns(transposed, width)
        partition = (arb_mat(left) * right).entries()
        if logarithms:
            values = arb_mat(len(rows), width, [s.log() for s in partition])
            column = density if whole else arb_mat(width, 1, inner.weights[:width])
            for r, value in zip(rows, (values * column).entries(), strict=True):
                logs += outer.weights[r] * value
        if pairs:
            square = arb_mat(len(rows), width, [1 / (s * s) for s in partition])
            along = (square * arb_mat(table[:width])).tolist()
            for r, line, sums in zip(rows, left, along, strict=True):
                for (i, j), entry in zip(pairs, sums, strict=True):
                    totals[i, j] += outer.weights[r] * line[i] * line[j] * entry
    return logs, totals


def _pair_table(
    exponentials: list[list[Ball]], weights: list[Ball], pairs: list[tuple[int, int]]
) -> list[list[Ball]]:
    return [[w * e[i] * e[j] for i, j in pairs] for w, e in zip(weights, exponentials, strict=True)]


def _columns(matrix: arb_mat, width: int) -> arb_mat:
    return arb_mat([row[:width] for row in matrix.tolist()])


def chunks(
    outer: list[Fraction], inner: list[Fraction], radius: Fraction
) -> Iterator[tuple[range, int]]:
    """Ranges of outer nodes and how many inner nodes go with the nearest of them."""
    start, width = 0, len(inner)
    while start < len(outer):
        while width and inner[width - 1] > radius**2 - outer[start]:
            width -= 1
        stop = min(len(outer), start + max(1, CHUNK // width))
        yield range(start, stop), width
        start = stop
