"""Dimensions on which R is the identity change nothing: γ does not depend on d ≥ k − 1 (D)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

from overspec.proofs.identities.operator import jacobian
from overspec.proofs.identities.stein import GAIN, stein_form
from overspec.proofs.language.analysis import Covariance, Mean, Named
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ATOM, ZERO, Env, Expr, Num, Sym
from overspec.proofs.language.lemmas import ORTHOGONAL, UNIT, linear
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import (
    ENERGY,
    M_,
    PI,
    THETA,
    Act,
    Apply,
    Delta,
    Inner,
    J,
    K,
    Mode,
    S,
    Turn,
    W,
    X,
    over,
)
from overspec.proofs.language.ranges import F_R, Z_K
from overspec.proofs.language.render import Box, Row, joined, letter, sign
from overspec.proofs.language.statement import (  # fmt: skip
    Both,
    DoesNotFollow,
    Every,
    If,
    Relation,
    Statement,
    equals,
    opened,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step, together
from overspec.proofs.machinery.calculus import times
from overspec.proofs.machinery.rational import instances
from overspec.proofs.machinery.symbolic import SymbolicModel

BALLS = Hypothesis(
    "balls",
    "a ball |θ| ≤ r that holds θ holds it without its frequency-0 part, so the infimum of a "
    "function of the other parts over it is the same with idle dimensions and without",
    "projections do not lengthen",
)


@dataclass(frozen=True)
class Scaled(Expr):
    """w for E_0, …, E_{k−1} times s, or for the first of them alone."""

    first: bool = False

    def value(self, m: Any, env: Env) -> Any:
        count = 1 if self.first else m.k
        scaled = (*times(m.s, m.boltzmann[:count]), *m.boltzmann[count:])
        return W.value(replace(m, boltzmann=scaled), env)

    def again(self, m: Any, env: Env) -> Any:
        """Bayes' rule with every density, or the first, multiplied by s."""
        moved = [m.s if j == 0 or not self.first else 1 for j in range(m.k)]
        joint = [c * p * m.density(j) for j, (c, p) in enumerate(zip(moved, m.pi, strict=True))]
        return tuple(term / sum(joint) for term in joint)

    def entry_for_every_k(self, read: Any, j: Any) -> Any:
        """``π_jsE_j/Σ_lπ_lsE_l``, j an index form."""
        joint = PI[J] * (S * ENERGY[J])
        if self.first:
            joint = PI[J] * ENERGY[J] * (1 + (S - 1) * Delta(J, ZERO))
        return read(joint / over(J, joint), {J.name: j})

    def box(self) -> Box:
        entries = (S * ENERGY[ZERO], ENERGY[Num(ZERO.number + 1)] if self.first else S * ENERGY[1])
        inner = joined([*(e.box() for e in entries), sign(r"\dots", "…")], sign(",", ", "))
        return Row((letter("w"), sign("("), inner, sign(")")))


@dataclass(frozen=True)
class Unnormalised(Expr):
    """``π_jE_j``: shares that do not sum to 1."""

    level: ClassVar[int] = ATOM

    def value(self, m: Any, env: Env) -> Any:
        return tuple(p * e for p, e in zip(m.pi, m.boltzmann, strict=True))

    def again(self, m: Any, env: Env) -> Any:
        """The densities over that of N(0, I), without their common factor e^{−|θ|²/2}."""
        scale = m.exponential(sum(a * a for a in m.theta) / 2) / m.gauss
        return tuple(p * m.density(j) * scale for j, p in enumerate(m.pi))

    def box(self) -> Box:
        return Row((letter("pi"), letter("E")))


def idle_dimensions(k: int) -> Derivation:
    """D: w_j(x;θ), hence every g_m and DM off frequency 0, do not see θ_0; g_0 = 1, DM f_0 = 0.

    >>> idle_dimensions(2).recheck()
    ()
    """
    return _idle_dimensions(
        k,
        faulty=(
            ("frequency 1 in place of 0", partial(_idle_dimensions, k, idle=1)),
            ("a factor on one exponential only", partial(_idle_dimensions, k, first=True)),
            ("shares that do not sum to 1", partial(_idle_dimensions, k, shares=Unnormalised())),
        ),
    )


def _idle_dimensions(
    k: int, idle: int = 0, first: bool = False, shares: Expr = W, faulty: Faults = ()
) -> Derivation:
    f = Mode(Num(ZERO.number + idle))
    turned = Turn(-J, X)
    added = step(
        "Let f_0 be fixed by R. Moving θ along it adds one number to all exponents.",
        Inner(X, Turn(J, THETA + S * f)),
        Inner(X, Turn(J, THETA)) + S * Inner(X, f),
        "R f_0 = f_0",
        (J, Z_K),
    )
    common = step(
        "A common factor of the E_j drops out of the responsibilities: w_j(x;θ + s f_0) = "
        "w_j(x;θ). So every ŵ_m and g_m is a function of θ without its frequency-0 part.",
        Scaled(first),
        W,
        "cancel",
    )
    fixed = step(
        "A_w fixes f_0, so ŵ_0 = 1: g_0 = 1, and M(θ)_0 = 0 by S6.",
        Act(shares, f),
        f,
        "R f_0 = f_0 and Σ_j w_j = 1",
    )
    along = step(
        "⟨f_0,R^{-j}x⟩ is the same for all j, so Cov_w(R^{-j}x) f_0 = 0, and DM f_0 = 0 by S5: "
        "the eigenvalue of the Hessian on frequency 0 is 1, never the smallest.",
        over(J, shares[J] * Inner(f, turned) * turned),
        Inner(f, X) * over(J, shares[J] * turned),
        "R is orthogonal and R f_0 = f_0",
    )
    stein = stein_form(k)
    unseen = _unseen(added, common, stein.cited(2))
    one = _factor_one(fixed, stein.cited(1), stein.cited(2))
    flat = _flat(along, jacobian(k).cited(0))
    return Derivation(
        id="D",
        title="idle dimensions change nothing",
        theorem=together(_radii(unseen, flat), unseen, one, flat),
        setting=(ORTHOGONAL, UNIT),
        model=SymbolicModel.of(k),
        witnesses=instances(k),
        faulty=faulty,
        root=k,
    )


def _unseen(added: Theorem, common: Theorem, gain: Theorem) -> Theorem:
    """All exponents grow by one number, which drops out of w: w and g_m stay."""

    def infer(first: Statement, second: Statement, third: Statement) -> Statement:
        r, ratio = relation(first), relation(second)
        if not isinstance(r.lhs, Inner) or not isinstance(r.lhs.v, Turn):
            raise DoesNotFollow("no exponents")
        _, shift = linear(r.rhs, Inner(X, Turn(J, THETA)))
        if shift.has(J) or not isinstance(ratio.lhs, Scaled) or ratio.rhs != W:
            raise DoesNotFollow("the exponents do not grow alike")
        place = r.lhs.v.u
        same = equals(Named("w", (X, place), J), Named("w", (X, THETA), J))
        gains = equals(Named("g", (place,), M_), Named("g", (THETA,), M_))
        return Both((Every(J, Z_K, same), Every(M_, F_R, gains)))

    return Rule("a common factor drops out", infer)(added, common, gain)


def _factor_one(fixed: Theorem, diagonal: Theorem, gain: Theorem) -> Theorem:
    """A_wf = cf at every x for a mode f: g = c² there, and M acts on it by 1 − c²."""

    def infer(first: Statement, second: Statement, third: Statement) -> Statement:
        r, image, mean_ = relation(first), relation(second), relation(third)
        if not isinstance(r.lhs, Act) or not isinstance(r.lhs.u, Mode) or mean_.rhs != Mean(GAIN):
            raise DoesNotFollow("no mode")
        m, (c, rest) = r.lhs.u.m, linear(r.rhs, r.lhs.u)
        if rest != ZERO:
            raise DoesNotFollow("no eigenvector")
        at = {opened(second)[0][0].index: m}
        g = equals(mean_.lhs.put({opened(third)[0][0].index: m}), Num(c * c))
        return Both(
            (g, equals(image.lhs.put(at), lowest(image.rhs.put({**at, M_: m}).put({g.lhs: g.rhs}))))
        )

    return Rule("the factor of a fixed mode", infer)(fixed, diagonal, gain)


def _flat(along: Theorem, slope: Theorem) -> Theorem:
    """Σ c_j⟨f,y_j⟩y_j = ⟨f,x⟩ȳ, y_j = R^{-j}x, with R f = f: Cov f = 0, and DM f = 0."""

    def infer(first: Statement, second: Statement) -> Statement:
        r, derivative = relation(first), relation(second)
        f = next(n for n in r.lhs.walk() if isinstance(n, Mode))
        turned = Turn(-J, X)
        nodes = (n for n in r.lhs.walk() if isinstance(n, Expr))
        c = next(n for n in nodes if n in (W, Unnormalised()))
        if r.lhs != over(J, c[J] * Inner(f, turned) * turned):
            raise DoesNotFollow("not the second moment")
        if r.rhs != Inner(f, X) * over(J, c[J] * turned) or derivative.rhs != Mean(Covariance(W)):
            raise DoesNotFollow("not the square of the mean")
        return equals(Apply(derivative.lhs, f), ZERO)

    return Rule("a covariance along a constant", infer)(along, slope)


def _radii(unseen: Theorem, flat: Theorem) -> Theorem:
    """What g_m and DM do not see, no radius sees: γ is the same in every dimension d ≥ k − 1."""

    def infer(first: Statement, second: Statement) -> Statement:
        if not isinstance(first, Both) or relation(second).rhs != ZERO:
            raise DoesNotFollow("θ_0 is seen")
        d = Sym("d")
        same = equals(Named("gamma", (d,)), Named("gamma", (K - 1,)))
        return If(Relation(d, ">=", K - 1), same)

    return Rule("infima over balls", infer, (BALLS,))(unseen, flat)
