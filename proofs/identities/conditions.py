"""The polynomial conditions on the weights under which A is invertible (math.md S3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import gcd
from typing import Any

import sympy

from overspec.action import Action
from overspec.errors import InputError
from overspec.mixture import weight_symbols
from overspec.proofs.machinery.calculus import Vector


@dataclass(frozen=True)
class Condition:
    """What must not vanish for A to be invertible on the blocks of one frequency.

    Attributes:
        k: number of components.
        frequency: m in F(R).
        order: n = k/gcd(m, k); ω^m is a primitive n-th root of unity.
        polynomial: a real polynomial in π_0 … π_{k−1} that is 0 iff π̂_m is: π̂_m itself on a
            line (m = k/2), |π̂_m|² as a sum of squares on a plane.
        rational: linear forms with integer coefficients; for rational weights π̂_m = 0 iff all
            of them are 0 (coordinates of π̂_m in Q(ω^m), basis 1, ω^m, …).
    """

    k: int
    frequency: int
    order: int
    polynomial: sympy.Expr
    rational: tuple[sympy.Expr, ...]

    @property
    def tex(self) -> str:
        """TeX of the condition."""
        return rf"{sympy.latex(self.polynomial)} \ne 0"

    @property
    def text(self) -> str:
        """Plain text of the condition."""
        return f"{self.polynomial} != 0"

    def __str__(self) -> str:
        return self.text


def invertibility_condition(k: int, action: Action | None = None) -> tuple[Condition, ...]:
    """One condition for each frequency m ≠ 0 of R: A is invertible iff all hold (math.md S3).

    On frequency 0 the eigenvalue is Σ_j π_j = 1, so nothing is asked there.

    Args:
        k: number of components.
        action: R; the simplex action when None.

    Raises:
        InputError: k < 2, or an action of another order.

    >>> [condition.text for condition in invertibility_condition(4)]
    ['(pi_0 - pi_2)**2 + (pi_1 - pi_3)**2 != 0', 'pi_0 - pi_1 + pi_2 - pi_3 != 0']
    """
    action = Action.simplex(k) if action is None else action
    if action.k != k:
        raise InputError(f"k = {k}, but an action with R^{action.k} = I")
    symbols = weight_symbols(k)
    return tuple(_condition(k, m, symbols) for m in sorted(set(action.frequencies)) if m)


def _condition(k: int, m: int, symbols: tuple[sympy.Symbol, ...]) -> Condition:
    n, sums, forms = coordinates(k, m, symbols)
    angle = [2 * sympy.pi * sympy.Rational(r, n) for r in range(n)]
    polynomial = real_polynomial(
        n, sums, forms, lambda r: sympy.cos(angle[r]), lambda r: sympy.sin(angle[r]), 1
    )
    return Condition(k, m, n, polynomial, tuple(forms))


def coordinates(k: int, m: int, weights: Vector) -> tuple[int, list[Any], list[Any]]:
    """n, the sums with ``π̂_m = Σ_{r<n} sums_r ζ_n^r``, and the forms: the same below φ(n)."""
    n = k // gcd(m, k)
    step = m // gcd(m, k)
    sums: list[Any] = [weights[0] * 0] * n
    for j, weight in enumerate(weights):
        sums[step * j % n] += weight
    z = sympy.Dummy("z")
    cyclotomic = sympy.Poly(sympy.cyclotomic_poly(n, z), z)
    forms: list[Any] = [weights[0] * 0] * int(cyclotomic.degree())
    for r, total in enumerate(sums):
        for e, c in enumerate(reversed(sympy.Poly(z**r, z).rem(cyclotomic).all_coeffs())):
            forms[e] += int(c) * total
    return n, sums, forms


def real_polynomial(
    n: int,
    sums: list[Any],
    forms: list[Any],
    cos: Callable[[int], Any],
    sin: Callable[[int], Any],
    sin_squared: int,
) -> Any:
    """π̂ itself for n = 2, else |π̂|²; `sin_squared` is −1 when `sin` returns i times the sine."""
    if n == 2:
        return forms[0]
    if n == 4:
        return forms[0] ** 2 + forms[1] ** 2
    if n in (3, 6):
        a, b = forms  # |a + bζ|² = a² ∓ ab + b²
        mixed = a - b if n == 3 else a + b
        return (a**2 + b**2 + mixed**2) / 2
    real = sum(s * cos(r) for r, s in enumerate(sums))
    imaginary = sum(s * sin(r) for r, s in enumerate(sums))
    return real**2 + sin_squared * imaginary**2
