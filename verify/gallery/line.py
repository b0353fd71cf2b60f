"""Expectations over N(μ, 1) on the line, with proof: the trapezoidal rule in balls.

For g = f(μ + ·)φ, analytic and integrable on ``|Im z| ≤ a``, the sum ``h Σ g(jh)`` differs from the
integral by at most ``2M/(e^{2πa/h} − 1)``, where M bounds ``∫|g(x + iy)|dx`` for ``|y| ≤ a``
(Trefethen and Weideman 2014, theorem 5.1). Here ``|φ(x + iy)| = φ(x)e^{y²/2}``, and `Growth` bounds
f. What the sum leaves out beyond ``|jh| = R`` is bounded by a geometric series. Parameters may be
wide balls: the result then contains the value at every number in them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from flint import arb, ctx, fmpq

from overspec.decimals import Number
from overspec.errors import OutOfReach
from overspec.verify.enclosures.ball import Ball, dyadic, power

#: A mixture of unit Gaussians on the line: weights and means.
Truth: TypeAlias = "Sequence[tuple[Ball, Ball]]"

BITS = 80  # of the working precision, unless an entry asks for more
WIDEST = 6  # half-width of a strip that is used; wider ones gain nothing at these precisions
PHASE = Fraction(5, 4)  # |Im| of the argument of tanh in the strip; its pole is at π/2
MOST_NODES = 40_000
MOST_BITS = 20_000  # of an exponent
NARROW = 1e-6  # radius up to which a function of a ball is left to FLINT

#: The law N(0, 1).
STANDARD: Truth = ((arb(1), arb(0)),)


@dataclass(frozen=True)
class Growth:
    """``|f(x + iy)| ≤ constant·(x² + a²)^{degree/2}`` for all real x and ``|y| ≤ a``.

    Attributes:
        strip: a, the half-width of a strip in which f is analytic.
        constant, degree: of the bound; degree ≤ 4.
    """

    strip: Ball
    constant: Ball
    degree: int


def precision(bits: int = BITS) -> AbstractContextManager[None]:
    """Balls of so many bits, until the end of the block."""
    found: AbstractContextManager[None] = ctx.workprec(bits)
    return found


def ball(value: Fraction | int) -> Ball:
    """A ball that contains a rational number, at the current precision."""
    value = Fraction(value)
    return arb(fmpq(value.numerator, value.denominator))


def hull(low: Fraction, high: Fraction) -> Ball:
    """A ball that contains the interval [low, high]."""
    return ball((low + high) / 2) + arb(0, ball((high - low) / 2).upper())


def number(enclosed: Ball) -> Number:
    """A ball as an exact centre and radius, certified.

    Raises:
        OutOfReach: it is not finite, or of an exponent beyond `MOST_BITS`.

    >>> with precision(64):
    ...     number(arb(1).exp()).upper < Fraction("2.718281828459045236")
    True
    """
    if not enclosed.is_finite():
        raise OutOfReach(
            "an enclosure is not finite: something divides by what may be 0, or a function is "
            "asked for where it is not defined"
        )
    if any(abs(int(end.man_exp()[1])) > MOST_BITS for end in (enclosed.mid(), enclosed.rad())):
        raise OutOfReach(f"a number beyond 2^{MOST_BITS}, or as small")
    return Number(dyadic(enclosed.mid()), (("width", dyadic(enclosed.rad())),))


def expectation(f: Callable[[Ball], Ball], growth: Growth, mean: Ball) -> Ball:
    """``E f(X)`` for X ~ N(mean, 1).

    Args:
        f: on real balls.
        growth: where f is analytic, and how fast it grows there.
        mean: a ball, wide or not.

    Raises:
        OutOfReach: the strip is so narrow that the sum has too many terms.

    >>> with precision(64):
    ...     second = expectation(lambda x: x * x, Growth(arb(4), arb(1), 2), arb(2))
    >>> second.contains(5), float(second.rad()) < 1e-15
    (True, True)
    """
    bits: int = ctx.prec
    strip = growth.strip.lower()
    step = _step(float(strip), bits)
    radius = Fraction(round(16 * (1.4 * bits + 8) ** 0.5), 16)
    if radius / step > MOST_NODES:
        raise OutOfReach(f"the strip of half-width {float(strip):.1e} takes too many nodes")
    total = arb(0)
    for at, weight in _lattice(step, radius, bits):
        total += weight * f(mean + at)
    size = mean.abs_upper()
    moment = power(size, 4) + 6 * size * size + 3
    moment += 2 * strip * strip * (size * size + 1) + power(strip, 4)
    mass = growth.constant * _root(moment, growth.degree) * (strip * strip / 2).exp()
    aliasing = 2 * mass / (2 * arb.pi() * strip / ball(step)).expm1()
    edge = ball(radius)
    reach = power(edge + size, 2) + strip * strip
    decay = edge - growth.degree / edge
    density = (-edge * edge / 2).exp() / (2 * arb.pi()).sqrt()
    outside = 2 * growth.constant * _root(reach * reach, growth.degree) * density * ball(step)
    outside /= -(-ball(step) * decay).expm1()
    return total + arb(0, (aliasing + outside).abs_upper())


def _root(fourth: Ball, degree: int) -> Ball:
    """``fourth^{degree/4}``: by Jensen E(X² + a²)^{p/2} is at most that of E(X² + a²)²."""
    return power(fourth.root(4), degree) if degree else arb(1)


def _step(strip: float, bits: int) -> Fraction:
    """2πa/h = bits·log 2 + a²/2, and h of three bits, so that lattices are shared."""
    wanted = 6.2831 * strip / (bits * 0.6932 + strip * strip / 2 + 4)
    scale = 1
    while wanted * scale < 4:
        scale *= 2
    return Fraction(int(wanted * scale), scale)


@lru_cache(maxsize=64)
def _lattice(step: Fraction, radius: Fraction, bits: int) -> tuple[tuple[Ball, Ball], ...]:
    """Nodes jh with ``|jh| ≤ radius`` and weights hφ(jh)."""
    with precision(bits):
        scale = ball(step) / (2 * arb.pi()).sqrt()
        count = int(radius / step)
        nodes = [ball(j * step) for j in range(-count, count + 1)]
        return tuple((x, scale * (-x * x / 2).exp()) for x in nodes)


def over(truth: Truth, expected: Callable[[Ball], Ball]) -> Ball:
    """The mean over a mixture of what is expected under each N(ν, 1)."""
    return sum((weight * expected(mean) for weight, mean in truth), arb(0))


def tanh_growth(slope: Ball, degree: int, sech: int, tanh: int) -> Growth:
    """Of ``x^degree sech^sech tanh^tanh`` of slope·x + b, b real.

    With v the imaginary part of the argument, |tanh|² = (sinh²u + sin²v)/(sinh²u + cos²v) ≤
    max(1, tan²v) and |sech|² ≤ 1/cos²v.
    """
    steepest = slope.abs_upper()
    phase = ball(PHASE)
    strip = arb(WIDEST) if steepest * WIDEST < phase else phase / steepest
    tangent, secant = phase.tan(), 1 / phase.cos()
    return Growth(strip.lower(), power(tangent, tanh) * power(secant, sech), degree)


def tanh_moment(
    slope: Ball, shift: Ball, truth: Truth, degree: int = 0, *, sech: int = 0, tanh: int = 0
) -> Ball:
    """``E x^degree sech(slope·x + shift)^sech tanh(slope·x + shift)^tanh`` over a mixture.

    >>> with precision(64):
    ...     found = tanh_moment(arb(1), arb(0), STANDARD, sech=2)
    >>> found.overlaps(arb("0.60570550960215882558354022755588")), float(found.rad()) < 1e-15
    (True, True)
    """

    def f(x: Ball) -> Ball:
        argument = slope * x + shift
        value = power(x, degree)
        if tanh:
            value *= power(_tanh(argument), tanh)
        if sech:
            value *= power(_sech(argument), sech)
        return value

    growth = tanh_growth(slope, degree, sech, tanh)
    return over(truth, lambda mean: expectation(f, growth, mean))


def _tanh(argument: Ball) -> Ball:
    """By its ends where the ball is wide: tanh increases."""
    if argument.rad() < NARROW:
        return argument.tanh()
    return argument.lower().tanh().union(argument.upper().tanh())


def _sech(argument: Ball) -> Ball:
    """By its ends where the ball is wide: sech falls on either side of 0."""
    if argument.rad() < NARROW:
        return argument.sech()
    ends = argument.lower().sech().union(argument.upper().sech())
    return ends.union(arb(1)) if argument.contains(0) else ends


def em(theta: Ball, shift: Ball, truth: Truth) -> Ball:
    """One step of EM for the pair ±θ on the line: ``E x tanh(θx + shift)``.

    The fitted weights are (1 ± tanh shift)/2: shift 0 is the balanced pair.
    """
    return tanh_moment(theta, shift, truth, 1, tanh=1)


def em_slope(theta: Ball, shift: Ball, truth: Truth) -> Ball:
    """Its derivative, ``E x² sech²(θx + shift)``."""
    return tanh_moment(theta, shift, truth, 2, sech=2)


def pair(theta: Ball, rho: Ball) -> Truth:
    """The truth (1 + ρ)/2 N(θ, 1) + (1 − ρ)/2 N(−θ, 1)."""
    return ((1 + rho) / 2, theta), ((1 - rho) / 2, -theta)
