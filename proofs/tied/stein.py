"""I3: the Stein form of the gradient, with the truth's posterior mean."""

from __future__ import annotations

from functools import cache, partial

from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ZERO, Expr, Num
from overspec.proofs.language.lemmas import linear, nonnegative
from overspec.proofs.language.operators import I_, THETA, J, V, W, X, over
from overspec.proofs.language.statement import (
    DoesNotFollow,
    If,
    Relation,
    Statement,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, mean, step, together
from overspec.proofs.tied.closed import OWN, preconditioned
from overspec.proofs.tied.instances import families, from_densities
from overspec.proofs.tied.operators import (  # fmt: skip
    DENSITY,
    FAMILY,
    FITTED,
    TRUE_MEAN,
    TRUTH,
    Back,
    Dot,
    Flux,
    Image,
    Metric,
    Slope,
    Square,
    image,
    own,
    pulled,
)
from overspec.proofs.tied.words import Words

DIVERGENCE = Hypothesis(
    "divergence",
    "E_P[P⁻¹∇(w_jP)] = 0, P the density of the truth: w_jP and its gradient decay like a Gaussian",
    "Gaussian integration by parts",
)


@cache
def truths_mean(k: int) -> Derivation:
    """I3: ``∇L = E[A_wᵀ(m − n)]``; for N(0, I) ``G(θ − M) = E A_wᵀA_wθ``, ``0 ⪯ E A_wᵀA_w ⪯ G``.

    >>> truths_mean(2).recheck()
    ()
    """
    return _truths_mean(
        k,
        faulty=(
            ("A_wᵀ(m + n): a sign", partial(_truths_mean, k, sign=-1)),
            ("the flux counted twice", partial(_truths_mean, k, parts=2)),
            ("∇w_j without m", partial(_truths_mean, k, centred=0)),
            ("n counted twice", partial(_truths_mean, k, true=2)),
            ("pairs counted twice", partial(_truths_mean, k, pairs=1)),
        ),
    )


def _truths_mean(
    k: int,
    sign: int = 1,
    parts: int = 1,
    centred: int = 1,
    true: int = 1,
    pairs: int = 2,
    faulty: Faults = (),
) -> Derivation:
    score = step(
        "The score of the truth: n is its posterior mean of ν.",
        Slope(DENSITY, X) / DENSITY,
        true * TRUE_MEAN - X,
        "the derivative of F_i is F_i(ν_i − x)",
    )
    slopes = over(J, Back(J, Slope(W[J], X)))
    by_parts = step(
        "Integrate by parts against the truth: xP = nP − ∇P.",
        pulled(),
        sign * pulled(true * TRUE_MEAN) + slopes - parts * Flux(),
        "product rule",
    )
    inserted = step(
        "Insert ∇w_j = w_j(T_jθ − m).",
        slopes,
        OWN - centred * pulled(FITTED),
        "Σ_j w_j = 1",
    )
    gap = Square(Image(I_, V) - Image(J, V))
    lost = step(
        "What A_w loses of G, along any v.",
        Dot(own(V), V) - Square(image(V)),
        over(I_, over(J, W[I_] * W[J] * gap)) / pairs,
        "Lagrange's identity and Σ_j w_j = 1",
    )
    gradient = preconditioned(k).cited(1)
    metric = preconditioned(k).cited(0)
    form = _form(gradient, by_parts, inserted, score)
    at_standard = standard(form, metric)
    return Derivation(
        id="I3",
        title="Any maps, any mixture as the truth: the Stein form",
        theorem=together(form, at_standard, _ordered(lost)),
        setting=(FAMILY, TRUTH),
        model=Words(k),
        witnesses=families(k),
        small=families,
        reading=from_densities(k),
        faulty=faulty,
    )


def _form(gradient: Theorem, by_parts: Theorem, inserted: Theorem, score: Theorem) -> Theorem:
    """∇L = Gθ − E b, b = A_wᵀn + S − flux, S = Σw_jT_jᵀT_jθ − A_wᵀm: ∇L = E A_wᵀ(m − n)."""

    def infer(first: Statement, second: Statement, third: Statement, last: Statement) -> Statement:
        slope, parts, put, truth = map(relation, (first, second, third, last))
        c, rest = linear(slope.rhs, Metric(THETA))
        e, left = linear(rest, mean(parts.lhs))
        x, n = linear(truth.rhs, X)
        _, moved = linear(parts.rhs, Flux())
        one, drawn = linear(moved, put.lhs)
        g, fitted = linear(put.rhs, OWN)
        if truth.lhs != Slope(DENSITY, X) / DENSITY or x != -1:
            raise DoesNotFollow("n is not what the score of the truth says")
        if left != ZERO or one != 1 or c + e * g != 0:
            raise DoesNotFollow("the terms with G do not cancel")
        inside: Expr = ZERO
        for u, side in ((FITTED, fitted), (n, drawn)):
            factor, others = linear(side, pulled(u))
            if others != ZERO:
                raise DoesNotFollow("no A_wᵀ in front")
            inside = inside + Num(e * factor) * u
        return equals(slope.lhs, mean(pulled(inside)))

    return Rule("Stein", infer, (DIVERGENCE,))(gradient, by_parts, inserted, score)


def standard(form: Theorem, metric: Theorem) -> Theorem:
    """For the truth N(0, I) n = 0: G(θ − M) = E A_wᵀm."""

    def infer(first: Statement, second: Statement) -> Statement:
        slope, same = relation(first), relation(second)
        if slope.lhs != same.lhs:
            raise DoesNotFollow("two gradients")
        return If(STANDARD_NORMAL, equals(same.rhs, centred(slope.rhs)))

    return Rule("n = 0", infer)(form, metric)


def centred(e: Expr) -> Expr:
    """``E A_wᵀu`` with 0 in the place of n."""
    u = e.f.body.body.factors[-1].u  # type: ignore[attr-defined]
    if e != mean(pulled(u)):
        raise DoesNotFollow("not the expectation of an A_wᵀu")
    return mean(pulled(u.put({TRUE_MEAN: ZERO})))


STANDARD_NORMAL = equals(TRUE_MEAN, ZERO)


def _ordered(lost: Theorem) -> Theorem:
    """⟨Σw_jT_jᵀT_jv, v⟩ − |A_wv|² is a sum of squares: 0 ⪯ E A_wᵀA_w ⪯ G, as |A_wv|² ≥ 0."""

    def infer(s: Statement) -> Statement:
        r = relation(s)
        c, rest = linear(r.lhs, Square(image(V)))
        if rest != Dot(own(V), V) or c >= 0 or not nonnegative(r.rhs):
            raise DoesNotFollow("not less than G")
        return Relation(Num(-c) * mean(Square(image(V))), "<=", Dot(Metric(V), V))

    return Rule("a sum of squares is not negative", infer)(lost)
