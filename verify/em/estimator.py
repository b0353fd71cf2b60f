"""`TiedEM`: a tied mixture as a scikit-learn style estimator.

scikit-learn is not needed and never imported with this module. Where it is installed, data are
validated by its `validate_data`, so that its users meet the messages and attributes they know.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.special import logsumexp

from overspec.errors import InputError
from overspec.exact import whole
from overspec.mixture import Mixture
from overspec.verify.em.data import checked_weights
from overspec.verify.em.sample import SampleTrajectory, sample_em
from overspec.verify.engines.spectrum import float_weights

Array = NDArray[np.float64]


class TiedEM:
    """A Gaussian mixture with fixed weights and means ``μ_j = R^j θ``, fitted by EM (`sample_em`).

    The data are taken in the block coordinates of the action, centred at 0 as the model is.

    Args:
        k: components, at least 2.
        weights: exact weights π, as for `Weights.of`.
        frequencies: of the action, with multiplicities; None for the simplex action, d ≥ k − 1.
        covariance: ``"fixed"`` (identity), ``"isotropic"`` or ``"full"``, common to the components.
        theta_init: the start, shape (d,), or `Energies`; None for a random one, as long as the
            root mean square of the data.
        max_iter: at most this many EM steps.
        tol: EM stops once a step moves the means by no more, root mean square.
        random_state: a seed, a NumPy generator, or None; of the start.
        accelerate: ``"em"``, or ``"squarem"`` or ``"anderson"`` to look ahead (`sample_em`).

    Attributes:
        theta_: θ, shape (d,).
        means_: shape (k, d).
        covariance_: Σ, shape (d, d).
        weights_: π in doubles, shape (k,).
        n_iter_: EM steps taken.
        converged_: whether the last step moved the means by at most ``tol``.
        trajectory_: every iterate (`SampleTrajectory`).
        mixture_: the mixture that was fitted.
        n_features_in_: d.

    >>> rows = np.random.default_rng(1).standard_normal((2000, 2))
    >>> model = TiedEM(3, weights="4/5,1/10,1/10", random_state=0).fit(rows)
    >>> model.converged_, model.means_.shape, bool(np.linalg.norm(model.theta_) < 0.1)
    (True, (3, 2), True)
    """

    def __init__(
        self,
        k: int = 2,
        *,
        weights: object = "uniform",
        frequencies: Mapping[int, int] | None = None,
        covariance: str = "fixed",
        theta_init: object = None,
        max_iter: int = 200,
        tol: float = 1e-6,
        random_state: object = None,
        accelerate: str = "em",
    ) -> None:
        self.k = k
        self.weights = weights
        self.frequencies = frequencies
        self.covariance = covariance
        self.theta_init = theta_init
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.accelerate = accelerate

    # --- parameters

    @classmethod
    def _names(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments of the constructor, by name."""
        return {name: getattr(self, name) for name in self._names()}

    def set_params(self, **params: Any) -> Self:
        """Change arguments of the constructor.

        Raises:
            InputError: a name that is none of them.
        """
        for name, value in params.items():
            if name not in self._names():
                raise InputError(f"no parameter {name!r}; there are {', '.join(self._names())}")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self).__init__).parameters
        changed = (
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            if value is not defaults[name].default
        )
        return f"{type(self).__name__}({', '.join(changed)})"

    # --- fitting

    def fit(self, X: object, y: object = None, sample_weight: object = None) -> Self:
        """Fit θ, and the covariance where it is not fixed.

        Args:
            X: shape (n, d), n ≥ 2.
            y: not used.
            sample_weight: a weight ≥ 0 for each row, shape (n,): a row of weight 2 counts as two.

        Raises:
            InputError: parameters out of range, or data that `sample_em` refuses.
            ValueError: data that scikit-learn refuses.
        """
        rows = self._rows(X, fitting=True)
        d = rows.shape[1]
        if self.frequencies is None:
            mixture = Mixture.simplex(self.k, self.weights, d)
        else:
            mixture = Mixture.of(self.k, self.weights, self.frequencies)
        steps = whole(self.max_iter, "max_iter")
        if steps < 1:
            raise InputError(f"max_iter = {steps}; use at least 1")
        tol = float(self.tol)
        weight = None if sample_weight is None else checked_weights(sample_weight)
        start = self._start(rows, weight) if self.theta_init is None else self.theta_init
        run = sample_em(
            rows, mixture, start, steps, covariance=self.covariance, tolerance=tol,
            sample_weight=weight, accelerate=self.accelerate,
        )  # fmt: skip
        self._keep(run, tol)
        return self

    def _start(self, rows: Array, weight: Array | None) -> Array:
        state = self.random_state
        seed = state.randint(2**31) if isinstance(state, np.random.RandomState) else state
        direction = np.random.default_rng(seed).standard_normal(rows.shape[1])  # type: ignore[arg-type]
        if weight is not None and weight.shape != rows.shape[:1]:
            raise InputError(f"sample_weight of shape {weight.shape}; give one for each row")
        size = np.sqrt(np.average((rows**2).sum(axis=1), weights=weight))
        start: Array = direction * (size / np.linalg.norm(direction))
        return start

    def _keep(self, run: SampleTrajectory, tol: float) -> None:
        last = run.steps[-1]
        self.mixture_ = run.mixture
        self.trajectory_ = run
        self.theta_ = np.array(last.theta)
        self.means_ = np.array(last.means)
        self.covariance_ = np.array(run.covariance)
        self.weights_ = float_weights(run.mixture)
        self.n_iter_ = last.t
        self.converged_ = run.last_move <= tol

    def fit_predict(self, X: object, y: object = None) -> NDArray[np.int64]:
        """`fit`, then `predict` of the same data."""
        return self.fit(X).predict(X)

    # --- what the fitted mixture says of data

    def score_samples(self, X: object) -> Array:
        """``log p(x)`` of each row in nats, shape (n,)."""
        joint = self._joint(X)
        found: Array = logsumexp(joint, axis=1)
        return found

    def score(self, X: object, y: object = None) -> float:
        """Mean log density of the rows, in nats."""
        return float(self.score_samples(X).mean())

    def predict_proba(self, X: object) -> Array:
        """The responsibilities ``w_j(x)``, shape (n, k)."""
        joint = self._joint(X)
        found: Array = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
        return found

    def predict(self, X: object) -> NDArray[np.int64]:
        """The component with the largest responsibility, shape (n,)."""
        return np.asarray(self._joint(X).argmax(axis=1), dtype=np.int64)

    def _joint(self, X: object) -> Array:
        """``log π_j + log N(x; μ_j, Σ)``, shape (n, k)."""
        if not hasattr(self, "theta_"):
            raise _not_fitted(self)
        rows = self._rows(X, fitting=False)
        root = np.linalg.cholesky(self.covariance_)
        away = rows[:, None, :] - self.means_  # (n, k, d)
        flat = solve_triangular(root, away.reshape(-1, rows.shape[1]).T, lower=True)
        squares = (flat**2).sum(axis=0).reshape(len(rows), -1)
        logarithm = np.log(np.diag(root)).sum() + rows.shape[1] * np.log(2 * np.pi) / 2
        joint: Array = np.log(self.weights_) - squares / 2 - logarithm
        return joint

    def _rows(self, X: Any, fitting: bool) -> Array:
        if find_spec("sklearn") is not None:
            from sklearn.utils.validation import validate_data

            least = 2 if fitting else 1
            rows = validate_data(self, X, reset=fitting, dtype=np.float64, ensure_min_samples=least)
            return np.asarray(rows)
        try:
            rows = np.asarray(X, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise InputError(f"X is not a table of numbers: {error}") from None
        if fitting and rows.ndim == 2:
            self.n_features_in_ = rows.shape[1]
        if rows.ndim != 2 or rows.shape[1] != self.n_features_in_:
            wanted = "d" if fitting else self.n_features_in_
            raise InputError(f"X of shape {rows.shape}; give a table of shape (n, {wanted})")
        if not np.isfinite(rows).all():
            raise InputError("X contains NaN or infinity")
        return rows

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "theta_")

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, Tags, TargetTags

        return Tags(
            estimator_type="density_estimator",
            target_tags=TargetTags(required=False),
            input_tags=InputTags(),
        )


def _not_fitted(model: TiedEM) -> Exception:
    message = f"this {type(model).__name__} is not fitted; call fit first"
    if find_spec("sklearn") is None:
        return InputError(message)
    from sklearn.exceptions import NotFittedError

    return NotFittedError(message)  # type: ignore[no-any-return]
