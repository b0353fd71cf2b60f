"""``overspec check``: a certificate, checked again by independent code."""

from __future__ import annotations

from pathlib import Path

import click

from overspec.commands.shared.certified import INCONCLUSIVE
from overspec.commands.shared.options import json_option
from overspec.commands.shared.output import print_result

EXAMPLES = """\b
Examples:
  overspec evaluate --k 3 --weights 1/2,3/10,1/5 --amplitudes 1 --out kl.json
  overspec check kl.json"""

EXIT = {"valid": 0, "invalid": 1, "unreadable": 2, "inconclusive": INCONCLUSIVE}


@click.command(short_help="Check a certificate by other means.", epilog=EXAMPLES)
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def check(file: Path, as_json: bool) -> int:
    """Check the certificate in FILE by code that shares nothing with what wrote it.

    The hash, the hypotheses, the arithmetic of the error budget, each bound by formulas of its
    own, and each number by its own quadrature. Exit code 0: valid; 1: invalid; 2: not a
    certificate, or its hash does not fit; 3: too costly to decide.
    """
    from overspec.verbs.check import check as verdict_on

    result = verdict_on(file)
    print_result(result, as_json)
    return EXIT[result.status]
