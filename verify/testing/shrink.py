"""A smaller case that breaks the same check in the same way.

Greedy: the first change that keeps the breach is taken, and the search starts again, until none
does or the calls are used up. Changes make fewer rows, components and coordinates, then simpler
numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from overspec.verify.testing.cases import Case
from overspec.verify.testing.posterior import Array
from overspec.verify.testing.trial import Trial

TRIES = {"value": 200, "not finite": 100, "raises": 30, "shape": 30}


def shrunk(found: Trial, run: Callable[[Case], Trial]) -> Trial:
    """The smallest breach met on the way down from `found`.

    Args:
        found: a breach.
        run: the check at a case; asked for at most `TRIES` cases.
    """
    smallest, left, progress = found, TRIES[found.kind], True
    while progress and left > 0:
        progress = False
        for case in _smaller(smallest.case):
            left -= 1
            trial = run(case)
            if trial.like(found):
                smallest, progress = trial, True
                break
            if left <= 0:
                break
    return smallest


def _smaller(case: Case) -> Iterator[Case]:
    yield from _fewer_rows(case)
    if not case.tied:
        for j in range(case.k if case.k > 2 else 0):
            yield _without_component(case, j)
        for axis in range(case.d if case.d > 1 else 0):
            yield _without_axis(case, axis)
    yield from _simpler(case)


def _fewer_rows(case: Case) -> Iterator[Case]:
    m = len(case.counts)
    half = m // 2
    for kept in (range(half), range(half, m)) if m > 3 else ():
        yield _rows(case, [*kept])
    for i in range(m if m > 1 else 0):
        yield _rows(case, [j for j in range(m) if j != i])
    for i, count in enumerate(case.counts):
        for less in sorted({1, count // 2, count - count // 8, count - 1}) if count > 1 else ():
            counts = (*case.counts[:i], max(1, less), *case.counts[i + 1 :])
            if counts != case.counts:
                yield replace(case, counts=counts)


def _rows(case: Case, kept: list[int]) -> Case:
    return replace(case, points=case.points[kept], counts=tuple(case.counts[i] for i in kept))


def _without_component(case: Case, j: int) -> Case:
    weights = np.delete(case.weights, j)
    weights = (weights / weights.sum()).astype(case.weights.dtype)
    spread = case.covariances
    if spread is not None and case.kind != "tied":
        spread = np.delete(spread, j, axis=0)
    return replace(
        case, start=np.delete(case.start, j, axis=0), weights=weights, covariances=spread
    )


def _without_axis(case: Case, axis: int) -> Case:
    spread = case.covariances
    if spread is not None and case.kind in ("diag", "full", "tied"):
        spread = np.delete(spread, axis, axis=-1)
        spread = np.delete(spread, axis, axis=-2) if case.kind != "diag" else spread
    start, points = (np.delete(part, axis, axis=1) for part in (case.start, case.points))
    return replace(case, start=start, points=points, covariances=spread)


def _simpler(case: Case) -> Iterator[Case]:
    k = case.k
    for weights in (np.full(k, 1 / k), np.arange(k, 0, -1) * 2 / (k * (k + 1))):
        typed = weights.astype(case.weights.dtype)
        if (typed != case.weights).any():
            yield replace(case, weights=typed)
            if np.ptp(case.weights) == 0:
                break  # uniform is the simplest
    if case.covariances is not None:
        unit = np.zeros_like(case.covariances)
        unit += np.eye(case.d, dtype=unit.dtype) if case.kind in ("tied", "full") else 1
        if (unit != case.covariances).any():
            yield replace(case, covariances=unit)
    for start in _simpler_numbers(case.start):
        yield replace(case, start=start)
    for points in _simpler_numbers(case.points):
        yield replace(case, points=points)


def _simpler_numbers(array: Array) -> Iterator[Array]:
    for place in np.ndindex(array.shape):
        value = float(array[place])
        for simple in dict.fromkeys((0.0, 1.0, -1.0, float(round(value)), round(value, 1))):
            if _plainness(simple) < _plainness(value):
                changed = array.copy()
                changed[place] = simple
                yield changed


def _plainness(value: float) -> tuple[int, float, bool]:
    """Fewer digits first, then smaller, then positive."""
    return (len(f"{value:g}".lstrip("-")) if value else 0, abs(value), value < 0)
