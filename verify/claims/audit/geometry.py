"""Audit rows on the geometry: the orbit (P3), the matrix R (P4); with P5 of `landscape`.

Margins are relative slacks: 1 is far from failing, 0 is the edge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from flint import fmpz_mat

from overspec.action import Action
from overspec.evidence import Evidence, Outcome
from overspec.exact import is_zero
from overspec.mixture import Energies, Mixture
from overspec.proofs.machinery.cyclotomic import dft_energy
from overspec.verify.claims.audit.landscape import LANDSCAPE
from overspec.verify.claims.cases import is_regular, mixtures, small
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Form, Scope, first_failure, worst
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
TWO_VALUED = (
    (7, "1/5,1/5,1/10,1/5,1/10,1/10,1/10"),  # {0, 1, 3}
    (7, "1/11,1/11,2/11,1/11,2/11,2/11,2/11"),  # all but {0, 1, 3}
    (7, "1/5,1/5,1/5,1/10,1/10,1/10,1/10"),  # {0, 1, 2}
    (6, "1/5,1/5,1/5,2/15,2/15,2/15"),
)


def _measure_drift(scope: Scope) -> tuple[Drift, ...]:
    chosen = [*mixtures(tuple(sorted({*small(scope.ks), 4}))),
              *(Mixture.simplex(*case) for case in (FLAT, *TWO_VALUED))]  # fmt: skip
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


def _judge_drift(form: Callable[[Drift], bool], facts: Sequence[Drift]) -> Finding:
    cases = []
    for fact in facts:
        where = f"{fact.mixture}: the factors of a step spread by {fact.spread:.2e}"
        slack = 1 - fact.spread / fact.error
        cases.append((where, slack if form(fact) else min(-slack, 1.0)))
    return worst(cases, values=(("mixtures", str(len(facts))),))


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


GEOMETRY = Claim(
    id="P3",
    title="iterates keep the simplex geometry",
    statement=r"For $k\ge4$ a regular simplex can stay one only if all $|\hat\pi_m|$, $m\ne0$, are "
    r"equal: near $0$ block $m$ shrinks by $1-|\hat\pi_m|^2$. Of the weights tried, those keep it "
    r"that have two values, one of them on a cyclic difference set; a flat $|\hat\pi_m|$ is not "
    r"enough.",
    source=f"{SUMMARY}, Critical path",
    said="Initialization (must form simplex) -> Check Radius (must be small enough) -> Iterative "
    "Update (maintains simplex geometry while shrinking radius) -> Convergence",
    depends=("S4", "S6", "E1"),
    theta="regular simplices, |θ| = 1/2, 1, 2",
    measure=_measure_drift,
    judge=_judge_drift,
    stated=Form("kept for all weights", lambda fact: True),
    amended=Form(
        "kept for k ≤ 3; for k ≥ 4, of the weights tried, by those that are two-valued on a cyclic "
        "difference set and by no others",
        lambda fact: fact.mixture.k <= 3 or on_difference_set(fact.mixture),
    ),
    mutants=(
        Form("kept exactly when all |π̂_m| are equal", lambda fact: fact.equal_spectrum),
        Form("kept exactly when all weights but one are equal",
             lambda fact: fact.mixture.k <= 3 or fact.mixture.weights.alike),
        Form("kept for k ≤ 3 and all two-valued weights",
             lambda fact: fact.mixture.k <= 3 or len(fact.mixture.weights.counts) <= 2),
        Form("kept for all regular weights", lambda fact: is_regular(fact.mixture)),
        Form("kept for k ≤ 3 only", lambda fact: fact.mixture.k <= 3),
        Form("kept for k ≤ 3 and prime k",
             lambda fact: fact.mixture.k in (2, 3, 5, 7) or on_difference_set(fact.mixture)),
    ),
    expected=Outcome.AMENDED,
)  # fmt: skip

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


def _judge_rotation(form: Callable[[int], tuple[bool, int]], facts: Sequence[Rotation]) -> Finding:
    return first_failure(
        [
            (
                f"k = {fact.action.k}: R is {'' if fact.symmetric else 'not '}symmetric, "
                f"det R = {fact.determinant}",
                form(fact.action.k) == (fact.symmetric, fact.determinant),
            )
            for fact in facts
        ],
        Evidence.PROVED,
    )


ROTATION = Claim(
    id="P4",
    title="the simplex is encoded by a symmetric rotation matrix",
    statement=r"On the hyperplane $R=R^{T}$ iff $k=2$, and $\det R=(-1)^{k-1}$: "
    r"$R$ is a rotation iff $k$ is odd; $k=2,\dots,12$.",
    source=f"{SUMMARY}, Mechanism 1",
    said="Symmetric rotation matrix encoding simplex geometry and non-degenerate weights ensure "
    "the matrix A is full rank, making the Hessian of the log-likelihood positive definite",
    depends=(),
    measure=_measure_rotation,
    judge=_judge_rotation,
    stated=Form("symmetric, with determinant 1, for every k", lambda k: (True, 1)),
    amended=Form(
        "symmetric only for k = 2, a rotation only for odd k; a regular π makes A invertible all "
        "the same",
        lambda k: (k == 2, (-1) ** (k - 1)),
    ),
    mutants=(
        Form("never symmetric", lambda k: (False, (-1) ** (k - 1))),
        Form("symmetric for k = 2 and 3", lambda k: (k <= 3, (-1) ** (k - 1))),
        Form("symmetric for even k", lambda k: (k % 2 == 0, (-1) ** (k - 1))),
        Form("det R = (−1)^k", lambda k: (k == 2, (-1) ** k)),
        Form("det R = 1", lambda k: (k == 2, 1)),
    ),
    expected=Outcome.AMENDED,
    free_of=("π", "θ"),
)


CLAIMS = (
    GEOMETRY,
    ROTATION,
    LANDSCAPE,
)
