"""The pairs engine in doubles: k = 4 and any θ (formulas: the docstring of `engines.pairs`).

The error is an estimate: what the grid was planned to leave out, and `pairs.rounding`.
"""

from __future__ import annotations

import math

import numpy as np

from overspec.mixture import Energies, Mixture
from overspec.verify.engines.lattice import cyclic_moments
from overspec.verify.engines.moments import Moments, check_doubles
from overspec.verify.engines.pairs.grid import (
    PAIRS,
    Numbers,
    check_pairs_point,
    handed_over,
    plan,
)
from overspec.verify.engines.pairs.rounding import errors
from overspec.verify.engines.pairs.tables import (
    BALANCE,
    MOVED,
    ONE,
    SHARE,
    SPREAD,
    SQUARE,
    Array,
    Complex,
    Kernel,
    Pair,
)
from overspec.verify.engines.spectrum import amplitudes as to_amplitudes
from overspec.verify.engines.spectrum import float_weights

LEFT_OUT = 0.1  # of the tolerance: what the grid may leave out


def moments(mixture: Mixture, energies: Energies, digits: int = 15) -> Moments:
    """The engine in double precision, for k = 4 and at most 15 digits.

    Raises:
        InputError: k ≠ 4; more digits than a double has; too many terms.

    >>> point = Energies.of_amplitudes(4, "1,1/2")
    >>> round(moments(Mixture.simplex(4, "0.4,0.3,0.2,0.1"), point).log_partition, 13)
    0.4953661352879
    """
    check_pairs_point(mixture, energies, digits)
    check_doubles(digits)
    return pair_moments(float_weights(mixture), to_amplitudes(energies), 10.0**-digits)


def pair_moments(
    weights: Array,
    amplitudes: tuple[float, ...],
    tolerance: float = 1e-15,
    check: bool = True,
) -> Moments:
    """All expectations at θ from doubles.

    Args:
        weights: π, shape (4,).
        amplitudes: a_1, a_2 ≥ 0; a block with amplitude 0 drops out.
        tolerance: absolute; a tenth of it is what the grid may leave out.
        check: whether what is rounded is estimated; otherwise the errors hold the grid's alone.

    Raises:
        InputError: |θ| so large that there are too many terms.

    >>> found = pair_moments(np.array([0.35, 0.25, 0.15, 0.25]), (0.9, 0.6))
    >>> round(found.log_partition, 14), [round(g, 14) for g in found.g]
    (0.48778787836836, [1.0, 0.27870282142857, 0.2526466850827])
    """
    first, second = amplitudes
    active = tuple(m for m, a in enumerate(amplitudes, start=1) if a > 0)
    if not active:
        return cyclic_moments(weights, amplitudes)  # the weights' Fourier energies, no integral
    tilt = abs(math.log(weights[0] + weights[2]) - math.log(weights[1] + weights[3]))
    grid = plan(first, second, tilt, -math.log(LEFT_OUT * tolerance))
    kernel = Kernel.of(grid, second)
    u, v = (Pair.at(weights[i], weights[j], first, grid, kernel.xi) for i, j in PAIRS)
    found = numbers(u, v, kernel)
    if not check:  # a search has no use for it, and it takes as long as the numbers
        return handed_over(found, active, LEFT_OUT * tolerance, {})
    rounded = errors(weights, amplitudes, masses(u, v, kernel), found, u, v, kernel)
    total = {name: value + LEFT_OUT * tolerance for name, value in rounded.items()}
    return handed_over(found, active, max(total.values()), total)


def numbers(u: Pair, v: Pair, kernel: Kernel) -> Numbers:
    """E log S, g, M and DM from the transforms of both pairs."""
    left, right = u.transforms.T, v.transforms.conj().T
    both = left[ONE] * right[ONE]

    def across(f: int, sign: int) -> Complex:
        """f in the pair {0, 2}, and with a sign in the pair {1, 3}."""
        result: Complex = left[f] * right[ONE] + sign * left[ONE] * right[f]
        return result

    moment, a = kernel.moment, kernel.second
    mean = u.means + v.means
    sech = moment(both.real, 1)
    share = across(SHARE, -1).imag
    inside = across(MOVED, 1) - 2 * left[SHARE] * right[SHARE]
    return Numbers(
        math.log(2)
        + (u.mean_log + v.mean_log) / 2
        + kernel.log_cosh(u.changes[:, ONE], v.changes[:, ONE]),
        float(mean[SQUARE] + moment(across(SQUARE, -1).imag)) / 2
        - moment(across(SQUARE, 1).real, 1) / 4,
        1 - sech,
        (float(mean[SHARE] + moment(share)) / 2, a * sech),
        (
            float(mean[SPREAD] + moment(across(SPREAD, -1).imag)) / 2 + moment(inside.real, 1) / 4,
            -a * moment(share, 2) / 2,
            sech - a * a * moment(both.real, 3),
        ),
    )


def masses(u: Pair, v: Pair, kernel: Kernel) -> Array:
    """E w_j, j = 0 … 3: the pair's mass (1 ± tanh z)/2 times the share (1 ± p)/2."""
    left, right = u.transforms.T, v.transforms.conj().T
    tanh = kernel.moment((left[ONE] * right[ONE]).imag)
    inside = u.means[BALANCE] + kernel.moment((left[BALANCE] * right[ONE]).imag)
    outside = v.means[BALANCE] - kernel.moment((left[ONE] * right[BALANCE]).imag)
    return np.array(
        [1 + tanh + inside, 1 - tanh + outside, 1 + tanh - inside, 1 - tanh - outside]
    ) / 4  # fmt: skip
