"""What T5 is made of: orders of roots of unity, ranks of relations, coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from math import comb, gcd
from typing import Any

import sympy
from flint import fmpz_poly
from sympy.polys.matrices import DomainMatrix

from overspec.proofs.identities.conditions import coordinates
from overspec.proofs.language.expression import Env, Expr, Sym, whole
from overspec.proofs.language.operators import K
from overspec.proofs.language.ranges import Range
from overspec.proofs.language.reading.mixture import horner
from overspec.proofs.language.reading.reader import index
from overspec.proofs.language.render import Box, Fence, Quotient, Row, Script, letter, sign
from overspec.proofs.language.statement import Relation
from overspec.proofs.machinery.symbolic import SymbolicModel
from overspec.proofs.weights.faces import condition_rows

N = Sym("n")


@dataclass(frozen=True)
class Orders(Range):
    """The divisors n > 1 of k."""

    def values(self, m: Any, env: Env) -> Any:
        return [n for n in range(2, m.k + 1) if m.k % n == 0]

    def again(self, m: Any, env: Env) -> list[int]:
        return sorted({m.k // gcd(m.k, j) for j in range(1, m.k)})

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

    def again(self, m: Any, env: Env) -> list[int]:
        return _prime_divisors(index(self.of, m, env))

    def box(self) -> Box:
        return Row(
            (sign(r"\{", "{"), letter("p"), sign(r"\mid", " | "), self.of.box(), sign(r"\}", "}"))
        )


@dataclass(frozen=True)
class Units(Range):
    """The u < n prime to n."""

    def values(self, m: Any, env: Env) -> Any:
        return [u for u in range(1, env["n"]) if gcd(u, env["n"]) == 1]

    def again(self, m: Any, env: Env) -> list[int]:
        n = env["n"]
        return [u for u in range(1, n) if all(u % p for p in _prime_divisors(n))]

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

    def again(self, m: Any, env: Env) -> Any:
        """The first power of ω^m that is 1."""
        f = index(self.m, m, env)
        return next(n for n in count(1) if f * n % m.k == 0)

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

    def again(self, m: Any, env: Env) -> Any:
        return _coprime(index(self.n, m, env))

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

    def again(self, m: Any, env: Env) -> Any:
        """Polygons as multiples of 1 + z^{n/p} + … modulo z^n − 1."""
        n, rows = index(self.n, m, env), []
        for p in _prime_divisors(n):
            corners = [0] * n
            for corner in range(0, n, n // p):
                corners[corner] = 1
            rows += [corners[-r:] + corners[:-r] if r else corners for r in range(n // p)]
        return _eliminated(rows)

    def box(self) -> Box:
        return _called("rank", Row((letter("polygons"), sign(r"\,", " "), self.n.box())))


@dataclass(frozen=True)
class ConditionRank(Rank):
    """The rank of the coordinates ℓ_e of the entry of order n."""

    def value(self, m: Any, env: Env) -> Any:
        rows = condition_rows(m.k, whole(self.n, m, env))
        return _rank(rows) if isinstance(m, SymbolicModel) else _eliminated(rows)

    def again(self, m: Any, env: Env) -> Any:
        """The coordinates of the unit vectors, by long division."""
        n = index(self.n, m, env)
        return _eliminated([_remainder(n, j) for j in range(m.k)])

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

    def again(self, m: Any, env: Env) -> Any:
        f = index(self.m, m, env)
        n = m.k // gcd(f, m.k)
        forms = _forms(m.k, f, m.pi)
        return horner(forms[: len(forms) - self.dropped], m.k, m.k // n)

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

    def again(self, m: Any, env: Env) -> Any:
        return _forms(m.k, index(self.m, m, env), m.pi)[index(self.e, m, env)]

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

    def again(self, m: Any, env: Env) -> Any:
        """Φ_p composed with x + 1, by FLINT."""
        p = fmpz_poly.cyclotomic(index(self.p, m, env))
        return int(p(fmpz_poly([1, 1]))[index(self.i, m, env)])

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

    def again(self, m: Any, env: Env) -> Any:
        return comb(index(self.n, m, env), index(self.i, m, env))

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


def _prime_divisors(n: int) -> list[int]:
    """By trial division."""
    found, rest = [], n
    for p in range(2, n + 1):
        if rest % p == 0:
            found.append(p)
            while rest % p == 0:
                rest //= p
    return found


def _remainder(n: int, power: int) -> list[int]:
    """The coordinates of ζ_n^power in 1, ζ_n, …, by long division by Φ_n."""
    divisor = [int(c) for c in fmpz_poly.cyclotomic(n).coeffs()]
    size = len(divisor) - 1
    rest = [0] * (power % n) + [1] + [0] * size
    for top in reversed(range(size, len(rest))):
        lead = rest[top]
        for e, c in enumerate(divisor):
            rest[top - size + e] -= lead * c
    return rest[:size]


def _forms(k: int, m: int, pi: Any) -> list[Any]:
    """The coordinates of π̂_m in Q(ζ_n), n = k/gcd(m, k)."""
    n = k // gcd(m, k)
    lines = [_remainder(n, m // gcd(m, k) * j) for j in range(k)]
    return [sum(p * line[e] for p, line in zip(pi, lines, strict=True))
            for e in range(len(lines[0]))]  # fmt: skip
