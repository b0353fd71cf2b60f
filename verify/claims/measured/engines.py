"""E1: the lattice engine and plain EM, which share no code, give the same numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from overspec.evidence import Evidence
from overspec.mixture import Mixture
from overspec.verify.claims.cases import directions, mixtures, scaled, separating, small
from overspec.verify.claims.claim import Claim, Finding, Form, Scope, worst
from overspec.verify.em import reference
from overspec.verify.engines.evaluate import evaluate


@dataclass(frozen=True)
class Pair:
    """One number by two methods, with the sum of their error estimates."""

    mixture: Mixture
    where: str
    quantity: str  # "kl", "map" or "g"
    lattice: float
    reference: float
    error: float
    amplitude: float


USEFUL = 1e-10  # a larger error estimate compares nothing
OFF = 1e-9  # what the mutants are off by


def _measure_engines(scope: Scope) -> tuple[Pair, ...]:
    pairs = []
    planar = [mixture for mixture in separating() if mixture.d <= 2]  # d < k − 1
    for mixture in scope.mixtures or (*mixtures(small(scope.ks)), *planar):
        for radius in (Fraction(1, 2), Fraction(1))[: 1 if scope.quick else 2]:
            point = scaled(directions(mixture, 3)[-1], radius)
            ours = evaluate(mixture, point, engine="lattice")
            plain = reference.evaluate(mixture, point)
            where, error = f"{mixture}, {point}", float(ours.error) + plain.error
            pairs.append(Pair(mixture, where, "kl", float(ours.kl), plain.kl, error, float(radius)))
            for m, energy in enumerate(point, start=1):
                a, mapped = math.sqrt(energy), float(ours.map_amplitudes[m - 1])
                image = plain.map_amplitudes[m - 1]
                pairs.append(Pair(mixture, where, "map", mapped, image, error, a))
                pairs.append(Pair(mixture, where, "g", float(ours.g[m]), plain.g[m], error, a))
    return tuple(pairs)


def _judge_engines(form: Callable[[Pair], float], pairs: Sequence[Pair]) -> Finding:
    vague = [pair for pair in pairs if pair.error > USEFUL]
    if vague:
        where = f"error estimate {vague[0].error:.1e} at {vague[0].where}"
        return Finding(None, Evidence.MEASURED, worst_at=where)
    cases = [
        (f"{pair.quantity} at {pair.where}", 1 - abs(pair.lattice - form(pair)) / pair.error)
        for pair in pairs
    ]
    largest = max(abs(pair.lattice - pair.reference) for pair in pairs)
    return worst(cases, values=(("numbers compared", str(len(pairs))),
                                ("largest difference", f"{largest:.1e}")))  # fmt: skip


def _off(quantity: str, by: Callable[[Pair], float]) -> Callable[[Pair], float]:
    return lambda pair: pair.reference + (by(pair) if pair.quantity == quantity else 0.0)


ENGINES = Claim(
    id="E1",
    title="lattice engine and plain EM agree",
    statement=r"The lattice engine and the plain Gauss--Hermite EM give the same "
    r"$L$, $M$ and $g_m$ within the sum of their stated errors.",
    source="math.md section 5",
    depends=("S1",),
    theta="one direction, mixed where there are several frequencies, |θ| ≤ 1",
    measure=_measure_engines,
    judge=_judge_engines,
    stated=Form("equal within the stated errors", lambda pair: pair.reference),
    mutants=(
        Form(
            "the map is (1 − 1.01 g) a", _off("map", lambda x: 0.01 * (x.reference - x.amplitude))
        ),
        Form("KL has 0.505 |θ|², not |θ|²/2", _off("kl", lambda pair: 0.005 * pair.amplitude**2)),
        Form("KL off by 10⁻⁹", _off("kl", lambda pair: OFF)),
        Form("the map off by 10⁻⁹", _off("map", lambda pair: OFF)),
        Form("g off by 10⁻⁹", _off("g", lambda pair: OFF)),
    ),
)
