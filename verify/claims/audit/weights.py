"""Audit rows of math.md section 10 on the weights: uniform ones (P1), the DFT condition (P6).

P1 reads "for k>2" as leaving k = 2 out, as the summary's other sentences on uniform weights do too.

P6 once amended "non-uniform weights suffice". The summary does not assert that: it asks for the DFT
condition itself. What the condition bars is judged instead, on rational matrices; that it bars
non-uniform weights too for k ≥ 4, in some orders and not in others, shows in the mutants.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import sympy
from sympy.polys.matrices import DomainMatrix

from overspec.evidence import Evidence, Outcome
from overspec.mixture import weight_symbols
from overspec.proofs.identities.circulant import invertibility_condition
from overspec.proofs.machinery.cyclotomic import null_frequencies, null_orders
from overspec.proofs.machinery.separation import as_sympy
from overspec.verify.claims.audit.lloyd import LLOYD
from overspec.verify.claims.cases import NULL_AT_1, NULL_AT_2, NULL_INSIDE
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Form, Scope, first_failure
from overspec.verify.engines.spectrum import to_float
from overspec.weights import Weights

# --- P1: uniform weights --------------------------------------------------------------------------

LISTED = 12  # every k up to it is decided in the cyclotomic field, each frequency by itself
LARGE = (10**9 + 7, 10**12)  # and a large prime and a large composite number, all orders at once


@dataclass(frozen=True)
class Uniform:
    """Uniform weights: are all their DFT entries but the first 0?

    Attributes:
        listed: the weights for k = 2 … 12 and the answer, decided in the cyclotomic field.
        large: two large k and the answer, by the orders of the null entries.
        telescopes: ``F(k) = (1 − x^k)/(1 − x)`` has F(1) = 1 and F(k+1) − F(k) = x^k for a symbol
            k, so that it is Σ_{j<k} x^j by induction, and 0 at every x ≠ 1 with x^k = 1.
    """

    listed: tuple[tuple[Weights, bool], ...]
    large: tuple[tuple[int, bool], ...]
    telescopes: bool


def _measure_uniform(scope: Scope) -> Uniform:
    listed = [Weights.of("uniform", k) for k in sorted({*scope.ks, *range(2, LISTED + 1)})]
    return Uniform(
        tuple((w, null_frequencies(w) == tuple(range(1, w.k // 2 + 1))) for w in listed),
        tuple((k, null_orders(Weights.of("uniform", k)) == _orders(k)) for k in LARGE),
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


def _judge_uniform(degenerate: Callable[[int], bool], fact: Uniform) -> Finding:
    decided = [*((w.k, answer) for w, answer in fact.listed), *fact.large]
    cases = [(f"k = {k}, uniform weights: A = 0", degenerate(k) is answer) for k, answer in decided]
    cases.append(("the geometric sum telescopes for every k", fact.telescopes))
    return first_failure(cases, Evidence.PROVED)


UNIFORM = Claim(
    id="P1",
    title="uniform weights violate the DFT condition",
    statement=r"For every $k\ge 2$ the uniform weights have $\hat\pi_m=0$ for all $m\ne 0$, hence "
    r"$A=0$ on the hyperplane and $\nabla^2L(0)=0$.",
    source=f"{SUMMARY}, Mechanism 1, break condition",
    said="Uniform weights violate DFT condition for k>2, destroying strong convexity",
    depends=("S3", "S4", "T4"),
    measure=_measure_uniform,
    judge=_judge_uniform,
    stated=Form("for k > 2, and k = 2 is exempt", lambda k: k > 2),
    amended=Form("degenerate for every k ≥ 2, k = 2 included", lambda k: k >= 2),
    mutants=(
        Form("for k > 3", lambda k: k > 3),
        Form(f"for 2 ≤ k ≤ {LISTED}", lambda k: k <= LISTED),
        Form("for k ≤ 10⁹", lambda k: k <= 10**9),
        Form("for all k but large primes", lambda k: k < 100 or not sympy.isprime(k)),
        Form("for composite k only", lambda k: not sympy.isprime(k)),
        Form("for even k only", lambda k: k % 2 == 0),
    ),
    expected=Outcome.AMENDED,
    free_of=("d", "θ"),
)

# --- P6: which weights the DFT condition bars -------------------------------------------------

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


@dataclass(frozen=True)
class Barred:
    """A weight vector, whether A = Σ π_j R^j is singular, and the frequencies at which π̂_m = 0."""

    weights: Weights
    singular: bool
    null: tuple[int, ...]


def _measure_condition(scope: Scope) -> tuple[Barred, ...]:
    """Every weight vector with denominator 10 at k = 2, 3, 4, and some beyond."""
    vectors = [
        Weights.of([Fraction(n, _DENOMINATOR) for n in (*parts, _DENOMINATOR - sum(parts))])
        for k in (2, 3, 4)  # whatever the scope: the statement names them
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


def _judge_condition(regular: Callable[[Barred], bool], facts: Sequence[Barred]) -> Finding:
    return first_failure(
        [
            (
                f"k = {fact.weights.k}, weights {fact.weights}: A is "
                f"{'singular' if fact.singular else 'invertible'}",
                regular(fact) is not fact.singular,
            )
            for fact in facts
        ],
        Evidence.PROVED,
    )


def _is_null(weights: Weights) -> bool:
    return bool(null_frequencies(weights))


def _sorted(weights: Weights) -> Weights:
    return Weights.of(sorted(weights, key=to_float))


def _alternating(weights: Weights) -> float:
    values = list(map(to_float, weights))
    return sum(values[::2]) - sum(values[1::2])


CONDITION = Claim(
    id="P6",
    title="weights must satisfy the DFT condition",
    statement=r"$A=\sum_j\pi_jR^j$ is singular, and $\nabla^2L(0)$ with it, exactly where some "
    r"$\hat\pi_m$ vanishes: for all weights with denominator $10$ at $k=2,3,4$, and for the listed "
    r"ones at $k=5,6$. At $k\le3$ and rational $\pi$ these are the uniform ones alone; from $k=4$ "
    r"on there are others.",
    source=f"{SUMMARY}, Design tradeoffs",
    said="Cannot use arbitrary weights; must satisfy DFT condition (effectively banning uniform "
    "weights for k > 2)",
    depends=("S3",),
    measure=_measure_condition,
    judge=_judge_condition,
    stated=Form("A is singular exactly where some π̂_m is 0", lambda fact: not fact.null),
    mutants=(
        Form("only uniform weights are barred", lambda fact: len(fact.weights.counts) > 1),
        Form("uniform weights, and others for composite k only",
             lambda fact: len(fact.weights.counts) > 1
             and (sympy.isprime(fact.weights.k) or not fact.null)),
        Form("the order does not matter", lambda fact: not _is_null(_sorted(fact.weights))),
        Form("weights that all differ are allowed",
             lambda fact: len(fact.weights.counts) == fact.weights.k),
        Form("only the alternating sum matters, for even k",
             lambda fact: (fact.weights.k % 2 == 1 and not fact.null)
             or (fact.weights.k % 2 == 0 and _alternating(fact.weights) != 0)),
        Form("only m = 1 and ⌊k/2⌋ matter",
             lambda fact: not {1, fact.weights.k // 2}.intersection(fact.null)),
        Form("barred where all π̂_m vanish", lambda fact: len(fact.null) < fact.weights.k // 2),
    ),
    free_of=("d", "θ"),
)  # fmt: skip


CLAIMS = (
    UNIFORM,
    CONDITION,
    LLOYD,
)
