"""The EM operator: from Q (S1), as a gradient step on L (S2), and its Jacobian (S5)."""

from __future__ import annotations

from functools import cache, partial

from overspec.proofs.language.analysis import (
    Covariance,
    Extreme,
    Gradient,
    Log,
    Mean,
    Named,
    Power_e,
)
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ZERO, Expr, Node
from overspec.proofs.language.lemmas import (  # fmt: skip
    ORTHOGONAL,
    definition,
    differentiated,
    exchanged,
    jensen,
    maximiser,
    positive,
    semidefinite,
)
from overspec.proofs.language.operators import (  # fmt: skip
    ENERGY,
    I_,
    PHI,
    PI,
    THETA,
    Form,
    Identity,
    Inner,
    J,
    Norm2,
    Outer,
    Turn,
    V,
    W,
    X,
    over,
)
from overspec.proofs.language.ranges import Z_K
from overspec.proofs.language.statement import DoesNotFollow, Statement, equals, relation
from overspec.proofs.language.theorem import (
    Rule,
    Theorem,
    chain,
    moved,
    put,
    rewritten,
    step,
    together,
)
from overspec.proofs.machinery.rational import instances
from overspec.proofs.machinery.symbolic import SymbolicModel

M_THETA, L_THETA = Named("M", (THETA,)), Named("L", (THETA,))


def _other_way(k: int) -> Expr:
    """The natural mistake: R^j for R^{-j}; they agree for k = 2, where another takes its place."""
    return J if k != 2 else 1 - J


def pulled(power: Expr) -> Expr:
    """``Σ_j w_j R^{power} x``; with power = −j the integrand of M."""
    return over(J, W[J] * Turn(power, X))


@cache
def em_operator(k: int) -> Derivation:
    """S1: ``M(θ) = E Σ_j w_j(x) R^{-j} x``, by setting the gradient of Q to zero.

    >>> em_operator(2).recheck()
    ()
    """
    return _em_operator(
        k,
        faulty=(
            ("R^j in place of R^{-j}", partial(_em_operator, k, power=_other_way(k))),
            ("R^{1-j}: a wrong index", partial(_em_operator, k, power=1 - J)),
            ("a factor 2 on θ'", partial(_em_operator, k, curvature=2)),
            ("the exponent without ½", partial(_em_operator, k, half=1)),
        ),
    )


def _em_operator(
    k: int, power: Expr = -J, curvature: int = 1, half: int = 2, faulty: Faults = ()
) -> Derivation:
    away = X - Turn(J, PHI)
    q = -over(J, W[J] * Norm2(away)) / 2
    raw = over(J, W[J] * Turn(-J, away))
    likelihood = step(
        "Q is the log-likelihood of x with its component, averaged with the responsibilities at θ: "
        "what of it depends on θ' is q.",
        Gradient(over(J, W[J] * Log(Power_e(-Norm2(away) / 2))), PHI),
        Gradient(q, PHI),
        "the density of N(R^jθ',I) is a constant times e^{−|x−R^jθ'|²/2}",
    )
    exponent = step(
        "All component densities have the same norm of the mean, so only the inner products "
        "stay in the responsibilities: w_j = π_j E_j / Σ_l π_l E_l.",
        (Norm2(X) + Norm2(THETA) - Norm2(X - Turn(J, THETA))) / half,
        Inner(X, Turn(J, THETA)),
        "expand the square; R^j is orthogonal",
        (J, Z_K),
    )
    slope = step(
        "The responsibilities at θ do not move with θ'.",
        Gradient(q, PHI),
        raw,
        "chain rule; the transpose of R^j is R^{-j}",
    )
    end = step(
        "The responsibilities sum to 1.",
        raw,
        pulled(power) - curvature * PHI,
        "R^{-j} R^j = I and Σ_j w_j = 1",
    )
    bend = step(
        "The second derivative is −I, so the zero of the gradient is the only maximum.",
        Gradient(raw, PHI, vector=True),
        -curvature * Identity(),
        "differentiate once more",
    )
    best = maximiser(slope, end, bend)
    meaning = _m_step(likelihood)
    return Derivation(
        id="S1",
        title="EM operator from maximising Q",
        theorem=together(chain(meaning, best), meaning, exponent),
        setting=(ORTHOGONAL,),
        model=SymbolicModel.of(k),
        witnesses=instances(k),
        faulty=faulty,
    )


def _m_step(likelihood: Theorem) -> Theorem:
    """M(θ) is what maximises E Σ_j w_j log p(x; R^jθ'), of which q has the derivative in θ'."""

    def infer(s: Statement) -> Statement:
        r = relation(s)
        density = Power_e(-Norm2(X - Turn(J, PHI)) / 2)
        if r.lhs != Gradient(over(J, W[J] * Log(density)), PHI) or not isinstance(r.rhs, Gradient):
            raise DoesNotFollow("not the slope of the log-likelihood")
        return equals(M_THETA, Extreme("argmax", PHI, Mean(r.rhs.f)))

    return Rule("the M-step", infer)(likelihood)


@cache
def gradient_descent(k: int) -> Derivation:
    """S2: ``∇L(θ) = θ − M(θ)``, L the Kullback–Leibler divergence.

    >>> gradient_descent(2).recheck()
    ()
    """
    return _gradient_descent(
        k,
        faulty=(
            ("R^j in place of R^{-j}", partial(_gradient_descent, k, power=_other_way(k))),
            ("∇L = M − θ: the sign", partial(_gradient_descent, k, sign=-1)),
            ("step ½ instead of 1", partial(_gradient_descent, k, size=2)),
            ("L without |θ|²/2", partial(_gradient_descent, k, norm=0)),
        ),
    )


def loss(norm: int = 1) -> Expr:
    """ℓ(x; θ), the log-ratio of the densities of N(0, I) and of the mixture at x."""
    return norm * Norm2(THETA) / 2 - Log(over(J, PI[J] * ENERGY[J]))


def _gradient_descent(
    k: int, power: Expr = -J, sign: int = 1, size: int = 1, norm: int = 1, faulty: Faults = ()
) -> Derivation:
    slope = step(
        "Differentiate the integrand of L. It is the log-ratio of N(0, I) and p_θ at x, "
        "since −½|x−R^jθ|² + ½|x|² = ⟨x,R^jθ⟩ − ½|θ|² (S1).",
        Gradient(loss(norm), THETA),
        sign * (THETA - size * pulled(power)),
        "chain rule: the derivative of E_j is E_j R^{-j}x",
    )
    divergence = definition(L_THETA, Mean(loss(norm)))
    operator = em_operator(k).cited(0)
    gradient = rewritten(exchanged(slope), divergence, operator, reverse=True)
    return Derivation(
        id="S2",
        title="EM is gradient descent with unit step",
        theorem=together(divergence, gradient),
        setting=(ORTHOGONAL,),
        model=SymbolicModel.of(k),
        witnesses=instances(k),
        faulty=faulty,
    )


@cache
def jacobian(k: int) -> Derivation:
    """S5: ``DM(θ) = E Cov_{j~w(x)}(R^{-j}x)``, symmetric with ``0 ⪯ DM``; EM descends.

    >>> jacobian(2).recheck()
    ()
    """
    return _jacobian(
        k,
        faulty=(
            ("a second moment in place of the covariance", partial(_jacobian, k, centred=0)),
            ("the covariance of R^j x", partial(_jacobian, k, power=J if k != 2 else ZERO)),
            ("pairs counted twice", partial(_jacobian, k, pairs=1)),
            ("descent by |∇L|², without ½", partial(_jacobian, k, descent=1)),
        ),
    )


def _jacobian(
    k: int,
    centred: int = 1,
    power: Expr = -J,
    pairs: int = 2,
    descent: int = 2,
    faulty: Faults = (),
) -> Derivation:
    second = over(J, W[J] * Outer(Turn(power, X)))
    spread = Covariance(W, power) if centred else second
    gap = Turn(-I_, X) - Turn(-J, X)
    operator = em_operator(k).cited(0)
    gradient = gradient_descent(k).cited(1)
    slope = step(
        "Differentiate the integrand of M.",
        Gradient(pulled(-J), THETA, vector=True),
        spread,
        "the derivative of w_j is w_j (R^{-j}x − Σ_l w_l R^{-l}x)ᵀ",
    )
    squares = step(
        "A covariance is a sum of squares over pairs, hence positive semidefinite.",
        Form(spread, V),
        over(I_, over(J, W[I_] * W[J] * Inner(gap, V) ** 2)) / pairs,
        "Lagrange's identity and Σ_j w_j = 1",
    )
    linear = step(
        "Jensen bounds log Σ_j w_j e^{⟨x,R^j(θ'−θ)⟩} from below by a linear function.",
        over(J, W[J] * Inner(X, Turn(J, V))),
        Inner(pulled(-J), V),
        "the transpose of R^j is R^{-j}",
    )
    drop = step(
        "At θ' = M(θ), with δ = M − θ, the bound is L(M) − L(θ) ≤ ½|M|² − ½|θ|² − ⟨M, δ⟩.",
        Norm2(PHI) / 2 - Norm2(THETA) / 2 - Inner(PHI, PHI - THETA),
        -Norm2(THETA - PHI) / descent,
        "expand; θ − M = ∇L by S2",
    )
    derivative = rewritten(exchanged(slope), operator, reverse=True)
    at_least = semidefinite(squares, derivative)
    hessian = differentiated(gradient)
    at_map: dict[Node, Node] = {PHI: M_THETA}
    below = chain(put(rewritten(jensen(linear), operator, reverse=True), at_map), put(drop, at_map))
    descends = moved(rewritten(below, gradient, reverse=True))
    return Derivation(
        id="S5",
        title="Jacobian of M, smoothness and descent",
        theorem=together(derivative, at_least, hessian, positive(hessian, at_least), descends),
        setting=(ORTHOGONAL,),
        model=SymbolicModel.of(k),
        witnesses=instances(k),
        faulty=faulty,
    )
