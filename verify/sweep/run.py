"""A grid of radii, computed by many processes, that can be killed and started again at any moment.

Each answer is a task (`sweep_spec.Task`); a worker is handed some and returns what it did after a
second (`run_batch`), so that a batch costs little to hand over and little to lose. Only the parent
writes to the store, and it loads no engine, so that the workers start at once.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from typing import Any

from overspec.errors import InputError
from overspec.verify.sweep.spec import Task
from overspec.verify.sweep.store import Damaged, Store, source_hash

BATCH_SECONDS = 1.0
MOST_IN_BATCH = 64
MOST_BREAKS = 5  # in a row, without a batch done in between
COLUMNS = ("k", "d", "frequencies", "weights", "kind", "gap", "orbit", "digits", "certify",
           "lower", "upper", "at", "sigma", "bound", "ratio", "evidence", "reason")  # fmt: skip


def contradiction(inputs: dict[str, Any], result: Any) -> str:
    """What no answer to a task can be, without computing it again; empty where it may be one.

    >>> contradiction({"certify": False}, {"lower": "2"})
    'not the columns of an answer'
    """
    names = COLUMNS[COLUMNS.index("lower") :]
    if not isinstance(result, dict) or set(result) != set(names):
        return "not the columns of an answer"
    if not all(isinstance(value, str) for value in result.values()):
        return "not text"
    try:
        ends = [float(result[name]) for name in ("lower", "upper") if result[name]]
        others = [float(result[name]) for name in ("at", "sigma", "bound") if result[name]]
    except ValueError:
        return "not numbers"
    if any(map(math.isnan, ends + others)) or len(ends) == 1 or ends != sorted(ends):
        return "no bracket"
    if result["bound"] and ends and others[-1] > ends[-1]:
        return "a proved lower bound above the upper end"
    if not ends:
        return "" if result["evidence"] in ("none", "inconclusive") else "evidence of no answer"
    fits = result["evidence"] in (("certified", "proved") if inputs["certify"] else ("measured",))
    return "" if fits else f"evidence {result['evidence'][:20]!r} that no such task gives"


@dataclass(frozen=True)
class Progress:
    """What has happened: tasks done of all, and a file found damaged, where one was."""

    done: int
    total: int
    note: str = ""


_ONE_AT_A_TIME = threading.Lock()  # the ball engines set a precision that threads share


def run_batch(tasks: Sequence[Task], sources: str) -> list[dict[str, str]]:
    """Results of the first tasks, as many as a second allows, at least one: runs in a worker.

    Raises:
        InputError: the worker has other sources than the parent.
    """
    if source_hash() != sources:
        raise InputError("a worker runs other sources of overspec; install the same on all")
    # here, so that the parent and its start do not pay for it
    from overspec.verify.sweep.task import compute

    with _ONE_AT_A_TIME:
        results: list[dict[str, str]] = []
        end = time.monotonic() + BATCH_SECONDS
        for task in tasks:
            results.append(compute(task))
            if time.monotonic() > end:
                break
        return results


@dataclass(frozen=True)
class Workers:
    """Where batches are computed.

    Attributes:
        pool: makes an executor; called again when the one before is broken.
        count: how many batches are under way at a time.
        deaths: what the executor raises for a batch whose worker died.
    """

    pool: Callable[[], Executor]
    count: int
    deaths: tuple[type[Exception], ...] = (BrokenProcessPool,)


def sweep(
    tasks: Sequence[Task],
    store: Store,
    workers: Workers,
    report: Callable[[Progress], None] = lambda progress: None,
) -> list[dict[str, Any]]:
    """Compute what the store lacks, and return all rows in the order of the tasks.

    Tasks that differ in idle dimensions alone are one question (`spec.Task.question`).

    Args:
        tasks: from `sweep_spec.read_spec`.
        store: where results are found and kept.
        workers: who computes.
        report: told of progress and of damaged files.

    Raises:
        RuntimeError: workers die again and again.
    """
    rows: dict[Task, dict[str, Any]] = {}
    missing: list[Task] = []
    questions = list(dict.fromkeys(task.question for task in tasks))
    for task in questions:
        found = store.get(asdict(task))
        if isinstance(found, Damaged):
            report(Progress(len(rows), len(questions), f"{found.path}: {found.reason}; recomputed"))
        if isinstance(found, dict):
            rows[task] = found
        else:
            missing.append(task)
    report(Progress(len(rows), len(questions)))
    breaks = 0
    while missing:
        executor = workers.pool()
        try:
            for task, result in _results(executor, missing, workers, store.sources):
                store.put(asdict(task), result)
                rows[task], breaks = result, 0
                report(Progress(len(rows), len(questions)))
        except workers.deaths:
            breaks += 1
            if breaks == MOST_BREAKS:
                raise RuntimeError(f"workers died {breaks} times in a row") from None
            note = "a worker died; its batch is repeated"
            report(Progress(len(rows), len(questions), note))
        finally:
            executor.shutdown(wait=True)
        missing = [task for task in missing if task not in rows]
    return [asdict(task) | rows[task.question] for task in tasks]


def _results(
    executor: Executor, tasks: Sequence[Task], workers: Workers, sources: str
) -> Iterator[tuple[Task, dict[str, str]]]:
    """Batches to the workers, what they left undone to the queue again."""
    queue = list(reversed(tasks))
    running: dict[Future[list[dict[str, str]]], list[Task]] = {}

    def hand_out() -> Exception | None:
        while queue and len(running) < workers.count:
            size = min(MOST_IN_BATCH, math.ceil(len(queue) / (2 * workers.count)))
            batch = [queue.pop() for _ in range(size)]
            try:
                running[executor.submit(run_batch, batch, sources)] = batch
            except workers.deaths as error:
                return error
        return None

    death = hand_out()
    while running or death:
        finished: list[tuple[Task, dict[str, str]]] = []
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            batch = running.pop(future)
            try:
                results = future.result()
            except workers.deaths as error:  # others may have finished before
                death = error
                continue
            queue.extend(reversed(batch[len(results) :]))
            finished += zip(batch, results, strict=False)
        death = death or hand_out()  # before the results are stored: nobody waits for the disk
        yield from finished
        if death is not None:
            raise death
