"""The registry of claims, in the order in which a reader meets them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from overspec.verify.claims import convexity
from overspec.verify.claims import rates as claims_rates
from overspec.verify.claims.audit import data, geometry, rates, weights
from overspec.verify.claims.claim import Claim
from overspec.verify.claims.exact import exact_claim
from overspec.verify.claims.found.uses import rests_on
from overspec.verify.claims.laws import ahead, approach, departing, sampled, tied

#: The claims with a derivation of their own; what each rests on is found in its proof.
EXACT: tuple[str, ...] = (
    "S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8",
    "T1a", "T2a", "T3", "T3a", "T3b", "T4", "T5", "T6", "T7", "T8", "T9", "T10",
    "R", "D", "B", "Ba", "Bb", "H", "K1", "K2", "Q1o", "Q1f", "Q1w", "Q1d", "Q2", "Q2u", "Q2w",
    "I1", "I2", "I3", "I4", "I5", "I6", "I7",
)  # fmt: skip


#: The claims without a derivation of their own: measured ones and the rows of the audit.
DIRECT: dict[str, Claim] = {
    claim.id: claim
    for claim in (
        *claims_rates.CLAIMS,
        *convexity.CLAIMS,
        *weights.CLAIMS,
        *geometry.CLAIMS,
        *rates.CLAIMS,
        *data.CLAIMS,
        *approach.CLAIMS,
        *sampled.CLAIMS,
        *tied.CLAIMS,
        *departing.CLAIMS,
        *ahead.CLAIMS,
    )
}


def _rank(label: str) -> tuple[int, int, str]:
    digits = "".join(c for c in label if c.isdigit())
    return "STRDBGHKQIEXP".index(label[0]), int(digits or 0), label


#: Every label, in the order in which a reader meets the claims: S, T, K and Q of math.md, R the
#: rotation, D idle dimensions, B the bound on the radius, G convexity, H what keeps a simplex, I
#: any maps in place of R^j, E for the engines, X for the experiments' laws, P for the audit.
LABELS: tuple[str, ...] = tuple(sorted((*EXACT, *DIRECT), key=_rank))


@cache
def claim(label: str) -> Claim:
    """The claim of a label; an exact one builds its derivation, with its mutants, when first asked.

    What an exact one rests on is found in its proof; what another does, in the tools that measure
    and predict (`found.uses`), besides what it declares.

    Raises:
        KeyError: no such label.

    >>> claim("S4").depends, claim("S3").source
    (('S5',), 'math.md S3')
    """
    if label not in DIRECT:
        return exact_claim(label)
    direct = DIRECT[label]
    found = {*direct.depends, *used(direct)} - {label}
    return replace(direct, depends=tuple(each for each in LABELS if each in found))


def used(claim: Claim) -> tuple[str, ...]:
    """Labels of the claims that the tools of a claim without a derivation rest on.

    >>> used(DIRECT["P6"])
    ('S3',)
    """
    return rests_on(claim.measure, claim.judge, claim.stated.payload,
                    *([claim.amended.payload] if claim.amended else []))  # fmt: skip


def claims() -> dict[str, Claim]:
    """Every claim by its label, in the order of `LABELS`: builds all derivations (seconds)."""
    return {label: claim(label) for label in LABELS}
