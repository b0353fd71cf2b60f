"""Proved enclosures by a sum over a lattice in R^D: E log S, the g_m, the Hessian; any θ, k ≤ 6.

With ``T_ij[q] = Σ_x h φ(x) w_i w_j q(x)``, q = 1 or ``x_a x_b``, over all nodes within a radius,

    1 − g_m = Σ_{i<j} 2 (1 − cos(2πm(i−j)/k)) T_ij[1],
    δ_mn − ∂²L/∂a_m∂a_n = Σ_{i<j} Σ_ab (u_i^a − u_j^a)(u_i^b − u_j^b) T_ij[x_a x_b],

a over the axes of block m, b over those of n, u_j the unit vector of the block, turned j times.
What the sum leaves out is in `bounds`. Rounding: every operation is one that IEEE 754 or MPFR
rounds correctly (products, quotients, sums; exponentials and logarithms are MPFR's), so that a sum
of N positive terms, each of C operations, is off by at most (N + C) units of roundoff, in whatever
order it is added. The sum is one of sums over batches of nodes: N is the size of the largest and
the number of batches. Doubles do where that is small enough; else the same sums run in MPFR.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, combinations_with_replacement
from typing import Any

import gmpy2
import numpy as np

from overspec.verify.check import bounds
from overspec.verify.check.subject import Entry
from overspec.verify.check.value import Enclosure, Place, Purse, TooCostly, fraction, turn

CHUNK = 2**15  # numbers held at a time
SLOW = 40  # an operation in MPFR, by the purse's measure; a logarithm of doubles is MPFR's, too
START = 300_000  # operations before the first node: grids, bounds
SWIFT = 12  # operations on arrays of doubles for one of the purse's
TINY = Fraction(1, 2**900)  # what underflow may lose
ABOVE = Fraction(11, 10)  # over bounds that are themselves computed with rounding


@dataclass(frozen=True)
class Sums:
    """``log`` encloses E log S; ``factors[m − 1]`` g_m; ``entries`` ∂²L/∂a_m∂a_n."""

    log: Enclosure | None
    factors: list[Enclosure]
    entries: dict[Entry, Enclosure]


@dataclass(frozen=True)
class _Axis:
    mode: int
    column: tuple[Fraction, ...]  # of u_j
    means: tuple[Fraction, ...]  # of μ_j


def enclose(
    place: Place, digits: int, purse: Purse, log: bool = True, hessian: bool = True
) -> Sums:
    """Enclosures of a width of about 10^-digits.

    Raises:
        TooCostly: more work than the purse holds.
    """
    axes, size = _axes(place)
    if not axes:
        raise TooCostly("theta = 0 needs no sum")
    grid, errors = _grid(axes, size, digits, log, hessian)
    reach = [math.floor(grid["radius"] / h) for h in grid["steps"]]
    nodes = math.prod(2 * n + 1 for n in reach)
    nodes = min(nodes, int(_ball(grid) * 2.6) + 1000)
    k, d = place.k, len(axes)
    radius = float(grid["radius"])
    sides = [math.prod(2 * n + 1 for n in part) for part in (reach[: d // 2], reach[d // 2 :])]
    added = min(nodes, sides[0] + max(sides[1], CHUNK // (k * (k + 1) // 2)))
    doubles = (added + 1000) * 2.0**-53 < 10.0**-digits / 8 and radius * float(size) < 300
    each = k * 6 + k * (k - 1) // 2 * (3 + (d * d if hessian else 1))
    work = each / SWIFT + 300 * log if doubles else (each + 30 * log) * SLOW
    purse.spend(START + nodes * work, "a sum over a lattice")
    bits = 110 if doubles else math.ceil(digits * math.log2(10)) + 50 + nodes.bit_length()
    with gmpy2.context(gmpy2.get_context(), precision=bits, emin=-(10**9), emax=10**9):
        table, mass, logs, added = _sum(place, axes, grid, doubles, log, hessian)
    # roundings of one term; exponents are off by so many units where the work is in MPFR
    inner = 1 if doubles else math.ceil(8 * radius * float(size)) + 4
    outer = 1 if doubles else math.ceil(4 * radius**2) + 4
    responsibility = d * (2 + inner) + 4
    term = 4 * responsibility + 2 * k + d * (2 + outer) + 12
    unit = Fraction(1, 2**53 if doubles else 2**bits)
    relative = (added + 2 * term) * unit * ABOVE
    if relative > Fraction(1, 50):
        raise TooCostly("too many nodes for the precision")
    found_log = None
    if log:
        value, absolute = logs
        slack = relative * absolute + mass * ABOVE * (responsibility + k + 2) * unit + TINY
        found_log = _around(value, slack * ABOVE + errors["log"])
    pairs = list(combinations(range(k), 2))
    factors = []
    for m in range(1, k // 2 + 1):
        weights = [2 * (1 - _cos(m * (j - i), k)) for i, j in pairs]
        total = sum((w * row[0] for w, row in zip(weights, table, strict=True)), Fraction(0))
        factors.append(_around(1 - total, relative * total * ABOVE + errors["factor"] + TINY))
    entries = _entries(axes, pairs, table, relative, errors["hessian"]) if hessian else {}
    return Sums(found_log, factors, entries)


def _around(value: Fraction, error: Fraction) -> Enclosure:
    return value - error, value + error


def _cos(n: int, k: int) -> Fraction:
    with gmpy2.context(gmpy2.get_context(), precision=400):
        return fraction(turn(n, k)[0])


def _entries(
    axes: Sequence[_Axis],
    pairs: list[tuple[int, int]],
    table: list[list[Fraction]],
    relative: Fraction,
    error: Fraction,
) -> dict[Entry, Enclosure]:
    columns = list(combinations_with_replacement(range(len(axes)), 2))
    at = {ab: n for n, ab in enumerate(columns, start=1)}
    modes = sorted({axis.mode for axis in axes})
    found = {}
    for m, n in combinations_with_replacement(modes, 2):
        total = slack = Fraction(0)
        for a, left in enumerate(axes):
            for b, right in enumerate(axes):
                if left.mode != m or right.mode != n:
                    continue
                for (i, j), row in zip(pairs, table, strict=True):
                    weight = (left.column[i] - left.column[j]) * (right.column[i] - right.column[j])
                    total += weight * row[at[min(a, b), max(a, b)]]
                    slack += abs(weight) * (row[at[a, a]] + row[at[b, b]]) / 2
        rounding = relative * slack * ABOVE + slack * Fraction(1, 2**300) + TINY
        found[Entry(m, n)] = _around((m == n) - total, rounding + error)
    return found


def _axes(place: Place) -> tuple[list[_Axis], Fraction]:
    """The axes with amplitude, and an upper bound of |θ|."""
    with gmpy2.context(gmpy2.get_context(), precision=420):
        axes = []
        total = gmpy2.mpfr(0)
        for m, amplitude in enumerate(place.amplitudes(), start=1):
            if amplitude == 0:
                continue
            total += amplitude**2
            turns = [turn(m * j, place.k) for j in range(place.k)]
            for side in range(1 if 2 * m == place.k else 2):
                column = tuple(fraction(t[side]) for t in turns)
                axes.append(_Axis(m, column, tuple(fraction(amplitude * t[side]) for t in turns)))
        return axes, fraction(gmpy2.sqrt(total)) * (1 + Fraction(1, 10**9))


def _ball(grid: dict[str, Any]) -> float:
    d = len(grid["steps"])
    ball = math.pi ** (d / 2) / math.gamma(d / 2 + 1) * float(grid["radius"]) ** d
    return float(ball / math.prod(map(float, grid["steps"])))


def _grid(
    axes: Sequence[_Axis], size: Fraction, digits: int, log: bool, hessian: bool
) -> tuple[dict[str, Any], dict[str, Fraction]]:
    """Steps, contour heights and a radius, and what they leave out: at most 10^-digits / 2 each."""
    goal = digits * math.log(10) + 2
    aim = Fraction(1, 2 * 10**digits)
    for _ in range(12):
        d = len(axes)
        square = 2 * goal + (d + 2) * math.log(1 + 2 * goal / d) + 2 * math.log(1 + float(size)) + d
        steps, heights = [], []
        for axis in axes:
            spread = float(max(axis.means) - min(axis.means))
            top = min(math.pi / spread, 1.4 * math.sqrt(2 * goal))

            def step(y: float, spread: float = spread, goal: float = goal) -> float:
                loss = y * y / 2 + math.log(2 + y * y) - 2 * math.log(math.cos(spread * y / 2))
                return 2 * math.pi * y / (goal + 2 + loss)

            best = max((top * n / 120 for n in range(1, 120)), key=step)
            steps.append(_down(min(step(best), 6.0)))
            heights.append(_down(best))
        radius = Fraction(math.ceil(math.sqrt(square) * 64), 64)
        grid = {"steps": steps, "heights": heights, "radius": radius}
        columns = [list(axis.means) for axis in axes]
        broken, on_log, on_factor = bounds.lattice_of(columns, size, grid)
        also, on_entry = bounds.lattice_second(columns, grid) if hessian else ("", {})
        if broken or also:
            raise TooCostly(f"no grid: {broken or also}")
        errors = {
            "log": sum(on_log.values(), Fraction(0)),
            "factor": sum(on_factor.values(), Fraction(0)),
            "hessian": sum(on_entry.values(), Fraction(0)),
        }
        used = [errors["factor"], errors["hessian"], errors["log"] if log else Fraction(0)]
        if max(used) <= aim:
            # mpmath computed these to the nearest
            return grid, {name: e * (1 + bounds.TOLERANCE) for name, e in errors.items()}
        goal += max(1.0, math.log(float(max(used) / aim)) * 1.1)
    raise TooCostly("no grid reaches the digits wanted")


def _down(value: float) -> Fraction:
    grain = 256
    while value * grain < 64 and grain < 2**60:
        grain *= 2
    return Fraction(max(1, math.floor(value * grain)), grain)


def _half(
    axes: Sequence[_Axis], grid: dict[str, Any], first: int, start: list[Any], kind: Any
) -> tuple[Any, Any, Any]:
    """Nodes of some axes: weights h φ, factors e^{⟨x,μ_j⟩} (times ``start``), coordinates."""
    k = len(start)
    bells, powers = np.array([kind(1)]), np.array([[kind(s) for s in start]])
    places, squares = np.zeros((1, 0), dtype=powers.dtype), np.zeros(1)
    root = gmpy2.sqrt(2 * gmpy2.const_pi())
    limit = float(grid["radius"]) ** 2 * (1 + 1e-12)
    for offset, axis in enumerate(axes):
        h = grid["steps"][first + offset]
        reach = math.floor(grid["radius"] / h)
        xs = [
            gmpy2.mpfr(gmpy2.mpq(n * h.numerator, h.denominator)) for n in range(-reach, reach + 1)
        ]
        step = gmpy2.mpfr(gmpy2.mpq(h.numerator, h.denominator))
        bell = np.array([kind(step / root * gmpy2.exp(-x * x / 2)) for x in xs])
        means = [gmpy2.mpfr(gmpy2.mpq(v.numerator, v.denominator)) for v in axis.means]
        grown = np.array([[kind(gmpy2.exp(x * v)) for v in means] for x in xs])
        x = np.array([kind(x) for x in xs])
        bells = (bells[:, None] * bell[None, :]).ravel()
        powers = (powers[:, None, :] * grown[None, :, :]).reshape(-1, k)
        old = np.repeat(places, len(xs), axis=0)
        places = np.concatenate([old, np.tile(x, len(places))[:, None]], axis=1)
        squares = (squares[:, None] + (x * x).astype(float)[None, :]).ravel()
        near = squares <= limit
        bells, powers, places, squares = bells[near], powers[near], places[near], squares[near]
    return bells, powers, places


def _sum(
    place: Place, axes: Sequence[_Axis], grid: dict[str, Any], doubles: bool, log: bool,
    hessian: bool,
) -> tuple[list[list[Fraction]], Fraction, tuple[Fraction, Fraction], int]:  # fmt: skip
    """T_ij[1], T_ij[x_a x_b] for the pairs i < j; Σ h φ; Σ h φ log S and Σ h φ |log S|.

    Last, how many numbers the sums of a batch and those over the batches add up at most.
    """
    kind: Any = float if doubles else gmpy2.mpfr

    def exact(value: Any) -> Fraction:
        return Fraction(float(value)) if doubles else fraction(value)

    k, split = place.k, len(axes) // 2
    outer = _half(axes[:split], grid, 0, place.pi(), kind)
    inner = _half(axes[split:], grid, split, [gmpy2.mpfr(1)] * k, kind)
    columns = list(combinations_with_replacement(range(len(axes)), 2)) if hessian else []
    left, right = (list(side) for side in zip(*combinations(range(k), 2), strict=True))
    table: Any = np.array([[kind(0)] * (1 + len(columns))] * len(left))
    one, mass, logs, absolute = kind(1), kind(0), kind(0), kind(0)
    logarithm = np.frompyfunc(gmpy2.log, 1, 1)
    size = max(1, CHUNK // (len(inner[0]) * (k + len(left) + len(columns) + 1)))
    for start in range(0, len(outer[0]), size):
        cut = slice(start, start + size)
        e: Any = (outer[1][cut, None, :] * inner[1][None, :, :]).reshape(-1, k)
        partition = e.sum(axis=1)
        bell = (outer[0][cut, None] * inner[0][None, :]).ravel()
        w = e / partition[:, None]
        if log:
            value = logarithm(partition).astype(bell.dtype)
            mass += bell.sum()
            logs += (bell * value).sum()
            absolute += (bell * abs(value)).sum()
        weighted = (bell[:, None] * w)[:, left] * w[:, right]
        count = len(outer[0][cut])
        along: Any = np.repeat(outer[2][cut], len(inner[0]), axis=0)
        x = np.concatenate([along, np.tile(inner[2], (count, 1))], axis=1)
        terms: Any = np.full((len(bell), 1 + len(columns)), one, dtype=bell.dtype)
        for column, (a, b) in enumerate(columns, start=1):
            terms[:, column] = x[:, a] * x[:, b]
        table = table + weighted.T @ terms
    return (
        [[exact(v) for v in row] for row in table],
        exact(mass),
        (exact(logs), exact(absolute)),
        min(size, len(outer[0])) * len(inner[0]) + len(range(0, len(outer[0]), size)),
    )
