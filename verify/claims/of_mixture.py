"""What the claims say of one mixture: the suite's checks, with outcomes that may be refuted.

The ledger's T1 is a dichotomy over many mixtures. Of one mixture it says "EM converges linearly
from anywhere, with local factor 1 − min|π̂_m|²", which is refuted where a DFT entry vanishes. T2
then says how slow EM is; it is asked only of mixtures with a null frequency. The exact claims
hold for all weights; they are re-proved at the mixture's k. C1 and C2 (`claims.enclosed`) are those
of the level certified.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from overspec import __version__
from overspec.errors import InputError
from overspec.evidence import Certificate, Outcome, Provenance
from overspec.mixture import Mixture
from overspec.proofs.machinery.cyclotomic import null_frequencies
from overspec.verify.claims.cases import is_regular
from overspec.verify.claims.claim import Claim, Scope, examine
from overspec.verify.claims.enclosed import ENCLOSED
from overspec.verify.claims.measured.null import C, near_laws
from overspec.verify.claims.rates import EVERYWHERE, NEAR_FACTORS, rate
from overspec.verify.claims.registry import EXACT, LABELS, claim
from overspec.verify.claims.run import inherit
from overspec.verify.claims.sentences.judge import form
from overspec.verify.claims.sentences.letters import LEAST

LEVELS = ("quick", "thorough", "certified")
MEASURED = ("E1", "T1", "T2")
#: Exact claims asked at level quick; the theorems built on them take most of the time.
CORE = ("S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "T3", "T4", "T5", "T6", "T7")
MAX_MEASURED_K = 4  # grids beyond cost minutes
MAX_K = 6


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
    ordered = [label for label in LABELS if label in chosen]
    enclosed = level == "certified" and mixture.k <= MAX_MEASURED_K
    return (*ordered, *(ENCLOSED if enclosed else ()))


def asked(mixture: Mixture, level: str = "quick") -> tuple[str, ...]:
    """The labels that a suite asks of a mixture when none are named: fewer at level quick.

    Raises:
        InputError: as `claims_for`.

    >>> set(asked(Mixture.simplex(3), "thorough")) - set(asked(Mixture.simplex(3))) >= {"B", "H"}
    True
    """
    found = claims_for(mixture, level)
    return tuple(c for c in found if level != "quick" or c in CORE or c in MEASURED)


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
    have = (*EXACT, *MEASURED, *ENCLOSED)
    for label in (found := tuple(labels)):
        if label not in have:
            raise InputError(f"no claim {label!r} about one mixture; choose {', '.join(have)}")
    return found


def _checked(label: str, mixture: Mixture, level: str) -> Certificate:
    quick = level == "quick"
    own = _proved(label, mixture.k) if label in EXACT else _measured(label, mixture, quick)
    own = replace(own, provenance=Provenance(_command(label, mixture, level), __version__))
    return inherit(own, [_checked(parent, mixture, level) for parent in _of_one(label).depends])


@cache
def _proved(label: str, k: int) -> Certificate:
    """An exact claim for all weights at once: proved once for each k."""
    return examine(claim(label), Scope((k,)), Provenance("", __version__))


@cache
def _measured(label: str, mixture: Mixture, quick: bool) -> Certificate:
    scope = Scope((mixture.k,), quick, (mixture,))
    return examine(_of_one(label), scope, Provenance("", __version__))


def _of_one(label: str) -> Claim:
    if label in ENCLOSED:
        return ENCLOSED[label]
    if label == "T2":  # the ledger's mutants coincide with the truth for some mixtures
        return replace(claim("T2"), mutants=near_laws(C))
    if label != "T1":
        return claim(label)
    return replace(
        claim("T1"),
        title="linear convergence from anywhere",
        stated=form(rate(EVERYWHERE, 1 - LEAST)),
        mutants=tuple(form(rate(EVERYWHERE, factor)) for factor in NEAR_FACTORS),
    )


def _command(label: str, mixture: Mixture, level: str) -> str:
    return (
        f"pytest --pyargs overspec.verify.suite --overspec-k {mixture.k} --overspec-weights "
        f"'{mixture.weights}' --overspec-claims {label} --overspec-level {level}"
    )
