"""What is printed as evidence is what was done: words, scope, hypotheses, dependencies."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import replace
from functools import cache
from graphlib import TopologicalSorter
from itertools import product

import pytest

from overspec import Energies, Evidence, Mixture, Outcome, Provenance
from overspec.evidence import ANY, Assumption, Certificate, Extent, worth
from overspec.proofs.catalogue import DERIVATIONS
from overspec.proofs.lloyd.any_k import AnyK
from overspec.reports.content.summary import closing_sentence
from overspec.verify.claims import run as running
from overspec.verify.claims.claim import Claim, Finding, Form, Scope, assumptions, examine
from overspec.verify.claims.exact import Argument
from overspec.verify.claims.found.scope import of_derivation, of_measurement
from overspec.verify.claims.found.uses import RESTS, tools
from overspec.verify.claims.ledger import Ledger, run_for
from overspec.verify.claims.registry import DIRECT, EXACT, LABELS, claim, used
from overspec.verify.claims.run import inherit

WHERE = Provenance("test", "0")
FREE = Extent(ANY, ANY, ANY, ANY)


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("extent", "under"),
    [
        (extent, under)
        for extent, under in product(
            (
                FREE,
                replace(FREE, k=(2, 3)),
                replace(FREE, weights=("4/5,1/5",)),
                replace(FREE, k=(3,), weights=("1/2,1/4,1/4",)),
            ),
            (0, 1, 2),
        )
        if (extent, under) != (FREE, 0)
    ],
)
def test_plain_proved_is_for_every_k_and_weights_and_without_hypotheses(
    extent: Extent, under: int
) -> None:
    words = worth(Evidence.PROVED, extent, under)
    assert words.startswith("proved ")
    assert (" under " in words) == (under > 0)
    assert (" for " in words) == (extent != FREE)
    assert worth(Evidence.PROVED, FREE) == "proved"


@pytest.mark.slow
def test_what_runs_for_one_k_is_not_plain_proved() -> None:
    """Derivations run for some k, those with a symbol k aside; others look at finitely many."""
    for label in LABELS:
        if label in EXACT:
            for k in (2, 3):
                scope = of_derivation(DERIVATIONS[label](k), (k,))
                every = isinstance(DERIVATIONS[label](k), AnyK)
                assert worth(Evidence.PROVED, scope) == (
                    "proved" if every else f"proved for k = {k}"
                )


def _cases(evidence: Evidence) -> Claim:
    return Claim(
        id="X",
        title="a statement about all k",
        statement="",
        source="",
        depends=(),
        measure=lambda scope: (Mixture.simplex(5, "uniform"), Mixture.simplex(5, "linear")),
        judge=lambda form, facts: Finding(form, evidence),
        stated=Form("true", True),
        mutants=(Form("false", False),),
        free_of=("d",),
    )


def test_exact_cases_prove_the_statement_for_these_alone() -> None:
    found = examine(_cases(Evidence.PROVED), Scope((2, 3)), WHERE)
    assert found.worth == "proved for 2 weight vectors, k = 5"
    found = examine(_cases(Evidence.MEASURED), Scope((2, 3)), WHERE)
    assert found.worth == "measured on 2 weight vectors, k = 5"
    vectors = ("1/5,1/5,1/5,1/5,1/5", "1/3,4/15,1/5,2/15,1/15")
    assert found.scope == Extent((5,), ANY, vectors, "")


def test_every_evidence_has_words_of_its_own() -> None:
    words = {worth(level, replace(FREE, k=(2,)), 1) for level in Evidence}
    assert len(words) == len(Evidence)


# --- scope ----------------------------------------------------------------------------------------

PLANE, SIMPLICES = "k − 1", "regular simplices"


@pytest.mark.parametrize("label", DERIVATIONS)
def test_a_derivation_is_about_any_d_weights_and_theta_only_where_it_is(label: str) -> None:
    """What 0.1.0 printed as "any" and was not; all others are."""
    narrow = {
        "T4": {"weights": "uniform"},
        "T5": {"weights": "rational"},
        "Q2u": {"d": PLANE, "weights": "uniform", "theta": SIMPLICES},
        "H": {"d": f"≥ {PLANE}", "theta": SIMPLICES},
        "Q1d": {"d": f"≥ {PLANE}", "theta": SIMPLICES},
        "K1": {"k": ANY, "d": PLANE, "theta": SIMPLICES},
        "K2": {"k": ANY, "d": PLANE, "theta": SIMPLICES},
        "R": {"d": PLANE},
        "S4": {"theta": "0"},
        "Q1w": {"theta": "0"},
        "Q2w": {"theta": "0"},
        "I7": {"theta": "0"},
    }
    found = of_derivation(DERIVATIONS[label](3), (3,))
    assert found == replace(FREE, **{"k": (3,), **narrow.get(label, {})})  # type: ignore[arg-type]


def test_a_scope_is_read_off_the_statement_and_not_off_the_label() -> None:
    """Without its condition T4's sister is about any weights; without its setting T5 is too."""
    uniform, rational = DERIVATIONS["T4"](3), DERIVATIONS["T5"](3)
    general = DERIVATIONS["S3"](3)
    assert of_derivation(replace(uniform, printed=general.statement), (3,)).weights == ANY
    assert of_derivation(replace(general, printed=uniform.statement), (3,)).weights == "uniform"
    assert of_derivation(replace(rational, setting=()), (3,)).weights == ANY
    plane = replace(general, setting=(*general.setting, "k = 3, d = k − 1"))
    assert of_derivation(plane, (3,)).d == PLANE


def test_a_measurement_is_about_what_it_looked_at() -> None:
    mixture = Mixture.simplex(4, "2/5,3/10,1/5,1/10", 5)
    point = Energies.of_amplitudes(4, "1,0")
    found = of_measurement({"a": [(mixture, point)]}, (2, 3))
    assert found == Extent((4,), "5", ("2/5,3/10,1/5,1/10",), "1 points, |θ| = 1")
    assert of_measurement((mixture, Energies.regular_simplex(4, 0)), ()).theta.endswith("|θ| = 0")


@cache
def quick(ks: tuple[int, ...], *labels: str) -> Ledger:
    return running.run(ks, labels, quick=True)


@pytest.mark.numeric
def test_the_scope_and_the_closing_sentence_name_no_k_that_did_not_run() -> None:
    """X8 runs at k = 4 whatever is asked; in 0.1.0 the ledger named the k that was asked for."""
    engines = examine(claim("X8"), Scope((5,), quick=True), WHERE)
    assert engines.scope.k == (4,)
    assert engines.worth == "measured on 2 weight vectors, k = 4"
    said = closing_sentence(Ledger((engines,), (5,), quick=True))
    assert "k = 4" in said
    assert "5" not in said
    exact = tuple(_made(label, k=(5,)) for label in ("S1", "S2"))
    both = Ledger((*exact, engines), (5,), quick=True)
    for words in (closing_sentence(both), both.headline()):
        assert "2 of 3 for k = 5" in words


def test_a_sentence_about_k_is_about_that_of_most_claims() -> None:
    one, other = _made("A", k=(2, 3)), _made("B", k=(4,))
    assert run_for([one, one, other]) == "2 of 3 for k = 2, 3"
    assert run_for([other]) == "for k = 4"
    assert run_for([_made("C", k=())]) == run_for([]) == ""


# --- hypotheses and dependencies ------------------------------------------------------------------


def _made(label: str, k: tuple[int, ...] = (2,), **more: object) -> Certificate:
    plain = Certificate(label, Outcome.HOLDS, Evidence.PROVED, "", "exact", "", WHERE,
                        own=Evidence.PROVED, scope=Extent(k, ANY, ANY, ANY))  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]


def test_hypotheses_are_inherited_and_each_counts_once() -> None:
    a, b, c = (Assumption(name, f"that {name} holds") for name in "abc")
    first = _made("A", under=(a, b))
    second = inherit(_made("B", under=(b, c)), [first])
    assert second.under == (b, c, a)
    assert second.worth == "proved for k = 2 under 3 hypotheses"
    third = inherit(_made("C"), [first, second])
    assert set(third.under) == {a, b, c}


def test_a_weaker_ancestor_is_named() -> None:
    measured = _made("A", evidence=Evidence.MEASURED, own=Evidence.MEASURED)
    found = inherit(_made("B"), [measured, _made("C")])
    assert (found.worth, found.own_worth) == ("measured through A", "proved for k = 2")
    assert inherit(measured, [found]).worth == "measured on k = 2"


def test_the_hypotheses_of_a_claim_are_those_of_its_derivation() -> None:
    derivation = DERIVATIONS["S6"](2)
    names = [h.name for h in derivation.lemmas]
    assert [h.name for h in assumptions([derivation])] == names
    (found,) = (c for c in quick((2,), "S6").certificates if c.claim == "S6")
    assert {h.name for h in found.under} >= set(names)
    assert found.worth == f"proved under {len(found.under)} hypotheses"  # for every k
    (all_k,) = (c for c in quick((2,), "T1a").certificates if c.claim == "T1a")
    assert all_k.worth == f"proved under {len(all_k.under)} hypotheses"
    (some,) = (c for c in quick((2,), "R").certificates if c.claim == "R")
    assert (some.worth, len(some.under)) == ("proved under 1 hypothesis", 1)
    at_two = replace(some, scope=replace(some.scope, k=(2,)))
    assert at_two.worth == "proved for k = 2 under 1 hypothesis"


def test_the_closing_sentence_has_the_words_of_the_table() -> None:
    """No row is plainly proved that stands under hypotheses, and the weakest kind is named."""
    assumed = Assumption("a", "that a holds")
    plain = _made("A", scope=FREE)
    under = _made("B", scope=FREE, under=(assumed,))
    some, more = _made("C", k=(2, 3)), _made("D", k=(2, 3), under=(assumed,))
    other = _made("E", k=(4,))

    def said(*rows: Certificate) -> str:
        return closing_sentence(Ledger(rows, (), quick=True)).split("The weakest evidence is ")[1]

    assert said(plain).startswith("“proved” (1 of 1)")
    assert said(plain, under, under).startswith("“proved under hypotheses” (2 of 3)")
    assert said(plain, under, some).startswith(f"“{some.worth}” (1 of 3)")
    assert said(some, more).startswith("“proved for k = 2, 3 under hypotheses” (1 of 2)")
    assert said(some, other, plain).startswith("“proved for some cases only” (2 of 3)")
    measured = _made("F", evidence=Evidence.MEASURED)
    assert said(more, measured).startswith("“measured” (1 of 2)")


def _synthetic(failing: str) -> dict[str, Certificate]:
    """Every claim as it is expected, one of them not established: nothing is computed."""
    done: dict[str, Certificate] = {}
    for label in TopologicalSorter({each: claim(each).depends for each in LABELS}).static_order():
        asked = claim(label)
        level = Evidence.PROVED if label in EXACT else Evidence.MEASURED
        own = _made(label, outcome=asked.expected, evidence=level, own=level)
        if label == failing:
            own = replace(own, outcome=Outcome.REFUTED)
            if asked.expected is Outcome.REFUTED:
                own = replace(own, outcome=Outcome.INCONCLUSIVE)
        done[label] = inherit(own, [done[parent] for parent in asked.depends])
    return done


@cache
def descendants(label: str) -> frozenset[str]:
    children = [each for each in LABELS if label in claim(each).depends]
    return frozenset(children).union(*(descendants(child) for child in children))


@pytest.mark.parametrize("failing", LABELS)
def test_what_rests_on_a_failed_claim_loses_its_evidence(failing: str) -> None:
    whole, found = _synthetic(""), _synthetic(failing)
    lost = {label for label in LABELS if found[label].outcome is Outcome.INCONCLUSIVE}
    assert lost - {failing} == descendants(failing)
    for label in LABELS:
        if label in descendants(failing):
            assert found[label].evidence is Evidence.CITED
            assert found[label].worth.startswith("assumed through ")
            assert any("not established" in value for _, value in found[label].values)
        elif label != failing:
            assert found[label] == whole[label]


@pytest.mark.parametrize(
    ("parent", "child"),
    [("S6", "H"), ("H", "Q1d"), ("H", "Q2u"), ("S4", "Q1w"), ("S2", "S5"), ("S4", "B"),
     ("E1", "T1"), ("S6", "E1"), ("S3", "P6"), ("S8", "G"), ("K1", "K2"), ("E1", "X2"),
     ("Q2u", "X7"), ("S5", "D"), ("S1", "P7"), ("K1", "X6")],
)  # fmt: skip
def test_edges_of_the_graph(parent: str, child: str) -> None:
    """Among them those that 0.1.0 missed, and one of each kind of tool."""
    assert child in descendants(parent)


def test_the_dependencies_of_a_derivation_are_those_of_its_proof() -> None:
    for label in EXACT:
        assert claim(label).depends == DERIVATIONS[label](3).depends


def test_tools_are_found_through_helpers_caches_closures_and_payloads() -> None:
    evaluate, sigma = (f"overspec.verify.engines.{name}" for name in
                       ("evaluate.evaluate", "spectrum.sigma"))  # fmt: skip
    linear = DIRECT["T1"]
    assert evaluate in tools(linear.measure)  # under `survey`, which is cached
    assert sigma in tools(linear.stated.payload)  # a method of a node in a dataclass
    assert tools(lambda: 1) == ()
    assert tools(lambda: tools(linear.measure)) != tools(lambda: 0)


@pytest.mark.parametrize("name", RESTS)
def test_every_tool_is_there_and_a_claim_uses_it(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    found = inspect.unwrap(getattr(importlib.import_module(module), attribute))
    assert f"{found.__module__}.{found.__qualname__}" == name
    assert set(RESTS[name]) <= set(LABELS)
    users = [label for label, each in DIRECT.items() if name in _all_tools(each)]
    assert users, "no claim calls it"
    for label in users:
        assert set(RESTS[name]) - {label} <= set(claim(label).depends)


def _all_tools(each: Claim) -> set[str]:
    forms = [form.payload for form in (each.stated, each.amended) if form is not None]
    return {tool for one in (each.measure, each.judge, *forms) for tool in tools(one)}


def test_declared_dependencies_are_few_and_matter() -> None:
    """What a claim cites and no tool shows; the laws of the experiments declare nothing."""
    declared = {
        (label, parent)
        for label, each in DIRECT.items()
        for parent in set(each.depends) - set(used(each))
    }
    assert len(declared) < len(DIRECT)
    for label, parent in declared:
        assert not label.startswith("X")
        whole, found = _synthetic(""), _synthetic(parent)
        assert whole[label].outcome in (Outcome.HOLDS, Outcome.AMENDED)
        assert found[label].outcome is Outcome.INCONCLUSIVE


@pytest.mark.slow
def test_a_claim_of_the_ledger_tells_its_two_methods() -> None:
    for label in LABELS:
        text = running.claim_text(claim(label))
        assert len(text.methods) == 2, label
        if label in EXACT:
            assert isinstance(claim(label).stated.payload, Argument)
            assert text.proof
    measured = running.claim_text(claim("E1"))
    assert "em.reference.evaluate" in measured.methods[0]
    assert "engines.spectrum.dft_energy" in running.claim_text(claim("X5")).shares


# --- several processes ----------------------------------------------------------------------------


@pytest.mark.slow
def test_several_processes_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "FEW", 0)
    seen: list[tuple[str, int, int]] = []
    both = running.run((2,), ("P4", "S2"), True, lambda *step: seen.append(step), jobs=2)
    alone = running.run((2,), ("P4", "S2"), True)
    assert [replace(c, seconds=0.0) for c in both.certificates] == [
        replace(c, seconds=0.0) for c in alone.certificates
    ]
    assert sorted(label for label, _, _ in seen) == ["", "P4", "S1", "S2"]
    assert [done for _, done, _ in seen] == [0, 1, 2, 3]
