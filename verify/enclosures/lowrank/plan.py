"""How θ is split in balls, and where the sums of the low-rank enclosure are taken.

Nothing rigorous depends on the choice of a grid.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from flint import arb, fmpq

from overspec.action import block_size
from overspec.errors import InputError
from overspec.verify.enclosures.ball import Ball
from overspec.verify.enclosures.lattice import GRAIN, grained

MAX_NODES = 2_000_000  # τ and h together, in balls: some two minutes
LONG_NODES = 8_000_000  # in numbers of 64 bits: some forty seconds
LONG_DIGITS = 15  # beyond, those are too few bits
#: IEEE 754 has formats of 64 and of 113 bits; other longer numbers are not rounded as it says.
LONG_SOUND = np.finfo(np.longdouble).nmant in (63, 112)
SHELLS = 10
DISC = Fraction(23, 16)  # r of the tables, < π/2
TABLE_DIGITS = 2  # more for the tables than for the numbers, besides the degree


@dataclass(frozen=True)
class SplitAxis:
    """One axis of h: along it z_j moves by ``b cos(2πmj/k)``, or the sine.

    Attributes:
        wave: that cosine or sine for each j.
        amplitude: b.
        spread: ``b (max − min)`` of the wave.
        smoothing: ``s² = b²/(εc²)``.
    """

    wave: tuple[Ball, ...]
    amplitude: Ball
    spread: Ball
    smoothing: Ball


@dataclass(frozen=True)
class Split:
    """``z_j = c g_j + ⟨l_j, h⟩`` up to a common shift, at every θ of the given balls."""

    k: int
    c: Ball
    axes: tuple[SplitAxis, ...]

    @classmethod
    def of(cls, k: int, amplitudes: Sequence[Ball]) -> Split:
        """From a_1 … a_⌊k/2⌋.

        Raises:
            InputError: an amplitude that may be 0, or two frequencies of which either may be the
                least.
        """
        if not all(a > 0 for a in amplitudes):
            raise InputError("the low-rank enclosure needs every amplitude positive")
        shares = [fmpq(block_size(k, m), k) for m in range(1, k // 2 + 1)]
        scales = [a * a / e for a, e in zip(amplitudes, shares, strict=True)]
        least = min(range(len(scales)), key=lambda m: float(scales[m].mid()))
        c, axes = scales[least].sqrt(), []
        for m, (scale, share) in enumerate(zip(scales, shares, strict=True)):
            if m == least:
                continue
            rest = scale - scales[least]
            if not rest > 0:
                raise InputError(
                    "two amplitudes are too near those of a regular simplex for the low-rank "
                    "enclosure; use the lattice engine"
                )
            b = (rest * share).sqrt()
            for turn in (arb.cos_pi_fmpq, arb.sin_pi_fmpq)[: block_size(k, m + 1)]:
                wave = tuple(turn(fmpq(2 * ((m + 1) * j % k), k)) for j in range(k))
                top, low = wave[0], wave[0]
                for value in wave[1:]:
                    top, low = top.max(value), low.min(value)
                axes.append(SplitAxis(wave, b, b * (top - low), rest / scales[least]))
        return cls(k, c, tuple(axes))


@dataclass(frozen=True)
class Axis:
    """Step η, and the heights y_1 (which the g_j allow) and y_2, of one axis of h."""

    step: Fraction
    smooth: Fraction
    height: Fraction


@dataclass(frozen=True)
class Shell:
    """Nodes h up to a radius, and the nodes ``τ = nδ``, first ≤ n ≤ last, that they share."""

    square: Fraction  # of the largest |h|²
    first: int
    last: int
    stride: int
    angle: Fraction
    power: Fraction

    @property
    def nodes(self) -> int:
        """Nodes τ."""
        return (self.last - self.first) // self.stride + 1


@dataclass(frozen=True)
class Grid:
    """All parameters: dyadic, chosen in doubles, used exactly.

    Attributes:
        axes: of h; its nodes are the multiples of the steps with |h| ≤ radius.
        radius: T.
        shells: innermost first; the last reaches T.
        step: δ, of the inner rule and of the cells of the tables.
        inner: the inner sums keep |n| ≤ inner.
        angles: contours of the inner rule for P_0, P_1 and, if it is wanted, P_2.
        disc: r of the Taylor polynomials.
        terms: M.
        bits: carried.
    """

    axes: tuple[Axis, ...]
    radius: Fraction
    shells: tuple[Shell, ...]
    step: Fraction
    inner: int
    angles: tuple[Fraction, ...]
    disc: Fraction
    terms: int
    bits: int

    def points(self) -> Iterator[tuple[int, tuple[int, ...]]]:
        """(|h|² in units of `square_unit`, n) of all nodes ``h_a = n_a η_a``."""
        unit = self.square_unit
        limit = math.floor(self.radius**2 / unit)
        found: list[tuple[int, tuple[int, ...]]] = [(0, ())]
        for axis in self.axes:
            reach = math.floor(self.radius / axis.step)
            line = [(int((n * axis.step) ** 2 / unit), n) for n in range(-reach, reach + 1)]
            found = [
                (square + more, (*point, n))
                for square, point in found
                for more, n in line
                if square + more <= limit
            ]
        return iter(found)

    @property
    def square_unit(self) -> Fraction:
        """Of which all |h|² are multiples."""
        return Fraction(1, math.lcm(*(axis.step.denominator for axis in self.axes)) ** 2)


def plan(split: Split, digits: int, degree: int) -> Grid:
    """A grid whose bounds come to about 10^-digits; P_0 … P_degree are wanted.

    Raises:
        InputError: more nodes than the budget.
    """
    c, rank = float(split.c.abs_upper()), len(split.axes)
    largest = max([c * c, *(float(axis.amplitude.mid()) ** 2 for axis in split.axes)])
    size = 4 + 16 * math.sqrt(largest)
    if degree > 1:  # twice: the errors of the eigenvalues are norms over the entries
        size = 2 * (size + 120 * largest)
    goal = digits * math.log(10) + math.log(size)
    radius = math.sqrt(2 * goal + rank * (1 + math.log(1 + 2 * goal / max(rank, 1))))
    axes = tuple(_axis(axis, goal + math.log(4 * rank), 2 * degree) for axis in split.axes)
    fine = goal + (TABLE_DIGITS + degree) * math.log(10)
    angles = [math.pi / 2 * n / 200 for n in range(20, 200)]
    low = min(1.0, 4 * c * math.sqrt(2 * fine))
    chosen, steps = [], []
    for a in range(degree + 1):

        def width(y: float, a: int = a) -> float:
            top = a * (math.log(a) - 1 - math.log(math.cos(y))) if a else 0.0
            return 2 * math.pi * y / (fine + 1 + y * y / (2 * c * c) + top)

        best = max((angle * low for angle in angles), key=width)
        chosen.append(grained(best))
        steps.append(width(best))
    finest = _outer_step(c, goal, degree)[0]  # a multiple of the step, so that none is spoilt
    step = grained(finest / math.ceil(finest / min(*steps, 0.5)))
    ratio = 0.51 * float(step) / float(DISC)
    spare = degree * math.log(degree / math.cos(DISC) / math.e) + 2 if degree else 2
    terms = degree + math.ceil((fine + spare) / -math.log(ratio))
    inner = math.ceil(c * math.sqrt(2 * fine) / float(step)) + 1
    density = math.prod(float(axis.step) for axis in axes) / (2 * math.pi) ** (rank / 2)
    every = (2 * radius) ** rank / math.prod(float(axis.step) for axis in axes)
    shells = []
    for n in range(1, SHELLS + 1 if rank else 2):
        # nodes from r_{n−1} on weigh at most density·e^{−r²/2}, all of them count times that
        inside = radius * (n - 1) / SHELLS
        target = goal + math.log(min(1.0, density * every * math.exp(-inside * inside / 2)))
        square = radius * n / SHELLS if n < SHELLS and rank else radius
        shells.append(_shell(c, max(target, 2.0), float(step), degree, square))
    radius_exact = Fraction(math.ceil(radius * GRAIN), GRAIN)
    shells[-1] = replace(shells[-1], square=radius_exact**2)
    bits = math.ceil((digits + TABLE_DIGITS + degree) * math.log2(10)) + 24
    grid = Grid(axes, radius_exact, tuple(shells), step, inner, tuple(chosen), DISC, terms, bits)
    count = nodes(grid)
    budget = LONG_NODES if in_long(digits) else MAX_NODES
    if count > budget:
        raise InputError(
            f"{digits} certified digits would take about {count:.1e} nodes of the low-rank "
            f"enclosure (budget {budget:.0e}); ask for fewer digits"
        )
    return grid


def in_long(digits: int) -> bool:
    """Whether the sums are first taken in the processor's longer numbers."""
    return LONG_SOUND and digits <= LONG_DIGITS


def nodes(grid: Grid) -> float:
    """About how many nodes τ and h there are."""
    rank = len(grid.axes)
    ball = math.pi ** (rank / 2) / math.gamma(rank / 2 + 1)
    each = math.prod(float(axis.step) for axis in grid.axes)
    inside, total = 0.0, 0.0
    for shell in grid.shells:
        points = ball * float(shell.square) ** (rank / 2) / each
        total += (points - inside) * shell.nodes
        inside = points
    return total


def _axis(axis: SplitAxis, goal: float, degree: int) -> Axis:
    """The longest step for the best heights."""
    spread, smoothing = float(axis.spread.abs_upper()), float(axis.smoothing.abs_upper())
    best, found = 0.0, (0.0, 0.0)
    reach = 2 * math.sqrt(2 * goal)
    for i in range(1, 60):
        two = min(math.pi / spread, reach) * i / 60
        for j in range(100):
            one = reach / math.sqrt(1 + smoothing) * j / 100
            y = one + two
            cost = goal + y * y / 2 + smoothing * one * one / 2
            cost -= degree * math.log(math.cos(spread * two / 2))
            if 2 * math.pi * y / cost > best:
                best, found = 2 * math.pi * y / cost, (one, two)
    return Axis(
        grained(min(best, 6.0)), grained(found[0]) if found[0] else Fraction(0), grained(found[1])
    )


def _shell(c: float, target: float, step: float, degree: int, radius: float) -> Shell:
    """Nodes τ whose truncation and aliasing are about e^{−target}."""
    width, angle = _outer_step(c, target, degree)
    stride = max(1, math.floor(width / step * (1 + 1e-3)))
    left = -(target + 2 + 2 * c * c) / 2
    powers = [1.1**n for n in range(-20, 100)]

    def tail(p: float, tau: float) -> float:
        top = p + 2 * degree
        return top * (math.log(top) - 1) - p * tau + (p * c) ** 2 / 2 - math.log(p * step * stride)

    right = 0.0
    while min(tail(p, right) for p in powers) > -target:
        right += 0.25
    best = min(powers, key=lambda p: tail(p, right))
    first = math.floor(left / step)
    last = first + math.ceil((right / step - first) / stride) * stride
    square = Fraction(math.ceil(radius * radius * GRAIN), GRAIN)
    return Shell(square, first, last, stride, grained(angle), Fraction(math.ceil(best * 64), 64))


def _outer_step(c: float, target: float, degree: int) -> tuple[float, float]:
    """The longest step over τ and its angle."""

    def width(y: float) -> float:
        return 2 * math.pi * y / (target + math.log(3 + c) - 2 * degree * math.log(math.cos(y)))

    angle = max((math.pi / 2 * n / 200 for n in range(20, 200)), key=width)
    return width(angle), angle
