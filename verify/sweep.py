"""A grid of radii, computed by many processes, that can be killed and started again at any moment.

The specification is TOML: one or more ``[[grid]]`` tables, each the product of its lists. Each
radius is a task; a worker is handed some and returns what it did after a second (`run_batch`), so
that a batch costs little to hand over and little to lose. Only the parent writes to the store.
"""

from __future__ import annotations

import itertools
import math
import os
import threading
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor
from dataclasses import asdict, dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from multiprocessing import connection, get_context, parent_process
from typing import Any

from ..errors import InputError
from ..exact import exact, sign
from ..mixture import Mixture
from ..weights import FAMILIES, check_k
from .cover import Uncovered
from .radius import gamma
from .radius_certify import certified_gamma
from .radius_options import KINDS, MAX_DIGITS, ORBITS
from .store import Damaged, Store, source_hash

BATCH_SECONDS = 1.0
MOST_IN_BATCH = 64
MOST_TASKS = 1_000_000
MOST_BREAKS = 5  # in a row, without a batch done in between
LISTS = ("k", "d", "weights", "kind", "gap", "orbit")
COLUMNS = ("k", "d", "weights", "kind", "gap", "orbit", "digits", "certify",
           "lower", "upper", "sigma", "evidence", "reason")  # fmt: skip


@dataclass(frozen=True, order=True)
class Task:
    """One radius: what `radius.gamma` or `radius_certify.certified_gamma` is asked."""

    k: int
    d: int
    weights: str
    kind: str
    gap: str
    orbit: str
    digits: int
    certify: bool


@dataclass(frozen=True)
class Progress:
    """What has happened: tasks done of all, and a file found damaged, where one was."""

    done: int
    total: int
    note: str = ""


def read_spec(text: str) -> list[Task]:
    """The tasks of a specification, sorted, each once.

    Args:
        text: TOML. In each ``[[grid]]``: ``k`` and ``weights`` are lists that must be there; ``d``
            (k − 1), ``kind`` (factor), ``gap`` (1/2) and ``orbit`` (all) lists that may; ``digits``
            (6) and ``certify`` (false). A list of weights goes with the k of its length only.

    Raises:
        InputError: not TOML, or a key or value that is not as above.

    >>> [task.weights for task in read_spec('[[grid]]\\nk = [2, 3]\\nweights = ["linear"]')]
    ['linear', 'linear']
    """
    try:
        spec = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the specification is not TOML: {error}") from None
    grids = spec.pop("grid", None)
    if spec:
        raise InputError(f"unknown key {min(spec)!r} in the specification; use [[grid]] tables")
    if not isinstance(grids, list) or not grids or not all(isinstance(g, dict) for g in grids):
        raise InputError("the specification has no grid; begin one with [[grid]]")
    return sorted({task for n, grid in enumerate(grids, start=1) for task in _tasks(grid, n)})


def _tasks(grid: dict[str, Any], number: int) -> Iterator[Task]:
    where = f"grid {number}"
    unknown = set(grid) - {*LISTS, "digits", "certify"}
    if unknown:
        known = ", ".join([*LISTS, "digits", "certify"])
        raise InputError(f"{where}: unknown key {min(unknown)!r}; the keys are {known}")
    sizes = _list(grid, where, "k", None, int)
    for k in sizes:
        check_k(k)
    dimensions = _list(grid, where, "d", [0], int)
    weights = _list(grid, where, "weights", None, str)
    lengths = {text: _length(text) for text in weights}
    for text, length in lengths.items():
        if length and length not in sizes:
            raise InputError(f"{where}: {length} weights in {text!r}, but no such k in the grid")
    kinds = _list(grid, where, "kind", ["factor"], str, KINDS)
    gaps = _list(grid, where, "gap", ["1/2"], str)
    for gap in gaps:
        share = exact(gap, f"{where}: gap")
        if sign(share) <= 0 or sign(share - 1) >= 0:
            raise InputError(f"{where}: gap {gap!r} must lie strictly between 0 and 1")
    orbits = _list(grid, where, "orbit", ["all"], str, ORBITS)
    digits, certify = grid.get("digits", 6), grid.get("certify", False)
    if type(digits) is not int or not 1 <= digits <= MAX_DIGITS:
        raise InputError(f"{where}: digits = {digits!r}; use an integer from 1 to {MAX_DIGITS}")
    if type(certify) is not bool:
        raise InputError(f"{where}: certify = {certify!r}; use true or false")
    lists = (sizes, dimensions, weights, kinds, gaps, orbits)
    if math.prod(map(len, lists)) > MOST_TASKS:
        raise InputError(f"{where}: more than {MOST_TASKS} tasks; split the grid")
    for k, text in itertools.product(sizes, weights):
        if lengths[text] in (0, k):
            for d in dimensions:
                size = Mixture.simplex(k, text, d or None).d  # bad weights and d are found here
                for kind, gap, orbit in itertools.product(kinds, gaps, orbits):
                    yield Task(k, size, text, kind, gap, orbit, digits, certify)


def _list(
    grid: dict[str, Any],
    where: str,
    name: str,
    default: list[Any] | None,
    kind: type,
    allowed: Sequence[str] = (),
) -> list[Any]:
    if name not in grid:
        if default is None:
            raise InputError(f"{where}: {name} is missing; give a list, {name} = […]")
        return default
    values = grid[name]
    if not isinstance(values, list) or not values:
        raise InputError(f"{where}: {name} = {values!r}; give a list that is not empty")
    for value in values:
        if type(value) is not kind:
            word = "an integer" if kind is int else "text in quotes, which keeps numbers exact"
            raise InputError(f"{where}: {name}: {value!r} is not {word}")
        if allowed and value not in allowed:
            raise InputError(f"{where}: {name}: {value!r}; choose {', '.join(allowed)}")
    return values


def _length(weights: str) -> int:
    """How many weights a list has; 0 for a family."""
    return 0 if weights.strip().partition(":")[0] in FAMILIES else weights.count(",") + 1


def compute(task: Task) -> dict[str, str]:
    """One radius as text; a task without an answer says why.

    >>> compute(Task(2, 1, "uniform", "factor", "1/2", "all", 4, False))["evidence"]
    'none'
    """
    blank = dict.fromkeys(("lower", "upper", "sigma", "reason"), "")
    try:
        mixture = Mixture.simplex(task.k, task.weights, task.d)
        if task.certify:
            width = Fraction(1, 10**task.digits)
            proved = certified_gamma(mixture, task.kind, task.gap, task.orbit, width)
            if isinstance(proved, Uncovered):
                return blank | {"evidence": "inconclusive", "reason": proved.reason}
            return blank | {
                "lower": _rounded(proved.lower, ROUND_FLOOR),
                "upper": "inf" if proved.upper is None else _rounded(proved.upper, ROUND_CEILING),
                "sigma": _rounded(proved.sigma.lower, ROUND_FLOOR),
                "evidence": proved.evidence.value,
            }
        found = gamma(mixture, task.kind, task.gap, task.orbit, task.digits)
    except InputError as error:
        return blank | {"evidence": "none", "reason": " ".join(str(error).split())}
    return blank | {
        "lower": f"{found.lower:.{task.digits + 1}f}",
        "upper": f"{found.upper:.{task.digits + 1}f}",
        "sigma": f"{found.sigma:.12g}",
        "evidence": found.evidence.value,
    }


def _rounded(value: Fraction, rounding: str) -> str:
    context = Context(prec=12, rounding=rounding)
    return str(context.divide(Decimal(value.numerator), Decimal(value.denominator)))


_ONE_AT_A_TIME = threading.Lock()  # the ball engines set a precision that threads share


def run_batch(tasks: Sequence[Task], sources: str) -> list[dict[str, str]]:
    """Results of the first tasks, as many as a second allows, at least one: runs in a worker.

    Raises:
        InputError: the worker has other sources than the parent.
    """
    if source_hash() != sources:
        raise InputError("a worker runs other sources of overspec; install the same on all")
    with _ONE_AT_A_TIME:
        results: list[dict[str, str]] = []
        end = time.monotonic() + BATCH_SECONDS
        for task in tasks:
            results.append(compute(task))
            if time.monotonic() > end:
                break
        return results


def end_with_parent() -> None:
    """Initialiser of a local worker: a parent that was killed cannot tell it to stop."""
    parent = parent_process()
    if parent is not None:

        def watch() -> None:
            connection.wait([parent.sentinel])
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()


def local_pool(jobs: int) -> ProcessPoolExecutor:
    """So many processes, started afresh (a fork would copy locks of other threads)."""
    return ProcessPoolExecutor(jobs, get_context("spawn"), initializer=end_with_parent)


def sweep(
    tasks: Sequence[Task],
    store: Store,
    pool: Callable[[], Executor],
    workers: int,
    report: Callable[[Progress], None] = lambda progress: None,
) -> list[dict[str, Any]]:
    """Compute what the store lacks, and return all rows in the order of the tasks.

    Args:
        tasks: from `read_spec`.
        store: where results are found and kept.
        pool: makes an executor; called again when the one before is broken.
        workers: how many batches are under way at a time.
        report: told of progress and of damaged files.

    Raises:
        RuntimeError: workers die again and again.
    """
    rows: dict[Task, dict[str, Any]] = {}
    missing: list[Task] = []
    for task in tasks:
        found = store.get(asdict(task))
        if isinstance(found, Damaged):
            report(Progress(len(rows), len(tasks), f"{found.path}: {found.reason}; recomputed"))
        if isinstance(found, dict):
            rows[task] = found
        else:
            missing.append(task)
    report(Progress(len(rows), len(tasks)))
    breaks = 0
    while missing:
        executor = pool()
        try:
            for task, result in _results(executor, missing, workers, store.sources):
                store.put(asdict(task), result)
                rows[task], breaks = result, 0
                report(Progress(len(rows), len(tasks)))
        except BrokenProcessPool:
            breaks += 1
            if breaks == MOST_BREAKS:
                raise RuntimeError(f"workers died {breaks} times in a row") from None
            note = "a worker died; its batch is repeated"
            report(Progress(len(rows), len(tasks), note))
        finally:
            executor.shutdown(wait=True)
        missing = [task for task in missing if task not in rows]
    return [asdict(task) | rows[task] for task in tasks]


def _results(
    executor: Executor, tasks: Sequence[Task], workers: int, sources: str
) -> Iterator[tuple[Task, dict[str, str]]]:
    """Batches to the workers, what they left undone to the queue again."""
    queue = list(reversed(tasks))
    running: dict[Future[list[dict[str, str]]], list[Task]] = {}
    while queue or running:
        while queue and len(running) < workers:
            size = min(MOST_IN_BATCH, math.ceil(len(queue) / (2 * workers)))
            batch = [queue.pop() for _ in range(size)]
            running[executor.submit(run_batch, batch, sources)] = batch
        broken = None
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            batch = running.pop(future)
            try:
                results = future.result()
            except BrokenProcessPool as error:  # others may have finished before
                broken = error
                continue
            queue.extend(reversed(batch[len(results) :]))
            yield from zip(batch, results, strict=False)
        if broken is not None:
            raise broken
