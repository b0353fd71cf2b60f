"""What a breach looks like: confusions that have a name, said beside the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from overspec.verify.testing.posterior import Array
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
    if all(map(_is_single, trials)):
        largest = max(t.difference for t in trials)
        yield (
            f"all differences, up to {largest:.2g}, are what single precision makes: return "
            "float32 arrays, or pass tolerance="
        )


def _is_single(trial: Trial) -> bool:
    size = max(1.0, float(np.abs(trial.wanted).max(initial=0)))
    return trial.difference <= ROUNDINGS * SINGLE * size * min(conditioning(trial.case), 1e3)


def _masses(trials: list[Trial]) -> Iterator[str]:
    if all(_close(t.got, len(t.case.data) * t.wanted) for t in trials):
        yield (
            "these are counts, n times the masses: return the mean posteriors, or adapt with "
            'of_free_means(update, masses="counts")'
        )
    elif all(_close(t.got, t.case.weights) for t in trials):
        yield (
            "the weights come back as they were given: where the code holds them fixed, say so "
            'with of_free_means(update, masses="fixed")'
        )
    elif all(_close(t.got, t.wanted / t.wanted.sum() * t.got.sum()) for t in trials):
        yield "the masses are right up to a factor: they do not sum to 1"
    elif all(_close(np.sort(t.got), np.sort(t.wanted)) for t in trials):
        yield "the masses are right, but of other components"


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


def _covariances(trials: list[Trial]) -> Iterator[str]:
    """A constant on the diagonal."""
    added = [t.got - t.wanted for t in trials]
    matrix = trials[0].case.kind in ("tied", "full")
    units = [np.broadcast_to(np.eye(t.case.d) if matrix else 1.0, t.wanted.shape) for t in trials]
    constant = float(added[0].max())
    if constant > 0 and all(
        np.allclose(part, constant * unit, CLOSE, CLOSE * constant)
        for part, unit in zip(added, units, strict=True)
    ):
        yield (
            f"{constant:.3g} is added to every variance: switch this regularisation off in the "
            "adapter, or pass tolerance="
        )


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
