"""The sweep: its schema, its store, and that no kill changes a byte."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sizes import slow_but

from overspec.errors import InputError
from overspec.verify.sweep.run import Workers, sweep
from overspec.verify.sweep.spec import Task, read_spec
from overspec.verify.sweep.store import Damaged, Store, key_of, source_hash
from overspec.verify.sweep.task import compute

GRID = """[[grid]]
k = [50, 1000]
weights = [{}]
kind = ["factor"]
gap = ["1/2", "3/4"]
orbit = ["simplex"]
digits = 9
""".format(", ".join(f'"one-heavy:{p}/100"' for p in range(55, 95, 3)))  # 56 tasks
SMALL = (
    '[[grid]]\nk = [10, 100]\nweights = ["one-heavy:9/10"]\n'
    'kind = ["factor"]\ngap = ["3/4"]\norbit = ["simplex"]'
)
TASK = Task(10, 9, "one-heavy:9/10", "factor", "3/4", "simplex", 6, False)


def command(folder: Path, *options: str, grid: str = GRID) -> list[str]:
    spec = folder / "spec.toml"
    spec.write_text(grid)
    out = str(folder / "out")
    jobs = () if "--scheduler" in options else ("--jobs", "2")
    return [sys.executable, "-m", "overspec", "sweep", str(spec), "--out", out, *jobs, *options]


def finish(folder: Path, *options: str, grid: str = GRID) -> str:
    done = subprocess.run(
        command(folder, *options, grid=grid), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def content(folder: Path) -> dict[str, bytes]:
    out = folder / "out"
    files = (path for path in out.rglob("*") if path.is_file())
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


def stored(folder: Path) -> dict[Path, int]:
    return {p: p.stat().st_mtime_ns for p in (folder / "out" / "results").rglob("*.json")}


def begun(folder: Path, *options: str) -> subprocess.Popen[str]:
    """A sweep that has stored something and is not done."""
    process = subprocess.Popen(command(folder, *options), stderr=subprocess.PIPE, text=True)
    while not stored(folder):
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    return process


def workers(process: subprocess.Popen[str]) -> list[int]:
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [
        int(child)
        for child in listed
        if b"--multiprocessing-fork" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed")
    finish(folder)
    files = content(folder)
    assert files["table.csv"].count(b"\n") == 58
    return files


linux = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds processes by /proc")


@pytest.mark.slow
@linux
def test_the_program_killed(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    process = begun(tmp_path)
    children = workers(process)
    process.kill()
    process.communicate()
    before = stored(tmp_path)
    assert 0 < len(before) < 56
    end = time.monotonic() + 60
    while any(Path(f"/proc/{child}").exists() for child in children):  # no orphans stay
        assert time.monotonic() < end
        time.sleep(0.05)
    finish(tmp_path)
    assert content(tmp_path) == undisturbed
    after = stored(tmp_path)
    assert {path: after[path] for path in before} == before  # nothing done twice


@pytest.mark.slow
@linux
def test_a_worker_killed(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    process = begun(tmp_path)
    before = stored(tmp_path)
    os.kill(workers(process)[0], signal.SIGKILL)
    _, errors = process.communicate()
    assert process.returncode == 0
    assert "a worker died" in errors
    assert content(tmp_path) == undisturbed
    after = stored(tmp_path)
    assert {path: after[path] for path in before} == before


@contextmanager
def cluster(folder: Path, count: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A Dask scheduler on loopback and some workers: its address, and the workers' processes."""
    pytest.importorskip("distributed", reason="Dask is not installed (extra cluster)")
    address = folder / "scheduler.json"
    own = ["--scheduler-file", str(address), "--no-dashboard"]
    worker = ["worker", *own, "--nthreads", "1", "--no-nanny"]
    running: list[subprocess.Popen[bytes]] = []
    try:
        for command, *options in [["scheduler", *own, "--host", "127.0.0.1:0"], *[worker] * count]:
            line = [sys.executable, "-m", f"distributed.cli.dask_{command}", *options]
            running.append(subprocess.Popen(line, cwd=folder, stderr=subprocess.DEVNULL))
            while not address.exists():
                time.sleep(0.05)
        yield json.loads(address.read_text())["address"], running[1:]
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait(20)


def when_there_are(address: str, count: int) -> None:
    import distributed

    with distributed.Client(address) as client:
        client.wait_for_workers(count, timeout=60)


@pytest.mark.slow
@pytest.mark.quick
def test_dask_gives_the_same(tmp_path: Path) -> None:
    local, remote = tmp_path / "local", tmp_path / "remote"
    local.mkdir()
    remote.mkdir()
    finish(local, grid=SMALL)
    with cluster(tmp_path, 1) as (address, _):
        when_there_are(address, 1)
        finish(remote, "--scheduler", address, grid=SMALL)
    assert content(remote) == content(local)


@pytest.mark.slow
def test_a_dask_worker_killed(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    with cluster(tmp_path, 2) as (address, running):
        when_there_are(address, 2)
        process = begun(tmp_path, "--scheduler", address)
        before = stored(tmp_path)
        running[0].kill()
        _, errors = process.communicate()
        assert process.returncode == 0, errors
    assert 0 < len(before) < 56
    assert content(tmp_path) == undisturbed
    after = stored(tmp_path)
    assert {path: after[path] for path in before} == before


def test_the_parent_loads_no_engine() -> None:
    """So that the workers start while nothing else is paid for."""
    code = "import sys, overspec.verify.sweep.run, overspec.verify.sweep.spec; print(*sys.modules)"
    line = [sys.executable, "-c", code]
    loaded = subprocess.run(line, capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "scipy", "sympy", "flint", "mpmath"} & set(loaded)
    assert "overspec.verify.sweep.run" in loaded


class Death(Exception):
    """Of a worker."""


class Mortal(Executor):
    """Works at once, except that the n-th batches of all that it is handed kill the worker."""

    def __init__(self, deadly: list[int]) -> None:
        self.deadly, self.batches = deadly, 0

    def submit(self, fn: Any, *arguments: Any) -> Any:  # type: ignore[override]
        future: Future[Any] = Future()
        self.batches += 1
        if self.batches in self.deadly:
            future.set_exception(Death())
        else:
            future.set_result(fn(*arguments))
        return future


def test_deaths_are_forgiven_while_there_is_progress(tmp_path: Path) -> None:
    tasks, store, notes = read_spec(SMALL), Store(tmp_path, source_hash()), []
    executor = Mortal([1, 2, 4])
    workers = Workers(lambda: executor, 1, (Death,))
    rows = sweep(tasks, store, workers, lambda progress: notes.append(progress.note))
    assert [row["k"] for row in rows] == [10, 100]
    assert len([note for note in notes if "died" in note]) == 3
    assert executor.batches == 5
    again = Mortal([])
    assert sweep(tasks, store, Workers(lambda: again, 1)) == rows
    assert again.batches == 0


def test_deaths_without_end_are_an_error(tmp_path: Path) -> None:
    executor = Mortal(list(range(1, 99)))
    with pytest.raises(RuntimeError, match="died 5 times"):
        sweep(
            read_spec(SMALL), Store(tmp_path, source_hash()), Workers(lambda: executor, 2, (Death,))
        )
    assert executor.batches == 10


@pytest.mark.slow  # quick: `test_a_result_under_another_name_is_damaged`
@pytest.mark.parametrize("harm", ["truncated", "altered", "empty"])
def test_a_damaged_file_is_found_and_recomputed(tmp_path: Path, harm: str) -> None:
    finish(tmp_path, grid=SMALL)
    whole = content(tmp_path)
    victim = next(iter(stored(tmp_path)))
    text = victim.read_text()
    altered = text.replace('"lower": "1.', '"lower": "2.')
    assert altered != text
    victim.write_text({"truncated": text[:-40], "altered": altered, "empty": ""}[harm])
    errors = finish(tmp_path, grid=SMALL)
    assert victim.name in errors
    assert "recomputed" in errors
    assert "2/2" in errors  # the progress bar
    assert content(tmp_path) == whole
    assert "recomputed" not in finish(tmp_path, grid=SMALL)


def test_a_result_under_another_name_is_damaged(tmp_path: Path) -> None:
    store, other = Store(tmp_path, "s"), asdict(TASK) | {"k": 11}
    path = store.put(asdict(TASK), {"lower": "1"})
    store.path(other).parent.mkdir(exist_ok=True)
    path.rename(store.path(other))
    assert isinstance(store.get(other), Damaged)
    assert store.get(asdict(TASK)) is None


def test_a_result_that_was_changed_is_damaged(tmp_path: Path) -> None:
    """By the checksum: nothing else is wrong with it."""
    store = Store(tmp_path, "s")
    path = store.put(asdict(TASK), {"lower": "1"})
    path.write_text(path.read_text().replace('"lower": "1"', '"lower": "2"'))
    found = store.get(asdict(TASK))
    assert isinstance(found, Damaged)
    assert "checksum" in found.reason


def test_every_input_and_the_sources_change_the_key() -> None:
    keys = {key_of(asdict(TASK), "s"), key_of(asdict(TASK), "t")}
    changes = {"k": 11, "d": 10, "weights": "linear", "kind": "jacobian", "gap": "1/2",
               "orbit": "all", "digits": 7, "certify": True}  # fmt: skip
    keys |= {key_of(asdict(TASK) | {name: value}, "s") for name, value in changes.items()}
    assert len(keys) == 2 + len(changes)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("grid", "not TOML"),
        ("", "no grid"),
        ("grid = 1", "no grid"),
        ("x = 1\n[[grid]]", "unknown key 'x'"),
        ("[[grid]]\nk = [2]", "weights is missing"),
        ("[[grid]]\nk = 2\nweights = ['linear']", "give a list"),
        ("[[grid]]\nk = [2.5]\nweights = ['linear']", "not an integer"),
        ("[[grid]]\nk = [1]\nweights = ['linear']", "at least two"),
        ("[[grid]]\nk = [3]\nd = [1]\nweights = ['linear']", "d = 1"),
        ("[[grid]]\nk = [3]\nweights = ['1/2,1/2']", "no such k"),
        ("[[grid]]\nk = [3]\nweights = ['1/2,1/2,1/2']", "sum to"),
        ("[[grid]]\nk = [3]\nweights = ['linear']\ngap = [0.5]", "in quotes"),
        ("[[grid]]\nk = [3]\nweights = ['linear']\ngap = ['2']", "between 0 and 1"),
        ("[[grid]]\nk = [3]\nweights = ['linear']\nkind = ['x']", "choose jacobian"),
        ("[[grid]]\nk = [3]\nweights = ['linear']\ndigits = 101", "digits"),
        ("[[grid]]\nk = [3]\nweights = ['linear']\ncertify = 1", "true or false"),
        ("[[grid]]\nk = [3]\nweights = ['linear']\nspeed = 1", "unknown key 'speed'"),
        ("[[grid]]\nk = ['10^301']\nweights = ['one-heavy:1/2']", "power of 10"),
        ("[[grid]]\nk = ['ten']\nweights = ['one-heavy:1/2']", "power of 10"),
        ("[[grid]]\nk = [3]\nd = [0]\nweights = ['linear']", "from 1 on"),
        ("[[grid]]\nk = [3]\nd = [2]\nfrequencies = ['1']\nweights = ['linear']", "one of the two"),
        ("[[grid]]\nk = [5]\nfrequencies = ['1,1']\nweights = ['linear']", "at most once"),
        ("[[grid]]\nk = [5]\nfrequencies = ['x']\nweights = ['linear']", "give text such as"),
        ("[[grid]]\nk = [5]\nfrequencies = ['3']\nweights = ['linear']", "frequency 3"),
    ],
)
def test_a_wrong_specification(spec: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_spec(spec)


def test_a_list_goes_with_its_own_k() -> None:
    spec = "[[grid]]\nk = [2, 3]\nd = [5]\nweights = ['linear', '1/2,0.3,0.2', 'linear']"
    assert [(t.k, t.d, t.weights) for t in read_spec(spec)] == [
        (2, 5, "linear"),
        (3, 5, "1/2,0.3,0.2"),
        (3, 5, "linear"),
    ]


def test_powers_of_ten_and_actions() -> None:
    spec = "[[grid]]\nk = [5, '10^30']\nweights = ['one-heavy:1/2']\nkind = ['least']"
    assert [(t.k, t.gap) for t in read_spec(spec)] == [(5, ""), (10**30, "")]
    spec = "[[grid]]\nk = [5]\nweights = ['linear']\nfrequencies = ['2', '1,2']"
    assert [(t.d, t.frequencies) for t in read_spec(spec)] == [(2, "2"), (4, "1,2")]
    assert read_spec(spec)[0].mixture.action.frequencies == (2,)


@pytest.mark.slow
def test_the_least_factor_measured_and_certified() -> None:
    task = Task(100, 99, "one-heavy:1/2", "least", "", "simplex", 3, False)
    measured, proved = compute(task), compute(replace(task, certify=True))
    assert proved["evidence"] == "certified"
    assert float(proved["lower"]) <= float(measured["upper"])
    assert float(measured["lower"]) <= float(proved["upper"])
    assert float(measured["at"]) == pytest.approx(1.513, abs=1e-3)


def test_a_certified_row_lies_in_the_measured_one() -> None:
    measured, proved = (
        compute(Task(2, 1, "9/10,1/10", "factor", "9/10", "all", digits, certify))
        for digits, certify in ((4, False), (8, True))
    )
    assert proved["evidence"] == "certified"
    assert float(measured["lower"]) <= float(proved["lower"]) <= float(proved["upper"])
    assert float(proved["upper"]) <= float(measured["upper"])


def test_dimensions_in_terms_of_k_are_one_question() -> None:
    spec = '[[grid]]\nk = [2, 3]\nd = ["k-1", "k", "2k"]\nweights = ["linear"]'
    tasks = read_spec(spec)
    assert [(t.k, t.d) for t in tasks] == [(2, 1), (2, 2), (2, 4), (3, 2), (3, 3), (3, 6)]
    assert len({task.question for task in tasks}) == 2
    (polygon,) = read_spec('[[grid]]\nk = [5]\nfrequencies = ["1"]\nweights = ["linear"]')
    assert polygon.question == polygon
    with pytest.raises(InputError, match="k-1, k, 2k"):
        read_spec(spec.replace("2k", "3k"))


TINY = """
[[grid]]
k = [2]
d = ["k-1", "k", "2k"]
weights = ["9/10,1/10"]
kind = ["factor"]
gap = ["1/2", "9/10"]
digits = 20
certify = true

[[grid]]
k = [2]
weights = ["9/10,1/10"]
kind = ["factor"]
gap = ["9/10"]
digits = 30
"""


@pytest.mark.slow
def test_many_digits_and_proofs_are_kept_and_found_again(tmp_path: Path) -> None:
    """30 digits lie in the bracket of 20 proved ones; idle dimensions cost nothing, nor a rerun."""
    tasks, store = read_spec(TINY), Store(tmp_path, source_hash())
    executor, again = Mortal([]), Mortal([])
    rows = sweep(tasks, store, Workers(lambda: executor, 1))
    assert len(rows) == 7
    assert len(list(tmp_path.rglob("*.json"))) == 3
    assert sweep(tasks, store, Workers(lambda: again, 1)) == rows
    assert again.batches == 0
    one = [row for row in rows if row["gap"] == "9/10" and row["certify"]]
    assert [row["d"] for row in one] == [1, 2, 4]
    assert len({row["lower"] for row in one}) == 1
    (many,) = (row for row in rows if not row["certify"])
    low, high = Fraction(one[0]["lower"]), Fraction(one[0]["upper"])
    assert 0 < high - low < Fraction(1, 10**20)
    assert low < Fraction(many["lower"]) < Fraction(many["upper"]) < high
    assert Fraction(many["upper"]) - Fraction(many["lower"]) == Fraction(2, 10**30)
    assert all(row["upper"] == "inf" and row["ratio"] == "" for row in rows if row["gap"] == "1/2")
    share = Fraction(many["ratio"])
    assert 0 <= Fraction(many["bound"]) / Fraction(many["upper"]) - share < Fraction(1, 1000)


@pytest.mark.parametrize(
    ("k", "digits", "certify"),
    slow_but([(4, 31, True), (5, 16, False)], [(5, 16, False)], several=True),
)
def test_more_digits_than_there_are_is_said_in_the_row(k: int, digits: int, certify: bool) -> None:
    task = Task(k, k - 1, "one-heavy:9/10", "factor", "9/10", "all", digits, certify)
    row = compute(task)
    assert (row["evidence"], row["lower"]) == ("none", "")
    assert f"digits = {digits}" in row["reason"]
