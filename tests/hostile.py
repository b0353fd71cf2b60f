"""Text that tries to be more than text, and a ledger full of it."""

from __future__ import annotations

from dataclasses import replace

from overspec.evidence import Assumption, Extent
from overspec.mixture import Mixture
from overspec.verify.claims.ledger import Ledger
from overspec.verify.claims.profile import portrait

HOSTILE = (
    r"\input{/etc/passwd} $x$ 100% #1 \VAR{version} & ~ ^_ } {",
    "<script>alert(1)</script>&lt;'\"",
    "אבג \u202etxet",
    "x" * 20_000,
)


def attacked(ledger: Ledger, attack: str) -> Ledger:
    """The ledger with the attack wherever a file or a user could put text."""
    first = ledger.certificates[0]
    hostile = replace(
        first,
        worst_at=attack,
        amendment=attack,
        counterexample=attack,
        hypotheses=(attack,),
        values=((attack, attack),),
        under=(Assumption(attack, attack, attack),),
        through=(attack,),
        scope=Extent((2,), attack, (attack,), attack),
        margin=attack,
        text=replace(
            first.text, title=attack, statement=attack, source=attack, said=attack, stated=attack,
            depends=(attack,), mutants=(attack,), methods=(attack,), shares=(attack,),
            proof=tuple(replace(s, words=attack, lhs=attack, rhs=attack, rule=attack,
                                shares=(attack,))
                        for s in first.text.proof),
        ),
        provenance=replace(first.provenance, command=attack, version=attack),
    )  # fmt: skip
    mine = portrait(attack, Mixture.simplex(3, "1/2,3/10,1/5"), attack)
    return replace(
        ledger, certificates=(hostile, *ledger.certificates[1:]), mixtures=(mine,), made=attack
    )
