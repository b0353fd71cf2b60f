"""The exact data of a regular-simplex orbit: what the Laplace engines start from.

For such an orbit ``⟨x, R^jθ⟩`` has covariance ``c²(δ_ij − 1/k)``, ``c² = |θ|² k/(k−1)``. The
responsibilities ignore a shift common to all components, so ``z_j = c g_j`` with independent
standard normal g_j has the same responsibilities, and ``E log Σ_j π_j e^{z_j}`` is the same too, as
the shift has mean 0 (math.md section 5).
"""

from __future__ import annotations

from dataclasses import dataclass

from overspec.errors import InputError
from overspec.exact import Exact, sign
from overspec.mixture import Energies, Mixture

#: Frequencies listed one by one unless more are asked for.
LISTED = 1000
FEW = 8  # frequencies listed by default when there are more than LISTED


@dataclass(frozen=True)
class SimplexOrbit:
    """A regular-simplex orbit with its weights grouped by value.

    Attributes:
        k: components.
        c_squared: ``c² = |θ|² k/(k−1)``, exact.
        values: the distinct weights.
        counts: how many components have each.
        runs: ``(index into values, length)`` in the order of the components.
        modes: g_m and M are wanted for the frequencies 1 … modes.
    """

    k: int
    c_squared: Exact
    values: tuple[Exact, ...]
    counts: tuple[int, ...]
    runs: tuple[tuple[int, int], ...]
    modes: int

    @classmethod
    def at(cls, mixture: Mixture, energies: Energies, modes: int | None = None) -> SimplexOrbit:
        """The orbit of θ.

        Raises:
            InputError: the orbit is not a regular simplex, or modes outside 1 … ⌊k/2⌋.

        >>> theta = Energies.of_amplitudes(3, "1")
        >>> orbit = SimplexOrbit.at(Mixture.simplex(3, "1/2,1/4,1/4"), theta)
        >>> orbit.c_squared, orbit.counts, orbit.alike
        (Fraction(3, 2), (1, 2), True)
        """
        k = mixture.k
        if not energies.is_regular_simplex:
            raise InputError(
                "the Laplace engine needs a regular simplex: the same energy in every real "
                "dimension (any θ for k = 2 and 3); use the lattice (k ≤ 6) or sampling"
            )
        groups: dict[Exact, int] = {}  # the hash of a fraction is dear: one look for each run
        runs = tuple(
            (groups.setdefault(value, len(groups)), count) for value, count in mixture.weights.runs
        )
        counts = [0] * len(groups)
        for group, count in runs:
            counts[group] += count
        c_squared: Exact = energies.norm_squared * k / (k - 1)
        return cls(k, c_squared, tuple(groups), tuple(counts), runs, listed(k, modes))

    @property
    def at_optimum(self) -> bool:
        """Whether θ = 0."""
        return sign(self.c_squared) == 0

    @property
    def alike(self) -> bool:
        """`Weights.alike` of its weights."""
        return len(self.values) == 1 or (len(self.values) == 2 and 1 in self.counts)


def listed(k: int, modes: int | None) -> int:
    """Up to which frequency results are listed: as asked, else all of a few and few of many.

    >>> listed(7, None), listed(10**12, None), listed(10**12, 2)
    (3, 8, 2)
    """
    if modes is None:
        return k // 2 if k // 2 <= LISTED else FEW
    if isinstance(modes, bool) or not isinstance(modes, int) or not 1 <= modes <= k // 2:
        raise InputError(f"modes = {modes!r}: frequencies run from 1 to {k // 2} for k = {k}")
    return modes
