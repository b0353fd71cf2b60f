"""I4 and I5: the Hessian, the Jacobian at a fixed point, and how far a step descends."""

from __future__ import annotations

from functools import cache, partial

from overspec.proofs.language.analysis import Abbreviation, Log, Named
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import PREFIX, ZERO, Expr, Num
from overspec.proofs.language.lemmas import EXCHANGE, linear, nonnegative
from overspec.proofs.language.operators import I_, PHI, PI, THETA, J, U, V, W, X, over
from overspec.proofs.language.render import Row, Script, letter
from overspec.proofs.language.statement import (
    Both,
    DoesNotFollow,
    If,
    Relation,
    Statement,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, mean, part, step, together
from overspec.proofs.tied.closed import OWN, closed_step, preconditioned
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
    own,
    pulled,
)
from overspec.proofs.tied.words import Words

SCORES = "u_j = T_jᵀ(x − T_jθ)"
JENSEN = Hypothesis(
    "joint Jensen",
    "log Σ_j w_je^{y_j} ≥ Σ_j w_jy_j, here with the log-ratio y_j of the two joint densities of j "
    "and x, of which the left side has the expectation L(θ) − L(θ')",
    "the logarithm is concave",
)


def away(j: Expr) -> Expr:
    """``u_j = T_jᵀ(x − T_jθ)``."""
    return Abbreviation(Back(j, X - Image(j, THETA)), Script(letter("u"), j.box()))


def covariance(v: Expr = V, centred: int = 1) -> Expr:
    """``C v``, C = Cov_{j∼w}(u_j); not centred the second moment, spelled out."""
    average = over(J, W[J] * away(J))
    whole = over(J, W[J] * Dot(away(J), v) * away(J))
    if not centred:
        return whole
    return Abbreviation(whole - Dot(average, v) * average, Row((letter("C"), v.held(PREFIX))))


@cache
def curvature(k: int) -> Derivation:
    """I4: ``∇²L = G − E Cov_w(u_j) ⪯ G``; at a fixed point ``DM = I − G⁻¹∇²L``.

    >>> curvature(2).recheck()
    ()
    """
    return _curvature(
        k,
        faulty=(
            ("a second moment in place of the covariance", partial(_curvature, k, centred=0)),
            ("G + E Cov: a sign", partial(_curvature, k, sign=-1)),
            ("pairs counted twice", partial(_curvature, k, pairs=1)),
            ("∇²L without G", partial(_curvature, k, metric=0)),
        ),
    )


def _curvature(
    k: int,
    centred: int = 1,
    sign: int = 1,
    pairs: int = 2,
    metric: int = 1,
    faulty: Faults = (),
) -> Derivation:
    bend = step(
        "Differentiate the integrand of ∇L along any v.",
        Along(OWN - pulled(), THETA, V),
        metric * own(V) - sign * covariance(centred=centred),
        f"the derivative of w_j is w_j(u_j − Σ_l w_lu_l)ᵀ, {SCORES}",
    )
    gap = Dot(away(I_) - away(J), V)
    squares = step(
        "A covariance is a sum of squares over pairs.",
        Dot(covariance(centred=centred), V),
        over(I_, over(J, W[I_] * W[J] * gap**2)) / pairs,
        "Lagrange's identity and Σ_j w_j = 1",
    )
    gradient = preconditioned(k)
    hessian = _hessian(gradient.cited(1), bend)
    return Derivation(
        id="I4",
        title="Any maps: the Hessian of L, and the Jacobian of EM at a fixed point",
        theorem=together(hessian, _below(hessian, squares), _fixed(hessian, gradient.cited(0))),
        setting=(FAMILY, SCORES, "C(x) is the covariance of the u_j under w(x)"),
        model=Words(k),
        witnesses=families(k),
        small=families,
        reading=from_densities(k),
        faulty=faulty,
    )


HESSIAN = Along(Slope(L_THETA, THETA), THETA, V)


def _hessian(gradient: Theorem, bend: Theorem) -> Theorem:
    """∇L = E[Σw_jT_jᵀT_jθ − b] and its derivative along v at every x."""

    def infer(first: Statement, second: Statement) -> Statement:
        slope, curve = relation(first), relation(second)
        if slope.rhs != Metric(THETA) + mean(-pulled()):
            raise DoesNotFollow("another gradient")
        if curve.lhs != Along(OWN - pulled(), THETA, V):
            raise DoesNotFollow("not its derivative")
        c, rest = linear(curve.rhs, own(V))
        return equals(HESSIAN, Num(c) * Metric(V) + mean(rest))

    return Rule("derivative of an expectation", infer, (EXCHANGE,))(gradient, bend)


def _below(hessian: Theorem, squares: Theorem) -> Theorem:
    """∇²L = G − E C with ⟨Cv, v⟩ a sum of squares: ∇²L ⪯ G."""

    def infer(first: Statement, second: Statement) -> Statement:
        r, form = relation(first), relation(second)
        c, rest = linear(r.rhs, Metric(V))
        taken = form.lhs.u  # type: ignore[attr-defined]
        kinds = {mean(-taken): "<=", mean(taken): ">="}
        if rest not in kinds or not nonnegative(form.rhs):
            raise DoesNotFollow("nothing positive is taken away or added")
        return Relation(Dot(HESSIAN, V), kinds[rest], Num(c) * Dot(Metric(V), V))

    return Rule("order of symmetric matrices", infer)(hessian, squares)


FIXED = equals(M_THETA, THETA)


def _fixed(hessian: Theorem, metric: Theorem) -> Theorem:
    """∇L = G(θ − M): the derivative of G multiplies θ − M = 0, so ∇²L = G(I − DM) at M = θ."""

    def infer(first: Statement, second: Statement) -> Statement:
        r, slope = relation(first), relation(second)
        if slope != equals(Slope(L_THETA, THETA), Metric(THETA - M_THETA)):
            raise DoesNotFollow("not a preconditioned gradient")
        c, rest = linear(r.rhs, Metric(V))
        derivative = Along(M_THETA, THETA, V)
        return If(
            FIXED,
            Both(
                (
                    equals(derivative, V - Inverse(HESSIAN)),
                    equals(derivative, Num(1 - c) * V + Inverse(-1 * rest)),
                )
            ),
        )

    return Rule("product rule", infer, (EXCHANGE,))(hessian, metric)


@cache
def descent(k: int) -> Derivation:
    """I5: ``L(M) ≤ L − ½⟨G(M − θ), M − θ⟩``, whatever the truth and the step's length.

    >>> descent(2).recheck()
    ()
    """
    return _descent(
        k,
        faulty=(
            ("the gain doubled", partial(_descent, k, gain=1)),
            ("½|T_jθ|² forgotten", partial(_descent, k, norms=0)),
            ("the sign of the gain", partial(_descent, k, gain=-2)),
            ("the weights gain twice", partial(_descent, k, drift=2)),
        ),
    )


def _descent(
    k: int, gain: int = 2, norms: int = 1, drift: int = 1, faulty: Faults = ()
) -> Derivation:
    def exponent(at: Expr) -> Expr:
        return Dot(X, Image(J, at)) - norms * Square(Image(J, at)) / 2

    moved = PHI - THETA
    lower = step(
        "Jensen bounds log Σ_j w_je^{y_j} from below by Σ_j w_jy_j, u_j = log(π'_j/π_j).",
        over(J, W[J] * (U[J] + exponent(PHI) - exponent(THETA))),
        drift * over(J, W[J] * U[J])
        + Dot(pulled(), moved)
        - Dot(own(PHI), PHI) / 2
        + Dot(own(THETA), THETA) / 2,
        "⟨x,T_ju⟩ = ⟨T_jᵀx,u⟩ and |T_ju|² = ⟨T_jᵀT_ju,u⟩",
    )
    square = step(
        "At θ' = M(θ) the expectation of Σ_j w_jT_jᵀx is Gθ', and the bound is a square in G.",
        Dot(own(PHI), moved) - Dot(own(PHI), PHI) / 2 + Dot(own(THETA), THETA) / 2,
        Dot(own(moved), moved) / gain,
        "expand; G is symmetric",
    )
    drop = _drop(closed_step(k).cited(0), lower, square)
    return Derivation(
        id="I5",
        title="Any maps: an EM step descends by half its square in G",
        theorem=together(part(drop, 0), part(drop, 1)),
        setting=(FAMILY, "W = E w, the learned weights after the step"),
        model=Words(k),
        witnesses=families(k),
        small=families,
        reading=from_densities(k),
        faulty=faulty,
    )


def _drop(closed: Theorem, lower: Theorem, square: Theorem) -> Theorem:
    """L(M, π') − L ≤ −E Σw_jy_j, E b = GM: −⟨G(M−θ), M−θ⟩/c − Σ_jW_ju_j, u = log(π'/π)."""

    def infer(first: Statement, second: Statement, third: Statement) -> Statement:
        step_, bound, gain = relation(first), relation(second), relation(third)
        share, bare = linear(bound.rhs, over(J, W[J] * U[J]))
        b = bare.terms[0].u  # type: ignore[attr-defined]
        if step_ != equals(M_THETA, Inverse(mean(b))):
            raise DoesNotFollow("not the closed M-step")
        if bare.put({b: own(PHI)}) != gain.lhs:
            raise DoesNotFollow("not the bound at M")
        away_ = Dot(own(PHI - THETA), PHI - THETA)
        c, rest = linear(gain.rhs, away_)
        if rest != ZERO:
            raise DoesNotFollow("no multiple of a square")
        at = M_THETA - THETA
        fixed = Num(-c) * Dot(Metric(at), at)
        weight = Named("W", (), J)  # π' = W where the weights are learned; else u = 0
        gained = over(J, weight * Log(weight / PI[J]))
        both = Named("L", (M_THETA, Named("W"))) - L_THETA
        return Both(
            (
                Relation(Named("L", (M_THETA,)) - L_THETA, "<=", fixed),
                Relation(both, "<=", fixed - Num(share) * gained),
            )
        )

    return Rule("Jensen's inequality", infer, (JENSEN, EXCHANGE))(closed, lower, square)
