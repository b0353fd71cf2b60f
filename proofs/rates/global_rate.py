"""Why EM converges linearly from everywhere when no π̂_m is 0 (T1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from overspec.proofs.identities.circulant import hessian_at_optimum
from overspec.proofs.identities.stein import POSITIVE, gain_of, stein_form
from overspec.proofs.language.analysis import At, Extreme, Length, Named
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import (
    ONE,
    ZERO,
    Div,
    Expr,
    Mul,
    Num,
    Pow,
    Sym,
    product,
    terms_of,
)
from overspec.proofs.language.lemmas import CONTINUITY, ORTHOGONAL, UNIT, definition, linear
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import (  # fmt: skip
    ENERGY,
    L_,
    M_,
    PI,
    THETA,
    Abs2,
    Apply,
    Hat,
    Identity,
    Inner,
    J,
    K,
    Matrix,
    Mode,
    Root_,
    Turn,
    U,
    V,
    W,
    X,
    over,
    twice,
)
from overspec.proofs.language.ranges import F_R, PLANES, Z_K, Sum
from overspec.proofs.language.render import Box, Row, letter, sign
from overspec.proofs.language.statement import (  # fmt: skip
    Both,
    DoesNotFollow,
    Every,
    If,
    Relation,
    Statement,
    Where,
    equals,
    opened,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step, together
from overspec.proofs.machinery.rational import instances
from overspec.proofs.machinery.symbolic import SymbolicModel
from overspec.proofs.rates.cosets import (
    CO,
    CO2,
    COSETS,
    SUBGROUPS,
    Conditioned,
    Cosets,
    CosetSum,
    CosetWeight,
    H,
    N,
)

COMPACT = Hypothesis(
    "compact",
    "a continuous positive function has a positive minimum on every closed ball",
    "Weierstrass",
)
BOUNDED = Hypothesis(
    "bounded differences",
    "frequency 0 drops out of w(x) and has g_0 = 1, so θ_0 = 0 may be assumed; along some "
    "subsequence of any |θ_i| → ∞ each R^hθ_i − θ_i converges or tends to ∞ in norm; H is the set "
    "of h with a limit, not all of Z/k because the mean of the R^hθ_i − θ_i over h is −θ_i",
    "Bolzano–Weierstrass",
)
DOMINATE = Hypothesis(
    "dominance",
    "a Gaussian variable ⟨x, v⟩ with |v| → ∞ leaves every bounded interval with probability → 1: "
    "so in the limit one coset c + H carries all of w(x), each with probability 1/n because R "
    "keeps N(0, I) and permutes the cosets; within it w is the posterior given the limits v_h",
    "dominated convergence",
)
ANALYTIC = Hypothesis(
    "analytic",
    "F_c(x) = Σ_{h∈H} π_{c+h} e^{⟨x,v_h⟩} ω^{mh} is analytic in x: with F_c(0) ≠ 0 it vanishes on "
    "a set of measure 0 only, so |F_c|² has a positive infimum of integrals over sets of mass 1/n",
    "identity theorem, compactness of bounded v_h",
)
LOCAL = Hypothesis(
    "local rate",
    "where DM(θ*) has the largest eigenvalue ρ < 1 on a block that carries energy, |θ_{t+1}|/|θ_t| "
    "tends to ρ, and L is ½ Σ_m σ_m a_m² up to O(|θ|⁴)",
    "linearisation at a fixed point",
)
RHO, MU, SIGMA, T = Sym("rho*"), Sym("mu"), Sym("sigma"), Sym("t")


def global_rate(k: int) -> Derivation:
    """T1, the chain: ``π̂_m ≠ 0`` on F(R) gives ``inf_θ min_m g_m > 0``, hence a linear rate from
    any start, θ = 0 the only stationary point, ``1 − min|π̂_m|²`` locally and its square for KL.

    The limit θ → ∞ goes over the cosets c + H, H the subgroup of index n of those h for which
    R^hθ − θ stays bounded (along a ray the stabiliser of θ):
    ``g_m(∞) = (1/n) Σ_c |s_c/q_c|² ≥ |π̂_m|²/(n Σ_c q_c²)`` along rays, with q_c the weight of the
    coset and ``s_c = Σ_{h∈H} π_{c+h} ω^{m(c+h)}``.

    >>> global_rate(2).recheck()
    ()
    """
    faults: Faults = (
        ("the responsibilities at 0 as if uniform", partial(_global_rate, k, uniform=True)),
        ("a coset missing from π̂_m", partial(_global_rate, k, first=1)),
        ("KL contracts by 1 − |π̂_m|²", partial(_global_rate, k, power=1)),
        ("the bound at infinity without its cross terms", partial(_global_rate, k, pairs=1)),
        ("w on the coset not renormalised", partial(_global_rate, k, renormalised=False)),
        ("differences added without turning", partial(_global_rate, k, turned=0)),
    )
    return _global_rate(k, faulty=faults)


def _global_rate(
    k: int,
    uniform: bool = False,
    first: int = 0,
    power: int = 2,
    pairs: int = 2,
    renormalised: bool = True,
    turned: int = 1,
    faulty: Faults = (),
) -> Derivation:
    all_weights = over(L_, PI[L_])
    away = Turn(H, THETA) - THETA
    h2 = Sym("l")
    origin = step(
        "M(θ)_m = (1 − g_m)θ_m (S6). If g_m(θ) = 0 then ŵ_m(x) = 0 for every x, also at "
        "x = 0, where w = π: so π̂_m = 0. Hence g_m > 0 everywhere when π̂_m ≠ 0.",
        At(W[J], X) * all_weights,
        all_weights / K if uniform else PI[J],
        "all E_j are 1 at x = 0",
        (J, Z_K),
    )
    group = step(
        "As |θ| → ∞: the h with bounded |R^hθ − θ| form a subgroup H of Z/k, n its index.",
        Turn(H + h2, THETA) - THETA,
        Turn(turned * H, away.put({H: h2})) + away,
        "telescoping; R^h is an isometry, so |R^{h+l}θ − θ| ≤ |R^lθ − θ| + |R^hθ − θ|",
        (H, Z_K),
        (h2, Z_K),
    )
    exponents = step(
        "So within a coset c + H the exponents differ by bounded multiples of x, between "
        "cosets by unbounded ones; in the limit one coset carries w(x).",
        Inner(X, Turn(CO + H, THETA)) - Inner(X, Turn(CO, THETA)),
        Inner(Turn(-turned * CO, X), away),
        "R^c is orthogonal",
        (CO, Z_K),
        (H, Z_K),
    )
    ranges = ((N, SUBGROUPS), (CO, COSETS), (M_, Z_K))
    carried = step(
        "Along a ray H is the stabiliser and w in the limit is π conditioned on a coset, each "
        "with probability 1/n: g_m(∞) = (1/n) Σ_c |s_c/q_c|².",
        Conditioned(CO, M_, renormalised),
        Div(CosetSum(CO, M_, squared=True), CosetWeight(CO) ** 2),
        "w^{(c)}_j = π_j/q_c on the coset, 0 elsewhere",
        *ranges,
    )
    partition = step(
        "π̂_m is the sum of the s_c: if it is not 0, some s_c is not, and liminf g_m > 0, "
        "along rays and in general. (The converse fails: all n cosets may cancel.)",
        Hat(PI, M_),
        over(CO, CosetSum(CO, M_), Cosets("", Num(ZERO.number + first), N - 1)),
        "the cosets partition Z/k",
        (N, SUBGROUPS),
        (M_, Z_K),
    )
    parts = (U, ENERGY)  # any n complex numbers t_c, by real and imaginary parts
    q = CosetWeight
    size = over(CO, U[CO] ** 2 + ENERGY[CO] ** 2, COSETS)
    projected = [over(CO, q(CO) * part[CO], COSETS) for part in parts]
    gaps = [(q(CO) * part[CO2] - q(CO2) * part[CO]) ** 2 for part in parts]
    lagrange = step(
        "How far from 0: with t_c = s_c/q_c, g_m(∞) ≥ |π̂_m|²/(n Σ_c q_c²). Here t_c = u_c + iE_c "
        "stands for any n complex numbers.",
        over(CO, q(CO) ** 2, COSETS) * size - projected[0] ** 2 - projected[1] ** 2,
        over(CO, over(CO2, gaps[0] + gaps[1], COSETS), COSETS) / pairs,
        "Lagrange's identity",
        (N, SUBGROUPS),
    )
    local = step(
        "Locally M(θ) = (I − AᵀA)θ + O(|θ|³): the amplitude a_m falls by 1 − |π̂_m|² a step.",
        Mode(M_) - twice(PI, Mode(M_)),
        (1 - Abs2(Hat(PI, M_))) * Mode(M_),
        "S4",
        (M_, Z_K),
    )
    s, a = Sym("s", "sigma"), Sym("u", "a")[ZERO]
    squared = step(
        "And L = ½ Σ_m σ_m a_m² + O(|θ|⁴), σ_m = |π̂_m|²: KL falls by the square of that.",
        s * ((1 - s) * a) ** 2 / 2,
        (1 - s if power == 1 else (1 - s) ** power) * (s * a**2 / 2),
        "S4",
    )
    stein = stein_form(k)
    optimum = hessian_at_optimum(k)
    least = definition(RHO, 1 - Extreme("inf", THETA, Extreme("min", M_, gain_of(M_))))
    far = _at_infinity(carried, partition, lagrange)
    below = _bounded_away(stein.cited(2), origin, group, exponents, far)
    contraction = _contraction(stein.cited(1), below, least)
    return Derivation(
        id="T1a",
        title="global linear convergence, the chain of implications",
        theorem=together(
            contraction,
            below,
            far,
            _local(optimum.cited(0), local),
            _divergence(optimum.cited(1), squared),
        ),
        setting=(ORTHOGONAL, UNIT, POSITIVE),
        model=SymbolicModel.of(k),
        witnesses=instances(k, copies=1),
        faulty=faulty,
        root=k,
    )


def _at_infinity(*premises: Theorem) -> Theorem:
    """|ŵ_m|² → |s_c/q_c|² on the coset c, each of mass 1/n: g_m → (1/n) Σ_c, and Cauchy–Schwarz."""

    def infer(carried: Statement, partition: Statement, lagrange: Statement) -> Statement:
        value, sums, bound = relation(carried), relation(partition), relation(lagrange)
        if not isinstance(value.lhs, Conditioned) or not isinstance(sums.rhs, Sum):
            raise DoesNotFollow("not w on a coset")
        if not nonnegative_squares(bound.rhs) or not isinstance(sums.rhs.body, CosetSum):
            raise DoesNotFollow("no sum of squares")
        limit = over(CO, value.rhs, COSETS) / N
        least = Div(Abs2(sums.lhs), N * over(CO, CosetWeight(CO) ** 2, COSETS))  # type: ignore[arg-type]
        gain = Extreme("lim", Ray(), Named("g", (Sym("r") * V,), M_))
        laws = Both((equals(gain, limit), Relation(limit, ">=", least)))
        return Every(N, SUBGROUPS, Every(M_, PLANES, laws))

    return Rule("the limit along a ray with stabiliser nZ/k", infer, (DOMINATE,))(*premises)


def nonnegative_squares(e: Expr) -> bool:
    """Whether an expression is a positive multiple of sums of squares."""
    match e:
        case Mul(factors):
            return all(map(nonnegative_squares, factors))
        case Num(q):
            return q > 0
        case Sum():
            return all(map(nonnegative_squares, terms_of(e.body)))
        case Pow(_, Num(q)):
            return q == 2
    return False


@dataclass(frozen=True)
class Ray(Expr):
    """``r → ∞``."""

    def box(self) -> Box:
        return Row((letter("r"), sign(r"\to", "→"), sign(r"\infty", "∞")))


def _bounded_away(*premises: Theorem) -> Theorem:
    """g_m = E|ŵ_m|², continuous; positive where ŵ_m(0) ≠ 0, and by the limit also at infinity."""

    def infer(gain: Statement, origin: Statement, group: Statement, exponents: Statement,
              far: Statement) -> Statement:  # fmt: skip
        w, (index,) = relation(origin), opened(origin)[0]
        if w.lhs != At(W[index.index], X) * over(L_, PI[L_]):
            raise DoesNotFollow("not w at x = 0")
        if relation(gain).lhs != gain_of(M_) or not isinstance(far, Every):
            raise DoesNotFollow("not the factor g_m, or no limit at infinity")
        at_origin: Expr = Hat(PI, M_) if w.rhs == PI[J] else over(J, w.rhs * Root_(M_ * J))
        given = Every(M_, F_R, Relation(at_origin, "!=", ZERO))
        least = Extreme("inf", THETA, Extreme("min", M_, relation(gain).lhs))
        return If(given, Relation(least, ">", ZERO))

    used = (CONTINUITY, COMPACT, BOUNDED, ANALYTIC)
    return Rule("a positive infimum", infer, used)(*premises)


def _contraction(*premises: Theorem) -> Theorem:
    """M_m = (1 − g_m)θ_m with 0 < μ ≤ g_m ≤ 1: every coordinate shrinks by 1 − μ at least."""

    def infer(diagonal: Statement, below: Statement, least: Statement) -> Statement:
        image, rate = relation(diagonal), relation(least)
        if not isinstance(below, If):
            raise DoesNotFollow("no positive infimum")
        mu = relation(below.then).lhs
        factor = image.rhs.factors[0] if isinstance(image.rhs, Mul) else ONE
        c, rest = linear(factor, gain_of(M_))
        if c >= 0 or lowest(rate.rhs - (rest + Num(c) * mu)) != ZERO:
            raise DoesNotFollow("another rate")
        step_ = Relation(Length(THETA_T.put({T: T + 1})), "<=", rate.lhs * Length(THETA_T))
        laws = Both((Relation(rate.lhs, "<", rest), Every(T, None, step_)))
        return Where(If(below.condition, laws), least)

    return Rule("the slowest coordinate", infer)(*premises)


THETA_T = Named("theta", (), T)


def _local(optimum: Theorem, eigen: Theorem) -> Theorem:
    """DM(0) = I − AᵀA, and its eigenvectors."""

    def infer(first: Statement, second: Statement) -> Statement:
        matrix, vector = relation(first), relation(second)
        m = opened(second)[0][0].index
        if matrix.rhs != Identity() - Matrix(twice(PI, V)):
            raise DoesNotFollow("another Jacobian")
        if vector.lhs != Mode(m) - twice(PI, Mode(m)):
            raise DoesNotFollow("not the Jacobian on a mode")
        return Every(m, Z_K, equals(Apply(matrix.lhs, Mode(m)), vector.rhs))

    return Rule("the Jacobian on the modes", infer)(optimum, eigen)


def _divergence(optimum: Theorem, squared: Theorem) -> Theorem:
    """L = ½σa² + …, a' = (1 − σ)a + …: L' = (1 − σ)^p L + …, p as found."""

    def infer(first: Statement, second: Statement) -> Statement:
        if relation(first).rhs != Matrix(twice(PI, V)):
            raise DoesNotFollow("another Hessian")
        r = relation(second)
        s, a = Sym("s", "sigma"), Sym("u", "a")[ZERO]
        if r.lhs != s * ((1 - s) * a) ** 2 / 2:
            raise DoesNotFollow("not ½σ a² after a step")
        factors = [f for f in r.rhs.factors if f not in (Num(ONE.number / 2), s, a**2)]  # type: ignore[attr-defined]
        if product(*factors, s * a**2 / 2) != r.rhs:
            raise DoesNotFollow("not a multiple of ½σ a²")
        ratio = product(*factors).put({s: SIGMA})
        kl = Named("KL", (), T)
        law = Relation(kl.put({T: T + 1}) / kl, "to", ratio)
        meaning = equals(SIGMA, Extreme("min", M_, Abs2(Hat(PI, M_))))
        return Where(If(Relation(SIGMA, ">", ZERO), law), meaning)

    return Rule("the slowest block", infer, (LOCAL,))(optimum, squared)
