"""Sample EM on given data: tied or free means, fixed, isotropic or full covariance."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError, InputTypeError
from overspec.evidence import Evidence
from overspec.exact import flag, whole
from overspec.mixture import Mixture
from overspec.results.criteria import Criteria
from overspec.results.run import RunResult, looked, told_ahead
from overspec.results.text import exact_decimal, near_one, supported
from overspec.verify.em.ahead.methods import AHEAD, METHODS
from overspec.verify.em.ahead.on_data import Coordinates, looked_ahead
from overspec.verify.em.data import LARGEST_SINGLE, DataFile, checked_data
from overspec.verify.em.sample_start import (
    checked_covariance,
    checked_frozen,
    checked_start,
    predicted,
)
from overspec.verify.em.sample_step import Sums, e_step
from overspec.verify.em.sample_update import (
    Shift,
    State,
    Update,
    free_update,
    m_step,
    powers,
    tied_update,
)
from overspec.verify.engines.spectrum import float_weights

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
        rate_predicted: for tied means ``1 − σ``, the factor near 0 on the population N(0, I) (T1):
            1 when a frequency is null, and 1 for free means (Q1). None where that says nothing of
            these data, see `rate_reason`.
        gap_predicted: ``1 − rate_predicted``, to its own relative accuracy: 0 only where it is 1.
        rate_reason: why there is no prediction: the data are far from N(0, I), say.
        n: rows of data.
        tied, estimated, dtype: what was asked: tied means, the covariance (``"fixed"``,
            ``"isotropic"`` or ``"full"``), the precision.
        weight: the sum of the sample weights, n without.
        criteria: BIC and ICL of the last iterate, where they were asked for (`choice.criteria`).
        method: ``"em"``, or how it looked ahead: ``"squarem"``, ``"anderson"`` or ``"daarem"``.
            Then steps are the points that were kept, and their t the E-steps made before them.
        refused: points that were looked ahead to and not kept.
        last_move: by how much EM's last step moved the means, root mean square over them; where it
            looked ahead, by how much EM would move them from the last point. nan without a step.
        ends: the last log-likelihood from each start, where there were several (`best_of`).
        source: what was read, where the data came from a file.
        evidence: SAMPLED.
    """

    mixture: Mixture
    steps: tuple[SampleStep, ...]
    covariance: tuple[tuple[float, ...], ...]
    rate_measured: float | None
    rate_predicted: float | None
    gap_predicted: float | None
    rate_reason: str | None
    n: int
    tied: bool = True
    estimated: str = "fixed"
    dtype: str = "float64"
    evidence: Evidence = Evidence.SAMPLED
    weight: float = math.nan
    source: DataFile | None = None
    ends: tuple[float, ...] = ()
    criteria: Criteria | None = None
    method: str = "em"
    refused: int = 0
    last_move: float = math.nan

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

    def about(self) -> list[tuple[str, object]]:
        """What was read, how many rows, and their weight."""
        read = [] if self.source is None else [("data", self.source.describe())]
        weight = "" if self.weight == self.n else f", of weight {exact_decimal(self.weight, 10)}"
        ends = looked(self.method, self.refused)
        if self.ends:
            ends.append(("best of starts", str(len(self.ends))))
        if self.criteria is None:
            return [*read, ("rows", f"{self.n}{weight}"), *ends]
        told = self.criteria.to_dict()
        worth = f"{told['bic']}, {told['icl']}, of {told['parameters']} parameters"
        return [*read, ("rows", f"{self.n}{weight}"), *ends, ("BIC, ICL (less is better)", worth)]

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
                "log_likelihood": supported(step.log_likelihood, step.log_likelihood_error, digits),
            }
            if self.estimated != "fixed":
                row["variance"] = text(step.variance)
            if self.tied:
                row["theta"] = [text(x) for x in step.theta]
            else:
                row["means"] = [[text(x) for x in mean] for mean in step.means]
            rows.append(row)
        measured, gap = self.rate_measured, self.gap_predicted
        rate = None if gap is None else near_one(self.rate_predicted or 0.0, gap, digits)
        return {
            "n": self.n,
            **({} if self.weight == self.n else {"weight": text(self.weight)}),
            **({} if self.source is None else {"data": self.source.to_dict()}),
            "steps": rows,
            "rate_measured": None if measured is None else text(measured),
            **({} if self.rate_reason is None else {"rate_reason": self.rate_reason}),
            **told_ahead(self.method, self.refused, rate),
            **({} if self.criteria is None else {"criteria": self.criteria.to_dict()}),
            **({} if not self.ends else {"ends": [text(end) for end in self.ends]}),
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


def sample_em(
    data: object,
    mixture: Mixture,
    theta0: object,
    steps: int,
    tied: bool = True,
    covariance: str = "fixed",
    tolerance: float = 0.0,
    dtype: str = "float64",
    *,
    sample_weight: object = None,
    missing: bool = False,
    covariance0: object = None,
    frozen: Collection[int] = (),
    accelerate: str = "em",
    on_step: Callable[[int, int], None] | None = None,
) -> SampleTrajectory:
    """EM on data with fixed weights π, from the orbit of θ_0 (or means of one's own) and Σ = I.

    Tied: ``θ' = argmax_θ Q``, which is ``(1/n)Σ_i Σ_j w_ij R^{-j} x_i`` for a fixed or isotropic
    covariance (math.md section 8) and a d×d linear solve for a full one (then mean and covariance
    are maximised in turn, so the likelihood still never falls). Free:
    ``μ_j' = Σ_i w_ij x_i / Σ_i w_ij``. Isotropic: ``v' = mean w_ij |x_i − μ_j'|² / d``.

    All sums are taken about the mean of columns that lie far from 0, so that no digits are lost to
    the distance.

    Args:
        data: numbers of shape (n, d), in the block coordinates of ``mixture.action``; any scale.
            An array, a table mapped by `load_data`, or a Dask array: read a block at a time.
        mixture: k components with weights and action.
        theta0: the start, shape (d,), in block coordinates; or `Energies`, then see `placed`; for
            free means also k means of one's own, shape (k, d).
        steps: at most this many EM steps.
        tied: whether ``μ_j = R^j θ`` is kept; the free run starts there and leaves.
        covariance: ``"fixed"`` (at its start), ``"isotropic"`` or ``"full"``, common to the
            components.
        tolerance: stop once a step moves the norm of the stacked means by no more, divided by √k.
        dtype: ``"float64"``, or ``"float32"`` for exponentials in single precision, with iterates
            good to about 1e-6.
        sample_weight: a weight ≥ 0 for each row, shape (n,): a row of weight 2 counts as two.
        missing: whether nan and masked entries are values that were not observed. EM then has them
            among what it averages over, and the likelihood is that of the observed entries. Not
            for a full covariance.
        covariance0: the first Σ, d×d; None for the identity.
        frozen: what stays as it started: frequencies of the action for tied means, components for
            free ones.
        accelerate: ``"em"``, or ``"squarem"``, ``"anderson"`` or ``"daarem"``: look ahead, and keep
            what is no less likely (`ahead.methods`). Steps are then E-steps, of which SQUAREM
            finishes a cycle, and the tolerance is for EM's own step.
        on_step: called with t and steps before each E-step.

    Raises:
        InputTypeError: a mixture that is none.
        InputError: data or θ_0 of the wrong shape, not numeric or not finite; constant columns;
            a component that dies out; a covariance that collapses.

    >>> rows = np.random.default_rng(1).standard_normal((2000, 2))
    >>> run = sample_em(rows, Mixture.simplex(3, "4/5,1/10,1/10"), (1.0, 0.0), 40)
    >>> run.steps[-1].norm < 0.1
    True
    """
    tied, missing = flag(tied, "tied"), flag(missing, "missing")
    if not isinstance(mixture, Mixture):
        raise InputTypeError(f"mixture {mixture!r}: give a Mixture; data come before it")
    table = checked_data(data, mixture.d, sample_weight, missing)
    start = checked_start(theta0, mixture, tied)
    if covariance not in COVARIANCES:
        raise InputError(f"covariance {covariance!r}; choose {', '.join(COVARIANCES)}")
    if not 0 <= whole(steps, "steps") <= MAX_STEPS:
        raise InputError(f"steps = {steps}; use an integer from 0 to {MAX_STEPS}")
    if mixture.k > MAX_COMPONENTS:
        raise InputError(f"k = {mixture.k}: sample EM lists the means; it reaches {MAX_COMPONENTS}")
    if isinstance(tolerance, bool) or not isinstance(tolerance, Real) or not tolerance >= 0:
        raise InputError(f"tolerance = {tolerance!r}; use a number >= 0")
    if dtype not in DTYPES:
        raise InputError(f"dtype {dtype!r}; choose {' or '.join(DTYPES)}")
    if dtype == "float32" and float(np.trace(table.second)) > LARGEST_SINGLE:
        raise InputError("data: too large for float32; rescale them or use float64")
    if accelerate not in METHODS:
        raise InputError(f"accelerate {accelerate!r}; choose {', '.join(METHODS)}")
    sigma0 = checked_covariance(covariance0, mixture.d)
    round_ = bool((sigma0 == sigma0[0, 0] * np.eye(mixture.d)).all())
    if not table.complete and (covariance == "full" or not round_):
        raise InputError(
            "missing values with a covariance that is no multiple of the identity: what is not "
            "observed then depends on what is, row by row, which is not computed here; use "
            "covariance 'fixed' or 'isotropic', or fill the values in"
        )
    kept = checked_frozen(frozen, mixture, tied)
    turns, shift = powers(mixture), Shift.of(mixture, table.centre)
    update: Update
    if tied:
        update = tied_update(turns, shift, kept)
        means = turns @ (start - shift.kept) - shift.moved
    else:
        update = partial(free_update, frozen=kept)
        means = (turns @ start if start.ndim == 1 else start) - table.centre
    log_weights = np.log(float_weights(mixture))
    tell = on_step or _silent

    def look(t: int, at: State) -> tuple[SampleStep, Sums]:
        tell(t, steps)
        sums = e_step(table, at.means, at.covariance, log_weights, np.dtype(dtype))
        return _row(t, at, sums, tied, table.centre), sums

    def move(at: State, sums: Sums) -> State:
        return m_step(sums, table.second, at, update, covariance)

    state = State(means, sigma0)
    if accelerate in AHEAD:
        tie = (turns, shift.moved) if tied else None
        spread = math.sqrt(float(np.trace(table.second)) / float(table.observed.sum()))
        unit = 1.0 if covariance == "fixed" else spread
        coordinates = Coordinates((mixture.k, mixture.d), tie, covariance, unit, sigma0)
        rows, refused, last, state = looked_ahead(
            state, coordinates, look, move, accelerate, steps, tolerance
        )
        reason = told_ahead(accelerate, refused, None)["rate_reason"]
        theory: tuple[float | None, float | None, str | None] = (None, None, reason)
    else:
        rows, last, refused = [], math.nan, 0
        for t in range(steps + 1):
            row, sums = look(t, state)
            rows.append(row)
            if t == steps or (t and tolerance and last <= tolerance):
                break
            before, state = state, move(state, sums)
            last = _moved(before, state)
        theory = predicted(table, mixture, state.covariance, tied, bool(kept))
    return SampleTrajectory(
        mixture,
        tuple(rows),
        tuple(map(tuple, state.covariance.tolist())),
        None if accelerate in AHEAD else _contraction(rows),
        *theory,
        table.n,
        tied,
        covariance,
        dtype,
        weight=table.total,
        method=accelerate,
        refused=refused,
        last_move=last,
    )


def _silent(done: int, total: int) -> None:
    """For runs that nobody watches."""


def _row(t: int, state: State, sums: Sums, tied: bool, centre: Array) -> SampleStep:
    means = state.means + centre
    theta = means[0]
    norm = math.hypot(*theta) if tied else math.hypot(*means.ravel()) / math.sqrt(len(means))
    return SampleStep(
        t,
        tuple(theta.tolist()),
        tuple(map(tuple, means.tolist())),
        norm,
        float(np.trace(state.covariance)) / len(theta),
        sums.log_likelihood,
        sums.error,
    )


def _moved(before: State, after: State) -> float:
    return math.hypot(*(after.means - before.means).ravel()) / math.sqrt(len(after.means))


def _contraction(rows: list[SampleStep]) -> float | None:
    if len(rows) < 3:
        return None
    a, b, c = (np.array(row.means) for row in rows[-3:])
    before, after = float(np.linalg.norm(b - a)), float(np.linalg.norm(c - b))
    still = 1e-12 * (1 + rows[0].norm)
    return after / before if min(before, after) > still else None
