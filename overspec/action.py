"""The cyclic orthogonal action: which frequencies R has, how often, and in which coordinates.

R is a real orthogonal d×d matrix with R^k = I. In suitable orthonormal coordinates it is
block diagonal: on a block of frequency m it rotates the plane by 2πm/k (0 < m < k/2), is the
identity (m = 0) or minus the identity (m = k/2) on a line (math.md section 1, F(R)).
The standard Gaussian looks the same in all orthonormal coordinates, so the blocks are used
throughout: a parameter θ lists its blocks in the order of `Action.blocks`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from overspec.errors import InputError
from overspec.exact import whole
from overspec.weights import check_k

MAX_BLOCKS = 10**6  # blocks that may be listed one by one


@dataclass(frozen=True)
class Block:
    """One irreducible block: its frequency m and the coordinates it occupies."""

    frequency: int
    start: int
    size: int  # 2 for 0 < m < k/2, else 1

    @property
    def coordinates(self) -> slice:
        """The block's coordinates in a θ of shape (d,)."""
        return slice(self.start, self.start + self.size)


@dataclass(frozen=True)
class Action:
    """The isotypic type of R: bands of frequencies with a common multiplicity.

    Bands keep the simplex action at k = 10^12 as small as at k = 3. Frequency 0, on which R
    is the identity, comes last. Use `Action.simplex` or `Action.of`.

    Raises:
        InputError: frequencies outside 0…⌊k/2⌋, multiplicities below 1, or no block at all.

    >>> Action.simplex(4).d, [b.frequency for b in Action.simplex(4, d=5).blocks]
    (3, [1, 2, 0, 0])
    >>> Action.of(6, {1: 2, 3: 1}).d
    5
    """

    k: int
    bands: tuple[tuple[range, int], ...]

    def __post_init__(self) -> None:
        check_k(self.k)
        if not any(band for band, _ in self.bands):
            raise InputError("the action has no block; give at least one frequency")
        for band, multiplicity in self.bands:
            if band and (band[0] < 0 or band[-1] > self.k // 2):
                wrong = band[0] if band[0] < 0 else band[-1]
                raise InputError(
                    f"frequency {wrong}: for k = {self.k} frequencies run from 0 to {self.k // 2}"
                )
            if multiplicity < 1:
                raise InputError(f"multiplicity {multiplicity}: must be a positive integer")

    @classmethod
    def simplex(cls, k: int, d: int | None = None) -> Action:
        """The cyclic shift of k coordinates on the hyperplane Σ = 0, extended by the identity.

        Every frequency 1…⌊k/2⌋ once, so d = k − 1; frequency 0 fills up to a larger d.

        Raises:
            InputError: k < 2, or d < k − 1 (the regular simplex does not fit).
        """
        k = check_k(k)
        d = k - 1 if d is None else whole(d, "d")
        if d < k - 1:
            raise InputError(
                f"d = {d!r}: the simplex action with k = {k} needs d >= k − 1 = {k - 1}; "
                "for smaller d give the action by its frequencies"
            )
        bands: tuple[tuple[range, int], ...] = ((range(1, k // 2 + 1), 1),)
        if d > k - 1:
            bands += ((range(1), d - k + 1),)
        return cls(k, bands)

    @classmethod
    def of(cls, k: int, frequencies: Mapping[int, int]) -> Action:
        """The action with the given frequencies, each with its multiplicity."""
        check_k(k)
        for m, count in frequencies.items():
            if isinstance(count, bool) or not isinstance(count, int) or not isinstance(m, int):
                raise InputError(f"frequency {m!r} with multiplicity {count!r}: use integers")
        order = sorted(frequencies, key=lambda m: (m == 0, m))
        return cls(k, tuple((range(m, m + 1), frequencies[m]) for m in order))

    def multiplicity(self, m: int) -> int:
        """How many blocks have frequency m."""
        return sum(count for band, count in self.bands if m in band)

    @property
    def frequencies(self) -> tuple[int, ...]:
        """F(R) without multiplicity, in block order; listed, so k must be moderate."""
        _listable(sum(len(band) for band, _ in self.bands))
        return tuple(m for band, _ in self.bands for m in band)

    @property
    def d(self) -> int:
        """The dimension: 2 for each block with 0 < m < k/2, 1 for each other."""
        total = 0
        for band, count in self.bands:
            lines = (0 in band) + (self.k % 2 == 0 and self.k // 2 in band)
            total += count * (2 * (band.stop - band.start) - lines)  # len() stops at 2^63
        return total

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The irreducible blocks in coordinate order."""
        return tuple(self._walk())

    @property
    def is_simplex(self) -> bool:
        """Whether every frequency 1…⌊k/2⌋ occurs exactly once (any number of zeros)."""
        ones = [(band, count) for band, count in self.bands if band != range(1)]
        return ones == [(range(1, self.k // 2 + 1), 1)] or (
            self.k <= MAX_BLOCKS
            and all(self.multiplicity(m) == 1 for m in range(1, self.k // 2 + 1))
        )

    def _walk(self) -> Iterator[Block]:
        _listable(sum(len(band) * count for band, count in self.bands))
        start = 0
        for band, count in self.bands:
            for m in band:
                for _ in range(count):
                    size = block_size(self.k, m)
                    yield Block(m, start, size)
                    start += size

    def __str__(self) -> str:
        if self.is_simplex:
            return f"simplex action, d = {self.d}"
        parts = (f"{band[0]}" + (f"^{count}" if count > 1 else "") for band, count in self.bands)
        return f"frequencies {' '.join(parts)}, d = {self.d}"


def block_size(k: int, m: int) -> int:
    """1 for the real frequencies m = 0 and m = k/2, else 2."""
    return 1 if m == 0 or 2 * m == k else 2


def _listable(count: int) -> None:
    if count > MAX_BLOCKS:
        raise InputError(f"{count} blocks are too many to list one by one")
