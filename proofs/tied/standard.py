"""I6 and I7: the truth N(0, I): one stationary point, and the Jacobian there."""

from __future__ import annotations

from functools import cache, partial

from overspec.proofs.language.analysis import Integral, Mean, Named
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ONE, ZERO, Expr, Num, Sym
from overspec.proofs.language.lemmas import EXCHANGE, RAY, UNIT, coefficient, linear, nonnegative
from overspec.proofs.language.operators import ENERGY, I_, L_, PI, THETA, J, S, V, W, X, over
from overspec.proofs.language.ranges import Z_K
from overspec.proofs.language.statement import (
    Both,
    DoesNotFollow,
    Every,
    If,
    Iff,
    Relation,
    Statement,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, mean, step, together
from overspec.proofs.tied.curvature import HESSIAN, covariance, curvature
from overspec.proofs.tied.instances import families, from_densities
from overspec.proofs.tied.operators import (  # fmt: skip
    FAMILY,
    FITTED,
    L_THETA,
    M_THETA,
    STANDARD,
    Along,
    Back,
    Dot,
    Image,
    Inverse,
    Metric,
    Origin,
    Slope,
    Spread,
    Square,
    image,
    pulled,
)
from overspec.proofs.tied.stein import centred, truths_mean
from overspec.proofs.tied.words import Words

POSITIVE = "every weight is positive"
VANISH = Hypothesis(
    "vanishing",
    "a continuous f ≥ 0 with E f = 0 vanishes; T_jθ = 0 for all j makes θ = 0, as the kernels meet "
    "in 0",
    "every open set has positive mass",
)
RANKS = Hypothesis(
    "ranks",
    "G⁻¹AᵀA has the eigenvalue 0 as often as A has a kernel, p − rank A times; its others lie in "
    "(0, 1], as 0 ⪯ AᵀA ⪯ G",
    "linear algebra",
)


@cache
def one_stationary_point(k: int) -> Derivation:
    """I6: ``⟨∇L, θ⟩ = E|A_wθ|²``, ``L = ∫₀¹ s E|A_wθ|² ds`` with w at sθ; only θ = 0 is stationary.

    >>> one_stationary_point(2).recheck()
    ()
    """
    return _one_stationary_point(
        k,
        faulty=(
            ("s² in place of s", partial(_one_stationary_point, k, power=2)),
            ("the energy doubled", partial(_one_stationary_point, k, double=2)),
            ("the square of the mean dropped", partial(_one_stationary_point, k, centred=0)),
            ("pairs counted twice", partial(_one_stationary_point, k, pairs=1)),
            ("A_w halves a common mean", partial(_one_stationary_point, k, kept=2)),
        ),
    )


def _one_stationary_point(
    k: int,
    power: int = 1,
    double: int = 1,
    centred: int = 1,
    pairs: int = 2,
    kept: int = 1,
    faulty: Faults = (),
) -> Derivation:
    energy = step(
        "Pair I3 with θ.",
        Dot(pulled(FITTED), THETA),
        double * Square(image(THETA)),
        "⟨A_wᵀu, θ⟩ = ⟨u, A_wθ⟩",
    )
    scale = S if power == 1 else S**power
    along = step(
        "The same at sθ in the direction θ, here with θ for sθ.",
        Square(image(THETA)) / S,
        scale * Square(image(THETA / S)),
        "A_w is linear",
    )
    variance = over(J, W[J] * Square(Image(J, THETA))) - centred * Square(FITTED)
    slope = step(
        "m is the mean of the means under w(x); differentiate it in x.",
        Spread(FITTED),
        variance,
        "the derivative of w_j is w_j(T_jθ − m)ᵀ",
    )
    spread = step(
        "A variance is a sum over pairs.",
        variance,
        over(I_, over(J, W[I_] * W[J] * Square(Image(I_, THETA) - Image(J, THETA)))) / pairs,
        "Lagrange's identity and Σ_j w_j = 1",
    )
    common = step(
        "If all T_jθ equal one T_iθ, that is m.",
        over(J, W[J] * Image(I_, THETA)),
        Image(I_, THETA) / kept,
        "Σ_j w_j = 1",
        (I_, Z_K),
    )
    origin = step(
        "At θ = 0 the integrand −log Σ_j π_jE_j of L is 0.",
        Origin(over(J, PI[J] * ENERGY[J])),
        over(J, PI[J]),
        "all E_j are 1",
    )
    form = truths_mean(k).cited(0)
    paired = _paired(form, energy)
    ray = _ray(paired, along, origin)
    return Derivation(
        id="I6",
        title="Any maps, truth N(0, I): θ = 0 is the only stationary point",
        theorem=together(paired, ray, _only_zero(paired, slope, spread, common)),
        setting=(FAMILY, STANDARD, UNIT, POSITIVE, "w is taken at sθ under the integral"),
        model=Words(k),
        witnesses=families(k),
        small=families,
        reading=from_densities(k),
        faulty=faulty,
    )


def _paired(form: Theorem, energy: Theorem) -> Theorem:
    """∇L = E A_wᵀ(m − n), n = 0: ⟨∇L, θ⟩ = E⟨A_wᵀm, θ⟩."""

    def infer(first: Statement, second: Statement) -> Statement:
        slope, r = relation(first), relation(second)
        if centred(slope.rhs) != mean(pulled(FITTED)) or r.lhs != Dot(pulled(FITTED), THETA):
            raise DoesNotFollow("not the Stein form")
        return equals(Dot(slope.lhs, THETA), mean(r.rhs))

    return Rule("n = 0, paired with θ", infer)(form, energy)


def _ray(paired: Theorem, along: Theorem, origin: Theorem) -> Theorem:
    """⟨∇L(sθ), θ⟩ = E|A_wsθ|²/s = c(s) E|A_wθ|², w at sθ; L(0) = 0."""

    def infer(first: Statement, second: Statement, third: Statement) -> Statement:
        slope, r = relation(first), relation(second)
        if third != equals(Origin(over(J, PI[J] * ENERGY[J])), over(J, PI[J])):
            raise DoesNotFollow("L(0) is not known")
        energy = Square(image(THETA))
        c, rest = linear(slope.rhs, mean(energy))
        if rest != ZERO or r.lhs != energy / S:
            raise DoesNotFollow("not the slope along the ray")
        at = {THETA / S: THETA, W: Named("w", (X, S * THETA))}
        return equals(L_THETA, Integral(S, mean(Num(c) * r.rhs.put(at))))

    return Rule("integral along the ray", infer, (EXCHANGE, RAY))(paired, along, origin)


def _only_zero(energy: Theorem, slope: Theorem, spread: Theorem, common: Theorem) -> Theorem:
    """⟨∇L,θ⟩ = E|m|²; m = 0 for all x makes ∇·m = 0, a positive sum of |T_iθ − T_jθ|²."""

    def infer(first: Statement, second: Statement, third: Statement, last: Statement) -> Statement:
        r, divergence, pairs, kept = map(relation, (first, second, third, last))
        gaps = [n for n in pairs.rhs.walk() if isinstance(n, Square)]
        gradient = Slope(L_THETA, THETA)
        size, rest = linear(r.rhs, mean(Square(image(THETA))))
        if r.lhs != Dot(gradient, THETA) or rest != ZERO or size <= 0:
            raise DoesNotFollow("not the energy form")
        if divergence.lhs != Spread(FITTED) or divergence.rhs != pairs.lhs:
            raise DoesNotFollow("not the divergence of m")
        if gaps != [Square(Image(I_, THETA) - Image(J, THETA))] or not nonnegative(pairs.rhs):
            raise DoesNotFollow("not a sum over pairs")
        c, rest = linear(kept.rhs, Image(I_, THETA))
        if kept.lhs != FITTED.body.put({Image(J, THETA): Image(I_, THETA)}) or rest != ZERO:
            raise DoesNotFollow("m is another mean")
        return Every(THETA, None, If(equals(gradient, ZERO), equals(Num(c) * THETA, ZERO)))

    return Rule("a vanishing energy", infer, (VANISH,))(energy, slope, spread, common)


@cache
def jacobian_at_zero(k: int) -> Derivation:
    """I7: ``DM(0) = I − G⁻¹AᵀA``, A = Σ_j π_jT_j: locally linear iff rank A = p.

    >>> jacobian_at_zero(2).recheck()
    ()
    """
    return _jacobian_at_zero(
        k,
        faulty=(
            ("Σ_j π_jT_jᵀT_j in place of AᵀA", partial(_jacobian_at_zero, k, square=0)),
            ("DM(0) = I + G⁻¹AᵀA: a sign", partial(_jacobian_at_zero, k, sign=-1)),
        ),
    )


def _jacobian_at_zero(k: int, square: int = 1, sign: int = 1, faulty: Faults = ()) -> Derivation:
    total = over(L_, PI[L_])
    start = step(
        "At θ = 0 the responsibilities are the weights.",
        Origin(W[J]) * total,
        PI[J],
        "all E_j are 1",
        (J, Z_K),
    )
    back = Back(J, X)
    average = over(J, PI[J] * back)
    at_zero = over(J, PI[J] * Dot(back, V) * back) - Dot(average, V) * average
    squared = over(J, PI[J] * Back(J, image(V, PI))) if square else METRIC
    expected = step(
        "There u_j = T_jᵀx, and the expectation of its covariance under π.",
        Mean(at_zero),
        METRIC - sign * squared,
        "E xxᵀ = I",
    )
    hessian, _, fixed = (curvature(k).cited(n) for n in range(3))
    still = truths_mean(k).cited(1)
    derivative = _at_zero(hessian, fixed, start, expected, still)
    return Derivation(
        id="I7",
        title="Any maps, truth N(0, I): the Jacobian at 0, and when EM is linear",
        theorem=together(derivative, _linear(derivative, truths_mean(k).cited(2))),
        setting=(FAMILY, STANDARD, UNIT, "A = Σ_j π_jT_j"),
        model=Words(k),
        witnesses=families(k),
        small=families,
        reading=from_densities(k, k),  # the reading takes E over the corners of a cube in R^k
        faulty=faulty,
    )


#: ``Σ_j π_jT_jᵀT_jv``: G v at θ = 0.
METRIC = over(J, PI[J] * Back(J, Image(J, V)))


def _at_zero(*premises: Theorem) -> Theorem:
    """DM = G⁻¹ E Cov at the fixed point 0, w = π there: the expectation of the covariance.

    0 is a fixed point, because G(θ − M) = E A_wᵀm with m = A_wθ.
    """

    def infer(
        first: Statement, second: Statement, third: Statement, last: Statement, still: Statement
    ) -> Statement:
        if relation(still.then) != equals(  # type: ignore[attr-defined]
            Metric(THETA - M_THETA), mean(pulled(FITTED))
        ):
            raise DoesNotFollow("0 is not known to be a fixed point")
        curve, jacobian = relation(first), second.then.parts[0]  # type: ignore[attr-defined]
        w, covariances = relation(third), relation(last)
        if w != equals(Origin(W[J]) * over(L_, PI[L_]), PI[J]):
            raise DoesNotFollow("w is not π at θ = 0")
        at = covariance().put({W: PI, THETA: ZERO})
        plain = at.put({X - Image(J, ZERO): X})
        if curve.rhs != Metric(V) + mean(-covariance()) or not _same(plain, covariances.lhs):
            raise DoesNotFollow("not the covariance at 0")
        if jacobian != equals(Along(M_THETA, THETA, V), V - Inverse(HESSIAN)):
            raise DoesNotFollow("not the Jacobian at a fixed point")
        first_term, taken = covariances.rhs.terms  # type: ignore[attr-defined]
        if first_term != METRIC:
            raise DoesNotFollow("no G")
        sign, square = coefficient(taken)
        return equals(Origin(Along(M_THETA, THETA, V)), V + Num(sign) * Inverse(square))

    return Rule("the fixed point 0", infer)(*premises)


def _same(plain: Expr, other: Expr) -> bool:
    """Whether the covariance of the T_jᵀx under π is what an expectation is taken of."""
    bare = _bare(plain)
    return isinstance(other, Mean) and bare == other.f


def _bare(e: Expr) -> Expr:
    """u_j spelled out, without its name."""
    from overspec.proofs.language.analysis import Abbreviation

    def visit(node: object) -> object:
        if isinstance(node, Abbreviation):
            return visit(node.body)
        return node.map(visit)  # type: ignore[attr-defined]

    found = visit(e)
    assert isinstance(found, Expr)
    return found


def _linear(derivative: Theorem, ordered: Theorem) -> Theorem:
    """DM(0) = I − G⁻¹AᵀA with 0 ⪯ AᵀA ⪯ G: the eigenvalue 1 has multiplicity p − rank A."""

    def infer(first: Statement, second: Statement) -> Statement:
        r, order = relation(first), relation(second)
        one, taken = r.rhs.terms  # type: ignore[attr-defined]
        sign, inverse = coefficient(taken)
        names: dict[Expr, str] = {over(J, PI[J] * Back(J, image(V, PI))): "A", METRIC: "G"}
        if one != V or abs(sign) != 1 or not isinstance(inverse, Inverse):
            raise DoesNotFollow("not I and one more term")
        if order != Relation(mean(Square(image(V))), "<=", Dot(Metric(V), V)):
            raise DoesNotFollow("AᵀA may be larger than G")
        rank = Named("rank", (Sym(names[inverse.u]),))
        mult = equals(Named("mult", (ONE,)), Sym("p") - rank)
        rate = Named("rho", (Named("DM", (ZERO,)),))
        if sign > 0:  # all eigenvalues are 1 or more
            return Both((mult, Relation(rate, ">=", ONE)))
        return Both((mult, Iff(Relation(rate, "<", ONE), equals(rank, Sym("p")))))

    return Rule("rank and kernel", infer, (RANKS,))(derivative, ordered)
