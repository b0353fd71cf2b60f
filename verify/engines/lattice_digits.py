"""Gaussian expectations in any number of digits by the trapezoidal rule, on MPFR numbers.

The same mathematics as `engines.lattice` and none of its code: MPFR through gmpy2, one row of nodes
along the last axis at a time, exponentials by recurrence. Numbers leave as mpmath numbers of a
context of their own. The error is an estimate: half the difference of two lattices shifted
against each other, plus the truncation and rounding that the construction allows for.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from operator import add, mul
from typing import Any

import gmpy2

from overspec.errors import InputError
from overspec.exact import Exact
from overspec.mixture import Energies, Mixture
from overspec.verify.engines.moments import Moments, Real, check_point
from overspec.verify.engines.spectrum import real_context

GUARD = 12  # decimal digits carried beyond those asked for
MAX_NODES = 3_000_000  # about half a minute

Vector = list[Any]


def moments(
    mixture: Mixture, energies: Energies, digits: int = 50, jacobian: bool = True
) -> Moments:
    """The engine for any number of digits up to 200, as far as the node budget allows.

    Args:
        mixture: k ≤ 6 components.
        energies: θ.
        digits: absolute accuracy 10^-digits.
        jacobian: whether DM is wanted; without it a node costs about half.

    Raises:
        InputError: see `moments.check_point`; more nodes than the budget, with their number.

    >>> point = Energies.of_amplitudes(3, "1")
    >>> print(moments(Mixture.simplex(3, "1/2,3/10,1/5"), point, 18).log_partition)
    0.39516094436343875532
    """
    check_point(mixture, energies, digits)
    bits = math.ceil((digits + GUARD) * math.log2(10))
    with gmpy2.context(gmpy2.get_context(), precision=bits, emin=-(10**9), emax=10**9):
        orbit = _Orbit.at(mixture, energies)
        if not orbit.frequencies:
            return _at_the_optimum(orbit, digits)
        grid = _Grid.for_orbit(orbit, digits)
        first = _functionals(orbit, _Sums.over(orbit, grid, 0, jacobian), jacobian)
        second = _functionals(orbit, _Sums.over(orbit, grid, 1, jacobian), jacobian)
        half = gmpy2.mpfr(1) / 2
        mean = [(a + b) * half for a, b in zip(first, second, strict=True)]
        worst = max(abs(a - b) for a, b in zip(first, second, strict=True)) * half
        error = worst + gmpy2.mpfr(10) ** (-digits - 2)
        return _hand_over(orbit, mean, error, digits, jacobian)


@dataclass(frozen=True)
class _Orbit:
    """The weights, the active frequencies and the orbit of θ as MPFR numbers."""

    k: int
    weights: Vector
    frequencies: tuple[int, ...]
    axes: tuple[tuple[int, bool], ...]  # (frequency, whether it is the sine axis of its block)
    amplitudes: Vector
    cosines: Vector  # cos(2πj/k), j = 0 … k−1
    sines: Vector

    @classmethod
    def at(cls, mixture: Mixture, energies: Energies) -> _Orbit:
        k = mixture.k
        amplitude = {m: gmpy2.sqrt(_number(e)) for m, e in enumerate(energies, start=1)}
        active = tuple(m for m, a in amplitude.items() if a != 0)
        turn = 2 * gmpy2.const_pi() / k
        axes = [(m, sine) for m in active for sine in (False, True)[: 1 if 2 * m == k else 2]]
        return cls(
            k,
            [_number(w) for w in mixture.weights],
            active,
            tuple(axes),
            [amplitude[m] for m in active],
            [gmpy2.cos(turn * j) for j in range(k)],
            [gmpy2.sin(turn * j) for j in range(k)],
        )

    def mean(self, j: int) -> Vector:
        """R^j θ: each amplitude on the cosine axis, turned by 2πmj/k."""
        size = dict(zip(self.frequencies, self.amplitudes, strict=True))
        return [
            size[m] * (self.sines if sine else self.cosines)[m * j % self.k]
            for m, sine in self.axes
        ]

    def back(self, j: int, a: int) -> list[tuple[int, Any]]:
        """(R^{-j} x)_a as a combination of the x_b: pairs (b, coefficient)."""
        m, sine = self.axes[a]
        c, s = self.cosines[m * j % self.k], self.sines[m * j % self.k]
        if 2 * m == self.k:
            return [(a, c)]
        return [(a - 1, -s), (a, c)] if sine else [(a, c), (a + 1, s)]


def _number(value: Exact) -> Any:
    if isinstance(value, Fraction):
        return gmpy2.mpfr(gmpy2.mpq(value.numerator, value.denominator))
    digits = math.ceil(gmpy2.get_context().precision / 3) + 10
    return gmpy2.mpfr(str(value.evalf(digits)))


@dataclass(frozen=True)
class _Grid:
    """Truncation radius T and a step for each axis.

    With L = log(1/tolerance): the tail wants T²/2 ≈ L, and along an axis on which the exponents
    spread by s the trapezoidal error ``exp(−2πy/h + y²/2)``, y < π/s, wants h ≈ 2πy/(L + y²/2).
    """

    radius: float
    steps: tuple[float, ...]

    @classmethod
    def for_orbit(cls, orbit: _Orbit, digits: int) -> _Grid:
        means = [[float(c) for c in orbit.mean(j)] for j in range(orbit.k)]
        size = math.hypot(*means[0])
        dimension = len(orbit.axes)
        target = (digits + 3) * math.log(10) + math.log((1 + size) * 40 * dimension)
        squared = 2 * target
        for _ in range(20):  # T²/2 − (D/2+1)·log(T²/2) = L: the tail of |x|² under N(0, I_D)
            squared = 2 * (target + (dimension / 2 + 1) * math.log(squared / 2))
        steps = []
        for axis in range(dimension):
            column = [mean[axis] for mean in means]
            spread = max(column) - min(column)
            limit = min(math.pi / spread if spread else math.inf, math.sqrt(2 * target))
            h = max(
                2 * math.pi * y / (target + y * y / 2 - 2 * math.log(math.cos(spread * y / 2)))
                for y in (limit * n / 400 for n in range(1, 400))
            )
            steps.append(h)
        grid = cls(math.sqrt(squared), tuple(steps))
        if grid.nodes > MAX_NODES:
            raise InputError(
                f"{digits} digits at |θ| = {size:.3g} in {dimension} dimensions would take about "
                f"{grid.nodes:.1e} nodes at high precision (budget {MAX_NODES:.0e}); ask for "
                "fewer digits (15 or fewer use the double precision lattice)"
            )
        return grid

    @property
    def nodes(self) -> float:
        n = len(self.steps)
        ball = math.pi ** (n / 2) / math.gamma(n / 2 + 1)
        return float(2 * ball * self.radius**n / math.prod(self.steps))

    def line(self, axis: int, half: int, radius: float) -> tuple[int, int]:
        """First and last index n with |(n + half/2)·h| ≤ radius."""
        reach = radius / self.steps[axis]
        return math.ceil(-reach - half / 2), math.floor(reach - half / 2)


class _Line:
    """One axis: nodes, Gaussian weights and exponentials e^{μ_j x}, all by recurrence."""

    def __init__(self, grid: _Grid, axis: int, half: int, slopes: Vector) -> None:
        self.low, self.high = grid.line(axis, half, grid.radius)
        h = gmpy2.mpfr(grid.steps[axis])
        start = (self.low + gmpy2.mpfr(half) / 2) * h
        count = self.high - self.low + 1
        self.x = [start + n * h for n in range(count)]
        norm = h / gmpy2.sqrt(2 * gmpy2.const_pi())
        self.density = [norm * gmpy2.exp(-x * x / 2) for x in self.x]
        self.exponentials = []
        for slope in slopes:
            ratio = gmpy2.exp(slope * h)
            powers = itertools.accumulate(itertools.repeat(ratio, count - 1), mul)
            first = gmpy2.exp(slope * start)
            self.exponentials.append([first, *(first * p for p in powers)])


@dataclass
class _Sums:
    """Sums over the nodes: log S; w_j and w_i w_j times the monomials in x up to degree 2."""

    log_partition: Any
    single: dict[tuple[int, ...], Any]  # (j, axes of the monomial…)
    pair: dict[tuple[int, ...], Any]  # (i, j, axes…), i < j; `complete` adds i = j

    @classmethod
    def over(cls, orbit: _Orbit, grid: _Grid, half: int, jacobian: bool) -> _Sums:
        k, dimension = orbit.k, len(orbit.axes)
        means = [orbit.mean(j) for j in range(k)]
        lines = [
            _Line(grid, axis, half, [mean[axis] for mean in means]) for axis in range(dimension)
        ]
        sums = cls(gmpy2.mpfr(0), {}, {})
        table = _Row(lines[-1], k, 2 if jacobian else 1, jacobian)
        for rest, weight, factors, squared in _outer_nodes(orbit, grid, lines[:-1]):
            radius = math.sqrt(max(grid.radius**2 - squared, 0.0))
            low, high = grid.line(dimension - 1, half, radius)
            row = slice(low - lines[-1].low, high - lines[-1].low + 1)
            if low <= high:
                sums.add_row(table, factors, weight, rest, row)
        sums.complete(k)
        return sums

    def add_row(self, table: _Row, factors: Vector, weight: Any, rest: Vector, row: slice) -> None:
        k, last = len(factors), len(rest)
        partition: list[Any] = [factors[0] * e for e in table.exponentials[0][row]]
        for j in range(1, k):
            scaled = map(mul, itertools.repeat(factors[j]), table.exponentials[j][row])
            partition = list(map(add, partition, scaled))
        self.log_partition += weight * _dot(map(gmpy2.log, partition), table.density[row])
        inverse = [1 / s for s in partition]
        square = list(map(mul, inverse, inverse))
        for j in range(k):
            along = [_dot(inverse, values[row]) for values in table.single[j]]
            _spread(self.single, (j,), weight * factors[j], along, rest, last)
        for (i, j), tables in table.pair.items():
            along = [_dot(square, values[row]) for values in tables]
            _spread(self.pair, (i, j), weight * factors[i] * factors[j], along, rest, last)

    def complete(self, k: int) -> None:
        """The squares, from ``w_j² = w_j − Σ_{i≠j} w_i w_j``."""
        for j in range(k):
            others = [(min(i, j), max(i, j)) for i in range(k) if i != j]
            for index in [index for index in self.single if index[0] == j]:
                keys = [(*pair, *index[1:]) for pair in others]
                if keys[0] in self.pair:  # without the Jacobian only the bare products are there
                    rest = sum((self.pair[key] for key in keys), gmpy2.mpfr(0))
                    self.pair[(j, *index)] = self.single[index] - rest


class _Row:
    """Tables along the last axis: density · x^p · e^{μ_j x} and density · x^p · e^{(μ_i+μ_j) x}."""

    def __init__(self, line: _Line, k: int, degree: int, jacobian: bool) -> None:
        self.exponentials, self.density = line.exponentials, line.density
        powers = [line.density]
        for _ in range(degree):
            powers.append(list(map(mul, powers[-1], line.x)))
        e = line.exponentials
        self.single = [[list(map(mul, p, e[j])) for p in powers] for j in range(k)]
        self.pair = {
            (i, j): [
                list(map(mul, table, e[i])) for table in self.single[j][: 3 if jacobian else 1]
            ]
            for i in range(k)
            for j in range(i + 1, k)
        }


def _spread(
    sums: dict[tuple[int, ...], Any],
    key: tuple[int, ...],
    weight: Any,
    along: Vector,
    rest: Vector,
    last: int,
) -> None:
    """Add the row's sums of x^0, x^1, x^2 to all monomials of degree ≤ len(along) − 1."""
    for power, value in enumerate(along):
        value *= weight
        tail = (last,) * power
        for degree in range(len(along) - power):
            for axes in itertools.combinations_with_replacement(range(last), degree):
                term = value
                for axis in axes:
                    term *= rest[axis]
                index = (*key, *axes, *tail)
                sums[index] = sums[index] + term if index in sums else term


def _outer_nodes(
    orbit: _Orbit, grid: _Grid, lines: list[_Line]
) -> Iterator[tuple[Vector, Any, Vector, float]]:
    """Coordinates, Gaussian weight, π_j e^{…} and |x|² for all axes but the last."""

    def walk(
        axis: int, x: Vector, weight: Any, factors: Vector, squared: float
    ) -> Iterator[tuple[Vector, Any, Vector, float]]:
        if axis == len(lines):
            yield x, weight, factors, squared
            return
        line = lines[axis]
        for n, here in enumerate(line.x):
            reach = squared + float(here) ** 2
            if reach <= grid.radius**2:
                grown = [f * e[n] for f, e in zip(factors, line.exponentials, strict=True)]
                yield from walk(axis + 1, [*x, here], weight * line.density[n], grown, reach)

    return walk(0, [], gmpy2.mpfr(1), orbit.weights, 0.0)


def _dot(left: Any, right: Any) -> Any:
    return sum(map(mul, left, right), gmpy2.mpfr(0))


def _functionals(orbit: _Orbit, sums: _Sums, jacobian: bool) -> Vector:
    """E log S, the g_m, M and the upper triangle of DM, in one list."""
    k, dimension = orbit.k, len(orbit.axes)
    result = [sums.log_partition]
    for m in range(k // 2 + 1):
        pairs = itertools.combinations_with_replacement(range(k), 2)
        terms = [
            (1 if i == j else 2) * sums.pair[i, j] * orbit.cosines[m * (i - j) % k]
            for i, j in pairs
        ]
        result.append(sum(terms, gmpy2.mpfr(0)))
    for a in range(dimension):
        terms = [c * sums.single[j, b] for j in range(k) for b, c in orbit.back(j, a)]
        result.append(sum(terms, gmpy2.mpfr(0)))
    if jacobian:
        for a, b in itertools.combinations_with_replacement(range(dimension), 2):
            result.append(_covariance(orbit, sums, a, b))
    return result


def _covariance(orbit: _Orbit, sums: _Sums, a: int, b: int) -> Any:
    """E Cov_{j~w}((R^{-j}x)_a, (R^{-j}x)_b)."""
    total = gmpy2.mpfr(0)
    for i in range(orbit.k):
        for p, left in orbit.back(i, a):
            for q, right in orbit.back(i, b):
                total += left * right * sums.single[i, min(p, q), max(p, q)]
            for j in range(orbit.k):
                for q, right in orbit.back(j, b):
                    key = (min(i, j), max(i, j), min(p, q), max(p, q))
                    total -= left * right * sums.pair[key]
    return total


def _at_the_optimum(orbit: _Orbit, digits: int) -> Moments:
    """θ = 0: the responsibilities are the weights."""
    g = []
    for m in range(orbit.k // 2 + 1):
        turns = [m * j % orbit.k for j in range(orbit.k)]
        real = _dot(orbit.weights, [orbit.cosines[n] for n in turns])
        imaginary = _dot(orbit.weights, [orbit.sines[n] for n in turns])
        g.append(real * real + imaginary * imaginary)
    error = gmpy2.mpfr(10) ** (-digits - 2)
    return _hand_over(orbit, [gmpy2.mpfr(0), *g], error, digits, False)


def _hand_over(orbit: _Orbit, numbers: Vector, error: Any, digits: int, jacobian: bool) -> Moments:
    """MPFR to mpmath, and one list to named parts."""
    context = real_context(digits + 2)
    values: list[Real] = [_to_mpmath(context, number) for number in numbers]
    modes, dimension = orbit.k // 2 + 1, len(orbit.axes)
    upper = dict(
        zip(
            itertools.combinations_with_replacement(range(dimension), 2),
            values[1 + modes + dimension :],
            strict=jacobian,
        )
    )
    return Moments(
        orbit.frequencies,
        values[0],
        tuple(values[1 : 1 + modes]),
        tuple(values[1 + modes : 1 + modes + dimension]),
        tuple(
            tuple(upper[min(a, b), max(a, b)] for b in range(dimension)) for a in range(dimension)
        )
        if jacobian
        else (),
        _to_mpmath(context, error),
    )


def _to_mpmath(context: Any, number: Any) -> Real:
    numerator, denominator = number.as_integer_ratio()
    return context.mpf(int(numerator)) / int(denominator)
