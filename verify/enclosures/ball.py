"""Exact numbers as balls, and the enclosure that a rigorous engine hands over.

Balls are python-flint's `arb`, at a precision set by ``flint.ctx.workprec`` around each
computation and restored after it. Results leave as exact dyadic rationals, which pickle, compare
and print without surprises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeAlias

from flint import arb, fmpq

from overspec.decimals import Number
from overspec.exact import Exact

#: A python-flint `arb`: an interval mid ± rad that contains the number it stands for.
Ball: TypeAlias = arb

GUARD = 24  # bits that rounding may cost, in what is certified


@dataclass(frozen=True)
class Inconclusive:
    """Nothing is proved. An answer, not an exception.

    Attributes:
        reason: why, and what would help.
        at: the point where the proof fails, if it is one.
    """

    reason: str
    at: tuple[Fraction, ...] | None = None


def enclosure(total: Ball, bounds: Sequence[tuple[str, Ball]]) -> Number | Inconclusive:
    """The ball of a sum, its radius as the line "rounding", and the named bounds.

    Args:
        total: contains the value of the finite sum.
        bounds: each contains a bound of one error; the upper end is taken.
    """
    lines = [*bounds, ("rounding", total.rad())]
    for name, bound in lines:
        if not bound.is_finite():
            return Inconclusive(f"the bound of {name} is not finite; use more digits")
    if not total.is_finite():
        return Inconclusive("the ball of the sum is not finite: θ or the weights are too wide")
    return Number(dyadic(total.mid()), tuple((name, upper(bound)) for name, bound in lines))


def stated_rounding(bits: int, k: int) -> Fraction:
    """What a certificate states for the rounding of a sum of this precision over k components.

    ``2^(24 − bits)``, times k/4 for larger k. The radius of a ball depends on the order of the
    sum; this bound of it can be derived again.
    """
    return Fraction(2) ** (GUARD + max(0, k.bit_length() - 3) - bits)


def lifted(found: Number | Inconclusive, bits: int, k: int) -> Number | Inconclusive:
    """The enclosure with `stated_rounding`, or its own where that is larger."""
    if isinstance(found, Inconclusive):
        return found
    least = stated_rounding(bits, k)
    lines = ((n, max(b, least) if n == "rounding" else b) for n, b in found.budget)
    return replace(found, budget=tuple(lines))


def dyadic(exact_ball: Ball) -> Fraction:
    """The value of a ball of radius 0."""
    mantissa, exponent = exact_ball.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def upper(ball: Ball) -> Fraction:
    """An upper bound of |ball| with few bits.

    >>> upper(arb(3))
    Fraction(3, 1)
    """
    value = dyadic(ball.abs_upper())
    shift = max(value.numerator.bit_length() - 30, 0)
    return Fraction(-(-value.numerator >> shift) << shift, value.denominator)


def power(base: Ball, exponent: int) -> Ball:
    """base^exponent by repeated squaring: python-flint's ``**`` is nan for balls around 0.

    >>> power(arb(0, 1), 2).is_finite(), power(arb(3), 5) == 243, power(arb(2), 0) == 1
    (True, True, True)
    """
    result = arb(1)
    while exponent:
        if exponent & 1:
            result = result * base
        base = base * base
        exponent >>= 1
    return result


def to_ball(value: Exact) -> Ball:
    """A ball that contains an exact number, at the current precision.

    Raises:
        TypeError: an expression other than sums, products and rational powers of rationals.

    >>> from overspec.exact import exact
    >>> to_ball(exact("(sqrt(5)-1)/4")).contains(arb("0.309016994374947424102293417183"))
    False
    >>> bool(to_ball(exact("1/3")) * 3 == 1), to_ball(exact("1/3")).overlaps(arb(1) / 3)
    (False, True)
    """
    if isinstance(value, Fraction):
        return arb(fmpq(value.numerator, value.denominator))
    return _algebraic(value)


def _algebraic(value: Any) -> Ball:
    """A SymPy number: sums, products and rational powers of rationals."""
    if value.is_Rational:
        return arb(fmpq(int(value.p), int(value.q)))
    parts = [_algebraic(part) for part in value.args]
    if value.is_Add:
        return sum(parts[1:], parts[0])
    if value.is_Mul:
        product = parts[0]
        for part in parts[1:]:
            product = product * part
        return product
    if value.is_Pow and value.exp.is_Rational:
        root = parts[0].root(int(value.exp.q)) if value.exp.q != 1 else parts[0]
        whole = int(value.exp.p)
        return power(root, whole) if whole >= 0 else 1 / power(root, -whole)
    raise TypeError(f"no ball for {value}")
