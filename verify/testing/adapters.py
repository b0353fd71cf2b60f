"""How someone's EM code is called: tied, with free means, or as an estimator with `fit`.

The *masses* of a step are the new weights, ``m_j = (1/n) Σ_i w_j(x_i)``: they sum to 1. Counts
``N_j = n m_j`` sum to n. Code that holds its weights fixed has no masses of its own.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from overspec.errors import InputError
from overspec.verify.testing.posterior import KINDS, Array, orbit, turn_of

#: ``fn(theta, weights, data)`` returns θ.
Operator = Callable[[Array, Array, Array], Array]
MASSES = ("mean", "counts", "fixed")


@dataclass(frozen=True)
class EmCode:
    """An EM step and what is known of it; made by `of_tied_means`, `of_free_means`, `of_fit`.

    Called with θ, weights and data it makes a tied step, by averaging where the means are free.

    Attributes:
        step: ``step(start, weights, data)``, or with the covariances as a fourth argument.
        tied: whether the start is θ (or else the means, and the step returns masses first).
        kind: shape of the covariances taken: one of `posterior.KINDS`, "variance", or "".
        fixed: the code holds the weights fixed: its masses are not looked at.
        log_likelihood: ``log_likelihood(start, weights, data)``, called as the step.
        source: lines of Python that make ``update`` of what the user has, for printed examples.
        name: of the code, for reports.
        variance: of tied means, called as the step: the next v, or Σ, where the code estimates it.
    """

    step: Callable[..., Any]
    tied: bool = True
    kind: str = ""
    fixed: bool = False
    log_likelihood: Callable[..., Any] | None = None
    source: str = ""
    name: str = ""
    variance: Callable[..., Any] | None = None

    def __str__(self) -> str:
        return self.name or getattr(self.step, "__name__", type(self.step).__name__)

    def __call__(self, theta: Array, weights: Array, data: Array) -> Any:
        if self.tied:
            return self.step(theta, weights, data)
        k = len(weights)
        masses, means = self.step(orbit(theta, k), weights, data)[:2]
        turn = turn_of(k, theta.size)
        parts = (masses[j] * (means[j] @ np.linalg.matrix_power(turn, j)) for j in range(k))
        return np.asarray(sum(parts))


def of_tied_means(
    fn: Callable[..., Any],
    *,
    variance: bool | str = False,
    covariance: bool | str = False,
    log_likelihood: Callable[..., Any] | None = None,
    name: str = "",
) -> EmCode:
    """Tied means: ``fn(theta, weights, data)`` returns the next θ.

    Args:
        fn: the step. Arrays have shapes (d,), (k,), (n, d); R is the simplex action.
        variance: `fn` takes a fourth argument v, where Σ = v I. With "estimated" it returns
            ``(θ, v)``, both of the next iterate.
        covariance: the same with a full Σ, shape (d, d), common to the components. θ is the most
            likely at the Σ that was given, and Σ then at the new θ: maximised in turn, as
            `overspec.sample_em` does; a code that maximises both at once differs.
        log_likelihood: called as `fn`; returns its mean over the rows, its sum, or one for each.
        name: for reports.

    Raises:
        InputError: another variance or covariance, or both.

    >>> str(of_tied_means(lambda theta, weights, data: theta, name="mine"))
    'mine'
    """
    for what, option in (("variance", variance), ("covariance", covariance)):
        if option not in (True, False, "estimated"):
            raise InputError(f"{what} {option!r}; choose True, False or 'estimated'")
    if variance and covariance:
        raise InputError("a step takes a variance v or a covariance Σ: give one of the two")
    kind = "variance" if variance else "tied" if covariance else ""
    taken = "covariance" if covariance else "variance"
    if "estimated" not in (variance, covariance):
        return EmCode(fn, True, kind, False, log_likelihood, name=name)

    def pair(*arguments: Any) -> Any:
        found = fn(*arguments)
        if not isinstance(found, tuple | list) or len(found) != 2:
            raise TypeError(f"with {taken}='estimated' a step returns (theta, {taken})")
        return found

    def step(*arguments: Any) -> Any:
        return pair(*arguments)[0]

    def estimate(*arguments: Any) -> Any:
        return pair(*arguments)[1]

    source = "\n".join(
        f"def {of}(*arguments, given=fn):\n    return given(*arguments)[{place}]\n"
        for of, place in ((f"{taken}_of", 1), ("fn", 0))
    )
    name = name or getattr(fn, "__name__", "")
    return EmCode(step, True, kind, False, log_likelihood, source, name, estimate)


def of_free_means(
    update: Callable[..., Any],
    *,
    covariance: str | None = None,
    masses: str = "mean",
    log_likelihood: Callable[..., Any] | None = None,
    name: str = "",
) -> EmCode:
    """Free means: ``update(means, weights, data)`` returns ``(masses, means)``.

    Args:
        update: the step. Arrays have shapes (k, d), (k,), (n, d).
        covariance: None where Σ = I; or the shape of a fourth argument, as scikit-learn names
            them: "spherical" (k,), "diag" (k, d), "tied" (d, d), "full" (k, d, d). `update` may
            then return the next covariances, in the same shape, third.
        masses: "mean", "counts" (sums of posteriors: divided by n here), or "fixed": the weights
            are not estimated, and those given stand for what comes first.
        log_likelihood: called as `update`; returns its mean over the rows, its sum, or one for
            each.
        name: for reports.

    Raises:
        InputError: an unknown covariance or kind of masses.

    >>> of_free_means(lambda means, weights, data: (weights, means), covariance="round")
    Traceback (most recent call last):
    ...
    overspec.errors.InputError: covariance 'round'; choose spherical, diag, tied, full or None
    """
    if covariance is not None and covariance not in KINDS:
        raise InputError(f"covariance {covariance!r}; choose {', '.join(KINDS)} or None")
    if masses not in MASSES:
        raise InputError(f"masses {masses!r}; choose {', '.join(MASSES)}")
    name = name or getattr(update, "__name__", "")

    def held(means: Any, weights: Any, data: Any, *covariances: Any) -> tuple[Any, ...]:
        return weights, *update(means, weights, data, *covariances)[1:]

    def divided(means: Any, weights: Any, data: Any, *covariances: Any) -> tuple[Any, ...]:
        counts, *others = update(means, weights, data, *covariances)
        return counts / len(data), *others

    step, lines = {
        "mean": (update, ()),
        "fixed": (held, ("return weights, *given(means, weights, data, *covariances)[1:]",)),
        "counts": (divided, ("counts, *others = given(means, weights, data, *covariances)",
                             "return counts / len(data), *others")),
    }[masses]  # fmt: skip
    head = ["def update(means, weights, data, *covariances, given=update):"]
    source = "\n".join([*head, *(f"    {line}" for line in lines)]) if lines else ""
    fixed = masses == "fixed"
    return EmCode(step, False, covariance or "", fixed, log_likelihood, source, name)


def of_fit(
    make: Callable[..., Any],
    *,
    covariance: str | None = None,
    masses: str = "mean",
    read: tuple[str, ...] = ("weights_", "means_", "covariances_"),
    score: str | None = None,
    source: str = "",
    name: str = "",
) -> EmCode:
    """Free means in an estimator: ``make(means, weights)`` starts there, ``fit(data)`` steps once.

    Args:
        make: returns an object whose ``fit(data)`` makes one EM step. With a covariance it is
            ``make(means, weights, covariances)``.
        covariance, masses: as for `of_free_means`.
        read: the attributes with masses and means, and the covariances where they are estimated.
        score: the method that gives the log-likelihood of data at the start, before any fit.
        source, name: for reports.
    """

    def update(means: Array, weights: Array, data: Array, *covariances: Array) -> tuple[Any, ...]:
        model = make(means, weights, *covariances)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that one step has not converged
            model.fit(data)
        return tuple(getattr(model, attribute) for attribute in read[: 3 if covariances else 2])

    def log_likelihood(means: Array, weights: Array, data: Array, *covariances: Array) -> Any:
        return getattr(make(means, weights, *covariances), str(score))(data)

    known = log_likelihood if score else None
    code = of_free_means(update, covariance=covariance, masses=masses, log_likelihood=known)
    text = source or "# update: `of_fit` of your estimator, `.step`"
    return EmCode(code.step, False, code.kind, code.fixed, known, text, name or "fit")


def of_scikit_learn(covariance: str = "full", model: Any = None) -> EmCode:
    """One step of scikit-learn's `GaussianMixture`, by its public ``fit``: E-step and M-step.

    The start is given as ``weights_init``, ``means_init`` and ``precisions_init``, with
    ``max_iter=1`` and ``reg_covar=0``. The log-likelihood there is ``lower_bound_``.

    Args:
        covariance: ``covariance_type``.
        model: a class with the constructor of `GaussianMixture`, in its place.

    Raises:
        ModuleNotFoundError: scikit-learn is not installed, and no model is given.
        InputError: an unknown covariance.
    """
    if model is None:
        from sklearn.mixture import GaussianMixture

        model = GaussianMixture

    matrix = covariance in ("tied", "full")

    def stepped(means: Array, weights: Array, data: Array, covariances: Array) -> Any:
        fitted = model(
            len(weights),
            covariance_type=covariance,
            weights_init=weights,
            means_init=means,
            precisions_init=np.linalg.inv(covariances) if matrix else 1 / covariances,
            max_iter=1,
            reg_covar=0,
            init_params="random",
            random_state=0,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that one step has not converged
            return fitted.fit(data)

    def update(means: Array, weights: Array, data: Array, covariances: Array) -> tuple[Any, ...]:
        fitted = stepped(means, weights, data, covariances)
        return fitted.weights_, fitted.means_, fitted.covariances_

    def log_likelihood(means: Array, weights: Array, data: Array, covariances: Array) -> Any:
        return stepped(means, weights, data, covariances).lower_bound_

    source = (
        "from overspec.verify.testing.protocol import of_scikit_learn\n\n"
        f"code = of_scikit_learn({covariance!r})\n"
        "update, log_likelihood = code.step, code.log_likelihood\n"
    )
    found = of_free_means(update, covariance=covariance, log_likelihood=log_likelihood)
    name = f"{model.__name__}, {covariance}"
    return EmCode(found.step, False, covariance, False, log_likelihood, source, name)
