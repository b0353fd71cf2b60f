"""Data far from 0, masks, weights of rows, values not observed: each against a second method."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from scipy.sparse import csr_array

from overspec import InputError, Mixture
from overspec.cli import main
from overspec.verify.em.choice import best_of
from overspec.verify.em.data import checked_data
from overspec.verify.em.sample import SampleTrajectory, sample_em
from overspec.verify.em.sample_update import powers

pytestmark = pytest.mark.numeric

PLANE = Mixture.simplex(3, "1/2,3/10,1/5")
SPACE = Mixture.simplex(3, "1/2,3/10,1/5", 3)  # the third coordinate is kept by the rotation
GENERATOR = np.random.default_rng(7)
#: Multiples of 2^-18 below 8: still exact in doubles at 1e8.
ROWS = np.round(GENERATOR.standard_normal((60, 3)) * 2**18) / 2**18
FAR = [1e3, 1e6, 1e8]


def likelihood(rows: Any, run: SampleTrajectory, means: Any, weight: Any = None) -> float:
    """Mean log density from the densities, in 50 digits; nan is not observed, Σ is diagonal."""
    context = mpmath.MPContext()
    context.dps = 50
    sigma = np.diag(np.array(run.covariance))
    weight = np.ones(len(rows)) if weight is None else weight
    total = context.mpf(0)
    for x, v in zip(rows, weight, strict=True):
        density = context.mpf(0)
        for pi, mean in zip(run.mixture.weights, means, strict=True):
            term = context.mpf(pi.numerator) / pi.denominator
            for a, m, s in zip(x, mean, sigma, strict=True):
                if not math.isnan(a):
                    gap = (context.mpf(float(a)) - context.mpf(m)) ** 2 / context.mpf(float(s))
                    term *= context.exp(-gap / 2) / context.sqrt(2 * context.pi * float(s))
            density += term
        total += float(v) * context.log(density)
    return float(total / float(np.sum(weight)))


@pytest.mark.parametrize("far", FAR)
def test_the_likelihood_keeps_its_digits_far_from_zero(far: float) -> None:
    """In the coordinate that the rotation keeps: the same as near 0, and what mpmath gives."""
    shift = np.array([0.0, 0.0, far])
    near = sample_em(ROWS, SPACE, (1.0, 0.0, 0.0), 8)
    away = sample_em(ROWS + shift, SPACE, (1.0, 0.0, far), 8)
    for a, b in zip(near.steps, away.steps, strict=True):
        assert a.log_likelihood == pytest.approx(b.log_likelihood, abs=2e-13)
        assert a.theta[:2] == pytest.approx(b.theta[:2], abs=1e-13)
    start = away.steps[0]
    true = likelihood(ROWS + shift, sample_em(ROWS + shift, SPACE, (1.0, 0.0, far), 0), start.means)
    assert abs(start.log_likelihood - true) <= start.log_likelihood_error < 1e-14


@pytest.mark.parametrize("covariance", ["fixed", "isotropic", "full"])
@pytest.mark.parametrize("far", FAR)
def test_free_means_and_their_covariance_do_too(far: float, covariance: str) -> None:
    start = powers(PLANE) @ np.array([1.0, 0.0])
    rows = ROWS[:, :2]
    near = sample_em(rows, PLANE, start, 8, False, covariance)
    away = sample_em(rows + far, PLANE, start + far, 8, False, covariance)
    assert away.steps[-1].log_likelihood == pytest.approx(near.steps[-1].log_likelihood, abs=1e-7)
    np.testing.assert_allclose(away.covariance, near.covariance, atol=1e-7)
    exact = start + far == start.astype(np.longdouble) + far
    if exact.all():  # the means are the same, to the last bit
        np.testing.assert_allclose(away.covariance, near.covariance, atol=1e-12)


@pytest.mark.parametrize("far", FAR)
def test_single_precision_is_as_good_far_from_zero(far: float) -> None:
    shift = np.array([0.0, 0.0, far])
    near = sample_em(ROWS, SPACE, (1.0, 0.0, 0.0), 4).steps[-1]
    away = sample_em(ROWS + shift, SPACE, (1.0, 0.0, far), 4, dtype="float32").steps[-1]
    gap = abs(away.log_likelihood - near.log_likelihood)
    assert gap <= away.log_likelihood_error < 1e-5


def test_the_printed_digits_are_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "x.npy", ROWS + np.array([0.0, 0.0, 1e8]))
    np.save(tmp_path / "theta.npy", np.array([[1.0, 0.0, 1e8]]))
    command = ["run", "--d", "3", "--weights", "1/2,3/10,1/5", "--steps", "0", "--json"]
    assert main([*command, "--data", str(tmp_path / "x.npy"),
                 "--start", str(tmp_path / "theta.npy")]) == 0  # fmt: skip
    shown = json.loads(capsys.readouterr().out)["steps"][0]["log_likelihood"]
    run = sample_em(ROWS, SPACE, (1.0, 0.0, 0.0), 0)
    assert float(shown) == pytest.approx(likelihood(ROWS, run, run.steps[0].means), abs=1e-9)


def test_data_near_the_largest_that_are_taken_do_not_overflow() -> None:
    for scale in (1e60, 1e99):
        for covariance in ("fixed", "isotropic", "full"):
            run = sample_em(ROWS[:, :2] * scale, PLANE, (scale, 0.0), 3, covariance=covariance)
            assert np.isfinite(run.log_likelihood).all()
            assert all(step.log_likelihood_error < math.inf for step in run.steps)


# --- what is not what it seems


def test_a_mask_is_not_dropped() -> None:
    rows = np.ma.masked_array(ROWS[:, :2].copy(), np.zeros((60, 2), bool))
    assert sample_em(rows, PLANE, (1.0, 0.0), 3) == sample_em(ROWS[:, :2], PLANE, (1.0, 0.0), 3)
    rows[3, 1] = np.ma.masked
    rows.data[3, 1] = 1e5
    with pytest.raises(InputError, match="row 4, column 2 is masked"):
        sample_em(rows, PLANE, (1.0, 0.0), 3)
    told = ROWS[:, :2].copy()
    told[3, 1] = np.nan
    with pytest.raises(InputError, match="row 4, column 2 is nan"):
        sample_em(told, PLANE, (1.0, 0.0), 3)
    hidden = sample_em(rows, PLANE, (1.0, 0.0), 3, missing=True)
    assert hidden == sample_em(told, PLANE, (1.0, 0.0), 3, missing=True)


@pytest.mark.parametrize("tied", ["free", "no", 0, None])
def test_only_true_and_false_say_whether_means_are_tied(tied: Any) -> None:
    with pytest.raises(InputError, match="True or False"):
        sample_em(ROWS, SPACE, (1.0, 0.0, 0.0), 1, tied)


def test_data_far_from_the_model_get_no_prediction() -> None:
    rows = np.random.default_rng(0).standard_normal((400, 2))
    run = sample_em(rows, PLANE, (1.0, 0.0), 2)
    assert run.rate_predicted == pytest.approx(0.93)
    for other in (rows + 1000, rows * 3, rows @ np.diag([1.0, 0.2])):
        run = sample_em(other, PLANE, (1.0, 0.0), 2)
        assert run.rate_predicted is None
        assert "far from N(0, I)" in str(run.rate_reason)
        assert run.to_dict()["rate_predicted"] is None
        assert "none: the data are far" in str(run)
    scaled = sample_em(rows * 3, PLANE, (1.0, 0.0), 60, covariance="isotropic")
    assert scaled.rate_predicted == pytest.approx(0.93)  # the fitted variance takes the scale up
    kept = np.column_stack([rows, rows[:, 0] ** 2 + 1000])  # the rotation does not turn the third
    assert sample_em(kept, SPACE, (1.0, 0.0, 1000.0), 2).rate_predicted == pytest.approx(0.93)
    near = Mixture.simplex(3, "0.33333333336,0.33333333333,0.33333333331")
    run = sample_em(rows, near, (1.0, 0.0), 2)
    assert run.to_dict()["rate_predicted"].startswith("0.9999999999999999999981")
    assert run.gap_predicted == pytest.approx(1.9e-21)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize(
    "rows",
    [
        np.column_stack([ROWS[:, 0], 2 * ROWS[:, 0]]),
        np.repeat([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]], 5, axis=0),
    ],
)
def test_a_singular_covariance_is_refused(rows: Any, tied: bool) -> None:
    with pytest.raises(InputError, match="collapsed to a singular matrix"):
        sample_em(rows, PLANE, (1.0, 0.0), 30, tied, "full")


def test_a_dask_array_in_columns_is_put_together() -> None:
    array = pytest.importorskip("dask.array")
    lazy = array.from_array(ROWS, chunks=(25, 1))
    run, plain = (sample_em(x, SPACE, (1.0, 0.0, 0.0), 3) for x in (lazy, ROWS))
    assert run.steps[-1].theta == pytest.approx(plain.steps[-1].theta, abs=1e-14)
    masked = array.ma.masked_greater(array.from_array(ROWS, chunks=(25, 3)), 2.0)
    with pytest.raises(InputError, match="is masked"):
        sample_em(masked, SPACE, (1.0, 0.0, 0.0), 1)


# --- weights of the rows

COUNTS = GENERATOR.integers(0, 4, 60)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("covariance", ["fixed", "isotropic", "full"])
@pytest.mark.parametrize("tied", [True, False])
def test_a_row_of_weight_n_counts_as_n_rows(tied: bool, covariance: str, dtype: str) -> None:
    options: Any = {"tied": tied, "covariance": covariance, "dtype": dtype}
    weighed = sample_em(ROWS, SPACE, (1.0, 0.5, 0.0), 6, sample_weight=COUNTS, **options)
    repeated = sample_em(np.repeat(ROWS, COUNTS, axis=0), SPACE, (1.0, 0.5, 0.0), 6, **options)
    accuracy = 1e-13 if dtype == "float64" else 1e-5
    for a, b in zip(weighed.steps, repeated.steps, strict=True):
        np.testing.assert_allclose(a.means, b.means, atol=accuracy)
        assert a.log_likelihood == pytest.approx(b.log_likelihood, abs=accuracy)
    np.testing.assert_allclose(weighed.covariance, repeated.covariance, atol=accuracy)
    assert (weighed.n, weighed.weight, repeated.weight) == (60, COUNTS.sum(), COUNTS.sum())
    assert weighed.rate_predicted == repeated.rate_predicted


def test_the_scale_of_the_weights_does_not_matter_and_dask_takes_them() -> None:
    array = pytest.importorskip("dask.array")
    lazy = array.from_array(ROWS, chunks=(25, 3))
    one = sample_em(ROWS, SPACE, (1.0, 0.5, 0.0), 6, sample_weight=COUNTS)
    for rows, weight in ((ROWS, COUNTS * 1e-7), (lazy, COUNTS), (lazy, COUNTS / 3)):
        other = sample_em(rows, SPACE, (1.0, 0.5, 0.0), 6, sample_weight=weight)
        np.testing.assert_allclose(other.steps[-1].means, one.steps[-1].means, atol=1e-13)


@pytest.mark.parametrize(
    ("weight", "words"),
    [
        (np.ones(59), "59 sample weights for 60 rows"),
        (np.ones(61), "61 sample weights for 60 rows"),
        (-np.ones(60), "row 1 is -1"),
        (np.full(60, np.nan), "row 1 is nan"),
        (np.ones((60, 1)), "shape"),
        (np.zeros(60), "all are zero"),
        ("heavy", "not numbers"),
    ],
)
def test_bad_weights_are_refused(weight: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        sample_em(ROWS, SPACE, (1.0, 0.5, 0.0), 6, sample_weight=weight)


def test_the_command_takes_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "x.npy", ROWS)
    np.save(tmp_path / "twice.npy", np.repeat(ROWS, COUNTS, axis=0))
    (tmp_path / "w.txt").write_text("\n".join(map(str, COUNTS)))
    command = ["run", "--d", "3", "--weights", "1/2,3/10,1/5", "--radius", "1", "--steps", "4"]
    found = []
    for name, more in (("x", ["--sample-weight", str(tmp_path / "w.txt")]), ("twice", [])):
        assert main([*command, "--data", str(tmp_path / f"{name}.npy"), "--json", *more]) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0]["steps"] == found[1]["steps"]
    assert (found[0]["n"], float(found[0]["weight"])) == (60, COUNTS.sum())


# --- values that were not observed

HOLES = ROWS.copy()
HOLES[GENERATOR.random(ROWS.shape) < 0.3] = np.nan
HOLES[np.isnan(HOLES).all(axis=1)] = 0.5


def test_the_likelihood_of_observed_entries_is_the_product_of_theirs() -> None:
    for covariance0 in (None, 0.49 * np.eye(3)):
        options: Any = {"missing": True, "covariance0": covariance0, "sample_weight": COUNTS + 1.0}
        run = sample_em(HOLES, SPACE, (1.0, 0.5, 0.2), 0, **options)
        step = run.steps[0]
        true = likelihood(HOLES, run, step.means, COUNTS + 1.0)
        assert abs(step.log_likelihood - true) <= step.log_likelihood_error


@pytest.mark.parametrize("covariance", ["fixed", "isotropic"])
@pytest.mark.parametrize("tied", [True, False])
def test_em_with_hidden_values_climbs_to_where_the_likelihood_is_flat(
    tied: bool, covariance: str
) -> None:
    """Monotone, and the end is a stationary point of the likelihood, computed apart from EM."""
    mixture = PLANE
    rows = HOLES[:, :2]
    rows = rows[~np.isnan(rows).all(axis=1)]
    run = sample_em(rows, mixture, (1.5, 0.5), 4000, tied, covariance, 1e-11, missing=True)
    steps = run.steps
    assert all(b.log_likelihood >= a.log_likelihood - 1e-14
               for a, b in pairwise(steps))  # fmt: skip
    turns = powers(mixture)

    def value(parameters: Any) -> float:
        *where, v = parameters
        means = turns @ np.array(where) if tied else np.array(where).reshape(3, 2)
        logs = []
        for weight, mean in zip(mixture.weights, means, strict=True):
            gaps = np.where(np.isnan(rows), 0, (rows - mean) ** 2 / v + np.log(2 * np.pi * v))
            logs.append(np.log(float(weight)) - gaps.sum(axis=1) / 2)
        return float(np.logaddexp.reduce(logs, axis=0).mean())

    last = steps[-1]
    at = np.array([*(last.theta if tied else np.ravel(last.means)), last.variance])
    assert value(at) == pytest.approx(last.log_likelihood, abs=1e-12)
    for i in range(len(at) - (covariance == "fixed")):
        e = np.zeros(len(at))
        e[i] = 1e-4
        slope = (value(at + e) - value(at - e)) / 2e-4
        assert abs(slope) < 3e-6


def test_a_hidden_value_that_says_nothing_changes_nothing() -> None:
    """A row of which only the kept coordinate is seen counts there alone."""
    rows = np.vstack([ROWS, [np.nan, np.nan, 0.3]])
    run = sample_em(rows, SPACE, (1.0, 0.5, 0.0), 1, missing=True)
    means = powers(SPACE) @ np.array([1.0, 0.5, 0.0])
    w = np.array([0.5, 0.3, 0.2]) * np.exp(-((ROWS[:, None, :] - means) ** 2).sum(axis=2) / 2)
    w /= w.sum(axis=1, keepdims=True)
    theta = np.einsum("jba,nj,nb->a", powers(SPACE), w, ROWS)
    hidden = np.array([1.0, 0.5, 0.3])  # its first two at their conditional means: R^-j R^j θ
    np.testing.assert_allclose(run.steps[1].theta, (theta + hidden) / 61, atol=1e-13)


def test_what_missing_values_are_not_for() -> None:
    with pytest.raises(InputError, match="multiple of the identity"):
        sample_em(HOLES, SPACE, (1.0, 0.5, 0.0), 1, covariance="full", missing=True)
    with pytest.raises(InputError, match="multiple of the identity"):
        sample_em(HOLES, SPACE, (1.0, 0.5, 0.0), 1, missing=True, covariance0=np.diag([1, 2, 3]))
    empty = HOLES.copy()
    empty[5] = np.nan
    with pytest.raises(InputError, match="row 6 has no observed value"):
        checked_data(empty, 3, missing=True)
    empty = HOLES.copy()
    empty[:, 1] = np.nan
    empty[:, 0] = 1.0
    with pytest.raises(InputError, match="column 2 has no observed value"):
        checked_data(empty, 3, missing=True)


# --- starts, restarts, frozen parts


def test_means_of_ones_own_are_where_free_means_start() -> None:
    means = ROWS[:3]
    run = sample_em(ROWS, SPACE, means, 0, tied=False)
    assert run.steps[0].means == tuple(map(tuple, means.tolist()))
    with pytest.raises(InputError, match="theta0 of shape"):
        sample_em(ROWS, SPACE, means, 0)


@pytest.mark.parametrize("covariance", ["fixed", "isotropic", "full"])
def test_what_is_frozen_stays_and_the_rest_still_climbs(covariance: str) -> None:
    mixture, rows = Mixture.simplex(4, "2/5,3/10,1/5,1/10"), ROWS
    run = sample_em(rows, mixture, (1.0, 0.5, 0.7), 25, covariance=covariance, frozen=[2])
    assert {step.theta[2] for step in run.steps} == {0.7}
    assert run.steps[-1].theta[0] != 1.0
    free = sample_em(rows, mixture, (1.0, 0.5, 0.7), 25, False, covariance, frozen=[0, 3])
    for j in (0, 3):
        assert len({step.means[j] for step in free.steps}) == 1
    assert free.steps[-1].means[1] != free.steps[0].means[1]
    for one in (run, free):
        logs = one.log_likelihood
        assert (np.diff(logs) > -1e-13).all()
        assert (one.rate_predicted, one.rate_reason) == (None, "parts of the start are frozen")


def test_a_covariance_of_ones_own_is_where_it_starts() -> None:
    sigma = np.diag([1.0, 0.5, 2.0])
    fixed = sample_em(ROWS, SPACE, (1.0, 0.5, 0.0), 3, covariance0=sigma)
    assert fixed.covariance == tuple(map(tuple, sigma.tolist()))
    start = sample_em(ROWS, SPACE, (1.0, 0.5, 0.0), 0, covariance0=sigma)
    true = likelihood(ROWS, start, start.steps[0].means)
    assert abs(start.steps[0].log_likelihood - true) <= start.steps[0].log_likelihood_error
    for wrong in (np.zeros((3, 3)), np.eye(2), np.array([[1, 2, 0], [0, 1, 0], [0, 0, 1.0]]), "x"):
        with pytest.raises(InputError, match="covariance0"):
            sample_em(ROWS, SPACE, (1.0, 0.5, 0.0), 3, covariance0=wrong)


def test_the_best_of_several_starts_is_kept() -> None:
    clouds = np.concatenate([ROWS[:20, :2] * 0.1 + c for c in ([0, 9], [9, 0], [-9, -9])])
    stuck = np.array([[-9.0, -9.0], [-9.1, -9.1], [4.5, 4.5]])  # two clouds share a mean
    alone = sample_em(clouds, PLANE, stuck, 30, tied=False)
    best = best_of(clouds, PLANE, stuck, 30, tied=False, restarts=8, seed=1)
    assert best.ends[0] == alone.steps[-1].log_likelihood
    assert max(best.ends) == best.steps[-1].log_likelihood > best.ends[0] + 1
    assert best == best_of(clouds, PLANE, stuck, 30, tied=False, restarts=8, seed=1)
    assert best_of(clouds, PLANE, stuck, 30, tied=False) == alone
    with pytest.raises(InputError, match="restarts = -1"):
        best_of(clouds, PLANE, stuck, 30, tied=False, restarts=-1)


@pytest.mark.parametrize("frozen", [[7], [0.5], "1", [1, 3]])
def test_only_what_there_is_can_be_frozen(frozen: Any) -> None:
    with pytest.raises(InputError, match="frozen"):
        sample_em(ROWS, SPACE, (1.0, 0.5, 0.0), 1, frozen=frozen)


# --- tables of every make


WHOLE = np.round(np.random.default_rng(3).standard_normal((40, 2)) * 10).astype(np.int64)
MEANS = np.array([[1.0, 0.5], [-1.0, 0.25], [0.25, -1.0]])


def ends(rows: Any, **options: Any) -> float:
    return float(sample_em(rows, PLANE, (1.0, 0.5), 4, **options).log_likelihood[-1])


def test_numbers_of_any_type_are_the_same_numbers() -> None:
    wanted = ends(WHOLE.astype(float))
    frozen = WHOLE.copy()
    frozen.flags.writeable = False
    for rows in (
        WHOLE.tolist(), WHOLE.astype(np.int8), WHOLE.astype(object), frozen, WHOLE.astype(">f8"),
        np.asfortranarray(WHOLE), np.repeat(WHOLE, 2, axis=1)[:, ::2], WHOLE.astype(np.longdouble),
        [[Fraction(a), Fraction(b)] for a, b in WHOLE.tolist()],
        [[Decimal(a), float(b)] for a, b in WHOLE.tolist()],
        np.ma.masked_array(WHOLE), np.ma.masked_array(WHOLE.astype(object)),
    ):  # fmt: skip
        assert ends(rows) == pytest.approx(wanted, rel=1e-14)
    assert ends(WHOLE[::-1]) == pytest.approx(wanted, rel=1e-13)


def test_frames_of_pandas_with_its_own_types() -> None:
    pandas = pytest.importorskip("pandas")
    frame, wanted = pandas.DataFrame(WHOLE, columns=["a", "b"]), ends(WHOLE)
    for kind in ("Int64", "Float64", "int16", "float32", object):
        assert ends(frame.astype(kind)) == pytest.approx(wanted, rel=1e-14)
    hidden = frame.astype("Int64").mask(frame > 12)
    with pytest.raises(InputError, match="is nan, not finite; drop the row, or pass missing"):
        ends(hidden)
    bare = WHOLE.astype(float)
    bare[bare > 12] = np.nan
    assert ends(hidden, missing=True) == pytest.approx(ends(bare, missing=True), rel=1e-14)
    with pytest.raises(InputError, match="row 1, column 2 is 'x', not a number"):
        ends(frame.assign(b="x"))
    with pytest.raises(InputError, match="row 1, column 2 is 'True', not a number"):
        ends(frame.assign(b=True))


def test_a_mask_of_objects_hides() -> None:
    rows = np.ma.masked_array(WHOLE.astype(object))
    rows[0, 0] = np.ma.masked
    rows.data[0, 0] = "no number"
    with pytest.raises(InputError, match="row 1, column 1 is masked"):
        ends(rows)
    bare = WHOLE.astype(float)
    bare[0, 0] = np.nan
    assert ends(rows, missing=True) == pytest.approx(ends(bare, missing=True), rel=1e-14)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (WHOLE + 1j, "not real numbers"),
        (WHOLE > 0, "not real numbers"),
        (WHOLE.astype(str), "not real numbers"),
        (csr_array(WHOLE), r"a csr_array: .*use its toarray\(\)"),
        ({"a": [1, 2]}, "a dict"),
        (WHOLE + 2**60, "beyond 2.53 lose digits as doubles; subtract a constant"),
        ((WHOLE + 2**60).astype(object), "beyond 2.53 lose digits"),
        ((WHOLE + 2**60).astype(np.uint64), "beyond 2.53 lose digits"),
        (WHOLE * 1e-200, "column 1 varies by less than 1e-100, and squares underflow"),
        (np.c_[WHOLE[:, 0], WHOLE[:, 1] * 1e-150], "column 2 varies by less than 1e-100"),
        (WHOLE * 1e150, "beyond 1e100 overflow"),
    ],
)
def test_what_is_no_table_of_doubles_is_said(rows: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        ends(rows)


@pytest.mark.parametrize("covariance", ["fixed", "isotropic", "full"])
def test_whole_numbers_far_out_keep_all_digits(covariance: str) -> None:
    near = sample_em(WHOLE, PLANE, MEANS, 6, False, covariance).log_likelihood[-1]
    away = sample_em(WHOLE + 2**40, PLANE, MEANS + 2.0**40, 6, False, covariance)
    assert away.log_likelihood[-1] == pytest.approx(near, rel=1e-12)


@pytest.mark.parametrize("scale", [1e-90, 1e-30, 1e30, 1e90])
def test_other_units_are_the_same_data(scale: float) -> None:
    """Σ = v I: the norm and the step go with the unit, the likelihood with its logarithm."""
    unit = 2.0 ** round(math.log2(scale))
    near = sample_em(WHOLE, PLANE, (1.0, 0.5), 6, covariance="isotropic")
    away = sample_em(
        WHOLE * unit, PLANE, (unit, 0.5 * unit), 6, covariance="isotropic",
        covariance0=unit**2 * np.eye(2),
    )  # fmt: skip
    assert away.norm[-1] / unit == pytest.approx(near.norm[-1], rel=1e-12)
    assert away.last_move / unit == pytest.approx(near.last_move, rel=1e-9)
    moved = near.log_likelihood[-1] - 2 * math.log(unit)
    assert away.log_likelihood[-1] == pytest.approx(moved, rel=1e-12)


def test_a_start_beyond_squares_is_refused_and_a_tiny_one_has_its_norm() -> None:
    with pytest.raises(InputError, match="theta0 has entries beyond 1e100"):
        sample_em(WHOLE, PLANE, (1e200, 0.0), 2)
    run = sample_em(WHOLE, PLANE, (3e-200, 4e-200), 0)
    assert run.steps[0].norm == pytest.approx(5e-200, rel=1e-12, abs=0)
