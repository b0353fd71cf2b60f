"""Proves a certificate of a radius again, with constants and quadratures of its own.

What has to hold: the boxes tile all θ from the stated start to the lower end; the start is within
the explicit bound; every stated value is no larger than the true one; every box stays above the
threshold by the checker's bound on the curvature; and at the upper end the inequality fails, or,
for ``inf``, a tail bound holds from the lower end on. Where λ is said to fall (``falling``) the
boxes end there, the slope of λ is bounded by a chord and the curvature up to the upper end, and λ
is above the threshold at the lower end; where it is said to fail first at a ``tip``, `cover.tip`
proves that. Values are enclosed by `lattice` (k ≤ 3, and over two amplitudes, there in many digits
by `pairs`) and by `laplace`. Where that would take too much work, `radius_values` has them in
doubles: consistent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import gmpy2

from overspec.verify.check import lattice
from overspec.verify.check.cover.constants import context_of, curvatures, real
from overspec.verify.check.cover.prime import lost as lost_at_prime
from overspec.verify.check.cover.spectrum import energies
from overspec.verify.check.cover.start import kept_everywhere, within_explicit_bound
from overspec.verify.check.cover.tails import box_loss, prove_tails
from overspec.verify.check.cover.tip import prove_tip
from overspec.verify.check.decide import (
    Consistent,
    down,
    mixture_in_words,
    number_in_words,
    places_for,
    shown,
    up,
    with_spectrum,
)
from overspec.verify.check.format import Rejected
from overspec.verify.check.laplace import sums as laplace
from overspec.verify.check.pairs.sums import at_amplitudes
from overspec.verify.check.radius import (
    Box,
    Point,
    StatedRadius,
    place_in_words,
    read,
    shared,
    tiled,
)
from overspec.verify.check.radius_values import compare_value, compare_violation
from overspec.verify.check.subject import Eigenvalue
from overspec.verify.check.value import (
    Corner,
    Enclosure,
    Place,
    Purse,
    Sector,
    TooCostly,
    fraction,
    number,
)

DIGITS = (3, 6, 11, 17, 25, 40, 70, 120)  # tried one after another
IN_PLANE = (1, 3, 6, 8, *DIGITS[2:])  # over two amplitudes, where digits cost more
SIGMA_DIGITS = 60  # at least
BOX = 5e5  # what the bounds of a box cost, in operations
MARGIN = 4  # within which values along a radius cost the same


def check_radius(certificate: dict[str, Any], purse: Purse, says: list[str]) -> None:
    """Prove it; ``says`` gets the statement in words.

    Raises:
        Rejected: what is wrong.
        Consistent: proved in part; the rest fits in doubles.
        TooCostly: what this checker cannot decide.
    """
    s, budget = read(certificate), purse.left
    if not all(tiled(region, inside) for region, inside in shared(s)):
        raise Rejected("the boxes do not tile everything between the start and the lower end")
    corners = {c for low, high in s.boxes for c in product(*zip(low, high, strict=True))}
    if corners != set(s.values):
        raise Rejected("the values are not at the corners of the boxes, one for each")
    if s.upper != math.inf and not (s.lower < s.upper and s.worst[0] == s.upper):
        raise Rejected("the upper end is not the norm of the exhibited point, above the lower end")
    own = _spectrum(s, purse)
    sigma = _check_sigma(s, own)
    _check_start(s, _largest(own))
    purse.spend(BOX * len(s.boxes), f"the bounds of {len(s.boxes)} boxes")
    for box in s.boxes:
        _check_box(s, box)
    if s.corner:
        prove_tails(s, purse)
    elif s.upper == math.inf and not kept_everywhere(s):
        _check_tail(s)
    says += _sentences(s)
    epsilon, why, doubles = Fraction(0), "", Purse(budget)
    if s.tip:
        try:
            prove_tip(s, s.tip, purse)
        except TooCostly as error:
            epsilon = compare_value(s, (s.lower, s.tip.turn), s.level(s.sigma[1], 1), doubles)
            why = str(error)
    begin, enough = 0, ""
    for done, (point, stated) in enumerate(s.values.items()):
        before = purse.left
        try:
            if enough:
                raise TooCostly(enough)
            tried = _prove_value(s, point, stated, sigma, purse, begin)
            begin = tried if s.single else 0  # along a radius neighbours take as many digits
            most = (len(s.values) - done - 1) * (before - purse.left)
            if s.single and most > MARGIN * purse.left:
                enough = (
                    f"its values would take some {most:.1e} operations more; {purse.left:.1e} are "
                    "left of the budget"
                )
        except TooCostly as error:
            epsilon, why = max(epsilon, compare_value(s, point, stated, doubles)), str(error)
    if s.falling:
        try:
            _prove_falling(s, s.falling, sigma, purse)
        except TooCostly as error:
            epsilon = max(epsilon, compare_value(s, (s.lower,), s.level(s.sigma[1], 1), doubles))
            why = str(error)
    if s.upper != math.inf:
        try:
            _prove_violation(s, sigma, purse)
        except TooCostly as error:
            epsilon, why = max(epsilon, compare_violation(s, doubles)), str(error)
    if why:
        raise Consistent(epsilon, why)


def _sentences(s: StatedRadius) -> Iterator[str]:
    least = {
        "factor": "every factor g_m(theta)",
        "jacobian": "every eigenvalue of the Hessian of L at theta",
        "convexity": "every eigenvalue of the Hessian of L at theta",
    }[s.kind]
    level = "0" if s.kind == "convexity" else f"{number_in_words(s.gap)} sigma"
    where = "on a regular-simplex orbit " if s.single and s.k > 3 else ""
    if s.upper == math.inf:
        yield f"{least} is above {level} for every theta {where}".rstrip()
    else:
        assert isinstance(s.upper, Fraction)
        places = places_for(s.upper - s.lower)
        yield f"{down(s.lower, places)} <= gamma <= {up(s.upper, places)}"
        yield (
            f"gamma: the largest r such that {least} is at least {level} for every theta {where}"
            "with |theta| <= r"
        )
        if s.tip:
            twin = ", but for (a_2, a_1)," if s.mirrored else ""
            yield (
                f"there is one point a = (a_1, a_2) alone{twin} with |a| = gamma at which the "
                f"least of them is {level}; there |arg a/90 degrees - {up(s.tip.turn, 12)}| is at "
                f"most {up(s.tip.half, 12)}"
            )
        if s.falling:
            yield (
                f"between r = {up(s.falling[1], 12)} and the upper end there is one r alone at "
                f"which the least of them is {level}"
            )
    if s.kind != "convexity":
        low, high = down(s.sigma[0], 18), up(s.sigma[1], 18)
        yield f"sigma = min_m |sum_j pi_j e^(2 pi i m j/k)|^2 in [{low}, {high}]"
    yield mixture_in_words(s.k, s.weights)


def _check_box(s: StatedRadius, box: Box) -> None:
    low, high = box
    sides = tuple(b - a for a, b in zip(low, high, strict=True))
    if s.corner:
        _check_loss(s, box, box_loss(s.kind != "factor", sides))
        return
    bend, slope, quarter = curvatures(s.k, s.kind)
    loss = sides[0] ** 2 * bend / 8
    if not s.single:
        r = high[0]
        loss += sides[1] ** 2 * quarter * (r * r * bend + r * slope) / 8
    _check_loss(s, box, loss)


def _check_loss(s: StatedRadius, box: Box, loss: Fraction) -> None:
    low, high = box
    corners = product(*zip(low, high, strict=True))
    least = min(s.values[corner] for corner in corners) - s.level(s.sigma[1], 1)
    if least <= loss:
        raise Rejected(
            f"in the box from {place_in_words(low)} the values are above the threshold by "
            f"{float(least):.3g}, but the curvature may cost {float(loss):.3g}"
        )


def _check_start(s: StatedRadius, largest: Fraction = Fraction(1)) -> None:
    """``largest`` is the largest |π̂_m|², m ≠ 0, or more."""
    if s.start == 0:
        return
    if not within_explicit_bound(s, largest) or s.start > s.lower:
        raise Rejected("the start is beyond the explicit bound")


def _check_tail(s: StatedRadius) -> None:
    context, k, r = context_of(), s.k, real(s.lower)
    with gmpy2.context(gmpy2.get_context(), precision=250):
        exact = [(real(fraction(number(w))), n) for w, n in s.weights]
    if not s.single:
        if k != 5 or r <= 0:
            raise Rejected("no tail bound holds from the lower end on")
        _check_lost(s, lost_at_prime(k, s.lower, [w for w, _ in exact], s.kind != "factor"))
        return
    mean = {2: 1 / context.sqrt(context.pi), 3: 1.5 / context.sqrt(context.pi)}.get(k)
    mean = mean or context.sqrt(2 * context.log(k))
    if r <= 0:
        raise Rejected("no tail bound holds from the lower end on")
    if k <= 3 or s.alike:
        lost = context.sqrt(context.mpf(k) / (k - 1)) * mean / r
    else:
        lost = 2 * mean / r * context.sqrt(1 - context.mpf(1) / k)
    if s.kind != "factor":
        logs = [context.log(w) for w, _ in exact]
        gap = r * context.sqrt(context.mpf(2 * k) / (k - 1))
        root = context.sqrt(2 * context.pi)
        if k <= 3:
            every = [v for v, (_, n) in zip(logs, exact, strict=True) for _ in range(n)]
            squares = sum((a - b) ** 2 for i, a in enumerate(every) for b in every[:i])
            all_pairs = k * (k - 1) / 2 * context.pi**2 / 3 + squares
            lost = max(lost, all_pairs / (root * gap * r * r))
        else:
            widest = (max(logs) - min(logs)) ** 2
            bound = max(1 / gap, (context.pi**2 / 3 + widest) / gap**3)
            lost = max(lost, k * k / root * bound)
    _check_lost(s, lost)


def _check_lost(s: StatedRadius, lost: Any) -> None:
    context = context_of()
    if not 1 - lost * (1 + context.mpf(10) ** -50) > real(s.level(s.sigma[1], 1)):
        raise Rejected("no tail bound holds from the lower end on")


# --- values


def _spectrum(s: StatedRadius, purse: Purse) -> list[Enclosure]:
    """The |π̂_m|² by the checker itself, in more digits than σ is stated with."""
    width, digits = s.sigma[1] - s.sigma[0], SIGMA_DIGITS
    while digits < 400 and 0 < width < Fraction(1, 10 ** (digits - 4)):
        digits += 10
    return _exactly(s) or energies(s.k, s.weights, s.frequencies, digits, purse)


def _check_sigma(s: StatedRadius, own: list[Enclosure]) -> Enclosure:
    """An enclosure of σ of the checker's own, which lies within the stated one."""
    width = s.sigma[1] - s.sigma[0]
    low, high = min(e[0] for e in own), min(e[1] for e in own)
    if high < s.sigma[0] or low > s.sigma[1]:
        raise Rejected(f"sigma is in {shown(low, high)}, outside what is stated")
    if not s.sigma[0] <= low or not high <= s.sigma[1]:
        raise TooCostly("sigma is stated more narrowly than this checker has it")
    if not width < s.sigma[1] / 10**6:  # nor is it 0
        raise Rejected("the enclosure of sigma is too wide")
    return low, high


def _largest(own: list[Enclosure]) -> Fraction:
    """The largest |π̂_m|², m ≠ 0, from above."""
    return max(high for _, high in own)


def _exactly(s: StatedRadius) -> list[Enclosure]:
    """Where they are rational as the weights are: at k = 4, and ``(p − q)²`` where one weight
    is p and all others are q; else nothing.
    """
    every = [w for w, n in s.weights for _ in range(n)] if s.k == 4 else []
    exact = [w for w in every if isinstance(w, Fraction)]
    if len(exact) == 4:
        first, second, third, fourth = exact
        one = (first - third) ** 2 + (second - fourth) ** 2
        two = (first - second + third - fourth) ** 2
        return [(one, one), (two, two)]
    values = list(dict.fromkeys(w for w, _ in s.weights if isinstance(w, Fraction)))
    if not s.alike or len(values) != 2 or len(dict(s.weights)) != 2:
        return []
    square = (values[0] - values[1]) ** 2
    return [(square, square)]


def enclosed(
    s: StatedRadius, point: Point, digits: int, sigma: Enclosure, purse: Purse
) -> Enclosure:
    """The least g_m, or also the least eigenvalue of ∇²L, at a point."""
    r, second = point[0], s.kind != "factor"
    if not any(point[: 2 if s.corner else 1]):
        return sigma
    if not s.single or s.k <= 3:
        if s.single:
            sums = lattice.enclose(s.orbit(r), digits, purse, log=False, hessian=second)
        else:
            place: Place = Sector(s.k, s.weights, r, point[1])
            if s.corner:
                place = Corner(s.k, s.weights, point)
            sums = at_amplitudes(place, digits, purse, second)
        found = sums.factors + _eigenvalues(sums.entries)
    else:
        every = laplace.enclose(s.orbit(r), s.frequencies, digits, purse, second, least=True)
        found = [every["g"]]
        rest = {n: e for n, e in every.items() if not isinstance(n, str)}
        singled = [e for n, e in rest.items() if not isinstance(n, tuple)]
        found += singled or _eigenvalues(rest)
    return min(e[0] for e in found), min(e[1] for e in found)


def _eigenvalues(entries: Any) -> list[Enclosure]:
    every = with_spectrum(entries)
    return [ends for part, ends in every.items() if isinstance(part, Eigenvalue)]


def _prove_value(
    s: StatedRadius, point: Point, stated: Fraction, sigma: Enclosure, purse: Purse,
    begin: int = 0,
) -> int:  # fmt: skip
    """Which of the digits tried, from one on, were enough."""
    for tried, digits in enumerate((DIGITS if s.single else IN_PLANE)[begin:], begin):
        low, high = enclosed(s, point, digits, sigma, purse)
        if stated <= low:
            return tried
        if high < stated:
            raise Rejected(
                f"at {place_in_words(point)} an independent quadrature proves {shown(low, high)}, "
                f"less than stated ({float(stated):.12g})"
            )
    raise TooCostly(f"at {place_in_words(point)} the stated value is too near the true one")


def _prove_falling(
    s: StatedRadius, places: tuple[Fraction, Fraction], sigma: Enclosure, purse: Purse
) -> None:
    """λ falls from a to the upper end, and is above the threshold at the lower end.

    λ − B r²/2 is concave, B the bound of the second derivatives: right of a its slope is at most
    that of its chord from b to a.
    """
    (before, start), bend = places, curvatures(s.k, s.kind)[0]
    assert isinstance(s.upper, Fraction)
    added = bend * (s.upper - (before + start) / 2) * (start - before)
    for digits in DIGITS:
        first, last = (enclosed(s, (r,), digits, sigma, purse) for r in places)
        if last[1] - first[0] + added < 0:
            break
        if last[0] - first[1] + added >= 0:
            raise Rejected(
                f"from {float(start):.6g} on lambda need not fall: the chord from "
                f"{float(before):.6g} is not steep enough"
            )
    else:
        raise TooCostly("whether lambda falls is too near a call")
    level = s.level(s.sigma[1], 1)
    for digits in DIGITS:
        low, high = enclosed(s, (s.lower,), digits, sigma, purse)
        if low > level:
            return
        if high <= s.level(sigma[0], -1):
            raise Rejected(
                f"at the lower end an independent quadrature proves {shown(low, high)}, not above "
                f"the threshold ({float(level):.12g})"
            )
    raise TooCostly("the lower end is too near the threshold")


def _prove_violation(s: StatedRadius, sigma: Enclosure, purse: Purse) -> None:
    level = s.level(sigma[0], -1)
    for digits in DIGITS:
        low, high = enclosed(s, s.worst, digits, sigma, purse)
        if high < level:
            return
        if low >= s.level(sigma[1], 1):
            raise Rejected(
                f"at the upper end an independent quadrature proves {shown(low, high)}, not below "
                f"the threshold ({float(level):.12g})"
            )
    raise TooCostly("the upper end is too near the threshold")
