"""The Laplace engine in any number of digits: the sums of `engines.laplace` on FLINT numbers.

Formulas and steps are those of `engines.laplace` and `engines.laplace.hessian`; the code is not.
The convolutions are polynomial products. FLINT carries the rounding as radii, but aliasing and
truncation are only estimated here, by two grids shifted against each other: what comes out is
an estimate and no enclosure. Squares are written as products: python-flint's ``x**2`` is nan for a
ball x around 0.
"""

from __future__ import annotations

import math
from typing import Any

import flint

from overspec.errors import InputError
from overspec.mixture import Energies, Mixture
from overspec.orbit import SimplexOrbit
from overspec.results.text import root_decimal
from overspec.verify.engines.laplace.digits_tables import Ball, Grid, Vector, ball, times, total
from overspec.verify.engines.laplace.doubles import FARTHEST_C, interleaved
from overspec.verify.engines.laplace.tables import Rule
from overspec.verify.engines.moments import Moments, Real, check_orbit_point
from overspec.verify.engines.spectrum import dft_energy, real_context

NEAREST_C = 1e-150  # c² must be a double
GUARD = 12  # decimal digits carried beyond those asked for
MAX_WORK = 2e8  # node × inner node × distinct weight; minutes
MAX_K = 12  # components up to which DM is a matrix


def moments(
    mixture: Mixture,
    energies: Energies,
    digits: int = 50,
    modes: int | None = None,
    hessian: bool = True,
) -> Moments:
    """The engine for up to 200 digits; see `engines.laplace.moments` for the arguments.

    DM comes as a matrix up to k = 12, as eigenvalues with multiplicities at any k where all
    weights but one are equal, and is left out otherwise.

    Raises:
        InputError: not a regular simplex, digits beyond reach, or too much work.

    >>> point = Energies.of_amplitudes(3, "1")
    >>> print(moments(Mixture.simplex(3, "1/2,3/10,1/5"), point, 25).log_partition)
    0.395160944363438755317585764
    """
    check_orbit_point(mixture, energies, digits)
    orbit = SimplexOrbit.at(mixture, energies, modes)
    if _at_rest(orbit, digits):
        return _at_the_optimum(mixture, orbit, digits)
    rule, bits = _plan(orbit, digits)
    with flint.ctx.workprec(bits):
        hessian = hessian and (_as_matrix(orbit) or orbit.alike)
        degree = 4 if hessian and not _as_matrix(orbit) else 2
        one, two = (_Sum(orbit, rule, shift, degree).numbers(hessian) for shift in (0.0, 0.5))
        numbers, error = _mean(one, two, digits)
        return _hand_over(orbit, numbers, error, digits, hessian)


def log_partition(mixture: Mixture, energies: Energies, digits: int = 50) -> tuple[Real, Real]:
    """E log S alone with its error estimate, at a fraction of the cost of `moments`.

    Raises:
        InputError: as `moments`.

    >>> point = Energies.of_amplitudes(3, "1")
    >>> print(log_partition(Mixture.simplex(3, "1/2,3/10,1/5"), point, 25)[0])
    0.395160944363438755317585764
    """
    check_orbit_point(mixture, energies, digits)
    orbit = SimplexOrbit.at(mixture, energies, 1)
    context = real_context(digits + 2)
    if _at_rest(orbit, digits):
        return context.mpf(0), context.mpf(10) ** -digits
    rule, bits = _plan(orbit, digits)
    with flint.ctx.workprec(bits):
        one, two = (_Sum(orbit, rule, shift, 0).log_partition() for shift in (0.0, 0.5))
        numbers, error = _mean([one], [two], digits)
        return to_mpmath(context, numbers[0]), to_mpmath(context, error)


def _c(orbit: SimplexOrbit) -> float:
    return float(root_decimal(orbit.c_squared, 17))  # c² may be below the smallest double


def _at_rest(orbit: SimplexOrbit, digits: int) -> bool:
    """Whether all is what it is at θ = 0, within a tenth of the error that is reported there."""
    return _c(orbit) < 10.0 ** -(digits + 1)


def _plan(orbit: SimplexOrbit, digits: int) -> tuple[Rule, int]:
    """The grids and the working precision in bits."""
    c = _c(orbit)
    if c > FARTHEST_C:
        raise InputError(f"|θ| = {c:.3g} is too far for the Laplace engine; stay below 1000")
    if c < NEAREST_C:
        raise InputError(f"|θ| = {c:.3g} is too near 0 for {digits} digits; ask for fewer")
    rule = Rule.of(c, math.log(orbit.k), digits * math.log(10) + 6)
    work = rule.nodes * rule.reach * len(orbit.values)
    if work > MAX_WORK:
        raise InputError(
            f"{len(orbit.values)} distinct weights at {digits} digits would take {work:.0e} terms "
            f"(budget {MAX_WORK:.0e}); ask for fewer digits"
        )
    # 1 − P_0 cancels by a factor of k, the terms of DM by one of c²
    guard = math.log2(orbit.k) + 2 * math.log2(1 + c)
    return rule, math.ceil((digits + GUARD) * math.log2(10) + guard)


def _mean(one: Vector, two: Vector, digits: int) -> tuple[Vector, Any]:
    """The numbers, and half the largest difference of the two grids plus rounding."""
    numbers = [(a + b) / 2 for a, b in zip(one, two, strict=True)]
    worst = max(
        abs((a - b) / 2).upper() + n.rad() for a, b, n in zip(one, two, numbers, strict=True)
    )
    return numbers, worst + Ball(10) ** (-digits - 2)


def _as_matrix(orbit: SimplexOrbit) -> bool:
    return orbit.k <= MAX_K and orbit.modes == orbit.k // 2


class _Sum:
    """One trapezoidal sum over the outer nodes at a given shift."""

    def __init__(self, orbit: SimplexOrbit, rule: Rule, shift: float, degree: int) -> None:
        self.orbit, self.rule = orbit, rule
        self.c = ball(orbit.c_squared).sqrt()
        grid = Grid(self.c, rule, shift)
        self.groups = [grid.tables(ball(value).log(), degree) for value in orbit.values]
        self.single = grid.tables(Ball(0), min(degree, 1))
        self.weight = self._weights()

    def _weights(self) -> Vector:
        result = []
        for n in range(self.rule.nodes):
            log_w = Ball(0)
            for table, count in zip(self.groups, self.orbit.counts, strict=True):
                log_w += count * table.p0[n].log()
            result.append(log_w.exp())
        return result

    def log_partition(self) -> Any:
        """E log S."""
        nodes = zip(self.single.p0, self.weight, strict=True)
        return Ball(self.rule.step) * total(p - w for p, w in nodes)

    def numbers(self, hessian: bool) -> Vector:
        """E log S, g_0 … g_modes, M's amplitudes, and DM on the first axes or its eigenvalues."""
        orbit, step = self.orbit, Ball(self.rule.step)
        nodes = range(self.rule.nodes)
        counts = orbit.counts
        variance = total(
            self.weight[n] * count * (t.ratios[1][n] - t.ratios[0][n] * t.ratios[0][n])
            for t, count in zip(self.groups, counts, strict=True)
            for n in nodes
        )
        excess = total(
            self.weight[n] * count * (t.kappa[n] - t.ratios[0][n] * t.sigma[n])
            for t, count in zip(self.groups, counts, strict=True)
            for n in nodes
        ) - total(self.single.p0[n] * self.single.kappa[n] for n in nodes)
        g, moved = [], []
        for means, slopes in self._transforms():
            g.append(
                step
                * (variance + total(map(times, self.weight, (a * a + b * b for a, b in means))))
            )
            products = (a * s + b * t for (a, b), (s, t) in zip(means, slopes, strict=True))
            moved.append(step * (excess + total(map(times, self.weight, products))))
        amplitudes = [
            (Ball(1 if 2 * m == orbit.k else 2) / orbit.k).sqrt() * moved[m]
            for m in range(1, orbit.modes + 1)
        ]
        result = [self.log_partition(), *g, *amplitudes]
        if hessian:
            result += self._matrix(g) if _as_matrix(orbit) else self._eigenvalues(g[1])
        return result

    def _transforms(self) -> Any:
        """``Σ_j ω^{mj} ρ_{1j}`` and the same of σ: (real, imaginary) at every node, m = 0, 1, …"""
        runs = [group for group, _ in self.orbit.runs]
        rho = flint.arb_mat([self.groups[group].ratios[0] for group in runs])
        sigma = flint.arb_mat([self.groups[group].sigma for group in runs])
        for m in range(self.orbit.modes + 1):
            sums = flint.arb_mat(_run_sums(self.orbit, m))
            yield tuple(
                [(found[0, n], found[1, n]) for n in range(self.rule.nodes)]
                for found in (sums * rho, sums * sigma)
            )

    def _matrix(self, g: Vector) -> Vector:
        """1 − g_m on the diagonal plus c² uᵀXu, row by row."""
        k, half = self.orbit.k, self.orbit.k // 2
        order = [group for group, count in self.orbit.runs for _ in range(count)]
        once = [Ball(1 if 2 * a < k else 0.5) for a in range(1, half + 1)]
        summed = flint.arb_mat(half, half)
        for n, weight in enumerate(self.weight):
            rho = [self.groups[group].ratios[0][n] for group in order]
            v = [self.groups[group].ratios[1][n] - rho[j] * rho[j] for j, group in enumerate(order)]
            rows = [
                [once[a - 1] * (rho[(j + a) % k] + rho[j - a]) for j in range(k)]
                for a in range(1, half + 1)
            ]
            scaled = [
                [4 * e * (p - q) for e, p, q in zip(row, rho, v, strict=True)] for row in rows
            ]
            c = [total(map(times, row, rho)) for row in rows]
            x = flint.arb_mat(scaled) * flint.arb_mat(rows).transpose()
            for a in range(half):
                for b in range(half):
                    x[a, b] = weight * (x[a, b] - c[a] * c[b])
                lag = a + 1
                x[a, a] = x[a, a] + weight * once[a] * total(
                    4 * rho[j] * (v[(j + lag) % k] + v[j - lag] - rho[(j + lag) % k])
                    - 4 * v[j] * v[(j + lag) % k]
                    for j in range(k)
                )
            summed += x
        u = [
            [(2 * once[m - 1] / k).sqrt() * (_cosine(2 * a * m, k) - 1) for m in range(1, half + 1)]
            for a in range(1, half + 1)
        ]
        basis = flint.arb_mat(u)
        found = basis.transpose() * summed * basis
        factor = self.c * self.c * Ball(self.rule.step)
        return [
            (1 - g[a + 1] if a == b else 0) + factor * found[a, b]
            for a in range(half)
            for b in range(half)
        ]

    def _eigenvalues(self, g: Any) -> Vector:
        k, counts = self.orbit.k, self.orbit.counts
        one = self.groups[counts.index(1) if 1 in counts else 0]
        rest = self.groups[-1 if one is self.groups[0] else 0]
        even, corner = Ball(0), Ball(0)
        for n, weight in enumerate(self.weight):
            heavy, light = one.ratios[0][n], rest.ratios[0][n]
            v_heavy = one.ratios[1][n] - heavy * heavy
            v_light = rest.ratios[1][n] - light * light
            gap = (heavy - light) * (heavy - light)
            triple = v_light * (heavy + (k - 2) * light) + light * (gap + v_heavy)
            pair = light * (2 * heavy + (k - 2) * light)
            quadruple = v_light * (2 * v_heavy + (k - 2) * v_light + 2 * gap)
            even += weight * (4 * triple - 2 * pair - 2 * quadruple)
            moments = [
                total(count * t.ratios[a][n] for t, count in zip(self.groups, counts, strict=True))
                for a in range(4)
            ]
            double = total(
                count * t.ratios[1][n] * t.ratios[1][n]
                for t, count in zip(self.groups, counts, strict=True)
            )
            corner += weight * (
                4 * moments[2] - 2 * moments[1] - moments[1] * moments[1] - moments[3] + double
            )
        scale = self.c * self.c * Ball(self.rule.step)
        return [1 - g + scale * even, 1 - g + scale * k / (k - 1) * corner]


def _run_sums(orbit: SimplexOrbit, m: int) -> list[Vector]:
    """``Σ_{j in run} ω^{mj}`` for all runs: real parts, imaginary parts."""
    real, imaginary, start, k = [], [], 0, orbit.k
    for _, count in orbit.runs:
        if m == 0:
            real.append(Ball(count))
            imaginary.append(Ball(0))
        else:
            length = _sine(m * count, k) / _sine(m, k)
            middle = m * (2 * start + count - 1)
            real.append(length * _cosine(middle, k))
            imaginary.append(length * _sine(middle, k))
        start += count
    return [real, imaginary]


def _sine(numerator: int, denominator: int) -> Any:
    return Ball.sin_pi_fmpq(flint.fmpq(numerator, denominator))


def _cosine(numerator: int, denominator: int) -> Any:
    return Ball.cos_pi_fmpq(flint.fmpq(numerator, denominator))


def _at_the_optimum(mixture: Mixture, orbit: SimplexOrbit, digits: int) -> Moments:
    context = real_context(digits + 2)
    g = tuple(
        context.mpf(dft_energy(mixture.weights, m, max(digits, 16))) for m in range(orbit.modes + 1)
    )
    runs = ((1 - g[1], orbit.k - 1),) if orbit.alike and mixture.action.is_simplex else ()
    return Moments((), context.mpf(0), g, (), (), context.mpf(10) ** -digits, runs)


def _hand_over(
    orbit: SimplexOrbit, numbers: Vector, error: Any, digits: int, hessian: bool
) -> Moments:
    """FLINT to mpmath, and one list to named parts."""
    context = real_context(digits + 2)
    values: list[Real] = [to_mpmath(context, number) for number in numbers]
    log_partition, rest = values[0], values[1:]
    g, rest = rest[: orbit.modes + 1], rest[orbit.modes + 1 :]
    operator, rest = rest[: orbit.modes], rest[orbit.modes :]
    k, half = orbit.k, orbit.k // 2
    jacobian: tuple[tuple[Real, ...], ...] = ()
    spectrum: tuple[tuple[Real, int], ...] = ()
    if hessian and _as_matrix(orbit):
        matrix = [[context.mpf(0)] * (k - 1) for _ in range(k - 1)]
        for a in range(half):
            for b in range(half):
                matrix[2 * a][2 * b] = (rest[a * half + b] + rest[b * half + a]) / 2
        for m in range(1, (k + 1) // 2):
            matrix[2 * m - 1][2 * m - 1] = 1 - g[m]
        jacobian = tuple(map(tuple, matrix))
    elif hessian:
        runs = ((1 - g[1], (k - 1) // 2), (rest[0], half - 1), (rest[1], 1))
        spectrum = tuple((value, count) for value, count in runs if count)
    return Moments(
        tuple(range(1, orbit.modes + 1)),
        log_partition,
        tuple(g),
        interleaved(orbit, operator),
        jacobian,
        to_mpmath(context, error),
        spectrum,
    )


def to_mpmath(context: Any, number: Any) -> Real:
    """The midpoint of a ball in an mpmath context."""
    mantissa, exponent = number.mid().man_exp()
    return context.ldexp(context.mpf(int(mantissa)), int(exponent))
