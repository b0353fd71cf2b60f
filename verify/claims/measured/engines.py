"""E1: the lattice engine and plain EM, which share no code, give the same numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from overspec.evidence import Evidence
from overspec.mixture import Mixture
from overspec.proofs.language.render import letter
from overspec.proofs.language.statement import Both, Statement, equals
from overspec.verify.claims.cases import directions, mixtures, scaled, separating, small
from overspec.verify.claims.claim import Claim, Finding, Form, Scope
from overspec.verify.claims.sentences import judge as sentences
from overspec.verify.claims.sentences.estimate import Estimate
from overspec.verify.claims.sentences.judge import form
from overspec.verify.claims.sentences.letters import Instance, Quantity, Seen
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
OFF = Fraction(1, 10**9)  # what the mutants are off by


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


def _judge_engines(sentence: Statement, pairs: Sequence[Pair]) -> Finding:
    vague = [pair for pair in pairs if pair.error > USEFUL]
    if vague:
        where = f"error estimate {vague[0].error:.1e} at {vague[0].where}"
        return Finding(None, Evidence.MEASURED, worst_at=where)
    instances = [
        Instance(
            f"{pair.quantity} at {pair.where}",
            {
                pair.quantity: Estimate(pair.lattice, pair.error),
                f"{pair.quantity}'": Estimate(pair.reference, 0.0),
            },
            pair.mixture,
            {"amplitude": pair.amplitude},
        )
        for pair in pairs
    ]
    largest = max(abs(pair.lattice - pair.reference) for pair in pairs)
    return sentences.judge(sentence, instances, values=(
        ("numbers compared", str(len(pairs))), ("largest difference", f"{largest:.1e}"),
    ))  # fmt: skip


def _pair(quantity: str, name: str) -> tuple[Seen, Seen]:
    return tuple(
        Seen(quantity + prime, letter(f"{name}^{engine}" if name == "L" else f"{name}^{engine}_m"))
        for prime, engine in (("", "lattice"), ("'", "plain"))
    )  # type: ignore[return-value]


PAIRS = {"kl": _pair("kl", "L"), "map": _pair("map", "M"), "g": _pair("g", "g")}
AMPLITUDE = Quantity(letter("a"), lambda m, env: m.amplitude)


def agree(off: str = "", by: Any = 0) -> Form:
    """All numbers agree, but one kind that is off by so much."""
    return form(Both(tuple(
        equals(ours, plain + by if quantity == off else plain)
        for quantity, (ours, plain) in PAIRS.items()
    )))  # fmt: skip


ENGINES = Claim(
    id="E1",
    title="lattice engine and plain EM agree",
    statement="The lattice engine and the plain Gauss--Hermite EM agree within the sum of their "
    f"stated errors: {agree().payload.tex}.",
    source="math.md section 5",
    depends=("S1",),
    theta="one direction, mixed where there are several frequencies, |θ| ≤ 1",
    measure=_measure_engines,
    judge=_judge_engines,
    stated=agree(),
    mutants=(
        agree("map", Fraction(1, 100) * (PAIRS["map"][1] - AMPLITUDE)),
        agree("kl", Fraction(5, 1000) * AMPLITUDE**2),
        agree("kl", OFF),
        agree("map", OFF),
        agree("g", OFF),
    ),
)
