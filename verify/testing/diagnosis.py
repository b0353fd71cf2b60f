"""What a breach looks like: confusions that have a name, said beside the numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from overspec.verify.testing.cases import Case
from overspec.verify.testing.posterior import Array, m_step, posterior
from overspec.verify.testing.sides.wanted import jointly, masses
from overspec.verify.testing.trial import ROUNDINGS, SINGLE, Trial, conditioning

CLOSE = 1e-4  # relative: a confusion is not a matter of rounding


def hints(name: str, trials: Sequence[Trial]) -> tuple[str, ...]:
    """Sentences that fit every case in which the check `name` has values; often none.

    Args:
        name: of the check.
        trials: all cases of the check.
    """
    valued = [t for t in trials if t.kind == "value"]
    if not valued or all(t.excess <= 1 for t in valued):
        return ()
    named = (
        said
        for family, says in _SAYS.items()
        if name.startswith(family) and "gradient" not in name
        for said in says(valued)
    )
    return tuple(named) or tuple(_single(valued))


def _single(trials: list[Trial]) -> Iterator[str]:
    if all((t.got == np.round(t.got)).all() for t in trials):
        yield "whole numbers come back: an integer type somewhere?"
    elif all(map(_is_single, trials)):
        largest = max(t.difference for t in trials)
        yield (
            f"all differences, up to {largest:.2g}, are what single precision makes: return "
            "float32 arrays, or pass tolerance="
        )


def _is_single(trial: Trial) -> bool:
    """Small enough; beyond what rounding the result alone does, its numbers must be single, too."""
    sizes = ROUNDINGS * SINGLE * np.maximum(1.0, np.abs(trial.wanted))
    apart = np.abs(trial.got - trial.wanted)
    if (apart <= sizes).all():
        return True
    single = bool((trial.got.astype(np.float32) == trial.got).all())
    return single and bool(apart.max() <= sizes.max() * min(conditioning(trial.case), 1e3))


def _masses(trials: list[Trial]) -> Iterator[str]:
    if all(_close(t.got, len(t.case.data) * t.wanted) for t in trials):
        yield (
            "these are counts, n times the masses: return the mean posteriors, or adapt with "
            'of_free_means(update, masses="counts")'
        )
    elif all(np.allclose(t.got, t.case.weights, 1e-6, 1e-9) for t in trials):
        yield (
            "the weights come back as they were given: where the code holds them fixed, say so "
            'with of_free_means(update, masses="fixed")'
        )
    elif all(_close(t.got, t.wanted / t.wanted.sum() * t.got.sum()) for t in trials):
        yield "the masses are right up to a factor: they do not sum to 1"
    elif all(_close(np.sort(t.got), np.sort(t.wanted)) for t in trials):
        yield "the masses are right, but of other components"
    elif all(_close(np.exp(t.got), t.wanted) for t in trials):
        yield "these are the logarithms of the masses"
    else:
        yield from _arguments(trials, first=True)


def _at_once(trials: list[Trial]) -> Iterator[str]:
    """θ and Σ of tied means maximised together, not in turn."""
    cases = [t.case for t in trials]
    if all(case.kind == "tied" for case in cases) and all(
        _close(t.got, jointly(t.case)) for t in trials
    ):
        yield (
            "these are the most likely θ and Σ at once; wanted is θ at the Σ that was given: "
            "another algorithm than the one that is checked here"
        )


def _means(trials: list[Trial]) -> Iterator[str]:
    sums = [masses(t.case)["wanted"][:, None] * t.wanted for t in trials]
    if all(_close(t.got, part) for t, part in zip(trials, sums, strict=True)):
        yield "these are (1/n) Σ_i w_j(x_i) x_i: not divided by the masses"
    elif all(_close(t.got, len(t.case.data) * part) for t, part in zip(trials, sums, strict=True)):
        yield "these are the sums Σ_i w_j(x_i) x_i: not divided by the counts"
    elif all(t.got.shape == t.got.T.shape and _close(t.got.T, t.wanted) for t in trials):
        yield "the means are transposed: one mean a row is wanted"
    else:
        yield from _arguments(trials, first=False)


def _arguments(trials: list[Trial], first: bool) -> Iterator[str]:
    """Whether masses or means are right for weights or covariances in another form."""

    def fit(taken: Callable[[Case], tuple[Array, Array] | None]) -> bool:
        for trial in trials:
            as_if, (means, _, data, _) = taken(trial.case), trial.case.exact()
            if as_if is None:
                return False
            shares = posterior(means, as_if[0], data, as_if[1])
            if not _close(trial.got, m_step(shares, data)[0 if first else 1]):
                return False
        return True

    if fit(lambda case: (np.exp(case.exact()[1]), case.exact()[3])):
        yield "the weights that it is given are taken for their logarithms"
    for name, change in _FORMS.items():
        if all(t.case.kind and not t.case.tied for t in trials) and fit(partial(_changed, change)):
            yield f"the covariances that it is given are taken for {name}"


def _changed(change: Callable[[Array], Array], case: Case) -> tuple[Array, Array] | None:
    _, weights, _, spread = case.exact()
    changed = change(spread)
    changed = (changed + changed.transpose(0, 2, 1)) / 2
    return (weights, changed) if (np.linalg.eigvalsh(changed) > 0).all() else None


#: What covariances may be taken for, and the covariances that they then are.
_FORMS: dict[str, Callable[[Array], Array]] = {
    "their inverses, precisions": lambda c: np.asarray(np.linalg.inv(c), dtype=float),
    "their Cholesky factors, or standard deviations": lambda c: c @ c.transpose(0, 2, 1),
}


def _covariances(trials: list[Trial]) -> Iterator[str]:
    """A constant on the diagonal."""
    added = [t.got - t.wanted for t in trials]
    matrix = trials[0].case.kind in ("tied", "full")
    units = [np.broadcast_to(np.eye(t.case.d) if matrix else 1.0, t.wanted.shape) for t in trials]
    constant = float(added[0].max())
    for name, back in _RETURNED.items():
        if all(_close_where(back, t.got, t.wanted, matrix) for t in trials):
            yield f"these are {name}"
            return
    if constant > 0 and all(
        np.allclose(part, constant * unit, CLOSE, CLOSE * constant)
        for part, unit in zip(added, units, strict=True)
    ):
        yield (
            f"{constant:.3g} is added to every variance: switch this regularisation off in the "
            "adapter, or pass tolerance="
        )


def _close_where(
    back: Callable[[Array, bool], Array], got: Array, wanted: Array, matrix: bool
) -> bool:
    try:
        with np.errstate(all="ignore"):
            return _close(back(got, matrix), wanted)
    except np.linalg.LinAlgError:
        return False


#: What comes back in place of covariances, and how they come from it.
_RETURNED: dict[str, Callable[[Array, bool], Array]] = {
    "the inverses of the covariances, precisions": (
        lambda got, matrix: np.asarray(np.linalg.inv(got) if matrix else 1 / got, dtype=float)
    ),
    "standard deviations, or Cholesky factors of the covariances": (
        lambda got, matrix: got @ np.swapaxes(got, -1, -2) if matrix else got**2
    ),
    "the logarithms of the variances": lambda got, matrix: np.exp(got),
}


def _log_likelihood(trials: list[Trial]) -> Iterator[str]:
    constant = [t.case.d * np.log(2 * np.pi) / 2 for t in trials]
    if all(abs(t.got) < CLOSE for t in trials):
        yield "it is 0 everywhere: the logarithm of posteriors, which sum to 1?"
    elif all(_close(t.got, -t.wanted) for t in trials):
        yield "it has the other sign"
    elif all(_close(t.got, t.wanted + c) for t, c in zip(trials, constant, strict=True)):
        yield "the constant −d/2 log 2π of the density is left out"


def _close(got: Array, wanted: Array) -> bool:
    return bool(np.shape(got) == np.shape(wanted) and np.allclose(got, wanted, CLOSE, CLOSE))


_SAYS = {
    "masses": _masses,
    "means": _means,
    "covariances": _covariances,
    "tied_covariance": _covariances,
    "tied_step": _at_once,
    "log_likelihood": _log_likelihood,
}
