"""2601.01051: the local linear rate of EM, and free means that are one too many.

Three free means with weights π on the truth N(0, 1): at 0 all w_j = π_j, so DM = I − 1πᵀ by I4. Its
eigenvalue 1 has multiplicity 2, and the permutations of the means are finitely many: no slice
removes it. EM is sublinear there. Free means on a truth with as many components have DM < 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from overspec.decimals import Number
from overspec.verify.enclosures.ball import Ball, dyadic
from overspec.verify.gallery.entry import At, Entry, Mutant, Statement, plain
from overspec.verify.gallery.line import ball, precision
from overspec.verify.gallery.papers.means.segol_2021 import law_of, slope
from overspec.verify.gallery.softmax import Means, uniform
from overspec.verify.gallery.verdict import Finding, Kind, Known, Verdict, at_most

SQUARINGS = 14
WEIGHTS = (Fraction(1, 2), Fraction(3, 10), Fraction(1, 5))


def linearised(model: Means, truth: Means) -> list[list[Ball]]:
    """DM at a fixed point, where ∂M_i/∂μ_j = E w_i(δ_ij − w_j)(x − μ_j)(x − μ_i)/E w_i."""
    law, count = law_of(truth), range(len(model.means))
    rows = []
    for i in count:
        weight = model.mass(i, law)
        rows.append([slope(model, i, j, model.means[i], law) / weight for j in count])
    return rows


def applied(matrix: list[list[Ball]], vector: list[Ball]) -> list[Ball]:
    """A matrix times a vector."""
    return [sum((a * v for a, v in zip(row, vector, strict=True)), arb(0)) for row in matrix]


def radius(matrix: list[list[Ball]]) -> Number:
    """The spectral radius of DM, symmetric in the G-inner product, so with real eigenvalues ≥ 0.

    With n = 2^SQUARINGS: ‖DM^n‖^{1/n} in the maximum norm from above, (trace DM^n/p)^{1/n} from
    below.
    """
    power, count = matrix, len(matrix)
    for _ in range(SQUARINGS):
        columns = [applied(power, [row[j] for row in power]) for j in range(count)]
        power = [[column[i] for column in columns] for i in range(count)]
    norm = max((sum((abs(x) for x in row), arb(0)).upper() for row in power), key=float)
    trace = sum((power[i][i] for i in range(count)), arb(0))
    ends = ((trace / count).lower().root(2**SQUARINGS), norm.root(2**SQUARINGS))
    return Number.between(dyadic(ends[0].lower()), dyadic(ends[1].upper()))


@dataclass(frozen=True)
class Claim:
    """A spectral radius of at most ``bound``: two free means, truth ±a; over-specified if None."""

    separated: Fraction | None = None
    bound: Fraction = Fraction(1)


def check_rate(_at: At, claim: Claim) -> Finding:
    """Is the spectral radius below 1, so that there is a linear rate at all?"""
    of, separated = "spectral radius of DM at the truth", claim.separated
    with precision():
        if separated is None:
            weights = tuple(map(ball, WEIGHTS))
            model = Means(weights, (arb(0),) * 3)
            matrix = linearised(model, uniform([arb(0)]))
            kept = [ball(WEIGHTS[1]), ball(-WEIGHTS[0]), arb(0)]
            moved = applied(matrix, kept)
            stays = all(abs(a - b) < ball(Fraction(1, 10**15))
                        for a, b in zip(moved, kept, strict=True))  # fmt: skip
        else:
            model = uniform([ball(-separated), ball(separated)])
            matrix = linearised(model, model)
            stays = False
        true = radius(matrix)
    if separated is not None:
        published = Number(claim.bound)
        verdict = at_most(true, published, f"two free means, truth +-{plain(separated)}")
        return Finding(verdict, published, true, of)
    where = "weights " + ", ".join(map(plain, WEIGHTS)) + ", truth N(0, 1)"
    if not stays:
        return Finding(Verdict(Kind.INCONCLUSIVE), None, true, of)
    return Finding(
        Verdict(
            Kind.CONDITION,
            condition="the spectral radius is below 1; that of over-specified free means is 1",
            counterexample=f"{where}: DM keeps (pi_2, -pi_1, 0) to 15 digits; the group is finite",
        ),
        None,
        true,
        of,
    )  # fmt: skip


ENTRY = Entry(
    name="mallik_2026",
    arxiv="2601.01051",
    authors="Mallik",
    year=2026,
    title="Quotient EM under Misspecification: Tight Local Rates and Finite-Sample Bounds in "
    "General Integral Probability Metrics",
    setting="Model: three free means, weights 1/2, 3/10, 1/5, d = 1. Truth: N(0, 1). EM on the "
    "population.",
    parameters=(),
    statements=(
        Statement(
            "linear rate",
            '"a sharp local linear convergence rate for population EM governed by the spectral '
            'radius of the linearization on a local slice"',
            Known.QUOTED,
            "as on arcxiv.org/abs/2601.01051",
            Claim(),
            check_rate,
            (
                Mutant("two means, truth +-1/100: at most 0.999",
                       Claim(Fraction(1, 100), Fraction(999, 1000))),
            ),
            amended=("two free means on the truth -2, 2", Claim(Fraction(2))),
        ),
    ),
)  # fmt: skip
