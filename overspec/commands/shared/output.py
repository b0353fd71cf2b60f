"""What a command prints: one JSON object, or text that reads well on a terminal and in a file."""

from __future__ import annotations

import io
import json
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from overspec.files import visible
from overspec.results.result import Facts, Result, Table, as_text

PIPE_WIDTH = 130  # columns when the output is not a terminal
PATIENCE = 0.3  # seconds before a silent command shows that it works


@contextmanager
def waiting(words: str) -> Iterator[None]:
    """A spinner on standard error once `PATIENCE` is over; only on a terminal, and gone after."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    status = Console(stderr=True).status(words)
    timer = threading.Timer(PATIENCE, status.start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()  # it may be starting the spinner just now
        status.stop()


def print_json(data: dict[str, Any]) -> None:
    """Exactly one object on standard output."""
    click.echo(json.dumps(data, indent=2, allow_nan=False))


def print_facts(facts: Iterable[tuple[str, object]]) -> None:
    """Named values, one a line, aligned."""
    click.echo(visible(as_text(Facts.of(facts))))


def print_result(result: Result, as_json: bool, **more: object) -> None:
    """A result as one JSON object or for a reader; ``more`` are further named values."""
    if as_json:
        print_json(result.to_dict() | more)
        return
    for part in result.parts():
        if isinstance(part, Table):
            print_table(part.columns, part.rows, part.right)
        elif isinstance(part, Facts):
            print_facts((*part.rows, *more.items()))
        else:
            click.echo(visible(part))


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[str] = ()
) -> None:
    """A table: ruled and coloured on a terminal, plain aligned columns elsewhere.

    Args:
        columns: the headings.
        rows: the cells as text; markup in them is not interpreted.
        right: the headings to align right.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    terminal = sys.stdout.isatty()
    table = Table(box=box.SIMPLE_HEAD if terminal else None, pad_edge=False, expand=False)
    for name in map(visible, columns):
        justify = "right" if name in right else "left"
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*(Text(visible(cell), style=COLOURS.get(cell, "")) for cell in row))
    if terminal:
        Console().print(table)
        return
    page = io.StringIO()
    Console(file=page, width=PIPE_WIDTH, color_system=None, force_terminal=False).print(table)
    click.echo("\n".join(line.rstrip() for line in page.getvalue().splitlines()))


#: Colours of the words that tables are scanned for.
COLOURS = {
    "holds": "green",
    "amended": "yellow",
    "refuted": "red",
    "open": "magenta",
    "inconclusive": "red",
}
