"""What an engine hands over: Gaussian expectations at one θ, with an error.

An engine is a function ``(mixture, energies, digits, …) -> Moments``: `engines.lattice` and
`engines.lattice_digits` (k ≤ 6), `engines.laplace` and `engines.laplace.digits` (regular simplices,
any k), `engines.pairs` (k = 4), `engines.opposites` (k = 6), `engines.lowrank` (near simplices),
`engines.sobol` (any θ). All share the validation here, which computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from overspec.action import block_size
from overspec.errors import InputError
from overspec.exact import sign
from overspec.mixture import Energies, Mixture

#: A double, or an mpmath number when more than 15 digits were asked for.
Real: TypeAlias = Any

MAX_K = 6  # the engines here work in up to k − 1 dimensions
MAX_DIGITS = 200
FARTHEST = 10**6  # |θ|; far beyond what a lattice can afford


@dataclass(frozen=True)
class Moments:
    """Expectations over x ~ N(0, I) at θ, which sits on the first axis of one block per frequency.

    Attributes:
        frequencies: the m with a_m ≠ 0, ascending; their blocks make up the D active coordinates.
        log_partition: ``E log S``, ``S = Σ_j π_j e^{⟨x, R^j θ⟩}``.
        g: ``E|ŵ_m|²`` for m = 0 … ⌊k/2⌋.
        operator: ``M(θ) = E Σ_j w_j R^{-j} x`` in the D active coordinates (math.md S1).
        jacobian: ``DM(θ) = E Cov_{j~w}(R^{-j} x)``, D×D (math.md S5); empty if not asked for.
        error: absolute error estimate for every number above; an estimate, not a bound.
        spectrum: eigenvalues of DM on all active coordinates as (value, multiplicity), where an
            engine has them without the matrix; else empty.
        errors: the same error for ``log_partition``, ``g``, ``operator`` and ``jacobian`` one by
            one, where an engine tells them apart; else empty. That of ``jacobian`` covers its
            eigenvalues as well.
        samples: points sampled, all randomisations together; 0 where nothing is random.
        seed: of the sampling.
    """

    frequencies: tuple[int, ...]
    log_partition: Real
    g: tuple[Real, ...]
    operator: tuple[Real, ...]
    jacobian: tuple[tuple[Real, ...], ...]
    error: Real
    spectrum: tuple[tuple[Real, int], ...] = ()
    errors: Mapping[str, Real] = field(default_factory=dict)
    samples: int = 0
    seed: int | None = None


def first_axes(k: int, frequencies: tuple[int, ...]) -> tuple[int, ...]:
    """Where in the active coordinates each active block starts: θ lives on these axes.

    >>> first_axes(6, (1, 2, 3))
    (0, 2, 4)
    """
    starts = [0]
    for m in frequencies:
        starts.append(starts[-1] + block_size(k, m))
    return tuple(starts[:-1])


def check_point(mixture: Mixture, energies: Energies, digits: int) -> None:
    """Raise `InputError` unless the lattice engines can evaluate at this point.

    Raises:
        InputError: k > 6, and what `check_orbit_point` refuses.
    """
    check_mixture(mixture)
    check_orbit_point(mixture, energies, digits)


def check_orbit_point(mixture: Mixture, energies: Energies, digits: int) -> None:
    """Raise `InputError` for what no engine can evaluate.

    Raises:
        InputError: k of the two differ, energy in a frequency that the action lacks,
            |θ| > 10^6, or digits outside 1…200.
    """
    if energies.k != mixture.k:
        raise InputError(f"energies for k = {energies.k}, but the mixture has k = {mixture.k}")
    if not mixture.action.is_simplex:
        for m, energy in enumerate(energies, start=1):
            if sign(energy) != 0 and m not in mixture.action.frequencies:
                raise InputError(
                    f"amplitude {m} is not 0, but the action ({mixture.action}) "
                    f"has no frequency {m}"
                )
    if sign(energies.norm_squared - FARTHEST**2) > 0:
        raise InputError(f"|θ| is beyond {FARTHEST:.0e}; use a smaller point")
    check_digits(digits)


def check_amplitudes(energies: Energies, engine: str) -> None:
    """Raise `InputError` for an amplitude that is 0, where the engine divides by each."""
    zero = [m for m, e in enumerate(energies, start=1) if sign(e) == 0]
    if zero:
        raise InputError(
            f"amplitude {zero[0]} is 0: {engine} needs every amplitude positive; leave the engine "
            "to be chosen"
        )


def check_doubles(digits: int) -> None:
    """Raise `InputError` for more digits than a double has."""
    if digits > 15:
        raise InputError(f"digits = {digits}: doubles carry 15; leave the engine to be chosen")


def check_mixture(mixture: Mixture) -> None:
    """Raise `InputError` for more components than the lattices reach."""
    if mixture.k > MAX_K:
        raise InputError(
            f"k = {mixture.k}: these engines integrate over k − 1 dimensions and reach k = {MAX_K}"
        )


def check_digits(digits: object) -> None:
    """Raise `InputError` unless digits is an integer between 1 and 200."""
    if isinstance(digits, bool) or not isinstance(digits, int):
        raise InputError(f"digits = {digits!r} is not an integer; use 1 to {MAX_DIGITS}")
    if not 1 <= digits <= MAX_DIGITS:
        raise InputError(f"digits = {digits} is beyond reach; use 1 to {MAX_DIGITS}")
