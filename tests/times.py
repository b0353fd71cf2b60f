"""Where the time goes: processor seconds by test file, of the quick tests and of the slow ones.

    python -m pytest -p tests.times -m "" -n 2

Seconds of user and system time, of the process and of the children that it waited for; what
`--durations` prints is wall time, which other work on the machine lengthens.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Generator
from typing import Any

import pytest

IMPORTS = "(imports and collection, all processes)"
_spent: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])  # file → quick, slow
_mark = 0.0


def processor() -> float:
    """Seconds that this process and its finished children have used."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def lap() -> float:
    """Seconds since the last call; since the process began in the first."""
    global _mark
    before, _mark = _mark, processor()
    return _mark - before


def pytest_collection_finish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):  # a worker of xdist
        session.config.workeroutput["imports"] = lap()
    else:
        _spent[IMPORTS][0] += lap()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    _spent[IMPORTS][0] += getattr(node, "workeroutput", {}).get("imports", 0.0)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    report = yield
    report.processor = lap()  # of set-up, call or teardown; xdist carries it to the controller
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _spent[report.nodeid.split("::")[0]]["slow" in report.keywords] += report.processor


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not _spent:
        return
    rows = sorted(_spent.items(), key=lambda row: -sum(row[1]))
    total = [sum(column) for column in zip(*_spent.values(), strict=True)]
    terminalreporter.section("processor seconds by file")
    terminalreporter.line(f"{'quick':>8} {'slow':>8}  file")
    for file, (quick, slow) in (*rows, ("all", total)):
        terminalreporter.line(f"{quick:8.1f} {slow:8.1f}  {file}")
