"""The named checks of an EM step: each a few lines of NumPy, which are run and printed alike.

The body of a check (`sides.bodies`) calls the code (`fn`) on a case and leaves two arrays, ``got``
and ``wanted``; `given` has what a body needs besides the case (`sides.wanted`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from overspec.verify.testing.adapters import EmCode
from overspec.verify.testing.cases import Case
from overspec.verify.testing.sides import wanted
from overspec.verify.testing.sides.bodies import (
    Sides,
    arguments,
    centre,
    doubled_rows,
    first_output,
    in_between,
    mean_output,
    mirrored,
    output,
    relabelled,
    rescaled,
    reversed_rows,
    scatter_diag,
    scatter_full,
    scatter_spherical,
    scatter_tied,
    second_output,
    shifted,
    sum_output,
    third_output,
    turned,
    twice,
)
from overspec.verify.testing.sides.wanted import Given


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


def _check(
    name: str,
    label: str,
    states: str,
    needs: str,
    families: str,
    body: Callable[..., Sides],
    given: Callable[[Case], Given] = wanted.nothing,
    refusable: bool = False,
) -> EmCheck:
    parts = frozenset(needs.split()), tuple(families.split())
    return EmCheck(name, label, states, *parts, body, given, refusable)


_FREE = "section 8:"
_MASSES = "the masses are the mean posteriors, (1/n) Σ_i w_j(x_i)"
_MEANS = "the means are the posterior means, Σ_i w_j(x_i) x_i / Σ_i w_j(x_i)"
_STEP = "the step is the posterior mean of R^-j x"
_SOLVES = "the step solves Σ_j m_j R^-j Σ^-1 R^j θ = Σ_j R^-j Σ^-1 s_j, m, s the sums of w, w x"
_SCATTER = "Σ is the posterior mean of (x - R^j θ)(x - R^j θ)^T about the new means"
_VARIANCE = "v is the posterior mean of |x - R^j θ|^2 / d about the new means"
_LOG = "the log-likelihood is the mean of log Σ_j π_j N(x; μ_j, Σ_j)"
_SPREAD = "the covariances are those of the posteriors about the new means"
_TOTAL = "masses, means and covariances give the scatter of the data"
_GRADIENT = "a mean moves by Σ_j times the gradient of the log-likelihood, over its mass"
_OTHER = ", where Σ is not I"
_FAR = ", with points at 50 and 2000"
_FAINT = ", with weights of 1/10000"
_MANY = ", over thousands of rows"

#: Every check, in the order of reports.
CHECKS = (
    _check("tied_step", "S1", _STEP, "tied", "plain", output, wanted.step),
    _check("tied_gradient", "S2", "the step is a gradient step of length 1", "tied",
           "plain other", output, wanted.gradient),
    _check("step_from_zero", "S4", "the step from 0 is A^T times the mean of the data", "tied",
           "zero", output, wanted.from_zero),
    _check("weights_rescaled", "mass:", "a common factor of the weights cancels", "tied",
           "plain", rescaled, refusable=True),
    _check("rotation", "S8", "the step commutes with R", "tied", "plain", turned, wanted.turn),
    _check("tied_step_other_covariance", "section 8:", _SOLVES + _OTHER, "tied tied_covariance",
           "other", output, wanted.step),
    _check("tied_step_other_variance", "Q2", _STEP + _OTHER, "tied variance", "other", output,
           wanted.step),
    *(_check("variance" + suffix, "Q2", _VARIANCE + words, "tied estimated round", family, output,
             wanted.variance)
      for suffix, words, family in (("", "", "plain"), ("_other", _OTHER, "other"))),
    _check("variance_gradient", "S2", "v d is the mean of |x|^2, less |θ|^2 after a gradient step",
           "tied estimated round", "plain other", output, wanted.variance_gradient),
    *(_check("tied_covariance" + suffix, "section 8:", _SCATTER + words,
             "tied estimated tied_covariance", family, output, wanted.covariance)
      for suffix, words, family in (("", "", "plain"), ("_other", _OTHER, "other"))),
    _check("tied_covariance_gradient", "S2", "masses, sums and θ by derivatives give the scatter",
           "tied estimated tied_covariance", "plain other", output, wanted.covariance_gradient),
    _check("tied_step_far", "S1", _STEP + _FAR, "tied", "far", output, wanted.step),
    _check("tied_step_faint", "S1", _STEP + _FAINT, "tied", "faint", output, wanted.step),
    _check("tied_step_many_rows", "S1", _STEP + _MANY, "tied", "many", output, wanted.step),
    _check("masses", _FREE, _MASSES, "free masses", "plain", first_output, wanted.masses),
    _check("masses_gradient", "S2", "masses are π_j times the derivative of the log-likelihood",
           "free masses", "plain other", first_output, wanted.mass_gradient),
    _check("masses_other_covariances", _FREE, _MASSES + _OTHER, "free masses covariances", "other",
           first_output, wanted.masses),
    _check("masses_far", _FREE, _MASSES + _FAR, "free masses", "far", first_output, wanted.masses),
    _check("masses_faint", _FREE, _MASSES + _FAINT, "free masses", "faint", first_output,
           wanted.masses),
    _check("masses_many_rows", _FREE, _MASSES + _MANY, "free masses", "many", first_output,
           wanted.masses),
    _check("means", _FREE, _MEANS, "free", "plain", second_output, wanted.means),
    _check("means_gradient", "S2", _GRADIENT, "free", "plain other", second_output,
           wanted.mean_gradient),
    _check("means_other_covariances", _FREE, _MEANS + _OTHER, "free covariances", "other",
           second_output, wanted.means),
    _check("means_far", _FREE, _MEANS + _FAR, "free", "far", second_output, wanted.means),
    _check("means_faint", _FREE, _MEANS + _FAINT, "free", "faint", second_output, wanted.means),
    _check("means_many_rows", _FREE, _MEANS + _MANY, "free", "many", second_output, wanted.means),
    _check("total_mean", _FREE, "the means, by their masses, have the mean of the data",
           "free masses", "plain other", centre),
    _check("covariances", _FREE, _SPREAD, "free covariances third", "plain", third_output,
           wanted.covariances),
    _check("covariances_other", _FREE, _SPREAD + _OTHER, "free covariances third", "other",
           third_output, wanted.covariances),
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
             body, wanted.log_likelihood)
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
    "variance": "the code takes no variance",
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
    if code.kind:
        found.add("covariances")
    if code.kind == "variance":
        found.add("round")
    if code.variance is not None:
        found.add("estimated")
    if not code.fixed:
        found.add("masses")
    if outputs > 2:
        found.add("third")
    if code.log_likelihood is not None:
        found.add("log_likelihood")
    return frozenset(found)
