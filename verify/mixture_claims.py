"""What the claims say of one mixture: the suite's checks, with outcomes that may be refuted.

The ledger's T1 is a dichotomy over many mixtures. Of one mixture it says "EM converges linearly
from anywhere, with local factor 1 − min|π̂_m|²", which is refuted where a DFT entry vanishes. T2
then says how slow EM is; it is asked only of mixtures with a null frequency. The exact claims
hold for all weights; they are re-proved at the mixture's k. C1 asks whether measured numbers lie
in certified enclosures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

from .. import __version__
from ..errors import InputError
from ..evidence import Certificate, Evidence, Outcome, Provenance
from ..mixture import Mixture
from ..proofs.cyclotomic import null_frequencies
from .ball import Inconclusive
from .cases import is_regular, rays, scaled
from .certificate_file import decimal_interval
from .certify import certify
from .claim import Claim, Finding, Form, Scope, check, worst
from .claims import CLAIMS, EXACT
from .claims_rates import RateForm
from .em import evaluate
from .ledger import inherit
from .spectrum import sigma

LEVELS = ("quick", "thorough", "certified")
MEASURED = ("E1", "T1", "T2")
MAX_MEASURED_K = 4  # grids beyond cost minutes
MAX_K = 6


@dataclass(frozen=True)
class Pin:
    """A measured number, its error estimate, and the certified interval for the same number."""

    where: str
    value: float
    error: float
    low: float
    high: float


PIN_DIGITS = 10


def _pins(scope: Scope) -> tuple[Pin, ...] | None:
    pins = []
    for mixture in scope.mixtures:
        for radius in (Fraction(1, 2), Fraction(1)):
            point = scaled(rays(mixture.k, 3)[-1], radius)
            proved, seen = certify(mixture, point, digits=PIN_DIGITS), evaluate(mixture, point)
            numbers = {"kl": seen.kl, **{f"g{m}": g for m, g in enumerate(seen.g)}}
            for name, enclosure in proved.quantities.items():
                if isinstance(enclosure, Inconclusive):
                    return None
                if name in numbers:
                    low, high = map(float, decimal_interval(enclosure))
                    where, error = f"{name} at {mixture}, {point}", float(seen.error) + 1e-13
                    pins.append(Pin(where, float(numbers[name]), error, low, high))
    return tuple(pins)


def _judge_pins(form: Callable[[float], float], pins: Sequence[Pin] | None) -> Finding:
    if not pins:
        return Finding(None, Evidence.MEASURED, worst_at="an enclosure is inconclusive")
    cases = []
    for pin in pins:
        value = form(pin.value)
        outside = max(pin.low - value, value - pin.high, 0.0)
        cases.append((f"{pin.where} in [{pin.low!r}, {pin.high!r}]", 1 - outside / pin.error))
    # The enclosures are certified; the number held against them has an estimated error only.
    return worst(cases, Evidence.MEASURED, (("enclosures", str(len(pins))),))


ENCLOSED = Claim(
    id="C1",
    title="measured numbers lie in certified enclosures",
    statement=r"$L$ and $g_m$ lie in enclosures whose every error is bounded.",
    source="math.md section 6",
    depends=(),
    measure=_pins,
    judge=_judge_pins,
    stated=Form("measured values are enclosed", lambda value: value),
    mutants=(Form("values off by 10⁻⁶", lambda value: value + 1e-6),),
)


def claims_for(mixture: Mixture, level: str = "quick") -> tuple[str, ...]:
    """The labels of the claims that can be asked of a mixture.

    Raises:
        InputError: another level, k > 6, or another action than the simplex with d = k − 1.

    >>> claims_for(Mixture.simplex(3, "1/2,3/10,1/5"))[:3]
    ('S1', 'S2', 'S3')
    >>> "T2" in claims_for(Mixture.simplex(3))
    True
    """
    if level not in LEVELS:
        raise InputError(f"level {level!r}; choose {', '.join(LEVELS)}")
    if mixture.k > MAX_K or mixture.d != mixture.k - 1 or not mixture.action.is_simplex:
        raise InputError(f"{mixture}: the suite covers the simplex action, k from 2 to {MAX_K}")
    chosen = list(EXACT)
    if mixture.k <= MAX_MEASURED_K:
        chosen += [c for c in MEASURED if c != "T2" or not is_regular(mixture)]
    ordered = [label for label in CLAIMS if label in chosen]
    return (*ordered, *(("C1",) if level == "certified" and mixture.k <= 4 else ()))


def predicted(label: str, mixture: Mixture) -> Outcome:
    """The outcome that the exact theory predicts for a mixture: T1 is refuted iff degenerate.

    >>> predicted("T1", Mixture.simplex(4, "2/5,3/10,1/10,1/5")).value
    'refuted'
    """
    null = null_frequencies(mixture.weights, mixture.action)
    return Outcome.REFUTED if label == "T1" and null else Outcome.HOLDS


def certificate(label: str, mixture: Mixture, level: str = "quick") -> Certificate:
    """Check one claim of one mixture.

    Returns:
        The certificate; its evidence is the weakest of the claim's and of all it rests on.

    Raises:
        InputError: a label that `claims_for` does not list.

    >>> certificate("S3", Mixture.simplex(3, "1/2,3/10,1/5")).outcome.value
    'holds'
    """
    if label not in claims_for(mixture, level):
        listed = ", ".join(claims_for(mixture, level))
        raise InputError(f"claim {label!r} cannot be asked of {mixture}; choose {listed}")
    return _checked(label, mixture, level)


def parse_claims(text: str) -> tuple[str, ...]:
    """Labels from a comma list; unknown ones are refused.

    >>> parse_claims("S6, T1")
    ('S6', 'T1')
    """
    return known([item.strip() for item in text.split(",")])


def known(labels: Iterable[str]) -> tuple[str, ...]:
    """The labels, all of them such as the suite has.

    Raises:
        InputError: a label that the suite does not have.
    """
    have = (*EXACT, *MEASURED, "C1")
    for label in (found := tuple(labels)):
        if label not in have:
            raise InputError(f"no claim {label!r} about one mixture; choose {', '.join(have)}")
    return found


def _checked(label: str, mixture: Mixture, level: str) -> Certificate:
    claim, quick = _of_one(label), level == "quick"
    own = _proved(label, mixture.k) if label in EXACT else _measured(label, mixture, quick)
    own = replace(own, provenance=Provenance(_command(label, mixture, level), __version__))
    return inherit(own, [_checked(parent, mixture, level) for parent in claim.depends])


@cache
def _proved(label: str, k: int) -> Certificate:
    """An exact claim for all weights at once: proved once for each k."""
    return check(CLAIMS[label], Scope((k,)), Provenance("", __version__))


@cache
def _measured(label: str, mixture: Mixture, quick: bool) -> Certificate:
    scope = Scope((mixture.k,), quick, (mixture,))
    return check(_of_one(label), scope, Provenance("", __version__))


def _of_one(label: str) -> Claim:
    if label == "C1":
        return ENCLOSED
    if label == "T2":  # the ledger's mutants coincide with the truth for some mixtures
        c = CLAIMS["T2"].stated.payload
        faults = (Form("c twice as large", lambda mixture, m: 2 * c(mixture, m)),
                  Form("c larger by 1/1000", lambda mixture, m: c(mixture, m) + 1e-3))  # fmt: skip
        return replace(CLAIMS["T2"], mutants=faults)
    if label != "T1":
        return CLAIMS[label]
    return replace(
        CLAIMS["T1"],
        title="linear convergence from anywhere",
        stated=Form("linear, local factor 1 − min|π̂_m|²", _rate(lambda s: 1 - s)),
        mutants=(
            Form("local factor 1 − min|π̂_m|", _rate(lambda s: 1 - math.sqrt(s))),
            Form("local factor (1 − min|π̂_m|²)²", _rate(lambda s: (1 - s) ** 2)),
        ),
    )


def _rate(local: Callable[[float], float]) -> RateForm:
    return RateForm(lambda mixture: True, lambda mixture: local(float(sigma(mixture))))


def _command(label: str, mixture: Mixture, level: str) -> str:
    return (
        f"pytest --pyargs overspec.verify.suite --overspec-k {mixture.k} --overspec-weights "
        f"'{mixture.weights}' --overspec-claims {label} --overspec-level {level}"
    )
