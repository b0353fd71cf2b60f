"""X8, X9: data that are not N(0, I) (``robustness``; ``digits`` without the digits).

Finite laws: every atom is a row, so that EM on the rows is EM on the law and nothing is sampled.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from overspec.mixture import Energies, Mixture
from overspec.verify.claims.claim import SUMMARY, Claim, Form, Scope
from overspec.verify.claims.laws.number import Number, judge
from overspec.verify.em.sample import powers, sample_em
from overspec.verify.engines.spectrum import float_weights, sigma

Array = NDArray[np.float64]

D = 3
SKEWED = (2.0, -0.5, -0.5, -0.5, -0.5)  # mean 0, variance 1, third moment 3/2
MIXTURES = ("7/10,1/10,1/10,1/10", "2/5,3/10,1/5,1/10")
VARIANCES = ((1.0, 1.0, 1.0), (0.5, 0.5, 0.5), (1.8, 1.0, 0.2))
STEP = 1e-3  # of the difference quotient, whose error is of the order of its square
ERROR = 1e-4


@dataclass(frozen=True)
class Factor(Number):
    """The factor near 0 for data of a covariance that is diagonal in the blocks of R."""

    covariance: tuple[float, ...] = (1.0,) * D


def atoms(variances: tuple[float, ...]) -> Array:
    """Equally likely rows: three independent skewed axes, scaled.

    >>> rows = atoms((1.0, 1.0, 1.0))
    >>> rows.shape, (rows.T @ rows / len(rows)).round(12).diagonal().tolist()
    ((125, 3), [1.0, 1.0, 1.0])
    """
    return np.array(list(product(SKEWED, repeat=D))) * np.sqrt(variances)


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


ROBUSTNESS = Claim(
    id="X8",
    title="experiment robustness: near 0 only the covariance of the data counts",
    statement=r"For centred data of covariance $C$, Gaussian or not, "
    r"$DM(0)=\sum_j\pi_jR^{-j}CR^j-A^TCA$.",
    source=f"math.md section 11; {SUMMARY}, Mechanism 3 and Next Checks 2",
    depends=(),
    measure=_factors,
    judge=judge,
    stated=Form("the factor of the covariance", _of_covariance),
    mutants=(
        Form("2 % larger", lambda n: 1.02 * _of_covariance(n)),
        Form("the factor of N(0, I)", lambda n: _of_covariance(n, (1.0,) * D)),
        Form("data that are not Gaussian have no linear rate", lambda n: 1.0),
    ),
    hypotheses=("skewed laws of 125 atoms; other laws, the limits away from 0 and Lloyd's simplex "
                "are in the experiment",),
    theta=f"0, by steps of {STEP:g}",
)  # fmt: skip

# --- X9: digits -----------------------------------------------------------------------------------


def _white(scope: Scope) -> tuple[Number, ...]:
    """EM on white data that are not Gaussian: where it ends, and its factor there."""
    rows, found = atoms((1.0,) * D), []
    for weights in MIXTURES:
        mixture, start = Mixture.simplex(D + 1, weights), Energies.regular_simplex(D + 1, 1)
        run = sample_em(rows, mixture, start, 2000, tolerance=1e-8)
        rate = math.nan if run.rate_measured is None else run.rate_measured
        found.append(Number("end", "|θ| at the end", mixture, run.steps[-1].norm, 1e-5, start))
        found.append(Number("factor", "the factor there", mixture, rate, 1e-4, start))
    return tuple(found)


def _ends(
    factor: Callable[[Mixture], float] = lambda m: 1 - float(sigma(m)), end: float = 0.0
) -> Callable[[Number], float]:
    return lambda n: end if n.key == "end" else factor(n.mixture)


DIGITS = Claim(
    id="X9",
    title="experiment digits: on white data tied EM returns one Gaussian, at the factor 1 − σ",
    statement=r"On data with mean $0$ and covariance $I$ tied EM has $DM(0)=I-A^TA$: $\theta=0$, "
    r"one Gaussian, attracts with the factor $1-\sigma$.",
    source=f"math.md S4, section 11; {SUMMARY}, Next Checks 3",
    depends=(),
    measure=_white,
    judge=judge,
    stated=Form("it ends at 0, with the factor 1 − σ", _ends()),
    mutants=(
        Form("the factor of KL, (1 − σ)²", _ends(lambda m: (1 - float(sigma(m))) ** 2)),
        Form("1 − 1.02σ", _ends(lambda m: 1 - 1.02 * float(sigma(m)))),
        Form("tied EM finds structure: it ends away from 0", _ends(end=0.1)),
    ),
    hypotheses=("a skewed white law of 125 atoms stands for the whitened images, which are in the "
                "experiment",),
)  # fmt: skip

CLAIMS = (ROBUSTNESS, DIGITS)
