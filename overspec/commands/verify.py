"""``overspec verify``: check every claim and print the ledger."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overspec.commands.shared.options import json_option
from overspec.commands.shared.output import print_result
from overspec.ranges import integer_range
from overspec.verbs.verify import Progress, save_ledger

if TYPE_CHECKING:
    from overspec.verify.claims.ledger import Ledger

MOST_JOBS = 4  # a process takes two seconds to start
EXAMPLES = """\b
Examples:
  overspec verify                           every claim for k = 2, 3, 4
  overspec verify --claims S6,T1 --k 2:5    two claims and what they rest on
  overspec verify --claims 'X*' --quick     the laws of the experiments
  overspec verify --quick --out out         fewer cases; keep out/ledger.json"""


@click.command(short_help="Check every claim and print the ledger.", epilog=EXAMPLES)
@click.option(
    "--k",
    "ks",
    default="2:4",
    show_default=True,
    metavar="RANGE",
    help="Numbers of components: 3, a list 2,4 or a range 2:5, both ends included.",
)
@click.option("--claims", metavar="ID,...", help="Only these claims and what they rest on.")
@click.option("--quick", is_flag=True, help="Fewer cases for the measured claims.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Also write DIR/ledger.json.",
)
@click.option(
    "--owner",
    default="",
    metavar="NAME",
    help="Whose ledger it is: the author of its report.",
)
@click.option("--jobs", type=int, help="Local processes (default: one for each core, at most 4).")
@json_option
def verify(
    ks: str,
    claims: str | None,
    quick: bool,
    out: Path | None,
    owner: str,
    jobs: int | None,
    as_json: bool,
) -> int:
    """Check every claim by computation and print the ledger.

    Every check must also reject at least one mutant, a nearby false statement. A claim has the
    weakest evidence of all that it rests on, and is subject to all their named hypotheses.
    "Proved for k = 2, 3" means derived for these k and for no others. Exit code 0: every claim
    came out as expected; 1: one did not; 3: one is inconclusive.
    """
    if out is not None:
        from overspec.files import check_writable

        check_writable(out)
    ledger = run_ledger(ks, claims, quick, figures=out is not None, jobs=jobs, owner=owner)
    if out is not None:
        save_ledger(ledger, out / "ledger.json")
    print_result(ledger, as_json)
    if not as_json:
        from overspec.reports.content.summary import closing_sentence

        click.echo()
        click.echo(closing_sentence(ledger))
    return ledger.exit_code


def run_ledger(
    ks: str,
    claims: str | None,
    quick: bool,
    figures: bool = False,
    jobs: int | None = None,
    owner: str = "",
) -> Ledger:
    """Run the ledger that the options ask for, with progress on standard error."""
    from overspec.verbs.verify import verify as compute

    chosen = integer_range(ks, "--k")
    count = min(os.cpu_count() or 1, MOST_JOBS) if jobs is None else jobs
    return compute(
        claims, chosen, quick=quick, figures=figures, jobs=count, owner=owner, progress=progress
    )


@contextmanager
def progress() -> Iterator[Progress]:
    """Progress on standard error: a bar on a terminal, one line a claim elsewhere."""
    if not sys.stderr.isatty():
        yield _lines
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn())
    with Bar(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")
        yield lambda claim, done, total: bar.update(
            task, description=claim or "done", completed=done, total=total
        )


def _lines(claim: str, done: int, total: int) -> None:
    if claim:
        print(f"[{done + 1}/{total}] {claim}", file=sys.stderr, flush=True)
