"""What the search for γ looks at: λ(θ) − threshold in doubles, by whichever engine reaches θ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from overspec.action import block_size
from overspec.errors import InputError, OutOfReach
from overspec.mixture import Energies, Mixture
from overspec.orbit import LISTED
from overspec.verify.engines import lattice
from overspec.verify.engines.laplace import doubles as laplace
from overspec.verify.engines.laplace.hessian import MAX_K as MATRIX_K
from overspec.verify.engines.moments import MAX_K, Moments
from overspec.verify.engines.pairs.doubles import pair_moments
from overspec.verify.engines.pairs.grid import K as PAIRS_K
from overspec.verify.engines.spectrum import float_weights

Array = NDArray[np.float64]

#: λ − threshold at the amplitudes a_1 … a_⌊k/2⌋ (or at |θ| alone), to the accuracy wanted.
Slack = Callable[[Array, float], float]

MOST_MEANS = 200  # the lattice keeps all pairs of components
FINE = 1e-9  # accuracies below it take the lattice long at k = 5
FLOOR_DIGITS = 5  # the scan never asks for less


def one_dimensional(mixture: Mixture, orbit: str) -> bool:
    """Whether |θ| alone decides: regular simplices, and every θ when k ≤ 3 (math.md S8)."""
    return orbit == "simplex" or mixture.k <= 3


def along_simplex(mixture: Mixture, kind: str, threshold: float) -> Slack:
    """The slack on the regular-simplex orbit of radius |a_1|, by the Laplace engine, any k.

    Raises:
        InputError: more frequencies than are listed one by one, or a kind that needs the Hessian
            where the engine does not offer it.
    """
    check_reach(mixture, kind)
    k, singled = mixture.k, mixture.weights.alike
    modes = 1 if singled else None  # then three eigenvalues in closed form stand for the matrix

    def slack(amplitudes: Array, accuracy: float) -> float:
        energies = Energies.regular_simplex(k, Fraction(abs(float(amplitudes[0]))))
        digits = min(14, max(FLOOR_DIGITS, int(np.ceil(-np.log10(accuracy)))))
        found = laplace.moments(mixture, energies, digits, modes=modes, hessian=kind != "factor")
        return _least(found, range(1, (modes or k // 2) + 1)) - threshold

    return slack


def check_reach(mixture: Mixture, kind: str) -> None:
    """Whether `along_simplex` has a slack, told at once; raises its errors."""
    k, singled = mixture.k, mixture.weights.alike
    if k // 2 > LISTED and not singled:
        raise InputError(
            f"k = {k}: beyond k = {2 * LISTED + 1} all g_m must be equal, that is, all weights but "
            "one (one-heavy)"
        )
    if kind != "factor" and k > MATRIX_K and not singled:
        raise OutOfReach(
            f"k = {k}, kind {kind!r}: the Hessian is at hand to k = {MATRIX_K}, or where all "
            "weights but one are equal; the kind factor needs none",
            kind="factor",
        )


def anywhere(mixture: Mixture, kind: str, threshold: float) -> Slack:
    """The slack at any amplitudes: pairs at k = 4, else a lattice, 5 dimensions and k = 200.

    At k = 6 opposite components where no amplitude is 0; at k = 5 the low-rank engine where it is
    sooner, and the lattice is not quick anyway.
    """
    k, action = mixture.k, mixture.action
    if k > MAX_K and action.is_simplex:
        raise OutOfReach(
            f"k = {k}: all theta are searched up to k = {MAX_K}, regular simplices beyond",
            orbit="simplex",
        )
    frequencies = [m for m in action.frequencies if m != 0]
    if k > MOST_MEANS or sum(block_size(k, m) for m in frequencies) >= MAX_K:
        raise InputError(
            f"k = {k}, {action}: all theta are searched in up to {MAX_K - 1} dimensions and to "
            f"k = {MOST_MEANS}"
        )
    weights = float_weights(mixture)

    simplex = action.is_simplex
    five, six = (simplex and k == n for n in (MAX_K - 1, MAX_K))
    if k == PAIRS_K:  # the engines of larger k are not loaded
        return _of_pairs(weights, frequencies, kind, threshold)
    from overspec.verify.engines.lowrank import doubles as low_rank
    from overspec.verify.engines.opposites import doubles as opposites

    def slack(amplitudes: Array, accuracy: float) -> float:
        at = tuple(abs(float(a)) for a in amplitudes)
        if simplex and opposites.sooner(k, at, accuracy):
            found = opposites.opposite_moments(weights, at, accuracy, kind != "factor", False)
        elif (six or (five and accuracy < FINE)) and low_rank.cheaper(at, k, accuracy):
            found = low_rank.low_rank_moments(weights, at, accuracy, kind != "factor", False)
        else:
            found = lattice.cyclic_moments(
                weights, at, accuracy, jacobian=kind != "factor", check=False
            )
        return _least(found, frequencies, kind != "factor") - threshold

    return slack


def _of_pairs(weights: Array, frequencies: Sequence[int], kind: str, threshold: float) -> Slack:
    def slack(amplitudes: Array, accuracy: float) -> float:
        at = tuple(abs(float(a)) for a in amplitudes)
        found = pair_moments(weights, at, accuracy, check=False)
        return _least(found, frequencies, kind != "factor") - threshold

    return slack


def _least(found: Moments, frequencies: Sequence[int], hessian: bool = True) -> float:
    values = [float(found.g[m]) for m in frequencies]
    if hessian and found.jacobian:
        # every g_m is an eigenvalue too: of a tangent of its block, or of an idle block
        values.append(1 - float(np.linalg.eigvalsh(np.array(found.jacobian, dtype=float))[-1]))
    values += [1 - float(value) for value, _ in found.spectrum]
    return min(values)
