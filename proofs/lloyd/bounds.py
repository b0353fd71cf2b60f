"""Lloyd's form on translations and sizes is below the lengths, for every k: steps and bounds (K2).

`stability` says how they go together.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import sympy

from overspec.proofs.language.expression import ONE, ZERO, Expr, Mul, Num, Sym, Tuple, product
from overspec.proofs.language.lowest_terms import lowest, to_sympy
from overspec.proofs.language.operators import K
from overspec.proofs.language.statement import DoesNotFollow, Statement, relation
from overspec.proofs.language.theorem import Theorem, step
from overspec.proofs.lloyd.any_k import enclosed_maximum
from overspec.proofs.lloyd.images import Product
from overspec.proofs.lloyd.jacobian import MM, NN
from overspec.proofs.lloyd.nodes import BIG, PHI, YY, P, Q
from overspec.proofs.lloyd.parts import roots_against_one
from overspec.proofs.machinery.ball import Ball

#: From here on the bounds of the quadratic are positive; below, balls decide.
LEAST = 10
XX, ZZ = Sym("x"), Sym("z")

RHO_ = K * MM / (K - 1)
BOTTOM = (K - 1) ** 2 / K - MM**2  # m²(k/ρ² − 1)


def squares() -> Theorem:
    """J is a sum of squares over the facets; what is squared on F_01, for τ and for σ."""
    own = ZZ + MM - RHO_ * (K - 1) / K
    return step(
        "The form: facet by facet f_i(f_i − f_j) + f_j(f_j − f_i) is a square, f_i = ⟨x−c_i,δ_i⟩; "
        "on F_01, where ⟨x,v_0⟩ and ⟨x,v_1⟩ are z + m_k, f_0 − f_1 is −ρ(p − q) for τ and "
        "z(p − q) for σ, p and q two coordinates of v.",
        Tuple((P * (P - Q) + Q * (Q - P), P * own - Q * own)),
        Tuple(((P - Q) ** 2, (P - Q) * ZZ)),
        "expand",
    )


def gram() -> Theorem:
    """The inner products of translations and sizes, in units of |v|²."""
    size = P**2 + Q**2 - (P + Q) ** 2 / K
    pairs = (("tau", "tau"), ("tau", "sigma"), ("sigma", "sigma"))
    return step(
        "Inner products of τ and σ; |v|² = p² + q² − (p+q)²/k.",
        Tuple(tuple(Product(*pair) for pair in pairs)),
        Tuple((K * size, size, (K - 1) / K * size)),
        "sum over the components",
    )


def below(wide: int) -> Theorem:
    """The variance of s − ȳ on a facet without the other inequalities."""
    return step(
        "On the hyperplane g_0 = g_1 alone g_0 − ḡ is the product with the vector of two entries "
        "½ − 1/k and k − 2 entries −1/k: of this variance.",
        2 * (Num(Fraction(1, 2)) - 1 / K) ** 2 + (K - 2) / K**2,
        wide * (Num(Fraction(1, 2)) - 1 / K),
        "expand",
    )


def depth(x: Expr) -> Expr:
    """The determinant of |·|² less the form over (k/(k−1))², where x = 1 − Var max."""
    return (Num(Fraction(1, 2)) - x**2 / MM**2) * BOTTOM - (1 - 1 / K - x) ** 2


def chord() -> Theorem:
    """The determinant at E Z = −x/m, Var Z = ½ − 1/k, and that it is concave in x."""
    square = XX**2 / MM**2 + Num(Fraction(1, 2)) - 1 / K
    gap = (K - RHO_**2) * ((K - 1) / K - square) - (1 - RHO_ * XX / MM) ** 2
    ends = (1 - XX) * depth(ZERO) + XX * depth(ONE)
    return step(
        "The determinant of |·|² less the form, and how far it is above its chord on [0, 1].",
        Tuple((gap, depth(XX) - ends)),
        Tuple(((K / (K - 1)) ** 2 * depth(XX), XX * (1 - XX) * (BOTTOM / MM**2 + 1))),
        "expand",
    )


def samples(one: int) -> Theorem:
    """k²∫(u^{k−1} − 1/k)²du, as ∫u^n = 1/(n+1)."""
    return step(
        "A bound of m_k: k²∫(u^{k−1} − 1/k)²du.",
        K**2 * (1 / (2 * K - 1) - 2 / K**2 + 1 / K**2),
        (K - 1) ** 2 / (2 * K - one),
        "∫u^n du = 1/(n + 1)",
    )


def _bare(term: Expr) -> Expr:
    """The factor of an integrand that is free of y."""
    factors = term.factors if isinstance(term, Mul) else (term,)
    return product(*(f for f in factors if not f.has(YY, PHI, BIG)))


@cache
def positive_from(e: Expr, k: int) -> bool:
    """Whether a rational function of k, m, N, F > 0 is positive for all k from this one on.

    Decided by coefficients: of numerator and denominator at k + n none is negative.

    >>> positive_from(K**2 - 5 * K + 2, 5), positive_from(K**2 - 5 * K + 2, 4)
    (True, False)
    """
    names: dict[Expr, sympy.Symbol] = {}
    shifted = sympy.together(to_sympy(e.put({K: K + k}), names))
    parts = [sympy.Poly(part, *names.values()) for part in sympy.fraction(shifted)]
    return all(all(c > 0 for c in part.coeffs()) and not part.is_zero for part in parts) or all(
        all(c < 0 for c in part.coeffs()) and not part.is_zero for part in parts
    )


@cache  # the rule is applied anew for every altered sentence
def stable_pair(tt: Expr, ts: Expr, st: Expr, ss: Expr, *others: Statement) -> bool:
    """Whether the form on τ and σ is below |·|²: by the quadratic from `LEAST`, else by balls."""
    form, lengths, variance, quadratic, maximum, once, twice, _ = map(relation, others)
    if form.rhs != Tuple(((P - Q) ** 2, (P - Q) * ZZ)):
        raise DoesNotFollow("not the form")
    size = lengths.rhs.parts[1]  # type: ignore[attr-defined]
    g00, g01, g11 = (lowest(part / size) for part in lengths.rhs.parts)  # type: ignore[attr-defined]
    # by parts E max² = 1 + k(k−1)∫yφ²Φ^{k−2}, and the last is (k−2)N/2: E Z = −(1 − Var max)/m_k
    first, second, third = (_bare(t) for t in (once.rhs.terms[0], *twice.rhs.terms[:2]))  # type: ignore[attr-defined]
    mean = (K * first * second / -third * NN - MM**2) / MM
    wanted = (RHO_**2, -RHO_ * mean, -RHO_ * mean)
    found = (g00 * tt + g01 * ts, g01 * tt + g11 * ts, g00 * st + g01 * ss)
    if any(lowest(a - b) != ZERO for a, b in zip(found, wanted, strict=True)):
        return False
    half = Num(Fraction(1, 2))
    if lowest(variance.rhs - (half - 1 / K)) != ZERO:
        return False
    gap, rest = quadratic.rhs.parts  # type: ignore[attr-defined]
    if gap != (K / (K - 1)) ** 2 * depth(XX) or rest != XX * (1 - XX) * (BOTTOM / MM**2 + 1):
        raise DoesNotFollow("no concave quadratic")
    bottom = (K - 1) ** 2 / K - maximum.rhs  # at most BOTTOM
    least = Fraction(3, 2)
    if not Ball.of(least) < enclosed_maximum(LEAST):
        raise DoesNotFollow("m_k is smaller")
    ends = (bottom / 2 - (1 - 1 / K) ** 2, (half - 1 / least**2) * bottom - 1 / K**2, bottom)
    if not all(positive_from(end, LEAST) for end in ends):
        return False
    trace, determinant = tt + ss, tt * ss - ts * st
    return all(roots_against_one(n, trace, determinant) == "<" for n in range(3, LEAST))
