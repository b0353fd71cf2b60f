"""k = 4 off the simplex: the pairs engine against the lattices, from 12 to 100 digits.

    OPENBLAS_NUM_THREADS=1 python benchmarks/pairs.py

KL, g, M and DM at weights 7/20,1/4,3/20,1/4 and amplitudes 9/10, 3/5, in one run; the digits really
got are those of E log S, g and DM against 110 digits. What a lattice refuses is said.
"""

from __future__ import annotations

import math

import mpmath
from engines import timed

from overspec import Energies, InputError, Mixture
from overspec.verify.enclosures.evaluate import certified_evaluation
from overspec.verify.engines import lattice, lattice_digits
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.moments import Moments
from overspec.verify.engines.pairs import digits as pairs_digits
from overspec.verify.engines.pairs import doubles as pairs

POINT = Mixture.simplex(4, "7/20,1/4,3/20,1/4"), Energies.of_amplitudes(4, "9/10,3/5")


def got(found: Moments, truth: Moments) -> float:
    """−log10 of the largest difference in E log S, g and DM."""
    with mpmath.workdps(150):
        pairs_ = [(found.log_partition, truth.log_partition), *zip(found.g, truth.g, strict=True)]
        for row, true in zip(found.jacobian, truth.jacobian, strict=True):
            pairs_ += zip(row, true, strict=True)
        return float(-mpmath.log10(max(abs(mpmath.mpf(a) - mpmath.mpf(b)) for a, b in pairs_)))


def show(name: str, digits: int, seconds: float, reached: float, note: str = "") -> None:
    print(f"  {name:<26} digits {digits:<4} {seconds:>10.5f} s  {reached:6.1f} digits  {note}")


def main() -> None:
    truth = pairs_digits.moments(*POINT, 110)
    print("KL, g, M and DM, k = 4, weights 7/20,1/4,3/20,1/4, amplitudes 9/10, 3/5")
    found, fast = timed(lambda: pairs.moments(*POINT))
    show("pairs, doubles", 15, fast, got(found, truth), f"its own estimate {found.error:.0e}")
    whole, spent = timed(lambda: evaluate(*POINT))
    show("evaluate, doubles", 15, spent, got(found, truth), f"by {whole.engine}, all in")
    found, spent = timed(lambda: lattice.moments(*POINT))
    show("lattice, doubles", 15, spent, got(found, truth), f"{spent / fast:.0f} times pairs")
    for digits in (12, 20, 30, 50, 100):
        found, fast = timed(lambda d=digits: pairs_digits.moments(*POINT, d))
        show("pairs", digits, fast, got(found, truth))
        sure, spent = timed(lambda d=digits: certified_evaluation(*POINT, d, hessian=True))
        width = float(max(q.error for q in sure.quantities.values()))
        note = f"{spent / fast:.1f} times pairs, conclusive: {sure.conclusive}"
        show("pairs, certified", digits, spent, -math.log10(width), note)
        for name, call in (
            ("multiprecision lattice", lambda d=digits: lattice_digits.moments(*POINT, d)),
            (
                "lattice, certified",
                lambda d=digits: certified_evaluation(*POINT, d, "lattice", hessian=True),
            ),
        ):
            if digits > 20:
                continue
            try:
                other, spent = timed(call)
            except InputError as error:
                print(f"  {name}: {error}")
                continue
            reached = (
                got(other, truth)
                if isinstance(other, Moments)
                else -math.log10(float(max(q.error for q in other.quantities.values())))
            )
            show(name, digits, spent, reached, f"{spent / fast:.0f} times pairs")


if __name__ == "__main__":
    main()
