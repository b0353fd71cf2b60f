"""What an experiment may say of a number: holds, refuted, or nothing; and its error estimates."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from toy import TOY

from overspec.evidence import Evidence, Outcome
from overspec.mixture import Energies, Mixture
from overspec.verify.claims.claim import Form
from overspec.verify.em.population import trajectory
from overspec.verify.em.sample import sample_em
from overspec.verify.experiments.data import digits
from overspec.verify.experiments.experiment import Experiment, Settings, run
from overspec.verify.experiments.interval import DOUBT, Case, Interval, decided
from overspec.verify.experiments.limits import limit, settled
from overspec.verify.experiments.start import radius
from overspec.verify.experiments.weights import convergence, weights

TWELFTH = Interval(1 / 12 + 3e-7, 1e-6, 1)


# --- one number, and many -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "predicted", "passed"),
    [
        (TWELFTH, 1 / 12, True),
        (TWELFTH, 1 / 12 * 1.02, False),
        (TWELFTH, 1 / 12 * 0.98, False),
        (replace(TWELFTH, half=1e-3), 1 / 12, None),  # the error is too large to tell
        (replace(TWELFTH, half=math.inf), 1 / 12, None),  # the error is not known
        (replace(TWELFTH, half=math.inf), 1.0, None),
        (replace(TWELFTH, mean=math.nan), 1 / 12, None),  # nothing was measured
        (replace(TWELFTH, sure=1e-2), 1 / 12 * 1.02, None),  # off, but perhaps by the allowance
        (replace(TWELFTH, sure=1e-2), 1 / 12 * 1.2, False),
    ],
)
def test_what_is_told_of_a_number(number: Interval, predicted: float, passed: object) -> None:
    assert number.case("", predicted, tells=1e-4).passed is passed


@pytest.mark.parametrize("predicted", [1 / 12, 1.0])
def test_an_unknown_error_tells_nothing(predicted: float) -> None:
    case = replace(TWELFTH, half=math.inf).case("", predicted)
    assert (case.passed, case.slack) == (None, -math.inf)


def test_an_allowance_refutes_only_what_is_off_by_a_multiple_of_it() -> None:
    number = Interval.of([1.0, 1.0 + 1e-9, 1.0 - 1e-9], least=0.01)
    assert number.case("", 1.005).passed is True
    assert number.case("", 1 + 0.9 * DOUBT * 0.01).passed is None
    assert number.case("", 1 + 1.1 * DOUBT * 0.01).passed is False


def test_repetitions_refute_at_a_higher_confidence_than_they_confirm() -> None:
    number = Interval.of(np.random.default_rng(0).standard_normal(30))
    assert number.sure is not None
    between = number.mean + (number.half + number.sure) / 2
    assert number.case("", between).passed is None
    assert number.case("", number.mean + 1.01 * number.sure).passed is False


@pytest.mark.parametrize(
    ("cases", "outcome"),
    [
        ((True, True), Outcome.HOLDS),
        ((True, None), Outcome.INCONCLUSIVE),
        ((None, None), Outcome.INCONCLUSIVE),
        ((True, False), Outcome.REFUTED),
        ((None, False), Outcome.REFUTED),
    ],
)
def test_one_outcome_of_many_numbers(cases: tuple[bool | None, ...], outcome: Outcome) -> None:
    listed = [Case(f"case {n}", 0.1 * n, passed) for n, passed in enumerate(cases)]

    def judge(payload: bool, measured: int) -> object:
        wrong = [Case("a mutant", -1.0, False)]
        return decided(listed if payload else wrong, Evidence.MEASURED)

    toy: Experiment = replace(
        TOY, judge=judge, stated=Form("so", True), mutants=(Form("not so", False),)
    )
    assert run(toy, Settings(quick=True)).certificate.outcome is outcome


def test_a_mutant_that_is_not_refuted_makes_all_inconclusive() -> None:
    def judge(payload: bool, measured: int) -> object:
        return decided([Case("", 0.5, True if payload else None)], Evidence.MEASURED)

    toy = replace(TOY, judge=judge, stated=Form("so", True), mutants=(Form("not so", False),))
    assert run(toy, Settings(quick=True)).certificate.outcome is Outcome.INCONCLUSIVE


def test_nothing_measured_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        decided([], Evidence.MEASURED)


# --- limits -------------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [2.0, 4.0])
def test_the_error_of_a_limit_is_not_below_the_true_one(ratio: float) -> None:
    """Random series that converge beyond the first h, some terms a tenth of what they might be,
    with rounding of any size."""
    rng = np.random.default_rng(1)
    power, told = math.log2(ratio), 0
    for _ in range(400):
        size = rng.choice([-1.0, 1.0], 12) * rng.uniform(0.1, 1.0, 12)
        coefficients = size * rng.uniform(0.2, 1.5) ** np.arange(12)
        noise = 10.0 ** -rng.uniform(4, 16)
        h = 0.5 * 2.0 ** -np.arange(rng.integers(4, 7))
        values = np.polynomial.polynomial.polyval(h**power, coefficients)
        values += noise * rng.uniform(-1, 1, len(h))
        found = limit(values.tolist(), [noise] * len(h), ratio)
        assert abs(found.mean - coefficients[0]) <= found.half
        told += math.isfinite(found.half)
    assert told > 300


def test_the_error_of_a_limit_is_of_the_order_of_the_truth_where_rounding_is_all() -> None:
    rng = np.random.default_rng(2)
    ratios = []
    for _ in range(200):
        values = 1 + 1e-6 * rng.choice([-1.0, 1.0], 5)
        found = limit(values.tolist(), [1e-6] * 5)
        assert abs(found.mean - 1) <= found.half
        ratios.append(found.half / abs(found.mean - 1))
    assert np.median(ratios) < 10


@pytest.mark.parametrize("noise", [1e-3, 1e-6])
def test_a_series_that_has_no_digits_has_no_limit(noise: float) -> None:
    """Values that jump by far more than their stated errors do not follow the expansion."""
    rng = np.random.default_rng(3)
    for _ in range(50):
        values = (1 + noise * rng.choice([-1.0, 1.0], 2)).tolist()
        jumps = [*values, values[-1] + 3 * noise, values[-1] - 3 * noise, values[-1] + 9 * noise]
        assert limit(jumps, [1e-15] * 5).half == math.inf


def test_limits_need_enough_values() -> None:
    with pytest.raises(ValueError, match="three values"):
        limit([1.0, 1.0], [0.0, 0.0])
    with pytest.raises(ValueError, match="three values"):
        settled([1.0, 1.0], 0.0)


def test_what_settles_is_within_its_error() -> None:
    for fall in (0.05, 0.3, 0.49):
        values = [1 + fall**n for n in range(3)]
        found = settled(values, 1e-15)
        assert abs(found.mean - 1) <= found.half
        assert found.half <= 3 * fall**2 / fall
    assert settled([1 + 0.7**n for n in range(3)], 1e-15).half == math.inf


# --- the numbers of the experiments ---------------------------------------------------------------


def test_a_slope_that_has_not_settled_is_undecided() -> None:
    """The run is over before the slow block is alone: wrong by more than the last move."""
    mixture = Mixture.simplex(4, "2/5,3/10,3/25,9/50")
    curve = weights._run("nearly degenerate", str(mixture.weights), 60)
    number = weights._slope(curve)
    found = weights.Measured((number,), (curve,), ())
    assert weights.judge(weights.Prediction(), found).passed is None


@pytest.mark.parametrize("distance", ["1/16", "1/8"])
def test_the_error_of_a_slope_is_not_below_the_true_one(distance: str) -> None:
    """Runs that end anywhere between the power law and the exponential: it is known or infinite."""
    whole = weights._run("", weights.near(Fraction(distance)), 240)
    for steps in range(20, 240, 10):
        curve = replace(whole, kl=whole.kl[: steps + 1], norms=whole.norms[: steps + 1])
        number = weights._slope(curve)
        off = abs(number.value.mean - convergence.asymptotic(number.mixture))
        assert off <= number.value.half


def test_kl_is_as_good_as_the_curve_says() -> None:
    """Against the energy form at many nodes: from E log S above 1e-9, of order |θ|² below."""
    curve = weights._run("", "2/5,3/10,1/5,1/10", 240)
    for t in (10, 100, 200, 240):
        assert 0 < curve.error(t) < 1e-4
    mixture = Mixture.simplex(2)
    run = trajectory(mixture, Energies.regular_simplex(2, "1/100"), 1)
    r, kl = run.steps[0].norm, run.steps[0].kl
    series = r**4 / 4 - r**6 / 3 + 17 * r**8 / 24  # of L = r²/2 − E log cosh(rx)
    seen = weights.Curve("", mixture, (kl,), (r,))
    assert abs(kl - series) <= seen.error(0) * series + 4 * r**10


def test_the_missing_likelihood_is_that_of_the_likelihood() -> None:
    mixture = Mixture.simplex(4, convergence.SLOWEST)
    rows = np.random.default_rng(5).standard_normal((2000, 3))
    run = sample_em(rows, mixture, (0.5, 0.1, 0.3), 400, tolerance=1e-9)
    missing = convergence.missing_likelihood(np.array([step.theta for step in run.steps]))
    levels = np.array([step.log_likelihood for step in run.steps])
    for t in range(len(missing)):
        if 1e-8 < missing[t] < 1e-6:
            assert missing[t] == pytest.approx(levels[-1] - levels[t], rel=1e-3, abs=1e-13)


def test_last_places_do_not_move_a_slope_of_a_sample() -> None:
    path = [np.array([1.0, 0.5])]
    while len(path) < 60:
        path.append(path[-1] * np.array([0.75, 0.6]))
    exact = np.array(path)
    rng = np.random.default_rng(6)
    shaken = exact + 4e-16 * rng.uniform(-1, 1, exact.shape)
    before, after = (convergence.missing_likelihood(one) for one in (exact, shaken))
    inside = (before > convergence.WINDOW[0]) & (before < convergence.WINDOW[1])
    assert inside.sum() > 5
    assert after[inside] == pytest.approx(before[inside], rel=1e-9)


RUN = radius.Run(2.0, 0.5, 0.5, 0.5, 10, False)
MIXTURE = Mixture.simplex(4, "one-heavy:9/10")


def test_a_run_that_has_not_arrived_refutes_only_when_it_must_have() -> None:
    form = radius.Prediction()
    assert radius._arrives(form, RUN, math.inf, False, MIXTURE).passed is None
    assert radius._arrives(form, RUN, math.inf, True, MIXTURE).passed is False
    came = replace(RUN, arrived=True)
    assert radius._arrives(form, came, math.inf, False, MIXTURE).passed is True


@pytest.mark.parametrize(
    ("seen", "predicted", "passed"),
    [
        (None, math.inf, True),
        (None, 2.0, False),
        (None, 5.0, None),  # farther out than was looked
        (Interval(1.0, 1e-5, 1), math.inf, False),
        (Interval(1.0, 1e-5, 1), 1.000001, True),
        (Interval(1.0, 1e-5, 1), 1.02, False),
        (Interval(1.0, math.inf, 1), 1.02, None),
    ],
)
def test_crossings(seen: Interval | None, predicted: float, passed: object) -> None:
    assert radius.crosses(seen, predicted, "").passed is passed


@pytest.mark.parametrize(
    ("mean", "above", "passed"), [(2.0, True, True), (0.4, True, False), (1.1, True, None),
                                  (2.0, False, False), (0.4, False, True), (1.1, False, None)],
)  # fmt: skip
def test_above_a_level(mean: float, above: bool, passed: object) -> None:
    assert digits._above("", Interval(mean, 0.5, 9), 1.0, above).passed is passed


@pytest.mark.slow
def test_a_tiny_weights_run_says_the_same_under_rounding() -> None:
    """Every KL off by as much as is stated of it, either way at random: nothing is refuted."""
    rng = np.random.default_rng(7)
    curves = [weights._run("", w, 320) for w in ("uniform", weights.DEGENERATE)]
    for _ in range(20):
        for curve in curves:
            shaken = tuple(
                kl * (1 + curve.error(t) * rng.uniform(-1, 1)) for t, kl in enumerate(curve.kl)
            )
            numbers = tuple(weights._power_law(replace(curve, kl=shaken)))
            found = weights.Measured(numbers, (curve,), ())
            assert weights.judge(weights.Prediction(), found).passed is not False
