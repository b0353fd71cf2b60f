"""Which weights fail (T5): rational relations between roots of unity, and the proof for prime k."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import comb, gcd
from typing import Any

import sympy
from sympy.polys.matrices import DomainMatrix

from .conditions import coordinates
from .derivation import Derivation, Faults
from .expression import ONE, ZERO, Div, Env, Expr, Num, Sym, whole
from .faces import condition_rows
from .lemmas import ORTHOGONAL
from .lowest_terms import lowest
from .operators import M_, PI, Hat, J, K, Root_, over
from .ranges import Z_K, Range
from .rational import instances
from .render import Box, Fence, Quotient, Row, Script, letter, sign
from .statement import (
    Both,
    DoesNotFollow,
    Every,
    Iff,
    Relation,
    Some,
    Statement,
    equals,
    opened,
    relation,
)  # fmt: skip
from .symbolic import SymbolicModel
from .theorem import Hypothesis, Rule, Theorem, step, together

EISENSTEIN = Hypothesis(
    "Eisenstein",
    "an integer polynomial whose coefficients but the leading 1 are divisible by p, the constant "
    "one not by p², is irreducible over Q; so Φ_p is",
    "Eisenstein's criterion",
)
GAUSS = Hypothesis(
    "Gauss",
    "Φ_n is irreducible over Q for every n (only needed for composite n): the entries of rational "
    "weights at all m of one order n = k/gcd(m, k) are conjugate, and vanish together",
    "Gauss, Disquisitiones",
)
N, P, R_, U_, E_, IX = Sym("n"), Sym("p"), Sym("r"), Sym("u"), Sym("e"), Sym("i")


def vanishing_sums(k: int) -> Derivation:
    """T5: rational weights fail at order n iff Φ_n divides Σ π_j x^j, φ(n) linear conditions.

    All rational relations between n-th roots of unity come from the rotated prime polygons
    ``ζ^r (1 + ζ^{n/p} + … + ζ^{(p−1)n/p}) = 0``. For prime k the only polygon is the whole orbit,
    so only uniform weights fail; for composite k others do (`faces.degenerate_faces`).

    >>> vanishing_sums(2).recheck()
    ()
    """
    return _vanishing_sums(
        k,
        faulty=(
            ("polygons with a corner missing", partial(_vanishing_sums, k, corners=-1)),
            ("the last coordinate of π̂_m dropped", partial(_vanishing_sums, k, dropped=1)),
            ("one more relation than polygons give", partial(_vanishing_sums, k, extra=1)),
            ("C(p, i) in place of C(p, i + 1)", partial(_vanishing_sums, k, shift=0)),
            ("φ(n) − 1 conditions", partial(_vanishing_sums, k, conditions=-1)),
        ),
    )


def _vanishing_sums(
    k: int,
    corners: int = 0,
    dropped: int = 0,
    extra: int = 0,
    shift: int = 1,
    conditions: int = 0,
    faulty: Faults = (),
) -> Derivation:
    polygons = step(
        "The corners of a regular p-gon add up to 0, however rotated, and under every "
        "conjugation ζ → ζ^u.",
        over(IX, Root_(U_ * Div(K, N) * (R_ + Div(IX * N, P))), Range("", ZERO, P + corners - 1)),
        ZERO,
        "geometric sum",
        (N, Orders("orders")),
        (P, Primes("p | n", of=N)),
        (R_, Range("", ZERO, Div(N, P) - 1)),
        (U_, Units("units")),
    )
    spanned = step(
        "There are no other rational relations: the polygons span a space of dimension "
        "n − φ(n), and Φ_n has degree φ(n).",
        Rank(N),
        N - Totient(N) + extra,
        "elimination over Q; 1, ζ, …, ζ^{φ(n)−1} are independent over Q",
        (N, Orders("orders")),
    )
    reduced = step(
        "In the basis 1, ζ_n, …, ζ_n^{φ(n)−1} the entry has φ(n) coordinates, integer forms "
        "in π: for rational weights it is 0 iff all of them are.",
        Hat(PI, M_),
        Reduced(M_, dropped),
        "reduce modulo Φ_n",
        (M_, Range("", ONE, K - 1)),
    )
    independent = step(
        "These conditions are independent: they leave a space of dimension k − φ(n), which "
        "for prime k = n is 1, the uniform weights.",
        ConditionRank(N),
        Totient(N) + conditions,
        "elimination over Q",
        (N, Orders("orders")),
    )
    hockey = step(
        "Φ_p(x + 1) = ((x + 1)^p − 1)/x has the coefficients C(p, i + 1): all but the leading "
        "one divisible by p, the constant one, p, not by p².",
        Shifted(P, IX),
        Binomial(P, IX + shift),
        "the hockey-stick identity Σ_a C(a, i) = C(p, i + 1)",
        (P, Primes("p | k", of=K)),
        (IX, Range("", ZERO, P - 1)),
    )
    decided = _decided(reduced, independent)
    return Derivation(
        id="T5",
        title="which weights fail: vanishing sums of roots of unity",
        theorem=together(decided, _which(k, decided, hockey), polygons, spanned),
        setting=(ORTHOGONAL, "the weights are rational", f"k = {k}"),
        model=SymbolicModel.of(k),
        witnesses=instances(k, copies=1),
        faulty=faulty,
        root=k,
    )


def _decided(reduced: Theorem, independent: Theorem) -> Theorem:
    """π̂_m = Σ ℓ_e(π)ζ^e in a basis over Q, the ℓ_e independent: which rational π have π̂_m = 0."""

    def infer(first: Statement, second: Statement) -> Statement:
        entry, rank = relation(first), relation(second)
        m, n = opened(first)[0][0], opened(second)[0][0].index
        if not isinstance(entry.rhs, Reduced) or not isinstance(rank.lhs, ConditionRank):
            raise DoesNotFollow("no coordinates")
        order = Order(m.index)
        forms = Every(E_, Range("", ZERO, Totient(order) - 1 - entry.rhs.dropped),
                      equals(Coordinate(E_, m.index), ZERO))  # fmt: skip
        zero = equals(entry.lhs, ZERO)
        left = lowest(K - rank.rhs.put({n: order}))
        return Every(m.index, m.over, Both((Iff(zero, forms), equals(Dimension(zero), left))))

    return Rule("coordinates in a basis", infer, (GAUSS,))(reduced, independent)


def _which(k: int, decided: Theorem, hockey: Theorem) -> Theorem:
    """Where every entry leaves dimension 1, that of π = 1/k, uniform weights alone fail."""

    def infer(first: Statement, second: Statement) -> Statement:
        (m, *_), both = opened(first)[0], opened(first)[1]
        dimension = relation(both.parts[1])  # type: ignore[attr-defined]
        if not isinstance(relation(second).lhs, Shifted):
            raise DoesNotFollow("Eisenstein's criterion is open")
        at = SymbolicModel.of(k)
        sizes = {whole(dimension.rhs, at, {m.index.name: f}) for f in range(1, k)}
        zero = equals(Hat(PI, M_), ZERO)
        uniform = Every(J, Z_K, equals(PI[J], 1 / K))
        if sizes == {1}:
            return Every(M_, m.over, Iff(zero, uniform))
        largest = Num(Fraction(max(sizes)))
        return Some(M_, m.over, equals(Dimension(zero), largest))

    return Rule("count dimensions", infer, (EISENSTEIN,))(decided, hockey)


@dataclass(frozen=True)
class Orders(Range):
    """The divisors n > 1 of k."""

    def values(self, m: Any, env: Env) -> Any:
        return [n for n in range(2, m.k + 1) if m.k % n == 0]

    def box(self) -> Box:
        divides = (letter("n"), sign(r"\mid", " | "), letter("k"))
        return Row((sign(r"\{", "{"), *divides, sign(",", ", "),
                    letter("n"), sign(">", " > "), letter("1"), sign(r"\}", "}")))  # fmt: skip


@dataclass(frozen=True)
class Primes(Range):
    """The prime divisors of something."""

    of: Expr = K

    def values(self, m: Any, env: Env) -> Any:
        return [int(p) for p in sympy.primefactors(whole(self.of, m, env))]

    def box(self) -> Box:
        return Row(
            (sign(r"\{", "{"), letter("p"), sign(r"\mid", " | "), self.of.box(), sign(r"\}", "}"))
        )


@dataclass(frozen=True)
class Units(Range):
    """The u < n prime to n."""

    def values(self, m: Any, env: Env) -> Any:
        return [u for u in range(1, env["n"]) if gcd(u, env["n"]) == 1]

    def box(self) -> Box:
        return Row(
            (Fence(sign("("), Row((letter("Z"), sign("/"), letter("n"))), sign(")")), sign("*"))
        )


@dataclass(frozen=True)
class Order(Expr):
    """``n = k/gcd(m, k)``, the order of ω^m."""

    m: Expr

    def value(self, m: Any, env: Env) -> Any:
        return m.k // gcd(whole(self.m, m, env), m.k)

    def box(self) -> Box:
        inner = Fence(sign("("), Row((self.m.box(), sign(",", ", "), letter("k"))), sign(")"))
        return Quotient(letter("k"), Row((sign(r"\gcd", "gcd"), inner)), small=True)


@dataclass(frozen=True)
class Totient(Expr):
    """φ(n): by SymPy, and by counting units."""

    n: Expr

    def value(self, m: Any, env: Env) -> Any:
        n = whole(self.n, m, env)
        return int(sympy.totient(n)) if isinstance(m, SymbolicModel) else _coprime(n)

    def box(self) -> Box:
        return Row((letter("varphi"), Fence(sign("("), self.n.box(), sign(")"))))


@dataclass(frozen=True)
class Rank(Expr):
    """The rank of the rotated prime polygons of order n."""

    n: Expr

    def value(self, m: Any, env: Env) -> Any:
        n = whole(self.n, m, env)
        rows = [
            [int(a % (n // p) == r) for a in range(n)]
            for p in map(int, sympy.primefactors(n))
            for r in range(n // p)
        ]
        return _rank(rows) if isinstance(m, SymbolicModel) else _eliminated(rows)

    def box(self) -> Box:
        return _called("rank", Row((letter("polygons"), sign(r"\,", " "), self.n.box())))


@dataclass(frozen=True)
class ConditionRank(Rank):
    """The rank of the coordinates ℓ_e of the entry of order n."""

    def value(self, m: Any, env: Env) -> Any:
        rows = condition_rows(m.k, whole(self.n, m, env))
        return _rank(rows) if isinstance(m, SymbolicModel) else _eliminated(rows)

    def box(self) -> Box:
        return _called(
            "rank", Row((Script(letter("ell"), letter("e")), sign(r"\,", " "), self.n.box()))
        )


@dataclass(frozen=True)
class Reduced(Expr):
    """``Σ_{e<φ(n)} ℓ_e(π) ζ_n^e``; the last coordinates dropped where asked."""

    m: Expr
    dropped: int = 0

    def value(self, m: Any, env: Env) -> Any:
        n, _, forms = coordinates(m.k, whole(self.m, m, env), m.pi)
        kept = forms[: len(forms) - self.dropped]
        zeta = (c * m.zeta(e * m.k // n) for e, c in enumerate(kept))
        return sum(zeta, start=m.zeta(0) * 0)

    def box(self) -> Box:
        root = Script(letter("zeta"), letter("n"), letter("e"))
        last = (Totient(N) - 1 - self.dropped).box()
        low = Row((letter("e"), sign("="), letter("0")))
        form = Script(letter("ell"), letter("e"))
        return Row((Script(sign(r"\sum", "Σ"), low, last), sign(r"\,", " "), form, root))


@dataclass(frozen=True)
class Coordinate(Expr):
    """``ℓ_e(π)``, the e-th coordinate of π̂_m."""

    e: Expr
    m: Expr

    def value(self, m: Any, env: Env) -> Any:
        _, _, forms = coordinates(m.k, whole(self.m, m, env), m.pi)
        return forms[whole(self.e, m, env)]

    def box(self) -> Box:
        return Row((Script(letter("ell"), self.e.box()), Fence(sign("("), letter("pi"), sign(")"))))


@dataclass(frozen=True)
class Dimension(Expr):
    """The dimension over Q of the rational vectors π with a property."""

    given: Relation

    def box(self) -> Box:
        inner = Row((letter("pi"), sign(":", " : "), self.given.box()))
        return Row((sign(r"\dim", "dim"), Fence(sign(r"\{", "{"), inner, sign(r"\}", "}"))))


@dataclass(frozen=True)
class Shifted(Expr):
    """``[x^i] Φ_p(x + 1)``: by SymPy, and by adding up binomials."""

    p: Expr
    i: Expr

    def value(self, m: Any, env: Env) -> Any:
        p, i = whole(self.p, m, env), whole(self.i, m, env)
        if not isinstance(m, SymbolicModel):
            return sum(comb(a, i) for a in range(p))
        x = sympy.Symbol("x")
        poly = sympy.Poly(sympy.cyclotomic_poly(p, x), x).compose(sympy.Poly(x + 1, x))
        return int(poly.coeff_monomial(x**i))

    def box(self) -> Box:
        power = Fence(sign("["), Script(letter("x"), None, self.i.box()), sign("]"))
        shifted = Fence(sign("("), Row((letter("x"), sign("+", " + "), letter("1"))), sign(")"))
        return Row((power, sign(r"\,", " "), Script(letter("Phi"), self.p.box()), shifted))


@dataclass(frozen=True)
class Binomial(Expr):
    """``C(n, i)``: by SymPy, and by the standard library."""

    n: Expr
    i: Expr

    def value(self, m: Any, env: Env) -> Any:
        n, i = whole(self.n, m, env), whole(self.i, m, env)
        return int(sympy.binomial(n, i)) if isinstance(m, SymbolicModel) else comb(n, i)

    def box(self) -> Box:
        return _called("C", Row((self.n.box(), sign(",", ", "), self.i.box())))


def _called(name: str, inner: Box) -> Box:
    return Row((letter(name), Fence(sign("("), inner, sign(")"))))


def _rank(rows: Sequence[Sequence[int]]) -> int:
    return int(DomainMatrix([list(r) for r in rows], (len(rows), len(rows[0])), sympy.ZZ)
               .convert_to(sympy.QQ).rank())  # fmt: skip


def _eliminated(rows: Sequence[Sequence[int]]) -> int:
    """The rank once more: Gaussian elimination on `Fraction`."""
    left, rank = [[Fraction(c) for c in row] for row in rows], 0
    for column in range(len(rows[0])):
        pivot = next((r for r in range(rank, len(left)) if left[r][column]), None)
        if pivot is None:
            continue
        left[rank], left[pivot] = left[pivot], left[rank]
        for r in range(rank + 1, len(left)):
            ratio = left[r][column] / left[rank][column]
            left[r] = [a - ratio * b for a, b in zip(left[r], left[rank], strict=True)]
        rank += 1
    return rank


def _coprime(n: int) -> int:
    """φ(n) by counting."""
    return sum(1 for u in range(1, n + 1) if gcd(u, n) == 1)
