"""Claims about one mixture on certified enclosures: what the level `certified` adds.

C1 holds measured numbers against enclosures; its evidence stays measured, for the numbers' errors
are estimates. C2 is about the enclosures alone, and certified: an inequality between numbers whose
every error is bounded, decided in exact arithmetic on the ends.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from overspec.decimals import Number, decimal_interval
from overspec.evidence import Evidence
from overspec.exact import as_fraction
from overspec.mixture import Energies, Mixture
from overspec.proofs.language.render import Fence, Glyph, Row, Script, letter, number, sign
from overspec.proofs.language.statement import Both, Relation, Statement
from overspec.verify.claims.cases import rays, scaled
from overspec.verify.claims.claim import Claim, Finding, Form, Scope
from overspec.verify.claims.sentences import judge as sentences
from overspec.verify.claims.sentences.estimate import Estimate
from overspec.verify.claims.sentences.judge import form
from overspec.verify.claims.sentences.letters import Instance, Seen, Within
from overspec.verify.enclosures.budget import error_budget
from overspec.verify.enclosures.evaluate import CertifiedEvaluation, certified_evaluation
from overspec.verify.engines.evaluate import evaluate

DIGITS = 10
RADII = (Fraction(1, 2), Fraction(1))
HALF = Fraction(1, 2)
#: Both ½ of C2 are sharp as |θ| → ∞ only. On the simplex this far costs one integral, at any k;
#: that of ½|θ|² takes `far_out`.
FAR = Fraction(16)


def _points(scope: Scope) -> Iterator[CertifiedEvaluation]:
    for mixture in scope.mixtures:
        for radius in RADII:
            yield certified_evaluation(
                mixture, scaled(rays(mixture.k, 3)[-1], radius), digits=DIGITS
            )


@dataclass(frozen=True)
class Pin:
    """A measured number, its error estimate, and the certified interval for the same number."""

    where: str
    value: float
    error: float
    low: float
    high: float


def _pins(scope: Scope) -> tuple[Pin, ...] | None:
    pins = []
    for proved in _points(scope):
        seen = evaluate(proved.mixture, proved.energies)
        numbers = {"kl": seen.kl, **{f"g{m}": g for m, g in enumerate(seen.g)}}
        for name, enclosure in proved.quantities.items():
            if not isinstance(enclosure, Number):
                return None
            if name in numbers:
                low, high = map(float, decimal_interval(enclosure.lower, enclosure.upper))
                where, error = f"{name} at {_place(proved)}", float(seen.error)
                pins.append(Pin(where, float(numbers[name]), error, low, high))
    return tuple(pins)


def _place(proved: CertifiedEvaluation) -> str:
    return f"{proved.mixture}, {proved.energies}"


def _judge_pins(sentence: Statement, pins: Sequence[Pin] | None) -> Finding:
    if not pins:
        return _inconclusive(Evidence.MEASURED)
    instances = [
        Instance(
            f"{pin.where} in [{pin.low!r}, {pin.high!r}]",
            {"x": Estimate(pin.value, pin.error), "low": pin.low, "high": pin.high},
        )
        for pin in pins
    ]
    # The enclosures are certified; the number held against them has an estimated error only.
    values = (("enclosures", str(len(pins))),)
    return sentences.judge(sentence, instances, Evidence.MEASURED, values)


def _inconclusive(evidence: Evidence) -> Finding:
    return Finding(None, evidence, worst_at="an enclosure is inconclusive")


@dataclass(frozen=True)
class Descent:
    """Enclosed at θ: L, and |∇L|² = Σ_m g_m² e_m (S2, S6); |θ|² exactly."""

    mixture: Mixture
    energies: Energies
    kl: Number
    slope: tuple[Fraction, Fraction]
    norm_squared: Fraction


def _descents(scope: Scope) -> tuple[Descent, ...] | None:
    simplexes = (Energies.regular_simplex(mixture.k, FAR) for mixture in scope.mixtures)
    far = map(certified_evaluation, scope.mixtures, simplexes, itertools.repeat(DIGITS))
    found = [descent(proved) for proved in itertools.chain(_points(scope), far)]
    known = tuple(each for each in found if each is not None)
    return known if len(known) == len(found) else None


def descent(proved: CertifiedEvaluation) -> Descent | None:
    """L and |∇L|² at a point; None where an enclosure is missing."""
    kl, low, high = proved.kl, Fraction(0), Fraction(0)
    energies = [as_fraction(energy) for energy in proved.energies]
    for m, energy in enumerate(energies, start=1):
        g = proved.factors[m]
        if not isinstance(g, Number) or g.lower < 0:
            return None
        low, high = low + energy * g.lower**2, high + energy * g.upper**2
    if not isinstance(kl, Number):
        return None
    return Descent(proved.mixture, proved.energies, kl, (low, high), sum(energies, Fraction(0)))


def far_out(mixture: Mixture) -> Instance:
    """L on the simplex at a large r = |θ|, between two rationals, without an integral.

    With S = Σ_j π_j e^{⟨θ_j, X⟩}, L = ½r² − E log S (math.md S2), and E log S is

    - at most E max_j ⟨θ_j, X⟩ ≤ r E|X| ≤ r√(k − 1) ≤ rk/2, X on the span of the θ_j;
    - at least log min π + E max(⟨θ_0, X⟩, ⟨θ_1, X⟩) = log min π + |θ_0 − θ_1|/√(2π), where
      |θ_0 − θ_1|² = 2r²k/(k − 1) > 2r², 1/√π > 14/25 and log min π ≥ 1 − 1/min π.
    """
    k = mixture.k
    least = min(
        weight if isinstance(weight, Fraction) else Fraction(float(weight)) * Fraction(99, 100)
        for weight in mixture.weights
    )
    r = 50 * k + 4 / least
    half = r * r / 2
    low, high = half - r * k / 2, half - (Fraction(14, 25) * r + 1 - 1 / least)
    return Instance(
        f"{mixture}, the simplex at |θ| = {r}",
        {"L": Estimate.between(low, high), "norm": r * r},
        mixture,
    )


def _judge_descents(sentence: Statement, descents: Sequence[Descent] | None) -> Finding:
    if not descents:
        return _inconclusive(Evidence.CERTIFIED)
    instances = [
        Instance(
            f"{d.mixture}, {d.energies}",
            {
                "L": Estimate.between(d.kl.lower, d.kl.upper),
                "slope": Estimate.between(*d.slope),
                "norm": d.norm_squared,
            },
            d.mixture,
        )
        for d in descents
    ]
    instances += [far_out(mixture) for mixture in dict.fromkeys(d.mixture for d in descents)]
    found = sentences.judge(sentence, instances, Evidence.CERTIFIED)
    tightest = next((d for d, m in zip(descents, instances, strict=False)
                     if m.where == found.worst_at), descents[0])  # fmt: skip
    budget = error_budget(f"L at {tightest.energies}", [(Fraction(1), tightest.kl)])
    return replace(found, budget=budget)


X, LOW, HIGH = Seen("x", letter("x")), Seen("low", letter("x_-")), Seen("high", letter("x_+"))
L = Seen("L", letter("L"))
_GRADIENT = Row((Glyph(r"\nabla", "∇", "mo"), letter("L")))
SLOPE = Seen("slope", Script(Fence(sign("|"), _GRADIENT, sign("|")), None, number(2)))
NORM = Seen("norm", Script(Fence(sign("|"), letter("theta"), sign("|")), None, number(2)))


def pinned(off: Any = 0) -> Form:
    """A measured number, off by so much, meets its enclosure."""
    return form(Within(X + off, LOW, HIGH))


def descends(slope: Any = HALF, norm: Any = HALF, *, below: str = "<", above: str = "<") -> Form:
    """``½|∇L|² < L < ½|θ|²``, with other constants or relations."""
    return form(Both((Relation(slope * SLOPE, below, L), Relation(L, above, norm * NORM))))


#: By label; none is in the ledger, for they are asked of single mixtures.
ENCLOSED = {
    "C1": Claim(
        id="C1",
        title="measured numbers lie in certified enclosures",
        statement="Of $x=L$ and $x=g_m$, with enclosures whose every error is bounded: "
        f"{pinned().payload.tex}.",
        source="math.md section 6",
        depends=(),
        measure=_pins,
        judge=_judge_pins,
        stated=pinned(),
        mutants=(pinned(Fraction(1, 10**9)), pinned(Fraction(-1, 10**9))),
    ),
    "C2": Claim(
        id="C2",
        title="a step of EM descends, certified at points",
        statement=rf"{descends().payload.tex}; $|\nabla L|^2=\sum_mg_m^2a_m^2$.",
        source="math.md S5, S6",
        depends=("S2", "S5", "S6"),
        measure=_descents,
        judge=_judge_descents,
        stated=descends(),
        mutants=(
            descends(below=">"),
            descends(above=">"),
            descends(Fraction(51, 100)),
        ),
    ),
}
