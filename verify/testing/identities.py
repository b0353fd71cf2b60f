"""The named checks of an EM step: each a few lines of NumPy, which are run and printed alike.

The body of a check calls the code (`fn`) on a case and leaves two arrays, ``got`` and ``wanted``.
A failing check prints its own body with the smallest case as a program (`example`), so that what
is printed is what was run. `given` has what a body needs besides the case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from overspec.verify.testing import posterior as plain
from overspec.verify.testing.adapters import EmCode
from overspec.verify.testing.cases import Case
from overspec.verify.testing.posterior import Array

Sides = tuple[Any, Any]
Fn = Callable[..., Any]
Given = dict[str, Any]


@dataclass(frozen=True)
class EmCheck:
    """A named check.

    Attributes:
        name: what `expected` and test ids call it.
        label: of docs/math.md, or what it is about.
        states: what must hold.
        needs: what it needs of the code, see `abilities`.
        families: of cases (`Trials.of_family`).
        body: ``body(fn, start, weights, data, extra, **given(case))`` returns got and wanted.
        given: what the body needs besides the case.
        refusable: a code that raises in all cases is not at fault: the check is skipped.
    """

    name: str
    label: str
    states: str
    needs: frozenset[str]
    families: tuple[str, ...]
    body: Callable[..., Sides]
    given: Callable[[Case], Given]
    refusable: bool = False

    @property
    def identity(self) -> str:
        """The label and what must hold."""
        return f"{self.label} {self.states}"

    def __str__(self) -> str:
        return self.name


# --- bodies: what is compared. A failing check prints these lines.


def first_output(fn: Fn, start: Any, weights: Any, data: Any, extra: Any, wanted: Any) -> Sides:
    got = fn(start, weights, data, *extra)[0]
    return got, wanted


def second_output(fn: Fn, start: Any, weights: Any, data: Any, extra: Any, wanted: Any) -> Sides:
    got = fn(start, weights, data, *extra)[1]
    return got, wanted


def third_output(fn: Fn, start: Any, weights: Any, data: Any, extra: Any, wanted: Any) -> Sides:
    got = fn(start, weights, data, *extra)[2]
    return got, wanted


def output(fn: Fn, start: Any, weights: Any, data: Any, extra: Any, wanted: Any) -> Sides:
    got = fn(start, weights, data, *extra)
    return got, wanted


def mean_output(fn: Fn, start: Any, weights: Any, data: Any, extra: Any, wanted: Any) -> Sides:
    got = np.mean(fn(start, weights, data, *extra))
    return got, wanted


def sum_output(fn: Fn, start: Any, weights: Any, data: Any, extra: Any, wanted: Any) -> Sides:
    got = fn(start, weights, data, *extra) / len(data)
    return got, wanted


def rescaled(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    got = fn(start.copy(), 2 * weights, data.copy(), *extra)
    wanted = fn(start, weights, data, *extra)
    return got, wanted


def turned(fn: Fn, start: Any, weights: Any, data: Any, extra: Any, turn: Any) -> Sides:
    got = fn(turn @ start, weights.copy(), data @ turn.T, *extra)
    wanted = turn @ fn(start, weights, data, *extra)
    return got, wanted


def centre(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    wanted = data.mean(axis=0)
    masses, moved = fn(start, weights, data, *extra)[:2]
    got = masses @ moved
    return got, wanted


def scatter_full(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    wanted = data.T @ data / len(data)
    masses, moved, spread = fn(start, weights, data, *extra)
    got = np.einsum("j,jab->ab", masses, spread) + (masses * moved.T) @ moved
    return got, wanted


def scatter_tied(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    wanted = data.T @ data / len(data)
    masses, moved, spread = fn(start, weights, data, *extra)
    got = spread + (masses * moved.T) @ moved
    return got, wanted


def scatter_diag(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    wanted = (data**2).mean(axis=0)
    masses, moved, spread = fn(start, weights, data, *extra)
    got = masses @ (spread + moved**2)
    return got, wanted


def scatter_spherical(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    wanted = (data**2).mean()
    masses, moved, spread = fn(start, weights, data, *extra)
    got = masses @ (spread + (moved**2).mean(axis=1))
    return got, wanted


def relabelled(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    masses, moved = fn(start[::-1].copy(), weights[::-1].copy(), data.copy(), *extra)[:2]
    got = np.column_stack([masses, moved])[::-1]
    wanted = np.column_stack(fn(start, weights, data, *extra)[:2])
    return got, wanted


def mirrored(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    masses, moved = fn(-start[:, ::-1], weights.copy(), -data[:, ::-1], *extra)[:2]
    got = np.column_stack([masses, -moved[:, ::-1]])
    wanted = np.column_stack(fn(start, weights, data, *extra)[:2])
    return got, wanted


def shifted(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    masses, moved = fn(start + 16, weights.copy(), data + 16, *extra)[:2]
    got = np.column_stack([masses, moved - 16])
    wanted = np.column_stack(fn(start, weights, data, *extra)[:2])
    return got, wanted


def reversed_rows(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    after = fn(start.copy(), weights.copy(), data[::-1].copy(), *extra)
    before = fn(start, weights, data, *extra)
    got = np.hstack([np.ravel(part) for part in after])
    wanted = np.hstack([np.ravel(part) for part in before])
    return got, wanted


def doubled_rows(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    after = fn(start.copy(), weights.copy(), np.repeat(data, 2, axis=0), *extra)
    before = fn(start, weights, data, *extra)
    got = np.hstack([np.ravel(part) for part in after])
    wanted = np.hstack([np.ravel(part) for part in before])
    return got, wanted


def twice(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    before = fn(start.copy(), weights.copy(), data.copy(), *extra)
    wanted = np.hstack([np.ravel(part) for part in before])
    got = np.hstack([np.ravel(part) for part in fn(start, weights, data, *extra)])
    return got, wanted


def in_between(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    before = fn(start.copy(), weights.copy(), data.copy(), *extra)
    wanted = np.hstack([np.ravel(part) for part in before])
    fn(1 - start, weights[::-1].copy(), data / 2 + 1, *extra)  # something else in between
    held = np.hstack([np.ravel(part) for part in before])
    again = np.hstack([np.ravel(part) for part in fn(start, weights, data, *extra)])
    got, wanted = np.hstack([held, again]), np.hstack([wanted, wanted])
    return got, wanted


def arguments(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    wanted = np.hstack([a.ravel() for a in (start, weights, data, *extra)])
    fn(start, weights, data, *extra)
    got = np.hstack([a.ravel() for a in (start, weights, data, *extra)])
    return got, wanted


# --- what the bodies are given


def nothing(case: Case) -> Given:
    return {}


def _tied(case: Case) -> tuple[Array, Array, Array, float]:
    _, weights, data, _ = case.exact()
    return case.start.astype(float), weights, data, case.variance


def step(case: Case) -> Given:
    return {"wanted": plain.tied_step(*_tied(case))}


def gradient(case: Case) -> Given:
    return {"wanted": plain.gradient_step(*_tied(case))}


def from_zero(case: Case) -> Given:
    _, weights, data, _ = case.exact()
    turn = plain.turn_of(case.k, case.d)
    mean = data.mean(axis=0)
    parts = (w * np.linalg.matrix_power(turn.T, j) @ mean for j, w in enumerate(weights))
    return {"wanted": np.asarray(sum(parts))}


def turn(case: Case) -> Given:
    return {"turn": plain.turn_of(case.k, case.d).astype(case.start.dtype)}


def variance(case: Case) -> Given:
    at, weights, data, spread = case.exact()
    moved = plain.orbit(plain.tied_step(*_tied(case)), case.k)
    squares = ((data[:, None] - moved) ** 2).sum(axis=2)
    shares = plain.posterior(at, weights, data, spread)
    return {"wanted": np.asarray((shares * squares).sum() / data.size)}


def variance_gradient(case: Case) -> Given:
    moved, data = plain.gradient_step(*_tied(case)), case.data.astype(float)
    return {"wanted": np.asarray(((data**2).sum() / len(data) - moved @ moved) / case.d)}


def masses(case: Case) -> Given:
    means, weights, data, spread = case.exact()
    return {"wanted": plain.posterior(means, weights, data, spread).mean(axis=0)}


def mass_gradient(case: Case) -> Given:
    return {"wanted": plain.mass_gradient(*case.exact())}


def means(case: Case) -> Given:
    at, weights, data, spread = case.exact()
    return {"wanted": plain.m_step(plain.posterior(at, weights, data, spread), data)[1]}


def mean_gradient(case: Case) -> Given:
    means, weights, data, spread = case.exact()
    mass = plain.mass_gradient(means, weights, data, spread)
    return {"wanted": means + plain.mean_gradient(means, weights, data, spread) / mass[:, None]}


def covariances(case: Case) -> Given:
    at, weights, data, spread = case.exact()
    mass, _, scatter = plain.m_step(plain.posterior(at, weights, data, spread), data)
    return {"wanted": plain.reduced(case.kind, scatter, mass)}


def log_likelihood(case: Case) -> Given:
    return {"wanted": plain.log_likelihood(*case.exact())}


def _check(
    name: str,
    label: str,
    states: str,
    needs: str,
    families: str,
    body: Callable[..., Sides],
    given: Callable[[Case], Given] = nothing,
    refusable: bool = False,
) -> EmCheck:
    parts = frozenset(needs.split()), tuple(families.split())
    return EmCheck(name, label, states, *parts, body, given, refusable)


_FREE = "section 8:"
_MASSES = "the masses are the mean posteriors, (1/n) Σ_i w_j(x_i)"
_MEANS = "the means are the posterior means, Σ_i w_j(x_i) x_i / Σ_i w_j(x_i)"
_STEP = "the step is the posterior mean of R^-j x"
_VARIANCE = "v is the posterior mean of |x - R^j θ|^2 / d about the new means"
_LOG = "the log-likelihood is the mean of log Σ_j π_j N(x; μ_j, Σ_j)"
_SPREAD = "the covariances are those of the posteriors about the new means"
_TOTAL = "masses, means and covariances give the scatter of the data"
_GRADIENT = "a mean moves by Σ_j times the gradient of the log-likelihood, over its mass"
_OTHER = ", where Σ is not I"
_FAR = ", with points at 50 and 2000"
_MANY = ", over thousands of rows"

#: Every check, in the order of reports.
CHECKS = (
    _check("tied_step", "S1", _STEP, "tied", "plain", output, step),
    _check("tied_gradient", "S2", "the step is a gradient step of length 1", "tied",
           "plain other", output, gradient),
    _check("step_from_zero", "S4", "the step from 0 is A^T times the mean of the data", "tied",
           "zero", output, from_zero),
    _check("weights_rescaled", "mass:", "a common factor of the weights cancels", "tied",
           "plain", rescaled, refusable=True),
    _check("rotation", "S8", "the step commutes with R", "tied", "plain", turned, turn),
    _check("tied_step_other_variance", "Q2", _STEP + _OTHER, "tied variance", "other", output,
           step),
    *(_check("variance" + suffix, "Q2", _VARIANCE + words, "tied estimated", family, output,
             variance)
      for suffix, words, family in (("", "", "plain"), ("_other", _OTHER, "other"))),
    _check("variance_gradient", "S2", "v d is the mean of |x|^2, less |θ|^2 after a gradient step",
           "tied estimated", "plain other", output, variance_gradient),
    _check("tied_step_far", "S1", _STEP + _FAR, "tied", "far", output, step),
    _check("tied_step_many_rows", "S1", _STEP + _MANY, "tied", "many", output, step),
    _check("masses", _FREE, _MASSES, "free masses", "plain", first_output, masses),
    _check("masses_gradient", "S2", "masses are π_j times the derivative of the log-likelihood",
           "free masses", "plain other", first_output, mass_gradient),
    _check("masses_other_covariances", _FREE, _MASSES + _OTHER, "free masses covariances", "other",
           first_output, masses),
    _check("masses_far", _FREE, _MASSES + _FAR, "free masses", "far", first_output, masses),
    _check("masses_many_rows", _FREE, _MASSES + _MANY, "free masses", "many", first_output, masses),
    _check("means", _FREE, _MEANS, "free", "plain", second_output, means),
    _check("means_gradient", "S2", _GRADIENT, "free", "plain other", second_output,
           mean_gradient),
    _check("means_other_covariances", _FREE, _MEANS + _OTHER, "free covariances", "other",
           second_output, means),
    _check("means_far", _FREE, _MEANS + _FAR, "free", "far", second_output, means),
    _check("means_many_rows", _FREE, _MEANS + _MANY, "free", "many", second_output, means),
    _check("total_mean", _FREE, "the means, by their masses, have the mean of the data",
           "free masses", "plain other", centre),
    _check("covariances", _FREE, _SPREAD, "free covariances third", "plain", third_output,
           covariances),
    _check("covariances_other", _FREE, _SPREAD + _OTHER, "free covariances third", "other",
           third_output, covariances),
    *(_check("total_scatter", _FREE, _TOTAL, f"free masses covariances third {kind}", "plain other",
             body)
      for kind, body in (("spherical", scatter_spherical), ("diag", scatter_diag),
                         ("tied_covariance", scatter_tied), ("full", scatter_full))),
    _check("component_order", _FREE, "another order of the components is only another order",
           "free", "plain", relabelled),
    _check("mirror", "S8", "the step commutes with a reflection of the axes", "free",
           "plain", mirrored),
    _check("translation", _FREE, "the step commutes with a translation of data and means",
           "free", "plain", shifted),
    _check("rows_reversed", "data:", "the order of the rows does not matter", "", "plain many",
           reversed_rows),
    _check("rows_doubled", "data:", "each row given twice changes nothing", "", "plain",
           doubled_rows),
    _check("repeatable", "call:", "the same call gives the same result", "", "plain", twice),
    _check("stateless", "call:", "a call in between changes nothing", "", "plain", in_between),
    _check("inputs_kept", "call:", "the arguments are left as they were", "", "plain", arguments),
    *(_check("log_likelihood" + suffix, "S2", _LOG + words, f"log_likelihood {how} {more}", family,
             body, log_likelihood)
      for suffix, words, more, family in (("", "", "", "plain"),
                                          ("_other_covariances", _OTHER, "covariances", "other"),
                                          ("_far", _FAR, "", "far"))
      for how, body in (("mean", mean_output), ("sum", sum_output))),
)  # fmt: skip

NAMES = tuple(dict.fromkeys(check.name for check in CHECKS))
#: Why a code that lacks an ability skips a check; an ability not named here: the check is not its.
LACKS = {
    "masses": "the weights are held fixed",
    "covariances": "the code takes no covariances: Σ = I",
    "variance": "the code takes no variance: Σ = I",
    "third": "the code returns no covariances",
    "log_likelihood": "no log_likelihood was given",
}


def abilities(code: EmCode, outputs: int, summed: bool) -> frozenset[str]:
    """What a code can do, as `EmCheck.needs` names it.

    Args:
        code: whose kind, weights and log-likelihood are looked at.
        outputs: how many arrays its step returns.
        summed: its log-likelihood is a sum over the rows, no mean.
    """
    kind = {"tied": "tied_covariance"}.get(code.kind, code.kind)
    found = {"tied" if code.tied else "free", kind, "sum" if summed else "mean"}
    if code.kind and not code.tied:
        found.add("covariances")
    if code.kind == "variance":
        found.add("covariances")
    if code.variance is not None:
        found.add("estimated")
    if not code.fixed:
        found.add("masses")
    if outputs > 2:
        found.add("third")
    if code.log_likelihood is not None:
        found.add("log_likelihood")
    return frozenset(found)
