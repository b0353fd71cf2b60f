"""How much faster a sweep of 200 tasks is on two processes than on one.

    OPENBLAS_NUM_THREADS=1 python benchmarks/sweep.py [ROUNDS]

Light tasks take some 0.04 s each, so that the start of Python and of the workers, which every time
includes, is a good part of a sweep on two processes; heavier ones take some 0.2 s. One process and
two take turns, each sweep into a new folder; the tables must have the same bytes. The ratio is that
of the best times. Other load makes it meaningless: the load before each round is printed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HEAVY = ", ".join(f'"one-heavy:{p}/200"' for p in range(100, 200))
GEOMETRIC = ", ".join(f'"geometric:{q}/400"' for q in range(100, 200))
GRIDS = {
    "light": f"""[[grid]]
k = [200, 1000]
weights = [{HEAVY}]
gap = ["3/4"]
orbit = ["simplex"]
digits = 10
""",
    "heavier": f"""[[grid]]
k = [20]
weights = [{GEOMETRIC}]
kind = ["factor", "jacobian"]
orbit = ["simplex"]
digits = 8
""",
}


def run(grid: str, jobs: int) -> tuple[float, bytes]:
    """Seconds, and the table."""
    with tempfile.TemporaryDirectory() as folder:
        spec, out = Path(folder) / "spec.toml", Path(folder) / "out"
        spec.write_text(grid)
        line = [sys.executable, "-P", "-m", "overspec", "sweep", str(spec), "--out", str(out)]
        begin = time.perf_counter()
        subprocess.run([*line, "--jobs", str(jobs)], check=True, capture_output=True)
        return time.perf_counter() - begin, (out / "table.csv").read_bytes()


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    for name, grid in GRIDS.items():
        times: dict[int, list[float]] = {1: [], 2: []}
        tables = set()
        for _ in range(rounds):
            print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}")
            for jobs in (1, 2):
                seconds, table = run(grid, jobs)
                times[jobs].append(seconds)
                tables.add(table)
        assert len(tables) == 1, "the tables differ"
        tasks = tables.pop().count(b"\n") - 2  # the line of provenance, and the columns
        one, two = (min(times[jobs]) for jobs in (1, 2))
        print(f"{tasks} {name} tasks: one process {one:.1f} s, two {two:.1f} s, {one / two:.2f}")


if __name__ == "__main__":
    main()
