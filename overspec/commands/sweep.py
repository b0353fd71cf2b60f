"""``overspec sweep``: a grid of radii, on local processes or a Dask cluster."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Callable
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import __version__
from ..errors import InputError
from .certified import INCONCLUSIVE
from .options import json_option
from .output import print_facts, print_json

if TYPE_CHECKING:
    from concurrent.futures import Executor

EXAMPLES = """\b
Examples:
  overspec sweep examples/sweep.toml --out radii
  overspec sweep examples/sweep.toml --out radii --scheduler tcp://127.0.0.1:8786"""


@click.command(short_help="A grid of radii; resumes where it stopped.", epilog=EXAMPLES)
@click.argument("spec", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
@click.option("--scheduler", metavar="ADDRESS", help="Scheduler of a Dask cluster.")
@click.option("--jobs", type=int, help="Local processes (default: one for each core).")
@json_option
def sweep(spec: Path, out: Path, scheduler: str | None, jobs: int | None, as_json: bool) -> int:
    """Every radius of the grids in SPEC, a TOML file, as a table in the folder --out.

    Results are kept one by one in OUT/results. A sweep that was stopped or killed, started again,
    computes only what is missing and ends with the same files; a damaged result is reported and
    computed again. Exit 3 when some tasks have no answer; the table says why.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from ..files import check_writable, write_atomically
    from ..verify import sweep as engine
    from ..verify.store import Store, source_hash

    if jobs is not None and (jobs < 1 or scheduler is not None):
        raise InputError(f"--jobs {jobs}: a number >= 1, for local processes only")
    try:
        text = spec.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {spec}: {error}") from None
    tasks = engine.read_spec(text)
    check_writable(out)
    columns = (TextColumn("radii"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with ExitStack() as stack:
        if scheduler is None:
            workers = jobs or os.cpu_count() or 1

            def pool() -> Executor:
                return engine.local_pool(workers)
        else:
            pool, workers = _cluster(scheduler, stack)
        bar = stack.enter_context(Progress(*columns, console=console))
        shown = bar.add_task("radii", total=len(tasks))

        def report(progress: engine.Progress) -> None:
            bar.update(shown, completed=progress.done)
            if progress.note:
                console.print(progress.note, markup=False, highlight=False, soft_wrap=True)

        rows = engine.sweep(tasks, Store(out / "results", source_hash()), pool, workers, report)
    provenance = {
        "version": __version__,
        "sources": source_hash(),
        "specification": hashlib.sha256(text.encode()).hexdigest(),
        "tasks": len(tasks),
    }
    files = [write_atomically(out / "table.csv", _csv(rows, engine.COLUMNS))]
    table = _parquet(rows, engine.COLUMNS)
    if table is not None:
        files.append(write_atomically(out / "table.parquet", table))
    sidecar = json.dumps(provenance, indent=2, sort_keys=True) + "\n"
    files.append(write_atomically(out / "provenance.json", sidecar))
    unanswered = sum(row["lower"] == "" for row in rows)
    facts: dict[str, Any] = {"tasks": len(rows), "unanswered": unanswered}
    if as_json:
        print_json(facts | {"files": [str(path) for path in files]})
    else:
        print_facts([*facts.items(), ("files", ", ".join(str(path) for path in files))])
    return INCONCLUSIVE if unanswered else 0


def _cluster(address: str, stack: ExitStack) -> tuple[Callable[[], Executor], int]:
    """Executors on a Dask cluster, and its number of workers."""
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise InputError("--scheduler needs Dask: pip install 'overspec[cluster]'") from None
    try:
        client = stack.enter_context(distributed.Client(address, timeout=10))
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"--scheduler {address}: no scheduler answers ({error})") from None
    workers = len(client.nthreads())
    if not workers:
        raise InputError(f"--scheduler {address}: the cluster has no workers; start some first")
    return lambda: client.get_executor(pure=False), workers


def _csv(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> str:
    page = io.StringIO()
    writer = csv.DictWriter(page, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return page.getvalue()


def _parquet(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> bytes | None:
    """The same table as Parquet, where pyarrow is installed; numbers of any size as text."""
    try:
        pyarrow: Any = import_module("pyarrow")
        parquet: Any = import_module("pyarrow.parquet")
    except ImportError:
        return None
    table = pyarrow.table({name: [str(row[name]) for row in rows] for name in columns})
    sink = pyarrow.BufferOutputStream()
    parquet.write_table(table, sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content
