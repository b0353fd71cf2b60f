"""What the pytest plugin costs an unrelated run of pytest, and how long the suite takes.

    python benchmarks/plugin.py [--runs 15]

Start-up: pytest on one empty test, with the plugin and with ``-p no:overspec``, in turn, by pairs.
The suite runs at k = 2:4, level quick; it needs an installed wheel. Its peer is `overspec verify`,
with the same claims, k and level. CPU seconds are compared: they mean the same on a busy machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT_START = 0.050  # seconds
LIMIT_SUITE = 40.0
CLAIMS = "S1,S2,S3,S4,S5,S6,S7,S8,T4,T5,T6,T7,E1,T1,T2"


def seconds(folder: Path, *arguments: str) -> tuple[float, float]:
    """CPU and wall-clock seconds of one Python process; its output only when it fails."""
    before, start = os.times(), time.perf_counter()
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    after = os.times()
    cpu = after.children_user + after.children_system
    return cpu - before.children_user - before.children_system, time.perf_counter() - start


def main() -> int:
    """Measure, print, and fail when a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="pairs of runs for the start-up")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_nothing.py").write_text("def test_nothing():\n    pass\n")
        pytest = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
        pairs = [
            (seconds(folder, *pytest, "-p", "no:overspec")[0], seconds(folder, *pytest)[0])
            for _ in range(runs + 1)
        ][1:]  # the first pair compiles
        without, with_plugin = (statistics.median(side) for side in zip(*pairs, strict=True))
        paired = statistics.median(b - a for a, b in pairs)
        print(
            f"an unrelated run: {without:.3f} s of CPU without the plugin, {with_plugin:.3f} s with"
        )
        print(f"  ratio {with_plugin / without:.3f}, median difference {1000 * paired:.0f} ms, "
              f"limit {1000 * LIMIT_START:.0f} ms")  # fmt: skip
        suite, wall = seconds(
            folder, *pytest, "--pyargs", "overspec.verify.suite", "--overspec-k", "2:4"
        )
        peer, _ = seconds(
            folder, "-m", "overspec", "verify", "--quick", "--k", "2:4", "--claims", CLAIMS
        )
        print(f"suite, k = 2:4, level quick: {suite:.1f} s of CPU, {wall:.1f} s, "
              f"limit {LIMIT_SUITE:.0f} s")  # fmt: skip
        print(f"  overspec verify --quick on the same claims: {peer:.1f} s of CPU, "
              f"ratio {suite / peer:.2f}")  # fmt: skip
    return int(paired > LIMIT_START or suite > LIMIT_SUITE)


if __name__ == "__main__":
    sys.exit(main())
