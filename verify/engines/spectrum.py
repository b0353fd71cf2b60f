"""The weights' Fourier energies |π̂_m|² as numbers, at the cost of the runs and not of k.

Whether an energy that cancels is zero, `proofs.machinery.cyclotomic` decides exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError
from overspec.exact import Exact, sign
from overspec.mixture import Energies, Mixture
from overspec.proofs.machinery.cyclotomic import is_null
from overspec.verify.engines.moments import Real, check_digits
from overspec.verify.engines.rounding import U, gamma
from overspec.weights import Weights

MAX_FREQUENCIES = 10**6  # frequencies that are looked at one by one
MOST_PLACES = 1000  # digits in which a sum that cancels is computed
NEARLY = 0.999  # an energy from which on its distance from 1 is computed in more digits
MANY_TERMS = 10**4  # runs × frequencies beyond which a transform in doubles picks the frequencies


def to_float(value: Exact) -> float:
    """The double nearest to an exact number (to within one unit in the last place).

    >>> to_float(Fraction(3, 10))
    0.3
    """
    return float(value) if isinstance(value, Fraction) else float(value.evalf(25))


def to_mpf(value: Exact, context: Any) -> Real:
    """The exact number in the given mpmath context.

    >>> context = mpmath.MPContext()
    >>> to_mpf(Fraction(1, 4), context)
    mpf('0.25')
    """
    if isinstance(value, Fraction):
        return context.mpf(value.numerator) / value.denominator
    return context.mpf(str(value.evalf(context.dps + 10)))


def real_context(digits: int) -> Any:
    """An mpmath context of its own: nobody's global precision changes."""
    context = mpmath.MPContext()
    context.dps = digits
    return context


def dft_energy(weights: Weights, m: int, digits: int = 15) -> Real:
    """``|π̂_m|²`` with ``π̂_m = Σ_j π_j ω^{mj}``, a closed geometric sum for each run (math.md S3).

    Args:
        weights: k exact weights.
        m: a frequency; any integer, taken modulo k.
        digits: 15 or fewer for a double, more for an mpmath number.

    Returns:
        The energy, in [0, 1], to about ``digits`` significant digits (an estimate): in more digits
        where the sum cancels, and 0 only where it is (`is_null`).

    Raises:
        InputError: digits beyond reach.

    >>> dft_energy(Weights.of("1/2,1/4,1/8,1/8"), 1)
    0.15625
    >>> print(dft_energy(Weights.of("1/2,3/10,1/5"), 1, digits=30))
    0.07
    >>> dft_energy(Weights.of("1/3+1e-40,1/3,1/3-1e-40"), 1)
    3e-80
    """
    check_digits(digits)
    wanted = max(digits, 15)
    places = wanted + 10
    energy = _energy(weights, m % weights.k, places)
    if _cancels(energy, places - wanted):
        if is_null(weights, m):
            return 0.0 if digits <= 15 else real_context(digits).mpf(0)
        while _cancels(energy, places - wanted) and places < MOST_PLACES:
            places *= 2
            energy = _energy(weights, m % weights.k, places)
    return float(energy) if digits <= 15 else real_context(digits).mpf(energy)


def _cancels(energy: Real, spare: int) -> bool:
    """Whether ``|π̂_m|`` is so small that the spare digits do not make up for what was lost."""
    return bool(energy < mpmath.mpf(10) ** (-2 * (spare - 3)))


def _energy(weights: Weights, m: int, places: int) -> Real:
    context = real_context(places)
    k = weights.k
    real, imaginary, start = context.mpf(0), context.mpf(0), 0
    for value, count in weights.runs:
        # Σ_{j=s}^{s+n-1} ω^{mj} = e^{πi m (2s+n−1)/k} · sin(πmn/k)/sin(πm/k)
        length = _sinpi(context, m * count, k) / _sinpi(context, m, k) if m else context.mpf(count)
        middle = m * (2 * start + count - 1)
        weight = to_mpf(value, context) * length
        real += weight * _sinpi(context, 2 * middle + k, 2 * k)
        imaginary += weight * _sinpi(context, middle, k)
        start += count
    return real**2 + imaginary**2


def shortfall(mixture: Mixture, energy: float) -> float:
    """``1 − |π̂_m|²`` to its own relative accuracy, where ``|π̂_m|²`` is ``energy``.

    Where one weight is nearly 1, all but the last digits of 1 − energy cancel in doubles.

    Args:
        mixture: one of whose frequencies m ≠ 0 has this energy.
        energy: the double, as `dft_energy` gives it.

    >>> shortfall(Mixture.simplex(2, "1-1e-30,1e-30"), 1.0)
    4e-30
    """
    if energy < NEARLY:
        return 1 - energy
    least = 1.0
    for m in nonzero_frequencies(mixture):
        if dft_energy(mixture.weights, m) == energy:
            least = min(least, _near_zero(mixture.weights, m))
    return least


def _near_zero(weights: Weights, m: int) -> float:
    for digits in (40, 80, 160, 320):
        rest = 1 - dft_energy(weights, m, digits)
        if rest > 10.0 ** (20 - digits):
            break
    return float(rest)


def dft_energies(weights: Weights, digits: int = 15) -> tuple[Real, ...]:
    """``|π̂_m|²`` for m = 0 … ⌊k/2⌋; see `dft_energy`.

    >>> dft_energies(Weights.of("1/2,1/4,1/8,1/8"))
    (1.0, 0.15625, 0.0625)
    """
    return tuple(dft_energy(weights, m, digits) for m in range(weights.k // 2 + 1))


def _sinpi(context: Any, numerator: int, denominator: int) -> Any:
    """sin(π·numerator/denominator), the angle reduced exactly first."""
    return context.sinpi(context.mpf(numerator % (2 * denominator)) / denominator)


def spectrum(mixture: Mixture, digits: int = 15) -> dict[int, Real]:
    """``|π̂_m|²`` for each frequency m ≠ 0 of the action (math.md S4: the Hessian at the optimum).

    Raises:
        InputError: more than 10^6 frequencies, or digits beyond reach.

    >>> spectrum(Mixture.simplex(4, "1/2,1/4,1/8,1/8"))
    {1: 0.15625, 2: 0.0625}
    """
    return {m: dft_energy(mixture.weights, m, digits) for m in nonzero_frequencies(mixture)}


def nonzero_frequencies(mixture: Mixture) -> list[int]:
    """The frequencies m ≠ 0 of the action.

    Raises:
        InputError: more than 10^6.

    >>> nonzero_frequencies(Mixture.simplex(7))
    [1, 2, 3]
    """
    bands = [band for band, _ in mixture.action.bands]
    if sum(map(len, bands)) > MAX_FREQUENCIES:
        raise InputError(
            f"k = {mixture.k}: more than {MAX_FREQUENCIES} frequencies to look at one by one"
        )
    return [m for band in bands for m in band if m != 0]


def sigma(mixture: Mixture, digits: int = 15) -> Real:
    """``σ = min_m |π̂_m|²`` over the frequencies m ≠ 0 of the action (math.md section 4).

    Where all weights but one are equal, every frequency has the same energy, and it costs nothing
    at any k. Many frequencies of many weights are compared in doubles first, and those that may be
    the least are then computed as `dft_energy` does.

    Raises:
        InputError: an action with frequency 0 alone, or too many frequencies.

    >>> sigma(Mixture.simplex(3, "1/2,3/10,1/5"))
    0.07
    >>> sigma(Mixture.simplex(10**12, "one-heavy:1/2"))  # doctest: +ELLIPSIS
    0.2499999999...
    """
    if mixture.weights.alike:
        some = next((band[-1] for band, _ in mixture.action.bands if band != range(1)), None)
        energies = [] if some is None else [dft_energy(mixture.weights, some, digits)]
    else:
        wanted = nonzero_frequencies(mixture)
        if len(mixture.weights.runs) * len(wanted) > MANY_TERMS:
            wanted = _lowest(mixture.weights, wanted)
        energies = [dft_energy(mixture.weights, m, digits) for m in wanted]
    if not energies:
        raise InputError("the action has no frequency besides 0, so sigma is not defined")
    return min(energies)


def _lowest(weights: Weights, frequencies: list[int]) -> list[int]:
    """The frequencies whose |π̂_m| is the least, or so close that doubles cannot tell."""
    values = np.array([to_float(w) for w in weights])
    entries = np.abs(np.fft.rfft(values))[frequencies]
    near = entries <= entries.min() + 2 * transform_error(values)
    return [frequencies[i] for i in np.flatnonzero(near)]


def transform_error(values: NDArray[np.float64]) -> float:
    """The most by which an entry of the fast Fourier transform of real values is off.

    ``‖Δŷ‖₂ ≤ log₂(N) η ‖ŷ‖₂``, η = μ + γ₄(√2 + μ), for twiddles good to μ (Higham, Accuracy and
    Stability, Theorem 24.2), and no entry is off by more than the norm, ``‖ŷ‖₂ = √k ‖y‖₂``. Counted
    are three transforms of length N < 4k and the products between them, by which lengths with a
    large prime factor go (Bluestein); others take one of length k. To this the rounding of the
    values themselves, u Σ|y_j|. A bound, some tens of times above what is seen.

    >>> 1e-15 < transform_error(np.ones(4) / 4) < 1e-13
    True
    """
    k = len(values)
    mu = 2 * U
    eta = mu + gamma(4) * (math.sqrt(2) + mu)
    moved = (3 * math.log2(4 * k) * eta + gamma(8)) * math.sqrt(k) * float(np.linalg.norm(values))
    return moved + U * float(np.abs(values).sum())


def run_sums(k: int, lengths: Sequence[int], modes: range) -> NDArray[np.complex128]:
    """``Σ_{j in run} ω^{mj}`` in closed form, angles reduced exactly: (modes, runs).

    Args:
        k: components.
        lengths: of the runs, in the order of the components.
        modes: the m ≥ 0.

    >>> run_sums(4, [2, 2], range(2)).tolist()
    [[(2+0j), (2+0j)], [(1+1j), (-1-1j)]]
    """
    result = np.empty((len(modes), len(lengths)), dtype=complex)
    for row, m in enumerate(modes):
        start = 0
        for column, count in enumerate(lengths):
            if m == 0:
                result[row, column] = count
            else:
                length = _sine(m * count, k) / _sine(m, k)
                half = m * (count - 1 + 2 * start)
                result[row, column] = length * complex(_sine(2 * half + k, 2 * k), _sine(half, k))
            start += count
    return result


def _sine(numerator: int, denominator: int) -> float:
    """sin(π·numerator/denominator), exact where it is 0."""
    turn = numerator % (2 * denominator)
    sign = -1 if turn > denominator else 1
    turn %= denominator
    return sign * math.sin(math.pi * (min(turn, denominator - turn) / denominator))


def float_weights(mixture: Mixture) -> NDArray[np.float64]:
    """π as doubles, shape (k,).

    Raises:
        InputError: a weight below 1e-300, which a double cannot carry.

    >>> float_weights(Mixture.simplex(2, "1/4,3/4")).tolist()
    [0.25, 0.75]
    """
    weights = np.array([to_float(w) for w in mixture.weights])
    if weights.min() < 1e-300:
        raise InputError(
            f"weight {int(weights.argmin())} is below 1e-300, beyond double precision; "
            "ask for more than 15 digits where that is offered"
        )
    return weights


def amplitudes(energies: Energies) -> tuple[float, ...]:
    """The amplitudes ``a_m = √e_m ≥ 0`` as doubles.

    >>> amplitudes(Energies.of_amplitudes(5, "3/4,2"))
    (0.75, 2.0)
    """
    return tuple(math.sqrt(to_float(e)) if sign(e) else 0.0 for e in energies)
