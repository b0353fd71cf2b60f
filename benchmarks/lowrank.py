"""k = 5, 6 and beyond off the simplex: low rank and opposite components, the lattice, sampling.

    OPENBLAS_NUM_THREADS=1 python benchmarks/lowrank.py

E log S, g, M and DM, in one run: seconds of processor time, the error each engine reports, and the
largest difference between two in g and DM. What an engine refuses is said. At k = 5 the same with
proof, to 15 digits with the whole Hessian, by `enclosures.lowrank`, with --balls in balls alone.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable

from overspec import Energies, InputError, Mixture
from overspec.decimals import Number
from overspec.verify.enclosures.ball import to_ball
from overspec.verify.enclosures.evaluate import CertifiedEvaluation, certified_evaluation
from overspec.verify.enclosures.hessian import RadialMatrix
from overspec.verify.enclosures.lowrank import enclose
from overspec.verify.enclosures.lowrank.plan import MAX_NODES, Split, in_long, nodes, plan
from overspec.verify.engines import lattice, sobol
from overspec.verify.engines.lowrank import digits, doubles
from overspec.verify.engines.moments import Moments
from overspec.verify.engines.opposites import doubles as opposites

POINTS = (
    (5, "2/5,1/4,3/20,3/25,2/25", "9/10,3/5"),
    (5, "one-heavy:9/10", "1/2,2/5"),
    (5, "linear", "2,1"),
    (5, "linear", "7/5,13/10"),
    (5, "linear", "19/10,3/10"),
    (6, "linear", "3/10,1/5,1/4"),
    (6, "linear", "1,4/5,3/5"),
    (6, "linear", "6/5,6/5,1"),
    (6, "linear", "3/2,1,4/5"),
    (6, "linear", "19/10,1/2,3/10"),
    (6, "one-heavy:9/10", "1/100,2,1/10"),
    (7, "linear", "1,1,6/5"),
    (21, "linear", ",".join(["6/5"] + ["1"] * 9)),
)


CERTIFIED = ("9/10,3/5", "1/2,2/5", "2,1", "7/5,13/10", "19/10,3/10")


def timed(call: Callable[[], Moments]) -> tuple[Moments | None, float, str]:
    start = time.process_time()
    try:
        found = call()
    except InputError as error:
        return None, time.process_time() - start, str(error)
    return found, time.process_time() - start, ""


def apart(one: Moments, other: Moments) -> float:
    """The largest difference in g and DM."""
    pairs = list(zip(one.g, other.g, strict=True))
    for row, there in zip(one.jacobian, other.jacobian, strict=True):
        pairs += list(zip(row, there, strict=True))
    return max(abs(float(a) - float(b)) for a, b in pairs)


def show(name: str, found: Moments | None, spent: float, note: str) -> None:
    error = f"error {float(found.error):.0e}" if found else "refused"
    print(f"    {name:<22}{spent:10.3f} s  {error}  {note}", flush=True)


def certified(mixture: Mixture, point: Energies, balls: bool) -> float:
    """15 digits of everything, with proof; seconds."""
    enclose.in_long = lambda digits: in_long(digits) and not balls  # type: ignore[attr-defined]
    start = time.process_time()
    found: CertifiedEvaluation = certified_evaluation(mixture, point, 15, "low-rank", hessian=True)
    spent = time.process_time() - start
    assert isinstance(found.hessian, RadialMatrix)
    numbers = (found.kl, *found.factors.values(), *found.hessian.numbers)
    widest = max(float(n.error) if isinstance(n, Number) else math.inf for n in numbers)
    name = "in balls" if balls else "low-rank, certified"
    print(f"    {name:<22}{spent:10.3f} s  error {widest:.0e}", flush=True)
    return spent


def main() -> None:
    for k, weights, amplitudes in POINTS:
        point = Mixture.simplex(k, weights), Energies.of_amplitudes(k, amplitudes)
        print(f"k = {k}, weights {weights}, amplitudes {amplitudes[:40]}")
        ours, fast, why = timed(lambda p=point: doubles.moments(*p))
        show("low-rank, doubles", ours, fast, why)
        other, spent, why = timed(
            lambda p=point: lattice.moments(*p) if p[0].k <= 6 else sobol.moments(*p)
        )
        if ours and other:
            why = f"{spent / fast:.1f} times low-rank, {apart(ours, other):.0e} apart"
        show("lattice, doubles" if k <= 6 else "sampling", other, spent, why)
        if k == 6:
            new, soon, why = timed(lambda p=point: opposites.moments(*p))
            if new and ours:
                why = f"{fast / soon:.2f} times as quick as low-rank, {apart(new, ours):.0e} apart"
            show("opposites, doubles", new, soon, why)
        if k == 5 and amplitudes in ("9/10,3/5", "1/2,2/5"):
            show("low-rank, 17 digits", *timed(lambda p=point: digits.moments(*p)))
        if k == 5 and amplitudes in CERTIFIED:
            certified(*point, False)
            if "--balls" in sys.argv and nodes_of(*point) < MAX_NODES:
                certified(*point, True)


def nodes_of(mixture: Mixture, point: Energies) -> float:
    """Nodes of the enclosure."""
    weights = Split.of(mixture.k, [to_ball(e).sqrt() for e in point])
    return nodes(plan(weights, 15, 2))


if __name__ == "__main__":
    main()
