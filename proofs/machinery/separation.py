"""Sums over roots of unity with algebraic coefficients: enclosures, and zero by separation.

Enclosures are Arb balls built from rationals; they decide signs of numbers known not to be
zero, and zeros only together with a proved lower bound on what is not zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import lcm, prod
from typing import Any

import sympy
from flint import arb, ctx, fmpq

from overspec.errors import InputError
from overspec.exact import Exact, sign


def algebraic_zero(n: int, terms: Mapping[int, Exact]) -> bool:
    """Zero test by separation: a nonzero algebraic integer has norm at least 1.

    z = Σ c_e ζ^e, N z an algebraic integer, all conjugates of N z at most B, degree at most D:
    then z = 0 or |N z| ≥ B^{1−D}. An enclosure of z narrower than that decides.
    """
    scale, bound, degree = _separated(terms.values())
    degree *= int(sympy.totient(n))
    bits = 64
    limit = degree * (bound.bit_length() + 1) + 64
    while True:
        real, imaginary = enclosure(n, terms, bits)
        if not (real.contains(0) and imaginary.contains(0)):
            return False
        if bits > limit:
            size = (real.abs_upper() + imaginary.abs_upper()) * scale
            if size * arb(bound) ** (degree - 1) < 1:
                return True
        bits *= 2


def _separated(coefficients: Iterable[Exact]) -> tuple[int, int, int]:
    """A denominator N, a bound B ≥ 1 on conjugates of N Σ c_e ζ^e, and the field's degree."""
    scale, total, radicals = 1, Fraction(0), set()
    for c in coefficients:
        denominator, size = _size(as_sympy(c))
        scale, total = lcm(scale, denominator), total + size
        if not isinstance(c, Fraction):
            radicals |= {p for p in c.atoms(sympy.Pow) if not p.exp.is_Integer}
    degree = 1
    for base in {p.base for p in radicals}:  # each root is adjoined once, with its index
        degree *= lcm(*(int(p.exp.q) for p in radicals if p.base == base))
    return scale, max(1, int(-(-(scale * total) // 1))), degree


def _size(value: Any) -> tuple[int, Fraction]:
    """N and B such that N·value is an algebraic integer and no conjugate exceeds B in modulus."""
    if value.is_Rational:
        return int(value.q), Fraction(abs(int(value.p)), int(value.q))
    if value.is_Add or value.is_Mul:
        parts = [_size(part) for part in value.args]
        if value.is_Add:
            return lcm(*(n for n, _ in parts)), sum((b for _, b in parts), Fraction(0))
        return prod(n for n, _ in parts), prod((b for _, b in parts), start=Fraction(1))
    if value.is_Pow and value.exp.is_Rational and (value.exp > 0 or value.base.is_Rational):
        n, bound = _size(value.base if value.exp > 0 else 1 / value.base)
        power = int(sympy.ceiling(abs(value.exp)))
        return n**power, max(Fraction(1), bound) ** power
    # a quotient: its minimal polynomial is primitive over Z, so the leading coefficient clears it
    x = sympy.Dummy("x")
    lead, *rest = (int(a) for a in sympy.Poly(sympy.minimal_polynomial(value, x), x).all_coeffs())
    return abs(lead), 1 + max(Fraction(abs(a), abs(lead)) for a in rest)  # Cauchy's bound


def enclosure(n: int, terms: Mapping[int, Exact], bits: int) -> tuple[arb, arb]:
    """Enclosures of the real and the imaginary part; the precision of python-flint is restored."""
    before = ctx.prec
    ctx.prec = bits
    try:
        real, imaginary = arb(0), arb(0)
        for e, c in terms.items():
            angle = fmpq(2 * (e % n), n)
            value = _enclose(as_sympy(c))
            real += value * arb.cos_pi_fmpq(angle)
            imaginary += value * arb.sin_pi_fmpq(angle)
        return real, imaginary
    finally:
        ctx.prec = before


def _enclose(value: Any) -> arb:
    if value.is_Rational:
        return arb(fmpq(int(value.p), int(value.q)))
    if value.is_Add:
        return sum((_enclose(a) for a in value.args), arb(0))
    if value.is_Mul:
        product = arb(1)
        for a in value.args:
            product *= _enclose(a)
        return product
    if value.is_Pow and value.exp.is_Integer:
        return _enclose(value.base) ** int(value.exp)
    if value.is_Pow and value.exp.is_Rational and sign(value.base) > 0:
        root = _enclose(value.base).root(int(value.exp.q))
        return root ** int(value.exp.p)
    raise InputError(f"{value}: irrational weights are read as sums, products and roots only")


def as_sympy(value: Exact) -> sympy.Expr:
    """An exact number as a SymPy one."""
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    return value
