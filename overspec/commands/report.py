"""``overspec report``: the ledger as a document."""

from __future__ import annotations

from pathlib import Path

import click

from .options import json_option
from .output import print_json
from .verify import load_ledger, run_ledger, save_ledger

EXAMPLES = """\b
Examples:
  overspec report --ledger out/ledger.json --out out
  overspec report --k 2:5 --out report"""


@click.command(short_help="Write the ledger as LaTeX and PDF.", epilog=EXAMPLES)
@click.option(
    "--ledger",
    "path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A ledger.json of overspec verify; without it the claims are checked first.",
)
@click.option(
    "--k",
    "ks",
    default="2:4",
    show_default=True,
    metavar="RANGE",
    help="Numbers of components to check when no ledger is given.",
)
@click.option("--quick", is_flag=True, help="Fewer cases when no ledger is given.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("out"),
    show_default=True,
    metavar="DIR",
    help="Where to write.",
)
@json_option
def report(path: Path | None, ks: str, quick: bool, out: Path, as_json: bool) -> None:
    """Write the ledger as LaTeX, and as PDF where an engine is found.

    The report states each claim, the conditions derived for each k, what was said beside what
    holds, and how to run every check again. A failed claim is reported, not an error here.
    """
    if path is None:
        from ..reports.files import check_writable

        check_writable(out)  # before the long run, not after it
    ledger = run_ledger(ks, None, quick) if path is None else load_ledger(path)
    written = [] if path is not None else [save_ledger(ledger, out)]
    from ..reports.report import write_report

    result = write_report(ledger, out)
    files = [str(file) for file in (*written, *result.files)]
    if as_json:
        print_json({"files": files, "skipped": list(result.skipped)})
        return
    for file in files:
        click.echo(f"wrote {file}")
    for reason in result.skipped:
        click.echo(reason)
