"""The path of EM on n samples, sharp as n grows: only the Jacobians need a supremum (T9)."""

from __future__ import annotations

from functools import partial
from typing import Any

from overspec.proofs.identities.operator import jacobian
from overspec.proofs.identities.stein import stein_form
from overspec.proofs.language.analysis import (  # fmt: skip
    Computed,
    Derived,
    Gradient,
    Length,
    Named,
)
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ONE, Expr, Sym, total
from overspec.proofs.language.lemmas import ORTHOGONAL, UNIT
from overspec.proofs.language.operators import THETA, J
from overspec.proofs.language.statement import (
    Both,
    DoesNotFollow,
    Every,
    If,
    Relation,
    Statement,
    Where,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step, together
from overspec.proofs.machinery.expansion import rational_points, symbolic_point
from overspec.proofs.rates.global_rate import global_rate
from overspec.proofs.rates.ray.spread import F, Z, bar, chord, mean
from overspec.proofs.samples.deviation import share_of
from overspec.proofs.samples.finite import (
    PATH,
    ROWS,
    START,
    TABLES,
    TRIANGLE,
    E,
    P,
    Q,
    bound_of,
    likely,
    linear_rate,
    room_in,
    steady,
)
from overspec.proofs.samples.nets import deviation_of_slopes, on_net, second_moment
from overspec.proofs.samples.slopes import (
    slope_of_jacobian,
    spread_indexed,
    spread_numeric,
    spread_symbolic,
)
from overspec.proofs.samples.words import (
    DELTA,
    R_N,
    RHO,
    THETA_T,
    D,
    Exceeds,
    Likely,
    N,
    OperatorNorm,
    R,
    T,
    Tail,
    eta,
)

Q_N = Sym("q_n")
NAMES = ("t", "d", "n", "m", "y", "r", "p", "q", "e", "ell", "tau", "delta", "s_1", "s_2", "V", "b")
CHORD = Hypothesis(
    "linear part",
    "w(x;0) = π and M(0) = 0: M_n(0) = Aᵀx̄, x̄ the mean of the rows, √n x̄ of the law N(0, I), and "
    "M_n(θ) − M_n(0) − M(θ) = ∫₀¹ (DM_n − DM)(sθ)θ ds",
    "fundamental theorem of calculus",
)


def sharp_samples(k: int) -> Derivation:
    """T9: ``|θ_{t+1}| ≤ (ρ* + η_n)^t r_n + q_n/(1 − ρ* − η_n)``, q_n the exact quantile of |Aᵀx̄|.

    >>> sharp_samples(2).recheck()
    ()
    """
    return _sharp(
        k,
        faulty=(
            ("ρ²/4 in place of ρ²/8", partial(_sharp, k, eighth=4)),
            ("half of the net", partial(_sharp, k, cover=1)),
            ("half of V in Bernstein's exponent", partial(_sharp, k, spread=1)),
            ("half of the range in it", partial(_sharp, k, largest=2)),
            ("E|x|⁴ = d(d + 1)", partial(_sharp, k, fourth=1)),
            ("Var_w(p) ≤ ¼ Σ_j p_j²", partial(_sharp, k, half=4)),
            ("E|x|²x_1² = d + 1", partial(_sharp, k, mixed=1)),
            ("twice the error kept in one limit", partial(_sharp, k, adds=2)),
            ("events of probability δ/3", partial(_sharp, k, events=3)),
            ("a ball kept by a larger error", partial(_sharp, k, kept=2)),
        ),
    )


def _sharp(
    k: int,
    eighth: int = 8,
    cover: int = 2,
    spread: int = 2,
    largest: int = 1,
    fourth: int = 2,
    half: int = 2,
    mixed: int = 2,
    adds: int = 1,
    events: int = 5,
    kept: int = 1,
    faulty: Faults = (),
) -> Derivation:
    f = bar(F)

    in_z = step(
        "Along u the Jacobian is a mean of v = Var_w(p), p_j = ⟨x,R^ju⟩ (S5); here any weights, f "
        "standing for p. In a direction Z of the exponents z it has this slope, the covariance of "
        "Z and p̄².",
        Computed(Derived(Sym("v"), (T, ONE)), spread_symbolic, spread_numeric, spread_indexed),
        mean(f[J] ** 2 * Z[J]) - mean(f[J] ** 2) * mean(Z[J]),
        "a covariance",
    )
    second = step(
        "The variance is at most the mean square, here at most |x|².",
        mean(F[J] ** 2) - mean(f[J] ** 2),
        mean(F[J]) ** 2,
        "expand",
    )
    above, highest = chord(eighth)
    quartic = step(
        "E|x|⁴ has d terms E x_a⁴ = 3 and d(d − 1) terms E x_a²x_b² = 1.",
        3 * D + D * (D - 1),
        D * (D + fourth),
        "expand",
    )
    net = (*second_moment(half, mixed), *on_net(cover, spread, largest))
    union = step(
        "Five events are excluded: a long row, a large eigenvalue of either sign on the net, a "
        "large x̄, a large mean of the |x_i|².",
        total(*[DELTA / events] * 5),
        DELTA,
        "add",
    )
    onward = step(
        "|θ_{t+1}| ≤ |Aᵀx̄| + (ρ* + η)|θ_t|: from a bound q r + ℓ of |θ_t|, with ρ for ρ* + η, a "
        "step makes ρ times that plus (1 − ρ)ℓ, the bound of |Aᵀx̄|.",
        P * (Q * R + E) + adds * (1 - P) * E,
        P * Q * R + E,
        "expand",
    )
    inside = step(
        "A ball is not left when |Aᵀx̄| ≤ (1 − ρ)r, with ρ for the rate in it plus η.",
        P * R + (1 - P / kept) * R,
        R,
        "expand",
    )
    steep = slope_of_jacobian(in_z, second, above, highest)
    close = deviation_of_slopes(steep, quartic, union, *net)
    return Derivation(
        id="T9",
        title="finite samples, sharp: the exact linear part, and the Jacobians apart",
        theorem=together(
            _path(global_rate(k).cited(0), jacobian(k).cited(0), close, onward, union),
            close,
            steep,
            _within(stein_form(k).cited(1), jacobian(k).cited(0), close, onward, inside, union),
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


def _path(*premises: Theorem) -> Theorem:
    """|M_n(θ)| ≤ |Aᵀx̄| + |M(θ)| + η|θ| ≤ q_n + (ρ* + η)|θ| for |θ| ≤ r_n, as all |θ_t|, t ≥ 1."""

    def infer(linear: Statement, derivative: Statement, close: Statement, onward: Statement,
              union: Statement) -> Statement:  # fmt: skip
        (regular, rho, after), share = linear_rate(linear), share_of(union, 5)
        _jacobians(derivative, close, share)
        slowed = rho + eta(R_N)
        path = Relation(after, "<=", bound_of(onward, slowed, R_N, Q_N, T))
        meaning = Both((equals(Tail(N * D, N * R_N**2), share), equals(Exceeds(N * Q_N**2), share)))
        given = Both((regular, Relation(slowed, "<", ONE)))
        sure = Likely(1 - relation(union).rhs, Every(T, None, path))
        return If(given, Where(sure, meaning))

    return Rule("induction over the steps of EM", infer, (TRIANGLE, CHORD))(*premises)


def _within(*premises: Theorem) -> Theorem:
    """The same for |θ| ≤ r, where every g_m ≥ 1 − ρ: the ball is kept, and r_n is not needed."""

    def infer(modes: Statement, derivative: Statement, close: Statement, onward: Statement,
              inside: Statement, union: Statement) -> Statement:  # fmt: skip
        room, share = room_in(inside, modes), share_of(union, 5)
        _jacobians(derivative, close, share)
        slowed = RHO + eta(R)
        given = Both(
            (
                steady(),
                Relation(slowed, "<", ONE),
                Relation(Q_N, "<=", room.put({P: slowed})),
                Relation(Length(START), "<=", R),
            )
        )
        path = Relation(Length(THETA_T), "<=", bound_of(onward, slowed, Length(START), Q_N, T))
        sure = Likely(1 - 4 * share, Every(T, None, path))
        meaning = equals(Exceeds(N * Q_N**2), share)
        return Every(R, None, If(given, Where(sure, meaning)))

    return Rule("induction within a ball", infer, (TRIANGLE, CHORD))(*premises)


def _jacobians(derivative: Statement, close: Statement, share: Expr) -> None:
    """Whether the bound is of ‖DM_n − DM‖, with three events excluded."""
    if relation(derivative).lhs != Gradient(Named("M", (THETA,)), THETA, vector=True):
        raise DoesNotFollow("not the Jacobian")
    found = likely(close)
    bound = relation(found.body)
    if bound.rhs != eta(R) or not isinstance(bound.lhs.f, OperatorNorm):  # type: ignore[attr-defined]
        raise DoesNotFollow("another supremum")
    if found.level != 1 - 3 * share:
        raise DoesNotFollow("other events")
