"""Audit rows of math.md section 10 that exact arithmetic settles: P1, P4, P6, P8, P10."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations, product
from math import prod

import sympy

from ..action import Action
from ..evidence import Outcome
from ..mixture import weight_symbols
from ..proofs.circulant import invertibility_condition
from ..proofs.cyclotomic import null_frequencies
from ..proofs.rotation import rotation_matrix
from ..weights import Weights
from .claim import Claim, Finding, Form, Scope, first_failure

SUMMARY = "paper-summary.md"

# --- P1: uniform weights --------------------------------------------------------------------------


def _measure_uniform(scope: Scope) -> tuple[tuple[int, bool], ...]:
    """(k, whether uniform weights have a null frequency), decided in the cyclotomic field."""
    ks = sorted({*scope.ks, *range(2, 13)})
    return tuple((k, bool(null_frequencies(Weights.of("uniform", k)))) for k in ks)


def _judge_uniform(degenerate: Callable[[int], bool], facts: Sequence[tuple[int, bool]]) -> Finding:
    return first_failure(
        [(f"k = {k}, uniform weights", degenerate(k) is fact) for k, fact in facts]
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
)

# --- P4: the matrix that encodes the simplex ----------------------------------------------------


@dataclass(frozen=True)
class Rotation:
    """What R on the hyperplane Σ = 0 is: symmetric or not, and its determinant."""

    k: int
    symmetric: bool
    determinant: int


def _measure_rotation(scope: Scope) -> tuple[Rotation, ...]:
    """From the block form of R, confirmed on the cyclic shift of k coordinates (integers)."""
    facts = []
    for k in scope.ks:
        block = rotation_matrix(Action.simplex(k))
        fact = Rotation(
            k,
            symmetric=bool(sympy.simplify(block - block.T).is_zero_matrix),
            determinant=int(sympy.simplify(block.det())),
        )
        # The shift j → j+1 is symmetric iff 1 ≡ −1 (mod k); a k-cycle has sign (−1)^(k−1),
        # and it fixes the all-ones vector, so the hyperplane carries the whole determinant.
        if fact != Rotation(k, (2 % k) == 0, _cycle_sign(k)):
            raise ArithmeticError(f"two computations of R disagree at k = {k}: {fact}")
        facts.append(fact)
    return tuple(facts)


def _cycle_sign(k: int) -> int:
    shift = [(j + 1) % k for j in range(k)]
    return prod(-1 if shift[i] > shift[j] else 1 for j in range(k) for i in range(j))


def _judge_rotation(form: Callable[[int], tuple[bool, int]], facts: Sequence[Rotation]) -> Finding:
    return first_failure(
        [
            (
                f"k = {fact.k}: R is {'' if fact.symmetric else 'not '}symmetric, "
                f"det R = {fact.determinant}",
                form(fact.k) == (fact.symmetric, fact.determinant),
            )
            for fact in facts
        ]
    )


ROTATION = Claim(
    id="P4",
    title="the simplex is encoded by a symmetric rotation matrix",
    statement=r"On the hyperplane $R=R^{T}$ iff $k=2$, and $\det R=(-1)^{k-1}$: "
    r"$R$ is a rotation iff $k$ is odd.",
    source=f"{SUMMARY}, Mechanism 1",
    said="Symmetric rotation matrix encoding simplex geometry",
    depends=(),
    measure=_measure_rotation,
    judge=_judge_rotation,
    stated=Form("symmetric, with determinant 1, for every k", lambda k: (True, 1)),
    amended=Form(
        "symmetric only for k = 2, a rotation only for odd k",
        lambda k: (k == 2, (-1) ** (k - 1)),
    ),
    mutants=(
        Form("never symmetric", lambda k: (False, (-1) ** (k - 1))),
        Form("det R = (−1)^k", lambda k: (k == 2, (-1) ** k)),
    ),
    expected=Outcome.AMENDED,
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
            values = dict(
                zip(symbols, (sympy.Rational(n, _DENOMINATOR) for n in numerators), strict=True)
            )
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
)

# --- P8: weights from Lloyd's cells -------------------------------------------------------------


def _measure_cells(scope: Scope) -> tuple[tuple[int, Fraction], ...]:
    """(k, mass of one cell of the simplex under N(0, I)), two ways.

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
        facts.append((k, Fraction(int(mass.p), int(mass.q))))
    return tuple(facts)


@dataclass(frozen=True)
class CellWeights:
    """What a form says of weights set to the cell proportions."""

    mass: Callable[[int], Fraction] | None
    regular: bool


def _judge_cells(form: CellWeights, facts: Sequence[tuple[int, Fraction]]) -> Finding:
    return first_failure(
        [
            (
                f"k = {k}: every cell has mass {mass}, so the weights are uniform and degenerate",
                (form.mass is None or form.mass(k) == mass)
                and (not null_frequencies(Weights(((mass, k),)))) is form.regular,
            )
            for k, mass in facts
        ]
    )


LLOYD_WEIGHTS = Claim(
    id="P8",
    title="Lloyd's algorithm initialises the model",
    statement=r"The Voronoi cells of the simplex have equal mass $1/k$ under $N(0,I)$: weights "
    r"from cell proportions are uniform, hence degenerate.",
    source=f"{SUMMARY}, Mechanism 3",
    said="Lloyd's algorithm naturally initializes components into required simplex configuration",
    depends=("T4",),
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

# --- P10: data that are not Gaussian --------------------------------------------------------------


@dataclass(frozen=True)
class Law:
    """A finite centred law on the hyperplane Σ = 0 of R^k: equally likely rational atoms."""

    name: str
    exchangeable: bool
    isotropic: bool  # covariance a multiple of the identity of the hyperplane
    keeps_simplex: bool  # simplex vertices, suitably scaled, are a fixed point of Lloyd
    keeps_rate: bool  # DM(0) = v (I − AᵀA): local rate as for a Gaussian of the same variance v


def _measure_laws(scope: Scope) -> tuple[Law, ...]:
    facts = []
    for k in sorted({*scope.ks, 3}):
        base = tuple(Fraction(3 * j * j + 7 * (j == k - 1)) for j in range(k))
        centred = tuple(b - sum(base) / k for b in base)
        facts.append(_law(f"all permutations of one vector, k = {k}", list(permutations(centred))))
        if k > 2:
            shifts = [centred[j:] + centred[:j] for j in range(k)]
            facts.append(_law(f"cyclic shifts of one vector, k = {k}", shifts))
    return tuple(facts)


def _law(name: str, atoms: list[tuple[Fraction, ...]]) -> Law:
    k, n = len(atoms[0]), len(atoms)
    span = range(k)
    covariance = [[sum(x[a] * x[b] for x in atoms) / n for b in span] for a in span]
    variance = covariance[0][0] * Fraction(k, k - 1)
    projector = [[Fraction(a == b) - Fraction(1, k) for b in span] for a in span]
    weights = [Fraction(j + 1, k * (k + 1) // 2) for j in span]  # linear weights, regular
    gaussian = _times(variance, _jacobian(projector, weights))
    return Law(
        name,
        exchangeable=all(_swapped(atoms, i) == Counter(atoms) for i in range(k - 1)),
        isotropic=covariance == _times(variance, projector),
        keeps_simplex=_is_lloyd_fixed(atoms),
        keeps_rate=_jacobian(covariance, weights) == gaussian,
    )


def _swapped(atoms: list[tuple[Fraction, ...]], i: int) -> Counter[tuple[Fraction, ...]]:
    """The law with coordinates i and i+1 exchanged; these exchanges generate all permutations."""
    return Counter((*x[:i], x[i + 1], x[i], *x[i + 2 :]) for x in atoms)


def _is_lloyd_fixed(atoms: list[tuple[Fraction, ...]]) -> bool:
    """Whether each cell {x_j largest} has its centroid on the ray of vertex j, at one radius."""
    k = len(atoms[0])
    scales = set()
    for j in range(k):
        cell = [x for x in atoms if max(x) == x[j]]
        centroid = [sum(column) / len(cell) for column in zip(*cell, strict=True)]
        others = {value for i, value in enumerate(centroid) if i != j}
        if len(others) != 1:
            return False
        scales.add(centroid[j])
    return len(scales) == 1


def _jacobian(covariance: list[list[Fraction]], weights: list[Fraction]) -> list[list[Fraction]]:
    """DM(0) = Σ_j π_j R^{−j} C R^j − Aᵀ C A for data of mean 0 and covariance C (R the shift)."""
    k = len(weights)
    span = range(k)

    def turned(i: int, j: int, a: int, b: int) -> Fraction:
        return covariance[(a + i) % k][(b + j) % k]

    return [
        [
            sum(weights[j] * turned(j, j, a, b) for j in span)
            - sum(weights[i] * weights[j] * turned(i, j, a, b) for i in span for j in span)
            for b in span
        ]
        for a in span
    ]


def _times(scale: Fraction, matrix: list[list[Fraction]]) -> list[list[Fraction]]:
    return [[scale * entry for entry in row] for row in matrix]


def _judge_laws(form: Callable[[Law], tuple[bool, bool]], facts: Sequence[Law]) -> Finding:
    return first_failure(
        [
            (
                f"{law.name}: Lloyd keeps the simplex: {law.keeps_simplex}, "
                f"local rate as for a Gaussian: {law.keeps_rate}",
                form(law) == (law.keeps_simplex, law.keeps_rate),
            )
            for law in facts
        ]
    )


NON_GAUSSIAN = Claim(
    id="P10",
    title="non-Gaussian data prevent the simplex and the rate",
    statement=r"A permutation-symmetric law on the hyperplane keeps the simplex as a fixed point "
    r"of Lloyd's map; a centred law with covariance $I$ has $DM(0)=I-A^{T}A$, the Gaussian rate.",
    source=f"{SUMMARY}, Mechanism 3, break condition",
    said="Non-Gaussian data prevents simplex formation, invalidating theoretical guarantees",
    depends=("S4",),
    measure=_measure_laws,
    judge=_judge_laws,
    stated=Form(
        "no non-Gaussian law keeps the simplex or the local rate", lambda law: (False, False)
    ),
    amended=Form(
        "permutation symmetry keeps Lloyd's simplex, isotropic covariance keeps the local rate; "
        "the global statements for other data are open here",
        lambda law: (law.exchangeable, law.isotropic),
    ),
    mutants=(
        Form("isotropic covariance is enough for both", lambda law: (law.isotropic, law.isotropic)),
        Form("permutation symmetry is needed for both", lambda law: (law.exchangeable,) * 2),
    ),
    expected=Outcome.AMENDED,
)

CLAIMS = (UNIFORM, ROTATION, NON_UNIFORM, LLOYD_WEIGHTS, NON_GAUSSIAN)
