"""``overspec check``: a certificate, proved again by independent code."""

from __future__ import annotations

from pathlib import Path

import click

from overspec.commands.shared.certified import INCONCLUSIVE
from overspec.commands.shared.options import json_option
from overspec.commands.shared.output import print_result, waiting

EXAMPLES = """\b
Examples:
  overspec evaluate --k 3 --weights 1/2,3/10,1/5 --amplitudes 1 --out kl.json
  overspec check kl.json"""

EXIT = {
    "proved again": 0,
    "false": 1,
    "unreadable": 2,
    "consistent": INCONCLUSIVE,
    "not decided": INCONCLUSIVE,
}


@click.command(short_help="Prove a certificate again by other means.", epilog=EXAMPLES)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--budget",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    metavar="N",
    help="Most work to do, in 10^9 operations; 20 takes a few minutes.",
)
@json_option
def check(file: Path, budget: int, as_json: bool) -> int:
    """Prove the certificate in FILE again, by code that shares nothing with the code that wrote it.

    It checks the hash, the hypotheses, the arithmetic of the error budget, each bound by formulas
    of its own, and each number by an enclosure of its own, and prints in words what it proved. Exit
    code 0: proved again; 1: false; 2: not a certificate, or its hash does not fit; 3: not decided
    within the budget, or consistent up to an epsilon that is printed, but not proved.
    """
    from overspec.verbs.check import check as verdict_on

    with waiting("proving again"):
        result = verdict_on(file, budget)
    print_result(result, as_json)
    return EXIT[result.status]
