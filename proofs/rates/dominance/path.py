"""KL along the path of EM, and the number of iterations (T3a)."""

from __future__ import annotations

from functools import partial

from overspec.proofs.language.analysis import Length, Named
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import (  # fmt: skip
    ONE,
    ZERO,
    Div,
    Pow,
    Sym,
)
from overspec.proofs.language.lemmas import (  # fmt: skip
    ORTHOGONAL,
    UNIT,
    coefficient,
)
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import (
    THETA,
    Norm2,
    U,
)
from overspec.proofs.language.statement import (  # fmt: skip
    DoesNotFollow,
    Every,
    If,
    Relation,
    Statement,
    Where,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step, together
from overspec.proofs.machinery.rational import instances
from overspec.proofs.machinery.symbolic import SymbolicModel
from overspec.proofs.rates.global_rate import global_rate
from overspec.proofs.rates.gradient_dominance import gradient_dominance

RHO, T, EPSILON = Sym("rho*"), Sym("t"), Sym("epsilon")
KL_T, START = Named("KL", (), T), Named("theta", (), ZERO)
LOGARITHM = Hypothesis(
    "logarithm",
    "the logarithm increases, so that c ρ^{pt} ≤ ε for 0 < ρ < 1 where p t log(1/ρ) ≥ log(c/ε); "
    "for ρ = 0 the bound is 0 from t = 1 on",
    "monotone functions",
)


def divergence_path(k: int) -> Derivation:
    """T3a: ``KL_t ≤ ½ρ*^{2t}|θ_0|²`` from any start, and after how many steps KL is below ε.

    >>> divergence_path(2).recheck()
    ()
    """
    return _divergence_path(
        k,
        faulty=(
            ("KL falls as ρ^t", partial(_divergence_path, k, power=1)),
            ("KL ≤ |θ|²", partial(_divergence_path, k, half=1)),
        ),
    )


def _divergence_path(k: int, power: int = 2, half: int = 2, faulty: Faults = ()) -> Derivation:
    q, a = U[ZERO], U[ONE]  # any ρ^t and |θ_0|
    squared = step(
        "|θ_t| ≤ ρ*^t|θ_0| by T1, and L ≤ ½|θ|² by T3; here q stands for ρ*^t, a for |θ_0|.",
        (q * a) ** 2 / 2,
        (q if power == 1 else q**power) * (a**2 / half),
        "expand",
    )
    linear, below = global_rate(k).cited(0), gradient_dominance(k).cited(2)
    along = _along(linear, below, squared)
    return Derivation(
        id="T3a",
        title="KL along the path of EM, and the number of iterations",
        theorem=together(along, _count(along)),
        setting=(ORTHOGONAL, UNIT, "ε > 0"),
        model=SymbolicModel.of(k),
        witnesses=instances(k, copies=1),
        faulty=faulty,
    )


def _along(*premises: Theorem) -> Theorem:
    """|θ_{t+1}| ≤ ρ|θ_t| for all t, L ≤ ½|θ|²: so L(θ_t) ≤ ½(ρ^t|θ_0|)² by induction."""

    def infer(linear: Statement, below: Statement, squared: Statement) -> Statement:
        if not isinstance(linear, Where) or not isinstance(linear.body, If):
            raise DoesNotFollow("no linear rate")
        rate, factor = linear.body.then.parts  # type: ignore[attr-defined]
        law, quadratic, r = relation(factor), relation(below), relation(squared)
        here = Length(Named("theta", (), T))
        if law.rhs != rate.lhs * here or quadratic.lhs != Named("L", (THETA,)):
            raise DoesNotFollow("no factor per step, or no bound of L")
        q, a = U[ZERO], U[ONE]
        if quadratic.rhs.put({Norm2(THETA): (q * a) ** 2}) != r.lhs:
            raise DoesNotFollow("another bound of L")
        powers = [n for n in r.rhs.walk() if isinstance(n, Pow) and n.base == q]
        power = powers[0].exponent if powers else ONE
        bound = r.rhs.put({q**2: Pow(rate.lhs, power * T), q: Pow(rate.lhs, T),
                           a**2: Norm2(START)})  # fmt: skip
        law_ = Every(T, None, Relation(KL_T, "<=", bound))
        return Where(If(linear.body.condition, law_), linear.meaning)

    return Rule("induction over the steps of EM", infer)(*premises)


def _count(along: Theorem) -> Theorem:
    """c ρ^{pt} ≤ ε where t ≥ log(c/ε)/(p log(1/ρ))."""

    def infer(s: Statement) -> Statement:
        if not isinstance(s, Where) or not isinstance(s.body, If):
            raise DoesNotFollow("no bound of KL")
        bound = relation(s.body.then).rhs
        (decay,) = [n for n in bound.walk() if isinstance(n, Pow) and n.base == RHO]
        rest = bound.put({decay: ONE})
        factor, _ = coefficient(decay.exponent)
        enough = Div(Named("log", (lowest(rest / EPSILON),)), factor * Named("log", (1 / RHO,)))
        law = Every(T, None, If(Relation(T, ">=", enough), Relation(KL_T, "<=", EPSILON)))
        return If(s.body.condition, law)

    return Rule("solve for the number of steps", infer, (LOGARITHM,))(along)
