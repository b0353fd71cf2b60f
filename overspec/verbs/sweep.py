"""``ov.sweep``: a grid of radii, on local processes or a Dask cluster."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overspec import __version__
from overspec.errors import InputError
from overspec.exact import whole
from overspec.results.result import Facts, Part, Result, Table, left_out, some

if TYPE_CHECKING:
    from overspec.verify.sweep.run import Progress, Workers

SHOWN = ("k", "weights", "kind", "gap", "orbit", "lower", "upper", "evidence")


@dataclass(frozen=True, repr=False)
class SweepResult(Result):
    """A table of radii.

    Attributes:
        rows: one mapping a radius, in the order of the tasks; numbers are decimal text.
        provenance: version, hash of the sources and of the specification, number of tasks.
        files: what was written of it.
    """

    rows: tuple[dict[str, Any], ...]
    provenance: dict[str, str]
    files: tuple[Path, ...] = ()

    @property
    def unanswered(self) -> int:
        """How many rows have no answer; they say why."""
        return sum(row["lower"] == "" for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what ``overspec sweep --json`` prints."""
        return {
            "tasks": len(self.rows),
            "unanswered": self.unanswered,
            "files": list(map(str, self.files)),
        }

    def headline(self) -> str:
        """How many, and how many are missing."""
        return f"{len(self.rows)} radii, {self.unanswered} without an answer"

    def parts(self) -> Iterator[Part]:
        """The table (some rows of many), and how many there are."""
        rows = tuple(tuple(str(row[name]) for name in SHOWN) for row in some(self.rows))
        yield Table(SHOWN, rows)
        yield left_out(len(rows), len(self.rows))
        yield Facts.of([("tasks", len(self.rows)), ("unanswered", self.unanswered)])

    def records(self) -> list[dict[str, Any]]:
        """The rows, with lower, upper and sigma as floats."""
        numbers = ("lower", "upper", "sigma")
        return [
            row | {name: float(row[name]) if row[name] else None for name in numbers}
            for row in self.rows
        ]


def _quiet(progress: Progress) -> None:
    pass


def sweep(
    spec: str | Path,
    out: str | Path | None = None,
    *,
    jobs: int | None = None,
    scheduler: str | None = None,
    formats: str = "csv",
    on_progress: Callable[[Progress], None] = _quiet,
) -> SweepResult:
    """Every radius of the grids in a specification (`verify.sweep.spec.read_spec`).

    Local processes are started afresh: in a script, call this under ``if __name__ ==
    "__main__"``.

    Args:
        spec: the path of a TOML file, or the TOML itself (text with a line break).
        out: the folder where results are kept one by one, so that a sweep resumes, and where the
            table is written; nothing is kept when left out.
        jobs: local processes, one for each core when left out.
        scheduler: address of a Dask scheduler, instead.
        formats: of the table in ``out``: ``"csv"``, ``"parquet"`` or both.
        on_progress: told of progress, and of damaged files.

    Raises:
        InputError: a specification, a place or a scheduler that cannot be used.
    """
    from overspec.files import check_writable
    from overspec.reports.content.tables import check_formats
    from overspec.verify.sweep import run as engine
    from overspec.verify.sweep.spec import read_spec
    from overspec.verify.sweep.store import Store, source_hash

    if jobs is not None and (whole(jobs, "jobs") < 1 or scheduler is not None):
        raise InputError(f"jobs = {jobs}: a number >= 1, for local processes only")
    text = spec if isinstance(spec, str) and "\n" in spec else _read(Path(spec))
    wanted, tasks = check_formats(formats), read_spec(text)
    with ExitStack() as stack:
        if out is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        else:
            folder = Path(out)
            check_writable(folder)
        workers = _local(jobs) if scheduler is None else _cluster(scheduler, stack)
        try:
            store = Store(folder / "results", source_hash(), engine.contradiction)
            rows = engine.sweep(tasks, store, workers, on_progress)
        except CancelledError:
            raise InputError(
                f"scheduler {scheduler}: lost; what was done is kept; run the same sweep again"
            ) from None
        provenance = {
            "overspec": __version__,
            "sources": source_hash(),
            "specification": hashlib.sha256(text.encode()).hexdigest(),
            "tasks": str(len(tasks)),
        }
        files = () if out is None else _write(rows, provenance, folder, wanted)
    return SweepResult(tuple(rows), provenance, files)


def _read(path: Path) -> str:
    from overspec.files import MOST_TOML, read_bytes

    try:
        return read_bytes(path, 4 * MOST_TOML).decode()
    except UnicodeDecodeError as error:
        raise InputError(f"cannot read {path}: {error}") from None


def _write(
    rows: list[dict[str, Any]], provenance: dict[str, str], folder: Path, formats: tuple[str, ...]
) -> tuple[Path, ...]:
    from overspec.files import write_atomically
    from overspec.reports.content.tables import table_bytes
    from overspec.verify.sweep.run import COLUMNS

    sidecar = json.dumps(provenance, indent=2, sort_keys=True) + "\n"
    tables = (
        write_atomically(folder / f"table.{kind}", table_bytes(kind, rows, COLUMNS, provenance))
        for kind in formats
    )
    return (*tables, write_atomically(folder / "provenance.json", sidecar))


def _local(jobs: int | None) -> Workers:
    from overspec.verify.claims.pool import local_pool
    from overspec.verify.sweep.run import Workers

    count = jobs or os.cpu_count() or 1
    return Workers(lambda: local_pool(count), count)


def _cluster(address: str, stack: ExitStack) -> Workers:
    """The workers of a Dask cluster."""
    from overspec.verify.sweep.run import Workers

    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise InputError("a scheduler needs Dask: pip install 'overspec[cluster]'") from None
    for name in ("distributed.client", "distributed.utils"):  # what is wrong is said below
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        client = stack.enter_context(distributed.Client(address, timeout=10))
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"scheduler {address}: no scheduler answers ({error})") from None
    count = len(client.nthreads())
    if not count:
        raise InputError(f"scheduler {address}: the cluster has no workers; start some first")
    # Dask gives the batch of a dead worker to another, until the batch itself is suspect
    deaths = (distributed.KilledWorker,)
    return Workers(lambda: client.get_executor(pure=False), count, deaths)
