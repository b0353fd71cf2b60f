"""The probe's numbers: what is asked is read exactly, and what is shown is the library's."""

import contextlib
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sizes import slow_but

from overspec import Energies, InputError, Mixture
from overspec.evidence import Evidence
from overspec.figure import FigureData
from overspec.proofs.rates.null_law import null_law
from overspec.reports.probe.choice import FIELDS, Choice, bars, heights_of
from overspec.reports.probe.parts import Part, nulls_of, verdict
from overspec.reports.probe.view import PARTS, is_slow, part
from overspec.verify.em.population import trajectory
from overspec.verify.em.simplices import SMALL_KL, simplex_run
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.spectrum import float_weights
from overspec.verify.radius.search import gamma

DEGENERATE = {"k": "4", "weights": "2/5,3/10,1/10,1/5"}
FAR = {"k": "1000000", "weights": "one-heavy:1/2", "gap": "1/2"}
VIEWS = [
    {},
    DEGENERATE,
    FAR,
    {"k": "2", "weights": "9/10,1/10", "kind": "jacobian"},
    {"k": "3", "weights": "1/2,(sqrt(5)-1)/4,(3-sqrt(5))/4", "digits": "20"},
    {"k": "5", "weights": "linear", "amplitudes": "1,0", "gap": "1/2"},
    {"k": "4", "weights": "uniform", "amplitudes": "0,1"},
    {"k": "1000000", "weights": "uniform", "kind": "convexity"},
    {"k": "20", "weights": "random:1", "d": "30"},
]


def value(found: Part, name: str) -> float:
    """The middle of a shown number."""
    (fact,) = [fact for fact in found.facts if fact.name == name]
    return (float(fact.value.low) + float(fact.value.high)) / 2


def curve(figure: FigureData | None, label: str) -> list[tuple[float, float]]:
    assert figure is not None
    (series,) = [s for s in figure.panels[0].series if s.label == label]
    return [(float(a), float(b)) for a, b in zip(series.x, series.y, strict=True)]


@pytest.mark.parametrize(
    "fields", slow_but(VIEWS, lambda view: view.get("k") in (None, "4", "1000000"))
)
def test_every_part_of_every_view_says_something(fields: dict[str, str]) -> None:
    choice = Choice.read(fields)
    for name in PARTS:
        found = part(name, choice)
        assert found.words or found.figure or found.facts
        assert not any("Nothing is shown here" in words for words in found.words)
        for fact in found.facts:
            assert float(fact.value.low) <= float(fact.value.high)


def test_the_choice_survives_its_own_address_and_command() -> None:
    for fields in VIEWS:
        choice = Choice.read(fields)
        assert Choice.read(choice.query) == choice
        words = choice.command().split()
        assert words[:2] == ["overspec", "probe"]


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.text(max_size=12)))
def test_nonsense_is_answered_by_a_sentence(fields: dict[str, str]) -> None:
    with contextlib.suppress(InputError):  # any other exception is a defect
        Choice.read(fields)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("k", "four", "whole number"),
        ("k", "1", "from 2"),
        ("k", "10000000", "from 2 to"),
        ("d", "2", "from 3"),
        ("weights", "one-heavy:2", "strictly in (0, 1)"),
        ("weights", "1/2,1/2", "2 weights for k = 4"),
        ("weights", "__import__('os')", "not an exact number"),
        ("gap", "1", "strictly between 0 and 1"),
        ("gap", "1/0", "division by zero"),
        ("kind", "hyperbolic", "choose"),
        ("orbit", "x", "choose"),
        ("digits", "99", "from 1 to"),
        ("radius", "-1", "negative"),
        ("radius", "0", "above 0"),
        ("radius", "1e9", "beyond"),
        ("amplitudes", "1", "give one for each"),
        ("steps", "1e9", "whole number"),
        ("steps", "9999999999999", "whole number"),
        ("colour", "red", "not known"),
    ],
)
def test_each_field_says_what_is_wrong_with_it(name: str, text: str, says: str) -> None:
    with pytest.raises(InputError) as error:
        Choice.read({name: text})
    assert says in str(error.value)


def test_bars_are_exact_weights() -> None:
    assert sum(map(Fraction, bars((100, 37, 1)).split(","))) == 1
    assert heights_of(Mixture.simplex(3, bars((100, 37, 1)))) == (100, 37, 1)
    with pytest.raises(InputError):
        bars((3, 0))


def test_the_sentence_follows_the_exact_condition() -> None:
    regular = verdict(Choice.read({"k": "4", "weights": "2/5,3/10,1/5,1/10"}))
    degenerate = verdict(Choice.read(DEGENERATE))
    assert regular.words[0].startswith("Regular")
    assert degenerate.words[0].startswith("Degenerate: frequency 2 is null")
    assert [r.holds for r in degenerate.requirements] == [True, False]
    assert [r.holds for r in regular.requirements] == [True, True]
    law = null_law(Mixture.simplex(4, DEGENERATE["weights"]))
    assert law is not None
    assert math.isclose(value(degenerate, "limit of t² KL"), float(law.divergence_limit))
    # the steps that the sentence promises for ε = 1e-6 are what EM takes, to the order of 1/t
    start = Choice.read(DEGENERATE)
    run = trajectory(start.mixture, start.start, 270, digits=8)
    crossing = next(row.t for row in run.steps if row.kl <= 1e-6)
    assert f"{crossing:.0f}" != "0"
    assert abs(crossing - 250) < 15


def test_a_start_without_energy_in_the_null_block_is_told_apart() -> None:
    found = verdict(Choice.read(DEGENERATE | {"amplitudes": "1,0"}))
    assert "no energy there" in found.words[0]


def test_null_frequencies_are_counted_at_any_k() -> None:
    assert nulls_of(Mixture.simplex(10**6, "uniform")).count == 500_000
    assert nulls_of(Mixture.simplex(10**6, "one-heavy:1/2")).count == 0
    assert nulls_of(Mixture.simplex(12, "uniform")).frequencies == (1, 2, 3, 4, 5, 6)


@pytest.mark.parametrize("fields", slow_but([{}, FAR, {"k": "3", "kind": "jacobian"}], [{}, FAR]))
def test_the_radii_are_those_of_the_library(fields: dict[str, str]) -> None:
    choice = Choice.read(fields)
    found = part("profile", choice)
    direct = gamma(choice.mixture, "factor", choice.gap, "simplex", choice.digits)
    assert math.isclose(value(found, "γ^g_c, simplex orbits"), (direct.lower + direct.upper) / 2)
    figure = found.figure
    # where the curve of the least factor meets cσ is γ, and the proved bound lies below
    factors = curve(figure, "min g_m, simplex")
    level = curve(figure, "cσ")[0][1]
    middle = value(found, "γ^g_c, simplex orbits")
    assert all(g > level for r, g in factors if r < middle)
    assert min(g for r, g in factors if r > middle) < level
    (bound,) = [f for f in found.facts if f.name.startswith("lower bound")]
    assert bound.value.evidence is Evidence.PROVED
    assert float(bound.value.low) < middle


def test_every_gamma_is_marked() -> None:
    found = part("profile", Choice.read(FAR))
    assert found.figure is not None
    labels = [s.label for s in found.figure.panels[0].series]
    finite = [f.name for f in found.facts if f.value.high != "inf"]
    assert len(finite) == 3  # jacobian, factor and convexity
    assert set(finite) <= set(labels)


@pytest.mark.slow
def test_over_all_theta_the_search_is_the_library_s() -> None:
    choice = Choice.read({"k": "4", "orbit": "all", "digits": "3", "kind": "factor"})
    found = part("profile", choice)
    direct = gamma(choice.mixture, "factor", choice.gap, "all", 3)
    assert math.isclose(value(found, "γ^g_c, all θ"), (direct.lower + direct.upper) / 2)


@pytest.mark.parametrize("kind", slow_but(["factor", "jacobian", "convexity"], ["factor"]))
def test_gamma_tends_to_the_limit_that_is_drawn(kind: str) -> None:
    found = part("components", Choice.read(FAR | {"kind": kind}))
    assert found.figure is not None
    limit = curve(found.figure, "limit k → ∞")[0][1]
    points = curve(found.figure, "γ, by search")
    assert points[-1][0] == 10**6
    assert abs(points[-1][1] - limit) < 1e-3
    if kind != "convexity":
        bounds = dict(curve(found.figure, "lower bound"))
        assert all(bounds[k] < radius for k, radius in points)


def test_a_run_on_simplices_is_the_run_of_the_lattice() -> None:
    heavy = Mixture.simplex(4, "one-heavy:7/10")
    start = Energies.regular_simplex(4, 2)
    slow = trajectory(heavy, start, 12, digits=12).steps  # KL falls to 1e-10
    for row, other in zip(simplex_run(heavy, start, 12), slow, strict=True):
        assert math.isclose(row.norm, other.norm, rel_tol=1e-9)
        assert math.isclose(row.kl, other.kl, rel_tol=1e-5)


@pytest.mark.parametrize(
    ("k", "weights", "radius"),
    [(10**6, "one-heavy:1/2", Fraction(1, 100)), (10**6, "one-heavy:99/100", 5),
     (10**6, "uniform", Fraction(1, 10)), (4, "uniform", Fraction(1, 100))],
)  # fmt: skip
def test_near_zero_kl_is_the_energy_form(k: int, weights: str, radius: int | Fraction) -> None:
    mixture = Mixture.simplex(k, weights)
    rows = simplex_run(mixture, Energies.regular_simplex(k, radius), 20)
    near = [row for row in rows if 0 < row.kl < SMALL_KL]
    assert len(near) > 4
    nodes, mass = np.polynomial.legendre.leggauss(12)
    for row in near[::4]:
        terms = []
        for s, half in zip(((nodes + 1) / 2).tolist(), (mass / 2).tolist(), strict=True):
            point = Energies.regular_simplex(k, Fraction(s * row.norm))
            terms.append(half * s * float(evaluate(mixture, point, 14, modes=1).g[1]))
        assert math.isclose(row.kl, math.fsum(terms) * row.norm**2, rel_tol=1e-9)


@pytest.mark.parametrize("fields", [{}, FAR, {"k": "3", "weights": "1/2,3/10,1/5"}])
def test_kl_falls_at_the_predicted_slope(fields: dict[str, str]) -> None:
    found = part("divergence", Choice.read(fields | {"steps": "150"}))
    measured = value(found, "KL per step, at the end")
    predicted = value(found, "KL per step, predicted")
    assert abs(measured - predicted) < 1e-4
    assert abs(measured - math.sqrt(predicted)) > 1e-3  # PL's weaker rate would be seen


def test_kl_falls_by_the_null_law() -> None:
    found = part("divergence", Choice.read(DEGENERATE | {"steps": "400"}))
    assert abs(value(found, "t² KL at the end") / value(found, "C, the limit of t² KL") - 1) < 0.03


def test_the_portrait_s_steps_are_those_of_em() -> None:
    choice = Choice.read({"k": "5", "weights": "linear", "amplitudes": "1,2"})
    drawn = curve(part("phase", choice).figure, "EM from θ_0")
    run = trajectory(choice.mixture, choice.start, 5).steps
    for (a, b), row in zip(drawn[:6], run, strict=True):
        assert abs(a - row.amplitudes[0]) < 1e-3
        assert abs(b - row.amplitudes[1]) < 1e-3


def test_numbers_at_the_start_are_those_of_the_library() -> None:
    choice = Choice.read({"k": "4", "weights": "linear", "amplitudes": "1,1/2", "digits": "12"})
    found = part("start", choice)
    direct = evaluate(choice.mixture, choice.start, 12)
    assert math.isclose(value(found, "KL at the start (nats)"), direct.kl, rel_tol=1e-12)
    assert math.isclose(value(found, "g_2 at the start"), direct.g[2], rel_tol=1e-12)
    least = value(found, "least eigenvalue of the Hessian at the start")
    assert math.isclose(least, direct.hessian_eigenvalues[0], rel_tol=1e-9)


def test_the_spectrum_marks_its_zeros() -> None:
    figure = part("spectrum", Choice.read(DEGENERATE)).figure
    assert curve(figure, "π̂_m = 0") == [(0.0, 0.0)]
    radii = [math.hypot(a, b) for a, b in curve(figure, "π̂_m")]
    assert all(math.isclose(r, math.sqrt(0.1), rel_tol=1e-6) for r in radii)
    regular = part("spectrum", Choice.read({})).figure
    assert regular is not None
    assert all(series.style != "mark" for series in regular.panels[0].series)


@pytest.mark.parametrize("weights", ["one-heavy:1/2", "uniform"])
def test_the_spectrum_of_very_many_weights_is_that_of_the_transform(weights: str) -> None:
    k = 2001
    drawn = curve(part("spectrum", Choice.read({"k": f"{k}", "weights": weights})).figure,
                  "π̂_m" if weights != "uniform" else "π̂_m = 0")  # fmt: skip
    entries = np.fft.fft(float_weights(Mixture.simplex(k, weights))).conj()[1 : len(drawn) + 1]
    assert np.allclose([complex(a, b) for a, b in drawn], entries, atol=1e-12)


def test_a_part_whose_gamma_is_kept_shows_no_progress_sign() -> None:
    choice = Choice.read(FAR)
    assert {name for name in PARTS if is_slow(name, choice)} == {"profile", "components"}
    assert not any(is_slow(name, choice, kept=True) for name in PARTS)
    many = Choice.read({"k": "200", "weights": "linear"})
    assert is_slow("profile", many, kept=True)
