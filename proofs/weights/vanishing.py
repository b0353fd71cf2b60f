"""Which weights fail (T5): rational relations between roots of unity, and the proof for prime k."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import partial

from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ONE, ZERO, Div, Num, Sym, whole
from overspec.proofs.language.lemmas import ORTHOGONAL, UNIT
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import L_, M_, PI, Hat, J, K, Root_, over
from overspec.proofs.language.ranges import NONZERO, Z_K, Range
from overspec.proofs.language.statement import (  # fmt: skip
    Both,
    DoesNotFollow,
    Every,
    If,
    Iff,
    Relation,
    Some,
    Statement,
    equals,
    opened,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step, together
from overspec.proofs.machinery.rational import instances
from overspec.proofs.machinery.symbolic import EVERY, SymbolicModel
from overspec.proofs.weights.averages import UNITS, Alternating, Averaged, Divides, Prime
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

RATIONAL = "the weights are rational"
AVERAGES = "E_p, p a prime that divides k, is the mean over indices that differ by multiples of k/p"
EISENSTEIN = Hypothesis(
    "Eisenstein",
    "an integer polynomial whose coefficients but the leading 1 are divisible by p, the constant "
    "one not by p², is irreducible over Q; so Φ_p is",
    "Eisenstein's criterion",
)
GAUSS = Hypothesis(
    "Gauss",
    "Φ_n is irreducible over Q for every n (for prime n by Eisenstein's criterion): the entries of "
    "rational weights at all m of one order n = k/gcd(m, k) are conjugate, and vanish together",
    "Gauss, Disquisitiones",
)
P, R_, U_, E_, IX, H_ = Sym("p"), Sym("r"), Sym("u"), Sym("e"), Sym("i"), Sym("h")


def vanishing_sums(k: int) -> Derivation:
    """T5: rational weights fail at order n iff Φ_n divides Σ π_j x^j, φ(n) linear conditions.

    For every k: weights that a shift by h keeps fail at every m with ω^{mh} ≠ 1, and rational ones
    fail at the m coprime to k iff ``Π_{p|k}(1 − E_p)π = 0``, E_p the mean over the subgroup of
    order p, that is iff they are a sum of terms each kept by the shift by some k/p; for prime k
    only uniform weights are. The irreducibility of Φ_k is used by name (Gauss).

    For one k also: all rational relations between n-th roots of unity come from the rotated prime
    polygons ``ζ^r (1 + ζ^{n/p} + … + ζ^{(p−1)n/p}) = 0``, and the conditions at every m in
    coordinates (`faces.degenerate_faces` has the faces).

    >>> vanishing_sums(2).recheck()
    ()
    """
    faults: Faults = (
        ("π_{j−h} added", partial(_vanishing_sums, k, sign=-1)),
        ("E_p keeps the m that p does not divide", partial(_vanishing_sums, k, flipped=True)),
    )
    if k is EVERY:
        return _vanishing_sums(k, faulty=faults)
    return _vanishing_sums(
        k,
        faulty=(
            *faults,
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
    sign: int = 1,
    flipped: bool = False,
    faulty: Faults = (),
) -> Derivation:
    shifted = step(
        "Weights that the shift by h keeps: π̂_m times 1 − ω^{mh} vanishes.",
        (1 - Root_(M_ * H_)) * Hat(PI, M_),
        over(J, (PI[J] - sign * PI[J - H_]) * Root_(M_ * J)),
        "shift the index",
        (M_, Z_K),
        (H_, Z_K),
    )
    averages = step(
        "E_p, the mean over the subgroup of order p, multiplies π̂_m by 1 where p divides m, else "
        "by 0: so Π(1 − E_p) over the primes that divide k keeps the m coprime to k alone.",
        Hat(Averaged(PI), M_),
        Divides(M_, flipped) * Hat(PI, M_),
        "characters of a subgroup",
        (P, Primes("p | k", of=K)),
        (M_, Z_K),
    )
    mean = step(
        "For prime k the one average is over all of Z/k.",
        over(IX, PI[J + IX]) / K,
        over(L_, PI[L_]) / K,
        "shift the index",
        (J, Z_K),
    )
    everywhere = together(_kept(shifted), _primitive(averages), _prime(averages, mean))
    general = Derivation(
        id="T5",
        title="which weights fail: vanishing sums of roots of unity",
        theorem=everywhere,
        setting=(ORTHOGONAL, UNIT, RATIONAL, AVERAGES),
        model=SymbolicModel.of(k),
        witnesses=instances(k, copies=1),
        faulty=faulty,
        root=k,
    )
    if k is EVERY:
        return general
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
    more = (decided, _which(k, decided, hockey), polygons, spanned)
    return replace(general, theorem=together(*everywhere.premises, *more))


def _kept(shifted: Theorem) -> Theorem:
    """(1 − ω^{mh}) π̂_m = Σ_j (π_j − cπ_{j−h})ω^{mj}: π̂_m = 0 where all brackets are 0."""

    def infer(s: Statement) -> Statement:
        r = relation(s)
        factor, entry = r.lhs.factors  # type: ignore[attr-defined]
        gap, root = r.rhs.body.factors  # type: ignore[attr-defined]
        own, other = gap.terms
        if (own, root, factor) != (PI[J], Root_(M_ * J), 1 - Root_(M_ * H_)):
            raise DoesNotFollow("not the differences of π and its shift")
        kept = Every(J, Z_K, equals(-other, own))
        given = Both((kept, Relation(Root_(M_ * H_), "!=", ONE)))
        return Every(H_, Z_K, Every(M_, Z_K, If(given, equals(entry, ZERO))))

    return Rule("cancel 1 − ω^{mh}", infer)(shifted)


def _condition(s: Statement) -> Statement:
    """What π̂_m = 0 is for m coprime to k, E_p having the multiplier [p | m]: Π(1 − E_p)π = 0."""
    r = relation(s)
    if [q.over for q in opened(s)[0]] != [Primes("p | k", of=K), Z_K]:
        raise DoesNotFollow("not for every prime and frequency")
    divides, entry = r.rhs.factors  # type: ignore[attr-defined]
    if (r.lhs, entry) != (Hat(Averaged(PI), M_), Hat(PI, M_)) or divides.m != M_:
        raise DoesNotFollow("not the multiplier of E_p")
    # where it is 1 for the m that p does not divide, the E_p themselves keep the m coprime to k
    return equals(Alternating(PI, complement=not divides.flipped), ZERO)


def _primitive(averages: Theorem) -> Theorem:
    """Π(1 − E_p) has the multiplier Π(1 − [p | m]) = [gcd(m, k) = 1], where all entries of
    rational weights vanish together: they do iff Π(1 − E_p)π = 0."""

    def infer(s: Statement) -> Statement:
        return Every(M_, UNITS, Iff(equals(Hat(PI, M_), ZERO), _condition(s)))

    return Rule("conjugate entries", infer, (GAUSS,))(averages)


def _prime(averages: Theorem, whole_: Theorem) -> Theorem:
    """For prime k the only factor is 1 − E_k, and E_kπ = Σπ/k: π̂_m = 0 iff π_j = 1/k."""

    def infer(s: Statement, mean: Statement) -> Statement:
        condition = _condition(s)
        if condition == equals(Alternating(PI), ZERO):
            share = relation(mean).rhs.put({over(L_, PI[L_]): ONE})
            condition = Every(J, Z_K, equals(PI[J], share))
        return If(Prime(), Every(M_, NONZERO, Iff(equals(Hat(PI, M_), ZERO), condition)))

    return Rule("prime k", infer, (GAUSS,))(averages, whole_)


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
