"""`TiedEM`: what scikit-learn's users expect, and that it agrees with `sample_em`."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import parametrize_with_checks

from overspec import InputError, Mixture, TiedEM, sample_em
from overspec.verify.em.sample_update import powers

ROWS = np.random.default_rng(2).standard_normal((400, 2))


with warnings.catch_warnings():  # it does not inherit from BaseEstimator: that is the point
    warnings.filterwarnings("ignore", "Estimator TiedEM does not inherit", UserWarning)
    # every check passes: no expected_failed_checks
    checks = parametrize_with_checks([TiedEM(), TiedEM(covariance="isotropic", max_iter=20)])


@pytest.mark.filterwarnings("ignore:Estimator TiedEM does not inherit:UserWarning")
@checks
def test_the_checks_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


def tied_rows(theta: tuple[float, float], n: int = 4000) -> np.ndarray[Any, Any]:
    """Data of the model with k = 3 itself."""
    rng = np.random.default_rng(3)
    means = powers(Mixture.simplex(3)) @ np.array(theta)
    return means[rng.choice(3, n, p=[0.5, 0.3, 0.2])] + rng.standard_normal((n, 2))


def test_it_finds_what_the_data_were_drawn_from() -> None:
    rows = tied_rows((3.0, 1.0))
    model = TiedEM(3, weights="1/2,3/10,1/5", theta_init=[1.0, 0.0]).fit(rows)
    assert model.converged_
    np.testing.assert_allclose(model.theta_, [3.0, 1.0], atol=0.1)
    np.testing.assert_allclose(model.means_, powers(model.mixture_) @ model.theta_)


def test_it_is_sample_em() -> None:
    mixture = Mixture.simplex(3, "1/2,3/10,1/5")
    run = sample_em(ROWS, mixture, [1.0, 0.5], 7, covariance="full")
    model = TiedEM(3, weights="1/2,3/10,1/5", covariance="full", theta_init=[1.0, 0.5],
                   max_iter=7, tol=0.0).fit(ROWS)  # fmt: skip
    assert model.trajectory_ == run
    assert (model.n_iter_, model.converged_) == (7, False)
    assert model.theta_.tolist() == list(run.steps[-1].theta)


@pytest.mark.parametrize("covariance", ["fixed", "isotropic", "full"])
def test_the_density_is_that_of_the_mixture(covariance: str) -> None:
    """Against SciPy's normal density; and the likelihood is that of the last E-step."""
    model = TiedEM(3, weights="1/2,3/10,1/5", covariance=covariance, random_state=0).fit(ROWS)
    densities = np.stack(
        [w * multivariate_normal(mean, model.covariance_).pdf(ROWS)
         for w, mean in zip((0.5, 0.3, 0.2), model.means_, strict=True)], axis=1
    )  # fmt: skip
    total = densities.sum(axis=1)
    np.testing.assert_allclose(model.score_samples(ROWS), np.log(total))
    np.testing.assert_allclose(model.predict_proba(ROWS), densities / total[:, None])
    assert (model.predict(ROWS) == densities.argmax(axis=1)).all()
    assert model.score(ROWS) == pytest.approx(model.trajectory_.log_likelihood[-1], abs=1e-12)


def test_parameters_clone_pickle_and_search() -> None:
    model = TiedEM(3, weights="linear", frequencies={1: 1}, random_state=1)
    assert clone(model).get_params() == model.get_params()
    assert repr(model) == ("TiedEM(k=3, weights='linear', frequencies={1: 1}, random_state=1)")
    with pytest.raises(InputError, match="no parameter 'speed'"):
        model.set_params(speed=1)
    again = pickle.loads(pickle.dumps(model.fit(ROWS)))
    assert again.theta_.tolist() == model.theta_.tolist()
    assert model.fit(ROWS).theta_.tolist() == again.theta_.tolist()
    search = GridSearchCV(model, {"weights": ["uniform", "linear"]}, cv=2).fit(ROWS)
    assert set(search.best_params_) == {"weights"}


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"k": 4}, "needs d >= k"),
        ({"k": 1}, "at least two"),
        ({"max_iter": 0}, "max_iter = 0"),
        ({"max_iter": 1.5}, "max_iter = 1.5"),
        ({"tol": -1.0}, "tolerance"),
        ({"covariance": "diagonal"}, "covariance"),
        ({"weights": [0.5, 0.5]}, "not exact"),
        ({"theta_init": [1.0]}, "theta0"),
        ({"frequencies": {1: 3}}, "shape"),
    ],
)
def test_bad_parameters_are_refused_by_fit(params: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        TiedEM(**params).fit(ROWS)


@pytest.mark.slow
def test_it_needs_no_scikit_learn(tmp_path: Path) -> None:
    """With scikit-learn hidden the same fit, and errors of our own."""
    code = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "sklearn":
            raise ModuleNotFoundError(name)
import importlib.util
found = importlib.util.find_spec
sys.meta_path.insert(0, Hidden())
import overspec.verify.em.estimator as estimator
estimator.find_spec = lambda name: None if name == "sklearn" else found(name)
import numpy as np
import overspec as ov
rows = np.random.default_rng(2).standard_normal((400, 2))
model = ov.TiedEM(3, random_state=0)
for call in (lambda: model.predict(rows), lambda: model.fit(rows[0]), lambda: model.fit("x"),
             lambda: model.fit(rows).predict(rows[:, :1]), lambda: model.fit(rows * np.nan)):
    try:
        call()
    except ov.InputError as error:
        print(error)
print(model.fit(rows).theta_.tolist(), "sklearn" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    expected = TiedEM(3, random_state=0).fit(ROWS).theta_.tolist()
    assert lines[-1] == f"{expected} False"
    assert len(lines) == 6
    assert "call fit first" in lines[0]
