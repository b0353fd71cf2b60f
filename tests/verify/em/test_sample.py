"""Sample EM as a tool: bounded memory, single precision, Dask arrays, early stop, bad data."""

import json
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from overspec import Mixture
from overspec.cli import main
from overspec.errors import InputError
from overspec.verify.em import sample_step
from overspec.verify.em.data import checked_data
from overspec.verify.em.readers import load_data
from overspec.verify.em.sample import sample_em
from overspec.verify.em.sample_step import e_step

pytestmark = [pytest.mark.numeric, pytest.mark.quick]

MIXTURE = Mixture.simplex(3, "1/2,3/10,1/5")
ROWS = np.random.default_rng(4).standard_normal((70_001, 2))  # more than one block
START = (1.0, 0.0)


def plain_sums(x: np.ndarray, means: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, ...]:
    """The same sums from the densities themselves, row by row in double precision."""
    density = weights * np.exp(-((x[:, None, :] - means) ** 2).sum(axis=2) / 2)
    density /= (2 * np.pi) ** (x.shape[1] / 2)
    total = density.sum(axis=1)
    w = density / total[:, None]
    return w.mean(axis=0), w.T @ x / len(x), np.log(total).mean()


@pytest.mark.parametrize(("dtype", "accuracy"), [(np.float64, 1e-12), (np.float32, 3e-6)])
def test_the_step_is_what_the_densities_give(dtype: type, accuracy: float) -> None:
    means, weights = np.array([[1.0, 0.2], [-0.5, 1.0], [0.3, -2.0]]), np.array([0.5, 0.3, 0.2])
    sums = e_step(checked_data(ROWS, 2), means, np.eye(2), np.log(weights), dtype)
    mass, first, log = plain_sums(ROWS, means, weights)
    assert np.abs(sums.mass - mass).max() < accuracy
    assert np.abs(sums.first - first).max() < accuracy
    assert abs(sums.log_likelihood - log) < accuracy


def test_the_result_does_not_depend_on_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    two = sample_em(ROWS, MIXTURE, START, 5)
    monkeypatch.setattr(sample_step, "THREADS", 1)
    assert sample_em(ROWS, MIXTURE, START, 5) == two


def test_single_precision_reaches_the_same_limit() -> None:
    double = sample_em(ROWS, MIXTURE, START, 30).steps[-1]
    single = sample_em(ROWS.astype(np.float32), MIXTURE, START, 30, dtype="float32").steps[-1]
    assert double.theta == pytest.approx(single.theta, abs=2e-5)
    assert double.theta != single.theta


def test_a_dask_array_gives_the_same() -> None:
    array = pytest.importorskip("dask.array")
    lazy = array.from_array(ROWS, chunks=(16_000, 2))
    near, far = (sample_em(rows, MIXTURE, START, 5).steps[-1] for rows in (ROWS, lazy))
    assert far.theta == pytest.approx(near.theta, abs=1e-13)
    broken = ROWS.copy()
    broken[16_001, 1] = np.nan
    with pytest.raises(InputError, match="row 16002, column 2 is nan"):
        sample_em(array.from_array(broken, chunks=(16_000, 2)), MIXTURE, START, 1)


def test_it_stops_once_it_stands_still() -> None:
    run = sample_em(ROWS, MIXTURE, START, 10_000, tolerance=1e-6)
    assert 10 < len(run.steps) < 1000
    last, before = np.array(run.steps[-1].theta), np.array(run.steps[-2].theta)
    assert np.linalg.norm(last - before) <= 1e-6
    assert len(sample_em(ROWS[:100], MIXTURE, START, 7).steps) == 8


def test_memory_does_not_grow_with_the_data(tmp_path: Path) -> None:
    path = tmp_path / "rows.npy"
    stored = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(2_000_000, 2))
    stored[:] = np.resize(ROWS.astype(np.float32), stored.shape)
    del stored
    tracemalloc.start()
    sample_em(load_data(path), MIXTURE, START, 2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < path.stat().st_size / 2 + 4e6


def test_a_csv_file_is_read_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    np.savetxt(path, ROWS[:40_000], delimiter=",", header="x,y", comments="", fmt="%.17g")
    assert (load_data(path) == ROWS[:40_000]).all()
    with path.open("a") as file:
        file.write("1,oops\n")
    with pytest.raises(InputError, match="line 40002: 'oops' is not a number"):
        load_data(path)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"tolerance": -1.0}, "tolerance"),
        ({"tolerance": float("nan")}, "tolerance"),
        ({"dtype": "float16"}, "dtype"),
    ],
)
def test_bad_arguments_are_refused(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        sample_em(ROWS, MIXTURE, START, 1, **arguments)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="too large for float32"):
        sample_em(ROWS * 1e20, MIXTURE, START, 1, dtype="float32")


def test_dask_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Lazy:
        dtype, ndim, shape, numblocks = ROWS.dtype, 2, ROWS.shape, (1, 1)

        @property
        def blocks(self) -> list["Lazy"]:
            return [self]

        def compute(self) -> np.ndarray:
            return ROWS

    monkeypatch.setitem(sys.modules, "dask", None)
    with pytest.raises(InputError, match=r"overspec\[cluster\]"):
        sample_em(Lazy(), MIXTURE, START, 1)


def test_the_command_stops_early(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "x.npy", ROWS)
    command = ["run", "--weights", "1/2,3/10,1/5", "--radius", "1", "--steps", "500", "--json"]
    data = ["--data", str(tmp_path / "x.npy"), "--tolerance", "1e-4", "--dtype", "float32"]
    assert main([*command, *data]) == 0
    assert 5 < len(json.loads(capsys.readouterr().out)["steps"]) < 500
    assert main([*command, "--tolerance", "1e-4"]) == 2
    assert "--tolerance" in capsys.readouterr().err


@pytest.mark.parametrize("covariance", ["fixed", "isotropic", "full"])
@pytest.mark.parametrize(("rows", "scale"), [(50, 1.0), (3001, 1.0), (20_000, 0.7), (999, 30.0)])
def test_the_error_of_the_likelihood_is_not_understated(
    covariance: str, rows: int, scale: float
) -> None:
    """Against 64-bit significands, where they are longer than a double's."""
    if np.finfo(np.longdouble).nmant < 63:
        pytest.skip("long doubles are doubles here")
    x = np.random.default_rng(rows).standard_normal((rows, 2)) * scale
    run = sample_em(x, MIXTURE, START, 3, covariance=covariance)
    last = run.steps[-1]
    wide, sigma = x.astype(np.longdouble), np.array(run.covariance, dtype=np.longdouble)
    (a, b), (_, c) = sigma
    det = a * c - b * b
    inverse = np.array([[c, -b], [-b, a]]) / det
    logs = []
    for weight, mean in zip(MIXTURE.weights, last.means, strict=True):
        gap = wide - np.array(mean, dtype=np.longdouble)
        prior = np.log(np.longdouble(weight.numerator) / np.longdouble(weight.denominator))
        logs.append(prior - np.einsum("na,ab,nb->n", gap, inverse, gap) / 2)
    top = np.max(logs, axis=0)
    density = top + np.log(sum(np.exp(one - top) for one in logs))
    true = (
        density.mean() - np.log(2 * np.longdouble(np.pi) + 2.4492935982947064e-16) - np.log(det) / 2
    )
    assert abs(float(last.log_likelihood - true)) <= last.log_likelihood_error
    assert last.log_likelihood_error < 1e-12 * max(1.0, scale**2)


def test_single_precision_says_that_it_is() -> None:
    double = sample_em(ROWS, MIXTURE, START, 0).steps[0]
    single = sample_em(ROWS.astype(np.float32), MIXTURE, START, 0, dtype="float32").steps[0]
    gap = abs(double.log_likelihood - single.log_likelihood)
    assert gap <= single.log_likelihood_error < 3e-6


HALF = np.ma.masked_array([1.0, 2.0], [True, False])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"theta0": HALF}, "theta0 has masked entries"),
        ({"theta0": np.array([1j, 0])}, "theta0 of type complex128"),
        ({"theta0": ["1", "0"]}, "theta0 of type <U1"),
        ({"covariance0": np.eye(2) * (1 + 1j)}, "covariance0 of type complex128"),
        ({"covariance0": np.ma.masked_array(np.eye(2), np.eye(2))}, "covariance0 has masked"),
        ({"sample_weight": np.ones(len(ROWS)) + 1j}, "sample_weight of type complex128"),
        ({"sample_weight": ["a"] * len(ROWS)}, "sample_weight of type <U1"),
        ({"tolerance": "1"}, "tolerance = '1'"),
        ({"tolerance": 1j}, "tolerance = 1j"),
    ],
)
def test_nothing_hidden_or_imaginary_is_dropped_without_a_word(
    options: dict[str, object], words: str
) -> None:
    """As for the data: a mask whose values would be used, an imaginary part that would be lost."""
    arguments: dict[str, object] = {"theta0": (1.0, 0.0), "steps": 1} | options
    with pytest.raises(InputError, match=words):
        sample_em(ROWS, MIXTURE, **arguments)  # type: ignore[arg-type]
