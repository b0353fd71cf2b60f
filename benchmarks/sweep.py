"""How much faster a sweep of 200 radii is on two processes than on one.

    OPENBLAS_NUM_THREADS=1 python benchmarks/sweep.py

Both run in turn, each into a new folder; the tables must have the same bytes. Each time includes
the start of Python and of the workers. On a shared machine the ratio means little: the load
before the start is printed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 1
WEIGHTS = ", ".join(f'"one-heavy:{p}/200"' for p in range(100, 200))
GRID = f"""[[grid]]
k = [200, 1000]
weights = [{WEIGHTS}]
kind = ["factor"]
gap = ["3/4"]
orbit = ["simplex"]
digits = 10
"""


def run(jobs: int, folder: Path) -> tuple[float, bytes]:
    """Seconds, and the table."""
    spec, out = folder / "spec.toml", folder / f"out-{jobs}"
    spec.write_text(GRID)
    line = [sys.executable, "-m", "overspec", "sweep", str(spec), "--out", str(out)]
    begin = time.perf_counter()
    subprocess.run([*line, "--jobs", str(jobs)], check=True, capture_output=True)
    return time.perf_counter() - begin, (out / "table.csv").read_bytes()


def main() -> None:
    print(f"{os.cpu_count()} cores, load before the start {os.getloadavg()[0]:.2f}")
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            (one, table), (two, same) = (run(jobs, Path(folder)) for jobs in (1, 2))
        assert table == same, "the tables differ"
        rows = table.count(b"\n") - 1
        print(f"{rows} tasks: one process {one:.1f} s, two {two:.1f} s, ratio {one / two:.2f}")


if __name__ == "__main__":
    main()
