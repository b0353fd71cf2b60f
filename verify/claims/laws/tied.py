"""X7: how r shrinks near the optimum, with the variance fixed or estimated (``tying``)."""

from __future__ import annotations

import math
from fractions import Fraction

from overspec.mixture import Energies, Mixture
from overspec.proofs.questions.uniform_rate import uniform_rate
from overspec.verify.claims.claim import SUMMARY, Claim, Form, Scope
from overspec.verify.claims.laws.number import Law, Number, extrapolated, judge
from overspec.verify.em.population import trajectory
from overspec.verify.engines.spectrum import sigma

MODELS = ((2, "uniform", "fixed"), (3, "uniform", "fixed"), (2, "uniform", "isotropic"),
          (3, "uniform", "isotropic"), (4, "uniform", "isotropic"), (3, "one-heavy:4/5", "fixed"),
          (3, "one-heavy:4/5", "isotropic"))  # fmt: skip
SIZES = (Fraction(1, 4), Fraction(1, 8), Fraction(1, 16))
ROUNDING = 1e-13  # of the factor of a step


def _laws(scope: Scope) -> tuple[Number, ...]:
    """``r' = r(1 − κ r^p)``: p and κ, from the second step, at which the variance has settled."""
    found = []
    for k, weights, covariance in MODELS:
        mixture = Mixture.simplex(k, weights)
        losses, sizes = [], []
        for size in SIZES:
            start = Energies.regular_simplex(k, size)
            run = trajectory(mixture, start, 2, covariance=covariance).steps
            sizes.append(run[1].norm)
            losses.append(1 - run[2].norm / run[1].norm)
        pairs = list(zip(sizes, losses, strict=True))
        slopes = [
            math.log(losses[i] / losses[i + 1]) / math.log(sizes[i] / sizes[i + 1])
            for i in range(2)
        ]
        p = round(slopes[-1])
        rounding = ROUNDING / pairs[-1][1]
        value, error = slopes[-1] + (slopes[-1] - slopes[0]) / 3, abs(slopes[-1] - slopes[0])
        words = f"{weights}, variance {covariance}"
        at = Energies.regular_simplex(k, SIZES[-1])
        found.append(Number(f"p {covariance}", f"p of {words}", mixture, value,
                            error / 3 + rounding, at))  # fmt: skip
        kappa, error = extrapolated([loss / r**p for r, loss in pairs], 4.0, 0.0)
        found.append(Number(f"kappa {covariance}", f"κ of {words}", mixture, kappa,
                            error + rounding * kappa, at))  # fmt: skip
    return tuple(found)


def _law(power: float = 1.0, size: float = 1.0, estimated: bool | None = None) -> Law:
    """p and κ of `uniform_rate` for uniform weights; 0 and σ for regular ones."""

    def law(n: Number) -> float:
        kind, covariance = n.key.split()
        if len(n.mixture.weights.counts) > 1:
            p, kappa = 0, float(sigma(n.mixture))
        else:
            free = covariance == "isotropic" if estimated is None else estimated
            rate = uniform_rate(n.mixture.k, free)
            p, kappa = rate.power, float(rate.kappa)
        return power * p if kind == "p" else size * kappa

    return law


TYING = Claim(
    id="X7",
    title="experiment tying: the law of r with a fixed and with an estimated variance",
    statement=r"On regular simplices $r'=r(1-\kappa r^p)$ near the optimum: $p=0$, $\kappa=\sigma$ "
    r"for regular weights; for uniform ones $p=2$, $\kappa=1/(k-1)$ with the variance fixed, and "
    r"with it estimated $p=4$, or $6$ at $k=2$, with the $\kappa$ of Q2u.",
    source=f"math.md Q2, T4; {SUMMARY}, Open Questions 1 and 2",
    depends=(),
    measure=_laws,
    judge=judge,
    stated=Form("p and κ of each model", _law()),
    mutants=(
        Form("κ 2 % larger", _law(size=1.02)),
        Form("p 2 % larger", _law(power=1.02)),
        Form("an estimated variance changes nothing", _law(estimated=False)),
    ),
    hypotheses=("free and learned parameters are in P7, Q1w and in the experiment",),
)

CLAIMS = (TYING,)
