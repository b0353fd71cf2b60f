"""Averages of weights over the subgroups of prime order of Z/k: which weights fail at primitive m.

``(E_pπ)_j = (1/p) Σ_i π_{j + ik/p}`` for a prime p that divides k. Its transform is π̂_m where p
divides m, else 0; so that of ``Π_p (1 − E_p) π`` is π̂_m where m is coprime to k, else 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import Any, ClassVar

import sympy

from overspec.proofs.language.every import forms, sums
from overspec.proofs.language.every.evaluate import entry, over_all
from overspec.proofs.language.every.evaluate import index as form
from overspec.proofs.language.expression import PREFIX, ZERO, Env, Expr, Sym, Unevaluable, whole
from overspec.proofs.language.operators import K
from overspec.proofs.language.ranges import Range
from overspec.proofs.language.reading.reader import index, read, scaled, summed
from overspec.proofs.language.render import Box, Fence, Row, Script, letter, sign
from overspec.proofs.language.statement import Prose, Statement

P = Sym("p")


@dataclass(frozen=True)
class Averaged(Expr):
    """``E_p c``, p a prime that divides k; p the index of the step."""

    c: Expr
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        return averaged(self.c.value(m, env), env["p"])

    def again(self, m: Any, env: Env) -> Any:
        c, p = read(self.c, m, env), env["p"]
        return scaled(Fraction(1, p), summed(m.turned(c, i * (m.k // p)) for i in range(p)))

    def entry_for_every_k(self, read: Any, j: Any) -> Any:
        """``(1/|H|) Σ_l [l − j ∈ H] c_l``, H the subgroup of order p."""
        total = over_all(lambda n: sums.in_subgroup(forms.minus(n, j)) * entry(self.c, n, {}))
        return total * sums.number("|H|", -1)

    def box(self) -> Box:
        return Row((Script(letter("E"), P.box()), self.c.held(PREFIX)))


def averaged(c: Any, p: int) -> Any:
    """The mean over the indices that differ by a multiple of k/p."""
    k = len(c)
    return tuple(
        sum(c[(j + i * (k // p)) % k] for i in range(p)) * Fraction(1, p) for j in range(k)
    )


@dataclass(frozen=True)
class Divides(Expr):
    """``[p | m]``, 1 or 0: whether ω^{mh} = 1 for all multiples h of k/p."""

    m: Expr
    flipped: bool = False

    def value(self, m: Any, env: Env) -> Any:
        return Fraction((whole(self.m, m, env) % env["p"] == 0) is not self.flipped)

    def again(self, m: Any, env: Env) -> Any:
        step = index(self.m, m, env) * (m.k // env["p"])
        return Fraction((step % m.k == 0) is not self.flipped)

    def for_every_k(self, read: Any, env: Any) -> Any:
        """As of any subgroup H in the place of that of order p."""
        found = sums.trivial_on_subgroup(form(self.m, env))
        return sums.ONE - found if self.flipped else found

    def box(self) -> Box:
        bar = sign(r"\nmid", " ∤ ") if self.flipped else sign(r"\mid", " | ")
        return Fence(sign("["), Row((P.box(), bar, self.m.box())), sign("]"))


@dataclass(frozen=True)
class Alternating(Expr):
    """``Π_{p | k} (1 − E_p) c``, or ``Π_{p | k} E_p c``."""

    c: Expr
    complement: bool = True
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        c = self.c.value(m, env)
        for p in sympy.primefactors(m.k):
            means = averaged(c, int(p))
            c = tuple(a - b for a, b in zip(c, means, strict=True)) if self.complement else means
        return c

    def box(self) -> Box:
        low = Row((P.box(), sign(r"\mid", " | "), letter("k")))
        mean: Box = Script(letter("E"), P.box())
        gap = Fence(sign("("), Row((letter("1"), sign("-", " − "), mean)), sign(")"))
        bracket = gap if self.complement else mean
        return Row((Script(sign(r"\prod", "∏"), low), bracket, self.c.held(PREFIX)))


@dataclass(frozen=True)
class Coprime(Range):
    """The frequencies m that are coprime to k: those at which ω^m has the order k."""

    def values(self, m: Any, env: Env) -> Any:
        return [f for f in range(1, m.k) if gcd(f, m.k) == 1]

    def box(self) -> Box:
        ring = Row((letter("Z"), sign("/"), letter("k")))
        return Row((Fence(sign("("), ring, sign(")")), sign("*")))


UNITS = Coprime("units", ZERO, K - 1)


@dataclass(frozen=True)
class Prime(Statement):
    """k is prime."""

    def prose(self) -> Prose:
        return (K.box(), " is prime")

    def holds(self, m: Any, env: Env) -> bool:
        if not isinstance(m.k, int):
            raise Unevaluable("whether a symbol is prime")
        return bool(sympy.isprime(m.k))
