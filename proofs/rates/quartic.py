"""The expansion of L at the optimum to order 4, its remainder of order 6, its positivity (T6)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from typing import Any

from overspec.proofs.identities.operator import gradient_descent
from overspec.proofs.language.analysis import Length, Named
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.every import moments as sums
from overspec.proofs.language.expression import (
    ONE,
    ZERO,
    Env,
    Expr,
    Mul,
    Num,
    Pow,
    Sym,
    Tuple,
    bracketed,
    terms_of,
    total,
)
from overspec.proofs.language.lemmas import EXCHANGE, ORTHOGONAL, UNIT, coefficient, linear
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import PI, THETA, Act, Norm2, Quantity
from overspec.proofs.language.ranges import Range
from overspec.proofs.language.reading.reader import index, scaled, summed
from overspec.proofs.language.render import Box, Fence, Row, Script, letter, number, sign
from overspec.proofs.language.statement import (
    DoesNotFollow,
    If,
    Relation,
    Statement,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, chain, step, together
from overspec.proofs.rates.quartic_models import Gram, in_coordinates, samples

TAYLOR = Hypothesis(
    "Taylor",
    "the remainder of order 6 of ℓ(x; sθ) on s ∈ [0, 1] is at most sup_s |κ_6|/6!, κ_6 the sixth "
    "cumulant of ⟨x, R^jθ⟩ under the responsibilities at sθ",
    "Taylor's theorem",
)
SPREAD = Hypothesis(
    "spread",
    "a variable in an interval of length D has |μ_n| ≤ D^{n−2} μ_2, μ_2 ≤ D²/4 and μ_3² ≤ μ_2 μ_4; "
    "the ⟨x, R^jθ⟩ lie in one of length D = 2|x||θ|",
    "Popoviciu, Cauchy–Schwarz",
)
EVEN = Hypothesis(
    "even", "N(0, I) is symmetric: odd powers of x have expectation 0", "its density is even"
)


def _bars(name: str, power: int | None = 2, sub: str = "") -> Box:
    """|name|², or ‖name‖_F²."""
    bar = sign(r"\|", "‖") if sub else sign("|")
    body = Fence(bar, letter(name), bar)
    return Script(body, letter(sub) if sub else None, number(power) if power else None)


N = Sym("n")
T1, SIGMA = letter("T_1"), letter("Sigma")
SQUARE, MEAN2 = Norm2(THETA), Quantity("mean2", _bars("T_1"), sums.mean2)
FROBENIUS = Quantity("frobenius", _bars("Sigma", 2, "F"), sums.frobenius)
TRACE = Quantity("trace", Row((letter("tr"), bracketed(SIGMA))), sums.trace_)
FORM = Quantity("form", Row((Script(T1, None, letter("T")), SIGMA, T1)), sums.form)
SECOND = Quantity("second", Row((letter("E"), letter("kappa_2"))), partial(sums.expected_, 2))
FOURTH = Quantity("fourth", Row((letter("E"), letter("kappa_4"))), partial(sums.expected_, 4))
LENGTHS = Quantity(
    "lengths",
    Row((letter("E"), Script(sign(r"\,", " "), letter("pi")),
         Script(Fence(sign("|"), Row((Script(letter("R"), None, letter("j")), letter("theta"),
                                      sign("-", "−"), T1)), sign("|")), None, number(4)))),
    sums.lengths,
)  # fmt: skip
SIXTH = Quantity(
    "sixth",
    Row((letter("E"), Script(Fence(sign("|"), letter("x"), sign("|")), None, number(6)))),
    sums.sixth,
)
D = Sym("d")
ANY_TRACE = Quantity("any_trace", TRACE.shown, sums.trace_)


@dataclass(frozen=True)
class Symmetric(Expr):
    """Σ, any symmetric d×d matrix; or its part of trace 0, ``Σ − (tr Σ/d) I``."""

    traceless: bool = False

    def value(self, m: Any, env: Env) -> Any:
        mean = m.any_trace * Fraction(int(self.traceless), m.d)
        return tuple(
            tuple(entry - mean if a == b else entry for b, entry in enumerate(row))
            for a, row in enumerate(m.any)
        )

    def again(self, m: Any, env: Env) -> Any:
        share = Fraction(int(self.traceless), len(m.any))
        whole = sum(row[a] for a, row in enumerate(m.any))
        unit = [tuple(Fraction(a == b) for b in range(m.d)) for a in range(m.d)]
        pairs = zip(m.any, unit, strict=True)
        return tuple(summed((row, scaled(-share * whole, e))) for row, e in pairs)

    def for_every_k(self, read: Any, env: Any) -> Any:
        """The covariance Σ as an index sum."""
        return sums.traceless() if self.traceless else sums.covariance()

    def box(self) -> Box:
        if not self.traceless:
            return SIGMA
        share = Row((letter("tr"), bracketed(SIGMA), sign("/"), letter("d")))
        return bracketed(Row((SIGMA, sign("-", " − "), bracketed(share), letter("I"))))


@cache
def quartic_expansion(k: int) -> Derivation:
    """T6: ``L = ½|T₁|² + ¼‖Σ‖² − ½T₁ᵀΣT₁ + O(|θ|⁶)``; on T₁ = 0 the quartic is ≥ |θ|⁴/(4d).

    The remainder is even in θ and at most ``(5/36) d(d+2)(d+4) |θ|⁶`` in absolute value, where
    d may be taken as min(d, k).

    >>> quartic_expansion(2).recheck()
    ()
    """
    return _quartic_expansion(
        k,
        faulty=(
            ("½‖Σ‖² in place of ¼‖Σ‖²", partial(_quartic_expansion, k, frobenius=2)),
            ("the sign of T₁ᵀΣT₁", partial(_quartic_expansion, k, mixed=-1)),
            ("κ_4 = μ_4 − 2μ_2²", partial(_quartic_expansion, k, excess=2)),
            ("|T₁|² without ½", partial(_quartic_expansion, k, half=1)),
            ("an odd remainder", partial(_quartic_expansion, k, parity=1)),
            ("d − 1 in the bound by the trace", partial(_quartic_expansion, k, size=-1)),
        ),
    )


def _mu(n: int) -> Expr:
    """μ_n, n ≥ 2; the table begins with the mean."""
    return Moment(Num(Fraction(n)))


@dataclass(frozen=True)
class Moment(Expr):
    """μ_n for n ≥ 2; for n = 1 the mean."""

    n: Expr

    def value(self, m: Any, env: Env) -> Any:
        return m.moments[int(self.n.value(m, env)) - 1]

    def for_every_k(self, read: Any, env: Any) -> Any:
        """A polynomial in the raw moments M_1, M_2, …"""
        return sums.central(sums.order(self.n, env))

    def again(self, m: Any, env: Env) -> Any:
        return m.moments[index(self.n, m, env) - 1]

    def box(self) -> Box:
        return Script(letter("mu"), self.n.box())


@dataclass(frozen=True)
class Cumulant(Expr):
    """κ_n(±y), ``n!`` times a coefficient of log Σ_j π_j e^{±s y_j}."""

    n: Expr
    flipped: bool = False

    def value(self, m: Any, env: Env) -> Any:
        return (m.flipped if self.flipped else m.series)[int(self.n.value(m, env)) - 1]

    def for_every_k(self, read: Any, env: Any) -> Any:
        """A polynomial in the raw moments, of −y those of odd order with the other sign."""
        return sums.cumulant(sums.order(self.n, env), -1 if self.flipped else 1)

    def again(self, m: Any, env: Env) -> Any:
        table = m.flipped if self.flipped else m.series
        return table[index(self.n, m, env) - 1]

    def box(self) -> Box:
        y = Row((sign("-", "−"), letter("y"))) if self.flipped else letter("y")
        return Row((Script(letter("kappa"), self.n.box()), sign("("), y, sign(")")))


def _quartic_expansion(
    k: int,
    frobenius: int = 1,
    mixed: int = 1,
    excess: int = 3,
    half: int = 2,
    parity: int = 0,
    size: int = 0,
    faulty: Faults = (),
) -> Derivation:
    two, three, four = (_mu(n) for n in (2, 3, 4))
    by_moments = (
        _mu(1),
        two,
        three,
        four - excess * two**2,
        _mu(5) - 10 * three * two,
        _mu(6) - 15 * four * two - 10 * three**2 + 30 * two**3,
    )
    orders = tuple(Cumulant(Num(Fraction(n))) for n in range(1, 7))
    cumulants = step(
        "The Taylor coefficients of log S along the ray sθ are the cumulants of y_j = ⟨x, R^jθ⟩ "
        "under the weights, n = 1, …, 6.",
        Tuple(orders),
        Tuple(by_moments),
        "differentiate the logarithm",
    )
    even = step(
        "They have the parity of n, and x and −x have the same law: odd orders drop out of L, "
        "which is even, so that the remainder after order 4 is even and of order 6.",
        Cumulant(N, flipped=True),
        Pow(Num(Fraction(-1)), N + parity) * Cumulant(N),
        "a cumulant of order n is homogeneous of degree n",
        (N, Range("", ONE, Num(Fraction(6)))),
    )
    second = step(
        "Order 2: E κ_2 is the trace of Σ, which is |θ|² − |T₁|².",
        Quantity("square", SQUARE.box(), sums.square) / 2 - SECOND / 2,
        MEAN2 / half,
        "E xxᵀ = I",
    )
    middle = -(LENGTHS - TRACE**2 - 2 * FROBENIUS) / 8
    wick = step(
        "Order 4: E⟨x,v⟩⁴ = 3|v|⁴ and E(xᵀΣx)² = (tr Σ)² + 2‖Σ‖².",
        -FOURTH / 24,
        middle,
        "Wick's formula",
    )
    quartic = step(
        "All |R^jθ| are equal, so |R^jθ − T₁|² − tr Σ = −2⟨R^jθ − T₁, T₁⟩.",
        middle,
        frobenius * FROBENIUS / 4 - mixed * FORM / 2,
        "the variance of |R^jθ − T₁|² under π is 4 T₁ᵀΣT₁",
    )
    positive = step(
        "Cauchy–Schwarz for the eigenvalues of Σ; where T₁ = 0, tr Σ = |θ|².",
        (D + size) * Norm2(Symmetric()) - ANY_TRACE**2,
        D * Norm2(Symmetric(traceless=True)),
        "Pythagoras: I is orthogonal to a matrix of trace 0, |I|² = d",
    )
    sixth = step(
        "The remainder is at most (1/6!) c D⁶ with D = 2|x||θ|, c from the formula for κ_6.",
        SIXTH,
        D * (D + 2) * (D + 4),
        "|x|² is χ² with d degrees of freedom",
    )
    divergence = gradient_descent(k).cited(0)
    return Derivation(
        id="T6",
        title="quartic expansion of L, positive on the null space",
        theorem=together(
            _expansion(divergence, second, chain(wick, quartic)),
            _remainder(cumulants, sixth),
            _even(even),
            _definite(chain(wick, quartic), positive),
        ),
        setting=(
            ORTHOGONAL,
            UNIT,
            "T₁ = Aθ and Σ are the mean and the covariance of the R^jθ under π",
        ),
        model=Gram(k),
        witnesses=samples(k),
        small=in_coordinates,
        faulty=faulty,
    )


RHO = Named("rho", (THETA,))


def _expansion(*premises: Theorem) -> Theorem:
    """L = E ℓ; orders 2 and 4 of ℓ along the ray, odd ones of expectation 0, give L up to ρ."""

    def infer(named: Statement, second: Statement, fourth: Statement) -> Statement:
        order2, order4 = relation(second), relation(fourth)
        taken = {lowest(linear(order2.lhs, SECOND)[1]), lowest(order4.lhs)}
        if linear(order2.lhs, SECOND)[0] != Fraction(-1, 2) or linear(order4.lhs, FOURTH)[
            0
        ] != Fraction(-1, 24):
            raise DoesNotFollow("not the Taylor coefficients 1/2! and 1/4!")
        if len(taken) != 2:
            raise DoesNotFollow("not ½|θ|²")
        return equals(relation(named).lhs, total(order2.rhs, order4.rhs, RHO))

    return Rule("Taylor expansion", infer, (EXCHANGE, TAYLOR, EVEN))(*premises)


def _remainder(cumulants: Theorem, sixth: Theorem) -> Theorem:
    """|κ_6| ≤ c D⁶: |ρ| ≤ (c 2⁶/6!) E|x|⁶ |θ|⁶, c from the coefficients of the formula for κ_6.

    With D = 1 and v = μ_2 ≤ ¼: −κ_6 ≤ (p + q) v μ_4 ≤ (p + q) v² for −p μ_4μ_2 − q μ_3², and
    κ_6 ≤ μ_6 + r v³ ≤ ¼ + r/4³.
    """

    def infer(first: Statement, second: Statement) -> Statement:
        formulas, moment = relation(first).rhs, relation(second)
        if not isinstance(formulas, Tuple) or moment.lhs != SIXTH:
            raise DoesNotFollow("no formula for κ_6")
        sign_of = {}
        rest = formulas.parts[5]
        for key in (_mu(4) * _mu(2), _mu(3) ** 2, _mu(2) ** 3, _mu(6)):
            sign_of[key], rest = _extract(rest, key)
        p, q, r, top = sign_of.values()
        if rest != ZERO or p > 0 or q > 0 or r < 0 or top != 1:
            raise DoesNotFollow("another formula for κ_6")
        v = Fraction(1, 4)
        c = max(-(p + q) * v**2, v + r * v**3)
        bound = Num(c * 2**6 / 720) * moment.rhs * Pow(NORM, Num(Fraction(6)))
        return Relation(Length(RHO), "<=", bound)

    return Rule("the sixth cumulant", infer, (TAYLOR, SPREAD))(cumulants, sixth)


def _extract(e: Expr, key: Expr) -> tuple[Fraction, Expr]:
    """The coefficient of one term of a sum, and the other terms."""
    found = Fraction(0)
    rest: Expr = ZERO
    for term in terms_of(e):
        c, bare = coefficient(term)
        if bare == key:
            found += c
        else:
            rest = rest + term
    return found, rest


def _even(parity: Theorem) -> Theorem:
    """κ_n(−y) = ±κ_n(y): the remainder, of order 6 on, has the sign of even n."""

    def infer(s: Statement) -> Statement:
        r = relation(s)
        if not isinstance(r.rhs, Mul) or not isinstance(r.rhs.factors[0], Pow):
            raise DoesNotFollow("no parity")
        exponent = lowest(r.rhs.factors[0].exponent.put({N: Num(Fraction(6))}))
        if not isinstance(exponent, Num):
            raise DoesNotFollow("no number")
        return equals(Named("rho", (-THETA,)), Num(Fraction((-1) ** int(exponent.number))) * RHO)

    return Rule("even orders", infer, (EVEN,))(parity)


def _definite(quartic: Theorem, positive: Theorem) -> Theorem:
    """f‖Σ‖² + h T₁ᵀΣT₁ and c‖Σ‖² ≥ (tr Σ)²: on T₁ = 0, where tr Σ = |θ|², at least f|θ|⁴/c."""

    def infer(first: Statement, second: Statement) -> Statement:
        form, bound = relation(first).rhs, relation(second)
        f, _ = _extract(form, FROBENIUS)
        if f <= 0 or not isinstance(bound.lhs.terms[0], Mul):  # type: ignore[attr-defined]
            raise DoesNotFollow("nothing positive")
        c = bound.lhs.terms[0].factors[0]  # type: ignore[attr-defined]
        condition = equals(Act(PI, THETA), ZERO)
        least = lowest(Num(f) * Pow(NORM, Num(Fraction(4))) / c)
        return If(condition, Relation(form, ">=", least))

    return Rule("Cauchy–Schwarz", infer)(quartic, positive)


NORM = Length(THETA)
