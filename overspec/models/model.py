"""p_θ = Σ_j π_j N(T_jθ + c_j, vI): any exact T_j, weights and variance fixed or learned.

Pairs ±θ, free means and the orbits of `overspec.mixture.Mixture` are special cases. Norms of the
means need not be equal, so they do not cancel in the responsibilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from overspec.errors import InputError, InputTypeError, OutOfReach
from overspec.exact import Exact, exact, sign, text_of, whole
from overspec.mixture import Energies, Mixture
from overspec.models.matrices import (
    MAX_ENTRIES,
    Matrix,
    Vector,
    apply,
    identity,
    inner,
    matrix,
    rank,
    scaled,
    text,
    vector,
)
from overspec.models.truth import MAX_DIMENSION, Truth, check_dimension
from overspec.weights import Weights

LEARNED = "learned"
IDENTITY, ISOTROPIC = "identity", "isotropic-learned"


@dataclass(frozen=True, init=False)
class Model:
    """k Gaussian components with means ``T_jθ + c_j``, θ in R^p, in at most three dimensions.

    Args:
        maps: the matrices T_1 … T_k, d×p each, k ≥ 2: sequences of rows, text such as
            ``"1,0; 0,1"``, NumPy or SymPy matrices of exact numbers; a number where d = p = 1.
        weights: anything that `Weights.of` reads; ``"learned"``, or None: EM learns them too.
        covariance: ``"identity"``, or ``"isotropic-learned"``: vI with one v that EM learns.
        shifts: the vectors c_1 … c_k, all 0 unless given.

    Raises:
        InputError: fewer than two maps, maps of unequal sizes, d > 3, or a θ ≠ 0 that all maps
            send to 0 (decided exactly): θ is then not seen by the model.

    >>> model = Model(maps=[1, -1], weights="uniform")
    >>> model.k, model.d, model.p, str(model)
    (2, 1, 1, 'k = 2, d = 1, p = 1, weights 1/2,1/2')
    >>> Model(maps=[[[1, 1]], [[2, 2]]], weights="1/2,1/2")
    Traceback (most recent call last):
    ...
    overspec.errors.InputError: the 2 maps share a kernel: their rank together is 1, and theta has \
2 entries; drop the parameters that no mean depends on
    """

    maps: tuple[Matrix, ...]
    weights: Weights | None
    covariance: str
    shifts: tuple[Vector, ...]

    def __init__(
        self,
        maps: Sequence[object],
        weights: object,
        covariance: str = IDENTITY,
        shifts: Sequence[object] | None = None,
    ) -> None:
        read = _maps(maps)
        d = len(read[0])
        if covariance not in (IDENTITY, ISOTROPIC):
            raise InputError(f"covariance {covariance!r}; use '{IDENTITY}' or '{ISOTROPIC}'")
        learned = isinstance(weights, str) and weights.strip() == LEARNED
        given = None if learned or weights is None else Weights.of(weights, len(read))
        if shifts is None:
            moved: tuple[Vector, ...] = ((Fraction(0),) * d,) * len(read)
        elif isinstance(shifts, (str, bytes)) or not isinstance(shifts, Sequence):
            raise InputTypeError(f"shifts {shifts!r}: give a sequence of {len(read)} vectors")
        elif len(shifts) != len(read):
            raise InputError(f"{len(shifts)} shifts for {len(read)} maps; give one for each")
        else:
            moved = tuple(vector(c, f"shift {j}", d) for j, c in enumerate(shifts, start=1))
        for name, value in (
            ("maps", read), ("weights", given), ("covariance", covariance), ("shifts", moved)
        ):  # fmt: skip
            object.__setattr__(self, name, value)

    @classmethod
    def pairs(cls, d: int, weights: object = "uniform", covariance: str = IDENTITY) -> Model:
        """Two components with means θ and −θ.

        >>> Model.pairs(1, "3/4,1/4").maps
        (((Fraction(1, 1),),), ((Fraction(-1, 1),),))
        """
        one = identity(_dimension(d))
        return cls([one, scaled(one, Fraction(-1))], weights, covariance)

    @classmethod
    def free(cls, k: int, d: int, weights: object = "uniform", covariance: str = IDENTITY) -> Model:
        """k free means: θ lists them one after the other, p = kd.

        >>> Model.free(3, 2).p
        6
        """
        k, d = whole(k, "k"), _dimension(d)
        if k < 2 or k * k * d * d > MAX_ENTRIES:
            raise InputError(f"k = {k} free means in d = {d}: use 2 … {100 // d} of them")
        blocks = [[[int(b == j * d + a) for b in range(k * d)] for a in range(d)] for j in range(k)]
        return cls(blocks, weights, covariance)

    @classmethod
    def orbit(cls, mixture: Mixture, covariance: str = IDENTITY) -> Model:
        """The maps R^0 … R^{k−1} and the weights of a mixture, in the coordinates of its blocks.

        Raises:
            OutOfReach: d > 3, or a rotation whose sine and cosine are not square roots.

        >>> Model.orbit(Mixture.simplex(3)).maps[1]
        ((Fraction(-1, 2), -sqrt(3)/2), (sqrt(3)/2, Fraction(-1, 2)))
        """
        if not isinstance(mixture, Mixture):
            raise InputTypeError(f"{mixture!r}: give a Mixture, such as Mixture.simplex(3)")
        if mixture.d > MAX_DIMENSION:
            raise OutOfReach(
                f"d = {mixture.d}: models reach d = {MAX_DIMENSION}; evaluate the mixture itself"
            )
        maps = [_power(mixture, j) for j in range(mixture.k)]
        return cls(maps, mixture.weights, covariance)

    @property
    def k(self) -> int:
        """The number of components."""
        return len(self.maps)

    @property
    def d(self) -> int:
        """The dimension of the data."""
        return len(self.maps[0])

    @property
    def p(self) -> int:
        """The number of entries of θ."""
        return len(self.maps[0][0])

    @property
    def learns_weights(self) -> bool:
        """Whether EM learns the weights."""
        return self.weights is None

    @property
    def learns_variance(self) -> bool:
        """Whether EM learns v."""
        return self.covariance == ISOTROPIC

    def mean_map(self, weights: Weights | None = None) -> Matrix:
        """``A = Σ_j π_jT_j``, exactly: EM at the truth N(0, I) is locally linear iff rank A = p.

        >>> Model.pairs(1, "3/4,1/4").mean_map()
        ((Fraction(1, 2),),)
        """
        pi = tuple(self._weights(weights))
        return tuple(
            tuple(inner(pi, tuple(t[a][b] for t in self.maps)) for b in range(self.p))
            for a in range(self.d)
        )

    def null_directions(self, weights: Weights | None = None) -> int:
        """``p − rank A``: how often DM(0) has the eigenvalue 1 when the truth is N(0, I) (I7).

        >>> Model.pairs(2).null_directions(), Model.free(3, 1).null_directions()
        (2, 2)
        """
        return self.p - rank(self.mean_map(weights))

    def truth(self, theta: object, weights: object = None) -> Truth:
        """The member p_θ of the family with v = 1, as what the data come from.

        Args:
            theta: exact entries, as many as p.
            weights: needed where they are learned.

        >>> Model.pairs(1).truth("1/2").means
        ((Fraction(1, 2),), (Fraction(-1, 2),))
        """
        at = vector(theta, "theta", self.p)
        pi = self._weights(None if weights is None else Weights.of(weights, self.k))
        one = Fraction(1)
        means = [
            tuple(inner((a, c), (one, one)) for a, c in zip(apply(t, at), shift, strict=True))
            for t, shift in zip(self.maps, self.shifts, strict=True)
        ]
        return Truth(means, pi)

    def at(self, weights: Weights | None, variance: Fraction) -> Model:
        """With these weights, in units of √v: maps and shifts over √v, nothing learned but θ.

        >>> model = Model.pairs(1, "learned", "isotropic-learned")
        >>> model.at(Weights.of("3/4,1/4"), Fraction(4)).to_dict()["maps"]
        ['1/2', '-1/2']
        """
        unit = exact(f"1/sqrt({variance})")
        maps = [scaled(t, unit) for t in self.maps]
        return Model(maps, self._weights(weights), shifts=scaled(self.shifts, unit))

    def _weights(self, given: Weights | None) -> Weights:
        if given is not None and given.k != self.k:
            raise InputError(
                f"{given.k} weights for k = {self.k} components; give exactly {self.k}"
            )
        pi = self.weights if given is None else given
        if pi is None:
            raise InputError("the weights are learned: say at which to look, weights=…")
        return pi

    def to_dict(self) -> dict[str, Any]:
        """Plain, exact data; the maps, shifts and weights are texts that `Model` reads back.

        >>> Model.pairs(1, "3/4,1/4").to_dict()["maps"]
        ['1', '-1']
        """
        return {
            "k": self.k,
            "d": self.d,
            "p": self.p,
            "maps": [text(t) for t in self.maps],
            "weights": LEARNED if self.weights is None else str(self.weights),
            "covariance": self.covariance,
            "shifts": [",".join(map(text_of, c)) for c in self.shifts],
        }

    def __str__(self) -> str:
        weights = "learned" if self.weights is None else self.weights
        more = f", covariance {self.covariance}" if self.learns_variance else ""
        return f"k = {self.k}, d = {self.d}, p = {self.p}, weights {weights}{more}"


def orbit_point(mixture: Mixture, point: Energies) -> Vector:
    """A θ with these energies in the coordinates of `Model.orbit`: on the first axis of each block.

    >>> m = Mixture.simplex(4)
    >>> orbit_point(m, m.point(amplitudes="1,1/2"))
    (Fraction(1, 1), Fraction(0, 1), Fraction(1, 2))
    """
    energies: dict[int, Exact] = dict(enumerate(point, start=1))
    theta: list[Exact] = [Fraction(0)] * mixture.d
    for block in mixture.action.blocks:
        energy = energies.pop(block.frequency, Fraction(0))
        theta[block.start] = exact(f"sqrt({text_of(energy)})")
    left = [m for m, energy in energies.items() if sign(energy) != 0]
    if left:
        raise InputError(f"theta has energy in frequency {left[0]}, which the action lacks")
    return tuple(theta)


def _dimension(d: object) -> int:
    return check_dimension(whole(d, "d"))


def _maps(maps: object) -> tuple[Matrix, ...]:
    if isinstance(maps, (str, bytes)) or not isinstance(maps, Sequence):
        raise InputTypeError(f"maps {maps!r}: give a sequence of matrices, [T_1, T_2, …]")
    if len(maps) < 2:
        raise InputError(f"{len(maps)} maps: a mixture needs at least two components")
    if len(maps) > MAX_ENTRIES:
        raise InputError(f"{len(maps)} maps; at most {MAX_ENTRIES} entries are read")
    read = tuple(matrix(t, f"T_{j}") for j, t in enumerate(maps, start=1))
    d, p = len(read[0]), len(read[0][0])
    check_dimension(d)
    for j, t in enumerate(read, start=1):
        if (len(t), len(t[0])) != (d, p):
            raise InputError(
                f"T_{j} is {len(t)}×{len(t[0])} and T_1 is {d}×{p}; all maps have one size"
            )
    if len(read) * d * p > MAX_ENTRIES:
        raise InputError(f"{len(read) * d * p} entries in the maps; at most {MAX_ENTRIES} are read")
    found = rank(tuple(row for t in read for row in t))
    if found < p:
        raise InputError(
            f"the {len(read)} maps share a kernel: their rank together is {found}, and theta has "
            f"{p} entries; drop the parameters that no mean depends on"
        )
    return read


def _power(mixture: Mixture, j: int) -> Matrix:
    """R^j, block by block."""
    rows: list[list[Exact]] = [[Fraction(0)] * mixture.d for _ in range(mixture.d)]
    for block in mixture.action.blocks:
        c, s = _turn(mixture.k, block.frequency * j)
        a = block.start
        rows[a][a] = c
        if block.size == 2:
            rows[a + 1][a + 1], rows[a][a + 1], rows[a + 1][a] = c, -s, s
    return tuple(tuple(row) for row in rows)


def _turn(k: int, steps: int) -> tuple[Exact, Exact]:
    """Cosine and sine of 2π·steps/k by square roots."""
    turn = Fraction(steps, k) % 1
    quarters = 4 * turn
    if quarters.denominator == 1:
        table = ((1, 0), (0, 1), (-1, 0), (0, -1))
        c, s = table[int(quarters)]
        return Fraction(c), Fraction(s)
    import sympy

    angle = 2 * sympy.pi * sympy.Rational(turn.numerator, turn.denominator)
    pair = sympy.cos(angle), sympy.sin(angle)
    if any(value.has(sympy.cos, sympy.sin) for value in pair):
        raise OutOfReach(
            f"k = {k}: the cosine of 2π/{turn.denominator} is not written by square roots here; "
            "k = 2, 3, 4, 5, 6, 8, 10 and 12 are"
        )
    return exact(pair[0]), exact(pair[1])
