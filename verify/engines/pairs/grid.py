"""Steps and ranges of the sums of the pairs engine, and what is summed.

The steps come from the bounds that `enclosures.pairs.bounds` proves, here in doubles and with a
margin; see the docstring of `engines.pairs` for the notation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from overspec.errors import InputError, OutOfReach
from overspec.mixture import Energies, Mixture
from overspec.verify.engines.moments import Moments, Real, check_orbit_point

K = 4
PAIRS = ((0, 2), (1, 3))
FARTHEST = 1e6  # far beyond what the budget reaches; squares are in doubles here
MAX_TERMS = 1e7  # frequencies × nodes; some twenty seconds at 100 digits
MARGIN = 300.0  # constants that the formulas below leave out


@dataclass(frozen=True)
class Grid:
    """The sums' parameters: dyadic, so that they are exact in every arithmetic.

    Attributes:
        spacing: η; the frequencies are (n + ½)η.
        terms: how many of them.
        alone: how many of them for the "1" in ``1 − cos ξz``, which no Gaussian damps.
        slope: s of the bound of the images, ``e^{−s(Λ − |z|)}``.
        step: of the nodes x; 0 where a_1 = 0 and x = 0 is all.
        reach: nodes −reach … reach.
        height: y of the contours x ± iy of the bound of their aliasing.
    """

    spacing: float
    terms: int
    alone: int
    slope: float
    step: float
    reach: int
    height: float

    @property
    def work(self) -> float:
        """Terms in all: a node of both pairs at a frequency each."""
        return 2.0 * self.terms * (2 * self.reach + 1)


def plan(first: float, second: float, tilt: float, target: float) -> Grid:
    """The coarsest grid whose bounds are below about ``e^{−target}``.

    Args:
        first, second: the amplitudes a_1, a_2 ≥ 0.
        tilt: ``|log((π_0 + π_2)/(π_1 + π_3))|``.
        target: minus the logarithm of the tolerance.

    Raises:
        InputError: more terms than the budget.
    """
    if max(first, second) > FARTHEST:
        raise OutOfReach(f"|θ| is beyond {FARTHEST:.0e}; use a smaller point")
    goal = target + math.log(MARGIN)
    # |z| ≤ a_2|x_3| + ½(a_1|x_1| + a_1|x_2| + tilt), so E e^{s|z|} is that of four normals
    s = np.linspace(0, 2, 81)[1:]
    wide = second**2 / 2 + first**2 / 4
    periods = (goal + s**2 * wide + 4 * np.log1p(2 * s**2 * wide) + s * tilt / 2 - np.log(s)) / s
    best = int(np.argmin(periods))
    spacing = _dyadic(2 * math.pi / float(periods[best]))
    terms = _terms(spacing, second, goal)
    step, height = (0.0, 0.0) if first == 0 else _step(first, goal)
    radius = math.sqrt(2 * (goal + 2 * math.log(2 * goal)))
    reach = math.ceil(radius / step) if step else 0
    alone = _terms(spacing, 0.0, goal)
    found = Grid(spacing, terms, alone, float(s[best]), step, reach, height)
    if found.work > MAX_TERMS:
        raise InputError(
            f"|θ| = {math.hypot(first, second):.3g} at this accuracy would take {found.work:.0e} "
            f"terms (budget {MAX_TERMS:.0e}); ask for fewer digits"
        )
    return found


def _terms(spacing: float, second: float, goal: float) -> int:
    """How many frequencies: from there ``ξ³ e^{−πξ/2 − ξ²a_2²/2}`` is small."""
    edge = goal
    for _ in range(30):
        loss = goal + 3 * math.log1p(edge)
        half = second**2 / 2
        slope = math.pi / 2
        edge = 2 * loss / (slope + math.sqrt(slope**2 + 4 * half * loss))
    return math.ceil(edge / spacing) + 1


def _step(first: float, goal: float) -> tuple[float, float]:
    """The widest step of x for the aliasing ``e^{−2πy/h + y²/2}(1+y²)/cos²(a_1y)``, and its y."""
    top = min(math.pi / (2 * first), 1.5 * math.sqrt(2 * goal))
    y = np.linspace(0, top, 257)[1:-1]
    cost = goal + y**2 / 2 + np.log1p(y**2) - 2 * np.log(np.cos(first * y))
    steps = 2 * math.pi * y / cost
    best = int(np.argmax(steps))
    return _dyadic(float(min(steps[best], 6.0))), _dyadic(float(y[best]))


def _dyadic(value: float) -> float:
    """With 10 bits, rounded down."""
    fraction, exponent = math.frexp(value)
    return math.ldexp(math.floor(fraction * 1024), exponent - 10)


def check_pairs_point(mixture: Mixture, energies: Energies, digits: int) -> None:
    """Raise `InputError` unless k = 4, and for what `moments.check_orbit_point` refuses."""
    if mixture.k != K:
        raise InputError(f"k = {mixture.k}: the pairs engine is for k = 4 components")
    check_orbit_point(mixture, energies, digits)


@dataclass(frozen=True)
class Numbers:
    """What the sums give, by name; `handed_over` puts it into `Moments`.

    Attributes:
        log_partition: E log S.
        first, second: g_1, g_2.
        moved: the amplitudes of M(θ).
        radial: ``(DM_11, DM_12, DM_22)`` in the amplitudes.
    """

    log_partition: Real
    first: Real
    second: Real
    moved: tuple[Real, Real]
    radial: tuple[Real, Real, Real]


def handed_over(
    found: Numbers, active: tuple[int, ...], error: Real, errors: dict[str, Real]
) -> Moments:
    """`Moments` at θ ≠ 0 on the coordinates of the active blocks.

    DM is the radial matrix on the first axes and ``1 − g_1`` on the second axis of the plane, as L
    is a function of the amplitudes (math.md S6, S8).
    """
    one, zero = found.first * 0 + 1, found.first * 0
    (a, b, c), side = found.radial, one - found.first
    operator: tuple[Real, ...]
    matrix: tuple[tuple[Real, ...], ...]
    if active == (2,):
        operator, matrix = (found.moved[1],), ((c,),)
    elif active == (1,):
        operator, matrix = (found.moved[0], zero), ((a, zero), (zero, side))
    else:
        operator = (found.moved[0], zero, found.moved[1])
        matrix = ((a, zero, b), (zero, side, zero), (b, zero, c))
    return Moments(
        active,
        found.log_partition,
        (one, found.first, found.second),
        operator,
        matrix,
        error,
        errors=errors,
    )
