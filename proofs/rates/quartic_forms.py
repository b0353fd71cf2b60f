"""Quadratic and quartic forms with symmetric matrices, as nodes (T2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar

from overspec.proofs.language.analysis import Named
from overspec.proofs.language.every import forms, sums
from overspec.proofs.language.every.calculus import entries_moved
from overspec.proofs.language.every.evaluate import entry, over_all
from overspec.proofs.language.every.evaluate import index as form
from overspec.proofs.language.expression import ONE, POWER, PRODUCT, ZERO, Env, Expr, Sym, whole
from overspec.proofs.language.operators import U
from overspec.proofs.language.reading.mixture import columns
from overspec.proofs.language.reading.reader import index, read, scaled, summed
from overspec.proofs.language.render import Box, Row, Script, letter
from overspec.proofs.language.statement import Relation, equals


@dataclass(frozen=True)
class Bilinear(Expr):
    """``uᵀCv`` for a circulant symmetric C, here that of the autocorrelations of π."""

    u: Expr
    v: Expr
    level: ClassVar[int] = PRODUCT

    def for_every_k(self, read: Any, env: Any) -> Any:
        """``Σ_{a,b,j} π_jπ_{j+a−b} u_av_b``."""

        def autocorrelation(r: Any) -> Any:
            return over_all(lambda j: sums.entry("pi", j) * sums.entry("pi", forms.plus(j, r)))

        def row(a: Any) -> Any:
            return over_all(lambda b: autocorrelation(forms.minus(a, b)) * entry(self.v, b, env))

        return over_all(lambda a: entry(self.u, a, env) * row(a))

    def value(self, m: Any, env: Env) -> Any:
        u, v, k = self.u.value(m, env), self.v.value(m, env), m.k
        rho = [sum(m.pi[j] * m.pi[(j + r) % k] for j in range(k)) for r in range(k)]
        return sum(rho[(a - b) % k] * u[a] * v[b] for a in range(k) for b in range(k))

    def again(self, m: Any, env: Env) -> Any:
        """``⟨Π u, Π v⟩``, Π the circulant matrix of π: ΠᵀΠ has the autocorrelations of π."""
        images = []
        for table in (read(self.u, m, env), read(self.v, m, env)):
            turned = [scaled(p, m.turned(table, -j)) for j, p in enumerate(m.pi)]
            images.append(summed(turned))
        return sum(a * b for a, b in zip(*images, strict=True))

    def box(self) -> Box:
        return Row((Script(self.u.held(POWER), None, letter("T")), letter("C"), self.v.held(POWER)))


@dataclass(frozen=True)
class Coupling(Expr):
    """``C_ij`` of any symmetric matrix, here π_{i−j} + π_{j−i}."""

    i: Expr
    j: Expr

    def for_every_k(self, read: Any, env: Any) -> Any:
        """The same, the entries of π at index forms."""
        gap = form(self.i - self.j, env)
        return sums.entry("pi", gap) + sums.entry("pi", forms.negative(gap))

    def value(self, m: Any, env: Env) -> Any:
        gap = whole(self.i - self.j, m, env)
        return m.pi[gap % m.k] + m.pi[-gap % m.k]

    def again(self, m: Any, env: Env) -> Any:
        i, j = index(self.i, m, env), index(self.j, m, env)
        return m.turned(m.pi, j)[i % m.k] + m.turned(m.pi, i)[j % m.k]

    def box(self) -> Box:
        return Script(letter("C"), Row((self.i.box(), self.j.box())))


@dataclass(frozen=True)
class Partial(Expr):
    """``∂f/∂a_b``, by central differences that are exact up to degree 4."""

    f: Expr
    of: Sym
    b: Expr
    level: ClassVar[int] = POWER

    def for_every_k(self, read: Any, env: Any) -> Any:
        """``∂_b a_p^n = n a_p^{n−1} δ_{pb}``, entry by entry."""
        table, b = self.of.name, form(self.b, env)

        def slope(p: Any) -> Any:
            return sums.delta(forms.minus(p, b))

        return entries_moved(read(self.f, env), table, slope)

    def value(self, m: Any, env: Env) -> Any:
        place, table = whole(self.b, m, env), getattr(m, self.of.name)

        def at(move: int) -> Any:
            moved = tuple(a + move * int(i == place) for i, a in enumerate(table))
            return self.f.value(replace(m, **{self.of.name: moved}), env)

        return (8 * (at(1) - at(-1)) - at(2) + at(-2)) * Fraction(1, 12)

    def again(self, m: Any, env: Env) -> Any:
        """By dual numbers."""
        slopes = columns(m, self.of.name, lambda n: read(self.f, n, env))
        return slopes[index(self.b, m, env) % m.k][0]

    def box(self) -> Box:
        head = Script(letter("partial"), Script(self.of.box(), self.b.box()))
        return Row((head, self.f.held(PRODUCT)))


@dataclass(frozen=True)
class Gap(Expr):
    """``u − v`` for two tables of numbers."""

    u: Expr
    v: Expr
    level: ClassVar[int] = 1

    def entry_for_every_k(self, read: Any, j: Any) -> Any:
        """``u_j − v_j``."""
        return entry(self.u, j, {}) - entry(self.v, j, {})

    def value(self, m: Any, env: Env) -> Any:
        pairs = zip(self.u.value(m, env), self.v.value(m, env), strict=True)
        return tuple(a - b for a, b in pairs)

    def again(self, m: Any, env: Env) -> Any:
        return summed((read(self.u, m, env), scaled(-1, read(self.v, m, env))))

    def box(self) -> Box:
        return (self.u - self.v).box()


@dataclass(frozen=True)
class Constraint(Expr):
    """``u ≥ 0, Σu = 1``."""

    def box(self) -> Box:
        positive = Relation(U, ">=", ZERO).box()
        unit = equals(Named("Sigma", (), None) * U, ONE).box()
        return Row((positive, letter(","), unit))
