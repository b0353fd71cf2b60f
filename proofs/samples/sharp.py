"""The path of EM on n samples, sharp as n grows: only what is quadratic in θ needs a net (T9)."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

from overspec.proofs.language.analysis import Computed, Derived, Length
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ONE, Sym, total
from overspec.proofs.language.lemmas import ORTHOGONAL, UNIT
from overspec.proofs.language.operators import J
from overspec.proofs.language.statement import (
    DoesNotFollow,
    Every,
    If,
    Relation,
    Statement,
    relation,
)
from overspec.proofs.language.theorem import Rule, Theorem, step, together
from overspec.proofs.machinery.expansion import rational_points, symbolic_point
from overspec.proofs.rates.ray.spread import F, Z, bar, mean
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
    kept,
    likely,
    room_in,
)
from overspec.proofs.samples.nets import on_net
from overspec.proofs.samples.parts import (
    at_zero,
    covariance,
    moments,
    remainder,
    second_moment_at_zero,
    spread_of_a_square,
    three_parts,
)
from overspec.proofs.samples.slopes import (
    skew,
    slope_of_jacobian,
    spread_indexed,
    spread_numeric,
    spread_symbolic,
)
from overspec.proofs.samples.words import (
    DELTA,
    ETA_N,
    NU,
    OMEGA_N,
    Q_N,
    RHO,
    THETA_T,
    Given,
    InBall,
    Likely,
    R,
    T,
)

NAMES = ("t", "d", "n", "m", "y", "r", "p", "q", "e", "ell", "tau", "delta", "s_1", "s_2", "V", "b",
         "nu")  # fmt: skip
FIXED = (
    "ν > 0 and the N radii r do not depend on the rows; Δ = max_j ‖R^j − I‖, and ω^l has the "
    "multiplicity d_l in R"
)


def sharp_samples(k: int) -> Derivation:
    """T9: ``|M_n − M| ≤ q_n + η_n|θ| + ω_nr²``, q_n and the variance in η_n exact, on N balls.

    >>> sharp_samples(2).recheck()
    ()
    """
    return _sharp(
        k,
        faulty=(
            ("mn² in place of ½mn²", partial(_sharp, k, double=1)),
            ("half of the third moment", partial(_sharp, k, most=Fraction(64, 1323))),
            ("ρ²/8 for a variance", partial(_sharp, k, quarter=8)),
            ("half of the net", partial(_sharp, k, cover=1)),
            ("half of V in Bernstein's exponent", partial(_sharp, k, spread=1)),
            ("half of the range in it", partial(_sharp, k, largest=2)),
            ("E|x|⁴ = d(d + 1)", partial(_sharp, k, fourth=1)),
            ("E|x|⁶ = d(d + 2)²", partial(_sharp, k, sixth=2)),
            ("twice the product of the means", partial(_sharp, k, means=2)),
            ("the third moment twice", partial(_sharp, k, cube=2)),
            ("twice the error kept in one limit", partial(_sharp, k, adds=2)),
            ("events of probability δ/6", partial(_sharp, k, rare=6)),
            ("a ball kept by a larger error", partial(_sharp, k, left=2)),
        ),
    )


def _sharp(
    k: int,
    double: int = 2,
    most: Fraction = Fraction(128, 1323),
    quarter: int = 4,
    cover: int = 2,
    spread: int = 2,
    largest: int = 1,
    fourth: int = 2,
    sixth: int = 4,
    means: int = 1,
    cube: int = 1,
    adds: int = 1,
    rare: int = 9,
    left: int = 1,
    faulty: Faults = (),
) -> Derivation:
    f = bar(F)
    slope = mean(f[J] ** 2 * Z[J]) - mean(f[J] ** 2) * mean(Z[J])
    in_z = step(
        "Along u the Jacobian is a mean of v = Var_w(p), p_j = ⟨x,R^ju⟩ (S5); here any weights, f "
        "standing for p. In a direction Z of the exponents z it has this slope, the covariance of "
        "Z and p̄².",
        Computed(Derived(Sym("v"), (T, ONE)), spread_symbolic, spread_numeric, spread_indexed),
        slope,
        "a covariance",
    )
    cubic = step(
        "At Z = p that is the third moment of p̄.",
        slope.put({Z: F}),
        cube * mean(f[J] ** 3),
        "expand",
    )
    union = step(
        "Five events are excluded: a large x̄, a large eigenvalue at 0; a long row, a large mean of "
        "the |x_i|², a long rest at a point of a net.",
        total(*[DELTA / 3] * 2, *[DELTA / rare] * 3),
        DELTA,
        "add",
    )
    onward = step(
        "|θ_{t+1}| ≤ (ρ + η) max(|θ_t|, ℓ) + (1 − ρ − η)ℓ: from a bound q r + ℓ of |θ_t|, with ρ "
        "for ρ + η, a step makes ρ times that plus (1 − ρ)ℓ.",
        P * (Q * R + E) + adds * (1 - P) * E,
        P * Q * R + E,
        "expand",
    )
    inside = step(
        "A ball is not left when (1 − ρ)ℓ ≤ (1 − ρ)r, with ρ for the rate in it plus η.",
        P * R + (1 - P / left) * R,
        R,
        "expand",
    )
    squared, cubed = moments(fourth, sixth)
    net = on_net(NU, cover, spread, largest)
    steep = slope_of_jacobian(in_z, cubic, *skew(double, most))
    exact = second_moment_at_zero(covariance(means))
    zero = at_zero(exact, *spread_of_a_square(quarter), squared, union, *net)
    rest = remainder(steep, squared, cubed, union, *net)
    close = three_parts(zero, rest, union)
    return Derivation(
        id="T9",
        title="finite samples, sharp: the parts at 0 are exact, and the rest is quadratic in θ",
        theorem=together(_within(close, onward, inside, union), close, steep),
        setting=(ORTHOGONAL, UNIT, ROWS, PATH, FIXED),
        model=symbolic_point(k, NAMES, dict.fromkeys(TABLES, k)),
        witnesses=points(k),
        faulty=faulty,
        small=points,
    )


def points(k: int) -> Any:
    """Random instances at one k."""
    return rational_points(k, NAMES, dict.fromkeys(TABLES, k))


def _within(*premises: Theorem) -> Theorem:
    """|M_n(θ)| ≤ ρ max(|θ|, ℓ) + η|θ| + q + ωr² for |θ| ≤ r: the ball is kept."""

    def infer(
        close: Statement, onward: Statement, inside: Statement, union: Statement
    ) -> Statement:
        found, error, slowed = likely(close), Q_N + OMEGA_N * R**2, RHO + ETA_N
        law = found.body.body  # type: ignore[attr-defined]
        if not isinstance(law.lhs, InBall) or law.rhs != error:
            raise DoesNotFollow("another supremum")
        if found.level != 1 - relation(union).rhs:
            raise DoesNotFollow("other events")
        path = Relation(Length(THETA_T), "<=", bound_of(onward, slowed, Length(START), error, T))
        given = kept(room_in(inside), slowed, error, path)
        return Likely(found.level, Given(R, None, If(given, Every(T, None, path))))

    return Rule("induction within a ball", infer, (TRIANGLE,))(*premises)
