"""A smaller case that breaks the same check in the same way.

Greedy, in passes: fewer components, coordinates and rows, then simpler numbers, each change kept
where the breach stays; until a pass changes nothing or the calls are used up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from overspec.verify.testing.cases import FAR, Case
from overspec.verify.testing.posterior import Array
from overspec.verify.testing.trial import Trial

MANY = 200  # rows that are worth merging
TRIES = {"value": 150, "not finite": 100, "raises": 40, "shape": 40}


def shrunk(found: Trial, run: Callable[[Case], Trial]) -> Trial:
    """The smallest breach met on the way down from `found`.

    Args:
        found: a breach.
        run: the check at a case; asked for at most `TRIES` cases.
    """
    search = _Search(found, found, run, TRIES[found.kind])
    steps = (_components, _axes, _merged, _rows, _counts, _weights, _spreads, _numbers)
    while search.left > 0:
        before = search.smallest
        for step in steps:
            step(search)
        if search.smallest is before:
            break
    return search.smallest


@dataclass
class _Search:
    """The smallest breach so far, and how many cases may still be run."""

    found: Trial
    smallest: Trial
    run: Callable[[Case], Trial]
    left: int

    @property
    def case(self) -> Case:
        return self.smallest.case

    def take(self, case: Case) -> bool:
        """Whether the case breaks the check too; then it is the smallest."""
        if self.left <= 0:
            return False
        self.left -= 1
        trial = self.run(case)
        if trial.like(self.found):
            self.smallest = trial
            return True
        return False

    def first(self, cases: Iterable[Case]) -> bool:
        return any(map(self.take, cases))


def _components(search: _Search) -> None:
    for j in reversed(range(0 if search.case.tied else search.case.k)):
        case = search.case
        if case.k == 2:
            break
        weights = np.delete(case.weights, j)
        weights = (weights / weights.sum()).astype(case.weights.dtype)
        spread = case.covariances
        if spread is not None and case.kind != "tied":
            spread = np.delete(spread, j, axis=0)
        start = np.delete(case.start, j, axis=0)
        search.take(replace(case, start=start, weights=weights, covariances=spread))


def _axes(search: _Search) -> None:
    for axis in reversed(range(0 if search.case.tied else search.case.d)):
        case = search.case
        if case.d == 1:
            break
        spread = case.covariances
        if spread is not None and case.kind in ("diag", "full", "tied"):
            spread = np.delete(spread, axis, axis=-1)
            spread = np.delete(spread, axis, axis=-2) if case.kind != "diag" else spread
        start, points = (np.delete(part, axis, axis=1) for part in (case.start, case.points))
        search.take(replace(case, start=start, points=points, covariances=spread))


def _merged(search: _Search) -> None:
    """Few points, and as many rows: batches of rows stay what they are."""
    case, n = search.case, sum(search.case.counts)
    for m in (2, 3, 5, 9, 17, 33):
        if n < MANY or m >= len(case.counts):
            break
        points = case.points[np.linspace(0, len(case.points) - 1, m).astype(int)]
        counts = tuple(len(part) for part in np.array_split(np.arange(n), m))
        if search.take(replace(case, points=points, counts=counts)):
            break


def _rows(search: _Search) -> None:
    def kept(rows: Iterable[int]) -> Case:
        case, chosen = search.case, [*rows]
        counts = tuple(case.counts[i] for i in chosen)
        return replace(case, points=case.points[chosen], counts=counts)

    m = len(search.case.counts)
    while m > 3 and search.first((kept(range(m // 2)), kept(range(m // 2, m)))):
        m = len(search.case.counts)
    for i in reversed(range(m)):
        if len(search.case.counts) > 1:
            search.take(kept(j for j in range(len(search.case.counts)) if j != i))


def _counts(search: _Search) -> None:
    """The least number of times that each row is needed, by halving."""
    for i in range(len(search.case.counts)):
        low, high = 1, search.case.counts[i]
        while low < high:
            middle = (low + high) // 2
            counts = (*search.case.counts[:i], middle, *search.case.counts[i + 1 :])
            if search.take(replace(search.case, counts=counts)):
                high = middle
            elif search.left <= 0:
                return
            else:
                low = middle + 1


def _weights(search: _Search) -> None:
    uniform = np.full_like(search.case.weights, 1 / search.case.k)
    if (uniform != search.case.weights).any():
        search.take(replace(search.case, weights=uniform))


def _spreads(search: _Search) -> None:
    """Identity; or without correlations, and then variances 1 and 4."""
    spread = search.case.covariances
    if spread is None:
        return
    eye = np.eye(search.case.d, dtype=bool)
    matrix = search.case.kind in ("tied", "full")
    variances = np.broadcast_to(eye if matrix else np.array(True), spread.shape)
    for simple in (variances.astype(spread.dtype), np.where(variances, spread, 0)):
        if np.array_equal(spread, simple) or search.take(
            replace(search.case, covariances=simple.astype(spread.dtype))
        ):
            break
    for place in np.ndindex(spread.shape):
        now = search.case.covariances
        if now is not None and variances[place] and (now[~variances] == 0).all():
            options = (_changed(now, place, v) for v in (1.0, 4.0) if now[place] not in (1, 4))
            search.first(replace(search.case, covariances=option) for option in options)


def _numbers(search: _Search) -> None:
    for place in np.ndindex(search.case.start.shape):
        now = search.case.start
        changes = (_changed(now, place, v) for v in _simpler(float(now[place])))
        search.first(replace(search.case, start=change) for change in changes)
    for place in np.ndindex(search.case.points.shape):
        now = search.case.points
        changes = (_changed(now, place, v) for v in _simpler(float(now[place])))
        search.first(replace(search.case, points=change) for change in changes)


def _changed(array: Array, place: tuple[int, ...], value: float) -> Array:
    changed = array.copy()
    changed[place] = value
    return changed


def _simpler(value: float) -> list[float]:
    options = (0.0, 1.0, -1.0, 10.0, FAR, float(round(value)), round(value, 1))
    return [v for v in dict.fromkeys(options) if _plainness(v) < _plainness(value)]


def _plainness(value: float) -> tuple[int, float, bool]:
    """Fewer digits first, then smaller, then positive."""
    return (len(f"{value:g}".lstrip("-")) if value else 0, abs(value), value < 0)
