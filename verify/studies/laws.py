"""Exponents measured in the tables of a sweep, each beside the one that docs/scaling.md argues for.

    python -m overspec.verify.studies.laws DIR/table.csv …

Between three neighbouring rows ``log y = a + b log x + d·u(x)`` is solved for b, with the first
correction u that theory has: 1/x, or 1/log x. The interval around the b of the last three reaches
as far as b drifted over the later half of the table, and as the brackets of the table allow: it
says how settled b is, and is no bound.
"""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from overspec.exact import exact
from overspec.verify.engines.spectrum import to_float
from overspec.verify.radius.scaling import limit_radius
from overspec.verify.sweep.spec import LEAST

Row = Mapping[str, Any]
Point = tuple[float, float, float]  # log x, log y, error of log y

FEWEST = 6  # rows that give an exponent and its drift


@dataclass(frozen=True)
class Exponent:
    """``y ~ x^value``, measured; the interval is ``value ± width``."""

    what: str
    where: str
    value: float
    width: float
    theory: float

    @property
    def agrees(self) -> bool:
        """Whether the interval holds the exponent of the theory."""
        return abs(self.value - self.theory) <= self.width

    def __str__(self) -> str:
        verdict = "agrees" if self.agrees else "DIFFERS"
        numbers = f"{self.value:.5f} ± {self.width:.5f}, theory {self.theory:g}: {verdict}"
        return f"{self.what}, {self.where}: {numbers}"


def exponent(points: Sequence[Point], correction: Callable[[float], float]) -> tuple[float, float]:
    """b from the last three points, and the width of its interval.

    Args:
        points: ``(log x, log y, error of log y)``, four or more, in the order of x.
        correction: u as a function of log x.

    >>> law = [(float(n), 2 - n / 8 + 3 / n, 0.0) for n in (10, 20, 40, 80)]
    >>> b, width = exponent(law, lambda x: 1 / x)
    >>> round(b, 12), width < 1e-12
    (-0.125, True)
    """

    def slope(three: Sequence[Point]) -> tuple[float, float]:
        solved = np.linalg.inv([[1.0, x, correction(x)] for x, _, _ in three])[1]
        pairs = list(zip(solved, three, strict=True))
        error = sum(abs(w) * e for w, (*_, e) in pairs)
        return float(sum(w * y for w, (_, y, _) in pairs)), float(error)

    found = [slope(points[n : n + 3]) for n in range(len(points) - 2)]
    last, error = found[-1]
    return last, max(abs(b - last) for b, _ in found[len(found) // 2 - 1 :]) + error


def laws(rows: Iterable[Row]) -> list[Exponent]:
    """What the rows of one heavy weight on simplex orbits have to say.

    γ less its limit against k (−1); γ against 1 − c as c → 1 (1/2, for p > 1/3, where g falls from
    the start); the least factor times √log k against k (−1/8).
    """
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        finite = row["lower"] and row["upper"] != "inf"
        if finite and row["weights"].startswith("one-heavy:") and row["orbit"] == "simplex":
            name = row["kind"], row["weights"]
            groups.setdefault((*name, "k", f"c = {row['gap']}"), []).append(row)
            if row["kind"] not in ("convexity", LEAST):
                groups.setdefault((*name, "1 − c", f"k = {row['k']}"), []).append(row)
    found = []
    for (kind, weights, axis, where), own in groups.items():
        p = to_float(exact(weights.partition(":")[2]))
        law: Callable[[Row], Point | None]
        correction: Callable[[float], float]
        if kind == LEAST:
            law, correction = _least_law, _inverse
            what, theory = "least factor · √log k against k", -1 / 8
        elif axis == "k":
            law, correction = _limit_law(p, kind, own[0]["gap"]), _vanishing
            what, theory = f"{kind}: γ − limit against k", -1.0
        else:
            law, correction, what, theory = _gap_law, math.exp, f"{kind}: γ against 1 − c", 1 / 2
        points = sorted(point for row in own if (point := law(row)) is not None)
        if axis != "k":
            points.reverse()  # towards c = 1
        if len({x for x, *_ in points}) >= FEWEST:
            place = weights if where == "c = " else f"{weights}, {where}"
            found.append(Exponent(what, place, *exponent(points, correction), theory))
    return found


def _inverse(x: float) -> float:
    return 1 / x


def _vanishing(x: float) -> float:
    return math.exp(-x)


def _ends(row: Row) -> tuple[float, float]:
    low, high = float(row["lower"]), float(row["upper"])
    return (low + high) / 2, (high - low) / 2


def _least_law(row: Row) -> Point | None:
    value, error = _ends(row)
    x = math.log(int(row["k"]))
    # where the least is σ, at r = 0, there is no minimum in between yet
    return (x, math.log(value) + math.log(x) / 2, error / value) if float(row["at"]) else None


def _limit_law(p: float, kind: str, gap: str) -> Callable[[Row], Point | None]:
    limit = limit_radius(p, to_float(exact(gap or "1/2")), kind)

    def law(row: Row) -> Point | None:
        value, error = _ends(row)
        apart = abs(value - limit)
        return (math.log(int(row["k"])), math.log(apart), error / apart) if apart > error else None

    return law


def _gap_law(row: Row) -> Point | None:
    value, error = _ends(row)
    return math.log1p(-to_float(exact(row["gap"]))), math.log(value), error / value


def main(arguments: Sequence[str]) -> None:
    """The laws of some tables, one a line."""
    for name in arguments:
        with Path(name).open(encoding="utf-8", newline="") as file:
            for law in laws(csv.DictReader(line for line in file if not line.startswith("#"))):
                print(law)


if __name__ == "__main__":
    main(sys.argv[1:])
