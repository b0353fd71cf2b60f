"""The options that commands on data share, and progress that shows only where work is long."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from overspec.errors import InputError

if TYPE_CHECKING:
    from overspec.verify.em.choice import Progress

Command = TypeVar("Command", bound=Callable[..., Any])

EVERY = 2.0  # seconds between what is said of progress


def data_options(command: Command) -> Command:
    """--data and how it is read: --header, --index, --sample-weight, --missing."""
    options = (
        click.option(
            "--data",
            "path",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Points, one a row: .csv, .tsv, .txt (or .gz), .npy, .npz, .parquet, or - for "
            "text on standard input.",
        ),
        click.option(
            "--header/--no-header",
            default=None,
            help="With --data: whether the first line of a text file names the columns; by "
            "default the file shows it.",
        ),
        click.option(
            "--index/--no-index",
            default=None,
            help="With --data: whether the first column is an index, which is left out.",
        ),
        click.option(
            "--sample-weight",
            "weight_path",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="With --data: a weight >= 0 for each row, one a line; 2 counts as two rows.",
        ),
        click.option(
            "--missing",
            is_flag=True,
            help="With --data: empty cells and nan are values that were not observed, not errors.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def fit_options(command: Command) -> Command:
    """--tied or --free, --covariance, --accelerate: what is fitted, and how."""
    tied = click.option(
        "--tied/--free",
        default=True,
        show_default=True,
        help="Means tied to one theta by the rotation, or each free.",
    )
    covariance = click.option(
        "--covariance",
        type=click.Choice(["fixed", "isotropic", "full"]),
        default="fixed",
        show_default=True,
        help="Covariance of the components: identity, or estimated too.",
    )
    accelerate = click.option(
        "--accelerate",
        type=click.Choice(["em", "squarem", "anderson", "daarem"]),
        default="em",
        show_default=True,
        help="Look ahead, and keep only points that are no less likely, or no farther in KL; em "
        "does not look ahead.",
    )
    return tied(covariance(accelerate(command)))


def weights_of_rows(path: Path | None) -> object:
    """The numbers of --sample-weight, or None.

    Raises:
        InputError: more than one column.
    """
    if path is None:
        return None
    from overspec.verify.em.readers import load_data

    rows = load_data(path, index=False)
    if rows.shape[1] != 1:
        raise InputError(f"--sample-weight {path}: {rows.shape[1]} columns; give one number a line")
    return rows[:, 0]


@contextmanager
def patient_progress() -> Iterator[Progress]:
    """Progress on standard error every few seconds, so that short work says nothing.

    On a terminal the line is written over, and gone at the end.
    """
    terminal, said, shown = sys.stderr.isatty(), time.monotonic(), False

    def report(what: str, done: int, total: int) -> None:
        nonlocal said, shown
        now = time.monotonic()
        if now - said < EVERY:
            return
        said, shown = now, True
        line = f"{what}: {done} of at most {total} steps"
        click.echo(f"\r\033[K{line}" if terminal else line, err=True, nl=not terminal)

    try:
        yield report
    finally:
        if shown and terminal:
            click.echo("\r\033[K", err=True, nl=False)
