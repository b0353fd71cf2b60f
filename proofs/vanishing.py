"""Which weights fail (T5): rational relations between roots of unity, and the proof for prime k."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from math import comb, gcd
from typing import Any

import sympy
from sympy.polys.matrices import DomainMatrix

from .conditions import coordinates
from .legacy import Derivation, Step, Term, conclude
from .faces import condition_rows
from .rational import instances
from .symbolic import SymbolicModel

EISENSTEIN = (
    "Eisenstein's criterion: an integer polynomial whose coefficients but the leading 1 are "
    "divisible by p, the constant one not by p², is irreducible over Q; so Φ_p is"
)
GAUSS = (
    "Φ_n is irreducible over Q for every n (Gauss; only needed for composite n): the entries of "
    "rational weights at all m of one order n = k/gcd(m, k) are conjugate, and vanish together"
)

Faults = tuple[tuple[str, Callable[[], Derivation]], ...]


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
    term = partial(Term.of, SymbolicModel.of(k))
    orders = [n for n in range(2, k + 1) if k % n == 0]
    primes = [int(p) for p in sympy.primefactors(k)]
    corners_of = [
        (n, p, r, u)
        for n in orders
        for p in map(int, sympy.primefactors(n))
        for r in range(n // p)
        for u in range(1, n)
        if gcd(u, n) == 1
    ]

    def polygon(m: Any, n: int, p: int, r: int, u: int) -> Any:
        powers = (u * (k // n) * (r + i * n // p) for i in range(p + corners))
        return sum((m.zeta(e) for e in powers), start=m.zeta(0) * 0)

    def entry(m: Any, f: int) -> Any:
        return sum(m.pi[j] * m.zeta(f * j) for j in range(k))

    def short(m: Any, f: int) -> Any:
        n, _, forms = coordinates(k, f, m.pi)
        kept = forms[: len(forms) - dropped]
        return sum((c * m.zeta(e * k // n) for e, c in enumerate(kept)), start=m.zeta(0) * 0)

    def constant(tex: str, values: Sequence[int], by_hand: Callable[[], Sequence[int]]) -> Term:
        return Term(
            tex,
            tuple(sympy.Integer(v) for v in values),
            lambda witness: tuple(Fraction(v) for v in by_hand()),
        )

    def relations(n: int) -> list[list[int]]:
        return [
            [int(a % (n // p) == r) for a in range(n)]
            for p in map(int, sympy.primefactors(n))
            for r in range(n // p)
        ]

    x = sympy.Symbol("x")

    def shifted(p: int) -> list[int]:
        poly = sympy.Poly(sympy.cyclotomic_poly(p, x), x).compose(sympy.Poly(x + 1, x))
        return [int(c) for c in reversed(poly.all_coeffs())]

    totients = [int(sympy.totient(n)) for n in orders]
    steps = (
        Step(
            "The corners of a regular p-gon add up to 0, however rotated, and under every "
            "conjugation ζ → ζ^u.",
            term(
                r"\zeta_n^{ur}\sum_{i<p}\zeta_n^{uin/p}",
                lambda m: [polygon(m, *where) for where in corners_of],
            ),
            term("0", lambda m: [m.zeta(0) * 0 for _ in corners_of]),
            "geometric sum",
        ),
        Step(
            "There are no other rational relations: the polygons span a space of dimension "
            "n − φ(n), and Φ_n has degree φ(n).",
            constant(
                r"\mathrm{rank}(\text{polygons of order }n)",
                [_rank(relations(n)) for n in orders],
                lambda: [_eliminated(relations(n)) for n in orders],
            ),
            constant(
                r"n-\varphi(n)",
                [n - t + extra for n, t in zip(orders, totients, strict=True)],
                lambda: [n - _coprime(n) + extra for n in orders],
            ),
            "elimination over Q; 1, ζ, …, ζ^{φ(n)−1} are independent over Q",
        ),
        Step(
            "In the basis 1, ζ_n, …, ζ_n^{φ(n)−1} the entry has φ(n) coordinates, integer forms "
            "in π: for rational weights it is 0 iff all of them are.",
            term(r"\hat\pi_m", lambda m: [entry(m, f) for f in range(1, k // 2 + 1)]),
            term(
                r"\sum_{e<\varphi(n)}\ell_e(\pi)\zeta_n^e",
                lambda m: [short(m, f) for f in range(1, k // 2 + 1)],
            ),
            "reduce modulo Φ_n",
        ),
        Step(
            "These conditions are independent: they leave a space of dimension k − φ(n), which "
            "for prime k = n is 1, the uniform weights.",
            constant(
                r"\mathrm{rank}(\ell_0,\dots,\ell_{\varphi(n)-1})",
                [_rank(condition_rows(k, n)) for n in orders],
                lambda: [_eliminated(condition_rows(k, n)) for n in orders],
            ),
            constant(
                r"\varphi(n)",
                [t + conditions for t in totients],
                lambda: [_coprime(n) + conditions for n in orders],
            ),
            "elimination over Q",
        ),
        Step(
            "Φ_p(x + 1) = ((x + 1)^p − 1)/x has the coefficients C(p, i + 1): all but the leading "
            "one divisible by p, the constant one, p, not by p².",
            constant(
                r"[x^i]\,\Phi_p(x+1)",
                [c for p in primes for c in shifted(p)],
                lambda: [sum(comb(a, i) for a in range(p)) for p in primes for i in range(p)],
            ),
            constant(
                r"\tbinom p{i+1}",
                [int(sympy.binomial(p, i + shift)) for p in primes for i in range(p)],
                lambda: [comb(p, i + shift) for p in primes for i in range(p)],
            ),
            "the hockey-stick identity Σ_a C(a, i) = C(p, i + 1)",
        ),
    )
    statement = conclude(steps)
    prime = len(primes) == 1 and primes[0] == k
    which = (
        "only the uniform weights fail among rational ones"
        if prime
        else "rational weights other than the uniform ones fail too"
    )
    return Derivation(
        id="T5",
        title="which weights fail: vanishing sums of roots of unity",
        statement_tex=(
            rf"For $k={k}$ {which}; $\hat\pi_m=0$ is decided by $\varphi(n)$ linear conditions, "
            r"$n=k/\gcd(m,k)$, because "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + "."
        ),
        statement=statement,
        hypotheses=("the weights are rational", EISENSTEIN, GAUSS),
        steps=steps,
        depends=("S3",),
        witnesses=instances(k, copies=1),
        faulty=faulty,
        root=k,
    )


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
