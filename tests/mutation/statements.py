"""A mutation run of sentences: every printed statement, altered at one place, must be rejected.

    python tests/mutation/statements.py [--k 3] [LABEL …]

Prints how many alterations each derivation rejects, by the rules and by exact instances; how many
the judge of each measured claim rejects, on one measurement at quick scope, and how many that
measurement cannot tell from the truth; and every survivor. The exit code is 1 if there is one.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace

from overspec.evidence import Outcome
from overspec.mixture import Mixture
from overspec.proofs.catalogue import DERIVATIONS
from overspec.proofs.language.alterations import alterations, noticed
from overspec.proofs.language.derivation import Method
from overspec.verify.claims.claim import Claim, Scope
from overspec.verify.claims.convexity import CONVEXITY, TRUE
from overspec.verify.claims.enclosed import ENCLOSED
from overspec.verify.claims.registry import DIRECT
from overspec.verify.claims.sentences.alter import count, sentence
from overspec.verify.claims.sentences.judge import form

#: Conjecture G is false; what its enclosures show is altered in its place.
TRUTH = replace(CONVEXITY, stated=form(TRUE), expected=Outcome.HOLDS)


#: Survivors that are known, and why: by claim, and by the words of the alteration.


def main(arguments: list[str]) -> int:
    """Run over the given labels, or all."""
    k = 3
    if arguments[:1] == ["--k"]:
        k, arguments = int(arguments[1]), arguments[2:]
    asked = DIRECT | ENCLOSED | {"G": TRUTH}
    measured = {label: each for label, each in asked.items() if sentence(each)}
    labels = arguments or [*DERIVATIONS, *measured]
    survivors = _derived([label for label in labels if label in DERIVATIONS], k)
    asked_for = [measured[label] for label in labels if label in measured]
    survivors += _measured(asked_for) if asked_for else 0
    return 1 if survivors else 0


def _derived(labels: list[str], k: int) -> int:
    total, by_value, survivors = 0, 0, 0
    for label in labels:
        derivation = DERIVATIONS[label](k)
        counts: Counter[str] = Counter()
        for altered in alterations(derivation.statement):
            methods = noticed(derivation, altered.statement)
            counts["all"] += 1
            counts["by value"] += Method.STATEMENT in methods
            if not methods:
                survivors += 1
                print(f"SURVIVES {label}: {altered.words}: {altered.statement.text}")
        total, by_value = total + counts["all"], by_value + counts["by value"]
        print(
            f"{label:4} {counts['all']:5} alterations, {counts['by value']:5} false at an instance"
        )
    if not labels:
        return 0
    print(
        f"{total} alterations of {len(labels)} statements at k = {k}: {total - survivors} rejected "
        f"({by_value} also false at an exact instance), {survivors} survive"
    )
    return survivors


def _measured(claims: list[Claim]) -> int:
    rejected, undecided, survivors = 0, 0, 0
    for each in claims:
        mixtures = (Mixture.simplex(3, "1/2,3/10,1/5"),) if each.id in ENCLOSED else ()
        found = count(each, each.measure(Scope((2, 3, 4), quick=True, mixtures=mixtures)))
        for one in found.undecided:
            print(f"undecided {each.id}: {one.words}: {one.statement.text}")
        for one in found.survivors:
            print(f"SURVIVES {each.id}: {one.words}: {one.statement.text}")
        print(f"{each.id:4} {found.rejected:5} rejected, {len(found.undecided):5} undecided, "
              f"{len(found.survivors):5} survive")  # fmt: skip
        rejected += found.rejected
        undecided, survivors = undecided + len(found.undecided), survivors + len(found.survivors)
    print(
        f"{rejected + undecided + survivors} alterations of {len(claims)} measured statements: "
        f"{rejected} rejected, {undecided} not told from the truth, {survivors} survive"
    )
    return survivors


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
