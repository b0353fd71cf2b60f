"""The checker's own numbers: plain MPFR quadratures, written apart from every engine.

Nothing here is rigorous. Each value is the mean of two trapezoidal sums shifted against each other
by half a step; their difference is its error.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import mul
from typing import Any

import gmpy2

from overspec.verify.check.subject import Subject

MAX_NODES = 4_000_000

Mpfr = Any  # gmpy2.mpfr


#: Eigenvalues of the Lloyd map that are known exactly.
EXACT = {"eigenvalue scaling", "eigenvalue rotation"}


class TooCostly(Exception):
    """The quadrature would take more nodes than the budget."""


@dataclass(frozen=True)
class Point:
    """What a certificate is about: k, the weights and energies as (number, count) runs."""

    k: int
    weights: tuple[tuple[Fraction | str, int], ...]
    energies: tuple[tuple[Fraction | str, int], ...]
    regular: bool


def number(value: Fraction | str) -> Mpfr:
    """An exact number at the current precision; text is an algebraic expression."""
    if isinstance(value, Fraction):
        return gmpy2.mpfr(gmpy2.mpq(value.numerator, value.denominator))
    from overspec.exact import exact

    parsed = exact(value)
    if isinstance(parsed, Fraction):
        return number(parsed)
    return gmpy2.mpfr(str(parsed.evalf(gmpy2.get_context().precision // 3 + 10)))


def values(
    point: Point, wanted: Sequence[int], digits: int
) -> dict[Subject, tuple[Fraction, Fraction]]:
    """``log_partition``, ``kl`` and ``g1``… with their error estimates, to about 10^-digits.

    Up to k = 3 and off the regular simplex by a sum over R^D, else through the Laplace transform.

    Raises:
        TooCostly: see there.
    """
    spare = 12 + 2 * len(str(point.k))
    with _precision(digits + spare):
        energies = [(number(e), n) for e, n in point.energies]
        half = sum((e * n for e, n in energies), gmpy2.mpfr(0)) / 2
        if half == 0:
            found = [[gmpy2.mpfr(0), *(_transform(point, m) for m in wanted)]] * 2
        elif point.k > 3 and point.regular:
            found = [_by_laplace(point, half * 2, wanted, digits, shift) for shift in (0, 1)]
        else:
            found = _by_lattice(point, wanted, digits)
        result: dict[Subject, tuple[Fraction, Fraction]] = {}
        for name, a, b in zip(["log_partition", *(f"g{m}" for m in wanted)], *found, strict=True):
            error = fraction(abs(a - b)) + Fraction(1, 10 ** (digits + 2)) * (half != 0)
            result[name] = (fraction((a + b) / 2), error)
        log_value, error = result["log_partition"]
        result["kl"] = (fraction(half) - log_value, error)
        return result


def fraction(value: Mpfr) -> Fraction:
    numerator, denominator = value.as_integer_ratio()
    return Fraction(int(numerator), int(denominator))


def _precision(digits: int) -> Any:
    bits = math.ceil(digits * math.log2(10))
    return gmpy2.context(gmpy2.get_context(), precision=bits, emin=-(10**9), emax=10**9)


def turn(numerator: int, k: int) -> tuple[Mpfr, Mpfr]:
    angle = 2 * gmpy2.const_pi() * (numerator % k) / k
    return gmpy2.cos(angle), gmpy2.sin(angle)


def block_sum(k: int, start: int, length: int, m: int) -> tuple[Mpfr, Mpfr]:
    """``Σ_{i=start}^{start+length−1} ω^{mi}``, as (1 − ω^{m·length}) ω^{m·start} / (1 − ω^m)."""
    if m % k == 0:
        return gmpy2.mpfr(length), gmpy2.mpfr(0)
    one = gmpy2.mpfr(1)
    c, s = turn(m * length, k)
    top = (one - c, -s)
    c, s = turn(m * start, k)
    top = (top[0] * c - top[1] * s, top[0] * s + top[1] * c)
    c, s = turn(m, k)
    low = (one - c, -s)
    size = low[0] ** 2 + low[1] ** 2
    return (
        (top[0] * low[0] + top[1] * low[1]) / size,
        (top[1] * low[0] - top[0] * low[1]) / size,
    )


def groups(point: Point, wanted: Sequence[int]) -> list[tuple[Mpfr, int, list[Any]]]:
    """Weight, number of components and Σ ω^{mi} (for each m wanted) of each distinct weight."""
    collected: dict[Fraction | str, tuple[int, list[Any]]] = {}
    start = 0
    for value, count in point.weights:
        size, sums = collected.get(value, (0, [(gmpy2.mpfr(0), gmpy2.mpfr(0))] * len(wanted)))
        blocks = [block_sum(point.k, start, count, m) for m in wanted]
        joined = [(a + c, b + d) for (a, b), (c, d) in zip(sums, blocks, strict=True)]
        collected[value] = (size + count, joined)
        start += count
    return [(number(value), size, sums) for value, (size, sums) in collected.items()]


def _transform(point: Point, m: int) -> Mpfr:
    real = imaginary = gmpy2.mpfr(0)
    for weight, _, ((a, b),) in groups(point, [m]):
        real, imaginary = real + weight * a, imaginary + weight * b
    return real**2 + imaginary**2


# --- the Laplace transform


def _by_laplace(
    point: Point, norm: Mpfr, wanted: Sequence[int], digits: int, shift: int
) -> list[Mpfr]:
    c2 = norm * point.k / (point.k - 1)
    c = gmpy2.sqrt(c2)
    size = float(c)
    goal = (digits + 2) * math.log(10)
    fine = goal + 2 * math.log(point.k) + 3
    step = gmpy2.mpfr(0.93 * math.pi**2 / (fine + math.pi**2 / (8 * size**2) + 3))
    reach = math.ceil(math.sqrt(2 * fine) * size / float(step)) + 1
    bell = [gmpy2.exp(-((step * n / c) ** 2) / 2) for n in range(-reach, reach + 1)]
    bell_sum = sum(bell, gmpy2.mpfr(0))
    parts = groups(point, wanted)
    first = math.floor(-(goal / 2 + size**2 + 2) / float(step))
    s0 = gmpy2.exp(c2 / 2)
    logs, departures = gmpy2.mpfr(0), [gmpy2.mpfr(0)] * len(wanted)
    rows = [_smoothed(weight, step, first - reach, shift, bell) for weight, _, _ in parts]
    for position in itertools.count():
        tau = (first + position + gmpy2.mpfr(shift) / 2) * step
        pairs = [next(row) for row in rows]
        zeros = [zero / bell_sum for zero, _ in pairs]
        product = gmpy2.mpfr(1)
        for zero, (_, count, _) in zip(zeros, parts, strict=True):
            product *= zero**count
        logs += gmpy2.exp(-s0 * gmpy2.exp(tau)) - product
        ratios = [b / a for a, b in pairs]
        total = sum((q * n for q, (_, n, _) in zip(ratios, parts, strict=True)), gmpy2.mpfr(0))
        last = gmpy2.mpfr(0)
        for index in range(len(wanted)):
            real = sum((q * s[index][0] for q, (_, _, s) in zip(ratios, parts, strict=True)), 0)
            imag = sum((q * s[index][1] for q, (_, _, s) in zip(ratios, parts, strict=True)), 0)
            last = product * (total**2 - real**2 - imag**2)
            departures[index] += last
        if tau > 0 and product * (1 + total**2) < gmpy2.mpfr(10) ** (-digits - 4):
            break
        if position > 200_000:
            raise TooCostly("the Laplace integral does not end")
    return [c2 / 2 + step * logs, *(1 - step * d for d in departures)]


def _smoothed(
    weight: Mpfr, step: Mpfr, start: int, shift: int, bell: list[Mpfr]
) -> Iterator[tuple[Mpfr, Mpfr]]:
    """Sums of bell·e^{−e^u} and bell·e^{u − e^u} along the grid, u = log π + τ + …"""
    width = len(bell)
    window0: list[Mpfr] = []
    window1: list[Mpfr] = []
    for n in itertools.count():
        value = weight * gmpy2.exp((start + n + gmpy2.mpfr(shift) / 2) * step)
        falling = gmpy2.exp(-value)
        window0.append(falling)
        window1.append(value * falling)
        if len(window0) == width:
            yield (
                sum(map(mul, bell, window0), gmpy2.mpfr(0)),
                sum(map(mul, bell, window1), gmpy2.mpfr(0)),
            )
            del window0[0], window1[0]


# --- the sum over R^D


def _by_lattice(point: Point, wanted: Sequence[int], digits: int) -> list[list[Mpfr]]:
    k = point.k
    weights = [number(w) for w, n in point.weights for _ in range(n)]
    energies = [number(e) for e, n in point.energies for _ in range(n)]
    axes = []  # for each coordinate its values at the k means
    for m, energy in enumerate(energies, start=1):
        if energy == 0:
            continue
        turns = [turn(m * j, k) for j in range(k)]
        root = gmpy2.sqrt(energy)
        axes.append([root * c for c, _ in turns])
        if 2 * m != k:
            axes.append([root * s for _, s in turns])
    goal = (digits + 3) * math.log(10) + math.log(1 + float(sum(energies))) + len(axes)
    radius = math.sqrt(2 * goal + 2 * len(axes) * math.log(goal))
    steps = []
    for axis in axes:
        width = float(max(axis) - min(axis))
        top = min(math.pi / width, math.sqrt(2 * goal))
        steps.append(
            max(
                2 * math.pi * y / (goal + y * y / 2 - 2 * math.log(math.cos(width * y / 2)))
                for y in (top * n / 100 for n in range(1, 100))
            )
        )
    ball = math.pi ** (len(axes) / 2) / math.gamma(len(axes) / 2 + 1) * radius ** len(axes)
    nodes = 2 * ball / math.prod(steps)
    if nodes > MAX_NODES:
        raise TooCostly(f"its own quadrature would take {nodes:.1e} nodes (budget {MAX_NODES:.0e})")
    return [_sum_over(weights, axes, steps, radius, wanted, half) for half in (0, 1)]


def _sum_over(
    weights: list[Mpfr],
    axes: list[list[Mpfr]],
    steps: list[float],
    radius: float,
    wanted: Sequence[int],
    half: int,
) -> list[Mpfr]:
    k = len(weights)
    cosines = [
        [1 - turn(m * n, k)[0] for n in range(k)] for m in wanted
    ]  # 1 − |ŵ_m|² = 2 Σ_{i<j} w_i w_j (1 − cos)
    pairs = list(itertools.combinations(range(k), 2))
    lines = []
    for axis, step in zip(axes, steps, strict=True):
        count = math.ceil(radius / step)
        line = []
        for n in range(-count, count + 1):
            x = (n + gmpy2.mpfr(half) / 2) * step
            line.append((float(x) ** 2, gmpy2.exp(-x * x / 2), [gmpy2.exp(x * a) for a in axis]))
        norm = sum((bell for _, bell, _ in line), gmpy2.mpfr(0))
        lines.append([(square, bell / norm, es) for square, bell, es in line])
    log_total, pair_totals = gmpy2.mpfr(0), [gmpy2.mpfr(0)] * len(pairs)
    *outer, last = lines
    pair_rows = [[bell * es[i] * es[j] for _, bell, es in last] for i, j in pairs]
    bells = [bell for _, bell, _ in last]
    squares = [square for square, _, _ in last]
    columns = [[es[j] for _, _, es in last] for j in range(k)]
    for nodes in itertools.product(*outer):
        used = sum(square for square, _, _ in nodes)
        if used > radius**2:
            continue
        inside = [n for n, square in enumerate(squares) if used + square <= radius**2]
        if not inside:
            continue
        row = slice(inside[0], inside[-1] + 1)
        bell, factors = gmpy2.mpfr(1), list(weights)
        for _, b, es in nodes:
            bell *= b
            factors = list(map(mul, factors, es))
        cut = zip(*(column[row] for column in columns), strict=True)
        partition = [sum(map(mul, factors, e)) for e in cut]
        log_total += bell * sum(map(mul, bells[row], map(gmpy2.log, partition)))
        inverse = [1 / (s * s) for s in partition]
        for index, (i, j) in enumerate(pairs):
            along = sum(map(mul, inverse, pair_rows[index][row]))
            pair_totals[index] += bell * factors[i] * factors[j] * along
    return [
        log_total,
        *(
            1 - 2 * sum(t * row[j - i] for t, (i, j) in zip(pair_totals, pairs, strict=True))
            for row in cosines
        ),
    ]


# --- Lloyd


def lloyd_values(k: int, digits: int) -> dict[Subject, tuple[Fraction, Fraction]]:
    """``r0`` and the eigenvalues of the Lloyd map at the simplex, by formulas of its own.

    ``E max = ∫₀^∞ (1 − Φ^k − (1−Φ)^k) dx``. With the face moments I = ∫1, a = ∫s, b = ∫y_l, A =
    ∫s², B = ∫s y_l, C = ∫y_l², D = ∫y_l y_l' (l ≠ l' off the pair), κ = k/(ρ√2), the map acts on
    centres moved by a symmetric T with zero diagonal and row sums as ``κ(k−1)(C − D)``, and on the
    span of ``C_i = u`` and ``C_i = u_i P e_i`` by the 2×2 matrix in `_modes`; rotations are
    neutral by symmetry, and scaling all centres leaves their cells alone.
    """
    with _precision(digits + 15 + len(str(k))):
        found = []
        for shift in (0, 1):
            maximum = _expected_maximum(k, digits, shift)
            radius = gmpy2.sqrt(gmpy2.mpfr(k) / (k - 1)) * maximum
            modes = {"r0": radius, "eigenvalue scaling": gmpy2.mpfr(0)}
            if k <= 40:
                modes |= _modes(k, maximum * k / (k - 1), digits, shift)
            found.append(modes)
        result: dict[Subject, tuple[Fraction, Fraction]] = {}
        for name, a in found[0].items():
            b = found[1][name]
            slack = Fraction(name not in EXACT, 10 ** (digits + 2))
            result[name] = (fraction((a + b) / 2), fraction(abs(a - b)) + slack)
        return result


def _expected_maximum(k: int, digits: int, shift: int) -> Mpfr:
    """Double-exponential substitution ``x = exp(t − e^{−t})`` on the half-line."""
    step = gmpy2.mpfr(1) / (4 * digits + 40 + int(4 * math.log(k)) * (digits // 10))
    root = gmpy2.sqrt(gmpy2.mpfr(2))
    total = gmpy2.mpfr(0)
    low, high = math.log(digits + 10) + 1, math.log(4 * math.sqrt(digits + math.log(k) + 20))
    for n in range(math.floor(-low / float(step)), math.ceil(high / float(step))):
        t = (n + gmpy2.mpfr(shift) / 2) * step
        fall = gmpy2.exp(-t)
        x = gmpy2.exp(t - fall)
        above = gmpy2.erfc(x / root) / 2
        mass = -gmpy2.expm1(k * gmpy2.log1p(-above)) - above**k
        total += mass * x * (1 + fall)
    return total * step


def _modes(k: int, rho: Mpfr, digits: int, shift: int) -> dict[str, Mpfr]:
    goal = (digits + 5) * math.log(10)
    step = gmpy2.mpfr(2.2 / math.sqrt(goal)) * gmpy2.mpfr(0.5) / (1 + math.log(k) / 6)
    step = step / math.sqrt(goal / 20)
    reach = math.ceil(math.sqrt(goal + 8) / float(step))
    table = []
    for n in range(-reach, reach + 1):
        s = (n + gmpy2.mpfr(shift) / 2) * step
        density = gmpy2.exp(-s * s / 2) / gmpy2.sqrt(2 * gmpy2.const_pi())
        table.append((s, density, gmpy2.erfc(-s / gmpy2.sqrt(gmpy2.mpfr(2))) / 2))

    def face(term: Callable[[Mpfr, Mpfr, Mpfr], Mpfr], least: int) -> Mpfr:
        if k < least:
            return gmpy2.mpfr(0)
        return gmpy2.sqrt(gmpy2.mpfr(2)) * step * sum(term(*row) for row in table)

    mass = face(lambda s, p, q: p**2 * q ** (k - 2), 2)
    kappa = k / (rho * gmpy2.sqrt(gmpy2.mpfr(2)))
    if k == 2:  # one direction: c_1 = −c_2 on a line
        return {"eigenvalue vertex": kappa * rho**2 * mass}
    a = face(lambda s, p, q: s * p**2 * q ** (k - 2), 2)
    b = -face(lambda s, p, q: p**3 * q ** (k - 3), 3)
    big_a = face(lambda s, p, q: s * s * p**2 * q ** (k - 2), 2)
    big_b = -face(lambda s, p, q: s * p**3 * q ** (k - 3), 3)
    big_c = face(lambda s, p, q: p**2 * (q - s * p) * q ** (k - 3), 3)
    big_d = face(lambda s, p, q: p**4 * q ** (k - 4), 4)
    inner = rho * (k - 1) / k
    # the same moments with the factor ζ = s − ȳ − ρ(k−1)/k
    a_bent = big_a - (2 * big_a + (k - 2) * big_b) / k - inner * a
    b_bent = big_b - (2 * big_b + big_c + (k - 3) * big_d) / k - inner * b
    mass_bent = a - (2 * a + (k - 2) * b) / k - inner * mass
    p, q = kappa * rho * (a - b), kappa * rho * k * (rho * mass - (a - b))
    r, t = -kappa * (a_bent - b_bent), kappa * k * (a_bent - b_bent - rho * mass_bent)
    root = gmpy2.sqrt(((p - t) / 2) ** 2 + q * r)
    modes = {
        "eigenvalue vertex+": (p + t) / 2 + root,
        "eigenvalue vertex-": (p + t) / 2 - root,
        "eigenvalue rotation": gmpy2.mpfr(1),
    }
    if k >= 4:
        modes["eigenvalue pairs"] = kappa * (k - 1) * (big_c - big_d)
    return modes
