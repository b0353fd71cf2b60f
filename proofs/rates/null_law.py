"""The law of EM on the null blocks of given weights: t² KL → 1/(16λ), exactly (math.md T2)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import sympy

from overspec.errors import InputError
from overspec.exact import Exact, sign
from overspec.mixture import Mixture
from overspec.proofs.machinery.cyclotomic import dft_energy, null_frequencies

MAX_NULL = 12  # null blocks whose supports are searched one by one


@dataclass(frozen=True)
class NullLaw:
    """How the energies of the null blocks vanish from a start with energy in each of them.

    Attributes:
        frequencies: the null frequencies m.
        form: C with ``C_ml = ½(|π̂_{m−l}|² + |π̂_{m+l}|²)``; the quartic part of L is ¼ eᵀCe.
        direction: u, the limit of the shares of the energies, Σ u = 1; a zero share falls faster
            than 1/t.
        least: λ = min uᵀCu over the shares; ``t |θ|² → 1/(2λ)``, ``t² KL → 1/(16λ)``.
    """

    frequencies: tuple[int, ...]
    form: sympy.ImmutableMatrix
    direction: tuple[sympy.Expr, ...]
    least: sympy.Expr

    @property
    def energy_limit(self) -> sympy.Expr:
        """``lim t |θ_t|² = 1/(2λ)``."""
        return sympy.radsimp(1 / (2 * self.least))

    @property
    def divergence_limit(self) -> sympy.Expr:
        """``lim t² KL_t = 1/(16λ)``."""
        return sympy.radsimp(1 / (16 * self.least))


def null_law(mixture: Mixture) -> NullLaw | None:
    """The exact law on the null blocks; None when there are none (EM then converges linearly).

    For one null block λ = c = (1 + |π̂_2m|²)/2, or 1 for m = k/2. For several, the minimum of the
    positive definite form on the simplex is found on its support, which is unique: the shares
    solve C u = λ on it, are positive there, and C u ≥ λ elsewhere; signs are decided exactly.

    Raises:
        InputError: more than 12 null blocks with coupling, or a null frequency of R that occurs
            more than once (the blocks of one frequency then share their energy).

    >>> null_law(Mixture.simplex(4, "2/5,3/10,1/10,1/5")).divergence_limit
    1/16
    >>> null_law(Mixture.simplex(5, "uniform")).divergence_limit
    1/4
    """
    nulls = null_frequencies(mixture.weights, mixture.action)
    if not nulls:
        return None
    if any(mixture.action.multiplicity(m) > 1 for m in nulls):
        raise InputError("a null frequency of R occurs more than once: give it multiplicity 1")
    weights, k = mixture.weights, mixture.k
    if len(nulls) > MAX_NULL:
        raise InputError(f"{len(nulls)} null blocks; the law is solved for at most {MAX_NULL}")
    energy = {m: dft_energy(weights, m) for m in {(a + s * b) % k for a in nulls for b in nulls
                                                  for s in (1, -1)}}  # fmt: skip
    form = sympy.ImmutableMatrix(
        len(nulls),
        len(nulls),
        lambda i, j: (energy[(nulls[i] - nulls[j]) % k] + energy[(nulls[i] + nulls[j]) % k]) / 2,
    )
    direction, least = _least(form)
    return NullLaw(nulls, form, direction, least)


def _least(form: sympy.ImmutableMatrix) -> tuple[tuple[sympy.Expr, ...], sympy.Expr]:
    size = form.rows
    for count in range(size, 0, -1):
        for support in combinations(range(size), count):
            block = form.extract(support, support)
            # Cramer's rule: C u = λ with Σu = 1 has u = adj(C) 1/s and λ = det(C)/s
            cofactors = [_reduced(c) for c in block.adjugate() * sympy.ones(count, 1)]
            total = _reduced(sympy.Add(*cofactors))
            shares = [_reduced(c / total) for c in cofactors]
            if any(sign(_exact(s)) <= 0 for s in shares):
                continue
            least = _reduced(block.det() / total)
            full = dict(zip(support, shares, strict=True))
            outside = (i for i in range(size) if i not in full)
            slack = (sum(form[i, j] * s for j, s in full.items()) - least for i in outside)
            if all(sign(_exact(_reduced(s))) >= 0 for s in slack):
                return tuple(full.get(i, sympy.Integer(0)) for i in range(size)), least
    raise AssertionError("unreachable: a positive definite form has its minimum somewhere")


def _reduced(value: sympy.Expr) -> sympy.Expr:
    """A quotient of sums of radicals with a rational denominator."""
    return sympy.expand(sympy.radsimp(sympy.expand(value)))


def _exact(value: sympy.Expr) -> Exact:
    """For `sign`, which wants rational numbers as such."""
    if isinstance(value, sympy.Rational):
        return Fraction(int(value.p), int(value.q))
    return value
