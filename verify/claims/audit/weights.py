"""Audit rows of math.md section 10 on the weights: uniform, non-uniform, by cells (P1, P6, P8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import sympy

from overspec.action import Action
from overspec.evidence import Outcome
from overspec.mixture import weight_symbols
from overspec.proofs.identities.circulant import invertibility_condition
from overspec.proofs.machinery.cyclotomic import null_frequencies
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Form, Scope, first_failure
from overspec.weights import Weights

# --- P1: uniform weights --------------------------------------------------------------------------


def _measure_uniform(scope: Scope) -> tuple[tuple[Weights, bool], ...]:
    """(uniform weights, whether they have a null frequency), decided in the cyclotomic field."""
    family = [Weights.of("uniform", k) for k in sorted({*scope.ks, *range(2, 13)})]
    return tuple((weights, bool(null_frequencies(weights))) for weights in family)


def _judge_uniform(
    degenerate: Callable[[int], bool], facts: Sequence[tuple[Weights, bool]]
) -> Finding:
    return first_failure(
        [(f"k = {w.k}, uniform weights", degenerate(w.k) is fact) for w, fact in facts]
    )


UNIFORM = Claim(
    id="P1",
    title="uniform weights violate the DFT condition",
    statement=r"For every $k\ge 2$ the uniform weights have $\hat\pi_m=0$ for all $m\ne 0$.",
    source=f"{SUMMARY}, Mechanism 1, break condition",
    said="Uniform weights violate DFT condition for k>2",
    depends=("S3", "T4"),
    measure=_measure_uniform,
    judge=_judge_uniform,
    stated=Form("degenerate exactly for k > 2", lambda k: k > 2),
    amended=Form("degenerate for every k ≥ 2, k = 2 included", lambda k: k >= 2),
    mutants=(
        Form("degenerate for composite k only", lambda k: not sympy.isprime(k)),
        Form("degenerate for even k only", lambda k: k % 2 == 0),
    ),
    expected=Outcome.AMENDED,
    free_of=("d",),
)

# --- P6: are non-uniform weights enough? ------------------------------------------------------

_DENOMINATOR = 10  # small enough to list, large enough to contain every kind of degeneracy at k = 4


def _measure_regular(scope: Scope) -> tuple[tuple[Weights, bool], ...]:
    """Every weight vector with denominator 10 and whether it is regular, by two exact methods."""
    facts = []
    for k in sorted({*scope.ks, 4} & {2, 3, 4}):
        conditions = invertibility_condition(k)
        symbols = weight_symbols(k)
        for parts in product(range(1, _DENOMINATOR), repeat=k - 1):
            if sum(parts) >= _DENOMINATOR:
                continue
            numerators = (*parts, _DENOMINATOR - sum(parts))
            weights = Weights.of([Fraction(n, _DENOMINATOR) for n in numerators])
            regular = not null_frequencies(weights)
            rationals = (sympy.Rational(n, _DENOMINATOR) for n in numerators)
            values: dict[Any, Any] = dict(zip(symbols, rationals, strict=True))
            if regular != all(c.polynomial.subs(values) != 0 for c in conditions):
                raise ArithmeticError(f"cyclotomic field and polynomial disagree at {weights}")
            facts.append((weights, regular))
    return tuple(facts)


def _judge_regular(
    form: Callable[[tuple[Fraction, ...]], bool], facts: Sequence[tuple[Weights, bool]]
) -> Finding:
    return first_failure(
        [
            (
                f"k = {w.k}, weights {w}: {'regular' if regular else 'a DFT entry is 0'}",
                form(_rationals(w)) is regular,
            )
            for w, regular in facts
        ]
    )


def _rationals(weights: Weights) -> tuple[Fraction, ...]:
    return tuple(value for value in weights if isinstance(value, Fraction))


def _no_null_sum(w: tuple[Fraction, ...]) -> bool:
    """The conditions of k = 2, 3, 4 in closed form (math.md S3, T5)."""
    if len(w) == 4:
        plane = (w[0] - w[2]) ** 2 + (w[1] - w[3]) ** 2
        return plane != 0 and w[0] - w[1] + w[2] - w[3] != 0
    return len(set(w)) > 1


NON_UNIFORM = Claim(
    id="P6",
    title="non-uniform weights suffice",
    statement=r"For $k=4$ regular means $(\pi_0-\pi_2)^2+(\pi_1-\pi_3)^2\ne 0$ and "
    r"$\pi_0-\pi_1+\pi_2-\pi_3\ne 0$; for rational weights and prime $k$, non-uniform.",
    source=f"{SUMMARY}, Design tradeoffs",
    said="must satisfy DFT condition (effectively banning uniform weights for k > 2)",
    depends=("S3",),
    measure=_measure_regular,
    judge=_judge_regular,
    stated=Form("regular exactly when not uniform", lambda w: len(set(w)) > 1),
    amended=Form(
        "regular exactly when no π̂_m vanishes; for k ≥ 4 the order of the weights decides",
        _no_null_sum,
    ),
    mutants=(
        Form("the order does not matter", lambda w: _no_null_sum(tuple(sorted(w)))),
        Form("regular when all weights differ", lambda w: len(set(w)) == len(w)),
        Form("only the alternating sum matters", lambda w: sum(w[::2]) != sum(w[1::2])),
    ),
    expected=Outcome.AMENDED,
    free_of=("d",),
)

# --- P8: weights from Lloyd's cells -------------------------------------------------------------


def _measure_cells(scope: Scope) -> tuple[tuple[Action, Weights], ...]:
    """The action and the weights by the mass of each cell of the simplex under N(0, I), two ways.

    The cell of vertex j is {g_j is the largest of k iid normals}, of mass ∫φ Φ^{k−1} =
    ∫_0^1 u^{k−1} du (u = Φ). And: the k cells are images of one another under R, which
    preserves N(0, I), so they share the total mass 1.
    """
    u = sympy.Symbol("u", positive=True)
    facts = []
    for k in scope.ks:
        mass = sympy.integrate(u ** (k - 1), (u, 0, 1))
        if mass * k != 1:
            raise ArithmeticError(f"integral and symmetry disagree on the cell mass at k = {k}")
        facts.append((Action.simplex(k), Weights(((Fraction(int(mass.p), int(mass.q)), k),))))
    return tuple(facts)


@dataclass(frozen=True)
class CellWeights:
    """What a form says of weights set to the cell proportions."""

    mass: Callable[[int], Fraction] | None
    regular: bool


def _judge_cells(form: CellWeights, facts: Sequence[tuple[Action, Weights]]) -> Finding:
    return first_failure(
        [
            (
                f"k = {w.k}: every cell has mass {w[0]}, so the weights are uniform and degenerate",
                (form.mass is None or form.mass(w.k) == w[0])
                and (not null_frequencies(w)) is form.regular,
            )
            for _, w in facts
        ]
    )


LLOYD_WEIGHTS = Claim(
    id="P8",
    title="Lloyd's algorithm initialises the model",
    statement=r"The Voronoi cells of the simplex have equal mass $1/k$ under $N(0,I)$: weights "
    r"from cell proportions are uniform, hence degenerate.",
    source=f"{SUMMARY}, Mechanism 3",
    said="Lloyd's algorithm naturally initializes components into required simplex configuration",
    depends=("T4", "K1"),
    measure=_measure_cells,
    judge=_judge_cells,
    stated=Form("positions and weights from Lloyd satisfy the conditions", CellWeights(None, True)),
    amended=Form(
        "positions yes; weights by cell proportions are uniform and must come from elsewhere",
        CellWeights(lambda k: Fraction(1, k), False),
    ),
    mutants=(
        Form("equal cells, and regular", CellWeights(lambda k: Fraction(1, k), True)),
        Form("cells of mass 1/(k−1)", CellWeights(lambda k: Fraction(1, k - 1), False)),
    ),
    expected=Outcome.AMENDED,
)


CLAIMS = (
    UNIFORM,
    NON_UNIFORM,
    LLOYD_WEIGHTS,
)
