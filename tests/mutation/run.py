"""Plant faults in the package, one at a time, and see that the tests named for each catch it.

    python tests/mutation/run.py [--jobs 2] [--only 'lattice*'] [--resume]

Each fault is a text replacement, listed in `faults/*.toml` with the tests that must fail. It is
made in a scratch copy, never in the tree. A fault is *caught* when pytest runs and fails; it
*survived* when pytest passes; pytest that cannot run, or does not end, catches nothing. Before any
fault the named tests must pass on the unchanged copy. Exit 0: all caught; 1: not; 2: bad input.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, fields
from fnmatch import fnmatch
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]
FAULTS = Path(__file__).parent / "faults"
RESULTS = ROOT / "out" / "mutation.json"
# not hypothesis: pytest has to see it imported
PRELOADED = ("numpy", "scipy.integrate", "scipy.linalg", "scipy.optimize", "scipy.stats", "sympy",
             "mpmath", "gmpy2", "flint", "jinja2", "pytest")  # fmt: skip
TIMEOUT = 300.0
OPTIONS = ("-q", "-p", "no:cacheprovider", "-m", "slow or not slow")  # all that is named is run
VERDICTS = {0: "survived", 1: "caught"}  # by pytest's exit code


@dataclass(frozen=True)
class Fault:
    """A planted fault.

    Attributes:
        name: unique; by convention the module, then what is wrong.
        file: in the tree, such as ``verify/engines/lattice.py``.
        old, new: the text replaced; `old` occurs exactly once in the file.
        tests: arguments of pytest; these must fail.
        why: what is wrong with the new text.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    why: str

    def mutated(self, source: str) -> str:
        """The source with the fault; ValueError when it cannot be planted there."""
        if source.count(self.old) != 1 or self.old == self.new:
            times = source.count(self.old)
            raise ValueError(f"{self.name}: the old text occurs {times} times in {self.file}")
        changed = source.replace(self.old, self.new)
        if self.file.endswith(".py") and program(changed) == program(source):
            raise ValueError(f"{self.name}: the new text is the same program")
        return changed

    def digest(self) -> str:
        """Of all that decides the verdict: the fault, its file's source and the tests'."""
        tests = [ROOT / test.partition("::")[0] for test in self.tests if not test.startswith("-")]
        files = [ROOT / self.file, *(path for path in tests if path.is_file())]
        content = b"".join(hashlib.sha256(path.read_bytes()).digest() for path in files)
        return hashlib.sha256(repr(self).encode() + content).hexdigest()


@lru_cache
def program(source: str) -> str:
    """What the source says, without comments and layout."""
    return ast.dump(ast.parse(source))


def read_faults(folder: Path = FAULTS) -> tuple[Fault, ...]:
    """All faults of all tables; ValueError for a malformed one."""
    found: dict[str, Fault] = {}
    for table in sorted(folder.glob("*.toml")):
        for row in tomllib.loads(table.read_text(encoding="utf-8"))["fault"]:
            if set(row) != {field.name for field in fields(Fault)} or not row["tests"]:
                raise ValueError(f"{table.name}: {row.get('name')} has the keys {sorted(row)}")
            if row["name"] in found:
                raise ValueError(f"{table.name}: two faults are named {row['name']}")
            found[row["name"]] = Fault(**{**row, "tests": tuple(row["tests"])})
    return tuple(found.values())


def scratch_copy(folder: Path) -> Path:
    """The package as a wheel would install it, and beside it what the tests read."""
    skip = shutil.ignore_patterns("__pycache__", "mutation")
    package = folder / "site-packages" / "overspec"
    shutil.copytree(ROOT / "overspec", package, ignore=skip)  # what its links lead to, too
    for name in ("tests", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=skip)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy2(ROOT / name, folder / name)
    compile_all = [sys.executable, "-m", "compileall", "-q", str(package)]
    subprocess.run(compile_all, check=True)
    found = subprocess.run(
        [sys.executable, "-c", "import overspec as o; print(o.__file__, o.__version__, sep='\\n')"],
        cwd=folder, env=_environment(folder), capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    if len(found) != 2 or Path(found[0]).parent != package:
        raise RuntimeError(f"the copy in {folder} is not what Python imports: {found}")
    record = package.parent / f"overspec-{found[1]}.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: overspec\nVersion: {found[1]}\n"
    )
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    lines = [f"{name} = {place}" for name, place in points["pytest11"].items()]
    (record / "entry_points.txt").write_text("\n".join(["[pytest11]", *lines, ""]))
    return folder


def installed(scratch: Path, file: str) -> Path:
    """Where a file of the tree lies in the scratch copy."""
    place = file.removeprefix("overspec/")
    return scratch / "site-packages" / "overspec" / place


def run_tests(
    scratch: Path, tests: Sequence[str], timeout: float, *options: str
) -> tuple[str, str]:
    """Verdict and output of pytest in the scratch copy, in a fork of this process."""
    with tempfile.TemporaryFile() as log:
        sys.stdout.flush()
        child = os.fork()
        if not child:
            os._exit(_pytest(scratch, [*OPTIONS, *options, *tests], log))
        end = time.monotonic() + timeout
        while (status := os.waitpid(child, os.WNOHANG)) == (0, 0):
            if time.monotonic() > end:
                os.killpg(child, signal.SIGKILL)  # its children too
                os.waitpid(child, 0)
                return "timeout", f"no end after {timeout:g} s"
            time.sleep(0.05)
        log.seek(0)
        output = log.read().decode(errors="replace")
    return VERDICTS.get(os.waitstatus_to_exitcode(status[1]), "broken"), output


def _pytest(scratch: Path, arguments: list[str], log: IO[bytes]) -> int:
    os.setsid()
    for stream in (1, 2):
        os.dup2(log.fileno(), stream)
    os.chdir(scratch)
    os.environ.update(_environment(scratch))
    sys.path.insert(0, str(scratch / "site-packages"))
    sys.dont_write_bytecode = True
    try:
        return int(importlib.import_module("pytest").main(arguments))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def warm_up() -> None:
    """Import what the tests use and we do not test, once for all forks."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # no threads, which a fork would lose
    for name in PRELOADED:
        importlib.import_module(name)


def _environment(scratch: Path) -> dict[str, str]:
    """CI makes Hypothesis repeatable; bytecode of a mutated file must never be kept."""
    return {**os.environ, "PYTHONPATH": str(scratch / "site-packages"), "CI": "true",
            "PYTHONDONTWRITEBYTECODE": "1", "PYTHONSAFEPATH": "1"}  # fmt: skip


@contextmanager
def planted(fault: Fault, scratch: Path) -> Iterator[None]:
    """The fault in the scratch copy, for a while."""
    path = installed(scratch, fault.file)
    source, before = path.read_text(encoding="utf-8"), path.stat()
    path.write_text(fault.mutated(source), encoding="utf-8")
    os.utime(path, (before.st_atime, before.st_mtime + 10))  # so that its old bytecode is stale
    try:
        yield
    finally:
        path.write_text(source, encoding="utf-8")
        os.utime(path, (before.st_atime, before.st_mtime))


def own_copy(folder: Path) -> Path:
    """The scratch copy of this process, made when first asked for."""
    scratch = folder / str(os.getpid())
    return scratch if scratch.exists() else scratch_copy(scratch)


def try_fault(fault: Fault, folder: Path, timeout: float = TIMEOUT) -> dict[str, object]:
    """Verdict, seconds and the end of pytest's output for one fault."""
    scratch, start, digest = own_copy(folder), time.monotonic(), fault.digest()
    with planted(fault, scratch):
        verdict, output = run_tests(scratch, fault.tests, timeout, "-x")
    seconds, last = round(time.monotonic() - start, 1), output.strip().splitlines()[-8:]
    return {"verdict": verdict, "seconds": seconds, "digest": digest, "output": last}


def baseline(tests: Sequence[str], folder: Path) -> str:
    """Empty when tests pass without a fault, else pytest's output."""
    verdict, output = run_tests(own_copy(folder), tests, 20 * TIMEOUT, "--tb=short")
    return "" if verdict == "survived" else output


def named_tests(faults: Iterable[Fault]) -> list[tuple[str, ...]]:
    """What the faults name, as few lists for pytest: lists with options stay as they are."""
    lists = {fault.tests for fault in faults}
    plain = {test for tests in lists if not tests[0].startswith("-") for test in tests}
    nodes = {test for test in plain if test.partition("::")[0] not in plain or "::" not in test}
    return ([tuple(sorted(nodes))] if nodes else []) + sorted(t for t in lists if t[0][0] == "-")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the table; print the score and the survivors."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=1, help="faults tried at the same time")
    parser.add_argument("--only", action="append", metavar="NAME", help="a name or pattern")
    parser.add_argument("--resume", action="store_true", help="keep verdicts that are still valid")
    parser.add_argument("--faults", type=Path, default=FAULTS, help="folder of the tables")
    parser.add_argument("--results", type=Path, default=RESULTS, help="default out/mutation.json")
    parser.add_argument("--trust", action="store_true", help="skip the run without a fault")
    parser.add_argument("--timeout", type=float, default=TIMEOUT, help="seconds for one fault")
    options = parser.parse_args(arguments)
    try:
        faults = read_faults(options.faults)
        wanted = [f for f in faults if any(fnmatch(f.name, n) for n in options.only or ["*"])]
        for fault in wanted:
            fault.mutated((ROOT / fault.file).read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        parser.error(str(error))
    if not wanted or options.jobs < 1:
        parser.error(f"no fault matches {options.only}" if not wanted else "--jobs: at least 1")
    known = json.loads(options.results.read_text()) if options.results.exists() else {}
    verdicts: dict[str, dict[str, object]] = {
        fault.name: known[fault.name]
        for fault in wanted
        if options.resume and known.get(fault.name, {}).get("digest") == fault.digest()
    }
    todo = [fault for fault in wanted if fault.name not in verdicts]
    with (
        tempfile.TemporaryDirectory(prefix="overspec-mutation-") as name,
        ProcessPoolExecutor(options.jobs, get_context("spawn"), warm_up) as pool,
    ):
        folder = Path(name)
        for tests in [] if options.trust else named_tests(todo):
            print(f"without a fault: {' '.join(tests)}", file=sys.stderr, flush=True)
            if output := pool.submit(baseline, tests, folder).result():
                print(output, "these tests fail without any fault", sep="\n", file=sys.stderr)
                return 2
        futures = {pool.submit(try_fault, f, folder, options.timeout): f.name for f in todo}
        for number, future in enumerate(as_completed(futures), start=1):
            name, found = futures[future], future.result()
            verdicts[name] = known[name] = found
            options.results.parent.mkdir(parents=True, exist_ok=True)
            options.results.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n")
            print(f"{number}/{len(todo)} {found['verdict']:8} {found['seconds']:6} s  {name}",
                  file=sys.stderr, flush=True)  # fmt: skip
    caught = sum(found["verdict"] == "caught" for found in verdicts.values())
    print(f"{caught} of {len(wanted)} faults caught")
    for fault in wanted:
        if verdicts[fault.name]["verdict"] != "caught":
            print(f"{verdicts[fault.name]['verdict']}: {fault.name} ({fault.file}): {fault.why}")
    return 0 if caught == len(wanted) else 1


if __name__ == "__main__":
    sys.exit(main())
