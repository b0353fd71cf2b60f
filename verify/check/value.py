"""What a certificate is about: exact weights and θ at a precision, the parts of a Hessian."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import combinations_with_replacement
from typing import Any, Protocol, TypeAlias

import gmpy2

from overspec.verify.check.subject import Eigenvalue, Entry, Singled, Subject

Mpfr = Any  # gmpy2.mpfr


class TooCostly(Exception):
    """The quadrature would take more nodes than the budget."""


#: Proved: lower end, upper end.
Enclosure: TypeAlias = tuple[Fraction, Fraction]


class Purse:
    """How much work may still be done, in products of doubles or their worth.

    >>> purse = Purse(100)
    >>> purse.spend(60, "this"); purse.left
    40
    """

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self, work: float, what: str) -> None:
        """Take the cost of what is about to be done.

        Raises:
            TooCostly: there is not that much left.
        """
        if not work <= self.left:
            raise TooCostly(
                f"{what} would take {work:.1e} operations; {self.left:.1e} are left of the budget"
            )
        self.left -= int(work)


class Place(Protocol):
    """A θ and weights, evaluated at the current precision."""

    @property
    def k(self) -> int: ...

    def pi(self) -> list[Any]: ...

    def amplitudes(self) -> list[Any]: ...


@dataclass(frozen=True)
class Orbit:
    """What a certificate is about: k, the weights and energies as (number, count) runs."""

    k: int
    weights: tuple[tuple[Fraction | str, int], ...]
    energies: tuple[tuple[Fraction | str, int], ...]
    regular: bool

    def pi(self) -> list[Mpfr]:
        """The weights one by one, at the current precision."""
        return [value for w, n in self.weights for value in [number(w)] * n]

    def amplitudes(self) -> list[Mpfr]:
        """a_1 … a_⌊k/2⌋."""
        return [a for e, n in self.energies for a in [gmpy2.sqrt(number(e))] * n]


@dataclass(frozen=True)
class Sector:
    """``a = r (cos(πq/2), sin(πq/2))`` with k = 4 or 5 weights."""

    k: int
    weights: tuple[tuple[Fraction | str, int], ...]
    radius: Fraction
    turn: Fraction  # q

    def pi(self) -> list[Mpfr]:
        """The weights one by one, at the current precision."""
        return [value for w, n in self.weights for value in [number(w)] * n]

    def amplitudes(self) -> list[Mpfr]:
        """a_1, a_2."""
        angle = gmpy2.const_pi() * number(self.turn) / 2
        r = number(self.radius)
        first = gmpy2.mpfr(0) if self.turn == 1 else r * gmpy2.cos(angle)
        return [first, gmpy2.mpfr(0) if self.turn == 0 else r * gmpy2.sin(angle)]


@dataclass(frozen=True)
class Corner:
    """Two exact amplitudes with k = 4 weights."""

    k: int
    weights: tuple[tuple[Fraction | str, int], ...]
    sizes: tuple[Fraction, ...]

    def pi(self) -> list[Mpfr]:
        """The weights one by one, at the current precision."""
        return [value for w, n in self.weights for value in [number(w)] * n]

    def amplitudes(self) -> list[Mpfr]:
        """a_1, a_2."""
        return [number(size) for size in self.sizes]


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Any:
    from overspec.exact import exact

    return exact(text)


def sign_of(value: Fraction | str) -> int:
    """-1, 0 or 1, decided exactly."""
    if isinstance(value, Fraction):
        return (value > 0) - (value < 0)
    from overspec.exact import sign

    return sign(_parsed(value))


def number(value: Fraction | str) -> Mpfr:
    """An exact number, rounded to the current precision; text is an algebraic expression."""
    parsed = value if isinstance(value, Fraction) else _parsed(value)
    if isinstance(parsed, Fraction):
        return gmpy2.mpfr(gmpy2.mpq(parsed.numerator, parsed.denominator))
    import sympy

    try:
        digits = gmpy2.get_context().precision // 3 + 10
        return gmpy2.mpfr(str(parsed.evalf(digits, maxn=2 * digits + 1000, strict=True)))
    except sympy.core.evalf.PrecisionExhausted:
        raise TooCostly("an algebraic number cancels too much") from None


def fraction(value: Mpfr) -> Fraction:
    numerator, denominator = value.as_integer_ratio()
    return Fraction(int(numerator), int(denominator))


def turn(numerator: int, k: int) -> tuple[Mpfr, Mpfr]:
    angle = 2 * gmpy2.const_pi() * (numerator % k) / k
    return gmpy2.cos(angle), gmpy2.sin(angle)


def counted(weights: tuple[tuple[Fraction | str, int], ...]) -> dict[Fraction | str, int]:
    """The distinct weights, in order, each with the number of its components."""
    found: dict[Fraction | str, int] = {}
    for value, count in weights:
        found[value] = found.get(value, 0) + count
    return found


# --- which numbers a Hessian has


def parts(point: Orbit) -> dict[Subject, int]:
    """The quantities that a certified Hessian has at this point, eigenvalues with multiplicities
    and entries with 0."""
    if is_singled(point):
        return {Singled.RADIAL: 1, Singled.EVEN: point.k // 2 - 1}
    active = modes(point)
    found: dict[Subject, int] = {Entry(*at): 0 for at in combinations_with_replacement(active, 2)}
    return found | {Eigenvalue(n): 1 for n in range(1, len(active) + 1)}


def is_singled(point: Orbit) -> bool:
    """Whether all weights but at most one are equal, on a regular simplex with k ≥ 4."""
    counts = sorted(counted(point.weights).values())
    alike = len(counts) == 1 or (len(counts) == 2 and counts[0] == 1)
    return point.regular and point.k > 3 and alike


def modes(point: Orbit) -> list[int]:
    """The frequencies with energy."""
    if point.k > 100:
        raise TooCostly(f"k = {point.k}: no Hessian matrix is certified")
    energies = [e for e, n in point.energies for _ in range(n)]
    return [m for m, e in enumerate(energies, start=1) if sign_of(e) != 0]


def is_diagonal(part: Subject) -> bool:
    """Whether 1 − the number is what the integrals give, not −."""
    return not isinstance(part, Entry) or part.m == part.n
