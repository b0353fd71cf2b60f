"""``overspec sweep``: a grid of radii, on local processes or a Dask cluster."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from overspec import __version__
from overspec.commands.shared.certified import INCONCLUSIVE
from overspec.commands.shared.options import json_option
from overspec.commands.shared.output import print_facts, print_json
from overspec.commands.shared.plot import check_plot, plot_option
from overspec.commands.shared.plot import plot as draw_plot
from overspec.errors import InputError

if TYPE_CHECKING:
    from overspec.verify.sweep.run import Workers

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
    """Every radius of the grids in SPEC, a TOML file, as a table in the folder --out.

    Results are kept one by one in OUT/results. A sweep that was stopped or killed, started again,
    computes only what is missing and ends with the same files; a damaged result is reported and
    computed again. Exit 3 when some tasks have no answer; the table says why.
    """
    from concurrent.futures import CancelledError

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from overspec.files import check_writable, write_atomically
    from overspec.reports.content.tables import check_formats, table_bytes
    from overspec.verify.sweep import run as engine
    from overspec.verify.sweep.spec import read_spec
    from overspec.verify.sweep.store import Store, source_hash

    if jobs is not None and (jobs < 1 or scheduler is not None):
        raise InputError(f"--jobs {jobs}: a number >= 1, for local processes only")
    try:
        text = spec.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {spec}: {error}") from None
    wanted = check_formats(formats)
    check_plot(plot)
    tasks = read_spec(text)
    check_writable(out)
    columns = (TextColumn("radii"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with ExitStack() as stack:
        workers = _local(jobs) if scheduler is None else _cluster(scheduler, stack)
        bar = stack.enter_context(Progress(*columns, console=console))
        shown = bar.add_task("radii", total=len(tasks))

        def report(progress: engine.Progress) -> None:
            bar.update(shown, completed=progress.done)
            if progress.note:
                console.print(progress.note, markup=False, highlight=False, soft_wrap=True)

        try:
            rows = engine.sweep(tasks, Store(out / "results", source_hash()), workers, report)
        except CancelledError:
            raise InputError(
                f"--scheduler {scheduler}: lost; what was done is kept, start the same sweep again"
            ) from None
    provenance = {
        "overspec": __version__,
        "sources": source_hash(),
        "specification": hashlib.sha256(text.encode()).hexdigest(),
        "tasks": str(len(tasks)),
    }
    files = [
        write_atomically(out / f"table.{kind}", table_bytes(kind, rows, engine.COLUMNS, provenance))
        for kind in wanted
    ]
    sidecar = json.dumps(provenance, indent=2, sort_keys=True) + "\n"
    files.append(write_atomically(out / "provenance.json", sidecar))
    if plot is not None:
        from overspec.evidence import Provenance
        from overspec.reports.figures.sweep import table_figure

        made = Provenance(f"overspec sweep {spec.name} --out DIR", __version__)
        drawn = draw_plot(table_figure(rows, made), plot, as_json)
        files += [] if drawn is None else [drawn]
    unanswered = sum(row["lower"] == "" for row in rows)
    facts: dict[str, Any] = {"tasks": len(rows), "unanswered": unanswered}
    if as_json:
        print_json(facts | {"files": [str(path) for path in files]})
    else:
        print_facts([*facts.items(), ("files", ", ".join(str(path) for path in files))])
    return INCONCLUSIVE if unanswered else 0


def _local(jobs: int | None) -> Workers:
    from overspec.verify.sweep.run import Workers, local_pool

    count = jobs or os.cpu_count() or 1
    return Workers(lambda: local_pool(count), count)


def _cluster(address: str, stack: ExitStack) -> Workers:
    """The workers of a Dask cluster."""
    from overspec.verify.sweep.run import Workers

    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise InputError("--scheduler needs Dask: pip install 'overspec[cluster]'") from None
    for name in ("distributed.client", "distributed.utils"):  # what is wrong is said below
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        client = stack.enter_context(distributed.Client(address, timeout=10))
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"--scheduler {address}: no scheduler answers ({error})") from None
    count = len(client.nthreads())
    if not count:
        raise InputError(f"--scheduler {address}: the cluster has no workers; start some first")
    # Dask gives the batch of a dead worker to another, until the batch itself is suspect
    deaths = (distributed.KilledWorker,)
    return Workers(lambda: client.get_executor(pure=False), count, deaths)
