"""``--plot``: a figure in a file, or drawn in the terminal."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overspec.errors import InputError

if TYPE_CHECKING:
    from overspec.figure import FigureData

TERMINAL = "-"
KINDS = ("png", "pdf", "svg")

plot_option = click.option(
    "--plot",
    is_flag=False,
    flag_value=TERMINAL,
    metavar="[FILE]",
    help="Also draw it: to a .png, .pdf or .svg FILE, or in the terminal.",
)


def check_plot(target: str | None) -> None:
    """Before long work: whether the figure can be written.

    Raises:
        InputError: an unknown kind of file, a place that cannot be written, or no matplotlib.
    """
    if target is None or target == TERMINAL:
        return
    from overspec.files import check_writable

    if _kind(target) not in KINDS:
        names = ", ".join(f".{kind}" for kind in KINDS)
        raise InputError(f"--plot {target}: the name must end with {names}; or give --plot alone")
    if find_spec("matplotlib") is None:
        raise InputError(
            f"--plot {target} needs matplotlib: pip install 'overspec[figures]'; "
            "--plot alone draws in the terminal"
        )
    check_writable(Path(target).parent)


def plot(data: FigureData, target: str | None, quiet: bool = False) -> Path | None:
    """Draw the figure where `plot_option` says; the file, where there is one.

    Args:
        data: the figure.
        target: the value of the option.
        quiet: whether standard output is taken: the drawing then goes to standard error.
    """
    if target is None:
        return None
    if target == TERMINAL:
        from overspec.reports.figures.terminal import sketch

        click.echo(sketch(data), err=quiet)
        return None
    from overspec.files import write_atomically
    from overspec.reports.content.document import Figure
    from overspec.reports.printing.drawing import draw, standalone

    content = draw(Figure(data), _kind(target))
    if _kind(target) == "svg":
        content = standalone(content)
    return write_atomically(Path(target), content)


def _kind(target: str) -> str:
    return Path(target).suffix.lower().removeprefix(".")
