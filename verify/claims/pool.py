"""Processes of this machine, for claims and for sweeps."""

from __future__ import annotations

import os
import threading
from concurrent.futures.process import ProcessPoolExecutor
from multiprocessing import connection, get_context, parent_process


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
