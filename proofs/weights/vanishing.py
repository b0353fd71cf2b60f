"""Which weights fail (T5): rational relations between roots of unity, and the proof for prime k."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ONE, ZERO, Div, Num, Sym, whole
from overspec.proofs.language.lemmas import ORTHOGONAL
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import M_, PI, Hat, J, K, Root_, over
from overspec.proofs.language.ranges import Z_K, Range
from overspec.proofs.language.statement import (  # fmt: skip
    Both,
    DoesNotFollow,
    Every,
    Iff,
    Some,
    Statement,
    equals,
    opened,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step, together
from overspec.proofs.machinery.rational import instances
from overspec.proofs.machinery.symbolic import SymbolicModel
from overspec.proofs.weights.roots import (
    Binomial,
    ConditionRank,
    Coordinate,
    Dimension,
    N,
    Order,
    Orders,
    Primes,
    Rank,
    Reduced,
    Shifted,
    Totient,
    Units,
)

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
P, R_, U_, E_, IX = Sym("p"), Sym("r"), Sym("u"), Sym("e"), Sym("i")


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
