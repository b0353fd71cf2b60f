"""X10: what looks ahead is linear where EM is sublinear.

The experiment ``acceleration`` at a size that a ledger can afford.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from overspec.evidence import listed
from overspec.mixture import Energies, Mixture
from overspec.proofs.language.expression import expr
from overspec.proofs.language.render import Quotient as Over
from overspec.proofs.language.render import Row, letter, sign
from overspec.proofs.language.statement import Both, Relation
from overspec.verify.claims.claim import Claim, Form, Scope
from overspec.verify.claims.laws.number import Measured, judge
from overspec.verify.claims.sentences.judge import form
from overspec.verify.claims.sentences.letters import Seen, norm
from overspec.verify.em.ahead.methods import accelerated
from overspec.verify.em.ahead.on_population import population_map
from overspec.verify.engines.rounding import estimate

SIZES = (2, 3)  # one amplitude, and it is null
LATE = 1e-3  # |θ| down to which factors are read: below it differences of residuals round
#: Of a factor: residuals −g a keep their relative accuracy, and both methods divide by a difference
#: of two, a share of at least 3|θ|²/2 of them, since g ≥ |θ|²/2 where all blocks are null (T2).
ROUNDING = estimate(4) / LATE**2
FAR = 1e-16  # KL at the end


def _factors(scope: Scope) -> tuple[Measured, ...]:
    """The last factors before |θ| = `LATE`: they differ from their limits by O(|θ|²)."""
    found = []
    for k in SIZES:
        mixture, start = Mixture.simplex(k), Energies.regular_simplex(k, 1)
        for method in ("squarem", "anderson"):
            run = accelerated(population_map(mixture), np.ones(1), method, 200, FAR)
            sizes = [at.norm for at in run.kept]
            factors = [b / a for a, b in pairwise(sizes) if b > LATE]
            # at least halved in two cycles, and in two evaluations
            error = abs(factors[-1] - factors[-3]) + ROUNDING
            last = factors[-1]
            if method == "squarem":
                words = "SQUAREM's factor of |θ| a cycle"
                found.append(Measured("squarem", words, mixture, last, error, start))
            else:
                words = "ρ³ + ρ² of Anderson's factor ρ of |θ| an evaluation"
                slope = 3 * last**2 + 2 * last
                found.append(
                    Measured("secant", words, mixture, last**3 + last**2, slope * error, start)
                )
    return tuple(found)


CYCLE = Seen("squarem", Over(norm("t+3"), norm("t")))
SECANT = Seen("secant", Row((letter("rho^3"), sign("+", "+"), letter("rho^2"))))


def ahead(cycle: Any = Fraction(2, 3), secant: Any = 1) -> Form:
    """SQUAREM's factor in three evaluations, and ρ³ + ρ² of Anderson's ρ in one."""
    return form(Both((Relation(CYCLE, "to", expr(cycle)), Relation(SECANT, "to", expr(secant)))))


ACCELERATION = Claim(
    id="X10",
    title="experiment acceleration: what looks ahead is linear where EM is sublinear",
    statement=rf"At uniform weights, $k={listed(SIZES)}$, with $t$ counting evaluations of $M$: "
    r"SQUAREM has the first and Anderson's method with one residual, "
    r"$\rho=\lim|\theta_{t+1}|/|\theta_t|$, the "
    f"second of {ahead().payload.tex}.",
    source="math.md T2; SQUAREM and Anderson's method at a root of order three",
    depends=(),
    measure=_factors,
    judge=judge,
    stated=ahead(),
    mutants=(
        ahead(cycle=Fraction(1, 2)),  # a root of order two
        ahead(cycle=Fraction(102, 100) * Fraction(2, 3)),
        ahead(secant=Fraction(102, 100)),
        ahead(secant=2),
    ),
    hypotheses=("with one amplitude; more, other weights and what is saved: the experiment",),
)  # fmt: skip

CLAIMS = (ACCELERATION,)
