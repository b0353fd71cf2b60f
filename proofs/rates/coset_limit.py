"""The contraction factors as θ → ∞ along a ray, exactly: a mean over cosets (math.md T1)."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

import sympy

from overspec.errors import InputError
from overspec.exact import Exact
from overspec.proofs.machinery.cyclotomic import cosine_sum, is_zero_sum
from overspec.proofs.machinery.separation import as_sympy
from overspec.weights import Weights


def coset_limit(weights: Weights, index: int, m: int) -> sympy.Expr:
    """``lim_{r→∞} g_m(r u) = (1/n) Σ_c |s_c|²/q_c²`` for a direction u with stabiliser nZ/k.

    q_c is the weight of the coset c + nZ, ``s_c = Σ_{j ∈ c + nZ} π_j ω^{mj}``. It is positive
    when π̂_m ≠ 0, and then at least ``|π̂_m|²/(n Σ_c q_c²)``; it can be positive when π̂_m = 0.

    Args:
        weights: exact weights.
        index: n, a divisor of k; n = k for a direction that no rotation R^h ≠ I fixes.
        m: the frequency.

    Raises:
        InputError: n does not divide k.

    >>> coset_limit(Weights.of("2/5,3/10,1/10,1/5"), 2, 1)
    1/5
    """
    k = weights.k
    if index < 1 or k % index:
        raise InputError(f"index {index} does not divide k = {k}")
    total = sympy.Integer(0)
    for c in range(index):
        members = {j: weights[j] for j in range(c, k, index)}
        terms: dict[int, Exact] = {}
        for i, a in members.items():
            for j, b in members.items():
                e = m * (i - j) % k
                terms[e] = terms.get(e, Fraction(0)) + a * b
        if not is_zero_sum(k, terms):
            step = gcd(k, *terms)
            square = cosine_sum(k // step, {e // step: v for e, v in terms.items()})
            total += square / sympy.Add(*map(as_sympy, members.values())) ** 2
    return sympy.expand(total / index)
