"""The lattice or the low-rank enclosure, whichever takes less: the g_m and the radial matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence

from overspec.decimals import Number
from overspec.errors import InputError
from overspec.verify.enclosures import lattice
from overspec.verify.enclosures.ball import Ball, Inconclusive
from overspec.verify.enclosures.lattice_hessian import SPARE, Hessian, lattice_parts
from overspec.verify.enclosures.lowrank import enclose as low_rank
from overspec.verify.enclosures.lowrank.plan import Grid, Split, nodes, plan

DEARER = 9.0  # a node of the low-rank enclosure, in nodes of the lattice


def parts(
    weights: Sequence[Ball], amplitudes: Sequence[Ball], digits: int, hessian: bool
) -> tuple[dict[int, Number | Inconclusive], Hessian | None]:
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
    if refused:
        raise refused
    if hessian:
        return lattice_parts(weights, amplitudes, digits, grid)
    return lattice.factors(weights, amplitudes, digits, grid), None


def _cheaper(
    k: int, amplitudes: Sequence[Ball], digits: int, hessian: bool, than: float
) -> Grid | None:
    """A grid of the low-rank enclosure that takes less, if there is one."""
    try:
        grid = plan(Split.of(k, amplitudes), digits, 2 if hessian else 1)
    except InputError:
        return None
    return grid if DEARER * nodes(grid) < than else None
