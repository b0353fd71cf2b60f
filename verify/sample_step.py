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
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .data import Table, is_lazy

Array = NDArray[np.float64]
Reals = NDArray[Any]

CACHE = 2**16  # scores held at a time: half a megabyte in double precision
THREADS = 2


@dataclass(frozen=True)
class Sums:
    """Averages over the data: of w_j, w_j x and the log density (nats)."""

    mass: Array  # (k,)
    first: Array  # (k, d)
    log_likelihood: float


@dataclass(frozen=True)
class Scores:
    """``z_j(x) = ⟨p_j, x⟩ + b_j``: the log of ``π_j N(x; μ_j, Σ)`` up to what all j share."""

    slopes: Reals  # (k, d): Σ^{-1} μ_j
    offsets: Reals  # (k, 1): log π_j − μ_jᵀ Σ^{-1} μ_j / 2


Partial = tuple[Array, Array, float]


def e_step(
    table: Table, means: Array, covariance: Array, log_weights: Array, dtype: Any = np.float64
) -> Sums:
    """Responsibilities summed over the data, ``w_j ∝ π_j N(x; μ_j, Σ)``.

    Sums are in double precision and in the order of the rows, so that results do not depend on the
    number of threads. ``dtype=np.float32`` does the exponentials in single precision: twice as
    fast, relative error about 1e-6.

    Raises:
        InputError: a covariance that is not positive definite.

    >>> from .data import checked_data
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
    slopes = means @ precision
    offsets = log_weights - (slopes * means).sum(axis=1) / 2
    scores = Scores(slopes.astype(dtype), offsets[:, None].astype(dtype))
    mass, first, logs = np.zeros(len(means)), np.zeros_like(means), []
    for one in _partials(table, scores):
        mass += one[0]
        first += one[1]
        logs.append(one[2])
    n = table.n
    constant = d * math.log(2 * math.pi) / 2 + float(np.log(np.diag(root)).sum())
    quadratic = float((precision * table.second).sum()) / 2
    return Sums(mass / n, first / n, math.fsum(logs) / n - constant - quadratic)


def block_sums(block: Reals, scores: Scores) -> Partial:
    """Sums of w_j, w_j x and log Σ_j e^{z_j} over the rows of a block."""
    dtype, k = scores.slopes.dtype, len(scores.slopes)
    mass, first, logs = np.zeros(k), np.zeros(scores.slopes.shape), 0.0
    rows = max(1, CACHE // k)
    for start in range(0, len(block), rows):
        x = np.asarray(block[start : start + rows], dtype=dtype)
        z = scores.slopes @ x.T
        z += scores.offsets
        top = z.max(axis=0)
        z -= top
        np.exp(z, out=z)
        total = z.sum(axis=0)
        logs += float(top.sum(dtype=np.float64)) + float(np.log(total).sum(dtype=np.float64))
        z /= total
        mass += z.sum(axis=1, dtype=np.float64)
        first += z @ x
    return mass, first, logs


def _partials(table: Table, scores: Scores) -> Iterator[Partial]:
    """One partial result a block, in the order of the rows; a few blocks in flight at a time."""
    if is_lazy(table.source):  # the blocks are summed where they are, by Dask's scheduler
        dask = _dask()
        parts = [dask.delayed(block_sums)(b, scores) for b in table.source.to_delayed().ravel()]
        yield from dask.compute(*parts)
        return
    if table.n * len(scores.slopes) <= CACHE:
        for block in table.blocks():
            yield block_sums(block, scores)
        return
    with ThreadPoolExecutor(THREADS) as pool:
        waiting = table.blocks()
        queue: list[Future[Partial]] = [
            pool.submit(block_sums, block, scores) for block in islice(waiting, 2 * THREADS)
        ]
        while queue:
            yield queue.pop(0).result()
            for block in islice(waiting, 1):
                queue.append(pool.submit(block_sums, block, scores))


def _dask() -> Any:
    try:
        import dask
    except ImportError:
        raise InputError(
            'data in a Dask array need Dask: pip install "overspec[cluster]"'
        ) from None
    return dask
