"""I1 and I2: the M-step in closed form, and EM as preconditioned gradient descent."""

from __future__ import annotations

from functools import cache, partial

from overspec.proofs.language.analysis import Extreme, Mean
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ZERO, Expr, Num
from overspec.proofs.language.lemmas import EXCHANGE, definition, linear, nonnegative
from overspec.proofs.language.operators import PHI, THETA, J, V, W, X, over
from overspec.proofs.language.statement import DoesNotFollow, Statement, equals, relation
from overspec.proofs.language.theorem import (
    Hypothesis,
    Rule,
    Theorem,
    mean,
    rewritten,
    step,
    together,
)
from overspec.proofs.tied.instances import families, from_densities
from overspec.proofs.tied.operators import (  # fmt: skip
    FAMILY,
    L_THETA,
    M_THETA,
    Along,
    Back,
    Dot,
    Image,
    Inverse,
    Metric,
    Slope,
    Square,
    loss,
    own,
    pulled,
)
from overspec.proofs.tied.words import Words

KERNELS = Hypothesis(
    "kernels",
    "as w_j > 0 and the kernels meet in 0, G is positive definite; a quadratic function with "
    "second derivative −G has one maximum, where its gradient vanishes",
    "linear algebra",
)


OWN = own(THETA)


@cache
def closed_step(k: int) -> Derivation:
    """I1: ``M(θ) = G⁻¹ E Σ_j w_jT_jᵀx``, by setting the gradient of Q to zero.

    >>> closed_step(2).recheck()
    ()
    """
    return _closed_step(
        k,
        faulty=(
            ("T_iᵀT_i of another component", partial(_closed_step, k, metric=J + 1)),
            ("a factor 2 on θ'", partial(_closed_step, k, curvature=2)),
            ("the exponent without ½", partial(_closed_step, k, half=1)),
            ("G without the weights", partial(_closed_step, k, weighted=0)),
        ),
    )


def _closed_step(
    k: int,
    metric: Expr = J,
    curvature: int = 1,
    half: int = 2,
    weighted: int = 1,
    faulty: Faults = (),
) -> Derivation:
    def squares(u: Expr) -> Expr:
        return over(J, (W[J] if weighted else 1) * Back(J, Image(metric, u)))

    q = over(J, W[J] * Square(X - Image(J, PHI))) / -half
    slope = step(
        "Differentiate Q in θ'.",
        Slope(q, PHI),
        pulled() - curvature * squares(PHI),
        "the derivative of |x − T_jθ'|² is −2T_jᵀ(x − T_jθ')",
    )
    bend = step(
        "The second derivative along any v.",
        Along(pulled() - curvature * squares(PHI), PHI, V),
        -curvature * squares(V),
        "it is linear in θ'",
    )
    form = step(
        "It is negative, unless every T_jv vanishes.",
        Dot(squares(V), V),
        over(J, W[J] * Square(Image(J, V))),
        "⟨T_jᵀT_jv, v⟩ = |T_jv|²",
    )
    named = definition(Metric(V), mean(squares(V)))
    highest = _maximum(slope, bend, form)
    step_ = definition(M_THETA, Extreme("argmax", PHI, Mean(q)))
    return Derivation(
        id="I1",
        title="Any maps: the M-step in closed form",
        theorem=together(rewritten(step_, highest), named),
        setting=(FAMILY,),
        model=Words(k),
        witnesses=families(k),
        small=families,
        reading=from_densities(k),
        faulty=faulty,
    )


def _maximum(slope: Theorem, bend: Theorem, form: Theorem) -> Theorem:
    """∇q = b − B(θ'), D along v −B(v), ⟨B(v), v⟩ = Σw_j|T_jv|²: then argmax E q = (E B)⁻¹ E b."""

    def infer(first: Statement, second: Statement, third: Statement) -> Statement:
        gradient, curve, squares = relation(first), relation(second), relation(third)
        if not isinstance(gradient.lhs, Slope) or gradient.lhs.of != PHI:
            raise DoesNotFollow("no gradient in θ'")
        if curve.lhs != Along(gradient.rhs, PHI, V):
            raise DoesNotFollow("not its derivative")
        bend = squares.lhs.u  # type: ignore[attr-defined]
        c, rest = linear(curve.rhs, bend)
        kept, b = linear(gradient.rhs, bend.put({V: PHI}))
        if c >= 0 or kept != c or rest != ZERO or b.has(PHI):
            raise DoesNotFollow("not quadratic with a negative second derivative")
        if squares.lhs != Dot(bend, V) or not nonnegative(squares.rhs):
            raise DoesNotFollow("a sign is open")
        return equals(Extreme("argmax", PHI, Mean(gradient.lhs.f)), Inverse(mean(b)) / -c)

    return Rule("the maximum of a quadratic function", infer, (EXCHANGE, KERNELS))(
        slope, bend, form
    )


@cache
def preconditioned(k: int) -> Derivation:
    """I2: ``∇L = G(θ − M(θ))``, L the Kullback–Leibler divergence from any truth.

    >>> preconditioned(2).recheck()
    ()
    """
    return _preconditioned(
        k,
        faulty=(
            ("∇L = G(M − θ): the sign", partial(_preconditioned, k, sign=-1)),
            ("θ in place of Gθ", partial(_preconditioned, k, inside=THETA)),
            ("the norms of the means left out", partial(_preconditioned, k, norms=0)),
        ),
    )


def _preconditioned(
    k: int, sign: int = 1, inside: Expr = OWN, norms: int = 1, faulty: Faults = ()
) -> Derivation:
    slope = step(
        "Differentiate the integrand of L; the norms of the means make the first sum.",
        Slope(loss(), THETA),
        sign * (norms * inside - pulled()),
        "the derivative of E_j is E_jT_jᵀ(x − T_jθ)",
    )
    gradient = exchanged(slope)
    closed = closed_step(k).cited(0)
    return Derivation(
        id="I2",
        title="Any maps: EM is gradient descent in the metric G",
        theorem=together(_in_the_metric(gradient, closed), gradient),
        setting=(FAMILY,),
        model=Words(k),
        witnesses=families(k),
        small=families,
        reading=from_densities(k),
        faulty=faulty,
    )


def exchanged(slope: Theorem) -> Theorem:
    """∇ℓ = b·Σw_jT_jᵀT_jθ − c·Σw_jT_jᵀx at every x: ∇L is its expectation."""

    def infer(s: Statement) -> Statement:
        r = relation(s)
        if r.lhs != Slope(loss(), THETA):
            raise DoesNotFollow("not the gradient of ℓ")
        c, rest = linear(r.rhs, OWN)
        return equals(Slope(L_THETA, THETA), Num(c) * Metric(THETA) + mean(rest))

    return Rule("derivative of an expectation", infer, (EXCHANGE,))(slope)


def _in_the_metric(gradient: Theorem, closed: Theorem) -> Theorem:
    """∇L = c Gθ + e E b and M = G⁻¹ E b: then ∇L = G(cθ + eM)."""

    def infer(first: Statement, second: Statement) -> Statement:
        slope, step_ = relation(first), relation(second)
        b = mean(pulled())
        if step_ != equals(M_THETA, Inverse(b)):
            raise DoesNotFollow("not the closed M-step")
        c, rest = linear(slope.rhs, Metric(THETA))
        e, left = linear(rest, b)
        return equals(slope.lhs, Metric(Num(c) * THETA + Num(e) * M_THETA) + left)

    return Rule("G G⁻¹ = I", infer)(gradient, closed)
