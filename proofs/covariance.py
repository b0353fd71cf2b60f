"""The covariance estimated too (math.md section 9, Q2): the local rate stays.

Isotropic ``vI``: ``θ' = M(θ/v)``, ``v' = 1 − |θ'|²/d``. Full Σ: the M-step of θ solves
``E Σ_j w_j R^{-j} Σ'^{-1} (x − R^jθ') = 0``. At the optimum both joint Jacobians are
``diag(I − AᵀA, 0)``. What happens where A = 0 is in `uniform_rate`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial

from .analysis import Mean, Named
from .circulant import WHITE, hessian_at_optimum
from .derivation import Derivation, Faults
from .expression import ONE, ZERO, Div, Expr, Num, Sym
from .lemmas import EXCHANGE, ORTHOGONAL, UNIT, linear
from .lowest_terms import lowest
from .operator import pulled
from .operators import (
    PHI,
    PI,
    THETA,
    Act,
    Identity,
    Inner,
    J,
    Norm2,
    Outer,
    S,
    Turn,
    V,
    W,
    X,
    over,
)  # fmt: skip
from .ranges import Z_K
from .rational import instances
from .render import Box, Fence, Row, letter, sign
from .statement import DoesNotFollow, Statement, equals, relation
from .symbolic import SymbolicModel
from .theorem import Rule, Theorem, step, together

SCALE, D = Sym("v_t", "v"), Sym("d")


@dataclass(frozen=True)
class Diagonal(Expr):
    """A block diagonal matrix."""

    first: Expr
    second: Expr

    def box(self) -> Box:
        inner = Row((self.first.box(), sign(",", ", "), self.second.box()))
        return Row((letter("diag"), Fence(sign("("), inner, sign(")"))))


@cache
def joint_covariance(k: int) -> Derivation:
    """Q2: with v or Σ estimated, the Jacobian at the optimum is ``diag(I − AᵀA, 0)``.

    >>> joint_covariance(2).recheck()
    ()
    """
    return _joint_covariance(
        k,
        faulty=(
            ("the cross term once", partial(_joint_covariance, k, cross=1)),
            ("v in place of 1/v", partial(_joint_covariance, k, inverse=False)),
            ("E xxᵀ = 2I", partial(_joint_covariance, k, white=2)),
            ("x without its odd moment", partial(_joint_covariance, k, odd=1)),
        ),
    )


def _joint_covariance(
    k: int, cross: int = 2, inverse: bool = True, white: int = 1, odd: int = 0, faulty: Faults = ()
) -> Derivation:
    away = X - Turn(J, PHI)
    residual = step(
        "The M-step of v, with θ' = Σ_jE w_jR^{-j}x: v'd = d − 2|θ'|² + |θ'|².",
        over(J, W[J] * Norm2(away)),
        Norm2(X) - cross * Inner(pulled(-J), PHI) + Norm2(PHI),
        "Σ_j w_j = 1",
    )
    exponent = step(
        "The E-step at (θ, v) is the one at (θ/v, 1); s = 1/v.",
        S * (Norm2(X) + Norm2(THETA) - Norm2(X - Turn(J, THETA))) / 2,
        Inner(X, Turn(J, S * THETA if inverse else Div(THETA, S))),
        "R^j is orthogonal",
        (J, Z_K),
    )
    weights = over(J, PI[J])
    scatter = step(
        "Full covariance at θ = 0: Σ' is I plus a quadratic form in θ', so its derivative "
        "in θ and in Σ is 0.",
        Mean(over(J, PI[J] * Outer(away))),
        white * weights * Identity() + over(J, PI[J] * Outer(Turn(J, PHI))),
        "E x = 0 and E xxᵀ = I",
    )
    normal = step(
        "At θ = 0 the M-step gives θ' = 0 whatever Σ is (B for Σ^{-1}, a sum of θ'vᵀ): no "
        "derivative in Σ. The derivative in θ at Σ = I is that of S4.",
        Mean(over(J, PI[J] * Inner(V, X) * Turn(-J, PHI))),
        odd * Act(PI, V),
        "E x = 0",
    )
    variance, scaled = _variance(residual), _scaled(exponent)
    optimum = hessian_at_optimum(k).cited(0)
    return Derivation(
        id="Q2",
        title="an estimated covariance leaves the local rate",
        theorem=together(_jacobian(optimum, scatter, normal), scaled, variance, scatter),
        setting=(ORTHOGONAL, UNIT, WHITE),
        model=SymbolicModel.of(k),
        witnesses=instances(k, copies=1),
        faulty=faulty,
        root=k,
    )


NEXT = Named("theta'")


def _variance(residual: Theorem) -> Theorem:
    """d v' = E of the residual at θ' = E Σ w_jR^{-j}x, with E|x|² = d."""

    def infer(s: Statement) -> Statement:
        r = relation(s)
        c, rest = linear(r.rhs, Inner(pulled(-J), PHI))
        square, white = linear(rest, Norm2(PHI))
        if white != Norm2(X) or r.lhs != over(J, W[J] * Norm2(X - Turn(J, PHI))):
            raise DoesNotFollow("not the residual")
        share = lowest((Num(c) + Num(square)) * Norm2(NEXT) / D)
        return equals(Named("v'"), ONE + share)

    return Rule("the M-step of v", infer, (EXCHANGE,))(residual)


def _scaled(exponent: Theorem) -> Theorem:
    """The exponents at (θ, v) are those at (aθ, 1), s = 1/v: θ' = M(aθ)."""

    def infer(s: Statement) -> Statement:
        r = relation(s)
        if not isinstance(r.rhs, Inner) or not isinstance(r.rhs.v, Turn) or r.rhs.v.power != J:
            raise DoesNotFollow("no exponents")
        place = lowest(r.rhs.v.u.put({S: Div(ONE, SCALE)}))
        return equals(NEXT, Named("M", (place,)))

    return Rule("the E-step", infer)(exponent)


def _jacobian(optimum: Theorem, scatter: Theorem, normal: Theorem) -> Theorem:
    """DM(0), with Σ' = I + (quadratic in θ') and a right side 0 whatever Σ is."""

    def infer(first: Statement, second: Statement, third: Statement) -> Statement:
        square, flat = relation(second), relation(third)
        moving = [t for t in square.rhs.terms if t.has(PHI)]  # type: ignore[attr-defined]
        if moving != [over(J, PI[J] * Outer(Turn(J, PHI)))]:
            raise DoesNotFollow("Σ' is not quadratic in θ'")
        here = equals(Named("J"), Diagonal(relation(first).rhs, ZERO))
        if flat.rhs != ZERO:
            here = equals(Named("J"), Diagonal(relation(first).rhs, flat.rhs))
        return here

    return Rule("the joint Jacobian", infer, (EXCHANGE,))(optimum, scatter, normal)
