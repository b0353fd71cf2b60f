"""Weights learned together with tied means (math.md section 9, Q1): what becomes of the rate.

The joint map is ``π'_j = E w_j``, ``θ' = E Σ_j w_j R^{-j} x``. Every (0, π) is a fixed point, and
the Jacobian there is ``diag(I − AᵀA, I)``: the eigenvalue 1 has multiplicity k − 1 on the weights
besides the null blocks of A. So no rate holds uniformly: the limit on the line of fixed points
depends on the start, and with it ``σ = min_m |π̂_m|²``.

To leading order on the regular simplex ``π'_i − π_i = c²π_i(p₂ − π_i)``, ``c² = r²k/(k−1)``: the
weights drift towards equality, by an amount of order r². For k = 2, δ = π_0 − π_1 and r small of
one order: ``δ' = δ − r²δ``, ``r' = r − r(δ² + r²)``, along which ``r²/δ² − 2 log δ`` is kept. So
δ tends to ``δ_∞ = δ_0 exp(−r_0²/(2δ_0²)) > 0``: from any start with δ_0 ≠ 0 EM is still linear in
the end, with the factor ``1 − δ_∞²``. What is lost is a rate that the initial weights guarantee:
δ_∞ is exponentially small when r_0 is large beside δ_0. "The rate is lost" of math.md holds in that
sense only.
"""

from __future__ import annotations

from functools import partial

from overspec.proofs.identities.circulant import hessian_at_optimum
from overspec.proofs.language.analysis import At, Gradient, Log, Mean, Named, Order
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ONE, ZERO, Num, Sym
from overspec.proofs.language.lemmas import EXCHANGE, ORTHOGONAL, UNIT, coefficient
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import (  # fmt: skip
    I_,
    L_,
    PI,
    THETA,
    Act,
    Identity,
    Inner,
    J,
    K,
    Turn,
    V,
    W,
    X,
    over,
)
from overspec.proofs.language.ranges import Z_K, Range
from overspec.proofs.language.statement import (
    Both,
    DoesNotFollow,
    Every,
    If,
    Statement,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Rule, Theorem, step, together
from overspec.proofs.machinery.expansion import rational_points, symbolic_point
from overspec.proofs.machinery.rational import instances
from overspec.proofs.machinery.symbolic import SymbolicModel
from overspec.proofs.questions.covariance import Diagonal
from overspec.proofs.weights.heat import HEAT, IID, P2, Heat
from overspec.proofs.weights.simplex_keeping import simplex_keeping


def learned_weights(k: int) -> Derivation:
    """Q1w: the joint Jacobian of means and weights at (0, π) is ``diag(I − AᵀA, I)``.

    >>> learned_weights(2).recheck()
    ()
    """
    return _learned_weights(
        k,
        faulty=(
            ("weights forget themselves", partial(_learned_weights, k, keep=0)),
            ("x with a mean", partial(_learned_weights, k, odd=1)),
            ("the slope of w_j without A", partial(_learned_weights, k, centred=0)),
        ),
    )


def _learned_weights(
    k: int, keep: int = 1, odd: int = 0, centred: int = 1, faulty: Faults = ()
) -> Derivation:
    all_weights = over(L_, PI[L_])
    start = step(
        "At θ = 0 the E-step returns the weights, whatever they are: a line of fixed points, "
        "on which the derivative in π is the identity.",
        At(W[J], THETA) * all_weights,
        keep * PI[J],
        "all E_j are 1",
        (J, Z_K),
    )
    slope = step(
        "The slope of w_j in θ along v.",
        Inner(Gradient(W[J], THETA), V),
        W[J] * Inner(X, Turn(J, V) - centred * Act(W, V)),
        "quotient rule",
        (J, Z_K),
    )
    odd_weights = step(
        "At θ = 0 it is linear in x: no derivative of π' = E w in θ.",
        Mean(PI[J] * Inner(X, all_weights * Turn(J, V) - Act(PI, V))),
        odd * PI[J],
        "E x = 0",
        (J, Z_K),
    )
    odd_means = step(
        "With θ = 0 the M-step of the means gives 0 for every π: no derivative of θ' in π. "
        "The derivative of θ' in θ is that of S4.",
        Mean(over(J, PI[J] * Turn(-J, X))),
        odd * V,
        "E x = 0",
    )
    optimum = hessian_at_optimum(k).cited(0)
    joint = _joint(optimum, start, slope, odd_weights, odd_means)
    return Derivation(
        id="Q1w",
        title="learned weights: a line of fixed points",
        theorem=together(joint, start),
        setting=(ORTHOGONAL, UNIT, "π'_j = E w_j, θ' = E Σ_j w_jR^{-j}x"),
        model=SymbolicModel.of(k),
        witnesses=instances(k, copies=1),
        faulty=faulty,
        root=k,
    )


def _joint(*premises: Theorem) -> Theorem:
    """w = cπ at θ = 0: π' = cπ there, θ' = 0, and no mixed derivatives: diag(DM(0), c)."""

    def infer(optimum: Statement, start: Statement, slope: Statement, weights: Statement,
              means: Statement) -> Statement:  # fmt: skip
        c, kept = coefficient(relation(start).rhs)
        moved = relation(slope)
        at_zero = moved.rhs.put({W: PI})
        if at_zero != PI[J] * Inner(X, Turn(J, V) - Act(PI, V)) and moved.rhs.has(Act(W, V)):
            raise DoesNotFollow("another slope")
        image = relation(means).rhs
        fixed = (equals(Named("theta'"), image), equals(Named("pi'", (), J), Num(c) * kept))
        jacobian = Diagonal(relation(optimum).rhs, Num(c) * Identity())
        mixed = equals(Gradient(Named("pi'", (), J), THETA), relation(weights).rhs)
        at = If(equals(THETA, ZERO), Both((*(fixed[:1]), Every(J, Z_K, fixed[1]))))
        return Both((at, Every(J, Z_K, mixed), equals(Named("J"), jacobian)))

    return Rule("the joint Jacobian", infer, (EXCHANGE,))(*premises)


DELTA, RADIUS = Sym("delta"), Sym("r")


def weight_drift(k: int) -> Derivation:
    """Q1d: the weights drift towards equality, ``π'_i − π_i = c²π_i(p₂ − π_i) + O(c⁴)``.

    >>> weight_drift(2).recheck()
    ()
    """
    return _weight_drift(
        k,
        faulty=(
            ("the drift doubled", partial(_weight_drift, k, factor=2)),
            ("the drift reversed", partial(_weight_drift, k, factor=-1)),
            ("r²/δ² + 2 log δ", partial(_weight_drift, k, sign=-1)),
        ),
    )


def _weight_drift(k: int, factor: int = 1, sign: int = 1, faulty: Faults = ()) -> Derivation:
    names = ("delta", "r")
    up, down = (1 + DELTA) / 2, (1 - DELTA) / 2
    p2 = up**2 + down**2
    drift = step(
        "Order c² of E w_i on the simplex; Σ_j E w_iw_j = E w_i. All i are alike.",
        over(J, Heat(1, I_, J)),
        factor * PI[I_] * (P2 - PI[I_]),
        "H",
        (I_, Range("", ZERO, ONE)),
    )
    two = step(
        "k = 2, c² = 2r²: the drift of δ = π_0 − π_1, divided by r².",
        2 * up * (p2 - up) - 2 * down * (p2 - down),
        -DELTA * (1 - DELTA**2),
        "insert π = (1 ± δ)/2",
    )
    half = (1 + DELTA**2) / 2
    gain = step(
        "k = 2: G_1 of H, with π̂_1 = ρ̂_1 = δ. Its leading term is 1: r loses δ²r + r³.",
        2 * half + 6 * half * DELTA**2 - 8 * DELTA**2,
        (1 - DELTA**2) * (1 - 3 * DELTA**2),
        "p₂ = (1 + δ²)/2",
    )
    dr, ddelta = -RADIUS * (DELTA**2 + RADIUS**2), -(RADIUS**2) * DELTA
    kept = step(
        "Along dr = −r(δ²+r²), dδ = −r²δ this stays constant: r²/δ² − 2 log δ; here ½δ³ times its "
        "derivative.",
        DELTA * RADIUS * dr - RADIUS**2 * ddelta - sign * DELTA**2 * ddelta,
        ZERO,
        "insert",
    )
    return Derivation(
        id="Q1d",
        title="the drift of learned weights",
        theorem=together(_drift(simplex_keeping(k).cited(1), drift), _two(drift, two, gain, kept)),
        setting=(
            UNIT,
            "on regular simplices of norm r: c² = r²k/(k−1); d is the change to leading order",
        ),
        model=symbolic_point(k, names),
        witnesses=rational_points(k, names),
        small=partial(rational_points, names=names),
        faulty=faulty,
    )


def _drift(expansion: Theorem, drift: Theorem) -> Theorem:
    """π'_i = Σ_j E w_iw_j, order by order."""

    def infer(_: Statement, second: Statement) -> Statement:
        r, c = relation(second), Sym("c")
        if r.lhs != over(J, Heat(1, I_, J)):
            raise DoesNotFollow("not the order c² of E w_i")
        moved = PI[I_] + c**2 * r.rhs + Order(c**4)
        return Every(I_, Z_K, equals(Named("pi'", (), I_), moved))

    return Rule("the heat semigroup at 0", infer, (IID, HEAT))(expansion, drift)


def _two(*premises: Theorem) -> Theorem:
    """k = 2: δ' and r' to leading order, and what the steps keep."""

    def infer(drift: Statement, two: Statement, gain: Statement, kept: Statement) -> Statement:
        factor, bare = coefficient(relation(drift).rhs)
        if bare != PI[I_] * (P2 - PI[I_]):
            raise DoesNotFollow("another drift")
        first = relation(two)
        up, down = (1 + DELTA) / 2, (1 - DELTA) / 2
        p2 = up**2 + down**2
        if lowest(first.lhs - 2 * (up * (p2 - up) - down * (p2 - down))) != ZERO:
            raise DoesNotFollow("not the drift of δ")
        change = lowest(Num(factor) * first.rhs * RADIUS**2)
        delta = equals(Named("delta'"), DELTA + change + Order(RADIUS**4))
        g = DELTA**2 + RADIUS**2 * relation(gain).rhs
        radius = equals(Named("r'"), RADIUS - RADIUS * g + Order(RADIUS**5))
        # ½δ³ d(r²/δ² − 2c log δ) = δ r dr − r² dδ − c δ² dδ
        last = relation(kept).lhs.terms[-1]  # type: ignore[attr-defined]
        c = lowest(last / (DELTA**3 * RADIUS**2))
        constant = RADIUS**2 / DELTA**2 - 2 * c * Log(DELTA)
        if relation(kept).rhs != ZERO:
            raise DoesNotFollow("nothing is kept")
        same = equals(Named("d", (constant,)), ZERO)
        return If(equals(K, 2), Both((delta, radius, same)))

    return Rule("leading order at k = 2", infer, (IID, HEAT))(*premises)
