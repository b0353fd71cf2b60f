"""Several runs of sample EM: the best of many starts, and BIC and ICL against k."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError
from overspec.exact import whole
from overspec.mixture import Mixture
from overspec.results.criteria import Criteria
from overspec.verify.em.data import Table, blocks, checked_data, is_lazy, plain
from overspec.verify.em.sample import SampleTrajectory, sample_em
from overspec.verify.em.sample_start import checked_frozen
from overspec.verify.em.sample_step import rows_scores, scores_of
from overspec.verify.engines.spectrum import float_weights

Array = NDArray[np.float64]

MAX_RESTARTS = 10_000
ENTROPY_ROWS = 2**16  # scores held at a time

Progress = Callable[[str, int, int], None]


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
    on_progress: Progress | None = None,
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
        on_progress: called with what is done, steps done and steps in all.

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
    count, seed = whole(restarts, "restarts"), whole(seed, "seed")
    if not 0 <= count <= MAX_RESTARTS or seed < 0:
        raise InputError(f"restarts = {count}, seed = {seed}: use 0 to {MAX_RESTARTS}, seed >= 0")

    def run(start: object, number: int) -> SampleTrajectory:
        def on_step(t: int, steps: int) -> None:
            if on_progress is not None:
                on_progress(
                    f"start {number + 1}", number * (steps + 1) + t, (count + 1) * (steps + 1)
                )

        return sample_em(
            data, mixture, start, steps, tied, covariance, tolerance, dtype,
            sample_weight=sample_weight, missing=missing, on_step=on_step, **options,
        )  # fmt: skip

    best = run(theta0, 0)
    if not count:
        return best
    ends = [best.steps[-1].log_likelihood]
    table = checked_data(data, mixture.d, sample_weight, missing)
    generator = np.random.default_rng(seed)
    for number in range(1, count + 1):
        start = _drawn(table, mixture.k, tied, generator)
        try:
            other = run(start, number)
        except InputError:  # the first start would have said what is wrong with all of them
            ends.append(float("-inf"))
            continue
        ends.append(other.steps[-1].log_likelihood)
        if ends[-1] > best.steps[-1].log_likelihood:
            best = other
    return replace(best, ends=tuple(ends))


def _drawn(table: Table, k: int, tied: bool, generator: np.random.Generator) -> Array:
    """A start: θ in a random direction, as long as the root mean square of the data, or k rows."""
    if not tied:
        return _some_rows(table, k, generator)
    direction = generator.standard_normal(table.d)
    about = table.mean - table.centre
    square = np.diag(table.second) / table.observed - about**2 + table.mean**2
    start: Array = direction * np.sqrt(square.sum()) / np.linalg.norm(direction)
    return start


def _some_rows(table: Table, k: int, generator: np.random.Generator) -> Array:
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


# --- how many components


@dataclass(frozen=True)
class Compared:
    """One k: the criteria, and the run; none for k = 1, one Gaussian in closed form."""

    k: int
    criteria: Criteria
    run: SampleTrajectory | None


def compare_k(
    data: Any,
    ks: Sequence[int],
    weights: str = "uniform",
    steps: int = 200,
    *,
    tied: bool = True,
    covariance: str = "fixed",
    restarts: int = 5,
    seed: int = 0,
    tolerance: float = 1e-6,
    sample_weight: object = None,
    missing: bool = False,
    accelerate: str = "em",
    on_progress: Progress | None = None,
) -> tuple[Compared, ...]:
    """BIC and ICL for each k, the weights a family; k = 1 is one Gaussian with a mean of its own.

    All components of an overspecified fit may fall together. The model is singular there, where
    BIC's penalty ``(p/2) log n`` is more than the likelihood gains by chance (``λ log n`` with
    λ < p/2; Watanabe, JMLR 14 (2013) 867): BIC then prefers the smaller k more than it should.

    Args:
        data: shape (n, d), d ≥ k − 1 for the largest k.
        ks: numbers of components, ≥ 1.
        weights: a family, as for `Weights.of`.
        restarts: starts in all, drawn at random.
        steps, tolerance, tied, covariance, seed, sample_weight, missing, accelerate: as for
            `best_of`.
        on_progress: called with the k at hand, steps done and steps in all of that k.

    Raises:
        InputError: as `best_of`; no k, or restarts < 1.

    >>> rows = np.random.default_rng(1).standard_normal((300, 2))
    >>> found = compare_k(rows, [1, 2, 3])
    >>> [each.k for each in found], min(found, key=lambda each: each.criteria.bic).k
    ([1, 2, 3], 1)
    """
    if not isinstance(ks, Iterable):
        raise InputError(f"ks = {ks!r}; give several, such as [1, 2, 3]")
    sizes = [whole(k, "k") for k in ks]
    if not sizes or min(sizes) < 1 or whole(restarts, "restarts") < 1:
        raise InputError("compare_k: give some k >= 1, and restarts >= 1")
    if whole(seed, "seed") < 0:
        raise InputError(f"seed = {seed}: use a number >= 0")
    shape = getattr(data, "shape", None) or np.shape(data)
    if len(shape) != 2:
        raise InputError(f"data of shape {shape}; give an (n, d) table")
    d = int(shape[1])
    found = []
    for k in sizes:
        if k == 1:
            found.append(Compared(1, _one(data, d, covariance, sample_weight, missing), None))
            continue
        mixture = Mixture.simplex(k, weights, d)
        table = checked_data(data, d, sample_weight, missing)
        generator = np.random.default_rng([seed, k])
        start = _drawn(table, k, tied, generator)
        run = best_of(
            data, mixture, start, steps, tied, covariance, tolerance, restarts=restarts - 1,
            seed=seed, sample_weight=sample_weight, missing=missing, accelerate=accelerate,
            on_progress=_told(on_progress, k),
        )  # fmt: skip
        found.append(Compared(k, criteria(data, run, sample_weight, missing), run))
    return tuple(found)


def _told(on_progress: Progress | None, k: int) -> Progress | None:
    if on_progress is None:
        return None
    return lambda start, done, total: on_progress(f"k = {k}, {start}", done, total)


def criteria(
    data: Any,
    run: SampleTrajectory,
    sample_weight: object = None,
    missing: bool = False,
    frozen: Sequence[int] = (),
) -> Criteria:
    """BIC and ICL of the last iterate of a run on these data: one more pass for the entropy.

    Raises:
        InputError: data that `sample_em` refuses.
    """
    mixture, last = run.mixture, run.steps[-1]
    table = checked_data(data, mixture.d, sample_weight, missing)
    d, kept = mixture.d, len(checked_frozen(frozen, mixture, run.tied))
    means = d - kept if run.tied else (mixture.k - kept) * d
    parameters = means + _of_covariance(run.estimated, d)
    precision = np.linalg.inv(np.array(run.covariance))
    away = np.array(last.means) - table.centre
    scores = scores_of(table, away, precision, np.log(float_weights(mixture)))
    entropy = 0.0
    rows = max(1, ENTROPY_ROWS // mixture.k)
    for block, weight in table.blocks():
        for start in range(0, len(block), rows):
            z = rows_scores(block[start : start + rows], scores)[1]
            z -= z.max(axis=0)
            w = np.exp(z)
            total = w.sum(axis=0)
            each = np.log(total) - (w * z).sum(axis=0) / total
            part = each if weight is None else each * weight[start : start + rows]
            entropy += float(part.sum())
    return Criteria(parameters, table.total, last.log_likelihood, entropy)


def _of_covariance(estimated: str, d: int) -> int:
    return {"fixed": 0, "isotropic": 1, "full": d * (d + 1) // 2}[estimated]


def _one(data: Any, d: int, covariance: str, sample_weight: object, missing: bool) -> Criteria:
    """One Gaussian with a mean of its own, in closed form: ``ℓ = −(d log 2π + log|Σ| + tr)/2``."""
    table = checked_data(data, d, sample_weight, missing)
    if covariance == "full" and not table.complete:
        raise InputError("missing values and a full covariance: use 'fixed' or 'isotropic'")
    about = table.mean - table.centre
    scatter = table.second - np.outer(about, about) * np.sqrt(
        np.outer(table.observed, table.observed)
    )
    seen = float(table.observed.sum())
    if covariance == "full":
        size = float(np.linalg.slogdet(scatter)[1]) + d
    elif covariance == "isotropic":
        size = seen * (math.log(float(np.trace(scatter)) / seen) + 1)
    else:
        size = float(np.trace(scatter))
    value = -(seen * math.log(2 * math.pi) + size) / 2
    return Criteria(d + _of_covariance(covariance, d), table.total, value, 0.0)
