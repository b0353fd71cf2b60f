"""Certified values that decide γ: enclosures of every g_m, and of the Hessian's eigenvalues.

For k = 2, 3 the function L is radial, L'(r) = r g(r) (math.md S7, S8), and the eigenvalues of ∇²L
are g and L''. With ``|D⁴L| ≤ K_4/8`` (`radius_tail`) a central difference of L' is an enclosure:

    |L''(r) − (L'(r+δ) − L'(r−δ))/(2δ)| ≤ δ² K_4/48.

That is quick for few digits and near 0. For larger k, and for more digits, `enclosures.hessian` has
the part of ∇²L that is not a g_m.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx, fmpq

from overspec.decimals import Number
from overspec.errors import InputError, OutOfReach
from overspec.mixture import Energies, Mixture
from overspec.verify.enclosures.ball import Inconclusive, dyadic, to_ball
from overspec.verify.enclosures.cover import Point
from overspec.verify.enclosures.factors import Characters, least_energy, least_factor
from overspec.verify.enclosures.laplace_hessian import MAX_K, laplace_hessian, singled_hessian
from overspec.verify.enclosures.lattice_hessian import Hessian, lattice_hessian
from overspec.verify.enclosures.pairs import enclose as pairs
from overspec.verify.engines.pairs.grid import K as PAIRS_K
from overspec.verify.radius.far.tail import fourth_derivative

ENERGY_DIGITS = 40  # of |π̂_m|², which costs nothing
FIRST_DIGITS = 5  # tried first; refined where the sign is in doubt
FAR_DIGITS = 2  # where all θ are covered: far out the grids are large, and so is the slack
DOUBLES = 15  # digits beyond which doubles and differences no longer help
FEW = 12  # frequencies that are enclosed one by one there
LADDER = tuple(FIRST_DIGITS * 2**n for n in range(6))
STEEP = (7, 14)  # besides, where twice the digits cost some six times: in four dimensions


#: The smallest deciding eigenvalue at a point, to so many digits.
Values = Callable[[Point, int], Number]


def on_simplex(mixture: Mixture, kind: str, engine: str = "laplace") -> Values:
    """Values at ``(r,)`` on the regular-simplex orbit of norm r: min_m g_m, or λ_min(∇²L).

    Args:
        mixture: the simplex action.
        kind: ``"factor"``: the g_m alone; ``"second"``: L'' alone, k ≤ 3, at r > 0; else both.
        engine: ``laplace``, or ``lattice`` (k ≤ 6) to confirm it.

    Raises:
        InputError: another kind where the Hessian is not enclosed: k > 100, unless all weights but
            one are equal.
    """
    if kind != "factor" and mixture.k > MAX_K and not mixture.weights.alike:
        raise OutOfReach(
            f"k = {mixture.k}: the Hessian is enclosed to k = {MAX_K}, or where all weights but "
            "one are equal; the kind factor needs none",
            kind="factor",
        )
    signs = Characters.of(mixture)

    def factor(radius: Fraction, digits: int) -> Number:
        if radius == 0:
            return least_energy(signs, max(digits, ENERGY_DIGITS))
        few = mixture.weights.alike or mixture.k // 2 <= FEW
        if engine != "laplace" or (digits > DOUBLES and few):
            return _one_by_one(mixture, radius, digits, engine)
        return least_factor(signs, radius * radius, digits)

    def second(radius: Fraction, digits: int) -> list[Number]:
        if mixture.k <= 3 and (digits <= DOUBLES or engine != "laplace"):
            return [_second(mixture.k, factor, radius, digits)]
        return _radial(mixture, radius, digits, engine)

    def values(point: Point, digits: int) -> Number:
        radius = point[0]
        if kind == "factor" or radius == 0:
            return factor(radius, digits)
        found = _least(second(radius, digits))
        if kind == "second" or factor(radius, min(FIRST_DIGITS, digits)).lower > found.upper:
            return found  # few digits of the g_m tell that they are not the least
        return _least([found, factor(radius, digits)])

    return values


def _one_by_one(mixture: Mixture, radius: Fraction, digits: int, engine: str) -> Number:
    """The least of the enclosed g_m."""
    from overspec.verify.enclosures.evaluate import certified_evaluation  # loads all engines

    orbit = Energies.regular_simplex(mixture.k, radius)
    wanted = [1] if mixture.weights.alike else None
    found = certified_evaluation(mixture, orbit, digits, engine, wanted).factors
    return _least([_bounds(g) for g in found.values()])


def _radial(mixture: Mixture, radius: Fraction, digits: int, engine: str) -> list[Number]:
    """The eigenvalues of ∇²L beside the g_m."""
    counts, k = mixture.weights.counts, mixture.k
    with ctx.workprec(math.ceil(digits * 3.33) + 100):
        norm = to_ball(radius * radius)
        if engine == "laplace" and k > 3 and len(counts) == 2 and mixture.weights.alike:
            one, rest = (to_ball(value) for value in sorted(counts, key=lambda v: counts[v]))
            found = singled_hessian(one, rest, k, norm, digits)
            return [_bounds(value) for value in found.numbers]
        weights = list(mixture.weights)
        if engine == "laplace":
            values = list(counts)
            order = [values.index(weight) for weight in weights]
            hessian = laplace_hessian([to_ball(v) for v in values], order, norm, digits)
        else:
            energies = Energies.regular_simplex(k, radius)
            roots = [to_ball(e).sqrt() for e in energies]
            hessian = lattice_hessian([to_ball(w) for w in weights], roots, digits)
        return eigenvalues(hessian)


def eigenvalues(hessian: Hessian) -> list[Number]:
    found = hessian.eigenvalues()
    return [_bounds(found)] if isinstance(found, Inconclusive) else [_bounds(e) for e in found]


def _second(
    k: int, factor: Callable[[Fraction, int], Number], radius: Fraction, digits: int
) -> Number:
    """L''(r) by the central difference of L'(r) = r g(r), which is odd in r."""
    with ctx.workprec(64):
        bound = dyadic((fourth_derivative(k) / 6).upper())
    power = math.ceil((digits * math.log2(10) + math.log2(float(bound)) + 2) / 2)
    delta = Fraction(1, 2**power)
    inner = digits + math.ceil(power * math.log10(2)) + 1
    ahead, behind = radius + delta, radius - delta
    up, down = factor(ahead, inner), factor(abs(behind), inner)
    low, high = sorted((behind * down.lower, behind * down.upper))
    slack = bound * delta * delta
    return Number.between(
        (ahead * up.lower - high) / (2 * delta) - slack,
        (ahead * up.upper - low) / (2 * delta) + slack,
    )


MATRIX = 0  # the name of the radial matrix among the branches of λ; m is that of g_m
Ends = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Parts:
    """The branches of λ at a point over two amplitudes.

    Attributes:
        factors: g_1, g_2.
        matrix: the entries 11, 12, 22 of ∂²L in the amplitudes, at an axis by ∂L/∂a_m = a_m g_m;
            empty where the kind is factor.
        spectrum: its eigenvalues.
    """

    factors: dict[int, Number]
    matrix: tuple[Number, ...] = ()
    spectrum: tuple[Number, ...] = ()

    def least(self, branch: int) -> Number:
        """g_m, or the least eigenvalue of the matrix."""
        return self.factors[branch] if branch != MATRIX else _least(self.spectrum)

    def above(self, branch: int, level: Number) -> Number:
        """``g_m − t``, or ``det(H − tI)``, for every t that the level encloses."""
        if branch != MATRIX:
            value = self.factors[branch]
            return Number.between(value.lower - level.upper, value.upper - level.lower)
        first, mixed, second = self.matrix
        ends = [(x.lower - level.upper, x.upper - level.lower) for x in (first, second)]
        whole, off = _product(*ends), _product(*[(mixed.lower, mixed.upper)] * 2)
        return Number.between(whole[0] - off[1], whole[1] - max(off[0], Fraction(0)))


def _product(left: Ends, right: Ends) -> Ends:
    values = [x * y for x in left for y in right]
    return min(values), max(values)


def sector_parts(mixture: Mixture, kind: str) -> Callable[[Point, int], Parts]:
    """The branches at ``(r, q)``, ``a = r (cos(πq/2), sin(πq/2))``, r > 0, for k = 4, 5."""
    if mixture.k not in (4, 5) or not mixture.action.is_simplex:
        raise InputError("two amplitudes: k = 4 or 5 with the simplex action")

    def parts(point: Point, digits: int) -> Parts:
        radius, turn = point
        with ctx.workprec(math.ceil(digits * 3.33) + 60):
            half = fmpq(turn.numerator, 2 * turn.denominator)
            amplitudes = [to_ball(radius) * f(half) for f in (arb.cos_pi_fmpq, arb.sin_pi_fmpq)]
            weights = [to_ball(weight) for weight in mixture.weights]
            hessian: Hessian | None = None
            if mixture.k == PAIRS_K:
                pair = pairs.enclose(weights, amplitudes, digits)
                factors, hessian = pair.factors, pair.hessian
            else:
                from overspec.verify.enclosures.lowrank import either  # for k = 5 alone

                factors, hessian = either.parts(weights, amplitudes, digits, kind != "factor")
            g = {m: _bounds(factor) for m, factor in factors.items()}
            if kind == "factor" or hessian is None:
                return Parts(g)
            entries = {at: _bounds(value) for at, value in hessian.entries.items()}
            zero = Number(Fraction(0))
            matrix = (
                entries.get((1, 1), g[1]), entries.get((1, 2), zero), entries.get((2, 2), g[2])
            )  # fmt: skip
            idle = [g[m] for m in g if m not in hessian.frequencies]
            return Parts(g, matrix, (*eigenvalues(hessian), *idle))

    return parts


def last_turn(mixture: Mixture) -> Fraction:
    """The q up to which all directions over two amplitudes are seen.

    At k = 5 the permutation j → 2j of the components exchanges the two frequencies. It keeps the
    weights where all but one are equal (π_0, say, as θ may be turned): there λ(a_1, a_2) = λ(a_2,
    a_1), and q ≤ ½ is all.

    >>> [float(last_turn(Mixture.simplex(5, w))) for w in ("one-heavy:1/2", "linear")]
    [0.5, 1.0]
    """
    return Fraction(1, 2 if mixture.k == 5 and mixture.weights.alike else 1)


def on_sector(mixture: Mixture, kind: str) -> Values:
    """The least of all branches at ``(r, q)``, see `sector_parts`."""
    parts = sector_parts(mixture, kind)
    zero = least_energy(Characters.of(mixture), ENERGY_DIGITS)

    def values(point: Point, digits: int) -> Number:
        if point[0] == 0:
            return zero
        found = parts(point, digits)
        return _least([*found.factors.values(), *found.spectrum])

    return values


def reached(values: Values, radius: Fraction) -> Inconclusive | None:
    """None where the engines reach two amplitudes of this norm, so that a cover may be tried."""
    try:
        values((radius, Fraction(1, 2)), FAR_DIGITS)
    except InputError as error:
        return Inconclusive(f"the tail begins where the engines do not reach: {error}", (radius,))
    return None


def above(
    values: Values,
    threshold: Number,
    digits: int,
    first: int = FIRST_DIGITS,
    between: Sequence[int] = (),
) -> Callable[[Point], Fraction]:
    """A lower bound of value − threshold, with more digits where few do not tell.

    Args:
        values: see `Values`.
        threshold: its upper end counts.
        digits: at most.
        first: tried first; then those of `LADDER`, and ``between``.
    """

    def slack(point: Point) -> Fraction:
        last = Fraction(-1)
        for wanted in sorted({min(n, digits) for n in (first, *between, *LADDER, digits)}):
            found = values(point, wanted)
            last = found.lower - threshold.upper
            if last > 20 * (found.upper - found.lower):
                break
        return last

    return slack


def relative_slack(values: Values, threshold: Number, digits: int) -> Callable[[float], float]:
    """Value over threshold less 1, for what `radius.gamma` does not reach: from the enclosures.

    It is searched, and nothing rigorous depends on the choice.
    """
    level = float(threshold.upper)
    wanted = digits + math.ceil(-math.log10(level))

    def slack(radius: float) -> float:
        found = values((Fraction(radius),), wanted)
        return float(found.lower + found.upper) / (2 * level) - 1

    return slack


def enclosed_bounds(found: Iterable[object]) -> Number:
    """Of the least of some enclosures."""
    return _least([_bounds(value) for value in found])


def _least(found: Sequence[Number]) -> Number:
    return Number.between(min(b.lower for b in found), min(b.upper for b in found))


def _bounds(found: object) -> Number:
    if isinstance(found, Number):
        return found
    return Number.between(Fraction(-(10**9)), Fraction(1))  # unknown: ∇²L ⪯ I, 0 ≤ g ≤ 1 always
