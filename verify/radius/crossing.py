"""γ to many digits: the secant method on λ(r) − threshold from the search's estimate.

Where one amplitude decides, λ(r) is analytic and a handful of evaluations suffices, the last at the
full number of digits. A second engine, of other formulas and another library where there is one,
evaluates at the root: by its residual over the slope the two differ in r. Over two amplitudes
(k = 4 and 5) γ is the least R(ψ), the first crossing in direction ψ: half of the digits in ψ make
all of them in R. It proves nothing: `radius.bracket` does.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

from flint import arb, ctx

from overspec.errors import OutOfReach
from overspec.exact import Exact
from overspec.mixture import Energies, Mixture
from overspec.verify.enclosures import lattice
from overspec.verify.enclosures.ball import to_ball
from overspec.verify.enclosures.lattice_hessian import lattice_hessian
from overspec.verify.engines import lattice_digits
from overspec.verify.engines.extended import extended
from overspec.verify.engines.laplace import digits as laplace_digits
from overspec.verify.engines.moments import Real, check_mixture
from overspec.verify.engines.pairs.grid import K as PAIRS_K
from overspec.verify.engines.spectrum import real_context, to_mpf
from overspec.verify.radius.options import FIVE_DIGITS, MANY_DIGITS, MAX_DIGITS, PAIR_DIGITS
from overspec.verify.radius.root import Crossing, Level, least, residual, secant, threshold
from overspec.verify.radius.sector import over_two_amplitudes
from overspec.verify.radius.slack import one_dimensional
from overspec.verify.radius.values import enclosed_bounds, on_simplex

MATRIX_K = laplace_digits.MAX_K
FIVE = 5  # components, over two amplitudes too


def most_digits(mixture: Mixture, orbit: str) -> int:
    """How many digits of γ there are.

    >>> most_digits(Mixture.simplex(3), "all"), most_digits(Mixture.simplex(6), "all")
    (100, 10)
    """
    if one_dimensional(mixture, orbit) or one_frequency(mixture, orbit) is not None:
        return MANY_DIGITS
    if not mixture.action.is_simplex:
        return MAX_DIGITS
    return {PAIRS_K: PAIR_DIGITS, FIVE: FIVE_DIGITS if extended() else MAX_DIGITS}.get(
        mixture.k, MAX_DIGITS
    )


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
    limit = threshold(mixture, kind, share)
    root, slope = secant(levels[0], limit, Fraction(start), digits)
    return Crossing(root, engines, residual(levels[1], limit, root, slope, digits))


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
