"""A mutation run of sentences: every printed statement, altered at one place, must be rejected.

    python tests/mutation/statements.py [--k 3] [LABEL …]

Prints how many alterations each derivation rejects, by the rules and by exact instances, and every
survivor; the exit code is 1 if there is one.
"""

from __future__ import annotations

import sys
from collections import Counter

from overspec.proofs.alterations import alterations, noticed
from overspec.proofs.catalogue import DERIVATIONS
from overspec.proofs.derivation import Method


def main(arguments: list[str]) -> int:
    """Run over the given labels, or all."""
    k = 3
    if arguments[:1] == ["--k"]:
        k, arguments = int(arguments[1]), arguments[2:]
    labels = arguments or list(DERIVATIONS)
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
    print(
        f"{total} alterations of {len(labels)} statements at k = {k}: {total - survivors} rejected "
        f"({by_value} also false at an exact instance), {survivors} survive"
    )
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
