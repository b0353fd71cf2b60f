"""What the probe is asked is read exactly, and what a view means is decided exactly."""

import contextlib
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overspec import Energies, InputError, Mixture
from overspec.proofs.rates.null_law import null_law
from overspec.reports.probe.choice import FIELDS, Choice, fields_of
from overspec.reports.probe.verdict import Part, nulls_of, verdict
from overspec.verify.em.population import trajectory
from overspec.verify.em.simplices import SMALL_KL, simplex_run
from overspec.verify.engines.evaluate import evaluate

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


@pytest.mark.parametrize("fields", VIEWS)
def test_every_view_has_a_verdict(fields: dict[str, str]) -> None:
    found = verdict(Choice.read(fields))
    assert found.words
    assert found.requirements
    for fact in found.facts:
        assert float(fact.value.low) <= float(fact.value.high)


def test_the_choice_survives_its_own_address_and_command() -> None:
    for fields in VIEWS:
        choice = Choice.read(fields)
        assert Choice.read(choice.query) == choice
        words = choice.command().split()
        assert words[:2] == ["overspec", "probe"]


@pytest.mark.parametrize(
    "mixture",
    [Mixture.simplex(4, "2/5,3/10,1/5,1/10"), Mixture.simplex(10**6, "one-heavy:1/2"),
     Mixture.simplex(7, "uniform", 9), Mixture.simplex(2, "2/3,1/3"),
     Mixture.simplex(3, "1/2,(sqrt(5)-1)/4,(3-sqrt(5))/4")],
)  # fmt: skip
def test_a_mixture_survives_its_fields(mixture: Mixture) -> None:
    assert Choice.read(fields_of(mixture)).mixture == mixture


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


@pytest.mark.slow
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
