"""Sums of weights over cosets of the subgroups of Z/k: what w becomes at infinity (T1)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import Any, ClassVar

from overspec.proofs.language.every import atoms, forms, sums
from overspec.proofs.language.every.evaluate import index as form
from overspec.proofs.language.every.evaluate import over_all
from overspec.proofs.language.expression import ZERO, Env, Expr, Sym, whole
from overspec.proofs.language.operators import Hat, W
from overspec.proofs.language.ranges import Range
from overspec.proofs.language.reading.mixture import horner
from overspec.proofs.language.reading.reader import index
from overspec.proofs.language.render import Box, Fence, Row, Script, letter, number, sign
from overspec.proofs.machinery.calculus import fourier

N, CO, H, CO2 = Sym("n"), Sym("c"), Sym("h"), Sym("d")


@dataclass(frozen=True)
class Divisors(Range):
    """The indices n of the subgroups H = nZ/k."""

    def values(self, m: Any, env: Env) -> Any:
        return [n for n in range(1, m.k + 1) if m.k % n == 0]

    def again(self, m: Any, env: Env) -> list[int]:
        return sorted({gcd(m.k, j) for j in range(m.k)})

    def box(self) -> Box:
        return Row(
            (sign(r"\{", "{"), letter("n"), sign(r"\mid", " | "), letter("k"), sign(r"\}", "}"))
        )


@dataclass(frozen=True)
class Cosets(Range):
    """One index of each coset of H = nZ/k: 0, …, n − 1."""

    indicator: ClassVar[str] = atoms.REPRESENTATIVES  # for every k

    def again(self, m: Any, env: Env) -> list[int]:
        return list(range(index(self.start, m, env), index(self.stop, m, env) + 1))


def on_coset(c: Any, m: Any) -> Any:
    """``Σ_{j ∈ c + H} π_j ω^{mj}`` as an index sum, for every k and every subgroup H of Z/k."""

    def term(j: Any) -> Any:
        inside = sums.in_subgroup(forms.minus(j, c))
        return sums.entry("pi", j) * inside * sums.root(forms.times(m, j))

    return over_all(term)


@dataclass(frozen=True)
class CosetWeight(Expr):
    """``q_c = Σ_{j ∈ c + nZ} π_j``."""

    c: Expr

    def for_every_k(self, read: Any, env: Any) -> Any:
        """A positive number of each coset; its sum is not used."""
        return sums.entry(atoms.COSET_WEIGHT, form(self.c, env))

    def value(self, m: Any, env: Env) -> Any:
        return sum(m.pi[j] for j in range(whole(self.c, m, env), m.k, env["n"]))

    def again(self, m: Any, env: Env) -> Any:
        return sum(m.pi[index(self.c, m, env) :: env["n"]])

    def box(self) -> Box:
        return Script(letter("q"), self.c.box())


@dataclass(frozen=True)
class CosetSum(Expr):
    """``s_c = Σ_{j ∈ c + nZ} π_j ω^{mj}``; squared: |s_c|²."""

    c: Expr
    m: Expr
    squared: bool = False

    def for_every_k(self, read: Any, env: Any) -> Any:
        """An index sum over all j, those outside the coset times 0."""
        c, m = form(self.c, env), form(self.m, env)
        value = on_coset(c, m)
        return value * on_coset(c, forms.negative(m)) if self.squared else value

    def value(self, m: Any, env: Env) -> Any:
        f, c = whole(self.m, m, env), whole(self.c, m, env)
        members = range(c, m.k, env["n"])
        up = sum((m.pi[j] * m.zeta(f * j) for j in members), start=m.zeta(0) * 0)
        if not self.squared:
            return up
        return up * sum((m.pi[j] * m.zeta(-f * j) for j in members), start=m.zeta(0) * 0)

    def again(self, m: Any, env: Env) -> Any:
        value = horner(_kept(m.pi, index(self.c, m, env), env["n"]), m.k, index(self.m, m, env))
        return value * value.conjugate if self.squared else value

    def box(self) -> Box:
        s = Script(letter("s"), self.c.box())
        return Script(Fence(sign("|"), s, sign("|")), None, number(2)) if self.squared else s


@dataclass(frozen=True)
class Conditioned(Expr):
    """``|ŵ_m|²`` for w that lives on the coset c + nZ: π_j/q_c there."""

    c: Expr
    m: Expr
    renormalised: bool = True

    def for_every_k(self, read: Any, env: Any) -> Any:
        """``ŵ_m ŵ_{−m}``."""
        c, m = form(self.c, env), form(self.m, env)
        share = sums.atom(atoms.TABLE, atoms.COSET_WEIGHT, c, power=-1 if self.renormalised else 0)
        ends = [over_all(lambda j, f=f: self._entry(c, j) * share * sums.root(forms.times(f, j)))
                for f in (m, forms.negative(m))]  # fmt: skip
        return ends[0] * ends[1]

    @staticmethod
    def _entry(c: Any, j: Any) -> Any:
        return sums.entry("pi", j) * sums.in_subgroup(forms.minus(j, c))

    def value(self, m: Any, env: Env) -> Any:
        n, c, f = env["n"], whole(self.c, m, env), whole(self.m, m, env)
        q = sum(m.pi[j] for j in range(c, m.k, n))
        q = q if self.renormalised else q * 0 + 1
        w = tuple(m.pi[j] / q if j % n == c else m.pi[j] * 0 for j in range(m.k))
        return fourier(m, w, f) * fourier(m, w, -f)

    def again(self, m: Any, env: Env) -> Any:
        kept = _kept(m.pi, index(self.c, m, env), env["n"])
        mass = sum(kept) if self.renormalised else Fraction(1)
        value = horner([p / mass for p in kept], m.k, index(self.m, m, env))
        return value * value.conjugate

    def box(self) -> Box:
        at: Box = Script(Hat(W, self.m).box(), None, Row((sign("("), self.c.box(), sign(")"))))
        at = at if self.renormalised else Row((CosetWeight(self.c).box(), at))
        return Script(Fence(sign("|"), at, sign("|")), None, number(2))


def _kept(pi: Any, c: int, n: int) -> list[Any]:
    """The weights on the coset c + nZ, 0 elsewhere."""
    return [p if (j - c) % n == 0 else Fraction(0) for j, p in enumerate(pi)]


COSETS = Cosets("", ZERO, N - 1)


SUBGROUPS = Divisors("n | k")
