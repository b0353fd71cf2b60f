"""The certified Hessian at one θ: which rigorous engine, what it encloses, the full spectrum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

from overspec.action import block_size
from overspec.decimals import Number
from overspec.errors import InputError
from overspec.exact import sign
from overspec.mixture import Energies, Mixture
from overspec.orbit import SimplexOrbit
from overspec.verify.enclosures.ball import Inconclusive, lifted, to_ball
from overspec.verify.enclosures.laplace import LogGrid
from overspec.verify.enclosures.laplace_hessian import (
    SingledHessian,
    laplace_hessian,
    singled_hessian,
)
from overspec.verify.enclosures.lattice import Grid
from overspec.verify.enclosures.lattice_hessian import Hessian, lattice_hessian
from overspec.verify.enclosures.lowrank.plan import Grid as LowRankGrid
from overspec.verify.enclosures.pairs.enclose import PairsGrid

MOST = 25  # components whose factors `evaluate.MAX_LISTED` lists in full


@dataclass(frozen=True)
class RadialMatrix:
    """What of ``∇²L(θ)`` the g_m do not say; see `enclosures.lattice_hessian`.

    Attributes:
        entries: ``∂²L/∂a_m ∂a_n`` by (m, n), m ≤ n.
        spectrum: its eigenvalues, ascending.
        grid: of the engine.
    """

    entries: dict[tuple[int, int], Number | Inconclusive]
    spectrum: tuple[Number, ...]
    grid: Grid | LogGrid | PairsGrid | LowRankGrid

    @property
    def eigenvalues(self) -> tuple[tuple[Number | Inconclusive, int], ...]:
        """Each once."""
        return tuple((value, 1) for value in self.spectrum)

    @property
    def numbers(self) -> tuple[Number | Inconclusive, ...]:
        """All that is enclosed."""
        return (*self.entries.values(), *self.spectrum)


#: The matrix; or two eigenvalues, where all weights but one are equal.
CertifiedHessian: TypeAlias = RadialMatrix | SingledHessian


def certify_hessian(
    mixture: Mixture, energies: Energies, digits: int, engine: str
) -> CertifiedHessian | Inconclusive:
    """Enclose the Hessian at θ ≠ 0 with the engine ``lattice`` or ``laplace``.

    Inconclusive where no engine reaches, with the reason.

    >>> point = Energies.regular_simplex(4, 1)
    >>> found = certify_hessian(Mixture.simplex(4, "linear"), point, 12, "laplace")
    >>> [(round(float(value.value), 9), times) for value, times in found.eigenvalues]
    [(0.45757327, 1), (0.547058252, 1)]
    """
    try:
        if engine == "lattice":
            return of_matrix(_by_lattice(mixture, energies, digits), mixture.k)
        orbit = SimplexOrbit.at(mixture, energies)
        if mixture.k > 3 and orbit.alike:
            return _of_singled(mixture, energies, digits, orbit)
        return of_matrix(_by_laplace(mixture, energies, digits), mixture.k)
    except InputError as error:
        return Inconclusive(str(error))


def _by_lattice(mixture: Mixture, energies: Energies, digits: int) -> Hessian:
    weights = [to_ball(w) for w in mixture.weights]
    return lattice_hessian(weights, [to_ball(e).sqrt() for e in energies], digits)


def _by_laplace(mixture: Mixture, energies: Energies, digits: int) -> Hessian:
    if mixture.k > MOST:
        raise InputError(
            f"k = {mixture.k}: the Hessian is listed up to k = {MOST}, or where all weights but "
            "one are equal"
        )
    values = list(dict.fromkeys(mixture.weights))
    order = [values.index(w) for w in mixture.weights]
    balls = [to_ball(v) for v in values]
    return laplace_hessian(balls, order, to_ball(energies.norm_squared), digits)


def _of_singled(
    mixture: Mixture, energies: Energies, digits: int, orbit: SimplexOrbit
) -> SingledHessian:
    k, norm = mixture.k, to_ball(energies.norm_squared)
    by_count = dict(zip(orbit.counts, orbit.values, strict=True))
    heavy, light = to_ball(by_count.get(1, orbit.values[0])), to_ball(by_count[max(by_count)])
    found = singled_hessian(heavy, light, k, norm, digits)
    radial, even = (lifted(value, found.grid.bits, k) for value in found.numbers)
    return replace(found, radial=radial, even=even)


def of_matrix(found: Hessian, k: int) -> RadialMatrix | Inconclusive:
    """The radial matrix with the rounding that a certificate states, and its eigenvalues."""
    entries: dict[tuple[int, int], Number | Inconclusive] = {
        key: lifted(value, found.grid.bits, k) for key, value in found.entries.items()
    }
    values = Hessian(found.frequencies, entries, found.grid).eigenvalues()
    if isinstance(values, Inconclusive):
        return values
    return RadialMatrix(entries, values, found.grid)


def spectrum(
    mixture: Mixture,
    energies: Energies,
    factors: Mapping[int, Number | Inconclusive],
    hessian: CertifiedHessian | Inconclusive | None,
) -> tuple[tuple[Number, int], ...] | Inconclusive:
    """All eigenvalues of ∇²L on R^d with multiplicities, ascending by centre.

    Args:
        mixture, energies: the point.
        factors: enclosures of the g_m: all of them, or of one where all are equal.
        hessian: of `certify_hessian`; None at θ = 0, where g_m = |π̂_m|² are all.
    """
    if isinstance(hessian, Inconclusive):
        return hessian
    k = mixture.k
    parts: list[tuple[Number | Inconclusive, int]] = []
    if hessian is not None:
        parts += hessian.eigenvalues
    if isinstance(hessian, SingledHessian):
        parts.append((factors[1], (k - 1) // 2))
    elif len(factors) < k // 2:
        return Inconclusive(f"only {len(factors)} of {k // 2} factors g_m are enclosed")
    else:
        for m, energy in enumerate(energies, start=1):
            taken = hessian is not None and sign(energy) != 0
            parts.append((factors[m], block_size(k, m) - taken))
    if mixture.d > k - 1:
        parts.append((Number(Fraction(1), ()), mixture.d - (k - 1)))
    for value, _ in parts:
        if isinstance(value, Inconclusive):
            return value
    known = [(value, n) for value, n in parts if isinstance(value, Number) and n]
    return tuple(sorted(known, key=lambda part: part[0].value))
