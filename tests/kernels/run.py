"""Do the results hold on every kernel that this processor can run? Runs them and prints a table.

    python tests/kernels/run.py                                     # all of it: about two hours
    python tests/kernels/run.py --only unset,Haswell --parts tests  # some
    python tests/kernels/run.py --resume                            # go on after an interruption

Doubles depend on the processor: OpenBLAS and NumPy choose their routines by it. A setting names an
OpenBLAS kernel (``OPENBLAS_CORETYPE``) or a level of NumPy's dispatch
(``NPY_DISABLE_CPU_FEATURES``), and a number of threads. The parts are the tests marked
``numeric``, the ledger and the quick experiments. What the libraries really use is asked of them
in a process of its own: a kernel that none of them took is shown, and not run. Results are kept in
out/kernels.json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

ROOT = Path(__file__).parent.parent.parent
RESULTS = ROOT / "out" / "kernels.json"
TIMEOUT = 3600.0  # seconds for one part: a hang, not a slow machine

#: OpenBLAS kernels for x86-64 and what a processor must have to run them: OpenBLAS does not look
#: before it takes the one that is named, and the process would die of an illegal instruction.
KERNELS = {"Prescott": "SSE3", "Nehalem": "SSE42", "Sandybridge": "AVX", "Haswell": "AVX2",
           "Zen": "AVX2", "SkylakeX": "AVX512_SKX"}  # fmt: skip
#: Builds without some kernels print the first name that stands for the same one.
SAME = {"Katmai": "Prescott"}
#: NumPy's dispatch levels: which of the features found on this processor are switched off.
LEVELS: dict[str, Callable[[str], bool]] = {
    "numpy-baseline": lambda feature: True,
    "numpy-AVX2": lambda feature: feature.startswith("AVX512") or feature == "X86_V4",
}

# what the libraries use, said by themselves
PROBE = """
import json, numpy, scipy.linalg, threadpoolctl
from numpy._core._multiarray_umath import __cpu_features__ as features
found = numpy.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
blas = [row.get("architecture", "?") for row in threadpoolctl.threadpool_info()
        if row["internal_api"] == "openblas"]
print(json.dumps({"blas": blas, "dispatch": found, "can": [f for f in features if features[f]],
                  "versions": [numpy.__version__, scipy.__version__]}))
"""


@dataclass(frozen=True)
class Setting:
    """One row of the table.

    Attributes:
        name: ``unset``, an OpenBLAS kernel or a level of NumPy's dispatch.
        threads: of OpenBLAS.
        variables: what the environment says beside them.
    """

    name: str
    threads: int
    variables: tuple[tuple[str, str], ...] = ()

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a process under this setting; CI makes Hypothesis repeatable."""
        chosen = {"OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES", "OPENBLAS_VERBOSE"}
        kept = {name: value for name, value in os.environ.items() if name not in chosen}
        threads = {"OPENBLAS_NUM_THREADS": str(self.threads), "CI": "true", "PYTHONSAFEPATH": "1"}
        return {**kept, **threads, **dict(self.variables)}


@cache
def probe(setting: Setting) -> dict[str, Any]:
    """What NumPy and SciPy use under a setting; RuntimeError when they do not start."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        env=setting.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{setting}: exit {done.returncode}: {done.stderr.strip()[-300:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def settings(plain: Mapping[str, Any], threads: Sequence[int]) -> Iterator[tuple[Setting, str]]:
    """All settings, and why not for those that this processor cannot run.

    Args:
        plain: what `probe` found with nothing set.
        threads: numbers of threads.
    """
    rows: list[tuple[str, tuple[tuple[str, str], ...], str]] = [("unset", (), "")]
    for kernel, feature in KERNELS.items():
        why = "" if feature in plain["can"] else f"the processor has no {feature}"
        rows.append((kernel, (("OPENBLAS_CORETYPE", kernel),), why))
    for level, off in LEVELS.items():
        names = " ".join(filter(off, plain["dispatch"]))
        why = "" if names else "nothing to switch off"
        rows.append((level, (("NPY_DISABLE_CPU_FEATURES", names),), why))
    for name, variables, why in rows:
        for count in threads:
            yield Setting(name, count, variables), why


def not_taken(setting: Setting, used: Mapping[str, Any]) -> str:
    """Why a kernel need not be run: no library took it.

    >>> not_taken(Setting("Zen", 1, (("OPENBLAS_CORETYPE", "Zen"),)), {"blas": ["Haswell"]})
    'not taken: Haswell is used'
    """
    wanted = dict(setting.variables).get("OPENBLAS_CORETYPE")
    taken = kernels(used)
    if wanted is None or wanted in taken:
        return ""
    return f"not taken: {' and '.join(taken) or 'no OpenBLAS'} is used"


def kernels(used: Mapping[str, Any]) -> list[str]:
    """The kernels in use, each once: NumPy and SciPy bring an OpenBLAS each."""
    return list(dict.fromkeys(SAME.get(name, name) for name in used["blas"]))


def run(command: Sequence[str], setting: Setting, folder: str) -> tuple[int | str, str, str]:
    """Exit code (a word after a timeout), standard output and the end of standard error."""
    try:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=folder, env=setting.environment, capture_output=True, text=True, timeout=TIMEOUT,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"no end after {TIMEOUT:g} s", "", ""
    return done.returncode, done.stdout, done.stderr.strip()[-2000:]


def result(code: int | str, failed: Sequence[str], passed: int, end: str) -> dict[str, Any]:
    """A cell of the table. What ends badly without naming a failure counts as one."""
    names = list(failed)
    if (code != 0 and not names) or not passed + len(names):
        names.append(f"exit {code}: {end}")
    return {"passed": passed, "failed": names}


def tests(setting: Setting) -> dict[str, Any]:
    """The tests marked ``numeric``."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        options = ["-q", "-p", "no:cacheprovider", "-m", "numeric and not slow", "--tb=short"]
        files = [str(path) for path in sorted((ROOT / "tests").rglob("test_*.py"))
                 if "pytest.mark.numeric" in path.read_text(encoding="utf-8")]  # fmt: skip
        command = ["-m", "pytest", *options, f"--junitxml={report}", *files]
        code, out, err = run(command, setting, str(ROOT))
        cases = ElementTree.parse(report).getroot().iter("testcase") if report.exists() else ()
        verdicts = [(case, {child.tag for child in case}) for case in cases]
    failed = [
        f"{case.get('classname')}::{case.get('name')}"
        for case, tags in verdicts
        if tags & {"failure", "error"}
    ]
    passed = sum(not tags & {"failure", "error", "skipped"} for _, tags in verdicts)
    return result(code, failed, passed, err or out[-2000:])


def ledger(setting: Setting) -> dict[str, Any]:
    """The claims, by ``overspec verify``."""
    with tempfile.TemporaryDirectory() as folder:
        code, out, err = run(["-m", "overspec", "verify", "--json"], setting, folder)
    return _expected(code, json.loads(out)["claims"] if out else [], "id", err)


def experiments(setting: Setting) -> dict[str, Any]:
    """All experiments, quick."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["-m", "overspec", "experiment", "--all", "--quick", "--out", folder, "--json"]
        code, out, err = run(command, setting, folder)
    return _expected(code, json.loads(out)["experiments"] if out else [], "name", err)


def _expected(
    code: int | str, rows: Sequence[Mapping[str, Any]], name: str, end: str
) -> dict[str, Any]:
    failed = [
        f"{row[name]} is {row['outcome']}, expected {row['expected']}"
        for row in rows
        if row["outcome"] != row["expected"]
    ]
    return result(code, failed, len(rows) - len(failed), end)


PARTS: dict[str, Callable[[Setting], dict[str, Any]]] = {
    "tests": tests, "ledger": ledger, "experiments": experiments}  # fmt: skip


def digest(plain: Mapping[str, Any]) -> str:
    """Of all sources, of the tests, and of the libraries: results of others are not kept."""
    found = hashlib.sha256(repr((plain["versions"], sys.version)).encode())
    for folder in ("overspec", "proofs", "verify", "reports", "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            found.update(path.read_bytes())
    return found.hexdigest()


def table(rows: Sequence[Sequence[str]]) -> str:
    """The rows in columns.

    >>> print(table([("a", "bc"), ("def", "g")]))
    a    bc
    def  g
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def cell(found: Mapping[str, Any]) -> str:
    """
    >>> cell({"passed": 39, "failed": ["T2 is refuted, expected holds"]})
    '39 passed, 1 FAILED'
    """
    failed = len(found["failed"])
    return f"{found['passed']} passed" + (f", {failed} FAILED" if failed else "")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; 1 when anything failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default="*", metavar="NAME,...", help="settings, or patterns")
    parser.add_argument("--parts", default=",".join(PARTS), help="default: %(default)s")
    parser.add_argument("--threads", default="1,2", metavar="N,...", help="default: 1,2")
    parser.add_argument("--jobs", type=int, default=1, help="parts run at the same time")
    parser.add_argument("--resume", action="store_true", help="keep results that are still valid")
    parser.add_argument("--results", type=Path, default=RESULTS, help="default: out/kernels.json")
    options = parser.parse_args(arguments)
    parts, patterns = options.parts.split(","), options.only.split(",")
    if unknown := [part for part in parts if part not in PARTS]:
        parser.error(f"--parts {unknown[0]}: choose {', '.join(PARTS)}")
    if not re.fullmatch(r"[1-9]\d*(,[1-9]\d*)*", options.threads) or options.jobs < 1:
        parser.error("--threads and --jobs: whole numbers from 1 on")
    plain = probe(Setting("unset", 1))
    known = list(settings(plain, [int(word) for word in options.threads.split(",")]))
    names = list(dict.fromkeys(row.name for row, _ in known))
    if unknown := [each for each in patterns if not any(fnmatch(name, each) for name in names)]:
        parser.error(f"--only {unknown[0]}: choose {', '.join(names)}")
    wanted = [row for row in known if any(fnmatch(row[0].name, each) for each in patterns)]
    used = {setting: probe(setting) for setting, why in wanted if not why}
    reasons = {setting: why or not_taken(setting, used[setting]) for setting, why in wanted}
    todo = [(setting, part) for setting, why in reasons.items() if not why for part in parts]
    store = _read(options.results, digest(plain)) if options.resume else {}
    try:
        for _ in finished(todo, store, options.jobs):
            _write(options.results, digest(plain), store)
    except KeyboardInterrupt:
        print("interrupted; --resume goes on from here", file=sys.stderr)
        return 130
    rows = [("setting", "threads", "OpenBLAS", "NumPy", *parts)]
    for setting, why in reasons.items():
        blas, dispatch = _shown(used[setting]) if setting in used else ("", "")
        cells = ["-" if why else cell(store[key_of(setting, part)]) for part in parts]
        rows.append((setting.name, str(setting.threads), why or blas, dispatch, *cells))
    ran = {key_of(*each): store[key_of(*each)] for each in todo}
    failures = [f"{key}: {name}" for key, found in ran.items() for name in found["failed"]]
    print(table(rows), *failures, sep="\n")
    print(f"{sum(found['passed'] for found in ran.values())} passed, {len(failures)} failed")
    return 1 if failures or not ran else 0


def finished(
    todo: Sequence[tuple[Setting, str]], store: dict[str, Any], jobs: int
) -> Iterator[None]:
    """Run what the store does not know, put it there, and say so; once for each result."""
    left = [each for each in todo if key_of(*each) not in store]
    print(f"{len(todo) - len(left)} of {len(todo)} are known", file=sys.stderr, flush=True)
    pool = ThreadPoolExecutor(jobs)
    futures = {pool.submit(_timed, *each): key_of(*each) for each in left}
    try:
        for number, future in enumerate(as_completed(futures), start=1):
            key, found = futures[future], future.result()
            store[key] = found
            print(f"{number}/{len(left)} {key}: {cell(found)} ({found['seconds']} s)",
                  file=sys.stderr, flush=True)  # fmt: skip
            yield
    finally:
        pool.shutdown(cancel_futures=True)


def key_of(setting: Setting, part: str) -> str:
    """Under what a result is kept."""
    threads = "1 thread" if setting.threads == 1 else f"{setting.threads} threads"
    return f"{setting.name}, {threads}, {part}"


def _timed(setting: Setting, part: str) -> dict[str, Any]:
    start = time.monotonic()
    found = PARTS[part](setting)
    return found | {"seconds": round(time.monotonic() - start, 1)}


def _shown(used: Mapping[str, Any]) -> tuple[str, str]:
    return "+".join(kernels(used)) or "none", (used["dispatch"] or ["baseline"])[-1]


def _read(path: Path, sources: str) -> dict[str, Any]:
    """The results that were found with these sources."""
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    found: dict[str, Any] = kept["results"] if kept.get("sources") == sources else {}
    return found


def _write(path: Path, sources: str, results: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps({"sources": sources, "results": results}, indent=1) + "\n")
    new.replace(path)


if __name__ == "__main__":
    sys.exit(main())
