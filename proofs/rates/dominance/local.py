"""The Polyak–Łojasiewicz inequality, strong convexity and smoothness for |θ| ≤ γ_c (T3b)."""

from __future__ import annotations

from functools import partial

from overspec.proofs.identities.operator import M_THETA, jacobian
from overspec.proofs.language.analysis import Gradient, Integral, Length, Named
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import (  # fmt: skip
    ONE,
    ZERO,
    Expr,
    Mul,
    Num,
    Sym,
    product,
)
from overspec.proofs.language.lemmas import (  # fmt: skip
    ORTHOGONAL,
    UNIT,
    coefficient,
    linear,
    nonnegative,
)
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import (
    THETA,
    Identity,
    Inner,
    Norm2,
    S,
    U,
    V,
)
from overspec.proofs.language.statement import (  # fmt: skip
    DoesNotFollow,
    Every,
    If,
    Relation,
    Statement,
    opened,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step, together
from overspec.proofs.machinery.rational import instances
from overspec.proofs.machinery.symbolic import SymbolicModel
from overspec.proofs.rates.ray.theorem import GAP, SIGMA, radius_bound

GAMMA = Sym("gamma_c")
LEAST = GAP * SIGMA  # what the eigenvalues of ∇²L are at least
WITHIN = "0 < c < 1, and γ_c is the largest r with λ_max(DM(θ)) ≤ 1 − cσ for |θ| ≤ r"
TAYLOR = Hypothesis(
    "Taylor",
    "L(0) = 0 and ∇L(0) = 0, so L(θ) = ⟨∇L(θ),θ⟩ − ∫₀¹ s θᵀ∇²L(sθ)θ ds = "
    "∫₀¹ (1−s) θᵀ∇²L(sθ)θ ds, and sθ is in every ball about 0 that has θ",
    "Taylor's theorem",
)


def local_dominance(k: int) -> Derivation:
    """T3b: ``|∇L|² ≥ 2cσL`` for |θ| ≤ γ_c, with the constants of strong convexity.

    >>> local_dominance(2).recheck()
    ()
    """
    return _local_dominance(
        k,
        faulty=(
            ("three times ∇L·θ in the square", partial(_local_dominance, k, cross=3)),
            ("∫₀¹ s ds = 1", partial(_local_dominance, k, half=1)),
            ("∫₀¹ (1−s) ds = 1", partial(_local_dominance, k, rest=1)),
            ("a step that gains twice |∇L|²/2", partial(_local_dominance, k, gain=2)),
        ),
    )


def _local_dominance(
    k: int, cross: int = 2, half: int = 2, rest: int = 2, gain: int = 1, faulty: Faults = ()
) -> Derivation:
    m, a = U[ZERO], U[ONE]  # any m > 0 with ∇²L ⪰ m in the ball, any L(θ)
    square = step(
        "Where ∇²L ⪰ m in a ball about 0 that has θ, L ≤ ⟨∇L,θ⟩ − ∫₀¹ s m|θ|² ds; here v stands "
        "for ∇L(θ), so that |∇L|² is at least 2m times this.",
        Norm2(V) - cross * m * Inner(V, THETA) + m**2 * Norm2(THETA),
        Norm2(V - m * THETA),
        "expand",
    )
    above = step(
        "The integral from above.",
        Integral(S, S * m * Norm2(THETA)),
        m * Norm2(THETA) / half,
        "the integrand is linear in s",
    )
    below = step(
        "That from below, L ≥ ∫₀¹ (1−s) m|θ|² ds.",
        Integral(S, (1 - S) * m * Norm2(THETA)),
        m * Norm2(THETA) / rest,
        "the integrand is linear in s",
    )
    onward = step(
        "A step of EM takes ½|∇L|² from L at least (S5); here any m, and a for L(θ).",
        a - cross * m * a / 2,
        (1 - gain * m) * a,
        "expand",
    )
    smooth = jacobian(k)
    convex = _convex(smooth.cited(2))
    steep = _local(convex, square, above)
    bound = radius_bound(k).cited(4)
    return Derivation(
        id="T3b",
        title="local Polyak–Łojasiewicz inequality, strong convexity and smoothness",
        theorem=together(
            steep, convex, _lower(convex, below), smooth.cited(3),
            _shrinks(steep, smooth.cited(4), onward), bound,
        ),
        setting=(ORTHOGONAL, UNIT, "σ = min_m |π̂_m|²", WITHIN),
        model=SymbolicModel.of(k),
        witnesses=instances(k, copies=1),
        faulty=faulty,
    )  # fmt: skip


def _in_ball(law: Statement) -> Statement:
    return Every(THETA, None, If(Relation(Length(THETA), "<=", GAMMA), law))


def _law(s: Statement) -> Relation:
    """What holds of θ in that ball."""
    inner = opened(s)[1]
    if not isinstance(inner, If) or inner.condition != Relation(Length(THETA), "<=", GAMMA):
        raise DoesNotFollow("not on |θ| ≤ γ_c")
    return relation(inner.then)


def _convex(hessian: Theorem) -> Theorem:
    """∇²L = I − DM and λ_max(DM) ≤ 1 − cσ: ∇²L ⪰ cσ I, for |θ| ≤ γ_c."""

    def infer(s: Statement) -> Statement:
        r = relation(s)
        slope = Gradient(M_THETA, THETA, vector=True)
        c, rest = linear(r.rhs, slope)
        if c >= 0 or rest != Identity():
            raise DoesNotFollow("not I less the Jacobian")
        least = lowest(1 + c * (1 - LEAST))
        return _in_ball(Relation(r.lhs, "succeq", least * Identity()))

    return Rule("definition of γ_c", infer)(hessian)


def _least(convex: Statement) -> Expr:
    """m with ∇²L ⪰ m I in the ball."""
    r = _law(convex)
    hessian = Gradient(Gradient(Named("L", (THETA,)), THETA), THETA, vector=True)
    if r.lhs != hessian or r.kind != "succeq" or not isinstance(r.rhs, Mul):
        raise DoesNotFollow("no bound of the Hessian")
    *least, identity = r.rhs.factors
    if identity != Identity():
        raise DoesNotFollow("no multiple of the identity")
    return product(*least)


def _local(*premises: Theorem) -> Theorem:
    """L ≤ ⟨∇L,θ⟩ − q, and |∇L|² − n m⟨∇L,θ⟩ + p is a square, n m q ≥ p: |∇L|² ≥ n m L."""

    def infer(convex: Statement, square: Statement, above: Statement) -> Statement:
        m, least = U[ZERO], _least(convex)
        r, area = relation(square), relation(above)
        if area.lhs != Integral(S, S * m * Norm2(THETA)) or not nonnegative(r.rhs):
            raise DoesNotFollow("no bound of L, or no square")
        first, crossing, last = r.lhs.terms  # type: ignore[attr-defined]
        n, rest = coefficient(-crossing)
        short = lowest((n * m * area.rhs - last) / (m**2 * Norm2(THETA)))
        if first != Norm2(V) or rest != m * Inner(V, THETA) or not isinstance(short, Num):
            raise DoesNotFollow("another square")
        if short.number < 0:
            raise DoesNotFollow("the square has too much")
        slope = Gradient(Named("L", (THETA,)), THETA)
        law = Relation(Norm2(slope), ">=", Num(n) * least * Named("L", (THETA,)))
        return _in_ball(law)

    return Rule("strong convexity along the ray", infer, (TAYLOR,))(*premises)


def _lower(*premises: Theorem) -> Theorem:
    """L ≥ ∫₀¹ (1−s) m|θ|² ds."""

    def infer(convex: Statement, below: Statement) -> Statement:
        m, least, area = U[ZERO], _least(convex), relation(below)
        if area.lhs != Integral(S, (1 - S) * m * Norm2(THETA)):
            raise DoesNotFollow("another integral")
        c = lowest(area.rhs / (m * Norm2(THETA)))
        return _in_ball(Relation(Named("L", (THETA,)), ">=", c * least * Norm2(THETA)))

    return Rule("strong convexity from 0", infer, (TAYLOR,))(*premises)


def _shrinks(*premises: Theorem) -> Theorem:
    """L(M) ≤ L − h|∇L|², |∇L|² ≥ n m L and a − n m h a = (1 − c m) a: L(M) ≤ (1 − c m) L."""

    def infer(steep: Statement, descent: Statement, onward: Statement) -> Statement:
        law, less, r = _law(steep), relation(descent), relation(onward)
        m, a, here = U[ZERO], U[ONE], Named("L", (THETA,))
        h, rest = linear(less.rhs, law.lhs)
        if rest != here or h >= 0:
            raise DoesNotFollow("nothing is gained")
        share = lowest(law.rhs / (LEAST * here))
        if lowest(r.lhs - a - h * share * m * a) != ZERO:
            raise DoesNotFollow("another gain")
        return _in_ball(Relation(less.lhs, "<=", r.rhs.put({m: LEAST, a: here})))

    return Rule("a step of EM", infer)(*premises)
