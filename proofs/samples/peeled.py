"""Peeling: EM on n samples comes from all starts into a first ball, and from ball to ball (T10)."""

from __future__ import annotations

from functools import partial
from typing import Any

from overspec.proofs.language.analysis import Length, Named
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import (
    ONE,
    ZERO,
    Expr,
    Num,
    Pow,
    Sym,
    expr,
    terms_of,
    total,
)
from overspec.proofs.language.lemmas import ORTHOGONAL, UNIT, coefficient
from overspec.proofs.language.operators import I_, L_, over
from overspec.proofs.language.ranges import Range, below
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
from overspec.proofs.machinery.expansion import rational_points, symbolic_point
from overspec.proofs.samples.finite import PATH, ROWS, START, TABLES, finite_samples
from overspec.proofs.samples.sharp import FIXED, sharp_samples
from overspec.proofs.samples.words import (  # fmt: skip
    BALLS,
    DELTA,
    R_N,
    RHO,
    THETA_T,
    D,
    Likely,
    N,
    R,
    T,
    Tail,
)

NAMES = ("t", "p", "q", "r", "e", "ell", "delta")
RADIUS, RATE, ENDS, FACTOR, STEPS = (Named(name, (), I_) for name in ("r", "rho", "ell", "f", "t"))
S, R_0 = Sym("s"), RADIUS.put({I_: ZERO})
AT_S, SHARES = Named("theta", (), S), tuple(Named("delta", (), expr(i)) for i in (8, 9))
ALL, EARLIER = Range("", ZERO, BALLS), Range("", ZERO, BALLS - 1)
P, Q, E = Sym("p", "f"), Sym("q"), Sym("e", "ell")
AGAIN = Hypothesis(
    "any start",
    "each bound holds at once for all starts in its ball, also for those that depend on the rows, "
    "and for all later steps; the radii do not depend on the rows. So does |θ_s| ≤ r_0 for any θ_0 "
    "where s = 1 and r_0 = r_n",
    "union bound",
)
ORDER = (
    "ε_n and r_n are those of T8 with δ_8 for δ, q_n, η_n and ω_n those of T9 with δ_9; ball 0 has "
    "the bound of T8, the N after it those of T9"
)


def peeling(k: int) -> Derivation:
    """T10: T8 leads into a ball, and T9 from each ball into the next, with one δ for all.

    >>> peeling(2).recheck()
    ()
    """
    return _peeling(
        k,
        faulty=(
            ("all of δ for T9", partial(_peeling, k, later=16)),
            ("twice the share of T8", partial(_peeling, k, early=2)),
            ("twice the error in one end", partial(_peeling, k, ends=2)),
        ),
    )


def _peeling(
    k: int, early: int = 1, later: int = 15, ends: int = 1, faulty: Faults = ()
) -> Derivation:
    union = step(
        "T8 may fail with the first of these probabilities, T9 with the other.",
        total(early * DELTA / 16, later * DELTA / 16),
        DELTA,
        "add",
    )
    onward = step(
        "From r on, a bound f^t r + ℓ: from f^t r to the next step, by f = ρ + η and what a step "
        "adds, (1 − f)ℓ.",
        P * (Q * R + E) + ends * (1 - P) * E,
        P * Q * R + E,
        "expand",
    )
    return Derivation(
        id="T10",
        title="finite samples: from all starts, from ball to ball",
        theorem=together(
            _balls(
                finite_samples(k).cited(0),
                finite_samples(k).cited(1),
                sharp_samples(k).cited(0),
                union,
                onward,
            )
        ),
        setting=(ORTHOGONAL, UNIT, ROWS, PATH, FIXED, ORDER),
        model=symbolic_point(k, NAMES, dict.fromkeys(TABLES, k)),
        witnesses=points(k),
        faulty=faulty,
        small=points,
    )


def points(k: int) -> Any:
    """Random instances at one k."""
    return rational_points(k, NAMES, dict.fromkeys(TABLES, k))


def _balls(*premises: Theorem) -> Theorem:
    """Where f^t r + ℓ is at most the next radius, the next bound starts there."""

    def infer(anywhere: Statement, early: Statement, later: Statement, union: Statement,
              onward: Statement) -> Statement:  # fmt: skip
        shares, kept = relation(union), relation(onward)
        shrunk, *added = terms_of(kept.lhs)
        c, rest = coefficient(total(*added))
        if shrunk != P * (Q * R + E) or rest != (1 - P) * E or kept.rhs != P * Q * R + E:
            raise DoesNotFollow("the bound is not kept")
        largest = relation(anywhere.then.meaning)  # type: ignore[attr-defined]
        if shares.rhs != DELTA or largest.lhs != Tail(N * D, N * R_N**2):
            raise DoesNotFollow("not δ, or no ball that holds all steps")
        first, after = _bound(early), _bound(later)
        ball = {R: RADIUS, RHO: RATE}
        far = Both(
            (
                relation(after[2]).put({**ball, after[1]: ENDS}),
                Relation(FACTOR, "<", ONE),
                Relation(ENDS, "<=", RADIUS),
            )
        )
        bound = Pow(FACTOR, T) * RADIUS + ENDS
        onto = Relation(bound.put({T: STEPS}), "<=", RADIUS.put({I_: I_ + 1}))
        given = Both((Every(I_, ALL, far), Every(I_, EARLIER, onto)))
        passed = AT_S.put({S: S + over(L_, STEPS.put({I_: L_}), below(I_)) + T})
        path = Every(I_, ALL, Every(T, None, Relation(Length(passed), "<=", bound)))
        inside = If(Relation(Length(AT_S), "<=", R_0), path)
        names = [
            equals(name.put({I_: i}), value.put(ball).put({I_: i}))
            for i, found in ((ZERO, first), (I_, after))
            for name, value in ((FACTOR, found[0]), (ENDS, found[1] / Num(c)))
        ]
        parts = zip(SHARES, terms_of(shares.lhs), strict=True)
        meaning = Both((*(equals(name, share) for name, share in parts), *names))
        return Where(If(given, Likely(1 - shares.rhs, inside)), meaning)

    return Rule("from ball to ball", infer, (AGAIN,))(*premises)


def _bound(found: Statement) -> tuple[Expr, Expr, Statement]:
    """The factor, the end and the first condition of a bound on a ball."""
    inner = opened(found)[1]
    while not isinstance(inner, If):
        inner = opened(inner.body)[1]  # type: ignore[attr-defined]
    path = inner.then.body if isinstance(inner.then, Likely) else inner.then
    law = relation(opened(path)[1])
    start, end = terms_of(law.rhs)
    factor, size = start.factors  # type: ignore[attr-defined]
    if size != Length(START) or law.lhs != Length(THETA_T) or factor.exponent != T:
        raise DoesNotFollow("another path")
    return factor.base, end, inner.condition.parts[0]  # type: ignore[attr-defined]
