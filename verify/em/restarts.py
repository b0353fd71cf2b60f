"""Sample EM from several starts, of which the most likely end is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError
from overspec.exact import whole
from overspec.mixture import Mixture
from overspec.verify.em.data import blocks, checked_data, is_lazy, plain
from overspec.verify.em.sample import SampleTrajectory, sample_em

Array = NDArray[np.float64]

MAX_RESTARTS = 10_000


def best_of(
    data: Any,
    mixture: Mixture,
    theta0: object,
    steps: int,
    tied: bool = True,
    covariance: str = "fixed",
    tolerance: float = 0.0,
    dtype: str = "float64",
    *,
    restarts: int = 0,
    seed: int = 0,
    sample_weight: object = None,
    missing: bool = False,
    **options: Any,
) -> SampleTrajectory:
    """`sample_em` from θ_0 and from random starts; the run whose end is the most likely.

    Args:
        restarts: random starts beside θ_0. Tied: θ in a random direction, as long as the root mean
            square of the data. Free: k different rows of the data, drawn by their weights, with
            hidden entries at the mean of their column.
        seed: of the starts.
        data, mixture, theta0, steps, tied, covariance, tolerance, dtype, sample_weight, missing,
        options: as for `sample_em`.

    Returns:
        The run, with ``ends``: the last log-likelihood of each, that of θ_0 first. Where two are
        equal, the earlier.

    Raises:
        InputError: as `sample_em`; restarts or seed out of range. A random start from which a
            component dies out or the covariance collapses counts as -inf.

    >>> rows = np.random.default_rng(1).standard_normal((200, 2))
    >>> run = best_of(rows, Mixture.simplex(3, "4/5,1/10,1/10"), (1.0, 0.0), 40, restarts=2)
    >>> len(run.ends), max(run.ends) == run.steps[-1].log_likelihood
    (3, True)
    """
    count, number = whole(restarts, "restarts"), whole(seed, "seed")
    if not 0 <= count <= MAX_RESTARTS or number < 0:
        raise InputError(f"restarts = {count}, seed = {number}: use 0 to {MAX_RESTARTS}, seed >= 0")

    def run(start: object) -> SampleTrajectory:
        return sample_em(
            data, mixture, start, steps, tied, covariance, tolerance, dtype,
            sample_weight=sample_weight, missing=missing, **options,
        )  # fmt: skip

    best = run(theta0)
    if not count:
        return best
    ends = [best.steps[-1].log_likelihood]
    table = checked_data(data, mixture.d, sample_weight, missing)
    generator = np.random.default_rng(number)
    for _ in range(count):
        if tied:
            direction = generator.standard_normal(mixture.d)
            about = table.mean - table.centre
            square = np.diag(table.second) / table.observed - about**2 + table.mean**2
            start = direction * np.sqrt(square.sum()) / np.linalg.norm(direction)
        else:
            start = _some_rows(table, mixture.k, generator)
        try:
            other = run(start)
        except InputError:  # the first start would have said what is wrong with all of them
            ends.append(float("-inf"))
            continue
        ends.append(other.steps[-1].log_likelihood)
        if ends[-1] > best.steps[-1].log_likelihood:
            best = other
    return replace(best, ends=tuple(ends))


def _some_rows(table: Any, k: int, generator: np.random.Generator) -> Array:
    """k different rows of positive weight, in random order."""
    mass = np.ones(table.n) if table.mass is None else table.mass
    if np.count_nonzero(mass) < k:
        raise InputError(f"{np.count_nonzero(mass)} rows for {k} means: give more data")
    chosen = generator.choice(table.n, k, replace=False, p=mass / mass.sum())
    if is_lazy(table.source):
        rows, start = np.empty((k, table.d)), 0
        for block in blocks(table.source):
            here = (chosen >= start) & (chosen < start + len(block))
            rows[here] = plain(block)[chosen[here] - start]
            start += len(block)
    else:
        rows = np.asarray(plain(table.source[chosen]), dtype=np.float64)
    return np.where(np.isnan(rows), table.mean, rows)
