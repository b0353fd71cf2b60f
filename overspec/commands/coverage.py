"""``overspec coverage``: each sentence of the document under test, and what answers it."""

from __future__ import annotations

from pathlib import Path

import click

from overspec.commands.shared.options import json_option
from overspec.commands.shared.output import print_result

EXAMPLES = """\b
Examples:
  overspec coverage
  overspec coverage --ledger out/ledger.json
  overspec coverage --json"""


@click.command(short_help="What answers each sentence of the source.", epilog=EXAMPLES)
@click.option(
    "--ledger",
    "path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A ledger.json of overspec verify: outcomes are read from it.",
)
@json_option
def coverage(path: Path | None, as_json: bool) -> int:
    """Each sentence of the summary of the paper, and the claims and experiments that answer it.

    With --ledger, how each of these came out; without it, their labels alone. A sentence that
    asserts nothing is listed with the reason.
    """
    from overspec.verbs.coverage import coverage as compute
    from overspec.verbs.verify import load_ledger

    print_result(compute(None if path is None else load_ledger(path)), as_json)
    return 0
