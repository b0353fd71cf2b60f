"""``overspec sweep``: a grid of radii, on local processes or a Dask cluster."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overspec import __version__
from overspec.commands.shared.certified import INCONCLUSIVE
from overspec.commands.shared.options import json_option
from overspec.commands.shared.output import print_facts, print_json
from overspec.commands.shared.plot import check_plot, plot_option
from overspec.commands.shared.plot import plot as draw_plot

if TYPE_CHECKING:
    from overspec.verify.sweep.run import Progress as Done

EXAMPLES = """\b
Examples:
  overspec sweep examples/sweep.toml --out radii
  overspec sweep examples/sweep.toml --out radii --format csv,parquet
  overspec sweep examples/scaling/k.toml --out radii --plot radii.png
  overspec sweep examples/sweep.toml --out radii --scheduler tcp://127.0.0.1:8786"""


@click.command(short_help="A grid of radii; resumes where it stopped.", epilog=EXAMPLES)
@click.argument("spec", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
@click.option("--scheduler", metavar="ADDRESS", help="Scheduler of a Dask cluster.")
@click.option("--jobs", type=int, help="Local processes (default: one for each core).")
@click.option(
    "--format",
    "formats",
    default="csv",
    show_default=True,
    metavar="LIST",
    help="Formats of the table: csv, parquet.",
)
@plot_option
@json_option
def sweep(
    spec: Path,
    out: Path,
    scheduler: str | None,
    jobs: int | None,
    formats: str,
    plot: str | None,
    as_json: bool,
) -> int:
    """Compute every radius of the grids in SPEC, a TOML file, and write a table to --out.

    Each result is kept in OUT/results. If a sweep was stopped or killed, the same command computes
    only what is missing and ends with the same files. A damaged result is reported and computed
    again. The exit code is 3 if some tasks have no answer; the table says why.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from overspec.verbs.sweep import sweep as compute

    check_plot(plot)
    columns = (TextColumn("radii"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console) as bar:
        shown = bar.add_task("radii", total=None)

        def report(progress: Done) -> None:
            bar.update(shown, completed=progress.done, total=progress.total)
            if progress.note:
                console.print(progress.note, markup=False, highlight=False, soft_wrap=True)

        found = compute(
            spec, out, jobs=jobs, scheduler=scheduler, formats=formats, on_progress=report
        )
    if plot is not None:
        from overspec.evidence import Provenance
        from overspec.reports.figures.sweep import table_figure

        made = Provenance(f"overspec sweep {spec.name} --out DIR", __version__)
        drawn = draw_plot(table_figure(found.rows, made), plot, as_json)
        found = replace(found, files=found.files + (() if drawn is None else (drawn,)))
    facts = found.to_dict()
    if as_json:
        print_json(facts)
    else:
        print_facts((facts | {"files": ", ".join(facts["files"])}).items())
    return INCONCLUSIVE if found.unanswered else 0
