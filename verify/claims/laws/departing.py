"""X8, X9, X11: data that are not N(0, I) (``robustness``; ``digits`` and ``tables`` without them).

Finite laws: every atom is a row, so that EM on the rows is EM on the law and nothing is sampled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.mixture import Energies, Mixture
from overspec.proofs.language.expression import Expr
from overspec.proofs.language.render import Fence, Row, Script, letter, number, sign
from overspec.proofs.language.render import Quotient as Over
from overspec.proofs.language.statement import Both, Relation, equals
from overspec.verify.claims.claim import SUMMARY, Claim, Form, Scope
from overspec.verify.claims.laws.number import Measured, judge
from overspec.verify.claims.sentences.judge import form
from overspec.verify.claims.sentences.letters import LEAST, Quantity, Seen, norm
from overspec.verify.em.sample import sample_em
from overspec.verify.em.sample_update import powers
from overspec.verify.engines.spectrum import float_weights

Array = NDArray[np.float64]

D = 3
SKEWED = (2.0, -0.5, -0.5, -0.5, -0.5)  # mean 0, variance 1, third moment 3/2
MIXTURES = ("7/10,1/10,1/10,1/10", "2/5,3/10,1/5,1/10")
VARIANCES = ((1.0, 1.0, 1.0), (0.5, 0.5, 0.5), (1.8, 1.0, 0.2))
STEP = 1e-3  # of the difference quotient, whose error is of the order of its square
ERROR = 1e-4


@dataclass(frozen=True)
class Factor(Measured):
    """The factor near 0 for data of a covariance that is diagonal in the blocks of R."""

    covariance: tuple[float, ...] = (1.0,) * D


def atoms(variances: tuple[float, ...]) -> Array:
    """Equally likely rows: independent skewed axes, scaled.

    >>> rows = atoms((1.0, 1.0, 1.0))
    >>> rows.shape, (rows.T @ rows / len(rows)).round(12).diagonal().tolist()
    ((125, 3), [1.0, 1.0, 1.0])
    """
    return np.array(list(product(SKEWED, repeat=len(variances)))) * np.sqrt(variances)


# --- X8: robustness -------------------------------------------------------------------------------


def _factors(scope: Scope) -> tuple[Factor, ...]:
    """The largest eigenvalue of DM(0), column by column from EM steps at ±STEP."""
    found = []
    for weights in MIXTURES:
        mixture = Mixture.simplex(D + 1, weights)
        for variances in VARIANCES:
            rows, columns = atoms(variances), []
            for axis in np.eye(D) * STEP:
                there, back = (np.array(sample_em(rows, mixture, sign * axis, 1).steps[-1].theta)
                               for sign in (1, -1))  # fmt: skip
                columns.append((there - back) / (2 * STEP))
            matrix = np.array(columns)
            largest = float(np.linalg.eigvalsh((matrix + matrix.T) / 2)[-1])
            words = f"factor at 0, variances {', '.join(f'{v:g}' for v in variances)}"
            found.append(Factor("factor", words, mixture, largest, ERROR, covariance=variances))
    return tuple(found)


def _of_covariance(factor: Factor, c: tuple[float, ...] | None = None) -> float:
    """``Σ_j π_j R^-j C R^j − AᵀCA``, its largest eigenvalue."""
    turns, weights = powers(factor.mixture), float_weights(factor.mixture)
    spread = np.diag(factor.covariance if c is None else c)
    mean = np.einsum("j,jab->ab", weights, turns)
    turned = np.einsum("j,jba,bc,jcd->ad", weights, turns, spread, turns)
    return float(np.linalg.eigvalsh(turned - mean.T @ spread @ mean)[-1])


_TURNED = Row(
    (
        letter("pi_j"),
        Script(letter("R"), None, Row((sign("-", "−"), letter("j")))),
        letter("C"),
        Script(letter("R"), None, letter("j")),
    )
)
_SUM = Row((Script(sign(r"\sum", "Σ"), letter("j")), _TURNED, sign("-", " − "),
            Script(letter("A"), None, letter("T")), letter("C"), letter("A")))  # fmt: skip
LARGEST = letter("lambda_max")
FACTOR = Seen("factor", Row((LARGEST, sign("("), letter("D"), letter("M"), sign("("), number(0),
                             sign(")"), sign(")"))))  # fmt: skip
OF_COVARIANCE = Quantity(Row((LARGEST, sign("("), _SUM, sign(")"))),
                         lambda m, env: _of_covariance(m.number))  # fmt: skip
OF_GAUSSIAN = Quantity(Row((LARGEST, sign("("), letter("I"), sign("-", " − "),
                            Script(letter("A"), None, letter("T")), letter("A"), sign(")"))),
                       lambda m, env: _of_covariance(m.number, (1.0,) * D))  # fmt: skip


def factor_is(value: Any) -> Form:
    """The factor near 0."""
    return form(equals(FACTOR, value))


ROBUSTNESS = Claim(
    id="X8",
    title="experiment robustness: near 0 only the covariance of the data counts",
    statement="For centred data of covariance $C$, Gaussian or not: "
    f"{factor_is(OF_COVARIANCE).payload.tex}.",
    source=f"math.md section 11; {SUMMARY}, Mechanism 3 and Next Checks 2",
    depends=(),
    measure=_factors,
    judge=judge,
    stated=factor_is(OF_COVARIANCE),
    mutants=(
        factor_is(Fraction(102, 100) * OF_COVARIANCE),
        factor_is(OF_GAUSSIAN),
        factor_is(1),  # no linear rate
    ),
    hypotheses=("skewed laws of 125 atoms; other laws, the limits away from 0 and Lloyd's simplex "
                "are in the experiment",),
    theta=f"0, by steps of {STEP:g}",
)  # fmt: skip

# --- X9: digits -----------------------------------------------------------------------------------


def _white(scope: Scope) -> tuple[Measured, ...]:
    """EM on white data that are not Gaussian: where it ends, and its factor there."""
    return _ends("fixed")


def _ends(covariance: str) -> tuple[Measured, ...]:
    """The same with the covariance I, or with one that is estimated, too."""
    found = []
    # the least |π̂_m| at m = 2, and at m = 1; at k = 4 |π̂_{m+1}| is |π̂_m| of another m, at 5 not
    for weights in (*MIXTURES, "2/5,1/5,3/10,1/10", "1/2,1/10,1/10,1/5,1/10"):
        k = weights.count(",") + 1
        mixture, start = Mixture.simplex(k, weights), Energies.regular_simplex(k, 1)
        rows = atoms((1.0,) * mixture.d)
        run = sample_em(rows, mixture, start, 2000, tolerance=1e-8, covariance=covariance)
        rate = math.nan if run.rate_measured is None else run.rate_measured
        found.append(Measured("end", "|θ| at the end", mixture, run.steps[-1].norm, 1e-5, start))
        found.append(Measured("factor", "the factor there", mixture, rate, 1e-4, start))
        if covariance != "fixed":
            away = float(np.abs(np.array(run.covariance) - np.eye(mixture.d)).max())
            words = "the largest entry of |Σ − I|"
            found.append(Measured("covariance", words, mixture, away, 1e-8, start))
    return tuple(found)


END = Seen("end", Row((sign(r"\lim", "lim "), Fence(sign("|"), letter("theta_t"), sign("|")))))
THERE = Seen("factor", Over(norm("t+1"), norm("t")))


def ends(factor: Expr = 1 - LEAST, end: Any = 0) -> Form:
    """Where EM ends, and at which factor."""
    return form(Both((equals(END, end), Relation(THERE, "to", factor))))


DIGITS = Claim(
    id="X9",
    title="experiment digits: on white data tied EM returns one Gaussian, at the factor 1 − σ",
    statement=r"On data with mean $0$ and covariance $I$, Gaussian or not, tied EM has "
    f"{ends().payload.tex}.",
    source=f"math.md S4, section 11; {SUMMARY}, Next Checks 3",
    depends=(),
    measure=_white,
    judge=judge,
    stated=ends(),
    mutants=(
        ends((1 - LEAST) ** 2),  # the factor of KL
        ends(1 - Fraction(102, 100) * LEAST),
        ends(end=Fraction(1, 10)),  # it finds structure
    ),
    hypotheses=("a skewed white law of 125 atoms stands for the whitened images, which are in the "
                "experiment",),
)  # fmt: skip

# --- X11: tables ----------------------------------------------------------------------------------


def _estimated(scope: Scope) -> tuple[Measured, ...]:
    """Now EM estimates a common covariance, too, as it does on the tables."""
    return _ends("full")


AWAY = Seen("covariance", Row((sign(r"\lim", "lim "), Fence(
    sign("|"), Row((letter("Sigma_t"), sign("-", " − "), letter("I"))), sign("|")))))  # fmt: skip


def ends_white(factor: Expr = 1 - LEAST, end: Any = 0, away: Any = 0) -> Form:
    """Where EM with an estimated covariance ends, and at which factor."""
    return form(Both((equals(END, end), equals(AWAY, away), Relation(THERE, "to", factor))))


TABLES = Claim(
    id="X11",
    title="experiment tables: also with an estimated covariance white data end at one Gaussian",
    statement=r"On data with mean $0$ and covariance $I$, Gaussian or not, tied EM that also "
    rf"estimates a common covariance $\Sigma_t$ has {ends_white().payload.tex}.",
    source=f"math.md S4, section 11; {SUMMARY}, Next Checks 3",
    depends=(),
    measure=_estimated,
    judge=judge,
    stated=ends_white(),
    mutants=(
        ends_white((1 - LEAST) ** 2),
        ends_white(1 - Fraction(102, 100) * LEAST),
        ends_white(end=Fraction(1, 10)),
        ends_white(away=Fraction(1, 10)),  # the mixture takes a part of the variance
    ),
    hypotheses=("a skewed white law of 125 atoms stands for the whitened tables, which are in the "
                "experiment, with scikit-learn",),
)  # fmt: skip

CLAIMS = (ROBUSTNESS, DIGITS, TABLES)
