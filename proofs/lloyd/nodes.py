"""What the derivations about Lloyd's fixed point are made of: flows, averages, a density."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar

import sympy

from overspec.proofs.language.analysis import Derived, Named
from overspec.proofs.language.expression import ONE, PREFIX, PRODUCT, Env, Expr, Sym, whole
from overspec.proofs.language.operators import J, V, over
from overspec.proofs.language.reading.reader import index, read
from overspec.proofs.language.render import Accent, Box, Row, Script, letter, sign
from overspec.proofs.machinery.expansion import Jet

YY, PHI, BIG, RHO = Sym("y"), Sym("phi", "varphi"), Sym("Phi"), Sym("rho")
P, Q, FIRST = Sym("p"), Sym("q"), Sym("v_0")
# the identity in ρ is one of rational functions; instances are kept off its pole at ρ = 1
SHIFT = 10


@dataclass(frozen=True)
class Flow(Expr):
    """``d/dy`` of a polynomial in y, φ, Φ, with φ' = −yφ and Φ' = φ."""

    f: Expr
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        if isinstance(m.y, sympy.Basic):
            value = self.f.value(m, env)
            slope = sympy.diff(value, m.y) + m.phi * sympy.diff(value, m.Phi)
            # Φ^{k−1}/Φ is Φ^{k−2}, which SymPy leaves apart where k is a symbol
            return sympy.powsimp(slope - m.y * m.phi * sympy.diff(value, m.phi))
        return self.again(m, env)

    def again(self, m: Any, env: Env) -> Any:
        """By truncated power series along the flow."""
        s = Jet.variable(1)
        flow = {"y": s + m.y, "phi": s * (-m.y * m.phi) + m.phi, "Phi": s * m.phi + m.Phi}
        value = read(self.f, replace(m, values={**m.values, **flow}), env)
        return value.c[1] if isinstance(value, Jet) else Fraction(0)

    def box(self) -> Box:
        return Derived(self.f, (YY, ONE)).box()


@dataclass(frozen=True)
class Line(Expr):
    """``∫ f dy`` over the line, not evaluated."""

    f: Expr
    level: ClassVar[int] = PREFIX

    def box(self) -> Box:
        return Row(
            (sign(r"\int", "∫"), self.f.held(PREFIX), sign(r"\,", " "), letter("d"), letter("y"))
        )


@dataclass(frozen=True)
class Total(Expr):
    """``Σ_j v_j``: a letter where k is one, the sum where the vector is written out."""

    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        return m.s

    def again(self, m: Any, env: Env) -> Any:
        return sum(_written_out(m), start=Fraction(0))

    def box(self) -> Box:
        return over(J, V[J]).box()


@dataclass(frozen=True)
class Averaged(Expr):
    """Coordinate a of the average of v over the permutations of the other coordinates than 0."""

    a: Expr
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        return m.v_0 if whole(self.a, m, env) == 0 else (m.s - m.v_0) / (m.k - 1)

    def again(self, m: Any, env: Env) -> Any:
        """The cyclic ones do: each coordinate visits each place once."""
        first, *rest = _written_out(m)
        turns = [[first, *rest[n:], *rest[:n]] for n in range(len(rest))]
        return sum((turn[index(self.a, m, env)] for turn in turns), Fraction(0)) / len(turns)

    def box(self) -> Box:
        return Script(Accent(letter("v"), "bar"), self.a.box())


def _written_out(m: Any) -> list[Fraction]:
    """A vector of k coordinates with the v_0 and the sum of the point, the others different."""
    others = [Fraction(j) for j in range(1, m.k)]
    shift = (m.s - m.v_0 - sum(others)) / (m.k - 1)
    return [m.v_0, *(value + shift for value in others)]


@dataclass(frozen=True)
class DensitySlope(Expr):
    """``(∂_ρφ_2)/φ_2`` of two normals with correlation ρ + 10: by SymPy, and by power series."""

    level: ClassVar[int] = PRODUCT

    def value(self, m: Any, env: Env) -> Any:
        if not isinstance(m.rho, sympy.Basic):
            return self.again(m, env)
        rho = m.rho + SHIFT
        s = 1 - rho**2
        exponent = -(m.p**2 - 2 * rho * m.p * m.q + m.q**2) / (2 * s)
        return sympy.diff(exponent - sympy.log(s) / 2, m.rho)

    def again(self, m: Any, env: Env) -> Any:
        rho = Jet.variable(1, m.rho + SHIFT)
        s = 1 - rho * rho
        exponent = (rho * (2 * m.p * m.q) - (m.p**2 + m.q**2)) / (s * 2)
        return exponent.c[1] - s.c[1] / s.c[0] / 2

    def box(self) -> Box:
        density = Named("varphi_2", (P, Q, RHO))
        return (Derived(density, (RHO, ONE)) / density).box()
