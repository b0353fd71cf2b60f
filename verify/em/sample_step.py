"""The E-step on data: one pass, small chunks, two threads; what sample EM spends its time on.

Scores are kept with the components as rows, shape (k, rows): maxima and sums over the components
are then whole-row operations. A chunk stays in the second-level cache; its cost is one exponential
for each row and component, two small matrix products, and one logarithm for each row.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError
from overspec.verify.em.data import BLOCK, Table, is_lazy, plain, second_deviation
from overspec.verify.engines.rounding import elementary, estimate, joined

Array = NDArray[np.float64]
Reals = NDArray[Any]

CACHE = 2**16  # scores held at a time: half a megabyte in double precision
THREADS = 2


@dataclass(frozen=True)
class Sums:
    """Averages over the data: of w_j, w_j x and the log density (nats), with its error by rounding.

    x is counted from the centre of the table, and is 0 where it is not observed; ``hidden`` then
    has the averages of w_j over the rows in which a coordinate is not. The error is an estimate by
    `engines.rounding`; nan where it was not asked for.
    """

    mass: Array  # (k,)
    first: Array  # (k, d)
    log_likelihood: float
    error: float = math.nan
    hidden: Array | None = None  # (k, d)


@dataclass(frozen=True)
class Scores:
    """``z_j(x) = ⟨p_j, x⟩ + b_j``: the log of ``π_j N(x; μ_j, Σ)`` up to what all j share."""

    slopes: Reals  # (k, d): Σ^{-1} μ_j
    offsets: Reals  # (k, 1): log π_j − μ_jᵀ Σ^{-1} μ_j / 2
    centre: Array  # (d,): what x is counted from
    squares: Reals | None = None  # (k, d): μ_jᵀ Σ^{-1} μ_j / 2 by coordinate, where some are hidden


def scores_of(
    table: Table, means: Array, precision: Reals, log_weights: Array, dtype: Any = np.float64
) -> Scores:
    """The scores of these means, counted from the centre of the table, at this Σ^{-1}."""
    slopes = means @ precision
    squares = slopes * means / 2
    offsets = log_weights if not table.complete else log_weights - squares.sum(axis=1)
    return Scores(
        slopes.astype(dtype),
        offsets[:, None].astype(dtype),
        table.centre,
        None if table.complete else squares.astype(dtype),
    )


Partial = tuple[Array, Array, float, float, Array | None]


def e_step(
    table: Table, means: Array, covariance: Array, log_weights: Array, dtype: Any = np.float64
) -> Sums:
    """Responsibilities summed over the data, ``w_j ∝ π_j N(x; μ_j, Σ)``, rows by their weights.

    Means are counted from ``table.centre``, as x is. Where entries are not observed Σ must be a
    multiple of the identity: the density of the others is then the product of theirs.

    Sums are in double precision and in the order of the rows, so that results do not depend on the
    number of threads. ``dtype=np.float32`` does the exponentials in single precision: twice as
    fast, relative error about 1e-6.

    Raises:
        InputError: a covariance that is not positive definite.

    >>> from overspec.verify.em.data import checked_data
    >>> table = checked_data([[1.0], [-1.0], [2.0]], 1)
    >>> sums = e_step(table, np.array([[1.0], [-1.0]]), np.eye(1), np.log([0.5, 0.5]))
    >>> round(float(sums.mass.sum()), 12), bool(sums.mass[0] > sums.mass[1])
    (1.0, True)
    """
    d = table.d
    try:
        root = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        raise InputError(
            "the estimated covariance collapsed to a singular matrix; use more data, fewer "
            "components or covariance 'isotropic' or 'fixed'"
        ) from None
    precision = np.linalg.inv(covariance)
    scores = scores_of(table, means, precision, log_weights, dtype)
    mass, first, logs, size = np.zeros(len(means)), np.zeros_like(means), [], 0.0
    hidden = None if table.complete else np.zeros_like(means)
    for one in _partials(table, scores):
        mass += one[0]
        first += one[1]
        logs.append(one[2])
        size += one[3]
        if hidden is not None and one[4] is not None:
            hidden += one[4]
    n = table.total
    sizes = math.log(2 * math.pi) / 2 + np.log(np.diag(root))
    constant = float(table.observed @ sizes)
    quadratic = float((precision * table.second).sum()) / 2
    value = math.fsum(logs) / n - constant - quadratic
    shared = _shared(mass / n, means, covariance, log_weights)
    # of the logs: k chunks of rows in a block are added in order; then three terms are subtracted
    few = math.sqrt(len(mass) / 3 / max(1.0, table.n / BLOCK))
    added = size / n * joined(few, math.sqrt(2), 1.0)
    second = second_deviation(table.n) * float(np.abs(precision * table.second).sum()) / 2
    deviation = joined(shared, added, second, 2 * constant, quadratic, value)
    if dtype == np.float32:  # slopes, offsets, rows and exponentials carry 24 bits
        deviation = joined(deviation, size / n * math.sqrt(d + 2) * 2.0**29)
    hidden = None if hidden is None else hidden / n
    return Sums(mass / n, first / n, value, estimate(deviation), hidden)


def _shared(mass: Array, means: Array, covariance: Array, log_weights: Array) -> float:
    """Deviation from what all rows share: log π_j, μ_jᵀΣ^{-1}μ_j, and Σ^{-1} by its condition."""
    d = len(covariance)
    eigenvalues = np.linalg.eigvalsh(covariance)
    norms = (means**2).sum(axis=1) / eigenvalues[0]
    each = np.hypot(elementary("log") * log_weights, (1 + d / 2) * norms / math.sqrt(d))
    inverse = 0.0 if (covariance == np.eye(d)).all() else eigenvalues[-1] / eigenvalues[0] * d
    return joined(float(each @ mass), inverse / 2)


def rows_scores(block: Reals, scores: Scores) -> tuple[Reals, Reals, Reals | None]:
    """Of some rows: x from the centre, z of shape (k, rows), and where x is hidden (0 then)."""
    part, dtype = plain(block), scores.slopes.dtype
    x = np.asarray(part - scores.centre if scores.centre.any() else part, dtype=dtype)
    unknown = None
    if scores.squares is not None:
        unknown = np.isnan(x)
        x = np.where(unknown, dtype.type(0), x)
    z: Reals = scores.slopes @ x.T
    z += scores.offsets
    if scores.squares is not None and unknown is not None:
        z -= scores.squares @ (~unknown).T
    return x, z, unknown


def block_sums(block: Reals, weights: Array | None, scores: Scores) -> Partial:
    """Sums of w_j, w_j x, log Σ_j e^{z_j}, its magnitudes and hidden w_j over the rows of a block.

    Rows count by their weights; the last is None where all entries are observed.
    """
    k = len(scores.slopes)
    mass, first, logs, size = np.zeros(k), np.zeros(scores.slopes.shape), 0.0, 0.0
    hidden = None if scores.squares is None else np.zeros(scores.slopes.shape)
    rows = max(1, CACHE // k)
    for start in range(0, len(block), rows):
        x, z, unknown = rows_scores(block[start : start + rows], scores)
        top = z.max(axis=0)
        z -= top
        np.exp(z, out=z)
        total = z.sum(axis=0)
        z /= total
        log = np.log(total)
        if weights is not None:
            v = weights[start : start + rows]
            z, top, log = z * v, top * v, log * v
        size += float(np.abs(top).sum(dtype=np.float64))
        logs += float(top.sum(dtype=np.float64)) + float(log.sum(dtype=np.float64))
        mass += z.sum(axis=1, dtype=np.float64)
        first += z @ x
        if hidden is not None and unknown is not None:
            hidden += z @ unknown
    count = float(len(block) if weights is None else weights.sum())
    return mass, first, logs, size + math.log(k) * count, hidden


def _partials(table: Table, scores: Scores) -> Iterator[Partial]:
    """One partial result a block, in the order of the rows; a few blocks in flight at a time."""
    if is_lazy(table.source):  # the blocks are summed where they are, by Dask's scheduler
        dask = _dask()
        lazy = table.source.to_delayed().ravel()
        masses: Iterator[Array | None] = repeat(None)
        if table.mass is not None:
            masses = iter(np.split(table.mass, np.cumsum(table.parts)[:-1]))
        parts = [dask.delayed(block_sums)(b, v, scores) for b, v in zip(lazy, masses, strict=False)]
        yield from dask.compute(*parts)
        return
    if table.n * len(scores.slopes) <= CACHE:
        for rows, weights in table.blocks():
            yield block_sums(rows, weights, scores)
        return
    with ThreadPoolExecutor(THREADS) as pool:
        waiting = table.blocks()
        queue: list[Future[Partial]] = [
            pool.submit(block_sums, rows, weights, scores)
            for rows, weights in islice(waiting, 2 * THREADS)
        ]
        while queue:
            yield queue.pop(0).result()
            for rows, weights in islice(waiting, 1):
                queue.append(pool.submit(block_sums, rows, weights, scores))


def _dask() -> Any:
    try:
        import dask
    except ImportError:
        raise InputError(
            'data in a Dask array need Dask: pip install "overspec[cluster]"'
        ) from None
    return dask
