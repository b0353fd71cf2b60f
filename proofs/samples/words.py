"""What a theorem on samples says: with probability, suprema over a ball, tails of χ²."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from overspec.proofs.language.analysis import Length, Named
from overspec.proofs.language.expression import PREFIX, Expr, Sym
from overspec.proofs.language.operators import PI, THETA, Act, Norm2, X
from overspec.proofs.language.render import Box, Fence, Row, Script, letter, number, sign
from overspec.proofs.language.statement import Every, Prose, Statement, joint

N, D, DELTA, T = Sym("n"), Sym("d"), Sym("delta"), Sym("t")
R, R_N, TAU, RHO = Sym("r"), Sym("r_n"), Sym("tau"), Sym("rho")
S_1, S_2, ELL, LAMBDA = Sym("s_1"), Sym("s_2"), Sym("ell"), Sym("lambda")
V_N, B_N = Sym("V"), Sym("b")  # of Bernstein's inequality
Q_N, ETA_N, OMEGA_N = Sym("q_n"), Sym("eta_n"), Sym("omega_n")  # of the three parts of M_n − M
NU, BALLS = Sym("nu"), Sym("N")  # of the mesh r/ν, and how many balls
SPREAD = Sym("Delta")  # the largest of all ‖R^j − I‖
THETA_T = Named("theta", (), T)
GAP = Length(Named("M_n", (THETA,)) - Named("M", (THETA,)))


def epsilon(radius: Expr) -> Named:
    """``ε_n(r)``: what bounds |M_n − M| on |θ| ≤ r."""
    return Named("epsilon_n", (radius,))


def alpha(radius: Expr) -> Named:
    """``α_n(r)``: the same by contraction."""
    return Named("alpha_n", (radius,))


def zeta(radius: Expr) -> Named:
    """``ζ_n(r)``: the same by a net."""
    return Named("zeta_n", (radius,))


@dataclass(frozen=True)
class Likely(Statement):
    """``body`` with a probability of at least ``level``."""

    level: Expr
    body: Statement

    def prose(self) -> Prose:
        return ("with probability at least ", self.level.box(), ": ", *joint(self.body))


@dataclass(frozen=True)
class Given(Every):
    """``body`` for each of N values that are given, and do not depend on the rows."""

    def prose(self) -> Prose:
        head: Prose = ("for each of ", BALLS.box(), " given ", self.index.box(), ": ")
        return (*head, *self.body.prose())


@dataclass(frozen=True)
class InBall(Expr):
    """``sup`` or ``inf`` of f over |θ| ≤ radius, not evaluated."""

    kind: str
    radius: Expr
    f: Expr
    level: ClassVar[int] = PREFIX

    def box(self) -> Box:
        size = Fence(sign("|"), THETA.box(), sign("|"))
        ball = Row((size, sign(r"\le", " ≤ "), self.radius.box()))
        return Row((Script(sign(rf"\{self.kind}", self.kind), ball), sign(r"\,", " "),
                    self.f.held(PREFIX)))  # fmt: skip


@dataclass(frozen=True)
class Expected(Expr):
    """``E f`` over all samples, not evaluated."""

    f: Expr
    level: ClassVar[int] = PREFIX

    def box(self) -> Box:
        return Row((letter("E"), sign(r"\,", " "), self.f.held(PREFIX)))


@dataclass(frozen=True)
class OperatorNorm(Expr):
    """``‖f‖``, the largest modulus of an eigenvalue of a symmetric matrix, not evaluated."""

    f: Expr

    def box(self) -> Box:
        return Fence(sign(r"\|", "‖"), self.f.box(), sign(r"\|", "‖"))


@dataclass(frozen=True)
class Exceeds(Expr):
    """``P(|Aᵀx|² > at)`` for x ~ N(0, I), not evaluated."""

    at: Expr

    def box(self) -> Box:
        size = Norm2(Act(PI, X, transposed=True)).box()
        inner = Row((size, sign(">", " > "), self.at.box()))
        return Row((letter("P"), Fence(sign("("), inner, sign(")"))))


@dataclass(frozen=True)
class Tail(Expr):
    """``P(χ²_freedom > at)``, not evaluated."""

    freedom: Expr
    at: Expr

    def box(self) -> Box:
        law = Script(letter("chi"), self.freedom.box(), number(2))
        inner = Row((law, sign(">", " > "), self.at.box()))
        return Row((letter("P"), Fence(sign("("), inner, sign(")"))))
