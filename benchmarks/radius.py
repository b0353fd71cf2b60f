"""γ to many digits, searched for and certified.

    OPENBLAS_NUM_THREADS=1 python benchmarks/radius.py

CPU seconds of one call each, imports done; the search and the second engine are in it.
"""

from __future__ import annotations

import time

import overspec as ov
from overspec import Mixture

CASES = (
    (3, "one-heavy:9/10", "factor", "9/10", "all", (6, 50, 100), (6, 8, 50)),
    (3, "one-heavy:9/10", "jacobian", "9/10", "all", (6, 50, 100), (6, 8, 50)),
    (10**6, "one-heavy:1/2", "factor", "1/2", "simplex", (6, 50), (6, 50)),
    (1000, "one-heavy:1/2", "jacobian", "9/10", "simplex", (6, 50), (6, 50)),
    (4, "one-heavy:9/10", "factor", "9/10", "all", (6, 30), (2, 8)),
    (4, "one-heavy:9/10", "jacobian", "9/10", "all", (6, 30), (2, 8)),
    (4, "30/41,7/82,9/82,3/41", "jacobian", "19/20", "all", (6, 30), (2, 8)),
)


def main() -> None:
    ov.radius(Mixture.simplex(2, "9/10,1/10"), "factor", "9/10", digits=12)
    for k, weights, kind, gap, orbit, digits, certified in CASES:
        print(f"k = {k}, {weights}, {kind}, c = {gap}, {orbit}")
        mixture = Mixture.simplex(k, weights)
        for wanted in digits:
            start = time.process_time()
            found = ov.radius(mixture, kind, gap, orbit, wanted)
            spent = time.process_time() - start
            print(f"  {wanted:>3} digits   {spent:>8.2f} s  {found.to_dict()['lower']}", flush=True)
        for wanted in certified:
            start = time.process_time()
            proved = ov.radius(mixture, kind, gap, orbit, wanted, certify=True)
            spent = time.process_time() - start
            print(f"  {wanted:>3} certified {spent:>7.2f} s  {proved.verdict()}", flush=True)


if __name__ == "__main__":
    main()
