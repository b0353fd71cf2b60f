"""What happens on null blocks: the quartic form in the energies, the recursion, the laws (T2)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

from overspec.proofs.identities.operator import gradient_descent, jacobian
from overspec.proofs.identities.stein import stein_form, unique_stationary_point
from overspec.proofs.language.analysis import Extreme, Length, Named, Order
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ONE, ZERO, Expr, Mul, Num, Pow, Sym, product
from overspec.proofs.language.lemmas import EXCHANGE, ORTHOGONAL, UNIT
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import (  # fmt: skip
    I_,
    L_,
    M_,
    PI,
    THETA,
    Abs2,
    Coefficient,
    Cosine,
    Delta,
    Hat,
    Inner,
    J,
    K,
    Norm2,
    Outer,
    S,
    Turn,
    U,
    over,
)
from overspec.proofs.language.ranges import PLANES, Z_K, Sum
from overspec.proofs.language.statement import (  # fmt: skip
    Both,
    DoesNotFollow,
    Every,
    If,
    Iff,
    Relation,
    Statement,
    Where,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step, together
from overspec.proofs.machinery.rational import instances
from overspec.proofs.machinery.symbolic import SymbolicModel
from overspec.proofs.rates.quartic import FROBENIUS, quartic_expansion
from overspec.proofs.rates.quartic_forms import Bilinear, Constraint, Coupling, Gap, Partial
from overspec.proofs.rates.uniform import Uniform

DESCENT = Hypothesis(
    "descent",
    "θ_t → 0: |θ_t| does not grow (S6), so there are limit points; L falls by ½|∇L|² a step (S5), "
    "so each of them is stationary, and θ = 0 is the only such point (T7); on the other blocks "
    "g_m → |π̂_m|² > 0, so their energies fall geometrically",
    "compactness and continuity of ∇L (LaSalle)",
)
SMOOTH = Hypothesis(
    "smooth",
    "L is smooth and even, so its derivative has the Taylor polynomial of order 3 that T6 gives",
    "Taylor's theorem",
)
CESARO = Hypothesis(
    "Cesàro", "increments of b_t that tend to a limit c give b_t/t → c", "Cesàro means"
)
ENTROPY = Hypothesis(
    "entropy",
    "h_t = Σ_m u*_m log u_m(t) is bounded above and h_{t+1} − h_t ≥ "
    "2|e_t|(u_t − u*)ᵀC(u_t − u*) − O(|e_t|²) up to a geometric term from the other blocks, "
    "Σ|e_t| = ∞, Σ|e_t|² < ∞, so h_t converges, "
    "u_t → u* along a subsequence, hence h_t → h(u*) and u_t → u*, the only maximiser",
    "Karush–Kuhn–Tucker; a bounded sequence with summable losses converges",
)

R_ = Sym("r")
ENERGIES, DIRECTION = Sym("u", "e"), Sym("boltzmann", "v")
A2, C, REST = S, U[ZERO], U[ONE]  # a², c and the coefficient of the remainder, any numbers
T, LAMBDA, OWN = Sym("t"), Sym("lambda"), Sym("c")
AMPLITUDE = Named("a", (T,), M_)
DIVERGENCE = Named("KL", (), T)


def null_blocks(k: int) -> Derivation:
    """T2, the derivation: on null blocks ``L = ¼ eᵀCe + O(|e|³)`` in the energies e, with
    ``C_ml = ½(|π̂_{m−l}|² + |π̂_{m+l}|²)`` positive definite; so ``t a² → 1/(2c)`` and
    ``t² KL → 1/(16c)``, c = C_mm, for one block, and ``t² KL → 1/(16λ)``, λ = min uᵀCu over the
    simplex of directions u, for several: (k − 1)/16 for uniform weights.

    >>> null_blocks(2).recheck()
    ()
    """
    faults: Faults = (
        ("the factor 1 − 2c a²", partial(_null_blocks, k, slope=2)),
        ("C without ½", partial(_null_blocks, k, average=1)),
        ("1/a² grows by c a step", partial(_null_blocks, k, growth=1)),
        ("the autocorrelation of a shifted π", partial(_null_blocks, k, shift=1)),
        ("k/16 for uniform weights", partial(_null_blocks, k, dimension=K)),
    )
    if k != 2:
        faults += (("a cosine norm of k in every block", partial(_null_blocks, k, norm=1)),)
    return _null_blocks(k, faulty=faults)


def _null_blocks(
    k: int,
    slope: int = 1,
    average: int = 2,
    growth: int = 2,
    shift: int = 0,
    dimension: Expr = K - 1,
    norm: int = 2,
    faulty: Faults = (),
) -> Derivation:
    rho = over(J, PI[J] * PI[J + R_ + shift])
    form = (Abs2(Hat(PI, M_ - L_)) + Abs2(Hat(PI, M_ + L_))) / average
    waves = over(M_, ENERGIES[M_] * Cosine(M_ * R_), PLANES)
    inner = step(
        "Where T₁ = 0, Σ is the second moment of the means. Its norm sees the "
        "autocorrelations ρ_r = Σ_j π_jπ_{j+r} and c_r = ⟨θ, R^rθ⟩.",
        Norm2(over(J, PI[J] * Outer(Turn(J, THETA)))),
        over(R_, rho * Inner(THETA, Turn(R_, THETA)) ** 2),
        "⟨R^iθ, R^jθ⟩ = c_{j−i}",
    )
    parseval = step(
        "The autocorrelation of θ is the cosine transform of its energies.",
        Inner(THETA, Turn(R_, THETA)),
        over(M_, Coefficient(THETA, M_) * Cosine(M_ * R_)) / K,
        "Parseval; m and k − m together are the block of energy e_m",
        (R_, Z_K),
    )
    blocked = step(
        "So 4 times the quartic of T6 is a form in the energies, a sum of squares with the "
        "weights ρ_r > 0.",
        over(R_, rho * waves**2),
        over(M_, over(L_, form * ENERGIES[M_] * ENERGIES[L_], PLANES), PLANES),
        "2 cos α cos β = cos(α − β) + cos(α + β), and Σ_r ρ_r ω^{mr} = |π̂_m|²",
    )
    orthogonal = step(
        "The form is positive definite: the cosine vectors of different blocks are "
        "orthogonal, none is 0.",
        over(R_, Cosine(M_ * R_) * Cosine(L_ * R_)),
        K * (Delta(M_, L_) + Delta(M_, -L_)) / norm,
        "geometric sums of roots of unity",
        (M_, PLANES),
        (L_, PLANES),
    )
    potential = over(I_, over(J, Coupling(I_, J) * U[I_] ** 2 * U[J] ** 2)) / 4
    pulled = step(
        "The gradient step: a_m' = a_m(1 − (Ce)_m + O(|e|²)); for one block c = C_mm = "
        "(1 + |π̂_2m|²)/2, which is 1 for m = k/2. Here for any symmetric C.",
        Partial(potential, U, M_),
        slope * U[M_] * over(L_, Coupling(M_, L_) * U[L_] ** 2),
        "C is symmetric",
        (M_, Z_K),
    )
    factor = 1 - C * A2 + REST * A2**2
    y = C - REST * A2
    rest = -2 * REST - y**2 + 4 * C * y - 2 * C * A2 * y**2
    increment = step(
        "For one block a' = a(1 − ca² + ra⁴), r bounded: 1/a² grows by 2c + O(a²) a step, so "
        "by Cesàro t a² → 1/(2c). Here s is a², u_0 is c and u_1 is r.",
        1 / (A2 * factor**2) - 1 / A2,
        growth * C + A2 * (rest / factor**2),
        "algebra",
    )
    u, v = U, DIRECTION
    gap = Gap(u, v)
    split = step(
        "Several blocks: with u* = argmin uᵀCu on the simplex, uᵀCu* ≥ λ = u*ᵀCu* for all u "
        "(Karush–Kuhn–Tucker), so Σ u*_m log(e_m/|e|) grows while u ≠ u*; here for any "
        "circulant symmetric C.",
        Bilinear(gap, u),
        Bilinear(gap, gap) + Bilinear(u, v) - Bilinear(v, v),
        "C is symmetric",
    )
    even = Uniform()
    uniform = step(
        "Uniform weights: C is diagonal, ½ on planes and 1 on the line m = k/2.",
        form.put({PI: even}),
        (Delta(M_, L_) + Delta(M_, -L_)) / 2,
        "T4",
        (M_, PLANES),
        (L_, PLANES),
    )
    trace = step(
        "A diagonal form has the least value 1/λ = Σ_m 1/C_mm on the simplex; that is the "
        "dimension k − 1, so t² KL → (k − 1)/16.",
        over(M_, 2 / (1 + Delta(M_, -M_)), PLANES),
        dimension,
        "a plane counts twice",
    )
    quartic = quartic_expansion(k)
    shape = _form(quartic.cited(0), quartic.cited(1), inner, parseval, blocked)
    motion = _recursion(gradient_descent(k).cited(1), shape, pulled)
    descends = jacobian(k).cited(4)
    still = (unique_stationary_point(k).cited(0), stein_form(k).cited(1), descends)
    single = _one_block(motion, shape, increment, *still)
    several = _several_blocks(motion, shape, increment, orthogonal, split, *still)
    return Derivation(
        id="T2a",
        title="the sublinear law on null blocks, derived",
        theorem=together(shape, motion, single, several, _uniform(several, uniform, trace)),
        setting=(ORTHOGONAL, UNIT),
        model=SymbolicModel.of(k),
        witnesses=instances(k, copies=1),
        faulty=faulty,
        root=k,
    )


def _form(*premises: Theorem) -> Theorem:
    """L = … + f‖Σ‖² + … and ‖Σ‖² = Σ_r ρ_r c_r², c_r = Σ_m e_m cos: L = f Σ C_ml e_m e_l + ⋯."""

    def infer(expansion: Statement, remainder: Statement, inner: Statement,
              parseval: Statement, blocked: Statement) -> Statement:  # fmt: skip
        series, lags, form = relation(expansion), relation(inner), relation(blocked)
        f = next((t for t in series.rhs.terms if t.has(FROBENIUS)), ZERO)  # type: ignore[attr-defined]
        wave = relation(parseval)
        pieces = [n for n in form.lhs.walk() if isinstance(n, Pow) and isinstance(n.base, Sum)]
        if len(pieces) != 1 or form.lhs.put({pieces[0]: wave.lhs**2}) != lags.rhs:
            raise DoesNotFollow("not the norm of Σ")
        exponent = next(n.exponent for n in relation(remainder).rhs.walk() if isinstance(n, Pow))
        order = Order(Pow(Length(Sym("e")), lowest(exponent / 2)))
        null = Every(M_, PLANES, If(Relation(ENERGIES[M_], "!=", ZERO), equals(Hat(PI, M_), ZERO)))
        return If(null, equals(series.lhs, f.put({FROBENIUS: form.rhs}) + order))

    return Rule("the quartic where Aθ = 0", infer)(*premises)


def _quartic_form(shape: Statement) -> tuple[Expr, Expr]:
    """f and C_ml in L = f Σ C_ml e_m e_l + O(…)."""
    if not isinstance(shape, If):
        raise DoesNotFollow("no expansion")
    leading = relation(shape.then).rhs.terms[0]  # type: ignore[attr-defined]
    body: Any
    f, body = leading.factors if isinstance(leading, Mul) else (ONE, leading)
    entry = product(*(g for g in body.body.body.factors if g not in (ENERGIES[M_], ENERGIES[L_])))
    return f, entry


def _recursion(*premises: Theorem) -> Theorem:
    """θ' = θ − ∇L with L = ¼ Σ C_ml a_m²a_l² + …: a_m' = a_m(1 − s Σ_l C_ml a_l² + O(|e|²))."""

    def infer(gradient: Statement, shape: Statement, pulled: Statement) -> Statement:
        f, entry = _quartic_form(shape)
        slope = relation(pulled)
        if not isinstance(slope.lhs, Partial) or slope.lhs.f != f * _potential():
            raise DoesNotFollow("the derivative of another form")
        factors = slope.rhs.factors if isinstance(slope.rhs, Mul) else (slope.rhs,)
        s = factors[0] if isinstance(factors[0], Num) else ONE
        energy = over(L_, entry * ENERGIES[L_], PLANES)
        after = AMPLITUDE.put({T: T + 1})
        order = Order(Pow(Length(Sym("e")), Num(Fraction(2))))
        assert isinstance(shape, If)
        return If(shape.condition, equals(after, AMPLITUDE * (1 - s * energy + order)))

    return Rule("one step on a null block", infer, (EXCHANGE, SMOOTH))(*premises)


def _potential() -> Expr:
    return over(I_, over(J, Coupling(I_, J) * U[I_] ** 2 * U[J] ** 2))


def _speed(motion: Statement, increment: Statement) -> tuple[Expr, Expr]:
    """The s of the recursion, and the p in 1/a'² − 1/a² = p c + a²(…), a' = a(1 − c a² + r a⁴)."""
    if not isinstance(motion, If):
        raise DoesNotFollow("no recursion")
    bracket = relation(motion.then).rhs.factors[-1]  # type: ignore[attr-defined]
    minus = bracket.terms[1]
    s = product(-1, minus.factors[0] if isinstance(minus.factors[0], Num) else ONE)
    r = relation(increment)
    factor = 1 - C * A2 + REST * A2**2
    if r.lhs != 1 / (A2 * factor**2) - 1 / A2:
        raise DoesNotFollow("the increment of something else")
    first, rest = r.rhs.terms  # type: ignore[attr-defined]
    if not isinstance(rest, Mul) or A2 not in rest.factors:
        raise DoesNotFollow("the remainder does not vanish with a²")
    return s, lowest(first / C)


def _at_zero(e: Expr) -> Expr:
    """π̂_0 = 1 once indices that cancel are 0."""
    indices = {n: Abs2(Hat(PI, lowest(n.hat.m))) for n in e.walk() if isinstance(n, Abs2)}
    return lowest(e.put(indices).put({Abs2(Hat(PI, ZERO)): ONE}))


def _one_block(*premises: Theorem) -> Theorem:
    """1/a² grows by p s c + o(1): t a² → 1/(psc), and t²KL → f c/(psc)², c = C_mm."""

    def infer(
        motion: Statement, shape: Statement, increment: Statement, *_: Statement
    ) -> Statement:
        f, entry = _quartic_form(shape)
        s, p = _speed(motion, increment)
        own = equals(OWN, _at_zero(entry.put({L_: M_})))
        limit = lowest(1 / (p * s * OWN))
        alone = Every(L_, PLANES, Iff(equals(Hat(PI, L_), ZERO), equals(L_, M_)))
        start = Relation(AMPLITUDE.put({T: ZERO}), "!=", ZERO)
        laws = (
            Relation(T * AMPLITUDE**2, "to", limit),
            Relation(T**2 * DIVERGENCE, "to", lowest(f * OWN * limit**2)),
        )
        return Every(M_, PLANES, Where(If(Both((alone, start)), Both(laws)), own))

    return Rule("increments of 1/a²", infer, (DESCENT, CESARO))(*premises)


def _several_blocks(*premises: Theorem) -> Theorem:
    """The same along the direction that minimises uᵀCu: t²KL → f λ/(psλ)²."""

    def infer(motion: Statement, shape: Statement, increment: Statement, orthogonal: Statement,
              split: Statement, *_: Statement) -> Statement:  # fmt: skip
        f, entry = _quartic_form(shape)
        s, p = _speed(motion, increment)
        gap = relation(split)
        if not isinstance(gap.lhs, Bilinear) or gap.lhs.u != Gap(U, DIRECTION):
            raise DoesNotFollow("not the drift of the entropy")
        norms = relation(orthogonal)
        if not norms.rhs.has(Delta(M_, L_)) or not norms.lhs.has(Cosine(M_ * R_)):
            raise DoesNotFollow("the form may be degenerate")
        quadratic = over(M_, over(L_, entry * U[M_] * U[L_], NULL), NULL)
        least = equals(LAMBDA, Extreme("min", Constraint(), quadratic))
        law = Relation(T**2 * DIVERGENCE, "to", lowest(f * LAMBDA * (1 / (p * s * LAMBDA)) ** 2))
        start = Every(M_, NULL, Relation(AMPLITUDE.put({T: ZERO}), "!=", ZERO))
        return Where(If(start, law), least)

    return Rule("the entropy of the shares", infer, (DESCENT, CESARO, ENTROPY))(*premises)


def _uniform(several: Theorem, uniform: Theorem, trace: Theorem) -> Theorem:
    """A diagonal form Σ d_m e_m² has λ = 1/Σ 1/d_m on the simplex."""

    def infer(law: Statement, diagonal: Statement, total_: Statement) -> Statement:
        d, sum_ = relation(diagonal), relation(total_)
        entry = lowest(d.rhs.put({L_: M_, -L_: -M_}).put({Delta(M_, M_): ONE}))
        if not isinstance(sum_.lhs, Sum) or lowest(sum_.lhs.body * entry) != ONE:
            raise DoesNotFollow("not the sum of the inverses")
        if not isinstance(law, Where) or not isinstance(law.body, If):
            raise DoesNotFollow("no law for several blocks")
        limit = relation(law.body.then)
        if not _is_diagonal(d.rhs):
            raise DoesNotFollow("the form is not diagonal")
        value = lowest(limit.rhs.put({LAMBDA: 1 / sum_.rhs}))
        uniform_ = Every(J, Z_K, equals(PI[J], 1 / K))
        start = Every(M_, PLANES, Relation(AMPLITUDE.put({T: ZERO}), "!=", ZERO))
        return If(Both((uniform_, start)), Relation(limit.lhs, "to", value))

    return Rule("the least value of a diagonal form", infer)(several, uniform, trace)


def _is_diagonal(e: Expr) -> bool:
    """Whether only Kronecker deltas of m and ±l occur: on the blocks 1 … k/2 these are diagonal."""
    return lowest(e.put({Delta(M_, L_): ZERO, Delta(M_, -L_): ZERO})) == ZERO


NULL = replace(PLANES, name="N")  # the null frequencies
