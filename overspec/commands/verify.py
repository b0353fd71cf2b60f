"""``overspec verify``: check every claim and print the ledger."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overspec.commands.shared.options import json_option
from overspec.commands.shared.output import print_json, print_table
from overspec.errors import InputError
from overspec.ranges import integer_range

if TYPE_CHECKING:
    from overspec.verify.claims.ledger import Ledger

EXAMPLES = """\b
Examples:
  overspec verify                           every claim for k = 2, 3, 4
  overspec verify --claims S6,T1 --k 2:5    two claims and what they rest on
  overspec verify --quick --out out         fewer cases; keep out/ledger.json"""

Progress = Callable[[str, int, int], None]


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
@json_option
def verify(ks: str, claims: str | None, quick: bool, out: Path | None, as_json: bool) -> int:
    """Check every claim by computation and print the ledger.

    Each claim is checked against at least one mutant, a nearby false statement that the same
    check must reject. A claim has the weakest evidence of all it rests on. Exit code 0: every
    claim came out as expected; 1: one did not; 3: one is inconclusive.
    """
    if out is not None:
        from overspec.files import check_writable

        check_writable(out)
    ledger = run_ledger(ks, claims, quick, figures=out is not None)
    data = ledger.to_json()
    if out is not None:
        save_ledger(ledger, out)
    if as_json:
        print_json(data)
    else:
        print_ledger(ledger)
    return ledger.exit_code


def run_ledger(ks: str, claims: str | None, quick: bool, figures: bool = False) -> Ledger:
    """Run the ledger that the options ask for, with progress on standard error.

    ``figures``: also compute the data of the report's figures, which a ledger of some claims only
    leaves out.
    """
    chosen = integer_range(ks, "--k")
    labels = None if claims is None else labels_of(claims)
    from overspec.reports.figures.ledger import figure_data
    from overspec.verify.claims.run import run

    with progress() as report:
        ledger = run(chosen, labels, quick, report)
    if not figures or labels is not None:
        return ledger
    with progress() as report:
        return replace(ledger, figures=figure_data(quick, on_progress=report))


def labels_of(claims: str) -> tuple[str, ...]:
    """The labels in a comma list.

    >>> labels_of("S6, T1")
    ('S6', 'T1')
    """
    return tuple(part.strip() for part in claims.split(","))


def save_ledger(ledger: Ledger, folder: Path) -> Path:
    """Write ``folder/ledger.json``."""
    from overspec.files import write_atomically

    return write_atomically(folder / "ledger.json", json.dumps(ledger.to_json(), indent=2) + "\n")


def load_ledger(path: Path) -> Ledger:
    """Read a ledger that `save_ledger` wrote."""
    from overspec.verify.claims.ledger import Ledger

    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise InputError(f"{path} is not JSON; give a ledger.json of overspec verify") from None
    ledger = Ledger.from_json(data)
    if not ledger.certificates:
        raise InputError(f"{path} holds no claims; run overspec verify again")
    return ledger


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


def print_ledger(ledger: Ledger) -> None:
    """The table of claims and the sentence that says what it shows."""
    from overspec.reports.content.summary import closing_sentence

    print_table(
        ("claim", "what it says", "outcome", "evidence", "margin", "seconds"),
        [
            (
                c.claim,
                c.text.title,
                c.outcome.value,
                c.evidence.value,
                c.margin,
                f"{c.seconds:.1f}",
            )
            for c in ledger.certificates
        ],
        right="margin seconds",
    )
    click.echo()
    for certificate in ledger.certificates:
        if certificate.amendment:
            click.echo(f"{certificate.claim} amended: {certificate.amendment}")
    click.echo()
    click.echo(closing_sentence(ledger))
