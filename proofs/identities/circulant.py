"""A = Σ_j π_j R^j: circulant form and eigenvalues (S3), Hessian at the optimum (S4), conditions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from math import gcd
from typing import Any

import sympy

from overspec.errors import InputError
from overspec.mixture import Mixture
from overspec.proofs.identities.conditions import (
    Condition,
    coordinates,
    invertibility_condition,
    real_polynomial,
)
from overspec.proofs.identities.operator import jacobian
from overspec.proofs.language.analysis import At, Covariance, Mean
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.explicit import explicit
from overspec.proofs.language.expression import ONE, Env, Expr, Mul, Num, bracketed, product, whole
from overspec.proofs.language.lemmas import ORTHOGONAL, UNIT, at_zero, diagonal, unit
from overspec.proofs.language.operators import (  # fmt: skip
    I_,
    L_,
    M_,
    PI,
    THETA,
    Abs2,
    Act,
    Cosine,
    Delta,
    Hat,
    Identity,
    Inner,
    J,
    K,
    Matrix,
    Mode,
    Root_,
    Turn,
    V,
    W,
    over,
    twice,
)
from overspec.proofs.language.ranges import PLANES, Z_K, Range
from overspec.proofs.language.reading.reader import index
from overspec.proofs.language.render import Box, Row, Script, letter
from overspec.proofs.language.statement import Both, DoesNotFollow, Statement, equals, relation
from overspec.proofs.language.theorem import Rule, Theorem, rewritten, simplified, step, together
from overspec.proofs.machinery.cyclotomic import (
    Cyclotomic,
    Terms,
    dft_energy,
    energy_terms,
    null_frequencies,
    null_orders,
    spread,
    sum_sign,
)
from overspec.proofs.machinery.rational import instances
from overspec.proofs.machinery.symbolic import EVERY, SymbolicModel
from overspec.weights import MAX_LISTED

WHITE = "the data are N(0, I), used through E xxᵀ = I only"

__all__ = [
    "Condition",
    "dft_eigenvalues",
    "global_rate",
    "hessian_at_optimum",
    "invertibility_condition",
    "invertible",
    "largest_energy",
    "local_rate",
]


def invertible(mixture: Mixture) -> bool:
    """Whether A is invertible, ``π̂_m ≠ 0`` for every m ∈ F(R): decided exactly.

    >>> invertible(Mixture.simplex(4, "2/5,3/10,1/5,1/10"))
    True
    >>> invertible(Mixture.simplex(10**12, "uniform"))
    False
    """
    if not mixture.weights.is_rational:
        return not null_frequencies(mixture.weights, mixture.action)
    k = mixture.k
    for n in null_orders(mixture.weights):
        step = k // n
        for band in (band for band, _ in mixture.action.bands if band):
            multiples = range(-(-max(band[0], 1) // step), band[-1] // step + 1)
            if any(gcd(u, n) == 1 for u in multiples):
                return False
    return True


def local_rate(mixture: Mixture) -> sympy.Expr:
    """``1 − min_m |π̂_m|²`` over F(R): the local contraction factor of EM (math.md S4, T1).

    Returns:
        The exact value, as `dft_energy` writes it; which frequency has the least energy is
        decided by exact zero tests and enclosures, never by rounding.

    Raises:
        InputError: weights of so many different entries that k energies cannot be compared.

    >>> local_rate(Mixture.simplex(4, "2/5,3/10,1/5,1/10"))
    24/25
    """
    if not invertible(mixture):
        return sympy.Integer(1)
    return 1 - _extreme(mixture, _less)


def global_rate(mixture: Mixture, local: sympy.Expr | None = None) -> sympy.Expr:
    """``1 − min |π̂_m|²/(k Σ_j π_j²)``: EM's factor from any start is at most that (claim Bb).

    Args:
        mixture: the weights and the action.
        local: its `local_rate`, where that is known: it takes a second at k = 200.

    Raises:
        InputError: as `local_rate`.

    >>> global_rate(Mixture.simplex(4, "2/5,3/10,1/5,1/10"))
    29/30
    """
    least = 1 - (local_rate(mixture) if local is None else local)
    if not any(mixture.action.frequencies):
        return 1 - least  # R = I: one step, and no more is needed
    whole = sympy.expand(spread(mixture.weights))
    share = least / whole
    return 1 - (sympy.expand(share) if whole.is_Rational else sympy.radsimp(share))


def largest_energy(mixture: Mixture) -> sympy.Expr:
    """``max |π̂_m|²`` over the m ≠ 0 in F(R), decided in the same way.

    Raises:
        InputError: as `local_rate`.

    >>> largest_energy(Mixture.simplex(4, "2/5,3/10,1/5,1/10"))
    2/25
    """
    return _extreme(mixture, lambda k, a, b: _less(k, b, a))


def _extreme(mixture: Mixture, before: Callable[[int, Terms, Terms], bool]) -> sympy.Expr:
    """The energy before all others; 1 where R = I."""
    weights, k = mixture.weights, mixture.k
    ends = (m for band, _ in mixture.action.bands if band for m in (band[0], band[-1]))
    frequencies = [m for m in ends if m]
    if not frequencies:
        return sympy.Integer(1)
    first = energy_terms(weights, frequencies[0])
    if first is not None and set(first) <= {0} and _one_entry(mixture):
        return dft_energy(weights, frequencies[0])  # |π̂_m| is the same for all m ≠ 0
    if k > MAX_LISTED // 100:
        raise InputError(f"k = {k}: the energies of these weights are too many to compare")
    chosen, best = 0, Terms()
    for m in sorted(set(mixture.action.frequencies)):
        if m == 0:
            continue
        terms = energy_terms(weights, m)
        assert terms is not None  # k is small enough to list
        scale = gcd(m, k)
        lifted = {e * scale: c for e, c in terms.items()}
        if not chosen or before(k, lifted, best):
            chosen, best = m, lifted
    return dft_energy(weights, chosen)


def _one_entry(mixture: Mixture) -> bool:
    """Whether all weights but one are equal."""
    counts: dict[Any, int] = {}
    for value, count in mixture.weights.runs:
        counts[value] = counts.get(value, 0) + count
    return len(counts) == 1 or (len(counts) == 2 and min(counts.values()) == 1)


def _less(k: int, a: Terms, b: Terms) -> bool:
    difference = dict(a)
    for e, c in b.items():
        difference[e] = difference.get(e, Fraction(0)) - c
    return sum_sign(k, difference) < 0


def dft_eigenvalues(k: int) -> Derivation:
    """S3: A commutes with R, is circulant, and has the eigenvalue π̂_m on frequency m.

    >>> dft_eigenvalues(2).recheck()
    ()
    """
    faults: Faults = (
        ("the eigenvalue of the next frequency", partial(_dft_eigenvalues, k, shift=1)),
        ("π̂ without π_0", partial(_dft_eigenvalues, k, first=1)),
        ("modes of squared norm k − 1", partial(_dft_eigenvalues, k, norm=K - 1)),
        ("twice the energy", partial(_dft_eigenvalues, k, factor=2)),
    )
    if k != 2:
        faults += (("the conjugate eigenvalue", partial(_dft_eigenvalues, k, turn=-1)),)
    return _dft_eigenvalues(k, faulty=faults)


@dataclass(frozen=True)
class RealForm(Expr):
    """P_m(π), the polynomial with real coefficients that |π̂_m|² is (`conditions`)."""

    m: Expr

    def value(self, m: Any, env: Env) -> Any:
        n, sums, forms = coordinates(m.k, whole(self.m, m, env), m.pi)
        even = [(m.zeta(r * m.k // n) + m.zeta(-r * m.k // n)) / 2 for r in range(n)]
        odd = [(m.zeta(r * m.k // n) - m.zeta(-r * m.k // n)) / 2 for r in range(n)]
        value = real_polynomial(n, sums, forms, even.__getitem__, odd.__getitem__, -1)
        return value**2 if n == 2 else value

    def again(self, m: Any, env: Env) -> Any:
        """Σ_r ρ_r cos(2πmr/k), ρ the autocorrelation of the weights."""
        f = index(self.m, m, env)
        total = Cyclotomic.of(m.k)
        for i, p in enumerate(m.pi):
            for j, q in enumerate(m.pi):
                root = Cyclotomic.root(m.k, f * (i - j))
                total += (root + root.conjugate) * (p * q / 2)
        return total

    def box(self) -> Box:
        return Row((Script(letter("P"), self.m.box()), bracketed(PI.box())))


def _dft_eigenvalues(
    k: int,
    shift: int = 0,
    first: int = 0,
    norm: Expr = K,
    factor: int = 1,
    turn: int = 1,
    faulty: Faults = (),
) -> Derivation:
    eigenvalue: Expr = Hat(PI, turn * M_ + shift)
    if first:
        eigenvalue = over(J, PI[J] * Root_(M_ * J), Range("", Num(Fraction(first)), K - 1))
    commutes = step(
        "A is a polynomial in R.",
        Act(PI, Turn(ONE, V)),
        Turn(ONE, Act(PI, V)),
        "powers of R commute",
    )
    a, b = M_, L_
    circulant = step(
        "On the orbit of any vector the form of A depends on b − a alone: circulant.",
        Inner(Turn(a, V), Act(PI, Turn(b, V))),
        over(J, PI[J] * Inner(V, Turn(J + b - a, V))),
        "R is orthogonal",
        (a, Z_K),
        (b, Z_K),
    )
    eigen = step(
        "The modes f_m, on which R acts as ω^m, diagonalise A.",
        Act(PI, Mode(M_)),
        eigenvalue * Mode(M_),
        "R^j f_m = ω^{mj} f_m",
        (M_, Z_K),
    )
    basis = step(
        "The modes are a basis, so A has no other eigenvalue: A is invertible iff π̂_m ≠ 0 "
        "for every frequency of R. The conjugate of f_m is f_{-m}.",
        Inner(Mode(-M_), Mode(L_)),
        norm * Delta(M_, L_),
        "geometric sums of roots of unity",
        (M_, Z_K),
        (L_, Z_K),
    )
    cosines = step(
        "In real terms the eigenvalue has the energy of the autocorrelation of the weights.",
        Abs2(Hat(PI, M_)),
        factor * over(I_, over(J, PI[I_] * PI[J] * Cosine(M_ * (I_ - J)))),
        "ω^{mj} + ω^{−mj} = 2 cos(2πmj/k)",
        (M_, Z_K),
    )
    proved = [diagonal(eigen, basis), eigen, commutes, circulant, basis, cosines]
    if k is not EVERY:
        proved.append(_written_out(k, _real(factor)))
    return Derivation(
        id="S3",
        title="A is circulant with DFT eigenvalues",
        theorem=together(*proved),
        setting=(ORTHOGONAL, "R acts on the hyperplane of k coordinates in the last formulas"),
        model=SymbolicModel.of(k),
        witnesses=instances(k),
        faulty=faulty,
        root=k,
    )


def _real(factor: int) -> Theorem:
    return step(
        "The eigenvalue vanishes iff a real polynomial of the weights does.",
        Abs2(Hat(PI, M_)),
        factor * RealForm(M_),
        "reduce modulo the cyclotomic polynomial of order k/gcd(m,k); sum of squares",
        (M_, PLANES),
    )


def _written_out(k: int, real: Theorem) -> Theorem:
    """|π̂_m|² for every m of the simplex, as a polynomial in the weights."""

    def infer(s: Statement) -> Statement:
        r = relation(s)
        factors = r.rhs.factors if isinstance(r.rhs, Mul) else (r.rhs,)
        if not isinstance(factors[-1], RealForm):
            raise DoesNotFollow("no real form")
        found = []
        for condition in invertibility_condition(k):
            polynomial = explicit(condition.polynomial)
            polynomial = polynomial**2 if condition.order == 2 else polynomial
            at = {M_: Num(Fraction(condition.frequency))}
            found.append(equals(r.lhs.put(at), product(*factors[:-1], polynomial)))
        return Both(tuple(found))

    return Rule("real and imaginary parts", infer)(real)


SQUARE = twice(PI, V)


@cache
def hessian_at_optimum(k: int) -> Derivation:
    """S4: ``DM(0) = I − AᵀA``, ``∇²L(0) = AᵀA`` with eigenvalues ``|π̂_m|²``.

    >>> hessian_at_optimum(2).recheck()
    ()
    """
    faults: Faults = (
        ("I + AᵀA: a sign", partial(_hessian_at_optimum, k, sign=-1)),
        ("A in place of AᵀA", partial(_hessian_at_optimum, k, product=Act(PI, V))),
        ("twice |π̂_m|²", partial(_hessian_at_optimum, k, factor=2)),
    )
    if k != 2:
        square = partial(_hessian_at_optimum, k, product=Act(PI, Act(PI, V)))
        faults += (("A² in place of AᵀA", square),)
    return _hessian_at_optimum(k, faulty=faults)


def weights_at_0() -> Theorem:
    """The step ``w_j = π_j`` at θ = 0, where all ``E_j`` are 1 (S4, Q2w)."""
    return step(
        "At θ = 0 the responsibilities are the weights.",
        At(W[J], THETA) * over(L_, PI[L_]),
        PI[J],
        "all E_j are 1",
        (J, Z_K),
    )


def _hessian_at_optimum(
    k: int, sign: int = 1, product: Expr = SQUARE, factor: int = 1, faulty: Faults = ()
) -> Derivation:
    start = weights_at_0()
    limit = step(
        "So by S5 the Jacobian at 0 is the expectation of a quadratic form in x.",
        Mean(Covariance(PI)),
        over(J, PI[J]) * Identity() - sign * Matrix(product),
        "E xxᵀ = I and R^{-j}R^j = I",
    )
    eigen = step(
        "The modes of R diagonalise AᵀA.",
        product.put({V: Mode(M_)}),
        factor * Abs2(Hat(PI, M_)) * Mode(M_),
        "S3, and the transpose of R is R^{-1}",
        (M_, Z_K),
    )
    smooth = jacobian(k)
    slope = unit(rewritten(at_zero(smooth.cited(0), start), limit))
    hessian = simplified(rewritten(at_zero(smooth.cited(2), start), slope))
    return Derivation(
        id="S4",
        title="Hessian at the optimum",
        theorem=together(slope, hessian, eigen),
        setting=(ORTHOGONAL, UNIT, WHITE),
        model=SymbolicModel.of(k),
        witnesses=instances(k),
        faulty=faulty,
        root=k,
    )
