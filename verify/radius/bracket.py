"""Proved brackets for γ: a cover of all |θ| ≤ lower, and one exhibited point of norm upper.

The cover evaluates rigorous engines at points and bounds what lies between by second derivatives
(`cover`, `radius_tail`). ``upper = inf`` is proved where a tail bound covers the rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import ctx

from overspec.decimals import Number, rounded_down, rounded_up
from overspec.errors import InputError, OutOfReach
from overspec.evidence import Evidence
from overspec.exact import Exact
from overspec.mixture import Mixture
from overspec.orbit import LISTED
from overspec.results.radius import RadiusResult
from overspec.verify.enclosures.ball import Inconclusive, dyadic, to_ball
from overspec.verify.enclosures.cover import Cover, OnShare, Value, cover, untold
from overspec.verify.enclosures.factors import Characters, least_energy
from overspec.verify.engines.spectrum import real_context, to_mpf
from overspec.verify.radius.far.everywhere import prove_everywhere
from overspec.verify.radius.far.explicit import kept_everywhere
from overspec.verify.radius.far.tail import (
    bend_of,
    factor_tail,
    losses,
    matrix_tail,
    prime_tail,
    radial_tail,
    tail_radius,
)
from overspec.verify.radius.near.falling import Falling, falling
from overspec.verify.radius.near.narrow import cover_around, crossing, find_narrow
from overspec.verify.radius.near.start import explicit_radius, largest_bound
from overspec.verify.radius.near.tip import Tip
from overspec.verify.radius.options import KIND, MAX_DIGITS, PROVED_DIGITS, PROVED_OVER_TWO
from overspec.verify.radius.root import secant
from overspec.verify.radius.search import (
    LONGEST,
    check_no_null,
    check_options,
    first_fall,
    gamma,
    simplex_amplitudes,
)
from overspec.verify.radius.slack import one_dimensional
from overspec.verify.radius.values import (
    ENERGY_DIGITS,
    FAR_DIGITS,
    FIRST_DIGITS,
    STEEP,
    Values,
    above,
    last_turn,
    on_sector,
    on_simplex,
    reached,
    relative_slack,
)

BITS = 96
SHOWN = 12  # significant digits of a result that are shown, at least
FROM_DOUBLES = Fraction(1, 10**9)  # relative width below which the search in doubles is not enough
FROM_COVERS = Fraction(1, 10**6)  # below which a cover over two amplitudes would be too fine
BUDGET = 4000  # points of a cover
FINEST = 2**60  # radii are multiples of 1/2^60, or of less where more digits are wanted
DEFAULT_WIDTH = {1: Fraction(1, 10**6), 2: Fraction(1, 100)}  # by the amplitudes in play


@dataclass(frozen=True, repr=False)
class CertifiedRadius(RadiusResult):
    """``lower ≤ γ ≤ upper``, both ends proved.

    Attributes:
        mixture, kind, gap, orbit: what was asked.
        lower: the cover reaches this far.
        upper: norm of the exhibited point; `math.inf` where all θ are covered.
        worst_point: (r,) or (r, q) of that point, see `radius_values`; None where there is none.
        sigma: an enclosure of ``σ = min_m |π̂_m|²``.
        threshold: cσ, or 0 for convexity.
        start: up to here by `near.start`.
        cover: from there to the lower end, or to where λ begins to fall.
        falling: where λ falls strictly to the upper end, so that it crosses the threshold there
            once, over two amplitudes in one direction alone; None where that is not asked.
        evidence: CERTIFIED.
    """

    mixture: Mixture
    kind: str
    gap: Exact
    orbit: str
    lower: Fraction
    upper: Fraction | float
    worst_point: tuple[Fraction, ...] | None
    sigma: Number
    threshold: Number
    start: Fraction
    cover: Cover
    falling: Falling | Tip | None = None
    evidence: Evidence = Evidence.CERTIFIED

    @property
    def shown(self) -> int:
        """Significant digits that the ends are shown with: four beyond where they differ."""
        if not isinstance(self.upper, Fraction):
            return SHOWN
        return max(SHOWN, 4 + math.ceil(-math.log10((self.upper - self.lower) / self.upper)))

    def found(self) -> dict[str, Any]:
        """The bracket as plain data, rounded outward, and how it was covered."""
        covered = rounded_down(self.lower, self.shown)
        return {
            "lower": "inf" if self.upper == math.inf else covered,
            "upper": rounded_up(self.upper, self.shown),
            "evidence": self.evidence.value,
            "worst_point": [f"{a:.{SHOWN}g}" for a in amplitudes_of(self)],
            "sigma": [rounded_down(self.sigma.lower, SHOWN), rounded_up(self.sigma.upper, SHOWN)],
            "covered": covered,
            "points": self.cover.points,
            "cells": self.cover.cells,
            "margin": rounded_down(self.cover.margin, 3),
            **({"falls_from": rounded_up(self.falling.start, SHOWN)} if self.falling else {}),
        }

    def verdict(self) -> str:
        """The bracket, or that there is no end."""
        if self.upper == math.inf:
            return "infinite: the inequality holds for every theta"
        found = self.found()
        return f"[{found['lower']}, {found['upper']}]"

    def why(self) -> str:
        """How both ends are proved."""
        if not self.cover.boxes:
            return "every theta by the bound in closed form (claim Bb), without a cover"
        cells = f"{self.cover.points} points, {self.cover.cells} cells"
        if self.falling:
            seen = rounded_up(self.falling.start, SHOWN)
            if isinstance(self.falling, Tip):
                twin = ", but for its mirror image" if last_turn(self.mixture) < 1 else ""
                return (
                    f"theta to {seen} and, but for a neighbourhood of the failure, to the lower "
                    f"end covered ({cells}); there lambda falls outward, and fails first at one "
                    f"point alone{twin}"
                )
            return (
                f"theta to {seen} covered ({cells}); from there to the upper end lambda falls, and "
                "crosses the threshold once"
            )
        return f"all smaller theta covered ({cells}), " + (
            "the tail by a bound"
            if self.upper == math.inf
            else "a violation enclosed at the upper end"
        )


def certified_gamma(
    mixture: Mixture,
    kind: str = KIND,
    gap: object = Fraction(1, 2),
    orbit: str = "all",
    width: Fraction | None = None,
    on_share: OnShare = untold,
) -> CertifiedRadius | Inconclusive:
    """A bracket for γ (math.md section 4), or why there is none.

    Args:
        mixture: the simplex action, no null frequency. Simplex orbits and k ≤ 3 are covered along a
            radius; all θ for k = 4, 5 over two amplitudes, beyond only by claim Bb.
        kind: ``factor``, ``jacobian`` or ``convexity``; the latter two along a radius to k = 100,
            or where all weights but one are equal.
        gap: c, exact, strictly between 0 and 1.
        orbit: ``all`` or ``simplex``.
        width: relative width of the bracket; 1e-6 along a radius, else 1e-2.
        on_share: told how much of the cover is done.

    Raises:
        InputError: what cannot be covered; see `radius.gamma` for the options.

    >>> heavy = Mixture.simplex(2, "9/10,1/10")
    >>> found = certified_gamma(heavy, "factor", "9/10", width=Fraction(1, 1000))
    >>> round(float(found.lower), 2), found.upper - found.lower < found.lower / 1000
    (0.61, True)
    """
    single = one_dimensional(mixture, orbit)
    relative = width or DEFAULT_WIDTH[1 if single else 2]
    _check(mixture)
    digits = math.ceil(-math.log10(float(relative)))
    share = check_options(mixture, kind, gap, orbit)
    sigma = sigma_bounds(mixture, digits)  # refuses at once what it does not reach
    check_no_null(mixture)
    threshold = threshold_of(sigma, share, kind, digits)
    start = explicit_radius(mixture.k, kind, sigma, threshold, largest_bound(mixture))
    if not single and mixture.k > 5:
        if not (kind == "factor" and kept_everywhere(mixture, sigma, threshold)):
            raise OutOfReach(
                f"k = {mixture.k}: all theta are covered up to k = 5; ask for regular simplices",
                orbit="simplex",
            )
        return CertifiedRadius(
            mixture, kind, share, orbit, start, math.inf, None, sigma, threshold, start,
            Cover((), {}),
        )  # fmt: skip
    values = on_simplex(mixture, kind) if single else on_sector(mixture, kind)
    if single and mixture.k // 2 > LISTED and not mixture.weights.alike:
        slack = relative_slack(values, threshold, digits + 3)
        end = tail_radius(mixture, kind, float(threshold.upper))
        found_at = first_fall(slack, slack, end, 10.0 ** -(digits + 2))
        turn = Fraction(0)
    else:
        estimate = gamma(mixture, kind, gap, orbit, digits=min(MAX_DIGITS, digits + 2))
        found_at = (estimate.lower + estimate.upper) / 2
        finite = math.isfinite(found_at)
        turn = Fraction(0) if single or not finite else _turn(estimate.worst_point)
    # the slack at the ends is about |λ'|·γ·width/3
    digits += 3 + math.ceil(max(0.0, -math.log10(sigma.lower)))

    def bracket(
        lower: Fraction, upper: Fraction | float, near: Falling | Tip | None = None
    ) -> CertifiedRadius | Inconclusive:
        between = STEEP if not single and mixture.k == 5 else ()
        first = FIRST_DIGITS if single or isinstance(upper, Fraction) else FAR_DIGITS
        slack = above(values, threshold, digits, first, between)
        reach = near.start if near else lower
        begin = min(start, reach)
        if isinstance(near, Tip):
            loss = losses(mixture.k, kind)
            ends = lower, last_turn(mixture)
            found = cover_around(near, begin, ends, slack, loss, BUDGET, on_share)
        else:
            found = prove_lower(mixture, kind, slack, reach, single, begin, on_share)
        if isinstance(found, Inconclusive):
            return found
        if isinstance(near, Falling) and slack((lower,)) <= 0:
            return Inconclusive("the lower end is not proved to be above the threshold", (lower,))
        point = None
        if isinstance(upper, Fraction):
            point = (upper,) if single else (upper, turn)
            if not violates(values, threshold, point, digits):
                return Inconclusive(
                    "no violation is proved at the point that the search found", point
                )
        return CertifiedRadius(
            mixture, kind, share, orbit, lower, upper, point, sigma, threshold, start, found, near
        )

    if math.isfinite(found_at):
        middle = Fraction(found_at)
        if single and relative < FROM_DOUBLES:
            middle = sharpened(values, threshold, middle, digits)
        elif not single and relative < FROM_COVERS:
            sharp = crossing(mixture, kind, share, estimate.worst_point, digits)
            middle, turn = sharp or (middle, turn)
            turn = min(turn, 2 * last_turn(mixture) - turn)
        ends = (middle * (1 + sign * relative * 2 / 5) for sign in (-1, 1))
        lower, upper = (_dyadic(end, digits) for end in ends)
        near: Falling | Tip | None = None
        if single and relative < FROM_DOUBLES:
            near = falling(values, threshold, middle, upper, bend_of(mixture.k, kind))
            near = near if near and start < near.start < lower else None
        elif not single and relative < FROM_COVERS:
            sole = find_narrow(mixture, kind, threshold, (lower, upper), turn, digits)
            if isinstance(sole, Inconclusive) and relative < FROM_DOUBLES:
                return sole
            near = sole if isinstance(sole, Tip) and start < sole.start else None
        return bracket(lower, upper, near)
    if not single and mixture.k == 4:
        everywhere = prove_everywhere(mixture, threshold, on_share, kind)
        if isinstance(everywhere, Inconclusive):
            return everywhere
        reach = min(everywhere.corner)
        return CertifiedRadius(
            mixture, kind, share, orbit, reach, math.inf, None, sigma, threshold, Fraction(0),
            everywhere.cover,
        )  # fmt: skip
    far = covered_to(mixture, kind, threshold, single)
    if not tail_holds(mixture, kind, threshold, far, single):
        return Inconclusive("the tail bound does not reach the threshold", (far,))
    return bracket(far, math.inf) if single else reached(values, far) or bracket(far, math.inf)


def width_of(mixture: Mixture, orbit: str, digits: int) -> Fraction:
    """The relative width 10^-digits of a bracket.

    Raises:
        InputError: more digits than are proved for these orbits.

    >>> width_of(Mixture.simplex(3), "all", 2)
    Fraction(1, 100)
    """
    single = one_dimensional(mixture, orbit)
    most = PROVED_DIGITS if single else PROVED_OVER_TWO.get(mixture.k, 2)
    if not 1 <= digits <= most:
        raise InputError(f"digits = {digits}: certified radii have 1 to {most} digits here")
    return Fraction(1, 10**digits)


def sharpened(values: Values, threshold: Number, start: Fraction, digits: int) -> Fraction:
    """More digits of a crossing, by the secant method on the centres of the enclosures."""

    def level(radius: Fraction, digits: int) -> Any:
        return to_mpf(values((radius,), digits).value, real_context(digits + 5))

    def limit(digits: int) -> Any:
        return to_mpf(threshold.value, real_context(digits + 10))

    return secant(level, limit, start, digits + 1)[0]


def prove_lower(
    mixture: Mixture,
    kind: str,
    slack: Value,
    radius: Fraction,
    single: bool,
    start: Fraction = Fraction(0),
    on_share: OnShare = untold,
) -> Cover | Inconclusive:
    """λ > threshold for start ≤ |θ| ≤ radius; ``single``: along a radius, else two amplitudes."""
    corners = (start, Fraction(0)), (radius, last_turn(mixture))
    low, high = ((start,), (radius,)) if single else corners
    return cover(low, high, slack, losses(mixture.k, kind), BUDGET, on_share)


def violates(values: Values, threshold: Number, point: tuple[Fraction, ...], digits: int) -> bool:
    """Whether λ < threshold at this point is certain."""
    return values(point, digits).upper < threshold.lower


def covered_to(mixture: Mixture, kind: str, threshold: Number, single: bool) -> Fraction:
    """From where `tail_holds` should hold; nothing rigorous depends on the choice."""
    found = tail_radius(mixture, kind, float(threshold.upper), single)
    return _dyadic(Fraction(found * 1.001 + 0.001))


def tail_holds(
    mixture: Mixture, kind: str, threshold: Number, radius: Fraction, single: bool = True
) -> bool:
    """Whether λ > threshold for all |θ| ≥ radius, by the bounds of `tail`."""
    with ctx.workprec(BITS):
        r, top = to_ball(radius), to_ball(threshold.upper)
        if not single:
            return bool(1 - prime_tail(mixture, kind, r) > top)
        holds = bool(1 - factor_tail(mixture) / r > top)
        if kind != "factor" and mixture.k <= 3:
            holds = holds and bool(1 - radial_tail(mixture) / (r * r * r) > top)
        elif kind != "factor":
            holds = holds and bool(1 - matrix_tail(mixture, r) > top)
        return holds


def sigma_bounds(mixture: Mixture, digits: int = 0) -> Number:
    """An enclosure of σ, in so many digits or more."""
    return least_energy(Characters.of(mixture), max(ENERGY_DIGITS, 2 * digits))


def threshold_of(sigma: Number, gap: Exact, kind: str, digits: int = 0) -> Number:
    """cσ, or 0 for convexity."""
    if kind == "convexity":
        return Number(Fraction(0))
    with ctx.workprec(BITS + 100 + 7 * digits):
        share = to_ball(gap)
        return Number.between(
            dyadic((share * to_ball(sigma.lower)).lower()),
            dyadic((share * to_ball(sigma.upper)).upper()),
        )


def _dyadic(value: Fraction, digits: int = 0) -> Fraction:
    finest = max(FINEST, 2 ** (4 * digits + 8))
    return Fraction(round(value * finest), finest)


def _turn(amplitudes: tuple[float, ...]) -> Fraction:
    """q with a = r (cos(πq/2), sin(πq/2))."""
    return Fraction(round(math.atan2(amplitudes[1], amplitudes[0]) / (math.pi / 2) * 2**20), 2**20)


def _check(mixture: Mixture) -> None:
    if not mixture.action.is_simplex:
        raise InputError(f"certified radii are for the simplex action, not {mixture.action}")


def amplitudes_of(result: CertifiedRadius) -> tuple[float, ...]:
    """The amplitudes of the exhibited point; empty where there is none or k > 24."""
    point, k = result.worst_point, result.mixture.k
    if point is None or k > LONGEST:
        return ()
    if len(point) == 1:
        return simplex_amplitudes(k, float(point[0]))
    angle = math.pi / 2 * float(point[1])
    first = math.cos(angle) if point[1] != 1 else 0.0
    return (float(point[0]) * first, float(point[0]) * math.sin(angle))
