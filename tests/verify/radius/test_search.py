"""γ by search: against brute force, its options, and what it refuses."""

import math
from fractions import Fraction
from inspect import signature
from typing import Any

import numpy as np
import pytest
from sizes import slow_but

from overspec import Energies, InputError, Mixture, Weights
from overspec.commands.radius import radius
from overspec.reports.probe.choice import Choice
from overspec.verify.enclosures import laplace
from overspec.verify.enclosures.evaluate import certified_evaluation
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.radius import search
from overspec.verify.radius.bracket import certified_gamma
from overspec.verify.radius.options import KINDS
from overspec.verify.radius.search import _directions, _least, _Search, gamma
from overspec.verify.sweep.spec import read_spec

pytestmark = pytest.mark.numeric

HEAVY = {k: Mixture.simplex(k, "one-heavy:9/10") for k in (2, 3, 4)}


def least(mixture: Mixture, kind: str, amplitudes: list[Fraction]) -> float:
    value = evaluate(mixture, Energies.of_amplitudes(mixture.k, amplitudes), digits=10)
    return float(min(value.g[1:]) if kind == "factor" else value.hessian_eigenvalues[0])


@pytest.mark.parametrize("k", slow_but([2, 3, 4], quick=[2, 3]))
@pytest.mark.parametrize("kind", ["jacobian", "factor"])
def test_the_threshold_is_crossed_at_the_worst_point_and_not_before(k: int, kind: str) -> None:
    found = gamma(HEAVY[k], kind, gap="9/10", digits=5)
    threshold = 0.9 * found.sigma
    worst = [Fraction(a) for a in found.worst_point]
    assert math.hypot(*found.worst_point) == pytest.approx(found.lower, abs=2e-5)
    assert found.upper - found.lower == pytest.approx(2e-5)
    assert least(HEAVY[k], kind, worst) == pytest.approx(threshold, abs=1e-4)
    radius = Fraction(found.lower) * Fraction(99, 100)
    for step in range(9):  # the quarter circle just inside
        angle = math.pi / 2 * step / 8
        parts = [math.cos(angle), math.sin(angle)][: k // 2] if k == 4 else [1.0]
        assert least(HEAVY[k], kind, [radius * Fraction(p) for p in parts]) > threshold


def test_the_grid_of_directions_has_the_axes() -> None:
    rays = {tuple(ray.tolist()) for ray in _directions(HEAVY[4])}
    assert {(1.0, 0.0), (0.0, 1.0)} < rays


def test_the_least_crossing_is_refined_though_the_last_direction_has_none() -> None:
    def slack(point: Any, accuracy: float) -> float:
        angle = math.atan2(point[1], point[0])
        return 1.0 if angle < 0.2 else 2 + (angle - 0.7) ** 2 - float(np.hypot(*point))

    found, direction = _least(_Search(slack, 1e-6, 1e-9, 10.0), _directions(HEAVY[4]))
    assert found == pytest.approx(2, abs=1e-6)
    assert math.atan2(direction[1], direction[0]) == pytest.approx(0.7, abs=1e-3)


@pytest.mark.parametrize("side", [0, 1])
def test_an_axis_is_an_axis(side: int) -> None:
    """Where beside an axis the crossing is less by under the tolerance, the axis is given.

    At 2·10⁻⁴ it is, by 2·10⁻⁸; the search goes there from the axis.
    """

    def slack(point: Any, accuracy: float) -> float:
        angle = math.atan2(point[1 - side], point[side])
        return 2 + 0.5 * (angle - 2e-4) ** 2 - float(np.hypot(*point))

    found, direction = _least(_Search(slack, 1e-6, 1e-8, 10.0), _directions(HEAVY[4]))
    assert found == pytest.approx(2, abs=1e-7)
    assert direction[side] == 1
    assert direction[1 - side] == 0


def test_beside_an_axis_is_not_on_it() -> None:
    """An amplitude as small stays where the axis itself fails later."""

    def slack(point: Any, accuracy: float) -> float:
        return 2 + 20 * (math.atan2(point[1], point[0]) - 0.006) ** 2 - float(np.hypot(*point))

    found, direction = _least(_Search(slack, 1e-6, 1e-9, 10.0), _directions(HEAVY[4]))
    assert found == pytest.approx(2, abs=1e-7)
    assert math.atan2(direction[1], direction[0]) == pytest.approx(0.006, abs=1e-3)


@pytest.mark.slow
def test_the_simplex_is_one_direction_of_many() -> None:
    everywhere = gamma(HEAVY[4], "factor", gap="9/10", digits=4)
    simplex = gamma(HEAVY[4], "factor", gap="9/10", digits=4, orbit="simplex")
    assert everywhere.upper < simplex.lower
    a, b = simplex.worst_point
    assert a**2 == pytest.approx(2 * b**2)


def test_gaps_nest_and_kinds_are_ordered() -> None:
    """λ_min(I − DM) ≤ min g, so the jacobian radius is not the larger one."""
    radii = [gamma(HEAVY[3], "jacobian", gap=Fraction(n, 20), digits=4).lower for n in (19, 18, 17)]
    assert radii == sorted(radii)
    factor = gamma(HEAVY[3], "factor", gap=Fraction(19, 20), digits=4)
    assert radii[0] <= factor.lower


def test_idle_dimensions_do_not_matter() -> None:
    wide = Mixture.simplex(3, "one-heavy:9/10", d=7)
    ours, theirs = (gamma(m, gap="9/10", digits=5).lower for m in (wide, HEAVY[3]))
    assert ours == pytest.approx(theirs, abs=1e-5)


def test_two_components_are_convex_as_far_as_one_looks() -> None:
    """k = 2: λ_max(DM) = E x² sech² < 1 for every θ ≠ 0."""
    found = gamma(HEAVY[2], "convexity", digits=4, r_max=4.0)
    assert (found.lower, found.upper, found.worst_point) == (4.0, math.inf, ())


@pytest.mark.parametrize("kind", KINDS)
def test_null_frequencies_are_refused_by_name(kind: str) -> None:
    with pytest.raises(InputError, match="frequency 2 is 0"):
        gamma(Mixture.simplex(4, "2/5,3/10,1/10,1/5"), kind)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kind": "spectral"}, "kind"),
        ({"orbit": "cube"}, "orbit"),
        ({"gap": 0}, "strictly between"),
        ({"gap": 1}, "strictly between"),
        ({"gap": "3/2"}, "strictly between"),
        ({"gap": 0.5}, "not exact"),
        ({"digits": 0}, "digits"),
        ({"digits": 140}, "at most 100"),
        ({"r_max": -1.0}, "positive"),
        ({"r_max": math.nan}, "positive"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        gamma(HEAVY[3], **options)


def test_the_simplex_orbit_needs_the_simplex_action() -> None:
    with pytest.raises(InputError, match="no regular simplex"):
        gamma(Mixture.of(4, "one-heavy:9/10", {1: 2}), orbit="simplex")


@pytest.mark.parametrize("k", [3, 12])
def test_below_the_simplex_a_polygon(k: int) -> None:
    """d = 2, one frequency: L is radial, and a plain sum over the plane finds the same γ."""
    mixture = Mixture.of(k, "one-heavy:9/10", {1: 1})
    found = gamma(mixture, "factor", gap="9/10", digits=6)
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    x, y = (axis.ravel() for axis in np.meshgrid(nodes, nodes))
    mass = np.outer(weights, weights).ravel() / weights.sum() ** 2
    angles = 2 * np.pi * np.arange(k) / k
    heights = np.outer(x, np.cos(angles)) + np.outer(y, np.sin(angles))
    shares = np.array([float(w) for w in mixture.weights])

    def factor(radius: float) -> float:
        w = shares * np.exp(radius * heights)
        w /= w.sum(axis=1, keepdims=True)
        return float(mass @ np.abs(w @ np.exp(1j * angles)) ** 2)

    assert factor(found.lower) > 0.9 * found.sigma > factor(found.upper)


def test_too_many_dimensions_or_means_are_refused() -> None:
    for mixture in (Mixture.of(9, "linear", {1: 1, 2: 1, 3: 1}), Mixture.of(500, "linear", {1: 1})):
        with pytest.raises(InputError, match="5 dimensions"):
            gamma(mixture, "factor")


HEAVY_IN_THE_MIDDLE = "1/6000x1500,1/2,1/6000x1500"


@pytest.mark.parametrize("kind", KINDS)
def test_where_the_heavy_weight_stands_does_not_matter(kind: str) -> None:
    """All g_m are equal however the others are split into runs: any k is reached."""
    first, middle = (
        gamma(Mixture.simplex(3001, weights), kind, "9/10", "simplex")
        for weights in ("1/2,1/6000x3000", HEAVY_IN_THE_MIDDLE)
    )
    assert middle.lower == pytest.approx(first.lower, abs=1e-9)
    assert middle.upper == pytest.approx(first.upper, abs=1e-9)
    if kind == "jacobian":
        assert first.lower == pytest.approx(0.376, abs=5e-4)


def test_the_same_kind_is_meant_everywhere_where_none_is_given() -> None:
    (option,) = [p for p in radius.params if p.name == "kind"]
    (task,) = read_spec('[[grid]]\nk = [2]\nweights = ["9/10,1/10"]')
    searched, certified = (signature(f).parameters["kind"] for f in (gamma, certified_gamma))
    kinds = [option.default, task.kind, Choice.read({}).kind, searched.default, certified.default]
    assert set(kinds) == {"jacobian"}


MANY = Mixture.simplex(5000, "linear")


@pytest.mark.parametrize("certified", [False, True])
def test_many_different_weights_are_refused_before_the_work(
    certified: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a frequency is null took minutes at k = 10^5, and came first."""
    monkeypatch.delattr(search, "null_frequencies")
    ask = certified_gamma if certified else gamma
    with pytest.raises(InputError, match=r"distinct weights .* reach|beyond k = 2001"):
        ask(MANY, "factor", orbit="simplex")


def test_terms_are_counted_before_the_sums_of_every_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(laplace, "characters")
    with pytest.raises(InputError, match=r"5000 distinct weights .* terms"):
        certified_evaluation(MANY, Energies.regular_simplex(5000, 1), 15)


def test_weights_that_differ_are_told_by_the_first_few() -> None:
    assert not MANY.weights.alike
    for alike in ("1/4,1/2,1/4", "1/5x5", "1/8x3,5/8", "1/6,1/3,1/6x3", "1/8x5,1/4,1/8"):
        assert Weights.of(alike).alike
    for other in ("1/8,1/4,1/8,1/2", "1/6,1/6,1/3,1/3", "1/8,1/4,1/8,1/4,1/4"):
        assert not Weights.of(other).alike
