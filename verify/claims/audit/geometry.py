"""Audit rows on the geometry: the orbit (P3), the matrix R (P4); with P5 of `landscape`.

Margins are relative slacks: 1 is far from failing, 0 is the edge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod

from flint import fmpz_mat

from overspec.action import Action
from overspec.evidence import Evidence, Outcome
from overspec.exact import is_zero
from overspec.mixture import Energies, Mixture
from overspec.proofs.language.expression import ONE, ZERO, Expr, expr
from overspec.proofs.language.operators import K
from overspec.proofs.language.render import Quotient as Over
from overspec.proofs.language.render import Row, Script, letter, number, sign
from overspec.proofs.language.statement import Both, Either, Iff, Relation, Statement, equals
from overspec.proofs.machinery.cyclotomic import dft_energy
from overspec.verify.claims.audit.landscape import LANDSCAPE
from overspec.verify.claims.cases import mixtures, small
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Form, Scope
from overspec.verify.claims.sentences import judge as sentences
from overspec.verify.claims.sentences.estimate import Estimate
from overspec.verify.claims.sentences.judge import form
from overspec.verify.claims.sentences.letters import LEAST, Given, Instance, Seen
from overspec.verify.engines.evaluate import evaluate

# --- P3: does the orbit stay a regular simplex? -------------------------------------------------


@dataclass(frozen=True)
class Drift:
    """What one EM step does to regular simplices: they stay so iff all g_m are equal there (S6).

    Attributes:
        spread: of the factors 1 − g_m, relative; the largest over the radii.
        error: of it.
        equal_spectrum: all |π̂_m| equal for m ≠ 0, decided exactly.
    """

    mixture: Mixture
    spread: float
    error: float
    equal_spectrum: bool


RADII = tuple(map(Fraction, ("1/2", "1", "2")))
#: Beyond the table. A flat spectrum of four different weights: 3² + 4² = 5² makes all |π̂_m| = 1/4.
#: Two-valued weights at k = 7: on a difference set, on its complement, on sets that are none.
FLAT = (4, "33/80,21/80,17/80,9/80")
WITH_TWO_VALUES = (
    (7, "1/5,1/5,1/10,1/5,1/10,1/10,1/10"),  # {0, 1, 3}
    (7, "1/11,1/11,2/11,1/11,2/11,2/11,2/11"),  # all but {0, 1, 3}
    (7, "1/5,1/5,1/5,1/10,1/10,1/10,1/10"),  # {0, 1, 2}
    (6, "1/5,1/5,1/5,2/15,2/15,2/15"),
)


def _measure_drift(scope: Scope) -> tuple[Drift, ...]:
    chosen = [*mixtures(tuple(sorted({*small(scope.ks), 4}))),
              *(Mixture.simplex(*case) for case in (FLAT, *WITH_TWO_VALUES))]  # fmt: skip
    return tuple(map(_drift, chosen))


def _drift(mixture: Mixture) -> Drift:
    spreads = []
    for radius in RADII:
        value = evaluate(mixture, Energies.regular_simplex(mixture.k, radius))
        factors = [1 - float(g) for g in value.g[1:]]
        smallest = min(factors)
        spreads.append((max(factors) / smallest - 1, 4 * float(value.error) / smallest))
    exact = [dft_energy(mixture.weights, m) for m in range(1, mixture.k // 2 + 1)]
    spread, error = max(spreads)
    return Drift(mixture, spread, error, all(is_zero(energy - exact[0]) for energy in exact))


def _judge_drift(sentence: Statement, facts: Sequence[Drift]) -> Finding:
    instances = [
        Instance(
            f"{fact.mixture}: the factors of a step spread by {fact.spread:.2e}",
            {"spread": Estimate(1 + fact.spread, fact.error)},
            fact.mixture,
        )
        for fact in facts
    ]
    return sentences.judge(sentence, instances, values=(("mixtures", str(len(facts))),))


def on_difference_set(mixture: Mixture) -> bool:
    """Whether the weights have one value, or two, one of them on a cyclic difference set.

    That is a set D of residues such that every j ≠ 0 is a difference of two of its elements equally
    often; a single element, or all but one, are such sets.

    >>> on_difference_set(Mixture.simplex(7, "1/5,1/5,1/10,1/5,1/10,1/10,1/10"))
    True
    >>> on_difference_set(Mixture.simplex(7, "1/5,1/5,1/5,1/10,1/10,1/10,1/10"))
    False
    """
    weights = list(mixture.weights)
    if len(set(weights)) > 2:
        return False
    chosen = [j for j, weight in enumerate(weights) if weight == weights[0]]
    counts = Counter((i - j) % mixture.k for i in chosen for j in chosen if i != j)
    return len({counts[j] for j in range(1, mixture.k)}) == 1


_FACTOR = Row((sign("("), number(1), sign("-", " − "), letter("g_m"), sign(")")))
_MAX, _MIN = (
    Row((Script(sign(rf"\{kind}", kind), letter("m")), _FACTOR)) for kind in ("max", "min")
)
KEPT = equals(Seen("spread", Over(_MAX, _MIN)), 1)
UP_TO_3 = Relation(K, "<=", expr(3))
THREE = equals(K, 3)  # at k = 2 one weight is a difference set
ON_DIFFERENCE_SET = Given(
    ("the weights have one value, or two, one of them on a cyclic difference set",),
    ("the weights have more values than two, or two and neither on a cyclic difference set",),
    lambda m: on_difference_set(m.mixture),
)
TWO_VALUED = Given(
    ("the weights have at most two values",),
    ("the weights have more values than two",),
    lambda m: len(m.mixture.weights.counts) <= 2,
)
ALIKE = Given(
    ("all weights but one are equal",),
    ("more than one weight differs from the others",),
    lambda m: bool(m.mixture.weights.alike),
)
PRIME = Given(("k is prime",), ("k is composite",), lambda m: m.k in (2, 3, 5, 7))
FLAT_SPECTRUM = equals(LEAST, replace(LEAST, kind="max"))


def kept_iff(*alternatives: Statement) -> Form:
    """A step keeps the regular simplex exactly in these cases."""
    one = alternatives[0] if len(alternatives) == 1 else Either(alternatives)
    return form(Iff(KEPT, one))


GEOMETRY = Claim(
    id="P3",
    title="iterates keep the simplex geometry",
    statement="A step keeps a regular simplex where all its factors are equal. Of the weights "
    f"tried: {kept_iff(THREE, ON_DIFFERENCE_SET).payload.tex}.",
    source=f"{SUMMARY}, Critical path",
    said="Initialization (must form simplex) -> Check Radius (must be small enough) -> Iterative "
    "Update (maintains simplex geometry while shrinking radius) -> Convergence",
    depends=("S4", "S6", "E1"),
    theta="regular simplices, |θ| = 1/2, 1, 2",
    measure=_measure_drift,
    judge=_judge_drift,
    stated=form(KEPT),
    amended=kept_iff(THREE, ON_DIFFERENCE_SET),
    mutants=(
        kept_iff(FLAT_SPECTRUM),
        kept_iff(UP_TO_3, ALIKE),
        kept_iff(UP_TO_3, TWO_VALUED),
        kept_iff(Relation(LEAST, ">", ZERO)),
        kept_iff(UP_TO_3),
        kept_iff(PRIME, ON_DIFFERENCE_SET),
    ),
    expected=Outcome.AMENDED,
)

# --- P4: the matrix that encodes the simplex ----------------------------------------------------

LISTED = 12


@dataclass(frozen=True)
class Rotation:
    """What R on the hyperplane Σ = 0 is: symmetric or not, and its determinant."""

    action: Action
    symmetric: bool
    determinant: int


def _measure_rotation(scope: Scope) -> tuple[Rotation, ...]:
    """From the shift in integers, confirmed on the blocks of R: k = 2 … 12."""
    facts = []
    for k in range(2, LISTED + 1):
        fact = Rotation(Action.simplex(k), *_shift(k))
        if fact != Rotation(fact.action, *_blocks(fact.action)):
            raise ArithmeticError(f"two computations of R disagree at k = {k}: {fact}")
        facts.append(fact)
    return tuple(facts)


def _shift(k: int) -> tuple[bool, int]:
    """The shift e_j → e_{j+1} in the basis e_j − e_{j+1}, j < k − 1, of the hyperplane.

    An orthogonal R is symmetric iff R² = I, which, like the determinant, no basis changes.
    """
    n = k - 1
    rows = [[int(i == j + 1) for j in range(n)] for i in range(n)]
    for i in range(n):  # e_{k−1} − e_0 is minus the sum of the others
        rows[i][n - 1] = -1
    matrix = fmpz_mat(rows)
    identity = fmpz_mat([[int(i == j) for j in range(n)] for i in range(n)])
    return matrix * matrix == identity, int(matrix.det())


def _blocks(action: Action) -> tuple[bool, int]:
    """A turn of a plane is not symmetric and has determinant 1; frequency k/2 is −1 on a line."""
    sizes = [block.size for block in action.blocks]
    return all(size == 1 for size in sizes), prod(-1 if size == 1 else 1 for size in sizes)


def _judge_rotation(sentence: Statement, facts: Sequence[Rotation]) -> Finding:
    instances = [
        Instance(
            f"k = {fact.action.k}: R is {'' if fact.symmetric else 'not '}symmetric, "
            f"det R = {fact.determinant}",
            {"det": fact.determinant, "symmetric": fact.symmetric},
            known={"k": fact.action.k},
        )
        for fact in facts
    ]
    values = (("cases", str(len(facts))),)
    return sentences.judge(sentence, instances, Evidence.PROVED, values, exact=True)


SYMMETRIC = Given(
    ("R is symmetric",), ("R is not symmetric",), lambda m: m.seen["symmetric"], "symmetric"
)
DETERMINANT = Seen("det", Row((sign(r"\det", "det "), letter("R"))))
TWO = equals(K, 2)
SIGN = expr(-1) ** (K - 1)


def rotation(symmetric: Statement, determinant: Expr) -> Statement:
    """When R is symmetric, and its determinant."""
    return Both((symmetric, equals(DETERMINANT, determinant)))


ROTATION = Claim(
    id="P4",
    title="the simplex is encoded by a symmetric rotation matrix",
    statement=f"On the hyperplane, for $k=2,\\dots,{LISTED}$: "
    f"{rotation(Iff(SYMMETRIC, TWO), SIGN).tex}.",
    source=f"{SUMMARY}, Mechanism 1",
    said="Symmetric rotation matrix encoding simplex geometry and non-degenerate weights ensure "
    "the matrix A is full rank, making the Hessian of the log-likelihood positive definite",
    depends=(),
    measure=_measure_rotation,
    judge=_judge_rotation,
    stated=form(rotation(SYMMETRIC, ONE)),
    amended=form(rotation(Iff(SYMMETRIC, TWO), SIGN)),
    mutants=(
        form(rotation(replace(SYMMETRIC, denied=True), SIGN)),
        form(rotation(Iff(SYMMETRIC, UP_TO_3), SIGN)),
        form(rotation(Iff(SYMMETRIC, equals(expr(-1) ** K, 1)), SIGN)),
        form(rotation(Iff(SYMMETRIC, TWO), expr(-1) ** K)),
        form(rotation(Iff(SYMMETRIC, TWO), ONE)),
    ),
    expected=Outcome.AMENDED,
    free_of=("π", "θ"),
)


CLAIMS = (
    GEOMETRY,
    ROTATION,
    LANDSCAPE,
)
