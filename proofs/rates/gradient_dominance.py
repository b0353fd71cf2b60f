"""The Polyak–Łojasiewicz inequality on the whole space (T3)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from overspec.proofs.identities.operator import M_THETA, gradient_descent
from overspec.proofs.identities.stein import distances, energy_form, gain_of, stein_form
from overspec.proofs.language.analysis import Extreme, Integral, Mean, Named
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import (  # fmt: skip
    ONE,
    ZERO,
    Div,
    Env,
    Expr,
    Mul,
    Pow,
    Sym,
)
from overspec.proofs.language.lemmas import (  # fmt: skip
    ORTHOGONAL,
    UNIT,
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
    Relation,
    Statement,
    opened,
    relation,
)
from overspec.proofs.language.theorem import Rule, Theorem, every, step, together
from overspec.proofs.machinery.rational import instances
from overspec.proofs.machinery.symbolic import SymbolicModel

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
