"""γ to many digits: the secant method on λ(r) − threshold from the search's estimate.

Where one amplitude decides, λ(r) is analytic and a handful of evaluations suffices, the last at the
full number of digits. A second engine, of other formulas and another library where there is one,
evaluates at the root: by its residual over the slope the two differ in r. Over two amplitudes
(k = 4) γ is the least R(ψ), the first crossing in direction ψ: half of the digits in ψ make all of
them in R. It proves nothing: `radius.bracket` does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeAlias

from flint import arb, ctx

from overspec.decimals import Number
from overspec.errors import OutOfReach
from overspec.exact import Exact
from overspec.mixture import Energies, Mixture
from overspec.verify.enclosures import lattice
from overspec.verify.enclosures.ball import Inconclusive, to_ball
from overspec.verify.enclosures.lattice_hessian import lattice_hessian
from overspec.verify.enclosures.pairs import enclose as pairs
from overspec.verify.engines import lattice_digits
from overspec.verify.engines.laplace import digits as laplace_digits
from overspec.verify.engines.moments import Moments, Real, check_mixture
from overspec.verify.engines.pairs import digits as pairs_digits
from overspec.verify.engines.pairs.grid import K as PAIRS_K
from overspec.verify.engines.spectrum import real_context, sigma, to_mpf
from overspec.verify.radius.options import MANY_DIGITS, MAX_DIGITS, PAIR_DIGITS
from overspec.verify.radius.slack import one_dimensional
from overspec.verify.radius.values import enclosed_bounds, on_simplex

FIRST_DIGITS = 24  # of the evaluations at the search's estimate
SPARE = 8  # digits evaluated beyond those asked for
APART = Fraction(1, 10**9)  # of the first two radii, relatively
STEPS = 12  # of the secant method; it needs about four
MATRIX_K = laplace_digits.MAX_K

#: An engine with DM, to so many digits.
Engine: TypeAlias = Callable[[Mixture, Energies, int], Moments]
#: λ at a radius, to so many digits.
Level: TypeAlias = Callable[[Fraction, int], Real]


@dataclass(frozen=True)
class Crossing:
    """A root r of λ(r) = threshold.

    Attributes:
        radius: good to about 10^-digits.
        engines: the one that found it, and the one that confirmed it.
        apart: by how much the second places it elsewhere.
        turn: over two amplitudes t = tan ψ/2, a = r (1 − t², 2t)/(1 + t²); else None.
    """

    radius: Fraction
    engines: tuple[str, str]
    apart: float
    turn: Fraction | None = None


def most_digits(mixture: Mixture, orbit: str) -> int:
    """How many digits of γ there are.

    >>> most_digits(Mixture.simplex(3), "all"), most_digits(Mixture.simplex(5), "all")
    (100, 10)
    """
    if one_dimensional(mixture, orbit) or one_frequency(mixture, orbit) is not None:
        return MANY_DIGITS
    return PAIR_DIGITS if mixture.k == PAIRS_K and mixture.action.is_simplex else MAX_DIGITS


def many_digits(
    mixture: Mixture,
    kind: str,
    share: Exact,
    orbit: str,
    seen: tuple[float, tuple[float, ...]],
    digits: int,
) -> Crossing:
    """More digits of a crossing that the search has seen at a radius and amplitudes.

    Raises:
        OutOfReach: an engine that does not reach so far, or two that do not agree.
    """
    if one_dimensional(mixture, orbit) or one_frequency(mixture, orbit) is not None:
        found = along_a_ray(mixture, kind, share, orbit, seen[0], digits)
    else:
        found = over_two_amplitudes(mixture, kind, share, (seen[1][0], seen[1][1]), digits)
    if found.apart > 0.1 * 10.0**-digits:
        raise OutOfReach(
            f"the engines {' and '.join(found.engines)} place the radius {found.apart:.0e} apart; "
            "ask for fewer digits",
            digits=MAX_DIGITS,
        )
    return found


def along_a_ray(
    mixture: Mixture, kind: str, share: Exact, orbit: str, start: float, digits: int
) -> Crossing:
    """The crossing near ``start`` where one amplitude decides.

    Args:
        mixture: with ``orbit="simplex"``, k ≤ 3, or an action of one frequency.
        kind, share: as of `search.gamma`.
        start: an estimate, good to some 10 digits.
        digits: of the radius.

    Raises:
        OutOfReach: an engine that does not reach so far.

    >>> found = along_a_ray(Mixture.simplex(2, "9/10,1/10"), "factor", Fraction(9, 10), "all",
    ...                     0.6141089, 30)
    >>> f"{float(found.radius):.12f}", found.engines, found.apart < 1e-30
    ('0.614108928768', ('laplace', 'multiprecision'), True)
    """
    engines, levels = _levels(mixture, kind, orbit)
    limit = _threshold(mixture, kind, share)
    root, slope = secant(levels[0], limit, Fraction(start), digits)
    return Crossing(root, engines, _apart(levels[1], limit, root, slope, digits))


def over_two_amplitudes(
    mixture: Mixture, kind: str, share: Exact, point: tuple[float, float], digits: int
) -> Crossing:
    """The crossing near amplitudes that the search found, k = 4: the nearest of all directions.

    At the least R(ψ) = R* the direction counts by its square. So ψ is found to half of the digits,
    as the zero of ∂λ/∂ψ on the circle |θ| = R*, where one branch of λ is the least.

    Raises:
        OutOfReach: no convergence.
    """
    limit = _threshold(mixture, kind, share)

    def level(turn: Fraction, moments: Engine = pairs_digits.moments) -> Level:
        square = turn * turn
        ray = ((1 - square) / (1 + square), 2 * turn / (1 + square))

        def at(radius: Fraction, digits: int) -> Real:
            energies = Energies(PAIRS_K, tuple(((radius * a) ** 2, 1) for a in ray))
            return least(moments(mixture, energies, digits), kind, digits)

        return at

    half_angle = math.atan2(point[1], point[0]) / 2
    turn = _rounded(Fraction(math.tan(half_angle)), FIRST_DIGITS) if point[0] else Fraction(1)
    root = Fraction(math.hypot(*point))
    if 0 not in point:
        root, _ = secant(level(turn), limit, root, digits // 2)
        for half in (digits // 4 + 4, digits // 2 + 4):
            turn = _stationary(level, root, turn, half)
            root, _ = secant(level(turn), limit, root, digits)
    root, slope = secant(level(turn), limit, root, digits)
    apart = _apart(level(turn, _enclosed_pairs), limit, root, slope, digits)
    return Crossing(root, ("pairs", "pairs, enclosed"), apart, turn)


def _stationary(
    level: Callable[[Fraction], Level], radius: Fraction, turn: Fraction, digits: int
) -> Fraction:
    """Where ∂λ/∂t = 0 on a circle, to so many digits: the secant method on central differences."""
    step = Fraction(1, 10 ** (digits // 2 + 2))
    work = 2 * digits + 4

    def slope(t: Fraction) -> Fraction:
        ahead, back = (_exactly(level(t + sign * step)(radius, work)) for sign in (1, -1))
        return (ahead - back) / (2 * step)

    before, here = turn, turn + Fraction(1, 10**5)
    old, new = slope(before), slope(here)
    for _ in range(STEPS):
        if new == old:
            break
        move = _rounded(new * (here - before) / (new - old), work)
        before, old, here = here, new, here - move
        if abs(move) < Fraction(1, 10**digits):
            return here
        if not 0 < here < 1:
            break
        new = slope(here)
    raise OutOfReach(
        f"no direction of first failure near tan(psi/2) = {float(turn):.6f}", digits=10
    )


def _enclosed_pairs(mixture: Mixture, energies: Energies, digits: int) -> Moments:
    """The rigorous pairs engine as `Moments`: centres of its enclosures."""
    with ctx.workprec(math.ceil(digits * 3.33) + 60):
        weights = [to_ball(w) for w in mixture.weights]
        found = pairs.enclose(weights, [to_ball(e).sqrt() for e in energies], digits)
    context = real_context(digits + 5)

    def centre(value: object) -> Real:
        if isinstance(value, Inconclusive):
            raise OutOfReach(value.reason, digits=10)
        assert isinstance(value, Number)
        return to_mpf(value.value, context)

    g = (context.mpf(1), *(centre(value) for value in found.factors.values()))
    radial = found.hessian.frequencies
    rows = tuple(
        tuple((m == n) - centre(found.hessian.entries[min(m, n), max(m, n)]) for n in radial)
        for m in radial
    )
    return Moments(radial, context.mpf(0), g, (), rows, context.mpf(10) ** -digits)


def _apart(
    level: Level, limit: Callable[[int], Real], root: Fraction, slope: float, digits: int
) -> float:
    """How far from the root another engine places it."""
    precise = digits + SPARE + _lost(slope)
    return abs(float((level(root, precise) - limit(precise)) / slope))


def one_frequency(mixture: Mixture, orbit: str) -> int | None:
    """The frequency of an action that has one besides 0, or of k ≤ 3; None where more decide."""
    found = [m for band, _ in mixture.action.bands[:3] for m in band[:3] if m != 0]
    return found[0] if orbit == "all" and len(found) == 1 else None


def _levels(mixture: Mixture, kind: str, orbit: str) -> tuple[tuple[str, str], tuple[Level, Level]]:
    """Two ways to λ(r)."""
    k, hessian = mixture.k, kind != "factor"
    m = one_frequency(mixture, orbit)
    if orbit == "all" and not mixture.action.is_simplex and m is not None:
        return _on_a_line(mixture, kind, m)
    singled = mixture.weights.alike
    if hessian and k > MATRIX_K and not singled:
        raise OutOfReach(
            f"k = {k}, kind {kind!r}: the Hessian has more than 10 digits up to k = {MATRIX_K}, or "
            "where all weights but one are equal; the kind factor needs none",
            kind="factor",
        )

    def laplace(radius: Fraction, digits: int) -> Real:
        modes = 1 if singled and k > MATRIX_K else None
        point = Energies.regular_simplex(k, radius)
        found = laplace_digits.moments(mixture, point, digits, modes, hessian)
        return least(found, kind, digits)

    if k <= 3:

        def lattice_(radius: Fraction, digits: int) -> Real:
            point = Energies.regular_simplex(k, radius)
            return least(lattice_digits.moments(mixture, point, digits, hessian), kind, digits)

        return ("laplace", "multiprecision"), (laplace, lattice_)
    enclosed = on_simplex(mixture, kind)

    def enclosure(radius: Fraction, digits: int) -> Real:
        return to_mpf(enclosed((radius,), digits).value, real_context(digits + 5))

    return ("laplace", "laplace, enclosed"), (laplace, enclosure)


def _on_a_line(mixture: Mixture, kind: str, m: int) -> tuple[tuple[str, str], tuple[Level, Level]]:
    """An action of one frequency: the two lattices, for k ≤ 6."""
    k, hessian = mixture.k, kind != "factor"
    check_mixture(mixture)

    def many(radius: Fraction, digits: int) -> Real:
        point = Energies(k, tuple((radius**2 * (n == m), 1) for n in range(1, k // 2 + 1)))
        found = lattice_digits.moments(mixture, point, digits, hessian)
        return least(replace(found, g=(found.g[0], found.g[m])), kind, digits)

    def enclosed(radius: Fraction, digits: int) -> Real:
        with ctx.workprec(math.ceil(digits * 3.33) + 60):
            weights = [to_ball(w) for w in mixture.weights]
            at = [to_ball(radius) if n == m else arb(0) for n in range(1, k // 2 + 1)]
            found = [lattice.enclose(weights, at, [m], digits).factors[m]]
            if hessian:
                found += lattice_hessian(weights, at, digits).entries.values()
        return to_mpf(enclosed_bounds(found).value, real_context(digits + 5))

    return ("multiprecision", "lattice, enclosed"), (many, enclosed)


def least(found: Moments, kind: str, digits: int) -> Real:
    """The least g_m, or of these and the eigenvalues of ∇²L, in many digits."""
    values = list(found.g[1:])
    if kind != "factor":
        values += [1 - value for value, _ in found.spectrum]
        if found.jacobian:
            context = real_context(digits + 10)
            matrix = context.matrix([list(row) for row in found.jacobian])
            values.append(1 - context.eigsy(matrix, eigvals_only=True)[len(matrix) - 1])
    return min(values)


def _threshold(mixture: Mixture, kind: str, share: Exact) -> Callable[[int], Real]:
    """cσ to so many digits, or 0 for convexity."""

    def limit(digits: int) -> Real:
        context = real_context(digits + 10)
        if kind == "convexity":
            return context.mpf(0)
        return to_mpf(share, context) * context.mpf(sigma(mixture, max(digits + 5, 16)))

    return limit


def secant(
    level: Level, limit: Callable[[int], Real], start: Fraction, digits: int
) -> tuple[Fraction, float]:
    """The root of level = limit near start, good to so many digits, and the slope there.

    Raises:
        OutOfReach: no convergence.
    """
    full = digits + SPARE
    work = min(FIRST_DIGITS, full)
    before, here = start, start * (1 + APART)
    old, new = (level(r, work) - limit(work) for r in (before, here))
    for _ in range(STEPS):
        context = real_context(full + 20)
        slope = context.mpf(new - old) / to_mpf(here - before, context)
        step = new / slope
        full = digits + SPARE + _lost(float(slope))
        before, old = here, new
        here = _rounded(here - _exactly(step), full)
        near = -math.log10(abs(float(step)) or 10.0**-full)
        if work == full and near > digits + 2:
            return here, float(slope)
        work = min(full, max(work, math.ceil(2 * near) + 4))
        new = level(here, work) - limit(work)
        if new == 0 or here == before:
            return here, float(slope)
    raise OutOfReach(f"no convergence to {digits} digits near r = {float(here):.10f}", digits=10)


def _lost(slope: float) -> int:
    """Digits that a flat crossing costs."""
    return max(0, math.ceil(-math.log10(abs(slope))))


def _exactly(value: Any) -> Fraction:
    sign, mantissa, exponent, _ = value._mpf_
    return Fraction((-1) ** sign * int(mantissa)) * Fraction(2) ** int(exponent)


def _rounded(value: Fraction, digits: int) -> Fraction:
    """To a multiple of 2^-bits, for radii of a bounded size."""
    bits = math.ceil(digits * math.log2(10)) + 8
    return Fraction(round(value * 2**bits), 2**bits)
