"""Audit rows of math.md section 10 on the weights: uniform ones (P1), the DFT condition (P6).

P1 reads "for k>2" as leaving k = 2 out, as the summary's other sentences on uniform weights do too.

P6 once amended "non-uniform weights suffice". The summary does not assert that: it asks for the DFT
condition itself. What the condition bars is judged instead, on rational matrices; that it bars
non-uniform weights too for k ≥ 4, in some orders and not in others, shows in the mutants.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import sympy
from sympy.polys.matrices import DomainMatrix

from overspec.evidence import Evidence, Outcome, listed
from overspec.mixture import Mixture, weight_symbols
from overspec.proofs.identities.circulant import invertibility_condition
from overspec.proofs.language.expression import expr
from overspec.proofs.language.operators import M_, PI, J, K
from overspec.proofs.language.ranges import PLANES, Z_K, Half
from overspec.proofs.language.render import Accent, Script, letter
from overspec.proofs.language.statement import (
    Both,
    Either,
    Every,
    Iff,
    Relation,
    Statement,
    equals,
)
from overspec.proofs.machinery.cyclotomic import null_frequencies, null_orders
from overspec.proofs.machinery.separation import as_sympy
from overspec.verify.claims.audit.lloyd import LLOYD
from overspec.verify.claims.cases import NULL_AT_1, NULL_AT_2, NULL_INSIDE
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Form, Scope
from overspec.verify.claims.sentences import judge as sentences
from overspec.verify.claims.sentences.judge import form
from overspec.verify.claims.sentences.letters import (
    LEAST,
    SORTED,
    Given,
    Instance,
    Seen,
    energy,
)
from overspec.verify.engines.spectrum import to_float
from overspec.weights import Weights

# --- P1: uniform weights --------------------------------------------------------------------------

LISTED = 12  # every k up to it is decided in the cyclotomic field, each frequency by itself
LARGE = (10**9 + 7, 10**12)  # and a large prime and a large composite number, all orders at once


@dataclass(frozen=True)
class Uniform:
    """Of which weights are all DFT entries but the first 0?

    Attributes:
        listed: the uniform weights for k = 2 … 12, and others, with the null frequencies up to k/2,
            each decided in the cyclotomic field.
        large: uniform weights of two large k, with the orders of their null entries.
        telescopes: ``F(k) = (1 − x^k)/(1 − x)`` has F(1) = 1 and F(k+1) − F(k) = x^k for a symbol
            k, so that it is Σ_{j<k} x^j by induction, and 0 at every x ≠ 1 with x^k = 1.
    """

    listed: tuple[tuple[Weights, tuple[int, ...]], ...]
    large: tuple[tuple[int, tuple[int, ...]], ...]
    telescopes: bool


#: Not uniform: null at no frequency, at one of two, and regular with all but one weight equal.
OTHERS = ("1/2,3/10,1/5", "2/5,3/10,1/10,1/5", "3/10,1/5,3/10,1/5", NULL_AT_1, "3/5,1/5,1/5",
          "1/5,1/5,1/5,3/10,1/10",
          "4/5,1/5")  # fmt: skip


def _measure_uniform(scope: Scope) -> Uniform:
    listed = [Weights.of("uniform", k) for k in sorted({*scope.ks, *range(2, LISTED + 1)})]
    others = [Weights.of(text) for text in OTHERS]
    return Uniform(
        tuple((w, null_frequencies(w)) for w in (*listed, *others)),
        tuple((k, null_orders(Weights.of("uniform", k))) for k in LARGE),
        _telescopes(),
    )


def _orders(k: int) -> tuple[int, ...]:
    return tuple(n for n in sympy.divisors(k) if n > 1)


def _telescopes() -> bool:
    x = sympy.Symbol("x")
    k = sympy.Symbol("k", integer=True, positive=True)
    total = (1 - x**k) / (1 - x)
    step = sympy.simplify(sympy.powsimp(total.subs(k, k + 1) - total - x**k))
    start = sympy.simplify(total.subs(k, 1) - 1)
    root = total.subs(x**k, 1)  # at x^k = 1
    return bool(step == 0 and start == 0 and root == 0)


def _cases(fact: Uniform) -> list[Instance]:
    """For large k one frequency of each order stands for all of it: the weights are rational."""
    found = []
    for w, null in fact.listed:
        entries = {m: 0 if m in null else 1 for m in range(1, w.k // 2 + 1)}
        known = {"k": w.k, "pi": tuple(w), "blocks": tuple(entries)}
        where = f"k = {w.k}, weights {w}: null at m = {null}"
        found.append(Instance(where, {"entry": entries}, known=known))
    for k, orders in fact.large:
        entries = {k // n: 0 if n in orders else 1 for n in _orders(k)}
        frequencies = {"F(R)*": tuple(entries), "Z/k": (0, *entries), "F(R)": (0, *entries)}
        found.append(Instance(f"k = {k}, uniform weights", {"entry": entries},
                              known={"k": k, "pi": (Fraction(1, k),), "blocks": tuple(entries),
                                     "indices": frequencies.get}))  # fmt: skip
    return found


def _judge_uniform(sentence: Statement, fact: Uniform) -> Finding:
    cases = _cases(fact)
    values = (("cases", str(len(cases))),)
    found = sentences.judge(sentence, cases, Evidence.PROVED, values, exact=True)
    if found.passed and not fact.telescopes:
        return replace(found, passed=False, worst_at="the geometric sum telescopes for every k")
    return found


ENTRY = Seen("entry", Script(Accent(letter("pi"), "hat"), letter("m")), M_)
ALL_NULL = Every(M_, PLANES, equals(ENTRY, 0))
ALIKE = Every(J, Z_K, equals(PI[J], 1 / K))
COMPOSITE = Given(("k is composite",), ("k is prime",), lambda m: not sympy.isprime(m.k))
SMALL = Relation(K, "<", expr(100))


def degenerate_iff(*conditions: Statement) -> Form:
    """A = 0 exactly under all of these conditions."""
    one = conditions[0] if len(conditions) == 1 else Both(conditions)
    return form(Iff(one, ALL_NULL))


UNIFORM = Claim(
    id="P1",
    title="uniform weights violate the DFT condition",
    statement=f"{degenerate_iff(ALIKE).payload.tex}; then $A=0$ on the hyperplane and "
    r"$\nabla^2L(0)=0$ (S3, S4).",
    source=f"{SUMMARY}, Mechanism 1, break condition",
    said="Uniform weights violate DFT condition for k>2, destroying strong convexity",
    depends=("S3", "S4", "T4"),
    measure=_measure_uniform,
    judge=_judge_uniform,
    stated=degenerate_iff(ALIKE, Relation(K, ">", expr(2))),
    amended=degenerate_iff(ALIKE),
    mutants=(
        degenerate_iff(ALIKE, Relation(K, ">", expr(3))),
        degenerate_iff(ALIKE, Relation(K, "<=", expr(LISTED))),
        degenerate_iff(ALIKE, Relation(K, "<=", expr(10**9))),
        degenerate_iff(ALIKE, Either((SMALL, COMPOSITE))),
        degenerate_iff(ALIKE, COMPOSITE),
        degenerate_iff(ALIKE, equals(expr(-1) ** K, 1)),
    ),
    expected=Outcome.AMENDED,
    free_of=("d", "θ"),
)

# --- P6: which weights the DFT condition bars -------------------------------------------------

_ALL_OF = (2, 3, 4)  # whatever the scope: the statement names them
_DENOMINATOR = 10  # small enough to list, large enough to contain every kind of degeneracy at k = 4
#: Beyond k = 4: null at one frequency only; over Q(√5) at prime k; and a regular neighbour of each.
_BEYOND = (
    NULL_AT_1,
    NULL_AT_2,
    NULL_INSIDE,
    "1/18,2/18,3/18,5/18,3/18,4/18",
    "1/5,3/10,1/5,1/10,1/5",
    "1/7,1/7,1/7,1/7,1/7,2/7",
)
_ITS_K = sorted({text.count(",") + 1 for text in _BEYOND})


@dataclass(frozen=True)
class Barred:
    """A weight vector, whether A = Σ π_j R^j is singular, and the frequencies at which π̂_m = 0."""

    weights: Weights
    singular: bool
    null: tuple[int, ...]


def _measure_condition(scope: Scope) -> tuple[Barred, ...]:
    """Every weight vector with the denominator at the smaller k, and some beyond."""
    vectors = [
        Weights.of([Fraction(n, _DENOMINATOR) for n in (*parts, _DENOMINATOR - sum(parts))])
        for k in _ALL_OF
        for parts in product(range(1, _DENOMINATOR), repeat=k - 1)
        if sum(parts) < _DENOMINATOR
    ]
    for w in vectors:
        if any(value == 0 for value in _conditions(w)) is not _is_null(w):
            raise ArithmeticError(f"cyclotomic field and polynomial disagree at {w}")
    vectors += [Weights.of(text) for text in _BEYOND]
    return tuple(Barred(w, is_singular(w), null_frequencies(w)) for w in vectors)


def _conditions(weights: Weights) -> list[Any]:
    """The polynomials of S3 in the weights, one a frequency: A is singular iff one is 0."""
    values = [as_sympy(value) for value in weights]
    return [polynomial(*values) for polynomial in _polynomials(weights.k)]


@cache
def _polynomials(k: int) -> tuple[sympy.Poly, ...]:
    symbols = weight_symbols(k)
    return tuple(sympy.Poly(c.polynomial, *symbols) for c in invertibility_condition(k))


def is_singular(weights: Weights) -> bool:
    """Whether ``Σ π_j P^j`` is singular, P the cyclic shift of k coordinates, by its determinant.

    On the all-ones vector it is 1, so that it is singular iff A is, on the hyperplane. The matrix
    is over Q, or over the field of the weights; no root of unity comes into it.

    >>> is_singular(Weights.of("2/5,3/10,1/10,1/5")), is_singular(Weights.of("2/5,3/10,1/5,1/10"))
    (True, False)
    """
    values = [as_sympy(value) for value in weights]
    k = len(values)
    rows = [[values[(i - j) % k] for j in range(k)] for i in range(k)]
    matrix = DomainMatrix.from_Matrix(sympy.Matrix(rows), extension=True)
    return bool(matrix.domain.is_zero(matrix.to_field().det()))


def _judge_condition(sentence: Statement, facts: Sequence[Barred]) -> Finding:
    instances = [
        Instance(
            f"k = {fact.weights.k}, weights {fact.weights}: A is "
            f"{'singular' if fact.singular else 'invertible'}",
            {"singular": fact.singular},
            Mixture.simplex(fact.weights.k, fact.weights),
        )
        for fact in facts
    ]
    values = (("cases", str(len(facts))),)
    return sentences.judge(sentence, instances, Evidence.PROVED, values, exact=True)


def _is_null(weights: Weights) -> bool:
    return bool(null_frequencies(weights))


def _alternating(m: Instance) -> bool:
    values = list(m.of().weights)
    if len(values) % 2:
        return _is_null(m.of().weights)
    return sum(map(to_float, values[::2])) == sum(map(to_float, values[1::2]))


SINGULAR = Given(("A is singular",), ("A is invertible",), lambda m: m.seen["singular"], "singular")
NULL = equals(LEAST, 0)
DIFFERENT = Given(
    ("the weights all differ",),
    ("two weights are equal",),
    lambda m: len(m.mixture.weights.counts) == m.k,
)
ALTERNATING = Given(
    ("their alternating sum vanishes, for even k",),
    ("their alternating sum does not vanish",),
    _alternating,
)


def singular_iff(condition: Statement) -> Form:
    """A is singular exactly then."""
    return form(Iff(SINGULAR, condition))


CONDITION = Claim(
    id="P6",
    title="weights must satisfy the DFT condition",
    statement=f"For all weights with denominator ${_DENOMINATOR}$ at $k={listed(_ALL_OF)}$, "
    f"and for the listed ones at $k={listed(tuple(_ITS_K))}$: {singular_iff(NULL).payload.tex}.",
    source=f"{SUMMARY}, Design tradeoffs",
    said="Cannot use arbitrary weights; must satisfy DFT condition (effectively banning uniform "
    "weights for k > 2)",
    depends=("S3",),
    measure=_measure_condition,
    judge=_judge_condition,
    stated=singular_iff(NULL),
    mutants=(
        singular_iff(ALIKE),
        singular_iff(Either((ALIKE, Both((COMPOSITE, NULL))))),
        singular_iff(equals(LEAST.put({PI: SORTED}), 0)),
        singular_iff(replace(DIFFERENT, denied=True)),
        singular_iff(ALTERNATING),
        singular_iff(Either((equals(energy(1), 0), equals(energy(Half()), 0)))),
        singular_iff(Every(M_, PLANES, equals(energy(), 0))),
    ),
    free_of=("d", "θ"),
)


CLAIMS = (
    UNIFORM,
    CONDITION,
    LLOYD,
)
