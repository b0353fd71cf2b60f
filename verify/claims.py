"""The registry of claims, in the order in which a reader meets them."""

from __future__ import annotations

from functools import cache

from . import (
    audit_data,
    audit_geometry,
    audit_rates,
    audit_weights,
    claims_convexity,
    claims_rates,
)
from .claim import Claim
from .claims_exact import exact_claim

#: What each exact claim rests on; the derivations name their hypotheses themselves.
EXACT: dict[str, tuple[str, ...]] = {
    "S1": (),
    "S2": ("S1",),
    "S3": (),
    "S4": ("S3", "S5"),
    "S5": ("S1",),
    "S6": ("S1", "S3"),
    "S7": ("S2", "S6"),
    "S8": ("S6",),
    "T1a": ("S3", "S4", "S6", "S8"),
    "T2a": ("S3", "S5", "S6", "T4", "T6", "T7"),
    "T3": ("S2", "S5", "S6", "S7"),
    "T4": ("S3",),
    "T5": ("S3",),
    "T6": ("S2",),
    "T7": ("S7",),
    "B": ("S5", "S6"),
    "H": ("S6", "S8"),
    "K1": (),
    "K2": ("K1",),
    "Q1o": ("S1",),
    "Q1f": ("S1",),
    "Q1w": ("S1",),
    "Q1d": ("Q1w",),
    "Q2": ("S4",),
    "Q2u": ("Q2", "T4"),
}


#: The claims without a derivation of their own: measured ones and the rows of the audit.
DIRECT: dict[str, Claim] = {
    claim.id: claim
    for claim in (
        *claims_rates.CLAIMS,
        *claims_convexity.CLAIMS,
        *audit_weights.CLAIMS,
        *audit_geometry.CLAIMS,
        *audit_rates.CLAIMS,
        *audit_data.CLAIMS,
    )
}


def _rank(label: str) -> tuple[int, int, str]:
    digits = "".join(c for c in label if c.isdigit())
    return "STBGHKQEP".index(label[0]), int(digits or 0), label


#: Every label, in the order in which a reader meets the claims, with those that it rests on: S, T,
#: K and Q of math.md, B the bound on the radius, G convexity, H the weights that keep a simplex,
#: E for the engines, P for the audit rows.
DEPENDS: dict[str, tuple[str, ...]] = dict(
    sorted(
        (EXACT | {label: claim.depends for label, claim in DIRECT.items()}).items(),
        key=lambda item: _rank(item[0]),
    )
)


@cache
def claim(label: str) -> Claim:
    """The claim of a label; an exact one builds its derivation, with its mutants, when first asked.

    Raises:
        KeyError: no such label.

    >>> claim("S4").depends, claim("S3").source
    (('S3', 'S5'), 'math.md S3')
    """
    return DIRECT[label] if label in DIRECT else exact_claim(label, EXACT[label])


def claims() -> dict[str, Claim]:
    """Every claim by its label, in the order of `DEPENDS`: builds all derivations (seconds)."""
    return {label: claim(label) for label in DEPENDS}
