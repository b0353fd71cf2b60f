"""The path of EM on n samples, from anywhere, with numbers (T8)."""

from __future__ import annotations

from functools import partial
from typing import Any

import sympy

from overspec.proofs.language.analysis import Computed, Derived, Length, Named
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.every.sums import Sums
from overspec.proofs.language.expression import (  # fmt: skip
    ONE,
    ZERO,
    Expr,
    Num,
    Pow,
    Sym,
    terms_of,
    total,
)
from overspec.proofs.language.lemmas import ORTHOGONAL, UNIT, coefficient
from overspec.proofs.language.operators import I_, PI, THETA, J, over
from overspec.proofs.language.statement import (
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
from overspec.proofs.machinery.calculus import dot
from overspec.proofs.machinery.expansion import Jet, Point, rational_points, symbolic_point
from overspec.proofs.rates.global_rate import global_rate
from overspec.proofs.rates.ray.cumulants import moment
from overspec.proofs.rates.ray.spread import F, Z, bar, mean
from overspec.proofs.samples.deviation import (  # fmt: skip
    deviation,
    expected,
    pairs,
    share_of,
    slopes,
    smaller,
)
from overspec.proofs.samples.nets import deviation_of_map, on_net
from overspec.proofs.samples.slopes import slope_of_map
from overspec.proofs.samples.words import (
    DELTA,
    ELL,
    R_N,
    RHO,
    TAU,
    THETA_T,
    D,
    InBall,
    Likely,
    N,
    R,
    T,
    Tail,
    epsilon,
)

ROWS = "independent rows x_i of N(0, I), M_n(θ) = n^{-1} Σ_i Σ_j w_j(x_i;θ)R^{-j}x_i"
PATH = "θ_{t+1} = M_n(θ_t), θ_0 may depend on the rows; 0 < δ < 1"
TRIANGLE = Hypothesis(
    "triangle",
    "|Σ_j w_jR^{-j}x| ≤ |x|, so |M_n(θ)|² ≤ n^{-1} Σ_i |x_i|² for every θ, and n times that mean "
    "has the law χ² with nd degrees of freedom",
    "triangle inequality, Cauchy–Schwarz inequality, union bound",
)

P, Q, E = Sym("p", "rho"), Sym("q"), Sym("e", "ell")
START = Named("theta", (), ZERO)
NAMES = ("t", "d", "n", "r", "p", "q", "e", "ell", "tau", "delta", "s_1", "s_2", "V", "b")
TABLES = ("Z", "f")


def finite_samples(k: int) -> Derivation:
    """T8: ``|θ_{t+1}| ≤ ρ*^t r_n + ε_n(r_n)/(1−ρ*)`` for all t, with probability at least 1 − δ.

    >>> finite_samples(2).recheck()
    ()
    """
    return _finite(
        k,
        faulty=(
            ("a quarter of the variance in place of half", partial(_finite, k, share=4)),
            ("w of half the length", partial(_finite, k, unit=1)),
            ("coordinates not stretched", partial(_finite, k, stretch=1)),
            ("E|x|⁴ = d(d + 1)", partial(_finite, k, fourth=1)),
            ("one row changes the supremum by τ/n", partial(_finite, k, change=1)),
            ("half of the net", partial(_finite, k, cover=1)),
            ("half of V in Bernstein's exponent", partial(_finite, k, spread=1)),
            ("half of the range in it", partial(_finite, k, largest=2)),
            ("twice the error kept in one limit", partial(_finite, k, adds=2)),
            ("events of probability δ/2", partial(_finite, k, events=2)),
            ("a ball kept by a larger error", partial(_finite, k, kept=2)),
        ),
    )


def slope_symbolic(m: Point) -> tuple[Any, ...]:
    """``d/dt Σ_j w_j f_j`` at t = 0 for w_j ∝ π_j e^{tZ_j}, by SymPy."""
    t = sympy.Symbol("t")
    energies = tuple(p * sympy.exp(t * y) for p, y in zip(m.pi, m.Z, strict=True))
    top, bottom = dot(energies, m.f), sympy.Add(*energies)
    t0, t1, b1 = (f.subs(t, 0) for f in (top, sympy.diff(top, t), sympy.diff(bottom, t)))
    return (t1 - t0 * b1,)  # the bottom is 1 at t = 0


def slope_numeric(m: Point) -> tuple[Any, ...]:
    """The same by truncated power series."""
    t = Jet.variable(1)
    energies: list[Jet] = [p * (t * y).exp() for p, y in zip(m.pi, m.Z, strict=True)]
    weighted = [e * f for e, f in zip(energies, m.f, strict=True)]
    return ((sum(weighted[1:], weighted[0]) / sum(energies[1:], energies[0])).c[1],)


def slope_indexed() -> Sums:
    """The same by the quotient rule, for weights of sum 1."""
    return moment(f=1, Z=1) - moment(f=1) * moment(Z=1)


def _finite(
    k: int,
    share: int = 2,
    unit: int = 2,
    stretch: int = 2,
    fourth: int = 2,
    change: int = 2,
    cover: int = 2,
    spread: int = 2,
    largest: int = 1,
    adds: int = 1,
    events: int = 3,
    kept: int = 1,
    faulty: Faults = (),
) -> Derivation:
    f = bar(F)
    slope = step(
        "Along v the operator is a mean of h = Σ_j w_j y_j, y_j = ⟨x,R^jv⟩, where the exponents "
        "are z_j = ⟨x,R^jθ⟩; here any weights. In a direction Z of z it has this slope, f standing "
        "for y: the gradient in z is w_j(y_j − ȳ), that in y is w.",
        Computed(
            Derived(over(J, Sym("w")[J] * F[J]), (T, ONE)),
            slope_symbolic,
            slope_numeric,
            slope_indexed,
        ),
        mean(f[J] * Z[J]),
        "a covariance",
    )
    twice = step(
        "The square of the gradient in z is at most half the variance of y, since Σ_j w_j(y_j − ȳ) "
        "= 0.",
        mean(f[J] ** 2) - share * over(J, PI[J] ** 2 * f[J] ** 2),
        pairs(PI[I_] * PI[J] * (f[J] + f[I_]) ** 2),
        "expand",
    )
    second = step(
        "The variance is at most the mean square, here at most |x|².",
        mean(F[J] ** 2) - mean(f[J] ** 2),
        mean(F[J]) ** 2,
        "expand",
    )
    square = step(
        "The gradient in y is w, no longer than 1.",
        1 - over(J, PI[J] ** 2),
        unit * pairs(PI[I_] * PI[J]),
        "the weights sum to 1",
    )
    stretched = step(
        "Coordinates √2 ρ z and √2 q y, ρ and q the two slopes: the square of the gradient is then "
        "at most this.",
        total(P**2 / (stretch * P**2), Q**2 / (stretch * Q**2)),
        ONE,
        "cancel",
    )
    moment = step(
        "E|x|² = d, and E|x|⁴ has d terms E x_a⁴ = 3 and d(d − 1) terms E x_a²x_b² = 1.",
        3 * D + D * (D - 1),
        D * (D + fourth),
        "expand",
    )
    exponent = step(
        "One row changes the supremum by at most c = 2τ/n: the exponent 2s²/(nc²) is ℓ for this "
        "s² = 2τ²ℓ/n.",
        2 * (2 * TAU**2 * ELL / N) / (N * (change * TAU / N) ** 2),
        ELL,
        "cancel",
    )
    union = step(
        "Three events are excluded: a long row, a large supremum, a large mean of the |x_i|².",
        total(*[DELTA / events] * 3),
        DELTA,
        "add",
    )
    onward = step(
        "From a bound q r + ℓ of |θ_t|, ℓ = ε/(1 − ρ), a step makes ρ times that plus ε: the same "
        "form with ρq for q. So q = ρ^t after t steps.",
        P * (Q * R + E) + adds * (1 - P) * E,
        P * Q * R + E,
        "expand",
    )
    inside = step(
        "A ball is not left when ε ≤ (1 − ρ)r.",
        P * R + (1 - P / kept) * R,
        R,
        "expand",
    )
    lipschitz = slopes(slope, twice, second, square)
    average = expected(lipschitz, stretched, moment)
    contracted = deviation(average, exponent, union)
    steep = slope_of_map(slope, second)
    net = on_net(N, cover, spread, largest)
    close = smaller(contracted, deviation_of_map(steep, union, *net))
    return Derivation(
        id="T8",
        title="finite samples: the path of EM from anywhere, with numbers",
        theorem=together(
            _anywhere(global_rate(k).cited(0), close, onward, union),
            _within(close, onward, inside),
            close,
            average,
            lipschitz,
            steep,
        ),
        setting=(ORTHOGONAL, UNIT, ROWS, PATH),
        model=symbolic_point(k, NAMES, dict.fromkeys(TABLES, k)),
        witnesses=points(k),
        faulty=faulty,
        small=points,
    )


def points(k: int) -> Any:
    """Random instances at one k."""
    return rational_points(k, NAMES, dict.fromkeys(TABLES, k))


def bound_of(onward: Statement, rate: Expr, start: Expr, error: Expr, t: Expr) -> Expr:
    """ρ^t start + ℓ, ℓ as in ρ(q r + ℓ) + c(1 − ρ)ℓ = ρ q r + ℓ with an error c(1 − ρ)ℓ."""
    r = relation(onward)
    shrunk, *added = terms_of(r.lhs)
    c, rest = coefficient(total(*added))
    if shrunk != P * (Q * R + E) or rest != (1 - P) * E or r.rhs != P * Q * R + E:
        raise DoesNotFollow("the bound is not kept")
    return Pow(rate, t) * start + error / (Num(c) * (1 - rate))


def _anywhere(*premises: Theorem) -> Theorem:
    """|θ_1| ≤ r_n, and |θ_{t+1}| ≤ |M(θ_t)| + ε ≤ ρ*|θ_t| + ε in that ball, none of it left."""

    def infer(
        linear: Statement, close: Statement, onward: Statement, union: Statement
    ) -> Statement:
        regular, rho, after = linear_rate(linear)
        share = share_of(union)
        if _level(close) != 1 - 2 * share:
            raise DoesNotFollow("other events")
        path = Relation(after, "<=", bound_of(onward, rho, R_N, epsilon(R_N), T))
        meaning = equals(Tail(N * D, N * R_N**2), share)
        sure = Likely(1 - relation(union).rhs, Every(T, None, path))
        return If(regular, Where(sure, meaning))

    return Rule("induction over the steps of EM", infer, (TRIANGLE,))(*premises)


def linear_rate(linear: Statement) -> tuple[Statement, Expr, Expr]:
    """Of T1a: the condition on the weights, ρ*, and |θ_{t+1}|, at most ρ*|θ_t|."""
    if not isinstance(linear, Where) or not isinstance(linear.body, If):
        raise DoesNotFollow("no linear rate")
    rate, factor = linear.body.then.parts  # type: ignore[attr-defined]
    law = relation(factor)
    if law.rhs != rate.lhs * Length(THETA_T):
        raise DoesNotFollow("no factor per step")
    return linear.body.condition, rate.lhs, law.lhs


def likely(close: Statement) -> Likely:
    """What a bound of a supremum says, and how likely that is."""
    inner = opened(close)[1]
    if not isinstance(inner, Where) or not isinstance(inner.body, Likely):
        raise DoesNotFollow("no bound of the supremum")
    return inner.body


def _level(close: Statement) -> Expr:
    """How likely the supremum of |M_n − M| is below ε(r)."""
    found = likely(close)
    law = relation(found.body)
    if not isinstance(law.lhs, InBall) or law.rhs != epsilon(R):
        raise DoesNotFollow("another supremum")
    return found.level


def room_in(inside: Statement) -> Expr:
    """(1 − ρ)r: what a step may add and keep the ball."""
    kept = relation(inside)
    shrunk, room = terms_of(kept.lhs)
    if shrunk != P * R or kept.rhs != R:
        raise DoesNotFollow("the ball may be left")
    return room


def kept(room: Expr, rate: Expr, error: Expr, path: Relation) -> Both:
    """The conditions for a path within a ball: |M(θ)| ≤ ρ|θ| down to the end ℓ of its bound, …"""
    far = Named("max", (Length(THETA), terms_of(path.rhs)[-1]))
    return Both(
        (
            Relation(InBall("sup", R, Length(Named("M", (THETA,))) / far), "<=", RHO),
            Relation(rate, "<", ONE),
            Relation(error, "<=", room.put({P: rate})),
            Relation(Length(START), "<=", R),
        )
    )


def _within(*premises: Theorem) -> Theorem:
    """|M_n(θ)| ≤ ρ max(|θ|, ℓ) + (1 − ρ)ℓ for |θ| ≤ r, ℓ ≤ r: the ball is kept."""

    def infer(close: Statement, onward: Statement, inside: Statement) -> Statement:
        room, level = room_in(inside), _level(close)
        path = Relation(Length(THETA_T), "<=", bound_of(onward, RHO, Length(START), epsilon(R), T))
        given = kept(room, RHO, epsilon(R), path)
        return Every(R, None, If(given, Likely(level, Every(T, None, path))))

    return Rule("induction within a ball", infer, (TRIANGLE,))(*premises)
