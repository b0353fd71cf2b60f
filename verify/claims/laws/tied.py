"""X7: how r shrinks near the optimum; with the variance fixed or estimated (``tying``)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

from overspec.mixture import Energies, Mixture
from overspec.proofs.language.expression import Tuple, expr
from overspec.proofs.language.operators import K
from overspec.proofs.language.render import letter
from overspec.proofs.language.statement import Both, Iff, Relation, Statement, equals
from overspec.proofs.questions.uniform_rate import uniform_rate
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Form, Scope
from overspec.verify.claims.laws.number import Measured
from overspec.verify.claims.sentences import judge as sentences
from overspec.verify.claims.sentences.estimate import Estimate
from overspec.verify.claims.sentences.judge import form
from overspec.verify.claims.sentences.letters import (
    Distinction,
    Given,
    Instance,
    Quantity,
    Seen,
    energy,
)
from overspec.verify.em.population import trajectory
from overspec.verify.engines.contraction import contraction_error
from overspec.verify.engines.richardson import extrapolated

MODELS = ((2, "uniform", "fixed"), (3, "uniform", "fixed"), (2, "uniform", "isotropic"),
          (3, "uniform", "isotropic"), (4, "uniform", "isotropic"), (3, "one-heavy:4/5", "fixed"),
          (3, "one-heavy:4/5", "isotropic"), (2, "9/10,1/10", "fixed"),
          (2, "9/10,1/10", "isotropic"))  # fmt: skip
SIZES = (Fraction(1, 4), Fraction(1, 8), Fraction(1, 16), Fraction(1, 32))  # halved for the limit
DIGITS = 15  # of the steps


def _laws(scope: Scope) -> tuple[Measured, ...]:
    """``r' = r(1 − κ r^p)``: p and κ, from the second step, at which the variance has settled."""
    found = []
    for k, weights, covariance in MODELS:
        mixture = Mixture.simplex(k, weights)
        losses, sizes, doubts = [], [], []
        for size in SIZES:
            start = Energies.regular_simplex(k, size)
            _, first, second = trajectory(mixture, start, 2, DIGITS, covariance=covariance).steps
            sizes.append(first.norm)
            losses.append(1 - second.norm / first.norm)
            error = contraction_error(mixture, first.amplitudes, first.variance, DIGITS)
            doubts.append(error / losses[-1])  # relative
        slopes, errors = [], []
        for (r, loss, doubt), (s, less, more) in pairwise(zip(sizes, losses, doubts, strict=True)):
            slopes.append(math.log(loss / less) / math.log(r / s))
            errors.append((doubt + more) / math.log(r / s))
        p, p_error = extrapolated(slopes, errors)
        power = round(p)
        kappas = [loss / r**power for r, loss in zip(sizes, losses, strict=True)]
        kappa, error = extrapolated(kappas, [d * v for d, v in zip(doubts, kappas, strict=True)])
        words = f"{weights}, variance {covariance}"
        at = Energies.regular_simplex(k, SIZES[-1])
        found += [
            Measured(f"p {covariance}", f"p of {words}", mixture, p, p_error, at),
            Measured(f"kappa {covariance}", f"κ of {words}", mixture, kappa, error, at),
        ]
    return tuple(found)


def _judge(sentence: Statement, numbers: Sequence[Measured]) -> Finding:
    """p and κ of one model are one case."""
    instances = []
    for p, kappa in zip(numbers[::2], numbers[1::2], strict=True):
        where = f"{p.words} = {p.value:.7g} ± {p.error:.1g}, κ = {kappa.value:.7g} ± "
        seen = {"p": Estimate(p.value, p.error), "kappa": Estimate(kappa.value, kappa.error)}
        free = p.key.endswith("isotropic")
        instances.append(Instance(f"{where}{kappa.error:.1g}, {p.mixture}", seen, p.mixture,
                                  {"free": free}))  # fmt: skip
    return sentences.judge(sentence, instances, values=(("numbers compared", str(len(numbers))),))


LAW = Tuple((Seen("p", letter("p")), Seen("kappa", letter("kappa"))))
UNIFORM = Given(
    ("the weights are uniform",),
    ("the weights are not uniform",),
    lambda m: len(m.mixture.weights.counts) == 1,
)
REGULAR = replace(UNIFORM, denied=True)
FREE = Given(("the variance is estimated",), ("the variance is fixed",), lambda m: m.free)
FIXED = replace(FREE, denied=True)


@cache
def _kappa(k: int) -> float:
    return float(uniform_rate(k, True).kappa)


KAPPA = Quantity(letter("kappa_k"), lambda m, env: _kappa(m.k))


def laws(share: Any = 1, power: Any = 1, estimated: tuple[Any, Any, Any] = (6, 4, KAPPA)) -> Form:
    """p and κ of each model, with multiples of both; with the variance estimated, at k = 2 too."""
    first, second, kappa = estimated

    def law(condition: Statement, p: Any, size: Any) -> Statement:
        return Iff(condition, equals(LAW, Tuple((expr(power * p), share * expr(size)))))

    return form(Distinction((
        law(REGULAR, 0, energy(1)),
        law(Both((UNIFORM, FIXED)), 2, 1 / (K - 1)),
        law(Both((UNIFORM, FREE, equals(K, 2))), first, kappa),
        law(Both((UNIFORM, FREE, Relation(K, ">", expr(2)))), second, kappa),
    )))  # fmt: skip


TYING = Claim(
    id="X7",
    title="experiment tying: the law of r with a fixed and with an estimated variance",
    statement=r"On regular simplices $r'=r(1-\kappa r^p)$ near the optimum; with $\kappa_k$ "
    f"of Q2u: {laws().payload.tex}.",
    source=f"math.md Q2, T4; {SUMMARY}, Open Questions 1 and 2",
    depends=(),
    measure=_laws,
    judge=_judge,
    stated=laws(),
    mutants=(
        laws(share=Fraction(102, 100)),
        laws(power=Fraction(102, 100)),
        laws(estimated=(2, 2, 1 / (K - 1))),
    ),
    hypotheses=("free and learned parameters are in P7, Q1w and in the experiment",),
)

CLAIMS = (TYING,)
