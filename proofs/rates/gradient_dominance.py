"""The Polyak–Łojasiewicz inequality on the whole space (T3), and KL along the path (T3a)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from overspec.proofs.identities.operator import M_THETA, gradient_descent
from overspec.proofs.identities.stein import distances, energy_form, gain_of, stein_form
from overspec.proofs.language.analysis import Extreme, Integral, Length, Mean, Named
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ONE, ZERO, Div, Env, Expr, Mul, Pow, Sym
from overspec.proofs.language.lemmas import (  # fmt: skip
    ORTHOGONAL,
    UNIT,
    coefficient,
    definition,
    linear,
    nonnegative,
)
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import (
    M_,
    THETA,
    Act,
    Coefficient,
    Hat,
    J,
    K,
    Norm2,
    S,
    U,
    W,
    over,
)
from overspec.proofs.language.ranges import Sum
from overspec.proofs.language.render import Box, letter
from overspec.proofs.language.statement import (  # fmt: skip
    DoesNotFollow,
    Every,
    If,
    Relation,
    Statement,
    Where,
    opened,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, every, step, together
from overspec.proofs.machinery.rational import instances
from overspec.proofs.machinery.symbolic import SymbolicModel
from overspec.proofs.rates.global_rate import global_rate

MU = Sym("mu")


@dataclass(frozen=True)
class Filter(Expr):
    """Any real filter ``g_m = g_{−m}``: coefficients ``u_j + u_{−j}`` of a polynomial in R."""

    def value(self, m: Any, env: Env) -> Any:
        return tuple(m.u[j] + m.u[-j % m.k] for j in range(m.k))

    def again(self, m: Any, env: Env) -> Any:
        backwards = (m.u[0], *reversed(m.u[1:]))
        return tuple(a + b for a, b in zip(m.u, backwards, strict=True))

    def entry_for_every_k(self, read: Any, j: Any) -> Any:
        """``u_j + u_{−j}``, j an index form."""
        return read(U[J] + U[-J], {J.name: j})

    def box(self) -> Box:
        return letter("g")


def gradient_dominance(k: int) -> Derivation:
    """T3: ``|∇L|² ≥ 2μ²(L − L*)`` for every θ, ``μ = inf_θ min_m g_m``.

    >>> gradient_dominance(2).recheck()
    ()
    """
    return _gradient_dominance(
        k,
        faulty=(
            ("|∇L|² = Σ g_m e_m", partial(_gradient_dominance, k, power=1)),
            ("(g − μ)² for g² − μ²", partial(_gradient_dominance, k, sign=-1)),
            ("pairs counted twice", partial(_gradient_dominance, k, pairs=1)),
            ("L ≤ |θ|²", partial(_gradient_dominance, k, half=1)),
        ),
    )


def _gradient_dominance(
    k: int, power: int = 2, sign: int = 1, pairs: int = 2, half: int = 2, faulty: Faults = ()
) -> Derivation:
    g = Hat(Filter(), M_)
    value, energy = U[M_], Sym("boltzmann", "e")[M_]  # any g_m ≥ 0 and e_m ≥ 0; s plays μ
    mu = Sym("s", "mu")
    squared = step(
        "∇L = Σ_m g_m θ_m (S2, S6), so its norm is a sum over frequencies; here for any real "
        "g_m with g_m = g_{−m}, Σ_m g_mθ_m = A_gθ.",
        Norm2(Act(Filter(), THETA)),
        over(M_, (g if power == 1 else g**power) * Coefficient(THETA, M_)) / K,
        "Parseval",
    )
    factored = step(
        "With g_m ≥ μ each term is at least μ²: |∇L|² ≥ μ²|θ|².",
        over(M_, (value**2 - mu**2) * energy),
        over(M_, (value - mu) * (value + sign * mu) * energy),
        "algebra; every factor is nonnegative",
    )
    shorter = step(
        "A_w does not lengthen: |A_wθ|² ≤ |θ|² at every x.",
        Norm2(THETA) - Norm2(Act(W, THETA)),
        distances(pairs),
        "Lagrange's identity and Σ_j w_j = 1",
    )
    area = step(
        "So by S7 L ≤ ∫₀¹ s |θ|² ds = ½|θ|², and L* = L(0) = 0: |∇L|² ≥ μ²|θ|² ≥ 2μ²L.",
        Integral(S, S * Norm2(THETA)),
        Norm2(THETA) / half,
        "the integrand is linear in s",
    )
    sevenfold = energy_form(k)
    least = definition(MU, Extreme("inf", THETA, Extreme("min", M_, gain_of(M_))))
    stein = stein_form(k)
    gradient = gradient_descent(k).cited(1)
    steep = _steep(gradient, stein.cited(1), squared, factored, least, stein.cited(3))
    below = _below(sevenfold.cited(2), shorter, area)
    return Derivation(
        id="T3",
        title="global Polyak–Łojasiewicz inequality",
        theorem=together(every(_dominated(steep, below), THETA), steep, below, least),
        setting=(ORTHOGONAL, UNIT),
        model=SymbolicModel.of(k),
        witnesses=instances(k, copies=1),
        faulty=faulty,
        root=k,
    )


def _steep(*premises: Theorem) -> Theorem:
    """∇L = Σ g_mθ_m with g_m ≥ μ ≥ 0: |∇L|² = (1/k) Σ g_m^p |θ̂_m|² ≥ μ^p |θ|², p as found."""

    def infer(gradient: Statement, diagonal: Statement, squared: Statement,
              factored: Statement, least: Statement, bounds: Statement) -> Statement:  # fmt: skip
        slope, image = relation(gradient), relation(diagonal)
        m = opened(diagonal)[0][0].index
        coordinate, mu = Named("theta", (), m), relation(least).lhs
        by_frequency = slope.rhs.put({THETA: coordinate, M_THETA: image.rhs})
        if lowest(by_frequency - gain_of(m) * coordinate) != ZERO:
            raise DoesNotFollow("the gradient is not g_m θ_m at frequency m")
        energy, terms = relation(squared), relation(factored)
        if energy.lhs != Norm2(Act(Filter(), THETA)) or not isinstance(energy.rhs, Div):
            raise DoesNotFollow("not Parseval")
        found = energy.rhs.top
        if not isinstance(found, Sum) or not isinstance(found.body, Mul):
            raise DoesNotFollow("no sum over frequencies")
        gain, rest = found.body.factors
        power = gain.exponent if isinstance(gain, Pow) else ONE
        if rest != Coefficient(THETA, found.index) or not _increasing(terms):
            raise DoesNotFollow("the terms do not grow with g_m")
        bound = mu if power == ONE else Pow(mu, power)
        return Relation(Norm2(slope.lhs), ">=", bound * Norm2(THETA))

    return Rule("a sum with larger terms", infer)(*premises)


def _increasing(terms: Relation) -> bool:
    """Whether Σ(g² − μ²)e is written with factors g ± μ and e alone."""
    if not isinstance(terms.rhs, Sum) or not isinstance(terms.rhs.body, Mul):
        return False
    value, mu = U[M_], Sym("s", "mu")
    return set(terms.rhs.body.factors[:-1]) <= {value - mu, value + mu}


def _below(*premises: Theorem) -> Theorem:
    """L = ∫₀¹ s E|A_wθ|² ds and |θ|² − |A_wθ|² ≥ 0 at every x: L ≤ ∫₀¹ s|θ|² ds."""

    def infer(energy: Statement, shorter: Statement, area: Statement) -> Statement:
        r, gap, value = relation(energy), relation(shorter), relation(area)
        c, rest = linear(gap.lhs, Norm2(Act(W, THETA)))
        if c != -1 or not nonnegative(gap.rhs):
            raise DoesNotFollow("no bound of |A_wθ|²")
        means = {n: rest for n in r.rhs.walk() if isinstance(n, Mean)}
        if r.rhs.put(means) != value.lhs:
            raise DoesNotFollow("another integral")
        return Relation(r.lhs, "<=", value.rhs)

    return Rule("monotone integrals", infer)(*premises)


def _dominated(steep: Theorem, below: Theorem) -> Theorem:
    """G ≥ a|θ|² and L ≤ b|θ|²: G ≥ (a/b) L."""

    def infer(first: Statement, second: Statement) -> Statement:
        a, b = relation(first), relation(second)
        if (a.kind, b.kind) != (">=", "<="):
            raise DoesNotFollow("bounds on the wrong sides")
        return Relation(a.lhs, ">=", lowest(a.rhs * b.lhs / b.rhs))

    return Rule("a quotient of bounds", infer)(steep, below)


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
