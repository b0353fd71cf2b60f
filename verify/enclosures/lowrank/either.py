"""The lattice or the low-rank enclosure, whichever takes less: the g_m and the radial matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from flint import ctx

from overspec.decimals import Number
from overspec.errors import InputError
from overspec.verify.enclosures import lattice
from overspec.verify.enclosures.ball import Ball, Inconclusive
from overspec.verify.enclosures.doubles.moments import BITS, MAX_NODES, moments
from overspec.verify.enclosures.lattice_hessian import SPARE, Hessian, lattice_parts
from overspec.verify.enclosures.lowrank import enclose as low_rank
from overspec.verify.enclosures.lowrank.plan import Grid, Split, in_long, nodes, plan

DEARER = 9.0  # a node of the low-rank enclosure in balls, in nodes of the lattice
LONG = 1 / 6  # of that, in numbers of 64 bits
DOUBLES = 12  # digits to which doubles may do

Found = tuple[dict[int, Number | Inconclusive], Hessian | None]


def parts(weights: Sequence[Ball], amplitudes: Sequence[Ball], digits: int, hessian: bool) -> Found:
    """Enclosures of all g_m, and of ∂²L/∂a_m∂a_n if wanted, k ≤ 6.

    Raises:
        InputError: neither reaches so many digits.

    >>> from flint import arb
    >>> pi = [arb(2) / 5, arb(1) / 4, arb(3) / 20, arb(3) / 25, arb(2) / 25]
    >>> factors, _ = parts(pi, [arb(1) / 5, arb(1) / 7], 4, False)
    >>> float(factors[1].error) < 1e-4
    True
    """
    k = len(weights)
    if digits <= DOUBLES and (quick := _in_doubles(weights, amplitudes, digits, hessian)):
        return quick
    means = lattice.orbit(k, amplitudes)
    refused: InputError | None = None
    try:
        grid = lattice.plan(means, digits + (SPARE if hessian else 0))
    except InputError as error:
        grid, refused = None, error
    chosen = _cheaper(k, amplitudes, digits, hessian, grid.nodes if grid else math.inf)
    if chosen:
        found = low_rank.enclose(weights, amplitudes, range(1, k // 2 + 1), digits, chosen, hessian)
        return found.factors, found.hessian
    if grid is None:
        assert refused is not None
        raise refused
    if hessian:
        return lattice_parts(weights, amplitudes, grid)
    return lattice.factors(weights, amplitudes, grid), None


def _in_doubles(
    weights: Sequence[Ball], amplitudes: Sequence[Ball], digits: int, hessian: bool
) -> Found | None:
    """The lattice in doubles, a hundred times faster; None where it has too many nodes for them."""
    with ctx.workprec(BITS):
        means = lattice.orbit(len(weights), amplitudes)
        try:
            grid = lattice.plan(means, digits + (SPARE if hessian else 0), MAX_NODES)
        except InputError:
            return None
        sums = moments(weights, means, grid, hessian)
    if sums is None:
        return None
    if hessian:
        found: Found = lattice_parts(weights, amplitudes, grid, sums)
    else:
        pairs = {at: m[()] for at, m in sums.items()}
        found = lattice.factors(weights, amplitudes, grid, pairs), None
    every = [*found[0].values(), *(found[1].entries.values() if found[1] else ())]
    rounded = max(dict(x.budget)["rounding"] for x in every if isinstance(x, Number))
    return found if rounded < Fraction(1, 2 * 10**digits) else None


def _cheaper(
    k: int, amplitudes: Sequence[Ball], digits: int, hessian: bool, than: float
) -> Grid | None:
    """A grid of the low-rank enclosure that takes less, if there is one."""
    try:
        grid = plan(Split.of(k, amplitudes), digits, 2 if hessian else 1)
    except InputError:
        return None
    each = DEARER * (LONG if in_long(digits) else 1)
    return grid if each * nodes(grid) < than else None
