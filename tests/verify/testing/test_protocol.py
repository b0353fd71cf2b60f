"""`check_em_operator` accepts right EM codes, and names what each kind of fault breaks."""

from __future__ import annotations

import doctest
import io
import json
import math
import re
import sys
import types
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from em_codes import FAULTS, RIGHT, Faulty, made, strict, tied
from numpy.typing import NDArray
from sizes import slow_but

from overspec import InputError, Mixture
from overspec.verify.em.reference import rotation
from overspec.verify.testing.identities import CHECKS, NAMES
from overspec.verify.testing.posterior import orbit
from overspec.verify.testing.protocol import (
    EmReport,
    check_em_operator,
    of_fit,
    of_free_means,
    of_scikit_learn,
    of_tied_means,
    parametrize_with_em_checks,
    tied_step,
)

pytestmark = pytest.mark.numeric
pytest_plugins = ["pytester"]

Array = NDArray[np.float64]


def step(
    theta: Array,
    weights: Array,
    data: Array,
    back: int = -1,
    posterior: Callable[[Array], Array] = lambda w: w / w.sum(axis=1, keepdims=True),
) -> Array:
    turn = rotation(Mixture.simplex(len(weights), d=theta.size))
    power = np.linalg.matrix_power
    means = np.array([power(turn, j) @ theta for j in range(len(weights))])
    share = posterior(weights * np.exp(data @ means.T))
    moved = [share[:, j] @ data @ power(turn, back * j).T for j in range(len(weights))]
    return np.asarray(sum(moved) / len(data))


def hard(masses: Array) -> Array:
    return np.eye(masses.shape[1])[masses.argmax(axis=1)]


BROKEN: dict[str, tuple[Callable[[Array, Array, Array], Array], set[str]]] = {
    "weights forgotten": (lambda t, w, x: step(t, np.ones_like(w), x), {"S1", "S2", "S4"}),
    "R instead of its inverse": (lambda t, w, x: step(t, w, x, back=1), {"S1", "S2", "S4"}),
    "unnormalised responsibilities": (
        lambda t, w, x: step(t, w, x, posterior=lambda m: m), {"S1", "S2", "mass:"}),
    "step 1/2": (lambda t, w, x: (t + tied_step(t, w, x)) / 2, {"S1", "S2", "S4"}),
    "hard assignment": (lambda t, w, x: step(t, w, x, posterior=hard), {"S1", "S2", "S4"}),
    "label shift": (lambda t, w, x: step(t, np.roll(w, 1), x), {"S1", "S2", "S4"}),
}  # fmt: skip


REMEMBERING = ("random jitter", "momentum", "posteriors kept from other data",
               "log-likelihood of the call before")  # fmt: skip


@cache
def report_of(fault: str) -> EmReport:
    return check_em_operator(FAULTS[fault].make(), ks=(2, 3), cases=2)


def printed(program: str, code: Any) -> str:
    """What a printed example prints; `fn`, `update` and `log_likelihood` are the code's."""
    known = dict.fromkeys(("fn", "update"), code.step) | {"log_likelihood": code.log_likelihood}
    if code.variance is not None:  # the user's own function returns both
        known["fn"] = lambda *given: (code.step(*given), code.variance(*given))
    out = io.StringIO()
    with redirect_stdout(out), np.errstate(all="ignore"):
        exec(program, known)
    return out.getvalue()


# --- right codes


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("dtype", slow_but(["float64", "float32"], ["float64"]))
def test_right_codes_pass(name: str, dtype: str) -> None:
    report = check_em_operator(RIGHT[name], dtype=dtype, cases=1, ks=(2, 4))
    assert report.breaches == ()
    assert report.ok
    assert len(report.passed) >= 8


@pytest.mark.parametrize("fn", [tied_step, tied])
def test_correct_operators_pass(fn: Callable[[Array, Array, Array], Array]) -> None:
    assert check_em_operator(fn).breaches == ()


def test_straight_exponentials_pass_but_far_out() -> None:
    report = check_em_operator(step)
    assert report.failed == ("tied_step_far",)
    assert math.isnan(report["tied_step_far"].difference)
    assert "data = np.array([[2000.0]])\n" in report.breaches[0].program  # one row is enough


@pytest.mark.parametrize("kind", ["spherical", "diag", "tied", "full"])
def test_scikit_learn_passes(kind: str) -> None:
    report = check_em_operator(of_scikit_learn(kind), cases=2, ks=2)
    assert report.breaches == ()
    assert report.skipped == {}  # covariances and log-likelihood are looked at too


def test_what_a_code_cannot_do_is_skipped_with_the_reason() -> None:
    assert check_em_operator(strict).skipped["weights_rescaled"].startswith("the code refuses")
    skipped = check_em_operator(RIGHT["fixed weights, said so"], cases=1).skipped
    assert skipped["masses"] == "the weights are held fixed"
    assert skipped["means_other_covariances"] == "the code takes no covariances: Σ = I"
    assert skipped["log_likelihood"] == "no log_likelihood was given"


# --- faults


def test_there_are_at_least_as_many_kinds_as_public_codes_were_read() -> None:
    assert len(FAULTS) >= 21
    named = {name for fault in FAULTS.values() for name in fault.fails}
    assert len(named & set(NAMES)) >= 25
    assert named <= set(NAMES)


@pytest.mark.parametrize("fault", slow_but(FAULTS, list(FAULTS)[::5]))
def test_each_kind_of_fault_is_named_and_nothing_else_is(fault: str) -> None:
    expected: Faulty = FAULTS[fault]
    report = report_of(fault)
    assert not report.ok
    assert expected.fails <= set(report.failed)
    assert expected.passes <= set(report.passed)
    if expected.hint:
        assert any(expected.hint in hint for breach in report for hint in breach.hints)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_printed_example_prints_the_printed_number(fault: str) -> None:
    for breach in report_of(fault).breaches:
        code = FAULTS[fault].make()
        said = breach.program.splitlines()[-1].rpartition("# ")[2]
        if breach.kind == "raises":
            with pytest.raises(Exception, match=breach.text.partition(": ")[2]) as raised:
                printed(breach.program, code)
            assert said == f"raises {type(raised.value).__name__}: {raised.value}"
            continue
        if breach.kind == "shape" or fault in REMEMBERING:
            continue  # no number, or another one each time
        number = float(printed(breach.program, code))
        assert number == pytest.approx(breach.example_difference, rel=1e-7, nan_ok=True)
        assert f"{number:.6g}" == said


def off(*outputs: Any) -> Any:
    return outputs[0], outputs[1] + 0.5


def writing(means: Array, weights: Array, data: Array) -> Any:
    """Its means are those it was given, and half a unit off."""
    means[...] = made("").step(means, weights, data)[1] + 0.5
    return made("").step(means, weights, data)[0], means


@pytest.mark.parametrize(
    ("raw", "options", "line"),
    [
        (lambda *a: off(len(a[2]) * (got := made("").step(*a))[0], got[1]),
         {"masses": "counts"}, "return counts / len(data), *others"),
        (lambda *a: off(None, made("").step(*a)[1]),
         {"masses": "fixed"}, "return weights, *given("),
        (writing, {}, "return given(*(a.copy() for a in arrays))"),
    ],
)  # fmt: skip
def test_what_an_adapter_does_is_in_the_program(raw: Any, options: Any, line: str) -> None:
    report = check_em_operator(of_free_means(raw, **options), cases=1)
    breach = report["means"].breach
    assert breach is not None
    assert line in breach.program
    out = io.StringIO()
    with redirect_stdout(out):
        exec(breach.program, {"update": raw})
    assert float(out.getvalue()) == pytest.approx(breach.example_difference)
    assert ("inputs_kept" in report.failed) == (raw is writing)
    assert "repeatable" in report.passed


@pytest.mark.parametrize("mistake", BROKEN)
def test_each_common_mistake_is_named_with_a_small_example(mistake: str) -> None:
    fn, labels = BROKEN[mistake]
    breaches = check_em_operator(fn, cases=2).breaches
    found = {breach.identity.split()[0]: breach for breach in reversed(breaches)}
    assert labels <= set(found)
    smallest = "k = 3" if mistake == "R instead of its inverse" else "k = 2"  # R = R^-1 at k = 2
    assert found["S1"].example.startswith(smallest)
    assert found["S1"].example.count(";") <= 1  # rows


def test_an_m_step_of_scikit_learn_that_is_not_run_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from sklearn.mixture import GaussianMixture

    def none(*arguments: Any, **options: Any) -> None:
        raise RuntimeError("not run")

    monkeypatch.setattr(GaussianMixture, "_m_step", none)
    report = check_em_operator(of_scikit_learn("diag"), cases=1, ks=2)
    assert report.passed == ()
    assert {breach.text for breach in report} == {"RuntimeError: not run"}
    with pytest.raises(RuntimeError, match="not run"):
        exec(report.breaches[0].program, {})  # it needs nothing else: the adapter is in it


def test_a_wrong_precision_of_scikit_learn_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it did until 1.0 (its issue 16944): the precisions were taken for their roots."""
    from sklearn.mixture import GaussianMixture

    right = GaussianMixture._initialize

    def wrong(self: Any, X: Any, resp: Any, **options: Any) -> None:
        right(self, X, resp, **options)
        self.precisions_cholesky_ = self.precisions_cholesky_**2

    monkeypatch.setattr(GaussianMixture, "_initialize", wrong)
    report = check_em_operator(of_scikit_learn("diag"), cases=1, ks=2)
    assert {"masses_other_covariances", "log_likelihood_other_covariances"} <= set(report.failed)
    assert {"masses", "means", "covariances", "log_likelihood", "total_mean"} <= set(report.passed)


def test_the_worst_difference_is_reported_not_the_first() -> None:
    """Rounding at first, and a fault at k = 3 only."""

    def fn(theta: Array, weights: Array, data: Array) -> Array:
        return tied_step(theta, weights, data) + (0.25 if len(weights) == 3 else 2e-8)

    breach = check_em_operator(fn, checks=["tied_step"]).breaches[0]
    assert breach.difference == pytest.approx(0.25)
    assert breach.worst.startswith("k = 3")
    assert breach.example.startswith("k = 3")
    assert breach.example_difference == pytest.approx(0.25)


def test_an_example_of_another_check_is_taken_only_where_it_fits() -> None:
    breach = report_of("half a step")["step_from_zero"].breach
    assert breach is not None
    assert "θ = 0," in breach.example


def test_single_precision_in_double_arrays_is_said() -> None:
    def fn(theta: Array, weights: Array, data: Array) -> Array:
        return tied_step(theta, weights, data).astype(np.float32).astype(float)

    report = check_em_operator(fn, cases=1)
    assert not report.ok
    assert all("single precision" in hint for breach in report for hint in breach.hints)
    assert check_em_operator(fn, cases=1, tolerance=1e-6).ok
    assert check_em_operator(lambda *a: fn(*a).astype(np.float32), cases=1).ok


def test_a_fault_of_a_thousandth_shows_in_single_precision() -> None:
    def fn(theta: Array, weights: Array, data: Array) -> Array:
        return (tied_step(theta, weights, data) + 1e-3).astype(np.float32)

    assert "tied_step" in check_em_operator(fn, dtype="float32", cases=1).failed


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (lambda t, w, x: (tied(t, w, x), 1.0), "returned two things; it must return θ alone"),
        (lambda t, w, x: (w, tied(t, w, x)), "returned two things; it must return θ alone"),
        (lambda t, w, x: orbit(tied(t, w, x), len(w)), "are these the means R^j θ"),
        (of_free_means(lambda m, w, x: (w, m.T)), "transposed? One row for each component"),
        (of_free_means(lambda m, w, x: (np.ones((len(w), len(x))), m)), "posterior of each row"),
    ],
)
def test_another_form_of_results_is_named(code: Any, words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        check_em_operator(code, ks=(2, 3), cases=2)


def test_means_transposed_are_named_where_their_shape_does_not_tell() -> None:
    def update(means: Array, weights: Array, data: Array) -> Any:
        masses, moved = made("").step(means, weights, data)[:2]
        return masses, moved.T

    report = check_em_operator(of_free_means(update), ks=2, ds=2, cases=2)
    assert "masses" in report.passed
    breach = report["means"].breach
    assert breach is not None
    assert breach.hints == ("the means are transposed: one mean a row is wanted",)


def test_arguments_in_another_order_are_said() -> None:
    code = of_free_means(lambda data, means, weights: made("").step(means, weights, data)[:2])
    report = check_em_operator(code, cases=1)
    assert report.passed == ()
    for breach in report:
        assert any("means (k, d), weights (k,), data (n, d), in this" in h for h in breach.hints)
    code = of_tied_means(lambda d, t, w, c: tied(t, w, d), covariance=True)
    report = check_em_operator(code, cases=1, ks=3)
    assert any("covariance (d, d), in this order" in h for b in report for h in b.hints)


def test_a_code_that_ends_the_program_is_a_breach() -> None:
    report = check_em_operator(lambda t, w, x: sys.exit(3), cases=1, ks=2)
    assert {breach.text for breach in report} == {
        "RuntimeError: the code ends the program: sys.exit(3)"
    }


def test_noise_is_not_taken_for_single_precision() -> None:
    random = np.random.default_rng(0)
    code = of_free_means(
        lambda m, w, x: (lambda a, b: (a, b + 1e-3 * random.random()))(*made("").step(m, w, x)[:2])
    )
    report = check_em_operator(code, cases=2)
    assert {"repeatable", "means"} <= set(report.failed)
    assert not any("single precision" in hint for breach in report for hint in breach.hints)


def test_a_variance_and_a_covariance_at_once_are_refused() -> None:
    with pytest.raises(InputError, match="give one of the two"):
        of_tied_means(tied, variance=True, covariance=True)
    with pytest.raises(InputError, match="covariance 'full'; choose True, False"):
        of_tied_means(tied, covariance="full")
    with pytest.raises(TypeError, match=r"returns \(theta, covariance\)"):
        of_tied_means(tied, covariance="estimated").step(
            np.ones(1), np.ones(2) / 2, np.ones((3, 1)), 1
        )


# --- the report


def test_the_report_has_every_check_once() -> None:
    report = report_of("N_k + 5 in both denominators")
    names = [result.name for result in report.results]
    assert len(set(names)) == len(names)
    assert set(names) <= set(NAMES)
    assert set(names) == {*report.passed, *report.failed, *report.skipped}
    assert report["masses"].cases == 4
    assert report["masses"].difference > 0.01
    assert report["total_mean"].difference < 1e-12  # mass times mean hides the denominator
    assert len(list(report)) == len(report) == len(report.breaches)
    assert repr(report) == "<EmReport: update: 9 passed, 12 failed, 5 skipped>"
    text = str(report)
    assert text.count("import numpy") < len(report)  # an example is shown once
    assert "the case of masses" in text
    assert json.loads(json.dumps(report.to_dict()))["ok"] is False
    assert "<table>" in report._repr_html_()
    assert list(report.to_frame()["name"]) == names


def test_a_fault_that_shows_in_one_check_has_one_breach() -> None:
    (breach,) = report_of("data centred in place").breaches
    assert breach.check == "inputs_kept"
    assert breach.program.count("copy") == 0  # the code is called as it was
    assert "off by" in str(breach)


def test_expected_failures() -> None:
    code = FAULTS["densities underflow"].make()
    known = dict.fromkeys(("masses_far", "means_far"), "densities underflow")
    report = check_em_operator(code, expected=known, cases=1)
    assert report.ok
    assert report.named("xfail") == ("masses_far", "means_far")
    assert report["masses_far"].reason == "densities underflow"
    assert report["masses_far"].breach is not None
    better = check_em_operator(RIGHT["free, I"], expected=known, cases=1)
    assert not better.ok
    assert better.failed == ("masses_far", "means_far")
    assert better.breaches == ()
    assert "expected to fail, but passes" in str(better)


def test_a_report_is_neither_true_nor_false() -> None:
    """Before, breaches were returned, so that true meant broken."""
    with pytest.raises(TypeError, match=r"ask for \.ok"):
        bool(check_em_operator(tied, checks=["rotation"]))


def test_only_some_checks() -> None:
    report = check_em_operator(tied, checks=["rotation", "tied_step"])
    assert report.passed == ("tied_step", "rotation")


# --- what is tried


def seen_by(**options: Any) -> list[tuple[int, tuple[int, ...]]]:
    seen = []

    def update(means: Array, weights: Array, data: Array) -> Any:
        seen.append((len(weights), data.shape))
        return made("").step(means, weights, data)

    assert check_em_operator(of_free_means(update), checks=["means"], **options).ok
    return seen


def test_ks_cases_and_rows_are_ones_own() -> None:
    seen = seen_by(ks=[5], cases=4, rows=[11, 12])
    assert {k for k, _ in seen} == {5}
    assert {shape[0] for _, shape in seen} == {11, 12}
    assert len(seen) == 8  # once to look, once to check
    assert min(shape[0] for _, shape in seen_by()) >= 8  # no first example with n = 1


def test_data_are_ones_own() -> None:
    data = np.arange(12.0).reshape(6, 2) ** 1.5
    assert {shape for _, shape in seen_by(data=data)} == {(6, 2)}
    assert check_em_operator(tied, data=data, ks=(2, 3)).ok
    assert check_em_operator(RIGHT["free, full"], data=data, ks=(2, 3), cases=1).ok
    far_apart = 1000 + 50 * data
    assert check_em_operator(RIGHT["free, full"], data=far_apart, cases=2).ok
    with pytest.raises(InputError, match=r"d = 2: tied means of k = 4 need d ≥ 3"):
        check_em_operator(tied, data=data)
    with pytest.raises(InputError, match=r"data with 3 different rows: k = 4 needs 4"):
        check_em_operator(RIGHT["free, I"], data=np.repeat(data[:3], 2, axis=0))


def test_dimensions_are_ones_own() -> None:
    """A code for one dimension only is not at fault in two."""
    plain = made("").step

    def flat(means: Array, weights: Array, data: Array) -> Any:
        masses, new = plain(means[:, 0, None], weights, data[:, 0, None])
        return masses, new

    assert check_em_operator(of_free_means(flat), ds=1).ok
    breach = check_em_operator(of_free_means(flat)).breaches[0]
    assert breach.kind == "shape"
    assert (breach.broken, breach.tried) == (6, 9)
    assert "in 6 of 9 cases" in str(breach)
    assert check_em_operator(tied, ds=[3, 5], cases=2).ok


def test_thousands_of_rows_shrink_to_one_more_than_a_batch() -> None:
    breach = report_of("M-step overwritten by each batch").breaches[0]
    assert breach.check == "masses_many_rows"
    assert "[1024, 1]" in breach.program or "[1, 1024]" in breach.program


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ks": 1}, "ks = 1; use whole numbers ≥ 2"),
        ({"ks": []}, "ks"),
        ({"cases": 0}, "cases = 0"),
        ({"rows": 2.5}, "rows"),
        ({"ds": 0}, "ds = 0"),
        ({"dtype": "float16"}, "choose float64, float32"),
        ({"tolerance": 0}, "tolerance = 0; it must be positive"),
        ({"tolerance": math.nan}, "tolerance = nan"),
        ({"data": [1.0, 2.0]}, r"data of shape \(2,\)"),
        ({"data": [[math.inf]]}, "finite"),
        ({"data": [[1j]]}, "complex128"),
        ({"data": np.ma.masked_less([[1.0], [2.0]], 2)}, "data with a mask"),
        ({"data": [["a"]]}, "finite real numbers"),
        ({"checks": ["means", "mean"]}, "checks: no check 'mean'; there are tied_step"),
        ({"expected": {"S1": "no"}}, "expected: no check 'S1'"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        check_em_operator(tied, **options)


# --- what is no EM code


def test_what_is_no_operator_is_refused() -> None:
    with pytest.raises(InputError, match="finite numbers"):
        check_em_operator(lambda theta, weights, data: np.zeros(7))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (lambda t, w, x: tied_step(t, w, x) + 0j, "complex numbers for θ"),
        (lambda t, w, x: "θ", "returned str 'θ'"),
        (lambda t, w, x: np.ma.masked_all_like(t), "masked array for θ"),
        (lambda t, w, x: [object()] * len(t), "returned list"),
        (lambda t, w, x: None, "returned NoneType None"),
        (lambda t, w, x: tied_step(t, w, x)[:, None], "the numbers are as many: reshape"),
        (of_free_means(lambda m, w, x: m), r"must return \(masses, means\)"),
        (of_free_means(lambda m, w, x: (m, w)), r"returned \(means, masses\); it must return"),
        (of_free_means(lambda m, w, x: (np.ones((len(x), len(w))), m)), "posterior of each row"),
        (of_free_means(lambda m, w, x: (w, m[:, :0])), r"shape \(2, 0\) for means"),
        (of_free_means(lambda m, w, x: (w, [[1.0], [2.0, 3.0]])), "returned list"),
        (of_free_means(lambda m, w, x, c: (w, m, c[:, 0]), covariance="full"), "for covariances"),
        ("EM", "'EM' cannot be"),
        (3, "3 cannot be"),
    ],
)
def test_wrong_shapes_and_types_are_said(code: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        check_em_operator(code, ks=2)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: of_free_means(len, covariance="round"), "choose spherical, diag, tied, full"),
        (lambda: of_free_means(len, masses="weights"), "choose mean, counts, fixed"),
        (lambda: of_scikit_learn("round"), "choose spherical"),
    ],
)
def test_wrong_adapters_are_refused(make: Callable[[], Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        make()


def test_a_shape_that_is_wrong_at_times_is_a_breach() -> None:
    report = report_of("one axis squeezed away")
    breach = report["means"].breach
    assert breach is not None
    assert breach.kind == "shape"
    assert "returned shape" in breach.text


def test_a_code_for_other_arrays_is_given_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that takes its own arrays only, as PyTorch and JAX do."""

    class Tensor:
        def __init__(self, values: Any) -> None:
            self.values = np.asarray(values)
            self.shape = self.values.shape

        def detach(self) -> Array:
            return self.values

        def __array_namespace__(self) -> Any:
            return library

    library = types.SimpleNamespace(asarray=Tensor, __name__="tensors")

    def fn(theta: Tensor, weights: Tensor, data: Tensor) -> Tensor:
        return Tensor(tied_step(theta.values, weights.values, data.values))

    assert check_em_operator(fn, xp=library, cases=1).ok
    refused = check_em_operator(fn, cases=1, checks=["tied_step"]).breaches[0]
    assert refused.text.startswith("AttributeError")
    assert refused.hints == ("it was given NumPy arrays; for another array library pass xp=",)
    fewer: Any = lambda theta, data: theta  # noqa: E731
    assert check_em_operator(fewer, cases=1).breaches[0].hints == (
        "it is called with 3 arguments: theta, weights, data",
    )
    halved = check_em_operator(lambda *a: Tensor(fn(*a).values / 2), xp=library, cases=1)
    program = halved.breaches[0].program
    assert "import tensors as xp" in program
    monkeypatch.setitem(sys.modules, "tensors", cast(Any, library))
    out = io.StringIO()
    with redirect_stdout(out):
        exec(program, {"fn": lambda *a: fn(*a).values / 2})
    assert float(out.getvalue()) == pytest.approx(halved.breaches[0].example_difference)


# --- adapters


class Estimator:
    """Free means, as a class with `fit`."""

    def __init__(self, means: Array, weights: Array) -> None:
        self.means_, self.weights_ = means, weights

    def fit(self, data: Array) -> Estimator:
        self.weights_, self.means_ = made("").step(self.means_, self.weights_, data)
        return self

    def score(self, data: Array) -> Any:
        return made("").log_likelihood(self.means_, self.weights_, data)  # type: ignore[misc]


def test_a_fit_is_adapted_in_a_line() -> None:
    code = of_fit(Estimator, score="score", name="mine")
    report = check_em_operator(code, cases=2)
    assert report.ok
    assert "log_likelihood" in report.passed
    assert report.code == "mine"


def test_a_fit_with_covariances_under_other_names() -> None:
    class Model:
        def __init__(self, means: Array, weights: Array, covariances: Array) -> None:
            self.start = means, weights, covariances

        def fit(self, data: Array) -> None:
            means, weights, covariances = self.start
            self.pi, self.mu, self.sigma = made("diag").step(means, weights, data, covariances)

    code = of_fit(Model, covariance="diag", read=("pi", "mu", "sigma"))
    report = check_em_operator(code, cases=1, ks=(2, 3))
    assert report.ok
    assert {"covariances_other", "total_scatter"} <= set(report.passed)
    without = of_fit(Model, covariance="diag", read=("pi", "mu"))
    assert check_em_operator(without, cases=1, ks=2).skipped["covariances"]


def test_free_means_are_a_tied_operator_too() -> None:
    theta, weights, data = np.array([0.5]), np.array([0.8, 0.2]), np.array([[1.0], [-2.0]])
    assert RIGHT["free, I"](theta, weights, data) == pytest.approx(tied_step(theta, weights, data))
    assert RIGHT["tied"](theta, weights, data) == pytest.approx(tied_step(theta, weights, data))


def test_names_are_shown() -> None:
    assert str(of_tied_means(tied)) == "tied"
    assert str(of_tied_means(tied, name="ours")) == "ours"
    assert str(of_scikit_learn("diag")) == "GaussianMixture, diag"


# --- with pytest


def test_every_check_is_a_test_of_its_own(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from em_codes import FAULTS, RIGHT
        from overspec.verify.testing.protocol import parametrize_with_em_checks

        FAR = {"masses_far": "underflow", "means_far": "underflow"}
        codes = {"right": RIGHT["free, I"], "faulty": FAULTS["sums for means"].make()}

        @parametrize_with_em_checks(codes, cases=1, ks=2)
        def test_mine(code, check):
            check(code)

        @parametrize_with_em_checks([FAULTS["densities underflow"].make()], expected=FAR, cases=1)
        def test_known(code, check):
            check(code)

        @parametrize_with_em_checks([RIGHT["tied"]], expected={"rotation": "no"}, cases=1)
        def test_better(code, check):
            check(code)
        """
    )
    done = pytester.runpytest_inprocess("-q", "-p", "no:cacheprovider")
    failing = [line for line in done.outlines if line.startswith("FAILED")]
    names = {line.partition("[")[2].partition("]")[0] for line in failing}
    assert names == {
        *(f"faulty-{name}" for name in FAULTS["sums for means"].fails),
        *(
            f"faulty-{n}"
            for n in ("means_gradient", "means_far", "means_faint", "means_many_rows", "total_mean")
        ),
        "tied-rotation",
    }
    outcomes = done.parseoutcomes()
    assert outcomes["xfailed"] == 2
    assert outcomes["skipped"] > 10
    assert any("print(np.abs(got - wanted).max())" in line for line in done.outlines)


def test_unknown_names_are_refused_at_once() -> None:
    with pytest.raises(InputError, match="expected: no check 'far'"):
        parametrize_with_em_checks([tied], expected={"far": "no"})


def test_every_check_says_what_it_states() -> None:
    for check in CHECKS:
        assert check.states
        assert check.identity.startswith(check.label)
        assert str(check) == check.name
        assert check.families


# --- the page


PAGE = Path(__file__).parents[3] / "docs" / "em-checks.md"


def test_the_page_runs_and_names_every_check() -> None:
    assert doctest.testfile(str(PAGE), module_relative=False).failed == 0
    shown = set(re.findall(r"`([a-z_]+)`", PAGE.read_text()))
    assert set(NAMES) <= shown


def test_the_programs_of_the_page_print_their_numbers() -> None:
    programs = re.findall(r"```python\n(import numpy.*?)```", PAGE.read_text(), re.DOTALL)
    codes = ("distance without 1/2", "covariance not inverted")  # the page's faults, in our words
    assert len(programs) == len(codes)
    for program, fault in zip(programs, codes, strict=True):
        said = float(program.rstrip().rpartition("# ")[2])
        assert float(printed(program, FAULTS[fault].make())) == pytest.approx(said, rel=1e-4)


def test_a_tied_variance_is_told_what_to_return() -> None:
    """θ alone where both are wanted; another word for the variance."""
    report = check_em_operator(of_tied_means(tied, variance="estimated"), ks=2, cases=1)
    assert "returns (theta, variance)" in report["tied_step"].breach.text
    with pytest.raises(InputError, match="variance 'full'; choose True, False or 'estimated'"):
        of_tied_means(tied, variance="full")
