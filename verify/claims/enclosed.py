"""Claims about one mixture on certified enclosures: what the level `certified` adds.

C1 holds measured numbers against enclosures; its evidence stays measured, for the numbers' errors
are estimates. C2 is about the enclosures alone, and certified: an inequality between numbers whose
every error is bounded, decided in exact arithmetic on the ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from overspec.decimals import Number, decimal_interval
from overspec.evidence import Evidence
from overspec.mixture import Energies, Mixture
from overspec.verify.claims.cases import rays, scaled
from overspec.verify.claims.claim import Claim, Finding, Form, Scope, worst
from overspec.verify.enclosures.budget import error_budget
from overspec.verify.enclosures.evaluate import CertifiedEvaluation, certified_evaluation
from overspec.verify.engines.evaluate import evaluate

DIGITS = 10
RADII = (Fraction(1, 2), Fraction(1))


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
                where, error = f"{name} at {_place(proved)}", float(seen.error) + 1e-13
                pins.append(Pin(where, float(numbers[name]), error, low, high))
    return tuple(pins)


def _place(proved: CertifiedEvaluation) -> str:
    return f"{proved.mixture}, {proved.energies}"


def _judge_pins(form: Callable[[float], float], pins: Sequence[Pin] | None) -> Finding:
    if not pins:
        return _inconclusive(Evidence.MEASURED)
    cases = []
    for pin in pins:
        value = form(pin.value)
        outside = max(pin.low - value, value - pin.high, 0.0)
        cases.append((f"{pin.where} in [{pin.low!r}, {pin.high!r}]", 1 - outside / pin.error))
    # The enclosures are certified; the number held against them has an estimated error only.
    return worst(cases, Evidence.MEASURED, (("enclosures", str(len(pins))),))


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
    found = [descent(proved) for proved in _points(scope)]
    known = tuple(each for each in found if each is not None)
    return known if len(known) == len(found) else None


def descent(proved: CertifiedEvaluation) -> Descent | None:
    """L and |∇L|² at a point; None where an enclosure is missing."""
    kl, low, high = proved.kl, Fraction(0), Fraction(0)
    for m, energy in enumerate(map(Fraction, proved.energies), start=1):
        g = proved.factors[m]
        if not isinstance(g, Number) or g.lower < 0:
            return None
        low, high = low + energy * g.lower**2, high + energy * g.upper**2
    if not isinstance(kl, Number):
        return None
    norm_squared = sum(map(Fraction, proved.energies), Fraction(0))
    return Descent(proved.mixture, proved.energies, kl, (low, high), norm_squared)


def _judge_descents(
    form: Callable[[Descent], Fraction], descents: Sequence[Descent] | None
) -> Finding:
    if not descents:
        return _inconclusive(Evidence.CERTIFIED)
    slacks = [(form(d), d) for d in descents]
    cases = [(f"{d.mixture}, {d.energies}", float(slack)) for slack, d in slacks]
    tightest = min(slacks, key=lambda pair: pair[0])[1]
    budget = error_budget(f"L at {tightest.energies}", [(Fraction(1), tightest.kl)])
    return replace(worst(cases, Evidence.CERTIFIED), budget=budget)


#: By label; none is in the ledger, for they are asked of single mixtures.
ENCLOSED = {
    "C1": Claim(
        id="C1",
        title="measured numbers lie in certified enclosures",
        statement=r"$L$ and $g_m$ lie in enclosures whose every error is bounded.",
        source="math.md section 6",
        depends=(),
        measure=_pins,
        judge=_judge_pins,
        stated=Form("measured values are enclosed", lambda value: value),
        mutants=(
            Form("values larger by 10⁻⁹", lambda value: value + 1e-9),
            Form("values smaller by 10⁻⁹", lambda value: value - 1e-9),
        ),
    ),
    "C2": Claim(
        id="C2",
        title="a step of EM descends, certified at points",
        statement=r"$\tfrac12|\nabla L|^2<L<\tfrac12|\theta|^2$; "
        r"$|\nabla L|^2=\sum_mg_m^2a_m^2$.",
        source="math.md S5, S6",
        depends=("S2", "S5", "S6"),
        measure=_descents,
        judge=_judge_descents,
        stated=Form(
            "½|∇L|² < L < ½|θ|²",
            lambda d: min(d.kl.lower - d.slope[1] / 2, d.norm_squared / 2 - d.kl.upper),
        ),
        mutants=(
            # ½ is sharp as |θ| → ∞ only: a test looks at 0.51 |∇L|² < L far out
            Form("L < ½|∇L|²", lambda d: d.slope[0] / 2 - d.kl.upper),
            Form("½|θ|² < L", lambda d: d.kl.lower - d.norm_squared / 2),
        ),
    ),
}
