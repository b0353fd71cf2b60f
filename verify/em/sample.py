"""Sample EM on given data: tied or free means, fixed, isotropic or full covariance."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError
from overspec.evidence import Evidence
from overspec.exact import whole
from overspec.mixture import Energies, Mixture
from overspec.proofs.machinery.cyclotomic import null_frequencies
from overspec.results.run import RunResult
from overspec.results.text import exact_decimal, root_decimal
from overspec.verify.em.data import LARGEST_SINGLE, checked_data, load_data
from overspec.verify.em.sample_step import Sums, e_step
from overspec.verify.engines.spectrum import float_weights, sigma

__all__ = ["SampleStep", "SampleTrajectory", "load_data", "sample_em"]

Array = NDArray[np.float64]

COVARIANCES = ("fixed", "isotropic", "full")
DTYPES = ("float64", "float32")
SHOWN_DIGITS = {"float64": 10, "float32": 5}  # of numbers computed from data
MAX_COMPONENTS = 1000
MAX_STEPS = 1_000_000


@dataclass(frozen=True)
class SampleStep:
    """One iterate of sample EM.

    Attributes:
        t: the step.
        theta: θ of shape (d,) as a tuple; the first mean when the means are free.
        means: the k means, tuples of d numbers.
        norm: |θ|; for free means ``(Σ_j |μ_j|²/k)^{1/2}``.
        variance: ``tr Σ / d``, 1 when the covariance is fixed.
        log_likelihood: mean log density of the data under this iterate, in nats.
        log_likelihood_error: of the number above, from rounding: an estimate by `engines.rounding`.
    """

    t: int
    theta: tuple[float, ...]
    means: tuple[tuple[float, ...], ...]
    norm: float
    variance: float
    log_likelihood: float
    log_likelihood_error: float = math.nan


@dataclass(frozen=True, repr=False)
class SampleTrajectory(RunResult):
    """A run of sample EM.

    Attributes:
        steps: the iterates, t = 0 first.
        covariance: the final Σ, d×d.
        rate_measured: last ratio of step lengths ``|θ_{t+1} − θ_t| / |θ_t − θ_{t−1}|``, the factor
            at which the iterates approach their limit; None when too short or already still.
        rate_predicted: for tied means ``1 − σ``, the population's factor near 0 (T1): 1 when a
            frequency is null, and 1 for free means (Q1).
        n: rows of data.
        tied, estimated, dtype: what was asked: tied means, the covariance (``"fixed"``,
            ``"isotropic"`` or ``"full"``), the precision.
        evidence: SAMPLED.
    """

    mixture: Mixture
    steps: tuple[SampleStep, ...]
    covariance: tuple[tuple[float, ...], ...]
    rate_measured: float | None
    rate_predicted: float
    n: int
    tied: bool = True
    estimated: str = "fixed"
    dtype: str = "float64"
    evidence: Evidence = Evidence.SAMPLED

    @property
    def theta(self) -> Array:
        """θ of every iterate, shape (T + 1, d); the first mean where the means are free."""
        return np.array([step.theta for step in self.steps])

    @property
    def means(self) -> Array:
        """The means of every iterate, shape (T + 1, k, d)."""
        return np.array([step.means for step in self.steps])

    @property
    def log_likelihood(self) -> Array:
        """Mean log density of the data in nats, shape (T + 1,)."""
        return np.array([step.log_likelihood for step in self.steps])

    def run(self) -> dict[str, Any]:
        """The run as plain data."""
        digits = SHOWN_DIGITS[self.dtype]

        def text(value: float) -> str:
            return exact_decimal(value, digits)

        rows = []
        for step in self.steps:
            row: dict[str, Any] = {
                "t": step.t,
                "norm": text(step.norm),
                "log_likelihood": text(step.log_likelihood),
            }
            if self.estimated != "fixed":
                row["variance"] = text(step.variance)
            if self.tied:
                row["theta"] = [text(x) for x in step.theta]
            else:
                row["means"] = [[text(x) for x in mean] for mean in step.means]
            rows.append(row)
        measured = self.rate_measured
        return {
            "n": self.n,
            "steps": rows,
            "rate_measured": None if measured is None else text(measured),
            "rate_predicted": text(self.rate_predicted),
            "covariance": [[text(x) for x in row] for row in self.covariance],
        }

    def records(self) -> list[dict[str, Any]]:
        """One row a step."""
        columns = ("t", "norm", "log_likelihood", "variance")
        return [
            {name: getattr(s, name) for name in columns}
            | {f"theta{i}": x for i, x in enumerate(s.theta)}
            for s in self.steps
        ]


@dataclass(frozen=True)
class State:
    """What EM updates: the means and their common covariance."""

    means: Array  # (k, d)
    covariance: Array  # (d, d)


def sample_em(
    data: object,
    mixture: Mixture,
    theta0: object,
    steps: int,
    tied: bool = True,
    covariance: str = "fixed",
    tolerance: float = 0.0,
    dtype: str = "float64",
) -> SampleTrajectory:
    """EM on data with fixed weights π, from the orbit of θ_0 and Σ = I.

    Tied: ``θ' = argmax_θ Q``, which is ``(1/n)Σ_i Σ_j w_ij R^{-j} x_i`` for a fixed or isotropic
    covariance (math.md section 8) and a d×d linear solve for a full one (then mean and covariance
    are maximised in turn, so the likelihood still never falls). Free:
    ``μ_j' = Σ_i w_ij x_i / Σ_i w_ij``. Isotropic: ``v' = mean w_ij |x_i − μ_j'|² / d``.

    Args:
        data: numbers of shape (n, d), in the block coordinates of ``mixture.action``; any scale.
            An array, a table mapped by `load_data`, or a Dask array: read a block at a time.
        mixture: k components with weights and action.
        theta0: the start, shape (d,), in block coordinates; or `Energies`, then see `placed`.
        steps: at most this many EM steps.
        tied: whether ``μ_j = R^j θ`` is kept; the free run starts there and leaves.
        covariance: ``"fixed"`` (identity), ``"isotropic"`` or ``"full"``, common to the components.
        tolerance: stop once a step moves the norm of the stacked means by no more, divided by √k.
        dtype: ``"float64"``, or ``"float32"`` for exponentials in single precision, with iterates
            good to about 1e-6.

    Raises:
        InputError: data or θ_0 of the wrong shape, not numeric or not finite; constant columns;
            a component that dies out; a covariance that collapses.

    >>> rows = np.random.default_rng(1).standard_normal((2000, 2))
    >>> run = sample_em(rows, Mixture.simplex(3, "4/5,1/10,1/10"), (1.0, 0.0), 40)
    >>> run.steps[-1].norm < 0.1
    True
    """
    table = checked_data(data, mixture.d)
    theta = _checked_start(theta0, mixture)
    if covariance not in COVARIANCES:
        raise InputError(f"covariance {covariance!r}; choose {', '.join(COVARIANCES)}")
    if not 0 <= whole(steps, "steps") <= MAX_STEPS:
        raise InputError(f"steps = {steps}; use an integer from 0 to {MAX_STEPS}")
    if mixture.k > MAX_COMPONENTS:
        raise InputError(f"k = {mixture.k}: sample EM lists the means; it reaches {MAX_COMPONENTS}")
    if not tolerance >= 0:
        raise InputError(f"tolerance = {tolerance}; use a number >= 0")
    if dtype not in DTYPES:
        raise InputError(f"dtype {dtype!r}; choose {' or '.join(DTYPES)}")
    if dtype == "float32" and float(np.trace(table.second)) > LARGEST_SINGLE:
        raise InputError("data: too large for float32; rescale them or use float64")
    turns = powers(mixture)
    log_weights = np.log(float_weights(mixture))
    update = tied_update(turns) if tied else free_update
    state = State(turns @ theta, np.eye(mixture.d))
    rows = []
    for t in range(steps + 1):
        sums = e_step(table, state.means, state.covariance, log_weights, np.dtype(dtype))
        rows.append(_row(t, state, sums, tied))
        if t == steps or (t and tolerance and _moved(rows) <= tolerance):
            break
        state = m_step(sums, table.second, state, update, covariance)
    null = null_frequencies(mixture.weights, mixture.action)
    return SampleTrajectory(
        mixture,
        tuple(rows),
        tuple(map(tuple, state.covariance.tolist())),
        _contraction(rows),
        1 - float(sigma(mixture)) if tied and not null else 1.0,
        table.n,
        tied,
        covariance,
        dtype,
    )


Update = Callable[[Sums, Array], Array]


def tied_update(turns: Array) -> Update:
    """θ solves ``Σ_j m_j R^{-j} Σ^{-1} R^j θ = Σ_j R^{-j} Σ^{-1} s_j``; m, s the sums of w, wx."""

    def update(sums: Sums, covariance: Array) -> Array:
        precision = np.linalg.inv(covariance)
        pulled = np.einsum("jba,bc->jac", turns, precision)
        matrix = np.einsum("j,jac,jcd->ad", sums.mass, pulled, turns)
        theta = np.linalg.solve(matrix, np.einsum("jac,jc->a", pulled, sums.first))
        means: Array = turns @ theta
        return means

    return update


def free_update(sums: Sums, covariance: Array) -> Array:
    """``μ_j = s_j/m_j``; m, s the sums of w, wx."""
    dead = int(np.argmin(sums.mass))
    if sums.mass[dead] < 1e-300:
        raise InputError(f"component {dead} has no data left; start nearer or use tied means")
    means: Array = sums.first / sums.mass[:, None]
    return means


def m_step(sums: Sums, second: Array, state: State, update: Update, covariance: str) -> State:
    """The means by `tied_update` or `free_update`, then the covariance at those means.

    ``second`` is ``E xxᵀ`` over the data; ``covariance`` is one of ``COVARIANCES``.
    """
    means = update(sums, state.covariance)
    if covariance == "fixed":
        return State(means, state.covariance)
    cross = means.T @ sums.first
    scatter = second - cross - cross.T + (means.T * sums.mass) @ means
    if covariance == "isotropic":
        d = len(scatter)
        scatter = np.eye(d) * (np.trace(scatter) / d)
    return State(means, (scatter + scatter.T) / 2)


def _row(t: int, state: State, sums: Sums, tied: bool) -> SampleStep:
    theta = state.means[0]
    norm = np.linalg.norm(theta) if tied else math.sqrt((state.means**2).sum() / len(state.means))
    return SampleStep(
        t,
        tuple(theta.tolist()),
        tuple(map(tuple, state.means.tolist())),
        float(norm),
        float(np.trace(state.covariance)) / len(theta),
        sums.log_likelihood,
        sums.error,
    )


def _moved(rows: list[SampleStep]) -> float:
    before, after = np.array(rows[-2].means), np.array(rows[-1].means)
    return float(np.linalg.norm(after - before)) / math.sqrt(len(after))


def _contraction(rows: list[SampleStep]) -> float | None:
    if len(rows) < 3:
        return None
    a, b, c = (np.array(row.means) for row in rows[-3:])
    before, after = float(np.linalg.norm(b - a)), float(np.linalg.norm(c - b))
    still = 1e-12 * (1 + rows[0].norm)
    return after / before if min(before, after) > still else None


def placed(mixture: Mixture, energies: Energies) -> Array:
    """A θ with these energies: each on the first axis of the first block of its frequency.

    >>> placed(Mixture.simplex(4), Energies.of_amplitudes(4, "1,1/2")).tolist()
    [1.0, 0.0, 0.5]
    """
    if energies.k != mixture.k:
        raise InputError(f"energies for k = {energies.k}, but the mixture has k = {mixture.k}")
    theta = np.zeros(mixture.d)
    amplitudes = [float(root_decimal(energy, 17)) for energy in energies]
    seen: set[int] = set()
    for block in mixture.action.blocks:
        if block.frequency and block.frequency not in seen:
            theta[block.start] = amplitudes[block.frequency - 1]
            seen.add(block.frequency)
    return theta


def powers(mixture: Mixture) -> Array:
    """R^j in block coordinates for all j, shape (k, d, d)."""
    k = mixture.k
    turns = np.zeros((k, mixture.d, mixture.d))
    for block in mixture.action.blocks:
        a = block.start
        for j in range(k):
            angle = 2 * math.pi * (block.frequency * j % k) / k
            c, s = math.cos(angle), math.sin(angle)
            if block.size == 1:
                turns[j, a, a] = c
            else:
                turns[j, a : a + 2, a : a + 2] = [[c, -s], [s, c]]
    return turns


def _checked_start(theta0: object, mixture: Mixture) -> Array:
    d = mixture.d
    if isinstance(theta0, Energies):
        return placed(mixture, theta0)
    try:
        theta = np.asarray(theta0, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError("theta0 is not a vector of numbers") from None
    if theta.shape != (d,):
        raise InputError(f"theta0 of shape {theta.shape}; the mixture needs ({d},)")
    if not np.isfinite(theta).all():
        raise InputError("theta0 has entries that are not finite")
    return theta
