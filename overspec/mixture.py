"""The mixture under study and the point θ at which it is looked at: exact, frozen, validated.

Symbols for the symbolic side are made here and nowhere else, so that two derivations of one
statement talk about the same objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING

from overspec.action import Action, block_size
from overspec.errors import InputError, InputTypeError
from overspec.exact import Exact, afford, exact, sign, text_of
from overspec.weights import MAX_LISTED, Weights, check_k

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True)
class Mixture:
    """k Gaussian components with unit covariance and tied means ``μ_j = R^j θ`` in R^d.

    The data follow N(0, I_d), so the true parameter is θ* = 0 (math.md section 1).

    Args:
        k: number of components, at least 2.
        d: dimension of the data; must be the action's.
        weights: exact weights π, as many as k.
        action: the isotypic type of R.

    Raises:
        InputError: sizes that do not agree.

    >>> Mixture.simplex(4, "1/2,1/4,1/8,1/8").d
    3
    """

    k: int
    d: int
    weights: Weights
    action: Action

    def __post_init__(self) -> None:
        check_k(self.k)
        if self.weights.k != self.k:
            raise InputError(f"{self.weights.k} weights for k = {self.k} components")
        if self.action.k != self.k:
            raise InputError(f"an action with R^{self.action.k} = I for k = {self.k} components")
        if self.action.d != self.d:
            raise InputError(f"d = {self.d}, but the action has dimension {self.action.d}")

    @classmethod
    def simplex(cls, k: int, weights: object = "uniform", d: int | None = None) -> Mixture:
        """The model case: the cyclic shift on the hyperplane, any d ≥ k − 1.

        >>> Mixture.simplex(4, "0.4,0.3,0.2,0.1").weights[1]
        Fraction(3, 10)
        """
        action = Action.simplex(k, d)
        return cls(action.k, action.d, Weights.of(weights, k), action)

    @classmethod
    def of(cls, k: int, weights: object, frequencies: Mapping[int, int]) -> Mixture:
        """Any cyclic action, given by its frequencies and their multiplicities."""
        action = Action.of(k, frequencies)
        return cls(action.k, action.d, Weights.of(weights, k), action)

    def point(self, amplitudes: object = None, *, radius: object = None) -> Energies:
        """A point θ: by its amplitudes, or the regular simplex of a radius; exactly one of them.

        Args:
            amplitudes: a_1 … a_⌊k/2⌋ exactly, as ``"1,1/2"`` or a sequence.
            radius: the norm |θ| of the regular simplex, exact.

        Raises:
            InputError: both, neither, or numbers that `Energies` refuses.

        >>> m = Mixture.simplex(4, "0.4,0.3,0.2,0.1")
        >>> m.point(amplitudes="1,1/2").norm_squared, m.point(radius=2).norm_squared
        (Fraction(5, 4), Fraction(4, 1))
        """
        if (amplitudes is None) == (radius is None):
            raise InputError(
                f"give theta by amplitudes (one for each frequency 1…{self.k // 2}) or by radius"
                f"{'' if amplitudes is None else ', not by both'}"
            )
        if amplitudes is None:
            return Energies.regular_simplex(self.k, radius)
        return Energies.of_amplitudes(self.k, amplitudes)

    def __str__(self) -> str:
        return f"k = {self.k}, {self.action}, weights {self.weights}"


@dataclass(frozen=True)
class Energies:
    """A parameter θ up to the symmetries of the model: ``e_m = a_m²`` (math.md S8).

    L, the g_m and the spectrum of the Hessian depend on θ only through the energy in each
    frequency 1…⌊k/2⌋ (frequency 0 only translates all means together). Run-length encoded
    like the weights. Energies, not amplitudes, are kept because a regular simplex with a
    rational radius has rational energies.

    Raises:
        InputError: a negative energy, or a number of energies other than ⌊k/2⌋.

    >>> Energies.of_amplitudes(4, "1,1/2").norm_squared
    Fraction(5, 4)
    >>> Energies.regular_simplex(4, "3").runs
    ((Fraction(6, 1), 1), (Fraction(3, 1), 1))
    """

    k: int
    runs: tuple[tuple[Exact, int], ...]

    def __post_init__(self) -> None:
        check_k(self.k)
        _as_many(self.k, sum(n for _, n in self.runs))
        for value, _ in self.runs:
            if sign(value) < 0:
                raise InputError(f"energy {text_of(value)} is negative")

    @classmethod
    def of_amplitudes(cls, k: int, amplitudes: object) -> Energies:
        """From the amplitudes a_1 … a_⌊k/2⌋ (exact numbers; the sign does not matter).

        Raises:
            InputError: not exact numbers, or not ⌊k/2⌋ of them.
            InputTypeError: neither text nor a sequence.
        """
        k = check_k(k)
        if isinstance(amplitudes, str):
            _as_many(k, amplitudes.count(",") + 1)
            items: list[object] = [*amplitudes.split(",")]
        elif isinstance(amplitudes, Iterable):
            items = list(islice(amplitudes, k // 2 + 1 if k <= 2 * MAX_LISTED else MAX_LISTED))
        else:
            raise InputTypeError(f"amplitudes {amplitudes!r}: give a comma list or a sequence")
        _as_many(k, len(items))
        afford(items, "amplitudes")
        values = [exact(item, f"amplitude {m}") for m, item in enumerate(items, start=1)]
        return cls(k, tuple((value**2, 1) for value in values))

    @classmethod
    def regular_simplex(cls, k: int, radius: object) -> Energies:
        """The orbit that is a regular simplex of norm |θ| = radius.

        ``e_m = 2r²/(k−1)`` for 2-D blocks and ``r²/(k−1)`` for m = k/2 (math.md section 1).

        Raises:
            InputError: a radius below 0.
        """
        k = check_k(k)
        r = exact(radius, "radius")
        if sign(r) < 0:
            raise InputError(f"radius {text_of(r)} is negative; use a radius >= 0")
        line: Exact = r**2 / (k - 1)
        runs: tuple[tuple[Exact, int], ...] = ((2 * line, (k - 1) // 2),) if k > 2 else ()
        return cls(k, runs + (((line, 1),) if k % 2 == 0 else ()))

    @property
    def norm_squared(self) -> Exact:
        """|θ|² = Σ_m e_m."""
        total: Exact = Fraction(0)
        for value, count in self.runs:
            total = total + value * count
        return total

    @property
    def is_regular_simplex(self) -> bool:
        """Whether the orbit is a regular simplex, decided exactly."""
        plane = [v / block_size(self.k, m) for m, v in self._ends()]
        return all(sign(value - plane[0]) == 0 for value in plane)

    def _ends(self) -> Iterator[tuple[int, Exact]]:
        """First and last frequency of each run: enough to compare, at any k."""
        m = 1
        for value, count in self.runs:
            yield m, value
            yield m + count - 1, value
            m += count

    def __iter__(self) -> Iterator[Exact]:
        for value, count in self.runs:
            for _ in range(count):
                yield value

    def __str__(self) -> str:
        inner = ", ".join(text_of(v) + (f"×{c}" if c > 1 else "") for v, c in self.runs)
        return f"energies ({inner})"


def _as_many(k: int, count: int) -> None:
    if count != k // 2:
        raise InputError(
            f"{count} amplitudes for k = {k}; give one for each of the frequencies 1…{k // 2}"
        )


def weight_symbols(k: int) -> tuple[sympy.Symbol, ...]:
    """The symbols π_0 … π_{k−1}, positive; that they sum to 1 is used explicitly, never assumed.

    >>> weight_symbols(3)
    (pi_0, pi_1, pi_2)
    """
    import sympy

    check_k(k)
    return tuple(sympy.Symbol(f"pi_{j}", positive=True) for j in range(k))


def vector_symbols(name: str, size: int) -> tuple[sympy.Symbol, ...]:
    """Real coordinates ``name_0 … name_{size−1}`` of a vector such as θ or x.

    >>> vector_symbols("theta", 2)
    (theta_0, theta_1)
    """
    import sympy

    return tuple(sympy.Symbol(f"{name}_{i}", real=True) for i in range(size))
