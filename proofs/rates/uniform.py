"""Uniform weights: every frequency but 0 is null, for every k ≥ 2 (the exact part of T4)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ONE, ZERO, Env, Expr, Mul, product
from overspec.proofs.language.lemmas import ORTHOGONAL
from overspec.proofs.language.operators import (
    M_,
    Act,
    Delta,
    Hat,
    J,
    K,
    Mode,
    Root_,
    Turn,
    V,
    over,
)
from overspec.proofs.language.ranges import NONZERO, Z_K
from overspec.proofs.language.render import Accent, Box, letter
from overspec.proofs.language.statement import (
    DoesNotFollow,
    Every,
    Statement,
    equals,
    opened,
    relation,
)
from overspec.proofs.language.theorem import Rule, Theorem, step, together
from overspec.proofs.machinery.rational import instances
from overspec.proofs.machinery.symbolic import SymbolicModel


@dataclass(frozen=True)
class Uniform(Expr):
    """The weights 1/k; the first one times `heavy`."""

    heavy: int = 1

    def value(self, m: Any, env: Env) -> Any:
        share = m.s * 0 + Fraction(1, m.k)
        return (self.heavy * share, *(share,) * (m.k - 1))

    def again(self, m: Any, env: Env) -> Any:
        return tuple(Fraction(self.heavy if j == 0 else 1, m.k) for j in range(m.k))

    def entry_for_every_k(self, read: Any, j: Any) -> Any:
        """``π_j``, j an index form."""
        return read((ONE + (self.heavy - 1) * Delta(J, ZERO)) / K, {J.name: j})

    def box(self) -> Box:
        return Accent(letter("pi"), "bar")


def uniform_weights(k: int) -> Derivation:
    """T4, exact part: for uniform weights ``π̂_m = 0`` for all m ≠ 0, so A = 0 on the simplex.

    >>> uniform_weights(2).recheck()
    ()
    """
    return _uniform_weights(
        k,
        faulty=(
            ("one weight doubled", partial(_uniform_weights, k, heavy=2)),
            ("one weight dropped", partial(_uniform_weights, k, heavy=0)),
            ("null at frequency 0 too", partial(_uniform_weights, k, at_zero=0)),
        ),
    )


def _uniform_weights(k: int, heavy: int = 1, at_zero: int = 1, faulty: Faults = ()) -> Derivation:
    weights = Uniform(heavy)
    shares = step(
        "What uniform means.",
        weights[J],
        (ONE + (heavy - 1) * Delta(J, ZERO)) / K,
        "by definition",
        (J, Z_K),
    )
    telescopes = step(
        "Geometric sum: π̂_m(1 − ω^m) telescopes to (1 − ω^{mk})/k; ω^m ≠ 1 unless m ≡ 0.",
        (1 - Root_(M_)) * Hat(weights, M_),
        ZERO,
        "ω^k = 1",
        (M_, Z_K),
    )
    modes = step(
        "So A annihilates every mode but the constant one.",
        Act(weights, Mode(M_)),
        at_zero * Delta(M_, ZERO) * Mode(M_),
        "R^j f_m = ω^{mj} f_m",
        (M_, Z_K),
    )
    average = over(J, Turn(J, V)) / K
    projects = step(
        "In real terms: A is the projection onto the vectors fixed by R, of which the "
        "hyperplane has none.",
        Act(weights, V - average),
        ZERO,
        "the average of an orbit is fixed by R",
    )
    return Derivation(
        id="T4",
        title="uniform weights are degenerate",
        theorem=together(_cancelled(telescopes), modes, projects, shares),
        setting=(ORTHOGONAL,),
        model=SymbolicModel.of(k),
        witnesses=instances(k),
        faulty=faulty,
        root=k,
    )


def _cancelled(telescopes: Theorem) -> Theorem:
    """(1 − ω^m) a_m = 0 for all m: a_m = 0 for 0 < m < k, where ω^m ≠ 1."""

    def infer(s: Statement) -> Statement:
        (index, *more), r = opened(s)[0], relation(s)
        if more or index.over != Z_K or r.rhs != ZERO or not isinstance(r.lhs, Mul):
            raise DoesNotFollow("no product that vanishes at all frequencies")
        factor, *rest = r.lhs.factors
        if factor != 1 - Root_(index.index):
            raise DoesNotFollow("no factor 1 − ω^m")
        return Every(index.index, NONZERO, equals(product(*rest), ZERO))

    return Rule("cancel 1 − ω^m", infer)(telescopes)
