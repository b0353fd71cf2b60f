"""γ to many digits over two amplitudes, k = 4 and 5: the nearest crossing there is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx

from overspec.decimals import Number
from overspec.errors import OutOfReach
from overspec.exact import Exact, sign
from overspec.mixture import Energies, Mixture
from overspec.verify.enclosures import lattice
from overspec.verify.enclosures.ball import Inconclusive, to_ball
from overspec.verify.enclosures.lattice_hessian import Hessian, lattice_hessian
from overspec.verify.enclosures.pairs import enclose as pairs
from overspec.verify.engines import lattice_digits
from overspec.verify.engines.extended import DIGITS
from overspec.verify.engines.lattice import extended_moments
from overspec.verify.engines.moments import Moments, Real
from overspec.verify.engines.pairs import digits as pairs_digits
from overspec.verify.engines.pairs.grid import K as PAIRS_K
from overspec.verify.engines.spectrum import real_context, to_mpf
from overspec.verify.radius.root import (
    FIRST_DIGITS,
    SPARE,
    STEPS,
    Crossing,
    Engine,
    Level,
    exactly,
    least,
    residual,
    rounded,
    secant,
    threshold,
)


@dataclass(frozen=True)
class Sector:
    """What evaluates over two amplitudes, and how precisely.

    Attributes:
        engine, other: the one that finds the crossing, and the one that confirms it.
        names: of both.
        most: digits of λ at most; None: as many as are asked for.
    """

    engine: Engine
    other: Engine
    names: tuple[str, str]
    most: int | None = None

    @classmethod
    def of(cls, k: int, on_axis: bool) -> Sector:
        """For k = 4, and for k = 5, there in two dimensions where an amplitude is 0."""
        if k == PAIRS_K:
            return cls(pairs_digits.moments, _enclosed_pairs, ("pairs", "pairs, enclosed"))
        if on_axis:
            return cls(
                lattice_digits.moments, _enclosed_lattice, ("multiprecision", "lattice, enclosed")
            )
        names = ("low-rank, extended", "lattice, extended")
        return cls(_low_rank, _long_lattice, names, DIGITS)


def over_two_amplitudes(
    mixture: Mixture, kind: str, share: Exact, point: tuple[float, float], digits: int
) -> Crossing:
    """The crossing near amplitudes that the search found, k = 4 or 5.

    At the least R(ψ) = R* the direction counts by its square. So ψ is found to half of the digits,
    as the zero of ∂λ/∂ψ on the circle |θ| = R*, where one branch of λ is the least.

    Raises:
        OutOfReach: no convergence.
    """
    limit, sector = threshold(mixture, kind, share), Sector.of(mixture.k, 0 in point)
    most = sector.most or 10**6

    def level(turn: Fraction, moments: Engine = sector.engine) -> Level:
        square = turn * turn
        ray = ((1 - square) / (1 + square), 2 * turn / (1 + square))

        def at(radius: Fraction, digits: int) -> Real:
            energies = Energies(mixture.k, tuple(((radius * a) ** 2, 1) for a in ray))
            wanted = min(digits, most)
            return least(moments(mixture, energies, wanted), kind, wanted)

        return at

    half_angle = math.atan2(point[1], point[0]) / 2
    turn = rounded(Fraction(math.tan(half_angle)), FIRST_DIGITS) if point[0] else Fraction(1)
    root = Fraction(math.hypot(*point))
    spare = SPARE if sector.most is None else sector.most - digits
    if 0 not in point:
        root, _ = secant(level(turn), limit, root, digits // 2, spare)
        # twice: the direction is that of a circle, and its radius is known better the second time
        for half in (digits // 4 + 4, digits // 2 + (4 if sector.most is None else 1)):
            turn = _stationary(level, root, turn, half)
            root, _ = secant(level(turn), limit, root, digits, spare)
    root, slope = secant(level(turn), limit, root, digits, spare)
    apart = residual(level(turn, sector.other), limit, root, slope, digits)
    return Crossing(root, sector.names, apart, turn)


def _low_rank(mixture: Mixture, energies: Energies, digits: int) -> Moments:
    from overspec.verify.engines.lowrank import digits as low_rank  # for k = 5 alone

    return low_rank.moments(mixture, energies, digits, operator=False)


def _long_lattice(mixture: Mixture, energies: Energies, digits: int) -> Moments:
    return extended_moments(mixture, energies, digits, check=False)


def _enclosed_lattice(mixture: Mixture, energies: Energies, digits: int) -> Moments:
    """The rigorous lattice with one amplitude 0 as `Moments`: centres of its enclosures."""
    k = mixture.k
    with ctx.workprec(math.ceil(digits * 3.33) + 60):
        weights = [to_ball(w) for w in mixture.weights]
        at = [to_ball(e).sqrt() if sign(e) else arb(0) for e in energies]
        found = lattice.enclose(weights, at, list(range(1, k // 2 + 1)), digits)
        hessian = lattice_hessian(weights, at, digits)
    return _centres(found.factors, hessian, digits)


def _stationary(
    level: Callable[[Fraction], Level], radius: Fraction, turn: Fraction, digits: int
) -> Fraction:
    """Where ∂λ/∂t = 0 on a circle, to so many digits: the secant method on central differences."""
    step = Fraction(1, 10 ** (digits // 2 + 2))
    work = 2 * digits + 4

    def slope(t: Fraction) -> Fraction:
        ahead, back = (exactly(level(t + sign * step)(radius, work)) for sign in (1, -1))
        return (ahead - back) / (2 * step)

    before, here = turn, turn + Fraction(1, 10**5)
    old, new = slope(before), slope(here)
    for _ in range(STEPS):
        if new == old:
            break
        move = rounded(new * (here - before) / (new - old), work)
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
    return _centres(found.factors, found.hessian, digits)


def _centres(factors: Mapping[int, object], hessian: Hessian, digits: int) -> Moments:
    """Centres of enclosed g_m and of an enclosed Hessian."""
    context = real_context(digits + 5)

    def centre(value: object) -> Real:
        if isinstance(value, Inconclusive):
            raise OutOfReach(value.reason, digits=10)
        assert isinstance(value, Number)
        return to_mpf(value.value, context)

    g = (context.mpf(1), *(centre(value) for value in factors.values()))
    radial = hessian.frequencies
    rows = tuple(
        tuple((m == n) - centre(hessian.entries[min(m, n), max(m, n)]) for n in radial)
        for m in radial
    )
    return Moments(radial, context.mpf(0), g, (), rows, context.mpf(10) ** -digits)
