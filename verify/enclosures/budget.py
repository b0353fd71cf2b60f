"""The error budget of a certified claim: which errors there are, how each is bounded, under what.

The bounds themselves are computed by the engines (`enclosures.bounds`); here they are added up over
the enclosures that went into a claim, and written down for a reader.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from overspec.decimals import Number, rounded_up
from overspec.evidence import BudgetLine, ErrorBudget

#: How each error is bounded, in words, and what the bound assumes.
BOUNDED: dict[str, tuple[str, str]] = {
    "aliasing": (
        "trapezoidal rule on the lattice: Poisson summation and a shift of the contour by ±iy",
        "0 < h ≤ 2π, 0 < y and y·spread < π on every axis, so that S has no zero",
    ),
    "truncation": (
        "nodes with |x| > T: an exponential moment times full lattice sums",
        "T² ≥ dimension + 1, and all nodes with |x| ≤ T are in the sum",
    ),
    "rounding": ("radius of the ball of the finite sum", "ball arithmetic encloses (FLINT)"),
    "images": (
        "Fourier sum of tanh, sech² or log cosh: exponential moments of what is left at nΛ",
        "k = 4, 0 < η, 0 < s ≤ 2",
    ),
    "frequency tail": (
        "frequencies beyond the last: a geometric series, the transforms at most 1",
        "|f| ≤ 1, |x| or x² in every transform",
    ),
    "node tail": (
        "nodes beyond the last: a geometric series, carried through the sum over frequencies",
        "the last node is beyond 2",
    ),
    "inner aliasing": (
        "trapezoidal rule for P_a: a shift of the contour by ±i·angle, carried through the sum",
        "0 < step, 0 < angle < π/2",
    ),
    "inner truncation": (
        "Gaussian weights beyond the last inner node: a geometric series, carried through the sum",
        "the weights fall at least geometrically beyond it",
    ),
    "outer aliasing": (
        "trapezoidal rule over τ: a shift of the contour by ±i·angle",
        "0 < step, 0 < angle < π/2; regular-simplex orbit",
    ),
    "left tail": (
        "nodes before the first: 0 ≤ e^{-x} − 1 + x ≤ x²/2 and the second moment of S",
        "the scores are independent N(0, c²)",
    ),
    "right tail": (
        "nodes after the last: Jensen's inequality for S and a geometric series of ratio e^{-pδ}",
        "p > 0",
    ),
}


def error_budget(
    of: str,
    parts: Sequence[tuple[Fraction, Number]],
    bounded: Mapping[str, tuple[str, str]] = BOUNDED,
) -> ErrorBudget:
    """The budget of ``Σ factor · number`` over enclosed numbers: each error ``Σ |factor| · bound``.

    Args:
        of: what the sum is, for a reader.
        parts: factors and enclosures.
        bounded: how each error is bounded, and under what.

    Raises:
        KeyError: an error that is not explained.

    >>> half = Number(Fraction(1), (("aliasing", Fraction(1, 8)), ("rounding", Fraction(1, 4))))
    >>> found = error_budget("difference", [(Fraction(1), half), (Fraction(-1), half)])
    >>> [(line.term, line.bound) for line in found.lines], found.total
    ([('aliasing', '0.25'), ('rounding', '0.5')], '0.75')
    """
    sums: dict[str, Fraction] = {}
    for factor, part in parts:
        for term, bound in part.budget:
            sums[term] = sums.get(term, Fraction(0)) + abs(factor) * bound
    lines = tuple(BudgetLine(term, rounded_up(sums[term]), *bounded[term]) for term in sums)
    written = sum((Fraction(line.bound) for line in lines), Fraction(0))  # a reader can add them up
    return ErrorBudget(of, lines, rounded_up(written))
