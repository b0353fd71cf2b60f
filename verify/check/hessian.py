"""The checker's own Hessian: numbers by the definition of DM, and what each budget line must be.

Off the regular simplex, and for k ≤ 3, ``∂²L/∂a_m∂a_n = δ_mn − E Cov_w(Y^m, Y^n)`` is summed as it
stands. On regular simplices the integrals of `check.tables` are taken on a grid of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations_with_replacement
from typing import Any

import gmpy2
import mpmath
import numpy as np

from overspec.verify.check.bounds import pair, rational, real, sizes
from overspec.verify.check.format import Rejected, Statement, sign_of
from overspec.verify.check.subject import Eigenvalue, Entry, Singled, Subject
from overspec.verify.check.tables import Line, Moments
from overspec.verify.check.value import Point, TooCostly, fraction, number, turn
from overspec.verify.check.value import values as check_values

DOUBLE_DIGITS = 11  # up to these, doubles do
MAX_NODES = {True: 8e6, False: 4e5}  # of a sum in doubles, in MPFR
CHUNK = 2**18

Values = dict[Subject, tuple[Fraction, Fraction]]


def parts(point: Point) -> dict[Subject, int]:
    """The quantities that a certified Hessian has at this point, eigenvalues with multiplicities
    and entries with 0."""
    k = point.k
    counts = sorted(_by_value(point).values())
    if point.regular and k > 3 and (len(counts) == 1 or (len(counts) == 2 and counts[0] == 1)):
        return {Singled.RADIAL: 1, Singled.EVEN: k // 2 - 1}
    active = modes(point)
    found: dict[Subject, int] = {Entry(*at): 0 for at in combinations_with_replacement(active, 2)}
    return found | {Eigenvalue(n): 1 for n in range(1, len(active) + 1)}


def _by_value(point: Point) -> dict[Fraction | str, int]:
    found: dict[Fraction | str, int] = {}
    for value, count in point.weights:
        found[value] = found.get(value, 0) + count
    return found


def modes(point: Point) -> list[int]:
    """The frequencies with energy."""
    if point.k > 100:
        raise Rejected(f"k = {point.k}: no Hessian matrix is certified")
    energies = [e for e, n in point.energies for _ in range(n)]
    return [m for m, e in enumerate(energies, start=1) if sign_of(e) != 0]


# --- numbers


def values(point: Point, digits: int) -> Values:
    """Every quantity of `parts` to about 10^-digits, with an error estimate."""
    if point.k <= 3 or not point.regular:
        result = twice(lambda half: by_definition(point, digits, half), digits)
    else:
        result = twice(lambda half: _by_laplace(point, digits, half), digits)
    wanted = [part for part in parts(point) if isinstance(part, Eigenvalue)]
    if wanted:
        result.update(zip(wanted, _eigenvalues(point, result, digits), strict=True))
    return result


def base_values(point: Point, wanted: Sequence[int], digits: int) -> Values:
    """``kl``, ``log_partition`` and the g_m: in doubles where MPFR sums would take too long."""
    if point.regular or point.k < 5 or digits > DOUBLE_DIGITS:
        return check_values(point, wanted, digits)
    result = twice(lambda half: by_definition(point, digits, half), digits)
    value, error = result["log_partition"]
    with gmpy2.context(gmpy2.get_context(), precision=200):
        norm = fraction(sum((number(e) * n for e, n in point.energies), gmpy2.mpfr(0)))
    return result | {"kl": (norm / 2 - value, error)}


def affordable(point: Point, digits: int) -> int:
    """One digit fewer where a sum in doubles over many dimensions decides."""
    return digits - 1 if not point.regular and point.k >= 5 else digits


def twice(sums: Callable[[int], dict[Subject, Fraction]], digits: int) -> Values:
    """Means of two sums over nodes half a step apart, and their differences."""
    one, other = sums(0), sums(1)
    floor = Fraction(1, 10 ** (digits + 1))
    return {n: ((a + other[n]) / 2, abs(a - other[n]) + floor) for n, a in one.items()}


def _eigenvalues(point: Point, entries: Values, digits: int) -> list[tuple[Fraction, Fraction]]:
    active = modes(point)
    context = mpmath.MPContext()
    context.dps = digits + 15
    rows = [[entries[Entry(min(m, n), max(m, n))] for n in active] for m in active]
    matrix = context.matrix(
        [[context.mpf(x.numerator) / x.denominator for x, _ in row] for row in rows]
    )
    found = sorted(context.eigsy(matrix, eigvals_only=True))
    error = sum((e for row in rows for _, e in row), Fraction(0))
    return [(rational(value), error) for value in found]


def by_definition(point: Point, digits: int, half: int) -> dict[Subject, Fraction]:
    """log S, the g_m and the Hessian, summed over a lattice as defined, in doubles or MPFR."""
    doubles = digits <= DOUBLE_DIGITS
    kind: Any = float if doubles else gmpy2.mpfr
    with gmpy2.context(gmpy2.get_context(), precision=math.ceil((digits + 15) * 3.33)):
        active, k = modes(point), point.k
        weights = np.array([kind(number(w)) for w, n in point.weights for _ in range(n)])
        energies = [number(e) for e, n in point.energies for _ in range(n)]
        axes = []  # block, cos or sin at the components, amplitude
        for m in active:
            angles = [turn(m * j, k) for j in range(k)]
            for side in range(1 if 2 * m == k else 2):
                column = np.array([kind(t[side]) for t in angles])
                axes.append((m, column, kind(gmpy2.sqrt(energies[m - 1]))))
        lines, radius = _lines(axes, digits, half, kind, doubles)
        exp = np.exp if doubles else np.frompyfunc(gmpy2.exp, 1, 1)
        log = np.log if doubles else np.frompyfunc(gmpy2.log, 1, 1)
        split = len(axes) // 2
        outer = _half_nodes(axes[:split], lines[:split], k, exp, radius, active)
        inner = _half_nodes(axes[split:], lines[split:], k, exp, radius, active)
        pairs = list(combinations_with_replacement(range(len(active)), 2))
        totals, logs = [kind(0)] * len(pairs), kind(0)
        turns = [[turn(m * j, k) for j in range(k)] for m in range(1, k // 2 + 1)]
        characters = [[np.array([kind(t[side]) for t in row]) for side in (0, 1)] for row in turns]
        factors = [kind(0)] * len(characters)
        size = max(1, CHUNK // (k * len(inner[0])))
        for start in range(0, len(outer[0]), size):
            cut = slice(start, start + size)
            w = weights * outer[1][cut, None, :] * inner[1][None, :, :]
            partition = w.sum(axis=2)
            w = w / partition[:, :, None]
            bell = outer[0][cut, None] * inner[0][None, :]
            logs += (bell * log(partition)).sum()
            for m, waves in enumerate(characters, start=1):
                square = sum((w * wave).sum(axis=2) ** 2 for wave in waves)
                factors[m - 1] += (bell * square).sum()
            slopes = [o[cut, None, :] + i[None] for o, i in zip(outer[2], inner[2], strict=True)]
            means = [(w * y).sum(axis=2) for y in slopes]
            for index, (p, q) in enumerate(pairs):
                covariance = (w * slopes[p] * slopes[q]).sum(axis=2) - means[p] * means[q]
                totals[index] += (bell * covariance).sum()

        def exact(value: Any) -> Fraction:
            return Fraction(float(value)) if doubles else fraction(value)

        found: dict[Subject, Fraction] = {"log_partition": exact(logs)}
        found |= {f"g{m}": exact(value) for m, value in enumerate(factors, start=1)}
        for (p, q), total in zip(pairs, totals, strict=True):
            found[Entry(active[p], active[q])] = (p == q) - exact(total)
        return found


def _lines(
    axes: list[Any], digits: int, half: int, kind: Any, doubles: bool
) -> tuple[list[list[Any]], float]:
    """Nodes along each axis and the radius."""
    goal = (digits + 1) * math.log(10) + 2
    radius = math.sqrt(2 * goal + (len(axes) + 2) * math.log(1 + 2 * goal / len(axes)) + 2)
    lines, nodes = [], 1.0
    for _, column, amplitude in axes:
        spread = float(amplitude) * float(max(column) - min(column))
        top = min(math.pi / spread, math.sqrt(2 * goal))
        step = max(
            2 * math.pi * y / (goal + y * y / 2 + 3 - 2 * math.log(math.cos(spread * y / 2)))
            for y in (top * n / 100 for n in range(1, 100))
        )
        count = math.ceil(radius / step)
        lines.append([(kind(n) + kind(half) / 2) * kind(step) for n in range(-count, count + 1)])
        nodes *= 2 * radius / step
    nodes *= (1, 1, 0.79, 0.52, 0.62, 0.41)[len(axes)]  # of the box, the nodes in two balls
    if nodes > MAX_NODES[doubles]:
        raise TooCostly(
            f"its own quadrature of the Hessian would take {nodes:.1e} nodes (budget "
            f"{MAX_NODES[doubles]:.0e}); fewer digits, or a regular simplex, would do"
        )
    return lines, radius


def _half_nodes(
    axes: list[Any], lines: list[list[Any]], k: int, exp: Any, radius: float, active: list[int]
) -> tuple[Any, Any, list[Any]]:
    """Nodes of some axes: normalised Gaussian weights, e^{⟨x,μ_j⟩}, and the Y^m_j."""
    one = (lines[0][0] if lines else 1.0) * 0 + 1
    bells, powers = np.array([one]), np.full((1, k), one)
    slopes = [np.full((1, k), one * 0) for _ in active]
    squares = np.zeros(1)
    for (m, column, amplitude), line in zip(axes, lines, strict=True):
        x = np.array(line)
        bell = exp(-x * x / 2)
        bell = bell / bell.sum()
        along = x[:, None] * column[None, :]
        grown = exp(along * amplitude)
        bells = (bells[:, None] * bell[None, :]).ravel()
        powers = (powers[:, None, :] * grown[None, :, :]).reshape(-1, k)
        for index, n in enumerate(active):
            more = along if n == m else along * 0
            slopes[index] = (slopes[index][:, None, :] + more[None]).reshape(-1, k)
        squares = (squares[:, None] + (x * x).astype(float)[None, :]).ravel()
        near = squares <= (radius + 1) ** 2
        bells, powers, squares = bells[near], powers[near], squares[near]
        slopes = [y[near] for y in slopes]
    return bells, powers, slopes


def _by_laplace(point: Point, digits: int, half: int) -> dict[Subject, Fraction]:
    k = point.k
    with gmpy2.context(
        gmpy2.get_context(),
        precision=math.ceil((digits + 25 + 4 * len(str(k))) * 3.33),
        emin=-(10**9),
        emax=10**9,
    ):
        norm = sum((number(e) * n for e, n in point.energies), gmpy2.mpfr(0))
        c = gmpy2.sqrt(norm * k / (k - 1))
        size = float(c)
        goal = (digits + 4) * math.log(10)
        fine = goal + 2 * math.log(k) + 4
        step = 0.9 * math.pi**2 / (fine + math.pi**2 / (8 * size**2) + 12)
        first = math.floor(-(goal / 2 + size**2 + 2) / step)
        last = math.ceil((size * math.sqrt(2 * fine) + math.log(fine) + 3) / step)
        inner = math.ceil(size * math.sqrt(2 * fine) / step) + 1
        if (last - first + 2 * inner) * len(_by_value(point)) > 200_000:
            raise TooCostly("its own Laplace integrals would take too many nodes")
        line = Line(gmpy2.mpfr(step), first, last, inner, Fraction(half, 2))
        moments = Moments(point, c, line, [])
        found = moments.second(moments.tables, -1)
        return {part: int(_diagonal(part)) - fraction(v) for part, v in found.items()}


def _diagonal(part: Subject) -> bool:
    return not isinstance(part, Entry) or part.m == part.n


# --- bounds


def lattice_lines(point: Point, given: Mapping[str, Any]) -> tuple[str, dict[str, Fraction]]:
    """A broken hypothesis or "", and the lines that every entry must have."""
    axes, _ = sizes(point)
    steps, heights, radius = given["steps"], given["heights"], given["radius"]
    context = real(Fraction(1)).context
    dimension = len(axes)
    if not dimension == len(steps) == len(heights):
        return "a step and a height for every axis", {}
    if radius**2 < dimension + 2:
        return "radius^2 >= dimension + 2", {}
    aliasing = context.mpf(0)
    for a, axis in enumerate(axes):
        h, y = real(steps[a]), real(heights[a])
        phase = y * real(max(axis) - min(axis))
        if not (0 < steps[a] <= Fraction("6.28") and heights[a] > 0 and phase < context.pi):
            return "0 < step <= 2 pi, 0 < height, height * spread < pi on every axis", {}
        common = pair(context, 2 * context.pi * y / h) * context.exp(y * y / 2) * (2 + y * y)
        for later in steps[a + 1 :]:
            common *= 1 + pair(context, 2 * (context.pi / real(later)) ** 2)
        aliasing += common / context.cos(phase / 2) ** 2
    square = real(radius) ** 2
    tail = square * context.exp((dimension - square) / 2)
    tail *= (square / dimension) ** (context.mpf(dimension) / 2)
    for h in steps:
        tail *= 1 + pair(context, 2 * (context.pi / real(h)) ** 2 * square / dimension)
    return "", {"aliasing": rational(aliasing), "truncation": rational(tail)}


def polynomial_sizes(point: Point, variance: Any) -> dict[Subject, tuple[Any, Any, Any]]:
    """For each entry or eigenvalue, bounds of the terms of degree 2, 3, 4."""
    k = point.k
    found: dict[Subject, tuple[Any, Any, Any]] = {}
    for part in parts(point):
        if part is Singled.RADIAL:
            f = variance * k / (k - 1)
            found[part] = (1 + 2 * f, 8 * f, 6 * f)
        elif part is Singled.EVEN:
            found[part] = (1 + 2 * variance, 16 * variance, 24 * variance)
        elif isinstance(part, Entry):
            context = variance.context
            s = context.mpf(1)
            for mode in part:
                s *= context.sqrt(context.mpf(1 if 2 * mode == k else 2) / k)
            s *= variance
            found[part] = (_diagonal(part) + 8 * s, 32 * s, 6 * s)
    return found


def frobenius(entries: Sequence[Statement], line: str) -> Fraction:
    """The norm of the symmetric matrix of one line of the entries' budgets, to 40 digits."""
    total = Fraction(0)
    for entry in entries:
        total += entry.budget[line] ** 2 * (1 if _diagonal(entry.quantity) else 2)
    return rational(real(total).context.sqrt(real(total)))
