"""The radius γ up to which the contraction of the optimum persists (math.md section 4), by search.

λ(θ) is the smallest eigenvalue of ``I − DM(θ)`` (kinds jacobian and convexity) or the smallest g_m
(kind factor). γ is where λ first falls to its threshold, over all directions. By S8 a direction is
a vector of ⌊k/2⌋ amplitudes, so the search is over ⌊k/2⌋ − 1 angles and never over R^d. The result
is an estimate: a crossing between two radii of the scan, or in a direction that the search
missed, stays unseen. More than 10 digits of the crossing that it found are `radius.crossing`'s;
`radius.bracket` proves brackets.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize

from overspec.action import block_size
from overspec.errors import InputError, OutOfReach
from overspec.evidence import Evidence
from overspec.exact import Exact, exact, sign
from overspec.mixture import Mixture
from overspec.proofs.machinery.cyclotomic import null_frequencies
from overspec.results.radius import RadiusResult
from overspec.results.text import SMALL, decimal_text, exact_decimal
from overspec.verify.engines import lattice, trapezoid
from overspec.verify.engines.moments import check_digits, first_axes
from overspec.verify.engines.spectrum import sigma as smallest_energy
from overspec.verify.engines.spectrum import to_float
from overspec.verify.radius.crossing import many_digits, most_digits
from overspec.verify.radius.far.tail import tail_radius
from overspec.verify.radius.options import (
    KIND,
    KINDS,
    MAX_DIGITS,
    ORBITS,
)
from overspec.verify.radius.slack import (
    Slack,
    along_simplex,
    anywhere,
    check_reach,
    one_dimensional,
)

Array = NDArray[np.float64]

SMALLEST = 1e-300  # sigma below it is no double that can be halved and squared
LONGEST = 24  # components up to which a simplex orbit is given by its amplitudes
FARTHEST = 6.0  # radius to search when no bound on the tail is at hand
FIRST_RADIUS = 0.05  # of the scan along a ray
SCAN = 1.15  # ratio of its successive radii
SCAN_NODES = 1e7  # lattice nodes of one evaluation during the scan
GRID = {2: 12, 3: 6}  # energies of the first directions, in parts, by the number of amplitudes
KEEP = 1.05  # crossings this much above the best so far are of no interest
STARTS = 2  # directions that are refined
NEAR_AXIS = 0.01  # an amplitude, as a share of |θ|, that may be 0 but for the search's tolerance


@dataclass(frozen=True, repr=False)
class RadiusEstimate(RadiusResult):
    """What `gamma` found.

    Attributes:
        mixture, kind, gap, orbit: what was asked.
        lower, upper: the estimate less and plus its tolerance; ``upper = inf`` and
            ``lower = r_max`` when nothing was seen up to r_max.
        worst_point: the amplitudes 1 … ⌊k/2⌋ of the first crossing; empty when none was seen, and
            on simplex orbits with k > 24, where |θ| says all.
        sigma: ``σ = min_m |π̂_m|²``.
        r_max: how far the search went.
        digits: how many were asked for.
        exact: beyond 10 digits the estimate itself.
        engines: the two that give its digits then.
        evidence: always MEASURED; neither end is a bound.
    """

    mixture: Mixture
    kind: str
    gap: Exact
    orbit: str
    lower: float
    upper: float
    worst_point: tuple[float, ...]
    sigma: float
    r_max: float
    digits: int = 6
    exact: Fraction | None = None
    engines: tuple[str, ...] = ()
    evidence: Evidence = Evidence.MEASURED

    @property
    def ends(self) -> tuple[Any, Any]:
        """`lower` and `upper`, to all digits."""
        if self.exact is None:
            return self.lower, self.upper
        tolerance = Fraction(1, 10**self.digits)
        return self.exact - tolerance, self.exact + tolerance

    def found(self) -> dict[str, Any]:
        """The estimate as plain data."""
        low, high = self.ends
        tolerance, seen = (high - low) / 2, math.isfinite(self.upper)
        return {
            "lower": decimal_text(low, tolerance if seen else 0, self.digits),
            "upper": decimal_text(high, tolerance, self.digits) if seen else "inf",
            "evidence": self.evidence.value,
            "worst_point": [decimal_text(a, 1e-6) for a in self.worst_point],
            "sigma": decimal_text(self.sigma, 1e-15)
            if self.sigma > SMALL
            else exact_decimal(self.sigma),
        }

    def verdict(self) -> str:
        """Between which radii, or that none was seen."""
        found = self.found()
        if found["upper"] == "inf":
            return f"no failure seen up to |theta| = {found['lower']}"
        return f"between {found['lower']} and {found['upper']}"

    def why(self) -> str:
        """It is no bound."""
        found = "found by search, not a bound"
        return f"{found}; its digits by {' and '.join(self.engines)}" if self.engines else found


def gamma(
    mixture: Mixture,
    kind: str = KIND,
    gap: object = Fraction(1, 2),
    orbit: str = "all",
    digits: int = 6,
    r_max: float | None = None,
) -> RadiusEstimate:
    """``sup{r : λ ≥ threshold for all |θ| ≤ r}`` by search (math.md section 4).

    Args:
        mixture: no null frequency; k ≤ 6, k ≤ 200 for other actions in up to 5 dimensions, or any k
            on simplex orbits (weights beyond k = 2000, and the Hessian beyond k = 200, only where
            all but one are equal).
        kind: ``"jacobian"``: ``λ_max(DM) ≤ 1 − cσ``; ``"factor"``: ``min_m g_m ≥ cσ`` over the
            action's frequencies; ``"convexity"``: ``∇²L ≻ 0``, where c plays no part.
        gap: c, exact, strictly between 0 and 1.
        orbit: ``"all"`` θ, or ``"simplex"``: only those whose orbit is a regular simplex.
        digits: decimal digits of the result, 1 … 10; to 100 where one amplitude decides (k ≤ 3,
            simplex orbits, one frequency), to 30 for k = 4, 15 for k = 5, of two that agree.
        r_max: the search stops there, or earlier where a lattice would take too long (k ≥ 5);
            the estimate says where. By default 6, or farther on simplex orbits and for k ≤ 3, to
            where a bound on the tail takes over (`radius_tail.tail_radius`).

    Raises:
        InputError: options out of range; ``orbit="simplex"`` for another action; a null frequency
            (then σ = 0: there is no gap to persist, and the Hessian is singular at 0 already).

    >>> heavy = Mixture.simplex(2, "9/10,1/10")
    >>> estimate = gamma(heavy, kind="factor", gap="9/10", digits=4)
    >>> round(estimate.lower, 3), round(estimate.sigma, 2)
    (0.614, 0.64)
    >>> gamma(heavy, kind="factor", gap="1/2", digits=4).upper  # g never falls to σ/2
    inf
    """
    share = check_options(mixture, kind, gap, orbit, digits, r_max)
    if one_dimensional(mixture, orbit):
        check_reach(mixture, kind)
    check_no_null(mixture)
    sigma = float(smallest_energy(mixture))
    if sigma < SMALLEST:
        raise OutOfReach(
            f"weights {mixture.weights}: sigma is below {SMALLEST:g}, and no search in doubles "
            "tells it from 0"
        )
    threshold = 0.0 if kind == "convexity" else to_float(share) * sigma
    coarse = min(1e-6, sigma * 1e-3)
    if one_dimensional(mixture, orbit):
        slack, directions = along_simplex(mixture, kind, threshold), [np.ones(1)]
        end = r_max or max(FARTHEST, tail_radius(mixture, kind, threshold))
    else:
        slack, directions = anywhere(mixture, kind, threshold), _directions(mixture)
        end = _affordable(mixture, directions, coarse, r_max or FARTHEST)
    r_max = end
    search = _Search(slack, coarse, 10.0 ** -(min(digits, MAX_DIGITS) + 2), r_max)
    best, worst = _least(search, directions)
    if math.isinf(best):
        return RadiusEstimate(
            mixture, kind, share, orbit, r_max, math.inf, (), sigma, r_max, digits
        )
    point = _amplitudes(mixture.k, best, worst)
    if digits > MAX_DIGITS:
        more = many_digits(mixture, kind, share, orbit, (best, point), digits)
        low, high = (float(more.radius + sign * Fraction(1, 10**digits)) for sign in (-1, 1))
        return RadiusEstimate(
            mixture, kind, share, orbit, low, high, point, sigma, r_max, digits, more.radius,
            more.engines,
        )  # fmt: skip
    tolerance = 10.0**-digits
    lower, upper = max(0.0, best - tolerance), best + tolerance
    return RadiusEstimate(mixture, kind, share, orbit, lower, upper, point, sigma, r_max, digits)


def check_options(
    mixture: Mixture,
    kind: str,
    gap: object,
    orbit: str,
    digits: int = MAX_DIGITS,
    r_max: float | None = None,
) -> Exact:
    """The gap c, exactly, where the options make sense; see `gamma`."""
    if kind not in KINDS:
        raise InputError(f"kind {kind!r}; choose {', '.join(KINDS)}")
    if orbit not in ORBITS:
        raise InputError(f"orbit {orbit!r}; choose {', '.join(ORBITS)}")
    if orbit == "simplex" and not mixture.action.is_simplex:
        raise InputError(f"orbit 'simplex': {mixture.action} has no regular simplex orbit")
    share = exact(gap, "gap")
    if sign(share) <= 0 or sign(share - 1) >= 0:
        raise InputError(f"gap {share}: must lie strictly between 0 and 1")
    check_digits(digits)
    most = most_digits(mixture, orbit)
    if digits > most:
        raise OutOfReach(f"digits = {digits}: here the search gives at most {most}", digits=most)
    if r_max is not None and not (r_max > 0 and math.isfinite(r_max)):
        raise InputError(f"r_max = {r_max}: must be a positive number")
    return share


def check_no_null(mixture: Mixture) -> None:
    """σ > 0, decided exactly: what takes long at many different weights, and comes last."""
    null = null_frequencies(mixture.weights, mixture.action)
    if null:
        raise InputError(
            f"weights {mixture.weights}: the DFT entry at frequency {null[0]} is 0, so sigma = 0 "
            "and there is no gap whose persistence could be asked for"
        )


@dataclass(frozen=True)
class _Search:
    """The first crossing along a ray of amplitudes, to a tolerance of 10 times ``fine``."""

    slack: Slack
    coarse: float
    fine: float
    r_max: float

    def first(self, direction: Array, limit: float = math.inf) -> float:
        """Smallest radius ≤ min(limit, r_max) where the slack reaches 0, else inf."""

        def along(accuracy: float) -> Callable[[float], float]:
            return lambda radius: self.slack(radius * direction, accuracy)

        end = min(limit, self.r_max)
        return first_fall(along(self.coarse), along(self.fine), end, self.tolerance)

    @property
    def tolerance(self) -> float:
        """Of a radius."""
        return self.fine * 10


def first_fall(
    coarse: Callable[[float], float], fine: Callable[[float], float], end: float, tolerance: float
) -> float:
    """Where a slack first reaches 0 on 0 < r ≤ end, else inf: a scan, then a bracketed root.

    It proves nothing: two roots between successive radii of the scan stay unseen.

    Args:
        coarse, fine: the slack at a radius, for the scan and for the root.
        end: of the scan.
        tolerance: of the root.

    >>> round(first_fall(lambda r: 2 - r, lambda r: 2 - r, 6.0, 1e-12), 9)
    2.0
    """
    before, radius = 0.0, FIRST_RADIUS
    while before < end:
        radius = min(radius, end)
        if coarse(radius) <= 0:
            if fine(radius) > 0:  # the scan's accuracy made the difference: it is just beyond
                radius = min(radius * SCAN, end)
                if fine(radius) > 0:
                    return math.inf
            return float(brentq(fine, before, radius, xtol=tolerance, rtol=1e-14))
        before, radius = radius, radius * SCAN
    return math.inf


def _least(search: _Search, directions: list[Array]) -> tuple[float, Array]:
    """The smallest first crossing over the sphere of amplitudes: a grid, then local refinement."""
    found: list[tuple[float, Array]] = []
    best = math.inf
    for direction in directions:
        radius = search.first(direction, best * KEEP)
        found.append((radius, direction))
        best = min(best, radius)
    found.sort(key=lambda pair: pair[0])
    if math.isinf(best) or len(directions) == 1:
        return found[0]
    for radius, direction in found[:STARTS]:
        if math.isfinite(radius):
            found.append(_refined(search, direction, radius))
    return _on_the_axes(search, *min(found, key=lambda pair: pair[0]))


def _on_the_axes(search: _Search, radius: float, direction: Array) -> tuple[float, Array]:
    """Amplitudes that are nearly 0 are 0 where that makes no difference the search could see."""
    near = np.where(direction < NEAR_AXIS, 0.0, direction)
    near /= np.linalg.norm(near)
    if np.array_equal(near, direction):
        return radius, direction
    there = search.first(near, radius * KEEP)
    return (there, near) if there <= radius + search.tolerance else (radius, direction)


def _refined(search: _Search, direction: Array, radius: float) -> tuple[float, Array]:
    """Nelder–Mead over the tangent plane of the sphere at the given direction."""
    free = np.argsort(direction)[:-1]  # the largest amplitude stays, the others move

    def turned(shift: Array) -> Array:
        moved = direction.copy()
        moved[free] += shift
        moved = np.abs(moved)  # the sign of an amplitude does not matter
        return moved / np.linalg.norm(moved)

    def height(shift: Array) -> float:
        return min(search.first(turned(shift), 2 * radius), 4 * radius)

    start = np.zeros(len(free))
    simplex = np.vstack([start, 0.08 * np.eye(len(free))])
    result = minimize(
        height,
        start,
        method="Nelder-Mead",
        options={"initial_simplex": simplex, "xatol": 1e-5, "fatol": search.tolerance,
                 "maxfev": 60 * len(free)},
    )  # fmt: skip
    return float(result.fun), turned(result.x)


def _amplitudes(k: int, radius: float, direction: Array) -> tuple[float, ...]:
    if len(direction) == k // 2:
        return tuple((radius * direction).tolist())
    if k > LONGEST:
        return ()
    return simplex_amplitudes(k, radius)


def simplex_amplitudes(k: int, radius: float) -> tuple[float, ...]:
    """Amplitudes 1 … ⌊k/2⌋ of the regular simplex of a radius."""
    return tuple(radius * math.sqrt(block_size(k, m) / (k - 1)) for m in range(1, k // 2 + 1))


def _directions(mixture: Mixture) -> list[Array]:
    """Unit vectors of amplitudes 1 … ⌊k/2⌋ on a grid of energies."""
    count = mixture.k // 2
    free = [m - 1 for m in mixture.action.frequencies if m != 0]
    parts = GRID.get(len(free), 1)
    rays = []
    for shares in itertools.product(range(parts + 1), repeat=len(free)):
        if sum(shares) == parts:
            ray = np.zeros(count)
            ray[free] = np.sqrt(np.array(shares) / parts)
            rays.append(ray)
    return rays


def _affordable(mixture: Mixture, directions: list[Array], accuracy: float, r_max: float) -> float:
    """r_max, or the radius at which a node of the scan's lattices would be one too many."""
    k = mixture.k
    while True:
        nodes = 0.0
        for ray in directions:
            active = tuple(m for m, a in enumerate(ray, start=1) if a > 0)
            turns = lattice.rotations(k, active)
            theta = np.zeros(turns.shape[1])
            theta[list(first_axes(k, active))] = r_max * ray[ray > 0]
            nodes = max(nodes, trapezoid.lattice_for(turns @ theta, accuracy).nodes)
        if nodes <= SCAN_NODES:
            return r_max
        r_max *= 0.9
