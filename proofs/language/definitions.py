"""What the letters stand for, checked where the exponentials are true ones.

The models of the steps take E_j = exp⟨x, R^jθ⟩ as independent numbers, and the trees share one
definition of w, of A and of ĉ_m. Here these are compared with what they mean: w with Bayes' rule
for the densities of the components, ℓ with the ratio of the densities, A with its sum, R with an
orthogonal map of order k. A power law stands in for the exponential, exact at integer points:
only e^{a+b} = e^a e^b is used.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import sympy
from gmpy2 import mpq

from overspec.proofs.language.analysis import Gradient, Log, Power_e
from overspec.proofs.language.expression import ONE, Expr, Node, Sym
from overspec.proofs.language.operators import (  # fmt: skip
    ENERGY,
    L_,
    M_,
    PI,
    THETA,
    Act,
    Hat,
    Inner,
    J,
    Mode,
    Norm2,
    Root_,
    Turn,
    V,
    W,
    X,
    over,
)
from overspec.proofs.language.ranges import Z_K
from overspec.proofs.language.statement import Every, Statement, equals, opened, relation
from overspec.proofs.language.theorem import Side
from overspec.proofs.machinery.calculus import dot
from overspec.proofs.machinery.identity import vanishes
from overspec.proofs.machinery.rational import RationalModel, instances
from overspec.proofs.machinery.symbolic import SymbolicModel


def density(j: Expr) -> Expr:
    """The density of N(R^jθ, I) at x, up to the constant that all components share."""
    return Power_e(-Norm2(X - Turn(j, THETA)) / 2)


ALL = Sym("k")
BAYES = Every(J, Z_K, equals(W[J] * over(L_, PI[L_] * density(L_)), PI[J] * density(J)))
RATIO = equals(
    Power_e(Norm2(THETA) / 2) * over(J, PI[J] * density(J)),
    Power_e(-Norm2(X) / 2) * over(J, PI[J] * ENERGY[J]),
)
MEANINGS: dict[type[Node], tuple[Statement, ...]] = {
    type(W): (BAYES,),
    Log: (RATIO,),
    Turn: (equals(Turn(ALL, V), V), equals(Inner(Turn(ONE, X), Turn(ONE, V)), Inner(X, V))),
    Act: (
        equals(Act(PI, V), over(J, PI[J] * Turn(J, V))),
        equals(Inner(Act(PI, X), V), Inner(X, Act(PI, V, transposed=True))),
    ),
    Hat: (Every(M_, Z_K, equals(Hat(PI, M_), over(J, PI[J] * Root_(M_ * J)))),),
    Mode: (Every(M_, Z_K, equals(Turn(ONE, Mode(M_)), Root_(M_) * Mode(M_))),),
    Gradient: (Every(J, Z_K, equals(Gradient(ENERGY[J], THETA), ENERGY[J] * Turn(-J, X))),),
}


@dataclass(frozen=True)
class TrueSymbols(SymbolicModel):
    """The symbolic model with the exponentials that x and θ give."""

    def exponential(self, value: Any) -> Any:
        """A product of powers of one letter for each monomial."""
        out = sympy.Integer(1)
        for c, monomial in _monomials(value):
            out *= sympy.Symbol(f"exp({monomial}/2)", positive=True) ** (2 * c)
        return out


@dataclass(frozen=True)
class TrueNumbers(RationalModel):
    """A rational model at integer points, with 4 in the place of e."""

    def exponential(self, value: Any) -> mpq:
        """``4^value``, value a multiple of ½."""
        return mpq(2) ** int(2 * value)


def wrong_definitions(used: Iterable[type[Node]], k: int, seed: int = 0) -> Iterator[str]:
    """The definitions of kinds of nodes that fail in the true model of the same k, in words."""
    kinds: list[Any] = sorted(set(used) & set(MEANINGS), key=lambda kind: kind.__name__)
    for kind in kinds:
        yield from _wrong(kind, k, seed)


@cache
def _wrong(kind: type[Node], k: int, seed: int) -> tuple[str, ...]:
    symbols, numbers = _models(k, seed)
    found = []
    for meaning in MEANINGS[kind]:
        exact = _true(symbols), _true(numbers)
        for m in exact if meaning in (BAYES, RATIO) else (symbols, numbers):
            if not _agrees(meaning, m):
                found.append(f"{kind.__name__}: {meaning.text}")
    return tuple(found)


@cache
def _models(k: int, seed: int) -> tuple[TrueSymbols, TrueNumbers]:
    plain = SymbolicModel.of(k)
    symbols = TrueSymbols(**{f: getattr(plain, f) for f in plain.__dataclass_fields__})
    (drawn, *_) = instances(k)(random.Random(seed))
    numbers = _integral(
        TrueNumbers(**{f: getattr(drawn, f) for f in drawn.__dataclass_fields__}), seed
    )
    return symbols, numbers


def _true(m: Any) -> Any:
    energies = (m.exponential(dot(m.x, m.turn(m.theta, j))) for j in range(m.k))
    return replace(m, boltzmann=tuple(energies))


def _integral(m: TrueNumbers, seed: int) -> TrueNumbers:
    rng = random.Random(seed)
    x, theta = (tuple(mpq(rng.randint(-2, 2)) for _ in m.x) for _ in range(2))
    return replace(m, x=x, theta=theta)


def _agrees(meaning: Statement, m: Any) -> bool:
    around, inner = opened(meaning)
    sides = relation(inner)
    left, right = Side(sides.lhs, around).entries(m), Side(sides.rhs, around).entries(m)
    if len(left) != len(right):
        return False
    if isinstance(m, SymbolicModel):
        return all(vanishes(a - b, m.k) for a, b in zip(left, right, strict=True))
    return all(a == b for a, b in zip(left, right, strict=True))


def _monomials(value: Any) -> Iterator[tuple[Any, Any]]:
    for term in sympy.Add.make_args(sympy.expand(value)):
        c, rest = term.as_coeff_Mul()
        if c:
            yield c, rest
